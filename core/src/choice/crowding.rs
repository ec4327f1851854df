//! How lonely each point of a front is: the half perimeter of the box that its neighbours span.
//!
//! Deb, Pratap, Agarwal and Meyarivan 2002, "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE
//! Trans. Evolutionary Computation 6(2), section III-B: for every objective, the distance between the next lower
//! and the next higher point, as a share of the front's range.

use crate::error::Result;
use crate::rows::Rows;

/// The crowding distance of each point of one front, summed over the objectives; infinite at the ends.
///
/// `points` are the points of one front (see [`non_dominated_sort`](super::non_dominated_sort)), one row each;
/// whether an objective is minimised or maximised makes no difference. Points of equal value are taken in the
/// order given. An objective in which all points are equal tells none from another and adds nothing; a front of
/// one or two points has only ends.
///
/// # Errors
/// [`Error::Data`](crate::Error::Data) for values that are not finite: they have no distance.
///
/// # Cost
/// O(d·n log n).
pub fn crowding_distance(points: Rows) -> Result<Vec<f64>> {
    points.all_finite("points")?;
    if points.len() <= 2 {
        return Ok(vec![f64::INFINITY; points.len()]);
    }
    let mut distances = vec![0.0; points.len()];
    for objective in 0..points.columns() {
        // Halved, so that the range of the largest floats stays finite.
        let column =
            points.values().iter().skip(objective).step_by(points.columns()).map(|value| 0.5 * value);
        let mut order: Vec<(usize, f64)> = column.enumerate().collect();
        order.sort_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        let (Some(&(first, low)), Some(&(last, high))) = (order.first(), order.last()) else { continue };
        if low == high {
            continue;
        }
        let mut add = |index: usize, distance: f64| {
            if let Some(total) = distances.get_mut(index) {
                *total += distance;
            }
        };
        add(first, f64::INFINITY);
        add(last, f64::INFINITY);
        for neighbours in order.windows(3) {
            if let [(_, below), (index, _), (_, above)] = neighbours {
                add(*index, (above - below) / (high - low));
            }
        }
    }
    Ok(distances)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distances(points: &[f64], columns: usize) -> Vec<f64> {
        crowding_distance(Rows::new("points", points, columns).unwrap()).unwrap()
    }

    #[test]
    fn distances_are_shares_of_the_range() {
        // A front along which both objectives step 1, 2, 1: the inner points see 3/4 and 3/4 of each range.
        let front = [0.0, 4.0, 1.0, 3.0, 3.0, 1.0, 4.0, 0.0];
        assert_eq!(distances(&front, 2), [f64::INFINITY, 1.5, 1.5, f64::INFINITY]);
        let stretched: Vec<f64> =
            front.iter().enumerate().map(|(i, v)| if i % 2 == 0 { v * 8.0 } else { -v }).collect();
        assert_eq!(distances(&stretched, 2), distances(&front, 2), "units and direction do not matter");
    }

    #[test]
    fn a_constant_objective_adds_nothing_and_small_fronts_have_only_ends() {
        assert_eq!(distances(&[0.0, 7.0, 1.0, 7.0, 4.0, 7.0], 2), [f64::INFINITY, 1.0, f64::INFINITY]);
        assert_eq!(distances(&[1.0, 1.0, 1.0], 1), [0.0; 3]);
        assert_eq!(distances(&[1.0, 2.0, 2.0, 1.0], 2), [f64::INFINITY; 2]);
        assert!(distances(&[], 2).is_empty());
        assert_eq!(distances(&[-f64::MAX, 0.0, f64::MAX], 1), [f64::INFINITY, 1.0, f64::INFINITY]);
        assert!(crowding_distance(Rows::new("points", &[f64::INFINITY], 1).unwrap()).is_err());
    }
}
