//! Scaling is paused by hand, in one direction or in both.

use crate::config::from_json;
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// The direction in which scaling is paused. In text `"in"`, `"out"`, `"both"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseDirection {
    /// Nothing is removed.
    In,
    /// Nothing is added.
    Out,
    /// Nothing is changed.
    Both,
}

impl PauseDirection {
    /// Reads `in`, `out` or `both`.
    ///
    /// # Errors
    /// [`crate::Error::Config`] for any other word.
    pub fn from_text(text: &str) -> Result<Self> {
        from_json("direction", &serde_json::Value::from(text).to_string())
    }

    /// The word that [`PauseDirection::from_text`] reads.
    pub fn word(self) -> &'static str {
        match self {
            PauseDirection::In => "in",
            PauseDirection::Out => "out",
            PauseDirection::Both => "both",
        }
    }

    pub(in crate::engine) fn apply(self, current: u32, proposed: u32) -> u32 {
        match self {
            PauseDirection::In => proposed.max(current),
            PauseDirection::Out => proposed.min(current),
            PauseDirection::Both => current,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_other_direction_goes_on() {
        let paused = |word| PauseDirection::from_text(word).unwrap();
        let both_ways = |word| [3, 9].map(|proposed| paused(word).apply(5, proposed));
        assert_eq!((both_ways("in"), both_ways("out"), both_ways("both")), ([5, 9], [3, 5], [5, 5]));
        assert!(["in", "out", "both"].iter().all(|word| paused(word).word() == *word));
        let error = PauseDirection::from_text("up").unwrap_err().to_string();
        assert!(error.starts_with("direction: unknown variant `up`"), "{error}");
    }
}
