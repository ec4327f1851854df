//! The simple arm: each load is served where it arises, as a policy of its own scales it, and elsewhere only while its region is lost.

use super::land::{Land, Origin};
use crate::error::Result;
use crate::simulate::controller::Controller;
use crate::simulate::scene::Scene;
use crate::simulate::schemes::Trial;
use crate::simulate::schemes::lane::{Arm, Lane, Played, Progress, Round, play};
use crate::simulate::schemes::reactive::ReactiveArm;
use crate::simulate::schemes::report::SimpleArm;

/// Each load by itself, where it arises.
pub(super) struct Local<'a> {
    pub(super) trial: &'a Trial<'a>,
    pub(super) land: &'a Land<'a>,
    pub(super) scenes: &'a [Scene<'a>],
    pub(super) reactive: ReactiveArm<'a>,
}

impl SimpleArm for Local<'_> {
    fn settings(&self) -> Vec<String> {
        self.reactive.settings()
    }

    fn play(&self, setting: usize, detailed: bool, progress: Progress<'_>) -> Result<Played> {
        let mut engines = self.reactive.engines(setting)?;
        let pairs = engines.iter_mut().zip(self.scenes);
        let controllers = pairs.map(|(engine, scene)| Controller::new(engine, scene)).collect();
        let away = vec![None; self.scenes.len()];
        let mut alone = Alone { land: self.land, controllers, away };
        let mut lanes = Vec::new();
        for (scene, (origin, quota)) in
            self.scenes.iter().zip(self.land.origins.iter().zip(&self.land.quotas))
        {
            let mut lane = Lane::new(scene, scene.initial_replicas().min(*quota))?;
            lane.runs_at(self.land.site(origin.region, self.scenes));
            lanes.push(lane);
        }
        alone.send(&mut lanes);
        let name = self.trial.config.baseline.name();
        play(name, lanes, &mut alone, self.trial.learned_columns(), detailed, progress)
    }
}

/// A policy for each origin.
struct Alone<'a> {
    land: &'a Land<'a>,
    controllers: Vec<Controller<'a>>,
    /// The replicas that an origin had when its region was lost, until they run again.
    away: Vec<Option<u32>>,
}

impl Alone<'_> {
    /// Loses regions, and makes them anew when they are back.
    fn lose(&mut self, round: Round, lanes: &mut [Lane<'_>]) {
        for ((origin, away), lane) in self.land.origins.iter().zip(&mut self.away).zip(lanes) {
            let fleet = lane.replicas.fleet();
            match (self.land.is_lost(origin.region, round.now), *away) {
                (true, None) => {
                    *away = Some(fleet.requested.max(1));
                    lane.ask(0, round.step);
                }
                (true, Some(_)) if fleet.requested > 0 => lane.ask(0, round.step),
                (false, Some(count)) if fleet.requested < count => lane.ask(count, round.step),
                (false, Some(count)) if fleet.ready >= count => *away = None,
                _ => {}
            }
        }
    }

    /// The lane that serves each origin.
    fn hosts(&self) -> Vec<usize> {
        let nearest =
            |(place, (origin, away)): (usize, (&Origin, &Option<u32>))| {
                if away.is_none() {
                    return place;
                }
                let distance = |other: &usize| {
                    let other = self.land.origins.get(*other);
                    other.map_or(f64::INFINITY, |other| self.land.seconds(origin.region, other.region))
                };
                let others =
                    self.land.origins.iter().zip(&self.away).enumerate().filter(|(_, (other, away))| {
                        other.application == origin.application && away.is_none()
                    });
                let near = others.map(|(other, _)| other).filter(|other| distance(other).is_finite());
                near.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(place)
            };
        self.land.origins.iter().zip(&self.away).enumerate().map(nearest).collect()
    }

    fn send(&self, lanes: &mut [Lane<'_>]) {
        let hosts = self.hosts();
        for (number, (lane, here)) in lanes.iter_mut().zip(&self.land.origins).enumerate() {
            let guests = hosts.iter().enumerate().filter(|(_, host)| **host == number);
            lane.receives(
                guests.filter_map(|(source, _)| self.land.inflow(source, 1.0, here.region)).collect(),
            );
        }
    }
}

impl Arm for Alone<'_> {
    fn round(&mut self, round: Round, lanes: &mut [Lane<'_>]) -> Result<()> {
        self.lose(round, lanes);
        // What was seen in the interval before is sent there from now on.
        let mut seen = vec![0.0; lanes.len()];
        for (host, lane) in self.hosts().into_iter().zip(lanes.iter()) {
            seen.get_mut(host).into_iter().for_each(|seen| *seen += lane.observed(round));
        }
        let own = self.controllers.iter_mut().zip(lanes.iter_mut()).zip(&self.away).zip(&self.land.quotas);
        for ((((controller, lane), away), quota), seen) in own.zip(seen) {
            if away.is_some() {
                continue;
            }
            if round.number > 0 {
                controller.observe(round.now, seen, f64::NAN)?;
            }
            let fleet = lane.replicas.fleet();
            let wanted = controller.decide(round.now, fleet)?.replicas.min(*quota);
            if wanted != fleet.requested {
                lane.ask(wanted, round.step);
                controller.applied(round.now, fleet.requested, wanted)?;
            }
        }
        self.send(lanes);
        Ok(())
    }
}
