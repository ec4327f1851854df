//! How long a period is, sharper than a line of the spectrum tells.
//!
//! Where there are few cycles, the trend and a wave's own harmonics pull a line aside; there the length is the one for which a
//! straight line and a few harmonics together leave the smallest sum of squares. Then, since clocks make most periods of
//! loads, a round length is taken wherever the data cannot tell it from the estimate.

use super::spectral_lines::Line;
use crate::math::{cos, sin};
use nalgebra::{DMatrix, DVector};
use std::f64::consts::TAU;

/// From so many cycles on a line stands for itself.
pub(super) const MANY_CYCLES: f64 = 16.0;
/// Means of so many parts of a cycle are as good as all values.
const PARTS: f64 = 24.0;
/// The end of the data pulls a line aside by about this over the square of its cycles.
const BIAS: f64 = 0.2;
/// Lengths that clocks make, in seconds: multiples of the first that fits are taken.
const ROUND: [f64; 9] = [604_800.0, 86_400.0, 3_600.0, 1_800.0, 600.0, 300.0, 60.0, 10.0, 1.0];

/// The frequency in cycles a step, near a first guess, of a wave in `values` (NaN = missing) with so many harmonics, itself counted.
pub(crate) fn sharpened(values: &[f64], guess: f64, harmonics: usize) -> f64 {
    let n = values.len() as f64;
    let size = (1.0 / (guess * PARTS)) as usize;
    let blocks: Vec<(f64, f64)> = values
        .chunks(size.max(1))
        .enumerate()
        .filter_map(|(at, block)| {
            let known = block.iter().filter(|x| !x.is_nan());
            let count = known.clone().count();
            let middle = (at * size.max(1)) as f64 + 0.5 * (block.len() as f64 - 1.0);
            (2 * count > block.len()).then(|| (middle, known.sum::<f64>() / count as f64))
        })
        .collect();
    // Three ever finer looks around the best so far, in parts of what n values can tell apart.
    let mut best = guess;
    for step in [0.1, 0.02, 0.004] {
        let around = (-6..=6).map(|k| best + f64::from(k) * step / n);
        let left = around.map(|frequency| (frequency, squares_left(&blocks, frequency, n, harmonics)));
        best = left.fold((best, f64::INFINITY), |best, next| if next.1 < best.1 { next } else { best }).0;
    }
    best
}

/// The sum of squares that a straight line and the harmonics of a frequency leave.
fn squares_left(points: &[(f64, f64)], frequency: f64, n: f64, harmonics: usize) -> f64 {
    let size = 2 + 2 * harmonics;
    if frequency * n < 0.5 || points.len() < 2 * size {
        return f64::INFINITY;
    }
    let mut products = DMatrix::zeros(size, size);
    let mut moments = DVector::zeros(size);
    let mut total = 0.0;
    for (t, x) in points {
        let angle = TAU * (frequency * t);
        let waves =
            (1u32..).take(harmonics).flat_map(|k| [cos(angle * f64::from(k)), sin(angle * f64::from(k))]);
        let row = DVector::from_iterator(size, [1.0, t / n - 0.5].into_iter().chain(waves));
        products.ger(1.0, &row, &row, 1.0);
        moments.axpy(*x, &row, 1.0);
        total += x * x;
    }
    let solved = products.cholesky().map(|factor| moments.dot(&factor.solve(&moments)));
    solved.map_or(f64::INFINITY, |explained| total - explained)
}

/// The length in seconds of the wave of a frequency, which was found as `line` in `n` values: a round one where the estimate,
/// at twice its standard error (the bound of Cramér and Rao for a frequency in noise), leaves the choice.
pub(crate) fn rounded(frequency: f64, line: &Line, n: f64, step_seconds: f64) -> f64 {
    let seconds = step_seconds / frequency;
    let cycles = n * frequency;
    let relative_error = (6.0 / line.ratio.max(1.0)).sqrt() / (TAU * cycles);
    let tolerance = seconds * (2.0 * relative_error + BIAS / (cycles * cycles)).min(0.02);
    let nearest = ROUND.iter().chain([&step_seconds]).map(|unit| (seconds / unit).round() * unit);
    nearest.into_iter().find(|round| *round > 0.0 && (round - seconds).abs() <= tolerance).unwrap_or(seconds)
}
