//! What comes next, and how sure are we? Forecasters and self-adjusting intervals.

mod adaptive_interval;
mod distribution;
mod ensemble;
mod feature_regression;
mod forecaster;
mod moving_average;
mod normal;
mod progress;
mod seasonal_naive;

pub use adaptive_interval::{AdaptiveInterval, AdaptiveQuantile};
pub use distribution::Forecast;
pub use ensemble::ExponentialWeights;
#[doc(hidden)]
pub use ensemble::Proto;
pub use forecaster::{Forecaster, restore};
pub use moving_average::MovingAverage;
pub use normal::{confidence_interval, normal_quantile};
pub use seasonal_naive::SeasonalNaive;
