//! The mean of the last `window` known values, at every horizon.
//!
//! The interval comes from the root mean square of the one-step errors so far, the same at every horizon: right for
//! a load that wanders little within the horizon, too narrow for one that drifts.

use super::feature_regression::FeatureRegression;
use super::progress::{ErrorScale, Progress};
use super::{Forecast, Forecaster};
use crate::error::{Error, Result};
use crate::load::Series;
use crate::rows::Rows;
use crate::snapshot;
use serde::{Deserialize, Serialize};

/// A fit that visits more values (about a minute) is refused.
const MOST_VISITS: u64 = 20_000_000_000;

/// A moving average. An update costs O(window), a fit that for each value of the series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MovingAverage {
    recent: Vec<f64>,
    at: usize,
    mean: f64,
    errors: ErrorScale,
    features: FeatureRegression,
    progress: Progress,
}

impl MovingAverage {
    /// An average over the last `window` steps, 1 to 10,000,000.
    ///
    /// # Errors
    /// [`Error::Config`] for a window outside of that range.
    pub fn new(window: usize) -> Result<Self> {
        if !(1..=10_000_000).contains(&window) {
            return Err(Error::config("window", format!("must be 1 to 10000000 steps, got {window}")));
        }
        let recent = vec![f64::NAN; window];
        Ok(MovingAverage {
            recent,
            at: 0,
            mean: f64::NAN,
            errors: ErrorScale::default(),
            features: FeatureRegression::default(),
            progress: Progress::default(),
        })
    }

    /// Steps that the average covers.
    pub fn window(&self) -> usize {
        self.recent.len()
    }

    fn put(&mut self, value: f64) {
        if let Some(slot) = self.recent.get_mut(self.at) {
            *slot = value;
        }
        self.at = (self.at + 1) % self.recent.len().max(1);
    }

    /// Takes in a value without the features' effect.
    fn learn(&mut self, value: f64) {
        self.errors.add(value - self.mean);
        self.put(value);
        self.mean = self.average();
    }

    /// Sums anew each time: no drift over millions of updates, and one huge value leaves no trace once it has left.
    fn average(&self) -> f64 {
        let known = self.recent.iter().filter(|value| !value.is_nan());
        let (sum, count) = known.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        sum / count
    }

    /// Reads a snapshot of the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let model: MovingAverage = snapshot::load(snapshot::Kind::MovingAverage, bytes)?;
        if model.at >= model.recent.len()
            || !model.progress.is_whole()
            || !model.features.is_whole(model.progress.columns())
        {
            return Err(Error::Snapshot { problem: "the moving average is inconsistent".into() });
        }
        Ok(model)
    }
}

impl Forecaster for MovingAverage {
    fn name(&self) -> &'static str {
        "MovingAverage"
    }

    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()> {
        let progress = Progress::fit(self.name(), series, features, 1)?;
        let visits = series.len() as u64 * self.window() as u64;
        if visits > MOST_VISITS {
            let (window, length) = (self.window(), series.len());
            let problem = format!("{window} over {length} values takes more than {MOST_VISITS} steps");
            return Err(Error::config("window", problem));
        }
        let (regression, plain) = FeatureRegression::fit(series, features)?;
        let mut fitted =
            MovingAverage { features: regression, progress, ..MovingAverage::new(self.window())? };
        for (value, without) in series.values().iter().zip(plain.values()) {
            fitted.learn(*without);
            fitted.progress.advance(*value, None);
        }
        *self = fitted;
        Ok(())
    }

    fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()> {
        self.progress.check_update(value, features)?;
        let without = self.features.update(value, features)?;
        self.learn(without);
        self.progress.advance(value, features);
        Ok(())
    }

    fn skip(&mut self, steps: u64) -> Result<()> {
        let rounds = steps.min(self.recent.len() as u64);
        (0..rounds).for_each(|_| self.put(f64::NAN));
        self.mean = self.average();
        self.features.skip();
        self.progress.pass(steps);
        Ok(())
    }

    fn forecast(&self, horizon: usize, levels: &[f64], features: Option<Rows<'_>>) -> Result<Forecast> {
        self.progress.check_forecast(self.name(), 1, horizon, levels, features)?;
        if self.mean.is_nan() {
            return Err(Error::not_ready(
                self.name(),
                "needs a known value among the last steps of its window",
            ));
        }
        let mut mean = vec![self.mean.clamp(f64::MIN, f64::MAX); horizon];
        self.features.add_to(&mut mean, features);
        Ok(self.progress.normal(levels, mean, vec![self.errors.value(); horizon]))
    }

    fn parameters(&self) -> serde_json::Value {
        serde_json::json!({ "window": self.window(), "mean": self.mean, "features": self.features.coefficients() })
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::MovingAverage, self)
    }

    fn boxed_clone(&self) -> Box<dyn Forecaster> {
        Box::new(self.clone())
    }
}
