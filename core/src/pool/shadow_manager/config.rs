//! What a [`super::ShadowManager`] is told: how it looks ahead, what resources and degradation cost, and when traffic moves.

use crate::error::{Error, Result, positive};
use crate::load::{Calendar, CalendarConfig, History, HistoryConfig};
use crate::pool::orders::RetryConfig;
use serde::{Deserialize, Serialize};

/// What the forecast learns from may not be more columns than this: each update costs their square.
const MOST_COLUMNS: usize = 200;

/// How much a primary's shadows are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShadowRule {
    /// What the forecast's quantile exceeds of the load that the primary is to carry itself, where holding it pays.
    #[default]
    Quantile,
    /// Predicted utilization times the primary's own allocation, of each resource, whatever it costs.
    Proportional,
}

/// Settings of a [`super::ShadowManager`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShadowManagerConfig {
    /// Seconds of a window, over which utilization is averaged and forecast, 5 to 3,600; 60.
    pub step_seconds: f64,
    /// Windows that are forecast, 1 to 240, a day at the most; 15.
    pub horizon_steps: usize,
    /// Seconds from an instruction that gives a shadow more to its having it, within the horizon; 120.
    pub warm_seconds: f64,
    /// Time of day, weekday, holidays and events that the forecast learns from.
    pub calendar: CalendarConfig,
    /// What is kept of the samples, by resource and tags, and for how long.
    pub history: HistoryConfig,
    /// How much a primary's shadows are given.
    pub rule: ShadowRule,
    /// What a unit of a resource too little costs, when one too much costs 1; above 0; 19: the quantile 0.95.
    pub cost_ratio: f64,
    /// What an hour of an overloaded primary costs, in the user's currency, at least 0; 100.
    pub degradation_cost_per_hour: f64,
    /// Utilization that active and shadows are to be kept at, 0.01 to 0.99; 0.7.
    pub target_utilization: f64,
    /// Utilization beyond which service is degraded, above the target, at most 1; 0.9.
    pub overload_utilization: f64,
    /// Share of its size that an idle shadow has, 0 to 1; 0.05.
    pub idle_share: f64,
    /// Share of the forecast's quantile that shadows hold ready for the failure of the primary, whether that pays or not, 0 to 1; 0.
    pub standby_share: f64,
    /// How often a primary fails in an hour, 0 to 3,600; 0. Where the outages that it spares are worth it, all of the forecast's quantile is held.
    pub failures_per_hour: f64,
    /// What an hour costs in which a primary has failed and its shadows do not carry the load, in the user's currency, at least 0; 1,000.
    pub outage_cost_per_hour: f64,
    /// Traffic is handed over when at least this share of the real utilization is predicted, 0 to 1; 0.9.
    pub closeness: f64,
    /// Share of the traffic that moves within a window at the most, above 0, at most 1; 0.2. An overload does not wait.
    pub share_step: f64,
    /// Smaller changes of shares are not made, 0 to 0.5; 0.03.
    pub share_tolerance: f64,
    /// Windows for which less must be wanted before traffic goes back, 1 to 240; 2. Windows in which nobody called do not count.
    pub return_steps: usize,
    /// Windows for which less must be wanted before resources are released, 1 to 240, as many; 3, which is about
    /// what it takes to have them again: so long nobody loses more by holding than by letting go (the ski-rental rule).
    pub patience_steps: usize,
    /// Changes of an allocation by less than this share of a shadow's size are not made, 0 to 0.5; 0.02.
    pub resize_tolerance: f64,
    /// Requests in the pre-warming queue at the most; 10,000.
    pub most_queued: usize,
    /// Shadows of all primaries together at the most; 10,000.
    pub most_shadows: usize,
    /// What happens to instructions that nothing is heard of.
    pub retry: RetryConfig,
}

impl Default for ShadowManagerConfig {
    fn default() -> Self {
        ShadowManagerConfig {
            step_seconds: 60.0,
            horizon_steps: 15,
            warm_seconds: 120.0,
            calendar: CalendarConfig::default(),
            history: HistoryConfig::default(),
            rule: ShadowRule::default(),
            cost_ratio: 19.0,
            degradation_cost_per_hour: 100.0,
            target_utilization: 0.7,
            overload_utilization: 0.9,
            idle_share: 0.05,
            standby_share: 0.0,
            failures_per_hour: 0.0,
            outage_cost_per_hour: 1000.0,
            closeness: 0.9,
            share_step: 0.2,
            share_tolerance: 0.03,
            return_steps: 2,
            patience_steps: 3,
            resize_tolerance: 0.02,
            most_queued: 10_000,
            most_shadows: 10_000,
            retry: RetryConfig::default(),
        }
    }
}

impl ShadowManagerConfig {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        self.calendar().map(|_| ())?;
        History::new(self.history.clone()).map_err(|error| within_field("history", error))?;
        for (field, value, low, high) in [
            ("step_seconds", self.step_seconds, 5.0, 3600.0),
            ("horizon_steps", self.horizon_steps as f64, 1.0, 240.0),
            ("horizon_steps", self.horizon_steps as f64, 1.0, 86_400.0 / self.step_seconds),
            ("warm_seconds", self.warm_seconds, 0.0, self.step_seconds * self.horizon_steps as f64),
            ("degradation_cost_per_hour", self.degradation_cost_per_hour, 0.0, 1e12),
            ("idle_share", self.idle_share, 0.0, 1.0),
            ("standby_share", self.standby_share, 0.0, 1.0),
            ("failures_per_hour", self.failures_per_hour, 0.0, 3600.0),
            ("outage_cost_per_hour", self.outage_cost_per_hour, 0.0, 1e12),
            ("closeness", self.closeness, 0.0, 1.0),
            ("share_step", self.share_step, 1e-3, 1.0),
            ("share_tolerance", self.share_tolerance, 0.0, 0.5),
            ("resize_tolerance", self.resize_tolerance, 0.0, 0.5),
            ("return_steps", self.return_steps as f64, 1.0, 240.0),
            ("patience_steps", self.patience_steps as f64, 1.0, 240.0),
            ("target_utilization", self.target_utilization, 0.01, 0.99),
            ("overload_utilization", self.overload_utilization, self.target_utilization, 1.0),
            ("most_queued", self.most_queued as f64, 1.0, 1e6),
            ("most_shadows", self.most_shadows as f64, 1.0, 1e6),
        ] {
            if !(low..=high).contains(&value) {
                return Err(Error::config(field, format!("must be {low} to {high}, got {value}")));
            }
        }
        positive("cost_ratio", self.cost_ratio)?;
        if self.quantile() >= 1.0 {
            let problem = format!("of {:e} asks for the quantile 1, which no forecast has", self.cost_ratio);
            return Err(Error::config("cost_ratio", problem));
        }
        self.retry.check("retry")
    }

    /// The newsvendor's quantile `ratio/(1 + ratio)` (Arrow, Harris & Marschak 1951).
    pub(super) fn quantile(&self) -> f64 {
        self.cost_ratio / (1.0 + self.cost_ratio)
    }

    pub(super) fn calendar(&self) -> Result<Calendar> {
        let calendar =
            Calendar::new(self.calendar.clone()).map_err(|error| within_field("calendar", error))?;
        let columns = calendar.names().len();
        if columns > MOST_COLUMNS {
            return Err(Error::config(
                "calendar",
                format!("has {columns} columns, at most {MOST_COLUMNS} are allowed"),
            ));
        }
        Ok(calendar)
    }

    /// Bytes that the forecasts of so many primaries, with so many resources together, may take: a week of windows, and for each window of
    /// the horizon what was said of as many; and what their calendars' columns explain.
    pub(super) fn bytes(&self, primaries: usize, resources: usize, columns: usize) -> f64 {
        let horizon = self.horizon_steps as f64;
        let week = 7.0 * 86_400.0 / self.step_seconds;
        let columns = columns as f64;
        resources as f64 * (64.0 * horizon * horizon + 4.0 * week)
            + primaries as f64 * 8.0 * columns * columns
    }

    pub(super) fn step_milliseconds(&self) -> i64 {
        (self.step_seconds * 1000.0) as i64
    }

    pub(super) fn step(&self, now: i64) -> i64 {
        now.div_euclid(self.step_milliseconds())
    }

    /// Windows from the running one to the last that what is ordered now must be enough for: those of the warm-up and the one until
    /// the next round.
    pub(super) fn lead_steps(&self) -> i64 {
        1 + self.warm_steps()
    }

    /// Windows from the running one to the first that what is ordered now can help in.
    pub(super) fn warm_steps(&self) -> i64 {
        (self.warm_seconds / self.step_seconds).ceil() as i64
    }
}

fn within_field(name: &str, error: Error) -> Error {
    match error {
        Error::Config { field, problem } => Error::config(format!("{name}.{field}"), problem),
        other => other,
    }
}
