//! What came in? Regular series of load with gaps, and their derivatives.

use crate::arrays::{ARRAY_LIKE, FloatArray, Numbers};
use crate::run::{exception, run};
use crate::time::{Seconds, Times, moment, seconds};
use crate::whole::whole;
use engine::load::{self, Aggregation, Fill};
use pyo3::exceptions::PyValueError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3::{PyTypeInfo, type_hint_identifier, type_hint_union};

/// Slope and curvature of a load at each sample, per second and per second squared, from the past alone.
///
/// NaN is a missing value; the first two samples have no derivatives. Exact on quadratics. A series brings its step along.
#[pyfunction]
#[pyo3(signature = (values, step_seconds=None, window: "SupportsIndex"=5))]
pub(crate) fn derivatives(
    py: Python<'_>,
    values: Load<'_>,
    step_seconds: Option<Seconds>,
    #[pyo3(from_py_with = whole)] window: usize,
) -> PyResult<(FloatArray, FloatArray)> {
    let (values, step) = (values.get(), values.step(step_seconds)?);
    let (first, second) = run(py, || load::derivatives(values, step, window))?;
    Ok((FloatArray(first), FloatArray(second)))
}

/// A load on a regular grid: one value a step, NaN where nothing was measured. Times are Unix milliseconds.
#[pyclass(frozen, eq, module = "forescale.load")]
#[derive(Debug, PartialEq)]
pub(crate) struct Series(pub(crate) load::Series);

/// A series where one is expected: a `Series`, or what [`frames`](crate::frames) reads: regular samples, whose step is the smallest
/// distance of two times.
#[derive(Debug)]
pub(crate) struct AnySeries<'py>(Bound<'py, Series>);

impl AnySeries<'_> {
    pub(crate) fn get(&self) -> &load::Series {
        &self.0.get().0
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for AnySeries<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr =
        type_hint_union!(Series::TYPE_HINT, type_hint_identifier!("typing", "Any"));

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(series) = object.cast::<Series>() {
            return Ok(AnySeries(series.to_owned()));
        }
        let series = crate::frames::read(&object)?;
        Ok(AnySeries(Bound::new(object.py(), Series(series))?))
    }
}

/// A load where only its values count: a `Series` or what is read as one, which bring their step along, or an array of numbers.
#[derive(Debug)]
pub(crate) enum Load<'py> {
    Series(AnySeries<'py>),
    Array(Numbers<'py>),
}

impl Load<'_> {
    pub(crate) fn get(&self) -> &[f64] {
        match self {
            Load::Series(series) => series.get().values(),
            Load::Array(values) => values.get(),
        }
    }

    /// Seconds a step: those of the series, which must not contradict those given, or those given.
    pub(crate) fn step(&self, given: Option<Seconds>) -> PyResult<f64> {
        match (self, given) {
            (Load::Array(_), Some(given)) => Ok(given.0),
            (Load::Array(_), None) => {
                Err(PyValueError::new_err("step_seconds: must be given, because an array has none"))
            }
            (Load::Series(series), given) => match (series.get().step_seconds(), given) {
                (own, Some(given)) if given.0 != own => Err(PyValueError::new_err(format!(
                    "step_seconds: {} was given, but the series has {own}",
                    given.0
                ))),
                (own, _) => Ok(own),
            },
        }
    }

    /// Refuses two series that are not on the same grid; of arrays nothing is known.
    pub(crate) fn same_grid(&self, other: &Load<'_>, name: &str) -> PyResult<()> {
        if let (Load::Series(one), Load::Series(other)) = (self, other) {
            let grid = |series: &load::Series| (series.start(), series.step_seconds());
            let ((start, step), (own_start, own_step)) = (grid(one.get()), grid(other.get()));
            if (start, step) != (own_start, own_step) {
                return Err(PyValueError::new_err(format!(
                    "{name}: starts at {own_start} in steps of {own_step} s, but the load at {start} in steps of {step} s"
                )));
            }
        }
        Ok(())
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Load<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(Series::TYPE_HINT, ARRAY_LIKE);

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if object.cast::<Series>().is_ok() || crate::frames::has_times(&object)? {
            return object.extract().map(Load::Series);
        }
        object.extract().map(Load::Array)
    }
}

#[pymethods]
impl Series {
    #[new]
    #[pyo3(
        signature = (values, start: "int | datetime | datetime64"=0, step_seconds: "float | timedelta | str"=60.0)
    )]
    fn new(
        py: Python<'_>,
        values: Load<'_>,
        #[pyo3(from_py_with = moment)] start: i64,
        #[pyo3(from_py_with = seconds)] step_seconds: f64,
    ) -> PyResult<Self> {
        match &values {
            Load::Array(values) => {
                let values = values.get();
                run(py, || load::Series::new(values.to_vec(), start, step_seconds)).map(Series)
            }
            // What has times of its own keeps them.
            Load::Series(series) => {
                let series = series.get();
                let (own_start, own_step) = (series.start(), series.step_seconds());
                if ![0, own_start].contains(&start) || ![60.0, own_step].contains(&step_seconds) {
                    let own = format!(
                        "have times of their own: they start at {own_start} in steps of {own_step} s"
                    );
                    let other = format!("start={start}, step_seconds={step_seconds} contradict them");
                    let problem = format!("{own}, and {other}");
                    return Err(exception(py, &engine::Error::Data { name: "values".into(), problem }));
                }
                Ok(Series(series.clone()))
            }
        }
    }

    /// A series from samples at any times: sorted, and aggregated within a step.
    ///
    /// `how` is one of mean, sum, max, min, last, count.
    #[staticmethod]
    #[pyo3(signature = (times, values, step_seconds, how="mean"))]
    fn from_samples(
        py: Python<'_>,
        times: Times,
        values: Numbers<'_>,
        step_seconds: Seconds,
        how: &str,
    ) -> PyResult<Self> {
        let values = values.get();
        run(py, || load::Series::from_samples(&times.0, values, step_seconds.0, Aggregation::from_name(how)?))
            .map(Series)
    }

    /// A series from samples taken regularly, in any order: the step is the smallest distance of two times, of which all must be
    /// multiples; steps without a sample are missing, samples of the same time are averaged.
    #[staticmethod]
    fn from_regular(py: Python<'_>, times: Times, values: Numbers<'_>) -> PyResult<Self> {
        let values = values.get();
        run(py, || load::Series::from_regular(&times.0, values)).map(Series)
    }

    /// A series from a pandas Series with a DatetimeIndex, or from a frame of pandas, polars, or anything that gives an Arrow
    /// stream, with one column of times and one of numbers. Also done wherever a series is expected.
    #[staticmethod]
    #[pyo3(signature = (frame) -> "Series")]
    fn from_frame<'py>(frame: AnySeries<'py>) -> Bound<'py, Self> {
        frame.0
    }

    /// A series from CSV text with a header line: times (RFC 3339 or Unix) first, the load in `column`, or second.
    ///
    /// The step is the smallest distance of two times unless given.
    #[staticmethod]
    #[pyo3(signature = (csv, column=None, step_seconds=None))]
    fn from_csv(
        py: Python<'_>,
        csv: &str,
        column: Option<&str>,
        step_seconds: Option<Seconds>,
    ) -> PyResult<Self> {
        run(py, || load::Series::from_csv(csv, column, step_seconds.map(|step| step.0))).map(Series)
    }

    /// The values, NaN where missing.
    #[getter]
    fn values(&self) -> FloatArray {
        FloatArray(self.0.values().to_vec())
    }

    /// Unix milliseconds at which the first step begins.
    #[getter]
    fn start(&self) -> i64 {
        self.0.start()
    }

    /// Seconds a step.
    #[getter]
    fn step_seconds(&self) -> f64 {
        self.0.step_seconds()
    }

    /// The same load on a coarser or a finer grid; `how` as for `from_samples`.
    #[pyo3(signature = (step_seconds, how="mean"))]
    fn resample(&self, py: Python<'_>, step_seconds: Seconds, how: &str) -> PyResult<Self> {
        run(py, || self.0.resample(step_seconds.0, Aggregation::from_name(how)?)).map(Series)
    }

    /// The same series with its missing values replaced: linear, hold, or seasonal with a period in steps.
    #[pyo3(signature = (how, period: "SupportsIndex | None"=None))]
    fn fill(
        &self,
        py: Python<'_>,
        how: &str,
        #[pyo3(from_py_with = whole)] period: Option<usize>,
    ) -> PyResult<Self> {
        run(py, || self.0.fill(Fill::from_name(how, period)?)).map(Series)
    }

    /// The series as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &run(py, || self.0.snapshot())?))
    }

    /// The series that a snapshot holds.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        run(py, || load::Series::restore(bytes)).map(Series)
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        let (start, step_seconds) = (self.0.start(), self.0.step_seconds());
        format!("Series({} values, start={start}, step_seconds={step_seconds})", self.0.len())
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}
