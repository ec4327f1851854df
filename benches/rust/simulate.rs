//! A week of minutes in the simulator: 40,320 decisions of each policy, and its whole sweep.

use criterion::Criterion;
use forescale::load::Series;
use forescale::policy::PolicyConfig;
use forescale::simulate::{World, backtest};

pub fn bench(criterion: &mut Criterion) {
    let minute = |i: i64| 200.0 + ((i % 1440) - 720).abs() as f64 / 5.0 + (i * 7919 % 31) as f64;
    let load = Series::new((0..10_080).map(minute).collect(), 0, 60.0).expect("a series");
    let world = World { service_rate: 10.0, ..World::default() };
    let mut group = criterion.benchmark_group("simulate");
    group.sample_size(10);
    for policy in ["hpa", "predictive"] {
        let policies = [PolicyConfig::from_text(policy).expect("a name")];
        group.bench_function(format!("a week of minutes, {policy} and sweeps"), |bencher| {
            bencher.iter(|| backtest(&load, &policies, &world, 0).expect("runs"));
        });
    }
}
