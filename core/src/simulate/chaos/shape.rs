//! Loads that are out to hurt: each a factor of the base load at a moment.

use crate::error::{Error, Result};
use crate::math;
use serde::{Deserialize, Serialize};

/// How the load goes. Seconds count from the scenario's start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum LoadShape {
    /// A sine wave once a season, from `1 − amplitude` to `1 + amplitude`.
    Cycle {
        /// 0 to 1.
        amplitude: f64,
    },
    /// 1 and `factor` in turn, half a period each: at the lead time's period, what is ordered for a half comes in the other.
    Square {
        /// Seconds of both halves.
        period_seconds: f64,
        /// At least 0.
        factor: f64,
    },
    /// A straight rise from 1 to `factor`, and a fall at once.
    Sawtooth {
        /// Seconds from fall to fall.
        period_seconds: f64,
        /// At least 0.
        factor: f64,
    },
    /// Nothing at all, then everything.
    OnOff {
        /// Seconds of both halves.
        period_seconds: f64,
    },
    /// `factor` for some seconds, from the moment that the engine scales in: the worst one.
    SpikeAfterScaleIn {
        /// At least 0.
        factor: f64,
        /// How long it lasts.
        duration_seconds: f64,
    },
    /// Crowds that come out of nothing every so often, and decay exponentially.
    FlashCrowds {
        /// Seconds from crowd to crowd.
        every_seconds: f64,
        /// Height, at least 0.
        factor: f64,
        /// Seconds in which a crowd falls to 1/e.
        decay_seconds: f64,
    },
}

/// No load grows beyond this factor.
const LARGEST_FACTOR: f64 = 1e6;

impl LoadShape {
    /// The shape's name, as in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            LoadShape::Cycle { .. } => "cycle",
            LoadShape::Square { .. } => "square",
            LoadShape::Sawtooth { .. } => "sawtooth",
            LoadShape::OnOff { .. } => "on_off",
            LoadShape::SpikeAfterScaleIn { .. } => "spike_after_scale_in",
            LoadShape::FlashCrowds { .. } => "flash_crowds",
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let (factor, seconds) = match *self {
            LoadShape::Cycle { amplitude } if (0.0..=1.0).contains(&amplitude) => (1.0, 1.0),
            LoadShape::Cycle { amplitude } => {
                return Err(Error::config(
                    "load.cycle.amplitude",
                    format!("must be 0 to 1, got {amplitude}"),
                ));
            }
            LoadShape::Square { period_seconds, factor } | LoadShape::Sawtooth { period_seconds, factor } => {
                (factor, period_seconds)
            }
            LoadShape::OnOff { period_seconds } => (1.0, period_seconds),
            LoadShape::SpikeAfterScaleIn { factor, duration_seconds } => (factor, duration_seconds),
            LoadShape::FlashCrowds { every_seconds, factor, decay_seconds } => {
                (factor, every_seconds.min(decay_seconds))
            }
        };
        let name = self.name();
        if !(0.0..=LARGEST_FACTOR).contains(&factor) {
            let problem = format!("must be 0 to {LARGEST_FACTOR:e}, got {factor}");
            return Err(Error::config(format!("load.{name}.factor"), problem));
        }
        if !(seconds.is_finite() && seconds > 0.0) {
            return Err(Error::config(format!("load.{name}"), format!("has a duration of {seconds} s")));
        }
        Ok(())
    }

    /// The factor at a moment; `since_scale_in` is infinite before the first.
    pub(super) fn factor(&self, seconds: f64, season_seconds: f64, since_scale_in: f64) -> f64 {
        let phase = |period: f64| (seconds / period).rem_euclid(1.0);
        match *self {
            LoadShape::Cycle { amplitude } => {
                1.0 + amplitude * math::sin(std::f64::consts::TAU * phase(season_seconds))
            }
            LoadShape::Square { period_seconds, factor } => {
                if phase(period_seconds) < 0.5 {
                    1.0
                } else {
                    factor
                }
            }
            LoadShape::Sawtooth { period_seconds, factor } => 1.0 + (factor - 1.0) * phase(period_seconds),
            LoadShape::OnOff { period_seconds } => f64::from(u8::from(phase(period_seconds) < 0.5)),
            LoadShape::SpikeAfterScaleIn { factor, duration_seconds } => {
                if since_scale_in < duration_seconds { factor } else { 1.0 }
            }
            LoadShape::FlashCrowds { every_seconds, factor, decay_seconds } => {
                let age = phase(every_seconds) * every_seconds;
                1.0 + (factor - 1.0) * math::exp(-age / decay_seconds)
            }
        }
    }
}
