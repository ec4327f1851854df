//! All instances of all primaries, and the instructions about them.

use super::records::ShadowAction;
use crate::pool::orders::{LARGEST_COUNT, Orders};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Life {
    Creating,
    Running,
    /// Gone, as the host says; it may come back.
    Failed,
    /// Back, and being told that it is standby.
    Rejoining,
    Releasing,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Instance {
    /// The place of its primary.
    pub(super) primary: usize,
    pub(super) life: Life,
    pub(super) version: String,
    pub(super) size: String,
    /// What it can have at the most.
    pub(super) ceiling: Vec<f64>,
    /// What it has, as was confirmed, and what it was asked to have.
    pub(super) amounts: Vec<f64>,
    pub(super) asked: Vec<f64>,
    pub(super) price_per_hour: f64,
    /// The instruction that creates, releases or demotes it, and the one that resizes it; 0: none is open.
    pub(super) order: u64,
    pub(super) resizing: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Fleet {
    pub(super) instances: BTreeMap<u64, Instance>,
    pub(super) next: u64,
    pub(super) orders: Orders<ShadowAction>,
}

impl Fleet {
    pub(super) fn is_running(&self, id: u64) -> bool {
        self.instances.get(&id).is_some_and(|instance| instance.life == Life::Running)
    }

    /// What an instance that runs has; nothing of one that does not.
    pub(super) fn amounts(&self, id: u64) -> Option<&[f64]> {
        let running = self.instances.get(&id).filter(|instance| instance.life == Life::Running);
        running.map(|instance| instance.amounts.as_slice())
    }

    /// What an instance that runs will have when what was asked for is there.
    pub(super) fn coming(&self, id: u64) -> Option<&[f64]> {
        let running = self.instances.get(&id).filter(|instance| instance.life == Life::Running);
        running.map(|instance| instance.asked.as_slice())
    }

    /// Adds an instance under a new number.
    pub(super) fn add(&mut self, instance: Instance) -> u64 {
        let id = self.next;
        self.next += 1;
        self.instances.insert(id, instance);
        id
    }

    /// Gives none of these numbers to a new instance: something else has them.
    pub(super) fn skip(&mut self, taken: impl Iterator<Item = u64>) {
        self.next = taken.fold(self.next, |next, id| next.max(id.saturating_add(1)));
    }

    /// Orders that an instance which was added be created.
    pub(super) fn start(&mut self, now: i64, id: u64, primary: &str) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let action = ShadowAction::Create {
            instance: id,
            primary: primary.into(),
            size: instance.size.clone(),
            version: instance.version.clone(),
            amounts: instance.asked.clone(),
        };
        instance.order = self.orders.issue(now, action);
    }

    /// Orders other amounts, in place of an order that is still open.
    pub(super) fn resize(&mut self, now: i64, id: u64, amounts: Vec<f64>) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        if instance.resizing > 0 {
            self.orders.withdraw(instance.resizing);
        }
        instance.asked.clone_from(&amounts);
        instance.resizing = self.orders.issue(now, ShadowAction::Resize { instance: id, amounts });
    }

    /// Orders that an instance be removed, and takes back what else was ordered of it.
    pub(super) fn release(&mut self, now: i64, id: u64) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        if instance.life == Life::Releasing && instance.order > 0 {
            return;
        }
        for order in [instance.order, instance.resizing].into_iter().filter(|order| *order > 0) {
            self.orders.withdraw(order);
        }
        (instance.life, instance.resizing) = (Life::Releasing, 0);
        instance.order = self.orders.issue(now, ShadowAction::Release { instance: id });
    }

    /// Tells an instance that has come back that it is standby.
    pub(super) fn demote(&mut self, now: i64, id: u64, primary: &str, epoch: u64) -> u64 {
        self.orders.issue(now, ShadowAction::Demote { instance: id, primary: primary.into(), epoch })
    }

    /// Orders that the traffic be copied to an instance, or no more, in place of what is still open about that.
    pub(super) fn mirror(&mut self, now: i64, id: u64, primary: &str, is_on: bool) {
        self.withdraw_mirror(id);
        self.orders.issue(now, ShadowAction::Mirror { instance: id, primary: primary.into(), is_on });
    }

    /// Takes back what is open about copying the traffic to an instance.
    pub(super) fn withdraw_mirror(&mut self, id: u64) {
        let open = self
            .orders
            .open()
            .filter(|open| matches!(open.action, ShadowAction::Mirror { instance, .. } if instance == id));
        let open: Vec<u64> = open.map(|open| open.id).collect();
        for order in open {
            self.orders.withdraw(order);
        }
    }

    /// An instance is no more.
    pub(super) fn remove(&mut self, id: u64) -> Option<Instance> {
        let gone = self.instances.remove(&id)?;
        for order in [gone.order, gone.resizing].into_iter().filter(|order| *order > 0) {
            self.orders.withdraw(order);
        }
        Some(gone)
    }

    pub(super) fn is_whole(&self, resources: &[usize], most: usize) -> bool {
        let amounts = |amounts: &Vec<f64>, count: usize| {
            amounts.len() == count && amounts.iter().all(|amount| amount.is_finite() && *amount >= 0.0)
        };
        let whole = |(id, instance): (&u64, &Instance)| {
            let Some(count) = resources.get(instance.primary) else { return false };
            (1..self.next).contains(id)
                && amounts(&instance.amounts, *count)
                && amounts(&instance.asked, *count)
                && amounts(&instance.ceiling, *count)
                && instance.price_per_hour.is_finite()
        };
        (1..=LARGEST_COUNT).contains(&self.next)
            && self.orders.is_whole()
            && self.instances.len() <= most
            && self.instances.iter().all(whole)
    }
}
