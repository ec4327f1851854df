//! The linear model beneath every learned one, for each band of horizons.
//!
//! Lai, Chang, Yang & Liu 2018, "Modeling Long- and Short-Term Temporal Patterns with Deep Neural Networks", SIGIR, section
//! 3.6: a linear autoregression beside the network carries the scale of the load, and what is learned need only correct it.
//! It begins with a base of two coefficients, season + a + φ·(recent − season at the origin), which little data suffices for,
//! and adds a ridge regression (Hoerl & Kennard 1970, Technometrics 12) of what that leaves on all columns. Which season,
//! and how strong the ridge, the held-out samples say, band by band: at long horizons neighbouring samples tell nearly the
//! same, and only they know how little that is.

use super::design::{Design, Sample, band};
use crate::rows::Rows;
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// Strengths of the ridge, as a share of the count of rows; none at all is the last choice.
const RIDGES: [Option<f64>; 5] = [Some(1e-3), Some(1e-2), Some(0.1), Some(1.0), None];
/// As many rows of zeros beside.
const RIDGE_ROWS: f64 = 2.0;
/// Where the recent mean of 8 values stands in a row, and that of 32, and the last value.
const LAST: usize = 0;
const MEAN_8: usize = 4;
const MEAN_32: usize = 5;

/// For each band its linear model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Highway {
    bands: Vec<Linear>,
}

/// Which base, and how strong the ridge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Choice {
    base: usize,
    ridge: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Linear {
    coefficients: Vec<f64>,
    constant: f64,
    /// The usual error.
    unit: f64,
    choice: Choice,
}

/// A target on the scale and its row.
type Example<'a> = (f64, &'a [f64]);

/// The examples of one band.
fn of_band<'a>(samples: &[Sample], rows: Rows<'a>, bands: usize, wanted: usize) -> Vec<Example<'a>> {
    let own = samples.iter().zip(rows.iter()).filter(|(sample, _)| band(sample.ahead, bands) == wanted);
    own.map(|(sample, row)| (sample.target, row)).collect()
}

impl Highway {
    /// Learns from the first `learn` samples, and chooses by the others; also gives the absolute error on those, in the unit
    /// of the load.
    pub(super) fn choose(
        design: &Design,
        samples: &[Sample],
        rows: Rows<'_>,
        learn: usize,
        bands: usize,
    ) -> (Self, f64) {
        let (learned, held_out) = samples.split_at(learn.min(samples.len()));
        let (learned_rows, held_out_rows) = rows.values().split_at(learned.len() * rows.columns());
        let mut lost = 0.0;
        let of = |wanted| {
            let learned = of_band(learned, Rows::whole(learned_rows, rows.columns()), bands, wanted);
            let held_out = of_band(held_out, Rows::whole(held_out_rows, rows.columns()), bands, wanted);
            let (linear, error) = Linear::choose(design, &learned, &held_out);
            lost += error;
            linear
        };
        let bands = (0..bands).map(of).collect();
        (Highway { bands }, lost)
    }

    /// The same choices, learned from all samples.
    pub(super) fn settled(&self, design: &Design, samples: &[Sample], rows: Rows<'_>) -> Self {
        let count = self.bands.len();
        let settled = |(wanted, linear): (usize, &Linear)| {
            let examples = of_band(samples, rows, count, wanted);
            Linear::fit(design, &examples, linear.choice)
        };
        Highway { bands: self.bands.iter().enumerate().map(settled).collect() }
    }

    pub(super) fn bands(&self) -> usize {
        self.bands.len()
    }

    /// Forecast from a row, and its usual error.
    pub(super) fn value(&self, ahead: usize, row: &[f64]) -> (f64, f64) {
        self.bands
            .get(band(ahead, self.bands.len()))
            .map_or((0.0, 1.0), |linear| (linear.of(row), linear.unit))
    }

    pub(super) fn is_whole(&self, columns: usize) -> bool {
        !self.bands.is_empty()
            && self.bands.iter().all(|linear| {
                linear.coefficients.len() == columns
                    && linear.coefficients.iter().chain([&linear.constant]).all(|x| x.is_finite())
                    && linear.unit.is_finite()
                    && linear.unit > 0.0
            })
    }

    /// The coefficients of each band.
    pub(super) fn coefficients(&self) -> impl Iterator<Item = &[f64]> {
        self.bands.iter().map(|linear| linear.coefficients.as_slice())
    }
}

impl Linear {
    fn of(&self, row: &[f64]) -> f64 {
        let terms = self.coefficients.iter().zip(row).map(|(coefficient, x)| coefficient * x);
        self.constant + terms.sum::<f64>()
    }

    /// The best of all bases and ridges on the held-out examples, and its error there.
    fn choose(design: &Design, learned: &[Example<'_>], held_out: &[Example<'_>]) -> (Self, f64) {
        let value = |z: f64| design.scale.value(z);
        let lost = |linear: &Linear| {
            held_out.iter().map(|(target, row)| (value(linear.of(row)) - value(*target)).abs()).sum::<f64>()
        };
        let bases = (0..=design.seasons.len()).map(|base| {
            let linear = Linear::fit(design, learned, Choice { base, ridge: None });
            let error = lost(&linear);
            (linear, error)
        });
        let better = |best: Option<(Linear, f64)>, other: (Linear, f64)| match best {
            Some(best) if best.1 <= other.1 => Some(best),
            _ => Some(other),
        };
        let best = bases.fold(None, better);
        let base = best.as_ref().map_or(0, |(linear, _)| linear.choice.base);
        let regression = Regression::new(design, learned, base);
        let ridges = RIDGES.iter().filter(|ridge| ridge.is_some()).map(|ridge| {
            let linear = regression.solve(learned, *ridge);
            let error = lost(&linear);
            (linear, error)
        });
        let (mut linear, error) = ridges
            .fold(best, better)
            .unwrap_or_else(|| (Linear::fit(design, learned, Choice { base: 0, ridge: None }), 0.0));
        linear.measure(learned);
        (linear, error)
    }

    fn fit(design: &Design, examples: &[Example<'_>], choice: Choice) -> Self {
        let mut linear = Regression::new(design, examples, choice.base).solve(examples, choice.ridge);
        linear.measure(examples);
        linear
    }

    /// Notes the usual error: one and a half times the mean of the smaller nine tenths, without what is wild.
    fn measure(&mut self, examples: &[Example<'_>]) {
        let mut errors: Vec<f64> =
            examples.iter().map(|(target, row)| (target - self.of(row)).abs()).collect();
        errors.sort_unstable_by(f64::total_cmp);
        let usual = errors.get(..(errors.len() * 9).div_ceil(10)).unwrap_or_default();
        self.unit = (usual.iter().sum::<f64>() / usual.len().max(1) as f64 * 1.5).max(1e-6);
    }
}

/// The base, and the normal equations of what it leaves on standardised columns.
struct Regression {
    base: Vec<f64>,
    base_constant: f64,
    choice: usize,
    means: Vec<f64>,
    /// Inverse standard deviations; 0 for a column that does not vary.
    scales: Vec<f64>,
    mean_left: f64,
    moments: DMatrix<f64>,
    products: DVector<f64>,
}

impl Regression {
    fn new(design: &Design, examples: &[Example<'_>], choice: usize) -> Self {
        let columns = design.linear_columns();
        let count = examples.len().max(1) as f64;
        let (base, base_constant) = base(design, examples, choice);
        let leave = |target: f64, row: &[f64]| {
            target - base_constant - base.iter().zip(row).map(|(c, x)| c * x).sum::<f64>()
        };
        let mean_left = examples.iter().map(|(target, row)| leave(*target, row) / count).sum::<f64>();
        let mut means = vec![0.0; columns];
        for (_, row) in examples {
            means.iter_mut().zip(*row).for_each(|(mean, x)| *mean += x / count);
        }
        let mut variances = vec![0.0; columns];
        for (_, row) in examples {
            let centred = row.iter().zip(&means).map(|(x, mean)| x - mean);
            variances.iter_mut().zip(centred).for_each(|(sum, d)| *sum += d * d / count);
        }
        let scales: Vec<f64> = variances
            .iter()
            .map(|variance| if *variance > 1e-18 { 1.0 / variance.sqrt() } else { 0.0 })
            .collect();
        let mut moments = vec![0.0; columns * columns];
        let mut products = vec![0.0; columns];
        let mut standard = vec![0.0; columns];
        for (target, row) in examples {
            let left = leave(*target, row) - mean_left;
            let scaled = row.iter().zip(&means).zip(&scales).map(|((x, mean), scale)| (x - mean) * scale);
            standard.iter_mut().zip(scaled).for_each(|(cell, x)| *cell = x);
            let lines = standard.iter().zip(moments.chunks_exact_mut(columns)).zip(&mut products);
            for ((a, line), product) in lines {
                *product += a * left;
                line.iter_mut().zip(&standard).for_each(|(moment, b)| *moment += a * b);
            }
        }
        Regression {
            base,
            base_constant,
            choice,
            means,
            scales,
            mean_left,
            moments: DMatrix::from_row_slice(columns, columns, &moments),
            products: DVector::from_vec(products),
        }
    }

    fn solve(&self, examples: &[Example<'_>], ridge: Option<f64>) -> Linear {
        let solution = ridge.and_then(|ridge| {
            let mut moments = self.moments.clone();
            let strength = ridge * examples.len() as f64 + RIDGE_ROWS;
            (0..moments.nrows()).for_each(|at| {
                if let Some(moment) = moments.get_mut((at, at)) {
                    *moment += strength;
                }
            });
            let solution = moments.cholesky()?.solve(&self.products);
            solution.iter().all(|x| x.is_finite()).then_some(solution)
        });
        let (mut coefficients, mut constant) = (self.base.clone(), self.base_constant);
        if let Some(solution) = &solution {
            constant += self.mean_left;
            let added = solution.iter().zip(&self.scales).zip(&self.means);
            for (coefficient, ((x, scale), mean)) in coefficients.iter_mut().zip(added) {
                *coefficient += x * scale;
                constant -= x * scale * mean;
            }
        }
        let choice = Choice { base: self.choice, ridge };
        Linear { coefficients, constant, unit: 1.0, choice }
    }
}

/// The base: with season `choice`, average at the target + a + φ·(mean of 8 − average at the origin); after the last season,
/// the last value + a + φ·(mean of 32 − last value).
fn base(design: &Design, examples: &[Example<'_>], choice: usize) -> (Vec<f64>, f64) {
    let mut coefficients = vec![0.0; design.linear_columns()];
    let (anchor, recent, usual) = match design.averages().nth(choice) {
        Some((target, origin)) => (target, MEAN_8, origin),
        None => (LAST, MEAN_32, LAST),
    };
    let entry = |row: &[f64], at: usize| row.get(at).copied().unwrap_or(0.0);
    let pair =
        |(target, row): &Example<'_>| (entry(row, recent) - entry(row, usual), target - entry(row, anchor));
    let count = examples.len().max(1) as f64;
    let (mut mean_x, mut mean_y) = (0.0, 0.0);
    examples.iter().map(pair).for_each(|(x, y)| {
        mean_x += x / count;
        mean_y += y / count;
    });
    let (mut xx, mut xy) = (RIDGE_ROWS, 0.0);
    examples.iter().map(pair).for_each(|(x, y)| {
        xx += (x - mean_x) * (x - mean_x);
        xy += (x - mean_x) * (y - mean_y);
    });
    let slope = (xy / xx).clamp(0.0, 1.0);
    for (at, coefficient) in [(anchor, 1.0), (recent, slope), (usual, -slope)] {
        if let Some(cell) = coefficients.get_mut(at) {
            *cell += coefficient;
        }
    }
    (coefficients, mean_y - slope * mean_x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::learned::design::Outline;
    use crate::forecast::learned::scale::Scale;
    use crate::load::{Calendar, CalendarConfig};
    use crate::random::Random;

    #[test]
    fn a_linear_law_is_found() {
        let outline =
            Outline { horizon: 1, periods: Some(vec![]), calendar: CalendarConfig::default(), seed: 0 };
        let calendar =
            Calendar::new(CalendarConfig { day_pairs: 0, week_pairs: 0, ..CalendarConfig::default() });
        let scale = Scale::candidates(&(0..99).map(f64::from).collect::<Vec<_>>())[0];
        let design = Design::new(&outline, &calendar.unwrap(), scale, 2000, 3_600_000, None);
        let columns = design.columns();
        let mut random = Random::new(1);
        let table: Vec<f64> = (0..2000 * columns).map(|_| random.normal()).collect();
        let samples: Vec<Sample> = table
            .chunks(columns)
            .enumerate()
            .map(|(origin, row)| Sample { origin, ahead: 1, target: 0.5 + 0.7 * row[0] - 0.2 * row[3] })
            .collect();
        let (highway, lost) = Highway::choose(&design, &samples, Rows::whole(&table, columns), 1500, 1);
        let found = &highway.bands[0];
        assert!((found.coefficients[0] - 0.7).abs() < 0.01 && (found.coefficients[3] + 0.2).abs() < 0.01);
        assert!(
            (found.constant - 0.5).abs() < 0.01 && lost < 500.0 * 0.1 * design.scale.value(1.0),
            "{lost}"
        );
        let settled = highway.settled(&design, &samples, Rows::whole(&table, columns));
        assert!(settled.is_whole(design.linear_columns()) && settled.bands[0].choice == found.choice);
    }
}
