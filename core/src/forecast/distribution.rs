//! What a forecast answers: a mean and a law for each step ahead.
//!
//! The law is normal, or given by some of its quantiles v₁ ≤ v₂ ≤ … at probabilities p₁ < p₂ < …. Between them, and beyond
//! the outermost, a quantile is a straight line over the normal score Φ⁻¹(p), so that normal quantiles come out as the
//! normal law. Quantiles never cross, and where no negative load was ever seen, none is forecast.

use super::normal::normal_quantile;
use crate::error::{Error, Result, all_finite, same_length, strictly_between};
use crate::load::whole_milliseconds;
use crate::rows::Rows;

/// A forecast: for each step ahead a mean, and the law of what may come.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    start: i64,
    step_milliseconds: i64,
    levels: Vec<f64>,
    mean: Vec<f64>,
    standard_deviation: Vec<f64>,
    quantiles: Option<Quantiles>,
    floor: f64,
}

/// Some quantiles of each step: one row a step, at the normal scores of their probabilities.
#[derive(Debug, Clone, PartialEq)]
struct Quantiles {
    scores: Vec<f64>,
    values: Vec<f64>,
}

impl Forecast {
    /// A forecast with a normal law for each step from `start` (Unix milliseconds) on. A NaN as standard deviation
    /// stands for one that is not known.
    ///
    /// # Errors
    /// [`Error::Data`] for a mean that is not finite, a negative or infinite standard deviation, or unequal lengths;
    /// [`Error::Config`] for a bad step or level.
    pub fn normal(
        start: i64,
        step_seconds: f64,
        levels: &[f64],
        mean: Vec<f64>,
        standard_deviation: Vec<f64>,
    ) -> Result<Self> {
        let step_milliseconds = whole_milliseconds(step_seconds)?;
        check_levels(levels)?;
        all_finite("mean", &mean)?;
        same_length("standard_deviation", standard_deviation.len(), "mean", mean.len())?;
        if let Some(i) = standard_deviation.iter().position(|sigma| *sigma < 0.0 || sigma.is_infinite()) {
            let sigma = standard_deviation.get(i).copied().unwrap_or_default();
            return Err(Error::data("standard_deviation", format!("value {i} of {} is {sigma}", mean.len())));
        }
        Ok(Forecast::normal_law(start, step_milliseconds, levels, mean, standard_deviation))
    }

    /// A forecast whose law is given by quantiles: one row of `values` for each step, one column for each of `probabilities`,
    /// which rise within (0, 1). Quantiles that cross are put in order (Chernozhukov, Fernández-Val & Galichon 2010,
    /// Econometrica 78).
    ///
    /// # Errors
    /// [`Error::Data`] for numbers that are not finite, or unequal lengths; [`Error::Config`] for fewer than 2 probabilities,
    /// ones that do not rise within (0, 1), a bad step or level.
    pub fn from_quantiles(
        start: i64,
        step_seconds: f64,
        levels: &[f64],
        mean: Vec<f64>,
        probabilities: &[f64],
        values: Rows<'_>,
    ) -> Result<Self> {
        let step_milliseconds = whole_milliseconds(step_seconds)?;
        check_levels(levels)?;
        all_finite("mean", &mean)?;
        values.all_finite("values")?;
        same_length("values", values.len(), "mean", mean.len())?;
        same_length("probabilities", probabilities.len(), "a row of values", values.columns())?;
        if probabilities.len() < 2 || !probabilities.is_sorted_by(|a, b| a < b) {
            return Err(Error::config(
                "probabilities",
                format!("must be two or more that rise, got {probabilities:?}"),
            ));
        }
        let scores = probabilities.iter().map(|p| {
            strictly_between("probabilities", *p, 0.0, 1.0)?;
            normal_quantile(*p)
        });
        let scores = scores.collect::<Result<Vec<f64>>>()?;
        Ok(Forecast::quantile_law(start, step_milliseconds, levels, mean, scores, values.values().to_vec()))
    }

    /// As [`Forecast::normal`], with what the caller has checked.
    pub(super) fn normal_law(
        start: i64,
        step_milliseconds: i64,
        levels: &[f64],
        mean: Vec<f64>,
        standard_deviation: Vec<f64>,
    ) -> Self {
        let (levels, floor) = (levels.to_vec(), f64::NEG_INFINITY);
        Forecast { start, step_milliseconds, levels, mean, standard_deviation, quantiles: None, floor }
    }

    /// As [`Forecast::from_quantiles`], with what the caller has checked, and normal scores for probabilities.
    pub(super) fn quantile_law(
        start: i64,
        step_milliseconds: i64,
        levels: &[f64],
        mean: Vec<f64>,
        scores: Vec<f64>,
        mut values: Vec<f64>,
    ) -> Self {
        let rows = values.chunks_mut(scores.len().max(1)).filter(|row| !row.is_sorted());
        rows.for_each(|row| row.sort_unstable_by(f64::total_cmp));
        let quantiles = Quantiles { scores, values };
        let (low, high) = (quantiles.line(-1.0), quantiles.line(1.0));
        let standard_deviation = quantiles.rows().map(|row| 0.5 * (high.at(row) - low.at(row))).collect();
        let (levels, floor) = (levels.to_vec(), f64::NEG_INFINITY);
        Forecast {
            start,
            step_milliseconds,
            levels,
            mean,
            standard_deviation,
            quantiles: Some(quantiles),
            floor,
        }
    }

    /// The same forecast with nothing below `floor`.
    pub(super) fn floored(mut self, floor: f64) -> Self {
        self.floor = floor;
        self.mean.iter_mut().for_each(|mean| *mean = mean.max(floor));
        self
    }

    /// The same law around another mean for each step, with nothing below `floor`.
    pub(super) fn moved_to(&self, mean: Vec<f64>, floor: f64) -> Self {
        let mut moved = self.clone();
        if let Some(quantiles) = &mut moved.quantiles {
            let rows = quantiles.values.chunks_exact_mut(quantiles.scores.len().max(1));
            for (row, (before, after)) in rows.zip(self.mean.iter().zip(&mean)) {
                row.iter_mut().for_each(|value| *value += after - before);
            }
        }
        moved.mean = mean;
        moved.floored(floor)
    }

    /// Unix milliseconds at which each forecast step begins.
    pub fn times(&self) -> Vec<i64> {
        let step = |i: usize| self.start.saturating_add(self.step_milliseconds.saturating_mul(i as i64));
        (0..self.mean.len()).map(step).collect()
    }

    /// Expected load of each step, in the unit of the series.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Standard deviation of each step's error (half the distance of the quantiles at ±1 σ, where the law is not normal); NaN
    /// where the model has not seen an error yet.
    pub fn standard_deviation(&self) -> &[f64] {
        &self.standard_deviation
    }

    /// The interval levels that were asked for.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// Lower end of the central interval with probability `level`, in (0, 1).
    ///
    /// # Errors
    /// [`Error::Config`] for a level outside of (0, 1).
    pub fn lower(&self, level: f64) -> Result<Vec<f64>> {
        strictly_between("level", level, 0.0, 1.0)?;
        self.quantile(0.5 - 0.5 * level)
    }

    /// Upper end of the central interval with probability `level`, in (0, 1).
    ///
    /// # Errors
    /// [`Error::Config`] for a level outside of (0, 1).
    pub fn upper(&self, level: f64) -> Result<Vec<f64>> {
        strictly_between("level", level, 0.0, 1.0)?;
        self.quantile(0.5 + 0.5 * level)
    }

    /// The `q`-quantile of each step, `q` in (0, 1).
    ///
    /// # Errors
    /// [`Error::Config`] for a `q` outside of (0, 1).
    pub fn quantile(&self, q: f64) -> Result<Vec<f64>> {
        strictly_between("q", q, 0.0, 1.0)?;
        let z = normal_quantile(q)?;
        let floored =
            |value: f64| if value < self.floor { self.floor } else { value.clamp(f64::MIN, f64::MAX) };
        Ok(match &self.quantiles {
            Some(quantiles) => {
                let line = quantiles.line(z);
                quantiles.rows().map(|row| floored(line.at(row))).collect()
            }
            None => {
                let law = self.mean.iter().zip(&self.standard_deviation);
                law.map(|(mean, sigma)| floored(mean + z * sigma)).collect()
            }
        })
    }
}

impl Quantiles {
    fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.scores.len().max(1))
    }

    /// Where normal score `z` lies; beyond the outermost quantile, on the line from the middle one through it.
    fn line(&self, z: f64) -> Line {
        let after = self.scores.partition_point(|score| *score < z);
        let (left, right) = match after {
            0 => (0, self.scores.len() / 2),
            n if n == self.scores.len() => ((n - 1) / 2, n - 1),
            n => (n - 1, n),
        };
        let share = match (self.scores.get(left), self.scores.get(right)) {
            (Some(from), Some(to)) if to > from => (z - from) / (to - from),
            _ => 0.0,
        };
        Line { left, right, share }
    }
}

/// A straight line between two quantiles of each step.
struct Line {
    left: usize,
    right: usize,
    share: f64,
}

impl Line {
    fn at(&self, row: &[f64]) -> f64 {
        match (row.get(self.left), row.get(self.right)) {
            // The form of two products: high − low overflows where they are huge and of opposite signs.
            (Some(low), Some(high)) if low != high => {
                let value = low * (1.0 - self.share) + high * self.share;
                // Rounding must not carry it over a quantile.
                match self.share {
                    share if share < 0.0 => value.min(*low),
                    share if share > 1.0 => value.max(*high),
                    _ => value.max(*low).min(*high),
                }
            }
            (Some(value), _) => *value,
            _ => f64::NAN,
        }
    }
}

pub(super) fn check_levels(levels: &[f64]) -> Result<()> {
    levels.iter().try_for_each(|level| strictly_between("levels", *level, 0.0, 1.0).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounding_does_not_let_quantiles_cross() {
        let probabilities = [0.01, 0.025, 0.5, 0.99];
        for count in 1..2000 {
            let low = f64::from(count) - 0.001;
            let row = [low, low, low + 0.002, low + 0.002];
            let values = Rows::new("values", &row, 4).unwrap();
            let forecast = Forecast::from_quantiles(0, 60.0, &[], vec![low], &probabilities, values).unwrap();
            let found =
                [0.001, 0.01, 0.02, 0.3, 0.5, 0.7, 0.99, 0.999].map(|q| forecast.quantile(q).unwrap()[0]);
            assert!(found.is_sorted(), "{found:?}");
        }
    }

    #[test]
    fn quantiles_of_a_normal_law_give_the_normal_law() {
        let probabilities = [0.05, 0.5, 0.7];
        let values: Vec<f64> =
            probabilities.iter().map(|p| 10.0 + 2.0 * normal_quantile(*p).unwrap()).collect();
        let rows = Rows::new("values", &values, 3).unwrap();
        let given = Forecast::from_quantiles(0, 60.0, &[], vec![10.0], &probabilities, rows).unwrap();
        let normal = Forecast::normal(0, 60.0, &[], vec![10.0], vec![2.0]).unwrap();
        assert!((given.standard_deviation()[0] - 2.0).abs() < 1e-12);
        for q in [0.001, 0.05, 0.3, 0.5, 0.69, 0.9999] {
            let (a, b) = (given.quantile(q).unwrap()[0], normal.quantile(q).unwrap()[0]);
            assert!((a - b).abs() < 1e-12, "{q}: {a} {b}");
        }
    }

    #[test]
    fn bad_laws_are_refused_by_name() {
        let refused = |result: Result<Forecast>| result.unwrap_err().to_string();
        assert_eq!(
            refused(Forecast::normal(0, 60.0, &[], vec![f64::NAN], vec![1.0])),
            "mean: value 0 of 1 is NaN"
        );
        assert!(
            refused(Forecast::normal(0, 60.0, &[], vec![1.0], vec![-1.0]))
                .starts_with("standard_deviation: ")
        );
        assert!(refused(Forecast::normal(0, 60.0, &[2.0], vec![1.0], vec![1.0])).starts_with("levels: "));
        let rows = Rows::new("values", &[1.0, 2.0], 2).unwrap();
        assert!(
            refused(Forecast::from_quantiles(0, 60.0, &[], vec![1.0], &[0.9, 0.1], rows))
                .starts_with("probabilities: ")
        );
        assert!(
            refused(Forecast::from_quantiles(0, 60.0, &[], vec![1.0], &[0.5, 1.0], rows))
                .starts_with("probabilities: ")
        );
    }

    proptest! {
        #[test]
        fn quantiles_never_cross(row in prop::collection::vec(-1e300..1e300f64, 5), p in 0.0001..0.9999f64, q in 0.0001..0.9999f64) {
            let rows = Rows::new("values", &row, 5).unwrap();
            let forecast = Forecast::from_quantiles(0, 60.0, &[], vec![0.0], &[0.1, 0.2, 0.5, 0.8, 0.9], rows).unwrap();
            let (low, high) = (forecast.quantile(p.min(q)).unwrap()[0], forecast.quantile(p.max(q)).unwrap()[0]);
            prop_assert!(low <= high || (low - high) <= 1e-12 * low.abs());
            let floored = forecast.floored(0.0);
            prop_assert!(floored.quantile(p).unwrap()[0] >= 0.0);
        }
    }
}
