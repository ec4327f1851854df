//! What the calendar says about windows, computed once for all primaries.

use super::config::ShadowManagerConfig;
use crate::error::Result;
use crate::load::{Calendar, CalendarConfig};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Windows that are remembered at the most.
const MOST_WINDOWS: usize = 1024;

/// A calendar that is saved as its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "CalendarConfig", into = "CalendarConfig")]
struct SavedCalendar(Calendar);

impl TryFrom<CalendarConfig> for SavedCalendar {
    type Error = crate::error::Error;

    fn try_from(config: CalendarConfig) -> Result<Self> {
        Calendar::new(config).map(SavedCalendar)
    }
}

impl From<SavedCalendar> for CalendarConfig {
    fn from(saved: SavedCalendar) -> Self {
        saved.0.config().clone()
    }
}

/// The features of windows: a constant and the calendar's columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Features {
    calendar: SavedCalendar,
    step_milliseconds: i64,
    #[serde(skip)]
    known: BTreeMap<i64, Vec<f64>>,
}

impl Features {
    pub(super) fn new(config: &ShadowManagerConfig) -> Result<Self> {
        let calendar = SavedCalendar(config.calendar()?);
        Ok(Features { calendar, step_milliseconds: config.step_milliseconds(), known: BTreeMap::new() })
    }

    pub(super) fn columns(&self) -> usize {
        1 + self.calendar.0.names().len()
    }

    /// The features of window `step`, taken at its beginning; remembered.
    pub(super) fn at(&mut self, step: i64) -> Result<Vec<f64>> {
        if let Some(row) = self.known.get(&step) {
            return Ok(row.clone());
        }
        let row = self.compute(step)?;
        if self.known.len() >= MOST_WINDOWS {
            self.known.pop_first();
        }
        self.known.insert(step, row.clone());
        Ok(row)
    }

    /// The same, not remembered.
    pub(super) fn compute(&self, step: i64) -> Result<Vec<f64>> {
        let table = self.calendar.0.features(&[step.saturating_mul(self.step_milliseconds)])?;
        Ok(std::iter::once(1.0).chain(table.rows().values().iter().copied()).collect())
    }

    pub(super) fn is_of(&self, config: &ShadowManagerConfig) -> bool {
        *self.calendar.0.config() == config.calendar && self.step_milliseconds == config.step_milliseconds()
    }
}
