//! The law that knows the future: it follows a schedule made from the whole load. Only a simulation can make one
//! (see [`crate::simulate::backtest`]); it marks what no real policy can beat.

use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation};
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// A schedule of requests, one per decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oracle {
    start: i64,
    interval_milliseconds: i64,
    schedule: Vec<u32>,
}

impl Oracle {
    /// `schedule[i]` is asked for at `start + i·interval_milliseconds`.
    pub(crate) fn new(start: i64, interval_milliseconds: i64, schedule: Vec<u32>) -> Self {
        Oracle { start, interval_milliseconds: interval_milliseconds.max(1), schedule }
    }
}

impl Policy for Oracle {
    fn name(&self) -> &str {
        "oracle"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let elapsed = situation.now.saturating_sub(self.start).div_euclid(self.interval_milliseconds.max(1));
        let last = self.schedule.len().saturating_sub(1);
        let at = usize::try_from(elapsed.max(0)).unwrap_or(last).min(last);
        let replicas = self.schedule.get(at).copied().unwrap_or(situation.fleet.requested);
        Ok(Proposal { replicas, reason: Reason::Foresight { replicas } })
    }
}
