//! The predictive load balancer: what each user of each application will ask for, and what to have ready for it.

use crate::run::{Shared, quick, run, settings, to_python};
use crate::time::{Moment, seconds};
use crate::whole::whole;
use engine::pool::{self, GivenForecast, InstanceKind, LoadBalancerConfig, QosProfile, UsageRecord};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Foresees demand per user and application, and says what to hold ready.
///
/// `profile` is what is promised to users that have none: a dict of `max_latency_seconds`, `cost_limit` and `priority`; by default an answer
/// within a second; from `critical_priority` on, hot instances are made ready. `instances` is a list of dicts of `name`, `tier` ("hot", "warm", "cold"), `cpu`, `memory`, `network`, `cost_per_hour` and
/// `standby_cost_per_hour`, at least one for each tier; without any nothing is recommended.
///
/// A step has 1 to 86,400 seconds, a season 2 to 2,016 steps. Beyond `most_keys` users of applications the least used are dropped.
/// `confidence` is the share of what comes that intervals hold, `utilization` the share of an instance that is to be used, and
/// `late_request_cost` what a request that comes too late costs. `cpu`, `memory` and `network` are in any units, the same in records and
/// instances. Times are Unix milliseconds, or a datetime with its time zone.
///
/// What cannot be used raises `ConfigError` or `DataError`, which name the field and its value and are a `ValueError`; the balancer is then
/// as it was.
#[pyclass(frozen, module = "forescale.pool")]
#[derive(Debug)]
pub(crate) struct LoadBalancer(Shared<pool::LoadBalancer>);

#[pymethods]
impl LoadBalancer {
    #[new]
    #[pyo3(
        signature = (step_seconds: "float | timedelta | str"=300.0, season_seconds: "float | timedelta | str"=86_400.0,
            most_keys: "SupportsIndex"=1_000_000, confidence=0.9,
            profile: "dict[str, object] | None"=None, critical_priority: "SupportsIndex"=1,
            warm_start_up_seconds: "float | timedelta | str"=30.0,
            cold_start_up_seconds: "float | timedelta | str"=300.0,
            instances: "list[dict[str, object]] | None"=None, utilization=0.7, late_request_cost=0.001)
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = seconds)] step_seconds: f64,
        #[pyo3(from_py_with = seconds)] season_seconds: f64,
        #[pyo3(from_py_with = whole)] most_keys: usize,
        confidence: f64,
        profile: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = whole)] critical_priority: i32,
        #[pyo3(from_py_with = seconds)] warm_start_up_seconds: f64,
        #[pyo3(from_py_with = seconds)] cold_start_up_seconds: f64,
        instances: Option<&Bound<'_, PyAny>>,
        utilization: f64,
        late_request_cost: f64,
    ) -> PyResult<Self> {
        let by_default = LoadBalancerConfig::default();
        let profile: Option<QosProfile> = profile.map(|profile| settings("profile", profile)).transpose()?;
        let instances: Option<Vec<InstanceKind>> =
            instances.map(|instances| settings("instances", instances)).transpose()?;
        let config = LoadBalancerConfig {
            step_seconds,
            season_seconds,
            most_keys,
            confidence,
            profile: profile.unwrap_or(by_default.profile),
            critical_priority,
            warm_start_up_seconds,
            cold_start_up_seconds,
            instances: instances.unwrap_or(by_default.instances),
            utilization,
            late_request_cost,
        };
        Ok(LoadBalancer(Shared::new(quick(py, || pool::LoadBalancer::new(config))?)))
    }

    /// Says what is promised to the users of an application, or with a `user` to that one alone: a dict of `max_latency_seconds`
    /// (None: it may wait), `cost_limit` (an hour; None: no limit) and `priority` (0). To be said before their requests are counted.
    #[pyo3(signature = (user, application, profile: "dict[str, object]"))]
    fn set_profile(
        &self,
        py: Python<'_>,
        user: Option<&str>,
        application: &str,
        profile: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let profile: QosProfile = settings("profile", profile)?;
        self.0.change(py, |balancer| balancer.set_profile(user, application, profile))
    }

    /// What is promised to a user of an application.
    #[pyo3(signature = (user, application) -> "dict[str, object]")]
    fn profile<'py>(&self, py: Python<'py>, user: &str, application: &str) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |balancer| Ok(balancer.profile(user, application)))?)
    }

    /// Takes in a forecast of one's own for one user of an application, as of a model that is fitted to it alone: a list of dicts of `time`
    /// (Unix milliseconds), `mean` and `upper`, the quantile `(1 + confidence) / 2`, in requests of a whole step. It counts in place of the
    /// balancer's in the steps that it tells.
    #[pyo3(signature = (user, application, forecast: "list[dict[str, object]]"))]
    fn set_forecast(
        &self,
        py: Python<'_>,
        user: &str,
        application: &str,
        forecast: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let forecast: Vec<GivenForecast> = settings("forecast", forecast)?;
        self.0.change(py, |balancer| balancer.set_forecast(user, application, &forecast))
    }

    /// Learns from a history, a list of dicts as in `observe`, in any order.
    #[pyo3(signature = (history: "list[dict[str, object]]"))]
    fn train(&self, py: Python<'_>, history: &Bound<'_, PyAny>) -> PyResult<()> {
        let history: Vec<UsageRecord> = settings("history", history)?;
        self.0.change(py, |balancer| balancer.train(&history))
    }

    /// Counts one record as it comes in: a dict of `time` (Unix milliseconds), `user`, `application`, `requests` (1), and the `cpu`,
    /// `memory` and `network` (0) that they kept in use on average over the step.
    #[pyo3(signature = (record: "dict[str, object]"))]
    fn observe(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record: UsageRecord = settings("record", record)?;
        self.0.change(py, |balancer| balancer.observe(&record))
    }

    /// What a user of an application will ask for in the step of `time`, and what that takes: `requests` per second, `cpu`, `memory` and
    /// `network`, each a dict of `mean`, `lower` and `upper`.
    #[pyo3(signature = (user, application, time) -> "dict[str, object]")]
    fn predict<'py>(
        &self,
        py: Python<'py>,
        user: &str,
        application: &str,
        time: Moment,
    ) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |balancer| balancer.predict(user, application, time.0))?)
    }

    /// All load to come, by how long it can wait: what `ResourceManager.foresee` takes.
    #[pyo3(signature = () -> "dict[str, dict[str, float]]")]
    fn tier_demand<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, pool::LoadBalancer::tier_demand)?)
    }

    /// How many instances of which kind each tier is to hold, hot first: dicts of `tier`, `kind`, `count`, what will be needed at the
    /// `lower` and `upper` end of the interval, the `load` that they carry (requests per second), the `quantile` of the demand that it
    /// reaches, and `cost_per_hour`.
    #[pyo3(signature = () -> "list[dict[str, object]]")]
    fn recommendations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, pool::LoadBalancer::recommendations)?)
    }

    /// Keys (users of applications) that are kept.
    #[getter]
    fn keys(&self, py: Python<'_>) -> PyResult<usize> {
        self.0.read(py, |balancer| Ok(balancer.keys()))
    }

    /// Keys that were dropped because others were used more.
    #[getter]
    fn dropped(&self, py: Python<'_>) -> PyResult<u64> {
        self.0.read(py, |balancer| Ok(balancer.dropped()))
    }

    /// In words: how a user of an application is forecast.
    fn explain(&self, py: Python<'_>, user: &str, application: &str) -> PyResult<String> {
        self.0.read(py, |balancer| Ok(balancer.explain(user, application)))
    }

    /// The settings.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |balancer| Ok(balancer.config().clone()))?)
    }

    /// Settings and state as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, pool::LoadBalancer::snapshot)?))
    }

    /// The balancer that a snapshot was taken of: it goes on as if it had never stopped.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        Ok(LoadBalancer(Shared::new(run(py, || pool::LoadBalancer::restore(bytes))?)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, |balancer| {
            let step_seconds = balancer.config().step_seconds;
            Ok(format!("<LoadBalancer: {} keys, steps of {step_seconds} s>", balancer.keys()))
        })
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}
