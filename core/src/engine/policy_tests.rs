//! What an engine keeps whatever its policy is, and policies of the user's own.

use super::*;
use crate::policy::{CustomPolicy, Damping, Policy, PolicyConfig, Proposal, Situation};
use proptest::prelude::*;

/// Every policy that an engine can run, by text.
const ALL: [&str; 17] = [
    r#"{"static": {"replicas": 7}}"#,
    "hpa",
    r#"{"hpa": {"behavior": {}}}"#,
    r#"{"seasonal_max": {"season_seconds": 600, "window_seconds": 60}}"#,
    "predictive",
    "target_tracking",
    r#"{"target_tracking": {"scale_in_minutes": 2, "cooldown_seconds": 30}}"#,
    "kpa",
    r#"{"kpa": {"scale_down_delay_seconds": 90}}"#,
    r#"{"schedule": {"windows": [{"start": "*/4 * * * *", "end": "2-59/4 * * * *", "replicas": 9}]}}"#,
    "aws_predictive",
    "crane",
    "aibrix_apa",
    r#"{"ray_serve": {"downscale_delay_seconds": 60}}"#,
    "dynamo",
    r#"{"dynamo": {"generation": "first", "predictor": "constant", "adjustment_seconds": 30}}"#,
    r#"{"q_learning": {"exploration": 0.5, "seed": 3}}"#,
];

fn engine(policy: &str, min_replicas: u32) -> Engine {
    let policy = PolicyConfig::from_text(policy).unwrap();
    let config = EngineConfig {
        service_rate: 10.0,
        min_replicas,
        max_replicas: 40,
        season_seconds: 600.0,
        policy,
        ..EngineConfig::default()
    };
    Engine::new(config).unwrap()
}

/// Runs the engine and gives its decisions as JSON; after the step `cut` it is saved and restored.
fn run(mut engine: Engine, loads: &[f64], in_flight: bool, cut: usize) -> Vec<String> {
    let mut requested = 5;
    let mut lines = Vec::new();
    for (i, load) in loads.iter().enumerate() {
        let now = (i as i64 + 1) * 15_000;
        engine.observe(now, *load).unwrap();
        if in_flight {
            engine.observe_in_flight(now, load / 9.0).unwrap();
        }
        let ready = if i % 7 < 3 { requested } else { requested.min(4) };
        let fleet = Fleet { requested, ready, pending: requested - ready, terminating: 0 };
        let decision = engine.decide(now, fleet).unwrap().clone();
        assert!((engine.config().min_replicas..=40).contains(&decision.replicas));
        let again = engine.decide(now, fleet).unwrap();
        assert_eq!(again, &decision);
        if decision.replicas != requested {
            requested = decision.replicas;
            engine.applied(now, requested).unwrap();
        }
        lines.push(decision.to_json());
        if i == cut {
            engine = Engine::restore(&engine.snapshot().unwrap()).unwrap();
        }
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Within the bounds, deterministic, and saved and restored bit for bit, with and without samples.
    #[test]
    fn every_law_keeps_its_bounds_and_its_state(
        loads in prop::collection::vec(prop_oneof![4 => 0.0..500.0, 1 => Just(f64::NAN), 1 => Just(0.0)], 1..160),
        min_replicas in 0u32..3,
        in_flight in any::<bool>(),
    ) {
        for policy in ALL {
            let whole = run(engine(policy, min_replicas), &loads, in_flight, usize::MAX);
            let cut = run(engine(policy, min_replicas), &loads, in_flight, loads.len() / 2);
            prop_assert_eq!(&whole, &cut, "{}", policy);
        }
    }
}

#[test]
fn every_law_has_its_name_and_settings_as_text() {
    for text in ALL {
        let policy = PolicyConfig::from_text(text).unwrap();
        policy.check().unwrap();
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(PolicyConfig::from_text(&json).unwrap(), policy);
        assert!(json.starts_with(&format!("{{\"{}\"", policy.name())), "{json}");
        assert_eq!(policy.build(15.0).unwrap().name(), policy.name());
    }
}

/// Adds one replica at each decision, and counts them.
#[derive(Debug, Default)]
struct OneMore {
    asked: u8,
    own_rails: bool,
}

impl Policy for OneMore {
    fn name(&self) -> &str {
        "one more"
    }

    fn damping(&self) -> Damping {
        if self.own_rails { Damping::Own } else { Damping::Engine }
    }

    fn propose(&mut self, situation: &Situation) -> crate::Result<Proposal> {
        self.asked += 1;
        if self.asked == 9 {
            return Err(crate::Error::data("one more", "no nine"));
        }
        let replicas = situation.fleet.requested + 1;
        Ok(Proposal { replicas, reason: Reason::Own { replicas } })
    }

    fn snapshot(&self) -> crate::Result<Vec<u8>> {
        Ok(vec![self.asked])
    }

    fn restore(&mut self, bytes: &[u8]) -> crate::Result<()> {
        self.asked = bytes.first().copied().unwrap_or(0);
        Ok(())
    }
}

fn with(custom: CustomPolicy) -> Engine {
    let policy = PolicyConfig::Custom(custom);
    Engine::new(EngineConfig { service_rate: 10.0, max_replicas: 6, policy, ..EngineConfig::default() })
        .unwrap()
}

#[test]
fn a_policy_of_ones_own_decides_within_the_rails() {
    let custom = CustomPolicy::new("one more", || Ok(Box::new(OneMore::default())));
    let mut engine = with(custom.clone());
    engine.observe(15_000, 30.0).unwrap();
    let reactive = engine.decide(15_000, Fleet::new(1, 1)).unwrap().reactive;
    assert!(reactive > 2 && engine.last_decision().unwrap().replicas == reactive, "the reactive floor");
    assert_eq!(engine.last_decision().unwrap().reasons[0], Reason::Own { replicas: 2 });
    engine.observe(30_000, 30.0).unwrap();
    assert_eq!(engine.decide(30_000, Fleet::new(6, 6)).unwrap().replicas, 6, "the maximum");

    let bytes = engine.snapshot().unwrap();
    let refusal = Engine::restore(&bytes).unwrap_err().to_string();
    assert!(refusal.contains("one more"), "{refusal}");
    let mut twin = Engine::restore_with(&bytes, &custom).unwrap();
    let mut copy = engine.clone();
    for step in 3..=8 {
        let (now, fleet) = (step * 15_000, Fleet::new(4, 4));
        let expected = engine.decide(now, fleet).unwrap().clone();
        assert_eq!(twin.decide(now, fleet).unwrap(), &expected);
        assert_eq!(copy.decide(now, fleet).unwrap(), &expected);
    }
    let error = engine.decide(9 * 15_000, Fleet::new(4, 4)).unwrap_err().to_string();
    assert_eq!(error, "one more: no nine", "its errors arrive");
    assert_eq!(twin.decide(9 * 15_000, Fleet::new(4, 4)).unwrap_err().to_string(), error);
}

#[test]
fn a_policy_with_rails_of_its_own_is_only_kept_within_the_bounds() {
    let own = || Ok(Box::new(OneMore { own_rails: true, ..OneMore::default() }) as Box<dyn Policy>);
    let mut engine = with(CustomPolicy::new("one more", own));
    engine.observe(15_000, 30.0).unwrap();
    assert_eq!(engine.decide(15_000, Fleet::new(1, 1)).unwrap().replicas, 2);
}

#[test]
fn a_policy_without_snapshots_says_so() {
    #[derive(Debug)]
    struct Plain;
    impl Policy for Plain {
        fn name(&self) -> &str {
            "plain"
        }
        fn propose(&mut self, _: &Situation) -> crate::Result<Proposal> {
            Ok(Proposal { replicas: 2, reason: Reason::Own { replicas: 2 } })
        }
    }
    let engine = with(CustomPolicy::new("plain", || Ok(Box::new(Plain))));
    assert_eq!(engine.snapshot().unwrap_err().to_string(), "plain.snapshot: the policy has no snapshots");
    assert!(engine.clone().decide(0, Fleet::new(1, 1)).is_err(), "a copy needs the state");
    let mut engine = engine;
    for now in [15_000, 1000 * 15_000, 1_000_000 * 15_000] {
        engine.observe(15_000, 10.0).unwrap_or_default();
        assert_eq!(engine.decide(now, Fleet::new(1, 1)).unwrap().now, now, "every time is believed");
        assert_eq!(engine.state.clock, Some(now));
    }
    assert!(PolicyConfig::from_text("custom").unwrap().check().is_err());
}

#[test]
fn a_replica_that_stays_pending_does_not_make_q_learning_ask_for_ever_more() {
    let policy = PolicyConfig::from_text("q_learning").unwrap();
    let mut engine =
        Engine::new(EngineConfig { service_rate: 10.0, policy, ..EngineConfig::default() }).unwrap();
    let mut fleet = 8;
    for interval in 1..3000 {
        engine.observe(15_000 * interval, 50.0).unwrap();
        let seen = Fleet { requested: fleet, ready: fleet - 1, pending: 1, terminating: 0 };
        fleet = engine.decide(15_000 * interval, seen).unwrap().replicas;
        assert!((7..=10).contains(&fleet), "{fleet} after {interval} intervals");
    }
}
