//! Least squares that goes on learning: a few features, exponential forgetting, and a ridge towards what is believed before.
//!
//! coefficients = prior + (A + λ·diag A/n)⁻¹·b, with A = Σ f·fᵀ and b = Σ f·(y − f·prior), both forgotten by a share of
//! 1/2,000 a row. The ridge weighs as much as λ rows with features like those seen, so that it knows no unit. Keeping A rather
//! than its inverse (recursive least squares) costs a small solution now and then, and cannot drift over millions of rows.
//! Rows come divided by the scale of their noise, so that 32 bits are enough.

use serde::{Deserialize, Serialize};

/// Rows are forgotten over about this many.
const MEMORY: f32 = 2000.0;
/// The shortest memory, in rows.
const YOUNGEST: f32 = 30.0;
/// The most rows between two solutions.
const PATIENCE: f32 = 32.0;
/// Features and targets beyond this many noise scales are cut, so that squares stay within 32 bits.
const LARGEST: f64 = 1e6;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Ridge {
    /// Lower triangle of A, row by row.
    moments: Vec<f32>,
    products: Vec<f32>,
    prior: Vec<f32>,
    coefficients: Vec<f32>,
    taken: u32,
    rows: f32,
    until_solved: f32,
    /// λ.
    weight: f32,
}

impl Ridge {
    pub(super) fn new(prior: Vec<f32>, weight: f64) -> Self {
        let size = prior.len();
        Ridge {
            moments: vec![0.0; size * (size + 1) / 2],
            products: vec![0.0; size],
            coefficients: prior.clone(),
            prior,
            taken: 0,
            rows: 0.0,
            until_solved: 0.0,
            weight: weight as f32,
        }
    }

    pub(super) fn coefficients(&self) -> &[f32] {
        &self.coefficients
    }

    pub(super) fn predict(&self, features: &[f64]) -> f64 {
        self.coefficients.iter().zip(features).map(|(beta, x)| f64::from(*beta) * x).sum()
    }

    /// Takes in a row whose features and target are in units of the noise.
    pub(super) fn add<const N: usize>(&mut self, features: &[f64; N], target: f64) {
        if target.is_nan() || features.iter().any(|x| x.is_nan()) {
            return;
        }
        // At first the memory grows with the count, so that the first rows are soon outweighed.
        self.taken = self.taken.saturating_add(1);
        let keep = 1.0 - 1.0 / (self.taken as f32).clamp(YOUNGEST, MEMORY);
        let features = features.map(|x| x.clamp(-LARGEST, LARGEST) as f32);
        let expected: f32 = features.iter().zip(&self.prior).map(|(x, beta)| x * beta).sum();
        let beyond = (target.clamp(-LARGEST, LARGEST) as f32) - expected;
        self.rows = self.rows * keep + 1.0;
        let mut moments = self.moments.as_mut_slice();
        for (i, (x, product)) in features.iter().zip(&mut self.products).enumerate() {
            let Some((row, after)) = moments.split_at_mut_checked(i + 1) else { return };
            row.iter_mut().zip(&features).for_each(|(moment, z)| *moment = *moment * keep + x * z);
            *product = *product * keep + x * beyond;
            moments = after;
        }
        self.until_solved -= 1.0;
        if self.until_solved <= 0.0 {
            self.solve::<N>();
            self.until_solved = (0.05 * self.rows).min(PATIENCE);
        }
    }

    /// By Cholesky's factors, in place; where A is not positive the coefficients stay as they are.
    #[allow(
        clippy::indexing_slicing,
        clippy::needless_range_loop,
        reason = "i, j, k < N, and the lengths were made, or checked after loading, for N"
    )]
    fn solve<const N: usize>(&mut self) {
        let trace: f64 = (0..N).map(|i| f64::from(self.moments[i * (i + 1) / 2 + i])).sum();
        if trace.is_nan() || trace <= 0.0 {
            return;
        }
        let share = 1.0 + f64::from(self.weight / self.rows);
        let mut factor = [[0.0f64; N]; N];
        let mut solution = [0.0f64; N];
        for i in 0..N {
            for j in 0..=i {
                let mut sum = f64::from(self.moments[i * (i + 1) / 2 + j]);
                if i == j {
                    sum = sum * share + 1e-7 * trace;
                }
                for k in 0..j {
                    sum -= factor[i][k] * factor[j][k];
                }
                if i != j {
                    factor[i][j] = sum / factor[j][j];
                } else if sum > 0.0 {
                    factor[i][i] = sum.sqrt();
                } else {
                    return;
                }
            }
            let mut sum = f64::from(self.products[i]);
            for k in 0..i {
                sum -= factor[i][k] * solution[k];
            }
            solution[i] = sum / factor[i][i];
        }
        for i in (0..N).rev() {
            for k in i + 1..N {
                solution[i] -= factor[k][i] * solution[k];
            }
            solution[i] /= factor[i][i];
        }
        for ((beta, prior), correction) in self.coefficients.iter_mut().zip(&self.prior).zip(solution) {
            *beta = *prior + correction.clamp(-LARGEST, LARGEST) as f32;
        }
    }

    pub(super) fn is_whole(&self, size: usize) -> bool {
        self.moments.len() == size * (size + 1) / 2
            && self.products.len() == size
            && self.prior.len() == size
            && self.coefficients.len() == size
            && self.rows >= 0.0
            && [&self.moments, &self.products, &self.prior, &self.coefficients]
                .iter()
                .all(|numbers| numbers.iter().all(|number| number.is_finite()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn coefficients_are_found_and_followed() {
        let mut random = Random::new(5);
        let mut ridge = Ridge::new(vec![0.0; 3], 10.0);
        for (rows, truth) in [(4_000, [1.0, -2.0, 0.5]), (12_000, [0.0, 3.0, 0.5])] {
            for _ in 0..rows {
                let features = [(); 3].map(|()| random.normal());
                let noise = random.normal();
                let target = features.iter().zip(truth).map(|(x, beta)| x * beta).sum::<f64>() + noise;
                ridge.add(&features, target);
            }
            for (found, wanted) in ridge.coefficients().iter().zip(truth) {
                assert!((f64::from(*found) - wanted).abs() < 0.1, "{found} against {wanted}");
            }
        }
    }

    #[test]
    fn few_rows_stay_near_the_prior_and_no_row_breaks_it() {
        let mut ridge = Ridge::new(vec![0.7, 0.0], 30.0);
        ridge.add(&[1.0, 1.0], 5.0);
        assert!((ridge.predict(&[1.0, 0.0]) - 0.7).abs() < 0.3);
        for _ in 0..100 {
            ridge.add(&[1e300, -1e300], -1e300);
            ridge.add(&[0.0, 0.0], 0.0);
        }
        assert!(ridge.predict(&[1.0, 1.0]).is_finite());
    }
}
