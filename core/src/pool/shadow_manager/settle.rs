//! What becomes of instances and tables when an instruction is confirmed or withdrawn.

use super::fleet::{Fleet, Life};
use super::group::Group;
use super::records::ShadowAction;
use crate::pool::orders::Settled;
use std::collections::BTreeMap;

/// All primaries, and the place of each by its name.
pub(super) struct Groups<'a> {
    pub(super) all: &'a mut [Group],
    pub(super) place: &'a BTreeMap<String, usize>,
}

impl Groups<'_> {
    fn named(&mut self, primary: &str) -> Option<&mut Group> {
        self.all.get_mut(*self.place.get(primary)?)
    }
}

pub(super) fn settle(now: i64, groups: Groups<'_>, fleet: &mut Fleet, settled: Settled<ShadowAction>) {
    match settled {
        Settled::Confirmed(action) => confirmed(now, groups, fleet, &action, false),
        Settled::ConfirmedLate(action) => confirmed(now, groups, fleet, &action, true),
        Settled::Withdrawn(action) => withdrawn(now, groups, fleet, &action),
        Settled::Retried | Settled::Repeated => {}
    }
}

fn confirmed(now: i64, mut groups: Groups<'_>, fleet: &mut Fleet, action: &ShadowAction, is_late: bool) {
    match action {
        ShadowAction::Create { instance: id, amounts, .. } => match fleet.instances.get_mut(id) {
            Some(instance) if instance.life == Life::Creating => {
                (instance.life, instance.order) = (Life::Running, 0);
                instance.amounts.clone_from(amounts);
            }
            Some(_) => {}
            // Given up, and yet it is there.
            None if is_late => {
                fleet.orders.issue(now, ShadowAction::Release { instance: *id });
            }
            None => {}
        },
        ShadowAction::Resize { instance: id, amounts } => {
            if let Some(instance) = fleet.instances.get_mut(id) {
                let is_last = instance.asked == *amounts;
                if is_last && !is_late {
                    instance.resizing = 0;
                }
                // One that was taken back has happened after all; while a later one is open, that one will have the last word.
                if is_last || instance.resizing == 0 {
                    instance.amounts.clone_from(amounts);
                    instance.asked.clone_from(amounts);
                }
            }
        }
        ShadowAction::Route { primary, version, shares } => {
            if let Some(group) = groups.named(primary)
                && *version == group.table
            {
                group.routed.clone_from(shares);
                group.asked.clone_from(shares);
                group.routing = 0;
            }
        }
        ShadowAction::Promote { instance, primary, epoch } => {
            // Only the last promotion counts.
            if let Some(group) = groups.named(primary)
                && (group.active != *instance || group.epoch != *epoch)
                && fleet.instances.contains_key(instance)
            {
                fleet.demote(now, *instance, primary, group.epoch);
            }
        }
        ShadowAction::Demote { instance: id, .. } => {
            if let Some(instance) = fleet.instances.get_mut(id)
                && instance.life == Life::Rejoining
            {
                (instance.life, instance.order) = (Life::Running, 0);
            }
        }
        ShadowAction::Release { instance: id } => forget(groups.all, fleet, *id),
        ShadowAction::Mirror { instance, primary, is_on } => {
            mirror(now, groups, fleet, *instance, primary, *is_on);
        }
    }
}

pub(super) fn withdrawn(now: i64, mut groups: Groups<'_>, fleet: &mut Fleet, action: &ShadowAction) {
    match action {
        ShadowAction::Create { instance, .. } => {
            if fleet.instances.get(instance).is_some_and(|instance| instance.life == Life::Creating) {
                forget(groups.all, fleet, *instance);
            }
        }
        ShadowAction::Resize { instance: id, amounts } => {
            // It has what it had; the next round asks anew.
            if let Some(instance) = fleet.instances.get_mut(id)
                && instance.asked == *amounts
            {
                instance.resizing = 0;
                instance.asked.clone_from(&instance.amounts);
            }
        }
        ShadowAction::Route { primary, version, .. } => {
            if let Some(group) = groups.named(primary)
                && *version == group.table
            {
                group.routing = 0;
                group.asked.clear();
            }
        }
        ShadowAction::Promote { instance: id, primary, epoch } => {
            // What cannot be promoted is as good as gone: another one is.
            let group = groups.named(primary);
            if group.is_some_and(|group| group.active == *id && group.epoch == *epoch)
                && let Some(instance) = fleet.instances.get_mut(id)
                && instance.life == Life::Running
            {
                instance.life = Life::Failed;
            }
        }
        ShadowAction::Demote { instance: id, .. } => {
            if let Some(instance) = fleet.instances.get_mut(id)
                && instance.life == Life::Rejoining
            {
                (instance.life, instance.order) = (Life::Failed, 0);
            }
        }
        ShadowAction::Release { instance: id } => {
            // It could not be removed: the next round asks anew.
            if let Some(instance) = fleet.instances.get_mut(id) {
                instance.order = 0;
            }
        }
        // It is taken to be as it was: what should be is asked for anew.
        ShadowAction::Mirror { instance, primary, is_on } => {
            mirror(now, groups, fleet, *instance, primary, !*is_on);
        }
    }
}

/// Asks for what should be where the copy of the traffic to an instance is not so: it is on or not, as far as is known.
fn mirror(now: i64, mut groups: Groups<'_>, fleet: &mut Fleet, id: u64, primary: &str, is_on: bool) {
    let should = groups.named(primary).is_some_and(|group| group.mirrored == Some(id));
    if should != is_on && fleet.instances.contains_key(&id) {
        fleet.mirror(now, id, primary, should);
    }
}

/// An instance is no more; the active one stays, as failed, until another one takes its place.
pub(super) fn forget(groups: &mut [Group], fleet: &mut Fleet, id: u64) {
    let Some(place) = fleet.instances.get(&id).map(|instance| instance.primary) else { return };
    let Some(group) = groups.get_mut(place) else { return };
    if group.active == id {
        if let Some(instance) = fleet.instances.get_mut(&id) {
            (instance.life, instance.order) = (Life::Failed, 0);
        }
        return;
    }
    fleet.remove(id);
    group.members.remove(&id);
    group.fallen = group.fallen.filter(|fallen| *fallen != id);
    if group.mirrored == Some(id) {
        fleet.withdraw_mirror(id);
        group.mirrored = None;
    }
    if let Some(trial) = &mut group.trial {
        trial.instance = trial.instance.filter(|instance| *instance != id);
    }
}
