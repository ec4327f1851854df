//! What the tests of the laws share.

use super::{Fleet, Situation};
use crate::capacity::Target;

/// A settled fleet whose replicas serve 100 per second each.
pub(super) fn situation(second: i64, requested: u32, load: f64) -> Situation {
    Situation {
        now: second * 1000,
        fleet: Fleet::new(requested, requested),
        load,
        in_flight: f64::NAN,
        reactive: requested,
        peak: None,
        lead_seconds: 135.0,
        service_rate: 100.0,
        target: Target::Utilization(0.7),
        min_replicas: 1,
        max_replicas: 100,
    }
}
