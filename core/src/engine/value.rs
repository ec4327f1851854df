//! What the forecast buys: three fleets that might have been, on the load as it comes.
//!
//! One is sized for the forecast, one for the load observed now (the reactive law), one for the load one season before the moment at which
//! its replicas will be ready; the first and the last never below the reactive. Each waits a horizon before it scales in, and a horizon for
//! what it orders: it serves with the least that it ordered over that time. With c̄ the mean need, an interval costs what is ordered over c̄,
//! and `cost_ratio` when the need is above what serves: both in mean fleets.
//!
//! Differences between the forecast's fleet and the reactive one are averaged over batches of an hour or four horizons, far enough apart to be
//! nearly independent (batch means: Law & Carson 1979, Operations Research 27). When the forecast's fleet costs more by twice the
//! standard error, the forecast is no longer followed; when it costs less, it is again. It is scored all the while. The margin is smaller
//! when the reward of following is the smaller one too, and larger when it is the larger one. O(1) per interval.

use super::rolling::RollingMax;
use serde::{Deserialize, Serialize};

/// What three ways to size would have cost lately, in mean fleets: 1 is the mean need alone, without a broken promise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastValue {
    /// Sized for the forecast.
    pub ours: f64,
    /// Sized for the load observed now.
    pub reactive: f64,
    /// Sized for the load of one season ago.
    pub seasonal_naive: f64,
    /// What the forecast saves against the reactive law, by batches: the mean, and its standard error.
    pub gain: f64,
    /// Standard error of `gain`; NaN before there are two batches.
    pub gain_error: f64,
    /// Intervals that were scored.
    pub intervals: u64,
    /// Whether the forecast is worth following.
    pub is_followed: bool,
}

/// Seconds that the discounted sums remember.
const MEMORY_SECONDS: f64 = 604_800.0;
/// Weight of the past at each batch.
const BATCH_DISCOUNT: f64 = 0.99;
/// Batches, counted by their weight, before anything is decided.
const FEWEST_BATCHES: f64 = 24.0;
/// Standard errors by which the forecast's fleet must cost more before it is dropped: with the larger reward, with the smaller.
const MARGINS: [f64; 2] = [2.5, 1.5];

/// A fleet that might have been.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Might {
    /// The largest of what was wanted over a horizon, and the least of that, negated.
    ordered: RollingMax,
    served: RollingMax,
    /// What serves by now.
    serving: u32,
    cost: f64,
    broken: f64,
}

impl Might {
    fn new(window: usize) -> Self {
        let rolling = || RollingMax::new(window);
        Might { ordered: rolling(), served: rolling(), serving: 0, cost: 0.0, broken: 0.0 }
    }

    /// Serves a need with what was ordered a horizon ago, then orders what is wanted; answers what it has ordered, and whether it was too little.
    fn step(&mut self, wanted: u32, need: u32) -> (f64, f64) {
        let broken = if self.serving < need { 1.0 } else { 0.0 };
        let ordered = self.ordered.push(f64::from(wanted));
        self.serving = -self.served.push(-ordered) as u32;
        (ordered, broken)
    }

    fn score(&mut self, discount: f64, (ordered, broken): (f64, f64)) {
        self.cost = discount * self.cost + ordered;
        self.broken = discount * self.broken + broken;
    }

    fn forget(&mut self, window: usize) {
        self.ordered.begin(window);
        self.served.begin(window);
        self.serving = 0;
        self.reserve();
    }

    fn reserve(&mut self) {
        self.ordered.reserve();
        self.served.reserve();
    }
}

/// What each way to size wants now, and what the load that came needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) need: u32,
    pub(super) ours: u32,
    pub(super) seasonal_naive: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Value {
    pub(super) cost_ratio: f64,
    discount: f64,
    intervals_per_hour: u64,
    window: usize,
    /// Intervals since the fleets began, and of all that were scored.
    at: u64,
    scored: u64,
    ours: Might,
    reactive: Might,
    seasonal_naive: Might,
    need: f64,
    weight: f64,
    /// Of the batch at hand: intervals, replicas that ours ordered more, promises that it broke more.
    batch: (u64, f64, f64),
    /// Of all batches, discounted: their weight, that of their squares, the sum of differences, of their squares.
    batches: [f64; 4],
    is_followed: bool,
}

impl Value {
    /// For orders that take `window` intervals.
    pub(super) fn new(cost_ratio: f64, interval_seconds: f64, window: usize) -> Self {
        let mut value = Value {
            cost_ratio,
            discount: 1.0 - (interval_seconds / MEMORY_SECONDS).min(0.1),
            intervals_per_hour: (3600.0 / interval_seconds).ceil() as u64,
            window,
            at: 0,
            scored: 0,
            ours: Might::new(window),
            reactive: Might::new(window),
            seasonal_naive: Might::new(window),
            need: 0.0,
            weight: 0.0,
            batch: (0, 0.0, 0.0),
            batches: [0.0; 4],
            is_followed: true,
        };
        value.reserve();
        value
    }

    /// Takes in an interval: what its load needs, and what is wanted at its end. `reward` is what following is rewarded more than not following.
    pub(super) fn observe(&mut self, wanted: Wanted, reward: f64) {
        let Wanted { need, ours, seasonal_naive } = wanted;
        let is_warm = self.at >= self.window as u64;
        self.at = self.at.saturating_add(1);
        let with = self.ours.step(ours.max(need), need);
        let without = self.reactive.step(need, need);
        let naive = self.seasonal_naive.step(seasonal_naive.max(need), need);
        if !is_warm {
            // Before the first orders are ready there is nothing to compare.
            return;
        }
        let discount = self.discount;
        self.ours.score(discount, with);
        self.reactive.score(discount, without);
        self.seasonal_naive.score(discount, naive);
        self.scored = self.scored.saturating_add(1);
        self.need = discount * self.need + f64::from(need);
        self.weight = discount * self.weight + 1.0;
        let (intervals, more, worse) = &mut self.batch;
        *intervals += 1;
        *more += with.0 - without.0;
        *worse += with.1 - without.1;
        if *intervals >= self.intervals_per_hour.max(4 * self.window as u64) {
            self.close_batch();
            self.judge(reward);
        }
    }

    fn close_batch(&mut self) {
        let (intervals, more, worse) = std::mem::take(&mut self.batch);
        let difference = (more / self.mean_need() + self.cost_ratio * worse) / intervals as f64;
        let [weight, squared_weight, sum, squares] = &mut self.batches;
        *weight = BATCH_DISCOUNT * *weight + 1.0;
        *squared_weight = BATCH_DISCOUNT * BATCH_DISCOUNT * *squared_weight + 1.0;
        *sum = BATCH_DISCOUNT * *sum + difference;
        *squares = BATCH_DISCOUNT * *squares + difference * difference;
    }

    /// Mean of the batches' differences, and its standard error.
    fn difference(&self) -> (f64, f64) {
        let [weight, squared_weight, sum, squares] = self.batches;
        let mean = sum / weight;
        let count = weight * weight / squared_weight;
        let variance = (squares / weight - mean * mean).max(0.0) * count / (count - 1.0);
        (mean, (variance / count).sqrt())
    }

    fn judge(&mut self, reward: f64) {
        let [weight, ..] = self.batches;
        let (mean, error) = self.difference();
        if weight < FEWEST_BATCHES || mean.is_nan() || error.is_nan() {
            return;
        }
        let [larger, smaller] = MARGINS;
        let margin = if reward < 0.0 { smaller } else { larger };
        if mean > margin * error && mean > 0.0 {
            self.is_followed = false;
        } else if mean < 0.0 {
            self.is_followed = true;
        }
    }

    fn mean_need(&self) -> f64 {
        (self.need / self.weight).max(1.0)
    }

    #[cfg(test)]
    pub(super) fn give_up(&mut self) {
        self.is_followed = false;
    }

    /// Whether the forecast is worth following.
    pub(super) fn is_followed(&self) -> bool {
        self.is_followed
    }

    /// What serves with the forecast, and without; none before there is anything.
    pub(super) fn serving(&self) -> Option<(u32, u32)> {
        (self.at > 0).then_some((self.ours.serving, self.reactive.serving))
    }

    pub(super) fn forecast_value(&self) -> ForecastValue {
        let of =
            |might: &Might| (might.cost / self.mean_need() + self.cost_ratio * might.broken) / self.weight;
        let (mean, error) = self.difference();
        ForecastValue {
            ours: of(&self.ours),
            reactive: of(&self.reactive),
            seasonal_naive: of(&self.seasonal_naive),
            gain: -mean,
            gain_error: error,
            intervals: self.scored,
            is_followed: self.is_followed,
        }
    }

    /// Begins the fleets anew: nothing was measured for longer than can be told.
    pub(super) fn skip(&mut self) {
        self.at = 0;
        self.batch = (0, 0.0, 0.0);
        for might in [&mut self.ours, &mut self.reactive, &mut self.seasonal_naive] {
            might.forget(self.window);
        }
    }

    /// Orders take `window` intervals from now on.
    pub(super) fn look_ahead(&mut self, window: usize) {
        self.window = window;
        self.skip();
    }

    pub(super) fn is_whole(&self, like: &Value) -> bool {
        let settings = |value: &Value| {
            let bits = [value.cost_ratio, value.discount].map(f64::to_bits);
            (bits, value.intervals_per_hour, value.window)
        };
        let mights = [&self.ours, &self.reactive, &self.seasonal_naive];
        let possible = |might: &&Might| {
            let sums = [might.cost, might.broken];
            sums.iter().all(|sum| sum.is_finite() && *sum >= 0.0)
                && might.ordered.is_whole(&like.ours.ordered)
                && might.served.is_whole(&like.ours.served)
        };
        let (_, more, worse) = self.batch;
        settings(self) == settings(like)
            && mights.iter().all(possible)
            && [self.need, self.weight].iter().all(|sum| sum.is_finite() && *sum >= 0.0)
            && [more, worse].iter().chain(&self.batches).all(|sum| sum.is_finite())
    }

    /// Makes room for all that will be kept, so that no later call allocates.
    pub(super) fn reserve(&mut self) {
        for might in [&mut self.ours, &mut self.reactive, &mut self.seasonal_naive] {
            might.reserve();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn fed(intervals: usize, wanted: impl Fn(usize, &mut Random) -> Wanted) -> Value {
        let mut value = Value::new(19.0, 15.0, 8);
        let mut random = Random::stream(7, 0);
        for i in 0..intervals {
            let wanted = wanted(i, &mut random);
            value.observe(wanted, 0.0);
        }
        value
    }

    fn daily(i: usize) -> u32 {
        // A season of 240 intervals that rises by one replica every second interval.
        let phase = i % 240;
        20 + phase.min(240 - phase) as u32 / 2
    }

    #[test]
    fn foresight_is_worth_what_it_saves() {
        let value =
            fed(20_000, |i, _| Wanted { need: daily(i), ours: daily(i + 8), seasonal_naive: daily(i + 8) });
        let ForecastValue { ours, reactive, seasonal_naive, gain, is_followed, .. } = value.forecast_value();
        assert_eq!(ours, seasonal_naive);
        // Half of the time the need rises, and the reactive fleet is too small all the while: 19/2.
        assert!((1.0..1.2).contains(&ours) && (10.0..11.0).contains(&reactive), "{ours} {reactive}");
        assert!((gain - (reactive - ours)).abs() < 0.3 && is_followed, "{gain}");
    }

    #[test]
    fn noise_that_is_followed_is_dropped_and_what_gets_better_is_followed_again() {
        let wasteful = |i: usize, random: &mut Random| Wanted {
            need: 20,
            ours: if i < 24_000 { 20 + random.below(10) as u32 } else { 20 },
            seasonal_naive: 20,
        };
        let value = fed(24_000, wasteful);
        let ForecastValue { ours, reactive, is_followed, .. } = value.forecast_value();
        assert!(!is_followed && ours > 1.3 && (reactive - 1.0).abs() < 1e-9, "{ours} {reactive}");
        // From then on the forecast foresees a ramp that the reactive law does not.
        let mut value = value;
        for i in 0..240 * 120 {
            value.observe(Wanted { need: daily(i), ours: daily(i + 8), seasonal_naive: 20 }, 0.0);
        }
        assert!(value.is_followed());
    }

    #[test]
    fn what_is_no_better_and_no_worse_stays_followed() {
        let value = fed(50_000, |i, _| Wanted { need: daily(i), ours: daily(i), seasonal_naive: 0 });
        assert!(value.is_followed());
        let ForecastValue { ours, reactive, gain, gain_error, .. } = value.forecast_value();
        assert!(ours == reactive && gain == 0.0 && gain_error == 0.0);
    }

    #[test]
    fn a_gap_begins_the_fleets_anew_and_the_state_is_whole() {
        let mut value = fed(3000, |i, _| Wanted { need: daily(i), ours: 50, seasonal_naive: 0 });
        let like = Value::new(19.0, 15.0, 8);
        assert!(value.is_whole(&like));
        let before = value.forecast_value();
        value.skip();
        assert!(value.is_whole(&like) && value.forecast_value() == before);
        for _ in 0..8 {
            value.observe(Wanted { need: u32::MAX, ours: 0, seasonal_naive: 0 }, 0.0);
        }
        assert_eq!(value.forecast_value(), before, "no order is ready yet");
        value.look_ahead(3);
        assert!(!value.is_whole(&like) && value.is_whole(&Value::new(19.0, 15.0, 3)));
    }
}
