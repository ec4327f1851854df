//! Clusters of any shape, and the points that belong to none: DBSCAN (Ester, Kriegel, Sander & Xu 1996, KDD).
//!
//! A point is a core point when at least `min_points` points, itself included, lie within `eps` of it. Core points within
//! `eps` of one another are of one cluster; any other point within `eps` of a core point is on the border of a cluster;
//! the rest is noise. Nothing of this depends on an order, so it is computed without lists of neighbours: core points are
//! counted and joined on a [`KdTree`] by whole nodes wherever a node's box lies within `eps`, or is of one cluster already
//! (the joining of cells, Gunawan 2013, and of boxes, Wang, Gu & Shun 2020, SIGMOD). Equal and crowded points thus cost
//! no more than others.
#![allow(
    clippy::indexing_slicing,
    reason = "places and nodes are those of the tree that every array was sized for"
)]

use super::kd_tree::KdTree;
use crate::error::{Error, Result};
use crate::rows::Rows;

/// No core point.
const NONE: u32 = u32::MAX;

/// The cluster of each point, counted from 0; -1 for noise.
///
/// `eps` is the largest Euclidean distance of neighbours, in the unit of the points; a point is a neighbour of itself. Clusters are
/// numbered by their first core point, and a border point of several belongs to the first of them: the labels are
/// scikit-learn's.
///
/// Time: near n log n for n points of few columns, also where many are equal or crowded; with many columns it grows to the n² of a comparison
/// of all pairs. Memory: a copy of the points and about as much again, whatever the counts of neighbours.
///
/// # Errors
/// [`Error::Data`] for a value that is NaN or infinite, with its row and column, and for 2³² points or more;
/// [`Error::Config`] for an `eps` outside 1e-150 to 1e150, where squares of distances have all their digits, and for a `min_points` of 0.
pub fn dbscan(points: Rows<'_>, eps: f64, min_points: usize) -> Result<Vec<i64>> {
    if !(1e-150..=1e150).contains(&eps) {
        return Err(Error::config("eps", format!("must lie between 1e-150 and 1e150, got {eps}")));
    }
    if min_points == 0 {
        return Err(Error::config("min_points", "must be at least 1, got 0"));
    }
    points.all_finite("points")?;
    if points.len() >= NONE as usize {
        return Err(Error::data("points", format!("{} are more than 2^32 - 2", points.len())));
    }
    if points.is_empty() {
        return Ok(Vec::new());
    }
    Ok(Clusters::new(&KdTree::new(points), eps * eps, min_points).labels())
}

/// The core points of a tree, joined to clusters.
#[derive(Debug)]
struct Clusters<'a> {
    tree: &'a KdTree,
    /// The square of `eps`.
    radius: f64,
    is_core: Vec<bool>,
    /// Union-find over places (Tarjan 1975, JACM 22): each points towards the least place of its cluster.
    parent: Vec<u32>,
    /// For each node its first core point, or none.
    first_core: Vec<u32>,
    /// Whether all core points of a node are known to be of one cluster.
    is_one: Vec<bool>,
}

impl<'a> Clusters<'a> {
    fn new(tree: &'a KdTree, radius: f64, min_points: usize) -> Self {
        let points = tree.places(0).end;
        let mut clusters = Clusters {
            tree,
            radius,
            is_core: vec![false; points],
            parent: (0..points as u32).collect(),
            first_core: vec![NONE; tree.nodes()],
            is_one: vec![false; tree.nodes()],
        };
        clusters.take_cells(0, min_points);
        for place in 0..points {
            if !clusters.is_core[place] {
                let mut missing = min_points;
                clusters.is_core[place] = clusters.count(0, tree.point(place), &mut missing);
            }
        }
        clusters.find_first_cores(0);
        for place in (0..points).filter(|place| clusters.is_core[*place]).collect::<Vec<_>>() {
            clusters.join(0, place);
        }
        clusters
    }

    /// Nodes so small that all their points are neighbours, and so full that they are core points.
    fn take_cells(&mut self, node: usize, min_points: usize) {
        let places = self.tree.places(node);
        if places.len() < min_points {
            return;
        }
        if self.tree.diagonal(node) <= self.radius {
            self.is_core[places.clone()].fill(true);
            self.parent[places.clone()].fill(places.start as u32);
            self.mark_one(node);
        } else if let Some(halves) = self.tree.children(node) {
            halves.into_iter().for_each(|half| self.take_cells(half, min_points));
        }
    }

    fn mark_one(&mut self, node: usize) {
        self.is_one[node] = true;
        self.tree.children(node).into_iter().flatten().for_each(|half| self.mark_one(half));
    }

    /// Whether the node has the `missing` neighbours of a point; if not, `missing` is less by those that it has.
    fn count(&self, node: usize, point: &[f64], missing: &mut usize) -> bool {
        let (least, most) = self.tree.reach(node, point);
        if least > self.radius {
            return false;
        }
        let near = |place: &usize| KdTree::distance(self.tree.point(*place), point) <= self.radius;
        let found = match self.tree.children(node) {
            _ if most <= self.radius => self.tree.places(node).len(),
            None => self.tree.places(node).filter(near).count(),
            Some(halves) => return halves.into_iter().any(|half| self.count(half, point, missing)),
        };
        *missing = missing.saturating_sub(found);
        *missing == 0
    }

    fn find_first_cores(&mut self, node: usize) -> u32 {
        let first = match self.tree.children(node) {
            Some([left, right]) => {
                let (left, right) = (self.find_first_cores(left), self.find_first_cores(right));
                left.min(right)
            }
            None => self.tree.places(node).find(|place| self.is_core[*place]).map_or(NONE, |at| at as u32),
        };
        self.first_core[node] = first;
        first
    }

    fn cluster(&mut self, place: u32) -> u32 {
        let mut place = place;
        while self.parent[place as usize] != place {
            let above = self.parent[self.parent[place as usize] as usize];
            self.parent[place as usize] = above;
            place = above;
        }
        place
    }

    fn unite(&mut self, a: u32, b: u32) {
        let (a, b) = (self.cluster(a), self.cluster(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }

    /// Unites a core point with every core point of the node within `eps` of it.
    fn join(&mut self, node: usize, place: usize) {
        let (first, tree) = (self.first_core[node], self.tree);
        let is_joined = |clusters: &mut Self| {
            first == NONE
                || clusters.is_one[node] && clusters.cluster(first) == clusters.cluster(place as u32)
        };
        if is_joined(self) {
            return;
        }
        let (least, most) = tree.reach(node, tree.point(place));
        if least > self.radius {
            return;
        }
        if most <= self.radius {
            self.unite(first, place as u32);
            self.make_one(node, first);
            return;
        }
        match tree.children(node) {
            Some(halves) => halves.into_iter().for_each(|half| self.join(half, place)),
            None => {
                for other in tree.places(node) {
                    let near = KdTree::distance(tree.point(other), tree.point(place)) <= self.radius;
                    if self.is_core[other] && near {
                        self.unite(other as u32, place as u32);
                    }
                }
            }
        }
        self.is_one[node] = self.is_one[node] || self.looks_one(node);
    }

    /// Whether all core points of a node are of one cluster, as far as one look at its halves or its points tells.
    fn looks_one(&mut self, node: usize) -> bool {
        match self.tree.children(node) {
            Some([left, right]) => {
                let (a, b) = (self.first_core[left], self.first_core[right]);
                (a == NONE || self.is_one[left])
                    && (b == NONE || self.is_one[right])
                    && (a == NONE || b == NONE || self.cluster(a) == self.cluster(b))
            }
            None => {
                let first = self.cluster(self.first_core[node]);
                self.tree
                    .places(node)
                    .all(|place| !self.is_core[place] || self.cluster(place as u32) == first)
            }
        }
    }

    /// Unites all core points of a node with one of them.
    fn make_one(&mut self, node: usize, with: u32) {
        let first = self.first_core[node];
        if first == NONE {
            return;
        }
        if self.is_one[node] {
            return self.unite(first, with);
        }
        self.is_one[node] = true;
        match self.tree.children(node) {
            Some(halves) => halves.into_iter().for_each(|half| self.make_one(half, with)),
            None => {
                for place in self.tree.places(node).filter(|place| self.is_core[*place]).collect::<Vec<_>>() {
                    self.unite(place as u32, with);
                }
            }
        }
    }

    fn labels(mut self) -> Vec<i64> {
        let points = self.is_core.len();
        let mut place_of = vec![0; points];
        (0..points).for_each(|place| place_of[self.tree.row(place)] = place);
        // One label for each cluster, at its least place, in the order of the clusters' first rows.
        let mut label_of = vec![-1; points];
        let mut labels = vec![-1; points];
        let mut next = 0;
        for (label, &place) in labels.iter_mut().zip(&place_of) {
            if self.is_core[place] {
                let cluster = self.cluster(place as u32) as usize;
                if label_of[cluster] < 0 {
                    label_of[cluster] = next;
                    next += 1;
                }
                *label = label_of[cluster];
            }
        }
        for (label, &place) in labels.iter_mut().zip(&place_of) {
            if self.is_core[place] {
                continue;
            }
            let mut first = i64::MAX;
            self.find_first_cluster(0, self.tree.point(place), &label_of, &mut first);
            *label = if first == i64::MAX { -1 } else { first };
        }
        labels
    }

    /// Lowers `first` to the least label of the node's core points within `eps` of a point.
    fn find_first_cluster(&mut self, node: usize, point: &[f64], label_of: &[i64], first: &mut i64) {
        let (core, tree) = (self.first_core[node], self.tree);
        let label = |clusters: &mut Self, place: u32| label_of[clusters.cluster(place) as usize];
        if core == NONE || self.is_one[node] && label(self, core) >= *first {
            return;
        }
        let (least, most) = tree.reach(node, point);
        if least > self.radius {
            return;
        }
        match tree.children(node) {
            _ if self.is_one[node] && most <= self.radius => *first = label(self, core),
            Some(halves) => {
                halves.into_iter().for_each(|half| self.find_first_cluster(half, point, label_of, first));
            }
            None => {
                for place in tree.places(node) {
                    if self.is_core[place] && KdTree::distance(tree.point(place), point) <= self.radius {
                        *first = label(self, place as u32).min(*first);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(values: &[f64], columns: usize, eps: f64, min_points: usize) -> Vec<i64> {
        dbscan(Rows::new("points", values, columns).unwrap(), eps, min_points).unwrap()
    }

    /// The algorithm as it was published: the list of neighbours of every point, and one cluster after another grown from its first core point.
    fn published(values: &[f64], columns: usize, eps: f64, min_points: usize) -> Vec<i64> {
        let points: Vec<&[f64]> = values.chunks_exact(columns).collect();
        let near =
            |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() <= eps * eps;
        let neighbours: Vec<Vec<usize>> =
            points.iter().map(|a| (0..points.len()).filter(|b| near(a, points[*b])).collect()).collect();
        let (mut labels, mut cluster) = (vec![-1; points.len()], 0);
        for seed in 0..points.len() {
            if labels[seed] != -1 || neighbours[seed].len() < min_points {
                continue;
            }
            let mut reached = vec![seed];
            while let Some(point) = reached.pop() {
                if labels[point] != -1 {
                    continue;
                }
                labels[point] = cluster;
                if neighbours[point].len() >= min_points {
                    reached.extend(&neighbours[point]);
                }
            }
            cluster += 1;
        }
        labels
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn the_labels_are_those_of_the_published_algorithm(
            // On a coarse lattice many points are equal, and many distances are exactly eps.
            values in prop_oneof![
                prop::collection::vec((-6i32..7).prop_map(f64::from), 0..600),
                prop::collection::vec(-3.0..3.0, 0..600),
                prop::collection::vec(prop_oneof![Just(0.0), -0.3..0.3, 2.0..2.1, -9.0..9.0], 0..600),
            ],
            columns in 1usize..5, eps in prop_oneof![Just(1.0), Just(5.0), 0.05..4.0], min_points in 1usize..12,
        ) {
            let values = &values[..values.len() / columns * columns];
            prop_assert_eq!(labels(values, columns, eps, min_points), published(values, columns, eps, min_points));
        }

        #[test]
        fn the_partition_is_the_same_for_any_order_of_the_points(
            mut points in prop::collection::vec((-8i32..8, -8i32..8), 1..200), eps in 1.0..2.5, min_points in 1usize..6,
        ) {
            let clusters = |points: &[(i32, i32)]| {
                let values: Vec<f64> = points.iter().flat_map(|p| [f64::from(p.0), f64::from(p.1)]).collect();
                let labels = labels(&values, 2, eps, min_points);
                let mut noise: Vec<_> = points.iter().zip(&labels).filter(|(_, label)| **label < 0).map(|(p, _)| *p).collect();
                noise.sort_unstable();
                (labels.iter().max().copied(), noise)
            };
            let before = clusters(&points);
            points.reverse();
            prop_assert_eq!(before, clusters(&points));
        }

        #[test]
        fn a_power_of_two_as_unit_changes_nothing(values in prop::collection::vec(-3.0..3.0, 2..200), power in -400i32..400) {
            let unit = f64::powi(2.0, power);
            let scaled: Vec<f64> = values.iter().map(|value| value * unit).collect();
            prop_assert_eq!(labels(&scaled, 1, 0.05 * unit, 3), labels(&values, 1, 0.05, 3));
        }
    }

    #[test]
    fn crowds_cost_no_more_than_other_points() {
        // 10¹⁰ pairs of neighbours: a list of them, or a look at each, would not end within the life of a test.
        let equal = vec![7.5; 200_000];
        assert!(labels(&equal, 2, 1e-9, 100_000).iter().all(|label| *label == 0));
        assert!(labels(&equal, 2, 1e-9, 100_001).iter().all(|label| *label == -1));
        let crowded: Vec<f64> = (0..200_000).map(|i| f64::from(i * 7919 % 200_003) / 200_003.0).collect();
        assert!(labels(&crowded, 2, 2.0, 100_000).iter().all(|label| *label == 0));
        assert!(labels(&crowded, 2, 2.0, 100_001).iter().all(|label| *label == -1));
        assert!(labels(&crowded, 2, 0.2, 50).iter().all(|label| *label >= 0));
    }

    #[test]
    fn points_far_apart_are_noise_or_clusters_of_one() {
        let far = [-1.7e308, 0.0, 1.7e308, 1e-300];
        assert_eq!(labels(&far, 1, 1.0, 1), [0, 1, 2, 1]);
        assert_eq!(labels(&far, 1, 1.0, 2), [-1, 0, -1, 0]);
        assert_eq!(labels(&far, 1, 1e-150, 2), [-1, 0, -1, 0]);
        assert!(labels(&[], 3, 1.0, 1).is_empty());
    }

    #[test]
    fn bad_input_is_named() {
        let refused = |values: &[f64], eps, min_points| {
            dbscan(Rows::new("points", values, 2).unwrap(), eps, min_points).unwrap_err().to_string()
        };
        assert_eq!(refused(&[0.0, 1.0, 2.0, f64::NAN], 1.0, 2), "points: row 1, column 1 is NaN");
        assert_eq!(refused(&[f64::INFINITY, 1.0], 1.0, 2), "points: row 0, column 0 is inf");
        for eps in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-200, 1e200] {
            assert!(refused(&[0.0, 1.0], eps, 2).starts_with("eps: must lie between"), "{eps}");
        }
        assert_eq!(refused(&[0.0, 1.0], 1.0, 0), "min_points: must be at least 1, got 0");
    }
}
