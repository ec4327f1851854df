//! Runs of one thing over and over: the same value, or none at all.
//!
//! When a step repeats with probability q, a run goes on for r more with probability qʳ. q is learned, and never taken for less than
//! `least`: short runs are not news. Of a run only what goes beyond the longest one of its kind counts, which is slowly forgotten.

use super::average::Average;
use crate::math;
use serde::{Deserialize, Serialize};

/// Steps over which the share of repeats is averaged, and the longest run forgotten.
const MEMORY: f64 = 1000.0;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Runs {
    least: f64,
    share: Average,
    longest: f64,
    run: f64,
    told: bool,
}

impl Runs {
    pub(super) fn new(least: f64) -> Self {
        Runs { least, share: Average::default(), longest: 0.0, run: 0.0, told: false }
    }

    /// Takes in `count` steps that repeat; −ln of the probability of a run that long.
    pub(super) fn repeat(&mut self, count: f64) -> f64 {
        self.run += count;
        let surprise = -(self.run - self.longest).max(0.0) * math::ln(self.share.value.max(self.least));
        // Of more steps than the memory holds, the last ones are all that is left.
        (0..count.min(3.0 * MEMORY) as u32).for_each(|_| {
            self.share.add(1.0, MEMORY);
        });
        surprise
    }

    /// Whether this run is told for the first time.
    pub(super) fn tell(&mut self) -> bool {
        !std::mem::replace(&mut self.told, true)
    }

    /// Takes in a step that does not repeat.
    pub(super) fn end(&mut self) {
        self.longest = (self.longest * (1.0 - 1.0 / MEMORY)).max(self.run);
        self.run = 0.0;
        self.told = false;
        self.share.add(0.0, MEMORY);
    }

    pub(super) fn is_sound(&self) -> bool {
        let numbers = [self.longest, self.run, self.share.value];
        self.least > 0.0
            && self.least < 1.0
            && numbers.iter().all(|n| *n >= 0.0 && n.is_finite())
            && self.share.is_sound()
            && self.share.value <= 1.0
    }
}
