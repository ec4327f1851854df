//! Several objectives made one: the weighted sum, the achievement of a goal, and the knee of a front.
//!
//! Achievement: max wⱼ·(fⱼ − rⱼ) + ρ·Σ wⱼ·(fⱼ − rⱼ), negative where the goal r is passed (Wierzbicki 1980, "The use of reference
//! objectives in multiobjective optimization"). With the best value of each objective as r it is the augmented weighted
//! Chebyshev distance (Steuer and Choo 1983, Mathematical Programming 26), whose least points, over all weights, are the
//! whole front, where the weighted sum finds its convex part only. Knee: the point farthest below the plane through the ends of
//! the front (Das 1999, "On characterizing the 'knee' of the Pareto curve", Structural Optimization 18).

use super::front::pareto_front;
use super::objectives::{directions, minimized};
use crate::error::{Error, Result, all_finite, same_length};
use crate::rows::Rows;

/// Σ weightⱼ·objectiveⱼ of each point, a maximised objective with a minus: the least is the best.
///
/// `points` and `maximize` as for [`pareto_front`]; `weights` has one number at least 0 an objective, in the units of one
/// over the objective's.
///
/// # Errors
/// [`Error::Data`] for values that are not finite, weights that are negative, lengths, or a sum beyond the largest float.
pub fn weighted_sum(points: Rows, maximize: &[bool], weights: &[f64]) -> Result<Vec<f64>> {
    let values = checked(points, maximize, weights)?;
    let sum = |point: &[f64]| point.iter().zip(weights).map(|(value, weight)| value * weight).sum();
    representable(values.chunks_exact(points.columns()).map(sum).collect())
}

/// How far each point is from a goal, in the objective in which it is worst off; the least is the best.
///
/// `points`, `maximize` and `weights` as for [`weighted_sum`]. `goal` has a value an objective, in the sense of the points
/// (a maximised objective keeps its sign); empty means the best value of each objective among the points, which makes
/// this the Chebyshev distance. `augmentation` ρ at least 0 is how much the sum of all objectives counts besides; a little,
/// such as 10⁻⁶, keeps the least point on the front.
///
/// # Errors
/// As for [`weighted_sum`], for the goal too; [`Error::Config`] for an augmentation that is negative or not finite.
///
/// # Example
/// ```
/// use forescale::{Rows, choice::achievement};
/// // Cost and latency; at most 3 and 5 are wanted, and a unit of latency counts half.
/// let plans = [1.0, 9.0, 2.0, 4.0, 4.0, 3.0];
/// let distances = achievement(Rows::new("points", &plans, 2)?, &[], &[1.0, 0.5], &[3.0, 5.0], 0.0)?;
/// assert_eq!(distances, [2.0, -0.5, 1.0]);
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn achievement(
    points: Rows,
    maximize: &[bool],
    weights: &[f64],
    goal: &[f64],
    augmentation: f64,
) -> Result<Vec<f64>> {
    crate::error::not_negative("augmentation", augmentation)?;
    let values = checked(points, maximize, weights)?;
    let goal = if goal.is_empty() {
        extremes(values.chunks_exact(points.columns()), points.columns()).0
    } else {
        same_length("goal", goal.len(), "a point", points.columns())?;
        all_finite("goal", goal)?;
        let directions = directions(maximize, points.columns())?;
        goal.iter().zip(directions).map(|(value, up)| if up { -value } else { *value }).collect()
    };
    let distance = |point: &[f64]| {
        let terms =
            || point.iter().zip(&goal).zip(weights).map(|((value, goal), weight)| weight * (value - goal));
        let most = terms().fold(f64::NEG_INFINITY, f64::max);
        if augmentation > 0.0 { most + augmentation * terms().sum::<f64>() } else { most }
    };
    representable(values.chunks_exact(points.columns()).map(distance).collect())
}

/// The index of the knee of the front: where giving up a little of one objective stops gaining much of another.
///
/// Objectives are scaled by the range of the front; the knee is the point of the least sum, which lies farthest below the plane
/// through the ends of the axes; the first of equals. An objective in which the whole front is equal does not count.
///
/// # Errors
/// [`Error::Data`] for no points, or values that are not finite.
///
/// # Example
/// ```
/// use forescale::{Rows, choice::knee};
/// let plans = [0.0, 10.0, 1.0, 2.0, 5.0, 1.0, 10.0, 0.0];
/// assert_eq!(knee(Rows::new("points", &plans, 2)?, &[])?, 1);
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn knee(points: Rows, maximize: &[bool]) -> Result<usize> {
    points.all_finite("points")?;
    let front = pareto_front(points, maximize)?;
    let values = minimized(points, maximize)?;
    let rows = || {
        values
            .chunks_exact(points.columns())
            .enumerate()
            .zip(&front)
            .filter(|(_, on)| **on)
            .map(|(row, _)| row)
    };
    let (low, high) = extremes(rows().map(|(_, point)| point), points.columns());
    let height = |point: &[f64]| -> f64 {
        let share = |((value, low), high): ((&f64, &f64), &f64)| {
            // Halved, so that the range of the largest floats stays finite.
            let range = 0.5 * high - 0.5 * low;
            if range > 0.0 { (0.5 * value - 0.5 * low) / range } else { 0.0 }
        };
        point.iter().zip(&low).zip(&high).map(share).sum()
    };
    let best = rows().map(|(index, point)| (index, height(point))).min_by(|(_, a), (_, b)| a.total_cmp(b));
    best.map(|(index, _)| index).ok_or_else(|| Error::data("points", "is empty"))
}

/// The least and the largest value of each objective.
fn extremes<'a>(points: impl Iterator<Item = &'a [f64]>, objectives: usize) -> (Vec<f64>, Vec<f64>) {
    let mut extremes = (vec![f64::INFINITY; objectives], vec![f64::NEG_INFINITY; objectives]);
    for point in points {
        extremes.0.iter_mut().zip(point).for_each(|(low, value)| *low = low.min(*value));
        extremes.1.iter_mut().zip(point).for_each(|(high, value)| *high = high.max(*value));
    }
    extremes
}

/// The points with every objective to be minimised.
fn checked(points: Rows, maximize: &[bool], weights: &[f64]) -> Result<Vec<f64>> {
    points.all_finite("points")?;
    same_length("weights", weights.len(), "a point", points.columns())?;
    all_finite("weights", weights)?;
    if let Some((at, weight)) = weights.iter().enumerate().find(|(_, weight)| **weight < 0.0) {
        let problem = format!("value {at} of {} is {weight}: a weight is at least 0", weights.len());
        return Err(Error::data("weights", problem));
    }
    minimized(points, maximize)
}

fn representable(values: Vec<f64>) -> Result<Vec<f64>> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(values),
        Some(row) => Err(Error::data("points", format!("row {row}: the result is beyond the largest float"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(values: &[f64], columns: usize) -> Rows<'_> {
        Rows::new("points", values, columns).unwrap()
    }

    fn least(values: &[f64]) -> usize {
        (0..values.len()).fold(0, |best, i| if values[i] < values[best] { i } else { best })
    }

    #[test]
    fn a_concave_front_is_reached_by_the_distance_and_not_by_the_sum() {
        let plans = [0.0, 4.0, 3.0, 3.0, 4.0, 0.0];
        for weight in [0.1, 0.3, 0.5, 0.7, 0.9] {
            let sums = weighted_sum(rows(&plans, 2), &[], &[weight, 1.0 - weight]).unwrap();
            assert_ne!(least(&sums), 1);
        }
        assert_eq!(least(&achievement(rows(&plans, 2), &[], &[1.0, 1.0], &[], 1e-6).unwrap()), 1);
        assert_eq!(weighted_sum(rows(&plans, 2), &[true, false], &[2.0, 1.0]).unwrap(), [4.0, -3.0, -8.0]);
        let to_goal = achievement(rows(&plans, 2), &[true, false], &[1.0, 1.0], &[2.0, 2.0], 0.5).unwrap();
        assert_eq!(to_goal, [2.0 + 0.5 * 4.0, 1.0, -2.0 + 0.5 * -4.0]);
    }

    #[test]
    fn the_knee_of_a_circle_is_its_diagonal_and_units_do_not_move_it() {
        let arc: Vec<f64> = (0..=90)
            .flat_map(|degree| {
                let angle = f64::from(degree).to_radians();
                [1.0 - angle.cos(), 1000.0 - 1000.0 * angle.sin()]
            })
            .collect();
        assert_eq!(knee(rows(&arc, 2), &[]).unwrap(), 45);
        let negated: Vec<f64> = arc.iter().map(|value| -value).collect();
        assert_eq!(knee(rows(&negated, 2), &[true]).unwrap(), 45);
        assert_eq!(knee(rows(&[1.0, 5.0, 1.0, 4.0, 1.0, 4.0], 2), &[]).unwrap(), 1, "a front of one value");
        assert_eq!(knee(rows(&[-1e308, 1e308, 1e308, -1e308, -9e307, -9e307], 2), &[]).unwrap(), 2);
    }

    proptest! {
        #[test]
        fn the_best_by_any_of_them_is_on_the_front(
            points in prop::collection::vec(prop::collection::vec((0..9i32).prop_map(f64::from), 3), 1..20),
            weights in prop::collection::vec(0.1..3.0f64, 3),
            maximize in prop::collection::vec(any::<bool>(), 3),
        ) {
            let values = points.concat();
            let points = rows(&values, 3);
            let front = pareto_front(points, &maximize).unwrap();
            prop_assert!(front[least(&weighted_sum(points, &maximize, &weights).unwrap())]);
            prop_assert!(front[least(&achievement(points, &maximize, &weights, &[], 1e-3).unwrap())]);
            prop_assert!(front[knee(points, &maximize).unwrap()]);
            let plain = achievement(points, &maximize, &weights, &[], 0.0).unwrap();
            prop_assert!(plain.iter().all(|distance| *distance >= 0.0), "nothing is better than the best of each");
        }
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let plans = [1.0, 2.0];
        let message = |result: Result<Vec<f64>>| result.unwrap_err().to_string();
        assert_eq!(
            message(weighted_sum(rows(&plans, 2), &[], &[1.0, -1.0])),
            "weights: value 1 of 2 is -1: a weight is at least 0"
        );
        assert_eq!(
            message(weighted_sum(rows(&plans, 2), &[], &[1.0])),
            "weights: has 1 values, but a point has 2"
        );
        assert_eq!(
            message(weighted_sum(rows(&[f64::INFINITY], 1), &[], &[1.0])),
            "points: row 0, column 0 is inf"
        );
        assert!(
            message(weighted_sum(rows(&[1e308, 1e308], 2), &[], &[1.0, 1.0])).contains("beyond the largest")
        );
        assert_eq!(
            message(achievement(rows(&plans, 2), &[], &[1.0, 1.0], &[1.0], 0.0)),
            "goal: has 1 values, but a point has 2"
        );
        assert!(
            message(achievement(rows(&plans, 2), &[], &[1.0, 1.0], &[], -1.0))
                .starts_with("augmentation: must be")
        );
        assert_eq!(knee(rows(&[], 2), &[]).unwrap_err().to_string(), "points: is empty");
    }
}
