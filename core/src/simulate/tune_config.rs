//! How [`super::tune`] judges a policy: what is to be small, on which part of the load, in how many tries.

use super::report::PolicyResult;
use super::world::World;
use crate::config::from_json;
use crate::error::{Error, Result, not_negative, positive, strictly_between};
use crate::load::Series;
use serde::{Deserialize, Serialize};

/// What is to be as small as possible.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Objective {
    /// The cost, and a price for the time in which the promise is broken.
    Price {
        /// What an hour of broken promise costs, in the user's currency; at least 0.
        violation_cost_per_hour: f64,
    },
    /// The cost, of those settings that break the promise for no more than a share of the time; while there are none, that share.
    Limit {
        /// 0 to 1.
        violation_share: f64,
    },
}

/// How a policy is tuned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TuneConfig {
    /// What is minimised; a price of 100 for an hour of broken promise.
    pub objective: Objective,
    /// Share of the load, at its end, that is only ever used to report; in (0, 1); 0.3.
    pub holdout_share: f64,
    /// The same as a duration; when given, it counts.
    pub holdout_seconds: Option<f64>,
    /// Most tries; 10 to 10,000; 60.
    pub budget: usize,
}

impl Default for TuneConfig {
    fn default() -> Self {
        TuneConfig {
            objective: Objective::Price { violation_cost_per_hour: 100.0 },
            holdout_share: 0.3,
            holdout_seconds: None,
            budget: 60,
        }
    }
}

impl TuneConfig {
    /// Reads settings from JSON text, such as `{"objective": {"limit": {"violation_share": 0.01}}}`.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let config: TuneConfig = from_json("config", text)?;
        config.check()?;
        Ok(config)
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        match self.objective {
            Objective::Price { violation_cost_per_hour } => {
                not_negative("objective.price.violation_cost_per_hour", violation_cost_per_hour)?;
            }
            Objective::Limit { violation_share } if (0.0..=1.0).contains(&violation_share) => {}
            Objective::Limit { violation_share } => {
                let problem = format!("must be 0 to 1, got {violation_share}");
                return Err(Error::config("objective.limit.violation_share", problem));
            }
        }
        strictly_between("holdout_share", self.holdout_share, 0.0, 1.0)?;
        if !(10..=10_000).contains(&self.budget) {
            return Err(Error::config("budget", format!("must be 10 to 10000, got {}", self.budget)));
        }
        self.holdout_seconds.map_or(Ok(()), |seconds| positive("holdout_seconds", seconds).map(|_| ()))
    }

    /// Values of the load that are for training.
    pub(super) fn split(&self, load: &Series) -> Result<usize> {
        let length = load.len() as f64;
        let holdout = match self.holdout_seconds {
            Some(seconds) => (seconds / load.step_seconds()).ceil(),
            None => (self.holdout_share * length).ceil(),
        };
        let training = length - holdout;
        if training >= 1.0 && holdout >= 1.0 {
            return Ok(training as usize);
        }
        let problem = format!("leaves {training} values for training and {holdout} to report, of {length}");
        Err(Error::config("holdout_share", problem))
    }

    /// What a run came to from a decision on.
    pub(super) fn outcome(&self, result: &PolicyResult, from: usize, world: &World) -> Outcome {
        let sum = |values: &[f64]| values.get(from..).unwrap_or_default().iter().sum::<f64>();
        let cost = sum(&result.timeline.cost);
        let seconds = result.timeline.cost.len().saturating_sub(from) as f64 * world.interval_seconds;
        let broken = sum(&result.timeline.violation_seconds);
        let violation_share = if seconds > 0.0 { broken / seconds } else { 0.0 };
        let objective = match self.objective {
            Objective::Price { violation_cost_per_hour } => cost + violation_cost_per_hour * broken / 3600.0,
            Objective::Limit { violation_share: most } if violation_share <= most => cost,
            // Worse than any cost, and the worse the further off.
            Objective::Limit { violation_share: most } => 1e15 * (1.0 + violation_share - most),
        };
        Outcome { objective, cost, violation_share }
    }
}

/// What a setting came to on one part of the load.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was to be as small as possible.
    pub objective: f64,
    /// Cost in the user's currency.
    pub cost: f64,
    /// Share of the time in which the promise was broken, 0 to 1.
    pub violation_share: f64,
}
