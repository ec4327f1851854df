//! The volume that a set of points dominates, up to a reference point: one number for how good a front is.
//!
//! Up to three objectives by a sweep along the last one (Beume, Fonseca, López-Ibáñez, Paquete and Vahrenhold
//! 2009, "On the complexity of computing the hypervolume indicator", IEEE Trans. Evolutionary Computation
//! 13(5)). Four by a sweep of volumes (Guerreiro and Fonseca 2018, see `body.rs`). Above that as the sum of what each
//! point adds to those before it: While, Bradstreet and Barone 2012, "A fast way of calculating exact hypervolumes", IEEE
//! Trans. Evolutionary Computation 16(1) (WFG).

use super::archive::Archive;
use super::body::Body;
use super::objectives::{Ordered, lexicographic, minimized};
use super::staircase::Staircase;
use super::tell;
use crate::error::{Error, Result, all_finite, same_length};
use crate::math::Sum;
use crate::rows::Rows;
use std::iter::repeat_n;

/// More objectives are refused: the recursion is as deep as there are objectives.
const MOST_OBJECTIVES: usize = 64;

/// More visits to a point (a minute or two) are refused, since the cost is exponential in the objectives.
const MOST_VISITS: u64 = 1_000_000_000;

/// Progress is told each time the visits pass a multiple of this: every few milliseconds.
const TELL: u64 = 1 << 16;

/// The volume of the region that `points` dominate and that dominates `reference`, all objectives minimised.
///
/// `points` has one row a point and one column an objective; a maximised objective has to change its sign, in
/// the reference too. A point that is not strictly better than the reference in every objective adds nothing,
/// nor does a point of plus infinity. Exact but for rounding (relative error about 10⁻¹⁵ in three objectives).
///
/// # Errors
/// [`Error::Data`] for NaN or minus infinity, a reference that is not finite or of another length, more than 64
/// objectives, a volume beyond the largest float, or a computation of more than 10⁹ steps.
///
/// # Cost
/// O(n log n) up to three objectives; with d of them O(n^(d−2) log n) at worst, on real fronts far less.
///
/// # Example
/// ```
/// use forescale::{Rows, choice::hypervolume};
/// let front = [1.0, 3.0, 3.0, 1.0];
/// assert_eq!(hypervolume(Rows::new("points", &front, 2)?, &[4.0, 4.0])?, 5.0);
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn hypervolume(points: Rows, reference: &[f64]) -> Result<f64> {
    hypervolume_with_progress(points, reference, &mut |_| true)
}

/// As [`hypervolume`], telling `progress` the share of the steps allowed, 0 to 1, now and then; when that answers `false`, it
/// stops.
///
/// # Errors
/// As [`hypervolume`]; [`Error::Stopped`] when asked to stop.
pub fn hypervolume_with_progress(
    points: Rows,
    reference: &[f64],
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<f64> {
    same_length("reference", reference.len(), "a point", points.columns())?;
    all_finite("reference", reference)?;
    if reference.len() > MOST_OBJECTIVES {
        let problem = format!("has {} objectives: at most {MOST_OBJECTIVES}", reference.len());
        return Err(Error::data("points", problem));
    }
    if let Some(at) = points.values().iter().position(|value| *value == f64::NEG_INFINITY) {
        let (row, column) = (at / points.columns(), at % points.columns());
        return Err(Error::data(
            "points",
            format!("row {row}, column {column} is -inf: the volume has no bound"),
        ));
    }
    let values = minimized(points, &[])?;
    let better = |point: &&[f64]| point.iter().zip(reference).all(|(value, limit)| value < limit);
    // One objective becomes two with a coordinate on which all points are equal.
    let padding = |with: f64| repeat_n(with, 2usize.saturating_sub(reference.len()));
    let inside = values.chunks_exact(reference.len()).filter(better);
    let inside: Vec<f64> = inside.flat_map(|point| point.iter().copied().chain(padding(0.0))).collect();
    let reference: Vec<f64> = reference.iter().copied().chain(padding(1.0)).collect();
    let volume = Volume { visits: 0, progress }.of(inside, &reference)?;
    if volume.is_finite() {
        Ok(volume)
    } else {
        Err(Error::data("points", "the volume is beyond the largest float"))
    }
}

/// One computation, and the work that it has done.
struct Volume<'a> {
    visits: u64,
    progress: &'a mut dyn FnMut(f64) -> bool,
}

impl Volume<'_> {
    fn visit(&mut self, points: usize) -> Result<()> {
        let told = self.visits / TELL;
        self.visits += points as u64;
        if self.visits > MOST_VISITS {
            let problem = format!("the hypervolume takes more than {MOST_VISITS} steps");
            return Err(Error::data("points", problem));
        }
        if self.visits / TELL > told {
            tell(self.progress, self.visits as f64 / MOST_VISITS as f64)
        } else {
            Ok(())
        }
    }

    /// The volume of points that are all strictly better than the reference, of at least two objectives.
    fn of(&mut self, points: Vec<f64>, reference: &[f64]) -> Result<f64> {
        let objectives = reference.len();
        self.visit(points.len() / objectives)?;
        match (objectives, points.len() / objectives) {
            (_, 0) => Ok(0.0),
            (_, 1) => Ok(edges(&points, reference).product()),
            (2, _) => Ok(area(&points, reference)),
            (3, _) => Ok(swept(&points, reference)),
            (4, _) => self.stacked(&points, reference),
            _ => self.summed(points, reference),
        }
    }

    /// Four objectives: along the fourth, what each point adds to the volume of the first three holds to the end.
    fn stacked(&mut self, points: &[f64], reference: &[f64]) -> Result<f64> {
        let &[x, y, z, end] = reference else { return Ok(0.0) };
        let last_first = |point: &[f64]| match *point {
            [x, y, z, w] => Some([w, x, y, z].map(Ordered)),
            _ => None,
        };
        let mut sorted: Vec<[Ordered; 4]> = points.chunks_exact(4).filter_map(last_first).collect();
        sorted.sort_unstable();
        let (mut body, mut volume) = (Body::new([x, y, z]), Sum::default());
        for [Ordered(w), rest @ ..] in sorted {
            volume.add(body.gain(rest.map(|Ordered(value)| value)) * (end - w));
            self.visit(body.len())?;
        }
        Ok(volume.value())
    }

    /// Point after point along the last objective: each adds its own slab, without what those before it cover.
    fn summed(&mut self, points: Vec<f64>, reference: &[f64]) -> Result<f64> {
        let Some((&limit, rest)) = reference.split_last() else { return Ok(0.0) };
        let mut sorted: Vec<(f64, &[f64])> = front(&points, reference.len())
            .into_iter()
            .filter_map(|point| point.split_last().map(|(&last, rest)| (last, rest)))
            .collect();
        sorted.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut volume = Sum::default();
        for (index, &(last, point)) in sorted.iter().enumerate() {
            let before = sorted.iter().take(index);
            let limited =
                before.flat_map(|(_, other)| other.iter().zip(point).map(|(a, b)| a.max(*b))).collect();
            let whole = edges(point, rest).product::<f64>();
            if whole == f64::INFINITY {
                return Ok(whole);
            }
            // Rounding may take a little more away than there is.
            volume.add((whole - self.of(limited, rest)?).max(0.0) * (limit - last));
        }
        Ok(volume.value())
    }
}

/// The lengths of the box between a point and the reference.
fn edges(point: &[f64], reference: &[f64]) -> impl Iterator<Item = f64> {
    point.iter().zip(reference).map(|(value, limit)| limit - value)
}

/// The points that no other dominates, once each, in lexicographic order.
fn front(points: &[f64], objectives: usize) -> Vec<&[f64]> {
    let mut sorted: Vec<&[f64]> = points.chunks_exact(objectives).collect();
    sorted.sort_unstable_by(|a, b| lexicographic(a, b));
    let mut archive: Option<Archive> = None;
    sorted.retain(|point| match &mut archive {
        Some(archive) if archive.covers(point) => false,
        Some(archive) => {
            archive.add(point);
            true
        }
        None => {
            archive = Some(Archive::of(point));
            true
        }
    });
    sorted
}

/// Two objectives: along the first, each point below all before it adds the rectangle from them down to it.
fn area(points: &[f64], reference: &[f64]) -> f64 {
    let &[right, mut lowest] = reference else { return 0.0 };
    let pair = |point: &[f64]| match *point {
        [x, y] => Some([x, y].map(Ordered)),
        _ => None,
    };
    let mut sorted: Vec<[Ordered; 2]> = points.chunks_exact(2).filter_map(pair).collect();
    sorted.sort_unstable();
    let mut area = Sum::default();
    for [Ordered(x), Ordered(y)] in sorted {
        if y < lowest {
            area.add((right - x) * (lowest - y));
            lowest = y;
        }
    }
    area.value()
}

/// Three objectives: along the third, what each point adds to the area of the first two holds to the end.
fn swept(points: &[f64], reference: &[f64]) -> f64 {
    let &[right, top, end] = reference else { return 0.0 };
    let last_first = |point: &[f64]| match *point {
        [x, y, z] => Some([z, x, y].map(Ordered)),
        _ => None,
    };
    let mut sorted: Vec<[Ordered; 3]> = points.chunks_exact(3).filter_map(last_first).collect();
    sorted.sort_unstable();
    let mut stairs = Staircase::default();
    Sum::of(
        sorted
            .into_iter()
            .map(|[Ordered(z), Ordered(x), Ordered(y)]| stairs.gain(x, y, (right, top)) * (end - z)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn volume(points: &[Vec<f64>], reference: &[f64]) -> f64 {
        hypervolume(Rows::new("points", &points.concat(), reference.len()).unwrap(), reference).unwrap()
    }

    /// By inclusion and exclusion over all subsets: exact on small integers.
    fn inclusion_exclusion(points: &[Vec<f64>], reference: &[f64]) -> f64 {
        (1u32..1 << points.len())
            .map(|subset| {
                let members = || (0..points.len()).filter(|i| subset >> i & 1 == 1);
                let edge = |j: usize| {
                    members().map(|i| reference[j] - points[i][j]).fold(f64::INFINITY, f64::min).max(0.0)
                };
                let sign = if subset.count_ones() % 2 == 1 { 1.0 } else { -1.0 };
                sign * (0..reference.len()).map(edge).product::<f64>()
            })
            .sum()
    }

    #[test]
    fn volumes_and_contributions_are_those_of_the_reference() {
        let reference = include_str!("../../../tests/vectors/oracle/hypervolume.json");
        let reference: serde_json::Value = serde_json::from_str(reference).unwrap();
        for case in reference["cases"].as_array().unwrap() {
            let points: Vec<Vec<f64>> = serde_json::from_value(case["points"].clone()).unwrap();
            let corner: Vec<f64> = serde_json::from_value(case["reference"].clone()).unwrap();
            let all = volume(&points, &corner);
            assert_eq!(all, case["hypervolume"].as_f64().unwrap(), "dyadic numbers leave nothing to round");
            for (i, alone) in case["exclusive_contribution"].as_array().unwrap().iter().enumerate() {
                let mut others = points.clone();
                others.remove(i);
                assert_eq!(all - volume(&others, &corner), alone.as_f64().unwrap());
            }
        }
    }

    proptest! {
        #[test]
        fn volumes_are_those_of_inclusion_and_exclusion(
            (points, reference) in (1usize..8).prop_flat_map(|d| {
                let point = prop::collection::vec((0..9i32).prop_map(f64::from), d);
                (prop::collection::vec(point, 0..9), prop::collection::vec((4..9i32).prop_map(f64::from), d))
            }),
        ) {
            prop_assert_eq!(volume(&points, &reference), inclusion_exclusion(&points, &reference));
        }

        #[test]
        fn an_objective_on_which_all_agree_is_a_factor(
            points in prop::collection::vec(prop::collection::vec(0.0..1.0f64, 3), 1..40),
        ) {
            let lifted: Vec<Vec<f64>> = points.iter().map(|p| [p.as_slice(), &[1.0]].concat()).collect();
            let (flat, lifted) = (volume(&points, &[1.0; 3]), volume(&lifted, &[1.0, 1.0, 1.0, 3.0]));
            prop_assert!((lifted - 2.0 * flat).abs() <= 1e-13 * lifted);
        }
    }

    #[test]
    fn progress_is_told_and_stops_the_work() {
        let spread = |i: usize| {
            let [x, y, z] = [31, 57, 83].map(|step| (i * step % 4001) as f64);
            [x, y, z, 12_000.0 - x - y - z]
        };
        let points = (0..4001).flat_map(spread).collect::<Vec<_>>();
        let (points, reference) =
            (Rows::new("points", &points, 4).unwrap(), [4001.0, 4001.0, 4001.0, 12_001.0]);
        let mut shares = Vec::new();
        let whole = hypervolume_with_progress(points, &reference, &mut |share| {
            shares.push(share);
            true
        });
        assert_eq!(whole.unwrap(), hypervolume(points, &reference).unwrap());
        assert!(!shares.is_empty() && shares.is_sorted() && shares[0] > 0.0);
        let stopped = hypervolume_with_progress(points, &reference, &mut |_| false).unwrap_err();
        assert!(matches!(stopped, Error::Stopped { percent: 0 }), "{stopped}");
    }

    #[test]
    fn what_has_no_volume_is_refused_or_adds_nothing() {
        let far = vec![vec![f64::INFINITY, 0.0], vec![1.0, 1.0], vec![4.0, 0.0]];
        assert_eq!(volume(&far, &[4.0, 4.0]), 9.0);
        assert_eq!(volume(&[], &[4.0, 4.0]), 0.0);
        let refused = |points: &[f64], reference: &[f64]| {
            hypervolume(Rows::new("points", points, 2).unwrap(), reference).unwrap_err().to_string()
        };
        assert_eq!(
            refused(&[0.0, f64::NEG_INFINITY], &[1.0, 1.0]),
            "points: row 0, column 1 is -inf: the volume has no bound"
        );
        assert_eq!(refused(&[0.0, f64::NAN], &[1.0, 1.0]), "points: row 0, column 1 is NaN");
        assert_eq!(refused(&[0.0, 0.0], &[1.0]), "reference: has 1 values, but a point has 2");
        assert_eq!(refused(&[0.0, 0.0], &[1.0, f64::INFINITY]), "reference: value 1 of 2 is inf");
        assert!(refused(&[-1e308, -1e308], &[1e308, 1e308]).contains("beyond the largest float"));
        let huge = [-1e308, 0.0, 0.0, 0.0, 0.0, -1e308, 0.0, 0.0];
        let error = hypervolume(Rows::new("points", &huge, 4).unwrap(), &[1e308; 4]).unwrap_err();
        assert!(error.to_string().contains("beyond the largest float"), "{error}");
        let deep = hypervolume(Rows::new("points", &[0.0; 65], 65).unwrap(), &[1.0; 65]).unwrap_err();
        assert_eq!(deep.to_string(), "points: has 65 objectives: at most 64");
    }
}
