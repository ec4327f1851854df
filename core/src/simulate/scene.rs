//! What every run over a load shares: the true rate, what a scraper sees of it, and the replicas it needs.
//!
//! A load that is finer than the decision interval is averaged over it first: its samples are counts, and a count of one second is no
//! rate that a queue could be stationary at. A coarser load is a rate, and a scraper sees Poisson counts around it.

use super::clock::Clock;
use super::kept::Kept;
use super::latency;
use super::replicas::Serving;
use super::scrape::Scrapes;
use super::waits::Waits;
use super::world::World;
use crate::capacity::Target;
use crate::error::{Error, Result};
use crate::load::{Aggregation, Fill, Series};
use crate::random::Random;

/// More requests than this are not played one by one: a run of them takes some ten seconds.
const MOST_SINGLE_REQUESTS: f64 = 1e8;

/// For a shorter load a table of Erlang C costs more than it saves.
const LONG: usize = 2000;

pub(super) struct Scene<'a> {
    pub(super) world: &'a World,
    pub(super) target: Target,
    pub(super) clock: Clock,
    pub(super) seed: u64,
    /// True load per second, one per value of the series.
    rates: Vec<f64>,
    /// Load per second as observed over the interval before each decision; NaN = missing.
    observed: Vec<f64>,
    /// Smallest count that keeps the promise, one per value of the series.
    needs: Vec<u32>,
    /// What the needs took to find out.
    pub(super) kept: Kept,
    pub(super) waits: Waits,
}

impl<'a> Scene<'a> {
    pub(super) fn new(load: &Series, world: &'a World, seed: u64) -> Result<Self> {
        let counted = load.step_seconds() < world.interval_seconds;
        let averaged =
            if counted { Some(load.resample(world.interval_seconds, Aggregation::Mean)?) } else { None };
        let load = averaged.as_ref().unwrap_or(load);
        let clock = Clock::new(load, world)?;
        let rates = load.fill(Fill::Linear)?.values().to_vec();
        let requests = rates.iter().sum::<f64>() * load.step_seconds();
        if world.single_requests && requests > MOST_SINGLE_REQUESTS {
            let problem =
                format!("has {requests:e} requests; at most {MOST_SINGLE_REQUESTS:e} are played one by one");
            return Err(Error::data("load", problem));
        }
        let target = world.target();
        let mut kept = Kept::new();
        let needs = needs(&rates, world, target, &mut kept)?;
        let waits = Waits::new(rates.len() >= LONG);
        let mut scene = Scene { world, target, clock, seed, rates, observed: Vec::new(), needs, kept, waits };
        let noise = (world.counting_noise && !counted).then(|| Random::stream(seed, 0));
        scene.observed = if world.sees_at_once() {
            scene.observe(load.values(), noise)
        } else {
            Scrapes::new(world, load, &scene.rates)?.seen(&scene.clock, noise, Random::stream(seed, 2))
        };
        Ok(scene)
    }

    /// True load per second at a step.
    pub(super) fn rate(&self, step: usize) -> f64 {
        self.rate_of(step / self.clock.per_value)
    }

    /// Replicas that the promise needs at a step.
    pub(super) fn need(&self, step: usize) -> u32 {
        self.need_of(step / self.clock.per_value)
    }

    /// True load per second while a value of the series holds.
    pub(super) fn rate_of(&self, value: usize) -> f64 {
        self.rates.get(value).copied().unwrap_or(0.0)
    }

    /// Replicas that the promise needs while a value of the series holds.
    pub(super) fn need_of(&self, value: usize) -> u32 {
        self.needs.get(value).copied().unwrap_or(1)
    }

    /// Load per second as observed before a decision.
    pub(super) fn observed(&self, decision: usize) -> f64 {
        self.observed.get(decision).copied().unwrap_or(f64::NAN)
    }

    /// The largest need of all.
    pub(super) fn largest_need(&self) -> u32 {
        self.needs.iter().copied().max().unwrap_or(1)
    }

    /// What must be ready to begin with: the need until anything that is asked for can be.
    pub(super) fn initial_replicas(&self) -> u32 {
        (0..=self.clock.start_up.min(self.clock.steps)).map(|step| self.need(step)).max().unwrap_or(1)
    }

    /// The need at every step, for any target.
    pub(super) fn needs_of(&self, target: Target) -> Result<Vec<u32>> {
        let needs = if target == self.target {
            self.needs.clone()
        } else {
            needs(&self.rates, self.world, target, &mut Kept::new())?
        };
        Ok(needs.into_iter().flat_map(|need| std::iter::repeat_n(need, self.clock.per_value)).collect())
    }

    /// Mean true load per second from each decision to the next.
    pub(super) fn mean_rates(&self) -> Vec<f64> {
        let mean = |decision: usize| {
            let steps = decision * self.clock.decide_every
                ..((decision + 1) * self.clock.decide_every).min(self.clock.steps);
            let count = steps.len() as f64;
            steps.map(|step| self.rate(step)).sum::<f64>() / count
        };
        (0..self.observed.len()).map(mean).collect()
    }

    /// What a scraper sees before each decision: counts with noise, or the exact rate. Intervals with a missing value are missing.
    fn observe(&self, values: &[f64], mut random: Option<Random>) -> Vec<f64> {
        let Clock { decide_every, per_value, .. } = self.clock;
        let mut sample = |decision: usize| {
            let Some(first) = decision.checked_sub(1) else { return f64::NAN };
            let steps = first * decide_every..decision * decide_every;
            let missing = |step: usize| values.get(step / per_value).is_none_or(|value| value.is_nan());
            if steps.clone().any(missing) {
                return f64::NAN;
            }
            let requests: f64 = steps.map(|step| self.rate(step) * self.clock.step_seconds()).sum();
            random.as_mut().map_or(requests, |random| random.poisson(requests)) / self.world.interval_seconds
        };
        (0..self.clock.steps.div_ceil(decide_every)).map(&mut sample).collect()
    }
}

fn needs(rates: &[f64], world: &World, target: Target, kept: &mut Kept) -> Result<Vec<u32>> {
    let mut last = (f64::NAN, 1);
    let mut need = |rate: &f64| {
        if *rate != last.0 {
            let mut keeps =
                |count| latency::keeps(world, &target, *rate, Serving::all_of(count, world), kept);
            last = (*rate, fewest(last.1, world.max_replicas, &mut keeps)?.max(world.min_replicas));
        }
        Ok(last.1)
    };
    rates.iter().map(&mut need).collect()
}

/// The fewest replicas that keep the promise, from 1 to `most`, and `most` where none do. The search begins `near` where it will end.
pub(super) fn fewest(near: u32, most: u32, keeps: &mut dyn FnMut(u32) -> Result<bool>) -> Result<u32> {
    let (mut too_few, mut enough, mut stride) = (0, near.clamp(1, most), 1);
    if keeps(enough)? {
        while enough > 1 {
            let fewer = enough.saturating_sub(stride).max(1);
            if !keeps(fewer)? {
                too_few = fewer;
                break;
            }
            (enough, stride) = (fewer, stride.saturating_mul(2));
        }
    } else {
        loop {
            too_few = enough;
            if enough == most {
                return Ok(most);
            }
            enough = enough.saturating_add(stride).min(most);
            if keeps(enough)? {
                break;
            }
            stride = stride.saturating_mul(2);
        }
    }
    while enough - too_few > 1 {
        let middle = too_few + (enough - too_few) / 2;
        if keeps(middle)? { enough = middle } else { too_few = middle }
    }
    Ok(enough)
}
