//! The loop: observe, decide, learn; rails, explanations, snapshots.
//!
//! ```
//! use forescale::engine::{Engine, EngineConfig, Fleet};
//! let mut engine = Engine::new(EngineConfig { service_rate: 10.0, ..EngineConfig::default() })?;
//! for minute in 1..=60 {
//!     engine.observe(minute * 60_000, 200.0)?;
//! }
//! let decision = engine.decide(60 * 60_000, Fleet::new(4, 4))?;
//! assert!(decision.replicas >= 22);
//! println!("{}", engine.explain());
//! # Ok::<(), forescale::Error>(())
//! ```

mod anomaly_config;
mod audit;
mod audit_log;
mod audit_replay;
mod breaker_config;
mod config;
mod deciding;
mod decision;
mod engine_loop;
mod error_shape;
mod feedback;
mod first_scale;
mod hand;
#[cfg(test)]
mod hand_tests;
mod joint_budget;
mod lead_time;
mod lead_time_config;
mod learned;
#[cfg(test)]
mod learning_tests;
mod load_window;
mod operating_point;
mod outlook;
mod performance;
#[cfg(test)]
mod policy_tests;
mod rails;
#[cfg(test)]
mod rails_tests;
mod reconfigure;
mod regression;
mod resources;
mod reward;
mod reward_config;
mod rolling;
mod shadow;
mod starting;
mod state;
#[cfg(test)]
mod tests;
mod tiers;
mod trust;
mod value;
mod watch;
mod worth;

pub use crate::policy::{Fleet, Label, Reason};
pub use anomaly_config::AnomalyConfig;
pub use audit_replay::{AuditReplay, LogDifference, replay};
pub use breaker_config::BreakerConfig;
pub use config::{EngineConfig, EngineMode};
pub use decision::{Counterfactuals, Decision, Mode, Rail, WithoutRail};
pub use engine_loop::Engine;
pub use joint_budget::{Claim, Fairness, JointBudget, Pool};
pub use lead_time::LeadTime;
pub use lead_time_config::LeadTimeConfig;
pub use performance::Performance;
pub use rails::{
    Activation, Blind, Budget, FlipBudget, ForecastLimits, PauseDirection, RailsConfig, RateLimit,
    RateLimits, Stabilization, Tolerance,
};
pub use resources::Resource;
pub use reward::Reward;
pub use reward_config::RewardConfig;
pub use tiers::Tier;
pub use value::ForecastValue;
