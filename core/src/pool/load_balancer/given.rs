//! What the host itself foresees of single users, in place of what the balancer would: in their predictions, and in the totals, where
//! what the balancer expects of these users goes, with the share of the variance that is theirs (it is taken as proportional to the mean).

use super::config::{LARGEST, LoadBalancerConfig};
use super::stream::Tally;
use super::{LoadBalancer, PredictedRange};
use crate::error::{Error, Result};
use crate::forecast::normal_quantile;
use crate::pool::clock::Clock;
use crate::pool::clone_manager::GivenForecast;
use crate::pool::demand::Expected;
use crate::pool::tiers::Tier;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Steps that forecasts may tell at the most: that of one user, and those of all.
const MOST_STEPS: usize = 2016;
const MOST_STEPS_OF_ALL: usize = 1_000_000;

/// What the host says of a step of one user, in requests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Given {
    mean: f64,
    upper: f64,
    variance: f64,
}

impl Given {
    fn new(given: &GivenForecast, place: usize, config: &LoadBalancerConfig) -> Result<Self> {
        given.check(place)?;
        Clock::default().check_ahead(&format!("forecast[{place}].time"), given.time)?;
        let GivenForecast { mean, upper, .. } = *given;
        if mean.max(upper) > LARGEST {
            let problem = format!("[{place}] must be at most {LARGEST:e}, got mean {mean} and upper {upper}");
            return Err(Error::data("forecast", problem));
        }
        let limit = normal_quantile((1.0 + config.confidence) / 2.0)?;
        let deviation = if limit > 0.0 { ((upper - mean) / limit).clamp(0.0, LARGEST) } else { 0.0 };
        Ok(Given { mean, upper, variance: deviation * deviation })
    }

    pub(super) fn expected(&self) -> Expected {
        Expected { mean: self.mean, variance: self.variance }
    }

    /// Its mean and upper limit, the lower one as far off on the other side.
    pub(super) fn range(&self) -> PredictedRange {
        let Given { mean, upper, .. } = *self;
        PredictedRange { mean, lower: (2.0 * mean - upper).clamp(0.0, mean), upper: upper.max(mean) }
    }

    pub(super) fn is_whole(&self) -> bool {
        let possible = |value: f64, most: f64| (0.0..=most).contains(&value);
        possible(self.mean, LARGEST)
            && possible(self.upper, LARGEST)
            && possible(self.variance, LARGEST * LARGEST)
    }
}

/// What is expected of the users in one step of whom the host has forecasts: by the balancer, and by the host.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Replaced {
    own: f64,
    mean: f64,
    variance: f64,
}

impl Replaced {
    /// What all users together are to be expected to ask for, where the balancer alone expects so much.
    pub(super) fn in_place_of(&self, expected: &Expected) -> Expected {
        let others = (expected.mean - self.own).max(0.0);
        let share = if expected.mean > 0.0 { others / expected.mean } else { 0.0 };
        Expected { mean: others + self.mean, variance: share * expected.variance + self.variance }
    }
}

impl LoadBalancer {
    /// Takes in the forecast of a model of the host's own for one user of an application, as of an ARIMA that is fitted to it alone: it
    /// counts in place of the balancer's in the steps that it tells, in predictions, totals and recommendations. Requests are those of a
    /// whole step; they stay below `upper` with probability (1 + confidence)/2. An empty one leaves the user to the balancer again.
    ///
    /// # Errors
    /// [`Error::Data`] for requests that are not 0 to 10¹², a time that is none, more than 2,016 steps, or 1,000,000 for all users
    /// together, or more applications than are kept; nothing is changed then.
    pub fn set_forecast(&mut self, user: &str, application: &str, forecast: &[GivenForecast]) -> Result<()> {
        if forecast.len() > MOST_STEPS {
            let problem = format!("has {} steps, {MOST_STEPS} at the most", forecast.len());
            return Err(Error::data("forecast", problem));
        }
        self.check_application(application)?;
        let now = self.step().unwrap_or(i64::MIN);
        let mut given = BTreeMap::new();
        for (place, one) in forecast.iter().enumerate() {
            let (said, step) = (Given::new(one, place, &self.config)?, self.config.step(one.time));
            if step >= now {
                given.insert(step, said);
            }
        }
        let known = self.applications.get(application).and_then(|known| known.given.get(user));
        let all = self.given - known.map_or(0, BTreeMap::len) + given.len();
        if all > MOST_STEPS_OF_ALL {
            let problem = format!("makes {all} steps for all users, {MOST_STEPS_OF_ALL} at the most");
            return Err(Error::data("forecast", problem));
        }
        self.given = all;
        if !given.is_empty() {
            self.application(application).given.insert(user.into(), given);
        } else if let Some(known) = self.applications.get_mut(application) {
            known.given.remove(user);
            if known.is_empty() {
                self.applications.remove(application);
            }
        }
        Ok(())
    }

    /// Forgets what was given for steps that are over.
    pub(super) fn forget_given(&mut self, now: i64) {
        if self.given == 0 {
            return;
        }
        let mut left = 0;
        for application in self.applications.values_mut() {
            application.given.retain(|_, steps| {
                *steps = steps.split_off(&now);
                left += steps.len();
                !steps.is_empty()
            });
        }
        self.given = left;
        self.applications.retain(|_, application| !application.is_empty());
    }

    /// What is given for the steps from the one that runs to `last`, for each of the totals.
    pub(super) fn replaced(&self, now: i64, last: i64) -> [BTreeMap<i64, Replaced>; 3] {
        let mut totals = [(); 3].map(|()| BTreeMap::<i64, Replaced>::new());
        let applications = self.applications.iter().filter(|_| self.given > 0);
        for (name, application) in applications {
            let season = application.season.as_deref().unwrap_or(&self.whole.season);
            for (user, steps) in &application.given {
                let key = application.users.get(user);
                let demand =
                    key.map(|key| key.stream.brought_to(now, key.agent.pace(), season, &self.whole.pauses));
                for (step, given) in steps.range(now..=last) {
                    let own = demand.as_ref().map_or(0.0, |demand| demand.expect_of(*step, season).mean);
                    let asked = Tally { step: *step, requests: given.mean, used: [0.0; 3] };
                    let slowest = self.slowest(user, name, &asked);
                    for (total, _) in totals.iter_mut().zip(Tier::ALL).filter(|(_, tier)| *tier >= slowest) {
                        let replaced = total.entry(*step).or_default();
                        replaced.own += own;
                        replaced.mean += given.mean;
                        replaced.variance += given.variance;
                    }
                }
            }
        }
        totals
    }

    pub(super) fn is_given_whole(&self) -> bool {
        let steps = self.applications.values().flat_map(|application| application.given.values());
        self.given <= MOST_STEPS_OF_ALL && self.given == steps.map(BTreeMap::len).sum::<usize>()
    }
}
