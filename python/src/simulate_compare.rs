//! Does it work? Policies side by side with their intervals, and generated load.

use crate::load::Series;
use crate::run::{run, settings, to_python};
use crate::simulate::Report;
use crate::time::{Seconds, moment, seconds};
use crate::whole::whole;
use engine::simulate::{self, ComparisonConfig, synthetic};
use pyo3::prelude::*;

/// One quantity of two policies over the whole run: first less second, with its interval.
#[pyclass(frozen, get_all, eq, module = "forescale.simulate")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Difference {
    /// What the first policy came to.
    first: f64,
    /// What the second policy came to.
    second: f64,
    /// First less second.
    difference: f64,
    /// The interval's lower end.
    lower: f64,
    /// The interval's upper end.
    upper: f64,
    /// Probability of a difference as large as this when there is none, both directions counted.
    p_value: f64,
    /// Mean length of the blocks in seconds.
    block_seconds: f64,
}

impl From<simulate::Difference> for Difference {
    fn from(found: simulate::Difference) -> Self {
        let simulate::Difference { first, second, difference, lower, upper, p_value, block_seconds } = found;
        Difference { first, second, difference, lower, upper, p_value, block_seconds }
    }
}

#[pymethods]
impl Difference {
    fn __repr__(&self) -> String {
        let Difference { difference, lower, upper, p_value, .. } = self;
        format!("<Difference {difference} in [{lower}, {upper}], p={p_value}>")
    }
}

/// Two policies of a report side by side. A difference below 0 says that the first needed less of it.
#[pyclass(frozen, eq, module = "forescale.simulate")]
#[derive(Debug, PartialEq)]
pub(crate) struct Comparison(pub(crate) simulate::Comparison);

#[pymethods]
impl Comparison {
    /// The first policy's name.
    #[getter]
    fn first(&self) -> &str {
        &self.0.first
    }

    /// The second policy's name.
    #[getter]
    fn second(&self) -> &str {
        &self.0.second
    }

    /// Level of the intervals.
    #[getter]
    fn level(&self) -> f64 {
        self.0.level
    }

    /// In the user's currency.
    #[getter]
    fn cost(&self) -> Difference {
        self.0.cost.into()
    }

    /// In kWh.
    #[getter]
    fn energy_kwh(&self) -> Difference {
        self.0.energy_kwh.into()
    }

    /// Time over the promise in seconds.
    #[getter]
    fn violation_seconds(&self) -> Difference {
        self.0.violation_seconds.into()
    }

    /// Requests that were late.
    #[getter]
    fn late_requests(&self) -> Difference {
        self.0.late_requests.into()
    }

    /// The comparison as JSON text.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    fn __repr__(&self) -> String {
        let simulate::Comparison { first, second, cost, violation_seconds, .. } = &self.0;
        let (cost, over) = (cost.difference, violation_seconds.difference);
        format!("<Comparison {first} less {second}: cost={cost}, violation_seconds={over}>")
    }

    #[pyo3(signature = () -> "tuple[object, tuple[dict[str, object]]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        Ok((slf.get_type().getattr("_from_dict")?, (to_python(slf.py(), &slf.get().0)?,)))
    }

    #[staticmethod]
    #[pyo3(signature = (value: "dict[str, object]"))]
    fn _from_dict(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        settings("comparison", value).map(Comparison)
    }
}

/// Compares policy `a` of a report with `b`, by their names in it, paired interval by interval, by block bootstrap.
///
/// `level` is that of the intervals, `resamples` the count of runs that are drawn; the blocks are `block_seconds` long on average, by
/// default as long as the autocorrelation of the differences asks for.
#[pyfunction]
#[pyo3(
    signature = (report, a, b, level=0.95, resamples: "SupportsIndex"=2000, block_seconds=None, seed: "SupportsIndex"=0)
)]
#[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn compare(
    py: Python<'_>,
    report: &Report,
    a: &str,
    b: &str,
    level: f64,
    #[pyo3(from_py_with = whole)] resamples: usize,
    block_seconds: Option<Seconds>,
    #[pyo3(from_py_with = whole)] seed: u64,
) -> PyResult<Comparison> {
    let block_seconds = block_seconds.map(|seconds| seconds.0);
    let config = ComparisonConfig { level, resamples, block_seconds, seed };
    run(py, || simulate::compare(&report.0, a, b, &config)).map(Comparison)
}

/// A generated load: `base` load per second times the factors of `parts`, and Poisson counts around that rate.
///
/// A part is what the other functions of this module make, or a dict such as `{"cycle": {"amplitude": 0.5}}`. The same `seed` gives
/// the same bytes everywhere.
#[pyfunction]
#[pyo3(
    signature = (
        parts: "list[dict[str, dict[str, float]]] | None"=None, base=100.0, steps: "SupportsIndex"=10_080,
        step_seconds: "float | timedelta | str"=60.0, start: "int | datetime | datetime64"=0, counting_noise=true, seed: "SupportsIndex"=0
    )
)]
#[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn generate(
    py: Python<'_>,
    parts: Option<&Bound<'_, PyAny>>,
    base: f64,
    #[pyo3(from_py_with = whole)] steps: usize,
    #[pyo3(from_py_with = seconds)] step_seconds: f64,
    #[pyo3(from_py_with = moment)] start: i64,
    counting_noise: bool,
    #[pyo3(from_py_with = whole)] seed: u64,
) -> PyResult<Series> {
    let parts = parts.map(|parts| settings("parts", parts)).transpose()?.unwrap_or_default();
    let (step_seconds, start) = (step_seconds, start);
    let config = synthetic::LoadConfig { base, parts, steps, step_seconds, start, counting_noise };
    run(py, || synthetic::generate(&config, seed)).map(Series)
}
