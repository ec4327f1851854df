//! Whether the load is as usual: a detector on its samples, and for how long an alarm counts.
//!
//! The load is anomalous from an alarm on until no sample of a whole lead time was beyond the detector's threshold, nor is one in the mean
//! over the metric window any more; but for eight such times at the longest: what lasts longer is the new normal. While it is, nothing is scaled in, the load is sized for a higher quantile
//! and answered by `base·(1 + severity)`, and no expert learns from it.

use super::config::EngineConfig;
use crate::anomaly::{AnomalyKind, Detector, DetectorConfig};
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// Times without an alarm after which a load that stays beyond the threshold is the new normal.
const LONGEST: u32 = 8;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Watch {
    detector: Option<Detector>,
    /// Severity of the last sample.
    severity: f64,
    /// Intervals since the last sample beyond the threshold, and since the first of the anomaly that is on.
    quiet: u32,
    length: u32,
    /// Intervals without such a sample after which the anomaly is over, at least those of the metric window.
    hold: u32,
    window: u32,
}

impl Watch {
    pub(super) fn new(config: &EngineConfig) -> Result<Self> {
        let settings = DetectorConfig {
            alarm_rate: config.anomaly.alarm_rate,
            step_seconds: Some(config.interval_seconds),
            season_seconds: config.season_seconds,
        };
        let detector = (settings.alarm_rate > 0.0).then(|| Detector::new(settings)).transpose()?;
        let window = (config.metric_window_seconds / config.interval_seconds).round() as u32;
        let hold = hold(config.horizon(), window);
        Ok(Watch { detector, severity: 0.0, quiet: hold, length: 0, hold, window })
    }

    /// Takes in the load of the interval that ended at `end`; NaN = missing. What lasts is missing or equal has rails of its own.
    pub(super) fn observe(&mut self, end: i64, load: f64) -> Result<()> {
        let Some(detector) = &mut self.detector else { return Ok(()) };
        let anomaly = detector.observe(end, load)?;
        let counts =
            !matches!(anomaly.kind, AnomalyKind::Ordinary | AnomalyKind::Missing | AnomalyKind::FlatLine);
        self.severity = if counts { anomaly.severity } else { 0.0 };
        self.quiet = if self.severity > 0.0 { 0 } else { self.quiet.saturating_add(1).min(self.hold) };
        self.length = if self.quiet < self.hold { self.length.saturating_add(1) } else { 0 };
        Ok(())
    }

    /// Counts a lead time of `horizon` intervals from now on.
    pub(super) fn look_ahead(&mut self, horizon: usize) {
        let was_quiet = self.quiet >= self.hold;
        self.hold = hold(horizon, self.window);
        self.quiet = if was_quiet { self.hold } else { self.quiet.min(self.hold) };
    }

    /// Whether the load is anomalous.
    pub(super) fn is_anomalous(&self) -> bool {
        self.length > 0 && self.length <= LONGEST.saturating_mul(self.hold)
    }

    /// How far the last sample was beyond the threshold; 0 when it was not, and while nothing is anomalous.
    pub(super) fn severity(&self) -> f64 {
        if self.is_anomalous() { self.severity } else { 0.0 }
    }

    /// Checks state that was read from bytes, and makes room for all that will be kept.
    pub(super) fn is_restored(&mut self, like: &Watch) -> bool {
        let config = |watch: &Watch| watch.detector.as_ref().map(|detector| detector.config().clone());
        if config(self) != config(like)
            || (self.hold, self.window) != (like.hold, like.window)
            || self.severity.is_nan()
        {
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

fn hold(horizon: usize, window: u32) -> u32 {
    (horizon.min(1 << 20) as u32).max(window)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Replicas are ready at once, but the mean over four intervals has the sample in it for as long.
    #[test]
    fn a_wild_sample_counts_as_long_as_it_is_in_the_mean() {
        let config = EngineConfig { service_rate: 10.0, start_up_seconds: 0.0, ..EngineConfig::default() };
        let (mut watch, mut random) = (Watch::new(&config).unwrap(), Random::stream(4, 0));
        let mut observe = |interval: i64, factor: f64| {
            watch.observe(15_000 * interval, factor * (100.0 + 5.0 * random.normal())).unwrap();
            watch.is_anomalous()
        };
        for interval in 0..600 {
            observe(interval, 1.0);
        }
        let seen: Vec<bool> = (600..612).map(|i| observe(i, if i == 600 { 1000.0 } else { 1.0 })).collect();
        assert!(seen[..4].iter().all(|is_on| *is_on) && !seen[11], "{seen:?}");
    }
}
