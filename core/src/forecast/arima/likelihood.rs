//! The exact Gaussian likelihood of a complete ARMA series in O(r) a step, r the length of the state.
//!
//! From a stationary start the covariance of the state changes by a matrix of rank one at each step, so that the Kalman filter
//! needs vectors alone: Morf, Sidhu & Kailath 1974, "Some new algorithms for recursive estimation in constant, linear,
//! discrete-time systems", IEEE Trans. Automatic Control 19; Mélard 1984, "A fast algorithm for the exact likelihood of
//! autoregressive-moving average models", Applied Statistics 33. Once the one-step variance has reached that of the innovations,
//! the plain recursion e(t) = w(t) − Σ φ·w − Σ θ·e is exact to rounding.
#![allow(
    clippy::indexing_slicing,
    reason = "lags are at most the index they are taken from; vectors have the state's length"
)]

use super::polynomial::Lags;
use super::stationary::Moments;
use crate::math;

/// A one-step variance within this of the innovations' counts as having reached it.
const SETTLED: f64 = 1e-14;

/// One-step errors divided by their standard deviations, in units of the innovations' standard deviation; and Σ ln F, with F
/// the one-step variances. `None` when the process is not stationary.
pub(super) fn standardized_errors(series: &[f64], ar: &Lags, ma: &Lags) -> Option<(Vec<f64>, f64)> {
    let moments = Moments::new(ar, ma)?;
    let (r, phi) = (moments.size, &moments.ar);
    // One element more, always 0, spares the last row a case of its own.
    let mut state = vec![0.0; r + 1];
    let mut gain = vec![0.0; r];
    for i in 0..r {
        gain[i] = phi[i] * moments.column[0] + moments.column.get(i + 1).unwrap_or(&0.0);
    }
    let mut change: Vec<f64> = gain.iter().copied().chain([0.0]).collect();
    let mut variance = moments.column[0];
    let mut weight = -1.0 / variance;
    let mut determinant = Logarithms::default();
    let mut errors = Vec::with_capacity(series.len());
    let mut settled = 0;
    for value in series {
        let error = value - state[0];
        determinant.add(variance);
        errors.push(error / variance.sqrt());
        settled = if variance - 1.0 <= SETTLED { settled + 1 } else { 0 };
        if settled > ma.degree() && errors.len() >= ar.degree() {
            break;
        }
        let (first, lead) = (state[0], change[0]);
        let (share, next_weight) = (error / variance, weight * lead);
        let inverse_lead = lead / variance;
        for (((state, change), gain), phi) in
            pairs(&mut state).zip(pairs(&mut change)).zip(gain.iter_mut()).zip(phi)
        {
            state[0].set(state[1].get() + phi * first + *gain * share);
            let moved = phi * lead + change[1].get();
            change[0].set(moved - *gain * inverse_lead);
            *gain += next_weight * moved;
        }
        let next = variance + weight * lead * lead;
        weight *= variance / next;
        variance = next;
        if variance.is_nan() || variance <= 0.0 {
            return None;
        }
    }
    innovations(series, ar, ma, &mut errors);
    Some((errors, determinant.value()))
}

/// Neighbouring pairs, to be changed from the front.
fn pairs(values: &mut [f64]) -> impl Iterator<Item = &[std::cell::Cell<f64>]> {
    std::cell::Cell::from_mut(values).as_slice_of_cells().windows(2)
}

/// Goes on with e(t) = w(t) − Σ φ·w − Σ θ·e from where `errors` ends.
fn innovations(series: &[f64], ar: &Lags, ma: &Lags, errors: &mut Vec<f64>) {
    for t in errors.len()..series.len() {
        let mut error = series[t];
        for &(lag, c) in ar.terms() {
            error -= c * series[t - lag];
        }
        for &(lag, c) in ma.terms() {
            error -= c * errors[t - lag];
        }
        errors.push(error);
    }
}

/// A sum of logarithms that takes few of them.
#[derive(Debug)]
pub(super) struct Logarithms {
    product: f64,
    sum: f64,
}

impl Default for Logarithms {
    fn default() -> Self {
        Logarithms { product: 1.0, sum: 0.0 }
    }
}

impl Logarithms {
    pub(super) fn add(&mut self, value: f64) {
        self.product *= value;
        if !(1e-100..1e100).contains(&self.product) {
            self.sum += math::ln(self.product);
            self.product = 1.0;
        }
    }

    pub(super) fn value(&self) -> f64 {
        self.sum + math::ln(self.product)
    }
}
