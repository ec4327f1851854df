//! The clock of a simulation, and what the one who knows the load counts on.

use super::pool::Life;
use super::tier::Tier;
use super::world::World;
use crate::error::{Error, Result};
use crate::load::{Series, whole_milliseconds};

/// Standard deviations of the logarithm at its 99 % quantile.
const NEARLY_SURE: f64 = 2.326_347_874_040_841;

/// The clock of a simulation: time moves in steps that divide the load's step and the decision interval.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    pub(super) start: i64,
    /// Milliseconds per step.
    pub(super) step: i64,
    /// Steps from decision to decision.
    pub(super) decide_every: usize,
    /// Steps from creation to ready, that 99 of 100 replicas keep, of the slowest tier.
    pub(super) start_up: usize,
    /// Steps from stopping to gone, in the mean.
    pub(super) drain: usize,
    /// Steps per value of the load.
    pub(super) per_value: usize,
    /// Steps in all.
    pub(super) steps: usize,
}

/// More steps than this are refused: a month at one second is 2.6 million. A run remembers some 100 bytes of each.
const MOST_STEPS: i64 = 10_000_000;

impl Clock {
    pub(super) fn new(load: &Series, world: &World) -> Result<Self> {
        let interval = whole_milliseconds(world.interval_seconds)?;
        let step = greatest_common_divisor(load.step_milliseconds(), interval);
        let only = [Tier::default()];
        let tiers = if world.tiers.is_empty() { &only[..] } else { &world.tiers };
        let lives: Vec<Life> = tiers.iter().map(|tier| Life::new(world, tier, step)).collect();
        let steps = (load.len() as i64).saturating_mul(load.step_milliseconds() / step);
        if steps > MOST_STEPS {
            return Err(Error::data(
                "load",
                format!("needs {steps} steps of {step} ms; at most {MOST_STEPS} are simulated"),
            ));
        }
        Ok(Clock {
            start: load.start(),
            step,
            decide_every: usize::try_from(interval / step).unwrap_or(1),
            start_up: lives.iter().map(|life| life.start_up.at(NEARLY_SURE)).max().unwrap_or(0),
            drain: lives.iter().map(|life| life.drain.mean()).max().unwrap_or(0),
            per_value: usize::try_from(load.step_milliseconds() / step).unwrap_or(1),
            steps: usize::try_from(steps).unwrap_or(0),
        })
    }

    pub(super) fn step_seconds(&self) -> f64 {
        self.step as f64 / 1000.0
    }

    /// Unix milliseconds at which a step begins.
    pub(super) fn time(&self, step: usize) -> i64 {
        self.start.saturating_add(self.step.saturating_mul(step as i64))
    }
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
