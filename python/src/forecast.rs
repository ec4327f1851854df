//! What comes next, and how sure are we? Forecasting models, and intervals that adjust themselves.

use crate::arrays::{FloatArray, IntArray};
use crate::run::{Shared, quick, run};
use crate::whole::whole;
use engine::forecast;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The `p`-quantile of the standard normal law, 0 < `p` < 1.
#[pyfunction]
pub(crate) fn normal_quantile(py: Python<'_>, p: f64) -> PyResult<f64> {
    quick(py, || forecast::normal_quantile(p))
}

/// The interval `mean ± z·sigma/√n` for the mean of `n` observations with standard deviation `sigma`.
#[pyfunction]
#[pyo3(signature = (mean, sigma, n: "SupportsIndex", z))]
pub(crate) fn confidence_interval(
    py: Python<'_>,
    mean: f64,
    sigma: f64,
    #[pyo3(from_py_with = whole)] n: u64,
    z: f64,
) -> PyResult<(f64, f64)> {
    quick(py, || forecast::confidence_interval(mean, sigma, n, z))
}

/// A forecast: for each step ahead a mean, and the law of what may come.
#[pyclass(frozen, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Forecast(pub(crate) forecast::Forecast);

#[pymethods]
impl Forecast {
    /// Unix milliseconds at which each forecast step begins.
    #[getter]
    fn times(&self) -> IntArray {
        IntArray(self.0.times())
    }

    /// Expected load of each step.
    #[getter]
    fn mean(&self) -> FloatArray {
        FloatArray(self.0.mean().to_vec())
    }

    /// Standard deviation of each step's error; NaN where the model has not seen an error yet.
    #[getter]
    fn standard_deviation(&self) -> FloatArray {
        FloatArray(self.0.standard_deviation().to_vec())
    }

    /// The interval levels that were asked for.
    #[getter]
    fn levels(&self) -> FloatArray {
        FloatArray(self.0.levels().to_vec())
    }

    /// Lower end of the central interval of each step with probability `level`, between 0 and 1.
    fn lower(&self, py: Python<'_>, level: f64) -> PyResult<FloatArray> {
        run(py, || self.0.lower(level)).map(FloatArray)
    }

    /// Upper end of the central interval of each step with probability `level`, between 0 and 1.
    fn upper(&self, py: Python<'_>, level: f64) -> PyResult<FloatArray> {
        run(py, || self.0.upper(level)).map(FloatArray)
    }

    /// The `q`-quantile of each step, `q` between 0 and 1.
    fn quantile(&self, py: Python<'_>, q: f64) -> PyResult<FloatArray> {
        run(py, || self.0.quantile(q)).map(FloatArray)
    }

    fn __len__(&self) -> usize {
        self.0.mean().len()
    }

    fn __repr__(&self) -> String {
        let start = self.0.times().first().copied().unwrap_or_default();
        format!("<Forecast of {} steps from {start}>", self.0.mean().len())
    }
}

/// The running upper quantile of a stream of scores: a share `level` of them shall not exceed it.
///
/// `rate` is how fast the asked level moves after a miss: larger follows shifts faster and fluctuates more; 0.005 to 0.05 is usual.
#[pyclass(frozen, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct AdaptiveQuantile(Shared<forecast::AdaptiveQuantile>);

#[pymethods]
impl AdaptiveQuantile {
    #[new]
    fn new(py: Python<'_>, level: f64, rate: f64) -> PyResult<Self> {
        quick(py, || forecast::AdaptiveQuantile::new(level, rate))
            .map(|quantile| AdaptiveQuantile(Shared::new(quantile)))
    }

    /// The current quantile; infinite when misses ask for more than was ever seen, NaN before the first score.
    #[getter]
    fn value(&self, py: Python<'_>) -> PyResult<f64> {
        self.0.read(py, |quantile| Ok(quantile.value()))
    }

    /// The plain `p`-quantile of the scores in memory; NaN before the first score.
    fn of_memory(&self, py: Python<'_>, p: f64) -> PyResult<f64> {
        self.0.read(py, |quantile| Ok(quantile.of_memory(p)))
    }

    /// Takes in the next score; NaN is left out.
    fn update(&self, py: Python<'_>, score: f64) -> PyResult<()> {
        self.0.change(py, |quantile| quantile.update(score))
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.0.read(py, |quantile| Ok(quantile.len()))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<AdaptiveQuantile {} of {} scores>", self.value(py)?, self.__len__(py)?))
    }

    /// The quantile as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, forecast::AdaptiveQuantile::snapshot)?))
    }

    /// The quantile that a snapshot holds.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        run(py, || forecast::AdaptiveQuantile::restore(bytes))
            .map(|quantile| AdaptiveQuantile(Shared::new(quantile)))
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}

/// An interval around any forecast that covers the truth with long-run frequency `level`, adjusting at `rate`.
#[pyclass(frozen, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct AdaptiveInterval(Shared<forecast::AdaptiveInterval>);

#[pymethods]
impl AdaptiveInterval {
    #[new]
    fn new(py: Python<'_>, level: f64, rate: f64) -> PyResult<Self> {
        quick(py, || forecast::AdaptiveInterval::new(level, rate))
            .map(|interval| AdaptiveInterval(Shared::new(interval)))
    }

    /// The interval around `predicted`; infinitely wide before the first update.
    fn interval(&self, py: Python<'_>, predicted: f64) -> PyResult<(f64, f64)> {
        self.0.read(py, |interval| interval.interval(predicted))
    }

    /// Learns from what really came; a missing (NaN) `actual` is left out.
    fn update(&self, py: Python<'_>, actual: f64, predicted: f64) -> PyResult<()> {
        self.0.change(py, |interval| interval.update(actual, predicted))
    }

    /// Share of the updates so far whose actual value lay in the interval; NaN before the first.
    #[getter]
    fn coverage(&self, py: Python<'_>) -> PyResult<f64> {
        self.0.read(py, |interval| Ok(interval.coverage()))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<AdaptiveInterval, coverage so far {}>", self.coverage(py)?))
    }

    /// The interval as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, forecast::AdaptiveInterval::snapshot)?))
    }

    /// The interval that a snapshot holds.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        run(py, || forecast::AdaptiveInterval::restore(bytes))
            .map(|interval| AdaptiveInterval(Shared::new(interval)))
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}
