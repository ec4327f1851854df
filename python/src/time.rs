//! Moments and durations from Python: Unix milliseconds and seconds, or what Python and NumPy have for them.

use crate::run::{refused, wrong_type};
use crate::settings::shown;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::exceptions::{PyException, PyOverflowError, PyTypeError};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyBool;
use pyo3::{intern, type_hint_identifier, type_hint_union};

/// A duration in seconds: a number, a `timedelta`, or a text such as "5min", "1h 30min" or "PT90S".
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seconds(pub(crate) f64);

impl<'a, 'py> FromPyObject<'a, 'py> for Seconds {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        type_hint_identifier!("builtins", "float"),
        type_hint_identifier!("datetime", "timedelta"),
        type_hint_identifier!("builtins", "str")
    );

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        seconds(&object).map(Seconds)
    }
}

/// A duration where one is expected that has a default: `#[pyo3(from_py_with = seconds)] step_seconds: f64`, and in the signature
/// `step_seconds: "float | timedelta | str"=300.0`, so that users see the default.
pub(crate) fn seconds(object: &Bound<'_, PyAny>) -> PyResult<f64> {
    let py = object.py();
    if let Ok(text) = object.extract::<String>() {
        return from_text(py, &text);
    }
    let seconds = plain_seconds(object).map_err(|error| {
        if !error.is_instance_of::<PyException>(py) {
            return error;
        }
        let wanted = "a duration: seconds, a timedelta, or a text such as \"5min\"";
        wrong_type(py, format!("must be {wanted}, got {}", shown(object)))
    })?;
    if seconds.is_nan() && is_span(object) {
        return Err(wrong_type(py, "a duration is missing (NaT)"));
    }
    Ok(seconds)
}

fn plain_seconds(object: &Bound<'_, PyAny>) -> PyResult<f64> {
    let py = object.py();
    if is_of(object, "m") {
        // In Python's terms, NumPy's nanoseconds are a number without a unit; months have no length, and NumPy says so.
        let second = py.import("numpy")?.call_method1("timedelta64", (1, "s"))?;
        return object.div(second)?.call_method0("item")?.extract();
    }
    let plain = if object.hasattr("item")? { object.call_method0("item")? } else { object.clone() };
    let plain = if plain.hasattr("total_seconds")? { plain.call_method0("total_seconds")? } else { plain };
    if plain.is_instance_of::<PyBool>() {
        return Err(PyTypeError::new_err("a flag is no duration"));
    }
    plain.extract()
}

fn from_text(py: Python<'_>, text: &str) -> PyResult<f64> {
    let seconds = || {
        let days = jiff::SpanRelativeTo::days_are_24_hours();
        Ok(text.parse::<jiff::Span>()?.to_duration(days)?.as_secs_f64())
    };
    seconds().map_err(|error: jiff::Error| {
        refused(py, format!("{text:?} is not a duration such as \"5min\": {error}"))
    })
}

/// Whether a value is a duration by its type, and no number of seconds.
pub(crate) fn is_span(object: &Bound<'_, PyAny>) -> bool {
    object.hasattr("total_seconds").unwrap_or(false) || is_scalar_of(object, "m")
}

/// Whether a value is a moment by its type, and no number of milliseconds.
pub(crate) fn is_moment(object: &Bound<'_, PyAny>) -> bool {
    object.hasattr("tzinfo").unwrap_or(false) || is_scalar_of(object, "M")
}

fn is_scalar_of(object: &Bound<'_, PyAny>, kind: &str) -> bool {
    is_of(object, kind) && object.getattr("ndim").is_ok_and(|count| count.eq(0).unwrap_or(false))
}

/// Whether a value is NumPy's, of data of this kind: `m`, durations, or `M`, moments.
fn is_of(object: &Bound<'_, PyAny>, kind: &str) -> bool {
    let dtype = object.getattr("dtype").and_then(|dtype| dtype.getattr("kind"));
    dtype.is_ok_and(|found| found.eq(kind).unwrap_or(false))
}

/// A moment as Unix milliseconds: a whole number that is such, NumPy's datetime64, or a datetime with its time zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(pub(crate) i64);

impl<'a, 'py> FromPyObject<'a, 'py> for Moment {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        type_hint_identifier!("builtins", "int"),
        type_hint_identifier!("datetime", "datetime"),
        type_hint_identifier!("numpy", "datetime64")
    );

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        moment(&object).map(Moment)
    }
}

/// A moment where one is expected that has a default, as [`seconds`].
pub(crate) fn moment(object: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = object.py();
    if object.hasattr("tzinfo")? {
        if object.getattr("tzinfo")?.is_none() {
            let problem = format!("{} has no time zone: which moment it is cannot be known", object.str()?);
            return Err(refused(py, problem));
        }
        let datetime = py.import("datetime")?;
        let zone = datetime.getattr("timezone")?.getattr("utc")?;
        let epoch = datetime.getattr("datetime")?.call1((1970, 1, 1, 0, 0, 0, 0, zone))?;
        let millisecond = datetime.getattr("timedelta")?.call1((0, 0, 1000))?;
        return object.sub(epoch)?.floor_div(millisecond)?.extract();
    }
    let numpy = py.import("numpy")?;
    if !object.is_instance(&numpy.getattr("datetime64")?)? {
        return object.extract().map_err(|error: PyErr| {
            let wanted = "a time: Unix milliseconds, a datetime with its time zone, or a datetime64";
            let problem = format!("must be {wanted}, got {}", shown(object));
            if error.is_instance_of::<PyOverflowError>(py) {
                refused(py, problem)
            } else {
                wrong_type(py, problem)
            }
        });
    }
    if numpy.call_method1("isnat", (object,))?.is_truthy()? {
        return Err(wrong_type(py, "a time is missing (NaT)"));
    }
    let milliseconds = object.call_method1("astype", ("datetime64[ms]",))?;
    milliseconds.call_method1("astype", ("int64",))?.extract()
}

/// Moments as Unix milliseconds: an array of whole numbers or of datetime64 in any unit, or a list of what [`Moment`] takes.
#[derive(Debug)]
pub(crate) struct Times(pub(crate) Vec<i64>);

impl<'a, 'py> FromPyObject<'a, 'py> for Times {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("numpy.typing", "ArrayLike");

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        let numpy = py.import(intern!(py, "numpy"))?;
        let mut array = numpy.call_method1(intern!(py, "asarray"), (object,))?;
        let dtype = array.getattr("dtype")?;
        let dimensions: usize = array.getattr("ndim")?.extract()?;
        if dimensions != 1 {
            return Err(refused(
                py,
                format!("must be a one-dimensional array of times, got {dimensions} dimensions"),
            ));
        }
        match dtype.getattr("kind")?.extract()? {
            _ if array.getattr("size")?.extract::<usize>()? == 0 => return Ok(Times(Vec::new())),
            // Python's own datetimes, and numbers beyond 64 bits.
            'O' | 'u' => {
                let moments = array.try_iter()?.map(|each| Ok(each?.extract::<Moment>()?.0));
                return moments.collect::<PyResult<Vec<i64>>>().map(Times);
            }
            'M' => {
                if numpy.call_method1("isnat", (&array,))?.call_method0("any")?.is_truthy()? {
                    return Err(wrong_type(py, "a time is missing (NaT)"));
                }
                array = array.call_method1("astype", ("datetime64[ms]",))?;
            }
            'i' => {}
            _ => return Err(wrong_type(py, format!("must be times, got an array of {dtype}"))),
        }
        let array = array.call_method1("astype", ("int64",))?;
        let array = numpy.call_method1(intern!(py, "require"), (array, "int64", ["C", "A"]))?;
        Ok(Times(array.cast_into::<PyArray1<i64>>()?.try_readonly()?.as_slice().unwrap_or_default().to_vec()))
    }
}
