//! What shadows hold ready for the failure of the active, and whether that pays.
//!
//! The active carries nothing once it has failed, so that what is held is a share of the whole load's quantile: the share that the user asked for, whatever
//! overloads say; or all of it, where the outages that it spares are worth more than it costs. A failure leaves the load to what shadows have for as long
//! as warming takes. With f failures an hour, warming of w hours, and C the cost of an hour of outage, the test is that of an overload, with
//! `f·w·C` for its cost of an hour: the probability of an outage at any time is that of a failure in the last w hours and of more load than shadows have.

use super::cost_benefit::{CostBenefit, cost_benefit};
use super::group::{Group, Round, Window};
use super::sizing::{idle, probabilities};
use crate::error::Result;

/// What all shadows are to have together for a failure, and what it is worth to hold the whole load's quantile; `price` is what shadows cost for an hour that
/// would be there for given amounts, besides their resources.
pub(super) fn standby(
    group: &Group,
    round: &Round<'_>,
    windows: &[Window],
    price: &dyn Fn(&[f64]) -> Result<f64>,
) -> Result<(Vec<f64>, Option<CostBenefit>)> {
    let config = round.config;
    let last = round.step.saturating_add(config.lead_steps());
    let mut whole = vec![0.0f64; group.primary.resources.len()];
    for window in windows.iter().take_while(|window| window.step <= last) {
        let amounts = window.upper.iter().zip(group.primary.base()).map(|(upper, base)| upper * base);
        whole.iter_mut().zip(amounts).for_each(|(most, amount)| *most = most.max(amount));
    }
    let share = |share: f64| whole.iter().map(|amount| share * amount).collect::<Vec<f64>>();
    let cost_per_hour = config.failures_per_hour * config.warm_seconds / 3600.0 * config.outage_cost_per_hour;
    if cost_per_hour == 0.0 {
        return Ok((share(config.standby_share), None));
    }
    let idle = idle(group, round);
    let beyond: Vec<f64> = whole.iter().zip(&idle).map(|(whole, idle)| (whole - idle).max(0.0)).collect();
    let outages = |has: &[f64]| {
        let limits: Vec<f64> = has.iter().zip(group.primary.base()).map(|(has, base)| has / base).collect();
        probabilities(group, round, windows, &limits)
    };
    let worth = cost_benefit(
        &outages(&idle),
        &outages(&whole),
        config.step_seconds / 3600.0,
        group.primary.price(&beyond) + price(&whole)?,
        cost_per_hour,
    );
    Ok((share(if worth.pays { 1.0 } else { config.standby_share }), Some(worth)))
}
