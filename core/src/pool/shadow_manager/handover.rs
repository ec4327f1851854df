//! The share of the traffic that shadows take over before the active is overloaded.
//!
//! `level` is the larger of real and predicted utilization while the prediction is close to or above what is real, else what is real. The active
//! of capacity C (in units of the level: `minᵣ amountᵣ/(levelᵣ·baseᵣ)`) is to carry `target·C` of the traffic at the most; the rest goes to
//! the shadows, which carry `target` of their own. Where all together cannot, they are loaded equally. The share rises at once as far as a window
//! allows, and falls only when less was wanted for several windows: it does not flap.

use super::config::ShadowManagerConfig;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Real and predicted utilization of a primary, and what follows from them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShadowComparison {
    /// The largest utilization of any resource that was measured last, as a share of the active's own allocation.
    pub real: f64,
    /// The largest that is predicted for this window and the next.
    pub predicted: f64,
    /// Whether the prediction is close to or above what is real, and beyond the target: the signal to hand traffic over.
    pub signal: bool,
    /// Share of the traffic that shadows should take.
    pub wanted: f64,
    /// Share of the traffic that they are asked to take.
    pub share: f64,
}

/// Capacities in units of the whole traffic: what it would take to carry all of it at full utilization is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Capacity {
    pub(super) active: f64,
    pub(super) shadows: f64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Handover {
    /// Share of the traffic that shadows are asked to take.
    pub(super) share: f64,
    /// What was wanted in the last windows, by window.
    wanted: VecDeque<(i64, f64)>,
    /// The window in which it last moved, and how far it moved in it.
    moved: (i64, f64),
}

impl Handover {
    /// The share of the traffic beyond what the active is to carry, within what the shadows can.
    pub(super) fn wanted(capacity: Capacity, target: f64) -> f64 {
        let Capacity { active, shadows } = capacity;
        let beyond = (1.0 - target * active).max(0.0);
        if beyond <= target * shadows {
            beyond
        } else {
            // Not all can be kept at the target: each takes what it is worth.
            (shadows / (active + shadows).max(1e-300)).clamp(0.0, 1.0)
        }
    }

    /// Goes on to what is wanted in window `step`; whether the share has changed. An overload does not wait for the next window.
    pub(super) fn follow(
        &mut self,
        step: i64,
        wanted: f64,
        is_overloaded: bool,
        config: &ShadowManagerConfig,
    ) -> bool {
        match self.wanted.back_mut() {
            Some((last, largest)) if *last == step => *largest = largest.max(wanted),
            _ => self.wanted.push_back((step, wanted)),
        }
        let kept = step.saturating_sub(config.return_steps as i64);
        self.wanted.retain(|(then, _)| *then > kept);
        let held = self.wanted.iter().map(|(_, wanted)| *wanted).fold(0.0, f64::max);
        let target = if wanted > self.share { wanted } else { held.min(self.share) };
        let change = target - self.share;
        if change == 0.0 || (change.abs() < config.share_tolerance && target > 0.0) {
            return false;
        }
        if self.moved.0 != step {
            self.moved = (step, 0.0);
        }
        let room = (config.share_step - self.moved.1).max(0.0);
        let change = if is_overloaded && change > 0.0 { change } else { change.clamp(-room, room) };
        self.moved.1 += change.abs();
        self.share = (self.share + change).clamp(0.0, 1.0);
        change != 0.0
    }

    /// Time passes of which nothing is known: what was wanted was wanted so many windows later.
    pub(super) fn sleep(&mut self, windows: i64) {
        self.wanted.iter_mut().for_each(|(step, _)| *step = step.saturating_add(windows));
    }

    /// Takes back what shadows can no longer carry.
    pub(super) fn limit(&mut self, most: f64) {
        self.share = self.share.min(most.clamp(0.0, 1.0));
    }

    pub(super) fn is_whole(&self) -> bool {
        let share = |share: &f64| (0.0..=1.0).contains(share);
        share(&self.share)
            && self.moved.1.is_finite()
            && self.moved.1 >= 0.0
            && self.wanted.len() <= 240
            && self.wanted.iter().all(|(_, wanted)| share(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn config() -> ShadowManagerConfig {
        ShadowManagerConfig { return_steps: 5, ..ShadowManagerConfig::default() }
    }

    #[test]
    fn what_is_beyond_the_target_goes_to_the_shadows() {
        let wanted = |active, shadows| Handover::wanted(Capacity { active, shadows }, 0.7);
        assert_eq!(wanted(2.0, 1.0), 0.0);
        // At utilization 1 the active is to carry 0.7.
        assert!((wanted(1.0, 1.0) - 0.3).abs() < 1e-15);
        // Too much for both: utilization 2.5 on each.
        assert_eq!(wanted(0.3, 0.1), 0.1 / 0.4);
        assert_eq!((wanted(1.0, 0.0), wanted(0.0, 0.0), wanted(0.0, 5.0)), (0.0, 0.0, 1.0));
    }

    #[test]
    fn shares_move_smoothly_but_an_overload_does_not_wait() {
        let mut handover = Handover::default();
        assert!(handover.follow(1, 0.5, false, &config()));
        assert_eq!(handover.share, 0.2);
        assert!(!handover.follow(1, 0.5, false, &config()), "once a window");
        handover.follow(2, 0.5, false, &config());
        assert_eq!(handover.share, 0.4);
        handover.follow(2, 0.9, true, &config());
        assert_eq!(handover.share, 0.9);
    }

    #[test]
    fn they_return_as_load_falls_but_only_after_some_windows() {
        let mut handover = Handover { share: 0.4, ..Handover::default() };
        handover.follow(0, 0.4, false, &config());
        let shares: Vec<f64> = (1..8)
            .map(|step| {
                handover.follow(step, 0.0, false, &config());
                handover.share
            })
            .collect();
        assert_eq!(shares, [0.4, 0.4, 0.4, 0.4, 0.2, 0.0, 0.0]);
    }

    /// Noise about a level moves a share far more seldom than it comes.
    #[test]
    fn shares_do_not_flap() {
        let mut random = Random::stream(1, 0);
        let mut handover = Handover::default();
        let changes = (0..1000)
            .filter(|step| handover.follow(*step, 0.3 + 0.02 * random.normal(), false, &config()))
            .count();
        assert!(changes < 60, "{changes}");
    }

    #[test]
    fn a_move_that_is_no_number_is_refused() {
        for moved in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(!Handover { moved: (0, moved), ..Handover::default() }.is_whole());
        }
    }
}
