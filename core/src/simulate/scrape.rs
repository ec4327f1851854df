//! What policies see of the load when metrics are late, coarse or lost.
//!
//! A scraper reads a counter at regular moments: each scrape tells the load since the one before. A policy sees those that have arrived since its
//! last decision, or the latest one again; none while all of them were lost.

use super::clock::Clock;
use super::world::World;
use crate::error::{Error, Result};
use crate::load::Series;
use crate::random::Random;

/// More scrapes than this are refused.
const MOST_SCRAPES: f64 = 1e7;

/// A counter of requests over the whole load, and the moments at which it is read.
pub(super) struct Scrapes<'a> {
    /// Seconds from scrape to scrape, and from a scrape to its being seen.
    every: f64,
    lag: f64,
    lost_share: f64,
    /// Seconds per value.
    step: f64,
    values: &'a [f64],
    rates: &'a [f64],
    /// Requests before each value.
    before: Vec<f64>,
}

impl<'a> Scrapes<'a> {
    /// `rates` are the values of the load without gaps.
    pub(super) fn new(world: &World, load: &'a Series, rates: &'a [f64]) -> Result<Self> {
        let every = world.scrape_interval_seconds.unwrap_or(world.interval_seconds);
        let step = load.step_seconds();
        let scrapes = rates.len() as f64 * step / every;
        if scrapes > MOST_SCRAPES {
            let problem =
                format!("makes {scrapes:e} scrapes of this load; at most {MOST_SCRAPES:e} are simulated");
            return Err(Error::config("scrape_interval_seconds", problem));
        }
        let mut sum = 0.0;
        let before = rates.iter().map(|rate| {
            let before = sum;
            sum += rate * step;
            before
        });
        let before = before.collect();
        let (lag, lost_share) = (world.metric_lag_seconds, world.lost_sample_share);
        Ok(Scrapes { every, lag, lost_share, step, values: load.values(), rates, before })
    }

    /// Load per second as seen at each decision; NaN = missing. `noise` makes counts of the load, `luck` loses scrapes.
    pub(super) fn seen(&self, clock: &Clock, mut noise: Option<Random>, mut luck: Random) -> Vec<f64> {
        let interval = clock.step_seconds() * clock.decide_every as f64;
        let (mut scrape, mut latest) = (0u64, f64::NAN);
        let mut decide = |decision: usize| {
            let now = decision as f64 * interval;
            let (mut sum, mut count, mut arrived) = (0.0, 0.0, false);
            // A scrape belongs to the decision at whose very moment it arrives, whatever rounding says.
            while (scrape + 1) as f64 * self.every + self.lag <= now + 1e-9 * now {
                let value = self.value(scrape, &mut noise);
                let is_lost = self.lost_share > 0.0 && luck.unit() < self.lost_share;
                if !(is_lost || value.is_nan()) {
                    (sum, count) = (sum + value, count + 1.0);
                }
                (scrape, arrived) = (scrape + 1, true);
            }
            if arrived {
                latest = sum / count;
            }
            latest
        };
        (0..clock.steps.div_ceil(clock.decide_every)).map(&mut decide).collect()
    }

    /// Load per second from the scrape before to this one.
    fn value(&self, scrape: u64, noise: &mut Option<Random>) -> f64 {
        let (begin, end) = (scrape as f64 * self.every, (scrape + 1) as f64 * self.every);
        let first = (begin / self.step) as usize;
        let last = ((end / self.step).ceil() as usize).min(self.values.len());
        if self.values.get(first..last).is_none_or(|values| values.iter().any(|value| value.is_nan())) {
            return f64::NAN;
        }
        let requests = (self.until(end) - self.until(begin)).max(0.0);
        noise.as_mut().map_or(requests, |random| random.poisson(requests)) / self.every
    }

    /// Requests from the beginning on.
    fn until(&self, seconds: f64) -> f64 {
        let place = ((seconds / self.step) as usize).min(self.rates.len().saturating_sub(1));
        let at = |values: &[f64]| values.get(place).copied().unwrap_or(0.0);
        at(&self.before) + at(self.rates) * (seconds - place as f64 * self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(world: &World, values: &[f64]) -> Vec<f64> {
        let load = Series::new(values.to_vec(), 0, 60.0).unwrap();
        let clock = Clock::new(&load, world).unwrap();
        let rates: Vec<f64> = values.iter().map(|value| if value.is_nan() { 1.0 } else { *value }).collect();
        Scrapes::new(world, &load, &rates).unwrap().seen(&clock, None, Random::new(3))
    }

    #[test]
    fn what_is_seen_is_late_by_the_lag_and_as_coarse_as_the_scrapes() {
        let world = World { service_rate: 1.0, ..World::default() };
        let values = [10.0, 20.0, 40.0];
        // At once, every 15 s: the load of the last interval, none at the first decision.
        let at_once = seen(&world, &values);
        assert!(at_once[0].is_nan());
        assert_eq!(at_once[1..], [10.0, 10.0, 10.0, 10.0, 20.0, 20.0, 20.0, 20.0, 40.0, 40.0, 40.0]);
        let late = seen(&World { metric_lag_seconds: 20.0, ..world.clone() }, &values);
        assert!(late[..3].iter().all(|value| value.is_nan()), "{late:?}");
        assert_eq!(late[3..], [10.0, 10.0, 10.0, 10.0, 20.0, 20.0, 20.0, 20.0, 40.0]);
        // Every 40 s: the second scrape has half of 10 and half of 20.
        let coarse = seen(&World { scrape_interval_seconds: Some(40.0), ..world.clone() }, &values);
        assert!(coarse[..3].iter().all(|value| value.is_nan()));
        assert_eq!(coarse[3..], [10.0, 10.0, 10.0, 15.0, 15.0, 20.0, 20.0, 20.0, 40.0][..]);
        let fine = seen(&World { scrape_interval_seconds: Some(5.0), ..world }, &values);
        assert_eq!(fine[1..], at_once[1..]);
    }

    #[test]
    fn a_share_of_the_scrapes_is_lost_and_gaps_are_missing() {
        let world = World { service_rate: 1.0, lost_sample_share: 0.2, ..World::default() };
        let found = seen(&world, &vec![5.0; 5000]);
        let missing = found.iter().skip(1).filter(|value| value.is_nan()).count() as f64;
        assert!((missing / 20_000.0 - 0.2).abs() < 0.012, "{missing} of 20,000");
        let gap = seen(&World { lost_sample_share: 0.0, ..world }, &[1.0, f64::NAN, 1.0]);
        assert_eq!(
            gap.iter().map(|value| value.is_nan()).collect::<Vec<_>>()[..10],
            [true, false, false, false, false, true, true, true, true, false]
        );
    }
}
