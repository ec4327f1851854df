//! What all shadows of a primary are to have together, window by window, and whether that pays.
//!
//! By the quantile: with U the quantile of utilization and C the active's capacity in units of it, the active is to carry `target·C` of the traffic,
//! and the shadows the rest at the same target, `(1 − target·C)·U·base/target` of each resource. By proportion: predicted utilization times base.
//! Each window's need waits in the pre-warming queue until the time that warming takes says.

use super::config::ShadowRule;
use super::cost_benefit::{CostBenefit, Limits, cost_benefit};
use super::fleet::Life;
use super::group::{Expected, Group, Round, Window};
use super::prewarm::PrewarmQueue;
use super::records::ShadowReason;
use super::resource_model::Law;

/// What is wanted, why, and what it is worth.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Need {
    pub(super) amounts: Vec<f64>,
    pub(super) reason: ShadowReason,
    pub(super) worth: CostBenefit,
    /// Largest utilization predicted, and made ready for, until what is ordered now is there.
    pub(super) predicted: Vec<f64>,
    pub(super) sized_for: Vec<f64>,
}

/// What each coming window needs.
pub(super) fn needs(group: &Group, round: &Round<'_>, windows: &[Window]) -> Vec<(i64, Vec<f64>)> {
    let nothing = vec![0.0; group.primary.resources.len()];
    let active = round.fleet.amounts(group.active).unwrap_or(&nothing);
    let target = round.config.target_utilization;
    let need = |window: &Window| -> Vec<f64> {
        let beyond = (1.0 - target * group.capacity(active, &window.upper)).max(0.0) / target;
        let share = beyond.max(round.config.standby_share);
        let levels = window.upper.iter().zip(&window.laws);
        let amount = |((upper, law), base): ((&f64, &Law), f64)| match round.config.rule {
            ShadowRule::Quantile => share * upper * base,
            ShadowRule::Proportional => law.mean * base,
        };
        levels.zip(group.primary.base()).map(amount).collect()
    };
    let needed = windows.iter().map(|window| (window.step, need(window)));
    needed.filter(|(_, need)| need.iter().any(|amount| *amount > 0.0)).collect()
}

/// What is wanted now: what is due in the queue, as far as it pays, and what shadows carry already. `price` is what shadows that would have to be
/// added for given amounts cost for an hour.
pub(super) fn wanted(
    group: &Group,
    place: usize,
    round: &Round<'_>,
    queue: &PrewarmQueue,
    windows: &[Window],
    price: f64,
) -> Need {
    let resources = group.primary.resources.len();
    let last = round.step.saturating_add(round.config.lead_steps());
    let forecast = queue.due(place, last, false, resources);
    let asked = queue.due(place, last, true, resources);
    let carried: Vec<f64> = group
        .load
        .iter()
        .zip(group.primary.base())
        .map(|(load, base)| group.handover.share * load * base / round.config.target_utilization)
        .collect();
    let worth = worth(group, round, windows, &forecast, price);
    let is_some = |amounts: &[f64]| amounts.iter().any(|amount| *amount > 0.0);
    let holds = worth.pays || round.config.rule == ShadowRule::Proportional;
    let does_not_pay = !holds && is_some(&forecast);
    let forecast = if holds { forecast } else { vec![0.0; resources] };
    let reason = if windows.is_empty() {
        ShadowReason::NoData
    } else if does_not_pay {
        ShadowReason::DoesNotPay
    } else if exceeds(&carried, &forecast) && exceeds(&carried, &asked) {
        ShadowReason::Carrying
    } else if exceeds(&asked, &forecast) {
        ShadowReason::Requested
    } else if is_some(&forecast) {
        ShadowReason::Forecast
    } else {
        ShadowReason::Idle
    };
    let amounts = forecast.iter().zip(&asked).zip(&carried).map(|((a, b), c)| a.max(*b).max(*c)).collect();
    let until = || windows.iter().take_while(|window| window.step <= last);
    let largest = |of: &dyn Fn(&Window, usize) -> f64| {
        (0..resources).map(|r| until().map(|window| of(window, r)).fold(0.0, f64::max)).collect::<Vec<f64>>()
    };
    let predicted = largest(&|window, r| window.laws.get(r).map_or(0.0, |law| law.mean));
    let sized_for = match round.config.rule {
        ShadowRule::Quantile => largest(&|window, r| window.upper.get(r).copied().unwrap_or(0.0)),
        ShadowRule::Proportional => predicted.clone(),
    };
    Need { amounts, reason, worth, predicted, sized_for }
}

/// Notes what windows are made ready for, to be held against what comes.
pub(super) fn expect(group: &mut Group, round: &Round<'_>, windows: &[Window]) {
    let last = round.step.saturating_add(round.config.lead_steps());
    for window in windows.iter().take_while(|window| window.step <= last) {
        let predicted: Vec<f64> = window.laws.iter().map(|law| law.mean).collect();
        let sized_for = match round.config.rule {
            ShadowRule::Quantile => window.upper.clone(),
            ShadowRule::Proportional => predicted.clone(),
        };
        let expected = Expected { decided: round.now, predicted, sized_for };
        group.expected.entry(window.step).or_insert(expected);
    }
}

/// What it is worth to hold these amounts over the coming windows, beyond what shadows have when they are idle.
fn worth(group: &Group, round: &Round<'_>, windows: &[Window], amounts: &[f64], price: f64) -> CostBenefit {
    let nothing = vec![0.0; amounts.len()];
    let active = round.fleet.amounts(group.active).unwrap_or(&nothing);
    let mut idle = nothing.clone();
    for id in group.standbys(round.fleet, Life::Running) {
        let ceiling = round.fleet.instances.get(&id).map_or(&nothing, |instance| &instance.ceiling);
        idle.iter_mut().zip(ceiling).for_each(|(idle, ceiling)| *idle += round.config.idle_share * ceiling);
    }
    let overload = round.config.overload_utilization;
    let limit = |has: f64, base: f64| overload * has / base;
    let with: Vec<f64> = active
        .iter()
        .zip(amounts)
        .zip(group.primary.base())
        .map(|((has, more), base)| limit(has + more, base))
        .collect();
    let without: Vec<f64> =
        active.iter().zip(group.primary.base()).map(|(has, base)| limit(*has, base)).collect();
    let beyond: Vec<f64> = amounts.iter().zip(&idle).map(|(amount, idle)| (amount - idle).max(0.0)).collect();
    let laws: Vec<Vec<Law>> = windows.iter().map(|window| window.laws.clone()).collect();
    cost_benefit(
        &laws,
        Limits { without: &without, with: &with },
        round.config.step_seconds / 3600.0,
        group.primary.price(&beyond) + price,
        round.config.degradation_cost_per_hour,
    )
}

/// Whether amounts exceed others in any resource.
fn exceeds(these: &[f64], others: &[f64]) -> bool {
    these.iter().zip(others).any(|(this, other)| *this > *other)
}
