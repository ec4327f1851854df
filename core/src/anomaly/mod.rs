//! Is this normal? Isolation forest and the scores of rare points; clusters; circuit breakers.

mod average_path_length;
mod circuit_breaker;
mod dbscan;
mod isolation_forest;
mod isolation_forest_config;
mod isolation_forest_snapshot;
mod isolation_tree;
mod kd_tree;
mod sample;
mod spillover;

pub use average_path_length::average_path_length;
pub use circuit_breaker::{BreakerState, CircuitBreaker};
pub use dbscan::dbscan;
pub use isolation_forest::IsolationForest;
pub use isolation_forest_config::IsolationForestConfig;
pub use isolation_tree::TreeNode;
pub use spillover::{Spillover, spillover};

mod anomaly_kind;
mod detector;
mod response;
mod severity;

pub use anomaly_kind::Kind;
pub use detector::{Anomaly, Detector, DetectorConfig};
pub use response::response;
pub use severity::Severity;
