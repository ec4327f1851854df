//! Where leases stand in their line, and what some of them come to.
//!
//! Loads are added up as whole numbers, so that no order of adding changes a sum.

use std::cmp::Reverse;

/// Loads are counted in this part of a request per second.
pub(super) const FINENESS: f64 = (1u64 << 60) as f64;

/// Where a lease stands: the highest priority first.
pub(super) type Place = (Reverse<i32>, u64);

/// Before all leases.
pub(super) const FIRST: Place = (Reverse(i32::MAX), 0);

/// The place right behind another.
pub(super) fn behind((Reverse(priority), id): Place) -> Option<Place> {
    match id.checked_add(1) {
        Some(id) => Some((Reverse(priority), id)),
        None => priority.checked_sub(1).map(|priority| (Reverse(priority), 0)),
    }
}

/// What some leases come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Summary {
    pub(super) count: usize,
    /// Those that wait for capacity.
    pub(super) waiting: usize,
    pub(super) load: u128,
    pub(super) least: u128,
    /// Seconds of the strictest promise and of the laxest.
    pub(super) strictest: f64,
    pub(super) laxest: f64,
    /// The most that one of them may cost an hour for each request per second.
    pub(super) dearest: f64,
    /// Unix milliseconds until which the first of those that wait was promised its answer.
    pub(super) due: i64,
}

impl Summary {
    pub(super) const NONE: Summary = Summary {
        count: 0,
        waiting: 0,
        load: 0,
        least: u128::MAX,
        strictest: f64::INFINITY,
        laxest: 0.0,
        dearest: 0.0,
        due: i64::MAX,
    };

    pub(super) fn and(&self, other: &Summary) -> Summary {
        Summary {
            count: self.count + other.count,
            waiting: self.waiting + other.waiting,
            load: self.load.saturating_add(other.load),
            least: self.least.min(other.least),
            strictest: self.strictest.min(other.strictest),
            laxest: self.laxest.max(other.laxest),
            dearest: self.dearest.max(other.dearest),
            due: self.due.min(other.due),
        }
    }

    /// Requests per second.
    pub(super) fn load(&self) -> f64 {
        self.load as f64 / FINENESS
    }

    /// The least load among them.
    pub(super) fn least_load(&self) -> f64 {
        self.least as f64 / FINENESS
    }

    /// The load with that of the least among others.
    pub(super) fn load_with_least(&self, others: &Summary) -> f64 {
        self.load.saturating_add(others.least) as f64 / FINENESS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_a_place_is_the_next_one() {
        assert_eq!(behind((Reverse(3), 7)), Some((Reverse(3), 8)));
        assert_eq!(behind((Reverse(3), u64::MAX)), Some((Reverse(2), 0)));
        assert_eq!(behind((Reverse(i32::MIN), u64::MAX)), None);
    }
}
