//! Teaches the policy `q_learning` by letting it run over a load again and again.
//!
//! Each episode goes through the whole load with new counting noise and begins with the table of the one before; the share of random
//! actions stays as it is within an episode, and falls in a straight line from one to the next. What comes out is to be used frozen, or to learn on.

use super::backtest::check_load;
use super::run::run;
use super::scene::Scene;
use super::world::World;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::load::Series;
use crate::policy::{PolicyConfig, QLearningConfig, QTable};

/// More episodes are refused.
const MOST_EPISODES: usize = 100_000;

/// Trains for `episodes` (1 to 100,000) over `load`, from the table in `config` on; every episode costs one run of a backtest.
///
/// # Errors
/// [`Error::Data`] for a load that is empty, negative or infinite; [`Error::Config`] for a bad world or policy, or count of episodes.
pub fn train(
    load: &Series,
    config: &QLearningConfig,
    world: &World,
    episodes: usize,
    seed: u64,
) -> Result<QTable> {
    train_with_progress(load, config, world, episodes, seed, &mut |_| true)
}

/// As [`train`], telling `progress` the share of the work done, 0 to 1; when that answers `false`, it stops.
///
/// # Errors
/// As [`train`]; [`Error::Stopped`] when asked to stop.
pub fn train_with_progress(
    load: &Series,
    config: &QLearningConfig,
    world: &World,
    episodes: usize,
    seed: u64,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<QTable> {
    world.check()?;
    check_load(load)?;
    PolicyConfig::QLearning(config.clone()).check()?;
    if !(1..=MOST_EPISODES).contains(&episodes) {
        return Err(Error::config("episodes", format!("must be 1 to {MOST_EPISODES}, got {episodes}")));
    }
    let mut learning = QLearningConfig { learning: true, ..config.clone() };
    for episode in 0..episodes {
        let scene = Scene::new(load, world, seed.wrapping_add(episode as u64))?;
        let left = 1.0 - episode as f64 / episodes as f64;
        let policy = QLearningConfig {
            exploration: config.exploration * left,
            exploration_decay: 1.0,
            seed: config.seed.wrapping_add(episode as u64),
            ..learning.clone()
        };
        let mut engine = Engine::new(world.engine_config(PolicyConfig::QLearning(policy)))?;
        let mut tell = |share: f64| {
            let share = (episode as f64 + share) / episodes as f64;
            if progress(share) { Ok(()) } else { Err(Error::Stopped { percent: (100.0 * share) as u8 }) }
        };
        run(&scene, &mut engine, "q_learning", scene.initial_replicas(), false, &mut tell)?;
        learning.table = engine.q_table().map(|table| table.values().to_vec());
    }
    learning.table.map_or_else(|| Ok(QTable::default()), QTable::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_teaches_the_same() {
        let wave = |i: usize| 60.0 - 40.0 * crate::math::cos(std::f64::consts::TAU * i as f64 / 96.0);
        let load = Series::new((0..960).map(wave).collect(), 0, 60.0).unwrap();
        let world =
            World { service_rate: 1.0, start_up_seconds: 60.0, season_seconds: 5760.0, ..World::default() };
        let config = QLearningConfig { exploration: 0.3, ..QLearningConfig::default() };
        for rails in [true, false] {
            let config = QLearningConfig { rails, ..config.clone() };
            let table = train(&load, &config, &world, 12, 5).unwrap();
            assert_eq!(table, train(&load, &config, &world, 12, 5).unwrap(), "deterministic");
            let taught = table.values().iter().filter(|value| **value < 0.0).count();
            // Without forecasts there are fewer states.
            assert!(taught > if rails { 100 } else { 30 }, "{taught}");
        }
    }

    #[test]
    fn it_stops_when_asked_and_refuses_what_it_cannot_do() {
        let load = Series::new(vec![5.0; 100], 0, 60.0).unwrap();
        let world = World { service_rate: 1.0, ..World::default() };
        let config = QLearningConfig::default();
        let stopped =
            train_with_progress(&load, &config, &world, 10, 0, &mut |share| share < 0.5).unwrap_err();
        assert!(matches!(stopped, Error::Stopped { percent: 50 }), "{stopped}");
        assert!(train(&load, &config, &world, 0, 0).unwrap_err().to_string().starts_with("episodes"));
        let empty = Series::new(vec![], 0, 60.0).unwrap();
        assert!(train(&empty, &config, &world, 1, 0).is_err());
    }
}
