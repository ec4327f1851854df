//! Does it work? The world that policies are tried in.

use crate::run::{quick, settings, to_python};
use crate::time::{Seconds, seconds};
use crate::whole::whole;
use engine::simulate;
use pyo3::prelude::*;

/// A simulated service.
///
/// Replicas are charged from the moment they are created to the end of draining. They serve in first-come order as an M/M/c
/// queue; load beyond the capacity waits as backlog until it is served. `service_rate` is the load per second that one replica
/// serves, `target` what the service promises (by default 95 % of the responses within 4 mean service times). Durations:
/// `start_up_seconds` (120), `drain_seconds` (30), `interval_seconds` (15) from sample to sample and decision to decision,
/// `season_seconds` (86400). With `counting_noise`, policies see Poisson counts around the true rate; with
/// `single_requests`, response times are those of requests that are played one by one.
///
/// What goes wrong is off by default. `start_up_variation` and `drain_variation` are standard deviations over means of log-normal times around
/// the medians above. A fresh replica has `warm_up_initial_share` of its throughput, and what it lacks falls to 1/e in `warm_up_seconds`.
/// A share of the starts fails and is given up after `start_failure_seconds`; ready replicas crash; both are replaced. Policies see metrics late by
/// `metric_lag_seconds`, every `scrape_interval_seconds`, some lost. `tiers` are dicts of kinds of machines, the cheapest first: name, service_factor,
/// max_replicas, cost_per_replica_hour, start_up_seconds, crashes_per_replica_hour, hardware (a name of `energy.HardwareProfile`),
/// idle_watts, busy_watts. `arrival_cv` and `service_cv` make the queue G/G/c; `response_curve`, points (utilization, response seconds at the
/// promise's quantile), takes its place. Requests beyond `backlog_limit` are lost, and those that wait longer than an
/// exponential patience of mean `patience_seconds`.
#[pyclass(frozen, eq, module = "forescale.simulate")]
#[derive(Debug, PartialEq)]
pub(crate) struct World(pub(crate) simulate::World);

#[pymethods]
impl World {
    #[new]
    #[pyo3(
        signature = (
            service_rate, target: "dict[str, float | list[float]] | None"=None, start_up_seconds: "float | timedelta | str"=120.0,
            drain_seconds: "float | timedelta | str"=30.0, interval_seconds: "float | timedelta | str"=15.0,
            min_replicas: "SupportsIndex"=1, max_replicas: "SupportsIndex"=1000, counting_noise=true,
            cost_per_replica_hour=1.0, idle_watts=100.0, busy_watts=200.0, season_seconds: "float | timedelta | str"=86_400.0,
            single_requests=false, start_up_variation=0.0, drain_variation=0.0, warm_up_seconds: "float | timedelta | str"=0.0,
            warm_up_initial_share=1.0, start_failure_share=0.0, start_failure_seconds: "float | timedelta | str"=600.0,
            crashes_per_replica_hour=0.0, metric_lag_seconds: "float | timedelta | str"=0.0, scrape_interval_seconds=None,
            lost_sample_share=0.0, tiers: "list[dict[str, object]] | None"=None, arrival_cv=1.0, service_cv=1.0,
            response_curve: "list[list[float]] | list[tuple[float, float]] | None"=None, backlog_limit: "SupportsIndex | None"=None,
            patience_seconds=None
        )
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        service_rate: f64,
        target: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = seconds)] start_up_seconds: f64,
        #[pyo3(from_py_with = seconds)] drain_seconds: f64,
        #[pyo3(from_py_with = seconds)] interval_seconds: f64,
        #[pyo3(from_py_with = whole)] min_replicas: u32,
        #[pyo3(from_py_with = whole)] max_replicas: u32,
        counting_noise: bool,
        cost_per_replica_hour: f64,
        idle_watts: f64,
        busy_watts: f64,
        #[pyo3(from_py_with = seconds)] season_seconds: f64,
        single_requests: bool,
        start_up_variation: f64,
        drain_variation: f64,
        #[pyo3(from_py_with = seconds)] warm_up_seconds: f64,
        warm_up_initial_share: f64,
        start_failure_share: f64,
        #[pyo3(from_py_with = seconds)] start_failure_seconds: f64,
        crashes_per_replica_hour: f64,
        #[pyo3(from_py_with = seconds)] metric_lag_seconds: f64,
        scrape_interval_seconds: Option<Seconds>,
        lost_sample_share: f64,
        tiers: Option<&Bound<'_, PyAny>>,
        arrival_cv: f64,
        service_cv: f64,
        response_curve: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = whole)] backlog_limit: Option<u64>,
        patience_seconds: Option<Seconds>,
    ) -> PyResult<Self> {
        let world = simulate::World {
            service_rate,
            target: target.map(|target| settings("target", target)).transpose()?,
            start_up_seconds,
            drain_seconds,
            interval_seconds,
            min_replicas,
            max_replicas,
            counting_noise,
            cost_per_replica_hour,
            idle_watts,
            busy_watts,
            season_seconds,
            single_requests,
            start_up_variation,
            drain_variation,
            warm_up_seconds,
            warm_up_initial_share,
            start_failure_share,
            start_failure_seconds,
            crashes_per_replica_hour,
            metric_lag_seconds,
            scrape_interval_seconds: scrape_interval_seconds.map(|seconds| seconds.0),
            lost_sample_share,
            tiers: tiers.map(|tiers| settings("tiers", tiers)).transpose()?.unwrap_or_default(),
            arrival_cv,
            service_cv,
            response_curve: response_curve.map(|curve| settings("response_curve", curve)).transpose()?,
            backlog_limit,
            patience_seconds: patience_seconds.map(|seconds| seconds.0),
        };
        quick(py, || world.check())?;
        Ok(World(world))
    }

    /// The settings, as C takes them, the defaults filled in.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0)
    }

    #[staticmethod]
    #[pyo3(signature = (value: "dict[str, object]"))]
    fn _from_dict(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        settings("world", value).map(World)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut fields = Vec::new();
        for item in self.config(py)?.call_method0("items")?.try_iter()? {
            let (name, value): (String, Bound<'_, PyAny>) = item?.extract()?;
            fields.push(format!("{name}={}", value.repr()?));
        }
        Ok(format!("World({})", fields.join(", ")))
    }

    #[pyo3(signature = () -> "tuple[object, tuple[dict[str, object]]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        Ok((slf.get_type().getattr("_from_dict")?, (slf.get().config(slf.py())?,)))
    }
}
