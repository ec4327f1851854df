//! What a [`super::CloneManager`] is told: how it sizes, when it reacts, what programs need and what machines have.

use crate::error::{Error, Result, not_negative, positive};
use crate::pool::RetryConfig;
use serde::{Deserialize, Serialize};

/// How many clones a forecast asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloneRule {
    /// Enough for the quantile of the forecast that the cost ratio implies: more where the interval is wide.
    #[default]
    Quantile,
    /// Enough for the mean, and 1.2 times as many where the confidence `mean/(mean + standard deviation)` is below 0.8.
    FixedMargin,
}

/// Settings of a [`super::CloneManager`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CloneManagerConfig {
    /// Seconds of a step, for which volumes are counted and forecast, 1 to 86,400; 300.
    pub step_seconds: f64,
    /// Steps that are forecast, 1 to 288; 12: the next hour.
    pub horizon_steps: usize,
    /// Length of the volumes' season in seconds, at least 2 and at most 2,016 steps; one day, which knows of no weekends: 604,800 tells weekdays
    /// apart, for seven times the memory and after two weeks.
    pub season_seconds: f64,
    /// Seconds from creating a clone to its serving, at least 0; 30.
    pub start_up_seconds: f64,
    /// How many clones a forecast asks for.
    pub rule: CloneRule,
    /// What a clone too little costs, when one too much costs 1; 1e-9 to 1e9; 19.
    pub cost_ratio: f64,
    /// A volume beyond this many times its forecast is under-predicted, at least 1; 1.1: clones for it are created at once.
    pub under_prediction_ratio: f64,
    /// Clones that an under-prediction creates in one round at the most, for one program, beyond those that there are; 50.
    pub burst_clones: u32,
    /// A forecast beyond this many times the volume is over-predicted, at least 1; 1.5.
    pub over_prediction_ratio: f64,
    /// Steps in a row that are over-predicted before the forecast is no longer followed; 3.
    pub over_prediction_steps: u32,
    /// Failed health checks in a row after which a clone that runs is replaced, at least 1; 3. At the most a quarter of a program's
    /// clones, or one, are out for that at a time: checks that fail everywhere do not end it.
    pub health_failures: u32,
    /// Clones in all at the most, up to 10,000,000; 1,000,000.
    pub most_clones: usize,
    /// What happens to instructions that nothing is heard of.
    pub retry: RetryConfig,
}

impl Default for CloneManagerConfig {
    fn default() -> Self {
        CloneManagerConfig {
            step_seconds: 300.0,
            horizon_steps: 12,
            season_seconds: 86_400.0,
            start_up_seconds: 30.0,
            rule: CloneRule::default(),
            cost_ratio: 19.0,
            under_prediction_ratio: 1.1,
            burst_clones: 50,
            over_prediction_ratio: 1.5,
            over_prediction_steps: 3,
            health_failures: 3,
            most_clones: 1_000_000,
            retry: RetryConfig::default(),
        }
    }
}

impl CloneManagerConfig {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        let within = |field: &str, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Error::config(field, format!("must be {low} to {high}, got {value}")))
        };
        within("step_seconds", self.step_seconds, 1.0, 86_400.0)?;
        within("horizon_steps", self.horizon_steps as f64, 1.0, 288.0)?;
        within("season_seconds", self.season_seconds, 2.0 * self.step_seconds, 2016.0 * self.step_seconds)?;
        within(
            "start_up_seconds",
            self.start_up_seconds,
            0.0,
            self.step_seconds * self.horizon_steps as f64,
        )?;
        within("under_prediction_ratio", self.under_prediction_ratio, 1.0, 1e6)?;
        within("over_prediction_ratio", self.over_prediction_ratio, 1.0, 1e6)?;
        within("cost_ratio", self.cost_ratio, 1e-9, 1e9)?;
        if self.health_failures == 0 {
            return Err(Error::config("health_failures", "must be at least 1, got 0"));
        }
        within("most_clones", self.most_clones as f64, 0.0, 1e7)?;
        self.retry.check("retry")
    }

    /// The quantile of the volume that clones are to be enough for: the newsvendor's `ratio/(1 + ratio)` (Arrow, Harris & Marschak
    /// 1951).
    pub fn quantile(&self) -> f64 {
        self.cost_ratio / (1.0 + self.cost_ratio)
    }

    pub(super) fn season_steps(&self) -> usize {
        (self.season_seconds / self.step_seconds).round() as usize
    }

    /// Steps from the last one counted to the last that clones ordered now must be enough for: the step that runs, those of the start-up,
    /// and the one until the next round.
    pub(super) fn lead_steps(&self) -> i64 {
        2 + (self.start_up_seconds / self.step_seconds).ceil() as i64
    }

    pub(super) fn step_milliseconds(&self) -> i64 {
        (self.step_seconds * 1000.0) as i64
    }

    pub(super) fn step(&self, now: i64) -> i64 {
        now.div_euclid(self.step_milliseconds())
    }
}

/// A program that clones serve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramCode {
    /// Its name.
    pub name: String,
    /// Requests per second that one clone serves, above 0.
    pub service_rate: f64,
    /// What one clone takes of a machine in each dimension (CPU, memory, GPU, network, …: as many as one likes, the same for all), at
    /// least 0.
    pub resources: Vec<f64>,
    /// The zone that most of its requests come from; empty: no matter.
    #[serde(default)]
    pub zone: String,
    /// Programs of a higher priority are served first where room is short; 0.
    #[serde(default)]
    pub priority: i32,
    /// Clones that there always are; 0.
    #[serde(default)]
    pub min_clones: u32,
    /// Clones at the most, but for those that are made before others leave a machine that has too little room; no limit.
    #[serde(default = "no_limit")]
    pub max_clones: u32,
}

fn no_limit() -> u32 {
    u32::MAX
}

impl ProgramCode {
    /// A program without a zone, of priority 0, and without limits.
    pub fn new(name: impl Into<String>, service_rate: f64, resources: Vec<f64>) -> Self {
        ProgramCode {
            name: name.into(),
            service_rate,
            resources,
            zone: String::new(),
            priority: 0,
            min_clones: 0,
            max_clones: u32::MAX,
        }
    }

    pub(super) fn check(&self, dimensions: usize) -> Result<()> {
        let name = |field: &str| format!("code {}: {field}", self.name);
        positive(&name("service_rate"), self.service_rate)?;
        check_amounts(&name("resources"), &self.resources, dimensions)?;
        if self.min_clones > self.max_clones {
            let problem = format!("{} is above max_clones, {}", self.min_clones, self.max_clones);
            return Err(Error::config(name("min_clones"), problem));
        }
        Ok(())
    }
}

/// A machine that clones run on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// The zone that it stands in; empty: none.
    #[serde(default)]
    pub zone: String,
    /// What it has for clones in each dimension, at least 0.
    pub room: Vec<f64>,
}

impl Machine {
    pub(super) fn check(&self, dimensions: usize) -> Result<()> {
        check_amounts(&format!("machine {}: room", self.name), &self.room, dimensions)
    }
}

/// How far one zone is from another, such as milliseconds of a round trip. A zone is at distance 0 from itself, and zones that no
/// distance is given for are farther than all that have one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distance {
    /// One zone.
    pub from: String,
    /// The other.
    pub to: String,
    /// Their distance, at least 0; the same both ways.
    pub distance: f64,
}

impl Distance {
    pub(super) fn check(&self) -> Result<()> {
        not_negative(&format!("distance from {} to {}", self.from, self.to), self.distance).map(|_| ())
    }
}

fn check_amounts(name: &str, amounts: &[f64], dimensions: usize) -> Result<()> {
    if amounts.len() != dimensions {
        return Err(Error::config(name, format!("has {} dimensions, others {dimensions}", amounts.len())));
    }
    amounts.iter().try_for_each(|amount| not_negative(name, *amount).map(|_| ()))
}
