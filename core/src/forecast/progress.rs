//! What every model keeps of the data it took in: when its next step begins, how much was known, how low it went; and the
//! checks that every model makes alike.

use super::Forecast;
use super::distribution::check_levels;
use crate::error::{Error, Result};
use crate::load::Series;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

/// The largest size of values that a model takes which adds up their squares.
pub(super) const LARGEST: f64 = 1e100;
/// The longest forecast, in steps.
const LONGEST_HORIZON: usize = 10_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Unix milliseconds at which the next step begins, and milliseconds per step.
    next: i64,
    step: i64,
    /// Known values taken in.
    known: u64,
    lowest: f64,
    /// How many features each step has; not decided before the first known value.
    columns: usize,
}

impl Default for Progress {
    fn default() -> Self {
        Progress { next: 0, step: 60_000, known: 0, lowest: f64::INFINITY, columns: 0 }
    }
}

impl Progress {
    /// Where a model stands that is about to learn from `series`, of which it needs `needed` known values.
    pub(super) fn fit(
        model: &str,
        series: &Series,
        features: Option<Rows<'_>>,
        needed: usize,
    ) -> Result<Self> {
        let known = series.values().iter().filter(|value| !value.is_nan()).count();
        if known < needed.max(1) {
            let values = if needed > 1 { "values" } else { "value" };
            let problem = format!(
                "needs at least {} known {values}, the series of {} has {known}",
                needed.max(1),
                series.len()
            );
            return Err(Error::not_ready(model, problem));
        }
        if let Some(rows) = features {
            if rows.len() != series.len() {
                let problem = format!("has {} rows, but the series has {} values", rows.len(), series.len());
                return Err(Error::data("features", problem));
            }
            rows.all_finite("features")?;
        }
        let columns = features.map_or(0, |rows| rows.columns());
        Ok(Progress {
            next: series.start(),
            step: series.step_milliseconds(),
            columns,
            ..Progress::default()
        })
    }

    /// Refuses a series whose squares would be taken for 0 or infinite: the middle one in size of the values that are not 0 must be at
    /// most `most`, and at least as much below 1.
    pub(super) fn check_size(model: &str, series: &Series, most: f64) -> Result<()> {
        let sizes = series.values().iter().map(|value| value.abs()).filter(|size| *size > 0.0);
        let mut sizes: Vec<f64> = sizes.collect();
        let middle = sizes.len().saturating_sub(1) / 2;
        if !sizes.is_empty() {
            let (_, size, _) = sizes.select_nth_unstable_by(middle, f64::total_cmp);
            return Self::check_one_size(model, *size, most);
        }
        Ok(())
    }

    pub(super) fn check_one_size(model: &str, size: f64, most: f64) -> Result<()> {
        if size == 0.0 || (1.0 / most..=most).contains(&size) {
            return Ok(());
        }
        let problem = format!(
            "needs values of a size of 1/{most:e} to {most:e}, in some other unit; they are around {size:e}"
        );
        Err(Error::not_ready(model, problem))
    }

    /// Refuses what cannot be taken in as the next step.
    pub(super) fn check_update(&self, value: f64, features: Option<&[f64]>) -> Result<()> {
        if value.is_infinite() {
            return Err(Error::data("value", format!("is {value}")));
        }
        match features {
            Some(row) if self.known > 0 || self.columns > 0 => self.check_row(row),
            Some([]) => Err(Error::data("features", "has 0 columns")),
            Some(row) => crate::error::all_finite("features", row),
            None if value.is_nan() || self.columns == 0 => Ok(()),
            None => Err(Error::data(
                "features",
                format!("must be given: the model learned with {}", self.columns),
            )),
        }
    }

    fn check_row(&self, row: &[f64]) -> Result<()> {
        if row.len() != self.columns {
            let problem = format!("has {} columns, but the model learned with {}", row.len(), self.columns);
            return Err(Error::data("features", problem));
        }
        crate::error::all_finite("features", row)
    }

    /// Notes that the value of the next step was taken in, after [`Progress::check_update`].
    pub(super) fn advance(&mut self, value: f64, features: Option<&[f64]>) {
        self.pass(1);
        if !value.is_nan() {
            if self.known == 0 {
                self.columns = features.map_or(self.columns, <[f64]>::len);
            }
            self.known = self.known.saturating_add(1);
            self.lowest = self.lowest.min(value);
        }
    }

    /// Notes that `steps` steps passed in which nothing was measured.
    pub(super) fn pass(&mut self, steps: u64) {
        let steps = i64::try_from(steps).unwrap_or(i64::MAX);
        self.next = self.next.saturating_add(self.step.saturating_mul(steps));
    }

    /// Refuses a forecast that cannot be made: `needed` known values (at least 1) must have been taken in.
    pub(super) fn check_forecast(
        &self,
        model: &str,
        needed: u64,
        horizon: usize,
        levels: &[f64],
        features: Option<Rows<'_>>,
    ) -> Result<()> {
        if !(1..=LONGEST_HORIZON).contains(&horizon) {
            return Err(Error::config(
                "horizon",
                format!("must be 1 to {LONGEST_HORIZON} steps, got {horizon}"),
            ));
        }
        check_levels(levels)?;
        if self.known < needed.max(1) {
            let values = if needed > 1 { "values" } else { "value" };
            let problem = format!("needs at least {} known {values}, has {}", needed.max(1), self.known);
            return Err(Error::not_ready(model, problem));
        }
        match features {
            Some(rows) if rows.len() != horizon => {
                Err(Error::data("features", format!("has {} rows for {horizon} steps ahead", rows.len())))
            }
            Some(rows) => rows.iter().try_for_each(|row| self.check_row(row)),
            None if self.columns == 0 => Ok(()),
            None => Err(Error::data(
                "features",
                format!("must be given: the model learned with {}", self.columns),
            )),
        }
    }

    /// The forecast of a normal law for each of the next steps; a load that never was negative stays so.
    pub(super) fn normal(&self, levels: &[f64], mean: Vec<f64>, standard_deviation: Vec<f64>) -> Forecast {
        Forecast::normal_law(self.next, self.step, levels, mean, standard_deviation).floored(self.floor())
    }

    /// The forecast whose law is given by quantiles at normal `scores`, one row of `values` for each of the next steps; a
    /// load that never was negative stays so.
    pub(super) fn quantiles(
        &self,
        levels: &[f64],
        mean: Vec<f64>,
        scores: Vec<f64>,
        values: Vec<f64>,
    ) -> Forecast {
        Forecast::quantile_law(self.next, self.step, levels, mean, scores, values).floored(self.floor())
    }

    /// No forecast goes below this.
    pub(super) fn floor(&self) -> f64 {
        if self.lowest < 0.0 { f64::NEG_INFINITY } else { 0.0 }
    }

    /// Unix milliseconds at which the next step begins, and milliseconds per step.
    pub(super) fn clock(&self) -> (i64, i64) {
        (self.next, self.step)
    }

    pub(super) fn known(&self) -> u64 {
        self.known
    }

    /// How many features each step has.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Whether what was read from a snapshot can be relied on.
    pub(super) fn is_whole(&self) -> bool {
        self.step > 0 && !self.lowest.is_nan()
    }
}

/// The root mean square of a model's errors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ErrorScale {
    squares: crate::math::Sum,
    count: u64,
}

impl ErrorScale {
    pub(super) fn add(&mut self, error: f64) {
        // An error whose square overflows says nothing about the scale of the others.
        if (error * error).is_finite() {
            self.squares.add(error * error);
            self.count = self.count.saturating_add(1);
        }
    }

    pub(super) fn value(&self) -> f64 {
        (self.squares.value() / self.count as f64).sqrt()
    }
}
