//! The settings of an engine. Only the service rate has no default that could be right for everyone.

use super::anomaly_config::AnomalyConfig;
use super::breaker_config::BreakerConfig;
use super::lead_time_config::LeadTimeConfig;
use super::load_window::LARGEST_LOAD;
use super::rails::RailsConfig;
use super::resources::{self, Resource};
use super::reward_config::RewardConfig;
use super::tiers::{self, Tier};
use crate::capacity::Target;
use crate::config::from_json;
use crate::error::{Error, Result, positive};
use crate::load::whole_milliseconds;
use crate::policy::{PolicyConfig, PredictiveConfig};
use serde::{Deserialize, Serialize};

/// Scale-in waits so long at the least, unless told: short lead times would make it follow every dip.
const SHORTEST_SCALE_IN_SECONDS: f64 = 120.0;

/// Settings of an [`super::Engine`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineConfig {
    /// Load per second that one replica serves, 1e-100 to 1e100. Must be given.
    pub service_rate: f64,
    /// What the service promises; by default 95 % of the responses within 4 mean service times.
    pub target: Option<Target>,
    /// Smallest count ever asked for; 1.
    pub min_replicas: u32,
    /// Largest count ever asked for; 1,000.
    pub max_replicas: u32,
    /// Lead time to assume until it is learned: seconds from asking for a replica to its being ready; 120.
    pub start_up_seconds: f64,
    /// Seconds from sample to sample and from decision to decision; 15.
    pub interval_seconds: f64,
    /// Seconds over which the observed load is averaged, at least the interval; 60.
    pub metric_window_seconds: f64,
    /// Length of the load's season in seconds; one day.
    pub season_seconds: f64,
    /// What it costs to break the promise for a while, when the mean fleet costs 1 for as long; above 0; 19. A replica is held as long
    /// as it saves more of that than it costs.
    pub cost_ratio: f64,
    /// How late a sample may come, in seconds; 60.
    pub late_seconds: f64,
    /// Needs beside the load: resources of which each replica brings so much, at most 16; for policies that leave caution to the engine.
    pub resources: Vec<Resource>,
    /// Kinds of replicas over which the count is spread, at most 16; none by default.
    pub tiers: Vec<Tier>,
    /// Whether decisions are to be applied.
    pub mode: EngineMode,
    /// Who decides: a name (`"predictive"`, `"hpa"`, `"seasonal_max"`), or one with settings.
    pub policy: PolicyConfig,
    /// What keeps decisions safe and calm.
    pub rails: RailsConfig,
    /// When forecasts that failed are no longer followed.
    pub breaker: BreakerConfig,
    /// What is different while the load is not as usual.
    pub anomaly: AnomalyConfig,
    /// How the lead time is learned.
    pub lead_time: LeadTimeConfig,
    /// What a step is rewarded for.
    pub reward: RewardConfig,
    /// Whether the inputs of each decision are kept until the next, for [`super::Engine::audit_line`]; false.
    pub audit: bool,
}

/// Whether decisions are to be applied. In text `"active"`, `"advisory"`, `"shadow"`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineMode {
    /// They are.
    #[default]
    Active,
    /// They keep what is requested, and tell beside it what would be asked for, given the fleet as it is.
    Advisory,
    /// As advisory, given the fleet as it would be if every decision were applied: replicas that are ready after the start-up time,
    /// rates and windows that count what would have been done. What is advised goes on as if the engine were in charge.
    Shadow,
}

impl Default for EngineConfig {
    fn default() -> Self {
        EngineConfig {
            service_rate: f64::NAN,
            target: None,
            min_replicas: 1,
            max_replicas: 1000,
            start_up_seconds: 120.0,
            interval_seconds: 15.0,
            metric_window_seconds: 60.0,
            season_seconds: 86_400.0,
            cost_ratio: 19.0,
            late_seconds: 60.0,
            resources: Vec::new(),
            tiers: Vec::new(),
            mode: EngineMode::default(),
            policy: PolicyConfig::default(),
            rails: RailsConfig::default(),
            breaker: BreakerConfig::default(),
            anomaly: AnomalyConfig::default(),
            lead_time: LeadTimeConfig::default(),
            reward: RewardConfig::default(),
            audit: false,
        }
    }
}

impl EngineConfig {
    /// Reads settings from JSON text, such as `{"service_rate": 10, "policy": "hpa"}`.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let config: EngineConfig = from_json("config", text)?;
        config.check()?;
        Ok(config)
    }

    /// These settings with some of them changed, which JSON text such as `{"max_replicas": 20}` names; groups such as `rails` change as a whole.
    ///
    /// # Errors
    /// As [`EngineConfig::from_json`].
    pub fn with_changes(&self, json: &str) -> Result<Self> {
        let changes: serde_json::Map<String, serde_json::Value> = from_json("changes", json)?;
        let settings = serde_json::to_value(self).map_err(|error| Error::internal(error.to_string()))?;
        let serde_json::Value::Object(mut settings) = settings else {
            return Err(Error::internal("settings are no object"));
        };
        settings.extend(changes);
        EngineConfig::from_json(&serde_json::Value::Object(settings).to_string())
    }

    /// The promise, with its default filled in.
    pub fn target(&self) -> Target {
        self.target.unwrap_or(Target::ResponseQuantile(0.95, 4.0 / self.service_rate))
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value; [`Error::Infeasible`] when no count can meet the target.
    pub fn check(&self) -> Result<()> {
        if self.service_rate.is_nan() {
            return Err(Error::config(
                "service_rate",
                "must be given: the load per second that one replica serves",
            ));
        }
        positive("service_rate", self.service_rate)?;
        if !(1.0 / LARGEST_LOAD..=LARGEST_LOAD).contains(&self.service_rate) {
            let problem =
                format!("must be {:e} to {LARGEST_LOAD:e}, got {:e}", 1.0 / LARGEST_LOAD, self.service_rate);
            return Err(Error::config("service_rate", problem));
        }
        self.target().check()?;
        // The load of half a replica: whatever count that takes, a target that none meets is found here, not at 3 a.m.
        crate::capacity::servers_for(0.5 * self.service_rate, self.service_rate, self.target())?;
        if self.max_replicas == 0 || self.min_replicas > self.max_replicas || self.max_replicas > 1_000_000 {
            let range = format!("{} to {}", self.min_replicas, self.max_replicas);
            return Err(Error::config(
                "max_replicas",
                format!("needs 0 <= min <= max <= 1000000, max >= 1; got {range}"),
            ));
        }
        whole_milliseconds(self.interval_seconds).map_err(|_| {
            Error::config(
                "interval_seconds",
                format!("must be a whole number of milliseconds, got {}", self.interval_seconds),
            )
        })?;
        let intervals = |field: &str, seconds: f64, least: f64, most: f64| {
            let count = seconds / self.interval_seconds;
            if (least..=most).contains(&count) {
                return Ok(());
            }
            let interval = self.interval_seconds;
            Err(Error::config(
                field,
                format!("must be {least} to {most} intervals of {interval} s, got {seconds} s"),
            ))
        };
        intervals("start_up_seconds", self.start_up_seconds, 0.0, 10_000.0)?;
        intervals("metric_window_seconds", self.metric_window_seconds, 1.0, 1_000.0)?;
        intervals("season_seconds", self.season_seconds, 2.0, 1e6)?;
        intervals("late_seconds", self.late_seconds, 0.0, 10_000.0)?;
        positive("cost_ratio", self.cost_ratio)?;
        if self.quantile() >= 1.0 {
            let problem = format!("of {:e} asks for the quantile 1, which no forecast has", self.cost_ratio);
            return Err(Error::config("cost_ratio", problem));
        }
        self.breaker.check()?;
        self.anomaly.check()?;
        self.lead_time.check()?;
        self.reward.check()?;
        resources::check(&self.resources)?;
        tiers::check(&self.tiers, self.max_replicas)?;
        let bounds = (self.min_replicas, self.max_replicas);
        self.rails.check(self.interval_seconds, bounds, self.service_rate, self.target())
    }

    /// The share `ratio/(1 + ratio)` of loads below the upper end of an interval whose ends are missed at these odds, the
    /// newsvendor's quantile (Arrow, Harris & Marschak 1951).
    pub fn quantile(&self) -> f64 {
        self.cost_ratio / (1.0 + self.cost_ratio)
    }

    /// Intervals that the forecast must span at first: what is ordered now is ready after the lead time, and what is ordered at
    /// the next decision one interval later.
    pub(super) fn horizon(&self) -> usize {
        (self.start_up_seconds / self.interval_seconds).ceil() as usize + 1
    }

    /// The window within which scale-in must have been allowed all the time, in seconds; by default the horizon, if that is not too short.
    pub(super) fn scale_in_window(&self, horizon: usize) -> f64 {
        let lead = horizon as f64 * self.interval_seconds;
        self.rails.stabilization.down_seconds.unwrap_or(lead.max(SHORTEST_SCALE_IN_SECONDS))
    }

    /// The stages of our own law; its defaults for any other policy.
    pub(super) fn predictive(&self) -> PredictiveConfig {
        match self.policy {
            PolicyConfig::Predictive(config) => config,
            _ => PredictiveConfig::default(),
        }
    }
}
