//! Series from what other libraries have: pandas Series, and frames of pandas, polars, Arrow and whatever speaks Arrow's stream
//! protocol (PyCapsule `__arrow_c_stream__`). None of them is needed to import this package; pyarrow reads the streams.

use crate::arrays::Numbers;
use crate::run::run;
use crate::time::Times;
use engine::load;
use pyo3::exceptions::{PyImportError, PyTypeError, PyValueError};
use pyo3::prelude::*;

/// A series from a foreign object; an error says what is wrong with it.
pub(crate) fn read(object: &Bound<'_, PyAny>) -> PyResult<load::Series> {
    if has_date_index(object)? {
        return match object.hasattr("columns")? {
            false => from_columns(&plain(&object.getattr("index")?)?, &plain(object)?),
            true => {
                let value =
                    only_number(object.getattr("columns")?.try_iter()?, |name| object.get_item(name))?;
                from_columns(&plain(&object.getattr("index")?)?, &plain(&value)?)
            }
        };
    }
    let frame =
        if is_of("polars", "LazyFrame", object)? { object.call_method0("collect")? } else { object.clone() };
    if is_of("polars", "DataFrame", &frame)? {
        return from_frame(&frame.getattr("columns")?, |name| frame.call_method1("get_column", (name,)));
    }
    if is_of("pandas", "DataFrame", &frame)? {
        return from_frame(&frame.getattr("columns")?, |name| frame.get_item(name));
    }
    if is_stream(&frame)? {
        let pyarrow = object.py().import("pyarrow").map_err(|error| {
            let hint = "reading an Arrow stream needs pyarrow: pip install pyarrow";
            PyImportError::new_err(format!("{hint} ({error})"))
        })?;
        let table = pyarrow.call_method1("table", (&frame,))?;
        return from_frame(&table.getattr("column_names")?, |name| table.call_method1("column", (name,)));
    }
    let name = object.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "expected a Series, a pandas Series with a DatetimeIndex, or a frame with a column of times and one of numbers, got {name}"
    )))
}

/// Whether an object brings times along with its values.
pub(crate) fn has_times(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(has_date_index(object)?
        || is_of("pandas", "DataFrame", object)?
        || is_of("polars", "DataFrame", object)?
        || is_of("polars", "LazyFrame", object)?
        || is_stream(object)?)
}

/// Whether it gives Arrow's stream of a table; a single column has a stream as well, but no times.
fn is_stream(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let columns = [("pandas", "Series"), ("polars", "Series"), ("pyarrow", "ChunkedArray")];
    for (package, class) in columns {
        if is_of(package, class, object)? {
            return Ok(false);
        }
    }
    object.hasattr("__arrow_c_stream__")
}

fn has_date_index(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok((is_of("pandas", "Series", object)? || is_of("pandas", "DataFrame", object)?)
        && object.getattr("index")?.get_type().name()? == "DatetimeIndex")
}

/// Whether the object is of a class of this name in this package, without importing it.
fn is_of(package: &str, class: &str, object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let kind = object.get_type();
    let module = kind.getattr("__module__")?.extract::<String>().unwrap_or_default();
    Ok(kind.name()? == class && (module == package || module.starts_with(&format!("{package}."))))
}

/// From the only column of times and the only one of numbers.
fn from_frame<'py>(
    names: &Bound<'py, PyAny>,
    column: impl Fn(Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<load::Series> {
    let mut times: Vec<Bound<'py, PyAny>> = Vec::new();
    let mut others = Vec::new();
    for name in names.try_iter()? {
        let name = name?;
        let array = plain(&column(name.clone())?)?;
        match kind(&array)? {
            'M' => times.push(array),
            _ => others.push((name, array)),
        }
    }
    let [times] = &times[..] else {
        let problem = format!("the frame must have one column of times, but has {}", times.len());
        return Err(PyValueError::new_err(problem));
    };
    let mut numbers = Vec::new();
    for (name, array) in others {
        if matches!(kind(&array)?, 'i' | 'u' | 'f' | 'b') {
            numbers.push((name.str()?.to_string(), array));
        }
    }
    match &numbers[..] {
        [(_, values)] => from_columns(times, values),
        _ => Err(one_column(numbers.iter().map(|(name, _)| name.as_str()))),
    }
}

fn only_number<'py>(
    names: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>,
    column: impl Fn(Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut columns = names
        .map(|name| name.and_then(|name| Ok((name.str()?.to_string(), column(name)?))))
        .collect::<PyResult<Vec<_>>>()?;
    match columns.len() {
        1 => columns
            .pop()
            .map(|(_, column)| column)
            .ok_or_else(|| PyValueError::new_err("the frame has no column")),
        _ => Err(one_column(columns.iter().map(|(name, _)| name.as_str()))),
    }
}

fn one_column<'a>(names: impl Iterator<Item = &'a str>) -> PyErr {
    let names = names.collect::<Vec<_>>().join(", ");
    PyValueError::new_err(format!(
        "the frame must have one column of numbers, but has: {names}; select one of them"
    ))
}

fn from_columns(times: &Bound<'_, PyAny>, values: &Bound<'_, PyAny>) -> PyResult<load::Series> {
    let py = values.py();
    let (times, values): (Times, Numbers<'_>) = (times.extract()?, values.extract()?);
    let values = values.get();
    run(py, || load::Series::from_regular(&times.0, values))
}

fn kind(array: &Bound<'_, PyAny>) -> PyResult<char> {
    array.getattr("dtype")?.getattr("kind")?.extract()
}

/// A column as a NumPy array: moments in UTC, missing numbers as NaN.
fn plain<'py>(column: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = column.py();
    let Ok(dtype) = column.getattr("dtype").and_then(|dtype| dtype.getattr("kind").map(|_| dtype)) else {
        return column.call_method0("to_numpy");
    };
    match kind(column)? {
        'M' if dtype.hasattr("tz")? => {
            let own = if column.hasattr("dt")? { column.getattr("dt")? } else { column.clone() };
            own.call_method1("tz_convert", (py.None(),))?.call_method0("to_numpy")
        }
        'i' | 'u' | 'f' | 'b' if column.hasattr("index")? => {
            column.call_method1("to_numpy", ("float64", false, f64::NAN))
        }
        _ => column.call_method0("to_numpy"),
    }
}
