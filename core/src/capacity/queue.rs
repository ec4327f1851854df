//! The queue M/M/c: Poisson arrivals, exponential service, `c` servers, one line, first come first served.
//!
//! With `C` the probability to wait (Erlang C) and `θ = c·μ − λ`: the wait is 0 with probability `1 − C`,
//! otherwise exponential with rate `θ`, and the response is the wait plus a service time (Kleinrock 1975,
//! "Queueing Systems" I, section 3.5). For other variability the wait is stretched by `V = (c_a² + c_s²)/2`
//! (Allen and Cunneen; Allen 1990, "Probability, Statistics, and Queueing Theory", section 5.3): `θ` becomes
//! `θ/V`, while `C` stays.

use super::erlang::{check_servers, wait_probability};
use crate::error::{Result, not_negative, positive, strictly_between};
use crate::math::{exp, expm1, ln, log1p};
use std::f64::consts::LN_2;

/// Safeguarded Newton needs about six steps; the bound only makes an end certain.
const MAX_STEPS: usize = 200;

/// A queue in its steady state. Rates are per second, times in seconds.
///
/// From a utilization of 1 the line grows without end: every wait is then infinite, which is an answer and
/// not an error. The same holds for a queue without servers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Queue {
    arrival_rate: f64,
    service_rate: f64,
    servers: u64,
    wait_probability: f64,
    /// Rate of the exponential that those who wait, wait for; 0 when overloaded, infinite without
    /// variability.
    wait_rate: f64,
}

impl Queue {
    /// A queue of `servers` that each serve `service_rate` per second, with `arrival_rate ≥ 0` arriving per
    /// second.
    ///
    /// Computes Erlang C once, see [`erlang_b`](super::erlang_b) for the cost; everything else is then O(1).
    /// Refuses a negative or infinite arrival rate, a service rate that is not above 0, and more than
    /// [`MAX_SERVERS`](super::MAX_SERVERS).
    pub fn new(arrival_rate: f64, service_rate: f64, servers: u64) -> Result<Self> {
        Self::with_waits(arrival_rate, service_rate, servers, wait_probability)
    }

    /// As [`new`](Self::new), with Erlang C of the servers and the offered load by whoever has it at hand.
    pub(crate) fn with_waits(
        arrival_rate: f64,
        service_rate: f64,
        servers: u64,
        wait_probability: impl FnOnce(u64, f64) -> f64,
    ) -> Result<Self> {
        not_negative("arrival_rate", arrival_rate)?;
        positive("service_rate", service_rate)?;
        check_servers(servers)?;
        let mut queue = Self { arrival_rate, service_rate, servers, wait_probability: 1.0, wait_rate: 0.0 };
        queue.wait_rate = queue.spare_rate();
        if queue.wait_rate > 0.0 {
            queue.wait_probability = wait_probability(servers, arrival_rate / service_rate);
        }
        Ok(queue)
    }

    /// The same queue with other variability: the coefficients of variation (standard deviation over mean, at
    /// least 0) of the times between arrivals and of the service times. 1 and 1 is M/M/c, exactly.
    ///
    /// An approximation: the mean wait is Allen and Cunneen's, the probability to wait is left as it is, and
    /// the wait of those who wait keeps its exponential form. Response quantiles and tails go on taking the
    /// service time itself as exponential: on the safe side for `service_cv < 1`, too low in the far tail for
    /// `service_cv > 1`.
    pub fn with_variability(self, arrival_cv: f64, service_cv: f64) -> Result<Self> {
        not_negative("arrival_cv", arrival_cv)?;
        not_negative("service_cv", service_cv)?;
        let stretch = (arrival_cv * arrival_cv + service_cv * service_cv) / 2.0;
        let spare = self.spare_rate();
        Ok(Self { wait_rate: if spare > 0.0 { spare / stretch } else { 0.0 }, ..self })
    }

    /// Arrival rate over the rate that all servers together can serve; above 1 when overloaded, infinite
    /// without servers.
    pub fn utilization(&self) -> f64 {
        if self.servers == 0 {
            f64::INFINITY
        } else {
            self.arrival_rate / (self.servers as f64 * self.service_rate)
        }
    }

    /// The probability that an arrival must wait: Erlang C.
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// The mean time before service begins, over all arrivals.
    pub fn mean_wait(&self) -> f64 {
        if self.wait_probability == 0.0 { 0.0 } else { self.wait_probability / self.wait_rate }
    }

    /// The mean time from arrival to the end of service.
    pub fn mean_response(&self) -> f64 {
        self.mean_wait() + 1.0 / self.service_rate
    }

    /// The wait that a share `p` of all arrivals stays within, 0 < p < 1; 0 where no more than `1 − p` wait
    /// at all.
    pub fn wait_quantile(&self, p: f64) -> Result<f64> {
        strictly_between("p", p, 0.0, 1.0)?;
        Ok(self.quantile_of_wait(p))
    }

    /// The response time that a share `p` of all arrivals stays within, 0 < p < 1.
    ///
    /// It has no closed form: safeguarded Newton on the logarithm of [`response_tail`](Self::response_tail),
    /// to full precision.
    pub fn response_quantile(&self, p: f64) -> Result<f64> {
        self.response_quantile_near(p, 0.0)
    }

    /// The same, sooner found the nearer it is to `guess`.
    pub(crate) fn response_quantile_near(&self, p: f64, guess: f64) -> Result<f64> {
        strictly_between("p", p, 0.0, 1.0)?;
        Ok(self.quantile_of_response(p, guess))
    }

    /// The probability that a response takes longer than `seconds`; 1 when overloaded, and for a time that is
    /// negative or NaN.
    pub fn response_tail(&self, seconds: f64) -> f64 {
        self.response_tail_by(seconds, exp)
    }

    /// The same, with the exponential function of the service time's tail by whoever may have its value at hand.
    pub(crate) fn response_tail_by(&self, seconds: f64, service_tail: impl FnOnce(f64) -> f64) -> f64 {
        if seconds.is_nan() || seconds <= 0.0 || self.wait_rate == 0.0 {
            return 1.0;
        }
        let service = service_tail(-self.service_rate * seconds);
        (service + self.wait_probability * self.wait_tail_part(seconds, service)).min(1.0)
    }

    /// What all servers together can serve beyond what arrives, at least 0.
    fn spare_rate(&self) -> f64 {
        (self.servers as f64 * self.service_rate - self.arrival_rate).max(0.0)
    }

    pub(super) fn quantile_of_wait(&self, p: f64) -> f64 {
        self.wait_missed_by(1.0 - p)
    }

    /// The wait that a share `missed` of all arrivals exceeds.
    fn wait_missed_by(&self, missed: f64) -> f64 {
        if self.wait_rate == 0.0 {
            f64::INFINITY
        } else if self.wait_probability <= missed {
            0.0
        } else {
            log1p((self.wait_probability - missed) / missed) / self.wait_rate
        }
    }

    fn quantile_of_response(&self, p: f64, guess: f64) -> f64 {
        let log_missed = log1p(-p);
        let service_alone = -log_missed / self.service_rate;
        if self.wait_rate == 0.0 {
            return f64::INFINITY;
        }
        if self.wait_rate == f64::INFINITY || self.wait_probability == 0.0 {
            return service_alone;
        }
        // The response exceeds both its parts; and t + u only where the service exceeds t or the wait u.
        let mut low = service_alone.max(self.quantile_of_wait(p));
        let mut high = (LN_2 - log_missed) / self.service_rate + self.wait_missed_by(0.5 * (1.0 - p));
        if high == f64::INFINITY {
            return high;
        }
        let mut guess = if low < guess && guess < high { guess } else { low };
        for _ in 0..MAX_STEPS {
            let service = exp(-self.service_rate * guess);
            let both = self.wait_tail_part(guess, service);
            let tail = service + self.wait_probability * both;
            let density = (1.0 - self.wait_probability) * self.service_rate * service
                + self.wait_probability * self.wait_rate * both;
            let excess = ln(tail) - log_missed;
            if excess >= 0.0 {
                low = guess;
            } else {
                high = guess;
            }
            let newton = guess + excess * tail / density;
            // Newton squares the relative error, so that after this step only rounding is left.
            if (newton - guess).abs() <= 1e-9 * guess {
                return newton;
            }
            guess = if newton > low && newton < high { newton } else { low + 0.5 * (high - low) };
        }
        guess
    }

    /// Of the tail at `t > 0`, `P(service ≤ t < service + wait | waits)`, which is `μ·(e^{−θt} − e^{−μt})/(μ − θ)`, written so that nothing
    /// cancels however near `μ` and `θ` are. `service` is the service time's own, `e^{−μt}`.
    fn wait_tail_part(&self, t: f64, service: f64) -> f64 {
        let gap = (self.service_rate - self.wait_rate).abs();
        // That of the slower of the two.
        let decay = if self.wait_rate < self.service_rate { exp(-self.wait_rate * t) } else { service };
        if decay == 0.0 {
            0.0
        } else if gap == 0.0 {
            self.service_rate * t * decay
        } else {
            self.service_rate / gap * -expm1(-gap * t) * decay
        }
    }
}

/// The response time of a single server whose queue is M/M/1: `base / (1 − rho)`, infinite from `rho ≥ 1`.
///
/// `base` is the response time without load, in seconds, and `rho` demand over capacity; both at least 0.
pub fn latency(base: f64, rho: f64) -> Result<f64> {
    not_negative("base", base)?;
    not_negative("rho", rho)?;
    Ok(if rho >= 1.0 { f64::INFINITY } else { base / (1.0 - rho) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{erlang_b, erlang_c};
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Case {
        c: u64,
        rho: f64,
        erlang_b: f64,
        p_wait: f64,
        wq: f64,
        w: f64,
        wait_p95: f64,
        wait_p99: f64,
        soj_p95: f64,
        soj_p99: f64,
        p_soj_gt_2: f64,
    }

    #[derive(Deserialize)]
    struct Oracle {
        cases: Vec<Case>,
    }

    #[test]
    fn every_quantity_agrees_with_fifty_digits() {
        let oracle: Oracle =
            serde_json::from_str(include_str!("../../../tests/vectors/oracle/erlang_c.json")).unwrap();
        assert_eq!(oracle.cases.len(), 42);
        for case in oracle.cases {
            let offered = case.c as f64 * case.rho;
            let queue = Queue::new(offered, 1.0, case.c).unwrap();
            let tolerance = if case.rho <= 0.99 { 1e-12 } else { 1e-10 };
            for (name, ours, exact) in [
                ("erlang_b", erlang_b(case.c, offered).unwrap(), case.erlang_b),
                ("erlang_c", erlang_c(case.c, offered).unwrap(), case.p_wait),
                ("wait_probability", queue.wait_probability(), case.p_wait),
                ("mean_wait", queue.mean_wait(), case.wq),
                ("mean_response", queue.mean_response(), case.w),
                ("wait_quantile(0.95)", queue.wait_quantile(0.95).unwrap(), case.wait_p95),
                ("wait_quantile(0.99)", queue.wait_quantile(0.99).unwrap(), case.wait_p99),
                ("response_quantile(0.95)", queue.response_quantile(0.95).unwrap(), case.soj_p95),
                ("response_quantile(0.99)", queue.response_quantile(0.99).unwrap(), case.soj_p99),
                ("response_tail(2)", queue.response_tail(2.0), case.p_soj_gt_2),
            ] {
                let error = (ours - exact).abs();
                assert!(
                    error <= tolerance * exact,
                    "{name} at c={} rho={}: {ours} not {exact}",
                    case.c,
                    case.rho
                );
            }
        }
    }

    #[test]
    fn the_degenerate_response_is_a_gamma_law() {
        // c·μ − λ = μ: with c = 2, λ = μ the wait is as fast as the service, C = 1/3, tail = e^{−μt}(1 +
        // C·μ·t).
        let exact = |t: f64| (-t).exp() * (1.0 + t / 3.0);
        for near in [0.0, 1e-15, 1e-12, 1e-9] {
            let queue = Queue::new(1.0 - near, 1.0, 2).unwrap();
            for t in [0.1, 1.0, 5.0, 50.0] {
                let error = (queue.response_tail(t) / exact(t) - 1.0).abs();
                assert!(error <= 1e-13 + 2.0 * near * (1.0 + t), "{near} {t}: {error}");
            }
        }
    }

    #[test]
    fn overload_is_infinite_and_no_arrivals_are_service_alone() {
        for queue in [
            Queue::new(5.0, 1.0, 5),
            Queue::new(9.0, 1.0, 5),
            Queue::new(0.0, 1.0, 0),
            Queue::new(1.0, 1.0, 0),
        ] {
            let queue = queue.unwrap();
            assert!(queue.utilization() >= 1.0);
            assert_eq!(queue.wait_probability(), 1.0);
            assert_eq!(queue.mean_wait(), f64::INFINITY);
            assert_eq!(queue.mean_response(), f64::INFINITY);
            assert_eq!(queue.wait_quantile(1e-20).unwrap(), f64::INFINITY);
            assert_eq!(queue.response_quantile(0.5).unwrap(), f64::INFINITY);
            assert_eq!(queue.response_tail(1e300), 1.0);
            assert_eq!(queue.with_variability(0.0, 0.0).unwrap().mean_wait(), f64::INFINITY);
        }
        let idle = Queue::new(0.0, 4.0, 1).unwrap();
        assert_eq!((idle.utilization(), idle.mean_wait(), idle.mean_response()), (0.0, 0.0, 0.25));
        assert_eq!(idle.wait_quantile(0.99).unwrap(), 0.0);
        assert!((idle.response_quantile(0.95).unwrap() - 20f64.ln() / 4.0).abs() < 1e-15);
    }

    #[test]
    fn one_server_with_general_service_is_pollaczek_khinchine() {
        // M/G/1 is exact under Allen-Cunneen: mean wait = ρ(1 + c_s²) / (2μ(1 − ρ)).
        for service_cv in [0.0, 0.5, 1.0, 3.0] {
            let queue = Queue::new(0.8, 1.0, 1).unwrap().with_variability(1.0, service_cv).unwrap();
            let exact = 0.8 * (1.0 + service_cv * service_cv) / (2.0 * (1.0 - 0.8));
            assert!((queue.mean_wait() / exact - 1.0).abs() < 1e-14);
        }
        let clockwork = Queue::new(0.8, 1.0, 1).unwrap().with_variability(0.0, 0.0).unwrap();
        assert_eq!((clockwork.mean_wait(), clockwork.wait_quantile(0.99).unwrap()), (0.0, 0.0));
        assert_eq!(clockwork.response_tail(2.0), libm::exp(-2.0));
    }

    #[test]
    fn bad_arguments_are_refused_by_name() {
        assert!(Queue::new(-1.0, 1.0, 1).unwrap_err().to_string().starts_with("arrival_rate:"));
        assert!(Queue::new(1.0, 0.0, 1).unwrap_err().to_string().starts_with("service_rate:"));
        assert!(Queue::new(1.0, 1.0, u64::MAX).unwrap_err().to_string().starts_with("servers:"));
        let queue = Queue::new(1.0, 1.0, 2).unwrap();
        assert!(queue.with_variability(f64::NAN, 1.0).unwrap_err().to_string().starts_with("arrival_cv:"));
        for p in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(queue.wait_quantile(p).is_err() && queue.response_quantile(p).is_err(), "{p}");
        }
        assert!(latency(1.0, -0.1).is_err() && latency(f64::INFINITY, 0.1).is_err());
        assert_eq!(latency(0.2, 0.75).unwrap(), 0.8);
        assert_eq!(latency(0.2, 1.0).unwrap(), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn the_quantile_inverts_the_tail(
            servers in 1u64..400, rho in 0.0f64..0.9999, rate in 1e-6f64..1e6, p in 0.001f64..0.999_999, cv in 0.0f64..4.0,
        ) {
            let queue = Queue::new(rho * servers as f64 * rate, rate, servers).unwrap().with_variability(cv, 1.0).unwrap();
            let quantile = queue.response_quantile(p).unwrap();
            let tail = queue.response_tail(quantile);
            prop_assert!((tail / (1.0 - p) - 1.0).abs() < 1e-12, "{tail} {p}");
        }

        #[test]
        fn more_load_is_slower_and_more_servers_are_faster(
            servers in 1u64..2000, rho in 0.0f64..1.2, step in 0.001f64..0.5, p in 0.01f64..0.999,
        ) {
            let arrivals = rho * servers as f64;
            let queue = Queue::new(arrivals, 1.0, servers).unwrap();
            let busier = Queue::new(arrivals * (1.0 + step), 1.0, servers).unwrap();
            let larger = Queue::new(arrivals, 1.0, servers + 1).unwrap();
            let all = |queue: &Queue| [
                queue.mean_wait(), queue.wait_quantile(p).unwrap(), queue.response_quantile(p).unwrap(),
                queue.response_tail(1.5),
            ];
            for ((now, busier), larger) in all(&queue).into_iter().zip(all(&busier)).zip(all(&larger)) {
                prop_assert!(busier >= now * (1.0 - 1e-13) && larger <= now * (1.0 + 1e-13), "{now} {busier} {larger}");
            }
        }

        #[test]
        fn nothing_is_nan_at_the_edges_of_the_numbers(
            arrivals in prop::num::f64::POSITIVE | prop::num::f64::SUBNORMAL,
            rate in prop::num::f64::POSITIVE | prop::num::f64::SUBNORMAL,
            servers in 0u64..1000, p in prop_oneof![Just(1e-300), Just(1.0 - f64::EPSILON / 2.0), 1e-9f64..0.999],
            seconds in prop::num::f64::POSITIVE,
        ) {
            let (arrivals, rate) = (arrivals.abs(), rate.abs());
            if let Ok(queue) = Queue::new(arrivals, rate, servers) {
                for value in [
                    queue.utilization(), queue.wait_probability(), queue.mean_wait(), queue.mean_response(),
                    queue.wait_quantile(p).unwrap(), queue.response_quantile(p).unwrap(),
                    queue.response_tail(seconds), queue.response_tail(f64::INFINITY),
                ] {
                    prop_assert!(value >= 0.0, "{queue:?} {p}: {value}");
                }
            }
        }
    }
}
