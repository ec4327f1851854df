//! What is usual at each time of the season (the day) and of the long season (the week).
//!
//! Each bin is an exponentially weighted average over the seasons, to which a sample adds its distance, clipped at six times the usual
//! distance (Huber's ψ): one outlier moves it little, and a new level is learned within some seasons.

use super::average::Average;
use serde::{Deserialize, Serialize};

/// Bins of a season at most.
pub(super) const MOST_BINS: usize = 288;
/// Seasons in a long season.
const LONG: usize = 7;
/// Share of the distance that a bin moves in one season, and in one long season.
const RATE: f64 = 0.15;
const LONG_RATE: f64 = 0.3;
/// Usual distances that a sample may count.
const CLIP: f64 = 6.0;

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Bin {
    mean: f64,
    samples: f64,
}

/// The profile of a season and of the long one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Profile {
    season: Vec<Bin>,
    long: Vec<Bin>,
    season_ms: f64,
    per_bin: f64,
    spread: Average,
}

impl Profile {
    pub(super) fn new(season_ms: f64, step_ms: f64) -> Self {
        let steps = (season_ms / step_ms).round().max(1.0);
        let bins = steps.min(MOST_BINS as f64);
        let count = bins as usize;
        Profile {
            season: vec![Bin::default(); count],
            long: vec![Bin::default(); LONG * count],
            season_ms,
            per_bin: steps / bins,
            spread: Average::default(),
        }
    }

    /// The bin of the long season that a time lies in.
    pub(super) fn bin(&self, time: i64) -> usize {
        let length = LONG as f64 * self.season_ms;
        let phase = (time as f64).rem_euclid(length);
        ((phase * self.long.len() as f64 / length) as usize).min(self.long.len() - 1)
    }

    /// Samples in a season.
    pub(super) fn length(&self) -> f64 {
        self.season.len() as f64 * self.per_bin
    }

    /// What is usual there in the season and in the long season, NaN where nothing was seen.
    pub(super) fn expected(&self, bin: usize) -> (f64, f64) {
        let mean = |bin: Option<&Bin>| bin.filter(|bin| bin.samples > 0.0).map_or(f64::NAN, |bin| bin.mean);
        (mean(self.season.get(bin % self.season.len().max(1))), mean(self.long.get(bin)))
    }

    /// Takes in a value in a bin, but for what lies beyond the fences, and takes back what the bin learned from beyond them.
    pub(super) fn add(&mut self, bin: usize, value: f64, (low, high): (f64, f64)) {
        let value = value.clamp(low, high);
        let (expected, _) = self.expected(bin);
        let spread = self.spread.value;
        let clip = if spread > 0.0 { CLIP * spread } else { f64::INFINITY };
        if expected.is_finite() {
            self.spread.add((value - expected).abs().min(clip), 300.0);
        }
        let bins = self.season.len().max(1);
        for (bin, rate) in [(self.season.get_mut(bin % bins), RATE), (self.long.get_mut(bin), LONG_RATE)] {
            if let Some(bin) = bin {
                bin.samples += 1.0;
                bin.mean = bin.mean.clamp(low, high);
                let gain = (1.0 / bin.samples).max(rate / self.per_bin);
                let distance = value - bin.mean;
                bin.mean += gain * if bin.samples > 1.0 { distance.clamp(-clip, clip) } else { distance };
            }
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        let bins = self.season.len();
        (1..=MOST_BINS).contains(&bins)
            && self.long.len() == LONG * bins
            && self.season_ms >= 1000.0
            && self.season_ms.is_finite()
            && self.per_bin >= 1.0
            && self.spread.value >= 0.0
            && self.spread.is_sound()
            && self.season.iter().chain(&self.long).all(|bin| bin.mean.is_finite() && bin.samples >= 0.0)
    }
}
