//! What does it burn? Tasks moved to where energy is cheap.

use crate::error::*;
use crate::guard::*;
use engine::Error;
use engine::energy::{Plan, Task, schedule};
use std::ffi::c_char;

/// When each task runs, what that costs, and how far from the best it can be at most.
#[derive(Debug)]
pub struct forescale_plan;
handle!(forescale_plan, Plan);

/// When to run each of `tasks` tasks.
///
/// `names` are unique; `priority` is what a task is worth, at least 0; `energy` what it takes in all, at least 0; `duration_seconds` how long
/// it runs. `deadline` is the latest end in seconds from the beginning of the prices, infinite where there is none; NULL for none at all.
/// `deferrable` (not 0 is true) says whether it may wait for cheap energy; NULL for all of them. `release_seconds` is the
/// earliest start; NULL for 0. `after` has `after_pairs` pairs of tasks by
/// their place: the first of a pair begins when the second has ended. `capacity` says how many tasks may run at once, in one number or one a
/// step. `energy_price` has a price of energy a step of `step_seconds`: money, carbon, or anything else to be spared.
/// The caller ends the plan with `forescale_plan_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_schedule(
    names: *const *const c_char,
    priority: *const f64,
    energy: *const f64,
    duration_seconds: *const f64,
    deadline: *const f64,
    deferrable: *const i32,
    release_seconds: *const f64,
    tasks: usize,
    after: *const usize,
    after_pairs: usize,
    capacity: *const u32,
    capacity_length: usize,
    energy_price: *const f64,
    price_length: usize,
    step_seconds: f64,
    out_plan: *mut *mut forescale_plan,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_plan", out_plan)?;
            let names = texts("names", names, tasks)?;
            let priority = slice("priority", priority, tasks)?;
            let energy = slice("energy", energy, tasks)?;
            let durations = slice("duration_seconds", duration_seconds, tasks)?;
            let numbers = priority.iter().zip(energy).zip(durations);
            let mut list: Vec<Task> = names
                .iter()
                .zip(numbers)
                .map(|(name, ((priority, energy), seconds))| Task::new(name, *priority, *energy, *seconds))
                .collect();
            if !deadline.is_null() {
                for (task, deadline) in list.iter_mut().zip(slice("deadline", deadline, tasks)?) {
                    task.deadline = Some(*deadline).filter(|deadline| *deadline != f64::INFINITY);
                }
            }
            if !deferrable.is_null() {
                for (task, deferrable) in list.iter_mut().zip(flags("deferrable", deferrable, tasks)?) {
                    task.deferrable = deferrable;
                }
            }
            if !release_seconds.is_null() {
                for (task, release) in list.iter_mut().zip(slice("release_seconds", release_seconds, tasks)?)
                {
                    task.release_seconds = *release;
                }
            }
            let Some(after_length) = after_pairs.checked_mul(2) else {
                let problem = format!("{after_pairs} pairs cannot be an array in memory");
                return Err(Error::Data { name: "after".into(), problem }.into());
            };
            for pair in slice("after", after, after_length)?.chunks_exact(2) {
                let &[task, before] = pair else { continue };
                let known = names.get(before).filter(|_| task < tasks);
                let Some((before, task)) = known.zip(list.get_mut(task)) else {
                    let problem = format!("task {task} after {before}: there are {tasks}");
                    return Err(Error::Data { name: "after".into(), problem }.into());
                };
                task.after.push((*before).to_owned());
            }
            let capacity = slice("capacity", capacity, capacity_length)?;
            let prices = slice("energy_price", energy_price, price_length)?;
            out.write(create(schedule(&list, capacity, prices, step_seconds)?));
            Ok(())
        })
    }
}

/// Ends a plan; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_plan_destroy(plan: *mut forescale_plan) {
    // SAFETY: as above.
    unsafe { destroy(plan) }
}

/// The sum of the costs; a cost that no schedule of the same tasks undercuts, those that are not deferrable at the same times; the most by
/// which the cost can be above the least, as a share of it; and whether no schedule at all is better (1) or that is not known (0).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_plan_cost(
    plan: *const forescale_plan,
    out_cost: *mut f64,
    out_lower_bound: *mut f64,
    out_gap: *mut f64,
    out_optimal: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let (cost, bound) =
                (Out::new("out_cost", out_cost)?, Out::new("out_lower_bound", out_lower_bound)?);
            let (gap, optimal) = (Out::new("out_gap", out_gap)?, Out::new("out_optimal", out_optimal)?);
            let plan = read("plan", plan)?;
            cost.write(plan.cost);
            bound.write(plan.lower_bound);
            gap.write(plan.gap());
            optimal.write(i32::from(plan.optimal));
            Ok(())
        })
    }
}

/// How many tasks run, and how many do not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_plan_lengths(
    plan: *const forescale_plan,
    out_placements: *mut usize,
    out_infeasible: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let placements = Out::new("out_placements", out_placements)?;
            let infeasible = Out::new("out_infeasible", out_infeasible)?;
            let plan = read("plan", plan)?;
            placements.write(plan.placements.len());
            infeasible.write(plan.infeasible.len());
            Ok(())
        })
    }
}

/// The tasks that run, by start; of those that start together, the greatest priority/energy first. Each array has room for `capacity`, at
/// least as many as run: the task by its place among those handed in, priority/energy, start and end in seconds from the beginning of the
/// prices, and cost.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_plan_placements(
    plan: *const forescale_plan,
    out_task: *mut usize,
    out_rank: *mut f64,
    out_start_seconds: *mut f64,
    out_end_seconds: *mut f64,
    out_cost: *mut f64,
    capacity: usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let task = OutArray::new("out_task", out_task, capacity)?;
            let rank = OutArray::new("out_rank", out_rank, capacity)?;
            let start = OutArray::new("out_start_seconds", out_start_seconds, capacity)?;
            let end = OutArray::new("out_end_seconds", out_end_seconds, capacity)?;
            let cost = OutArray::new("out_cost", out_cost, capacity)?;
            let placements = &read("plan", plan)?.placements;
            task.needs(placements.len())?;
            task.write(&placements.iter().map(|placement| placement.task).collect::<Vec<_>>())?;
            rank.write(&placements.iter().map(|placement| placement.rank).collect::<Vec<_>>())?;
            start.write(&placements.iter().map(|placement| placement.start_seconds).collect::<Vec<_>>())?;
            end.write(&placements.iter().map(|placement| placement.end_seconds).collect::<Vec<_>>())?;
            cost.write(&placements.iter().map(|placement| placement.cost).collect::<Vec<_>>())
        })
    }
}

/// The tasks that do not run, by their place among those handed in; room for `capacity`, at least as many as there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_plan_infeasible(
    plan: *const forescale_plan,
    out_task: *mut usize,
    capacity: usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_task", out_task, capacity)?;
            let infeasible = &read("plan", plan)?.infeasible;
            out.write(&infeasible.iter().map(|unplaced| unplaced.task).collect::<Vec<_>>())
        })
    }
}

/// Why the task `infeasible` of those that do not run, counted from 0, does not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_plan_reason(
    plan: *const forescale_plan,
    infeasible: usize,
    out_reason: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_reason", out_reason, capacity)?;
            let length = Out::new("out_length", out_length)?;
            let all = &read("plan", plan)?.infeasible;
            let Some(unplaced) = all.get(infeasible) else {
                let problem = format!("is {infeasible}: {} tasks do not run", all.len());
                return Err(Error::Data { name: "infeasible".into(), problem }.into());
            };
            out.write_text(&unplaced.reason, length)
        })
    }
}
