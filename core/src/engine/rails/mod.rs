//! What keeps decisions safe and calm: one small type a rail, each a plain rule on (current, proposed), and the chain that they form.

mod activation;
mod blind;
mod budget;
mod chain;
mod consolidation;
mod flips;
mod forecast_limits;
mod memory;
mod pause;
mod rate;
mod stabilization;
#[cfg(test)]
mod tests;
mod tolerance;

use crate::capacity::Target;
use crate::error::Result;
use serde::{Deserialize, Serialize};

pub use activation::Activation;
pub use blind::Blind;
pub use budget::Budget;
pub use flips::FlipBudget;
pub use forecast_limits::ForecastLimits;
pub use pause::PauseDirection;
pub use rate::{RateLimit, RateLimits};
pub use stabilization::Stabilization;
pub use tolerance::Tolerance;

pub(super) use chain::Chain;
pub(super) use consolidation::fewest;
pub(super) use memory::RailsMemory;

/// Settings of the rails. The budget and the pause bind every policy, the others those that do not bring their own damping.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RailsConfig {
    /// Relative change that is let pass.
    pub tolerance: Tolerance,
    /// Windows within which the most cautious proposal holds.
    pub stabilization: Stabilization,
    /// Limits on the speed of change.
    pub rate: RateLimits,
    /// What is run while nothing is measured.
    pub blind: Blind,
    /// Which forecasts are followed.
    pub forecast: ForecastLimits,
    /// How often the direction of scaling may change; without limit by default.
    pub flips: Option<FlipBudget>,
    /// What may be spent.
    pub budget: Budget,
    /// Replicas are removed only while those that stay keep the promise with this share of its seconds (or utilization), such as 0.8;
    /// between 0 and 1; off by default: the target itself is what stays anyway.
    pub consolidation: Option<f64>,
    /// When the last replica goes and comes back, where `min_replicas` is 0.
    pub activation: Activation,
}

impl RailsConfig {
    /// Refuses settings out of range.
    pub(super) fn check(
        &self,
        interval_seconds: f64,
        bounds: (u32, u32),
        service_rate: f64,
        target: Target,
    ) -> Result<()> {
        let (min, max) = bounds;
        self.tolerance.check()?;
        self.stabilization.check(interval_seconds)?;
        self.rate.check("rails.rate")?;
        self.blind.check(min, max)?;
        self.forecast.check()?;
        self.flips.map_or(Ok(()), |flips| flips.check())?;
        self.budget.check(min)?;
        consolidation::check(self.consolidation, service_rate, target)?;
        self.activation.check()
    }
}
