//! Primaries with shadows against the same primaries without.
//!
//! Each row is a primary, in both arms scaled by the baseline's policy from what it serves itself. In one arm it has shadows, a replica each:
//! made ahead where the forecasts say that it pays, given a share of the traffic before the primary is overloaded, and released when the load does not come or
//! the primary has caught up. A primary and its shadows are queues of their own, each of which serves its share of the traffic, as routed. The manager knows
//! how many replicas a primary has asked for and has; what the baseline will ask for it does not know.

use super::lane::{Arm, Lane, Progress, Round, play, starting};
use super::reactive::{Reactive, ReactiveArm};
use super::report::{SchemeReport, judge};
use super::{SchemeConfig, Trial};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::policy::PolicyConfig;
use crate::pool::{
    Instruction, Outcome, Primary, ShadowAction, ShadowManager, ShadowManagerConfig, ShadowResource,
    ShadowSample, ShadowSize,
};
use crate::simulate::scene::Scene;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Shadows of one primary at the most.
const MOST_SHADOWS: u32 = 100;

/// How primaries have shadows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShadowsConfig {
    /// The manager's settings; its start-up time is the world's and its target the next one, whatever they say.
    pub manager: ShadowManagerConfig,
    /// Utilization of a primary beyond which traffic is handed over, and at which its shadows are kept, 0.01 to 0.99; 0.8: above that of the baseline, so that
    /// the primary grows while its shadows serve.
    pub handover_utilization: f64,
    /// Shadows that each primary has whether they pay or not, as for a failover, 0 to 100; 0.
    pub min_shadows: u32,
}

impl Default for ShadowsConfig {
    fn default() -> Self {
        ShadowsConfig { manager: ShadowManagerConfig::default(), handover_utilization: 0.8, min_shadows: 0 }
    }
}

impl ShadowsConfig {
    pub(super) fn check(&self) -> Result<()> {
        self.manager.check()?;
        let (utilization, overload) = (self.handover_utilization, self.manager.overload_utilization);
        if !(0.01..=overload.min(0.99)).contains(&utilization) {
            let problem =
                format!("must be 0.01 to {}, where overload begins, got {utilization}", overload.min(0.99));
            return Err(Error::config("handover_utilization", problem));
        }
        if self.min_shadows <= MOST_SHADOWS {
            return Ok(());
        }
        Err(Error::config("min_shadows", format!("must be 0 to {MOST_SHADOWS}, got {}", self.min_shadows)))
    }
}

/// Tries shadows of each row's primary.
pub(super) fn trial(
    trial: &Trial<'_>,
    settings: &ShadowsConfig,
    progress: Progress<'_>,
) -> Result<SchemeReport> {
    let config = trial.config;
    let warm_seconds = config.world.engine_config(PolicyConfig::default()).start_up_seconds;
    let settings = ShadowsConfig {
        manager: ShadowManagerConfig {
            warm_seconds,
            target_utilization: settings.handover_utilization,
            ..settings.manager.clone()
        },
        ..settings.clone()
    };
    let scenes = trial.scenes(trial.rows)?;
    let simple = ReactiveArm::new(trial, &scenes);
    judge(trial, &simple, progress, |progress| {
        let mut engines = simple.engines(0)?;
        let mut shadowing = Shadowing::new(settings, config, &scenes, &mut engines)?;
        // The primaries first, then all shadows of each.
        let mut lanes = starting(&scenes)?;
        for scene in &scenes {
            let mut shadows = Lane::new(scene, 0)?;
            shadows.takes(0.0);
            lanes.push(shadows);
        }
        play("shadows", lanes, &mut shadowing, trial.learned_columns(), true, progress)
    })
}

/// The policy that scales the primaries, the manager and its actuator.
struct Shadowing<'a> {
    reactive: Reactive<'a>,
    manager: ShadowManager,
    primaries: Vec<Shadowed>,
    /// Instructions that are confirmed when the replicas of a lane are ready, and the lane.
    growing: Vec<(usize, u64)>,
    service_rate: f64,
}

/// A primary as the actuator knows it.
struct Shadowed {
    origin: u64,
    primary: Primary,
    /// Its shadows, and whether each has a replica.
    shadows: BTreeMap<u64, bool>,
}

impl<'a> Shadowing<'a> {
    fn new(
        settings: ShadowsConfig,
        config: &SchemeConfig,
        scenes: &[Scene<'_>],
        engines: &'a mut [Engine],
    ) -> Result<Self> {
        let world = &config.world;
        let mut manager = ShadowManager::new(settings.manager)?;
        let mut primaries = Vec::with_capacity(scenes.len());
        for (place, scene) in scenes.iter().enumerate() {
            let base = f64::from(scene.initial_replicas().max(1));
            let price_per_hour = world.cost_per_replica_hour;
            let primary = Primary {
                name: place.to_string(),
                version: String::new(),
                resources: vec![ShadowResource { name: "replicas".into(), base, price_per_hour: 0.0 }],
                sizes: vec![ShadowSize { name: "replica".into(), amounts: vec![1.0], price_per_hour }],
                min_shadows: settings.min_shadows,
                max_shadows: MOST_SHADOWS,
                policies: Vec::new(),
            };
            let origin = manager.set_primary(primary.clone())?;
            primaries.push(Shadowed { origin, primary, shadows: BTreeMap::new() });
        }
        let reactive = Reactive::new(engines, scenes);
        Ok(Shadowing { reactive, manager, primaries, growing: Vec::new(), service_rate: world.service_rate })
    }

    /// Confirms what grew, where everything that was asked for is ready.
    fn confirm(&mut self, lanes: &[Lane<'_>]) -> Result<()> {
        let is_growing = |lane: usize| lanes.get(lane).is_some_and(|lane| lane.replicas.fleet().pending > 0);
        let (growing, done) = self.growing.drain(..).partition(|(lane, _)| is_growing(*lane));
        self.growing = growing;
        let done: Vec<(usize, u64)> = done;
        done.into_iter().try_for_each(|(_, order)| self.manager.report(order, Outcome::Confirmed))
    }

    /// Tells what the primaries have asked for, and what came in since the last round.
    fn tell(&mut self, round: Round, lanes: &[Lane<'_>]) -> Result<()> {
        for (primary, lane) in self.primaries.iter_mut().zip(lanes) {
            let asked = f64::from(lane.replicas.fleet().requested.max(1));
            if let Some(resource) = primary.primary.resources.first_mut().filter(|has| has.base != asked) {
                resource.base = asked;
                self.manager.set_primary(primary.primary.clone())?;
            }
            let used = lane.observed(round) / self.service_rate;
            if !used.is_nan() {
                let name = primary.primary.name.clone();
                let sample = ShadowSample { primary: name, used: vec![used], tags: BTreeMap::new() };
                // What came in until now came in before now.
                self.manager.observe(round.now.saturating_sub(1), &sample)?;
            }
        }
        Ok(())
    }

    /// The place of the primary that has an instance.
    fn having(&self, instance: u64) -> Option<usize> {
        self.primaries
            .iter()
            .position(|primary| primary.origin == instance || primary.shadows.contains_key(&instance))
    }

    fn carry_out(
        &mut self,
        order: &Instruction<ShadowAction>,
        step: usize,
        lanes: &mut [Lane<'_>],
    ) -> Result<()> {
        let count = self.primaries.len();
        let named = |name: &str| name.parse::<usize>().ok().filter(|place| *place < count);
        let lane = match &order.action {
            ShadowAction::Create { instance, primary, amounts, .. } => named(primary).map(|place| {
                let is_there = amounts.iter().any(|amount| *amount > 0.0);
                self.primaries.get_mut(place).map(|primary| primary.shadows.insert(*instance, is_there));
                count + place
            }),
            ShadowAction::Resize { instance, amounts } => self.having(*instance).map(|place| {
                let primary = self.primaries.get_mut(place);
                let shadow = primary.and_then(|primary| primary.shadows.get_mut(instance));
                // The primary itself has what its policy asks for.
                let Some(is_there) = shadow else { return place };
                *is_there = amounts.iter().any(|amount| *amount > 0.0);
                count + place
            }),
            ShadowAction::Release { instance } => self.having(*instance).map(|place| {
                self.primaries.get_mut(place).map(|primary| primary.shadows.remove(instance));
                count + place
            }),
            ShadowAction::Route { primary, shares, .. } => {
                if let Some((place, primary)) =
                    named(primary).and_then(|place| Some((place, self.primaries.get(place)?)))
                {
                    let own = shares.iter().filter(|(instance, _)| *instance == primary.origin);
                    let own = own.map(|(_, share)| share).sum::<f64>().clamp(0.0, 1.0);
                    lanes.get_mut(place).into_iter().for_each(|lane| lane.takes(own));
                    lanes.get_mut(count + place).into_iter().for_each(|lane| lane.takes(1.0 - own));
                }
                None
            }
            _ => None,
        };
        let Some(place) = lane else { return self.manager.report(order.id, Outcome::Confirmed) };
        if let (Some(primary), Some(lane)) =
            (place.checked_sub(count).and_then(|place| self.primaries.get(place)), lanes.get_mut(place))
        {
            let replicas = primary.shadows.values().filter(|is_there| **is_there).count();
            lane.ask(replicas as u32, step);
        }
        if !self.growing.contains(&(place, order.id)) {
            self.growing.push((place, order.id));
        }
        self.confirm(lanes)
    }
}

impl Arm for Shadowing<'_> {
    fn round(&mut self, round: Round, lanes: &mut [Lane<'_>]) -> Result<()> {
        self.confirm(lanes)?;
        let (primaries, _) = lanes.split_at_mut(self.primaries.len().min(lanes.len()));
        self.reactive.round(round, primaries)?;
        self.tell(round, lanes)?;
        for order in self.manager.plan(round.now)? {
            self.carry_out(&order, round.step, lanes)?;
        }
        self.manager.take_journal();
        Ok(())
    }
}
