//! The audit: every decision as one line of JSON with all that was told before it, from which it can be derived again.
//!
//! `{"sequence":3,"now":45000,"inputs":[{"load":[45000,200.0]}],"fleet":{…},"decision":{…},"check":2596996162}`: the inputs are those since the
//! decision before, in order; `check` is the CRC-32 of all before it, so that a line that was cut or edited is found. A log begins with a
//! header: the settings, and the state as a snapshot in hexadecimal digits where the engine is not new.

use super::audit::{Input, MOST_INPUTS};
use super::engine_loop::Engine;
use crate::config::to_json;
use crate::error::{Error, Result};
use crate::policy::Fleet;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

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
