//! Clones of program code, made before the requests come and placed near them.

use crate::run::{Shared, exception, quick, run, settings, to_python};
use crate::time::{Moment, seconds};
use crate::whole::whole;
use engine::pool::{self, CloneManagerConfig, DemandEvent, Distance, GivenForecast, RetryConfig};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// What an actuator reports: "confirmed" or "failed".
pub(crate) fn outcome(py: Python<'_>, name: &str) -> PyResult<pool::Outcome> {
    match name {
        "confirmed" => Ok(pool::Outcome::Confirmed),
        "failed" => Ok(pool::Outcome::Failed),
        _ => {
            let problem = format!("must be confirmed or failed, got {name:?}");
            Err(exception(py, &engine::Error::Config { field: "outcome".into(), problem }))
        }
    }
}

/// How long an actuator has and how often it is asked, from a dict; None stands for the defaults.
pub(crate) fn retry_config(retry: Option<&Bound<'_, PyAny>>) -> PyResult<RetryConfig> {
    retry.map_or_else(|| Ok(RetryConfig::default()), |retry| settings("retry", retry))
}

/// Keeps as many clones of each program as its requests will need: says what to create, where, and what to remove, and is told what became
/// of it.
///
/// `rule` is "quantile" (enough for the quantile of the forecast that `cost_ratio` implies) or "fixed_margin" (the mean, and 1.2 times as
/// many where the confidence is below 0.8). `retry` is a dict of `timeout_seconds`, `attempts` and `backoff`.
///
/// A step has 1 to 86,400 seconds, a season 2 to 2,016 steps, the horizon 1 to 288. `cost_ratio` is what a clone too little costs when one
/// too much costs 1. A volume beyond `under_prediction_ratio` times its forecast has up to `burst_clones` more created at once; a forecast
/// beyond `over_prediction_ratio` times the volume is no longer followed after `over_prediction_steps`. `retry` by default asks 3 times,
/// after 300 s and each time 2 times as long. Times are Unix milliseconds, or a datetime with its time zone; they never go back.
///
/// What cannot be used raises `ConfigError` or `DataError`, which name the field and its value and are a `ValueError`; the manager is then as
/// it was.
#[pyclass(frozen, module = "forescale.pool")]
#[derive(Debug)]
pub(crate) struct CloneManager(Shared<pool::CloneManager>);

#[pymethods]
impl CloneManager {
    #[new]
    #[pyo3(
        signature = (step_seconds: "float | timedelta | str"=300.0, horizon_steps: "SupportsIndex"=12,
            season_seconds: "float | timedelta | str"=86_400.0, start_up_seconds: "float | timedelta | str"=30.0,
            rule="quantile", cost_ratio=19.0, under_prediction_ratio=1.1, burst_clones: "SupportsIndex"=50, over_prediction_ratio=1.5,
            over_prediction_steps: "SupportsIndex"=3, health_failures: "SupportsIndex"=3, most_clones: "SupportsIndex"=1_000_000,
            retry: "dict[str, object] | None"=None)
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = seconds)] step_seconds: f64,
        #[pyo3(from_py_with = whole)] horizon_steps: usize,
        #[pyo3(from_py_with = seconds)] season_seconds: f64,
        #[pyo3(from_py_with = seconds)] start_up_seconds: f64,
        rule: &str,
        cost_ratio: f64,
        under_prediction_ratio: f64,
        #[pyo3(from_py_with = whole)] burst_clones: u32,
        over_prediction_ratio: f64,
        #[pyo3(from_py_with = whole)] over_prediction_steps: u32,
        #[pyo3(from_py_with = whole)] health_failures: u32,
        #[pyo3(from_py_with = whole)] most_clones: usize,
        retry: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let rule = match rule {
            "quantile" => pool::CloneRule::Quantile,
            "fixed_margin" => pool::CloneRule::FixedMargin,
            _ => {
                let problem = format!("must be quantile or fixed_margin, got {rule:?}");
                return Err(exception(py, &engine::Error::Config { field: "rule".into(), problem }));
            }
        };
        let config = CloneManagerConfig {
            step_seconds,
            horizon_steps,
            season_seconds,
            start_up_seconds,
            rule,
            cost_ratio,
            under_prediction_ratio,
            burst_clones,
            over_prediction_ratio,
            over_prediction_steps,
            health_failures,
            most_clones,
            retry: retry_config(retry)?,
        };
        Ok(CloneManager(Shared::new(quick(py, || pool::CloneManager::new(config))?)))
    }

    /// Adds a program, or changes what one needs: a dict of `name`, `service_rate` (requests per second that one clone serves) and
    /// `resources` (what one takes of a machine in each dimension, in any units, as many for all), and where they matter `zone` (where most
    /// of its requests come from), `priority` (0; the higher ones first where room is short), `min_clones` (0), `max_clones` (no limit).
    #[pyo3(signature = (code: "dict[str, object]"))]
    fn set_code(&self, py: Python<'_>, code: &Bound<'_, PyAny>) -> PyResult<()> {
        let code: pool::ProgramCode = settings("code", code)?;
        self.0.change(py, |manager| manager.set_code(code))
    }

    /// Adds a machine, or changes its room: a dict of `name`, `room` in each dimension, and `zone`. It is up. Where clones have no
    /// room any more, the newest are made elsewhere, and go when those run.
    #[pyo3(signature = (machine: "dict[str, object]"))]
    fn set_machine(&self, py: Python<'_>, machine: &Bound<'_, PyAny>) -> PyResult<()> {
        let machine: pool::Machine = settings("machine", machine)?;
        self.0.change(py, |manager| manager.set_machine(machine))
    }

    /// A machine is gone, and with it its clones, which are created anew elsewhere.
    fn machine_lost(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.0.change(py, |manager| manager.machine_lost(name))
    }

    /// Says how far zones are apart: a list of dicts of `from`, `to` and `distance` (in any unit, the same both ways).
    #[pyo3(signature = (distances: "list[dict[str, object]]"))]
    fn set_distances(&self, py: Python<'_>, distances: &Bound<'_, PyAny>) -> PyResult<()> {
        let distances: Vec<Distance> = settings("distances", distances)?;
        self.0.change(py, |manager| manager.set_distances(distances))
    }

    /// Announces that more, or less, will be asked for than usual: a dict of `start` and `end` in Unix milliseconds, the `factor` (how many
    /// times as much as usual, 0 to 1,000), and the program's `code`, or every program.
    #[pyo3(signature = (event: "dict[str, object]"))]
    fn announce(&self, py: Python<'_>, event: &Bound<'_, PyAny>) -> PyResult<()> {
        let event: DemandEvent = settings("event", event)?;
        self.0.change(py, |manager| manager.announce(&event))
    }

    /// Takes in a forecast of one's own for a program, as of a model that is fitted to it alone: a list of dicts of `time` (Unix
    /// milliseconds), `mean`, and `upper`, the quantile `cost_ratio / (1 + cost_ratio)`. It counts in place of the manager's in the steps
    /// that it tells.
    #[pyo3(signature = (code, forecast: "list[dict[str, object]]"))]
    fn set_forecast(&self, py: Python<'_>, code: &str, forecast: &Bound<'_, PyAny>) -> PyResult<()> {
        let forecast: Vec<GivenForecast> = settings("forecast", forecast)?;
        self.0.change(py, |manager| manager.set_forecast(code, &forecast))
    }

    /// Counts requests for a program, as they come in: how many since the last call, 0 to 1e12.
    fn observe(&self, py: Python<'_>, now: Moment, code: &str, requests: f64) -> PyResult<()> {
        self.0.change(py, |manager| manager.observe(now.0, code, requests))
    }

    /// What a health check said of a clone; one that fails as often in a row as the settings say is replaced.
    #[pyo3(signature = (clone: "SupportsIndex", is_healthy))]
    fn observe_health(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] clone: u64,
        is_healthy: bool,
    ) -> PyResult<()> {
        self.0.change(py, |manager| manager.observe_health(clone, is_healthy))
    }

    /// What a clone has served since this was last said of it: of clones that are too much, those go first that have been idle longest.
    #[pyo3(signature = (clone: "SupportsIndex", requests))]
    fn observe_use(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] clone: u64,
        requests: f64,
    ) -> PyResult<()> {
        self.0.change(py, |manager| manager.observe_use(clone, requests))
    }

    /// The numbers of the clones that really run, as the actuator's own list has them.
    #[pyo3(signature = (now, running: "ArrayLike"))]
    fn reconcile(
        &self,
        py: Python<'_>,
        now: Moment,
        #[pyo3(from_py_with = whole)] running: Vec<u64>,
    ) -> PyResult<()> {
        self.0.change(py, |manager| manager.reconcile(now.0, &running))
    }

    /// What became of instruction `id`: "confirmed" or "failed". The same report twice changes nothing.
    #[pyo3(signature = (id: "SupportsIndex", outcome))]
    fn report(&self, py: Python<'_>, #[pyo3(from_py_with = whole)] id: u64, outcome: &str) -> PyResult<()> {
        let outcome = self::outcome(py, outcome)?;
        self.0.change(py, |manager| manager.report(id, outcome))
    }

    /// One round: what the actuator is to do, new or again, as dicts of `id`, `attempt`, `issued`, `due` and `action`, which is
    /// `{"create": {"clone": number, "code": name, "machine": name, "source": a clone to copy or None}}` or `{"remove": {"clone": number}}`.
    #[pyo3(signature = (now) -> "list[dict[str, object]]")]
    fn plan<'py>(&self, py: Python<'py>, now: Moment) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.change(py, |manager| manager.plan(now.0))?)
    }

    /// What the last round handed out.
    #[pyo3(signature = () -> "list[dict[str, object]]")]
    fn instructions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(manager.instructions().to_vec()))?)
    }

    /// What is expected of a program in the coming steps: dicts of `time` (Unix milliseconds at which the step begins), `mean`, `lower`
    /// and `upper` (requests in it), the `clones` for it and the `resources` that they take.
    #[pyo3(signature = (code) -> "list[dict[str, object]]")]
    fn forecast<'py>(&self, py: Python<'py>, code: &str) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| manager.forecast(code))?)
    }

    /// Clones of a program that run, as far as was reported.
    fn running(&self, py: Python<'_>, code: &str) -> PyResult<u32> {
        self.0.read(py, |manager| manager.running(code))
    }

    /// In words: the clones that a program has, what the last round wanted and why, and since when it has been so.
    fn explain(&self, py: Python<'_>, code: &str) -> PyResult<String> {
        self.0.read(py, |manager| manager.explain(code))
    }

    /// Why programs got their clones: the `records` since the journal was last cleared, and how many were `lost` before them.
    #[pyo3(signature = () -> "dict[str, object]")]
    fn journal<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(manager.journal().clone()))?)
    }

    /// Forgets the records of the journal.
    fn clear_journal(&self, py: Python<'_>) -> PyResult<()> {
        self.0.change(py, |manager| {
            manager.clear_journal();
            Ok(())
        })
    }

    /// The settings.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(*manager.config()))?)
    }

    /// Settings and state as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, pool::CloneManager::snapshot)?))
    }

    /// The manager that a snapshot was taken of: it goes on as if it had never stopped.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        Ok(CloneManager(Shared::new(run(py, || pool::CloneManager::restore(bytes))?)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, |manager| {
            let config = manager.config();
            Ok(format!("<CloneManager: steps of {} s, {} ahead>", config.step_seconds, config.horizon_steps))
        })
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}
