//! Settings of the breaker over forecasts that fail.

use crate::anomaly::CircuitBreaker;
use crate::error::{Error, Result, positive};
use serde::{Deserialize, Serialize};

/// When forecasts are no longer followed, and when they are again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerConfig {
    /// Failed forecasts in a row, each of its own lead time, after which none is followed; 0: always followed; 5.
    pub failures: u32,
    /// Seconds until forecasts are on trial again; by default ten lead times.
    pub cooldown_seconds: Option<f64>,
    /// Good forecasts after which they are followed again, at least 1; 3.
    pub probes: u32,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        BreakerConfig { failures: 5, cooldown_seconds: None, probes: 3 }
    }
}

impl BreakerConfig {
    pub(super) fn check(&self) -> Result<()> {
        if self.probes == 0 {
            return Err(Error::config("breaker.probes", "must be at least 1, got 0"));
        }
        let Some(seconds) = self.cooldown_seconds else { return Ok(()) };
        positive("breaker.cooldown_seconds", seconds)?;
        CircuitBreaker::new(1, seconds, 1)
            .map(|_| ())
            .map_err(|error| Error::config("breaker.cooldown_seconds", error.to_string()))
    }
}
