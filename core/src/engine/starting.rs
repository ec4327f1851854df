//! Whether replicas are starting: what is measured then says little about replicas that serve.
//!
//! Starting replicas warm up, load and compile; what they use is no sign of load, and a service rate learned from it is too low (as
//! Kubernetes leaves out the first minutes of a pod's CPU). A start counts for two start-up times at the longest: one that never ends
//! must not hide everything.

use crate::policy::Fleet;
use serde::{Deserialize, Serialize};

/// Since when replicas have been starting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Starting {
    since: Option<i64>,
}

impl Starting {
    /// Takes in the fleet as it is.
    pub(super) fn report(&mut self, now: i64, fleet: Fleet) {
        let is_starting = fleet.pending > 0 || fleet.ready < fleet.requested;
        self.since = is_starting.then(|| self.since.unwrap_or(now));
    }

    /// Whether what is measured at `now` is passed over, where a start takes `start_up_seconds`.
    pub(super) fn is_on(&self, now: i64, start_up_seconds: f64) -> bool {
        let longest = (2000.0 * start_up_seconds) as i64;
        self.since.is_some_and(|since| now.saturating_sub(since) <= longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_counts_for_a_while() {
        let mut starting = Starting::default();
        let coming = Fleet { requested: 6, ready: 4, pending: 2, terminating: 0 };
        assert!(!starting.is_on(0, 120.0));
        starting.report(0, coming);
        starting.report(120_000, coming);
        assert!(starting.is_on(240_000, 120.0));
        assert!(
            !starting.is_on(255_000, 120.0),
            "two start-up times are over: it is a start that never ends"
        );
        starting.report(255_000, Fleet::new(6, 6));
        starting.report(270_000, Fleet { pending: 0, ..coming });
        assert!(
            starting.is_on(285_000, 120.0),
            "a new one, though nobody tells of replicas that are pending"
        );
        starting.report(285_000, Fleet::new(6, 6));
        assert!(!starting.is_on(285_000, 120.0));
    }
}
