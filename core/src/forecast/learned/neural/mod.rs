//! Small neural networks: an encoder of the past (LSTM or TCN), a head for each step ahead, and their training.
//!
//! All parameters of a network lie in one flat vector, so that the optimiser, clipping, snapshots and the comparison of
//! every gradient with finite differences see nothing but numbers.

pub(super) mod adam;
pub(super) mod course;
pub(super) mod encoder;
pub(super) mod kernels;
pub(super) mod lstm_cell;
pub(super) mod network;
pub(super) mod perceptron;
pub(super) mod tcn_blocks;
pub(super) mod training;
