//! The behaviours that regions are for, one scenario each, and what must hold whatever the actuator does.

use super::*;
use crate::math::cos;
use crate::pool::Outcome;
use crate::random::Random;
use proptest::prelude::*;
use std::collections::BTreeSet;

const STEP: i64 = 300_000;
const NAMES: [&str; 3] = ["europe", "america", "asia"];

fn region(name: &str, capacity: u32) -> Region {
    Region { name: name.into(), capacity, cost: 1.0, watts: 500.0 }
}

/// Three regions, 90 ms from Europe to America, 150 ms and 200 ms to Asia, and the application `shop` of 10 requests a second.
fn regions(config: RegionsConfig) -> Regions {
    let mut regions = Regions::new(config).unwrap();
    NAMES.iter().for_each(|name| regions.set_region(region(name, 100)).unwrap());
    let latency = |from: usize, to: usize, milliseconds| Latency {
        from: NAMES[from].into(),
        to: NAMES[to].into(),
        milliseconds,
    };
    let latencies = vec![latency(0, 1, 90.0), latency(0, 2, 150.0), latency(1, 2, 200.0)];
    regions.set_latencies(latencies).unwrap();
    regions.set_application(Application::new("shop", 10.0)).unwrap();
    regions
}

/// A load of so many replicas' worth from each region, from `now` on.
fn load(regions: &mut Regions, now: i64, application: &str, replicas: [f64; 3]) {
    for (name, replicas) in NAMES.iter().zip(replicas) {
        let volume = replicas * 10.0 * 300.0;
        let at = |step: i64| GivenForecast { time: now + step * STEP, mean: volume, upper: volume };
        let forecast: Vec<GivenForecast> = (-1..40).map(at).collect();
        regions.set_forecast(name, application, &forecast).unwrap();
    }
}

/// Plans until nothing is left to do, with an actuator that obeys.
fn settle(regions: &mut Regions, now: i64) {
    for _ in 0..20 {
        let asked = regions.plan(now).unwrap();
        asked.iter().for_each(|order| regions.report(order.id, Outcome::Confirmed).unwrap());
        if asked.is_empty() {
            return;
        }
    }
    panic!("it never settles");
}

fn wanted(regions: &Regions, application: &str) -> Vec<u32> {
    let all = regions.replicas();
    all.iter().filter(|cell| cell.application == application).map(|cell| cell.wanted).collect()
}

/// The share of a source's requests that a region serves.
fn share(regions: &Regions, source: &str, region: &str) -> f64 {
    let routes = regions.routes();
    let route = routes.iter().find(|route| route.source == source && route.application == "shop").unwrap();
    route.shares.iter().find(|share| share.region == region).map_or(0.0, |share| share.share)
}

fn unserved(regions: &Regions, application: &str, source: &str) -> (f64, Option<RouteLimit>) {
    let routes = regions.routes();
    let route = routes.iter().find(|route| route.source == source && route.application == application);
    route.map(|route| (route.unserved, route.limited_by)).unwrap()
}

#[test]
fn replicas_follow_the_sun() {
    let mut regions = regions(RegionsConfig::default());
    let rate = |place: usize, step: i64| {
        let hour = (step % 288) as f64 / 12.0 + 8.0 * place as f64;
        200.0 - 150.0 * cos(std::f64::consts::TAU * (hour - 6.0) / 24.0)
    };
    let mut peaks = Vec::new();
    for step in 0..288 * 4 {
        for (place, name) in NAMES.iter().enumerate() {
            regions.observe(step * STEP + 1, name, "shop", rate(place, step) * 300.0).unwrap();
        }
        settle(&mut regions, (step + 1) * STEP);
        if step >= 288 * 3 && (step + 1) % 96 == 24 * 9 % 96 {
            peaks.push(wanted(&regions, "shop"));
        }
    }
    // Where it is noon the most replicas run, and each region has its noon.
    let most: BTreeSet<usize> =
        peaks.iter().map(|counts| (0..3).max_by_key(|place| counts[*place]).unwrap()).collect();
    assert_eq!(most, BTreeSet::from([0, 1, 2]), "{peaks:?}");
    assert!(
        peaks.iter().all(|counts| *counts.iter().max().unwrap() >= 33 && *counts.iter().min().unwrap() <= 24)
    );
}

#[test]
fn what_may_move_follows_clean_power_and_what_may_not_stays() {
    let config = RegionsConfig { carbon_price: 10.0, ..RegionsConfig::default() };
    let mut regions = regions(config);
    regions
        .set_application(Application { most_latency: Some(50.0), ..Application::new("chat", 10.0) })
        .unwrap();
    let carbon = |values: [f64; 2]| -> Vec<CarbonIntensity> {
        (0..2).map(|i| CarbonIntensity { time: i * 100 * STEP, grams: values[i as usize] }).collect()
    };
    // First America's power is clean, then Europe's.
    regions.set_carbon("europe", carbon([600.0, 30.0])).unwrap();
    regions.set_carbon("america", carbon([30.0, 600.0])).unwrap();
    for (now, clean) in [(0, "america"), (100 * STEP, "europe")] {
        load(&mut regions, now, "shop", [8.0, 8.0, 0.0]);
        load(&mut regions, now, "chat", [5.0, 5.0, 0.0]);
        settle(&mut regions, now + 1);
        assert_eq!((share(&regions, "europe", clean), share(&regions, "america", clean)), (1.0, 1.0));
        assert_eq!(wanted(&regions, "chat"), [5, 5, 0], "too far");
    }
    let shifted =
        |record: &RegionRecord| record.reason == RegionReason::Shifted && record.application == "shop";
    assert!(regions.journal().records().iter().any(shifted));
}

#[test]
fn the_load_of_a_lost_region_goes_to_the_others_and_comes_back_step_by_step() {
    let mut regions = regions(RegionsConfig::default());
    load(&mut regions, 0, "shop", [40.0, 30.0, 20.0]);
    settle(&mut regions, 1);
    assert_eq!(wanted(&regions, "shop"), [40, 30, 20]);
    regions.region_lost("europe").unwrap();
    // Until others have started, nobody serves its requests.
    let asked = regions.plan(2).unwrap();
    assert_eq!(unserved(&regions, "shop", "europe"), (1.0, Some(RouteLimit::Starting)));
    asked.iter().for_each(|order| regions.report(order.id, Outcome::Confirmed).unwrap());
    settle(&mut regions, 3);
    assert_eq!(wanted(&regions, "shop"), [0, 70, 20], "the nearest takes it");
    assert_eq!(share(&regions, "europe", "america"), 1.0);
    assert!(regions.explain("shop").unwrap().contains("Lost: europe"));
    // With less room in America the rest goes to Asia.
    regions.set_region(region("america", 60)).unwrap();
    settle(&mut regions, 4);
    assert_eq!(wanted(&regions, "shop"), [0, 60, 30]);
    regions.region_back("europe").unwrap();
    let mut back = Vec::new();
    for round in 0..4 {
        regions
            .plan(5 + round)
            .unwrap()
            .iter()
            .for_each(|order| regions.report(order.id, Outcome::Confirmed).unwrap());
        back.push(wanted(&regions, "shop")[0]);
    }
    assert_eq!(back, [25, 40, 40, 40], "a quarter of its room in each round");
}

#[test]
fn requests_that_must_stay_are_not_served_elsewhere() {
    let mut regions = regions(RegionsConfig::default());
    let residency = BTreeMap::from([("europe".to_owned(), vec!["europe".to_owned()])]);
    regions.set_application(Application { residency, ..Application::new("shop", 10.0) }).unwrap();
    regions.set_region(region("europe", 10)).unwrap();
    load(&mut regions, 0, "shop", [15.0, 10.0, 0.0]);
    settle(&mut regions, 1);
    assert_eq!(wanted(&regions, "shop"), [10, 10, 0]);
    let (share, limit) = unserved(&regions, "shop", "europe");
    assert!((share - 1.0 / 3.0).abs() < 1e-9 && limit == Some(RouteLimit::Capacity));
    regions.region_lost("europe").unwrap();
    settle(&mut regions, 2);
    assert_eq!(unserved(&regions, "shop", "europe"), (1.0, Some(RouteLimit::NoRegion)));
}

#[test]
fn the_budget_of_all_goes_to_the_important_first() {
    for (budget, most) in [
        (GlobalBudget::Replicas(20.0), 20.0),
        (GlobalBudget::Cost(20.0), 20.0),
        (GlobalBudget::Watts(10_000.0), 20.0),
    ] {
        let mut regions = regions(RegionsConfig { budget: Some(budget), ..RegionsConfig::default() });
        regions.set_application(Application { priority: 1, ..Application::new("pay", 10.0) }).unwrap();
        load(&mut regions, 0, "shop", [10.0, 10.0, 10.0]);
        load(&mut regions, 0, "pay", [4.0, 4.0, 4.0]);
        settle(&mut regions, 1);
        assert_eq!(wanted(&regions, "pay"), [4, 4, 4]);
        assert_eq!(f64::from(wanted(&regions, "shop").iter().sum::<u32>()), most - 12.0);
        let limits: Vec<_> = NAMES.iter().map(|name| unserved(&regions, "shop", name).1).collect();
        assert!(limits.contains(&Some(RouteLimit::Budget)), "{limits:?}");
        assert!(regions.explain("shop").unwrap().contains("the budget does not pay for more"));
    }
}

#[test]
fn routes_do_not_flap_for_little() {
    let mut regions = regions(RegionsConfig::default());
    regions.set_region(Region { cost: 2.0, ..region("europe", 100) }).unwrap();
    load(&mut regions, 0, "shop", [10.0, 0.0, 0.0]);
    settle(&mut regions, 1);
    assert_eq!(share(&regions, "europe", "america"), 1.0);
    // As dear as America by less than the price of moving back, and then by more.
    regions.set_region(Region { cost: 1.88, ..region("europe", 100) }).unwrap();
    settle(&mut regions, 2);
    assert_eq!(share(&regions, "europe", "america"), 1.0);
    regions.set_region(Region { cost: 1.8, ..region("europe", 100) }).unwrap();
    settle(&mut regions, 3);
    assert_eq!(share(&regions, "europe", "europe"), 1.0);
}

#[test]
fn requests_go_only_where_replicas_run_and_the_old_ones_stay_until_then() {
    let mut regions = regions(RegionsConfig::default());
    load(&mut regions, 0, "shop", [10.0, 0.0, 0.0]);
    settle(&mut regions, 1);
    regions.set_region(Region { cost: 9.0, ..region("europe", 100) }).unwrap();
    let asked = regions.plan(2).unwrap();
    let up = RegionAction::Scale { region: "america".into(), application: "shop".into(), replicas: 10 };
    assert_eq!(asked.iter().map(|order| &order.action).collect::<Vec<_>>(), [&up], "first up");
    assert_eq!(share(&regions, "europe", "europe"), 1.0);
    regions.report(asked[0].id, Outcome::Confirmed).unwrap();
    let asked = regions.plan(3).unwrap();
    let down = RegionAction::Scale { region: "europe".into(), application: "shop".into(), replicas: 0 };
    assert_eq!(asked.iter().map(|order| &order.action).collect::<Vec<_>>(), [&down], "then down");
    assert_eq!(share(&regions, "europe", "america"), 1.0);
}

#[test]
fn what_was_confirmed_but_does_not_run_is_asked_for_again() {
    let mut regions = regions(RegionsConfig::default());
    load(&mut regions, 0, "shop", [10.0, 0.0, 0.0]);
    settle(&mut regions, 1);
    let running = RunningReplicas { region: "europe".into(), application: "shop".into(), replicas: 4 };
    regions.reconcile(2, &[running]).unwrap();
    let asked = regions.plan(3).unwrap();
    assert!(matches!(&asked[0].action, RegionAction::Scale { replicas: 10, .. }));
    assert_eq!(unserved(&regions, "shop", "europe"), (0.6, Some(RouteLimit::Starting)));
}

/// What is asked for by an instruction that nobody has would never be asked for again.
#[test]
fn state_that_waits_for_an_instruction_that_is_not_open_is_refused() {
    let mut regions = regions(RegionsConfig::default());
    load(&mut regions, 0, "shop", [5.0, 5.0, 5.0]);
    regions.plan(0).unwrap();
    assert!(Regions::restore(&regions.snapshot().unwrap()).is_ok());
    for order in [77, u64::MAX] {
        regions.services[0].cells[0].order = order;
        assert!(Regions::restore(&regions.snapshot().unwrap()).is_err());
    }
}

#[test]
fn they_go_on_after_a_restore_as_if_they_had_never_stopped() {
    let mut first =
        regions(RegionsConfig { budget: Some(GlobalBudget::Cost(50.0)), ..RegionsConfig::default() });
    let steps = |regions: &mut Regions, steps: std::ops::Range<i64>| {
        for step in steps {
            for (place, name) in NAMES.iter().enumerate() {
                let requests = 30_000.0 + 9_000.0 * ((step + 3 * place as i64) % 7) as f64;
                regions.observe(step * STEP + 1, name, "shop", requests).unwrap();
            }
            settle(regions, (step + 1) * STEP);
        }
    };
    steps(&mut first, 0..40);
    let mut again = Regions::restore(&first.snapshot().unwrap()).unwrap();
    steps(&mut first, 40..60);
    steps(&mut again, 40..60);
    let bytes = first.snapshot().unwrap();
    assert!(bytes == again.snapshot().unwrap());
    (0..bytes.len()).step_by(997).for_each(|length| assert!(Regions::restore(&bytes[..length]).is_err()));
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let mut regions = regions(RegionsConfig::default());
    let said = |result: Result<()>| result.unwrap_err().to_string();
    assert!(said(regions.observe(0, "mars", "shop", 1.0)).starts_with("region: \"mars\" is not known"));
    assert!(said(regions.observe(0, "asia", "bank", 1.0)).starts_with("application"));
    assert!(said(regions.observe(0, "asia", "shop", f64::NAN)).starts_with("requests"));
    assert!(
        said(regions.set_region(Region { cost: -1.0, ..region("asia", 1) })).starts_with("region asia: cost")
    );
    assert!(said(regions.set_application(Application::new("x", 0.0))).contains("service_rate"));
    assert!(
        said(regions.set_carbon("asia", vec![CarbonIntensity { time: 0, grams: f64::NAN }]))
            .starts_with("carbon")
    );
    let back = [3, 2].map(|time| CarbonIntensity { time, grams: 1.0 });
    assert!(said(regions.set_carbon("asia", back.to_vec())).contains("must rise"));
    let far = Latency { from: "asia".into(), to: "europe".into(), milliseconds: 1e306 };
    assert!(said(regions.set_latencies(vec![far])).starts_with("latency from asia to europe"));
    assert!(said(regions.set_region(Region { cost: 1e-310, ..region("asia", 1) })).contains("cost"));
    let found = RunningReplicas { region: "asia".into(), application: "shop".into(), replicas: 1 };
    assert!(said(regions.reconcile(0, &[found.clone(), found])).starts_with("running"));
    regions.plan(10).unwrap();
    assert!(regions.plan(9).is_err());
    assert!(regions.report(1, Outcome::Confirmed).is_err());
    for place in 0..61 {
        regions.set_region(region(&place.to_string(), 1)).unwrap();
    }
    assert!(said(regions.set_region(region("one more", 1))).starts_with("regions: 65"));
    for place in 1..31 {
        regions.set_application(Application::new(place.to_string(), 1.0)).unwrap();
    }
    assert!(said(regions.set_application(Application::new("one more", 1.0))).contains("2000 pairs"));
    let config = RegionsConfig { budget: Some(GlobalBudget::Watts(-1.0)), ..RegionsConfig::default() };
    assert!(Regions::new(config).unwrap_err().to_string().starts_with("budget"));
}

/// Twenty applications of 0.3 replicas each from Europe, which may not leave it.
fn many_small(config: RegionsConfig, capacity: u32) -> Regions {
    let mut regions = regions(config);
    regions.set_region(region("europe", capacity)).unwrap();
    for number in 0..20 {
        let name = format!("small {number}");
        let application = Application { most_latency: Some(0.0), ..Application::new(name.as_str(), 10.0) };
        regions.set_application(application).unwrap();
        load(&mut regions, 0, &name, [0.3, 0.0, 0.0]);
    }
    settle(&mut regions, 1);
    regions
}

#[test]
fn a_region_too_small_for_all_in_whole_replicas_serves_as_many_as_it_can() {
    let budget = Some(GlobalBudget::Replicas(10.0));
    for (config, capacity, limit) in [
        (RegionsConfig::default(), 10, RouteLimit::Capacity),
        (RegionsConfig { budget, ..RegionsConfig::default() }, 100, RouteLimit::Budget),
    ] {
        let regions = many_small(config, capacity);
        let all = regions.replicas();
        assert_eq!(all.iter().map(|cell| cell.wanted).sum::<u32>(), 10);
        for route in regions.routes().iter().filter(|route| route.application.starts_with("small")) {
            if route.source == "europe" && route.shares.is_empty() {
                assert_eq!((route.unserved, route.limited_by), (1.0, Some(limit)), "{}", route.application);
            }
        }
    }
}

#[test]
fn what_runs_serves_the_load_of_now_while_more_starts() {
    let mut regions = regions(RegionsConfig::default());
    load(&mut regions, 0, "shop", [3.0, 0.0, 0.0]);
    settle(&mut regions, 1);
    let at =
        |(step, requests): (i64, f64)| GivenForecast { time: step * STEP, mean: requests, upper: requests };
    let ramp = [9_000.0, 18_000.0, 18_000.0, 18_000.0];
    let ramp: Vec<GivenForecast> = (0..).zip(ramp).map(at).collect();
    regions.set_forecast("europe", "shop", &ramp).unwrap();
    let asked = regions.plan(2).unwrap();
    assert!(matches!(&asked[0].action, RegionAction::Scale { replicas: 6, .. }), "{asked:?}");
    assert_eq!(unserved(&regions, "shop", "europe"), (0.0, None));
}

#[test]
fn priority_comes_before_cost_where_the_budget_is_short() {
    let only = |name: &str| BTreeMap::from([("europe".to_owned(), vec![name.to_owned()])]);
    let planned = |budget: f64, capacity: u32, costs: [f64; 3], pay: BTreeMap<String, Vec<String>>| {
        let budget = Some(GlobalBudget::Cost(budget));
        let mut regions = regions(RegionsConfig { budget, ..RegionsConfig::default() });
        NAMES.iter().zip(costs).for_each(|(name, cost)| {
            regions.set_region(Region { cost, ..region(name, capacity) }).unwrap();
        });
        regions
            .set_application(Application { residency: only("europe"), ..Application::new("shop", 10.0) })
            .unwrap();
        let pay = Application { priority: 1, residency: pay, ..Application::new("pay", 10.0) };
        regions.set_application(pay).unwrap();
        load(&mut regions, 0, "shop", [20.0, 0.0, 0.0]);
        load(&mut regions, 0, "pay", [10.0, 0.0, 0.0]);
        settle(&mut regions, 1);
        (wanted(&regions, "pay"), wanted(&regions, "shop"))
    };
    // Shop gets three times as many replicas out of the budget, and yet pay is served first.
    assert_eq!(planned(30.0, 100, [1.0, 9.0, 3.0], only("asia")), (vec![0, 0, 10], vec![0, 0, 0]));
    // Pay makes room for shop as far as the budget pays for both.
    assert_eq!(planned(20.0, 10, [1.0, 2.0, 9.0], BTreeMap::new()), (vec![5, 5, 0], vec![5, 0, 0]));
}

#[test]
fn nothing_is_sent_to_a_lost_region_from_that_moment_on() {
    let mut regions = regions(RegionsConfig::default());
    load(&mut regions, 0, "shop", [40.0, 30.0, 20.0]);
    settle(&mut regions, 1);
    regions.region_lost("europe").unwrap();
    assert_eq!(share(&regions, "europe", "europe"), 0.0);
    assert_eq!(unserved(&regions, "shop", "europe"), (1.0, Some(RouteLimit::Starting)));
    assert_eq!(unserved(&regions, "shop", "asia"), (0.0, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Whatever load, failures and actuator: regions stay within their capacity and all within the budget, shares are 1 together, and
    /// with an honest actuator what is wanted runs.
    #[test]
    fn limits_hold_whatever_the_actuator_does(seed in 0u64..10_000, failing in 0.0f64..0.6, slow in 0.0f64..0.6, budget in 5.0f64..80.0) {
        let mut random = Random::stream(seed, 0);
        let retry = crate::pool::RetryConfig { timeout_seconds: 400.0, attempts: 2, backoff: 1.0 };
        let budget = GlobalBudget::Replicas(budget.floor());
        let mut regions = regions(RegionsConfig { retry, budget: Some(budget), ..RegionsConfig::default() });
        regions.set_application(Application { priority: 2, most_latency: Some(100.0), ..Application::new("pay", 3.0) }).unwrap();
        NAMES.iter().for_each(|name| regions.set_region(region(name, 25)).unwrap());
        let mut late = Vec::new();
        for step in 0..40i64 {
            let (now, is_honest) = ((step + 1) * STEP, step >= 30);
            for name in NAMES {
                let scale = if is_honest { 9.0 } else { 20.0 * random.unit() };
                for application in ["shop", "pay"] {
                    regions.observe(now - 1, name, application, scale * 300.0 * 5.0 * random.unit()).unwrap();
                }
            }
            if !is_honest && random.unit() < 0.1 {
                regions.region_lost(NAMES[random.below(3) as usize]).unwrap();
            }
            if random.unit() < 0.3 || is_honest {
                NAMES.iter().for_each(|name| regions.region_back(name).unwrap());
            }
            for order in regions.plan(now).unwrap() {
                let outcome = if !is_honest && random.unit() < failing { Outcome::Failed } else { Outcome::Confirmed };
                if !is_honest && random.unit() < slow {
                    late.push((order.id, outcome));
                    continue;
                }
                regions.report(order.id, outcome).unwrap();
                let before = regions.snapshot().unwrap();
                regions.report(order.id, outcome).unwrap();
                prop_assert!(regions.snapshot().unwrap() == before, "the same report again changes nothing");
            }
            if random.unit() < 0.3 {
                late.drain(..).for_each(|(id, outcome)| regions.report(id, outcome).unwrap());
            }
            let all = regions.replicas();
            for name in NAMES {
                let sum: u32 = all.iter().filter(|cell| cell.region == name).map(|cell| cell.wanted).sum();
                prop_assert!(sum <= 25);
            }
            prop_assert!(f64::from(all.iter().map(|cell| cell.wanted).sum::<u32>()) <= budget.limit());
            for route in regions.routes() {
                let sum: f64 = route.shares.iter().map(|share| share.share).sum::<f64>() + route.unserved;
                prop_assert!((sum - 1.0).abs() < 1e-6, "{route:?}");
                prop_assert_eq!(route.unserved > 0.0, route.limited_by.is_some());
            }
            prop_assert!(regions.is_whole());
        }
        let now = 41 * STEP;
        late.drain(..).for_each(|(id, outcome)| regions.report(id, outcome).unwrap());
        settle(&mut regions, now);
        prop_assert!(regions.replicas().iter().all(|cell| cell.running == cell.wanted));
        prop_assert_eq!(regions.orders.open().count(), 0);
    }
}
