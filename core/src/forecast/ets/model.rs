//! A fitted model as it runs: one step of the recursion a value, and the variance of what it foretells.
//!
//! Means and variances of the steps ahead: book, chapter 6. Those of linear models with additive errors (class 1) and with
//! multiplicative errors (class 2) are exact, those with a multiplicative season and error (class 3) are exact within one season,
//! of the first order in the season's covariance with the level beyond; a multiplicative season with additive errors is of
//! that order throughout. Instead of sums over all earlier steps (tables 6.1 and 6.2) the
//! covariance of level, trend and season is carried from step to step, so that a horizon costs O(horizon).

use super::form::{Form, Season, Smoothing};
use serde::{Deserialize, Serialize};

/// A value this many times as large as any before is taken as missing, unless the next is as large.
pub(super) const WILD: f64 = 1e3;
/// The same where all was 0 so far, in the unit of the load.
const WILD_AFTER_ZEROS: f64 = 1e12;
/// Levels and seasons of multiplicative models stay above this share of the series' scale.
const LEAST: f64 = 1e-6;
/// Errors that the variance remembers, at least.
pub(super) const MEMORY: f64 = 1000.0;
/// Intervals grow over this many missing steps at most.
const LONGEST_GAP: usize = 1000;

/// All but the unit itself in units of the series' scale, a power of two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Model {
    pub(super) form: Form,
    pub(super) smoothing: Smoothing,
    pub(super) unit: f64,
    pub(super) level: f64,
    pub(super) trend: f64,
    pub(super) season: Vec<f64>,
    /// Place of the next step in the season.
    pub(super) at: usize,
    /// Level and trend after the last known value, and the steps since.
    origin: (f64, f64),
    gap: usize,
    /// Variance of the errors, relative ones where the error is multiplicative, and how many it is the mean of.
    pub(super) variance: f64,
    pub(super) weight: f64,
    largest: f64,
    wild: bool,
    /// Relative errors beyond this teach the multiplicative season no more than this one.
    most: f64,
}

impl Model {
    pub(super) fn new(form: Form, smoothing: Smoothing, unit: f64, states: (f64, f64, Vec<f64>)) -> Self {
        let (level, trend, season) = states;
        Model {
            form,
            smoothing,
            unit,
            level,
            trend,
            season,
            at: 0,
            origin: (level, trend),
            gap: 0,
            variance: 0.0,
            weight: 0.0,
            largest: 0.0,
            wild: false,
            most: 1.0,
        }
    }

    /// The model after a series of `steps`, given states whose season begins with the step that follows; `errors` are the
    /// variance and what it is the mean of, `largest` and `most` the largest value and relative error.
    pub(super) fn after(mut self, steps: usize, errors: (f64, f64), largest: f64, most: f64) -> Self {
        self.at = steps % self.form.period;
        if !self.season.is_empty() {
            self.season.rotate_right(self.at);
        }
        (self.variance, self.weight) = errors;
        self.largest = largest;
        self.most = most.max(1.0);
        self
    }

    pub(super) fn is_whole(&self) -> bool {
        let season = if self.form.is_seasonal() { self.form.period } else { 0 };
        let Smoothing { alpha, beta, gamma, phi } = self.smoothing;
        let states = [self.level, self.trend, self.origin.0, self.origin.1, self.largest, self.most];
        let numbers = [alpha, beta, gamma, phi, self.weight, self.variance];
        self.form.period > 0
            && self.season.len() == season
            && self.at < self.form.period
            && self.gap <= LONGEST_GAP
            && self.unit > 0.0
            && (1.0 / self.unit).is_finite()
            && states.iter().chain(&numbers).chain(&self.season).all(|number| number.is_finite())
            && self.weight >= 0.0
    }

    /// Components, parameters as they are given in the settings, and states in the unit of the load; the season begins with the
    /// next step, and the variance is that of relative errors where the error is multiplicative.
    pub(super) fn shown(&self) -> serde_json::Value {
        let Form { multiplicative_error, trend, damped, season, period } = self.form;
        let Smoothing { alpha, beta, gamma, phi } = self.smoothing;
        let [error, trend_letter, season_letter] = self.form.letters();
        let season_unit = if season == Season::Multiplicative { 1.0 } else { self.unit };
        let error_unit = if multiplicative_error { 1.0 } else { self.unit };
        let (before, after) = self.season.split_at_checked(self.at).unwrap_or_default();
        let seasonal: Vec<f64> = after.iter().chain(before).map(|value| value * season_unit).collect();
        serde_json::json!({
            "error": error, "trend": trend_letter, "seasonal": season_letter, "damped": damped, "period": period,
            "parameters": {
                "alpha": alpha,
                "beta": trend.then_some(if alpha > 0.0 { beta / alpha } else { 0.0 }),
                "gamma": self.form.is_seasonal().then_some(gamma),
                "phi": damped.then_some(phi),
            },
            "states": {
                "level": self.level * self.unit,
                "trend": trend.then_some(self.trend * self.unit),
                "seasonal": self.form.is_seasonal().then_some(seasonal),
            },
            "variance": self.variance * error_unit * error_unit,
        })
    }

    fn season_at(&self, place: usize) -> f64 {
        let neutral = if self.form.season == Season::Multiplicative { 1.0 } else { 0.0 };
        self.season.get(place).copied().unwrap_or(neutral)
    }

    /// What level and trend foretell for the step after them.
    fn ahead(&self, level: f64, trend: f64) -> f64 {
        let expected = level + self.smoothing.phi * trend;
        if self.form.season == Season::Multiplicative { expected.max(LEAST) } else { expected }
    }

    /// Takes in the next step's value, NaN = missing.
    pub(super) fn update(&mut self, value: f64) {
        let value = self.screened(value / self.unit);
        let Smoothing { alpha, beta, gamma, phi } = self.smoothing;
        let expected = self.ahead(self.level, self.trend);
        let season = self.season_at(self.at);
        if value.is_nan() {
            if self.gap < LONGEST_GAP {
                (self.level, self.trend) = (expected, phi * self.trend);
                self.gap += 1;
            }
        } else {
            let (mean, for_level, for_season) = if self.form.season == Season::Multiplicative {
                let for_season = (value / expected - season).min(season * self.most);
                (expected * season, value / season - expected, for_season)
            } else {
                let error = (value - season) - expected;
                (expected + season, error, error)
            };
            self.level = expected + alpha * for_level;
            self.trend = phi * self.trend + beta * for_level;
            if let Some(place) = self.season.get_mut(self.at) {
                *place += gamma * for_season;
                if self.form.season == Season::Multiplicative {
                    *place = place.clamp(LEAST, 1.0 / LEAST);
                }
            }
            self.origin = (self.level, self.trend);
            self.gap = 0;
            self.learn(if self.form.multiplicative_error {
                (value - mean) / mean.max(LEAST)
            } else {
                value - mean
            });
        }
        self.at = if self.at + 1 >= self.form.period { 0 } else { self.at + 1 };
    }

    fn screened(&mut self, value: f64) -> f64 {
        if value.is_nan() {
            return value;
        }
        let known = if self.largest > 0.0 { WILD * self.largest } else { WILD_AFTER_ZEROS / self.unit };
        if value.abs() > known && !self.wild {
            self.wild = true;
            return f64::NAN;
        }
        self.wild = false;
        // Squares of what the model keeps stay finite.
        let value = value.clamp(-1e100, 1e100);
        self.largest = self.largest.max(value.abs());
        if self.form.needs_positive_values() { value.max(0.0) } else { value }
    }

    fn learn(&mut self, error: f64) {
        self.weight = (self.weight + 1.0).min(MEMORY.max(2.0 * self.form.period as f64).max(self.weight));
        self.variance += (error * error - self.variance) / self.weight;
    }

    /// Mean and standard deviation of each of the next `horizon` steps, in the unit of the load.
    pub(super) fn forecast(&self, horizon: usize) -> (Vec<f64>, Vec<f64>) {
        let period = self.form.period;
        let mut spread = Spread::new(self, self.gap + horizon);
        let (mut level, mut trend) = self.origin;
        let mut place = (self.at + period - self.gap % period) % period;
        let (mut means, mut deviations) = (Vec::with_capacity(horizon), Vec::with_capacity(horizon));
        for step in 0..self.gap + horizon {
            let expected = self.ahead(level, trend);
            (level, trend) = (expected, self.smoothing.phi * trend);
            let season = self.season_at(place);
            place = if place + 1 >= period { 0 } else { place + 1 };
            let variance = spread.next(expected, season);
            if step >= self.gap {
                let mean = if self.form.season == Season::Multiplicative {
                    expected * season
                } else {
                    expected + season
                };
                means.push((mean * self.unit).clamp(f64::MIN, f64::MAX));
                deviations.push((variance.max(0.0).sqrt() * self.unit).min(f64::MAX));
            }
        }
        if self.weight == 0.0 {
            deviations.fill(f64::NAN);
        }
        (means, deviations)
    }
}

/// Variances from step to step: covariances of level, trend, and the season's value of the step.
struct Spread {
    form: Form,
    smoothing: Smoothing,
    noise: f64,
    /// Var(level), Cov(level, trend), Var(trend).
    level: f64,
    both: f64,
    trend: f64,
    /// For each place in the season, as of its next step: Var(season), Cov(level, season), Cov(trend, season).
    seasons: Vec<(f64, f64, f64)>,
    steps: usize,
    /// φ + φ² + … + φᵐ⁻¹ and φᵐ⁻¹.
    season_sum: f64,
    season_power: f64,
}

impl Spread {
    fn new(model: &Model, steps: usize) -> Self {
        let period = if model.form.is_seasonal() { model.form.period } else { 0 };
        let (mut season_sum, mut season_power) = (0.0, 1.0);
        if steps > period {
            for _ in 1..period {
                season_power *= model.smoothing.phi;
                season_sum += season_power;
            }
        }
        Spread {
            form: model.form,
            smoothing: model.smoothing,
            noise: model.variance,
            level: 0.0,
            both: 0.0,
            trend: 0.0,
            seasons: vec![(0.0, 0.0, 0.0); period.min(steps)],
            steps: 0,
            season_sum,
            season_power,
        }
    }

    /// Variance of the next step's value, where `expected` is what level and trend foretell.
    fn next(&mut self, expected: f64, season: f64) -> f64 {
        let Smoothing { alpha, beta, gamma, phi } = self.smoothing;
        // From the states before the step to what they foretell for it.
        let moved = self.both + phi * self.trend;
        self.level += phi * self.both + phi * moved;
        self.both = phi * moved;
        self.trend *= phi * phi;
        let period = self.form.period;
        let place = self.steps % period;
        let (season_variance, with_level, with_trend) =
            self.seasons.get(place).copied().unwrap_or((0.0, 0.0, 0.0));
        let with_level = with_level + phi * with_trend;
        let with_trend = phi * with_trend;
        // How an error enters level and season, and how they enter the value.
        let relative = self.form.multiplicative_error;
        let multiplied = self.form.season == Season::Multiplicative;
        let (into_level, into_season) = match (multiplied, relative) {
            (true, true) => (1.0, season / expected.max(LEAST)),
            (true, false) => (1.0 / season.max(LEAST), 1.0 / expected.max(LEAST)),
            (false, _) => (1.0, 1.0),
        };
        let (variance, error) = match (multiplied, relative) {
            (true, true) => {
                let passes = self.steps / period;
                let square = expected * expected + self.level;
                let grown = power(1.0 + gamma * gamma * self.noise, passes);
                let product = season * season * (square * (1.0 + self.noise) * grown - expected * expected);
                (product + 2.0 * season * expected * with_level, self.noise * square)
            }
            (true, false) => {
                let spread = season * season * self.level
                    + expected * expected * season_variance
                    + 2.0 * season * expected * with_level;
                (spread + self.noise, self.noise)
            }
            (false, _) => {
                let spread = self.level + 2.0 * with_level + season_variance;
                let mean = expected + season;
                let error = if relative { self.noise * (mean * mean + spread) } else { self.noise };
                (spread + error, error)
            }
        };
        self.level += alpha * alpha * error * into_level * into_level;
        self.both += alpha * beta * error * into_level * into_level;
        self.trend += beta * beta * error * into_level * into_level;
        if let Some(covariances) = self.seasons.get_mut(place) {
            let with_level = with_level + alpha * gamma * error * into_level * into_season;
            let with_trend = with_trend + beta * gamma * error * into_level * into_season;
            *covariances = (
                season_variance + gamma * gamma * error * into_season * into_season,
                with_level + self.season_sum * with_trend,
                self.season_power * with_trend,
            );
        }
        self.steps += 1;
        variance
    }
}

/// By repeated squaring.
fn power(mut base: f64, mut exponent: usize) -> f64 {
    let mut result = 1.0;
    while exponent > 0 {
        if exponent % 2 == 1 {
            result *= base;
        }
        base *= base;
        exponent /= 2;
    }
    result
}
