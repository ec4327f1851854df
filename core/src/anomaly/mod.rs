//! Is this normal? Isolation forest and the scores of rare points.

mod average_path_length;
mod isolation_explanation;
mod isolation_forest;
mod isolation_forest_config;
mod isolation_forest_snapshot;
mod isolation_growth;
mod isolation_stream;
mod isolation_threshold;
mod isolation_tree;
mod ordered;
mod planes;
mod points;
mod sample;

pub use average_path_length::{Normalizer, average_path_length};
pub use isolation_forest::IsolationForest;
pub use isolation_forest_config::IsolationForestConfig;
pub use isolation_tree::{TreeNode, single_precision_threshold};
pub use points::{PointValues, Points};
