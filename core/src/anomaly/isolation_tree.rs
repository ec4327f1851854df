//! One isolation tree, laid out for the walk: 16 bytes a node, siblings side by side, and no branch on the way.
//!
//! A step is `left + (value > threshold)`. Leaves step onto themselves: they compare column 0, which is −∞ in every point and
//! stands before its own columns, and their threshold is the length of the path that ends there. So all points take as many
//! steps as the tree is deep, and several go side by side. In a tree of oblique cuts the columns are those of its planes.

use super::average_path_length::Normalizer;
use super::planes::Planes;
use super::points::LANES;
use crate::error::{Error, Result};
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

/// The threshold that splits values as `threshold` splits those that were rounded to single precision before: what a program
/// compares that keeps its points in single precision, as scikit-learn does. Finite for a finite threshold.
pub fn single_precision_threshold(threshold: f64) -> f64 {
    let nearest = threshold as f32;
    let below = if f64::from(nearest) > threshold { nearest.next_down() } else { nearest };
    // Values up to the middle of two neighbours round to the lower one; the middle itself to the even one.
    let middle = 0.5 * (f64::from(below) + f64::from(below.next_up()));
    let last = if below.to_bits() & 1 == 0 { middle } else { middle.next_down() };
    last.clamp(f64::MIN, f64::MAX)
}

/// A step of a walk, or the end of it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    /// In a leaf the length of the path that ends here: depth + c(points).
    threshold: f64,
    /// The left child; the right one is the next. A leaf itself.
    left: u32,
    /// One more than the column, or 0 in a leaf.
    feature: u32,
}

/// A node as it travels, in pre-order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Shape {
    Leaf { points: u32 },
    Cut { feature: u32, threshold: f64 },
}

/// A tree of at least one node, whose links are in range.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Points in each leaf, in pre-order.
    leaves: Vec<u32>,
    depth: u32,
    /// What the features are in a tree of oblique cuts.
    planes: Option<Planes>,
}

/// A node that is not decided yet: its place and its depth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bud {
    place: u32,
    pub(super) depth: u32,
}

impl Tree {
    /// Begins a tree with its root, in the memory of the tree that was here.
    pub(super) fn begin(&mut self, planes: Option<Planes>) -> Bud {
        self.nodes.clear();
        self.leaves.clear();
        self.depth = 0;
        self.planes = planes;
        self.nodes.push(Node { threshold: 0.0, left: 0, feature: 0 });
        Bud { place: 0, depth: 0 }
    }

    /// Makes a bud a leaf of `points` points. Buds must be decided in pre-order.
    pub(super) fn leaf(&mut self, bud: Bud, points: u32, normalizer: Normalizer) {
        let path = f64::from(bud.depth) + normalizer.path_length(u64::from(points));
        if let Some(node) = self.nodes.get_mut(bud.place as usize) {
            *node = Node { threshold: path, left: bud.place, feature: 0 };
        }
        self.leaves.push(points);
        self.depth = self.depth.max(bud.depth);
    }

    /// Makes a bud a cut at `threshold` of a column, or of a plane; gives its left and its right child.
    pub(super) fn cut(&mut self, bud: Bud, feature: u32, threshold: f64) -> (Bud, Bud) {
        let left = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(bud.place as usize) {
            *node = Node { threshold, left, feature: feature + 1 };
        }
        self.nodes.extend([Node { threshold: 0.0, left: 0, feature: 0 }; 2]);
        let depth = bud.depth + 1;
        (Bud { place: left, depth }, Bud { place: left + 1, depth })
    }

    /// Takes over another tree, in the memory that is here.
    pub(super) fn become_like(&mut self, other: &Tree) {
        self.nodes.clone_from(&other.nodes);
        self.leaves.clone_from(&other.leaves);
        self.planes.clone_from(&other.planes);
        self.depth = other.depth;
    }

    /// Where the planes of a tree of oblique cuts are kept.
    pub(super) fn planes_mut(&mut self) -> Option<&mut Planes> {
        self.planes.as_mut()
    }

    pub(super) fn planes(&self) -> Option<&Planes> {
        self.planes.as_ref()
    }

    /// Adds the path lengths of [`LANES`] points, whose columns follow upon one of −∞, to `sums`.
    #[allow(clippy::indexing_slicing, reason = "links and columns were in range when the tree was made")]
    pub(super) fn add_paths(&self, points: &[[f64; LANES]], sums: &mut [f64; LANES]) {
        if self.planes.is_some() {
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum += self.path_length(|column| points[column + 1][lane]);
            }
            return;
        }
        let nodes = &self.nodes[..];
        let mut at = [0; LANES];
        let mut rest = self.depth;
        loop {
            let steps = rest.min(STEPS);
            for _ in 0..steps {
                for lane in 0..LANES {
                    let node = &nodes[at[lane]];
                    let right = points[node.feature as usize][lane] > node.threshold;
                    at[lane] = node.left as usize + usize::from(right);
                }
            }
            rest -= steps;
            if rest == 0 || at.iter().all(|&at| nodes[at].feature == 0) {
                break;
            }
        }
        for (sum, at) in sums.iter_mut().zip(at) {
            *sum += nodes[at].threshold;
        }
    }

    /// Length of the path of one point, given by its columns.
    #[allow(clippy::indexing_slicing, reason = "links were in range when the tree was made")]
    fn path_length(&self, value: impl Fn(usize) -> f64) -> f64 {
        let mut node = self.nodes[0];
        while node.feature > 0 {
            let right = self.compared(node.feature as usize - 1, &value) > node.threshold;
            node = self.nodes[node.left as usize + usize::from(right)];
        }
        node.threshold
    }

    /// What a point has in the place of a feature: a column, or its distance from a plane.
    fn compared(&self, feature: usize, value: &impl Fn(usize) -> f64) -> f64 {
        match &self.planes {
            None => value(feature),
            Some(planes) => planes.distance(feature, value),
        }
    }

    /// One more than the greatest column that is compared, 0 in a tree that is one leaf.
    pub(super) fn columns(&self) -> usize {
        match &self.planes {
            None => self.nodes.iter().map(|node| node.feature as usize).max().unwrap_or(0),
            Some(planes) => planes.columns(),
        }
    }

    /// Each node's share of the sample, and the mean path length of the points in it: of both children alike where there are none.
    #[allow(clippy::indexing_slicing, reason = "children lie behind their parents and in range")]
    pub(super) fn expectations(&self) -> Vec<f64> {
        let points = self.points();
        let mut paths: Vec<f64> = self.nodes.iter().map(|node| node.threshold).collect();
        for (at, node) in self.nodes.iter().enumerate().rev().filter(|(_, node)| node.feature > 0) {
            let (left, right) = (node.left as usize, node.left as usize + 1);
            let (mut some, mut others) = (points[left] as f64, points[right] as f64);
            if some + others == 0.0 {
                (some, others) = (1.0, 1.0);
            }
            paths[at] = (some * paths[left] + others * paths[right]) / (some + others);
        }
        paths
    }

    /// Calls `step` for each cut on the way of a point, with the feature and the change of the expected path; gives the mean path
    /// at the root and the length of the path.
    #[allow(clippy::indexing_slicing, reason = "links were in range when the tree was made")]
    pub(super) fn follow(
        &self,
        expectations: &[f64],
        value: &impl Fn(usize) -> f64,
        mut step: impl FnMut(usize, f64),
    ) -> (f64, f64) {
        let (mut at, mut node) = (0, self.nodes[0]);
        while node.feature > 0 {
            let feature = node.feature as usize - 1;
            let next = node.left as usize + usize::from(self.compared(feature, value) > node.threshold);
            step(feature, expectations[next] - expectations[at]);
            (at, node) = (next, self.nodes[next]);
        }
        (expectations[0], node.threshold)
    }

    /// Points of the sample below each node.
    #[allow(clippy::indexing_slicing, reason = "children lie behind their parents and in range")]
    fn points(&self) -> Vec<u64> {
        let mut points = vec![0; self.nodes.len()];
        for (&place, &count) in self.pre_order().iter().filter(|&&at| self.nodes[at].feature == 0).zip(&self.leaves) {
            points[place] = u64::from(count);
        }
        for (at, node) in self.nodes.iter().enumerate().rev().filter(|(_, node)| node.feature > 0) {
            points[at] = points[node.left as usize] + points[node.left as usize + 1];
        }
        points
    }

    /// The places of the nodes in pre-order.
    #[allow(clippy::indexing_slicing, reason = "links are in range")]
    fn pre_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut waiting = vec![0];
        while let Some(at) = waiting.pop() {
            order.push(at);
            let node = self.nodes[at];
            if node.feature > 0 {
                waiting.extend([node.left as usize + 1, node.left as usize]);
            }
        }
        order
    }

    /// The nodes in pre-order, as they travel.
    #[allow(clippy::indexing_slicing, reason = "places are those of nodes")]
    pub(super) fn shapes(&self) -> Vec<Shape> {
        let mut leaves = self.leaves.iter();
        let shape = |at: usize| match self.nodes[at] {
            Node { feature: 0, .. } => Shape::Leaf { points: leaves.next().copied().unwrap_or(0) },
            Node { feature, threshold, .. } => Shape::Cut { feature: feature - 1, threshold },
        };
        self.pre_order().into_iter().map(shape).collect()
    }

    /// A tree from its nodes in pre-order, or none when they are not exactly one tree.
    pub(super) fn from_shapes(shapes: &[Shape], planes: Option<Planes>, normalizer: Normalizer) -> Option<Tree> {
        let mut tree = Tree { nodes: Vec::with_capacity(shapes.len()), ..Tree::default() };
        let mut waiting = vec![tree.begin(planes)];
        for &shape in shapes {
            let bud = waiting.pop()?;
            match shape {
                Shape::Leaf { points } => tree.leaf(bud, points, normalizer),
                Shape::Cut { feature, threshold } => {
                    let (left, right) = tree.cut(bud, feature, threshold);
                    waiting.extend([right, left]);
                }
            }
        }
        waiting.is_empty().then_some(tree)
    }

    /// The nodes as data, in pre-order; inner nodes tell the points below them. None for oblique cuts.
    #[allow(clippy::indexing_slicing, reason = "places are those of nodes")]
    pub(super) fn to_nodes(&self) -> Option<Vec<TreeNode>> {
        if self.planes.is_some() {
            return None;
        }
        let (points, order) = (self.points(), self.pre_order());
        let mut number = vec![0; order.len()];
        order.iter().enumerate().for_each(|(index, &place)| number[place] = index as i64);
        let node = |place: usize| match self.nodes[place] {
            Node { feature: 0, .. } => {
                TreeNode { feature: -1, threshold: 0.0, left: -1, right: -1, points: points[place] }
            }
            Node { feature, threshold, left } => TreeNode {
                feature: i64::from(feature) - 1,
                threshold,
                left: number[left as usize],
                right: number[left as usize + 1],
                points: points[place],
            },
        };
        Some(order.into_iter().map(node).collect())
    }

    /// Reads a tree of at most `sample_size` points from nodes in any order, whose first is the root.
    ///
    /// Refuses, naming `name`: no node, a column out of range, a threshold that is not finite, a child that is out of
    /// range or reached twice, a node that is never reached, and leaves that hold more points than the sample.
    pub(super) fn from_nodes(
        name: &str,
        given: &[TreeNode],
        sample_size: u64,
        normalizer: Normalizer,
    ) -> Result<Tree> {
        let mut reached = vec![false; given.len()];
        let mut shapes: Vec<Shape> = Vec::with_capacity(given.len());
        let mut points = 0u64;
        let mut waiting = vec![0i64];
        while let Some(index) = waiting.pop() {
            let refuse = |problem: String| Err(Error::data(format!("{name}, node {index}"), problem));
            let place = usize::try_from(index).ok();
            let Some((node, reached)) =
                place.and_then(|at| Some((given.get(at)?, reached.get_mut(at)?)))
            else {
                return refuse(format!("does not exist among {} nodes", given.len()));
            };
            if std::mem::replace(reached, true) {
                return refuse("is reached twice: the nodes are not a tree".into());
            }
            if node.feature == -1 {
                points = points.saturating_add(node.points);
                if points > sample_size {
                    return refuse(format!(
                        "brings the leaves to {points} points, of a sample of {sample_size}"
                    ));
                }
                shapes.push(Shape::Leaf { points: node.points as u32 });
                continue;
            }
            let Some(feature) = u32::try_from(node.feature).ok().filter(|&feature| feature < u32::MAX) else {
                return refuse(format!("has feature {}, which is neither -1 nor a column", node.feature));
            };
            if !node.threshold.is_finite() {
                return refuse(format!("has threshold {}", node.threshold));
            }
            shapes.push(Shape::Cut { feature, threshold: node.threshold });
            waiting.extend([node.right, node.left]);
        }
        if let Some(lost) = reached.iter().position(|&reached| !reached) {
            return Err(Error::data(format!("{name}, node {lost}"), "is never reached from node 0"));
        }
        Tree::from_shapes(&shapes, None, normalizer)
            .ok_or_else(|| Error::internal("nodes that were checked are no tree"))
    }
}

/// Steps between two looks at whether all points have arrived: the depth of the usual tree.
const STEPS: u32 = 8;

/// Adds the path lengths of one point, whose columns follow upon −∞, in the trees to `sum`, in their order.
#[allow(clippy::indexing_slicing, reason = "links and columns were in range when the trees were made")]
pub(super) fn add_paths_of_one(trees: &[Tree], point: &[f64], mut sum: f64) -> f64 {
    for group in trees.chunks(LANES) {
        let depth = group.iter().map(|tree| tree.depth).max().unwrap_or(0);
        if depth > 2 * STEPS || group.iter().any(|tree| tree.planes.is_some()) {
            sum = group.iter().fold(sum, |sum, tree| sum + tree.path_length(|column| point[column + 1]));
            continue;
        }
        // Several trees at once: while one waits for its node, the others step. Places that are left over repeat the first.
        let nodes: [&[Node]; LANES] = std::array::from_fn(|lane| &group.get(lane).unwrap_or(&group[0]).nodes[..]);
        let mut at = [0; LANES];
        for _ in 0..depth {
            for lane in 0..LANES {
                let node = &nodes[lane][at[lane]];
                let right = point[node.feature as usize] > node.threshold;
                at[lane] = node.left as usize + usize::from(right);
            }
        }
        let ends = nodes.iter().zip(at).take(group.len());
        sum = ends.fold(sum, |sum, (nodes, at)| sum + nodes[at].threshold);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nodes_in_any_order_are_read_and_what_is_no_tree_is_refused() {
        let inner = |feature, left, right| TreeNode { feature, threshold: 0.5, left, right, points: 0 };
        let leaf = |points| TreeNode { feature: -1, threshold: 0.0, left: -1, right: -1, points };
        let read = |nodes: &[TreeNode]| Tree::from_nodes("tree 0", nodes, 4, Normalizer::Harmonic);
        let tree = read(&[inner(2, 3, 1), leaf(1), leaf(2), inner(0, 4, 2), leaf(1)]).unwrap();
        let paths = [[0.0, 9.0, 0.0], [1.0, 9.0, 0.5], [0.0, 9.0, 1.0]].map(|point| tree.path_length(|column| point[column]));
        assert_eq!(paths, [2.0, 3.0, 1.0]);
        assert_eq!((tree.columns(), tree.to_nodes().unwrap()[0].points), (3, 4));

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

    #[test]
    fn all_walks_are_one() {
        // A chain deeper than several rounds of steps, beside a single leaf.
        let inner = |at: i64, threshold| TreeNode { feature: at % 2, threshold, left: 2 * at + 1, right: 2 * at + 2, points: 0 };
        let leaf = TreeNode { feature: -1, threshold: 0.0, left: -1, right: -1, points: 1 };
        for cuts in [0, 1, 8, 9, 16, 17, 40] {
            let mut nodes = vec![];
            for at in 0..cuts {
                nodes.push(TreeNode { left: 2 * at + 1, right: 2 * at + 2, ..inner(at, at as f64) });
                nodes.push(leaf);
            }
            nodes.push(leaf);
            let tree = Tree::from_nodes("tree", &nodes, 50, Normalizer::Harmonic).unwrap();
            for block in 0..6 {
                let column: [f64; LANES] = std::array::from_fn(|lane| (8 * block + lane) as f64 - 1.5);
                let points = [[f64::NEG_INFINITY; LANES], column, column];
                let mut sums = [1.0; LANES];
                tree.add_paths(&points, &mut sums);
                for (lane, sum) in sums.into_iter().enumerate() {
                    let point = points.map(|column| column[lane]);
                    let expected = (point[1] + 1.0).ceil().clamp(1.0, cuts.max(1) as f64).min(cuts as f64);
                    assert_eq!(sum, 1.0 + expected, "{cuts} cuts, {point:?}");
                    assert_eq!(add_paths_of_one(std::slice::from_ref(&tree), &point, 1.0), sum);
                    let both = [tree.clone(), Tree::from_nodes("leaf", &[leaf], 50, Normalizer::Harmonic).unwrap()];
                    assert_eq!(add_paths_of_one(&both, &point, 1.0), sum);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_threshold_for_single_precision_splits_as_rounded_values(
            threshold in prop_oneof![-1e3..1e3f64, any::<f32>().prop_map(f64::from), any::<f64>(), Just(0.0), Just(-0.0)], steps in -3i32..4,
        ) {
            prop_assume!(threshold.is_finite());
            let split = single_precision_threshold(threshold);
            prop_assert!(split.is_finite());
            let mut value = split;
            for _ in 0..steps.abs() { value = if steps > 0 { value.next_up() } else { value.next_down() }; }
            prop_assume!((value as f32).is_finite());
            prop_assert_eq!(value <= split, f64::from(value as f32) <= threshold, "{} at {}", value, threshold);
        }
    }
}
