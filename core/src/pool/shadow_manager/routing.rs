//! Compares real with predicted utilization, and has traffic handed over to the shadows and taken back.

use super::fleet::Life;
use super::group::{Group, Round, Shares, Window};
use super::handover::{Capacity, Handover, ShadowComparison};
use super::records::{ShadowAction, ShadowRecord};

/// Looks at what is real and what is predicted: sets the load that traffic is shared out for.
pub(super) fn compare(group: &mut Group, round: &Round<'_>, windows: &[Window]) {
    let resources = group.primary.resources.len();
    let predicted: Vec<f64> = (0..resources)
        .map(|r| {
            let next = windows.iter().take(2).filter_map(|window| window.laws.get(r));
            next.map(|law| law.mean).fold(0.0, f64::max)
        })
        .collect();
    let real: Vec<f64> =
        group.model.latest.iter().map(|latest| if latest.is_nan() { 0.0 } else { *latest }).collect();
    let Some(active) = round.fleet.amounts(group.active) else {
        group.load = real.iter().zip(&predicted).map(|(real, predicted)| real.max(*predicted)).collect();
        group.comparison = None;
        return;
    };
    let of_active = |level: &[f64]| 1.0 / group.capacity(active, level).max(1e-300);
    let (real_most, predicted_most) = (of_active(&real), of_active(&predicted));
    let is_close = predicted_most >= round.config.closeness * real_most;
    let load: Vec<f64> = real
        .iter()
        .zip(&predicted)
        .map(|(real, predicted)| if is_close { real.max(*predicted) } else { *real })
        .collect();
    let signal = is_close && real_most.max(predicted_most) > round.config.target_utilization;
    let capacity =
        Capacity { active: group.capacity(active, &load), shadows: shadows(group, round, &load).1 };
    let wanted = Handover::wanted(capacity, round.config.target_utilization);
    group.load = load;
    group.comparison = Some(ShadowComparison {
        real: real_most,
        predicted: predicted_most,
        signal,
        wanted,
        share: group.handover.share,
    });
}

/// Sends traffic where the comparison says.
pub(super) fn route(group: &mut Group, round: &mut Round<'_>) {
    let trial_share = group.trial_share(round.fleet);
    let (capacities, total) = shadows(group, round, &group.load);
    if total <= 0.0 {
        group.handover.limit(0.0);
    } else if let Some(comparison) = group.comparison {
        let own = comparison.real * (1.0 - group.handover.share);
        let is_overloaded = own >= round.config.overload_utilization;
        // While the load is about to fall, no more is handed over than there is already.
        let may_rise = comparison.signal || is_overloaded;
        let wanted = if may_rise { comparison.wanted } else { comparison.wanted.min(group.handover.share) };
        group.handover.follow(round.step, wanted, is_overloaded, round.config);
    }
    group.handover.limit(1.0 - trial_share);
    if let Some(comparison) = &mut group.comparison {
        comparison.share = group.handover.share;
    }
    let mut shares: Shares = capacities
        .iter()
        .map(|(id, capacity)| (*id, group.handover.share * capacity / total.max(1e-300)))
        .filter(|(_, share)| *share > 0.0)
        .collect();
    if let Some(id) = group.trial_instance().filter(|_| trial_share > 0.0) {
        shares.push((id, trial_share));
    }
    let handed: f64 = shares.iter().map(|(_, share)| share).sum();
    shares.push((group.active, (1.0 - handed).max(0.0)));
    shares.sort_by_key(|(id, _)| *id);
    if differs(&shares, &group.asked, round.config.share_tolerance) {
        send(group, round, shares);
    }
}

/// Capacities of the shadows that can take traffic, in units of the load, and their sum.
fn shadows(group: &Group, round: &Round<'_>, load: &[f64]) -> (Shares, f64) {
    let capacity = |id: u64| {
        let instance = round.fleet.instances.get(&id)?;
        let is_current = instance.version == group.version || group.serves(id);
        is_current.then(|| (id, group.capacity(&instance.amounts, load)))
    };
    let capacities: Shares = group.standbys(round.fleet, Life::Running).filter_map(capacity).collect();
    let total = capacities.iter().map(|(_, capacity)| capacity).sum();
    (capacities, total)
}

/// Whether tables differ in who serves at all, or in any share by more than the tolerance.
fn differs(new: &Shares, old: &Shares, tolerance: f64) -> bool {
    let of = |shares: &Shares, id: u64| {
        shares.iter().find(|(other, _)| *other == id).map_or(0.0, |(_, share)| *share)
    };
    let ids = new.iter().chain(old).map(|(id, _)| *id);
    let change = |id: u64| {
        let (new, old) = (of(new, id), of(old, id));
        (new - old).abs() >= tolerance.max(1e-9) || (new > 0.0) != (old > 0.0)
    };
    old.is_empty() || ids.into_iter().any(change)
}

fn send(group: &mut Group, round: &mut Round<'_>, shares: Shares) {
    if group.routing > 0 {
        round.fleet.orders.withdraw(group.routing);
    }
    group.table += 1;
    group.asked.clone_from(&shares);
    let primary = group.primary.name.clone();
    let action =
        ShadowAction::Route { primary: primary.clone(), version: group.table, shares: shares.clone() };
    group.routing = round.fleet.orders.issue(round.now, action);
    if let Some(comparison) = group.comparison {
        round.journal.add(ShadowRecord::Handover { time: round.now, primary, comparison, shares });
    }
}
