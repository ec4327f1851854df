//! The law of the count in a bounded queue.
//!
//! It is log-concave, so it is summed from its most likely count outwards in both directions, every term from its neighbour: nothing
//! overflows, and terms below 10⁻²⁰ of the sum are left out, some `√a` from where it began.

use super::NEGLIGIBLE;
use super::places::Places;
use crate::math::Sum;

/// The law of the count in the system, up to its factor.
pub(super) struct Chain {
    pub(super) total: f64,
    /// The weights of a line of `shortest_line`, one more, and so on.
    lines: Vec<f64>,
    shortest_line: u64,
    /// The weight of all counts with a server free.
    some_free: f64,
    /// Every weight times the share of the servers that are busy.
    busy: f64,
    /// Whether the last of `lines`, or without places all servers busy, is where arrivals are turned away.
    ends_at_limit: bool,
}

impl Chain {
    pub(super) fn new(
        arrival_rate: f64,
        service_rate: f64,
        servers: u64,
        limit: u64,
        giving_up: f64,
    ) -> Self {
        let death = |count: u64| {
            count.min(servers) as f64 * service_rate + count.saturating_sub(servers) as f64 * giving_up
        };
        let capacity = servers as f64 * service_rate;
        let mode = if arrival_rate < capacity {
            (arrival_rate / service_rate) as u64
        } else if giving_up > 0.0 {
            servers.saturating_add(((arrival_rate - capacity) / giving_up) as u64)
        } else {
            limit
        };
        let mode = mode.min(limit);
        let (mut total, mut some_free, mut busy) = (Sum::default(), Sum::default(), Sum::default());
        let mut add = |count: u64, term: f64, lines: &mut Vec<f64>| {
            total.add(term);
            busy.add(count.min(servers) as f64 / servers as f64 * term);
            if count < servers {
                some_free.add(term);
            } else {
                lines.push(term);
            }
            term < total.value() * NEGLIGIBLE
        };
        // Down from the mode, and then up from the one after it.
        let mut lines = Vec::new();
        let (mut count, mut term) = (mode, 1.0);
        while !add(count, term, &mut lines) && count > 0 {
            term *= death(count) / arrival_rate;
            count -= 1;
        }
        let shortest_line = count.max(servers) - servers;
        lines.reverse();
        let (mut count, mut term) = (mode, 1.0);
        while count < limit {
            count += 1;
            term *= arrival_rate / death(count);
            if add(count, term, &mut lines) {
                break;
            }
        }
        Chain {
            total: total.value(),
            lines,
            shortest_line,
            some_free: some_free.value(),
            busy: busy.value(),
            ends_at_limit: count == limit,
        }
    }

    pub(super) fn at_limit(&self) -> f64 {
        if self.ends_at_limit { self.lines.last().copied().unwrap_or(0.0) } else { 0.0 }
    }

    /// The weights of the lines in which there is a place.
    fn open_lines(&self) -> &[f64] {
        match self.lines.split_last() {
            Some((_, others)) if self.ends_at_limit => others,
            _ => &self.lines,
        }
    }

    fn below_limit(&self) -> f64 {
        self.some_free + Sum::of(self.open_lines().iter().copied())
    }

    /// The share of the servers' time that is spent serving: a sum in which nothing cancels, however small the share of arrivals that is served.
    pub(super) fn utilization(&self) -> f64 {
        (self.busy / self.total).min(1.0)
    }

    /// Of those who enter, the share that finds a server free; 0 where nobody enters.
    pub(super) fn free_probability(&self) -> f64 {
        if self.some_free > 0.0 { self.some_free / self.below_limit() } else { 0.0 }
    }

    pub(super) fn mean_line(&self) -> f64 {
        let line = |(at, weight): (usize, &f64)| (self.shortest_line as f64 + at as f64) * weight;
        Sum::of(self.lines.iter().enumerate().map(line)) / self.total
    }

    /// Of those who enter, the share that finds no server free; 0 where nobody enters.
    pub(super) fn wait_probability(&self) -> f64 {
        let waiting = Sum::of(self.open_lines().iter().copied());
        if waiting > 0.0 { (waiting / self.below_limit()).min(1.0) } else { 0.0 }
    }

    /// The wait without patience.
    pub(super) fn places(&self, capacity: f64, servers: u64) -> Places {
        let entering = self.below_limit();
        let share = |weight: f64| if entering > 0.0 { weight / entering } else { 0.0 };
        let lines: Vec<f64> = self.open_lines().iter().map(|weight| share(*weight)).collect();
        Places::new(capacity, servers, self.shortest_line, &lines, share(self.some_free))
    }
}
