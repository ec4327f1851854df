//! The largest of the last so many numbers, in constant time on average: a queue of those that may yet become the largest (Lemire 2006,
//! "Streaming maximum-minimum filter").

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RollingMax {
    length: usize,
    count: u64,
    /// Falling numbers, each with when it came.
    kept: VecDeque<(u64, f64)>,
}

impl RollingMax {
    /// Over the last `length` numbers, at least 1.
    pub(super) fn new(length: usize) -> Self {
        RollingMax { length: length.max(1), count: 0, kept: VecDeque::new() }
    }

    /// Begins anew, over the last `length` numbers, in the room that there is.
    pub(super) fn begin(&mut self, length: usize) {
        (self.length, self.count) = (length.max(1), 0);
        self.kept.clear();
    }

    /// Takes in a number and gives the largest.
    pub(super) fn push(&mut self, value: f64) -> f64 {
        self.count += 1;
        while self.kept.back().is_some_and(|(_, last)| *last <= value) {
            self.kept.pop_back();
        }
        while self.kept.front().is_some_and(|(came, _)| came + self.length as u64 <= self.count) {
            self.kept.pop_front();
        }
        self.kept.push_back((self.count, value));
        self.kept.front().map_or(value, |(_, largest)| *largest)
    }

    pub(super) fn is_whole(&self, like: &RollingMax) -> bool {
        self.length == like.length
            && self.kept.len() <= self.length
            && self.count < u64::MAX / 2
            && self.kept.iter().all(|(came, value)| *came <= self.count && value.is_finite())
    }

    /// Makes room for all that may be kept.
    pub(super) fn reserve(&mut self) {
        self.kept.reserve(self.length.saturating_sub(self.kept.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_largest_of_the_last(values in prop::collection::vec(-5i32..5, 1..80), length in 1usize..20) {
            let mut rolling = RollingMax::new(length);
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            for end in 1..=values.len() {
                let last = &values[end.saturating_sub(length)..end];
                let largest = last.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                prop_assert_eq!(rolling.push(values[end - 1]), largest);
                prop_assert!(rolling.is_whole(&RollingMax::new(length)));
            }
        }
    }
}
