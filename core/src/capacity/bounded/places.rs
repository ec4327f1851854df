//! The wait and the response in M/M/c/K: a limited line in which everyone waits.
//!
//! Seen from one who has just entered, services end at the rate `c·μ` while he waits. He who has `k` ahead waits until `k + 1` of them have ended, and from
//! then on each further one is his own with probability `1/c`. So after a time in which Poisson(`c·μ·t`) services end, the
//! wait or the response is not over with a probability that depends on their count alone.

use super::NEGLIGIBLE;
use crate::math::{Sum, exp, ln};

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Places {
    /// Services a second by all servers.
    capacity: f64,
    /// The share of the services that are another's: `1 − 1/c`.
    others: f64,
    /// The count of services that the first entries of the two below speak of; for fewer ones they are the same.
    first: u64,
    /// The share still in line after so many services; none beyond the last.
    waiting: Vec<f64>,
    /// The share still in the system; falls geometrically beyond the last.
    present: Vec<f64>,
}

impl Places {
    /// `lines` are the shares of those who enter that find a line of `first`, one more, and so on, and `free` is the share that finds a server.
    pub(super) fn new(capacity: f64, servers: u64, first: u64, lines: &[f64], free: f64) -> Self {
        let others = 1.0 - 1.0 / servers as f64;
        let mut ahead = Sum::default();
        let mut waiting: Vec<f64> = lines
            .iter()
            .rev()
            .map(|share| {
                ahead.add(*share);
                ahead.value().min(1.0)
            })
            .collect();
        waiting.reverse();
        let mut serving = free;
        let mut present: Vec<f64> = Vec::with_capacity(lines.len() + 1);
        for (waiting, share) in waiting.iter().zip(lines) {
            present.push((waiting + serving).min(1.0));
            serving = serving * others + share;
        }
        present.push(serving.min(1.0));
        Places { capacity, others, first, waiting, present }
    }

    pub(super) fn wait_tail(&self, seconds: f64) -> f64 {
        let longest = self.first as f64 + self.waiting.len() as f64;
        let ended = self.capacity * seconds;
        // More services than can be ahead, by forty standard deviations.
        if !ended.is_finite() || ended - 40.0 * ended.sqrt() > longest {
            return 0.0;
        }
        expected(ended, |count| self.entry(&self.waiting, count).unwrap_or(0.0))
    }

    pub(super) fn response_tail(&self, seconds: f64) -> f64 {
        let ended = self.capacity * seconds;
        let last = self.first as f64 + self.waiting.len() as f64;
        let log_others = ln(self.others);
        let surely_ended = ended - 40.0 * ended.sqrt() - last;
        if !ended.is_finite() || (surely_ended > 0.0 && surely_ended * log_others < ln(NEGLIGIBLE)) {
            return 0.0;
        }
        let at_last = self.present.last().copied().unwrap_or(0.0);
        expected(ended, |count| {
            self.entry(&self.present, count).unwrap_or_else(|| at_last * exp((count - last) * log_others))
        })
    }

    fn entry(&self, shares: &[f64], count: f64) -> Option<f64> {
        let at = (count as u64).saturating_sub(self.first);
        usize::try_from(at).ok().and_then(|at| shares.get(at)).copied()
    }
}

/// The expectation of a share under the Poisson law, from its most likely count outwards. Some `18·√mean` terms.
fn expected(mean: f64, share: impl Fn(f64) -> f64) -> f64 {
    let mode = mean.floor();
    let (mut total, mut sum) = (Sum::default(), Sum::default());
    let mut add = |count: f64, term: f64| {
        total.add(term);
        sum.add(term * share(count));
        term < total.value() * NEGLIGIBLE
    };
    let (mut count, mut term) = (mode, 1.0);
    while !add(count, term) {
        count += 1.0;
        term *= mean / count;
    }
    let (mut count, mut term) = (mode, 1.0);
    while count > 0.0 {
        term *= count / mean;
        count -= 1.0;
        if add(count, term) {
            break;
        }
    }
    (sum.value() / total.value()).min(1.0)
}
