//! Settings of the reward.

use crate::error::{Error, Result, not_negative, positive};
use serde::{Deserialize, Serialize};

/// What a step is rewarded for: `R = accuracy_weight·accuracy − energy_weight·energy`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RewardConfig {
    /// Weight of the forecast's accuracy, at least 0; 1.
    pub accuracy_weight: f64,
    /// Weight of the energy, at least 0; 1.
    pub energy_weight: f64,
    /// Power of a replica that starts, idles or drains, in watts, up to `busy_watts`; 100.
    pub idle_watts: f64,
    /// Power of a replica that is fully used, in watts, above 0; 200.
    pub busy_watts: f64,
}

impl Default for RewardConfig {
    fn default() -> Self {
        RewardConfig { accuracy_weight: 1.0, energy_weight: 1.0, idle_watts: 100.0, busy_watts: 200.0 }
    }
}

impl RewardConfig {
    pub(super) fn check(&self) -> Result<()> {
        not_negative("reward.accuracy_weight", self.accuracy_weight)?;
        not_negative("reward.energy_weight", self.energy_weight)?;
        positive("reward.busy_watts", self.busy_watts)?;
        if (0.0..=self.busy_watts).contains(&self.idle_watts) {
            return Ok(());
        }
        let problem = format!("must be 0 to busy_watts ({}), got {}", self.busy_watts, self.idle_watts);
        Err(Error::config("reward.idle_watts", problem))
    }
}
