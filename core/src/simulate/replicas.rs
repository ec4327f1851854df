//! The life of replicas: created, ready after the start-up time, draining when stopped, gone.

use crate::policy::Fleet;
use std::collections::VecDeque;

/// The replicas of a simulated service, at the start of a step.
#[derive(Debug, Clone)]
pub(super) struct Replicas {
    requested: u32,
    ready: u32,
    /// (step at which they are ready, how many), in order.
    starting: VecDeque<(usize, u32)>,
    /// (step at which they are gone, how many), in order.
    draining: VecDeque<(usize, u32)>,
    /// Sums over the two queues, kept along: with slow draining and a nervous policy the queues are long.
    starting_total: u32,
    draining_total: u32,
}

impl Replicas {
    pub(super) fn new(ready: u32) -> Self {
        Replicas {
            requested: ready,
            ready,
            starting: VecDeque::new(),
            draining: VecDeque::new(),
            starting_total: 0,
            draining_total: 0,
        }
    }

    /// Moves on to `step`.
    pub(super) fn advance(&mut self, step: usize) {
        while let Some((_, count)) = self.starting.front().copied().filter(|(at, _)| *at <= step) {
            self.ready += count;
            self.starting_total -= count;
            self.starting.pop_front();
        }
        while let Some((_, count)) = self.draining.front().copied().filter(|(at, _)| *at <= step) {
            self.draining_total -= count;
            self.draining.pop_front();
        }
    }

    /// Asks for `replicas`: creates what is missing, or stops what is too much, the newest that still start first.
    pub(super) fn request(&mut self, replicas: u32, step: usize, start_up: usize, drain: usize) {
        self.requested = replicas;
        let there = self.ready + self.starting();
        if replicas > there {
            self.starting.push_back((step + start_up, replicas - there));
            self.starting_total += replicas - there;
        }
        let mut surplus = there.saturating_sub(replicas);
        while let Some((_, count)) = self.starting.back_mut().filter(|_| surplus > 0) {
            let cancelled = surplus.min(*count);
            *count -= cancelled;
            self.starting_total -= cancelled;
            surplus -= cancelled;
            if *count == 0 {
                self.starting.pop_back();
            }
        }
        if surplus > 0 {
            self.ready -= surplus;
            // More than can be counted at once are not there to be drained.
            let drained = surplus.min(u32::MAX - self.draining_total);
            self.draining.push_back((step + drain, drained));
            self.draining_total += drained;
        }
        self.advance(step);
    }

    pub(super) fn ready(&self) -> u32 {
        self.ready
    }

    pub(super) fn starting(&self) -> u32 {
        self.starting_total
    }

    pub(super) fn draining(&self) -> u32 {
        self.draining_total
    }

    pub(super) fn fleet(&self) -> Fleet {
        Fleet {
            requested: self.requested,
            ready: self.ready,
            pending: self.starting(),
            terminating: self.draining(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_start_serve_drain_and_go() {
        let mut replicas = Replicas::new(2);
        replicas.request(5, 0, 8, 2);
        assert_eq!(replicas.fleet(), Fleet { requested: 5, ready: 2, pending: 3, terminating: 0 });
        replicas.advance(8);
        assert_eq!((replicas.ready(), replicas.starting()), (5, 0));
        replicas.request(7, 9, 8, 2);
        replicas.request(4, 10, 8, 2);
        assert_eq!(replicas.fleet(), Fleet { requested: 4, ready: 4, pending: 0, terminating: 1 });
        replicas.advance(12);
        assert_eq!(replicas.draining(), 0);
    }

    #[test]
    fn without_start_up_or_drain_everything_is_immediate() {
        let mut replicas = Replicas::new(1);
        replicas.request(3, 5, 0, 0);
        assert_eq!(replicas.fleet(), Fleet::new(3, 3));
        replicas.request(1, 6, 0, 0);
        assert_eq!(replicas.fleet(), Fleet::new(1, 1));
    }
}
