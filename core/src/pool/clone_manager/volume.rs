//! How many clones one program needs: from the forecast of its volume, corrected by what really comes.

use super::config::{CloneManagerConfig, CloneRule, ProgramCode};
use super::events::{Events, MOST_FACTOR};
use crate::error::{Error, Result};
use crate::forecast::normal_quantile;
use crate::pool::coverage::{Coverage, Turn};
use crate::pool::demand::{Demand, Expected, SharedSeason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Confidence below which the fixed margin applies, and the margin.
const CONFIDENT: f64 = 0.8;
const MARGIN: f64 = 1.2;
/// The step that runs before the first count or round.
const NOT_BEGUN: i64 = i64::MIN;
/// Steps that a forecast of the host's own may tell at the most.
const MOST_GIVEN: usize = 2016;

/// What is expected of a program in one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VolumeForecast {
    /// Unix milliseconds at which the step begins.
    pub time: i64,
    /// Requests expected in it.
    pub mean: f64,
    /// Requests that the volume exceeds at the odds of the cost ratio.
    pub lower: f64,
    /// Requests that it stays below at these odds.
    pub upper: f64,
    /// Clones that it needs, by the rule of the settings.
    pub clones: u32,
    /// What these clones take of machines in each dimension.
    pub resources: Vec<f64>,
}

/// What a model of the host's own, such as [`crate::forecast::Hybrid`], says of one step of a program.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenForecast {
    /// Unix milliseconds within the step.
    pub time: i64,
    /// Requests expected in it, at least 0.
    pub mean: f64,
    /// Requests that the volume stays below with probability [`CloneManagerConfig::quantile`], at least 0.
    pub upper: f64,
}

impl GivenForecast {
    /// Refuses what cannot be expected; `place` is where it stands among others.
    pub(in crate::pool) fn check(&self, place: usize) -> Result<()> {
        for (name, value) in [("mean", self.mean), ("upper", self.upper)] {
            if !(value.is_finite() && value >= 0.0) {
                let problem = format!("[{place}].{name} must be finite and at least 0, got {value}");
                return Err(Error::data("forecast", problem));
            }
        }
        Ok(())
    }
}

/// How clones follow the volume of one program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Volume {
    demand: Demand,
    events: Events,
    /// The host's own forecasts, mean and upper, by step.
    given: BTreeMap<i64, (f64, f64)>,
    /// Requests of the step that runs, and which that is.
    running: (i64, f64),
    /// Share of that step that was over before anything was counted.
    missed: f64,
    /// What was expected of the step that runs, and the volume to be ready for.
    said: (f64, f64),
    /// Over-predicted steps, until the forecast is followed again.
    over: u32,
    /// The most clones that were wanted in each step of the last lead time, and whether for an over-prediction, newest last.
    wanted: Vec<(i64, u32, bool)>,
}

/// What all programs of a manager have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common<'a> {
    pub(super) config: &'a CloneManagerConfig,
    pub(super) shared: &'a SharedSeason,
    pub(super) events: &'a Events,
    pub(super) coverage: &'a Coverage,
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
    /// Fewer are wanted, but nobody called the manager for a while, and less than a whole lead time was seen since.
    HeldAfterPause,
    /// A machine holds more than it has room for: its clones are made elsewhere, and go when those run.
    Moved,
    /// A machine holds more than it has room for, and there is none elsewhere.
    Overfull,
    /// The program's own limits.
    Limit,
    /// The manager's limit, or there is no room.
    NoRoom,
}

impl CloneReason {
    /// The reason as the end of a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            CloneReason::Forecast => "the forecast asks for them",
            CloneReason::UnderPrediction => "more comes than was forecast",
            CloneReason::OverPrediction => "less came than was forecast, several steps in a row",
            CloneReason::HeldForLeadTime => "fewer are wanted, but not for a whole lead time yet",
            CloneReason::HeldAfterPause => {
                "fewer are wanted, but not for a whole lead time after a pause in which nothing was seen"
            }
            CloneReason::Moved => "a machine has too little room for those that it holds, and some move",
            CloneReason::Overfull => {
                "a machine has too little room for those that it holds, and there is none elsewhere"
            }
            CloneReason::Limit => "the program has a limit",
            CloneReason::NoRoom => "there is no room for all that are wanted",
        }
    }
}

/// Clones wanted, why, and what forecast stands behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Need {
    pub(super) clones: u32,
    pub(super) reason: CloneReason,
    pub(super) mean: f64,
    pub(super) upper: f64,
}

/// What is expected of one step, and the volume to be ready for by the rule of the settings.
struct Outlook {
    mean: f64,
    lower: f64,
    upper: f64,
    sized: f64,
}

impl Outlook {
    fn new(expected: Expected, config: &CloneManagerConfig) -> Result<Self> {
        let Expected { mean, variance } = expected;
        let upper = expected.quantile(config.quantile())?;
        let lower = expected.quantile(1.0 - config.quantile())?;
        Ok(Outlook { mean, lower, upper, sized: sized(mean, variance.sqrt(), upper, config.rule) })
    }

    /// Counts at a level, which vary by no more than counts do.
    fn counts(level: f64, config: &CloneManagerConfig) -> Result<Self> {
        Outlook::new(Expected { mean: level, variance: level }, config)
    }

    /// A mean and an upper limit, the lower one as far off on the other side.
    fn given(mean: f64, upper: f64, config: &CloneManagerConfig) -> Result<Self> {
        let width = (upper - mean).abs();
        let limit = normal_quantile(config.quantile())?.abs();
        let deviation = if limit > 0.0 { width / limit } else { 0.0 };
        let lower = (2.0 * mean - upper).max(0.0);
        Ok(Outlook { mean, lower, upper, sized: sized(mean, deviation, upper, config.rule) })
    }
}

fn sized(mean: f64, deviation: f64, upper: f64, rule: CloneRule) -> f64 {
    match rule {
        CloneRule::Quantile => upper,
        CloneRule::FixedMargin if mean > 0.0 && mean / (mean + deviation) < CONFIDENT => MARGIN * mean,
        CloneRule::FixedMargin => mean,
    }
}

/// Clones that serve `volume` requests in a step.
fn clones_for(volume: f64, code: &ProgramCode, config: &CloneManagerConfig) -> u32 {
    (volume / (code.service_rate * config.step_seconds)).ceil() as u32
}

impl Volume {
    /// Nothing is known until the first count or round: the time before says nothing.
    pub(super) fn new(config: &CloneManagerConfig) -> Self {
        let demand = Demand::new(0, config.season_steps());
        Volume {
            demand,
            events: Events::default(),
            given: BTreeMap::new(),
            running: (NOT_BEGUN, 0.0),
            missed: 0.0,
            said: (0.0, 0.0),
            over: 0,
            wanted: Vec::new(),
        }
    }

    pub(super) fn events(&mut self) -> &mut Events {
        &mut self.events
    }

    /// Takes the host's own forecast for the steps that it tells, in place of what was given before.
    pub(super) fn give(&mut self, forecast: &[GivenForecast], config: &CloneManagerConfig) -> Result<()> {
        if forecast.len() > MOST_GIVEN {
            let problem = format!("has {} steps, {MOST_GIVEN} at the most", forecast.len());
            return Err(Error::data("forecast", problem));
        }
        for (place, given) in forecast.iter().enumerate() {
            given.check(place)?;
        }
        let first = self.running.0;
        let steps = forecast.iter().map(|given| (config.step(given.time), (given.mean, given.upper)));
        self.given = steps.filter(|(step, _)| *step >= first).collect();
        Ok(())
    }

    /// Begins to count in `step`, if it has not begun yet; `missed` is the share of it that was over before.
    pub(super) fn begin(&mut self, step: i64, missed: f64, config: &CloneManagerConfig) {
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

    /// Ends the step that runs, and learns from it and those after it what was seen of them: what is usual, without what events brought.
    pub(super) fn turn(
        &mut self,
        turn: &Turn,
        config: &CloneManagerConfig,
        shared: &mut SharedSeason,
        events: &Events,
    ) -> Result<()> {
        let (running, requests) = self.running;
        if running == NOT_BEGUN {
            return Ok(());
        }
        match turn.share(std::mem::take(&mut self.missed)) {
            Some(share) => self.learn(running, requests / share, config, shared, events)?,
            None => self.demand.skip(running),
        }
        // In the steps between nobody called: they are unknown.
        self.demand.skip(turn.next - 1);
        self.running = (turn.next, 0.0);
        self.given = self.given.split_off(&turn.next);
        let Outlook { mean, sized, .. } = self.outlook(1, config, shared, events)?;
        self.said = (mean, sized);
        Ok(())
    }

    fn learn(
        &mut self,
        step: i64,
        requests: f64,
        config: &CloneManagerConfig,
        shared: &mut SharedSeason,
        events: &Events,
    ) -> Result<()> {
        let (said, sized) = self.said;
        let near = |volume: f64| config.over_prediction_ratio * volume;
        if said > near(requests) {
            self.over = self.over.saturating_add(1);
        } else if !self.is_over(config)
            || requests >= said
            || sized <= near(Outlook::counts(requests, config)?.sized)
        {
            // Once a forecast is no longer followed, a mean that has come near is not enough: its interval is still as wide as it was wrong.
            self.over = 0;
        }
        let factor = self.factor(step, config, events);
        // An event that leaves hardly anything says nothing of what is usual.
        let usual = if factor >= 0.01 { requests / factor } else { self.demand.recent_level() };
        self.demand.update(step, usual, shared);
        Ok(())
    }

    /// Whether so many steps were over-predicted that the forecast is not followed.
    fn is_over(&self, config: &CloneManagerConfig) -> bool {
        config.over_prediction_steps > 0 && self.over >= config.over_prediction_steps
    }

    /// How many times as much as usual all events together bring in a step.
    fn factor(&self, step: i64, config: &CloneManagerConfig, events: &Events) -> f64 {
        (self.events.factor(step, config) * events.factor(step, config)).min(MOST_FACTOR)
    }

    /// What is expected `ahead` steps after the last one that ended.
    fn outlook(
        &self,
        ahead: i64,
        config: &CloneManagerConfig,
        shared: &SharedSeason,
        events: &Events,
    ) -> Result<Outlook> {
        let step = self.demand.last().saturating_add(ahead);
        if let Some((mean, upper)) = self.given.get(&step) {
            return Outlook::given(*mean, *upper, config);
        }
        let factor = self.factor(step, config, events);
        let usual = self.demand.expect(ahead, shared);
        // What an event multiplies is as uncertain, in proportion, as what it multiplies.
        let variance = usual.variance * factor * factor.max(1.0);
        Outlook::new(Expected { mean: usual.mean * factor, variance }, config)
    }

    /// What is expected of the coming steps, the running one first.
    pub(super) fn forecast(&self, code: &ProgramCode, common: Common<'_>) -> Result<Vec<VolumeForecast>> {
        let at = |ahead: i64| {
            let Outlook { mean, lower, upper, sized } =
                self.outlook(ahead, common.config, common.shared, common.events)?;
            let step = self.demand.last().saturating_add(ahead);
            let clones = clones_for(sized, code, common.config);
            Ok(VolumeForecast {
                time: step.saturating_mul(common.config.step_milliseconds()),
                mean,
                lower,
                upper,
                clones,
                resources: code.resources.iter().map(|amount| amount * f64::from(clones)).collect(),
            })
        };
        (1..=common.config.horizon_steps as i64).map(at).collect()
    }

    /// The clones that the program needs, when so many are `staying` of which the last round wanted those that are `standing`.
    pub(super) fn need(
        &mut self,
        code: &ProgramCode,
        staying: u32,
        standing: u32,
        common: Common<'_>,
    ) -> Result<Need> {
        let Common { config, shared, events, coverage } = common;
        let clones = |volume: f64| clones_for(volume, code, config);
        let (mut upper, mut mean) = (0.0f64, 0.0f64);
        for ahead in 1..=config.lead_steps() {
            let outlook = self.outlook(ahead, config, shared, events)?;
            upper = upper.max(outlook.sized);
            mean = mean.max(outlook.mean);
        }
        let mut need = Need { clones: clones(upper), reason: CloneReason::Forecast, mean, upper };
        let came = self.came(coverage);
        if self.is_over(config) {
            let level = Outlook::counts(self.demand.recent_level().max(came), config)?.sized;
            if clones(level) < need.clones {
                need = Need { clones: clones(level), reason: CloneReason::OverPrediction, ..need };
            }
        }
        let is_unsure = coverage.is_unsure(config.lead_steps());
        // A forecast from before a pause is believed only as far as what comes bears it out.
        let ratio = if is_unsure { 1.0 } else { config.under_prediction_ratio };
        if came > ratio * mean && clones(came) > need.clones {
            let most = need.clones.max(staying).saturating_add(config.burst_clones);
            need = Need { clones: clones(came).min(most), reason: CloneReason::UnderPrediction, ..need };
        }
        let mut need = self.held(need, config);
        if is_unsure && standing > need.clones {
            need = Need { clones: standing, reason: CloneReason::HeldAfterPause, ..need };
        }
        let limited = need.clones.clamp(code.min_clones, code.max_clones);
        if limited != need.clones {
            need = Need { clones: limited, reason: CloneReason::Limit, ..need };
        }
        Ok(need)
    }

    /// Requests of a whole step at the rate that the running one shows so far; none before a tenth of it was seen.
    fn came(&self, coverage: &Coverage) -> f64 {
        let share = coverage.seen() - self.missed;
        if share >= 0.1 { self.running.1 / share } else { 0.0 }
    }

    /// Clones go only when they were not wanted for a whole lead time, however often they are asked about in it.
    fn held(&mut self, need: Need, config: &CloneManagerConfig) -> Need {
        let step = self.running.0;
        let before = step.saturating_sub(config.lead_steps());
        let wanted = (step, need.clones, need.reason == CloneReason::OverPrediction);
        self.wanted.retain(|(at, ..)| *at > before);
        match self.wanted.last_mut() {
            Some(last) if last.0 == step && last.1 >= need.clones => {}
            Some(last) if last.0 == step => *last = wanted,
            _ => self.wanted.push(wanted),
        }
        match self.wanted.iter().max_by_key(|(_, most, _)| *most) {
            // What an over-prediction left a few steps ago is given back for that, too.
            Some((_, most, is_over)) if *most > need.clones => {
                let reason =
                    if *is_over { CloneReason::OverPrediction } else { CloneReason::HeldForLeadTime };
                Need { clones: *most, reason, ..need }
            }
            _ => need,
        }
    }

    pub(super) fn is_whole(&self, config: &CloneManagerConfig, step: i64) -> bool {
        let most = usize::try_from(config.lead_steps()).unwrap_or(1);
        let possible = |value: f64| value.is_finite() && value >= 0.0;
        self.demand.is_whole(config.season_steps())
            && self.events.is_whole()
            && self.given.len() <= MOST_GIVEN
            && self.given.values().all(|(mean, upper)| possible(*mean) && possible(*upper))
            && (self.running.0 == NOT_BEGUN || self.running.0 == step)
            && possible(self.running.1)
            && possible(self.missed)
            && self.wanted.len() <= most
            && self.wanted.is_sorted_by(|a, b| a.0 < b.0)
            && [self.said.0, self.said.1].into_iter().all(possible)
            && self.wanted.iter().all(|(step, ..)| *step <= self.running.0)
    }
}
