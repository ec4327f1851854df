//! What must hold whatever the actuator does.

use super::tests::{known, request};
use super::*;
use crate::pool::orders::Outcome;
use crate::pool::tiers::tests::tiers;
use proptest::prelude::*;

/// What an actuator really has.
#[derive(Debug, Clone, Default)]
struct World {
    units: BTreeMap<u64, Tier>,
}

impl World {
    fn carry_out(&mut self, action: &TierAction) {
        match action {
            TierAction::Provision { unit, tier, .. } => drop(self.units.insert(*unit, *tier)),
            TierAction::Deprovision { unit } => drop(self.units.remove(unit)),
            TierAction::Move { unit, to, .. } => {
                if let Some(tier) = self.units.get_mut(unit) {
                    *tier = *to;
                }
            }
            TierAction::Wake { .. } | TierAction::Rest { .. } | TierAction::Route { .. } => {}
        }
    }

    fn inventory(&self) -> Vec<InventoryUnit> {
        self.units
            .iter()
            .map(|(unit, tier)| InventoryUnit { unit: *unit, tier: *tier, is_awake: None })
            .collect()
    }
}

/// What holds at any time: leases are held once, and no capacity is promised twice.
fn check(manager: &ResourceManager, granted: &BTreeSet<u64>) -> std::result::Result<(), TestCaseError> {
    prop_assert!(manager.is_whole());
    let mut units = manager.units.clone();
    units.index();
    prop_assert_eq!(&units, &manager.units);
    let held: BTreeSet<u64> = manager.leases().map(|lease| lease.id).collect();
    prop_assert_eq!(&held, granted, "no lease is lost, none is held twice");
    for status in manager.status().unwrap() {
        let served = manager.leases().filter(|lease| lease.tier == status.tier && lease.is_served);
        let load: f64 = served.map(|lease| lease.load).sum();
        prop_assert!(load < 10.0 * f64::from(status.serving) + 1e-9, "{load} by {:?}", status);
        prop_assert!(status.watts >= 0.0 && status.cost_per_hour >= 0.0);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    /// Whatever is asked for and whatever the actuator does or says; and when it works again, everybody is served and nothing is left open.
    #[test]
    fn nothing_is_lost_or_given_twice(
        steps in prop::collection::vec((0u8..9, 0u64..24, 0.1f64..40.0, 0i32..3, 0i64..200), 1..120),
    ) {
        let mut limited = tiers();
        limited.hot.max_units = 12;
        (limited.warm.max_units, limited.warm.min_units) = (15, 2);
        let mut manager = ResourceManager::new(ResourceManagerConfig::new(limited)).unwrap();
        let (mut world, mut granted, mut now) = (World::default(), BTreeSet::new(), 0);
        let mut handed: Vec<Instruction<TierAction>> = Vec::new();
        for (what, which, size, priority, pause) in steps {
            now += pause * 1000;
            match what {
                0 | 1 => {
                    let latency = [None, Some(1000.0), Some(60.0), Some(1.0)][which as usize % 4];
                    let mut wish = request(which, size, latency, priority);
                    wish.qos.cost_limit = (which % 5 == 0).then_some(size / 12.0);
                    if let Ok(Allocation::Granted(lease)) = manager.allocate(now, &wish) {
                        prop_assert_eq!(lease.id, which);
                        prop_assert!(granted.contains(&which) || wish.qos.cost_limit.is_none_or(|limit| lease.cost_per_hour <= limit));
                        granted.insert(which);
                    }
                }
                2 => {
                    let was_there = granted.remove(&which);
                    prop_assert_eq!(manager.release(now, which).unwrap(), was_there);
                }
                3 => {
                    manager.foresee(now, &known(size, 1.5 * size, 2.0 * size)).unwrap();
                }
                // Does what it says; says what it does not do; does what it does not say; fails.
                4..=7 if !handed.is_empty() => {
                    let order = handed[which as usize % handed.len()].clone();
                    if what == 4 || what == 6 {
                        world.carry_out(&order.action);
                    }
                    let outcome = if what == 7 { Outcome::Failed } else { Outcome::Confirmed };
                    if what != 6 {
                        manager.report(order.id, outcome).unwrap();
                        let before = manager.clone();
                        manager.report(order.id, outcome).unwrap();
                        prop_assert_eq!(&manager, &before, "the same report again");
                    }
                }
                8 => manager.reconcile(now, &world.inventory()).unwrap(),
                _ => {}
            }
            if what % 2 == 0 {
                let before = Tier::ALL.map(|tier| manager.units.possible(tier));
                let orders = manager.rebalance(now).unwrap();
                for (tier, before) in Tier::ALL.into_iter().zip(before) {
                    // Units whose making was given up, and that are there all the same, are nobody's order.
                    let limit = manager.config.tiers.of(tier).max_units.max(before);
                    prop_assert!(manager.units.possible(tier) <= limit, "{:?}", tier);
                }
                prop_assert!(orders.iter().all(|order| order.attempt <= 3));
                handed.extend(orders);
            }
            check(&manager, &granted)?;
        }
        let bytes = manager.snapshot().unwrap();
        prop_assert_eq!(&ResourceManager::restore(&bytes).unwrap(), &manager);
        // The actuator works again: all that was handed out is done or forgotten, and the inventory is shown.
        for _ in 0..40 {
            now += 700_000;
            for order in manager.rebalance(now).unwrap() {
                world.carry_out(&order.action);
                manager.report(order.id, Outcome::Confirmed).unwrap();
            }
            manager.reconcile(now, &world.inventory()).unwrap();
            check(&manager, &granted)?;
        }
        prop_assert_eq!(manager.orders.open().count(), 0);
        let there: BTreeSet<u64> = manager.units.all().map(|(id, _)| id).collect();
        prop_assert_eq!(there, world.units.keys().copied().collect::<BTreeSet<u64>>());
        for tier in Tier::ALL {
            let (units, config) = (manager.units.possible(tier), manager.config.tiers.of(tier));
            prop_assert!((config.min_units..=config.max_units).contains(&units), "{:?}: {}", tier, units);
        }
        for lease in manager.leases() {
            prop_assert!(lease.is_served, "{:?}", lease);
        }
    }
}
