//! Intervals that adjust themselves until they cover as often as they promise, whatever the data.
//!
//! Adaptive conformal inference (Gibbs & Candès 2021, "Adaptive Conformal Inference Under Distribution Shift",
//! NeurIPS, eq. 2): the level that is asked of the recent scores moves by α ← α + γ·(α* − miss). After T steps the
//! share of misses lies within (max(α*, 1 − α*) + γ)/(γ·T) of α*, for any sequence at all (their Prop. 4.1).

use crate::error::{Error, Result, strictly_between};
use crate::snapshot;
use serde::{Deserialize, Serialize};

/// Scores kept: enough for the 0.999 quantile of a stationary stream, and few enough to follow a drift.
const MEMORY: usize = 1024;

/// The running upper quantile of a stream of scores, self-adjusting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdaptiveQuantile {
    level: f64,
    rate: f64,
    asked: f64,
    recent: Vec<f64>,
    at: usize,
    sorted: Vec<f64>,
}

impl AdaptiveQuantile {
    /// A quantile that `level` (in (0, 1)) of the scores shall not exceed; `rate` (in (0, 1)) is how fast the asked
    /// level moves after a miss: larger follows shifts faster and fluctuates more, 0.005 to 0.05 is usual.
    ///
    /// # Errors
    /// [`Error::Config`] for a level or rate outside of (0, 1).
    pub fn new(level: f64, rate: f64) -> Result<Self> {
        strictly_between("level", level, 0.0, 1.0)?;
        strictly_between("rate", rate, 0.0, 1.0)?;
        let (recent, sorted) = (Vec::with_capacity(MEMORY), Vec::with_capacity(MEMORY));
        Ok(AdaptiveQuantile { level, rate, asked: level, recent, at: 0, sorted })
    }

    /// The current quantile: infinite when misses ask for more than was ever seen, −infinite when for less.
    /// NaN before the first score.
    pub fn value(&self) -> f64 {
        if self.sorted.is_empty() {
            f64::NAN
        } else if self.asked >= 1.0 {
            f64::INFINITY
        } else if self.asked <= 0.0 {
            f64::NEG_INFINITY
        } else {
            // The ⌈level·(n + 1)⌉-th smallest of n scores, the conformal quantile.
            let rank = (self.asked * (self.sorted.len() + 1) as f64).ceil() as usize;
            self.sorted.get(rank.max(1) - 1).copied().unwrap_or(f64::INFINITY)
        }
    }

    /// The plain `p`-quantile of the scores in memory, `p` in [0, 1]; NaN before the first score.
    pub fn of_memory(&self, p: f64) -> f64 {
        let last = self.sorted.len().saturating_sub(1);
        self.sorted.get((p * last as f64).round() as usize).copied().unwrap_or(f64::NAN)
    }

    /// Share of the scores in memory that lie above `score`; NaN before the first.
    pub(crate) fn share_above(&self, score: f64) -> f64 {
        let above = self.sorted.len() - self.sorted.partition_point(|other| *other <= score);
        above as f64 / self.sorted.len() as f64
    }

    /// How many scores are in memory, 1,024 at the most.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether no score was taken in yet.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Takes in the next score: first it counts as covered or missed, then it joins the memory. NaN is left out.
    /// O(1) in the stream's length; does not allocate after the first 1,024 scores.
    ///
    /// # Errors
    /// [`Error::Data`] for an infinite score.
    pub fn update(&mut self, score: f64) -> Result<()> {
        if score.is_infinite() {
            return Err(Error::data("score", format!("is {score}")));
        }
        if score.is_nan() {
            return Ok(());
        }
        if !self.sorted.is_empty() {
            let missed = if score > self.value() { 1.0 } else { 0.0 };
            self.asked += self.rate * (missed - (1.0 - self.level));
        }
        if self.recent.len() < MEMORY {
            self.recent.push(score);
        } else if let Some(oldest) = self.recent.get_mut(self.at) {
            let leaves = std::mem::replace(oldest, score);
            self.at = (self.at + 1) % MEMORY;
            let place = self.sorted.partition_point(|other| *other < leaves);
            self.sorted.remove(place.min(self.sorted.len() - 1));
        }
        let place = self.sorted.partition_point(|other| *other <= score);
        self.sorted.insert(place, score);
        Ok(())
    }

    /// Writes the quantile as a snapshot.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::AdaptiveQuantile, self)
    }

    /// Reads a snapshot of a quantile.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of a quantile.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let mut quantile: AdaptiveQuantile = snapshot::load(snapshot::Kind::AdaptiveQuantile, bytes)?;
        quantile.check()?;
        quantile.reserve();
        Ok(quantile)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let whole = self.recent.len() == self.sorted.len()
            && self.recent.len() <= MEMORY
            && self.at < MEMORY
            && self.sorted.is_sorted()
            && self.sorted.iter().chain(&self.recent).all(|score| score.is_finite())
            && AdaptiveQuantile::new(self.level, self.rate).is_ok()
            && self.asked.is_finite();
        if whole {
            Ok(())
        } else {
            Err(Error::Snapshot { problem: "the quantile's memory is inconsistent".into() })
        }
    }

    /// Makes room for all scores that will ever be kept, so that no later call allocates.
    pub(crate) fn reserve(&mut self) {
        self.recent.reserve(MEMORY - self.recent.len().min(MEMORY));
        self.sorted.reserve(MEMORY - self.sorted.len().min(MEMORY));
    }
}

/// An interval around any forecast that covers the truth with long-run frequency `level`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdaptiveInterval {
    width: AdaptiveQuantile,
    steps: u64,
    covered: u64,
}

impl AdaptiveInterval {
    /// An interval with coverage `level`, adjusting at `rate`, both in (0, 1).
    ///
    /// # Errors
    /// [`Error::Config`] for a level or rate outside of (0, 1).
    pub fn new(level: f64, rate: f64) -> Result<Self> {
        Ok(AdaptiveInterval { width: AdaptiveQuantile::new(level, rate)?, steps: 0, covered: 0 })
    }

    /// The interval around `predicted`. Infinitely wide before the first update, and whenever the guarantee needs it.
    ///
    /// # Errors
    /// [`Error::Data`] for a prediction that is not finite.
    pub fn interval(&self, predicted: f64) -> Result<(f64, f64)> {
        check("predicted", predicted)?;
        let half = if self.width.is_empty() { f64::INFINITY } else { self.width.value() };
        // Asked to cover less than nothing, the interval is empty in theory; here it is the prediction itself.
        let half = half.max(0.0);
        Ok((predicted - half, predicted + half))
    }

    /// Learns from what really came; `predicted` is what the interval was asked around. A missing (NaN) `actual` is left out.
    ///
    /// # Errors
    /// [`Error::Data`] for an infinite actual value or a prediction that is not finite.
    pub fn update(&mut self, actual: f64, predicted: f64) -> Result<()> {
        check("predicted", predicted)?;
        if actual.is_infinite() {
            return Err(Error::data("actual", format!("is {actual}")));
        }
        let distance = (actual - predicted).abs();
        if distance.is_infinite() {
            return Err(Error::data("actual", format!("{actual} lies too far from {predicted}")));
        }
        if !actual.is_nan() {
            let (lower, upper) = self.interval(predicted)?;
            self.steps = self.steps.saturating_add(1);
            self.covered = self.covered.saturating_add(u64::from(lower <= actual && actual <= upper));
            self.width.update(distance)?;
        }
        Ok(())
    }

    /// Share of the updates so far whose actual value lay in the interval; NaN before the first.
    pub fn coverage(&self) -> f64 {
        self.covered as f64 / self.steps as f64
    }

    /// Writes the interval as a snapshot.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::AdaptiveInterval, self)
    }

    /// Reads a snapshot of an interval.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of an interval.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let mut interval: AdaptiveInterval = snapshot::load(snapshot::Kind::AdaptiveInterval, bytes)?;
        interval.width.check()?;
        interval.width.reserve();
        Ok(interval)
    }
}

fn check(name: &str, value: f64) -> Result<()> {
    if value.is_finite() { Ok(()) } else { Err(Error::data(name, format!("must be finite, is {value}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    #[test]
    fn stationary_scores_give_their_own_quantile() {
        let mut quantile = AdaptiveQuantile::new(0.9, 0.01).unwrap();
        let mut random = Random::new(3);
        let mut average = 0.0;
        (0..1_000).for_each(|_| quantile.update(random.unit()).unwrap());
        for _ in 0..20_000 {
            quantile.update(random.unit()).unwrap();
            average += quantile.value() / 20_000.0;
        }
        assert!((average - 0.9).abs() < 0.01, "{average}");
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(AdaptiveInterval::new(1.0, 0.01).unwrap_err().to_string().starts_with("level: "));
        assert!(AdaptiveInterval::new(0.9, 0.0).unwrap_err().to_string().starts_with("rate: "));
        let mut interval = AdaptiveInterval::new(0.9, 0.01).unwrap();
        assert_eq!(interval.interval(5.0).unwrap(), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(interval.update(f64::INFINITY, 1.0).is_err() && interval.update(1.0, f64::NAN).is_err());
        assert!(interval.update(1e308, -1e308).is_err());
        interval.update(f64::NAN, 1.0).unwrap();
        assert!(interval.coverage().is_nan(), "nothing was learned from any of these");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        /// The bound of Proposition 4.1, on streams that shift, trend and jump.
        #[test]
        fn coverage_keeps_the_promise_of_the_theorem(seed in 0u64..1000, level in 0.5..0.99f64, rate in 0.005..0.1f64, jump in -1e3..1e3f64, drift in -1.0..1.0f64) {
            let mut interval = AdaptiveInterval::new(level, rate).unwrap();
            let mut random = Random::new(seed);
            let steps = 3000;
            for t in 0..steps {
                let level_shift = if t > steps / 2 { jump } else { 0.0 };
                interval.update(random.normal() + level_shift + drift * f64::from(t), 0.0).unwrap();
            }
            let bound = (level.max(1.0 - level) + rate) / (rate * f64::from(steps)) + 1.0 / f64::from(steps);
            prop_assert!((interval.coverage() - level).abs() <= bound, "{} at {level}, bound {bound}", interval.coverage());
        }

        #[test]
        fn the_memory_is_always_the_sorted_recent_scores(scores in prop::collection::vec(-5i32..5, 1..3000)) {
            let mut quantile = AdaptiveQuantile::new(0.5, 0.05).unwrap();
            scores.iter().for_each(|score| quantile.update(f64::from(*score)).unwrap());
            let mut recent: Vec<f64> = scores[scores.len().saturating_sub(MEMORY)..].iter().map(|s| f64::from(*s)).collect();
            recent.sort_by(f64::total_cmp);
            prop_assert_eq!(&quantile.sorted, &recent);
            prop_assert!(quantile.check().is_ok());
        }
    }
}
