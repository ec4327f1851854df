//! The forecast that decisions need: the load at the lead time as a distribution, and the load that is worth sizing for.
//!
//! All on the square-root scale, which levels out the noise of counts (Anscombe 1948, Biometrika 35), in units of what one replica
//! serves. Experts name the load one lead time ahead: the load stays as it was over the last minute, over 2, 8, 32 or 128 minutes (how
//! long a burst lasts decides which is right); it does as one season ago; it changes as it did then; and a regression on how far today's
//! level is from each of the slower ones. Their mixture is weighted by exponential weights (see [`ExponentialWeights`]), and what was
//! said less than a lead time ago, which nothing has judged yet, is judged by the load now: a hint, as in online learning with delay
//! (Flaspohler et al. 2021, "Online Learning with Optimism and Delay"), so that a break is seen at once. Its error has a scale that follows the load's recent turbulence (a regression of log |error|) and a shape ([`ErrorShape`]). What of that
//! distribution is worth serving is decided by [`Ladder::worth`], and how it fared so far by [`OperatingPoints`].

use super::config::EngineConfig;
use super::error_shape::ErrorShape;
use super::feedback::Feedback;
use super::first_scale::FirstScale;
use super::operating_point::{Economy, OperatingPoints, PRICES, USUAL};
use super::regression::{Features, Regression};
use super::worth::Ladder;
use crate::error::Result;
use crate::forecast::{ExponentialWeights, Forecaster, SeasonalNaive};
use crate::load::Quantum;
use crate::math::{exp, exp_of_negative, ln};
use crate::policy::{OperatingPoint, Peak, PolicyConfig, PredictiveConfig, QuantileRule};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

const LEVELS: usize = 4;
/// Time constants of the slower levels, in seconds.
const LEVEL_SECONDS: [f64; LEVELS] = [120.0, 480.0, 1920.0, 7680.0];
const EXPERTS: usize = LEVELS + 4;
/// Weights that the experts begin with: the last minute, the slower levels, the season, its change, the regression.
const PRIOR: [f64; EXPERTS] = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.3];
/// How fast the weights follow, and the weight of the past per interval.
const RATE: f64 = 2.4;
const DISCOUNT: f64 = 0.999;
/// Errors beyond so many scales count as so many, wherever a square is learned from.
const MOST_SCALES: f64 = 4.0;
/// The largest loss that a forecast not judged yet is held to have, and how many such forecasts are looked at.
const MOST_HINT: f64 = 4.0;
const HINTS: usize = 32;
/// The scale of errors to begin with, as a share of the square root of the load, and the errors that a guess counts for.
const FIRST_SCALE: f64 = 0.08;
const FIRST_ERRORS: f64 = 40.0;
/// Weight of the past in the scale, per interval.
const MEMORY: f64 = 0.9999;
/// Strength with which the two regressions are held at "no effect".
const LEVEL_RIDGE: f64 = 1.0;
const TURBULENCE_RIDGE: f64 = 1000.0;
/// Turbulence makes the scale at most so many times larger or smaller.
const MOST_TURBULENCE: f64 = 3.0;
/// Intervals that the mean need is averaged over, at the most: a week of 15 s.
const LONGEST: f64 = 40_000.0;

/// What was said at one moment about the load one lead time later; NaN when nothing was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Said {
    experts: [f64; EXPERTS],
    levels: Features,
    turbulence: Features,
    root: f64,
    centre: f64,
    scale: f64,
    plain_scale: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Outlook {
    config: PredictiveConfig,
    cost_ratio: f64,
    anomalous_cost_ratio: f64,
    horizon: usize,
    window: usize,
    interval_seconds: f64,
    service_rate: f64,
    largest_root: f64,
    /// Roots of the load over the metric window, one season of them.
    season: SeasonalNaive,
    /// Roots of the load over the metric window and over the last interval, newest last.
    recent: VecDeque<(f64, f64)>,
    said: VecDeque<Said>,
    levels: [f64; LEVELS],
    seen: f64,
    judged: f64,
    /// Variance of one interval's root around the window's, and how much of it was seen, 0 to 1.
    roughness: f64,
    looked: f64,
    /// What the load is counted in, if it is.
    counted: Quantum,
    weights: ExponentialWeights,
    deviations: Regression,
    turbulence: Regression,
    squares: f64,
    first: FirstScale,
    shape: ErrorShape,
    feedback: Feedback,
    points: Option<OperatingPoints>,
    mean_need: f64,
    /// The load to size for now, in usual and in anomalous times.
    worth: [f64; 2],
    /// Intervals until no forecast that is judged has seen an outlier.
    spoiled: usize,
    #[serde(skip)]
    ladder: Option<Ladder>,
}

impl Outlook {
    /// Looks one lead time ahead, in loads averaged over `window` intervals; `season` intervals make a season.
    pub(super) fn new(config: &EngineConfig, window: usize, season: usize) -> Result<Self> {
        let horizon = config.horizon();
        let lead_seconds = horizon as f64 * config.interval_seconds;
        let stages = config.predictive();
        let is_ours = matches!(config.policy, PolicyConfig::Predictive(_));
        let points = (is_ours && stages.operating_point != OperatingPoint::Off)
            .then(|| OperatingPoints::new(config, horizon, window));
        let mut outlook = Outlook {
            config: stages,
            cost_ratio: config.cost_ratio,
            anomalous_cost_ratio: config.anomaly.cost_ratio.max(config.cost_ratio),
            horizon,
            window,
            interval_seconds: config.interval_seconds,
            service_rate: config.service_rate,
            largest_root: largest_root(config),
            season: SeasonalNaive::new(season)?,
            recent: VecDeque::new(),
            said: VecDeque::new(),
            levels: [f64::NAN; LEVELS],
            seen: 0.0,
            judged: 0.0,
            roughness: 0.0,
            looked: 0.0,
            counted: Quantum::default(),
            weights: ExponentialWeights::new(&PRIOR, RATE, DISCOUNT)?,
            deviations: Regression::new(LEVEL_RIDGE),
            turbulence: Regression::new(TURBULENCE_RIDGE),
            squares: 0.0,
            first: FirstScale::new(window, horizon + window / 2),
            shape: ErrorShape::new(),
            feedback: Feedback::new(stages.feedback, lead_seconds)?,
            points,
            mean_need: f64::NAN,
            worth: [f64::NAN; 2],
            spoiled: 0,
            ladder: None,
        };
        outlook.reserve(config);
        Ok(outlook)
    }

    /// Follows new settings of costs and promise.
    pub(super) fn reconfigure(&mut self, config: &EngineConfig) {
        self.cost_ratio = config.cost_ratio;
        self.anomalous_cost_ratio = config.anomaly.cost_ratio.max(config.cost_ratio);
        self.largest_root = largest_root(config);
        self.ladder = None;
        if let Some(points) = &mut self.points {
            points.look_ahead(config, self.horizon, self.window);
        }
        self.reserve(config);
    }

    /// Looks `horizon` intervals ahead from now on. What was said about another moment is not judged, but for the last, which stays the
    /// forecast until the next interval ends; errors of a random walk grow with the square root of how far ahead they are.
    pub(super) fn look_ahead(&mut self, config: &EngineConfig, horizon: usize) -> Result<()> {
        let before = self.ahead() as f64;
        self.horizon = horizon;
        self.said.drain(..self.said.len().saturating_sub(1));
        self.recent.drain(..self.recent.len().saturating_sub(self.memory()));
        self.spoiled = self.spoiled.min(self.ahead() + 1);
        self.squares *= (self.ahead() as f64 / before).max(1.0);
        self.first.look_ahead(self.window, self.ahead());
        self.feedback = Feedback::new(self.config.feedback, horizon as f64 * self.interval_seconds)?;
        if let Some(points) = &mut self.points {
            points.look_ahead(config, horizon, self.window);
        }
        self.reserve(config);
        Ok(())
    }

    /// Intervals from a forecast to the window in whose middle the lead time ends.
    pub(super) fn ahead(&self) -> usize {
        self.horizon + self.window / 2
    }

    /// Takes in the load of the interval that just ended and its average over the window, NaN = missing. An outlier is a load to begin
    /// from, but nothing is learned from it: neither that it comes again a season later, nor how wrong a forecast is that did not foresee it.
    pub(super) fn observe(&mut self, load: f64, mean: f64, is_outlier: bool) -> Result<()> {
        if !load.is_nan() {
            self.counted.see(load);
        }
        let root = self.root(mean);
        let sample = if load.is_nan() { root } else { self.root(load) };
        let season_now = self.season.one_season_before(1);
        self.season.update(if is_outlier { f64::NAN } else { root }, None)?;
        self.spoiled = if is_outlier { self.ahead() + 1 } else { self.spoiled.saturating_sub(1) };
        let memory = self.memory();
        push_bounded(&mut self.recent, memory, (root, sample));
        if !root.is_nan() {
            self.follow(root, sample)?;
        }
        let ahead = self.ahead();
        let came = if self.spoiled == 0 { self.came() } else { f64::NAN };
        let recent = &self.recent;
        self.first.learn(|intervals| came - back(recent, intervals));
        if self.said.len() == ahead
            && let Some(said) = self.said.front().copied()
        {
            self.learn(&said, came)?;
        }
        let said = self.say(root, sample, season_now);
        push_bounded(&mut self.said, ahead, said);
        self.size(&said, came)
    }

    /// Passes over intervals in which nothing was measured.
    pub(super) fn skip(&mut self, intervals: u64) -> Result<()> {
        let told = intervals.min(self.memory() as u64);
        self.season.skip(intervals - told)?;
        (0..told).try_for_each(|_| self.observe(f64::NAN, f64::NAN, false))
    }

    /// The load of one season before the lead time's end; NaN when it was not seen.
    pub(super) fn season_ahead(&self) -> f64 {
        let root = self.season.one_season_before(self.ahead());
        root * root * self.service_rate
    }

    /// The replicas that a load needs.
    pub(super) fn need(&self, load: f64) -> Result<u32> {
        self.ladder.as_ref().map_or(Ok(1), |ladder| ladder.need(load))
    }

    /// Whether any forecast was judged yet.
    pub(super) fn is_judged(&self) -> bool {
        self.judged > 0.0
    }

    /// The forecast of the load at the lead time, its upper end the load that is worth sizing for; none while nothing is known.
    pub(super) fn peak(&self, is_anomalous: bool) -> Option<Peak> {
        let said = self.said.back().filter(|said| said.centre.is_finite())?;
        let [usual, anomalous] = self.worth;
        let upper = if is_anomalous { anomalous } else { usual };
        let share = self.cost_ratio / (1.0 + self.cost_ratio);
        let at = |share: f64| {
            let root = (said.centre + said.scale * self.shape.quantile(share)).max(0.0);
            (root * root * self.service_rate).min(upper)
        };
        Some(Peak { lower: at(1.0 - share), expected: at(0.5), upper })
    }

    /// The root of a load. What the largest fleet cannot serve by far is not told apart: one wild sample must not spoil all that is learned.
    fn root(&self, load: f64) -> f64 {
        let root = (load / self.service_rate).sqrt();
        if root > self.largest_root { self.largest_root } else { root }
    }

    /// Intervals whose loads are looked back to.
    fn memory(&self) -> usize {
        (2 * self.window).max(self.ahead()) + 1
    }

    /// Follows the levels and how rough the load is within a window.
    fn follow(&mut self, root: f64, sample: f64) -> Result<()> {
        self.seen += 1.0;
        for (level, seconds) in self.levels.iter_mut().zip(LEVEL_SECONDS) {
            let share = (self.interval_seconds / seconds).max(1.0 / self.seen).min(1.0);
            *level = if level.is_nan() { root } else { *level + share * (root - *level) };
        }
        let share = (1.0 / (self.seen + 20.0)).max(0.0005);
        self.roughness += share * ((sample - root) * (sample - root) - self.roughness);
        self.looked += share * (1.0 - self.looked);
        let share = (1.0 / self.seen).max(1.0 / LONGEST);
        let load = root * root * self.service_rate;
        let need = self.ladder.as_ref().map_or(Ok(1), |ladder| ladder.need(load))?;
        let before = if self.mean_need.is_nan() { f64::from(need) } else { self.mean_need };
        self.mean_need = before + share * (f64::from(need) - before);
        Ok(())
    }

    /// The load that the forecasts of this moment were about; NaN when it was not measured.
    pub(super) fn load_that_came(&self) -> f64 {
        let root = self.came();
        root * root * self.service_rate
    }

    /// The root of the load in the middle of the last window: that of the whole window, and the single interval's as far as it
    /// varies by more than counts would.
    fn came(&self) -> f64 {
        let root = back(&self.recent, 0);
        let place = self.recent.len().checked_sub(1 + self.window / 2);
        let middle = place.and_then(|place| self.recent.get(place)).map_or(f64::NAN, |(_, sample)| *sample);
        root + self.real() * (middle - root)
    }

    /// The share of the roughness that is more than the noise of counts, as a factor of its size. What varies less than counts would is
    /// not counted, whatever it is rounded to.
    fn real(&self) -> f64 {
        let Some(quantum) = self.counted.size() else { return 1.0 };
        let quantum = quantum / self.service_rate;
        let [.., slowest] = self.levels;
        let within = self.looked * (1.0 - 1.0 / self.window as f64);
        // The variance of the root of a Poisson count is 1/4, or the count's own where that is small.
        let counting = within * (0.25 * quantum).min(0.9 * slowest * slowest);
        let share = counting / self.roughness.max(f64::MIN_POSITIVE);
        (1.0 - 1.15 * share).max(0.85 * share - 1.0).clamp(0.0, 1.0).sqrt()
    }

    fn learn(&mut self, said: &Said, came: f64) -> Result<()> {
        let error = came - said.centre;
        if error.is_nan() {
            return Ok(());
        }
        self.judged += 1.0;
        let most = MOST_SCALES * said.scale;
        let losses = said.experts.map(|expert| {
            let error = (came - expert) / most;
            (error * error).min(1.0)
        });
        self.weights.update(&losses)?;
        let change = came - said.root;
        let known = self.deviations.predict(&said.levels);
        let weight = (said.plain_scale / said.scale) * (said.plain_scale / said.scale);
        self.deviations.learn(&said.levels, known + (change - known).clamp(-most, most), weight);
        self.feedback.learn(error / said.centre.max(0.5), self.interval_seconds)?;
        // The errors of windows that overlap tell one thing together.
        self.shape.add(error / said.scale, 1.0 / self.window as f64);
        let bounded = error.clamp(-most, most);
        self.squares = self.squares * MEMORY + bounded * bounded;
        // The mean of ln |z| of a normal z is −0.635; with the 0.05 that keeps it finite, about −0.45.
        let size = ln(error.abs() / said.plain_scale + 0.05) + 0.45;
        self.turbulence.learn(&said.turbulence, size.clamp(-2.0, 2.5), 1.0);
        Ok(())
    }

    /// The weights of the experts, as they would be if the load stayed as it is now until all that was said is judged.
    fn weights_now(&self, root: f64) -> [f64; EXPERTS] {
        let mut weights = [0.0; EXPERTS];
        weights.iter_mut().zip(self.weights.weights()).for_each(|(weight, learned)| *weight = *learned);
        if !self.is_judged() {
            return weights;
        }
        let stride = self.ahead().div_ceil(HINTS);
        let mut hints = [0.0; EXPERTS];
        let pending = self.said.iter().rev().take(self.ahead().saturating_sub(1));
        for said in pending.step_by(stride).filter(|said| said.centre.is_finite()) {
            let scale = 1.0 / (MOST_SCALES * said.scale);
            let losses = said.experts.map(|expert| {
                let error = (root - expert) * scale;
                if error.is_nan() { error } else { (error * error).min(MOST_HINT) }
            });
            let awake = || weights.iter().zip(losses).filter(|(_, loss)| !loss.is_nan());
            let mass: f64 = awake().map(|(weight, _)| weight).sum();
            let average = awake().map(|(weight, loss)| weight * loss).sum::<f64>() / mass.max(1e-300);
            for (hint, loss) in hints.iter_mut().zip(losses) {
                *hint += if loss.is_nan() { average } else { loss };
            }
        }
        let least = hints.iter().copied().fold(f64::INFINITY, f64::min);
        for (weight, hint) in weights.iter_mut().zip(hints) {
            *weight *= exp_of_negative(RATE * stride as f64 * (least - hint));
        }
        weights
    }

    fn say(&self, root: f64, sample: f64, season_now: f64) -> Said {
        let nothing = f64::NAN;
        let mut said = Said {
            experts: [nothing; EXPERTS],
            levels: [0.0; 6],
            turbulence: [0.0; 6],
            root,
            centre: nothing,
            scale: nothing,
            plain_scale: nothing,
        };
        if root.is_nan() {
            return said;
        }
        let [fast, middle, slow, slowest] = self.levels;
        said.levels = [0.3, sample - root, root - fast, root - middle, root - slow, root - slowest];
        let season_then = self.season.one_season_before(self.ahead());
        let regressed = root + self.deviations.predict(&said.levels);
        let changed = root + 0.5 * (season_then - season_now);
        said.experts = [root, fast, middle, slow, slowest, season_then, changed, regressed];
        let weights = self.weights_now(root);
        let known = || said.experts.iter().zip(weights).filter(|(expert, _)| !expert.is_nan());
        let mass: f64 = known().map(|(_, weight)| weight).sum();
        let mixed = known().map(|(expert, weight)| weight * expert).sum::<f64>() / mass;
        // All the weight may lie on a season that is missing at this moment.
        said.centre = self.feedback.factor() * if mixed.is_nan() { root } else { mixed };
        let first = self.first.scale(FIRST_SCALE * root.max(0.5));
        let errors = (1.0 - exp(self.judged * ln(MEMORY))) / (1.0 - MEMORY);
        said.plain_scale = ((FIRST_ERRORS * first * first + self.squares) / (FIRST_ERRORS + errors)).sqrt();
        let earlier = |intervals: usize| {
            let earlier = back(&self.recent, intervals);
            if earlier.is_nan() && self.recent.len() <= intervals { root } else { earlier }
        };
        let usual = 0.03 * slow.max(0.3);
        let size = |change: f64| {
            let size = ln(change.abs() / usual + 0.3).min(6.0);
            if size.is_nan() { 0.0 } else { size }
        };
        let (before, long_before) = (earlier(self.window), earlier(2 * self.window));
        let changes = [root - before, before - long_before, root - middle, root - slow].map(size);
        let height = ln((root / slowest.max(0.3)).max(0.05));
        let [a, b, c, d] = changes;
        said.turbulence = [0.5, a, b, c, d, height];
        let most = ln(MOST_TURBULENCE);
        said.scale = said.plain_scale * exp(self.turbulence.predict(&said.turbulence).clamp(-most, most));
        said
    }

    /// Decides which load is worth sizing for, knowing what came now.
    fn size(&mut self, said: &Said, came: f64) -> Result<()> {
        let Some(ladder) = self.ladder.as_mut().filter(|_| said.centre.is_finite()) else { return Ok(()) };
        let [a, b, c, d, e] = PRICES.map(|price| price * self.cost_ratio);
        let ratios = [a, b, c, d, e, self.anomalous_cost_ratio];
        let mean_need = self.mean_need.max(1.0);
        let of = |root: f64| root * root.abs() * self.service_rate;
        let worth = match self.config.quantile {
            QuantileRule::Marginal => {
                ladder.worth(&self.shape, said.centre, said.scale, &ratios, mean_need)?
            }
            QuantileRule::Newsvendor => ratios.map(|ratio| {
                of((said.centre + said.scale * self.shape.quantile(ratio / (1.0 + ratio))).max(0.0))
            }),
        };
        let [a, b, c, d, e, anomalous] = worth;
        let worth = [a, b, c, d, e];
        let usual = match &mut self.points {
            Some(points) => {
                let rule = self.config.operating_point;
                let economy = Economy { rule, cost_ratio: self.cost_ratio, mean_need };
                points.observe(ladder, of(said.root), of(came), worth, economy)?
            }
            None => worth.get(USUAL).copied().unwrap_or(anomalous),
        };
        self.worth = [usual, anomalous.max(usual)];
        Ok(())
    }

    pub(super) fn is_whole(&self, like: &Outlook) -> bool {
        let settings = |outlook: &Outlook| {
            let ratios = [
                outlook.cost_ratio,
                outlook.anomalous_cost_ratio,
                outlook.service_rate,
                outlook.largest_root,
            ];
            (outlook.horizon, outlook.window, outlook.interval_seconds.to_bits(), ratios.map(f64::to_bits))
        };
        let counts = [self.seen, self.judged, self.roughness, self.looked, self.squares];
        settings(self) == settings(like)
            && self.recent.len() <= self.memory()
            && self.said.len() <= self.ahead()
            && self.spoiled <= self.ahead() + 1
            && self.counted.is_whole()
            && counts.iter().all(|count| count.is_finite() && *count >= 0.0)
            && self.weights.is_whole(EXPERTS)
            && self.deviations.is_whole()
            && self.turbulence.is_whole()
            && self.config == like.config
            && self.first.is_whole(&like.first)
            && self.shape.is_whole()
            && self.feedback.is_whole(&like.feedback)
            && match (&self.points, &like.points) {
                (Some(points), Some(like)) => points.is_whole(like),
                (points, like) => points.is_none() && like.is_none(),
            }
            && self.season.period() == like.season.period()
            && self.season.is_whole()
    }

    /// Makes room for all that will be kept, so that no later call allocates, and makes again what is not saved.
    pub(super) fn reserve(&mut self, config: &EngineConfig) {
        self.recent.reserve(self.memory().saturating_sub(self.recent.len()));
        self.said.reserve(self.ahead().saturating_sub(self.said.len()));
        self.shape.reserve();
        if let Some(points) = &mut self.points {
            points.reserve();
        }
        if self.ladder.is_none() {
            self.ladder = Some(Ladder::new(
                config.service_rate,
                config.target(),
                config.max_replicas,
                self.config.sizing,
            ));
        }
    }
}

/// The root of the load over the window that ended so many intervals ago; NaN when it is not known.
fn back(recent: &VecDeque<(f64, f64)>, intervals: usize) -> f64 {
    let place = recent.len().checked_sub(1 + intervals);
    place.and_then(|place| recent.get(place)).map_or(f64::NAN, |(root, _)| *root)
}

/// The root of a load beyond all that the replicas could ever serve.
fn largest_root(config: &EngineConfig) -> f64 {
    2.0 * f64::from(config.max_replicas).sqrt()
}

fn push_bounded<T>(recent: &mut VecDeque<T>, most: usize, value: T) {
    if recent.len() >= most {
        recent.pop_front();
    }
    recent.push_back(value);
}
