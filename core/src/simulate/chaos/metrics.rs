//! What comes of the samples on their way: lost, late, twice, in the wrong order, with a wrong stamp or as garbage.

use super::scenario::{FaultKind, Scenario};
use std::collections::VecDeque;

/// About when a scenario begins, in Unix milliseconds.
const START: i64 = 1_700_000_000_000;

/// The way of the samples from the service to the engine.
pub(super) struct Metrics<'a> {
    scenario: &'a Scenario,
    /// (interval at which it comes, stamp, load), in the order of coming.
    under_way: VecDeque<(usize, i64, f64)>,
    held: Option<(i64, f64)>,
    last: f64,
}

/// Unix milliseconds of an interval's end, on the clock's grid of intervals.
pub(super) fn end_of(scenario: &Scenario, interval: usize) -> i64 {
    let length = scenario.interval_milliseconds();
    (START / length).saturating_add(interval as i64).saturating_mul(length)
}

/// How far the clock is off, in milliseconds.
pub(super) fn clock_error<'a>(on: impl Iterator<Item = &'a FaultKind>) -> i64 {
    let errors = on.filter_map(|kind| match kind {
        FaultKind::WrongClock { seconds } => Some((seconds * 1000.0) as i64),
        _ => None,
    });
    errors.sum()
}

impl<'a> Metrics<'a> {
    pub(super) fn new(scenario: &'a Scenario) -> Self {
        Metrics { scenario, under_way: VecDeque::new(), held: None, last: f64::NAN }
    }

    /// Sends the sample of the interval that just ended; gives what arrives.
    pub(super) fn send<'b>(
        &mut self,
        interval: usize,
        load: f64,
        on: impl Iterator<Item = &'b FaultKind> + Clone,
    ) -> Vec<(i64, f64)> {
        let mut sample = Some((end_of(self.scenario, interval), load));
        let (mut copies, mut delay, mut is_shuffled, mut is_stuck) = (1, 0, false, false);
        for kind in on.clone() {
            match kind {
                FaultKind::LostMetrics {} => sample = None,
                FaultKind::NanMetrics {} => sample = sample.map(|(time, _)| (time, f64::NAN)),
                FaultKind::StuckMetrics {} => {
                    is_stuck = true;
                    sample = sample.map(|(time, _)| (time, self.last));
                }
                FaultKind::DelayedMetrics { seconds } => {
                    delay = delay.max((seconds / self.scenario.interval_seconds).ceil() as usize);
                }
                FaultKind::Spikes { factor, every } if interval.is_multiple_of(*every) => {
                    sample = sample.map(|(time, load)| (time, load * factor));
                }
                FaultKind::RepeatedSamples {} => copies = 2,
                FaultKind::ShuffledSamples {} => is_shuffled = true,
                FaultKind::FutureStamps { seconds, every } if interval.is_multiple_of(*every) => {
                    let ahead = (seconds * 1000.0) as i64;
                    sample = sample.map(|(time, load)| (time.saturating_add(ahead), load));
                }
                _ => {}
            }
        }
        let clock = clock_error(on);
        let sample = sample.map(|(time, load)| (time.saturating_add(clock), load));
        if !is_stuck {
            self.last = load;
        }
        // The held one comes after the next, or alone when that is lost or order has come back.
        let mut sent: Vec<(i64, f64)> = Vec::new();
        match (is_shuffled, self.held.take(), sample) {
            (true, None, Some(sample)) => self.held = Some(sample),
            (_, held, sample) => sent.extend(sample.into_iter().chain(held)),
        }
        for (time, load) in sent {
            (0..copies).for_each(|_| self.under_way.push_back((interval.saturating_add(delay), time, load)));
        }
        let mut arrived = Vec::new();
        self.under_way.retain(|(at, time, load)| {
            if *at <= interval {
                arrived.push((*time, *load));
            }
            *at > interval
        });
        arrived
    }
}
