//! What is still to be packed, in a tree that finds the demand that suits a room best.
//!
//! A k-d tree (Bentley 1975, "Multidimensional binary search trees used for associative searching", CACM 18(9)): every
//! node has the least and the largest demand below it in each dimension. Branch and bound: a node whose least demand
//! does not fit, or whose largest demand could not score more than what was found, is passed over as a whole.

#![allow(
    clippy::indexing_slicing,
    reason = "nodes are below 2·width, and every node has `dimensions` numbers, a first and a group"
)]

use super::rooms::fits;

/// Stands for "no demand" among the numbers of demands, and for "several" among the groups.
const NONE: usize = usize::MAX;

/// The demands that are left; of equally good ones the first is found, in the order that they were given in.
pub(super) struct Demands {
    dimensions: usize,
    width: usize,
    /// The leaf of each demand.
    leaf: Vec<usize>,
    least: Vec<f64>,
    largest: Vec<f64>,
    /// The first demand below each node.
    first: Vec<usize>,
    /// The group of all demands below each node, or `NONE`.
    group: Vec<usize>,
}

impl Demands {
    /// `values` has `dimensions` numbers for each demand, `groups` a group for each: `usize::MAX` for none.
    pub(super) fn new(values: &[f64], dimensions: usize, groups: &[usize]) -> Self {
        let count = groups.len();
        let width = count.next_power_of_two();
        let mut order: Vec<usize> = (0..count).collect();
        split(&mut order, width, &|demand, k| values[demand * dimensions + k], groups, dimensions, 0);
        let mut tree = Demands {
            dimensions,
            width,
            leaf: vec![0; count],
            least: vec![f64::INFINITY; 2 * width * dimensions],
            largest: vec![0.0; 2 * width * dimensions],
            first: vec![NONE; 2 * width],
            group: vec![NONE; 2 * width],
        };
        for (position, &demand) in order.iter().enumerate() {
            let node = width + position;
            tree.leaf[demand] = node;
            let own = &values[demand * dimensions..(demand + 1) * dimensions];
            tree.least[node * dimensions..(node + 1) * dimensions].copy_from_slice(own);
            tree.largest[node * dimensions..(node + 1) * dimensions].copy_from_slice(own);
            tree.first[node] = demand;
            tree.group[node] = groups[demand];
        }
        (1..width).rev().for_each(|node| tree.join(node));
        tree
    }

    /// The allowed demand within `room` for which `Σ gain·demand` is largest. `held` says whether a group is forbidden as a whole.
    pub(super) fn best(
        &self,
        room: &[f64],
        gain: &[f64],
        held: impl Fn(usize) -> bool,
        allowed: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let mut best = (-1.0, NONE);
        let hopeless = |node: usize, bound: f64, best: (f64, usize)| {
            bound < best.0 || (bound == best.0 && self.first[node] >= best.1)
        };
        let useless = |node: usize| {
            self.first[node] == NONE
                || !fits(&self.least[self.range(node)], room)
                || (self.group[node] != NONE && held(self.group[node]))
        };
        let mut open = Vec::with_capacity(64);
        open.push((self.bound(1, gain), 1));
        while let Some((bound, node)) = open.pop() {
            if hopeless(node, bound, best) || useless(node) {
                continue;
            }
            if node >= self.width {
                if allowed(self.first[node]) {
                    best = (bound, self.first[node]);
                }
                continue;
            }
            let mut children = [2 * node, 2 * node + 1].map(|child| (self.bound(child, gain), child));
            // The more promising one comes off the stack first, the left one of equals.
            if children[1].0 <= children[0].0 {
                children.swap(0, 1);
            }
            open.extend(children.into_iter().filter(|(bound, child)| !hopeless(*child, *bound, best)));
        }
        (best.1 != NONE).then_some(best.1)
    }

    pub(super) fn remove(&mut self, demand: usize) {
        let mut node = self.leaf[demand];
        let range = self.range(node);
        self.least[range.clone()].fill(f64::INFINITY);
        self.largest[range].fill(0.0);
        self.first[node] = NONE;
        while node > 1 {
            node /= 2;
            self.join(node);
        }
    }

    fn bound(&self, node: usize, gain: &[f64]) -> f64 {
        gain.iter().zip(&self.largest[self.range(node)]).map(|(gain, demand)| gain * demand).sum()
    }

    fn range(&self, node: usize) -> std::ops::Range<usize> {
        node * self.dimensions..(node + 1) * self.dimensions
    }

    fn join(&mut self, node: usize) {
        let (d, left, right) = (self.dimensions, 2 * node, 2 * node + 1);
        for k in 0..d {
            self.least[node * d + k] = self.least[left * d + k].min(self.least[right * d + k]);
            self.largest[node * d + k] = self.largest[left * d + k].max(self.largest[right * d + k]);
        }
        self.first[node] = self.first[left].min(self.first[right]);
        self.group[node] = match (self.first[left], self.first[right]) {
            (_, NONE) => self.group[left],
            (NONE, _) => self.group[right],
            _ if self.group[left] == self.group[right] => self.group[left],
            _ => NONE,
        };
    }
}

/// Puts demands that are alike next to each other: halves by one dimension after the other, as the tree will.
fn split(
    order: &mut [usize],
    width: usize,
    value: &impl Fn(usize, usize) -> f64,
    groups: &[usize],
    dimensions: usize,
    dimension: usize,
) {
    let half = width / 2;
    let next = (dimension + 1) % dimensions;
    if half == 0 || order.len() < 2 {
        return;
    }
    if order.len() <= half {
        return split(order, half, value, groups, dimensions, next);
    }
    order.select_nth_unstable_by(half, |&one, &other| {
        let by_value = value(one, dimension).total_cmp(&value(other, dimension));
        by_value.then(groups[one].cmp(&groups[other])).then(one.cmp(&other))
    });
    let (low, high) = order.split_at_mut(half);
    split(low, half, value, groups, dimensions, next);
    split(high, half, value, groups, dimensions, next);
}
