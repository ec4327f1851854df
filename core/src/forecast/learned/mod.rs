//! Models that learn from examples: boosted trees, recurrent and convolutional networks, and a hybrid of them.

mod boosted;
mod calibration;
mod design;
mod gradient_boosting;
mod highway;
mod hybrid;
mod lesson;
mod lstm;
mod model;
mod neural;
mod readout;
mod scale;
mod tcn;
#[cfg(test)]
mod tests;

pub use boosted::{GradientBoosting, GradientBoostingConfig};
pub use hybrid::{Hybrid, HybridConfig};
pub use lstm::{Lstm, LstmConfig};
pub use tcn::{Tcn, TcnConfig};

/// The settings that all of these models have, out of those of one.
macro_rules! outline {
    () => {
        fn outline(&self) -> Outline {
            Outline {
                horizon: self.horizon,
                periods: self.periods.clone(),
                calendar: self.calendar.clone(),
                seed: self.seed,
            }
        }
    };
}
use outline;

/// What all forecasters do, of a learned model over its body.
macro_rules! forecaster {
    ($model:ident) => {
        impl crate::forecast::Forecaster for $model {
            fn name(&self) -> &'static str {
                stringify!($model)
            }

            fn fit(
                &mut self,
                series: &crate::load::Series,
                features: Option<crate::Rows<'_>>,
            ) -> crate::Result<()> {
                self.0.fit(stringify!($model), series, features, &mut |_| true)
            }

            fn fit_with_progress(
                &mut self,
                series: &crate::load::Series,
                features: Option<crate::Rows<'_>>,
                progress: &mut dyn FnMut(f64) -> bool,
            ) -> crate::Result<()> {
                self.0.fit(stringify!($model), series, features, progress)
            }

            fn update(&mut self, value: f64, features: Option<&[f64]>) -> crate::Result<()> {
                self.0.update(value, features)
            }

            fn skip(&mut self, steps: u64) -> crate::Result<()> {
                self.0.skip(steps)
            }

            fn forecast(
                &self,
                horizon: usize,
                levels: &[f64],
                features: Option<crate::Rows<'_>>,
            ) -> crate::Result<crate::forecast::Forecast> {
                self.0.forecast(stringify!($model), horizon, levels, features)
            }

            fn parameters(&self) -> serde_json::Value {
                self.0.parameters()
            }

            fn snapshot(&self) -> crate::Result<Vec<u8>> {
                self.0.snapshot(crate::snapshot::Kind::$model)
            }

            fn boxed_clone(&self) -> Box<dyn crate::forecast::Forecaster> {
                Box::new(self.clone())
            }
        }
    };
}
use forecaster;
