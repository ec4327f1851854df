//! The control laws of others, and one that learns.

use crate::arrays::Numbers;
use crate::policy::{Hpa, Policy, hpa_of, tracking_of};
use crate::run::{exception, run, settings};
use crate::time::seconds;
use crate::whole::whole;
use engine::policy::{self, PolicyConfig};
use pyo3::prelude::*;
use serde::de::DeserializeOwned;

/// One of several words.
pub(crate) fn word<T: DeserializeOwned>(py: Python<'_>, name: &str, text: &str) -> PyResult<T> {
    let json = serde_json::to_string(text).unwrap_or_default();
    engine::config::from_json(name, &json).map_err(|error| exception(py, &error))
}

/// Target tracking as in AWS Auto Scaling: a surrogate, since only its outline is published.
///
/// `scale_out_minutes` in a row above the target scale out, `scale_in_minutes` in a row more than `scale_in_margin` (a share of the target) below it
/// scale in, no sooner than `cooldown_seconds` after the last change.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct TargetTracking;

#[pymethods]
impl TargetTracking {
    #[new]
    #[pyo3(
        signature = (target_utilization=0.7, scale_out_minutes: "SupportsIndex"=3, scale_in_minutes: "SupportsIndex"=15,
            scale_in_margin=0.1, cooldown_seconds: "float | timedelta | str"=300.0, disable_scale_in=false)
    )]
    fn new(
        py: Python<'_>,
        target_utilization: f64,
        #[pyo3(from_py_with = whole)] scale_out_minutes: u32,
        #[pyo3(from_py_with = whole)] scale_in_minutes: u32,
        scale_in_margin: f64,
        #[pyo3(from_py_with = seconds)] cooldown_seconds: f64,
        disable_scale_in: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = policy::TargetTrackingConfig {
            target_utilization,
            scale_out_minutes,
            scale_in_minutes,
            scale_in_margin,
            cooldown_seconds,
            disable_scale_in,
        };
        Policy::made(py, PolicyConfig::TargetTracking(config), TargetTracking)
    }
}

/// Knative's pod autoscaler: requests in flight, averaged over a long and a short window, and panic when the short one asks for much more
/// than is there.
///
/// `target_concurrency` is what each replica should have in flight (Knative: 70 % of what it takes on at once).
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct Kpa;

#[pymethods]
impl Kpa {
    #[new]
    #[pyo3(
        signature = (target_concurrency=0.7, stable_window_seconds: "float | timedelta | str"=60.0, panic_window_percentage=10.0,
            panic_threshold_percentage=200.0, max_scale_up_rate=1000.0, max_scale_down_rate=2.0,
            scale_down_delay_seconds: "float | timedelta | str"=0.0, activation_scale: "SupportsIndex"=1,
            scale_to_zero_grace_seconds: "float | timedelta | str"=30.0)
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        target_concurrency: f64,
        #[pyo3(from_py_with = seconds)] stable_window_seconds: f64,
        panic_window_percentage: f64,
        panic_threshold_percentage: f64,
        max_scale_up_rate: f64,
        max_scale_down_rate: f64,
        #[pyo3(from_py_with = seconds)] scale_down_delay_seconds: f64,
        #[pyo3(from_py_with = whole)] activation_scale: u32,
        #[pyo3(from_py_with = seconds)] scale_to_zero_grace_seconds: f64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = policy::KpaConfig {
            target_concurrency,
            stable_window_seconds,
            panic_window_percentage,
            panic_threshold_percentage,
            max_scale_up_rate,
            max_scale_down_rate,
            scale_down_delay_seconds,
            activation_scale,
            scale_to_zero_grace_seconds,
        };
        Policy::made(py, PolicyConfig::Kpa(config), Kpa)
    }
}

/// Replica counts by cron expressions on the wall clock of a time zone.
///
/// `windows` is a list of dicts, as `{"start": "0 8 * * MON-FRI", "end": "0 18 * * MON-FRI", "time_zone": "Europe/Berlin", "replicas": 10}`; of
/// those that are open the largest count holds, `otherwise` while none is.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct Schedule;

#[pymethods]
impl Schedule {
    #[new]
    #[pyo3(
        signature = (windows: "list[dict[str, object]]", otherwise: "SupportsIndex"=1)
    )]
    fn new(
        py: Python<'_>,
        windows: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = whole)] otherwise: u32,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = policy::ScheduleConfig { windows: settings("windows", windows)?, otherwise };
        Policy::made(py, PolicyConfig::Schedule(config), Schedule)
    }
}

/// Predictive scaling as in AWS Auto Scaling, over target tracking: a surrogate, since the forecast itself is unpublished.
///
/// The mean load of the same hour of the week, or the day, in the last two weeks sets a minimum, `scheduling_buffer_seconds` before the hour
/// begins; with `forecast_only` it does not.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct AwsPredictive;

#[pymethods]
impl AwsPredictive {
    #[new]
    #[pyo3(
        signature = (target_tracking=None, scheduling_buffer_seconds: "float | timedelta | str"=300.0, forecast_only=false)
    )]
    fn new(
        py: Python<'_>,
        target_tracking: Option<&Bound<'_, TargetTracking>>,
        #[pyo3(from_py_with = seconds)] scheduling_buffer_seconds: f64,
        forecast_only: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = policy::AwsPredictiveConfig {
            target_tracking: tracking_of(target_tracking),
            scheduling_buffer_seconds,
            forecast_only,
        };
        Policy::made(py, PolicyConfig::AwsPredictive(config), AwsPredictive)
    }
}

/// Crane's effective horizontal pod autoscaler: `hpa` with the peak of a periodic forecast over the coming
/// `prediction_window_seconds` as a second metric; `truncate_to_integer` cuts that peak to a whole number, as Crane's code does.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct Crane;

#[pymethods]
impl Crane {
    #[new]
    #[pyo3(
        signature = (hpa=None, prediction_window_seconds: "float | timedelta | str"=3600.0, truncate_to_integer=false)
    )]
    fn new(
        py: Python<'_>,
        hpa: Option<&Bound<'_, Hpa>>,
        #[pyo3(from_py_with = seconds)] prediction_window_seconds: f64,
        truncate_to_integer: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = policy::CraneConfig { hpa: hpa_of(hpa), prediction_window_seconds, truncate_to_integer };
        Policy::made(py, PolicyConfig::Crane(config), Crane)
    }
}

/// AIBrix' adaptive pod autoscaler: proportional to the load of each replica over `window_seconds`, outside of a band around the target.
///
/// On the way down the largest count of the last `scale_down_cooldown_seconds` holds, as its documents mean it; without `hpa_stabilization`
/// it is the lowest, as its code has it.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct AibrixApa;

#[pymethods]
impl AibrixApa {
    #[new]
    #[pyo3(
        signature = (target_utilization=0.7, tolerance_up=0.1, tolerance_down=0.1, window_seconds: "float | timedelta | str"=180.0,
            max_scale_up_rate=2.0, max_scale_down_rate=2.0, scale_up_cooldown_seconds: "float | timedelta | str"=0.0,
            scale_down_cooldown_seconds: "float | timedelta | str"=300.0, hpa_stabilization=true)
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        target_utilization: f64,
        tolerance_up: f64,
        tolerance_down: f64,
        #[pyo3(from_py_with = seconds)] window_seconds: f64,
        max_scale_up_rate: f64,
        max_scale_down_rate: f64,
        #[pyo3(from_py_with = seconds)] scale_up_cooldown_seconds: f64,
        #[pyo3(from_py_with = seconds)] scale_down_cooldown_seconds: f64,
        hpa_stabilization: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = policy::AibrixApaConfig {
            target_utilization,
            tolerance_up,
            tolerance_down,
            window_seconds,
            max_scale_up_rate,
            max_scale_down_rate,
            scale_up_cooldown_seconds,
            scale_down_cooldown_seconds,
            hpa_stabilization,
        };
        Policy::made(py, PolicyConfig::AibrixApa(config), AibrixApa)
    }
}

/// Ray Serve's autoscaler: enough replicas for the requests in flight over `look_back_seconds`, once that has been so for a while.
///
/// `target_ongoing_requests` is for each replica; the factors are the share of the way to go at once.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct RayServe;

#[pymethods]
impl RayServe {
    #[new]
    #[pyo3(
        signature = (target_ongoing_requests=0.7, upscaling_factor=1.0, downscaling_factor=1.0,
            upscale_delay_seconds: "float | timedelta | str"=30.0, downscale_delay_seconds: "float | timedelta | str"=600.0,
            look_back_seconds: "float | timedelta | str"=30.0)
    )]
    fn new(
        py: Python<'_>,
        target_ongoing_requests: f64,
        upscaling_factor: f64,
        downscaling_factor: f64,
        #[pyo3(from_py_with = seconds)] upscale_delay_seconds: f64,
        #[pyo3(from_py_with = seconds)] downscale_delay_seconds: f64,
        #[pyo3(from_py_with = seconds)] look_back_seconds: f64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = policy::RayServeConfig {
            target_ongoing_requests,
            upscaling_factor,
            downscaling_factor,
            upscale_delay_seconds,
            downscale_delay_seconds,
            look_back_seconds,
        };
        Policy::made(py, PolicyConfig::RayServe(config), RayServe)
    }
}

/// NVIDIA Dynamo's planner for one pool of engines; latency is that of a queue here: a surrogate.
///
/// `generation` is `first` (throughput alone) or `second` (a floor by throughput every `adjustment_seconds`, and steps by latency), `predictor`
/// `constant`, `kalman`, `arima` or `prophet`. The first divides `tokens_per_request` by `tokens_per_second` of an engine, times `correction` where below 1;
/// the second adds at most `max_step` engines at once, and takes one away when the latency would stay within `consolidation` of the target.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct Dynamo;

#[pymethods]
impl Dynamo {
    #[new]
    #[pyo3(
        signature = (generation="second", predictor="kalman", adjustment_seconds: "float | timedelta | str"=180.0, tokens_per_request=1.0,
            tokens_per_second=None, correction=1.0, min_endpoint: "SupportsIndex"=1, max_step: "SupportsIndex"=8, consolidation=0.8)
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        generation: &str,
        predictor: &str,
        #[pyo3(from_py_with = seconds)] adjustment_seconds: f64,
        tokens_per_request: f64,
        tokens_per_second: Option<f64>,
        correction: f64,
        #[pyo3(from_py_with = whole)] min_endpoint: u32,
        #[pyo3(from_py_with = whole)] max_step: u32,
        consolidation: f64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = policy::DynamoConfig {
            generation: word(py, "generation", generation)?,
            predictor: word(py, "predictor", predictor)?,
            adjustment_seconds,
            tokens_per_request,
            tokens_per_second,
            correction,
            min_endpoint,
            max_step,
            consolidation,
        };
        Policy::made(py, PolicyConfig::Dynamo(config), Dynamo)
    }
}

/// Learns from rewards when to scale: a table of what scaling down, holding and scaling up is expected to bring, by utilization,
/// capacity, trend and forecast.
///
/// `Q += learning_rate * (R + discount * max Q' - Q)`; a share of the actions, `exploration` to begin with, is random. A replica too few costs
/// `shortage_cost` when one too many costs 1. `table` is what `Engine.q_table` gives; without `learning` it stays as it is.
/// Without `rails` it decides alone: no forecast, and of the rails its own floor and the smallest and the largest count only.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct QLearning;

#[pymethods]
impl QLearning {
    #[new]
    #[pyo3(
        signature = (learning=true, learning_rate=0.05, discount=0.9, exploration=0.1, exploration_decay=0.9995, least_exploration=0.01,
            shortage_cost=19.0, step=0.1, seed: "SupportsIndex"=0, table=None, rails=true)
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        learning: bool,
        learning_rate: f64,
        discount: f64,
        exploration: f64,
        exploration_decay: f64,
        least_exploration: f64,
        shortage_cost: f64,
        step: f64,
        #[pyo3(from_py_with = whole)] seed: u64,
        table: Option<Numbers<'_>>,
        rails: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = policy::QLearningConfig {
            learning,
            learning_rate,
            discount,
            exploration,
            exploration_decay,
            least_exploration,
            shortage_cost,
            step,
            seed,
            table: table.map(|table| table.get().to_vec()),
            rails,
        };
        Policy::made(py, PolicyConfig::QLearning(config), QLearning)
    }
}

/// Draws a table of the policy `q_learning`, as `Engine.q_table` gives it, as an SVG document: the best action of each state over
/// utilization and capacity, for every trend and three forecasts.
#[pyfunction]
pub(crate) fn q_table_to_svg(py: Python<'_>, table: Numbers<'_>) -> PyResult<String> {
    let values = table.get();
    run(py, || policy::QTable::new(values.to_vec()).map(|table| table.to_svg()))
}
