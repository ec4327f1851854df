//! Second moments of a stationary ARMA process φ(B)·w = θ(B)·e with innovations of variance 1.
//!
//! Autocovariances of the autoregressive part from its partial autocorrelations, in O(p²) and without a linear system (Durbin &
//! Levinson; Brockwell & Davis 1991, section 5.2), then filtered by θ. From them the covariance of the state in Harvey's form
//! (Harvey 1989, section 3.3), whose element i is what is known at t of w(t + i), by its own recursion in O(r²).
#![allow(clippy::indexing_slicing, reason = "every index is below the length that the vector was made with")]

use super::polynomial::{Lags, partial_autocorrelations, step_up};

/// Moments of the state of one process.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    /// Length of the state: max(p, q + 1).
    pub(super) size: usize,
    /// Autoregressive coefficients, one for each element of the state.
    pub(super) ar: Vec<f64>,
    /// What an innovation adds to the state: 1, θ(1), …
    pub(super) shock: Vec<f64>,
    /// Covariance of the state with its first element.
    pub(super) column: Vec<f64>,
}

impl Moments {
    /// `None` when the process is not stationary, or too near to that for floats.
    pub(super) fn new(ar: &Lags, ma: &Lags) -> Option<Self> {
        let size = ar.degree().max(ma.degree() + 1);
        let autocovariance = autocovariances(ar, ma, size)?;
        let phi = ar.dense(size);
        let shock: Vec<f64> = std::iter::once(1.0).chain(ma.dense(size - 1)).collect();
        let weights = shock_weights(&phi, ar, &shock);
        let mut column = vec![0.0; size];
        column[0] = autocovariance[0];
        for &(lag, c) in ar.terms() {
            for i in 1..lag {
                column[i] += c * autocovariance[lag - i];
            }
        }
        for (j, theta) in std::iter::once((0, 1.0)).chain(ma.terms().iter().copied()) {
            for i in 1..=j {
                column[i] += theta * weights[j - i];
            }
        }
        column.iter().all(|c| c.is_finite()).then_some(Moments { size, ar: phi, shock, column })
    }

    /// The whole covariance of the state, row after row.
    pub(super) fn covariance(&self) -> Vec<f64> {
        let r = self.size;
        let mut matrix = vec![0.0; r * r];
        for i in 0..r {
            (matrix[i * r], matrix[i]) = (self.column[i], self.column[i]);
        }
        let below = |i: usize| if i + 1 < r { self.column[i + 1] } else { 0.0 };
        for i in (1..r).rev() {
            for j in (1..=i).rev() {
                let next = if i + 1 < r { matrix[(i + 1) * r + j + 1] } else { 0.0 };
                let value = self.ar[i] * self.ar[j] * self.column[0]
                    + self.ar[i] * below(j)
                    + self.ar[j] * below(i)
                    + next
                    + self.shock[i] * self.shock[j];
                (matrix[i * r + j], matrix[j * r + i]) = (value, value);
            }
        }
        matrix
    }
}

/// γ(0) … γ(size).
fn autocovariances(ar: &Lags, ma: &Lags, size: usize) -> Option<Vec<f64>> {
    let (p, q) = (ar.degree(), ma.degree());
    let partial = partial_autocorrelations(&ar.dense(p))?;
    let variance: f64 = partial.iter().map(|k| 1.0 - k * k).product::<f64>().recip();
    let mut pure = vec![0.0; size + q + 1];
    pure[0] = variance;
    let (mut order, mut left) = (Vec::with_capacity(p), variance);
    for (k, partial) in partial.iter().enumerate() {
        let predicted: f64 = order.iter().zip(pure[1..=k].iter().rev()).map(|(c, g)| c * g).sum();
        pure[k + 1] = predicted + partial * left;
        left *= 1.0 - partial * partial;
        step_up(&mut order, *partial);
    }
    for k in p + 1..pure.len() {
        pure[k] = ar.terms().iter().map(|&(lag, c)| c * pure[k - lag]).sum();
    }
    let theta = || std::iter::once((0, 1.0)).chain(ma.terms().iter().copied());
    let mut gamma = vec![0.0; size + 1];
    for (i, a) in theta() {
        for (j, b) in theta() {
            for (k, g) in gamma.iter_mut().enumerate() {
                *g += a * b * pure[(k + j).abs_diff(i)];
            }
        }
    }
    gamma.iter().all(|g| g.is_finite()).then_some(gamma)
}

/// ψ(0) … : how the process answers to one innovation.
fn shock_weights(phi: &[f64], ar: &Lags, shock: &[f64]) -> Vec<f64> {
    let mut weights = vec![0.0; phi.len()];
    for k in 0..weights.len() {
        let earlier: f64 =
            ar.terms().iter().take_while(|term| term.0 <= k).map(|&(lag, c)| c * weights[k - lag]).sum();
        weights[k] = shock[k] + earlier;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arma_1_1_has_the_closed_form() {
        let (phi, theta) = (0.7, 0.4);
        let moments =
            Moments::new(&Lags::autoregressive(&[phi], &[], 1), &Lags::moving_average(&[theta], &[], 1))
                .unwrap();
        let variance = (1.0 + 2.0 * phi * theta + theta * theta) / (1.0 - phi * phi);
        assert!((moments.column[0] - variance).abs() < 1e-14);
        // The second element of the state is θ·e(t).
        assert!((moments.column[1] - theta).abs() < 1e-15);
        let matrix = moments.covariance();
        assert!((matrix[3] - theta * theta).abs() < 1e-15 && matrix[1] == matrix[2]);
        assert!(Moments::new(&Lags::autoregressive(&[1.0], &[], 1), &Lags::default()).is_none());
    }

    #[test]
    fn the_covariance_solves_its_own_equation() {
        let ar = Lags::autoregressive(&[0.5, -0.3, 0.1], &[0.6], 5);
        let ma = Lags::moving_average(&[0.4, 0.2], &[-0.7, 0.1], 5);
        let moments = Moments::new(&ar, &ma).unwrap();
        let (r, matrix) = (moments.size, moments.covariance());
        let at = |i: usize, j: usize| if i < r && j < r { matrix[i * r + j] } else { 0.0 };
        for i in 0..r {
            for j in 0..r {
                // (T·P·T' + R·R')(i, j) with the companion T.
                let moved = moments.ar[i] * moments.ar[j] * at(0, 0)
                    + moments.ar[i] * at(0, j + 1)
                    + moments.ar[j] * at(i + 1, 0)
                    + at(i + 1, j + 1)
                    + moments.shock[i] * moments.shock[j];
                assert!((moved - at(i, j)).abs() < 1e-12, "{i} {j}: {moved} {}", at(i, j));
            }
        }
    }
}
