//! What every forecasting model can do, and what it answers with.

use super::normal::normal_quantile;
use crate::error::{Error, Result, strictly_between};
use crate::load::Series;

/// A model of a load: learns from a series or value by value, and forecasts the steps that follow.
///
/// Missing values (NaN) are allowed everywhere in the data. Steps are those of the fitted series; a model that was
/// only ever updated counts steps of 60 s from time 0.
pub trait Forecaster {
    /// Forgets everything and learns from `series`.
    ///
    /// # Errors
    /// [`Error::NotReady`] when the series has no known value; the model is then as before.
    fn fit(&mut self, series: &Series) -> Result<()>;

    /// Takes in the value of the next step, NaN = missing. O(1), and does not allocate.
    ///
    /// # Errors
    /// [`Error::Data`] for an infinite value.
    fn update(&mut self, value: f64) -> Result<()>;

    /// Passes over `steps` steps in which nothing was measured, at no more cost than one season of updates.
    fn skip(&mut self, steps: u64);

    /// Expected value `steps_ahead` steps (at least 1) after the last one taken in; NaN while nothing is known.
    fn mean(&self, steps_ahead: usize) -> f64;

    /// Standard deviation of the error of [`Forecaster::mean`]; NaN until at least one error was seen.
    fn standard_deviation(&self, steps_ahead: usize) -> f64;

    /// Unix milliseconds at which the next step begins, and milliseconds per step.
    fn next_step(&self) -> (i64, i64);

    /// The name of the model, for messages.
    fn name(&self) -> &'static str;

    /// Forecasts the next `horizon` steps (at least 1). `levels` are the interval levels to show, each in (0, 1).
    ///
    /// # Errors
    /// [`Error::Config`] for a horizon of 0 or a bad level; [`Error::NotReady`] says how much data is missing.
    fn forecast(&self, horizon: usize, levels: &[f64]) -> Result<Forecast> {
        if horizon == 0 || horizon > 10_000_000 {
            return Err(Error::config("horizon", format!("must be 1 to 10000000 steps, got {horizon}")));
        }
        levels.iter().try_for_each(|level| strictly_between("levels", *level, 0.0, 1.0).map(|_| ()))?;
        if self.mean(1).is_nan() {
            return Err(Error::not_ready(self.name(), "needs at least 1 known value"));
        }
        let (start, step_milliseconds) = self.next_step();
        Ok(Forecast {
            start,
            step_milliseconds,
            levels: levels.to_vec(),
            mean: (1..=horizon).map(|ahead| self.mean(ahead)).collect(),
            standard_deviation: (1..=horizon).map(|ahead| self.standard_deviation(ahead)).collect(),
        })
    }
}

/// A forecast: for each step ahead a normal law around the mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    start: i64,
    step_milliseconds: i64,
    levels: Vec<f64>,
    mean: Vec<f64>,
    standard_deviation: Vec<f64>,
}

impl Forecast {
    /// Unix milliseconds at which each forecast step begins.
    pub fn times(&self) -> Vec<i64> {
        let step = |i: usize| self.start.saturating_add(self.step_milliseconds.saturating_mul(i as i64));
        (0..self.mean.len()).map(step).collect()
    }

    /// Expected load of each step, in the unit of the series.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Standard deviation of each step's error; NaN where the model has not seen an error yet.
    pub fn standard_deviation(&self) -> &[f64] {
        &self.standard_deviation
    }

    /// The interval levels that were asked for.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// Lower end of the central interval with probability `level`, in (0, 1).
    ///
    /// # Errors
    /// [`Error::Config`] for a level outside of (0, 1).
    pub fn lower(&self, level: f64) -> Result<Vec<f64>> {
        strictly_between("level", level, 0.0, 1.0)?;
        self.quantile(0.5 - 0.5 * level)
    }

    /// Upper end of the central interval with probability `level`, in (0, 1).
    ///
    /// # Errors
    /// [`Error::Config`] for a level outside of (0, 1).
    pub fn upper(&self, level: f64) -> Result<Vec<f64>> {
        strictly_between("level", level, 0.0, 1.0)?;
        self.quantile(0.5 + 0.5 * level)
    }

    /// The `q`-quantile of each step, `q` in (0, 1).
    ///
    /// # Errors
    /// [`Error::Config`] for a `q` outside of (0, 1).
    pub fn quantile(&self, q: f64) -> Result<Vec<f64>> {
        strictly_between("q", q, 0.0, 1.0)?;
        let z = normal_quantile(q)?;
        Ok(self.mean.iter().zip(&self.standard_deviation).map(|(mean, sigma)| mean + z * sigma).collect())
    }
}

/// When the next step of a model begins, and how far it is from step to step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Clock {
    pub(super) next: i64,
    pub(super) step: i64,
}

impl Clock {
    pub(super) fn of(series: &Series) -> Self {
        Clock { next: series.start(), step: series.step_milliseconds() }
    }

    pub(super) fn advance(&mut self, steps: u64) {
        let steps = i64::try_from(steps).unwrap_or(i64::MAX);
        self.next = self.next.saturating_add(self.step.saturating_mul(steps));
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock { next: 0, step: 60_000 }
    }
}

/// The root mean square of a model's errors.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct ErrorScale {
    squares: crate::math::Sum,
    count: u64,
}

impl ErrorScale {
    pub(super) fn add(&mut self, error: f64) {
        if !error.is_nan() {
            self.squares.add(error * error);
            self.count = self.count.saturating_add(1);
        }
    }

    pub(super) fn value(&self) -> f64 {
        (self.squares.value() / self.count as f64).sqrt()
    }
}

pub(super) fn known_value(series: &Series, name: &'static str) -> Result<()> {
    if series.values().iter().all(|value| value.is_nan()) {
        return Err(Error::not_ready(
            name,
            format!("needs at least 1 known value, the series of {} has none", series.len()),
        ));
    }
    Ok(())
}

pub(super) fn not_infinite(value: f64) -> Result<()> {
    if value.is_infinite() { Err(Error::data("value", format!("is {value}"))) } else { Ok(()) }
}
