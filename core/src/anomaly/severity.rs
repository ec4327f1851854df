//! How far beyond the ordinary, in words.

use crate::error::{Result, not_negative};

/// A severity as one of four words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// 0: within what is ordinary.
    None,
    /// Above 0, below 1: beyond the alarm threshold, less than twice as surprising.
    Minor,
    /// 1 to below 3: twice to four times as surprising.
    Major,
    /// 3 and more.
    Critical,
}

impl Severity {
    /// The word for a severity as [`Anomaly`](super::Anomaly) has it, a number of at least 0.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for a severity that is negative or not finite.
    pub fn of(severity: f64) -> Result<Self> {
        let severity = not_negative("severity", severity)?;
        Ok(match severity {
            _ if severity <= 0.0 => Severity::None,
            _ if severity < 1.0 => Severity::Minor,
            _ if severity < 3.0 => Severity::Major,
            _ => Severity::Critical,
        })
    }

    /// The level's stable number, from 0 in the order of declaration: how C sees it.
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The word: `none`, `minor`, `major` or `critical`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::None => "none",
            Severity::Minor => "minor",
            Severity::Major => "major",
            Severity::Critical => "critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_begin_where_they_say() {
        for (severity, word) in [
            (0.0, "none"),
            (1e-9, "minor"),
            (0.999, "minor"),
            (1.0, "major"),
            (3.0, "critical"),
            (1e9, "critical"),
        ] {
            assert_eq!(Severity::of(severity).unwrap().name(), word);
        }
        assert!(Severity::of(-0.1).is_err() && Severity::of(f64::NAN).is_err());
    }
}
