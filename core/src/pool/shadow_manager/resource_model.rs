//! One resource's utilization in the coming windows, from five experts that are mixed by what they were worth.
//!
//! Expert k has a profile `pₖ(t)`, and says `pₖ(t + h) + φₖʰ·(y(t) − pₖ(t))`: what usually is at that time, and what is left by then of the
//! present deviation from it (a first-order autoregression, φ learned online). The profiles are none at all with φ = 1 (current loading), the
//! regression on time of day, weekday and events, the same time yesterday, and the same time a week ago. For each horizon they are mixed by
//! exponential weights on their discounted squared errors (Vovk 1990; Cesa-Bianchi & Lugosi 2006, "Prediction, Learning, and Games", chapter 2).
//! A fifth expert goes on with the present trend (Holt 1957, with the level as measured). The mixture's own errors give the deviation at each horizon.

use crate::math::{erfc, exp};
use serde::{Deserialize, Serialize};

const PROFILES: usize = 4;
/// The profiles' experts, and the trend.
const EXPERTS: usize = PROFILES + 1;
/// How fast the trend follows.
const TREND: f64 = 0.2;
/// Weight of the past in errors at each window.
const MEMORY: f64 = 0.998;
/// How strongly errors move the weights: half a normal log-likelihood for each.
const RATE: f64 = 0.5;
/// The deviation that is assumed before any error was seen, in utilization, and the errors that this guess is worth.
const GUESS: f64 = 0.1;
const GUESS_WORTH: f64 = 5.0;

/// No value is larger after a change of units; a week's values are kept as `f32`.
const LARGEST: f64 = 1e30;

/// What is expected of one resource in one window: a normal law.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Law {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

/// What was said of a window, to be held against what comes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Said {
    experts: [f64; EXPERTS],
    mixed: f64,
    /// What was used, the host's forecast where it gave one.
    pub(super) used: Law,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ResourceModel {
    /// A week of windows, by their place in it; NaN where nothing is known.
    past: Vec<f32>,
    day: i64,
    /// Deviations from the profiles in the last window, and their discounted products one window apart and squares.
    deviations: [f64; PROFILES],
    products: [f64; PROFILES],
    squares: [f64; PROFILES],
    last: f64,
    /// Change from one window to the next.
    trend: f64,
    horizons: Vec<Horizon>,
}

/// What errors so far ahead were like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Horizon {
    losses: [f64; EXPERTS],
    square: f64,
    count: f64,
}

impl Law {
    /// The probability of more than `limit`.
    pub(super) fn exceeds(&self, limit: f64) -> f64 {
        if self.deviation > 0.0 {
            0.5 * erfc((limit - self.mean) / (self.deviation * std::f64::consts::SQRT_2))
        } else {
            f64::from(u8::from(self.mean > limit))
        }
    }

    pub(super) fn rescale(&mut self, ratio: f64) {
        (self.mean, self.deviation) = (scaled(self.mean, ratio), scaled(self.deviation, ratio));
    }

    pub(super) fn is_whole(&self) -> bool {
        self.mean.is_finite() && self.deviation.is_finite() && self.deviation >= 0.0
    }
}

impl Said {
    pub(super) fn rescale(&mut self, ratio: f64) {
        self.experts.iter_mut().for_each(|said| *said = scaled(*said, ratio));
        self.mixed = scaled(self.mixed, ratio);
        self.used.rescale(ratio);
    }

    pub(super) fn is_whole(&self) -> bool {
        !self.experts.iter().any(|said| said.is_infinite()) && self.mixed.is_finite() && self.used.is_whole()
    }
}

impl ResourceModel {
    pub(super) fn new(day: i64, horizons: usize) -> Self {
        ResourceModel {
            past: vec![f32::NAN; usize::try_from(7 * day).unwrap_or(7)],
            day,
            deviations: [0.0; PROFILES],
            products: [0.0; PROFILES],
            squares: [0.0; PROFILES],
            last: f64::NAN,
            trend: 0.0,
            horizons: vec![Horizon::default(); horizons],
        }
    }

    /// Takes in window `step`, of which `value` (NaN: nothing) was measured and the calendar explains `explained`.
    pub(super) fn take(&mut self, step: i64, value: f64, explained: f64) {
        if !value.is_nan() {
            // What lies before a gap is no neighbour.
            let neighbour = self.past.get(self.place(step.saturating_sub(1)));
            let is_next = !self.last.is_nan() && neighbour.is_some_and(|last| !last.is_nan());
            let profiles = self.profiles(step, step - 1, explained);
            for (k, profile) in profiles.into_iter().enumerate() {
                let places = (self.deviations.get_mut(k), self.products.get_mut(k), self.squares.get_mut(k));
                if let (Some(before), Some(product), Some(square)) = places {
                    let deviation = if profile.is_nan() { 0.0 } else { value - profile };
                    if is_next {
                        *product = MEMORY * *product + *before * deviation;
                        *square = MEMORY * *square + *before * *before;
                    }
                    *before = deviation;
                }
            }
            self.trend = if is_next { self.trend + TREND * (value - self.last - self.trend) } else { 0.0 };
            self.last = value;
        }
        let place = self.place(step);
        if let Some(slot) = self.past.get_mut(place) {
            *slot = value as f32;
        }
    }

    /// Forgets the windows after `last` and before `step`, in which nothing was measured.
    pub(super) fn skip(&mut self, last: i64, step: i64) {
        for missed in (last.saturating_add(1).max(step.saturating_sub(7 * self.day))..step).rev() {
            self.take(missed, f64::NAN, f64::NAN);
        }
    }

    /// What is expected of window `step`, `ahead` after the last one, of which the calendar explains `explained`; none before the
    /// first value.
    pub(super) fn say(&self, step: i64, ahead: i64, explained: f64) -> Option<Said> {
        if self.last.is_nan() {
            return None;
        }
        let profiles = self.profiles(step, step.saturating_sub(ahead), explained);
        let mut experts = [f64::NAN; EXPERTS];
        let parts =
            profiles.into_iter().zip(self.deviations).zip(self.products.into_iter().zip(self.squares));
        for (k, (said, ((profile, deviation), (product, square)))) in
            experts.iter_mut().zip(parts).enumerate()
        {
            let keeps = if k == 0 {
                1.0
            } else if square > 0.0 {
                (product / square).clamp(0.0, 1.0)
            } else {
                0.0
            };
            *said = profile + (0..ahead.min(1000)).fold(deviation, |left, _| left * keeps);
        }
        // The first has no profile: what is, stays. The last goes on as it went, but no further than errors are known.
        let [first, .., last] = &mut experts;
        let reach = ahead.min(self.horizons.len() as i64) as f64;
        (*first, *last) = (self.last, (self.last + self.trend * reach).max(0.0));
        let horizon = self.horizon(ahead);
        let mixed = horizon.mix(experts).max(0.0);
        Some(Said { experts, mixed, used: Law { mean: mixed, deviation: horizon.deviation() } })
    }

    /// Learns from what came `ahead` windows after it was said.
    pub(super) fn judge(&mut self, ahead: i64, said: &Said, came: f64) {
        let place = (ahead.max(1) as usize - 1).min(self.horizons.len().saturating_sub(1));
        if let Some(horizon) = self.horizons.get_mut(place).filter(|_| !came.is_nan()) {
            let error = |said: f64| ((came - said) * (came - said)).min(1e12);
            let worst = said.experts.iter().filter(|said| !said.is_nan()).map(|said| error(*said));
            let worst = worst.fold(0.0, f64::max);
            for (loss, said) in horizon.losses.iter_mut().zip(said.experts) {
                *loss = MEMORY * *loss + if said.is_nan() { worst } else { error(said) };
            }
            horizon.square = MEMORY * horizon.square + error(said.mixed);
            horizon.count = MEMORY * horizon.count + 1.0;
        }
    }

    /// Puts what was learned in other units, of which there are `ratio` for each of the old ones.
    pub(super) fn rescale(&mut self, ratio: f64) {
        let square = ratio * ratio;
        self.past.iter_mut().for_each(|value| *value = scaled(f64::from(*value), ratio) as f32);
        (self.last, self.trend) = (scaled(self.last, ratio), scaled(self.trend, ratio));
        self.deviations.iter_mut().for_each(|value| *value = scaled(*value, ratio));
        let moments = self.products.iter_mut().chain(&mut self.squares);
        let kept = self.horizons.iter_mut();
        let errors = kept.flat_map(|kept| kept.losses.iter_mut().chain([&mut kept.square]));
        moments.chain(errors).for_each(|value| *value = scaled(*value, square));
    }

    fn horizon(&self, ahead: i64) -> Horizon {
        let place = (ahead.max(1) as usize - 1).min(self.horizons.len().saturating_sub(1));
        self.horizons.get(place).copied().unwrap_or_default()
    }

    /// The experts' profiles of window `step`, when all up to `last` is known.
    fn profiles(&self, step: i64, last: i64, explained: f64) -> [f64; PROFILES] {
        let past = |back: i64| {
            let then = step - back;
            let known = self.past.get(self.place(then)).copied().filter(|_| then <= last);
            known.map_or(f64::NAN, f64::from)
        };
        [0.0, explained, past(self.day), past(7 * self.day)]
    }

    fn place(&self, step: i64) -> usize {
        usize::try_from(step.rem_euclid(self.past.len().max(1) as i64)).unwrap_or(0)
    }

    pub(super) fn is_whole(&self, day: i64, horizons: usize) -> bool {
        let moments = self.deviations.iter().chain(&self.products).chain(&self.squares);
        let kept = self.horizons.iter();
        self.day == day
            && self.past.len() as i64 == 7 * day
            && self.past.iter().all(|value| value.is_nan() || value.is_finite())
            && self.horizons.len() == horizons
            && (self.last.is_nan() || self.last.is_finite())
            && self.trend.is_finite()
            && moments.copied().all(f64::is_finite)
            && kept
                .flat_map(|kept| kept.losses.into_iter().chain([kept.square, kept.count]))
                .all(f64::is_finite)
    }
}

/// A value in other units; bounded, so that no change of units makes it infinite.
pub(super) fn scaled(value: f64, ratio: f64) -> f64 {
    (value * ratio).clamp(-LARGEST, LARGEST)
}

impl Horizon {
    /// The experts' mixture; those that know nothing are left out.
    fn mix(&self, says: [f64; EXPERTS]) -> f64 {
        let known = || says.into_iter().zip(self.losses).filter(|(said, _)| !said.is_nan());
        let least = known().map(|(_, loss)| loss).fold(f64::INFINITY, f64::min);
        // Losses are in units of the mixture's mean square, so that noise alone moves no weight far.
        let unit = (self.square / self.count.max(1.0)).max(1e-12);
        let (sum, total) = known().fold((0.0, 0.0), |(sum, total), (said, loss)| {
            let weight = exp(-RATE * (loss - least) / unit).max(1e-12);
            (sum + weight * said, total + weight)
        });
        if total > 0.0 { sum / total } else { 0.0 }
    }

    fn deviation(&self) -> f64 {
        ((GUESS_WORTH * GUESS * GUESS + self.square) / (GUESS_WORTH + self.count)).sqrt()
    }
}
