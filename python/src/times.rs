//! Times and durations in: whatever Python has for them, as the Unix milliseconds and the seconds of the core.

use crate::run::exception;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyDelta, PyDeltaAccess};
use pyo3::{intern, type_hint_identifier, type_hint_union};

/// Times as Unix milliseconds: whole numbers that are such, or NumPy's datetime64 in any unit.
#[derive(Debug)]
pub(crate) struct Times(pub(crate) Vec<i64>);

impl<'a, 'py> FromPyObject<'a, 'py> for Times {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("numpy.typing", "ArrayLike");

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let array = milliseconds(&object)?;
        if array.len()? == 0 {
            return Ok(Times(Vec::new()));
        }
        Ok(Times(array.cast_into::<PyArray1<i64>>()?.try_readonly()?.as_slice().unwrap_or_default().to_vec()))
    }
}

/// One time as Unix milliseconds: a whole number, a `datetime` (UTC where it has no time zone), or a datetime64.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time(pub(crate) i64);

impl<'a, 'py> FromPyObject<'a, 'py> for Time {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        type_hint_identifier!("builtins", "int"),
        type_hint_identifier!("datetime", "datetime"),
        type_hint_identifier!("numpy", "datetime64")
    );

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(number) = object.extract::<i64>() {
            return Ok(Time(number));
        }
        let py = object.py();
        let utc = py.import(intern!(py, "datetime"))?.getattr("timezone")?.getattr("utc")?;
        let has_zone = object.getattr("tzinfo").is_ok_and(|zone| !zone.is_none());
        let array = if has_zone {
            let local = object.call_method1("astimezone", (utc,))?;
            let keywords = pyo3::types::PyDict::new(py);
            keywords.set_item("tzinfo", py.None())?;
            milliseconds(&local.call_method("replace", (), Some(&keywords))?.as_borrowed())?
        } else if object.hasattr("year")? || object.hasattr("dtype")? {
            milliseconds(&object)?
        } else {
            // An integer beyond 64 bits says so itself; anything else is no time.
            object.cast::<pyo3::types::PyInt>().map_err(|_| not_times(&object))?;
            return object.extract::<i64>().map(Time);
        };
        array.call_method0("item")?.extract().map(Time)
    }
}

/// An array of int64 from whole numbers or times.
fn milliseconds<'py>(object: &Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let numpy = py.import(intern!(py, "numpy"))?;
    let mut array = numpy.call_method1(intern!(py, "asarray"), (object,))?;
    if array.getattr("dtype")?.getattr("kind")?.eq("O")? {
        // Python's own datetimes.
        array = array.call_method1("astype", ("datetime64[ms]",)).map_err(|_| not_times(object))?;
    }
    let kind: String = array.getattr("dtype")?.getattr("kind")?.extract()?;
    let empty: usize = array.getattr("size")?.extract()?;
    match kind.as_str() {
        _ if empty == 0 => {}
        "M" => {
            if numpy.call_method1("isnat", (&array,))?.call_method0("any")?.is_truthy()? {
                return Err(PyTypeError::new_err("a time is missing (NaT)"));
            }
            array = array.call_method1("astype", ("datetime64[ms]",))?;
        }
        "i" => {}
        "u" => {
            if array.call_method0("max")?.extract::<i64>().is_err() {
                return Err(PyTypeError::new_err("a time is beyond 64 bits"));
            }
        }
        _ => return Err(not_times(object)),
    }
    let array = array.call_method1("astype", ("int64",))?;
    numpy.call_method1(intern!(py, "require"), (array, numpy.getattr("int64")?, ["C", "A"]))
}

fn not_times(object: &Borrowed<'_, '_, PyAny>) -> PyErr {
    let kind = object.get_type().name().map_or_else(|_| "this".into(), |name| name.to_string());
    PyTypeError::new_err(format!("expected Unix milliseconds or times, got {kind}"))
}

/// A duration in seconds: a number, a `timedelta`, or a text such as `"5min"`.
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
        if let Ok(delta) = object.cast::<PyDelta>() {
            let whole = i64::from(delta.get_days()) * 86_400 + i64::from(delta.get_seconds());
            return Ok(Seconds(whole as f64 + f64::from(delta.get_microseconds()) / 1e6));
        }
        if let Ok(text) = object.extract::<String>() {
            return parse(&text).map(Seconds).ok_or_else(|| {
                let problem = format!("\"{text}\" is none: write a number and ms, s, min, h, d or w");
                exception(object.py(), &engine::Error::Config { field: "duration".into(), problem })
            });
        }
        object.extract::<f64>().map(Seconds)
    }
}

fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let unit = text.find(|c: char| c.is_ascii_alphabetic() && c != 'e' && c != 'E')?;
    let (number, unit) = text.split_at_checked(unit)?;
    let number: f64 = number.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
    // A division where the factor is below 1, so that "250ms" is 0.25 to the last bit.
    Some(match unit {
        "ms" => number / 1000.0,
        "s" => number,
        "min" => number * 60.0,
        "h" => number * 3600.0,
        "d" => number * 86_400.0,
        "w" => number * 604_800.0,
        _ => return None,
    })
}
