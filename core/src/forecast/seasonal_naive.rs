//! The value of one season ago: ŷ(t + h) = y(t + h − k·m), with the smallest k that lies in the past.
//!
//! The error of a forecast k seasons back has standard deviation σ·√k, with σ that of the one-season errors
//! (Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., section 5.5). Until a phase of the
//! season was seen, the last known value stands in for it.

use super::forecaster::{Clock, ErrorScale, Forecaster, known_value, not_infinite};
use crate::error::{Error, Result};
use crate::load::Series;
use crate::snapshot;
use serde::{Deserialize, Serialize};

/// Seasonal naive forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeasonalNaive {
    season: Vec<f64>,
    at: usize,
    last: f64,
    errors: ErrorScale,
    clock: Clock,
}

impl SeasonalNaive {
    /// A season of `period` steps, 1 to 10,000,000.
    ///
    /// # Errors
    /// [`Error::Config`] for a period outside of that range.
    pub fn new(period: usize) -> Result<Self> {
        if !(1..=10_000_000).contains(&period) {
            return Err(Error::config("period", format!("must be 1 to 10000000 steps, got {period}")));
        }
        let season = vec![f64::NAN; period];
        Ok(SeasonalNaive {
            season,
            at: 0,
            last: f64::NAN,
            errors: ErrorScale::default(),
            clock: Clock::default(),
        })
    }

    /// Steps per season.
    pub fn period(&self) -> usize {
        self.season.len()
    }

    /// Value one season before the step `steps_ahead` (at least 1); NaN when it was not seen.
    pub(crate) fn one_season_before(&self, steps_ahead: usize) -> f64 {
        let phase = (self.at + (steps_ahead.max(1) - 1) % self.period()) % self.period();
        self.season.get(phase).copied().unwrap_or(f64::NAN)
    }

    /// Writes the model as a snapshot.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::SeasonalNaive, self)
    }

    /// Reads a snapshot of the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let model: SeasonalNaive = snapshot::load(snapshot::Kind::SeasonalNaive, bytes)?;
        if !model.is_whole() {
            return Err(Error::Snapshot { problem: "the seasonal naive model is inconsistent".into() });
        }
        Ok(model)
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.at < self.season.len() && self.clock.step > 0
    }
}

impl Forecaster for SeasonalNaive {
    fn fit(&mut self, series: &Series) -> Result<()> {
        known_value(series, self.name())?;
        let mut fitted = SeasonalNaive::new(self.period())?;
        fitted.clock = Clock::of(series);
        series.values().iter().try_for_each(|value| fitted.update(*value))?;
        *self = fitted;
        Ok(())
    }

    fn update(&mut self, value: f64) -> Result<()> {
        not_infinite(value)?;
        self.clock.advance(1);
        if let Some(slot) = self.season.get_mut(self.at) {
            self.errors.add(value - *slot);
            if !value.is_nan() {
                *slot = value;
                self.last = value;
            }
        }
        self.at = (self.at + 1) % self.period();
        Ok(())
    }

    fn skip(&mut self, steps: u64) {
        self.clock.advance(steps);
        self.at = (self.at + (steps % self.period() as u64) as usize) % self.period();
    }

    fn mean(&self, steps_ahead: usize) -> f64 {
        let seen = self.one_season_before(steps_ahead);
        if seen.is_nan() { self.last } else { seen }
    }

    fn standard_deviation(&self, steps_ahead: usize) -> f64 {
        let seasons_back = 1 + (steps_ahead.max(1) - 1) / self.period();
        self.errors.value() * (seasons_back as f64).sqrt()
    }

    fn next_step(&self) -> (i64, i64) {
        (self.clock.next, self.clock.step)
    }

    fn name(&self) -> &'static str {
        "SeasonalNaive"
    }
}

#[cfg(test)]
mod tests {
    use super::super::MovingAverage;
    use super::*;
    use proptest::prelude::*;

    fn wave(days: usize) -> Series {
        let values = (0..24 * days).map(|hour| 100.0 + (hour % 24) as f64).collect();
        Series::new(values, 0, 3600.0).unwrap()
    }

    #[test]
    fn a_periodic_load_is_forecast_exactly() {
        let mut model = SeasonalNaive::new(24).unwrap();
        model.fit(&wave(2)).unwrap();
        let forecast = model.forecast(30, &[0.8]).unwrap();
        assert_eq!(forecast.mean()[..2], [100.0, 101.0]);
        assert_eq!((forecast.mean()[24], forecast.standard_deviation()[29]), (100.0, 0.0));
        assert_eq!(forecast.times()[..2], [48 * 3_600_000, 49 * 3_600_000]);
        assert_eq!(forecast.upper(0.8).unwrap(), forecast.mean());
    }

    #[test]
    fn errors_grow_with_the_square_root_of_the_seasons() {
        let mut model = SeasonalNaive::new(1).unwrap();
        model.fit(&Series::new(vec![0.0, 1.0, 0.0, 1.0], 0, 1.0).unwrap()).unwrap();
        let spread = model.forecast(4, &[]).unwrap().standard_deviation().to_vec();
        assert_eq!(spread, [1.0, 2f64.sqrt(), 3f64.sqrt(), 2.0]);
        let (lower, upper) = (
            model.forecast(1, &[]).unwrap().lower(0.95).unwrap()[0],
            model.forecast(1, &[]).unwrap().upper(0.95).unwrap()[0],
        );
        assert!(
            (lower + 0.959_963_984_540_054).abs() < 1e-12 && (upper - 2.959_963_984_540_054).abs() < 1e-12
        );
    }

    #[test]
    fn a_moving_average_averages_what_is_known() {
        let mut model = MovingAverage::new(3).unwrap();
        assert!(model.forecast(1, &[]).is_err(), "nothing is known yet");
        model.fit(&Series::new(vec![9.0, 1.0, f64::NAN, 4.0], 0, 60.0).unwrap()).unwrap();
        assert_eq!(model.mean(7), 2.5);
        model.update(1e300).unwrap();
        (0..3).for_each(|_| model.update(6.0).unwrap());
        assert_eq!(model.mean(1), 6.0, "a huge value leaves no trace");
        assert!(model.forecast(0, &[]).unwrap_err().to_string().starts_with("horizon: "));
        assert!(model.forecast(1, &[1.0]).unwrap_err().to_string().starts_with("levels: "));
        assert!(model.update(f64::INFINITY).is_err());
        assert!(model.fit(&Series::new(vec![f64::NAN], 0, 60.0).unwrap()).is_err());
        assert_eq!(model.mean(1), 6.0, "a refused fit changes nothing");
        let endless = MovingAverage::new(10_000_000).unwrap().fit(&wave(100)).unwrap_err().to_string();
        assert!(endless.starts_with("window: "), "{endless}");
    }

    proptest! {
        #[test]
        fn skipping_is_the_same_as_missing(values in prop::collection::vec(0.0..100.0f64, 1..40), gap in 0u64..60, period in 1usize..20) {
            let mut skipped = SeasonalNaive::new(period).unwrap();
            let mut average = MovingAverage::new(period).unwrap();
            values.iter().for_each(|value| { skipped.update(*value).unwrap(); average.update(*value).unwrap(); });
            let (mut missing, mut missing_average) = (skipped.clone(), average.clone());
            skipped.skip(gap);
            average.skip(gap);
            (0..gap).for_each(|_| { missing.update(f64::NAN).unwrap(); missing_average.update(f64::NAN).unwrap(); });
            prop_assert_eq!(skipped.snapshot().unwrap(), missing.snapshot().unwrap());
            prop_assert_eq!(average.mean(1).to_bits(), missing_average.mean(1).to_bits());
            prop_assert_eq!(average.next_step(), missing_average.next_step());
        }

        #[test]
        fn restored_models_go_on_as_if_nothing_had_happened(values in prop::collection::vec(0.0..100.0f64, 2..60), cut in 0usize..60) {
            let cut = cut.min(values.len());
            let mut model = SeasonalNaive::new(7).unwrap();
            let mut average = MovingAverage::new(5).unwrap();
            for value in &values[..cut] { model.update(*value).unwrap(); average.update(*value).unwrap(); }
            let mut restored = SeasonalNaive::restore(&model.snapshot().unwrap()).unwrap();
            let mut restored_average = MovingAverage::restore(&average.snapshot().unwrap()).unwrap();
            for value in &values[cut..] {
                for model in [&mut model, &mut restored] { model.update(*value).unwrap(); }
                for model in [&mut average, &mut restored_average] { model.update(*value).unwrap(); }
            }
            prop_assert_eq!(model.snapshot().unwrap(), restored.snapshot().unwrap());
            prop_assert_eq!(average.snapshot().unwrap(), restored_average.snapshot().unwrap());
        }
    }
}
