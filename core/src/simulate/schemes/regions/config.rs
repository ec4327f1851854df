//! Settings of a trial of regions: where they are, what arises in which, when they are lost.

use crate::error::{Error, Result, not_negative};
use crate::policy::PolicyConfig;
use crate::pool::{Application, CarbonIntensity, Latency, Region, Regions, RegionsConfig};
use crate::simulate::schemes::SchemeConfig;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Regions, and stretches in which one is lost, at the most.
const MOST_REGIONS: usize = 64;
const MOST_OUTAGES: usize = 1000;
/// Milliseconds between any two regions where none are given.
const LATENCY: f64 = 80.0;

/// Regions, and what arises where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegionsTrialConfig {
    /// The manager's settings; its start-up time is the world's, whatever they say. A budget binds both arms.
    pub manager: RegionsConfig,
    /// The regions, 2 to 64; three that are alike, `a`, `b` and `c`.
    pub regions: Vec<TrialRegion>,
    /// Latencies between them; none given: 80 ms between any two. Otherwise pairs that none is given for do not serve each other.
    pub latencies: Vec<Latency>,
    /// Milliseconds that a load may go at the most; no limit. With 0 it stays.
    pub most_latency: Option<f64>,
    /// Where each row of the loads arises, and for which application; none given: the rows are dealt out to the regions in turn, all for
    /// one application.
    pub rows: Vec<RowOrigin>,
    /// When regions are lost, in both arms; never.
    pub outages: Vec<Outage>,
}

/// A region of a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialRegion {
    /// Its name.
    pub name: String,
    /// Replicas that it has room for; by default the world's largest count.
    #[serde(default)]
    pub capacity: Option<u32>,
    /// Cost of a replica per hour, 0 or 1e-9 to 1e9; by default the world's.
    #[serde(default)]
    pub cost_per_replica_hour: Option<f64>,
    /// Carbon intensity of its power, each value until the next, 10,000 at the most; by default not known, and counted as none where
    /// another region's is.
    #[serde(default)]
    pub carbon: Vec<CarbonIntensity>,
}

/// Where a row of the loads arises, and for which application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowOrigin {
    /// The region's name.
    pub region: String,
    /// The application's name; `all`.
    #[serde(default = "all")]
    pub application: String,
}

/// A stretch of time in which a region is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// The region's name.
    pub region: String,
    /// Unix milliseconds from which it is lost.
    pub from: i64,
    /// Unix milliseconds at which it is back.
    pub until: i64,
}

fn all() -> String {
    "all".into()
}

impl TrialRegion {
    /// A region like any other.
    pub fn new(name: impl Into<String>) -> Self {
        TrialRegion { name: name.into(), capacity: None, cost_per_replica_hour: None, carbon: Vec::new() }
    }
}

impl Default for RegionsTrialConfig {
    fn default() -> Self {
        RegionsTrialConfig {
            manager: RegionsConfig::default(),
            regions: ["a", "b", "c"].map(TrialRegion::new).to_vec(),
            latencies: Vec::new(),
            most_latency: None,
            rows: Vec::new(),
            outages: Vec::new(),
        }
    }
}

impl RegionsTrialConfig {
    pub(in crate::simulate::schemes) fn check(&self) -> Result<()> {
        let (count, names) = (self.regions.len(), self.places());
        if !(2..=MOST_REGIONS).contains(&count) {
            return Err(Error::config("regions", format!("must be 2 to {MOST_REGIONS}, got {count}")));
        }
        if names.len() < count {
            return Err(Error::config("regions", "must have a name of its own each"));
        }
        let known = |field: &str, name: &String| match names.contains_key(name.as_str()) {
            true => Ok(()),
            false => Err(Error::config(field, format!("{name:?} is not among the regions"))),
        };
        for latency in &self.latencies {
            known("latencies", &latency.from)?;
            known("latencies", &latency.to)?;
        }
        self.rows.iter().try_for_each(|row| known("rows", &row.region))?;
        if self.outages.len() > MOST_OUTAGES {
            let problem = format!("must be at most {MOST_OUTAGES}, got {}", self.outages.len());
            return Err(Error::config("outages", problem));
        }
        for Outage { region, from, until } in &self.outages {
            known("outages", region)?;
            if from >= until {
                return Err(Error::config(
                    "outages",
                    format!("must end after they begin, got {from} to {until}"),
                ));
            }
        }
        not_negative("most_latency", self.most_latency.unwrap_or(0.0))?;
        self.manager(&SchemeConfig::default(), &BTreeSet::new()).map(|_| ())
    }

    /// The regions by their names.
    pub(super) fn places(&self) -> BTreeMap<&str, usize> {
        self.regions.iter().enumerate().map(|(place, region)| (region.name.as_str(), place)).collect()
    }

    /// What a replica in a region costs in an hour.
    pub(super) fn cost(&self, region: &TrialRegion, config: &SchemeConfig) -> f64 {
        region.cost_per_replica_hour.unwrap_or(config.world.cost_per_replica_hour)
    }

    /// A manager that has not seen anything yet.
    pub(super) fn manager(&self, config: &SchemeConfig, applications: &BTreeSet<&str>) -> Result<Regions> {
        let world = &config.world;
        let start_up_seconds = world.engine_config(PolicyConfig::default()).start_up_seconds;
        let mut manager = Regions::new(RegionsConfig { start_up_seconds, ..self.manager })?;
        for region in &self.regions {
            manager.set_region(Region {
                name: region.name.clone(),
                capacity: region.capacity.unwrap_or(world.max_replicas),
                cost: self.cost(region, config),
                watts: watts(config),
            })?;
            manager.set_carbon(&region.name, region.carbon.clone())?;
        }
        manager.set_latencies(self.distances())?;
        for name in applications {
            let service_rate = config.target_utilization * world.service_rate;
            let application = Application::new(*name, service_rate);
            manager.set_application(Application { most_latency: self.most_latency, ..application })?;
        }
        Ok(manager)
    }

    /// The latencies, with their default filled in.
    pub(super) fn distances(&self) -> Vec<Latency> {
        if !self.latencies.is_empty() {
            return self.latencies.clone();
        }
        let pairs = self.regions.iter().enumerate().flat_map(|(place, from)| {
            self.regions.iter().take(place).map(|to| Latency {
                from: from.name.clone(),
                to: to.name.clone(),
                milliseconds: LATENCY,
            })
        });
        pairs.collect()
    }
}

/// What a replica draws at the planned utilization.
pub(super) fn watts(config: &SchemeConfig) -> f64 {
    let world = &config.world;
    world.idle_watts + (world.busy_watts - world.idle_watts) * config.target_utilization
}
