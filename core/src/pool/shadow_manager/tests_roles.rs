//! Who is active, and what really is there: scenarios.

use super::tests_actuator::*;
use super::*;
use std::collections::BTreeSet;

pub(super) fn roles(manager: &ShadowManager) -> Vec<(u64, ShadowRole)> {
    manager
        .status("router")
        .unwrap()
        .instances
        .iter()
        .map(|instance| (instance.instance, instance.role))
        .collect()
}

#[test]
fn the_best_warmed_shadow_takes_over_and_a_new_one_is_ordered() {
    let mut manager = ShadowManager::new(ShadowManagerConfig::default()).unwrap();
    manager.set_primary(Primary { min_shadows: 2, ..router() }).unwrap();
    run(&mut manager, 0..10, |_| 0.5);
    // The second shadow has more.
    manager.fleet.instances.get_mut(&3).unwrap().amounts = vec![6.0, 20.0, 5.0];
    manager.instance_failed(1).unwrap();
    let asked = obey(&mut manager, 10 * MINUTE);
    let primary = || "router".to_string();
    assert!(asked.contains(&ShadowAction::Demote { instance: 1, primary: primary(), epoch: 2 }));
    assert!(asked.contains(&ShadowAction::Promote { instance: 3, primary: primary(), epoch: 2 }));
    assert!(
        asked.contains(&ShadowAction::Resize { instance: 3, amounts: vec![8.0, 32.0, 10.0] }),
        "all that it can have"
    );
    assert!(asked.contains(&ShadowAction::Route { primary: primary(), version: 1, shares: vec![(3, 1.0)] }));
    assert!(asked.iter().any(|action| matches!(action, ShadowAction::Create { instance: 4, .. })));
    let (standby, active) = (ShadowRole::Standby, ShadowRole::Active);
    assert_eq!(roles(&manager), [(1, ShadowRole::Failed), (2, standby), (3, active), (4, standby)]);
    // The first comes back: as a standby, and once it knows.
    manager.instance_recovered(1).unwrap();
    assert_eq!(roles(&manager)[0], (1, ShadowRole::Rejoining));
    obey(&mut manager, 11 * MINUTE);
    assert_eq!(roles(&manager)[0], (1, standby));
    assert!(
        manager
            .take_journal()
            .iter()
            .any(|record| matches!(record, ShadowRecord::Failover { from: 1, to: 3, epoch: 2, .. }))
    );
}

#[test]
fn without_a_shadow_the_next_one_takes_over_as_soon_as_it_runs() {
    let mut manager = ShadowManager::new(ShadowManagerConfig::default()).unwrap();
    manager.set_primary(Primary { min_shadows: 0, ..router() }).unwrap();
    run(&mut manager, 0..5, |_| 0.5);
    manager.instance_failed(1).unwrap();
    run(&mut manager, 5..8, |_| 0.5);
    let status = manager.status("router").unwrap();
    assert!(status.active > 1 && status.epoch == 2, "{status:?}");
}

/// Two instances that both believe to be active: the one of the older epoch is told.
#[test]
fn split_brain_is_healed() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..5, |_| 0.5);
    let seen = |instance, share, is_active| {
        let amounts = manager.fleet.instances[&instance].amounts.clone();
        SeenInstance { instance, amounts, share, is_active }
    };
    let there = [seen(1, 1.0, true), seen(2, 0.0, true)];
    manager.reconcile(5 * MINUTE, &there).unwrap();
    let asked = obey(&mut manager, 5 * MINUTE);
    assert_eq!(asked, [ShadowAction::Demote { instance: 2, primary: "router".into(), epoch: 1 }]);
}

#[test]
fn what_was_confirmed_but_is_not_so_is_asked_for_anew() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..5, |_| 0.5);
    let amounts = manager.fleet.instances[&2].amounts.clone();
    let seen = |instance, amounts, share, is_active| SeenInstance { instance, amounts, share, is_active };
    let base = vec![8.0, 32.0, 10.0];
    // The shadow has nothing and serves half; there is one more that nobody knows.
    let there = [seen(1, base, 0.5, true), seen(2, vec![0.0; 3], 0.5, false), seen(77, vec![], 0.0, false)];
    manager.reconcile(5 * MINUTE, &there).unwrap();
    let asked = obey(&mut manager, 5 * MINUTE);
    assert!(asked.contains(&ShadowAction::Resize { instance: 2, amounts }), "{asked:?}");
    assert!(asked.contains(&ShadowAction::Release { instance: 77 }));
    assert!(
        asked
            .iter()
            .any(|action| matches!(action, ShadowAction::Route { shares, .. } if *shares == [(1, 1.0)]))
    );
    // The shadow is gone: there is another one.
    manager.reconcile(6 * MINUTE, &[seen(1, vec![8.0, 32.0, 10.0], 1.0, true)]).unwrap();
    let asked = obey(&mut manager, 6 * MINUTE);
    assert!(asked.iter().any(|action| matches!(action, ShadowAction::Create { instance: 78, .. })));
}

/// An inventory that is ahead of the manager, as after an older snapshot was read back: the stranger goes, and no new instance with it.
#[test]
fn numbers_of_strangers_are_given_to_no_other() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..5, |_| 0.5);
    assert_eq!(manager.fleet.next, 3);
    let seen = |instance| SeenInstance {
        instance,
        amounts: vec![8.0, 32.0, 10.0],
        share: 0.0,
        is_active: instance == 1,
    };
    let before = manager.snapshot().unwrap();
    for wrong in [0, u64::MAX / 2, u64::MAX] {
        let refused = manager.reconcile(5 * MINUTE, &[seen(1), seen(wrong)]).unwrap_err().to_string();
        assert!(refused.starts_with("instance: ") && manager.snapshot().unwrap() == before, "{refused}");
    }
    // The shadow is lost, so that the next round creates one.
    manager.reconcile(5 * MINUTE, &[seen(1), seen(3)]).unwrap();
    let asked = obey(&mut manager, 5 * MINUTE);
    assert!(asked.contains(&ShadowAction::Release { instance: 3 }), "{asked:?}");
    assert_eq!(roles(&manager), [(1, ShadowRole::Active), (4, ShadowRole::Standby)]);
    manager.reconcile(6 * MINUTE, &[seen(u64::MAX / 4)]).unwrap();
    assert!(manager.is_whole());
}

/// A cache and the router share a manager; the router goes while shadows serve, one is being created and one is to be resized.
#[test]
fn a_primary_that_is_removed_gets_its_traffic_back_and_its_shadows_are_released() {
    let mut manager = manager(ShadowManagerConfig::default());
    let cache = Primary { name: "cache".into(), ..router() };
    manager.set_primary(cache).unwrap();
    manager
        .prewarm(&PrewarmRequest { primary: "cache".into(), needed_at: 9 * MINUTE, amounts: vec![1.0; 3] })
        .unwrap();
    run(&mut manager, 0..20, |minute| 0.3 + 0.03 * minute as f64);
    run(&mut manager, 20..21, |_| 2.5);
    assert!(handed_over(&manager) > 0.0);
    manager.observe(21 * MINUTE, &sample(2.5)).unwrap();
    let open = manager.plan(21 * MINUTE).unwrap();
    let created = open.iter().find(|order| matches!(order.action, ShadowAction::Create { .. })).unwrap().id;
    let (epoch, table) = (manager.groups[0].epoch, manager.groups[0].table);
    let shadows: BTreeSet<u64> = manager.groups[0].members.iter().copied().filter(|id| *id != 1).collect();
    let cache = manager.status("cache").unwrap();
    let unknown = manager.remove_primary("x").unwrap_err().to_string();
    assert!(unknown.starts_with("primary: \"x\" is not known"), "{unknown}");
    manager.remove_primary("router").unwrap();
    assert!(
        manager.is_whole() && manager.status("router").is_err() && manager.remove_primary("router").is_err()
    );
    assert_eq!(manager.status("cache").unwrap(), cache, "the other goes on");
    // What was open is no more; first the traffic comes back, then all but the primary itself go.
    let asked: Vec<ShadowAction> =
        manager.plan(22 * MINUTE).unwrap().into_iter().map(|order| order.action).collect();
    let back = ShadowAction::Route { primary: "router".into(), version: table + 1, shares: vec![(1, 1.0)] };
    assert_eq!(asked[0], back);
    let released: BTreeSet<u64> = asked[1..]
        .iter()
        .filter_map(
            |action| if let ShadowAction::Release { instance } = action { Some(*instance) } else { None },
        )
        .collect();
    assert_eq!(released, shadows);
    // A creation that is confirmed now has happened: it is taken back.
    manager.report(created, Outcome::Confirmed).unwrap();
    assert!(
        manager
            .plan(22 * MINUTE)
            .unwrap()
            .iter()
            .any(|order| matches!(order.action, ShadowAction::Release { .. }))
    );
    let open: Vec<u64> = manager.fleet.orders.open().map(|order| order.id).collect();
    open.into_iter().for_each(|id| manager.report(id, Outcome::Confirmed).unwrap());
    assert!(manager.journal().records().iter().any(|record| matches!(record, ShadowRecord::Handover { .. })));
    // It comes back under its name: whoever follows the highest table and epoch follows it.
    manager.set_primary(router()).unwrap();
    assert!(manager.groups[1].table > table + 1 && manager.groups[1].epoch > epoch && manager.is_whole());
    let twin = ShadowManager::restore(&manager.snapshot().unwrap()).unwrap();
    assert_eq!(twin.snapshot().unwrap(), manager.snapshot().unwrap());
}
