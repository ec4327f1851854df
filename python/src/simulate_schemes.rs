//! Does it work? Trials of the pool's schemes.

use crate::arrays::Table;
use crate::policy::AnyPolicy;
use crate::run::{Interruptible, run, settings, to_python};
use crate::simulate::Progress;
use crate::simulate_world::World;
use crate::time::{Moment, seconds};
use crate::whole::whole;
use engine::simulate::schemes::{self, SchemeConfig, SchemeReport};
use pyo3::prelude::*;

/// Tries a scheme of the pool and the best simple thing in its place over `loads`: a row for each tenant, key, primary or program, a column
/// for each step. Gives both arms, their differences with intervals, and the cost of the simple one at equal service, as a dict.
///
/// `scheme` is a dict such as `{"clones": {"cost_ratio": 19.0}}`. The first `learn_share` of the time is learned from and does not
/// count. `target_utilization` is what the scheme plans with; `baseline` is the policy of the simple arm. `comparison` has the arguments of
/// `compare`. `progress` is called with the share of the work done, 0 to 1.
#[pyfunction]
#[pyo3(
    signature = (
        loads, world, scheme: "dict[str, object] | None"=None, start=None, step_seconds: "float | timedelta | str"=60.0, learn_share=0.25, target_utilization=0.7,
        baseline=None, sweep=true, comparison: "dict[str, object] | None"=None, seed: "SupportsIndex"=0, progress=None
    ) -> "dict[str, object]"
)]
#[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn schemes_run<'py>(
    py: Python<'py>,
    loads: Table<'py>,
    world: &World,
    scheme: Option<&Bound<'py, PyAny>>,
    start: Option<Moment>,
    #[pyo3(from_py_with = seconds)] step_seconds: f64,
    learn_share: f64,
    target_utilization: f64,
    baseline: Option<AnyPolicy>,
    sweep: bool,
    comparison: Option<&Bound<'py, PyAny>>,
    #[pyo3(from_py_with = whole)] seed: u64,
    progress: Option<Progress>,
) -> PyResult<Bound<'py, PyAny>> {
    let usual = SchemeConfig::default();
    let config = SchemeConfig {
        scheme: scheme.map_or(Ok(usual.scheme), |given| settings("scheme", given))?,
        world: world.0.clone(),
        start: start.map_or(usual.start, |start| start.0),
        step_seconds,
        learn_share,
        target_utilization,
        baseline: baseline.map_or(usual.baseline, |policy| policy.0),
        sweep,
        comparison: comparison.map_or(Ok(usual.comparison), |given| settings("comparison", given))?,
    };
    let mut interruptible = Interruptible::default();
    let mut tell = |share| interruptible.goes_on(progress.as_ref().map(|told| &told.0), share);
    let loads = loads.rows("loads");
    let result = run(py, || schemes::run_with_progress(loads?, &config, seed, &mut tell));
    to_python(py, &interruptible.outcome(result)?)
}

/// Draws the busiest day of a report that `run` gave, as an SVG file's text.
#[pyfunction]
#[pyo3(signature = (report: "dict[str, object]"))]
pub(crate) fn schemes_picture(py: Python<'_>, report: &Bound<'_, PyAny>) -> PyResult<String> {
    let report: SchemeReport = settings("report", report)?;
    run(py, || Ok(schemes::picture(&report)))
}
