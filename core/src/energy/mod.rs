//! What does it burn? The energy tensor: how scaling dimensions turn into consumption.

mod least_squares;
mod minimize;
mod tensor;

pub use minimize::CheapestScaling;
pub use tensor::EnergyTensor;
