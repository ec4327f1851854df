//! Settings of the watch for anomalous loads.

use super::rails::RateLimits;
use crate::error::{Error, Result, not_negative, positive};
use serde::{Deserialize, Serialize};

/// What is different while the load is anomalous.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnomalyConfig {
    /// Wanted share of ordinary samples at which an alarm begins, below 0.01; 0: nothing is ever anomalous; 0.0005.
    pub alarm_rate: f64,
    /// What it costs to break the promise for a while when the load is anomalous, when the mean fleet costs 1 for as long; above 0; 99. Counts
    /// where it is above that of usual times.
    pub cost_ratio: f64,
    /// The largest severity that counts: 1 doubles what the observed load needs at most; at least 0; 1.
    pub most_severity: f64,
    /// Limits on the speed of change while the load is anomalous; by default those of the rails.
    pub rate: Option<RateLimits>,
}

impl Default for AnomalyConfig {
    fn default() -> Self {
        AnomalyConfig { alarm_rate: 0.0005, cost_ratio: 99.0, most_severity: 1.0, rate: None }
    }
}

impl AnomalyConfig {
    pub(super) fn check(&self) -> Result<()> {
        if !(0.0..0.01).contains(&self.alarm_rate) {
            let problem = format!("must be at least 0 and below 0.01, got {}", self.alarm_rate);
            return Err(Error::config("anomaly.alarm_rate", problem));
        }
        positive("anomaly.cost_ratio", self.cost_ratio)?;
        not_negative("anomaly.most_severity", self.most_severity)?;
        self.rate.map_or(Ok(()), |rate| rate.check("anomaly.rate"))
    }
}
