//! Which steps of the past a history keeps, and for how long.

use super::whole_milliseconds;
use crate::error::{Error, Result, positive};
use serde::{Deserialize, Serialize};

/// No history may grow beyond so many buckets, 14 GiB.
const MOST_BUCKETS: i64 = 1 << 28;
const MOST_LEVELS: usize = 16;

/// Settings of a [`History`](super::History).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryConfig {
    /// Levels of (seconds per step, seconds to keep), from fine to coarse: 1 to 16 of them, each step a multiple of the one
    /// before, each kept for at least a step and longer than the one before. Default: minutes for 2 days, 5 minutes for
    /// 14 days, hours for 400 days.
    pub retention: Vec<(f64, f64)>,
    /// Series (combinations of a name and tags) that are kept, at least 1. Default 256, of up to 0.9 MB each with the
    /// default retention.
    pub max_series: usize,
    /// A sample further ahead of all before is not believed until others agree; seconds, above 0. Default 3600.
    pub max_jump_seconds: f64,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        let day = 86_400.0;
        HistoryConfig {
            retention: vec![(60.0, 2.0 * day), (300.0, 14.0 * day), (3600.0, 400.0 * day)],
            max_series: 256,
            max_jump_seconds: 3600.0,
        }
    }
}

/// Milliseconds per step, and steps kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) step: i64,
    pub(super) slots: i64,
}

impl Level {
    /// The slots that are kept when the newest sample is at `time`: the first of them, and the one after the last.
    pub(super) fn kept(&self, time: i64) -> (i64, i64) {
        let end = time.div_euclid(self.step).saturating_add(1);
        (end.saturating_sub(self.slots), end)
    }
}

impl HistoryConfig {
    /// The levels, from fine to coarse; an error names what is wrong with the settings.
    pub(super) fn levels(&self) -> Result<Vec<Level>> {
        let count = self.retention.len();
        if count == 0 || count > MOST_LEVELS {
            return Err(Error::config(
                "retention",
                format!("must have 1 to {MOST_LEVELS} levels, got {count}"),
            ));
        }
        let levels =
            self.retention.iter().map(|(step, keep)| level(*step, *keep)).collect::<Result<Vec<_>>>()?;
        for pair in levels.windows(2) {
            if let [fine, coarse] = pair
                && (coarse.step <= fine.step
                    || coarse.step % fine.step != 0
                    || coarse.step.saturating_mul(coarse.slots) <= fine.step.saturating_mul(fine.slots))
            {
                let (fine, coarse) = (fine.step as f64 / 1000.0, coarse.step as f64 / 1000.0);
                let problem = format!(
                    "{coarse} s after {fine} s: each step must be a multiple of the one before, and be kept longer"
                );
                return Err(Error::config("retention", problem));
            }
        }
        let buckets = levels.iter().fold(0i64, |sum, level| sum.saturating_add(level.slots));
        let series = i64::try_from(self.max_series).unwrap_or(i64::MAX);
        if series == 0 || series.saturating_mul(buckets) > MOST_BUCKETS {
            let most = MOST_BUCKETS / buckets.max(1);
            return Err(Error::config(
                "max_series",
                format!("must be 1 to {most} with {buckets} buckets each, got {series}"),
            ));
        }
        positive("max_jump_seconds", self.max_jump_seconds)?;
        Ok(levels)
    }
}

fn level(step_seconds: f64, keep_seconds: f64) -> Result<Level> {
    let named = |error: Error| Error::config("retention", error.to_string());
    let step = whole_milliseconds(step_seconds).map_err(named)?;
    let keep = positive("keep_seconds", keep_seconds).map_err(named)? * 1000.0;
    let slots = (keep / step as f64).ceil();
    if !(1.0..=MOST_BUCKETS as f64).contains(&slots) || keep < step as f64 {
        let problem =
            format!("{step_seconds} s kept for {keep_seconds} s: must be 1 to {MOST_BUCKETS} steps");
        return Err(Error::config("retention", problem));
    }
    Ok(Level { step, slots: slots as i64 })
}
