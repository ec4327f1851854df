//! One wave in a load: its frequency, fitted by least squares; taken off, and put back.
//!
//! Sums run in a fixed order over `libm`, so that every machine finds the same wave. Where there are few cycles, a trend pulls at a wave and
//! so does its own mirror image at its negative frequency; there line and wave are fitted together.

use crate::math::{cos, sin};
use nalgebra::{SMatrix, SVector};
use std::array::from_fn;
use std::f64::consts::TAU;

/// With fewer cycles line and wave are fitted together.
const MANY_CYCLES: f64 = 16.0;
/// Means of so many parts of a cycle are as good as all values.
const PARTS: f64 = 24.0;
/// Steps of a pass, in frequencies that n values can tell apart: one step, all steps, and one that is none.
const LONGEST_STEP: f64 = 0.3;
const FARTHEST: f64 = 0.7;
const NO_STEP: f64 = 1e-3;
/// Turns from a fresh sine, so that rounding does not grow.
const TURNS: usize = 128;

/// `cosine·cos(2πft) + sine·sin(2πft)` at the steps t = 0, 1, …
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wave {
    /// Cycles a step.
    pub(super) frequency: f64,
    cosine: f64,
    sine: f64,
}

impl Wave {
    /// The wave near a frequency that explains most of `values` (NaN = missing), which it takes off; and by how much their sum of squares
    /// became smaller.
    pub(super) fn take(values: &mut [f64], near: f64) -> (Wave, f64) {
        let many = near * values.len() as f64 >= MANY_CYCLES;
        let frequency = if many { strongest(values, near) } else { strongest_beside_line(values, near) };
        let [mut cc, mut cs, mut ss, mut xc, mut xs] = [0.0; 5];
        each(values, frequency, |_, x, c, s| {
            if x.is_nan() {
                return;
            }
            cc += c * c;
            cs += c * s;
            ss += s * s;
            xc += *x * c;
            xs += *x * s;
        });
        let determinant = cc * ss - cs * cs;
        let n = values.len() as f64;
        // At half the sample rate the sine is zero everywhere.
        let (cosine, sine) = if determinant > 1e-9 * n * n {
            ((xc * ss - xs * cs) / determinant, (xs * cc - xc * cs) / determinant)
        } else {
            (xc / cc, 0.0)
        };
        each(values, frequency, |_, x, c, s| *x -= cosine * c + sine * s);
        (Wave { frequency, cosine, sine }, (cosine * xc + sine * xs).max(0.0))
    }

    /// Puts it back.
    pub(super) fn add_to(&self, values: &mut [f64]) {
        each(values, self.frequency, |_, x, c, s| *x += self.cosine * c + self.sine * s);
    }
}

/// Calls `visit(t, value, cos 2πft, sin 2πft)`.
fn each(values: &mut [f64], frequency: f64, mut visit: impl FnMut(usize, &mut f64, f64, f64)) {
    let turn = (cos(TAU * frequency), sin(TAU * frequency));
    let mut next = (1.0, 0.0);
    let turns: [(f64, f64); TURNS] = from_fn(|_| {
        let (c, s) = next;
        next = (c * turn.0 - s * turn.1, s * turn.0 + c * turn.1);
        (c, s)
    });
    for (block, chunk) in values.chunks_mut(TURNS).enumerate() {
        let angle = TAU * ((TURNS * block) as f64 * frequency).fract();
        let (fresh_cos, fresh_sin) = (cos(angle), sin(angle));
        for (k, (value, (c, s))) in chunk.iter_mut().zip(&turns).enumerate() {
            visit(TURNS * block + k, value, fresh_cos * c - fresh_sin * s, fresh_sin * c + fresh_cos * s);
        }
    }
}

/// The frequency near another at which the values' power is largest: Newton's method on |X(f)|².
fn strongest(values: &mut [f64], near: f64) -> f64 {
    let n = values.len() as f64;
    let middle = 0.5 * (n - 1.0);
    let mut best = near;
    for _ in 0..3 {
        let [mut c0, mut s0, mut c1, mut s1, mut c2, mut s2] = [0.0; 6];
        each(values, best, |t, x, c, s| {
            if x.is_nan() {
                return;
            }
            let t = t as f64 - middle;
            let (a, b) = (*x * c, *x * s);
            c0 += a;
            s0 += b;
            c1 += t * a;
            s1 += t * b;
            c2 += t * t * a;
            s2 += t * t * b;
        });
        // d/df of c0² + s0², where c0' = −2π·s1 and s0' = 2π·c1.
        let slope = 2.0 * TAU * (s0 * c1 - c0 * s1);
        let bend = 2.0 * TAU * TAU * (c1 * c1 + s1 * s1 - c0 * c2 - s0 * s2);
        if bend >= 0.0 {
            break;
        }
        let step = -slope / bend;
        best = stepped(best, step, near, n);
        if step.abs() < NO_STEP / n {
            break;
        }
    }
    best
}

/// The frequency near another for which a wave and a straight line together leave the smallest sum of squares: the method of Gauss and Newton
/// on means of parts of a cycle.
fn strongest_beside_line(values: &[f64], near: f64) -> f64 {
    let n = values.len() as f64;
    let size = ((1.0 / (near * PARTS)) as usize).max(1);
    let mean = |(at, part): (usize, &[f64])| {
        let [mut count, mut time, mut sum] = [0.0; 3];
        for (t, x) in part.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
            count += 1.0;
            time += (at * size + t) as f64;
            sum += x;
        }
        (count > 0.0).then(|| (time / count, sum / count, count))
    };
    let parts: Vec<(f64, f64, f64)> = values.chunks(size).enumerate().filter_map(mean).collect();
    let mut best = near;
    let (mut cosine, mut sine) = (0.0, 0.0);
    for round in 0..5 {
        let mut products = SMatrix::<f64, 5, 5>::zeros();
        let mut moments = SVector::<f64, 5>::zeros();
        for (t, x, weight) in &parts {
            let (c, s) = (cos(TAU * best * t), sin(TAU * best * t));
            let middle = t / n - 0.5;
            let row =
                SVector::<f64, 5>::from([1.0, middle, c, s, TAU * n * middle * (sine * c - cosine * s)]);
            products.ger(*weight, &row, &row, 1.0);
            moments.axpy(weight * x, &row, 1.0);
        }
        // Before its phase is known, a wave's frequency cannot be moved.
        if round == 0
            && let Some(corner) = products.get_mut((4, 4))
        {
            *corner = 1.0;
        }
        let Some(factor) = products.cholesky() else { break };
        let [_, _, c, s, step]: [f64; 5] = factor.solve(&moments).into();
        (cosine, sine) = (c, s);
        best = stepped(best, step, near, n);
        if round > 0 && step.abs() < NO_STEP / n {
            break;
        }
    }
    best
}

fn stepped(from: f64, step: f64, near: f64, n: f64) -> f64 {
    let step = step.clamp(-LONGEST_STEP / n, LONGEST_STEP / n);
    (from + step).clamp((near - FARTHEST / n).max(0.1 / n), (near + FARTHEST / n).min(0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_found_beside_a_trend_and_gaps_and_taken_off_whole() {
        for (cycles, n) in [(2.6, 200), (7.3, 500), (61.7, 500), (250.0, 500)] {
            let frequency = cycles / f64::from(n);
            let pure = |t: i32| 3.0 * (TAU * frequency * f64::from(t) + 0.4).cos();
            let mut values: Vec<f64> = (0..n).map(pure).collect();
            values.iter_mut().step_by(7).for_each(|x| *x = f64::NAN);
            if cycles < MANY_CYCLES {
                let mut sloped: Vec<f64> = (0..n).map(|t| pure(t) + 0.01 * f64::from(t)).collect();
                let (wave, _) = Wave::take(&mut sloped, frequency + 0.3 / f64::from(n));
                assert!((wave.frequency - frequency).abs() * f64::from(n) < 1e-3, "{cycles}: {wave:?}");
            }
            let before = values.clone();
            let (wave, explained) = Wave::take(&mut values, frequency + 0.2 / f64::from(n));
            let left: f64 = values.iter().filter(|x| !x.is_nan()).map(|x| x * x).sum();
            let all: f64 = before.iter().filter(|x| !x.is_nan()).map(|x| x * x).sum();
            assert!(
                left < 1e-3 * all && (all - left - explained).abs() < 1e-9 * all,
                "{cycles}: {left} of {all}"
            );
            wave.add_to(&mut values);
            assert!(values.iter().zip(&before).all(|(a, b)| (a - b).abs() < 1e-12 || b.is_nan()));
        }
    }
}
