//! What comes next, and how sure are we? Forecasters and self-adjusting intervals.

mod accuracy;
mod adaptive_interval;
mod additive;
mod arima;
mod custom;
mod distribution;
mod ensemble;
mod ets;
mod evaluate;
mod feature_regression;
mod forecaster;
mod hierarchy;
mod learned;
mod moving_average;
mod normal;
mod panel;
mod progress;
mod restore;
mod seasonal_naive;
mod spectral;

pub use accuracy::{
    accuracy, coverage, crps, crps_normal, mae, mape, mase, pinball, smape, undefined, wape, within,
};
pub use adaptive_interval::{AdaptiveInterval, AdaptiveQuantile};
pub use additive::{Additive, AdditiveConfig, Growth, Mode, Seasonality};
pub use arima::{Arima, ArimaConfig, ArimaOrder, ArimaParameters, SeasonalOrder};
pub use custom::{Custom, CustomForecast, CustomModel};
pub use distribution::Forecast;
pub use ensemble::{Ensemble, EnsembleConfig, ExponentialWeights, pooled_shape};
pub use ets::{Ets, EtsComponent, EtsConfig, EtsInitial, EtsParameters};
pub use evaluate::{Evaluation, EvaluationConfig, evaluate, evaluate_with_progress};
pub use forecaster::Forecaster;
pub use hierarchy::{Hierarchy, Reconciliation, Tags};
pub use learned::{
    GradientBoosting, GradientBoostingConfig, Hybrid, HybridConfig, Lstm, LstmConfig, Tcn, TcnConfig,
};
pub use moving_average::MovingAverage;
pub use normal::{confidence_interval, normal_quantile};
pub use panel::Panel;
pub use restore::restore;
pub use seasonal_naive::SeasonalNaive;
pub use spectral::{Spectral, SpectralConfig};

#[cfg(test)]
mod robustness;
