//! A metric of the last minutes, and its averages over windows, as the autoscalers of Knative and AIBrix keep it.
//!
//! `average = Σ samples in the window / intervals in the window`: a history that is younger than the window counts as far as it
//! goes, the time after the last sample not at all, and a gap before the last sample as zeros. Without a sample in the window
//! there is no average. Source: Knative's `pkg/autoscaler/aggregation`.

use crate::error::{Error, Result, positive};
use crate::load::whole_milliseconds;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Whether the moments rise and the last is at most `longest` after the first, which also bounds how many there are.
pub(super) fn are_recent<T>(entries: &VecDeque<(i64, T)>, longest: i64) -> bool {
    let rise = entries.iter().zip(entries.iter().skip(1)).all(|(a, b)| a.0 < b.0);
    let span = entries.front().zip(entries.back()).map_or(0, |(first, last)| last.0.saturating_sub(first.0));
    rise && span <= longest
}

/// Intervals that the longest window may have.
const MOST: f64 = 100_000.0;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Buckets {
    interval: i64,
    longest: i64,
    first: Option<i64>,
    recent: VecDeque<(i64, f64)>,
}

impl Buckets {
    /// Keeps one sample an interval for the longest of the windows; `field` names that one's setting.
    pub(super) fn new(field: &str, interval_seconds: f64, longest_seconds: f64) -> Result<Self> {
        let interval = whole_milliseconds(interval_seconds)?;
        if positive(field, longest_seconds)? / interval_seconds > MOST {
            let problem = format!("must be at most {MOST} intervals, got {longest_seconds} s");
            return Err(Error::config(field, problem));
        }
        let longest = (longest_seconds * 1000.0) as i64;
        Ok(Buckets { interval, longest, first: None, recent: VecDeque::new() })
    }

    /// Takes in the sample of a moment, NaN = missing; of two of one moment the later counts.
    pub(super) fn record(&mut self, now: i64, value: f64) {
        while self.recent.back().is_some_and(|(time, _)| *time >= now) {
            self.recent.pop_back();
        }
        let since = now.saturating_sub(self.longest);
        while self.recent.front().is_some_and(|(time, _)| *time <= since) {
            self.recent.pop_front();
        }
        if value.is_finite() {
            self.first = Some(self.first.map_or(now, |first| first.min(now)));
            self.recent.push_back((now, value));
        }
    }

    /// Average over the window that ends at `now`; NaN without a sample in it.
    pub(super) fn average(&self, now: i64, window_seconds: f64) -> f64 {
        let since = now.saturating_sub((window_seconds * 1000.0) as i64);
        let within = self.recent.iter().rev().take_while(|(time, _)| *time > since);
        let (sum, samples) = within.fold((0.0, 0i64), |(sum, count), (_, value)| (sum + value, count + 1));
        let (Some((newest, _)), Some(first)) = (self.recent.back(), self.first) else { return f64::NAN };
        if samples == 0 {
            return f64::NAN;
        }
        let start = first.max(since.saturating_add(self.interval));
        let span = newest
            .saturating_sub(start)
            .saturating_add(self.interval / 2)
            .div_euclid(self.interval)
            .saturating_add(1);
        sum / span.max(samples) as f64
    }

    pub(super) fn is_whole(&self) -> bool {
        let known = self.recent.is_empty() || self.first.is_some();
        let recent = are_recent(&self.recent, self.longest);
        self.interval > 0 && recent && known && self.recent.iter().all(|(_, value)| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(samples: &[(i64, f64)]) -> Buckets {
        let mut buckets = Buckets::new("window", 1.0, 60.0).unwrap();
        samples.iter().for_each(|(second, value)| buckets.record(second * 1000, *value));
        buckets
    }

    #[test]
    fn young_histories_gaps_and_trailing_gaps() {
        let average = |samples: &[(i64, f64)], now: i64, window| buckets(samples).average(now * 1000, window);
        let four: Vec<(i64, f64)> = (1..=4).map(|second| (second, second as f64)).collect();
        assert_eq!(average(&four, 4, 60.0), 2.5, "younger than the window");
        assert_eq!(average(&four, 4, 2.0), 3.5);
        assert_eq!(average(&four, 10, 60.0), 2.5, "the time after the last sample does not count");
        assert_eq!(average(&[(1, 6.0), (2, f64::NAN), (3, 6.0)], 3, 60.0), 4.0, "a gap counts as zero");
        assert_eq!(average(&[(1, 8.0), (9, 8.0)], 10, 4.0), 8.0 / 3.0, "a gap at the window's start, too");
        assert!(average(&four, 100, 60.0).is_nan() && average(&[], 0, 60.0).is_nan());
        assert_eq!(
            buckets(&[(1, 5.0), (2, 1.0), (2, 3.0)]).average(2000, 60.0),
            4.0,
            "the later of two counts"
        );
    }

    #[test]
    fn a_window_shorter_than_the_interval_is_its_last_sample() {
        let mut buckets = Buckets::new("window", 15.0, 60.0).unwrap();
        [50.0, 50.0, 50.0, 450.0].iter().zip(1..).for_each(|(value, i)| buckets.record(i * 15_000, *value));
        assert_eq!((buckets.average(60_000, 60.0), buckets.average(60_000, 6.0)), (150.0, 450.0));
    }
}
