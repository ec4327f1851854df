//! An exponentially weighted average, x̄ ← x̄ + (x − x̄)/w (Roberts 1959).

use serde::{Deserialize, Serialize};

/// An exponentially weighted average that begins as a plain one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Average {
    pub(super) value: f64,
    weight: f64,
}

impl Average {
    pub(super) fn add(&mut self, number: f64, length: f64) -> f64 {
        self.weight = (self.weight + 1.0).min(length);
        self.value += (number - self.value) / self.weight;
        self.value
    }

    pub(super) fn is_sound(&self) -> bool {
        self.value.is_finite() && self.weight >= 0.0
    }
}
