//! What is best? Plans: allocation problems, their annealing, and one plan for several futures.

use crate::arrays::{FloatArray, IntArray, Numbers, Table};
use crate::run::{Interruptible, run, settings};
use crate::whole::whole;
use engine::Rows;
use engine::choice::{self, AnnealConfig, ScenarioConfig};
use pyo3::prelude::*;
use pyo3::types::PyString;

/// An allocation problem: how many units go to each place, at what cost and within what limits.
///
/// `costs` has a row a place: the cost of 0, 1, 2, … units there, infinite where not allowed. `pairs` has rows of two places
/// and a weight, which adds weight times both counts. `usage` has a row a resource: what a unit at each place takes, negative
/// where it supplies; `limits` has the most of each resource.
#[pyclass(frozen, module = "forescale.choice")]
#[derive(Debug)]
pub(crate) struct Allocation(choice::Allocation);

#[pymethods]
impl Allocation {
    #[new]
    #[pyo3(signature = (costs, pairs=None, usage=None, limits=None))]
    fn new(
        py: Python<'_>,
        costs: Table<'_>,
        pairs: Option<Table<'_>>,
        usage: Option<Table<'_>>,
        limits: Option<Numbers<'_>>,
    ) -> PyResult<Self> {
        let costs = costs.rows("costs");
        let pairs = pairs.as_ref().map_or(Rows::new("pairs", &[], 3), |table| table.rows("pairs"));
        let usage = usage.as_ref().map_or(Rows::new("usage", &[], 1), |table| table.rows("usage"));
        let limits = limits.as_ref().map_or(&[][..], |limits| limits.get());
        run(py, || choice::Allocation::new(costs?, pairs?, usage?, limits)).map(Allocation)
    }

    /// Count of places.
    #[getter]
    fn places(&self) -> usize {
        self.0.places()
    }

    /// Count of the values that a place may have: 0 to one less.
    #[getter]
    fn levels(&self) -> usize {
        self.0.levels()
    }

    /// The cost of a plan: a count for each place; infinite when one is not allowed.
    #[pyo3(signature = (units: "ArrayLike"))]
    fn cost(&self, py: Python<'_>, #[pyo3(from_py_with = whole)] units: Vec<usize>) -> PyResult<f64> {
        run(py, || self.0.cost(&units))
    }

    /// Whether a plan is allowed and within all limits.
    #[pyo3(signature = (units: "ArrayLike"))]
    fn is_feasible(&self, py: Python<'_>, #[pyo3(from_py_with = whole)] units: Vec<usize>) -> PyResult<bool> {
        run(py, || self.0.is_feasible(&units))
    }

    fn __repr__(&self) -> String {
        format!("Allocation(places={}, levels={})", self.0.places(), self.0.levels())
    }
}

/// The cheapest plan within the limits that is found: a count for each place, and what the plan costs.
///
/// `method` is "quantum" (path-integral quantum annealing), "thermal" (simulated annealing with as many proposals) or "exact"
/// (branch and bound, for small problems). More `sweeps` find better plans.
#[pyfunction]
#[pyo3(signature = (problem, seed: "SupportsIndex"=0, method="quantum", sweeps: "SupportsIndex"=500, replicas: "SupportsIndex"=16))]
pub(crate) fn anneal(
    py: Python<'_>,
    problem: &Allocation,
    #[pyo3(from_py_with = whole)] seed: u64,
    method: &str,
    #[pyo3(from_py_with = whole)] sweeps: usize,
    #[pyo3(from_py_with = whole)] replicas: usize,
) -> PyResult<(IntArray, f64)> {
    let method = settings("method", PyString::new(py, method).as_any())?;
    let config = AnnealConfig { method, sweeps, replicas };
    let mut interruptible = Interruptible::default();
    let mut tell = |share| interruptible.goes_on(None, share);
    let plan = run(py, || choice::anneal_with_progress(&problem.0, seed, &config, &mut tell));
    let plan = interruptible.outcome(plan)?;
    Ok((IntArray(plan.units.into_iter().map(|count| count as i64).collect()), plan.cost))
}

/// The plan to go with when any of several futures may come: its index, and for each plan its mean cost, its mean cost in
/// the worst futures, its largest cost and its largest regret.
///
/// `costs` has a row a plan and a column a future, `weights` how probable each future is. The plan of the least
/// `(1 − aversion)·mean + aversion·tail` is chosen, where the tail is the mean of the worst futures of probability 1 − `level`.
#[pyfunction]
#[pyo3(signature = (costs, weights=None, aversion=0.5, level=0.9))]
pub(crate) fn scenarios(
    py: Python<'_>,
    costs: Table<'_>,
    weights: Option<Numbers<'_>>,
    aversion: f64,
    level: f64,
) -> PyResult<(usize, FloatArray, FloatArray, FloatArray, FloatArray)> {
    let costs = costs.rows("costs");
    let weights = weights.as_ref().map_or(&[][..], |weights| weights.get());
    let all = run(py, || choice::scenarios(costs?, weights, &ScenarioConfig { aversion, level }))?;
    Ok((
        all.chosen,
        FloatArray(all.expected),
        FloatArray(all.tail),
        FloatArray(all.worst),
        FloatArray(all.regret),
    ))
}
