//! The structure of a load: spectrum, periods, seasons, factors, and the few directions in which many metrics vary.

use crate::arrays::{FloatArray, FloatTable, Table};
use crate::load::Load;
use crate::run::{quick, run};
use crate::time::Seconds;
use crate::whole::whole;
use engine::load;
use numpy::{Complex64, IntoPyArray, PyArray1};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::{type_hint_identifier, type_hint_subscript};

/// An array of complex128 for Python.
#[derive(Debug)]
pub(crate) struct ComplexArray(Vec<Complex64>);

impl<'py> IntoPyObject<'py> for ComplexArray {
    type Target = PyArray1<Complex64>;
    type Output = Bound<'py, Self::Target>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("numpy.typing", "NDArray"),
        type_hint_identifier!("numpy", "complex128")
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Ok(self.0.into_pyarray(py))
    }
}

/// The discrete Fourier transform of a load, as complex numbers.
#[pyfunction]
pub(crate) fn dft(py: Python<'_>, values: Load<'_>) -> PyResult<ComplexArray> {
    let values = values.get();
    let (real, imaginary) = run(py, || load::dft(values))?;
    Ok(ComplexArray(real.into_iter().zip(imaginary).map(|(re, im)| Complex64::new(re, im)).collect()))
}

/// One-sided power spectral density: frequencies in hertz, and at each the power per hertz; the mean is removed.
///
/// A series brings its step along.
#[pyfunction]
#[pyo3(signature = (values, step_seconds=None))]
pub(crate) fn periodogram(
    py: Python<'_>,
    values: Load<'_>,
    step_seconds: Option<Seconds>,
) -> PyResult<(FloatArray, FloatArray)> {
    let (values, step) = (values.get(), values.step(step_seconds)?);
    let (frequencies, density) = run(py, || load::periodogram(values, step))?;
    Ok((FloatArray(frequencies), FloatArray(density)))
}

/// A period of a load.
#[pyclass(frozen, get_all, eq, module = "forescale.load")]
#[derive(Debug, PartialEq)]
pub(crate) struct Period {
    /// Its length in seconds.
    seconds: f64,
    /// Share of the load's variance that it explains, with its harmonics, up to 1.
    strength: f64,
}

#[pymethods]
impl Period {
    fn __repr__(&self) -> String {
        format!("Period(seconds={}, strength={})", self.seconds, self.strength)
    }
}

/// The periods of a load, the strongest first; none for noise and constants. NaN is a missing value.
///
/// Robust to trend, gaps and outliers; several at once, such as a day, a week, and a job every 20 minutes. A series brings its step along.
#[pyfunction]
#[pyo3(signature = (values, step_seconds=None, max_periods: "SupportsIndex"=3))]
pub(crate) fn periods(
    py: Python<'_>,
    values: Load<'_>,
    step_seconds: Option<Seconds>,
    #[pyo3(from_py_with = whole)] max_periods: usize,
) -> PyResult<Vec<Period>> {
    let (values, step) = (values.get(), values.step(step_seconds)?);
    let found = run(py, || load::periods(values, step, max_periods))?;
    Ok(found.into_iter().map(|load::Period { seconds, strength }| Period { seconds, strength }).collect())
}

/// How a factor goes with a load.
#[pyclass(frozen, get_all, eq, module = "forescale.load")]
#[derive(Debug, PartialEq)]
pub(crate) struct Correlation {
    /// Steps by which the factor is ahead of the load.
    lag: usize,
    /// Pearson's correlation at that lag.
    r: f64,
    /// Probability that two series as autocorrelated as these, but unrelated, show so strong a correlation at any lag tried.
    p_value: f64,
}

#[pymethods]
impl Correlation {
    fn __repr__(&self) -> String {
        format!("Correlation(lag={}, r={}, p_value={})", self.lag, self.r, self.p_value)
    }
}

/// The lag among 0 to `max_lag` steps at which a factor, which is never later than the load, says most about it.
///
/// NaN pairs are left out. The p-value is corrected for autocorrelation and for the choice among the lags.
#[pyfunction]
#[pyo3(signature = (load, factor, max_lag: "SupportsIndex"=0))]
pub(crate) fn correlate(
    py: Python<'_>,
    load: Load<'_>,
    factor: Load<'_>,
    #[pyo3(from_py_with = whole)] max_lag: usize,
) -> PyResult<Correlation> {
    load.same_grid(&factor, "factor")?;
    let (load, factor) = (load.get(), factor.get());
    let load::Correlation { lag, r, p_value } = run(py, || load::correlate(load, factor, max_lag))?;
    Ok(Correlation { lag, r, p_value })
}

/// The first `count` principal components of a table with a row a moment and a column a metric.
///
/// Gives the rows in the new coordinates, the directions as rows, and the share of the variance that each explains.
#[pyfunction]
#[allow(non_snake_case, reason = "the table of measurements is called X everywhere in Python")]
#[pyo3(signature = (X, count: "SupportsIndex"))]
pub(crate) fn principal_components(
    py: Python<'_>,
    X: Table<'_>,
    #[pyo3(from_py_with = whole)] count: usize,
) -> PyResult<(FloatTable, FloatTable, FloatArray)> {
    let table = quick(py, || X.rows("table"))?;
    let found = run(py, || load::principal_components(table, count))?;
    let columns = found.directions.len().checked_div(count).unwrap_or(0);
    Ok((FloatTable(found.scores, count), FloatTable(found.directions, columns), FloatArray(found.explained)))
}

/// A load taken apart; the parts sum to it wherever it was known.
#[pyclass(frozen, module = "forescale.load")]
#[derive(Debug)]
pub(crate) struct Decomposition(load::Decomposition);

#[pymethods]
impl Decomposition {
    /// The slow part, known everywhere.
    #[getter]
    fn trend(&self) -> FloatArray {
        FloatArray(self.0.trend.clone())
    }

    /// A row for each period: its season, known everywhere.
    #[getter]
    fn seasonal(&self) -> FloatTable {
        FloatTable(self.0.seasonal.concat(), self.0.trend.len())
    }

    /// What remains; NaN where the load was missing.
    #[getter]
    fn remainder(&self) -> FloatArray {
        FloatArray(self.0.remainder.clone())
    }

    fn __repr__(&self) -> String {
        format!("<Decomposition of {} values, {} seasons>", self.0.trend.len(), self.0.seasonal.len())
    }
}

/// A load taken apart by periods in steps: trend, a season for each period, and what remains. NaN is a missing value.
///
/// `robust` leaves outliers in the remainder, at several times the cost.
#[pyfunction]
#[pyo3(signature = (values, periods: "ArrayLike", robust=false))]
pub(crate) fn decompose(
    py: Python<'_>,
    values: Load<'_>,
    #[pyo3(from_py_with = whole)] periods: Vec<usize>,
    robust: bool,
) -> PyResult<Decomposition> {
    let values = values.get();
    run(py, || load::decompose(values, &periods, robust)).map(Decomposition)
}
