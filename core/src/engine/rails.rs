//! What keeps decisions safe and calm: one small type a rail, each a plain rule on (current, proposed).

use crate::error::{Error, Result, not_negative};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Relative change of the request that is let pass, per direction; none by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tolerance {
    /// Growth up to this share of the current count is let pass; 0.
    pub up: f64,
    /// Shrinking up to this share of the current count is let pass; 0.
    pub down: f64,
}

impl Tolerance {
    pub(super) fn check(&self) -> Result<()> {
        not_negative("rails.tolerance.up", self.up)?;
        not_negative("rails.tolerance.down", self.down).map(|_| ())
    }

    pub(super) fn apply(&self, current: u32, proposed: u32) -> u32 {
        let share = if proposed > current { self.up } else { self.down };
        let change = f64::from(proposed.abs_diff(current));
        if change <= share * f64::from(current) { current } else { proposed }
    }
}

/// Windows within which the most cautious recent proposal holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stabilization {
    /// Scale-out takes the smallest proposal of this many seconds; 0.
    pub up_seconds: f64,
    /// Scale-in takes the largest proposal of this many seconds; by default the lead time and one interval, at least 120.
    pub down_seconds: Option<f64>,
}

impl Stabilization {
    pub(super) fn check(&self, interval_seconds: f64) -> Result<()> {
        for (field, seconds) in [("up", self.up_seconds), ("down", self.down_seconds.unwrap_or(0.0))] {
            if !(0.0..=10_000.0).contains(&(seconds / interval_seconds)) {
                let field = format!("rails.stabilization.{field}_seconds");
                return Err(Error::config(field, format!("must be 0 to 10000 intervals, got {seconds} s")));
            }
        }
        Ok(())
    }
}

/// The recent proposals: one per interval of the clock, its smallest and its largest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RecentProposals {
    interval: i64,
    up: i64,
    down: i64,
    recent: VecDeque<(i64, u32, u32)>,
}

impl RecentProposals {
    pub(super) fn new(interval: i64, up_seconds: f64, down_seconds: f64) -> Self {
        let (up, down) = ((up_seconds * 1000.0) as i64, (down_seconds * 1000.0) as i64);
        let most = usize::try_from(up.max(down) / interval).unwrap_or(0) + 3;
        RecentProposals { interval, up, down, recent: VecDeque::with_capacity(most) }
    }

    /// The windows are as long as this from now on.
    pub(super) fn wait(&mut self, up_seconds: f64, down_seconds: f64) {
        self.up = (up_seconds * 1000.0) as i64;
        self.down = (down_seconds * 1000.0) as i64;
        self.reserve();
    }

    /// Remembers the proposal of a new moment.
    pub(super) fn remember(&mut self, now: i64, proposed: u32) {
        let since = now.saturating_sub(self.up.max(self.down)).saturating_sub(self.interval);
        while self.recent.front().is_some_and(|(time, ..)| *time <= since) {
            self.recent.pop_front();
        }
        let same_interval = |time: i64| time.div_euclid(self.interval) == now.div_euclid(self.interval);
        match self.recent.back_mut() {
            Some((time, least, most)) if same_interval(*time) => {
                *time = now;
                *least = proposed.min(*least);
                *most = proposed.max(*most);
            }
            _ => self.recent.push_back((now, proposed, proposed)),
        }
    }

    pub(super) fn apply(&self, now: i64, current: u32, proposed: u32) -> u32 {
        let within =
            |window: i64| self.recent.iter().filter(move |(time, ..)| *time > now.saturating_sub(window));
        if proposed > current {
            within(self.up).map(|(_, least, _)| *least).fold(proposed, u32::min).max(current)
        } else {
            within(self.down).map(|(.., most)| *most).fold(proposed, u32::max).min(current)
        }
    }

    pub(super) fn is_whole(&self, like: &RecentProposals) -> bool {
        let sorted = self.recent.iter().zip(self.recent.iter().skip(1)).all(|(a, b)| a.0 < b.0);
        (self.interval, self.up, self.down) == (like.interval, like.up, like.down) && sorted
    }

    pub(super) fn reserve(&mut self) {
        let most = usize::try_from(self.up.max(self.down) / self.interval).unwrap_or(0) + 3;
        self.recent.reserve(most.saturating_sub(self.recent.len()));
    }
}

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
    pub(super) fn check(&self, name: &str) -> Result<()> {
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
pub(super) struct RecentChanges {
    changes: VecDeque<(i64, i64)>,
}

impl RecentChanges {
    pub(super) fn applied(&mut self, limits: [&RateLimits; 2], now: i64, before: u32, after: u32) {
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

    pub(super) fn is_whole(&self) -> bool {
        let possible = |(_, change): &(i64, i64)| change.unsigned_abs() <= u64::from(u32::MAX);
        self.changes.len() <= MOST_CHANGES && self.changes.iter().all(possible)
    }

    pub(super) fn apply(&self, limits: &RateLimits, now: i64, current: u32, proposed: u32) -> u32 {
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
    use proptest::prelude::*;

    #[test]
    fn tolerance_keeps_small_changes_from_happening() {
        let tolerance = Tolerance { up: 0.1, down: 0.2 };
        assert_eq!([11, 12, 8, 7].map(|proposed| tolerance.apply(10, proposed)), [10, 12, 10, 7]);
        assert_eq!(Tolerance::default().apply(10, 11), 11);
    }

    #[test]
    fn the_most_cautious_proposal_of_the_window_holds() {
        let mut recent = RecentProposals::new(15_000, 30.0, 60.0);
        for (now, proposed) in [(0, 9), (15_000, 4), (30_000, 6)] {
            recent.remember(now, proposed);
        }
        assert_eq!(recent.apply(30_000, 10, 6), 9, "down: the largest of 60 s");
        assert_eq!(recent.apply(30_000, 3, 6), 4, "up: the smallest of 30 s");
        assert_eq!(recent.apply(60_000, 10, 6), 6, "the 9 has left the window");
    }

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

    proptest! {
        #[test]
        fn no_rail_moves_a_proposal_past_the_current_count(current in 0u32..100, proposals in prop::collection::vec(0u32..100, 1..60)) {
            let mut recent = RecentProposals::new(1_000, 5.0, 10.0);
            let limit = Some(RateLimit { replicas: 3, percent: 10.0, period_seconds: 20.0 });
            let limits = RateLimits { up: limit, down: limit };
            let (mut changes, mut current) = (RecentChanges::default(), current);
            for (i, proposed) in proposals.into_iter().enumerate() {
                let now = i as i64 * 1_000;
                recent.remember(now, proposed);
                let stable = recent.apply(now, current, proposed);
                let limited = changes.apply(&limits, now, current, stable);
                for railed in [stable, limited, Tolerance { up: 0.1, down: 0.1 }.apply(current, proposed)] {
                    prop_assert!(railed.min(current) >= proposed.min(current) && railed.max(current) <= proposed.max(current));
                }
                prop_assert!(recent.recent.len() <= 13);
                changes.applied([&limits; 2], now, current, limited);
                current = limited;
            }
        }
    }
}
