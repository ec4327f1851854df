//! What is asked of the actuator, so that each tier comes to have what it is to have.

use super::ResourceManager;
use super::needs::Need;
use super::units::{Life, TierAction};
use crate::pool::tiers::{Tier, Tiers};

impl ResourceManager {
    /// Units that a tier may still be given.
    fn room(&self, tier: Tier) -> u32 {
        self.config.tiers.of(tier).max_units.saturating_sub(self.units.possible(tier))
    }

    fn provision(&mut self, now: i64, tier: Tier, count: u32) {
        let named = &self.config.tiers.of(tier).kind;
        let kind = if named.is_empty() { self.recommended_kinds.of(tier) } else { named };
        for _ in 0..count.min(self.room(tier)) {
            self.units.provision(now, tier, kind, &mut self.orders);
        }
    }

    /// Gives units back: those that are still being made first, then those of one state, the newest first. How many.
    fn stop(&mut self, now: i64, tier: Tier, count: u32, then: Life) -> u32 {
        let mut going = self.units.some(tier, Life::Starting, count, true);
        going.extend(self.units.some(tier, then, count - going.len() as u32, true));
        going.iter().for_each(|id| self.units.stop(now, *id, &mut self.orders));
        going.len() as u32
    }

    pub(super) fn adjust_hot(&mut self, now: i64, needs: &Tiers<Need>) {
        let (there, wanted) = (self.units.staying(Tier::Hot), needs.hot.units);
        if there < wanted {
            let missing = (wanted - there).min(self.room(Tier::Hot));
            // Warm units at rest that warm itself is not about to wake.
            let awake = self.units.count(Tier::Warm, &[Life::Serving, Life::Waking]);
            let to_wake = needs.warm.serving.saturating_sub(awake);
            let spare = self.units.count(Tier::Warm, &[Life::Resting]).saturating_sub(to_wake);
            let promoted = self.units.some(Tier::Warm, Life::Resting, missing.min(spare), false);
            promoted.iter().for_each(|id| self.units.shift(now, *id, Tier::Hot, &mut self.orders));
            self.provision(now, Tier::Hot, missing - promoted.len() as u32);
        } else if there > wanted {
            let surplus = there - wanted;
            let lacking =
                needs.warm.units.saturating_sub(self.units.staying(Tier::Warm)).min(self.room(Tier::Warm));
            // What does not serve yet replaces nothing that does.
            let spare = self.units.count(Tier::Hot, &[Life::Serving]).saturating_sub(wanted);
            let starting = self.units.count(Tier::Hot, &[Life::Starting]);
            let demoted = self.units.some(Tier::Hot, Life::Serving, surplus.min(lacking).min(spare), true);
            demoted.iter().for_each(|id| self.units.shift(now, *id, Tier::Warm, &mut self.orders));
            let gone = demoted.len() as u32;
            self.stop(now, Tier::Hot, (surplus - gone).min(starting + spare - gone), Life::Serving);
        }
    }

    pub(super) fn adjust_warm(&mut self, now: i64, needs: &Tiers<Need>) {
        let there = self.units.staying(Tier::Warm);
        if there < needs.warm.units {
            self.provision(now, Tier::Warm, needs.warm.units - there);
        } else if there > needs.warm.units {
            // What is on its way here replaces nothing that is here.
            let here = [Life::Resting, Life::Waking, Life::Serving, Life::Calming];
            let spare = self.units.count(Tier::Warm, &here).saturating_sub(needs.warm.units);
            let starting = self.units.count(Tier::Warm, &[Life::Starting]);
            self.stop(now, Tier::Warm, (there - needs.warm.units).min(starting + spare), Life::Resting);
        }
        let awake = self.units.count(Tier::Warm, &[Life::Serving, Life::Waking]);
        if awake < needs.warm.serving {
            let woken = self.units.some(Tier::Warm, Life::Resting, needs.warm.serving - awake, false);
            woken.iter().for_each(|id| self.units.wake(now, *id, &mut self.orders));
        } else {
            let idle = awake - needs.warm.serving;
            let calmed = self.units.some(Tier::Warm, Life::Serving, idle, true);
            calmed.iter().for_each(|id| self.units.rest(now, *id, &mut self.orders));
        }
    }

    pub(super) fn adjust_cold(&mut self, now: i64, needs: &Tiers<Need>) {
        let there = self.units.staying(Tier::Cold);
        if there < needs.cold.units {
            self.provision(now, Tier::Cold, needs.cold.units - there);
        } else if there > needs.cold.units {
            self.stop(now, Tier::Cold, there - needs.cold.units, Life::Serving);
        }
    }

    pub(super) fn route_leases(&mut self, now: i64) {
        let (leases, orders) = (&mut self.leases, &mut self.orders);
        self.astray.retain(|id| {
            let Some(held) = leases.get_mut(id) else { return false };
            let tier = held.lease.tier;
            if held.routed == tier {
                orders.withdraw(held.route);
                held.route = 0;
            } else if held.route == 0 || held.asked != tier {
                orders.withdraw(held.route);
                (held.route, held.asked) = (orders.issue(now, TierAction::Route { lease: *id, tier }), tier);
            }
            held.is_astray()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Outcome;
    use crate::pool::resource_manager::tests::{MINUTE, granted, known, manager, obey, request, status};

    #[test]
    fn what_does_not_serve_yet_replaces_nothing_that_does() {
        for (before, after) in [
            // Five more are being made hot, then that many are wanted warm.
            (known(35.0, 35.0, 35.0), known(35.0, 70.0, 70.0)),
            // Five more are promoted, and then not wanted any longer.
            (known(35.0, 70.0, 70.0), known(35.0, 35.0, 35.0)),
        ] {
            let mut manager = manager();
            manager.foresee(0, &before).unwrap();
            obey(&mut manager, 0);
            manager.foresee(1, &known(70.0, 70.0, 70.0)).unwrap();
            manager.rebalance(1).unwrap();
            assert_eq!(manager.units.staying(Tier::Hot), 10);
            manager.foresee(6 * MINUTE, &after).unwrap();
            manager.rebalance(6 * MINUTE).unwrap();
            assert_eq!(status(&manager, Tier::Hot).serving, 5);
            (0..3).for_each(|round| drop(obey(&mut manager, 6 * MINUTE + 1 + round)));
            assert_eq!(status(&manager, Tier::Hot).serving, 5);
        }
    }

    #[test]
    fn what_is_on_its_way_to_warm_replaces_nothing_that_rests_there() {
        let mut manager = manager();
        manager.foresee(0, &known(70.0, 105.0, 105.0)).unwrap();
        obey(&mut manager, 0);
        manager.foresee(6 * MINUTE, &known(35.0, 105.0, 105.0)).unwrap();
        manager.rebalance(6 * MINUTE).unwrap();
        manager.foresee(12 * MINUTE, &known(35.0, 70.0, 70.0)).unwrap();
        manager.rebalance(12 * MINUTE).unwrap();
        assert_eq!((status(&manager, Tier::Warm).resting, status(&manager, Tier::Hot).serving), (5, 5));
    }

    #[test]
    fn a_late_route_leaves_the_newer_one_open() {
        let mut manager = manager();
        granted(&mut manager, 0, &request(1, 5.0, None, 0));
        let go_to = |manager: &mut ResourceManager, tier: Tier| {
            manager.leases.get_mut(&1).unwrap().lease.tier = tier;
            manager.note_route(1);
            manager.route_leases(0);
            manager.orders.hand_out(0).pop().unwrap().id
        };
        manager.leases.get_mut(&1).unwrap().routed = Tier::Hot;
        let (first, second) = (go_to(&mut manager, Tier::Cold), go_to(&mut manager, Tier::Warm));
        manager.report(first, Outcome::Confirmed).unwrap();
        manager.route_leases(1);
        assert_eq!(manager.orders.open().map(|open| open.id).collect::<Vec<_>>(), [second]);
        manager.report(second, Outcome::Confirmed).unwrap();
        let held = manager.leases.get(&1).unwrap();
        assert_eq!((held.routed, held.route), (Tier::Warm, 0));
    }
}
