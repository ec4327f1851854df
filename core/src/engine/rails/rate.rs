//! Changes are no faster than allowed, per direction.

use crate::error::{Error, Result, not_negative};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A limit on the speed of change in one direction: the larger of what its two numbers allow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Replicas that may be added or removed within the period.
    #[serde(default)]
    pub replicas: u32,
    /// Percent of the count at the period's start that may be added or removed within it.
    #[serde(default)]
    pub percent: f64,
    /// Length of the period in seconds, above 0 and up to one day.
    pub period_seconds: f64,
}

/// Limits on the speed of change; none by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimits {
    /// Scaling out.
    pub up: Option<RateLimit>,
    /// Scaling in.
    pub down: Option<RateLimit>,
}

impl RateLimits {
    pub(in crate::engine) fn check(&self, name: &str) -> Result<()> {
        for (direction, limit) in [("up", self.up), ("down", self.down)] {
            let Some(RateLimit { replicas, percent, period_seconds }) = limit else { continue };
            let name = |field: &str| format!("{name}.{direction}.{field}");
            not_negative(&name("percent"), percent)?;
            if replicas == 0 && percent == 0.0 {
                return Err(Error::config(
                    name("replicas"),
                    "and percent are both 0: nothing could ever change",
                ));
            }
            if !(period_seconds > 0.0 && period_seconds <= 86_400.0) {
                return Err(Error::config(
                    name("period_seconds"),
                    format!("must be above 0 and up to 86400, got {period_seconds}"),
                ));
            }
        }
        Ok(())
    }
}

/// Changes kept for the rate limit; when more happen within a period, the oldest are forgotten last of all.
const MOST_CHANGES: usize = 4096;

/// The changes that were applied lately.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct RecentChanges {
    changes: VecDeque<(i64, i64)>,
}

impl RecentChanges {
    pub(in crate::engine) fn applied(&mut self, limits: [&RateLimits; 2], now: i64, before: u32, after: u32) {
        let periods = limits.iter().flat_map(|limits| [limits.up, limits.down]).flatten();
        let longest = periods.map(|limit| limit.period_seconds).fold(0.0, f64::max);
        let since = now.saturating_sub((longest * 1000.0) as i64);
        while self.changes.len() >= MOST_CHANGES
            || self.changes.front().is_some_and(|(time, _)| *time <= since)
        {
            self.changes.pop_front();
        }
        if before != after && longest > 0.0 {
            self.changes.push_back((now, i64::from(after) - i64::from(before)));
        }
    }

    pub(in crate::engine) fn is_whole(&self) -> bool {
        let possible = |(_, change): &(i64, i64)| change.unsigned_abs() <= u64::from(u32::MAX);
        self.changes.len() <= MOST_CHANGES && self.changes.iter().all(possible)
    }

    pub(in crate::engine) fn apply(&self, limits: &RateLimits, now: i64, current: u32, proposed: u32) -> u32 {
        let up = proposed > current;
        let Some(limit) = (if up { limits.up } else { limits.down }) else { return proposed };
        let since = now.saturating_sub((limit.period_seconds * 1000.0) as i64);
        let recent = self.changes.iter().filter(|(time, change)| *time > since && (*change > 0) == up);
        let done = recent.map(|(_, change)| change.abs()).sum::<i64>();
        let start = if up { i64::from(current) - done } else { i64::from(current) + done };
        let share = (start.max(0) as f64 * limit.percent / 100.0).floor() as i64;
        let left = share.max(i64::from(limit.replicas)).saturating_sub(done).max(0);
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        if up {
            proposed.min(current.saturating_add(left))
        } else {
            proposed.max(current.saturating_sub(left))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_limit_counts_what_was_done_within_the_period() {
        let limit = |replicas, percent| Some(RateLimit { replicas, percent, period_seconds: 60.0 });
        let limits = RateLimits { up: limit(4, 100.0), down: limit(2, 0.0) };
        let mut changes = RecentChanges::default();
        assert_eq!(changes.apply(&limits, 0, 3, 50), 7, "4 replicas are more than 100 % of 3");
        assert_eq!(changes.apply(&limits, 0, 10, 50), 20);
        changes.applied([&limits; 2], 0, 6, 10);
        assert_eq!(
            changes.apply(&limits, 30_000, 10, 50),
            12,
            "100 % of the 6 at the period's start, 4 of them used"
        );
        assert_eq!(changes.apply(&limits, 30_000, 10, 1), 8);
        assert_eq!(changes.apply(&limits, 60_000, 10, 50), 20, "the period is over");
    }

    #[test]
    fn changes_that_cannot_have_been_are_found() {
        let whole = |changes: &[(i64, i64)]| RecentChanges { changes: changes.to_vec().into() }.is_whole();
        assert!(
            whole(&[(0, i64::from(u32::MAX)), (1, -3)])
                && !whole(&[(0, i64::MIN)])
                && !whole(&[(0, 1 << 32)])
        );
        assert!(!whole(&vec![(0, 1); MOST_CHANGES + 1]));
    }
}
