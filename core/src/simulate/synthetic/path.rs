//! One part's factor over the steps of a load. What is shorter than a step is averaged over it, so that the load's mean does not depend on the
//! step.

use super::part::Part;
use crate::math;
use crate::random::Random;
use std::collections::VecDeque;

const DAY: f64 = 86_400.0;
/// 1970-01-01 was a Thursday: days from the Unix epoch to the first Monday.
const FIRST_MONDAY: f64 = 4.0;
/// A crowd that has decayed to this share of the load is over.
const OVER: f64 = 1e-4;

/// Where a path is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// Unix seconds of the load's start.
    pub(super) start_seconds: f64,
    pub(super) step_seconds: f64,
    pub(super) step: usize,
}

impl Clock {
    /// Seconds since the load's start at the step's beginning.
    fn elapsed(&self) -> f64 {
        self.step as f64 * self.step_seconds
    }

    /// Unix seconds in the middle of the step.
    fn unix(&self) -> f64 {
        self.start_seconds + self.elapsed() + 0.5 * self.step_seconds
    }
}

/// A part on its way.
#[derive(Debug)]
pub(super) struct Path {
    part: Part,
    clock: Clock,
    random: Random,
    /// The logarithm of noise and drift, or whether a two-state process is in its second state (1) or not (0).
    state: f64,
    /// Seconds since the load's start of the next event.
    next_event: f64,
    /// Crowds that are not over: (beginning, height).
    crowds: VecDeque<(f64, f64)>,
}

impl Path {
    pub(super) fn new(part: Part, clock: Clock, random: Random) -> Self {
        let mut path = Path { part, clock, random, state: 0.0, next_event: 0.0, crowds: VecDeque::new() };
        match part {
            Part::Bursts { high_seconds, low_seconds, .. } => {
                // Begins in its stationary state, so that the mean is right from the first step on.
                path.state = f64::from(path.random.unit() < high_seconds / (high_seconds + low_seconds));
                path.next_event = path.sojourn(high_seconds, low_seconds);
            }
            Part::Noise { variation, .. } => path.state = spread(variation) * path.random.normal(),
            Part::FlashCrowds { per_day, .. } | Part::Gaps { per_day, .. } => {
                path.next_event = path.exponential(DAY / per_day);
            }
            _ => {}
        }
        path
    }

    /// The factor of the next step.
    pub(super) fn next(&mut self) -> f64 {
        let (begin, step) = (self.clock.elapsed(), self.clock.step_seconds);
        let (end, unix) = (begin + step, self.clock.unix());
        self.clock.step += 1;
        match self.part {
            Part::Cycle { period_seconds, amplitude, peak_seconds } => {
                let turns = ((unix - peak_seconds) / period_seconds).rem_euclid(1.0);
                1.0 + amplitude * math::cos(std::f64::consts::TAU * turns)
            }
            Part::Weekend { factor } => {
                let day = ((unix / DAY).floor() - FIRST_MONDAY).rem_euclid(7.0);
                if day >= 5.0 { factor } else { 1.0 }
            }
            Part::Ramp { start_seconds, duration_seconds, factor } => {
                let middle = begin + 0.5 * step;
                let share = if middle < start_seconds {
                    0.0
                } else if middle >= start_seconds + duration_seconds {
                    1.0
                } else {
                    (middle - start_seconds) / duration_seconds
                };
                1.0 + share * (factor - 1.0)
            }
            Part::Batch { every_seconds, duration_seconds, factor } => {
                // Seconds of work up to a moment.
                let worked = |seconds: f64| {
                    let runs = (seconds / every_seconds).floor();
                    runs * duration_seconds + (seconds - runs * every_seconds).clamp(0.0, duration_seconds)
                };
                1.0 + (factor - 1.0) * (worked(end) - worked(begin)) / step
            }
            Part::FlashCrowds { per_day, factor, rise_seconds, decay_seconds } => {
                while self.next_event < end {
                    let height = self.exponential(factor - 1.0);
                    self.crowds.push_back((self.next_event, height));
                    self.next_event += self.exponential(DAY / per_day);
                }
                let middle = begin + 0.5 * step;
                let size = |&(since, height): &(f64, f64)| {
                    let age = middle - since;
                    if age < rise_seconds {
                        height * (age / rise_seconds).max(0.0)
                    } else {
                        height * math::exp(-(age - rise_seconds) / decay_seconds)
                    }
                };
                let over = |crowd: &(f64, f64)| middle > crowd.0 + rise_seconds && size(crowd) < OVER;
                while self.crowds.front().is_some_and(over) {
                    self.crowds.pop_front();
                }
                1.0 + self.crowds.iter().map(size).sum::<f64>()
            }
            Part::Bursts { factor, high_seconds, low_seconds } => {
                let high =
                    self.time_in_second_state(begin, end, |path| path.sojourn(high_seconds, low_seconds));
                1.0 + (factor - 1.0) * high / step
            }
            Part::Gaps { per_day, mean_seconds } => {
                let lost = self.time_in_second_state(begin, end, |path| {
                    if path.state > 0.0 {
                        path.exponential(mean_seconds)
                    } else {
                        path.exponential(DAY / per_day)
                    }
                });
                if lost > 0.0 { f64::NAN } else { 1.0 }
            }
            Part::Noise { variation, correlation_seconds } => {
                let (now, spread) = (self.state, spread(variation));
                let kept =
                    if correlation_seconds > 0.0 { math::exp(-step / correlation_seconds) } else { 0.0 };
                self.state = kept * now + spread * (1.0 - kept * kept).sqrt() * self.random.normal();
                math::exp(now - 0.5 * spread * spread)
            }
            Part::Drift { per_day } => {
                let now = self.state;
                self.state += per_day * (step / DAY).sqrt() * self.random.normal();
                math::exp(now)
            }
        }
    }

    /// Seconds of [begin, end) that a process of two states spends in its second, switching at its events.
    fn time_in_second_state(&mut self, begin: f64, end: f64, stays: impl Fn(&mut Self) -> f64) -> f64 {
        let (mut at, mut spent) = (begin, 0.0);
        while self.next_event < end {
            spent += self.state * (self.next_event - at);
            at = self.next_event;
            self.state = 1.0 - self.state;
            self.next_event += stays(self);
        }
        spent + self.state * (end - at)
    }

    /// How long the state lasts that the process is in.
    fn sojourn(&mut self, high_seconds: f64, low_seconds: f64) -> f64 {
        let mean = if self.state > 0.0 { high_seconds } else { low_seconds };
        self.exponential(mean)
    }

    /// An exponential time; never when its mean is infinite.
    fn exponential(&mut self, mean: f64) -> f64 {
        if mean.is_finite() { -mean * math::ln(1.0 - self.random.unit()) } else { f64::INFINITY }
    }
}

/// Standard deviation of the logarithm of a log-normal variable with this coefficient of variation.
fn spread(variation: f64) -> f64 {
    math::log1p(variation * variation).sqrt()
}
