//! Slope and curvature of a load at each moment, from the past alone.
//!
//! A quadratic is fitted by least squares to the last `window` values, and differentiated at its newest point: the
//! end point of the filter of Savitzky & Golay 1964 ("Smoothing and Differentiation of Data by Simplified Least
//! Squares Procedures", Anal. Chem. 36). The fit uses polynomials that are orthogonal on the points that are known,
//! so that missing values need no filling.

use crate::error::{Error, Result, positive};

/// More visits to a value (about a minute) are refused.
const MOST_VISITS: u64 = 10_000_000_000;

/// First and second derivative of `values` at each sample, per second and per second².
///
/// `values` are `step_seconds` (> 0) apart, NaN = missing; `window` (at least 3) is in samples. Sample `i` uses the
/// samples `i − window + 1 … i` only. Where fewer than 3 of them are known, or sample `i` itself is missing, both
/// answers are NaN. Exact on quadratics. O(n · window).
///
/// # Errors
/// [`Error::Config`] for a bad step or window, or one that takes more than 10¹⁰ steps; [`Error::Data`] for infinite values.
///
/// ```
/// let load: Vec<f64> = (0..10).map(|t| 3.0 + 2.0 * t as f64 + 0.5 * (t * t) as f64).collect();
/// let (first, second) = forescale::load::derivatives(&load, 1.0, 5)?;
/// assert!((first[9] - 11.0).abs() < 1e-12 && (second[9] - 1.0).abs() < 1e-12);
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn derivatives(values: &[f64], step_seconds: f64, window: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    positive("step_seconds", step_seconds)?;
    if window < 3 {
        return Err(Error::config("window", format!("must be at least 3 samples, got {window}")));
    }
    let visits = values.len() as u64 * window.min(values.len()) as u64;
    if visits > MOST_VISITS {
        let problem = format!("{window} over {} values takes more than {MOST_VISITS} steps", values.len());
        return Err(Error::config("window", problem));
    }
    if let Some(i) = values.iter().position(|value| value.is_infinite()) {
        return Err(Error::data("values", format!("value {i} of {} is infinite", values.len())));
    }
    let at = |end: usize| {
        let recent = values.get(end.saturating_sub(window)..end).unwrap_or_default();
        newest_derivatives(recent, step_seconds)
    };
    Ok((1..=values.len()).map(at).unzip())
}

/// The derivatives at the last of `recent`.
fn newest_derivatives(recent: &[f64], step: f64) -> (f64, f64) {
    let newest = recent.last().copied().unwrap_or(f64::NAN);
    // Ages run from 0 at the newest point backwards; values are taken relative to it, which loses no digits to a high level.
    let known = || {
        let aged = recent.iter().rev().enumerate().filter(|(_, value)| !value.is_nan());
        aged.map(|(age, value)| (-(age as f64), value - newest))
    };
    let count = known().count();
    if newest.is_nan() || count < 3 {
        return (f64::NAN, f64::NAN);
    }
    let n = count as f64;
    let mean_x = known().map(|(x, _)| x).sum::<f64>() / n;
    let mean_square = known().map(|(x, _)| x * x).sum::<f64>() / n;
    let line = |x: f64| x - mean_x;
    let line_norm = known().map(|(x, _)| line(x) * line(x)).sum::<f64>();
    let overlap = known().map(|(x, _)| x * x * line(x)).sum::<f64>() / line_norm;
    let parabola = |x: f64| x * x - mean_square - overlap * line(x);
    let parabola_norm = known().map(|(x, _)| parabola(x) * parabola(x)).sum::<f64>();
    let slope = known().map(|(x, y)| line(x) * y).sum::<f64>() / line_norm;
    let bend = known().map(|(x, y)| parabola(x) * y).sum::<f64>() / parabola_norm;
    ((slope - bend * overlap) / step, 2.0 * bend / (step * step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_weights_of_the_five_point_end_fit() {
        // The response to a unit impulse gives the filter's weights. Fitting a + bx + cx² to x = −4…0 by hand: the
        // second derivative has weights (2, −1, −2, −1, 2)/7, the slope at the newest point (26, −27, −40, −13, 54)/70.
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for at in 0..5 {
            let mut impulse = [0.0; 5];
            impulse[at] = 1.0;
            let (one, two) = derivatives(&impulse, 1.0, 5).unwrap();
            first.push(70.0 * one[4]);
            second.push(7.0 * two[4]);
        }
        let close =
            |found: &[f64], wanted: [f64; 5]| found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(&first, [26.0, -27.0, -40.0, -13.0, 54.0]), "{first:?}");
        assert!(close(&second, [2.0, -1.0, -2.0, -1.0, 2.0]), "{second:?}");
    }

    #[test]
    fn too_little_and_bad_input() {
        let (first, second) = derivatives(&[1.0, 2.0, f64::NAN, 4.0, 5.0], 1.0, 3).unwrap();
        assert!(first[..4].iter().chain(&second[..4]).all(|value| value.is_nan()));
        assert!(derivatives(&[1.0], 0.0, 5).is_err() && derivatives(&[1.0], 1.0, 2).is_err());
        let endless = derivatives(&[1.0; 200_000], 1.0, usize::MAX).unwrap_err().to_string();
        assert!(endless.starts_with("window: ") && endless.contains("steps"), "{endless}");
        assert!(derivatives(&[f64::NEG_INFINITY], 1.0, 5).unwrap_err().to_string().contains("value 0 of 1"));
    }

    proptest! {
        #[test]
        fn exact_on_quadratics_whatever_is_missing(
            (a, b, c) in (-1e3..1e3f64, -10.0..10.0f64, -1.0..1.0f64), step in 0.1..100.0f64, window in 3usize..12,
            missing in prop::collection::vec(prop::bool::weighted(0.3), 30),
        ) {
            let load: Vec<f64> = (0..30).map(|i| { let t = f64::from(i) * step; a + b * t + c * t * t }).collect();
            let seen: Vec<f64> = load.iter().zip(&missing).map(|(v, gone)| if *gone { f64::NAN } else { *v }).collect();
            let (first, second) = derivatives(&seen, step, window).unwrap();
            let scale = load.iter().fold(1.0f64, |m, v| m.max(v.abs()));
            for i in 0..30 {
                let known = (0..window.min(i + 1)).filter(|back| !seen[i - back].is_nan()).count();
                if known < 3 || seen[i].is_nan() {
                    prop_assert!(first[i].is_nan());
                } else {
                    let t = i as f64 * step;
                    prop_assert!((first[i] - (b + 2.0 * c * t)).abs() < 1e-11 * scale / step * 10.0);
                    prop_assert!((second[i] - 2.0 * c).abs() < 1e-11 * scale / (step * step) * 10.0);
                }
            }
        }
    }
}
