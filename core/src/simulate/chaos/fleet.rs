//! The replicas of a scenario: created, ready after their start-up, and what faults do to them and to what is reported of them.

use super::scenario::{FaultKind, Scenario};
use crate::policy::Fleet;

/// Replicas, counted; times are intervals.
pub(super) struct Replicas {
    requested: u32,
    ready: u32,
    /// (interval at which they are ready, how many), newest last.
    starting: Vec<(usize, u32)>,
    start_up: usize,
    stale: Option<Fleet>,
}

impl Replicas {
    pub(super) fn new(scenario: &Scenario, ready: u32) -> Self {
        let start_up = (scenario.start_up_seconds / scenario.interval_seconds).ceil() as usize;
        Replicas { requested: ready, ready, starting: Vec::new(), start_up, stale: None }
    }

    pub(super) fn requested(&self) -> u32 {
        self.requested
    }

    /// Moves on to an interval with the faults that are on then; `began` are those that begin with it.
    pub(super) fn advance<'a>(
        &mut self,
        interval: usize,
        on: impl Iterator<Item = &'a FaultKind> + Clone,
        began: impl Iterator<Item = &'a FaultKind>,
    ) {
        let share_of = |kind: &FaultKind| match kind {
            FaultKind::FailingStarts { share } => Some(*share),
            _ => None,
        };
        let failing = on.clone().filter_map(share_of).fold(0.0, f64::max);
        let (started, rest): (Vec<_>, Vec<_>) = self.starting.iter().partition(|(at, _)| *at <= interval);
        self.starting = rest;
        for (_, count) in started {
            let failed = ((f64::from(count) * failing).ceil() as u32).min(count);
            self.ready += count - failed;
            self.create(failed, interval + self.start_up.max(1));
        }
        for kind in began {
            if let FaultKind::Crashes { share } = kind {
                let crashed = (f64::from(self.ready) * share).floor() as u32;
                self.ready -= crashed;
                self.create(crashed, interval + self.start_up);
            }
        }
    }

    fn create(&mut self, count: u32, ready_at: usize) {
        if count > 0 {
            self.starting.push((ready_at, count));
        }
    }

    fn pending(&self) -> u32 {
        self.starting.iter().fold(0, |sum: u32, (_, count)| sum.saturating_add(*count))
    }

    /// Asks for `replicas`: creates what is missing, or stops what is too much, the newest that still start first.
    pub(super) fn request<'a>(
        &mut self,
        replicas: u32,
        interval: usize,
        on: impl Iterator<Item = &'a FaultKind>,
    ) {
        let slow = on.filter_map(|kind| match kind {
            FaultKind::SlowStarts { factor } => Some(factor.max(1.0)),
            _ => None,
        });
        let start_up = self.start_up as f64 * slow.fold(1.0, f64::max);
        self.requested = replicas;
        let there = self.ready.saturating_add(self.pending());
        self.create(replicas.saturating_sub(there), interval + start_up.ceil() as usize);
        let mut surplus = there.saturating_sub(replicas);
        while let Some((_, count)) = self.starting.last_mut().filter(|_| surplus > 0) {
            let cancelled = surplus.min(*count);
            *count -= cancelled;
            surplus -= cancelled;
            if *count == 0 {
                self.starting.pop();
            }
        }
        self.ready -= surplus.min(self.ready);
    }

    /// What the orchestrator says: the truth, what it was, or a lie.
    pub(super) fn report<'a>(&mut self, on: impl Iterator<Item = &'a FaultKind>) -> Fleet {
        let truth =
            Fleet { requested: self.requested, ready: self.ready, pending: self.pending(), terminating: 0 };
        let (mut told, mut is_stale) = (truth, false);
        for kind in on {
            match kind {
                FaultKind::StaleFleet {} => {
                    is_stale = true;
                    told = *self.stale.get_or_insert(truth);
                }
                FaultKind::LyingFleet { factor } => {
                    let lie = |count: u32| (f64::from(count) * factor).round() as u32;
                    let Fleet { requested, ready, pending, terminating } = told;
                    told = Fleet {
                        requested: lie(requested),
                        ready: lie(ready),
                        pending: lie(pending),
                        terminating,
                    };
                }
                _ => {}
            }
        }
        if !is_stale {
            self.stale = None;
        }
        told
    }
}
