//! One policy alone over a load, without the sweeps and the oracle of a backtest: what tuning and rollouts run again and again.

use super::report::PolicyResult;
use super::run::run;
use super::scene::Scene;
use super::world::World;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::load::Series;
use crate::policy::PolicyConfig;

/// Runs `policy` over `load`, with its timeline; `cost_ratio`, where there is one, in place of the engine's own.
pub(super) fn run_single(
    load: &Series,
    policy: &PolicyConfig,
    cost_ratio: Option<f64>,
    world: &World,
    seed: u64,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<PolicyResult> {
    let scene = Scene::new(load, world, seed)?;
    let mut config = world.engine_config(policy.clone());
    config.cost_ratio = cost_ratio.unwrap_or(config.cost_ratio);
    let mut engine = Engine::new(config)?;
    let mut tell = |share: f64| {
        if progress(share) { Ok(()) } else { Err(Error::Stopped { percent: (100.0 * share) as u8 }) }
    };
    run(&scene, &mut engine, policy.name(), scene.initial_replicas(), true, &mut tell)
}
