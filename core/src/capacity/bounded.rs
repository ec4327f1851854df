//! Queues in which not everyone is served: a line of limited length (M/M/c/K) and callers who give up (Erlang A).
//!
//! The count `n` of those in the system is a birth-death chain: births at rate `λ` below the limit, deaths at rate `min(n, c)·μ +
//! max(n − c, 0)·θ`, where `1/θ` is the mean patience (Palm 1957, "Research on telephone traffic carried by full
//! availability groups", Tele 1; Mandelbaum & Zeltyn 2007, "Service engineering in action: the Palm/Erlang-A queue"). Its law is
//! log-concave, so it is summed from its most likely count outwards in both directions, every term from its neighbour: nothing
//! overflows, and terms below 10⁻²⁰ of the sum are left out, some `√a` from where it began.

use super::erlang::check_servers;
use crate::error::{Error, Result, not_negative, positive, strictly_between};
use crate::math::Sum;

/// What is left out of a sum, as a share of it.
const NEGLIGIBLE: f64 = 1e-20;
/// The most arrivals within one mean patience: keeps the count of terms below some millions.
const MAX_PATIENT: f64 = 1e10;

/// A queue with a limited line, impatient customers, or both, in its steady state. Rates are per second, times in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundedQueue {
    arrival_rate: f64,
    service_rate: f64,
    servers: u64,
    patient: bool,
    blocking_probability: f64,
    abandonment_probability: f64,
    mean_line: f64,
    /// The line that the first entry of `line_tails` speaks of; in front of it the tail is the same.
    shortest_line: u64,
    /// Of the admitted: the share that finds at least so many waiting and all servers busy.
    line_tails: Vec<f64>,
}

impl BoundedQueue {
    /// A queue of at least one server, each of `service_rate` per second, with `arrival_rate ≥ 0` arriving per second.
    ///
    /// At most `places` wait, the others are turned away (`None`: no limit; 0: Erlang B). Those who wait give up after an exponential
    /// time of mean `patience_seconds` (`None`: never). Some `10·√a` steps, with patience `10·√(λ/θ)` and without at most
    /// `places` more; as many numbers are kept.
    ///
    /// # Errors
    /// [`Error::Config`] for rates out of range, more than [`MAX_SERVERS`](super::MAX_SERVERS) servers or places, a queue without
    /// either bound, for which there is [`Queue`](super::Queue), and more than 10¹⁰ arrivals within one patience.
    pub fn new(
        arrival_rate: f64,
        service_rate: f64,
        servers: u64,
        places: Option<u64>,
        patience_seconds: Option<f64>,
    ) -> Result<Self> {
        not_negative("arrival_rate", arrival_rate)?;
        positive("service_rate", service_rate)?;
        check_servers(servers)?;
        if servers == 0 {
            return Err(Error::config("servers", "must be at least 1, got 0"));
        }
        let theta = match patience_seconds {
            None => 0.0,
            Some(seconds) => {
                positive("patience_seconds", seconds)?;
                positive("patience_seconds", 1.0 / seconds)?;
                if arrival_rate * seconds > MAX_PATIENT {
                    let problem = format!(
                        "must be at most {} at {arrival_rate} arrivals per second, got {seconds}",
                        MAX_PATIENT / arrival_rate
                    );
                    return Err(Error::config("patience_seconds", problem));
                }
                1.0 / seconds
            }
        };
        let limit = match places {
            Some(places) => {
                if places > super::MAX_SERVERS {
                    let problem = format!("must be at most {}, got {places}", super::MAX_SERVERS);
                    return Err(Error::config("places", problem));
                }
                servers + places
            }
            None if theta > 0.0 => u64::MAX,
            None => return Err(Error::config("places", "is needed where patience has no end")),
        };
        let law = Law::new(arrival_rate, service_rate, servers, limit, theta);
        let admitted = law.below_limit();
        let given_up = if arrival_rate > 0.0 { theta * law.mean_line() / arrival_rate } else { 0.0 };
        Ok(BoundedQueue {
            arrival_rate,
            service_rate,
            servers,
            patient: theta == 0.0,
            blocking_probability: law.at_limit() / law.total,
            abandonment_probability: given_up,
            mean_line: law.mean_line(),
            shortest_line: law.shortest_line,
            line_tails: law.line_tails(admitted),
        })
    }

    /// The share of arrivals that is turned away since all places are taken.
    pub fn blocking_probability(&self) -> f64 {
        self.blocking_probability
    }

    /// The share of arrivals that enters and gives up before it is served.
    pub fn abandonment_probability(&self) -> f64 {
        self.abandonment_probability
    }

    /// The share of the servers' time that is spent serving.
    pub fn utilization(&self) -> f64 {
        let served = 1.0 - self.blocking_probability - self.abandonment_probability;
        self.arrival_rate * served.max(0.0) / (self.servers as f64 * self.service_rate)
    }

    /// Of those who enter, the share that must wait.
    pub fn wait_probability(&self) -> f64 {
        self.line_tails.first().copied().unwrap_or(0.0)
    }

    /// The mean time in line of those who enter, whether they are served in the end or give up (Little's law); 0 without arrivals.
    pub fn mean_wait(&self) -> f64 {
        let entering = self.arrival_rate * (1.0 - self.blocking_probability);
        if entering > 0.0 { self.mean_line / entering } else { 0.0 }
    }

    /// Of those who enter, the share that waits longer than `seconds`; the wait is a sum of as many services as
    /// are ahead. 1 for a negative time and NaN. Some `10·√(c·μ·seconds)` steps.
    ///
    /// # Errors
    /// [`Error::Config`] for a queue with patience: its law of the wait is not offered.
    pub fn wait_tail(&self, seconds: f64) -> Result<f64> {
        if !self.patient {
            return Err(Error::config(
                "patience_seconds",
                "the law of the wait is offered without patience alone",
            ));
        }
        Ok(self.tail(seconds))
    }

    /// The wait that a share `p` of those who enter stays within, 0 < p < 1, by bisection to full precision.
    ///
    /// # Errors
    /// As [`wait_tail`](Self::wait_tail), and [`Error::Config`] for a `p` out of range.
    pub fn wait_quantile(&self, p: f64) -> Result<f64> {
        strictly_between("p", p, 0.0, 1.0)?;
        let missed = 1.0 - p;
        if self.wait_tail(0.0)? <= missed {
            return Ok(0.0);
        }
        let mut high = 1.0 / self.service_rate;
        while self.tail(high) > missed && high < f64::MAX {
            high *= 2.0;
        }
        let mut low = 0.0;
        loop {
            let middle = low + 0.5 * (high - low);
            if middle <= low || middle >= high {
                return Ok(high);
            }
            if self.tail(middle) > missed {
                low = middle;
            } else {
                high = middle;
            }
        }
    }

    /// `Σ_k P(k services end within the time)·P(at least k are ahead in line)`, from the most likely `k` outwards.
    fn tail(&self, seconds: f64) -> f64 {
        if seconds < 0.0 || seconds.is_nan() {
            return 1.0;
        }
        let ended = self.servers as f64 * self.service_rate * seconds;
        let longest = self.shortest_line as f64 + self.line_tails.len() as f64;
        // More services than can be ahead, by forty standard deviations.
        if ended - 40.0 * ended.sqrt() > longest || !ended.is_finite() {
            return 0.0;
        }
        let mode = ended.floor();
        let (mut total, mut waiting) = (Sum::default(), Sum::default());
        let mut add = |count: f64, term: f64| {
            total.add(term);
            waiting.add(term * self.line_tail(count));
            term < total.value() * NEGLIGIBLE
        };
        let (mut count, mut term) = (mode, 1.0);
        while !add(count, term) {
            count += 1.0;
            term *= ended / count;
        }
        let (mut count, mut term) = (mode, 1.0);
        while count > 0.0 {
            term *= count / ended;
            count -= 1.0;
            if add(count, term) {
                break;
            }
        }
        (waiting.value() / total.value()).min(1.0)
    }

    fn line_tail(&self, ahead: f64) -> f64 {
        let at = (ahead as u64).saturating_sub(self.shortest_line);
        usize::try_from(at).ok().and_then(|at| self.line_tails.get(at)).copied().unwrap_or(0.0)
    }
}

/// The law of the count in the system, up to its factor.
struct Law {
    total: f64,
    /// The weights of a line of `shortest_line`, one more, and so on.
    lines: Vec<f64>,
    shortest_line: u64,
    /// The weight of all counts with a server free.
    some_free: f64,
    /// Whether the last of `lines`, or without places all servers busy, is where arrivals are turned away.
    ends_at_limit: bool,
}

impl Law {
    fn new(arrival_rate: f64, service_rate: f64, servers: u64, limit: u64, theta: f64) -> Self {
        let death = |count: u64| {
            count.min(servers) as f64 * service_rate + count.saturating_sub(servers) as f64 * theta
        };
        let capacity = servers as f64 * service_rate;
        let mode = if arrival_rate < capacity {
            (arrival_rate / service_rate) as u64
        } else if theta > 0.0 {
            servers.saturating_add(((arrival_rate - capacity) / theta) as u64)
        } else {
            limit
        };
        let mode = mode.min(limit);
        let (mut total, mut some_free) = (Sum::default(), Sum::default());
        let mut add = |count: u64, term: f64, lines: &mut Vec<f64>| {
            total.add(term);
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
        Law {
            total: total.value(),
            lines,
            shortest_line,
            some_free: some_free.value(),
            ends_at_limit: count == limit,
        }
    }

    fn at_limit(&self) -> f64 {
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

    fn mean_line(&self) -> f64 {
        let line = |(at, weight): (usize, &f64)| (self.shortest_line as f64 + at as f64) * weight;
        Sum::of(self.lines.iter().enumerate().map(line)) / self.total
    }

    fn line_tails(&self, admitted: f64) -> Vec<f64> {
        let mut sum = Sum::default();
        let mut tails: Vec<f64> = self
            .open_lines()
            .iter()
            .rev()
            .map(|weight| {
                sum.add(*weight);
                // Without anyone admitted, nobody waits.
                if admitted > 0.0 { (sum.value() / admitted).min(1.0) } else { 0.0 }
            })
            .collect();
        tails.reverse();
        tails
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{Queue, erlang_b};
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Case {
        arrival_rate: f64,
        service_rate: f64,
        servers: u64,
        places: Option<u64>,
        patience_seconds: Option<f64>,
        blocking: f64,
        abandonment: f64,
        wait_probability: f64,
        mean_wait: f64,
        seconds: f64,
        wait_tail: Option<f64>,
    }

    #[derive(Deserialize)]
    struct Oracle {
        cases: Vec<Case>,
    }

    #[test]
    fn the_law_is_that_of_exact_fractions() {
        let text = include_str!("../../../tests/vectors/oracle/bounded_queue.json");
        let oracle: Oracle = serde_json::from_str(text).unwrap();
        assert!(oracle.cases.len() >= 12);
        for (index, case) in oracle.cases.iter().enumerate() {
            let queue = BoundedQueue::new(
                case.arrival_rate,
                case.service_rate,
                case.servers,
                case.places,
                case.patience_seconds,
            )
            .unwrap();
            let mut pairs = vec![
                (queue.blocking_probability(), case.blocking),
                (queue.abandonment_probability(), case.abandonment),
                (queue.wait_probability(), case.wait_probability),
                (queue.mean_wait(), case.mean_wait),
            ];
            match case.wait_tail {
                Some(tail) => pairs.push((queue.wait_tail(case.seconds).unwrap(), tail)),
                None => assert!(queue.wait_tail(case.seconds).is_err()),
            }
            for (at, (ours, theirs)) in pairs.into_iter().enumerate() {
                assert!((ours - theirs).abs() <= 1e-12 * theirs + 1e-18, "{index} {at}: {ours} {theirs}");
            }
        }
    }

    #[test]
    fn the_neighbours_are_met() {
        // No place: Erlang B. As patient as can be, or with places without end: M/M/c.
        for (servers, offered) in [(1, 0.5), (10, 12.0), (1000, 990.0), (1_000_000, 1_000_500.0)] {
            let queue = BoundedQueue::new(offered, 1.0, servers, Some(0), None).unwrap();
            let lost = erlang_b(servers, offered).unwrap();
            assert!((queue.blocking_probability() / lost - 1.0).abs() < 1e-12, "{servers}");
            assert_eq!((queue.wait_probability(), queue.mean_wait()), (0.0, 0.0));
        }
        for (servers, offered) in [(1, 0.5), (10, 9.0), (1000, 970.0), (1_000_000, 999_000.0)] {
            let endless = Queue::new(offered, 1.0, servers).unwrap();
            let long = BoundedQueue::new(offered, 1.0, servers, Some(1_000_000), None).unwrap();
            assert!((long.wait_probability() / endless.wait_probability() - 1.0).abs() < 1e-11);
            assert!((long.mean_wait() / endless.mean_wait() - 1.0).abs() < 1e-10);
            let (ours, theirs) = (long.wait_quantile(0.9).unwrap(), endless.wait_quantile(0.9).unwrap());
            assert!((ours - theirs).abs() <= 1e-9 * theirs, "{ours} {theirs}");
            // With patience the line is shorter, but never empty.
            let impatient = BoundedQueue::new(offered, 1.0, servers, None, Some(1.0)).unwrap();
            assert!(impatient.mean_wait() < endless.mean_wait() && impatient.abandonment_probability() > 0.0);
        }
        // Far above capacity almost all of the excess gives up.
        let flooded = BoundedQueue::new(2e6, 1.0, 1_000_000, None, Some(100.0)).unwrap();
        assert!((flooded.abandonment_probability() - 0.5).abs() < 1e-9);
        assert!((flooded.utilization() - 1.0).abs() < 1e-9);
        assert_eq!(BoundedQueue::new(0.0, 1.0, 3, Some(5), None).unwrap().wait_probability(), 0.0);
    }

    #[test]
    fn bad_arguments_are_refused_by_name() {
        let refused = |arrivals, rate, servers, places, patience| {
            BoundedQueue::new(arrivals, rate, servers, places, patience).unwrap_err().to_string()
        };
        assert!(refused(-1.0, 1.0, 1, Some(1), None).starts_with("arrival_rate:"));
        assert!(refused(1.0, 0.0, 1, Some(1), None).starts_with("service_rate:"));
        assert!(refused(1.0, 1.0, 0, Some(1), None).starts_with("servers:"));
        assert!(refused(1.0, 1.0, 1, Some(u64::MAX), None).starts_with("places:"));
        assert!(refused(1.0, 1.0, 1, None, None).starts_with("places:"));
        assert!(refused(1.0, 1.0, 1, None, Some(0.0)).starts_with("patience_seconds:"));
        assert!(refused(1e6, 1.0, 1, None, Some(1e9)).starts_with("patience_seconds:"));
    }

    proptest! {
        #[test]
        fn shares_are_shares_and_flows_balance(
            servers in 1u64..300, rho in 0.0f64..3.0, places in prop::option::of(0u64..500), patience in 1e-3f64..1e3,
        ) {
            let queue = BoundedQueue::new(rho * servers as f64, 1.0, servers, places, Some(patience)).unwrap();
            for share in [
                queue.blocking_probability(), queue.abandonment_probability(), queue.wait_probability(), queue.utilization(),
            ] {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&share), "{}", share);
            }
            // What gives up does so at the rate of patience: P(give up) = θ·E[wait]·P(enter).
            let given_up = queue.mean_wait() * (1.0 - queue.blocking_probability()) / patience;
            prop_assert!((queue.abandonment_probability() - given_up).abs() < 1e-12);
        }

        #[test]
        fn the_wait_quantile_inverts_the_tail(servers in 1u64..100, rho in 0.1f64..2.0, places in 1u64..200, p in 0.01f64..0.999) {
            let queue = BoundedQueue::new(rho * servers as f64, 1.0, servers, Some(places), None).unwrap();
            let seconds = queue.wait_quantile(p).unwrap();
            let tail = queue.wait_tail(seconds).unwrap();
            prop_assert!(tail <= 1.0 - p && (seconds == 0.0 || (tail / (1.0 - p) - 1.0).abs() < 1e-9), "{} {}", tail, p);
        }
    }
}
