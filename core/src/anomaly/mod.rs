//! Is this normal? Isolation forest, scores of rare points, and a detector for load streams.

mod average_path_length;
mod isolation_forest;
mod isolation_forest_config;
mod isolation_forest_snapshot;
mod isolation_tree;
mod sample;

pub use average_path_length::average_path_length;
pub use isolation_forest::IsolationForest;
pub use isolation_forest_config::IsolationForestConfig;
pub use isolation_tree::TreeNode;

mod anomaly_kind;
mod detector;
mod response;
mod severity;

pub use anomaly_kind::Kind;
pub use detector::{Anomaly, Detector, DetectorConfig};
pub use response::response;
pub use severity::Severity;
