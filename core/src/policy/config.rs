//! Policies by name or with settings, and one type that holds any of them, so that an engine can be saved whole.

use super::hpa::{Hpa, HpaConfig};
use super::oracle::Oracle;
use super::predictive::Predictive;
use super::seasonal_max::{SeasonalMax, SeasonalMaxConfig};
use super::situation::{Damping, Policy, Proposal, Situation};
use super::static_count::Static;
use crate::config;
use crate::error::{Error, Result};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
    Predictive(Predictive),
    /// Full knowledge of the future; only in simulation.
    Oracle {},
}

// The derived code knows names with settings; `remote` leaves room for the bare name around it.
impl Serialize for PolicyConfig {
    fn serialize<S: Serializer>(&self, target: S) -> std::result::Result<S::Ok, S::Error> {
        PolicyConfig::serialize(self, target)
    }
}

impl<'de> Deserialize<'de> for PolicyConfig {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        let value = match serde_json::Value::deserialize(source)? {
            serde_json::Value::String(name) => serde_json::json!({ name: {} }),
            settings => settings,
        };
        PolicyConfig::deserialize(value).map_err(D::Error::custom)
    }
}

impl Default for PolicyConfig {
    fn default() -> Self {
        PolicyConfig::Predictive(Predictive {})
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
            PolicyConfig::Predictive(_) | PolicyConfig::Oracle {} => Ok(()),
        }
    }

    /// The policy's name, as in reports.
    pub fn name(&self) -> &'static str {
        match self {
            PolicyConfig::Static(_) => "static",
            PolicyConfig::Hpa(_) => "hpa",
            PolicyConfig::SeasonalMax(_) => "seasonal_max",
            PolicyConfig::Predictive(_) => "predictive",
            PolicyConfig::Oracle {} => "oracle",
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
            PolicyConfig::Predictive(settings) => Ok(AnyPolicy::Predictive(*settings)),
            PolicyConfig::Oracle {} => {
                Err(Error::config("policy", "the oracle knows the future: it can only run in a backtest"))
            }
        }
    }
}

/// Any built-in policy with its state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each variant holds the policy of its name")]
pub enum AnyPolicy {
    Static(Static),
    Hpa(Hpa),
    SeasonalMax(SeasonalMax),
    Predictive(Predictive),
    Oracle(Oracle),
}

impl AnyPolicy {
    fn inner(&self) -> &dyn Policy {
        match self {
            AnyPolicy::Static(policy) => policy,
            AnyPolicy::Hpa(policy) => policy,
            AnyPolicy::SeasonalMax(policy) => policy,
            AnyPolicy::Predictive(policy) => policy,
            AnyPolicy::Oracle(policy) => policy,
        }
    }

    fn inner_mut(&mut self) -> &mut dyn Policy {
        match self {
            AnyPolicy::Static(policy) => policy,
            AnyPolicy::Hpa(policy) => policy,
            AnyPolicy::SeasonalMax(policy) => policy,
            AnyPolicy::Predictive(policy) => policy,
            AnyPolicy::Oracle(policy) => policy,
        }
    }

    /// Whether state that was read from bytes holds together.
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            AnyPolicy::Static(policy) => policy.check().is_ok(),
            AnyPolicy::Hpa(policy) => policy.is_whole(),
            AnyPolicy::SeasonalMax(policy) => policy.is_whole(),
            AnyPolicy::Predictive(_) | AnyPolicy::Oracle(_) => true,
        }
    }
}

impl Policy for AnyPolicy {
    fn name(&self) -> &'static str {
        self.inner().name()
    }

    fn damping(&self) -> Damping {
        self.inner().damping()
    }

    fn observe(&mut self, time: i64, load: f64) {
        self.inner_mut().observe(time, load);
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        self.inner_mut().propose(situation)
    }

    fn applied(&mut self, now: i64, before: u32, after: u32) {
        self.inner_mut().applied(now, before, after);
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
