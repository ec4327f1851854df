//! Who has capacity where, and what that promises: each tier is a queue M/M/c that must keep the strictest promise of its leases.

use super::config::{ResourceManagerConfig, ResourceRequest};
use crate::capacity::Queue;
use crate::error::Result;
use crate::math::log1p;
use crate::pool::tiers::{QosProfile, Tier, Tiers};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Capacity that somebody has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// Its number: that of the request.
    pub id: u64,
    /// The user.
    pub user: String,
    /// The application.
    pub application: String,
    /// Requests per second that it brings.
    pub load: f64,
    /// What was asked for.
    pub qos: QosProfile,
    /// The tier whose capacity it has.
    pub tier: Tier,
    /// Whether that capacity is there already; if not, it is being made.
    pub is_served: bool,
    /// Seconds within which the promised share of its answers came when it was granted, the wait for capacity included.
    pub expected_latency_seconds: f64,
    /// What its capacity costs an hour.
    pub cost_per_hour: f64,
    /// Unix milliseconds at which it was granted.
    pub granted: i64,
}

/// Why capacity is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// No tier can answer in time.
    Latency,
    /// Those that can cost more than the limit.
    Cost,
    /// There is no room up to the tiers' limits.
    Capacity,
}

/// Capacity is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// The same in words, with numbers.
    pub problem: String,
}

/// What becomes of a request for capacity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// It has it.
    Granted(Lease),
    /// It has not.
    Refused(Refusal),
}

/// A lease, where its requests are sent to, and the order that is out to send them elsewhere (0: none) with the tier that it names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) lease: Lease,
    pub(super) routed: Tier,
    pub(super) route: u64,
    pub(super) asked: Tier,
}

/// What the leases of a tier bring, the strictest promises among them (bits of seconds, which sort as the seconds do), in which order they
/// are served, and how many wait.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Carried {
    pub(super) load: f64,
    promises: BTreeMap<u64, u32>,
    order: BTreeSet<(Reverse<i32>, u64)>,
    waiting: usize,
}

impl Carried {
    pub(super) fn add(&mut self, lease: &Lease) {
        self.load += lease.load;
        *self.promises.entry(bits(&lease.qos)).or_insert(0) += 1;
        self.order.insert(place(lease));
        self.waiting += usize::from(!lease.is_served);
    }

    pub(super) fn remove(&mut self, lease: &Lease) {
        self.load = (self.load - lease.load).max(0.0);
        self.order.remove(&place(lease));
        self.waiting -= usize::from(!lease.is_served);
        let promise = bits(&lease.qos);
        if let Some(count) = self.promises.get_mut(&promise) {
            *count -= 1;
            if *count == 0 {
                self.promises.remove(&promise);
            }
        }
        if self.promises.is_empty() {
            self.load = 0.0;
        }
    }

    /// Leases.
    pub(super) fn count(&self) -> usize {
        self.order.len()
    }

    /// Leases that wait for capacity.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Whether this is what the leases, added up anew as `sum`, bring.
    pub(super) fn is_that_of(&self, sum: &Carried) -> bool {
        (&self.promises, &self.order, self.waiting) == (&sum.promises, &sum.order, sum.waiting)
            && self.load >= 0.0
            && (sum.load - self.load).abs() <= 1e-6 * (1.0 + sum.load)
    }

    /// Seconds of the strictest promise; infinite without one.
    pub(super) fn strictest(&self) -> f64 {
        self.promises.keys().next().map_or(f64::INFINITY, |bits| f64::from_bits(*bits))
    }
}

/// Where a lease stands among those to be served: the highest priority first.
fn place(lease: &Lease) -> (Reverse<i32>, u64) {
    (Reverse(lease.qos.priority), lease.id)
}

fn bits(qos: &QosProfile) -> u64 {
    promise(qos).to_bits()
}

/// Seconds that an answer may take.
pub(super) fn promise(qos: &QosProfile) -> f64 {
    qos.max_latency_seconds.unwrap_or(f64::INFINITY)
}

/// Seconds within which the promised share of the answers comes; infinite where the units are not enough.
pub(super) fn response(config: &ResourceManagerConfig, tier: Tier, load: f64, units: u32) -> Result<f64> {
    let queue = Queue::new(load, config.tiers.of(tier).service_rate, u64::from(units))?;
    queue.response_quantile(config.response_share)
}

/// The same without any wait: the service alone.
fn service_alone(config: &ResourceManagerConfig, tier: Tier) -> f64 {
    -log1p(-config.response_share) / config.tiers.of(tier).service_rate
}

/// What a tier can have ready, and in how many seconds, fewest first.
pub(super) type Ladder = Vec<(u32, f64)>;

/// What a tier can do for a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Offer {
    pub(super) tier: Tier,
    /// Whether the capacity serves already.
    pub(super) is_there: bool,
    /// Seconds until it does.
    pub(super) wait: f64,
    pub(super) latency: f64,
    pub(super) cost: f64,
}

/// The offer of one tier beside the load that it carries, or why there is none.
pub(super) fn offer(
    config: &ResourceManagerConfig,
    tier: Tier,
    ladder: &Ladder,
    carried: &Carried,
    request: (f64, &QosProfile),
) -> Result<std::result::Result<Offer, RefusalReason>> {
    let (load, qos) = request;
    let (most, cost) = (promise(qos), config.cost(tier, load));
    let others = carried.strictest();
    let mut last_wait = 0.0;
    for (rung, (units, wait)) in ladder.iter().enumerate() {
        let response = response(config, tier, carried.load + load, *units)?;
        let latency = wait + response;
        if response.is_finite() && latency <= most && response <= others {
            let is_affordable = qos.cost_limit.is_none_or(|limit| cost <= limit);
            let offer = Offer { tier, is_there: rung == 0, wait: *wait, latency, cost };
            return Ok(if is_affordable { Ok(offer) } else { Err(RefusalReason::Cost) });
        }
        last_wait = *wait;
    }
    let in_time = last_wait + service_alone(config, tier) <= most;
    Ok(Err(if in_time { RefusalReason::Capacity } else { RefusalReason::Latency }))
}

/// The offer that is taken: for what is critical the fastest, otherwise the one that costs least.
pub(super) fn best(config: &ResourceManagerConfig, qos: &QosProfile, offers: &[Offer]) -> Option<Offer> {
    let by_latency = |a: &Offer, b: &Offer| a.latency.total_cmp(&b.latency);
    let by_cost = |a: &Offer, b: &Offer| a.cost.total_cmp(&b.cost);
    let is_critical = config.is_critical(qos);
    offers.iter().copied().min_by(|a, b| {
        if is_critical { by_latency(a, b).then(by_cost(a, b)) } else { by_cost(a, b).then(by_latency(a, b)) }
    })
}

/// Why there is no offer, in words.
pub(super) fn refusal(request: &ResourceRequest, reasons: &Tiers<RefusalReason>) -> Refusal {
    let of = |tier: Tier| *reasons.of(tier);
    let ranked = [RefusalReason::Capacity, RefusalReason::Cost, RefusalReason::Latency];
    let reason = ranked.into_iter().find(|reason| Tier::ALL.into_iter().any(|tier| of(tier) == *reason));
    let reason = reason.unwrap_or(RefusalReason::Latency);
    let QosProfile { max_latency_seconds, cost_limit, .. } = request.qos;
    let said = |value: Option<f64>| value.map_or("none".to_string(), |value| value.to_string());
    let named = |tier: Tier| {
        let why = match of(tier) {
            RefusalReason::Latency => "would be late",
            RefusalReason::Cost => "costs too much",
            RefusalReason::Capacity => "has no room",
        };
        format!("{} {why}", tier.name())
    };
    let tiers = Tier::ALL.map(named).join(", ");
    let problem = format!(
        "request {} of {} per second (max_latency_seconds {}, cost_limit {}): {tiers}",
        request.id,
        request.load,
        said(max_latency_seconds),
        said(cost_limit),
    );
    Refusal { reason, problem }
}

/// Says which leases of a tier are served by so many units: all, or as many as keep their promises, the highest priority first.
pub(super) fn serve(
    config: &ResourceManagerConfig,
    tier: Tier,
    units: u32,
    carried: &mut Carried,
    leases: &mut BTreeMap<u64, Held>,
) -> Result<()> {
    if carried.order.is_empty() {
        return Ok(());
    }
    let is_enough = response(config, tier, carried.load, units)? <= within(carried.strictest());
    if is_enough && carried.waiting == 0 {
        return Ok(());
    }
    let capacity = config.tiers.of(tier).service_rate * f64::from(units);
    let (mut load, mut strictest, mut waiting) = (0.0, f64::INFINITY, 0);
    for (_, id) in &carried.order {
        let Some(Held { lease, .. }) = leases.get_mut(id) else { continue };
        let (with, strict) = (load + lease.load, strictest.min(promise(&lease.qos)));
        // What is too much at any rate needs no formula.
        lease.is_served =
            is_enough || (with < capacity && response(config, tier, with, units)? <= within(strict));
        if lease.is_served {
            (load, strictest) = (with, strict);
        }
        waiting += usize::from(!lease.is_served);
    }
    carried.waiting = waiting;
    Ok(())
}

/// An infinite promise is kept by every answer that ever comes.
fn within(seconds: f64) -> f64 {
    seconds.min(f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_promise_is_compared() {
        let mut carried = Carried::default();
        carried.promises.insert(f64::INFINITY.to_bits(), 1);
        let mut other = carried.clone();
        assert!(carried.is_that_of(&other));
        other.promises.insert(f64::INFINITY.to_bits(), 0);
        assert!(!other.is_that_of(&carried), "one that would be counted down below 0");
    }
}
