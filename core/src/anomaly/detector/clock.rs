//! When samples come: the usual time between them, and how many are missing.

use serde::{Deserialize, Serialize};

/// Intervals whose median is the step.
const INTERVALS: usize = 15;
/// Missing samples that one gap counts at most.
const MOST: f64 = 1e6;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Clock {
    pub(super) last: Option<i64>,
    pub(super) step_ms: Option<f64>,
    first: Vec<f64>,
}

impl Clock {
    pub(super) fn new(step_seconds: Option<f64>) -> Self {
        let first = Vec::with_capacity(if step_seconds.is_some() { 0 } else { INTERVALS });
        Clock { last: None, step_ms: step_seconds.map(|seconds| 1000.0 * seconds), first }
    }

    /// Takes in the time of a sample, which is not before the last one; gives how many were left out since.
    pub(super) fn tick(&mut self, time: i64) -> f64 {
        let Some(last) = self.last.replace(time) else { return 0.0 };
        let interval = time as f64 - last as f64;
        if let Some(step) = self.step_ms {
            return ((interval / step).round() - 1.0).clamp(0.0, MOST);
        }
        if interval > 0.0 {
            self.first.push(interval);
        }
        if self.first.len() >= INTERVALS {
            self.first.sort_unstable_by(f64::total_cmp);
            self.step_ms = self.first.get(INTERVALS / 2).copied();
            self.first = Vec::new();
        }
        0.0
    }

    pub(super) fn is_sound(&self) -> bool {
        self.first.len() < INTERVALS && self.step_ms.is_none_or(|step| step >= 1.0 && step.is_finite())
    }
}
