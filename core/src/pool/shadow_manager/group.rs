//! One primary and its shadows: who is active, what serves what, and what is expected.
//!
//! Which instance is active is one number: two cannot be. Its epoch rises with each promotion, and instances follow the highest alone.

use super::config::ShadowManagerConfig;
use super::cost_benefit::CostBenefit;
use super::fleet::{Fleet, Life};
use super::handover::{Handover, ShadowComparison};
use super::primary::Primary;
use super::records::{ShadowInstance, ShadowReason, ShadowRecord, ShadowRole, ShadowStatus};
use super::resource_model::{Law, scaled};
use super::trial::{Trial, TrialVerdict};
use super::utilization::Utilization;
use crate::error::{Error, Result};
use crate::pool::journal::Journal;
use crate::pool::orders::LARGEST_COUNT;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A coming window: what is expected of each resource, and what it stays below at the level that is sized for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    pub(super) step: i64,
    pub(super) laws: Vec<Law>,
    pub(super) upper: Vec<f64>,
}

/// What was decided for a window, to be held against what comes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Expected {
    pub(super) decided: i64,
    pub(super) predicted: Vec<f64>,
    pub(super) sized_for: Vec<f64>,
}

/// What a primary has of a resource changes at once by no more than so many times.
const MOST_CHANGE: f64 = 1e6;

/// Who serves what share of the traffic.
pub(super) type Shares = Vec<(u64, f64)>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) primary: Primary,
    pub(super) model: Utilization,
    pub(super) version: String,
    pub(super) members: BTreeSet<u64>,
    /// The instance that the host began with.
    pub(super) origin: u64,
    pub(super) active: u64,
    pub(super) epoch: u64,
    /// The one that was active last and has failed.
    pub(super) fallen: Option<u64>,
    pub(super) handover: Handover,
    /// The table as it was confirmed, as it was asked for, and its number and instruction (0: none is open).
    pub(super) routed: Shares,
    pub(super) asked: Shares,
    pub(super) table: u64,
    pub(super) routing: u64,
    pub(super) comparison: Option<ShadowComparison>,
    /// Utilization of each resource that traffic is shared out for.
    pub(super) load: Vec<f64>,
    /// What was wanted in the last windows: the window, amounts, and count of shadows.
    pub(super) wanted: VecDeque<(i64, Vec<f64>, u32)>,
    pub(super) reason: ShadowReason,
    pub(super) worth: Option<CostBenefit>,
    pub(super) expected: BTreeMap<i64, Expected>,
    pub(super) trial: Option<Trial>,
    /// The shadow that the traffic is copied to.
    pub(super) mirrored: Option<u64>,
}

/// What a round of planning has at hand.
pub(super) struct Round<'a> {
    pub(super) now: i64,
    pub(super) step: i64,
    pub(super) config: &'a ShadowManagerConfig,
    pub(super) fleet: &'a mut Fleet,
    pub(super) journal: &'a mut Journal<ShadowRecord>,
}

impl Group {
    /// A primary that its own instance serves alone.
    pub(super) fn new(primary: Primary, model: Utilization, origin: u64) -> Self {
        let resources = primary.resources.len();
        Group {
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
        }
    }

    /// Refuses other resources, and such a change of what a primary has of one that nothing learned could be kept.
    pub(super) fn check_change(&self, primary: &Primary) -> Result<()> {
        let field = || format!("primary {}: resources", primary.name);
        let names = |primary: &Primary| -> Vec<String> {
            primary.resources.iter().map(|resource| resource.name.clone()).collect()
        };
        if names(&self.primary) != names(primary) {
            return Err(Error::config(field(), "must have the names that they had"));
        }
        let mut changes = self.primary.base().zip(primary.base()).map(|(old, new)| old / new);
        match changes.find(|change| !(1.0 / MOST_CHANGE..=MOST_CHANGE).contains(change)) {
            Some(_) => {
                Err(Error::config(field(), format!("base may change by {MOST_CHANGE:e} times at the most")))
            }
            None => Ok(()),
        }
    }

    /// The instance that tries a new version, if any.
    pub(super) fn trial_instance(&self) -> Option<u64> {
        self.trial.as_ref().and_then(|trial| trial.instance)
    }

    /// Share of the traffic that the instance on trial is to serve.
    pub(super) fn trial_share(&self, fleet: &Fleet) -> f64 {
        let Some(trial) = &self.trial else { return 0.0 };
        let is_worse = trial.result.is_some_and(|result| result.verdict == TrialVerdict::Worse);
        let is_over = is_worse || trial.is_rejected;
        let serves = trial.instance.is_some_and(|id| fleet.is_running(id)) && !is_over;
        if serves { trial.config.share } else { 0.0 }
    }

    /// Shadows that may take over or take traffic: neither active nor on trial.
    pub(super) fn standbys<'a>(&'a self, fleet: &'a Fleet, life: Life) -> impl Iterator<Item = u64> + 'a {
        let trial = self.trial_instance();
        let is_standby = move |id: &u64| {
            *id != self.active
                && Some(*id) != trial
                && fleet.instances.get(id).is_some_and(|instance| instance.life == life)
        };
        self.members.iter().copied().filter(is_standby)
    }

    /// Whether an instance serves traffic, or is asked to.
    pub(super) fn serves(&self, id: u64) -> bool {
        self.asked.iter().chain(&self.routed).any(|(other, share)| *other == id && *share > 0.0)
    }

    /// How many times all of the load that traffic is shared out for amounts could carry at full utilization.
    pub(super) fn capacity(&self, amounts: &[f64], load: &[f64]) -> f64 {
        let needs = load.iter().zip(self.primary.base()).map(|(load, base)| load * base);
        let shares =
            amounts.iter().zip(needs).filter(|(_, need)| *need > 0.0).map(|(amount, need)| amount / need);
        shares.fold(1e6, f64::min)
    }

    /// Takes over what a primary has now. What was learned of the use of resources goes on in units of their new allocations.
    pub(super) fn change(&mut self, primary: Primary) {
        let ratios: Vec<f64> = self.primary.base().zip(primary.base()).map(|(old, new)| old / new).collect();
        for (r, ratio) in ratios.into_iter().enumerate().filter(|(_, ratio)| *ratio != 1.0) {
            self.model.rescale(r, ratio);
            let expected = self.expected.values_mut();
            let said = expected.flat_map(|expected| [&mut expected.predicted, &mut expected.sized_for]);
            let said = said.chain([&mut self.load]).filter_map(|values| values.get_mut(r));
            said.for_each(|value| *value = scaled(*value, ratio));
        }
        if self.primary.version != primary.version {
            self.version.clone_from(&primary.version);
        }
        self.primary = primary;
    }

    /// Time passes of which nothing is known: patience does not run out in it.
    pub(super) fn sleep(&mut self, windows: i64) {
        self.wanted.iter_mut().for_each(|(step, _, _)| *step = step.saturating_add(windows));
        self.handover.sleep(windows);
    }

    pub(super) fn status(&self, fleet: &Fleet) -> ShadowStatus {
        let share = |id: u64| {
            let of = self.routed.iter().filter(|(other, _)| *other == id);
            of.fold(0.0, |sum, (_, share)| sum + share)
        };
        let instance = |id: &u64| {
            let instance = fleet.instances.get(id)?;
            let role = match instance.life {
                Life::Failed => ShadowRole::Failed,
                _ if *id == self.active => ShadowRole::Active,
                Life::Creating => ShadowRole::Creating,
                Life::Rejoining => ShadowRole::Rejoining,
                Life::Releasing => ShadowRole::Releasing,
                Life::Running if Some(*id) == self.trial_instance() => ShadowRole::Trial,
                Life::Running => ShadowRole::Standby,
            };
            Some(ShadowInstance {
                instance: *id,
                role,
                version: instance.version.clone(),
                amounts: instance.amounts.clone(),
                ceiling: instance.ceiling.clone(),
                share: share(*id),
            })
        };
        ShadowStatus {
            primary: self.primary.name.clone(),
            active: self.active,
            epoch: self.epoch,
            version: self.version.clone(),
            instances: self.members.iter().filter_map(instance).collect(),
            comparison: self.comparison,
            reason: self.reason,
            worth: self.worth,
        }
    }

    pub(super) fn is_whole(
        &self,
        place: usize,
        columns: usize,
        config: &ShadowManagerConfig,
        fleet: &Fleet,
    ) -> bool {
        let resources = self.primary.resources.len();
        let day = (86_400.0 / config.step_seconds).round() as i64;
        let shares = |shares: &Shares| {
            let sum: f64 = shares.iter().map(|(_, share)| share).sum();
            shares.iter().all(|(_, share)| (0.0..=1.0).contains(share)) && (sum - 1.0).abs() < 1e-9
        };
        let are_amounts = |amounts: &Vec<f64>| {
            amounts.len() == resources && amounts.iter().all(|amount| amount.is_finite() && *amount >= 0.0)
        };
        let compared = |comparison: &ShadowComparison| {
            let ShadowComparison { real, predicted, wanted, share, .. } = *comparison;
            real.is_finite()
                && predicted.is_finite()
                && [wanted, share].iter().all(|share| (0.0..=1.0).contains(share))
        };
        let ours = |id: &u64| fleet.instances.get(id).is_some_and(|instance| instance.primary == place);
        self.primary.check().is_ok()
            && self.model.is_whole(columns, resources, day, config.horizon_steps, config.lead_steps())
            && self.members.contains(&self.active)
            && self.members.iter().all(ours)
            && self.handover.is_whole()
            && shares(&self.routed)
            && (self.asked.is_empty() || shares(&self.asked))
            && are_amounts(&self.load)
            && self.wanted.len() <= config.patience_steps + 1
            && self.wanted.iter().all(|(_, amounts, _)| are_amounts(amounts))
            && self.comparison.iter().all(compared)
            && self.expected.values().all(|kept| are_amounts(&kept.predicted) && are_amounts(&kept.sized_for))
            && [self.epoch, self.table].iter().all(|number| *number <= LARGEST_COUNT)
            && self.trial.iter().all(Trial::is_whole)
    }
}
