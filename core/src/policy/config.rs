//! Policies by name or with settings, and one type that holds any of them, so that an engine can be saved whole.

use super::aibrix_apa::{AibrixApa, AibrixApaConfig};
use super::aws_predictive::{AwsPredictive, AwsPredictiveConfig};
use super::crane::{Crane, CraneConfig};
use super::custom::{CustomPolicy, Own};
use super::dynamo::{Dynamo, DynamoConfig};
use super::hpa::{Hpa, HpaConfig};
use super::kpa::{Kpa, KpaConfig};
use super::oracle::Oracle;
use super::predictive::{Predictive, PredictiveConfig};
use super::q_learning::{QLearning, QLearningConfig};
use super::q_table::QTable;
use super::ray_serve::{RayServe, RayServeConfig};
use super::schedule::{Schedule, ScheduleConfig};
use super::seasonal_max::{SeasonalMax, SeasonalMaxConfig};
use super::situation::{Damping, Policy, Proposal, Situation};
use super::static_count::Static;
use super::target_tracking::{TargetTracking, TargetTrackingConfig};
use crate::config;
use crate::error::{Error, Result};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Error as _, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Which policy, with its settings. In JSON the bare name, or `{"hpa": {"target_utilization": 0.6}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", remote = "Self")]
pub enum PolicyConfig {
    /// A fixed count.
    Static(Static),
    /// The Kubernetes horizontal pod autoscaler.
    Hpa(HpaConfig),
    /// The autoscaler with last season's peak as a second metric.
    SeasonalMax(SeasonalMaxConfig),
    /// Ours.
    Predictive(PredictiveConfig),
    /// Full knowledge of the future; only in simulation.
    Oracle {},
    /// Target tracking as in AWS.
    TargetTracking(TargetTrackingConfig),
    /// Knative's pod autoscaler.
    Kpa(KpaConfig),
    /// Counts by cron expressions.
    Schedule(ScheduleConfig),
    /// Predictive scaling as in AWS.
    AwsPredictive(AwsPredictiveConfig),
    /// Crane's effective horizontal pod autoscaler.
    Crane(CraneConfig),
    /// AIBrix' adaptive pod autoscaler.
    AibrixApa(AibrixApaConfig),
    /// Ray Serve's autoscaler.
    RayServe(RayServeConfig),
    /// NVIDIA Dynamo's planner.
    Dynamo(DynamoConfig),
    /// A table that learns from rewards.
    QLearning(QLearningConfig),
    /// A policy of the user's own. Only its name can be written as text.
    Custom(CustomPolicy),
}

// The derived code knows names with settings; `remote` leaves room for the bare name around it.
impl Serialize for PolicyConfig {
    fn serialize<S: Serializer>(&self, target: S) -> std::result::Result<S::Ok, S::Error> {
        PolicyConfig::serialize(self, target)
    }
}

impl<'de> Deserialize<'de> for PolicyConfig {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        source.deserialize_any(NameOrSettings)
    }
}

/// Reads a policy from its bare name, or from an object of the name and the settings.
struct NameOrSettings;

impl<'de> Visitor<'de> for NameOrSettings {
    type Value = PolicyConfig;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a policy, or an object of one name and its settings")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> std::result::Result<PolicyConfig, E> {
        PolicyConfig::deserialize(serde_json::json!({ name: {} })).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut settings: A) -> std::result::Result<PolicyConfig, A::Error> {
        let policy = PolicyConfig::deserialize(MapAccessDeserializer::new(&mut settings))?;
        match settings.next_key::<IgnoredAny>()? {
            Some(_) => Err(A::Error::invalid_type(Unexpected::Map, &self)),
            None => Ok(policy),
        }
    }
}

impl Default for PolicyConfig {
    fn default() -> Self {
        PolicyConfig::Predictive(PredictiveConfig::default())
    }
}

impl PolicyConfig {
    /// Reads a policy by its name, or from JSON text with its settings.
    ///
    /// # Errors
    /// [`Error::Config`] names the policy or setting that is unknown.
    pub fn from_text(text: &str) -> Result<Self> {
        let is_name = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_name {
            config::from_json("config", &format!("\"{text}\""))
        } else {
            config::from_json("config", text)
        }
    }

    /// Refuses settings out of range; what depends on an engine's interval is checked when the engine is made.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting and its value.
    pub fn check(&self) -> Result<()> {
        match self {
            PolicyConfig::Static(settings) => settings.check(),
            PolicyConfig::Hpa(settings) => Hpa::new(settings.clone()).map(|_| ()),
            PolicyConfig::SeasonalMax(settings) => settings.check(),
            PolicyConfig::Predictive(settings) => settings.check(),
            PolicyConfig::Oracle {} => Ok(()),
            PolicyConfig::TargetTracking(settings) => settings.check(),
            PolicyConfig::Kpa(settings) => settings.check(),
            PolicyConfig::Schedule(settings) => settings.check(),
            PolicyConfig::AwsPredictive(settings) => settings.check(),
            PolicyConfig::Crane(settings) => settings.check(),
            PolicyConfig::AibrixApa(settings) => settings.check(),
            PolicyConfig::RayServe(settings) => settings.check(),
            PolicyConfig::Dynamo(settings) => settings.check(),
            PolicyConfig::QLearning(settings) => settings.check(),
            PolicyConfig::Custom(custom) => custom.check(),
        }
    }

    /// The policy's name, as in reports.
    pub fn name(&self) -> &str {
        match self {
            PolicyConfig::Static(_) => "static",
            PolicyConfig::Hpa(_) => "hpa",
            PolicyConfig::SeasonalMax(_) => "seasonal_max",
            PolicyConfig::Predictive(_) => "predictive",
            PolicyConfig::Oracle {} => "oracle",
            PolicyConfig::TargetTracking(_) => "target_tracking",
            PolicyConfig::Kpa(_) => "kpa",
            PolicyConfig::Schedule(_) => "schedule",
            PolicyConfig::AwsPredictive(_) => "aws_predictive",
            PolicyConfig::Crane(_) => "crane",
            PolicyConfig::AibrixApa(_) => "aibrix_apa",
            PolicyConfig::RayServe(_) => "ray_serve",
            PolicyConfig::Dynamo(_) => "dynamo",
            PolicyConfig::QLearning(_) => "q_learning",
            PolicyConfig::Custom(custom) => custom.name(),
        }
    }

    /// The policy itself, fed once per `interval_seconds`.
    pub(crate) fn build(&self, interval_seconds: f64) -> Result<AnyPolicy> {
        match self {
            PolicyConfig::Static(settings) => settings.check().map(|()| AnyPolicy::Static(*settings)),
            PolicyConfig::Hpa(settings) => Hpa::new(settings.clone()).map(AnyPolicy::Hpa),
            PolicyConfig::SeasonalMax(settings) => {
                SeasonalMax::new(settings.clone(), interval_seconds).map(AnyPolicy::SeasonalMax)
            }
            PolicyConfig::Predictive(settings) => Predictive::new(*settings).map(AnyPolicy::Predictive),
            PolicyConfig::Oracle {} => {
                Err(Error::config("policy", "the oracle knows the future: it can only run in a backtest"))
            }
            PolicyConfig::TargetTracking(settings) => {
                TargetTracking::new(settings.clone(), interval_seconds).map(AnyPolicy::TargetTracking)
            }
            PolicyConfig::Kpa(settings) => Kpa::new(settings.clone(), interval_seconds).map(AnyPolicy::Kpa),
            PolicyConfig::Schedule(settings) => Schedule::new(settings.clone()).map(AnyPolicy::Schedule),
            PolicyConfig::AwsPredictive(settings) => {
                AwsPredictive::new(settings.clone(), interval_seconds).map(AnyPolicy::AwsPredictive)
            }
            PolicyConfig::Crane(settings) => {
                Crane::new(settings.clone(), interval_seconds).map(AnyPolicy::Crane)
            }
            PolicyConfig::AibrixApa(settings) => {
                AibrixApa::new(settings.clone(), interval_seconds).map(AnyPolicy::AibrixApa)
            }
            PolicyConfig::RayServe(settings) => {
                RayServe::new(settings.clone(), interval_seconds).map(AnyPolicy::RayServe)
            }
            PolicyConfig::Dynamo(settings) => Dynamo::new(settings.clone()).map(AnyPolicy::Dynamo),
            PolicyConfig::QLearning(settings) => QLearning::new(settings.clone()).map(AnyPolicy::QLearning),
            PolicyConfig::Custom(custom) => custom.build().map(AnyPolicy::Custom),
        }
    }
}

/// Any policy with its state.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each variant holds the policy of its name")]
pub enum AnyPolicy {
    Static(Static),
    Hpa(Hpa),
    SeasonalMax(SeasonalMax),
    Predictive(Predictive),
    Oracle(Oracle),
    TargetTracking(TargetTracking),
    Kpa(Kpa),
    Schedule(Schedule),
    AwsPredictive(AwsPredictive),
    Crane(Crane),
    AibrixApa(AibrixApa),
    RayServe(RayServe),
    Dynamo(Dynamo),
    QLearning(QLearning),
    Custom(Own),
}

impl AnyPolicy {
    fn inner(&self) -> &dyn Policy {
        match self {
            AnyPolicy::Static(policy) => policy,
            AnyPolicy::Hpa(policy) => policy,
            AnyPolicy::SeasonalMax(policy) => policy,
            AnyPolicy::Predictive(policy) => policy,
            AnyPolicy::Oracle(policy) => policy,
            AnyPolicy::TargetTracking(policy) => policy,
            AnyPolicy::Kpa(policy) => policy,
            AnyPolicy::Schedule(policy) => policy,
            AnyPolicy::AwsPredictive(policy) => policy,
            AnyPolicy::Crane(policy) => policy,
            AnyPolicy::AibrixApa(policy) => policy,
            AnyPolicy::RayServe(policy) => policy,
            AnyPolicy::Dynamo(policy) => policy,
            AnyPolicy::QLearning(policy) => policy,
            AnyPolicy::Custom(own) => own.inner(),
        }
    }

    fn inner_mut(&mut self) -> &mut dyn Policy {
        match self {
            AnyPolicy::Static(policy) => policy,
            AnyPolicy::Hpa(policy) => policy,
            AnyPolicy::SeasonalMax(policy) => policy,
            AnyPolicy::Predictive(policy) => policy,
            AnyPolicy::Oracle(policy) => policy,
            AnyPolicy::TargetTracking(policy) => policy,
            AnyPolicy::Kpa(policy) => policy,
            AnyPolicy::Schedule(policy) => policy,
            AnyPolicy::AwsPredictive(policy) => policy,
            AnyPolicy::Crane(policy) => policy,
            AnyPolicy::AibrixApa(policy) => policy,
            AnyPolicy::RayServe(policy) => policy,
            AnyPolicy::Dynamo(policy) => policy,
            AnyPolicy::QLearning(policy) => policy,
            AnyPolicy::Custom(own) => own.inner_mut(),
        }
    }

    /// Whether it is one of the library's control laws that looks at nothing but the load of the metric window, what the target asks for it,
    /// the requests in flight and the fleet: not at a forecast.
    pub(crate) fn is_bare_law(&self) -> bool {
        match self {
            AnyPolicy::Static(_)
            | AnyPolicy::Hpa(_)
            | AnyPolicy::SeasonalMax(_)
            | AnyPolicy::Oracle(_)
            | AnyPolicy::TargetTracking(_)
            | AnyPolicy::Kpa(_)
            | AnyPolicy::Schedule(_)
            | AnyPolicy::AwsPredictive(_)
            | AnyPolicy::Crane(_)
            | AnyPolicy::AibrixApa(_)
            | AnyPolicy::Dynamo(_)
            | AnyPolicy::RayServe(_) => true,
            AnyPolicy::QLearning(policy) => policy.damping() == Damping::Own,
            AnyPolicy::Predictive(_) | AnyPolicy::Custom(_) => false,
        }
    }

    /// Whether it looks at the requests in flight.
    pub(crate) fn counts_in_flight(&self) -> bool {
        !matches!(
            self,
            AnyPolicy::Static(_)
                | AnyPolicy::Hpa(_)
                | AnyPolicy::SeasonalMax(_)
                | AnyPolicy::Oracle(_)
                | AnyPolicy::TargetTracking(_)
                | AnyPolicy::Schedule(_)
                | AnyPolicy::AwsPredictive(_)
                | AnyPolicy::AibrixApa(_)
                | AnyPolicy::Dynamo(_)
                | AnyPolicy::Crane(_)
                | AnyPolicy::QLearning(_)
        )
    }

    /// Whether it looks at what the target asks for.
    pub(crate) fn looks_at_need(&self) -> bool {
        matches!(self, AnyPolicy::QLearning(_))
    }

    /// Whether state that was read from bytes holds together.
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            AnyPolicy::Static(policy) => policy.check().is_ok(),
            AnyPolicy::Hpa(policy) => policy.is_whole(),
            AnyPolicy::SeasonalMax(policy) => policy.is_whole(),
            AnyPolicy::Predictive(policy) => policy.is_whole(),
            AnyPolicy::Oracle(_) | AnyPolicy::Custom(_) => true,
            AnyPolicy::TargetTracking(policy) => policy.is_whole(),
            AnyPolicy::Kpa(policy) => policy.is_whole(),
            AnyPolicy::Schedule(policy) => policy.is_whole(),
            AnyPolicy::AwsPredictive(policy) => policy.is_whole(),
            AnyPolicy::Crane(policy) => policy.is_whole(),
            AnyPolicy::AibrixApa(policy) => policy.is_whole(),
            AnyPolicy::RayServe(policy) => policy.is_whole(),
            AnyPolicy::Dynamo(policy) => policy.is_whole(),
            AnyPolicy::QLearning(policy) => policy.is_whole(),
        }
    }

    /// The policy with `custom` in the place of a user's own, in its state.
    pub(crate) fn remade(&self, custom: &CustomPolicy) -> Result<AnyPolicy> {
        match self {
            AnyPolicy::Custom(own) => own.remade(custom).map(AnyPolicy::Custom),
            _ => {
                let problem = format!("of an engine with the policy {}, not a user's own", self.name());
                Err(Error::Snapshot { problem })
            }
        }
    }

    /// The name of a user's own policy that was read from a snapshot and is not here.
    pub(crate) fn absent(&self) -> Option<&str> {
        match self {
            AnyPolicy::Custom(own) if own.is_absent() => Some(own.name()),
            _ => None,
        }
    }

    /// What a learning policy has learned.
    pub(crate) fn q_table(&self) -> Option<&QTable> {
        match self {
            AnyPolicy::QLearning(policy) => Some(policy.table()),
            _ => None,
        }
    }
}

impl Policy for AnyPolicy {
    fn name(&self) -> &str {
        match self {
            AnyPolicy::Custom(own) => own.name(),
            policy => policy.inner().name(),
        }
    }

    fn damping(&self) -> Damping {
        self.inner().damping()
    }

    fn observe(&mut self, time: i64, load: f64) -> Result<()> {
        self.inner_mut().observe(time, load)
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        self.inner_mut().propose(situation)
    }

    fn applied(&mut self, now: i64, before: u32, after: u32) -> Result<()> {
        self.inner_mut().applied(now, before, after)
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        self.inner().snapshot()
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        self.inner_mut().restore(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_its_name_or_its_name_with_settings() {
        let list: Vec<PolicyConfig> =
            serde_json::from_str(r#"["hpa", {"static": {"replicas": 3}}, {"predictive": {}}]"#).unwrap();
        assert_eq!(list.iter().map(PolicyConfig::name).collect::<Vec<_>>(), ["hpa", "static", "predictive"]);
        for policy in list {
            let json = serde_json::to_string(&policy).unwrap();
            assert_eq!(PolicyConfig::from_text(&json).unwrap(), policy);
        }
        assert_eq!(PolicyConfig::from_text("oracle").unwrap(), PolicyConfig::Oracle {});
        assert!(PolicyConfig::from_text("static").unwrap_err().to_string().contains("replicas"));
        assert!(PolicyConfig::from_text("magic").unwrap_err().to_string().contains("magic"));
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let problem = |text| PolicyConfig::from_text(text).unwrap().check().unwrap_err().to_string();
        assert!(problem(r#"{"static": {"replicas": 0}}"#).starts_with("policy.static.replicas"));
        assert!(
            problem(r#"{"hpa": {"target_utilization": 0}}"#).starts_with("policy.hpa.target_utilization")
        );
        let season = problem(r#"{"seasonal_max": {"season_seconds": 60}}"#);
        assert!(season.starts_with("policy.seasonal_max.window_seconds"), "{season}");
        PolicyConfig::Oracle {}.check().unwrap();
    }
}
