//! How many clones one program needs: from the forecast of its volume, corrected by what really comes.

use super::config::{CloneManagerConfig, CloneRule, ProgramCode};
use crate::error::Result;
use crate::pool::demand::{Demand, Expected, SharedSeason};
use serde::{Deserialize, Serialize};

/// Confidence below which the fixed margin applies, and the margin.
const CONFIDENT: f64 = 0.8;
const MARGIN: f64 = 1.2;

/// What is expected of a program in one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VolumeForecast {
    /// Unix milliseconds at which the step begins.
    pub time: i64,
    /// Requests expected in it.
    pub mean: f64,
    /// Requests that the volume exceeds at the odds of the cost ratio.
    pub lower: f64,
    /// Requests that it stays below at these odds.
    pub upper: f64,
}

/// How clones follow the volume of one program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Volume {
    pub(super) demand: Demand,
    /// Requests of the step that runs, and which that is.
    running: (i64, f64),
    /// What was expected of the step that runs.
    said: f64,
    /// Over-predicted steps in a row.
    over: u32,
    /// Clones that were wanted over the last lead time, newest last.
    wanted: Vec<u32>,
}

/// Why a program gets the clones that it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloneReason {
    /// The forecast asks for them.
    Forecast,
    /// More comes than was forecast.
    UnderPrediction,
    /// Less came than was forecast, several steps in a row.
    OverPrediction,
    /// Fewer are wanted, but not for a whole lead time yet.
    HeldForLeadTime,
    /// The program's own limits.
    Limit,
    /// The manager's limit, or there is no room.
    NoRoom,
}

/// Clones wanted, why, and what forecast stands behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Need {
    pub(super) clones: u32,
    pub(super) reason: CloneReason,
    pub(super) mean: f64,
    pub(super) upper: f64,
}

impl Volume {
    pub(super) fn new(step: i64, config: &CloneManagerConfig) -> Self {
        let demand = Demand::new(step, config.season_steps());
        Volume { demand, running: (step, 0.0), said: f64::NAN, over: 0, wanted: Vec::new() }
    }

    /// Adds requests to a step; those of a step that is over already count for the one that runs.
    pub(super) fn add(
        &mut self,
        step: i64,
        requests: f64,
        config: &CloneManagerConfig,
        shared: &mut SharedSeason,
    ) {
        self.close(step, config, shared);
        self.running.1 += requests;
    }

    /// Ends all steps before `step`, and learns from them.
    pub(super) fn close(&mut self, step: i64, config: &CloneManagerConfig, shared: &mut SharedSeason) {
        let (running, requests) = self.running;
        if step <= running {
            return;
        }
        if self.said > config.over_prediction_ratio * requests {
            self.over = self.over.saturating_add(1);
        } else {
            self.over = 0;
        }
        self.demand.update(running, requests, shared);
        if step > running + 1 {
            // Steps that nobody counted anything in had none.
            self.demand.update(step - 1, 0.0, shared);
        }
        self.running = (step, 0.0);
        self.said = self.demand.expect(1, shared).mean;
    }

    /// What is expected of the coming steps, the running one first.
    pub(super) fn forecast(
        &self,
        config: &CloneManagerConfig,
        shared: &SharedSeason,
    ) -> Result<Vec<VolumeForecast>> {
        let step_milliseconds = (config.step_seconds * 1000.0) as i64;
        let at = |ahead: i64| {
            let expected = self.demand.expect(ahead, shared);
            let upper = expected.quantile(config.quantile())?;
            let lower = expected.quantile(1.0 - config.quantile())?;
            let time = self.demand.last().saturating_add(ahead).saturating_mul(step_milliseconds);
            Ok(VolumeForecast { time, mean: expected.mean, lower, upper })
        };
        (1..=config.horizon_steps as i64).map(at).collect()
    }

    /// The clones that the program needs at `now`.
    pub(super) fn need(
        &mut self,
        now: i64,
        code: &ProgramCode,
        config: &CloneManagerConfig,
        shared: &SharedSeason,
    ) -> Result<Need> {
        let per_clone = code.service_rate * config.step_seconds;
        let clones = |volume: f64| (volume / per_clone).ceil() as u32;
        let sized = |expected: Expected| match config.rule {
            CloneRule::Quantile => expected.quantile(config.quantile()),
            CloneRule::FixedMargin => {
                let Expected { mean, variance } = expected;
                let confidence = if mean > 0.0 { mean / (mean + variance.sqrt()) } else { 1.0 };
                Ok(if confidence < CONFIDENT { MARGIN * mean } else { mean })
            }
        };
        let (mut upper, mut mean) = (0.0f64, 0.0f64);
        for ahead in 1..=config.lead_steps() {
            let expected = self.demand.expect(ahead, shared);
            upper = upper.max(sized(expected)?);
            mean = mean.max(expected.mean);
        }
        let mut need = Need { clones: clones(upper), reason: CloneReason::Forecast, mean, upper };
        let came = self.rate_now(now, config);
        if self.over >= config.over_prediction_steps && config.over_prediction_steps > 0 {
            let level = self.demand.recent_level().max(came);
            let level = sized(Expected { mean: level, variance: level })?;
            if clones(level) < need.clones {
                need = Need { clones: clones(level), reason: CloneReason::OverPrediction, ..need };
            }
        }
        if came > config.under_prediction_ratio * mean && clones(came) > need.clones {
            let most = need.clones.saturating_add(config.burst_clones);
            need = Need { clones: clones(came).min(most), reason: CloneReason::UnderPrediction, ..need };
        }
        Ok(self.held(need, code, config))
    }

    /// Volume of a whole step at the rate that the running one shows so far; none before a tenth of it is over.
    fn rate_now(&self, now: i64, config: &CloneManagerConfig) -> f64 {
        let step = (config.step_seconds * 1000.0) as i64;
        let share = now.saturating_sub(self.running.0.saturating_mul(step)) as f64 / step as f64;
        if share >= 0.1 { self.running.1 / share.min(1.0) } else { 0.0 }
    }

    /// Clones go only when they were not wanted for a whole lead time.
    fn held(&mut self, need: Need, code: &ProgramCode, config: &CloneManagerConfig) -> Need {
        let most = usize::try_from(config.lead_steps()).unwrap_or(1);
        if self.wanted.len() >= most {
            self.wanted.remove(0);
        }
        self.wanted.push(need.clones);
        let largest = self.wanted.iter().copied().max().unwrap_or(0);
        let held = if largest > need.clones {
            Need { clones: largest, reason: CloneReason::HeldForLeadTime, ..need }
        } else {
            need
        };
        let limited = held.clones.clamp(code.min_clones, code.max_clones);
        if limited == held.clones {
            held
        } else {
            Need { clones: limited, reason: CloneReason::Limit, ..held }
        }
    }

    pub(super) fn is_whole(&self, config: &CloneManagerConfig) -> bool {
        let most = usize::try_from(config.lead_steps()).unwrap_or(1);
        self.demand.is_whole(config.season_steps())
            && self.running.1.is_finite()
            && self.running.1 >= 0.0
            && self.wanted.len() <= most
    }
}
