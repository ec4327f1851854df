//! The engine's promises, under random load and settings.

use super::*;
use crate::capacity::{Target, servers_for};
use crate::policy::PolicyConfig;
use crate::random::Random;
use proptest::prelude::*;

const SECOND: i64 = 1000;
/// The fleets of most tests follow at once; the lead time stays as configured.
const FIXED: LeadTimeConfig = LeadTimeConfig { learn: false, quantile: 0.9 };

fn engine(policy: &str) -> Engine {
    let config = EngineConfig {
        service_rate: 10.0,
        season_seconds: 600.0,
        policy: PolicyConfig::from_text(policy).unwrap(),
        lead_time: FIXED,
        ..EngineConfig::default()
    };
    Engine::new(config).unwrap()
}

/// Drives an engine through loads, one per interval, with a fleet that follows at once; calls `seen` after each decision.
fn drive(engine: &mut Engine, from: i64, loads: &[f64], mut seen: impl FnMut(&Engine, &Decision)) {
    let mut replicas = engine.last_decision().map_or(1, |decision| decision.replicas);
    for (i, load) in loads.iter().enumerate() {
        let now = (from + i as i64) * 15 * SECOND;
        engine.observe(now, *load).unwrap();
        let decision = engine.decide(now, Fleet::new(replicas, replicas)).unwrap().clone();
        if decision.replicas != replicas {
            engine.applied(now, decision.replicas).unwrap();
        }
        replicas = decision.replicas;
        seen(engine, &decision);
    }
}

fn loads() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![8 => 0.0..500.0f64, 1 => Just(f64::NAN), 1 => Just(0.0)], 2..150)
}

#[test]
fn a_steady_load_gets_what_queueing_asks_for() {
    let mut engine = engine("predictive");
    drive(&mut engine, 1, &[200.0; 100], |_, _| ());
    let decision = engine.last_decision().unwrap();
    let needed = servers_for(200.0, 10.0, Target::ResponseQuantile(0.95, 0.4)).unwrap() as u32;
    assert_eq!((decision.replicas, decision.reactive, decision.mode), (needed, needed, Mode::Normal));
    assert!(decision.active && decision.valid_until == decision.now + 135 * SECOND);
    assert!(engine.explain().starts_with(&format!("run {needed}; ")), "{}", engine.explain());
}

/// The 31st season of 40 intervals each, low and then a jump at the 20th: the count of each interval, and what the jump needs.
fn after_thirty_seasons(policy: &str) -> (Vec<u32>, u32) {
    let mut engine = engine(policy);
    let season: Vec<f64> = (0..40).map(|i| if i < 20 { 100.0 } else { 300.0 }).collect();
    drive(&mut engine, 0, &season.repeat(30), |_, _| ());
    let mut counts = Vec::new();
    drive(&mut engine, 1200, &season, |_, decision| counts.push(decision.replicas));
    (counts, servers_for(300.0, 10.0, Target::ResponseQuantile(0.95, 0.4)).unwrap() as u32)
}

#[test]
fn a_daily_rise_is_met_before_it_comes() {
    let (counts, needed) = after_thirty_seasons(r#"{"predictive": {"operating_point": "off"}}"#);
    assert!(counts[11] >= needed, "one lead time ahead of the jump: {counts:?}");
    assert!(counts[9] < needed, "and not much earlier: {counts:?}");
    let (counts, needed) = after_thirty_seasons("predictive");
    assert!(counts[11..].iter().all(|count| *count >= needed), "{counts:?}");
    assert!(
        counts.iter().all(|count| *count <= needed + 1),
        "the largest load that there ever was is enough: {counts:?}"
    );
}

/// A load that varies a little, with a period of its own.
fn usual(interval: usize) -> f64 {
    200.0 + ((interval * 7919) % 31) as f64
}

/// After 400 usual intervals a spike of six: every decision from the spike on.
fn around_a_spike(settings: &str) -> (Engine, Vec<Decision>) {
    let json = format!(
        r#"{{"service_rate": 10, "season_seconds": 600, "lead_time": {{"learn": false}}, {settings}}}"#
    );
    let mut engine = Engine::new(EngineConfig::from_json(&json).unwrap()).unwrap();
    drive(&mut engine, 1, &(0..400).map(usual).collect::<Vec<_>>(), |_, _| ());
    let mut decisions = Vec::new();
    let spike: Vec<f64> = (0..60).map(|i| if i < 6 { 600.0 } else { usual(i) }).collect();
    drive(&mut engine, 401, &spike, |_, decision| decisions.push(decision.clone()));
    (engine, decisions)
}

#[test]
fn an_anomaly_is_answered_beyond_its_need_held_and_not_learned() {
    let (_, decisions) = around_a_spike(r#""rails": {"stabilization": {"down_seconds": 0}}"#);
    let first = &decisions[0];
    assert_eq!((first.mode, first.limited_by), (Mode::Anomalous, Some(Rail::Anomaly)));
    assert!(first.replicas > first.reactive && first.replicas <= 2 * first.reactive, "{}", first.explain());
    let raised =
        |reason: &Reason| matches!(reason, Reason::RaisedForAnomaly { severity, .. } if *severity > 0.0);
    assert!(first.reasons.iter().any(raised), "{first:?}");
    let end = decisions.iter().position(|decision| decision.mode == Mode::Normal).unwrap();
    assert!((9..30).contains(&end), "a lead time after the last sample beyond the threshold: {end}");
    assert!(decisions[..end].is_sorted_by_key(|decision| decision.replicas), "nothing is scaled in");
    let held = |reason: &Reason| matches!(reason, Reason::HeldForAnomaly { .. });
    assert!(decisions[end - 1].reasons.iter().any(held), "{:?}", decisions[end - 1]);
    let (_, unwatched) =
        around_a_spike(r#""anomaly": {"alarm_rate": 0}, "rails": {"stabilization": {"down_seconds": 0}}"#);
    assert!(unwatched.iter().all(|decision| decision.mode == Mode::Normal));
    assert!(unwatched[0].replicas < first.replicas);
    // Nobody learned from the spike how wrong a forecast may be.
    let (watched, unwatched) = (decisions[39].predicted, unwatched[39].predicted);
    assert!(watched < 30 && unwatched > watched, "{watched} {unwatched}");
}

#[test]
fn anomalous_times_have_limits_of_their_own() {
    let (engine, _) = around_a_spike(r#""anomaly": {"most_severity": 0}"#);
    assert_eq!(engine.config().anomaly.most_severity, 0.0);
    let rate = r#""rate": {"up": {"replicas": 3, "period_seconds": 60}}"#;
    let (_, limited) = around_a_spike(&format!(r#""anomaly": {{{rate}}}"#));
    assert_eq!((limited[0].mode, limited[0].limited_by), (Mode::Anomalous, Some(Rail::Rate)));
    let (_, calm) = around_a_spike(&format!(r#""rails": {{{rate}}}, "anomaly": {{"rate": {{}}}}"#));
    assert_eq!(calm[0].limited_by, Some(Rail::Anomaly), "the rails of usual times do not bind");
}

#[test]
fn forecasts_that_failed_are_not_followed() {
    let config = r#"{"service_rate": 10, "season_seconds": 600, "lead_time": {"learn": false}, "anomaly": {"alarm_rate": 0}, "breaker": {"failures": 2},
        "policy": {"predictive": {"operating_point": "off"}}}"#;
    let mut engine = Engine::new(EngineConfig::from_json(config).unwrap()).unwrap();
    let square =
        |interval: usize| if interval % 40 < 20 { 100.0 } else { 900.0 } + (interval * 7919 % 13) as f64;
    drive(&mut engine, 0, &(0..1600).map(square).collect::<Vec<_>>(), |_, decision| {
        assert_ne!(decision.mode, Mode::Fallback);
    });
    // The season is turned round: what was foreseen is now wrong both ways.
    let mut modes = Vec::new();
    drive(&mut engine, 1600, &(1620..2000).map(square).collect::<Vec<_>>(), |engine, decision| {
        modes.push(decision.mode);
        if decision.mode == Mode::Fallback {
            assert_eq!(decision.predicted, decision.reactive, "the reactive law");
            assert!(matches!(decision.reasons[1], Reason::ForecastDistrusted { failures: 2, .. }));
            assert!(decision.forecast.is_some() && engine.explain().contains("(fallback: "));
        }
    });
    let first = modes.iter().position(|mode| *mode == Mode::Fallback).unwrap();
    let fallen = modes[first..].iter().take_while(|mode| **mode == Mode::Fallback).count();
    assert!(
        first <= 40 && (90..200).contains(&fallen),
        "ten lead times, and three good forecasts: {first}, {fallen}"
    );
    assert_eq!(modes[first + fallen], Mode::Normal, "followed again");
}

#[test]
fn blindness_holds_and_sight_returns() {
    let mut engine = engine("predictive");
    drive(&mut engine, 1, &[200.0; 50], |_, _| ());
    let held = engine.last_decision().unwrap().replicas;
    let mut modes = Vec::new();
    drive(&mut engine, 51, &[f64::NAN; 20], |_, decision| {
        assert!(decision.replicas >= held);
        modes.push(decision.mode);
    });
    assert_eq!((modes[0], modes[19]), (Mode::Normal, Mode::Hold), "one missing sample is no blindness");
    drive(&mut engine, 71, &[200.0; 2], |_, _| ());
    assert_eq!(engine.last_decision().unwrap().mode, Mode::Normal);
}

#[test]
fn a_gap_of_years_is_crossed_at_once() {
    let mut engine = engine("seasonal_max");
    drive(&mut engine, 1, &[200.0; 50], |_, _| ());
    drive(&mut engine, 1 << 30, &[100.0; 50], |_, _| ());
    assert_eq!(engine.last_decision().unwrap().mode, Mode::Normal);
}

#[test]
fn late_and_repeated_samples_count_once_and_too_late_ones_are_refused() {
    let mut engine = engine("predictive");
    for now in [15, 30, 45, 60] {
        engine.observe(now * SECOND, 100.0).unwrap();
    }
    engine.observe(60 * SECOND, 500.0).unwrap();
    engine.observe(45 * SECOND, 100.0).unwrap();
    let decision = engine.decide(60 * SECOND, Fleet::new(30, 30)).unwrap();
    let needed = servers_for(200.0, 10.0, Target::ResponseQuantile(0.95, 0.4)).unwrap() as u32;
    assert_eq!((decision.reactive, decision.mode), (needed, Mode::ColdStart), "a mean of 200");
    engine.observe(600 * SECOND, 100.0).unwrap();
    engine.decide(600 * SECOND, Fleet::new(30, 30)).unwrap();
    let refused = engine.observe(400 * SECOND, 100.0).unwrap_err().to_string();
    assert!(refused.starts_with("now: 400000 ms is more than 60 s before"), "{refused}");
}

#[test]
fn a_sample_with_a_stamp_of_years_ahead_does_not_make_the_others_too_late() {
    let stamps = [1, 8, 40, 4 * 60, 365 * 24 * 240, 1 << 32];
    for policy in ["predictive", "hpa", "seasonal_max"] {
        for ahead in stamps {
            let mut engine = engine(policy);
            drive(&mut engine, 1, &[200.0; 50], |_, _| ());
            let sane = engine.last_decision().unwrap().replicas;
            for interval in 51..90 {
                let (now, wrong) = (interval * 15 * SECOND, (50 + ahead) * 15 * SECOND);
                // Three wrong stamps between two decisions, then one honest sample.
                if interval == 51 {
                    (0..3).for_each(|_| engine.observe(wrong, 200.0).unwrap());
                }
                let refused = engine.observe(now, 200.0).is_err();
                assert!(
                    !refused || interval < 62,
                    "{policy}: still refused {} intervals later",
                    interval - 51
                );
                engine.decide(now, Fleet::new(sane, sane)).unwrap();
            }
            let mut spared = self::engine(policy);
            drive(&mut spared, 1, &[200.0; 89], |_, _| ());
            let [with, without] = [&engine, &spared].map(|engine| engine.last_decision().unwrap().replicas);
            assert!(with.abs_diff(without) <= 1, "{policy}, {ahead} intervals ahead: {with} for {without}");
        }
    }
}

#[test]
fn bad_input_changes_nothing() {
    let mut engine = engine("predictive");
    drive(&mut engine, 1, &[200.0, 210.0, 190.0], |_, _| ());
    let before = engine.snapshot().unwrap();
    for load in [-1.0, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(engine.observe(75 * SECOND, load).unwrap_err().to_string().starts_with("load: "));
    }
    assert!(engine.observe(i64::MAX, 1.0).is_err() && engine.observe(i64::MIN, 1.0).is_err());
    assert!(engine.decide(SECOND, Fleet::new(1, 1)).unwrap_err().to_string().starts_with("now: "));
    assert!(engine.observe_batch(&[75 * SECOND, 90 * SECOND], &[1.0, -1.0]).is_err());
    assert!(engine.observe_batch(&[75 * SECOND], &[]).is_err());
    assert_eq!(engine.snapshot().unwrap(), before);
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |json: &str| EngineConfig::from_json(json).unwrap_err().to_string();
    for (json, message) in [
        ("{}", "service_rate: must be given"),
        (r#"{"service_rate": -1}"#, "service_rate: must be finite and above 0, got -1"),
        (r#"{"service_rate": "ten"}"#, "service_rate: must be a number, got string \"ten\""),
        (r#"{"service_rate": 1, "min_replica": 1}"#, "min_replica: unknown field"),
        (r#"{"service_rate": 1, "min_replicas": 5, "max_replicas": 4}"#, "max_replicas: needs"),
        (r#"{"service_rate": 1, "interval_seconds": 0}"#, "interval_seconds: "),
        (r#"{"service_rate": 1, "start_up_seconds": -1}"#, "start_up_seconds: "),
        (r#"{"service_rate": 1, "cost_ratio": 0}"#, "cost_ratio: "),
        (r#"{"service_rate": 1, "policy": "magic"}"#, "policy: unknown variant"),
        (r#"{"service_rate": 1, "policy": "oracle"}"#, "policy: "),
        (
            r#"{"service_rate": 1, "policy": {}}"#,
            "policy: must be one word, or an object with one key, got map",
        ),
        (
            r#"{"service_rate": 1, "policy": {"hpa": {}, "kpa": {}}}"#,
            "policy: must be the name of a policy, or an object of one name and its settings, got map",
        ),
        (
            r#"{"service_rate": 1, "policy": {"hpa": {"target_utilization": "x"}}}"#,
            "policy.hpa.target_utilization: must be a number, got string \"x\"",
        ),
        (
            r#"{"service_rate": 1, "policy": {"hpa": {"target_utilization": 0}}}"#,
            "policy.hpa.target_utilization: ",
        ),
        (r#"{"service_rate": 1, "policy": {"static": {"replicas": 0}}}"#, "policy.static.replicas: "),
        (r#"{"service_rate": 1, "policy": {"predictive": {"feedback": 2}}}"#, "policy.predictive.feedback: "),
        (
            r#"{"service_rate": 1, "policy": {"predictive": {"stage": 2}}}"#,
            "policy.predictive.stage: unknown field",
        ),
        (r#"{"service_rate": 1, "target": {"response_quantile": [0.95, 0.1]}}"#, "target: "),
        (r#"{"service_rate": 1, "rails": {"tolerance": {"up": -1}}}"#, "rails.tolerance.up: "),
        (
            r#"{"service_rate": 1, "rails": {"stabilization": {"down_seconds": -5}}}"#,
            "rails.stabilization.down_seconds: ",
        ),
        (r#"{"service_rate": 1, "breaker": {"probes": 0}}"#, "breaker.probes: must be at least 1"),
        (r#"{"service_rate": 1, "breaker": {"cooldown_seconds": 0}}"#, "breaker.cooldown_seconds: "),
        (r#"{"service_rate": 1, "anomaly": {"alarm_rate": 0.01}}"#, "anomaly.alarm_rate: must be"),
        (r#"{"service_rate": 1, "anomaly": {"cost_ratio": 0}}"#, "anomaly.cost_ratio: "),
        (r#"{"service_rate": 1, "anomaly": {"most_severity": -1}}"#, "anomaly.most_severity: "),
        (
            r#"{"service_rate": 1, "anomaly": {"rate": {"up": {"period_seconds": 60}}}}"#,
            "anomaly.rate.up.replicas: ",
        ),
        (
            r#"{"service_rate": 1, "rails": {"rate": {"up": {"period_seconds": 60}}}}"#,
            "rails.rate.up.replicas: ",
        ),
        ("[", "config: "),
    ] {
        let config = serde_json::from_str::<serde_json::Value>(json);
        let refusal = match config {
            Ok(_) if EngineConfig::from_json(json).is_ok() => {
                Engine::new(EngineConfig::from_json(json).unwrap()).unwrap_err().to_string()
            }
            _ => refused(json),
        };
        assert!(refusal.starts_with(message), "{json}: {refusal}");
    }
}

#[test]
fn a_wild_sample_is_survived() {
    let mut engine = engine("predictive");
    drive(&mut engine, 1, &[200.0; 30], |_, _| ());
    drive(&mut engine, 31, &[1e100], |_, decision| assert_eq!(decision.replicas, 1000));
    drive(&mut engine, 32, &[200.0; 200], |_, _| ());
    let last = engine.last_decision().unwrap();
    assert!(last.mode == Mode::Normal && last.replicas < 40, "it is forgotten: {}", last.explain());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn never_below_the_observed_need_nor_outside_the_bounds(loads in loads(), min in 1u32..5, span in 0u32..60) {
        let config = EngineConfig { service_rate: 10.0, season_seconds: 300.0, min_replicas: min, max_replicas: min + span, ..EngineConfig::default() };
        let mut engine = Engine::new(config).unwrap();
        drive(&mut engine, 1, &loads, |engine, decision| {
            assert!((min..=min + span).contains(&decision.replicas));
            assert!(decision.replicas >= decision.reactive.min(min + span), "{}", engine.explain());
            assert_eq!(decision.active, decision.replicas > 0);
            assert_eq!(decision.limited_by.is_some(), decision.reasons.len() > 1);
        });
    }

    #[test]
    fn scale_in_waits_until_the_whole_window_allows_it(loads in loads()) {
        let mut asked: Vec<u32> = Vec::new();
        drive(&mut engine("predictive"), 1, &loads, |_, decision| {
            asked.push(decision.predicted.max(decision.reactive));
            // The window: a lead time of 120 s and one interval, in steps of 15 s.
            let window = &asked[asked.len().saturating_sub(9)..];
            assert!(decision.replicas >= *window.iter().max().unwrap());
        });
    }

    #[test]
    fn the_same_question_gets_the_same_answer_and_teaches_nothing(loads in loads()) {
        drive(&mut engine("hpa"), 1, &loads, |engine, decision| {
            let mut again = engine.clone();
            let before = again.snapshot().unwrap();
            let (fleet, now) = (Fleet::new(3, 3), decision.now);
            let first = again.decide(now, fleet).unwrap().clone();
            let after_first = again.snapshot().unwrap();
            assert_eq!(&first, again.decide(now, fleet).unwrap());
            assert_eq!(after_first, again.snapshot().unwrap());
            assert_eq!(before, engine.snapshot().unwrap());
        });
    }

    #[test]
    fn restored_at_any_cut_it_goes_on_byte_for_byte(loads in loads(), cut in 0usize..150, policy in 0usize..4) {
        let policy = ["predictive", "hpa", "seasonal_max", r#"{"static": {"replicas": 3}}"#][policy];
        let cut = cut.min(loads.len());
        let mut whole = engine(policy);
        drive(&mut whole, 1, &loads[..cut], |_, _| ());
        let mut restored = Engine::restore(&whole.snapshot().unwrap()).unwrap();
        prop_assert_eq!(restored.explain(), whole.explain());
        for (i, load) in loads[cut..].iter().enumerate() {
            for engine in [&mut whole, &mut restored] {
                drive(engine, (1 + cut + i) as i64, &[*load], |_, _| ());
            }
            prop_assert_eq!(whole.snapshot().unwrap(), restored.snapshot().unwrap(), "at step {}", cut + i);
            prop_assert_eq!(whole.last_decision().unwrap().to_json(), restored.last_decision().unwrap().to_json());
        }
    }

    #[test]
    fn a_damaged_snapshot_is_an_error(flips in prop::collection::vec((0usize..1_000_000, 0u8..8), 1..50), lengths in prop::collection::vec(0usize..1_000_000, 50)) {
        let mut engine = engine("predictive");
        drive(&mut engine, 1, &[200.0, 100.0, 50.0], |_, _| ());
        let bytes = engine.snapshot().unwrap();
        for length in lengths.iter().map(|length| length % bytes.len()).chain(0..64) {
            prop_assert!(Engine::restore(&bytes[..length]).is_err(), "{length} bytes");
        }
        for (at, bit) in flips {
            let mut flipped = bytes.clone();
            flipped[at % bytes.len()] ^= 1 << bit;
            prop_assert!(Engine::restore(&flipped).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn wild_but_finite_loads_are_refused_or_survived() {
    let mut engine = engine("predictive");
    for refused in [1.7e308, 1.1e100, -1e-300, f64::INFINITY] {
        assert!(engine.observe(0, refused).unwrap_err().to_string().starts_with("load: "), "{refused}");
    }
    // Seasons that begin next to nothing scale the next one beyond all floats; spikes fill whole windows.
    let season = [1e-310, 100.0, 1e100, 1e100, 0.0, 5e-324, 1e-300, 100.0, 1e100, 1e-310];
    drive(&mut engine, 1, &season.repeat(40), |_, decision| {
        let peak = decision.forecast;
        assert!(peak.is_none_or(|peak| peak.upper.is_finite() && peak.expected.is_finite()), "{peak:?}");
    });
}

#[test]
fn a_sample_set_right_leaves_no_trace_however_wild_it_was() {
    let (mut spoiled, mut clean) = (engine("predictive"), engine("predictive"));
    for end in (1..20).map(|interval| interval * 15 * SECOND) {
        for engine in [&mut spoiled, &mut clean] {
            engine.observe(end - 7 * SECOND, 3.0).unwrap();
        }
        for wild in [1e17, 5.0, 1e99, 0.0] {
            spoiled.observe(end, wild).unwrap();
        }
        for engine in [&mut spoiled, &mut clean] {
            engine.observe(end, 1.0).unwrap();
        }
    }
    assert_eq!(spoiled.snapshot().unwrap(), clean.snapshot().unwrap());
}

#[test]
fn a_cost_ratio_without_a_quantile_is_named() {
    let config = EngineConfig { service_rate: 10.0, cost_ratio: 1e300, ..EngineConfig::default() };
    assert!(Engine::new(config).unwrap_err().to_string().starts_with("cost_ratio: "));
}

/// After a quarter of an hour in which nothing came and nobody asked, what comes at once is known as if decisions had told the time; a
/// stamp of next year is not.
#[test]
fn what_comes_at_once_after_a_gap_is_all_taken_in() {
    let load = |i: i64| 100.0 + 10.0 * (i % 40) as f64;
    let mut engines = [engine("predictive"), engine("predictive")];
    for engine in &mut engines {
        drive(engine, 1, &(1..200).map(load).collect::<Vec<_>>(), |_, _| ());
    }
    let [told, asked] = &mut engines;
    asked.decide(259 * 15 * SECOND, Fleet::new(60, 60)).unwrap();
    (260..440).for_each(|i| asked.observe(i * 15 * SECOND, load(i)).unwrap());
    let times: Vec<i64> = (260..440).rev().map(|i| i * 15 * SECOND).chain([1 << 40]).collect();
    let loads: Vec<f64> = (260..440).rev().map(load).chain([1e9]).collect();
    told.observe_batch(&times, &loads).unwrap();
    let now = 439 * 15 * SECOND;
    let [one, other] =
        engines.each_mut().map(|engine| engine.decide(now, Fleet::new(60, 60)).unwrap().clone());
    assert_eq!((one.reactive, one.mode), (other.reactive, other.mode));
    let [one, other] = [one, other].map(|decision| decision.forecast.unwrap());
    assert!((one.expected / other.expected - 1.0).abs() < 0.01, "{one:?} {other:?}");
    assert!((one.upper / other.upper - 1.0).abs() < 0.01, "{one:?} {other:?}");
}

/// Replicas asked for at each of the moments, with what is asked for served at once, and the forecasts' upper ends in units of what one replica serves.
fn in_unit(loads: &[f64], unit: f64, service_rate: f64) -> Vec<(u32, u64)> {
    let config = EngineConfig {
        service_rate: unit * service_rate,
        target: Some(Target::Utilization(0.7)),
        ..EngineConfig::default()
    };
    let mut engine = Engine::new(config).unwrap();
    let mut fleet = 10;
    let decide = |(i, load): (usize, &f64)| {
        let now = 15_000 * i as i64;
        engine.observe(now, unit * load).unwrap();
        let decision =
            engine.decide(now, Fleet { requested: fleet, ready: fleet, ..Fleet::default() }).unwrap();
        fleet = decision.replicas;
        (fleet, decision.forecast.map_or(0, |peak| (peak.upper / unit).to_bits()))
    };
    loads.iter().enumerate().map(decide).collect()
}

#[test]
fn decisions_do_not_depend_on_the_unit_of_the_load() {
    let mut random = Random::new(1);
    let rates: Vec<f64> = (0..3_000).map(|i| 5.0 + 3.0 * (f64::from(i) / 300.0).sin()).collect();
    let rough: Vec<f64> =
        rates.iter().map(|rate| 10.0 * rate * (1.0 + 0.1 * random.normal()).max(0.0)).collect();
    let counted: Vec<f64> = rates.iter().map(|rate| random.poisson(15.0 * rate) / 15.0).collect();
    for (loads, service_rate) in [(&rough, 10.0), (&counted, 1.0)] {
        let plain = in_unit(loads, 1.0, service_rate);
        for power in [-20, -3, 1, 10] {
            let other = in_unit(loads, 2.0f64.powi(power), service_rate);
            assert!(plain == other, "2^{power}");
        }
    }
    let replicas = |unit: f64| {
        in_unit(&counted, unit, 1.0).into_iter().map(|(replicas, _)| f64::from(replicas)).sum::<f64>()
    };
    assert!((replicas(1000.0) / replicas(1.0) - 1.0).abs() < 1e-3, "thousands");
}

#[test]
fn one_decision_with_a_clock_of_the_future_costs_one_decision() {
    for policy in ["predictive", "hpa", "q_learning", "seasonal_max"] {
        for ahead in [300, 5000, 365 * 24 * 240, 1 << 32] {
            let [mut engine, mut spared] = [engine(policy), self::engine(policy)];
            for engine in [&mut engine, &mut spared] {
                drive(engine, 1, &[200.0; 50], |_, _| ());
            }
            let wrong = (50 + ahead) * 15 * SECOND;
            let ordered = spared.last_decision().unwrap().replicas;
            // A second wrong stamp near the first confirms nothing, and what is applied then is not of the future.
            for now in [wrong, wrong + 15 * SECOND] {
                let decision = engine.decide(now, Fleet::new(ordered, ordered)).unwrap();
                assert!(decision.now == now && decision.mode == Mode::Hold && decision.replicas >= ordered);
            }
            engine.applied(wrong, ordered).unwrap();
            spared.applied(50 * 15 * SECOND, ordered).unwrap();
            for engine in [&mut engine, &mut spared] {
                drive(engine, 51, &[220.0; 60], |_, _| ());
            }
            assert!(engine.last_decision() == spared.last_decision(), "{policy}, {ahead} intervals ahead");
        }
    }
}

#[test]
fn a_pause_of_everything_ends_with_the_first_sample() {
    for decides_first in [false, true] {
        let mut engine = engine("predictive");
        drive(&mut engine, 1, &[200.0; 50], |_, _| ());
        if decides_first {
            let held = engine.decide(1000 * 15 * SECOND, Fleet::new(30, 30)).unwrap();
            assert_eq!(held.mode, Mode::Hold);
        }
        drive(&mut engine, 1001, &[200.0; 3], |_, _| ());
        assert_eq!(engine.last_decision().unwrap().mode, Mode::Normal);
    }
}
