//! The units of all tiers, and what the actuator is asked to do with them.

use crate::pool::orders::{LARGEST_COUNT, Orders};
use crate::pool::tiers::Tier;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the actuator is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierAction {
    /// Make a unit.
    Provision {
        /// Its number, never used again.
        unit: u64,
        /// The tier that it is for.
        tier: Tier,
        /// The tier's kind of instance.
        kind: String,
    },
    /// Give a unit back.
    Deprovision {
        /// Its number.
        unit: u64,
    },
    /// Promote or demote a unit.
    Move {
        /// Its number.
        unit: u64,
        /// The tier that it is in.
        from: Tier,
        /// The tier that it is to be in.
        to: Tier,
    },
    /// Let a warm unit serve.
    Wake {
        /// Its number.
        unit: u64,
    },
    /// Let a warm unit rest, at the least power from which it can be woken.
    Rest {
        /// Its number.
        unit: u64,
    },
    /// Send the requests of a lease to another tier.
    Route {
        /// Its number.
        lease: u64,
        /// The tier.
        tier: Tier,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Life {
    Starting,
    Resting,
    Waking,
    Serving,
    /// On its way from serving to rest.
    Calming,
    Moving(Tier),
    Stopping,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Unit {
    pub(super) tier: Tier,
    pub(super) life: Life,
    order: u64,
    /// Whether it is known to have been made: what never was cannot be given back.
    is_made: bool,
}

/// How a unit lives that nothing is asked of.
fn at_ease(tier: Tier) -> Life {
    if tier == Tier::Warm { Life::Resting } else { Life::Serving }
}

/// The units, with the orders that are out for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Units {
    units: BTreeMap<u64, Unit>,
    next: u64,
    /// The numbers of those of a tier that live alike.
    #[serde(skip)]
    alike: BTreeMap<(Tier, Life), BTreeSet<u64>>,
}

impl Units {
    pub(super) fn new() -> Self {
        Units { units: BTreeMap::new(), next: 1, alike: BTreeMap::new() }
    }

    /// Finds out which units live alike, after they were read from bytes.
    pub(super) fn index(&mut self) {
        self.alike.clear();
        for (id, unit) in &self.units {
            self.alike.entry((unit.tier, unit.life)).or_default().insert(*id);
        }
    }

    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = (u64, Unit)> {
        self.units.iter().map(|(id, unit)| (*id, *unit))
    }

    /// Units of a tier in one of these states.
    pub(super) fn count(&self, tier: Tier, lives: &[Life]) -> u32 {
        self.count_if(|of, life| of == tier && lives.contains(&life))
    }

    /// Units that are or will be of a tier, and stay.
    pub(super) fn staying(&self, tier: Tier) -> u32 {
        self.count_if(|of, life| match life {
            Life::Stopping => false,
            Life::Moving(to) => to == tier,
            _ => of == tier,
        })
    }

    /// Units that may be there in a tier, whatever becomes of the orders that are out.
    pub(super) fn possible(&self, tier: Tier) -> u32 {
        self.count_if(|of, life| of == tier || life == Life::Moving(tier))
    }

    fn count_if(&self, counts: impl Fn(Tier, Life) -> bool) -> u32 {
        let alike = self.alike.iter().filter(|((tier, life), _)| counts(*tier, *life));
        alike.map(|(_, ids)| ids.len() as u32).sum()
    }

    /// So many units of a tier in a state: the oldest, or the newest.
    pub(super) fn some(&self, tier: Tier, life: Life, count: u32, newest: bool) -> Vec<u64> {
        let ids = self.alike.get(&(tier, life)).into_iter().flatten().copied();
        if newest { ids.rev().take(count as usize).collect() } else { ids.take(count as usize).collect() }
    }

    /// Puts a unit in its place: a new one, or one that has changed.
    fn put(&mut self, id: u64, unit: Unit) {
        self.take(id);
        self.alike.entry((unit.tier, unit.life)).or_default().insert(id);
        self.units.insert(id, unit);
    }

    fn take(&mut self, id: u64) -> Option<Unit> {
        let unit = self.units.remove(&id)?;
        let place = (unit.tier, unit.life);
        if let Some(ids) = self.alike.get_mut(&place) {
            ids.remove(&id);
            if ids.is_empty() {
                self.alike.remove(&place);
            }
        }
        Some(unit)
    }

    pub(super) fn provision(&mut self, now: i64, tier: Tier, kind: &str, orders: &mut Orders<TierAction>) {
        let id = self.next;
        self.next += 1;
        let order = orders.issue(now, TierAction::Provision { unit: id, tier, kind: kind.into() });
        self.put(id, Unit { tier, life: Life::Starting, order, is_made: false });
    }

    /// Asks something of a unit; what was asked before is withdrawn.
    fn ask(&mut self, now: i64, id: u64, life: Life, action: TierAction, orders: &mut Orders<TierAction>) {
        if let Some(unit) = self.units.get(&id).copied() {
            orders.withdraw(unit.order);
            self.put(id, Unit { life, order: orders.issue(now, action), ..unit });
        }
    }

    pub(super) fn stop(&mut self, now: i64, id: u64, orders: &mut Orders<TierAction>) {
        self.ask(now, id, Life::Stopping, TierAction::Deprovision { unit: id }, orders);
    }

    pub(super) fn wake(&mut self, now: i64, id: u64, orders: &mut Orders<TierAction>) {
        self.ask(now, id, Life::Waking, TierAction::Wake { unit: id }, orders);
    }

    pub(super) fn rest(&mut self, now: i64, id: u64, orders: &mut Orders<TierAction>) {
        self.ask(now, id, Life::Calming, TierAction::Rest { unit: id }, orders);
    }

    pub(super) fn shift(&mut self, now: i64, id: u64, to: Tier, orders: &mut Orders<TierAction>) {
        if let Some(from) = self.units.get(&id).map(|unit| unit.tier) {
            self.ask(now, id, Life::Moving(to), TierAction::Move { unit: id, from, to }, orders);
        }
    }

    /// A unit is gone.
    pub(super) fn lose(&mut self, id: u64, orders: &mut Orders<TierAction>) -> bool {
        let Some(unit) = self.take(id) else { return false };
        orders.withdraw(unit.order);
        true
    }

    /// What was asked has been done; late, after it had been given up, or in time.
    pub(super) fn confirmed(&mut self, action: &TierAction, is_late: bool) {
        match *action {
            TierAction::Deprovision { unit } => drop(self.take(unit)),
            TierAction::Provision { unit: id, tier, .. } => match self.units.get(&id).copied() {
                Some(unit) if unit.life == Life::Starting => {
                    self.put(id, Unit { life: at_ease(tier), is_made: true, ..unit });
                }
                // It is to be given back: that order stands.
                Some(unit) => self.put(id, Unit { is_made: true, ..unit }),
                // Given up, and yet it is there: the next round says whether it may stay.
                None if is_late => self.put(id, Unit { tier, life: at_ease(tier), order: 0, is_made: true }),
                None => {}
            },
            TierAction::Move { unit, to, .. } => {
                self.settle(unit, is_late, Life::Moving(to), to, at_ease(to))
            }
            TierAction::Wake { unit } => self.settle(unit, is_late, Life::Waking, Tier::Warm, Life::Serving),
            TierAction::Rest { unit } => self.settle(unit, is_late, Life::Calming, Tier::Warm, Life::Resting),
            TierAction::Route { .. } => {}
        }
    }

    /// A unit that was `asked` is now `life`; late, only if nothing else was asked of it since.
    fn settle(&mut self, id: u64, is_late: bool, asked: Life, tier: Tier, life: Life) {
        let Some(unit) = self.units.get(&id).copied() else { return };
        let is_idle = matches!(unit.life, Life::Resting | Life::Serving);
        let is_same = tier == unit.tier || matches!(asked, Life::Moving(_));
        if (!is_late && unit.life == asked) || (is_late && is_idle && is_same) {
            self.put(id, Unit { tier, life, ..unit });
        }
    }

    /// What was asked has been given up: a unit that could not be moved or woken is to be replaced, which is said by its number.
    pub(super) fn withdrawn(&mut self, action: &TierAction) -> Option<u64> {
        match *action {
            TierAction::Provision { unit, .. } => {
                self.take(unit);
                None
            }
            TierAction::Deprovision { unit: id } | TierAction::Rest { unit: id } => {
                let unit = self.units.get(&id).copied()?;
                if unit.is_made {
                    // It counts again, and the next round asks anew.
                    let life = if unit.life == Life::Calming { Life::Serving } else { at_ease(unit.tier) };
                    self.put(id, Unit { life, ..unit });
                } else {
                    self.take(id);
                }
                None
            }
            TierAction::Move { unit: id, .. } | TierAction::Wake { unit: id } => {
                let unit = self.units.get(&id).copied()?;
                self.put(id, Unit { life: at_ease(unit.tier), ..unit });
                Some(id)
            }
            TierAction::Route { .. } => None,
        }
    }

    /// A unit was seen: new ones have higher numbers, and where nothing is asked of it, it is in this tier and state.
    pub(super) fn seen(&mut self, id: u64, tier: Tier, is_awake: Option<bool>) {
        self.next = self.next.max(id.saturating_add(1));
        let Some(mut unit) = self.units.get(&id).copied() else { return };
        unit.is_made = true;
        if matches!(unit.life, Life::Resting | Life::Serving) {
            if unit.tier != tier {
                (unit.tier, unit.life) = (tier, at_ease(tier));
            }
            if let (Tier::Warm, Some(is_awake)) = (tier, is_awake) {
                unit.life = if is_awake { Life::Serving } else { Life::Resting };
            }
        }
        self.put(id, unit);
    }

    pub(super) fn is_whole(&self) -> bool {
        let possible = |(id, unit): (&u64, &Unit)| {
            let warm_only = matches!(unit.life, Life::Resting | Life::Waking | Life::Calming);
            let is_known = unit.is_made || matches!(unit.life, Life::Starting | Life::Stopping);
            is_known && (1..self.next).contains(id) && (unit.tier == Tier::Warm || !warm_only)
        };
        (1..=LARGEST_COUNT).contains(&self.next) && self.units.iter().all(possible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_never_run_out() {
        let mut units = Units::new();
        units.seen(crate::pool::orders::LARGEST_SEEN, Tier::Hot, None);
        assert!(units.is_whole());
        units.next = u64::MAX;
        assert!(!units.is_whole());
    }
}
