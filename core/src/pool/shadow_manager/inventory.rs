//! What was confirmed against what really is there.

use super::fleet::{Fleet, Life};
use super::group::Group;
use super::records::{SeenInstance, ShadowAction};
use super::settle::forget;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn reconcile(now: i64, groups: &mut [Group], fleet: &mut Fleet, seen: &[SeenInstance]) {
    // A new instance under the number of one that is to go would go with it.
    fleet.skip(seen.iter().map(|seen| seen.instance));
    let seen: BTreeMap<u64, &SeenInstance> = seen.iter().map(|seen| (seen.instance, seen)).collect();
    let gone = |(id, _): &(&u64, _)| !seen.contains_key(*id);
    let lost: Vec<(u64, Life)> =
        fleet.instances.iter().filter(gone).map(|(id, instance)| (*id, instance.life)).collect();
    // What is being created may not be there yet.
    for (id, _) in lost.into_iter().filter(|(_, life)| *life != Life::Creating) {
        forget(groups, fleet, id);
    }
    let (mut releasing, mut changing) = (BTreeSet::new(), BTreeSet::new());
    for open in fleet.orders.open() {
        match &open.action {
            ShadowAction::Release { instance } => drop(releasing.insert(*instance)),
            ShadowAction::Promote { instance, .. } | ShadowAction::Demote { instance, .. } => {
                changing.insert(*instance);
            }
            _ => {}
        }
    }
    for (id, there) in seen {
        let Some(instance) = fleet.instances.get_mut(&id) else {
            if !releasing.contains(&id) {
                fleet.orders.issue(now, ShadowAction::Release { instance: id });
            }
            continue;
        };
        let Some(group) = groups.get_mut(instance.primary) else { continue };
        if matches!(instance.life, Life::Running | Life::Rejoining) {
            instance.amounts.clone_from(&there.amounts);
            if instance.resizing == 0 {
                instance.asked.clone_from(&there.amounts);
            }
        }
        let routed = group.routed.iter().find(|(other, _)| *other == id).map_or(0.0, |(_, share)| *share);
        if group.routing == 0 && (routed - there.share).abs() > 1e-6 {
            // The next round sends the table anew.
            group.asked.clear();
        }
        if there.is_active != (group.active == id) && !changing.contains(&id) {
            let (primary, epoch) = (group.primary.name.clone(), group.epoch);
            let action = if there.is_active {
                ShadowAction::Demote { instance: id, primary, epoch }
            } else {
                ShadowAction::Promote { instance: id, primary, epoch }
            };
            fleet.orders.issue(now, action);
        }
    }
}
