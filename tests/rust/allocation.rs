//! The hot path: after warm-up, `observe` and `decide` allocate nothing, whatever the policy; nor does an update of the default
//! forecaster.

use forescale::engine::{Engine, EngineConfig, Fleet};
use forescale::forecast::{Ensemble, Forecaster};
use forescale::policy::PolicyConfig;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, with a count of its calls for each thread.
struct Counting;

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

fn steps(engine: &mut Engine, intervals: std::ops::Range<i64>) {
    let mut replicas = 1;
    for interval in intervals {
        let now = interval * 15_000;
        // A triangle wave with a missing sample now and then.
        let load = if interval % 97 == 0 { f64::NAN } else { 100.0 + ((interval % 240) - 120).abs() as f64 };
        engine.observe(now, load).unwrap();
        engine.observe_performance(now, f64::NAN, 0.6).unwrap();
        let wanted = engine.decide(now, Fleet::new(replicas, replicas)).unwrap().replicas;
        if wanted != replicas {
            engine.applied(now, wanted).unwrap();
        }
        replicas = wanted;
    }
}

#[test]
fn counting_works() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1u8; 100]))), 1);
}

#[test]
fn observe_and_decide_do_not_allocate_after_warm_up() {
    for policy in ["predictive", "hpa", "seasonal_max", r#"{"static": {"replicas": 3}}"#] {
        let policy_config = PolicyConfig::from_text(policy).unwrap();
        let config = EngineConfig {
            service_rate: 10.0,
            season_seconds: 3600.0,
            policy: policy_config,
            audit: true,
            ..EngineConfig::default()
        };
        let mut engine = Engine::new(config).unwrap();
        // A lead time that stays: a new horizon needs new room.
        (0..300).for_each(|_| engine.observe_start_up(0, 120.0).unwrap());
        steps(&mut engine, 1..3000);
        let found = allocations(|| steps(&mut engine, 3000..6000));
        assert_eq!(found, 0, "{policy}");
        let mut restored = Engine::restore(&engine.snapshot().unwrap()).unwrap();
        steps(&mut restored, 6000..6300);
        let found = allocations(|| steps(&mut restored, 6300..8000));
        assert_eq!(found, 0, "{policy}, restored");
    }
}

#[test]
fn no_rail_allocates_after_warm_up() {
    let config = r#"{"service_rate": 10, "season_seconds": 3600, "max_replicas": 60, "mode": "MODE",
        "tiers": [{"name": "on demand", "most": 60, "cost": 3}, {"name": "spot", "most": 5}],
        "resources": [{"name": "memory", "capacity": 3}],
        "rails": {"tolerance": {"up": 0.05}, "stabilization": {"up_seconds": 30},
            "rate": {"up": {"replicas": 2, "period_seconds": 60}, "down": {"replicas": 1, "period_seconds": 60}},
            "forecast": {"expiry_seconds": 60, "most_error": 0.2}, "flips": {"flips": 4, "period_seconds": 3600},
            "budget": {"cost_per_hour": 28}, "consolidation": 0.8}}"#;
    for mode in ["active", "shadow"] {
        let mut engine =
            Engine::new(EngineConfig::from_json(&config.replace("MODE", mode)).unwrap()).unwrap();
        steps(&mut engine, 1..3000);
        let found = allocations(|| {
            for interval in 3000..5000 {
                engine.observe_resource(interval * 15_000, "memory", (interval % 50) as f64).unwrap();
                steps(&mut engine, interval..interval + 1);
                engine.limit_to_share((interval % 30) as u32).unwrap();
            }
        });
        assert_eq!(found, 0, "{mode}");
    }
}

#[test]
fn an_update_of_the_default_forecaster_does_not_allocate_after_warm_up() {
    let feed = |model: &mut Ensemble, steps: std::ops::Range<i64>| {
        for step in steps {
            let value = if step % 97 == 0 { f64::NAN } else { 100.0 + ((step % 240) - 120).abs() as f64 };
            model.update(value, None).unwrap();
        }
    };
    let mut ensemble = Ensemble::default();
    feed(&mut ensemble, 0..8_000);
    assert_eq!(allocations(|| feed(&mut ensemble, 8_000..11_000)), 0);
}

#[test]
fn the_detector_does_not_allocate_after_warm_up() {
    let mut detector =
        forescale::anomaly::Detector::new(forescale::anomaly::DetectorConfig::default()).unwrap();
    let observe = |detector: &mut forescale::anomaly::Detector, steps: std::ops::Range<i64>| {
        for step in steps {
            let value = if step % 50 == 0 { f64::NAN } else { ((step * 7919) % 1009) as f64 * 0.37 };
            detector.observe(step * 60_000, value).unwrap();
        }
    };
    observe(&mut detector, 0..100);
    assert_eq!(allocations(|| observe(&mut detector, 100..6000)), 0);
    let mut restored = forescale::anomaly::Detector::restore(&detector.snapshot().unwrap()).unwrap();
    assert_eq!(allocations(|| observe(&mut restored, 6000..8000)), 0, "restored");
}
