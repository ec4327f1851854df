//! The behaviours that the load balancer is for, one scenario each.

use super::*;
use crate::math::sin;
use crate::pool::clone_manager::GivenForecast;
use crate::pool::tiers::{QosProfile, Tier};
use crate::random::Random;
use proptest::prelude::*;

pub(super) const STEP: i64 = 900_000;
pub(super) const DAY: i64 = 96;

pub(super) fn config() -> LoadBalancerConfig {
    LoadBalancerConfig { step_seconds: 900.0, ..LoadBalancerConfig::default() }
}

pub(super) fn record(step: i64, user: &str, application: &str, requests: f64) -> UsageRecord {
    UsageRecord {
        time: step * STEP + 1,
        user: user.into(),
        application: application.into(),
        requests,
        cpu: 0.01 * requests,
        memory: 0.05 * requests,
        network: 0.002 * requests,
    }
}

pub(super) fn wave(step: i64, mean: f64) -> f64 {
    mean * (1.0 + 0.8 * sin(std::f64::consts::TAU * step as f64 / DAY as f64))
}

/// `users` users of an application, each with a wave of another height, over `steps`.
fn waves(balancer: &mut LoadBalancer, application: &str, users: usize, steps: std::ops::Range<i64>) {
    for step in steps {
        for user in 0..users {
            let requests = wave(step, 100.0 * (1 + user) as f64);
            balancer.observe(&record(step, &format!("user {user}"), application, requests)).unwrap();
        }
    }
}

#[test]
fn each_user_of_each_application_is_foreseen() {
    let mut balancer = LoadBalancer::new(config()).unwrap();
    waves(&mut balancer, "search", 3, 0..DAY * 8);
    for user in 0..3 {
        for ahead in [1, 8, 40] {
            let step = DAY * 8 + ahead;
            let came = wave(step, 100.0 * f64::from(1 + user));
            let said = balancer.predict(&format!("user {user}"), "search", step * STEP).unwrap();
            let (requests, cpu) = (said.requests.mean * 900.0, said.cpu.mean);
            assert!((requests - came).abs() < 0.15 * came + 10.0, "{user}, {ahead}: {requests} for {came}");
            assert!((cpu - 0.01 * requests).abs() < 1e-3 * requests, "{cpu} for {requests} requests");
            assert_eq!((said.time, said.steps_seen), (step * STEP, 8 * DAY as u32 - 1));
        }
    }
    assert!(
        balancer.explain("user 1", "search").starts_with("user 1 of search: 767 steps seen; weights:"),
        "{}",
        balancer.explain("user 1", "search")
    );
}

#[test]
fn a_new_user_is_forecast_as_those_of_the_application_and_a_new_application_as_the_whole() {
    let mut balancer = LoadBalancer::new(config()).unwrap();
    waves(&mut balancer, "search", 20, 0..DAY * 5);
    // The users' mean is 1,050 a step.
    for application in ["search", "nobody knows it"] {
        for step in [DAY * 5 + 24, DAY * 5 + 72] {
            let said = balancer.predict("new", application, step * STEP).unwrap();
            let (requests, came) = (said.requests.mean * 900.0, wave(step, 1050.0));
            assert!((requests / came - 1.0).abs() < 0.3, "{application}: {requests} for {came}");
            assert!(
                said.requests.lower < 0.3 * said.requests.mean && said.steps_seen == 0,
                "nobody knows which one"
            );
        }
    }
    // After a few requests of its own its level is known, and the season still that of the others.
    waves(&mut balancer, "small", 1, DAY * 5..DAY * 5 + 12);
    let said = balancer.predict("user 0", "small", (DAY * 5 + 72) * STEP).unwrap().requests.mean * 900.0;
    assert!(said < 400.0, "{said} of 1,050 that are usual");
}

#[test]
fn intervals_hold_as_often_as_they_say() {
    let mut balancer = LoadBalancer::new(config()).unwrap();
    let mut random = Random::stream(5, 0);
    let (mut held, mut judged) = ([0.0; 2], 0.0);
    for step in 0..1500 {
        let requests = 4.0 * random.poisson(100.0);
        let asked = UsageRecord {
            cpu: requests * 0.01 * (1.0 + 0.1 * (random.unit() - 0.5)),
            ..record(step, "a", "b", requests)
        };
        if step > 300 {
            let said = balancer.predict("a", "b", step * STEP).unwrap();
            let within =
                |range: &PredictedRange, value: f64| f64::from(range.lower <= value && value <= range.upper);
            held[0] += within(&said.requests, requests / 900.0);
            held[1] += within(&said.cpu, asked.cpu);
            judged += 1.0;
        }
        balancer.observe(&asked).unwrap();
    }
    let shares = held.map(|held: f64| held / judged);
    assert!(shares.iter().all(|share| (0.86..=0.95).contains(share)), "{shares:?}");
}

#[test]
fn a_history_may_be_in_any_order() {
    let mut history: Vec<UsageRecord> =
        (0..200).map(|step| record(step, "a", "b", wave(step, 50.0))).collect();
    let mut observed = LoadBalancer::new(config()).unwrap();
    history.iter().for_each(|record| observed.observe(record).unwrap());
    history.reverse();
    let mut trained = LoadBalancer::new(config()).unwrap();
    trained.train(&history).unwrap();
    assert_eq!(trained.snapshot().unwrap(), observed.snapshot().unwrap());
    assert!(
        trained.train(&history).unwrap_err().to_string().starts_with("time: "),
        "it has been learned already"
    );
    assert_eq!(trained.snapshot().unwrap(), observed.snapshot().unwrap());
}

#[test]
fn the_least_used_keys_are_dropped_and_still_count_in_the_totals() {
    let mut balancer = LoadBalancer::new(LoadBalancerConfig { most_keys: 40, ..config() }).unwrap();
    for step in 0..50 {
        for user in 0..30 {
            balancer.observe(&record(step, &format!("loyal {user}"), "shop", 100.0)).unwrap();
        }
        for guest in 0..20 {
            balancer.observe(&record(step, &format!("guest {step} {guest}"), "shop", 1.0)).unwrap();
        }
        assert!(balancer.keys() <= 40);
    }
    let loyal = |user| balancer.predict(&format!("loyal {user}"), "shop", 50 * STEP).unwrap().steps_seen;
    assert!((0..30).all(|user| loyal(user) > 40), "whoever is used stays");
    assert!(balancer.dropped() > 900 && balancer.dropped() + balancer.keys() as u64 == 1030);
    let load = balancer.tier_demand().unwrap().all.mean * 900.0;
    assert!((load - 3020.0).abs() < 60.0, "{load}");
}

fn kind(name: &str, tier: Tier, cpu: f64, cost_per_hour: f64) -> InstanceKind {
    let standby_cost_per_hour = if tier == Tier::Warm { 0.2 * cost_per_hour } else { 0.0 };
    InstanceKind {
        name: name.into(),
        tier,
        cpu,
        memory: 1e6,
        network: 1e6,
        cost_per_hour,
        standby_cost_per_hour,
    }
}

pub(super) fn recommending() -> LoadBalancerConfig {
    let instances = vec![
        kind("fast", Tier::Hot, 10.0, 1.0),
        kind("usual", Tier::Warm, 10.0, 0.8),
        kind("spot", Tier::Cold, 10.0, 0.6),
        kind("large spot", Tier::Cold, 40.0, 2.6),
    ];
    LoadBalancerConfig { instances, utilization: 0.5, late_request_cost: 0.1, ..config() }
}

/// 900,000 requests a step keep 9,000 CPU in use: 1,000 per second need 1,800 instances with 10 each at half of it.
#[test]
fn what_cannot_wait_is_recommended_hot_what_can_wait_cold() {
    for (max_latency_seconds, tier) in [(Some(0.5), Tier::Hot), (Some(60.0), Tier::Warm), (None, Tier::Cold)]
    {
        let mut balancer = LoadBalancer::new(recommending()).unwrap();
        let profile = QosProfile { max_latency_seconds, ..QosProfile::default() };
        balancer.set_profile(None, "search", profile).unwrap();
        (0..200).for_each(|step| balancer.observe(&record(step, "a", "search", 900_000.0)).unwrap());
        let all = balancer.recommendations().unwrap();
        assert_eq!(all.iter().map(|one| one.tier).collect::<Vec<_>>(), Tier::ALL);
        for one in all {
            let expected = if one.tier == tier { 1800.0 } else { 0.0 };
            assert!((one.count as f64 - expected).abs() <= 20.0, "{max_latency_seconds:?}: {one:?}");
            assert!(one.lower <= one.upper);
        }
    }
}

#[test]
fn the_kind_whose_instances_cost_least_is_recommended() {
    let mut balancer = LoadBalancer::new(recommending()).unwrap();
    let profile = QosProfile { max_latency_seconds: None, ..QosProfile::default() };
    balancer.set_profile(Some("a"), "search", profile).unwrap();
    assert_eq!(
        (balancer.profile("a", "search"), balancer.profile("b", "search")),
        (profile, config().profile)
    );
    // 19 CPU at half use: four of 10 for 2.4, or one of 40 for 2.6.
    (0..100).for_each(|step| balancer.observe(&record(step, "a", "search", 1900.0)).unwrap());
    let cold = balancer.recommendations().unwrap().pop().unwrap();
    assert_eq!((cold.kind.as_str(), cold.count), ("spot", 4));
}

#[test]
fn what_varies_is_held_up_to_a_higher_load() {
    let hot = |noise: f64| {
        let mut balancer = LoadBalancer::new(recommending()).unwrap();
        let mut random = Random::stream(9, 0);
        for step in 0..400 {
            let requests = 9000.0 * (1.0 + noise * (random.unit() - 0.5));
            balancer.observe(&record(step, "a", "search", requests)).unwrap();
        }
        balancer.recommendations().unwrap().remove(0)
    };
    let (calm, wild) = (hot(0.05), hot(1.0));
    assert!(
        wild.load > 1.2 * calm.load && wild.upper - wild.lower > calm.upper - calm.lower,
        "{calm:?} {wild:?}"
    );
}

#[test]
fn bad_input_is_refused_and_changes_nothing() {
    let mut balancer = LoadBalancer::new(config()).unwrap();
    assert!(matches!(balancer.predict("a", "b", 0), Err(Error::NotReady { .. })));
    assert!(matches!(balancer.recommendations(), Err(Error::NotReady { .. })));
    balancer.observe(&record(10, "a", "b", 1.0)).unwrap();
    assert!(matches!(balancer.recommendations(), Err(Error::Config { .. })));
    let before = balancer.clone();
    for bad in [f64::NAN, -1.0, f64::INFINITY] {
        assert!(
            balancer.observe(&record(11, "a", "b", bad)).unwrap_err().to_string().starts_with("requests")
        );
        let history = [record(11, "a", "b", 1.0), record(12, "a", "b", bad)];
        let refused = balancer.train(&history).unwrap_err().to_string();
        assert!(refused.starts_with("history, record 1: requests"), "{refused}");
    }
    assert!(balancer.observe(&record(8, "a", "b", 1.0)).unwrap_err().to_string().starts_with("time"));
    assert!(balancer.observe(&record(i64::MAX / STEP, "a", "b", 1.0)).is_err());
    assert!(balancer.predict("a", "b", 9 * STEP).is_err());
    let bad = QosProfile { max_latency_seconds: Some(-1.0), ..QosProfile::default() };
    assert!(balancer.set_profile(None, "b", bad).is_err());
    assert_eq!(balancer.snapshot().unwrap(), before.snapshot().unwrap());
    let refused = |config: LoadBalancerConfig| LoadBalancer::new(config).unwrap_err().to_string();
    assert!(refused(LoadBalancerConfig { confidence: 1.0, ..config() }).starts_with("confidence"));
    assert!(refused(LoadBalancerConfig { season_seconds: 1e9, ..config() }).starts_with("season_seconds"));
    let lone = vec![kind("fast", Tier::Hot, 1.0, 1.0)];
    assert_eq!(
        refused(LoadBalancerConfig { instances: lone, ..config() }),
        "instances: has no kind for the warm tier"
    );
}

#[test]
fn a_time_that_must_be_a_mistake_is_refused_and_counting_goes_on() {
    const YEARS: i64 = 2 * 366 * DAY;
    let mut balancer = LoadBalancer::new(config()).unwrap();
    let history = [record(YEARS, "a", "b", 1.0), record(0, "a", "b", 1.0)];
    assert!(balancer.train(&history).unwrap_err().to_string().starts_with("time: "));
    balancer.observe(&record(0, "a", "b", 1.0)).unwrap();
    assert!(balancer.train(&history[..1]).unwrap_err().to_string().starts_with("time: "));
    assert!(balancer.observe(&history[0]).is_err());
    balancer.observe(&record(1, "a", "b", 1.0)).unwrap();
    assert!(balancer.is_whole());
    balancer.dropped = u64::MAX;
    assert!(!balancer.is_whole());
}

#[test]
fn a_pause_of_the_counting_is_not_learned_and_a_silence_is() {
    let counted = || {
        let mut balancer = LoadBalancer::new(config()).unwrap();
        waves(&mut balancer, "search", 3, 0..DAY * 6);
        balancer
    };
    let foreseen = |balancer: &LoadBalancer| {
        let step = balancer.step().unwrap() + 1;
        let of_user =
            |user| balancer.predict(&format!("user {user}"), "search", step * STEP).unwrap().requests.mean;
        let loads = [of_user(0), of_user(2), balancer.tier_demand().unwrap().all.mean];
        loads.map(|load| load * 900.0 / wave(step, 100.0))
    };
    // For four hours of the day nobody counts; for as long everybody has 0 requests.
    let (mut away, mut silent, mut watched) = (counted(), counted(), counted());
    waves(&mut watched, "search", 3, DAY * 6..DAY * 6 + 17);
    for step in DAY * 6..DAY * 6 + 16 {
        silent.observe(&record(step, "user 0", "search", 0.0)).unwrap();
    }
    waves(&mut silent, "search", 3, DAY * 6 + 16..DAY * 6 + 17);
    waves(&mut away, "search", 3, DAY * 6 + 16..DAY * 6 + 17);
    for ((away, silent), watched) in
        foreseen(&away).into_iter().zip(foreseen(&silent)).zip(foreseen(&watched))
    {
        assert!((away / watched - 1.0).abs() < 0.12, "{away} for {watched}");
        assert!(silent < 0.8 * watched, "{silent} for {watched}");
    }
    let restored = LoadBalancer::restore(&away.snapshot().unwrap()).unwrap();
    assert_eq!(restored, away);
    // Where next to nothing is expected, nothing is no pause.
    let mut rare = LoadBalancer::new(config()).unwrap();
    (0..50).for_each(|time| rare.observe(&record(time * 10, "a", "b", 1.0)).unwrap());
    let load = rare.predict("a", "b", 495 * STEP).unwrap().requests.mean * 900.0;
    assert!(load < 0.3, "{load} of one in ten steps");
}

#[test]
fn profiles_are_bounded_and_can_always_be_changed() {
    let mut balancer = LoadBalancer::new(LoadBalancerConfig { most_keys: 20, ..config() }).unwrap();
    let profile = QosProfile::default();
    for user in 0..20 {
        balancer.set_profile(Some(&format!("u{user}")), &format!("a{}", user % 3), profile).unwrap();
    }
    assert!(balancer.set_profile(Some("u20"), "a0", profile).is_err());
    let other = QosProfile { priority: 7, ..profile };
    balancer.set_profile(Some("u0"), "a0", other).unwrap();
    assert_eq!(balancer.profile("u0", "a0"), other);
    for application in 3..40 {
        balancer.set_profile(None, &format!("a{application}"), profile).unwrap();
    }
    assert!(balancer.set_profile(None, "a40", profile).is_err());
    balancer.set_profile(None, "a39", other).unwrap();
    assert!(balancer.is_whole());
}

/// An upper limit below the mean says nothing of how unsure the mean is.
#[test]
fn an_upper_limit_below_the_mean_adds_no_variance() {
    let demand = |upper| {
        let mut balancer = LoadBalancer::new(config()).unwrap();
        balancer.observe(&record(1, "ann", "search", 90.0)).unwrap();
        let given = GivenForecast { time: 2 * STEP, mean: 900.0, upper };
        balancer.set_forecast("ann", "search", &[given]).unwrap();
        balancer.tier_demand().unwrap()
    };
    assert_eq!(demand(100.0), demand(900.0));
    assert!(demand(1800.0).all.variance > demand(900.0).all.variance);
}

#[test]
fn a_forecast_that_is_taken_back_leaves_no_application_behind() {
    let mut balancer = LoadBalancer::new(LoadBalancerConfig { most_keys: 20, ..config() }).unwrap();
    let empty = balancer.clone();
    for application in 0..50 {
        let name = format!("a{application}");
        let given = GivenForecast { time: STEP, mean: 9.0, upper: 18.0 };
        balancer.set_forecast("ann", &name, &[given]).unwrap();
        balancer.set_forecast("ann", &name, &[]).unwrap();
    }
    assert_eq!(balancer.snapshot().unwrap(), empty.snapshot().unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever comes in: what is saved comes back and goes on bit for bit, and no prediction is anything but a load.
    #[test]
    fn it_goes_on_as_if_it_had_never_stopped(
        records in prop::collection::vec((0i64..60, 0u8..12, 0u8..4, 0.0f64..1e6), 1..150), at in 0usize..150,
    ) {
        let mut balancer = LoadBalancer::new(LoadBalancerConfig { most_keys: 20, ..config() }).unwrap();
        let mut restored = None;
        let mut step = 0;
        for (place, (pause, user, application, requests)) in records.into_iter().enumerate() {
            step += if pause > 50 { 100 * pause } else { pause / 25 };
            let asked = record(step, &format!("u{user}"), &format!("a{application}"), requests);
            if place == at {
                restored = Some(LoadBalancer::restore(&balancer.snapshot().unwrap()).unwrap());
            }
            balancer.observe(&asked).unwrap();
            if let Some(restored) = &mut restored {
                restored.observe(&asked).unwrap();
                prop_assert_eq!(restored.snapshot().unwrap(), balancer.snapshot().unwrap());
            }
            let said = balancer.predict("u1", "a1", (step + 3) * STEP).unwrap();
            for range in [said.requests, said.cpu, said.memory, said.network] {
                prop_assert!(range.lower >= 0.0 && range.lower <= range.mean && range.mean <= range.upper && range.upper.is_finite());
            }
            prop_assert!(balancer.keys() <= 20 && balancer.is_whole());
        }
    }
}
