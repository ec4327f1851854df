//! Budgets that several engines have in common.

use crate::policy_laws::word;
use crate::run::{run, settings, to_python};
use crate::whole::whole;
use engine::engine as core;
use pyo3::prelude::*;

/// What makes a budget again.
type Arguments<'py> = (f64, Bound<'py, PyAny>, &'static str);

/// A budget that several services have in common: GPUs, watts, money. `pools` are {cost, weight, min_replicas}, one a service;
/// `fairness` is "max_min" or "proportional".
#[pyclass(frozen, eq, module = "forescale.engine")]
#[derive(Debug, PartialEq)]
pub(crate) struct JointBudget(core::JointBudget);

#[pymethods]
impl JointBudget {
    #[new]
    #[pyo3(signature = (limit, pools: "list[dict[str, float]]", fairness="max_min"))]
    fn new(py: Python<'_>, limit: f64, pools: &Bound<'_, PyAny>, fairness: &str) -> PyResult<Self> {
        let fairness = word(py, "fairness", fairness)?;
        let budget = core::JointBudget { limit, pools: settings("pools", pools)?, fairness };
        run(py, || budget.check())?;
        Ok(JointBudget(budget))
    }

    /// The most that all replicas together may cost.
    #[getter]
    fn limit(&self) -> f64 {
        self.0.limit
    }

    /// The services.
    #[getter]
    fn pools<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.pools)
    }

    /// How what there is is shared where it is not enough.
    #[getter]
    fn fairness(&self) -> &'static str {
        match self.0.fairness {
            core::Fairness::MaxMin => "max_min",
            core::Fairness::Proportional => "proportional",
        }
    }

    /// The count that each service gets, from the counts that their engines decided for, what their loads observed now need, and what they run.
    ///
    /// `Engine.limit_to_share` tells each engine.
    #[pyo3(signature = (wanted: "list[int]", reactive: "list[int]", current: "list[int]"))]
    fn share(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] wanted: Vec<u32>,
        #[pyo3(from_py_with = whole)] reactive: Vec<u32>,
        #[pyo3(from_py_with = whole)] current: Vec<u32>,
    ) -> PyResult<Vec<u32>> {
        let claims: Vec<core::Claim> = wanted
            .iter()
            .zip(&reactive)
            .zip(&current)
            .map(|((wanted, reactive), current)| core::Claim {
                wanted: *wanted,
                reactive: *reactive,
                current: *current,
            })
            .collect();
        let is_even = wanted.len() == reactive.len() && wanted.len() == current.len();
        run(py, || self.0.share(if is_even { &claims } else { &[] }))
    }

    fn __repr__(&self) -> String {
        format!("JointBudget(limit={}, pools={})", self.0.limit, self.0.pools.len())
    }

    #[pyo3(signature = () -> "tuple[type[JointBudget], tuple[float, list[dict[str, float]], str]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Arguments<'py>)> {
        Ok((slf.get_type().into_any(), (slf.get().0.limit, slf.get().pools(slf.py())?, slf.get().fairness())))
    }
}
