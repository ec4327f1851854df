//! The audit: every decision as one line of JSON with all that was told before it, from which it can be derived again.
//!
//! `{"sequence":3,"now":45000,"inputs":[{"load":[45000,200.0]}],"fleet":{…},"decision":{…},"check":2596996162}`: the inputs are those since the
//! decision before, in order; `check` is the CRC-32 of all before it, so that a line that was cut or edited is found. A log begins with a
//! header: the settings, and the state as a snapshot in hexadecimal digits where the engine is not new.

use super::engine_loop::Engine;
use super::rails::PauseDirection;
use crate::config::to_json;
use crate::error::{Error, Result};
use crate::policy::Fleet;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

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
const MOST_INPUTS: usize = 1_000_000;
/// Room that is kept for them from decision to decision.
const USUAL_INPUTS: usize = 4096;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Audit {
    /// Decisions so far.
    sequence: u64,
    /// Inputs since the last decision, and those before it.
    open: Vec<Input>,
    closed: Vec<Input>,
    /// Whether inputs were too many to be kept, since the last decision and before it.
    lost: (bool, bool),
    /// The share of a common budget to which the last decision was lowered.
    pub(super) share: Option<u32>,
    /// Whether anything was told at all.
    begun: bool,
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

/// A line of the log without its decision.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) sequence: u64,
    pub(super) now: i64,
    pub(super) inputs: Vec<Input>,
    pub(super) fleet: Fleet,
    #[serde(default)]
    pub(super) share: Option<u32>,
}

/// The first line of a log.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    /// The version of the log's form.
    pub(super) audit: u32,
    /// Decisions before the log.
    pub(super) sequence: u64,
    pub(super) config: String,
    /// The state as hexadecimal digits; none for a new engine.
    pub(super) state: Option<String>,
}

/// The version of the log's form.
pub(super) const FORM: u32 = 1;

impl Engine {
    /// The first line of an audit log that goes on from here: the settings, and the state unless the engine is new.
    ///
    /// # Errors
    /// [`Error::NotReady`] while `audit` is off in the settings; what a user's own policy says of its state.
    pub fn audit_header(&self) -> Result<String> {
        self.check_audit()?;
        let audit = &self.state.audit;
        let state = if audit.begun || audit.sequence > 0 {
            let bytes = self.snapshot()?;
            let mut digits = String::with_capacity(2 * bytes.len());
            bytes.iter().try_for_each(|byte| write!(digits, "{byte:02x}")).map_err(unwritten)?;
            Some(digits)
        } else {
            None
        };
        let config = to_json(&self.config)?;
        checked(to_json(&Header { audit: FORM, sequence: audit.sequence, config, state })?)
    }

    /// The last decision with all that was told before it as one line of JSON, from which [`super::replay`] derives it again; the same
    /// bytes in every language.
    ///
    /// # Errors
    /// [`Error::NotReady`] while `audit` is off in the settings, before the first decision, and when more than a million inputs came before it.
    pub fn audit_line(&self) -> Result<String> {
        self.check_audit()?;
        let audit = &self.state.audit;
        let Some((fleet, decision)) = &self.state.decided else {
            return Err(Error::not_ready("the audit", "no decision was asked for yet"));
        };
        if audit.lost.1 {
            let problem =
                format!("more than {MOST_INPUTS} inputs came before the last decision: too many to be kept");
            return Err(Error::not_ready("the audit", problem));
        }
        let inputs = to_json(&audit.closed)?;
        let (sequence, now, fleet, decision) =
            (audit.sequence, decision.now, to_json(fleet)?, decision.to_json());
        let share = audit.share.map_or(String::new(), |share| format!(r#","share":{share}"#));
        checked(format!(
            r#"{{"sequence":{sequence},"now":{now},"inputs":{inputs},"fleet":{fleet}{share},"decision":{decision}}}"#
        ))
    }

    fn check_audit(&self) -> Result<()> {
        if self.config.audit {
            return Ok(());
        }
        Err(Error::not_ready("the audit", "is off: set `audit` in the engine's settings"))
    }

    /// Keeps what was told for the audit.
    pub(super) fn record(&mut self, input: impl FnOnce() -> Input) {
        if self.config.audit {
            self.state.audit.record(input());
        }
    }
}

/// A JSON object with its checksum as the last field.
fn checked(mut object: String) -> Result<String> {
    object.pop();
    let check = crc32fast::hash(object.as_bytes());
    write!(object, ",\"check\":{check}}}").map_err(unwritten)?;
    Ok(object)
}

/// Whether a line ends in the checksum of all before it.
pub(super) fn is_undamaged(line: &str) -> bool {
    let Some((object, rest)) = line.rsplit_once(",\"check\":") else { return false };
    rest.strip_suffix('}').and_then(|check| check.parse().ok()) == Some(crc32fast::hash(object.as_bytes()))
}

fn unwritten(error: std::fmt::Error) -> Error {
    Error::internal(error.to_string())
}
