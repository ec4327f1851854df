//! The simulated requests: served as far as the capacity goes, carried over as backlog beyond it.

use super::latency::{self, Stretch, queue_at};
use super::replicas::Replicas;
use super::scene::Scene;
use crate::capacity::{Queue, Target};
use crate::error::Result;

/// What happened in one step.
pub(super) struct Moment {
    pub(super) ready: u32,
    /// Replicas that start or drain.
    pub(super) moving: u32,
    /// Share of the ready replicas' capacity that was used, 0 to 1.
    pub(super) utilization: f64,
    pub(super) stretch: Stretch,
    /// Requests in the service, being served and waiting, on average over the step.
    pub(super) in_flight: f64,
    /// Whether the promise was broken.
    pub(super) broken: bool,
}

impl Moment {
    /// Requests that are late: beyond the promised response, or all while another promise is broken.
    pub(super) fn late(&self, target: &Target) -> f64 {
        match *target {
            Target::ResponseQuantile(_, promised) => self.stretch.requests * self.stretch.tail(promised),
            _ if self.broken => self.stretch.requests,
            _ => 0.0,
        }
    }
}

/// The requests: served as far as the capacity goes, carried over as backlog beyond it.
pub(super) struct Service<'a> {
    scene: &'a Scene<'a>,
    backlog: f64,
    conditions: (f64, u32),
    /// The queue at the conditions' load, held at saturation and not.
    queue: Queue,
    unbounded: Queue,
}

impl<'a> Service<'a> {
    pub(super) fn new(scene: &'a Scene<'a>) -> Result<Self> {
        let queue = queue_at(0.0, scene.world.service_rate, 1)?;
        Ok(Service { scene, backlog: 0.0, conditions: (0.0, 1), queue, unbounded: queue })
    }

    pub(super) fn serve(&mut self, replicas: &Replicas, rate: f64) -> Result<Moment> {
        let (service_rate, seconds) = (self.scene.world.service_rate, self.scene.clock.step_seconds());
        let ready = replicas.ready();
        if self.conditions != (rate, ready) {
            self.conditions = (rate, ready);
            self.queue = queue_at(rate, service_rate, ready.max(1))?;
            self.unbounded = Queue::new(rate, service_rate, u64::from(ready.max(1)))?;
        }
        let capacity = f64::from(ready) * service_rate;
        let (requests, before) = (rate * seconds, self.backlog);
        let served = (before + requests).min(capacity * seconds);
        let left = before + requests - served;
        // What rounding leaves of a backlog that is worked off is none.
        self.backlog = if left < 1e-9 * requests.max(1.0) { 0.0 } else { left };
        let delay = if capacity > 0.0 { 0.5 * (before + self.backlog) / capacity } else { f64::INFINITY };
        let broken = ready == 0 || latency::is_broken(&self.scene.target, &self.unbounded, delay);
        Ok(Moment {
            ready,
            moving: replicas.starting().saturating_add(replicas.draining()),
            utilization: if capacity > 0.0 { served / (capacity * seconds) } else { 0.0 },
            stretch: Stretch { queue: self.queue, delay, requests },
            // Little's law for the queue, and the backlog besides.
            in_flight: rate * self.queue.mean_response() + 0.5 * (before + self.backlog),
            broken: broken && requests > 0.0,
        })
    }
}
