//! The Kubernetes horizontal pod autoscaler, version 2, as its controller computes it.
//!
//! `desired = ceil(ready · metric/target)` within a tolerance ([`Metric::proposal`]), then stabilized and rate-limited
//! with or without a `behavior` block ([`HpaBehavior`]). Source: the controller's documented algorithm (kubernetes.io, "Horizontal
//! Pod Autoscaling", sections "Algorithm details" and "Configurable scaling behavior"). It is fed the requests per second of each ready
//! pod, which unlike a CPU metric do not saturate under overload: the strongest form of this baseline.

mod behavior;
mod metric;
mod pods;

pub use behavior::{Behavior, HpaBehavior, ScalingPolicy, ScalingPolicyKind, SelectPolicy};
pub use metric::{Metric, MetricTolerance, PodMetrics};
pub use pods::{Pod, PodPhase};

use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation};
use crate::error::{Error, Result, not_negative, positive};
use behavior::History;
use serde::{Deserialize, Serialize};

/// Settings of [`Hpa`]; the defaults are those of Kubernetes, but for the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HpaConfig {
    /// Target utilization of each replica's service rate, above 0; 0.7.
    pub target_utilization: f64,
    /// Relative excess of the metric over its target that is let pass; 0.1.
    pub tolerance_up: f64,
    /// Relative shortfall of the metric below its target that is let pass; 0.1.
    pub tolerance_down: f64,
    /// How long the largest recent recommendation holds when there is no `behavior` block, in seconds; 300.
    pub downscale_stabilization_seconds: f64,
    /// The `behavior` block; none by default.
    pub behavior: Option<HpaBehavior>,
}

impl Default for HpaConfig {
    fn default() -> Self {
        HpaConfig {
            target_utilization: 0.7,
            tolerance_up: 0.1,
            tolerance_down: 0.1,
            downscale_stabilization_seconds: 300.0,
            behavior: None,
        }
    }
}

/// A horizontal pod autoscaler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hpa {
    config: HpaConfig,
    history: History,
}

impl Hpa {
    /// The law with these settings.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: HpaConfig) -> Result<Self> {
        positive("policy.hpa.target_utilization", config.target_utilization)?;
        not_negative("policy.hpa.tolerance_up", config.tolerance_up)?;
        not_negative("policy.hpa.tolerance_down", config.tolerance_down)?;
        let window = config.downscale_stabilization_seconds;
        if !(0.0..=3600.0).contains(&window) {
            return Err(Error::config(
                "policy.hpa.downscale_stabilization_seconds",
                format!("must be 0 to 3600, got {window}"),
            ));
        }
        if let Some(behavior) = &config.behavior {
            behavior.check()?;
        }
        Ok(Hpa { config, history: History::default() })
    }

    /// The target utilization.
    pub fn target_utilization(&self) -> f64 {
        self.config.target_utilization
    }

    pub(super) fn tolerance(&self) -> MetricTolerance {
        MetricTolerance { up: self.config.tolerance_up, down: self.config.tolerance_down }
    }

    pub(super) fn is_whole(&self) -> bool {
        Hpa::new(self.config.clone()).is_ok()
    }

    /// The metric of a situation: requests per second of each ready replica. None when nothing was measured.
    pub(super) fn observed(situation: &Situation, target: f64) -> Option<Metric> {
        let pods = PodMetrics {
            sum: situation.load,
            ready: situation.fleet.ready,
            missing: 0,
            unready: situation.fleet.pending,
        };
        (!situation.load.is_nan()).then_some(Metric::Pods { pods, target })
    }

    /// One round of the controller: the largest proposal of all metrics, stabilized and rate-limited. A metric that
    /// is `None` could not be read: it may only keep the others from scaling in.
    pub fn recommend(&mut self, situation: &Situation, metrics: &[Option<Metric>]) -> Proposal {
        let Situation { now, fleet, min_replicas: min, max_replicas: max, .. } = *situation;
        let current = fleet.requested;
        let answer = |replicas, reason| Proposal { replicas, reason };
        if current == 0 && min != 0 {
            return answer(0, Reason::NoData { replicas: 0 });
        }
        if current > max {
            return answer(max, Reason::LoweredToMax { from: current, to: max });
        }
        if current < min {
            return answer(min, Reason::RaisedToMin { from: current, to: min });
        }
        let (mut blind, mut largest, mut largest_ratio) = (false, None, 0.0f64);
        for metric in metrics {
            let Some(metric) = metric else {
                blind = true;
                continue;
            };
            let ratio = metric.ratio();
            let proposal = metric.proposal_at(ratio, current, &self.tolerance());
            blind |= proposal.is_none();
            largest = largest.max(proposal);
            largest_ratio = largest_ratio.max(ratio);
        }
        // Without a single replica the ratio is infinite, which no JSON text can say.
        let ratio = largest_ratio.min(f64::MAX);
        let wanted = match largest {
            Some(wanted) if !(blind && wanted < current) => wanted,
            _ => return answer(current, Reason::NoData { replicas: current }),
        };
        let normalized = match &self.config.behavior {
            Some(behavior) => self.history.with_behavior(behavior, now, current, wanted),
            None => {
                let window = self.config.downscale_stabilization_seconds;
                self.history.without_behavior(window, now, current, wanted)
            }
        };
        answer(normalized.clamp(min, max), Reason::MetricRatio { ratio, replicas: wanted })
    }
}

impl Policy for Hpa {
    fn name(&self) -> &str {
        "hpa"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let target = self.config.target_utilization * situation.service_rate;
        Ok(self.recommend(situation, &[Hpa::observed(situation, target)]))
    }

    fn applied(&mut self, now: i64, before: u32, after: u32) -> Result<()> {
        self.history.applied(now, before, after);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
