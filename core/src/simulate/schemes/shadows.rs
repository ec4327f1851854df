//! Shadows that are given resources before the load comes and traffic before the primary is overloaded, against a primary that reacts.
//!
//! Each row is a primary of a fixed size, in replicas: enough, at the planned utilization, for a quantile of what it served while it was
//! learned from. What its shadows are given is rounded up to whole replicas, which take the world's start-up time. Primary and shadows are
//! queues of their own: each serves its share of the traffic, as routed. The simple arm scales the primary itself by the baseline's policy.

use super::lane::{Arm, Lane, Progress, Round, play};
use super::reactive::ReactiveArm;
use super::report::{SchemeReport, judge};
use super::{SchemeConfig, Trial};
use crate::error::{Error, Result};
use crate::policy::PolicyConfig;
use crate::pool::{
    Instruction, Outcome, Primary, ShadowAction, ShadowManager, ShadowManagerConfig, ShadowResource,
    ShadowSample,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Shadows of one primary at the most.
const MOST_SHADOWS: u32 = 100;

/// How primaries have shadows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShadowsConfig {
    /// The manager's settings; its start-up time is the world's and its utilization that of the trial, whatever they say.
    pub manager: ShadowManagerConfig,
    /// Share of the time that is learned from for which the primary alone is enough, 0 to 1; 0.5.
    pub primary_quantile: f64,
}

impl Default for ShadowsConfig {
    fn default() -> Self {
        ShadowsConfig { manager: ShadowManagerConfig::default(), primary_quantile: 0.5 }
    }
}

impl ShadowsConfig {
    pub(super) fn check(&self) -> Result<()> {
        self.manager.check()?;
        if (0.0..=1.0).contains(&self.primary_quantile) {
            return Ok(());
        }
        Err(Error::config("primary_quantile", format!("must be 0 to 1, got {}", self.primary_quantile)))
    }
}

/// Tries shadows of each row's primary.
pub(super) fn trial(
    trial: &Trial<'_>,
    settings: &ShadowsConfig,
    progress: Progress<'_>,
) -> Result<SchemeReport> {
    let (config, learned) = (trial.config, trial.learned_columns());
    if learned == 0 {
        return Err(Error::config("learn_share", "leaves nothing that the primaries could be sized for"));
    }
    let manager = ShadowManagerConfig {
        warm_seconds: config.world.engine_config(PolicyConfig::default()).start_up_seconds,
        target_utilization: config.target_utilization,
        ..settings.manager.clone()
    };
    let sizes: Vec<u32> = trial.rows.iter().map(|row| size(row, learned, settings, config)).collect();
    let scenes = trial.scenes(trial.rows)?;
    let simple = ReactiveArm::new(trial, &scenes);
    judge(trial, &simple, progress, |progress| {
        let mut shadowing = Shadowing::new(manager, &sizes, config)?;
        // The primaries first, then all shadows of each.
        let primaries = scenes.iter().zip(&sizes).map(|(scene, size)| Lane::new(scene, *size));
        let mut lanes: Vec<Lane<'_>> = primaries.collect::<Result<_>>()?;
        for scene in &scenes {
            let mut shadows = Lane::new(scene, 0)?;
            shadows.takes(0.0);
            lanes.push(shadows);
        }
        play("shadows", lanes, &mut shadowing, learned, true, progress)
    })
}

/// Replicas that a primary has.
fn size(row: &[f64], learned: usize, settings: &ShadowsConfig, config: &SchemeConfig) -> u32 {
    let mut past = row.get(..learned).unwrap_or_default().to_vec();
    past.sort_by(f64::total_cmp);
    let place = (settings.primary_quantile * past.len().saturating_sub(1) as f64) as usize;
    let usual = past.get(place).copied().unwrap_or(0.0);
    let world = &config.world;
    let replicas = (usual / (config.target_utilization * world.service_rate)).ceil();
    (replicas as u32).clamp(world.min_replicas.max(1), world.max_replicas)
}

/// The manager and its actuator.
struct Shadowing {
    manager: ShadowManager,
    primaries: Vec<Shadowed>,
    service_rate: f64,
}

/// A primary as the actuator knows it.
struct Shadowed {
    name: String,
    origin: u64,
    /// What each shadow is to have, in replicas.
    amounts: BTreeMap<u64, f64>,
    /// Instructions that are confirmed when the replicas are ready.
    growing: Vec<u64>,
}

impl Shadowing {
    fn new(manager: ShadowManagerConfig, sizes: &[u32], config: &SchemeConfig) -> Result<Self> {
        let mut manager = ShadowManager::new(manager)?;
        let mut primaries = Vec::with_capacity(sizes.len());
        for (place, size) in sizes.iter().enumerate() {
            let name = place.to_string();
            let replicas = ShadowResource {
                name: "replicas".into(),
                base: f64::from(*size),
                price_per_hour: config.world.cost_per_replica_hour,
            };
            let origin = manager.set_primary(Primary {
                name: name.clone(),
                version: String::new(),
                resources: vec![replicas],
                sizes: Vec::new(),
                min_shadows: 1,
                max_shadows: MOST_SHADOWS,
                policies: Vec::new(),
            })?;
            primaries.push(Shadowed { name, origin, amounts: BTreeMap::new(), growing: Vec::new() });
        }
        Ok(Shadowing { manager, primaries, service_rate: config.world.service_rate })
    }

    /// Confirms what grew, where everything that was asked for is ready.
    fn confirm(&mut self, lanes: &[Lane<'_>]) -> Result<()> {
        let shadows = lanes.iter().skip(self.primaries.len());
        for (primary, lane) in self.primaries.iter_mut().zip(shadows) {
            if lane.replicas.fleet().pending == 0 {
                for order in primary.growing.drain(..) {
                    self.manager.report(order, Outcome::Confirmed)?;
                }
            }
        }
        Ok(())
    }

    fn carry_out(
        &mut self,
        order: &Instruction<ShadowAction>,
        step: usize,
        lanes: &mut [Lane<'_>],
    ) -> Result<()> {
        let (count, id) = (self.primaries.len(), order.id);
        let named = |name: &str| name.parse().unwrap_or(usize::MAX);
        let having = |instance: &u64| {
            self.primaries
                .iter()
                .position(|primary| primary.amounts.contains_key(instance))
                .unwrap_or(usize::MAX)
        };
        let (place, instance, amount) = match &order.action {
            ShadowAction::Create { instance, primary, amounts, .. } => {
                (named(primary), *instance, amounts.first().copied())
            }
            ShadowAction::Resize { instance, amounts } => {
                (having(instance), *instance, amounts.first().copied())
            }
            ShadowAction::Release { instance } => (having(instance), *instance, None),
            ShadowAction::Route { primary, shares, .. } => {
                let place = named(primary);
                if let Some(primary) = self.primaries.get(place) {
                    let own = shares.iter().filter(|(instance, _)| *instance == primary.origin);
                    let own = own.map(|(_, share)| share).sum::<f64>().clamp(0.0, 1.0);
                    lanes.get_mut(place).into_iter().for_each(|lane| lane.takes(own));
                    lanes.get_mut(count + place).into_iter().for_each(|lane| lane.takes(1.0 - own));
                }
                return self.manager.report(id, Outcome::Confirmed);
            }
            _ => return self.manager.report(id, Outcome::Confirmed),
        };
        let (Some(primary), Some(lane)) = (self.primaries.get_mut(place), lanes.get_mut(count + place))
        else {
            return self.manager.report(id, Outcome::Confirmed);
        };
        match amount {
            Some(amount) => drop(primary.amounts.insert(instance, amount)),
            None => drop(primary.amounts.remove(&instance)),
        }
        let total = primary.amounts.values().sum::<f64>();
        // Rounding of a sum buys no replica.
        lane.ask((total * (1.0 - 1e-9)).ceil() as u32, step);
        if lane.replicas.fleet().pending == 0 {
            return self.manager.report(id, Outcome::Confirmed);
        }
        if !primary.growing.contains(&id) {
            primary.growing.push(id);
        }
        Ok(())
    }
}

impl Arm for Shadowing {
    fn round(&mut self, round: Round, lanes: &mut [Lane<'_>]) -> Result<()> {
        self.confirm(lanes)?;
        for (primary, lane) in self.primaries.iter().zip(lanes.iter()) {
            let used = lane.observed(round) / self.service_rate;
            if !used.is_nan() {
                let sample =
                    ShadowSample { primary: primary.name.clone(), used: vec![used], tags: BTreeMap::new() };
                // What came in until now came in before now.
                self.manager.observe(round.now.saturating_sub(1), &sample)?;
            }
        }
        for order in self.manager.plan(round.now)? {
            self.carry_out(&order, round.step, lanes)?;
        }
        self.manager.take_journal();
        Ok(())
    }
}
