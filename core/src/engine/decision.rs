//! What the engine answers: a count, and everything that led to it.

use crate::policy::{Peak, Reason};
use serde::{Deserialize, Serialize};

/// Reasons that a decision can hold: one from the policy, and one from each rail.
pub(super) const MOST_REASONS: usize = 12;

/// How the engine decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mode {
    /// With the policy's full knowledge.
    Normal,
    /// Without a forecast yet: too little was observed.
    ColdStart,
    /// Nothing was measured lately: the replicas are kept.
    Hold,
    /// The load is not as usual: more caution, and no scale-in.
    Anomalous,
    /// The forecasts failed lately: by the load observed now alone.
    Fallback,
    /// The forecasts buy nothing lately, or are too poor or too old: by the load observed now alone.
    ReactiveOnly,
    /// Nothing is to be changed: the count that would be asked for is told beside it.
    Advisory,
    /// Scaling is paused, in one direction or in both.
    Paused,
}

impl Mode {
    /// The mode's stable number, from 1 in the order of declaration: how C sees it.
    pub fn number(self) -> i32 {
        self as i32 + 1
    }
}

/// A rail that can bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rail {
    /// Changes within the tolerance are let pass.
    Tolerance,
    /// Never below what the observed load needs now.
    Reactive,
    /// Missing data never scales in.
    MissingData,
    /// The most cautious recent proposal holds.
    Stabilization,
    /// Changes are no faster than allowed.
    Rate,
    /// Replicas on their way count as ordered.
    Pending,
    /// The smallest count.
    Min,
    /// The largest count.
    Max,
    /// Forecasts that failed are not followed.
    Breaker,
    /// An anomalous load gets more than it needs, and nothing is taken away.
    Anomaly,
    /// A forecast that is too old is not followed.
    ForecastExpiry,
    /// Forecasts whose errors are too large are not followed.
    ForecastQuality,
    /// Forecasts that buy nothing are not followed.
    ForecastValue,
    /// While nothing is measured: held for a while, then what was known last, then a fixed count.
    Blind,
    /// No replica is removed when those that stay could not carry its share.
    Consolidation,
    /// No more changes of direction than the budget has.
    FlipBudget,
    /// No more than the budget pays for.
    CostBudget,
    /// No more than the budget of power feeds.
    PowerBudget,
    /// Scaling in, out, or both is paused.
    Pause,
    /// The last replica goes only after a time without load, and comes back with the first.
    Activation,
    /// The share of a budget that several engines have in common.
    SharedBudget,
}

impl Rail {
    /// The rail's stable number, from 1 in the order of declaration: how C sees it (0 is none).
    pub fn number(self) -> i32 {
        self as i32 + 1
    }
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Unix milliseconds at which it was made.
    pub now: i64,
    /// Replicas to ask for.
    pub replicas: u32,
    /// What the same target asks for the load observed now, without any forecast.
    pub reactive: u32,
    /// What the policy proposed, before any rail.
    pub predicted: u32,
    /// How it was made.
    pub mode: Mode,
    /// The last rail that changed the count.
    pub limited_by: Option<Rail>,
    /// Why: the policy's reason first, then every rail that bound.
    pub reasons: Vec<Reason>,
    /// Unix milliseconds until which the decision may be used when no newer one can be had.
    pub valid_until: i64,
    /// Forecast of the largest load over the lead time, while there is one.
    pub forecast: Option<Peak>,
    /// Whether any replica is wanted at all.
    pub active: bool,
}

impl Decision {
    /// A decision to keep `replicas`, with room for every reason.
    pub(super) fn new(now: i64, replicas: u32) -> Self {
        Decision {
            now,
            replicas,
            reactive: replicas,
            predicted: replicas,
            mode: Mode::Hold,
            limited_by: None,
            reasons: Vec::with_capacity(MOST_REASONS),
            valid_until: now,
            forecast: None,
            active: replicas > 0,
        }
    }

    /// The decision as one line of JSON, the same bytes in every language.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The decision in words, one line for the count and one for each reason.
    pub fn explain(&self) -> String {
        let mode = match self.mode {
            Mode::Normal => "",
            Mode::ColdStart => " (cold start: no forecast yet)",
            Mode::Hold => " (hold: nothing was measured lately)",
            Mode::Anomalous => " (the load is anomalous)",
            Mode::Fallback => " (fallback: the forecasts failed lately)",
            Mode::ReactiveOnly => " (reactive only: the forecasts are not followed)",
            Mode::Advisory => " (advisory: nothing is to be changed)",
            Mode::Paused => " (paused)",
        };
        let mut text =
            format!("run {}{mode}; the load observed now needs {}\n", self.replicas, self.reactive);
        if let Some(peak) = self.forecast {
            text += &format!(
                "forecast peak over the lead time: {:.4} expected, {:.4} to {:.4}\n",
                peak.expected, peak.lower, peak.upper
            );
        }
        for reason in &self.reasons {
            text += &format!("- {reason}\n");
        }
        text
    }
}
