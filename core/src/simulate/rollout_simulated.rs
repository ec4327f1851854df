//! A rollout in simulation: a platform of services under the same load, each with counts of its own.
//!
//! At a stage, the share of the services that runs the new policy is compared with the same services under the old one: the load, the counts
//! and the faults are then the same, and only the policy differs. Every service runs either policy from the beginning, so that a policy that
//! learns has had the time to.

use super::backtest::check_load;
use super::rollout::{Rollout, RolloutConfig};
use super::single::run_single;
use super::world::World;
use crate::error::{Error, Result};
use crate::load::Series;
use crate::policy::PolicyConfig;

/// Decisions of all services that are remembered at the most.
const MOST_DECISIONS: f64 = 1e8;

/// What is kept of a run, one value per decision.
struct Course {
    cost: Vec<f64>,
    violation_seconds: Vec<f64>,
}

/// Rolls `new` out in place of `old`, over `load` for each service; ends with the load at the latest, and is then where it got to.
///
/// Takes two runs over the load for each service that a stage needs.
///
/// # Errors
/// [`Error::Config`] for settings, a world or policies out of range; [`Error::Data`] for an empty or negative load.
pub fn rollout(
    load: &Series,
    old: &PolicyConfig,
    new: &PolicyConfig,
    world: &World,
    config: &RolloutConfig,
    seed: u64,
) -> Result<Rollout> {
    rollout_with_progress(load, old, new, world, config, seed, &mut |_| true)
}

/// As [`rollout`], telling `progress` the share of the load that is passed, 0 to 1; when that answers `false`, it stops.
///
/// # Errors
/// As [`rollout`]; [`Error::Stopped`] when asked to stop.
pub fn rollout_with_progress(
    load: &Series,
    old: &PolicyConfig,
    new: &PolicyConfig,
    world: &World,
    config: &RolloutConfig,
    seed: u64,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Rollout> {
    config.check()?;
    world.check()?;
    check_load(load)?;
    let mut rollout = Rollout::new(config.clone())?;
    let mut services: Vec<(Course, Course)> = Vec::new();
    let (mut interval, mut intervals) = (0, usize::MAX);
    while rollout.ended().is_none() && interval < intervals {
        let needed = ((rollout.share() * config.services as f64).ceil() as usize).clamp(1, config.services);
        let passed = if intervals == usize::MAX { 0.0 } else { interval as f64 / intervals as f64 };
        if services.len() < needed || interval.is_multiple_of(256) {
            let mut goes_on = |_| progress(passed);
            if !goes_on(0.0) {
                return Err(Error::Stopped { percent: (100.0 * passed) as u8 });
            }
            while services.len() < needed {
                let seed = seed.wrapping_add(services.len() as u64);
                let mut course = |policy: &PolicyConfig| {
                    run_single(load, policy, None, world, seed, &mut goes_on).map(|result| Course {
                        cost: result.timeline.cost,
                        violation_seconds: result.timeline.violation_seconds,
                    })
                };
                services.push((course(old)?, course(new)?));
            }
            intervals = services.first().map_or(0, |(old, _)| old.cost.len());
            if intervals as f64 * config.services as f64 > MOST_DECISIONS {
                let problem =
                    format!("times the load's {intervals} decisions must be at most {MOST_DECISIONS:e}");
                return Err(Error::config("services", problem));
            }
        }
        let mean = |of: fn(&(Course, Course)) -> &[f64]| {
            let values = services.iter().take(needed).filter_map(|service| of(service).get(interval));
            values.sum::<f64>() / needed as f64
        };
        rollout.observe(
            mean(|(old, _)| &old.cost),
            mean(|(old, _)| &old.violation_seconds),
            mean(|(_, new)| &new.cost),
            mean(|(_, new)| &new.violation_seconds),
        )?;
        interval += 1;
    }
    Ok(rollout)
}

#[cfg(test)]
mod tests {
    use super::super::rollout::Verdict;
    use super::*;

    fn world() -> World {
        World { service_rate: 10.0, start_up_seconds: 60.0, season_seconds: 3600.0, ..World::default() }
    }

    fn load() -> Series {
        let wave = |i: usize| 300.0 + 200.0 * crate::math::sin(std::f64::consts::TAU * i as f64 / 60.0);
        Series::new((0..600).map(wave).collect(), 0, 60.0).unwrap()
    }

    fn ends(old: &str, new: &str) -> Rollout {
        let config = RolloutConfig {
            stages: vec![0.02, 0.1, 1.0],
            look_intervals: 240,
            looks: 3,
            resamples: 1000,
            services: 50,
            ..RolloutConfig::default()
        };
        let policy = |text: &str| PolicyConfig::from_text(text).unwrap();
        rollout(&load(), &policy(old), &policy(new), &world(), &config, 7).unwrap()
    }

    #[test]
    fn what_is_better_goes_all_the_way_and_what_is_worse_does_not() {
        let wasteful = r#"{"static": {"replicas": 200}}"#;
        let better = ends(wasteful, "predictive");
        assert_eq!(better.ended(), Some(Verdict::Promote), "{}", better.to_json());
        let worse = ends("predictive", wasteful);
        assert_eq!(worse.ended(), Some(Verdict::RollBack), "{}", worse.to_json());
        assert_eq!(worse.looks().len(), 1, "at the first look, at a fiftieth of the services");
        let same = ends("hpa", "hpa");
        assert_eq!(same.ended(), Some(Verdict::RollBack));
        assert!(same.looks().iter().all(|look| look.difference == 0.0));
    }

    #[test]
    fn it_can_be_stopped_and_names_what_is_wrong() {
        let (hpa, config) = (PolicyConfig::from_text("hpa").unwrap(), RolloutConfig::default());
        let stopped =
            rollout_with_progress(&load(), &hpa, &hpa, &world(), &config, 0, &mut |_| false).unwrap_err();
        assert!(matches!(stopped, Error::Stopped { .. }));
        let empty = Series::new(vec![], 0, 60.0).unwrap();
        assert!(rollout(&empty, &hpa, &hpa, &world(), &config, 0).is_err());
        assert!(rollout(&load(), &hpa, &PolicyConfig::Oracle {}, &world(), &config, 0).is_err());
    }
}
