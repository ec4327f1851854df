//! What tiers are made of, and what is promised to those who use them.

use super::{Tier, Tiers};
use crate::error::{Error, Result, not_negative, positive};
use serde::{Deserialize, Serialize};

/// Most units of a tier.
const MOST_UNITS: u32 = 100_000;
/// No rate, price or power is above this, and no rate below its inverse.
const LARGEST: f64 = 1e12;

/// What a tier is made of. Costs are in the user's currency, power in watts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierConfig {
    /// Kind of instance, for the actuator to read; empty.
    #[serde(default)]
    pub kind: String,
    /// Requests per second that one unit serves, 10⁻¹² to 10¹².
    pub service_rate: f64,
    /// Seconds until a unit that is wanted serves, 0 to 10⁷, in a slower tier no fewer: hot 0, warm from rest, cold from nothing.
    pub start_up_seconds: f64,
    /// What a unit that serves costs an hour, 0 to 10¹².
    pub cost_per_hour: f64,
    /// What a unit that is held but does not serve costs an hour, 0 to 10¹².
    pub standby_cost_per_hour: f64,
    /// Watts of a unit that serves, 0 to 10¹²; 0.
    #[serde(default)]
    pub busy_watts: f64,
    /// Watts of a unit that is held but does not serve, 0 to 10¹²; 0.
    #[serde(default)]
    pub standby_watts: f64,
    /// Units that there always are; 0.
    #[serde(default)]
    pub min_units: u32,
    /// Units at the most, 1 to 100,000; 10,000.
    #[serde(default = "ten_thousand")]
    pub max_units: u32,
}

fn ten_thousand() -> u32 {
    10_000
}

/// Refuses a setting outside of low to high.
pub(in crate::pool) fn within(field: &str, value: f64, low: f64, high: f64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::config(field, format!("must be {low:e} to {high:e}, got {value}")))
}

impl TierConfig {
    pub(in crate::pool) fn check(&self, name: &str) -> Result<()> {
        let field = |field: &str| format!("{name}.{field}");
        for (what, value, low, high) in [
            ("service_rate", self.service_rate, 1.0 / LARGEST, LARGEST),
            ("start_up_seconds", self.start_up_seconds, 0.0, 1e7),
            ("cost_per_hour", self.cost_per_hour, 0.0, LARGEST),
            ("standby_cost_per_hour", self.standby_cost_per_hour, 0.0, LARGEST),
            ("busy_watts", self.busy_watts, 0.0, LARGEST),
            ("standby_watts", self.standby_watts, 0.0, LARGEST),
        ] {
            within(&field(what), value, low, high)?;
        }
        if !(1..=MOST_UNITS).contains(&self.max_units) {
            let problem = format!("must be 1 to {MOST_UNITS}, got {}", self.max_units);
            return Err(Error::config(field("max_units"), problem));
        }
        if self.min_units > self.max_units {
            let problem = format!("{} is above max_units, {}", self.min_units, self.max_units);
            return Err(Error::config(field("min_units"), problem));
        }
        Ok(())
    }

    /// What a unit costs an hour, its energy at `energy_price` per kWh included: held, and used beyond that.
    pub(super) fn hourly(&self, energy_price: f64) -> (f64, f64) {
        let held = self.standby_cost_per_hour + energy_price * self.standby_watts / 1000.0;
        (held, self.cost_per_hour + energy_price * self.busy_watts / 1000.0 - held)
    }
}

impl Tiers<TierConfig> {
    pub(in crate::pool) fn check(&self) -> Result<()> {
        Tier::ALL.into_iter().try_for_each(|tier| self.of(tier).check(tier.name()))?;
        for (faster, slower) in [(Tier::Hot, Tier::Warm), (Tier::Warm, Tier::Cold)] {
            let (fast, slow) = (self.of(faster).start_up_seconds, self.of(slower).start_up_seconds);
            if fast > slow {
                let field = format!("{}.start_up_seconds", faster.name());
                let problem = format!("{fast} is above that of the {} tier, {slow}", slower.name());
                return Err(Error::config(field, problem));
            }
        }
        Ok(())
    }
}

/// What is promised to a user, or asked for with a request: the quality of its service.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QosProfile {
    /// Seconds from a request to its answer, of the share of the answers that the manager's settings promise (0.95), above 0; none: it may
    /// wait as long as it takes. It says which tiers are quick enough: with less than a warm unit needs to wake only hot, with less than a
    /// cold one needs to be made hot or warm.
    pub max_latency_seconds: Option<f64>,
    /// What the capacity for its load may cost an hour at the most, at least 0, in the user's currency; none: no limit.
    pub cost_limit: Option<f64>,
    /// Those of a higher priority are served first where capacity is short, among equals the lower number; from
    /// `critical_priority` (1) on hot is made ready and the fastest tier taken, below it the cheapest; 0.
    pub priority: i32,
}

impl QosProfile {
    pub(in crate::pool) fn check(&self, name: &str) -> Result<()> {
        if let Some(seconds) = self.max_latency_seconds {
            positive(&format!("{name}.max_latency_seconds"), seconds)?;
        }
        if let Some(limit) = self.cost_limit {
            not_negative(&format!("{name}.cost_limit"), limit)?;
        }
        Ok(())
    }

    /// The slowest tier that it can wait for, when those take so long.
    pub(crate) fn slowest(&self, warm_seconds: f64, cold_seconds: f64) -> Tier {
        let patience = self.max_latency_seconds.unwrap_or(f64::INFINITY);
        if patience < warm_seconds {
            Tier::Hot
        } else if patience < cold_seconds {
            Tier::Warm
        } else {
            Tier::Cold
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::tiers;
    use super::*;

    #[test]
    fn what_cannot_be_a_tier_is_refused_by_name() {
        let refused = |change: &dyn Fn(&mut Tiers<TierConfig>)| {
            let mut bad = tiers();
            change(&mut bad);
            bad.check().unwrap_err().to_string()
        };
        assert!(refused(&|tiers| tiers.warm.service_rate = 0.0).starts_with("warm.service_rate"));
        assert!(refused(&|tiers| tiers.cold.max_units = 0).starts_with("cold.max_units"));
        assert!(refused(&|tiers| tiers.hot.min_units = 101).starts_with("hot.min_units"));
        assert!(refused(&|tiers| tiers.warm.start_up_seconds = 301.0).starts_with("warm.start_up_seconds"));
        assert!(refused(&|tiers| tiers.hot.busy_watts = f64::NAN).starts_with("hot.busy_watts"));
        assert!(tiers().check().is_ok());
    }
}
