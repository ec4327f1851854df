//! Who decides? Policies with their settings, for an engine or a backtest.

use crate::run::{quick, settings, to_python};
use crate::time::Seconds;
use engine::policy::{self, HpaConfig, PolicyConfig, SeasonalMaxConfig};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::{PyTypeInfo, type_hint_identifier, type_hint_subscript, type_hint_union};

/// A policy where one is expected: a name, an object of `forescale.policy`, or a dict of a name and its settings.
#[derive(Debug, Clone)]
pub(crate) struct AnyPolicy(pub(crate) PolicyConfig);

impl<'a, 'py> FromPyObject<'a, 'py> for AnyPolicy {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        type_hint_identifier!("builtins", "str"),
        Static::TYPE_HINT,
        Hpa::TYPE_HINT,
        SeasonalMax::TYPE_HINT,
        Predictive::TYPE_HINT,
        Oracle::TYPE_HINT,
        type_hint_subscript!(
            type_hint_identifier!("builtins", "dict"),
            type_hint_identifier!("builtins", "str"),
            type_hint_identifier!("builtins", "object")
        )
    );

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let config = if let Ok(policy) = object.cast::<Static>() {
            policy.get().config()
        } else if let Ok(policy) = object.cast::<Hpa>() {
            policy.get().config()
        } else if let Ok(policy) = object.cast::<SeasonalMax>() {
            policy.get().config()
        } else if let Ok(policy) = object.cast::<Predictive>() {
            policy.get().config()
        } else if let Ok(policy) = object.cast::<Oracle>() {
            policy.get().config()
        } else {
            settings("policy", &object)?
        };
        Ok(AnyPolicy(config))
    }
}

fn checked(py: Python<'_>, config: &PolicyConfig) -> PyResult<()> {
    quick(py, || config.check())
}

/// A fixed count of replicas, at least 1.
#[pyclass(frozen, eq, module = "forescale.policy")]
#[derive(Debug, PartialEq)]
pub(crate) struct Static(policy::Static);

impl Static {
    fn config(&self) -> PolicyConfig {
        PolicyConfig::Static(self.0)
    }
}

#[pymethods]
impl Static {
    #[new]
    fn new(py: Python<'_>, replicas: u32) -> PyResult<Self> {
        let policy = Static(policy::Static { replicas });
        checked(py, &policy.config()).map(|()| policy)
    }

    /// The settings, as C takes them.
    #[getter(config)]
    fn python_config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.config())
    }

    fn __repr__(&self) -> String {
        format!("Static(replicas={})", self.0.replicas)
    }

    #[pyo3(signature = () -> "tuple[type[Static], tuple[int]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (u32,)) {
        (slf.get_type().into_any(), (slf.get().0.replicas,))
    }
}

/// The Kubernetes horizontal pod autoscaler, version 2; the defaults are its own, but for the target.
///
/// `target_utilization` is of each replica's service rate; the tolerances are relative deviations of the metric that are let
/// pass. Without `behavior` the largest recommendation of `downscale_stabilization_seconds` (300) holds; `behavior` is a dict
/// with `scale_up` and `scale_down`, as `{"stabilization_window_seconds": 0, "policies": [{"kind": "pods", "value": 4,
/// "period_seconds": 15}]}`.
#[pyclass(frozen, eq, module = "forescale.policy")]
#[derive(Debug, PartialEq)]
pub(crate) struct Hpa(HpaConfig);

impl Hpa {
    fn config(&self) -> PolicyConfig {
        PolicyConfig::Hpa(self.0.clone())
    }

    fn text(config: &HpaConfig) -> String {
        let HpaConfig {
            target_utilization,
            tolerance_up,
            tolerance_down,
            downscale_stabilization_seconds,
            behavior,
        } = config;
        let behavior = if behavior.is_some() { "{...}" } else { "None" };
        format!(
            "Hpa(target_utilization={target_utilization}, tolerance_up={tolerance_up}, tolerance_down={tolerance_down}, \
             downscale_stabilization_seconds={downscale_stabilization_seconds}, behavior={behavior})"
        )
    }
}

#[pymethods]
impl Hpa {
    #[new]
    #[pyo3(
        signature = (
            target_utilization=0.7, tolerance_up=0.1, tolerance_down=0.1, downscale_stabilization_seconds=Seconds(300.0),
            behavior: "dict[str, object] | None"=None
        ),
        text_signature = "(target_utilization=0.7, tolerance_up=0.1, tolerance_down=0.1, \
            downscale_stabilization_seconds=300.0, behavior=None)"
    )]
    fn new(
        py: Python<'_>,
        target_utilization: f64,
        tolerance_up: f64,
        tolerance_down: f64,
        downscale_stabilization_seconds: Seconds,
        behavior: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let policy = Hpa(HpaConfig {
            target_utilization,
            tolerance_up,
            tolerance_down,
            downscale_stabilization_seconds: downscale_stabilization_seconds.0,
            behavior: behavior.map(|behavior| settings("behavior", behavior)).transpose()?,
        });
        checked(py, &policy.config()).map(|()| policy)
    }

    /// The settings, as C takes them.
    #[getter(config)]
    fn python_config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.config())
    }

    fn __repr__(&self) -> String {
        Hpa::text(&self.0)
    }

    #[pyo3(signature = () -> "tuple[type[Hpa], tuple[float, float, float, float, object]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, HpaArguments<'py>)> {
        let config = &slf.get().0;
        let arguments = (
            config.target_utilization,
            config.tolerance_up,
            config.tolerance_down,
            config.downscale_stabilization_seconds,
            to_python(slf.py(), &config.behavior)?,
        );
        Ok((slf.get_type().into_any(), arguments))
    }
}

type HpaArguments<'py> = (f64, f64, f64, f64, Bound<'py, PyAny>);

/// A horizontal pod autoscaler that also sees last season's peak: the largest load of the coming `window_seconds` (half an
/// hour) as it was `season_seconds` (one week) ago, as a second metric of `hpa`.
#[pyclass(frozen, eq, module = "forescale.policy")]
#[derive(Debug, PartialEq)]
pub(crate) struct SeasonalMax(SeasonalMaxConfig);

impl SeasonalMax {
    fn config(&self) -> PolicyConfig {
        PolicyConfig::SeasonalMax(self.0.clone())
    }
}

#[pymethods]
impl SeasonalMax {
    #[new]
    #[pyo3(
        signature = (hpa=None, season_seconds=Seconds(604_800.0), window_seconds=Seconds(1_800.0)),
        text_signature = "(hpa=None, season_seconds=604800.0, window_seconds=1800.0)"
    )]
    fn new(
        py: Python<'_>,
        hpa: Option<&Bound<'_, Hpa>>,
        season_seconds: Seconds,
        window_seconds: Seconds,
    ) -> PyResult<Self> {
        let policy = SeasonalMax(SeasonalMaxConfig {
            hpa: hpa.map(|hpa| hpa.get().0.clone()).unwrap_or_default(),
            season_seconds: season_seconds.0,
            window_seconds: window_seconds.0,
        });
        checked(py, &policy.config()).map(|()| policy)
    }

    /// The settings, as C takes them.
    #[getter(config)]
    fn python_config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.config())
    }

    fn __repr__(&self) -> String {
        let SeasonalMaxConfig { hpa, season_seconds, window_seconds } = &self.0;
        let hpa = Hpa::text(hpa);
        format!("SeasonalMax(hpa={hpa}, season_seconds={season_seconds}, window_seconds={window_seconds})")
    }

    #[pyo3(signature = () -> "tuple[type[SeasonalMax], tuple[Hpa, float, float]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (Hpa, f64, f64)) {
        let SeasonalMaxConfig { hpa, season_seconds, window_seconds } = slf.get().0.clone();
        (slf.get_type().into_any(), (Hpa(hpa), season_seconds, window_seconds))
    }
}

/// Ours: enough replicas for the latency target, through queueing, at a quantile of the load over the lead time.
#[pyclass(frozen, eq, module = "forescale.policy")]
#[derive(Debug, PartialEq)]
pub(crate) struct Predictive;

impl Predictive {
    fn config(&self) -> PolicyConfig {
        PolicyConfig::Predictive(policy::Predictive {})
    }
}

#[pymethods]
impl Predictive {
    #[new]
    fn new() -> Self {
        Predictive
    }

    /// The settings, as C takes them.
    #[getter(config)]
    fn python_config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.config())
    }

    fn __repr__(&self) -> &'static str {
        "Predictive()"
    }

    #[pyo3(signature = () -> "tuple[type[Predictive], tuple[()]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, ()) {
        (slf.get_type().into_any(), ())
    }
}

/// The law that knows the future: the cheapest schedule that keeps the promise. Only in a backtest.
#[pyclass(frozen, eq, module = "forescale.policy")]
#[derive(Debug, PartialEq)]
pub(crate) struct Oracle;

impl Oracle {
    fn config(&self) -> PolicyConfig {
        PolicyConfig::Oracle {}
    }
}

#[pymethods]
impl Oracle {
    #[new]
    fn new() -> Self {
        Oracle
    }

    /// The settings, as C takes them.
    #[getter(config)]
    fn python_config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.config())
    }

    fn __repr__(&self) -> &'static str {
        "Oracle()"
    }

    #[pyo3(signature = () -> "tuple[type[Oracle], tuple[()]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, ()) {
        (slf.get_type().into_any(), ())
    }
}
