//! The multi-tiered resource manager: hot units that serve at once, warm ones at rest, cold ones that are made when they are needed.
//!
//! [`ResourceManager::allocate`] gives a request capacity in the tier that keeps its latency, within its cost limit: the fastest if it is
//! critical, otherwise the cheapest. A round of [`ResourceManager::rebalance`] compares the units that there are with those that
//! are needed: by the forecast (see `tiers`), by the leases and what is observed (as a queue M/M/c that keeps the strictest promise,
//! Erlang 1917), and by requests that had to be refused. What is missing hot is promoted from warm first, what is too much is demoted
//! first; warm units that do not serve rest at the least power. A lease whose units are lost waits for others or is moved; it is never lost.

mod config;
mod leases;
#[cfg(test)]
mod tests;
mod units;

pub use config::{InventoryUnit, ResourceManagerConfig, ResourceRequest, TierObservation};
pub use leases::{Allocation, Lease, Refusal, RefusalReason};
pub use units::TierAction;

use super::journal::Journal;
use super::load_balancer::Recommendation;
use super::orders::{Instruction, Orders, Outcome, Settled};
use super::tiers::{QosProfile, Tier, TierDemand, TierSize, Tiers, tier_sizes};
use crate::capacity::{Target, servers_for};
use crate::error::{Error, Result};
use crate::snapshot;
use leases::{Carried, Held, Ladder, Offer, best, offer, promise, refusal, response, serve};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use units::{Life, Units};

/// Leases at the most.
const MOST_LEASES: usize = 1_000_000;
/// Rounds whose needs are remembered at the most.
const MOST_ROUNDS: usize = 1024;

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
    /// Units that serve.
    pub serving: u32,
    /// Units at rest.
    pub resting: u32,
    /// Units that are being made, woken or moved here.
    pub starting: u32,
    /// Units that are being given back.
    pub stopping: u32,
    /// Load that the leases bring, in requests per second.
    pub load: f64,
    /// Leases.
    pub leases: usize,
    /// Leases that wait for capacity.
    pub waiting: usize,
    /// Seconds within which the promised share of the answers comes; none where the units are not enough.
    pub latency_seconds: Option<f64>,
    /// Power: of the units that are needed while they serve, and of the others at standby.
    pub watts: f64,
    /// What the units cost an hour, likewise.
    pub cost_per_hour: f64,
}

/// What a tier is to have, and why.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Need {
    units: u32,
    serving: u32,
}

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
    carried: Tiers<Carried>,
    /// Load that was refused since the last round, for want of capacity in time.
    refused: Tiers<f64>,
    observed: Tiers<Option<(i64, TierObservation)>>,
    /// Units that the forecast asks for, and until when.
    foreseen: Option<(i64, Tiers<u32>)>,
    sizes: Tiers<TierSize>,
    rounds: VecDeque<(i64, Tiers<Need>)>,
    orders: Orders<TierAction>,
    /// What became of the last request for capacity.
    answered: Option<Allocation>,
    journal: Journal<TierRecord>,
    now: i64,
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
            refused: Tiers::default(),
            observed: Tiers::default(),
            foreseen: None,
            sizes: Tiers::default(),
            rounds: VecDeque::new(),
            answered: None,
            journal: Journal::default(),
            now: i64::MIN,
        })
    }

    /// Sizes the tiers by the load to come, as [`super::LoadBalancer::tier_demand`] or any other forecast has it; the loads that hot, warm
    /// and cold are to carry. Counts from the next round on, for as long as the settings say.
    ///
    /// # Errors
    /// [`Error::Data`] for what cannot be a load, or a time before the last one.
    pub fn foresee(&mut self, now: i64, demand: &TierDemand) -> Result<Tiers<TierSize>> {
        demand.check()?;
        let sizes = tier_sizes(demand, &self.config.tiers, &self.config.lateness())?;
        self.go_to(now)?;
        let units = |tier: Tier, size: &TierSize| {
            let rate = self.config.tiers.of(tier).service_rate * self.config.utilization;
            (size.load / rate * (1.0 - 1e-12)).ceil().min(f64::from(u32::MAX)) as u32
        };
        let held = Tiers { hot: units(Tier::Hot, &sizes.hot), warm: units(Tier::Warm, &sizes.warm), cold: 0 };
        self.foreseen = Some((self.until(now), held));
        self.sizes = sizes;
        Ok(sizes)
    }

    /// Holds as many hot and warm units as [`super::LoadBalancer::recommendations`] say; in place of [`ResourceManager::foresee`].
    ///
    /// # Errors
    /// [`Error::Data`] for a load that is not finite, or a time before the last one.
    pub fn follow(&mut self, now: i64, recommendations: &[Recommendation]) -> Result<()> {
        if let Some(bad) =
            recommendations.iter().find(|one| !(one.load.is_finite() && one.quantile.is_finite()))
        {
            let problem = format!("load {} and quantile {} must be finite", bad.load, bad.quantile);
            return Err(Error::data("recommendations", problem));
        }
        self.go_to(now)?;
        let mut held = Tiers::default();
        for recommended in recommendations.iter().filter(|recommended| recommended.tier != Tier::Cold) {
            let count = u32::try_from(recommended.count).unwrap_or(u32::MAX);
            *held.of_mut(recommended.tier) = count;
            *self.sizes.of_mut(recommended.tier) =
                TierSize { load: recommended.load, quantile: recommended.quantile };
        }
        self.foreseen = Some((self.until(now), held));
        Ok(())
    }

    /// Takes in what is seen of a tier; it counts for as long as capacity is held.
    ///
    /// # Errors
    /// [`Error::Data`] for a load or latency that is negative or not finite, or a time before the last one.
    pub fn observe(&mut self, now: i64, observation: &TierObservation) -> Result<()> {
        observation.check()?;
        self.go_to(now)?;
        *self.observed.of_mut(observation.tier) = Some((now, *observation));
        Ok(())
    }

    /// Gives a request capacity, or says why not. Where the capacity is not there yet, the next round makes it. The same request again has
    /// the same lease. O(log leases), and a queue's formula for each tier.
    ///
    /// # Errors
    /// [`Error::Data`] for a request that is none, whose number another one has, or a time before the last one.
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
    /// [`Error::Data`] for a time before the last one.
    pub fn release(&mut self, now: i64, lease: u64) -> Result<bool> {
        self.go_to(now)?;
        let Some(held) = self.leases.remove(&lease) else { return Ok(false) };
        self.orders.withdraw(held.route);
        self.carried.of_mut(held.lease.tier).remove(&held.lease);
        self.serve(held.lease.tier)?;
        Ok(true)
    }

    /// A unit is gone, as when its machine failed: its leases are served by others. Whether there was one.
    ///
    /// # Errors
    /// [`Error::Data`] for a time before the last one.
    pub fn unit_lost(&mut self, now: i64, unit: u64) -> Result<bool> {
        self.go_to(now)?;
        let was_known = self.units.lose(unit, &mut self.orders);
        self.serve_all()?;
        Ok(was_known)
    }

    /// The units that really are there, as the actuator's own list has them: what was confirmed but is not there is lost, what is there but
    /// should not be is given back, and what is in another tier or state than was confirmed counts where it is.
    ///
    /// # Errors
    /// [`Error::Data`] for a time before the last one.
    pub fn reconcile(&mut self, now: i64, inventory: &[InventoryUnit]) -> Result<()> {
        self.go_to(now)?;
        let there: BTreeMap<u64, InventoryUnit> = inventory.iter().map(|unit| (unit.unit, *unit)).collect();
        let lost = |(id, unit): (u64, units::Unit)| {
            (!there.contains_key(&id) && unit.life != Life::Starting).then_some(id)
        };
        let lost: Vec<u64> = self.units.all().filter_map(lost).collect();
        for id in lost {
            self.units.lose(id, &mut self.orders);
        }
        let known: BTreeSet<u64> = self.units.all().map(|(id, _)| id).collect();
        let asked: BTreeSet<u64> = self
            .orders
            .open()
            .filter_map(|open| match open.action {
                TierAction::Deprovision { unit } => Some(unit),
                _ => None,
            })
            .collect();
        for unit in there.values() {
            if known.contains(&unit.unit) {
                self.units.correct(unit.unit, unit.tier, unit.is_awake);
            } else if !asked.contains(&unit.unit) {
                self.orders.issue(now, TierAction::Deprovision { unit: unit.unit });
            }
        }
        self.serve_all()
    }

    /// Takes in what the actuator reports of instruction `id`; the same report twice changes nothing.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that was never issued.
    pub fn report(&mut self, id: u64, outcome: Outcome) -> Result<()> {
        match self.orders.report(id, outcome)? {
            Settled::Confirmed(action) => self.confirmed(&action, false),
            Settled::ConfirmedLate(action) => self.confirmed(&action, true),
            Settled::Withdrawn(action) => self.withdrawn(&action),
            Settled::Retried | Settled::Repeated => return Ok(()),
        }
        self.serve_all()
    }

    /// One round at `now` (Unix milliseconds): what the actuator is to do, new or again. O(leases + units).
    ///
    /// # Errors
    /// [`Error::Data`] for a time before the last one.
    pub fn rebalance(&mut self, now: i64) -> Result<Vec<Instruction<TierAction>>> {
        self.go_to(now)?;
        self.orders.expire(now).iter().for_each(|action| self.withdrawn(action));
        self.serve_all()?;
        self.move_leases()?;
        let needs = self.needs(now)?;
        self.refused = Tiers::default();
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

    /// The loads that hot, warm and cold are to carry, by the last forecast.
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

    /// How the tiers are, hot first.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn status(&self) -> Result<Vec<TierStatus>> {
        Tier::ALL.into_iter().map(|tier| self.status_of(tier)).collect()
    }

    /// How the tiers are, in words.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn explain(&self) -> Result<String> {
        let mut lines = String::new();
        for status in self.status()? {
            let TierStatus { tier, serving, resting, starting, stopping, load, leases, waiting, .. } = status;
            let size = self.sizes.of(tier);
            let latency =
                status.latency_seconds.map_or("none".to_string(), |seconds| format!("{seconds:.3} s"));
            lines.push_str(&format!(
                "{}: {serving} serve, {resting} rest, {starting} start, {stopping} stop; {leases} leases ({waiting} wait) bring {load:.3} \
                 per second, latency {latency}; forecast to carry {:.3} per second, the quantile {:.4}. ",
                tier.name(),
                size.load,
                size.quantile,
            ));
        }
        Ok(lines.trim_end().to_string())
    }

    /// What was decided in which round, since the journal was last cleared.
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
        let manager: ResourceManager = snapshot::load(snapshot::Kind::ResourceManager, bytes)?;
        if manager.is_whole() {
            return Ok(manager);
        }
        Err(Error::Snapshot { problem: "the resource manager is inconsistent".into() })
    }

    fn answer(&mut self, now: i64, request: &ResourceRequest) -> Result<Allocation> {
        request.check()?;
        let ResourceRequest { id, user, application, load, qos } = request;
        if let Some(Held { lease, .. }) = self.leases.get(id) {
            if (&lease.user, &lease.application, &lease.load, &lease.qos) != (user, application, load, qos) {
                return Err(Error::data("request.id", format!("{id} is that of another lease")));
            }
            return Ok(Allocation::Granted(lease.clone()));
        }
        if self.leases.len() >= MOST_LEASES {
            return Err(Error::data("request", format!("there are {MOST_LEASES} leases already, the most")));
        }
        let (offers, reasons) = self.offers(*load, qos, &self.carried)?;
        self.go_to(now)?;
        let Some(Offer { tier, wait, latency, cost }) = best(&self.config, qos, &offers) else {
            self.remember_refused(*load, qos);
            return Ok(Allocation::Refused(refusal(request, &reasons)));
        };
        let lease = Lease {
            id: *id,
            user: user.clone(),
            application: application.clone(),
            load: *load,
            qos: *qos,
            tier,
            is_served: wait == 0.0,
            expected_latency_seconds: latency,
            cost_per_hour: cost,
            granted: now,
        };
        self.carried.of_mut(tier).add(&lease);
        self.leases.insert(*id, Held { lease: lease.clone(), routed: tier, route: 0, asked: tier });
        Ok(Allocation::Granted(lease))
    }

    fn go_to(&mut self, now: i64) -> Result<()> {
        if now < self.now {
            return Err(Error::data("now", format!("{now} ms lies before {} ms", self.now)));
        }
        self.now = now;
        Ok(())
    }

    fn until(&self, now: i64) -> i64 {
        now.saturating_add((self.config.forecast_seconds.min(1e12) * 1000.0) as i64)
    }

    fn confirmed(&mut self, action: &TierAction, is_late: bool) {
        if let TierAction::Route { lease, tier } = action
            && let Some(held) = self.leases.get_mut(lease)
        {
            (held.routed, held.route) = (*tier, 0);
        }
        self.units.confirmed(action, is_late);
    }

    fn withdrawn(&mut self, action: &TierAction) {
        if let TierAction::Route { lease, .. } = action
            && let Some(held) = self.leases.get_mut(lease)
        {
            held.route = 0;
        }
        if let Some(broken) = self.units.withdrawn(action) {
            self.units.stop(self.now, broken, &mut self.orders);
        }
    }

    fn serve(&mut self, tier: Tier) -> Result<()> {
        let units = self.units.count(tier, &[Life::Serving]);
        serve(&self.config, tier, units, self.carried.of(tier), &mut self.leases)
    }

    fn serve_all(&mut self) -> Result<()> {
        Tier::ALL.into_iter().try_for_each(|tier| self.serve(tier))
    }

    /// What a tier can have ready, and when.
    fn ladder(&self, tier: Tier) -> Ladder {
        let config = self.config.tiers.of(tier);
        let (warm, cold) = (self.config.tiers.warm.start_up_seconds, self.config.tiers.cold.start_up_seconds);
        let serving = self.units.count(tier, &[Life::Serving]);
        let soon = serving + self.units.count(tier, &[Life::Resting, Life::Waking, Life::Calming]);
        let mut ladder = vec![(serving, 0.0)];
        if soon > serving {
            ladder.push((soon, warm));
        }
        ladder.push((config.max_units.max(soon), cold));
        ladder
    }

    fn offers(
        &self,
        load: f64,
        qos: &QosProfile,
        carried: &Tiers<Carried>,
    ) -> Result<(Vec<Offer>, Tiers<RefusalReason>)> {
        let latency = RefusalReason::Latency;
        let (mut offers, mut reasons) = (Vec::new(), Tiers { hot: latency, warm: latency, cold: latency });
        for tier in Tier::ALL {
            match offer(&self.config, tier, &self.ladder(tier), carried.of(tier), (load, qos))? {
                Ok(offer) => offers.push(offer),
                Err(reason) => *reasons.of_mut(tier) = reason,
            }
        }
        Ok((offers, reasons))
    }

    /// Load that had to be refused because capacity was not there in time: more is made, warm first.
    fn remember_refused(&mut self, load: f64, qos: &QosProfile) {
        for tier in [Tier::Warm, Tier::Hot, Tier::Cold] {
            let is_affordable = qos.cost_limit.is_none_or(|limit| self.config.cost(tier, load) <= limit);
            let target = Target::ResponseQuantile(self.config.response_share, promise(qos).min(1e100));
            let config = self.config.tiers.of(tier);
            let brought = self.carried.of(tier).load + self.refused.of(tier) + load;
            let units = servers_for(brought, config.service_rate, target);
            // What no count of units up to the limit would serve is worth none.
            if is_affordable && units.is_ok_and(|units| units <= u64::from(config.max_units)) {
                *self.refused.of_mut(tier) += load;
                break;
            }
        }
    }

    /// Moves leases that would wait longer than was promised to where they are served sooner, and what is not critical to where it is served for less.
    fn move_leases(&mut self) -> Result<()> {
        let mut order: Vec<(bool, i32, u64)> = self
            .leases
            .values()
            .map(|held| &held.lease)
            .filter(|lease| !lease.is_served || !self.config.is_critical(&lease.qos))
            .map(|lease| (lease.is_served, lease.qos.priority.saturating_neg(), lease.id))
            .collect();
        order.sort_unstable();
        let ladders = Tiers {
            hot: self.ladder(Tier::Hot),
            warm: self.ladder(Tier::Warm),
            cold: self.ladder(Tier::Cold),
        };
        for (_, _, id) in order {
            let Some(held) = self.leases.get(&id) else { continue };
            let lease = held.lease.clone();
            let mut better: Vec<Offer> = Vec::new();
            for tier in Tier::ALL.into_iter().filter(|tier| *tier != lease.tier) {
                let ladder = ladders.of(tier);
                // The wait until now is over: what counts is how soon it can be served, and for how much.
                let Ok(offer) =
                    offer(&self.config, tier, ladder, self.carried.of(tier), (lease.load, &lease.qos))?
                else {
                    continue;
                };
                let is_better = if lease.is_served {
                    offer.wait == 0.0 && offer.cost < lease.cost_per_hour * (1.0 - 1e-9)
                } else {
                    let wait = self.wait_of(&lease, &ladders)?;
                    let waited = self.now.saturating_sub(lease.granted) as f64 / 1000.0;
                    (wait == f64::INFINITY || waited + wait > promise(&lease.qos)) && offer.wait < wait
                };
                if is_better {
                    better.push(offer);
                }
            }
            let Some(chosen) = best(&self.config, &lease.qos, &better) else { continue };
            self.carried.of_mut(lease.tier).remove(&lease);
            if let Some(Held { lease, .. }) = self.leases.get_mut(&id) {
                lease.tier = chosen.tier;
                lease.is_served = chosen.wait == 0.0;
                lease.cost_per_hour = chosen.cost;
                lease.expected_latency_seconds = chosen.latency;
                self.carried.of_mut(chosen.tier).add(lease);
            }
        }
        Ok(())
    }

    /// Seconds that a lease which waits goes on waiting where it is.
    fn wait_of(&self, lease: &Lease, ladders: &Tiers<Ladder>) -> Result<f64> {
        let carried = self.carried.of(lease.tier);
        for (units, wait) in ladders.of(lease.tier) {
            if response(&self.config, lease.tier, carried.load, *units)? <= carried.strictest().min(f64::MAX)
            {
                return Ok(wait.max(f64::MIN_POSITIVE));
            }
        }
        Ok(f64::INFINITY)
    }

    /// What each tier is to have, by all that asks for units; what was needed a short while ago is held.
    fn needs(&mut self, now: i64) -> Result<Tiers<Need>> {
        let kept = (self.config.hold_seconds.min(1e12) * 1000.0) as i64;
        let mut asked = Tiers::<Need>::default();
        let mut reasons = Tiers { hot: TierReason::Load, warm: TierReason::Load, cold: TierReason::Load };
        for tier in Tier::ALL {
            let (need, reason) = self.need_of(tier, now.saturating_sub(kept))?;
            (*asked.of_mut(tier), *reasons.of_mut(tier)) = (need, reason);
        }
        while self.rounds.front().is_some_and(|(time, _)| time.saturating_add(kept) < now)
            || self.rounds.len() >= MOST_ROUNDS
        {
            self.rounds.pop_front();
        }
        self.rounds.push_back((now, asked));
        let mut needs = asked;
        for tier in Tier::ALL {
            let config = self.config.tiers.of(tier);
            let held = |of: fn(&Need) -> u32| {
                self.rounds.iter().map(|(_, needs)| of(needs.of(tier))).max().unwrap_or(0)
            };
            let (asked_for, need) = (*asked.of(tier), needs.of_mut(tier));
            let wanted = held(|need| need.units);
            need.units = wanted.clamp(config.min_units, config.max_units);
            need.serving = held(|need| need.serving).min(config.max_units);
            let reason = if need.units != wanted {
                TierReason::Limit
            } else if wanted > asked_for.units {
                TierReason::Held
            } else {
                *reasons.of(tier)
            };
            let before = self.units.staying(tier);
            if before != need.units {
                let load = self.carried.of(tier).load;
                let Need { units: wanted, serving } = *need;
                self.journal.add(TierRecord { time: now, tier, before, wanted, serving, load, reason });
            }
        }
        Ok(needs)
    }

    fn need_of(&self, tier: Tier, since: i64) -> Result<(Need, TierReason)> {
        let carried = self.carried.of(tier);
        let rate = self.config.tiers.of(tier).service_rate;
        let seen = self.observed.of(tier).filter(|(time, _)| *time >= since).map(|(_, seen)| seen);
        let brought = seen.and_then(|seen| seen.load).unwrap_or(0.0).max(carried.load);
        let enough = |load: f64, target: Target| match servers_for(load, rate, target) {
            _ if load == 0.0 => Ok(0),
            Ok(units) => Ok(u32::try_from(units).unwrap_or(u32::MAX)),
            Err(Error::Infeasible { .. }) => Ok(u32::MAX),
            Err(error) => Err(error),
        };
        let load = enough(brought, Target::Utilization(self.config.utilization))?;
        let mut promised = 0;
        let strictest = carried.strictest();
        if strictest.is_finite() {
            promised = enough(brought, Target::ResponseQuantile(self.config.response_share, strictest))?;
        }
        // Where the promise is broken although the queue would keep it, units are weaker than they should be.
        let measured = seen.and_then(|seen| seen.latency_seconds).unwrap_or(0.0);
        if measured > strictest {
            let serving = f64::from(self.units.count(tier, &[Life::Serving]));
            promised = promised.max((serving * (measured / strictest).min(2.0)).ceil() as u32);
        }
        let refused = enough(brought + self.refused.of(tier), Target::Utilization(self.config.utilization))?;
        let foreseen =
            self.foreseen.filter(|(until, _)| *until >= self.now).map_or(0, |(_, held)| *held.of(tier));
        let serving = load.max(promised).max(if *self.refused.of(tier) > 0.0 { refused } else { 0 });
        let reason = if foreseen > serving {
            TierReason::Forecast
        } else if serving > load.max(promised) {
            TierReason::Refused
        } else if promised > load {
            TierReason::Promise
        } else {
            TierReason::Load
        };
        Ok((Need { units: serving.max(foreseen), serving }, reason))
    }

    /// Units that a tier may still be given.
    fn room(&self, tier: Tier) -> u32 {
        self.config.tiers.of(tier).max_units.saturating_sub(self.units.possible(tier))
    }

    fn provision(&mut self, now: i64, tier: Tier, count: u32) {
        let kind = &self.config.tiers.of(tier).kind;
        for _ in 0..count.min(self.room(tier)) {
            self.units.provision(now, tier, kind, &mut self.orders);
        }
    }

    /// Gives units back: those that are still being made first, then those of one state, the newest first. How many.
    fn stop(&mut self, now: i64, tier: Tier, count: u32, then: Life) -> u32 {
        let mut going = self.units.some(tier, Life::Starting, count, true);
        going.extend(self.units.some(tier, then, count - going.len() as u32, true));
        going.iter().for_each(|id| self.units.stop(now, *id, &mut self.orders));
        going.len() as u32
    }

    fn adjust_hot(&mut self, now: i64, needs: &Tiers<Need>) {
        let (there, wanted) = (self.units.staying(Tier::Hot), needs.hot.units);
        if there < wanted {
            let missing = (wanted - there).min(self.room(Tier::Hot));
            // Warm units at rest that warm itself is not about to wake.
            let awake = self.units.count(Tier::Warm, &[Life::Serving, Life::Waking]);
            let to_wake = needs.warm.serving.saturating_sub(awake);
            let spare = self.units.count(Tier::Warm, &[Life::Resting]).saturating_sub(to_wake);
            let promoted = self.units.some(Tier::Warm, Life::Resting, missing.min(spare), false);
            promoted.iter().for_each(|id| self.units.shift(now, *id, Tier::Hot, &mut self.orders));
            self.provision(now, Tier::Hot, missing - promoted.len() as u32);
        } else if there > wanted {
            let surplus = there - wanted;
            let lacking =
                needs.warm.units.saturating_sub(self.units.staying(Tier::Warm)).min(self.room(Tier::Warm));
            let demoted = self.units.some(Tier::Hot, Life::Serving, surplus.min(lacking), true);
            demoted.iter().for_each(|id| self.units.shift(now, *id, Tier::Warm, &mut self.orders));
            self.stop(now, Tier::Hot, surplus - demoted.len() as u32, Life::Serving);
        }
    }

    fn adjust_warm(&mut self, now: i64, needs: &Tiers<Need>) {
        let there = self.units.staying(Tier::Warm);
        if there < needs.warm.units {
            self.provision(now, Tier::Warm, needs.warm.units - there);
        } else if there > needs.warm.units {
            self.stop(now, Tier::Warm, there - needs.warm.units, Life::Resting);
        }
        let awake = self.units.count(Tier::Warm, &[Life::Serving, Life::Waking]);
        if awake < needs.warm.serving {
            let woken = self.units.some(Tier::Warm, Life::Resting, needs.warm.serving - awake, false);
            woken.iter().for_each(|id| self.units.wake(now, *id, &mut self.orders));
        } else {
            let idle = awake - needs.warm.serving;
            let calmed = self.units.some(Tier::Warm, Life::Serving, idle, true);
            calmed.iter().for_each(|id| self.units.rest(now, *id, &mut self.orders));
        }
    }

    fn adjust_cold(&mut self, now: i64, needs: &Tiers<Need>) {
        let there = self.units.staying(Tier::Cold);
        if there < needs.cold.units {
            self.provision(now, Tier::Cold, needs.cold.units - there);
        } else if there > needs.cold.units {
            self.stop(now, Tier::Cold, there - needs.cold.units, Life::Serving);
        }
    }

    fn route_leases(&mut self, now: i64) {
        for (id, held) in &mut self.leases {
            if held.routed == held.lease.tier {
                if held.route != 0 {
                    self.orders.withdraw(held.route);
                    held.route = 0;
                }
                continue;
            }
            let tier = held.lease.tier;
            if held.route == 0 || held.asked != tier {
                self.orders.withdraw(held.route);
                (held.route, held.asked) =
                    (self.orders.issue(now, TierAction::Route { lease: *id, tier }), tier);
            }
        }
    }

    fn status_of(&self, tier: Tier) -> Result<TierStatus> {
        let config = self.config.tiers.of(tier);
        let serving = self.units.count(tier, &[Life::Serving]);
        let resting = self.units.count(tier, &[Life::Resting, Life::Calming]);
        let stopping = self.units.count(tier, &[Life::Stopping]);
        let starting = self.units.possible(tier) - serving - resting - stopping;
        let carried = self.carried.of(tier);
        let mine = || self.leases().filter(|lease| lease.tier == tier);
        let latency = response(&self.config, tier, carried.load, serving)?;
        let needed = (carried.load / (config.service_rate * self.config.utilization)).ceil();
        // A hot unit that is not needed idles; others that serve were woken or made because they are.
        let busy = if tier == Tier::Hot { f64::from(serving).min(needed) } else { f64::from(serving) };
        let standby = f64::from(serving + resting) - busy;
        Ok(TierStatus {
            tier,
            serving,
            resting,
            starting,
            stopping,
            load: carried.load,
            leases: mine().count(),
            waiting: mine().filter(|lease| !lease.is_served).count(),
            latency_seconds: Some(latency).filter(|latency| latency.is_finite()),
            watts: busy * config.busy_watts + standby * config.standby_watts,
            cost_per_hour: busy * config.cost_per_hour + standby * config.standby_cost_per_hour,
        })
    }

    fn is_whole(&self) -> bool {
        let mut carried = Tiers::<Carried>::default();
        self.leases().for_each(|lease| carried.of_mut(lease.tier).add(lease));
        let same = |tier: Tier| {
            let (sum, kept) = (carried.of(tier), self.carried.of(tier));
            sum.strictest() == kept.strictest() && (sum.load - kept.load).abs() <= 1e-6 * (1.0 + sum.load)
        };
        let possible = |(id, held): (&u64, &Held)| {
            let Lease { id: own, load, qos, .. } = &held.lease;
            id == own && *load > 0.0 && load.is_finite() && qos.check("qos").is_ok()
        };
        let seen = |seen: &Option<(i64, TierObservation)>| seen.is_none_or(|(_, seen)| seen.check().is_ok());
        self.config.check().is_ok()
            && self.units.is_whole()
            && self.orders.is_whole()
            && self.journal.is_whole()
            && self.rounds.len() <= MOST_ROUNDS
            && self.leases.len() <= MOST_LEASES
            && self.leases.iter().all(possible)
            && Tier::ALL.into_iter().all(same)
            && Tier::ALL.into_iter().all(|tier| seen(self.observed.of(tier)) && *self.refused.of(tier) >= 0.0)
    }
}
