//! Before replicas are removed: those that stay must keep the promise with room to spare.
//!
//! With the load observed now, `n` replicas may stay when their response (or wait, or utilization) is at most a share of what the target
//! allows. For n = N − 1 that is the check at N/(N − 1) of the load per replica which language-model planners make.

use crate::capacity::{Target, servers_for};
use crate::error::{Error, Result, strictly_between};
use crate::policy::replicas_for;

/// The target with a share of its seconds, or of its utilization.
fn tightened(target: Target, share: f64) -> Target {
    match target {
        Target::Utilization(most) => Target::Utilization(share * most),
        Target::MeanWait(seconds) => Target::MeanWait(share * seconds),
        Target::WaitQuantile(p, seconds) => Target::WaitQuantile(p, share * seconds),
        Target::ResponseQuantile(p, seconds) => Target::ResponseQuantile(p, share * seconds),
    }
}

/// Refuses a share that no count could meet.
pub(super) fn check(share: Option<f64>, service_rate: f64, target: Target) -> Result<()> {
    let Some(share) = share else { return Ok(()) };
    strictly_between("rails.consolidation", share, 0.0, 1.0)?;
    servers_for(0.5 * service_rate, service_rate, tightened(target, share))
        .map(|_| ())
        .map_err(|error| Error::config("rails.consolidation", error.to_string()))
}

/// The fewest replicas that may stay.
pub(in crate::engine) fn fewest(
    share: f64,
    load: f64,
    service_rate: f64,
    target: Target,
    most: u32,
) -> Result<u32> {
    replicas_for(load, service_rate, tightened(target, share), most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::Queue;

    #[test]
    fn those_that_stay_keep_the_promise_with_room_to_spare() {
        let target = Target::ResponseQuantile(0.95, 0.4);
        for load in [5.0, 50.0, 200.0, 1000.0] {
            let count = fewest(0.8, load, 10.0, target, 1000).unwrap();
            let response = |count| Queue::new(load, 10.0, count).unwrap().response_quantile(0.95).unwrap();
            assert!(response(count.into()) <= 0.32 * (1.0 + 1e-9), "{load}");
            assert!(
                count == 1 || load >= 10.0 * f64::from(count - 1) || response(u64::from(count) - 1) > 0.32
            );
        }
        assert_eq!(fewest(0.5, 10.0, 1.0, Target::Utilization(0.8), 1000).unwrap(), 25);
    }

    #[test]
    fn shares_that_nothing_meets_are_refused() {
        let target = Target::ResponseQuantile(0.95, 0.4);
        assert!(check(Some(0.8), 10.0, target).is_ok() && check(None, 10.0, target).is_ok());
        for share in [0.7, 0.0, 1.0, f64::NAN] {
            let error = check(Some(share), 10.0, target).unwrap_err().to_string();
            assert!(error.starts_with("rails.consolidation: "), "{error}");
        }
    }
}
