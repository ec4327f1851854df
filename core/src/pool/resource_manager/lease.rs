//! Capacity that somebody has, and the promise that goes with it.

use crate::pool::tiers::{QosProfile, Tier};
use serde::{Deserialize, Serialize};

/// Capacity that somebody has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// Its number: that of the request.
    pub id: u64,
    /// The user.
    pub user: String,
    /// The application.
    pub application: String,
    /// Requests per second that it brings.
    pub load: f64,
    /// What was asked for.
    pub qos: QosProfile,
    /// The tier whose capacity it has.
    pub tier: Tier,
    /// Whether that capacity is there already; if not, it is being made.
    pub is_served: bool,
    /// Seconds within which the promised share of its answers came when it was granted, the wait for capacity included.
    pub expected_latency_seconds: f64,
    /// What its capacity costs an hour.
    pub cost_per_hour: f64,
    /// Unix milliseconds at which it was granted.
    pub granted: i64,
}

/// Seconds that an answer may take.
pub(super) fn promise(qos: &QosProfile) -> f64 {
    qos.max_latency_seconds.unwrap_or(f64::INFINITY)
}
