//! From a metric to a proposed count: the replica calculator of the horizontal pod autoscaler.
//!
//! Pods without a sample are filled in so that they damp the change: with the target when the rest asks for less,
//! with nothing when the rest asks for more; so are pods that are not ready yet when the rest asks for more.

use crate::policy::situation::ceil_count;
use serde::{Deserialize, Serialize};

/// Deviation of metric/target from 1 that changes nothing: within when 1 − down ≤ ratio ≤ 1 + up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricTolerance {
    /// Upwards.
    pub up: f64,
    /// Downwards.
    pub down: f64,
}

impl MetricTolerance {
    fn holds(&self, ratio: f64) -> bool {
        1.0 - self.down <= ratio && ratio <= 1.0 + self.up
    }
}

/// What is known of the pods of a target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PodMetrics {
    /// Sum of the metric over the ready pods that have a sample.
    pub sum: f64,
    /// How many those are.
    pub ready: u32,
    /// Pods that have no sample.
    pub missing: u32,
    /// Pods that are pending or not ready.
    pub unready: u32,
}

/// One metric and its target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Metric {
    /// An average per pod, in the metric's own unit.
    Pods {
        /// The pods.
        pods: PodMetrics,
        /// Target per pod.
        target: f64,
    },
    /// Utilization of a resource in percent of its request. The average is cut to a whole percent, as the controller does.
    Resource {
        /// The pods, in percent.
        pods: PodMetrics,
        /// Target per pod, in percent.
        target: f64,
    },
    /// One value for the whole, against a target for the whole.
    Value {
        /// The value.
        value: f64,
        /// Its target.
        target: f64,
        /// Ready pods.
        ready: u32,
    },
    /// One value for the whole, against a target per pod.
    AverageValue {
        /// The value.
        sum: f64,
        /// Target per pod.
        target: f64,
        /// Pods that the target's status counts.
        replicas: u32,
    },
}

impl Metric {
    /// Metric over target; NaN when there is no sample.
    #[inline]
    pub fn ratio(&self) -> f64 {
        match *self {
            Metric::Pods { pods, target } => pods.sum / f64::from(pods.ready) / target,
            Metric::Resource { pods, target } => (pods.sum / f64::from(pods.ready)).trunc() / target,
            Metric::Value { value, target, .. } => value / target,
            Metric::AverageValue { sum, target, replicas } => sum / (target * f64::from(replicas)),
        }
    }

    /// The count that this metric proposes when `current` are requested; none when it cannot say.
    pub fn proposal(&self, current: u32, tolerance: &MetricTolerance) -> Option<u32> {
        self.proposal_at(self.ratio(), current, tolerance)
    }

    /// The same, for one whose ratio is at hand.
    #[inline]
    pub(super) fn proposal_at(&self, ratio: f64, current: u32, tolerance: &MetricTolerance) -> Option<u32> {
        match *self {
            Metric::Pods { pods, target } => {
                per_pod(pods, current, tolerance, target, ratio, |mean| mean / target)
            }
            Metric::Resource { pods, target } => {
                let fill = target.max(100.0);
                per_pod(pods, current, tolerance, fill, ratio, |mean| mean.trunc() / target)
            }
            Metric::Value { .. } if ratio.is_nan() => None,
            Metric::Value { .. } if current == 0 => Some(ceil_count(ratio)),
            Metric::Value { .. } if tolerance.holds(ratio) => Some(current),
            Metric::Value { ready, .. } => Some(ceil_count(ratio * f64::from(ready))),
            Metric::AverageValue { sum, target, .. } if (sum / target).is_nan() => None,
            Metric::AverageValue { .. } if tolerance.holds(ratio) => Some(current),
            Metric::AverageValue { sum, target, .. } => Some(ceil_count(sum / target)),
        }
    }
}

/// `first` is the ratio of the pods that have a sample, `ratio_of` that of a mean.
#[inline]
fn per_pod(
    pods: PodMetrics,
    current: u32,
    tolerance: &MetricTolerance,
    fill_when_low: f64,
    first: f64,
    ratio_of: impl Fn(f64) -> f64,
) -> Option<u32> {
    if pods.ready == 0 || first.is_nan() {
        return None;
    }
    let unready_damp = pods.unready > 0 && first > 1.0;
    if pods.missing == 0 && !unready_damp {
        let wanted = ceil_count(first * f64::from(pods.ready));
        return Some(if tolerance.holds(first) { current } else { wanted });
    }
    let filled_sum = if first < 1.0 { pods.sum + fill_when_low * f64::from(pods.missing) } else { pods.sum };
    let count = f64::from(pods.ready)
        + f64::from(pods.missing)
        + if unready_damp { f64::from(pods.unready) } else { 0.0 };
    let filled = ratio_of(filled_sum / count);
    let turned = (first < 1.0 && filled > 1.0) || (first > 1.0 && filled < 1.0);
    if tolerance.holds(filled) || turned {
        return Some(current);
    }
    let wanted = ceil_count(filled * count);
    let against = (filled < 1.0 && wanted > current) || (filled > 1.0 && wanted < current);
    Some(if against { current } else { wanted })
}
