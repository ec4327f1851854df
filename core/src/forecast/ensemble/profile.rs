//! The recurring shape of one season, learned as an average for each of its phases.
//!
//! A season of few steps has one cell a step; a longer one is a chain of straight lines between the middles of its cells,
//! and each value corrects the two cells beside it. A cell is the plain mean of its visits at first, then an exponential
//! average over the last eight seasons. Memory: six bytes a cell.

use serde::{Deserialize, Serialize};

/// Seasons that an average reaches back: more is steadier, fewer follow a changing shape.
pub(super) const SEASONS: f64 = 8.0;
/// Units in which the seasons of a cell are counted.
const UNITS: f64 = 2048.0;
/// The most that is counted.
const MOST: u16 = 16_383;

/// Shares of a cell below this are none.
const ROUNDING: f64 = 1e-9;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Profile {
    /// Milliseconds.
    period: i64,
    step: i64,
    values: Vec<f32>,
    /// Seasons in which a cell was seen, in `UNITS`.
    seen: Vec<u16>,
}

/// Where a time lies: a cell, the next one, and the next one's share.
#[derive(Clone, Copy)]
struct Place {
    cell: usize,
    next: usize,
    share: f64,
}

impl Profile {
    /// For a season of `period` milliseconds, with at most `most_cells` cells.
    pub(super) fn new(period: i64, step: i64, most_cells: usize) -> Self {
        let steps = (period / step.max(1)).max(1) as usize;
        let cells = steps.min(most_cells).max(1);
        Profile { period, step, values: vec![0.0; cells], seen: vec![0; cells] }
    }

    /// The same season on a grid of other steps.
    pub(super) fn with_step(self, step: i64) -> Self {
        Profile { step, ..self }
    }

    fn visits_a_season(&self) -> f64 {
        (self.period as f64 / self.step as f64 / self.values.len() as f64).max(1.0)
    }

    fn place(&self, time: i64) -> Place {
        let cells = self.values.len();
        let wrapped = |cell: usize| if cell < cells { cell } else { cell % cells };
        let middle = time.rem_euclid(self.period) as f64 + 0.5 * self.step as f64;
        let at = middle / self.period as f64 * cells as f64;
        if (self.period as f64) < 1.5 * self.step as f64 * cells as f64 {
            let cell = wrapped(at as usize);
            return Place { cell, next: cell, share: 0.0 };
        }
        // The cell whose middle lies before; a time on a middle, but for rounding, has no share of the next.
        let at = at - 0.5 + if at < 0.5 { cells as f64 } else { 0.0 } + ROUNDING;
        let cell = at as usize;
        let share = at - cell as f64 - ROUNDING;
        let share = if share > ROUNDING { share } else { 0.0 };
        Place { cell: wrapped(cell), next: wrapped(cell + 1), share }
    }

    fn cell(&self, cell: usize) -> Option<f64> {
        let seen = self.seen.get(cell).is_some_and(|seen| *seen > 0);
        self.values.get(cell).filter(|_| seen).map(|value| f64::from(*value))
    }

    /// The shape at a time; `None` where it was not seen for a whole season yet.
    pub(super) fn at(&self, time: i64) -> Option<f64> {
        let place = self.place(time);
        let nearest = if place.share < 0.5 { place.cell } else { place.next };
        let whole = f64::from(*self.seen.get(nearest)?) >= 0.9 * UNITS;
        self.value(place).filter(|_| whole)
    }

    fn value(&self, place: Place) -> Option<f64> {
        match (self.cell(place.cell), self.cell(place.next)) {
            (Some(a), Some(b)) => Some(a + place.share * (b - a)),
            (one, other) => one.or(other),
        }
    }

    /// Takes in a value; `start` is what a cell holds before its first.
    pub(super) fn add(&mut self, time: i64, value: f64, start: f64) {
        let place = self.place(time);
        let visits = self.visits_a_season();
        let weights = [(place.cell, 1.0 - place.share), (place.next, place.share)];
        for (cell, weight) in weights {
            if let (Some(seen), Some(held)) = (self.seen.get_mut(cell), self.values.get_mut(cell))
                && weight > 0.0
            {
                if *seen == 0 {
                    *held = start.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
                }
                *seen = seen.saturating_add((weight * UNITS / visits).ceil() as u16).min(MOST);
            }
        }
        let error = value - self.value(place).unwrap_or(start);
        // Both cells move by their shares: together they make good w² + (1 − w)² of the error, a third less on average.
        let gain = if place.share > 0.0 { 1.3 } else { 1.0 };
        for (cell, weight) in weights {
            if let (Some(seen), Some(held)) = (self.seen.get(cell), self.values.get_mut(cell)) {
                let count = (f64::from(*seen) / UNITS).min(SEASONS) * visits;
                let moved = f64::from(*held) + gain * weight * error / count.max(1.0);
                *held = moved.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
            }
        }
    }

    /// Fills cells that were never seen, as if seen for `seasons` seasons: a shape learned elsewhere.
    pub(super) fn fill(&mut self, seasons: f64, shape: impl Fn(i64) -> f64) {
        let cells = self.values.len() as i64;
        let units = (seasons * UNITS) as u16;
        for (cell, (held, seen)) in self.values.iter_mut().zip(&mut self.seen).enumerate() {
            let middle = (2 * cell as i64 + 1) * self.period / (2 * cells);
            let value = shape(middle).clamp(f64::from(f32::MIN), f64::from(f32::MAX));
            *held = value as f32;
            *seen = units;
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.period > 0
            && self.step > 0
            && !self.values.is_empty()
            && self.values.len() == self.seen.len()
            && self.values.iter().all(|value| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cell_a_step_holds_the_mean_of_its_visits() {
        let mut profile = Profile::new(4_000, 1_000, 100);
        for i in 0..12 {
            assert_eq!(profile.at(i * 1_000).is_some(), i >= 4, "{i}");
            profile.add(i * 1_000, (i % 4) as f64 * 10.0 + (i / 4) as f64, 0.0);
        }
        for phase in 0..4 {
            assert!((profile.at(phase * 1_000).unwrap() - (phase as f64 * 10.0 + 1.0)).abs() < 1e-5);
        }
    }

    #[test]
    fn a_wild_level_does_not_poison_a_cell() {
        let mut profile = Profile::new(4_000, 1_000, 100);
        profile.add(0, 1e150, 1e150);
        assert!(profile.is_whole(), "{profile:?}");
    }

    #[test]
    fn a_shape_is_read_at_the_middle_of_a_step_of_any_length() {
        let mut profile = Profile::new(86_400_000, 60_000, 1440);
        profile.fill(1.0, |time| time as f64);
        assert_eq!(profile.with_step(3_600_000).at(0), Some(1_830_000.0));
    }

    #[test]
    fn many_steps_a_cell_follow_a_smooth_shape() {
        let mut profile = Profile::new(1_000_000, 100, 50);
        let shape = |time: i64| (time as f64 / 1_000_000.0 * std::f64::consts::TAU).sin();
        (0..60_000).for_each(|i| profile.add(i * 100, shape(i * 100), 0.0));
        for time in (0..1_000_000).step_by(12_345) {
            assert!((profile.at(time).unwrap() - shape(time)).abs() < 0.01);
        }
    }
}
