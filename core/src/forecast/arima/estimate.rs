//! Maximum likelihood for one order: the conditional sum of squares first, then the exact Gaussian likelihood.
//!
//! With the innovations' variance concentrated out, the likelihood is a sum of squares of the standardized errors, each times
//! (Π F)^(1/2n) (Ansley 1979, "An algorithm for the exact likelihood of a mixed autoregressive-moving average process",
//! Biometrika 66), so that least squares finds its maximum in a few steps.

use super::conditional;
use super::filter::{self, Filter, Process};
use super::least_squares::{Residuals, by_differences, levenberg_marquardt};
use super::likelihood::standardized_errors;
use super::oscillation;
use super::polynomial::Lags;
use super::shape::{Coefficients, Shape};
use crate::math;

/// States longer than this take parameters from the series with its gaps filled: the exact filter of a series with missing values
/// costs the square of the length at each step.
const LONGEST_EXACT_WITH_GAPS: usize = 64;
/// Multiplications that the filter of the last state may cost; longer states begin without a doubt about the past.
const MOST_WORK: usize = 400_000_000;

/// Steps from each start, and from the best of them.
const FIRST_STEPS: usize = 4;
/// Multiplications that the starts of one order may cost, and the best of them together: long processes get fewer starts and steps.
const MOST_RACE: usize = 1_500_000_000;
/// Processes of more coefficients get no starts from narrower ones.
const MOST_NESTED: usize = 16;
/// Oscillations of the errors that are tried as pairs of roots.
const OSCILLATIONS: usize = 3;
pub(super) const MOST_STEPS: usize = 60;

/// A series that is ready for every process with the same differencing.
#[derive(Debug)]
pub(super) struct Sample {
    differencing: Lags,
    period: usize,
    /// The series over `scale`, NaN = missing, from its first known value on.
    values: Vec<f64>,
    /// The same, differenced; gaps are filled before.
    differenced: Vec<f64>,
    /// Which of the differences are of known values alone.
    known: Vec<bool>,
    complete: bool,
    /// Standard deviation of the differences, by which everything is divided; 1 where they are constant.
    scale: f64,
    constant: bool,
    /// Residuals of a long autoregression.
    innovations: Vec<f64>,
}

/// What was learned for one order.
#[derive(Debug, Clone)]
pub(super) struct Estimate {
    pub(super) shape: Shape,
    pub(super) point: Vec<f64>,
    pub(super) coefficients: Coefficients,
    pub(super) log_likelihood: f64,
    /// One-step errors that the likelihood has.
    pub(super) count: usize,
}

impl Estimate {
    /// Akaike's criterion with the correction of Hurvich & Tsai 1989.
    pub(super) fn aicc(&self) -> f64 {
        criteria(self.log_likelihood, self.shape.count() + 1, self.count).1
    }
}

/// Akaike's criterion −2·ln L + 2k and, corrected for few values, the one of Hurvich & Tsai 1989, "Regression and time series
/// model selection in small samples", Biometrika 76, which is infinite where they are too few; k `parameters`, the variance among
/// them.
pub(super) fn criteria(log_likelihood: f64, parameters: usize, count: usize) -> (f64, f64) {
    let (k, n) = (parameters as f64, count as f64);
    let plain = -2.0 * log_likelihood + 2.0 * k;
    (plain, if n - k - 1.0 <= 0.0 { f64::INFINITY } else { plain + 2.0 * k * (k + 1.0) / (n - k - 1.0) })
}

impl Sample {
    /// `values` may have missing ones at either end.
    pub(super) fn new(values: &[f64], d: usize, seasonal_d: usize, period: usize) -> Self {
        let differencing = Lags::differencing(d, seasonal_d, period);
        let first = values.iter().position(|value| !value.is_nan()).unwrap_or(0);
        let values = values.get(first..).unwrap_or_default();
        let complete = values.iter().all(|value| !value.is_nan());
        let filled = filled(values, period);
        let differenced = difference(&filled, &differencing);
        let known: Vec<bool> =
            if complete { vec![true; differenced.len()] } else { known_differences(values, &differencing) };
        let largest = filled.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let deviation = deviation(&differenced, &known).filter(|deviation| *deviation > 1e-13 * largest);
        let (scale, constant) = (deviation.unwrap_or(1.0), deviation.is_none());
        let divide = |values: &[f64]| values.iter().map(|value| value / scale).collect::<Vec<f64>>();
        let differenced = divide(&differenced);
        let innovations = conditional::long_autoregression(&differenced, period);
        Sample {
            values: divide(values),
            period,
            differenced,
            known,
            complete,
            scale,
            constant,
            innovations,
            differencing,
        }
    }

    /// Differences that are known.
    pub(super) fn count(&self) -> usize {
        self.known.iter().filter(|known| **known).count()
    }

    /// Whether the known differences are all the same, up to rounding.
    pub(super) fn is_constant(&self) -> bool {
        self.constant
    }

    /// Mean of the known differences.
    pub(super) fn mean(&self) -> f64 {
        let known = self.differenced.iter().zip(&self.known).filter(|(_, known)| **known);
        let sum: f64 = known.map(|(value, _)| value / self.count().max(1) as f64).sum();
        sum * self.scale
    }

    /// Points to begin with, the most promising first: the likelihood of a mixed process may have several maxima.
    pub(super) fn starts(&self, shape: Shape) -> Vec<Vec<f64>> {
        let regression = conditional::start(&self.differenced, &self.innovations, &shape);
        let mut starts = vec![regression];
        if shape.p > 0 && shape.q > 0 {
            let mean = shape.mean.then(|| self.mean() / self.scale);
            let lead = |count: usize, lead: f64| (0..count).map(move |i| if i == 0 { lead } else { 0.0 });
            // The last needs a second coefficient to differ from what the regression finds.
            let leads = [(0.9, 0.7), (0.4, 0.9), (-0.6, -0.6), (0.4, -0.6)];
            for (ar, ma) in leads.into_iter().take(if shape.p + shape.q > 2 { 4 } else { 3 }) {
                let seasonal = vec![0.0; shape.seasonal_p + shape.seasonal_q];
                starts.push(lead(shape.p, ar).chain(lead(shape.q, ma)).chain(seasonal).chain(mean).collect());
            }
        }
        if shape.p > 1 && shape.q > 1 {
            // Pairs of complex roots that nearly cancel.
            let mean = shape.mean.then(|| self.mean() / self.scale);
            let pair = |count: usize, first: f64, second: f64| {
                [first, second].into_iter().chain(std::iter::repeat(0.0)).take(count)
            };
            for first in [0.5, -0.5] {
                let seasonal = vec![0.0; shape.seasonal_p + shape.seasonal_q];
                let factors = pair(shape.p, first, -0.8).chain(pair(shape.q, first, -0.9));
                starts.push(factors.chain(seasonal).chain(mean).collect());
            }
        }
        starts
    }

    /// The least conditional sum of squares for a shape, from the parameters `start` on.
    pub(super) fn conditional(&self, shape: Shape, start: &[f64]) -> Option<Estimate> {
        let residuals = |point: &[f64]| {
            conditional::residuals(&self.differenced, &self.known, &shape, &shape.coefficients(point))
        };
        let normal = |point: &[f64], at: &Residuals| {
            Some(conditional::normal(&self.differenced, &self.known, &shape, point, at))
        };
        let (point, best) = levenberg_marquardt(start, shape.bounded(), 30, 1e-7, residuals, normal)?;
        // As if the first residuals, which the condition takes away, had been like the others: so that orders compare.
        let used = self.known.iter().skip(shape.autoregressive_degree()).filter(|known| **known).count();
        let squares = best.squares * self.count() as f64 / used.max(1) as f64;
        Some(self.estimate(shape, point, squares, 0.0, self.count()))
    }

    /// The highest maximum of the exact likelihood that can be found: from many starts, and for mixed processes from the maximum
    /// of the one with a coefficient less on either side, which is among the processes of this shape.
    pub(super) fn likeliest(&self, shape: Shape) -> Option<Estimate> {
        let fewer = |by: usize| Shape { p: shape.p - by, q: shape.q - by, ..shape };
        let deepest = if shape.count() > MOST_NESTED { 0 } else { shape.p.min(shape.q).min(3) };
        let mut before = None;
        let mut found = self.race(fewer(deepest), vec![]);
        for by in (0..deepest).rev() {
            let mut given = self.oscillating(before.as_ref());
            given.extend(found.as_ref().map(|found| {
                let mut point = found.point.clone();
                point.insert(found.shape.p + found.shape.q, 0.0);
                point.insert(found.shape.p, 0.0);
                point
            }));
            before = std::mem::replace(&mut found, self.race(fewer(by), given));
        }
        found
    }

    /// What was found, with two coefficients more on either side: a pair of roots for each of its errors' strongest oscillations.
    fn oscillating(&self, found: Option<&Estimate>) -> Vec<Vec<f64>> {
        let Some(Estimate { shape, point, .. }) = found else { return vec![] };
        let coefficients = shape.coefficients(point);
        let Some((errors, _)) = self.errors(&coefficients, *shape) else { return vec![] };
        let wider = Shape { p: shape.p + 2, q: shape.q + 2, ..*shape };
        let peaks = oscillation::peaks(&errors, OSCILLATIONS).into_iter();
        peaks
            .map(|frequency| {
                let (ar, ma) = oscillation::with_pair(&coefficients.ar, &coefficients.ma, frequency);
                wider.point(&Coefficients { ar, ma, ..coefficients.clone() })
            })
            .collect()
    }

    /// The highest of the maxima that the usual starts and the given ones lead to.
    pub(super) fn race(&self, shape: Shape, given: Vec<Vec<f64>>) -> Option<Estimate> {
        let mut starts = self.starts(shape);
        if let Some(first) = starts.first_mut()
            && let Some(found) = self.conditional(shape, first)
        {
            *first = found.point;
        }
        // Conditional sums of squares like to run to the border, where the likelihood has a lower maximum of its own.
        let inner = starts.first().map(|start| self.inner(shape, start));
        if inner.as_ref() != starts.first() {
            starts.extend(inner);
        }
        let finalists = if given.is_empty() { 2 } else { 4 };
        starts.extend(given);
        // Of the recursion over the series, and of the moments that it begins with.
        let (run, ma) =
            (self.differenced.len() * (shape.state() + shape.count()), shape.q + shape.seasonal_q);
        let step = (shape.count() + 1) * (run + shape.state() * (ma + 1) * (ma + 1));
        starts.truncate((MOST_RACE / (FIRST_STEPS * step)).max(1));
        let last_steps = (MOST_RACE / (finalists * step)).clamp(FIRST_STEPS, MOST_STEPS);
        let mut race: Vec<Estimate> =
            starts.iter().filter_map(|start| self.exact(shape, start, FIRST_STEPS)).collect();
        race.sort_by(|a, b| b.log_likelihood.total_cmp(&a.log_likelihood));
        race.dedup_by(|a, b| (a.log_likelihood - b.log_likelihood).abs() < 1e-6);
        let finals =
            race.iter().take(finalists).filter_map(|found| self.exact(shape, &found.point, last_steps));
        finals.max_by(|a, b| a.log_likelihood.total_cmp(&b.log_likelihood))
    }

    /// The same point with every partial autocorrelation within 0.8.
    fn inner(&self, shape: Shape, point: &[f64]) -> Vec<f64> {
        let clamp = |(i, x): (usize, &f64)| if i < shape.bounded() { x.clamp(-0.8, 0.8) } else { *x };
        point.iter().enumerate().map(clamp).collect()
    }

    /// The maximum of the exact likelihood for a shape, from the parameters `start` on.
    pub(super) fn exact(&self, shape: Shape, start: &[f64], steps: usize) -> Option<Estimate> {
        let residuals = |point: &[f64]| {
            let (errors, determinant) = self.errors(&shape.coefficients(point), shape)?;
            let count = errors.iter().filter(|error| !error.is_nan()).count();
            let factor = math::exp(determinant / (2.0 * count.max(1) as f64));
            let errors =
                errors.iter().map(|error| if error.is_nan() { 0.0 } else { factor * error }).collect();
            Residuals::new(errors)
        };
        let normal = |point: &[f64], at: &Residuals| by_differences(point, shape.bounded(), at, residuals);
        let (point, _) = levenberg_marquardt(start, shape.bounded(), steps, 1e-9, residuals, normal)?;
        self.given(shape, point)
    }

    /// The exact likelihood of a shape at a point.
    pub(super) fn given(&self, shape: Shape, point: Vec<f64>) -> Option<Estimate> {
        let (errors, determinant) = self.errors(&shape.coefficients(&point), shape)?;
        let known = errors.iter().filter(|error| !error.is_nan());
        let (count, squares) = known.fold((0, 0.0), |(count, sum), error| (count + 1, sum + error * error));
        Some(self.estimate(shape, point, squares, determinant, count))
    }

    fn estimate(
        &self,
        shape: Shape,
        point: Vec<f64>,
        squares: f64,
        determinant: f64,
        count: usize,
    ) -> Estimate {
        let mut coefficients = shape.coefficients(&point);
        coefficients.mean *= self.scale;
        let (_, log_likelihood) = concentrated(squares * self.scale * self.scale, determinant, count);
        Estimate { shape, point, coefficients, log_likelihood, count }
    }

    /// Standardized errors, NaN where there is none, and their sum of logarithms.
    fn errors(&self, coefficients: &Coefficients, shape: Shape) -> Option<(Vec<f64>, f64)> {
        let (ar, ma) = (coefficients.ar_product(self.period), coefficients.ma_product(self.period));
        if self.complete || shape.state() > LONGEST_EXACT_WITH_GAPS {
            let centred: Vec<f64> = self.differenced.iter().map(|value| value - coefficients.mean).collect();
            let (mut errors, determinant) = standardized_errors(&centred, &ar, &ma)?;
            let gaps = errors.iter_mut().zip(&self.known).filter(|(_, known)| !**known);
            gaps.for_each(|(error, _)| *error = f64::NAN);
            return Some((errors, determinant));
        }
        let process = Process { ar, ma, differencing: self.differencing.clone(), mean: coefficients.mean };
        let (errors, determinant, _) = filter::run(&process, &self.values)?;
        Some((errors, determinant))
    }
}

/// The maximum over the variance of the log-likelihood, and that variance.
pub(super) fn concentrated(squares: f64, determinant: f64, count: usize) -> (f64, f64) {
    let n = count as f64;
    let sigma2 = if count == 0 { 0.0 } else { squares / n };
    let log_likelihood = -0.5 * (n * (math::ln(2.0 * std::f64::consts::PI * sigma2) + 1.0) + determinant);
    (sigma2, if count == 0 { 0.0 } else { log_likelihood })
}

/// The filter after the last of `values`, its standardized errors and their sum of logarithms.
pub(super) fn filtered(process: &Process, values: &[f64], period: usize) -> Option<(Filter, Vec<f64>, f64)> {
    let first = values.iter().position(|value| !value.is_nan()).unwrap_or(0);
    let values = values.get(first..).unwrap_or_default();
    let complete = values.iter().all(|value| !value.is_nan());
    let size = process.ar.degree().max(process.ma.degree() + 1);
    let dimensions = size + process.differencing.degree();
    let work = size.saturating_mul(dimensions).saturating_mul(values.len());
    if complete || work > MOST_WORK {
        let filled = filled(values, period);
        let differenced = difference(&filled, &process.differencing);
        let centred: Vec<f64> = differenced.iter().map(|value| value - process.mean).collect();
        let (errors, determinant) = standardized_errors(&centred, &process.ar, &process.ma)?;
        // A small first step counts as no doubt that is left: the one-step variances only ever fall.
        let settled = is_settled(process, centred.len());
        if settled || work > MOST_WORK {
            return Some((Filter::after(process, &filled, &differenced, &errors), errors, determinant));
        }
    }
    let (errors, determinant, filter) = filter::run(process, values)?;
    Some((filter, errors, determinant))
}

/// Whether the start is forgotten after `count` values: the moving average's own answer to a shock has faded by then.
fn is_settled(process: &Process, count: usize) -> bool {
    let degree = process.ma.degree();
    if count <= 2 * degree + process.ar.degree() {
        return false;
    }
    let mut inverse: Vec<f64> = Vec::with_capacity(count);
    for t in 0..count {
        let past = process.ma.terms().iter().take_while(|term| term.0 <= t);
        let sum: f64 = past.map(|&(lag, c)| c * inverse.get(t - lag).unwrap_or(&0.0)).sum();
        inverse.push(if t == 0 { 1.0 } else { -sum });
    }
    let tail = inverse.iter().rev().take(2 * degree.max(1));
    degree == 0 || tail.fold(0.0_f64, |largest, x| largest.max(x.abs())) < 1e-9
}

/// Σ over lags of what the differencing leaves, from the first value on that has all its lags.
fn difference(values: &[f64], differencing: &Lags) -> Vec<f64> {
    let start = differencing.degree().min(values.len());
    let mut result = values.get(start..).unwrap_or_default().to_vec();
    for &(lag, c) in differencing.terms() {
        let past = values.get(start.saturating_sub(lag)..).unwrap_or_default();
        result.iter_mut().zip(past).for_each(|(value, past)| *value -= c * past);
    }
    result
}

fn known_differences(values: &[f64], differencing: &Lags) -> Vec<bool> {
    difference(values, differencing).iter().map(|value| !value.is_nan()).collect()
}

/// Gaps filled from the nearest seasons before and after, or by straight lines.
pub(super) fn filled(values: &[f64], period: usize) -> Vec<f64> {
    let mut result = values.to_vec();
    let at = |i: Option<usize>| i.and_then(|i| values.get(i)).copied().unwrap_or(f64::NAN);
    if period > 1 {
        for (i, slot) in result.iter_mut().enumerate().filter(|(_, value)| value.is_nan()) {
            let (before, after) = (at(i.checked_sub(period)), at(i.checked_add(period)));
            *slot = match (before.is_nan(), after.is_nan()) {
                (false, false) => 0.5 * before + 0.5 * after,
                (true, false) => after,
                _ => before,
            };
        }
    }
    let known: Vec<(usize, f64)> =
        result.iter().copied().enumerate().filter(|(_, value)| !value.is_nan()).collect();
    let mut next = 0;
    for (i, slot) in result.iter_mut().enumerate().filter(|(_, value)| value.is_nan()) {
        while known.get(next).is_some_and(|(at, _)| *at < i) {
            next += 1;
        }
        let (before, after) = (next.checked_sub(1).and_then(|k| known.get(k)), known.get(next));
        *slot = match (before, after) {
            (Some((a, left)), Some((b, right))) => left + (right - left) * ((i - a) as f64 / (b - a) as f64),
            (Some((_, value)), None) | (None, Some((_, value))) => *value,
            (None, None) => 0.0,
        };
    }
    result
}

/// Standard deviation of the known differences; `None` when it is 0 or not finite.
fn deviation(differenced: &[f64], known: &[bool]) -> Option<f64> {
    let values = || differenced.iter().zip(known).filter(|(_, known)| **known).map(|(value, _)| *value);
    let largest = values().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let count = values().count().max(1) as f64;
    let mean = values().map(|value| value / largest).sum::<f64>() / count;
    let variance =
        values().map(|value| (value / largest - mean) * (value / largest - mean)).sum::<f64>() / count;
    let deviation = largest * variance.sqrt();
    (deviation.is_finite() && deviation > 1e-290).then_some(deviation)
}
