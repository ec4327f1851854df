//! What a round decided for a tier, and how a tier is.

use super::ResourceManager;
use super::leases::response;
use super::units::Life;
use crate::error::Result;
use crate::pool::tiers::Tier;
use serde::{Deserialize, Serialize};

/// Why a tier has the units that it has, in one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierReason {
    /// The forecast asks for them.
    Forecast,
    /// The leases, or what is observed, do.
    Load,
    /// The latency that was promised does: by the load alone fewer would be enough.
    Promise,
    /// Requests that had to be refused do.
    Refused,
    /// They were needed a short while ago.
    Held,
    /// The last load that was observed and the last forecast are too old, so that nothing is given back.
    Unseen,
    /// The tier's own limits.
    Limit,
}

/// What a tier was to have in one round, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TierRecord {
    /// Unix milliseconds of the round.
    pub time: i64,
    /// The tier.
    pub tier: Tier,
    /// Units that there were or were coming.
    pub before: u32,
    /// Units that it is to have.
    pub wanted: u32,
    /// Units that are to serve.
    pub serving: u32,
    /// Load that its leases bring.
    pub load: f64,
    /// What decided.
    pub reason: TierReason,
}

/// How a tier is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TierStatus {
    /// The tier.
    pub tier: Tier,
    /// Units that serve: hot and cold ones that were made, warm ones that are awake.
    pub serving: u32,
    /// Warm units at rest, and those on their way to it.
    pub resting: u32,
    /// Units that are being made, woken or moved here.
    pub starting: u32,
    /// Units that are being given back: they serve no longer, and are there until that is confirmed.
    pub stopping: u32,
    /// Load that the leases bring, those that wait included, in requests per second.
    pub load: f64,
    /// Leases.
    pub leases: usize,
    /// Leases that wait for capacity.
    pub waiting: usize,
    /// Seconds within which the promised share of the answers comes if all this load comes to the units that serve; none where they are
    /// not enough.
    pub latency_seconds: Option<f64>,
    /// Watts: of the units that the load needs while they serve, and of the others at standby.
    pub watts: f64,
    /// What the units cost an hour in the user's currency, likewise.
    pub cost_per_hour: f64,
}

impl ResourceManager {
    pub(super) fn status_of(&self, tier: Tier) -> Result<TierStatus> {
        let config = self.config.tiers.of(tier);
        let serving = self.units.count(tier, &[Life::Serving]);
        let resting = self.units.count(tier, &[Life::Resting, Life::Calming]);
        let stopping = self.units.count(tier, &[Life::Stopping]);
        let starting = self.units.possible(tier) - serving - resting - stopping;
        let carried = self.carried.of(tier).all();
        let latency = response(&self.config, tier, carried.load(), serving)?;
        let needed = (carried.load() / (config.service_rate * self.config.utilization)).ceil();
        // A hot unit that is not needed idles; others that serve were woken or made because they are.
        let busy = if tier == Tier::Hot { f64::from(serving).min(needed) } else { f64::from(serving) };
        let standby = f64::from(serving + resting) - busy;
        Ok(TierStatus {
            tier,
            serving,
            resting,
            starting,
            stopping,
            load: carried.load(),
            leases: carried.count,
            waiting: carried.waiting,
            latency_seconds: Some(latency).filter(|latency| latency.is_finite()),
            watts: busy * config.busy_watts + standby * config.standby_watts,
            cost_per_hour: busy * config.cost_per_hour + standby * config.standby_cost_per_hour,
        })
    }
}
