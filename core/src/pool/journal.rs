//! What a manager decided and why, kept until the host takes it away: bounded, and honest about what was lost.

use super::orders::LARGEST_COUNT;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Records kept at the most.
const MOST_RECORDS: usize = 10_000;

/// The records of one manager, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Journal<R> {
    records: VecDeque<R>,
    lost: u64,
}

impl<R> Default for Journal<R> {
    fn default() -> Self {
        Journal { records: VecDeque::new(), lost: 0 }
    }
}

impl<R> Journal<R> {
    /// Adds a record; the oldest is lost when there are too many.
    pub(super) fn add(&mut self, record: R) {
        if self.records.len() >= MOST_RECORDS {
            self.records.pop_front();
            self.lost += 1;
        }
        self.records.push_back(record);
    }

    /// The records, oldest first.
    pub fn records(&self) -> &VecDeque<R> {
        &self.records
    }

    /// Takes all records away.
    pub fn take(&mut self) -> Vec<R> {
        self.records.drain(..).collect()
    }

    /// Records that were lost because nobody took them away.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Checks state that was read from bytes.
    pub(super) fn is_whole(&self) -> bool {
        self.records.len() <= MOST_RECORDS && self.lost <= LARGEST_COUNT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_lost_and_counted() {
        let mut journal = Journal::default();
        (0..MOST_RECORDS + 3).for_each(|i| journal.add(i));
        assert!(journal.is_whole());
        assert_eq!((journal.lost(), journal.records()[0], journal.records().len()), (3, 3, MOST_RECORDS));
        assert_eq!((journal.take()[0], journal.take().len()), (3, 0));
        assert!(!Journal::<u8> { lost: u64::MAX, ..Journal::default() }.is_whole());
    }
}
