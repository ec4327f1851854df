//! The predictive load balancer: what each user of each application will ask for, and what to have ready for it.
//!
//! Requests, and the CPU, memory and network that they take, are counted per key (a user of an application) and step. Each key is forecast
//! by a mixture of experts whose weights follow their errors, at a pace that an agent sets by how accurate it was; keys that are new
//! are forecast from the season of their application, a new application from that of the whole. Of the whole there are three totals, by how
//! long demand can wait, with errors known at the lead time: recommendations are made from these (see `tiers`), so that they cost the same
//! however many keys there are. Beyond the most keys, the least used twentieth is dropped; what they bring still counts in the totals.

mod agent;
mod config;
mod given;
mod group;
mod promises;
mod recommend;
mod stream;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_mission;

pub use config::{InstanceKind, LoadBalancerConfig, UsageRecord};
pub use recommend::Recommendation;

use super::clock::Clock;
use super::demand::Expected;
use super::orders::LARGEST_COUNT;
use super::tiers::TierDemand;
use crate::error::{Error, Result};
use crate::snapshot;
use group::{Application, Key, Whole, shrunk};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stream::{Tally, Usage};

/// One in so many keys is dropped when there are too many.
const DROPPED: usize = 20;

/// A value to come: its mean, and what holds it as often as the settings say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PredictedRange {
    /// Its mean.
    pub mean: f64,
    /// It is above this as often as it is below the upper end.
    pub lower: f64,
    /// It is below this.
    pub upper: f64,
}

impl PredictedRange {
    fn of(expected: &Expected, confidence: f64) -> Result<Self> {
        Ok(PredictedRange {
            mean: expected.mean,
            lower: expected.quantile((1.0 - confidence) / 2.0)?.min(expected.mean),
            upper: expected.quantile((1.0 + confidence) / 2.0)?.max(expected.mean),
        })
    }
}

/// What one user of one application will ask for in one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DemandPrediction {
    /// Unix milliseconds at which the step begins.
    pub time: i64,
    /// Requests per second.
    pub requests: PredictedRange,
    /// CPU in use, in the unit of the records.
    pub cpu: PredictedRange,
    /// Memory in use.
    pub memory: PredictedRange,
    /// Network in use.
    pub network: PredictedRange,
    /// Steps of its own that this rests on; 0: it is what keys of the application, or all keys, usually have.
    pub steps_seen: u32,
}

/// Foresees demand per user and application, and says what to hold ready. Calls must not overlap.
///
/// ```
/// # use forescale::pool::{LoadBalancer, LoadBalancerConfig, UsageRecord};
/// let mut balancer = LoadBalancer::new(LoadBalancerConfig::default())?;
/// let record = |step: i64| UsageRecord {
///     time: step * 300_000, user: "ann".into(), application: "search".into(),
///     requests: 600.0, cpu: 4.0, memory: 8.0, network: 1.0,
/// };
/// balancer.train(&(0..50).map(record).collect::<Vec<_>>())?;
/// let next = balancer.predict("ann", "search", 50 * 300_000)?;
/// assert!((next.requests.mean - 2.0).abs() < 0.1 && (next.cpu.mean - 4.0).abs() < 0.2);
/// # Ok::<(), forescale::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadBalancer {
    config: LoadBalancerConfig,
    clock: Clock,
    whole: Whole,
    applications: BTreeMap<Box<str>, Application>,
    keys: usize,
    /// Profiles of users.
    profiles: usize,
    /// Steps of which the host itself has said what to expect.
    given: usize,
    dropped: u64,
}

impl LoadBalancer {
    /// A balancer that has seen nothing yet.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: LoadBalancerConfig) -> Result<Self> {
        config.check()?;
        let whole = Whole::new(config.season_steps());
        let applications = BTreeMap::new();
        let (keys, profiles, given, dropped) = (0, 0, 0, 0);
        let clock = Clock::default();
        Ok(LoadBalancer { config, clock, whole, applications, keys, profiles, given, dropped })
    }

    /// Learns from a history, in any order; as [`LoadBalancer::observe`] of each record in the order of time.
    ///
    /// # Errors
    /// As [`LoadBalancer::observe`], and nothing is learned.
    pub fn train(&mut self, history: &[UsageRecord]) -> Result<()> {
        let mut order = Vec::with_capacity(history.len());
        for (place, record) in history.iter().enumerate() {
            record.check(&format!("history, record {place}: "))?;
            order.push((record.time, place));
        }
        order.sort_unstable();
        self.check_times(order.iter().map(|(time, _)| *time))?;
        order.iter().filter_map(|(_, place)| history.get(*place)).try_for_each(|record| self.count(record))
    }

    /// Counts one record, as it comes in. A record of the step before the one that runs counts for that one. Whoever is not in any record of
    /// a step had no requests in it. Whole steps without a record of anybody had none, too, unless that could not be chance (once in
    /// 10⁶ by what was expected of them): then nobody counted, and they teach nothing. A load that really falls silent is told by
    /// records of 0 requests.
    ///
    /// # Errors
    /// [`Error::Data`] for an amount that is negative or not finite, or a time more than one step before the one that runs or a year after
    /// the last record.
    pub fn observe(&mut self, record: &UsageRecord) -> Result<()> {
        record.check("")?;
        self.check_times(std::iter::once(record.time))?;
        self.count(record)
    }

    /// What a user of an application will ask for in the step of `time` (Unix milliseconds), and what that takes. O(1), up to a season
    /// of steps for a key that was not used for long.
    ///
    /// # Errors
    /// [`Error::NotReady`] before anything was counted; [`Error::Data`] for a time before the step that runs.
    pub fn predict(&self, user: &str, application: &str, time: i64) -> Result<DemandPrediction> {
        Clock::default().check_ahead("time", time)?;
        let Some(now) = self.step() else {
            return Err(Error::not_ready("predict", "nothing was counted yet"));
        };
        let step = self.config.step(time);
        if step < now {
            let problem = format!(
                "{time} ms lies before the step that runs, which begins at {} ms",
                self.config.start_of(now)
            );
            return Err(Error::data("time", problem));
        }
        let known = self.applications.get(application);
        let season = known.and_then(|known| known.season.as_deref()).unwrap_or(&self.whole.season);
        let spread = known.and_then(|known| known.spread.of_one()).or(self.whole.spread.of_one());
        let shape = season.at(step);
        let usual =
            spread.map(|one| Expected { mean: one.mean * shape, variance: one.variance * shape * shape });
        let key = known.and_then(|known| known.users.get(user));
        let own = key.map(|key| {
            let expected = key.stream.expect(step, now, key.agent.pace(), season, &self.whole.pauses);
            (expected, key.stream.demand.seen())
        });
        let given = known.and_then(|known| known.given.get(user)).and_then(|given| given.get(&step));
        let expected = match (given, own, usual) {
            (Some(given), _, _) => given.expected(),
            (None, Some((own, seen)), Some(usual)) => shrunk(&own, &usual, seen),
            (None, Some((own, _)), None) => own,
            (None, None, Some(usual)) => usual,
            (None, None, None) => self.whole.running(now),
        };
        let usages = [key.map(|key| key.stream.usage), known.map(|known| known.usage)];
        let usage = usages.into_iter().flatten().find(Usage::is_known).unwrap_or(self.whole.usage());
        let confidence = self.config.confidence;
        let range = |resource| PredictedRange::of(&usage.take(&expected, resource), confidence);
        let each = self.config.step_seconds;
        let requests = match given {
            Some(given) => given.range(),
            None => PredictedRange::of(&expected, confidence)?,
        };
        Ok(DemandPrediction {
            time: self.config.start_of(step),
            requests: PredictedRange {
                mean: requests.mean / each,
                lower: requests.lower / each,
                upper: requests.upper / each,
            },
            cpu: range(0)?,
            memory: range(1)?,
            network: range(2)?,
            steps_seen: key.map_or(0, |key| key.stream.demand.seen()),
        })
    }

    /// All load to come, by how long it can wait: what [`super::ResourceManager::foresee`] sizes its tiers by. O(steps of the lead time), for
    /// each user of whom the host itself has given a forecast.
    ///
    /// # Errors
    /// [`Error::NotReady`] before anything was counted.
    pub fn tier_demand(&self) -> Result<TierDemand> {
        let Some(now) = self.step() else {
            return Err(Error::not_ready("tier_demand", "nothing was counted yet"));
        };
        let last = |seconds| now.saturating_add(self.config.steps_within(seconds));
        let (warm, cold) = (last(self.config.warm_start_up_seconds), last(self.config.cold_start_up_seconds));
        let [cannot_wait, can_wait_for_warm, all] =
            self.whole.highest(now, [warm, cold, cold], &self.replaced(now, cold), self.config.step_seconds);
        Ok(TierDemand { cannot_wait, can_wait_for_warm, all })
    }

    /// How many instances of which kind each tier is to hold now, hot first; see [`Recommendation`].
    ///
    /// # Errors
    /// [`Error::NotReady`] before anything was counted, or when no resource was ever used; [`Error::Config`] without kinds of instances.
    pub fn recommendations(&self) -> Result<Vec<Recommendation>> {
        recommend::recommendations(&self.tier_demand()?, &self.whole.usage(), &self.config)
    }

    /// The settings.
    pub fn config(&self) -> &LoadBalancerConfig {
        &self.config
    }

    /// Keys that are kept.
    pub fn keys(&self) -> usize {
        self.keys
    }

    /// Keys that were dropped because others were used more.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How a user of an application is forecast, in words.
    pub fn explain(&self, user: &str, application: &str) -> String {
        let known = self.applications.get(application);
        let given = known.and_then(|known| known.given.get(user)).map_or(0, BTreeMap::len);
        let given = if given > 0 {
            format!(" {given} steps are as the host's own forecast has them.")
        } else {
            String::new()
        };
        let Some(key) = known.and_then(|known| known.users.get(user)) else {
            let of = if known.is_some_and(|known| known.spread.of_one().is_some()) {
                application
            } else {
                "the whole"
            };
            return format!("{user} of {application} is not known: forecast as a key of {of}.{given}");
        };
        let [recent, level, own, shared] = key.stream.demand.weights();
        let total = recent + level + own + shared;
        let share = |weight: f64| (100.0 * weight / total).round();
        format!(
            "{user} of {application}: {} steps seen; weights: recent level {} %, level of a season {} %, own season {} %, \
             season of {} {} %; pace: {}.{given}",
            key.stream.demand.seen(),
            share(recent),
            share(level),
            share(own),
            if known.is_some_and(|known| known.season.is_some()) { application } else { "the whole" },
            share(shared),
            key.agent.name(),
        )
    }

    /// Writes settings and state as bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::LoadBalancer, self)
    }

    /// Reads a balancer back: it goes on exactly as if it had never stopped.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of one.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let balancer: LoadBalancer = snapshot::load(snapshot::Kind::LoadBalancer, bytes)?;
        if balancer.is_whole() {
            return Ok(balancer);
        }
        Err(Error::Snapshot { problem: "the load balancer is inconsistent".into() })
    }

    fn application(&mut self, name: &str) -> &mut Application {
        if !self.applications.contains_key(name) {
            self.applications.insert(name.into(), Application::default());
        }
        self.applications.entry(name.into()).or_default()
    }

    /// The step that runs, once something was counted.
    fn step(&self) -> Option<i64> {
        self.clock.now().map(|now| self.config.step(now))
    }

    /// Refuses times of records, in their order, that are too early, or so late that they must be mistakes.
    fn check_times(&self, times: impl Iterator<Item = i64>) -> Result<()> {
        let (mut clock, runs) = (self.clock, self.step());
        for time in times {
            clock.check_ahead("time", time)?;
            if let Some(runs) = runs.filter(|runs| self.config.step(time) < runs - 1) {
                let problem = format!(
                    "{time} ms lies more than one step before the one that runs, which begins at {} ms",
                    self.config.start_of(runs)
                );
                return Err(Error::data("time", problem));
            }
            clock.advance("time", time.max(clock.now().unwrap_or(time)))?;
        }
        Ok(())
    }

    /// Counts a record whose time was checked.
    fn count(&mut self, record: &UsageRecord) -> Result<()> {
        let now = self.clock.now().map_or(record.time, |now| now.max(record.time));
        let before = self.step();
        self.clock.advance("time", now)?;
        let step = self.config.step(now);
        if before.is_some_and(|before| before < step) {
            self.forget_given(step);
        }
        self.whole.close(step, &self.config);
        let asked =
            Tally { step, requests: record.requests, used: [record.cpu, record.memory, record.network] };
        let slowest = self.slowest(&record.user, &record.application, &asked);
        self.whole.count(&asked, slowest);
        let known = self.applications.get(record.application.as_str());
        if !known.is_some_and(|known| known.users.contains_key(record.user.as_str())) {
            self.make_room(step);
            let key = Key::new(step, self.config.season_steps());
            self.application(&record.application).users.insert(record.user.as_str().into(), key);
            self.keys += 1;
        }
        if let Some(application) = self.applications.get_mut(record.application.as_str()) {
            application.count(&record.user, &asked, &mut self.whole);
        }
        Ok(())
    }

    /// Drops the least used keys when there are too many.
    fn make_room(&mut self, now: i64) {
        if self.keys < self.config.most_keys {
            return;
        }
        let steps = self.config.season_steps();
        let worth = |key: &Key| key.worth(now, steps);
        let mut worths: Vec<f64> = self
            .applications
            .values()
            .flat_map(|application| application.users.values().map(worth))
            .collect();
        let left = (worths.len() / DROPPED).max(1).min(worths.len());
        let limit = *worths.select_nth_unstable_by(left.saturating_sub(1), f64::total_cmp).1;
        // Those below the limit all go; of those at it, as many as are still to go.
        let below = worths.iter().filter(|worth| **worth < limit).count();
        let mut at_limit = left.saturating_sub(below);
        for application in self.applications.values_mut() {
            application.users.retain(|_, key| {
                let worth = worth(key);
                let goes = worth < limit || (worth == limit && at_limit > 0);
                if worth == limit && goes {
                    at_limit -= 1;
                }
                if goes {
                    self.keys -= 1;
                    self.dropped += 1;
                }
                !goes
            });
        }
        self.applications.retain(|_, application| !application.is_empty());
    }

    fn is_whole(&self) -> bool {
        let steps = self.config.season_steps();
        let keys: usize = self.applications.values().map(|application| application.users.len()).sum();
        let profiles = self.applications.values().map(|application| application.user_profiles.len());
        self.config.check().is_ok()
            && self.clock.is_whole()
            && self.whole.is_known() == self.clock.now().is_some()
            && self.profiles == profiles.sum::<usize>()
            && self.dropped <= LARGEST_COUNT
            && self.keys == keys
            && self.is_given_whole()
            && keys <= self.config.most_keys
            && self.whole.is_whole(steps)
            && self.applications.values().all(|application| application.is_whole(steps))
    }
}
