//! The chain as a whole, under random moments and settings.

use super::chain::Chain;
use super::memory::RailsMemory;
use super::*;
use crate::engine::config::EngineConfig;
use crate::engine::decision::Rail;
use crate::policy::Fleet;
use proptest::prelude::*;

fn limit(limit: Option<(u32, u32)>) -> Option<RateLimit> {
    limit.map(|(replicas, percent)| RateLimit { replicas, percent: percent.into(), period_seconds: 60.0 })
}

prop_compose! {
    fn settings()(
        tolerance in (0.0..0.5f64, 0.0..0.5f64),
        up in prop::option::of((1u32..9, 0u32..99)),
        down in prop::option::of((1u32..9, 0u32..99)),
        up_seconds in 0.0..60.0f64,
        flips in prop::option::of(2u32..4),
        cost in prop::option::of(9.0..60.0f64),
        watts in prop::option::of(9.0..60.0f64),
        blind in prop::option::of(9u32..40),
        idle_seconds in 1.0..90.0f64,
    ) -> RailsConfig {
        RailsConfig {
            tolerance: Tolerance { up: tolerance.0, down: tolerance.1 },
            stabilization: Stabilization { up_seconds, down_seconds: Some(60.0) },
            rate: RateLimits { up: limit(up), down: limit(down) },
            blind: Blind { hold_seconds: 30.0, last_known_seconds: 30.0, replicas: blind },
            flips: flips.map(|flips| FlipBudget { flips, period_seconds: 90.0 }),
            budget: Budget { cost_per_hour: cost, watts, watts_per_replica: 1.0, ..Budget::default() },
            activation: Activation { idle_seconds, threshold: 0.0 },
            ..RailsConfig::default()
        }
    }
}

/// What the engine would have computed of one moment.
#[derive(Debug, Clone, Copy)]
struct Moment {
    fleet: Fleet,
    proposed: [u32; 2],
    reactive: u32,
    needs: [u32; 3],
    flags: [bool; 2],
}

prop_compose! {
    fn moment()(
        counts in (0u32..50, 0u32..50, 0u32..9),
        proposed in [0u32..70, 0u32..70],
        reactive in 0u32..60,
        needs in [0u32..70, 0u32..70, 0u32..70],
        flags in any::<[bool; 2]>(),
    ) -> Moment {
        let (requested, ready, pending) = counts;
        Moment { fleet: Fleet { requested, ready, pending, terminating: 0 }, proposed, reactive, needs, flags }
    }
}

proptest! {
    #[test]
    fn the_chain_is_a_monotone_projection_within_the_bounds(
        rails in settings(),
        min in 0u32..9,
        history in prop::collection::vec((0u32..60, 0u32..60), 1..30),
        paused in prop::option::of(prop_oneof![Just(PauseDirection::In), Just(PauseDirection::Out), Just(PauseDirection::Both)]),
        moments in prop::collection::vec(moment(), 1..8),
    ) {
        let max = 50;
        let config = EngineConfig { service_rate: 1.0, rails, min_replicas: min, max_replicas: max, ..EngineConfig::default() };
        let mut memory = RailsMemory::new(&config, 3).unwrap();
        for (i, (before, after)) in history.iter().enumerate() {
            let now = 15_000 * i as i64;
            memory.proposals.remember(now, *after);
            memory.applied(&config, now, *before, *after);
            memory.observe(now, if i % 3 == 0 { f64::NAN } else { 0.0 }, 0.0, None);
        }
        memory.paused = paused;
        let now = 15_000 * history.len() as i64;
        for Moment { fleet, proposed, reactive, needs, flags } in moments {
            let [is_anomalous, is_blind] = flags;
            let answered = if is_anomalous { reactive.max(needs[0]) } else { reactive };
            let chain = Chain {
                rails: &rails, memory: &memory, rate: rails.rate, now, fleet, min, max, damps_itself: false, reactive,
                is_anomalous, severity: 0.5, answered, resource: None, misses_resource: false, is_blind, last_known: needs[1], fewest: needs[2],
            };
            let run = |proposed| chain.run(proposed, &memory.proposals, None, |_, _| ());
            let low = run(proposed[0].min(proposed[1]));
            let high = run(proposed[0].max(proposed[1]));
            prop_assert!(low <= high, "{chain:?}");
            let intolerant = RailsConfig { tolerance: Tolerance::default(), ..rails };
            let again = Chain { rails: &intolerant, ..chain }.run(low, &memory.proposals, None, |_, _| ());
            prop_assert_eq!(again, low, "once more changes nothing: {:?}", chain);
            prop_assert!((min..=max).contains(&low) && (min..=max).contains(&high));
            let mut bound = Vec::new();
            chain.run(proposed[0], &memory.proposals, None, |rail, _| bound.push(rail));
            let count = run(proposed[0]);
            let may_bind = [Rail::Rate, Rail::CostBudget, Rail::PowerBudget, Rail::Pause, Rail::Activation];
            if count < reactive.min(max) {
                prop_assert!(bound.iter().any(|rail| may_bind.contains(rail)), "{count} < {reactive}: {bound:?}");
            }
            if is_blind {
                prop_assert!(count >= fleet.ordered().min(max), "missing data never removes: {chain:?}");
            }
            for rail in &bound {
                let without = chain.run(proposed[0], &memory.proposals, Some(*rail), |left, _| {
                    assert!(left != *rail || left == Rail::Pending);
                });
                prop_assert!((min..=max).contains(&without) || [Rail::Min, Rail::Max].contains(rail));
            }
        }
    }

    #[test]
    fn no_rail_moves_a_proposal_past_the_current_count(
        current in 0u32..100,
        proposals in prop::collection::vec(0u32..100, 1..60),
    ) {
        let config = EngineConfig {
            service_rate: 1.0,
            interval_seconds: 1.0,
            rails: RailsConfig {
                stabilization: Stabilization { up_seconds: 5.0, down_seconds: Some(10.0) },
                rate: RateLimits { up: limit(Some((3, 10))), down: limit(Some((3, 10))) },
                flips: Some(FlipBudget { flips: 2, period_seconds: 20.0 }),
                ..RailsConfig::default()
            },
            ..EngineConfig::default()
        };
        let mut memory = RailsMemory::new(&config, 3).unwrap();
        let mut current = current;
        for (i, proposed) in proposals.into_iter().enumerate() {
            let now = i as i64 * 1_000;
            memory.proposals.remember(now, proposed);
            let stable = memory.proposals.apply(now, current, proposed);
            let limited = memory.changes.apply(&config.rails.rate, now, current, stable);
            let kept = memory.flips.apply(now, current, limited);
            for railed in [stable, limited, kept, Tolerance { up: 0.1, down: 0.1 }.apply(current, proposed)] {
                let (low, high) = (proposed.min(current), proposed.max(current));
                prop_assert!((low..=high).contains(&railed));
            }
            memory.applied(&config, now, current, kept);
            current = kept;
        }
    }
}
