//! The recursion over a series, its likelihood, and the derivatives of that with respect to parameters and initial states.
//!
//! With u = l + φb: the mean is u, u + s or u·s; an error e moves the level to u + αe, the trend to φb + βe and the season
//! to s + γe, where e is first divided by s for level and trend, and by u for the season, if that is multiplicative. Additive
//! and multiplicative errors share these steps; they differ in what is normal, e or e over the mean (book, section 2.5 and
//! chapter 5). The derivatives come from one pass backwards in time (reverse accumulation): as many initial states as a
//! season has cost no more than one.

use super::form::{Form, Season, Smoothing};
use crate::math;

/// Squared relative error below which a fit counts as exact: keeps the likelihood of a constant finite.
const EXACT: f64 = 1e-24;
/// Means below this share of the series' scale count as 0 in a multiplicative model.
const LEAST: f64 = 1e-100;

/// Where the recursion begins, and how it moves.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) smoothing: Smoothing,
    pub(super) level: f64,
    pub(super) trend: f64,
    /// The season's first value belongs to the first step; empty without one.
    pub(super) season: Vec<f64>,
}

/// A series under one form, with the room for its passes.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    values: &'a [f64],
    known: f64,
    form: Form,
    expected: Vec<f64>,
    trend: Vec<f64>,
    season: Vec<f64>,
    season_slope: Vec<f64>,
}

/// Derivatives with respect to the numbers of a [`Point`].
#[derive(Debug, Clone, Default)]
pub(super) struct Slopes {
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) gamma: f64,
    pub(super) phi: f64,
    pub(super) level: f64,
    pub(super) trend: f64,
}

/// What a pass forwards comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// Sum of the squared errors, relative ones where the error is multiplicative.
    pub(super) squares: f64,
    logarithms: f64,
    pub(super) level: f64,
    pub(super) trend: f64,
}

impl Outcome {
    /// −2/n of the logarithm of the likelihood at its best variance, but for a constant; infinite outside of the domain.
    fn cost(self, known: f64) -> f64 {
        let cost = 0.5 * math::ln(self.squares / known + EXACT) + self.logarithms / known;
        if cost.is_nan() { f64::INFINITY } else { cost }
    }
}

impl<'a> Pass<'a> {
    /// `values` of size about 1; NaN = missing.
    pub(super) fn new(values: &'a [f64], form: Form) -> Self {
        let steps = values.len();
        let seasons = if form.is_seasonal() { steps + form.period } else { 0 };
        Pass {
            values,
            known: values.iter().filter(|value| !value.is_nan()).count().max(1) as f64,
            form,
            expected: vec![0.0; steps],
            trend: vec![0.0; steps],
            season: vec![0.0; seasons],
            season_slope: vec![0.0; seasons],
        }
    }

    /// The season after the last pass, beginning with the step after the series.
    pub(super) fn last_season(&self) -> &[f64] {
        self.season.get(self.values.len()..).unwrap_or_default()
    }

    /// Derivatives with respect to the first season, after [`Pass::cost_and_slopes`].
    pub(super) fn season_slopes(&self) -> &[f64] {
        self.season_slope.get(..self.form.period).unwrap_or_default()
    }

    /// The largest error in proportion to its mean in the last pass, of a model with a season.
    pub(super) fn largest_relative_error(&self) -> f64 {
        let means = self.expected.iter().zip(&self.season).map(|(expected, season)| match self.form.season {
            Season::Multiplicative => expected * season,
            _ => expected + season,
        });
        let errors = self.values.iter().zip(means).map(|(value, mean)| (value / mean - 1.0).abs());
        errors.filter(|error| error.is_finite()).fold(0.0, f64::max)
    }

    /// Negative logarithm of the likelihood per known value at its best variance, but for ½(1 + ln 2π).
    pub(super) fn cost(&mut self, point: &Point) -> f64 {
        self.forwards(point).cost(self.known)
    }

    pub(super) fn forwards(&mut self, point: &Point) -> Outcome {
        match (self.form.season, self.form.multiplicative_error) {
            (Season::None, false) => self.run::<0, false>(point),
            (Season::None, true) => self.run::<0, true>(point),
            (Season::Additive, false) => self.run::<1, false>(point),
            (Season::Additive, true) => self.run::<1, true>(point),
            (Season::Multiplicative, false) => self.run::<2, false>(point),
            (Season::Multiplicative, true) => self.run::<2, true>(point),
        }
    }

    pub(super) fn cost_and_slopes(&mut self, point: &Point) -> (f64, Slopes) {
        let outcome = self.forwards(point);
        let cost = outcome.cost(self.known);
        if cost.is_infinite() {
            return (cost, Slopes::default());
        }
        let slopes = match (self.form.season, self.form.multiplicative_error) {
            (Season::None, false) => self.back::<0, false>(point, outcome),
            (Season::None, true) => self.back::<0, true>(point, outcome),
            (Season::Additive, false) => self.back::<1, false>(point, outcome),
            (Season::Additive, true) => self.back::<1, true>(point, outcome),
            (Season::Multiplicative, false) => self.back::<2, false>(point, outcome),
            (Season::Multiplicative, true) => self.back::<2, true>(point, outcome),
        };
        (cost, slopes)
    }

    #[allow(
        clippy::indexing_slicing,
        reason = "expected and trend are as long as the series, season by one period longer"
    )]
    fn run<const SEASON: u8, const RELATIVE: bool>(&mut self, point: &Point) -> Outcome {
        let Smoothing { alpha, beta, gamma, phi } = point.smoothing;
        let (steps, period) = (self.values.len(), self.form.period);
        if SEASON > 0 {
            self.season[..period].copy_from_slice(&point.season);
        }
        let (mut level, mut trend) = (point.level, point.trend);
        let (mut squares, mut logarithms, mut product) = (0.0, 0.0, 1.0);
        let mut sane = true;
        for i in 0..steps {
            let value = self.values[i];
            let expected = level + phi * trend;
            let season = if SEASON > 0 { self.season[i] } else { 0.0 };
            self.expected[i] = expected;
            self.trend[i] = trend;
            if value.is_nan() {
                level = expected;
                trend *= phi;
                if SEASON > 0 {
                    self.season[i + period] = season;
                }
                continue;
            }
            let (mean, for_level, for_season) = match SEASON {
                0 => (expected, value - expected, 0.0),
                1 => {
                    let error = (value - season) - expected;
                    (expected + season, error, error)
                }
                _ => (expected * season, value / season - expected, value / expected - season),
            };
            level = expected + alpha * for_level;
            trend = phi * trend + beta * for_level;
            if SEASON > 0 {
                self.season[i + period] = season + gamma * for_season;
            }
            if SEASON == 2 {
                sane &= expected > LEAST && season > LEAST;
            }
            let error = if RELATIVE {
                sane &= mean > LEAST;
                product *= mean;
                if !(1e-140..1e140).contains(&product) {
                    logarithms += math::ln(product);
                    product = 1.0;
                }
                value / mean - 1.0
            } else if SEASON == 2 {
                value - mean
            } else {
                for_level
            };
            squares += error * error;
        }
        if RELATIVE {
            logarithms += math::ln(product);
        }
        if !sane {
            squares = f64::NAN;
        }
        Outcome { squares, logarithms, level, trend }
    }

    #[allow(
        clippy::indexing_slicing,
        reason = "expected and trend are as long as the series, season and its slopes by one period longer"
    )]
    fn back<const SEASON: u8, const RELATIVE: bool>(&mut self, point: &Point, outcome: Outcome) -> Slopes {
        let Smoothing { alpha, beta, gamma, phi } = point.smoothing;
        let (steps, period) = (self.values.len(), self.form.period);
        let per_square = 1.0 / (outcome.squares + EXACT * self.known);
        let per_value = 1.0 / self.known;
        let mut slopes = Slopes::default();
        // Derivatives with respect to the level and trend after step i.
        let (mut level, mut trend) = (0.0, 0.0);
        if SEASON > 0 {
            self.season_slope[steps..].fill(0.0);
        }
        for i in (0..steps).rev() {
            let value = self.values[i];
            let (expected, trend_before) = (self.expected[i], self.trend[i]);
            let season = if SEASON > 0 { self.season[i] } else { 0.0 };
            let season_after = if SEASON > 0 { self.season_slope[i + period] } else { 0.0 };
            let (mut by_expected, mut by_season) = (level, season_after);
            if !value.is_nan() {
                let mean = match SEASON {
                    0 => expected,
                    1 => expected + season,
                    _ => expected * season,
                };
                let by_mean = if RELATIVE {
                    let inverse = 1.0 / mean;
                    let ratio = value * inverse;
                    inverse * (per_value - (ratio - 1.0) * per_square * ratio)
                } else {
                    (mean - value) * per_square
                };
                let by_level_error = alpha * level + beta * trend;
                if SEASON == 2 {
                    let (per_season, per_expected) = (1.0 / season, 1.0 / expected);
                    let (for_level, for_season) = (value * per_season, value * per_expected);
                    let by_season_error = gamma * season_after;
                    slopes.alpha += level * (for_level - expected);
                    slopes.beta += trend * (for_level - expected);
                    slopes.gamma += season_after * (for_season - season);
                    by_expected +=
                        by_mean * season - by_level_error - by_season_error * for_season * per_expected;
                    by_season +=
                        by_mean * expected - by_season_error - by_level_error * for_level * per_season;
                } else {
                    let error = value - mean;
                    slopes.alpha += level * error;
                    slopes.beta += trend * error;
                    slopes.gamma += season_after * error;
                    let by_error = by_level_error + gamma * season_after - by_mean;
                    by_expected -= by_error;
                    by_season -= by_error;
                }
            }
            slopes.phi += (trend + by_expected) * trend_before;
            trend = phi * (trend + by_expected);
            level = by_expected;
            if SEASON > 0 {
                self.season_slope[i] = by_season;
            }
        }
        Slopes { level, trend, ..slopes }
    }
}
