//! What a [`super::ResourceManager`] is told: its tiers, what lateness costs, who asks for what, and what is seen.

use crate::error::{Error, Result};
use crate::pool::RetryConfig;
use crate::pool::tiers::{Lateness, QosProfile, Tier, TierConfig, Tiers, within};
use serde::{Deserialize, Serialize};

/// No load, price or time in seconds is above this.
pub(super) const LARGEST: f64 = 1e9;

/// Settings of a [`super::ResourceManager`]. The tiers have no default that could be right for everyone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceManagerConfig {
    /// What the tiers are made of. Must be given.
    pub tiers: Tiers<TierConfig>,
    /// What a request that comes too late costs, 0 to 10⁹; 0.001.
    #[serde(default = "thousandth")]
    pub late_request_cost: f64,
    /// Seconds that a need of capacity usually lasts, 0.001 to 10⁹; 300.
    #[serde(default = "five_minutes")]
    pub need_seconds: f64,
    /// Price of a kWh, which is added to what units cost, 0 to 10⁹; 0.
    #[serde(default)]
    pub energy_price: f64,
    /// Share of the time that units may be busy, 0.001 to 0.999999; 0.7.
    #[serde(default = "seven_tenths")]
    pub utilization: f64,
    /// Share of the answers that must be within the latency that was promised, 0.000001 to 0.999999; 0.95.
    #[serde(default = "most")]
    pub response_share: f64,
    /// Priority from which on a request is critical: it gets what is fastest, others what costs least; 1.
    #[serde(default = "one")]
    pub critical_priority: i32,
    /// Seconds for which capacity is kept after it was last needed, and for which an observation counts, 0 to 10⁹; 300. A load that was
    /// observed longer ago is not known, neither is one whose forecast counts no longer: until either comes, nothing is given back.
    #[serde(default = "five_minutes")]
    pub hold_seconds: f64,
    /// Seconds for which a forecast counts, 0.001 to 10⁹; 3,600.
    #[serde(default = "hour")]
    pub forecast_seconds: f64,
    /// What happens to instructions that nothing is heard of.
    #[serde(default)]
    pub retry: RetryConfig,
}

fn thousandth() -> f64 {
    0.001
}

fn five_minutes() -> f64 {
    300.0
}

fn seven_tenths() -> f64 {
    0.7
}

fn most() -> f64 {
    0.95
}

fn one() -> i32 {
    1
}

fn hour() -> f64 {
    3600.0
}

impl ResourceManagerConfig {
    /// The settings of these tiers, with all else as it is by default.
    pub fn new(tiers: Tiers<TierConfig>) -> Self {
        ResourceManagerConfig {
            tiers,
            late_request_cost: thousandth(),
            need_seconds: five_minutes(),
            energy_price: 0.0,
            utilization: seven_tenths(),
            response_share: most(),
            critical_priority: one(),
            hold_seconds: five_minutes(),
            forecast_seconds: hour(),
            retry: RetryConfig::default(),
        }
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        self.tiers.check()?;
        for (field, value, low, high) in [
            ("late_request_cost", self.late_request_cost, 0.0, LARGEST),
            ("need_seconds", self.need_seconds, 0.001, LARGEST),
            ("energy_price", self.energy_price, 0.0, LARGEST),
            ("utilization", self.utilization, 0.001, 0.999_999),
            ("response_share", self.response_share, 1e-6, 0.999_999),
            ("hold_seconds", self.hold_seconds, 0.0, LARGEST),
            ("forecast_seconds", self.forecast_seconds, 0.001, LARGEST),
        ] {
            within(field, value, low, high)?;
        }
        self.retry.check("retry")
    }

    pub(super) fn lateness(&self) -> Lateness {
        Lateness {
            late_request_cost: self.late_request_cost,
            need_seconds: self.need_seconds,
            energy_price: self.energy_price,
        }
    }

    /// What capacity for a load costs an hour in a tier.
    pub(super) fn cost(&self, tier: Tier, load: f64) -> f64 {
        let tier = self.tiers.of(tier);
        load / tier.service_rate * tier.cost_per_hour
    }

    pub(super) fn is_critical(&self, qos: &QosProfile) -> bool {
        qos.priority >= self.critical_priority
    }
}

/// Somebody asks for capacity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceRequest {
    /// Its number, which the lease has too. The same request again is the same lease.
    pub id: u64,
    /// The user.
    #[serde(default)]
    pub user: String,
    /// The application.
    #[serde(default)]
    pub application: String,
    /// Requests per second that it brings, above 0, at most 10⁹.
    pub load: f64,
    /// What it asks for; by default it can wait, pays any price, and has priority 0.
    #[serde(default)]
    pub qos: QosProfile,
}

impl ResourceRequest {
    pub(super) fn check(&self) -> Result<()> {
        if !(self.load > 0.0 && self.load <= LARGEST) {
            return Err(Error::data(
                "request.load",
                format!("must be above 0 and at most {LARGEST:e}, got {}", self.load),
            ));
        }
        self.qos.check("request.qos")
    }
}

/// What is seen of a tier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierObservation {
    /// The tier.
    pub tier: Tier,
    /// Requests per second that really come in, at least 0; none: what was told before, while it counts, and else as
    /// leased.
    #[serde(default)]
    pub load: Option<f64>,
    /// Seconds within which the promised share of the answers really comes, at least 0; none: what was told before, while it counts,
    /// and else as the queue has it.
    #[serde(default)]
    pub latency_seconds: Option<f64>,
    /// Share that is in use of the resource of which the units that serve have least left (CPU, memory or network), at least 0; none: what
    /// was told before, while it counts, and else as the load has it. The tier gets the units that would bring it to the target, however low
    /// the load is.
    #[serde(default)]
    pub utilization: Option<f64>,
}

impl TierObservation {
    pub(super) fn check(&self) -> Result<()> {
        for (what, value) in [
            ("load", self.load),
            ("latency_seconds", self.latency_seconds),
            ("utilization", self.utilization),
        ] {
            if value.is_some_and(|value| !(0.0..=LARGEST).contains(&value)) {
                let problem = format!("must be 0 to {LARGEST:e}, got {}", value.unwrap_or(f64::NAN));
                return Err(Error::data(format!("observation.{what}"), problem));
            }
        }
        Ok(())
    }
}

/// A unit that really is there, as the actuator's own list has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InventoryUnit {
    /// Its number.
    pub unit: u64,
    /// The tier that it is in.
    pub tier: Tier,
    /// Whether it serves; for warm units alone.
    #[serde(default)]
    pub is_awake: Option<bool>,
}
