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

/// The list and the trees; sizes of the trees fall by at least half from one to the next.
#[derive(Debug, Default)]
pub(super) struct Forest<'a> {
    recent: Vec<&'a [f64]>,
    trees: Vec<Tree<'a>>,
}

/// Points in the order of the leaves; the node of n points has its two halves, split at n / 2, below it.
#[derive(Debug)]
struct Tree<'a> {
    points: Vec<&'a [f64]>,
    /// The least coordinates of each node, in the order of a heap.
    least: Vec<Vec<f64>>,
}

fn at_most(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b)
}

impl<'a> Forest<'a> {
    pub(super) fn covers(&self, point: &[f64]) -> bool {
        self.recent.iter().rev().any(|other| at_most(other, point))
            || self.trees.iter().any(|tree| tree.covers(0, &tree.points, point))
    }

    pub(super) fn add(&mut self, point: &'a [f64]) {
        self.recent.push(point);
        if self.recent.len() < LIST {
            return;
        }
        let mut points = std::mem::take(&mut self.recent);
        while let Some(tree) = self.trees.pop_if(|tree| tree.points.len() <= points.len()) {
            points.extend(tree.points);
        }
        self.trees.push(Tree::of(points));
    }
}

impl<'a> Tree<'a> {
    fn of(mut points: Vec<&'a [f64]>) -> Self {
        let mut least = Vec::new();
        arrange(0, 0, &mut points, &mut least);
        Tree { points, least }
    }

    fn covers(&self, node: usize, points: &[&[f64]], point: &[f64]) -> bool {
        if !self.least.get(node).is_some_and(|least| at_most(least, point)) {
            return false;
        }
        if points.len() <= LEAF {
            return points.iter().any(|other| at_most(other, point));
        }
        let (left, right) = points.split_at(points.len() / 2);
        self.covers(2 * node + 1, left, point) || self.covers(2 * node + 2, right, point)
    }
}

/// Sorts the points of a node into its halves by one coordinate, and the halves by the next.
fn arrange(node: usize, axis: usize, points: &mut [&[f64]], least: &mut Vec<Vec<f64>>) {
    let width = points.first().map_or(1, |point| point.len());
    if least.len() <= node {
        least.resize(node + 1, Vec::new());
    }
    let mut corner = vec![f64::INFINITY; width];
    for point in points.iter() {
        corner.iter_mut().zip(*point).for_each(|(least, value)| *least = least.min(*value));
    }
    if let Some(slot) = least.get_mut(node) {
        *slot = corner;
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
            let mut forest = Forest::default();
            for (count, point) in points.iter().enumerate() {
                let scanned = points[..count].iter().any(|other| at_most(other, point));
                prop_assert_eq!(forest.covers(point), scanned, "after {} points", count);
                forest.add(point);
            }
            prop_assert!(forest.trees.windows(2).all(|pair| pair[0].points.len() >= 2 * pair[1].points.len()));
        }
    }
}
