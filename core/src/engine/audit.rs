//! What was told to an engine since its last decision, kept for the audit (see `audit_log`).

use super::rails::PauseDirection;
use serde::{Deserialize, Serialize};

/// What an engine can be told between two decisions; null stands for a missing value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Input {
    /// Time and load.
    Load(i64, Option<f64>),
    /// Time and requests in flight.
    InFlight(i64, Option<f64>),
    /// Time and replicas.
    Applied(i64, u32),
    /// Time and seconds of a start.
    StartUp(i64, f64),
    /// Time, seconds of the response at the promised quantile, utilization.
    Performance(i64, Option<f64>, Option<f64>),
    /// New settings.
    Settings(String),
    /// Time, the name of a resource, and its use.
    Resource(i64, String, Option<f64>),
    /// The direction in which scaling is paused; none when it is resumed.
    Pause(Option<PauseDirection>),
}

/// Inputs that are kept from one decision to the next.
pub(super) const MOST_INPUTS: usize = 1_000_000;
/// Room that is kept for them from decision to decision.
const USUAL_INPUTS: usize = 4096;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Audit {
    /// Decisions so far.
    pub(super) sequence: u64,
    /// Inputs since the last decision, and those before it.
    open: Vec<Input>,
    pub(super) closed: Vec<Input>,
    /// Whether inputs were too many to be kept, since the last decision and before it.
    pub(super) lost: (bool, bool),
    /// The share of a common budget to which the last decision was lowered.
    pub(super) share: Option<u32>,
    /// Whether anything was told at all.
    pub(super) begun: bool,
}

impl Audit {
    pub(super) fn record(&mut self, input: Input) {
        self.begun = true;
        if self.open.len() >= MOST_INPUTS {
            self.lost.0 = true;
        } else {
            self.open.push(input);
        }
    }

    /// A decision was made.
    pub(super) fn close(&mut self) {
        self.sequence = self.sequence.saturating_add(1);
        std::mem::swap(&mut self.open, &mut self.closed);
        self.open.clear();
        if self.open.capacity() > USUAL_INPUTS {
            self.open = Vec::new();
        }
        self.lost = (false, self.lost.0);
        self.share = None;
    }

    /// Decisions so far.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Inputs since the last decision.
    pub(super) fn open(&self) -> &[Input] {
        &self.open
    }

    pub(super) fn is_whole(&self) -> bool {
        self.open.len() <= MOST_INPUTS && self.closed.len() <= MOST_INPUTS
    }
}

pub(super) fn optional(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}
