//! What the data say about the coefficients: the normal equations, and the most probable coefficients and noise.
//!
//! Taylor & Letham 2018, "Forecasting at scale", The American Statistician 72: y ~ N(f, σ), m and k ~ N(0, 5),
//! δ ~ Laplace(0, τ), β ~ N(0, its prior), σ ~ half-normal(0.5). Given σ, the most probable coefficients of a linear f
//! are a lasso, which is solved exactly; given them, σ² is the root of 4σ⁴ + nσ² = RSS. The two alternate from a large σ
//! downwards, each step to a better point, until they agree.

use super::columns::Columns;
use super::curve::Curve;
use super::gram::Gram;
use super::lasso::Lasso;
use serde::{Deserialize, Serialize};

/// Scale of the prior of the offset and of the slope.
const LINE_PRIOR: f64 = 5.0;
/// The noise is at least this share of the largest load: a perfect fit would have none, and the best posterior none.
const LEAST_NOISE: f64 = 1e-5;

/// The normal equations of the linearised model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Posterior {
    pub(super) gram: Gram,
    moment: Vec<f64>,
    squares: f64,
    count: f64,
}

/// What is known before the data: for each coefficient whether it may differ from 0, and its prior.
#[derive(Debug, Clone)]
pub(super) struct Prior {
    pub(super) allowed: Vec<bool>,
    precision: Vec<f64>,
    /// 1/τ for changes of slope, 0 for the others.
    rate: Vec<f64>,
}

impl Prior {
    /// `slope` and the first `bends` changepoints may be used, and the columns that `span` milliseconds suffice for.
    pub(super) fn new(
        columns: &Columns,
        changepoints: usize,
        tau: f64,
        slope: bool,
        bends: usize,
        span: f64,
    ) -> Self {
        let line = [(true, LINE_PRIOR), (slope, LINE_PRIOR)];
        let effects = columns.iter().map(|column| (span >= column.after, column.prior));
        let smooth = line.into_iter().chain(effects);
        let (mut allowed, mut precision): (Vec<bool>, Vec<f64>) =
            smooth.map(|(allowed, scale)| (allowed, 1.0 / (scale * scale))).unzip();
        let mut rate = vec![0.0; allowed.len()];
        allowed.extend((0..changepoints).map(|j| slope && j < bends));
        precision.extend(vec![0.0; changepoints]);
        rate.extend(vec![1.0 / tau; changepoints]);
        Prior { allowed, precision, rate }
    }

    /// −ln of the prior density of the coefficients, but for a constant.
    pub(super) fn cost(&self, coefficients: &[f64]) -> f64 {
        let priors = self.precision.iter().zip(&self.rate);
        coefficients
            .iter()
            .zip(priors)
            .map(|(x, (precision, rate))| 0.5 * precision * x * x + rate * x.abs())
            .sum()
    }
}

impl Posterior {
    pub(super) fn new(size: usize) -> Self {
        Posterior { gram: Gram::new(size), moment: vec![0.0; size], ..Posterior::default() }
    }

    /// Takes in a value as `derivatives`·coefficients = `response`.
    pub(super) fn add(&mut self, derivatives: &[f64], response: f64) {
        self.gram.add(derivatives);
        self.moment.iter_mut().zip(derivatives).for_each(|(sum, x)| *sum += x * response);
        self.squares += response * response;
        self.count += 1.0;
    }

    pub(super) fn count(&self) -> f64 {
        self.count
    }

    /// Whether there was no value but 0.
    pub(super) fn is_blank(&self) -> bool {
        self.squares == 0.0
    }

    /// A new last coefficient, whose derivative was 0 so far.
    pub(super) fn grow(&mut self) {
        self.gram.grow();
        self.moment.push(0.0);
    }

    pub(super) fn retain(&mut self, keep: &[bool]) {
        self.gram.retain(keep);
        let mut keep = keep.iter();
        self.moment.retain(|_| keep.next().copied().unwrap_or(false));
    }

    /// Counts the derivatives in units of 1/`factors`, and the responses in units of 1/`factor`.
    pub(super) fn scale(&mut self, factors: &[f64], factor: f64) {
        self.gram.scale(factors);
        self.moment.iter_mut().zip(factors).for_each(|(sum, a)| *sum *= a * factor);
        self.squares *= factor * factor;
    }

    /// Takes `coefficients` to the most probable ones, and gives the variance of the noise that goes with them.
    ///
    /// `variance` is where to start: 1, or what it was before some values were added.
    pub(super) fn solve(&self, prior: &Prior, coefficients: &mut [f64], variance: f64) -> f64 {
        let mut variance = variance;
        for _ in 0..100 {
            let ridge: Vec<f64> = prior.precision.iter().map(|precision| precision * variance).collect();
            let threshold: Vec<f64> = prior.rate.iter().map(|rate| rate * variance).collect();
            let lasso = Lasso {
                gram: &self.gram,
                moment: &self.moment,
                ridge: &ridge,
                threshold: &threshold,
                allowed: &prior.allowed,
            };
            lasso.minimise(coefficients);
            let before = variance;
            variance = noise(self.residual(coefficients), self.count);
            if (variance - before).abs() <= 1e-7 * before {
                break;
            }
        }
        variance
    }

    /// The sum of squared residuals.
    pub(super) fn residual(&self, coefficients: &[f64]) -> f64 {
        let pull = self.gram.times(coefficients);
        let sum = coefficients.iter().zip(pull.iter().zip(&self.moment));
        (self.squares + sum.map(|(x, (pull, moment))| x * (pull - 2.0 * moment)).sum::<f64>()).max(0.0)
    }

    /// Variance of the error of a forecast: the residual's, for the coefficients that it took to come so close; and at first a
    /// tenth of the largest load, squared, so that a handful of values does not promise precision.
    pub(super) fn error_variance(&self, prior: &Prior, coefficients: &[f64]) -> f64 {
        let used = coefficients.iter().zip(&prior.rate).zip(&prior.allowed);
        let used =
            used.filter(|((x, rate), allowed)| **allowed && (**rate == 0.0 || **x != 0.0)).count() as f64;
        let free = (self.count - used).max(0.0) + 1.0;
        (self.residual(coefficients) + 0.01 / free) / free
    }

    pub(super) fn is_whole(&self, size: usize) -> bool {
        self.gram.is_whole() && self.gram.size() == size && self.moment.len() == size && self.count >= 0.0
    }
}

/// The most probable variance of the noise.
pub(super) fn noise(residual: f64, count: f64) -> f64 {
    (2.0 * residual / (count + (count * count + 16.0 * residual).sqrt())).max(LEAST_NOISE * LEAST_NOISE)
}

/// −ln of the posterior density but for a constant, at the most probable noise.
pub(super) fn cost(residual: f64, count: f64, prior: f64) -> f64 {
    let variance = noise(residual, count);
    0.5 * count * crate::math::ln(variance) + 0.5 * residual / variance + 2.0 * variance + prior
}

/// The most probable coefficients of a curve, from those that it has: Gauss–Newton steps, each a linear model, halved until
/// they are better. A linear curve takes one.
///
/// `rows` are the known values: time, row of x and response. Gives the normal equations at the end, and the noise.
pub(super) fn fit<'a, I: Iterator<Item = (f64, &'a [f64], f64)>>(
    curve: &mut Curve,
    prior: &Prior,
    rows: impl Fn() -> I,
) -> (Posterior, f64) {
    let normal_equations = |curve: &Curve| {
        let (mut posterior, mut derivatives) =
            (Posterior::new(curve.size()), Vec::with_capacity(curve.size()));
        for (t, x, y) in rows() {
            let value = curve.linearise(t, x, &mut derivatives);
            let response = match curve.is_linear() {
                true => y,
                false => {
                    y - value + derivatives.iter().zip(&curve.coefficients).map(|(d, c)| d * c).sum::<f64>()
                }
            };
            posterior.add(&derivatives, response);
        }
        posterior
    };
    let mut posterior = normal_equations(curve);
    let mut variance = 1.0;
    if curve.is_linear() {
        variance = posterior.solve(prior, &mut curve.coefficients, variance);
        return (posterior, variance);
    }
    let count = posterior.count;
    let cost_of = |curve: &Curve| {
        let residual =
            rows().map(|(t, x, y)| (y - curve.at(t, x).value) * (y - curve.at(t, x).value)).sum::<f64>();
        cost(residual, count, prior.cost(&curve.coefficients))
    };
    let mut reached = cost_of(curve);
    for _ in 0..50 {
        let mut target = curve.coefficients.clone();
        variance = posterior.solve(prior, &mut target, variance);
        let mut step = 1.0;
        let better = loop {
            let mut trial = curve.clone();
            let moves = trial.coefficients.iter_mut().zip(&target);
            moves.for_each(|(x, target)| *x += step * (target - *x));
            let cost = cost_of(&trial);
            if cost < reached {
                break Some((trial, cost));
            }
            step *= 0.5;
            if step < 1e-3 {
                break None;
            }
        };
        let Some((trial, cost)) = better else { break };
        let gain = reached - cost;
        (*curve, reached) = (trial, cost);
        posterior = normal_equations(curve);
        if gain < 1e-7 * (1.0 + reached.abs()) {
            break;
        }
    }
    variance = noise(posterior.residual(&curve.coefficients), count);
    (posterior, variance)
}
