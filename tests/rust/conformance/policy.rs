use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::engine::{Engine, EngineConfig, Fleet};

pub const DISPATCH: &[Dispatch] = &[("control_laws", control_laws)];

/// Shows an engine what the case says, second by second, and compares its counts.
fn control_laws(case: &Case) -> Result<()> {
    let mut engine = Engine::new(EngineConfig::from_json(case.text("config"))?)?;
    let mut replicas = Vec::new();
    for (i, second) in case.numbers("seconds").iter().enumerate() {
        let now = *second as i64 * 1000;
        engine.observe(now, case.numbers("loads")[i])?;
        engine.observe_in_flight(now, case.numbers("in_flight")[i])?;
        let count = |name| case.numbers(name)[i] as u32;
        let (requested, ready, pending) = (count("requested"), count("ready"), count("pending"));
        let decision = engine.decide(now, Fleet { requested, ready, pending, terminating: 0 })?;
        replicas.push(f64::from(decision.replicas));
        if let Some(next) = case.numbers("requested").get(i + 1).filter(|next| **next as u32 != requested) {
            engine.applied(now, *next as u32)?;
        }
    }
    case.expect_array("replicas", &replicas);
    Ok(())
}
