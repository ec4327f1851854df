//! Who is active, and what a new version must show before it is: scenarios.

use super::tests_actuator::*;
use super::*;
use crate::random::Random;

fn roles(manager: &ShadowManager) -> Vec<(u64, ShadowRole)> {
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
    assert!(asked.iter().any(|action| matches!(action, ShadowAction::Create { instance: 3, .. })));
}

fn trial(share: f64) -> TrialConfig {
    let text = format!(r#"{{"primary": "router", "version": "2", "share": {share}, "look_pairs": 40}}"#);
    crate::config::from_json("trial", &text).unwrap()
}

/// So many pairs of a version that is faster by so much.
fn observe(manager: &mut ShadowManager, pairs: usize, faster: f64) {
    let mut random = Random::stream(5, 0);
    for _ in 0..pairs {
        let latency_seconds = 0.1 + 0.01 * random.unit();
        let new_latency_seconds = 0.1 - faster + 0.01 * random.unit();
        let pair =
            TrialPair { latency_seconds, new_latency_seconds, error_share: 0.001, new_error_share: 0.001 };
        manager.observe_trial("router", &pair).unwrap();
    }
}

#[test]
fn a_new_version_gets_a_copy_of_the_traffic_and_takes_over_once_it_is_shown_to_be_no_worse() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..5, |_| 0.3);
    manager.start_trial(trial(0.0)).unwrap();
    let asked = run(&mut manager, 5..7, |_| 0.3);
    let create = |action: &ShadowAction| matches!(action, ShadowAction::Create { instance: 3, version, .. } if version == "2");
    assert!(asked.iter().any(create));
    assert!(asked.contains(&ShadowAction::Mirror { instance: 3, primary: "router".into(), is_on: true }));
    assert_eq!(roles(&manager)[2], (3, ShadowRole::Trial));
    assert_eq!(handed_over(&manager), 0.0, "live traffic is not touched");
    observe(&mut manager, 39, 0.02);
    assert!(manager.end_trial("router", true).unwrap_err().to_string().contains("not shown to be no worse"));
    observe(&mut manager, 1, 0.02);
    assert_eq!(manager.trial("router").unwrap().unwrap().verdict, TrialVerdict::Better);
    manager.end_trial("router", true).unwrap();
    run(&mut manager, 7..40, |_| 0.3);
    let status = manager.status("router").unwrap();
    assert_eq!((status.active, status.version.as_str()), (3, "2"));
    let current = status.instances.iter().filter(|instance| instance.version == "2").count();
    assert_eq!((current, status.instances.len()), (2, 2), "the old version is gone: {status:?}");
    assert!(
        manager
            .take_journal()
            .iter()
            .any(|record| matches!(record, ShadowRecord::TrialEnded { is_promoted: true, .. }))
    );
}

#[test]
fn a_worse_version_never_takes_over_and_loses_its_share_at_once() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..5, |_| 0.3);
    manager.start_trial(trial(0.05)).unwrap();
    assert!(manager.start_trial(trial(0.05)).is_err(), "one at a time");
    run(&mut manager, 5..8, |_| 0.3);
    assert_eq!(handed_over(&manager), 0.05);
    observe(&mut manager, 40, -0.02);
    assert_eq!(manager.trial("router").unwrap().unwrap().verdict, TrialVerdict::Worse);
    run(&mut manager, 8..11, |_| 0.3);
    assert_eq!((handed_over(&manager), roles(&manager).len()), (0.0, 2));
    assert!(manager.end_trial("router", true).is_err());
    manager.end_trial("router", false).unwrap();
    assert!(manager.end_trial("router", false).is_err() && manager.trial("router").unwrap().is_none());
    let status = manager.status("router").unwrap();
    assert_eq!((status.active, status.version.as_str()), (1, "1"));
}
