//! A model of the user's own, which takes part wherever a model of the library does.
//!
//! What comes in is checked before the model sees it, and what it answers before anyone else does: lengths, numbers that are
//! not finite, quantiles that cross, negative forecasts of a load that never was negative.

use super::progress::Progress;
use super::{Forecast, Forecaster};
use crate::error::{Error, Result};
use crate::load::Series;
use crate::rows::Rows;
use crate::snapshot::{self, Kind};
use serde::{Deserialize, Serialize};

/// What a user's own model has to do. `features` is there or not, and of one width, as it was at the first value.
///
/// Its errors go to the caller as they are.
pub trait CustomModel: std::fmt::Debug + Send + Sync {
    /// Its name, for messages.
    fn name(&self) -> &str;

    /// Forgets everything and learns from a series with at least one known value (NaN = missing).
    ///
    /// # Errors
    /// The model's own; it should be as before then.
    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()>;

    /// Takes in the value of the next step, NaN = missing.
    ///
    /// # Errors
    /// The model's own; it should be as before then.
    fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()>;

    /// Forecasts the next `horizon` steps; at least one value was taken in.
    ///
    /// # Errors
    /// The model's own.
    fn forecast(&self, horizon: usize, features: Option<Rows<'_>>) -> Result<CustomForecast>;

    /// Its state as bytes.
    ///
    /// # Errors
    /// The model's own, or that it has no such thing.
    fn snapshot(&self) -> Result<Vec<u8>>;

    /// A copy that is independent of it.
    ///
    /// # Errors
    /// The model's own; what asked for a copy then has one that gives this error at every call.
    fn copy(&self) -> Result<Box<dyn CustomModel>>;
}

/// What a user's own model forecasts, a number for each step ahead.
#[derive(Debug, Clone, PartialEq)]
pub enum CustomForecast {
    /// A normal law for each step.
    Normal {
        /// Expected loads.
        mean: Vec<f64>,
        /// NaN where it is not known.
        standard_deviation: Vec<f64>,
    },
    /// Some quantiles of each step.
    Quantiles {
        /// Expected loads.
        mean: Vec<f64>,
        /// Two or more that rise within (0, 1).
        probabilities: Vec<f64>,
        /// A row for each step, a column for each probability.
        values: Vec<f64>,
    },
}

/// A user's own model as a [`Forecaster`].
#[derive(Debug)]
pub struct Custom {
    model: Box<dyn CustomModel>,
    progress: Progress,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    name: String,
    progress: Progress,
    state: Vec<u8>,
}

impl Custom {
    /// Wraps a model that has taken in nothing yet.
    pub fn new(model: impl CustomModel + 'static) -> Self {
        Custom { model: Box::new(model), progress: Progress::default() }
    }

    /// Reads a snapshot; `make` turns the model's own bytes into the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of a user's own model, and what `make` says.
    pub fn restore<M: CustomModel + 'static>(
        bytes: &[u8],
        make: impl FnOnce(&[u8]) -> Result<M>,
    ) -> Result<Self> {
        let saved: Saved = snapshot::load(Kind::Custom, bytes)?;
        if !saved.progress.is_whole() {
            return Err(Error::Snapshot { problem: "the model is inconsistent".into() });
        }
        Ok(Custom { model: Box::new(make(&saved.state)?), progress: saved.progress })
    }

    /// Why a snapshot of a user's own model is not restored without that model.
    pub(super) fn refusal(bytes: &[u8]) -> Error {
        match snapshot::load::<Saved>(Kind::Custom, bytes) {
            Ok(saved) => Error::Snapshot {
                problem: format!(
                    "of a user's own model, {}: restore it through Custom, with the model",
                    saved.name
                ),
            },
            Err(error) => error,
        }
    }

    fn own(&self, error: Error) -> Error {
        let name = format!("{}.forecast", self.model.name());
        match error {
            Error::Data { name: what, problem } | Error::Config { field: what, problem } => {
                Error::Data { name, problem: format!("{what}: {problem}") }
            }
            other => other,
        }
    }

    fn law(&self, levels: &[f64], answer: CustomForecast) -> Result<Forecast> {
        let (start, step) = self.progress.clock();
        let step_seconds = step as f64 / 1000.0;
        match answer {
            CustomForecast::Normal { mean, standard_deviation } => {
                Forecast::normal(start, step_seconds, levels, mean, standard_deviation)
            }
            CustomForecast::Quantiles { mean, probabilities, values } => {
                let values = Rows::new("values", &values, probabilities.len())?;
                Forecast::from_quantiles(start, step_seconds, levels, mean, &probabilities, values)
            }
        }
    }
}

impl Forecaster for Custom {
    fn name(&self) -> &'static str {
        "Custom"
    }

    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()> {
        let mut progress = Progress::fit(self.model.name(), series, features, 1)?;
        self.model.fit(series, features)?;
        series.values().iter().for_each(|value| progress.advance(*value, None));
        self.progress = progress;
        Ok(())
    }

    fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()> {
        self.progress.check_update(value, features)?;
        self.model.update(value, features)?;
        self.progress.advance(value, features);
        Ok(())
    }

    fn forecast(&self, horizon: usize, levels: &[f64], features: Option<Rows<'_>>) -> Result<Forecast> {
        self.progress.check_forecast(self.model.name(), 1, horizon, levels, features)?;
        let answer = self.model.forecast(horizon, features)?;
        let (CustomForecast::Normal { mean, .. } | CustomForecast::Quantiles { mean, .. }) = &answer;
        if mean.len() != horizon {
            let problem = format!("has {} values for {horizon} steps ahead", mean.len());
            return Err(self.own(Error::data("mean", problem)));
        }
        let forecast = self.law(levels, answer).map_err(|error| self.own(error))?;
        Ok(forecast.floored(self.progress.floor()))
    }

    fn parameters(&self) -> serde_json::Value {
        serde_json::json!({ "model": self.model.name() })
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        let saved =
            Saved { name: self.model.name().into(), progress: self.progress, state: self.model.snapshot()? };
        snapshot::save(Kind::Custom, &saved)
    }

    fn boxed_clone(&self) -> Box<dyn Forecaster> {
        let copy = self.model.copy();
        let model = copy.unwrap_or_else(|error| Box::new(NoCopy { name: self.model.name().into(), error }));
        Box::new(Custom { model, progress: self.progress })
    }
}

/// What stands for a model that could not be copied.
#[derive(Debug, Clone)]
struct NoCopy {
    name: String,
    error: Error,
}

impl CustomModel for NoCopy {
    fn name(&self) -> &str {
        &self.name
    }

    fn fit(&mut self, _: &Series, _: Option<Rows<'_>>) -> Result<()> {
        Err(self.error.clone())
    }

    fn update(&mut self, _: f64, _: Option<&[f64]>) -> Result<()> {
        Err(self.error.clone())
    }

    fn forecast(&self, _: usize, _: Option<Rows<'_>>) -> Result<CustomForecast> {
        Err(self.error.clone())
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        Err(self.error.clone())
    }

    fn copy(&self) -> Result<Box<dyn CustomModel>> {
        Err(self.error.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Repeats the last known value.
    #[derive(Debug, Clone)]
    struct Last {
        value: f64,
        answer: fn(usize, f64) -> CustomForecast,
    }

    fn normal(horizon: usize, value: f64) -> CustomForecast {
        CustomForecast::Normal { mean: vec![value; horizon], standard_deviation: vec![1.0; horizon] }
    }

    impl CustomModel for Last {
        fn name(&self) -> &str {
            "Last"
        }

        fn fit(&mut self, series: &Series, _: Option<Rows<'_>>) -> Result<()> {
            series.values().iter().try_for_each(|value| self.update(*value, None))
        }

        fn update(&mut self, value: f64, _: Option<&[f64]>) -> Result<()> {
            if value == 13.0 {
                return Err(Error::data("Last.update", "no thirteen"));
            }
            if !value.is_nan() {
                self.value = value;
            }
            Ok(())
        }

        fn forecast(&self, horizon: usize, _: Option<Rows<'_>>) -> Result<CustomForecast> {
            Ok((self.answer)(horizon, self.value))
        }

        fn snapshot(&self) -> Result<Vec<u8>> {
            Ok(self.value.to_le_bytes().to_vec())
        }

        fn copy(&self) -> Result<Box<dyn CustomModel>> {
            match self.value == 7.0 {
                true => Err(Error::data("Last.copy", "no seven")),
                false => Ok(Box::new(self.clone())),
            }
        }
    }

    fn custom(answer: fn(usize, f64) -> CustomForecast) -> Custom {
        let mut model = Custom::new(Last { value: 0.0, answer });
        model.fit(&Series::new(vec![1.0, f64::NAN, 3.0], 0, 60.0).unwrap(), None).unwrap();
        model
    }

    #[test]
    fn it_forecasts_and_goes_on_after_a_snapshot() {
        let mut model = custom(normal);
        model.update(5.0, None).unwrap();
        let forecast = model.forecast(2, &[0.8], None).unwrap();
        assert_eq!((forecast.mean(), forecast.times()), (&[5.0, 5.0][..], vec![240_000, 300_000]));
        assert_eq!(forecast.lower(0.999_999_9).unwrap(), [0.0, 0.0], "a load is never negative");
        let bytes = model.snapshot().unwrap();
        let make =
            |state: &[u8]| Ok(Last { value: f64::from_le_bytes(state.try_into().unwrap()), answer: normal });
        let restored = Custom::restore(&bytes, make).unwrap();
        assert_eq!(restored.forecast(2, &[0.8], None).unwrap(), forecast);
        let refusal = super::super::restore(&bytes).unwrap_err().to_string();
        assert!(refusal.contains("Last") && refusal.contains("Custom"), "{refusal}");
    }

    #[test]
    fn its_errors_arrive_and_change_nothing() {
        let mut model = custom(normal);
        let before = model.snapshot().unwrap();
        assert_eq!(model.update(13.0, None).unwrap_err().to_string(), "Last.update: no thirteen");
        assert!(model.update(f64::INFINITY, None).is_err());
        assert_eq!(model.snapshot().unwrap(), before);
        model.update(7.0, None).unwrap();
        let mut copy = model.boxed_clone();
        for error in
            [copy.update(1.0, None), copy.forecast(1, &[], None).map(drop), copy.snapshot().map(drop)]
        {
            assert_eq!(error.unwrap_err().to_string(), "Last.copy: no seven");
        }
    }

    #[test]
    fn bad_answers_are_named() {
        let refused = |answer| custom(answer).forecast(2, &[], None).unwrap_err().to_string();
        let short = refused(|_, value| normal(1, value));
        assert_eq!(short, "Last.forecast: mean: has 1 values for 2 steps ahead");
        let infinite = refused(|horizon, _| normal(horizon, f64::INFINITY));
        assert!(infinite.starts_with("Last.forecast: mean: "), "{infinite}");
        let negative = refused(|_, value| CustomForecast::Normal {
            mean: vec![value; 2],
            standard_deviation: vec![1.0, -1.0],
        });
        assert!(negative.starts_with("Last.forecast: standard_deviation: "), "{negative}");
        let uneven = refused(|_, value| CustomForecast::Quantiles {
            mean: vec![value; 2],
            probabilities: vec![0.1, 0.9],
            values: vec![1.0; 3],
        });
        assert!(uneven.starts_with("Last.forecast: values: "), "{uneven}");
    }

    #[test]
    fn crossing_quantiles_are_put_in_order() {
        let model = custom(|horizon, value| CustomForecast::Quantiles {
            mean: vec![value; horizon],
            probabilities: vec![0.1, 0.5, 0.9],
            values: [5.0, 4.0, 1.0].repeat(horizon),
        });
        let forecast = model.forecast(3, &[0.8], None).unwrap();
        let (lower, upper) = (forecast.lower(0.8).unwrap()[0], forecast.upper(0.8).unwrap()[0]);
        assert!((lower - 1.0).abs() < 1e-12 && (upper - 5.0).abs() < 1e-12, "{lower} {upper}");
    }
}
