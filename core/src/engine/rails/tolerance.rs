//! Small changes are let pass.

use crate::error::{Result, not_negative};
use serde::{Deserialize, Serialize};

/// Relative change of the request that is let pass, per direction; none by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tolerance {
    /// Growth up to this share of the current count is let pass; 0.
    pub up: f64,
    /// Shrinking up to this share of the current count is let pass; 0.
    pub down: f64,
}

impl Tolerance {
    pub(in crate::engine) fn check(&self) -> Result<()> {
        not_negative("rails.tolerance.up", self.up)?;
        not_negative("rails.tolerance.down", self.down).map(|_| ())
    }

    pub(in crate::engine) fn apply(&self, current: u32, proposed: u32) -> u32 {
        let share = if proposed > current { self.up } else { self.down };
        let change = f64::from(proposed.abs_diff(current));
        if change <= share * f64::from(current) { current } else { proposed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerance_keeps_small_changes_from_happening() {
        let tolerance = Tolerance { up: 0.1, down: 0.2 };
        assert_eq!([11, 12, 8, 7].map(|proposed| tolerance.apply(10, proposed)), [10, 12, 10, 7]);
        assert_eq!(Tolerance::default().apply(10, 11), 11);
    }
}
