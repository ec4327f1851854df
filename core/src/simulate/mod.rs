//! Does it work? Worlds, backtests and reports.

mod backtest;
mod bootstrap;
pub mod chaos;
mod charts;
mod compare;
mod dual;
mod finding;
mod foresight;
mod frontier_chart;
mod html;
mod latency;
mod replicas;
mod report;
mod requests;
mod rollout;
mod rollout_simulated;
mod run;
mod scene;
mod service;
mod single;
mod svg;
pub mod synthetic;
#[cfg(test)]
mod tests;
mod timelines;
mod train;
mod tune;
mod tune_knobs;
mod world;

pub use backtest::{backtest, backtest_with_progress};
pub use compare::{Comparison, ComparisonConfig, Difference, compare};
pub use dual::{Dual, DualConfig, dual, dual_with_progress};
pub use report::{FrontierPoint, PolicyResult, Report, Timeline};
pub use rollout::{Look, Rollout, RolloutConfig, Verdict};
pub use rollout_simulated::{rollout, rollout_with_progress};
pub use train::{train, train_with_progress};
pub use tune::{Objective, Outcome, Try, TuneConfig, Tuned, tune, tune_with_progress};
pub use world::World;
