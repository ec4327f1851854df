//! The one way to fail: few kinds, stable numbers, and the offending value in the message.
//!
//! An error means misuse or bad data, and the object that refused is as it was before the call.
//! An outcome such as "hold: too little data" is not an error but part of a decision.

use serde::Serialize;

/// Why a call was refused. Every message names the field or argument and the value that was wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is unknown, of the wrong type, or out of its range (Python: also a `ValueError`).
    #[error("{field}: {problem}")]
    Config {
        /// The setting's name, dotted when it is nested: `rails.stabilization.down_seconds`.
        field: String,
        /// What is wrong with it, with the value and the accepted range.
        problem: String,
    },
    /// The data handed in cannot be used: not finite, empty, of the wrong shape, or going back in time (Python: also a `ValueError`).
    #[error("{name}: {problem}")]
    Data {
        /// The argument's name.
        name: String,
        /// What is wrong with it, with the position and the value.
        problem: String,
    },
    /// More data or an earlier call (`fit`) is needed first; the message says how much (Python: also a `RuntimeError`).
    #[error("{what}: {problem}")]
    NotReady {
        /// What is not ready.
        what: String,
        /// What it still needs.
        problem: String,
    },
    /// No answer exists, whatever is spent: a target below the service time, a demand above all limits (Python: also a `ValueError`).
    #[error("{what}: {problem}")]
    Infeasible {
        /// What cannot be met.
        what: String,
        /// Why not, with the numbers.
        problem: String,
    },
    /// Snapshot bytes that are not ours, damaged, of another kind, or from a newer version (Python: also a `ValueError`).
    #[error("snapshot: {problem}")]
    Snapshot {
        /// What is wrong with the bytes.
        problem: String,
    },
    /// The caller's progress callback asked to stop (Python: also a `RuntimeError`).
    #[error("stopped by the caller after {done:.0}% of the work", done = .percent)]
    Stopped {
        /// Share of the work done, in percent.
        percent: u8,
    },
    /// A defect of this library: please report it (Python: also a `RuntimeError`).
    #[error("internal error: {problem}")]
    Internal {
        /// What went wrong.
        problem: String,
    },
}

/// Shorthand for results of this library.
pub type Result<T> = std::result::Result<T, Error>;

/// One kind of error as a row: its stable number and its name in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ErrorKind {
    /// Stable number, never reused: the C status code and Python's `.code`.
    pub code: i32,
    /// Name of the kind, in `CamelCase`: Python's class is this with `Error` appended.
    pub name: &'static str,
}

impl Error {
    /// Every kind that the library can return, in the order of their numbers.
    pub const KINDS: [ErrorKind; 7] = [
        ErrorKind { code: 20, name: "Config" },
        ErrorKind { code: 40, name: "Data" },
        ErrorKind { code: 60, name: "NotReady" },
        ErrorKind { code: 61, name: "Infeasible" },
        ErrorKind { code: 62, name: "Stopped" },
        ErrorKind { code: 80, name: "Snapshot" },
        ErrorKind { code: 100, name: "Internal" },
    ];

    /// The stable number of this error's kind.
    pub fn code(&self) -> i32 {
        match self {
            Error::Config { .. } => 20,
            Error::Data { .. } => 40,
            Error::NotReady { .. } => 60,
            Error::Infeasible { .. } => 61,
            Error::Stopped { .. } => 62,
            Error::Snapshot { .. } => 80,
            Error::Internal { .. } => 100,
        }
    }

    pub(crate) fn config(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Error::Config { field: field.into(), problem: problem.into() }
    }

    pub(crate) fn data(name: impl Into<String>, problem: impl Into<String>) -> Self {
        Error::Data { name: name.into(), problem: problem.into() }
    }

    pub(crate) fn not_ready(what: impl Into<String>, problem: impl Into<String>) -> Self {
        Error::NotReady { what: what.into(), problem: problem.into() }
    }

    pub(crate) fn infeasible(what: impl Into<String>, problem: impl Into<String>) -> Self {
        Error::Infeasible { what: what.into(), problem: problem.into() }
    }

    pub(crate) fn internal(problem: impl Into<String>) -> Self {
        Error::Internal { problem: problem.into() }
    }
}

/// Refuses a setting that is not finite.
pub(crate) fn finite(field: &str, value: f64) -> Result<f64> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::config(field, format!("must be finite, got {value}")))
    }
}

/// Refuses a setting that is not finite and above zero.
pub(crate) fn positive(field: &str, value: f64) -> Result<f64> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(Error::config(field, format!("must be finite and above 0, got {value}")))
    }
}

/// Refuses a setting that is not finite and at least zero.
pub(crate) fn not_negative(field: &str, value: f64) -> Result<f64> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(Error::config(field, format!("must be finite and at least 0, got {value}")))
    }
}

/// Refuses a setting outside the open interval (low, high).
pub(crate) fn strictly_between(field: &str, value: f64, low: f64, high: f64) -> Result<f64> {
    if value > low && value < high {
        Ok(value)
    } else {
        Err(Error::config(field, format!("must lie strictly between {low} and {high}, got {value}")))
    }
}

/// Refuses an array with a value that is NaN or infinite, naming its position (counted from 0).
pub(crate) fn all_finite(name: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(i) => {
            let value = values.get(i).copied().unwrap_or(f64::NAN);
            Err(Error::data(name, format!("value {i} of {} is {value}", values.len())))
        }
    }
}

/// Refuses two arrays of unequal length.
pub(crate) fn same_length(name: &str, length: usize, other: &str, other_length: usize) -> Result<()> {
    if length == other_length {
        Ok(())
    } else {
        Err(Error::data(name, format!("has {length} values, but {other} has {other_length}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_number() {
        let codes: Vec<i32> = Error::KINDS.iter().map(|kind| kind.code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted, "numbers are unique and in order");
    }

    #[test]
    fn messages_name_the_argument_and_the_value() {
        let error = all_finite("load", &[1.0, f64::NAN, 3.0]).unwrap_err();
        assert_eq!(error.to_string(), "load: value 1 of 3 is NaN");
        assert_eq!(error.code(), 40);
        let error = positive("step_seconds", -1.0).unwrap_err();
        assert_eq!(error.to_string(), "step_seconds: must be finite and above 0, got -1");
    }
}
