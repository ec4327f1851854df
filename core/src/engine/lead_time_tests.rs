//! Quantiles of start-ups against closed forms, and what must not poison them.

use super::*;
use crate::math::exp;
use crate::random::Random;
use proptest::prelude::*;

fn config() -> EngineConfig {
    EngineConfig { service_rate: 10.0, interval_seconds: 1.0, ..EngineConfig::default() }
}

/// Runs a fleet that asks for `replicas(step)`, whose orders take `seconds(order)` each; two lives of a replica are not told apart.
fn fleets(steps: i64, replicas: impl Fn(i64) -> u32, mut seconds: impl FnMut() -> f64) -> StartUps {
    let config = config();
    let mut learned = StartUps::new(&config);
    let (mut requested, mut ready) = (1u32, 1u32);
    let mut starting: Vec<i64> = Vec::new();
    for step in 0..steps {
        let now = step * 1000;
        ready += starting.iter().filter(|at| **at <= now).count() as u32;
        starting.retain(|at| *at > now);
        let pending = starting.len() as u32;
        learned.report(&config, now, Fleet { requested, ready, pending, terminating: 0 });
        let wanted = replicas(step);
        if wanted > requested {
            (requested..wanted).for_each(|_| starting.push(now + (1000.0 * seconds()) as i64));
        }
        if wanted < requested {
            let (kept, there) = (wanted.saturating_sub(ready), starting.len());
            starting.truncate(there.min(kept as usize));
            ready = ready.min(wanted);
        }
        if wanted != requested {
            requested = wanted;
            learned.applied(now, wanted);
        }
    }
    assert!(learned.is_whole(&config));
    learned
}

#[test]
fn what_is_told_is_the_distribution() {
    // Log-normal with median 60 and sigma 0.5: quantiles 60·e^(0.5·z).
    let (config, mut random) = (config(), Random::stream(1, 0));
    let mut sums = [0.0; 3];
    for _ in 0..40 {
        let mut learned = StartUps::new(&config);
        (0..STARTS).for_each(|_| learned.observe(&config, 60.0 * exp(0.5 * random.normal())).unwrap());
        let LeadTime { p50, p90, p99, count, .. } = learned.lead_time(0.0);
        assert_eq!(count, STARTS as u64);
        [p50, p90, p99].iter().zip(&mut sums).for_each(|(found, sum)| *sum += found / 40.0);
    }
    for (found, z) in sums.into_iter().zip([0.0, 1.281_552, 2.326_348]) {
        let truth = 60.0 * exp(0.5 * z);
        assert!((found / truth - 1.0).abs() < 0.04, "{found} against {truth}");
    }
}

#[test]
fn quantiles_are_recovered_from_fleets() {
    let mut random = Random::stream(2, 0);
    // One replica more every 400 s, then all away: no start overtakes another.
    let learned =
        fleets(400 * 2000, |step| 1 + (step / 400 % 6) as u32, || 60.0 * exp(0.4 * random.normal()));
    let LeadTime { p50, p90, count, .. } = learned.lead_time(0.0);
    assert!(count > 1000, "{count}");
    assert!((p50 / 60.0 - 1.0).abs() < 0.06, "{p50}");
    assert!((p90 / (60.0 * exp(0.4 * 1.281_552)) - 1.0).abs() < 0.08, "{p90}");
}

#[test]
fn starts_that_overtake_each_other_keep_their_middle() {
    let mut random = Random::stream(3, 0);
    let learned = fleets(300_000, |step| 1 + (step / 20 % 30) as u32, || 60.0 * exp(0.3 * random.normal()));
    let LeadTime { p50, p90, .. } = learned.lead_time(0.0);
    assert!((p50 / 60.0 - 1.0).abs() < 0.1 && p90 < 60.0 * exp(0.3 * 1.281_552) * 1.05, "{p50} {p90}");
}

#[test]
fn the_horizon_follows_with_hysteresis() {
    let config = config();
    let mut learned = StartUps::new(&config);
    assert_eq!(learned.horizon(&config, 121), 121);
    (0..20).for_each(|_| learned.observe(&config, 125.0).unwrap());
    assert_eq!(learned.horizon(&config, 121), 121, "within a fifth");
    (0..20).for_each(|_| learned.observe(&config, 300.0).unwrap());
    assert_eq!(learned.horizon(&config, 121), 301);
    (0..STARTS).for_each(|_| learned.observe(&config, 20.0).unwrap());
    assert_eq!(learned.horizon(&config, 301), 21);
    let fixed = EngineConfig {
        lead_time: crate::engine::LeadTimeConfig { learn: false, quantile: 0.9 },
        ..config.clone()
    };
    assert_eq!(learned.horizon(&fixed, 121), 121);
    for wild in [f64::NAN, f64::INFINITY, -1.0] {
        assert!(learned.observe(&config, wild).is_err());
    }
    learned.observe(&config, 1e300).unwrap();
    assert!(learned.is_whole(&config));
}

#[test]
fn a_single_wild_start_moves_nothing() {
    let config = config();
    let mut learned = StartUps::new(&config);
    learned.observe(&config, 1e9).unwrap();
    assert_eq!(learned.horizon(&config, 121), 121);
}

#[test]
fn a_start_that_failed_is_not_waited_for() {
    // Of each eight orders one is never served; the orchestrator goes on asking for it.
    let mut order = 0u32;
    let seconds = || {
        order += 1;
        if order.is_multiple_of(8) { 1e9 } else { 100.0 }
    };
    let learned = fleets(400 * 300, |step| 1 + (step / 400 % 40) as u32, seconds);
    let LeadTime { p50, p90, count, .. } = learned.lead_time(0.0);
    assert!(count > 40 && (90.0..=110.0).contains(&p50), "{p50} of {count}");
    assert!(p90 <= FAILED * 120.0 + 1.0, "{p90}");
}

#[test]
fn a_crash_teaches_nothing() {
    let config = config();
    let mut learned = StartUps::new(&config);
    for (now, ready) in [(0, 5), (1000, 5), (2000, 3), (3000, 3), (4000, 5), (5000, 5)] {
        learned.report(&config, now, Fleet { requested: 5, ready, pending: 5 - ready, terminating: 0 });
    }
    assert_eq!(learned.lead_time(0.0).count, 0);
    // Asked for without a word: since the last decision.
    learned.report(&config, 6000, Fleet { requested: 8, ready: 5, pending: 3, terminating: 0 });
    learned.report(&config, 7000, Fleet { requested: 8, ready: 7, pending: 1, terminating: 0 });
    assert_eq!((learned.count, learned.starts.back()), (2, Some(&1.5)));
}

proptest! {
    #[test]
    fn any_fleets_are_survived_and_bounded(
        reports in prop::collection::vec((0i64..100, 0u32..9, 0u32..9, any::<bool>(), prop_oneof![Just(1u32), Just(u32::MAX / 8)]), 1..400),
    ) {
        let config = config();
        let mut learned = StartUps::new(&config);
        let mut now = 0;
        for (after, requested, ready, applies, size) in reports {
            now += after * 500;
            let (requested, ready) = (requested * size, ready * size);
            learned.report(&config, now, Fleet { requested, ready, pending: 0, terminating: 0 });
            prop_assert_eq!(learned.waiting(), requested.saturating_sub(ready));
            if applies {
                learned.applied(now, ready);
            }
            prop_assert!(learned.is_whole(&config) && learned.sorted.is_sorted());
            prop_assert_eq!(learned.sorted.len(), learned.starts.len());
            let mut twin = learned.clone();
            twin.reserve();
            prop_assert_eq!(&twin, &learned);
        }
    }
}
