//! Whether the load is as usual: a detector on its samples, and for how long an alarm counts.
//!
//! The load is anomalous from an alarm on until no sample of a whole lead time was beyond the detector's threshold, but for eight lead
//! times at the longest: what lasts longer is the new normal. Then nothing is scaled in, the load is sized for a higher quantile
//! and answered by `base·(1 + severity)`, and no expert learns from it.

use super::config::EngineConfig;
use crate::anomaly::{AnomalyKind, Detector, DetectorConfig};
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// Lead times after which a load that stays beyond the threshold is the new normal.
const LONGEST: u32 = 8;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Watch {
    detector: Option<Detector>,
    /// Severity of the last sample.
    severity: f64,
    /// Intervals since the last sample beyond the threshold, and since the first of the anomaly that is on.
    quiet: u32,
    length: u32,
    horizon: u32,
}

impl Watch {
    pub(super) fn new(config: &EngineConfig) -> Result<Self> {
        let settings = DetectorConfig {
            alarm_rate: config.anomaly.alarm_rate,
            step_seconds: Some(config.interval_seconds),
            season_seconds: config.season_seconds,
        };
        let detector = (settings.alarm_rate > 0.0).then(|| Detector::new(settings)).transpose()?;
        let horizon = config.horizon().min(1 << 20) as u32;
        Ok(Watch { detector, severity: 0.0, quiet: horizon, length: 0, horizon })
    }

    /// Takes in the load of the interval that ended at `end`; NaN = missing. What lasts is missing or equal has rails of its own.
    pub(super) fn observe(&mut self, end: i64, load: f64) -> Result<()> {
        let Some(detector) = &mut self.detector else { return Ok(()) };
        let anomaly = detector.observe(end, load)?;
        let counts =
            !matches!(anomaly.kind, AnomalyKind::Ordinary | AnomalyKind::Missing | AnomalyKind::FlatLine);
        self.severity = if counts { anomaly.severity } else { 0.0 };
        self.quiet = if self.severity > 0.0 { 0 } else { self.quiet.saturating_add(1).min(self.horizon) };
        self.length = if self.quiet < self.horizon { self.length.saturating_add(1) } else { 0 };
        Ok(())
    }

    /// Counts a lead time of `horizon` intervals from now on.
    pub(super) fn look_ahead(&mut self, horizon: usize) {
        let was_quiet = self.quiet >= self.horizon;
        self.horizon = horizon.min(1 << 20) as u32;
        self.quiet = if was_quiet { self.horizon } else { self.quiet.min(self.horizon) };
    }

    /// Whether the load is anomalous.
    pub(super) fn is_anomalous(&self) -> bool {
        self.length > 0 && self.length <= LONGEST.saturating_mul(self.horizon)
    }

    /// How far the last sample was beyond the threshold; 0 when it was not, and while nothing is anomalous.
    pub(super) fn severity(&self) -> f64 {
        if self.is_anomalous() { self.severity } else { 0.0 }
    }

    /// Checks state that was read from bytes, and makes room for all that will be kept.
    pub(super) fn is_restored(&mut self, like: &Watch) -> bool {
        let config = |watch: &Watch| watch.detector.as_ref().map(|detector| detector.config().clone());
        if config(self) != config(like) || self.horizon != like.horizon || self.severity.is_nan() {
            return false;
        }
        let Some(detector) = &self.detector else { return true };
        match detector.snapshot().and_then(|bytes| Detector::restore(&bytes)) {
            Ok(whole) => {
                self.detector = Some(whole);
                true
            }
            Err(_) => false,
        }
    }
}
