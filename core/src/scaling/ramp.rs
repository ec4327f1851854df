//! A ramp that follows the predicted load: `dR/dt = k·dL_predicted/dt`, so `R(t) = R(0) + k·(L(t) − L(0))`.
//!
//! The integral is exact, for it depends on the load at its two ends alone. `k` is the resource per unit of
//! load.

use crate::error::{Error, Result, all_finite, finite, positive};

/// The resource at every sample of the predicted load, `r0` at the first.
///
/// Refuses an empty load, values that are not finite, a step that is not above 0, and a result beyond the
/// largest float. The answer does not depend on the step, which only says what the samples are.
pub fn ramp(predicted_load: &[f64], step_seconds: f64, k: f64, r0: f64) -> Result<Vec<f64>> {
    all_finite("predicted_load", predicted_load)?;
    positive("step_seconds", step_seconds)?;
    finite("k", k)?;
    finite("r0", r0)?;
    let first = *predicted_load.first().ok_or_else(|| Error::data("predicted_load", "has no samples"))?;
    let resource: Vec<f64> = predicted_load.iter().map(|load| r0 + k * (load - first)).collect();
    match resource.iter().position(|value| !value.is_finite()) {
        None => Ok(resource),
        Some(i) => Err(Error::data("predicted_load", format!("the ramp overflows at value {i}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ramp_follows_the_load() {
        assert_eq!(ramp(&[10.0, 30.0, 20.0, 10.0], 60.0, 0.5, 3.0).unwrap(), [3.0, 13.0, 8.0, 3.0]);
    }

    #[test]
    fn bad_arguments_are_refused_by_name() {
        for (error, name) in [
            (ramp(&[], 1.0, 1.0, 0.0), "predicted_load:"),
            (ramp(&[1.0, f64::NAN], 1.0, 1.0, 0.0), "predicted_load:"),
            (ramp(&[-f64::MAX, f64::MAX], 1.0, 1.0, 0.0), "predicted_load:"),
            (ramp(&[1.0], 0.0, 1.0, 0.0), "step_seconds:"),
            (ramp(&[1.0], 1.0, f64::INFINITY, 0.0), "k:"),
            (ramp(&[1.0], 1.0, 1.0, f64::NAN), "r0:"),
        ] {
            assert!(error.unwrap_err().to_string().starts_with(name));
        }
    }
}
