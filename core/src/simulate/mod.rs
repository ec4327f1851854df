//! Does it work? Worlds, backtests and reports.

mod backtest;
pub mod chaos;
mod charts;
mod clock;
mod compare;
mod controller;
mod days;
mod days_table;
mod dual;
mod finding;
mod foresight;
mod frontier_chart;
mod html;
mod kept;
mod latency;
mod pool;
mod quantile;
mod replicas;
mod report;
mod requests;
mod response_curve;
mod rollout;
mod rollout_simulated;
mod run;
mod scene;
pub mod schemes;
mod scrape;
mod service;
mod single;
mod svg;
mod sweep;
pub mod synthetic;
#[cfg(test)]
mod tests;
mod tier;
mod timelines;
mod totals;
mod train;
mod tune;
mod tune_config;
mod tune_knobs;
mod tune_search;
mod two_moments;
mod waits;
mod world;

pub use backtest::{
    BacktestConfig, backtest, backtest_many, backtest_many_with_progress, backtest_with_progress,
};
pub use compare::{Comparison, ComparisonConfig, Difference, compare};
pub use days::{DailyMean, DailyMeans, DayResult};
pub use dual::{Dual, DualConfig, dual, dual_with_progress};
pub use report::{FrontierPoint, PolicyResult, Report, TierResult, Timeline};
pub use rollout::{Look, Rollout, RolloutConfig, Verdict};
pub use rollout_simulated::{rollout, rollout_with_progress};
pub use sweep::Sweep;
pub use tier::Tier;
pub use train::{train, train_with_progress};
pub use tune::{Tuned, tune, tune_with_progress};
pub use tune_config::{Objective, Outcome, TuneConfig};
pub use tune_search::Try;
pub use world::World;
