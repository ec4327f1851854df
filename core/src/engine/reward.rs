//! The reward of each step, `R = w1·accuracy − w2·energy`.
//!
//! Accuracy is `1 − |L − L̂|/L` of the load L that came and the load L̂ that was expected when replicas had to be ordered for it, at least −1.
//! Energy is the power that the fleet draws over the power that the count draws which the target asks for: 1 is exactly enough, and a replica
//! draws its idle power and, as far as it is used, the difference to its busy power. R knows nothing of broken promises: whoever followed it
//! alone would starve the service. So it drives only how much proof it takes to drop the forecast, see [`super::value`]: the reward of
//! following the forecast is compared with that of expecting the load to stay, and of the reactive fleet.

use super::reward_config::RewardConfig;
use crate::policy::Fleet;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The reward lately.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reward {
    /// That of the last step; NaN before there is one.
    pub last: f64,
    /// Its mean over a day or so.
    pub mean: f64,
    /// The mean accuracy of the forecast at the lead time.
    pub accuracy: f64,
    /// The mean energy, in units of what exactly enough replicas would draw.
    pub energy: f64,
    /// How much more reward it brings to follow the forecast than the load observed now.
    pub gain: f64,
}

/// Seconds that the means remember.
const MEMORY_SECONDS: f64 = 86_400.0;

/// A mean that forgets slowly, and begins as a plain one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, discount: f64, value: f64) {
        if !value.is_nan() {
            self.sum = discount * self.sum + value;
            self.weight = discount * self.weight + 1.0;
        }
    }

    fn value(&self) -> f64 {
        self.sum / self.weight
    }

    fn is_whole(&self) -> bool {
        self.sum.is_finite() && self.weight.is_finite() && self.weight >= 0.0
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Rewards {
    discount: f64,
    ahead: usize,
    /// The load expected and the load observed, one horizon of them.
    said: VecDeque<(f64, f64)>,
    last: f64,
    reward: Mean,
    accuracy: Mean,
    energy: Mean,
    gain: Mean,
}

/// What one interval showed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// Load per second, and what is expected at the lead time.
    pub(super) load: f64,
    pub(super) expected: f64,
    /// The load in replicas, and the count that the target asks for.
    pub(super) offered: f64,
    pub(super) need: u32,
    /// The fleet that was, and what would serve with and without the forecast.
    pub(super) fleet: Option<Fleet>,
    pub(super) serving: Option<(u32, u32)>,
}

impl Rewards {
    pub(super) fn new(interval_seconds: f64, ahead: usize) -> Self {
        let none = Mean::default();
        let mut rewards = Rewards {
            discount: 1.0 - (interval_seconds / MEMORY_SECONDS).min(0.5),
            ahead,
            said: VecDeque::new(),
            last: f64::NAN,
            reward: none,
            accuracy: none,
            energy: none,
            gain: none,
        };
        rewards.reserve();
        rewards
    }

    pub(super) fn observe(&mut self, config: &RewardConfig, step: &Step) {
        let Step { load, expected, offered, need, fleet, serving } = *step;
        let RewardConfig { accuracy_weight, energy_weight, idle_watts, busy_watts } = *config;
        let said = if self.said.len() >= self.ahead { self.said.pop_front() } else { None };
        self.said.push_back((expected, load));
        let Some((forecast, before)) = said else { return };
        let accuracy = |said: f64| {
            let accuracy = 1.0 - (load - said).abs() / load;
            if load > 0.0 && accuracy < -1.0 { -1.0 } else { accuracy }
        };
        let watts = |used: u32, idle: u32| {
            let (used, idle) = (f64::from(used), f64::from(idle));
            (used + idle) * idle_watts + used.min(offered) * (busy_watts - idle_watts)
        };
        let energy = |used: u32, idle: u32| (watts(used, idle) / watts(need, 0)).min(1e6);
        let drawn = fleet
            .map_or(f64::NAN, |fleet| energy(fleet.ready, fleet.pending.saturating_add(fleet.terminating)));
        let reward = |accuracy: f64, energy: f64| {
            if accuracy.is_finite() && energy.is_finite() {
                accuracy_weight * accuracy - energy_weight * energy
            } else {
                f64::NAN
            }
        };
        self.last = reward(accuracy(forecast), drawn);
        let gain = serving.map_or(f64::NAN, |(with, without)| {
            reward(accuracy(forecast), energy(with, 0)) - reward(accuracy(before), energy(without, 0))
        });
        if self.last.is_finite() {
            self.accuracy.add(self.discount, accuracy(forecast));
            self.energy.add(self.discount, drawn);
            self.reward.add(self.discount, self.last);
        }
        self.gain.add(self.discount, gain);
    }

    /// How much more reward it brings to follow the forecast; NaN while that is not known.
    pub(super) fn gain(&self) -> f64 {
        self.gain.value()
    }

    pub(super) fn reward(&self) -> Reward {
        Reward {
            last: self.last,
            mean: self.reward.value(),
            accuracy: self.accuracy.value(),
            energy: self.energy.value(),
            gain: self.gain(),
        }
    }

    /// Forgets what was expected: nothing was measured for longer than can be told, or another moment is looked at from now on.
    pub(super) fn look_ahead(&mut self, ahead: usize) {
        self.ahead = ahead;
        self.said.clear();
        self.reserve();
    }

    pub(super) fn is_whole(&self, like: &Rewards) -> bool {
        (self.ahead, self.discount.to_bits()) == (like.ahead, like.discount.to_bits())
            && self.said.len() <= self.ahead
            && [self.reward, self.accuracy, self.energy, self.gain].iter().all(Mean::is_whole)
    }

    pub(super) fn reserve(&mut self) {
        self.said.reserve((self.ahead + 1).saturating_sub(self.said.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_formula() {
        let config = RewardConfig { accuracy_weight: 2.0, energy_weight: 0.5, ..RewardConfig::default() };
        let mut rewards = Rewards::new(15.0, 2);
        let step = |load, expected| Step {
            load,
            expected,
            offered: load / 10.0,
            need: 12,
            fleet: Some(Fleet { requested: 15, ready: 14, pending: 1, terminating: 0 }),
            serving: Some((13, 12)),
        };
        rewards.observe(&config, &step(80.0, 95.0));
        rewards.observe(&config, &step(100.0, 120.0));
        assert!(rewards.reward().last.is_nan());
        rewards.observe(&config, &step(100.0, 0.0));
        let (accuracy, energy) = (0.95, (15.0 * 100.0 + 10.0 * 100.0) / (12.0 * 100.0 + 10.0 * 100.0));
        let Reward { last, mean, gain, .. } = rewards.reward();
        assert!((last - (2.0 * accuracy - 0.5 * energy)).abs() < 1e-12 && last == mean);
        // The load observed two steps ago was 80; one replica more serves with the forecast.
        assert!((gain - (2.0 * (0.95 - 0.8) - 0.5 * 100.0 / 2200.0)).abs() < 1e-12, "{gain}");
        for wild in [0.0, f64::NAN, 1e100, 1e-300] {
            rewards.observe(&config, &step(wild, 1e-300));
        }
        assert!(rewards.is_whole(&Rewards::new(15.0, 2)) && rewards.reward().mean.is_finite());
    }
}
