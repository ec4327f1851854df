//! Several regions and applications under one budget: what runs where, and who serves whom.

use crate::pool_clones::{outcome, retry_config};
use crate::run::{Shared, quick, run, settings, to_python};
use crate::time::{Moment, seconds};
use crate::whole::whole;
use engine::pool::{self, GivenForecast, GlobalBudget, RegionsConfig};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// How much of each application to run in which region, and which region serves whose requests.
///
/// `budget` is what all regions together may take: `{"replicas": n}`, `{"cost": an hour}` or `{"watts": w}`. `latency_price` is what a
/// millisecond of latency of one replica's requests is worth in an hour, `carbon_price` what a kilogram of carbon dioxide is,
/// and `move_price` what another region must be cheaper by to take load over. `retry` is a dict of `timeout_seconds`, `attempts`, `backoff`.
///
/// A step has 1 to 86,400 seconds, a season 2 to 2,016 steps; `cost_ratio` is what a replica too little costs when one too much costs 1. A
/// region that comes back is given its load again over `recovery_rounds`. Times are Unix milliseconds, or a datetime with its time zone;
/// they never go back.
///
/// What cannot be used raises `ConfigError` or `DataError`, which name the field and its value and are a `ValueError`; the regions are then
/// as they were.
#[pyclass(frozen, module = "forescale.pool")]
#[derive(Debug)]
pub(crate) struct Regions(Shared<pool::Regions>);

#[pymethods]
impl Regions {
    #[new]
    #[pyo3(
        signature = (step_seconds: "float | timedelta | str"=300.0, season_seconds: "float | timedelta | str"=86_400.0,
            start_up_seconds: "float | timedelta | str"=120.0, cost_ratio=19.0,
            budget: "dict[str, float] | None"=None, latency_price=0.01, carbon_price=0.0, move_price=0.05,
            recovery_rounds: "SupportsIndex"=4,
            retry: "dict[str, object] | None"=None)
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = seconds)] step_seconds: f64,
        #[pyo3(from_py_with = seconds)] season_seconds: f64,
        #[pyo3(from_py_with = seconds)] start_up_seconds: f64,
        cost_ratio: f64,
        budget: Option<&Bound<'_, PyAny>>,
        latency_price: f64,
        carbon_price: f64,
        move_price: f64,
        #[pyo3(from_py_with = whole)] recovery_rounds: u32,
        retry: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let budget = budget.map(|budget| settings::<GlobalBudget>("budget", budget)).transpose()?;
        let config = RegionsConfig {
            step_seconds,
            season_seconds,
            start_up_seconds,
            cost_ratio,
            budget,
            latency_price,
            carbon_price,
            move_price,
            recovery_rounds,
            retry: retry_config(retry)?,
        };
        Ok(Regions(Shared::new(quick(py, || pool::Regions::new(config))?)))
    }

    /// Adds a region, or changes it: a dict of `name`, `capacity` (replicas that it has room for), and `cost` (of a replica in an hour; 1)
    /// and `watts` (of a replica; 0).
    #[pyo3(signature = (region: "dict[str, object]"))]
    fn set_region(&self, py: Python<'_>, region: &Bound<'_, PyAny>) -> PyResult<()> {
        let region: pool::Region = settings("region", region)?;
        self.0.change(py, |regions| regions.set_region(region))
    }

    /// Adds an application, or changes it: a dict of `name`, `service_rate` (requests per second that one replica serves), and where they
    /// matter `most_latency` (milliseconds from where requests come to where they are served), `residency` (a dict: for a region, the list
    /// of those that may serve its requests) and `priority` (0 to 100; the higher ones first).
    #[pyo3(signature = (application: "dict[str, object]"))]
    fn set_application(&self, py: Python<'_>, application: &Bound<'_, PyAny>) -> PyResult<()> {
        let application: pool::Application = settings("application", application)?;
        self.0.change(py, |regions| regions.set_application(application))
    }

    /// Says how far regions are apart: a list of dicts of `from`, `to` and `milliseconds`, the same both ways.
    #[pyo3(signature = (latencies: "list[dict[str, object]]"))]
    fn set_latencies(&self, py: Python<'_>, latencies: &Bound<'_, PyAny>) -> PyResult<()> {
        let latencies: Vec<pool::Latency> = settings("latencies", latencies)?;
        self.0.change(py, |regions| regions.set_latencies(latencies))
    }

    /// The carbon intensity of a region's power: a list of dicts of `time` (Unix milliseconds) and `grams` a kilowatt-hour, each until the
    /// next.
    #[pyo3(signature = (region, carbon: "list[dict[str, object]]"))]
    fn set_carbon(&self, py: Python<'_>, region: &str, carbon: &Bound<'_, PyAny>) -> PyResult<()> {
        let carbon: Vec<pool::CarbonIntensity> = settings("carbon", carbon)?;
        self.0.change(py, |regions| regions.set_carbon(region, carbon))
    }

    /// Takes in a forecast of one's own for the requests from a region for an application: a list of dicts of `time` (Unix milliseconds),
    /// `mean`, and `upper`, the quantile `cost_ratio / (1 + cost_ratio)`.
    #[pyo3(signature = (region, application, forecast: "list[dict[str, object]]"))]
    fn set_forecast(
        &self,
        py: Python<'_>,
        region: &str,
        application: &str,
        forecast: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let forecast: Vec<GivenForecast> = settings("forecast", forecast)?;
        self.0.change(py, |regions| regions.set_forecast(region, application, &forecast))
    }

    /// A region is lost: its load is spread over the others.
    fn region_lost(&self, py: Python<'_>, region: &str) -> PyResult<()> {
        self.0.change(py, |regions| regions.region_lost(region))
    }

    /// A region is back: it is given its load again step by step.
    fn region_back(&self, py: Python<'_>, region: &str) -> PyResult<()> {
        self.0.change(py, |regions| regions.region_back(region))
    }

    /// Counts requests from a region for an application, as they come in: how many since the last call, 0 to 1e12.
    fn observe(
        &self,
        py: Python<'_>,
        now: Moment,
        region: &str,
        application: &str,
        requests: f64,
    ) -> PyResult<()> {
        self.0.change(py, |regions| regions.observe(now.0, region, application, requests))
    }

    /// What really runs: a list of dicts of `region`, `application` and `replicas`; what is not in it does not run.
    #[pyo3(signature = (now, running: "list[dict[str, object]]"))]
    fn reconcile(&self, py: Python<'_>, now: Moment, running: &Bound<'_, PyAny>) -> PyResult<()> {
        let running: Vec<pool::RunningReplicas> = settings("running", running)?;
        self.0.change(py, |regions| regions.reconcile(now.0, &running))
    }

    /// What became of instruction `id`: "confirmed" or "failed". The same report twice changes nothing.
    #[pyo3(signature = (id: "SupportsIndex", outcome))]
    fn report(&self, py: Python<'_>, #[pyo3(from_py_with = whole)] id: u64, outcome: &str) -> PyResult<()> {
        let outcome = self::outcome(py, outcome)?;
        self.0.change(py, |regions| regions.report(id, outcome))
    }

    /// One round: what the actuator is to do, new or again, as dicts of `id`, `attempt`, `issued`, `due` and `action`, which is
    /// `{"scale": {"region": name, "application": name, "replicas": how many are to run there in all}}`.
    #[pyo3(signature = (now) -> "list[dict[str, object]]")]
    fn plan<'py>(&self, py: Python<'py>, now: Moment) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.change(py, |regions| regions.plan(now.0))?)
    }

    /// What the last round handed out.
    #[pyo3(signature = () -> "list[dict[str, object]]")]
    fn instructions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |regions| Ok(regions.instructions().to_vec()))?)
    }

    /// Where the requests for each application from each region are to go: dicts of `application`, `source`, `shares` by `region`, what is
    /// `unserved`, and what it is `limited_by`.
    #[pyo3(signature = () -> "list[dict[str, object]]")]
    fn routes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |regions| Ok(regions.routes()))?)
    }

    /// Replicas of each application in each region: dicts of `region`, `application`, `wanted` and `running`.
    #[pyo3(signature = () -> "list[dict[str, object]]")]
    fn replicas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |regions| Ok(regions.replicas()))?)
    }

    /// What is expected from a region for an application in the coming steps: dicts of `time`, `mean` and `upper`.
    #[pyo3(signature = (region, application) -> "list[dict[str, object]]")]
    fn forecast<'py>(&self, py: Python<'py>, region: &str, application: &str) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |regions| regions.forecast(region, application))?)
    }

    /// In words: where an application runs, what the last round wanted and why, who serves whom, and what limits it.
    fn explain(&self, py: Python<'_>, application: &str) -> PyResult<String> {
        self.0.read(py, |regions| regions.explain(application))
    }

    /// What changed and why: the `records` since the journal was last cleared, and how many were `lost` before them.
    #[pyo3(signature = () -> "dict[str, object]")]
    fn journal<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |regions| Ok(regions.journal().clone()))?)
    }

    /// Forgets the records of the journal.
    fn clear_journal(&self, py: Python<'_>) -> PyResult<()> {
        self.0.change(py, |regions| {
            regions.clear_journal();
            Ok(())
        })
    }

    /// The settings.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |regions| Ok(*regions.config()))?)
    }

    /// Settings and state as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, pool::Regions::snapshot)?))
    }

    /// The regions that a snapshot was taken of: they go on as if they had never stopped.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        Ok(Regions(Shared::new(run(py, || pool::Regions::restore(bytes))?)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, |regions| {
            let replicas = regions.replicas();
            let running: u32 = replicas.iter().map(|cell| cell.running).sum();
            let wanted: u32 = replicas.iter().map(|cell| cell.wanted).sum();
            Ok(format!("<Regions: {running} of {wanted} replicas run>"))
        })
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}
