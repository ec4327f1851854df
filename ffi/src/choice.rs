//! What is best? Pareto fronts, and what picks a point on them.

use crate::error::*;
use crate::guard::*;
use engine::choice::{self, Bounds};

/// Which points nothing dominates: 1 or 0 for each of `rows` points. Equal points are all kept.
/// `points` has a row a point and a column an objective. `maximize` has no flag (every objective is minimised),
/// one for all, or one an objective. Infinities are allowed, NaN is not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_pareto_front(
    points: *const f64,
    rows: usize,
    columns: usize,
    maximize: *const i32,
    maximize_length: usize,
    out_front: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_front", out_front, rows)?;
            let maximize = flags("maximize", maximize, maximize_length)?;
            let front = choice::pareto_front(table("points", points, rows, columns)?, &maximize)?;
            out.write(&front.into_iter().map(i32::from).collect::<Vec<_>>())
        })
    }
}

/// The rank of each of `rows` points: 0 on the front, 1 on the front of the rest, and so on.
/// Arguments as for `forescale_pareto_front`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_non_dominated_sort(
    points: *const f64,
    rows: usize,
    columns: usize,
    maximize: *const i32,
    maximize_length: usize,
    out_ranks: *mut u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_ranks", out_ranks, rows)?;
            let maximize = flags("maximize", maximize, maximize_length)?;
            let ranks = choice::non_dominated_sort(table("points", points, rows, columns)?, &maximize)?;
            out.write(&ranks.into_iter().map(|rank| rank as u64).collect::<Vec<_>>())
        })
    }
}

/// The crowding distance of each of the `rows` points of one front; infinite at its ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_crowding_distance(
    points: *const f64,
    rows: usize,
    columns: usize,
    out_distances: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_distances", out_distances, rows)?;
            out.write(&choice::crowding_distance(table("points", points, rows, columns)?)?)
        })
    }
}

/// The volume of the region that the points dominate and that dominates the reference, all objectives minimised.
/// A point that is not strictly better than the reference in every objective adds nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hypervolume(
    points: *const f64,
    rows: usize,
    columns: usize,
    reference: *const f64,
    reference_length: usize,
    out_volume: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_volume", out_volume)?;
            let reference = slice("reference", reference, reference_length)?;
            out.write(choice::hypervolume(table("points", points, rows, columns)?, reference)?);
            Ok(())
        })
    }
}

/// The product of metric^weight, with 0^0 = 1: 0 or infinite only where the true value is too small or too large
/// for a double. Metrics are at least 0; a weight may be negative.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_utility(
    metrics: *const f64,
    metrics_length: usize,
    weights: *const f64,
    weights_length: usize,
    out_utility: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_utility", out_utility)?;
            let metrics = slice("metrics", metrics, metrics_length)?;
            out.write(choice::utility(metrics, slice("weights", weights, weights_length)?)?);
            Ok(())
        })
    }
}

/// The natural logarithm of `forescale_utility`: finite where the utility itself is out of range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_log_utility(
    metrics: *const f64,
    metrics_length: usize,
    weights: *const f64,
    weights_length: usize,
    out_log_utility: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_log_utility", out_log_utility)?;
            let metrics = slice("metrics", metrics, metrics_length)?;
            out.write(choice::log_utility(metrics, slice("weights", weights, weights_length)?)?);
            Ok(())
        })
    }
}

/// The index of the point of the highest utility among those within the constraints; the first of equals.
/// A minimised objective enters the utility with the negative of its weight's size. `constraints` has
/// `constraints_rows` pairs of a least and a largest acceptable value, one pair an objective, or none at all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_choose(
    points: *const f64,
    rows: usize,
    columns: usize,
    maximize: *const i32,
    maximize_length: usize,
    weights: *const f64,
    weights_length: usize,
    constraints: *const f64,
    constraints_rows: usize,
    out_index: *mut u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_index", out_index)?;
            let maximize = flags("maximize", maximize, maximize_length)?;
            let constraints = table("constraints", constraints, constraints_rows, 2)?;
            let points = table("points", points, rows, columns)?;
            let weights = slice("weights", weights, weights_length)?;
            let index = choice::choose(points, &maximize, weights, &Bounds::of(constraints)?)?;
            out.write(index as u64);
            Ok(())
        })
    }
}

/// For each of `rows` points the sum of weight times objective, a maximised objective with a minus: the least is the
/// best. `maximize` as for `forescale_pareto_front`; weights are at least 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_weighted_sum(
    points: *const f64,
    rows: usize,
    columns: usize,
    maximize: *const i32,
    maximize_length: usize,
    weights: *const f64,
    weights_length: usize,
    out_sums: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_sums", out_sums, rows)?;
            let maximize = flags("maximize", maximize, maximize_length)?;
            let points = table("points", points, rows, columns)?;
            let weights = slice("weights", weights, weights_length)?;
            out.write(&choice::weighted_sum(points, &maximize, weights)?)
        })
    }
}

/// For each of `rows` points the largest weight times distance past the goal, and `augmentation` times the sum of them:
/// the least is the best. Without a goal it is the best value of each objective, which gives the Chebyshev distance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_achievement(
    points: *const f64,
    rows: usize,
    columns: usize,
    maximize: *const i32,
    maximize_length: usize,
    weights: *const f64,
    weights_length: usize,
    goal: *const f64,
    goal_length: usize,
    augmentation: f64,
    out_distances: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_distances", out_distances, rows)?;
            let maximize = flags("maximize", maximize, maximize_length)?;
            let points = table("points", points, rows, columns)?;
            let weights = slice("weights", weights, weights_length)?;
            let goal = slice("goal", goal, goal_length)?;
            out.write(&choice::achievement(points, &maximize, weights, goal, augmentation)?)
        })
    }
}

/// The index of the knee of the front: the point farthest below the plane through its ends; the first of equals.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_knee(
    points: *const f64,
    rows: usize,
    columns: usize,
    maximize: *const i32,
    maximize_length: usize,
    out_index: *mut u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_index", out_index)?;
            let maximize = flags("maximize", maximize, maximize_length)?;
            out.write(choice::knee(table("points", points, rows, columns)?, &maximize)? as u64);
            Ok(())
        })
    }
}
