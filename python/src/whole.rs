//! Whole numbers from Python: what `operator.index` takes, so integers of Python and NumPy, and no 3.0. One out of range is refused by name and
//! value.
//!
//! For an argument: `#[pyo3(from_py_with = whole)] seed: u64`, and its type for the stub in the signature, `seed: "SupportsIndex"=0`.

use crate::run::{refused, wrong_type};
use crate::settings::{is_list, shown};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;

/// What [`whole`] reads.
pub(crate) trait Whole: Sized {
    /// The value of an argument.
    fn read(given: &Bound<'_, PyAny>) -> PyResult<Self>;
}

/// A whole number, a list of them, or None where it may be left out.
pub(crate) fn whole<T: Whole>(given: &Bound<'_, PyAny>) -> PyResult<T> {
    T::read(given)
}

macro_rules! whole {
    ($($number:ty)*) => {
        $(impl Whole for $number {
            fn read(given: &Bound<'_, PyAny>) -> PyResult<Self> {
                given.extract().map_err(|error: PyErr| {
                    let py = given.py();
                    if error.is_instance_of::<PyOverflowError>(py) {
                        let (least, most) = (<$number>::MIN, <$number>::MAX);
                        refused(py, format!("must be a whole number from {least} to {most}, got {}", shown(given)))
                    } else if error.is_instance_of::<PyTypeError>(py) {
                        wrong_type(py, format!("must be a whole number, got {}", shown(given)))
                    } else {
                        error
                    }
                })
            }
        })*
    };
}

whole!(u64 u32 usize i64 i32);

impl<T: Whole> Whole for Option<T> {
    fn read(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        if given.is_none() { Ok(None) } else { T::read(given).map(Some) }
    }
}

impl<T: Whole> Whole for Vec<T> {
    fn read(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        if !is_list(given) {
            return Err(wrong_type(
                given.py(),
                format!("must be a list of whole numbers, got {}", shown(given)),
            ));
        }
        given.try_iter()?.map(|each| T::read(&each?)).collect()
    }
}
