//! What the engine answers: a count, and everything that led to it.

use crate::error::{Error, Result};
use crate::policy::{Peak, Reason};
use serde::{Deserialize, Serialize};

/// Reasons that a decision can hold: one from the policy, and one from each rail.
pub(super) const MOST_REASONS: usize = 24;

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

    fn words(self) -> &'static str {
        match self {
            Rail::Tolerance => "the tolerance",
            Rail::Reactive => "the reactive floor",
            Rail::MissingData => "the hold while samples are missing",
            Rail::Stabilization => "stabilization",
            Rail::Rate => "the rate limit",
            Rail::Pending => "counting what is pending",
            Rail::Min => "the minimum",
            Rail::Max => "the maximum",
            Rail::Breaker => "the breaker",
            Rail::Anomaly => "the answer to anomalies",
            Rail::ForecastExpiry => "the expiry of forecasts",
            Rail::ForecastQuality => "the gate on the errors of forecasts",
            Rail::ForecastValue => "the gate on the value of forecasts",
            Rail::Blind => "the fallback while blind",
            Rail::Consolidation => "the check before consolidation",
            Rail::FlipBudget => "the budget of flips",
            Rail::CostBudget => "the budget",
            Rail::PowerBudget => "the budget of power",
            Rail::Pause => "the pause",
            Rail::Activation => "activation",
            Rail::SharedBudget => "the common budget",
        }
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
    /// What would be asked for, were the engine not advisory; else the same as `replicas`.
    pub advised: u32,
    /// How the count advised is spread over the tiers of the settings, in their order; empty where there are none.
    pub tiers: Vec<u32>,
    /// What it would have been otherwise.
    pub counterfactuals: Counterfactuals,
}

/// What would have been advised, given the same fleet, under other circumstances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counterfactuals {
    /// Had there been no forecast, now and in the windows that look back. Known for `predictive`; another policy does not tell what it
    /// would have done, and its own count stands here.
    pub without_forecast: u32,
    /// For every rail that bound, without it.
    pub without_rail: Vec<WithoutRail>,
}

/// The count without one rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithoutRail {
    /// The rail left out.
    pub rail: Rail,
    /// What the others make of the proposal.
    pub replicas: u32,
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
            advised: replicas,
            tiers: Vec::new(),
            counterfactuals: Counterfactuals {
                without_forecast: replicas,
                without_rail: Vec::with_capacity(MOST_REASONS),
            },
        }
    }

    /// Makes room for all that a decision can hold.
    pub(super) fn reserve(&mut self, tiers: usize) {
        self.tiers.reserve(tiers.saturating_sub(self.tiers.len()));
        self.reasons.reserve(MOST_REASONS.saturating_sub(self.reasons.len()));
        let without = &mut self.counterfactuals.without_rail;
        without.reserve(MOST_REASONS.saturating_sub(without.len()));
    }

    /// Notes that a rail bound.
    pub(super) fn bind(&mut self, rail: Rail, reason: Reason) {
        self.reasons.push(reason);
        self.limited_by = Some(rail);
        let without = &mut self.counterfactuals.without_rail;
        if rail != Rail::Pending && !without.iter().any(|one| one.rail == rail) {
            without.push(WithoutRail { rail, replicas: 0 });
        }
    }

    /// The count to feed to a horizontal pod autoscaler that passes over changes within its `tolerance` (0.1 unless told otherwise), when
    /// `current` replicas are there: growth is rounded up to the smallest count that it acts on, for 40 replicas 41 to 44 become 45. A shrink
    /// that it would pass over is told as `current`: rounded down it would take away what is needed. From and to zero nothing is
    /// rounded, as such an autoscaler does neither.
    ///
    /// # Errors
    /// [`crate::Error::Config`] for a tolerance outside 0 to 1.
    pub fn desired_for_hpa(&self, current: u32, tolerance: f64) -> Result<u32> {
        if !(0.0..1.0).contains(&tolerance) {
            return Err(Error::config(
                "tolerance",
                format!("must be at least 0 and below 1, got {tolerance}"),
            ));
        }
        if current == 0 || self.replicas == 0 {
            return Ok(self.replicas);
        }
        let ratio = |replicas: u32| f64::from(replicas) / f64::from(current);
        if self.replicas < current {
            return Ok(if 1.0 - ratio(self.replicas) > tolerance { self.replicas } else { current });
        }
        // Within what rounding can do, so that every way of writing the comparison agrees.
        let acts = |replicas: u32| ratio(replicas) - 1.0 > tolerance + 1e-12;
        let least = (f64::from(current) * (1.0 + tolerance)).floor() as u32;
        let least = if acts(least) { least } else { least.saturating_add(1) };
        Ok(if self.replicas == current { current } else { self.replicas.max(least) })
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
            Mode::Advisory => " (advisory: keep what is requested)",
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
        if self.advised != self.replicas {
            text += &format!("{} would be asked for\n", self.advised);
        }
        let Counterfactuals { without_forecast, without_rail } = &self.counterfactuals;
        if *without_forecast != self.advised {
            text += &format!("without the forecast: {without_forecast}\n");
        }
        for WithoutRail { rail, replicas } in without_rail {
            text += &format!("without {}: {replicas}\n", rail.words());
        }
        text
    }
}
