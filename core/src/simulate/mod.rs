//! Does it work? Worlds, backtests and reports.

mod backtest;
mod bootstrap;
pub mod chaos;
mod charts;
mod compare;
mod finding;
mod foresight;
mod frontier_chart;
mod html;
mod latency;
mod replicas;
mod report;
mod requests;
mod run;
mod scene;
mod service;
mod svg;
pub mod synthetic;
#[cfg(test)]
mod tests;
mod timelines;
mod train;
mod world;

pub use backtest::{backtest, backtest_with_progress};
pub use compare::{Comparison, ComparisonConfig, Difference, compare};
pub use report::{FrontierPoint, PolicyResult, Report, Timeline};
pub use train::{train, train_with_progress};
pub use world::World;
