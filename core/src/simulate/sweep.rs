//! The settings that a backtest tries besides the policies as given, so that costs can be compared at equal service.

use super::foresight::cheapest_schedule;
use super::scene::Scene;
use crate::capacity::Target;
use crate::engine::{Engine, EngineConfig};
use crate::error::Result;
use crate::policy::{
    AibrixApaConfig, AnyPolicy, AwsPredictiveConfig, CraneConfig, HpaConfig, KpaConfig, Oracle, PolicyConfig,
    QLearningConfig, RayServeConfig, SeasonalMaxConfig, Static, TargetTrackingConfig,
};
use serde::{Deserialize, Serialize};

/// Which settings a backtest tries besides the policies as given. The HPA's are what costs at equal service are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sweep {
    /// None: nothing is compared at equal service.
    None,
    /// The HPA over its target utilization (10 values) and its scale-in window (8 values, 0 to 3,600 s).
    Hpa,
    /// The HPA and every kind of policy that is given, over its target: 6 to 15 settings each.
    #[default]
    Targets,
    /// As `Targets`, and the HPA over its scale-in window too.
    Full,
}

/// Target utilizations that the autoscalers are swept over.
const UTILIZATIONS: [f64; 10] = [0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9];
/// Scale-in windows that the HPA is swept over, in seconds.
const WINDOWS: [f64; 8] = [0.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0];
/// Cost ratios that the predictive policy is swept over.
const COST_RATIOS: [f64; 9] = [1.0, 3.0, 6.0, 19.0, 49.0, 99.0, 199.0, 499.0, 999.0];
/// Shares of the largest need that the static policy is swept over: fine, since a count is all that it has.
const SHARES: [f64; 15] = [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0];
/// How much longer than promised the oracle's replicas may take: 1 is the promise itself.
const LENIENCIES: [f64; 6] = [1.0, 1.02, 1.05, 1.1, 1.2, 1.5];

/// A policy with what the sweep changes about its engine.
pub(super) struct Candidate {
    pub(super) policy: PolicyConfig,
    /// What is swept, as in [`super::FrontierPoint::setting`].
    pub(super) setting: String,
    cost_ratio: Option<f64>,
    promise: Option<Target>,
}

impl Candidate {
    /// The policy as it is given.
    pub(super) fn of(policy: &PolicyConfig) -> Self {
        Candidate { policy: policy.clone(), setting: String::new(), cost_ratio: None, promise: None }
    }

    /// The engine that runs it.
    pub(super) fn engine(&self, scene: &Scene<'_>) -> Result<Engine> {
        let mut config: EngineConfig = scene.world.engine_config(self.policy.clone());
        config.cost_ratio = self.cost_ratio.unwrap_or(config.cost_ratio);
        let PolicyConfig::Oracle {} = self.policy else { return Engine::new(config) };
        let need = scene.needs_of(self.promise.unwrap_or(scene.target))?;
        let schedule = cheapest_schedule(&need, scene.initial_replicas(), &scene.clock);
        let interval = scene.clock.step * scene.clock.decide_every as i64;
        let oracle = Oracle::new(scene.clock.start, interval, schedule);
        Engine::with_policy(config, AnyPolicy::Oracle(oracle))
    }
}

/// What is tried besides the policies as given.
pub(super) fn candidates(scene: &Scene<'_>, policies: &[PolicyConfig], sweep: Sweep) -> Vec<Candidate> {
    let hpa = PolicyConfig::Hpa(HpaConfig::default());
    let given = if matches!(sweep, Sweep::Targets | Sweep::Full) { policies } else { &[] };
    let all = given.iter().chain((sweep != Sweep::None).then_some(&hpa));
    let mut kinds: Vec<&PolicyConfig> = Vec::new();
    for policy in all {
        if kinds.iter().all(|kind| kind.name() != policy.name()) {
            kinds.push(policy);
        }
    }
    let has_windows = sweep != Sweep::Targets;
    kinds.into_iter().flat_map(|kind| settings_of(scene, kind, has_windows)).collect()
}

/// One kind of policy over its target; the HPA over its scale-in window too where it `has_windows`.
fn settings_of(scene: &Scene<'_>, kind: &PolicyConfig, has_windows: bool) -> Vec<Candidate> {
    let at = |setting: String, policy: PolicyConfig| Candidate { setting, ..Candidate::of(&policy) };
    let over = |field: &str, values: &[f64], with: &dyn Fn(f64) -> PolicyConfig| -> Vec<Candidate> {
        values.iter().map(|value| at(format!("{field}={value}"), with(*value))).collect()
    };
    let utilizations = |with: &dyn Fn(f64) -> PolicyConfig| over("target_utilization", &UTILIZATIONS, with);
    match kind {
        PolicyConfig::Hpa(settings) if has_windows => {
            let windows = |target_utilization| {
                WINDOWS.iter().map(move |&downscale_stabilization_seconds| {
                    let setting = format!(
                        "target_utilization={target_utilization}, downscale_stabilization_seconds={downscale_stabilization_seconds}"
                    );
                    let hpa =
                        HpaConfig { target_utilization, downscale_stabilization_seconds, ..settings.clone() };
                    at(setting, PolicyConfig::Hpa(hpa))
                })
            };
            UTILIZATIONS.iter().flat_map(|&utilization| windows(utilization)).collect()
        }
        PolicyConfig::Hpa(settings) => utilizations(&|target_utilization| {
            PolicyConfig::Hpa(HpaConfig { target_utilization, ..settings.clone() })
        }),
        PolicyConfig::SeasonalMax(settings) => utilizations(&|target_utilization| {
            let hpa = HpaConfig { target_utilization, ..settings.hpa.clone() };
            PolicyConfig::SeasonalMax(SeasonalMaxConfig { hpa, ..settings.clone() })
        }),
        PolicyConfig::Static(_) => {
            let largest = f64::from(scene.largest_need());
            let mut counts: Vec<u32> =
                SHARES.iter().map(|share| ((share * largest).round() as u32).max(1)).collect();
            counts.dedup();
            let fixed =
                |replicas| at(format!("replicas={replicas}"), PolicyConfig::Static(Static { replicas }));
            counts.into_iter().map(fixed).collect()
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
    }
}

fn lenient(target: Target, factor: f64) -> Target {
    match target {
        Target::Utilization(share) => Target::Utilization((share * factor).min(0.999)),
        Target::MeanWait(seconds) => Target::MeanWait(seconds * factor),
        Target::WaitQuantile(p, seconds) => Target::WaitQuantile(p, seconds * factor),
        Target::ResponseQuantile(p, seconds) => Target::ResponseQuantile(p, seconds * factor),
    }
}
