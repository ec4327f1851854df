//! The world that policies are tried in: how fast replicas serve, start and stop, and what they cost.

use crate::capacity::Target;
use crate::config::from_json;
use crate::engine::EngineConfig;
use crate::error::{Error, Result, not_negative};
use crate::load::{Series, whole_milliseconds};
use crate::policy::PolicyConfig;
use serde::{Deserialize, Serialize};

/// A simulated service.
///
/// Replicas are charged from the moment they are created to the end of draining. They serve in first-come order as an M/M/c queue; load
/// beyond the capacity waits as backlog until it is served. Policies see counts, as a scraper would; violations are judged on the true rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct World {
    /// Load per second that one replica serves, above 0. Must be given.
    pub service_rate: f64,
    /// What the service promises; by default 95 % of the responses within 4 mean service times.
    pub target: Option<Target>,
    /// Seconds from creating a replica to its being ready; 120.
    pub start_up_seconds: f64,
    /// Seconds that a stopped replica still takes to finish its work; 30.
    pub drain_seconds: f64,
    /// Seconds from sample to sample and from decision to decision; 15.
    pub interval_seconds: f64,
    /// Smallest count; 1.
    pub min_replicas: u32,
    /// Largest count; 1,000.
    pub max_replicas: u32,
    /// Whether samples are Poisson counts around the true rate (which is then in requests per second); true. A load that is
    /// finer than the interval is made of counts already, and gets no further noise.
    pub counting_noise: bool,
    /// Cost of a replica per hour, in the user's currency; 1.
    pub cost_per_replica_hour: f64,
    /// Power of a replica that starts, idles or drains, in watts; 100.
    pub idle_watts: f64,
    /// Power of a replica that is fully used, in watts; 200.
    pub busy_watts: f64,
    /// Length of the load's season in seconds; one day.
    pub season_seconds: f64,
    /// Whether requests are played one by one: response times and late requests are then those of simulated requests instead of
    /// the queue's law; false. Takes some 50 ns a request.
    pub single_requests: bool,
}

impl Default for World {
    fn default() -> Self {
        let engine = EngineConfig::default();
        World {
            service_rate: f64::NAN,
            target: None,
            start_up_seconds: engine.start_up_seconds,
            drain_seconds: 30.0,
            interval_seconds: engine.interval_seconds,
            min_replicas: engine.min_replicas,
            max_replicas: engine.max_replicas,
            counting_noise: true,
            cost_per_replica_hour: 1.0,
            idle_watts: 100.0,
            busy_watts: 200.0,
            season_seconds: engine.season_seconds,
            single_requests: false,
        }
    }
}

impl World {
    /// Reads a world from JSON text, such as `{"service_rate": 10}`.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let world: World = from_json("config", text)?;
        world.check()?;
        Ok(world)
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value; [`Error::Infeasible`] when no count can meet the target.
    pub fn check(&self) -> Result<()> {
        not_negative("season_seconds", self.season_seconds)?;
        self.engine_config(PolicyConfig::default()).check()?;
        if !(0.0..=86_400.0).contains(&self.drain_seconds) {
            return Err(Error::config(
                "drain_seconds",
                format!("must be 0 to 86400, got {}", self.drain_seconds),
            ));
        }
        not_negative("cost_per_replica_hour", self.cost_per_replica_hour)?;
        not_negative("idle_watts", self.idle_watts)?;
        not_negative("busy_watts", self.busy_watts).map(|_| ())
    }

    /// The promise, with its default filled in.
    pub fn target(&self) -> Target {
        self.engine_config(PolicyConfig::default()).target()
    }

    /// The engine that runs a policy in this world.
    pub fn engine_config(&self, policy: PolicyConfig) -> EngineConfig {
        EngineConfig {
            service_rate: self.service_rate,
            target: self.target,
            min_replicas: self.min_replicas,
            max_replicas: self.max_replicas,
            start_up_seconds: self.start_up_seconds,
            interval_seconds: self.interval_seconds,
            metric_window_seconds: self.interval_seconds.max(60.0).min(1000.0 * self.interval_seconds),
            season_seconds: self.season_seconds.max(2.0 * self.interval_seconds),
            late_seconds: 0.0,
            policy,
            ..EngineConfig::default()
        }
    }
}

/// The clock of a simulation: time moves in steps that divide the load's step and the decision interval.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    pub(super) start: i64,
    /// Milliseconds per step.
    pub(super) step: i64,
    /// Steps from decision to decision.
    pub(super) decide_every: usize,
    /// Steps from creation to ready.
    pub(super) start_up: usize,
    /// Steps from stopping to gone.
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
        let up = |seconds: f64| ((seconds * 1000.0) / step as f64).ceil() as usize;
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
            start_up: up(world.start_up_seconds),
            drain: up(world.drain_seconds),
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
