//! What many keys have in common: an application, and the whole.

use super::agent::{Agent, Arms};
use super::config::LoadBalancerConfig;
use super::given::{Given, Replaced};
use super::stream::{Pauses, Stream, Tally, Usage};
use crate::math::exp;
use crate::pool::demand::{Expected, SharedSeason};
use crate::pool::tiers::{ExpectedLoad, QosProfile, Tier};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Users from which on an application has a season of its own; before, that of the whole is its.
const USERS_FOR_A_SEASON: usize = 8;
/// What the whole's season is worth in a new one, in keys of the first one's level.
const PRIOR_KEYS: f64 = 4.0;
/// Seasons that the spread of keys follows, and weight of the past in the errors at the lead time.
const SPREAD_SEASONS: f64 = 2.0;
const LEAD_MEMORY: f64 = 0.99;
/// Requests, in bunches as they come, that are expected of steps in which none came from which on that is no chance: none come once in 10⁶.
const NO_CHANCE: f64 = 14.0;
/// Errors at the lead time that the first guess is worth.
const PRIOR_ERRORS: f64 = 10.0;

/// The demand of one user of one application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) stream: Stream,
    pub(super) agent: Agent,
}

impl Key {
    pub(super) fn new(step: i64, season_steps: usize) -> Self {
        Key { stream: Stream::new(step, season_steps), agent: Agent::default() }
    }

    /// How much it is used, less the longer it was not.
    pub(super) fn worth(&self, now: i64, season_steps: usize) -> f64 {
        let steps = season_steps.max(1) as f64;
        let running = self.stream.running;
        let idle = now.saturating_sub(running.step).max(0) as f64 / steps;
        (self.stream.demand.level() + running.requests / steps) / (1.0 + idle)
    }
}

/// How much keys have in a step, and how much they differ.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Spread {
    steps: f64,
    sum: f64,
    squares: f64,
    last: i64,
}

impl Spread {
    fn learn(&mut self, step: i64, value: f64, idle_steps: u32, season_steps: usize) {
        if step > self.last {
            let gap = step.saturating_sub(self.last) as f64;
            let memory = exp(-gap / (SPREAD_SEASONS * season_steps.max(1) as f64));
            self.steps *= memory;
            self.sum *= memory;
            self.squares *= memory;
            self.last = step;
        }
        self.steps += 1.0 + f64::from(idle_steps);
        self.sum += value;
        self.squares = (self.squares + value * value).min(1e200);
    }

    /// What one key, nobody knows which, has in a step.
    pub(super) fn of_one(&self) -> Option<Expected> {
        let mean = self.sum / self.steps;
        (self.steps > 0.0)
            .then(|| Expected { mean, variance: (self.squares / self.steps - mean * mean).max(mean) })
    }

    fn is_whole(&self) -> bool {
        [self.steps, self.sum, self.squares].iter().all(|value| value.is_finite() && *value >= 0.0)
    }
}

/// An application.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Application {
    pub(super) profile: Option<QosProfile>,
    pub(super) user_profiles: BTreeMap<Box<str>, QosProfile>,
    pub(super) users: BTreeMap<Box<str>, Key>,
    /// The host's own forecasts for users, by step.
    pub(super) given: BTreeMap<Box<str>, BTreeMap<i64, Given>>,
    pub(super) season: Option<Box<SharedSeason>>,
    pub(super) spread: Spread,
    pub(super) usage: Usage,
    pub(super) arms: Arms,
}

impl Application {
    pub(super) fn profile(&self, user: &str) -> Option<QosProfile> {
        self.user_profiles.get(user).copied().or(self.profile)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
            && self.user_profiles.is_empty()
            && self.profile.is_none()
            && self.given.is_empty()
    }

    /// Counts requests of a user, who is known. What was learned meanwhile goes to the whole, too.
    pub(super) fn count(&mut self, user: &str, asked: &Tally, whole: &mut Whole) {
        let Some(key) = self.users.get_mut(user) else { return };
        if key.stream.running.step < asked.step {
            let level = key.stream.demand.level().max(key.stream.running.requests);
            if self.season.is_none() && self.users.len() >= USERS_FOR_A_SEASON && level > 0.0 {
                self.season = Some(Box::new(whole.season.like(PRIOR_KEYS * level)));
            }
        }
        let Some(key) = self.users.get_mut(user) else { return };
        let season = self.season.as_deref_mut().unwrap_or(&mut whole.season);
        if let Some((ended, missed)) = key.stream.close(asked.step, key.agent.pace(), season, &whole.pauses) {
            key.agent.learn(&missed, &mut self.arms);
            self.usage.learn(&ended);
            let idle = missed.steps.saturating_sub(1);
            let steps = whole.season.steps();
            self.spread.learn(asked.step, ended.requests, idle, steps);
            whole.spread.learn(asked.step, ended.requests, idle, steps);
        }
        key.stream.running.add(asked.requests, asked.used);
    }

    pub(super) fn is_whole(&self, season_steps: usize) -> bool {
        let season = |season: &SharedSeason| season.is_whole() && season.steps() == season_steps;
        self.users.values().all(|key| key.stream.is_whole(season_steps) && key.agent.is_whole())
            && self
                .user_profiles
                .values()
                .chain(&self.profile)
                .all(|profile| profile.check("profile").is_ok())
            && self.season.as_deref().is_none_or(season)
            && self.given.values().flat_map(BTreeMap::values).all(Given::is_whole)
            && self.spread.is_whole()
            && self.usage.is_whole()
            && self.arms.is_whole()
    }
}

/// All demand that can wait no longer than for one tier, with errors that are known at the lead time too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Total {
    pub(super) stream: Stream,
    /// Its own: one that others teach would know a step before this one has been judged by it.
    season: SharedSeason,
    agent: Agent,
    /// What was said of steps to come, at the lead time.
    said: VecDeque<(i64, f64, f64)>,
    /// Squared errors at the lead time, in units of the variance that was said; discounted sum, and count.
    errors: f64,
    judged: f64,
}

impl Total {
    fn new(season_steps: usize) -> Self {
        Total {
            stream: Stream::new(0, season_steps),
            season: SharedSeason::new(season_steps),
            agent: Agent::default(),
            said: VecDeque::new(),
            errors: 0.0,
            judged: 0.0,
        }
    }

    fn begin(&mut self, step: i64, season_steps: usize) {
        self.stream = Stream::new(step, season_steps);
    }

    fn close(&mut self, step: i64, lead_steps: i64, arms: &mut Arms, pauses: &Pauses) -> Option<Tally> {
        let (ended, missed) = self.stream.close(step, self.agent.pace(), &mut self.season, pauses)?;
        self.agent.learn(&missed, arms);
        while let Some((said_of, mean, variance)) = self.said.front().copied().filter(|said| said.0 < step) {
            self.said.pop_front();
            if said_of == ended.step && variance > 0.0 {
                let error = ended.requests - mean;
                self.errors = self.errors * LEAD_MEMORY + (error * error / variance).min(1e6);
                self.judged = self.judged * LEAD_MEMORY + 1.0;
            }
        }
        let expected = self.stream.demand.expect(lead_steps, &self.season);
        self.said.push_back((
            step.saturating_sub(1).saturating_add(lead_steps),
            expected.mean,
            expected.variance,
        ));
        Some(ended)
    }

    /// How much larger the variance is at the lead time than in the next step.
    fn stretch(&self) -> f64 {
        ((PRIOR_ERRORS + self.errors) / (PRIOR_ERRORS + self.judged)).max(1.0)
    }

    /// The highest of what is expected from the step that runs, `now`, to `last`; `replaced` by what the host itself foresees.
    fn highest(&self, now: i64, last: i64, pauses: &Pauses, replaced: &BTreeMap<i64, Replaced>) -> Expected {
        let demand = self.stream.brought_to(now, self.agent.pace(), &self.season, pauses);
        let stretch = self.stretch();
        let at = |step| {
            let usual = demand.expect_of(step, &self.season);
            let expected = Expected { variance: usual.variance * stretch, ..usual };
            replaced.get(&step).map_or(expected, |replaced| replaced.in_place_of(&expected))
        };
        let high = |expected: &Expected| expected.mean + expected.variance.sqrt();
        let steps = (now..=last).map(at);
        steps.max_by(|a, b| high(a).total_cmp(&high(b))).unwrap_or(Expected { mean: 0.0, variance: 0.0 })
    }

    fn is_whole(&self, season_steps: usize) -> bool {
        let possible = |value: f64| value.is_finite() && value >= 0.0;
        self.stream.is_whole(season_steps)
            && self.season.is_whole()
            && self.season.steps() == season_steps
            && self.agent.is_whole()
            && self.said.len() <= season_steps.saturating_add(100_000)
            && self.said.iter().all(|(_, mean, variance)| possible(*mean) && possible(*variance))
            && possible(self.errors)
            && possible(self.judged)
    }
}

/// All applications together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Whole {
    pub(super) season: SharedSeason,
    pub(super) spread: Spread,
    arms: Arms,
    /// Demand that cannot wait for a warm unit, that cannot wait for a cold one, and all of it.
    totals: [Total; 3],
    /// What all together had in the last step, and usually have: keys learn of it a step later, when they have been judged by what they
    /// knew before.
    lesson: Option<(i64, f64, f64)>,
    pub(super) pauses: Pauses,
    is_begun: bool,
}

impl Whole {
    pub(super) fn new(season_steps: usize) -> Self {
        Whole {
            season: SharedSeason::new(season_steps),
            spread: Spread::default(),
            arms: Arms::default(),
            totals: [(); 3].map(|()| Total::new(season_steps)),
            lesson: None,
            pauses: Pauses::default(),
            is_begun: false,
        }
    }

    /// Ends all steps before `step`.
    pub(super) fn close(&mut self, step: i64, config: &LoadBalancerConfig) {
        let lead_steps = config.steps_within(config.cold_start_up_seconds) + 1;
        self.notice_pause(step);
        let mut lesson = None;
        for total in &mut self.totals {
            if !self.is_begun {
                total.begin(step, config.season_steps());
            } else if let Some(ended) = total.close(step, lead_steps, &mut self.arms, &self.pauses) {
                // The last total is that of all.
                lesson = Some((ended.step, ended.requests, total.stream.demand.level()));
            }
        }
        if let Some(next) = lesson
            && let Some((step, requests, level)) = self.lesson.replace(next)
        {
            self.season.learn(step, requests, level);
        }
        self.is_begun = true;
    }

    /// Takes whole steps before `step` without any record for a pause where that is no chance.
    fn notice_pause(&mut self, step: i64) {
        let [_, _, all] = &self.totals;
        let first = all.stream.running.step.saturating_add(1);
        if !self.is_begun || step <= first {
            return;
        }
        let mut expected = 0.0;
        for silent in first..step {
            let Expected { mean, variance } =
                all.stream.expect(silent, first, all.agent.pace(), &all.season, &self.pauses);
            // A variance above the mean is that of requests which come in bunches.
            expected += if mean > 0.0 { mean / (variance / mean).max(1.0) } else { 0.0 };
            if expected > NO_CHANCE {
                return self.pauses.add(first, step.saturating_sub(1));
            }
            if silent - first > all.season.steps() as i64 {
                return;
            }
        }
    }

    /// What is expected of the step that runs, whoever asks.
    pub(super) fn running(&self, now: i64) -> Expected {
        self.all().highest(now, now, &self.pauses, &BTreeMap::new())
    }

    /// Counts requests of somebody who can wait for this tier, but for none that is slower.
    pub(super) fn count(&mut self, asked: &Tally, slowest: Tier) {
        for (total, _) in self.totals.iter_mut().zip(Tier::ALL).filter(|(_, tier)| *tier >= slowest) {
            total.stream.running.add(asked.requests, asked.used);
        }
    }

    pub(super) fn is_known(&self) -> bool {
        self.is_begun
    }

    /// All demand, however long it can wait.
    fn all(&self) -> &Total {
        let [_, _, all] = &self.totals;
        all
    }

    /// What a request takes, whoever asks; that of the step that runs while nothing else is known.
    pub(super) fn usage(&self) -> Usage {
        let stream = &self.all().stream;
        let mut usage = stream.usage;
        if !usage.is_known() {
            usage.learn(&stream.running);
        }
        usage
    }

    /// The highest load of each total in requests per second, over the steps from `now` to the one given for it.
    pub(super) fn highest(
        &self,
        now: i64,
        last: [i64; 3],
        replaced: &[BTreeMap<i64, Replaced>; 3],
        step_seconds: f64,
    ) -> [ExpectedLoad; 3] {
        let mut loads = [ExpectedLoad::default(); 3];
        let mut least = ExpectedLoad::default();
        for (((load, total), last), replaced) in loads.iter_mut().zip(&self.totals).zip(last).zip(replaced) {
            let highest = total.highest(now, last, &self.pauses, replaced);
            *load = ExpectedLoad {
                mean: highest.mean / step_seconds,
                variance: highest.variance / (step_seconds * step_seconds),
            };
            // Each is foreseen by itself, but none is below a part of it.
            if load.high() < least.high() {
                *load = least;
            }
            least = *load;
        }
        loads
    }

    pub(super) fn is_whole(&self, season_steps: usize) -> bool {
        self.season.is_whole()
            && self.season.steps() == season_steps
            && self.spread.is_whole()
            && self.arms.is_whole()
            && self.lesson.is_none_or(|(_, requests, level)| requests.is_finite() && level.is_finite())
            && self.pauses.is_whole()
            && self.totals.iter().all(|total| total.is_whole(season_steps))
    }
}

/// What is expected of a key of which little is known: so many steps of its own against what keys usually have.
pub(super) fn shrunk(own: &Expected, usual: &Expected, seen: u32) -> Expected {
    const PRIOR_STEPS: f64 = 4.0;
    let weight = f64::from(seen) / (f64::from(seen) + PRIOR_STEPS);
    let mixed = |own: f64, usual: f64| weight * own + (1.0 - weight) * usual;
    Expected { mean: mixed(own.mean, usual.mean), variance: mixed(own.variance, usual.variance) }
}
