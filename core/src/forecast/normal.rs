//! Quantiles of the standard normal law, and the confidence interval of a mean: μ ± z·σ/√n.

use crate::error::{Error, Result, finite, not_negative, strictly_between};
use crate::math;

/// The `p`-quantile of the standard normal law, 0 < `p` < 1. Relative error below 1e-13.
///
/// Newton's method on ln Φ, which is concave, so that the iteration climbs to the root from below without overshooting.
///
/// # Errors
/// [`Error::Config`] for a `p` outside of (0, 1).
pub fn normal_quantile(p: f64) -> Result<f64> {
    strictly_between("p", p, 0.0, 1.0)?;
    Ok(if p <= 0.5 { lower_quantile(p) } else { -lower_quantile(1.0 - p) })
}

fn lower_quantile(p: f64) -> f64 {
    if p == 0.5 {
        return 0.0;
    }
    // Φ(z) ≤ exp(−z²/2)/2 for z ≤ 0, so that this start lies at or below the root.
    let mut z = -(-2.0 * math::ln(2.0 * p)).sqrt();
    z = z.min(-1e-3);
    for _ in 0..60 {
        let tail = 0.5 * math::erfc(-z / std::f64::consts::SQRT_2);
        let density = math::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt();
        let step = (math::ln(p) - math::ln(tail)) * tail / density;
        z += step;
        if step.abs() <= 1e-16 * z.abs() {
            break;
        }
    }
    z
}

/// The interval `mean ± z·sigma/√n` for the mean of `n` observations with standard deviation `sigma`.
///
/// With `z = normal_quantile((1 + level)/2)` it covers the true mean with probability `level` for large `n`.
///
/// # Errors
/// [`Error::Config`] when a number is not finite, `sigma` or `z` is negative, or `n` is 0.
pub fn confidence_interval(mean: f64, sigma: f64, n: u64, z: f64) -> Result<(f64, f64)> {
    finite("mean", mean)?;
    not_negative("sigma", sigma)?;
    not_negative("z", z)?;
    if n == 0 {
        return Err(Error::config("n", "must be at least 1 observation, got 0"));
    }
    let half = z * sigma / (n as f64).sqrt();
    Ok((mean - half, mean + half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_a_fifty_digit_computation() {
        let text = include_str!("../../../tests/vectors/oracle/normal_quantile.json");
        let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
        let cases = vectors["cases"].as_array().unwrap();
        assert!(cases.len() >= 5);
        for case in cases {
            let (p, wanted) = (case["p"].as_f64().unwrap(), case["z"].as_f64().unwrap());
            let found = normal_quantile(p).unwrap();
            assert!((found / wanted - 1.0).abs() < 1e-13, "{p}: {found} against {wanted}");
            assert!((normal_quantile(1.0 - p).unwrap() + found).abs() < 1e-9);
        }
        assert_eq!(normal_quantile(0.5).unwrap(), 0.0);
        assert!((normal_quantile(1e-300).unwrap() + 37.0471).abs() < 1e-4);
        for p in [0.0, 1.0, -1.0, f64::NAN] {
            assert!(normal_quantile(p).is_err());
        }
    }

    #[test]
    fn interval_of_a_mean() {
        assert_eq!(confidence_interval(10.0, 2.0, 16, 2.0).unwrap(), (9.0, 11.0));
        assert!(confidence_interval(10.0, -2.0, 16, 2.0).unwrap_err().to_string().starts_with("sigma: "));
        assert!(confidence_interval(10.0, 2.0, 0, 2.0).unwrap_err().to_string().starts_with("n: "));
    }
}
