//! The free room of all bins, in a tree that finds the first or the tightest bin for a demand.
//!
//! Every node has the largest room of its bins in each dimension and their least slack (the weighted sum of a bin's room). A node whose
//! largest room is too small in any dimension is passed over as a whole. In one dimension this is the O(log n) search of
//! Johnson 1974, "Fast algorithms for bin packing", Journal of Computer and System Sciences 8(3); in more the bound
//! may be met by different bins, so that the search may have to turn back.

#![allow(
    clippy::indexing_slicing,
    reason = "nodes are below 2·width, and every node has `dimensions` numbers and a slack"
)]

/// The rooms of the bins that are open; a bin that is not open has none, and is never found.
pub(super) struct Rooms {
    dimensions: usize,
    /// Leaves of the tree: a power of two.
    width: usize,
    weights: Vec<f64>,
    /// The largest room below each node in each dimension; below 0 where no bin is open. The root is node 1.
    largest: Vec<f64>,
    slack: Vec<f64>,
}

impl Rooms {
    /// A tree for at most `bins` bins, none of them open; `weights` of the dimensions make up the slack.
    pub(super) fn new(bins: usize, weights: &[f64]) -> Self {
        let (dimensions, width) = (weights.len(), bins.next_power_of_two());
        Rooms {
            dimensions,
            width,
            weights: weights.to_vec(),
            largest: vec![-1.0; 2 * width * dimensions],
            slack: vec![f64::INFINITY; 2 * width],
        }
    }

    pub(super) fn get(&self, bin: usize) -> &[f64] {
        self.at(self.width + bin)
    }

    /// Sets a bin's room, which opens it.
    pub(super) fn set(&mut self, bin: usize, room: &[f64]) {
        let slack = room.iter().zip(&self.weights).map(|(room, weight)| room * weight).sum();
        self.replace(bin, |mine| mine.copy_from_slice(room), slack);
    }

    /// Takes a bin out for good.
    pub(super) fn close(&mut self, bin: usize) {
        self.replace(bin, |mine| mine.fill(-1.0), f64::INFINITY);
    }

    /// The first open bin from `from` on that has room for the demand.
    pub(super) fn first(&self, demand: &[f64], from: usize) -> Option<usize> {
        let mut open = vec![(1, 0, self.width)];
        while let Some((node, start, span)) = open.pop() {
            if start + span <= from || !fits(demand, self.at(node)) {
                continue;
            }
            if span == 1 {
                return Some(start);
            }
            let half = span / 2;
            open.push((2 * node + 1, start + half, half));
            open.push((2 * node, start, half));
        }
        None
    }

    /// The allowed bin with room for the demand that has the least slack, the first of equals.
    pub(super) fn tightest(&self, demand: &[f64], allowed: impl Fn(usize) -> bool) -> Option<usize> {
        let mut open = vec![1_usize];
        let mut best = (f64::INFINITY, None);
        while let Some(node) = open.pop() {
            let bin = node.wrapping_sub(self.width);
            let slack = self.slack[node];
            let later = node >= self.width && slack == best.0 && best.1.is_some_and(|other| bin > other);
            if slack > best.0 || later || !fits(demand, self.at(node)) {
                continue;
            }
            if node >= self.width {
                if allowed(bin) {
                    best = (slack, Some(bin));
                }
            } else if self.slack[2 * node + 1] < self.slack[2 * node] {
                open.extend([2 * node, 2 * node + 1]);
            } else {
                open.extend([2 * node + 1, 2 * node]);
            }
        }
        best.1
    }

    fn at(&self, node: usize) -> &[f64] {
        &self.largest[node * self.dimensions..(node + 1) * self.dimensions]
    }

    fn replace(&mut self, bin: usize, write: impl FnOnce(&mut [f64]), slack: f64) {
        let d = self.dimensions;
        let mut node = self.width + bin;
        write(&mut self.largest[node * d..(node + 1) * d]);
        self.slack[node] = slack;
        while node > 1 {
            node /= 2;
            for k in 0..d {
                self.largest[node * d + k] =
                    self.largest[2 * node * d + k].max(self.largest[(2 * node + 1) * d + k]);
            }
            self.slack[node] = self.slack[2 * node].min(self.slack[2 * node + 1]);
        }
    }
}

/// Whether no dimension of the demand exceeds the room.
pub(super) fn fits(demand: &[f64], room: &[f64]) -> bool {
    demand.iter().zip(room).all(|(demand, room)| demand <= room)
}
