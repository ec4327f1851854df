//! The automatic order: Hyndman & Khandakar 2008, "Automatic time series forecasting: the forecast package for R", Journal of
//! Statistical Software 27, section 3.2, with Akaike's corrected criterion.
//!
//! From four first orders the search goes to any neighbour that is better, until there is none; on its way it compares conditional
//! sums of squares, and in the end the exact likelihoods of the best few.

use super::differences;
use super::estimate::{Estimate, Sample};
use super::polynomial::roots_beyond;
use super::shape::Shape;
use std::collections::BTreeMap;

/// Orders that the exact likelihood decides between.
const FINALISTS: usize = 4;
/// Orders that are tried at most.
const MOST_TRIED: usize = 100;
/// Neighbours of the best are compared by their exact likelihoods while their states are no longer than this.
const LONGEST_REFINED: usize = 64;
/// The order is chosen on the last values: this many, or as many seasons.
const MOST_VALUES: usize = 5000;
const MOST_SEASONS: usize = 12;
/// Roots nearer to the unit circle than this make a model unfit.
const NEAREST_ROOT: f64 = 1.001;

/// What the search chose: how often to difference, and the shape with a start for its likelihood.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) d: usize,
    pub(super) seasonal_d: usize,
    pub(super) shape: Shape,
    pub(super) point: Vec<f64>,
}

/// Chooses an order for values whose gaps are filled; `values` may have NaN. `period` 1 means no season.
pub(super) fn search(values: &[f64], filled: &[f64], period: usize) -> Option<Choice> {
    let most = MOST_VALUES.max(MOST_SEASONS.saturating_mul(period));
    let last = |values: &[f64]| values.get(values.len().saturating_sub(most)..).unwrap_or_default().to_vec();
    let (values, filled) = (last(values), last(filled));
    let seasonal_d = usize::from(differences::season_is_strong(&filled, period));
    let rest: Vec<f64> = if seasonal_d == 1 {
        filled.iter().zip(filled.iter().skip(period)).map(|(before, value)| value - before).collect()
    } else {
        filled
    };
    let d = differences::count(&rest, 2 - seasonal_d);
    let sample = Sample::new(&values, d, seasonal_d, period);
    let constant = d + seasonal_d <= 1;
    let shape = |p, q, seasonal_p, seasonal_q, mean| Shape { p, q, seasonal_p, seasonal_q, period, mean };
    let season = usize::from(period > 1 && sample.count() > 3 * period);
    if sample.is_constant() {
        let shape = shape(0, 0, 0, 0, constant);
        return Some(Choice { d, seasonal_d, shape, point: vec![0.0; shape.count()] });
    }
    let mut search =
        Search { sample: &sample, most: most_coefficients(sample.count()), tried: BTreeMap::new() };
    let starts = [
        shape(2, 2, season, season, constant),
        shape(0, 0, 0, 0, constant),
        shape(1, 0, season, 0, constant),
        shape(0, 1, 0, season, constant),
        shape(0, 0, 0, 0, false),
        shape(2, 2, 0, 0, constant),
        shape(0, 1, 0, 0, constant),
    ];
    starts.into_iter().for_each(|shape| search.consider(shape));
    while search.tried.len() < MOST_TRIED {
        let Some(best) = search.best(1).first().map(|estimate| estimate.shape) else { break };
        neighbours(best, season, constant).into_iter().for_each(|shape| search.consider(shape));
        if search.best(1).first().is_none_or(|estimate| estimate.shape == best) {
            break;
        }
    }
    let best =
        search.refined(season, constant).or_else(|| search.best(1).first().map(|found| (*found).clone()))?;
    Some(Choice { d, seasonal_d, shape: best.shape, point: best.point })
}

/// Few values carry few coefficients.
fn most_coefficients(count: usize) -> usize {
    (count / 4).min(16)
}

fn is_fit(estimate: &Estimate) -> bool {
    let c = &estimate.coefficients;
    let negative = |c: &[f64]| c.iter().map(|c| -c).collect::<Vec<f64>>();
    [c.ar.clone(), c.seasonal_ar.clone(), negative(&c.ma), negative(&c.seasonal_ma)]
        .iter()
        .all(|factor| roots_beyond(factor, NEAREST_ROOT))
}

/// One more or one less of each kind, and of the pairs.
fn neighbours(from: Shape, season: usize, constant: bool) -> Vec<Shape> {
    let moves = [
        (0, 0, 0, -1),
        (0, 0, -1, 0),
        (0, 0, 0, 1),
        (0, 0, 1, 0),
        (0, 0, -1, -1),
        (0, 0, 1, 1),
        (0, 0, 1, -1),
        (0, 0, -1, 1),
        (0, -1, 0, 0),
        (-1, 0, 0, 0),
        (0, 1, 0, 0),
        (1, 0, 0, 0),
        (-1, -1, 0, 0),
        (1, 1, 0, 0),
        (1, -1, 0, 0),
        (-1, 1, 0, 0),
    ];
    let moved =
        |count: usize, by: isize, most: usize| count.checked_add_signed(by).filter(|count| *count <= most);
    let mut shapes: Vec<Shape> = moves
        .iter()
        .filter_map(|&(p, q, seasonal_p, seasonal_q)| {
            Some(Shape {
                p: moved(from.p, p, 5)?,
                q: moved(from.q, q, 5)?,
                seasonal_p: moved(from.seasonal_p, seasonal_p, 2 * season)?,
                seasonal_q: moved(from.seasonal_q, seasonal_q, 2 * season)?,
                ..from
            })
        })
        .collect();
    if constant {
        shapes.push(Shape { mean: !from.mean, ..from });
    }
    shapes
}

struct Search<'a> {
    sample: &'a Sample,
    most: usize,
    tried: BTreeMap<Shape, Option<Estimate>>,
}

impl Search<'_> {
    fn consider(&mut self, shape: Shape) {
        if shape.count() > self.most || self.tried.len() >= MOST_TRIED || self.tried.contains_key(&shape) {
            return;
        }
        let degree = shape.autoregressive_degree() + shape.moving_average_degree();
        let fits = degree * 3 <= self.sample.count().max(8) * 2;
        let starts = if fits { self.sample.starts(shape) } else { vec![] };
        let found = starts.first().and_then(|start| self.sample.conditional(shape, start));
        let _new = self.tried.insert(shape, found);
    }

    /// Goes on with the exact likelihood: the best few, then, where the state is short, the neighbours of the best.
    fn refined(&mut self, season: usize, constant: bool) -> Option<Estimate> {
        let mut exact: BTreeMap<Shape, Option<Estimate>> = BTreeMap::new();
        let plain = |shape: &Shape| shape.seasonal_p + shape.seasonal_q == 0;
        let ranked: Vec<Shape> = self.best(usize::MAX).iter().map(|found| found.shape).collect();
        let mut candidates: Vec<Shape> = ranked.iter().copied().take(FINALISTS).collect();
        candidates.extend(ranked.into_iter().filter(plain).take(FINALISTS));
        loop {
            for shape in candidates {
                exact.entry(shape).or_insert_with(|| self.sample.race(shape, vec![]).filter(is_fit));
            }
            let best = exact.values().flatten().min_by(|a, b| a.aicc().total_cmp(&b.aicc()))?;
            candidates = neighbours(best.shape, season, constant);
            candidates.retain(|shape| {
                !exact.contains_key(shape) && shape.count() <= self.most && shape.state() <= LONGEST_REFINED
            });
            if candidates.is_empty() || exact.len() > MOST_TRIED {
                return Some(best.clone());
            }
        }
    }

    /// The best so far, best first.
    fn best(&self, count: usize) -> Vec<&Estimate> {
        let mut found: Vec<&Estimate> =
            self.tried.values().flatten().filter(|estimate| !estimate.aicc().is_nan()).collect();
        found.sort_by(|a, b| a.aicc().total_cmp(&b.aicc()));
        found.truncate(count);
        found
    }
}
