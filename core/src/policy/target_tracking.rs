//! Target tracking as in AWS Auto Scaling: a surrogate, since only its outline is published.
//!
//! Three minutes in a row above the target scale out to `⌈capacity · metric/target⌉`; fifteen minutes in a row more than 10 % below it
//! scale in by the same formula, no sooner than 300 s after the last change. Replicas that were added within those 300 s count towards
//! the next step out: the metric is then weighed with the ready ones. A minute without data is no alarm. Source: the user guides of
//! Application and EC2 Auto Scaling; the shape of the alarms is what users observe.

use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation, ceil_count};
use crate::error::{Error, Result, positive};
use crate::load::whole_milliseconds;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Settings of [`TargetTracking`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TargetTrackingConfig {
    /// Target utilization of each replica's service rate, above 0; 0.7.
    pub target_utilization: f64,
    /// Minutes in a row above the target that scale out, 1 to 1,440; 3.
    pub scale_out_minutes: u32,
    /// Minutes in a row below the lower alarm that scale in, 1 to 1,440; 15.
    pub scale_in_minutes: u32,
    /// How far below the target the lower alarm lies, as a share of it, 0 to below 1; 0.1.
    pub scale_in_margin: f64,
    /// Seconds after a change within which nothing is removed, 0 to 86,400; 300.
    pub cooldown_seconds: f64,
    /// Whether it never scales in; false.
    pub disable_scale_in: bool,
}

impl Default for TargetTrackingConfig {
    fn default() -> Self {
        TargetTrackingConfig {
            target_utilization: 0.7,
            scale_out_minutes: 3,
            scale_in_minutes: 15,
            scale_in_margin: 0.1,
            cooldown_seconds: 300.0,
            disable_scale_in: false,
        }
    }
}

impl TargetTrackingConfig {
    pub(super) fn check(&self) -> Result<()> {
        let name = |field: &str| format!("policy.target_tracking.{field}");
        positive(&name("target_utilization"), self.target_utilization)?;
        for (field, minutes) in
            [("scale_out_minutes", self.scale_out_minutes), ("scale_in_minutes", self.scale_in_minutes)]
        {
            if !(1..=1440).contains(&minutes) {
                return Err(Error::config(name(field), format!("must be 1 to 1440, got {minutes}")));
            }
        }
        if !(0.0..1.0).contains(&self.scale_in_margin) {
            let problem = format!("must be 0 to below 1, got {}", self.scale_in_margin);
            return Err(Error::config(name("scale_in_margin"), problem));
        }
        if !(0.0..=86_400.0).contains(&self.cooldown_seconds) {
            let problem = format!("must be 0 to 86400, got {}", self.cooldown_seconds);
            return Err(Error::config(name("cooldown_seconds"), problem));
        }
        Ok(())
    }
}

/// A target tracking policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetTracking {
    config: TargetTrackingConfig,
    /// Milliseconds of one data point: a minute, or the interval when that is longer.
    period: i64,
    /// Utilization of the ready replicas at each decision.
    samples: VecDeque<(i64, f64)>,
    changed: Option<i64>,
}

impl TargetTracking {
    /// The law, fed once per `interval_seconds`.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: TargetTrackingConfig, interval_seconds: f64) -> Result<Self> {
        config.check()?;
        let period = whole_milliseconds(interval_seconds)?.max(60_000);
        Ok(TargetTracking { config, period, samples: VecDeque::new(), changed: None })
    }

    /// Means of the last `count` data points, the newest first; NaN where nothing was measured.
    fn points(&self, now: i64, count: u32) -> impl Iterator<Item = f64> {
        let mut samples = self.samples.iter().rev().peekable();
        (1..=i64::from(count)).map(move |back| {
            let since = now.saturating_sub(self.period.saturating_mul(back));
            let (mut sum, mut known) = (0.0, 0.0);
            while let Some((_, value)) = samples.next_if(|(time, _)| *time > since) {
                sum += value;
                known += 1.0;
            }
            sum / known
        })
    }

    fn record(&mut self, now: i64, utilization: f64) {
        let longest = self.config.scale_in_minutes.max(self.config.scale_out_minutes);
        let since = now.saturating_sub(self.period.saturating_mul(longest.into()));
        while self.samples.front().is_some_and(|(time, _)| *time <= since) {
            self.samples.pop_front();
        }
        while self.samples.back().is_some_and(|(time, _)| *time >= now) {
            self.samples.pop_back();
        }
        if utilization.is_finite() {
            self.samples.push_back((now, utilization));
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.config.check().is_ok() && self.period > 0
    }
}

impl Policy for TargetTracking {
    fn name(&self) -> &str {
        "target_tracking"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let Situation { now, fleet, load, service_rate, .. } = *situation;
        let TargetTrackingConfig { target_utilization: target, cooldown_seconds, .. } = self.config;
        self.record(now, load / (f64::from(fleet.ready) * service_rate));
        let current = fleet.requested;
        let metric = self.points(now, 1).next().unwrap_or(f64::NAN);
        if metric.is_nan() {
            return Ok(Proposal { replicas: current, reason: Reason::NoData { replicas: current } });
        }
        let ratio = metric / target;
        let cooldown = (cooldown_seconds * 1000.0) as i64;
        let is_cooling = self.changed.is_some_and(|changed| now.saturating_sub(changed) < cooldown);
        let lower = target * (1.0 - self.config.scale_in_margin);
        let mut replicas = current;
        if self.points(now, self.config.scale_out_minutes).all(|point| point > target) {
            let capacity = if is_cooling { fleet.ready } else { current };
            replicas = ceil_count(f64::from(capacity) * ratio).max(current);
        } else if !self.config.disable_scale_in
            && !is_cooling
            && self.points(now, self.config.scale_in_minutes).all(|point| point < lower)
        {
            replicas = ceil_count(f64::from(current) * ratio).min(current);
        }
        Ok(Proposal { replicas, reason: Reason::MetricRatio { ratio, replicas } })
    }

    fn applied(&mut self, now: i64, before: u32, after: u32) -> Result<()> {
        if before != after {
            self.changed = Some(now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::situation;
    use super::*;

    fn law() -> TargetTracking {
        let config = TargetTrackingConfig { target_utilization: 0.5, ..TargetTrackingConfig::default() };
        TargetTracking::new(config, 60.0).unwrap()
    }

    /// Replicas proposed at each whole minute, for a utilization of `requested` replicas of 100 per second.
    fn minutes(
        law: &mut TargetTracking,
        from: i64,
        count: i64,
        requested: u32,
        utilization: f64,
    ) -> Vec<u32> {
        let load = f64::from(requested) * 100.0 * utilization;
        let ask = |minute| law.propose(&situation(60 * minute, requested, load)).unwrap().replicas;
        (from..from + count).map(ask).collect()
    }

    #[test]
    fn three_minutes_above_the_target_scale_out() {
        assert_eq!(minutes(&mut law(), 0, 3, 4, 0.8), [4, 4, 7]);
    }

    #[test]
    fn what_was_added_within_the_cooldown_counts() {
        let mut law = law();
        minutes(&mut law, 0, 3, 4, 0.8);
        law.applied(120_000, 4, 7).unwrap();
        let mut starting = situation(180, 7, 320.0);
        (starting.fleet.ready, starting.fleet.pending) = (4, 3);
        assert_eq!(law.propose(&starting).unwrap().replicas, 7);
        assert_eq!(law.propose(&Situation { load: 400.0, ..starting }).unwrap().replicas, 8);
    }

    #[test]
    fn fifteen_minutes_far_below_it_scale_in_after_the_cooldown() {
        let mut quiet = law();
        assert_eq!(minutes(&mut quiet, 0, 15, 10, 0.2).last(), Some(&4));
        assert_eq!(minutes(&mut law(), 0, 30, 10, 0.46), [10; 30], "within a tenth of the target");
        quiet.applied(14 * 60_000, 10, 4).unwrap();
        assert_eq!(minutes(&mut quiet, 15, 5, 4, 0.2), [4, 4, 4, 4, 2]);
        let config = TargetTrackingConfig { disable_scale_in: true, ..TargetTrackingConfig::default() };
        assert_eq!(minutes(&mut TargetTracking::new(config, 60.0).unwrap(), 0, 30, 10, 0.1), [10; 30]);
    }

    #[test]
    fn a_minute_without_data_is_no_alarm() {
        let mut law = law();
        minutes(&mut law, 0, 1, 4, 0.8);
        assert_eq!(law.propose(&situation(60, 4, f64::NAN)).unwrap().reason, Reason::NoData { replicas: 4 });
        assert_eq!(minutes(&mut law, 2, 3, 4, 0.8), [4, 4, 7]);
    }
}
