//! What the service must achieve, and the fewest servers that achieve it.
//!
//! Every target is monotone in the count of servers, so the least count is found by stepping up from the
//! offered load in strides that begin with `√a` (square-root staffing: Halfin and Whitt 1981, Operations
//! Research 29(3)) and double, and then halving the last stride: O(log c) queues, no allocation.

use super::{MAX_SERVERS, Queue};
use crate::error::{Error, Result, not_negative, positive, strictly_between};
use crate::math::{exp, log1p};
use serde::{Deserialize, Serialize};

/// What the service must achieve. As JSON: `{"response_quantile": [0.95, 0.4]}`, `{"utilization": 0.7}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The servers are busy for at most this share of the time, between 0 and 1.
    Utilization(f64),
    /// The mean wait is at most this many seconds, above 0.
    MeanWait(f64),
    /// A share (between 0 and 1) of the requests waits at most so many seconds; 0 seconds means that this
    /// share does not wait at all.
    WaitQuantile(f64, f64),
    /// A share (between 0 and 1) of the responses, wait and service together, takes at most so many seconds,
    /// above 0.
    ResponseQuantile(f64, f64),
}

impl Target {
    /// Refuses numbers out of the ranges given with each kind of target.
    pub fn check(&self) -> Result<()> {
        let share = |p| strictly_between("target", p, 0.0, 1.0);
        match *self {
            Target::Utilization(most) => share(most)?,
            Target::MeanWait(seconds) => positive("target", seconds)?,
            Target::WaitQuantile(p, seconds) => share(p).and_then(|_| not_negative("target", seconds))?,
            Target::ResponseQuantile(p, seconds) => share(p).and_then(|_| positive("target", seconds))?,
        };
        Ok(())
    }

    /// Whether the queue, in its steady state, achieves this. An overloaded queue achieves none of these.
    pub fn is_met(&self, queue: &Queue) -> bool {
        match *self {
            Target::Utilization(most) => queue.utilization() <= most,
            Target::MeanWait(seconds) => queue.mean_wait() <= seconds,
            Target::WaitQuantile(p, seconds) => queue.quantile_of_wait(p) <= seconds,
            Target::ResponseQuantile(p, seconds) => queue.response_tail(seconds) <= 1.0 - p,
        }
    }
}

/// The smallest count of servers, at least 1, with which the queue M/M/c meets the target.
///
/// Rates are per second: `arrival_rate ≥ 0` in all, `service_rate > 0` for each server. O(log c) evaluations,
/// no allocation. [`Error::Infeasible`] when no count would do because the service time alone exceeds the
/// target (with or without arrivals), or when more than [`MAX_SERVERS`] would be needed.
pub fn servers_for(arrival_rate: f64, service_rate: f64, target: Target) -> Result<u64> {
    target.check()?;
    not_negative("arrival_rate", arrival_rate)?;
    positive("service_rate", service_rate)?;
    check_service_alone(service_rate, target)?;
    let meets = |servers| Queue::new(arrival_rate, service_rate, servers).map(|queue| target.is_met(&queue));

    let offered = arrival_rate / service_rate;
    let (surely_needed, stride) = match target {
        Target::Utilization(most) => (offered / most, 1),
        _ => (offered, (offered.sqrt() as u64).max(1)),
    };
    let too_many = || {
        let problem = format!(
            "{arrival_rate} arrivals per second at {service_rate} per second and server need more than {MAX_SERVERS} servers"
        );
        Error::infeasible("target", problem)
    };
    if surely_needed > MAX_SERVERS as f64 {
        return Err(too_many());
    }
    // One less than surely needed, so that rounding in the division cannot hide the answer.
    fewest((surely_needed as u64).saturating_sub(1), stride, meets)?.ok_or_else(too_many)
}

/// The smallest count above `too_few` that meets what larger ones meet as well; `None` when not even [`MAX_SERVERS`] do.
pub(super) fn fewest(
    mut too_few: u64,
    mut stride: u64,
    meets: impl Fn(u64) -> Result<bool>,
) -> Result<Option<u64>> {
    let mut enough = (too_few + stride).min(MAX_SERVERS);
    while !meets(enough)? {
        if enough == MAX_SERVERS {
            return Ok(None);
        }
        too_few = enough;
        stride *= 2;
        enough = (enough + stride).min(MAX_SERVERS);
    }
    while enough - too_few > 1 {
        let middle = too_few + (enough - too_few) / 2;
        if meets(middle)? {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    Ok(Some(enough))
}

/// Refuses a response target that even an idle server misses.
pub(super) fn check_service_alone(service_rate: f64, target: Target) -> Result<()> {
    if let Target::ResponseQuantile(p, seconds) = target {
        let missed = exp(-service_rate * seconds);
        if missed > 1.0 - p {
            let reachable = -log1p(-p) / service_rate;
            let problem = format!(
                "the service time alone exceeds it: at {service_rate} per second and server a share of {missed} is \
                 served in more than {seconds} s; no {p} quantile below {reachable} s can be reached"
            );
            return Err(Error::infeasible("target", problem));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Deserialize)]
    struct Case {
        lambda: f64,
        t: f64,
        q: f64,
        min_c: u64,
        p_sojourn_gt_t_at_min_c: f64,
    }

    #[derive(Deserialize)]
    struct Oracle {
        cases: Vec<Case>,
    }

    #[test]
    fn staffing_agrees_with_the_exact_counts() {
        let text = include_str!("../../../tests/vectors/oracle/erlang_staffing.json");
        let oracle: Oracle = serde_json::from_str(text).unwrap();
        assert_eq!(oracle.cases.len(), 4);
        for case in oracle.cases {
            let servers = servers_for(case.lambda, 1.0, Target::ResponseQuantile(case.q, case.t)).unwrap();
            assert_eq!(servers, case.min_c);
            let tail = Queue::new(case.lambda, 1.0, servers).unwrap().response_tail(case.t);
            assert!((tail / case.p_sojourn_gt_t_at_min_c - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn an_unreachable_target_says_why_with_the_numbers() {
        let message = servers_for(0.0, 5.0, Target::ResponseQuantile(0.75, 0.25)).unwrap_err().to_string();
        assert!(
            message.starts_with("target: the service time alone exceeds it: at 5 per second"),
            "{message}"
        );
        assert!(message.contains("0.2865") && message.contains("0.2772"), "{message}");
        let message = servers_for(1e9, 1.0, Target::Utilization(0.5)).unwrap_err().to_string();
        assert!(message.ends_with("need more than 10000000 servers"), "{message}");
        assert!(servers_for(9_999_999.5, 1.0, Target::MeanWait(1e-9)).is_err());
    }

    #[test]
    fn round_numbers_give_round_answers() {
        assert_eq!(servers_for(21.0, 10.0, Target::Utilization(0.7)).unwrap(), 3);
        assert_eq!(servers_for(70.0, 1.0, Target::Utilization(0.7)).unwrap(), 100);
        for target in [Target::Utilization(0.7), Target::MeanWait(1e-3), Target::WaitQuantile(0.99, 0.0)] {
            assert_eq!(servers_for(0.0, 10.0, target).unwrap(), 1);
        }
    }

    #[test]
    fn targets_are_written_as_documented_and_checked() {
        let written = |target: Target| serde_json::to_string(&target).unwrap();
        assert_eq!(written(Target::ResponseQuantile(0.95, 0.4)), r#"{"response_quantile":[0.95,0.4]}"#);
        assert_eq!(written(Target::Utilization(0.7)), r#"{"utilization":0.7}"#);
        assert_eq!(serde_json::from_str::<Target>(r#"{"mean_wait": 2}"#).unwrap(), Target::MeanWait(2.0));
        assert!(serde_json::from_str::<Target>(r#"{"mean": 2}"#).is_err());
        for bad in [
            Target::Utilization(1.0),
            Target::Utilization(f64::NAN),
            Target::MeanWait(0.0),
            Target::WaitQuantile(0.9, -1.0),
            Target::WaitQuantile(1.0, 1.0),
            Target::ResponseQuantile(0.9, f64::INFINITY),
        ] {
            assert!(servers_for(1.0, 1.0, bad).unwrap_err().to_string().starts_with("target:"), "{bad:?}");
        }
    }

    fn any_target() -> impl Strategy<Value = Target> {
        prop_oneof![
            (0.01f64..0.999).prop_map(Target::Utilization),
            (1e-6f64..10.0).prop_map(Target::MeanWait),
            (0.01f64..0.9999, 0.0f64..5.0).prop_map(|(p, t)| Target::WaitQuantile(p, t)),
            (0.01f64..0.9999, 1.0f64..5.0)
                .prop_map(|(p, t)| Target::ResponseQuantile(p, -(1.0 - p).ln() * t + 1e-9)),
        ]
    }

    proptest! {
        #[test]
        fn the_answer_is_the_smallest(offered in 0.0f64..3000.0, rate in 1e-3f64..1e3, target in any_target()) {
            let target = match target {
                Target::MeanWait(t) => Target::MeanWait(t / rate),
                Target::WaitQuantile(p, t) => Target::WaitQuantile(p, t / rate),
                Target::ResponseQuantile(p, t) => Target::ResponseQuantile(p, t / rate),
                utilization => utilization,
            };
            let arrivals = offered * rate;
            let servers = servers_for(arrivals, rate, target).unwrap();
            prop_assert!(target.is_met(&Queue::new(arrivals, rate, servers).unwrap()));
            prop_assert!(servers == 1 || !target.is_met(&Queue::new(arrivals, rate, servers - 1).unwrap()));
        }

        #[test]
        fn more_load_never_needs_fewer(offered in 0.0f64..3000.0, more in 0.0f64..100.0, target in any_target()) {
            prop_assert!(servers_for(offered + more, 1.0, target).unwrap() >= servers_for(offered, 1.0, target).unwrap());
        }
    }
}
