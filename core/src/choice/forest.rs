//! Points of many dimensions that answer whether one of them is at most a newcomer in every coordinate.
//!
//! The newest points lie in a list. When it is full it becomes a k-d tree, and trees of equal size are merged like
//! the digits of a binary counter: Bentley and Saxe 1980, "Decomposable searching problems I", J. Algorithms 1.
//! Each node of a tree knows the least of its points in every coordinate; a part whose least exceeds the newcomer
//! anywhere is left out: Bentley 1975, "Multidimensional binary search trees", Comm. ACM 18(9).

use super::objectives::Ordered;

/// Most points in the list.
const LIST: usize = 64;

/// Most points in a leaf of a tree.
const LEAF: usize = 16;

/// The list and the trees, each point's coordinates one after another; sizes of the trees fall by at least half from one to the
/// next.
#[derive(Debug)]
pub(super) struct Forest {
    width: usize,
    recent: Vec<f64>,
    trees: Vec<Tree>,
}

/// Points in the order of the leaves; the node of n points has its two halves, split at n / 2, below it.
#[derive(Debug)]
struct Tree {
    points: Vec<f64>,
    /// The least coordinates of each node, in the order of a heap.
    least: Vec<f64>,
}

fn at_most(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b)
}

impl Forest {
    /// An empty forest for points of so many coordinates, at least 1.
    pub(super) fn new(width: usize) -> Self {
        Forest { width, recent: Vec::with_capacity(LIST * width), trees: Vec::new() }
    }

    pub(super) fn covers(&self, point: &[f64]) -> bool {
        self.recent.rchunks_exact(self.width).any(|other| at_most(other, point))
            || self.trees.iter().any(|tree| tree.covers(0, &tree.points, point))
    }

    pub(super) fn add(&mut self, point: &[f64]) {
        self.recent.extend(point);
        if self.recent.len() < LIST * self.width {
            return;
        }
        let mut points = std::mem::take(&mut self.recent);
        while let Some(tree) = self.trees.pop_if(|tree| tree.points.len() <= points.len()) {
            points.extend(tree.points);
        }
        self.trees.push(Tree::of(&points, self.width));
    }
}

impl Tree {
    fn of(points: &[f64], width: usize) -> Self {
        let mut points: Vec<&[f64]> = points.chunks_exact(width).collect();
        let mut least = Vec::new();
        arrange(0, 0, &mut points, &mut least);
        Tree { points: points.concat(), least }
    }

    fn covers(&self, node: usize, points: &[f64], point: &[f64]) -> bool {
        let width = point.len();
        let least = self.least.get(node * width..(node + 1) * width);
        if !least.is_some_and(|least| at_most(least, point)) {
            return false;
        }
        let count = points.len() / width;
        if count <= LEAF {
            return points.chunks_exact(width).any(|other| at_most(other, point));
        }
        let (left, right) = points.split_at(count / 2 * width);
        self.covers(2 * node + 1, left, point) || self.covers(2 * node + 2, right, point)
    }
}

/// Sorts the points of a node into its halves by one coordinate, and the halves by the next.
fn arrange(node: usize, axis: usize, points: &mut [&[f64]], least: &mut Vec<f64>) {
    let width = points.first().map_or(1, |point| point.len());
    let places = node * width..(node + 1) * width;
    if least.len() < places.end {
        least.resize(places.end, f64::INFINITY);
    }
    for point in points.iter() {
        let corner = least.get_mut(places.clone()).unwrap_or_default();
        corner.iter_mut().zip(*point).for_each(|(least, value)| *least = least.min(*value));
    }
    if points.len() > LEAF {
        let middle = points.len() / 2;
        let key = |point: &&[f64]| Ordered(point.get(axis % width).copied().unwrap_or(0.0));
        points.select_nth_unstable_by_key(middle, key);
        let (left, right) = points.split_at_mut(middle);
        arrange(2 * node + 1, axis + 1, left, least);
        arrange(2 * node + 2, axis + 1, right, least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_forest_answers_as_a_scan_would(
            points in (1usize..5).prop_flat_map(|width| {
                let value = prop_oneof![3 => 0.0..1.0f64, 1 => (0..4i32).prop_map(|k| f64::from(k) / 4.0)];
                prop::collection::vec(prop::collection::vec(value, width), 1..700)
            }),
        ) {
            let mut forest = Forest::new(points[0].len());
            for (count, point) in points.iter().enumerate() {
                let scanned = points[..count].iter().any(|other| at_most(other, point));
                prop_assert_eq!(forest.covers(point), scanned, "after {} points", count);
                forest.add(point);
            }
            prop_assert!(forest.trees.windows(2).all(|pair| pair[0].points.len() >= 2 * pair[1].points.len()));
        }
    }
}
