//! The load of one application from one region: counted, learned, and forecast.

use super::config::RegionsConfig;
use crate::error::{Error, Result};
use crate::pool::clone_manager::GivenForecast;
use crate::pool::demand::{Demand, SharedSeason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Steps that a forecast of the host's own may tell, and that are forecast, at the most.
const MOST_GIVEN: usize = 2016;
/// The step that runs before the first count or round.
const NOT_BEGUN: i64 = i64::MIN;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Source {
    demand: Demand,
    /// Requests of the step that runs, and which that is.
    running: (i64, f64),
    /// The host's own forecasts, mean and upper, by step.
    given: BTreeMap<i64, (f64, f64)>,
}

impl Source {
    /// Nothing is known until the first count or round: the time before says nothing.
    pub(super) fn new(config: &RegionsConfig) -> Self {
        let demand = Demand::new(0, config.season_steps());
        Source { demand, running: (NOT_BEGUN, 0.0), given: BTreeMap::new() }
    }

    pub(super) fn add(
        &mut self,
        step: i64,
        requests: f64,
        config: &RegionsConfig,
        shared: &mut SharedSeason,
    ) {
        self.close(step, config, shared);
        self.running.1 += requests;
    }

    /// Ends all steps before `step`, and learns from them; steps that nobody counted anything in had none.
    pub(super) fn close(&mut self, step: i64, config: &RegionsConfig, shared: &mut SharedSeason) {
        let (running, requests) = self.running;
        if step <= running {
            return;
        }
        if running == NOT_BEGUN {
            self.demand = Demand::new(step, config.season_steps());
            self.running = (step, 0.0);
            self.given = self.given.split_off(&step);
            return;
        }
        self.demand.update(running, requests, shared);
        if step > running + 1 {
            self.demand.update(step - 1, 0.0, shared);
        }
        self.running = (step, 0.0);
        self.given = self.given.split_off(&step);
    }

    /// Takes the host's own forecast for the steps that it tells, in place of what was given before.
    pub(super) fn give(&mut self, forecast: &[GivenForecast], config: &RegionsConfig) -> Result<()> {
        if forecast.len() > MOST_GIVEN {
            let problem = format!("has {} steps, {MOST_GIVEN} at the most", forecast.len());
            return Err(Error::data("forecast", problem));
        }
        forecast.iter().enumerate().try_for_each(|(place, given)| given.check(place))?;
        let first = self.running.0;
        let steps = forecast.iter().map(|given| (config.step(given.time), (given.mean, given.upper)));
        self.given = steps.filter(|(step, _)| *step >= first).collect();
        Ok(())
    }

    /// What is expected in each of the coming steps, the running one first.
    pub(super) fn forecast(
        &self,
        steps: i64,
        config: &RegionsConfig,
        shared: &SharedSeason,
    ) -> Result<Vec<GivenForecast>> {
        let at = |ahead: i64| {
            let step = self.demand.last().saturating_add(ahead);
            let time = step.saturating_mul(config.step_milliseconds());
            if let Some((mean, upper)) = self.given.get(&step) {
                return Ok(GivenForecast { time, mean: *mean, upper: *upper });
            }
            let expected = self.demand.expect(ahead, shared);
            let upper = expected.quantile(config.quantile())?;
            Ok(GivenForecast { time, mean: expected.mean, upper })
        };
        (1..=steps).map(at).collect()
    }

    /// Requests per second to be ready for in the coming steps, the running one first.
    pub(super) fn rate(&self, steps: i64, config: &RegionsConfig, shared: &SharedSeason) -> Result<f64> {
        let forecast = self.forecast(steps, config, shared)?;
        Ok(forecast.iter().map(|step| step.upper).fold(0.0, f64::max) / config.step_seconds)
    }

    /// Checks state that was read from bytes.
    pub(super) fn is_whole(&self, config: &RegionsConfig) -> bool {
        let possible = |value: f64| value.is_finite() && value >= 0.0;
        self.demand.is_whole(config.season_steps())
            && possible(self.running.1)
            && self.given.len() <= MOST_GIVEN
            && self.given.values().all(|(mean, upper)| possible(*mean) && possible(*upper))
    }
}
