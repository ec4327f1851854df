//! A week of minutes in the simulator: 40,320 decisions of each policy, and its whole sweep; a month of minutes, 172,800 decisions a run.

use criterion::Criterion;
use forescale::load::Series;
use forescale::policy::PolicyConfig;
use forescale::simulate::synthetic::{LoadConfig, generate};
use forescale::simulate::{World, backtest};

pub fn bench(criterion: &mut Criterion) {
    let minute = |i: i64| 200.0 + ((i % 1440) - 720).abs() as f64 / 5.0 + (i * 7919 % 31) as f64;
    let load = Series::new((0..10_080).map(minute).collect(), 0, 60.0).expect("a series");
    let world = World { service_rate: 10.0, ..World::default() };
    let mut group = criterion.benchmark_group("simulate");
    group.sample_size(10);
    let month = r#"{"base": 200, "steps": 43200, "parts": [{"cycle": {"amplitude": 0.5}}, {"bursts": {}}]}"#;
    let month = LoadConfig::from_json(month).and_then(|config| generate(&config, 7)).expect("a load");
    for (name, text) in [("hpa", "hpa"), ("static", r#"{"static": {"replicas": 30}}"#), ("kpa", "kpa")] {
        let policies = [PolicyConfig::from_text(text).expect("a policy")];
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
    group.bench_function("a month of minutes, nine laws and sweeps", |bencher| {
        bencher.iter(|| backtest(&month, &laws, &world, 0).expect("runs"));
    });
    for policy in ["hpa", "predictive"] {
        let policies = [PolicyConfig::from_text(policy).expect("a name")];
        group.bench_function(format!("a week of minutes, {policy} and sweeps"), |bencher| {
            bencher.iter(|| backtest(&load, &policies, &world, 0).expect("runs"));
        });
    }
}
