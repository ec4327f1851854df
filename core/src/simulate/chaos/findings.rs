//! What a scenario brought to light.

use serde::{Deserialize, Serialize};

/// What an engine keeps, whatever goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// No decision lies outside of the smallest and the largest count.
    Bounds,
    /// The reactive need is what the samples that came say, by a count of its own.
    Need,
    /// No decision lies below the reactive need, but where a limit on the speed of change or the largest count binds.
    Reactive,
    /// Nothing is scaled in while no sample came for two intervals.
    MissingData,
    /// No change is faster than its limit.
    Rate,
    /// No change within the tolerance is made.
    Tolerance,
    /// No scale-in below what was proposed within the scale-in window.
    Stabilization,
    /// No more than two changes of direction within one scale-in window, and no more than the budget of them where one is set.
    Flips,
    /// No growth beyond what the budgets of cost and power pay for.
    Budget,
    /// Less than the load needs, where the reactive law in the engine's place has more, for no longer than one lead time.
    Prediction,
    /// Back at the count of an engine that met no fault, within a bounded time: see [`Findings::had_to_forget`].
    Recovery,
    /// No call fails but where time goes back, or a sample comes too late.
    Errors,
    /// Nothing panics.
    Panic,
}

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breach {
    /// Which.
    pub rule: Rule,
    /// When, in seconds from the scenario's start.
    pub seconds: f64,
    /// How, with the numbers.
    pub problem: String,
}

/// What one scenario brought to light. The seed makes it come again: `run(&scenario(seed), settings)`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// The scenario's seed.
    pub seed: u64,
    /// Rules that were broken, the first twenty; none is what should be.
    pub breaches: Vec<Breach>,
    /// Decisions that were made.
    pub decisions: u64,
    /// Calls that were refused, as documented, because time went back or a sample came too late.
    pub refusals: u64,
    /// Changes of direction of the request.
    pub flips: u64,
    /// The most of them within one scale-in window.
    pub most_flips_in_window: u64,
    /// The lead time in seconds: start-up and one interval.
    pub lead_seconds: f64,
    /// The longest time below the need, where the reactive law in the engine's place had more, in seconds.
    pub longest_below_reactive_seconds: f64,
    /// Seconds from the end of the last fault until the request agreed with that of an engine that met no fault, within a fifth or two
    /// replicas, for a whole lead time; none without a fault.
    pub recovery_seconds: Option<f64>,
    /// Whether that took longer than the fault itself can keep an engine busy: something learned from the fault had to be forgotten.
    pub had_to_forget: bool,
}

/// More breaches are not written down: one cause breaks a rule at every decision.
const MOST_BREACHES: usize = 20;

impl Findings {
    /// The findings as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn broke(&mut self, rule: Rule, seconds: f64, problem: String) {
        if self.breaches.len() < MOST_BREACHES {
            self.breaches.push(Breach { rule, seconds, problem });
        }
    }
}
