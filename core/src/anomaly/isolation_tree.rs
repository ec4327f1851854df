//! One isolation tree, laid out for the walk: 16 bytes a node, siblings side by side, and no branch on the way.
//!
//! A step is `left + (value > threshold)`, of integers in the order of the numbers. Leaves step onto themselves: they compare
//! column 0, which is below everything in every point and stands before its own columns, and the length of the path that ends there
//! stands in the place of a threshold. So all points take as many steps as the tree is deep, and several go side by side. In a
//! tree of oblique cuts the columns are those of its planes.

use super::average_path_length::Normalizer;
use super::ordered::{number, ordered};
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
    /// The threshold as an ordered integer; in a leaf the bits of the length of the path that ends here, depth + c(points).
    key: u64,
    /// The left child; the right one is the next. A leaf itself.
    left: u32,
    /// One more than the column, or 0 in a leaf.
    feature: u32,
}

impl Node {
    const UNDECIDED: Node = Node { key: 0, left: 0, feature: 0 };

    fn threshold(self) -> f64 {
        number(self.key)
    }

    /// The length of the path to a leaf.
    fn path(self) -> f64 {
        f64::from_bits(self.key)
    }
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
        self.nodes.push(Node::UNDECIDED);
        Bud { place: 0, depth: 0 }
    }

    /// Makes a bud a leaf of `points` points. Buds must be decided in pre-order.
    pub(super) fn leaf(&mut self, bud: Bud, points: u32, normalizer: Normalizer) {
        let path = f64::from(bud.depth) + normalizer.path_length(u64::from(points));
        if let Some(node) = self.nodes.get_mut(bud.place as usize) {
            *node = Node { key: path.to_bits(), left: bud.place, feature: 0 };
        }
        self.leaves.push(points);
        self.depth = self.depth.max(bud.depth);
    }

    /// Makes a bud a cut at `threshold` of a column, or of a plane; gives its left and its right child.
    pub(super) fn cut(&mut self, bud: Bud, feature: u32, threshold: f64) -> (Bud, Bud) {
        let left = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(bud.place as usize) {
            *node = Node { key: ordered(threshold), left, feature: feature + 1 };
        }
        self.nodes.extend([Node::UNDECIDED; 2]);
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

    /// Length of the path of one point, given by its columns.
    #[allow(clippy::indexing_slicing, reason = "links were in range when the tree was made")]
    fn path_length(&self, value: impl Fn(usize) -> f64) -> f64 {
        let mut node = self.nodes[0];
        while node.feature > 0 {
            let right = self.compared(node.feature as usize - 1, &value) > node.threshold();
            node = self.nodes[node.left as usize + usize::from(right)];
        }
        node.path()
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
        let mut paths: Vec<f64> = self.nodes.iter().map(|node| node.path()).collect();
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
            let next = node.left as usize + usize::from(self.compared(feature, value) > node.threshold());
            step(feature, expectations[next] - expectations[at]);
            (at, node) = (next, self.nodes[next]);
        }
        (expectations[0], node.path())
    }

    /// Points of the sample below each node.
    #[allow(clippy::indexing_slicing, reason = "children lie behind their parents and in range")]
    fn points(&self) -> Vec<u64> {
        let mut points = vec![0; self.nodes.len()];
        for (&place, &count) in
            self.pre_order().iter().filter(|&&at| self.nodes[at].feature == 0).zip(&self.leaves)
        {
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
            node => Shape::Cut { feature: node.feature - 1, threshold: node.threshold() },
        };
        self.pre_order().into_iter().map(shape).collect()
    }

    /// A tree from its nodes in pre-order, or none when they are not exactly one tree.
    pub(super) fn from_shapes(
        shapes: &[Shape],
        planes: Option<Planes>,
        normalizer: Normalizer,
    ) -> Option<Tree> {
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
        let mut index = vec![0; order.len()];
        order.iter().enumerate().for_each(|(number, &place)| index[place] = number as i64);
        let node = |place: usize| match self.nodes[place] {
            Node { feature: 0, .. } => {
                TreeNode { feature: -1, threshold: 0.0, left: -1, right: -1, points: points[place] }
            }
            node => TreeNode {
                feature: i64::from(node.feature) - 1,
                threshold: node.threshold(),
                left: index[node.left as usize],
                right: index[node.left as usize + 1],
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
            let Some((node, reached)) = place.and_then(|at| Some((given.get(at)?, reached.get_mut(at)?)))
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
/// Trees of at most this many nodes and columns walk by links of 16 bits, nine of them for the left child.
const SMALL: usize = 512;
pub(super) const WINDOW: usize = 128;
/// Trees that one point walks through side by side.
const TREES: usize = 8;

/// A tree of usual size in a form of fixed size, so that no place of a walk through it needs to be checked.
pub(super) struct Walk {
    keys: [u64; 2 * SMALL],
    /// The left child times [`WINDOW`], and the feature.
    links: [u16; 2 * SMALL],
}

impl Default for Walk {
    fn default() -> Self {
        Walk { keys: [0; 2 * SMALL], links: [0; 2 * SMALL] }
    }
}

impl Walk {
    /// Adds the path lengths in a tree to `sums`. Each [`LANES`] points are `columns` rows of `points`: one of 0, and those of
    /// their columns as ordered integers. [`WINDOW`] more rows stand at the end.
    #[allow(
        clippy::indexing_slicing,
        reason = "the table has the rows of all points, and the tree is small where it is taken so"
    )]
    pub(super) fn add_paths(
        &mut self,
        tree: &Tree,
        points: &[[u64; LANES]],
        columns: usize,
        sums: &mut [[f64; LANES]],
    ) {
        let small = tree.nodes.len() <= SMALL && columns <= WINDOW;
        if small && tree.planes.is_none() {
            for ((node, key), link) in tree.nodes.iter().zip(&mut self.keys).zip(&mut self.links) {
                (*key, *link) = (node.key, (node.left * WINDOW as u32 + node.feature) as u16);
            }
        }
        for (group, sums) in sums.iter_mut().enumerate() {
            let points = &points[group * columns..];
            match points.first_chunk::<WINDOW>() {
                _ if tree.planes.is_some() => {
                    for (lane, sum) in sums.iter_mut().enumerate() {
                        *sum += tree.path_length(|column| number(points[column + 1][lane]));
                    }
                }
                Some(points) if small => self.add_paths_of_group(tree.depth, points, sums),
                _ => tree.add_paths_of_group(points, sums),
            }
        }
    }

    #[allow(clippy::indexing_slicing, reason = "links have nine bits for a node and seven for a column")]
    fn add_paths_of_group(&self, depth: u32, points: &[[u64; LANES]; WINDOW], sums: &mut [f64; LANES]) {
        let mut at = [0u32; LANES];
        let mut rest = depth;
        loop {
            let steps = rest.min(STEPS);
            for _ in 0..steps {
                for lane in 0..LANES {
                    let node = at[lane] as usize;
                    let link = u32::from(self.links[node]);
                    let value = points[link as usize % WINDOW][lane];
                    at[lane] = link / WINDOW as u32 + u32::from(self.keys[node] < value);
                }
            }
            rest -= steps;
            let leaf = |&node: &u32| (self.links[node as usize] as usize).is_multiple_of(WINDOW);
            if rest == 0 || at.iter().all(leaf) {
                break;
            }
        }
        for (sum, node) in sums.iter_mut().zip(at) {
            *sum += f64::from_bits(self.keys[node as usize]);
        }
    }
}

impl Tree {
    /// As [`Walk::add_paths_of_group`], for a tree of any size.
    #[allow(clippy::indexing_slicing, reason = "links and columns were in range when the tree was made")]
    fn add_paths_of_group(&self, points: &[[u64; LANES]], sums: &mut [f64; LANES]) {
        let nodes = &self.nodes[..];
        let mut at = [0; LANES];
        let mut rest = self.depth;
        loop {
            let steps = rest.min(STEPS);
            for _ in 0..steps {
                for lane in 0..LANES {
                    let node = &nodes[at[lane]];
                    let right = node.key < points[node.feature as usize][lane];
                    at[lane] = node.left as usize + usize::from(right);
                }
            }
            rest -= steps;
            if rest == 0 || at.iter().all(|&at| nodes[at].feature == 0) {
                break;
            }
        }
        for (sum, at) in sums.iter_mut().zip(at) {
            *sum += nodes[at].path();
        }
    }
}

/// Adds the path lengths of one point, whose columns as ordered integers follow upon a 0, in the trees to `sum`, in their order.
#[allow(clippy::indexing_slicing, reason = "links and columns were in range when the trees were made")]
pub(super) fn add_paths_of_one(trees: &[Tree], point: &[u64], mut sum: f64) -> f64 {
    for group in trees.chunks(TREES) {
        let depth = group.iter().map(|tree| tree.depth).max().unwrap_or(0);
        if depth > 2 * STEPS || group.iter().any(|tree| tree.planes.is_some()) {
            let path = |tree: &Tree| tree.path_length(|column| number(point[column + 1]));
            sum = group.iter().fold(sum, |sum, tree| sum + path(tree));
            continue;
        }
        // While one tree waits for its node, the others step. Places that are left over repeat the first.
        let nodes: [&[Node]; TREES] =
            std::array::from_fn(|lane| &group.get(lane).unwrap_or(&group[0]).nodes[..]);
        let mut at = [0; TREES];
        for _ in 0..depth {
            for lane in 0..TREES {
                let node = &nodes[lane][at[lane]];
                let right = node.key < point[node.feature as usize];
                at[lane] = node.left as usize + usize::from(right);
            }
        }
        let ends = nodes.iter().zip(at).take(group.len());
        sum = ends.fold(sum, |sum, (nodes, at)| sum + nodes[at].path());
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
        let paths = [[0.0, 9.0, 0.0], [1.0, 9.0, 0.5], [0.0, 9.0, 1.0]]
            .map(|point| tree.path_length(|column| point[column]));
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
        let inner = |at: i64, threshold| TreeNode {
            feature: at % 2,
            threshold,
            left: 2 * at + 1,
            right: 2 * at + 2,
            points: 0,
        };
        let leaf = TreeNode { feature: -1, threshold: 0.0, left: -1, right: -1, points: 1 };
        for cuts in [0, 1, 8, 9, 16, 17, 40] {
            let mut nodes = vec![];
            for at in 0..cuts {
                nodes.push(TreeNode { left: 2 * at + 1, right: 2 * at + 2, ..inner(at, at as f64) });
                nodes.push(leaf);
            }
            nodes.push(leaf);
            let tree = Tree::from_nodes("tree", &nodes, 50, Normalizer::Harmonic).unwrap();
            for block in 0..4 {
                let column: [f64; LANES] = std::array::from_fn(|lane| (LANES * block + lane) as f64 - 1.5);
                let mut points = vec![[0; LANES], column.map(ordered), column.map(ordered)];
                let mut large = [1.0; LANES];
                tree.add_paths_of_group(&points, &mut large);
                points.extend([[0; LANES]; WINDOW]);
                let mut sums = [[1.0; LANES]];
                Walk::default().add_paths(&tree, &points, 3, &mut sums);
                assert_eq!(sums, [large]);
                for (lane, sum) in large.into_iter().enumerate() {
                    let point: Vec<u64> = points[..3].iter().map(|column| column[lane]).collect();
                    let expected =
                        (column[lane] + 1.0).ceil().clamp(1.0, cuts.max(1) as f64).min(cuts as f64);
                    assert_eq!(sum, 1.0 + expected, "{cuts} cuts, {point:?}");
                    assert_eq!(add_paths_of_one(std::slice::from_ref(&tree), &point, 1.0), sum);
                    let leaf = Tree::from_nodes("leaf", &[leaf], 50, Normalizer::Harmonic).unwrap();
                    assert_eq!(add_paths_of_one(&[tree.clone(), leaf], &point, 1.0), sum);
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
