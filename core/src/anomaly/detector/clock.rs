//! When samples come: the usual time between them, how many are missing, and which stamps are not to be believed.
//!
//! A stamp far ahead waits until the next one agrees; a nearer one that left samples out gives way to a sample from the time before it.

use serde::{Deserialize, Serialize};

/// Intervals whose median is the step.
const INTERVALS: usize = 15;
/// Missing samples that one gap counts at most.
const MOST: f64 = 1e6;
/// A stamp so many steps ahead is far.
const FAR: f64 = 100.0;
/// A time that fewer samples stand by gives way to an earlier one: the first stamp may be the wrong one.
const WITNESSES: u32 = 3;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Clock {
    last: Option<i64>,
    /// The time before the last, where that left samples out or may have.
    before: Option<i64>,
    /// Samples in a row that stand by the last time.
    witnesses: u32,
    pub(super) step_ms: Option<f64>,
    first: Vec<f64>,
    /// A sample from far ahead.
    aside: Option<(i64, f64)>,
}

impl Clock {
    pub(super) fn new(step_seconds: Option<f64>) -> Self {
        let first = Vec::with_capacity(if step_seconds.is_some() { 0 } else { INTERVALS });
        let step_ms = step_seconds.map(|seconds| 1000.0 * seconds);
        Clock { last: None, before: None, witnesses: 0, step_ms, first, aside: None }
    }

    /// The time of the last sample, where one at `time` comes too late after it.
    pub(super) fn refuses(&self, time: i64) -> Option<i64> {
        let gives_way = self.witnesses < WITNESSES || self.before.is_some_and(|before| time >= before);
        self.last.filter(|last| time < *last && !gives_way)
    }

    /// Puts aside a sample from far ahead, and says so; a sample that was put aside is given back when this one agrees with it, and
    /// else forgotten.
    pub(super) fn put_aside(&mut self, time: i64, value: f64) -> (bool, Option<(i64, f64)>) {
        let agreed =
            self.aside.take().filter(|(waiting, _)| time >= *waiting && !self.is_far(*waiting, time));
        let is_far = agreed.is_none() && self.last.is_some_and(|last| self.is_far(last, time));
        if is_far {
            self.aside = Some((time, value));
        }
        (is_far, agreed)
    }

    fn is_far(&self, from: i64, time: i64) -> bool {
        let step = self.step_ms.or_else(|| self.first.iter().copied().reduce(f64::max));
        step.is_some_and(|step| time as f64 - from as f64 > FAR * step)
    }

    /// Takes in the time of a sample, which is not refused; gives how many were left out since.
    pub(super) fn tick(&mut self, time: i64) -> f64 {
        let Some(last) = self.last.replace(time) else {
            self.witnesses = 1;
            return 0.0;
        };
        self.witnesses = self.witnesses.saturating_add(1);
        let before = self.before.take();
        if time < last {
            // The last time was wrong: what was learned of it counts for nothing.
            self.witnesses = 1;
            self.first.pop();
            return 0.0;
        }
        let interval = time as f64 - last as f64;
        if let Some(step) = self.step_ms {
            let left_out = ((interval / step).round() - 1.0).clamp(0.0, MOST);
            self.before = if left_out > 0.0 { Some(last) } else { before.filter(|_| interval == 0.0) };
            return left_out;
        }
        // No telling yet whether that is long.
        self.before = Some(last);
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
        self.first.len() < INTERVALS
            && self.first.iter().all(|interval| *interval > 0.0)
            && self.step_ms.is_none_or(|step| step >= 1.0 && step.is_finite())
            && self.aside.is_none_or(|(_, value)| !value.is_infinite())
    }
}
