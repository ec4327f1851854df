//! What does it burn? The energy tensor, power curves of kinds of hardware, and tasks moved to where energy is cheap.

mod hardware;
mod least_squares;
mod minimize;
mod power;
mod schedule;
mod tensor;

pub use hardware::{HardwareProfile, transition_energy};
pub use minimize::CheapestScaling;
pub use power::PowerCurve;
pub use schedule::{Placement, Plan, Task, Unplaced, schedule, schedule_with_progress};
pub use tensor::EnergyTensor;
