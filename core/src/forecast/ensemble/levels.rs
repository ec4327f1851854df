//! The level of a load at seven time scales: exponential averages over 1, 4, 16, … 4,096 steps.
//!
//! Differences of neighbouring averages split a load into bands, slow to fast, which are nearly uncorrelated: how much of
//! each band lasts until a horizon is what a [`Ridge`](super::ridge::Ridge) then learns. Until `w` values were seen, the
//! average over `w` is the plain mean.

use serde::{Deserialize, Serialize};

pub(super) const SCALES: usize = 7;
pub(super) const BANDS: usize = SCALES - 1;

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Levels {
    count: u64,
    averages: [f64; SCALES],
}

impl Levels {
    pub(super) fn add(&mut self, value: f64) {
        self.count += 1;
        let mut window = 1.0f64;
        for average in &mut self.averages {
            let share = (2.0 / (window + 1.0)).max(1.0 / self.count as f64);
            *average += share * (value - *average);
            window *= 4.0;
        }
    }

    pub(super) fn averages(&self) -> &[f64; SCALES] {
        &self.averages
    }

    /// The average over the shortest window of at least so many steps, or over the longest.
    pub(super) fn over(&self, steps: f64) -> f64 {
        let mut window = 1.0;
        for average in &self.averages {
            if window >= steps {
                return *average;
            }
            window *= 4.0;
        }
        self.slowest()
    }

    /// The average over the longest window.
    pub(super) fn slowest(&self) -> f64 {
        let [.., slowest] = self.averages;
        slowest
    }

    /// What each average has above the next slower one, the fastest first.
    pub(super) fn bands(&self) -> [f64; BANDS] {
        let mut bands = [0.0; BANDS];
        let pairs = self.averages.iter().zip(self.averages.iter().skip(1));
        bands.iter_mut().zip(pairs).for_each(|(band, (fast, slow))| *band = fast - slow);
        bands
    }

    pub(super) fn is_whole(&self) -> bool {
        self.averages.iter().all(|average| average.is_finite())
    }
}

/// How much of each band lasts `steps` ahead, before anything was learned: that of a band over `w` steps about w/(w + h).
pub(super) fn persistence(steps: usize) -> [f64; BANDS] {
    let mut window = 1.0;
    [(); BANDS].map(|()| {
        window *= 4.0;
        window / (window + steps as f64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_add_up_to_the_last_value() {
        let mut levels = Levels::default();
        for i in 0..100 {
            levels.add(f64::from(i * i % 17));
        }
        let sum: f64 = levels.bands().iter().sum::<f64>() + levels.slowest();
        assert!((sum - f64::from(99 * 99 % 17)).abs() < 1e-12);
    }

    #[test]
    fn a_slow_average_begins_as_the_plain_mean() {
        let mut levels = Levels::default();
        (1..=9).for_each(|i| levels.add(f64::from(i)));
        assert!((levels.slowest() - 5.0).abs() < 1e-12);
        assert_eq!(levels.over(1.0), 9.0);
        assert_eq!((levels.over(2.0), levels.over(1e9)), (levels.averages[1], levels.slowest()));
    }
}
