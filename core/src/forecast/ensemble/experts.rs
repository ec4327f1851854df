//! The ensemble's own experts: all that they share of the past, and the grid of horizons they are judged at.
//!
//! Horizons are judged at 1, 2, 4, 8, … steps, up to a day (256 to 4,096 steps); between two of them a forecast lies on the
//! straight line between what both say of that step, beyond the last its spread grows as √h, and the mean stays that of the law which was judged:
//! on squares, doubt alone would lift it. A horizon is first judged once
//! the past is as long as itself.

use super::cycle::{self, Cycle};
use super::horizon::{Horizon, Outlook, Present, Shape};
use super::levels::Levels;
use super::profile::Profile;
use super::recent::Recent;
use super::scale::{Scale, back, root};
use super::season_level::SeasonLevel;
use super::{PROBABILITIES, Quantiles};
use crate::load::periods as periods_of;
use serde::{Deserialize, Serialize};

/// Cells of the shortest season, and of each longer one.
const CELLS: usize = 1440;
const CELLS_OF_LONGER: usize = 168;
/// Over how many errors the sizes of errors are averaged: the last few, some, many.
const SIZES: [f64; 3] = [8.0, 64.0, 1024.0];
/// A value farther from what was expected than this many usual errors is taken in as if it were this far: a wild one leaves
/// no deep trace, and a new level is reached within a few steps.
const FARTHEST: f64 = 100.0;
/// After so many errors one step ahead the losses of others are held against the own ones.
const COMPARABLE: u32 = 128;

/// At most so many cycles are looked for, in at most so many of the last values, of which each must hold six.
const MOST_CYCLES: usize = 2;
const LOOKED_AT: usize = 20_160;
const LEAST_CYCLES: f64 = 6.0;
/// They explain at least this share of the load's variance.
const LEAST_STRENGTH: f64 = 0.1;

/// The lengths in steps of the seasons in values that no profile holds: strong ones, of whole steps, at most a quarter of the shortest
/// of `periods` (milliseconds).
pub(super) fn cycles_in(values: &[f64], step: i64, periods: &[i64]) -> Vec<usize> {
    let last = values.get(values.len().saturating_sub(LOOKED_AT)..).unwrap_or_default();
    let roots: Vec<f64> = last.iter().map(|value| root(*value)).collect();
    let known = last.len() as f64;
    let longest = periods.first().map_or(f64::INFINITY, |period| *period as f64 / step as f64 / 4.0);
    let longest = longest.min(cycle::LONGEST as f64).min(known / LEAST_CYCLES);
    // In units of a step; a length that is not whole would run out of step within the values.
    let found = periods_of(&roots, 1.0, 8).unwrap_or_default();
    let whole = |length: f64| (length - length.round()).abs() * known <= 0.25 * length * length;
    let lengths =
        found.iter().filter(|period| period.strength >= LEAST_STRENGTH).map(|period| period.seconds);
    let lengths = lengths.filter(|length| (2.0..=longest).contains(length) && whole(*length));
    lengths.map(|length| length.round() as usize).take(MOST_CYCLES).collect()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Experts {
    /// Steps taken in, known or not.
    steps: u64,
    known: u64,
    scale: Scale,
    levels: Levels,
    /// Of what lies above the season.
    rest: Levels,
    seasons: Vec<Profile>,
    season_level: SeasonLevel,
    /// Seasons that are no profile: all else learns from the load without them.
    cycles: Vec<Cycle>,
    sizes: [f64; 3],
    sized: u64,
    recent: [Recent; 2],
    members: usize,
    longest: usize,
    horizons: Vec<Horizon>,
    /// A shape learned elsewhere, and what makes it this load's: Σ value and Σ shape of the steps seen.
    borrowed: Option<Borrowed>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Borrowed {
    profile: Profile,
    sums: [f64; 2],
}

impl Experts {
    /// For steps of `step` milliseconds, seasons of `periods` milliseconds (rising), and `members` of the user's.
    pub(super) fn new(step: i64, periods: &[i64], members: usize) -> Self {
        let longer = periods.iter().filter(|period| **period >= 2 * step);
        let seasons = longer
            .enumerate()
            .map(|(i, period)| Profile::new(*period, step, if i == 0 { CELLS } else { CELLS_OF_LONGER }));
        let shortest = periods.iter().find(|period| **period >= 2 * step).copied().unwrap_or(step);
        let day = (86_400_000 / step.max(1)) as usize;
        Experts {
            steps: 0,
            known: 0,
            scale: Scale::default(),
            levels: Levels::default(),
            rest: Levels::default(),
            seasons: seasons.collect(),
            season_level: SeasonLevel::new(shortest as f64 / step.max(1) as f64),
            cycles: Vec::new(),
            sizes: [0.0; 3],
            sized: 0,
            recent: [Recent::new(1), Recent::new(16)],
            members,
            longest: day.clamp(256, 4096),
            horizons: vec![Horizon::new(1, members, None)],
            borrowed: None,
        }
    }

    /// Begins with seasons of so many steps beside the profiles.
    pub(super) fn set_cycles(&mut self, steps: &[usize]) {
        self.cycles = steps.iter().map(|steps| Cycle::new(*steps)).collect();
    }

    /// Their lengths in steps.
    pub(super) fn cycles(&self) -> impl Iterator<Item = usize> {
        self.cycles.iter().map(Cycle::steps)
    }

    /// What the cycles add at a time.
    fn shift(&self, time: i64, step: i64) -> f64 {
        self.cycles.iter().map(|cycle| cycle.at(time, step)).sum()
    }

    /// Takes in the value (NaN = missing) of the step that begins at `time`, `step` milliseconds long. `members` tells what the
    /// user's members say of the step so many steps ahead, `late` what they said of this one that many steps before, where it
    /// was not known then. Gives the loss of the own law one step ahead, once that has learned enough to compare with.
    pub(super) fn learn(
        &mut self,
        value: f64,
        time: i64,
        step: i64,
        late: Vec<(usize, Vec<Option<Quantiles>>)>,
        members: impl Fn(usize) -> Vec<Option<Quantiles>>,
    ) -> Option<f64> {
        let now = self.steps;
        self.steps = self.steps.saturating_add(1);
        let shift = self.shift(time, step);
        let transformed = if value.is_nan() { f64::NAN } else { self.bounded(root(value) - shift) };
        let late = late.into_iter().map(|(steps, laws)| (steps, self.without_cycles(laws, time, step)));
        let late: Vec<_> = late.collect();
        let scale = self.scale;
        let mut next = None;
        for horizon in &mut self.horizons {
            let late =
                late.iter().find(|(steps, _)| *steps == horizon.steps).map(|(_, laws)| laws.as_slice());
            let judgement = horizon.judge(now, transformed, shift, &scale, late);
            if horizon.steps == 1 {
                next = judgement;
            }
        }
        if !value.is_nan() {
            self.known += 1;
            self.scale.see(value);
            if let Some(next) = next {
                self.size(next.error.abs());
            }
            self.take(transformed, time);
            for cycle in &mut self.cycles {
                let own = cycle.at(time, step);
                cycle.add(time, step, transformed + own, &self.levels);
            }
        }
        if self.known == 0 {
            return None;
        }
        self.open_horizons();
        let present = self.present();
        let mut horizons = std::mem::take(&mut self.horizons);
        for horizon in &mut horizons {
            if horizon.speaks_at(now) {
                let target = time.saturating_add(step.saturating_mul(horizon.steps as i64));
                let laws = self.without_cycles(members(horizon.steps), target, step);
                horizon.say(now, &present, self.shape(target), &laws);
            }
        }
        self.horizons = horizons;
        let judged = self.horizons.first().map_or(0, |first| first.judged);
        next.filter(|_| judged >= COMPARABLE).map(|next| next.loss)
    }

    /// The next horizon of the grid, which opens when the past is as long as it.
    fn next_horizon(&self) -> Option<usize> {
        let next = self.horizons.last().map_or(1, |last| 2 * last.steps);
        (self.steps >= next as u64 && next <= self.longest).then_some(next)
    }

    fn open_horizons(&mut self) {
        if let Some(steps) = self.next_horizon() {
            let opened = Horizon::new(steps, self.members, self.horizons.last());
            self.horizons.push(opened);
        }
    }

    fn bounded(&self, value: f64) -> f64 {
        let [fast, _, slow] = self.sizes;
        let [last, ..] = *self.levels.averages();
        let expected = last;
        // Where there were no errors so far, a value may be ten times as far from zero as the last one.
        let reach =
            FARTHEST * fast.max(slow) + 0.1 * FARTHEST * expected.abs().max(self.levels.slowest().abs());
        if self.known < 3 || reach == 0.0 { value } else { value.clamp(expected - reach, expected + reach) }
    }

    fn size(&mut self, error: f64) {
        self.sized += 1;
        let [.., many] = self.sizes;
        let cut = if self.sized > 5 {
            error.min(FARTHEST * self.sizes[1].max(many).max(f64::MIN_POSITIVE))
        } else {
            error
        };
        for (size, window) in self.sizes.iter_mut().zip(SIZES) {
            let share = (2.0 / (window + 1.0)).max(1.0 / self.sized as f64);
            *size += share * (cut - *size);
        }
    }

    fn take(&mut self, transformed: f64, time: i64) {
        self.recent.iter_mut().for_each(|recent| recent.add(transformed));
        let shape = self.shape(time);
        self.levels.add(transformed);
        if let Some(Shape { first, others }) = shape {
            self.rest.add(transformed - self.season_level.ratio() * (first + others));
            self.season_level.add(transformed, first + others);
        }
        if let Some(borrowed) = &mut self.borrowed
            && let Some(shape) = borrowed.profile.at(time)
        {
            let [values, shapes] = &mut borrowed.sums;
            *values += transformed;
            *shapes += shape;
        }
        let [_, _, start, ..] = *self.levels.averages();
        let mut remaining = transformed;
        let mut start = start;
        for season in &mut self.seasons {
            season.add(time, remaining, start);
            remaining -= season.at(time).unwrap_or(remaining);
            start = 0.0;
        }
    }

    /// The laws of members for a time, as they are for the load without cycles.
    fn without_cycles(
        &self,
        mut laws: Vec<Option<Quantiles>>,
        time: i64,
        step: i64,
    ) -> Vec<Option<Quantiles>> {
        if !self.cycles.is_empty() && !laws.is_empty() {
            let shift = self.shift(time, step);
            laws.iter_mut().flatten().flatten().for_each(|quantile| *quantile -= shift);
        }
        laws
    }

    /// The season at a time; `None` while it is unknown.
    fn shape(&self, time: i64) -> Option<Shape> {
        let mut seasons = self.seasons.iter();
        let own = seasons.next().and_then(|season| season.at(time));
        let first = own.or_else(|| {
            let Borrowed { profile, sums: [values, shapes] } = self.borrowed.as_ref()?;
            let scale = if *shapes > 0.0 { values / shapes } else { return None };
            Some(scale * profile.at(time)?)
        })?;
        let others = if own.is_some() { seasons.filter_map(|season| season.at(time)).sum() } else { 0.0 };
        Some(Shape { first, others })
    }

    fn present(&self) -> Present {
        let [fast, middle, long] = self.sizes;
        // A load that never erred is given a little doubt, in proportion to its size.
        let long = long.max(1e-11 * self.levels.slowest().abs()).max(1e-150);
        let [short_law, long_law] = &self.recent;
        Present {
            averages: *self.levels.averages(),
            bands: self.levels.bands(),
            rest_bands: self.rest.bands(),
            rest: self.rest.slowest(),
            season_ratio: self.season_level.ratio(),
            season_growth: self.season_level.growth(),
            sizes: [long, fast - middle, middle - long],
            recent: [short_law.quantiles(), long_law.quantiles()],
        }
    }

    /// Quantiles of each of the next `horizon` steps in turn, the first of which begins at `time`, in the unit of the load; `members`
    /// are what the user's members say of each. Second, for the steps beyond the last horizon, the same before their spread grew.
    pub(super) fn forecast(
        &self,
        horizon: usize,
        time: i64,
        step: i64,
        members: impl Fn(usize) -> Vec<Option<Quantiles>>,
    ) -> (Vec<f64>, Vec<f64>) {
        let present = self.present();
        let ready = self.horizons.iter().rposition(Horizon::is_ready).unwrap_or(0);
        let grid = self.horizons.get(..=ready).unwrap_or_default();
        let needed = grid.partition_point(|point| point.steps < horizon) + 1;
        let grid: Vec<(&Horizon, Outlook)> =
            grid.iter().take(needed).map(|point| (point, point.outlook(&present))).collect();
        let law = |ahead: usize, grows: bool| {
            let target = time.saturating_add(step.saturating_mul(ahead as i64 - 1));
            let shape = self.shape(target);
            let laws = self.without_cycles(members(ahead), target, step);
            let after = grid.partition_point(|(point, _)| point.steps <= ahead);
            let (Some((below, outlook)), above) = (grid.get(after.max(1) - 1), grid.get(after)) else {
                return [f64::NAN; PROBABILITIES.len()];
            };
            let widen = match above {
                None if grows => (ahead as f64 / below.steps as f64).sqrt().min(3.0),
                _ => 1.0,
            };
            let mut quantiles = below.quantiles(outlook, &present, shape, &laws, widen);
            if let Some((above, outlook)) = above.filter(|_| ahead > below.steps) {
                let share = (ahead - below.steps) as f64 / (above.steps - below.steps) as f64;
                let farther = above.quantiles(outlook, &present, shape, &laws, 1.0);
                quantiles.iter_mut().zip(farther).for_each(|(near, far)| *near += share * (far - *near));
            }
            let shift = self.shift(target, step);
            quantiles.iter_mut().for_each(|quantile| *quantile += shift);
            self.scale.to_values(&mut quantiles);
            quantiles
        };
        let mut rows = Vec::with_capacity(horizon * PROBABILITIES.len());
        (1..=horizon).for_each(|ahead| rows.extend_from_slice(&law(ahead, true)));
        let last = grid.last().map_or(horizon, |(point, _)| point.steps);
        (rows, (last + 1..=horizon).flat_map(|ahead| law(ahead, false)).collect())
    }

    /// Passes over steps in which nothing was measured.
    pub(super) fn skip(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
        self.horizons.iter_mut().for_each(Horizon::skip);
    }

    /// Begins with the shape of a season learned elsewhere, in values that average 1, one for each equal part of a season of
    /// `period` milliseconds.
    pub(super) fn borrow_shape(&mut self, period: i64, step: i64, values: &[f64]) {
        let mut profile = Profile::new(period, step, CELLS.max(values.len()));
        let cells = values.len() as i64;
        profile.fill(1.0, |time| {
            let cell = (time.rem_euclid(period) as i128 * i128::from(cells) / i128::from(period)) as usize;
            root(values.get(cell).copied().unwrap_or(1.0))
        });
        self.borrowed = Some(Borrowed { profile, sums: [0.0; 2] });
    }

    pub(super) fn horizons(&self) -> &[Horizon] {
        &self.horizons
    }

    pub(super) fn members(&self) -> usize {
        self.members
    }

    /// Takes over a shape that another one was begun with, for steps of `step` milliseconds.
    pub(super) fn lend_shape(&mut self, other: &Experts, step: i64) {
        let lent = |Borrowed { profile, .. }: Borrowed| Borrowed {
            profile: profile.with_step(step),
            sums: [0.0; 2],
        };
        self.borrowed = other.borrowed.clone().map(lent);
    }

    /// The longest horizon that says something at the next step.
    pub(super) fn farthest_speaking(&self) -> usize {
        let speaking = self.horizons.iter().filter(|horizon| horizon.speaks_at(self.steps));
        // A horizon may open at the next step, and it speaks at once.
        speaking.map(|horizon| horizon.steps).max().unwrap_or(1).max(self.next_horizon().unwrap_or(1))
    }

    /// The size of the last value, as it was taken in.
    pub(super) fn last_size(&self) -> f64 {
        back(self.levels.over(1.0)).abs()
    }

    /// Steps taken in.
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    /// The horizons that said something at step `now`.
    pub(super) fn speaking_at(&self, now: u64) -> impl Iterator<Item = usize> {
        self.horizons.iter().filter(move |horizon| horizon.speaks_at(now)).map(|horizon| horizon.steps)
    }

    pub(super) fn is_whole(&self) -> bool {
        let rising = self.horizons.windows(2).all(|pair| match pair {
            [a, b] => a.steps < b.steps,
            _ => true,
        });
        self.scale.is_whole()
            && self.levels.is_whole()
            && self.rest.is_whole()
            && self.seasons.iter().all(Profile::is_whole)
            && self.season_level.is_whole()
            && self.cycles.len() <= MOST_CYCLES
            && self.cycles.iter().all(Cycle::is_whole)
            && self.sizes.iter().all(|size| size.is_finite() && *size >= 0.0)
            && self.recent.iter().all(Recent::is_whole)
            && self.horizons.first().is_some_and(|first| first.steps == 1)
            && rising
            && self.longest <= 4096
            && self.horizons.iter().all(|horizon| horizon.is_whole(self.members))
            && self.borrowed.as_ref().is_none_or(|borrowed| {
                borrowed.profile.is_whole() && borrowed.sums.iter().all(|sum| sum.is_finite())
            })
    }
}
