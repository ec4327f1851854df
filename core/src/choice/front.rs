//! The Pareto front of a set of points, and its layers.
//!
//! A point dominates another when it is at least as good in every objective and better in one. The front is
//! what nothing dominates; rank 0 is the front, rank 1 the front of the rest, and so on. Points are sorted
//! lexicographically first; each then goes to the first layer that does not dominate it, found by bisection,
//! since a point dominated by a layer is dominated by every layer before it: Zhang, Tian, Cheng and Jin 2015,
//! "An efficient approach to nondominated sorting for evolutionary multiobjective optimization", IEEE Trans.
//! Evolutionary Computation 19(2) (ENS-BS). For the front alone most points never get that far, see `sieve.rs`.

use super::archive::Archive;
use super::objectives::{lexicographic, minimized};
use super::sieve::{dominates, eliminators};
use crate::error::Result;
use crate::rows::Rows;

/// Which points nothing dominates: one flag a point. Equal points are all kept.
///
/// `points` has one row a point and one column an objective. `maximize` is empty (every objective is minimised),
/// one flag for all, or one for each. Infinities are ordinary best or worst values.
///
/// # Errors
/// [`Error::Data`](crate::Error::Data) for a NaN or a `maximize` of another length.
///
/// # Cost
/// O(n log n) up to three objectives. Above that k-d trees of the front's f points answer in O(d·f^(1 − 1/(d − 1)))
/// a point, which is little in four or five objectives and near a scan in twenty. Memory of one copy.
///
/// # Example
/// ```
/// use forescale::{Rows, choice::pareto_front};
/// // cost and latency of three plans: the last is dearer and slower than the second
/// let plans = [1.0, 9.0, 2.0, 3.0, 4.0, 5.0];
/// assert_eq!(pareto_front(Rows::new("points", &plans, 2)?, &[])?, [true, true, false]);
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn pareto_front(points: Rows, maximize: &[bool]) -> Result<Vec<bool>> {
    let values = minimized(points, maximize)?;
    let eliminators = eliminators(&values, points.columns());
    let eliminated = |point: &[f64]| eliminators.iter().any(|eliminator| dominates(eliminator, point));
    let left = values.chunks_exact(points.columns()).enumerate().filter(|(_, point)| !eliminated(point));
    let mut front = vec![false; points.len()];
    rank(left.collect(), 1, |index, rank| {
        if let Some(slot) = front.get_mut(index) {
            *slot = rank == 0;
        }
    });
    Ok(front)
}

/// The rank of each point: 0 on the front, 1 on the front of what is left without rank 0, and so on.
///
/// Arguments and errors as for [`pareto_front`]; equal points have equal ranks.
///
/// # Cost
/// O(n log n) up to two objectives, O(n log² n) with three; above that as for [`pareto_front`], times the logarithm
/// of the count of ranks.
pub fn non_dominated_sort(points: Rows, maximize: &[bool]) -> Result<Vec<usize>> {
    let values = minimized(points, maximize)?;
    let mut ranks = vec![0; points.len()];
    rank(values.chunks_exact(points.columns()).enumerate().collect(), usize::MAX, |index, rank| {
        if let Some(slot) = ranks.get_mut(index) {
            *slot = rank;
        }
    });
    Ok(ranks)
}

/// Tells the rank of each of the numbered points, with all from rank `most` on called `most`.
fn rank(mut points: Vec<(usize, &[f64])>, most: usize, mut tell: impl FnMut(usize, usize)) {
    points.sort_unstable_by(|(_, a), (_, b)| lexicographic(a, b));
    let mut layers: Vec<Archive> = Vec::new();
    let mut last: Option<(&[f64], usize)> = None;
    for (index, point) in points {
        let rank = match last {
            Some((twin, rank)) if twin == point => rank,
            _ => {
                let rank = layers.partition_point(|layer| layer.covers(point));
                match layers.get_mut(rank) {
                    Some(layer) => layer.add(point),
                    None if rank < most => layers.push(Archive::of(point)),
                    None => {}
                }
                rank
            }
        };
        last = Some((point, rank));
        tell(index, rank);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, word for word.
    fn dominates(a: &[f64], b: &[f64], maximize: &[bool]) -> bool {
        let better = |i: usize| if maximize[i] { a[i] > b[i] } else { a[i] < b[i] };
        (0..a.len()).all(|i| better(i) || a[i] == b[i]) && (0..a.len()).any(better)
    }

    fn peeled(points: &[Vec<f64>], maximize: &[bool]) -> Vec<usize> {
        let mut ranks = vec![usize::MAX; points.len()];
        for rank in 0..points.len() {
            let left: Vec<usize> = (0..points.len()).filter(|&i| ranks[i] == usize::MAX).collect();
            for &i in &left {
                if !left.iter().any(|&j| dominates(&points[j], &points[i], maximize)) {
                    ranks[i] = rank;
                }
            }
        }
        ranks
    }

    /// Few distinct values, so that ties, equal points and both zeros are common.
    fn tables() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<bool>)> {
        let coordinate = prop_oneof![
            6 => (0..5i32).prop_map(f64::from),
            3 => -1.0..1.0f64,
            1 => prop_oneof![Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(-0.0)],
        ];
        (1usize..6).prop_flat_map(move |d| {
            let point = prop::collection::vec(coordinate.clone(), d);
            (prop::collection::vec(point, 0..40), prop::collection::vec(any::<bool>(), d))
        })
    }

    proptest! {
        #[test]
        fn ranks_are_those_of_peeling_front_after_front((points, maximize) in tables()) {
            let values = points.concat();
            let rows = Rows::new("points", &values, maximize.len()).unwrap();
            let ranks = peeled(&points, &maximize);
            prop_assert_eq!(&non_dominated_sort(rows, &maximize).unwrap(), &ranks);
            let front: Vec<bool> = ranks.iter().map(|&rank| rank == 0).collect();
            prop_assert_eq!(pareto_front(rows, &maximize).unwrap(), front);
        }
    }

    #[test]
    fn fronts_and_ranks_are_those_of_the_reference() {
        let reference = include_str!("../../../tests/vectors/oracle/hypervolume.json");
        let reference: serde_json::Value = serde_json::from_str(reference).unwrap();
        for case in reference["cases"].as_array().unwrap() {
            let points: Vec<Vec<f64>> = serde_json::from_value(case["points"].clone()).unwrap();
            let values = points.concat();
            let rows = Rows::new("points", &values, points[0].len()).unwrap();
            let front: Vec<bool> = serde_json::from_value(case["nondominated"].clone()).unwrap();
            let ranks: Vec<usize> = serde_json::from_value(case["ranks"].clone()).unwrap();
            assert_eq!(
                (pareto_front(rows, &[]).unwrap(), non_dominated_sort(rows, &[]).unwrap()),
                (front, ranks)
            );
        }
    }

    #[test]
    fn no_points_and_one_objective_work_and_bad_input_is_refused() {
        let empty = Rows::new("points", &[], 3).unwrap();
        assert!(pareto_front(empty, &[true]).unwrap().is_empty());
        let line = Rows::new("points", &[3.0, 1.0, 1.0, 2.0], 1).unwrap();
        assert_eq!(non_dominated_sort(line, &[]).unwrap(), [2, 0, 0, 1]);
        assert_eq!(pareto_front(line, &[true]).unwrap(), [true, false, false, false]);
        assert!(pareto_front(line, &[true, false]).is_err());
        assert!(pareto_front(Rows::new("points", &[f64::NAN], 1).unwrap(), &[]).is_err());
    }
}
