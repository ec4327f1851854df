//! The load of one application from one region: counted, learned, and forecast.

use super::config::RegionsConfig;
use crate::error::{Error, Result};
use crate::pool::clone_manager::GivenForecast;
use crate::pool::coverage::{Coverage, Turn};
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
    /// Share of that step that was over before anything was counted.
    missed: f64,
    /// Requests of the last step that was seen, as of a whole one.
    last: f64,
    /// The host's own forecasts, mean and upper, by step.
    given: BTreeMap<i64, (f64, f64)>,
}

impl Source {
    /// Nothing is known until the first count or round: the time before says nothing.
    pub(super) fn new(config: &RegionsConfig) -> Self {
        let demand = Demand::new(0, config.season_steps());
        Source { demand, running: (NOT_BEGUN, 0.0), missed: 0.0, last: 0.0, given: BTreeMap::new() }
    }

    /// Begins to count in `step`, if it has not begun yet; `missed` is the share of it that was over before.
    pub(super) fn begin(&mut self, step: i64, missed: f64, config: &RegionsConfig) {
        if self.running.0 == NOT_BEGUN {
            self.demand = Demand::new(step, config.season_steps());
            self.running = (step, 0.0);
            self.missed = missed;
            self.given = self.given.split_off(&step);
        }
    }

    /// Adds requests to the step that runs.
    pub(super) fn add(&mut self, requests: f64) {
        self.running.1 += requests;
    }

    /// Ends the step that runs, and learns from it and those after it what was seen of them.
    pub(super) fn turn(&mut self, turn: &Turn, shared: &mut SharedSeason) {
        let (running, requests) = self.running;
        if running == NOT_BEGUN {
            return;
        }
        match turn.share(std::mem::take(&mut self.missed)) {
            Some(share) => {
                self.last = requests / share;
                self.demand.update(running, self.last, shared);
            }
            None => self.demand.skip(running),
        }
        // In the steps between nobody called: they are unknown.
        self.demand.skip(turn.next - 1);
        self.running = (turn.next, 0.0);
        self.given = self.given.split_off(&turn.next);
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

    /// Requests per second to be ready for in the coming steps, the running one first: at least as many as came in the last one that was
    /// seen and, where nothing is known yet and after a pause, as come now.
    pub(super) fn rate(
        &self,
        steps: i64,
        config: &RegionsConfig,
        shared: &SharedSeason,
        coverage: &Coverage,
    ) -> Result<f64> {
        let forecast = self.forecast(steps, config, shared)?;
        let expected = forecast.iter().map(|step| step.upper).fold(0.0, f64::max);
        let is_blind = self.demand.seen() == 0 || coverage.is_unsure(config.lead_steps());
        let is_given = self.given.contains_key(&self.running.0);
        let came = if is_blind && !is_given { self.came(coverage) } else { 0.0 };
        Ok(expected.max(came).max(self.last) / config.step_seconds)
    }

    /// Requests of a whole step at the rate that the running one shows so far; none before a tenth of it was seen.
    fn came(&self, coverage: &Coverage) -> f64 {
        let share = coverage.seen() - self.missed;
        if share >= 0.1 { self.running.1 / share } else { 0.0 }
    }

    /// Checks state that was read from bytes.
    pub(super) fn is_whole(&self, config: &RegionsConfig, step: i64) -> bool {
        let possible = |value: f64| value.is_finite() && value >= 0.0;
        self.demand.is_whole(config.season_steps())
            && (self.running.0 == NOT_BEGUN || self.running.0 == step)
            && possible(self.running.1)
            && possible(self.missed)
            && possible(self.last)
            && self.given.len() <= MOST_GIVEN
            && self.given.values().all(|(mean, upper)| possible(*mean) && possible(*upper))
    }
}
