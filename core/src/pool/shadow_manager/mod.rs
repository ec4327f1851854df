//! Shadows: standby instances that are given resources before the load comes, and traffic before the primary is overloaded.
//!
//! Each primary's use of its resources is logged with tags and forecast from current loading, time of day, weekday and events (see
//! `resource_model`). What the coming windows need beyond what the primary is to carry waits in a pre-warming queue until the time that
//! warming takes says; then shadows are created or resized, if holding them ready costs less than the degradation it is expected to save. Real
//! and predicted utilization are compared, and a share of the traffic is handed over before the primary is overloaded. A shadow takes over when the
//! primary fails, and tries new versions. What is not needed for some time goes back to the pool. Every decision is recorded with what
//! was predicted and later with what came.
//!
//! ```
//! use forescale::pool::{Outcome, Primary, ShadowAction, ShadowManager, ShadowManagerConfig, ShadowSample};
//! let mut manager = ShadowManager::new(ShadowManagerConfig::default())?;
//! let router: Primary = serde_json::from_str(
//!     r#"{"name": "router", "resources": [{"name": "cpu", "base": 8.0}, {"name": "memory", "base": 32.0}]}"#,
//! )?;
//! manager.set_primary(router)?;
//! // A minute of steadily rising use, sampled by the host; then a round of planning.
//! for minute in 0..30 {
//!     let now = minute * 60_000;
//!     let used = vec![0.25 * minute as f64, 8.0];
//!     manager.observe(now, &ShadowSample { primary: "router".into(), used, tags: Default::default() })?;
//!     for order in manager.plan(now + 1)? {
//!         if let ShadowAction::Route { shares, .. } = &order.action {
//!             assert!((shares.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
//!         }
//!         // Here the host does what the instruction says.
//!         manager.report(order.id, Outcome::Confirmed)?;
//!     }
//! }
//! let status = manager.status("router")?;
//! assert_eq!(status.instances.len(), 2, "the router and one shadow");
//! assert!(status.instances[1].share > 0.0, "which serves part of the traffic by now");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod allocation;
mod combination;
mod config;
mod cost_benefit;
mod experiment;
mod failover;
mod features;
mod fleet;
mod group;
mod handover;
mod inventory;
mod prewarm;
mod primary;
mod records;
mod regression;
mod resource_model;
mod routing;
mod settle;
mod sizing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_actuator;
#[cfg(test)]
mod tests_roles;
mod trial;
mod utilization;

pub use config::{ShadowManagerConfig, ShadowRule};
pub use cost_benefit::CostBenefit;
pub use handover::ShadowComparison;
pub use prewarm::PrewarmRequest;
pub use primary::{Primary, ShadowPolicy, ShadowResource, ShadowSize};
pub use records::{
    SeenInstance, ShadowAction, ShadowInstance, ShadowReason, ShadowRecord, ShadowRole, ShadowStatus,
};
pub use trial::{TrialConfig, TrialDifference, TrialPair, TrialResult, TrialVerdict};
pub use utilization::{UtilizationForecast, UtilizationWindow};

use super::journal::Journal;
use super::orders::{Instruction, Orders, Outcome};
use crate::error::{Error, Result, all_finite};
use crate::load::History;
use crate::snapshot;
use features::Features;
use fleet::{Fleet, Instance, Life};
use group::{Group, Round, Window};
use handover::Handover;
use prewarm::PrewarmQueue;
use serde::{Deserialize, Serialize};
use settle::Groups;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use utilization::Utilization;

/// What a primary and its shadows used of each resource at one moment, together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShadowSample {
    /// The primary's name.
    pub primary: String,
    /// How much of each resource, in its unit, at least 0; NaN, in JSON null: not known.
    #[serde(deserialize_with = "null_is_nan")]
    pub used: Vec<f64>,
    /// What the requests were like: type, size, source, destination, …; kept in the history.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// More than so many times what a primary has counts as so much.
const MOST_UTILIZATION: f64 = 1e6;

/// Gives shadows what the coming minutes need, and traffic to shadows. Calls must not overlap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShadowManager {
    config: ShadowManagerConfig,
    features: Features,
    groups: Vec<Group>,
    group_of: BTreeMap<String, usize>,
    fleet: Fleet,
    queue: PrewarmQueue,
    history: History,
    journal: Journal<ShadowRecord>,
    /// What the last round handed out.
    instructions: Vec<Instruction<ShadowAction>>,
    now: i64,
}

impl ShadowManager {
    /// A manager that has no primary yet.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: ShadowManagerConfig) -> Result<Self> {
        config.check()?;
        Ok(ShadowManager {
            features: Features::new(&config)?,
            groups: Vec::new(),
            group_of: BTreeMap::new(),
            fleet: Fleet { instances: BTreeMap::new(), next: 1, orders: Orders::new(config.retry) },
            queue: PrewarmQueue::default(),
            history: History::new(config.history.clone())?,
            journal: Journal::default(),
            instructions: Vec::new(),
            now: i64::MIN,
            config,
        })
    }

    /// Adds a primary, which runs and serves all of its traffic, and gives the number of its instance; or changes what one has, its sizes, limits and
    /// prices from the next round on.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is out of range, or says that the resources of a known primary are others.
    pub fn set_primary(&mut self, primary: Primary) -> Result<u64> {
        primary.check()?;
        let base: Vec<f64> = primary.base().collect();
        if let Some(group) = self.group_of.get(&primary.name).and_then(|place| self.groups.get_mut(*place)) {
            let names = |primary: &Primary| -> Vec<String> {
                primary.resources.iter().map(|resource| resource.name.clone()).collect()
            };
            if names(&group.primary) != names(&primary) {
                let field = format!("primary {}: resources", primary.name);
                return Err(Error::config(field, "must have the names that they had"));
            }
            if let Some(origin) = self.fleet.instances.get_mut(&group.origin) {
                origin.ceiling = base;
            }
            let version = primary.version.clone();
            if group.primary.version != version {
                group.version = version;
            }
            group.primary = primary;
            return Ok(group.origin);
        }
        let place = self.groups.len();
        let resources = base.len();
        let day = (86_400.0 / self.config.step_seconds).round() as i64;
        let config = &self.config;
        let model = Utilization::new(
            self.features.columns(),
            resources,
            day,
            config.horizon_steps,
            config.lead_steps(),
            config.quantile(),
        )?;
        let origin = self.fleet.add(Instance {
            primary: place,
            life: Life::Running,
            version: primary.version.clone(),
            size: String::new(),
            ceiling: base.clone(),
            amounts: base.clone(),
            asked: base,
            price_per_hour: 0.0,
            order: 0,
            resizing: 0,
        });
        self.group_of.insert(primary.name.clone(), place);
        self.groups.push(Group {
            version: primary.version.clone(),
            primary,
            model,
            members: BTreeSet::from([origin]),
            origin,
            active: origin,
            epoch: 1,
            fallen: None,
            handover: Handover::default(),
            routed: vec![(origin, 1.0)],
            asked: vec![(origin, 1.0)],
            table: 0,
            routing: 0,
            comparison: None,
            load: vec![0.0; resources],
            wanted: VecDeque::new(),
            reason: ShadowReason::NoData,
            worth: None,
            expected: BTreeMap::new(),
            trial: None,
            mirrored: None,
        });
        Ok(origin)
    }

    /// Takes in what a primary and its shadows used at `now` (Unix milliseconds); may be called as often as one likes.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known, amounts that are negative, infinite or too few, tags that the history refuses, or
    /// a time before the last round or sample.
    pub fn observe(&mut self, now: i64, sample: &ShadowSample) -> Result<()> {
        let place = self.place(&sample.primary)?;
        self.check_now(now)?;
        let group = self.groups.get_mut(place).ok_or_else(lost)?;
        check_amounts("used", &sample.used, group.primary.resources.len(), true)?;
        let names = group.primary.resources.iter().map(|resource| resource.name.as_str());
        let values: Vec<(&str, f64)> = names.zip(sample.used.iter().copied()).collect();
        let mut tags: Vec<(&str, &str)> =
            sample.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        tags.push(("primary", &sample.primary));
        self.history.record(now, &values, &tags)?;
        self.now = now;
        self.close(place, self.config.step(now))?;
        if let Some(group) = self.groups.get_mut(place) {
            let utilization: Vec<f64> = sample
                .used
                .iter()
                .zip(group.primary.base())
                .map(
                    |(used, base)| {
                        if *used / base > MOST_UTILIZATION { MOST_UTILIZATION } else { used / base }
                    },
                )
                .collect();
            group.model.add(&utilization);
        }
        Ok(())
    }

    /// Uses the host's forecast of a primary in place of the manager's own, for the windows that it has.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known, tables of other sizes, or numbers that are negative or not finite.
    pub fn set_forecast(&mut self, forecast: &UtilizationForecast) -> Result<()> {
        let place = self.place(&forecast.primary)?;
        let group = self.groups.get_mut(place).ok_or_else(lost)?;
        forecast.check(group.primary.resources.len(), 10_000)?;
        group.model.set_host(self.config.step(forecast.start), forecast);
        Ok(())
    }

    /// Puts a request of the host into the pre-warming queue: it is met whatever the forecasts say, and held ready until its window is over.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known, or amounts that are negative, not finite, or too few.
    pub fn prewarm(&mut self, request: &PrewarmRequest) -> Result<()> {
        let place = self.place(&request.primary)?;
        let group = self.groups.get(place).ok_or_else(lost)?;
        check_amounts("amounts", &request.amounts, group.primary.resources.len(), false)?;
        let window = self.config.step(request.needed_at);
        self.queue.add(place, window, &request.amounts, self.config.most_queued);
        Ok(())
    }

    /// An instance does not answer any more. If it was active, the next round promotes the best shadow; a shadow is replaced.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that no instance ever had.
    pub fn instance_failed(&mut self, instance: u64) -> Result<()> {
        self.check_instance(instance)?;
        if let Some(failed) = self.fleet.instances.get_mut(&instance) {
            failed.life = match failed.life {
                Life::Releasing => Life::Releasing,
                _ => Life::Failed,
            };
        }
        Ok(())
    }

    /// An instance that had failed answers again: it is told that it is standby, unless nothing has taken its place.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that no instance ever had.
    pub fn instance_recovered(&mut self, instance: u64) -> Result<()> {
        self.check_instance(instance)?;
        let now = self.now;
        let Some(back) = self.fleet.instances.get(&instance).filter(|back| back.life == Life::Failed) else {
            return Ok(());
        };
        let Some(group) = self.groups.get_mut(back.primary) else { return Ok(()) };
        let is_active = group.active == instance;
        let order =
            if is_active { 0 } else { self.fleet.demote(now, instance, &group.primary.name, group.epoch) };
        if group.fallen == Some(instance) {
            group.fallen = None;
        }
        if let Some(back) = self.fleet.instances.get_mut(&instance) {
            (back.life, back.order) = if is_active { (Life::Running, 0) } else { (Life::Rejoining, order) };
        }
        Ok(())
    }

    /// What really is there, as the actuator's own list has it: all instances of all primaries. What was confirmed but is not there is lost; what is
    /// there but should not be is released; amounts, shares and roles that are others than was confirmed are asked for anew.
    ///
    /// # Errors
    /// [`Error::Data`] for amounts or shares out of range, or a time before the last round or sample; nothing is changed then.
    pub fn reconcile(&mut self, now: i64, seen: &[SeenInstance]) -> Result<()> {
        self.check_now(now)?;
        for instance in seen {
            let known = self.fleet.instances.get(&instance.instance);
            let resources = known.and_then(|known| self.groups.get(known.primary));
            let resources = resources.map_or(instance.amounts.len(), |group| group.primary.resources.len());
            check_amounts("amounts", &instance.amounts, resources, false)?;
            if !(0.0..=1.0).contains(&instance.share) {
                return Err(Error::data("share", format!("must be 0 to 1, got {}", instance.share)));
            }
        }
        self.now = now;
        inventory::reconcile(now, &mut self.groups, &mut self.fleet, seen);
        Ok(())
    }

    /// Takes in what the actuator reports of instruction `id`; the same report twice changes nothing.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that was never issued.
    pub fn report(&mut self, id: u64, outcome: Outcome) -> Result<()> {
        let settled = self.fleet.orders.report(id, outcome)?;
        let groups = Groups { all: &mut self.groups, place: &self.group_of };
        settle::settle(self.now, groups, &mut self.fleet, settled);
        Ok(())
    }

    /// One round at `now` (Unix milliseconds): what the actuator is to do, new or again.
    ///
    /// # Errors
    /// [`Error::Data`] for a time before the last round or sample, or beyond the calendar's years.
    pub fn plan(&mut self, now: i64) -> Result<Vec<Instruction<ShadowAction>>> {
        self.check_now(now)?;
        let step = self.config.step(now);
        self.now = now;
        for action in self.fleet.orders.expire(now) {
            let groups = Groups { all: &mut self.groups, place: &self.group_of };
            settle::withdrawn(groups, &mut self.fleet, &action);
        }
        self.queue.pass(step);
        for place in 0..self.groups.len() {
            self.close(place, step)?;
            let windows = self.windows(place, step)?;
            let room = self
                .config
                .most_shadows
                .saturating_sub(self.fleet.instances.len().saturating_sub(self.groups.len()));
            let ShadowManager { config, groups, fleet, journal, queue, .. } = self;
            let Some(group) = groups.get_mut(place) else { continue };
            let mut round = Round { now, step, config, fleet, journal };
            round_of(group, place, &mut round, queue, &windows, room)?;
        }
        self.instructions = self.fleet.orders.hand_out(now);
        Ok(self.instructions.clone())
    }

    /// What the last round handed out.
    pub fn instructions(&self) -> &[Instruction<ShadowAction>] {
        &self.instructions
    }

    /// What is expected of a primary in the coming windows, the one that runs first; empty before it has been observed for one.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known.
    pub fn forecast(&self, primary: &str) -> Result<Vec<UtilizationWindow>> {
        let group = self.groups.get(self.place(primary)?).ok_or_else(lost)?;
        if self.now == i64::MIN {
            return Ok(Vec::new());
        }
        let step = self.config.step(self.now);
        let windows = expected_windows(group, step, self.config.horizon_steps, &mut |step| {
            self.features.compute(step)
        })?;
        let window = |window: Window| UtilizationWindow {
            time: window.step.saturating_mul(self.config.step_milliseconds()),
            mean: window.laws.iter().map(|law| law.mean).collect(),
            deviation: window.laws.iter().map(|law| law.deviation).collect(),
            upper: window.upper,
        };
        Ok(windows.into_iter().map(window).collect())
    }

    /// What is waiting in the pre-warming queue, what is needed first at the front.
    pub fn queue(&self) -> Vec<PrewarmRequest> {
        let request = |(window, place, amounts): (i64, usize, &Vec<f64>)| {
            let primary = self.groups.get(place)?.primary.name.clone();
            let needed_at = window.saturating_mul(self.config.step_milliseconds());
            Some(PrewarmRequest { primary, needed_at, amounts: amounts.clone() })
        };
        self.queue.waiting().filter_map(request).collect()
    }

    /// A primary, its instances, and why they have what they have.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known.
    pub fn status(&self, primary: &str) -> Result<ShadowStatus> {
        let group = self.groups.get(self.place(primary)?).ok_or_else(lost)?;
        Ok(group.status(&self.fleet))
    }

    /// The same in words.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known.
    pub fn explain(&self, primary: &str) -> Result<String> {
        let status = self.status(primary)?;
        let mut text =
            format!("{}: instance {} is active (epoch {})", status.primary, status.active, status.epoch);
        if let Some(ShadowComparison { real, predicted, signal, wanted, share }) = status.comparison {
            let signal = if signal { "signal to hand over" } else { "no signal" };
            text += &format!(
                "; real {real:.2}, predicted {predicted:.2}, {signal}: {wanted:.2} wanted, {share:.2} handed over"
            );
        }
        text += &format!("; shadows: {:?}", status.reason);
        if let Some(CostBenefit { probability, cost, benefit, pays, .. }) = status.worth {
            let verdict = if pays { "pays" } else { "does not pay" };
            text += &format!(
                " (overload with probability {probability:.3}; {cost:.4} to hold ready, {benefit:.4} expected to be saved: {verdict})"
            );
        }
        for instance in &status.instances {
            let ShadowInstance { instance, role, version, amounts, ceiling, share } = instance;
            let version = if version.is_empty() { String::new() } else { format!(" version {version}") };
            text += &format!(
                "; instance {instance}, {role:?}{version}, has {amounts:?} of {ceiling:?}, serves {share:.3}"
            );
        }
        Ok(text)
    }

    /// Begins a trial of a new version on a shadow of its own.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known, [`Error::Config`] for settings out of range or the version that runs,
    /// [`Error::NotReady`] while another trial is under way.
    pub fn start_trial(&mut self, config: TrialConfig) -> Result<()> {
        let place = self.place(&config.primary)?;
        experiment::start(self.groups.get_mut(place).ok_or_else(lost)?, config)
    }

    /// Takes in what both versions measured over the same time; what a look found, when it was time for one.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known or numbers out of range, [`Error::NotReady`] without a trial.
    pub fn observe_trial(&mut self, primary: &str, pair: &TrialPair) -> Result<Option<TrialResult>> {
        self.with_group(primary, |group, round| experiment::observe(group, round, pair))
    }

    /// What the last look of a primary's trial found; none before the first.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known.
    pub fn trial(&self, primary: &str) -> Result<Option<TrialResult>> {
        let group = self.groups.get(self.place(primary)?).ok_or_else(lost)?;
        Ok(group.trial.as_ref().and_then(|trial| trial.result))
    }

    /// Ends a trial: the new version becomes active and the one that shadows are made of, or its shadow goes.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known; [`Error::NotReady`] without a trial, or when a version is to be promoted that is not shown to
    /// be no worse, or that no shadow runs.
    pub fn end_trial(&mut self, primary: &str, is_promoted: bool) -> Result<()> {
        self.with_group(primary, |group, round| experiment::end(group, round, is_promoted))
    }

    /// What was used of each resource, by name and tags: the primary's name is one of them, under "primary".
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The settings.
    pub fn config(&self) -> &ShadowManagerConfig {
        &self.config
    }

    /// What was decided and what came of it, since the records were last taken away.
    pub fn journal(&self) -> &Journal<ShadowRecord> {
        &self.journal
    }

    /// Forgets the records of the journal.
    pub fn clear_journal(&mut self) {
        self.journal.take();
    }

    /// Takes the records of all rounds away.
    pub fn take_journal(&mut self) -> Vec<ShadowRecord> {
        self.journal.take()
    }

    /// Writes settings and state as bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::ShadowManager, self)
    }

    /// Reads a manager back: it goes on exactly as if it had never stopped.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of one.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let manager: ShadowManager = snapshot::load(snapshot::Kind::ShadowManager, bytes)?;
        if manager.is_whole() {
            return Ok(manager);
        }
        Err(Error::Snapshot { problem: "the shadow manager is inconsistent".into() })
    }

    fn place(&self, primary: &str) -> Result<usize> {
        let place = self.group_of.get(primary).copied();
        place.ok_or_else(|| Error::data("primary", format!("{primary:?} is not known")))
    }

    /// Refuses a time before the last one, or too near the end of the calendar's years.
    fn check_now(&mut self, now: i64) -> Result<()> {
        if now < self.now {
            return Err(Error::data("now", format!("{now} ms lies before {} ms", self.now)));
        }
        let step = self.config.step(now);
        self.features.at(step)?;
        self.features.at(step.saturating_add(self.config.horizon_steps as i64)).map(drop)
    }

    fn check_instance(&self, instance: u64) -> Result<()> {
        if instance == 0 || instance >= self.fleet.next {
            return Err(Error::data("instance", format!("{instance} was never created")));
        }
        Ok(())
    }

    fn with_group<T>(
        &mut self,
        primary: &str,
        body: impl FnOnce(&mut Group, &mut Round<'_>) -> Result<T>,
    ) -> Result<T> {
        let place = self.place(primary)?;
        let ShadowManager { config, groups, fleet, journal, now, .. } = self;
        let group = groups.get_mut(place).ok_or_else(lost)?;
        let step = config.step(*now);
        body(group, &mut Round { now: *now, step, config, fleet, journal })
    }

    /// Ends a primary's windows before `step`, learns from them, and records what came where something was decided.
    fn close(&mut self, place: usize, step: i64) -> Result<()> {
        let ShadowManager { config, groups, features, journal, .. } = self;
        let Some(group) = groups.get_mut(place) else { return Ok(()) };
        let ended = group.model.close(step, &mut |step| features.at(step))?;
        if let Some((window, came)) = ended
            && let Some(expected) = group.expected.remove(&window)
        {
            journal.add(ShadowRecord::Came {
                time: window.saturating_mul(config.step_milliseconds()),
                primary: group.primary.name.clone(),
                decided: expected.decided,
                predicted: expected.predicted,
                sized_for: expected.sized_for,
                came,
            });
        }
        group.expected = group.expected.split_off(&step);
        Ok(())
    }

    fn windows(&mut self, place: usize, step: i64) -> Result<Vec<Window>> {
        let ShadowManager { config, groups, features, .. } = self;
        let Some(group) = groups.get(place) else { return Ok(Vec::new()) };
        expected_windows(group, step, config.horizon_steps, &mut |step| features.at(step))
    }

    fn is_whole(&self) -> bool {
        let resources: Vec<usize> = self.groups.iter().map(|group| group.primary.resources.len()).collect();
        let columns = self.features.columns();
        let most = self.config.most_shadows.saturating_add(2 * self.groups.len());
        self.config.check().is_ok()
            && self.features.is_of(&self.config)
            && self.fleet.is_whole(&resources, most)
            && self.queue.is_whole(&resources, self.config.most_queued)
            && self.journal.is_whole()
            && self.group_of.len() == self.groups.len()
            && self
                .group_of
                .iter()
                .all(|(name, place)| self.groups.get(*place).is_some_and(|group| group.primary.name == *name))
            && self
                .groups
                .iter()
                .enumerate()
                .all(|(place, group)| group.is_whole(place, columns, &self.config, &self.fleet))
    }
}

/// A round of one primary.
fn round_of(
    group: &mut Group,
    place: usize,
    round: &mut Round<'_>,
    queue: &mut PrewarmQueue,
    windows: &[Window],
    room: usize,
) -> Result<()> {
    routing::compare(group, round, windows);
    failover::ensure_active(group, round);
    // A new active has other capacities.
    routing::compare(group, round, windows);
    let room = room.saturating_sub(experiment::tend(group, place, round, room));
    let needs = sizing::needs(group, round, windows);
    let is_needed = !needs.is_empty();
    queue.refresh(place, &needs, round.config.most_queued);
    let due = queue.due(
        place,
        round.step.saturating_add(round.config.lead_steps()),
        false,
        group.primary.resources.len(),
    );
    let least = allocation::least_shadows(group, round, windows);
    let added = allocation::additions(group, round, &due, least, room)?;
    let price = allocation::extra_price(group, round, &added);
    let need = sizing::wanted(group, place, round, queue, windows, price);
    if is_needed {
        sizing::expect(group, round, windows);
    }
    allocation::apply(group, place, round, &need, least, room)?;
    routing::route(group, round);
    Ok(())
}

/// What is expected of a primary in the windows from `step` on.
fn expected_windows(
    group: &Group,
    step: i64,
    count: usize,
    features: &mut dyn FnMut(i64) -> Result<Vec<f64>>,
) -> Result<Vec<Window>> {
    let mut windows = Vec::new();
    for step in step..step.saturating_add(count as i64) {
        if let Some(laws) = group.model.expect(step, &features(step)?) {
            let upper = laws.iter().enumerate().map(|(r, law)| group.model.upper(r, *law)).collect();
            windows.push(Window { step, laws, upper });
        }
    }
    Ok(windows)
}

fn check_amounts(name: &str, amounts: &[f64], resources: usize, may_miss: bool) -> Result<()> {
    if amounts.len() != resources {
        return Err(Error::data(name, format!("has {} values for {resources} resources", amounts.len())));
    }
    let known: Vec<f64> = amounts.iter().copied().filter(|amount| !(may_miss && amount.is_nan())).collect();
    all_finite(name, &known)?;
    match known.iter().find(|amount| **amount < 0.0 || **amount > 1e15) {
        Some(amount) => Err(Error::data(name, format!("must be 0 to 1e15, got {amount}"))),
        None => Ok(()),
    }
}

fn null_is_nan<'de, D: serde::Deserializer<'de>>(input: D) -> std::result::Result<Vec<f64>, D::Error> {
    let values = Vec::<Option<f64>>::deserialize(input)?;
    Ok(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

fn lost() -> Error {
    Error::internal("a primary is lost")
}
