//! Settings of the ensemble.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Settings of [`Ensemble`](super::Ensemble).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnsembleConfig {
    /// Lengths of the seasons by the clock (UTC), at most 3, rising, each 1 s to 400 days; those and no others. A season of fewer
    /// than two steps is left out. `None`: the day, the week, and up to two shorter ones that a fit finds in its past (strong ones of
    /// 2 to 512 whole steps). Memory: six bytes for each of up to 1,440 cells of the first and 168 of the others, four for each step of
    /// those found.
    pub seasons_seconds: Option<Vec<f64>>,
    /// Steps kept for refits of members, 10 to 1,000,000; nothing is kept where there are no members.
    pub history_steps: usize,
}

impl Default for EnsembleConfig {
    fn default() -> Self {
        EnsembleConfig { seasons_seconds: None, history_steps: 20_160 }
    }
}

impl EnsembleConfig {
    pub(super) fn check(&self) -> Result<()> {
        let seasons = self.seasons();
        let in_range = seasons.iter().all(|season| (1.0..=400.0 * 86_400.0).contains(season));
        if seasons.len() > 3 || !in_range || !seasons.is_sorted_by(|a, b| a < b) {
            let problem = format!("must be at most 3 that rise, each 1 to {}, got {seasons:?}", 400 * 86_400);
            return Err(Error::config("seasons_seconds", problem));
        }
        if !(10..=1_000_000).contains(&self.history_steps) {
            let problem = format!("must be 10 to 1000000, got {}", self.history_steps);
            return Err(Error::config("history_steps", problem));
        }
        Ok(())
    }

    fn seasons(&self) -> &[f64] {
        self.seasons_seconds.as_deref().unwrap_or(&[86_400.0, 604_800.0])
    }

    /// In milliseconds.
    pub(super) fn periods(&self) -> Vec<i64> {
        self.seasons().iter().map(|season| (season * 1000.0).round() as i64).collect()
    }
}
