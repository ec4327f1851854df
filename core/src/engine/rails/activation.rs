//! To and from zero: the last replica goes only after a time without load, and the first sample above the threshold brings it back.
//!
//! A missing sample is no sample without load: the time begins anew. It binds only where the smallest count is 0.

use crate::error::{Error, Result, not_negative};
use serde::{Deserialize, Serialize};

/// When the last replica goes and comes back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Activation {
    /// Seconds without load above the threshold after which the last replica goes, above 0; 300.
    pub idle_seconds: f64,
    /// Load per second up to which the service counts as idle, at least 0; 0.
    pub threshold: f64,
}

impl Default for Activation {
    fn default() -> Self {
        Activation { idle_seconds: 300.0, threshold: 0.0 }
    }
}

impl Activation {
    pub(super) fn check(&self) -> Result<()> {
        not_negative("rails.activation.threshold", self.threshold)?;
        if self.idle_seconds > 0.0 && self.idle_seconds.is_finite() {
            return Ok(());
        }
        let problem = format!("must be finite and above 0, got {}", self.idle_seconds);
        Err(Error::config("rails.activation.idle_seconds", problem))
    }
}

/// Since when there was no load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct Idleness {
    /// When load was last seen, or nothing was measured.
    since: Option<i64>,
    /// Whether a sample above the threshold was seen within the idle time.
    is_active: bool,
}

impl Idleness {
    /// Takes in one sample, or the end of an interval without one (NaN).
    pub(super) fn observe(&mut self, now: i64, load: f64, activation: &Activation) {
        if load.is_nan() || load > activation.threshold {
            self.since = Some(self.since.map_or(now, |since| since.max(now)));
        }
        if !load.is_nan() {
            let since = *self.since.get_or_insert(now);
            let is_recent = (now.saturating_sub(since) as f64) < 1000.0 * activation.idle_seconds;
            self.is_active = load > activation.threshold || (self.is_active && is_recent);
        }
    }

    /// Whether a sample above the threshold was seen within the idle time.
    pub(in crate::engine) fn is_active(&self) -> bool {
        self.is_active
    }

    /// Seconds without load.
    pub(in crate::engine) fn seconds(&self, now: i64) -> f64 {
        self.since.map_or(0.0, |since| now.saturating_sub(since).max(0) as f64 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_and_blindness_begin_the_time_anew() {
        let activation = Activation { idle_seconds: 5.0, threshold: 1.0 };
        let mut idle = Idleness::default();
        assert_eq!(idle.seconds(1_000_000), 0.0, "nothing was seen yet");
        for (now, load, seconds) in
            [(0, 0.5, 10.0), (10_000, 1.5, 10.0), (20_000, 1.0, 20.0), (30_000, f64::NAN, 10.0)]
        {
            idle.observe(now, load, &activation);
            assert_eq!(idle.seconds(now + 10_000), seconds, "{load}");
            assert_eq!(idle.is_active(), load == 1.5);
        }
        idle.observe(15_000, 9.0, &activation);
        assert_eq!(idle.seconds(40_000), 10.0, "a late sample does not turn the clock back");
    }
}
