//! The multi-tiered resource manager: hot units that serve at once, warm ones at rest, cold ones that are made when they are needed.
//!
//! [`ResourceManager::allocate`] gives a request capacity in the tier that keeps its latency, within its cost limit: the fastest if it is
//! critical, otherwise the cheapest. A round of [`ResourceManager::rebalance`] compares the units that there are with those that
//! are needed: by the forecast (see `tiers`), by the leases and what is observed (as a queue M/M/c that keeps the strictest promise,
//! Erlang 1917), and by requests that had to be refused. What is missing hot is promoted from warm first, what is too much is demoted
//! first; warm units that do not serve rest at the least power. A lease whose units are lost waits for others or is moved; it is never lost.

mod adjust;
mod config;
mod explain;
mod grant;
mod lease;
mod leases;
mod line;
mod moves;
mod needs;
mod records;
mod reports;
mod summary;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_actuator;
#[cfg(test)]
mod tests_input;
#[cfg(test)]
mod tests_mission;
#[cfg(test)]
mod tests_walk;
mod tree;
mod units;
mod whole;

pub use config::{InventoryUnit, ResourceManagerConfig, ResourceRequest, TierObservation};
pub use lease::Lease;
pub use leases::{Allocation, Refusal, RefusalReason};
pub use records::{TierReason, TierRecord, TierStatus};
pub use units::TierAction;

use super::clock::Clock;
use super::journal::Journal;
use super::load_balancer::Recommendation;
use super::orders::{Instruction, Orders};
use super::tiers::{Tier, TierDemand, TierSize, Tiers, tier_sizes};
use crate::error::{Error, Result};
use crate::snapshot;
use leases::{Held, serve};
use line::Line;
use needs::{Round, Seen};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use units::{Life, Units};

/// Leases at the most.
const MOST_LEASES: usize = 1_000_000;
/// No recommendation carries more, in requests per second.
const MOST_LOAD: f64 = 1e12;
/// Rounds whose needs are remembered at the most.
const MOST_ROUNDS: usize = 1024;

/// Keeps as much capacity in each tier as will be needed, and says who gets it. Calls must not overlap.
///
/// ```
/// # use forescale::pool::*;
/// let tier = |start_up_seconds, cost_per_hour, standby_cost_per_hour| TierConfig {
///     kind: String::new(), service_rate: 10.0, start_up_seconds, cost_per_hour, standby_cost_per_hour,
///     busy_watts: 200.0, standby_watts: 20.0, min_units: 0, max_units: 100,
/// };
/// let tiers = Tiers { hot: tier(0.0, 1.0, 1.0), warm: tier(30.0, 0.8, 0.2), cold: tier(300.0, 0.6, 0.0) };
/// let mut manager = ResourceManager::new(ResourceManagerConfig::new(tiers))?;
/// // 50 requests per second that cannot wait are expected: hot units are made for them.
/// let load = ExpectedLoad { mean: 50.0, variance: 50.0 };
/// manager.foresee(0, &TierDemand { cannot_wait: load, can_wait_for_warm: load, all: load })?;
/// for instruction in manager.rebalance(0)? {
///     manager.report(instruction.id, Outcome::Confirmed)?;
/// }
/// let qos = QosProfile { max_latency_seconds: Some(0.5), cost_limit: None, priority: 1 };
/// let request = ResourceRequest { id: 1, user: "ann".into(), application: "search".into(), load: 50.0, qos };
/// let Allocation::Granted(lease) = manager.allocate(1_000, &request)? else { panic!() };
/// assert!(lease.tier == Tier::Hot && lease.is_served && lease.expected_latency_seconds <= 0.5);
/// assert!(manager.release(2_000, 1)?);
/// # Ok::<(), forescale::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourceManager {
    config: ResourceManagerConfig,
    units: Units,
    leases: BTreeMap<u64, Held>,
    /// The leases of each tier in the order in which they are served.
    #[serde(skip)]
    carried: Tiers<Line>,
    /// Leases whose requests are not sent to their tier, or that an order is out for to send them there.
    #[serde(skip)]
    astray: BTreeSet<u64>,
    /// Load that was refused since the last round, for want of capacity in time.
    refused: Tiers<f64>,
    /// Requests that it is of: one that comes again counts once.
    refused_requests: BTreeSet<u64>,
    observed: Tiers<Seen>,
    /// Units that the forecast asks for, and until when.
    foreseen: Option<(i64, Tiers<u32>)>,
    /// Kinds of instances that were recommended last, for tiers that name none.
    recommended_kinds: Tiers<String>,
    sizes: Tiers<TierSize>,
    rounds: VecDeque<Round>,
    orders: Orders<TierAction>,
    /// What became of the last request for capacity.
    answered: Option<Allocation>,
    journal: Journal<TierRecord>,
    /// What the last round decided for each tier.
    decided: Vec<TierRecord>,
    clock: Clock,
}

impl ResourceManager {
    /// A manager that has no unit yet.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: ResourceManagerConfig) -> Result<Self> {
        config.check()?;
        Ok(ResourceManager {
            orders: Orders::new(config.retry),
            config,
            units: Units::new(),
            leases: BTreeMap::new(),
            carried: Tiers::default(),
            astray: BTreeSet::new(),
            refused: Tiers::default(),
            refused_requests: BTreeSet::new(),
            observed: Tiers::default(),
            foreseen: None,
            recommended_kinds: Tiers::default(),
            sizes: Tiers::default(),
            rounds: VecDeque::new(),
            answered: None,
            journal: Journal::default(),
            decided: Vec::new(),
            clock: Clock::default(),
        })
    }

    /// Sizes the tiers by the load to come, as [`super::LoadBalancer::tier_demand`] or any other forecast has it; the loads that hot, warm
    /// and cold are to carry. Counts from the next round on, for as long as the settings say.
    ///
    /// # Errors
    /// [`Error::Data`] for what cannot be a load, or a `now` before the last one, or a year after it.
    pub fn foresee(&mut self, now: i64, demand: &TierDemand) -> Result<Tiers<TierSize>> {
        demand.check()?;
        let sizes = tier_sizes(demand, &self.config.tiers, &self.config.lateness())?;
        self.clock.advance("now", now)?;
        let units = |tier: Tier| self.units_for(tier, sizes.of(tier).load);
        let held = Tiers { hot: units(Tier::Hot), warm: units(Tier::Warm), cold: 0 };
        self.foreseen = Some((self.until(now), held));
        self.sizes = sizes;
        Ok(sizes)
    }

    /// Holds as many hot and warm units as [`super::LoadBalancer::recommendations`] say, and more where these would not carry the load that
    /// they are recommended for; in place of [`ResourceManager::foresee`]. A tier that names no kind of instance is given that which is
    /// recommended, cold too, and its `service_rate` must be that of such an instance.
    ///
    /// # Errors
    /// [`Error::Data`] for a load that is not 0 to 10¹², a quantile that is none, a tier that is there twice, a kind that is not the tier's,
    /// or a `now` before the last one, or a year after it.
    pub fn follow(&mut self, now: i64, recommendations: &[Recommendation]) -> Result<()> {
        let mut tiers = BTreeSet::new();
        for (place, one) in recommendations.iter().enumerate() {
            let name = |field: &str| format!("recommendations[{place}].{field}");
            for (field, value, most) in [("load", one.load, MOST_LOAD), ("quantile", one.quantile, 1.0)] {
                if !(0.0..=most).contains(&value) {
                    return Err(Error::data(name(field), format!("must be 0 to {most:e}, got {value}")));
                }
            }
            if !tiers.insert(one.tier) {
                return Err(Error::data(name("tier"), format!("{} is there twice", one.tier.name())));
            }
            let own = &self.config.tiers.of(one.tier).kind;
            let are_named = !own.is_empty() && !one.kind.is_empty();
            if are_named && *own != one.kind {
                let problem = format!("the {} tier is made of {own}, not of {}", one.tier.name(), one.kind);
                return Err(Error::data(name("kind"), problem));
            }
        }
        self.clock.advance("now", now)?;
        for Recommendation { tier, kind, .. } in recommendations {
            self.recommended_kinds.of_mut(*tier).clone_from(kind);
        }
        let (mut held, mut sizes) = (Tiers::default(), Tiers::<TierSize>::default());
        for Recommendation { tier, count, load, quantile, .. } in recommendations {
            *sizes.of_mut(*tier) = TierSize { load: *load, quantile: *quantile };
            if *tier != Tier::Cold {
                let count = u32::try_from(*count).unwrap_or(u32::MAX);
                *held.of_mut(*tier) = count.max(self.units_for(*tier, *load));
            }
        }
        self.foreseen = Some((self.until(now), held));
        self.sizes = sizes;
        Ok(())
    }

    /// Takes in what is seen of a tier. Each value counts for as long as capacity is held, or until it is told anew: they may come in calls of
    /// their own.
    ///
    /// # Errors
    /// [`Error::Data`] for a load or latency that is negative or not finite, or a `now` before the last one, or a year after it.
    pub fn observe(&mut self, now: i64, observation: &TierObservation) -> Result<()> {
        observation.check()?;
        self.clock.advance("now", now)?;
        let serving = self.units.count(observation.tier, &[Life::Serving]);
        self.observed.of_mut(observation.tier).take_in(now, observation, serving);
        Ok(())
    }

    /// Gives a request capacity, or says why not. Where the capacity is not there yet, the next round makes it. The same request again has
    /// the same lease. O(log leases), and a queue's formula for each tier.
    ///
    /// # Errors
    /// [`Error::Data`] for a request that is none, whose number another one has, or a `now` before the last one, or a year after it.
    pub fn allocate(&mut self, now: i64, request: &ResourceRequest) -> Result<Allocation> {
        let answer = self.answer(now, request)?;
        self.answered = Some(answer.clone());
        Ok(answer)
    }

    /// What became of the last request for capacity.
    pub fn allocation(&self) -> Option<&Allocation> {
        self.answered.as_ref()
    }

    /// Gives the capacity of a lease back; whether there was one.
    ///
    /// # Errors
    /// [`Error::Data`] for a `now` before the last one, or a year after it.
    pub fn release(&mut self, now: i64, lease: u64) -> Result<bool> {
        self.clock.advance("now", now)?;
        let Some(held) = self.leases.remove(&lease) else { return Ok(false) };
        self.orders.withdraw(held.route);
        self.astray.remove(&lease);
        self.carried.of_mut(held.lease.tier).remove(&held.lease);
        self.serve(held.lease.tier)?;
        Ok(true)
    }

    /// One round at `now` (Unix milliseconds): what the actuator is to do, new or again. O(log leases) for each lease that
    /// changes, and O(open instructions).
    ///
    /// # Errors
    /// [`Error::Data`] for a `now` before the last one, or a year after it.
    pub fn rebalance(&mut self, now: i64) -> Result<Vec<Instruction<TierAction>>> {
        self.clock.advance("now", now)?;
        self.orders.expire(now).iter().for_each(|action| self.withdrawn(action));
        self.serve_all()?;
        self.move_leases()?;
        let needs = self.needs(now)?;
        self.refused = Tiers::default();
        self.refused_requests.clear();
        self.adjust_hot(now, &needs);
        self.adjust_warm(now, &needs);
        self.adjust_cold(now, &needs);
        self.route_leases(now);
        self.serve_all()?;
        Ok(self.orders.hand_out(now))
    }

    /// What the last round handed out.
    pub fn instructions(&self) -> &[Instruction<TierAction>] {
        self.orders.handed()
    }

    /// The loads that hot, warm and cold are to carry, by the last forecast, or by the recommendations that are followed in its place.
    pub fn sizes(&self) -> &Tiers<TierSize> {
        &self.sizes
    }

    /// The settings.
    pub fn config(&self) -> &ResourceManagerConfig {
        &self.config
    }

    /// A lease, if there is one of this number.
    pub fn lease(&self, id: u64) -> Option<&Lease> {
        self.leases.get(&id).map(|held| &held.lease)
    }

    /// All leases, by their numbers.
    pub fn leases(&self) -> impl Iterator<Item = &Lease> {
        self.leases.values().map(|held| &held.lease)
    }

    /// How the tiers are, hot first: now, not as the last round left them.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn status(&self) -> Result<Vec<TierStatus>> {
        Tier::ALL.into_iter().map(|tier| self.status_of(tier)).collect()
    }

    /// In words: how the tiers are, and what the last round decided for each and why.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn explain(&self) -> Result<String> {
        explain::explain(self)
    }

    /// What was decided in which round, since the journal was last cleared: a record for each tier in each round that changes its units.
    pub fn journal(&self) -> &Journal<TierRecord> {
        &self.journal
    }

    /// Forgets the records of the journal.
    pub fn clear_journal(&mut self) {
        self.journal.take();
    }

    /// Takes the records of all rounds away.
    pub fn take_journal(&mut self) -> Vec<TierRecord> {
        self.journal.take()
    }

    /// Writes settings and state as bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::ResourceManager, self)
    }

    /// Reads a manager back: it goes on exactly as if it had never stopped.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of one.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let mut manager: ResourceManager = snapshot::load(snapshot::Kind::ResourceManager, bytes)?;
        manager.index();
        if manager.is_whole() {
            return Ok(manager);
        }
        Err(Error::Snapshot { problem: "the resource manager is inconsistent".into() })
    }

    /// Finds out what follows from the units and leases, after they were read from bytes.
    fn index(&mut self) {
        self.units.index();
        for (id, held) in &self.leases {
            self.carried.of_mut(held.lease.tier).add(&held.lease);
            if held.is_astray() {
                self.astray.insert(*id);
            }
        }
    }

    /// Remembers whether the requests of a lease are to be sent elsewhere.
    fn note_route(&mut self, lease: u64) {
        if self.leases.get(&lease).is_some_and(Held::is_astray) {
            self.astray.insert(lease);
        } else {
            self.astray.remove(&lease);
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().unwrap_or(0)
    }

    /// Units that carry a load.
    fn units_for(&self, tier: Tier, load: f64) -> u32 {
        let rate = self.config.tiers.of(tier).service_rate * self.config.utilization;
        (load / rate * (1.0 - 1e-12)).ceil().min(f64::from(u32::MAX)) as u32
    }

    fn until(&self, now: i64) -> i64 {
        now.saturating_add((self.config.forecast_seconds.min(1e12) * 1000.0) as i64)
    }

    fn serve(&mut self, tier: Tier) -> Result<()> {
        let units = self.units.count(tier, &[Life::Serving]);
        serve(&self.config, tier, units, self.carried.of_mut(tier), &mut self.leases)
    }

    /// Units that serve, in each tier.
    fn serving(&self) -> [u32; Tier::ALL.len()] {
        Tier::ALL.map(|tier| self.units.count(tier, &[Life::Serving]))
    }

    /// Says anew who is served, where other units serve than before.
    fn serve_changed(&mut self, before: [u32; Tier::ALL.len()]) -> Result<()> {
        for ((tier, before), now) in Tier::ALL.into_iter().zip(before).zip(self.serving()) {
            if before != now {
                self.serve(tier)?;
            }
        }
        Ok(())
    }

    fn serve_all(&mut self) -> Result<()> {
        Tier::ALL.into_iter().try_for_each(|tier| self.serve(tier))
    }
}
