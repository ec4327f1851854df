//! Does it work? Worlds, backtests and reports.

mod backtest;
mod charts;
mod finding;
mod foresight;
mod frontier_chart;
mod html;
mod latency;
mod replicas;
mod report;
mod run;
mod scene;
mod service;
mod svg;
#[cfg(test)]
mod tests;
mod timelines;
mod train;
mod world;

pub use backtest::{backtest, backtest_with_progress};
pub use report::{FrontierPoint, PolicyResult, Report, Timeline};
pub use train::{train, train_with_progress};
pub use world::World;
