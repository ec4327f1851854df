//! The weighted product of metrics: U = Π metricᵢ^weightᵢ.
//!
//! Bridgman 1922, Dimensional Analysis, chapter 2; Miller and Starr 1969, Executive Decisions and Operations
//! Research. Its order of alternatives does not depend on the metrics' units. The sum Σ weightᵢ·ln metricᵢ is
//! kept to about 106 bits, so that factors that over- or underflow, or cancel, cost the product nothing.

use super::double_double::DoubleDouble;
use crate::error::{Error, Result, all_finite, same_length};

/// A larger weight is refused, since its products could overflow.
const LARGEST_WEIGHT: f64 = 1e100;

/// Π metricᵢ^weightᵢ, with 0⁰ = 1: 0 or infinite only where the true value is too small or too large for a float.
///
/// Metrics are finite and at least 0; a weight may be negative (a cost), and 0 to a negative power is infinite.
/// Accurate to a few units in the last place.
///
/// # Errors
/// [`Error::Data`] for no metrics, unequal lengths, a metric that is negative or not finite, a weight that is not
/// finite or above 10¹⁰⁰ in size, or a product of 0 and infinity (two zero metrics whose weights differ in sign).
///
/// # Example
/// ```
/// use forescale::choice::utility;
/// let u = utility(&[0.95, 0.6], &[0.7, 0.3])?;
/// assert!((u - 0.827_659_870_674_733_5).abs() < 1e-15);
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn utility(metrics: &[f64], weights: &[f64]) -> Result<f64> {
    Ok(log_product(metrics, weights)?.exp())
}

/// The natural logarithm of [`utility`], Σ weightᵢ·ln metricᵢ: finite where the utility itself is out of range.
///
/// Minus infinity for a utility of 0, plus infinity for an infinite one; errors as for [`utility`].
pub fn log_utility(metrics: &[f64], weights: &[f64]) -> Result<f64> {
    Ok(log_product(metrics, weights)?.value())
}

fn log_product(metrics: &[f64], weights: &[f64]) -> Result<DoubleDouble> {
    if metrics.is_empty() {
        return Err(Error::data("metrics", "is empty"));
    }
    same_length("weights", weights.len(), "metrics", metrics.len())?;
    all_finite("metrics", metrics)?;
    all_finite("weights", weights)?;
    let count = metrics.len();
    if let Some((i, metric)) = metrics.iter().enumerate().find(|(_, metric)| **metric < 0.0) {
        return Err(Error::data(
            "metrics",
            format!("value {i} of {count} is {metric}: a metric is at least 0"),
        ));
    }
    if let Some((i, weight)) = weights.iter().enumerate().find(|(_, weight)| weight.abs() > LARGEST_WEIGHT) {
        let problem = format!("value {i} of {count} is {weight:?}: at most {LARGEST_WEIGHT:e} in size");
        return Err(Error::data("weights", problem));
    }

    let factors = || metrics.iter().zip(weights).filter(|(_, weight)| **weight != 0.0);
    let zero = |up: bool| factors().any(|(metric, weight)| *metric == 0.0 && (*weight > 0.0) == up);
    match (zero(true), zero(false)) {
        (true, true) => {
            Err(Error::data("metrics", "zeros with weights of both signs: 0 times infinity is undefined"))
        }
        (true, false) => Ok(f64::NEG_INFINITY.into()),
        (false, true) => Ok(f64::INFINITY.into()),
        (false, false) => Ok(factors().fold(0.0.into(), |sum, (metric, weight)| {
            sum + DoubleDouble::ln(*metric) * DoubleDouble::from(*weight)
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(value: &serde_json::Value) -> f64 {
        value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
    }

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        a == b || (a - b).abs() <= tolerance * b.abs()
    }

    #[test]
    fn utilities_are_those_of_the_reference() {
        let reference = include_str!("../../../tests/vectors/oracle/utility.json");
        let reference: serde_json::Value = serde_json::from_str(reference).unwrap();
        let tolerance = reference["tolerance"].as_f64().unwrap();
        for case in reference["cases"].as_array().unwrap() {
            let metrics: Vec<f64> = serde_json::from_value(case["metrics"].clone()).unwrap();
            let weights: Vec<f64> = serde_json::from_value(case["weights"].clone()).unwrap();
            let (u, log) = (utility(&metrics, &weights).unwrap(), log_utility(&metrics, &weights).unwrap());
            assert!(close(u, number(&case["utility"]), tolerance), "{case}: {u}");
            assert!(close(log, number(&case["log_utility"]), tolerance), "{case}: {log}");
        }
    }

    #[test]
    fn zeros_follow_the_power() {
        assert_eq!(utility(&[0.0, 3.0], &[0.0, 1.0]).unwrap(), 3.0, "0⁰ is 1");
        assert_eq!(utility(&[0.0], &[0.0]).unwrap(), 1.0);
        assert_eq!(utility(&[0.0, 3.0], &[2.0, 1.0]).unwrap(), 0.0);
        assert_eq!(utility(&[-0.0, 3.0], &[-2.0, 1.0]).unwrap(), f64::INFINITY);
        let error = utility(&[0.0, 0.0], &[1.0, -1.0]).unwrap_err();
        assert!(error.to_string().contains("0 times infinity"), "{error}");
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let refused = |metrics: &[f64], weights: &[f64]| utility(metrics, weights).unwrap_err().to_string();
        assert_eq!(refused(&[1.0, -2.0], &[1.0, 0.0]), "metrics: value 1 of 2 is -2: a metric is at least 0");
        assert_eq!(refused(&[1.0], &[1.0, 2.0]), "weights: has 2 values, but metrics has 1");
        assert_eq!(refused(&[], &[]), "metrics: is empty");
        assert_eq!(refused(&[f64::NAN], &[1.0]), "metrics: value 0 of 1 is NaN");
        assert_eq!(refused(&[f64::INFINITY], &[-1.0]), "metrics: value 0 of 1 is inf");
        assert_eq!(refused(&[1.0], &[-1e101]), "weights: value 0 of 1 is -1e101: at most 1e100 in size");
    }

    proptest! {
        #[test]
        fn metrics_in_range_give_the_plain_product(
            factors in prop::collection::vec((0.1..10.0f64, -3.0..3.0f64), 1..8),
        ) {
            let (metrics, weights): (Vec<f64>, Vec<f64>) = factors.iter().copied().unzip();
            let plain: f64 = factors.iter().map(|(m, w)| m.powf(*w)).product();
            prop_assert!(close(utility(&metrics, &weights).unwrap(), plain, 1e-14));
        }

        #[test]
        fn a_factor_and_its_inverse_cancel_exactly(huge in prop::num::f64::POSITIVE, weight in 1.0..1e6f64, m in 0.1..9.0f64) {
            let u = utility(&[huge, m, huge], &[weight, 1.0, -weight]).unwrap();
            prop_assert!(close(u, m, 1e-15), "{u} is not {m}");
        }
    }
}
