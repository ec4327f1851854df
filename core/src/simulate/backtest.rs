//! The same load, the same seed, every policy; and each policy swept over its target, so that cost is compared at equal service.

use super::foresight::cheapest_schedule;
use super::report::{FrontierPoint, PolicyResult, Report};
use super::run::run;
use super::scene::Scene;
use super::world::World;
use crate::capacity::Target;
use crate::engine::{Engine, EngineConfig};
use crate::error::{Error, Result};
use crate::load::Series;
use crate::policy::{
    AibrixApaConfig, AnyPolicy, AwsPredictiveConfig, CraneConfig, HpaConfig, KpaConfig, Oracle, PolicyConfig,
    QLearningConfig, RayServeConfig, SeasonalMaxConfig, Static, TargetTrackingConfig,
};

/// Target utilizations that the autoscalers are swept over.
const UTILIZATIONS: [f64; 10] = [0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9];
/// Cost ratios that the predictive policy is swept over.
const COST_RATIOS: [f64; 9] = [1.0, 3.0, 6.0, 19.0, 49.0, 99.0, 199.0, 499.0, 999.0];
/// Shares of the largest need that the static policy is swept over.
const SHARES: [f64; 7] = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
/// How much longer than promised the oracle's replicas may take: 1 is the promise itself.
const LENIENCIES: [f64; 6] = [1.0, 1.02, 1.05, 1.1, 1.2, 1.5];

/// Runs every policy in `world` over `load` (load per second), with the noise of `seed`. A load that is finer than
/// the decision interval is averaged over it.
///
/// Begins with as many ready replicas as the first lead time needs. Always adds the HPA's sweep and the oracle, which the
/// comparison at equal service needs.
///
/// # Errors
/// [`Error::Data`] for a load that is empty, negative or infinite, or no policy at all; [`Error::Config`] for a bad world or policy.
pub fn backtest(load: &Series, policies: &[PolicyConfig], world: &World, seed: u64) -> Result<Report> {
    backtest_with_progress(load, policies, world, seed, &mut |_| true)
}

/// As [`backtest`], telling `progress` the share of the work done, 0 to 1, after each run and now and then in a long one; when that
/// answers `false`, it stops.
///
/// # Errors
/// As [`backtest`]; [`Error::Stopped`] when asked to stop.
pub fn backtest_with_progress(
    load: &Series,
    policies: &[PolicyConfig],
    world: &World,
    seed: u64,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Report> {
    world.check()?;
    if policies.is_empty() {
        return Err(Error::data("policies", "is empty: name at least one"));
    }
    check_load(load)?;
    let scene = Scene::new(load, world, seed)?;
    let sweep = sweep(&scene, policies);
    let runs = (policies.len() + sweep.len() + 1) as f64;
    let mut work = Work { progress, done: 0.0, runs };
    let mut results: Vec<PolicyResult> = Vec::with_capacity(policies.len());
    for policy in policies {
        let name = unused_name(policy.name(), &results);
        results.push(run_one(&scene, &Candidate::of(policy), &name, true, &mut work)?);
    }
    let mut frontier = Vec::with_capacity(sweep.len());
    for candidate in &sweep {
        let result = run_one(&scene, candidate, candidate.policy.name(), false, &mut work)?;
        frontier.push(FrontierPoint {
            policy: result.policy.clone(),
            setting: candidate.setting.clone(),
            cost: result.cost,
            violation_share: result.violation_share(),
            late_share: result.late_share(),
        });
    }
    let oracle = run_one(&scene, &Candidate::of(&PolicyConfig::Oracle {}), "oracle", false, &mut work)?;
    for result in &mut results {
        compare_at_equal_service(result, &frontier, oracle.cost);
    }
    Ok(Report {
        world: world.clone(),
        seed,
        start: load.start(),
        interval_seconds: world.interval_seconds,
        policies: results,
        load: scene.mean_rates(),
        frontier,
    })
}

/// Refuses a load that nothing can be run over.
pub(super) fn check_load(load: &Series) -> Result<()> {
    if load.is_empty() {
        return Err(Error::data("load", "is empty"));
    }
    if let Some((i, value)) = load.values().iter().enumerate().find(|(_, value)| **value < 0.0) {
        return Err(Error::data("load", format!("value {i} of {} is {value}, below 0", load.len())));
    }
    Ok(())
}

/// How far the runs are, and who is told.
struct Work<'a> {
    progress: &'a mut dyn FnMut(f64) -> bool,
    done: f64,
    runs: f64,
}

impl Work<'_> {
    /// Tells the share of all work, given the share of the run at hand.
    fn tell(&mut self, share: f64) -> Result<()> {
        let share = (self.done + share) / self.runs;
        if (self.progress)(share) { Ok(()) } else { Err(Error::Stopped { percent: (100.0 * share) as u8 }) }
    }
}

/// A policy with what the sweep changes about its engine.
struct Candidate {
    policy: PolicyConfig,
    setting: String,
    cost_ratio: Option<f64>,
    promise: Option<Target>,
}

impl Candidate {
    fn of(policy: &PolicyConfig) -> Self {
        Candidate { policy: policy.clone(), setting: String::new(), cost_ratio: None, promise: None }
    }
}

/// Every kind of policy that is asked for, and the HPA, over its target.
fn sweep(scene: &Scene<'_>, policies: &[PolicyConfig]) -> Vec<Candidate> {
    let mut kinds: Vec<&PolicyConfig> = Vec::new();
    let hpa = PolicyConfig::Hpa(HpaConfig::default());
    for policy in policies.iter().chain([&hpa]) {
        if kinds.iter().all(|kind| kind.name() != policy.name()) {
            kinds.push(policy);
        }
    }
    let at = |setting: String, policy: PolicyConfig| Candidate { setting, ..Candidate::of(&policy) };
    let over = |field: &str, values: &[f64], with: &dyn Fn(f64) -> PolicyConfig| -> Vec<Candidate> {
        values.iter().map(|value| at(format!("{field}={value}"), with(*value))).collect()
    };
    let utilizations = |with: &dyn Fn(f64) -> PolicyConfig| over("target_utilization", &UTILIZATIONS, with);
    let candidates = kinds.into_iter().flat_map(|kind| match kind {
        PolicyConfig::Hpa(settings) => utilizations(&|target_utilization| {
            PolicyConfig::Hpa(HpaConfig { target_utilization, ..settings.clone() })
        }),
        PolicyConfig::SeasonalMax(settings) => utilizations(&|target_utilization| {
            let hpa = HpaConfig { target_utilization, ..settings.hpa.clone() };
            PolicyConfig::SeasonalMax(SeasonalMaxConfig { hpa, ..settings.clone() })
        }),
        PolicyConfig::Static(_) => {
            let counts =
                SHARES.iter().map(|share| ((share * f64::from(scene.largest_need())).round() as u32).max(1));
            counts
                .map(|replicas| at(format!("replicas={replicas}"), PolicyConfig::Static(Static { replicas })))
                .collect()
        }
        PolicyConfig::Predictive(_) => {
            let ratios =
                COST_RATIOS.iter().map(|&ratio| (ratio, at(format!("cost_ratio={ratio}"), kind.clone())));
            ratios.map(|(ratio, plain)| Candidate { cost_ratio: Some(ratio), ..plain }).collect()
        }
        PolicyConfig::Oracle {} => {
            let factors =
                LENIENCIES.iter().map(|&factor| (factor, at(format!("leniency={factor}"), kind.clone())));
            let promise = |factor| Some(lenient(scene.target, factor));
            factors.map(|(factor, plain)| Candidate { promise: promise(factor), ..plain }).collect()
        }
        PolicyConfig::TargetTracking(settings) => utilizations(&|target_utilization| {
            PolicyConfig::TargetTracking(TargetTrackingConfig { target_utilization, ..settings.clone() })
        }),
        PolicyConfig::AwsPredictive(settings) => utilizations(&|target_utilization| {
            let target_tracking =
                TargetTrackingConfig { target_utilization, ..settings.target_tracking.clone() };
            PolicyConfig::AwsPredictive(AwsPredictiveConfig { target_tracking, ..settings.clone() })
        }),
        PolicyConfig::Crane(settings) => utilizations(&|target_utilization| {
            let hpa = HpaConfig { target_utilization, ..settings.hpa.clone() };
            PolicyConfig::Crane(CraneConfig { hpa, ..settings.clone() })
        }),
        PolicyConfig::AibrixApa(settings) => utilizations(&|target_utilization| {
            PolicyConfig::AibrixApa(AibrixApaConfig { target_utilization, ..settings.clone() })
        }),
        PolicyConfig::Kpa(settings) => over("target_concurrency", &UTILIZATIONS, &|target_concurrency| {
            PolicyConfig::Kpa(KpaConfig { target_concurrency, ..settings.clone() })
        }),
        PolicyConfig::RayServe(settings) => {
            over("target_ongoing_requests", &UTILIZATIONS, &|target_ongoing_requests| {
                PolicyConfig::RayServe(RayServeConfig { target_ongoing_requests, ..settings.clone() })
            })
        }
        PolicyConfig::QLearning(settings) => over("shortage_cost", &COST_RATIOS, &|shortage_cost| {
            PolicyConfig::QLearning(QLearningConfig { shortage_cost, ..settings.clone() })
        }),
        PolicyConfig::Schedule(_) | PolicyConfig::Dynamo(_) | PolicyConfig::Custom(_) => {
            vec![at(String::new(), kind.clone())]
        }
    });
    candidates.collect()
}

fn lenient(target: Target, factor: f64) -> Target {
    match target {
        Target::Utilization(share) => Target::Utilization((share * factor).min(0.999)),
        Target::MeanWait(seconds) => Target::MeanWait(seconds * factor),
        Target::WaitQuantile(p, seconds) => Target::WaitQuantile(p, seconds * factor),
        Target::ResponseQuantile(p, seconds) => Target::ResponseQuantile(p, seconds * factor),
    }
}

fn run_one(
    scene: &Scene<'_>,
    candidate: &Candidate,
    name: &str,
    detailed: bool,
    work: &mut Work<'_>,
) -> Result<PolicyResult> {
    let initial = scene.initial_replicas();
    let mut config: EngineConfig = scene.world.engine_config(candidate.policy.clone());
    config.cost_ratio = candidate.cost_ratio.unwrap_or(config.cost_ratio);
    let mut engine = match candidate.policy {
        PolicyConfig::Oracle {} => {
            let need = scene.needs_of(candidate.promise.unwrap_or(scene.target))?;
            let schedule = cheapest_schedule(&need, initial, &scene.clock);
            let interval = scene.clock.step * scene.clock.decide_every as i64;
            Engine::with_policy(
                config,
                AnyPolicy::Oracle(Oracle::new(scene.clock.start, interval, schedule)),
            )?
        }
        _ => Engine::new(config)?,
    };
    let result = run(scene, &mut engine, name, initial, detailed, &mut |share| work.tell(share))?;
    work.done += 1.0;
    Ok(result)
}

fn compare_at_equal_service(result: &mut PolicyResult, frontier: &[FrontierPoint], oracle_cost: f64) {
    let share = result.violation_share();
    let no_worse = |point: &&FrontierPoint| point.policy == "hpa" && point.violation_share <= share;
    let cheapest = frontier.iter().filter(no_worse).map(|point| point.cost).min_by(f64::total_cmp);
    result.equal_service_hpa_cost = cheapest;
    result.gap_closed =
        cheapest.filter(|cost| *cost > oracle_cost).map(|cost| (cost - result.cost) / (cost - oracle_cost));
}

fn unused_name(name: &str, results: &[PolicyResult]) -> String {
    let taken = |candidate: &str| results.iter().any(|result| result.policy == candidate);
    let numbered = |number: usize| if number == 1 { name.to_string() } else { format!("{name} {number}") };
    (1..).map(numbered).find(|candidate| !taken(candidate)).unwrap_or_default()
}
