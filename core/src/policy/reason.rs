//! Why a count was decided: one code with its numbers for each step from the forecast to the last rail.

use super::label::Label;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One step on the way to a decision. In JSON: `{"stabilized": {"from": 4, "to": 6}}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A fixed count.
    Constant {
        /// The count.
        replicas: u32,
    },
    /// Sized for the forecast peak over the lead time.
    ForecastPeak {
        /// The load sized for: the upper quantile of the peak.
        load: f64,
        /// The replicas that meet the target at that load.
        replicas: u32,
    },
    /// Sized for the load observed now, without any forecast.
    ObservedLoad {
        /// The load observed.
        load: f64,
        /// The replicas that meet the target at that load.
        replicas: u32,
    },
    /// Proportional to the ratio of the metric to its target.
    MetricRatio {
        /// Metric over target.
        ratio: f64,
        /// The count that brings the ratio to 1.
        replicas: u32,
    },
    /// Sized for the peak of the same time one season ago.
    SeasonPeak {
        /// The load sized for.
        load: f64,
        /// The replicas at the target utilization.
        replicas: u32,
    },
    /// Read off a schedule that was made with full knowledge of the load.
    Foresight {
        /// The count.
        replicas: u32,
    },
    /// The replicas were kept because nothing was measured.
    NoData {
        /// The count that was kept.
        replicas: u32,
    },
    /// The change was within the tolerance.
    Tolerated {
        /// The count that was proposed.
        from: u32,
        /// The count that was kept.
        to: u32,
    },
    /// A prediction may not go below what the observed load needs.
    RaisedToReactive {
        /// The count that was proposed.
        from: u32,
        /// The count that the observed load needs.
        to: u32,
    },
    /// Missing samples never remove replicas.
    HeldForMissingData {
        /// The count that was proposed.
        from: u32,
        /// The count that was kept.
        to: u32,
    },
    /// A recent proposal within the stabilization window was more cautious.
    Stabilized {
        /// The count that was proposed.
        from: u32,
        /// The most cautious count within the window.
        to: u32,
    },
    /// The change was faster than the rate limit allows.
    RateLimited {
        /// The count that was proposed.
        from: u32,
        /// The count that the limit allows now.
        to: u32,
    },
    /// The replicas proposed are ordered already and on their way.
    PendingCounted {
        /// Replicas on their way.
        pending: u32,
        /// The count, with them.
        replicas: u32,
    },
    /// The last forecasts were worse than none, so this one is not followed.
    ForecastDistrusted {
        /// The load that it would size for.
        load: f64,
        /// Forecasts in a row that failed.
        failures: u32,
    },
    /// Following forecasts cost more lately than it saved, so this one is not followed.
    ForecastWorthless {
        /// The load that it would size for.
        load: f64,
        /// What following forecasts costs, broken promises included, in mean fleets.
        ours: f64,
        /// What it costs to follow the load observed now.
        reactive: f64,
    },
    /// An anomalous load gets more than it needs now.
    RaisedForAnomaly {
        /// The count that was proposed.
        from: u32,
        /// What the observed load needs, times 1 + severity.
        to: u32,
        /// Severity of the anomaly.
        severity: f64,
    },
    /// While the load is anomalous, no replicas are removed.
    HeldForAnomaly {
        /// The count that was proposed.
        from: u32,
        /// The count that was kept.
        to: u32,
    },
    /// The smallest count allowed.
    RaisedToMin {
        /// The count that was proposed.
        from: u32,
        /// The smallest count.
        to: u32,
    },
    /// The largest count allowed.
    LoweredToMax {
        /// The count that was proposed.
        from: u32,
        /// The largest count.
        to: u32,
    },
    /// More is asked for at once than the short window allows to wait for: nothing is removed until that is over.
    Panicking {
        /// The largest count asked for since it began.
        replicas: u32,
    },
    /// The schedule says so.
    Scheduled {
        /// The count.
        replicas: u32,
    },
    /// A forecast sets the smallest count.
    PredictedMinimum {
        /// The load forecast.
        load: f64,
        /// The replicas that it asks for.
        replicas: u32,
    },
    /// What was learned from rewards.
    Learned {
        /// The count that there was.
        from: u32,
        /// The count chosen.
        to: u32,
        /// What the chosen action is expected to bring: negative, as costs are.
        value: f64,
        /// What the best other action is expected to bring; of those that do not scale up, when the chosen one does.
        otherwise: f64,
    },
    /// Nothing was measured for longer than a forecast is followed.
    ForecastExpired {
        /// The load that it would size for.
        load: f64,
        /// Seconds without a sample.
        seconds: f64,
    },
    /// The errors of the recent forecasts are too large, so this one is not followed.
    ForecastPoor {
        /// The load that it would size for.
        load: f64,
        /// Their relative error.
        error: f64,
    },
    /// Nothing was measured for long: what the load seen last needs, or a fixed count.
    RaisedWhileBlind {
        /// The count that was proposed.
        from: u32,
        /// The count that is run until something is measured.
        to: u32,
    },
    /// Those that stay could not keep the promise with room to spare.
    HeldForConsolidation {
        /// The count that was proposed.
        from: u32,
        /// The count that was kept.
        to: u32,
    },
    /// Scaling in would change direction more often than the budget has.
    HeldForFlips {
        /// The count that was proposed.
        from: u32,
        /// The count that was kept.
        to: u32,
        /// Changes of direction within the period.
        flips: u32,
    },
    /// The last replica goes after a time without load, and comes back with the first.
    Activation {
        /// The count that was proposed.
        from: u32,
        /// 0 or 1.
        to: u32,
        /// Seconds without load.
        idle_seconds: f64,
    },
    /// More than the budget pays for.
    LoweredToCost {
        /// The count that was proposed.
        from: u32,
        /// The count that it allows.
        to: u32,
        /// Replicas that the load observed now lacks.
        missing: u32,
    },
    /// More than the budget of power feeds.
    LoweredToPower {
        /// The count that was proposed.
        from: u32,
        /// The count that it allows.
        to: u32,
        /// Replicas that the load observed now lacks.
        missing: u32,
    },
    /// More than the share of a budget that several services have in common.
    LoweredToShare {
        /// The count that was proposed.
        from: u32,
        /// The count that it allows.
        to: u32,
        /// Replicas that the load observed now lacks.
        missing: u32,
    },
    /// Scaling in, out, or both is paused.
    Paused {
        /// The count that was proposed.
        from: u32,
        /// The count that was kept.
        to: u32,
    },
    /// A resource needs more than the load does.
    ResourceNeed {
        /// The resource.
        resource: Label,
        /// Its use.
        value: f64,
        /// The replicas that it needs.
        replicas: u32,
    },
    /// A policy of the user's own.
    Own {
        /// The count that it proposes.
        replicas: u32,
    },
}

/// Expected costs that differ by more than this many times the cost of one fleet of the right size for one interval are severe.
const SEVERE: f64 = 1.0;

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Reason::Constant { replicas } => write!(f, "the policy always runs {replicas}"),
            Reason::ForecastPeak { load, replicas } => {
                write!(f, "the load may reach {load:.4} within the lead time, which needs {replicas}")
            }
            Reason::ObservedLoad { load, replicas } => {
                write!(f, "the load of {load:.4} needs {replicas} now")
            }
            Reason::MetricRatio { ratio, replicas } => {
                write!(f, "the metric is {ratio:.4} times its target, which asks for {replicas}")
            }
            Reason::SeasonPeak { load, replicas } => {
                write!(f, "one season ago the load reached {load:.4} at this time, which asks for {replicas}")
            }
            Reason::Foresight { replicas } => {
                write!(f, "the schedule made with full knowledge has {replicas}")
            }
            Reason::NoData { replicas } => write!(f, "nothing was measured, so {replicas} are kept"),
            Reason::Tolerated { from, to } => write!(f, "{from} is within the tolerance of {to}"),
            Reason::RaisedToReactive { from, to } => {
                write!(f, "the forecast alone would run {from}, but the load observed now needs {to}")
            }
            Reason::HeldForMissingData { from, to } => {
                write!(f, "{from} would remove replicas while samples are missing, so {to} are kept")
            }
            Reason::Stabilized { from, to } => {
                write!(f, "{from} was proposed, but {to} within the stabilization window")
            }
            Reason::RateLimited { from, to } => {
                write!(f, "{from} was proposed, but the rate limit allows {to}")
            }
            Reason::PendingCounted { pending, replicas } => {
                write!(f, "{pending} of the {replicas} are on their way already")
            }
            Reason::ForecastDistrusted { load, failures } => {
                write!(f, "the forecast of {load:.4} is not followed: {failures} before it failed")
            }
            Reason::ForecastWorthless { load, ours, reactive } => {
                write!(
                    f,
                    "the forecast of {load:.4} is not followed: lately that cost {ours:.2} mean fleets with its broken promises, without forecast {reactive:.2}"
                )
            }
            Reason::RaisedForAnomaly { from, to, severity } => {
                write!(f, "{from} was proposed, but an anomaly of severity {severity:.2} asks for {to}")
            }
            Reason::HeldForAnomaly { from, to } => {
                write!(f, "{from} would remove replicas while the load is anomalous, so {to} are kept")
            }
            Reason::RaisedToMin { from, to } => write!(f, "{from} is below the minimum of {to}"),
            Reason::LoweredToMax { from, to } => write!(f, "{from} is above the maximum of {to}"),
            Reason::Panicking { replicas } => {
                write!(f, "the load rose steeply: {replicas} are kept until it has been calm for a while")
            }
            Reason::Scheduled { replicas } => write!(f, "the schedule asks for {replicas} now"),
            Reason::PredictedMinimum { load, replicas } => {
                write!(f, "the load forecast of {load:.4} asks for at least {replicas}")
            }
            Reason::Learned { from, to, value, otherwise } if to > from && otherwise < value - SEVERE => {
                write!(
                    f,
                    "goes from {from} to {to}: expects severe penalties if it does not scale up ({otherwise:.2} against {value:.2})"
                )
            }
            Reason::Learned { from, to, value, otherwise } => {
                write!(f, "goes from {from} to {to}: expects {value:.2}, otherwise {otherwise:.2}")
            }
            Reason::ForecastExpired { load, seconds } => {
                write!(
                    f,
                    "the forecast of {load:.4} is not followed: nothing was measured for {seconds:.0} s"
                )
            }
            Reason::ForecastPoor { load, error } => write!(
                f,
                "the forecast of {load:.4} is not followed: those before were wrong by {:.0} %",
                100.0 * error
            ),
            Reason::RaisedWhileBlind { from, to } => {
                write!(f, "{from} is too few for a load that nobody sees, so {to} are run")
            }
            Reason::HeldForConsolidation { from, to } => {
                write!(f, "{from} could not carry the load with room to spare, so {to} are kept")
            }
            Reason::HeldForFlips { from, to, flips } => {
                write!(f, "{from} would scale in after {flips} changes of direction, so {to} are kept")
            }
            Reason::Activation { from, to, idle_seconds } => {
                write!(f, "{from} becomes {to} after {idle_seconds:.0} s without load")
            }
            Reason::LoweredToCost { from, to, missing } => {
                write!(f, "the budget pays for {to} of {from}: {missing} too few for the load observed now")
            }
            Reason::LoweredToPower { from, to, missing } => {
                write!(f, "the power feeds {to} of {from}: {missing} too few for the load observed now")
            }
            Reason::LoweredToShare { from, to, missing } => write!(
                f,
                "the share of the common budget is {to} of {from}: {missing} too few for the load observed now"
            ),
            Reason::Paused { from, to } => write!(f, "{from} was proposed, but scaling is paused at {to}"),
            Reason::ResourceNeed { resource, value, replicas } => {
                write!(f, "the {value:.4} of {resource} in use need {replicas}")
            }
            Reason::Own { replicas } => write!(f, "the user's own policy proposes {replicas}"),
        }
    }
}
