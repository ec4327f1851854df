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

fn edge(bin: usize) -> f64 {
    let v = 9.0 * bin as f64 / BINS as f64 - 4.5;
    0.35 * v + 0.14 * v * v * v
}

impl Errors {
    pub(super) fn new(prior_weight: f64) -> Self {
        let law = |u: f64| 1.0 / (1.0 + math::exp(-1.36 * u));
        let counts = (0..BINS).map(|bin| (prior_weight * (law(edge(bin + 1)) - law(edge(bin)))) as f32);
        let mut errors =
            Errors { counts: counts.collect(), weight: 1.0, taken: 0, quantiles: [0.0; PROBABILITIES.len()] };
        errors.refresh();
        errors
    }

    /// Takes in an error in units of its expected size.
    pub(super) fn add(&mut self, error: f64) {
        let (mut low, mut high) = (0, BINS);
        while high - low > 1 {
            let middle = (low + high) / 2;
            if edge(middle) <= error { low = middle } else { high = middle }
        }
        if let Some(count) = self.counts.get_mut(low) {
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
        let total: f64 = self.counts.iter().map(|count| f64::from(*count)).sum();
        let mut bins = self.counts.iter().map(|count| f64::from(*count)).enumerate();
        let (mut bin, mut below, mut within) = (0, 0.0, 0.0);
        for (quantile, probability) in self.quantiles.iter_mut().zip(PROBABILITIES) {
            let wanted = probability * total;
            while below + within < wanted {
                below += within;
                match bins.next() {
                    Some(next) => (bin, within) = next,
                    None => break,
                }
            }
            let share = if within > 0.0 { ((wanted - below) / within).clamp(0.0, 1.0) } else { 0.5 };
            *quantile = (edge(bin) + share * (edge(bin + 1) - edge(bin))) as f32;
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
