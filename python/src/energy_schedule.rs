//! What does it burn? Tasks moved to where energy is cheap.

use crate::load::Load;
use crate::run::{Interruptible, run};
use crate::time::{Seconds, seconds};
use crate::whole::whole;
use engine::energy::{self, schedule_with_progress};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::{type_hint_identifier, type_hint_subscript, type_hint_union};

/// One count, or one a step.
#[derive(Debug)]
pub(crate) struct Counts(Vec<u32>);

impl<'a, 'py> FromPyObject<'a, 'py> for Counts {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        type_hint_identifier!("builtins", "int"),
        type_hint_subscript!(
            type_hint_identifier!("collections.abc", "Sequence"),
            type_hint_identifier!("builtins", "int")
        )
    );

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let one = object.extract().map(|count| vec![count]);
        one.or_else(|_: PyErr| object.extract()).map(Counts)
    }
}

/// What a task is made of.
type TaskFields = (String, f64, f64, f64, Option<f64>, bool, Vec<String>, f64);

/// Work to be done once.
///
/// `priority` is what it is worth and `energy` what it takes in all, both at least 0; `deadline` is the latest end, in seconds from the
/// beginning of the prices, and `release_seconds` the earliest start; `after` names the tasks that have to end before it begins.
#[pyclass(frozen, eq, module = "forescale.energy")]
#[derive(Debug, PartialEq)]
pub(crate) struct Task(energy::Task);

#[pymethods]
impl Task {
    #[new]
    #[pyo3(
        signature = (name, priority, energy, duration_seconds, deadline=None, deferrable=true, after=Vec::new(),
            release_seconds: "float | timedelta | str"=0.0),
        text_signature = "(name, priority, energy, duration_seconds, deadline=None, deferrable=True, after=(), release_seconds=0.0)"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        name: String,
        priority: f64,
        energy: f64,
        duration_seconds: Seconds,
        deadline: Option<Seconds>,
        deferrable: bool,
        after: Vec<String>,
        #[pyo3(from_py_with = seconds)] release_seconds: f64,
    ) -> Self {
        let (deadline, duration_seconds) = (deadline.map(|deadline| deadline.0), duration_seconds.0);
        Task(energy::Task {
            name,
            priority,
            energy,
            duration_seconds,
            deadline,
            deferrable,
            after,
            release_seconds,
        })
    }

    /// Unique within a schedule.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is worth: where not all can run, the least priority is left out.
    #[getter]
    fn priority(&self) -> f64 {
        self.0.priority
    }

    /// What it takes over its whole duration, in the unit that the price is for.
    #[getter]
    fn energy(&self) -> f64 {
        self.0.energy
    }

    /// How long it runs.
    #[getter]
    fn duration_seconds(&self) -> f64 {
        self.0.duration_seconds
    }

    /// The latest end, in seconds from the beginning of the prices.
    #[getter]
    fn deadline(&self) -> Option<f64> {
        self.0.deadline
    }

    /// Whether it may wait for cheap energy.
    #[getter]
    fn deferrable(&self) -> bool {
        self.0.deferrable
    }

    /// Names of the tasks that have to end before it begins.
    #[getter]
    fn after(&self) -> Vec<String> {
        self.0.after.clone()
    }

    /// The earliest start, in seconds from the beginning of the prices.
    #[getter]
    fn release_seconds(&self) -> f64 {
        self.0.release_seconds
    }

    fn __repr__(&self) -> String {
        let energy::Task { name, priority, energy, duration_seconds, .. } = &self.0;
        format!(
            "Task(name={name:?}, priority={priority:?}, energy={energy:?}, duration_seconds={duration_seconds:?})"
        )
    }

    #[pyo3(signature = () -> "tuple[type[Task], tuple[object, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, TaskFields) {
        let energy::Task {
            name,
            priority,
            energy,
            duration_seconds,
            deadline,
            deferrable,
            after,
            release_seconds,
        } = slf.get().0.clone();
        (
            slf.get_type().into_any(),
            (name, priority, energy, duration_seconds, deadline, deferrable, after, release_seconds),
        )
    }
}

/// When one task runs.
#[pyclass(frozen, eq, get_all, module = "forescale.energy")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placement {
    /// The task, by its place among those handed in.
    task: usize,
    /// Its name.
    name: String,
    /// `priority/energy`; infinite for a task that takes no energy.
    rank: f64,
    /// Seconds from the beginning of the prices.
    start_seconds: f64,
    /// Seconds from the beginning of the prices.
    end_seconds: f64,
    /// Its energy at the prices of that time.
    cost: f64,
}

#[pymethods]
impl Placement {
    #[new]
    #[pyo3(signature = (task: "SupportsIndex", name, rank, start_seconds, end_seconds, cost))]
    fn new(
        #[pyo3(from_py_with = whole)] task: usize,
        name: String,
        rank: f64,
        start_seconds: f64,
        end_seconds: f64,
        cost: f64,
    ) -> Self {
        Placement { task, name, rank, start_seconds, end_seconds, cost }
    }

    fn __repr__(&self) -> String {
        let Placement { name, start_seconds, end_seconds, cost, .. } = self;
        format!(
            "Placement(name={name:?}, start_seconds={start_seconds:?}, end_seconds={end_seconds:?}, cost={cost:?})"
        )
    }

    #[pyo3(signature = () -> "tuple[type[Placement], tuple[object, ...]]")]
    #[allow(clippy::type_complexity, reason = "what pickle asks for")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (usize, String, f64, f64, f64, f64)) {
        let Placement { task, name, rank, start_seconds, end_seconds, cost } = slf.get().clone();
        (slf.get_type().into_any(), (task, name, rank, start_seconds, end_seconds, cost))
    }
}

/// A task that cannot run, and why.
#[pyclass(frozen, eq, get_all, module = "forescale.energy")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unplaced {
    /// The task, by its place among those handed in.
    task: usize,
    /// Its name.
    name: String,
    /// What stands against it, with the numbers.
    reason: String,
}

#[pymethods]
impl Unplaced {
    #[new]
    #[pyo3(signature = (task: "SupportsIndex", name, reason))]
    fn new(#[pyo3(from_py_with = whole)] task: usize, name: String, reason: String) -> Self {
        Unplaced { task, name, reason }
    }

    fn __repr__(&self) -> String {
        format!("Unplaced(name={:?}, reason={:?})", self.name, self.reason)
    }

    #[pyo3(signature = () -> "tuple[type[Unplaced], tuple[int, str, str]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (usize, String, String)) {
        let Unplaced { task, name, reason } = slf.get().clone();
        (slf.get_type().into_any(), (task, name, reason))
    }
}

/// When each task runs, what that costs, and how far from the best it can be at most.
#[pyclass(frozen, eq, module = "forescale.energy")]
#[derive(Debug, PartialEq)]
pub(crate) struct Plan(energy::Plan);

#[pymethods]
impl Plan {
    #[new]
    fn new(
        placements: Vec<Bound<'_, Placement>>,
        infeasible: Vec<Bound<'_, Unplaced>>,
        cost: f64,
        lower_bound: f64,
        optimal: bool,
    ) -> Self {
        let placement = |placement: &Bound<'_, Placement>| {
            let Placement { task, name, rank, start_seconds, end_seconds, cost } = placement.get().clone();
            energy::Placement { task, name, rank, start_seconds, end_seconds, cost }
        };
        let unplaced = |unplaced: &Bound<'_, Unplaced>| {
            let Unplaced { task, name, reason } = unplaced.get().clone();
            energy::Unplaced { task, name, reason }
        };
        let placements = placements.iter().map(placement).collect();
        let infeasible = infeasible.iter().map(unplaced).collect();
        Plan(energy::Plan { placements, infeasible, cost, lower_bound, optimal })
    }

    /// The tasks that run, by start; of those that start together, the greatest `priority/energy` first.
    #[getter]
    fn placements(&self) -> Vec<Placement> {
        let own = |placement: energy::Placement| {
            let energy::Placement { task, name, rank, start_seconds, end_seconds, cost } = placement;
            Placement { task, name, rank, start_seconds, end_seconds, cost }
        };
        self.0.placements.iter().cloned().map(own).collect()
    }

    /// The tasks that do not, and why.
    #[getter]
    fn infeasible(&self) -> Vec<Unplaced> {
        let own = |unplaced: energy::Unplaced| {
            let energy::Unplaced { task, name, reason } = unplaced;
            Unplaced { task, name, reason }
        };
        self.0.infeasible.iter().cloned().map(own).collect()
    }

    /// The sum of the costs.
    #[getter]
    fn cost(&self) -> f64 {
        self.0.cost
    }

    /// No schedule of the same tasks, those that are not deferrable at the same times, costs less than this.
    #[getter]
    fn lower_bound(&self) -> f64 {
        self.0.lower_bound
    }

    /// Whether no schedule at all is better; false where that is not known.
    #[getter]
    fn optimal(&self) -> bool {
        self.0.optimal
    }

    /// The most by which the cost can be above the least, as a share of the cost.
    #[getter]
    fn gap(&self) -> f64 {
        self.0.gap()
    }

    fn __repr__(&self) -> String {
        let energy::Plan { placements, infeasible, cost, lower_bound, optimal } = &self.0;
        let (run, not) = (placements.len(), infeasible.len());
        format!(
            "Plan({run} tasks run, {not} do not, cost={cost:?}, lower_bound={lower_bound:?}, optimal={optimal})"
        )
    }

    #[pyo3(signature = () -> "tuple[type[Plan], tuple[object, ...]]")]
    #[allow(clippy::type_complexity, reason = "what pickle asks for")]
    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> (Bound<'py, PyAny>, (Vec<Placement>, Vec<Unplaced>, f64, f64, bool)) {
        let plan = slf.get();
        let fields = (plan.placements(), plan.infeasible(), plan.cost(), plan.lower_bound(), plan.optimal());
        (slf.get_type().into_any(), fields)
    }
}

/// When to run each task: by priority/energy, deferrable ones where energy is cheap, none later than its deadline.
///
/// `capacity` says how many tasks may run at once, in one number or one a step. `energy_price` has a price of energy a step: money,
/// carbon intensity, or anything else to be spared, as an array, a `Series`, or what is read as one. A step takes `step_seconds`, that of the
/// series, or an hour. Ctrl-C ends a long search.
#[pyfunction]
#[pyo3(signature = (tasks, capacity, energy_price, step_seconds=None))]
pub(crate) fn schedule(
    py: Python<'_>,
    tasks: Vec<Bound<'_, Task>>,
    capacity: Counts,
    energy_price: Load<'_>,
    step_seconds: Option<Seconds>,
) -> PyResult<Plan> {
    let step_seconds = match (&energy_price, step_seconds) {
        (Load::Array(_), None) => 3600.0,
        (price, given) => price.step(given)?,
    };
    let tasks: Vec<energy::Task> = tasks.iter().map(|task| task.get().0.clone()).collect();
    let (capacity, price) = (capacity.0, energy_price.get());
    let mut interruptible = Interruptible::default();
    let mut go_on = |share| interruptible.goes_on(None, share);
    let result = run(py, || schedule_with_progress(&tasks, &capacity, price, step_seconds, &mut go_on));
    interruptible.outcome(result).map(Plan)
}
