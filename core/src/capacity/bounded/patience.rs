//! The wait and the response in Erlang A: no limit to the line, exponential patience of rate `θ`.
//!
//! A customer who would never give up waits `u > 0` with a density in proportion to `e^{g(u)}`,
//! `g(u) = (λ/θ)·(1 − e^{−θu}) − c·μ·u` (Zeltyn & Mandelbaum 2005, "Call centers with impatient customers: many-server asymptotics of
//! the M/M/n+G queue", Queueing Systems 51). One of patience `θ` is still there with probability `e^{−θu}`, and then served for an exponential time.
//! So all that is asked for is an integral of a log-concave function; Gauss-Legendre's rule on intervals that are halved
//! until nothing changes gives 12 digits. Within, time is measured in mean times between services of all servers.

use crate::math::{Sum, exp, expm1, ln};

/// What lies below e^{−LEAST} of the peak is left out.
const LEAST: f64 = 48.0;
/// Nodes and weights of the 12-point rule on (−1, 1), the positive half.
const RULE: [(f64, f64); 6] = [
    (0.125_233_408_511_468_9, 0.249_147_045_813_402_7),
    (0.367_831_498_998_180_2, 0.233_492_536_538_354_6),
    (0.587_317_954_286_617_5, 0.203_167_426_723_065_73),
    (0.769_902_674_194_304_7, 0.160_078_328_543_346_42),
    (0.904_117_256_370_474_8, 0.106_939_325_995_318_91),
    (0.981_560_634_246_719_2, 0.047_175_336_386_511_41),
];

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Patience {
    /// Services a second by all servers.
    capacity: f64,
    /// Per mean time between services: arrivals, those who give up of one who waits, and services by one server.
    arrivals: f64,
    giving_up: f64,
    service: f64,
    /// Where `g` is largest.
    mode: f64,
    free: f64,
    /// The share that waits over the integral of `e^{g − g(mode)}`.
    factor: f64,
    served: f64,
}

impl Patience {
    /// `wait_probability`, `free` and `served` are shares of all arrivals, each of them as it is: their differences from 1 would cancel.
    pub(super) fn new(
        arrival_rate: f64,
        service_rate: f64,
        servers: u64,
        giving_up: f64,
        wait_probability: f64,
        free: f64,
        served: f64,
    ) -> Self {
        let capacity = servers as f64 * service_rate;
        let mut law = Patience {
            capacity,
            arrivals: arrival_rate / capacity,
            giving_up: giving_up / capacity,
            service: 1.0 / servers as f64,
            mode: 0.0,
            free,
            factor: 1.0,
            served,
        };
        law.mode = law.peak(0.0);
        law.factor = wait_probability / law.integral(0.0, f64::INFINITY, 0.0, |u| law.log_density(u));
        law
    }

    /// Of those who are served, the share that waits longer.
    pub(super) fn wait_tail(&self, seconds: f64) -> f64 {
        (self.served_after(seconds * self.capacity) / self.served).min(1.0)
    }

    /// Of those who are served, the share whose wait and service together take longer.
    pub(super) fn response_tail(&self, seconds: f64) -> f64 {
        let time = seconds * self.capacity;
        if !time.is_finite() {
            return 0.0;
        }
        let in_service = |u: f64| self.log_density(u) - self.giving_up * u - self.service * (time - u);
        let serving = self.free * exp(-self.service * time)
            + self.factor * self.integral(0.0, time, self.giving_up - self.service, in_service);
        ((self.served_after(time) + serving) / self.served).min(1.0)
    }

    /// The share of all that waits longer and is served in the end.
    fn served_after(&self, time: f64) -> f64 {
        if !time.is_finite() {
            return 0.0;
        }
        let staying = |u: f64| self.log_density(u) - self.giving_up * u;
        self.factor * self.integral(time, f64::INFINITY, self.giving_up, staying)
    }

    /// `g(u) − g(mode)`, in which nothing cancels.
    fn log_density(&self, u: f64) -> f64 {
        let from_mode = u - self.mode;
        let arrivals = self.arrivals.min(1.0);
        let z = -self.giving_up * from_mode;
        let ratio = arrivals / self.giving_up;
        if z < -0.5 {
            -from_mode - ratio * expm1(z)
        } else {
            (arrivals - 1.0) * from_mode - ratio * excess(z)
        }
    }

    /// Where `g(u) − slope·u` is largest, from 0 on.
    fn peak(&self, slope: f64) -> f64 {
        (ln(self.arrivals / (1.0 + slope)) / self.giving_up).max(0.0)
    }

    /// The integral of `e^{exponent}`, which is `g` less a line of that slope, up to a constant.
    fn integral(&self, from: f64, to: f64, slope: f64, exponent: impl Fn(f64) -> f64) -> f64 {
        if to <= from {
            return 0.0;
        }
        let peak = self.peak(slope).clamp(from, to);
        let negligible = exponent(peak) - LEAST;
        let reach = |end: f64, sign: f64| {
            let mut step = 1.0 / (1.0 + self.arrivals + self.giving_up);
            while step < (end - peak).abs() && exponent(peak + sign * step) > negligible {
                step *= 2.0;
            }
            if step < (end - peak).abs() { peak + sign * step } else { end }
        };
        let (low, high) = (reach(from, -1.0), reach(to, 1.0));
        let whole = |a: f64, b: f64| rule(a, b, &exponent);
        let mut open = vec![(low, peak, whole(low, peak), 0), (peak, high, whole(peak, high), 0)];
        let size: f64 = open.iter().map(|part| part.2).sum();
        let mut total = Sum::default();
        while let Some((a, b, value, depth)) = open.pop() {
            let middle = 0.5 * (a + b);
            let (left, right) = (whole(a, middle), whole(middle, b));
            if depth < 30 && (left + right - value).abs() > 1e-14 * size {
                open.extend([(a, middle, left, depth + 1), (middle, b, right, depth + 1)]);
            } else {
                total.add(left + right);
            }
        }
        total.value()
    }
}

/// `e^z − 1 − z`.
fn excess(z: f64) -> f64 {
    if z.abs() > 0.125 {
        return expm1(z) - z;
    }
    // z²/2·(1 + z/3·(1 + z/4·(…)))
    let series = (3..=11).rev().fold(1.0, |sum, n| 1.0 + sum * z / f64::from(n));
    0.5 * z * z * series
}

fn rule(a: f64, b: f64, exponent: impl Fn(f64) -> f64) -> f64 {
    let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
    let pair = |(node, weight): (f64, f64)| {
        weight * (exp(exponent(middle - half * node)) + exp(exponent(middle + half * node)))
    };
    half * RULE.into_iter().map(pair).sum::<f64>()
}
