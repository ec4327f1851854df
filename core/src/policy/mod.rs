//! Who decides? One [`Policy`] trait; every control law, ours and the baselines, implements it.

mod config;
mod hpa;
mod oracle;
mod predictive;
mod reason;
mod seasonal_max;
mod situation;
mod static_count;

pub use config::{AnyPolicy, PolicyConfig};

pub use hpa::{
    Behavior, Hpa, HpaBehavior, HpaConfig, Metric, MetricTolerance, PodMetrics, ScalingPolicy,
    ScalingPolicyKind, SelectPolicy,
};
pub use oracle::Oracle;
pub use predictive::Predictive;
pub use reason::Reason;
pub use seasonal_max::{SeasonalMax, SeasonalMaxConfig};
pub(crate) use situation::replicas_for;
pub use situation::{Damping, Fleet, Peak, Policy, Proposal, Situation};
pub use static_count::Static;
