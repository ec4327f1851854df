//! Starts for processes with a pair of complex roots on either side that nearly cancel: the likelihood has a maximum of its own at
//! many a frequency, and the highest ones lie where the errors of the process without the pair have their strongest oscillations.

use crate::math;
use std::f64::consts::PI;

/// Frequencies that are looked at: as many as half the values, but no more than this.
const MOST_FREQUENCIES: usize = 256;
/// Moduli of the inverse roots on the autoregressive and on the moving average side.
const MODULI: (f64, f64) = (0.99, 0.97);

/// Frequencies, in radians a step, of the highest peaks of the periodogram, the highest first; NaN counts as 0.
pub(super) fn peaks(errors: &[f64], most: usize) -> Vec<f64> {
    let frequencies = (errors.len() / 2).min(MOST_FREQUENCIES);
    let frequency = |i: usize| PI * (i as f64 + 0.5) / frequencies as f64;
    let powers: Vec<f64> = (0..frequencies).map(|i| power(errors, frequency(i))).collect();
    let at = |i: usize| powers.get(i).copied().unwrap_or(0.0);
    let mut tops: Vec<usize> =
        (0..frequencies).filter(|&i| at(i) > at(i + 1) && (i == 0 || at(i) > at(i - 1))).collect();
    tops.sort_by(|a, b| at(*b).total_cmp(&at(*a)));
    tops.into_iter().take(most).map(frequency).collect()
}

/// |Σ e(t)·exp(iωt)|², by the recursion of Goertzel 1958, "An algorithm for the evaluation of finite trigonometric series",
/// American Mathematical Monthly 65.
fn power(errors: &[f64], frequency: f64) -> f64 {
    let twice = 2.0 * math::cos(frequency);
    let (last, before) = errors.iter().fold((0.0, 0.0), |(last, before), error| {
        ((if error.is_nan() { 0.0 } else { *error }) + twice * last - before, last)
    });
    last * last + before * before - twice * last * before
}

/// The coefficients of (1 − Σ ar·Bⁱ) and (1 + Σ ma·Bⁱ), each times a pair of roots at a frequency.
pub(super) fn with_pair(ar: &[f64], ma: &[f64], frequency: f64) -> (Vec<f64>, Vec<f64>) {
    let cosine = math::cos(frequency);
    let times = |coefficients: &[f64], sign: f64, modulus: f64| {
        let (first, second) = (-2.0 * modulus * cosine, modulus * modulus);
        let polynomial: Vec<f64> =
            std::iter::once(1.0).chain(coefficients.iter().map(|c| sign * c)).chain([0.0, 0.0]).collect();
        let shifted = |by: usize| std::iter::repeat_n(0.0, by).chain(polynomial.iter().copied());
        let terms = polynomial.iter().zip(shifted(1)).zip(shifted(2));
        terms.skip(1).map(|((now, one), two)| sign * (now + first * one + second * two)).collect()
    };
    (times(ar, -1.0, MODULI.0), times(ma, 1.0, MODULI.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oscillation_is_the_highest_peak() {
        let values: Vec<f64> = (0..400)
            .map(|t| {
                if t == 7 { f64::NAN } else { (1.3 * f64::from(t)).sin() + 0.3 * (0.4 * f64::from(t)).sin() }
            })
            .collect();
        let found = peaks(&values, 2);
        assert!((found[0] - 1.3).abs() < 0.02 && (found[1] - 0.4).abs() < 0.02, "{found:?}");
        assert_eq!(peaks(&[1.0], 3), [0.0; 0]);
    }

    #[test]
    fn a_pair_multiplies_the_polynomials() {
        let (ar, ma) = with_pair(&[0.5], &[], PI / 3.0);
        // (1 − 0.5B)(1 − 0.99B + 0.9801B²), and 1 − 0.97B + 0.9409B².
        for (found, wanted) in ar.iter().chain(&ma).zip([1.49, -1.4751, 0.49005, -0.97, 0.9409]) {
            assert!((found - wanted).abs() < 1e-12, "{ar:?} {ma:?}");
        }
    }
}
