//! What is best? Pareto fronts and the weighted product utility that picks a point on them.

mod archive;
mod choose;
mod crowding;
mod double_double;
mod forest;
mod front;
mod hypervolume;
mod objectives;
mod staircase;
mod utility;

pub use choose::{Bounds, choose};
pub use crowding::crowding_distance;
pub use front::{non_dominated_sort, pareto_front};
pub use hypervolume::hypervolume;
pub use utility::{log_utility, utility};
