//! The most cautious proposal of a window holds, per direction.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Windows within which the most cautious recent proposal holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stabilization {
    /// Scale-out takes the smallest proposal of this many seconds; 0.
    pub up_seconds: f64,
    /// Scale-in takes the largest proposal of this many seconds; by default the lead time and one interval, at least 120.
    pub down_seconds: Option<f64>,
}

impl Stabilization {
    pub(in crate::engine) fn check(&self, interval_seconds: f64) -> Result<()> {
        for (field, seconds) in [("up", self.up_seconds), ("down", self.down_seconds.unwrap_or(0.0))] {
            if !(0.0..=10_000.0).contains(&(seconds / interval_seconds)) {
                let field = format!("rails.stabilization.{field}_seconds");
                return Err(Error::config(field, format!("must be 0 to 10000 intervals, got {seconds} s")));
            }
        }
        Ok(())
    }
}

/// The recent proposals: one per interval of the clock, its smallest and its largest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct RecentProposals {
    interval: i64,
    up: i64,
    down: i64,
    recent: VecDeque<(i64, u32, u32)>,
}

impl RecentProposals {
    pub(in crate::engine) fn new(interval: i64, up_seconds: f64, down_seconds: f64) -> Self {
        let (up, down) = ((up_seconds * 1000.0) as i64, (down_seconds * 1000.0) as i64);
        let most = usize::try_from(up.max(down) / interval).unwrap_or(0) + 3;
        RecentProposals { interval, up, down, recent: VecDeque::with_capacity(most) }
    }

    /// The windows are as long as this from now on.
    pub(in crate::engine) fn wait(&mut self, up_seconds: f64, down_seconds: f64) {
        self.up = (up_seconds * 1000.0) as i64;
        self.down = (down_seconds * 1000.0) as i64;
        self.reserve();
    }

    /// Remembers the proposal of a new moment.
    pub(in crate::engine) fn remember(&mut self, now: i64, proposed: u32) {
        let since = now.saturating_sub(self.up.max(self.down)).saturating_sub(self.interval);
        while self.recent.front().is_some_and(|(time, ..)| *time <= since) {
            self.recent.pop_front();
        }
        let same_interval = |time: i64| time.div_euclid(self.interval) == now.div_euclid(self.interval);
        match self.recent.back_mut() {
            Some((time, least, most)) if same_interval(*time) => {
                *time = now;
                *least = proposed.min(*least);
                *most = proposed.max(*most);
            }
            _ => self.recent.push_back((now, proposed, proposed)),
        }
    }

    pub(in crate::engine) fn apply(&self, now: i64, current: u32, proposed: u32) -> u32 {
        let within =
            |window: i64| self.recent.iter().filter(move |(time, ..)| *time > now.saturating_sub(window));
        if proposed > current {
            within(self.up).map(|(_, least, _)| *least).fold(proposed, u32::min).max(current)
        } else {
            within(self.down).map(|(.., most)| *most).fold(proposed, u32::max).min(current)
        }
    }

    pub(in crate::engine) fn is_whole(&self, like: &RecentProposals) -> bool {
        let sorted = self.recent.iter().zip(self.recent.iter().skip(1)).all(|(a, b)| a.0 < b.0);
        (self.interval, self.up, self.down) == (like.interval, like.up, like.down) && sorted
    }

    pub(in crate::engine) fn reserve(&mut self) {
        let most = usize::try_from(self.up.max(self.down) / self.interval).unwrap_or(0) + 3;
        self.recent.reserve(most.saturating_sub(self.recent.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_cautious_proposal_of_the_window_holds() {
        let mut recent = RecentProposals::new(15_000, 30.0, 60.0);
        for (now, proposed) in [(0, 9), (15_000, 4), (30_000, 6)] {
            recent.remember(now, proposed);
        }
        assert_eq!(recent.apply(30_000, 10, 6), 9, "down: the largest of 60 s");
        assert_eq!(recent.apply(30_000, 3, 6), 4, "up: the smallest of 30 s");
        assert_eq!(recent.apply(60_000, 10, 6), 6, "the 9 has left the window");
    }
}
