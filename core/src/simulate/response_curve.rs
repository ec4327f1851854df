//! Response times that were measured: seconds at the promised quantile against utilization, as points that rise.

use crate::capacity::Target;
use crate::error::{Error, Result};

/// More points of a curve are refused.
const MOST_POINTS: usize = 10_000;

/// Refuses a curve that does not rise, or a promise that it cannot judge or keep.
pub(super) fn check_curve(points: Option<&[[f64; 2]]>, target: Target) -> Result<()> {
    let Some(points) = points else { return Ok(()) };
    let refuse = |problem: String| Err(Error::config("response_curve", problem));
    if !(1..=MOST_POINTS).contains(&points.len()) {
        return refuse(format!("must have 1 to {MOST_POINTS} points, got {}", points.len()));
    }
    let is_point = |[utilization, seconds]: &[f64; 2]| {
        (0.0..=1.0).contains(utilization) && *seconds > 0.0 && seconds.is_finite()
    };
    if let Some(i) = points.iter().position(|point| !is_point(point)) {
        return refuse(format!("point {i} is not a utilization of 0 to 1 with a finite time above 0 s"));
    }
    let rises = |(left, right): (&[f64; 2], &[f64; 2])| left[0] < right[0] && left[1] <= right[1];
    if let Some(i) = points.iter().zip(points.iter().skip(1)).position(|pair| !rises(pair)) {
        return refuse(format!("utilization must rise and the time not fall from point {i} to the next"));
    }
    let best = points.first().map_or(0.0, |point| point[1]);
    match target {
        Target::ResponseQuantile(_, seconds) if best > seconds => {
            let problem = format!("is {best} s at the least, above the promised {seconds} s");
            Err(Error::infeasible("response_curve", problem))
        }
        Target::ResponseQuantile(..) | Target::Utilization(_) => Ok(()),
        _ => refuse("can only judge a target on responses or utilization".into()),
    }
}

/// Straight between the points, level beyond them.
pub(super) fn response_at(points: &[[f64; 2]], utilization: f64) -> f64 {
    let after = points.partition_point(|point| point[0] <= utilization);
    let before = after.checked_sub(1).and_then(|i| points.get(i));
    match (before, points.get(after)) {
        (Some(left), Some(right)) => {
            left[1] + (right[1] - left[1]) * (utilization - left[0]) / (right[0] - left[0])
        }
        (None, Some(only)) | (Some(only), None) => only[1],
        (None, None) => f64::NAN,
    }
}
