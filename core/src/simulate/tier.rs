//! Kinds of machines that replicas run on: how fast they serve, what they cost and draw, how soon they start, how often they crash.

use crate::energy::{HardwareProfile, PowerCurve};
use crate::error::{Error, Result, not_negative, positive};
use serde::{Deserialize, Serialize};

/// A tier of machines, such as reserved ones, or spot instances. What is not given is as the world has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tier {
    /// What reports call it.
    pub name: String,
    /// How much faster than the world's `service_rate` a replica serves, above 0; 1.
    pub service_factor: Option<f64>,
    /// Largest count of this tier; none: as many as are asked for.
    pub max_replicas: Option<u32>,
    /// Cost of a replica per hour, in the user's currency.
    pub cost_per_replica_hour: Option<f64>,
    /// Median seconds from creating a replica to its being ready.
    pub start_up_seconds: Option<f64>,
    /// Crashes, or reclaimed machines, per hour of a ready replica.
    pub crashes_per_replica_hour: Option<f64>,
    /// A kind of machine of [`HardwareProfile::names`], whose power it draws.
    pub hardware: Option<String>,
    /// Power of a replica that starts, idles or drains, in watts; goes before `hardware`.
    pub idle_watts: Option<f64>,
    /// Power of a replica that is fully used, in watts; goes before `hardware`.
    pub busy_watts: Option<f64>,
}

/// More tiers are refused.
const MOST_TIERS: usize = 16;

impl Tier {
    fn check(&self, of: &str) -> Result<()> {
        let field = |name: &str| format!("{of}.{name}");
        positive(&field("service_factor"), self.service_factor())?;
        for (name, value) in [
            ("cost_per_replica_hour", self.cost_per_replica_hour),
            ("idle_watts", self.idle_watts),
            ("busy_watts", self.busy_watts),
        ] {
            not_negative(&field(name), value.unwrap_or(0.0))?;
        }
        check_start_up(&field("start_up_seconds"), self.start_up_seconds.unwrap_or(0.0))?;
        check_crashes(&field("crashes_per_replica_hour"), self.crashes_per_replica_hour.unwrap_or(0.0))?;
        match &self.hardware {
            Some(name) => match HardwareProfile::named(name) {
                Ok(_) => Ok(()),
                Err(Error::Config { problem, .. }) => Err(Error::config(field("hardware"), problem)),
                Err(other) => Err(other),
            },
            None => Ok(()),
        }
    }

    pub(super) fn service_factor(&self) -> f64 {
        self.service_factor.unwrap_or(1.0)
    }

    pub(super) fn price(&self, usual: f64) -> f64 {
        self.cost_per_replica_hour.unwrap_or(usual)
    }

    /// Its power against utilization; `usual` is idle and busy power where it says nothing.
    pub(super) fn power(&self, usual: (f64, f64)) -> Result<PowerCurve> {
        if let (Some(name), None, None) = (&self.hardware, self.idle_watts, self.busy_watts) {
            return Ok(HardwareProfile::named(name)?.power);
        }
        let known = self.hardware.as_deref().map(HardwareProfile::named).transpose()?;
        let (idle, busy) = known.map_or(usual, |hardware| (hardware.power.idle(), hardware.power.busy()));
        PowerCurve::new(&[self.idle_watts.unwrap_or(idle), self.busy_watts.unwrap_or(busy)])
    }
}

/// Refuses tiers that are wrong in themselves, or cannot hold the largest count.
pub(super) fn check_tiers(tiers: &[Tier], max_replicas: u32) -> Result<()> {
    if tiers.len() > MOST_TIERS {
        return Err(Error::config("tiers", format!("must be at most {MOST_TIERS}, got {}", tiers.len())));
    }
    for (i, tier) in tiers.iter().enumerate() {
        tier.check(&format!("tiers[{i}]"))?;
        if tiers.iter().take(i).any(|other| other.name == tier.name) {
            let problem = format!("{:?} is the name of another tier already", tier.name);
            return Err(Error::config(format!("tiers[{i}].name"), problem));
        }
    }
    let room = tiers.iter().fold(0u64, |sum, tier| sum + u64::from(tier.max_replicas.unwrap_or(u32::MAX)));
    if !tiers.is_empty() && room < u64::from(max_replicas) {
        let problem = format!("hold {room} replicas in all, but max_replicas is {max_replicas}");
        return Err(Error::config("tiers", problem));
    }
    Ok(())
}

pub(super) fn check_start_up(field: &str, seconds: f64) -> Result<()> {
    if (0.0..=86_400.0).contains(&seconds) {
        Ok(())
    } else {
        Err(Error::config(field, format!("must be 0 to 86400, got {seconds}")))
    }
}

pub(super) fn check_crashes(field: &str, rate: f64) -> Result<()> {
    if (0.0..=3600.0).contains(&rate) {
        Ok(())
    } else {
        Err(Error::config(field, format!("must be 0 to 3600, got {rate}")))
    }
}
