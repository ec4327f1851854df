//! Does it work? Worlds, backtests and reports.

mod backtest;
mod foresight;
mod latency;
mod replicas;
mod report;
mod run;
mod scene;
#[cfg(test)]
mod tests;
mod world;

pub use backtest::{backtest, backtest_with_progress};
pub use report::{FrontierPoint, PolicyResult, Report, Timeline};
pub use world::World;
