//! The units of all tiers, and what the actuator is asked to do with them.

use crate::pool::orders::Orders;
use crate::pool::tiers::Tier;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Units {
    pub(super) fn new() -> Self {
        Units { units: BTreeMap::new(), next: 1 }
    }

    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = (u64, Unit)> {
        self.units.iter().map(|(id, unit)| (*id, *unit))
    }

    /// Units of a tier in one of these states.
    pub(super) fn count(&self, tier: Tier, lives: &[Life]) -> u32 {
        self.all().filter(|(_, unit)| unit.tier == tier && lives.contains(&unit.life)).count() as u32
    }

    /// Units that are or will be of a tier, and stay.
    pub(super) fn staying(&self, tier: Tier) -> u32 {
        let stays = |unit: &Unit| match unit.life {
            Life::Stopping => false,
            Life::Moving(to) => to == tier,
            _ => unit.tier == tier,
        };
        self.all().filter(|(_, unit)| stays(unit)).count() as u32
    }

    /// Units that may be there in a tier, whatever becomes of the orders that are out.
    pub(super) fn possible(&self, tier: Tier) -> u32 {
        self.all().filter(|(_, unit)| unit.tier == tier || unit.life == Life::Moving(tier)).count() as u32
    }

    /// So many units of a tier in a state: the oldest, or the newest.
    pub(super) fn some(&self, tier: Tier, life: Life, count: u32, newest: bool) -> Vec<u64> {
        let fits = |(id, unit): (u64, Unit)| (unit.tier == tier && unit.life == life).then_some(id);
        if newest {
            self.all().rev().filter_map(fits).take(count as usize).collect()
        } else {
            self.all().filter_map(fits).take(count as usize).collect()
        }
    }

    pub(super) fn provision(&mut self, now: i64, tier: Tier, kind: &str, orders: &mut Orders<TierAction>) {
        let id = self.next;
        self.next += 1;
        let order = orders.issue(now, TierAction::Provision { unit: id, tier, kind: kind.into() });
        self.units.insert(id, Unit { tier, life: Life::Starting, order });
    }

    /// Asks something of a unit; what was asked before is withdrawn.
    fn ask(&mut self, now: i64, id: u64, life: Life, action: TierAction, orders: &mut Orders<TierAction>) {
        if let Some(unit) = self.units.get_mut(&id) {
            orders.withdraw(unit.order);
            unit.life = life;
            unit.order = orders.issue(now, action);
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
        let Some(unit) = self.units.remove(&id) else { return false };
        orders.withdraw(unit.order);
        true
    }

    /// What was asked has been done; late, after it had been given up, or in time.
    pub(super) fn confirmed(&mut self, action: &TierAction, is_late: bool) {
        match *action {
            TierAction::Deprovision { unit } => drop(self.units.remove(&unit)),
            TierAction::Provision { unit: id, tier, .. } => match self.units.get_mut(&id) {
                Some(unit) if unit.life == Life::Starting => unit.life = at_ease(tier),
                // It is to be given back: that order stands.
                Some(_) => {}
                // Given up, and yet it is there: the next round says whether it may stay.
                None if is_late => {
                    self.units.insert(id, Unit { tier, life: at_ease(tier), order: 0 });
                }
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
        let Some(unit) = self.units.get_mut(&id) else { return };
        let is_idle = matches!(unit.life, Life::Resting | Life::Serving);
        let is_same = tier == unit.tier || matches!(asked, Life::Moving(_));
        if (!is_late && unit.life == asked) || (is_late && is_idle && is_same) {
            (unit.tier, unit.life) = (tier, life);
        }
    }

    /// What was asked has been given up: a unit that could not be moved or woken is to be replaced, which is said by its number.
    pub(super) fn withdrawn(&mut self, action: &TierAction) -> Option<u64> {
        match *action {
            TierAction::Provision { unit, .. } => {
                self.units.remove(&unit);
                None
            }
            TierAction::Deprovision { unit } | TierAction::Rest { unit } => {
                // It counts again, and the next round asks anew.
                if let Some(unit) = self.units.get_mut(&unit) {
                    unit.life = if unit.life == Life::Calming { Life::Serving } else { at_ease(unit.tier) };
                }
                None
            }
            TierAction::Move { unit, .. } | TierAction::Wake { unit } => {
                let known = self.units.get_mut(&unit)?;
                known.life = at_ease(known.tier);
                Some(unit)
            }
            TierAction::Route { .. } => None,
        }
    }

    /// A unit that nothing is asked of is in another tier or state than was thought.
    pub(super) fn correct(&mut self, id: u64, tier: Tier, is_awake: Option<bool>) {
        let Some(unit) = self.units.get_mut(&id) else { return };
        if !matches!(unit.life, Life::Resting | Life::Serving) {
            return;
        }
        if unit.tier != tier {
            (unit.tier, unit.life) = (tier, at_ease(tier));
        }
        if let (Tier::Warm, Some(is_awake)) = (tier, is_awake) {
            unit.life = if is_awake { Life::Serving } else { Life::Resting };
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        let possible = |(id, unit): (&u64, &Unit)| {
            let warm_only = matches!(unit.life, Life::Resting | Life::Waking | Life::Calming);
            (1..self.next).contains(id) && (unit.tier == Tier::Warm || !warm_only)
        };
        self.units.iter().all(possible)
    }
}
