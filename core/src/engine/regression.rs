//! Least squares that learns one example at a time and forgets slowly.
//!
//! Recursive least squares with a ridge (Plackett 1950, Biometrika 37; Haykin 2002, "Adaptive Filter Theory", chapter 9): with P the
//! inverse of the discounted moments, gain k = P·x/(λ/w + xᵀP·x), β ← β + k·(y − xᵀβ), P ← (P − k·xᵀP)/λ. O(n²), no allocation.

#![allow(clippy::indexing_slicing, reason = "every index is below the constant size of its array")]

use serde::{Deserialize, Serialize};

/// Features of an example.
pub(super) const FEATURES: usize = 6;
pub(super) type Features = [f64; FEATURES];

/// Weight of the past at each example.
const MEMORY: f64 = 0.9999;
/// The inverse moments are not inflated beyond this where a feature is always 0.
const LARGEST: f64 = 1e6;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Regression {
    inverse: [Features; FEATURES],
    coefficients: Features,
}

impl Regression {
    /// Begins at 0, held there by `ridge`.
    pub(super) fn new(ridge: f64) -> Self {
        let mut inverse = [[0.0; FEATURES]; FEATURES];
        (0..FEATURES).for_each(|i| inverse[i][i] = 1.0 / ridge);
        Regression { inverse, coefficients: [0.0; FEATURES] }
    }

    pub(super) fn predict(&self, features: &Features) -> f64 {
        dot(&self.coefficients, features)
    }

    pub(super) fn learn(&mut self, features: &Features, value: f64, weight: f64) {
        let mut moved = [0.0; FEATURES];
        for (moved, row) in moved.iter_mut().zip(&self.inverse) {
            *moved = dot(row, features);
        }
        let whole = MEMORY / weight + dot(&moved, features);
        let error = value - self.predict(features);
        let trace: f64 = (0..FEATURES).map(|i| self.inverse[i][i]).sum();
        let memory = if trace < LARGEST { MEMORY } else { 1.0 };
        for i in 0..FEATURES {
            self.coefficients[i] += moved[i] / whole * error;
            for j in 0..FEATURES {
                self.inverse[i][j] = (self.inverse[i][j] - moved[i] * moved[j] / whole) / memory;
            }
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.coefficients.iter().chain(self.inverse.iter().flatten()).all(|value| value.is_finite())
    }
}

fn dot(a: &Features, b: &Features) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_linear_law_is_found_and_a_feature_that_is_always_0_does_no_harm() {
        let mut regression = Regression::new(1.0);
        let mut random = Random::stream(1, 0);
        for _ in 0..100_000 {
            let (a, b) = (random.unit() - 0.5, random.unit());
            regression.learn(&[a, b, 0.0, 0.0, 0.0, 1.0], 2.0 * a - b + 0.5, 1.0);
        }
        assert!((regression.predict(&[1.0, 2.0, 3.0, 0.0, 0.0, 1.0]) - 0.5).abs() < 1e-3);
        assert!(regression.is_whole());
    }
}
