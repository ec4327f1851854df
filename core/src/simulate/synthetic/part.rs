//! What may happen to a load: cycles, ramps, crowds, bursts, noise, drift, losses. Each is a factor around 1.

use crate::error::{Result, finite, not_negative, positive, strictly_between};
use serde::{Deserialize, Serialize};

/// One factor of a generated load. Times within a part count from the load's start, but for the two cycles, which follow the
/// Unix clock. In JSON: `{"cycle": {"amplitude": 0.5}}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Part {
    /// `1 + amplitude · cos(2π(t − peak)/period)`: a day by default, highest at 14:00 UTC.
    Cycle {
        /// Length in seconds; one day.
        #[serde(default = "day")]
        period_seconds: f64,
        /// 0 to 1; 0.5.
        #[serde(default = "half")]
        amplitude: f64,
        /// Seconds from the period's beginning to its peak; 50,400.
        #[serde(default = "two_in_the_afternoon")]
        peak_seconds: f64,
    },
    /// Saturdays and Sundays (UTC) have this share of the load.
    Weekend {
        /// At least 0; 0.5.
        #[serde(default = "half")]
        factor: f64,
    },
    /// A straight line from 1 to `factor`, and on from there; a level shift when it takes no time.
    Ramp {
        /// When it begins, in seconds.
        start_seconds: f64,
        /// How long it takes, in seconds; 0.
        #[serde(default)]
        duration_seconds: f64,
        /// Where it ends; at least 0; 2.
        #[serde(default = "two")]
        factor: f64,
    },
    /// Crowds that come at random moments (a Poisson process), rise in a straight line and decay exponentially.
    FlashCrowds {
        /// How many a day, on average; 1.
        #[serde(default = "one")]
        per_day: f64,
        /// Mean peak, as a factor of the load without it; heights above 1 are exponentially distributed; 3.
        #[serde(default = "three")]
        factor: f64,
        /// Seconds to the peak; 120.
        #[serde(default = "two_minutes")]
        rise_seconds: f64,
        /// Seconds in which it falls to 1/e; 900.
        #[serde(default = "quarter_of_an_hour")]
        decay_seconds: f64,
    },
    /// A job that comes every so often: `factor` while it runs, 1 else.
    Batch {
        /// Seconds from one beginning to the next; 1,200.
        #[serde(default = "twenty_minutes")]
        every_seconds: f64,
        /// How long it runs, in seconds, at most `every_seconds`; 120.
        #[serde(default = "two_minutes")]
        duration_seconds: f64,
        /// At least 0; 3.
        #[serde(default = "three")]
        factor: f64,
    },
    /// Two states that alternate after exponential times: a Markov-modulated Poisson process (MMPP; Fischer & Meier-Hellstern 1993).
    Bursts {
        /// The load of the high state, the low one's being 1; at least 0; 3.
        #[serde(default = "three")]
        factor: f64,
        /// Mean seconds in the high state; 120.
        #[serde(default = "two_minutes")]
        high_seconds: f64,
        /// Mean seconds in the low state; 1,200.
        #[serde(default = "twenty_minutes")]
        low_seconds: f64,
    },
    /// Log-normal noise of mean 1 whose logarithm has the correlation `e^(−τ/correlation)`.
    Noise {
        /// Coefficient of variation; at least 0; 0.1.
        #[serde(default = "tenth")]
        variation: f64,
        /// Seconds; 0 is noise that has no memory, the default.
        #[serde(default)]
        correlation_seconds: f64,
    },
    /// A random walk of the logarithm.
    Drift {
        /// Standard deviation of the logarithm after a day; at least 0; 0.1.
        #[serde(default = "tenth")]
        per_day: f64,
    },
    /// Measurements that are lost: stretches of NaN of exponential length.
    Gaps {
        /// How many a day, on average; 1.
        #[serde(default = "one")]
        per_day: f64,
        /// Mean seconds; 900.
        #[serde(default = "quarter_of_an_hour")]
        mean_seconds: f64,
    },
}

fn day() -> f64 {
    86_400.0
}
fn half() -> f64 {
    0.5
}
fn two_in_the_afternoon() -> f64 {
    50_400.0
}
fn one() -> f64 {
    1.0
}
fn two() -> f64 {
    2.0
}
fn three() -> f64 {
    3.0
}
fn tenth() -> f64 {
    0.1
}
fn two_minutes() -> f64 {
    120.0
}
fn quarter_of_an_hour() -> f64 {
    900.0
}
fn twenty_minutes() -> f64 {
    1_200.0
}

/// More events a day than this are refused, as are events shorter than it allows: they would take for ever.
const MOST_PER_DAY: f64 = 1e5;
/// Seconds that a state lasts at least on average.
const SHORTEST: f64 = 1e-3;
const LARGEST_FACTOR: f64 = 1e6;

impl Part {
    pub(super) fn check(&self) -> Result<()> {
        let within = |field: &str, value: f64, most: f64| {
            not_negative(field, value).and_then(|_| strictly_between(field, value, -1.0, most.next_up()))
        };
        let long_enough =
            |field: &str, value: f64| strictly_between(field, value, SHORTEST.next_down(), 1e15);
        match *self {
            Part::Cycle { period_seconds, amplitude, peak_seconds } => {
                positive("cycle.period_seconds", period_seconds)?;
                within("cycle.amplitude", amplitude, 1.0)?;
                finite("cycle.peak_seconds", peak_seconds)
            }
            Part::Weekend { factor } => within("weekend.factor", factor, LARGEST_FACTOR),
            Part::Ramp { start_seconds, duration_seconds, factor } => {
                finite("ramp.start_seconds", start_seconds)?;
                not_negative("ramp.duration_seconds", duration_seconds)?;
                within("ramp.factor", factor, LARGEST_FACTOR)
            }
            Part::FlashCrowds { per_day, factor, rise_seconds, decay_seconds } => {
                within("flash_crowds.per_day", per_day, MOST_PER_DAY)?;
                strictly_between("flash_crowds.factor", factor, 1.0f64.next_down(), LARGEST_FACTOR)?;
                not_negative("flash_crowds.rise_seconds", rise_seconds)?;
                long_enough("flash_crowds.decay_seconds", decay_seconds)
            }
            Part::Batch { every_seconds, duration_seconds, factor } => {
                positive("batch.every_seconds", every_seconds)?;
                within("batch.duration_seconds", duration_seconds, every_seconds)?;
                within("batch.factor", factor, LARGEST_FACTOR)
            }
            Part::Bursts { factor, high_seconds, low_seconds } => {
                within("bursts.factor", factor, LARGEST_FACTOR)?;
                long_enough("bursts.high_seconds", high_seconds)?;
                long_enough("bursts.low_seconds", low_seconds)
            }
            Part::Noise { variation, correlation_seconds } => {
                within("noise.variation", variation, 1e3)?;
                not_negative("noise.correlation_seconds", correlation_seconds)
            }
            Part::Drift { per_day } => within("drift.per_day", per_day, 1e3),
            Part::Gaps { per_day, mean_seconds } => {
                within("gaps.per_day", per_day, MOST_PER_DAY)?;
                long_enough("gaps.mean_seconds", mean_seconds)
            }
        }
        .map(|_| ())
    }

    /// Draws and crowds that so many steps over `span` seconds take, beyond one look a step.
    pub(super) fn work(&self, steps: f64, span: f64) -> f64 {
        match *self {
            Part::FlashCrowds { per_day, rise_seconds, decay_seconds, .. } => {
                // A crowd is over after ten times its decay or so.
                let lasts = (rise_seconds + 10.0 * decay_seconds).min(span);
                per_day / 86_400.0 * (span + steps * lasts)
            }
            Part::Bursts { high_seconds, low_seconds, .. } => 2.0 * span / (high_seconds + low_seconds),
            Part::Gaps { per_day, mean_seconds } => 2.0 * span / (mean_seconds + 86_400.0 / per_day),
            _ => 0.0,
        }
    }
}
