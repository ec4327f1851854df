//! The settings of [`Ets`](super::Ets).

use super::estimate::Given;
use super::form::EtsComponent;
use crate::error::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize};

/// The longest season, in steps.
const LONGEST_PERIOD: usize = 1_000_000;

/// Settings of [`Ets`](super::Ets): what is not given is chosen and estimated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EtsConfig {
    /// Additive or multiplicative.
    pub error: EtsComponent,
    /// None or additive.
    pub trend: EtsComponent,
    /// None, additive or multiplicative; automatic: none where the period is 1.
    pub seasonal: EtsComponent,
    /// Steps of a season, 1 to 1,000,000. With 1 there is none.
    pub period: usize,
    /// Whether the trend levels off; automatic when it is left out (in JSON and Python also `"auto"`).
    #[serde(deserialize_with = "damping")]
    pub damped: Option<bool>,
    /// Smoothing parameters that are given instead of estimated.
    #[serde(deserialize_with = "absent_as_default")]
    pub parameters: EtsParameters,
    /// Initial states that are given instead of estimated.
    #[serde(deserialize_with = "absent_as_default")]
    pub initial: EtsInitial,
}

impl Default for EtsConfig {
    fn default() -> Self {
        EtsConfig {
            error: EtsComponent::Auto,
            trend: EtsComponent::Auto,
            seasonal: EtsComponent::Auto,
            period: 1,
            damped: None,
            parameters: EtsParameters::default(),
            initial: EtsInitial::default(),
        }
    }
}

/// Smoothing parameters, each estimated when it is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EtsParameters {
    /// Share of an error that goes into the level, 0 to 1.
    pub alpha: Option<f64>,
    /// Share of a change of the level that goes into the trend, 0 to 1: β* of Holt and Winters, β/α of the state space form.
    pub beta: Option<f64>,
    /// Share of an error that goes into the season, 0 to 1.
    pub gamma: Option<f64>,
    /// What remains of a damped trend from step to step, above 0, at most 1.
    pub phi: Option<f64>,
}

/// States before the first value, each estimated when it is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EtsInitial {
    /// Load without the season.
    pub level: Option<f64>,
    /// Its change a step.
    pub trend: Option<f64>,
    /// One value for each step of a season, the first for the first step of the series: added to the level, or multiplied with it.
    pub seasonal: Option<Vec<f64>>,
}

/// Accepts `"auto"` for what Rust leaves out.
fn damping<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "true, false or \"auto\"")]
    enum Damping {
        Known(Option<bool>),
        Word(Word),
    }
    #[derive(Deserialize)]
    enum Word {
        #[serde(rename = "auto")]
        Auto,
    }
    if !deserializer.is_human_readable() {
        return Option::deserialize(deserializer);
    }
    Ok(match Damping::deserialize(deserializer)? {
        Damping::Known(damped) => damped,
        Damping::Word(Word::Auto) => None,
    })
}

/// Accepts `null` for the default.
fn absent_as_default<'de, D, T>(deserializer: D) -> std::result::Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    if !deserializer.is_human_readable() {
        return T::deserialize(deserializer);
    }
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl EtsConfig {
    pub(super) fn check(&self) -> Result<()> {
        if !(1..=LONGEST_PERIOD).contains(&self.period) {
            let problem = format!("must be 1 to {LONGEST_PERIOD} steps, got {}", self.period);
            return Err(Error::config("period", problem));
        }
        if self.error == EtsComponent::None {
            return Err(Error::config("error", "must be \"A\", \"M\" or \"auto\", got \"N\""));
        }
        if self.trend == EtsComponent::Multiplicative {
            return Err(Error::config("trend", "must be \"N\", \"A\" or \"auto\", got \"M\""));
        }
        let seasonal = !matches!(self.seasonal, EtsComponent::None | EtsComponent::Auto);
        if seasonal && self.period < 2 {
            return Err(Error::config("period", "must be at least 2 steps for a seasonal model, got 1"));
        }
        if self.damped == Some(true) && self.trend == EtsComponent::None {
            return Err(Error::config("damped", "is true, but there is no trend"));
        }
        self.check_parameters()?;
        self.check_initial()
    }

    fn check_parameters(&self) -> Result<()> {
        let EtsParameters { alpha, beta, gamma, phi } = self.parameters;
        let shares = [("alpha", alpha), ("beta", beta), ("gamma", gamma), ("phi", phi)];
        for (name, value) in shares {
            let Some(value) = value else { continue };
            if !(0.0..=1.0).contains(&value) || (name == "phi" && value == 0.0) {
                let low = if name == "phi" { "above 0" } else { "0" };
                let problem = format!("must be {low} to 1, got {value}");
                return Err(Error::config(format!("parameters.{name}"), problem));
            }
        }
        self.fits("parameters.beta", beta.is_some(), self.has_no_trend(), "trend")?;
        self.fits("parameters.gamma", gamma.is_some(), self.has_no_season(), "season")?;
        self.fits("parameters.phi", phi.is_some(), self.has_no_trend(), "trend")?;
        let undamped = self.damped == Some(false) && phi.is_some_and(|phi| phi < 1.0);
        self.fits("parameters.phi", true, undamped, "damping")
    }

    fn check_initial(&self) -> Result<()> {
        let EtsInitial { level, trend, seasonal } = &self.initial;
        let numbers = [("level", level.as_slice()), ("trend", trend.as_slice())];
        let seasons = seasonal.as_deref().unwrap_or_default();
        for (name, values) in numbers.into_iter().chain([("seasonal", seasons)]) {
            if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                return Err(Error::config(format!("initial.{name}"), format!("must be finite, got {value}")));
            }
        }
        self.fits("initial.trend", trend.is_some(), self.has_no_trend(), "trend")?;
        self.fits("initial.seasonal", seasonal.is_some(), self.has_no_season(), "season")?;
        if seasonal.is_some() && self.seasonal == EtsComponent::Auto {
            let problem = "must be \"A\" or \"M\" where initial.seasonal is given, got \"auto\"";
            return Err(Error::config("seasonal", problem));
        }
        if seasonal.is_some() && seasons.len() != self.period {
            let problem = format!("has {} values for a period of {} steps", seasons.len(), self.period);
            return Err(Error::config("initial.seasonal", problem));
        }
        let multiplied = self.seasonal == EtsComponent::Multiplicative;
        match seasons.iter().find(|value| multiplied && **value <= 0.0) {
            Some(value) => Err(Error::config("initial.seasonal", format!("must be above 0, got {value}"))),
            None => Ok(()),
        }
    }

    fn fits(&self, field: &str, given: bool, absent: bool, what: &str) -> Result<()> {
        if given && absent {
            return Err(Error::config(field, format!("is given, but there is no {what}")));
        }
        Ok(())
    }

    fn has_no_trend(&self) -> bool {
        self.trend == EtsComponent::None
    }

    fn has_no_season(&self) -> bool {
        self.seasonal == EtsComponent::None || self.period < 2
    }

    /// What is given, with states in the given unit; a season's only where it is added to the level.
    pub(super) fn given(&self, unit: f64) -> Given {
        let EtsParameters { alpha, beta, gamma, phi } = self.parameters;
        let season_unit = if self.seasonal == EtsComponent::Multiplicative { 1.0 } else { unit };
        let scaled = |values: &Vec<f64>| values.iter().map(|value| value / season_unit).collect();
        Given {
            alpha,
            beta,
            gamma,
            phi,
            level: self.initial.level.map(|level| level / unit),
            trend: self.initial.trend.map(|trend| trend / unit),
            season: self.initial.seasonal.as_ref().map(scaled),
        }
    }
}
