//! Response times: the law of each stretch of constant load and replicas, and over a whole run the mixture of them.
//!
//! Within a stretch the queue is taken as stationary (the pointwise stationary approximation, Green & Kolesar 1991, Management Science
//! 37) behind a fluid backlog that delays everyone alike. Near saturation, where a stationary queue would need hours to build up, its
//! utilization is held at [`SATURATION`], and the backlog carries what exceeds the capacity.
//! A measured curve takes the queue's place where the user gives one.

use super::kept::Kept;
use super::replicas::Serving;
use super::response_curve::response_at;
use super::waits::Waits;
use super::world::World;
use crate::capacity::{Queue, Target, erlang_c};
use crate::error::Result;
use crate::math::{exp, log1p};

/// Utilization beyond which the queue is described by its backlog.
pub(super) const SATURATION: f64 = 0.99;

/// How long responses take in steady state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Law {
    /// M/M/c, or G/G/c.
    Queue(Queue),
    /// A measured response: exponential with this rate, 0 when overloaded.
    Measured { rate: f64, utilization: f64 },
}

impl Law {
    /// The law at a load of so many requests per second.
    pub(super) fn new(world: &World, target: &Target, load: f64, serving: Serving) -> Result<Self> {
        let exact = |servers, offered| erlang_c(servers, offered).unwrap_or(f64::NAN);
        Law::with_waits(world, target, load, serving, exact)
    }

    /// The same, with Erlang C from a table.
    pub(super) fn tabled(
        world: &World,
        target: &Target,
        load: f64,
        serving: Serving,
        waits: &Waits,
    ) -> Result<Self> {
        Law::with_waits(world, target, load, serving, |servers, offered| waits.probability(servers, offered))
    }

    fn with_waits(
        world: &World,
        target: &Target,
        load: f64,
        serving: Serving,
        waits: impl FnOnce(u64, f64) -> f64,
    ) -> Result<Self> {
        if let Some(points) = &world.response_curve {
            let utilization = load / serving.capacity;
            let rate = if utilization < 1.0 {
                -log1p(-quantile_of(target)) / response_at(points, utilization)
            } else {
                0.0
            };
            return Ok(Law::Measured { rate, utilization });
        }
        let queue = Queue::with_waits(load, serving.service_rate, u64::from(serving.ready), waits)?;
        if (world.arrival_cv, world.service_cv) == (1.0, 1.0) {
            return Ok(Law::Queue(queue));
        }
        queue.with_variability(world.arrival_cv, world.service_cv).map(Law::Queue)
    }

    /// The share of the responses that take longer.
    pub(super) fn tail(&self, seconds: f64) -> f64 {
        self.tail_by(seconds, &mut LastExponential::default())
    }

    /// The same, where the one before may have asked for the same moment of the same service.
    pub(super) fn tail_by(&self, seconds: f64, last: &mut LastExponential) -> f64 {
        match self {
            Law::Queue(queue) => queue.response_tail_by(seconds, |x| last.exp(x)),
            Law::Measured { rate, .. } => exp(-rate * seconds.max(0.0)),
        }
    }

    pub(super) fn mean(&self) -> f64 {
        match self {
            Law::Queue(queue) => queue.mean_response(),
            Law::Measured { rate, .. } => 1.0 / rate,
        }
    }

    /// The response time that a share `p` stays within, which is sooner found near a `guess`.
    pub(super) fn quantile(&self, p: f64, guess: f64) -> Result<f64> {
        match self {
            Law::Queue(queue) => queue.response_quantile_near(p, guess),
            Law::Measured { rate, .. } => Ok(-log1p(-p) / rate),
        }
    }

    /// Whether the promise is kept for requests that wait `delay` seconds before they join.
    pub(super) fn keeps(&self, target: &Target, delay: f64) -> bool {
        match (self, target) {
            (Law::Queue(queue), _) => !is_broken(target, queue, delay),
            (Law::Measured { utilization, .. }, Target::Utilization(most)) => {
                delay <= 0.0 && utilization <= most
            }
            (_, target) => {
                let (p, seconds) = (quantile_of(target), promised(target).unwrap_or(f64::INFINITY));
                delay <= seconds && self.tail(seconds - delay) <= (1.0 - p) * (1.0 + 1e-12)
            }
        }
    }
}

/// The load at saturation.
pub(super) fn most(serving: Serving) -> f64 {
    SATURATION * serving.service_rate * f64::from(serving.ready)
}

/// The share that a promise speaks of.
pub(super) fn quantile_of(target: &Target) -> f64 {
    match *target {
        Target::WaitQuantile(p, _) | Target::ResponseQuantile(p, _) => p,
        _ => 0.95,
    }
}

/// Whether so many warm replicas keep the promise at this load, in steady state; `kept` knows what was found out of those that are all warm and alike.
pub(super) fn keeps(
    world: &World,
    target: &Target,
    load: f64,
    serving: Serving,
    kept: &mut Kept,
) -> Result<bool> {
    let judge = || Ok(Law::new(world, target, load, serving)?.keeps(target, 0.0));
    if serving.service_rate == world.service_rate { kept.keeps(serving.ready, load, judge) } else { judge() }
}

/// The seconds that responses are promised within.
pub(super) fn promised(target: &Target) -> Option<f64> {
    match *target {
        Target::ResponseQuantile(_, seconds) => Some(seconds),
        _ => None,
    }
}

/// A stretch of constant conditions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// The law, at no more than the saturation.
    pub(super) law: Law,
    /// Seconds that the backlog adds to each response.
    pub(super) delay: f64,
    /// Requests that arrived and were not lost.
    pub(super) requests: f64,
}

impl Stretch {
    pub(super) fn tail(&self, seconds: f64, last: &mut LastExponential) -> f64 {
        if seconds < self.delay { 1.0 } else { self.law.tail_by(seconds - self.delay, last) }
    }
}

/// The exponential function where the same number often comes again.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastExponential {
    x: f64,
    value: f64,
}

impl Default for LastExponential {
    fn default() -> Self {
        LastExponential { x: 0.0, value: 1.0 }
    }
}

impl LastExponential {
    fn exp(&mut self, x: f64) -> f64 {
        if x != self.x {
            *self = LastExponential { x, value: exp(x) };
        }
        self.value
    }
}

/// Whether the promise is broken for requests that wait `delay` seconds before they join `queue`.
fn is_broken(target: &Target, queue: &Queue, delay: f64) -> bool {
    if delay <= 0.0 {
        return !target.is_met(queue);
    }
    match *target {
        Target::Utilization(_) => true,
        Target::MeanWait(seconds) => queue.mean_wait() + delay > seconds,
        Target::WaitQuantile(p, seconds) => queue.wait_quantile(p).is_ok_and(|wait| wait + delay > seconds),
        Target::ResponseQuantile(p, seconds) => {
            delay > seconds || queue.response_tail(seconds - delay) > 1.0 - p
        }
    }
}
