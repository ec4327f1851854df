//! Who decides? Policies with their settings, for an engine or a backtest.

use crate::policy_laws::{
    AibrixApa, AwsPredictive, Crane, Dynamo, Kpa, QLearning, RayServe, Schedule, TargetTracking, word,
};
use crate::run::{run, settings, to_python};
use crate::time::seconds;
use crate::whole::whole;
use engine::policy::{self, HpaConfig, PolicyConfig, SeasonalMaxConfig, TargetTrackingConfig};
use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyClass, PyTypeInfo, type_hint_identifier, type_hint_subscript, type_hint_union};

/// A policy where one is expected: a name, an object of `forescale.policy`, or a dict of a name and its settings.
#[derive(Debug, Clone)]
pub(crate) struct AnyPolicy(pub(crate) PolicyConfig);

impl<'a, 'py> FromPyObject<'a, 'py> for AnyPolicy {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        type_hint_identifier!("builtins", "str"),
        Policy::TYPE_HINT,
        type_hint_subscript!(
            type_hint_identifier!("builtins", "dict"),
            type_hint_identifier!("builtins", "str"),
            type_hint_identifier!("builtins", "object")
        )
    );

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match object.cast::<Policy>() {
            Ok(policy) => Ok(AnyPolicy(policy.get().0.clone())),
            // Without a name: its argument may be called anything.
            Err(_) => settings("", &object).map(AnyPolicy),
        }
    }
}

/// A policy with its settings, of any kind: what engines and backtests take.
#[pyclass(frozen, eq, subclass, module = "forescale.policy")]
#[derive(Debug, PartialEq)]
pub(crate) struct Policy(pub(crate) PolicyConfig);

impl Policy {
    /// The whole object, of a policy's own class, when the settings are in range.
    pub(crate) fn made<T: PyClass<BaseType = Policy>>(
        py: Python<'_>,
        config: PolicyConfig,
        own: T,
    ) -> PyResult<PyClassInitializer<T>> {
        run(py, || config.check())?;
        Ok(PyClassInitializer::from(Policy(config)).add_subclass(own))
    }
}

#[pymethods]
impl Policy {
    /// The settings, as C takes them.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0)
    }

    #[staticmethod]
    #[pyo3(signature = (config: "dict[str, object]") -> "Policy")]
    fn _of<'py>(config: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = config.py();
        let config: PolicyConfig = settings("policy", config)?;
        run(py, || config.check())?;
        let kind = config.clone();
        let base = PyClassInitializer::from(Policy(config));
        Ok(match kind {
            PolicyConfig::Static(_) => Bound::new(py, base.add_subclass(Static))?.into_any(),
            PolicyConfig::Hpa(_) => Bound::new(py, base.add_subclass(Hpa))?.into_any(),
            PolicyConfig::SeasonalMax(_) => Bound::new(py, base.add_subclass(SeasonalMax))?.into_any(),
            PolicyConfig::Predictive(_) => Bound::new(py, base.add_subclass(Predictive))?.into_any(),
            PolicyConfig::Oracle {} => Bound::new(py, base.add_subclass(Oracle))?.into_any(),
            PolicyConfig::TargetTracking(_) => Bound::new(py, base.add_subclass(TargetTracking))?.into_any(),
            PolicyConfig::Kpa(_) => Bound::new(py, base.add_subclass(Kpa))?.into_any(),
            PolicyConfig::Schedule(_) => Bound::new(py, base.add_subclass(Schedule))?.into_any(),
            PolicyConfig::AwsPredictive(_) => Bound::new(py, base.add_subclass(AwsPredictive))?.into_any(),
            PolicyConfig::Crane(_) => Bound::new(py, base.add_subclass(Crane))?.into_any(),
            PolicyConfig::AibrixApa(_) => Bound::new(py, base.add_subclass(AibrixApa))?.into_any(),
            PolicyConfig::RayServe(_) => Bound::new(py, base.add_subclass(RayServe))?.into_any(),
            PolicyConfig::Dynamo(_) => Bound::new(py, base.add_subclass(Dynamo))?.into_any(),
            PolicyConfig::QLearning(_) => Bound::new(py, base.add_subclass(QLearning))?.into_any(),
            PolicyConfig::Custom(_) => {
                return Err(PyTypeError::new_err("config: is of a policy of one's own"));
            }
        })
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let mut arguments = Vec::new();
        let config = to_python(slf.py(), &slf.get().0)?.cast_into::<PyDict>()?;
        for (_, fields) in config.iter() {
            for (field, value) in fields.cast::<PyDict>()?.iter() {
                arguments.push(format!("{field}={}", value.repr()?));
            }
        }
        Ok(format!("{}({})", slf.get_type().name()?, arguments.join(", ")))
    }

    #[pyo3(signature = () -> "tuple[object, tuple[object, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        Ok((slf.get_type().getattr("_of")?, (slf.get().config(slf.py())?,)))
    }
}

/// The settings of an autoscaler that is part of another policy.
pub(crate) fn hpa_of(hpa: Option<&Bound<'_, Hpa>>) -> HpaConfig {
    match hpa.map(|hpa| &hpa.as_super().get().0) {
        Some(PolicyConfig::Hpa(config)) => config.clone(),
        _ => HpaConfig::default(),
    }
}

/// The settings of a target tracking that is part of another policy.
pub(crate) fn tracking_of(tracking: Option<&Bound<'_, TargetTracking>>) -> TargetTrackingConfig {
    match tracking.map(|tracking| &tracking.as_super().get().0) {
        Some(PolicyConfig::TargetTracking(config)) => config.clone(),
        _ => TargetTrackingConfig::default(),
    }
}

/// A fixed count of replicas, at least 1.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct Static;

#[pymethods]
impl Static {
    #[new]
    #[pyo3(signature = (replicas: "SupportsIndex"))]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] replicas: u32,
    ) -> PyResult<PyClassInitializer<Self>> {
        Policy::made(py, PolicyConfig::Static(policy::Static { replicas }), Static)
    }
}

/// The Kubernetes horizontal pod autoscaler, version 2; the defaults are its own, but for the target.
///
/// `target_utilization` is of each replica's service rate; the tolerances are relative deviations of the metric that are let
/// pass. Without `behavior` the largest recommendation of `downscale_stabilization_seconds` (300) holds; `behavior` is a dict
/// with `scale_up` and `scale_down`, as `{"stabilization_window_seconds": 0, "policies": [{"kind": "pods", "value": 4,
/// "period_seconds": 15}]}`.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct Hpa;

#[pymethods]
impl Hpa {
    #[new]
    #[pyo3(
        signature = (
            target_utilization=0.7, tolerance_up=0.1, tolerance_down=0.1, downscale_stabilization_seconds: "float | timedelta | str"=300.0,
            behavior: "dict[str, object] | None"=None
        )
    )]
    fn new(
        py: Python<'_>,
        target_utilization: f64,
        tolerance_up: f64,
        tolerance_down: f64,
        #[pyo3(from_py_with = seconds)] downscale_stabilization_seconds: f64,
        behavior: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = HpaConfig {
            target_utilization,
            tolerance_up,
            tolerance_down,
            downscale_stabilization_seconds,
            behavior: behavior.map(|behavior| settings("behavior", behavior)).transpose()?,
        };
        Policy::made(py, PolicyConfig::Hpa(config), Hpa)
    }
}

/// A horizontal pod autoscaler that also sees last season's peak: the largest load of the coming `window_seconds` (half an
/// hour) as it was `season_seconds` (one week) ago, as a second metric of `hpa`.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct SeasonalMax;

#[pymethods]
impl SeasonalMax {
    #[new]
    #[pyo3(
        signature = (hpa=None, season_seconds: "float | timedelta | str"=604_800.0, window_seconds: "float | timedelta | str"=1_800.0)
    )]
    fn new(
        py: Python<'_>,
        hpa: Option<&Bound<'_, Hpa>>,
        #[pyo3(from_py_with = seconds)] season_seconds: f64,
        #[pyo3(from_py_with = seconds)] window_seconds: f64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = SeasonalMaxConfig { hpa: hpa_of(hpa), season_seconds, window_seconds };
        Policy::made(py, PolicyConfig::SeasonalMax(config), SeasonalMax)
    }
}

/// Ours: enough replicas for the latency target at the load, one lead time ahead, that is worth its replicas.
///
/// Each stage can be switched off: `forecast` (without, the load observed now), `sizing` (`queueing`, or a fixed `{"utilization": 0.7}`), `quantile`
/// (`marginal`, at which a replica more costs as much as it saves, or `newsvendor`, ratio/(1 + ratio) at all times), `feedback` (gain per lead time
/// on the error that forecasts keep making; 0 to 1), `operating_point` (which of many laws, tried on the load that came, is followed: `price`,
/// `product` or `off`), `transition_seconds` (growth along a sigmoid instead of at once; 0 to 3,600), `rails` (the engine's).
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct Predictive;

#[pymethods]
impl Predictive {
    #[new]
    #[pyo3(
        signature = (
            forecast=true, sizing: "str | dict[str, float] | None"=None, quantile="marginal", feedback=0.0, operating_point="price",
            transition_seconds: "float | timedelta | str"=0.0, rails=true
        )
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        forecast: bool,
        sizing: Option<&Bound<'_, PyAny>>,
        quantile: &str,
        feedback: f64,
        operating_point: &str,
        #[pyo3(from_py_with = seconds)] transition_seconds: f64,
        rails: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = policy::PredictiveConfig {
            forecast,
            sizing: sizing.map(|sizing| settings("sizing", sizing)).transpose()?.unwrap_or_default(),
            quantile: word(py, "quantile", quantile)?,
            feedback,
            operating_point: word(py, "operating_point", operating_point)?,
            transition_seconds,
            rails,
        };
        Policy::made(py, PolicyConfig::Predictive(config), Predictive)
    }
}

/// The law that knows the future: the cheapest schedule that keeps the promise. Only in a backtest.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct Oracle;

#[pymethods]
impl Oracle {
    #[new]
    fn new(py: Python<'_>) -> PyResult<PyClassInitializer<Self>> {
        Policy::made(py, PolicyConfig::Oracle {}, Oracle)
    }
}
