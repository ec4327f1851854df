//! The course of a training: how long and how fast, and how much is read before it counts.

use crate::error::{Result, strictly_between};
use crate::forecast::learned::lesson::check_size;

/// Steps that a network reads before its answers count.
pub(super) const WARM_UP: usize = 64;

/// How long and how fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Course {
    pub(in super::super) steps: usize,
    pub(in super::super) learning_rate: f64,
}

impl Course {
    pub(in super::super) fn check(&self) -> Result<()> {
        check_size("steps", self.steps, 0, 100_000)?;
        strictly_between("learning_rate", self.learning_rate, 0.0, 1.0).map(|_| ())
    }
}
