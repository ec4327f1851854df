//! Shadows: standby instances that are given resources before the load comes, and traffic before the primary is overloaded.

use crate::load_history::History;
use crate::pool_clones::{outcome, retry_config};
use crate::run::{Shared, exception, quick, run, settings, to_python};
use crate::time::{Moment, seconds};
use crate::whole::whole;
use engine::pool::{self, ShadowManagerConfig, ShadowRule};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Gives shadows what the coming minutes need, and traffic to shadows: says what to do, and is told what became of it.
///
/// `rule` is "quantile" (what the forecast's quantile that `cost_ratio` implies exceeds of the primary, where it pays) or "proportional"
/// (predicted utilization times the primary's own allocation). `calendar` and `history` are dicts of the settings of `load.Calendar` and
/// `load.History`, `retry` one of `timeout_seconds`, `attempts` and `backoff`.
///
/// A window of `step_seconds` (5 to 3,600) is what utilization is averaged and forecast over; a shadow has what it is given after
/// `warm_seconds`. Utilization is kept at `target_utilization`; beyond `overload_utilization` an hour costs `degradation_cost_per_hour`.
/// Shares are 0 to 1: `idle_share` of its size is what an idle shadow has, `standby_share` of the forecast is held for a failure,
/// `share_step` of the traffic moves within a window at the most, and changes below `share_tolerance` (of traffic) or `resize_tolerance`
/// (of resources) are not made. Traffic is handed over when `closeness` of the real utilization was predicted, goes back after
/// `return_steps` windows of less, and resources after `patience_steps`. Times are Unix milliseconds, or a datetime with its time zone;
/// they never go back.
///
/// What cannot be used raises `ConfigError` or `DataError`, which name the field and its value and are a `ValueError`; the manager is then as
/// it was.
#[pyclass(frozen, module = "forescale.pool")]
#[derive(Debug)]
pub(crate) struct ShadowManager(Shared<pool::ShadowManager>);

#[pymethods]
impl ShadowManager {
    #[new]
    #[pyo3(
        signature = (step_seconds: "float | timedelta | str"=60.0, horizon_steps: "SupportsIndex"=15,
            warm_seconds: "float | timedelta | str"=120.0, calendar: "dict[str, object] | None"=None,
            history: "dict[str, object] | None"=None, rule="quantile", cost_ratio=19.0, degradation_cost_per_hour=100.0,
            target_utilization=0.7, overload_utilization=0.9, idle_share=0.05, standby_share=0.0, failures_per_hour=0.0,
            outage_cost_per_hour=1000.0, closeness=0.9, share_step=0.2, share_tolerance=0.03, return_steps: "SupportsIndex"=2,
            patience_steps: "SupportsIndex"=3, resize_tolerance=0.02, most_queued: "SupportsIndex"=10_000,
            most_shadows: "SupportsIndex"=10_000, retry: "dict[str, object] | None"=None)
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = seconds)] step_seconds: f64,
        #[pyo3(from_py_with = whole)] horizon_steps: usize,
        #[pyo3(from_py_with = seconds)] warm_seconds: f64,
        calendar: Option<&Bound<'_, PyAny>>,
        history: Option<&Bound<'_, PyAny>>,
        rule: &str,
        cost_ratio: f64,
        degradation_cost_per_hour: f64,
        target_utilization: f64,
        overload_utilization: f64,
        idle_share: f64,
        standby_share: f64,
        failures_per_hour: f64,
        outage_cost_per_hour: f64,
        closeness: f64,
        share_step: f64,
        share_tolerance: f64,
        #[pyo3(from_py_with = whole)] return_steps: usize,
        #[pyo3(from_py_with = whole)] patience_steps: usize,
        resize_tolerance: f64,
        #[pyo3(from_py_with = whole)] most_queued: usize,
        #[pyo3(from_py_with = whole)] most_shadows: usize,
        retry: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let usual = ShadowManagerConfig::default();
        let rule = match rule {
            "quantile" => ShadowRule::Quantile,
            "proportional" => ShadowRule::Proportional,
            _ => {
                let problem = format!("must be quantile or proportional, got {rule:?}");
                return Err(exception(py, &engine::Error::Config { field: "rule".into(), problem }));
            }
        };
        let config = ShadowManagerConfig {
            step_seconds,
            horizon_steps,
            warm_seconds,
            calendar: calendar.map_or(Ok(usual.calendar), |given| settings("calendar", given))?,
            history: history.map_or(Ok(usual.history), |given| settings("history", given))?,
            rule,
            cost_ratio,
            degradation_cost_per_hour,
            target_utilization,
            overload_utilization,
            idle_share,
            standby_share,
            failures_per_hour,
            outage_cost_per_hour,
            closeness,
            share_step,
            share_tolerance,
            return_steps,
            patience_steps,
            resize_tolerance,
            most_queued,
            most_shadows,
            retry: retry_config(retry)?,
        };
        Ok(ShadowManager(Shared::new(quick(py, || pool::ShadowManager::new(config))?)))
    }

    /// Adds a primary, or changes its sizes, limits and prices, and gives the number of its active instance: a dict of `name`, `resources`
    /// (1 to 16 dicts of `name`, `base` (what it has, in any unit), `price_per_hour` (of a unit)), and where they matter `version`, `sizes`
    /// (dicts of `name`, `amounts`, `price_per_hour`), `min_shadows` (1; 0: none but those that pay), `max_shadows` (4; 1 to 100) and
    /// `policies` (dicts of `above`, a predicted utilization, and `shadows`, at least so many from there on).
    #[pyo3(signature = (primary: "dict[str, object]"))]
    fn set_primary(&self, py: Python<'_>, primary: &Bound<'_, PyAny>) -> PyResult<u64> {
        let primary: pool::Primary = settings("primary", primary)?;
        self.0.change(py, |manager| manager.set_primary(primary))
    }

    /// Forgets a primary: what is open about it is withdrawn, its active instance gets all of its traffic, its other instances are
    /// released. The journal stays. The active instance is the host's from now on, not to be listed in `reconcile`.
    fn remove_primary(&self, py: Python<'_>, primary: &str) -> PyResult<()> {
        self.0.change(py, |manager| manager.remove_primary(primary))
    }

    /// Takes in what a primary and its shadows used together: a dict of the `primary`, how much was `used` of each resource in its unit
    /// (None: not known) and `tags` of the requests, texts by name.
    #[pyo3(signature = (now, sample: "dict[str, object]"))]
    fn observe(&self, py: Python<'_>, now: Moment, sample: &Bound<'_, PyAny>) -> PyResult<()> {
        let sample: pool::ShadowSample = settings("sample", sample)?;
        self.0.change(py, |manager| manager.observe(now.0, &sample))
    }

    /// Uses a forecast of one's own: a dict of the `primary`, `start` in Unix milliseconds, and `mean` and `deviation`, a row a window and a
    /// column a resource, as shares of what the primary has.
    #[pyo3(signature = (forecast: "dict[str, object]"))]
    fn set_forecast(&self, py: Python<'_>, forecast: &Bound<'_, PyAny>) -> PyResult<()> {
        let forecast: pool::UtilizationForecast = settings("forecast", forecast)?;
        self.0.change(py, |manager| manager.set_forecast(&forecast))
    }

    /// Puts a request of one's own into the pre-warming queue: a dict of the `primary`, `needed_at` in Unix milliseconds, and `amounts`,
    /// what all its shadows together need of each resource then.
    #[pyo3(signature = (request: "dict[str, object]"))]
    fn prewarm(&self, py: Python<'_>, request: &Bound<'_, PyAny>) -> PyResult<()> {
        let request: pool::PrewarmRequest = settings("request", request)?;
        self.0.change(py, |manager| manager.prewarm(&request))
    }

    /// An instance does not answer any more; the next round promotes the best shadow if it was active, or replaces it.
    #[pyo3(signature = (instance: "SupportsIndex"))]
    fn instance_failed(&self, py: Python<'_>, #[pyo3(from_py_with = whole)] instance: u64) -> PyResult<()> {
        self.0.change(py, |manager| manager.instance_failed(instance))
    }

    /// An instance that had failed answers again: it becomes standby.
    #[pyo3(signature = (instance: "SupportsIndex"))]
    fn instance_recovered(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] instance: u64,
    ) -> PyResult<()> {
        self.0.change(py, |manager| manager.instance_recovered(instance))
    }

    /// What really is there, all instances of all primaries: dicts of `instance` (its number), `amounts` (of each resource), `share` (of
    /// its primary's traffic, 0 to 1) and `is_active`.
    #[pyo3(signature = (now, seen: "list[dict[str, object]]"))]
    fn reconcile(&self, py: Python<'_>, now: Moment, seen: &Bound<'_, PyAny>) -> PyResult<()> {
        let seen: Vec<pool::SeenInstance> = settings("seen", seen)?;
        self.0.change(py, |manager| manager.reconcile(now.0, &seen))
    }

    /// What became of instruction `id`: "confirmed" or "failed". The same report twice changes nothing.
    #[pyo3(signature = (id: "SupportsIndex", outcome))]
    fn report(&self, py: Python<'_>, #[pyo3(from_py_with = whole)] id: u64, outcome: &str) -> PyResult<()> {
        let outcome = self::outcome(py, outcome)?;
        self.0.change(py, |manager| manager.report(id, outcome))
    }

    /// One round: what the actuator is to do, new or again, as dicts of `id`, `attempt`, `issued`, `due` and `action`, which is
    /// `{"create": {...}}`, or `resize`, `route`, `mirror`, `promote`, `demote`, `release`. All name the `instance`, but for `route`, which
    /// has the `primary`, a `version` that rises, and `shares`, a list of [instance, share] that takes the place of the one before.
    /// `create` and `resize` have `amounts` of each resource, `promote` and `demote` the `epoch` that is valid, `mirror` whether it
    /// `is_on`.
    #[pyo3(signature = (now) -> "list[dict[str, object]]")]
    fn plan<'py>(&self, py: Python<'py>, now: Moment) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.change(py, |manager| manager.plan(now.0))?)
    }

    /// What the last round handed out.
    #[pyo3(signature = () -> "list[dict[str, object]]")]
    fn instructions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(manager.instructions().to_vec()))?)
    }

    /// What is expected of a primary in the coming windows: dicts of `time`, and `mean`, `deviation` and `upper` of each
    /// resource, as shares of what the primary has.
    #[pyo3(signature = (primary) -> "list[dict[str, object]]")]
    fn forecast<'py>(&self, py: Python<'py>, primary: &str) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| manager.forecast(primary))?)
    }

    /// What is waiting in the pre-warming queue, what is needed first at the front.
    #[pyo3(signature = () -> "list[dict[str, object]]")]
    fn queue<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(manager.queue()))?)
    }

    /// A primary: its `active` instance and its `epoch`, the `version` that shadows are made of, its `instances` (dicts of `instance`,
    /// `role`, `version`, `amounts`, `ceiling` and `share` of the traffic), the `comparison` of real with predicted utilization, and the
    /// `reason` why its shadows have what they have and its `worth`, all of the last round.
    #[pyo3(signature = (primary) -> "dict[str, object]")]
    fn status<'py>(&self, py: Python<'py>, primary: &str) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| manager.status(primary))?)
    }

    /// The same in words.
    fn explain(&self, py: Python<'_>, primary: &str) -> PyResult<String> {
        self.0.read(py, |manager| manager.explain(primary))
    }

    /// Begins a trial of a new version on a shadow of its own: a dict of the `primary` and the `version`, and where they matter `share` (0:
    /// a copy of the traffic; at most 0.5), `alpha` (0.05), `look_pairs` (60 pairs from look to look), `looks` (6),
    /// `latency_margin_seconds` (0.005), `error_margin` (0.001) and `seed`.
    #[pyo3(signature = (trial: "dict[str, object]"))]
    fn start_trial(&self, py: Python<'_>, trial: &Bound<'_, PyAny>) -> PyResult<()> {
        let trial: pool::TrialConfig = settings("trial", trial)?;
        self.0.change(py, |manager| manager.start_trial(trial))
    }

    /// Takes in what both versions measured over the same time: a dict of `latency_seconds`, `error_share`, `new_latency_seconds` and
    /// `new_error_share`; shares are 0 to 1.
    #[pyo3(signature = (primary, pair: "dict[str, float]"))]
    fn observe_trial(&self, py: Python<'_>, primary: &str, pair: &Bound<'_, PyAny>) -> PyResult<()> {
        let pair: pool::TrialPair = settings("pair", pair)?;
        self.0.change(py, |manager| manager.observe_trial(primary, &pair)).map(drop)
    }

    /// What the last look of a primary's trial found; None before the first.
    #[pyo3(signature = (primary) -> "dict[str, object] | None")]
    fn trial<'py>(&self, py: Python<'py>, primary: &str) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| manager.trial(primary))?)
    }

    /// Ends a trial: the new version becomes active, which it may only when it was shown to be no worse, or its shadow goes.
    fn end_trial(&self, py: Python<'_>, primary: &str, is_promoted: bool) -> PyResult<()> {
        self.0.change(py, |manager| manager.end_trial(primary, is_promoted))
    }

    /// What was decided and what came of it: the `records` since the journal was last cleared, and how many were `lost` before them.
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

    /// What was used of each resource, as a history of its own: by the resources' names and the samples' tags; the primary's name is the tag
    /// "primary".
    #[getter]
    fn history(&self, py: Python<'_>) -> PyResult<History> {
        Ok(History(Shared::new(self.0.read(py, |manager| Ok(manager.history().clone()))?)))
    }

    /// The settings.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(manager.config().clone()))?)
    }

    /// Settings and state as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, pool::ShadowManager::snapshot)?))
    }

    /// The manager that a snapshot was taken of: it goes on as if it had never stopped.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        Ok(ShadowManager(Shared::new(run(py, || pool::ShadowManager::restore(bytes))?)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, |manager| {
            let config = manager.config();
            Ok(format!(
                "<ShadowManager: windows of {} s, {} ahead>",
                config.step_seconds, config.horizon_steps
            ))
        })
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}
