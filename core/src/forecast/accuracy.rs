//! How good a forecast was, afterwards: errors of points, of quantiles, and of intervals.
//!
//! A point whose actual or predicted value is missing (NaN) is left out. Where nothing is left the answer is NaN: an outcome,
//! not an error. Relative measures leave out points with a load of 0 too; [`undefined`] says how many they leave out.
//! Sources: Hyndman & Koehler 2006, "Another look at measures of forecast accuracy", Int. J. Forecasting 22 (MASE);
//! Gneiting & Raftery 2007, "Strictly proper scoring rules, prediction, and estimation", JASA 102 (pinball, CRPS).

use crate::error::{Error, Result, same_length, strictly_between};
use crate::math::{self, Sum};
use crate::rows::Rows;

/// For each point `1 − |actual − predicted| / |actual|`: 1 is exact, and below 0 the error exceeds the load. NaN where the load
/// is 0 or a value is missing.
///
/// # Errors
/// [`Error::Data`] for infinite values, no values, or unequal lengths.
pub fn accuracy(actual: &[f64], predicted: &[f64]) -> Result<Vec<f64>> {
    check(actual, &[("predicted", predicted)])?;
    Ok(actual.iter().zip(predicted).map(|(actual, predicted)| 1.0 - relative(*actual, *predicted)).collect())
}

/// How many points have no relative error: a load of 0, or a value that is missing.
///
/// # Errors
/// As [`accuracy`].
pub fn undefined(actual: &[f64], predicted: &[f64]) -> Result<usize> {
    Ok(accuracy(actual, predicted)?.iter().filter(|accuracy| accuracy.is_nan()).count())
}

/// Mean absolute error, in the unit of the load.
///
/// # Errors
/// As [`accuracy`].
pub fn mae(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    check(actual, &[("predicted", predicted)])?;
    Ok(mean(errors(actual, predicted)))
}

/// Mean absolute percentage error, as a share (0.1 is 10 %), over the points with a load other than 0.
///
/// # Errors
/// As [`accuracy`].
pub fn mape(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    check(actual, &[("predicted", predicted)])?;
    Ok(mean(actual.iter().zip(predicted).map(|(actual, predicted)| relative(*actual, *predicted))))
}

/// Symmetric mean absolute percentage error `2·|actual − predicted| / (|actual| + |predicted|)`, in [0, 2]; 0 where both are 0.
///
/// # Errors
/// As [`accuracy`].
pub fn smape(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    check(actual, &[("predicted", predicted)])?;
    let symmetric = |(actual, predicted): (&f64, &f64)| {
        // Halves, so that the sum of two huge numbers stays finite.
        let (a, p) = (0.5 * actual, 0.5 * predicted);
        if a == p { 0.0 } else { 2.0 * ((a - p).abs() / (a.abs() + p.abs())) }
    };
    Ok(mean(actual.iter().zip(predicted).map(symmetric)))
}

/// Mean absolute scaled error: the mean absolute error over that of "as `period` steps before" within `history`, the series
/// before the forecast. Below 1 is better than that naive rule; infinite where the history never changed.
///
/// # Errors
/// As [`accuracy`]; [`Error::Config`] for a period of 0.
pub fn mase(actual: &[f64], predicted: &[f64], history: &[f64], period: usize) -> Result<f64> {
    let error = mae(actual, predicted)?;
    Ok(error / naive_error(history, period)?)
}

/// The mean absolute difference of values `period` steps apart.
pub(super) fn naive_error(history: &[f64], period: usize) -> Result<f64> {
    if period == 0 {
        return Err(Error::config("period", "must be at least 1 step, got 0"));
    }
    not_infinite("history", history)?;
    Ok(mean(errors(history, history.get(period..).unwrap_or_default())))
}

/// Weighted absolute percentage error, as a share: the sum of absolute errors over the sum of absolute loads. Defined with zeros
/// among the loads.
///
/// # Errors
/// As [`accuracy`].
pub fn wape(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    check(actual, &[("predicted", predicted)])?;
    let known = || actual.iter().zip(predicted).filter(|(a, p)| !a.is_nan() && !p.is_nan());
    Ok(Sum::of(known().map(|(a, p)| (a - p).abs())) / Sum::of(known().map(|(a, _)| a.abs())))
}

/// Share of the points predicted within `tolerance` of the load (0.15 is ±15 %), among those with a load other than 0.
///
/// # Errors
/// As [`accuracy`]; [`Error::Config`] for a tolerance that is negative or not finite.
pub fn within(actual: &[f64], predicted: &[f64], tolerance: f64) -> Result<f64> {
    check(actual, &[("predicted", predicted)])?;
    crate::error::not_negative("tolerance", tolerance)?;
    let defined = actual.iter().zip(predicted).filter(|(a, p)| **a != 0.0 && !a.is_nan() && !p.is_nan());
    Ok(mean(defined.map(|(a, p)| f64::from(u8::from((a - p).abs() <= tolerance * a.abs())))))
}

/// Mean pinball loss of predicted `q`-quantiles, `q` in (0, 1), in the unit of the load: `max(q·e, (q − 1)·e)` with
/// `e = actual − predicted`.
///
/// # Errors
/// As [`accuracy`]; [`Error::Config`] for a `q` outside of (0, 1).
pub fn pinball(actual: &[f64], predicted: &[f64], q: f64) -> Result<f64> {
    check(actual, &[("predicted", predicted)])?;
    strictly_between("q", q, 0.0, 1.0)?;
    Ok(mean(actual.iter().zip(predicted).map(|(actual, predicted)| pinball_loss(*actual, *predicted, q))))
}

/// Mean continuous ranked probability score of laws given by quantiles, in the unit of the load: `2·∫ pinball dq` over (0, 1), by the
/// midpoint rule: each probability stands for those nearest to it. `quantiles` has one row for each point, one column for
/// each of `probabilities`, which rise within (0, 1).
///
/// # Errors
/// As [`accuracy`]; [`Error::Config`] for bad probabilities.
pub fn crps(actual: &[f64], quantiles: Rows<'_>, probabilities: &[f64]) -> Result<f64> {
    Ok(mean(crps_points(actual, quantiles, probabilities)?.into_iter()))
}

/// The score of each point, NaN where it is missing.
pub(super) fn crps_points(actual: &[f64], quantiles: Rows<'_>, probabilities: &[f64]) -> Result<Vec<f64>> {
    check(actual, &[])?;
    same_length("quantiles", quantiles.len(), "actual", actual.len())?;
    same_length("probabilities", probabilities.len(), "a row of quantiles", quantiles.columns())?;
    not_infinite("quantiles", quantiles.values())?;
    probabilities.iter().try_for_each(|p| strictly_between("probabilities", *p, 0.0, 1.0).map(drop))?;
    if !probabilities.is_sorted_by(|a, b| a < b) {
        return Err(Error::config("probabilities", format!("must rise, got {probabilities:?}")));
    }
    let halfway = probabilities.windows(2).map(|pair| pair.iter().sum::<f64>() / 2.0);
    let starts = std::iter::once(0.0).chain(halfway.clone());
    let weights: Vec<f64> =
        starts.zip(halfway.chain(std::iter::once(1.0))).map(|(start, end)| end - start).collect();
    let score = |(actual, row): (&f64, &[f64])| {
        let losses = row.iter().zip(probabilities).map(|(value, p)| pinball_loss(*actual, *value, *p));
        2.0 * losses.zip(&weights).map(|(loss, weight)| loss * weight).sum::<f64>()
    };
    Ok(actual.iter().zip(quantiles.iter()).map(score).collect())
}

/// Mean continuous ranked probability score of normal laws, in closed form (Gneiting & Raftery 2007, eq. 5), in the unit of the
/// load. A standard deviation of 0 gives the absolute error.
///
/// # Errors
/// As [`accuracy`]; [`Error::Data`] for a negative standard deviation.
pub fn crps_normal(actual: &[f64], mean: &[f64], standard_deviation: &[f64]) -> Result<f64> {
    check(actual, &[("mean", mean), ("standard_deviation", standard_deviation)])?;
    if let Some(sigma) = standard_deviation.iter().find(|sigma| **sigma < 0.0) {
        return Err(Error::data("standard_deviation", format!("must be at least 0, got {sigma}")));
    }
    let score = |((actual, mean), sigma): ((&f64, &f64), &f64)| {
        let error = actual - mean;
        let z = error / sigma;
        if *sigma == 0.0 || z.is_infinite() {
            return error.abs();
        }
        let density = math::exp(-0.5 * z * z) / std::f64::consts::TAU.sqrt();
        let signed = 1.0 - math::erfc(z / std::f64::consts::SQRT_2);
        sigma * (z * signed + 2.0 * density - 1.0 / std::f64::consts::PI.sqrt())
    };
    Ok(self::mean(actual.iter().zip(mean).zip(standard_deviation).map(score)))
}

/// Share of the points that lie within their interval, ends included.
///
/// # Errors
/// As [`accuracy`].
pub fn coverage(actual: &[f64], lower: &[f64], upper: &[f64]) -> Result<f64> {
    check(actual, &[("lower", lower), ("upper", upper)])?;
    let points = actual.iter().zip(lower.iter().zip(upper));
    let known = points.filter(|(actual, (lower, upper))| !(*actual + *lower + *upper).is_nan());
    Ok(mean(known.map(|(actual, (lower, upper))| f64::from(u8::from(lower <= actual && actual <= upper)))))
}

fn relative(actual: f64, predicted: f64) -> f64 {
    if actual == 0.0 { f64::NAN } else { ((actual - predicted) / actual).abs() }
}

fn pinball_loss(actual: f64, predicted: f64, q: f64) -> f64 {
    let error = actual - predicted;
    if error < 0.0 { (q - 1.0) * error } else { q * error }
}

fn errors<'a>(actual: &'a [f64], predicted: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    actual.iter().zip(predicted).map(|(actual, predicted)| (actual - predicted).abs())
}

/// The mean of what is known.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (Sum::default(), 0u64);
    for value in values.filter(|value| !value.is_nan()) {
        sum.add(value);
        count += 1;
    }
    if count == 0 { f64::NAN } else { sum.value() / count as f64 }
}

fn check(actual: &[f64], others: &[(&str, &[f64])]) -> Result<()> {
    if actual.is_empty() {
        return Err(Error::data("actual", "is empty"));
    }
    not_infinite("actual", actual)?;
    others.iter().try_for_each(|(name, values)| {
        same_length(name, values.len(), "actual", actual.len())?;
        not_infinite(name, values)
    })
}

fn not_infinite(name: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|value| value.is_infinite()) {
        None => Ok(()),
        Some(i) => Err(Error::data(name, format!("value {i} of {} is infinite", values.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::normal_quantile;
    use proptest::prelude::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn points_without_a_load_have_no_relative_error_and_are_counted() {
        let (actual, predicted) = ([100.0, 0.0, 50.0, NAN, 200.0], [110.0, 3.0, NAN, 1.0, 100.0]);
        let points = accuracy(&actual, &predicted).unwrap();
        assert_eq!((points[0], points[4]), (0.9, 0.5));
        assert!(points[1..4].iter().all(|value| value.is_nan()));
        assert_eq!(undefined(&actual, &predicted).unwrap(), 3);
        assert_eq!(mape(&actual, &predicted).unwrap(), 0.3);
        assert_eq!(wape(&actual, &predicted).unwrap(), 113.0 / 300.0);
        assert_eq!(within(&actual, &predicted, 0.15).unwrap(), 0.5);
        assert!(mape(&[0.0], &[1.0]).unwrap().is_nan(), "nothing is defined");
        assert_eq!(smape(&[0.0, 1e308], &[0.0, -1e308]).unwrap(), 1.0);
    }

    #[test]
    fn mase_compares_with_the_naive_rule() {
        let history = [10.0, 20.0, 12.0, NAN, 14.0, 26.0];
        assert_eq!(mase(&[20.0, 30.0], &[21.0, 27.0], &history, 2).unwrap(), 2.0 / 2.0);
        assert_eq!(mase(&[1.0], &[2.0], &[5.0, 5.0], 1).unwrap(), f64::INFINITY);
        assert!(mase(&[1.0], &[2.0], &[], 1).unwrap().is_nan());
        assert!(mase(&[1.0], &[2.0], &history, 0).unwrap_err().to_string().starts_with("period: "));
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let refused = |result: Result<f64>| result.unwrap_err().to_string();
        assert_eq!(refused(mape(&[], &[])), "actual: is empty");
        assert_eq!(refused(mape(&[1.0], &[])), "predicted: has 0 values, but actual has 1");
        assert_eq!(refused(wape(&[f64::INFINITY], &[1.0])), "actual: value 0 of 1 is infinite");
        assert!(refused(within(&[1.0], &[1.0], -0.1)).starts_with("tolerance: "));
        assert!(refused(pinball(&[1.0], &[1.0], 1.0)).starts_with("q: "));
        assert!(refused(crps_normal(&[1.0], &[1.0], &[-1.0])).starts_with("standard_deviation: "));
        let rows = Rows::new("quantiles", &[1.0, 2.0], 2).unwrap();
        assert!(refused(crps(&[1.0], rows, &[0.9, 0.1])).starts_with("probabilities: "));
        assert!(refused(crps(&[1.0], rows, &[0.5])).starts_with("probabilities: "));
        assert!(refused(coverage(&[1.0], &[1.0], &[f64::NEG_INFINITY])).starts_with("upper: "));
    }

    proptest! {
        #[test]
        fn quantiles_of_a_normal_law_score_nearly_as_the_law_itself(actual in -3.0..3.0f64, sigma in 0.1..5.0f64) {
            let probabilities: Vec<f64> = (0..2000).map(|k| (k as f64 + 0.5) / 2000.0).collect();
            let values: Vec<f64> = probabilities.iter().map(|p| sigma * normal_quantile(*p).unwrap()).collect();
            let rows = Rows::new("quantiles", &values, 2000).unwrap();
            let by_quantiles = crps(&[actual], rows, &probabilities).unwrap();
            let closed = crps_normal(&[actual], &[0.0], &[sigma]).unwrap();
            prop_assert!((by_quantiles - closed).abs() < 1e-3 * sigma, "{} {}", by_quantiles, closed);
        }

        #[test]
        fn a_single_certain_quantile_scores_as_the_absolute_error(actual in -1e6..1e6f64, value in -1e6..1e6f64) {
            let rows = [value; 3];
            let score = crps(&[actual], Rows::new("quantiles", &rows, 3).unwrap(), &[0.1, 0.5, 0.7]).unwrap();
            prop_assert!(score <= 2.0 * (actual - value).abs());
            prop_assert_eq!(crps_normal(&[actual], &[value], &[0.0]).unwrap(), (actual - value).abs());
            prop_assert_eq!(pinball(&[actual], &[value], 0.5).unwrap(), 0.5 * (actual - value).abs());
        }
    }
}
