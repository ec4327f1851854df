//! Seeded load: `rate(t) = base · Π factor_i(t)`, one factor for each part, and on request Poisson counts around that rate.
//!
//! Every part draws from its own stream of the seed: a part that is added or changed leaves the draws of the others alone.
//!
//! ```
//! use forescale::simulate::synthetic::{LoadConfig, Part, generate};
//! let parts = vec![Part::Cycle { period_seconds: 86_400.0, amplitude: 0.5, peak_seconds: 50_400.0 }];
//! let load = generate(&LoadConfig { base: 200.0, parts, steps: 1440, ..LoadConfig::default() }, 7)?;
//! assert_eq!((load.len(), load.step_seconds()), (1440, 60.0));
//! # Ok::<(), forescale::Error>(())
//! ```

mod part;
mod path;

pub use part::Part;

use crate::config::from_json;
use crate::error::{Error, Result, positive};
use crate::load::{Series, whole_milliseconds};
use crate::random::Random;
use path::{Clock, Path};
use serde::{Deserialize, Serialize};

/// More steps than this are refused: four months at one second.
const MOST_STEPS: usize = 10_000_000;
/// More parts than this are refused.
const MOST_PARTS: usize = 100;
/// More events than this are refused: they would take for ever.
const MOST_WORK: f64 = 1e9;
/// No rate grows beyond this, whatever the parts.
const HIGHEST_RATE: f64 = 1e15;

/// What a generated load is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoadConfig {
    /// Load per second that the parts multiply, above 0; 100.
    pub base: f64,
    /// What happens to it; nothing by default, which is a constant.
    pub parts: Vec<Part>,
    /// How many values; 10,080: a week of minutes.
    pub steps: usize,
    /// Seconds from value to value; 60.
    pub step_seconds: f64,
    /// Unix milliseconds at which it begins; 0, a Thursday.
    pub start: i64,
    /// Whether the values are Poisson counts around the rate, divided by the step, or the rate itself; true.
    pub counting_noise: bool,
}

impl Default for LoadConfig {
    fn default() -> Self {
        LoadConfig {
            base: 100.0,
            parts: Vec::new(),
            steps: 10_080,
            step_seconds: 60.0,
            start: 0,
            counting_noise: true,
        }
    }
}

impl LoadConfig {
    /// Reads settings from JSON text, such as `{"parts": [{"cycle": {"amplitude": 0.5}}]}`.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let config: LoadConfig = from_json("config", text)?;
        config.check()?;
        Ok(config)
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        positive("base", self.base)?;
        whole_milliseconds(self.step_seconds)?;
        if self.base > HIGHEST_RATE {
            return Err(Error::config(
                "base",
                format!("must be at most {HIGHEST_RATE:e}, got {:e}", self.base),
            ));
        }
        if self.steps == 0 || self.steps > MOST_STEPS {
            return Err(Error::config("steps", format!("must be 1 to {MOST_STEPS}, got {}", self.steps)));
        }
        if self.parts.len() > MOST_PARTS {
            return Err(Error::config(
                "parts",
                format!("are at most {MOST_PARTS}, got {}", self.parts.len()),
            ));
        }
        self.parts.iter().try_for_each(Part::check)?;
        let steps = self.steps as f64;
        for (i, part) in self.parts.iter().enumerate() {
            let work = part.work(steps, steps * self.step_seconds);
            if work > MOST_WORK {
                let problem =
                    format!("part {i} has {work:e} events within the load, more than {MOST_WORK:e}");
                return Err(Error::config("parts", problem));
            }
        }
        Ok(())
    }
}

/// The load that the settings describe, in load units per second; NaN where a part lost it.
///
/// The same seed gives the same bytes everywhere. O(steps · parts + events), a crowd being one event for each step that it lasts.
///
/// # Errors
/// [`Error::Config`] names the field that is out of range.
pub fn generate(config: &LoadConfig, seed: u64) -> Result<Series> {
    config.check()?;
    let LoadConfig { base, steps, step_seconds, start, .. } = *config;
    let mut rates = vec![base; steps];
    for (number, part) in (1..).zip(&config.parts) {
        let clock = Clock { start_seconds: start as f64 / 1000.0, step_seconds, step: 0 };
        let mut path = Path::new(*part, clock, Random::stream(seed, number));
        for rate in &mut rates {
            let changed = *rate * path.next();
            // Not `min`, which would take a lost value for the highest rate.
            *rate = if changed > HIGHEST_RATE { HIGHEST_RATE } else { changed };
        }
    }
    if config.counting_noise {
        let mut random = Random::stream(seed, 0);
        for rate in &mut rates {
            let count = random.poisson(*rate * step_seconds);
            *rate = if rate.is_nan() { f64::NAN } else { count / step_seconds };
        }
    }
    Series::new(rates, start, step_seconds)
}

#[cfg(test)]
mod tests;
