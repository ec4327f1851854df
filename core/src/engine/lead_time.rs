//! How long replicas take to start, as a distribution learned from the fleets that are reported.
//!
//! Orders wait in a queue, and replicas that become ready are matched to the oldest: first in, first out. Where starts overtake each other
//! this is an approximation: their mean is right (it counts the same waiting replicas as Little's law does), their spread is understated.
//! A replica that became ready between two reports counts with the middle of the two. The queue always holds as many as are asked for and
//! not ready. What a report shows missing without having been asked for is a crash: its replacement waits with the others, but how long it
//! takes is not learned from; nor is anything from an order that waits for four times the slowest start, which has failed, or from a
//! report that comes late.
//!
//! The distribution is that of the last [`STARTS`] starts, of which the first [`PRIOR`] are `start_up_seconds`: sorted, so that every
//! quantile is exact.

use super::config::EngineConfig;
use crate::error::{Error, Result};
use crate::policy::Fleet;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Starts that are remembered.
const STARTS: usize = 256;
/// Starts that the configured time counts for.
const PRIOR: usize = 10;
/// Replicas that became ready at once share a cause: they count as so many starts at most.
const MOST_AT_ONCE: u32 = 5;
/// Orders that are told apart; more are joined with the newest.
const MOST_ORDERS: usize = 256;
/// An order that waits for so many times the slowest start has failed.
const FAILED: f64 = 4.0;
/// The longest start-up that counts, in lead times as configured or in seconds, whichever is more.
const LONGEST: (f64, f64) = (10.0, 3600.0);
/// The horizon follows once it would change by more than this share of itself.
const HYSTERESIS: f64 = 0.2;

/// How long replicas take to start, in seconds from asking for one to its being ready.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeadTime {
    /// Half of the starts take no longer.
    pub p50: f64,
    /// Nine of ten starts take no longer.
    pub p90: f64,
    /// Of a hundred starts 99 take no longer.
    pub p99: f64,
    /// Starts that were learned from.
    pub count: u64,
    /// How far ahead decisions look now: the lead time and one interval, in whole intervals.
    pub horizon_seconds: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Order {
    time: i64,
    replicas: u32,
    /// Whether its start is learned from.
    counts: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StartUps {
    starts: VecDeque<f64>,
    count: u64,
    orders: VecDeque<Order>,
    last: Option<(i64, Fleet)>,
    /// Whether the host tells how long starts take: then nothing is inferred.
    told: bool,
    #[serde(skip)]
    sorted: Vec<f64>,
}

impl StartUps {
    pub(super) fn new(config: &EngineConfig) -> Self {
        let mut learned = StartUps {
            starts: VecDeque::from(vec![config.start_up_seconds.min(longest(config)); PRIOR]),
            count: 0,
            orders: VecDeque::new(),
            last: None,
            told: false,
            sorted: Vec::new(),
        };
        learned.reserve();
        learned
    }

    /// Assumes the configured start-up time while nothing is known.
    pub(super) fn assume(&mut self, config: &EngineConfig) {
        let longest = longest(config);
        let assumed = config.start_up_seconds.min(longest);
        let is_known = self.count > 0;
        self.starts.iter_mut().for_each(|start| *start = if is_known { start.min(longest) } else { assumed });
        self.reserve();
    }

    /// Whether anything is known that may be followed.
    pub(super) fn is_learned(&self, config: &EngineConfig) -> bool {
        config.lead_time.learn && self.count > 0
    }

    /// Takes in that one replica took so long, which the host knows for sure. O(starts that are remembered).
    pub(super) fn observe(&mut self, config: &EngineConfig, seconds: f64) -> Result<()> {
        if !(seconds.is_finite() && seconds >= 0.0) {
            let problem = format!("must be finite and at least 0, got {seconds}");
            return Err(Error::data("seconds", problem));
        }
        self.told = true;
        self.add(seconds.min(longest(config)));
        Ok(())
    }

    /// What was asked for last, as far as it is known.
    pub(super) fn requested(&self) -> Option<u32> {
        self.last.map(|(_, fleet)| fleet.requested)
    }

    /// Learns that `replicas` were asked for.
    pub(super) fn applied(&mut self, now: i64, replicas: u32) {
        let waiting = self.waiting();
        if let Some((_, fleet)) = &mut self.last {
            let wanted = replicas.saturating_sub(fleet.ready);
            fleet.requested = replicas;
            self.order(now, wanted.saturating_sub(waiting), true);
        }
    }

    /// Takes in the fleet as it is.
    pub(super) fn report(&mut self, config: &EngineConfig, now: i64, fleet: Fleet) {
        let Some((before, last)) = self.last.replace((now, fleet)) else {
            self.order(now, fleet.requested.saturating_sub(fleet.ready), false);
            return;
        };
        let interval = (1000.0 * config.interval_seconds) as i64;
        let is_timely = !self.told && now.saturating_sub(before) <= 2 * interval;
        let patience = FAILED * self.quantile(1.0).max(config.interval_seconds);
        self.fail(now, patience);
        self.ready(config, fleet.ready.saturating_sub(last.ready), is_timely, before, now);
        // As many wait as are asked for and not ready: the newest orders are taken back first, and what is missing was ordered
        // after the last decision, or has crashed since.
        let (waiting, waits) = (self.waiting(), fleet.requested.saturating_sub(fleet.ready));
        self.cancel(waiting.saturating_sub(waits));
        let missing = waits.saturating_sub(waiting);
        let ordered = missing.min(fleet.requested.saturating_sub(last.requested));
        self.order(before, ordered, true);
        self.order(before, missing - ordered, false);
    }

    /// What was learned, beside the horizon in use.
    pub(super) fn lead_time(&self, horizon_seconds: f64) -> LeadTime {
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| self.quantile(share));
        LeadTime { p50, p90, p99, count: self.count, horizon_seconds }
    }

    /// The horizon in intervals that decisions should have, given the one they have.
    pub(super) fn horizon(&self, config: &EngineConfig, now: usize) -> usize {
        if !self.is_learned(config) {
            return now;
        }
        let seconds = self.quantile(config.lead_time.quantile);
        let wanted =
            ((seconds / config.interval_seconds).ceil() as usize).saturating_add(1).min(MOST_HORIZON);
        if wanted.abs_diff(now) as f64 > HYSTERESIS * now as f64 { wanted } else { now }
    }

    fn quantile(&self, share: f64) -> f64 {
        let place = (share * self.sorted.len() as f64).ceil().max(1.0) as usize - 1;
        self.sorted.get(place.min(self.sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
    }

    fn waiting(&self) -> u32 {
        self.orders.iter().fold(0, |sum, order| sum.saturating_add(order.replicas))
    }

    fn order(&mut self, time: i64, replicas: u32, counts: bool) {
        let is_full = self.orders.len() >= MOST_ORDERS;
        match self.orders.back_mut().filter(|_| is_full) {
            _ if replicas == 0 => {}
            Some(newest) => {
                newest.replicas = newest.replicas.saturating_add(replicas);
                newest.counts &= counts;
            }
            None => self.orders.push_back(Order { time, replicas, counts }),
        }
    }

    fn cancel(&mut self, mut replicas: u32) {
        while replicas > 0
            && let Some(newest) = self.orders.back_mut()
        {
            let cancelled = replicas.min(newest.replicas);
            newest.replicas -= cancelled;
            replicas -= cancelled;
            if newest.replicas == 0 {
                self.orders.pop_back();
            }
        }
    }

    /// Orders that wait for too long are matched last, and not learned from.
    fn fail(&mut self, now: i64, patience: f64) {
        let since = now.saturating_sub((1000.0 * patience) as i64);
        for _ in 0..self.orders.len() {
            match self.orders.front() {
                Some(oldest) if oldest.time < since => {
                    let Some(failed) = self.orders.pop_front() else { return };
                    // Its place is behind the orders that may yet be served, as if it had been given now.
                    self.orders.push_back(Order { time: now, counts: false, ..failed });
                }
                _ => return,
            }
        }
    }

    /// Matches replicas that became ready after `before` and by `now`.
    fn ready(&mut self, config: &EngineConfig, mut replicas: u32, is_timely: bool, before: i64, now: i64) {
        let mut left = MOST_AT_ONCE;
        while replicas > 0
            && let Some(oldest) = self.orders.front_mut()
        {
            let matched = replicas.min(oldest.replicas);
            oldest.replicas -= matched;
            replicas -= matched;
            let Order { time, counts, replicas: rest } = *oldest;
            if rest == 0 {
                self.orders.pop_front();
            }
            if counts && is_timely {
                let (least, most) = (before.saturating_sub(time).max(0), now.saturating_sub(time).max(0));
                let seconds = (0.5 * (least as f64 + most as f64) / 1000.0).min(longest(config));
                (0..matched.min(left)).for_each(|_| self.add(seconds));
                left -= matched.min(left);
            }
        }
    }

    fn add(&mut self, seconds: f64) {
        let place = |sorted: &[f64], seconds: f64| sorted.partition_point(|start| *start < seconds);
        if self.starts.len() >= STARTS
            && let Some(oldest) = self.starts.pop_front()
        {
            let at = place(&self.sorted, oldest);
            if at < self.sorted.len() {
                self.sorted.remove(at);
            }
        }
        self.starts.push_back(seconds);
        let at = place(&self.sorted, seconds);
        self.sorted.insert(at, seconds);
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn is_whole(&self, config: &EngineConfig) -> bool {
        let longest = longest(config);
        (PRIOR..=STARTS).contains(&self.starts.len())
            && self.starts.iter().all(|seconds| (0.0..=longest).contains(seconds))
            && self.orders.len() <= MOST_ORDERS
            && self.orders.iter().all(|order| order.replicas > 0)
    }

    /// Makes room for all that will be kept, and sorts again what is not saved so.
    pub(super) fn reserve(&mut self) {
        self.starts.reserve(STARTS.saturating_sub(self.starts.len()));
        self.orders.reserve(MOST_ORDERS.saturating_sub(self.orders.len()));
        self.sorted = Vec::with_capacity(STARTS + 1);
        self.sorted.extend(&self.starts);
        self.sorted.sort_unstable_by(f64::total_cmp);
    }
}

/// The largest horizon, in intervals.
pub(super) const MOST_HORIZON: usize = 10_001;

fn longest(config: &EngineConfig) -> f64 {
    let (times, seconds) = LONGEST;
    (times * config.start_up_seconds).max(seconds).min((MOST_HORIZON - 1) as f64 * config.interval_seconds)
}

#[cfg(test)]
#[path = "lead_time_tests.rs"]
mod tests;
