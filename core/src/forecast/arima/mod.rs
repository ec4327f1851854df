//! Autoregressive integrated moving average processes, seasonal or not: φ(B)·Φ(Bᵐ)·(Δ y − μ) = θ(B)·Θ(Bᵐ)·e.
//!
//! The exact Gaussian likelihood, missing values included, by the Kalman filter (Gardner, Harvey & Phillips 1980, "An algorithm for
//! exact maximum likelihood estimation of autoregressive-moving average models by means of Kalman filtering", Applied Statistics 29;
//! Harvey 1989; Durbin & Koopman 2012), maximised over stationary and invertible processes; the order, where it is not given, by
//! the stepwise search of Hyndman & Khandakar 2008.

mod conditional;
mod config;
mod differences;
mod estimate;
mod filter;
mod learned;
mod least_squares;
mod likelihood;
mod oscillation;
mod polynomial;
mod search;
mod shape;
mod stationary;
#[cfg(test)]
mod tests;

pub use config::{ArimaConfig, ArimaOrder, ArimaParameters, SeasonalOrder};

use super::feature_regression::FeatureRegression;
use super::progress::{self, Progress};
use super::{Forecast, Forecaster};
use crate::error::{Error, Result};
use crate::load::Series;
use crate::rows::Rows;
use crate::snapshot;
use learned::Learned;
use serde::{Deserialize, Serialize};

/// Values beyond this have squares that overflow; they count as missing.
const LARGEST: f64 = 1e150;

/// An ARIMA model.
///
/// [`fit`](Forecaster::fit) estimates, at O(n·r) for each evaluation of the likelihood of n complete values, r = max(p + P·m,
/// q + Q·m + 1) the length of the state; [`update`](Forecaster::update) keeps the coefficients and costs O(r + d + D·m), times the
/// count of innovations that missing values left open. Before the first `fit` a model without given parameters is a random walk.
#[derive(Debug, Clone, PartialEq)]
pub struct Arima {
    config: ArimaConfig,
    learned: Learned,
    features: FeatureRegression,
    progress: Progress,
}

impl Arima {
    /// A model that has learned nothing.
    ///
    /// # Errors
    /// [`Error::Config`] for an order out of its range, or parameters that do not fit it or are not stationary.
    pub fn new(config: ArimaConfig) -> Result<Self> {
        config.check()?;
        Ok(Arima {
            learned: Learned::nothing(&config),
            config,
            features: FeatureRegression::default(),
            progress: Progress::default(),
        })
    }

    /// Whether the process has neither autoregression nor moving average: (0, d, 0), without a season.
    pub(crate) fn is_differences_alone(&self) -> bool {
        let shape = self.learned.order.shape;
        [shape.p, shape.q, shape.seasonal_p, shape.seasonal_q] == [0; 4]
    }

    /// Known values that a fit needs.
    fn needed(&self) -> usize {
        match (&self.config.parameters, self.config.given()) {
            (None, Some(order)) => order.differencing().degree() + order.shape.count() + 2,
            _ => 1,
        }
    }

    /// Reads a snapshot of the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let damaged = || Error::Snapshot { problem: "the ARIMA model is inconsistent".into() };
        let saved: Saved = snapshot::load(snapshot::Kind::Arima, bytes)?;
        let config: ArimaConfig = serde_json::from_str(&saved.config).map_err(|_| damaged())?;
        config.check().map_err(|_| damaged())?;
        let learned = saved.learned.restored().ok_or_else(damaged)?;
        let whole = saved.progress.is_whole() && saved.features.is_whole(saved.progress.columns());
        let model = Arima { config, learned, features: saved.features, progress: saved.progress };
        if whole { Ok(model) } else { Err(damaged()) }
    }
}

/// A model as it is written. The settings are text, since their orders are words or numbers.
#[derive(Serialize, Deserialize)]
struct Saved {
    config: String,
    learned: Learned,
    features: FeatureRegression,
    progress: Progress,
}

impl Forecaster for Arima {
    fn name(&self) -> &'static str {
        "Arima"
    }

    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()> {
        let mut progress = Progress::fit(self.name(), series, features, self.needed())?;
        Progress::check_size(self.name(), series, progress::LARGEST)?;
        let (regression, plain) = FeatureRegression::fit(series, features)?;
        let values: Vec<f64> = plain.values().iter().map(|value| measured(*value)).collect();
        let learned = Learned::fit(&self.config, &values)?;
        series.values().iter().for_each(|value| progress.advance(measured(*value), None));
        (self.learned, self.features, self.progress) = (learned, regression, progress);
        Ok(())
    }

    fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()> {
        self.progress.check_update(value, features)?;
        let without = self.features.update(value, features)?;
        self.learned.update(measured(without));
        self.progress.advance(measured(value), features);
        Ok(())
    }

    fn forecast(&self, horizon: usize, levels: &[f64], features: Option<Rows<'_>>) -> Result<Forecast> {
        self.progress.check_forecast(self.name(), 1, horizon, levels, features)?;
        let (mut mean, deviation) = self.learned.forecast(horizon);
        self.features.add_to(&mut mean, features);
        Ok(self.progress.normal(levels, mean, deviation))
    }

    fn parameters(&self) -> serde_json::Value {
        let Learned { order, coefficients, .. } = &self.learned;
        let shape = order.shape;
        let (aic, aicc) = self.learned.criteria();
        let seasonal = (shape.period > 1).then_some([
            shape.seasonal_p,
            order.seasonal_d,
            shape.seasonal_q,
            shape.period,
        ]);
        serde_json::json!({
            "order": [shape.p, order.d, shape.q],
            "seasonal_order": seasonal,
            "ar": coefficients.ar,
            "ma": coefficients.ma,
            "seasonal_ar": coefficients.seasonal_ar,
            "seasonal_ma": coefficients.seasonal_ma,
            "mean": coefficients.mean,
            "sigma2": self.learned.sigma2,
            "log_likelihood": self.learned.log_likelihood,
            "aic": aic,
            "aicc": aicc,
            "features": self.features.coefficients(),
        })
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        let config =
            serde_json::to_string(&self.config).map_err(|error| Error::internal(error.to_string()))?;
        let saved = Saved {
            config,
            learned: self.learned.clone(),
            features: self.features.clone(),
            progress: self.progress,
        };
        snapshot::save(snapshot::Kind::Arima, &saved)
    }

    fn boxed_clone(&self) -> Box<dyn Forecaster> {
        Box::new(self.clone())
    }
}

/// The value, or NaN where it is too large to be one.
fn measured(value: f64) -> f64 {
    if value.abs() < LARGEST { value } else { f64::NAN }
}
