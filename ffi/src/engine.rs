//! The loop: observe, decide, learn; rails, explanations, snapshots.
