//! The most likely parameters and initial states of one form, by L-BFGS on unbounded coordinates.
//!
//! Parameters lie where each is a weighted average: 0 < α < 1, 0 < β < α, 0 < γ < 1 − α, 0.8 < φ < 0.98 (book, section
//! 2.6), through logistic functions; initial states are scaled so that all coordinates curve the likelihood about alike.
//! What the user gave stays as it is.

use super::form::{Form, Season, Smoothing};
use super::likelihood::{Pass, Point, Slopes};
use super::start::initial_states;
use super::waves::Waves;
use crate::{math, optimise};
use std::rc::Rc;

/// α and β*, β = αβ*, and γ/(1 − α) lie between this and 1 less this; φ in its own range.
const EDGE: f64 = 1e-5;
const PHI: (f64, f64) = (0.8, 0.98);

/// What is given instead of estimated, in the scale of the series; `beta` is Holt's β*.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Given {
    pub(super) alpha: Option<f64>,
    pub(super) beta: Option<f64>,
    pub(super) gamma: Option<f64>,
    pub(super) phi: Option<f64>,
    pub(super) level: Option<f64>,
    pub(super) trend: Option<f64>,
    pub(super) season: Option<Vec<f64>>,
}

/// The coordinates that the search moves in.
struct Coordinates<'a> {
    form: Form,
    given: &'a Given,
    /// Whether the first season moves.
    season_is_free: bool,
    start: Point,
    /// What a unit of the coordinate is, for level, trend and season.
    units: [f64; 3],
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + math::exp(-x))
}

fn logit(share: f64) -> f64 {
    math::ln(share / (1.0 - share))
}

/// Value in (low, high) at coordinate x, and its slope there.
fn within((low, high): (f64, f64), x: f64) -> (f64, f64) {
    let share = logistic(x);
    (low + (high - low) * share, (high - low) * share * (1.0 - share))
}

const UNIT: (f64, f64) = (EDGE, 1.0 - EDGE);

impl Coordinates<'_> {
    /// Coordinates of the start.
    fn origin(&self) -> Vec<f64> {
        let Smoothing { alpha, beta, gamma, phi } = self.start.smoothing;
        let place = |(low, high): (f64, f64), value: f64| {
            logit(((value - low) / (high - low)).clamp(1e-3, 1.0 - 1e-3))
        };
        let mut x = Vec::new();
        if self.given.alpha.is_none() {
            x.push(place(UNIT, alpha));
        }
        if self.form.trend && self.given.beta.is_none() {
            x.push(place(UNIT, beta / alpha));
        }
        if self.form.is_seasonal() && self.given.gamma.is_none() {
            x.push(place(UNIT, gamma / (1.0 - alpha)));
        }
        if self.form.damped && self.given.phi.is_none() {
            x.push(place(PHI, phi));
        }
        if self.given.level.is_none() {
            x.push(0.0);
        }
        if self.form.trend && self.given.trend.is_none() {
            x.push(0.0);
        }
        if self.season_is_free {
            x.resize(x.len() + self.form.period, 0.0);
        }
        x
    }

    /// The point at `x`; where slopes are asked for, `pull` turns those of the point into those of `x`.
    fn point(&self, x: &[f64], point: &mut Point) -> Chain {
        let mut rest = x.iter().copied();
        let mut next = || rest.next().unwrap_or(0.0);
        let mut chain = Chain::default();
        let given = self.given;
        let free = |value: Option<f64>, range, next: &mut dyn FnMut() -> f64| match value {
            Some(value) => (value, 0.0),
            None => within(range, next()),
        };
        let (alpha, alpha_slope) = free(given.alpha, UNIT, &mut next);
        chain.alpha = alpha_slope;
        let mut smoothing = Smoothing { alpha, beta: 0.0, gamma: 0.0, phi: 1.0 };
        if self.form.trend {
            let (share, slope) = free(given.beta, UNIT, &mut next);
            smoothing.beta = alpha * share;
            (chain.beta, chain.beta_by_alpha) = (alpha * slope, share * alpha_slope);
        } else {
            smoothing.phi = 0.0;
        }
        if self.form.is_seasonal() {
            match given.gamma {
                Some(gamma) => smoothing.gamma = gamma,
                None => {
                    let (share, slope) = within(UNIT, next());
                    smoothing.gamma = (1.0 - alpha) * share;
                    (chain.gamma, chain.gamma_by_alpha) = ((1.0 - alpha) * slope, -share * alpha_slope);
                }
            }
        }
        if self.form.damped {
            (smoothing.phi, chain.phi) = free(given.phi, PHI, &mut next);
        }
        let [level_unit, trend_unit, season_unit] = self.units;
        point.smoothing = smoothing;
        point.level = given.level.unwrap_or_else(|| self.start.level + level_unit * next());
        if self.form.trend {
            point.trend = given.trend.unwrap_or_else(|| self.start.trend + trend_unit * next());
        }
        if self.season_is_free {
            for (value, start) in point.season.iter_mut().zip(&self.start.season) {
                *value = start + season_unit * next();
            }
        }
        chain
    }

    fn pull(&self, chain: &Chain, slopes: &Slopes, season: &[f64], out: &mut [f64]) {
        let given = self.given;
        let mut out = out.iter_mut();
        let mut put = |slope: f64| {
            if let Some(place) = out.next() {
                *place = slope;
            }
        };
        if given.alpha.is_none() {
            put(slopes.alpha * chain.alpha
                + slopes.beta * chain.beta_by_alpha
                + slopes.gamma * chain.gamma_by_alpha);
        }
        if self.form.trend && given.beta.is_none() {
            put(slopes.beta * chain.beta);
        }
        if self.form.is_seasonal() && given.gamma.is_none() {
            put(slopes.gamma * chain.gamma);
        }
        if self.form.damped && given.phi.is_none() {
            put(slopes.phi * chain.phi);
        }
        let [level_unit, trend_unit, season_unit] = self.units;
        if given.level.is_none() {
            put(slopes.level * level_unit);
        }
        if self.form.trend && given.trend.is_none() {
            put(slopes.trend * trend_unit);
        }
        if self.season_is_free {
            season.iter().for_each(|slope| put(slope * season_unit));
        }
    }
}

/// Slopes of the parameters along the coordinates.
#[derive(Default)]
struct Chain {
    alpha: f64,
    beta: f64,
    beta_by_alpha: f64,
    gamma: f64,
    gamma_by_alpha: f64,
    phi: f64,
}

/// A form with its most likely numbers.
#[derive(Debug, Clone)]
pub(super) struct Estimate {
    pub(super) form: Form,
    /// What the first season is made of, then as it was averaged; one number for each of its steps where there are none.
    pub(super) waves: Option<Rc<Waves>>,
    pub(super) point: Point,
    /// As [`Pass::cost`]; infinite where the form does not fit the series at all.
    pub(super) cost: f64,
}

/// Smoothing parameters to begin with, the given ones in their places.
pub(super) fn smoothing(form: Form, given: &Given, alpha: f64, gamma: f64) -> Smoothing {
    let alpha = given.alpha.unwrap_or(alpha);
    Smoothing {
        alpha,
        beta: if form.trend { alpha * given.beta.unwrap_or(0.05) } else { 0.0 },
        gamma: if form.is_seasonal() { given.gamma.unwrap_or(gamma * (1.0 - alpha)) } else { 0.0 },
        phi: match (form.trend, form.damped) {
            (false, _) => 0.0,
            (true, false) => 1.0,
            (true, true) => given.phi.unwrap_or(0.95),
        },
    }
}

/// The best of a small grid of parameters with initial states by averages, and of what was estimated for related forms.
pub(super) fn begin<'e>(
    values: &[f64],
    form: Form,
    waves: Option<Rc<Waves>>,
    given: &Given,
    related: impl Iterator<Item = &'e Estimate>,
) -> Estimate {
    let mut pass = Pass::new(values, form);
    let mut start = initial_states(values, form, smoothing(form, given, 0.3, 0.1));
    start.level = given.level.unwrap_or(start.level);
    start.trend = if form.trend { given.trend.unwrap_or(start.trend) } else { 0.0 };
    if let (true, Some(season)) = (form.is_seasonal(), &given.season) {
        start.season.clone_from(season);
    }
    if let Some(waves) = &waves {
        let neutral = if form.season == Season::Multiplicative { 1.0 } else { 0.0 };
        waves.smooth(&mut start.season, neutral);
    }
    let mut best = Estimate { form, waves, cost: f64::INFINITY, point: start };
    let gammas: &[f64] = if form.is_seasonal() { &[0.02, 0.2] } else { &[0.0] };
    for alpha in [0.05, 0.3, 0.8] {
        for gamma in gammas {
            let point = Point { smoothing: smoothing(form, given, alpha, *gamma), ..best.point.clone() };
            let cost = pass.cost(&point);
            if cost < best.cost {
                (best.cost, best.point) = (cost, point);
            }
        }
    }
    for point in related.filter_map(|estimate| adapted(estimate, form, given)) {
        let cost = pass.cost(&point);
        if cost < best.cost {
            (best.cost, best.point) = (cost, point);
        }
    }
    best
}

/// The numbers of one form as a start for another with a like season.
fn adapted(estimate: &Estimate, form: Form, given: &Given) -> Option<Point> {
    let mut point = estimate.point.clone();
    if form.season != estimate.form.season {
        if (estimate.form.season, form.season) != (Season::Additive, Season::Multiplicative)
            || point.level <= 0.0
        {
            return None;
        }
        let level = point.level;
        point.season.iter_mut().for_each(|value| *value = (1.0 + *value / level).max(0.01));
    }
    let customary = smoothing(form, given, point.smoothing.alpha, 0.0);
    if !form.trend || !estimate.form.trend {
        (point.smoothing.beta, point.smoothing.phi) = (0.02 * customary.beta, customary.phi);
        point.trend = if form.trend { given.trend.unwrap_or(0.0) } else { 0.0 };
    } else if form.damped != estimate.form.damped {
        point.smoothing.phi = customary.phi;
    }
    Some(point)
}

/// How long a search goes on: passes there and back, and the gain of a step in the logarithm of the likelihood that ends it.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    pub(super) passes: usize,
    pub(super) gain: f64,
}

/// Improves an estimate.
pub(super) fn improve(values: &[f64], estimate: Estimate, given: &Given, effort: Effort) -> Estimate {
    let form = estimate.form;
    if estimate.cost.is_infinite() {
        return estimate;
    }
    let mut pass = Pass::new(values, form);
    let known = values.iter().filter(|value| !value.is_nan()).count() as f64;
    let outcome = pass.forwards(&estimate.point);
    let error = (outcome.squares / known).sqrt().clamp(1e-9, 1.0);
    let Smoothing { alpha, gamma, .. } = estimate.point.smoothing;
    // The error that a unit's change of a state causes over the series, in units of the noise.
    let remembered = |share: f64, count: f64| 1.0 / (1.0 / count + share * (2.0 - share));
    let absolute = if form.multiplicative_error { error * estimate.point.level.abs() } else { error };
    let unit = |weight: f64| 0.2 * absolute * (known / weight).sqrt();
    let season_unit = unit(remembered(gamma, known / form.period as f64));
    let coordinates = Coordinates {
        form,
        given,
        season_is_free: form.is_seasonal() && given.season.is_none() && estimate.waves.is_none(),
        units: [
            unit(remembered(alpha, known)),
            0.1 * unit(remembered(alpha, known)),
            if form.season == Season::Multiplicative {
                season_unit / estimate.point.level.abs().max(1e-3)
            } else {
                season_unit
            },
        ],
        start: estimate.point.clone(),
    };
    let mut point = estimate.point.clone();
    let cost = |x: &[f64], gradient: &mut [f64]| {
        let chain = coordinates.point(x, &mut point);
        let (cost, slopes) = pass.cost_and_slopes(&point);
        coordinates.pull(&chain, &slopes, pass.season_slopes(), gradient);
        cost
    };
    let minimum = optimise::lbfgs(
        cost,
        &coordinates.origin(),
        effort.passes,
        effort.gain / (known * (1.0 + estimate.cost.abs())),
    );
    if minimum.value < estimate.cost {
        let mut point = estimate.point;
        coordinates.point(&minimum.point, &mut point);
        Estimate { form, waves: estimate.waves.clone(), point, cost: minimum.value }
    } else {
        estimate
    }
}
