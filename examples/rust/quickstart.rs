//! Two hours of rising load, one decision, and why: `cargo run --example quickstart`. The same in C, C++ and Python beside it.

use forescale::engine::{Engine, EngineConfig, Fleet};

fn main() -> forescale::Result<()> {
    // One replica serves 10 requests a second; everything else has its default.
    let mut engine = Engine::new(EngineConfig { service_rate: 10.0, ..EngineConfig::default() })?;
    let mut now = 0;
    for sample in 1..=480 {
        now = sample * 15_000;
        engine.observe(now, 100.0 + 0.5 * sample as f64)?;
    }
    let decision = engine.decide(now, Fleet::new(30, 30))?;
    println!("from 30 to {} replicas", decision.replicas);
    print!("{}", engine.explain());
    Ok(())
}
