//! While nothing is measured: held for a time, then at least what the load seen last needs, then at least a fixed count.
//!
//! Every rung only raises: missing data never scales in.

use crate::error::{Error, Result, not_negative};
use serde::{Deserialize, Serialize};

/// What is run while nothing is measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Blind {
    /// For so many seconds the count is held; 300.
    pub hold_seconds: f64,
    /// For so many seconds after that, at least what the load seen last needs is run; 1,500.
    pub last_known_seconds: f64,
    /// From then on at least this count; by default what the load seen last needs.
    pub replicas: Option<u32>,
}

impl Default for Blind {
    fn default() -> Self {
        Blind { hold_seconds: 300.0, last_known_seconds: 1500.0, replicas: None }
    }
}

/// Where on the ladder a blind engine stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Rung {
    Hold,
    LastKnown,
    Fixed(u32),
}

impl Blind {
    pub(super) fn check(&self, min: u32, max: u32) -> Result<()> {
        not_negative("rails.blind.hold_seconds", self.hold_seconds)?;
        not_negative("rails.blind.last_known_seconds", self.last_known_seconds)?;
        match self.replicas {
            Some(replicas) if !(min..=max).contains(&replicas) => Err(Error::config(
                "rails.blind.replicas",
                format!("must be min_replicas to max_replicas, {min} to {max}; got {replicas}"),
            )),
            _ => Ok(()),
        }
    }

    /// The rung after so many seconds without a sample.
    pub(in crate::engine) fn rung(&self, seconds: f64) -> Rung {
        match self.replicas {
            _ if seconds < self.hold_seconds => Rung::Hold,
            Some(replicas) if seconds >= self.hold_seconds + self.last_known_seconds => Rung::Fixed(replicas),
            _ => Rung::LastKnown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_has_three_rungs() {
        let blind = Blind { hold_seconds: 60.0, last_known_seconds: 120.0, replicas: Some(7) };
        let rungs = [0.0, 59.9, 60.0, 179.9, 180.0, 1e300].map(|seconds| blind.rung(seconds));
        let fixed = Rung::Fixed(7);
        assert_eq!(rungs, [Rung::Hold, Rung::Hold, Rung::LastKnown, Rung::LastKnown, fixed, fixed]);
        assert_eq!(Blind { replicas: None, ..blind }.rung(1e9), Rung::LastKnown);
    }

    #[test]
    fn a_count_outside_the_bounds_is_refused() {
        let check = |replicas| Blind { replicas: Some(replicas), ..Blind::default() }.check(2, 9);
        assert!(check(2).is_ok() && check(9).is_ok() && check(1).is_err() && check(10).is_err());
        let wild = Blind { hold_seconds: f64::NAN, ..Blind::default() }.check(0, 1).unwrap_err();
        assert!(wild.to_string().starts_with("rails.blind.hold_seconds: "), "{wild}");
    }
}
