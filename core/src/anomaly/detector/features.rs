//! What a sample is compared with: its level, its slope, its distance from the season, at several lengths.
//!
//! Lengths are counted in samples. w-averages are exponentially weighted, x̄ ← x̄ + (x − x̄)/w (Roberts 1959).
//!
//! | feature | what |
//! |---|---|
//! | level | x, and its 6- and 36-average |
//! | slope | x less the sample before; less the median of the last 7; less the 36-average |
//! | shift | 6-average less the season's average; that less the long season's average |
//! | roughness | ln of the 12- to the 300-average of the steps' size |
//! | residual | x less the season's profile, and the 6- and 36-average of it; x less the long season's profile |

use super::average::Average;
use super::profile::Profile;
use crate::math;
use serde::{Deserialize, Serialize};

pub(super) const FEATURES: usize = 13;
/// Samples that the running median looks at.
const MEDIAN: usize = 7;

/// What the features remember.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Features {
    last: [f64; MEDIAN],
    seen: u64,
    fast: Average,
    middle: Average,
    season: Average,
    long_season: Average,
    fast_step: Average,
    slow_step: Average,
    fast_residual: Average,
    middle_residual: Average,
}

impl Features {
    pub(super) fn new() -> Self {
        let zero = Average::default();
        Features {
            last: [0.0; MEDIAN],
            seen: 0,
            fast: zero,
            middle: zero,
            season: zero,
            long_season: zero,
            fast_step: zero,
            slow_step: zero,
            fast_residual: zero,
            middle_residual: zero,
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        let averages = [
            self.fast,
            self.middle,
            self.season,
            self.long_season,
            self.fast_step,
            self.slow_step,
            self.fast_residual,
            self.middle_residual,
        ];
        averages.iter().all(Average::is_sound) && self.last.iter().all(|value| value.is_finite())
    }

    /// Takes back what the averages learned from values beyond `low` to `high`, before it was known where values lie.
    fn bound(&mut self, (low, high): (f64, f64)) {
        let width = high - low;
        for average in [&mut self.fast, &mut self.middle, &mut self.season, &mut self.long_season] {
            average.value = average.value.clamp(low, high);
        }
        for average in
            [&mut self.fast_step, &mut self.slow_step, &mut self.fast_residual, &mut self.middle_residual]
        {
            average.value = average.value.clamp(-width, width);
        }
    }

    /// The features of the next sample, NaN where too little has been seen for one; then the sample is taken in, but for what
    /// of it lies beyond the `fences`: one wild value would stay in an average for months.
    pub(super) fn next(
        &mut self,
        value: f64,
        fences: (f64, f64),
        profile: Option<&Profile>,
        bin: usize,
        season_length: f64,
    ) -> [f64; FEATURES] {
        self.bound(fences);
        let before = self.last[MEDIAN - 1];
        let step = value - before;
        let (expected, expected_long) = profile.map_or((f64::NAN, f64::NAN), |profile| profile.expected(bin));
        let residual = value - expected;
        let from_middle = value - self.middle.value;
        let median = value - median(self.last);
        let known = |least: u64, feature: f64| if self.seen >= least { feature } else { f64::NAN };
        let mut features = [
            value,
            known(1, step),
            known(MEDIAN as u64, median),
            known(1, from_middle),
            residual,
            f64::NAN,
            f64::NAN,
            f64::NAN,
            f64::NAN,
            f64::NAN,
            f64::NAN,
            value - expected_long,
            f64::NAN,
        ];
        let tame = value.clamp(fences.0, fences.1);
        let width = fences.1 - fences.0;
        let fast = self.fast.add(tame, 6.0);
        features[5] = fast;
        features[6] = self.middle.add(tame, 36.0);
        features[7] = known(1, fast - self.season.value);
        let season = self.season.add(tame, season_length);
        features[12] = known(1, season - self.long_season.value);
        self.long_season.add(tame, 7.0 * season_length);
        if self.seen > 0 {
            let size = step.abs().min(width);
            let (fast, slow) = (self.fast_step.add(size, 12.0), self.slow_step.add(size, 300.0));
            features[8] = if slow > 0.0 { math::ln((fast / slow).max(1e-9)) } else { 0.0 };
        }
        if residual.is_finite() {
            let tame = residual.clamp(-width, width);
            features[9] = self.fast_residual.add(tame, 6.0);
            features[10] = self.middle_residual.add(tame, 36.0);
        }
        self.last.rotate_left(1);
        self.last[MEDIAN - 1] = value;
        self.seen = self.seen.saturating_add(1);
        features
    }
}

fn median(mut values: [f64; MEDIAN]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[MEDIAN / 2]
}
