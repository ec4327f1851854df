//! Settings of the lead time that is learned.

use crate::error::{Result, strictly_between};
use serde::{Deserialize, Serialize};

/// Whether the lead time is learned from the starts of replicas, and how much of its distribution decisions allow for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeadTimeConfig {
    /// Whether it is learned; else it is `start_up_seconds` for ever; true.
    pub learn: bool,
    /// The share of starts that are done within the lead time that decisions look ahead, between 0 and 1; 0.9.
    pub quantile: f64,
}

impl Default for LeadTimeConfig {
    fn default() -> Self {
        LeadTimeConfig { learn: true, quantile: 0.9 }
    }
}

impl LeadTimeConfig {
    pub(super) fn check(&self) -> Result<()> {
        strictly_between("lead_time.quantile", self.quantile, 0.0, 1.0).map(|_| ())
    }
}
