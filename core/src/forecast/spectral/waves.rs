//! A level, a slope and waves of given frequencies, fitted together by least squares.
//!
//! Outliers are drawn in: after a fit, residuals beyond four robust standard deviations are cut there and the fit is
//! repeated on what remains (Huber's pseudo-values, Huber & Ronchetti 2009, "Robust Statistics", section 7.8).

use crate::math::{cos, sin};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

const ROUNDS: usize = 10;
const OUTLIER: f64 = 4.0;
const RIDGE: f64 = 1e-9;

/// A wave of one frequency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Wave {
    /// Cycles a step.
    pub(super) frequency: f64,
    pub(super) cosine: f64,
    pub(super) sine: f64,
}

/// What was fitted to values at the times 0, 1, ….
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Waves {
    /// The straight line at the last of the values, and its slope.
    pub(super) level: f64,
    pub(super) slope: f64,
    pub(super) waves: Vec<Wave>,
}

impl Waves {
    /// Fits known values (NaN = missing); with no frequencies the slope is 0. None where nothing is known.
    pub(super) fn fit(values: &[f64], frequencies: &[f64]) -> Option<Waves> {
        let known: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        let (centre, spread) = centre_and_spread(&known)?;
        let limits = (centre - 1e3 * spread, centre + 1e3 * spread);
        let n = values.len();
        let size = 2 + 2 * frequencies.len();
        let row = |t: usize| {
            let waves = frequencies.iter().flat_map(move |frequency| {
                let angle = angle(*frequency, t as f64);
                [cos(angle), sin(angle)]
            });
            [1.0, (t + 1) as f64 / n as f64 - 1.0].into_iter().chain(waves)
        };
        // Scaled and centred, so that no square overflows.
        let scaled =
            |x: f64| if spread > 0.0 { (x.clamp(limits.0, limits.1) - centre) / spread } else { 0.0 };
        let rows: Vec<f64> =
            values.iter().enumerate().filter(|(_, x)| !x.is_nan()).flat_map(|(t, _)| row(t)).collect();
        let targets: Vec<f64> = known.iter().map(|x| scaled(*x)).collect();
        let mut products = DMatrix::zeros(size, size);
        for row in rows.chunks_exact(size) {
            for (a, x) in row.iter().enumerate() {
                for (b, y) in row.iter().enumerate().skip(a) {
                    if let Some(entry) = products.get_mut((b, a)) {
                        *entry += x * y;
                    }
                }
            }
        }
        for a in 0..size {
            if let Some(entry) = products.get_mut((a, a)) {
                *entry += RIDGE * known.len() as f64;
            }
        }
        // Only the lower triangle is read.
        let factor = products.cholesky()?;
        let mut solution: DVector<f64> = DVector::zeros(size);
        let mut pseudo = targets.clone();
        for round in 0..ROUNDS {
            let mut moments: DVector<f64> = DVector::zeros(size);
            for (row, x) in rows.chunks_exact(size).zip(&pseudo) {
                moments.iter_mut().zip(row).for_each(|(moment, part)| *moment += part * x);
            }
            solution = factor.solve(&moments);
            if round + 1 == ROUNDS {
                break;
            }
            let fitted: Vec<f64> = rows
                .chunks_exact(size)
                .map(|row| row.iter().zip(solution.iter()).map(|(a, b)| a * b).sum())
                .collect();
            let residuals: Vec<f64> = targets.iter().zip(&fitted).map(|(x, fit)| x - fit).collect();
            let (_, scale) = centre_and_spread(&residuals)?;
            let most = OUTLIER * scale;
            pseudo = fitted.iter().zip(&residuals).map(|(fit, rest)| fit + rest.clamp(-most, most)).collect();
        }
        let mut parts = solution.iter().map(|part| part * spread);
        let (level, slope) = (parts.next()? + centre, parts.next()? / n as f64);
        let pairs: Vec<f64> = parts.collect();
        let waves =
            frequencies.iter().zip(pairs.chunks_exact(2)).filter_map(|(frequency, pair)| match pair {
                [cosine, sine] => Some(Wave { frequency: *frequency, cosine: *cosine, sine: *sine }),
                _ => None,
            });
        let fit = Waves { level, slope, waves: waves.collect() };
        fit.is_finite().then_some(fit)
    }

    /// The sum of the waves at a time.
    pub(super) fn at(&self, time: f64) -> f64 {
        let part = |wave: &Wave| {
            let angle = angle(wave.frequency, time);
            wave.cosine * cos(angle) + wave.sine * sin(angle)
        };
        self.waves.iter().map(part).sum()
    }

    /// Adds the waves at the times `start`, `start` + 1, … to `sums`.
    pub(super) fn add_to(&self, sums: &mut [f64], start: f64) {
        const FRESH: usize = 128;
        for wave in &self.waves {
            let (turn_cos, turn_sin) = (cos(TAU * wave.frequency), sin(TAU * wave.frequency));
            for (block, chunk) in sums.chunks_mut(FRESH).enumerate() {
                let angle = angle(wave.frequency, start + (block * FRESH) as f64);
                let (mut c, mut s) = (cos(angle), sin(angle));
                for sum in chunk {
                    *sum += wave.cosine * c + wave.sine * s;
                    (c, s) = (c * turn_cos - s * turn_sin, s * turn_cos + c * turn_sin);
                }
            }
        }
    }

    pub(super) fn is_finite(&self) -> bool {
        let finite = |wave: &Wave| {
            (0.0..=0.5).contains(&wave.frequency) && wave.cosine.is_finite() && wave.sine.is_finite()
        };
        self.level.is_finite() && self.slope.is_finite() && self.waves.iter().all(finite)
    }
}

fn angle(frequency: f64, time: f64) -> f64 {
    TAU * (frequency * time).fract()
}

/// The median, and a standard deviation from the median absolute deviation, or where that is 0 from the mean one.
pub(super) fn centre_and_spread(known: &[f64]) -> Option<(f64, f64)> {
    let centre = median(known.to_vec())?;
    let mut deviations: Vec<f64> = known.iter().map(|x| (x - centre).abs()).collect();
    let robust = 1.4826 * median(deviations.clone())?;
    if robust > 0.0 && robust.is_finite() {
        return Some((centre, robust));
    }
    deviations.sort_unstable_by(f64::total_cmp);
    let rare = deviations.len() / 200 + usize::from(deviations.len() >= 16);
    deviations.truncate(deviations.len() - rare);
    let mean = deviations.iter().map(|x| x / deviations.len() as f64).sum::<f64>();
    Some((centre, if mean.is_finite() { mean } else { 0.0 }))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_and_waves_come_back_whatever_is_missing_or_wild() {
        let wave = |t: f64| 3.0 * (TAU * t / 24.3).cos() - 2.0 * (TAU * t / 7.0).sin();
        let mut values: Vec<f64> = (0..400).map(f64::from).map(|t| 50.0 + 0.1 * t + wave(t)).collect();
        values[100..130].fill(f64::NAN);
        values[7] = 1e300;
        values[300] = -900.0;
        let fit = Waves::fit(&values, &[1.0 / 24.3, 1.0 / 7.0]).unwrap();
        assert!((fit.level - 89.9).abs() < 0.05 && (fit.slope - 0.1).abs() < 1e-3, "{fit:?}");
        assert!(
            (fit.waves[0].cosine - 3.0).abs() < 0.05 && (fit.waves[1].sine + 2.0).abs() < 0.05,
            "{fit:?}"
        );
        let mut ahead = vec![0.0; 500];
        fit.add_to(&mut ahead, 400.0);
        assert!((0..500).all(|h| (ahead[h] - fit.at(400.0 + h as f64)).abs() < 1e-11));
    }
}
