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
mod explain;
mod failover;
mod features;
mod fleet;
mod group;
mod handover;
mod inventory;
mod lifecycle;
mod prewarm;
mod primary;
mod records;
mod regression;
mod resource_model;
mod round;
mod routing;
mod sample;
mod settle;
mod sizing;
mod standby;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_actuator;
#[cfg(test)]
mod tests_bounds;
#[cfg(test)]
mod tests_mission;
#[cfg(test)]
mod tests_roles;
#[cfg(test)]
mod tests_trials;
mod trial;
mod utilization;
mod whole;

pub use config::{ShadowManagerConfig, ShadowRule};
pub use cost_benefit::CostBenefit;
pub use handover::ShadowComparison;
pub use prewarm::PrewarmRequest;
pub use primary::{Primary, ShadowPolicy, ShadowResource, ShadowSize};
pub use records::{
    SeenInstance, ShadowAction, ShadowInstance, ShadowReason, ShadowRecord, ShadowRole, ShadowStatus,
};
pub use sample::ShadowSample;
pub use trial::{TrialConfig, TrialDifference, TrialPair, TrialResult, TrialVerdict};
pub use utilization::{UtilizationForecast, UtilizationWindow};

use super::clock::Clock;
use super::journal::Journal;
use super::orders::{Instruction, LARGEST_SEEN, Orders, Outcome};
use crate::error::{Error, Result};
use crate::load::History;
use features::Features;
use fleet::Fleet;
use group::{Group, Round};
use prewarm::PrewarmQueue;
use sample::check_amounts;
use serde::{Deserialize, Serialize};
use settle::Groups;
use std::collections::BTreeMap;

/// More than so many times what a primary has counts as so much.
const MOST_UTILIZATION: f64 = 1e6;

/// Primaries at the most.
const MOST_PRIMARIES: usize = 10_000;

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
    clock: Clock,
    /// The highest epoch and table of the primaries that were removed: one that comes back under its name begins above them.
    retired: (u64, u64),
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
            clock: Clock::default(),
            retired: (0, 0),
            config,
        })
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
        self.advance(now)?;
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
    /// [`Error::Data`] for a primary that is not known, tables of other sizes, numbers that are negative or not finite, or a start that lies more than a
    /// year ahead.
    pub fn set_forecast(&mut self, forecast: &UtilizationForecast) -> Result<()> {
        let place = self.place(&forecast.primary)?;
        let group = self.groups.get_mut(place).ok_or_else(lost)?;
        forecast.check(group.primary.resources.len(), 10_000)?;
        self.clock.check_ahead("start", forecast.start)?;
        group.model.set_host(self.config.step(forecast.start), forecast);
        Ok(())
    }

    /// Puts a request of the host into the pre-warming queue: it is met whatever the forecasts say, and held ready until its window is over.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known, amounts that are negative, not finite, or too few, or a time more than a year ahead.
    pub fn prewarm(&mut self, request: &PrewarmRequest) -> Result<()> {
        let place = self.place(&request.primary)?;
        let group = self.groups.get(place).ok_or_else(lost)?;
        check_amounts("amounts", &request.amounts, group.primary.resources.len(), false)?;
        self.clock.check_ahead("needed_at", request.needed_at)?;
        let window = self.config.step(request.needed_at);
        self.queue.add(place, window, &request.amounts, self.config.most_queued);
        Ok(())
    }

    /// What really is there, as the actuator's own list has it: all instances of all primaries. What was confirmed but is not there is lost; what is
    /// there but should not be is released, and its number given to no other; amounts, shares and roles that are others than was confirmed are asked for anew.
    ///
    /// # Errors
    /// [`Error::Data`] for numbers, amounts or shares out of range, or a time before the last round or sample; nothing is changed then.
    pub fn reconcile(&mut self, now: i64, seen: &[SeenInstance]) -> Result<()> {
        self.check_now(now)?;
        for instance in seen {
            if !(1..=LARGEST_SEEN).contains(&instance.instance) {
                let problem = format!("must be 1 to {LARGEST_SEEN}, got {}", instance.instance);
                return Err(Error::data("instance", problem));
            }
            let known = self.fleet.instances.get(&instance.instance);
            let resources = known.and_then(|known| self.groups.get(known.primary));
            let resources = resources.map_or(instance.amounts.len(), |group| group.primary.resources.len());
            check_amounts("amounts", &instance.amounts, resources, false)?;
            if !(0.0..=1.0).contains(&instance.share) {
                return Err(Error::data("share", format!("must be 0 to 1, got {}", instance.share)));
            }
        }
        self.advance(now)?;
        inventory::reconcile(now, &mut self.groups, &mut self.fleet, seen);
        Ok(())
    }

    /// Takes in what the actuator reports of instruction `id`; the same report twice changes nothing.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that was never issued.
    pub fn report(&mut self, id: u64, outcome: Outcome) -> Result<()> {
        let settled = self.fleet.orders.report(id, outcome)?;
        let now = self.now();
        let groups = Groups { all: &mut self.groups, place: &self.group_of };
        settle::settle(now, groups, &mut self.fleet, settled);
        Ok(())
    }

    /// What the last round handed out.
    pub fn instructions(&self) -> &[Instruction<ShadowAction>] {
        &self.instructions
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
    /// [`Error::Data`] for a primary that is not known or numbers out of range, trial or not; [`Error::NotReady`] without a trial.
    pub fn observe_trial(&mut self, primary: &str, pair: &TrialPair) -> Result<Option<TrialResult>> {
        self.with_group(primary, |group, round| experiment::observe(group, round, pair))
    }

    /// What the last look of a primary's trial found; none before the first.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known.
    pub fn trial(&self, primary: &str) -> Result<Option<TrialResult>> {
        let group = self.groups.get(self.place(primary)?).ok_or_else(lost)?;
        let trial = group.trial.as_ref().filter(|trial| !trial.is_rejected);
        Ok(trial.and_then(|trial| trial.result))
    }

    /// Ends a trial: the new version becomes active and the one that shadows are made of, or its shadow goes, when its share of the traffic has been
    /// taken from it. Until then there can be no other trial.
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

    fn place(&self, primary: &str) -> Result<usize> {
        let place = self.group_of.get(primary).copied();
        place.ok_or_else(|| Error::data("primary", format!("{primary:?} is not known")))
    }

    /// The last time that was told.
    fn now(&self) -> i64 {
        self.clock.now().unwrap_or(i64::MIN)
    }

    /// Refuses a time before the last one, or too near the end of the calendar's years.
    fn check_now(&mut self, now: i64) -> Result<()> {
        self.clock.check("now", now)?;
        let step = self.config.step(now);
        self.features.at(step)?;
        self.features.at(step.saturating_add(self.config.horizon_steps as i64)).map(drop)
    }

    /// Goes to a time that was checked. Of the windows since the last one in which nobody called nothing is known: no patience runs out in them.
    fn advance(&mut self, now: i64) -> Result<()> {
        let last = self.clock.now();
        self.clock.advance("now", now)?;
        let passed = last.map_or(0, |last| self.config.step(now) - self.config.step(last));
        if passed > 1 {
            self.groups.iter_mut().for_each(|group| group.sleep(passed - 1));
        }
        Ok(())
    }

    fn with_group<T>(
        &mut self,
        primary: &str,
        body: impl FnOnce(&mut Group, &mut Round<'_>) -> Result<T>,
    ) -> Result<T> {
        let place = self.place(primary)?;
        let now = self.now();
        let ShadowManager { config, groups, fleet, journal, .. } = self;
        let group = groups.get_mut(place).ok_or_else(lost)?;
        let step = config.step(now);
        body(group, &mut Round { now, step, config, fleet, journal })
    }
}

fn lost() -> Error {
    Error::internal("a primary is lost")
}
