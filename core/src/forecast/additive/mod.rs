//! A trend that bends at few points, seasons, holidays and features, added up or multiplied: Prophet's model.
//!
//! Taylor & Letham 2018, "Forecasting at scale", The American Statistician 72, with the priors and defaults of Prophet. The
//! fit finds the most probable coefficients exactly (see `posterior.rs`), where Prophet stops a search. The interval
//! holds the noise and what future bends of the trend may do, in closed form. New here: errors are carried on to the next steps,
//! and the model learns from each value.

mod columns;
mod config;
mod curve;
mod gram;
mod lasso;
mod learned;
mod posterior;

pub use config::{AdditiveConfig, Growth, Mode, Seasonality};

use super::progress::{self, Progress};
use super::{Forecast, Forecaster};
use crate::error::{Error, Result};
use crate::load::{Calendar, Series};
use crate::rows::Rows;
use crate::snapshot::{self, Kind};
use learned::Learned;
use serde::{Deserialize, Serialize};

/// An additive model.
///
/// Each update refines the sums that the fit is made of, at O(columns²), and now and then, less often than every tenth value,
/// the coefficients anew, at O(columns³): the model stays that of all values so far, as if it were fitted to them, with
/// changepoints that follow the time. Where effects multiply or the growth is logistic, earlier values are kept as they were
/// linearised. The state is bounded: about 20 KiB with the defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Additive {
    config: AdditiveConfig,
    #[serde(skip)]
    calendar: Option<Calendar>,
    progress: Progress,
    learned: Option<Learned>,
}

impl Additive {
    /// A model with these settings.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of its range.
    pub fn new(config: AdditiveConfig) -> Result<Self> {
        config.check()?;
        let calendar = config.calendar.clone().map(Calendar::new).transpose()?;
        Ok(Additive { config, calendar, progress: Progress::default(), learned: None })
    }

    /// The settings.
    pub fn config(&self) -> &AdditiveConfig {
        &self.config
    }

    /// Reads a snapshot of the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let read: Additive = snapshot::load(Kind::Additive, bytes)?;
        let checked =
            Additive::new(read.config).map_err(|error| Error::Snapshot { problem: error.to_string() })?;
        let calendar = checked.calendar.as_ref();
        let whole =
            read.learned.as_ref().is_none_or(|learned| learned.is_whole(calendar, read.progress.columns()));
        if !read.progress.is_whole() || !whole {
            return Err(Error::Snapshot { problem: "the additive model is inconsistent".into() });
        }
        Ok(Additive { progress: read.progress, learned: read.learned, ..checked })
    }
}

impl Forecaster for Additive {
    fn name(&self) -> &'static str {
        "Additive"
    }

    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()> {
        let mut progress = Progress::fit(self.name(), series, features, 1)?;
        Progress::check_size(self.name(), series, progress::LARGEST)?;
        let learned = Learned::fit(&self.config, self.calendar.as_ref(), series, features)?;
        series.values().iter().for_each(|value| progress.advance(*value, None));
        self.progress = progress;
        self.learned = Some(learned);
        Ok(())
    }

    fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()> {
        self.progress.check_update(value, features)?;
        let (time, step) = self.progress.clock();
        if value.is_nan() || value.abs() > learned::LARGEST {
            if let Some(learned) = &mut self.learned {
                learned.miss(1);
            }
        } else {
            let rows = features.map(|row| Rows::whole(row, row.len()));
            if self.learned.is_none() {
                let count = features.map_or(0, <[f64]>::len);
                let first = Learned::new(&self.config, self.calendar.as_ref(), time, step, count)?;
                first.columns.rows(self.calendar.as_ref(), &[time], rows)?;
                self.learned = Some(first);
            }
            if let Some(learned) = &mut self.learned {
                let row = learned.columns.rows(self.calendar.as_ref(), &[time], rows)?;
                learned.update(&self.config, time, step, value, row);
            }
        }
        self.progress.advance(value, features);
        Ok(())
    }

    fn skip(&mut self, steps: u64) -> Result<()> {
        if let Some(learned) = &mut self.learned {
            learned.miss(steps);
        }
        self.progress.pass(steps);
        Ok(())
    }

    fn forecast(&self, horizon: usize, levels: &[f64], features: Option<Rows<'_>>) -> Result<Forecast> {
        self.progress.check_forecast(self.name(), 1, horizon, levels, features)?;
        let Some(learned) = &self.learned else {
            return Err(Error::not_ready(self.name(), "needs at least 1 known value below 1e150"));
        };
        let (calendar, clock) = (self.calendar.as_ref(), self.progress.clock());
        let (mean, deviation) = learned.forecast(&self.config, calendar, clock, horizon, features)?;
        Ok(self.progress.normal(levels, mean, deviation))
    }

    fn parameters(&self) -> serde_json::Value {
        let learned = self.learned.as_ref().map(|learned| learned.parameters(&self.config));
        serde_json::json!({ "config": self.config, "learned": learned })
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(Kind::Additive, self)
    }

    fn boxed_clone(&self) -> Box<dyn Forecaster> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
