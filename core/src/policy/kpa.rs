//! Knative's pod autoscaler: concurrency averaged over a long and a short window, and panic when the short one asks for
//! twice what is there.
//!
//! `desired = ⌈average in flight/target⌉` over 60 s; in panic, which a 6 s average of twice the capacity begins and 60 s without one
//! end, the largest count asked for since it began. Per decision no more than ×1,000 up and ÷2 down. Source: Knative Serving,
//! `pkg/autoscaler/scaling/autoscaler.go`, and its `config-autoscaler` defaults. Known: on leaving panic the count collapses at once to
//! the long window's; and since Knative decides every 2 s, ÷2 per decision hardly damps there.

use super::buckets::{Buckets, are_recent};
use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation, ceil_count};
use crate::error::{Error, Result, positive};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Settings of [`Kpa`]; the defaults are Knative's, but for the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KpaConfig {
    /// Requests in flight that each replica should have, at least 0.01; 0.7, which is Knative's 70 % of one request at a time (its
    /// default of 70 is 70 % of 100).
    pub target_concurrency: f64,
    /// The long window in seconds; 60.
    pub stable_window_seconds: f64,
    /// The short window, in percent of the long one, 1 to 100; 10.
    pub panic_window_percentage: f64,
    /// Panic begins when the short window asks for this many percent of the ready replicas, above 100; 200.
    pub panic_threshold_percentage: f64,
    /// Largest growth per decision, as a factor above 1; 1,000.
    pub max_scale_up_rate: f64,
    /// Largest shrinking per decision, as a divisor above 1; 2.
    pub max_scale_down_rate: f64,
    /// Seconds over which the largest desired count holds; 0.
    pub scale_down_delay_seconds: f64,
    /// The least that any load at all is given, at least 1; 1.
    pub activation_scale: u32,
    /// Seconds after a whole idle stable window until the last replica goes, where the minimum is 0; 30.
    pub scale_to_zero_grace_seconds: f64,
}

impl Default for KpaConfig {
    fn default() -> Self {
        KpaConfig {
            target_concurrency: 0.7,
            stable_window_seconds: 60.0,
            panic_window_percentage: 10.0,
            panic_threshold_percentage: 200.0,
            max_scale_up_rate: 1000.0,
            max_scale_down_rate: 2.0,
            scale_down_delay_seconds: 0.0,
            activation_scale: 1,
            scale_to_zero_grace_seconds: 30.0,
        }
    }
}

impl KpaConfig {
    pub(super) fn check(&self) -> Result<()> {
        let refuse =
            |field: &str, problem: String| Err(Error::config(format!("policy.kpa.{field}"), problem));
        if !(0.01..=f64::MAX).contains(&self.target_concurrency) {
            return refuse(
                "target_concurrency",
                format!("must be at least 0.01, got {}", self.target_concurrency),
            );
        }
        positive("policy.kpa.stable_window_seconds", self.stable_window_seconds)?;
        if !(1.0..=100.0).contains(&self.panic_window_percentage) {
            let problem = format!("must be 1 to 100, got {}", self.panic_window_percentage);
            return refuse("panic_window_percentage", problem);
        }
        for (field, value, least) in [
            ("panic_threshold_percentage", self.panic_threshold_percentage, 100.0),
            ("max_scale_up_rate", self.max_scale_up_rate, 1.0),
            ("max_scale_down_rate", self.max_scale_down_rate, 1.0),
        ] {
            if !(value.is_finite() && value > least) {
                return refuse(field, format!("must be above {least}, got {value}"));
            }
        }
        for (field, seconds) in [
            ("scale_down_delay_seconds", self.scale_down_delay_seconds),
            ("scale_to_zero_grace_seconds", self.scale_to_zero_grace_seconds),
        ] {
            if !(0.0..=86_400.0).contains(&seconds) {
                return refuse(field, format!("must be 0 to 86400, got {seconds}"));
            }
        }
        if self.activation_scale == 0 {
            return refuse("activation_scale", "must be at least 1, got 0".into());
        }
        Ok(())
    }
}

/// A Knative pod autoscaler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kpa {
    config: KpaConfig,
    in_flight: Buckets,
    load: f64,
    panic: Panic,
    started: bool,
    /// What was desired within the scale-down delay.
    desired: VecDeque<(i64, u32)>,
    idle_since: Option<i64>,
}

/// Since when there is panic, and the largest count asked for in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Panic {
    since: Option<i64>,
    most: u32,
}

impl Kpa {
    /// The law, fed once per `interval_seconds`.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: KpaConfig, interval_seconds: f64) -> Result<Self> {
        config.check()?;
        let window = config.stable_window_seconds;
        let in_flight = Buckets::new("policy.kpa.stable_window_seconds", interval_seconds, window)?;
        Ok(Kpa {
            config,
            in_flight,
            load: f64::NAN,
            panic: Panic::default(),
            started: false,
            desired: VecDeque::new(),
            idle_since: None,
        })
    }

    /// How many more requests the ready replicas could take on at once, kept free of `target_burst_capacity`: below 0,
    /// requests should pass a buffer. For who routes requests: it decides no count, and the engine does not ask it. A burst capacity of 0 never asks for one, one below 0 always does.
    pub fn excess_burst_capacity(
        ready: u32,
        concurrency_per_replica: f64,
        target_burst_capacity: f64,
        in_flight: f64,
    ) -> f64 {
        if target_burst_capacity == 0.0 {
            0.0
        } else if target_burst_capacity < 0.0 {
            -1.0
        } else {
            (f64::from(ready) * concurrency_per_replica - target_burst_capacity - in_flight).floor()
        }
    }

    /// What the averages ask for, with the limits on the speed of change and the panic.
    fn desire(&mut self, now: i64, ready: u32, stable: f64, panic: f64) -> u32 {
        let there = f64::from(ready.max(1));
        let (up, down) = (
            (self.config.max_scale_up_rate * there).ceil(),
            (there / self.config.max_scale_down_rate).floor(),
        );
        let [by_stable, by_panic] =
            [stable, panic].map(|value| (value / self.config.target_concurrency).ceil());
        let is_over = by_panic / there >= self.config.panic_threshold_percentage / 100.0;
        let bounded = |raw: f64| {
            let least = if raw > 0.0 { self.config.activation_scale } else { 0 };
            ceil_count(raw.clamp(down, up)).max(least)
        };
        let (by_stable, by_panic) = (bounded(by_stable), bounded(by_panic));
        let calm_after = (self.config.stable_window_seconds * 1000.0) as i64;
        if is_over {
            self.panic.since = Some(now);
        } else if self.panic.since.is_some_and(|since| since.saturating_add(calm_after) < now) {
            self.panic = Panic::default();
        }
        if self.panic.since.is_none() {
            return by_stable;
        }
        self.panic.most = self.panic.most.max(by_stable).max(by_panic);
        self.panic.most
    }

    /// The largest count desired within the scale-down delay.
    fn delayed(&mut self, now: i64, wanted: u32) -> u32 {
        let since = now.saturating_sub((self.config.scale_down_delay_seconds * 1000.0) as i64);
        while self.desired.front().is_some_and(|(time, _)| *time <= since) {
            self.desired.pop_front();
        }
        // What is smaller and older than the newest will never be the largest.
        while self.desired.back().is_some_and(|(time, count)| *time >= now || *count <= wanted) {
            self.desired.pop_back();
        }
        self.desired.push_back((now, wanted));
        self.desired.front().map_or(wanted, |(_, count)| *count)
    }

    /// The last replica stays until a whole stable window was idle and the grace is over.
    fn last_replica(&mut self, now: i64, current: u32, wanted: u32) -> u32 {
        if wanted > 0 || current == 0 {
            self.idle_since = None;
            return wanted;
        }
        let since = *self.idle_since.get_or_insert(now);
        let wait = self.config.stable_window_seconds + self.config.scale_to_zero_grace_seconds;
        u32::from(now.saturating_sub(since) < (wait * 1000.0) as i64)
    }

    pub(super) fn is_whole(&self) -> bool {
        let falling = self.desired.iter().zip(self.desired.iter().skip(1)).all(|(a, b)| a.1 > b.1);
        self.config.check().is_ok()
            && self.in_flight.is_whole()
            && (self.load.is_nan() || (0.0..=f64::MAX).contains(&self.load))
            && falling
            && are_recent(&self.desired, (self.config.scale_down_delay_seconds * 1000.0) as i64)
    }
}

impl Policy for Kpa {
    fn name(&self) -> &str {
        "kpa"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn observe(&mut self, _time: i64, load: f64) -> Result<()> {
        self.load = load;
        Ok(())
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let Situation { now, fleet, .. } = *situation;
        let held =
            Proposal { replicas: fleet.requested, reason: Reason::NoData { replicas: fleet.requested } };
        self.in_flight.record(now, situation.concurrency(self.load)?);
        let window = self.config.stable_window_seconds;
        let stable = self.in_flight.average(now, window);
        let panic = self.in_flight.average(now, window * self.config.panic_window_percentage / 100.0);
        if stable.is_nan() || panic.is_nan() {
            return Ok(held);
        }
        if !self.started && fleet.ready > 1 {
            self.panic = Panic { since: Some(now), most: fleet.ready };
        }
        self.started = true;
        let desired = self.desire(now, fleet.ready, stable, panic);
        let delayed = self.delayed(now, desired);
        let replicas = self.last_replica(now, fleet.requested, delayed);
        let ratio = stable / (self.config.target_concurrency * f64::from(fleet.ready.max(1)));
        let reason = match self.panic.since {
            Some(_) => Reason::Panicking { replicas },
            None => Reason::MetricRatio { ratio, replicas },
        };
        Ok(Proposal { replicas, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::situation;
    use super::*;

    fn kpa(config: KpaConfig) -> Kpa {
        Kpa::new(KpaConfig { target_concurrency: 70.0, ..config }, 15.0).unwrap()
    }

    #[test]
    fn twice_the_capacity_is_panic() {
        assert_eq!(kpa(KpaConfig::default()).desire(0, 3, 150.0, 450.0), 7);
    }

    #[test]
    fn it_halves_at_most() {
        assert_eq!(kpa(KpaConfig::default()).desire(0, 10, 60.0, 40.0), 5);
    }

    #[test]
    fn panic_never_falls_and_ends_after_a_calm_window() {
        let mut law = kpa(KpaConfig::default());
        assert_eq!(law.desire(0, 3, 150.0, 450.0), 7);
        assert_eq!([15, 30, 60].map(|now| law.desire(now * 1000, 7, 70.0, 70.0)), [7, 7, 7]);
        assert_eq!(law.desire(61_000, 7, 70.0, 70.0), 3, "and collapses, by no more than half");
    }

    #[test]
    fn the_burst_capacity_of_the_law() {
        assert_eq!(Kpa::excess_burst_capacity(2, 100.0, 211.0, 30.0), -41.0);
        assert_eq!(Kpa::excess_burst_capacity(2, 100.0, 0.0, 30.0), 0.0);
        assert_eq!(Kpa::excess_burst_capacity(2, 100.0, -1.0, 30.0), -1.0);
    }

    #[test]
    fn a_fleet_that_it_finds_is_kept_for_a_window() {
        let mut law = kpa(KpaConfig::default());
        let ask = |law: &mut Kpa, second: i64| {
            let at = Situation { in_flight: 70.0, ..situation(second, 9, f64::NAN) };
            law.propose(&at).unwrap().replicas
        };
        assert_eq!([0, 30, 60].map(|second| ask(&mut law, second)), [9, 9, 9]);
        assert_eq!(ask(&mut law, 75), 4);
    }

    #[test]
    fn the_last_replica_goes_after_an_idle_window_and_the_grace() {
        let mut law = kpa(KpaConfig { scale_to_zero_grace_seconds: 45.0, ..KpaConfig::default() });
        let mut ask = |second: i64, requested: u32, in_flight: f64| {
            let at = Situation { in_flight, min_replicas: 0, ..situation(second, requested, f64::NAN) };
            law.propose(&at).unwrap().replicas
        };
        assert_eq!([0, 60, 104].map(|second| ask(second, 1, 0.0)), [1, 1, 1]);
        assert_eq!(ask(105, 1, 0.0), 0);
        assert_eq!((ask(120, 0, 0.0), ask(135, 0, 300.0)), (0, 5), "300 in flight are panic");
    }

    #[test]
    fn the_delay_keeps_the_largest() {
        let mut law = kpa(KpaConfig { scale_down_delay_seconds: 30.0, ..KpaConfig::default() });
        assert_eq!(
            [(0, 5), (10, 9), (20, 3), (39, 2), (41, 4)].map(|(now, n)| law.delayed(now * 1000, n)),
            [5, 9, 9, 9, 4]
        );
    }

    #[test]
    fn a_damaged_state_is_seen() {
        let mut law = kpa(KpaConfig { scale_down_delay_seconds: 30.0, ..KpaConfig::default() });
        for (second, wanted) in [(0, 9), (10, 5), (20, 3)] {
            law.delayed(second * 1000, wanted);
        }
        assert!(law.desired.len() == 3 && law.is_whole());
        for desired in
            [[(0, 5), (1, 9)], [(1, 9), (0, 5)], [(0, 9), (30_001, 5)], [(i64::MIN, 9), (i64::MAX, 5)]]
        {
            law.desired = VecDeque::from(desired);
            assert!(!law.is_whole(), "{desired:?}");
        }
    }

    #[test]
    fn without_any_sample_it_does_not_decide() {
        let proposal = kpa(KpaConfig::default()).propose(&situation(0, 4, f64::NAN)).unwrap();
        assert_eq!((proposal.replicas, proposal.reason), (4, Reason::NoData { replicas: 4 }));
    }
}
