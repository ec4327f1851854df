//! Utilization as the calendar explains it, learned online: recursive least squares with forgetting.
//!
//! `w ← w + K·(y − xᵀw)`, `K = P·x/(λ + xᵀP·x)`, `P ← (P − K·xᵀP)/λ` (Ljung 1999, "System Identification", section 11.2). All resources of a
//! primary share the features and so P. What has not been seen for long (an event) would be forgotten without end: P is only inflated
//! while its trace is below that of the beginning.

use super::resource_model::scaled;
use serde::{Deserialize, Serialize};

/// Weight of the past at each window: half is forgotten in about ten days of minutes.
const FORGETTING: f64 = 0.99995;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Regression {
    /// One row for each resource.
    coefficients: Vec<Vec<f64>>,
    /// P, row after row.
    covariance: Vec<f64>,
}

impl Regression {
    /// Nothing known; the prior is worth one window.
    pub(super) fn new(columns: usize, resources: usize) -> Self {
        let mut covariance = vec![0.0; columns * columns];
        covariance.iter_mut().step_by(columns + 1).for_each(|diagonal| *diagonal = 1.0);
        Regression { coefficients: vec![vec![0.0; columns]; resources], covariance }
    }

    /// What is explained of one resource.
    pub(super) fn at(&self, resource: usize, features: &[f64]) -> f64 {
        self.coefficients.get(resource).map_or(0.0, |row| dot(row, features))
    }

    /// Learns one window; a value that is NaN teaches nothing.
    pub(super) fn learn(&mut self, features: &[f64], values: &[f64]) {
        let columns = features.len();
        if columns == 0 || values.iter().all(|value| value.is_nan()) {
            return;
        }
        let projected: Vec<f64> =
            self.covariance.chunks_exact(columns).map(|row| dot(row, features)).collect();
        let scale = FORGETTING + dot(&projected, features);
        for (row, value) in self.coefficients.iter_mut().zip(values).filter(|(_, value)| !value.is_nan()) {
            let step = (value - dot(row, features)) / scale;
            row.iter_mut().zip(&projected).for_each(|(weight, gain)| *weight += gain * step);
        }
        for (row, gain) in self.covariance.chunks_exact_mut(columns).zip(&projected) {
            row.iter_mut().zip(&projected).for_each(|(cell, other)| *cell -= gain * other / scale);
        }
        let trace: f64 = self.covariance.iter().step_by(columns + 1).sum();
        if trace < FORGETTING * columns as f64 {
            self.covariance.iter_mut().for_each(|cell| *cell /= FORGETTING);
        }
    }

    /// Puts one resource's coefficients in other units, of which there are `ratio` for each of the old ones.
    pub(super) fn rescale(&mut self, resource: usize, ratio: f64) {
        let row = self.coefficients.get_mut(resource).into_iter().flatten();
        row.for_each(|weight| *weight = scaled(*weight, ratio));
    }

    pub(super) fn is_whole(&self, columns: usize, resources: usize) -> bool {
        let numbers = self.coefficients.iter().flatten().chain(&self.covariance);
        self.coefficients.len() == resources
            && self.coefficients.iter().all(|row| row.len() == columns)
            && self.covariance.len() == columns * columns
            && numbers.copied().all(f64::is_finite)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Without noise, as many windows as columns say nearly everything; two resources learn side by side.
    #[test]
    fn coefficients_are_found() {
        let mut random = Random::stream(1, 0);
        let mut regression = Regression::new(3, 2);
        for _ in 0..3000 {
            let x = [1.0, random.normal(), random.normal()];
            regression.learn(&x, &[0.5 + 0.2 * x[1] - 0.3 * x[2], f64::NAN]);
        }
        let at = |x: [f64; 3]| regression.at(0, &x);
        assert!((at([1.0, 0.0, 0.0]) - 0.5).abs() < 1e-3 && (at([1.0, 1.0, 1.0]) - 0.4).abs() < 1e-3);
        assert_eq!(regression.at(1, &[1.0, 1.0, 1.0]), 0.0);
    }

    /// The first windows against ridge regression with a ridge of 1 and forgetting, solved by hand for one column:
    /// w = Σ λ^{n−i} x y / (λⁿ + Σ λ^{n−i} x²), as long as the trace is below that of the beginning.
    #[test]
    fn one_column_is_ridge_regression() {
        let mut regression = Regression::new(1, 1);
        let (mut above, mut below) = (0.0, 1.0);
        for i in 0..50 {
            let (x, y) = (1.0 + f64::from(i % 3), f64::from(i));
            regression.learn(&[x], &[y]);
            above = FORGETTING * above + x * y;
            below = FORGETTING * below + x * x;
        }
        assert!((regression.at(0, &[1.0]) / (above / below) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_never_seen_again_does_not_explode() {
        let mut regression = Regression::new(2, 1);
        (0..200_000).for_each(|_| regression.learn(&[1.0, 0.0], &[0.4]));
        assert!(regression.is_whole(2, 1) && regression.covariance.iter().all(|cell| cell.abs() <= 2.1));
        regression.learn(&[1.0, 1.0], &[0.9]);
        assert!((regression.at(0, &[1.0, 1.0]) - 0.65).abs() < 0.3);
    }
}
