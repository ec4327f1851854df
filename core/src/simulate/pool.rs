//! The life of a tier's replicas: created, ready after the start-up time, draining when stopped, gone; some never start, some crash.
//!
//! What fails is replaced at once, as a Kubernetes ReplicaSet does: a start that was given up, and a replica that crashed. Start-up and
//! drain times are log-normal around their medians, one draw a replica. Crashes come at a rate per replica-hour of readiness: the next one is
//! due when the replicas together have been ready for an exponential time. After its start a replica warms up as
//! [`WarmUp`](crate::capacity::WarmUp) says; since the missing shares fade exponentially, their sum is all that is remembered of the ages.

use super::tier::Tier;
use super::world::World;
use crate::math;
use crate::random::Random;
use std::collections::VecDeque;

/// Missing shares below this, summed over a tier, count as none.
const WARM: f64 = 1e-6;

/// A log-normal duration in steps, rounded up; without variation always its median.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delay {
    median: f64,
    sigma: f64,
}

impl Delay {
    /// `variation` is the standard deviation over the mean.
    pub(super) fn new(median_seconds: f64, variation: f64, step_milliseconds: i64) -> Self {
        let sigma = math::log1p(variation * variation).sqrt();
        Delay { median: (median_seconds * 1000.0) / step_milliseconds as f64, sigma }
    }

    fn is_random(&self) -> bool {
        self.sigma > 0.0 && self.median > 0.0
    }

    /// Steps at so many standard deviations of the logarithm from the median.
    pub(super) fn at(&self, deviations: f64) -> usize {
        let factor = if self.is_random() { math::exp(self.sigma * deviations) } else { 1.0 };
        (self.median * factor).ceil() as usize
    }

    pub(super) fn mean(&self) -> usize {
        self.at(0.5 * self.sigma)
    }

    pub(super) fn draw(&self, random: &mut Random) -> usize {
        if self.is_random() { self.at(random.normal()) } else { self.at(0.0) }
    }
}

/// How the replicas of a tier come and go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    pub(super) start_up: Delay,
    pub(super) drain: Delay,
    /// Share of the starts that fail, and the steps after which they are given up.
    start_failures: f64,
    give_up: usize,
    crashes_per_step: f64,
    /// Share of its throughput that a replica lacks at first, and the factor by which that falls in a step.
    cold_share: f64,
    cooling: f64,
}

impl Life {
    pub(super) fn new(world: &World, tier: &Tier, step_milliseconds: i64) -> Self {
        let step_seconds = step_milliseconds as f64 / 1000.0;
        let start_up = tier.start_up_seconds.unwrap_or(world.start_up_seconds);
        let crashes = tier.crashes_per_replica_hour.unwrap_or(world.crashes_per_replica_hour);
        let give_up = Delay::new(world.start_failure_seconds, 0.0, step_milliseconds).at(0.0);
        let warms = world.warm_up_seconds > 0.0;
        Life {
            start_up: Delay::new(start_up, world.start_up_variation, step_milliseconds),
            drain: Delay::new(world.drain_seconds, world.drain_variation, step_milliseconds),
            start_failures: world.start_failure_share,
            give_up: give_up.max(1),
            crashes_per_step: crashes * step_seconds / 3600.0,
            cold_share: if warms { 1.0 - world.warm_up_initial_share } else { 0.0 },
            cooling: if warms { math::exp(-step_seconds / world.warm_up_seconds) } else { 0.0 },
        }
    }

    /// One that always takes the same time, in steps.
    #[cfg(test)]
    pub(super) fn constant(start_up: usize, drain: usize) -> Self {
        let world =
            World { start_up_seconds: start_up as f64, drain_seconds: drain as f64, ..World::default() };
        Life::new(&world, &Tier::default(), 1000)
    }

    fn starts_are_random(&self) -> bool {
        self.start_up.is_random() || self.start_failures > 0.0
    }
}

/// Replicas that change together: when, when they were created, and whether they fail then.
#[derive(Debug, Clone, Copy)]
struct Group {
    at: usize,
    created: usize,
    fails: bool,
    count: u32,
}

impl Group {
    fn key(&self) -> (usize, usize, bool) {
        (self.at, self.created, self.fails)
    }
}

/// The replicas of one tier, at the start of a step.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    life: Life,
    random: Random,
    /// Load per second that a warm replica serves.
    pub(super) rate: f64,
    pub(super) ready: u32,
    /// Warm replicas that the cold ones lack in all.
    pub(super) cold: f64,
    /// By the step at which they are ready, or given up.
    starting: VecDeque<Group>,
    /// By the step at which they are gone.
    draining: VecDeque<Group>,
    /// Nothing in the two queues is due before this step.
    due: usize,
    /// Sums over the two queues, kept along: with slow draining and a nervous policy the queues are long.
    pub(super) starting_total: u32,
    pub(super) draining_total: u32,
    /// Crashes until the next one, in expectation.
    until_crash: f64,
    pub(super) counts: Counts,
}

/// What became of all replicas that were ever created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) created: u64,
    /// Stopped and gone, while they started or after draining.
    pub(super) gone: u64,
    /// Starts that were given up.
    pub(super) failed_starts: u64,
    pub(super) crashed: u64,
}

impl Counts {
    pub(super) fn plus(self, other: Counts) -> Counts {
        Counts {
            created: self.created + other.created,
            gone: self.gone + other.gone,
            failed_starts: self.failed_starts + other.failed_starts,
            crashed: self.crashed + other.crashed,
        }
    }
}

impl Pool {
    pub(super) fn new(life: Life, rate: f64, ready: u32, mut random: Random) -> Self {
        let until_crash = if life.crashes_per_step > 0.0 { random.exponential() } else { f64::INFINITY };
        Pool {
            life,
            random,
            rate,
            ready,
            cold: 0.0,
            starting: VecDeque::new(),
            draining: VecDeque::new(),
            due: usize::MAX,
            starting_total: 0,
            draining_total: 0,
            until_crash,
            counts: Counts { created: u64::from(ready), ..Counts::default() },
        }
    }

    /// Moves on by one step, to `step`.
    #[inline]
    pub(super) fn advance(&mut self, step: usize) {
        if self.cold > 0.0 {
            self.cold *= self.life.cooling;
            self.cold = if self.cold < WARM { 0.0 } else { self.cold };
        }
        if self.life.crashes_per_step > 0.0 {
            self.until_crash -= f64::from(self.ready) * self.life.crashes_per_step;
            let mut crashed = 0;
            while self.until_crash <= 0.0 && crashed < self.ready {
                crashed += 1;
                self.until_crash += self.random.exponential();
            }
            self.crash(crashed, step);
        }
        if step >= self.due {
            self.settle(step);
        }
    }

    /// Lets what is due by `step` happen.
    fn settle(&mut self, step: usize) {
        while let Some(group) = self.starting.front().copied().filter(|group| group.at <= step) {
            self.starting.pop_front();
            self.starting_total -= group.count;
            if group.fails {
                self.counts.failed_starts += u64::from(group.count);
                self.create(group.count, step);
            } else {
                self.ready += group.count;
                self.cold += self.life.cold_share * f64::from(group.count);
            }
        }
        while let Some(group) = self.draining.front().copied().filter(|group| group.at <= step) {
            self.draining_total -= group.count;
            self.counts.gone += u64::from(group.count);
            self.draining.pop_front();
        }
        let first = |queue: &VecDeque<Group>| queue.front().map_or(usize::MAX, |group| group.at);
        self.due = first(&self.starting).min(first(&self.draining));
    }

    /// Ends up to `count` ready replicas without draining; each is replaced by a new one.
    pub(super) fn crash(&mut self, count: u32, step: usize) {
        let crashed = count.min(self.ready);
        if crashed > 0 {
            self.take_ready(crashed);
            self.counts.crashed += u64::from(crashed);
            self.create(crashed, step);
        }
    }

    /// Goes for `replicas`: creates what is missing, or stops what is too much, the newest that still start first.
    pub(super) fn request(&mut self, replicas: u32, step: usize) {
        let there = self.ready + self.starting_total;
        if replicas > there {
            self.create(replicas - there, step);
        }
        let surplus = self.cancel(there.saturating_sub(replicas));
        if surplus > 0 {
            self.take_ready(surplus);
            self.stop(surplus, step);
        }
        self.settle(step);
    }

    /// Ready replicas that were made elsewhere.
    pub(super) fn join(&mut self, count: u32) {
        self.counts.created += u64::from(count);
        self.ready += count;
    }

    fn create(&mut self, count: u32, step: usize) {
        self.counts.created += u64::from(count);
        self.starting_total += count;
        self.due = 0;
        let Life { start_up, start_failures, give_up, .. } = self.life;
        let group =
            |at: usize, fails, count| Group { at: step.saturating_add(at), created: step, fails, count };
        if !self.life.starts_are_random() {
            return insert(&mut self.starting, group(start_up.at(0.0), false, count));
        }
        for _ in 0..count {
            let fails = start_failures > 0.0 && self.random.unit() < start_failures;
            let at = if fails { give_up } else { start_up.draw(&mut self.random) };
            insert(&mut self.starting, group(at, fails, 1));
        }
    }

    /// Stops up to `surplus` of those that start, the newest first; how many are left to be stopped.
    fn cancel(&mut self, mut surplus: u32) -> u32 {
        while surplus > 0 {
            let newest = if self.life.starts_are_random() {
                self.starting.iter().enumerate().max_by_key(|(_, group)| group.created).map(|(i, _)| i)
            } else {
                self.starting.len().checked_sub(1)
            };
            let Some((i, group)) = newest.and_then(|i| Some((i, self.starting.get_mut(i)?))) else { break };
            let cancelled = surplus.min(group.count);
            group.count -= cancelled;
            if group.count == 0 {
                self.starting.remove(i);
            }
            self.starting_total -= cancelled;
            self.counts.gone += u64::from(cancelled);
            surplus -= cancelled;
        }
        surplus
    }

    /// Those that end are warm and cold as all are.
    fn take_ready(&mut self, count: u32) {
        self.cold *= f64::from(self.ready - count) / f64::from(self.ready);
        self.ready -= count;
    }

    fn stop(&mut self, count: u32, step: usize) {
        // More than can be counted at once are not there to be drained.
        let drained = count.min(u32::MAX - self.draining_total);
        self.counts.gone += u64::from(count - drained);
        self.draining_total += drained;
        self.due = 0;
        let Life { drain, .. } = self.life;
        let group =
            |at: usize, count| Group { at: step.saturating_add(at), created: step, fails: false, count };
        if !drain.is_random() {
            return insert(&mut self.draining, group(drain.at(0.0), drained));
        }
        for _ in 0..drained {
            let at = drain.draw(&mut self.random);
            insert(&mut self.draining, group(at, 1));
        }
    }
}

fn insert(queue: &mut VecDeque<Group>, new: Group) {
    let is_last = queue.back().is_none_or(|last| last.key() <= new.key());
    let place = if is_last { queue.len() } else { queue.partition_point(|group| group.key() <= new.key()) };
    match place.checked_sub(1).and_then(|i| queue.get_mut(i)).filter(|group| group.key() == new.key()) {
        Some(same) => same.count += new.count,
        None => queue.insert(place, new),
    }
}
