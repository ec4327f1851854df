//! Tuning three gains on a simulated day of 1,440 steps, planning a day's transitions, margins, many scales in one pass.

use criterion::Criterion;
use forescale::scaling::{
    ScalingLaw, ScalingLawConfig, SimulatedTuningConfig, TransitionPlanConfig, multiscale_scaling,
    plan_transition, stability_margins,
};
use std::hint::black_box;

pub fn bench(criterion: &mut Criterion) {
    let mut state = 1u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    let day: Vec<f64> = (0..1440)
        .map(|minute| {
            50.0 - 30.0 * (f64::from(minute) / 1440.0 * std::f64::consts::TAU).cos() + 2.0 * noise()
        })
        .collect();
    let config = SimulatedTuningConfig { step_seconds: 60.0, ..SimulatedTuningConfig::default() };
    let mut law = ScalingLaw::new(ScalingLawConfig::default()).expect("defaults");
    criterion.bench_function("scaling/tune_simulated 1440", |bencher| {
        bencher.iter(|| law.tune_simulated(black_box(&day), &config).expect("tunes"))
    });
    let plan =
        TransitionPlanConfig { step_seconds: 60.0, max_replicas: 100, ..TransitionPlanConfig::default() };
    criterion.bench_function("scaling/plan_transition 1440", |bencher| {
        bencher.iter(|| plan_transition(black_box(&day), 100, &plan).expect("plans"))
    });
    let warm = TransitionPlanConfig { warm_up: vec![0.3, 0.6, 0.9], ..plan };
    criterion.bench_function("scaling/plan_transition 1440, warm-up curve", |bencher| {
        bencher.iter(|| plan_transition(black_box(&day), 100, &warm).expect("plans"))
    });
    criterion.bench_function("scaling/stability_margins", |bencher| {
        bencher.iter(|| stability_margins(black_box(0.1), 0.002, 1.0, 15.0, 120.0, 0.0).expect("margins"))
    });
    criterion.bench_function("scaling/multiscale_scaling 1440 x 8", |bencher| {
        bencher.iter(|| multiscale_scaling(black_box(&day), 60.0, 1.0, 0.01, 60.0, 8, 5).expect("rows"))
    });
}
