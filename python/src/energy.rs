//! What does it burn? The energy tensor: how scaling dimensions turn into consumption.

use crate::arrays::{FloatArray, FloatTable, Numbers, Table};
use crate::run::run;
use engine::energy;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// One number, or an array of them.
#[derive(Debug)]
pub(crate) enum OneOrMore<'py> {
    More(Numbers<'py>),
    One(f64),
}

impl<'a, 'py> FromPyObject<'a, 'py> for OneOrMore<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = <Numbers<'_> as FromPyObject<'_, '_>>::INPUT_TYPE;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let numbers = object.extract().map(OneOrMore::More);
        numbers.or_else(|error: PyErr| object.extract().map(OneOrMore::One).map_err(|_| error))
    }
}

impl OneOrMore<'_> {
    fn get(&self) -> &[f64] {
        match self {
            OneOrMore::More(numbers) => numbers.get(),
            OneOrMore::One(number) => std::slice::from_ref(number),
        }
    }
}

/// A linear map T from scaling dimensions (a column each) to kinds of energy (a row each).
#[pyclass(frozen, eq, module = "forescale.energy")]
#[derive(Debug, PartialEq)]
pub(crate) struct EnergyTensor(energy::EnergyTensor);

#[pymethods]
impl EnergyTensor {
    #[new]
    fn new(py: Python<'_>, matrix: Table<'_>) -> PyResult<Self> {
        let matrix = matrix.rows("matrix");
        run(py, || energy::EnergyTensor::new(matrix?)).map(EnergyTensor)
    }

    /// The tensor without negative entries that explains a record best, by non-negative least squares.
    ///
    /// `S` and `E` have a row an observation; `S` has a column a scaling dimension, `E` one a kind of energy.
    #[staticmethod]
    #[allow(non_snake_case, reason = "matrices are capitals: E = T·S")]
    fn fit(py: Python<'_>, S: Table<'_>, E: Table<'_>) -> PyResult<Self> {
        let (scaling, energy) = (S.rows("s"), E.rows("e"));
        run(py, || energy::EnergyTensor::fit(scaling?, energy?)).map(EnergyTensor)
    }

    /// The energy of each kind at the scaling vector `s`: T·s.
    fn apply(&self, py: Python<'_>, s: Numbers<'_>) -> PyResult<FloatArray> {
        let s = s.get();
        run(py, || self.0.apply(s)).map(FloatArray)
    }

    /// The scaling vector of least total energy (the sum of all entries of T·S) that covers a demand.
    ///
    /// `demand` is one number, which the sum of S has to reach, or one a dimension, each of which its entry of S
    /// has to reach. `low` and `high` bound S, with one number for all dimensions or one each.
    fn minimize(
        &self,
        py: Python<'_>,
        demand: OneOrMore<'_>,
        low: OneOrMore<'_>,
        high: OneOrMore<'_>,
    ) -> PyResult<CheapestScaling> {
        let (demand, low, high) = (demand.get(), low.get(), high.get());
        run(py, || self.0.minimize(demand, low, high)).map(CheapestScaling)
    }

    /// The matrix: a row a kind of energy, a column a scaling dimension.
    #[getter]
    fn matrix(&self) -> FloatTable {
        FloatTable(self.0.matrix().values().to_vec(), self.0.matrix().columns())
    }

    /// Of a fitted tensor the Euclidean norm of all that stayed unexplained, in units of energy.
    #[getter]
    fn residual(&self) -> Option<f64> {
        self.0.residual()
    }

    /// Of a fitted tensor the condition number of S: how many times a relative error of the record may grow.
    #[getter]
    fn condition(&self) -> Option<f64> {
        self.0.condition()
    }

    /// The tensor as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &run(py, || self.0.snapshot())?))
    }

    /// The tensor that a snapshot holds.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        run(py, || energy::EnergyTensor::restore(bytes)).map(EnergyTensor)
    }

    fn __repr__(&self) -> String {
        let (rows, columns) = (self.0.matrix().len(), self.0.matrix().columns());
        match (self.0.residual(), self.0.condition()) {
            (Some(residual), Some(condition)) => {
                format!("EnergyTensor({rows} by {columns}, residual={residual:?}, condition={condition:?})")
            }
            _ => format!("EnergyTensor({rows} by {columns})"),
        }
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}

/// What a cheapest scaling is made of.
type Fields = (FloatArray, FloatArray, f64, FloatArray, FloatArray, FloatArray, f64, f64);

/// The cheapest scaling vector that covers a demand, with the certificate that it is, and how the total follows demand and bounds.
#[pyclass(frozen, eq, module = "forescale.energy")]
#[derive(Debug, PartialEq)]
pub(crate) struct CheapestScaling(energy::CheapestScaling);

#[pymethods]
impl CheapestScaling {
    #[new]
    #[allow(clippy::too_many_arguments, reason = "a record with a name for each field")]
    fn new(
        scaling: Numbers<'_>,
        energy: Numbers<'_>,
        total: f64,
        price: Numbers<'_>,
        low_price: Numbers<'_>,
        high_price: Numbers<'_>,
        lower_bound: f64,
        residual: f64,
    ) -> Self {
        let [scaling, energy, price, low_price, high_price] =
            [scaling, energy, price, low_price, high_price].map(|numbers| numbers.get().to_vec());
        CheapestScaling(energy::CheapestScaling {
            scaling,
            energy,
            total,
            price,
            low_price,
            high_price,
            lower_bound,
            residual,
        })
    }

    /// How much of each scaling dimension.
    #[getter]
    fn scaling(&self) -> FloatArray {
        FloatArray(self.0.scaling.clone())
    }

    /// The energy of each kind that it takes.
    #[getter]
    fn energy(&self) -> FloatArray {
        FloatArray(self.0.energy.clone())
    }

    /// The sum of the energy.
    #[getter]
    fn total(&self) -> f64 {
        self.0.total
    }

    /// For each demand the energy that its last unit takes: the dual price, 0 where the demand does not bind.
    #[getter]
    fn price(&self) -> FloatArray {
        FloatArray(self.0.price.clone())
    }

    /// For each dimension what a unit more of its lower bound adds to the total.
    #[getter]
    fn low_price(&self) -> FloatArray {
        FloatArray(self.0.low_price.clone())
    }

    /// For each dimension what a unit more of its upper bound adds to the total: at most 0.
    #[getter]
    fn high_price(&self) -> FloatArray {
        FloatArray(self.0.high_price.clone())
    }

    /// The value of these prices in the dual program: no scaling that covers the demand takes less.
    #[getter]
    fn lower_bound(&self) -> f64 {
        self.0.lower_bound
    }

    /// The largest violation of the Karush-Kuhn-Tucker conditions, as a share of its own terms.
    #[getter]
    fn residual(&self) -> f64 {
        self.0.residual
    }

    /// The most by which the total can be above the least, but for rounding: total less lower bound.
    #[getter]
    fn gap(&self) -> f64 {
        self.0.gap()
    }

    fn __repr__(&self) -> String {
        format!(
            "CheapestScaling(scaling={:?}, total={:?}, price={:?}, lower_bound={:?})",
            self.0.scaling, self.0.total, self.0.price, self.0.lower_bound
        )
    }

    #[pyo3(signature = () -> "tuple[type[CheapestScaling], tuple[object, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, Fields) {
        let plan = slf.get();
        let prices = (plan.price(), plan.low_price(), plan.high_price());
        let fields = (
            plan.scaling(),
            plan.energy(),
            plan.total(),
            prices.0,
            prices.1,
            prices.2,
            plan.lower_bound(),
            plan.residual(),
        );
        (slf.get_type().into_any(), fields)
    }
}
