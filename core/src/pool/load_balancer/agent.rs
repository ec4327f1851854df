//! The agent that sets a forecaster's pace by how accurate it was: discounted UCB (Garivier & Moulines 2011, "On upper-confidence
//! bound policies for switching bandit problems", ALT).
//!
//! An arm is a [`Pace`]; it is played for a term of steps and rewarded with the forecast's accuracy in that term, relative to the
//! accuracy that is usual for the key. A key begins with what the keys of its application have learned, as if it had played each arm
//! so often itself.

use crate::math::ln;
use crate::pool::demand::{Missed, Pace};
use serde::{Deserialize, Serialize};

const ARMS: [Pace; 3] = [Pace::USUAL, Pace::QUICK, Pace::CALM];
const NAMES: [&str; ARMS.len()] = ["usual", "quick", "calm"];
/// Steps of a term.
const TERM: u32 = 48;
/// Weight of the past at each term: a key's own, and that of all keys of an application.
const MEMORY: f64 = 0.9;
const SHARED_MEMORY: f64 = 0.98;
/// Terms that what other keys have learned counts for.
const PRIOR: f64 = 2.0;
/// How large a difference in accuracy is worth exploring for.
const CURIOSITY: f64 = 0.05;

/// What each arm has brought.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Arms {
    played: [f32; ARMS.len()],
    gained: [f32; ARMS.len()],
}

impl Arms {
    fn learn(&mut self, arm: usize, gain: f64, memory: f64) {
        for (place, (played, gained)) in self.played.iter_mut().zip(&mut self.gained).enumerate() {
            let (count, gain) = if place == arm { (1.0, gain) } else { (0.0, 0.0) };
            *played = (f64::from(*played) * memory + count) as f32;
            *gained = (f64::from(*gained) * memory + gain) as f32;
        }
    }

    fn mean(&self, arm: usize) -> f64 {
        let at = |values: &[f32]| f64::from(values.get(arm).copied().unwrap_or(0.0));
        let played = at(&self.played);
        // What was played long ago is forgotten.
        at(&self.gained) / (played + 1.0)
    }

    pub(super) fn is_whole(&self) -> bool {
        self.played.iter().chain(&self.gained).all(|value| value.is_finite())
    }
}

/// The agent of one key.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Agent {
    arm: u8,
    steps: u32,
    error: f32,
    size: f32,
    /// Accuracy that is usual, once a term is over.
    usual: Option<f32>,
    arms: Arms,
}

impl Agent {
    /// The pace at which the key is forecast.
    pub(super) fn pace(&self) -> Pace {
        ARMS.get(usize::from(self.arm)).copied().unwrap_or(Pace::USUAL)
    }

    /// Its name.
    pub(super) fn name(&self) -> &'static str {
        NAMES.get(usize::from(self.arm)).copied().unwrap_or("usual")
    }

    /// Takes in how far forecasts were off; at the end of a term it learns, and plays the arm that promises most.
    pub(super) fn learn(&mut self, missed: &Missed, shared: &mut Arms) {
        self.steps = self.steps.saturating_add(missed.steps);
        self.error = (f64::from(self.error) + missed.error).min(1e30) as f32;
        self.size = (f64::from(self.size) + missed.size).min(1e30) as f32;
        if self.steps < TERM {
            return;
        }
        // 1 where all was foreseen, 0 where nothing of what came was; a term without demand teaches nothing.
        if self.size > 0.0 {
            let accuracy = 1.0 - f64::from(self.error) / f64::from(self.size);
            let arm = usize::from(self.arm);
            if let Some(usual) = self.usual {
                let gain = accuracy - f64::from(usual);
                self.arms.learn(arm, gain, MEMORY);
                shared.learn(arm, gain, SHARED_MEMORY);
            }
            let usual = self.usual.map_or(accuracy, f64::from);
            self.usual = Some((usual + 0.2 * (accuracy - usual)) as f32);
            self.arm = self.best(shared);
        }
        (self.steps, self.error, self.size) = (0, 0.0, 0.0);
    }

    fn best(&self, shared: &Arms) -> u8 {
        let total: f64 = self.arms.played.iter().map(|played| f64::from(*played)).sum();
        let promise = |arm: usize| {
            let played = f64::from(self.arms.played.get(arm).copied().unwrap_or(0.0));
            let gained = f64::from(self.arms.gained.get(arm).copied().unwrap_or(0.0));
            let mean = (gained + PRIOR * shared.mean(arm)) / (played + PRIOR);
            mean + CURIOSITY * (ln(1.0 + total) / (played + 0.5)).sqrt()
        };
        let mut best = (0, promise(0));
        for arm in 1..ARMS.len() {
            let promise = promise(arm);
            if promise > best.1 {
                best = (arm, promise);
            }
        }
        best.0 as u8
    }

    pub(super) fn is_whole(&self) -> bool {
        usize::from(self.arm) < ARMS.len()
            && self.error.is_finite()
            && self.size.is_finite()
            && self.usual.is_none_or(f32::is_finite)
            && self.arms.is_whole()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(agent: &mut Agent, shared: &mut Arms, terms: usize, accuracy: impl Fn(u8) -> f64) -> [usize; 3] {
        let mut played = [0; 3];
        for _ in 0..terms {
            played[usize::from(agent.arm)] += 1;
            let error = 100.0 * (1.0 - accuracy(agent.arm));
            agent.learn(&Missed { error, size: 100.0, steps: TERM }, shared);
        }
        played
    }

    #[test]
    fn the_pace_that_is_most_accurate_is_played_most_and_another_when_things_change() {
        let (mut agent, mut shared) = (Agent::default(), Arms::default());
        let played = play(&mut agent, &mut shared, 200, |arm| if arm == 2 { 0.8 } else { 0.6 });
        assert!(played[2] > 120, "{played:?}");
        let played = play(&mut agent, &mut shared, 200, |arm| if arm == 1 { 0.8 } else { 0.6 });
        assert!(played[1] > 120, "{played:?}");
    }

    #[test]
    fn an_accuracy_that_is_none_is_not_whole() {
        assert!(Agent::default().is_whole());
        assert!(!Agent { usual: Some(f32::NAN), ..Agent::default() }.is_whole());
    }

    #[test]
    fn a_new_key_begins_with_what_the_others_have_learned() {
        let mut shared = Arms::default();
        for _ in 0..20 {
            play(&mut Agent::default(), &mut shared, 20, |arm| if arm == 1 { 0.9 } else { 0.5 });
        }
        let played = play(&mut Agent::default(), &mut shared, 12, |arm| if arm == 1 { 0.9 } else { 0.5 });
        assert!(played[1] >= 8, "{played:?}");
    }
}
