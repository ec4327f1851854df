//! Feedback on the error that forecasts keep making: the integral term of the scaling identity on the relative error, within limits.
//!
//! `s(t) = β·∫e dt`, `e` the relative error of the forecast that was just judged, in the form that takes one sample at a time
//! ([`ScalingLaw`]). A forecast that is right on average gets none; one that stays below what comes is raised until it does not.

use crate::error::{Error, Result};
use crate::scaling::{ScalingLaw, ScalingLawConfig};
use serde::{Deserialize, Serialize};

/// The forecast is changed by this share at the most.
const MOST: f64 = 0.5;

/// None when it is switched off.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "Option<Vec<u8>>", into = "Option<Vec<u8>>")]
pub(super) struct Feedback {
    law: Option<ScalingLaw>,
}

impl Feedback {
    /// With a gain per `lead_seconds`; 0 is none.
    pub(super) fn new(gain: f64, lead_seconds: f64) -> Result<Self> {
        let limits = ScalingLawConfig { alpha: 0.0, low: -MOST, high: MOST, ..ScalingLawConfig::default() };
        let law = (gain > 0.0)
            .then(|| ScalingLaw::new(ScalingLawConfig { beta: gain / lead_seconds, ..limits }))
            .transpose()?;
        Ok(Feedback { law })
    }

    /// Takes in the relative error of a forecast, `seconds` after the last one.
    pub(super) fn learn(&mut self, error: f64, seconds: f64) -> Result<()> {
        match &mut self.law {
            Some(law) if error.is_finite() => law.update(error.clamp(-MOST, MOST), seconds).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// What a forecast is multiplied by.
    pub(super) fn factor(&self) -> f64 {
        self.law.as_ref().map_or(1.0, |law| 1.0 + law.scale())
    }

    pub(super) fn is_whole(&self, like: &Feedback) -> bool {
        self.law.as_ref().map(ScalingLaw::config) == like.law.as_ref().map(ScalingLaw::config)
    }
}

impl From<Feedback> for Option<Vec<u8>> {
    fn from(feedback: Feedback) -> Self {
        // Writing a whole law cannot fail; bytes that are none are refused when they are read.
        feedback.law.map(|law| law.snapshot().unwrap_or_default())
    }
}

impl TryFrom<Option<Vec<u8>>> for Feedback {
    type Error = Error;

    fn try_from(bytes: Option<Vec<u8>>) -> Result<Self> {
        Ok(Feedback { law: bytes.map(|bytes| ScalingLaw::restore(&bytes)).transpose()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_stays_is_taken_out_and_noise_is_not() {
        let mut feedback = Feedback::new(0.5, 120.0).unwrap();
        // Forecasts 20 % too low.
        for _ in 0..200 {
            feedback.learn(1.2 / feedback.factor() - 1.0, 15.0).unwrap();
        }
        assert!((feedback.factor() - 1.2).abs() < 1e-3, "{}", feedback.factor());
        let bytes: Option<Vec<u8>> = feedback.clone().into();
        assert_eq!(Feedback::try_from(bytes).unwrap(), feedback);
        assert!(Feedback::try_from(Some(vec![1, 2])).is_err());
        assert!(
            feedback.is_whole(&Feedback::new(0.5, 120.0).unwrap())
                && !feedback.is_whole(&Feedback::default())
        );
        let mut none = Feedback::new(0.0, 120.0).unwrap();
        none.learn(0.3, 15.0).unwrap();
        assert_eq!(none.factor(), 1.0);
    }
}
