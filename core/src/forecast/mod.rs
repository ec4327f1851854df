//! What comes next, and how sure are we? Forecasters and self-adjusting intervals.

mod adaptive_interval;
mod additive;
mod custom;
mod distribution;
mod ets;
mod feature_regression;
mod forecaster;
mod moving_average;
mod normal;
mod progress;
mod seasonal_naive;

pub use adaptive_interval::{AdaptiveInterval, AdaptiveQuantile};
pub use additive::{Additive, AdditiveConfig, Growth, Mode, Seasonality};
pub use custom::{Custom, CustomForecast, CustomModel};
pub use distribution::Forecast;
pub use ets::{Ets, EtsComponent, EtsConfig, EtsInitial, EtsParameters};
pub use forecaster::{Forecaster, restore};
pub use moving_average::MovingAverage;
pub use normal::{confidence_interval, normal_quantile};
pub use seasonal_naive::SeasonalNaive;

#[cfg(test)]
mod robustness;
