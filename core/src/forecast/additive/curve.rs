//! The mean of the model: f(t, x) = T(z)·(1 + xβ) or T(z) + xβ, with z(t) = m + k·t + Σ δⱼ·(t − cⱼ)₊.
//!
//! T is z itself, or cap/(1 + e^(−z)) for logistic growth: Prophet's offsets that keep the rate k continuous in t amount to z
//! being continuous. Coefficients come in the order m, k, β, δ. Time and load are scaled to lengths near 1.

use super::config::{Growth, Mode};
use crate::math;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Curve {
    pub(super) growth: Growth,
    pub(super) mode: Mode,
    /// Of logistic growth.
    pub(super) cap: f64,
    /// Columns of x.
    pub(super) columns: usize,
    /// Rising.
    pub(super) changepoints: Vec<f64>,
    pub(super) coefficients: Vec<f64>,
}

/// The value of the curve, and what its trend and its other effects contribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    pub(super) value: f64,
    /// dT/dz.
    slope: f64,
    trend: f64,
    /// 1 + xβ where effects multiply, else 1.
    pub(super) factor: f64,
}

impl Value {
    /// What the value gains when the trend's z gains 1.
    pub(super) fn per_trend(&self) -> f64 {
        self.slope * self.factor
    }
}

impl Curve {
    /// Whether f is a linear function of the coefficients.
    pub(super) fn is_linear(&self) -> bool {
        self.growth != Growth::Logistic && (self.mode == Mode::Additive || self.columns == 0)
    }

    pub(super) fn size(&self) -> usize {
        2 + self.columns + self.changepoints.len()
    }

    pub(super) fn at(&self, t: f64, x: &[f64]) -> Value {
        let (line, rest) = self.coefficients.split_at_checked(2).unwrap_or_default();
        let (beta, delta) = rest.split_at_checked(self.columns).unwrap_or_default();
        let bends = self.changepoints.iter().zip(delta).take_while(|(c, _)| **c < t);
        let mut z = bends.map(|(c, delta)| delta * (t - c)).sum::<f64>();
        if let [m, k] = line {
            z += m + k * t;
        }
        let effect = x.iter().zip(beta).map(|(x, beta)| x * beta).sum::<f64>();
        let (trend, slope) = match self.growth {
            Growth::Logistic => {
                let share = 1.0 / (1.0 + math::exp(-z));
                (self.cap * share, self.cap * share * (1.0 - share))
            }
            Growth::Linear | Growth::Flat => (z, 1.0),
        };
        match self.mode {
            Mode::Additive => Value { value: trend + effect, slope, trend, factor: 1.0 },
            Mode::Multiplicative => {
                Value { value: trend * (1.0 + effect), slope, trend, factor: 1.0 + effect }
            }
        }
    }

    /// Writes the derivatives of f with respect to the coefficients up to the last that is not 0, and gives f.
    pub(super) fn linearise(&self, t: f64, x: &[f64], derivatives: &mut Vec<f64>) -> f64 {
        let value = self.at(t, x);
        let (per_trend, per_effect) = match self.mode {
            Mode::Additive => (value.slope, 1.0),
            Mode::Multiplicative => (value.per_trend(), value.trend),
        };
        derivatives.clear();
        derivatives.extend([per_trend, per_trend * t]);
        derivatives.extend(x.iter().map(|x| per_effect * x));
        derivatives.extend(self.changepoints.iter().take_while(|c| **c < t).map(|c| per_trend * (t - c)));
        value.value
    }
}
