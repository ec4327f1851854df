//! Requests one by one: renewal arrivals, one line, first come first served, servers that come and go.
//!
//! What the fluid description of [`super::service`] approximates is played out here. A request that arrives is served by the server that is free
//! first, so that the state is no more than the moment at which each server is free (Kiefer & Wolfowitz 1955). A server that is
//! stopped ends the request that it has. Times have the two moments that the world gives them, see [`TwoMoments`].

use super::replicas::Serving;
use super::two_moments::TwoMoments;
use super::world::World;
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

/// How many requests arrived, will be answered too late or never, and are lost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Played {
    pub(super) arrived: f64,
    pub(super) late: f64,
    pub(super) lost: f64,
}

impl Played {
    pub(super) fn plus(self, other: Played) -> Played {
        Played {
            arrived: self.arrived + other.arrived,
            late: self.late + other.late,
            lost: self.lost + other.lost,
        }
    }
}

/// The requests of a run.
#[derive(Debug)]
pub(super) struct Requests {
    /// Of a replica as the world has it; the unit of the bins.
    service_rate: f64,
    /// Longest response that is not late.
    promised_seconds: f64,
    arrivals: TwoMoments,
    services: TwoMoments,
    patience: Option<f64>,
    /// Most requests that wait.
    limit: usize,
    random: Random,
    /// When each server is free.
    free: BinaryHeap<Reverse<Moment>>,
    /// When each of those that wait leaves the line; kept only where it has a limit.
    line: BinaryHeap<Reverse<Moment>>,
    /// Those that wait for a first server: their moments of arrival.
    stranded: Vec<f64>,
    /// Work, in mean interarrival times, until the next arrival.
    until_next: f64,
    bins: Vec<u64>,
    count: u64,
}

impl Requests {
    /// No request yet, and no server. Responses beyond `promised_seconds` are late.
    pub(super) fn new(world: &World, promised_seconds: f64, mut random: Random) -> Self {
        let arrivals = TwoMoments::new(world.arrival_cv);
        let until_next = arrivals.draw(&mut random);
        Requests {
            service_rate: world.service_rate,
            promised_seconds,
            arrivals,
            services: TwoMoments::new(world.service_cv),
            patience: world.patience_seconds,
            limit: world.backlog_limit.map_or(usize::MAX, |limit| limit as usize),
            random,
            free: BinaryHeap::new(),
            line: BinaryHeap::new(),
            stranded: Vec::new(),
            until_next,
            bins: vec![0; BINS],
            count: 0,
        }
    }

    /// Plays what arrives in [begin, end) at `rate` a second with these servers.
    pub(super) fn serve(&mut self, begin: f64, end: f64, rate: f64, serving: Serving) -> Played {
        let servers = if serving.capacity > 0.0 { serving.ready as usize } else { 0 };
        self.set_servers(begin, servers);
        let mut played = Played::default();
        if servers > 0 {
            for arrival in std::mem::take(&mut self.stranded) {
                self.admit(arrival, serving.service_rate, &mut played);
            }
        }
        // Within the step, so that a late moment of a long run is no coarser than an early one.
        let (length, mut at) = (end - begin, 0.0);
        loop {
            // A rate of 0 lets nothing arrive: the quotient is infinite.
            let next = at + self.until_next / rate;
            if next >= length || next.is_nan() {
                self.until_next -= (length - at) * rate;
                return played;
            }
            at = next;
            self.until_next = self.arrivals.draw(&mut self.random);
            played.arrived += 1.0;
            self.admit(begin + at, serving.service_rate, &mut played);
        }
    }

    /// Requests that no server has come for.
    pub(super) fn unanswered(&self) -> f64 {
        self.stranded.len() as f64
    }

    /// The response time that the share `p` of the requests does not exceed, infinite where they were never answered; NaN before the first.
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let all = self.count + self.stranded.len() as u64;
        if all == 0 {
            return f64::NAN;
        }
        let wanted = (p * all as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let bin = self.bins.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        bin.map_or(f64::INFINITY, |bin| {
            math::exp((bin as f64 + 0.5) / BINS_PER_E + SHORTEST) / self.service_rate
        })
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

    /// Serves one request, or loses it.
    fn admit(&mut self, arrival: f64, service_rate: f64, played: &mut Played) {
        while self.line.peek().is_some_and(|leaves| leaves.0.0 <= arrival) {
            self.line.pop();
        }
        let lose = |played: &mut Played| {
            played.late += 1.0;
            played.lost += 1.0;
        };
        let Some(mut server) = self.free.peek_mut() else {
            if self.stranded.len() < self.limit {
                self.stranded.push(arrival);
            } else {
                lose(played);
            }
            return;
        };
        let begin = server.0.0.max(arrival);
        if begin > arrival && self.line.len() >= self.limit {
            return lose(played);
        }
        let patience = self.patience.map_or(f64::INFINITY, |mean| mean * self.random.exponential());
        if self.limit < usize::MAX && begin > arrival {
            self.line.push(Reverse(Moment(begin.min(arrival + patience))));
        }
        if begin - arrival > patience {
            return lose(played);
        }
        let end = begin + self.services.draw(&mut self.random) / service_rate;
        *server = Reverse(Moment(end));
        let response = end - arrival;
        let bin = (math::ln(response * self.service_rate) - SHORTEST) * BINS_PER_E;
        if let Some(count) = self.bins.get_mut(bin.clamp(0.0, BINS as f64 - 1.0) as usize) {
            *count += 1;
        }
        self.count += 1;
        played.late += if response > self.promised_seconds { 1.0 } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{BoundedQueue, Queue, Target, servers_for};

    fn play(
        world: &World,
        rate: f64,
        servers: u64,
        promised: f64,
        seconds: f64,
        seed: u64,
    ) -> (Requests, Played) {
        let mut requests = Requests::new(world, promised, Random::new(seed));
        let mut played = Played::default();
        for step in 0..(seconds / 10.0) as usize {
            let begin = step as f64 * 10.0;
            let serving = Serving::of(servers as u32, servers as f64);
            played = played.plus(requests.serve(begin, begin + 10.0, rate, serving));
        }
        (requests, played)
    }

    /// Requests at a constant rate; how many arrived and were late once the queue had settled.
    fn run(rate: f64, servers: u64, promised: f64, seconds: f64, seed: u64) -> (Requests, f64, f64) {
        let world = World { service_rate: 1.0, ..World::default() };
        let (requests, played) = play(&world, rate, servers, promised, seconds, seed);
        (requests, played.arrived, played.late)
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
        let world = World { service_rate: 1.0, ..World::default() };
        let mut requests = Requests::new(&world, 4.0, Random::new(1));
        assert_eq!(requests.serve(0.0, 100.0, 2.0, Serving::of(0, 0.0)).late, 0.0);
        let stranded = requests.stranded.len();
        assert!(stranded > 150, "{stranded}");
        let Played { arrived, late, .. } = requests.serve(100.0, 101.0, 0.0, Serving::of(1000, 1000.0));
        // All but those of the last seconds waited too long already.
        assert!(arrived == 0.0 && late > 0.9 * stranded as f64 && late < stranded as f64, "{late}");
    }

    #[test]
    fn limited_lines_and_impatience_lose_the_share_of_the_closed_form() {
        for (limit, patience) in [(Some(0), None), (Some(3), None), (None, Some(0.5)), (Some(4), Some(2.0))] {
            for (rate, servers) in [(1.5, 2), (4.0, 5), (12.0, 8)] {
                let world = World {
                    service_rate: 1.0,
                    backlog_limit: limit,
                    patience_seconds: patience,
                    ..World::default()
                };
                let (_, played) = play(&world, rate, servers, 4.0, 4e5 / rate, servers);
                let queue = BoundedQueue::new(rate, 1.0, servers, limit, patience).unwrap();
                let exact = queue.blocking_probability() + queue.abandonment_probability();
                let share = played.lost / played.arrived;
                let error = (exact * (1.0 - exact) / played.arrived).sqrt();
                // Losses come in clusters: their share varies more than that of independent ones.
                assert!(
                    (share - exact).abs() < 10.0 * error + 1e-4,
                    "{limit:?} {patience:?} {rate}: {share} {exact}"
                );
            }
        }
    }

    #[test]
    fn one_server_with_other_service_times_waits_as_pollaczek_and_khinchine_say() {
        for cv in [0.0, 0.5, 1.5] {
            let world = World { service_rate: 1.0, service_cv: cv, ..World::default() };
            let (requests, played) = play(&world, 0.7, 1, 1e9, 4e6, 11);
            // Mean response from the bins: 1 + ρ(1 + c²)/(2(1 − ρ)).
            let middle = |bin: usize| ((bin as f64 + 0.5) / BINS_PER_E + SHORTEST).exp();
            let sum: f64 =
                requests.bins.iter().enumerate().map(|(bin, count)| middle(bin) * *count as f64).sum();
            let (mean, exact) = (sum / played.arrived, 1.0 + 0.7 * (1.0 + cv * cv) / 0.6);
            assert!((mean / exact - 1.0).abs() < 0.015, "{cv}: {mean} against {exact}");
        }
    }
}
