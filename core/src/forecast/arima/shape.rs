//! Which coefficients a process has, and how they follow from the parameters that an optimiser moves: partial autocorrelations,
//! each strictly between −1 and 1, and the mean.

use super::polynomial::{Lags, nearest_partial_autocorrelations, stationary};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// Counts of coefficients of a differenced series' process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Shape {
    pub(super) p: usize,
    pub(super) q: usize,
    pub(super) seasonal_p: usize,
    pub(super) seasonal_q: usize,
    /// Steps a season; 1 when there is none.
    pub(super) period: usize,
    /// Whether the mean of the differenced series is estimated, or 0.
    pub(super) mean: bool,
}

/// Coefficients of (1 − Σ ar·Bⁱ)(1 − Σ seasonal_ar·Bⁱᵐ)(w − mean) = (1 + Σ ma·Bⁱ)(1 + Σ seasonal_ma·Bⁱᵐ) e.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Coefficients {
    pub(super) ar: Vec<f64>,
    pub(super) ma: Vec<f64>,
    pub(super) seasonal_ar: Vec<f64>,
    pub(super) seasonal_ma: Vec<f64>,
    pub(super) mean: f64,
}

impl Coefficients {
    pub(super) fn ar_product(&self, period: usize) -> Lags {
        Lags::autoregressive(&self.ar, &self.seasonal_ar, period)
    }

    pub(super) fn ma_product(&self, period: usize) -> Lags {
        Lags::moving_average(&self.ma, &self.seasonal_ma, period)
    }
}

impl Shape {
    /// Parameters: all but the variance.
    pub(super) fn count(&self) -> usize {
        self.p + self.q + self.seasonal_p + self.seasonal_q + usize::from(self.mean)
    }

    pub(super) fn autoregressive_degree(&self) -> usize {
        self.p + self.seasonal_p * self.period
    }

    pub(super) fn moving_average_degree(&self) -> usize {
        self.q + self.seasonal_q * self.period
    }

    /// Length of the state.
    pub(super) fn state(&self) -> usize {
        self.autoregressive_degree().max(self.moving_average_degree() + 1)
    }

    /// Parameters that are partial autocorrelations: the first ones.
    pub(super) fn bounded(&self) -> usize {
        self.count() - usize::from(self.mean)
    }

    /// The coefficients at a point, in the order ar, ma, seasonal ar, seasonal ma, mean: a stationary and invertible process.
    pub(super) fn coefficients(&self, point: &[f64]) -> Coefficients {
        let mut rest = point.iter().copied();
        let mut take = |count: usize| stationary(&rest.by_ref().take(count).collect::<Vec<f64>>());
        let negative = |mut coefficients: Vec<f64>| {
            coefficients.iter_mut().for_each(|c| *c = -*c);
            coefficients
        };
        let (ar, ma) = (take(self.p), negative(take(self.q)));
        let (seasonal_ar, seasonal_ma) = (take(self.seasonal_p), negative(take(self.seasonal_q)));
        let mean = if self.mean { rest.next().unwrap_or(0.0) } else { 0.0 };
        Coefficients { ar, ma, seasonal_ar, seasonal_ma, mean }
    }

    /// The point of these coefficients, or one near to it.
    pub(super) fn point(&self, coefficients: &Coefficients) -> Vec<f64> {
        let negative = |coefficients: &[f64]| coefficients.iter().map(|c| -c).collect::<Vec<f64>>();
        let mut point = nearest_partial_autocorrelations(&coefficients.ar);
        point.extend(nearest_partial_autocorrelations(&negative(&coefficients.ma)));
        point.extend(nearest_partial_autocorrelations(&coefficients.seasonal_ar));
        point.extend(nearest_partial_autocorrelations(&negative(&coefficients.seasonal_ma)));
        point.extend(self.mean.then_some(coefficients.mean));
        point
    }

    /// Derivatives of the coefficients (rows) by the parameters (columns), by central differences.
    pub(super) fn chain(&self, point: &[f64]) -> DMatrix<f64> {
        let flat = |point: &[f64]| {
            let c = self.coefficients(point);
            let mean = self.mean.then_some(c.mean);
            [c.ar, c.ma, c.seasonal_ar, c.seasonal_ma].into_iter().flatten().chain(mean).collect::<Vec<f64>>()
        };
        let columns = (0..point.len()).map(|i| {
            let moved = |step: f64| {
                let mut moved = point.to_vec();
                moved.iter_mut().skip(i).take(1).for_each(|x| *x += step);
                flat(&moved)
            };
            let (ahead, behind) = (moved(1e-6), moved(-1e-6));
            nalgebra::DVector::from_iterator(
                point.len(),
                ahead.iter().zip(&behind).map(|(a, b)| (a - b) / 2e-6),
            )
        });
        let columns: Vec<_> = columns.collect();
        if columns.is_empty() { DMatrix::zeros(0, 0) } else { DMatrix::from_columns(&columns) }
    }
}
