//! What is refused, by name and without a trace; and what is not known.

use super::tests::{MINUTE, known, manager, obey, request, status};
use super::*;
use crate::pool::orders::Outcome;
use crate::pool::tiers::ExpectedLoad;
use proptest::prelude::*;

/// Numbers that no input should do harm with.
const HOSTILE: [f64; 14] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    -1.0,
    -9e18,
    -0.0,
    0.0,
    5e-324,
    1e-9,
    5.0,
    1e9,
    1e12,
    1e100,
    f64::MAX,
];
const TIMES: [i64; 7] = [i64::MIN, -1, 0, 100 * MINUTE, 1 << 50, 1 << 60, i64::MAX];

#[test]
fn a_part_above_its_whole_is_refused() {
    let mut manager = manager();
    for (demand, said) in [
        (
            known(50.0, 50.0, 1.0),
            "demand.can_wait_for_warm: (mean 50, variance 0) is above demand.all (mean 1, variance 0), which includes it",
        ),
        (
            known(50.0, 40.0, 60.0),
            "demand.cannot_wait: (mean 50, variance 0) is above demand.can_wait_for_warm (mean 40, variance 0), which includes it",
        ),
    ] {
        assert_eq!(manager.foresee(0, &demand).unwrap_err().to_string(), said);
    }
    // A lower mean that is less sure may be the higher load.
    let unsure = ExpectedLoad { mean: 45.0, variance: 100.0 };
    let demand = TierDemand { all: unsure, can_wait_for_warm: unsure, ..known(50.0, 50.0, 50.0) };
    assert!(manager.foresee(0, &demand).is_ok());
}

#[test]
fn a_pause_takes_nothing_away_until_something_is_known_again() {
    let mut manager = manager();
    let seen = |load| TierObservation {
        tier: Tier::Hot,
        load: Some(load),
        latency_seconds: None,
        utilization: None,
    };
    manager.foresee(0, &known(35.0, 70.0, 70.0)).unwrap();
    manager.observe(0, &seen(70.0)).unwrap();
    obey(&mut manager, 0);
    let units =
        |manager: &ResourceManager| (status(manager, Tier::Hot).serving, status(manager, Tier::Warm).resting);
    assert_eq!(units(&manager), (10, 5));
    // For more than an hour nobody calls: neither the observation nor the forecast counts any longer.
    for minute in 90..93 {
        assert!(obey(&mut manager, minute * MINUTE).is_empty());
    }
    assert!(manager.explain().unwrap().contains("neither a load nor a forecast is known any longer"));
    let restored = ResourceManager::restore(&manager.snapshot().unwrap()).unwrap();
    assert_eq!(restored, manager);
    // A lost unit is replaced all the same.
    manager.unit_lost(93 * MINUTE, 1).unwrap();
    (0..2).for_each(|_| drop(obey(&mut manager, 93 * MINUTE)));
    assert_eq!(units(&manager), (10, 5));
    // What is seen, and foreseen, counts.
    manager.observe(94 * MINUTE, &seen(35.0)).unwrap();
    manager.foresee(94 * MINUTE, &known(35.0, 35.0, 35.0)).unwrap();
    (94..106).for_each(|minute| drop(obey(&mut manager, minute * MINUTE)));
    assert_eq!(units(&manager), (5, 0));
}

#[test]
fn a_wrong_stamp_does_no_lasting_harm() {
    let now = 1_760_000_000_000;
    let mut manager = manager();
    manager.rebalance(now).unwrap();
    let before = manager.clone();
    for wrong in [now * 1000, i64::MAX, now + 400 * 86_400_000] {
        assert!(manager.rebalance(wrong).unwrap_err().to_string().starts_with("now: "));
        assert!(manager.foresee(wrong, &known(1.0, 1.0, 1.0)).is_err() && manager.release(wrong, 1).is_err());
        assert_eq!(manager, before);
    }
    assert!(manager.rebalance(now + 1).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    /// Whatever numbers come in: what is refused is named and leaves the manager as it was, and it goes on after all else.
    #[test]
    fn hostile_input_is_refused_by_name_or_harmless(
        calls in prop::collection::vec((0u8..7, prop::collection::vec(0usize..HOSTILE.len(), 6), 0usize..TIMES.len(), any::<bool>()), 1..12),
    ) {
        let mut manager = manager();
        let mut last = 0;
        for (what, numbers, time, is_timely) in calls {
            let number = |place: usize| HOSTILE[numbers[place]];
            let now = if is_timely { last } else { TIMES[time] };
            let before = manager.clone();
            let load = |place: usize| ExpectedLoad { mean: number(place), variance: number(place + 1) };
            let (result, names) = match what {
                0 => {
                    let demand = TierDemand { cannot_wait: load(0), can_wait_for_warm: load(2), all: load(4) };
                    (manager.foresee(now, &demand).map(drop), &["demand.", "now"][..])
                }
                1 => {
                    let observation =
                        TierObservation { tier: Tier::Hot, load: Some(number(0)), latency_seconds: Some(number(1)), utilization: Some(number(2)) };
                    (manager.observe(now, &observation), &["observation.", "now"][..])
                }
                2 => {
                    let mut asked = request(numbers[3] as u64, number(0), Some(number(1)), numbers[4] as i32 - 6);
                    asked.qos.cost_limit = (numbers[5] % 2 == 0).then_some(number(2));
                    (manager.allocate(now, &asked).map(drop), &["request.", "now"][..])
                }
                3 => {
                    let recommended = Recommendation {
                        tier: Tier::Warm,
                        kind: String::new(),
                        count: 1 << (4 * numbers[0]),
                        lower: 0,
                        upper: 0,
                        load: number(1),
                        quantile: number(2),
                        cost_per_hour: number(3),
                    };
                    (manager.follow(now, &vec![recommended; 1 + numbers[4] % 2]), &["recommendations[", "now"][..])
                }
                4 => {
                    let unit = InventoryUnit { unit: u64::MAX >> (4 * numbers[0]), tier: Tier::Hot, is_awake: None };
                    (manager.reconcile(now, &vec![unit; 1 + numbers[1] % 2]), &["inventory", "now"][..])
                }
                5 => (manager.rebalance(now).map(drop), &["now"][..]),
                _ => (manager.report(u64::MAX >> (4 * numbers[0]), Outcome::Confirmed), &["id"][..]),
            };
            match result {
                Ok(()) => last = manager.now(),
                Err(error) => {
                    let said = error.to_string();
                    prop_assert!(names.iter().any(|name| said.starts_with(name)), "{}", said);
                    prop_assert_eq!(manager.snapshot().unwrap(), before.snapshot().unwrap());
                }
            }
            prop_assert!(manager.is_whole());
            let mut goes_on = manager.clone();
            goes_on.rebalance(goes_on.now()).unwrap();
            prop_assert!(goes_on.is_whole() && goes_on.explain().is_ok());
            for status in goes_on.status().unwrap() {
                prop_assert!(status.watts.is_finite() && status.cost_per_hour.is_finite());
            }
        }
    }

    /// Settings: refused by name, or such that nothing that is computed from them is not finite.
    #[test]
    fn hostile_settings_are_refused_by_name_or_harmless(numbers in prop::collection::vec(0usize..HOSTILE.len(), 9)) {
        let mut config = ResourceManagerConfig::new(crate::pool::tiers::tests::tiers());
        let number = |place: usize| HOSTILE[numbers[place]];
        // Most stay as they are, so that some are accepted.
        let places: [(&mut f64, &str); 9] = [
            (&mut config.tiers.warm.service_rate, "warm.service_rate"),
            (&mut config.tiers.hot.cost_per_hour, "hot.cost_per_hour"),
            (&mut config.tiers.cold.busy_watts, "cold.busy_watts"),
            (&mut config.late_request_cost, "late_request_cost"),
            (&mut config.need_seconds, "need_seconds"),
            (&mut config.energy_price, "energy_price"),
            (&mut config.utilization, "utilization"),
            (&mut config.hold_seconds, "hold_seconds"),
            (&mut config.forecast_seconds, "forecast_seconds"),
        ];
        let mut names = Vec::new();
        for (place, (field, name)) in places.into_iter().enumerate() {
            if numbers[(place + 1) % 9] % 3 == 0 {
                *field = number(place);
                names.push(name);
            }
        }
        match ResourceManager::new(config) {
            Err(error) => {
                let said = error.to_string();
                prop_assert!(names.iter().any(|name| said.starts_with(name)), "{}", said);
            }
            Ok(mut manager) => {
                let sizes = manager.foresee(0, &known(50.0, 70.0, 90.0)).unwrap();
                prop_assert!(Tier::ALL.into_iter().all(|tier| sizes.of(tier).load.is_finite()));
                manager.allocate(0, &request(1, 30.0, Some(1.0), 0)).unwrap();
                let orders = manager.rebalance(0).unwrap();
                orders.iter().for_each(|order| manager.report(order.id, Outcome::Confirmed).unwrap());
                for status in manager.status().unwrap() {
                    prop_assert!(status.watts.is_finite() && status.cost_per_hour.is_finite());
                }
            }
        }
    }
}
