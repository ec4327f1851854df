//! What the host knows beforehand and no history tells: a marketing campaign, a scheduled task.

use super::config::CloneManagerConfig;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// How many times as much as usual events may bring together.
pub(super) const MOST_FACTOR: f64 = 1e6;
/// Events that are kept at the most, for one program and for all.
const MOST_EVENTS: usize = 1000;

/// A time when more, or less, is asked for than usual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemandEvent {
    /// The program that it is for; empty: all of them.
    #[serde(default)]
    pub code: String,
    /// Unix milliseconds at which it begins.
    pub start: i64,
    /// Unix milliseconds at which it is over, after its beginning.
    pub end: i64,
    /// How many times as much is asked for as usual, 0 to 1,000.
    pub factor: f64,
}

impl DemandEvent {
    pub(super) fn check(&self) -> Result<()> {
        let DemandEvent { start, end, factor, .. } = *self;
        if end <= start {
            return Err(Error::config("end", format!("{end} ms does not lie after start, {start} ms")));
        }
        if !(0.0..=1000.0).contains(&factor) {
            return Err(Error::config("factor", format!("must be 0 to 1000, got {factor}")));
        }
        Ok(())
    }
}

/// The events of one program, or those of all.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Events(Vec<(i64, i64, f64)>);

impl Events {
    /// Takes in an event; those that were over at `now` are forgotten.
    pub(super) fn add(&mut self, event: &DemandEvent, now: i64) -> Result<()> {
        self.0.retain(|(_, end, _)| *end > now);
        if self.0.len() >= MOST_EVENTS {
            let problem = format!("{MOST_EVENTS} are announced already");
            return Err(Error::data("event", problem));
        }
        self.0.push((event.start, event.end, event.factor));
        Ok(())
    }

    /// How many times as much as usual is asked for in a step, at the most 10⁶: each event counts by the share of the step that it lasts.
    pub(super) fn factor(&self, step: i64, config: &CloneManagerConfig) -> f64 {
        if self.0.is_empty() {
            return 1.0;
        }
        let length = config.step_milliseconds();
        let begin = step.saturating_mul(length);
        let end = begin.saturating_add(length);
        let of = |(from, to, factor): &(i64, i64, f64)| {
            let lasts = (*to).min(end).saturating_sub((*from).max(begin)).max(0);
            1.0 + lasts as f64 / length as f64 * (factor - 1.0)
        };
        // Never infinite on the way: times 0 that would be no number.
        self.0.iter().map(of).fold(1.0, |all, factor| (all * factor).min(MOST_FACTOR))
    }

    /// Checks state that was read from bytes.
    pub(super) fn is_whole(&self) -> bool {
        self.0.len() <= MOST_EVENTS
            && self.0.iter().all(|(start, end, factor)| start < end && (0.0..=1000.0).contains(factor))
    }
}
