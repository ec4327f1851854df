//! Is this normal? Isolation forest and the scores of rare points; a detector for load streams; clusters; circuit breakers.

mod anomaly_kind;
mod average_path_length;
mod circuit_breaker;
mod dbscan;
mod detector;
mod isolation_explanation;
mod isolation_forest;
mod isolation_forest_config;
mod isolation_forest_snapshot;
mod isolation_forest_update;
mod isolation_growth;
mod isolation_stream;
mod isolation_threshold;
mod isolation_tree;
mod kd_tree;
mod ordered;
mod planes;
mod points;
mod response;
mod sample;
mod severity;
mod spillover;

pub use anomaly_kind::AnomalyKind;
pub use average_path_length::{Normalizer, average_path_length};
pub use circuit_breaker::{BreakerState, CircuitBreaker};
pub use dbscan::dbscan;
pub use detector::{Anomaly, Detector, DetectorConfig};
pub use isolation_forest::IsolationForest;
pub use isolation_forest_config::IsolationForestConfig;
pub use isolation_tree::{TreeNode, single_precision_threshold};
pub use points::{PointValues, Points};
pub use response::response;
pub use severity::Severity;
pub use spillover::{Spillover, spillover};
