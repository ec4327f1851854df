//! What all shadows of a primary are to have together, window by window, and whether that pays.
//!
//! By the quantile: with U the quantile of utilization and C the active's capacity in units of it, the active is to carry `target·C` of the traffic,
//! and the shadows the rest at the same target, `(1 − target·C)·U·base/target` of each resource. By proportion: predicted utilization times base.
//! Each window's need waits in the pre-warming queue until the time that warming takes says. Windows that are over before anything could be there need
//! nothing; of a primary that is growing itself, what it has asked for counts as there.

use super::allocation::total;
use super::config::ShadowRule;
use super::cost_benefit::{CostBenefit, cost_benefit};
use super::fleet::Life;
use super::group::{Expected, Group, Round, Window};
use super::prewarm::PrewarmQueue;
use super::records::ShadowReason;
use super::resource_model::Law;
use super::standby::standby;
use crate::error::Result;

/// Parts of what is needed for safety that are tried: fine enough for the shadows that most have, and few enough for ten thousand primaries.
const PARTS: u32 = 8;

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

/// What each coming window needs, of those that what is ordered now can help in.
pub(super) fn needs(group: &Group, round: &Round<'_>, windows: &[Window]) -> Vec<(i64, Vec<f64>)> {
    let needed =
        helped(round, windows).map(|window| (window.step, need(group, round, window, &window.upper)));
    needed.filter(|(_, need)| need.iter().any(|amount| *amount > 0.0)).collect()
}

/// What one window needs if so much is used.
fn need(group: &Group, round: &Round<'_>, window: &Window, level: &[f64]) -> Vec<f64> {
    let nothing = vec![0.0; level.len()];
    let active = round.fleet.coming(group.active).unwrap_or(&nothing);
    let target = round.config.target_utilization;
    let share = (1.0 - target * group.capacity(active, level)).max(0.0) / target;
    let amount = |((level, law), base): ((&f64, &Law), f64)| match round.config.rule {
        ShadowRule::Quantile => share * level * base,
        ShadowRule::Proportional => law.mean * base,
    };
    level.iter().zip(&window.laws).zip(group.primary.base()).map(amount).collect()
}

/// The windows that what is ordered now can help in: until it is there, what is there already must do.
fn helped<'a>(round: &Round<'_>, windows: &'a [Window]) -> impl Iterator<Item = &'a Window> {
    let first = round.step.saturating_add(round.config.warm_steps());
    windows.iter().filter(move |window| window.step >= first)
}

/// Those of them that what is ordered in the next round would come too late for.
fn decided<'a>(round: &Round<'_>, windows: &'a [Window]) -> impl Iterator<Item = &'a Window> {
    let last = round.step.saturating_add(round.config.lead_steps());
    helped(round, windows).take_while(move |window| window.step <= last)
}

/// What is wanted now: what is due in the queue, as far as it pays, and what shadows carry already. `price` is what shadows cost for an hour that would
/// be there for given amounts, besides their resources.
pub(super) fn wanted(
    group: &Group,
    place: usize,
    round: &Round<'_>,
    queue: &PrewarmQueue,
    windows: &[Window],
    price: &dyn Fn(&[f64]) -> Result<f64>,
) -> Result<Need> {
    let resources = group.primary.resources.len();
    let last = round.step.saturating_add(round.config.lead_steps());
    let forecast = queue.due(place, last, false, resources);
    let asked = queue.due(place, last, true, resources);
    // What they carry holds what they have; it orders nothing more, which would come too late for it.
    let carried: Vec<f64> = group
        .load
        .iter()
        .zip(group.primary.base())
        .zip(total(group, round))
        .map(|((load, base), has)| {
            (group.handover.share * load * base / round.config.target_utilization).min(has)
        })
        .collect();
    let is_some = |amounts: &[f64]| amounts.iter().any(|amount| *amount > 0.0);
    let (standby, outages) = standby(group, round, windows, price)?;
    let (held, worth) = worth_most(group, round, windows, &forecast, price)?;
    let does_not_pay = !is_some(&held) && is_some(&forecast);
    let forecast = held;
    let is_standby = [&forecast, &asked, &carried].iter().all(|others| exceeds(&standby, others));
    let reason = if windows.is_empty() {
        ShadowReason::NoData
    } else if is_standby {
        ShadowReason::Standby
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
    let worth = outages.filter(|_| is_standby).unwrap_or(worth);
    let mut amounts = standby;
    for others in [&forecast, &asked, &carried] {
        amounts.iter_mut().zip(others).for_each(|(amount, other)| *amount = amount.max(*other));
    }
    let until = || windows.iter().take_while(|window| window.step <= last);
    let largest = |of: &dyn Fn(&Window, usize) -> f64| {
        (0..resources).map(|r| until().map(|window| of(window, r)).fold(0.0, f64::max)).collect::<Vec<f64>>()
    };
    let predicted = largest(&|window, r| window.laws.get(r).map_or(0.0, |law| law.mean));
    let sized_for = match round.config.rule {
        ShadowRule::Quantile => largest(&|window, r| window.upper.get(r).copied().unwrap_or(0.0)),
        ShadowRule::Proportional => predicted.clone(),
    };
    Ok(Need { amounts, reason, worth, predicted, sized_for })
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

/// Of what what is expected needs to these amounts, or nothing: what is worth most to hold over the coming windows, beyond what shadows have when they are
/// idle, and what it is worth; what all of it is worth where none pays. By proportion all of it is held.
fn worth_most(
    group: &Group,
    round: &Round<'_>,
    windows: &[Window],
    amounts: &[f64],
    price: &dyn Fn(&[f64]) -> Result<f64>,
) -> Result<(Vec<f64>, CostBenefit)> {
    let config = round.config;
    let nothing = vec![0.0; amounts.len()];
    let active = round.fleet.coming(group.active).unwrap_or(&nothing);
    let idle = idle(group, round);
    let overloads = |more: &[f64]| -> Vec<f64> {
        let limits: Vec<f64> = active
            .iter()
            .zip(more)
            .zip(group.primary.base())
            .map(|((has, more), base)| config.overload_utilization * (has + more) / base)
            .collect();
        probabilities(group, round, windows, &limits)
    };
    let without = overloads(&nothing);
    let mut expected = nothing.clone();
    for window in decided(round, windows) {
        let means: Vec<f64> = window.laws.iter().map(|law| law.mean).collect();
        let need = need(group, round, window, &means);
        expected.iter_mut().zip(need).for_each(|(most, need)| *most = most.max(need));
    }
    let worth = |part: f64| -> Result<(Vec<f64>, CostBenefit)> {
        let between = |(amount, expected): (&f64, &f64)| {
            let expected = expected.min(*amount);
            expected + part * (amount - expected)
        };
        let held: Vec<f64> = amounts.iter().zip(&expected).map(between).collect();
        let beyond: Vec<f64> = held.iter().zip(&idle).map(|(held, idle)| (held - idle).max(0.0)).collect();
        let price_per_hour = group.primary.price(&beyond) + price(&held)?;
        let hours = config.step_seconds / 3600.0;
        let found = cost_benefit(
            &without,
            &overloads(&held),
            hours,
            price_per_hour,
            config.degradation_cost_per_hour,
        );
        Ok((held, found))
    };
    let all = worth(1.0)?;
    if config.rule == ShadowRule::Proportional || amounts.iter().all(|amount| *amount <= 0.0) {
        return Ok(all);
    }
    let gain = |worth: &CostBenefit| worth.benefit - worth.cost;
    let mut best = all.clone();
    for part in 0..PARTS {
        let found = worth(f64::from(part) / f64::from(PARTS))?;
        if gain(&found.1) > gain(&best.1) {
            best = found;
        }
    }
    Ok(if best.1.pays { best } else { (nothing, all.1) })
}

/// What the shadows that run have together when they are idle.
pub(super) fn idle(group: &Group, round: &Round<'_>) -> Vec<f64> {
    let mut idle = vec![0.0; group.primary.resources.len()];
    for id in group.standbys(round.fleet, Life::Running) {
        let ceiling = round.fleet.instances.get(&id).map(|instance| &instance.ceiling);
        let has = ceiling.into_iter().flatten().map(|ceiling| round.config.idle_share * ceiling);
        idle.iter_mut().zip(has).for_each(|(idle, has)| *idle += has);
    }
    idle
}

/// The probabilities that any resource's utilization exceeds its limit, in each window that what is ordered now decides on.
pub(super) fn probabilities(
    group: &Group,
    round: &Round<'_>,
    windows: &[Window],
    limits: &[f64],
) -> Vec<f64> {
    let exceeds = |window: &Window| {
        let each = window.laws.iter().zip(limits).enumerate();
        each.map(|(r, (law, limit))| group.model.exceeds(r, *law, *limit)).fold(0.0, f64::max)
    };
    decided(round, windows).map(exceeds).collect()
}

/// Whether amounts exceed others in any resource.
fn exceeds(these: &[f64], others: &[f64]) -> bool {
    these.iter().zip(others).any(|(this, other)| *this > *other)
}
