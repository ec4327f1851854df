//! NumPy arrays in and out.
//!
//! Whatever NumPy reads as real numbers is accepted: lists, tuples, integers, booleans, float32, views with strides,
//! Fortran order, read-only and foreign-endian arrays. A contiguous and aligned array of float64 is not copied.

use crate::run::{refused, wrong_type};
use numpy::{
    Element, IntoPyArray, PyArray1, PyArray2, PyArrayDyn, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2,
    PyReadonlyArrayDyn, PyUntypedArrayMethods, ndarray,
};
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{intern, type_hint_identifier, type_hint_subscript};

pub(crate) const ARRAY_LIKE: PyStaticExpr = type_hint_identifier!("numpy.typing", "ArrayLike");
const FLOAT_ARRAY: PyStaticExpr = type_hint_subscript!(
    type_hint_identifier!("numpy.typing", "NDArray"),
    type_hint_identifier!("numpy", "float64")
);
const BOOL_ARRAY: PyStaticExpr = type_hint_subscript!(
    type_hint_identifier!("numpy.typing", "NDArray"),
    type_hint_identifier!("numpy", "bool_")
);
const INT_ARRAY: PyStaticExpr = type_hint_subscript!(
    type_hint_identifier!("numpy.typing", "NDArray"),
    type_hint_identifier!("numpy", "int64")
);

/// A one-dimensional array of numbers that the caller lends.
#[derive(Debug)]
pub(crate) struct Numbers<'py>(PyReadonlyArray1<'py, f64>);

impl Numbers<'_> {
    pub(crate) fn get(&self) -> &[f64] {
        // Contiguous and aligned since `plain`, so there is always a slice.
        self.0.as_slice().unwrap_or_default()
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Numbers<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = ARRAY_LIKE;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let array = plain(&object, &[1])?;
        Ok(Numbers(array.cast_into::<PyArray1<f64>>()?.try_readonly()?))
    }
}

/// A few real numbers of a setting, from whatever [`Numbers`] takes: a complex one is refused, not cut.
#[derive(Debug)]
pub(crate) struct Reals(pub(crate) Vec<f64>);

impl<'a, 'py> FromPyObject<'a, 'py> for Reals {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = ARRAY_LIKE;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        Ok(Reals(object.extract::<Numbers<'py>>()?.get().to_vec()))
    }
}

/// Whole numbers: an array or a sequence of them. Others are refused, not cut.
#[derive(Debug)]
pub(crate) struct WholeNumbers(pub(crate) Vec<i64>);

impl<'a, 'py> FromPyObject<'a, 'py> for WholeNumbers {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = ARRAY_LIKE;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        let numpy = py.import(intern!(py, "numpy"))?;
        let array = numpy.call_method1(intern!(py, "asarray"), (object,))?;
        let kind: char = array.getattr("dtype")?.getattr("kind")?.extract()?;
        if array.getattr("size")?.extract::<usize>()? == 0 {
            return Ok(WholeNumbers(Vec::new()));
        }
        if kind != 'i' {
            let dtype = array.getattr("dtype")?;
            return Err(wrong_type(
                py,
                format!("expected whole numbers of 64 bits, got an array of {dtype}"),
            ));
        }
        let array = numpy.call_method1(intern!(py, "require"), (array, "int64", ["C", "A"]))?;
        let array = array.cast_into::<PyArray1<i64>>()?;
        Ok(WholeNumbers(array.try_readonly()?.as_slice().unwrap_or_default().to_vec()))
    }
}

/// A two-dimensional array of numbers that the caller lends: a point in each row.
#[derive(Debug)]
pub(crate) struct Table<'py>(PyReadonlyArray2<'py, f64>);

impl Table<'_> {
    /// The table as the core takes it; `name` is what an error calls it.
    pub(crate) fn rows(&self, name: &str) -> engine::Result<engine::Rows<'_>> {
        let columns = self.0.shape().get(1).copied().unwrap_or(0);
        engine::Rows::new(name, self.0.as_slice().unwrap_or_default(), columns)
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Table<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = ARRAY_LIKE;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let array = plain(&object, &[2])?;
        Ok(Table(array.cast_into::<PyArray2<f64>>()?.try_readonly()?))
    }
}

/// Points in the layout that they have: float64 or float32 in C or Fortran order is not copied, all else becomes float64 in C order.
/// A one-dimensional array is a single point.
#[derive(Debug)]
pub(crate) struct PointArray<'py> {
    values: Lent<'py>,
    rows: usize,
    columns: usize,
    by_row: bool,
    /// Whether a single point came in, so that a single answer goes out.
    pub(crate) single: bool,
}

#[derive(Debug)]
enum Lent<'py> {
    Double(PyReadonlyArrayDyn<'py, f64>),
    Single(PyReadonlyArrayDyn<'py, f32>),
}

impl PointArray<'_> {
    /// The points as the core takes them.
    pub(crate) fn get(&self) -> engine::Result<engine::anomaly::Points<'_>> {
        use engine::anomaly::{PointValues, Points};
        let values: PointValues<'_> = match &self.values {
            Lent::Double(array) => array.as_slice().unwrap_or_default().into(),
            Lent::Single(array) => array.as_slice().unwrap_or_default().into(),
        };
        if self.by_row {
            Points::by_row(values, self.rows, self.columns)
        } else {
            Points::by_column(values, self.rows, self.columns)
        }
    }

    /// The values of a single point.
    pub(crate) fn point(&self) -> Option<&[f64]> {
        match &self.values {
            Lent::Double(array) if self.single => array.as_slice().ok(),
            _ => None,
        }
    }
}

impl<'py> PointArray<'py> {
    fn new<T: Element>(array: Borrowed<'_, 'py, PyArrayDyn<T>>, values: Lent<'py>) -> Self {
        let (rows, columns) = match *array.shape() {
            [rows, columns] => (rows, columns),
            _ => (1, array.len()),
        };
        PointArray { values, rows, columns, by_row: array.is_c_contiguous(), single: array.ndim() == 1 }
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for PointArray<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = ARRAY_LIKE;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(array) = object.cast::<PyArrayDyn<f64>>()
            && is_lent(&array)
        {
            return Ok(PointArray::new(array, Lent::Double(array.try_readonly()?)));
        }
        if let Ok(array) = object.cast::<PyArrayDyn<f32>>()
            && array.ndim() == 2
            && is_lent(&array)
        {
            return Ok(PointArray::new(array, Lent::Single(array.try_readonly()?)));
        }
        let array = plain(&object, &[1, 2])?;
        let array = array.cast::<PyArrayDyn<f64>>()?;
        Ok(PointArray::new(array.as_borrowed(), Lent::Double(array.try_readonly()?)))
    }
}

/// Whether an array can be read where it lies.
fn is_lent<T: Element>(array: &Borrowed<'_, '_, PyArrayDyn<T>>) -> bool {
    matches!(array.ndim(), 1 | 2) && array.is_contiguous() && array.is_aligned()
}

/// The object as an aligned C-contiguous array of float64: itself where it is one, otherwise a copy.
fn plain<'py>(object: &Borrowed<'_, 'py, PyAny>, dimensions: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    let right = |count: usize| dimensions.contains(&count);
    if let Ok(array) = object.cast::<PyArrayDyn<f64>>()
        && right(array.ndim())
        && array.is_c_contiguous()
        && array.is_aligned()
    {
        return Ok(Bound::clone(object));
    }
    let py = object.py();
    let numpy = py.import(intern!(py, "numpy"))?;
    let array = numpy.call_method1(intern!(py, "asarray"), (object,)).map_err(|error| {
        // Rows of different lengths, a number beyond all others.
        let is_of_value =
            error.is_instance_of::<PyValueError>(py) || error.is_instance_of::<PyOverflowError>(py);
        if is_of_value { refused(py, error.value(py).to_string()) } else { error }
    })?;
    let kind: String = array.getattr("dtype")?.getattr("kind")?.extract()?;
    if !matches!(kind.as_str(), "b" | "i" | "u" | "f") {
        let dtype = array.getattr("dtype")?;
        return Err(wrong_type(py, format!("expected real numbers, got an array of {dtype}")));
    }
    let count: usize = array.getattr("ndim")?.extract()?;
    if !right(count) {
        let wanted: Vec<String> = dimensions.iter().map(usize::to_string).collect();
        let wanted = wanted.join(" or ");
        return Err(wrong_type(py, format!("expected an array of {wanted} dimension(s), got {count}")));
    }
    numpy.call_method1(intern!(py, "require"), (array, numpy.getattr("float64")?, ["C", "A"]))
}

/// Gives Python an array without copying it; the second argument is its type in the stubs.
macro_rules! array_out {
    ($(#[$doc:meta])* $name:ident, $element:ty, $stub:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name(pub(crate) Vec<$element>);

        impl<'py> IntoPyObject<'py> for $name {
            type Target = PyArray1<$element>;
            type Output = Bound<'py, Self::Target>;
            type Error = PyErr;
            const OUTPUT_TYPE: PyStaticExpr = $stub;

            fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
                Ok(self.0.into_pyarray(py))
            }
        }
    };
}

array_out!(
    /// An array of float64 for Python.
    FloatArray, f64, FLOAT_ARRAY);
array_out!(
    /// An array of booleans for Python.
    BoolArray, bool, BOOL_ARRAY);
array_out!(
    /// An array of int64 for Python.
    IntArray, i64, INT_ARRAY);

/// A table of float64 for Python: values row after row, and the count of columns.
#[derive(Debug)]
pub(crate) struct FloatTable(pub(crate) Vec<f64>, pub(crate) usize);

impl<'py> IntoPyObject<'py> for FloatTable {
    type Target = PyArray2<f64>;
    type Output = Bound<'py, Self::Target>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = FLOAT_ARRAY;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let rows = self.0.len().checked_div(self.1).unwrap_or(0);
        let table = ndarray::Array2::from_shape_vec((rows, self.1), self.0);
        Ok(table.map_err(|error| PyTypeError::new_err(error.to_string()))?.into_pyarray(py))
    }
}

/// Named columns for Python: a dict of arrays, in their order.
#[derive(Debug)]
pub(crate) struct FloatColumns(pub(crate) Vec<(String, Vec<f64>)>);

impl<'py> IntoPyObject<'py> for FloatColumns {
    type Target = PyDict;
    type Output = Bound<'py, Self::Target>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("builtins", "dict"),
        type_hint_identifier!("builtins", "str"),
        FLOAT_ARRAY
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let columns = PyDict::new(py);
        self.0.into_iter().try_for_each(|(name, values)| columns.set_item(name, FloatArray(values)))?;
        Ok(columns)
    }
}

/// The object that a method was called on, or another of its class.
#[derive(Debug)]
pub(crate) struct Itself<'py>(pub(crate) Bound<'py, PyAny>);

impl<'py> IntoPyObject<'py> for Itself<'py> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = std::convert::Infallible;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_identifier!("typing", "Self");

    fn into_pyobject(self, _: Python<'py>) -> Result<Self::Output, Self::Error> {
        Ok(self.0)
    }
}
