//! The demand of one key (a user of an application, a program code), step by step: small, online, and with errors that know their size.
//!
//! Four experts say what comes `ahead` steps from now: the level of the last few steps, that of the last day, the key's own season, and
//! the season that all keys share, at the key's level. They are mixed by exponential weights on their discounted squared errors
//! (Vovk 1990; Cesa-Bianchi & Lugosi 2006, "Prediction, Learning, and Games", chapter 2), so that each key is forecast by what has
//! served it best, and a key that nobody knows yet by what all have in common. A season of its own that has become wrong is learned anew
//! within a few seasons. The variance of what comes is taken as proportional
//! to its mean (as counts have it, overdispersed), with a factor learned from the errors; quantiles are those of the gamma law with these
//! two moments (Wilson & Hilferty 1931, Proceedings of the National Academy of Sciences 17; for shapes below a half its own series).

use crate::error::Result;
use crate::forecast::normal_quantile;
use crate::math::{exp, lgamma, ln};
use serde::{Deserialize, Serialize};

const EXPERTS: usize = 4;
/// Shape of a gamma law below which Wilson and Hilferty's quantiles are off.
const SMALL_SHAPE: f64 = 0.5;
/// Seasons that the slow level follows.
const SLOW_SEASONS: f64 = 1.0;
/// Weight of the past in the shared season, and in what is known of the errors' size, at each step.
const MEMORY: f64 = 0.99;
/// How strongly errors move the weights: half a normal log-likelihood for each.
const RATE: f64 = 0.5;
/// Squared errors, in units of the dispersion, by which a key's own season is behind the best expert when it is of no use: it weighs e⁻²⁵.
const LOST: f32 = 50.0;
/// Seasons that its values follow then.
const RELEARNED_SEASONS: f64 = 1.5;
/// Errors that the first guess of the dispersion, that of plain counts, is worth.
const PRIOR_ERRORS: f64 = 10.0;

/// How fast a key's forecaster follows what comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    /// Steps that the fast level follows.
    fast_steps: f64,
    /// Seasons that the values of the key's own season follow.
    seasons: f64,
    /// Weight of the past in the experts' errors at each step.
    memory: f64,
}

impl Pace {
    pub(super) const USUAL: Pace = Pace { fast_steps: 3.0, seasons: 4.0, memory: 0.99 };
    pub(super) const QUICK: Pace = Pace { fast_steps: 1.5, seasons: 2.0, memory: 0.95 };
    pub(super) const CALM: Pace = Pace { fast_steps: 8.0, seasons: 8.0, memory: 0.995 };
}

/// How far a forecast was off, summed over steps.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Missed {
    /// Absolute errors.
    pub(super) error: f64,
    /// What was expected and what came.
    pub(super) size: f64,
    /// Steps.
    pub(super) steps: u32,
}

/// What all keys of a group have in common: how the demand runs through a season, relative to each key's mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SharedSeason {
    shape: Vec<f64>,
    weights: Vec<f64>,
}

impl SharedSeason {
    /// Flat, of `steps` steps.
    pub(super) fn new(steps: usize) -> Self {
        SharedSeason { shape: vec![1.0; steps], weights: vec![0.0; steps] }
    }

    /// As another, until something else is learned: that has the weight of a key at level `weight`.
    pub(super) fn like(&self, weight: f64) -> Self {
        SharedSeason { shape: self.shape.clone(), weights: vec![weight; self.shape.len()] }
    }

    pub(super) fn steps(&self) -> usize {
        self.shape.len()
    }

    /// Learns what one key had at a step, relative to its level; loud keys say more.
    pub(super) fn learn(&mut self, step: i64, value: f64, level: f64) {
        let place = self.place(step);
        if let (Some(shape), Some(weight)) = (self.shape.get_mut(place), self.weights.get_mut(place))
            && level > 0.0
        {
            *weight = (*weight * MEMORY).min(1e12) + level;
            *shape += level / *weight * (value / level - *shape);
        }
    }

    /// What comes at a step, relative to the mean.
    pub(super) fn at(&self, step: i64) -> f64 {
        self.shape.get(self.place(step)).copied().unwrap_or(1.0)
    }

    fn place(&self, step: i64) -> usize {
        usize::try_from(step.rem_euclid(self.shape.len().max(1) as i64)).unwrap_or(0)
    }

    pub(super) fn is_whole(&self) -> bool {
        let possible = |value: &f64| value.is_finite() && *value >= 0.0;
        !self.shape.is_empty()
            && self.shape.len() == self.weights.len()
            && self.shape.iter().chain(&self.weights).all(possible)
    }
}

/// What is expected of one key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expected {
    /// Mean of what comes.
    pub(super) mean: f64,
    /// Its variance.
    pub(super) variance: f64,
}

impl Expected {
    /// What comes stays below this with probability `p`.
    pub(super) fn quantile(&self, p: f64) -> Result<f64> {
        let Expected { mean, variance } = *self;
        if mean <= 0.0 || variance <= 0.0 {
            return Ok(mean.max(0.0));
        }
        let normal = normal_quantile(p)?;
        let scale = variance / mean;
        let shape = mean / scale;
        if shape < SMALL_SHAPE {
            // Where not even the scale is finite, all but a vanishing share is 0.
            return Ok(if scale.is_finite() { scale * small_shape_quantile(shape, p) } else { 0.0 });
        }
        let ninth = variance / (9.0 * mean * mean);
        let root = 1.0 - ninth + normal * ninth.sqrt();
        Ok(mean * root.max(0.0) * root.max(0.0) * root.max(0.0))
    }
}

/// The quantile of the gamma law with a shape of at most a half and scale 1.
///
/// P(x) = xᵏ·e⁻ˣ·S/Γ(k + 1) with S = Σ xⁿ/((k + 1)⋯(k + n)) (Abramowitz & Stegun 1964, 6.5.29). ln P is concave in ln x, and x₀ = (p·Γ(k + 1))^(1/k)
/// lies below the quantile, so that Newton's steps from there come up to it and never go beyond.
fn small_shape_quantile(shape: f64, p: f64) -> f64 {
    /// Above any quantile that doubles below 1 have, and steps and terms that are enough for it.
    const LARGEST: f64 = 40.0;
    const MOST_STEPS: u32 = 100;
    const MOST_TERMS: u32 = 200;
    let target = ln(p) + lgamma(1.0 + shape);
    let mut log_x = target / shape;
    if log_x.is_nan() {
        return 0.0;
    }
    let mut x = exp(log_x);
    for _ in 0..MOST_STEPS {
        let (mut sum, mut term) = (1.0, 1.0);
        for n in 1..=MOST_TERMS {
            term *= x / (shape + f64::from(n));
            sum += term;
            if term < 1e-17 * sum {
                break;
            }
        }
        let step = (target - shape * log_x + x - ln(sum)) * sum / shape;
        if step.is_nan() || step <= 1e-12 {
            break;
        }
        log_x += step;
        x = exp(log_x).min(LARGEST);
    }
    x
}

/// The demand of one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Demand {
    /// Last step taken in, and steps seen in all.
    last: i64,
    seen: u32,
    fast: f32,
    slow: f32,
    /// What the shared season was on average while the slow level was learned.
    usual: f32,
    /// The key's own season; NaN where it has not been yet.
    season: Box<[f32]>,
    /// Discounted squared errors of the experts, in units of the variance of counts.
    losses: [f32; EXPERTS],
    /// Mean squared error of the mixture in these units, and the errors in it.
    dispersion: f32,
    errors: f32,
}

impl Demand {
    /// Nothing seen before `step`.
    pub(super) fn new(step: i64, season_steps: usize) -> Self {
        Demand {
            last: step.saturating_sub(1),
            seen: 0,
            fast: 0.0,
            slow: 0.0,
            usual: 0.0,
            season: vec![f32::NAN; season_steps].into_boxed_slice(),
            losses: [0.0; EXPERTS],
            dispersion: 0.0,
            errors: 0.0,
        }
    }

    /// Takes in the demand of `step`; the steps between had none. What lies more than a season back is not told step by step. A step
    /// that was taken in already is corrected in the levels only when it is the last one; older ones change nothing.
    pub(super) fn update(&mut self, step: i64, value: f64, shared: &mut SharedSeason) {
        self.follow(step, value, Pace::USUAL, shared);
    }

    /// Nothing is known of the steps up to `step` that were not taken in: they teach nothing, and the next ones keep their place in the season.
    pub(super) fn skip(&mut self, step: i64) {
        self.last = self.last.max(step);
    }

    /// As [`Demand::update`], at another pace; how far the forecasts of these steps were off.
    pub(super) fn follow(&mut self, step: i64, value: f64, pace: Pace, shared: &mut SharedSeason) -> Missed {
        let mut missed = Missed::default();
        for (step, value) in self.steps_to(step, value) {
            self.miss(step, value, pace, shared, &mut missed);
            shared.learn(step, value, f64::from(self.slow));
        }
        missed
    }

    /// A copy that has taken in the demand of `step`, while the shared season learns nothing.
    pub(super) fn brought_to(&self, step: i64, value: f64, pace: Pace, shared: &SharedSeason) -> Self {
        let (mut brought, mut missed) = (self.clone(), Missed::default());
        for (step, value) in brought.steps_to(step, value) {
            brought.miss(step, value, pace, shared, &mut missed);
        }
        brought
    }

    /// The steps to take in up to `step`, which becomes the last.
    fn steps_to(&mut self, step: i64, value: f64) -> impl Iterator<Item = (i64, f64)> + use<> {
        let gap = step.saturating_sub(self.last).max(0);
        let told = gap.min(self.season.len() as i64 + 1);
        if told < gap {
            // A season and more without demand: nothing is left of the levels.
            (self.fast, self.slow, self.usual) = (0.0, 0.0, 1.0);
            self.season.iter_mut().for_each(|value| *value = 0.0);
        }
        self.last = self.last.max(step);
        (0..told).rev().map(move |back| (step - back, if back == 0 { value } else { 0.0 }))
    }

    /// What is expected `ahead` steps after the last one.
    pub(super) fn expect(&self, ahead: i64, shared: &SharedSeason) -> Expected {
        let says = self.say(self.last.saturating_add(ahead), shared);
        let mean = self.mix(says).max(0.0);
        let errors = f64::from(self.errors);
        let dispersion = (PRIOR_ERRORS + errors * f64::from(self.dispersion)) / (PRIOR_ERRORS + errors);
        Expected { mean, variance: dispersion * mean.max(f64::from(self.slow)) }
    }

    /// What is expected of `step`, or of the next one if it is over.
    pub(super) fn expect_of(&self, step: i64, shared: &SharedSeason) -> Expected {
        self.expect(step.saturating_sub(self.last).max(1), shared)
    }

    /// The demand's level over the last few steps.
    pub(super) fn recent_level(&self) -> f64 {
        f64::from(self.fast)
    }

    /// The demand's level over the last season.
    pub(super) fn level(&self) -> f64 {
        f64::from(self.slow)
    }

    /// The experts' weights: recent level, season's level, own season, shared season.
    pub(super) fn weights(&self) -> [f64; EXPERTS] {
        let least = self.least_loss();
        // Losses are in units of the dispersion, so that noise alone moves no weight far.
        let unit = f64::from(self.dispersion).max(1e-9);
        self.losses.map(|loss| exp(-RATE * f64::from(loss - least) / unit).max(1e-12))
    }

    /// The last step taken in.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// Steps seen.
    pub(super) fn seen(&self) -> u32 {
        self.seen
    }

    fn miss(&mut self, step: i64, value: f64, pace: Pace, shared: &SharedSeason, missed: &mut Missed) {
        if let Some(said) = self.take(step, value, pace, shared) {
            missed.error += (value - said).abs();
            missed.size += value + said;
            missed.steps += 1;
        }
    }

    /// Whether the key's own season was so wrong of late that it has no weight, as when the pattern has changed: it is learned anew, while others speak
    /// for it.
    fn is_season_lost(&self) -> bool {
        let [.., own, _] = self.losses;
        own - self.least_loss() > LOST * self.dispersion.max(1e-9)
    }

    fn least_loss(&self) -> f32 {
        self.losses.iter().copied().fold(f32::INFINITY, f32::min)
    }

    /// Takes in one step; what was expected of it.
    fn take(&mut self, step: i64, value: f64, pace: Pace, shared: &SharedSeason) -> Option<f64> {
        let Pace { fast_steps, seasons, memory } = pace;
        let seasons = if self.is_season_lost() { seasons.min(RELEARNED_SEASONS) } else { seasons };
        let slow_steps = SLOW_SEASONS * self.season.len().max(1) as f64;
        let seen = f64::from(self.seen.saturating_add(1));
        let follow = |level: f32, over: f64, value: f64| {
            let share = (1.0 / over).max(1.0 / seen);
            (f64::from(level) + share * (value - f64::from(level))) as f32
        };
        let mut expected = None;
        if self.seen > 0 {
            let says = self.say(step, shared);
            let mixed = self.mix(says);
            expected = Some(mixed);
            // Errors in units of what counts of this size vary by; beyond 10⁶ none says more. The level has this value in it: after a first
            // step of hardly anything the second would count as an error for long.
            let level = f64::from(follow(self.slow, slow_steps, value));
            let error = |said: f64| {
                let error = value - said;
                (error * error / said.max(level).max(1e-9)).min(1e6)
            };
            let errors = says.map(|said| if said.is_nan() { f64::NAN } else { error(said) });
            let own = error(mixed);
            let unknown = errors.iter().copied().fold(0.0, f64::max);
            for (loss, error) in self.losses.iter_mut().zip(errors) {
                let error = if error.is_nan() { unknown } else { error };
                *loss = (memory * f64::from(*loss) + error) as f32;
            }
            self.errors = (MEMORY * f64::from(self.errors) + 1.0) as f32;
            let share = 1.0 / f64::from(self.errors);
            self.dispersion =
                (f64::from(self.dispersion) + share * (own - f64::from(self.dispersion))) as f32;
        }
        self.seen = self.seen.saturating_add(1);
        self.fast = follow(self.fast, fast_steps, value);
        self.slow = follow(self.slow, slow_steps, value);
        self.usual = follow(self.usual, slow_steps, shared.at(step));
        let place = usize::try_from(step.rem_euclid(self.season.len().max(1) as i64)).unwrap_or(0);
        if let Some(usual) = self.season.get_mut(place) {
            let before = f64::from(*usual);
            *usual = if usual.is_nan() { value } else { before + (value - before) / seasons } as f32;
        }
        expected
    }

    fn say(&self, step: i64, shared: &SharedSeason) -> [f64; EXPERTS] {
        let place = usize::try_from(step.rem_euclid(self.season.len().max(1) as i64)).unwrap_or(0);
        let own = self.season.get(place).copied().map_or(f64::NAN, f64::from);
        let level = if self.usual > 0.0 { f64::from(self.slow / self.usual) } else { f64::from(self.slow) };
        [f64::from(self.fast), f64::from(self.slow), own, level * shared.at(step)]
    }

    /// The experts' mixture; those that know nothing are left out.
    fn mix(&self, says: [f64; EXPERTS]) -> f64 {
        let known = says.into_iter().zip(self.weights()).filter(|(said, _)| !said.is_nan());
        let (sum, total) =
            known.fold((0.0, 0.0), |(sum, total), (said, weight)| (sum + weight * said, total + weight));
        if total > 0.0 { sum / total } else { 0.0 }
    }

    pub(super) fn is_whole(&self, season_steps: usize) -> bool {
        let possible = |value: &f32| value.is_finite() && *value >= 0.0;
        self.season.len() == season_steps
            && self.season.iter().all(|value| value.is_nan() || possible(value))
            && self
                .losses
                .iter()
                .chain([&self.fast, &self.slow, &self.usual, &self.dispersion, &self.errors])
                .all(possible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::sin;
    use crate::random::Random;

    const DAY: usize = 48;
    /// Variance of a gamma law with mean 1, probability, quantile.
    const GAMMA: [(f64, f64, f64); 8] = [
        (2.5, 0.999, 12.606521471149907),
        (4.0, 0.99, 9.735541688788125),
        (4.0, 0.05, 1.6874301681051974e-5),
        (10.0, 0.95, 5.8043510532313425),
        (10.0, 0.5, 0.005933911044602284),
        (100.0, 0.99, 26.50525502515818),
        (100.0, 0.999, 150.9084147694745),
        (1000.0, 0.9999, 1501.0281472784443),
    ];

    fn wave(step: i64, scale: f64) -> f64 {
        scale * (1.0 + 0.8 * sin(std::f64::consts::TAU * step as f64 / DAY as f64))
    }

    /// A first step that had hardly any is no scale to measure all others by.
    #[test]
    fn a_first_value_near_nothing_widens_no_interval_for_good() {
        let (mut shared, mut demand) = (SharedSeason::new(DAY), Demand::new(0, DAY));
        let mut random = Random::stream(3, 0);
        demand.update(0, 0.01, &mut shared);
        (1..80).for_each(|step| demand.update(step, 6000.0 * random.unit(), &mut shared));
        // A gamma law with the moments of these values, mean 3000 and standard deviation 1732, has 6296 (SciPy 1.16).
        let quantile = demand.expect(1, &shared).quantile(0.95).unwrap();
        assert!((5000.0..8000.0).contains(&quantile), "{quantile}");
    }

    #[test]
    fn what_is_skipped_changes_nothing_but_the_step() {
        let (mut shared, mut demand) = (SharedSeason::new(DAY), Demand::new(0, DAY));
        (0..200).for_each(|step| demand.update(step, wave(step, 100.0), &mut shared));
        let before = demand.clone();
        demand.skip(100);
        assert_eq!(demand, before);
        // Ten days and a quarter: it knows the time of day.
        demand.skip(200 + 10 * DAY as i64 + 12);
        assert_eq!(Demand { last: before.last, ..demand.clone() }, before);
        let expected = demand.expect(1, &shared).mean;
        assert!((expected - wave(demand.last + 1, 100.0)).abs() < 5.0, "{expected}");
    }

    /// Quantiles of gamma laws as SciPy 1.16 has them (`scipy.stats.gamma.ppf`); Wilson and Hilferty's are within 1 %.
    #[test]
    fn quantiles_are_those_of_the_gamma_law() {
        for (shape, p, exact) in
            [(4.0, 0.95, 7.753657), (4.0, 0.5, 3.672061), (1.0, 0.99, 4.605170), (50.0, 0.999, 74.722424)]
        {
            let quantile = Expected { mean: shape, variance: shape }.quantile(p).unwrap();
            assert!((quantile / exact - 1.0).abs() < 0.012, "{shape} {p}: {quantile} for {exact}");
        }
        assert_eq!(Expected { mean: 0.0, variance: 0.0 }.quantile(0.9).unwrap(), 0.0);
    }

    /// Small shapes, as SciPy 1.17.1 has them (`scipy.stats.gamma.ppf(p, 1 / variance, scale=variance)`).
    #[test]
    fn what_is_mostly_nothing_still_has_its_high_quantiles() {
        for (variance, p, exact) in GAMMA {
            let quantile = Expected { mean: 1.0, variance }.quantile(p).unwrap();
            assert!((quantile / exact - 1.0).abs() < 1e-6, "{variance} {p}: {quantile} for {exact}");
        }
        // More variance, more at a high quantile: also across the shape at which the formula changes.
        let highs =
            (1..=60).map(|i| Expected { mean: 1.0, variance: f64::from(i) / 10.0 }.quantile(0.999).unwrap());
        let highs: Vec<f64> = highs.collect();
        assert!(highs.is_sorted(), "{highs:?}");
        for (mean, variance) in
            [(1e-300, 1e100), (1e-320, 1e-10), (1e100, 1e100), (1.0, 1e100), (1e-5, 1e-320)]
        {
            let quantile = Expected { mean, variance }.quantile(1.0 - 1e-16).unwrap();
            assert!(quantile.is_finite() && quantile >= 0.0, "{mean} {variance}: {quantile}");
        }
        assert!(Expected { mean: 1.0, variance: 9.0 }.quantile(1.5).is_err());
    }

    #[test]
    fn a_season_is_foreseen_once_it_has_been() {
        let (mut shared, mut demand) = (SharedSeason::new(DAY), Demand::new(0, DAY));
        (0..DAY as i64 * 12).for_each(|step| demand.update(step, wave(step, 100.0), &mut shared));
        for ahead in [1, 6, 24] {
            let came = wave(demand.last() + ahead, 100.0);
            let expected = demand.expect(ahead, &shared).mean;
            assert!((expected - came).abs() < 12.0, "{ahead}: {expected} for {came}");
        }
        assert!(demand.is_whole(DAY) && shared.is_whole());
    }

    /// Counts with a peak at noon for eight days, then at midnight: mean absolute error three steps ahead, by day.
    #[test]
    fn a_season_that_has_become_wrong_is_learned_anew() {
        const STEPS: i64 = 288;
        let mut random = Random::stream(4, 0);
        let peak = |day: i64| if day < 8 { 144..216 } else { 0..72 };
        let level = |step: i64| if peak(step / STEPS).contains(&(step % STEPS)) { 9000.0 } else { 3000.0 };
        let (mut shared, mut demand) = (SharedSeason::new(288), Demand::new(0, 288));
        let (mut said, mut errors) = (std::collections::VecDeque::new(), [0.0; 16]);
        for step in 0..16 * STEPS {
            let value = random.poisson(level(step));
            if said.len() == 3 {
                errors[(step / STEPS) as usize] +=
                    (value - said.pop_front().unwrap_or(0.0)).abs() / STEPS as f64;
            }
            demand.update(step, value, &mut shared);
            said.push_back(demand.expect(3, &shared).mean);
        }
        let mean =
            |days: std::ops::Range<usize>| errors[days.clone()].iter().sum::<f64>() / days.len() as f64;
        // Without it the fifth to the seventh day are four times as far off as those before the change.
        assert!(mean(12..15) < 2.0 * mean(5..8), "{errors:?}");
    }

    #[test]
    fn a_new_key_is_forecast_by_what_the_others_have_in_common() {
        let mut shared = SharedSeason::new(DAY);
        let mut known: Vec<Demand> = (0..20).map(|_| Demand::new(0, DAY)).collect();
        let days = DAY as i64 * 5;
        for step in 0..days {
            known.iter_mut().for_each(|demand| demand.update(step, wave(step, 100.0), &mut shared));
        }
        let error = |shared: &mut SharedSeason| {
            let mut new = Demand::new(days, DAY);
            let mut error = 0.0;
            for step in days..days + DAY as i64 {
                shared_free_update(&mut new, step, wave(step, 7.0), shared);
                error += (new.expect(6, shared).mean - wave(step + 6, 7.0)).abs();
            }
            error
        };
        let (with, without) = (error(&mut shared), error(&mut SharedSeason::new(DAY)));
        assert!(with < 0.7 * without, "{with} against {without}");
    }

    /// An update that teaches the shared season nothing.
    fn shared_free_update(demand: &mut Demand, step: i64, value: f64, shared: &SharedSeason) {
        demand.update(step, value, &mut shared.clone());
    }

    /// Poisson counts: the 95 % quantile holds about as often as it says, and overdispersed ones too.
    #[test]
    fn the_intervals_hold_as_often_as_they_say() {
        let mut random = Random::stream(3, 0);
        for burst in [1.0, 6.0] {
            let (mut shared, mut demand) = (SharedSeason::new(DAY), Demand::new(0, DAY));
            let (mut held, mut judged) = (0.0, 0.0);
            for step in 0..4000 {
                if step > 400 {
                    judged += 1.0;
                }
                let limit = demand.expect(1, &shared).quantile(0.95).unwrap();
                let value = burst * random.poisson(20.0 / burst);
                held += f64::from(step > 400 && value <= limit);
                demand.update(step, value, &mut shared);
            }
            let share: f64 = held / judged;
            assert!((0.92..0.98).contains(&share), "bursts of {burst}: {share}");
        }
    }

    #[test]
    fn long_silence_costs_no_more_than_a_season_and_repeats_change_nothing() {
        let (mut shared, mut demand) = (SharedSeason::new(DAY), Demand::new(0, DAY));
        (0..100).for_each(|step| demand.update(step, 50.0, &mut shared));
        let before = demand.clone();
        demand.update(99, 70.0, &mut shared);
        demand.update(5, 70.0, &mut shared);
        assert_eq!(demand, before);
        demand.update(i64::MAX / 2, 1.0, &mut shared);
        assert!(demand.seen() < 200 && demand.level() < 1.0 && demand.is_whole(DAY));
    }
}
