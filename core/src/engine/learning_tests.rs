//! What the engine learns of itself, changes while it runs, and writes down.

use super::*;
use crate::policy::{CustomPolicy, Policy, PolicyConfig, Proposal, Situation};
use crate::random::Random;
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const INTERVAL: i64 = 15_000;

fn engine(settings: &str) -> Engine {
    let json = format!(r#"{{"service_rate": 10, "season_seconds": 3600 {settings}}}"#);
    Engine::new(EngineConfig::from_json(&json).unwrap()).unwrap()
}

fn load(step: i64) -> f64 {
    let phase = (step % 240) as f64;
    200.0 + 2.0 * phase.min(240.0 - phase) + ((step * 7919) % 31) as f64
}

/// A service whose replicas take `start_ups` milliseconds to be ready, one after the other.
struct Service {
    requested: u32,
    ready: u32,
    starting: Vec<i64>,
}

impl Service {
    fn new(replicas: u32) -> Self {
        Service { requested: replicas, ready: replicas, starting: Vec::new() }
    }

    fn step(&mut self, engine: &mut Engine, step: i64, mut start_up: impl FnMut() -> i64) -> Decision {
        let now = step * INTERVAL;
        self.ready += self.starting.iter().filter(|at| **at <= now).count() as u32;
        self.starting.retain(|at| *at > now);
        engine.observe(now, load(step)).unwrap();
        let pending = self.starting.len() as u32;
        let fleet = Fleet { requested: self.requested, ready: self.ready, pending, terminating: 0 };
        let decision = engine.decide(now, fleet).unwrap().clone();
        if decision.replicas != self.requested {
            let there = self.ready + pending;
            (there..decision.replicas).for_each(|_| self.starting.push(now + start_up()));
            self.starting.truncate(decision.replicas.saturating_sub(self.ready) as usize);
            self.ready = self.ready.min(decision.replicas);
            self.requested = decision.replicas;
            engine.applied(now, self.requested).unwrap();
        }
        decision
    }
}

#[test]
fn the_horizon_follows_the_starts_that_fleets_show() {
    for (seconds, quantile) in [(40.0, 0.9), (300.0, 0.9), (300.0, 0.5)] {
        let mut engine = engine(&format!(r#", "lead_time": {{"quantile": {quantile}}}"#));
        let (mut service, mut random) = (Service::new(25), Random::stream(5, 0));
        let mut valid = 0;
        for step in 1..6000 {
            let start_up = || (1000.0 * seconds * crate::math::exp(0.2 * random.normal())) as i64;
            let decision = service.step(&mut engine, step, start_up);
            valid = decision.valid_until - decision.now;
            if step % 1500 == 0 {
                let restored = Engine::restore(&engine.snapshot().unwrap()).unwrap();
                assert_eq!(restored.snapshot().unwrap(), engine.snapshot().unwrap());
                assert_eq!(restored.lead_time(), engine.lead_time());
                engine = restored;
            }
        }
        let LeadTime { p50, p90, p99, count, horizon_seconds } = engine.lead_time();
        assert!(count > 256 && (p50 / seconds - 1.0).abs() < 0.1 && p50 < p90 && p90 <= p99, "{p50} {p90}");
        let wanted = if quantile > 0.5 { p90 } else { p50 };
        assert!((horizon_seconds / (wanted + 22.5) - 1.0).abs() < 0.3, "{horizon_seconds} for {wanted}");
        assert_eq!(valid, (1000.0 * horizon_seconds) as i64);
    }
}

#[test]
fn what_is_told_of_starts_counts_from_the_next_decision_on() {
    let mut engine = engine("");
    assert_eq!(engine.lead_time().horizon_seconds, 135.0);
    (0..30).for_each(|_| engine.observe_start_up(0, 600.0).unwrap());
    engine.observe(INTERVAL, 200.0).unwrap();
    let decision = engine.decide(INTERVAL, Fleet::new(24, 24)).unwrap();
    assert_eq!(decision.valid_until - decision.now, 615_000);
    assert!(engine.observe_start_up(INTERVAL, -1.0).unwrap_err().to_string().starts_with("seconds: "));
}

#[test]
fn a_forecast_that_buys_nothing_is_not_followed() {
    let mut engine = engine("");
    let mut service = Service::new(25);
    (1..2000).for_each(|step| drop(service.step(&mut engine, step, || 120_000)));
    let ForecastValue { ours, reactive, intervals, is_followed, .. } = engine.forecast_value();
    assert!(is_followed && intervals > 1900 && ours > 1.0 && ours < reactive, "{ours} {reactive}");
    let Reward { accuracy, energy, mean, .. } = engine.reward();
    assert!(accuracy > 0.9 && energy > 1.0 && (mean - accuracy + energy).abs() < 1e-9, "{accuracy} {energy}");
    engine.state.value.give_up();
    let decision = service.step(&mut engine, 2000, || 120_000);
    assert_eq!((decision.mode, decision.predicted), (Mode::ReactiveOnly, decision.reactive));
    let named = |reason: &Reason| matches!(reason, Reason::ForecastWorthless { ours, reactive, .. } if ours < reactive);
    assert!(decision.reasons.iter().any(named) && decision.explain().contains("mean fleets"));
    // It is scored all the while, and followed again once it pays.
    let again = (2001..2600)
        .map(|step| service.step(&mut engine, step, || 120_000))
        .position(|decision| decision.mode == Mode::Normal);
    assert!(again.is_some() || engine.forecast_value().intervals < 24 * 240);
}

#[test]
fn settings_change_while_it_runs_and_what_was_learned_stays() {
    let mut engine = engine("");
    let mut service = Service::new(25);
    (1..700).for_each(|step| drop(service.step(&mut engine, step, || 120_000)));
    let before = engine.clone();
    let changed = |json: &str| before.config().with_changes(json).unwrap();
    for (refused, name) in [
        (r#"{"service_rate": 11}"#, "service_rate"),
        (r#"{"interval_seconds": 10}"#, "interval_seconds"),
        (r#"{"season_seconds": 60}"#, "season_seconds"),
        (r#"{"metric_window_seconds": 30}"#, "metric_window_seconds"),
        (r#"{"late_seconds": 30}"#, "late_seconds"),
        (r#"{"policy": "hpa"}"#, "policy"),
        (r#"{"audit": true}"#, "audit"),
        (r#"{"anomaly": {"alarm_rate": 0}}"#, "anomaly.alarm_rate"),
    ] {
        let error = engine.reconfigure(changed(refused)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name}: is fixed")), "{error}");
        assert_eq!(engine.snapshot().unwrap(), before.snapshot().unwrap());
    }
    assert!(before.config().with_changes(r#"{"speed": 1}"#).unwrap_err().to_string().starts_with("speed: "));
    for accepted in [
        r#"{"max_replicas": 30, "min_replicas": 28}"#,
        r#"{"cost_ratio": 99, "target": {"mean_wait": 0.01}}"#,
        r#"{"rails": {"stabilization": {"down_seconds": 900, "up_seconds": 60}, "tolerance": {"up": 0.1}}}"#,
        r#"{"breaker": {"failures": 2}, "start_up_seconds": 300, "lead_time": {"learn": false}}"#,
        r#"{"start_up_seconds": 10, "anomaly": {"cost_ratio": 999}, "reward": {"energy_weight": 0}}"#,
    ] {
        engine.reconfigure(changed(accepted)).unwrap();
        let restored = Engine::restore(&engine.snapshot().unwrap()).unwrap();
        assert_eq!(restored.snapshot().unwrap(), engine.snapshot().unwrap(), "{accepted}");
        let mut running = engine.clone();
        let mut service = Service::new(25);
        (700..720).for_each(|step| drop(service.step(&mut running, step, || 120_000)));
        assert!(running.last_decision().unwrap().forecast.is_some(), "{accepted}");
    }
    engine.reconfigure(changed(r#"{"max_replicas": 30, "min_replicas": 28}"#)).unwrap();
    assert!(
        (28..=30).contains(&engine.decide(699 * INTERVAL, Fleet::new(25, 25)).unwrap().replicas),
        "at once"
    );
}

#[test]
fn the_service_rate_that_is_measured_is_sized_for() {
    let (mut usual, mut told) = (engine(""), engine(""));
    let (mut one, mut other) = (Service::new(30), Service::new(30));
    for step in 1..400 {
        one.step(&mut usual, step, || 120_000);
        other.step(&mut told, step, || 120_000);
        // Replicas serve 8 a second, not 10.
        let busy = load(step) / 8.0 / f64::from(other.ready);
        told.observe_performance(step * INTERVAL, f64::NAN, busy.min(1.0)).unwrap();
    }
    assert!((told.performance().service_rate / 8.0 - 1.0).abs() < 0.06, "{:?}", told.performance());
    let counts = [&usual, &told].map(|engine| engine.last_decision().unwrap().reactive);
    assert!((f64::from(counts[1]) / f64::from(counts[0]) / 1.25 - 1.0).abs() < 0.1, "{counts:?}");
    assert!(told.observe_performance(400 * INTERVAL, 0.0, 0.5).is_err());
    assert!(told.observe_performance(400 * INTERVAL, f64::NAN, 1.5).is_err());
    let restored = Engine::restore(&told.snapshot().unwrap()).unwrap();
    assert_eq!(restored.performance().service_rate, told.performance().service_rate);
}

/// A log of an engine that is told everything that an engine can be told.
fn log(policy: &str, steps: i64, restart: i64) -> Vec<String> {
    let mut engine = engine(&format!(r#", "audit": true, "policy": {policy}"#));
    let (mut service, mut random) = (Service::new(25), Random::stream(9, 0));
    let mut lines = vec![engine.audit_header().unwrap()];
    for step in 1..=steps {
        let now = step * INTERVAL;
        engine.observe_in_flight(now, if step % 5 == 0 { f64::NAN } else { random.unit() }).unwrap();
        engine.observe(now, f64::NAN).unwrap();
        if step % 7 == 0 {
            engine.observe_start_up(now, 100.0 * random.unit()).unwrap();
            engine.observe_performance(now, random.unit(), random.unit()).unwrap();
        }
        if step % 50 == 0 {
            let config = EngineConfig { cost_ratio: 19.0 + random.unit(), ..engine.config().clone() };
            engine.reconfigure(config).unwrap();
        }
        if step == restart {
            engine = Engine::restore(&engine.snapshot().unwrap()).unwrap();
            lines.push(engine.audit_header().unwrap());
        }
        service.step(&mut engine, step, || (200_000.0 * random.unit()) as i64);
        lines.push(engine.audit_line().unwrap());
    }
    lines
}

#[test]
fn every_decision_of_a_log_is_derived_again() {
    for policy in [r#""predictive""#, r#""hpa""#, r#"{"q_learning": {"exploration": 0.5, "seed": 3}}"#] {
        let lines = log(policy, 300, 111);
        let mut replay = AuditReplay::new();
        for (i, line) in lines.iter().enumerate() {
            // The snapshot of a header holds all that a replay has to have.
            if i == 112 {
                let mut late = AuditReplay::new();
                lines[i - 1..].iter().for_each(|line| late.line(line).unwrap());
                assert_eq!((late.decisions(), late.difference()), (190, None));
            }
            replay.line(line).unwrap();
        }
        assert_eq!((replay.decisions(), replay.difference()), (300, None), "{policy}");
    }
}

#[test]
fn a_log_that_was_cut_or_edited_names_its_line() {
    let lines = log(r#""predictive""#, 40, 20);
    let refused = |lines: &[String], start: &str| {
        let error = super::replay(&lines.join("\n")).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    };
    refused(&[], "log: is empty");
    refused(&lines[1..], "line 1: comes before any header");
    let mut missing = lines.clone();
    missing.remove(7);
    refused(&missing, "line 8: has decision 8, where 7 should follow");
    let mut swapped = lines.clone();
    swapped.swap(3, 4);
    refused(&swapped, "line 4: ");
    let mut cut = lines.clone();
    cut[12].truncate(100);
    refused(&cut, "line 13: was cut or edited");
    let mut edited = lines.clone();
    edited[9] = edited[9].replacen("\"ready\":", "\"ready\":1", 1);
    refused(&edited, "line 10: was cut or edited");
    let mut header = lines.clone();
    header.remove(19);
    refused(&header, "line 20: the header: goes on from decision 19, but 18 was the last");
    assert_eq!(super::replay(&lines.join("\n")).unwrap(), None);

    // Edited by someone who knows how to make the checksum.
    let mut forged = lines.clone();
    let (object, _) = forged[9].rsplit_once(",\"check\":").unwrap();
    let object = object.replacen("\"decision\":{", "\"decision\":{\"bonus\":1,", 1);
    forged[9] = format!("{object},\"check\":{}}}", crc32fast::hash(object.as_bytes()));
    let difference = super::replay(&forged.join("\n")).unwrap().unwrap();
    assert_eq!((difference.line, difference.sequence), (10, 9));
    assert!(difference.logged.starts_with("{\"bonus\":1,") && lines[9].contains(&difference.derived));
    let mut told = lines.clone();
    let (object, _) = told[9].rsplit_once(",\"check\":").unwrap();
    let object = object.replacen("\"load\":[", "\"magic\":[", 1);
    told[9] = format!("{object},\"check\":{}}}", crc32fast::hash(object.as_bytes()));
    refused(&told, "line 10: ");
}

#[test]
fn without_the_setting_nothing_is_kept() {
    let mut engine = engine("");
    engine.observe(INTERVAL, 3.0).unwrap();
    engine.decide(INTERVAL, Fleet::new(1, 1)).unwrap();
    assert!(engine.audit_line().unwrap_err().to_string().contains("set `audit`"));
    assert!(engine.audit_header().is_err() && engine.state.audit.open().is_empty());
    let mut asked = super::learning_tests::engine(r#", "audit": true"#);
    assert!(asked.audit_line().unwrap_err().to_string().contains("no decision"));
    asked.decide(INTERVAL, Fleet::new(1, 1)).unwrap();
    let line = asked.audit_line().unwrap();
    asked.decide(INTERVAL, Fleet::new(1, 1)).unwrap();
    assert_eq!(asked.audit_line().unwrap(), line, "asked again, it is the same decision");
}

/// Counts the intervals that it is told of.
#[derive(Debug)]
struct Counter(Arc<AtomicU64>);

impl Policy for Counter {
    fn name(&self) -> &str {
        "counter"
    }

    fn observe(&mut self, _: i64, _: f64) -> crate::Result<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn propose(&mut self, situation: &Situation) -> crate::Result<Proposal> {
        let replicas = situation.reactive;
        Ok(Proposal { replicas, reason: Reason::Own { replicas } })
    }
}

#[test]
fn a_sample_a_thousand_years_ahead_takes_as_many_steps_as_the_window_is_long() {
    let far = 1000 * 365 * 86_400_000i64;
    let count = Arc::new(AtomicU64::new(0));
    let counted = count.clone();
    let own = CustomPolicy::new("counter", move || Ok(Box::new(Counter(counted.clone()))));
    let config =
        EngineConfig { service_rate: 10.0, policy: PolicyConfig::Custom(own), ..EngineConfig::default() };
    let mut engine = Engine::new(config).unwrap();
    for step in 1..100 {
        engine.observe(step * INTERVAL, load(step)).unwrap();
        engine.decide(step * INTERVAL, Fleet::new(25, 25)).unwrap();
    }
    for jump in 1..=3 {
        let before = count.load(Ordering::Relaxed);
        engine.observe(jump * far, 200.0).unwrap();
        engine.decide(jump * far, Fleet::new(25, 25)).unwrap();
        let told = count.load(Ordering::Relaxed) - before;
        // The metric window, the samples that may yet be late, and two more.
        assert!(told <= 10, "{told} intervals of two billion");
        let before = count.load(Ordering::Relaxed);
        engine.decide(jump * far + far / 2, Fleet::new(25, 25)).unwrap();
        assert!(count.load(Ordering::Relaxed) - before <= 10);
    }
}

#[test]
fn no_law_walks_through_a_gap_of_a_thousand_years() {
    let far = 1000 * 365 * 86_400_000i64;
    for policy in [
        r#""predictive""#,
        r#""hpa""#,
        r#""seasonal_max""#,
        r#""target_tracking""#,
        r#""kpa""#,
        r#""aws_predictive""#,
        r#""crane""#,
        r#""aibrix_apa""#,
        r#""ray_serve""#,
        r#""dynamo""#,
        r#""q_learning""#,
        r#"{"schedule": {"windows": [{"start": "*/4 * * * *", "end": "2-59/4 * * * *", "replicas": 9}]}}"#,
    ] {
        let mut engine = engine(&format!(r#", "policy": {policy}"#));
        let mut service = Service::new(25);
        (1..50).for_each(|step| drop(service.step(&mut engine, step, || 120_000)));
        for jump in 1..=3 {
            engine.observe(jump * far, 200.0).unwrap();
            engine.decide(jump * far, Fleet::new(25, 25)).unwrap();
        }
        let mut service = Service::new(25);
        let first = 4 * far / INTERVAL;
        (first..first + 20).for_each(|step| drop(service.step(&mut engine, step, || 120_000)));
        assert!(engine.last_decision().unwrap().replicas > 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn any_log_is_derived_again(seed in any::<u64>(), restart in 1i64..90) {
        let mut engine = engine(r#", "audit": true"#);
        let mut random = Random::stream(seed, 0);
        let mut lines = vec![engine.audit_header().unwrap()];
        let mut now = 0;
        for step in 0..90 {
            now += (40_000.0 * random.unit()) as i64;
            for _ in 0..random.below(4) {
                let (load, late) = (400.0 * random.unit(), (50_000.0 * random.unit()) as i64);
                let _ = engine.observe(now - late, if random.below(9) == 0 { f64::NAN } else { load });
            }
            if step == restart {
                engine = Engine::restore(&engine.snapshot().unwrap()).unwrap();
                lines.push(engine.audit_header().unwrap());
            }
            let (requested, ready) = (random.below(40) as u32, random.below(40) as u32);
            let _ = engine.decide(now, Fleet { requested, ready, pending: requested.saturating_sub(ready), terminating: 0 });
            if random.below(2) == 0 {
                engine.applied(now, random.below(40) as u32).unwrap();
            }
            let line = engine.audit_line().unwrap();
            if lines.last() != Some(&line) {
                lines.push(line);
            }
        }
        prop_assert_eq!(super::replay(&lines.join("\n")).unwrap(), None);
    }
}

#[test]
fn a_break_is_followed_before_any_forecast_made_after_it_is_judged() {
    let json = r#"{"service_rate": 10, "start_up_seconds": 300, "anomaly": {"alarm_rate": 0}, "lead_time": {"learn": false}}"#;
    let mut engine = Engine::new(EngineConfig::from_json(json).unwrap()).unwrap();
    let noise = |interval: i64| ((interval * 7919) % 31) as f64;
    let mut expected = Vec::new();
    for interval in 1..=410 {
        let now = interval * 15_000;
        let load = noise(interval) + if interval > 400 { 400.0 } else { 200.0 };
        engine.observe(now, load).unwrap();
        let decision = engine.decide(now, Fleet::new(60, 60)).unwrap();
        expected.push(decision.forecast.map_or(f64::NAN, |forecast| forecast.expected));
    }
    // Noise is not followed; 10 intervals of another load are, though forecasts are judged after 21.
    assert!((205.0..225.0).contains(&expected[399]), "{}", expected[399]);
    assert!((380.0..440.0).contains(&expected[409]), "{:?}", &expected[400..]);
}
