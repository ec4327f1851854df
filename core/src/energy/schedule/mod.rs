//! When to run tasks: the deferrable ones where energy is cheap, none later than its deadline.
//!
//! A task holds one slot of the capacity from the start of a step on for all steps it touches, and is not interrupted. Best is,
//! in this order: least priority left out, fewest left out, least waiting of tasks that are not deferrable, least cost. Small
//! cases are searched to the end (branch and bound); large ones start from several orders, among them the greatest
//! `P = priority/energy` first, improve by ruin and recreate, and state a lower bound: the Lagrangian dual of the capacity
//! (Fisher 1981, "The Lagrangian relaxation method for solving integer programming problems", Management Science 27).

mod bound;
mod exact;
mod jobs;
mod search;

use crate::error::{Error, Result, all_finite, positive};
use crate::math::Sum;
use bound::Dual;
use jobs::Jobs;
use serde::{Deserialize, Serialize};

/// More tasks, and more steps, are not scheduled, nor more than this many pairs of both.
const MOST_TASKS: usize = 10_000;
const MOST_STEPS: usize = 100_000;
const MOST_PAIRS: usize = 100_000_000;
/// More pairs of tasks that wait for each other are not scheduled.
const MOST_WAITS: usize = 1_000_000;

/// Work to be done once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Names are unique within a schedule.
    pub name: String,
    /// What it is worth, at least 0: where not all can run, the least priority is left out.
    pub priority: f64,
    /// What it takes over its whole duration, at least 0, in the unit that the price is for.
    pub energy: f64,
    /// How long it runs, above 0; its energy is spread evenly.
    pub duration_seconds: f64,
    /// The latest end, in seconds from the beginning of the prices; by default their end.
    #[serde(default)]
    pub deadline: Option<f64>,
    /// Whether it may wait for cheap energy; what may not starts as early as there is room.
    #[serde(default = "by_default")]
    pub deferrable: bool,
    /// Names of the tasks that have to end before it begins.
    #[serde(default)]
    pub after: Vec<String>,
    /// The earliest start, in seconds from the beginning of the prices; before that it does not exist, and does not wait.
    #[serde(default)]
    pub release_seconds: f64,
}

fn by_default() -> bool {
    true
}

impl Task {
    /// A deferrable task without deadline, there from the beginning, that waits for no other.
    pub fn new(name: &str, priority: f64, energy: f64, duration_seconds: f64) -> Self {
        let (deadline, deferrable, after) = (None, true, Vec::new());
        let name = name.to_owned();
        Task { name, priority, energy, duration_seconds, deadline, deferrable, after, release_seconds: 0.0 }
    }
}

/// When one task runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// The task, by its place among those handed in.
    pub task: usize,
    /// Its name.
    pub name: String,
    /// `priority/energy`; infinite for a task that takes no energy.
    pub rank: f64,
    /// Seconds from the beginning of the prices.
    pub start_seconds: f64,
    /// Seconds from the beginning of the prices.
    pub end_seconds: f64,
    /// Its energy at the prices of that time.
    pub cost: f64,
}

/// A task that cannot run, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Unplaced {
    /// The task, by its place among those handed in.
    pub task: usize,
    /// Its name.
    pub name: String,
    /// What stands against it, with the numbers.
    pub reason: String,
}

/// When each task runs, what that costs, and how far from the best it can be at most.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The tasks that run, by start; of those that start together, the greatest `priority/energy` first.
    pub placements: Vec<Placement>,
    /// The tasks that do not.
    pub infeasible: Vec<Unplaced>,
    /// The sum of the costs.
    pub cost: f64,
    /// No schedule of the same tasks, those that are not deferrable at the same times, costs less than this.
    pub lower_bound: f64,
    /// Whether the search came to its end: then no schedule at all is better, and the bound is the cost.
    pub optimal: bool,
}

impl Plan {
    /// The most by which the cost can be above the least, as a share of the cost; 0 when it is known to be the least.
    pub fn gap(&self) -> f64 {
        match self.cost > self.lower_bound {
            true => (self.cost - self.lower_bound) / self.cost.abs().max(f64::MIN_POSITIVE),
            false => 0.0,
        }
    }
}

/// When to run each task.
///
/// `energy_price` has a price of energy a step of `step_seconds`: money, carbon intensity, or anything else to be spared; it may
/// be negative. `capacity` says how many tasks may run at once, in one number or one a step.
///
/// # Errors
/// [`Error::Data`] for tasks out of range, names that are not unique or not known, a circle of tasks that wait for each other, bad
/// lengths, more than 10,000 tasks or 100,000 steps or 10⁸ pairs of both, or 10⁶ pairs that wait for each other; [`Error::Config`] for `step_seconds`. A task that cannot run
/// is no error: it is named in the plan.
///
/// # Cost
/// O(n·T) for n tasks and T steps, some 10² times, within bounds: seconds for 10⁴ tasks over a week.
///
/// # Example
/// ```
/// use forescale::energy::{Task, schedule};
/// let tasks = [Task::new("backup", 1.0, 2.0, 3600.0), Task { deferrable: false, ..Task::new("serve", 5.0, 1.0, 3600.0) }];
/// let plan = schedule(&tasks, &[1], &[30.0, 50.0, 10.0], 3600.0)?;
/// assert_eq!((plan.placements[0].name.as_str(), plan.placements[1].start_seconds, plan.cost), ("serve", 7200.0, 50.0));
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn schedule(tasks: &[Task], capacity: &[u32], energy_price: &[f64], step_seconds: f64) -> Result<Plan> {
    schedule_with_progress(tasks, capacity, energy_price, step_seconds, &mut |_| true)
}

/// As [`schedule`], telling `progress` the share of the work done, 0 to 1, every few milliseconds; when that answers `false`, the call ends.
///
/// # Errors
/// As [`schedule`]; [`Error::Stopped`] when `progress` says `false`.
pub fn schedule_with_progress(
    tasks: &[Task],
    capacity: &[u32],
    energy_price: &[f64],
    step_seconds: f64,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Plan> {
    all_finite("energy_price", energy_price)?;
    positive("step_seconds", step_seconds)?;
    let steps = energy_price.len();
    if steps == 0 || steps > MOST_STEPS {
        return Err(Error::data(
            "energy_price",
            format!("has {steps} values: 1 to {MOST_STEPS} are possible"),
        ));
    }
    if tasks.len() > MOST_TASKS || tasks.len().saturating_mul(steps) > MOST_PAIRS {
        let problem = format!("{} tasks over {steps} steps are too many", tasks.len());
        return Err(Error::data("tasks", problem));
    }
    let waits: usize = tasks.iter().map(|task| task.after.len()).sum();
    if waits > MOST_WAITS {
        return Err(Error::data(
            "tasks",
            format!("{waits} pairs of tasks wait for each other: at most {MOST_WAITS}"),
        ));
    }
    let capacity = match capacity {
        [all] => vec![*all; steps],
        _ if capacity.len() == steps => capacity.to_vec(),
        _ => {
            let problem = format!("has {} values: energy_price has {steps}", capacity.len());
            return Err(Error::data("capacity", problem));
        }
    };
    let jobs = Jobs::new(tasks, capacity, energy_price, step_seconds)?;
    // The four parts of the work take about as long as each other where it is long.
    let mut part = |number: f64, share: f64| match 0.25 * (number + share.min(1.0)) {
        share if progress(share) => Ok(()),
        share => Err(Error::Stopped { percent: (100.0 * share) as u8 }),
    };
    let (found, dual) = search::construct(&jobs, &mut |share| part(0.0, share))?;
    if exact::alone_best(&jobs, &found) {
        return Ok(describe(tasks, &jobs, &found, step_seconds));
    }
    // The search may end at once; if not, a better beginning may make it end.
    let (mut starts, mut optimal) = exact::search(&jobs, found, &dual, &mut |share| part(1.0, share))?;
    if !optimal {
        starts = search::improve(&jobs, starts, &mut |share| part(2.0, share))?;
        (starts, optimal) = exact::search(&jobs, starts, &dual, &mut |share| part(3.0, 0.5 * share))?;
    }
    let mut plan = describe(tasks, &jobs, &starts, step_seconds);
    if !optimal {
        let dual = Dual::of(&jobs, &starts, Some(&dual), &mut |share| part(3.0, 0.5 + 0.5 * share))?;
        (plan.optimal, plan.lower_bound) = (false, dual.bound.min(plan.cost));
    }
    Ok(plan)
}

/// The starts, told in the user's terms.
fn describe(tasks: &[Task], jobs: &Jobs, starts: &[Option<usize>], step_seconds: f64) -> Plan {
    let mut placements = Vec::new();
    let mut infeasible = Vec::new();
    for (i, (task, start)) in tasks.iter().zip(starts).enumerate() {
        let name = task.name.clone();
        match start {
            Some(step) => {
                let start_seconds = *step as f64 * step_seconds;
                let rank = if task.energy > 0.0 { task.priority / task.energy } else { f64::INFINITY };
                let end_seconds = start_seconds + task.duration_seconds;
                placements.push(Placement {
                    task: i,
                    name,
                    rank,
                    start_seconds,
                    end_seconds,
                    cost: jobs.cost(i, *step),
                });
            }
            None => infeasible.push(Unplaced { task: i, name, reason: jobs.reason(i, tasks, starts) }),
        }
    }
    placements.sort_by(|a, b| a.start_seconds.total_cmp(&b.start_seconds).then(b.rank.total_cmp(&a.rank)));
    let cost = Sum::of(placements.iter().map(|placement| placement.cost));
    Plan { placements, infeasible, cost, lower_bound: cost, optimal: true }
}

#[cfg(test)]
mod tests;
