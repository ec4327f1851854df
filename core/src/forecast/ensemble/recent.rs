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
#[serde(from = "Saved")]
pub(super) struct Recent {
    /// One value in so many is kept.
    every: u32,
    until_next: u32,
    at: u32,
    ring: Vec<f32>,
    #[serde(skip_serializing)]
    sorted: Vec<f32>,
    /// At the ensemble's probabilities.
    #[serde(skip_serializing)]
    quantiles: [f32; PROBABILITIES.len()],
}

#[derive(Deserialize)]
struct Saved {
    every: u32,
    until_next: u32,
    at: u32,
    ring: Vec<f32>,
}

impl From<Saved> for Recent {
    fn from(Saved { every, until_next, at, ring }: Saved) -> Self {
        let mut sorted = ring.clone();
        sorted.reserve(CAPACITY.saturating_sub(sorted.len()));
        sorted.sort_unstable_by(f32::total_cmp);
        let mut recent =
            Recent { every, until_next, at, ring, sorted, quantiles: [0.0; PROBABILITIES.len()] };
        recent.refresh();
        recent
    }
}

impl Recent {
    pub(super) fn new(every: u32) -> Self {
        let (ring, sorted) = (Vec::with_capacity(CAPACITY), Vec::with_capacity(CAPACITY));
        Recent { every, until_next: 0, at: 0, ring, sorted, quantiles: [0.0; PROBABILITIES.len()] }
    }

    pub(super) fn add(&mut self, value: f64) {
        if self.until_next > 0 {
            self.until_next -= 1;
            return;
        }
        self.until_next = self.every.saturating_sub(1);
        // Without the sign of a zero, which is no part of its order.
        let value = value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32 + 0.0;
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
        self.refresh();
    }

    fn refresh(&mut self) {
        let count = self.sorted.len();
        for (quantile, p) in self.quantiles.iter_mut().zip(PROBABILITIES) {
            let at = (p * count as f64 - 0.5).max(0.0);
            let (below, above) = (at as usize, (at as usize + 1).min(count.saturating_sub(1)));
            if let (Some(low), Some(high)) = (self.sorted.get(below), self.sorted.get(above)) {
                let share = at - below as f64;
                *quantile = (f64::from(*low) * (1.0 - share) + f64::from(*high) * share) as f32;
            }
        }
    }

    /// At the ensemble's probabilities; `None` while too little was seen.
    pub(super) fn quantiles(&self) -> Option<[f64; PROBABILITIES.len()]> {
        (self.sorted.len() >= ENOUGH).then(|| self.quantiles.map(f64::from))
    }

    pub(super) fn is_whole(&self) -> bool {
        self.ring.len() <= CAPACITY
            && (self.at as usize) < CAPACITY
            && self.ring.iter().all(|value| value.is_finite())
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
