//! One interval of the loop: observe a sample and decide, with a day of season behind it.

use criterion::Criterion;
use forescale::engine::{Engine, EngineConfig, Fleet};
use forescale::policy::PolicyConfig;

pub fn bench(criterion: &mut Criterion) {
    for policy in ["predictive", "hpa", "seasonal_max"] {
        let policy_config = PolicyConfig::from_text(policy).expect("a name");
        let config = EngineConfig { service_rate: 10.0, policy: policy_config, ..EngineConfig::default() };
        let mut engine = Engine::new(config).expect("defaults");
        let mut interval = 0i64;
        let mut replicas = 20;
        let mut step = || {
            interval += 1;
            let load = 200.0 + ((interval % 5760) - 2880).abs() as f64 / 20.0 + (interval * 7919 % 31) as f64;
            let now = interval * 15_000;
            engine.observe(now, load).expect("a sample");
            let wanted = engine.decide(now, Fleet::new(replicas, replicas)).expect("a decision").replicas;
            if wanted != replicas {
                engine.applied(now, wanted).expect("applied");
            }
            replicas = wanted;
        };
        (0..8_000).for_each(|_| step());
        criterion.bench_function(&format!("engine/observe and decide, {policy}"), |bencher| {
            bencher.iter(&mut step)
        });
    }
}
