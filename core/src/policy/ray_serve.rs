//! Ray Serve's autoscaler: enough replicas for the ongoing requests, once that has been so for a while.
//!
//! `raw = ongoing/target`, `desired = ⌈n + factor·(raw − n)⌉`, one less when that is still n though raw is below it; it must point the same way at
//! every decision for 30 s up or 600 s down. From zero, any request brings `⌈factor⌉` replicas at once. Source: Ray,
//! `python/ray/serve/autoscaling_policy.py`.

use super::buckets::Buckets;
use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation, ceil_count};
use crate::error::{Error, Result, positive};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Settings of [`RayServe`]; the defaults are Ray's, but for the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RayServeConfig {
    /// Ongoing requests that each replica should have, above 0; 0.7 (Ray's own default is 2, for replicas that serve several at once).
    pub target_ongoing_requests: f64,
    /// Share of the distance to the desired count that is gone on the way up, above 0; 1.
    pub upscaling_factor: f64,
    /// The same on the way down; 1.
    pub downscaling_factor: f64,
    /// Seconds that more must have been desired, 0 to 86,400; 30.
    pub upscale_delay_seconds: f64,
    /// Seconds that less must have been desired, 0 to 86,400; 600.
    pub downscale_delay_seconds: f64,
    /// Seconds that the ongoing requests are averaged over; 30.
    pub look_back_seconds: f64,
}

impl Default for RayServeConfig {
    fn default() -> Self {
        RayServeConfig {
            target_ongoing_requests: 0.7,
            upscaling_factor: 1.0,
            downscaling_factor: 1.0,
            upscale_delay_seconds: 30.0,
            downscale_delay_seconds: 600.0,
            look_back_seconds: 30.0,
        }
    }
}

impl RayServeConfig {
    pub(super) fn check(&self) -> Result<()> {
        let name = |field: &str| format!("policy.ray_serve.{field}");
        positive(&name("target_ongoing_requests"), self.target_ongoing_requests)?;
        positive(&name("upscaling_factor"), self.upscaling_factor)?;
        positive(&name("downscaling_factor"), self.downscaling_factor)?;
        positive(&name("look_back_seconds"), self.look_back_seconds)?;
        for (field, seconds) in [
            ("upscale_delay_seconds", self.upscale_delay_seconds),
            ("downscale_delay_seconds", self.downscale_delay_seconds),
        ] {
            if !(0.0..=86_400.0).contains(&seconds) {
                return Err(Error::config(name(field), format!("must be 0 to 86400, got {seconds}")));
            }
        }
        Ok(())
    }
}

/// Ray Serve's autoscaler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RayServe {
    config: RayServeConfig,
    load: f64,
    ongoing: Buckets,
    /// Since when a change has been desired, and whether it is growth.
    pointing: Option<(i64, bool)>,
}

impl RayServe {
    /// The law, fed once per `interval_seconds`.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: RayServeConfig, interval_seconds: f64) -> Result<Self> {
        config.check()?;
        let window = config.look_back_seconds;
        let ongoing = Buckets::new("policy.ray_serve.look_back_seconds", interval_seconds, window)?;
        Ok(RayServe { config, load: f64::NAN, ongoing, pointing: None })
    }

    fn desire(&self, current: u32, ongoing: f64) -> u32 {
        let (count, raw) = (f64::from(current), ongoing / self.config.target_ongoing_requests);
        let factor = if raw > count { self.config.upscaling_factor } else { self.config.downscaling_factor };
        let desired = ceil_count(count + factor * (raw - count));
        if desired == current && raw < count { current.saturating_sub(1) } else { desired }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.config.check().is_ok()
            && self.ongoing.is_whole()
            && (self.load.is_nan() || (0.0..=f64::MAX).contains(&self.load))
    }
}

impl Policy for RayServe {
    fn name(&self) -> &str {
        "ray_serve"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn observe(&mut self, _time: i64, load: f64) -> Result<()> {
        self.load = load;
        Ok(())
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let Situation { now, fleet, min_replicas, max_replicas, .. } = *situation;
        let current = fleet.requested;
        self.ongoing.record(now, situation.concurrency(self.load)?);
        let ongoing = self.ongoing.average(now, self.config.look_back_seconds);
        if ongoing.is_nan() {
            return Ok(Proposal { replicas: current, reason: Reason::NoData { replicas: current } });
        }
        // No JSON text can say infinity.
        let target = self.config.target_ongoing_requests * f64::from(current.max(1));
        let ratio = (ongoing / target).min(f64::MAX);
        let answer = |replicas| Ok(Proposal { replicas, reason: Reason::MetricRatio { ratio, replicas } });
        if current == 0 {
            return answer(if ongoing > 0.0 { ceil_count(self.config.upscaling_factor) } else { 0 });
        }
        let desired = self.desire(current, ongoing).max(min_replicas).min(max_replicas);
        let (is_growth, delay) = match desired.cmp(&current) {
            Ordering::Greater => (true, self.config.upscale_delay_seconds),
            Ordering::Less => (false, self.config.downscale_delay_seconds),
            Ordering::Equal => {
                self.pointing = None;
                return answer(current);
            }
        };
        let since = match self.pointing {
            Some((since, same)) if same == is_growth => since,
            _ => now,
        };
        self.pointing = Some((since, is_growth));
        let has_lasted = now.saturating_sub(since) >= (delay * 1000.0) as i64;
        answer(if has_lasted { desired } else { current })
    }

    fn applied(&mut self, _now: i64, before: u32, after: u32) -> Result<()> {
        if before != after {
            self.pointing = None;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::situation;
    use super::*;

    fn law() -> RayServe {
        RayServe::new(RayServeConfig { target_ongoing_requests: 2.0, ..RayServeConfig::default() }, 10.0)
            .unwrap()
    }

    fn ask(law: &mut RayServe, second: i64, current: u32, in_flight: f64) -> u32 {
        let at = Situation { in_flight, min_replicas: 0, ..situation(second, current, f64::NAN) };
        law.propose(&at).unwrap().replicas
    }

    #[test]
    fn more_must_be_desired_for_thirty_seconds() {
        let mut law = law();
        assert_eq!([0, 10, 20, 30].map(|now| ask(&mut law, now, 4, 20.0)), [4, 4, 4, 10]);
    }

    #[test]
    fn a_change_of_mind_begins_anew() {
        let mut law = law();
        // Shorter than the time between decisions: only the last sample counts.
        law.config.look_back_seconds = 5.0;
        let steps = [(0, 20.0), (20, 8.0), (30, 20.0), (50, 20.0), (60, 20.0)];
        assert_eq!(steps.map(|(now, ongoing)| ask(&mut law, now, 4, ongoing)), [4, 4, 4, 4, 10]);
    }

    #[test]
    fn less_must_be_desired_for_ten_minutes_and_goes_on_after_it_was_applied() {
        let mut law = law();
        assert_eq!([0, 590, 600].map(|now| ask(&mut law, now, 4, 2.0)), [4, 4, 1]);
        law.applied(600_000, 4, 1).unwrap();
        assert_eq!(ask(&mut law, 610, 3, 2.0), 3);
    }

    #[test]
    fn it_never_stands_still_above_what_is_needed() {
        assert_eq!(law().desire(4, 7.9), 3);
    }

    #[test]
    fn from_zero_any_request_counts_at_once() {
        assert_eq!((ask(&mut law(), 0, 0, 0.0), ask(&mut law(), 0, 0, 0.1)), (0, 1));
    }
}
