//! How do we get there? The fractal scaling identity, sigmoid transitions, hysteresis, ramps.

use crate::arrays::{ARRAY_LIKE, FloatArray, Numbers, Table};
use crate::run::{Shared, quick, run};
use crate::time::Seconds;
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
    fn over(
        py: Python<'_>,
        initial: u64,
        target: u64,
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
#[pyclass(frozen, module = "forescale.scaling")]
#[derive(Debug)]
pub(crate) struct ScalingLaw(Shared<scaling::ScalingLaw>);

#[pymethods]
impl ScalingLaw {
    #[new]
    #[pyo3(signature = (alpha=1.0, beta=0.0, gamma=0.0, low=1.0, high=1000.0, s0=0.0))]
    fn new(
        py: Python<'_>,
        alpha: f64,
        beta: f64,
        gamma: f64,
        low: f64,
        high: f64,
        s0: f64,
    ) -> PyResult<Self> {
        let config = scaling::ScalingLawConfig { alpha, beta, gamma, low, high, s0 };
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
            let scaling::ScalingLawConfig { alpha, beta, gamma, low, high, s0 } = law.config();
            Ok(format!(
                "ScalingLaw(alpha={alpha}, beta={beta}, gamma={gamma}, low={low}, high={high}, s0={s0}), \
                 scale={}",
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
/// ends, or a function from load to scale.
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
    fn new(py: Python<'_>, up: CurveLike<'_>, down: CurveLike<'_>) -> PyResult<Self> {
        Self::with(py, up, down, |up, down| Ok(scaling::Hysteresis::new(up, down)))
    }

    /// Takes the next load and gives the scale.
    fn update(&mut self, py: Python<'_>, load: f64) -> PyResult<f64> {
        let scale = quick(py, || self.hysteresis.update(load));
        match self.raised.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => scale,
        }
    }

    /// The memory as bytes that `restore` reads, without the curves.
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
        Ok(format!("Hysteresis(up={up}, down={down})"))
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
