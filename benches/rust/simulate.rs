//! A week of minutes in the simulator: 40,320 decisions of each policy, and its whole sweep; a month of minutes, 172,800 decisions a run.
//! What a month takes is told by the step too: the throughput's elements are the steps of all runs. The law alone is in `policy.rs`.

use criterion::{Criterion, Throughput};
use forescale::load::Series;
use forescale::policy::PolicyConfig;
use forescale::simulate::synthetic::{LoadConfig, generate};
use forescale::simulate::{BacktestConfig, Sweep, World, backtest, backtest_many};

pub fn bench(criterion: &mut Criterion) {
    let minute = |i: i64| 200.0 + ((i % 1440) - 720).abs() as f64 / 5.0 + (i * 7919 % 31) as f64;
    let load = Series::new((0..10_080).map(minute).collect(), 0, 60.0).expect("a series");
    let world = World { service_rate: 10.0, ..World::default() };
    let mut group = criterion.benchmark_group("simulate");
    group.sample_size(10);
    let month = r#"{"base": 200, "steps": 43200, "parts": [{"cycle": {"amplitude": 0.5}}, {"bursts": {}}]}"#;
    let month = LoadConfig::from_json(month).and_then(|config| generate(&config, 7)).expect("a load");
    let steps = |runs: u64| Throughput::Elements(172_800 * runs);
    let alone = BacktestConfig { sweep: Sweep::None, ..BacktestConfig::default() };
    // The runs of the policy and of the oracle.
    group.throughput(steps(2));
    for (name, text) in [("hpa", "hpa"), ("q_learning without rails", r#"{"q_learning": {"rails": false}}"#)]
    {
        let policies = [PolicyConfig::from_text(text).expect("a policy")];
        group.bench_function(format!("a month of minutes, {name} alone"), |bencher| {
            bencher.iter(|| backtest_many(&[&month], &policies, &world, &alone).expect("runs"));
        });
    }
    for (name, text, runs) in
        [("hpa", "hpa", 12), ("static", r#"{"static": {"replicas": 30}}"#, 27), ("kpa", "kpa", 22)]
    {
        let policies = [PolicyConfig::from_text(text).expect("a policy")];
        group.throughput(steps(runs));
        group.bench_function(format!("a month of minutes, {name} and sweeps"), |bencher| {
            bencher.iter(|| backtest(&month, &policies, &world, 0).expect("runs"));
        });
    }
    let laws = [
        "hpa",
        "kpa",
        "target_tracking",
        "aibrix_apa",
        "ray_serve",
        "seasonal_max",
        "aws_predictive",
        "crane",
        r#"{"static": {"replicas": 30}}"#,
    ];
    let laws = laws.map(|text| PolicyConfig::from_text(text).expect("a policy"));
    group.throughput(steps(105));
    group.bench_function("a month of minutes, nine laws and sweeps", |bencher| {
        bencher.iter(|| backtest(&month, &laws, &world, 0).expect("runs"));
    });
    for (policy, runs) in [("hpa", 12), ("predictive", 21)] {
        let policies = [PolicyConfig::from_text(policy).expect("a name")];
        group.throughput(Throughput::Elements(40_320 * runs));
        group.bench_function(format!("a week of minutes, {policy} and sweeps"), |bencher| {
            bencher.iter(|| backtest(&load, &policies, &world, 0).expect("runs"));
        });
    }
}
