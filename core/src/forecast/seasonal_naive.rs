//! The value of one season ago: ŷ(t + h) = y(t + h − k·m), with the smallest k that lies in the past.
//!
//! The error of a forecast k seasons back has standard deviation σ·√k, with σ that of the one-season errors
//! (Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., section 5.5). Until a phase of the
//! season was seen, the last known value stands in for it.

use super::feature_regression::FeatureRegression;
use super::progress::{ErrorScale, Progress};
use super::{Forecast, Forecaster};
use crate::error::{Error, Result};
use crate::load::Series;
use crate::rows::Rows;
use crate::snapshot;
use serde::{Deserialize, Serialize};

/// Seasonal naive forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeasonalNaive {
    season: Vec<f64>,
    at: usize,
    last: f64,
    errors: ErrorScale,
    features: FeatureRegression,
    progress: Progress,
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
            features: FeatureRegression::default(),
            progress: Progress::default(),
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

    /// Takes in a value without the features' effect.
    fn learn(&mut self, value: f64) {
        if let Some(slot) = self.season.get_mut(self.at) {
            self.errors.add(value - *slot);
            if !value.is_nan() {
                *slot = value;
                self.last = value;
            }
        }
        self.at = (self.at + 1) % self.period();
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
        self.at < self.season.len()
            && self.progress.is_whole()
            && self.features.is_whole(self.progress.columns())
    }
}

impl Forecaster for SeasonalNaive {
    fn name(&self) -> &'static str {
        "SeasonalNaive"
    }

    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()> {
        if series.len() < self.period() {
            let problem =
                format!("needs at least {} steps, a season, the series has {}", self.period(), series.len());
            return Err(Error::not_ready(self.name(), problem));
        }
        let progress = Progress::fit(self.name(), series, features, 1)?;
        let (regression, plain) = FeatureRegression::fit(series, features)?;
        let mut fitted =
            SeasonalNaive { features: regression, progress, ..SeasonalNaive::new(self.period())? };
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
        self.at = (self.at + (steps % self.period() as u64) as usize) % self.period();
        self.features.skip();
        self.progress.pass(steps);
        Ok(())
    }

    fn forecast(&self, horizon: usize, levels: &[f64], features: Option<Rows<'_>>) -> Result<Forecast> {
        self.progress.check_forecast(self.name(), 1, horizon, levels, features)?;
        let expected = |ahead| match self.one_season_before(ahead) {
            seen if seen.is_nan() => self.last,
            seen => seen,
        };
        let mut mean: Vec<f64> = (1..=horizon).map(expected).collect();
        self.features.add_to(&mut mean, features);
        let seasons_back = |ahead: usize| 1 + (ahead - 1) / self.period();
        let sigma =
            (1..=horizon).map(|ahead| self.errors.value() * (seasons_back(ahead) as f64).sqrt()).collect();
        Ok(self.progress.normal(levels, mean, sigma))
    }

    fn parameters(&self) -> serde_json::Value {
        serde_json::json!({ "period": self.period(), "features": self.features.coefficients() })
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::SeasonalNaive, self)
    }

    fn boxed_clone(&self) -> Box<dyn Forecaster> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::MovingAverage;
    use super::*;
    use proptest::prelude::*;

    fn mean(model: &dyn Forecaster, ahead: usize) -> f64 {
        *model.forecast(ahead, &[], None).unwrap().mean().last().unwrap()
    }

    fn wave(days: usize) -> Series {
        let values = (0..24 * days).map(|hour| 100.0 + (hour % 24) as f64).collect();
        Series::new(values, 0, 3600.0).unwrap()
    }

    #[test]
    fn a_periodic_load_is_forecast_exactly() {
        let mut model = SeasonalNaive::new(24).unwrap();
        model.fit(&wave(2), None).unwrap();
        let forecast = model.forecast(30, &[0.8], None).unwrap();
        assert_eq!(forecast.mean()[..2], [100.0, 101.0]);
        assert_eq!((forecast.mean()[24], forecast.standard_deviation()[29]), (100.0, 0.0));
        assert_eq!(forecast.times()[..2], [48 * 3_600_000, 49 * 3_600_000]);
        assert_eq!(forecast.upper(0.8).unwrap(), forecast.mean());
    }

    #[test]
    fn errors_grow_with_the_square_root_of_the_seasons() {
        let mut model = SeasonalNaive::new(1).unwrap();
        model.fit(&Series::new(vec![10.0, 11.0, 10.0, 11.0], 0, 1.0).unwrap(), None).unwrap();
        let spread = model.forecast(4, &[], None).unwrap().standard_deviation().to_vec();
        assert_eq!(spread, [1.0, 2f64.sqrt(), 3f64.sqrt(), 2.0]);
        let (lower, upper) = (
            model.forecast(1, &[], None).unwrap().lower(0.95).unwrap()[0],
            model.forecast(1, &[], None).unwrap().upper(0.95).unwrap()[0],
        );
        assert!(
            (lower - 9.040_036_015_459_946).abs() < 1e-12 && (upper - 12.959_963_984_540_054).abs() < 1e-12
        );
    }

    #[test]
    fn a_moving_average_averages_what_is_known() {
        let mut model = MovingAverage::new(3).unwrap();
        assert!(model.forecast(1, &[], None).is_err(), "nothing is known yet");
        model.fit(&Series::new(vec![9.0, 1.0, f64::NAN, 4.0], 0, 60.0).unwrap(), None).unwrap();
        assert_eq!(mean(&model, 7), 2.5);
        model.update(1e300, None).unwrap();
        (0..3).for_each(|_| model.update(6.0, None).unwrap());
        assert_eq!(mean(&model, 1), 6.0, "a huge value leaves no trace");
        assert!(model.forecast(0, &[], None).unwrap_err().to_string().starts_with("horizon: "));
        assert!(model.forecast(1, &[1.0], None).unwrap_err().to_string().starts_with("levels: "));
        assert!(model.update(f64::INFINITY, None).is_err());
        assert!(model.fit(&Series::new(vec![f64::NAN], 0, 60.0).unwrap(), None).is_err());
        assert_eq!(mean(&model, 1), 6.0, "a refused fit changes nothing");
        let endless = MovingAverage::new(10_000_000).unwrap().fit(&wave(100), None).unwrap_err().to_string();
        assert!(endless.starts_with("window: "), "{endless}");
    }

    proptest! {
        #[test]
        fn skipping_is_the_same_as_missing(values in prop::collection::vec(0.0..100.0f64, 1..40), gap in 0u64..60, period in 1usize..20) {
            let mut skipped = SeasonalNaive::new(period).unwrap();
            let mut average = MovingAverage::new(period).unwrap();
            values.iter().for_each(|value| { skipped.update(*value, None).unwrap(); average.update(*value, None).unwrap(); });
            let (mut missing, mut missing_average) = (skipped.clone(), average.clone());
            skipped.skip(gap).unwrap();
            average.skip(gap).unwrap();
            (0..gap).for_each(|_| { missing.update(f64::NAN, None).unwrap(); missing_average.update(f64::NAN, None).unwrap(); });
            prop_assert_eq!(skipped.snapshot().unwrap(), missing.snapshot().unwrap());
            let after = |model: &MovingAverage| model.forecast(1, &[], None).map(|forecast| (forecast.times(), forecast.mean().to_vec()));
            prop_assert_eq!(after(&average), after(&missing_average));
        }

        #[test]
        fn restored_models_go_on_as_if_nothing_had_happened(values in prop::collection::vec(0.0..100.0f64, 2..60), cut in 0usize..60) {
            let cut = cut.min(values.len());
            let mut model = SeasonalNaive::new(7).unwrap();
            let mut average = MovingAverage::new(5).unwrap();
            for value in &values[..cut] { model.update(*value, None).unwrap(); average.update(*value, None).unwrap(); }
            let mut restored = SeasonalNaive::restore(&model.snapshot().unwrap()).unwrap();
            let mut restored_average = MovingAverage::restore(&average.snapshot().unwrap()).unwrap();
            for value in &values[cut..] {
                for model in [&mut model, &mut restored] { model.update(*value, None).unwrap(); }
                for model in [&mut average, &mut restored_average] { model.update(*value, None).unwrap(); }
            }
            prop_assert_eq!(model.snapshot().unwrap(), restored.snapshot().unwrap());
            prop_assert_eq!(average.snapshot().unwrap(), restored_average.snapshot().unwrap());
        }
    }
}
