//! Who is served and who moves, against the same found by walking all leases.

use super::lease::promise;
use super::leases::{Ladder, Offer, best, offer, response};
use super::line::place;
use super::tests::{obey, request};
use super::*;
use crate::pool::orders::Outcome;
use crate::pool::tiers::tests::tiers;
use proptest::prelude::*;

/// The leases of a tier that are served, when each is asked in turn whether it still fits.
fn served(manager: &ResourceManager, tier: Tier) -> BTreeSet<u64> {
    let units = manager.units.count(tier, &[Life::Serving]);
    let mut leases: Vec<&Lease> = manager.leases().filter(|lease| lease.tier == tier).collect();
    leases.sort_by_key(|lease| place(lease));
    let (mut load, mut strictest, mut served) = (0.0, f64::INFINITY, BTreeSet::new());
    for lease in leases {
        let (with, strict) = (load + lease.load, strictest.min(promise(&lease.qos)));
        if response(&manager.config, tier, with, units).unwrap() <= strict.min(f64::MAX) {
            (load, strictest) = (with, strict);
            served.insert(lease.id);
        }
    }
    served
}

fn wait_of(manager: &ResourceManager, tier: Tier, ladders: &Tiers<Ladder>) -> f64 {
    let line = manager.carried.of(tier);
    let enough = |units: u32| {
        response(&manager.config, tier, line.load(), units).unwrap() <= line.strictest().min(f64::MAX)
    };
    let rung = ladders.of(tier).iter().find(|(units, _)| enough(*units));
    rung.map_or(f64::INFINITY, |(_, wait)| wait.max(f64::MIN_POSITIVE))
}

/// Moves leases by looking at each: those that wait first, then those that are not critical.
fn move_all(manager: &mut ResourceManager) {
    let critical = manager.config.critical_priority;
    let mut order: Vec<(bool, i32, u64)> = manager
        .leases()
        .filter(|lease| !lease.is_served || lease.qos.priority < critical)
        .map(|lease| (lease.is_served, -lease.qos.priority, lease.id))
        .collect();
    order.sort_unstable();
    let ladders = Tiers {
        hot: manager.ladder(Tier::Hot),
        warm: manager.ladder(Tier::Warm),
        cold: manager.ladder(Tier::Cold),
    };
    for (_, _, id) in order {
        let lease = manager.lease(id).unwrap().clone();
        let mut better: Vec<Offer> = Vec::new();
        for tier in Tier::ALL.into_iter().filter(|tier| *tier != lease.tier) {
            let line = manager.carried.of(tier);
            let Ok(offer) =
                offer(&manager.config, tier, ladders.of(tier), line, (lease.load, &lease.qos)).unwrap()
            else {
                continue;
            };
            let (wait, waited) =
                (wait_of(manager, lease.tier, &ladders), (manager.now() - lease.granted) as f64 / 1000.0);
            let is_better = if lease.is_served {
                offer.is_there && offer.cost < lease.cost_per_hour * (1.0 - 1e-9)
            } else {
                (wait == f64::INFINITY || waited + wait > promise(&lease.qos)) && offer.wait < wait
            };
            if is_better {
                better.push(offer);
            }
        }
        if let Some(chosen) = best(&manager.config, &lease.qos, &better) {
            manager.carried.of_mut(lease.tier).remove(&lease);
            let held = &mut manager.leases.get_mut(&id).unwrap().lease;
            (held.tier, held.is_served) = (chosen.tier, chosen.is_there);
            (held.cost_per_hour, held.expected_latency_seconds) = (chosen.cost, chosen.latency);
            manager.carried.of_mut(chosen.tier).add(held);
            manager.note_route(id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn who_is_served_and_who_moves_is_what_a_walk_finds(
        steps in prop::collection::vec((0u8..8, 0u64..60, 0.01f64..30.0, -1i32..4, 0i64..100), 1..150),
    ) {
        let mut limited = tiers();
        (limited.hot.max_units, limited.warm.max_units, limited.cold.max_units) = (8, 12, 30);
        let mut manager = ResourceManager::new(ResourceManagerConfig::new(limited)).unwrap();
        let (mut now, mut handed) = (0, Vec::new());
        for (what, which, size, priority, pause) in steps {
            now += pause * 1000;
            match what {
                0..=2 => {
                    let latency = [None, Some(400.0), Some(35.0), Some(0.6)][which as usize % 4];
                    let mut asked = request(which, size, latency, priority);
                    // Without a limit, or with one that leaves all tiers, warm and cold, or cold alone.
                    asked.qos.cost_limit = [None, Some(0.1), Some(0.08), Some(0.07)][which as usize / 4 % 4].map(|most| most * size);
                    drop(manager.allocate(now, &asked));
                }
                3 => drop(manager.release(now, which).unwrap()),
                4 => {
                    for order in handed.drain(..) {
                        let Instruction { id, .. } = order;
                        manager.report(id, if id % 9 == 0 { Outcome::Failed } else { Outcome::Confirmed }).unwrap();
                    }
                }
                5 => drop(manager.unit_lost(now, which).unwrap()),
                6 => drop(obey(&mut manager, now)),
                _ => {
                    let orders: Vec<Instruction<TierAction>> = manager.rebalance(now).unwrap();
                    handed.extend(orders);
                }
            }
            let mut walked = manager.clone();
            walked.serve_all().unwrap();
            for tier in Tier::ALL {
                let ours: BTreeSet<u64> =
                    walked.leases().filter(|lease| lease.tier == tier && lease.is_served).map(|lease| lease.id).collect();
                prop_assert_eq!(&ours, &served(&walked, tier), "{:?}", tier);
            }
            let mut ours = walked.clone();
            ours.move_leases().unwrap();
            move_all(&mut walked);
            prop_assert_eq!(&ours, &walked);
        }
    }
}
