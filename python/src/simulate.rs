//! Does it work? Worlds, backtests and reports.

use crate::arrays::{FloatArray, FloatTable, IntArray};
use crate::load::AnySeries;
use crate::policy::{AnyPolicy, Policy};
use crate::policy_laws::QLearning;
use crate::run::{Interruptible, exception, run, settings, to_python};
use crate::simulate_days::{DailyMeans, DayResult};
use crate::simulate_world::World;
use crate::time::Seconds;
use crate::whole::whole;
use engine::policy::{PolicyConfig, QLearningConfig};
use engine::simulate::{self, BacktestConfig, backtest_many_with_progress};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use pyo3::{type_hint_identifier, type_hint_subscript};
use std::path::PathBuf;

/// A callable that is told the share of the work done, 0 to 1.
#[derive(Debug)]
pub(crate) struct Progress(pub(crate) Py<PyAny>);

impl<'a, 'py> FromPyObject<'a, 'py> for Progress {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("collections.abc", "Callable"),
        PyStaticExpr::List { elts: &[type_hint_identifier!("builtins", "float")] },
        type_hint_identifier!("builtins", "object")
    );

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if object.is_callable() {
            Ok(Progress(object.to_owned().unbind()))
        } else {
            Err(PyTypeError::new_err("progress: must be callable with the share of the work done"))
        }
    }
}

/// Runs every policy in `world` over `load` (load per second), with the noise of `seed`.
///
/// A policy is a name, an object of `forescale.policy`, or a dict. `progress` is called with the share of the work done, 0 to 1;
/// what it raises ends the backtest, and so does Ctrl-C. `sweep` says which settings are tried besides: every policy over its target
/// ("targets"), the HPA over target and scale-in window ("hpa"), both ("full"), or none ("none"). The runs are shared by `threads`
/// threads, which does not change the report; with a policy of one's own, one thread does them all.
#[pyfunction]
#[pyo3(signature = (load, policies, world, seed: "SupportsIndex"=0, progress=None, sweep="targets", threads: "SupportsIndex"=1))]
#[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn backtest(
    py: Python<'_>,
    load: AnySeries<'_>,
    policies: Vec<AnyPolicy>,
    world: &World,
    #[pyo3(from_py_with = whole)] seed: u64,
    progress: Option<Progress>,
    sweep: &str,
    #[pyo3(from_py_with = whole)] threads: usize,
) -> PyResult<Report> {
    let mut reports = run_many(py, &[load], policies, world, (seed, sweep, threads), progress)?;
    reports.pop().ok_or_else(|| PyRuntimeError::new_err("a load has no report"))
}

/// `backtest` of the same policies over any number of loads: a list of reports, in the order of the loads.
///
/// The runs are shared by `threads` threads, which does not change the reports.
#[pyfunction]
#[pyo3(signature = (loads, policies, world, seed: "SupportsIndex"=0, progress=None, sweep="targets", threads: "SupportsIndex"=1))]
#[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn backtest_many(
    py: Python<'_>,
    loads: Vec<AnySeries<'_>>,
    policies: Vec<AnyPolicy>,
    world: &World,
    #[pyo3(from_py_with = whole)] seed: u64,
    progress: Option<Progress>,
    sweep: &str,
    #[pyo3(from_py_with = whole)] threads: usize,
) -> PyResult<Vec<Report>> {
    run_many(py, &loads, policies, world, (seed, sweep, threads), progress)
}

fn run_many(
    py: Python<'_>,
    loads: &[AnySeries<'_>],
    policies: Vec<AnyPolicy>,
    world: &World,
    (seed, sweep, threads): (u64, &str, usize),
    progress: Option<Progress>,
) -> PyResult<Vec<Report>> {
    let policies: Vec<PolicyConfig> = policies.into_iter().map(|policy| policy.0).collect();
    let loads: Vec<&engine::load::Series> = loads.iter().map(AnySeries::get).collect();
    let sweep: simulate::Sweep = settings("sweep", PyString::new(py, sweep).as_any())?;
    let config = BacktestConfig { seed, sweep, threads };
    let mut interruptible = Interruptible::default();
    let mut tell = |share| interruptible.goes_on(progress.as_ref().map(|told| &told.0), share);
    let result = run(py, || backtest_many_with_progress(&loads, &policies, &world.0, &config, &mut tell));
    Ok(interruptible.outcome(result)?.into_iter().map(Report).collect())
}

/// Trains the policy `q_learning` for `episodes` over a load, from `policy` on, and gives it as it is then, frozen.
///
/// Each episode goes through the whole load with new counting noise; the share of random actions to begin with falls from episode to
/// episode. `progress` is told the share of the work done, 0 to 1. The table is `policy.config["q_learning"]["table"]`.
#[pyfunction]
#[pyo3(signature = (load, policy, world, episodes: "SupportsIndex"=10, seed: "SupportsIndex"=0, progress=None))]
pub(crate) fn train<'py>(
    py: Python<'py>,
    load: AnySeries<'py>,
    policy: &Bound<'py, QLearning>,
    world: &World,
    #[pyo3(from_py_with = whole)] episodes: usize,
    #[pyo3(from_py_with = whole)] seed: u64,
    progress: Option<Progress>,
) -> PyResult<Bound<'py, QLearning>> {
    let PolicyConfig::QLearning(config) = policy.as_super().get().0.clone() else {
        return Err(PyTypeError::new_err("policy: must be a QLearning"));
    };
    let load = load.get();
    let mut interruptible = Interruptible::default();
    let mut tell = |share| interruptible.goes_on(progress.as_ref().map(|told| &told.0), share);
    let result =
        run(py, || simulate::train_with_progress(load, &config, &world.0, episodes, seed, &mut tell));
    let table = interruptible.outcome(result)?;
    let frozen = QLearningConfig { learning: false, table: Some(table.values().to_vec()), ..config };
    Bound::new(py, Policy::made(py, PolicyConfig::QLearning(frozen), QLearning)?)
}

/// What one tier's replicas came to in a policy's run.
#[pyclass(frozen, get_all, eq, module = "forescale.simulate")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TierResult {
    /// The tier's name.
    name: String,
    /// Replica-hours from creation to the end of draining.
    replica_hours: f64,
    /// Cost in the user's currency.
    cost: f64,
    /// Energy in kWh, that of starting and draining included.
    energy_kwh: f64,
}

impl From<simulate::TierResult> for TierResult {
    fn from(result: simulate::TierResult) -> Self {
        let simulate::TierResult { name, replica_hours, cost, energy_kwh } = result;
        TierResult { name, replica_hours, cost, energy_kwh }
    }
}

#[pymethods]
impl TierResult {
    fn __repr__(&self) -> String {
        let TierResult { name, replica_hours, cost, .. } = self;
        format!("<TierResult {name}: replica_hours={replica_hours}, cost={cost}>")
    }
}

/// One policy's run: its totals.
#[pyclass(frozen, get_all, eq, module = "forescale.simulate")]
#[derive(Debug, PartialEq)]
pub(crate) struct PolicyResult {
    /// The policy's name; a second one of the same kind has a number appended.
    policy: String,
    /// Length of the run in seconds.
    seconds: f64,
    /// Requests that arrived.
    requests: f64,
    /// Replica-hours from creation to the end of draining.
    replica_hours: f64,
    /// Cost in the user's currency.
    cost: f64,
    /// Energy in kWh, that of starting and draining included.
    energy_kwh: f64,
    /// Energy of starting and draining in kWh.
    transition_energy_kwh: f64,
    /// Seconds in which the promise was broken.
    violation_seconds: f64,
    /// Share of the time in which the promise was broken, 0 to 1.
    violation_share: f64,
    /// Requests answered later than promised, or never.
    late_requests: f64,
    /// Share of the requests that were answered later than promised, 0 to 1.
    late_share: f64,
    /// Requests that arrived while the promise was broken.
    violation_requests: f64,
    /// Share of the requests that arrived while the promise was broken, 0 to 1.
    violation_request_share: f64,
    /// Requests that were lost: beyond the backlog's limit, or out of patience.
    dropped_requests: f64,
    /// Median response time in seconds.
    p50_seconds: f64,
    /// 95 % of the responses came within this many seconds.
    p95_seconds: f64,
    /// 99 % of the responses came within this many seconds.
    p99_seconds: f64,
    /// Ready replica-hours beyond what the promise needed.
    over_provisioned_hours: f64,
    /// Replica-hours that the promise needed and that were not ready.
    under_provisioned_hours: f64,
    /// Times that the request changed.
    scale_events: u64,
    /// Times that it changed in the direction opposite to the change before.
    flips: u64,
    /// Decisions made before there was a forecast.
    cold_start_decisions: u64,
    /// Starts that failed, were given up, and replaced.
    failed_starts: u64,
    /// Ready replicas that crashed, and were replaced.
    crashes: u64,
    /// One result a tier, in their order; empty where all replicas are alike.
    tiers: Vec<TierResult>,
    /// Cost of the cheapest autoscaler setting (of the HPA's sweep) with no more violation time, if it has one.
    equal_service_hpa_cost: Option<f64>,
    /// Share of the cost between that setting and the oracle that this policy saves; 1 is the oracle.
    gap_closed: Option<f64>,
}

impl From<&simulate::PolicyResult> for PolicyResult {
    fn from(result: &simulate::PolicyResult) -> Self {
        let simulate::PolicyResult {
            policy,
            seconds,
            requests,
            replica_hours,
            cost,
            energy_kwh,
            transition_energy_kwh,
            violation_seconds,
            late_requests,
            violation_requests,
            dropped_requests,
            p50_seconds,
            p95_seconds,
            p99_seconds,
            over_provisioned_hours,
            under_provisioned_hours,
            scale_events,
            flips,
            cold_start_decisions,
            failed_starts,
            crashes,
            tiers,
            equal_service_hpa_cost,
            gap_closed,
            timeline: _,
        } = result.clone();
        PolicyResult {
            policy,
            seconds,
            requests,
            replica_hours,
            cost,
            energy_kwh,
            transition_energy_kwh,
            violation_seconds,
            violation_share: result.violation_share(),
            late_requests,
            late_share: result.late_share(),
            violation_requests,
            violation_request_share: result.violation_request_share(),
            dropped_requests,
            p50_seconds,
            p95_seconds,
            p99_seconds,
            over_provisioned_hours,
            under_provisioned_hours,
            scale_events,
            flips,
            cold_start_decisions,
            failed_starts,
            crashes,
            tiers: tiers.into_iter().map(TierResult::from).collect(),
            equal_service_hpa_cost,
            gap_closed,
        }
    }
}

#[pymethods]
impl PolicyResult {
    fn __repr__(&self) -> String {
        let PolicyResult { policy, cost, violation_share, late_share, .. } = self;
        format!(
            "<PolicyResult {policy}: cost={cost}, violation_share={violation_share}, late_share={late_share}>"
        )
    }
}

/// One setting of a policy: what it costs and how often it breaks the promise.
#[pyclass(frozen, get_all, eq, module = "forescale.simulate")]
#[derive(Debug, PartialEq)]
pub(crate) struct FrontierPoint {
    /// The policy's name.
    policy: String,
    /// The setting, such as `target_utilization=0.7`.
    setting: String,
    /// Cost in the user's currency.
    cost: f64,
    /// Share of the time in which the promise was broken, 0 to 1.
    violation_share: f64,
    /// Share of the requests that were late, 0 to 1.
    late_share: f64,
    /// Share of the requests that arrived while the promise was broken, 0 to 1.
    violation_request_share: f64,
    /// Energy in kWh, that of starting and draining included.
    energy_kwh: f64,
    /// Energy of starting and draining in kWh.
    transition_energy_kwh: f64,
    /// Ready replica-hours beyond what the promise needed.
    over_provisioned_hours: f64,
}

impl From<&simulate::FrontierPoint> for FrontierPoint {
    fn from(point: &simulate::FrontierPoint) -> Self {
        let simulate::FrontierPoint {
            policy,
            setting,
            cost,
            violation_share,
            late_share,
            violation_request_share,
            energy_kwh,
            transition_energy_kwh,
            over_provisioned_hours,
        } = point.clone();
        FrontierPoint {
            policy,
            setting,
            cost,
            violation_share,
            late_share,
            violation_request_share,
            energy_kwh,
            transition_energy_kwh,
            over_provisioned_hours,
        }
    }
}

#[pymethods]
impl FrontierPoint {
    fn __repr__(&self) -> String {
        let FrontierPoint { policy, setting, cost, violation_share, .. } = self;
        format!("<FrontierPoint {policy} {setting}: cost={cost}, violation_share={violation_share}>")
    }
}

/// A policy's run, one value a decision.
#[pyclass(frozen, module = "forescale.simulate")]
#[derive(Debug)]
pub(crate) struct Timeline(simulate::Timeline);

fn counts(counts: &[u32]) -> IntArray {
    IntArray(counts.iter().map(|count| i64::from(*count)).collect())
}

#[pymethods]
impl Timeline {
    /// Replicas asked for.
    #[getter]
    fn requested(&self) -> IntArray {
        counts(&self.0.requested)
    }

    /// Replicas that serve.
    #[getter]
    fn ready(&self) -> IntArray {
        counts(&self.0.ready)
    }

    /// Replicas that are paid for.
    #[getter]
    fn charged(&self) -> IntArray {
        counts(&self.0.charged)
    }

    /// Response time in seconds, at the promise's quantile (0.95 when it has none).
    #[getter]
    fn response_seconds(&self) -> FloatArray {
        FloatArray(self.0.response_seconds.clone())
    }

    /// Forecast peak over the lead time: columns lower, expected and upper; NaN while there is none.
    #[getter]
    fn forecast(&self) -> FloatTable {
        FloatTable(self.0.forecast.concat(), 3)
    }

    /// Cost from this decision to the next, in the user's currency.
    #[getter]
    fn cost(&self) -> FloatArray {
        FloatArray(self.0.cost.clone())
    }

    /// Energy from this decision to the next, in kWh.
    #[getter]
    fn energy_kwh(&self) -> FloatArray {
        FloatArray(self.0.energy_kwh.clone())
    }

    /// Seconds from this decision to the next in which the promise was broken.
    #[getter]
    fn violation_seconds(&self) -> FloatArray {
        FloatArray(self.0.violation_seconds.clone())
    }

    /// Requests from this decision to the next that were late.
    #[getter]
    fn late_requests(&self) -> FloatArray {
        FloatArray(self.0.late_requests.clone())
    }

    /// Ready replica-hours from this decision to the next beyond what the promise needed.
    #[getter]
    fn over_provisioned_hours(&self) -> FloatArray {
        FloatArray(self.0.over_provisioned_hours.clone())
    }

    fn __repr__(&self) -> String {
        format!("<Timeline of {} decisions>", self.0.requested.len())
    }
}

/// What a backtest found: totals of each policy, timelines, and the frontier of cost against violations.
#[pyclass(frozen, module = "forescale.simulate")]
#[derive(Debug)]
pub(crate) struct Report(pub(crate) simulate::Report);

impl Report {
    fn result(&self, py: Python<'_>, policy: &str) -> PyResult<&simulate::PolicyResult> {
        self.0.policy(policy).ok_or_else(|| {
            let problem = format!("{policy} is not in the report");
            exception(py, &engine::Error::Data { name: "policy".into(), problem })
        })
    }
}

#[pymethods]
impl Report {
    /// The world it ran in.
    #[getter]
    fn world(&self) -> World {
        World(self.0.world.clone())
    }

    /// The seed of its noise.
    #[getter]
    fn seed(&self) -> u64 {
        self.0.seed
    }

    /// Unix milliseconds at which it began.
    #[getter]
    fn start(&self) -> i64 {
        self.0.start
    }

    /// Seconds from decision to decision.
    #[getter]
    fn interval_seconds(&self) -> f64 {
        self.0.interval_seconds
    }

    /// One result a policy, in the order they were given.
    #[getter]
    fn policies(&self) -> Vec<PolicyResult> {
        self.0.policies.iter().map(PolicyResult::from).collect()
    }

    /// The settings that were tried besides; every policy over its target, unless told otherwise.
    #[getter]
    fn frontier(&self) -> Vec<FrontierPoint> {
        self.0.frontier.iter().map(FrontierPoint::from).collect()
    }

    /// True load per second, one value a decision.
    #[getter]
    fn load(&self) -> FloatArray {
        FloatArray(self.0.load.clone())
    }

    /// The result of a policy by its name.
    fn policy(&self, py: Python<'_>, name: &str) -> PyResult<PolicyResult> {
        self.result(py, name).map(PolicyResult::from)
    }

    /// A policy's run by its name.
    fn timeline(&self, py: Python<'_>, name: &str) -> PyResult<Timeline> {
        self.result(py, name).map(|result| Timeline(result.timeline.clone()))
    }

    /// Totals and frontier as JSON text, without the timelines.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// The totals as a text table.
    fn table(&self) -> String {
        self.0.table()
    }

    /// Each policy's days (UTC), policy by policy: a list of `DayResult`. Their sums are the totals.
    fn per_day(&self, py: Python<'_>) -> PyResult<Vec<DayResult>> {
        Ok(run(py, || Ok(self.0.per_day()))?.into_iter().map(DayResult::from).collect())
    }

    /// Each policy's days as a text table.
    fn per_day_table(&self, py: Python<'_>) -> PyResult<String> {
        run(py, || Ok(self.0.per_day_table()))
    }

    /// Each policy's mean day with its interval by block bootstrap over the whole days, at least 7: a list of `DailyMeans`.
    #[pyo3(
        signature = (level=0.95, resamples: "SupportsIndex"=2000, block_seconds=None, seed: "SupportsIndex"=0)
    )]
    fn daily_means(
        &self,
        py: Python<'_>,
        level: f64,
        #[pyo3(from_py_with = whole)] resamples: usize,
        block_seconds: Option<Seconds>,
        #[pyo3(from_py_with = whole)] seed: u64,
    ) -> PyResult<Vec<DailyMeans>> {
        let block_seconds = block_seconds.map(|seconds| seconds.0);
        let config = simulate::ComparisonConfig { level, resamples, block_seconds, seed };
        Ok(run(py, || self.0.daily_means(&config))?.into_iter().map(DailyMeans).collect())
    }

    /// The totals as a pandas DataFrame with a row for each policy; pandas must be installed.
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let totals = to_python(py, &self.0.policies)?;
        py.import("pandas")?.call_method1("DataFrame", (totals,))?.call_method1("set_index", ("policy",))
    }

    /// The report as one HTML page without anything external: the finding, the world, the table and the charts.
    ///
    /// Written to `path` when one is given.
    #[pyo3(signature = (path=None))]
    fn to_html(&self, py: Python<'_>, path: Option<PathBuf>) -> PyResult<String> {
        let page = run(py, || self.0.to_html())?;
        if let Some(path) = path {
            // Python writes it, so that an error names the file.
            let file = py.import("pathlib")?.call_method1("Path", (path,))?;
            file.call_method1("write_bytes", (PyBytes::new(py, page.as_bytes()),))?;
        }
        Ok(page)
    }

    /// The chart of cost against broken promises as SVG text: every policy over its settings.
    fn frontier_svg(&self, py: Python<'_>) -> PyResult<String> {
        run(py, || self.0.frontier_svg())
    }

    /// The busiest day (of a short run: hour, or all of it) as SVG text: load, replicas and response times.
    fn timeline_svg(&self, py: Python<'_>) -> PyResult<String> {
        run(py, || self.0.timeline_svg())
    }

    /// Load, replicas and response time over the whole run as a matplotlib Figure; matplotlib must be installed.
    #[pyo3(signature = () -> "object")]
    fn plot<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("forescale._plot")?.call_method1("plot", (slf,))
    }

    fn __repr__(&self) -> String {
        self.0.table()
    }
}
