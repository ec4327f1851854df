//! A load taken apart: its trend, a season for each period, and what remains.
//!
//! MSTL (Bandara, Hyndman & Bergmeir 2021, "MSTL: A Seasonal-Trend Decomposition Algorithm for Time Series with Multiple Seasonal
//! Patterns", arXiv:2107.13462) over STL (Cleveland, Cleveland, McRae & Terpenning 1990, J. Off. Stat. 6), as the crate stlrs has
//! them: shorter seasons first, two rounds, local regressions whose width grows with the season.

use super::series::{Fill, Series};
use crate::error::{Error, Result};
use stlrs::{MstlParams, StlParams};

/// Robustness iterations of the robust decomposition.
const ROBUST_ROUNDS: usize = 15;
const MOST_VALUES: usize = 10_000_000;
const MOST_PERIODS: usize = 16;

/// The parts of a load; wherever it was known, they sum to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// The slow part, known everywhere.
    pub trend: Vec<f64>,
    /// The season of each period, in the order asked for, known everywhere.
    pub seasonal: Vec<Vec<f64>>,
    /// What remains; NaN where the load was missing.
    pub remainder: Vec<f64>,
}

/// Takes `values` (NaN = missing) apart by `periods` in steps, each at least 2 and at most half the length.
///
/// `robust` gives little weight to outliers, which then stay in the remainder, at several times the cost. Missing values
/// are filled from the same phase of the longest period, or else between their neighbours. O(n · periods · width of the season).
///
/// # Errors
/// [`Error::Config`] for no periods, more than 16, one of them twice or out of range; [`Error::Data`] for an infinite value or more
/// than 10,000,000; [`Error::NotReady`] when no value is known.
pub fn decompose(values: &[f64], periods: &[usize], robust: bool) -> Result<Decomposition> {
    let n = values.len();
    if n > MOST_VALUES {
        return Err(Error::data("values", format!("has {n}, more than {MOST_VALUES}")));
    }
    let longest = periods.iter().copied().max().unwrap_or(0);
    if periods.is_empty() || periods.len() > MOST_PERIODS {
        let problem = format!("must have 1 to {MOST_PERIODS}, has {}", periods.len());
        return Err(Error::config("periods", problem));
    }
    for (at, period) in periods.iter().enumerate() {
        if !(2..=n / 2).contains(period) {
            return Err(Error::config(
                "periods",
                format!("must be 2 to {} steps, half the length, got {period}", n / 2),
            ));
        }
        if periods.iter().take(at).any(|other| other == period) {
            return Err(Error::config("periods", format!("{period} is there twice")));
        }
    }
    let filled = Series::new(values.to_vec(), 0, 1.0)?.fill(Fill::Seasonal { period: longest })?;
    // Squares of huge values would overflow within the library, which panics on NaN.
    let largest = filled.values().iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let scaled: Vec<f64> = filled.values().iter().map(|x| x / scale).collect();
    let mut smoothing = StlParams::new();
    smoothing.robust(robust);
    if robust {
        smoothing.outer_loops(ROBUST_ROUNDS);
    }
    let parts = MstlParams::new()
        .stl_params(smoothing)
        .fit(&scaled, periods)
        .map_err(|error| Error::internal(format!("decompose: {error}")))?;
    let (seasonal, trend, _) = parts.into_parts();
    let back = |part: Vec<f64>| part.into_iter().map(|x| x * scale).collect::<Vec<_>>();
    let (trend, seasonal) = (back(trend), seasonal.into_iter().map(back).collect::<Vec<_>>());
    let mut remainder: Vec<f64> = values.iter().zip(&trend).map(|(value, trend)| value - trend).collect();
    for season in &seasonal {
        remainder.iter_mut().zip(season).for_each(|(rest, season)| *rest -= season);
    }
    Ok(Decomposition { trend, seasonal, remainder })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    fn day_and_week(n: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let wave = |period: f64, size: f64| (0..n).map(move |t| size * (TAU * t as f64 / period).sin());
        (
            (0..n).map(|t| 100.0 + 0.01 * t as f64).collect(),
            wave(24.0, 10.0).collect(),
            wave(168.0, 5.0).collect(),
        )
    }

    fn sum(parts: &(Vec<f64>, Vec<f64>, Vec<f64>)) -> Vec<f64> {
        parts.0.iter().zip(&parts.1).zip(&parts.2).map(|((a, b), c)| a + b + c).collect()
    }

    fn worst(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn trend_day_and_week_come_apart() {
        let parts = day_and_week(168 * 6);
        let found = decompose(&sum(&parts), &[168, 24], false).unwrap();
        assert!(worst(&found.trend, &parts.0) < 0.3, "{}", worst(&found.trend, &parts.0));
        assert!(worst(&found.seasonal[1], &parts.1) < 0.3 && worst(&found.seasonal[0], &parts.2) < 0.5);
    }

    #[test]
    fn outliers_and_gaps_leave_the_robust_seasons_alone() {
        let parts = day_and_week(168 * 6);
        let mut values = sum(&parts);
        let mut random = Random::new(5);
        (0..20).for_each(|_| values[random.below(1008) as usize] += 300.0);
        values[400..430].fill(f64::NAN);
        let off = |robust| worst(&decompose(&values, &[24, 168], robust).unwrap().seasonal[0], &parts.1);
        assert!(off(true) < 1.0 && off(false) > 5.0, "{} {}", off(true), off(false));
        let rest = decompose(&values, &[24, 168], true).unwrap().remainder;
        assert!(rest.iter().enumerate().all(|(t, x)| x.is_nan() == (400..430).contains(&t)));
    }

    #[test]
    fn bad_input_is_refused_and_extremes_pass() {
        let text =
            |values: &[f64], periods: &[usize]| decompose(values, periods, false).unwrap_err().to_string();
        assert!(text(&[1.0; 9], &[]).starts_with("periods: ") && text(&[1.0; 9], &[5]).contains("2 to 4"));
        assert!(text(&[1.0; 9], &[1]).contains("got 1") && text(&[1.0; 9], &[3, 3]).contains("twice"));
        assert!(
            text(&[f64::NAN; 9], &[3]).contains("missing")
                && text(&[f64::INFINITY; 9], &[3]).contains("infinite")
        );
        for values in
            [vec![0.0; 50], vec![7.5; 50], (0..50).map(|t| if t == 20 { 1e300 } else { 1.0 }).collect()]
        {
            for robust in [false, true] {
                let found = decompose(&values, &[2, 7, 25], robust).unwrap();
                assert!(
                    found
                        .trend
                        .iter()
                        .chain(&found.remainder)
                        .chain(found.seasonal.iter().flatten())
                        .all(|x| x.is_finite())
                );
            }
        }
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_load(
            values in prop::collection::vec(prop_oneof![9 => -1e3..1e3f64, 1 => Just(f64::NAN)], 30..120), period in 2usize..15, robust: bool,
        ) {
            prop_assume!(values.iter().any(|x| !x.is_nan()));
            let found = decompose(&values, &[period], robust).unwrap();
            for (t, value) in values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                let sum = found.trend[t] + found.seasonal[0][t] + found.remainder[t];
                prop_assert!((sum - value).abs() < 1e-9);
            }
        }
    }
}
