//! Scenarios that follow from their seed, an engine that keeps its rules in them, and rules that can be broken.

use super::*;
use crate::engine::{EngineConfig, RailsConfig, RateLimit, RateLimits, Tolerance};
use crate::policy::{CustomPolicy, Policy, PolicyConfig, Proposal, Reason, Situation};
use crate::{Error, Result};

fn settings() -> EngineConfig {
    EngineConfig::default()
}

fn plain(faults: Vec<Fault>) -> Scenario {
    Scenario {
        seed: 1,
        intervals: 300,
        interval_seconds: 15.0,
        service_rate: 10.0,
        start_up_seconds: 60.0,
        metric_window_seconds: 60.0,
        late_seconds: 60.0,
        season_seconds: 1500.0,
        min_replicas: 1,
        max_replicas: 1000,
        base: 400.0,
        load: LoadShape::Cycle { amplitude: 0.5 },
        faults,
    }
}

fn fault(kind: FaultKind) -> Fault {
    Fault { kind, start_seconds: 1800.0, duration_seconds: 300.0 }
}

#[test]
fn a_scenario_follows_from_its_seed_and_is_plain_data() {
    for seed in 0..500 {
        let made = scenario(seed);
        made.check().unwrap();
        assert_eq!(made, scenario(seed));
        assert_eq!(Scenario::from_json(&made.to_json()).unwrap(), made);
        assert!(made.faults.iter().all(|fault| fault.start_seconds >= 240.0 * made.interval_seconds));
    }
    assert_ne!(scenario(1), scenario(2));
    let findings = run(&scenario(3), &settings()).unwrap();
    assert_eq!(findings, run(&scenario(3), &settings()).unwrap(), "deterministic");
}

/// A few of them: `tests/rust/chaos.rs` runs hundreds, `cargo run --release --example chaos` ten thousand.
#[test]
fn no_rule_is_broken_whatever_goes_wrong() {
    let survey = survey(0, 20, &settings(), 2).unwrap();
    assert!(survey.failed.is_empty(), "{}", survey.table());
}

#[test]
fn rails_hold_where_they_are_set() {
    let limit = Some(RateLimit { replicas: 2, percent: 20.0, period_seconds: 60.0 });
    let rails = RailsConfig {
        tolerance: Tolerance { up: 0.1, down: 0.1 },
        rate: RateLimits { up: limit, down: limit },
        ..RailsConfig::default()
    };
    let survey = survey(1000, 20, &EngineConfig { rails, ..settings() }, 2).unwrap();
    // Whose speed is limited never agrees with another who came from elsewhere while the load turns faster.
    let slow = |findings: &Findings| findings.breaches.iter().all(|breach| breach.rule == Rule::Recovery);
    assert!(survey.failed.iter().all(slow), "{}", survey.table());
}

fn with_budgets() -> EngineConfig {
    let changes = r#"{"tiers": [{"name": "all", "most": 1000000}], "rails": {
        "flips": {"flips": 2, "period_seconds": 3600}, "budget": {"cost_per_hour": 30, "watts": 6000}}}"#;
    EngineConfig { service_rate: 1.0, ..settings() }.with_changes(changes).unwrap()
}

#[test]
fn budgets_hold_where_they_are_set() {
    let survey = survey(3000, 20, &with_budgets(), 2).unwrap();
    assert!(survey.failed.is_empty(), "{}", survey.table());
}

#[test]
fn complete_control_laws_keep_within_bounds_and_never_fail() {
    for policy_name in ["hpa", "kpa", "target_tracking", "seasonal_max", "aibrix_apa", "ray_serve"] {
        let policy = PolicyConfig::from_text(policy_name).unwrap();
        let survey = survey(2000, 4, &EngineConfig { policy, ..settings() }, 2).unwrap();
        assert!(survey.failed.is_empty(), "{policy_name}: {}", survey.table());
    }
}

/// A law that answers nonsense, panics when asked to, and goes by its own rules.
#[derive(Debug)]
struct Mad {
    panics: bool,
}

impl Policy for Mad {
    fn name(&self) -> &'static str {
        "mad"
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        assert!(!self.panics, "the load is too much for me");
        let replicas = if situation.now / 15_000 % 2 == 0 { u32::MAX } else { 0 };
        Ok(Proposal { replicas, reason: Reason::Own { replicas } })
    }
}

#[test]
fn rails_hold_around_a_mad_policy() {
    let policy = PolicyConfig::Custom(CustomPolicy::new("mad", || Ok(Box::new(Mad { panics: false }))));
    let faults = vec![fault(FaultKind::LostMetrics {}), fault(FaultKind::Crashes { share: 0.5 })];
    let findings = run(&plain(faults), &EngineConfig { policy, ..settings() }).unwrap();
    assert!(findings.breaches.is_empty(), "{}", findings.to_json());
}

/// Rules that nothing could break would prove nothing: an engine of other settings than the watcher believes breaks them.
#[test]
fn the_watcher_sees_what_is_wrong() {
    let scenario = plain(vec![fault(FaultKind::LostMetrics {})]);
    let settings = scenario.engine_config(&settings());
    let mut engine = crate::engine::Engine::new(settings.clone()).unwrap();
    let now = 1_700_000_010_000;
    engine.observe(now, 400.0).unwrap();
    let fleet = crate::policy::Fleet::new(60, 60);
    let decision = engine.decide(now, fleet).unwrap().clone();
    let broken = |change: &dyn Fn(&mut crate::engine::Decision), sample: Option<f64>| {
        let mut watcher = rules::Watcher::new(&scenario, &settings, true);
        if let Some(load) = sample {
            watcher.sampled(0.0, now, (now, load), &Ok(()));
        }
        let mut changed = decision.clone();
        change(&mut changed);
        watcher.decided(0.0, &changed, fleet).unwrap();
        watcher.findings.breaches.iter().map(|breach| breach.rule).collect::<Vec<_>>()
    };
    assert_eq!(broken(&|_| (), Some(400.0)), [Rule::Stabilization; 0]);
    assert_eq!(broken(&|_| (), Some(800.0)), [Rule::Need]);
    assert_eq!(broken(&|decision| decision.replicas = 1001, Some(400.0)), [Rule::Bounds]);
    assert_eq!(broken(&|decision| decision.replicas = 0, Some(400.0))[..2], [Rule::Bounds, Rule::Reactive]);
    assert!(broken(&|decision| decision.replicas = 50, None).contains(&Rule::MissingData));
    let mut watcher = rules::Watcher::new(&scenario, &settings, true);
    watcher.decided(0.0, &decision, fleet).unwrap();
    assert!(watcher.goes_back(now - 1) && !watcher.goes_back(now));
    watcher.sampled(0.0, now, (now, 1.0), &Err(Error::internal("why not")));
    assert_eq!(watcher.findings.breaches.last().unwrap().rule, Rule::Errors);
    watcher.sampled(0.0, now, (now - 600_000, 1.0), &Err(Error::internal("too late")));
    assert_eq!(watcher.findings.refusals, 1);
    let settings = with_budgets();
    let mut watcher = rules::Watcher::new(&scenario, &settings, true);
    watcher.decided(0.0, &decision, crate::policy::Fleet::new(20, 20)).unwrap();
    assert_eq!(watcher.findings.breaches[0].rule, Rule::Budget, "60 replicas, where 24 are fed");
    for (before, after) in [(5, 8), (8, 5), (5, 8), (8, 5)] {
        assert!(watcher.findings.breaches.iter().all(|breach| breach.rule != Rule::Flips));
        watcher.applied(0.0, now, before, after);
    }
    assert_eq!(watcher.findings.breaches.last().unwrap().rule, Rule::Flips);
}

#[test]
fn a_panic_is_a_finding_with_its_seed() {
    let policy = || PolicyConfig::Custom(CustomPolicy::new("mad", || Ok(Box::new(Mad { panics: true }))));
    let survey = survey(0, 3, &EngineConfig { policy: policy(), ..settings() }, 1).unwrap();
    assert_eq!(survey.scenarios, 3);
    assert!(survey.failed.iter().map(|findings| findings.seed).eq(0..3), "{}", survey.table());
    assert!(survey.failed.iter().all(|findings| findings.breaches[0].rule == Rule::Panic));
}

#[test]
fn the_threads_do_not_show_and_a_survey_can_be_stopped() {
    let one = survey(40, 7, &settings(), 1).unwrap();
    assert_eq!(one.to_json(), survey(40, 7, &settings(), 3).unwrap().to_json());
    let stopped = survey_with_progress(0, 100, &settings(), 1, &mut |share| share < 0.3).unwrap_err();
    assert!(matches!(stopped, Error::Stopped { percent: 32 }), "{stopped}");
}

#[test]
fn bad_scenarios_are_refused_by_name() {
    let refused = |change: &dyn Fn(&mut Scenario)| {
        let mut scenario = plain(vec![fault(FaultKind::Spikes { factor: 10.0, every: 3 })]);
        change(&mut scenario);
        run(&scenario, &settings()).unwrap_err().to_string()
    };
    assert!(refused(&|scenario| scenario.intervals = 0).starts_with("intervals: "));
    assert!(refused(&|scenario| scenario.base = f64::NAN).starts_with("base: "));
    assert!(refused(&|scenario| scenario.interval_seconds = 0.0).starts_with("interval_seconds: "));
    assert!(
        refused(&|scenario| scenario.load = LoadShape::OnOff { period_seconds: 0.0 })
            .starts_with("load.on_off")
    );
    let every = |every| {
        move |scenario: &mut Scenario| scenario.faults[0].kind = FaultKind::Spikes { factor: 2.0, every }
    };
    assert!(refused(&every(0)).starts_with("faults.spikes.every: "));
    assert!(
        refused(&|scenario| scenario.faults[0].start_seconds = -1.0).starts_with("faults.start_seconds: ")
    );
    assert!(survey(0, 0, &settings(), 1).unwrap_err().to_string().starts_with("count: "));
    assert!(Scenario::from_json("{}").is_err());
}
