//! Has a mean risen? A test that gives a false alarm at most once in a hundred members' lives.
//!
//! The prefix of the losses with the least upper bound of its mean is held against all of them: for independent numbers in [0, 1] with means that
//! do not rise, the mean of n passes that of its first m by √((1/m − 1/n)·ln(1/δ)/2) with probability δ at most (Hoeffding 1963,
//! JASA 58; the test A of Frías-Blanco et al. 2015, "Online and non-parametric drift detection methods based on Hoeffding's
//! bounds", IEEE TKDE 27). With δ = α/(n²·(n + 1)) all pairs m < n together alarm with probability α, however long it goes on.

use serde::{Deserialize, Serialize};

/// α.
const FALSE_ALARMS: f64 = 0.01;

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Drift {
    count: u64,
    sum: f64,
    /// The prefix with the least upper bound of its mean.
    count_before: u64,
    sum_before: f64,
    found: bool,
}

impl Drift {
    /// Takes in a loss in [0, 1].
    pub(super) fn add(&mut self, loss: f64) {
        self.count += 1;
        self.sum += loss;
        let n = self.count as f64;
        let log = |count: f64| crate::math::ln(count * count * (count + 1.0) / FALSE_ALARMS);
        let doubt = |count: f64| (0.5 * log(count) / count).sqrt();
        let before = self.count_before as f64;
        if self.count_before == 0 || self.sum / n + doubt(n) <= self.sum_before / before + doubt(before) {
            (self.count_before, self.sum_before) = (self.count, self.sum);
            return;
        }
        let allowed = (0.5 * (1.0 / before - 1.0 / n) * log(n)).sqrt();
        self.found |= self.sum / n - self.sum_before / before > allowed;
    }

    /// For how many losses the mean has been higher, once that is sure.
    pub(super) fn since(&self) -> Option<u64> {
        self.found.then(|| self.count - self.count_before)
    }

    pub(super) fn is_whole(&self) -> bool {
        self.sum.is_finite() && self.sum_before.is_finite() && self.count_before <= self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn false_alarms_are_rarer_than_promised_and_a_rise_is_found() {
        let mut random = Random::new(8);
        let (mut alarms, mut longest) = (0, 0);
        for _ in 0..300 {
            let mut drift = Drift::default();
            (0..2_000).for_each(|_| drift.add(f64::from(random.unit() < 0.4)));
            alarms += i32::from(drift.since().is_some());
            let mut later = 0;
            while drift.since().is_none() && later < 1_000 {
                drift.add(f64::from(random.unit() < 0.8));
                later += 1;
            }
            longest = longest.max(later);
        }
        assert!(alarms <= 3, "{alarms} of 300");
        assert!(longest < 500, "{longest}");
    }

    #[test]
    fn a_fall_is_no_rise() {
        let mut drift = Drift::default();
        (0..2_000).for_each(|i| drift.add(if i < 1_000 { 0.9 } else { 0.1 }));
        assert_eq!(drift.since(), None);
    }
}
