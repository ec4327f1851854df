//! AIBrix' adaptive pod autoscaler: proportional to the metric of each replica, outside of a band around the target.
//!
//! `r = mean metric of each replica over 180 s / target`; above 1.1 `min(⌈n·r⌉, 2n)`, below 0.9 `max(⌈n·r⌉, ⌊n/2⌋)`, else n. On the way down,
//! the largest count recommended within 300 s holds, as AIBrix' documents and everyone's cooldown mean it; its code takes the **lowest**, as
//! this law does without `hpa_stabilization`. Source: AIBrix, `pkg/controller/podautoscaler/algorithm/apa.go`.

use super::buckets::{Buckets, are_recent};
use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation, ceil_count};
use crate::error::{Error, Result, not_negative, positive};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Settings of [`AibrixApa`]; the defaults are AIBrix', but for the target and a defect of its code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AibrixApaConfig {
    /// Target utilization of each replica's service rate, above 0; 0.7.
    pub target_utilization: f64,
    /// Relative excess over the target that is let pass; 0.1.
    pub tolerance_up: f64,
    /// Relative shortfall below the target that is let pass; 0.1.
    pub tolerance_down: f64,
    /// Seconds that the metric is averaged over; 180.
    pub window_seconds: f64,
    /// Largest growth per decision, as a factor above 1; 2.
    pub max_scale_up_rate: f64,
    /// Largest shrinking per decision, as a divisor above 1; 2.
    pub max_scale_down_rate: f64,
    /// Seconds over which the largest recommendation holds on the way up, 0 to 86,400; 0.
    pub scale_up_cooldown_seconds: f64,
    /// Seconds over which the largest recommendation holds on the way down, 0 to 86,400; 300.
    pub scale_down_cooldown_seconds: f64,
    /// Whether the largest recommendation holds on the way down, as in Kubernetes, or the lowest, as AIBrix' code has it; true.
    pub hpa_stabilization: bool,
}

impl Default for AibrixApaConfig {
    fn default() -> Self {
        AibrixApaConfig {
            target_utilization: 0.7,
            tolerance_up: 0.1,
            tolerance_down: 0.1,
            window_seconds: 180.0,
            max_scale_up_rate: 2.0,
            max_scale_down_rate: 2.0,
            scale_up_cooldown_seconds: 0.0,
            scale_down_cooldown_seconds: 300.0,
            hpa_stabilization: true,
        }
    }
}

impl AibrixApaConfig {
    pub(super) fn check(&self) -> Result<()> {
        let name = |field: &str| format!("policy.aibrix_apa.{field}");
        positive(&name("target_utilization"), self.target_utilization)?;
        not_negative(&name("tolerance_up"), self.tolerance_up)?;
        not_negative(&name("tolerance_down"), self.tolerance_down)?;
        positive(&name("window_seconds"), self.window_seconds)?;
        for (field, rate) in
            [("max_scale_up_rate", self.max_scale_up_rate), ("max_scale_down_rate", self.max_scale_down_rate)]
        {
            if !(rate.is_finite() && rate > 1.0) {
                return Err(Error::config(name(field), format!("must be above 1, got {rate}")));
            }
        }
        for (field, seconds) in [
            ("scale_up_cooldown_seconds", self.scale_up_cooldown_seconds),
            ("scale_down_cooldown_seconds", self.scale_down_cooldown_seconds),
        ] {
            if !(0.0..=86_400.0).contains(&seconds) {
                return Err(Error::config(name(field), format!("must be 0 to 86400, got {seconds}")));
            }
        }
        Ok(())
    }
}

/// An adaptive pod autoscaler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AibrixApa {
    config: AibrixApaConfig,
    load: f64,
    metric: Buckets,
    recommendations: VecDeque<(i64, u32)>,
}

impl AibrixApa {
    /// The law, fed once per `interval_seconds`.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: AibrixApaConfig, interval_seconds: f64) -> Result<Self> {
        config.check()?;
        let metric =
            Buckets::new("policy.aibrix_apa.window_seconds", interval_seconds, config.window_seconds)?;
        Ok(AibrixApa { config, load: f64::NAN, metric, recommendations: VecDeque::new() })
    }

    /// What the ratio of metric to target asks for.
    fn recommend(&self, current: u32, ratio: f64) -> u32 {
        let count = f64::from(current);
        if ratio > 1.0 + self.config.tolerance_up {
            ceil_count((count * ratio).ceil().min((count * self.config.max_scale_up_rate).ceil()))
        } else if ratio < 1.0 - self.config.tolerance_down {
            ceil_count((count * ratio).ceil().max((count / self.config.max_scale_down_rate).floor()))
        } else {
            current
        }
    }

    /// What the recommendations of the cooldown make of the newest.
    fn cooled(&mut self, now: i64, current: u32, wanted: u32) -> u32 {
        let AibrixApaConfig { scale_up_cooldown_seconds: up, scale_down_cooldown_seconds: down, .. } =
            self.config;
        let since = |seconds: f64| now.saturating_sub((seconds * 1000.0) as i64);
        while self.recommendations.front().is_some_and(|(time, _)| *time <= since(up.max(down))) {
            self.recommendations.pop_front();
        }
        while self.recommendations.back().is_some_and(|(time, _)| *time >= now) {
            self.recommendations.pop_back();
        }
        self.recommendations.push_back((now, wanted));
        let within = |seconds: f64| {
            let recent = self.recommendations.iter().filter(move |(time, _)| *time > since(seconds));
            recent.map(|(_, count)| *count)
        };
        match wanted.cmp(&current) {
            std::cmp::Ordering::Greater => within(up).fold(wanted, u32::max),
            std::cmp::Ordering::Less if self.config.hpa_stabilization => {
                within(down).fold(wanted, u32::max).min(current)
            }
            std::cmp::Ordering::Less => within(down).fold(wanted, u32::min),
            std::cmp::Ordering::Equal => current,
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        let AibrixApaConfig { scale_up_cooldown_seconds: up, scale_down_cooldown_seconds: down, .. } =
            self.config;
        self.config.check().is_ok()
            && self.metric.is_whole()
            && (self.load.is_nan() || (0.0..=f64::MAX).contains(&self.load))
            && are_recent(&self.recommendations, (up.max(down) * 1000.0) as i64)
    }
}

impl Policy for AibrixApa {
    fn name(&self) -> &str {
        "aibrix_apa"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn observe(&mut self, _time: i64, load: f64) -> Result<()> {
        self.load = load;
        Ok(())
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let Situation { now, fleet, service_rate, .. } = *situation;
        self.metric.record(now, self.load / f64::from(fleet.ready));
        let mean = self.metric.average(now, self.config.window_seconds);
        let current = fleet.requested;
        if mean.is_nan() || current == 0 {
            return Ok(Proposal { replicas: current, reason: Reason::NoData { replicas: current } });
        }
        // No JSON text can say infinity.
        let ratio = (mean / (self.config.target_utilization * service_rate)).min(f64::MAX);
        let wanted = self.recommend(current, ratio);
        let replicas = self.cooled(now, current, wanted);
        Ok(Proposal { replicas, reason: Reason::MetricRatio { ratio, replicas: wanted } })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::situation;
    use super::*;

    fn law(config: AibrixApaConfig) -> AibrixApa {
        AibrixApa::new(AibrixApaConfig { target_utilization: 0.5, ..config }, 10.0).unwrap()
    }

    fn ask(law: &mut AibrixApa, second: i64, current: u32, mean: f64) -> u32 {
        law.observe(second * 1000, mean * f64::from(current)).unwrap();
        law.propose(&situation(second, current, f64::NAN)).unwrap().replicas
    }

    #[test]
    fn proportional_outside_of_the_band_and_by_two_at_most() {
        let first = |mean| ask(&mut law(AibrixApaConfig::default()), 0, 4, mean);
        assert_eq!([80.0, 10.0, 54.0, 46.0, 500.0].map(first), [7, 2, 4, 4, 8]);
    }

    #[test]
    fn on_the_way_down_the_code_takes_the_lowest_and_its_documents_mean_the_largest() {
        for (hpa_stabilization, last) in [(false, 4), (true, 7)] {
            // One sample a window, so that the average is the sample.
            let config =
                AibrixApaConfig { window_seconds: 10.0, hpa_stabilization, ..AibrixApaConfig::default() };
            let mut law = law(config);
            let counts = [(0, 20.0), (10, 40.0), (20, 35.0)].map(|(now, mean)| ask(&mut law, now, 8, mean));
            assert_eq!(counts, [4, last, last], "4, 7 and 6 are recommended");
        }
    }

    #[test]
    fn a_damaged_state_is_seen() {
        let mut law = law(AibrixApaConfig::default());
        for second in [0, 10, 400] {
            ask(&mut law, second, 8, 20.0);
        }
        assert!(law.is_whole() && !law.recommendations.is_empty());
        law.recommendations.push_back((0, 1));
        assert!(!law.is_whole(), "backwards");
        law.recommendations = VecDeque::from([(0, 1), (300_001, 1)]);
        assert!(!law.is_whole(), "older than the cooldown");
        law.recommendations.clear();
        law.load = f64::INFINITY;
        assert!(!law.is_whole());
    }

    #[test]
    fn at_zero_it_stays() {
        assert_eq!(ask(&mut law(AibrixApaConfig::default()), 0, 0, 50.0), 0);
    }
}
