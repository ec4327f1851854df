//! Hot, warm and cold units under a forecast, against one pool that reacts.
//!
//! All rows are one load. The balancer counts the requests of each row and foresees the whole; the manager keeps hot units that serve, and
//! warm ones at rest, which are made in the world's start-up time and serve within `warm_seconds` of being promoted. A resting unit
//! costs and draws `standby_share` of one that idles; what is being made or woken costs as one that serves. The simple arm is one pool whose
//! units are made when the baseline's policy asks for them.
//!
//! Where rows can wait (`can_wait_seconds`), late is what comes later than its own row was promised, in both arms. With tiers those that can
//! wait less long go first, and the others have what hot units leave; what these cannot serve in time is the load of the tier that they can
//! wait for. The simple arm is one line for all.

use super::classes::Classes;
use super::lane::{Arm, Lane, Progress, Round, play};
use super::reactive::ReactiveArm;
use super::report::{SchemeReport, judge};
use super::{MOST_ROWS, SchemeConfig, Trial};
use crate::error::{Error, Result, not_negative};
use crate::policy::PolicyConfig;
use crate::pool::{
    Instruction, LoadBalancer, LoadBalancerConfig, Outcome, QosProfile, ResourceManager,
    ResourceManagerConfig, Tier, TierAction, TierConfig, TierObservation, Tiers, UsageRecord,
};
use crate::random::Random;
use crate::simulate::pool::Delay;
use crate::simulate::scene::Scene;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The generator of start-up times, apart from those of the lanes.
const STREAM: u64 = 40;
/// A start that fails so often in a row is never done.
const MOST_FAILURES: u64 = 1000;

/// How capacity is tiered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TiersConfig {
    /// Seconds from promoting a resting unit to its serving, at least 0, at most the world's start-up time; 30.
    pub warm_seconds: f64,
    /// What a resting unit costs and draws, as a share of one that idles, 0 to 1; 0.2.
    pub standby_share: f64,
    /// What a request that comes too late costs, in the user's currency, at least 0; 0.001.
    pub late_request_cost: f64,
    /// Seconds of a step for which the balancer counts and forecasts, as in its settings; 300.
    pub step_seconds: f64,
    /// Seconds, 0 to 86,400, that the requests of each row can wait beyond the world's promise, row by row and again from the first where
    /// there are more rows: `[0, 300]` lets every second row wait for five minutes; none: nobody can wait. Violations count for the share
    /// of the rows that they are of, and quantiles of responses are those of the rows that can wait least.
    pub can_wait_seconds: Vec<f64>,
}

impl Default for TiersConfig {
    fn default() -> Self {
        TiersConfig {
            warm_seconds: 30.0,
            standby_share: 0.2,
            late_request_cost: 0.001,
            step_seconds: 300.0,
            can_wait_seconds: Vec::new(),
        }
    }
}

impl TiersConfig {
    pub(super) fn check(&self) -> Result<()> {
        for (field, value, most) in
            [("warm_seconds", self.warm_seconds, 86_400.0), ("standby_share", self.standby_share, 1.0)]
        {
            if !(0.0..=most).contains(&value) {
                return Err(Error::config(field, format!("must be 0 to {most}, got {value}")));
            }
        }
        if self.can_wait_seconds.len() > MOST_ROWS {
            let problem = format!("must be at most {MOST_ROWS}, got {}", self.can_wait_seconds.len());
            return Err(Error::config("can_wait_seconds", problem));
        }
        if let Some(bad) = self.can_wait_seconds.iter().find(|seconds| !(0.0..=86_400.0).contains(*seconds)) {
            return Err(Error::config("can_wait_seconds", format!("must be 0 to 86400 each, got {bad}")));
        }
        not_negative("late_request_cost", self.late_request_cost).map(|_| ())
    }
}

/// Tries tiers for all rows together.
pub(super) fn trial(
    trial: &Trial<'_>,
    settings: &TiersConfig,
    progress: Progress<'_>,
) -> Result<SchemeReport> {
    let mut total = vec![0.0; trial.rows.first().map_or(0, Vec::len)];
    for row in trial.rows {
        total.iter_mut().zip(row).for_each(|(sum, load)| *sum += load);
    }
    let (rows, scenes) = (trial.scenes(trial.rows)?, trial.scenes(&[total])?);
    let classes = Classes::new(&settings.can_wait_seconds, &rows)?;
    let simple = ReactiveArm::new(trial, &scenes).of(classes.as_ref());
    judge(trial, &simple, progress, |progress| {
        let scene = scenes.first().ok_or_else(|| Error::internal("there is no load"))?;
        let mut tiering = Tiering::new(trial, settings, scene, &rows, classes.as_ref())?;
        let mut lane = Lane::new(scene, scene.initial_replicas())?;
        if let Some(classes) = &classes {
            lane.tells_apart(classes, true);
        }
        play("tiers", vec![lane], &mut tiering, trial.learned_columns(), true, progress)
    })
}

/// Where a unit is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Coming,
    Resting,
    Serving,
}

/// The balancer, the manager and its actuator.
struct Tiering<'a> {
    config: &'a SchemeConfig,
    settings: &'a TiersConfig,
    balancer: LoadBalancer,
    manager: ResourceManager,
    rows: &'a [Scene<'a>],
    classes: Option<&'a Classes>,
    units: BTreeMap<u64, Place>,
    /// What takes time: the step at which it is done, the instruction, its unit and where that is then.
    under_way: Vec<(usize, u64, u64, Place)>,
    cold: Delay,
    warm: Delay,
    failing: Delay,
    random: Random,
}

impl<'a> Tiering<'a> {
    /// Managers whose hot units are the replicas that the lane begins with.
    fn new(
        trial: &Trial<'a>,
        settings: &'a TiersConfig,
        scene: &Scene<'_>,
        rows: &'a [Scene<'a>],
        classes: Option<&'a Classes>,
    ) -> Result<Self> {
        let (config, world) = (trial.config, &trial.config.world);
        let cold_seconds = world.engine_config(PolicyConfig::default()).start_up_seconds;
        let warm_seconds = settings.warm_seconds.min(cold_seconds);
        let price = world.cost_per_replica_hour;
        let tier = |start_up_seconds: f64, held: f64| TierConfig {
            kind: String::new(),
            service_rate: world.service_rate,
            start_up_seconds,
            cost_per_hour: price,
            standby_cost_per_hour: held * price,
            busy_watts: world.busy_watts,
            standby_watts: held * world.idle_watts,
            min_units: 0,
            max_units: world.max_replicas.min(100_000),
        };
        let tiers = Tiers {
            hot: tier(0.0, 1.0),
            warm: tier(warm_seconds, settings.standby_share),
            cold: tier(cold_seconds, 0.0),
        };
        // As far as a manager's utilization goes.
        let utilization = config.target_utilization.min(0.999);
        let late_request_cost = settings.late_request_cost;
        let manager =
            ResourceManagerConfig { late_request_cost, utilization, ..ResourceManagerConfig::new(tiers) };
        let balancer = LoadBalancerConfig {
            step_seconds: settings.step_seconds,
            season_seconds: world.season_seconds,
            warm_start_up_seconds: warm_seconds,
            cold_start_up_seconds: cold_seconds,
            utilization,
            late_request_cost,
            ..LoadBalancerConfig::default()
        };
        let step = scene.clock.step;
        let mut tiering = Tiering {
            config,
            settings,
            balancer: LoadBalancer::new(balancer)?,
            manager: ResourceManager::new(manager)?,
            rows,
            classes,
            units: BTreeMap::new(),
            under_way: Vec::new(),
            cold: Delay::new(cold_seconds, world.start_up_variation, step),
            warm: Delay::new(warm_seconds, world.start_up_variation, step),
            failing: Delay::new(world.start_failure_seconds, 0.0, step),
            random: Random::stream(trial.seed, STREAM),
        };
        for class in classes.map(Classes::each).unwrap_or_default().iter().filter(|class| class.seconds > 0.0)
        {
            let profile = tiering.promise(class.seconds);
            for row in &class.rows {
                tiering.balancer.set_profile(Some(&row.to_string()), "all", profile)?;
            }
        }
        let load = f64::from(scene.initial_replicas()) * world.service_rate * utilization * (1.0 - 1e-9);
        tiering.see(config.start, Tier::Hot, load)?;
        for order in tiering.manager.rebalance(config.start)? {
            if let TierAction::Provision { unit, .. } = order.action {
                tiering.units.insert(unit, Place::Serving);
            }
            tiering.manager.report(order.id, Outcome::Confirmed)?;
        }
        Ok(tiering)
    }

    fn see(&mut self, now: i64, tier: Tier, load: f64) -> Result<()> {
        self.manager.observe(
            now,
            &TierObservation { tier, load: Some(load), latency_seconds: None, utilization: None },
        )
    }

    /// What those who can wait so many seconds beyond it are promised.
    fn promise(&self, can_wait_seconds: f64) -> QosProfile {
        let soon = self.balancer.config().profile.max_latency_seconds.unwrap_or(0.0);
        QosProfile { max_latency_seconds: Some(soon + can_wait_seconds), ..QosProfile::default() }
    }

    /// Says what comes to each tier: to hot what cannot wait, and to the others what hot units do not serve in time.
    fn see_classes(&mut self, round: Round, lane: &Lane<'_>, classes: &Classes) -> Result<()> {
        let LoadBalancerConfig { warm_start_up_seconds: warm, cold_start_up_seconds: cold, .. } =
            *self.balancer.config();
        let mut loads = Tiers::<f64>::default();
        for (place, class) in classes.each().iter().enumerate() {
            let tier = self.promise(class.seconds).slowest(warm, cold);
            let seen = |row: &usize| self.rows.get(*row).map_or(0.0, |row| row.observed(round.number));
            *loads.of_mut(tier) += class.rows.iter().map(seen).sum::<f64>();
            if tier != Tier::Hot {
                // What waits is to be served before its time is over, by units that are still to be made.
                let start = if tier == Tier::Warm { warm } else { cold };
                let interval = self.config.world.interval_seconds;
                *loads.of_mut(tier) += lane.waiting(place) / (class.seconds - start - interval).max(interval);
            }
        }
        if round.number == 0 || Tier::ALL.into_iter().any(|tier| loads.of(tier).is_nan()) {
            return Ok(());
        }
        let serving = self
            .manager
            .status()?
            .iter()
            .find(|status| status.tier == Tier::Hot)
            .map_or(0, |hot| hot.serving);
        let mut left = f64::from(serving) * self.config.world.service_rate;
        for tier in Tier::ALL {
            let load = *loads.of(tier);
            let beyond = if tier == Tier::Hot { load } else { (load - left).max(0.0) };
            self.see(round.now, tier, beyond)?;
            left = (left - load).max(0.0);
        }
        Ok(())
    }

    /// Counts the requests of each row, as a scraper sees them, and foresees what comes.
    fn foresee(&mut self, round: Round) -> Result<()> {
        for (place, row) in self.rows.iter().enumerate() {
            let requests = row.observed(round.number) * self.config.world.interval_seconds;
            if requests.is_nan() || round.number == 0 {
                continue;
            }
            // What came in until now came in before now.
            self.balancer.observe(&UsageRecord {
                time: round.now.saturating_sub(1),
                user: place.to_string(),
                application: "all".into(),
                requests,
                cpu: 0.0,
                memory: 0.0,
                network: 0.0,
            })?;
        }
        match self.balancer.tier_demand() {
            Ok(demand) => self.manager.foresee(round.now, &demand).map(|_| ()),
            Err(Error::NotReady { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Lets what is done by now be there.
    fn arrive(&mut self, round: Round, lane: &mut Lane<'_>) -> Result<()> {
        let (done, left) = self.under_way.iter().partition(|(due, ..)| *due <= round.step);
        self.under_way = left;
        let done: Vec<(usize, u64, u64, Place)> = done;
        for (_, order, unit, place) in done {
            self.units.insert(unit, place);
            if place == Place::Serving {
                lane.replicas.join(1);
            }
            self.manager.report(order, Outcome::Confirmed)?;
        }
        Ok(())
    }

    /// Steps that it takes until a unit serves or rests, and the starts that fail before, with so many steps `left`: each is given up and
    /// made again.
    fn takes(&mut self, delay: Delay, left: usize) -> (usize, u64) {
        let mut steps = delay.draw(&mut self.random);
        for failed in 0..MOST_FAILURES {
            if steps >= left || self.random.unit() >= self.config.world.start_failure_share {
                return (steps, failed);
            }
            steps = steps.saturating_add(self.failing.at(0.0).max(1));
        }
        (usize::MAX, MOST_FAILURES)
    }

    /// Begins to make the unit of an instruction serve or rest.
    fn begin(
        &mut self,
        (order, unit): (u64, u64),
        round: Round,
        place: Place,
        delay: Delay,
        lane: &mut Lane<'_>,
    ) {
        let (steps, failed) = self.takes(delay, lane.scene.clock.steps.saturating_sub(round.step));
        lane.fails(failed);
        self.under_way.push((round.step.saturating_add(steps), order, unit, place));
        self.units.insert(unit, Place::Coming);
    }

    fn carry_out(
        &mut self,
        order: &Instruction<TierAction>,
        round: Round,
        lane: &mut Lane<'_>,
    ) -> Result<()> {
        if self.under_way.iter().any(|(_, id, ..)| *id == order.id) {
            return Ok(());
        }
        let one_less =
            |lane: &mut Lane<'_>| lane.ask(lane.replicas.fleet().requested.saturating_sub(1), round.step);
        match order.action {
            TierAction::Provision { unit, tier, .. } => {
                let place = if tier == Tier::Warm { Place::Resting } else { Place::Serving };
                self.begin((order.id, unit), round, place, self.cold, lane);
                return Ok(());
            }
            TierAction::Move { unit, to: Tier::Hot, .. } => {
                self.begin((order.id, unit), round, Place::Serving, self.warm, lane);
                return Ok(());
            }
            TierAction::Wake { unit } => {
                self.begin((order.id, unit), round, Place::Serving, self.warm, lane);
                return Ok(());
            }
            TierAction::Move { unit, .. } | TierAction::Rest { unit } => {
                let before = self.units.insert(unit, Place::Resting);
                if before == Some(Place::Serving) {
                    one_less(lane);
                }
            }
            TierAction::Deprovision { unit } => {
                self.under_way.retain(|(_, _, coming, _)| *coming != unit);
                if self.units.remove(&unit) == Some(Place::Serving) {
                    one_less(lane);
                }
            }
            TierAction::Route { .. } => {}
        }
        self.manager.report(order.id, Outcome::Confirmed)
    }
}

impl Arm for Tiering<'_> {
    fn round(&mut self, round: Round, lanes: &mut [Lane<'_>]) -> Result<()> {
        let Some(lane) = lanes.first_mut() else { return Ok(()) };
        self.arrive(round, lane)?;
        self.foresee(round)?;
        let load = lane.observed(round);
        if let Some(classes) = self.classes {
            self.see_classes(round, lane, classes)?;
        } else if !load.is_nan() {
            self.see(round.now, Tier::Hot, load)?;
        }
        for order in self.manager.rebalance(round.now)? {
            self.carry_out(&order, round, lane)?;
        }
        self.manager.take_journal();
        let count = |place: Place| self.units.values().filter(|unit| **unit == place).count() as f64;
        lane.holds(count(Place::Coming) + self.settings.standby_share * count(Place::Resting));
        Ok(())
    }
}
