//! How do we get there? The fractal scaling identity, sigmoid transitions, hysteresis, ramps.

use crate::arrays::{ARRAY_LIKE, FloatArray, FloatTable, IntArray, Numbers, Table};
use crate::run::{Shared, quick, run};
use crate::time::{Seconds, seconds};
use crate::whole::whole;
use engine::scaling;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3::{type_hint_identifier, type_hint_subscript, type_hint_union};
use std::sync::{Arc, Mutex, PoisonError};

/// `S(t + dt) = S(t) + integral of [alpha dL/dt + beta L + gamma d2L/dt2]` at every sample of the load, `s0` at the first.
///
/// On a load error this is the velocity form of a PID controller (alpha proportional, beta integral, gamma
/// derivative), on a load a predictor of scale.
#[pyfunction]
#[pyo3(signature = (load, step_seconds, alpha, beta, gamma, s0=0.0))]
pub(crate) fn scaling_identity(
    py: Python<'_>,
    load: Numbers<'_>,
    step_seconds: Seconds,
    alpha: f64,
    beta: f64,
    gamma: f64,
    s0: f64,
) -> PyResult<FloatArray> {
    let load = load.get();
    run(py, || scaling::scaling_identity(load, step_seconds.0, alpha, beta, gamma, s0)).map(FloatArray)
}

/// `1 / (1 + exp(-k (t - t0)))`, from 0 to 1; `k` is in 1 over the unit of `t` and `t0`.
#[pyfunction]
pub(crate) fn sigmoid(py: Python<'_>, t: f64, k: f64, t0: f64) -> PyResult<f64> {
    quick(py, || scaling::sigmoid(t, k, t0))
}

/// The natural logarithm of the sigmoid, precise where the sigmoid itself has vanished.
#[pyfunction]
pub(crate) fn log_sigmoid(py: Python<'_>, t: f64, k: f64, t0: f64) -> PyResult<f64> {
    quick(py, || scaling::log_sigmoid(t, k, t0))
}

/// The derivative of the sigmoid by `t`.
#[pyfunction]
pub(crate) fn sigmoid_slope(py: Python<'_>, t: f64, k: f64, t0: f64) -> PyResult<f64> {
    quick(py, || scaling::sigmoid_slope(t, k, t0))
}

/// `r0 + k (L - L0)` at every sample of the predicted load: the integral of `dR/dt = k dL/dt`.
#[pyfunction]
pub(crate) fn ramp(
    py: Python<'_>,
    predicted_load: Numbers<'_>,
    step_seconds: Seconds,
    k: f64,
    r0: f64,
) -> PyResult<FloatArray> {
    let load = predicted_load.get();
    run(py, || scaling::ramp(load, step_seconds.0, k, r0)).map(FloatArray)
}

/// A way from one count of replicas to another, and what it costs.
#[pyclass(frozen, eq, module = "forescale.scaling")]
#[derive(Debug, PartialEq)]
pub(crate) struct TransitionPlan(scaling::TransitionPlan);

#[pymethods]
impl TransitionPlan {
    /// The count to ask for at the begin of each step.
    #[getter]
    fn replicas(&self) -> IntArray {
        IntArray(self.0.replicas.iter().map(|count| *count as i64).collect())
    }

    /// What those that serve can serve in each step, in replicas with full capacity.
    #[getter]
    fn capacity(&self) -> FloatArray {
        FloatArray(self.0.capacity.clone())
    }

    /// All replicas' running, starting and draining.
    #[getter]
    fn cost(&self) -> f64 {
        self.0.cost
    }

    /// The part of the cost beyond running exactly the whole replicas that each step needs.
    #[getter]
    fn transition_cost(&self) -> f64 {
        self.0.transition_cost
    }

    /// Demand beyond capacity, in replica-seconds: 0 in a plan.
    #[getter]
    fn shortfall(&self) -> f64 {
        self.0.shortfall
    }

    /// No plan that covers the demand costs less.
    #[getter]
    fn least_cost(&self) -> f64 {
        self.0.least_cost
    }

    fn __repr__(&self) -> String {
        let scaling::TransitionPlan { replicas, cost, transition_cost, shortfall, .. } = &self.0;
        format!(
            "TransitionPlan({} steps, cost={cost}, transition_cost={transition_cost}, shortfall={shortfall})",
            replicas.len()
        )
    }
}

/// The cheapest counts with which capacity never falls under demand.
///
/// `demand` is what each step needs, in replicas with full capacity; the `initial` ones have it before the first step.
/// `running_cost` is per replica and second; `warm_up` has the shares of full capacity in the steps after the start-up.
#[pyfunction]
#[pyo3(signature = (demand, initial: "SupportsIndex", step_seconds: "float | timedelta | str"=15.0,
    start_up_seconds: "float | timedelta | str"=120.0, warm_up=vec![],
    drain_seconds: "float | timedelta | str"=0.0, running_cost=1.0, start_cost=0.0, max_up_per_step: "SupportsIndex | None"=None,
    max_down_per_step: "SupportsIndex | None"=None,
    min_replicas: "SupportsIndex"=1, max_replicas: "SupportsIndex"=1000),
        text_signature = "(demand, initial, step_seconds=15.0, start_up_seconds=120.0, warm_up=[], \
    drain_seconds=0.0, running_cost=1.0, start_cost=0.0, max_up_per_step=None, max_down_per_step=None, min_replicas=1, max_replicas=1000)")]
#[allow(clippy::too_many_arguments, reason = "the settings are keywords")]
pub(crate) fn plan_transition(
    py: Python<'_>,
    demand: Numbers<'_>,
    #[pyo3(from_py_with = whole)] initial: u64,
    #[pyo3(from_py_with = seconds)] step_seconds: f64,
    #[pyo3(from_py_with = seconds)] start_up_seconds: f64,
    warm_up: Vec<f64>,
    #[pyo3(from_py_with = seconds)] drain_seconds: f64,
    running_cost: f64,
    start_cost: f64,
    #[pyo3(from_py_with = whole)] max_up_per_step: Option<u64>,
    #[pyo3(from_py_with = whole)] max_down_per_step: Option<u64>,
    #[pyo3(from_py_with = whole)] min_replicas: u64,
    #[pyo3(from_py_with = whole)] max_replicas: u64,
) -> PyResult<TransitionPlan> {
    let (demand, step_seconds, start_up_seconds) = (demand.get(), step_seconds, start_up_seconds);
    let config = scaling::TransitionPlanConfig {
        step_seconds,
        start_up_seconds,
        warm_up,
        drain_seconds,
        running_cost,
        start_cost,
        max_up_per_step,
        max_down_per_step,
        min_replicas,
        max_replicas,
    };
    run(py, || scaling::plan_transition(demand, initial, &config)).map(TransitionPlan)
}

/// What given counts cost in the same terms, whether or not they cover the demand or keep the limits of a plan.
#[pyfunction]
#[pyo3(signature = (demand, initial: "SupportsIndex", replicas: "ArrayLike", step_seconds: "float | timedelta | str"=15.0,
    start_up_seconds: "float | timedelta | str"=120.0, warm_up=vec![],
    drain_seconds: "float | timedelta | str"=0.0, running_cost=1.0, start_cost=0.0, min_replicas: "SupportsIndex"=1,
        max_replicas: "SupportsIndex"=1000), text_signature = "(demand, initial, replicas, step_seconds=15.0, \
    start_up_seconds=120.0, warm_up=[], drain_seconds=0.0, running_cost=1.0, start_cost=0.0, min_replicas=1, max_replicas=1000)")]
#[allow(clippy::too_many_arguments, reason = "the settings are keywords")]
pub(crate) fn assess_transition(
    py: Python<'_>,
    demand: Numbers<'_>,
    #[pyo3(from_py_with = whole)] initial: u64,
    #[pyo3(from_py_with = whole)] replicas: Vec<u64>,
    #[pyo3(from_py_with = seconds)] step_seconds: f64,
    #[pyo3(from_py_with = seconds)] start_up_seconds: f64,
    warm_up: Vec<f64>,
    #[pyo3(from_py_with = seconds)] drain_seconds: f64,
    running_cost: f64,
    start_cost: f64,
    #[pyo3(from_py_with = whole)] min_replicas: u64,
    #[pyo3(from_py_with = whole)] max_replicas: u64,
) -> PyResult<TransitionPlan> {
    let (demand, step_seconds, start_up_seconds) = (demand.get(), step_seconds, start_up_seconds);
    let config = scaling::TransitionPlanConfig {
        step_seconds,
        start_up_seconds,
        warm_up,
        drain_seconds,
        running_cost,
        start_cost,
        max_up_per_step: None,
        max_down_per_step: None,
        min_replicas,
        max_replicas,
    };
    run(py, || scaling::assess_transition(demand, initial, &replicas, &config)).map(TransitionPlan)
}

/// (gain, phase, delay_seconds): how much more gain (a factor), phase lag (radians) or delay the loop bears; all 0 if unstable.
///
/// The loop is a scaling law on the error, with what it asks for serving `start_up_seconds` later. `filter_seconds` is that of the law.
#[pyfunction]
#[pyo3(signature = (alpha, beta, gamma, step_seconds, start_up_seconds, filter_seconds: "float | timedelta | str"=0.0))]
#[allow(clippy::too_many_arguments, reason = "six numbers describe the loop")]
pub(crate) fn stability_margins(
    py: Python<'_>,
    alpha: f64,
    beta: f64,
    gamma: f64,
    step_seconds: Seconds,
    start_up_seconds: Seconds,
    #[pyo3(from_py_with = seconds)] filter_seconds: f64,
) -> PyResult<(f64, f64, f64)> {
    let (step, start_up, filter) = (step_seconds.0, start_up_seconds.0, filter_seconds);
    let margins = run(py, || scaling::stability_margins(alpha, beta, gamma, step, start_up, filter))?;
    Ok((margins.gain, margins.phase, margins.delay_seconds))
}

/// The gains that do on a load `by` times as slow what the given ones do: (alpha, beta / by, gamma * by).
#[pyfunction]
pub(crate) fn stretch_gains(
    py: Python<'_>,
    alpha: f64,
    beta: f64,
    gamma: f64,
    by: f64,
) -> PyResult<(f64, f64, f64)> {
    quick(py, || scaling::stretch_gains(alpha, beta, gamma, by))
}

/// Deviation of a slope over `window` samples (at least 3) per deviation of independent noise in the load.
#[pyfunction]
#[pyo3(signature = (window: "SupportsIndex", step_seconds))]
pub(crate) fn slope_noise(
    py: Python<'_>,
    #[pyo3(from_py_with = whole)] window: usize,
    step_seconds: Seconds,
) -> PyResult<f64> {
    quick(py, || scaling::slope_noise(window, step_seconds.0))
}

/// The change of scale over the last 1, 2, 4, ... steps at every sample: a table of `scales` rows, NaN where too little is known.
#[pyfunction]
#[pyo3(signature = (load, step_seconds, alpha, beta, gamma, scales: "SupportsIndex", window: "SupportsIndex"=5))]
#[allow(clippy::too_many_arguments, reason = "the settings are keywords")]
pub(crate) fn multiscale_scaling(
    py: Python<'_>,
    load: Numbers<'_>,
    step_seconds: Seconds,
    alpha: f64,
    beta: f64,
    gamma: f64,
    #[pyo3(from_py_with = whole)] scales: usize,
    #[pyo3(from_py_with = whole)] window: usize,
) -> PyResult<FloatTable> {
    let load = load.get();
    let rows =
        run(py, || scaling::multiscale_scaling(load, step_seconds.0, alpha, beta, gamma, scales, window))?;
    Ok(FloatTable(rows.concat(), load.len()))
}

/// A smooth way from one scale to another, half done at `t0`: `initial + (target - initial) sigmoid(t, k, t0)`.
#[pyclass(frozen, eq, module = "forescale.scaling")]
#[derive(Debug, PartialEq)]
pub(crate) struct Transition {
    transition: scaling::Transition,
    made_by: MadeBy,
}

#[derive(Debug, PartialEq)]
enum MadeBy {
    New(f64, f64, f64, f64),
    Over(u64, u64, f64, f64),
}

#[pymethods]
impl Transition {
    #[new]
    fn new(py: Python<'_>, initial: f64, target: f64, k: f64, t0: f64) -> PyResult<Self> {
        let transition = quick(py, || scaling::Transition::new(initial, target, k, t0))?;
        Ok(Self { transition, made_by: MadeBy::New(initial, target, k, t0) })
    }

    /// From one count of replicas to another within `duration_seconds` from `start` (in seconds), exact at both ends.
    #[staticmethod]
    #[pyo3(signature = (initial: "SupportsIndex", target: "SupportsIndex", start, duration_seconds))]
    fn over(
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] initial: u64,
        #[pyo3(from_py_with = whole)] target: u64,
        start: f64,
        duration_seconds: Seconds,
    ) -> PyResult<Self> {
        let Seconds(duration_seconds) = duration_seconds;
        let transition = quick(py, || scaling::Transition::over(initial, target, start, duration_seconds))?;
        Ok(Self { transition, made_by: MadeBy::Over(initial, target, start, duration_seconds) })
    }

    /// The scale at time `t`.
    fn value(&self, py: Python<'_>, t: f64) -> PyResult<f64> {
        quick(py, || self.transition.value(t))
    }

    /// The change of the scale per unit of time at `t`.
    fn slope(&self, py: Python<'_>, t: f64) -> PyResult<f64> {
        quick(py, || self.transition.slope(t))
    }

    /// The count of replicas at time `t`: the integer nearest to the scale.
    fn replicas(&self, py: Python<'_>, t: f64) -> PyResult<u64> {
        quick(py, || self.transition.replicas(t))
    }

    fn __repr__(&self) -> String {
        match self.made_by {
            MadeBy::New(initial, target, k, t0) => {
                format!("Transition(initial={initial}, target={target}, k={k}, t0={t0})")
            }
            MadeBy::Over(initial, target, start, duration_seconds) => format!(
                "Transition.over(initial={initial}, target={target}, start={start}, \
                 duration_seconds={duration_seconds})"
            ),
        }
    }

    #[pyo3(signature = () -> "tuple[object, tuple[object, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let (py, class) = (slf.py(), slf.get_type().into_any());
        Ok(match slf.get().made_by {
            MadeBy::New(a, b, c, d) => (class, (a, b, c, d).into_pyobject(py)?.into_any()),
            MadeBy::Over(a, b, c, d) => (class.getattr("over")?, (a, b, c, d).into_pyobject(py)?.into_any()),
        })
    }
}

/// The scaling identity, incremental: clamped to [low, high], without wind-up of its integral.
///
/// `filter_seconds` is the time constant of a filter on the gamma term, against noise; 0 is none.
#[pyclass(frozen, module = "forescale.scaling")]
#[derive(Debug)]
pub(crate) struct ScalingLaw(Shared<scaling::ScalingLaw>);

#[pymethods]
impl ScalingLaw {
    #[new]
    #[pyo3(signature = (alpha=1.0, beta=0.0, gamma=0.0, low=1.0, high=1000.0, s0=0.0, filter_seconds: "float | timedelta | str"=0.0))]
    #[allow(clippy::too_many_arguments, reason = "the settings are keywords")]
    fn new(
        py: Python<'_>,
        alpha: f64,
        beta: f64,
        gamma: f64,
        low: f64,
        high: f64,
        s0: f64,
        #[pyo3(from_py_with = seconds)] filter_seconds: f64,
    ) -> PyResult<Self> {
        let config = scaling::ScalingLawConfig { alpha, beta, gamma, filter_seconds, low, high, s0 };
        Ok(Self(Shared::new(quick(py, || scaling::ScalingLaw::new(config))?)))
    }

    /// Takes one sample, `step_seconds` after the one before, and gives the new scale.
    fn update(&self, py: Python<'_>, load: f64, step_seconds: Seconds) -> PyResult<f64> {
        self.0.change(py, |law| law.update(load, step_seconds.0))
    }

    /// Takes the gains with which the identity comes closest to a recorded `scale`, by least squares, and begins anew.
    ///
    /// `load` and `scale` were recorded of a controller, `step_seconds` apart, at least 4 samples of each. Gives the root mean square of what
    /// the gains leave unexplained. A gain of which the record says nothing becomes 0.
    fn tune(
        &self,
        py: Python<'_>,
        load: Numbers<'_>,
        scale: Numbers<'_>,
        step_seconds: Seconds,
    ) -> PyResult<f64> {
        let (load, scale) = (load.get(), scale.get());
        self.0.change(py, |law| law.tune(load, scale, step_seconds.0))
    }

    /// Takes the gains that would have been cheapest on this demand, by simulation with replicas that serve one start-up later, and begins anew.
    ///
    /// Gives the mean cost of a step. The gains keep stability up to `gain_margin` times themselves.
    #[pyo3(signature = (demand, step_seconds: "float | timedelta | str"=15.0, start_up_seconds: "float | timedelta | str"=120.0,
        missing_cost=10.0, idle_cost=1.0,
        change_cost=1.0, gain_margin=2.0))]
    #[allow(clippy::too_many_arguments, reason = "the settings are keywords")]
    fn tune_simulated(
        &self,
        py: Python<'_>,
        demand: Numbers<'_>,
        #[pyo3(from_py_with = seconds)] step_seconds: f64,
        #[pyo3(from_py_with = seconds)] start_up_seconds: f64,
        missing_cost: f64,
        idle_cost: f64,
        change_cost: f64,
        gain_margin: f64,
    ) -> PyResult<f64> {
        let (step_seconds, start_up_seconds) = (step_seconds, start_up_seconds);
        let config = scaling::SimulatedTuningConfig {
            step_seconds,
            start_up_seconds,
            missing_cost,
            idle_cost,
            change_cost,
            gain_margin,
        };
        let demand = demand.get();
        self.0.change(py, |law| law.tune_simulated(demand, &config))
    }

    /// The gains (alpha, beta, gamma): those given, or what tuning found.
    #[getter]
    fn gains(&self, py: Python<'_>) -> PyResult<(f64, f64, f64)> {
        self.0.read(py, |law| Ok(law.gains()))
    }

    /// The scale after the last sample.
    #[getter]
    fn scale(&self, py: Python<'_>) -> PyResult<f64> {
        self.0.read(py, |law| Ok(law.scale()))
    }

    /// The law as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, scaling::ScalingLaw::snapshot)?))
    }

    /// The law that a snapshot holds; it goes on exactly as the one that was saved.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        run(py, || scaling::ScalingLaw::restore(bytes)).map(|law| Self(Shared::new(law)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, |law| {
            let scaling::ScalingLawConfig { alpha, beta, gamma, filter_seconds, low, high, s0 } =
                law.config();
            Ok(format!(
                "ScalingLaw(alpha={alpha}, beta={beta}, gamma={gamma}, low={low}, high={high}, s0={s0}, \
                 filter_seconds={filter_seconds}), scale={}",
                law.scale()
            ))
        })
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}

/// What a curve's function raised last: the core's curves have no errors.
type Raised = Arc<Mutex<Option<PyErr>>>;

/// A curve of a hysteresis.
#[derive(Debug)]
enum Curve {
    Points(scaling::Points),
    Function(Py<PyAny>, Raised),
}

impl scaling::Curve for Curve {
    fn scale(&self, load: f64) -> f64 {
        match self {
            Curve::Points(points) => points.scale(load),
            Curve::Function(function, raised) => Python::attach(|py| {
                function.bind(py).call1((load,)).and_then(|scale| scale.extract()).unwrap_or_else(|error| {
                    *raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    f64::NAN
                })
            }),
        }
    }
}

impl Curve {
    fn new(name: &str, given: CurveLike<'_>, raised: &Raised) -> PyResult<Self> {
        if given.0.is_callable() {
            return Ok(Curve::Function(given.0.unbind(), Arc::clone(raised)));
        }
        let table: Table<'_> = given.0.extract()?;
        quick(given.0.py(), || {
            let rows = table.rows(name)?;
            if rows.columns() != 2 {
                let problem = format!("must have pairs (load, scale), got {} columns", rows.columns());
                return Err(engine::Error::Data { name: name.to_owned(), problem });
            }
            let pairs = rows.values().as_chunks().0.iter();
            scaling::Points::new(name, pairs.map(|&[load, scale]| (load, scale)).collect::<Vec<_>>())
        })
        .map(Curve::Points)
    }

    /// As Python gave it, but for lists of pairs where it was an array.
    fn given(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(match self {
            Curve::Points(points) => Vec::from(points.clone()).into_pyobject(py)?.unbind(),
            Curve::Function(function, _) => function.clone_ref(py),
        })
    }
}

const FLOAT: PyStaticExpr = type_hint_identifier!("builtins", "float");

/// What can be a curve.
#[derive(Debug)]
struct CurveLike<'py>(Bound<'py, PyAny>);

impl<'a, 'py> FromPyObject<'a, 'py> for CurveLike<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        ARRAY_LIKE,
        type_hint_subscript!(
            type_hint_identifier!("collections.abc", "Callable"),
            PyStaticExpr::List { elts: &[FLOAT] },
            FLOAT
        )
    );

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(object.to_owned()))
    }
}

/// The scale with memory: the curve `up` while the load rises, `down` while it falls, held while it stands still.
///
/// A curve is a table of points (load, scale) with increasing loads, straight between them and level at its
/// ends, or a function from load to scale. The scale is held until the load is further than `deadband` from where it was set.
#[pyclass(module = "forescale.scaling")]
#[derive(Debug)]
pub(crate) struct Hysteresis {
    hysteresis: scaling::Hysteresis<Curve, Curve>,
    given: (Py<PyAny>, Py<PyAny>),
    raised: Raised,
}

#[pymethods]
impl Hysteresis {
    #[new]
    #[pyo3(signature = (up, down, deadband=0.0))]
    fn new(py: Python<'_>, up: CurveLike<'_>, down: CurveLike<'_>, deadband: f64) -> PyResult<Self> {
        Self::with(py, up, down, |up, down| {
            let mut hysteresis = scaling::Hysteresis::new(up, down);
            hysteresis.set_deadband(deadband)?;
            Ok(hysteresis)
        })
    }

    /// (deadband, false_steps, cost): the deadband of least cost that keeps the steps noise causes in a sample to `most_false_steps`.
    ///
    /// `noise` is the deviation of independent noise in the load, `step_cost` the cost of a change of the scale, `idle_cost` that of
    /// idle capacity for one unit of load, for one sample. `cost` is that of a sample.
    #[staticmethod]
    #[pyo3(signature = (noise, step_cost, idle_cost, most_false_steps=1.0))]
    fn design(
        py: Python<'_>,
        noise: f64,
        step_cost: f64,
        idle_cost: f64,
        most_false_steps: f64,
    ) -> PyResult<(f64, f64, f64)> {
        let design =
            quick(py, || scaling::Hysteresis::design(noise, step_cost, idle_cost, most_false_steps))?;
        Ok((design.deadband, design.false_steps, design.cost))
    }

    /// The deadband, in units of load.
    #[getter]
    fn deadband(&self) -> f64 {
        self.hysteresis.deadband()
    }

    /// Takes the next load and gives the scale.
    fn update(&mut self, py: Python<'_>, load: f64) -> PyResult<f64> {
        let scale = quick(py, || self.hysteresis.update(load));
        match self.raised.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => scale,
        }
    }

    /// The memory and the deadband as bytes that `restore` reads, without the curves.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &quick(py, || self.hysteresis.snapshot())?))
    }

    /// The hysteresis that a snapshot holds, given the same curves; it goes on exactly as the one that was saved.
    #[staticmethod]
    fn restore(py: Python<'_>, up: CurveLike<'_>, down: CurveLike<'_>, bytes: &[u8]) -> PyResult<Self> {
        Self::with(py, up, down, |up, down| scaling::Hysteresis::restore(up, down, bytes))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (up, down) = (self.given.0.bind(py).repr()?, self.given.1.bind(py).repr()?);
        Ok(format!("Hysteresis(up={up}, down={down}, deadband={})", self.hysteresis.deadband()))
    }

    #[pyo3(signature = () -> "tuple[object, tuple[object, object, bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let (py, this) = (slf.py(), slf.borrow());
        let arguments = (this.given.0.bind(py), this.given.1.bind(py), this.snapshot(py)?);
        Ok((slf.get_type().getattr("restore")?, arguments.into_pyobject(py)?.into_any()))
    }
}

impl Hysteresis {
    fn with(
        py: Python<'_>,
        up: CurveLike<'_>,
        down: CurveLike<'_>,
        make: impl FnOnce(Curve, Curve) -> engine::Result<scaling::Hysteresis<Curve, Curve>>,
    ) -> PyResult<Self> {
        let raised = Raised::default();
        let (up, down) = (Curve::new("up", up, &raised)?, Curve::new("down", down, &raised)?);
        let given = (up.given(py)?, down.given(py)?);
        Ok(Self { hysteresis: quick(py, || make(up, down))?, given, raised })
    }
}
