//! What an ARIMA model has learned: a process, its filter, and the variance of its innovations.

use super::config::{ArimaConfig, LONGEST_STATE, Order};
use super::estimate::{MOST_STEPS, Sample, concentrated, criteria, filled, filtered};
use super::filter::{Filter, Process, Told};
use super::search::search;
use super::shape::{Coefficients, Shape};
use crate::error::{Error, Result};
use crate::math;
use serde::{Deserialize, Serialize};

/// Fewer known values than this do not carry an automatic order.
const FEWEST_FOR_AN_ORDER: usize = 10;

/// A process with what it knows of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Learned {
    pub(super) order: Order,
    pub(super) coefficients: Coefficients,
    /// What follows from the order and the coefficients.
    #[serde(skip)]
    process: Process,
    /// Variance of the innovations; NaN before the first one-step error.
    pub(super) sigma2: f64,
    /// Whether the variance was given, and stays.
    fixed: bool,
    /// One-step errors that the variance rests on.
    pub(super) count: u64,
    /// Of the fitted series; NaN when there was none.
    pub(super) log_likelihood: f64,
    /// One-step errors that the likelihood rests on.
    fitted: u64,
    /// Variance of the known values: for what the data never told.
    spread: f64,
    /// The first values, as many as the differencing takes back, until there are enough for a filter.
    start: Vec<f64>,
    filter: Option<Filter>,
}

impl Learned {
    /// Before any value.
    pub(super) fn nothing(config: &ArimaConfig) -> Self {
        let walk = Shape { p: 0, q: 0, seasonal_p: 0, seasonal_q: 0, period: 1, mean: false };
        let (order, parameters) = match (config.given(), &config.parameters) {
            (Some(order), Some(parameters)) => (order, parameters.clone()),
            _ => (Order { d: 1, seasonal_d: 0, shape: walk }, Default::default()),
        };
        Learned::of(order, parameters.coefficients(), parameters.sigma2)
    }

    fn of(order: Order, coefficients: Coefficients, sigma2: Option<f64>) -> Self {
        let process = process(&order, &coefficients);
        let mut learned = Learned {
            order,
            coefficients,
            process,
            sigma2: sigma2.unwrap_or(f64::NAN),
            fixed: sigma2.is_some(),
            count: 0,
            fitted: 0,
            log_likelihood: f64::NAN,
            spread: 0.0,
            start: vec![],
            filter: None,
        };
        learned.begin();
        learned
    }

    /// Learns a whole series, NaN = missing, of which at least one value is known.
    pub(super) fn fit(config: &ArimaConfig, values: &[f64]) -> Result<Self> {
        let mut learned = match (config.given(), &config.parameters) {
            (Some(order), Some(parameters)) => {
                Learned::of(order, parameters.coefficients(), parameters.sigma2)
            }
            (Some(order), None) => {
                let sample = Sample::new(values, order.d, order.seasonal_d, order.shape.period);
                Learned::estimated(order, &sample)
            }
            (None, _) => Learned::automatic(values, config.period()),
        };
        learned
            .take_all(values)
            .ok_or_else(|| Error::not_ready("Arima", "the process is too near to a unit root"))?;
        Ok(learned)
    }

    fn estimated(order: Order, sample: &Sample) -> Self {
        let shape = order.shape;
        let neutral = || {
            let mean = if shape.mean { sample.mean() } else { 0.0 };
            Learned::of(order, Coefficients { mean, ..shape.coefficients(&vec![0.0; shape.count()]) }, None)
        };
        if sample.is_constant() {
            return neutral();
        }
        match sample.likeliest(shape) {
            Some(estimate) => Learned::of(order, estimate.coefficients, None),
            None => neutral(),
        }
    }

    fn automatic(values: &[f64], period: usize) -> Self {
        let known = || values.iter().filter(|value| !value.is_nan());
        let flat = Shape { p: 0, q: 0, seasonal_p: 0, seasonal_q: 0, period, mean: true };
        let first = known().next().copied().unwrap_or(0.0);
        if known().all(|value| *value == first) {
            return Learned::of(
                Order { d: 0, seasonal_d: 0, shape: flat },
                Coefficients { mean: first, ..Coefficients::default() },
                None,
            );
        }
        let choice = if known().count() < FEWEST_FOR_AN_ORDER {
            None
        } else {
            search(values, &filled(values, period), period)
        };
        let Some(choice) = choice else {
            let walk = Shape { mean: false, ..flat };
            return Learned::of(Order { d: 1, seasonal_d: 0, shape: walk }, Coefficients::default(), None);
        };
        let order = Order { d: choice.d, seasonal_d: choice.seasonal_d, shape: choice.shape };
        let sample = Sample::new(values, order.d, order.seasonal_d, period);
        if sample.is_constant() {
            return Learned::estimated(order, &sample);
        }
        match sample.exact(order.shape, &choice.point, MOST_STEPS) {
            Some(estimate) => Learned::of(order, estimate.coefficients, None),
            None => Learned::estimated(order, &sample),
        }
    }

    /// Runs the filter over a whole series.
    fn take_all(&mut self, values: &[f64]) -> Option<()> {
        self.spread = spread(values);
        let needed = self.process.differencing.degree();
        let first = values.iter().position(|value| !value.is_nan()).unwrap_or(0);
        if values.len() - first <= needed {
            values.iter().for_each(|value| self.update(*value));
            return Some(());
        }
        let (filter, errors, determinant) = filtered(&self.process, values, self.order.shape.period)?;
        self.filter = Some(filter);
        self.start.clear();
        let known = errors.iter().filter(|error| error.is_finite());
        let (count, squares) = known.fold((0usize, 0.0), |(n, sum), error| (n + 1, sum + error * error));
        let (sigma2, log_likelihood) = concentrated(squares, determinant, count);
        (self.count, self.fitted) = (count as u64, count as u64);
        self.log_likelihood = if self.fixed {
            let n = count as f64;
            -0.5 * (n * math::ln(2.0 * std::f64::consts::PI * self.sigma2)
                + squares / self.sigma2
                + determinant)
        } else {
            self.sigma2 = if count == 0 { f64::NAN } else { sigma2.min(f64::MAX) };
            log_likelihood
        };
        Some(())
    }

    /// Takes in the next value, NaN = missing.
    pub(super) fn update(&mut self, value: f64) {
        let Some(filter) = &mut self.filter else {
            if !(value.is_nan() && self.start.is_empty()) {
                self.start.push(value);
                self.begin();
            }
            return;
        };
        if let Told::Error(error, variance) = filter.update(&self.process, value) {
            self.count = self.count.saturating_add(1);
            let square = error * error / variance;
            if !self.fixed && square.is_finite() {
                let before = if self.count == 1 { 0.0 } else { self.sigma2 };
                self.sigma2 = before + (square - before) / self.count as f64;
            }
        }
    }

    /// Akaike's criterion of the fitted series, and the same with the correction of Hurvich & Tsai 1989.
    pub(super) fn criteria(&self) -> (f64, f64) {
        criteria(self.log_likelihood, self.order.shape.count() + 1, self.fitted as usize)
    }

    /// What a snapshot held, with what follows from it; `None` when it does not fit together.
    pub(super) fn restored(mut self) -> Option<Self> {
        let Order { d, seasonal_d, shape } = self.order;
        let c = &self.coefficients;
        let counts = [
            (&c.ar, shape.p),
            (&c.ma, shape.q),
            (&c.seasonal_ar, shape.seasonal_p),
            (&c.seasonal_ma, shape.seasonal_q),
        ];
        let fits = counts.iter().all(|(values, count)| {
            values.len() == *count && *count <= 100 && values.iter().all(|value| value.is_finite())
        });
        if !(fits
            && d <= 2
            && seasonal_d <= 1
            && (1..=LONGEST_STATE).contains(&shape.period)
            && shape.state() <= LONGEST_STATE)
        {
            return None;
        }
        self.process = process(&self.order, c);
        let whole = self.filter.as_ref().is_none_or(|filter| filter.is_whole(&self.process))
            && self.coefficients.mean.is_finite()
            && (self.sigma2.is_nan() || self.sigma2 >= 0.0)
            && self.spread >= 0.0
            && self.start.iter().all(|value| !value.is_infinite())
            && (self.filter.is_some() || self.start.len() < self.process.differencing.degree());
        whole.then_some(self)
    }

    /// Makes the filter once the first values are there.
    fn begin(&mut self) {
        if self.start.len() >= self.process.differencing.degree() && self.filter.is_none() {
            self.filter = Filter::new(&self.process, &self.start);
            self.start.clear();
        }
    }

    /// Means and standard deviations of the next `horizon` values.
    pub(super) fn forecast(&self, horizon: usize) -> (Vec<f64>, Vec<f64>) {
        let clamp = |value: f64| if value.is_nan() { value } else { value.clamp(f64::MIN, f64::MAX) };
        let Some(filter) = &self.filter else {
            let last = self.start.iter().rev().find(|value| !value.is_nan()).copied().unwrap_or(0.0);
            return (vec![last; horizon], vec![f64::NAN; horizon]);
        };
        let spread = if self.sigma2 > 0.0 { self.spread / self.sigma2 } else { 0.0 };
        let (mean, variance) = filter.forecast(&self.process, horizon, spread);
        let sigma = self.sigma2.sqrt();
        let deviation = variance.into_iter().map(|variance| clamp(variance.sqrt() * sigma)).collect();
        (mean.into_iter().map(clamp).collect(), deviation)
    }
}

fn process(order: &Order, coefficients: &Coefficients) -> Process {
    let period = order.shape.period;
    Process {
        ar: coefficients.ar_product(period),
        ma: coefficients.ma_product(period),
        differencing: order.differencing(),
        mean: coefficients.mean,
    }
}

/// Variance of the known values, as far as it is finite.
fn spread(values: &[f64]) -> f64 {
    let known = || values.iter().filter(|value| !value.is_nan());
    let count = known().count().max(1) as f64;
    let mean = known().map(|value| value / count).sum::<f64>();
    known().map(|value| (value - mean) * ((value - mean) / count)).sum::<f64>().min(f64::MAX)
}
