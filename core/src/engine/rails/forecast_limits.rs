//! Which forecasts are followed: none that is too old, and none while the errors of the recent ones are too large.
//!
//! One forecast at a time is on trial until its lead time is over, when the load that it expected is compared with the one that came. The relative error is `Σ|came − expected| / Σ came` over those
//! that were judged, the older ones discounted (an online WAPE).

use crate::error::{Error, Result, not_negative};
use crate::policy::Peak;
use serde::{Deserialize, Serialize};

/// Weight of what was judged before, per forecast judged: a memory of about eight.
const DISCOUNT: f64 = 0.875;

/// Forecasts that must have been judged before the gate may close.
const FEWEST: u32 = 5;

/// Limits on the forecasts that are followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForecastLimits {
    /// For so many seconds without a sample forecasts are still followed, to scale out; by default not at all.
    pub expiry_seconds: Option<f64>,
    /// The relative error of the recent forecasts above which they are not followed; no limit by default.
    pub most_error: Option<f64>,
}

impl ForecastLimits {
    pub(super) fn check(&self) -> Result<()> {
        not_negative("rails.forecast.expiry_seconds", self.expiry_seconds.unwrap_or(0.0))?;
        match self.most_error {
            Some(most) if !(most > 0.0 && most.is_finite()) => Err(Error::config(
                "rails.forecast.most_error",
                format!("must be finite and above 0, got {most}"),
            )),
            _ => Ok(()),
        }
    }
}

/// A forecast that waits to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Trial {
    expected: f64,
    /// Intervals since.
    age: usize,
}

/// The relative error of the recent forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct RecentErrors {
    ahead: usize,
    trial: Option<Trial>,
    error: f64,
    came: f64,
    judged: u32,
}

impl RecentErrors {
    /// For forecasts of the averaged load `ahead` intervals later.
    pub(super) fn new(ahead: usize) -> Self {
        RecentErrors { ahead, trial: None, error: 0.0, came: 0.0, judged: 0 }
    }

    /// Takes in the averaged load of the interval that just ended, and the forecast that was made then.
    pub(super) fn observe(&mut self, load: f64, peak: Option<Peak>) {
        if let Some(trial) = &mut self.trial {
            trial.age += 1;
            if trial.age < self.ahead {
                return;
            }
            if !load.is_nan() {
                self.error = DISCOUNT * self.error + (load - trial.expected).abs();
                self.came = DISCOUNT * self.came + load;
                self.judged = self.judged.saturating_add(1);
            }
            self.trial = None;
        }
        let known = peak.filter(|_| !load.is_nan());
        self.trial = known.map(|peak| Trial { expected: peak.expected, age: 0 });
    }

    /// Forecasts look `ahead` intervals from now on.
    pub(super) fn look_ahead(&mut self, ahead: usize) {
        self.ahead = ahead;
        self.trial = None;
    }

    /// Forgets the forecast on trial: nothing was measured for longer than can be told.
    pub(super) fn skip(&mut self) {
        self.trial = None;
    }

    /// The relative error, once enough forecasts were judged; of errors at no load at all, infinite.
    pub(in crate::engine) fn relative(&self) -> Option<f64> {
        let relative = if self.error == 0.0 { 0.0 } else { self.error / self.came };
        (self.judged >= FEWEST).then_some(relative)
    }

    pub(super) fn is_whole(&self, like: &RecentErrors) -> bool {
        self.ahead == like.ahead
            && self.error >= 0.0
            && self.came >= 0.0
            && self.trial.is_none_or(|trial| trial.age < self.ahead.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_that_of_the_recent_forecasts_relative_to_what_came() {
        let mut errors = RecentErrors::new(3);
        let peak = |expected| Some(Peak { lower: 0.0, expected, upper: 2.0 * expected });
        let mut judge = |expected: f64, came: f64, times: usize| {
            for _ in 0..times {
                errors.skip();
                errors.observe(50.0, peak(expected));
                [900.0, 0.0, came].into_iter().for_each(|load| errors.observe(load, None));
            }
            errors.relative()
        };
        assert_eq!(judge(90.0, 100.0, 4), None, "too few were judged");
        assert!((judge(90.0, 100.0, 1).unwrap() - 0.1).abs() < 1e-12);
        assert!((judge(150.0, 100.0, 60).unwrap() - 0.5).abs() < 1e-3);
        assert!(judge(100.0, 100.0, 60).unwrap() < 1e-3);
    }

    #[test]
    fn errors_at_no_load_are_infinite_and_none_are_none() {
        let mut errors = RecentErrors::new(1);
        let peak = |expected| Some(Peak { lower: 0.0, expected, upper: expected });
        (0..6).for_each(|_| errors.observe(0.0, peak(0.0)));
        assert_eq!(errors.relative(), Some(0.0));
        (0..6).for_each(|_| errors.observe(0.0, peak(3.0)));
        assert_eq!(errors.relative(), Some(f64::INFINITY));
        (0..6).for_each(|_| errors.observe(f64::NAN, peak(3.0)));
        assert_eq!(errors.judged, 11, "what was not measured judges nothing");
    }
}
