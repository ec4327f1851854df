//! What the engine learned of itself, and what hosts can tell it beside the load.

use super::audit::{Input, optional};
use super::engine_loop::Engine;
use super::lead_time::LeadTime;
use super::performance::{Measured, Performance};
use super::reward::Reward;
use super::value::ForecastValue;
use crate::error::Result;

impl Engine {
    /// Takes in how long responses took over the interval that ends at `now` (Unix milliseconds), in seconds at the share that is promised, and
    /// how much of the time the ready replicas were busy; NaN = missing. Where it is told, what one replica serves is learned from it, within a
    /// factor of two of `service_rate`, and sizing follows. Not while replicas start, for two start-up times at the longest: what warms up
    /// serves less than it will. Whether the promise was kept counts then as well.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a value out of range, or a time that is too late.
    pub fn observe_performance(&mut self, now: i64, response_seconds: f64, utilization: f64) -> Result<()> {
        self.state.window.check(now, f64::NAN)?;
        Measured::check(response_seconds, utilization)?;
        self.record(|| Input::Performance(now, optional(response_seconds), optional(utilization)));
        let ready = self.state.decided.as_ref().map_or(0, |(fleet, _)| fleet.ready);
        let is_starting = self.state.starting.is_on(now, self.config.start_up_seconds);
        let load = if is_starting { f64::NAN } else { self.state.window.mean() };
        self.state.measured.observe(&self.config, load, ready, response_seconds, utilization)
    }

    /// How the service really did, as far as it was told.
    pub fn performance(&self) -> Performance {
        self.state.measured.performance(self.config.service_rate)
    }

    /// What the forecast bought lately against the reactive law and the load of one season ago; of a policy that follows none nothing is scored.
    pub fn forecast_value(&self) -> ForecastValue {
        self.state.value.forecast_value()
    }

    /// The reward of the last steps; of a policy that follows no forecast there is none.
    pub fn reward(&self) -> Reward {
        self.state.rewards.reward()
    }

    /// Takes in that a replica that became ready at `now` (Unix milliseconds) took so many seconds from being asked for. For hosts that
    /// know when each replica was created: from then on nothing is inferred from the fleets. Decisions follow from the next one on.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for seconds that are negative or not finite, or a time that is too late.
    pub fn observe_start_up(&mut self, now: i64, seconds: f64) -> Result<()> {
        self.state.window.check(now, f64::NAN)?;
        self.state.start_ups.observe(&self.config, seconds)?;
        self.record(|| Input::StartUp(now, seconds));
        Ok(())
    }

    /// How long replicas take to start, as far as it was learned, and how far ahead decisions look.
    pub fn lead_time(&self) -> LeadTime {
        self.state.start_ups.lead_time(self.horizon_seconds())
    }

    /// How far ahead decisions look.
    pub(super) fn horizon_seconds(&self) -> f64 {
        self.state.horizon as f64 * self.config.interval_seconds
    }
}
