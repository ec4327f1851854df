//! The scaling identity on many time scales at once, and what noise its slope lets through.
//!
//! The identity over a stretch of time needs the load, its sum and its slope at both ends of the stretch only. So one pass that keeps
//! these three gives it over 1, 2, 4, … steps. Gains move between scales by the stretching law: what α, β, γ do over one step, α,
//! β/k, γ·k do over k steps of a load that is k times as slow.
//!
//! The slope is that of a least-squares parabola over the last `window` samples, at its newest (Savitzky and Golay 1964, Anal. Chem.
//! 36). Independent noise of deviation σ in the load becomes noise of deviation `σ/h·√(12/(m(m²−1)) + 180(m−1)²/(m(m²−1)(m²−4)))` in
//! it, `m` the window: the sum of squares of the weights, from the discrete orthogonal polynomials of degrees 1 and 2.

use super::identity::Gains;
use crate::error::{Error, Result, all_finite, finite, positive};
use crate::load::derivatives;
use crate::math::Sum;

/// More values in all than this are refused.
const MOST_VALUES: usize = 100_000_000;

/// The gains that do on a load `by` times as slow what the given ones do: (α, β/by, γ·by).
///
/// Refuses numbers that are not finite, and `by` that is not above 0.
pub fn stretch_gains(alpha: f64, beta: f64, gamma: f64, by: f64) -> Result<(f64, f64, f64)> {
    positive("by", by)?;
    let gains = Gains { alpha, beta: beta / by, gamma: gamma * by };
    Gains { alpha, beta, gamma }.check()?;
    gains.check()?;
    Ok((gains.alpha, gains.beta, gains.gamma))
}

/// Deviation of the slope per deviation of independent noise in the load, for a window of at least 3 samples `step_seconds` apart.
///
/// Times γ·√2 it is what the noise does to a change of scale between two slopes far apart. In units of 1 over the step: 2.55 for 3
/// samples, 1.11 for 5, 0.47 for 9, 0.19 for 17, then as the power −3/2 of the window.
pub fn slope_noise(window: usize, step_seconds: f64) -> Result<f64> {
    positive("step_seconds", step_seconds)?;
    if window < 3 {
        return Err(Error::config("window", format!("must be at least 3 samples, got {window}")));
    }
    let m = window as f64;
    let line = 12.0 / (m * (m * m - 1.0));
    let bend = 15.0 * (m - 1.0) * (m - 1.0) / (m * m - 4.0);
    Ok((line * (1.0 + bend)).sqrt() / step_seconds)
}

/// The change of scale over the last 1, 2, 4, … steps at every sample: `scales` rows, as many values in each as samples.
///
/// Row `r` is the identity over 2^r steps with the gains stretched to it, (α, β/2^r, γ·2^r). NaN where the load does not reach back
/// so far, or the slope at either end is not known yet (two samples more, if γ is not 0). `window` (at least 3) is that of the slope:
/// 3 is the slope of [`scaling_identity`](super::scaling_identity), more let through less noise, see [`slope_noise`]. Against noise
/// that is white, double the window with the scale by calling anew. O(n·(window + scales)).
///
/// Refuses an empty load, values that are not finite, a row that is longer than the load, and more than 10⁸ values.
pub fn multiscale_scaling(
    load: &[f64],
    step_seconds: f64,
    alpha: f64,
    beta: f64,
    gamma: f64,
    scales: usize,
    window: usize,
) -> Result<Vec<Vec<f64>>> {
    let gains = Gains { alpha, beta, gamma };
    gains.check()?;
    all_finite("load", load)?;
    if load.is_empty() {
        return Err(Error::data("load", "has no samples"));
    }
    if scales == 0
        || scales > 60
        || 1 << (scales - 1) >= load.len()
        || load.len().saturating_mul(scales) > MOST_VALUES
    {
        let problem = format!("{} samples are too few or too many for {scales} scales", load.len());
        return Err(Error::config("scales", problem));
    }
    let (slopes, _) = derivatives(load, step_seconds, window)?;
    let mut area = Sum::default();
    let areas: Vec<f64> = std::iter::once(0.0)
        .chain(load.iter().zip(load.iter().skip(1)).map(|(a, b)| {
            area.add(step_seconds * (0.5 * a + 0.5 * b));
            area.value()
        }))
        .collect();
    let ends = || load.iter().zip(&areas).zip(&slopes);
    let row = |row: usize| {
        let steps = 1usize << row;
        let (alpha, beta, gamma) = stretch_gains(alpha, beta, gamma, steps as f64)?;
        let changes =
            ends().zip(ends().skip(steps)).map(|(((load, area), slope), ((to_load, to_area), to_slope))| {
                let bend = if gamma == 0.0 { 0.0 } else { gamma * (to_slope - slope) };
                alpha * (to_load - load) + beta * (to_area - area) + bend
            });
        let values: Vec<f64> = std::iter::repeat_n(f64::NAN, steps).chain(changes).collect();
        match values.iter().find(|value| value.is_infinite()) {
            Some(value) => finite("alpha", *value).map(|_| values),
            None => Ok(values),
        }
    };
    (0..scales).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::scaling::scaling_identity;
    use proptest::prelude::*;

    #[test]
    fn the_noise_of_a_slope_is_the_norm_of_its_weights() {
        for window in [3, 4, 5, 9, 17, 64] {
            // The slope's answers to unit impulses are its weights.
            let weights = (0..window).map(|at| {
                let mut impulse = vec![0.0; window];
                impulse[at] = 1.0;
                derivatives(&impulse, 15.0, window).unwrap().0[window - 1]
            });
            let norm = weights.map(|weight| weight * weight).sum::<f64>().sqrt();
            let noise = slope_noise(window, 15.0).unwrap();
            assert!((noise / norm - 1.0).abs() < 1e-9, "{window}: {noise} {norm}");
        }
        assert!((slope_noise(3, 1.0).unwrap() - 6.5f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_longer_window_lets_the_noise_of_gamma_down_as_promised() {
        let mut random = Random::new(7);
        let load: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        for window in [3, 9, 33] {
            let rows = multiscale_scaling(&load, 1.0, 0.0, 0.0, 1.0, 9, window).unwrap();
            // 256 steps apart the two slopes share no sample; the gain of the ninth row is 256.
            let known: Vec<f64> =
                rows[8].iter().copied().filter(|value| !value.is_nan()).map(|value| value / 256.0).collect();
            let deviation =
                (known.iter().map(|value| value * value).sum::<f64>() / known.len() as f64).sqrt();
            let promised = 2f64.sqrt() * slope_noise(window, 1.0).unwrap();
            assert!((deviation / promised - 1.0).abs() < 0.1, "{window}: {deviation} {promised}");
        }
    }

    #[test]
    fn bad_arguments_are_refused_by_name() {
        let refused = |load: &[f64], gamma, scales, window| {
            multiscale_scaling(load, 1.0, 1.0, 0.0, gamma, scales, window).unwrap_err().to_string()
        };
        assert!(refused(&[], 0.0, 1, 3).starts_with("load:"));
        assert!(refused(&[1.0, f64::NAN], 0.0, 1, 3).starts_with("load:"));
        assert!(refused(&[1.0, 2.0], 0.0, 2, 3).starts_with("scales:"));
        assert!(refused(&[1.0, 2.0], 0.0, 0, 3).starts_with("scales:"));
        assert!(refused(&[1.0, 2.0], 0.0, usize::MAX, 3).starts_with("scales:"));
        assert!(refused(&[1.0, 2.0], 0.0, 1, 2).starts_with("window:"));
        assert!(refused(&[1.0, 2.0], f64::NAN, 1, 3).starts_with("gamma:"));
        assert!(refused(&[-f64::MAX, f64::MAX], 0.0, 1, 3).starts_with("alpha:"));
        assert!(stretch_gains(1.0, 1.0, 1.0, 0.0).unwrap_err().to_string().starts_with("by:"));
        assert!(slope_noise(2, 1.0).unwrap_err().to_string().starts_with("window:"));
    }

    proptest! {
        #[test]
        fn every_row_is_the_identity_with_stretched_gains(
            load in prop::collection::vec(-1e3f64..1e3, 12..80), step in 0.1f64..100.0,
            alpha in -2f64..2.0, beta in -2f64..2.0, gamma in -2f64..2.0,
        ) {
            let rows = multiscale_scaling(&load, step, alpha, beta, gamma, 4, 3).unwrap();
            for (r, row) in rows.iter().enumerate() {
                let steps = 1usize << r;
                let (a, b, c) = stretch_gains(alpha, beta, gamma, steps as f64).unwrap();
                let whole = scaling_identity(&load, step, a, b, c, 0.0).unwrap();
                let size = whole.iter().fold(1.0, |size: f64, value| size.max(value.abs()));
                for (i, value) in row.iter().enumerate() {
                    if i < steps + 2 {
                        prop_assert!(value.is_nan());
                    } else {
                        prop_assert!((value - (whole[i] - whole[i - steps])).abs() <= 1e-9 * size);
                    }
                }
            }
        }

        /// Fractal: a load 2^r times as slow shows on row r what the load itself shows on row 0.
        #[test]
        fn a_slow_load_looks_on_its_scale_as_a_quick_one_on_the_first(
            a in -9f64..9.0, b in -9f64..9.0, c in -9f64..9.0, r in 1usize..5, alpha in -2f64..2.0, gamma in -2f64..2.0, beta in -2f64..2.0,
        ) {
            let slow = (1usize << r) as f64;
            for (c, beta) in [(c, 0.0), (0.0, beta)] {
                let at = |t: f64| a + b * t + c * t * t;
                let quick: Vec<f64> = (0..8).map(|i| at(f64::from(i))).collect();
                let stretched: Vec<f64> = (0..200).map(|i| at(f64::from(i) / slow)).collect();
                let first = multiscale_scaling(&quick, 1.0, alpha, beta, gamma, 1, 3).unwrap();
                let row = multiscale_scaling(&stretched, 1.0, alpha, beta, gamma, r + 1, 3).unwrap();
                for i in 3..8usize {
                    prop_assert!((first[0][i] - row[r][i << r]).abs() < 1e-6, "{} {}", first[0][i], row[r][i << r]);
                }
            }
        }
    }
}
