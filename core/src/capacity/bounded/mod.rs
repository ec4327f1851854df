//! Queues in which not everyone is served: a line of limited length (M/M/c/K) and callers who give up (Erlang A).
//!
//! The count `n` of those in the system is a birth-death chain: births at rate `λ` below the limit, deaths at rate `min(n, c)·μ +
//! max(n − c, 0)·θ`, where `1/θ` is the mean patience (Palm 1957, "Research on telephone traffic carried by full
//! availability groups", Tele 1; Mandelbaum & Zeltyn 2007, "Service engineering in action: the Palm/Erlang-A queue"). `chain` sums its
//! law; `places` and `patience` have the law of the wait, each for one of the two bounds.

mod chain;
mod patience;
mod places;
#[cfg(test)]
mod tests;

use super::erlang::check_servers;
use super::target::{check_service_alone, fewest};
use super::{MAX_SERVERS, Target};
use crate::error::{Error, Result, not_negative, positive, strictly_between};
use chain::Chain;
use patience::Patience;
use places::Places;

/// What is left out of a sum, as a share of it.
const NEGLIGIBLE: f64 = 1e-20;
/// The most arrivals within one mean patience: keeps the count of terms below some millions.
const MAX_PATIENT: f64 = 1e10;

/// A queue with a limited line, impatient customers, or both, in its steady state. Rates are per second, times in seconds.
///
/// Tails and quantiles of wait and response are those of customers who are served; with both bounds their law has no closed form that is
/// offered here. The mean wait is that of all who enter.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundedQueue {
    service_rate: f64,
    blocking_probability: f64,
    abandonment_probability: f64,
    utilization: f64,
    wait_probability: f64,
    mean_wait: f64,
    law: Option<Law>,
}

/// The law of wait and response.
#[derive(Debug, Clone, PartialEq)]
enum Law {
    Places(Places),
    Patience(Patience),
}

impl BoundedQueue {
    /// A queue of at least one server, each of `service_rate` per second, with `arrival_rate ≥ 0` arriving per second.
    ///
    /// At most `places` wait, the others are turned away (`None`: no limit; 0: Erlang B). Those who wait give up after an exponential
    /// time of mean `patience_seconds` (`None`: never). Some `10·√a` steps, with patience `10·√(λ/θ)` and without at most
    /// `places` more; with a limited line as many numbers are kept.
    ///
    /// # Errors
    /// [`Error::Config`] for rates out of range, more than [`MAX_SERVERS`] servers or places, a queue without
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
        let capacity = servers as f64 * service_rate;
        positive("service_rate", capacity)?;
        let giving_up = match patience_seconds {
            None => 0.0,
            Some(seconds) => rate_of_patience(arrival_rate, capacity, seconds)?,
        };
        let limit = match places {
            Some(places) if places > MAX_SERVERS => {
                return Err(Error::config("places", format!("must be at most {MAX_SERVERS}, got {places}")));
            }
            Some(places) => servers + places,
            None if giving_up > 0.0 => u64::MAX,
            None => return Err(Error::config("places", "is needed where patience has no end")),
        };
        let chain = Chain::new(arrival_rate, service_rate, servers, limit, giving_up);
        let (utilization, mean_line) = (chain.utilization(), chain.mean_line());
        // Those who enter are served or give up: where few enter, all arrivals less those turned away would cancel.
        let (serving, losing) = (utilization * capacity, giving_up * mean_line);
        let abandonment_probability = if arrival_rate > 0.0 { (losing / arrival_rate).min(1.0) } else { 0.0 };
        let wait_probability = chain.wait_probability();
        let law = if patience_seconds.is_none() {
            Some(Law::Places(chain.places(capacity, servers)))
        } else if places.is_none() {
            let served = if abandonment_probability < 0.5 {
                1.0 - abandonment_probability
            } else {
                serving / arrival_rate
            };
            Some(Law::Patience(Patience::new(
                arrival_rate,
                service_rate,
                servers,
                giving_up,
                wait_probability,
                chain.free_probability(),
                served,
            )))
        } else {
            None
        };
        Ok(BoundedQueue {
            service_rate,
            blocking_probability: chain.at_limit() / chain.total,
            abandonment_probability,
            utilization,
            wait_probability,
            mean_wait: if mean_line > 0.0 { mean_line / (serving + losing) } else { 0.0 },
            law,
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
        self.utilization
    }

    /// Of those who enter, the share that must wait.
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// The mean time in line of those who enter, whether they are served in the end or give up (Little's law); 0 without arrivals.
    pub fn mean_wait(&self) -> f64 {
        self.mean_wait
    }

    /// Of those who are served, the share that waits longer than `seconds`. 1 for a negative time and NaN.
    ///
    /// With a limited line some `18·√(c·μ·seconds)` steps, with patience some hundred exponentials.
    ///
    /// # Errors
    /// [`Error::Config`] for a queue with both bounds: its law of the wait is not offered.
    pub fn wait_tail(&self, seconds: f64) -> Result<f64> {
        let law = self.law()?;
        Ok(if seconds >= 0.0 { law.wait_tail(seconds) } else { 1.0 })
    }

    /// The wait that a share `p` of those who are served stays within, 0 < p < 1, by bisection to full precision.
    ///
    /// # Errors
    /// As [`wait_tail`](Self::wait_tail), and [`Error::Config`] for a `p` out of range.
    pub fn wait_quantile(&self, p: f64) -> Result<f64> {
        strictly_between("p", p, 0.0, 1.0)?;
        let law = self.law()?;
        Ok(quantile(p, 1.0 / self.service_rate, |seconds| law.wait_tail(seconds)))
    }

    /// Of those who are served, the share whose response, wait and service together, takes longer than `seconds`; as [`wait_tail`](Self::wait_tail).
    ///
    /// # Errors
    /// As [`wait_tail`](Self::wait_tail).
    pub fn response_tail(&self, seconds: f64) -> Result<f64> {
        let law = self.law()?;
        Ok(if seconds >= 0.0 { law.response_tail(seconds) } else { 1.0 })
    }

    /// The response time that a share `p` of those who are served stays within, 0 < p < 1.
    ///
    /// # Errors
    /// As [`wait_quantile`](Self::wait_quantile).
    pub fn response_quantile(&self, p: f64) -> Result<f64> {
        strictly_between("p", p, 0.0, 1.0)?;
        let law = self.law()?;
        Ok(quantile(p, 1.0 / self.service_rate, |seconds| law.response_tail(seconds)))
    }

    fn law(&self) -> Result<&Law> {
        self.law.as_ref().ok_or_else(|| {
            let problem =
                "the law of the wait is offered for a limited line or for patience, not for both at once";
            Error::config("patience_seconds", problem)
        })
    }

    fn meets(&self, target: Target, most_lost: f64) -> Result<bool> {
        let met = match target {
            Target::Utilization(most) => self.utilization() <= most,
            Target::MeanWait(seconds) => self.mean_wait() <= seconds,
            Target::WaitQuantile(p, seconds) => self.wait_tail(seconds)? <= 1.0 - p,
            Target::ResponseQuantile(p, seconds) => self.response_tail(seconds)? <= 1.0 - p,
        };
        Ok(met && self.blocking_probability + self.abandonment_probability <= most_lost)
    }
}

/// The smallest count of servers, at least 1, with which a [`BoundedQueue`] meets the target, and turns away or loses to impatience at most the
/// share `most_lost` of the arrivals, 0 < `most_lost` ≤ 1.
///
/// A quantile is that of those who are served, [`Target::MeanWait`] the mean of all who enter, also of those who give up in the end.
/// O(log c) queues. Without a bound on what is lost a target on the wait alone may be met by turning almost everyone away.
///
/// # Errors
/// As [`BoundedQueue::new`] and [`servers_for`](super::servers_for); a quantile with both bounds is refused as in [`BoundedQueue::wait_tail`].
pub fn servers_for_bounded(
    arrival_rate: f64,
    service_rate: f64,
    places: Option<u64>,
    patience_seconds: Option<f64>,
    target: Target,
    most_lost: f64,
) -> Result<u64> {
    target.check()?;
    if !(most_lost > 0.0 && most_lost <= 1.0) {
        return Err(Error::config(
            "most_lost",
            format!("must lie above 0 and be at most 1, got {most_lost}"),
        ));
    }
    not_negative("arrival_rate", arrival_rate)?;
    positive("service_rate", service_rate)?;
    check_service_alone(service_rate, target)?;
    let found = fewest(0, 1, |servers| {
        BoundedQueue::new(arrival_rate, service_rate, servers, places, patience_seconds)?
            .meets(target, most_lost)
    })?;
    found.ok_or_else(|| {
        let problem = format!(
            "{arrival_rate} arrivals per second at {service_rate} per second and server need more than {MAX_SERVERS} servers"
        );
        Error::infeasible("target", problem)
    })
}

fn rate_of_patience(arrival_rate: f64, capacity: f64, seconds: f64) -> Result<f64> {
    positive("patience_seconds", seconds)?;
    positive("patience_seconds", 1.0 / seconds)?;
    positive("patience_seconds", 1.0 / seconds / capacity)?;
    if arrival_rate * seconds > MAX_PATIENT {
        let most = MAX_PATIENT / arrival_rate;
        let problem = format!("must be at most {most} at {arrival_rate} arrivals per second, got {seconds}");
        return Err(Error::config("patience_seconds", problem));
    }
    Ok(1.0 / seconds)
}

impl Law {
    fn wait_tail(&self, seconds: f64) -> f64 {
        match self {
            Law::Places(law) => law.wait_tail(seconds),
            Law::Patience(law) => law.wait_tail(seconds),
        }
    }

    fn response_tail(&self, seconds: f64) -> f64 {
        match self {
            Law::Places(law) => law.response_tail(seconds),
            Law::Patience(law) => law.response_tail(seconds),
        }
    }
}

/// The least time after which no more than `1 − p` are left.
fn quantile(p: f64, scale: f64, tail: impl Fn(f64) -> f64) -> f64 {
    let missed = 1.0 - p;
    if tail(0.0) <= missed {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, scale);
    while tail(high) > missed && high < f64::MAX {
        low = high;
        high *= 2.0;
    }
    loop {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            return high;
        }
        if tail(middle) > missed {
            low = middle;
        } else {
            high = middle;
        }
    }
}
