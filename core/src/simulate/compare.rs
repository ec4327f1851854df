//! Is one policy better than another, or was it luck? Paired over the same load, interval by interval, by block bootstrap.
//!
//! Both policies met the same load and noise, so their difference in each interval is all that is needed; intervals near each other
//! are alike, so whole stretches of them are drawn (see the module `bootstrap`).

use super::report::{PolicyResult, Report};
use crate::bootstrap::bootstrap_mean;
use crate::config::from_json;
use crate::error::{Error, Result, positive, strictly_between};
use serde::{Deserialize, Serialize};

/// A longer run is summed over equal stretches to about so many values, at most twice as many: a few minutes each.
const STRETCHES: usize = 2_000;
/// Fewer intervals than this say nothing.
const FEWEST: usize = 20;
const MOST_RESAMPLES: usize = 100_000;

/// How a comparison is made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ComparisonConfig {
    /// Level of the intervals, in (0, 1); 0.95.
    pub level: f64,
    /// Runs that are drawn; 2,000.
    pub resamples: usize,
    /// Mean length of a block in seconds; chosen from the differences by default, for each quantity by itself.
    pub block_seconds: Option<f64>,
    /// Seed of the draws; 0.
    pub seed: u64,
}

impl Default for ComparisonConfig {
    fn default() -> Self {
        ComparisonConfig { level: 0.95, resamples: 2000, block_seconds: None, seed: 0 }
    }
}

impl ComparisonConfig {
    /// Reads settings from JSON text, such as `{"level": 0.9}`.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let config: ComparisonConfig = from_json("config", text)?;
        config.check()?;
        Ok(config)
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        strictly_between("level", self.level, 0.0, 1.0)?;
        if !(100..=MOST_RESAMPLES).contains(&self.resamples) {
            let problem = format!("must be 100 to {MOST_RESAMPLES}, got {}", self.resamples);
            return Err(Error::config("resamples", problem));
        }
        self.block_seconds.map_or(Ok(()), |seconds| positive("block_seconds", seconds).map(|_| ()))
    }
}

/// One quantity of two policies over the whole run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// What the first policy came to.
    pub first: f64,
    /// What the second policy came to.
    pub second: f64,
    /// First less second.
    pub difference: f64,
    /// The interval's lower end.
    pub lower: f64,
    /// The interval's upper end.
    pub upper: f64,
    /// Probability of a difference as large as this when there is none, both directions counted.
    pub p_value: f64,
    /// Mean length of the blocks in seconds.
    pub block_seconds: f64,
}

/// Two policies of a report side by side. A difference below 0 says that the first needed less of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The first policy's name.
    pub first: String,
    /// The second policy's name.
    pub second: String,
    /// Level of the intervals.
    pub level: f64,
    /// In the user's currency.
    pub cost: Difference,
    /// In kWh.
    pub energy_kwh: Difference,
    /// Time over the promise in seconds.
    pub violation_seconds: Difference,
    /// Requests that were late.
    pub late_requests: Difference,
}

impl Comparison {
    /// The comparison as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Compares policy `a` of a report with `b`, by their names in it.
///
/// # Errors
/// [`Error::Data`] when a name is not in the report, or the run has fewer than 20 intervals; [`Error::Config`] for settings out of range.
pub fn compare(report: &Report, a: &str, b: &str, config: &ComparisonConfig) -> Result<Comparison> {
    config.check()?;
    let find = |argument: &str, name: &str| {
        report.policy(name).ok_or_else(|| Error::data(argument, format!("\"{name}\" is not in the report")))
    };
    let (a, b) = (find("a", a)?, find("b", b)?);
    compare_results(a, b, report.interval_seconds, config)
}

/// Compares two runs over the same load, interval by interval.
pub(super) fn compare_results(
    a: &PolicyResult,
    b: &PolicyResult,
    interval_seconds: f64,
    config: &ComparisonConfig,
) -> Result<Comparison> {
    let intervals = a.timeline.cost.len().min(b.timeline.cost.len());
    if intervals < FEWEST {
        return Err(Error::data(
            "report",
            format!("has {intervals} intervals, but a comparison needs {FEWEST}"),
        ));
    }
    let of = |part: fn(&PolicyResult) -> &[f64]| difference(part(a), part(b), interval_seconds, config);
    Ok(Comparison {
        first: a.policy.clone(),
        second: b.policy.clone(),
        level: config.level,
        cost: of(|result| &result.timeline.cost),
        energy_kwh: of(|result| &result.timeline.energy_kwh),
        violation_seconds: of(|result| &result.timeline.violation_seconds),
        late_requests: of(|result| &result.timeline.late_requests),
    })
}

/// The difference of one quantity, of which both have a value an interval.
pub(super) fn difference(
    a: &[f64],
    b: &[f64],
    interval_seconds: f64,
    config: &ComparisonConfig,
) -> Difference {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let stretch = differences.len().div_ceil(STRETCHES).max(1);
    let seconds = stretch as f64 * interval_seconds;
    let mut sums: Vec<f64> = differences.chunks(stretch).map(|chunk| chunk.iter().sum()).collect();
    // A shorter last stretch would weigh as much as a whole one.
    let rest = if differences.len().is_multiple_of(stretch) { 0.0 } else { sums.pop().unwrap_or(0.0) };
    let found = bootstrap_mean(
        &sums,
        config.level,
        config.resamples,
        config.block_seconds.map(|block| block / seconds),
        config.seed,
    );
    let count = sums.len() as f64;
    let total = found.mean * count + rest;
    Difference {
        first: a.iter().sum(),
        second: b.iter().sum(),
        difference: total,
        lower: total - found.margin * count,
        upper: total + found.margin * count,
        p_value: found.p_value,
        block_seconds: found.block_length * seconds,
    }
}

impl Difference {
    /// In another unit, `factor` of which make one of this.
    pub(super) fn times(self, factor: f64) -> Self {
        Difference {
            first: self.first * factor,
            second: self.second * factor,
            difference: self.difference * factor,
            lower: self.lower * factor,
            upper: self.upper * factor,
            ..self
        }
    }
}
