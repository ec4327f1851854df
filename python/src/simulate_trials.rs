//! Does it work? Chaos, rollouts, tuning, and two worlds under the same load.

use crate::load::AnySeries;
use crate::policy::AnyPolicy;
use crate::run::{Interruptible, Shared, quick, run, settings, to_python};
use crate::simulate::{Progress, Report};
use crate::simulate_compare::Comparison;
use crate::simulate_world::World;
use crate::time::Seconds;
use crate::whole::whole;
use engine::engine::EngineConfig;
use engine::simulate::{self, DualConfig, RolloutConfig, TuneConfig, Verdict, chaos};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The scenario of a seed as a dict: a service, a hostile load, and one to three faults.
#[pyfunction]
#[pyo3(signature = (seed: "SupportsIndex") -> "dict[str, object]")]
pub(crate) fn chaos_scenario(
    py: Python<'_>,
    #[pyo3(from_py_with = whole)] seed: u64,
) -> PyResult<Bound<'_, PyAny>> {
    to_python(py, &chaos::scenario(seed))
}

fn engine_settings(given: Option<&Bound<'_, PyAny>>) -> PyResult<EngineConfig> {
    given.map_or_else(|| Ok(EngineConfig::default()), |given| settings("settings", given))
}

/// Plays a scenario and gives what it brought to light as a dict; its `breaches` should be empty.
///
/// `settings` are those of the engine, such as `{"policy": "hpa"}`; the scenario fills in times, bounds and the service rate.
#[pyfunction]
#[pyo3(signature = (scenario: "dict[str, object]", settings: "dict[str, object] | None"=None) -> "dict[str, object]")]
pub(crate) fn chaos_run<'py>(
    py: Python<'py>,
    scenario: &Bound<'py, PyAny>,
    settings: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let scenario: chaos::Scenario = crate::run::settings("scenario", scenario)?;
    let settings = engine_settings(settings)?;
    to_python(py, &run(py, || chaos::run(&scenario, &settings))?)
}

/// Plays the scenarios of `count` seeds from `first_seed` on, and gives what each kind of fault and load came to as a dict; its `failed`
/// should be empty. The threads do not change the result. `progress` is called with the share of the work done, 0 to 1.
#[pyfunction]
#[pyo3(signature = (first_seed: "SupportsIndex", count: "SupportsIndex", settings: "dict[str, object] | None"=None,
    threads: "SupportsIndex"=1, progress=None) -> "dict[str, object]")]
pub(crate) fn chaos_survey<'py>(
    py: Python<'py>,
    #[pyo3(from_py_with = whole)] first_seed: u64,
    #[pyo3(from_py_with = whole)] count: usize,
    settings: Option<&Bound<'py, PyAny>>,
    #[pyo3(from_py_with = whole)] threads: usize,
    progress: Option<Progress>,
) -> PyResult<Bound<'py, PyAny>> {
    let settings = engine_settings(settings)?;
    let mut interruptible = Interruptible::default();
    let mut tell = |share| interruptible.goes_on(progress.as_ref().map(|told| &told.0), share);
    let result = run(py, || chaos::survey_with_progress(first_seed, count, &settings, threads, &mut tell));
    to_python(py, &interruptible.outcome(result)?)
}

/// Tunes the numeric settings of a policy on the first part of a load, and reports what they are worth on the rest, as a dict.
///
/// `objective` is `{"price": {"violation_cost_per_hour": 100.0}}` (the default) or `{"limit": {"violation_share": 0.01}}`. The last
/// `holdout_share` of the load, or the last `holdout_seconds`, is only ever used to report. The dict has the tuned `policy`, and
/// `training`, `holdout` (with the settings found) and `training_given`, `holdout_given` (with those given), and every try.
#[pyfunction]
#[pyo3(
    signature = (
        policy, load, world, objective: "dict[str, dict[str, float]] | None"=None, holdout_share=0.3, holdout_seconds=None, budget: "SupportsIndex"=60, seed: "SupportsIndex"=0,
        progress=None
    ) -> "dict[str, object]"
)]
#[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn tune<'py>(
    py: Python<'py>,
    policy: AnyPolicy,
    load: AnySeries<'py>,
    world: &World,
    objective: Option<&Bound<'py, PyAny>>,
    holdout_share: f64,
    holdout_seconds: Option<Seconds>,
    #[pyo3(from_py_with = whole)] budget: usize,
    #[pyo3(from_py_with = whole)] seed: u64,
    progress: Option<Progress>,
) -> PyResult<Bound<'py, PyAny>> {
    let usual = TuneConfig::default().objective;
    let objective = objective.map_or(Ok(usual), |given| settings("objective", given))?;
    let holdout_seconds = holdout_seconds.map(|seconds| seconds.0);
    let config = TuneConfig { objective, holdout_share, holdout_seconds, budget };
    let load = load.get();
    let mut interruptible = Interruptible::default();
    let mut tell = |share| interruptible.goes_on(progress.as_ref().map(|told| &told.0), share);
    let result =
        run(py, || simulate::tune_with_progress(&policy.0, load, &world.0, &config, seed, &mut tell));
    to_python(py, &interruptible.outcome(result)?)
}

/// Two worlds under the same load: one of the peak's size, and an elastic one.
#[pyclass(frozen, module = "forescale.simulate")]
#[derive(Debug)]
pub(crate) struct Dual(simulate::Dual);

#[pymethods]
impl Dual {
    /// Replicas of the fixed world.
    #[getter]
    fn static_replicas(&self) -> u32 {
        self.0.static_replicas
    }

    /// Share of the fixed world's cost that the elastic one saves; below 0 it costs more.
    #[getter]
    fn cost_saving(&self) -> f64 {
        self.0.cost_saving
    }

    /// Share of the fixed world's energy that the elastic one saves.
    #[getter]
    fn energy_saving(&self) -> f64 {
        self.0.energy_saving
    }

    /// Elastic less static, with intervals.
    #[getter]
    fn comparison(&self) -> Comparison {
        Comparison(self.0.comparison.clone())
    }

    /// Both worlds: the policy `static` first.
    #[getter]
    fn report(&self) -> Report {
        Report(self.0.report.clone())
    }

    /// The two worlds as JSON text, without the timelines.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    fn __repr__(&self) -> String {
        let simulate::Dual { static_replicas, cost_saving, .. } = self.0;
        format!("<Dual static_replicas={static_replicas}, cost_saving={cost_saving}>")
    }
}

/// Runs the same generated load, with the same noise, through a world of fixed size and an elastic one, and compares them.
///
/// The fixed world has what the promise needs at the peak, and the share `buffer` beyond it. `load` is a dict as
/// `{"base": 200.0, "parts": [...], "steps": 10080}` with the arguments of `synthetic.generate`; by default two days of minutes with a daily cycle,
/// bursts and noise. `progress` is called with the share of the work done, 0 to 1.
#[pyfunction]
#[pyo3(
    signature = (world, elastic=None, load: "dict[str, object] | None"=None, buffer=0.0, seed: "SupportsIndex"=0, progress=None)
)]
pub(crate) fn dual(
    py: Python<'_>,
    world: &World,
    elastic: Option<AnyPolicy>,
    load: Option<&Bound<'_, PyAny>>,
    buffer: f64,
    #[pyo3(from_py_with = whole)] seed: u64,
    progress: Option<Progress>,
) -> PyResult<Dual> {
    let usual = DualConfig::default();
    let load = load.map_or(Ok(usual.load), |given| settings("load", given))?;
    let elastic = elastic.map_or(usual.elastic, |policy| policy.0);
    let config = DualConfig { load, elastic, buffer, comparison: usual.comparison };
    let mut interruptible = Interruptible::default();
    let mut tell = |share| interruptible.goes_on(progress.as_ref().map(|told| &told.0), share);
    let result = run(py, || simulate::dual_with_progress(&config, &world.0, seed, &mut tell));
    interruptible.outcome(result).map(Dual)
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Hold => "hold",
        Verdict::Advance => "advance",
        Verdict::RollBack => "roll_back",
        Verdict::Promote => "promote",
    }
}

/// A new policy takes over step by step, and only while what is measured says that it is better.
///
/// `stages` are shares of traffic or services, rising to 1. After every `look_intervals` pairs of a stage, at most `looks` times, new and old are
/// compared by the block bootstrap. The chance that a policy that is no better ever advances is at most `alpha` as far as
/// the bootstrap's p-values are exact (a look must have met what is rare and dear), spent in equal parts.
#[pyclass(frozen, module = "forescale.simulate")]
#[derive(Debug)]
pub(crate) struct Rollout(Shared<simulate::Rollout>);

#[pymethods]
impl Rollout {
    #[new]
    #[pyo3(
        signature = (
            stages=vec![0.01, 0.05, 0.25, 1.0], alpha=0.05, look_intervals: "SupportsIndex"=240, looks: "SupportsIndex"=6,
            violation_cost_per_hour=100.0, resamples: "SupportsIndex"=2000, seed: "SupportsIndex"=0,
            services: "SupportsIndex"=100
        ),
        text_signature = "(stages=[0.01, 0.05, 0.25, 1.0], alpha=0.05, look_intervals=240, looks=6, violation_cost_per_hour=100.0, \
            resamples=2000, seed=0, services=100)"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        stages: Vec<f64>,
        alpha: f64,
        #[pyo3(from_py_with = whole)] look_intervals: usize,
        #[pyo3(from_py_with = whole)] looks: usize,
        violation_cost_per_hour: f64,
        #[pyo3(from_py_with = whole)] resamples: usize,
        #[pyo3(from_py_with = whole)] seed: u64,
        #[pyo3(from_py_with = whole)] services: usize,
    ) -> PyResult<Self> {
        let config = RolloutConfig {
            stages,
            alpha,
            look_intervals,
            looks,
            violation_cost_per_hour,
            resamples,
            seed,
            services,
        };
        Ok(Rollout(Shared::new(quick(py, || simulate::Rollout::new(config))?)))
    }

    /// Takes in what one interval cost, and for how many seconds the promise was broken in it, with the old policy in the control group and
    /// with the new one in a group of the same size; gives "hold", "advance", "roll_back" or "promote".
    fn observe(
        &self,
        py: Python<'_>,
        old_cost: f64,
        old_violation_seconds: f64,
        new_cost: f64,
        new_violation_seconds: f64,
    ) -> PyResult<&'static str> {
        let observe = |rollout: &mut simulate::Rollout| {
            rollout.observe(old_cost, old_violation_seconds, new_cost, new_violation_seconds)
        };
        self.0.change(py, observe).map(verdict)
    }

    /// The share that is to run the new policy now: 0 once it is rolled back, 1 once it is promoted.
    #[getter]
    fn share(&self, py: Python<'_>) -> PyResult<f64> {
        self.0.read(py, |rollout| Ok(rollout.share()))
    }

    /// How it ended: "roll_back" or "promote"; None while it goes on.
    #[getter]
    fn ended(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        self.0.read(py, |rollout| Ok(rollout.ended().map(verdict)))
    }

    /// Every look so far.
    #[getter]
    fn looks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |rollout| Ok(rollout.looks().to_vec()))?)
    }

    /// The settings.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |rollout| Ok(rollout.config().clone()))?)
    }

    /// Share, end and looks as JSON text.
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, |rollout| Ok(rollout.to_json()))
    }

    /// The whole state as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, simulate::Rollout::snapshot)?))
    }

    /// The rollout that a snapshot was taken of: it goes on as if it had never stopped.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        Ok(Rollout(Shared::new(run(py, || simulate::Rollout::restore(bytes))?)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, |rollout| {
            let ended = rollout.ended().map_or("goes on", verdict);
            Ok(format!("<Rollout at {}: {ended}, {} looks>", rollout.share(), rollout.looks().len()))
        })
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}

/// Rolls the policy `new` out in place of `old` in simulation, over the load for each service; ends with the load at the latest, and is then
/// where it got to. `settings` are the arguments of `Rollout` as a dict. `progress` is called with the share of the load passed, 0 to 1.
#[pyfunction]
#[pyo3(
    signature = (load, old, new, world, settings: "dict[str, object] | None"=None, seed: "SupportsIndex"=0, progress=None)
)]
#[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn rollout(
    py: Python<'_>,
    load: AnySeries<'_>,
    old: AnyPolicy,
    new: AnyPolicy,
    world: &World,
    settings: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = whole)] seed: u64,
    progress: Option<Progress>,
) -> PyResult<Rollout> {
    let given = |given| crate::run::settings("settings", given);
    let config: RolloutConfig = settings.map_or_else(|| Ok(RolloutConfig::default()), given)?;
    let load = load.get();
    let mut interruptible = Interruptible::default();
    let mut tell = |share| interruptible.goes_on(progress.as_ref().map(|told| &told.0), share);
    let result =
        run(py, || simulate::rollout_with_progress(load, &old.0, &new.0, &world.0, &config, seed, &mut tell));
    Ok(Rollout(Shared::new(interruptible.outcome(result)?)))
}
