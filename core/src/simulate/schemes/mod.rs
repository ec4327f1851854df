//! Does a scheme of the pool pay? Each is tried against the best simple thing that a user would do instead, on the user's own loads.
//!
//! Both arms serve the same loads (a row for each tenant, key, primary or program, a column for each step) with replicas of the same
//! [`World`]: the same start-up time, failures and noise, out of the same seed, and the same queues. What they cost, burn and break is
//! compared interval by interval ([`super::compare`]), and again at equal service: against the simple arm between
//! the two of its settings where it breaks the promise as often, or is late for as many requests.

mod classes;
mod clones;
mod lane;
mod picture;
mod reactive;
mod regions;
mod report;
mod shadows;
mod sharing;
#[cfg(test)]
mod tests;
mod tiers;

pub use picture::picture;
pub use regions::{Outage, RegionsTrialConfig, RowOrigin, TrialRegion};
pub use report::{EqualService, RegionTimeline, SchemeReport, SchemeTimeline};
pub use shadows::ShadowsConfig;
pub use sharing::SharingConfig;
pub use tiers::TiersConfig;

use super::compare::ComparisonConfig;
use super::scene::Scene;
use super::world::World;
use crate::config::from_json;
use crate::error::{Error, Result, positive};
use crate::load::{Fill, Series};
use crate::policy::{HpaConfig, PolicyConfig};
use crate::pool::CloneManagerConfig;
use crate::random::Random;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

/// More rows are refused.
const MOST_ROWS: usize = 10_000;
/// Rows times steps of the simulation that are played at the most: some ten seconds an arm.
const MOST_PLAYED: usize = 200_000_000;

/// The scheme that is tried, with its settings.
#[allow(clippy::large_enum_variant, reason = "there is one in a trial")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Scheme {
    /// Clones of program code made before the requests come, a row of the loads each, against a policy for each that reacts. The
    /// start-up time is the world's, whatever the settings say.
    Clones(CloneManagerConfig),
    /// Tenants on common capacity, a row each, against each on its own.
    Sharing(SharingConfig),
    /// Hot, warm and cold units for all rows together, each a user of one application, against one pool that reacts.
    Tiers(TiersConfig),
    /// Primaries that a policy scales, a row each, with shadows against the same without.
    Shadows(ShadowsConfig),
    /// Regions under one plan, which serve each other's load where that is better, against each region by itself.
    Regions(RegionsTrialConfig),
}

/// What is tried, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SchemeConfig {
    /// The scheme; `clones`.
    pub scheme: Scheme,
    /// The world of both arms, of which `service_rate` must be given.
    pub world: World,
    /// Unix milliseconds at which the loads begin; 0.
    pub start: i64,
    /// Seconds from column to column; 60.
    pub step_seconds: f64,
    /// Share of the time, at its beginning, that both arms live through and learn from, but that does not count; 0 to 0.9; 0.25.
    pub learn_share: f64,
    /// Share of a replica's service rate that the scheme plans with, above 0, at most 1; 0.7, which is the simple arm's too. Shadows have one of
    /// their own.
    pub target_utilization: f64,
    /// Who scales where the simple arm scales; `hpa`.
    pub baseline: PolicyConfig,
    /// Whether the simple arm is tried at other targets too, for costs at equal service; true.
    pub sweep: bool,
    /// How the arms are compared.
    pub comparison: ComparisonConfig,
}

impl Default for SchemeConfig {
    fn default() -> Self {
        SchemeConfig {
            scheme: Scheme::Clones(CloneManagerConfig::default()),
            world: World::default(),
            start: 0,
            step_seconds: 60.0,
            learn_share: 0.25,
            target_utilization: 0.7,
            baseline: PolicyConfig::Hpa(HpaConfig::default()),
            sweep: true,
            comparison: ComparisonConfig::default(),
        }
    }
}

impl SchemeConfig {
    /// Reads settings from JSON text, such as `{"scheme": {"clones": {}}, "world": {"service_rate": 10}}`.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let config: SchemeConfig = from_json("config", text)?;
        config.check()?;
        Ok(config)
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        self.world.check()?;
        self.baseline.check()?;
        self.comparison.check()?;
        positive("step_seconds", self.step_seconds)?;
        if !self.world.tiers.is_empty() {
            return Err(Error::config("world.tiers", "must be empty: the replicas of both arms are alike"));
        }
        if self.world.single_requests {
            return Err(Error::config(
                "world.single_requests",
                "must be false: schemes are tried with the queue's law",
            ));
        }
        for (field, value, low, high) in [
            ("learn_share", self.learn_share, 0.0, 0.9),
            ("target_utilization", self.target_utilization, 0.01, 1.0),
        ] {
            if !(low..=high).contains(&value) {
                return Err(Error::config(field, format!("must be {low} to {high}, got {value}")));
            }
        }
        if matches!(self.baseline, PolicyConfig::Oracle {}) {
            return Err(Error::config("baseline", "must be a policy that does not know the future"));
        }
        match &self.scheme {
            Scheme::Clones(config) => config.check(),
            Scheme::Sharing(config) => config.check(),
            Scheme::Tiers(config) => config.check(),
            Scheme::Shadows(config) => config.check(),
            Scheme::Regions(config) => config.check(),
        }
    }
}

/// Tries a scheme and the simple thing in its place over `loads`: a row for each tenant, key, primary or program, a column for each step,
/// in load units per second. Missing values (NaN) are interpolated. O(rows · steps), for each arm and each setting of the sweep.
///
/// # Errors
/// [`Error::Config`] for settings out of range; [`Error::Data`] for loads that are negative, infinite, too many, or too short: 20
/// intervals of the world must be left to be counted.
pub fn run(loads: Rows<'_>, config: &SchemeConfig, seed: u64) -> Result<SchemeReport> {
    run_with_progress(loads, config, seed, &mut |_| true)
}

/// As [`run`], telling `progress` the share of the work done, 0 to 1; when that answers `false`, it stops.
///
/// # Errors
/// As [`run`]; [`Error::Stopped`] when asked to stop.
pub fn run_with_progress(
    loads: Rows<'_>,
    config: &SchemeConfig,
    seed: u64,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<SchemeReport> {
    config.check()?;
    let rows = known(loads, config)?;
    let mut tell = |share: f64| {
        if progress(share) { Ok(()) } else { Err(Error::Stopped { percent: (100.0 * share) as u8 }) }
    };
    let trial = Trial { rows: &rows, config, seed };
    let report = match &config.scheme {
        Scheme::Clones(settings) => clones::trial(&trial, *settings, &mut tell),
        Scheme::Sharing(settings) => sharing::trial(&trial, settings, &mut tell),
        Scheme::Tiers(settings) => tiers::trial(&trial, settings, &mut tell),
        Scheme::Shadows(settings) => shadows::trial(&trial, settings, &mut tell),
        Scheme::Regions(settings) => regions::trial(&trial, settings, &mut tell),
    }?;
    tell(1.0)?;
    Ok(report)
}

/// What every scheme is tried on.
pub(super) struct Trial<'a> {
    /// The loads, without gaps.
    rows: &'a [Vec<f64>],
    config: &'a SchemeConfig,
    seed: u64,
}

impl<'a> Trial<'a> {
    /// A scene for each load, with noise of its own.
    fn scenes(&self, loads: &[Vec<f64>]) -> Result<Vec<Scene<'a>>> {
        let SchemeConfig { world, start, step_seconds, .. } = self.config;
        let scene = |(place, load): (u64, &Vec<f64>)| {
            let load = Series::new(load.clone(), *start, *step_seconds)?;
            Scene::new(&load, world, Random::stream(self.seed, place).next_u64())
        };
        (0..).zip(loads).map(scene).collect()
    }

    /// Columns that do not count.
    fn learned_columns(&self) -> usize {
        let columns = self.rows.first().map_or(0, Vec::len);
        (self.config.learn_share * columns as f64) as usize
    }
}

/// The rows, each without gaps.
fn known(loads: Rows<'_>, config: &SchemeConfig) -> Result<Vec<Vec<f64>>> {
    let (rows, columns) = (loads.len(), loads.columns());
    if rows == 0 || rows > MOST_ROWS {
        return Err(Error::data("loads", format!("must have 1 to {MOST_ROWS} rows, has {rows}")));
    }
    let interval = config.world.interval_seconds.min(config.step_seconds);
    let steps = columns as f64 * (config.step_seconds / interval).ceil() * rows as f64;
    if steps > MOST_PLAYED as f64 {
        let problem = format!("need {steps:e} steps in all rows; at most {MOST_PLAYED} are played");
        return Err(Error::data("loads", problem));
    }
    let fill = |(row, values): (usize, &[f64])| {
        if let Some(column) = values.iter().position(|load| load.is_infinite() || *load < 0.0) {
            let value = values.get(column).copied().unwrap_or(f64::NAN);
            return Err(Error::data("loads", format!("row {row}, column {column}: {value} is not a load")));
        }
        let series = Series::new(values.to_vec(), config.start, config.step_seconds)?;
        Ok(series.fill(Fill::Linear)?.values().to_vec())
    };
    if loads.values().iter().all(|load| load.is_nan() || *load == 0.0) {
        return Err(Error::data("loads", "are 0 throughout"));
    }
    loads.iter().enumerate().map(fill).collect()
}
