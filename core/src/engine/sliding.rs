//! The largest or smallest of the last values, in O(1) amortized: only values that may yet be the extreme are kept, in order
//! (Lemire 2006, "Streaming maximum-minimum filter using no more than three comparisons per element").

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sliding {
    is_largest: bool,
    kept: VecDeque<(u64, u32)>,
}

impl Sliding {
    pub(super) fn largest() -> Self {
        Sliding { is_largest: true, kept: VecDeque::new() }
    }

    pub(super) fn smallest() -> Self {
        Sliding { is_largest: false, kept: VecDeque::new() }
    }

    /// Takes in the value at a position, above all before it, and answers the extreme of the last `window` positions.
    pub(super) fn push(&mut self, at: u64, value: u32, window: u64) -> u32 {
        while self.kept.front().is_some_and(|(then, _)| then.saturating_add(window) <= at) {
            self.kept.pop_front();
        }
        let beats = |old: u32| if self.is_largest { value >= old } else { value <= old };
        while self.kept.back().is_some_and(|(_, old)| beats(*old)) {
            self.kept.pop_back();
        }
        self.kept.push_back((at, value));
        self.extreme().unwrap_or(value)
    }

    /// The extreme as of the last value; none before the first.
    pub(super) fn extreme(&self) -> Option<u32> {
        self.kept.front().map(|(_, value)| *value)
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }

    /// Whether all that is kept lies before the position `at`, within `window`, and in the order in which it may yet be the extreme.
    pub(super) fn is_whole(&self, like: &Sliding, at: u64, window: u64) -> bool {
        let in_order = |((then, old), (later, value)): (&(u64, u32), &(u64, u32))| {
            then < later && if self.is_largest { old > value } else { old < value }
        };
        self.is_largest == like.is_largest
            && self.kept.iter().zip(self.kept.iter().skip(1)).all(in_order)
            && self.kept.iter().all(|(then, _)| *then < at && then.saturating_add(window) >= at)
    }

    pub(super) fn reserve(&mut self, window: u64) {
        let most = usize::try_from(window).unwrap_or(0) + 1;
        self.kept.reserve(most.saturating_sub(self.kept.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_extreme_of_the_window(values in prop::collection::vec(0u32..20, 1..200), window in 1usize..30) {
            let (mut largest, mut smallest) = (Sliding::largest(), Sliding::smallest());
            for (at, value) in values.iter().enumerate() {
                let recent = &values[(at + 1).saturating_sub(window)..=at];
                prop_assert_eq!(largest.push(at as u64, *value, window as u64), *recent.iter().max().unwrap());
                prop_assert_eq!(smallest.push(at as u64, *value, window as u64), *recent.iter().min().unwrap());
                let at = at as u64 + 1;
                prop_assert!(largest.is_whole(&Sliding::largest(), at, window as u64));
                prop_assert!(!largest.is_whole(&Sliding::smallest(), at, window as u64));
                prop_assert!(largest.kept.len() <= window);
            }
        }
    }
}
