//! The forecast that decisions need: the largest load over the lead time, at the quantile that the costs imply.
//!
//! Three experts name the peak to expect: the load stays at its level; it does as one season ago; it does as one
//! season ago, scaled by today's level. For each, the excess of the peak that really came is scored on the square-root
//! scale, which levels out the noise of counts (Anscombe 1948, Biometrika 35), and a self-adjusting quantile of these
//! scores makes the upper bound (adaptive conformal inference, see [`AdaptiveQuantile`]). The expert whose bounds had
//! the smallest discounted pinball loss (Koenker & Bassett 1978) is followed.

use super::load_window::LARGEST_LOAD;
use crate::error::Result;
use crate::forecast::{AdaptiveQuantile, Forecaster, SeasonalNaive};
use crate::policy::Peak;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How fast the asked level moves after a miss, per interval.
const RATE: f64 = 0.005;

/// Weight of the past in the discounted loss, per interval: a memory of about 500 intervals.
const DISCOUNT: f64 = 0.998;

const EXPERTS: usize = 3;

/// What an expert said at one moment; NaN while it knows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Said {
    peak: f64,
    upper: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Expert {
    excess: AdaptiveQuantile,
    loss: f64,
    weight: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Outlook {
    quantile: f64,
    horizon: usize,
    window: usize,
    season: SeasonalNaive,
    /// The last `horizon` loads.
    loads: VecDeque<f64>,
    /// What was said after each of the last `horizon + window − 1` loads.
    said: VecDeque<[Said; EXPERTS]>,
    experts: Vec<Expert>,
    /// Intervals until no forecast that is judged has seen an outlier.
    spoiled: usize,
}

impl Outlook {
    /// Looks `horizon` intervals ahead, in loads averaged over `window` intervals; `season` intervals make a season.
    pub(super) fn new(quantile: f64, horizon: usize, window: usize, season: usize) -> Result<Self> {
        let expert = Expert { excess: AdaptiveQuantile::new(quantile, RATE)?, loss: 0.0, weight: 0.0 };
        let mut outlook = Outlook {
            quantile,
            horizon,
            window,
            season: SeasonalNaive::new(season)?,
            loads: VecDeque::new(),
            said: VecDeque::new(),
            experts: vec![expert; EXPERTS],
            spoiled: 0,
        };
        outlook.reserve();
        Ok(outlook)
    }

    /// Intervals until a forecast can be judged: when every average that lies wholly after it, up to the horizon, is known.
    pub(super) fn delay(&self) -> usize {
        self.horizon + self.window - 1
    }

    /// Takes in the averaged load of the interval that just ended, NaN = missing. An outlier is a load to begin from, but nothing
    /// is learned from it: neither that it comes again a season later, nor how wrong a forecast is that did not foresee it.
    pub(super) fn observe(&mut self, load: f64, is_outlier: bool) -> Result<()> {
        let season_now = self.season.one_season_before(1);
        self.season.update(if is_outlier { f64::NAN } else { load }, None)?;
        self.spoiled = if is_outlier { self.delay() + 1 } else { self.spoiled.saturating_sub(1) };
        push_bounded(&mut self.loads, self.horizon, load);
        if self.spoiled == 0
            && self.said.len() == self.delay()
            && let Some(said) = self.said.front()
        {
            let came = self.loads.iter().copied().fold(f64::NAN, f64::max);
            for (expert, said) in self.experts.iter_mut().zip(said) {
                expert.learn(*said, came, self.quantile)?;
            }
        }
        let (delay, says) = (self.delay(), self.say(load, season_now));
        push_bounded(&mut self.said, delay, says);
        Ok(())
    }

    /// Passes over intervals in which nothing was measured.
    pub(super) fn skip(&mut self, intervals: u64) -> Result<()> {
        let told = intervals.min(self.delay() as u64);
        self.season.skip(intervals - told)?;
        (0..told).try_for_each(|_| self.observe(f64::NAN, false))
    }

    /// The forecast of the expert that did best so far, its upper end at least at `quantile`; none before any has seen how it did.
    pub(super) fn peak(&self, quantile: f64) -> Option<Peak> {
        let judged = |(expert, said): &(&Expert, &Said)| said.upper.is_finite() && expert.weight > 0.0;
        let known = self.experts.iter().zip(self.said.back()?).filter(judged);
        let (expert, said) = known.min_by(|a, b| a.0.mean_loss().total_cmp(&b.0.mean_loss()))?;
        let of_memory = |p: f64| bound(said.peak, expert.excess.of_memory(p));
        let upper = if quantile > self.quantile { said.upper.max(of_memory(quantile)) } else { said.upper };
        let at = |p: f64| of_memory(p).min(upper);
        Some(Peak { lower: at(1.0 - self.quantile), expected: at(0.5), upper })
    }

    fn say(&self, load: f64, season_now: f64) -> [Said; EXPERTS] {
        // A load averaged over the window is known only at the window's end: the first that lies wholly ahead ends there.
        let ahead = self.window..=self.delay();
        let season_peak = ahead.map(|steps| self.season.one_season_before(steps)).fold(f64::NAN, f64::max);
        let scaled = load * season_peak / season_now;
        // A season that began next to nothing has no scale.
        let scaled = if scaled <= LARGEST_LOAD { scaled } else { f64::NAN };
        let mut says = [Said { peak: f64::NAN, upper: f64::NAN }; EXPERTS];
        for ((said, expert), peak) in says.iter_mut().zip(&self.experts).zip([load, season_peak, scaled]) {
            *said = Said { peak, upper: expert.upper(peak) };
        }
        says
    }

    pub(super) fn is_whole(&self, like: &Outlook) -> bool {
        (self.quantile, self.horizon, self.window) == (like.quantile, like.horizon, like.window)
            && self.loads.len() <= self.horizon
            && self.said.len() <= self.delay()
            && self.spoiled <= self.delay() + 1
            && self.experts.len() == EXPERTS
            && self.experts.iter().all(|expert| expert.excess.check().is_ok())
            && self.season.period() == like.season.period()
            && self.season.is_whole()
    }

    /// Makes room for all that will be kept, so that no later call allocates.
    pub(super) fn reserve(&mut self) {
        self.experts.iter_mut().for_each(|expert| expert.excess.reserve());
        self.loads.reserve(self.horizon.saturating_sub(self.loads.len()));
        self.said.reserve(self.delay().saturating_sub(self.said.len()));
    }
}

impl Expert {
    fn upper(&self, peak: f64) -> f64 {
        // Past either end of what was ever seen, the guarantee asks for all or nothing; the memory's ends are its sane part.
        let excess = self.excess.value().max(self.excess.of_memory(0.5)).min(self.excess.of_memory(1.0));
        bound(peak, excess)
    }

    fn learn(&mut self, said: Said, came: f64, quantile: f64) -> Result<()> {
        if said.peak.is_nan() || came.is_nan() {
            return Ok(());
        }
        if !said.upper.is_nan() {
            let short = came - said.upper;
            let pinball = if short > 0.0 { quantile * short } else { (quantile - 1.0) * short };
            self.loss = DISCOUNT * self.loss + pinball;
            self.weight = DISCOUNT * self.weight + 1.0;
        }
        self.excess.update(came.sqrt() - said.peak.sqrt())
    }

    fn mean_loss(&self) -> f64 {
        self.loss / self.weight
    }
}

/// `peak` with an excess on the square-root scale.
fn bound(peak: f64, excess: f64) -> f64 {
    let root = (peak.sqrt() + excess).max(0.0);
    root * root
}

fn push_bounded<T>(recent: &mut VecDeque<T>, most: usize, value: T) {
    if recent.len() >= most {
        recent.pop_front();
    }
    recent.push_back(value);
}
