//! Who decides? One [`Policy`] trait; every control law, ours and the baselines, implements it.

mod aibrix_apa;
mod aws_predictive;
mod buckets;
mod config;
mod crane;
mod custom;
mod dynamo;
mod dynamo_predictor;
mod hpa;
mod kpa;
mod label;
mod oracle;
mod predictive;
mod q_learning;
mod q_table;
mod q_table_picture;
mod ray_serve;
mod reason;
mod schedule;
mod seasonal_max;
mod situation;
mod static_count;
mod target_tracking;
#[cfg(test)]
mod tests;

pub use aibrix_apa::{AibrixApa, AibrixApaConfig};
pub use aws_predictive::{AwsPredictive, AwsPredictiveConfig};
pub use config::{AnyPolicy, PolicyConfig};
pub use crane::{Crane, CraneConfig};
pub use custom::{CustomPolicy, Own};
pub use dynamo::{Dynamo, DynamoConfig, DynamoGeneration};
pub use dynamo_predictor::DynamoPredictor;
pub use hpa::{
    Behavior, Hpa, HpaBehavior, HpaConfig, Metric, MetricTolerance, Pod, PodMetrics, PodPhase, ScalingPolicy,
    ScalingPolicyKind, SelectPolicy,
};
pub use kpa::{Kpa, KpaConfig};
pub use label::Label;
pub use oracle::Oracle;
pub use predictive::{OperatingPoint, Predictive, PredictiveConfig, QuantileRule, Sizing};
pub use q_learning::{QLearning, QLearningConfig};
pub use q_table::QTable;
pub use ray_serve::{RayServe, RayServeConfig};
pub use reason::Reason;
pub use schedule::{Schedule, ScheduleConfig, ScheduleWindow};
pub use seasonal_max::{SeasonalMax, SeasonalMaxConfig};
pub(crate) use situation::replicas_for;
pub use situation::{Damping, Fleet, Peak, Policy, Proposal, Situation};
pub use static_count::Static;
pub use target_tracking::{TargetTracking, TargetTrackingConfig};
