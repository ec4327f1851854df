//! What a [`super::LoadBalancer`] is told: how it forecasts, what is promised, which kinds of instances there are, and what was used.

use crate::error::{Error, Result};
use crate::pool::clock::Clock;
use crate::pool::tiers::{QosProfile, Tier, within};
use serde::{Deserialize, Serialize};

/// No request count, use, room or price is above this, and no room below its inverse.
pub(super) const LARGEST: f64 = 1e12;

/// Settings of a [`super::LoadBalancer`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoadBalancerConfig {
    /// Seconds of a step, for which requests are counted and forecast, 1 to 86,400; 300.
    pub step_seconds: f64,
    /// Length of the demand's season in seconds, at least 2 and at most 2,016 steps; one day. A key takes 4 bytes for each step of it.
    pub season_seconds: f64,
    /// Users of applications that are kept at the most, 20 to 100,000,000; 1,000,000. Beyond it the least used are dropped.
    pub most_keys: usize,
    /// Share of what comes that intervals hold, 0.000001 to 0.999999; 0.9.
    pub confidence: f64,
    /// What is promised to users that have no profile: by default an answer within a second.
    pub profile: QosProfile,
    /// Priority from which on users are critical: hot is made ready for them, however long they could wait; 1.
    pub critical_priority: i32,
    /// Seconds until a warm instance that is woken serves; 30.
    pub warm_start_up_seconds: f64,
    /// Seconds until a cold instance serves, at least those of a warm one; 300.
    pub cold_start_up_seconds: f64,
    /// Kinds of instances, at least one for each tier, at most 100; none: then nothing is recommended.
    pub instances: Vec<InstanceKind>,
    /// Share of an instance's room that is to be used, 0.001 to 0.999999; 0.7.
    pub utilization: f64,
    /// What a request that comes too late costs, 0 to 10¹²; 0.001.
    pub late_request_cost: f64,
}

impl Default for LoadBalancerConfig {
    fn default() -> Self {
        LoadBalancerConfig {
            step_seconds: 300.0,
            season_seconds: 86_400.0,
            most_keys: 1_000_000,
            confidence: 0.9,
            profile: QosProfile { max_latency_seconds: Some(1.0), ..QosProfile::default() },
            critical_priority: 1,
            warm_start_up_seconds: 30.0,
            cold_start_up_seconds: 300.0,
            instances: Vec::new(),
            utilization: 0.7,
            late_request_cost: 0.001,
        }
    }
}

impl LoadBalancerConfig {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        within("step_seconds", self.step_seconds, 1.0, 86_400.0)?;
        within("season_seconds", self.season_seconds, 2.0 * self.step_seconds, 2016.0 * self.step_seconds)?;
        within("most_keys", self.most_keys as f64, 20.0, 1e8)?;
        within("confidence", self.confidence, 1e-6, 0.999_999)?;
        self.profile.check("profile")?;
        within("warm_start_up_seconds", self.warm_start_up_seconds, 0.0, 86_400.0)?;
        within("cold_start_up_seconds", self.cold_start_up_seconds, self.warm_start_up_seconds, 86_400.0)?;
        within("utilization", self.utilization, 0.001, 0.999_999)?;
        within("late_request_cost", self.late_request_cost, 0.0, LARGEST)?;
        if self.instances.len() > 100 {
            let problem = format!("must be at most 100 kinds, got {}", self.instances.len());
            return Err(Error::config("instances", problem));
        }
        self.instances.iter().try_for_each(InstanceKind::check)?;
        let lacks = |tier: &&Tier| self.instances.iter().all(|kind| kind.tier != **tier);
        match Tier::ALL.iter().find(lacks) {
            Some(tier) if !self.instances.is_empty() => {
                Err(Error::config("instances", format!("has no kind for the {} tier", tier.name())))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn season_steps(&self) -> usize {
        (self.season_seconds / self.step_seconds).round() as usize
    }

    pub(super) fn step(&self, time: i64) -> i64 {
        time.div_euclid((self.step_seconds * 1000.0) as i64)
    }

    /// Steps that begin within `seconds` from one that runs.
    pub(super) fn steps_within(&self, seconds: f64) -> i64 {
        (seconds / self.step_seconds).ceil() as i64
    }

    pub(super) fn start_of(&self, step: i64) -> i64 {
        step.saturating_mul((self.step_seconds * 1000.0) as i64)
    }
}

/// A kind of instance that can be had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceKind {
    /// Its name.
    pub name: String,
    /// The tier that it is for.
    pub tier: Tier,
    /// CPU that it has, in the unit of the records, 10⁻¹² to 10¹².
    pub cpu: f64,
    /// Memory that it has, likewise.
    pub memory: f64,
    /// Network that it has, likewise.
    pub network: f64,
    /// What it costs an hour while it serves, 0 to 10¹².
    pub cost_per_hour: f64,
    /// What it costs an hour while it is held and does not serve, 0 to 10¹²; 0.
    #[serde(default)]
    pub standby_cost_per_hour: f64,
}

impl InstanceKind {
    fn check(&self) -> Result<()> {
        let field = |field: &str| format!("instance {}: {field}", self.name);
        for (what, value) in [("cpu", self.cpu), ("memory", self.memory), ("network", self.network)] {
            within(&field(what), value, 1.0 / LARGEST, LARGEST)?;
        }
        within(&field("cost_per_hour"), self.cost_per_hour, 0.0, LARGEST)?;
        within(&field("standby_cost_per_hour"), self.standby_cost_per_hour, 0.0, LARGEST)
    }

    /// Room for CPU, memory and network.
    pub(super) fn room(&self) -> [f64; 3] {
        [self.cpu, self.memory, self.network]
    }
}

/// What one user of one application asked for, and what that took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageRecord {
    /// Unix milliseconds.
    pub time: i64,
    /// The user.
    pub user: String,
    /// The application or program code.
    pub application: String,
    /// Requests, at least 0; 1.
    #[serde(default = "one")]
    pub requests: f64,
    /// CPU that they kept in use, on average over the step, at least 0; 0.
    #[serde(default)]
    pub cpu: f64,
    /// Memory, likewise.
    #[serde(default)]
    pub memory: f64,
    /// Network, likewise.
    #[serde(default)]
    pub network: f64,
}

fn one() -> f64 {
    1.0
}

impl UsageRecord {
    pub(super) fn check(&self, name: &str) -> Result<()> {
        Clock::default().check_ahead(&format!("{name}time"), self.time)?;
        for (what, value) in [
            ("requests", self.requests),
            ("cpu", self.cpu),
            ("memory", self.memory),
            ("network", self.network),
        ] {
            if !(0.0..=LARGEST).contains(&value) {
                let problem = format!("must be 0 to {LARGEST:e}, got {value}");
                return Err(Error::data(format!("{name}{what}"), problem));
            }
        }
        Ok(())
    }
}
