//! The best settings of a policy on the first part of a load, and what they are worth on the rest, which the search never sees.
//!
//! Each setting that counts is laid out on a grid; from the best point of the grid the simplex method (Nelder & Mead 1965) goes on over
//! those that are continuous, on the logit scale for shares and the log scale for ratios. One try is one run over the training part,
//! always with the same noise. The holdout part is run once with the settings that were found and once with those that were
//! given, both over the whole load, so that what is learned from the past is there; only the time after the split is counted.

use super::backtest::check_load;
use super::single::run_single;
use super::tune_config::{Outcome, TuneConfig};
use super::tune_knobs::knobs;
use super::tune_search::{Search, Try, with};
use super::world::World;
use crate::error::{Error, Result};
use crate::load::Series;
use crate::policy::PolicyConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A policy with the settings that did best on the training part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// The policy with its tuned settings.
    pub policy: PolicyConfig,
    /// The engine's cost ratio to use with it, where that is what sizes the policy.
    pub cost_ratio: Option<f64>,
    /// The values that were found.
    pub settings: BTreeMap<String, f64>,
    /// The values that were given.
    pub given: BTreeMap<String, f64>,
    /// On the training part, as found.
    pub training: Outcome,
    /// On the training part, as given.
    pub training_given: Outcome,
    /// On the holdout part, as found.
    pub holdout: Outcome,
    /// On the holdout part, as given.
    pub holdout_given: Outcome,
    /// Every try, in order; the first has the values that were given.
    pub tries: Vec<Try>,
}

impl Tuned {
    /// What was found as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Tunes the numeric settings of `policy` on the first part of `load` in `world`.
///
/// Takes at most `budget` runs over the training part, and two over the whole load. What is found follows from the training part alone.
///
/// # Errors
/// [`Error::Config`] for settings or a world out of range, and a policy that has nothing to tune; [`Error::Data`] for an empty load or part.
pub fn tune(
    policy: &PolicyConfig,
    load: &Series,
    world: &World,
    config: &TuneConfig,
    seed: u64,
) -> Result<Tuned> {
    tune_with_progress(policy, load, world, config, seed, &mut |_| true)
}

/// As [`tune`], telling `progress` the share of the budget used, 0 to 1; when that answers `false`, it stops.
///
/// # Errors
/// As [`tune`]; [`Error::Stopped`] when asked to stop.
pub fn tune_with_progress(
    policy: &PolicyConfig,
    load: &Series,
    world: &World,
    config: &TuneConfig,
    seed: u64,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Tuned> {
    config.check()?;
    world.check()?;
    check_load(load)?;
    let knobs = knobs(policy)?;
    let split = config.split(load)?;
    let decision = |values: usize| (values as f64 * load.step_seconds() / world.interval_seconds).ceil();
    if decision(split) >= decision(load.len()) {
        let interval = world.interval_seconds;
        return Err(Error::data(
            "load",
            format!("its holdout leaves no decision, one every {interval} s, to report"),
        ));
    }
    let values = load.values().get(..split).unwrap_or_default().to_vec();
    let part = Series::new(values, load.start(), load.step_seconds())?;
    let mut search = Search {
        policy,
        knobs: &knobs,
        part: &part,
        world,
        config,
        seed,
        progress,
        tries: Vec::new(),
        failed: None,
    };
    let given: Vec<f64> = knobs.iter().map(|knob| knob.given(policy, world)).collect();
    search.try_at(&given);
    search.grid();
    search.simplex();
    search.walk();
    let Search { tries, failed, .. } = search;
    failed.map_or(Ok(()), Err)?;
    let best = tries.iter().min_by(|a, b| a.outcome.objective.total_cmp(&b.outcome.objective));
    let (Some(best), Some(first)) = (best.cloned(), tries.first().cloned()) else {
        return Err(Error::internal("nothing was tried"));
    };
    let mut after = |settings: &BTreeMap<String, f64>| {
        let (policy, ratio) = with(policy, &knobs, settings)?;
        let mut goes_on = |_| progress(1.0);
        let result = run_single(load, &policy, ratio, world, seed, &mut goes_on)?;
        let from = decision(split) as usize;
        Ok(config.outcome(&result, from, world))
    };
    let (holdout, holdout_given) = (after(&best.settings)?, after(&first.settings)?);
    let (policy, cost_ratio) = with(policy, &knobs, &best.settings)?;
    Ok(Tuned {
        policy,
        cost_ratio,
        settings: best.settings,
        given: first.settings,
        training: best.outcome,
        training_given: first.outcome,
        holdout,
        holdout_given,
        tries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::Objective;

    fn world() -> World {
        World { service_rate: 10.0, start_up_seconds: 60.0, season_seconds: 3600.0, ..World::default() }
    }

    fn wave(minutes: usize, change: impl Fn(usize) -> f64) -> Series {
        let value = |i: usize| {
            let turn = crate::math::sin(std::f64::consts::TAU * i as f64 / 60.0);
            change(i) * (200.0 + 100.0 * turn)
        };
        Series::new((0..minutes).map(value).collect(), 0, 60.0).unwrap()
    }

    fn policy(text: &str) -> PolicyConfig {
        PolicyConfig::from_text(text).unwrap()
    }

    #[test]
    fn it_is_no_worse_than_every_setting_that_was_tried() {
        let config = TuneConfig { budget: 30, ..TuneConfig::default() };
        let (load, world) = (wave(200, |_| 1.0), world());
        for text in ["hpa", "predictive", r#"{"static": {"replicas": 20}}"#] {
            let tuned = tune(&policy(text), &load, &world, &config, 1).unwrap();
            assert!(tuned.tries.len() <= 30 && tuned.tries.len() > 5, "{text}: {} tries", tuned.tries.len());
            let least = tuned.tries.iter().map(|tried| tried.outcome.objective).fold(f64::INFINITY, f64::min);
            assert_eq!(tuned.training.objective, least);
            assert!(tuned.training.objective <= tuned.training_given.objective);
            assert_eq!(tuned.tries[0].settings, tuned.given);
            // The best again, by hand.
            let part = Series::new(load.values()[..140].to_vec(), 0, 60.0).unwrap();
            let result =
                run_single(&part, &tuned.policy, tuned.cost_ratio, &world, 1, &mut |_| true).unwrap();
            assert!((result.cost / tuned.training.cost - 1.0).abs() < 1e-12, "{text}");
            assert_eq!(tuned, tune(&policy(text), &load, &world, &config, 1).unwrap(), "deterministic");
        }
    }

    #[test]
    fn the_best_fixed_count_is_found_among_all() {
        let (load, world) = (wave(200, |_| 1.0), world());
        let config = TuneConfig { budget: 100, ..TuneConfig::default() };
        let tuned = tune(&policy(r#"{"static": {"replicas": 20}}"#), &load, &world, &config, 1).unwrap();
        let part = Series::new(load.values()[..140].to_vec(), 0, 60.0).unwrap();
        let objective = |replicas: u32| {
            let fixed = policy(&format!(r#"{{"static": {{"replicas": {replicas}}}}}"#));
            let result = run_single(&part, &fixed, None, &world, 1, &mut |_| true).unwrap();
            config.outcome(&result, 0, &world).objective
        };
        let best = (1..60).map(objective).fold(f64::INFINITY, f64::min);
        assert!(tuned.training.objective <= 1.02 * best, "{} against {best}", tuned.training.objective);
    }

    /// The holdout part is never looked at: whatever it holds, the same settings come out of the same tries.
    #[test]
    fn what_is_found_does_not_depend_on_the_holdout() {
        let config = TuneConfig { budget: 30, ..TuneConfig::default() };
        let world = world();
        let found = |change: &dyn Fn(usize) -> f64| {
            let tuned = tune(&policy("hpa"), &wave(300, change), &world, &config, 1).unwrap();
            let Tuned { policy, cost_ratio, settings, given, training, training_given, tries, .. } = tuned;
            let report = (tuned.holdout, tuned.holdout_given);
            ((policy, cost_ratio, settings, given, training, training_given, tries), report)
        };
        let (usual, report) = found(&|_| 1.0);
        for change in [
            (&|i: usize| if i < 210 { 1.0 } else { 9.0 }) as &dyn Fn(usize) -> f64,
            &|i: usize| if i < 210 { 1.0 } else { 0.0 },
            &|i: usize| if i < 210 { 1.0 } else { f64::NAN },
        ] {
            let (other, other_report) = found(change);
            assert_eq!(other, usual);
            assert_ne!(other_report, report, "but the report is of the holdout");
        }
        let (trained_on_other, _) = found(&|i: usize| if i < 209 { 1.0 } else { 9.0 });
        assert_ne!(trained_on_other, usual, "the last value of the training part counts");
    }

    #[test]
    fn a_limit_is_kept_where_it_can_be() {
        let objective = Objective::Limit { violation_share: 0.02 };
        let config = TuneConfig { objective, budget: 40, ..TuneConfig::default() };
        let tuned = tune(&policy("hpa"), &wave(300, |_| 1.0), &world(), &config, 1).unwrap();
        assert!(tuned.training.violation_share <= 0.02 && tuned.training.objective == tuned.training.cost);
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let load = wave(100, |_| 1.0);
        let refused = |text: &str, config: TuneConfig| {
            tune(&policy(text), &load, &world(), &config, 1).unwrap_err().to_string()
        };
        assert!(
            refused("hpa", TuneConfig { holdout_share: 1.0, ..TuneConfig::default() })
                .starts_with("holdout_share: ")
        );
        let whole = TuneConfig { holdout_seconds: Some(6000.0), ..TuneConfig::default() };
        assert!(refused("hpa", whole).starts_with("holdout_share: "));
        assert!(refused("hpa", TuneConfig { budget: 1, ..TuneConfig::default() }).starts_with("budget: "));
        assert!(refused("oracle", TuneConfig::default()).starts_with("policy: "));
        let stopped =
            tune_with_progress(&policy("hpa"), &load, &world(), &TuneConfig::default(), 1, &mut |share| {
                share < 0.5
            });
        assert!(matches!(stopped, Err(Error::Stopped { .. })));
    }
}
