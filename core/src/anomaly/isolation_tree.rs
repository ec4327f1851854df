//! One isolation tree: grown on a random sample by random cuts, or read from a table of nodes and checked.
//!
//! Liu, Ting, Zhou 2008, "Isolation Forest", ICDM, algorithm 2: cut a random column at a uniformly random value between
//! the least and the greatest of the points at hand, until a point is alone or the depth limit is met. Columns in which
//! those points do not differ are not cut; a node in which none differ is a leaf. Nodes lie in pre-order, 16 bytes each:
//! the left child is the next node, and a leaf holds its whole path length, so that a walk does nothing but compare.

use super::average_path_length::average_path_length;
use super::sample::{Sample, draw};
use crate::error::{Error, Result};
use crate::random::Random;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

/// One node of a tree as data: `[feature, threshold, left, right, points]` in JSON and Python. Node 0 is the root.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "(i64, f64, i64, i64, u64)", into = "(i64, f64, i64, i64, u64)")]
pub struct TreeNode {
    /// The column that is compared, counted from 0; −1 for a leaf.
    pub feature: i64,
    /// A point goes left when its value is at most this. Not used in a leaf (0).
    pub threshold: f64,
    /// Index of the left child among the nodes of the tree. Not used in a leaf (−1).
    pub left: i64,
    /// Index of the right child among the nodes of the tree. Not used in a leaf (−1).
    pub right: i64,
    /// Points of the sample that ended here: their path goes on by c(points). Not read in an inner node.
    pub points: u64,
}

impl From<(i64, f64, i64, i64, u64)> for TreeNode {
    fn from((feature, threshold, left, right, points): (i64, f64, i64, i64, u64)) -> Self {
        TreeNode { feature, threshold, left, right, points }
    }
}

impl From<TreeNode> for (i64, f64, i64, i64, u64) {
    fn from(node: TreeNode) -> Self {
        (node.feature, node.threshold, node.left, node.right, node.points)
    }
}

/// Marks a leaf in the place of its column.
const LEAF: u32 = u32::MAX;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    /// The threshold; in a leaf the length of the path that ends here: depth + c(points).
    value: f64,
    /// The column, or `LEAF`.
    feature: u32,
    /// The right child; in a leaf its points.
    link: u32,
}

impl Node {
    fn leaf(depth: usize, points: usize) -> Self {
        Node { value: depth as f64 + average_path_length(points as u64), feature: LEAF, link: points as u32 }
    }
}

/// A tree of at least one node, whose links and columns are in range.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tree(Vec<Node>);

/// How trees are grown: `sample_size` of the rows, `columns` of the columns, down to `max_depth`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    pub(super) sample_size: usize,
    pub(super) columns: usize,
    pub(super) max_depth: usize,
}

/// A part of the sample that waits to become a node.
struct Part {
    first: usize,
    end: usize,
    depth: usize,
    /// How many of the candidate columns, counted from the front, may still differ within the part.
    varying: usize,
    /// The node that this part is the right child of.
    parent: Option<usize>,
}

impl Tree {
    /// Grows a tree on a sample of the rows, drawn without replacement.
    #[allow(clippy::indexing_slicing, reason = "parts cut 0..n in place, and a parent is an earlier node")]
    pub(super) fn grow(points: Rows<'_>, growth: Growth, random: &mut Random) -> Tree {
        let columns: Vec<usize> = draw(growth.columns, points.columns(), random).into_iter().collect();
        let rows: Vec<&[f64]> = draw(growth.sample_size, points.len(), random)
            .into_iter()
            .filter_map(|row| points.get(row))
            .collect();
        let mut sample = Sample::new(&rows, &columns);
        let mut nodes: Vec<Node> = Vec::with_capacity(2 * rows.len());
        let mut waiting =
            vec![Part { first: 0, end: rows.len(), depth: 0, varying: columns.len(), parent: None }];
        while let Some(Part { first, end, depth, mut varying, parent }) = waiting.pop() {
            let at = nodes.len();
            if let Some(parent) = parent {
                nodes[parent].link = at as u32;
            }
            let cut =
                if depth < growth.max_depth { sample.cut(first..end, &mut varying, random) } else { None };
            let Some(cut) = cut else {
                nodes.push(Node::leaf(depth, end - first));
                continue;
            };
            nodes.push(Node { value: cut.threshold, feature: columns[cut.column] as u32, link: 0 });
            let depth = depth + 1;
            waiting.push(Part { first: cut.middle, end, depth, varying, parent: Some(at) });
            waiting.push(Part { first, end: cut.middle, depth, varying, parent: None });
        }
        Tree(nodes)
    }

    /// Length of the path of a point of at least as many values as the tree has columns.
    #[allow(clippy::indexing_slicing, reason = "links and columns were in range when the tree was made")]
    pub(super) fn path_length(&self, point: &[f64]) -> f64 {
        let mut node = self.0[0];
        let mut at = 0;
        while node.feature != LEAF {
            at = if point[node.feature as usize] <= node.value { at + 1 } else { node.link as usize };
            node = self.0[at];
        }
        node.value
    }

    /// One more than the greatest column that is compared, 0 in a tree that is one leaf.
    pub(super) fn columns(&self) -> usize {
        self.0
            .iter()
            .filter(|node| node.feature != LEAF)
            .map(|node| node.feature as usize + 1)
            .max()
            .unwrap_or(0)
    }

    /// The nodes as data, in pre-order; inner nodes tell the points below them.
    #[allow(clippy::indexing_slicing, reason = "both children of a node lie behind it and in range")]
    pub(super) fn to_nodes(&self) -> Vec<TreeNode> {
        let leaf = TreeNode { feature: -1, threshold: 0.0, left: -1, right: -1, points: 0 };
        let mut out = vec![leaf; self.0.len()];
        for (at, node) in self.0.iter().enumerate().rev() {
            let right = node.link as usize;
            out[at] = if node.feature == LEAF {
                TreeNode { points: u64::from(node.link), ..leaf }
            } else {
                TreeNode {
                    feature: i64::from(node.feature),
                    threshold: node.value,
                    left: at as i64 + 1,
                    right: i64::from(node.link),
                    points: out[at + 1].points + out[right].points,
                }
            };
        }
        out
    }

    /// Reads a tree of at most `sample_size` points from nodes in any order, whose first is the root.
    ///
    /// Refuses, naming `name`: no node, a column out of range, a threshold that is not finite, a child that is out of
    /// range or reached twice, a node that is never reached, and leaves that hold more points than the sample.
    #[allow(
        clippy::indexing_slicing,
        reason = "every index was found by `get` before, and a parent is an earlier node"
    )]
    pub(super) fn from_nodes(name: &str, given: &[TreeNode], sample_size: u64) -> Result<Tree> {
        let mut reached = vec![false; given.len()];
        let mut nodes: Vec<Node> = Vec::with_capacity(given.len());
        let mut points = 0u64;
        let mut waiting = vec![(0i64, 0usize, None)];
        while let Some((index, depth, parent)) = waiting.pop() {
            let refuse = |problem: String| Err(Error::data(format!("{name}, node {index}"), problem));
            let Some((index, &node)) = usize::try_from(index).ok().and_then(|i| Some((i, given.get(i)?)))
            else {
                return refuse(format!("does not exist among {} nodes", given.len()));
            };
            if std::mem::replace(&mut reached[index], true) {
                return refuse("is reached twice: the nodes are not a tree".into());
            }
            let at = nodes.len();
            if let Some(parent) = parent {
                let parent: &mut Node = &mut nodes[parent];
                parent.link = at as u32;
            }
            if node.feature == -1 {
                points = points.saturating_add(node.points);
                if points > sample_size {
                    return refuse(format!(
                        "brings the leaves to {points} points, of a sample of {sample_size}"
                    ));
                }
                nodes.push(Node::leaf(depth, node.points as usize));
                continue;
            }
            let Some(feature) = u32::try_from(node.feature).ok().filter(|&feature| feature != LEAF) else {
                return refuse(format!("has feature {}, which is neither -1 nor a column", node.feature));
            };
            if !node.threshold.is_finite() {
                return refuse(format!("has threshold {}", node.threshold));
            }
            nodes.push(Node { value: node.threshold, feature, link: 0 });
            waiting.push((node.right, depth + 1, Some(at)));
            waiting.push((node.left, depth + 1, None));
        }
        match reached.iter().position(|&reached| !reached) {
            None => Ok(Tree(nodes)),
            Some(lost) => Err(Error::data(format!("{name}, node {lost}"), "is never reached from node 0")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn line(n: usize) -> Vec<f64> {
        (0..n).map(|i| i as f64).collect()
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
            let values = line(n);
            let rows = Rows::new("points", &values, 1).unwrap();
            let growth = Growth { sample_size: n, columns: 1, max_depth: n };
            // Row i holds the paths of point i, the last row their mean in each tree.
            let mut paths = vec![vec![]; n + 1];
            for tree in 0..trees {
                let grown = Tree::grow(rows, growth, &mut Random::stream(n as u64, tree as u64));
                let lengths: Vec<f64> = rows.iter().map(|point| grown.path_length(point)).collect();
                paths[n].push(lengths.iter().sum::<f64>() / n as f64);
                paths.iter_mut().zip(lengths).for_each(|(paths, length)| paths.push(length));
            }
            let mut expected: Vec<f64> = case["expected_paths"]
                .as_array()
                .unwrap()
                .iter()
                .map(|path| path.as_f64().unwrap())
                .collect();
            expected.push(average_path_length(n as u64));
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
    fn nodes_in_any_order_are_read_and_what_is_no_tree_is_refused() {
        let inner = |feature, left, right| TreeNode { feature, threshold: 0.5, left, right, points: 0 };
        let leaf = |points| TreeNode { feature: -1, threshold: 0.0, left: -1, right: -1, points };
        let read = |nodes: &[TreeNode]| Tree::from_nodes("tree 0", nodes, 4);
        let tree = read(&[inner(2, 3, 1), leaf(1), leaf(2), inner(0, 4, 2), leaf(1)]).unwrap();
        let paths = [[0.0, 9.0, 0.0], [1.0, 9.0, 0.5], [0.0, 9.0, 1.0]].map(|point| tree.path_length(&point));
        assert_eq!(paths, [2.0, 3.0, 1.0]);
        assert_eq!((tree.columns(), tree.to_nodes()[0].points), (3, 4));

        let message = |nodes: &[TreeNode]| read(nodes).unwrap_err().to_string();
        assert_eq!(message(&[]), "tree 0, node 0: does not exist among 0 nodes");
        assert_eq!(
            message(&[inner(0, 1, 3), leaf(1), leaf(1)]),
            "tree 0, node 3: does not exist among 3 nodes"
        );
        assert_eq!(message(&[inner(0, 1, -1), leaf(1)]), "tree 0, node -1: does not exist among 2 nodes");
        assert_eq!(
            message(&[inner(0, 1, 1), leaf(1)]),
            "tree 0, node 1: is reached twice: the nodes are not a tree"
        );
        assert!(message(&[inner(0, 1, 0), leaf(1)]).contains("node 0: is reached twice"), "a cycle");
        assert_eq!(message(&[leaf(1), leaf(1)]), "tree 0, node 1: is never reached from node 0");
        assert_eq!(
            message(&[inner(-2, 1, 2), leaf(1), leaf(1)]),
            "tree 0, node 0: has feature -2, which is neither -1 nor a column"
        );
        assert!(message(&[inner(i64::MAX, 1, 2), leaf(1), leaf(1)]).contains("feature"));
        assert!(message(&[leaf(5)]).contains("5 points, of a sample of 4"));
        assert!(message(&[inner(0, 1, 2), leaf(u64::MAX), leaf(u64::MAX)]).contains("of a sample of 4"));
        let threshold = |threshold| read(&[TreeNode { threshold, ..inner(0, 1, 2) }, leaf(1), leaf(1)]);
        assert!(threshold(0.0).is_ok() && threshold(f64::NAN).is_err() && threshold(f64::INFINITY).is_err());
    }

    proptest! {
        #[test]
        fn a_tree_cuts_what_differs_and_counts_its_points(
            values in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), -1e300..1e300f64, any::<i8>().prop_map(f64::from)], 3..90),
            sample in 1usize..40, columns in 1usize..4, max_depth in 0usize..8, seed: u64,
        ) {
            let values: Vec<f64> = values[..values.len() / 3 * 3].chunks(3).flat_map(|row| [row[0], 7.0, row[2]]).collect();
            let rows = Rows::new("points", &values, 3).unwrap();
            let sample_size = sample.min(rows.len());
            let tree = Tree::grow(rows, Growth { sample_size, columns, max_depth }, &mut Random::new(seed));
            let nodes = tree.to_nodes();
            prop_assert_eq!(nodes[0].points, sample_size as u64);
            let cut: BTreeSet<i64> = nodes.iter().map(|node| node.feature).filter(|&feature| feature >= 0).collect();
            prop_assert!(cut.len() <= columns && !cut.contains(&1), "column 1 is constant: {:?}", cut);
            prop_assert!(nodes.iter().all(|node| node.points > 0));
            prop_assert!(rows.iter().all(|point| tree.path_length(point) >= 0.0));
            prop_assert_eq!(&Tree::from_nodes("tree", &nodes, sample_size as u64).unwrap(), &tree);
            // Every leaf above the depth limit holds points that do not differ in the columns of the tree.
            if max_depth == 7 && columns == 3 && sample_size == rows.len() {
                let distinct: BTreeSet<Vec<u64>> = rows.iter().map(|row| row.iter().map(|x| (x + 0.0).to_bits()).collect()).collect();
                let leaves = nodes.iter().filter(|node| node.feature < 0).count();
                prop_assert!(leaves <= distinct.len(), "{} leaves of {} distinct points", leaves, distinct.len());
            }
        }
    }
}
