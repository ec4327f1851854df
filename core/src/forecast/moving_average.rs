//! The mean of the last `window` known values, at every horizon.
//!
//! The interval comes from the root mean square of the one-step errors so far, the same at every horizon: right for
//! a load that wanders little within the horizon, too narrow for one that drifts.

use super::forecaster::{Clock, ErrorScale, Forecaster, known_value, not_infinite};
use crate::error::{Error, Result};
use crate::load::Series;
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
    clock: Clock,
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
            clock: Clock::default(),
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
        self.clock.advance(1);
    }

    /// Sums anew each time: no drift over millions of updates, and one huge value leaves no trace once it has left.
    fn average(&self) -> f64 {
        let known = self.recent.iter().filter(|value| !value.is_nan());
        let (sum, count) = known.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        sum / count
    }

    /// Writes the model as a snapshot.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::MovingAverage, self)
    }

    /// Reads a snapshot of the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let model: MovingAverage = snapshot::load(snapshot::Kind::MovingAverage, bytes)?;
        if model.at >= model.recent.len() || model.clock.step <= 0 {
            return Err(Error::Snapshot { problem: "the moving average is inconsistent".into() });
        }
        Ok(model)
    }
}

impl Forecaster for MovingAverage {
    fn fit(&mut self, series: &Series) -> Result<()> {
        known_value(series, self.name())?;
        let visits = series.len() as u64 * self.window() as u64;
        if visits > MOST_VISITS {
            let (window, length) = (self.window(), series.len());
            let problem = format!("{window} over {length} values takes more than {MOST_VISITS} steps");
            return Err(Error::config("window", problem));
        }
        let mut fitted = MovingAverage::new(self.window())?;
        fitted.clock = Clock::of(series);
        series.values().iter().try_for_each(|value| fitted.update(*value))?;
        *self = fitted;
        Ok(())
    }

    fn update(&mut self, value: f64) -> Result<()> {
        not_infinite(value)?;
        self.errors.add(value - self.mean);
        self.put(value);
        self.mean = self.average();
        Ok(())
    }

    fn skip(&mut self, steps: u64) {
        let rounds = steps.min(self.recent.len() as u64);
        (0..rounds).for_each(|_| self.put(f64::NAN));
        self.clock.advance(steps - rounds);
        self.mean = self.average();
    }

    fn mean(&self, _steps_ahead: usize) -> f64 {
        self.mean
    }

    fn standard_deviation(&self, _steps_ahead: usize) -> f64 {
        self.errors.value()
    }

    fn next_step(&self) -> (i64, i64) {
        (self.clock.next, self.clock.step)
    }

    fn name(&self) -> &'static str {
        "MovingAverage"
    }
}
