//! What is refused: settings and inputs out of range, and state that no manager could have.

use super::tests_actuator::*;
use super::*;

/// The host's forecast of so much utilization, for the next window.
fn forecast(start: i64, mean: f64, deviation: f64) -> UtilizationForecast {
    let (mean, deviation) = (vec![vec![mean; 3]], vec![vec![deviation; 3]]);
    UtilizationForecast { primary: "router".into(), start, mean, deviation }
}

#[test]
fn what_is_wrong_is_refused_by_name_and_changes_nothing() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..5, |_| 0.4);
    let before = manager.snapshot().unwrap();
    let said = |result: Result<()>| result.unwrap_err().to_string();
    assert!(
        said(manager.observe(5 * MINUTE, &ShadowSample { primary: "x".into(), ..sample(0.1) }))
            .starts_with("primary: \"x\"")
    );
    assert!(said(manager.observe(0, &sample(0.1))).starts_with("now: "));
    assert!(said(manager.observe(5 * MINUTE, &sample(-0.1))).starts_with("used: "));
    assert!(said(manager.observe(5 * MINUTE, &sample(f64::INFINITY))).starts_with("used: "));
    let primary = BTreeMap::from([("primary".into(), "x".into())]);
    assert!(manager.observe(5 * MINUTE, &ShadowSample { tags: primary, ..sample(0.1) }).is_err());
    let short = ShadowSample { used: vec![1.0], ..sample(0.1) };
    assert!(said(manager.observe(5 * MINUTE, &short)).contains("3 resources"));
    assert!(said(manager.set_forecast(&forecast(0, f64::NAN, 0.1))).starts_with("mean: "));
    assert!(
        said(manager.set_forecast(&UtilizationForecast { deviation: vec![], ..forecast(0, 0.1, 0.1) }))
            .starts_with("deviation: ")
    );
    assert!(said(manager.instance_failed(99)).starts_with("instance: 99"));
    let seen = SeenInstance { instance: 1, amounts: vec![1.0; 3], share: 1.5, is_active: true };
    assert!(said(manager.reconcile(5 * MINUTE, &[seen])).starts_with("share: "));
    assert!(said(manager.report(99, Outcome::Failed)).starts_with("id: 99"));
    let request = PrewarmRequest { primary: "router".into(), needed_at: 0, amounts: vec![f64::NAN; 3] };
    assert!(said(manager.prewarm(&request)).starts_with("amounts: "));
    let renamed = Primary { resources: router().resources.into_iter().take(2).collect(), ..router() };
    assert!(manager.set_primary(renamed).is_err() && manager.status("x").is_err());
    assert!(manager.snapshot().unwrap() == before);
    for (config, field) in [
        (ShadowManagerConfig { step_seconds: 1.0, ..Default::default() }, "step_seconds"),
        (ShadowManagerConfig { warm_seconds: 1e6, ..Default::default() }, "warm_seconds"),
        (ShadowManagerConfig { target_utilization: 1e-300, ..Default::default() }, "target_utilization"),
        (ShadowManagerConfig { overload_utilization: 0.5, ..Default::default() }, "overload_utilization"),
        (ShadowManagerConfig { cost_ratio: f64::INFINITY, ..Default::default() }, "cost_ratio"),
        (ShadowManagerConfig { share_step: f64::NAN, ..Default::default() }, "share_step"),
    ] {
        let refused = ShadowManager::new(config).unwrap_err().to_string();
        assert!(refused.starts_with(field), "{refused}");
    }
    assert!(
        manager
            .set_primary(Primary { min_shadows: 9, ..router() })
            .unwrap_err()
            .to_string()
            .contains("min_shadows")
    );
    let mut bytes = before;
    bytes[50] ^= 1;
    assert!(ShadowManager::restore(&bytes).is_err());
}

/// Sixteen resources over a horizon of 240 windows are some 60 MB each.
#[test]
fn primaries_whose_forecasts_take_too_much_memory_are_refused() {
    let config = ShadowManagerConfig {
        step_seconds: 360.0,
        warm_seconds: 0.0,
        horizon_steps: 240,
        ..Default::default()
    };
    let mut manager = ShadowManager::new(config).unwrap();
    let resource = |r: usize| ShadowResource { name: r.to_string(), base: 1.0, price_per_hour: 0.0 };
    let resources: Vec<ShadowResource> = (0..16).map(resource).collect();
    let add = |manager: &mut ShadowManager, name: usize| {
        manager.set_primary(Primary { name: name.to_string(), resources: resources.clone(), ..router() })
    };
    let added = (0..1000).take_while(|name| add(&mut manager, *name).is_ok()).count();
    assert!((50..70).contains(&added), "{added}");
    assert!(add(&mut manager, added).unwrap_err().to_string().contains("bytes"));
    assert!(add(&mut manager, 0).is_ok(), "what is known may change");
}

/// Nothing is measured any more after an hour of rising use: what is expected does not go on rising.
#[test]
fn a_trend_is_not_followed_for_ever() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..60, |minute| 0.3 + 0.01 * minute as f64);
    manager.plan(3000 * MINUTE).unwrap();
    let windows = manager.forecast("router").unwrap();
    assert!(windows.iter().all(|window| window.mean[0] < 0.9 + 0.01 * 16.0), "{:?}", windows.first());
}

/// Half of the resources make twice the utilization of the same use, in what was learned as well.
#[test]
fn what_was_learned_goes_on_when_a_primary_has_other_resources() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..300, |minute| 0.3 + 0.002 * (minute % 60) as f64);
    let half = |share: f64| {
        let mut primary = router();
        primary.resources[0].base *= share;
        primary
    };
    let before = manager.forecast("router").unwrap();
    assert_eq!(manager.set_primary(half(0.5)).unwrap(), 1);
    let after = manager.forecast("router").unwrap();
    for (before, after) in before.iter().zip(&after) {
        let close = |one: f64, other: f64| (one - other).abs() < 1e-6;
        assert!(
            close(after.mean[0], 2.0 * before.mean[0]) && after.mean[1] == before.mean[1],
            "{after:?} {before:?}"
        );
    }
    assert!(manager.is_whole());
    assert!(manager.set_primary(half(1e-9)).unwrap_err().to_string().contains("1e6 times"));
    // Back and forth, it is as if nothing had been.
    manager.set_primary(router()).unwrap();
    assert_eq!(manager.forecast("router").unwrap(), before);
}

/// The first instance went with its version: the number that is told is that of one that is there.
#[test]
fn the_number_of_a_known_primary_is_that_of_its_active_instance() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..5, |_| 0.3);
    manager.instance_failed(1).unwrap();
    run(&mut manager, 5..8, |_| 0.3);
    let active = manager.status("router").unwrap().active;
    assert_eq!((active, manager.set_primary(router()).unwrap()), (2, 2));
}

#[test]
fn state_that_no_manager_could_have_is_refused() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..30, |minute| 0.3 + 0.02 * minute as f64);
    assert!(manager.is_whole());
    let ruin: [fn(&mut ShadowManager); 8] = [
        |manager| manager.fleet.next = u64::MAX,
        |manager| manager.groups[0].epoch = u64::MAX,
        |manager| manager.groups[0].table = u64::MAX,
        |manager| manager.groups[0].load[0] = f64::NAN,
        |manager| manager.groups[0].wanted[0].1[0] = f64::INFINITY,
        |manager| manager.groups[0].comparison.as_mut().unwrap().wanted = f64::NAN,
        |manager| manager.groups[0].expected.values_mut().next().unwrap().predicted[0] = f64::NAN,
        |manager| manager.groups[0].model.latest[0] = f64::INFINITY,
    ];
    for (number, ruin) in ruin.iter().enumerate() {
        let mut ruined = manager.clone();
        ruin(&mut ruined);
        let bytes = ruined.snapshot().unwrap();
        assert!(ShadowManager::restore(&bytes).is_err(), "{number}");
    }
}

/// A manager whose shadows have more than is wanted by now, and serve, is not called for an hour: the first round afterwards takes nothing back.
#[test]
fn a_pause_in_which_nobody_calls_is_no_patience() {
    for (pause, quiet) in [(16, 0), (60, 0), (60, 5), (5, 5)] {
        let config = ShadowManagerConfig { patience_steps: 10, return_steps: 10, ..Default::default() };
        let mut manager = manager(config);
        run(&mut manager, 0..60, |_| 1.2);
        run(&mut manager, 60..60 + quiet, |_| 0.2);
        let (had, share) = (shadow_cpu(&manager), handed_over(&manager));
        assert!(had > 2.0 && share > 0.3, "{had} {share}");
        let back = 60 + quiet + pause;
        manager.observe(back * MINUTE, &sample(0.2)).unwrap();
        let asked = obey(&mut manager, back * MINUTE + 1);
        assert!(shadow_cpu(&manager) >= had && handed_over(&manager) >= share, "{pause} {quiet}: {asked:?}");
        // What is seen from then on counts: it goes in the end.
        run(&mut manager, back + 1..back + 40, |_| 0.2);
        assert!(shadow_cpu(&manager) < 1.0 && handed_over(&manager) == 0.0);
    }
}

/// What lies before a pause is no neighbour of what comes after it: a rise over an hour is no rise within a minute.
#[test]
fn a_pause_is_no_trend() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..60, |_| 0.3);
    run(&mut manager, 120..122, |_| 0.6);
    let windows = manager.forecast("router").unwrap();
    assert!(windows.iter().all(|window| window.mean[0] < 0.7), "{windows:?}");
}

#[test]
fn wrong_stamps_are_refused_and_change_nothing() {
    let mut manager = manager(ShadowManagerConfig::default());
    let now = 1_760_000_000_000;
    manager.observe(now, &sample(0.3)).unwrap();
    let before = manager.snapshot().unwrap();
    let wrong = now * 1000;
    let request = PrewarmRequest { primary: "router".into(), needed_at: wrong, amounts: vec![1.0; 3] };
    let said = [
        ("now", manager.observe(wrong, &sample(0.3)).unwrap_err()),
        ("now", manager.plan(wrong).unwrap_err()),
        ("now", manager.reconcile(i64::MAX, &[]).unwrap_err()),
        ("now", manager.plan(i64::MIN).unwrap_err()),
        ("start", manager.set_forecast(&forecast(wrong, 0.1, 0.1)).unwrap_err()),
        ("needed_at", manager.prewarm(&request).unwrap_err()),
    ];
    for (name, error) in said {
        assert!(error.to_string().starts_with(&format!("{name}: ")), "{error}");
    }
    assert!(manager.snapshot().unwrap() == before);
    manager.plan(now + 1).unwrap();
}

#[test]
fn a_trial_s_values_are_looked_at_before_the_trial() {
    let mut manager = manager(ShadowManagerConfig::default());
    let pair = TrialPair {
        latency_seconds: 0.1,
        error_share: f64::NAN,
        new_latency_seconds: 0.1,
        new_error_share: 0.0,
    };
    let said = manager.observe_trial("router", &pair).unwrap_err().to_string();
    assert_eq!(said, "error_share: must be 0 to 1, got NaN");
    let said = manager.set_primary(Primary { max_shadows: 10_000, ..router() }).unwrap_err().to_string();
    assert_eq!(said, "primary router: max_shadows: must be 1 to 100, got 10000");
}
