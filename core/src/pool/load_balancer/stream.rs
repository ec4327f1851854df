//! What comes in under one name, counted in steps: its demand and what a request takes.

use crate::pool::demand::{Demand, Expected, Missed, Pace, SharedSeason};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::VecDeque;

/// Weight of the past in what a request takes, at each step that had any.
const MEMORY: f64 = 0.99;
/// Pauses that are remembered at the most.
const MOST_PAUSES: usize = 64;
/// What a step may sum up to.
const MOST: f64 = 1e30;

/// Requests of the step that runs, and what they take: CPU, memory, network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) step: i64,
    pub(super) requests: f64,
    pub(super) used: [f64; 3],
}

impl Tally {
    fn of(step: i64) -> Self {
        Tally { step, requests: 0.0, used: [0.0; 3] }
    }

    pub(super) fn add(&mut self, requests: f64, used: [f64; 3]) {
        self.requests = (self.requests + requests).min(MOST);
        self.used.iter_mut().zip(used).for_each(|(sum, used)| *sum = (*sum + used).min(MOST));
    }

    fn is_whole(&self) -> bool {
        std::iter::once(&self.requests).chain(&self.used).all(|value| (0.0..=MOST).contains(value))
    }
}

/// Steps in which nobody counted anything although much was to come: whoever counts must have been away. The latest ones, in order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Pauses(VecDeque<(i64, i64)>);

impl Pauses {
    /// Adds the steps from the first to the last, which come after all others.
    pub(super) fn add(&mut self, first: i64, last: i64) {
        if self.0.len() >= MOST_PAUSES {
            self.0.pop_front();
        }
        self.0.push_back((first, last));
    }

    /// Goes through the steps after one and before another: up to which, and whether what they had is known.
    fn between(&self, after: i64, before: i64, visit: &mut dyn FnMut(i64, bool)) {
        let (mut done, end) = (after, before.saturating_sub(1));
        for (first, last) in self.0.iter().filter(|(first, last)| *last > after && *first <= end) {
            if first - 1 > done {
                visit(first - 1, true);
            }
            done = (*last).min(end);
            visit(done, false);
        }
        if end > done {
            visit(end, true);
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        let is_later = |(a, b): (&(i64, i64), &(i64, i64))| a.1 < b.0;
        self.0.len() <= MOST_PAUSES
            && self.0.iter().all(|(first, last)| *first > i64::MIN && first <= last)
            && self.0.iter().zip(self.0.iter().skip(1)).all(is_later)
    }
}

/// What a request takes: `used/requests`, with an error whose variance grows as the requests do.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Usage {
    requests: f32,
    used: [f32; 3],
    squares: [f32; 3],
}

impl Usage {
    /// What one step alone says.
    pub(super) fn of(tally: &Tally) -> Self {
        let mut usage = Usage::default();
        usage.learn(tally);
        usage
    }

    pub(super) fn learn(&mut self, tally: &Tally) {
        if tally.requests <= 0.0 {
            return;
        }
        let follow = |sum: f32, value: f64| (f64::from(sum) * MEMORY + value).min(MOST) as f32;
        let before = *self;
        self.requests = follow(self.requests, tally.requests);
        for (place, (sum, used)) in self.used.iter_mut().zip(tally.used).enumerate() {
            let error =
                if before.requests > 0.0 { used - before.per_request(place) * tally.requests } else { 0.0 };
            *sum = follow(*sum, used);
            if let Some(squares) = self.squares.get_mut(place) {
                *squares = follow(*squares, error * error);
            }
        }
    }

    pub(super) fn is_known(&self) -> bool {
        self.requests > 0.0
    }

    /// What one request takes of a resource.
    pub(super) fn per_request(&self, resource: usize) -> f64 {
        let used = self.used.get(resource).copied().unwrap_or(0.0);
        if self.requests > 0.0 { f64::from(used) / f64::from(self.requests) } else { 0.0 }
    }

    /// What the requests that are expected take of a resource.
    pub(super) fn take(&self, requests: &Expected, resource: usize) -> Expected {
        let each = self.per_request(resource);
        let squares = f64::from(self.squares.get(resource).copied().unwrap_or(0.0));
        let own = if self.requests > 0.0 { squares / f64::from(self.requests) } else { 0.0 };
        Expected {
            mean: each * requests.mean,
            variance: each * each * requests.variance + own * requests.mean,
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        std::iter::once(&self.requests)
            .chain(&self.used)
            .chain(&self.squares)
            .all(|value| value.is_finite() && *value >= 0.0)
    }
}

/// What comes in under one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stream {
    pub(super) demand: Demand,
    pub(super) running: Tally,
    pub(super) usage: Usage,
}

impl Stream {
    pub(super) fn new(step: i64, season_steps: usize) -> Self {
        Stream { demand: Demand::new(step, season_steps), running: Tally::of(step), usage: Usage::default() }
    }

    /// Ends all steps before `step`, and learns from them, but for those of `pauses`; the step that ended, if one did, and how far its
    /// forecast was off.
    pub(super) fn close(
        &mut self,
        step: i64,
        pace: Pace,
        season: &mut SharedSeason,
        pauses: &Pauses,
    ) -> Option<(Tally, Missed)> {
        if step <= self.running.step {
            return None;
        }
        let ended = std::mem::replace(&mut self.running, Tally::of(step));
        let mut missed = self.demand.follow(ended.step, ended.requests, pace, season);
        self.usage.learn(&ended);
        pauses.between(ended.step, step, &mut |until, is_known| {
            if !is_known {
                return self.demand.skip(until);
            }
            // Steps that nobody counted anything in had none.
            let idle = self.demand.follow(until, 0.0, pace, season);
            missed.error += idle.error;
            missed.size += idle.size;
            missed.steps += idle.steps;
        });
        Some((ended, missed))
    }

    /// What is expected of `step`, at the step that runs or later, when `now` is the step that runs.
    pub(super) fn expect(
        &self,
        step: i64,
        now: i64,
        pace: Pace,
        season: &SharedSeason,
        pauses: &Pauses,
    ) -> Expected {
        self.brought_to(now, pace, season, pauses).expect_of(step, season)
    }

    /// The demand when `now` is the step that runs.
    pub(super) fn brought_to(
        &self,
        now: i64,
        pace: Pace,
        season: &SharedSeason,
        pauses: &Pauses,
    ) -> Cow<'_, Demand> {
        if self.running.step >= now {
            return Cow::Borrowed(&self.demand);
        }
        let mut ended = self.demand.brought_to(self.running.step, self.running.requests, pace, season);
        pauses.between(self.running.step, now, &mut |until, is_known| {
            if is_known {
                ended = ended.brought_to(until, 0.0, pace, season);
            } else {
                ended.skip(until);
            }
        });
        Cow::Owned(ended)
    }

    pub(super) fn is_whole(&self, season_steps: usize) -> bool {
        self.demand.is_whole(season_steps) && self.running.is_whole() && self.usage.is_whole()
    }
}
