//! The numeric settings of each policy that tuning turns, by their names in JSON.

use super::world::World;
use crate::error::{Error, Result};
use crate::math;
use crate::policy::PolicyConfig;

/// How values of a setting lie.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Scale {
    /// In (0, 1): even steps of the logit.
    Share,
    /// Above 0, between two bounds: even steps of the logarithm.
    Ratio(f64, f64),
    /// Whole counts between two bounds, likewise.
    Count(f64, f64),
    /// One of these.
    Choice(&'static [f64]),
}

/// A setting that can be tuned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knob {
    /// Its path within the policy's settings; `cost_ratio` alone is the engine's.
    pub(super) name: &'static str,
    scale: Scale,
}

/// The setting that belongs to the engine.
const COST_RATIO: &str = "cost_ratio";
const WINDOWS: [f64; 5] = [0.0, 60.0, 120.0, 300.0, 600.0];
/// Points of a grid over a continuous setting.
const POINTS: usize = 8;

/// What there is to tune.
pub(super) fn knobs(policy: &PolicyConfig) -> Result<Vec<Knob>> {
    let share = |name| Knob { name, scale: Scale::Share };
    let window = |name| Knob { name, scale: Scale::Choice(&WINDOWS) };
    let ratio = |name| Knob { name, scale: Scale::Ratio(0.5, 1000.0) };
    Ok(match policy {
        PolicyConfig::Static(_) => vec![Knob { name: "replicas", scale: Scale::Count(1.0, 1e6) }],
        PolicyConfig::Hpa(settings) if settings.behavior.is_some() => vec![share("target_utilization")],
        PolicyConfig::Hpa(_) => vec![share("target_utilization"), window("downscale_stabilization_seconds")],
        PolicyConfig::SeasonalMax(_) | PolicyConfig::Crane(_) => {
            vec![share("hpa.target_utilization"), window("hpa.downscale_stabilization_seconds")]
        }
        PolicyConfig::Predictive(_) => vec![ratio(COST_RATIO)],
        PolicyConfig::TargetTracking(_) | PolicyConfig::AibrixApa(_) => vec![share("target_utilization")],
        PolicyConfig::AwsPredictive(_) => vec![share("target_tracking.target_utilization")],
        PolicyConfig::Kpa(_) => {
            vec![share("target_concurrency"), window("scale_down_delay_seconds")]
        }
        PolicyConfig::RayServe(_) => {
            vec![share("target_ongoing_requests"), window("downscale_delay_seconds")]
        }
        PolicyConfig::QLearning(_) => vec![ratio("shortage_cost")],
        PolicyConfig::Oracle {}
        | PolicyConfig::Schedule(_)
        | PolicyConfig::Dynamo(_)
        | PolicyConfig::Custom(_) => {
            return Err(Error::config("policy", format!("{} has no setting to tune", policy.name())));
        }
    })
}

impl Knob {
    /// Whether it is a setting of the engine.
    pub(super) fn is_engine(&self) -> bool {
        self.name == COST_RATIO
    }

    pub(super) fn is_continuous(&self) -> bool {
        !matches!(self.scale, Scale::Choice(_))
    }

    pub(super) fn is_count(&self) -> bool {
        matches!(self.scale, Scale::Count(..))
    }

    /// The value as it is given.
    pub(super) fn given(&self, policy: &PolicyConfig, world: &World) -> f64 {
        if self.is_engine() {
            return world.engine_config(policy.clone()).cost_ratio;
        }
        let json = serde_json::to_value(policy).unwrap_or_default();
        json.pointer(&self.pointer(policy)).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN)
    }

    /// The policy with another value.
    pub(super) fn set(&self, policy: &PolicyConfig, value: f64) -> Result<PolicyConfig> {
        let lost = || Error::internal(format!("{} has no setting {}", policy.name(), self.name));
        let mut json = serde_json::to_value(policy).map_err(|error| Error::internal(error.to_string()))?;
        let slot = json.pointer_mut(&self.pointer(policy)).ok_or_else(lost)?;
        *slot = match self.scale {
            Scale::Count(..) => serde_json::json!(value as u64),
            _ => serde_json::json!(value),
        };
        serde_json::from_value(json).map_err(|error| Error::config(self.name, error.to_string()))
    }

    fn pointer(&self, policy: &PolicyConfig) -> String {
        format!("/{}/{}", policy.name(), self.name.replace('.', "/"))
    }

    /// The values that are tried first.
    pub(super) fn grid(&self) -> Vec<f64> {
        match self.scale {
            Scale::Choice(values) => values.to_vec(),
            Scale::Share => (1..=POINTS).map(|i| i as f64 / (POINTS + 1) as f64).collect(),
            Scale::Ratio(low, high) | Scale::Count(low, high) => {
                let (from, to) = (math::ln(low), math::ln(high));
                let at = |i: usize| self.outer(from + (to - from) * i as f64 / (POINTS - 1) as f64);
                (0..POINTS).map(at).collect()
            }
        }
    }

    /// The value on the scale that the simplex moves on.
    pub(super) fn inner(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Share => {
                let share = value.clamp(0.01, 0.99);
                math::ln(share / (1.0 - share))
            }
            Scale::Ratio(low, high) | Scale::Count(low, high) => math::ln(value.clamp(low, high)),
            Scale::Choice(_) => value,
        }
    }

    /// The value of a point on that scale.
    pub(super) fn outer(&self, x: f64) -> f64 {
        match self.scale {
            Scale::Share => (1.0 / (1.0 + math::exp(-x))).clamp(0.01, 0.99),
            Scale::Ratio(low, high) => math::exp(x).clamp(low, high),
            Scale::Count(low, high) => math::exp(x).clamp(low, high).round(),
            Scale::Choice(_) => x,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_found_and_set() {
        let world = World { service_rate: 1.0, ..World::default() };
        for name in [
            "hpa",
            "seasonal_max",
            "predictive",
            "target_tracking",
            "kpa",
            "aws_predictive",
            "crane",
            "aibrix_apa",
            "ray_serve",
            "q_learning",
        ] {
            let policy = PolicyConfig::from_text(name).unwrap();
            for knob in knobs(&policy).unwrap() {
                assert!(knob.given(&policy, &world).is_finite(), "{name}: {}", knob.name);
                for value in knob.grid() {
                    if !knob.is_engine() {
                        let set = knob.set(&policy, value).unwrap();
                        set.check().unwrap();
                        assert_eq!(knob.given(&set, &world), value, "{name}: {}", knob.name);
                    }
                    assert!((knob.outer(knob.inner(value)) - value).abs() < 1e-9 * value.max(1.0));
                }
            }
        }
        let fixed = PolicyConfig::from_text(r#"{"static": {"replicas": 7}}"#).unwrap();
        let knob = knobs(&fixed).unwrap()[0];
        assert_eq!(knob.given(&fixed, &world), 7.0);
        assert_eq!(knob.given(&knob.set(&fixed, 12.0).unwrap(), &world), 12.0);
        assert!(knobs(&PolicyConfig::Oracle {}).is_err());
    }
}
