//! Features for models that have none of their own: y(t) = x(t)·β + n(t), where the model sees n alone.
//!
//! n is correlated in time, so β is the least squares of quasi-differences, y(t) − ρ·y(t−1) on x(t) − ρ·x(t−1) and a constant,
//! with ρ the first autocorrelation of the plain residuals (Cochrane & Orcutt 1949, JASA 44). The normal equations are kept, so
//! that each later value refines β; a small ridge keeps it finite where features are collinear or constant.

use crate::error::{Error, Result};
use crate::load::Series;
use crate::rows::Rows;
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// More features than this would make each update slow (it costs the cube of their count).
const MOST_FEATURES: usize = 64;
const RIDGE: f64 = 1e-8;
/// Values beyond this have squares that overflow; they are left out.
const LARGEST: f64 = 1e150;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct FeatureRegression {
    /// One for each feature.
    coefficients: Vec<f64>,
    autocorrelation: f64,
    /// Normal equations of the quasi-differences: (features + 1)² and (features + 1) numbers.
    moments: Vec<f64>,
    products: Vec<f64>,
    /// The value and the features of the step before, where they were known.
    before: Option<(f64, Vec<f64>)>,
}

impl FeatureRegression {
    /// Learns from a series and its features, which the model has checked; gives the regression and the series without the
    /// features' effect.
    pub(super) fn fit<'a>(series: &'a Series, features: Option<Rows<'_>>) -> Result<(Self, Cow<'a, Series>)> {
        let Some(rows) = features else { return Ok((FeatureRegression::default(), Cow::Borrowed(series))) };
        let mut plain = FeatureRegression::empty(rows.columns())?;
        plain.learn(series, rows);
        let residuals: Vec<f64> =
            series.values().iter().zip(rows.iter()).map(|(value, row)| value - plain.effect(row)).collect();
        let mut regression = FeatureRegression::empty(rows.columns())?;
        regression.autocorrelation = first_autocorrelation(&residuals);
        regression.learn(series, rows);
        let without =
            series.values().iter().zip(rows.iter()).map(|(value, row)| value - regression.effect(row));
        let (start, step) = (series.start(), series.step_seconds());
        let without =
            Series::new(without.map(|value| value.clamp(f64::MIN, f64::MAX)).collect(), start, step)?;
        Ok((regression, Cow::Owned(without)))
    }

    fn empty(columns: usize) -> Result<Self> {
        if columns > MOST_FEATURES {
            return Err(Error::data("features", format!("has {columns} columns, more than {MOST_FEATURES}")));
        }
        let size = columns + 1;
        Ok(FeatureRegression {
            coefficients: vec![0.0; columns],
            moments: vec![0.0; size * size],
            products: vec![0.0; size],
            ..FeatureRegression::default()
        })
    }

    fn learn(&mut self, series: &Series, rows: Rows<'_>) {
        series.values().iter().zip(rows.iter()).for_each(|(value, row)| self.take(*value, Some(row)));
        self.solve();
    }

    /// Learns from the next step, which the model has checked; gives its value without the features' effect, at O(features³).
    pub(super) fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<f64> {
        if let Some(row) = features
            && self.coefficients.is_empty()
        {
            *self = FeatureRegression::empty(row.len())?;
        }
        if self.coefficients.is_empty() {
            return Ok(value);
        }
        // The model's state belongs to the coefficients so far: the new ones apply from the next value on.
        let without = value - features.map_or(0.0, |row| self.effect(row));
        self.take(value, features);
        self.solve();
        Ok(without)
    }

    /// Forgets the step before: steps passed in which nothing was measured.
    pub(super) fn skip(&mut self) {
        self.before = None;
    }

    /// Adds the features' effect to the means of the steps ahead.
    pub(super) fn add_to(&self, mean: &mut [f64], features: Option<Rows<'_>>) {
        if let Some(rows) = features {
            let effects = rows.iter().map(|row| self.effect(row));
            mean.iter_mut()
                .zip(effects)
                .for_each(|(mean, effect)| *mean = (*mean + effect).clamp(f64::MIN, f64::MAX));
        }
    }

    /// One for each feature.
    pub(super) fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    pub(super) fn is_whole(&self, columns: usize) -> bool {
        let size = if columns == 0 { 0 } else { columns + 1 };
        let row_fits = self.before.as_ref().is_none_or(|(_, row)| row.len() == columns);
        self.coefficients.len() == columns
            && self.moments.len() == size * size
            && self.products.len() == size
            && row_fits
    }

    fn effect(&self, row: &[f64]) -> f64 {
        row.iter().zip(&self.coefficients).map(|(x, beta)| x * beta).sum()
    }

    fn take(&mut self, value: f64, features: Option<&[f64]>) {
        let now = features.filter(|row| value.abs() < LARGEST && row.iter().all(|x| x.abs() < LARGEST));
        let Some(row) = now else {
            self.before = None;
            return;
        };
        if let Some((value_before, row_before)) = &self.before {
            let rho = self.autocorrelation;
            let difference = value - rho * value_before;
            let differences = || row.iter().zip(row_before).map(|(x, before)| x - rho * before).chain([1.0]);
            let mut moments = self.moments.iter_mut();
            for (a, product) in differences().zip(&mut self.products) {
                *product += a * difference;
                differences().zip(&mut moments).for_each(|(b, moment)| *moment += a * b);
            }
        }
        match &mut self.before {
            Some((value_before, row_before)) => {
                *value_before = value;
                row_before.copy_from_slice(row);
            }
            None => self.before = Some((value, row.to_vec())),
        }
    }

    fn solve(&mut self) {
        let size = self.products.len();
        let mut moments = DMatrix::from_row_slice(size, size, &self.moments);
        let largest = moments.diagonal().max();
        if !(largest > 0.0 && largest.is_finite()) {
            return;
        }
        for i in 0..size {
            if let Some(moment) = moments.get_mut((i, i)) {
                *moment += RIDGE * moment.max(RIDGE * largest);
            }
        }
        let solution =
            moments.cholesky().map(|factor| factor.solve(&DVector::from_column_slice(&self.products)));
        if let Some(solution) = solution.filter(|solution| solution.iter().all(|beta| beta.is_finite())) {
            self.coefficients.iter_mut().zip(solution.iter()).for_each(|(beta, new)| *beta = *new);
        }
    }
}

/// Of the known neighbours, within what keeps the quasi-differences informative.
fn first_autocorrelation(residuals: &[f64]) -> f64 {
    let known = || residuals.iter().filter(|value| value.abs() < LARGEST);
    let mean = known().sum::<f64>() / known().count().max(1) as f64;
    let variance: f64 = known().map(|value| (value - mean) * (value - mean)).sum();
    let pairs = residuals.windows(2).filter_map(|pair| match pair {
        [a, b] if a.abs() < LARGEST && b.abs() < LARGEST => Some((a - mean) * (b - mean)),
        _ => None,
    });
    let rho = pairs.sum::<f64>() / variance;
    if rho.is_finite() { rho.clamp(0.0, 0.99) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn noisy(effects: [f64; 2], seed: u64) -> (Series, Vec<f64>) {
        let mut random = Random::new(seed);
        let (mut level, mut values, mut features) = (100.0, Vec::new(), Vec::new());
        for i in 0..2000 {
            level = 100.0 + 0.95 * (level - 100.0) + random.normal();
            let row = [f64::from(i % 97 < 9), random.normal()];
            values.push(level + effects[0] * row[0] + effects[1] * row[1]);
            features.extend(row);
        }
        (Series::new(values, 0, 60.0).unwrap(), features)
    }

    #[test]
    fn known_effects_are_found_and_taken_out() {
        let (series, features) = noisy([30.0, -4.0], 3);
        let rows = Rows::new("features", &features, 2).unwrap();
        let (regression, without) = FeatureRegression::fit(&series, Some(rows)).unwrap();
        let found = regression.coefficients();
        assert!((found[0] - 30.0).abs() < 0.5 && (found[1] + 4.0).abs() < 0.1, "{found:?}");
        let expected = series.values()[5] - 30.0 * features[10] + 4.0 * features[11];
        assert!((without.values()[5] - expected).abs() < 0.8);
        let mut mean = vec![1.0];
        regression.add_to(&mut mean, Some(Rows::new("features", &[1.0, 0.0], 2).unwrap()));
        assert_eq!(mean, [1.0 + found[0]]);
    }

    #[test]
    fn values_one_by_one_teach_the_same_as_a_fit_with_the_same_autocorrelation() {
        let (series, features) = noisy([10.0, 2.0], 5);
        let rows = Rows::new("features", &features, 2).unwrap();
        let (fitted, _) = FeatureRegression::fit(&series, Some(rows)).unwrap();
        let mut online = FeatureRegression::empty(2).unwrap();
        online.autocorrelation = fitted.autocorrelation;
        for (value, row) in series.values().iter().zip(rows.iter()) {
            online.update(*value, Some(row)).unwrap();
        }
        assert_eq!(online.coefficients(), fitted.coefficients());
    }

    #[test]
    fn collinear_constant_and_huge_features_stay_finite() {
        let values: Vec<f64> = (0..50).map(f64::from).collect();
        let rows: Vec<f64> =
            (0..50).flat_map(|i| [f64::from(i), 2.0 * f64::from(i), 7.0, 1e300, f64::from(i == 3)]).collect();
        let series = Series::new(values, 0, 60.0).unwrap();
        let (regression, without) =
            FeatureRegression::fit(&series, Some(Rows::new("features", &rows, 5).unwrap())).unwrap();
        assert!(regression.coefficients().iter().all(|beta| beta.is_finite()));
        assert!(without.values().iter().all(|value| value.is_finite()));
        assert!(FeatureRegression::empty(65).is_err());
    }
}
