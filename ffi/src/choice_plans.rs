//! What is best? Plans: allocation problems, their annealing, and one plan for several futures.

use crate::error::*;
use crate::guard::*;
use engine::choice::{self, AnnealConfig, ScenarioConfig};
use std::ffi::c_char;

/// An allocation problem: how many units go to each place, at what cost and within what limits.
#[derive(Debug)]
pub struct forescale_allocation;
handle!(forescale_allocation, choice::Allocation);

/// A problem of `places` places. `costs` has a row a place: the cost of 0, 1, ... `levels` - 1 units there, infinite where
/// not allowed. `pairs` has `pairs_rows` rows of two places and a weight, which adds weight times both counts. `usage` has
/// `resources` rows of what a unit at each place takes (negative: supplies), `limits` the most of each resource.
/// The caller ends it with `forescale_allocation_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_allocation_create(
    costs: *const f64,
    places: usize,
    levels: usize,
    pairs: *const f64,
    pairs_rows: usize,
    usage: *const f64,
    limits: *const f64,
    resources: usize,
    out_allocation: *mut *mut forescale_allocation,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_allocation", out_allocation)?;
            let costs = table("costs", costs, places, levels)?;
            let pairs = table("pairs", pairs, pairs_rows, 3)?;
            let usage = table("usage", usage, resources, places.max(1))?;
            let limits = slice("limits", limits, resources)?;
            out.write(create(choice::Allocation::new(costs, pairs, usage, limits)?));
            Ok(())
        })
    }
}

/// Ends a problem; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_allocation_destroy(allocation: *mut forescale_allocation) {
    // SAFETY: as above.
    unsafe { destroy(allocation) }
}

/// Count of places.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_allocation_places(
    allocation: *const forescale_allocation,
    out_places: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_places", out_places)?;
            out.write(read("allocation", allocation)?.places());
            Ok(())
        })
    }
}

/// Count of the values that a place may have: 0 to one less.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_allocation_levels(
    allocation: *const forescale_allocation,
    out_levels: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_levels", out_levels)?;
            out.write(read("allocation", allocation)?.levels());
            Ok(())
        })
    }
}

/// The cost of a plan: `places` counts; infinite when one is not allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_allocation_cost(
    allocation: *const forescale_allocation,
    units: *const u64,
    places: usize,
    out_cost: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_cost", out_cost)?;
            out.write(read("allocation", allocation)?.cost(&counts(slice("units", units, places)?))?);
            Ok(())
        })
    }
}

/// Whether a plan is allowed and within all limits: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_allocation_is_feasible(
    allocation: *const forescale_allocation,
    units: *const u64,
    places: usize,
    out_is_feasible: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_is_feasible", out_is_feasible)?;
            let allocation = read("allocation", allocation)?;
            out.write(i32::from(allocation.is_feasible(&counts(slice("units", units, places)?))?));
            Ok(())
        })
    }
}

/// The cheapest plan within the limits that is found: a count a place, and its cost. `config_json` may name `method`
/// (`quantum`, `thermal`, `exact`), `sweeps` and `replicas`; NULL is the defaults. `places` is the room at `out_units`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_anneal(
    allocation: *const forescale_allocation,
    seed: u64,
    config_json: *const c_char,
    out_units: *mut u64,
    places: usize,
    out_cost: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let units = OutArray::new("out_units", out_units, places)?;
            let cost = Out::new("out_cost", out_cost)?;
            let settings: AnnealConfig = config("config_json", config_json)?;
            let problem = read("allocation", allocation)?;
            units.needs(problem.places())?;
            let plan = choice::anneal(problem, seed, &settings)?;
            units.write(&plan.units.iter().map(|count| *count as u64).collect::<Vec<_>>())?;
            cost.write(plan.cost);
            Ok(())
        })
    }
}

/// The plan to go with when any of several futures may come, and for each plan its mean cost, its mean cost in the worst
/// futures, its largest cost and its largest regret. `costs` has a row a plan and a column a future; `weights` a number
/// a future, or none at all. `config_json` may name `aversion` and `level`; NULL is the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_scenarios(
    costs: *const f64,
    rows: usize,
    columns: usize,
    weights: *const f64,
    weights_length: usize,
    config_json: *const c_char,
    out_chosen: *mut u64,
    out_expected: *mut f64,
    out_tail: *mut f64,
    out_worst: *mut f64,
    out_regret: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let chosen = Out::new("out_chosen", out_chosen)?;
            let expected = OutArray::new("out_expected", out_expected, rows)?;
            let tail = OutArray::new("out_tail", out_tail, rows)?;
            let worst = OutArray::new("out_worst", out_worst, rows)?;
            let regret = OutArray::new("out_regret", out_regret, rows)?;
            let settings: ScenarioConfig = config("config_json", config_json)?;
            let weights = slice("weights", weights, weights_length)?;
            let all = choice::scenarios(table("costs", costs, rows, columns)?, weights, &settings)?;
            chosen.write(all.chosen as u64);
            expected.write(&all.expected)?;
            tail.write(&all.tail)?;
            worst.write(&all.worst)?;
            regret.write(&all.regret)
        })
    }
}

/// Counts as the core takes them; one too large for this machine is too large for any problem.
fn counts(units: &[u64]) -> Vec<usize> {
    units.iter().map(|count| usize::try_from(*count).unwrap_or(usize::MAX)).collect()
}
