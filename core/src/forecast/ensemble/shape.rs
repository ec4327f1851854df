//! The seasonal shape that several services have in common, for a new one to begin with.

use crate::error::{Error, Result};
use crate::load::{Series, whole_milliseconds};

/// The finest shape that is pooled.
const MOST_PARTS: i64 = 1440;

/// The shape of one season that `series` have in common: values that average 1, one for each equal part of a season of
/// `period_seconds` counted from the Unix epoch, at most 1,440 of them.
///
/// Each series is divided by its mean first, so that each counts alike; the shape is the mean over all. Parts that no series
/// knows are filled from their neighbours.
///
/// # Errors
/// [`Error::Config`] for a bad period; [`Error::Data`] for no series, or one that is negative somewhere or has no positive mean.
pub fn pooled_shape(series: &[&Series], period_seconds: f64) -> Result<Vec<f64>> {
    let period = whole_milliseconds(period_seconds).map_err(|_| {
        Error::config("period_seconds", format!("must be whole milliseconds above 0, got {period_seconds}"))
    })?;
    let Some(step) = series.iter().map(|one| one.step_milliseconds()).max() else {
        return Err(Error::data("series", "is empty"));
    };
    if period < 2 * step {
        return Err(Error::config(
            "period_seconds",
            format!("must be two steps or more, got {period_seconds}"),
        ));
    }
    let parts = (period / step).clamp(2, MOST_PARTS) as usize;
    let mut pooled = vec![(0.0, 0.0); parts];
    for (i, one) in series.iter().enumerate() {
        let means = part_means(one, period, parts);
        let known = || means.iter().filter(|mean| !mean.is_nan());
        let count = known().count() as f64;
        let mean: f64 = known().map(|mean| mean / count).sum();
        if mean.is_nan() || mean <= 0.0 || one.values().iter().any(|value| *value < 0.0) {
            return Err(Error::data(
                "series",
                format!("number {i} is no load: negative values, or a mean of {mean}"),
            ));
        }
        for ((sum, weight), part) in pooled.iter_mut().zip(&means).filter(|(_, part)| !part.is_nan()) {
            *sum += part / mean;
            *weight += 1.0;
        }
    }
    Ok(filled(&pooled))
}

/// The mean of each part of the season; NaN where nothing is known.
fn part_means(series: &Series, period: i64, parts: usize) -> Vec<f64> {
    let mut means = vec![(f64::NAN, 0.0); parts];
    for (k, value) in series.values().iter().enumerate().filter(|(_, value)| !value.is_nan()) {
        let time = series.start().saturating_add(series.step_milliseconds().saturating_mul(k as i64));
        let part = (i128::from(time.rem_euclid(period)) * parts as i128 / i128::from(period)) as usize;
        if let Some((mean, count)) = means.get_mut(part) {
            *count += 1.0;
            *mean = if *count > 1.0 { *mean + (value - *mean) / *count } else { *value };
        }
    }
    means.into_iter().map(|(mean, _)| mean).collect()
}

/// Parts that nobody knows get what came before them; then all average 1.
fn filled(pooled: &[(f64, f64)]) -> Vec<f64> {
    let mean_of = |(sum, weight): &(f64, f64)| (*weight > 0.0).then(|| sum / weight);
    let mut last = pooled.iter().rev().find_map(mean_of).unwrap_or(1.0);
    let shape: Vec<f64> = pooled
        .iter()
        .map(|part| {
            last = mean_of(part).unwrap_or(last);
            last
        })
        .collect();
    let mean = shape.iter().sum::<f64>() / shape.len().max(1) as f64;
    if mean > 0.0 { shape.iter().map(|value| value / mean).collect() } else { vec![1.0; shape.len()] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_of_different_size_count_alike() {
        let small = Series::new(vec![1.0, 3.0, 1.0, 3.0], 0, 10.0).unwrap();
        let large = Series::new(vec![100.0, f64::NAN, 100.0, 100.0], 0, 10.0).unwrap();
        let shape = pooled_shape(&[&small, &large], 20.0).unwrap();
        assert!((shape[0] - 0.75).abs() < 1e-12 && (shape[1] - 1.25).abs() < 1e-12, "{shape:?}");
        assert!(pooled_shape(&[], 20.0).is_err());
        assert!(pooled_shape(&[&small], 10.0).is_err());
        let negative = Series::new(vec![-1.0, 3.0], 0, 10.0).unwrap();
        assert!(pooled_shape(&[&negative], 20.0).unwrap_err().to_string().contains("number 0"));
    }
}
