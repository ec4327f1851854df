//! The power that a load without periods would have at each frequency.
//!
//! White noise, autocorrelated noise, a random walk and bursts that switch on and off at random all have the spectrum
//! `a·[(1 − s) + s·c²/(c² + 4·sin²(πf))]`: a flat floor, and a slope of corner c (for a first-order autoregression c² = (1−φ)²/φ).
//! The three numbers are fitted to medians over bands of growing width, which the few narrow lines of periods
//! hardly move; where a band lies above the fit (noise of another kind), the band is believed.

use crate::math::{exp, ln, sin};
use std::f64::consts::{LN_2, PI};

/// Each band ends at this multiple of where it begins, and has at least so many independent frequencies.
const BAND_RATIO: f64 = 1.4;
const FEWEST_IN_BAND: usize = 5;

/// Expected power at each frequency of a padded spectrum.
#[derive(Debug)]
pub(super) struct Background {
    /// Logarithms at the centres of the bands (as positions in the spectrum) of how far they lie above the fit.
    bands: Vec<Band>,
    length: f64,
    level: f64,
    share: f64,
    corner: f64,
}

#[derive(Debug, Clone, Copy)]
struct Band {
    centre: f64,
    weight: f64,
    /// Logarithm of the mean power that the median of an exponential law suggests.
    log_power: f64,
    excess: f64,
}

impl Background {
    /// `power` at the frequencies j/length, of which `padding` neighbours carry the evidence of one; position 0 is left out.
    pub(super) fn fit(power: &[f64], length: usize, padding: f64) -> Background {
        let bands = bands(power, padding);
        let shape = |share: f64, corner: f64, at: f64| {
            let wave = 2.0 * sin(PI * at / length as f64);
            1.0 - share + share * corner * corner / (corner * corner + wave * wave)
        };
        let mut best = (f64::INFINITY, 0.0, 0.0, 1.0);
        for c in 0..14 {
            let corner = 4.0 * exp(-LN_2 * f64::from(c));
            for s in 0..18 {
                let share = if s == 0 { 0.0 } else { 1.0 - exp(-LN_2 * f64::from(s)) };
                let mut gaps: Vec<(f64, f64)> = bands
                    .iter()
                    .map(|band| (band.log_power - ln(shape(share, corner, band.centre)), band.weight))
                    .collect();
                let level = weighted_median(&mut gaps);
                let cost: f64 = gaps.iter().map(|(gap, weight)| weight * (gap - level).abs()).sum();
                if cost < best.0 * (1.0 - 1e-9) {
                    best = (cost, level, share, corner);
                }
            }
        }
        let (_, level, share, corner) = best;
        let excess = |band: &Band| (band.log_power - level - ln(shape(share, corner, band.centre))).max(0.0);
        let bands = bands.iter().map(|band| Band { excess: excess(band), ..*band }).collect();
        Background { bands, length: length as f64, level: exp(level), share, corner }
    }

    /// The expected power at a position of the spectrum.
    pub(super) fn at(&self, position: f64) -> f64 {
        let wave = 2.0 * sin(PI * position / self.length);
        let square = self.corner * self.corner;
        let fitted = self.level * (1.0 - self.share + self.share * square / (square + wave * wave));
        fitted * exp(self.excess(position))
    }

    /// Linear between the centres of the bands.
    fn excess(&self, position: f64) -> f64 {
        let after = self.bands.partition_point(|band| band.centre < position);
        let left = self.bands.get(after.saturating_sub(1));
        let (Some(left), Some(right)) = (left, self.bands.get(after).or(self.bands.last())) else {
            return 0.0;
        };
        if right.centre <= left.centre {
            return left.excess;
        }
        let way = ((position - left.centre) / (right.centre - left.centre)).clamp(0.0, 1.0);
        left.excess + way * (right.excess - left.excess)
    }
}

fn bands(power: &[f64], padding: f64) -> Vec<Band> {
    let fewest = (FEWEST_IN_BAND as f64 * padding) as usize;
    let mut bands = Vec::new();
    let mut start = (padding as usize).max(1);
    while start < power.len() {
        let mut end = ((start as f64 * BAND_RATIO) as usize).max(start + fewest);
        // What is left over belongs to the last band.
        if power.len() - end.min(power.len()) < fewest {
            end = power.len();
        }
        let mut inside: Vec<f64> = power.get(start..end).unwrap_or_default().to_vec();
        let middle = inside.len() / 2;
        let median = *inside.select_nth_unstable_by(middle, f64::total_cmp).1;
        bands.push(Band {
            centre: 0.5 * (start + end - 1) as f64,
            weight: (inside.len() as f64 / padding).sqrt(),
            log_power: ln((median / LN_2).max(1e-280)),
            excess: 0.0,
        });
        start = end;
    }
    bands
}

fn weighted_median(pairs: &mut [(f64, f64)]) -> f64 {
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let half = 0.5 * pairs.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut below = 0.0;
    let reaches = |(_, weight): &&(f64, f64)| {
        below += weight;
        below >= half
    };
    pairs.iter().find(reaches).map_or(0.0, |(value, _)| *value)
}
