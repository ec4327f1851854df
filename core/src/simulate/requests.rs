//! Requests one by one: Poisson arrivals, exponential services, one line, first come first served, servers that come and go.
//!
//! What the fluid description of [`super::service`] approximates is played out here. A request that arrives is served by the server that is free
//! first, so that the state is no more than the moment at which each server is free (Kiefer & Wolfowitz 1955). A server that is
//! stopped ends the request that it has.

use crate::math;
use crate::random::Random;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Bins of response times for each factor of e: quantiles are exact to 0.25 %.
const BINS_PER_E: f64 = 200.0;
/// Responses from e⁻²⁰ to e³⁰ of a service time have a bin of their own.
const SHORTEST: f64 = -20.0;
const BINS: usize = 10_000;

/// A moment, in seconds since the run began; all are finite.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Moment(f64);

impl Eq for Moment {}

#[allow(clippy::derive_ord_xor_partial_ord, reason = "all moments are finite")]
impl Ord for Moment {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The requests of a run.
#[derive(Debug)]
pub(super) struct Requests {
    service_rate: f64,
    /// Longest response that is not late.
    promised_seconds: f64,
    random: Random,
    /// When each server is free.
    free: BinaryHeap<Reverse<Moment>>,
    /// Those that wait for a first server: their moments of arrival.
    stranded: Vec<f64>,
    /// Work, in mean interarrival times, until the next arrival.
    until_next: f64,
    bins: Vec<u64>,
    count: u64,
}

impl Requests {
    /// No request yet, and no server. `service_rate` is of each server; responses beyond `promised_seconds` are late.
    pub(super) fn new(service_rate: f64, promised_seconds: f64, mut random: Random) -> Self {
        let until_next = exponential(&mut random);
        Requests {
            service_rate,
            promised_seconds,
            random,
            free: BinaryHeap::new(),
            stranded: Vec::new(),
            until_next,
            bins: vec![0; BINS],
            count: 0,
        }
    }

    /// Serves what arrives in [begin, end) at `rate` a second with `servers`; gives how many arrived, and how many of them will be late.
    pub(super) fn serve(&mut self, begin: f64, end: f64, rate: f64, servers: u32) -> (f64, f64) {
        self.set_servers(begin, servers as usize);
        let (mut arrived, mut late) = (0u64, 0u64);
        for arrival in std::mem::take(&mut self.stranded) {
            late += u64::from(self.admit(arrival));
        }
        // Within the step, so that a late moment of a long run is no coarser than an early one.
        let (length, mut at) = (end - begin, 0.0);
        loop {
            // A rate of 0 lets nothing arrive: the quotient is infinite.
            let next = at + self.until_next / rate;
            if next >= length || next.is_nan() {
                self.until_next -= (length - at) * rate;
                return (arrived as f64, late as f64);
            }
            at = next;
            self.until_next = exponential(&mut self.random);
            arrived += 1;
            late += u64::from(self.admit(begin + at));
        }
    }

    /// The response time that the share `p` of the requests does not exceed; NaN before the first.
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let wanted = (p * self.count as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let bin = self.bins.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        bin.map_or(f64::NAN, |bin| math::exp((bin as f64 + 0.5) / BINS_PER_E + SHORTEST) / self.service_rate)
    }

    /// Servers that join are free at once; those that go are the ones that are free first.
    fn set_servers(&mut self, now: f64, servers: usize) {
        while self.free.len() < servers {
            self.free.push(Reverse(Moment(now)));
        }
        while self.free.len() > servers {
            self.free.pop();
        }
    }

    /// Serves one request; whether it is late.
    fn admit(&mut self, arrival: f64) -> bool {
        let Some(mut server) = self.free.peek_mut() else {
            self.stranded.push(arrival);
            return false;
        };
        let begin = server.0.0.max(arrival);
        let end = begin + exponential(&mut self.random) / self.service_rate;
        *server = Reverse(Moment(end));
        let response = end - arrival;
        let bin = (math::ln(response * self.service_rate) - SHORTEST) * BINS_PER_E;
        if let Some(count) = self.bins.get_mut(bin.clamp(0.0, BINS as f64 - 1.0) as usize) {
            *count += 1;
        }
        self.count += 1;
        response > self.promised_seconds
    }
}

fn exponential(random: &mut Random) -> f64 {
    -math::ln(1.0 - random.unit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{Queue, Target, servers_for};

    /// Requests at a constant rate; how many arrived and were late once the queue had settled.
    fn run(rate: f64, servers: u64, promised: f64, seconds: f64, seed: u64) -> (Requests, f64, f64) {
        let mut requests = Requests::new(1.0, promised, Random::new(seed));
        let (mut arrived, mut late) = (0.0, 0.0);
        for step in 0..(seconds / 10.0) as usize {
            let begin = step as f64 * 10.0;
            let (more, later) = requests.serve(begin, begin + 10.0, rate, servers as u32);
            (arrived, late) = (arrived + more, late + later);
        }
        (requests, arrived, late)
    }

    #[test]
    fn quantiles_are_those_of_the_closed_form_from_1_to_200_servers() {
        for servers in [1, 2, 5, 20, 200] {
            for utilization in [0.5, 0.8] {
                let rate = utilization * servers as f64;
                let (requests, arrived, late) = run(rate, servers, 4.0, 3e6 / rate, servers);
                let queue = Queue::new(rate, 1.0, servers).unwrap();
                for p in [0.5, 0.95, 0.99] {
                    let (found, exact) = (requests.quantile(p), queue.response_quantile(p).unwrap());
                    let name = format!("{servers} servers at {utilization}, p{p}");
                    assert!((found / exact - 1.0).abs() < 0.02, "{name}: {found} against {exact}");
                }
                let exact = queue.response_tail(4.0);
                assert!((late / arrived / exact - 1.0).abs() < 0.06, "{} against {exact}", late / arrived);
            }
        }
    }

    #[test]
    fn the_count_for_a_target_keeps_it() {
        for rate in [3.0, 40.0] {
            let servers = servers_for(rate, 1.0, Target::ResponseQuantile(0.95, 4.0)).unwrap();
            let share = |servers| {
                let (_, arrived, late) = run(rate, servers, 4.0, 3e6 / rate, 7);
                late / arrived
            };
            assert!(share(servers) <= 0.0505 && share(servers - 1) > 0.0505);
        }
    }

    #[test]
    fn without_servers_requests_wait_for_the_first() {
        let mut requests = Requests::new(1.0, 4.0, Random::new(1));
        assert_eq!(requests.serve(0.0, 100.0, 2.0, 0).1, 0.0);
        let stranded = requests.stranded.len();
        assert!(stranded > 150, "{stranded}");
        let (arrived, late) = requests.serve(100.0, 101.0, 0.0, 1000);
        // All but those of the last seconds waited too long already.
        assert!(arrived == 0.0 && late > 0.9 * stranded as f64 && late < stranded as f64, "{late}");
    }
}
