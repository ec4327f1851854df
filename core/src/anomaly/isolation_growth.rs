//! Isolation trees while they grow: a random sample is cut at random, part by part, until every point is alone.
//!
//! Liu, Ting, Zhou 2008, "Isolation Forest", ICDM, algorithm 2: cut a random column at a uniformly random value between
//! the least and the greatest of the points at hand, until a point is alone or the depth limit is met. Columns in which
//! those points do not differ are not cut; a part in which none differs is a leaf. Oblique cuts (Hariri, Kind, Brunner 2019,
//! algorithm 2) go through a uniformly random point of the part's bounding box, with a normally distributed slope in a few random
//! columns. Growth goes on in small steps, so that a stream can grow a tree a little with each point.

use super::average_path_length::Normalizer;
use super::isolation_tree::{Bud, Tree};
use super::planes::{Planes, Term};
use super::points::Points;
use super::sample::Draw;
use crate::random::Random;

/// How trees are grown: on `sample_size` points, cutting `columns` of the columns, `slopes` of them at once, down to `max_depth`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Growth {
    pub(super) sample_size: usize,
    pub(super) columns: usize,
    pub(super) slopes: usize,
    pub(super) max_depth: usize,
    pub(super) normalizer: Normalizer,
}

impl Growth {
    /// An upper bound of the values that are looked at to grow a tree: at each depth every point once, and once more for each
    /// column that turns out constant.
    pub(super) fn work(&self) -> usize {
        let looks = self.max_depth.min(self.sample_size).saturating_add(1 + self.columns);
        self.sample_size.saturating_mul(looks).saturating_mul(self.slopes)
    }
}

/// A part of the sample that waits to become a node.
#[derive(Debug, Clone, Copy)]
struct Part {
    first: usize,
    end: usize,
    /// How many of the candidate columns, counted from the front, may still differ within the part.
    varying: usize,
    bud: Bud,
}

/// A tree that grows, with memory that the next one takes over.
#[derive(Debug, Clone)]
pub(super) struct Growing {
    growth: Growth,
    random: Random,
    tree: Tree,
    /// The points of the sample, those of each part side by side.
    order: Vec<u32>,
    /// The columns to cut; those found constant in a part move behind the varying ones of that part.
    candidates: Vec<u32>,
    waiting: Vec<Part>,
    /// The values of a part in one column, the distances from a plane, and the terms of the plane.
    values: Vec<f64>,
    distances: Vec<f64>,
    terms: Vec<Term>,
}

impl Growing {
    pub(super) fn new(growth: Growth) -> Self {
        Growing {
            growth,
            random: Random::new(0),
            tree: Tree::default(),
            order: Vec::new(),
            candidates: Vec::new(),
            waiting: Vec::new(),
            values: Vec::new(),
            distances: Vec::new(),
            terms: Vec::new(),
        }
    }

    /// Begins a tree with its random draws: the columns out of `columns`, then the points.
    pub(super) fn begin(&mut self, mut random: Random, columns: usize, rows: &mut Draw) {
        if self.growth.columns < columns {
            Draw::equal(columns).draw(self.growth.columns, &mut random, &mut self.candidates);
        } else {
            self.candidates.clear();
            self.candidates.extend(0..columns as u32);
        }
        rows.draw(self.growth.sample_size, &mut random, &mut self.order);
        self.random = random;
        let planes = (self.growth.slopes > 1).then(|| Planes::new(self.growth.slopes));
        let bud = self.tree.begin(planes);
        self.waiting.clear();
        self.waiting.push(Part { first: 0, end: self.order.len(), varying: self.candidates.len(), bud });
    }

    /// The rows of the sample, for a stream to say where they lie.
    pub(super) fn rows_mut(&mut self) -> &mut [u32] {
        &mut self.order
    }

    /// Decides a node, or that a column is constant in it; gives the count of values looked at, at least 1, or none when the
    /// tree is grown.
    pub(super) fn step(&mut self, points: &Points<'_>) -> Option<usize> {
        let part = self.waiting.pop()?;
        let count = part.end - part.first;
        if count < 2 || part.bud.depth as usize >= self.growth.max_depth || part.varying == 0 {
            self.tree.leaf(part.bud, count as u32, self.growth.normalizer);
            return Some(1);
        }
        if self.growth.slopes > 1 {
            return Some(self.cut_obliquely(points, part));
        }
        if let Some((column, low, high)) = self.look(points, &part, 0) {
            let threshold = between(low, high, self.random.unit());
            self.split(&part, column, threshold, false);
        }
        Some(count)
    }

    /// Puts the values of a part in one of the columns from `first` on into `values`. When they do not differ the column
    /// is set aside, and the part waits on.
    #[allow(clippy::indexing_slicing, reason = "parts lie in the order, and columns in the candidates")]
    fn look(&mut self, points: &Points<'_>, part: &Part, first: usize) -> Option<(u32, f64, f64)> {
        let pick = first + self.random.below((part.varying - first) as u64) as usize;
        let column = self.candidates[pick];
        points.gather(column as usize, &self.order[part.first..part.end], &mut self.values);
        let (low, high) = range(&self.values);
        if low < high {
            self.candidates.swap(pick, first);
            return Some((column, low, high));
        }
        self.candidates.swap(pick, part.varying - 1);
        self.waiting.push(Part { varying: part.varying - 1, ..*part });
        None
    }

    /// Cuts a part by a random plane, or finds a constant column on the way.
    fn cut_obliquely(&mut self, points: &Points<'_>, part: Part) -> usize {
        let count = part.end - part.first;
        self.terms.clear();
        self.distances.clear();
        self.distances.resize(count, 0.0);
        while self.terms.len() < self.growth.slopes.min(part.varying) {
            let Some((column, low, high)) = self.look(points, &part, self.terms.len()) else {
                return count * (self.terms.len() + 1);
            };
            let weight = self.random.normal();
            let through = between(low, high, self.random.unit());
            for (distance, value) in self.distances.iter_mut().zip(&self.values) {
                *distance += weight * (value - through);
            }
            self.terms.push(Term { column, weight, through });
        }
        let plane = self.tree.planes_mut().map_or(0, |planes| planes.push(&self.terms));
        self.split(&part, plane, 0.0, true);
        count * self.terms.len()
    }

    /// Moves the points of a part that have at most `threshold` before the others, and makes both sides parts.
    #[allow(
        clippy::indexing_slicing,
        reason = "the part lies in the order, and no point moves to behind itself"
    )]
    fn split(&mut self, part: &Part, feature: u32, threshold: f64, by_distance: bool) {
        let values = if by_distance { &self.distances } else { &self.values };
        let points = &mut self.order[part.first..part.end];
        let mut left = 0;
        // Always a swap, and a step where the point goes left: no branch that cannot be foreseen.
        for (at, &value) in values.iter().enumerate().take(points.len()) {
            points.swap(at, left);
            // What is not a number goes left, as on a walk.
            let right = value > threshold;
            left += usize::from(!right);
        }
        let middle = part.first + left;
        let (low, high) = self.tree.cut(part.bud, feature, threshold);
        self.waiting.push(Part { first: middle, end: part.end, varying: part.varying, bud: high });
        self.waiting.push(Part { first: part.first, end: middle, varying: part.varying, bud: low });
    }

    /// Grows all that is left.
    pub(super) fn finish(&mut self, points: &Points<'_>) -> &Tree {
        while self.step(points).is_some() {}
        &self.tree
    }
}

/// The least and the greatest of some values, four at a time.
fn range(values: &[f64]) -> (f64, f64) {
    let (fours, rest) = values.as_chunks::<4>();
    let mut low = [f64::INFINITY; 4];
    let mut high = [f64::NEG_INFINITY; 4];
    for four in fours {
        for ((low, high), &value) in low.iter_mut().zip(&mut high).zip(four) {
            *low = if value < *low { value } else { *low };
            *high = if value > *high { value } else { *high };
        }
    }
    let least = |low: f64, value: f64| if value < low { value } else { low };
    let greatest = |high: f64, value: f64| if value > high { value } else { high };
    let (low, high) =
        (low.into_iter().fold(f64::INFINITY, least), high.into_iter().fold(f64::NEG_INFINITY, greatest));
    (rest.iter().copied().fold(low, least), rest.iter().copied().fold(high, greatest))
}

/// The number at the share `u` in [0, 1) of the way from `low` to `high`, never `high` itself, so that both sides of a
/// cut have a point. The halves keep the difference of huge values from overflowing.
fn between(low: f64, high: f64, u: f64) -> f64 {
    let step = u * (0.5 * high - 0.5 * low);
    let value = low + step + step;
    if value < high { value } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::isolation_tree::{TreeNode, add_paths_of_one};
    use crate::anomaly::ordered::ordered;
    use proptest::prelude::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn grow(values: &[f64], columns: usize, growth: Growth, random: Random) -> Tree {
        let points = Points::by_row(values, values.len() / columns, columns).unwrap();
        let mut growing = Growing::new(growth);
        growing.begin(random, columns, &mut Draw::equal(points.len()));
        growing.finish(&points).clone()
    }

    fn path(tree: &Tree, point: &[f64]) -> f64 {
        let point: Vec<u64> = std::iter::once(0).chain(point.iter().copied().map(ordered)).collect();
        add_paths_of_one(std::slice::from_ref(tree), &point, 0.0)
    }

    fn growth(sample_size: usize, columns: usize, slopes: usize, max_depth: usize) -> Growth {
        Growth { sample_size, columns, slopes, max_depth, normalizer: Normalizer::Harmonic }
    }

    #[test]
    fn paths_on_a_line_obey_the_exact_law() {
        let oracle: Value = serde_json::from_str(include_str!(
            "../../../tests/vectors/oracle/isolation_forest_path_law.json"
        ))
        .unwrap();
        let tolerance = oracle["tolerance"].as_f64().unwrap();
        let trees = 10_000;
        for case in oracle["cases"].as_array().unwrap() {
            let n = case["n"].as_u64().unwrap() as usize;
            let values: Vec<f64> = (0..n).map(|i| i as f64).collect();
            // Row i holds the paths of point i, the last row their mean in each tree.
            let mut paths = vec![vec![]; n + 1];
            for tree in 0..trees {
                let grown = grow(&values, 1, growth(n, 1, 1, n), Random::stream(n as u64, tree as u64));
                let lengths: Vec<f64> = values.iter().map(|&value| path(&grown, &[value])).collect();
                paths[n].push(lengths.iter().sum::<f64>() / n as f64);
                paths.iter_mut().zip(lengths).for_each(|(paths, length)| paths.push(length));
            }
            let mut expected: Vec<f64> = case["expected_paths"]
                .as_array()
                .unwrap()
                .iter()
                .map(|path| path.as_f64().unwrap())
                .collect();
            expected.push(Normalizer::Harmonic.path_length(n as u64));
            for (i, (paths, expected)) in paths.iter().zip(expected).enumerate() {
                let mean = paths.iter().sum::<f64>() / trees as f64;
                let variance =
                    paths.iter().map(|path| (path - mean) * (path - mean)).sum::<f64>() / trees as f64;
                let error = (variance / trees as f64).sqrt();
                // The mean depth of a tree of 4 leaves takes two values; none has variance 0.
                assert!(
                    error > 0.0 && (mean - expected).abs() < tolerance * error,
                    "{n}, {i}: {mean}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn a_cut_leaves_a_point_on_both_sides() {
        let above = f64::from_bits(1.0f64.to_bits() + 1);
        for (low, high) in
            [(1.0, above), (0.0, 5e-324), (-f64::MAX, f64::MAX), (-1.0, 1e-300), (1e308, f64::MAX)]
        {
            for u in [0.0, 0.25, 0.5, 1.0 - f64::EPSILON / 2.0] {
                let value = between(low, high, u);
                assert!(value >= low && value < high, "{value} of {low}..{high} at {u}");
            }
        }
        assert_eq!(between(-f64::MAX, f64::MAX, 0.5), 0.0);
        assert_eq!(between(10.0, 20.0, 0.25), 12.5);
    }

    #[test]
    fn the_range_is_that_of_all_values() {
        for length in 1..11 {
            for at in 0..length {
                let mut values = vec![1.0; length];
                values[at] = 2.0;
                let low = if length == 1 { 2.0 } else { 1.0 };
                assert_eq!(range(&values), (low, 2.0), "{length}, {at}");
                values[at] = -2.0;
                assert_eq!(range(&values).0, -2.0, "{length}, {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_tree_cuts_what_differs_and_counts_its_points(
            values in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), -1e300..1e300f64, any::<i8>().prop_map(f64::from)], 3..90),
            sample in 1usize..40, columns in 1usize..4, max_depth in 0usize..8, seed: u64,
        ) {
            let values: Vec<f64> = values[..values.len() / 3 * 3].chunks(3).flat_map(|row| [row[0], 7.0, row[2]]).collect();
            let sample_size = sample.min(values.len() / 3);
            let tree = grow(&values, 3, growth(sample_size, columns, 1, max_depth), Random::new(seed));
            let nodes: Vec<TreeNode> = tree.to_nodes().unwrap();
            prop_assert_eq!(nodes[0].points, sample_size as u64);
            let cut: BTreeSet<i64> = nodes.iter().map(|node| node.feature).filter(|&feature| feature >= 0).collect();
            prop_assert!(cut.len() <= columns && !cut.contains(&1), "column 1 is constant: {:?}", cut);
            prop_assert!(nodes.iter().all(|node| node.points > 0));
            prop_assert!(values.chunks(3).all(|point| path(&tree, point) >= 0.0));
            prop_assert_eq!(&Tree::from_nodes("tree", &nodes, sample_size as u64, Normalizer::Harmonic).unwrap(), &tree);
            prop_assert_eq!(&Tree::from_shapes(&tree.shapes(), None, Normalizer::Harmonic).unwrap(), &tree);
            // Every leaf above the depth limit holds points that do not differ in the columns of the tree.
            if max_depth == 7 && columns == 3 && sample_size == values.len() / 3 {
                let distinct: BTreeSet<Vec<u64>> = values.chunks(3).map(|row| row.iter().map(|x| (x + 0.0).to_bits()).collect()).collect();
                let leaves = nodes.iter().filter(|node| node.feature < 0).count();
                prop_assert!(leaves <= distinct.len(), "{} leaves of {} distinct points", leaves, distinct.len());
            }
        }

        #[test]
        fn no_step_looks_at_more_than_was_announced(
            values in prop::collection::vec(-1i8..2, 8..120), slopes in 1usize..4, max_depth in 0usize..7, seed: u64,
        ) {
            let values: Vec<f64> = values[..values.len() / 4 * 4].iter().map(|&value| f64::from(value)).collect();
            let points = Points::by_row(&values[..], values.len() / 4, 4).unwrap();
            let growth = growth(points.len(), 4, slopes, max_depth);
            let mut growing = Growing::new(growth);
            growing.begin(Random::new(seed), 4, &mut Draw::equal(points.len()));
            let (mut work, mut leaves) = (0, 0);
            while let Some(looked) = growing.step(&points) {
                if looked == 1 { leaves += 1 } else { work += looked }
            }
            prop_assert!(work <= growth.work(), "{} of {}", work, growth.work());
            prop_assert_eq!(growing.tree.shapes().len(), 2 * leaves - 1);
            let sum: u32 = growing.tree.shapes().iter().map(|shape| match shape { super::super::isolation_tree::Shape::Leaf { points } => *points, _ => 0 }).sum();
            prop_assert_eq!(sum as usize, points.len());
        }
    }
}
