//! Who decides in a run: an engine; or, where neither its rails nor its forecasts play a part, the law in it with a metric window of the
//! engine's kind, which decides the same in a hundredth of the time.

use super::kept::Kept;
use super::scene::{Scene, fewest};
use crate::capacity::{MAX_SERVERS, Queue};
use crate::engine::{Engine, Mode};
use crate::error::{Error, Result};
use crate::policy::{AnyPolicy, Fleet, Peak, Policy, Situation, replicas_for};

/// Engines take no load above this.
const LARGEST_LOAD: f64 = 1e100;
/// Engines take no time further from 1970, in milliseconds.
const LATEST: i64 = 126_000_000_000_000;

/// Who decides.
#[derive(Debug)]
pub(super) enum Controller<'a> {
    Engine(&'a mut Engine),
    /// The law, and the engine that gets it back.
    Law(Box<BareLaw>, &'a mut Engine),
}

/// What was decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided {
    pub(super) replicas: u32,
    /// Whether it was made before there was a forecast that it could have followed.
    pub(super) is_cold_start: bool,
    pub(super) forecast: Option<Peak>,
}

impl<'a> Controller<'a> {
    /// The engine, which has not seen anything yet, or the law in it.
    pub(super) fn new(engine: &'a mut Engine, scene: &Scene<'_>) -> Self {
        match BareLaw::of(engine, scene) {
            Some(law) => Controller::Law(Box::new(law), engine),
            None => Controller::Engine(engine),
        }
    }

    /// Whether the requests in flight are looked at.
    pub(super) fn counts_in_flight(&self) -> bool {
        match self {
            Controller::Engine(_) => true,
            Controller::Law(law, _) => law.counts_in_flight,
        }
    }

    /// Takes in the load of the interval that ends at `now`, and the requests in flight in it.
    pub(super) fn observe(&mut self, now: i64, load: f64, in_flight: f64) -> Result<()> {
        match self {
            Controller::Engine(engine) => {
                engine.observe(now, load)?;
                engine.observe_in_flight(now, in_flight)
            }
            Controller::Law(law, _) => law.observe(now, load, in_flight),
        }
    }

    pub(super) fn decide(&mut self, now: i64, fleet: Fleet) -> Result<Decided> {
        match self {
            Controller::Engine(engine) => {
                let decision = engine.decide(now, fleet)?;
                Ok(Decided {
                    replicas: decision.replicas,
                    is_cold_start: decision.mode == Mode::ColdStart,
                    forecast: decision.forecast,
                })
            }
            Controller::Law(law, _) => {
                let replicas = law.decide(now, fleet)?;
                Ok(Decided { replicas, is_cold_start: false, forecast: None })
            }
        }
    }

    pub(super) fn applied(&mut self, now: i64, before: u32, replicas: u32) -> Result<()> {
        match self {
            Controller::Engine(engine) => engine.applied(now, replicas),
            Controller::Law(law, _) => law.policy.applied(now, before, replicas),
        }
    }

    /// Ends the run: the engine has what its policy learned.
    pub(super) fn end(self) {
        if let Controller::Law(law, engine) = self {
            engine.set_policy(law.policy);
        }
    }
}

/// A control law with its metric window.
#[derive(Debug)]
pub(super) struct BareLaw {
    policy: AnyPolicy,
    counts_in_flight: bool,
    /// What is known of the need, where the law looks at it.
    kept: Option<Kept>,
    /// What the law is shown; the load, the fleet and the time change.
    situation: Situation,
    /// The last loads, as many as the window has intervals, and where the next goes; NaN = missing.
    window: Vec<f64>,
    next: usize,
    last: f64,
    before_last: f64,
}

impl BareLaw {
    fn of(engine: &Engine, scene: &Scene<'_>) -> Option<Self> {
        let (config, clock) = (engine.config(), &scene.clock);
        let interval = clock.step * clock.decide_every as i64;
        let (begin, end) = (clock.start, clock.time(clock.steps));
        // The engine's own clock has the intervals that its unit divides the time since 1970 into.
        let is_aligned = begin.rem_euclid(interval.max(1)) == 0;
        if !engine.policy().is_bare_law() || !is_aligned || begin < -LATEST || end > LATEST {
            return None;
        }
        let intervals = (config.metric_window_seconds / config.interval_seconds).round() as usize;
        let situation = Situation {
            now: begin,
            fleet: Fleet::default(),
            load: f64::NAN,
            in_flight: f64::NAN,
            reactive: 0,
            peak: None,
            lead_seconds: config.start_up_seconds + config.interval_seconds,
            service_rate: config.service_rate,
            target: config.target(),
            min_replicas: config.min_replicas,
            max_replicas: config.max_replicas,
        };
        Some(BareLaw {
            counts_in_flight: engine.policy().counts_in_flight(),
            kept: engine.policy().looks_at_need().then(Kept::new),
            policy: engine.policy().clone(),
            situation,
            window: vec![f64::NAN; intervals.max(1)],
            next: 0,
            last: f64::NAN,
            before_last: f64::NAN,
        })
    }

    fn observe(&mut self, now: i64, load: f64, in_flight: f64) -> Result<()> {
        if load > LARGEST_LOAD {
            return Err(Error::data("load", format!("must be at most {LARGEST_LOAD:e}, got {load:e}")));
        }
        if let Some(place) = self.window.get_mut(self.next) {
            *place = load;
        }
        self.next = if self.next + 1 < self.window.len() { self.next + 1 } else { 0 };
        (self.before_last, self.last) = (self.last, load);
        self.situation.in_flight = in_flight;
        self.policy.observe(now, load)
    }

    fn decide(&mut self, now: i64, fleet: Fleet) -> Result<u32> {
        let is_blind = self.last.is_nan() && self.before_last.is_nan();
        self.situation.load = if is_blind { f64::NAN } else { self.mean() };
        (self.situation.now, self.situation.fleet) = (now, fleet);
        let Situation { min_replicas, max_replicas, .. } = self.situation;
        if let Some(kept) = &mut self.kept {
            self.situation.reactive = if is_blind { fleet.ordered() } else { need(&self.situation, kept)? };
        }
        let proposal = self.policy.propose(&self.situation)?;
        Ok(proposal.replicas.max(min_replicas).min(max_replicas))
    }

    /// Mean of what is known in the window, added up from the newest to the oldest as the engine does.
    fn mean(&self) -> f64 {
        let (newer, older) = self.window.split_at(self.next);
        let (mut sum, mut count) = (0.0, 0.0);
        for part in [newer, older] {
            for value in part.iter().rev().filter(|value| !value.is_nan()) {
                sum += value;
                count += 1.0;
            }
        }
        sum / count
    }
}

/// What the target asks for the load of the moment, as [`replicas_for`](crate::policy::replicas_for) says; the search begins at the need before.
fn need(situation: &Situation, kept: &mut Kept) -> Result<u32> {
    let Situation { load, service_rate, target, reactive, max_replicas, .. } = *situation;
    if load / service_rate >= f64::from(max_replicas) {
        return replicas_for(load, service_rate, target, max_replicas);
    }
    let mut keeps = |count: u32| {
        kept.keeps(count, load, || Ok(target.is_met(&Queue::new(load, service_rate, u64::from(count))?)))
    };
    fewest(reactive, MAX_SERVERS as u32, &mut keeps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{EngineConfig, LeadTimeConfig};
    use crate::load::Series;
    use crate::policy::PolicyConfig;
    use crate::random::Random;
    use crate::simulate::World;

    /// Every law of its own decides the same alone as within an engine, whatever it sees.
    #[test]
    fn a_bare_law_decides_as_the_engine_around_it_does() {
        let world = World { service_rate: 2.0, season_seconds: 3600.0, max_replicas: 60, ..World::default() };
        let loads: Vec<f64> = (0..300).map(|i| 40.0 + 30.0 * (f64::from(i) / 20.0).sin()).collect();
        let load = Series::new(loads, 60_000_000, 15.0).unwrap();
        let scene = Scene::new(&load, &world, 1).unwrap();
        for text in [
            r#"{"static": {"replicas": 9}}"#,
            "hpa",
            "seasonal_max",
            "target_tracking",
            "kpa",
            "aws_predictive",
            "crane",
            "aibrix_apa",
            "ray_serve",
            "dynamo",
            r#"{"q_learning": {"rails": false}}"#,
        ] {
            let Ok(policy) = PolicyConfig::from_text(text) else { panic!("{text}") };
            // A law alone counts on the world's start-up time.
            let lead_time = LeadTimeConfig { learn: false, ..LeadTimeConfig::default() };
            let config = EngineConfig { lead_time, ..world.engine_config(policy) };
            let mut engine = Engine::new(config.clone()).unwrap();
            let mut twin = Engine::new(config).unwrap();
            let mut law = Controller::new(&mut twin, &scene);
            assert!(matches!(law, Controller::Law(..)), "{text}");
            let mut random = Random::new(5);
            let mut fleet = Fleet::new(5, 5);
            for decision in 0..300 {
                let now = scene.clock.time(decision);
                if decision > 0 {
                    let load = if random.unit() < 0.2 { f64::NAN } else { scene.observed(decision) };
                    let in_flight = if random.unit() < 0.1 { f64::NAN } else { random.poisson(8.0) };
                    engine.observe(now, load).unwrap();
                    engine.observe_in_flight(now, in_flight).unwrap();
                    law.observe(now, load, in_flight).unwrap();
                }
                let wanted = engine.decide(now, fleet).unwrap().replicas;
                assert_eq!(law.decide(now, fleet).unwrap().replicas, wanted, "{text} at {decision}");
                if wanted != fleet.requested {
                    engine.applied(now, wanted).unwrap();
                    law.applied(now, fleet.requested, wanted).unwrap();
                    fleet = Fleet {
                        requested: wanted,
                        ready: wanted - wanted.min(1),
                        pending: wanted.min(1),
                        ..fleet
                    };
                }
            }
        }
    }
}
