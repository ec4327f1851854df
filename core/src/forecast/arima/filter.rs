//! The Kalman filter of an ARIMA process over any pattern of missing values, and its forecasts.
//!
//! The state is Harvey's form of the ARMA part (Harvey 1989, section 3.3) and the last values of the series, which undo the
//! differencing (Harvey & Pierse 1984, "Estimating missing observations in economic time series", JASA 79). Its covariance is kept
//! as a factor with one column for each innovation that the data does not yet tell: a missing value adds a column, and the
//! columns of an invertible process fade, so that the usual step costs O(r). Starting values that are missing have infinite
//! variance, exactly (Koopman 1997, "Exact initial Kalman filtering", JASA 92; Durbin & Koopman 2012, chapter 5).
#![allow(
    clippy::indexing_slicing,
    reason = "every column has the state's length, and lags lie within the state"
)]

use super::likelihood::Logarithms;
use super::polynomial::Lags;
use super::stationary::Moments;
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// A column whose squared length is below this, in units of the innovations' variance, is forgotten.
const FADED: f64 = 1e-24;
/// Numbers that all columns may have together; beyond it the shortest column is left out.
const MOST_NUMBERS: usize = 1 << 19;

/// A process: φ(B)·(Δ y − mean) = θ(B)·e with Δ = (1 − B)ᵈ·(1 − Bᵐ)ᴰ, in units where e has variance 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Process {
    pub(super) ar: Lags,
    pub(super) ma: Lags,
    pub(super) differencing: Lags,
    pub(super) mean: f64,
}

impl Process {
    /// Elements of the ARMA part of the state.
    fn size(&self) -> usize {
        self.ar.degree().max(self.ma.degree() + 1)
    }

    /// What an innovation adds to the state.
    fn shock(&self) -> Vec<f64> {
        let mut shock = vec![0.0; self.size() + self.differencing.degree()];
        shock[0] = 1.0;
        for &(lag, c) in self.ma.terms() {
            shock[lag] = c;
        }
        shock
    }
}

/// What the filter knows of one process before the next value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Filter {
    /// The ARMA part as it is expected, and the last values, the latest first.
    state: Vec<f64>,
    /// Columns of the factor of its covariance, one after the other, without the next innovation.
    columns: Vec<f64>,
    /// Directions of infinite variance.
    diffuse: Vec<f64>,
}

/// What one value told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Told {
    Nothing,
    /// It resolved a direction of infinite variance, of this squared length.
    Start(f64),
    /// The one-step error, and its variance.
    Error(f64, f64),
}

impl Filter {
    /// Before the value that follows `start`, which has as many values as the differencing takes back, NaN = missing. `None`
    /// when the process is not stationary.
    pub(super) fn new(process: &Process, start: &[f64]) -> Option<Self> {
        let mut filter = Filter::settled(process, start);
        let moments = Moments::new(&process.ar, &process.ma)?;
        let (r, dimensions) = (moments.size, filter.state.len());
        // The next innovation comes with each step: it is not part of the columns.
        let mut covariance = moments.covariance();
        for i in 0..r {
            for j in 0..r {
                covariance[i * r + j] -= moments.shock[i] * moments.shock[j];
            }
        }
        filter.columns = semidefinite_factor(&mut covariance, r, dimensions);
        Some(filter)
    }

    /// The same where all innovations before are known to be zero.
    pub(super) fn settled(process: &Process, start: &[f64]) -> Self {
        let (size, integrated) = (process.size(), process.differencing.degree());
        let dimensions = size + integrated;
        let mut filter = Filter { state: vec![0.0; dimensions], columns: vec![], diffuse: vec![] };
        for lag in 0..integrated {
            match start.len().checked_sub(lag + 1).map(|i| start[i]).filter(|value| !value.is_nan()) {
                Some(value) => filter.state[size + lag] = value,
                None => {
                    let mut direction = vec![0.0; dimensions];
                    direction[size + lag] = 1.0;
                    if filter.diffuse.len() + dimensions <= MOST_NUMBERS {
                        filter.diffuse.extend(direction);
                    }
                }
            }
        }
        filter
    }

    /// After a whole series whose innovations are all known: the last `values` and `errors`, enough of both.
    pub(super) fn after(process: &Process, values: &[f64], differenced: &[f64], errors: &[f64]) -> Self {
        let mut filter = Filter::settled(process, values);
        let back = |series: &[f64], lag: usize| series.len().checked_sub(lag).map_or(0.0, |i| series[i]);
        for (terms, series, mean) in
            [(process.ar.terms(), differenced, process.mean), (process.ma.terms(), errors, 0.0)]
        {
            for &(lag, c) in terms {
                for i in 0..lag {
                    filter.state[i] += c * (back(series, lag - i) - mean);
                }
            }
        }
        filter
    }

    /// Takes in the next value, NaN = missing: O(length of the state · (1 + columns)).
    pub(super) fn update(&mut self, process: &Process, value: f64) -> Told {
        let dimensions = self.state.len();
        let observe = Observation { differencing: &process.differencing, size: process.size() };
        let error = value - process.mean - observe.of(&self.state);
        let told = if value.is_nan() {
            self.columns.extend(process.shock());
            Told::Nothing
        } else if self.columns.is_empty() && self.diffuse.is_empty() {
            self.state[0] += error;
            for &(lag, c) in process.ma.terms() {
                self.state[lag] += c * error;
            }
            Told::Error(error, 1.0)
        } else if let Some((gain, length)) = self.resolve(observe) {
            let mut shock = process.shock();
            for column in self.columns.chunks_exact_mut(dimensions).chain([&mut shock[..]]) {
                let seen = observe.of(column);
                add(column, -seen, &gain);
            }
            self.columns.extend(&shock);
            add(&mut self.state, error, &gain);
            Told::Start(length)
        } else {
            let mut shock = process.shock();
            let variance = self.reflect(observe, &mut shock);
            add(&mut self.state, error / variance.sqrt(), &shock);
            Told::Error(error, variance)
        };
        let advance = |vector: &mut [f64], mean: f64| {
            let seen = observe.of(vector) + mean;
            let size = observe.size;
            let first = vector[0];
            vector.copy_within(1..size, 0);
            vector[size - 1] = 0.0;
            for &(lag, c) in process.ar.terms() {
                vector[lag - 1] += c * first;
            }
            if dimensions > size {
                vector.copy_within(size..dimensions - 1, size + 1);
                vector[size] = seen;
            }
        };
        advance(&mut self.state, process.mean);
        if dimensions > observe.size && !value.is_nan() {
            // What was measured is known exactly, whatever rounding made of it.
            self.state[observe.size] = value;
        }
        self.columns.chunks_exact_mut(dimensions).for_each(|column| advance(column, 0.0));
        self.diffuse.chunks_exact_mut(dimensions).for_each(|column| advance(column, 0.0));
        self.compress();
        told
    }

    /// Takes the direction of infinite variance that a value shows, if one does: its gain and squared length.
    fn resolve(&mut self, observe: Observation<'_>) -> Option<(Vec<f64>, f64)> {
        let dimensions = self.state.len();
        let seen: Vec<f64> = self.diffuse.chunks_exact(dimensions).map(|column| observe.of(column)).collect();
        let length: f64 = seen.iter().map(|z| z * z).sum();
        if length <= 1e-16 {
            return None;
        }
        let mut pivot: Option<(Vec<f64>, f64)> = None;
        let mut rest = Vec::with_capacity(self.diffuse.len());
        for (column, z) in self.diffuse.chunks_exact(dimensions).zip(&seen) {
            let mut column = column.to_vec();
            match &mut pivot {
                None => pivot = Some((column, *z)),
                Some((direction, lead)) => {
                    rotate(direction, lead, &mut column, *z);
                    rest.extend(column);
                }
            }
        }
        self.diffuse = rest;
        let (mut direction, lead) = pivot?;
        direction.iter_mut().for_each(|x| *x /= lead);
        Some((direction, length))
    }

    /// Turns the columns and the next innovation so that only the latter shows in the value; gives the value's variance, and in
    /// `shock` the gain times its root.
    fn reflect(&mut self, observe: Observation<'_>, shock: &mut [f64]) -> f64 {
        let dimensions = self.state.len();
        let mut lead = 1.0;
        let (mut kept, mut at) = (0, 0);
        while let Some(column) = self.columns.get_mut(at..at + dimensions) {
            let z = observe.of(column);
            rotate(shock, &mut lead, column, z);
            if column.iter().map(|x| x * x).sum::<f64>() > FADED {
                self.columns.copy_within(at..at + dimensions, kept);
                kept += dimensions;
            }
            at += dimensions;
        }
        self.columns.truncate(kept);
        lead * lead
    }

    /// Keeps the count of columns within that of the state and the memory bounded.
    fn compress(&mut self) {
        let dimensions = self.state.len();
        let count = self.columns.len() / dimensions;
        if count > 2 * dimensions {
            let rows = DMatrix::from_row_slice(count, dimensions, &self.columns);
            let triangle = rows.qr().r();
            self.columns = triangle.transpose().as_slice().to_vec();
        }
        while self.columns.len() > MOST_NUMBERS.max(dimensions) {
            let length = |column: &[f64]| column.iter().map(|x| x * x).sum::<f64>();
            let lengths = self.columns.chunks_exact(dimensions).map(length).enumerate();
            let Some((shortest, _)) = lengths.min_by(|a, b| a.1.total_cmp(&b.1)) else { return };
            let _dropped = self.columns.drain(shortest * dimensions..(shortest + 1) * dimensions);
        }
    }

    /// Means of the next `horizon` values, and their variances in units of the innovations'; `spread` stands for the variance of
    /// what the data never told. O(`horizon` · (1 + columns)).
    pub(super) fn forecast(&self, process: &Process, horizon: usize, spread: f64) -> (Vec<f64>, Vec<f64>) {
        let dimensions = self.state.len();
        let mean = path(process, &self.state, process.mean, horizon);
        let weights = path(process, &process.shock(), 0.0, horizon);
        let mut total = 0.0;
        let mut variance: Vec<f64> = weights
            .iter()
            .map(|weight| {
                total += weight * weight;
                total
            })
            .collect();
        for (columns, scale) in [(&self.columns, 1.0), (&self.diffuse, spread)] {
            for column in columns.chunks_exact(dimensions) {
                let seen = path(process, column, 0.0, horizon);
                variance.iter_mut().zip(seen).for_each(|(variance, z)| *variance += scale * z * z);
            }
        }
        (mean, variance)
    }

    /// Whether what was read from a snapshot fits the process.
    pub(super) fn is_whole(&self, process: &Process) -> bool {
        let dimensions = process.size() + process.differencing.degree();
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        self.state.len() == dimensions
            && self.columns.len().is_multiple_of(dimensions)
            && self.diffuse.len().is_multiple_of(dimensions)
            && finite(&self.state)
            && finite(&self.columns)
            && finite(&self.diffuse)
    }
}

/// Standardized one-step errors of a whole series, NaN where there is none, and the sum of logarithms that belongs to them; the
/// first values, as many as the differencing takes back, are the start. Also the filter after the last value.
pub(super) fn run(process: &Process, series: &[f64]) -> Option<(Vec<f64>, f64, Filter)> {
    let start = process.differencing.degree().min(series.len());
    let (start, rest) = series.split_at(start);
    let mut filter = Filter::new(process, start)?;
    let mut determinant = Logarithms::default();
    let mut errors = Vec::with_capacity(rest.len());
    for value in rest {
        errors.push(match filter.update(process, *value) {
            Told::Nothing => f64::NAN,
            Told::Start(length) => {
                determinant.add(length);
                f64::NAN
            }
            Told::Error(error, variance) => {
                determinant.add(variance);
                error / variance.sqrt()
            }
        });
    }
    Some((errors, determinant.value(), filter))
}

/// How a value depends on the state: the first element, and the last values by the differencing.
#[derive(Debug, Clone, Copy)]
struct Observation<'a> {
    differencing: &'a Lags,
    size: usize,
}

impl Observation<'_> {
    fn of(self, vector: &[f64]) -> f64 {
        let past: f64 =
            self.differencing.terms().iter().map(|&(lag, c)| c * vector[self.size + lag - 1]).sum();
        vector[0] + past
    }
}

/// The values that follow from a state without further innovations.
fn path(process: &Process, state: &[f64], mean: f64, horizon: usize) -> Vec<f64> {
    let size = process.size();
    let mut stationary = Vec::with_capacity(horizon);
    let mut values: Vec<f64> = Vec::with_capacity(horizon);
    for h in 0..horizon {
        let mut next = if h < size { state[h] } else { 0.0 };
        for &(lag, c) in process.ar.terms().iter().take_while(|term| term.0 <= h) {
            next += c * stationary[h - lag];
        }
        stationary.push(next);
        next += mean;
        for &(lag, c) in process.differencing.terms() {
            next += c * if lag <= h { values[h - lag] } else { state[size + lag - h - 1] };
        }
        values.push(next);
    }
    values
}

/// A Givens rotation of two columns after which the second shows nothing; `lead` is what the first one shows.
fn rotate(first: &mut [f64], lead: &mut f64, second: &mut [f64], shown: f64) {
    if shown == 0.0 {
        return;
    }
    let length = (*lead * *lead + shown * shown).sqrt();
    let (cosine, sine) = (*lead / length, shown / length);
    for (a, b) in first.iter_mut().zip(second) {
        (*a, *b) = (cosine * *a + sine * *b, cosine * *b - sine * *a);
    }
    *lead = length;
}

fn add(vector: &mut [f64], factor: f64, other: &[f64]) {
    vector.iter_mut().zip(other).for_each(|(a, b)| *a += factor * b);
}

/// Columns L with L·L' = the matrix of r rows (overwritten), each lengthened by zeros; pivots that vanish give none (Cholesky).
fn semidefinite_factor(matrix: &mut [f64], r: usize, dimensions: usize) -> Vec<f64> {
    let mut columns = Vec::new();
    let largest = (0..r).map(|i| matrix[i * r + i]).fold(0.0, f64::max);
    loop {
        // The largest pivot first: rounding then leaves nothing below the threshold that matters.
        let diagonal = (0..r).map(|i| (i, matrix[i * r + i]));
        let Some((k, pivot)) = diagonal.max_by(|a, b| a.1.total_cmp(&b.1)) else { break };
        if pivot <= 1e-15 * largest || columns.len() >= r * dimensions {
            break;
        }
        let root = pivot.sqrt();
        let mut column = vec![0.0; dimensions];
        for i in 0..r {
            column[i] = matrix[i * r + k] / root;
        }
        for i in 0..r {
            for j in 0..r {
                matrix[i * r + j] -= column[i] * column[j];
            }
        }
        columns.extend(column);
    }
    columns
}
