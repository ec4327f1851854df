//! Clones made before the requests come, against a policy for each program that reacts.
//!
//! The manager counts the requests of each program, plans at each interval of the world, and has its instructions carried out: a clone that
//! is created is confirmed when a replica of its program becomes ready. Machines have room for all: placement is not on trial.

use super::lane::{Arm, Lane, Progress, Round, play, starting};
use super::reactive::ReactiveArm;
use super::report::{SchemeReport, judge};
use super::{SchemeConfig, Trial};
use crate::error::Result;
use crate::policy::PolicyConfig;
use crate::pool::{
    CloneAction, CloneManager, CloneManagerConfig, Instruction, Machine, Outcome, ProgramCode,
};
use crate::simulate::scene::Scene;
use std::collections::{BTreeMap, VecDeque};

/// Tries clones of each row's program.
pub(super) fn trial(
    trial: &Trial<'_>,
    settings: CloneManagerConfig,
    progress: Progress<'_>,
) -> Result<SchemeReport> {
    let scenes = trial.scenes(trial.rows)?;
    let start_up_seconds = trial.config.world.engine_config(PolicyConfig::default()).start_up_seconds;
    let settings = CloneManagerConfig { start_up_seconds, ..settings };
    let simple = ReactiveArm::new(trial, &scenes);
    judge(trial, &simple, progress, |progress| {
        let mut cloning = Cloning::new(trial.config, settings, &scenes)?;
        play("clones", starting(&scenes)?, &mut cloning, trial.learned_columns(), true, progress)
    })
}

/// The manager and its actuator.
struct Cloning {
    manager: CloneManager,
    names: Vec<String>,
    /// The program of each clone that is there or being created.
    homes: BTreeMap<u64, usize>,
    /// Of each program those that are being created, the oldest first: clone and instruction.
    creating: Vec<VecDeque<(u64, u64)>>,
    interval_seconds: f64,
}

impl Cloning {
    /// A manager whose clones are the replicas that the lanes begin with.
    fn new(config: &SchemeConfig, settings: CloneManagerConfig, scenes: &[Scene<'_>]) -> Result<Self> {
        let world = &config.world;
        let mut manager = CloneManager::new(settings)?;
        manager.set_machine(Machine { name: "all".into(), zone: String::new(), room: vec![1e12] })?;
        let code = |place: usize, min_clones: u32| ProgramCode {
            name: format!("{place}"),
            service_rate: config.target_utilization * world.service_rate,
            resources: vec![1.0],
            zone: String::new(),
            priority: 0,
            min_clones,
            max_clones: world.max_replicas,
        };
        let mut cloning = Cloning {
            names: (0..scenes.len()).map(|place| code(place, 0).name).collect(),
            homes: BTreeMap::new(),
            creating: vec![VecDeque::new(); scenes.len()],
            interval_seconds: world.interval_seconds,
            manager: manager.clone(),
        };
        for (place, scene) in scenes.iter().enumerate() {
            manager.set_code(code(place, scene.initial_replicas()))?;
        }
        for order in manager.plan(config.start)? {
            if let CloneAction::Create { clone, code, .. } = &order.action {
                cloning.homes.insert(*clone, cloning.place(code));
            }
            manager.report(order.id, Outcome::Confirmed)?;
        }
        for place in 0..scenes.len() {
            manager.set_code(code(place, world.min_replicas))?;
        }
        Ok(Cloning { manager, ..cloning })
    }

    fn place(&self, code: &str) -> usize {
        code.parse().unwrap_or(usize::MAX)
    }

    /// Confirms the clones whose replicas are ready by now.
    fn confirm(&mut self, lanes: &[Lane<'_>]) -> Result<()> {
        for (creating, lane) in self.creating.iter_mut().zip(lanes) {
            let pending = lane.replicas.fleet().pending as usize;
            while creating.len() > pending {
                if let Some((_, order)) = creating.pop_front() {
                    self.manager.report(order, Outcome::Confirmed)?;
                }
            }
        }
        Ok(())
    }

    /// Carries an instruction out; one that is under way already changes nothing.
    fn carry_out(
        &mut self,
        order: &Instruction<CloneAction>,
        step: usize,
        lanes: &mut [Lane<'_>],
    ) -> Result<()> {
        match &order.action {
            CloneAction::Create { clone, code, .. } => {
                let place = self.place(code);
                if let (Some(creating), Some(lane)) = (self.creating.get_mut(place), lanes.get_mut(place))
                    && self.homes.insert(*clone, place).is_none()
                {
                    creating.push_back((*clone, order.id));
                    lane.ask(lane.replicas.fleet().requested.saturating_add(1), step);
                }
                Ok(())
            }
            CloneAction::Remove { clone } => {
                let place = self.homes.remove(clone).unwrap_or(usize::MAX);
                if let (Some(creating), Some(lane)) = (self.creating.get_mut(place), lanes.get_mut(place)) {
                    creating.retain(|(other, _)| other != clone);
                    lane.ask(lane.replicas.fleet().requested.saturating_sub(1), step);
                }
                self.manager.report(order.id, Outcome::Confirmed)
            }
        }
    }
}

impl Arm for Cloning {
    fn round(&mut self, round: Round, lanes: &mut [Lane<'_>]) -> Result<()> {
        self.confirm(lanes)?;
        for (name, lane) in self.names.iter().zip(lanes.iter()) {
            let requests = lane.observed(round) * self.interval_seconds;
            if !requests.is_nan() {
                // What came in until now came in before now.
                self.manager.observe(round.now.saturating_sub(1), name, requests)?;
            }
        }
        for order in self.manager.plan(round.now)? {
            self.carry_out(&order, round.step, lanes)?;
        }
        self.manager.take_journal();
        Ok(())
    }
}
