//! From the load to come to instances: which kind each tier is to hold, and how many of it.

use super::config::{InstanceKind, LoadBalancerConfig};
use super::stream::Usage;
use crate::error::{Error, Result};
use crate::pool::tiers::{ExpectedLoad, Lateness, Tier, TierConfig, TierDemand, Tiers, tier_sizes};
use serde::{Deserialize, Serialize};

/// What one tier is to hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recommendation {
    /// The tier.
    pub tier: Tier,
    /// The kind of instance that costs least for this load.
    pub kind: String,
    /// Instances to hold ready; for the cold tier: that will be needed in the mean.
    pub count: u64,
    /// Instances that will be needed of this tier, at the lower end of the interval of the load.
    pub lower: u64,
    /// The same at its upper end. What is held may be more, where lateness is dear, or less, where holding is.
    pub upper: u64,
    /// Load that these carry, in requests per second.
    pub load: f64,
    /// Quantile of the demand up to which this tier reaches.
    pub quantile: f64,
    /// What these instances cost an hour while they serve.
    pub cost_per_hour: f64,
}

/// Requests per second that an instance of a kind has room for.
fn service_rate(kind: &InstanceKind, usage: &Usage, config: &LoadBalancerConfig) -> f64 {
    let each = |(resource, room): (usize, f64)| {
        let used = usage.per_request(resource) * config.step_seconds;
        if used > 0.0 { room * config.utilization / used } else { f64::INFINITY }
    };
    kind.room().into_iter().enumerate().map(each).fold(f64::INFINITY, f64::min)
}

/// What capacity for a load costs an hour in a tier, in the kind of instance that is cheapest for it; none without kinds. As the
/// resource manager counts it: for full use.
pub(super) fn hourly_cost(tier: Tier, load: f64, usage: &Usage, config: &LoadBalancerConfig) -> Option<f64> {
    let each = |kind: &InstanceKind| {
        load * config.utilization / service_rate(kind, usage, config) * kind.cost_per_hour
    };
    config.instances.iter().filter(|kind| kind.tier == tier).map(each).reduce(f64::min)
}

fn instances(load: f64, rate: f64) -> u64 {
    // Rounding of the quotient buys no instance.
    (load / rate * (1.0 - 1e-12)).ceil() as u64
}

pub(super) fn recommendations(
    demand: &TierDemand,
    usage: &Usage,
    config: &LoadBalancerConfig,
) -> Result<Vec<Recommendation>> {
    if config.instances.is_empty() {
        return Err(Error::config("instances", "none are given, so that none can be recommended"));
    }
    let mut rated = Vec::with_capacity(config.instances.len());
    for kind in &config.instances {
        let rate = service_rate(kind, usage, config);
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Error::not_ready(
                "recommendations",
                "no request has used CPU, memory or network yet",
            ));
        }
        rated.push((kind, rate));
    }
    // Per request the cheapest first; how many are needed decides in the end.
    let cheapest = |tier: Tier| {
        let of_tier = rated.iter().filter(|(kind, _)| kind.tier == tier);
        let by_cost = of_tier.min_by(|a, b| (a.0.cost_per_hour / a.1).total_cmp(&(b.0.cost_per_hour / b.1)));
        by_cost.ok_or_else(|| Error::internal("a tier has no kind"))
    };
    let unit = |tier: Tier, start_up_seconds: f64| -> Result<TierConfig> {
        let (kind, rate) = cheapest(tier)?;
        let held = if tier == Tier::Hot { kind.cost_per_hour } else { kind.standby_cost_per_hour };
        Ok(TierConfig {
            kind: kind.name.clone(),
            service_rate: *rate,
            start_up_seconds,
            cost_per_hour: kind.cost_per_hour,
            standby_cost_per_hour: held,
            busy_watts: 0.0,
            standby_watts: 0.0,
            min_units: 0,
            max_units: 1,
        })
    };
    let tiers = Tiers {
        hot: unit(Tier::Hot, 0.0)?,
        warm: unit(Tier::Warm, config.warm_start_up_seconds)?,
        cold: unit(Tier::Cold, config.cold_start_up_seconds)?,
    };
    let lateness = Lateness {
        late_request_cost: config.late_request_cost,
        need_seconds: config.step_seconds,
        energy_price: 0.0,
    };
    let sizes = tier_sizes(demand, &tiers, &lateness)?;
    let mut faster = 0.0;
    let mut recommendations = Vec::with_capacity(Tier::ALL.len());
    for (tier, total) in
        [(Tier::Hot, &demand.cannot_wait), (Tier::Warm, &demand.can_wait_for_warm), (Tier::Cold, &demand.all)]
    {
        let size = sizes.of(tier);
        let (lower, upper) = interval(total, config.confidence)?;
        let (lower, upper) = ((lower - faster).max(0.0), (upper - faster).max(0.0));
        // For this load, the kind whose whole instances cost least; the larger first where they cost the same.
        let cost =
            |(kind, rate): &(&InstanceKind, f64)| instances(size.load, *rate) as f64 * kind.cost_per_hour;
        let of_tier = rated.iter().filter(|(kind, _)| kind.tier == tier);
        let best = of_tier.min_by(|a, b| {
            cost(a).total_cmp(&cost(b)).then((a.0.cost_per_hour / a.1).total_cmp(&(b.0.cost_per_hour / b.1)))
        });
        let Some((kind, rate)) = best else { continue };
        recommendations.push(Recommendation {
            tier,
            kind: kind.name.clone(),
            count: instances(size.load, *rate),
            lower: instances(lower, *rate),
            upper: instances(upper, *rate),
            load: size.load,
            quantile: size.quantile,
            cost_per_hour: cost(&(kind, *rate)),
        });
        faster += size.load;
    }
    Ok(recommendations)
}

fn interval(load: &ExpectedLoad, confidence: f64) -> Result<(f64, f64)> {
    Ok((load.quantile((1.0 - confidence) / 2.0)?, load.quantile((1.0 + confidence) / 2.0)?))
}
