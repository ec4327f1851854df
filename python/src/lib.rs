//! The Python face of forescale: the private extension module behind the package `forescale`.
//!
//! Every class and function translates its arguments, calls the core, and translates the answer. [`run`] holds
//! the rules that all of them keep, [`arrays`] takes and gives NumPy arrays, [`time`] takes moments and durations, [`whole`] whole numbers,
//! [`settings`] dicts. One file a room.

mod arrays;
mod frames;
mod run;
mod settings;
mod time;
mod whole;

mod anomaly;
mod anomaly_breaker;
mod anomaly_detector;
mod capacity;
mod capacity_bounded;
mod capacity_pack;
mod choice;
mod choice_plans;
mod energy;
mod energy_power;
mod energy_schedule;
mod engine_budget;
mod engine_learning;
#[path = "engine.rs"]
mod engine_room;
mod forecast;
mod forecast_additive;
mod forecast_custom;
mod forecast_ensemble;
mod forecast_models;
mod forecast_panel;
mod forecast_spectral;
mod load;
mod load_history;
mod load_structure;
mod policy;
mod policy_custom;
mod policy_laws;
mod pool_clones;
mod pool_load_balancer;
mod pool_regions;
mod pool_resource_manager;
mod pool_shadows;
mod pool_share;
mod scaling;
mod simulate;
mod simulate_compare;
mod simulate_days;
mod simulate_schemes;
mod simulate_trials;
mod simulate_world;

/// What the package's modules import from; users import from those.
#[pyo3::pymodule(gil_used = false)]
mod _forescale {
    // ---- library ----
    #[pymodule_export]
    const VERSION: &str = engine::VERSION;
    // ---- load ----
    #[pymodule_export]
    use crate::load::{Series, derivatives};
    #[pymodule_export]
    use crate::load_history::{Calendar, Event, History};
    #[pymodule_export]
    use crate::load_structure::{
        Correlation, Decomposition, Period, correlate, decompose, dft, periodogram, periods,
        principal_components,
    };
    // ---- forecast ----
    #[pymodule_export]
    use crate::forecast::{
        AdaptiveInterval, AdaptiveQuantile, Forecast, confidence_interval, normal_quantile,
    };
    #[pymodule_export]
    use crate::forecast_additive::Additive;
    #[pymodule_export]
    use crate::forecast_custom::Custom;
    #[pymodule_export]
    use crate::forecast_ensemble::{Ensemble, pooled_shape};
    #[pymodule_export]
    use crate::forecast_models::{Arima, Ets, Forecaster, MovingAverage, SeasonalNaive};
    #[pymodule_export]
    use crate::forecast_models::{GradientBoosting, Hybrid, Lstm, Tcn};
    #[pymodule_export]
    use crate::forecast_panel::{
        Evaluation, Hierarchy, Panel, accuracy, coverage, crps, crps_normal, evaluate, mae, mape, mase,
        pinball, smape, undefined, wape, within,
    };
    #[pymodule_export]
    use crate::forecast_spectral::Spectral;
    // ---- anomaly ----
    #[pymodule_export]
    use crate::anomaly::{IsolationForest, average_path_length};
    #[pymodule_export]
    use crate::anomaly_breaker::{CircuitBreaker, Spillover, dbscan, spillover};
    #[pymodule_export]
    use crate::anomaly_detector::{Anomaly, Detector, response, severity};
    // ---- capacity ----
    #[pymodule_export]
    use crate::capacity::{Queue, erlang_b, erlang_c, latency, servers_for, target_is_met};
    #[pymodule_export]
    use crate::capacity_bounded::{BoundedQueue, servers_for_bounded};
    #[pymodule_export]
    use crate::capacity_pack::{Bins, Calibration, Packing, WarmUp, calibrate, calibrate_load, pack};
    // ---- scaling ----
    #[pymodule_export]
    use crate::scaling::{
        Hysteresis, ScalingLaw, Transition, TransitionPlan, assess_transition, log_sigmoid,
        multiscale_scaling, plan_transition, ramp, scaling_identity, sigmoid, sigmoid_slope, slope_noise,
        stability_margins, stretch_gains,
    };
    // ---- energy ----
    #[pymodule_export]
    use crate::energy::{CheapestScaling, EnergyTensor};
    #[pymodule_export]
    use crate::energy_power::{HardwareProfile, PowerCurve, transition_energy};
    #[pymodule_export]
    use crate::energy_schedule::{Placement, Plan, Task, Unplaced, schedule};
    // ---- choice ----
    #[pymodule_export]
    use crate::choice::{
        achievement, choose, crowding_distance, hypervolume, knee, log_utility, non_dominated_sort,
        pareto_front, utility, weighted_sum,
    };
    #[pymodule_export]
    use crate::choice_plans::{Allocation, anneal, scenarios};
    // ---- policy ----
    #[pymodule_export]
    use crate::policy::{Hpa, Oracle, Policy, Predictive, SeasonalMax, Static};
    #[pymodule_export]
    use crate::policy_custom::{CustomPolicy, Situation};
    #[pymodule_export]
    use crate::policy_laws::{
        AibrixApa, AwsPredictive, Crane, Dynamo, Kpa, QLearning, RayServe, Schedule, TargetTracking,
        q_table_to_svg,
    };
    // ---- pool ----
    #[pymodule_export]
    use crate::pool_clones::CloneManager;
    #[pymodule_export]
    use crate::pool_load_balancer::LoadBalancer;
    #[pymodule_export]
    use crate::pool_regions::Regions;
    #[pymodule_export]
    use crate::pool_resource_manager::ResourceManager;
    #[pymodule_export]
    use crate::pool_shadows::ShadowManager;
    #[pymodule_export]
    use crate::pool_share::share;
    // ---- engine ----
    #[pymodule_export]
    use crate::engine_budget::JointBudget;
    #[pymodule_export]
    use crate::engine_learning::{
        AuditReplay, ForecastValue, LeadTime, LogDifference, Performance, Reward, replay,
    };
    #[pymodule_export]
    use crate::engine_room::{Decision, Engine, Fleet, Peak};
    // ---- simulate ----
    #[pymodule_export]
    use crate::simulate::{
        FrontierPoint, PolicyResult, Report, TierResult, Timeline, backtest, backtest_many, train,
    };
    #[pymodule_export]
    use crate::simulate_compare::{Comparison, Difference, compare, generate};
    #[pymodule_export]
    use crate::simulate_days::{DailyMean, DailyMeans, DayResult};
    #[pymodule_export]
    use crate::simulate_schemes::{schemes_picture, schemes_run};
    #[pymodule_export]
    use crate::simulate_trials::{
        Dual, Rollout, chaos_run, chaos_scenario, chaos_survey, dual, rollout, tune,
    };
    #[pymodule_export]
    use crate::simulate_world::World;
}
