//! A growing set of points that answers whether one of them dominates a newcomer.
//!
//! Points come in lexicographic order, so nothing that comes later dominates what came before, and the first
//! objective need not be compared again. With one or two objectives the least last objective decides, with
//! three a staircase (Kung, Luccio and Preparata 1975), with more a forest of k-d trees.

use super::forest::Forest;
use super::staircase::Staircase;

/// The set, in the form that suits the number of objectives.
#[derive(Debug)]
pub(super) enum Archive {
    /// One or two objectives: the least last objective so far.
    Least(f64),
    /// Three objectives: the border of the last two.
    Stairs(Staircase),
    /// More: all but the first objective of each point.
    Points(Forest),
}

impl Archive {
    /// An archive of the first point that came.
    pub(super) fn of(point: &[f64]) -> Self {
        let mut archive = match point.len() {
            0..=2 => Archive::Least(f64::INFINITY),
            3 => Archive::Stairs(Staircase::default()),
            width => Archive::Points(Forest::new(width - 1)),
        };
        archive.add(point);
        archive
    }

    /// Whether a point here is at most `point` in every objective.
    pub(super) fn covers(&self, point: &[f64]) -> bool {
        match (self, point) {
            (Archive::Least(least), [.., last]) => least <= last,
            (Archive::Stairs(stairs), [_, x, y]) => stairs.covers(*x, *y),
            (Archive::Points(forest), [_, rest @ ..]) => forest.covers(rest),
            _ => false,
        }
    }

    /// Takes in a point that is not covered.
    pub(super) fn add(&mut self, point: &[f64]) {
        match (self, point) {
            (Archive::Least(least), [.., last]) => *least = least.min(*last),
            (Archive::Stairs(stairs), [_, x, y]) => stairs.insert(*x, *y),
            (Archive::Points(forest), [_, rest @ ..]) => forest.add(rest),
            _ => {}
        }
    }
}
