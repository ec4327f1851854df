//! What every forecasting model can do.

use super::Forecast;
use crate::error::{Error, Result};
use crate::load::Series;
use crate::rows::Rows;

/// Gaps longer than this many steps are refused: a single wild time stamp must not hang the caller.
const LONGEST_GAP: u64 = 10_000_000;

/// A model of a load: learns from a series or value by value, and forecasts the steps that follow.
///
/// Missing values (NaN) are allowed everywhere in the data. Features are numbers known beforehand for each step (prices,
/// events, a [`Calendar`](crate::load::Calendar)'s): a model that learned with some must be given as many at every later
/// call. Steps are those of the fitted series; a model that was only ever updated counts steps of 60 s from time 0.
pub trait Forecaster: std::any::Any + std::fmt::Debug + Send + Sync {
    /// The name of the model's type.
    fn name(&self) -> &'static str;

    /// Forgets everything and learns from `series`; `features` has one row for each of its values.
    ///
    /// # Errors
    /// [`Error::NotReady`] says how many known values are missing, [`Error::Data`] which feature is wrong. The model is
    /// then as before.
    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()>;

    /// As [`Forecaster::fit`], telling `progress` now and then the share of the work done, 0 to 1; when that answers `false` the
    /// work stops. Models that learn within a moment do not ask.
    ///
    /// # Errors
    /// As [`Forecaster::fit`]; [`Error::Stopped`] when `progress` says so.
    fn fit_with_progress(
        &mut self,
        series: &Series,
        features: Option<Rows<'_>>,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<()> {
        let _ = progress;
        self.fit(series, features)
    }

    /// Takes in the value of the next step, NaN = missing, and the step's features (which may be left out where the value
    /// is missing).
    ///
    /// # Errors
    /// [`Error::Data`] for an infinite value or wrong features. The model is then as before.
    fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()>;

    /// Forecasts the next `horizon` steps (at least 1). `levels` are the interval levels to show, each in (0, 1);
    /// `features` has one row for each step ahead.
    ///
    /// # Errors
    /// [`Error::Config`] for a horizon of 0 or a bad level; [`Error::Data`] for wrong features; [`Error::NotReady`] says
    /// how much data is missing.
    fn forecast(&self, horizon: usize, levels: &[f64], features: Option<Rows<'_>>) -> Result<Forecast>;

    /// Passes over `steps` steps in which nothing was measured.
    ///
    /// # Errors
    /// [`Error::Config`] for more than 10,000,000 steps, where a model cannot do it at once.
    fn skip(&mut self, steps: u64) -> Result<()> {
        if steps > LONGEST_GAP {
            return Err(Error::config("steps", format!("must be 0 to {LONGEST_GAP}, got {steps}")));
        }
        (0..steps).try_for_each(|_| self.update(f64::NAN, None))
    }

    /// The settings, and what was learned, for people and their tools.
    fn parameters(&self) -> serde_json::Value;

    /// Writes the model as a snapshot, which [`restore`](super::restore) reads.
    ///
    /// # Errors
    /// [`Error::Internal`], or what a user's own model says.
    fn snapshot(&self) -> Result<Vec<u8>>;

    /// A copy of the model.
    fn boxed_clone(&self) -> Box<dyn Forecaster>;
}

impl Clone for Box<dyn Forecaster> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}
