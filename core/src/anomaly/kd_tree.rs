//! A k-d tree whose nodes know their bounding boxes (Bentley 1975, CACM 18; Friedman, Bentley & Finkel 1977, ACM TOMS 3).
//!
//! The points are kept in the order of the tree, so that each node is a range of them. A node is cut at the median of
//! the column in which its box is widest, until few points or only equal ones are left: the depth is at most log2 of the
//! count of points, whatever the data. Distances are squared; those to a box are never on the wrong side of those to its
//! points, to the last bit, because they are summed in the same order and every rounding is monotone.
#![allow(
    clippy::indexing_slicing,
    reason = "nodes, ranges and columns are those that the tree was built with"
)]

use crate::rows::Rows;
use std::ops::Range;

/// Points in a leaf, unless they are equal: below this, looking at all of them is quicker than cutting on.
const LEAF: usize = 12;

#[derive(Debug)]
struct Node {
    first: u32,
    end: u32,
    /// The right child; the left one follows its parent. 0 in a leaf.
    right: u32,
}

#[derive(Debug)]
pub(super) struct KdTree {
    columns: usize,
    /// The row that each place of the tree holds.
    rows: Vec<u32>,
    points: Vec<f64>,
    nodes: Vec<Node>,
    /// For each node the least values of its columns, then the greatest.
    boxes: Vec<f64>,
}

impl KdTree {
    /// A tree of at least one and less than 2³² points, all finite.
    pub(super) fn new(points: Rows<'_>) -> Self {
        let columns = points.columns();
        let rows = (0..points.len() as u32).collect();
        let mut tree = KdTree { columns, rows, points: Vec::new(), nodes: Vec::new(), boxes: Vec::new() };
        tree.grow(points.values(), 0..points.len());
        let row = |&row: &u32| &points.values()[row as usize * columns..][..columns];
        tree.points = tree.rows.iter().flat_map(row).copied().collect();
        tree
    }

    fn grow(&mut self, values: &[f64], places: Range<usize>) {
        let columns = self.columns;
        let value = |row: u32, column: usize| values[row as usize * columns + column];
        let (node, corner) = (self.nodes.len(), self.boxes.len());
        self.nodes.push(Node { first: places.start as u32, end: places.end as u32, right: 0 });
        self.boxes.resize(corner + columns, f64::INFINITY);
        self.boxes.resize(corner + 2 * columns, f64::NEG_INFINITY);
        let (low, high) = self.boxes[corner..].split_at_mut(columns);
        for &row in &self.rows[places.clone()] {
            for column in 0..columns {
                low[column] = low[column].min(value(row, column));
                high[column] = high[column].max(value(row, column));
            }
        }
        let width = |column: &usize| high[*column] - low[*column];
        let widest = (0..columns).max_by(|a, b| width(a).total_cmp(&width(b))).unwrap_or(0);
        if places.len() <= LEAF || width(&widest) == 0.0 {
            return;
        }
        let half = places.len() / 2;
        let by_value = |a: &u32, b: &u32| value(*a, widest).total_cmp(&value(*b, widest));
        self.rows[places.clone()].select_nth_unstable_by(half, by_value);
        self.grow(values, places.start..places.start + half);
        self.nodes[node].right = self.nodes.len() as u32;
        self.grow(values, places.start + half..places.end);
    }

    pub(super) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The row of the table that a place holds.
    pub(super) fn row(&self, place: usize) -> usize {
        self.rows[place] as usize
    }

    pub(super) fn point(&self, place: usize) -> &[f64] {
        &self.points[place * self.columns..][..self.columns]
    }

    /// The places that a node covers.
    pub(super) fn places(&self, node: usize) -> Range<usize> {
        self.nodes[node].first as usize..self.nodes[node].end as usize
    }

    /// The two halves of a node; none of a leaf.
    pub(super) fn children(&self, node: usize) -> Option<[usize; 2]> {
        let right = self.nodes[node].right as usize;
        (right > 0).then_some([node + 1, right])
    }

    /// Square of the distance between two points.
    pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + (a - b) * (a - b))
    }

    /// Squares of the least and the greatest distance that a point of the node's box can have.
    pub(super) fn reach(&self, node: usize, point: &[f64]) -> (f64, f64) {
        let (low, high) = self.corners(node);
        let mut reach = (0.0, 0.0);
        for ((value, low), high) in point.iter().zip(low).zip(high) {
            let (below, above) = (low - value, value - high);
            let near = below.max(above).max(0.0);
            let far = below.min(above);
            reach.0 += near * near;
            reach.1 += far * far;
        }
        reach
    }

    /// Square of the longest distance within the node's box.
    pub(super) fn diagonal(&self, node: usize) -> f64 {
        let (low, high) = self.corners(node);
        Self::distance(low, high)
    }

    fn corners(&self, node: usize) -> (&[f64], &[f64]) {
        self.boxes[2 * node * self.columns..][..2 * self.columns].split_at(self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_point_is_in_one_leaf_and_no_distance_beyond_its_box(
            values in prop::collection::vec(prop_oneof![-1e3..1e3, (-3i32..3).prop_map(f64::from)], 1..400),
            columns in 1usize..5, probe in prop::collection::vec(-1e3..1e3, 4),
        ) {
            let whole = values.len().max(columns) / columns * columns;
            let values: Vec<f64> = values.into_iter().cycle().take(whole).collect();
            let points = Rows::new("points", &values, columns).unwrap();
            let (tree, probe) = (KdTree::new(points), &probe[..columns]);
            let mut rows = Vec::new();
            for node in 0..tree.nodes() {
                let (least, most) = tree.reach(node, probe);
                for place in tree.places(node) {
                    prop_assert_eq!(tree.point(place), points.get(tree.row(place)).unwrap());
                    let distance = KdTree::distance(probe, tree.point(place));
                    prop_assert!((least..=most).contains(&distance), "{least} {distance} {most}");
                    let other = tree.point(tree.places(node).start);
                    prop_assert!(KdTree::distance(other, tree.point(place)) <= tree.diagonal(node));
                }
                match tree.children(node) {
                    Some([left, right]) => {
                        prop_assert_eq!(tree.places(left).start, tree.places(node).start);
                        prop_assert_eq!(tree.places(left).end, tree.places(right).start);
                        prop_assert_eq!(tree.places(right).end, tree.places(node).end);
                    }
                    None => rows.extend(tree.places(node).map(|place| tree.row(place))),
                }
            }
            rows.sort_unstable();
            prop_assert!(rows.into_iter().eq(0..points.len()));
        }
    }
}
