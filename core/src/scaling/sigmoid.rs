//! The logistic function `σ = 1/(1 + e^(−k(t−t₀)))`, its logarithm and its slope, right to the last bits at
//! both ends.
//!
//! Each is written in `e^(−|x|)`, which cannot overflow. What is small is computed as such and never as 1
//! minus something near 1: for `1 − σ` ask for the sigmoid with `−k`. Within 4 units in the last place for an
//! exact `x = k(t−t₀)`; the rounding of `x` itself adds up to `|x|` times the machine epsilon in the tails.

use crate::error::{Result, finite};
use crate::math::{exp, log1p};

/// `1/(1 + e^(−k(t−t0)))`, from 0 to 1: half way at `t0`, rising for `k > 0` and falling for `k < 0`.
///
/// `k` is in 1 over the unit of `t` and `t0`. Refuses arguments that are not finite.
pub fn sigmoid(t: f64, k: f64, t0: f64) -> Result<f64> {
    exponent(t, k, t0).map(logistic)
}

/// The natural logarithm of [`sigmoid`], at most 0, and precise where the sigmoid itself has vanished.
pub fn log_sigmoid(t: f64, k: f64, t0: f64) -> Result<f64> {
    exponent(t, k, t0).map(|x| x.min(0.0) - log1p(exp(-x.abs())))
}

/// The derivative of [`sigmoid`] by `t`: `k·σ·(1−σ)`, at most `|k|/4`.
pub fn sigmoid_slope(t: f64, k: f64, t0: f64) -> Result<f64> {
    exponent(t, k, t0).map(|x| k * bell(x))
}

/// `1/(1 + e^(−x))`.
pub(super) fn logistic(x: f64) -> f64 {
    let small = exp(-x.abs());
    if x < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
}

/// `σ(x)·(1 − σ(x))`.
pub(super) fn bell(x: f64) -> f64 {
    let small = exp(-x.abs());
    small / ((1.0 + small) * (1.0 + small))
}

/// `k·(t − t0)`; halved on the way, so that the difference of two finite numbers is finite and the product
/// never NaN.
fn exponent(t: f64, k: f64, t0: f64) -> Result<f64> {
    finite("t", t)?;
    finite("k", k)?;
    finite("t0", t0)?;
    Ok(2.0 * (k * (0.5 * t - 0.5 * t0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Case {
        x: f64,
        sigmoid: f64,
        one_minus_sigmoid: f64,
        log_sigmoid: f64,
        derivative: f64,
    }

    #[derive(Deserialize)]
    struct Oracle {
        cases: Vec<Case>,
    }

    /// How many floats lie between two of the same sign.
    fn steps_between(a: f64, b: f64) -> u64 {
        a.to_bits().abs_diff(b.to_bits())
    }

    #[test]
    fn within_four_units_in_the_last_place_of_fifty_digits() {
        let oracle: Oracle =
            serde_json::from_str(include_str!("../../../tests/vectors/oracle/sigmoid.json")).unwrap();
        assert_eq!(oracle.cases.len(), 13);
        for case in oracle.cases {
            for (name, ours, exact) in [
                ("sigmoid", sigmoid(case.x, 1.0, 0.0).unwrap(), case.sigmoid),
                ("1 - sigmoid", sigmoid(case.x, -1.0, 0.0).unwrap(), case.one_minus_sigmoid),
                ("log_sigmoid", log_sigmoid(case.x, 1.0, 0.0).unwrap(), case.log_sigmoid),
                ("sigmoid_slope", sigmoid_slope(case.x, 1.0, 0.0).unwrap(), case.derivative),
            ] {
                assert!(
                    ours == exact || steps_between(ours, exact) <= 4,
                    "{name}({}) = {ours:e} not {exact:e}",
                    case.x
                );
            }
        }
    }

    #[test]
    fn the_ends_do_not_overflow_and_bad_arguments_are_refused() {
        assert_eq!(sigmoid(f64::MAX, f64::MAX, -f64::MAX).unwrap(), 1.0);
        assert_eq!(sigmoid(-f64::MAX, f64::MAX, f64::MAX).unwrap(), 0.0);
        assert_eq!(sigmoid(f64::MAX, 0.0, -f64::MAX).unwrap(), 0.5);
        assert_eq!(sigmoid_slope(f64::MAX, f64::MAX, 0.0).unwrap(), 0.0);
        assert_eq!(log_sigmoid(f64::MAX, -1.0, 0.0).unwrap(), -f64::MAX);
        assert!(sigmoid(f64::NAN, 1.0, 0.0).unwrap_err().to_string().starts_with("t:"));
        assert!(log_sigmoid(0.0, f64::INFINITY, 0.0).unwrap_err().to_string().starts_with("k:"));
        assert!(sigmoid_slope(0.0, 1.0, f64::NEG_INFINITY).unwrap_err().to_string().starts_with("t0:"));
    }

    proptest! {
        #[test]
        fn the_three_agree_with_each_other(t in -30.0f64..30.0, k in -2.0f64..2.0, t0 in -5.0f64..5.0) {
            let value = sigmoid(t, k, t0).unwrap();
            let other = sigmoid(t, -k, t0).unwrap();
            prop_assert!((value + other - 1.0).abs() < 1e-15);
            prop_assert!((log_sigmoid(t, k, t0).unwrap() - value.ln()).abs() < 1e-13 * (1.0 + value.ln().abs()));
            prop_assert!((sigmoid_slope(t, k, t0).unwrap() - k * value * other).abs() <= 1e-15 * (k * value * other).abs());
        }
    }
}
