//! What is said by hand, the modes in which nothing is applied, and what a decision tells beside its count.

use super::rails_tests::{INTERVAL, engine};
use super::*;

#[test]
fn a_pause_holds_its_direction_within_the_bounds_and_is_saved() {
    let mut engine = engine(r#""max_replicas": 40, "policy": {"static": {"replicas": 20}}"#);
    for (direction, expected) in
        [(PauseDirection::In, [30, 20]), (PauseDirection::Out, [20, 10]), (PauseDirection::Both, [30, 10])]
    {
        engine.pause(direction);
        let mut engine = Engine::restore(&engine.snapshot().unwrap()).unwrap();
        let got = [30, 10].map(|requested| {
            let decision = engine.decide(INTERVAL, Fleet::new(requested, requested)).unwrap();
            assert_eq!((decision.mode, decision.advised), (Mode::Paused, decision.replicas));
            decision.replicas
        });
        assert_eq!((got, engine.paused()), (expected, Some(direction)));
        assert_eq!(
            engine.decide(INTERVAL, Fleet::new(50, 50)).unwrap().replicas,
            if direction == PauseDirection::Out { 20 } else { 40 }
        );
    }
    engine.resume();
    let decision = engine.decide(INTERVAL, Fleet::new(30, 30)).unwrap();
    assert_eq!((decision.replicas, decision.mode), (20, Mode::Hold));
}

#[test]
fn a_pause_takes_hold_at_the_moment_it_is_asked_for() {
    let mut engine = engine(r#""policy": {"static": {"replicas": 20}}"#);
    assert_eq!(engine.decide(INTERVAL, Fleet::new(5, 5)).unwrap().replicas, 20);
    engine.pause(PauseDirection::Both);
    assert_eq!(engine.decide(INTERVAL, Fleet::new(5, 5)).unwrap().replicas, 5);
    engine.resume();
    assert_eq!(engine.decide(INTERVAL, Fleet::new(5, 5)).unwrap().replicas, 20);
}

#[test]
fn growth_is_rounded_past_the_tolerance_of_a_horizontal_pod_autoscaler() {
    let mut engine = engine(r#""min_replicas": 0, "policy": {"static": {"replicas": 41}}"#);
    let decision = engine.decide(INTERVAL, Fleet::new(40, 40)).unwrap().clone();
    let desired = |replicas, current, tolerance| {
        let decision = Decision { replicas, ..decision.clone() };
        decision.desired_for_hpa(current, tolerance).unwrap()
    };
    assert_eq!([40, 41, 44, 45, 46].map(|replicas| desired(replicas, 40, 0.1)), [40, 45, 45, 45, 46]);
    assert_eq!([39, 36, 35, 10, 0].map(|replicas| desired(replicas, 40, 0.1)), [40, 40, 35, 10, 0]);
    assert_eq!([desired(41, 40, 0.0), desired(39, 40, 0.0), desired(3, 0, 0.1)], [41, 39, 3]);
    for tolerance in [-0.1, 1.0, f64::NAN] {
        assert!(decision.desired_for_hpa(40, tolerance).unwrap_err().to_string().starts_with("tolerance: "));
    }
}

#[test]
fn an_advisory_engine_keeps_what_is_requested() {
    let mut active = engine(r#""max_replicas": 30"#);
    let mut advisory = engine(r#""max_replicas": 30, "mode": "advisory""#);
    for interval in 1..60 {
        let now = interval * INTERVAL;
        for engine in [&mut active, &mut advisory] {
            engine.observe(now, 200.0 + (interval % 7) as f64).unwrap();
        }
        let fleet = Fleet::new(50, 50);
        let (acts, tells) = (active.decide(now, fleet).unwrap(), advisory.decide(now, fleet).unwrap());
        assert_eq!((tells.replicas, tells.advised, tells.mode), (50, acts.replicas, Mode::Advisory));
        assert_eq!((&tells.reasons, acts.advised), (&acts.reasons, acts.replicas));
    }
    let advised = format!("{} would be asked for", advisory.last_decision().unwrap().advised);
    let text = advisory.explain();
    assert!(
        text.starts_with("run 50 (advisory: keep what is requested)") && text.contains(&advised),
        "{text}"
    );
}

#[test]
fn a_shadow_goes_on_as_if_it_were_in_charge() {
    let rails = r#""start_up_seconds": 60, "rails": {"rate": {"up": {"replicas": 3, "period_seconds": 60}, "down": {"replicas": 1, "period_seconds": 60}}, "flips": {"flips": 2, "period_seconds": 3600}}"#;
    let mut charged = engine(rails);
    let mut shadow = engine(&format!(r#"{rails}, "mode": "shadow""#));
    let mut fleet = crate::engine::shadow::ShadowFleet::new(INTERVAL, Fleet::new(4, 4), 60.0);
    for interval in 1..200i64 {
        let (now, load) = (interval * INTERVAL, if interval % 60 < 30 { 50.0 } else { 250.0 });
        charged.observe(now, load).unwrap();
        shadow.observe(now, load).unwrap();
        let decision = charged.decide(now, fleet.at(now)).unwrap().clone();
        charged.applied(now, decision.replicas).unwrap();
        fleet.apply(now, decision.replicas);
        if interval == 77 {
            shadow = Engine::restore(&shadow.snapshot().unwrap()).unwrap();
        }
        // The real fleet is another's doing.
        let real = 4 + (interval % 3) as u32;
        let told = shadow
            .decide(
                now,
                Fleet::new(if interval == 1 { 4 } else { real }, if interval == 1 { 4 } else { real }),
            )
            .unwrap();
        assert_eq!(told.advised, decision.replicas, "{interval}");
        assert_eq!((told.mode, told.reactive), (Mode::Advisory, decision.reactive));
        shadow.applied(now, real).unwrap();
    }
}

#[test]
fn a_share_of_a_common_budget_is_written_into_the_decision() {
    let mut engine = engine(r#""policy": {"static": {"replicas": 20}}"#);
    assert!(engine.limit_to_share(3).is_err());
    engine.observe(INTERVAL, 100.0).unwrap();
    engine.decide(INTERVAL, Fleet::new(5, 5)).unwrap();
    assert_eq!(engine.limit_to_share(25).unwrap().limited_by, None);
    let reactive = engine.last_decision().unwrap().reactive;
    engine.limit_to_share(12).unwrap();
    let decision = engine.limit_to_share(10).unwrap();
    assert_eq!(
        (decision.replicas, decision.advised, decision.limited_by),
        (10, 10, Some(Rail::SharedBudget))
    );
    assert_eq!(
        decision.reasons.last(),
        Some(&Reason::LoweredToShare { from: 20, to: 10, missing: reactive - 10 })
    );
    assert_eq!(
        engine.decide(INTERVAL, Fleet::new(5, 5)).unwrap().replicas,
        10,
        "the same question, the same answer"
    );
}

#[test]
fn what_was_done_by_hand_is_in_the_log_and_derived_again() {
    let mut engine = engine(r#""audit": true, "resources": [{"name": "memory", "capacity": 4}]"#);
    let mut log = vec![engine.audit_header().unwrap()];
    for interval in 1..40 {
        let now = interval * INTERVAL;
        engine.observe(now, 100.0).unwrap();
        engine.observe_resource(now, "memory", interval as f64).unwrap();
        match interval {
            10 => engine.pause(PauseDirection::Out),
            20 => engine.resume(),
            _ => {}
        }
        engine.decide(now, Fleet::new(9, 9)).unwrap();
        engine.limit_to_share(if interval % 4 == 0 { 11 } else { 50 }).unwrap();
        log.push(engine.audit_line().unwrap());
    }
    assert!(log[4].contains(r#","share":11,"#) && !log[3].contains(r#""share""#));
    assert_eq!(replay(&log.join("\n")).unwrap(), None);
    let forged = log[24].replace(r#""share":11"#, r#""share":10"#);
    assert!(replay(&[&log[..24], &[forged]].concat().join("\n")).is_err());
}
