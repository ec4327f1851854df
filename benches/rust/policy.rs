//! Policies alone, without an engine: one step of tabular Q-learning (state, choice and update) and one of the laws of others.
//! `benches/python/q_learning.py` does the same step with NumPy.

use criterion::Criterion;
use forescale::capacity::Target;
use forescale::policy::{
    Fleet, Hpa, HpaConfig, Peak, Policy, QLearning, QLearningConfig, Situation, TargetTracking,
    TargetTrackingConfig,
};
use std::hint::black_box;

pub fn bench(criterion: &mut Criterion) {
    let learning = QLearningConfig::default();
    let frozen = QLearningConfig { learning: false, ..QLearningConfig::default() };
    let made = |config| QLearning::new(config).expect("defaults");
    let mut group = criterion.benchmark_group("policy");
    steps(&mut group, "q_learning, a step of learning", &mut made(learning));
    steps(&mut group, "q_learning, frozen", &mut made(frozen));
    steps(&mut group, "hpa", &mut Hpa::new(HpaConfig::default()).expect("defaults"));
    let tracking = TargetTracking::new(TargetTrackingConfig::default(), 15.0).expect("defaults");
    steps(&mut group, "target_tracking", &mut { tracking });
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

/// What an engine tells a policy in one interval, over a day's wave; what it proposes is ready at once.
fn steps(group: &mut Group<'_>, name: &str, policy: &mut dyn Policy) {
    let (mut interval, mut replicas) = (0i64, 20);
    let mut step = || {
        interval += 1;
        let load = 200.0 + ((interval % 5760) - 2880).abs() as f64 / 20.0 + (interval * 7919 % 31) as f64;
        let now = interval * 15_000;
        policy.observe(now, load).expect("a sample");
        let situation = Situation {
            now,
            fleet: Fleet::new(replicas, replicas),
            load,
            in_flight: f64::NAN,
            reactive: (load / 7.5) as u32,
            peak: Some(Peak { lower: load, expected: load + 5.0, upper: load + 15.0 }),
            lead_seconds: 135.0,
            service_rate: 10.0,
            target: Target::Utilization(0.7),
            min_replicas: 1,
            max_replicas: 1000,
        };
        let wanted = policy.propose(black_box(&situation)).expect("a proposal").replicas;
        if wanted != replicas {
            policy.applied(now, replicas, wanted).expect("applied");
        }
        replicas = wanted;
    };
    (0..100_000).for_each(|_| step());
    group.bench_function(name, |bencher| bencher.iter(&mut step));
}
