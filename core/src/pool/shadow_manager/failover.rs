//! Active and standby: when the active fails, the best warmed shadow takes its place at once.
//!
//! Best is what carries most of the load with what it has, then with what it can have. The one that failed is told that it is standby, and
//! stays so when it comes back; of those that failed, only the last one that was active is waited for.

use super::fleet::Life;
use super::group::{Group, Round};
use super::records::{ShadowAction, ShadowRecord};

/// Sees to it that the active instance runs, as far as there is one to take over, and that the failed ones are cleared away.
pub(super) fn ensure_active(group: &mut Group, round: &mut Round<'_>) {
    if !round.fleet.is_running(group.active)
        && let Some(best) = best_standby(group, round)
    {
        let before = group.active;
        promote(group, round, best);
        if let Some(earlier) = group.fallen.replace(before).filter(|earlier| *earlier != before) {
            round.fleet.release(round.now, earlier);
        }
    }
    let is_done = |id: &u64| {
        let Some(instance) = round.fleet.instances.get(id) else { return false };
        let is_failed = instance.life == Life::Failed && *id != group.active && group.fallen != Some(*id);
        is_failed || (instance.life == Life::Releasing && instance.order == 0)
    };
    let done: Vec<u64> = group.members.iter().copied().filter(is_done).collect();
    for id in done {
        round.fleet.release(round.now, id);
    }
}

/// Makes an instance the active one; the one before is told.
pub(super) fn promote(group: &mut Group, round: &mut Round<'_>, id: u64) {
    let (from, primary) = (group.active, group.primary.name.clone());
    group.epoch += 1;
    group.active = id;
    let epoch = group.epoch;
    round.fleet.demote(round.now, from, &primary, epoch);
    round
        .fleet
        .orders
        .issue(round.now, ShadowAction::Promote { instance: id, primary: primary.clone(), epoch });
    round.journal.add(ShadowRecord::Failover { time: round.now, primary, from, to: id, epoch });
}

fn best_standby(group: &Group, round: &Round<'_>) -> Option<u64> {
    let worth = |id: u64| {
        let instance = round.fleet.instances.get(&id)?;
        let capacity = |amounts: &[f64]| group.capacity(amounts, &group.load).min(1.0);
        let is_current = instance.version == group.version;
        Some((is_current, capacity(&instance.amounts), capacity(&instance.ceiling), std::cmp::Reverse(id)))
    };
    let ranked = group.standbys(round.fleet, Life::Running).filter_map(worth);
    let best = ranked
        .max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)).then(a.3.cmp(&b.3)));
    best.map(|(_, _, _, id)| id.0)
}
