//! Every rail in a running engine, each alone and all of them at once.

use super::*;
use proptest::prelude::*;

pub(super) const INTERVAL: i64 = 15_000;

pub(super) fn engine(settings: &str) -> Engine {
    let json = format!(r#"{{"service_rate": 10, "season_seconds": 600, {settings}}}"#);
    Engine::new(EngineConfig::from_json(&json).unwrap()).unwrap()
}

/// Drives an engine through loads, one per interval, with a fleet that follows at once, beginning with as many replicas as it last had.
fn drive(engine: &mut Engine, from: i64, loads: &[f64]) -> Vec<Decision> {
    let mut replicas = engine.last_decision().map_or(4, |decision| decision.replicas);
    let mut decisions = Vec::new();
    for (i, load) in loads.iter().enumerate() {
        let now = (from + i as i64) * INTERVAL;
        engine.observe(now, *load).unwrap();
        let decision = engine.decide(now, Fleet::new(replicas, replicas)).unwrap().clone();
        if decision.replicas != replicas {
            engine.applied(now, decision.replicas).unwrap();
        }
        replicas = decision.replicas;
        decisions.push(decision);
    }
    decisions
}

fn codes(decision: &Decision) -> Vec<Rail> {
    decision.counterfactuals.without_rail.iter().map(|without| without.rail).collect()
}

#[test]
fn the_first_decision_waits_for_the_scale_in_window() {
    let mut engine = engine(r#""lead_time": {"learn": false}"#);
    engine.observe(INTERVAL, 1.0).unwrap();
    let first = engine.decide(INTERVAL, Fleet::new(50, 50)).unwrap();
    assert_eq!((first.replicas, first.limited_by), (50, Some(Rail::Stabilization)));
    let later = drive(&mut engine, 2, &[1.0; 20]);
    assert!(later.last().unwrap().replicas < 5, "but no longer");
}

#[test]
fn load_between_two_decisions_wakes_a_service_at_zero() {
    let mut engine = engine(r#""min_replicas": 0"#);
    drive(&mut engine, 1, &[0.0; 60]);
    assert_eq!(engine.last_decision().unwrap().replicas, 0);
    let now = 61 * INTERVAL;
    engine.observe(now - 5_000, 5.0).unwrap();
    engine.observe(now, 0.0).unwrap();
    assert!(engine.decide(now, Fleet::new(0, 0)).unwrap().replicas >= 1);
}

#[test]
fn a_change_that_is_told_twice_uses_the_rate_limit_once() {
    let mut engine = engine(r#""rails": {"rate": {"up": {"replicas": 4, "period_seconds": 600}}}"#);
    engine.observe(INTERVAL, 500.0).unwrap();
    engine.decide(INTERVAL, Fleet::new(10, 10)).unwrap();
    (0..2).for_each(|_| engine.applied(INTERVAL, 12).unwrap());
    engine.observe(2 * INTERVAL, 500.0).unwrap();
    assert_eq!(engine.decide(2 * INTERVAL, Fleet::new(12, 12)).unwrap().replicas, 14);
}

#[test]
fn a_resource_with_a_stamp_of_next_year_does_not_hide_what_comes_in_time() {
    let mut engine = engine(r#""resources": [{"name": "memory", "capacity": 1}]"#);
    engine.observe_resource(365 * 86_400_000, "memory", 1.0).unwrap();
    for interval in 1..4 {
        engine.observe(interval * INTERVAL, 10.0).unwrap();
        engine.observe_resource(interval * INTERVAL, "memory", 40.0).unwrap();
        engine.decide(interval * INTERVAL, Fleet::new(4, 4)).unwrap();
    }
    assert!(engine.last_decision().unwrap().reactive >= 40);
}

#[test]
fn while_blind_the_ladder_is_climbed() {
    let mut engine =
        engine(r#""rails": {"blind": {"hold_seconds": 60, "last_known_seconds": 60, "replicas": 50}}"#);
    drive(&mut engine, 1, &[200.0; 20]);
    // Someone took most of the fleet away meanwhile.
    let blind = |engine: &mut Engine, interval: i64| {
        engine.observe(interval * INTERVAL, f64::NAN).unwrap();
        engine.decide(interval * INTERVAL, Fleet::new(5, 5)).unwrap().clone()
    };
    let decisions: Vec<_> = (21..35).map(|interval| blind(&mut engine, interval)).collect();
    let needed = decisions[0].reactive;
    assert_eq!((decisions[1].mode, decisions[1].replicas), (Mode::Hold, 5));
    assert_eq!((decisions[3].replicas, decisions[3].limited_by), (needed, Some(Rail::Blind)));
    assert_eq!(decisions[13].replicas, 50);
    assert!(matches!(decisions[13].reasons[1], Reason::RaisedWhileBlind { from: 5, to: 50 }));
    assert_eq!(engine.decide(34 * INTERVAL, Fleet::new(60, 60)).unwrap().replicas, 60, "it only raises");
}

#[test]
fn forecasts_expire_and_are_followed_until_then() {
    let after = |rails: &str| {
        let rate = r#""rate": {"up": {"replicas": 2, "period_seconds": 60}}"#;
        let mut engine = engine(&format!(r#""anomaly": {{"alarm_rate": 0}}, "rails": {{{rails}{rate}}}"#));
        drive(&mut engine, 1, &[400.0; 20]);
        drive(&mut engine, 21, &[f64::NAN; 30])
    };
    let held = after("");
    let followed = after(r#""forecast": {"expiry_seconds": 180}, "#);
    assert_eq!(held[12].replicas, held[2].replicas);
    assert!(
        followed[10].replicas > held[10].replicas,
        "growth towards the forecast goes on though nobody sees the load"
    );
    assert!(!codes(&followed[10]).contains(&Rail::ForecastExpiry) && followed[10].mode == Mode::Hold);
    assert!(codes(&followed[14]).contains(&Rail::ForecastExpiry), "{:?}", followed[14]);
    assert!(followed.windows(2).all(|pair| pair[1].replicas >= pair[0].replicas), "and nothing is removed");
}

#[test]
fn forecasts_that_are_too_wrong_are_not_followed() {
    let noise: Vec<f64> =
        (0..400).map(|i: u64| if i.wrapping_mul(2_654_435_761) % 97 > 60 { 400.0 } else { 20.0 }).collect();
    let limits = |most: &str| {
        let mut engine = engine(&format!(
            r#""anomaly": {{"alarm_rate": 0}}, "breaker": {{"failures": 0}}, "rails": {{"forecast": {{{most}}}}}"#
        ));
        drive(&mut engine, 1, &noise)
    };
    let gated = limits(r#""most_error": 0.01"#);
    let last = gated.iter().rfind(|decision| decision.mode == Mode::ReactiveOnly).unwrap();
    assert!(codes(last).contains(&Rail::ForecastQuality) && last.predicted == last.reactive);
    assert!(
        last.reasons
            .iter()
            .any(|reason| matches!(reason, Reason::ForecastPoor { error, .. } if *error > 0.01))
    );
    assert!(limits("").iter().all(|decision| decision.mode != Mode::ReactiveOnly));
}

#[test]
fn a_budget_wins_over_the_need_and_says_what_is_missing() {
    let budget = r#""budget": {"cost_per_hour": 10, "watts": 3000, "watts_per_replica": 200}"#;
    let mut engine = engine(&format!(
        r#""rails": {{{budget}, "rate": {{"down": {{"replicas": 2, "period_seconds": 60}}}}}}"#
    ));
    let decision = drive(&mut engine, 1, &[200.0; 10]).pop().unwrap();
    let missing = decision.reactive - 10;
    assert_eq!((decision.replicas, decision.limited_by), (10, Some(Rail::CostBudget)));
    assert!(
        matches!(decision.reasons.last(), Some(Reason::LoweredToCost { to: 10, missing: lacks, .. }) if *lacks == missing)
    );
    assert!(missing > 0 && !codes(&decision).contains(&Rail::PowerBudget));
    // A fleet that is larger already shrinks at the pace of scale-in.
    (11..20).for_each(|interval| engine.observe(interval * INTERVAL, 400.0).unwrap());
    let decision = engine.decide(19 * INTERVAL, Fleet::new(30, 30)).unwrap();
    assert_eq!((decision.replicas, decision.limited_by), (28, Some(Rail::CostBudget)));
    let blind: Vec<_> =
        (20..28).map(|i| engine.decide(i * INTERVAL, Fleet::new(30, 30)).unwrap().replicas).collect();
    assert_eq!(blind[7], 30, "nothing is removed while nothing is measured");
}

#[test]
fn the_last_replica_goes_after_idle_time_and_comes_back_with_the_first_load() {
    let settings = r#""min_replicas": 0, "anomaly": {"alarm_rate": 0},
        "rails": {"forecast": {"most_error": 1e-9}, "activation": {"idle_seconds": 180, "threshold": 1}}"#;
    let mut engine = engine(settings);
    drive(&mut engine, -99, &(0..120).map(|i| 5.0 + f64::from(i % 5)).collect::<Vec<_>>());
    let mut quiet = vec![0.5; 40];
    quiet[25] = f64::NAN;
    let counts: Vec<u32> = drive(&mut engine, 21, &quiet).iter().map(|decision| decision.replicas).collect();
    let gone = counts.iter().position(|count| *count == 0).unwrap();
    assert!(gone >= 11, "180 s are 12 intervals: {counts:?}");
    assert!(
        counts[gone..].iter().all(|count| *count == 0),
        "not even a missing sample brings it back: {counts:?}"
    );
    let last = engine.last_decision().unwrap();
    assert!(!last.active && last.limited_by == Some(Rail::Activation) && last.reactive == 1);
    assert_eq!(
        drive(&mut engine, 61, &[f64::NAN; 10]).pop().unwrap().replicas,
        0,
        "an error neither adds nor removes"
    );
    let back = drive(&mut engine, 71, &[1.5]).pop().unwrap();
    assert!(back.active && back.replicas >= 1);
}

#[test]
fn the_last_replica_stays_while_nothing_is_measured() {
    let mut engine = engine(r#""min_replicas": 0, "rails": {"activation": {"idle_seconds": 60}}"#);
    drive(&mut engine, 1, &[50.0; 20]);
    let blind = drive(&mut engine, 21, &[f64::NAN; 100]);
    assert!(blind.iter().all(|decision| decision.active));
}

#[test]
fn consolidation_leaves_room_to_spare() {
    let falling: Vec<f64> =
        (0..300).map(|i| f64::from(i % 5) + if i < 100 { 300.0 } else { 100.0 }).collect();
    let reactive = r#""forecast": {"most_error": 1e-9}"#;
    let usual = drive(&mut engine(&format!(r#""rails": {{{reactive}}}"#)), 1, &falling).pop().unwrap();
    let careful =
        drive(&mut engine(&format!(r#""rails": {{{reactive}, "consolidation": 0.8}}"#)), 1, &falling);
    let last = careful.last().unwrap();
    assert_eq!((usual.mode, last.mode), (Mode::ReactiveOnly, Mode::ReactiveOnly));
    assert!(last.replicas > usual.replicas, "{} {}", last.replicas, usual.replicas);
    let held = careful.windows(2).filter(|pair| pair[1].limited_by == Some(Rail::Consolidation));
    assert!(held.clone().count() > 0 && held.into_iter().all(|pair| pair[1].replicas <= pair[0].replicas));
}

#[test]
fn the_resource_that_needs_most_binds_and_is_named() {
    let resources =
        r#""resources": [{"name": "memory", "capacity": 4}, {"name": "connections", "capacity": 100}]"#;
    let mut engine = engine(resources);
    drive(&mut engine, 1, &[50.0; 10]);
    let decide = |engine: &mut Engine, interval: i64, memory: f64, connections: f64| {
        let now = interval * INTERVAL;
        engine.observe(now, 50.0).unwrap();
        engine.observe_resource(now, "memory", memory).unwrap();
        engine.observe_resource(now, "connections", connections).unwrap();
        engine.decide(now, Fleet::new(9, 9)).unwrap().clone()
    };
    let decision = decide(&mut engine, 11, 64.0, 900.0);
    assert_eq!((decision.replicas, decision.reactive, decision.limited_by), (20, 20, Some(Rail::Reactive)));
    let Some(Reason::ResourceNeed { resource, value: 64.0, replicas: 20 }) = decision.reasons.last() else {
        panic!("{:?}", decision.reasons)
    };
    assert_eq!(resource.as_str(), "memory");
    assert!(decision.explain().contains("the 64.0000 of memory in use need 20"));
    // The windows pass, and a fleet that is too large stays while one of the resources is not measured.
    for interval in 12..40 {
        decide(&mut engine, interval, if interval < 30 { 1.0 } else { f64::NAN }, 1.0);
    }
    let decision = engine.last_decision().unwrap();
    assert_eq!((decision.replicas, decision.limited_by), (9, Some(Rail::MissingData)));
    assert!(decide(&mut engine, 40, 1.0, 1.0).replicas < 9);
    assert!(engine.observe_resource(41 * INTERVAL, "disk", 1.0).is_err());
}

#[test]
fn the_count_is_spread_over_tiers() {
    let tiers = r#""max_replicas": 60, "tiers": [{"name": "on demand", "most": 60, "cost": 3},
        {"name": "spot", "most": 20, "start_up_seconds": 900}]"#;
    let mut engine = engine(tiers);
    let decisions = drive(&mut engine, 1, &[200.0; 10]);
    assert!(decisions.iter().all(|decision| decision.tiers.iter().sum::<u32>() == decision.advised));
    let first = &decisions[0];
    assert_eq!(
        first.tiers[0],
        first.reactive - 4,
        "what is needed now must not wait for spot: {:?}",
        first.tiers
    );
    engine.limit_to_share(5).unwrap();
    assert_eq!(engine.last_decision().unwrap().tiers.iter().sum::<u32>(), 5);
}

fn loads() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![8 => 0.0..500.0f64, 1 => Just(f64::NAN), 2 => Just(0.0)], 2..120)
}

const ALL: &str = r#""min_replicas": 2, "max_replicas": 40, "rails": {
    "tolerance": {"up": 0.05, "down": 0.1},
    "stabilization": {"up_seconds": 15, "down_seconds": 60},
    "rate": {"up": {"percent": 100, "replicas": 4, "period_seconds": 60}, "down": {"replicas": 3, "period_seconds": 60}},
    "blind": {"hold_seconds": 60, "last_known_seconds": 60, "replicas": 20},
    "forecast": {"expiry_seconds": 60, "most_error": 0.5},
    "flips": {"flips": 4, "period_seconds": 300},
    "budget": {"cost_per_hour": 35, "watts": 6000, "watts_per_replica": 200},
    "consolidation": 0.8}"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_rail_is_broken_with_all_of_them_on(loads in loads()) {
        let mut engine = engine(ALL);
        let (mut flips, mut was_up, mut before) = (Vec::new(), None, 4);
        for decision in drive(&mut engine, 1, &loads) {
            prop_assert!((2..=30).contains(&decision.replicas), "6000 W feed 30");
            let change = i64::from(decision.replicas) - i64::from(before);
            prop_assert!(change >= -3 && decision.mode != Mode::Hold || change >= 0, "{:?}", decision);
            if change != 0 && was_up.replace(change > 0).is_some_and(|was| was != (change > 0)) {
                flips.push(decision.now);
            }
            prop_assert!(flips.iter().filter(|time| **time > decision.now - 300_000).count() <= 4);
            before = decision.replicas;
        }
    }

    #[test]
    fn without_a_rail_is_what_an_engine_without_it_decides(loads in loads()) {
        let mut engine = engine(ALL);
        for (i, load) in loads.iter().enumerate() {
            let now = (1 + i as i64) * INTERVAL;
            let before = engine.clone();
            let replicas = engine.last_decision().map_or(4, |decision| decision.replicas);
            let decision = drive(&mut engine, 1 + i as i64, &[*load]).pop().unwrap();
            for without in &decision.counterfactuals.without_rail {
                let mut other = before.clone();
                let rails = &mut other.config.rails;
                match without.rail {
                    Rail::Tolerance => rails.tolerance = Tolerance::default(),
                    Rail::Rate => rails.rate = RateLimits { up: None, down: None },
                    Rail::CostBudget => rails.budget.cost_per_hour = None,
                    Rail::PowerBudget => rails.budget.watts = None,
                    Rail::Consolidation => rails.consolidation = None,
                    Rail::Blind => rails.blind.hold_seconds = 1e9,
                    Rail::ForecastQuality => rails.forecast.most_error = None,
                    Rail::Min => other.config.min_replicas = 0,
                    Rail::Max => other.config.max_replicas = 1000,
                    _ => continue,
                }
                // With a minimum of 0 another rail wakes up; without the limit on speed the budget has no pace.
                if without.rail == Rail::Min {
                    continue;
                }
                other.observe(now, *load).unwrap();
                let alone = other.decide(now, Fleet::new(replicas, replicas)).unwrap();
                prop_assert_eq!(alone.replicas, without.replicas, "{:?} {:?}", without, decision);
            }
        }
    }

    #[test]
    fn restored_at_any_cut_it_goes_on_byte_for_byte_with_all_rails(loads in loads(), cut in 0usize..120, shadow in any::<bool>()) {
        let mode = if shadow { "shadow" } else { "active" };
        let mut whole = engine(&format!(r#"{ALL}, "mode": "{mode}""#));
        let cut = cut.min(loads.len());
        drive(&mut whole, 1, &loads[..cut]);
        whole.pause(PauseDirection::In);
        drive(&mut whole, 1 + cut as i64, &[100.0]);
        whole.resume();
        let mut restored = Engine::restore(&whole.snapshot().unwrap()).unwrap();
        for (i, load) in loads[cut..].iter().enumerate() {
            let from = (2 + cut + i) as i64;
            prop_assert_eq!(drive(&mut whole, from, &[*load]), drive(&mut restored, from, &[*load]));
            prop_assert_eq!(whole.snapshot().unwrap(), restored.snapshot().unwrap());
        }
    }
}
