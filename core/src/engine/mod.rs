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
mod breaker_config;
mod config;
mod deciding;
mod decision;
mod engine_loop;
mod load_window;
mod outlook;
#[cfg(test)]
mod policy_tests;
mod rails;
mod state;
#[cfg(test)]
mod tests;
mod trust;
mod watch;

pub use crate::policy::{Fleet, Reason};
pub use anomaly_config::AnomalyConfig;
pub use breaker_config::BreakerConfig;
pub use config::{EngineConfig, RailsConfig};
pub use decision::{Decision, Mode, Rail};
pub use engine_loop::Engine;
pub use rails::{RateLimit, RateLimits, Stabilization, Tolerance};
