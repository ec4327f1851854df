//! What a trial of regions must find where the answer is known.

use super::*;
use crate::pool::{CarbonIntensity, GlobalBudget, Latency, RegionsConfig};
use crate::rows::Rows;
use crate::simulate::World;
use crate::simulate::schemes::{Scheme, SchemeConfig, SchemeReport, picture, run};

const DAY: i64 = 86_400_000;

fn world() -> World {
    World { service_rate: 1.0, interval_seconds: 60.0, counting_noise: false, ..World::default() }
}

/// Two regions 50 ms apart, a way that is worth less than moving is.
fn two() -> RegionsTrialConfig {
    let manager = RegionsConfig { latency_price: 0.0001, ..RegionsConfig::default() };
    let latencies = vec![Latency { from: "east".into(), to: "west".into(), milliseconds: 50.0 }];
    RegionsTrialConfig {
        manager,
        regions: ["east", "west"].map(TrialRegion::new).to_vec(),
        latencies,
        ..RegionsTrialConfig::default()
    }
}

fn config(settings: RegionsTrialConfig) -> SchemeConfig {
    SchemeConfig {
        scheme: Scheme::Regions(settings),
        world: world(),
        step_seconds: 300.0,
        sweep: false,
        learn_share: 0.5,
        ..SchemeConfig::default()
    }
}

fn tried(values: &[f64], columns: usize, config: &SchemeConfig) -> SchemeReport {
    run(Rows::new("loads", values, columns).unwrap(), config, 5).unwrap()
}

/// Constant loads of two rows over so many days.
fn constant(days: usize, east: f64, west: f64) -> Vec<f64> {
    [vec![east; 288 * days], vec![west; 288 * days]].concat()
}

fn carbon(grams: f64) -> Vec<CarbonIntensity> {
    vec![CarbonIntensity { time: 0, grams }]
}

/// Constant loads stay where they arise: what both arms cost, burn and emit follows from their counts.
#[test]
fn what_is_emitted_is_what_is_burnt_where_it_is_burnt() {
    let mut settings = two();
    settings.regions[0].carbon = carbon(100.0);
    settings.regions[1].carbon = carbon(500.0);
    let found = tried(&constant(2, 28.0, 14.0), 576, &config(settings.clone()));
    // 28 and 14 a second at 0.7 of 1 a second each.
    for arm in [&found.scheme, &found.baseline] {
        assert!((arm.cost / (60.0 * 24.0) - 1.0).abs() < 0.05, "{}", found.table());
    }
    // Each replica draws 170 W, or as much less as it has less to do.
    let watts = |replicas: f64, load: f64| 100.0 * replicas + 100.0 * load;
    let kilograms =
        |east: f64, west: f64| 24.0 * (watts(east, 28.0) * 100.0 + watts(west, 14.0) * 500.0) / 1e6;
    let emitted = found.carbon_kg.unwrap();
    assert!((emitted.second / kilograms(40.0, 20.0) - 1.0).abs() < 0.03, "{emitted:?}");
    assert!((emitted.first / kilograms(40.0, 20.0) - 1.0).abs() < 0.05, "{emitted:?}");
    // A clean region's power is worth a way of 50 ms.
    settings.manager.carbon_price = 10.0;
    let moved = tried(&constant(2, 28.0, 14.0), 576, &config(settings));
    let emitted = moved.carbon_kg.unwrap();
    let all_east = 24.0 * watts(60.0, 42.0) * 100.0 / 1e6;
    assert!((emitted.first / all_east - 1.0).abs() < 0.05, "{emitted:?} {all_east}");
    assert!(emitted.upper < 0.0);
    let west = &moved.timeline.regions[1];
    assert!(west.scheme_capacity.iter().all(|capacity| *capacity == 0.0));
    assert!(west.baseline_capacity.iter().all(|capacity| *capacity == 20.0));
    assert_eq!((west.load[0], west.carbon_grams[0], west.name.as_str()), (14.0, 500.0, "west"));
    assert!(picture(&moved).contains("carbon"));
}

/// All replicas run in one region: those from the other are later by the way, and no others.
#[test]
fn the_way_to_another_region_counts_in_the_response() {
    let mut settings = two();
    settings.regions[1].cost_per_replica_hour = Some(9.0);
    let latency = |milliseconds| Latency { from: "east".into(), to: "west".into(), milliseconds };
    settings.latencies = vec![latency(0.0)];
    let near = tried(&constant(2, 40.0, 40.0), 576, &config(settings.clone()));
    settings.latencies = vec![latency(1000.0)];
    let far = tried(&constant(2, 40.0, 40.0), 576, &config(settings.clone()));
    assert!((far.scheme.cost - near.scheme.cost).abs() < 1e-6 * near.scheme.cost);
    assert!((near.baseline.cost / (58.0 * 24.0 * 10.0) - 1.0).abs() < 0.05, "{}", near.table());
    // Nearly nobody waits among so many: of 4 seconds, 3 are left for half of the requests.
    let wanted = 0.5 * ((-4.0f64).exp() + (-3.0f64).exp());
    assert!((near.scheme.late_share() / (-4.0f64).exp() - 1.0).abs() < 0.02, "{}", near.table());
    assert!((far.scheme.late_share() / wanted - 1.0).abs() < 0.02, "{}", far.table());
    assert_eq!((far.scheme.violation_share(), far.baseline.late_share()), (0.0, near.baseline.late_share()));
    // Of 4 seconds 0.5 are left: that is a broken promise for half of the rows.
    settings.latencies = vec![latency(3500.0)];
    let too_far = tried(&constant(2, 40.0, 40.0), 576, &config(settings));
    assert!((too_far.scheme.violation_share() - 0.5).abs() < 1e-9, "{}", too_far.table());
    assert_eq!(too_far.scheme.seconds, too_far.baseline.seconds);
    assert!((too_far.scheme.requests / too_far.baseline.requests - 1.0).abs() < 1e-9);
}

/// A lost region costs nothing, serves nothing, and what it would serve is served elsewhere, in both arms.
#[test]
fn the_load_of_a_lost_region_is_served_elsewhere_in_both_arms() {
    let mut settings = two();
    let lost = |from, until| Outage { region: "east".into(), from, until };
    // Worth coming home for.
    settings.manager.latency_price = 0.01;
    settings.outages = vec![lost(DAY + DAY / 4, DAY + DAY / 2)];
    let found = tried(&constant(2, 30.0, 30.0), 576, &config(settings.clone()));
    let (east, west) = (&found.timeline.regions[0], &found.timeline.regions[1]);
    for capacities in
        [[&east.scheme_capacity, &west.scheme_capacity], [&east.baseline_capacity, &west.baseline_capacity]]
    {
        let [east, west] = capacities.map(|values| (values[40], values[100], values[200]));
        assert!(east.0 > 30.0 && east.1 == 0.0 && east.2 > 30.0, "{east:?} {}", found.table());
        assert!(west.0 < 60.0 && west.1 > 60.0 && west.2 < 60.0, "{west:?} {}", found.table());
    }
    for arm in [&found.scheme, &found.baseline] {
        assert!((arm.requests / (60.0 * 86_400.0) - 1.0).abs() < 1e-9);
        assert!(arm.late_share() > 0.001 && arm.late_share() < 0.2, "{}", found.table());
    }
    // Where nobody is near enough, a load waits until its region is back.
    settings.most_latency = Some(10.0);
    let alone = tried(&constant(2, 30.0, 30.0), 576, &config(settings));
    for arm in [&alone.scheme, &alone.baseline] {
        assert!(arm.late_share() > 0.1, "{}", alone.table());
    }
    // A tail without end is null as text, and comes back.
    assert_eq!(alone.baseline.p99_seconds, f64::INFINITY);
    let again: SchemeReport = serde_json::from_str(&alone.to_json()).unwrap();
    assert_eq!(again.to_json(), alone.to_json());
    assert!(alone.timeline.regions[1].scheme_capacity.iter().all(|capacity| *capacity < 60.0));
}

/// Loads that take turns need half of what each needs at its peak: one budget for all has room for that, halves of it have not.
#[test]
fn one_budget_serves_peaks_that_take_turns() {
    let peak = |east: bool| move |step: usize| if (step / 72).is_multiple_of(2) == east { 40.0 } else { 8.0 };
    let row = |east| (0..288 * 4).map(peak(east)).collect::<Vec<f64>>();
    let mut settings = two();
    settings.manager.budget = Some(GlobalBudget::Replicas(80.0));
    let found = tried(&[row(true), row(false)].concat(), 288 * 4, &config(settings));
    assert!(found.scheme.late_share() < 0.06 && found.baseline.late_share() > 0.3, "{}", found.table());
    let most = found.timeline.scheme_capacity.iter().copied().fold(0.0, f64::max);
    assert!(most <= 80.0, "{most}");
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let text = |text: &str| {
        let text = format!(r#"{{"world": {{"service_rate": 1}}, "scheme": {{"regions": {text}}}}}"#);
        SchemeConfig::from_json(&text).map_or_else(|error| error.to_string(), |_| "nothing".into())
    };
    assert_eq!(text("{}"), "nothing");
    assert!(text(r#"{"regions": [{"name": "a"}]}"#).starts_with("regions"));
    assert!(text(r#"{"regions": [{"name": "a"}, {"name": "a"}]}"#).starts_with("regions"));
    assert!(
        text(r#"{"regions": [{"name": "a", "cost_per_replica_hour": -1}, {"name": "b"}]}"#).contains("cost")
    );
    assert!(text(r#"{"rows": [{"region": "x"}]}"#).starts_with("rows"));
    assert!(text(r#"{"latencies": [{"from": "a", "to": "x", "milliseconds": 1}]}"#).starts_with("latencies"));
    assert!(text(r#"{"outages": [{"region": "a", "from": 2, "until": 2}]}"#).starts_with("outages"));
    assert!(text(r#"{"most_latency": -1}"#).starts_with("most_latency"));
    assert!(text(r#"{"manager": {"cost_ratio": 0}}"#).starts_with("cost_ratio"));
    assert!(text(r#"{"nothing": 1}"#).contains("nothing"));
    let refused = |settings: RegionsTrialConfig| {
        let load = constant(1, 1.0, 1.0);
        run(Rows::new("loads", &load, 288).unwrap(), &config(settings), 0).unwrap_err().to_string()
    };
    let rows = vec![RowOrigin { region: "east".into(), application: "all".into() }];
    assert!(refused(RegionsTrialConfig { rows, ..two() }).starts_with("rows"));
}
