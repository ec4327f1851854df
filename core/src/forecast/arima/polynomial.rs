//! Polynomials in the backward shift: products of seasonal and other factors, differencing, and stationarity.
//!
//! The Durbin–Levinson recursion maps partial autocorrelations, any numbers between −1 and 1, to the coefficients of exactly the
//! stationary processes (Jones 1980, "Maximum likelihood fitting of ARMA models to time series with missing observations",
//! Technometrics 22; Monahan 1984, Biometrika 71); the recursion run backwards (Schur & Cohn) tests and inverts.

/// Coefficients c(1) … c(n) of 1 − Σ c(i)·Bⁱ, or of 1 + Σ c(i)·Bⁱ, of which most may be zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Lags {
    /// Lag and coefficient, by rising lag.
    terms: Vec<(usize, f64)>,
}

impl Lags {
    /// The autoregressive product (1 − Σ f(i)·Bⁱ)·(1 − Σ s(i)·Bⁱᵐ) with m = `period`, as 1 − Σ c(i)·Bⁱ.
    pub(super) fn autoregressive(factor: &[f64], seasonal: &[f64], period: usize) -> Self {
        Lags::product(factor, seasonal, period, -1.0)
    }

    /// The moving average product (1 + Σ f(i)·Bⁱ)·(1 + Σ s(i)·Bⁱᵐ) with m = `period`, as 1 + Σ c(i)·Bⁱ.
    pub(super) fn moving_average(factor: &[f64], seasonal: &[f64], period: usize) -> Self {
        Lags::product(factor, seasonal, period, 1.0)
    }

    /// (1 − B)ᵈ·(1 − Bᵐ)ᴰ as 1 − Σ c(i)·Bⁱ.
    pub(super) fn differencing(d: usize, seasonal_d: usize, period: usize) -> Self {
        let binomial = |d: usize| match d {
            0 => vec![],
            1 => vec![1.0],
            _ => vec![2.0, -1.0],
        };
        Lags::product(&binomial(d), &binomial(seasonal_d), period, -1.0)
    }

    fn product(factor: &[f64], seasonal: &[f64], period: usize, sign: f64) -> Self {
        let with_one = |coefficients: &[f64], step: usize| -> Vec<(usize, f64)> {
            let terms = coefficients.iter().enumerate().map(|(i, c)| ((i + 1) * step, sign * c));
            std::iter::once((0, 1.0)).chain(terms).collect()
        };
        let mut sum = std::collections::BTreeMap::new();
        for (lag, c) in with_one(factor, 1) {
            for (other, s) in with_one(seasonal, period) {
                *sum.entry(lag + other).or_insert(0.0) += sign * c * s;
            }
        }
        let _one = sum.remove(&0);
        Lags { terms: sum.into_iter().collect() }
    }

    pub(super) fn terms(&self) -> &[(usize, f64)] {
        &self.terms
    }

    /// The largest lag.
    pub(super) fn degree(&self) -> usize {
        self.terms.last().map_or(0, |(lag, _)| *lag)
    }

    /// All coefficients up to lag `length`, zeros among them.
    pub(super) fn dense(&self, length: usize) -> Vec<f64> {
        let mut dense = vec![0.0; length];
        for (lag, c) in &self.terms {
            if let Some(slot) = lag.checked_sub(1).and_then(|i| dense.get_mut(i)) {
                *slot = *c;
            }
        }
        dense
    }
}

/// The autoregressive coefficients that belong to partial autocorrelations.
pub(super) fn stationary(partial: &[f64]) -> Vec<f64> {
    let mut coefficients: Vec<f64> = Vec::with_capacity(partial.len());
    for k in partial {
        step_up(&mut coefficients, *k);
    }
    coefficients
}

/// The partial autocorrelations of a process, whose roots are moved outwards until none is beyond 0.98.
pub(super) fn nearest_partial_autocorrelations(coefficients: &[f64]) -> Vec<f64> {
    let finite = coefficients.iter().all(|c| c.is_finite());
    let mut shrunk = if finite { coefficients.to_vec() } else { vec![0.0; coefficients.len()] };
    for _ in 0..200 {
        match partial_autocorrelations(&shrunk) {
            Some(partial) if partial.iter().all(|k| k.abs() <= 0.98) => return partial,
            _ => scale_roots(&mut shrunk, 0.97),
        }
    }
    vec![0.0; coefficients.len()]
}

/// The partial autocorrelations of a stationary process; `None` when it is not stationary.
pub(super) fn partial_autocorrelations(coefficients: &[f64]) -> Option<Vec<f64>> {
    let mut rest = coefficients.to_vec();
    let mut partial = vec![0.0; rest.len()];
    for slot in partial.iter_mut().rev() {
        let k = rest.pop()?;
        let remaining = 1.0 - k * k;
        if remaining.is_nan() || remaining <= 0.0 {
            return None;
        }
        let reversed: Vec<f64> = rest.iter().rev().copied().collect();
        rest.iter_mut().zip(reversed).for_each(|(c, r)| *c = (*c + k * r) / remaining);
        *slot = k;
    }
    Some(partial)
}

/// Whether all roots of 1 − Σ c(i)·zⁱ lie beyond `radius`.
pub(super) fn roots_beyond(coefficients: &[f64], radius: f64) -> bool {
    let mut scaled = coefficients.to_vec();
    scale_roots(&mut scaled, radius);
    partial_autocorrelations(&scaled).is_some()
}

/// Coefficients of order n from those of order n − 1 and the partial autocorrelation at lag n (Durbin 1960).
pub(super) fn step_up(coefficients: &mut Vec<f64>, partial: f64) {
    let reversed: Vec<f64> = coefficients.iter().rev().copied().collect();
    coefficients.iter_mut().zip(reversed).for_each(|(c, r)| *c -= partial * r);
    coefficients.push(partial);
}

/// Divides every root by `factor`.
fn scale_roots(coefficients: &mut [f64], factor: f64) {
    let mut power = 1.0;
    for c in coefficients {
        power *= factor;
        *c *= power;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn products_are_those_of_the_textbook() {
        let ar = Lags::autoregressive(&[0.5, -0.2], &[0.8], 12);
        assert_eq!(ar.terms(), [(1, 0.5), (2, -0.2), (12, 0.8), (13, -0.4), (14, 0.16000000000000003)]);
        let ma = Lags::moving_average(&[-0.4], &[-0.6], 4);
        assert_eq!(ma.terms(), [(1, -0.4), (4, -0.6), (5, 0.24)]);
        let both = Lags::differencing(1, 1, 7);
        assert_eq!((both.terms(), both.degree()), (&[(1, 1.0), (7, 1.0), (8, -1.0)][..], 8));
        assert_eq!(Lags::differencing(2, 0, 1).terms(), [(1, 2.0), (2, -1.0)]);
        assert_eq!(Lags::differencing(0, 0, 1).degree(), 0);
    }

    #[test]
    fn roots_are_told_from_the_circle() {
        assert!(roots_beyond(&[0.5], 1.9) && !roots_beyond(&[0.5], 2.1));
        assert!(roots_beyond(&[], 10.0) && !roots_beyond(&[1.0], 1.0) && !roots_beyond(&[f64::NAN], 1.0));
        assert_eq!(nearest_partial_autocorrelations(&[f64::NAN, 1.0]), [0.0, 0.0]);
        assert!(nearest_partial_autocorrelations(&[1.0])[0] > 0.9);
    }

    proptest! {
        #[test]
        fn partial_autocorrelations_give_a_stationary_process_and_come_back(partial in prop::collection::vec(-0.97..0.97f64, 0..6)) {
            let coefficients = stationary(&partial);
            let found = partial_autocorrelations(&coefficients).unwrap();
            prop_assert!(found.iter().zip(&partial).all(|(found, k)| (found - k).abs() < 1e-6));
            let near = nearest_partial_autocorrelations(&coefficients);
            prop_assert!(near.iter().zip(&partial).all(|(found, k)| (found - k).abs() < 1e-6));
        }
    }
}
