//! The simple arm that scales: a policy of its own for each load, at its own target and, for costs at equal service, at others.

use super::Trial;
use super::classes::Classes;
use super::lane::{Arm, Lane, Played, Progress, Round, play, starting};
use super::report::SimpleArm;
use crate::engine::Engine;
use crate::error::Result;
use crate::simulate::controller::Controller;
use crate::simulate::scene::Scene;
use crate::simulate::sweep::{Candidate, Sweep, candidates};

/// A policy for each scene.
pub(super) struct ReactiveArm<'a> {
    scenes: &'a [Scene<'a>],
    /// The policy as given, and its other settings.
    candidates: Vec<Candidate>,
    /// Classes of requests that wait in one line, where some can.
    classes: Option<&'a Classes>,
    learned: usize,
}

impl<'a> ReactiveArm<'a> {
    pub(super) fn new(trial: &Trial<'_>, scenes: &'a [Scene<'a>]) -> Self {
        let given = &trial.config.baseline;
        let mut tried = vec![Candidate::of(given)];
        if trial.config.sweep
            && let Some(scene) = scenes.first()
        {
            let others = candidates(scene, std::slice::from_ref(given), Sweep::Targets);
            tried.extend(others.into_iter().filter(|other| other.policy.name() == given.name()));
        }
        ReactiveArm { scenes, candidates: tried, classes: None, learned: trial.learned_columns() }
    }

    /// The same, where requests of these classes come to each lane.
    pub(super) fn of(self, classes: Option<&'a Classes>) -> Self {
        ReactiveArm { classes, ..self }
    }

    fn candidate(&self, setting: usize) -> Result<&Candidate> {
        self.candidates.get(setting).ok_or_else(|| crate::error::Error::internal("a setting is lost"))
    }

    /// An engine for each scene that has not seen anything yet.
    pub(super) fn engines(&self, setting: usize) -> Result<Vec<Engine>> {
        let candidate = self.candidate(setting)?;
        self.scenes.iter().map(|scene| candidate.engine(scene)).collect()
    }
}

impl SimpleArm for ReactiveArm<'_> {
    fn settings(&self) -> Vec<String> {
        self.candidates.iter().map(|candidate| candidate.setting.clone()).collect()
    }

    fn play(&self, setting: usize, detailed: bool, progress: Progress<'_>) -> Result<Played> {
        let name = self.candidate(setting)?.policy.name();
        let mut engines = self.engines(setting)?;
        let mut arm = Reactive::new(&mut engines, self.scenes);
        let mut lanes = starting(self.scenes)?;
        if let Some(classes) = self.classes {
            lanes.iter_mut().for_each(|lane| lane.tells_apart(classes, false));
        }
        play(name, lanes, &mut arm, self.learned, detailed, progress)
    }
}

/// A policy for each lane.
pub(super) struct Reactive<'a>(Vec<Controller<'a>>);

impl<'a> Reactive<'a> {
    /// The engines have not seen anything yet.
    pub(super) fn new(engines: &'a mut [Engine], scenes: &[Scene<'_>]) -> Self {
        let pairs = engines.iter_mut().zip(scenes);
        Reactive(pairs.map(|(engine, scene)| Controller::new(engine, scene)).collect())
    }
}

impl Arm for Reactive<'_> {
    fn round(&mut self, round: Round, lanes: &mut [Lane<'_>]) -> Result<()> {
        for (controller, lane) in self.0.iter_mut().zip(lanes) {
            let fleet = lane.replicas.fleet();
            if round.number > 0 {
                controller.observe(round.now, lane.served(round), f64::NAN)?;
            }
            let wanted = controller.decide(round.now, fleet)?.replicas;
            if wanted != fleet.requested {
                lane.ask(wanted, round.step);
                controller.applied(round.now, fleet.requested, wanted)?;
            }
        }
        Ok(())
    }
}

/// Counts that never change.
pub(super) struct Fixed;

impl Arm for Fixed {
    fn round(&mut self, _: Round, _: &mut [Lane<'_>]) -> Result<()> {
        Ok(())
    }
}
