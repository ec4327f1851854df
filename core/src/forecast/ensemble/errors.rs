//! The law of the errors of one horizon: a histogram of errors in units of their expected size, forgotten slowly.
//!
//! Its 48 bins widen outwards (bin edges 0.35·v + 0.14·v³), so that both the middle and the tails are resolved. It begins as a logistic
//! law that weighs as much as a given number of errors.

use super::PROBABILITIES;
use crate::math;
use serde::{Deserialize, Serialize};

const BINS: usize = 48;
/// Errors are forgotten over about this many.
const MEMORY: f64 = 1500.0;
/// The shortest memory, in errors.
const YOUNGEST: f64 = 30.0;
/// Counts are scaled back when the weight of the newest passes this.
const HEAVIEST: f32 = 1e6;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Errors {
    counts: Vec<f32>,
    /// What the next error weighs: growing weights forget as shrinking counts would.
    weight: f32,
    taken: u32,
    quantiles: [f32; PROBABILITIES.len()],
}

/// Where each bin begins, and the last one ends.
#[allow(clippy::indexing_slicing, reason = "computed by the compiler, which refuses an index out of range")]
const EDGES: [f64; BINS + 1] = {
    let mut edges = [0.0; BINS + 1];
    let mut bin = 0;
    while bin <= BINS {
        let v = 9.0 * bin as f64 / BINS as f64 - 4.5;
        edges[bin] = 0.35 * v + 0.14 * v * v * v;
        bin += 1;
    }
    edges
};

impl Errors {
    pub(super) fn new(prior_weight: f64) -> Self {
        let law = |u: f64| 1.0 / (1.0 + math::exp(-1.36 * u));
        let bins = EDGES.iter().zip(EDGES.iter().skip(1));
        let counts = bins.map(|(low, high)| (prior_weight * (law(*high) - law(*low))) as f32);
        let mut errors =
            Errors { counts: counts.collect(), weight: 1.0, taken: 0, quantiles: [0.0; PROBABILITIES.len()] };
        errors.refresh();
        errors
    }

    /// Takes in an error in units of its expected size.
    pub(super) fn add(&mut self, error: f64) {
        let bin = EDGES.partition_point(|edge| *edge <= error).clamp(1, BINS) - 1;
        if let Some(count) = self.counts.get_mut(bin) {
            *count += self.weight;
        }
        // At first the memory grows with the count: what a model erred before it knew its season is soon outweighed.
        let memory = f64::from(self.taken).clamp(YOUNGEST, MEMORY);
        self.weight *= (1.0 + 1.0 / memory) as f32;
        if self.weight > HEAVIEST {
            self.counts.iter_mut().for_each(|count| *count /= self.weight);
            self.weight = 1.0;
        }
        self.taken = self.taken.saturating_add(1);
        if self.taken < 64 || self.taken.is_multiple_of(4) {
            self.refresh();
        }
    }

    /// At the ensemble's probabilities, in order.
    pub(super) fn quantiles(&self) -> &[f32; PROBABILITIES.len()] {
        &self.quantiles
    }

    fn refresh(&mut self) {
        // Up to the end of each bin.
        let mut sums = [0.0; BINS];
        let mut total = 0.0;
        for (sum, count) in sums.iter_mut().zip(&self.counts) {
            total += f64::from(*count);
            *sum = total;
        }
        let mut ends = sums.iter().zip(EDGES.iter().zip(EDGES.iter().skip(1)));
        let (mut below, mut up_to, mut low, mut high) = (0.0, 0.0, 0.0, 0.0);
        for (quantile, probability) in self.quantiles.iter_mut().zip(PROBABILITIES) {
            let wanted = probability * total;
            while up_to < wanted {
                let Some((sum, (begin, end))) = ends.next() else { break };
                (below, up_to, low, high) = (up_to, *sum, *begin, *end);
            }
            let within = up_to - below;
            let share = if within > 0.0 { ((wanted - below) / within).clamp(0.0, 1.0) } else { 0.5 };
            *quantile = (low + share * (high - low)) as f32;
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.counts.len() == BINS
            && self.counts.iter().all(|count| count.is_finite() && *count >= 0.0)
            && self.weight >= 1.0
            && self.weight.is_finite()
            && self.quantiles.iter().all(|quantile| quantile.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::normal_quantile;
    use crate::random::Random;

    #[test]
    fn quantiles_of_normal_errors_are_normal_quantiles() {
        let mut random = Random::new(1);
        let mut errors = Errors::new(40.0);
        (0..30_000).for_each(|_| errors.add(random.normal()));
        for (found, p) in errors.quantiles().iter().zip(PROBABILITIES) {
            let wanted = normal_quantile(p).unwrap();
            assert!((f64::from(*found) - wanted).abs() < 0.2, "{p}: {found} against {wanted}");
        }
    }

    #[test]
    fn they_rise_whatever_comes() {
        let mut errors = Errors::new(1.0);
        for i in 0..100_000u32 {
            errors.add(if i % 3 == 0 { f64::INFINITY } else { -1e300 });
        }
        assert!(errors.is_whole() && errors.quantiles().is_sorted());
    }
}
