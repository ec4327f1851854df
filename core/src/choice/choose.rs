//! One point of many: the feasible one of the highest weighted product utility.
//!
//! U = Π valueⱼ^(±wⱼ) over the objectives j, plus where the objective is maximised and minus where it is
//! minimised (Miller and Starr 1969, Executive Decisions and Operations Research).

use super::front::pareto_front;
use super::objectives::directions;
use super::utility::log_utility;
use crate::error::{Error, Result, same_length};
use crate::rows::Rows;

/// The values of one objective that are acceptable: from `low` to `high`, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The least acceptable value; minus infinity for no limit.
    pub low: f64,
    /// The largest acceptable value; infinity for no limit.
    pub high: f64,
}

impl Default for Bounds {
    /// No limit.
    fn default() -> Self {
        Bounds { low: f64::NEG_INFINITY, high: f64::INFINITY }
    }
}

impl Bounds {
    /// The bounds of a table: a row an objective, each with the least and the largest acceptable value.
    ///
    /// # Errors
    /// [`Error::Data`] for a table of other than two columns.
    pub fn of(table: Rows) -> Result<Vec<Bounds>> {
        if table.columns() != 2 {
            let problem = format!("has {} columns: the least and the largest value are two", table.columns());
            return Err(Error::data("constraints", problem));
        }
        let pair = |row: &[f64]| match *row {
            [low, high] => Some(Bounds { low, high }),
            _ => None,
        };
        Ok(table.iter().filter_map(pair).collect())
    }
}

/// The index of the best point: of those within the constraints the one of the highest utility, which is on
/// their Pareto front; the first of equals.
///
/// `points` has one row a point and one column an objective, finite and at least 0. `maximize` is empty
/// (minimise all), one flag for all, or one for each. `weights` has one number an objective: how much it
/// counts. An objective that is minimised enters with −|weight|, so its minus sign may be written or left out;
/// a negative weight on a maximised objective is a contradiction and refused. `constraints` is empty or has one
/// [`Bounds`] an objective.
///
/// # Errors
/// [`Error::Data`] for no points, bad values (see [`utility`](super::utility)), lengths or bounds;
/// [`Error::Infeasible`] when no point is within the constraints, naming the bound that refuses most points.
///
/// # Cost
/// That of [`pareto_front`], and one logarithm a value on the front.
///
/// # Example
/// ```
/// use forescale::{Rows, choice::{Bounds, choose}};
/// // throughput (maximised) and cost (minimised) of three plans, of which the last is too dear
/// let plans = [100.0, 4.0, 150.0, 5.0, 400.0, 11.0];
/// let points = Rows::new("points", &plans, 2)?;
/// let affordable = [Bounds::default(), Bounds { high: 10.0, ..Bounds::default() }];
/// assert_eq!(choose(points, &[true, false], &[1.0, 1.0], &affordable)?, 1);
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn choose(points: Rows, maximize: &[bool], weights: &[f64], constraints: &[Bounds]) -> Result<usize> {
    points.all_finite("points")?;
    if let Some(at) = points.values().iter().position(|value| *value < 0.0) {
        let (row, column) = (at / points.columns(), at % points.columns());
        return Err(Error::data(
            "points",
            format!("row {row}, column {column} is negative: a metric is at least 0"),
        ));
    }
    let exponents = exponents(&directions(maximize, points.columns())?, weights)?;
    let feasible = feasible(points, constraints)?;

    let candidates: Vec<f64> = feasible.iter().flat_map(|(_, point)| point.iter().copied()).collect();
    let front = pareto_front(Rows::new("points", &candidates, points.columns())?, maximize)?;
    let mut best: Option<(usize, f64)> = None;
    for (&(row, point), _) in feasible.iter().zip(front).filter(|(_, on_front)| *on_front) {
        let utility = log_utility(point, &exponents).map_err(|error| match error {
            Error::Data { name, problem } if name == "metrics" => {
                Error::data("points", format!("row {row}: {problem}"))
            }
            other => other,
        })?;
        if best.is_none_or(|(_, highest)| utility > highest) {
            best = Some((row, utility));
        }
    }
    best.map(|(row, _)| row).ok_or_else(|| Error::internal("a front without a point"))
}

fn exponents(maximized: &[bool], weights: &[f64]) -> Result<Vec<f64>> {
    same_length("weights", weights.len(), "a point", maximized.len())?;
    let signed = |(i, (&up, &weight)): (usize, (&bool, &f64))| match (up, weight < 0.0) {
        (true, true) => {
            Err(Error::data("weights", format!("value {i} is {weight}, but objective {i} is maximised")))
        }
        (true, false) => Ok(weight),
        (false, _) => Ok(-weight.abs()),
    };
    maximized.iter().zip(weights).enumerate().map(signed).collect()
}

/// The rows within the constraints, with their indices.
fn feasible<'a>(points: Rows<'a>, constraints: &[Bounds]) -> Result<Vec<(usize, &'a [f64])>> {
    if points.is_empty() {
        return Err(Error::data("points", "is empty"));
    }
    if !constraints.is_empty() {
        same_length("constraints", constraints.len(), "a point", points.columns())?;
    }
    for (i, Bounds { low, high }) in constraints.iter().enumerate() {
        if low.is_nan() || high.is_nan() || low > high {
            return Err(Error::data("constraints", format!("bounds {i} are from {low} to {high}")));
        }
    }
    let within = |bounds: &Bounds, value: f64| bounds.low <= value && value <= bounds.high;
    let kept: Vec<(usize, &[f64])> = points
        .iter()
        .enumerate()
        .filter(|(_, point)| constraints.iter().zip(*point).all(|(bounds, &value)| within(bounds, value)))
        .collect();
    if kept.is_empty() {
        let refused = |objective: usize, bounds: &Bounds| {
            let column = points.values().iter().skip(objective).step_by(points.columns());
            column.filter(|value| !within(bounds, **value)).count()
        };
        let counts = constraints.iter().enumerate().map(|(i, bounds)| (refused(i, bounds), i, bounds));
        let (count, i, bounds) =
            counts.max_by_key(|(count, ..)| *count).unwrap_or((0, 0, &Bounds { low: 0.0, high: 0.0 }));
        return Err(Error::infeasible(
            "constraints",
            format!(
                "none of {} points is within all bounds; objective {i} alone, from {} to {}, refuses {count}",
                points.len(),
                bounds.low,
                bounds.high
            ),
        ));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FREE: Bounds = Bounds { low: f64::NEG_INFINITY, high: f64::INFINITY };

    fn rows(values: &[f64], columns: usize) -> Rows<'_> {
        Rows::new("points", values, columns).unwrap()
    }

    #[test]
    fn the_best_feasible_point_wins_and_ties_go_to_the_first() {
        let plans = [2.0, 8.0, 4.0, 4.0, 8.0, 2.0, 3.0, 3.0];
        assert_eq!(choose(rows(&plans, 2), &[true], &[1.0, 1.0], &[]).unwrap(), 0);
        assert_eq!(
            choose(rows(&plans, 2), &[true], &[1.0, 1.0], &[FREE, Bounds { low: 0.0, high: 4.0 }]).unwrap(),
            1
        );
        assert_eq!(choose(rows(&plans, 2), &[true], &[2.0, 1.0], &[]).unwrap(), 2);
        assert_eq!(choose(rows(&plans, 2), &[], &[1.0, 1.0], &[]).unwrap(), 3);
        assert_eq!(
            choose(rows(&plans, 2), &[], &[-1.0, 1.0], &[]).unwrap(),
            3,
            "a minus sign may be written"
        );
        // Without a weight on the second objective the first two tie in utility; only the second is on the front.
        assert_eq!(choose(rows(&[5.0, 1.0, 5.0, 2.0], 2), &[true], &[1.0, 0.0], &[]).unwrap(), 1);
    }

    #[test]
    fn what_cannot_be_chosen_is_refused_with_the_numbers() {
        let plans = [2.0, 8.0, 4.0, 4.0];
        let tight = [Bounds { low: 3.0, high: 9.0 }, Bounds { low: 0.0, high: 1.0 }];
        let error = choose(rows(&plans, 2), &[], &[1.0, 1.0], &tight).unwrap_err();
        assert_eq!(
            error.to_string(),
            "constraints: none of 2 points is within all bounds; objective 1 alone, from 0 to 1, refuses 2"
        );
        assert_eq!(error.code(), 61);
        let refused = |points: &[f64], maximize: &[bool], weights: &[f64], bounds: &[Bounds]| {
            choose(rows(points, 2), maximize, weights, bounds).unwrap_err().to_string()
        };
        assert_eq!(refused(&[], &[], &[1.0, 1.0], &[]), "points: is empty");
        assert_eq!(
            refused(&[1.0, -1.0], &[], &[1.0, 1.0], &[]),
            "points: row 0, column 1 is negative: a metric is at least 0"
        );
        assert_eq!(refused(&plans, &[], &[1.0], &[]), "weights: has 1 values, but a point has 2");
        assert_eq!(
            refused(&plans, &[true], &[1.0, -1.0], &[]),
            "weights: value 1 is -1, but objective 1 is maximised"
        );
        assert_eq!(refused(&plans, &[], &[1.0, f64::NAN], &[]), "weights: value 1 of 2 is NaN");
        assert_eq!(Bounds::of(rows(&[1.0, 2.0], 2)).unwrap(), [Bounds { low: 1.0, high: 2.0 }]);
        let error = Bounds::of(rows(&[1.0, 2.0, 3.0], 3)).unwrap_err();
        assert_eq!(error.to_string(), "constraints: has 3 columns: the least and the largest value are two");
        let backwards = [FREE, Bounds { low: 2.0, high: 1.0 }];
        assert_eq!(refused(&plans, &[], &[1.0, 1.0], &backwards), "constraints: bounds 1 are from 2 to 1");
        assert!(
            refused(&[0.0, 0.0], &[true, false], &[1.0, 1.0], &[])
                .starts_with("points: row 0: zeros with weights")
        );
    }

    proptest! {
        #[test]
        fn no_feasible_point_is_better_than_the_chosen(
            points in prop::collection::vec((0.1..9.0f64, 0.1..9.0f64, 0.1..9.0f64), 1..30),
            weights in prop::collection::vec(0.0..3.0f64, 3),
            cap in 0.0..9.0f64,
        ) {
            let values: Vec<f64> = points.iter().flat_map(|(a, b, c)| [*a, *b, *c]).collect();
            let bounds = [FREE, FREE, Bounds { low: f64::NEG_INFINITY, high: cap }];
            let utility = |(a, b, c): &(f64, f64, f64)| a.powf(weights[0]) * b.powf(-weights[1]) * c.powf(-weights[2]);
            let best = points.iter().filter(|p| p.2 <= cap).map(utility).fold(f64::NEG_INFINITY, f64::max);
            match choose(rows(&values, 3), &[true, false, false], &weights, &bounds) {
                Ok(index) => {
                    prop_assert!(points[index].2 <= cap);
                    prop_assert!(utility(&points[index]) >= best * (1.0 - 1e-12));
                }
                Err(error) => prop_assert!(error.code() == 61 && points.iter().all(|p| p.2 > cap)),
            }
        }
    }
}
