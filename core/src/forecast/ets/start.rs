//! Where the search for initial states begins: the heuristic of the book, section 2.6.1, that takes missing values.
//!
//! The season is the average deviation (additive) or ratio (multiplicative) of each phase from the season-long mean around it;
//! level and trend are the line through the first ten steps without the season.

use super::form::{Form, Season, Smoothing};
use super::likelihood::Point;

/// Seasons that the first one is averaged from.
const SEASONS: usize = 5;
/// Steps that the first level and trend come from, at least.
const STEPS: usize = 10;
/// A season's multiplicative values start within this and its inverse.
const MOST: f64 = 100.0;

/// A first guess at the initial states, with the smoothing parameters given.
pub(super) fn initial_states(values: &[f64], form: Form, smoothing: Smoothing) -> Point {
    let season = match form.season {
        Season::None => Vec::new(),
        _ => first_season(values, form),
    };
    let deseasoned = |(i, value): (usize, &f64)| match (form.season, season.get(i % form.period)) {
        (Season::Additive, Some(s)) => value - s,
        (Season::Multiplicative, Some(s)) => value / s,
        _ => *value,
    };
    let first: Vec<f64> = values.iter().enumerate().take(STEPS.max(form.period)).map(deseasoned).collect();
    let any = || values.iter().enumerate().map(deseasoned).filter(|value| !value.is_nan());
    let (level, trend) = if form.trend {
        line(&first).or_else(|| any().next().map(|value| (value, 0.0))).unwrap_or((0.0, 0.0))
    } else {
        (mean(first.iter().copied().take(STEPS)).or_else(|| any().next()).unwrap_or(0.0), 0.0)
    };
    // A line that dips below 0 cannot start a multiplicative model.
    let (level, trend) =
        if form.needs_positive_values() && (level <= 0.0 || level + STEPS as f64 * trend <= 0.0) {
            (mean(any()).unwrap_or(1.0), 0.0)
        } else {
            (level, trend)
        };
    Point { smoothing, level, trend, season }
}

/// Mean 0 or 1, one value for each phase.
pub(super) fn first_season(values: &[f64], form: Form) -> Vec<f64> {
    let period = form.period;
    let multiplicative = form.season == Season::Multiplicative;
    let neutral = if multiplicative { 1.0 } else { 0.0 };
    let cycles: Vec<f64> = values
        .chunks(period)
        .take(SEASONS)
        .filter(|cycle| cycle.len() == period)
        .map(|cycle| mean(cycle.iter().copied()).unwrap_or(f64::NAN))
        .collect();
    let overall = mean(cycles.iter().copied()).unwrap_or(0.0);
    let cycle_mean = |i: isize| {
        let last = cycles.len() as isize - 1;
        let value = cycles.get(i.clamp(0, last.max(0)) as usize).copied().unwrap_or(overall);
        if value.is_nan() { overall } else { value }
    };
    // The season-long mean at a step, between the middles of the seasons.
    let around = |step: usize| {
        let place = (step as f64 + 0.5) / period as f64 - 0.5;
        let below = place.floor();
        let share = place - below;
        (1.0 - share) * cycle_mean(below as isize) + share * cycle_mean(below as isize + 1)
    };
    let mut totals = vec![(0.0, 0.0); period];
    for (cycle_number, cycle) in values.chunks(period).take(SEASONS).enumerate() {
        for (phase, (total, value)) in totals.iter_mut().zip(cycle).enumerate() {
            let mean = around(cycle_number * period + phase);
            let deviation = if multiplicative { value / mean } else { value - mean };
            if deviation.is_finite() {
                *total = (total.0 + deviation, total.1 + 1.0);
            }
        }
    }
    let mut season: Vec<f64> =
        totals.iter().map(|(total, count)| if *count > 0.0 { total / count } else { neutral }).collect();
    if multiplicative {
        season.iter_mut().for_each(|value| *value = value.clamp(1.0 / MOST, MOST));
    }
    let average = mean(season.iter().copied()).unwrap_or(neutral);
    season.iter_mut().for_each(|value| if multiplicative { *value /= average } else { *value -= average });
    season
}

/// Mean of the known values.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut total, mut count) = (0.0, 0.0);
    values.filter(|value| !value.is_nan()).for_each(|value| {
        total += value;
        count += 1.0;
    });
    (count > 0.0).then(|| total / count)
}

/// Value one step before the first and slope of the least squares line through the known values; from 4 on.
fn line(values: &[f64]) -> Option<(f64, f64)> {
    let known =
        || values.iter().enumerate().filter(|(_, value)| !value.is_nan()).map(|(i, y)| (i as f64, *y));
    if known().count() < 4 {
        return None;
    }
    let (time, value) = (mean(known().map(|point| point.0))?, mean(known().map(|point| point.1))?);
    let spread: f64 = known().map(|(t, _)| (t - time) * (t - time)).sum();
    let slope = known().map(|(t, y)| (t - time) * (y - value)).sum::<f64>() / spread;
    Some((value - slope * (time + 1.0), slope))
}
