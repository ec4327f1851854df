//! The best of many laws on the load that came: an operating point chosen by hindsight, as the hindsight grows.
//!
//! Beside the engine's own outlook at several prices there run simple laws: a margin on the largest load of a while, and the outlook
//! capped by that. Every interval each is asked, and what it asked for is held against the load that came a lead time later: what its
//! fleet would have cost, and when it would have broken the promise. The laws that are not dominated in both are a Pareto front; the
//! operating point is the one with the least cost plus violations times their price, or the largest product utility (see [`OperatingPoint`]).
//! Following the leader of n laws: the usual one is left only once another has saved more than a head start and more than what chance
//! makes of such savings, by the squares of what each saved in batches of a lead time. Without that the luckiest law of the first hours
//! would be followed.

use super::config::EngineConfig;
use super::rolling::RollingMax;
use super::worth::Ladder;
use crate::error::Result;
use crate::math::{exp, ln};
use crate::policy::OperatingPoint;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Prices of a violation that the outlook is asked at, in units of the configured one.
pub(super) const PRICES: [f64; 5] = [0.3, 0.55, 1.0, 1.8, 3.3];
/// The place of 1 among them.
pub(super) const USUAL: usize = 2;
/// Windows of the largest load, in seconds; at least the lead time.
const WINDOWS: [f64; 5] = [0.0, 300.0, 900.0, 1800.0, 3600.0];
/// No window is longer, in intervals.
const LONGEST: usize = 10_000;
const MARGINS: [f64; 8] = [1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.5, 3.5];
/// Windows and margins that cap the outlook at the usual price.
const CAPS: [(usize, f64); 6] = [(2, 1.0), (2, 1.15), (2, 1.35), (4, 1.0), (4, 1.15), (4, 1.35)];
const TRACKS: usize = PRICES.len() + WINDOWS.len() + CAPS.len();
const LAWS: usize = PRICES.len() + WINDOWS.len() * MARGINS.len() + CAPS.len();
/// Weight of the past, per interval.
const MEMORY: f64 = 0.9998;
/// What another law must have saved before it is followed, in mean fleets times intervals: from the start, and against the law followed.
const HEAD_START: f64 = 120.0;
const LEAD: f64 = 5.0;
/// And in standard deviations of the sum that it saved.
const DEVIATIONS: f64 = 1.5;
/// A violation counts so many times: the best of many laws was also the luckiest.
const LUCK: f64 = 1.3;

/// The loads that one law, or several with different margins, would have sized for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Track {
    /// The largest of the scale-in window: what is asked for.
    held: RollingMax,
    /// The least of the lead time, negated: what is ready.
    served: RollingMax,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Account {
    cost: f64,
    violations: f64,
    /// What it saved against the usual law in the batch at hand, and the squares of that over all batches.
    saved: f64,
    squares: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct OperatingPoints {
    largest: Vec<RollingMax>,
    tracks: Vec<Track>,
    /// What each track had ready, oldest first, until it is known what came.
    ready: VecDeque<[f64; TRACKS]>,
    delay: usize,
    horizon: usize,
    accounts: Vec<Account>,
    /// Discounted intervals judged, and what is left of the head start.
    time: f64,
    head_start: f64,
    seen: u64,
    law: usize,
}

impl OperatingPoints {
    /// For replicas that are ready after `horizon` intervals, and loads averaged over `window` intervals.
    pub(super) fn new(config: &EngineConfig, horizon: usize, window: usize) -> Self {
        let intervals = |seconds: f64| (seconds / config.interval_seconds).ceil() as usize;
        let held = intervals(config.scale_in_window(horizon));
        let track = Track { held: RollingMax::new(held), served: RollingMax::new(horizon) };
        OperatingPoints {
            largest: WINDOWS
                .map(|seconds| RollingMax::new(intervals(seconds).min(LONGEST).max(horizon)))
                .into(),
            tracks: vec![track; TRACKS],
            ready: VecDeque::new(),
            delay: window / 2 + 1,
            horizon,
            accounts: vec![Account::default(); LAWS],
            time: 0.0,
            head_start: 1.0,
            seen: 0,
            law: USUAL,
        }
    }

    /// Replicas are ready after `horizon` intervals from now on. The fleets begin anew, the accounts go on.
    pub(super) fn look_ahead(&mut self, config: &EngineConfig, horizon: usize, window: usize) {
        let fresh = OperatingPoints::new(config, horizon, window);
        let before = std::mem::replace(self, fresh);
        self.accounts = before.accounts;
        (self.time, self.head_start, self.law) = (before.time, before.head_start, before.law);
    }

    /// Takes in the load now, the load that came `delay` − 1 intervals ago (NaN = not known) and what the outlook holds to be worth
    /// serving at each price; gives the load to size for.
    pub(super) fn observe(
        &mut self,
        ladder: &mut Ladder,
        load: f64,
        came: f64,
        worth: [f64; PRICES.len()],
        economy: Economy,
    ) -> Result<f64> {
        let mut asked = [load; TRACKS];
        let (outlooks, others) = asked.split_at_mut(PRICES.len());
        let (windows, caps) = others.split_at_mut(WINDOWS.len());
        for (asked, worth) in outlooks.iter_mut().zip(worth) {
            *asked = worth.max(load);
        }
        for (asked, largest) in windows.iter_mut().zip(&mut self.largest) {
            *asked = largest.push(load);
        }
        let usual = outlooks.get(USUAL).copied().unwrap_or(load);
        for (asked, (window, margin)) in caps.iter_mut().zip(CAPS) {
            *asked = windows.get(window).map_or(usual, |largest| usual.min(margin * largest));
        }
        let mut held = [load; TRACKS];
        let mut ready = [load; TRACKS];
        for (((track, asked), held), ready) in
            self.tracks.iter_mut().zip(asked).zip(&mut held).zip(&mut ready)
        {
            *held = track.held.push(asked);
            *ready = -track.served.push(-*held);
        }
        self.seen += 1;
        let then = if self.ready.len() > self.delay { self.ready.pop_front() } else { None };
        self.ready.push_back(ready);
        // What was ordered before the first decision is not known: a lead time passes until all that is ready was asked for here.
        if let Some(then) = then.filter(|_| self.seen > (self.horizon + self.delay) as u64) {
            self.account(ladder, came, &held, &then, economy)?;
            self.choose(economy);
        }
        let (track, margin) = law(self.law);
        Ok(margin * asked.get(track).copied().unwrap_or(usual))
    }

    fn account(
        &mut self,
        ladder: &mut Ladder,
        came: f64,
        held: &[f64],
        then: &[f64],
        economy: Economy,
    ) -> Result<()> {
        self.time = self.time * MEMORY + 1.0;
        self.head_start *= MEMORY;
        let mut usual = 0.0;
        for (number, account) in self.accounts.iter_mut().enumerate() {
            let (track, margin) = law(number);
            let (Some(held), Some(then)) = (held.get(track), then.get(track)) else { continue };
            let (cost, _) = ladder.serve(margin * held)?;
            let is_broken = came > margin * then && came > ladder.serve(margin * then)?.1;
            let violations = if is_broken { 1.0 } else { 0.0 };
            account.cost = account.cost * MEMORY + cost;
            account.violations = account.violations * MEMORY + violations;
            let lost = economy.price(cost, violations);
            account.saved -= lost;
            if number == USUAL {
                usual = lost;
            }
        }
        let is_closed = self.seen.is_multiple_of((self.horizon + self.delay) as u64);
        let left = exp(2.0 * (self.horizon + self.delay) as f64 * ln(MEMORY));
        for account in &mut self.accounts {
            account.saved += usual;
            if is_closed {
                account.squares = left * account.squares + account.saved * account.saved;
                account.saved = 0.0;
            }
        }
        Ok(())
    }

    /// Follows the law with the best account, the head start and what may be chance taken off.
    fn choose(&mut self, economy: Economy) {
        let loss = |number: usize, account: &Account| {
            let margin = if number == USUAL { 0.0 } else { HEAD_START * self.head_start };
            economy.loss(account, self.time) + margin + DEVIATIONS * account.squares.sqrt()
        };
        let followed = self.accounts.get(self.law).map_or(f64::INFINITY, |account| loss(self.law, account));
        let losses =
            self.accounts.iter().enumerate().map(|(number, account)| (number, loss(number, account)));
        let best = losses.min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((law, least)) = best
            && least + LEAD < followed
        {
            self.law = law;
        }
    }

    pub(super) fn is_whole(&self, like: &OperatingPoints) -> bool {
        let possible = |sum: &f64| (0.0..1e300).contains(sum);
        (self.delay, self.horizon) == (like.delay, like.horizon)
            && self.largest.len() == like.largest.len()
            && self.largest.iter().zip(&like.largest).all(|(a, b)| a.is_whole(b))
            && self.tracks.len() == like.tracks.len()
            && self
                .tracks
                .iter()
                .zip(&like.tracks)
                .all(|(a, b)| a.held.is_whole(&b.held) && a.served.is_whole(&b.served))
            && self.ready.len() <= self.delay + 1
            && self.ready.iter().flatten().all(possible)
            && self.accounts.len() == LAWS
            && self.accounts.iter().all(|account| {
                let sums = [account.cost, account.violations, account.saved.abs(), account.squares];
                sums.iter().all(possible)
            })
            && possible(&self.time)
            && possible(&self.head_start)
            && self.seen < u64::MAX / 2
            && self.law < LAWS
    }

    /// Makes room for all that will be kept.
    pub(super) fn reserve(&mut self) {
        self.largest.iter_mut().for_each(RollingMax::reserve);
        for track in &mut self.tracks {
            track.held.reserve();
            track.served.reserve();
        }
        self.ready.reserve((self.delay + 2).saturating_sub(self.ready.len()));
    }
}

/// What a violation costs in units of a replica, and how both are weighed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Economy {
    pub(super) rule: OperatingPoint,
    /// What it costs to break the promise for an interval, in mean fleets.
    pub(super) cost_ratio: f64,
    pub(super) mean_need: f64,
}

impl Economy {
    /// What replicas and violations cost, in mean fleets.
    fn price(&self, cost: f64, violations: f64) -> f64 {
        cost / self.mean_need + LUCK * self.cost_ratio * violations
    }

    /// What a law has lost in `time` intervals, in mean fleets times intervals.
    fn loss(&self, account: &Account, time: f64) -> f64 {
        match self.rule {
            OperatingPoint::Product => {
                let fleets = account.cost / self.mean_need;
                // −ln of (mean need/cost)·(share of time that the promise is kept)^ratio.
                let kept = (1.0 - account.violations / time).max(1e-9);
                time * (ln((fleets / time).max(1e-300)) - self.cost_ratio * ln(kept))
            }
            _ => self.price(account.cost, account.violations),
        }
    }
}

/// The track that a law sizes for, and its margin on it.
fn law(number: usize) -> (usize, f64) {
    let (prices, margins) = (PRICES.len(), MARGINS.len());
    match number.checked_sub(prices) {
        None => (number, 1.0),
        Some(place) if place < WINDOWS.len() * margins => {
            (prices + place / margins, MARGINS.get(place % margins).copied().unwrap_or(1.0))
        }
        Some(place) => (place + prices + WINDOWS.len() - WINDOWS.len() * margins, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::Target;
    use crate::policy::Sizing;

    fn config() -> EngineConfig {
        EngineConfig { service_rate: 10.0, ..EngineConfig::default() }
    }

    fn economy(rule: OperatingPoint) -> Economy {
        Economy { rule, cost_ratio: 19.0, mean_need: 20.0 }
    }

    /// Drives all laws through loads that an outlook is `bias` times off from; gives the last answer and the law followed.
    fn drive(rule: OperatingPoint, bias: f64, load: impl Fn(usize) -> f64) -> (f64, usize) {
        let config = config();
        let mut ladder = Ladder::new(10.0, Target::ResponseQuantile(0.95, 0.4), 1000, Sizing::Queueing);
        let mut points = OperatingPoints::new(&config, config.horizon(), 4);
        points.reserve();
        let mut sized = 0.0;
        for interval in 0..6000 {
            let now = load(interval);
            let came = interval.checked_sub(2).map_or(f64::NAN, &load);
            let worth = PRICES.map(|price| bias * now * (1.0 + 0.02 * ln(price)));
            sized = points.observe(&mut ladder, now, came, worth, economy(rule)).unwrap();
            assert!(sized >= now, "never below the load observed now");
        }
        assert!(points.is_whole(&OperatingPoints::new(&config, config.horizon(), 4)));
        (sized, points.law)
    }

    #[test]
    fn every_law_has_its_track() {
        let laws: Vec<(usize, f64)> = (0..LAWS).map(law).collect();
        assert_eq!((laws[4], laws[5], laws[12]), ((4, 1.0), (5, 1.0), (5, 3.5)));
        assert_eq!((laws[44], laws[45], laws[50]), ((9, 3.5), (10, 1.0), (15, 1.0)));
        assert_eq!(laws.iter().map(|law| law.0).max(), Some(TRACKS - 1));
    }

    #[test]
    fn what_was_saved_by_chance_is_no_reason_to_change() {
        let config = config();
        // Another price saved 200 mean fleets in the end: bit by bit, or in one lucky batch.
        let followed = |squares: f64| {
            let mut points = OperatingPoints::new(&config, config.horizon(), 4);
            points.time = 500.0;
            points.accounts.iter_mut().for_each(|account| account.cost = 500.0 * 20.0);
            points.accounts[3] = Account { cost: 300.0 * 20.0, squares, ..Account::default() };
            points.choose(economy(OperatingPoint::Price));
            points.law
        };
        assert_eq!((followed(50.0 * 4.0 * 4.0), followed(200.0 * 200.0)), (3, USUAL));
    }

    #[test]
    fn a_good_outlook_is_followed_and_a_bad_one_is_left() {
        for rule in [OperatingPoint::Price, OperatingPoint::Product] {
            let (sized, law) = drive(rule, 1.05, |_| 200.0);
            assert!(law < PRICES.len() && sized < 215.0, "{rule:?}: {sized} by {law}");
            // An outlook that wants twice what comes loses to the largest load of a while.
            let (sized, law) = drive(rule, 2.0, |_| 200.0);
            assert!(law >= PRICES.len() && sized < 240.0, "{rule:?}: {sized} by {law}");
            // Jobs that last ten minutes and come every forty: holding what they need is the cheapest way to keep the promise.
            let jobs = |interval: usize| if interval % 160 < 40 { 300.0 } else { 200.0 };
            let (sized, law) = drive(rule, 1.0, jobs);
            assert!(law >= PRICES.len() && (300.0..350.0).contains(&sized), "{rule:?}: {sized} by {law}");
        }
    }
}
