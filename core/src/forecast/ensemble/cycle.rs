//! A season other than the day and the week, such as a job every 20 minutes: taken out of the load before all else.
//!
//! One cell for each step of the season holds the mean of what lay above the level there, over its first visits, then over about the
//! last thousand steps. What was foretold by the cells and came is compared all the while: of the cells' forecast only the share
//! Σ foretold·came/Σ foretold² is believed, and none below a third, so that a season that ends, or never was, does no harm.

use super::levels::Levels;
use serde::{Deserialize, Serialize};

/// The longest such season, in steps.
pub(super) const LONGEST: usize = 512;
/// What a cell holds is averaged over about this many steps of the load, but at least over so many visits.
const MEMORY: f64 = 1000.0;
const VISITS: f64 = 6.0;
/// Forecasts are compared with what came over about so many seasons, and steps.
const COMPARED_SEASONS: f64 = 10.0;
const COMPARED_STEPS: f64 = 200.0;
/// A smaller share than this is noise.
const LEAST_SHARE: f64 = 0.3;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Cycle {
    values: Vec<f32>,
    known: u64,
    /// Σ foretold·came and Σ foretold².
    products: [f64; 2],
}

impl Cycle {
    pub(super) fn new(steps: usize) -> Self {
        Cycle { values: vec![0.0; steps], known: 0, products: [0.0; 2] }
    }

    pub(super) fn steps(&self) -> usize {
        self.values.len()
    }

    fn cell(&self, time: i64, step: i64) -> usize {
        time.div_euclid(step).rem_euclid(self.values.len() as i64) as usize
    }

    /// What the season adds to the step that begins at `time`, `step` milliseconds long.
    pub(super) fn at(&self, time: i64, step: i64) -> f64 {
        let [both, own] = self.products;
        let share = if own > 0.0 { (both / own).min(1.0) } else { 0.0 };
        let held = self.values.get(self.cell(time, step)).map_or(0.0, |value| f64::from(*value));
        if share < LEAST_SHARE { 0.0 } else { share * held }
    }

    /// Takes in what the load without its other seasons was, and the levels of what it is without any.
    pub(super) fn add(&mut self, time: i64, step: i64, value: f64, levels: &Levels) {
        let (cell, steps) = (self.cell(time, step), self.values.len() as f64);
        let visits = (self.known as f64 / steps).floor();
        self.known += 1;
        let Some(held) = self.values.get_mut(cell) else { return };
        let above = value - levels.over(2.0 * steps);
        let foretold = f64::from(*held);
        if visits >= 1.0 {
            let keep = 1.0 - 1.0 / (COMPARED_SEASONS * steps).max(COMPARED_STEPS);
            let [both, own] = &mut self.products;
            *both = keep * *both + foretold * above;
            *own = keep * *own + foretold * foretold;
        }
        let share = 1.0 / (visits + 1.0).min((MEMORY / steps).max(VISITS));
        *held =
            (foretold + share * (above - foretold)).clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
    }

    pub(super) fn is_whole(&self) -> bool {
        (2..=LONGEST).contains(&self.values.len())
            && self.values.iter().all(|value| value.is_finite())
            && self.products.iter().all(|sum| sum.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// How much more a season of 20 steps is foretold to add in its first three steps than in the others, at the end of 3,000 steps.
    fn height(size: impl Fn(i64) -> f64) -> f64 {
        let mut random = Random::new(2);
        let (mut cycle, mut levels) = (Cycle::new(20), Levels::default());
        for i in 0..3_000i64 {
            let truth = if i % 20 < 3 { size(i) } else { 0.0 };
            let value = 10.0 + truth + random.normal();
            levels.add(value - cycle.at(i * 1_000, 1_000));
            cycle.add(i * 1_000, 1_000, value, &levels);
        }
        let mean = |steps: std::ops::Range<i64>| {
            let count = (steps.end - steps.start) as f64;
            steps.map(|i| cycle.at(i * 1_000, 1_000)).sum::<f64>() / count
        };
        mean(3_000..3_003) - mean(3_003..3_020)
    }

    #[test]
    fn a_season_is_learned_and_one_that_never_was_stays_silent() {
        assert!((height(|_| 4.0) - 4.0).abs() < 0.5, "{}", height(|_| 4.0));
        assert!(height(|_| 0.0).abs() < 0.1, "{}", height(|_| 0.0));
    }

    #[test]
    fn a_season_that_ends_is_forgotten() {
        let ended = height(|i| if i < 1_500 { 4.0 } else { 0.0 });
        assert!(ended.abs() < 0.3, "{ended}");
    }

    #[test]
    fn a_wild_value_does_not_poison_it() {
        let (mut cycle, mut levels) = (Cycle::new(4), Levels::default());
        for i in 0..400i64 {
            let value = if i == 50 { 1e150 } else { (i % 4) as f64 };
            levels.add(value);
            cycle.add(i * 60, 60, value, &levels);
            assert!(cycle.is_whole() && cycle.at(i * 60, 60).is_finite());
        }
    }
}
