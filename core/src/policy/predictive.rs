//! Our own law: enough replicas for the latency target at the load that is worth serving when they are ready.
//!
//! `replicas = min { c : the M/M/c response quantile with c servers meets the target at load L }`, where `L` is the
//! load at the lead time that is worth its replicas (see [`super::Peak`]). Queueing, not a fixed utilization:
//! a small fleet needs more headroom than a large one for the same promise. While there is no forecast, `L` is the
//! load observed now. The engine's rails make scale-in wait until the whole window allows it.
//!
//! Forecast, sizing, quantile, feedback, operating point, transition, rails: each stage can be switched off. What each is worth was
//! measured and stands in the documentation of the engine; those that were worth nothing are off.

use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation, ceil_count, replicas_for};
use crate::error::{Error, Result};
use crate::scaling::Transition;
use serde::{Deserialize, Serialize};

/// Settings of [`Predictive`]: its stages.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PredictiveConfig {
    /// Whether the load at the lead time is sized for, or the load observed now; true.
    pub forecast: bool,
    /// How replicas follow from a load; by queueing.
    pub sizing: Sizing,
    /// Which quantile of the forecast is sized for; the marginal rule.
    pub quantile: QuantileRule,
    /// Gain, per lead time, of a feedback on the error that the forecasts keep making: the scaling identity's integral term on the
    /// relative error; 0 to 1; 0, which is none.
    pub feedback: f64,
    /// What of the laws that were tried in parallel on the load that came is followed; the cheapest at the configured price.
    pub operating_point: OperatingPoint,
    /// Seconds over which replicas are added along a sigmoid instead of at once; 0, at once; at most 3,600.
    pub transition_seconds: f64,
    /// Whether the engine's rails apply; without, only the smallest and the largest count do; true.
    pub rails: bool,
}

/// How replicas follow from a load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Sizing {
    /// The least count whose response time by the M/M/c queue meets the target.
    #[default]
    Queueing,
    /// The least count that is used to this share at the most, above 0 and at most 1, as autoscalers by utilization do.
    Utilization(f64),
}

/// Which quantile of the load's distribution is sized for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum QuantileRule {
    /// The one at which a further replica costs as much as the violations that it saves: higher where the distribution is tight.
    #[default]
    Marginal,
    /// The newsvendor's `ratio/(1 + ratio)` at all times.
    Newsvendor,
}

/// Which of many laws, each tried on the load that came, is followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum OperatingPoint {
    /// The forecast at the configured cost ratio, whatever came.
    Off,
    /// The one with the least cost plus violations at the configured cost ratio.
    #[default]
    Price,
    /// The one with the largest product utility, (mean need/cost)·(share of the time that the promise was kept)^ratio.
    Product,
}

impl Default for PredictiveConfig {
    fn default() -> Self {
        PredictiveConfig {
            forecast: true,
            sizing: Sizing::default(),
            quantile: QuantileRule::default(),
            feedback: 0.0,
            operating_point: OperatingPoint::default(),
            transition_seconds: 0.0,
            rails: true,
        }
    }
}

impl PredictiveConfig {
    /// Refuses settings out of range.
    pub(super) fn check(&self) -> Result<()> {
        let refuse =
            |field: &str, problem: String| Err(Error::config(format!("policy.predictive.{field}"), problem));
        if let Sizing::Utilization(share) = self.sizing
            && !(share > 0.0 && share <= 1.0)
        {
            return refuse("sizing.utilization", format!("must be above 0 and at most 1, got {share}"));
        }
        if !(0.0..=1.0).contains(&self.feedback) {
            return refuse("feedback", format!("must be 0 to 1, got {}", self.feedback));
        }
        if !(0.0..=3600.0).contains(&self.transition_seconds) {
            return refuse(
                "transition_seconds",
                format!("must be 0 to 3600, got {}", self.transition_seconds),
            );
        }
        Ok(())
    }
}

impl Sizing {
    /// Replicas for a load under the target.
    pub(crate) fn replicas(self, load: f64, situation: &Situation) -> Result<u32> {
        let Situation { service_rate, target, max_replicas, .. } = *situation;
        match self {
            Sizing::Queueing => replicas_for(load, service_rate, target, max_replicas),
            Sizing::Utilization(share) => Ok(ceil_count(load / (share * service_rate))),
        }
    }
}

/// Sizing by queueing for the load that is worth serving.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Predictive {
    config: PredictiveConfig,
    plan: Option<Plan>,
}

/// Growth under way: from how many replicas to how many, since when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Plan {
    from: u32,
    to: u32,
    since: i64,
}

impl Predictive {
    /// The law with these settings.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting and its value.
    pub fn new(config: PredictiveConfig) -> Result<Self> {
        config.check()?;
        Ok(Predictive { config, plan: None })
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.config.check().is_ok() && self.plan.is_none_or(|plan| plan.from < plan.to)
    }

    /// What of the growth to `wanted` is due at `now`, at least `floor`.
    fn planned(&mut self, now: i64, ordered: u32, wanted: u32, floor: u32) -> Result<u32> {
        if self.config.transition_seconds <= 0.0 || wanted <= ordered.max(floor) {
            self.plan = None;
            return Ok(wanted);
        }
        let under_way =
            self.plan.filter(|plan| plan.to >= wanted && plan.since <= now && plan.from <= ordered);
        let plan = under_way.unwrap_or(Plan { from: ordered, to: wanted, since: now });
        self.plan = Some(plan);
        let way = Transition::over(plan.from.into(), plan.to.into(), 0.0, self.config.transition_seconds)?;
        let due = way.replicas(now.saturating_sub(plan.since) as f64 / 1000.0)?;
        Ok(u32::try_from(due).unwrap_or(u32::MAX).clamp(floor.min(wanted), wanted))
    }
}

impl Policy for Predictive {
    fn name(&self) -> &'static str {
        "predictive"
    }

    fn damping(&self) -> Damping {
        if self.config.rails { Damping::Engine } else { Damping::Own }
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let peak = situation.peak.filter(|_| self.config.forecast);
        if peak.is_none() && situation.load.is_nan() {
            let replicas = situation.fleet.ordered();
            return Ok(Proposal { replicas, reason: Reason::NoData { replicas } });
        }
        let load = peak.map_or(situation.load, |peak| peak.upper);
        let wanted = self.config.sizing.replicas(load, situation)?;
        let floor = situation.reactive.min(wanted);
        let replicas = self.planned(situation.now, situation.fleet.ordered(), wanted, floor)?;
        let reason = match peak {
            Some(_) => Reason::ForecastPeak { load, replicas },
            None => Reason::ObservedLoad { load, replicas },
        };
        Ok(Proposal { replicas, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::Target;
    use crate::policy::{Fleet, Peak};

    fn situation(now: i64, ordered: u32) -> Situation {
        Situation {
            now,
            fleet: Fleet::new(ordered, ordered),
            load: 100.0,
            in_flight: f64::NAN,
            reactive: 13,
            peak: Some(Peak { lower: 90.0, expected: 150.0, upper: 200.0 }),
            lead_seconds: 135.0,
            service_rate: 10.0,
            target: Target::ResponseQuantile(0.95, 0.4),
            min_replicas: 1,
            max_replicas: 1000,
        }
    }

    fn proposed(config: PredictiveConfig) -> u32 {
        Predictive::new(config).unwrap().propose(&situation(0, 13)).unwrap().replicas
    }

    #[test]
    fn each_stage_can_be_switched_off() {
        let usual = PredictiveConfig::default();
        assert_eq!(proposed(usual), 22, "200 erlang a tenth, by M/M/c");
        assert_eq!(proposed(PredictiveConfig { forecast: false, ..usual }), 12, "the load observed now");
        assert_eq!(proposed(PredictiveConfig { sizing: Sizing::Utilization(0.5), ..usual }), 40);
        let free = Predictive::new(PredictiveConfig { rails: false, ..usual }).unwrap();
        assert_eq!((free.damping(), Predictive::default().damping()), (Damping::Own, Damping::Engine));
    }

    #[test]
    fn growth_follows_the_sigmoid_and_arrives() {
        let config = PredictiveConfig { transition_seconds: 120.0, ..PredictiveConfig::default() };
        let mut law = Predictive::new(config).unwrap();
        let mut ordered = 13;
        let mut path = Vec::new();
        for step in 0..9 {
            ordered = law.propose(&situation(15_000 * step, ordered)).unwrap().replicas;
            path.push(ordered);
            assert!(law.is_whole());
        }
        assert!(path.is_sorted() && path[0] == 13 && path[4] == 18 && path[8] == 22, "{path:?}");
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let problem = |json: &str| {
            let config: PredictiveConfig = serde_json::from_str(json).unwrap();
            config.check().unwrap_err().to_string()
        };
        for (json, message) in [
            (r#"{"sizing": {"utilization": 0}}"#, "policy.predictive.sizing.utilization: "),
            (r#"{"sizing": {"utilization": 1.1}}"#, "policy.predictive.sizing.utilization: "),
            (r#"{"feedback": -0.1}"#, "policy.predictive.feedback: must be 0 to 1, got -0.1"),
            (r#"{"transition_seconds": 3601}"#, "policy.predictive.transition_seconds: "),
        ] {
            assert!(problem(json).starts_with(message), "{json}: {}", problem(json));
        }
        for json in [
            r#"{"sizing": "magic"}"#,
            r#"{"quantile": 0.9}"#,
            r#"{"stage": true}"#,
            r#"{"operating_point": true}"#,
        ] {
            assert!(serde_json::from_str::<PredictiveConfig>(json).is_err(), "{json}");
        }
    }
}
