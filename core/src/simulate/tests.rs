//! The simulator against closed forms, and the oracle against everything else.

use super::*;
use crate::capacity::{Queue, Target};
use crate::load::Series;
use crate::policy::PolicyConfig;
use crate::{Error, Result};
use proptest::prelude::*;

fn world() -> World {
    World { service_rate: 1.0, counting_noise: false, season_seconds: 3600.0, ..World::default() }
}

fn run(loads: &[f64], step_seconds: f64, policies: &[&str], world: &World) -> Result<Report> {
    let load = Series::new(loads.to_vec(), 0, step_seconds)?;
    let policies: Result<Vec<PolicyConfig>> =
        policies.iter().map(|text| PolicyConfig::from_text(text)).collect();
    backtest(&load, &policies?, world, 1)
}

#[test]
fn a_steady_fleet_has_the_closed_forms_of_its_queue() {
    // The count that is needed is the one that the fleet begins with.
    let servers = crate::capacity::servers_for(7.0, 1.0, world().target()).unwrap();
    let fixed = format!(r#"{{"static": {{"replicas": {servers}}}}}"#);
    let report = run(&[7.0; 600], 60.0, &[&fixed], &world()).unwrap();
    let result = &report.policies[0];
    let queue = Queue::new(7.0, 1.0, servers).unwrap();
    for (found, p) in [(result.p50_seconds, 0.5), (result.p95_seconds, 0.95), (result.p99_seconds, 0.99)] {
        let exact = queue.response_quantile(p).unwrap();
        assert!((found / exact - 1.0).abs() < 2e-3, "p{p}: {found} against {exact}");
    }
    assert!((result.late_share() / queue.response_tail(4.0) - 1.0).abs() < 1e-9);
    let replica_hours = servers as f64 * 10.0;
    assert!((result.replica_hours - replica_hours).abs() < 1e-9 && result.cost == result.replica_hours);
    // 100 W idle, 200 W busy.
    let energy = replica_hours * (100.0 + 100.0 * queue.utilization()) / 1000.0;
    assert!((result.energy_kwh - energy).abs() < 1e-9, "{}", result.energy_kwh);
    assert_eq!((result.scale_events, result.violation_seconds, result.transition_energy_kwh), (0, 0.0, 0.0));
}

#[test]
fn overload_hurts_until_its_backlog_is_served() {
    // Ten minutes at 20 on 10 replicas leave 6,000 waiting; at 5 they are served at 5 a second, which takes 20 minutes.
    let loads = [vec![5.0; 10], vec![20.0; 10], vec![5.0; 60]].concat();
    let report = run(&loads, 60.0, &[r#"{"static": {"replicas": 10}}"#], &world()).unwrap();
    let result = &report.policies[0];
    let until_short_enough = 600.0 + 1200.0 - 40.0 / 5.0;
    assert!((result.violation_seconds - until_short_enough).abs() <= 30.0, "{}", result.violation_seconds);
    let longest = result.timeline.response_seconds.iter().copied().fold(0.0, f64::max);
    assert!((longest / 600.0 - 1.0).abs() < 0.05, "the last to arrive waits 6,000/10 s: {longest}");
}

#[test]
fn replicas_are_charged_from_creation_to_the_end_of_draining() {
    // The need rises once for ten minutes; with foresight the start-up of 120 s and the drain of 30 s are paid for.
    let loads = [vec![5.0; 30], vec![50.0; 10], vec![5.0; 30]].concat();
    let report = run(&loads, 60.0, &["oracle"], &world()).unwrap();
    let need = |load| f64::from(crate::capacity::servers_for(load, 1.0, world().target()).unwrap() as u32);
    let (low, high) = (need(5.0), need(50.0));
    let exact = (low * 4200.0 + (high - low) * (600.0 + 120.0 + 30.0)) / 3600.0;
    assert!((report.policies[0].replica_hours / exact - 1.0).abs() < 1e-9);
    assert_eq!((report.policies[0].violation_seconds, report.policies[0].over_provisioned_hours), (0.0, 0.0));
}

#[test]
fn missing_samples_and_other_steps_are_simulated() {
    for step_seconds in [1.0, 3.0, 10.0, 15.0, 60.0, 600.0] {
        let loads: Vec<f64> =
            (0..200).map(|i| if i % 17 == 3 { f64::NAN } else { 20.0 + f64::from(i % 30) }).collect();
        let policies = ["hpa", "hpa", "seasonal_max", "predictive", "oracle"];
        let report =
            run(&loads, step_seconds, &policies, &World { counting_noise: true, ..world() }).unwrap();
        assert_eq!(report.policies[1].policy, "hpa 2");
        assert_eq!(report.policies[0].cost, report.policies[1].cost);
        assert_eq!(report.policy("oracle").unwrap().violation_seconds, 0.0);
        let decisions = report.load.len();
        assert!(report.policies.iter().all(|result| result.timeline.ready.len() == decisions));
    }
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let loads: Vec<f64> = (0..300).map(|i| 30.0 + 20.0 * f64::from(i % 60) / 60.0).collect();
    let noisy = World { counting_noise: true, ..world() };
    let of = |seed| {
        let load = Series::new(loads.clone(), 0, 60.0).unwrap();
        backtest(&load, &[PolicyConfig::default()], &noisy, seed).unwrap().to_json()
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn bad_input_is_refused_by_name() {
    let refused = |result: Result<Report>| result.unwrap_err().to_string();
    assert!(refused(run(&[], 60.0, &["hpa"], &world())).starts_with("load: "));
    assert!(refused(run(&[1.0, -1.0], 60.0, &["hpa"], &world())).starts_with("load: value 1 of 2"));
    assert!(refused(run(&[f64::NAN], 60.0, &["hpa"], &world())).starts_with("values: all 1 are missing"));
    assert!(refused(run(&[1.0], 60.0, &[], &world())).starts_with("policies: "));
    assert!(refused(run(&[1.0], 60.0, &["hpa"], &World::default())).starts_with("service_rate: "));
    let bad = World { drain_seconds: -1.0, ..world() };
    assert!(refused(run(&[1.0], 60.0, &["hpa"], &bad)).starts_with("drain_seconds: "));
    let stopped = backtest_with_progress(
        &Series::new(vec![1.0], 0, 60.0).unwrap(),
        &[PolicyConfig::default()],
        &world(),
        0,
        &mut |_| false,
    );
    assert!(matches!(stopped, Err(Error::Stopped { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    /// Whatever a policy does, if it never breaks the promise it costs at least what the oracle costs, which never does either.
    #[test]
    fn no_policy_without_violations_costs_less_than_the_oracle(
        levels in prop::collection::vec(0.0..60.0f64, 1..12), length in 1usize..30, start_up in 0u32..300, drain in 0u32..90,
        replicas in 1u32..80,
    ) {
        let world = World { start_up_seconds: f64::from(start_up), drain_seconds: f64::from(drain), target: Some(Target::ResponseQuantile(0.95, 4.0)), ..world() };
        let loads: Vec<f64> = levels.iter().flat_map(|level| vec![*level; length]).collect();
        let fixed = format!(r#"{{"static": {{"replicas": {replicas}}}}}"#);
        let generous = r#"{"hpa": {"target_utilization": 0.2}}"#;
        let report = run(&loads, 60.0, &[&fixed, "hpa", generous, "seasonal_max", "predictive", "oracle"], &world).unwrap();
        let oracle = report.policy("oracle").unwrap();
        prop_assert_eq!(oracle.violation_seconds, 0.0);
        prop_assert_eq!(oracle.under_provisioned_hours, 0.0);
        for result in report.policies.iter().filter(|result| result.violation_seconds == 0.0) {
            prop_assert!(result.cost >= oracle.cost * (1.0 - 1e-12), "{} costs {}, the oracle {}", result.policy, result.cost, oracle.cost);
        }
        for point in report.frontier.iter().filter(|point| point.violation_share == 0.0) {
            prop_assert!(point.cost >= oracle.cost * (1.0 - 1e-12), "{point:?} against {}", oracle.cost);
        }
    }
}

#[test]
fn a_long_run_can_be_stopped_before_its_end() {
    let load = Series::new(vec![7.0; 10_000], 0, 15.0).unwrap();
    let mut shares = Vec::new();
    let mut impatient = |share| {
        shares.push(share);
        shares.len() < 4
    };
    let policies = [PolicyConfig::default()];
    let stopped = backtest_with_progress(&load, &policies, &world(), 1, &mut impatient).unwrap_err();
    assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
    assert!(shares.is_sorted() && shares[0] < shares[1] && shares[1] < shares[2], "{shares:?}");
    assert!((shares[0] / shares[1] - 0.8191).abs() < 1e-12, "told within the first run, and at its end");
}

#[test]
fn the_timeline_adds_up_to_the_totals_and_a_policy_does_not_differ_from_itself() {
    let loads: Vec<f64> = (0..720).map(|i| 20.0 + 15.0 * (f64::from(i) / 40.0).sin()).collect();
    let report = run(&loads, 60.0, &["hpa", "hpa", "predictive"], &world()).unwrap();
    for result in &report.policies {
        let Timeline { cost, energy_kwh, violation_seconds, late_requests, ready, .. } = &result.timeline;
        for (column, total) in [
            (cost, result.cost),
            (energy_kwh, result.energy_kwh),
            (violation_seconds, result.violation_seconds),
            (late_requests, result.late_requests),
        ] {
            assert_eq!(column.len(), ready.len());
            assert!((column.iter().sum::<f64>() - total).abs() < 1e-9 * total.abs().max(1.0), "{total}");
        }
    }
    let same = compare(&report, "hpa", "hpa 2", &ComparisonConfig::default()).unwrap();
    assert_eq!((same.cost.difference, same.cost.upper, same.cost.p_value), (0.0, 0.0, 1.0));
    let other = compare(&report, "hpa", "predictive", &ComparisonConfig::default()).unwrap();
    let cost = other.cost;
    let (hpa, predictive) = (report.policies[0].cost, report.policies[2].cost);
    assert!((cost.difference - (hpa - predictive)).abs() < 1e-9 && cost.lower < cost.difference);
    let turned = compare(&report, "predictive", "hpa", &ComparisonConfig::default()).unwrap();
    assert!((turned.cost.difference + cost.difference).abs() < 1e-9 && turned.cost.p_value == cost.p_value);
    for (first, second, config) in [
        ("kpa", "hpa", ComparisonConfig::default()),
        ("hpa", "hpa 2", ComparisonConfig { level: 1.0, ..Default::default() }),
        ("hpa", "hpa 2", ComparisonConfig { resamples: 5, ..Default::default() }),
        ("hpa", "hpa 2", ComparisonConfig { block_seconds: Some(f64::NAN), ..Default::default() }),
    ] {
        assert!(compare(&report, first, second, &config).is_err());
    }
    let short = run(&loads[..2], 60.0, &["hpa", "predictive"], &world()).unwrap();
    assert!(compare(&short, "hpa", "predictive", &ComparisonConfig::default()).is_err());
}

/// The pointwise stationary queue behind a fluid backlog against requests played one by one, over a load that changes.
#[test]
fn the_fluid_description_agrees_with_single_requests() {
    for servers in [1, 3, 20, 200] {
        let swing = |i: u32| 0.6 * f64::from(servers) * (1.0 + 0.3 * (f64::from(i) / 30.0).sin());
        let steps = 1_000_000 / (36 * servers);
        let loads: Vec<f64> = (0..steps).map(swing).collect();
        let fixed = format!(r#"{{"static": {{"replicas": {servers}}}}}"#);
        // The fleet that the load begins with is smaller or larger until the first decision is ready.
        let world = World { start_up_seconds: 0.0, min_replicas: servers, ..world() };
        let fluid = run(&loads, 60.0, &[&fixed], &world).unwrap();
        let played = run(&loads, 60.0, &[&fixed], &World { single_requests: true, ..world }).unwrap();
        let (fluid, played) = (&fluid.policies[0], &played.policies[0]);
        assert!((played.requests / fluid.requests - 1.0).abs() < 0.01);
        for (name, fluid, played) in [
            ("p50", fluid.p50_seconds, played.p50_seconds),
            ("p95", fluid.p95_seconds, played.p95_seconds),
            ("p99", fluid.p99_seconds, played.p99_seconds),
        ] {
            assert!(
                (fluid / played - 1.0).abs() < 0.02,
                "{servers} servers, {name}: {fluid} against {played}"
            );
        }
        assert_eq!(played.violation_seconds, fluid.violation_seconds);
    }
}

/// Lines that are limited or left, over a load that is too much for a third of the time.
#[test]
fn the_fluid_description_loses_as_many_requests_as_single_ones() {
    for (limit, patience) in [(Some(50), None), (None, Some(20.0)), (Some(5), Some(30.0))] {
        let servers = 20;
        let swing = |i: u32| 18.0 + 8.0 * (f64::from(i) / 40.0).sin();
        let loads: Vec<f64> = (0..1000).map(swing).collect();
        let fixed = format!(r#"{{"static": {{"replicas": {servers}}}}}"#);
        let world = World {
            start_up_seconds: 0.0,
            min_replicas: servers,
            max_replicas: servers,
            backlog_limit: limit,
            patience_seconds: patience,
            ..world()
        };
        let fluid = run(&loads, 60.0, &[&fixed], &world).unwrap();
        let played = run(&loads, 60.0, &[&fixed], &World { single_requests: true, ..world }).unwrap();
        let share = |report: &Report| report.policies[0].dropped_requests / report.policies[0].requests;
        let (fluid, played) = (share(&fluid), share(&played));
        assert!((fluid / played - 1.0).abs() < 0.03, "{limit:?} {patience:?}: {fluid} against {played}");
    }
}

/// A world in which everything that can go wrong does.
pub(super) fn rough() -> World {
    let tier = |name: &str, max_replicas| Tier { name: name.into(), max_replicas, ..Tier::default() };
    World {
        start_up_variation: 0.6,
        drain_variation: 0.4,
        warm_up_seconds: 60.0,
        warm_up_initial_share: 0.4,
        start_failure_share: 0.05,
        start_failure_seconds: 200.0,
        crashes_per_replica_hour: 0.2,
        counting_noise: true,
        metric_lag_seconds: 20.0,
        scrape_interval_seconds: Some(30.0),
        lost_sample_share: 0.05,
        tiers: vec![
            Tier { hardware: Some("m6g.large".into()), ..tier("reserved", Some(12)) },
            Tier {
                service_factor: Some(1.5),
                cost_per_replica_hour: Some(1.2),
                start_up_seconds: Some(60.0),
                crashes_per_replica_hour: Some(2.0),
                ..tier("spot", None)
            },
        ],
        arrival_cv: 1.3,
        service_cv: 0.8,
        backlog_limit: Some(500),
        patience_seconds: Some(30.0),
        ..world()
    }
}

#[test]
fn a_rough_world_is_the_same_for_the_same_seed_and_its_tiers_add_up() {
    let loads: Vec<f64> = (0..400).map(|i| 15.0 + 12.0 * (f64::from(i) / 30.0).sin()).collect();
    let first = run(&loads, 60.0, &["hpa", "predictive"], &rough()).unwrap();
    assert_eq!(first.to_json(), run(&loads, 60.0, &["hpa", "predictive"], &rough()).unwrap().to_json());
    for result in &first.policies {
        let sum = |of: fn(&TierResult) -> f64| result.tiers.iter().map(of).sum::<f64>();
        for (total, tiers) in [
            (result.replica_hours, sum(|tier| tier.replica_hours)),
            (result.cost, sum(|tier| tier.cost)),
            (result.energy_kwh, sum(|tier| tier.energy_kwh)),
            (result.cost, result.timeline.cost.iter().sum()),
        ] {
            assert!((total / tiers - 1.0).abs() < 1e-9, "{total} {tiers}");
        }
        assert!(result.crashes > 0 && result.failed_starts > 0 && result.dropped_requests > 0.0);
        assert!(result.violation_requests < result.requests);
        assert!(result.late_requests >= result.dropped_requests);
    }
    assert!(first.policies[0].violation_requests > 0.0, "reacting is too late for some");
    let played = run(&loads, 60.0, &["hpa"], &World { single_requests: true, ..rough() }).unwrap();
    assert!(played.policies[0].dropped_requests > 0.0);
}

#[test]
fn what_goes_wrong_costs_service_and_late_metrics_do_too() {
    let loads: Vec<f64> = (0..1440).map(|i| 40.0 + 30.0 * (f64::from(i) / 60.0).sin()).collect();
    let broken = |change: World| run(&loads, 60.0, &["hpa"], &change).unwrap().policies[0].violation_share();
    let plain = broken(world());
    for worse in [
        World { metric_lag_seconds: 300.0, ..world() },
        World { scrape_interval_seconds: Some(300.0), ..world() },
        World { crashes_per_replica_hour: 2.0, ..world() },
        World { start_failure_share: 0.5, ..world() },
        World { warm_up_seconds: 600.0, warm_up_initial_share: 0.1, ..world() },
        World { service_cv: 3.0, arrival_cv: 3.0, ..world() },
    ] {
        assert!(broken(worse.clone()) > plain, "{worse:?}");
    }
}

#[test]
fn settings_of_a_rough_world_are_refused_by_name() {
    let refused = |change: &str| {
        let text = format!("{{\"service_rate\": 10, {change}}}");
        World::from_json(&text).unwrap_err().to_string()
    };
    for (change, field) in [
        ("\"start_up_variation\": -1", "start_up_variation: must be 0 to 10"),
        ("\"warm_up_initial_share\": 1.1", "warm_up_initial_share"),
        ("\"start_failure_share\": 2", "start_failure_share"),
        ("\"crashes_per_replica_hour\": 1e9", "crashes_per_replica_hour"),
        ("\"metric_lag_seconds\": -3", "metric_lag_seconds"),
        ("\"scrape_interval_seconds\": 0", "scrape_interval_seconds"),
        ("\"lost_sample_share\": 7", "lost_sample_share"),
        ("\"arrival_cv\": 1e5", "arrival_cv"),
        ("\"service_cv\": 0.01, \"single_requests\": true", "service_cv"),
        ("\"backlog_limit\": 100000000", "backlog_limit"),
        ("\"patience_seconds\": 0", "patience_seconds"),
        ("\"response_curve\": []", "response_curve"),
        ("\"response_curve\": [[0, 0.1], [0, 0.2]]", "response_curve: utilization must rise"),
        ("\"response_curve\": [[0, 5]]", "response_curve: is 5 s at the least"),
        ("\"response_curve\": [[0, 0.1]], \"target\": {\"mean_wait\": 1}", "response_curve: can only judge"),
        ("\"tiers\": [{\"name\": \"a\", \"max_replicas\": 3}]", "tiers: hold 3 replicas"),
        ("\"tiers\": [{\"name\": \"a\", \"speed\": 3}]", "tiers[0].speed"),
        ("\"tiers\": [{\"name\": \"a\", \"hardware\": \"z80\"}]", "tiers[0].hardware"),
        ("\"tiers\": [{\"name\": \"a\"}, {\"name\": \"a\"}]", "tiers[1].name"),
        ("\"tiers\": [{\"name\": \"a\", \"service_factor\": 0}]", "tiers[0].service_factor"),
        ("\"start_up_variation\": 1, \"max_replicas\": 200000", "max_replicas"),
    ] {
        let found = refused(change);
        assert!(found.starts_with(field), "{change}: {found}");
    }
}
