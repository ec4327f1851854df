//! The settings of an additive model, and their defaults, which are Prophet's.

use crate::error::{Error, Result, positive};
use crate::load::CalendarConfig;
use serde::{Deserialize, Serialize};

/// An update costs the square of the count of columns, and now and then its cube.
const MOST_PAIRS: usize = 200;
const MOST_CHANGEPOINTS: usize = 200;

/// How the trend goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Growth {
    /// Piecewise linear.
    #[default]
    Linear,
    /// Towards `cap` along a logistic curve whose rate is piecewise constant.
    Logistic,
    /// A constant.
    Flat,
}

/// How the seasons, the calendar and the features act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// They add to the trend.
    #[default]
    Additive,
    /// They add a share of the trend.
    Multiplicative,
}

/// A season: a Fourier series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seasonality {
    /// Length of the season.
    pub period_seconds: f64,
    /// Pairs of sine and cosine, at least 1: the season may have as many humps.
    pub pairs: usize,
}

/// Settings of an [`Additive`](super::Additive) model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdditiveConfig {
    /// How the trend goes. Default linear.
    pub growth: Growth,
    /// What logistic growth tends to, above every load; must be given for logistic growth, and only there.
    pub cap: Option<f64>,
    /// Where the trend may bend: points spread evenly over the history, 0 to 200, at most one for each 4 known values. Default 25.
    pub changepoints: usize,
    /// The share of the history, from its start, that has changepoints, in (0, 1]. Default 0.8.
    pub changepoint_range: f64,
    /// How far the trend may bend: the scale of the Laplace prior of each change of slope, for a load and a history of length 1. Default 0.05.
    pub changepoint_prior: f64,
    /// The seasons. By default a day (4 pairs), a week (3) and a year of 365.25 days (10), each once two of them have passed;
    /// never more pairs than the step can tell apart.
    pub seasonalities: Option<Vec<Seasonality>>,
    /// Whether seasons, calendar and features add to the trend or multiply it. Default additive.
    pub mode: Mode,
    /// Scale of the normal prior of each Fourier coefficient, for a load of height 1. Default 10.
    pub seasonality_prior: f64,
    /// Holidays and events, and the zone whose clock the day and the week follow, with the pairs to use for them. By default none, and UTC.
    pub calendar: Option<CalendarConfig>,
    /// Scale of the normal prior of the effect of the holidays and of each kind of event. Default 10.
    pub holidays_prior: f64,
    /// Scale of the normal prior of the effect of each feature. Default 10.
    pub features_prior: f64,
    /// Whether the latest error is carried on, fading as fast as errors did so far: better for the next steps, and not part
    /// of Prophet. Default true.
    pub autoregressive: bool,
}

impl Default for AdditiveConfig {
    fn default() -> Self {
        AdditiveConfig {
            growth: Growth::Linear,
            cap: None,
            changepoints: 25,
            changepoint_range: 0.8,
            changepoint_prior: 0.05,
            seasonalities: None,
            mode: Mode::Additive,
            seasonality_prior: 10.0,
            calendar: None,
            holidays_prior: 10.0,
            features_prior: 10.0,
            autoregressive: true,
        }
    }
}

impl AdditiveConfig {
    pub(super) fn check(&self) -> Result<()> {
        match (self.growth, self.cap) {
            (Growth::Logistic, Some(cap)) => {
                positive("cap", cap)?;
            }
            (Growth::Logistic, None) => {
                return Err(Error::config("cap", "must be given for logistic growth"));
            }
            (_, Some(cap)) => {
                return Err(Error::config(
                    "cap",
                    format!("{cap} was given, but only logistic growth has one"),
                ));
            }
            (_, None) => {}
        }
        if self.changepoints > MOST_CHANGEPOINTS {
            let problem = format!("must be 0 to {MOST_CHANGEPOINTS}, got {}", self.changepoints);
            return Err(Error::config("changepoints", problem));
        }
        if !(self.changepoint_range > 0.0 && self.changepoint_range <= 1.0) {
            let problem = format!("must lie in (0, 1], got {}", self.changepoint_range);
            return Err(Error::config("changepoint_range", problem));
        }
        for (field, scale) in [
            ("changepoint_prior", self.changepoint_prior),
            ("seasonality_prior", self.seasonality_prior),
            ("holidays_prior", self.holidays_prior),
            ("features_prior", self.features_prior),
        ] {
            if !(1e-6..=1e6).contains(&scale) {
                return Err(Error::config(field, format!("must be 1e-6 to 1e6, got {scale}")));
            }
        }
        let seasons = self.seasonalities.as_deref().unwrap_or_default();
        for (i, season) in seasons.iter().enumerate() {
            let field = |name: &str| format!("seasonalities[{i}].{name}");
            if !(1e-3..=1e12).contains(&season.period_seconds) {
                let problem = format!("must be 0.001 to 1e12 s, got {}", season.period_seconds);
                return Err(Error::config(field("period_seconds"), problem));
            }
            if !(1..=MOST_PAIRS).contains(&season.pairs) {
                return Err(Error::config(
                    field("pairs"),
                    format!("must be 1 to {MOST_PAIRS}, got {}", season.pairs),
                ));
            }
        }
        let calendar = self
            .calendar
            .as_ref()
            .map_or(0, |calendar| calendar.day_pairs.saturating_add(calendar.week_pairs));
        let pairs = seasons.iter().map(|season| season.pairs).sum::<usize>() + calendar;
        if pairs > MOST_PAIRS {
            return Err(Error::config(
                "seasonalities",
                format!("at most {MOST_PAIRS} pairs are allowed, got {pairs}"),
            ));
        }
        Ok(())
    }
}
