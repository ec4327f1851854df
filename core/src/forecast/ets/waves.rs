//! The first season of a long period as a few waves, each of a whole number of turns a season: a day of 1,440 steps then takes a
//! handful of parameters, where one for each step would cost more in the AICc than most seasons gain.
//!
//! The waves are those of the averaged season that stand out of the rest, one after the other, as Fisher 1929, "Tests of
//! significance in harmonic analysis", Proc. Royal Society A 125, tests the largest one: of N alike, none exceeds ln N + 3 times
//! their mean in 95 of 100 cases. Their sizes are those of the averaged season: one-step errors, which the level follows within a few
//! steps, say nothing about the size of a slow wave.
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

    /// Parameters that they stand for: two coefficients each, and which wave was taken.
    pub(super) fn parameters(&self) -> usize {
        3 * self.turns.len()
    }

    /// Leaves of a season its waves, around `neutral`.
    pub(super) fn smooth(&self, season: &mut [f64], neutral: f64) {
        let coefficients = self.project(season);
        season.fill(neutral);
        for (turns, pair) in self.turns.iter().zip(coefficients.chunks_exact(2)) {
            let mut at = 0;
            for value in season.iter_mut() {
                *value += pair[0] * self.cosine[at] + pair[1] * self.sine[at];
                at = (at + turns) % self.cosine.len();
            }
        }
    }

    /// For each wave the coefficients of its cosine and its sine that are nearest to a season.
    fn project(&self, season: &[f64]) -> Vec<f64> {
        let share = 2.0 / season.len() as f64;
        let mut coefficients = Vec::with_capacity(2 * self.turns.len());
        for turns in &self.turns {
            let (mut with_cosine, mut with_sine, mut at) = (0.0, 0.0, 0);
            for value in season {
                with_cosine += value * self.cosine[at];
                with_sine += value * self.sine[at];
                at = (at + turns) % self.cosine.len();
            }
            coefficients.extend([share * with_cosine, share * with_sine]);
        }
        coefficients
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
        assert_eq!((&waves.turns[..], waves.parameters()), (&[1, 2, 7][..], 9));
        let mut season = noisy;
        waves.smooth(&mut season, 3.0);
        for (i, value) in season.iter().enumerate() {
            assert!((value - 3.0 - shape(i)).abs() < 0.35, "{i}: {value}");
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
