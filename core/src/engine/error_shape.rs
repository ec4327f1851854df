//! The shape of forecast errors: a histogram of errors in units of their scale, that begins with a guess and forgets slowly.
//!
//! Bins are equal on the scale asinh(z), fine around 0 and wide in the tails, so that a hundred scales beyond the forecast are still told
//! apart from ten. It begins as a normal law with a tenth of its mass 2.5 times as wide, worth [`PRIOR`] errors: errors of one
//! lead time overlap, and a single surprise must not look like a tenth of all cases.

use crate::math::{erfc, exp, ln};
use serde::{Deserialize, Serialize};

const BINS: usize = 192;
const BINS_PER_UNIT: f64 = 24.0;
/// asinh of the lowest edge.
const LOWEST: f64 = -3.0;
/// Errors that do not overlap that the guess counts for.
const PRIOR: f64 = 120.0;
/// Weight of the past at each error.
const MEMORY: f64 = 0.9999;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ErrorShape {
    /// Mass of each bin, in units in which the next error weighs `unit`.
    mass: Vec<f64>,
    total: f64,
    unit: f64,
    #[serde(skip)]
    edges: Vec<f64>,
}

impl ErrorShape {
    pub(super) fn new() -> Self {
        let edges = edges();
        let normal = |z: f64| 0.5 * erfc(-z * std::f64::consts::FRAC_1_SQRT_2);
        let below = |z: f64| 0.9 * normal(z) + 0.1 * normal(z / 2.5);
        let mass: Vec<f64> = edges
            .iter()
            .zip(edges.iter().skip(1))
            .map(|(low, high)| PRIOR * (below(*high) - below(*low)))
            .collect();
        let total = mass.iter().sum();
        ErrorShape { mass, total, unit: 1.0, edges }
    }

    /// Takes in an error in units of its scale, that counts as `weight` errors.
    pub(super) fn add(&mut self, error: f64, weight: f64) {
        self.unit /= MEMORY;
        let asinh = ln(error.abs() + (error * error + 1.0).sqrt()).copysign(error);
        let place = ((asinh - LOWEST) * BINS_PER_UNIT).clamp(0.0, (BINS - 1) as f64) as usize;
        if let Some(mass) = self.mass.get_mut(place) {
            *mass += weight * self.unit;
            self.total += weight * self.unit;
        }
        if self.unit > 1e100 {
            self.mass.iter_mut().for_each(|mass| *mass /= self.unit);
            self.total /= self.unit;
            self.unit = 1.0;
        }
    }

    /// The error that a share of all errors does not exceed.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let wanted = share * self.total;
        let mut below = 0.0;
        for ((mass, low), high) in self.mass.iter().zip(&self.edges).zip(self.edges.iter().skip(1)) {
            if below + mass >= wanted && *mass > 0.0 {
                return low + (high - low) * ((wanted - below) / mass).max(0.0);
            }
            below += mass;
        }
        self.edges.last().copied().unwrap_or(0.0)
    }

    /// Reads shares below errors that rise from call to call.
    pub(super) fn shares(&self) -> impl FnMut(f64) -> f64 {
        let bins = self.mass.iter().zip(&self.edges).zip(self.edges.iter().skip(1));
        let mut bins = bins.map(|((mass, low), high)| (*mass, *low, *high)).peekable();
        let (mut below, total) = (0.0, self.total);
        move |error| {
            while let Some((mass, _, _)) = bins.next_if(|(_, _, high)| *high <= error) {
                below += mass;
            }
            let part =
                bins.peek().map_or(0.0, |(mass, low, high)| mass * ((error - low) / (high - low)).max(0.0));
            ((below + part) / total).min(1.0)
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        let possible = |mass: &f64| mass.is_finite() && *mass >= 0.0;
        self.mass.len() == BINS
            && self.mass.iter().all(possible)
            && (0.0..f64::INFINITY).contains(&self.total)
            && self.total > 0.0
            && (1.0..=1e101).contains(&self.unit)
    }

    /// Makes again what is not saved.
    pub(super) fn reserve(&mut self) {
        if self.edges.is_empty() {
            self.edges = edges();
        }
    }
}

fn edges() -> Vec<f64> {
    let sinh = |x: f64| 0.5 * (exp(x) - exp(-x));
    (0..=BINS).map(|bin| sinh(bin as f64 / BINS_PER_UNIT + LOWEST)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_nearly_normal_and_becomes_what_comes() {
        let mut shape = ErrorShape::new();
        let normal = 0.9 * 0.975 + 0.1 * 0.783;
        assert!((shape.shares()(1.96) - normal).abs() < 1e-3, "{}", shape.shares()(1.96));
        for i in 0..100_000 {
            shape.add(f64::from(i % 100) / 10.0, 1.0);
        }
        assert!((shape.quantile(0.9) - 9.0).abs() < 0.2 && (shape.quantile(0.5) - 5.0).abs() < 0.2);
        let mut shares = shape.shares();
        let rising: Vec<f64> = [-30.0, 0.5, 5.0, 9.0, 1e9].map(&mut shares).to_vec();
        assert!(
            rising.is_sorted() && (rising[2] - 0.5).abs() < 0.02 && (rising[4] - 1.0).abs() < 1e-12,
            "{rising:?}"
        );
        assert!(shape.is_whole());
    }

    #[test]
    fn errors_that_overlap_count_for_their_share() {
        let (mut whole, mut parts) = (ErrorShape::new(), ErrorShape::new());
        (0..30).for_each(|_| whole.add(3.0, 1.0));
        (0..120).for_each(|_| parts.add(3.0, 0.25));
        for share in [0.5, 0.8, 0.95] {
            assert!((whole.quantile(share) - parts.quantile(share)).abs() < 0.01, "{share}");
        }
        assert!(parts.is_whole());
    }
}
