//! The fleet as it would be if every decision were applied: for an engine that is only watched.

use crate::policy::Fleet;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Orders on their way that are kept apart; more than these come with the last of them.
const MOST_ORDERS: usize = 64;

/// Replicas that serve, and those ordered with the time when they will.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ShadowFleet {
    ready: u32,
    orders: VecDeque<(i64, u32)>,
    start_up: i64,
}

impl ShadowFleet {
    /// Begins with the fleet that there is; what it lacks was just ordered.
    pub(super) fn new(now: i64, fleet: Fleet, start_up_seconds: f64) -> Self {
        let start_up = (start_up_seconds * 1000.0) as i64;
        let mut shadow =
            ShadowFleet { ready: fleet.ready.min(fleet.requested), orders: VecDeque::new(), start_up };
        shadow.reserve();
        shadow.apply(now, fleet.requested);
        shadow
    }

    /// The fleet at `now`: those whose time has come are ready.
    pub(super) fn at(&mut self, now: i64) -> Fleet {
        while let Some((_, replicas)) = self.orders.front().filter(|(time, _)| *time <= now) {
            self.ready = self.ready.saturating_add(*replicas);
            self.orders.pop_front();
        }
        let pending = self.orders.iter().fold(0u32, |sum, (_, replicas)| sum.saturating_add(*replicas));
        Fleet { requested: self.ready.saturating_add(pending), ready: self.ready, pending, terminating: 0 }
    }

    /// Orders what is missing; takes away what is too much, the newest orders first.
    pub(super) fn apply(&mut self, now: i64, replicas: u32) {
        let requested = self.at(now).requested;
        let missing = replicas.saturating_sub(requested);
        if missing > 0 {
            let time = now.saturating_add(self.start_up);
            let is_full = self.orders.len() >= MOST_ORDERS;
            match self.orders.back_mut().filter(|last| is_full || last.0 == time) {
                Some(last) => *last = (time, last.1.saturating_add(missing)),
                None => self.orders.push_back((time, missing)),
            }
        }
        let mut surplus = requested.saturating_sub(replicas);
        while let Some(last) = self.orders.back_mut().filter(|_| surplus > 0) {
            let taken = last.1.min(surplus);
            (last.1, surplus) = (last.1 - taken, surplus - taken);
            if last.1 == 0 {
                self.orders.pop_back();
            }
        }
        self.ready = self.ready.saturating_sub(surplus);
    }

    pub(super) fn is_whole(&self) -> bool {
        let sorted = self.orders.iter().zip(self.orders.iter().skip(1)).all(|(a, b)| a.0 <= b.0);
        self.orders.len() <= MOST_ORDERS && self.start_up >= 0 && sorted
    }

    pub(super) fn reserve(&mut self) {
        self.orders.reserve(MOST_ORDERS.saturating_sub(self.orders.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn orders_are_ready_after_the_start_up_and_the_newest_go_first() {
        let mut shadow = ShadowFleet::new(0, Fleet::new(5, 3), 60.0);
        let fleet = |requested, ready| Fleet { requested, ready, pending: requested - ready, terminating: 0 };
        assert_eq!(shadow.at(0), fleet(5, 3));
        shadow.apply(30_000, 9);
        assert_eq!((shadow.at(59_999), shadow.at(60_000)), (fleet(9, 3), fleet(9, 5)));
        shadow.apply(60_000, 6);
        assert_eq!((shadow.at(60_000), shadow.at(90_000)), (fleet(6, 5), fleet(6, 6)));
        shadow.apply(90_000, 2);
        assert_eq!(shadow.at(90_000), fleet(2, 2));
    }

    proptest! {
        #[test]
        fn it_runs_what_was_decided(steps in prop::collection::vec((0i64..5_000, 0u32..50), 1..200)) {
            let mut shadow = ShadowFleet::new(0, Fleet::new(4, 4), 120.0);
            let mut now = 0;
            for (pause, replicas) in steps {
                now += pause;
                shadow.apply(now, replicas);
                let fleet = shadow.at(now);
                prop_assert_eq!((fleet.requested, fleet.ready + fleet.pending), (replicas, replicas));
                prop_assert!(shadow.is_whole());
            }
            prop_assert_eq!(shadow.at(now + 120_000).pending, 0);
        }
    }
}
