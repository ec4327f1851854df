//! The law of what was seen of late: the last 192 values, or every n-th of more, in order of size.
//!
//! Where a load jumps about without memory (bursts, rare requests), what it did lately is the best forecast of its law, and
//! keeps what no smooth law has: that most values are exactly 0, that counts are whole.

use super::PROBABILITIES;
use serde::{Deserialize, Serialize};

const CAPACITY: usize = 192;
/// Fewer values than this are no law.
const ENOUGH: usize = 20;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Recent {
    /// One value in so many is kept.
    every: u32,
    until_next: u32,
    at: u32,
    ring: Vec<f32>,
    sorted: Vec<f32>,
}

impl Recent {
    pub(super) fn new(every: u32) -> Self {
        let (ring, sorted) = (Vec::with_capacity(CAPACITY), Vec::with_capacity(CAPACITY));
        Recent { every, until_next: 0, at: 0, ring, sorted }
    }

    pub(super) fn add(&mut self, value: f64) {
        if self.until_next > 0 {
            self.until_next -= 1;
            return;
        }
        self.until_next = self.every.saturating_sub(1);
        let value = value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
        if self.ring.len() < CAPACITY {
            self.ring.push(value);
        } else if let Some(oldest) = self.ring.get_mut(self.at as usize) {
            let leaves = std::mem::replace(oldest, value);
            self.at = (self.at + 1) % CAPACITY as u32;
            let place = self.sorted.partition_point(|other| *other < leaves);
            self.sorted.remove(place.min(self.sorted.len() - 1));
        }
        let place = self.sorted.partition_point(|other| *other <= value);
        self.sorted.insert(place, value);
    }

    /// At the ensemble's probabilities; `None` while too little was seen.
    pub(super) fn quantiles(&self) -> Option<[f64; PROBABILITIES.len()]> {
        if self.sorted.len() < ENOUGH {
            return None;
        }
        let last = (self.sorted.len() - 1) as f64;
        Some(PROBABILITIES.map(|p| {
            let at = (p * self.sorted.len() as f64 - 0.5).clamp(0.0, last);
            let value = |i: usize| self.sorted.get(i).or(self.sorted.last()).map_or(0.0, |v| f64::from(*v));
            let low = value(at as usize);
            low + at.fract() * (value(at as usize + 1) - low)
        }))
    }

    pub(super) fn is_whole(&self) -> bool {
        let mut ring = self.ring.clone();
        ring.sort_unstable_by(f32::total_cmp);
        self.ring.len() <= CAPACITY
            && (self.at as usize) < CAPACITY
            && self.ring.iter().all(|value| value.is_finite())
            && ring.iter().zip(&self.sorted).all(|(a, b)| a == b)
            && ring.len() == self.sorted.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_the_last_values_only() {
        let mut recent = Recent::new(2);
        (0..5_000).for_each(|i| recent.add(f64::from(i)));
        let quantiles = recent.quantiles().unwrap();
        assert!((quantiles[9] - (5_000.0 - 192.0)).abs() < 3.0, "{quantiles:?}");
        assert!(recent.is_whole());
    }
}
