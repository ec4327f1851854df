//! Residuals given that the innovations before the series are zero, and their derivatives: the conditional sum of squares (Box &
//! Jenkins 1976, section 7.1), which is quick and near the likelihood; and the starts of Hannan & Rissanen 1982, "Recursive
//! estimation of mixed autoregressive-moving average order", Biometrika 69: least squares on past values and on the residuals
//! of a long autoregression.
#![allow(clippy::indexing_slicing, reason = "lags are at most the index they are taken from")]

use super::least_squares::{Normal, Residuals, dot, normal_equations};
use super::polynomial::{Lags, step_up};
use super::shape::{Coefficients, Shape};
use nalgebra::DMatrix;

/// Residuals from the first step that has all its lags on; 0 where `known` says that the value was missing.
pub(super) fn residuals(
    series: &[f64],
    known: &[bool],
    shape: &Shape,
    coefficients: &Coefficients,
) -> Option<Residuals> {
    let errors = innovations(series, shape, coefficients);
    let values = errors.iter().zip(known).map(|(error, known)| if *known { *error } else { 0.0 }).collect();
    Residuals::new(values)
}

fn innovations(series: &[f64], shape: &Shape, coefficients: &Coefficients) -> Vec<f64> {
    let start = shape.autoregressive_degree().min(series.len());
    let (ar, ma) = (coefficients.ar_product(shape.period), coefficients.ma_product(shape.period));
    let mean = coefficients.mean;
    let offset = mean * (1.0 - ar.terms().iter().map(|term| term.1).sum::<f64>());
    let mut errors = vec![0.0; series.len()];
    errors[start..].iter_mut().zip(&series[start..]).for_each(|(error, value)| *error = value - offset);
    for &(lag, c) in ar.terms() {
        errors[start..].iter_mut().zip(&series[start - lag..]).for_each(|(error, value)| *error -= c * value);
    }
    undo(&mut errors, &ma, start);
    errors
}

/// Divides by 1 + Σ c·B in place, from step `start` on.
fn undo(series: &mut [f64], ma: &Lags, start: usize) {
    for t in start..series.len() {
        let mut value = series[t];
        for &(lag, c) in ma.terms().iter().take_while(|term| term.0 <= t) {
            value -= c * series[t - lag];
        }
        series[t] = value;
    }
}

/// Multiplies by 1 − Σ c·B; the first steps, whose lags would lie before the series, become 0.
fn apply(series: &[f64], ar: &Lags) -> Vec<f64> {
    let start = ar.degree().min(series.len());
    let mut result = vec![0.0; series.len()];
    result[start..].copy_from_slice(&series[start..]);
    for &(lag, c) in ar.terms() {
        result[start..].iter_mut().zip(&series[start - lag..]).for_each(|(value, past)| *value -= c * past);
    }
    result
}

/// The normal equations of the residuals in the parameters.
pub(super) fn normal(series: &[f64], known: &[bool], shape: &Shape, point: &[f64], at: &Residuals) -> Normal {
    let coefficients = shape.coefficients(point);
    let period = shape.period;
    let start = shape.autoregressive_degree().min(series.len());
    let centred: Vec<f64> = series.iter().map(|value| value - coefficients.mean).collect();
    let ma = coefficients.ma_product(period);
    let errors = innovations(series, shape, &coefficients);
    let past = |source: Vec<f64>, divisor: &Lags| {
        let mut source = source;
        undo(&mut source, divisor, 0);
        source
    };
    let none = Lags::default();
    let groups = [
        (
            shape.p,
            1,
            -1.0,
            (shape.p > 0).then(|| {
                past(apply(&centred, &Lags::autoregressive(&[], &coefficients.seasonal_ar, period)), &ma)
            }),
        ),
        (
            shape.q,
            1,
            -1.0,
            (shape.q > 0).then(|| past(errors.clone(), &Lags::moving_average(&coefficients.ma, &[], 1))),
        ),
        (
            shape.seasonal_p,
            period,
            -1.0,
            (shape.seasonal_p > 0)
                .then(|| past(apply(&centred, &Lags::autoregressive(&coefficients.ar, &[], 1)), &ma)),
        ),
        (
            shape.seasonal_q,
            period,
            -1.0,
            (shape.seasonal_q > 0)
                .then(|| past(errors, &Lags::moving_average(&[], &coefficients.seasonal_ma, period))),
        ),
        (
            usize::from(shape.mean),
            0,
            -1.0,
            shape.mean.then(|| {
                let sum =
                    1.0 - coefficients.ar_product(period).terms().iter().map(|term| term.1).sum::<f64>();
                past(vec![sum; series.len()], if ma.degree() > 0 { &ma } else { &none })
            }),
        ),
    ];
    let mut columns = Vec::with_capacity(point.len());
    for (count, step, sign, source) in groups {
        let Some(source) = source else { continue };
        for i in 1..=count {
            let lag = (i * step).min(source.len());
            let mut column = vec![0.0; source.len()];
            column[lag..].iter_mut().zip(&source).for_each(|(slope, past)| *slope = sign * past);
            column[..start].fill(0.0);
            column.iter_mut().zip(known).filter(|(_, known)| !**known).for_each(|(slope, _)| *slope = 0.0);
            columns.push(column);
        }
    }
    let (curvature, slope) = normal_equations(&columns, &at.values);
    let chain = shape.chain(point);
    (chain.transpose() * curvature * &chain, chain.transpose() * slope)
}

/// The residuals of a long autoregression, by the Yule–Walker equations (Durbin–Levinson), for the starts of all orders.
pub(super) fn long_autoregression(series: &[f64], period: usize) -> Vec<f64> {
    let n = series.len();
    let mean = series.iter().sum::<f64>() / n.max(1) as f64;
    let centred: Vec<f64> = series.iter().map(|value| value - mean).collect();
    let seasonal = if period > 1 { period + 4 } else { 0 };
    let order = (12 + n / 200).min(24).max(seasonal).min(n / 4);
    let autocovariance: Vec<f64> = (0..=order).map(|lag| dot(&centred[lag..], &centred[..n - lag])).collect();
    let (mut coefficients, mut left): (Vec<f64>, f64) =
        (vec![], autocovariance.first().copied().unwrap_or(0.0));
    for k in 0..order {
        let predicted: f64 =
            coefficients.iter().zip(autocovariance[1..=k].iter().rev()).map(|(c, g)| c * g).sum();
        let partial = (autocovariance[k + 1] - predicted) / left;
        if partial.is_nan() || partial.abs() >= 1.0 {
            break;
        }
        step_up(&mut coefficients, partial);
        left *= 1.0 - partial * partial;
    }
    apply(&centred, &Lags::autoregressive(&coefficients, &[], 1))
}

/// Parameters to start from: least squares on the lags of the values and of `errors`.
pub(super) fn start(series: &[f64], errors: &[f64], shape: &Shape) -> Vec<f64> {
    let mean = series.iter().sum::<f64>() / series.len().max(1) as f64;
    let centred: Vec<f64> = series.iter().map(|value| value - mean).collect();
    let lags = |count: usize, step: usize| (1..=count).map(move |i| i * step);
    let value_lags: Vec<usize> = lags(shape.p, 1).chain(lags(shape.seasonal_p, shape.period)).collect();
    let error_lags: Vec<usize> = lags(shape.q, 1).chain(lags(shape.seasonal_q, shape.period)).collect();
    let first = value_lags.iter().chain(&error_lags).max().map_or(0, |lag| *lag)
        + errors.iter().take_while(|e| **e == 0.0).count();
    if first + shape.count() + 2 >= series.len() {
        return shape.point(&Coefficients { mean, ..shape.coefficients(&vec![0.0; shape.count()]) });
    }
    let column = |source: &[f64], lag: usize| source[first - lag..source.len() - lag].to_vec();
    let columns: Vec<Vec<f64>> = (value_lags.iter().map(|lag| column(&centred, *lag)))
        .chain(error_lags.iter().map(|lag| column(errors, *lag)))
        .collect();
    let (mut moments, products) = normal_equations(&columns, &centred[first..]);
    let ridge = 1e-6 * if columns.is_empty() { 0.0 } else { moments.diagonal().max() };
    moments += DMatrix::identity(columns.len(), columns.len()) * ridge;
    let solution: Vec<f64> = moments
        .cholesky()
        .map_or_else(|| vec![0.0; columns.len()], |factor| factor.solve(&products).iter().copied().collect());
    let mut rest = solution.into_iter();
    let mut take = |count: usize| -> Vec<f64> { rest.by_ref().take(count).collect() };
    let (ar, seasonal_ar) = (take(shape.p), take(shape.seasonal_p));
    let (ma, seasonal_ma) = (take(shape.q), take(shape.seasonal_q));
    shape.point(&Coefficients { ar, ma, seasonal_ar, seasonal_ma, mean })
}

#[cfg(test)]
mod tests {
    use super::super::least_squares::by_differences;
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_derivatives_are_those_of_the_residuals() {
        let mut random = Random::new(7);
        let series: Vec<f64> = (0..300).map(|_| random.normal() + 1.0).collect();
        let known: Vec<bool> = (0..300).map(|i| i % 50 != 7).collect();
        let shape = Shape { p: 2, q: 1, seasonal_p: 1, seasonal_q: 1, period: 4, mean: true };
        let free = [0.5, -0.3, 0.4, 0.2, -0.6, 0.8];
        let at = |free: &[f64]| residuals(&series, &known, &shape, &shape.coefficients(free));
        let here = at(&free).unwrap();
        let (curvature, slope) = normal(&series, &known, &shape, &free, &here);
        let (expected, expected_slope) = by_differences(&free, free.len() - 1, &here, at).unwrap();
        // The start of the series is shifted along with the lags: a few residuals of 300 differ.
        assert!((curvature - &expected).amax() < 0.03 * expected.amax());
        assert!((slope - &expected_slope).amax() < 0.03 * expected.amax());
    }

    #[test]
    fn the_start_is_near_the_truth() {
        let mut random = Random::new(11);
        let (mut value, mut before, mut series) = (0.0, 0.0, Vec::new());
        for _ in 0..4000 {
            let shock = random.normal();
            value = 0.7 * value + shock + 0.5 * before;
            before = shock;
            series.push(value + 3.0);
        }
        let shape = Shape { p: 1, q: 1, seasonal_p: 0, seasonal_q: 0, period: 1, mean: true };
        let found = shape.coefficients(&start(&series, &long_autoregression(&series, 1), &shape));
        assert!((found.ar[0] - 0.7).abs() < 0.05 && (found.ma[0] - 0.5).abs() < 0.07, "{found:?}");
    }
}
