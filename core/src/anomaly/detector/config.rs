//! The settings of a detector, their defaults and their ranges.

use crate::error::{Error, Result, strictly_between};
use serde::{Deserialize, Serialize};

/// Settings of a [`Detector`](super::Detector).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectorConfig {
    /// Wanted share of the samples at which an alarm begins on ordinary data, in (0, 0.01). Default 0.002, 1 in 500:
    /// four a week at five-minute samples.
    pub alarm_rate: f64,
    /// Time between samples in seconds; by default the median of the first intervals.
    pub step_seconds: Option<f64>,
    /// Length of the season in seconds; seven of them are the long season. At least 1 s. Default one day (and one week).
    pub season_seconds: f64,
}

impl Default for DetectorConfig {
    fn default() -> Self {
        DetectorConfig { alarm_rate: 0.002, step_seconds: None, season_seconds: 86_400.0 }
    }
}

impl DetectorConfig {
    pub(super) fn check(&self) -> Result<()> {
        strictly_between("alarm_rate", self.alarm_rate, 0.0, 0.01)?;
        duration("step_seconds", self.step_seconds.unwrap_or(1.0), 0.001)?;
        duration("season_seconds", self.season_seconds, 1.0)
    }
}

fn duration(field: &str, seconds: f64, least: f64) -> Result<()> {
    if seconds >= least && seconds <= 1e9 {
        Ok(())
    } else {
        Err(Error::config(field, format!("must be {least} to 1e9 seconds, got {seconds}")))
    }
}
