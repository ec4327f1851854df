//! Predictive scaling as in AWS Auto Scaling, over target tracking: a surrogate, since the forecast itself is unpublished.
//!
//! The load of an hour is forecast as the mean of the same hour of the week, once two weeks have been seen, before that of the same
//! hour of the day, in the last 14 days; the first forecast after one day, a new one every 6 hours for the next 48. It sets a minimum of
//! `⌈load/(target · service rate)⌉`, for the coming hour already 300 s before that begins, and never scales in; target tracking does the rest.
//! Hours are those of UTC. Source: the user guide of EC2 Auto Scaling, "Predictive scaling".

use super::buckets::are_recent;
use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation, ceil_count};
use super::target_tracking::{TargetTracking, TargetTrackingConfig};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Settings of [`AwsPredictive`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AwsPredictiveConfig {
    /// The policy that the forecast sets a minimum for; its target utilization is the forecast's as well.
    pub target_tracking: TargetTrackingConfig,
    /// Seconds before an hour at which its minimum begins to hold, 0 to below 3,600; 300.
    pub scheduling_buffer_seconds: f64,
    /// Whether the forecast is made and not followed; false.
    pub forecast_only: bool,
}

impl Default for AwsPredictiveConfig {
    fn default() -> Self {
        AwsPredictiveConfig {
            target_tracking: TargetTrackingConfig::default(),
            scheduling_buffer_seconds: 300.0,
            forecast_only: false,
        }
    }
}

impl AwsPredictiveConfig {
    pub(super) fn check(&self) -> Result<()> {
        let buffer = self.scheduling_buffer_seconds;
        if !(0.0..3600.0).contains(&buffer) {
            let problem = format!("must be 0 to below 3600, got {buffer}");
            return Err(Error::config("policy.aws_predictive.scheduling_buffer_seconds", problem));
        }
        self.target_tracking.check()
    }
}

const HOUR: i64 = 3_600_000;
const DAY_HOURS: i64 = 24;
const WEEK_HOURS: i64 = 168;
const MEMORY_HOURS: i64 = 336;
const FORECAST_HOURS: i64 = 48;
const REFRESH_HOURS: i64 = 6;

/// Target tracking with a forecast minimum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AwsPredictive {
    config: AwsPredictiveConfig,
    tracking: TargetTracking,
    /// Mean load of the hours of the last two weeks that had any, in order.
    hours: VecDeque<(i64, f64)>,
    /// The hour at hand, the sum of its loads and their count.
    current: (i64, f64, f64),
    /// The first hour of the forecast, and its loads; NaN where no such hour was seen.
    first: i64,
    forecast: Vec<f64>,
}

impl AwsPredictive {
    /// The law, fed once per `interval_seconds`.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: AwsPredictiveConfig, interval_seconds: f64) -> Result<Self> {
        config.check()?;
        let tracking = TargetTracking::new(config.target_tracking.clone(), interval_seconds)?;
        Ok(AwsPredictive {
            config,
            tracking,
            hours: VecDeque::new(),
            current: (i64::MIN, 0.0, 0.0),
            first: i64::MIN,
            forecast: Vec::new(),
        })
    }

    fn close_hour(&mut self) {
        let (hour, sum, count) = self.current;
        if count > 0.0 {
            self.hours.push_back((hour, sum / count));
        }
        let since = hour.saturating_sub(MEMORY_HOURS);
        while self.hours.front().is_some_and(|(hour, _)| *hour <= since) {
            self.hours.pop_front();
        }
    }

    /// Makes the forecast from `hour` on, when there is a day to make it from and it is time.
    fn refresh(&mut self, hour: i64) {
        let is_due = self.forecast.is_empty() || hour.saturating_sub(self.first) >= REFRESH_HOURS;
        let Some((oldest, _)) = self.hours.front().filter(|_| is_due) else { return };
        let seen = hour.saturating_sub(*oldest);
        if seen < DAY_HOURS {
            return;
        }
        let season = if seen >= MEMORY_HOURS { WEEK_HOURS } else { DAY_HOURS };
        let forecast = (hour..hour.saturating_add(FORECAST_HOURS)).map(|ahead| {
            let same =
                self.hours.iter().filter(|(past, _)| ahead.saturating_sub(*past).rem_euclid(season) == 0);
            let (sum, count) = same.fold((0.0, 0.0), |(sum, count), (_, load)| (sum + load, count + 1.0));
            sum / count
        });
        self.forecast = forecast.collect();
        self.first = hour;
    }

    /// The load forecast for `now`, also of the coming hour once its minimum holds; none before there is one.
    fn load(&self, now: i64) -> Option<f64> {
        let at = |time: i64| {
            let ahead = usize::try_from(time.div_euclid(HOUR).checked_sub(self.first)?).ok()?;
            self.forecast.get(ahead).copied().filter(|load| !load.is_nan())
        };
        let buffer = (self.config.scheduling_buffer_seconds * 1000.0) as i64;
        at(now).into_iter().chain(at(now.saturating_add(buffer))).reduce(f64::max)
    }

    pub(super) fn is_whole(&self) -> bool {
        let is_load = |load: f64| (0.0..=f64::MAX).contains(&load);
        let (hour, sum, count) = self.current;
        self.config.check().is_ok()
            && self.tracking.is_whole()
            && are_recent(&self.hours, MEMORY_HOURS)
            && self.hours.iter().all(|(past, load)| *past < hour && is_load(*load))
            && is_load(sum)
            && is_load(count)
            && self.forecast.len() as i64 <= FORECAST_HOURS
            && self.forecast.iter().all(|load| load.is_nan() || is_load(*load))
    }
}

impl Policy for AwsPredictive {
    fn name(&self) -> &str {
        "aws_predictive"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn observe(&mut self, time: i64, load: f64) -> Result<()> {
        // The interval that ends on the hour belongs to the hour before.
        let hour = time.saturating_sub(1).div_euclid(HOUR);
        if hour > self.current.0 {
            self.close_hour();
            self.current = (hour, 0.0, 0.0);
            self.refresh(hour);
        }
        if !load.is_nan() {
            self.current.1 += load;
            self.current.2 += 1.0;
        }
        Ok(())
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let tracked = self.tracking.propose(situation)?;
        let Some(load) = self.load(situation.now).filter(|_| !self.config.forecast_only) else {
            return Ok(tracked);
        };
        let target = self.config.target_tracking.target_utilization * situation.service_rate;
        let replicas = ceil_count(load / target);
        if replicas <= tracked.replicas {
            return Ok(tracked);
        }
        Ok(Proposal { replicas, reason: Reason::PredictedMinimum { load, replicas } })
    }

    fn applied(&mut self, now: i64, before: u32, after: u32) -> Result<()> {
        self.tracking.applied(now, before, after)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::situation;
    use super::*;

    /// Five-minute loads of whole days, by hour of the week.
    fn fed(days: i64, load: impl Fn(i64) -> f64) -> AwsPredictive {
        let mut law = AwsPredictive::new(AwsPredictiveConfig::default(), 300.0).unwrap();
        for step in 1..=days * 288 {
            law.observe(step * 300_000, load((step - 1) / 12)).unwrap();
        }
        law
    }

    fn ask(law: &mut AwsPredictive, second: i64) -> u32 {
        law.propose(&situation(second, 1, 7.0)).unwrap().replicas
    }

    const DAY: i64 = 86_400;

    #[test]
    fn an_hour_asks_for_its_minimum_five_minutes_before_it_begins() {
        // 70 is one replica's target.
        let mut law = fed(3, |hour| if hour % 24 == 9 { 700.0 } else { 70.0 });
        let nine = 3 * DAY + 9 * 3600;
        law.observe((3 * DAY + 8 * 3600) * 1000 + 1, 70.0).unwrap();
        assert_eq!(
            [nine - 301, nine - 300, nine, nine + 3299, nine + 3600].map(|at| ask(&mut law, at)),
            [1, 10, 10, 10, 1]
        );
    }

    #[test]
    fn before_a_day_there_is_no_forecast() {
        let mut law = fed(1, |_| 700.0);
        assert_eq!(ask(&mut law, DAY), 1);
        law.observe(DAY * 1000 + 300_000, 700.0).unwrap();
        assert_eq!(ask(&mut law, DAY + 300), 10);
        let only = AwsPredictiveConfig { forecast_only: true, ..AwsPredictiveConfig::default() };
        law.config = only;
        assert_eq!(ask(&mut law, DAY + 300), 1);
    }

    #[test]
    fn a_damaged_state_is_seen() {
        let law = fed(3, |_| 70.0);
        assert!(law.is_whole() && !law.forecast.is_empty());
        let is_whole = |damage: &dyn Fn(&mut AwsPredictive)| {
            let mut law = law.clone();
            damage(&mut law);
            law.is_whole()
        };
        assert!(is_whole(&|law| law.forecast[0] = f64::NAN), "an hour that was never seen");
        assert!(!is_whole(&|law| law.forecast[0] = f64::INFINITY));
        assert!(!is_whole(&|law| law.forecast[0] = -1.0));
        assert!(!is_whole(&|law| law.forecast.resize(49, 1.0)));
        assert!(!is_whole(&|law| law.hours[0].1 = f64::NAN));
        assert!(!is_whole(&|law| law.hours[0].0 -= 336));
        assert!(!is_whole(&|law| law.hours.push_back((i64::MAX, 1.0))));
        assert!(!is_whole(&|law| law.current.1 = f64::NAN));
    }

    #[test]
    fn after_two_weeks_days_of_the_week_differ() {
        // The first day of each week is ten times the others.
        let mut law = fed(15, |hour| if hour % 168 < 24 { 700.0 } else { 70.0 });
        law.observe(15 * DAY * 1000 + 300_000, 70.0).unwrap();
        assert_eq!(ask(&mut law, 15 * DAY + 600), 1, "a day of the week that was always low");
        let mut young = fed(8, |hour| if hour % 168 < 24 { 700.0 } else { 70.0 });
        young.observe(8 * DAY * 1000 + 300_000, 70.0).unwrap();
        assert_eq!(ask(&mut young, 8 * DAY + 600), 4, "the mean of (2·700 + 6·70)/8 = 227.5");
    }
}
