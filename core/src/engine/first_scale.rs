//! How wrong a forecast will be, guessed before any was judged: from how much the load changes over shorter times.
//!
//! A change over d intervals is known after d intervals, long before one over the lead time. From the window's length on, d doubles up to the
//! lead time: the mean square at each d is what was measured there, mixed with what the shorter one and a growth of variance as d^0.2
//! would make it. Changes that overlap tell one thing together: d of them count as one.

use crate::math::{exp, ln};
use serde::{Deserialize, Serialize};

/// The guess counts for so many changes that do not overlap.
const GUESS: f64 = 2.0;
/// Growth of the variance with the time ahead: between that of noise, 0, and of a random walk, 1.
const GROWTH: f64 = 0.2;
/// Weight of the past, per interval.
const MEMORY: f64 = 0.9999;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FirstScale {
    lags: Vec<Lag>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Lag {
    intervals: usize,
    squares: f64,
    count: f64,
}

impl FirstScale {
    /// For forecasts `ahead` intervals ahead of averages over `window` intervals.
    pub(super) fn new(window: usize, ahead: usize) -> Self {
        let shorter = std::iter::successors(Some(window.max(1)), |intervals| Some(2 * intervals));
        let all = shorter.take_while(|intervals| *intervals < ahead).chain([ahead]);
        FirstScale { lags: all.map(|intervals| Lag { intervals, squares: 0.0, count: 0.0 }).collect() }
    }

    /// Looks `ahead` intervals ahead from now on; what is known of shorter times stays.
    pub(super) fn look_ahead(&mut self, window: usize, ahead: usize) {
        let before = std::mem::replace(self, FirstScale::new(window, ahead));
        for lag in &mut self.lags {
            if let Some(known) = before.lags.iter().find(|known| known.intervals == lag.intervals) {
                lag.clone_from(known);
            }
        }
    }

    /// Takes in the change from so many intervals ago, as `change` tells it; NaN = not known.
    pub(super) fn learn(&mut self, change: impl Fn(usize) -> f64) {
        for lag in &mut self.lags {
            let change = change(lag.intervals);
            if !change.is_nan() {
                lag.squares = lag.squares * MEMORY + change * change;
                lag.count = lag.count * MEMORY + 1.0;
            }
        }
    }

    /// The scale, when `guess` is what to begin with.
    pub(super) fn scale(&self, guess: f64) -> f64 {
        let (mut variance, mut before) = (guess * guess, f64::NAN);
        for lag in &self.lags {
            let length = lag.intervals as f64;
            if before < length {
                variance *= exp(GROWTH * ln(length / before));
            }
            variance = (GUESS * variance + lag.squares / length) / (GUESS + lag.count / length);
            before = length;
        }
        variance.sqrt()
    }

    pub(super) fn is_whole(&self, like: &FirstScale) -> bool {
        let intervals = |scale: &FirstScale| scale.lags.iter().map(|lag| lag.intervals).collect::<Vec<_>>();
        let sums = self.lags.iter().flat_map(|lag| [lag.squares, lag.count]);
        intervals(self) == intervals(like) && sums.into_iter().all(|sum| (0.0..f64::INFINITY).contains(&sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_changes_tell_the_scale_long_before_the_lead_time_is_over() {
        let mut scale = FirstScale::new(4, 23);
        let grown = |guess: f64| guess * (23.0f64 / 4.0).powf(0.1);
        assert!((scale.scale(0.3) - grown(0.3)).abs() < 1e-12);
        // Twenty intervals with changes of 0.1 over 4 and 8 of them, none known over more.
        (0..20).for_each(|_| scale.learn(|intervals| if intervals < 16 { 0.1 } else { f64::NAN }));
        assert!((0.15..0.2).contains(&scale.scale(0.3)), "{}", scale.scale(0.3));
        (0..4000).for_each(|_| scale.learn(|_| 0.1));
        assert!((scale.scale(0.3) - 0.1).abs() < 0.003, "{}", scale.scale(0.3));
        assert!(scale.is_whole(&FirstScale::new(4, 23)) && !scale.is_whole(&FirstScale::new(4, 9)));
    }
}
