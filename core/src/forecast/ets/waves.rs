//! The first season of a long period as a few waves, each of a whole number of turns a season: a day of 1,440 steps then takes a
//! handful of parameters, where one for each step would cost more in the AICc than most seasons gain.
//!
//! The waves are those of the averaged season that stand out of the rest, one after the other, as Fisher 1929, "Tests of
//! significance in harmonic analysis", Proc. Royal Society A 125, tests the largest one: of N alike, none exceeds ln N + 3 times
//! their mean in 95 of 100 cases.
#![allow(clippy::indexing_slicing, reason = "turns are taken modulo the length of the tables")]

use crate::math;

/// Periods up to this take a parameter for each step.
pub(super) const LONGEST_FREE: usize = 24;
/// The fastest wave that is looked for, in turns a season, and the most of them: the first nine of a day lie within a week's 64.
const FASTEST: usize = 64;
const MOST: usize = 24;
/// A wave has at least this share of the season's power.
const LEAST_SHARE: f64 = 1e-3;

/// Waves on a circle of as many steps as the season has.
#[derive(Debug, Clone)]
pub(super) struct Waves {
    turns: Vec<usize>,
    cosine: Vec<f64>,
    sine: Vec<f64>,
}

impl Waves {
    /// The waves that stand out of a season of mean 0; `None` when none does.
    pub(super) fn of(season: &[f64]) -> Option<Self> {
        let steps = season.len();
        let angle = |i: usize| std::f64::consts::TAU * i as f64 / steps as f64;
        let mut waves = Waves {
            turns: (1..=FASTEST).take_while(|turns| 2 * turns < steps).collect(),
            cosine: (0..steps).map(|i| math::cos(angle(i))).collect(),
            sine: (0..steps).map(|i| math::sin(angle(i))).collect(),
        };
        let total: f64 = season.iter().map(|value| value * value).sum();
        let projected = waves.project(season);
        let power = projected.chunks(2).map(|pair| pair.iter().map(|x| x * x).sum::<f64>());
        let mut ranked: Vec<(usize, f64)> =
            waves.turns.iter().copied().zip(power.map(|power| power * 0.5 * steps as f64)).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (mut rest, mut others) = (total, (steps as f64 - 1.0) / 2.0);
        let stand_out = ranked.into_iter().take(MOST).take_while(|(_, power)| {
            let stands_out =
                *power > (math::ln(others) + 3.0) * rest / others && *power > LEAST_SHARE * total;
            (rest, others) = (rest - power, others - 1.0);
            stands_out
        });
        waves.turns = stand_out.map(|(turns, _)| turns).collect();
        (!waves.turns.is_empty()).then_some(waves)
    }

    /// Coefficients: a cosine's and a sine's for each wave.
    pub(super) fn count(&self) -> usize {
        2 * self.turns.len()
    }

    /// Parameters that they stand for: the coefficients, and which wave was taken.
    pub(super) fn parameters(&self) -> usize {
        3 * self.turns.len()
    }

    /// The coefficients of the waves nearest to a season.
    pub(super) fn project(&self, season: &[f64]) -> Vec<f64> {
        let mut sums = self.pull(season);
        sums.iter_mut().for_each(|sum| *sum *= 2.0 / season.len() as f64);
        sums
    }

    /// Derivatives with respect to the coefficients, from those with respect to the season's values.
    pub(super) fn pull(&self, slopes: &[f64]) -> Vec<f64> {
        let mut sums = Vec::with_capacity(self.count());
        for turns in &self.turns {
            let (mut with_cosine, mut with_sine, mut at) = (0.0, 0.0, 0);
            for slope in slopes {
                with_cosine += slope * self.cosine[at];
                with_sine += slope * self.sine[at];
                at = (at + turns) % self.cosine.len();
            }
            sums.extend([with_cosine, with_sine]);
        }
        sums
    }

    /// Adds the waves with these coefficients to a season.
    pub(super) fn add_to(&self, season: &mut [f64], coefficients: &[f64]) {
        for (turns, pair) in self.turns.iter().zip(coefficients.chunks_exact(2)) {
            let mut at = 0;
            for value in season.iter_mut() {
                *value += pair[0] * self.cosine[at] + pair[1] * self.sine[at];
                at = (at + turns) % self.cosine.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn wave(steps: usize, turns: usize, i: usize) -> f64 {
        (std::f64::consts::TAU * (turns * i) as f64 / steps as f64).sin()
    }

    #[test]
    fn the_waves_of_a_shape_are_found_and_give_it_back() {
        let mut random = Random::new(3);
        let shape = |i: usize| 5.0 * wave(1440, 1, i) + 2.0 * wave(1440, 2, i + 100) + wave(1440, 7, i + 9);
        let noisy: Vec<f64> = (0..1440).map(|i| shape(i) + random.normal()).collect();
        let waves = Waves::of(&noisy).unwrap();
        assert_eq!((&waves.turns[..], waves.count(), waves.parameters()), (&[1, 2, 7][..], 6, 9));
        let mut season = vec![0.0; 1440];
        waves.add_to(&mut season, &waves.project(&noisy));
        for (i, value) in season.iter().enumerate() {
            assert!((value - shape(i)).abs() < 0.35, "{i}: {value}");
        }
        // Slopes are the projection's own sums: the derivative of a season's mean product with anything.
        let step = 1e-6;
        let target: Vec<f64> = (0..1440).map(|_| random.normal()).collect();
        let product = |c: &[f64]| {
            let mut season = vec![0.0; 1440];
            waves.add_to(&mut season, c);
            season.iter().zip(&target).map(|(a, b)| a * b).sum::<f64>()
        };
        let slopes = waves.pull(&target);
        for (k, slope) in slopes.iter().enumerate() {
            let mut c = vec![0.0; 6];
            c[k] = step;
            assert!((product(&c) / step - slope).abs() < 1e-6 * (1.0 + slope.abs()));
        }
    }

    #[test]
    fn noise_has_no_waves() {
        let silent = (0..200).filter(|seed| {
            let mut random = Random::new(*seed);
            Waves::of(&(0..288).map(|_| random.normal()).collect::<Vec<f64>>()).is_none()
        });
        assert!(silent.count() >= 180);
        assert!(Waves::of(&[0.0; 48]).is_none());
    }
}
