//! How far a load stands above its season, and where that leads: the level of the last season beside the one before it was learned.
//!
//! The ratio of what came to what the season foretold, each averaged over about one season, moves the whole shape up or down with the
//! load. A profile is an average of the past, as old as its mean age; what has grown by a ratio over that age goes on growing as
//! much, which gives the growth a step.

use super::profile::SEASONS;
use serde::{Deserialize, Serialize};

/// The ratio is kept within this and its inverse.
const LARGEST: f64 = 5.0;
/// A profile is taken as this much younger than its oldest season, as later ones weigh more.
const AGE: f64 = 0.75;
/// Growth over the profile's age beyond this is no growth but a jump.
const FASTEST: f64 = 0.5;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct SeasonLevel {
    /// Steps of a season.
    steps: f64,
    known: u64,
    came: f64,
    foretold: f64,
    /// Of the absolute values of what was foretold.
    size: f64,
}

impl SeasonLevel {
    pub(super) fn new(steps: f64) -> Self {
        SeasonLevel { steps: steps.max(1.0), known: 0, came: 0.0, foretold: 0.0, size: 0.0 }
    }

    pub(super) fn add(&mut self, came: f64, foretold: f64) {
        self.known += 1;
        let share = (1.0 / self.steps).max(1.0 / self.known as f64);
        self.came += share * (came - self.came);
        self.foretold += share * (foretold - self.foretold);
        self.size += share * (foretold.abs() - self.size);
    }

    /// What the season is to be multiplied by; 1 where it goes around zero and has no size of its own.
    pub(super) fn ratio(&self) -> f64 {
        let firm = self.size > 0.0 && self.foretold.abs() >= 0.5 * self.size;
        if firm { (self.came / self.foretold).clamp(1.0 / LARGEST, LARGEST) } else { 1.0 }
    }

    /// By how much the ratio grows in a step.
    pub(super) fn growth(&self) -> f64 {
        let seasons = (0.5 * self.known as f64 / self.steps + 1.0).min(AGE * SEASONS);
        (self.ratio() - 1.0).clamp(-FASTEST, FASTEST) / (seasons * self.steps)
    }

    pub(super) fn is_whole(&self) -> bool {
        self.steps >= 1.0
            && [self.steps, self.came, self.foretold, self.size].iter().all(|number| number.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_the_last_season() {
        let mut level = SeasonLevel::new(10.0);
        assert_eq!(level.ratio(), 1.0);
        (0..200).for_each(|i| level.add(if i < 100 { 3.0 } else { 6.0 }, 3.0));
        assert!((level.ratio() - 2.0).abs() < 1e-3, "{}", level.ratio());
        assert!((level.growth() - FASTEST / (0.75 * SEASONS * 10.0)).abs() < 1e-9);
    }

    #[test]
    fn a_season_around_zero_is_left_as_it_is() {
        let mut level = SeasonLevel::new(10.0);
        (0..200).for_each(|i| level.add(5.0, if i % 2 == 0 { 1.0 } else { -1.0 }));
        assert_eq!((level.ratio(), level.growth()), (1.0, 0.0));
    }
}
