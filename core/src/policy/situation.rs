//! What a policy is shown, and what it answers: a pure function of the moment and of its own saved state.

use super::reason::Reason;
use crate::capacity::{Queue, Target};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The replicas of a service at one moment, as its orchestrator reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// Replicas last asked for.
    pub requested: u32,
    /// Replicas that serve.
    pub ready: u32,
    /// Replicas created, not yet ready.
    #[serde(default)]
    pub pending: u32,
    /// Replicas that finish their work and will be gone.
    #[serde(default)]
    pub terminating: u32,
}

impl Fleet {
    /// A settled fleet: `requested` and `ready` replicas, none on their way in or out.
    pub fn new(requested: u32, ready: u32) -> Self {
        Fleet { requested, ready, pending: 0, terminating: 0 }
    }

    /// Replicas that are there or ordered, whatever the orchestrator's request field says by now.
    pub fn ordered(&self) -> u32 {
        self.requested.max(self.ready.saturating_add(self.pending))
    }
}

/// The forecast of the load at the lead time, in load units per second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// What the load exceeds at the odds of the cost ratio, at the most `upper`.
    pub lower: f64,
    /// What the load exceeds half of the time, at the most `upper`.
    pub expected: f64,
    /// The load to size for: the largest that is worth its replicas.
    pub upper: f64,
}

/// Everything a policy may look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Situation {
    /// Unix milliseconds.
    pub now: i64,
    /// The replicas.
    pub fleet: Fleet,
    /// Load per second over the metric window that ends now; NaN when nothing was measured in it.
    pub load: f64,
    /// Requests in the service, being served and waiting, over the interval that ends at `now`; NaN when not measured.
    pub in_flight: f64,
    /// What the target asks for the load observed now, without any forecast; what is ordered when nothing was measured.
    pub reactive: u32,
    /// Forecast of the load at the lead time; none while nothing is known.
    pub peak: Option<Peak>,
    /// Seconds until what is asked for at the next decision will be ready.
    pub lead_seconds: f64,
    /// Load per second that one replica serves.
    pub service_rate: f64,
    /// What the service promises.
    pub target: Target,
    /// Smallest count allowed.
    pub min_replicas: u32,
    /// Largest count allowed.
    pub max_replicas: u32,
}

impl Situation {
    /// Requests in flight: as measured, else as Little's law has them for `load` (per second) in the queue of the ready
    /// replicas, `L = λ·W` with the mean response W of M/M/c. Near saturation, where W has no bound, it is held at what it
    /// is at a utilization of 0.99.
    ///
    /// # Errors
    /// [`Error::Data`] for a load that is negative or infinite.
    pub fn concurrency(&self, load: f64) -> Result<f64> {
        if !self.in_flight.is_nan() || load.is_nan() {
            return Ok(self.in_flight);
        }
        let servers = self.fleet.ready.clamp(1, self.max_replicas.max(1));
        let held = load.min(0.99 * f64::from(servers) * self.service_rate);
        Ok(load * Queue::new(held, self.service_rate, servers.into())?.mean_response())
    }
}

/// A policy's answer, before any rail.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Replicas to ask for.
    pub replicas: u32,
    /// Why.
    pub reason: Reason,
}

/// Whose rails keep a policy from flapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damping {
    /// The engine's: tolerance, stabilization, rate limits, and the reactive floor.
    Engine,
    /// Its own: the policy is a complete control law, and the engine only keeps it within min and max.
    Own,
}

/// A control law: one of ours, or a user's own (see [`super::CustomPolicy`]).
pub trait Policy: std::fmt::Debug + Send + Sync {
    /// Its name in reports.
    fn name(&self) -> &str;

    /// Whose rails apply to its proposals.
    fn damping(&self) -> Damping {
        Damping::Engine
    }

    /// Takes in the load of the interval that ended at `time` (Unix milliseconds), NaN = missing.
    ///
    /// # Errors
    /// A user's own only.
    fn observe(&mut self, _time: i64, _load: f64) -> Result<()> {
        Ok(())
    }

    /// Proposes a replica count. The same situation asked twice gets the same answer.
    ///
    /// # Errors
    /// Only when the situation itself is impossible, such as a target that no count meets; and a user's own.
    fn propose(&mut self, situation: &Situation) -> Result<Proposal>;

    /// Learns that the request was changed from `before` to `after` replicas.
    ///
    /// # Errors
    /// A user's own only.
    fn applied(&mut self, _now: i64, _before: u32, _after: u32) -> Result<()> {
        Ok(())
    }

    /// The state of a user's own policy as bytes; the library saves its own policies itself.
    ///
    /// # Errors
    /// The policy's own, or that it has no such thing.
    fn snapshot(&self) -> Result<Vec<u8>> {
        Err(Error::data(format!("{}.snapshot", self.name()), "the policy has no snapshots"))
    }

    /// Takes on a state that `snapshot` wrote.
    ///
    /// # Errors
    /// The policy's own, or that it has no such thing.
    fn restore(&mut self, _bytes: &[u8]) -> Result<()> {
        Err(Error::data(format!("{}.restore", self.name()), "the policy has no snapshots"))
    }
}

/// Replicas for a load under the target. From `most` erlangs on the load alone decides: the answer will be cut to the
/// maximum anyway, and sizing a million servers for a wild sample would take its time.
pub(crate) fn replicas_for(load: f64, service_rate: f64, target: Target, most: u32) -> Result<u32> {
    let offered = load / service_rate;
    if offered >= f64::from(most) {
        return Ok(ceil_count(offered));
    }
    crate::capacity::servers_for(load, service_rate, target)
        .map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

/// `value` rounded up to a whole count, as the laws of Kubernetes do: no tolerance for the last bit.
#[inline]
pub(super) fn ceil_count(value: f64) -> u32 {
    // Without `ceil`, which is a call of a function where the processor may be an old one.
    let whole = value as u32;
    whole.saturating_add(u32::from(f64::from(whole) < value))
}
