//! The buckets of one series at one step, from the oldest that is kept to the newest.

use super::Aggregation;
use crate::math::Sum;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What is kept of the samples of one step: enough for every [`Aggregation`], of this step and of coarser ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Bucket {
    sum: Sum,
    count: u64,
    min: f64,
    max: f64,
    last: f64,
    last_time: i64,
}

impl Default for Bucket {
    fn default() -> Self {
        let (min, max) = (f64::INFINITY, f64::NEG_INFINITY);
        Bucket { sum: Sum::default(), count: 0, min, max, last: 0.0, last_time: i64::MIN }
    }
}

impl Bucket {
    pub(super) fn of(time: i64, value: f64) -> Self {
        let mut sum = Sum::default();
        sum.add(value);
        Bucket { sum, count: 1, min: value, max: value, last: value, last_time: time }
    }

    /// Takes in the samples of `other`; of two last ones at the same time, the other's.
    pub(super) fn merge(&mut self, other: &Bucket) {
        if other.count == 0 {
            return;
        }
        self.sum.add(other.sum.value());
        self.count = self.count.saturating_add(other.count);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        if other.last_time >= self.last_time {
            (self.last, self.last_time) = (other.last, other.last_time);
        }
    }

    /// Unix milliseconds of the last sample.
    pub(super) fn last_time(&self) -> i64 {
        self.last_time
    }

    /// NaN without samples, but for their count. A sum beyond the largest float is that float.
    pub(super) fn value(&self, how: Aggregation) -> f64 {
        let sum = self.sum.value().clamp(f64::MIN, f64::MAX);
        match how {
            Aggregation::Count => self.count as f64,
            _ if self.count == 0 => f64::NAN,
            Aggregation::Sum => sum,
            Aggregation::Mean => sum / self.count as f64,
            Aggregation::Min => self.min,
            Aggregation::Max => self.max,
            Aggregation::Last => self.last,
        }
    }
}

/// Buckets of consecutive slots: slot `s` is the step that begins at `s` times the step's length.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Ring {
    first: i64,
    buckets: VecDeque<Bucket>,
}

impl Ring {
    /// Takes in a sample that belongs to `slot`, one of those from `oldest` on.
    pub(super) fn add(&mut self, slot: i64, sample: &Bucket, oldest: i64) {
        self.forget_before(oldest);
        if self.buckets.is_empty() {
            self.first = slot;
        }
        while slot < self.first {
            self.buckets.push_front(Bucket::default());
            self.first -= 1;
        }
        let at = usize::try_from(slot - self.first).unwrap_or(usize::MAX);
        while self.buckets.len() <= at {
            self.buckets.push_back(Bucket::default());
        }
        if let Some(bucket) = self.buckets.get_mut(at) {
            bucket.merge(sample);
        }
    }

    fn forget_before(&mut self, oldest: i64) {
        let gone = usize::try_from(oldest.saturating_sub(self.first)).unwrap_or(0).min(self.buckets.len());
        self.buckets.drain(..gone);
        self.first += gone as i64;
    }

    /// The buckets with their slots, from `start` up to `end`.
    pub(super) fn between(&self, start: i64, end: i64) -> impl Iterator<Item = (i64, &Bucket)> {
        let at =
            |slot: i64| usize::try_from(slot.saturating_sub(self.first)).unwrap_or(0).min(self.buckets.len());
        let (first, start) = (self.first, at(start));
        let range = start..at(end).max(start);
        range.clone().map(move |at| first + at as i64).zip(self.buckets.range(range))
    }

    /// Whether no bucket lies at `oldest` or later.
    pub(super) fn is_before(&self, oldest: i64) -> bool {
        self.first.saturating_add(self.buckets.len() as i64) <= oldest
    }

    /// Whether what was read from a snapshot fits into `slots` slots that end with `newest`.
    pub(super) fn fits(&self, slots: i64, newest: i64) -> bool {
        let length = self.buckets.len() as i64;
        length <= slots
            && (length == 0 || self.first.checked_add(length - 1).is_some_and(|last| last <= newest))
            && self.buckets.iter().all(|bucket| bucket.count == 0 || !bucket.sum.value().is_nan())
    }
}
