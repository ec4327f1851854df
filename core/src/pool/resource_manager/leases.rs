//! Who has capacity where, and what that promises: each tier is a queue M/M/c that must keep the strictest promise of its leases.

use super::config::{ResourceManagerConfig, ResourceRequest};
use super::lease::{Lease, promise};
use super::line::Line;
use super::summary::{FIRST, Summary};
use crate::capacity::Queue;
use crate::error::Result;
use crate::math::log1p;
use crate::pool::tiers::{QosProfile, Tier, Tiers};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

impl Held {
    /// Whether its requests are to be sent elsewhere, or an order is out for that.
    pub(super) fn is_astray(&self) -> bool {
        self.route != 0 || self.routed != self.lease.tier
    }
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
    line: &Line,
    request: (f64, &QosProfile),
) -> Result<std::result::Result<Offer, RefusalReason>> {
    let (load, qos) = request;
    let (most, cost) = (promise(qos), config.cost(tier, load));
    let (carried, others) = (line.load(), line.strictest());
    let mut last_wait = 0.0;
    for (rung, (units, wait)) in ladder.iter().enumerate() {
        let response = response(config, tier, carried + load, *units)?;
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

/// Says which leases of a tier are served by so many units: as many as keep their promises, the highest priority first. O(log leases), for
/// each that changes and each time that one is passed over.
pub(super) fn serve(
    config: &ResourceManagerConfig,
    tier: Tier,
    units: u32,
    line: &mut Line,
    leases: &mut BTreeMap<u64, Held>,
) -> Result<()> {
    let capacity = config.tiers.of(tier).service_rate * f64::from(units);
    // What is too much at any rate, and what may wait for ever, needs no formula.
    let keeps = |load: f64, seconds: f64| {
        Ok(load < capacity && (seconds == f64::INFINITY || response(config, tier, load, units)? <= seconds))
    };
    let (mut from, mut sum, mut changed) = (FIRST, Summary::NONE, Vec::new());
    loop {
        let stop = line.run(from, &mut sum, &mut |sum| keeps(sum.load(), sum.strictest))?;
        line.mark(from, stop, false, &mut changed);
        let Some(stop) = stop else { break };
        let next =
            line.first(stop, &mut |some| keeps(sum.load_with_least(some), sum.strictest.min(some.laxest)))?;
        line.mark(stop, next, true, &mut changed);
        let Some(next) = next else { break };
        from = next;
    }
    for id in changed {
        if let Some(held) = leases.get_mut(&id) {
            held.lease.is_served = !held.lease.is_served;
        }
    }
    Ok(())
}
