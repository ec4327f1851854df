//! Is this normal? Clusters, circuit breakers, and where the load behind an open one goes.

use crate::arrays::{FloatArray, IntArray, Numbers, Table};
use crate::run::{Shared, quick, run};
use crate::time::{Moment, Seconds};
use crate::whole::whole;
use engine::anomaly;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The cluster of each point, counted from 0; -1 for noise (DBSCAN).
///
/// Two points are neighbours when their Euclidean distance is at most `eps`; a point with at least `min_points`
/// neighbours, itself included, is a core point. The labels are those of `sklearn.cluster.DBSCAN`.
#[pyfunction]
#[allow(non_snake_case, reason = "scikit-learn's name of it")]
#[pyo3(signature = (X, eps, min_points: "SupportsIndex"))]
pub(crate) fn dbscan(
    py: Python<'_>,
    X: Table<'_>,
    eps: f64,
    #[pyo3(from_py_with = whole)] min_points: usize,
) -> PyResult<IntArray> {
    let points = X.rows("points");
    run(py, || anomaly::dbscan(points?, eps, min_points)).map(IntArray)
}

/// When to stop asking what keeps failing, and when to try again.
///
/// Closed, calls pass; after `failures` failures in a row it opens and none passes; after `cooldown_seconds` it is
/// half-open and lets `probes` calls through: one failure opens it again, `probes` successes close it.
#[pyclass(frozen, module = "forescale.anomaly")]
#[derive(Debug)]
pub(crate) struct CircuitBreaker(Shared<anomaly::CircuitBreaker>);

impl CircuitBreaker {
    fn get<T: Send>(
        &self,
        py: Python<'_>,
        what: impl FnOnce(&anomaly::CircuitBreaker) -> T + Send,
    ) -> PyResult<T> {
        self.0.read(py, |breaker| Ok(what(breaker)))
    }
}

#[pymethods]
impl CircuitBreaker {
    #[new]
    #[pyo3(signature = (failures: "SupportsIndex", cooldown_seconds, probes: "SupportsIndex"))]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] failures: u32,
        cooldown_seconds: Seconds,
        #[pyo3(from_py_with = whole)] probes: u32,
    ) -> PyResult<Self> {
        let breaker = quick(py, || anomaly::CircuitBreaker::new(failures, cooldown_seconds.0, probes))?;
        Ok(CircuitBreaker(Shared::new(breaker)))
    }

    /// Whether a call may be made now; one that may is expected to be recorded.
    fn allow(&self, py: Python<'_>, now: Moment) -> PyResult<bool> {
        self.0.change(py, |breaker| Ok(breaker.allow(now.0)))
    }

    /// Learns how a call ended.
    fn record(&self, py: Python<'_>, now: Moment, success: bool) -> PyResult<()> {
        self.0.change(py, |breaker| {
            breaker.record(now.0, success);
            Ok(())
        })
    }

    /// The state at a moment: "closed", "open" or "half_open".
    fn state(&self, py: Python<'_>, now: Moment) -> PyResult<&'static str> {
        self.get(py, |breaker| breaker.state(now.0).name())
    }

    /// Failures in a row, while it is closed.
    #[getter]
    fn failed(&self, py: Python<'_>) -> PyResult<u32> {
        self.get(py, anomaly::CircuitBreaker::failed)
    }

    /// Probes that succeeded since it is half-open.
    #[getter]
    fn succeeded(&self, py: Python<'_>) -> PyResult<u32> {
        self.get(py, anomaly::CircuitBreaker::succeeded)
    }

    /// How often it opened.
    #[getter]
    fn openings(&self, py: Python<'_>) -> PyResult<u64> {
        self.get(py, anomaly::CircuitBreaker::openings)
    }

    /// Calls that it did not let pass.
    #[getter]
    fn rejected(&self, py: Python<'_>) -> PyResult<u64> {
        self.get(py, anomaly::CircuitBreaker::rejected)
    }

    /// Unix milliseconds before which no call may be made; None while calls pass.
    #[getter]
    fn retry_at(&self, py: Python<'_>) -> PyResult<Option<i64>> {
        self.get(py, anomaly::CircuitBreaker::retry_at)
    }

    /// The whole state as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, anomaly::CircuitBreaker::snapshot)?))
    }

    /// The breaker that a snapshot was taken of: it goes on as if it had never stopped.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        Ok(CircuitBreaker(Shared::new(run(py, || anomaly::CircuitBreaker::restore(bytes))?)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.get(py, |breaker| {
            let (failures, probes) = (breaker.failures(), breaker.probes());
            let cooldown = breaker.cooldown_seconds();
            format!("CircuitBreaker(failures={failures}, cooldown_seconds={cooldown:?}, probes={probes})")
        })
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}

/// Where a diverted load goes.
#[pyclass(frozen, module = "forescale.anomaly")]
#[derive(Debug)]
pub(crate) struct Spillover(anomaly::Spillover);

#[pymethods]
impl Spillover {
    /// What each neighbour takes on top of its own load.
    #[getter]
    fn taken(&self) -> FloatArray {
        FloatArray(self.0.taken.clone())
    }

    /// What none can take: to be shed.
    #[getter]
    fn shed(&self) -> f64 {
        self.0.shed
    }

    fn __repr__(&self) -> String {
        format!("Spillover(taken={:?}, shed={:?})", self.0.taken, self.0.shed)
    }
}

/// Splits the load of a service whose breaker opened over its neighbours, none beyond its capacity.
///
/// The least utilized take first. `capacities` and `loads` are what each neighbour can serve and serves already;
/// `available` says which of them may be given more, by default all: those whose own breaker is closed.
#[pyfunction]
#[pyo3(signature = (load, capacities, loads, available=None))]
pub(crate) fn spillover(
    py: Python<'_>,
    load: f64,
    capacities: Numbers<'_>,
    loads: Numbers<'_>,
    available: Option<Vec<bool>>,
) -> PyResult<Spillover> {
    let (capacities, loads, available) = (capacities.get(), loads.get(), available.unwrap_or_default());
    run(py, || anomaly::spillover(load, capacities, loads, &available)).map(Spillover)
}
