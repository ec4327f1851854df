//! What is best? Pareto fronts, and what picks a point on them.

use crate::arrays::{BoolArray, FloatArray, IntArray, Numbers, Table};
use crate::run::{Interruptible, run};
use engine::choice::{self, Bounds};
use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::{type_hint_identifier, type_hint_subscript, type_hint_union};

/// Whether objectives are maximised: one answer for all, or one for each.
#[derive(Debug)]
pub(crate) enum Maximize {
    All(bool),
    Each(Vec<bool>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Maximize {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        type_hint_identifier!("builtins", "bool"),
        type_hint_subscript!(
            type_hint_identifier!("collections.abc", "Sequence"),
            type_hint_identifier!("builtins", "bool")
        )
    );

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let each = || object.extract().map(Maximize::Each);
        let wrong = |_: PyErr| PyTypeError::new_err("maximize: expected a bool, or a sequence of bools");
        object.extract().map(Maximize::All).or_else(|_: PyErr| each()).map_err(wrong)
    }
}

impl Maximize {
    fn flags(self) -> Vec<bool> {
        match self {
            Maximize::All(all) => vec![all],
            Maximize::Each(each) => each,
        }
    }
}

/// Which points nothing dominates; equal points are all kept.
///
/// `points` has a row a point and a column an objective. `maximize` is one answer for all objectives or one for each.
/// Infinities are allowed, NaN is not.
#[pyfunction]
#[pyo3(signature = (points, maximize=Maximize::All(false)), text_signature = "(points, maximize=False)")]
pub(crate) fn pareto_front(py: Python<'_>, points: Table<'_>, maximize: Maximize) -> PyResult<BoolArray> {
    let (points, maximize) = (points.rows("points"), maximize.flags());
    run(py, || choice::pareto_front(points?, &maximize)).map(BoolArray)
}

/// The rank of each point: 0 on the front, 1 on the front of the rest, and so on. Arguments as for `pareto_front`.
#[pyfunction]
#[pyo3(signature = (points, maximize=Maximize::All(false)), text_signature = "(points, maximize=False)")]
pub(crate) fn non_dominated_sort(
    py: Python<'_>,
    points: Table<'_>,
    maximize: Maximize,
) -> PyResult<IntArray> {
    let (points, maximize) = (points.rows("points"), maximize.flags());
    let ranks = run(py, || choice::non_dominated_sort(points?, &maximize))?;
    Ok(IntArray(ranks.into_iter().map(|rank| rank as i64).collect()))
}

/// The crowding distance of each point of one front; infinite at its ends.
#[pyfunction]
pub(crate) fn crowding_distance(py: Python<'_>, points: Table<'_>) -> PyResult<FloatArray> {
    let points = points.rows("points");
    run(py, || choice::crowding_distance(points?)).map(FloatArray)
}

/// The volume of the region that the points dominate and that dominates the reference, all objectives minimised.
///
/// A point that is not strictly better than the reference in every objective adds nothing.
#[pyfunction]
pub(crate) fn hypervolume(py: Python<'_>, points: Table<'_>, reference: Numbers<'_>) -> PyResult<f64> {
    let (points, reference) = (points.rows("points"), reference.get());
    let mut interruptible = Interruptible::default();
    let mut tell = |share| interruptible.goes_on(None, share);
    let volume = run(py, || choice::hypervolume_with_progress(points?, reference, &mut tell));
    interruptible.outcome(volume)
}

/// The product of metric^weight, with 0^0 = 1: 0 or infinite only where the true value is out of range.
///
/// Metrics are at least 0; a weight may be negative.
#[pyfunction]
pub(crate) fn utility(py: Python<'_>, metrics: Numbers<'_>, weights: Numbers<'_>) -> PyResult<f64> {
    let (metrics, weights) = (metrics.get(), weights.get());
    run(py, || choice::utility(metrics, weights))
}

/// The natural logarithm of `utility`: finite where the utility itself is out of range.
#[pyfunction]
pub(crate) fn log_utility(py: Python<'_>, metrics: Numbers<'_>, weights: Numbers<'_>) -> PyResult<f64> {
    let (metrics, weights) = (metrics.get(), weights.get());
    run(py, || choice::log_utility(metrics, weights))
}

/// The index of the point of the highest utility among those within the constraints; the first of equals.
///
/// A minimised objective enters the utility with the negative of its weight's size. `constraints` has a pair of
/// a least and a largest acceptable value for each objective; infinities are no limit.
#[pyfunction]
#[pyo3(signature = (points, maximize, weights, constraints=None))]
pub(crate) fn choose(
    py: Python<'_>,
    points: Table<'_>,
    maximize: Maximize,
    weights: Numbers<'_>,
    constraints: Option<Table<'_>>,
) -> PyResult<usize> {
    let (points, maximize, weights) = (points.rows("points"), maximize.flags(), weights.get());
    let constraints = constraints.as_ref().map(|table| table.rows("constraints")).transpose();
    run(py, || {
        let constraints = constraints?.map(Bounds::of).transpose()?.unwrap_or_default();
        choice::choose(points?, &maximize, weights, &constraints)
    })
}

/// For each point the sum of weight times objective, a maximised objective with a minus: the least is the best.
#[pyfunction]
pub(crate) fn weighted_sum(
    py: Python<'_>,
    points: Table<'_>,
    maximize: Maximize,
    weights: Numbers<'_>,
) -> PyResult<FloatArray> {
    let (points, maximize, weights) = (points.rows("points"), maximize.flags(), weights.get());
    run(py, || choice::weighted_sum(points?, &maximize, weights)).map(FloatArray)
}

/// For each point the largest weight times distance past the goal, and `augmentation` times the sum of them: the least is
/// the best.
///
/// Without a goal it is the best value of each objective, which gives the Chebyshev distance.
#[pyfunction]
#[pyo3(signature = (points, maximize, weights, goal=None, augmentation=0.0))]
pub(crate) fn achievement(
    py: Python<'_>,
    points: Table<'_>,
    maximize: Maximize,
    weights: Numbers<'_>,
    goal: Option<Numbers<'_>>,
    augmentation: f64,
) -> PyResult<FloatArray> {
    let (points, maximize, weights) = (points.rows("points"), maximize.flags(), weights.get());
    let goal = goal.as_ref().map_or(&[][..], |goal| goal.get());
    run(py, || choice::achievement(points?, &maximize, weights, goal, augmentation)).map(FloatArray)
}

/// The index of the knee of the front: the point farthest below the plane through its ends; the first of equals.
#[pyfunction]
#[pyo3(signature = (points, maximize=Maximize::All(false)), text_signature = "(points, maximize=False)")]
pub(crate) fn knee(py: Python<'_>, points: Table<'_>, maximize: Maximize) -> PyResult<usize> {
    let (points, maximize) = (points.rows("points"), maximize.flags());
    run(py, || choice::knee(points?, &maximize))
}
