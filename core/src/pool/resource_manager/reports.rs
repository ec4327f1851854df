//! What is heard of the units: reports of the actuator, losses, and what is really there.

use super::units::{Life, Unit};
use super::{InventoryUnit, ResourceManager, TierAction};
use crate::error::{Error, Result};
use crate::pool::orders::{LARGEST_SEEN, Outcome, Settled};
use std::collections::{BTreeMap, BTreeSet};

impl ResourceManager {
    /// A unit is gone, as when its machine failed: its leases are served by others. Whether there was one.
    ///
    /// # Errors
    /// [`Error::Data`] for a `now` before the last one, or a year after it.
    pub fn unit_lost(&mut self, now: i64, unit: u64) -> Result<bool> {
        self.clock.advance("now", now)?;
        let before = self.serving();
        let was_known = self.units.lose(unit, &mut self.orders);
        self.serve_changed(before)?;
        Ok(was_known)
    }

    /// The units that really are there, as the actuator's own list has them: what was confirmed but is not there is lost, what is there but
    /// should not be is given back, and what is in another tier or state than was confirmed counts where it is.
    ///
    /// # Errors
    /// [`Error::Data`] for a unit whose number is 0 or above 2⁶² or that is there twice, or a `now` before the last one, or a year after it.
    pub fn reconcile(&mut self, now: i64, inventory: &[InventoryUnit]) -> Result<()> {
        if let Some(bad) = inventory.iter().find(|unit| !(1..=LARGEST_SEEN).contains(&unit.unit)) {
            let problem = format!("unit must be 1 to {LARGEST_SEEN}, got {}", bad.unit);
            return Err(Error::data("inventory", problem));
        }
        let there: BTreeMap<u64, InventoryUnit> = inventory.iter().map(|unit| (unit.unit, *unit)).collect();
        if there.len() < inventory.len() {
            let mut seen = BTreeSet::new();
            let twice = inventory.iter().find(|unit| !seen.insert(unit.unit)).map_or(0, |unit| unit.unit);
            return Err(Error::data("inventory", format!("unit {twice} is there twice")));
        }
        self.clock.advance("now", now)?;
        let before = self.serving();
        let lost =
            |(id, unit): (u64, Unit)| (!there.contains_key(&id) && unit.life != Life::Starting).then_some(id);
        let lost: Vec<u64> = self.units.all().filter_map(lost).collect();
        for id in lost {
            self.units.lose(id, &mut self.orders);
        }
        let known: BTreeSet<u64> = self.units.all().map(|(id, _)| id).collect();
        let asked: BTreeSet<u64> = self
            .orders
            .open()
            .filter_map(|open| match open.action {
                TierAction::Deprovision { unit } => Some(unit),
                _ => None,
            })
            .collect();
        for unit in there.values() {
            self.units.seen(unit.unit, unit.tier, unit.is_awake);
            if !known.contains(&unit.unit) && !asked.contains(&unit.unit) {
                self.orders.issue(now, TierAction::Deprovision { unit: unit.unit });
            }
        }
        self.serve_changed(before)
    }

    /// Takes in what the actuator reports of instruction `id`; the same report twice changes nothing.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that was never issued.
    pub fn report(&mut self, id: u64, outcome: Outcome) -> Result<()> {
        let before = self.serving();
        match self.orders.report(id, outcome)? {
            Settled::Confirmed(action) => self.confirmed(&action, false),
            Settled::ConfirmedLate(action) => self.confirmed(&action, true),
            Settled::Withdrawn(action) => self.withdrawn(&action),
            Settled::Retried | Settled::Repeated => return Ok(()),
        }
        self.serve_changed(before)
    }

    fn confirmed(&mut self, action: &TierAction, is_late: bool) {
        if let TierAction::Route { lease, tier } = action
            && let Some(held) = self.leases.get_mut(lease)
        {
            held.routed = *tier;
            // One that was withdrawn for another leaves that one open.
            if !is_late {
                held.route = 0;
            }
            self.note_route(*lease);
        }
        self.units.confirmed(action, is_late);
    }

    pub(super) fn withdrawn(&mut self, action: &TierAction) {
        if let TierAction::Route { lease, .. } = action
            && let Some(held) = self.leases.get_mut(lease)
        {
            held.route = 0;
            self.note_route(*lease);
        }
        if let Some(broken) = self.units.withdrawn(action) {
            self.units.stop(self.now(), broken, &mut self.orders);
        }
    }
}
