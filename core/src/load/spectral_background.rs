//! The power that a load without periods would have at each frequency.
//!
//! White noise, autocorrelated noise, a random walk and bursts that switch on and off at random all have the spectrum
//! `a·[(1 − s) + s·c²/(c² + 4·sin²(πf))]`: a flat floor, and a slope of corner c (for a first-order autoregression c² = (1−φ)²/φ).
//! All shapes of a grid are compared, by the likelihood of Whittle (1953, "Estimation and information in stationary time series",
//! Ark. Mat. 2) at the slow frequencies, of which there are few, and by medians over bands of growing width above them, which the
//! few narrow lines of periods hardly move; where a band lies above the best shape (noise of another kind), the band is believed.
//!
//! A line is judged against every shape, because a few slow waves alone cannot tell a period from a random walk: a shape that explains
//! the line counts as much as the rest of the spectrum allows it.

use crate::math::{exp, ln, sin};
use std::f64::consts::{LN_2, PI};

/// Each band ends at this multiple of where it begins, and has at least so many independent frequencies.
const BAND_RATIO: f64 = 1.4;
const FEWEST_IN_BAND: usize = 5;
/// Up to so many cycles each frequency counts for itself...
const SLOW: f64 = 16.0;
/// ...and at most for so many times the power that was expected: it may be a line that has not been found yet.
const MOST_POWER: f64 = 7.0;
/// So many standard errors from a shape a band begins to count less than by the square.
const FAR: f64 = 2.0;
/// A removed line leaves a hole of this radius, in frequencies that n values can tell apart.
const HOLE: f64 = 0.75;
/// Halvings of the corner, and quarterings of the floor, that are tried: enough for a random walk of a million steps.
const CORNERS: i32 = 17;
const FLOORS: i32 = 16;

/// Expected power at each frequency of a padded spectrum.
#[derive(Debug)]
pub(super) struct Background {
    length: f64,
    best: Shape,
    shapes: Vec<Shape>,
    bands: Vec<Band>,
}

/// One of the spectra that are tried.
#[derive(Debug, Clone, Copy)]
struct Shape {
    level: f64,
    share: f64,
    /// The square of the corner.
    corner: f64,
    /// How much less likely the spectrum is than with the best shape, as a logarithm.
    cost: f64,
}

impl Shape {
    /// The power where `4·sin²(πf)` has this value.
    fn at(&self, wave: f64) -> f64 {
        self.level * (1.0 - self.share + self.share * self.corner / (self.corner + wave))
    }
}

#[derive(Debug, Clone, Copy)]
struct Band {
    /// As a position in the spectrum, and `4·sin²(πf)` there.
    centre: f64,
    wave: f64,
    /// Square root of its count of independent frequencies.
    weight: f64,
    /// Logarithm of the mean power that the median of an exponential law suggests.
    log_power: f64,
    /// How far that lies above the best shape.
    excess: f64,
}

impl Background {
    /// `power` at the frequencies j/length, of which `padding` neighbours carry the evidence of one; position 0 is left out. Lines
    /// removed at the positions `without` have left holes, which say nothing.
    pub(super) fn fit(power: &[f64], length: usize, padding: f64, without: &[f64]) -> Background {
        let mut holes = without.to_vec();
        holes.sort_unstable_by(f64::total_cmp);
        let whole = |at: f64| {
            let next = holes.partition_point(|hole| *hole < at - HOLE * padding);
            holes.get(next).is_none_or(|hole| *hole > at + HOLE * padding)
        };
        let length = length as f64;
        let mut bands = bands(power, length, padding, whole);
        let first = (padding as usize).max(1);
        let slow = power.iter().zip(0u32..).take((SLOW * padding) as usize).skip(first);
        let slow = slow.map(|(power, at)| (f64::from(at), *power)).filter(|(at, _)| whole(*at));
        let slow: Vec<(f64, f64)> = slow.map(|(at, power)| (wave(at, length), power)).collect();
        let mut shapes = Vec::with_capacity((CORNERS * FLOORS) as usize);
        for c in 0..CORNERS {
            let corner = 16.0 * exp(-2.0 * LN_2 * f64::from(c));
            // Without a slope all corners are one.
            for s in i32::from(c > 0)..FLOORS {
                let mut shape =
                    Shape { level: 1.0, share: 1.0 - exp(-2.0 * LN_2 * f64::from(s)), corner, cost: 0.0 };
                let level = level(&bands, &shape);
                shape.level = exp(level);
                shape.cost = unlikely_slow(&slow, &shape) / padding
                    + bands
                        .iter()
                        .filter(|band| band.centre > SLOW * padding)
                        .map(|band| band.unlikely(&shape))
                        .sum::<f64>();
                shapes.push(shape);
            }
        }
        let flat = Shape { level: 1.0, share: 0.0, corner: 1.0, cost: f64::INFINITY };
        let best =
            shapes.iter().fold(flat, |best, shape| if shape.cost < best.cost - 1e-9 { *shape } else { best });
        shapes.iter_mut().for_each(|shape| shape.cost -= best.cost);
        for band in &mut bands {
            band.excess = (band.log_power - ln(best.at(band.wave))).max(0.0);
        }
        Background { length, best, shapes, bands }
    }

    /// The expected power at a position of the spectrum.
    pub(super) fn at(&self, position: f64) -> f64 {
        self.best.at(wave(position, self.length)) * exp(self.excess(position))
    }

    /// How much more likely a power at a position is with a line there than without one, as a logarithm: against the shape for which it is
    /// least.
    pub(super) fn evidence(&self, position: f64, power: f64) -> f64 {
        let wave = wave(position, self.length);
        let expected = self.at(position);
        let against = |shape: &Shape| power / shape.at(wave).max(expected) + shape.cost;
        self.shapes.iter().map(against).fold(f64::INFINITY, f64::min)
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

impl Band {
    /// Half the square of the distance in standard errors of a median's logarithm; far off, its linear continuation (Huber 1964).
    fn unlikely(&self, shape: &Shape) -> f64 {
        let errors = (self.log_power - ln(shape.at(self.wave))).abs() * self.weight * LN_2;
        if errors > FAR { FAR * (errors - 0.5 * FAR) } else { 0.5 * errors * errors }
    }
}

/// `4·sin²(πf)` at a position of the spectrum.
fn wave(position: f64, length: f64) -> f64 {
    let half = 2.0 * sin(PI * position / length);
    half * half
}

/// The negative logarithm of the likelihood of independent exponential powers.
fn unlikely_slow(slow: &[(f64, f64)], shape: &Shape) -> f64 {
    let (mut product, mut sum) = (1.0, 0.0);
    for (wave, power) in slow {
        let expected = shape.at(*wave);
        // The product of a few dozen floors would leave the range of floats in no case but that of powers which already have.
        product *= expected.clamp(1e-8, 1e8);
        sum += (power / expected).min(MOST_POWER);
    }
    ln(product) + sum
}

fn bands(power: &[f64], length: f64, padding: f64, whole: impl Fn(f64) -> bool) -> Vec<Band> {
    let fewest = (FEWEST_IN_BAND as f64 * padding) as usize;
    let mut bands = Vec::new();
    let mut start = (padding as usize).max(1);
    while start < power.len() {
        let mut end = ((start as f64 * BAND_RATIO) as usize).max(start + fewest);
        // What is left over belongs to the last band.
        if power.len() - end.min(power.len()) < fewest {
            end = power.len();
        }
        let inside = power.get(start..end).unwrap_or_default().iter().zip(start..);
        let mut inside: Vec<f64> =
            inside.filter(|(_, at)| whole(*at as f64)).map(|(power, _)| *power).collect();
        if inside.len() as f64 >= 2.0 * padding {
            let middle = inside.len() / 2;
            let median = *inside.select_nth_unstable_by(middle, f64::total_cmp).1;
            let centre = 0.5 * (start + end - 1) as f64;
            bands.push(Band {
                centre,
                wave: wave(centre, length),
                weight: (inside.len() as f64 / padding).sqrt(),
                log_power: ln((median / LN_2).max(1e-280)),
                excess: 0.0,
            });
        }
        start = end;
    }
    bands
}

/// The logarithm of the level at which half of the weight of the bands lies above a shape of level 1.
fn level(bands: &[Band], shape: &Shape) -> f64 {
    let gap = |band: &Band| (band.log_power - ln(shape.at(band.wave)), band.weight);
    let mut gaps: Vec<(f64, f64)> = bands.iter().map(gap).collect();
    gaps.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let half = 0.5 * gaps.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut below = 0.0;
    let reaches = |(_, weight): &&(f64, f64)| {
        below += weight;
        below >= half
    };
    gaps.iter().find(reaches).map_or(0.0, |(gap, _)| *gap)
}
