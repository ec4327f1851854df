//! What [`super::Regions`] is told: regions and what their replicas cost, applications and where they may run, latencies, carbon.

use crate::error::{Error, Result, not_negative, positive};
use crate::pool::RetryConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is limited in all regions together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum GlobalBudget {
    /// Count of replicas.
    Replicas(f64),
    /// Cost per hour, in the unit of [`Region::cost`].
    Cost(f64),
    /// Power, in watts.
    Watts(f64),
}

impl GlobalBudget {
    /// Its limit.
    pub(super) fn limit(&self) -> f64 {
        match self {
            GlobalBudget::Replicas(limit) | GlobalBudget::Cost(limit) | GlobalBudget::Watts(limit) => *limit,
        }
    }

    /// What one replica in a region takes of it.
    pub(super) fn of(&self, region: &Region) -> f64 {
        match self {
            GlobalBudget::Replicas(_) => 1.0,
            GlobalBudget::Cost(_) => region.cost,
            GlobalBudget::Watts(_) => region.watts,
        }
    }
}

/// Settings of [`super::Regions`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegionsConfig {
    /// Seconds of a step, for which requests are counted and forecast, 1 to 86,400; 300.
    pub step_seconds: f64,
    /// Length of the load's season in seconds, at least 2 and at most 2,016 steps; one day.
    pub season_seconds: f64,
    /// Seconds from asking for a replica to its serving, 0 to 288 steps; 120.
    pub start_up_seconds: f64,
    /// What a replica too little costs, when one too much costs 1; above 0; 19.
    pub cost_ratio: f64,
    /// What all regions together may take; no limit.
    pub budget: Option<GlobalBudget>,
    /// What a millisecond of latency of one replica's requests is worth in an hour, in the unit of [`Region::cost`]; 0.01.
    pub latency_price: f64,
    /// What a kilogram of CO₂ is worth; 0: carbon plays no part.
    pub carbon_price: f64,
    /// What a region that did not serve a source before must be cheaper by, for each replica and hour; 0.05: routes do not flap.
    pub move_price: f64,
    /// Rounds over which a region that comes back is given its load again, at least 1; 4.
    pub recovery_rounds: u32,
    /// What happens to instructions that nothing is heard of.
    pub retry: RetryConfig,
}

impl Default for RegionsConfig {
    fn default() -> Self {
        RegionsConfig {
            step_seconds: 300.0,
            season_seconds: 86_400.0,
            start_up_seconds: 120.0,
            cost_ratio: 19.0,
            budget: None,
            latency_price: 0.01,
            carbon_price: 0.0,
            move_price: 0.05,
            recovery_rounds: 4,
            retry: RetryConfig::default(),
        }
    }
}

impl RegionsConfig {
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
        within("season_seconds", self.season_seconds, 2.0 * self.step_seconds, 2016.0 * self.step_seconds)?;
        within("start_up_seconds", self.start_up_seconds, 0.0, 288.0 * self.step_seconds)?;
        positive("cost_ratio", self.cost_ratio)?;
        within("cost_ratio", self.cost_ratio, 1e-9, 1e9)?;
        if let Some(budget) = self.budget {
            not_negative("budget", budget.limit())?;
        }
        within("latency_price", self.latency_price, 0.0, 1e6)?;
        within("carbon_price", self.carbon_price, 0.0, 1e6)?;
        within("move_price", self.move_price, 0.0, 1e6)?;
        within("recovery_rounds", f64::from(self.recovery_rounds), 1.0, 10_000.0)?;
        self.retry.check("retry")
    }

    /// The quantile of the load that capacity is to be enough for: the newsvendor's `ratio/(1 + ratio)` (Arrow, Harris & Marschak 1951).
    pub fn quantile(&self) -> f64 {
        self.cost_ratio / (1.0 + self.cost_ratio)
    }

    pub(super) fn season_steps(&self) -> usize {
        (self.season_seconds / self.step_seconds).round() as usize
    }

    /// Steps from the last one counted to the last that replicas asked for now must be enough for.
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

/// A region: where requests come from, and where replicas run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// Replicas that it has room for, of all applications together.
    pub capacity: u32,
    /// What a replica costs in an hour, 0 or 1e-9 to 1e9; 1.
    #[serde(default = "one")]
    pub cost: f64,
    /// What a replica draws, in watts, 0 or 1e-9 to 1e9; 0.
    #[serde(default)]
    pub watts: f64,
}

fn one() -> f64 {
    1.0
}

impl Region {
    pub(super) fn check(&self) -> Result<()> {
        let field = |field: &str| format!("region {}: {field}", self.name);
        for (name, value) in [("cost", self.cost), ("watts", self.watts)] {
            not_negative(&field(name), value)?;
            if value > 1e9 || (value > 0.0 && value < 1e-9) {
                return Err(Error::config(field(name), format!("must be 0, or 1e-9 to 1e9, got {value}")));
            }
        }
        Ok(())
    }
}

/// An application that runs in several regions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Requests per second that one replica serves, above 0.
    pub service_rate: f64,
    /// Milliseconds between the region that requests come from and the one that serves them, at the most; no limit. With 0 they stay.
    #[serde(default)]
    pub most_latency: Option<f64>,
    /// Data residency: the regions that requests of a region may be served in, where that is limited.
    #[serde(default)]
    pub residency: BTreeMap<String, Vec<String>>,
    /// Applications of a higher priority are served first where capacity or the budget is short, 0 to 100; 0.
    #[serde(default)]
    pub priority: u32,
}

impl Application {
    /// An application that may be served from anywhere, of priority 0.
    pub fn new(name: impl Into<String>, service_rate: f64) -> Self {
        let residency = BTreeMap::new();
        Application { name: name.into(), service_rate, most_latency: None, residency, priority: 0 }
    }
}

impl Application {
    pub(super) fn check(&self) -> Result<()> {
        let field = |field: &str| format!("application {}: {field}", self.name);
        positive(&field("service_rate"), self.service_rate)?;
        if let Some(most) = self.most_latency {
            not_negative(&field("most_latency"), most)?;
        }
        if self.priority > 100 {
            return Err(Error::config(field("priority"), format!("must be 0 to 100, got {}", self.priority)));
        }
        Ok(())
    }
}

/// The latency between two regions. A region is at latency 0 from itself; regions that none is given for do not serve one another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// One region.
    pub from: String,
    /// The other.
    pub to: String,
    /// Milliseconds, 0 to 1e9; the same both ways.
    pub milliseconds: f64,
}

impl Latency {
    pub(super) fn check(&self) -> Result<()> {
        if (0.0..=1e9).contains(&self.milliseconds) {
            return Ok(());
        }
        let name = format!("latency from {} to {}", self.from, self.to);
        Err(Error::config(name, format!("must be 0 to 1e9 ms, got {}", self.milliseconds)))
    }
}

/// The carbon intensity of a region's power from a time on, until the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarbonIntensity {
    /// Unix milliseconds.
    pub time: i64,
    /// Grams of CO₂ for each kilowatt-hour, at least 0.
    pub grams: f64,
}
