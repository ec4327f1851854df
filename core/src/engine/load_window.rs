//! Samples on the engine's clock: one slot per interval, late and repeated samples set right within a bound.
//!
//! Slot `k` covers the interval that ends at `k · interval`. A sample at `t` belongs to the slot whose interval contains it,
//! its end included: a load over the interval that ends at `t`. A slot is closed, and handed on, when a sample of a later slot or a
//! decision at or after its end comes.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Slot {
    /// Sum of all samples but the last, which may yet be replaced: taking it out of a sum again would lose digits.
    others: f64,
    count: u32,
    last_time: i64,
    last_value: f64,
}

const EMPTY: Slot = Slot { others: 0.0, count: 0, last_time: i64::MIN, last_value: 0.0 };

/// The largest load taken in, so that no sum, square or ratio of loads overflows.
pub(super) const LARGEST_LOAD: f64 = 1e100;

impl Slot {
    fn value(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { (self.others + self.last_value) / f64::from(self.count) }
    }

    fn is_whole(&self) -> bool {
        self.others >= 0.0 && self.others.is_finite() && (0.0..=LARGEST_LOAD).contains(&self.last_value)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LoadWindow {
    interval: i64,
    slots: Vec<Slot>,
    window: usize,
    late: i64,
    newest: Option<i64>,
    closed: i64,
    /// Samples from too far ahead to be believed before a decision confirms their time, by their stamps.
    aside: VecDeque<(i64, f64)>,
}

/// Intervals beyond the late bound that samples may run ahead of each other between two decisions.
const AHEAD: i64 = 4;
/// A pause of so many milliseconds may end with a decision: what it learns of the fleet and the rails is kept.
const PAUSE: i64 = 3_600_000;
/// Samples that are put aside at the most: an hour of 15 s. The oldest make room.
const MOST_ASIDE: usize = 256;

impl LoadWindow {
    /// Averages over `window` intervals; samples may be `late` milliseconds late.
    pub(super) fn new(interval: i64, window: usize, late: i64) -> Self {
        let memory = window + usize::try_from(late / interval).unwrap_or(0) + 2;
        LoadWindow {
            interval,
            slots: vec![EMPTY; memory],
            window,
            late,
            newest: None,
            closed: i64::MIN,
            aside: VecDeque::with_capacity(MOST_ASIDE),
        }
    }

    /// Makes room for all that will be kept.
    pub(super) fn reserve(&mut self) {
        self.aside.reserve(MOST_ASIDE.saturating_sub(self.aside.len()));
    }

    fn slot_of(&self, time: i64) -> i64 {
        time.saturating_add(self.interval - 1).div_euclid(self.interval)
    }

    fn place(&self, slot: i64) -> usize {
        usize::try_from(slot.rem_euclid(self.slots.len().max(1) as i64)).unwrap_or(0)
    }

    fn get(&self, slot: i64) -> f64 {
        let newest = self.newest.unwrap_or(i64::MIN);
        let kept = slot <= newest && newest.saturating_sub(slot) < self.slots.len() as i64;
        self.slots.get(self.place(slot)).filter(|_| kept).map_or(f64::NAN, Slot::value)
    }

    /// Refuses a sample that cannot be used; changes nothing.
    pub(super) fn check(&self, now: i64, load: f64) -> Result<()> {
        if load.is_infinite() || load < 0.0 {
            return Err(Error::data(
                "load",
                format!("must be finite and at least 0, or NaN for missing; got {load}"),
            ));
        }
        if load > LARGEST_LOAD {
            return Err(Error::data("load", format!("must be at most {LARGEST_LOAD:e}, got {load:e}")));
        }
        self.check_time(now)?;
        let Some(newest) = self.newest else { return Ok(()) };
        let end = newest.saturating_mul(self.interval);
        if now < end.saturating_sub(self.interval).saturating_sub(self.late) {
            let late = self.late as f64 / 1000.0;
            return Err(Error::data(
                "now",
                format!(
                    "{now} ms is more than {late} s before the newest sample's interval, which ends at {end} ms"
                ),
            ));
        }
        Ok(())
    }

    /// Refuses a time beyond all bounds.
    pub(super) fn check_time(&self, now: i64) -> Result<()> {
        if (-LATEST..=LATEST).contains(&now) {
            return Ok(());
        }
        Err(Error::data("now", format!("{now} ms lies beyond the years -2000 to 6000")))
    }

    /// Puts aside a sample from far ahead of all others: one stamp of a clock that is wrong would make all samples too late that
    /// come after it. Says whether it did.
    pub(super) fn put_aside(&mut self, now: i64, load: f64) -> bool {
        let is_far =
            self.newest.is_some_and(|newest| self.slot_of(now) > newest.saturating_add(self.reach()));
        if !is_far {
            return false;
        }
        let place = self.aside.partition_point(|(time, _)| *time < now);
        let is_full = self.aside.len() >= MOST_ASIDE;
        match self.aside.get_mut(place).filter(|(time, _)| *time == now) {
            Some((_, known)) => *known = load,
            None if !is_full => self.aside.insert(place, (now, load)),
            // Older than all that there is room for.
            None if place == 0 => {}
            None => {
                self.aside.pop_front();
                self.aside.insert(place - 1, (now, load));
            }
        }
        true
    }

    /// The oldest of the samples that were put aside, when its time has come by `now`; once there is none, the others are forgotten.
    pub(super) fn confirm(&mut self, now: i64) -> Option<(i64, f64)> {
        let reached = now.div_euclid(self.interval).saturating_add(self.reach());
        let oldest = self.aside.pop_front().filter(|(time, _)| self.slot_of(*time) <= reached);
        if oldest.is_none() {
            self.aside.clear();
        }
        oldest
    }

    /// `now`, or the latest time that is known where that lies too far ahead of it: ahead of all samples, of the decision made last
    /// `before`, and with no sample that was put aside near it.
    pub(super) fn believed(&self, now: i64, before: Option<i64>) -> i64 {
        let slot = now.div_euclid(self.interval);
        let known = self.newest.max(before.map(|before| before.div_euclid(self.interval)));
        let is_near = |time: i64| self.slot_of(time).abs_diff(slot) <= self.reach().unsigned_abs();
        match known {
            Some(known)
                if slot > known.saturating_add(self.reach().max(PAUSE / self.interval))
                    && !self.aside.iter().any(|(time, _)| is_near(*time)) =>
            {
                known.saturating_mul(self.interval)
            }
            _ => now,
        }
    }

    fn reach(&self) -> i64 {
        self.late / self.interval + AHEAD
    }

    /// Takes in a sample that was checked. Slots before its own are then ready to be closed.
    pub(super) fn observe(&mut self, now: i64, load: f64) {
        let slot = self.slot_of(now);
        match self.newest {
            None => {
                self.closed = slot - 1;
                self.newest = Some(slot);
            }
            Some(newest) if slot > newest => self.clear(newest, slot),
            Some(_) => {}
        }
        if load.is_nan() {
            return;
        }
        let place = self.place(slot);
        if let Some(slot) = self.slots.get_mut(place) {
            if slot.last_time != now || slot.count == 0 {
                slot.others += slot.last_value;
                slot.count = slot.count.saturating_add(1);
            }
            slot.last_time = now;
            slot.last_value = load;
        }
    }

    fn clear(&mut self, newest: i64, slot: i64) {
        let first = (newest + 1).max(slot.saturating_sub(self.slots.len() as i64 - 1));
        for fresh in first..=slot {
            let place = self.place(fresh);
            if let Some(slot) = self.slots.get_mut(place) {
                *slot = EMPTY;
            }
        }
        self.newest = Some(slot);
    }

    /// Moves the clock to `now` without a sample.
    pub(super) fn advance(&mut self, now: i64) {
        let ended = now.div_euclid(self.interval);
        match self.newest {
            Some(newest) if ended > newest => self.clear(newest, ended),
            _ => {}
        }
    }

    /// The next slot to hand on, with the time it ended: one that ended by `now`, or before the newest slot began.
    pub(super) fn close_next(&mut self, now: i64) -> Option<(i64, f64)> {
        let newest = self.newest?;
        let last = now.div_euclid(self.interval).max(newest - 1).min(newest);
        if self.closed >= last {
            return None;
        }
        self.closed += 1;
        Some((self.closed.saturating_mul(self.interval), self.get(self.closed)))
    }

    /// Passes over slots of a gap that is too long to be told one by one; returns how many.
    pub(super) fn skip_gap(&mut self) -> u64 {
        let oldest = self.newest.unwrap_or(i64::MIN).saturating_sub(self.slots.len() as i64);
        let skipped = oldest.saturating_sub(self.closed).max(0);
        self.closed = self.closed.max(oldest);
        skipped as u64
    }

    /// Mean load over the metric window that ends with the last closed slot; NaN when nothing was measured in it.
    pub(super) fn mean(&self) -> f64 {
        let known = (0..self.window as i64).map(|back| self.get(self.closed.saturating_sub(back)));
        let (sum, count) = known.filter(|v| !v.is_nan()).fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
        sum / count
    }

    /// Whether the last closed slot and the one before it are both empty.
    pub(super) fn is_blind(&self) -> bool {
        self.newest.is_none()
            || (self.get(self.closed).is_nan() && self.get(self.closed.saturating_sub(1)).is_nan())
    }

    pub(super) fn is_whole(&self, like: &LoadWindow) -> bool {
        let same = self.interval == like.interval && self.slots.len() == like.slots.len();
        let newest = self.newest.unwrap_or(self.closed.saturating_add(1));
        same && self.window == like.window
            && self.late == like.late
            && newest >= self.closed
            && newest.saturating_sub(1) <= LATEST
            && self.slots.iter().all(Slot::is_whole)
            && self.aside.len() <= MOST_ASIDE
            && self.aside.iter().zip(self.aside.iter().skip(1)).all(|(earlier, later)| earlier.0 < later.0)
            && self.aside.iter().all(|(time, load)| {
                (-LATEST..=LATEST).contains(time) && (load.is_nan() || (0.0..=LARGEST_LOAD).contains(load))
            })
    }
}

/// Times are kept within 4,000 years of 1970, so that no sum of two of them overflows.
const LATEST: i64 = 126_230_400_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_cannot_have_been_are_found() {
        let like = LoadWindow::new(1000, 4, 0);
        let whole = |change: fn(&mut LoadWindow)| {
            let mut window = like.clone();
            window.observe(5000, 1.0);
            change(&mut window);
            window.is_whole(&like)
        };
        assert!(whole(|_| ()));
        assert!(!whole(|window| (window.newest, window.closed) = (Some(i64::MAX), 0)));
        // The least time there is must not overflow, whatever is made of it.
        whole(|window| (window.newest, window.closed) = (Some(i64::MIN), i64::MIN));
        for wild in [f64::NAN, f64::INFINITY, -1.0] {
            let mut window = like.clone();
            window.slots.iter_mut().for_each(|slot| slot.last_value = wild);
            assert!(!window.is_whole(&like), "{wild}");
            window.slots.iter_mut().for_each(|slot| (slot.last_value, slot.others) = (0.0, wild));
            assert!(!window.is_whole(&like), "{wild}");
        }
        for aside in [vec![(9000, -1.0)], vec![(9000, 1.0), (8000, 1.0)], vec![(i64::MAX, 1.0)]] {
            let window = LoadWindow { aside: aside.into(), ..like.clone() };
            assert!(!window.is_whole(&like), "{window:?}");
        }
    }

    #[test]
    fn of_too_many_samples_from_ahead_the_newest_wait() {
        let mut window = LoadWindow::new(1000, 4, 0);
        window.observe(1000, 1.0);
        assert!(!window.put_aside(5000, 1.0), "four intervals");
        let room = window.aside.capacity();
        for seconds in (1000..1400).rev().chain(1100..1500) {
            assert!(window.put_aside(1000 * seconds, seconds as f64));
        }
        let waiting: Vec<i64> = window.aside.iter().map(|(time, _)| time / 1000).collect();
        assert!(waiting.iter().copied().eq(1500 - MOST_ASIDE as i64..1500), "{waiting:?}");
        assert!(window.is_whole(&window.clone()) && window.aside.capacity() == room);
        assert!(window.put_aside(1_499_000, 7.0), "of two with the same time the later counts");
        let taken: Vec<f64> =
            std::iter::from_fn(|| window.confirm(1_495_000)).map(|(_, load)| load).collect();
        assert!(taken.len() == MOST_ASIDE && taken.ends_with(&[1498.0, 7.0]));
        window.put_aside(1_300_000, 1.0);
        assert_eq!(
            (window.confirm(1_200_000), window.aside.len()),
            (None, 0),
            "its time has not come: forgotten"
        );
    }
}
