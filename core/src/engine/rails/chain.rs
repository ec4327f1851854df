//! The rails in their order, as a pure function of one moment: so that it can be run again without any one of them.
//!
//! First what makes a proposal calm (tolerance, stabilization), then what it may not go below (the observed need, an anomaly, those that could not
//! carry the rest, the last replica, missing data), then what it may not exceed (rate, flips, budgets), then the user's hand (pause), and
//! the bounds last of all. A later rail may undo what an earlier one asked for.

use super::RailsConfig;
use super::blind::Rung;
use super::memory::RailsMemory;
use super::rate::RateLimits;
use super::stabilization::RecentProposals;
use crate::engine::decision::Rail;
use crate::engine::resources::ResourceNeed;
use crate::policy::{Fleet, Reason};

/// Everything that the rails look at, at one moment.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Chain<'a> {
    pub(in crate::engine) rails: &'a RailsConfig,
    pub(in crate::engine) memory: &'a RailsMemory,
    /// The limits on speed that hold now.
    pub(in crate::engine) rate: RateLimits,
    pub(in crate::engine) now: i64,
    pub(in crate::engine) fleet: Fleet,
    pub(in crate::engine) min: u32,
    pub(in crate::engine) max: u32,
    /// Whether the policy brings its own damping: then the budget, the pause and the bounds are all there is.
    pub(in crate::engine) damps_itself: bool,
    pub(in crate::engine) reactive: u32,
    /// The resource whose need is the reactive one, where it exceeds that of the load; and whether any was not measured.
    pub(in crate::engine) resource: Option<ResourceNeed>,
    pub(in crate::engine) misses_resource: bool,
    /// Whether the load is anomalous, how severely, and what that asks for.
    pub(in crate::engine) is_anomalous: bool,
    pub(in crate::engine) severity: f64,
    pub(in crate::engine) answered: u32,
    pub(in crate::engine) is_blind: bool,
    /// What the load seen last needs, while nothing is measured.
    pub(in crate::engine) last_known: u32,
    /// The fewest replicas that could carry the share of one removed.
    pub(in crate::engine) fewest: u32,
}

/// A count on its way through the rails.
struct Passage<'f> {
    count: u32,
    without: Option<Rail>,
    bound: &'f mut dyn FnMut(Rail, Reason),
}

impl Passage<'_> {
    fn pass(&mut self, rail: Rail, to: u32, reason: impl FnOnce(u32, u32) -> Reason) {
        let from = self.count;
        if from != to && self.without != Some(rail) {
            (self.bound)(rail, reason(from, to));
            self.count = to;
        }
    }
}

impl Chain<'_> {
    /// What the rails make of a proposal; `bound` is told of every rail that changes it, in order. `recent` are the proposals that
    /// stabilization looks at.
    pub(in crate::engine) fn run(
        &self,
        proposed: u32,
        recent: &RecentProposals,
        without: Option<Rail>,
        mut bound: impl FnMut(Rail, Reason),
    ) -> u32 {
        let mut passage = Passage { count: proposed, without, bound: &mut bound };
        if !self.damps_itself {
            self.calm(&mut passage, recent);
            self.raise(&mut passage);
            self.slow(&mut passage);
        }
        self.limit(&mut passage);
        passage.count
    }

    fn current(&self) -> u32 {
        self.fleet.ordered()
    }

    fn calm(&self, passage: &mut Passage<'_>, recent: &RecentProposals) {
        if !self.is_anomalous {
            let tolerated = self.rails.tolerance.apply(self.current(), passage.count);
            passage.pass(Rail::Tolerance, tolerated, |from, to| Reason::Tolerated { from, to });
        }
        let stable = recent.apply(self.now, self.current(), passage.count);
        passage.pass(Rail::Stabilization, stable, |from, to| Reason::Stabilized { from, to });
    }

    fn raise(&self, passage: &mut Passage<'_>) {
        let (current, severity) = (self.current(), self.severity);
        let safe = passage.count.max(self.reactive);
        passage.pass(Rail::Reactive, safe, |from, to| match self.resource {
            Some(ResourceNeed { resource, value, replicas }) => {
                Reason::ResourceNeed { resource, value, replicas }
            }
            None => Reason::RaisedToReactive { from, to },
        });
        let raised = passage.count.max(self.answered);
        if raised > self.reactive {
            passage.pass(Rail::Anomaly, raised, |from, to| Reason::RaisedForAnomaly { from, to, severity });
        }
        if self.is_anomalous {
            let kept = passage.count.max(current);
            passage.pass(Rail::Anomaly, kept, |from, to| Reason::HeldForAnomaly { from, to });
        }
        let carried = passage.count.max(self.fewest.min(current));
        passage.pass(Rail::Consolidation, carried, |from, to| Reason::HeldForConsolidation { from, to });
        if self.is_blind || self.misses_resource {
            let held = passage.count.max(current);
            passage.pass(Rail::MissingData, held, |from, to| Reason::HeldForMissingData { from, to });
        }
        if self.is_blind {
            self.climb(passage);
        } else if self.min == 0 && !self.is_anomalous && !self.misses_resource {
            self.activate(passage);
        }
        let count = passage.count;
        if self.fleet.pending > 0 && count <= current && count > self.fleet.ready {
            (passage.bound)(
                Rail::Pending,
                Reason::PendingCounted { pending: self.fleet.pending, replicas: count },
            );
        }
    }

    /// The ladder, while nothing is measured.
    fn climb(&self, passage: &mut Passage<'_>) {
        let seconds = self.memory.blind_seconds(self.now);
        let least = match self.rails.blind.rung(seconds) {
            Rung::Hold => 0,
            Rung::LastKnown => self.last_known,
            Rung::Fixed(replicas) => replicas,
        };
        let raised = passage.count.max(least);
        passage.pass(Rail::Blind, raised, |from, to| Reason::RaisedWhileBlind { from, to });
    }

    /// To and from zero: ordinary rails bring the fleet down to one replica, and this one alone decides about the last. A forecast that
    /// asks for two or more wakes the service ahead of its load.
    fn activate(&self, passage: &mut Passage<'_>) {
        let idleness = &self.memory.idleness;
        let seconds = idleness.seconds(self.now);
        let is_idle = self.current() == 0 || seconds >= self.rails.activation.idle_seconds;
        let is_wanted = idleness.is_active() || !is_idle;
        let last = u32::from(is_wanted);
        if passage.count <= 1 {
            passage.pass(Rail::Activation, last, |from, to| Reason::Activation {
                from,
                to,
                idle_seconds: seconds,
            });
        }
    }

    fn slow(&self, passage: &mut Passage<'_>) {
        let current = self.current();
        let limited = self.memory.changes.apply(&self.rate, self.now, current, passage.count);
        passage.pass(Rail::Rate, limited, |from, to| Reason::RateLimited { from, to });
        let kept = self.memory.flips.apply(self.now, current, passage.count);
        let flips = self.memory.flips.used(self.now);
        passage.pass(Rail::FlipBudget, kept, |from, to| Reason::HeldForFlips { from, to, flips });
    }

    fn limit(&self, passage: &mut Passage<'_>) {
        let (current, reactive) = (self.current(), self.reactive);
        if let Some(most) = self.rails.budget.by_cost() {
            passage.pass(Rail::CostBudget, self.within(most, passage.count), |from, to| {
                Reason::LoweredToCost { from, to, missing: reactive.saturating_sub(to) }
            });
        }
        if let Some(most) = self.rails.budget.by_power() {
            passage.pass(Rail::PowerBudget, self.within(most, passage.count), |from, to| {
                Reason::LoweredToPower { from, to, missing: reactive.saturating_sub(to) }
            });
        }
        if let Some(direction) = self.memory.paused {
            let held = direction.apply(current, passage.count);
            passage.pass(Rail::Pause, held, |from, to| Reason::Paused { from, to });
        }
        let raised = passage.count.max(self.min);
        passage.pass(Rail::Min, raised, |from, to| Reason::RaisedToMin { from, to });
        let lowered = passage.count.min(self.max);
        passage.pass(Rail::Max, lowered, |from, to| Reason::LoweredToMax { from, to });
    }

    /// No more than `most`; a fleet that has more shrinks no faster than scale-in may, and not while nothing is measured.
    fn within(&self, most: u32, count: u32) -> u32 {
        let current = self.current();
        let allowed = if current <= most {
            most
        } else if self.is_blind || self.misses_resource {
            current
        } else {
            self.memory.changes.apply(&self.rate, self.now, current, most)
        };
        count.min(allowed)
    }
}
