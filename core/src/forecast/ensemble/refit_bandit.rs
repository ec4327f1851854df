//! Which slow member is worth refitting? A bandit learns it from how much each refit helped.
//!
//! Discounted UCB (Garivier & Moulines 2011, "On Upper-Confidence Bound Policies for Switching Bandit Problems", ALT): the arm
//! with the largest X̄ + 2·√(ξ·ln n/N), X̄ and N the mean reward and the count of an arm, both discounted by γ a round, n = ΣN,
//! ξ = 0.6. With S changes of the best arm in T rounds and γ = 1 − ¼·√(S/T) its regret is O(√(S·T)·ln T).

use serde::{Deserialize, Serialize};

const DISCOUNT: f64 = 0.95;
const CAUTION: f64 = 0.6;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RefitBandit {
    counts: Vec<f64>,
    rewards: Vec<f64>,
}

impl RefitBandit {
    pub(super) fn new(arms: usize) -> Self {
        RefitBandit { counts: vec![0.0; arms], rewards: vec![0.0; arms] }
    }

    /// The eligible arm to play next; one that was never played comes first.
    pub(super) fn choose(&self, eligible: impl Fn(usize) -> bool) -> Option<usize> {
        let rounds: f64 = self.counts.iter().sum::<f64>().max(1.0);
        let index = |arm: usize| {
            let (count, reward) = (self.counts.get(arm)?, self.rewards.get(arm)?);
            let bonus = 2.0 * (CAUTION * crate::math::ln(rounds) / count).sqrt();
            Some(if *count > 0.0 { reward / count + bonus } else { f64::INFINITY })
        };
        let arms = (0..self.counts.len()).filter(|arm| eligible(*arm));
        arms.filter_map(|arm| Some((arm, index(arm)?)))
            .fold(None, |best: Option<(usize, f64)>, (arm, value)| match best {
                Some((_, most)) if most >= value => best,
                _ => Some((arm, value)),
            })
            .map(|(arm, _)| arm)
    }

    /// Notes the reward, in [0, 1], of having played an arm.
    pub(super) fn reward(&mut self, arm: usize, reward: f64) {
        self.counts.iter_mut().chain(&mut self.rewards).for_each(|number| *number *= DISCOUNT);
        if let (Some(count), Some(sum)) = (self.counts.get_mut(arm), self.rewards.get_mut(arm)) {
            *count += 1.0;
            *sum += reward;
        }
    }

    pub(super) fn is_whole(&self, arms: usize) -> bool {
        let sound =
            |numbers: &[f64]| numbers.len() == arms && numbers.iter().all(|x| x.is_finite() && *x >= 0.0);
        sound(&self.counts) && sound(&self.rewards)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_best_arm_is_found_and_found_again_after_a_change() {
        let mut random = Random::new(3);
        let mut bandit = RefitBandit::new(3);
        let mut played = [[0u32; 3]; 2];
        for round in 0..2_000 {
            let best = if round < 1_000 { 0 } else { 2 };
            let arm = bandit.choose(|_| true).unwrap();
            if let Some(count) = played[round / 1_000].get_mut(arm) {
                *count += 1;
            }
            bandit.reward(arm, f64::from(random.unit() < if arm == best { 0.95 } else { 0.05 }));
        }
        assert!(played[0][0] > played[0][1] + played[0][2], "{played:?}");
        assert!(played[1][2] > played[1][1] && played[1][2] > played[1][0], "{played:?}");
        assert_eq!(bandit.choose(|_| false), None);
        assert_eq!(bandit.choose(|arm| arm == 1), Some(1));
    }
}
