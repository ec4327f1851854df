//! What an additive model has learned: its curve, how sure it is, and how it follows a stream.
//!
//! Times are scaled so that the history has length 1, loads so that the largest is 1. When the history has grown to twice its
//! length, or the load beyond its largest, the sums are brought to the new scale, exactly; every second changepoint goes then,
//! so that there are as many as before for the whole. A new changepoint costs nothing: before it, its column is 0.

use super::columns::Columns;
use super::config::{AdditiveConfig, Growth, Mode};
use super::curve::Curve;
use super::posterior::{self, Posterior, Prior};
use crate::error::{Error, Result};
use crate::load::{Calendar, Series};
use crate::math;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

/// A changepoint for each so many values at most.
const VALUES_A_BEND: usize = 4;
/// Fewer values than this have no slope.
const VALUES_FOR_A_SLOPE: f64 = 10.0;
/// A value is cut where it exceeds the largest so far by this factor: one absurd value must not spoil the model.
const SURGE: f64 = 10.0;
/// No load is larger: such a value counts as missing.
pub(super) const LARGEST: f64 = 1e150;
/// How many pairs of neighbouring errors the autocorrelation remembers.
const PAIRS: f64 = 2000.0;
/// Steps that a forecast makes at once.
const PART: usize = 4096;
/// Numbers of a fit, 1 GiB.
const MOST_NUMBERS: usize = 1 << 27;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Learned {
    /// Unix milliseconds of scaled time 0, and milliseconds of 1.
    origin: i64,
    span: f64,
    /// The load that is scaled to 1.
    scale: f64,
    pub(super) columns: Columns,
    curve: Curve,
    posterior: Posterior,
    /// Changepoints that count already: the latest ones have too little data after them.
    bends: usize,
    /// Variance of the noise at the mode, and of the errors of forecasts; both scaled.
    noise: f64,
    error_variance: f64,
    /// Values since the coefficients were made.
    since: f64,
    /// The last known value: its scaled time and load, and its row.
    last: (f64, f64, Vec<f64>),
    /// Its error, and the missing values since.
    error: f64,
    missed: u64,
    /// Sums of products of neighbouring errors and of squares, older ones fading.
    products: f64,
    squares: f64,
}

impl Learned {
    /// Before the first value, at `time`.
    pub(super) fn new(
        config: &AdditiveConfig,
        calendar: Option<&Calendar>,
        time: i64,
        step: i64,
        features: usize,
    ) -> Result<Self> {
        let columns = Columns::new(config, calendar, step, 0.0)?.with_features(config, features, None)?;
        Ok(Learned::empty(config, columns, time, step as f64, 0.0, Vec::new()))
    }

    fn empty(
        config: &AdditiveConfig,
        columns: Columns,
        origin: i64,
        span: f64,
        scale: f64,
        changepoints: Vec<f64>,
    ) -> Self {
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let curve = Curve {
            growth: config.growth,
            mode: config.mode,
            cap: config.cap.unwrap_or(1.0) / scale,
            columns: columns.len(),
            coefficients: vec![0.0; 2 + columns.len() + changepoints.len()],
            changepoints,
        };
        Learned {
            origin,
            span,
            scale,
            posterior: Posterior::new(curve.size()),
            columns,
            curve,
            bends: 0,
            noise: 1.0,
            error_variance: 1.0,
            since: 0.0,
            last: (0.0, 0.0, Vec::new()),
            error: 0.0,
            missed: 0,
            products: 0.0,
            squares: 0.0,
        }
    }

    /// The model of a series with at least one known value.
    pub(super) fn fit(
        config: &AdditiveConfig,
        calendar: Option<&Calendar>,
        series: &Series,
        features: Option<Rows<'_>>,
    ) -> Result<Self> {
        let step = series.step_milliseconds();
        let known: Vec<usize> =
            (0..series.len()).filter(|i| series.values().get(*i).is_some_and(|y| !y.is_nan())).collect();
        let (first, last) = (known.first().copied().unwrap_or(0), known.last().copied().unwrap_or(0));
        let origin = series.times().nth(first).unwrap_or_default();
        let span = ((last - first) as f64).max(1.0) * step as f64;
        let columns = Columns::new(config, calendar, step, span + step as f64)?;
        let columns = columns.with_features(config, features.map_or(0, |rows| rows.columns()), features)?;
        let width = columns.len();
        if series.len().saturating_mul(width.max(1)) > MOST_NUMBERS {
            let problem = format!("{} values of {width} columns each are too many", series.len());
            return Err(Error::data("series", problem));
        }
        let scaled_time = |i: usize| (i - first) as f64 * step as f64 / span;
        let (changepoints, bends) = changepoints(config, &known, scaled_time);
        let (low, high) = plausible(series.values());
        let values = || known.iter().filter_map(|i| Some((*i, series.values().get(*i)?.clamp(low, high))));
        let scale = values().fold(0.0, |largest: f64, (_, y)| largest.max(y.abs()));
        let mut learned = Learned::empty(config, columns, origin, span, scale, changepoints);
        learned.bends = bends;
        let times: Vec<i64> = series.times().collect();
        let table = learned.columns.rows(calendar, &times, features)?;
        let scale = learned.scale;
        let rows = || {
            values().map(|(i, y)| {
                (scaled_time(i), table.get(i * width..(i + 1) * width).unwrap_or_default(), y / scale)
            })
        };
        learned.start_level(rows().map(|(_, _, y)| y).sum::<f64>() / known.len() as f64);
        let prior = learned.prior(config, known.len() as f64);
        (learned.posterior, learned.noise) = posterior::fit(&mut learned.curve, &prior, rows);
        learned.error_variance = learned.posterior.error_variance(&prior, &learned.curve.coefficients);
        let mut before = None;
        for ((t, x, y), i) in rows().zip(&known) {
            learned.note(t, x, y, before == i.checked_sub(1));
            before = Some(*i);
        }
        if let Some((t, x, y)) = rows().next_back() {
            learned.last = (t, y, x.to_vec());
        }
        learned.missed = (series.len() - 1 - last) as u64;
        Ok(learned)
    }

    /// The trend begins as a constant: what a search needs that is not linear.
    fn start_level(&mut self, mean: f64) {
        let level = match self.curve.growth {
            Growth::Logistic => {
                let share = (mean / self.curve.cap).clamp(1e-3, 1.0 - 1e-3);
                math::ln(share / (1.0 - share))
            }
            Growth::Linear | Growth::Flat => mean,
        };
        self.curve.coefficients.iter_mut().take(1).for_each(|m| *m = level);
    }

    fn prior(&self, config: &AdditiveConfig, count: f64) -> Prior {
        let slope = config.growth != Growth::Flat && count >= VALUES_FOR_A_SLOPE;
        let span = self.span * self.last.0.max(1.0);
        let bends = self.curve.changepoints.len();
        Prior::new(&self.columns, bends, config.changepoint_prior, slope, self.bends, span)
    }

    /// Notes the error of a value, and how it goes with the one before.
    fn note(&mut self, t: f64, x: &[f64], y: f64, follows: bool) {
        let error = y - self.curve.at(t, x).value;
        if follows {
            let keep = 1.0 - 1.0 / PAIRS;
            self.products = keep * self.products + error * self.error;
            self.squares = keep * self.squares + self.error * self.error;
        }
        self.error = error;
    }

    /// How much of an error is left a step later.
    fn persistence(&self, config: &AdditiveConfig) -> f64 {
        if config.autoregressive && self.squares > 0.0 {
            (self.products / self.squares).clamp(0.0, 0.999)
        } else {
            0.0
        }
    }

    pub(super) fn miss(&mut self, steps: u64) {
        self.missed = self.missed.saturating_add(steps);
    }

    /// Takes in a known value and its row.
    pub(super) fn update(
        &mut self,
        config: &AdditiveConfig,
        time: i64,
        step: i64,
        value: f64,
        row: Vec<f64>,
    ) {
        let mut t = time.saturating_sub(self.origin) as f64 / self.span;
        while t > 2.0 {
            self.halve(config);
            t *= 0.5;
        }
        let latest = self.curve.changepoints.last().copied().unwrap_or(0.0);
        let apart = distance(config, config.changepoints).max(VALUES_A_BEND as f64 * step as f64 / self.span);
        if config.changepoints > 0 && config.growth != Growth::Flat && t >= latest + apart {
            self.curve.changepoints.push(t);
            self.curve.coefficients.push(0.0);
            self.posterior.grow();
        }
        let count = self.posterior.count();
        let blank = self.posterior.is_blank();
        let value = if count > 0.0 { value.clamp(-SURGE * self.scale, SURGE * self.scale) } else { value };
        if value.abs() > self.scale || (blank && value != 0.0) {
            self.rescale(value.abs());
        }
        let y = value / self.scale;
        if count == 0.0 {
            self.start_level(y);
        }
        self.note(t, &row, y, self.missed == 0 && count > 0.0);
        let mut derivatives = Vec::with_capacity(self.curve.size());
        let linear = self.curve.linearise(t, &row, &mut derivatives);
        let response = match self.curve.is_linear() {
            true => y,
            false => {
                y - linear + derivatives.iter().zip(&self.curve.coefficients).map(|(d, c)| d * c).sum::<f64>()
            }
        };
        self.posterior.add(&derivatives, response);
        self.last = (t, y, row);
        self.missed = 0;
        self.since += 1.0;
        if self.since >= (count / 8.0).clamp(1.0, self.curve.size() as f64) {
            self.refit(config);
        }
    }

    /// The coefficients of all values so far.
    fn refit(&mut self, config: &AdditiveConfig) {
        let (t, y, row) = &self.last;
        let reach = config.changepoint_range * t;
        self.bends = self.bends.max(self.curve.changepoints.partition_point(|c| *c <= reach));
        let prior = self.prior(config, self.posterior.count());
        self.noise = self.posterior.solve(&prior, &mut self.curve.coefficients, self.noise);
        self.error_variance = self.posterior.error_variance(&prior, &self.curve.coefficients);
        self.error = y - self.curve.at(*t, row).value;
        self.since = 0.0;
    }

    /// Doubles the span that counts as 1, and leaves out every second changepoint.
    fn halve(&mut self, config: &AdditiveConfig) {
        let bends = self.curve.changepoints.len();
        let smooth = 2 + self.curve.columns;
        let keep = |i: usize| (bends - 1 - i).is_multiple_of(2);
        let kept: Vec<bool> = (0..smooth).map(|_| true).chain((0..bends).map(keep)).collect();
        self.posterior.retain(&kept);
        self.bends = (0..self.bends.min(bends)).filter(|i| keep(*i)).count();
        let mut keeps = kept.iter();
        self.curve.coefficients.retain(|_| keeps.next().copied().unwrap_or(false));
        let mut keeps = kept.iter().skip(smooth);
        self.curve.changepoints.retain(|_| keeps.next().copied().unwrap_or(false));
        self.curve.changepoints.iter_mut().for_each(|c| *c *= 0.5);
        let in_time = |i: usize| i == 1 || i >= smooth;
        let factors: Vec<f64> = (0..self.curve.size()).map(|i| if in_time(i) { 0.5 } else { 1.0 }).collect();
        self.posterior.scale(&factors, 1.0);
        let slopes = self.curve.coefficients.iter_mut().enumerate().filter(|(i, _)| in_time(*i));
        slopes.for_each(|(_, slope)| *slope *= 2.0);
        self.span *= 2.0;
        self.last.0 *= 0.5;
        // The changepoints that went had a part in the coefficients.
        if self.posterior.count() > 0.0 {
            self.refit(config);
        }
    }

    /// Counts loads in units of `scale`, the largest so far.
    fn rescale(&mut self, scale: f64) {
        let ratio = self.scale / scale;
        let relative = |i: usize| match (self.curve.growth, self.curve.mode) {
            // Coefficients that are shares of the trend or of the cap do not change with the unit; their derivatives do.
            (Growth::Logistic, Mode::Additive) => i < 2 || i >= 2 + self.curve.columns,
            (Growth::Logistic, Mode::Multiplicative) => true,
            (_, Mode::Additive) => false,
            (_, Mode::Multiplicative) => (2..2 + self.curve.columns).contains(&i),
        };
        let factors: Vec<f64> =
            (0..self.curve.size()).map(|i| if relative(i) { ratio } else { 1.0 }).collect();
        let coefficients = self.curve.coefficients.iter().zip(&factors);
        self.curve.coefficients =
            coefficients.map(|(x, factor)| if *factor == ratio { *x } else { x * ratio }).collect();
        self.posterior.scale(&factors, ratio);
        self.curve.cap *= ratio;
        let squared = ratio * ratio;
        self.noise *= squared;
        self.error_variance *= squared;
        self.products *= squared;
        self.squares *= squared;
        self.error *= ratio;
        self.last.1 *= ratio;
        self.scale = scale;
    }

    /// Mean and standard deviation of the next `horizon` steps from `clock` (its next step and the length of a step).
    pub(super) fn forecast(
        &self,
        config: &AdditiveConfig,
        calendar: Option<&Calendar>,
        clock: (i64, i64),
        horizon: usize,
        features: Option<Rows<'_>>,
    ) -> Result<(Vec<f64>, Vec<f64>)> {
        let delta = self.curve.coefficients.iter().skip(2 + self.curve.columns).take(self.bends);
        // Prophet's law of the bends to come: as frequent as they were allowed to be, as large as they were.
        let size = delta.map(|delta| delta.abs()).sum::<f64>() / self.bends.max(1) as f64;
        let bending = 2.0 * self.bends as f64 * size * size / (3.0 * self.last.0.max(f64::MIN_POSITIVE));
        let persistence = self.persistence(config);
        let mut left = match self.missed {
            0 => 1.0,
            missed => math::exp(missed as f64 * math::ln(persistence)),
        };
        let (mut mean, mut deviation) = (Vec::with_capacity(horizon), Vec::with_capacity(horizon));
        // In parts, so that a long horizon does not need a huge table.
        for first in (0..horizon).step_by(PART) {
            let count = PART.min(horizon - first);
            let moment = |i: usize| clock.0.saturating_add(clock.1.saturating_mul(i as i64));
            let times: Vec<i64> = (first..first + count).map(moment).collect();
            let part = features.and_then(|rows| {
                let columns = rows.columns();
                let values = rows.values().get(first * columns..(first + count) * columns)?;
                Some(Rows::whole(values, columns))
            });
            let table = self.columns.rows(calendar, &times, part)?;
            let width = self.curve.columns;
            for (i, time) in times.iter().enumerate() {
                left *= persistence;
                let t = time.saturating_sub(self.origin) as f64 / self.span;
                let row = table.get(i * width..(i + 1) * width).unwrap_or_default();
                let value = self.curve.at(t, row);
                let ahead = (t - self.last.0).max(0.0);
                let bend = bending * ahead * ahead * ahead * value.per_trend() * value.per_trend();
                let variance = self.error_variance * (1.0 - left * left) + bend;
                let expected = (value.value + left * self.error) * self.scale;
                mean.push(expected.clamp(f64::MIN, f64::MAX));
                deviation.push((variance.sqrt() * self.scale).min(f64::MAX));
            }
        }
        Ok((mean, deviation))
    }

    /// For people and their tools: rates in load a second.
    pub(super) fn parameters(&self, config: &AdditiveConfig) -> serde_json::Value {
        let smooth = 2 + self.curve.columns;
        let coefficient = |i: usize| self.curve.coefficients.get(i).copied().unwrap_or(0.0);
        let time = |c: f64| self.origin.saturating_add((c * self.span) as i64);
        let bends: Vec<serde_json::Value> = (self.curve.changepoints.iter().take(self.bends).enumerate())
            .filter(|(j, _)| coefficient(smooth + j) != 0.0)
            .map(|(j, c)| serde_json::json!({ "time": time(*c), "change": coefficient(smooth + j) }))
            .collect();
        let prior = self.prior(config, self.posterior.count());
        let residual = self.posterior.residual(&self.curve.coefficients);
        let cost = posterior::cost(residual, self.posterior.count(), prior.cost(&self.curve.coefficients));
        serde_json::json!({
            "origin": self.origin, "span_seconds": self.span / 1000.0, "scale": self.scale,
            "offset": coefficient(0), "slope": coefficient(1),
            "effects": (2..smooth).map(coefficient).collect::<Vec<f64>>(),
            "changepoints": bends, "candidates": self.bends,
            "noise": self.noise.sqrt(), "error_deviation": self.error_variance.sqrt() * self.scale,
            "persistence": self.persistence(config), "log_posterior": -cost,
        })
    }

    pub(super) fn is_whole(&self, calendar: Option<&Calendar>, features: usize) -> bool {
        let size = self.curve.size();
        self.columns.is_whole(calendar, features)
            && self.curve.columns == self.columns.len()
            && self.curve.coefficients.len() == size
            && self.posterior.is_whole(size)
            && self.bends <= self.curve.changepoints.len()
            && self.curve.changepoints.is_sorted()
            && self.span >= 1.0
            && self.span.is_finite()
            && self.scale > 0.0
            && self.last.2.len() == self.curve.columns
    }
}

/// Prophet's changepoints, evenly among the known values of the first part of the history; then others as far apart, which will
/// count when more values have come. Gives how many count now.
fn changepoints(
    config: &AdditiveConfig,
    known: &[usize],
    scaled_time: impl Fn(usize) -> f64,
) -> (Vec<f64>, usize) {
    let early = (known.len() as f64 * config.changepoint_range).floor() as usize;
    let count = config.changepoints.min(known.len() / VALUES_A_BEND).min(early.saturating_sub(1));
    if config.growth == Growth::Flat || count == 0 {
        return (Vec::new(), 0);
    }
    let place = |j: usize| (j as f64 * (early - 1) as f64 / count as f64).round_ties_even() as usize;
    let spots = (1..=count).filter_map(|j| known.get(place(j))).map(|i| scaled_time(*i));
    let mut changepoints: Vec<f64> = spots.collect();
    let apart = distance(config, count);
    let mut next = changepoints.last().copied().unwrap_or(0.0) + apart;
    while next < 1.0 {
        changepoints.push(next);
        next += apart;
    }
    (changepoints, count)
}

/// How far apart changepoints lie; where only a small part of the history has them, fewer follow.
fn distance(config: &AdditiveConfig, changepoints: usize) -> f64 {
    config.changepoint_range.max(0.5) / changepoints.max(1) as f64
}

/// Between what limits a value is taken as it is: beyond them lie only values that exceed all but a hundredth of the others by a
/// hundred times their range, such as an overflow.
fn plausible(values: &[f64]) -> (f64, f64) {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_unstable_by(f64::total_cmp);
    let outside = (known.len() / 100).max(1);
    let (low, high) = (known.get(outside), known.len().checked_sub(1 + outside).and_then(|i| known.get(i)));
    match (low, high) {
        (Some(low), Some(high)) if known.len() >= 8 => {
            let range = (high - low).max(low.abs()).max(high.abs());
            // All but a few are 0: nothing says how large a value may be.
            let reach = if range > 0.0 { 100.0 * range } else { f64::MAX };
            ((low - reach).max(-LARGEST), (high + reach).min(LARGEST))
        }
        _ => (-LARGEST, LARGEST),
    }
}
