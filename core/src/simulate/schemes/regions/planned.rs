//! The arm with the manager: what it asks for is carried out, and loads go where its routes say.

use super::land::{Land, Origin};
use crate::error::{Error, Result};
use crate::pool::{Instruction, Outcome, RegionAction, Regions, RunningReplicas};
use crate::simulate::scene::Scene;
use crate::simulate::schemes::SchemeConfig;
use crate::simulate::schemes::lane::{Arm, Inflow, Lane, Round};
use std::collections::BTreeMap;

/// The manager and its actuator. Lanes are application by application, each with all regions.
pub(super) struct Planned<'a> {
    config: &'a SchemeConfig,
    land: &'a Land<'a>,
    manager: Regions,
    lost: Vec<bool>,
    /// Of each lane the instruction that is confirmed when the replicas are ready.
    growing: BTreeMap<usize, u64>,
    /// When the first whole step has been counted.
    plans_from: i64,
}

impl<'a> Planned<'a> {
    pub(super) fn new(config: &'a SchemeConfig, land: &'a Land<'a>, manager: Regions) -> Self {
        let step = (manager.config().step_seconds * 1000.0) as i64;
        let first = config.start.saturating_sub(1).div_euclid(step).saturating_add(2);
        let plans_from = first.saturating_mul(step);
        let lost = vec![false; land.settings.regions.len()];
        Planned { config, land, manager, lost, growing: BTreeMap::new(), plans_from }
    }

    fn lane_of(&self, application: usize, region: usize) -> usize {
        application * self.lost.len() + region
    }

    /// A lane for each application in each region, with what its own load needs at first.
    pub(super) fn lanes<'b>(&self, scenes: &'b [Scene<'b>]) -> Result<Vec<Lane<'b>>>
    where
        'a: 'b,
    {
        let mut lanes = Vec::new();
        let any = scenes.first().ok_or_else(|| Error::internal("there is no load"))?;
        for application in 0..self.land.applications.len() {
            for region in 0..self.lost.len() {
                let is_own = |origin: &Origin| (origin.application, origin.region) == (application, region);
                let own = self.land.origins.iter().position(is_own);
                let quota = own.and_then(|place| self.land.quotas.get(place)).copied().unwrap_or(0);
                let own = own.and_then(|place| scenes.get(place));
                let mut lane =
                    Lane::new(own.unwrap_or(any), own.map_or(0, Scene::initial_replicas).min(quota))?;
                lane.runs_at(self.land.site(region, scenes));
                lanes.push(lane);
            }
        }
        self.send(&mut lanes);
        Ok(lanes)
    }

    /// Loses regions and takes them back.
    fn lose(&mut self, round: Round, lanes: &mut [Lane<'_>]) -> Result<()> {
        let regions = self.lost.len();
        for (region, settings) in self.land.settings.regions.iter().enumerate() {
            let is_lost = self.land.is_lost(region, round.now);
            let before = self.lost.get_mut(region).map(|lost| std::mem::replace(lost, is_lost));
            match (before, is_lost) {
                (Some(false), true) => {
                    self.manager.region_lost(&settings.name)?;
                    self.growing.retain(|lane, _| lane % regions != region);
                    let here = lanes.iter_mut().skip(region).step_by(regions);
                    here.for_each(|lane| lane.ask(0, round.step));
                }
                (Some(true), false) => self.manager.region_back(&settings.name)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Confirms what has been made ready, and tells what runs.
    fn confirm(&mut self, round: Round, lanes: &[Lane<'_>]) -> Result<()> {
        let fleets: Vec<_> = lanes.iter().map(|lane| lane.replicas.fleet()).collect();
        let is_ready = |lane: &usize| fleets.get(*lane).is_none_or(|fleet| fleet.pending == 0);
        let ready: Vec<usize> = self.growing.keys().copied().filter(is_ready).collect();
        for lane in ready {
            if let Some(order) = self.growing.remove(&lane) {
                self.manager.report(order, Outcome::Confirmed)?;
            }
        }
        let cells = self.land.applications.iter().flat_map(|application| {
            self.land.settings.regions.iter().map(|region| (*application, region.name.clone()))
        });
        let running = cells.zip(&fleets).map(|((application, region), fleet)| RunningReplicas {
            region,
            application: application.into(),
            replicas: fleet.ready,
        });
        self.manager.reconcile(round.now, &running.collect::<Vec<_>>())
    }

    fn carry_out(
        &mut self,
        order: &Instruction<RegionAction>,
        step: usize,
        lanes: &mut [Lane<'_>],
    ) -> Result<()> {
        let RegionAction::Scale { region, application, replicas } = &order.action;
        let place = self.land.settings.regions.iter().position(|known| known.name == *region);
        let number = self.land.applications.iter().position(|known| known == application);
        let (Some(place), Some(number)) = (place, number) else { return Ok(()) };
        let number = self.lane_of(number, place);
        let Some(lane) = lanes.get_mut(number) else { return Ok(()) };
        if self.growing.get(&number) == Some(&order.id) {
            return Ok(());
        }
        lane.ask(*replicas, step);
        self.growing.remove(&number);
        if lane.replicas.fleet().pending == 0 {
            return self.manager.report(order.id, Outcome::Confirmed);
        }
        self.growing.insert(number, order.id);
        Ok(())
    }

    /// Sends each load where the routes say. What they leave out goes where the rest goes; where that is nowhere, home, or to the
    /// nearest region that is not lost.
    fn send(&self, lanes: &mut [Lane<'_>]) {
        let regions = self.lost.len();
        let routes = self.manager.routes();
        let mut inflows: Vec<Vec<Inflow>> = vec![Vec::new(); lanes.len()];
        for (source, origin) in self.land.origins.iter().enumerate() {
            let routed = routes.get(origin.application * regions + origin.region);
            let shares = routed.map(|route| route.shares.as_slice()).unwrap_or_default();
            let places = self.land.settings.places();
            let shares = shares.iter().filter_map(|to| Some((*places.get(to.region.as_str())?, to.share)));
            let mut shares: Vec<(usize, f64)> = shares.collect();
            if shares.is_empty() {
                let distance = |region: &usize| self.land.seconds(origin.region, *region);
                let up = (0..regions).filter(|region| self.lost.get(*region) == Some(&false));
                let near = up.filter(|region| distance(region).is_finite());
                let nearest = near.min_by(|a, b| distance(a).total_cmp(&distance(b)));
                shares.push((nearest.unwrap_or(origin.region), 1.0));
            }
            let sum: f64 = shares.iter().map(|(_, share)| share).sum();
            for (region, share) in shares {
                let lane = inflows.get_mut(self.lane_of(origin.application, region));
                let inflow = self.land.inflow(source, share / sum, region);
                lane.into_iter().for_each(|lane| lane.extend(inflow));
            }
        }
        lanes.iter_mut().zip(inflows).for_each(|(lane, inflows)| lane.receives(inflows));
    }
}

impl Arm for Planned<'_> {
    fn round(&mut self, round: Round, lanes: &mut [Lane<'_>]) -> Result<()> {
        self.lose(round, lanes)?;
        for origin in &self.land.origins {
            let lane = lanes.get(self.lane_of(origin.application, origin.region));
            let requests =
                lane.map_or(f64::NAN, |lane| lane.observed(round)) * self.config.world.interval_seconds;
            let region = self.land.settings.regions.get(origin.region);
            let names = region.zip(self.land.applications.get(origin.application));
            if let Some((region, application)) = names.filter(|_| !requests.is_nan()) {
                // What came in until now came in before now.
                self.manager.observe(round.now.saturating_sub(1), &region.name, application, requests)?;
            }
        }
        if round.now >= self.plans_from {
            self.confirm(round, lanes)?;
            for order in self.manager.plan(round.now)? {
                self.carry_out(&order, round.step, lanes)?;
            }
            self.manager.clear_journal();
        }
        self.send(lanes);
        Ok(())
    }
}
