//! A regression tree grown on histograms, best leaf first.
//!
//! Friedman 2001, "Greedy Function Approximation: A Gradient Boosting Machine", Annals of Statistics 29; histograms and
//! leaf-wise growth as in Ke et al. 2017: a leaf's histogram holds the sum and the count of its targets in each bin, the
//! best split is found by one pass over it, and the larger child's histogram is the parent's minus the smaller child's.
#![allow(
    clippy::indexing_slicing,
    reason = "histogram offsets are column·stride + code with code < stride, row numbers are below the count of rows"
)]

use super::bins::Bins;
use serde::{Deserialize, Serialize};

/// The shape of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Shape {
    /// Most leaves.
    pub(in super::super) leaves: usize,
    /// Fewest rows of a leaf.
    pub(in super::super) rows_in_leaf: usize,
    /// λ: a leaf's mean counts as if so many rows of target 0 had been added.
    pub(in super::super) shrinkage: f64,
}

/// An inner node sends `x[column] ≤ threshold` (and NaN) to `left`, the rest to `left + 1`; a leaf has `left` = 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Node {
    column: u32,
    left: u32,
    /// Threshold of an inner node, value of a leaf.
    value: f64,
}

/// A regression tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    sum: f64,
    count: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Split {
    gain: f64,
    column: usize,
    code: usize,
    left: usize,
}

struct Leaf {
    node: usize,
    start: usize,
    end: usize,
    histogram: Vec<Cell>,
    split: Option<Split>,
}

/// What trees are grown on: the codes of the rows, row after row.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) bins: &'a Bins,
    pub(super) codes: &'a [u8],
    pub(super) shape: Shape,
}

impl Tree {
    /// Grows a tree on the first `targets.len()` rows. `leaf_value` makes a leaf's value of the numbers of its rows.
    pub(super) fn grow(
        ground: Ground<'_>,
        targets: &[f64],
        mut leaf_value: impl FnMut(&[u32]) -> f64,
    ) -> Tree {
        let mut rows: Vec<u32> = (0..targets.len() as u32).collect();
        let mut nodes = vec![Node { column: 0, left: 0, value: 0.0 }];
        let histogram = ground.histogram(targets, &rows);
        let mut leaves = vec![ground.leaf(0, 0, rows.len(), histogram)];
        while leaves.len() < ground.shape.leaves {
            let gain = |leaf: &Leaf| leaf.split.map_or(0.0, |split| split.gain);
            // The first of the best: ties do not depend on anything but the order of growth.
            let best = leaves
                .iter()
                .enumerate()
                .fold((0, 0.0), |best, (at, leaf)| if gain(leaf) > best.1 { (at, gain(leaf)) } else { best });
            let (at, Some(split)) = (best.0, leaves[best.0].split) else { break };
            let leaf = leaves.swap_remove(at);
            let middle = leaf.start + ground.part(&mut rows[leaf.start..leaf.end], split);
            let left = nodes.len();
            let threshold = ground.bins.edge(split.column, split.code).unwrap_or(f64::INFINITY);
            nodes[leaf.node] = Node { column: split.column as u32, left: left as u32, value: threshold };
            nodes.extend([Node { column: 0, left: 0, value: 0.0 }; 2]);
            let (lefts, rights) = (&rows[leaf.start..middle], &rows[middle..leaf.end]);
            let left_is_small = lefts.len() <= rights.len();
            let small = ground.histogram(targets, if left_is_small { lefts } else { rights });
            let mut large = leaf.histogram;
            large.iter_mut().zip(&small).for_each(|(cell, small)| {
                cell.sum -= small.sum;
                cell.count -= small.count;
            });
            let (of_left, of_right) = if left_is_small { (small, large) } else { (large, small) };
            leaves.push(ground.leaf(left, leaf.start, middle, of_left));
            leaves.push(ground.leaf(left + 1, middle, leaf.end, of_right));
        }
        for leaf in &leaves {
            nodes[leaf.node].value = leaf_value(&rows[leaf.start..leaf.end]);
        }
        Tree { nodes }
    }

    /// The value of the leaf that a row falls into.
    pub(super) fn value(&self, row: &[f64]) -> f64 {
        self.follow(|node| row.get(node.column as usize).is_some_and(|value| *value > node.value))
    }

    fn follow(&self, goes_right: impl Fn(&Node) -> bool) -> f64 {
        let mut at = 0;
        // Children lie behind their parent (checked when read from bytes), so this ends.
        while let Some(node) = self.nodes.get(at) {
            if node.left == 0 {
                return node.value;
            }
            at = node.left as usize + usize::from(goes_right(node));
        }
        0.0
    }

    /// Whether the nodes are a tree over rows of `columns` numbers, with finite leaves.
    pub(super) fn is_whole(&self, columns: usize) -> bool {
        !self.nodes.is_empty()
            && self.nodes.iter().enumerate().all(|(at, node)| {
                let left = node.left as usize;
                (left == 0 && node.value.is_finite())
                    || (left > at && left + 1 < self.nodes.len() && (node.column as usize) < columns)
            })
    }

    /// How often each column was split on, added to `counts`.
    pub(super) fn count_splits(&self, counts: &mut [u64]) {
        for node in self.nodes.iter().filter(|node| node.left != 0) {
            if let Some(count) = counts.get_mut(node.column as usize) {
                *count += 1;
            }
        }
    }
}

impl Ground<'_> {
    fn histogram(&self, targets: &[f64], rows: &[u32]) -> Vec<Cell> {
        let (columns, stride) = (self.bins.columns(), self.bins.most());
        let mut histogram = vec![Cell::default(); columns * stride];
        for &row in rows {
            let row = row as usize;
            let target = targets[row];
            let codes = &self.codes[row * columns..(row + 1) * columns];
            for (cells, &code) in histogram.chunks_exact_mut(stride).zip(codes) {
                let cell = &mut cells[usize::from(code)];
                cell.sum += target;
                cell.count += 1.0;
            }
        }
        histogram
    }

    fn leaf(&self, node: usize, start: usize, end: usize, histogram: Vec<Cell>) -> Leaf {
        let split = self.best_split(&histogram, end - start);
        Leaf { node, start, end, histogram, split }
    }

    /// The split with the largest gain Sₗ²/(nₗ+λ) + Sᵣ²/(nᵣ+λ) − S²/(n+λ), the first of equals.
    fn best_split(&self, histogram: &[Cell], rows: usize) -> Option<Split> {
        let (shrinkage, fewest) = (self.shape.shrinkage, self.shape.rows_in_leaf.max(1) as f64);
        let rows = rows as f64;
        if rows < 2.0 * fewest {
            return None;
        }
        let score = |sum: f64, count: f64| sum * sum / (count + shrinkage);
        let mut best: Option<Split> = None;
        for (column, cells) in histogram.chunks_exact(self.bins.most()).enumerate() {
            let total: f64 = cells.iter().map(|cell| cell.sum).sum();
            let whole = score(total, rows);
            let (mut sum, mut count) = (0.0, 0.0);
            for (code, cell) in cells.iter().enumerate() {
                sum += cell.sum;
                count += cell.count;
                if count < fewest || cell.count == 0.0 {
                    continue;
                }
                if rows - count < fewest {
                    break;
                }
                let gain = score(sum, count) + score(total - sum, rows - count) - whole;
                // Below that the gain is rounding.
                if gain > best.map_or(1e-12 * whole.max(1e-12), |best| best.gain) {
                    best = Some(Split { gain, column, code, left: count as usize });
                }
            }
        }
        best
    }

    /// Moves the rows that go left to the front, keeping the order on both sides; gives their count.
    fn part(&self, rows: &mut [u32], split: Split) -> usize {
        let columns = self.bins.columns();
        let goes_left =
            |row: u32| usize::from(self.codes[row as usize * columns + split.column]) <= split.code;
        let right: Vec<u32> = rows.iter().copied().filter(|row| !goes_left(*row)).collect();
        let mut left = 0;
        for at in 0..rows.len() {
            if goes_left(rows[at]) {
                rows[left] = rows[at];
                left += 1;
            }
        }
        rows[left..].copy_from_slice(&right);
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Rows;
    use proptest::prelude::*;

    fn mean(targets: &[f64]) -> impl Fn(&[u32]) -> f64 {
        |rows: &[u32]| rows.iter().map(|row| targets[*row as usize]).sum::<f64>() / rows.len() as f64
    }

    /// The least sum of squares that one split can leave, by trying every one.
    fn best_by_trying_all(rows: Rows<'_>, targets: &[f64], fewest: usize) -> f64 {
        let squares = |part: &[f64]| {
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            part.iter().map(|target| (target - mean) * (target - mean)).sum::<f64>()
        };
        let mut best = squares(targets);
        for column in 0..rows.columns() {
            for cut in rows.iter() {
                let left = |row: &[f64]| row[column] <= cut[column];
                let part = |keep: bool| -> Vec<f64> {
                    rows.iter().zip(targets).filter(|(row, _)| left(row) == keep).map(|(_, t)| *t).collect()
                };
                let (lefts, rights) = (part(true), part(false));
                if lefts.len() >= fewest && rights.len() >= fewest {
                    best = best.min(squares(&lefts) + squares(&rights));
                }
            }
        }
        best
    }

    proptest! {
        #[test]
        fn the_first_split_is_the_best_there_is(
            cells in prop::collection::vec(-4i32..4, 30..90),
            raw in prop::collection::vec(-1.0..1.0f64, 30),
            fewest in 1usize..4,
        ) {
            let values: Vec<f64> = cells.iter().map(|cell| f64::from(*cell)).collect();
            let values = &values[..values.len() / 3 * 3];
            let rows = Rows::whole(values, 3);
            let targets = &raw[..rows.len()];
            let bins = Bins::fit(rows, 64);
            let codes = bins.codes(rows);
            let shape = Shape { leaves: 2, rows_in_leaf: fewest, shrinkage: 0.0 };
            let tree = Tree::grow(Ground { bins: &bins, codes: &codes, shape }, targets, mean(targets));
            prop_assert!(tree.is_whole(3));
            let left: f64 = rows.iter().zip(targets).map(|(row, t)| (t - tree.value(row)) * (t - tree.value(row))).sum();
            let best = best_by_trying_all(rows, targets, fewest);
            prop_assert!((left - best).abs() <= 1e-9, "{left} left, {best} possible");
        }

        #[test]
        fn a_full_tree_knows_every_row(raw in prop::collection::vec(-1.0..1.0f64, 2..60)) {
            let values: Vec<f64> = (0..raw.len()).map(|i| (i * 37 % 101) as f64).collect();
            let rows = Rows::whole(&values, 1);
            let bins = Bins::fit(rows, 256);
            let codes = bins.codes(rows);
            let shape = Shape { leaves: 256, rows_in_leaf: 1, shrinkage: 0.0 };
            let tree = Tree::grow(Ground { bins: &bins, codes: &codes, shape }, &raw, mean(&raw));
            for (row, target) in rows.iter().zip(&raw) {
                prop_assert!((tree.value(row) - target).abs() < 1e-6, "{} for {target}", tree.value(row));
            }
        }
    }

    #[test]
    fn a_tree_from_bytes_that_would_loop_is_found() {
        let leaf = Node { column: 0, left: 0, value: 1.0 };
        let inner = |column, left| Node { column, left, value: 0.5 };
        assert!(Tree { nodes: vec![inner(1, 1), leaf, leaf] }.is_whole(2));
        for nodes in [
            vec![],
            vec![inner(2, 1), leaf, leaf],
            vec![inner(0, 2), leaf, leaf],
            vec![inner(0, 1), inner(0, 1), leaf],
            vec![Node { value: f64::NAN, ..leaf }],
        ] {
            assert!(!Tree { nodes: nodes.clone() }.is_whole(2), "{nodes:?}");
        }
    }
}
