//! What an anomaly looks like, as a name and a number.

use serde::{Deserialize, Serialize};

/// What a sample looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnomalyKind {
    /// As usual.
    Ordinary,
    /// Suddenly higher: against the sample before, the median of the last 7, or the season's profile.
    Spike,
    /// Suddenly lower, by the same.
    Drop,
    /// Another level, for some samples already: the 6-averages, and the 36-average's distance.
    LevelShift,
    /// The same value over and over, or much less rough than usual.
    FlatLine,
    /// Away from the usual over some tens of samples: the 36-averages.
    Drift,
    /// Samples were left out or not a number.
    Missing,
    /// The season's average leaves the long season's.
    SlowChange,
}

impl AnomalyKind {
    /// The kind's stable number, from 0 in the order of declaration: how C sees it.
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The kind as a word: `ordinary`, `spike`, `drop`, `level_shift`, `flat_line`, `drift`, `missing`, `slow_change`.
    pub fn name(self) -> &'static str {
        match self {
            AnomalyKind::Ordinary => "ordinary",
            AnomalyKind::Spike => "spike",
            AnomalyKind::Drop => "drop",
            AnomalyKind::LevelShift => "level_shift",
            AnomalyKind::FlatLine => "flat_line",
            AnomalyKind::Drift => "drift",
            AnomalyKind::Missing => "missing",
            AnomalyKind::SlowChange => "slow_change",
        }
    }
}
