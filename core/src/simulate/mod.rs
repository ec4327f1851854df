//! Does it work? Worlds, backtests and reports.

mod backtest;
mod bootstrap;
mod charts;
mod compare;
mod finding;
mod foresight;
mod frontier_chart;
mod html;
mod latency;
mod replicas;
mod report;
#[allow(dead_code, reason = "wired in with the world of single requests")]
mod requests;
mod run;
mod scene;
mod service;
mod svg;
pub mod synthetic;
#[cfg(test)]
mod tests;
mod timelines;
mod world;

pub use backtest::{backtest, backtest_with_progress};
pub use compare::{Comparison, ComparisonConfig, Difference, compare};
pub use report::{FrontierPoint, PolicyResult, Report, Timeline};
pub use world::World;
