//! How strongly to answer an anomaly: R = base·(1 + severity).

use crate::error::{Error, Result, finite, not_negative};

/// The response to an anomaly: `base`, any finite number in any unit, grown by `severity` ≥ 0; at 0 it is `base` itself.
///
/// # Errors
/// [`Error::Config`] for a base that is not finite, a severity that is negative or not finite, or a product beyond all floats.
pub fn response(base: f64, severity: f64) -> Result<f64> {
    let answer = finite("base", base)? * (1.0 + not_negative("severity", severity)?);
    if answer.is_finite() {
        Ok(answer)
    } else {
        Err(Error::config("severity", format!("{severity} takes the base {base} beyond the largest number")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_is_the_base_grown_by_the_severity() {
        assert_eq!(response(10.0, 0.0).unwrap(), 10.0);
        assert_eq!(response(10.0, 1.5).unwrap(), 25.0);
        assert_eq!(response(-2.0, 1.0).unwrap(), -4.0);
    }

    #[test]
    fn bad_arguments_are_refused_by_name() {
        for (base, severity, name) in [
            (f64::NAN, 0.0, "base"),
            (1.0, -1e-9, "severity"),
            (1.0, f64::INFINITY, "severity"),
            (1e308, 9.0, "severity"),
        ] {
            assert!(response(base, severity).unwrap_err().to_string().starts_with(name));
        }
    }
}
