//! What a new version must show before it is active, and what becomes of its shadow: scenarios.

use super::tests_actuator::*;
use super::tests_roles::roles;
use super::*;
use crate::random::Random;

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

/// It serves three tenths of the traffic: that is taken from it before it is released.
#[test]
fn a_version_that_is_given_up_serves_nothing_when_it_goes() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..5, |_| 0.3);
    manager.start_trial(trial(0.3)).unwrap();
    run(&mut manager, 5..8, |_| 0.3);
    assert_eq!((handed_over(&manager), roles(&manager)[2]), (0.3, (3, ShadowRole::Trial)));
    manager.end_trial("router", false).unwrap();
    // It is over, but for its shadow.
    let pair =
        TrialPair { latency_seconds: 0.1, new_latency_seconds: 0.1, error_share: 0.0, new_error_share: 0.0 };
    let none =
        [manager.end_trial("router", true).unwrap_err(), manager.observe_trial("router", &pair).unwrap_err()];
    assert!(none.iter().all(|none| none.to_string().contains("none was started")), "{none:?}");
    assert!(manager.start_trial(trial(0.0)).is_err() && manager.trial("router").unwrap().is_none());
    let asked = obey(&mut manager, 8 * MINUTE);
    assert!(matches!(&asked[..], [ShadowAction::Route { shares, .. }] if *shares == [(1, 1.0)]), "{asked:?}");
    assert_eq!(obey(&mut manager, 9 * MINUTE), [ShadowAction::Release { instance: 3 }]);
    assert_eq!(roles(&manager).len(), 2);
    manager.start_trial(trial(0.0)).unwrap();
}

/// A manager whose version 2 has a copy of the traffic and is shown to be better; the number of the instruction to copy it, which may be unanswered.
fn mirrored(is_answered: bool) -> (ShadowManager, u64) {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..5, |_| 0.3);
    manager.start_trial(trial(0.0)).unwrap();
    run(&mut manager, 5..6, |_| 0.3);
    let orders = manager.plan(6 * MINUTE).unwrap();
    let is_mirror =
        |action: &ShadowAction| matches!(action, ShadowAction::Mirror { instance: 3, is_on: true, .. });
    let order = orders.iter().find(|order| is_mirror(&order.action)).unwrap().id;
    if is_answered {
        manager.report(order, Outcome::Confirmed).unwrap();
    }
    observe(&mut manager, 40, 0.02);
    (manager, order)
}

/// Whether the copy is asked to be on, in all that is asked for within so many minutes.
fn copies(manager: &mut ShadowManager, minutes: std::ops::Range<i64>) -> Vec<bool> {
    let asked = run(manager, minutes, |_| 0.3).into_iter();
    let is_on = |action| if let ShadowAction::Mirror { is_on, .. } = action { Some(is_on) } else { None };
    asked.filter_map(is_on).collect()
}

#[test]
fn the_copy_of_the_traffic_ends_with_the_trial_whatever_was_unanswered() {
    let (mut manager, order) = mirrored(false);
    manager.end_trial("router", true).unwrap();
    assert_eq!(copies(&mut manager, 7..40), [false], "it is not switched on again");
    // It was after all.
    manager.report(order, Outcome::Confirmed).unwrap();
    assert_eq!(copies(&mut manager, 40..50), [false]);
}

#[test]
fn the_end_of_the_copy_is_asked_for_until_it_is_confirmed() {
    let (mut manager, _) = mirrored(true);
    manager.end_trial("router", true).unwrap();
    let mut asked = 0;
    for minute in 7..20 {
        for order in manager.plan(minute * MINUTE).unwrap() {
            let fails = matches!(order.action, ShadowAction::Mirror { .. }) && asked < 5;
            asked += i32::from(fails);
            manager.report(order.id, if fails { Outcome::Failed } else { Outcome::Confirmed }).unwrap();
        }
    }
    assert_eq!(asked, 5, "three attempts, and as many again");
    assert!(manager.fleet.orders.open().next().is_none());
}

/// The version's shadow fails and comes back: it gets no copy any more, and the next one does.
#[test]
fn a_shadow_that_is_no_longer_on_trial_gets_no_copy() {
    let (mut manager, _) = mirrored(true);
    manager.instance_failed(3).unwrap();
    assert_eq!(copies(&mut manager, 7..12), [false, true]);
}

#[test]
fn trials_whose_bootstrap_would_be_too_coarse_or_too_long_are_refused() {
    let mut manager = manager(ShadowManagerConfig::default());
    let coarse = TrialConfig { alpha: 1e-9, ..trial(0.0) };
    let long = TrialConfig { look_pairs: 1000, looks: 100, ..trial(0.0) };
    for (config, field) in [(coarse, "alpha: "), (long, "looks: ")] {
        let refused = manager.start_trial(config).unwrap_err().to_string();
        assert!(refused.starts_with(field), "{refused}");
    }
    manager.start_trial(TrialConfig { alpha: 0.01, looks: 20, ..trial(0.0) }).unwrap();
}
