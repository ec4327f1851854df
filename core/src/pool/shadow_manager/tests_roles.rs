//! Who is active, and what really is there: scenarios.

use super::tests_actuator::*;
use super::*;

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
