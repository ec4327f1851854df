//! A budget of direction flips: when it is used up, only scale-out stays possible.
//!
//! A flip is a change applied in the direction opposite to the change before. Scaling in commits to the flip back as well: it is
//! allowed only while both fit, so that scale-out, which is never held, keeps within the budget too.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::VecDeque;

/// The largest budget.
const MOST_FLIPS: u32 = 1000;

/// How often the direction of scaling may change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlipBudget {
    /// Changes of direction allowed within the period, 2 to 1,000.
    pub flips: u32,
    /// Length of the period in seconds, above 0 and up to a week.
    pub period_seconds: f64,
}

impl FlipBudget {
    pub(super) fn check(&self) -> Result<()> {
        if !(2..=MOST_FLIPS).contains(&self.flips) {
            let problem = format!("must be 2 to {MOST_FLIPS}, there and back; got {}", self.flips);
            return Err(Error::config("rails.flips.flips", problem));
        }
        if !(self.period_seconds > 0.0 && self.period_seconds <= 7.0 * 86_400.0) {
            let problem = format!("must be above 0 and up to 604800, got {}", self.period_seconds);
            return Err(Error::config("rails.flips.period_seconds", problem));
        }
        Ok(())
    }
}

/// The flips that were applied lately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct RecentFlips {
    budget: Option<FlipBudget>,
    /// Whether the last change was up.
    was_up: Option<bool>,
    times: VecDeque<i64>,
}

impl RecentFlips {
    pub(super) fn new(budget: Option<FlipBudget>) -> Self {
        let mut flips = RecentFlips { budget, was_up: None, times: VecDeque::new() };
        flips.reserve();
        flips
    }

    /// Follows a new budget; the newest flips that it has room for stay counted.
    pub(super) fn reconfigure(&mut self, budget: Option<FlipBudget>) {
        self.budget = budget;
        let most = budget.map_or(0, |budget| budget.flips as usize);
        self.times.drain(..self.times.len().saturating_sub(most));
        self.reserve();
    }

    pub(super) fn applied(&mut self, now: i64, before: u32, after: u32) {
        let Some(budget) = self.budget else { return };
        let is_up = match after.cmp(&before) {
            Ordering::Equal => return,
            order => order == Ordering::Greater,
        };
        if self.was_up.replace(is_up).is_none_or(|was_up| was_up == is_up) {
            return;
        }
        let since = start(now, budget);
        while self.times.len() >= budget.flips as usize
            || self.times.front().is_some_and(|time| *time <= since)
        {
            self.times.pop_front();
        }
        self.times.push_back(now);
    }

    pub(in crate::engine) fn apply(&self, now: i64, current: u32, proposed: u32) -> u32 {
        let (Some(budget), Some(was_up)) = (self.budget, self.was_up) else { return proposed };
        let since = start(now, budget);
        let used = self.times.iter().filter(|time| **time > since).count();
        let needed = if was_up { 2 } else { 1 };
        if proposed < current && used + needed > budget.flips as usize { current } else { proposed }
    }

    /// Flips that were counted.
    pub(in crate::engine) fn used(&self, now: i64) -> u32 {
        let since = self.budget.map_or(i64::MAX, |budget| start(now, budget));
        self.times.iter().filter(|time| **time > since).count() as u32
    }

    pub(super) fn is_whole(&self, like: &RecentFlips) -> bool {
        let most = self.budget.map_or(0, |budget| budget.flips as usize);
        self.budget == like.budget && self.times.len() <= most
    }

    pub(super) fn reserve(&mut self) {
        let most = self.budget.map_or(0, |budget| budget.flips as usize);
        self.times.reserve(most.saturating_sub(self.times.len()));
    }
}

fn start(now: i64, budget: FlipBudget) -> i64 {
    now.saturating_sub((budget.period_seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scale_in_commits_to_the_flip_back() {
        let mut flips = RecentFlips::new(Some(FlipBudget { flips: 2, period_seconds: 100.0 }));
        assert_eq!(flips.apply(0, 5, 3), 3, "no direction was taken yet");
        flips.applied(0, 3, 5);
        assert_eq!(flips.apply(10_000, 5, 3), 3, "there and back are two");
        flips.applied(10_000, 5, 3);
        assert_eq!(flips.apply(15_000, 3, 2), 2, "further down is no flip");
        flips.applied(20_000, 3, 6);
        assert_eq!((flips.apply(30_000, 6, 2), flips.apply(30_000, 6, 9)), (6, 9));
        assert_eq!(flips.apply(110_000, 6, 2), 6, "one flip is out of the period, two are needed");
        assert_eq!(flips.apply(120_000, 6, 2), 2);
    }

    proptest! {
        #[test]
        fn never_more_than_the_budget_in_any_period(
            budget in 2u32..6,
            steps in prop::collection::vec((1i64..40, 0u32..20), 1..300),
        ) {
            let mut flips = RecentFlips::new(Some(FlipBudget { flips: budget, period_seconds: 100.0 }));
            let (mut now, mut current, mut seen, mut was_up) = (0, 10, Vec::new(), None);
            for (seconds, proposed) in steps {
                now += 1000 * seconds;
                let next = flips.apply(now, current, proposed);
                prop_assert!(next == proposed || (next == current && proposed < current));
                flips.applied(now, current, next);
                if next != current && was_up.replace(next > current).is_some_and(|was| was != (next > current)) {
                    seen.push(now);
                }
                current = next;
                prop_assert!(seen.iter().filter(|time| **time > now - 100_000).count() <= budget as usize);
            }
        }
    }
}
