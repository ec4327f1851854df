//! What is best? Pareto fronts, utilities that pick a point on them, and plans found by annealing.

mod allocation;
mod anneal;
mod archive;
mod body;
mod choose;
mod crowding;
mod double_double;
mod exact;
mod forest;
mod front;
mod hypervolume;
mod objectives;
mod scalarize;
mod scenarios;
mod sieve;
mod staircase;
mod utility;

pub use allocation::Allocation;
pub use anneal::{AllocationPlan, AnnealConfig, Annealing, anneal, anneal_with_progress};
pub use choose::{Bounds, choose};
pub use crowding::crowding_distance;
pub use front::{non_dominated_sort, pareto_front};
pub use hypervolume::{hypervolume, hypervolume_with_progress};
pub use scalarize::{achievement, knee, weighted_sum};
pub use scenarios::{ScenarioConfig, Scenarios, scenarios};
pub use utility::{log_utility, utility};

use crate::error::{Error, Result};

/// Tells the share of the work done; an error when the answer is to stop.
fn tell(progress: &mut dyn FnMut(f64) -> bool, share: f64) -> Result<()> {
    if progress(share) { Ok(()) } else { Err(Error::Stopped { percent: (100.0 * share) as u8 }) }
}
