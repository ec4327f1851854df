//! The best settings of a policy on the first part of a load, and what they are worth on the rest, which the search never sees.
//!
//! Each setting that counts is laid out on a grid; from the best point of the grid the simplex method (Nelder & Mead 1965) goes on over
//! those that are continuous, on the logit scale for shares and the log scale for ratios. One try is one run over the training part,
//! always with the same noise. The holdout part is run once with the settings that were found and once with those that were
//! given, both over the whole load, so that what is learned from the past is there; only the time after the split is counted.

use super::backtest::check_load;
use super::report::PolicyResult;
use super::single::run_single;
use super::tune_knobs::{Knob, knobs};
use super::world::World;
use crate::config::from_json;
use crate::error::{Error, Result, not_negative, positive, strictly_between};
use crate::load::Series;
use crate::optimise::nelder_mead;
use crate::policy::PolicyConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is to be as small as possible.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Objective {
    /// The cost, and a price for the time in which the promise is broken.
    Price {
        /// What an hour of broken promise costs, in the user's currency; at least 0.
        violation_cost_per_hour: f64,
    },
    /// The cost, of those settings that break the promise for no more than a share of the time; while there are none, that share.
    Limit {
        /// 0 to 1.
        violation_share: f64,
    },
}

/// How a policy is tuned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TuneConfig {
    /// What is minimised; a price of 100 for an hour of broken promise.
    pub objective: Objective,
    /// Share of the load, at its end, that is only ever used to report; in (0, 1); 0.3.
    pub holdout_share: f64,
    /// The same as a duration; when given, it counts.
    pub holdout_seconds: Option<f64>,
    /// Most tries; 10 to 10,000; 60.
    pub budget: usize,
}

impl Default for TuneConfig {
    fn default() -> Self {
        TuneConfig {
            objective: Objective::Price { violation_cost_per_hour: 100.0 },
            holdout_share: 0.3,
            holdout_seconds: None,
            budget: 60,
        }
    }
}

impl TuneConfig {
    /// Reads settings from JSON text, such as `{"objective": {"limit": {"violation_share": 0.01}}}`.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let config: TuneConfig = from_json("config", text)?;
        config.check()?;
        Ok(config)
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        match self.objective {
            Objective::Price { violation_cost_per_hour } => {
                not_negative("objective.price.violation_cost_per_hour", violation_cost_per_hour)?;
            }
            Objective::Limit { violation_share } if (0.0..=1.0).contains(&violation_share) => {}
            Objective::Limit { violation_share } => {
                let problem = format!("must be 0 to 1, got {violation_share}");
                return Err(Error::config("objective.limit.violation_share", problem));
            }
        }
        strictly_between("holdout_share", self.holdout_share, 0.0, 1.0)?;
        if !(10..=10_000).contains(&self.budget) {
            return Err(Error::config("budget", format!("must be 10 to 10000, got {}", self.budget)));
        }
        self.holdout_seconds.map_or(Ok(()), |seconds| positive("holdout_seconds", seconds).map(|_| ()))
    }

    /// Values of the load that are for training.
    fn split(&self, load: &Series) -> Result<usize> {
        let length = load.len() as f64;
        let holdout = match self.holdout_seconds {
            Some(seconds) => (seconds / load.step_seconds()).ceil(),
            None => (self.holdout_share * length).ceil(),
        };
        let training = length - holdout;
        if training >= 1.0 && holdout >= 1.0 {
            return Ok(training as usize);
        }
        let problem = format!("leaves {training} values for training and {holdout} to report, of {length}");
        Err(Error::config("holdout_share", problem))
    }
}

/// What a setting came to on one part of the load.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was to be as small as possible.
    pub objective: f64,
    /// Cost in the user's currency.
    pub cost: f64,
    /// Share of the time in which the promise was broken, 0 to 1.
    pub violation_share: f64,
}

/// One try of the search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Try {
    /// The values that were tried.
    pub settings: BTreeMap<String, f64>,
    /// What they came to on the training part.
    pub outcome: Outcome,
}

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

/// The policy, and the engine's cost ratio where that is tuned, with other values.
fn with(
    policy: &PolicyConfig,
    knobs: &[Knob],
    settings: &BTreeMap<String, f64>,
) -> Result<(PolicyConfig, Option<f64>)> {
    let (mut tuned, mut ratio) = (policy.clone(), None);
    for knob in knobs {
        let value = settings.get(knob.name).copied().unwrap_or(f64::NAN);
        if knob.is_engine() {
            ratio = Some(value);
        } else {
            tuned = knob.set(&tuned, value)?;
        }
    }
    tuned.check()?;
    Ok((tuned, ratio))
}

impl TuneConfig {
    /// What a run came to from a decision on.
    fn outcome(&self, result: &PolicyResult, from: usize, world: &World) -> Outcome {
        let sum = |values: &[f64]| values.get(from..).unwrap_or_default().iter().sum::<f64>();
        let cost = sum(&result.timeline.cost);
        let seconds = result.timeline.cost.len().saturating_sub(from) as f64 * world.interval_seconds;
        let broken = sum(&result.timeline.violation_seconds);
        let violation_share = if seconds > 0.0 { broken / seconds } else { 0.0 };
        let objective = match self.objective {
            Objective::Price { violation_cost_per_hour } => cost + violation_cost_per_hour * broken / 3600.0,
            Objective::Limit { violation_share: most } if violation_share <= most => cost,
            // Worse than any cost, and the worse the further off.
            Objective::Limit { violation_share: most } => 1e15 * (1.0 + violation_share - most),
        };
        Outcome { objective, cost, violation_share }
    }
}

struct Search<'a> {
    policy: &'a PolicyConfig,
    knobs: &'a [Knob],
    part: &'a Series,
    world: &'a World,
    config: &'a TuneConfig,
    seed: u64,
    progress: &'a mut dyn FnMut(f64) -> bool,
    tries: Vec<Try>,
    failed: Option<Error>,
}

impl Search<'_> {
    /// The objective on the training part; infinite once the budget is used or a run failed.
    fn try_at(&mut self, values: &[f64]) -> f64 {
        let named = self.knobs.iter().map(|knob| knob.name.to_owned()).zip(values.iter().copied());
        let settings: BTreeMap<String, f64> = named.collect();
        if let Some(same) = self.tries.iter().find(|tried| tried.settings == settings) {
            return same.outcome.objective;
        }
        if self.failed.is_some() || self.tries.len() >= self.config.budget {
            return f64::INFINITY;
        }
        let (done, budget) = (self.tries.len() as f64, self.config.budget as f64);
        let run = with(self.policy, self.knobs, &settings).and_then(|(policy, ratio)| {
            let mut tell = |share: f64| (self.progress)((done + share) / budget);
            run_single(self.part, &policy, ratio, self.world, self.seed, &mut tell)
        });
        match run {
            Ok(result) => {
                let outcome = self.config.outcome(&result, 0, self.world);
                self.tries.push(Try { settings, outcome });
                outcome.objective
            }
            Err(error) => {
                self.failed = Some(error);
                f64::INFINITY
            }
        }
    }

    /// All combinations, as far as half of the budget goes; then one setting at a time from the best.
    fn grid(&mut self) {
        let half = self.config.budget / 2;
        let size: usize = self.knobs.iter().map(|knob| knob.grid().len()).product();
        if size <= half {
            for place in 0..size {
                let mut rest = place;
                let point = self.knobs.iter().map(|knob| {
                    let grid = knob.grid();
                    let value = grid.get(rest % grid.len().max(1)).copied().unwrap_or(f64::NAN);
                    rest /= grid.len().max(1);
                    value
                });
                let point: Vec<f64> = point.collect();
                self.try_at(&point);
            }
            return;
        }
        for (place, knob) in self.knobs.iter().enumerate() {
            let best = self.best();
            for value in knob.grid() {
                if self.tries.len() >= half {
                    return;
                }
                let mut point = best.clone();
                point.iter_mut().skip(place).take(1).for_each(|slot| *slot = value);
                self.try_at(&point);
            }
        }
    }

    /// From the best so far, over the continuous settings.
    fn simplex(&mut self) {
        let best = self.best();
        let free: Vec<usize> = (0..self.knobs.len())
            .filter(|place| self.knobs.get(*place).is_some_and(Knob::is_continuous))
            .collect();
        let knobs = self.knobs;
        let inner = |place: &usize| {
            let value = best.get(*place).copied().unwrap_or(f64::NAN);
            knobs.get(*place).map_or(f64::NAN, |knob| knob.inner(value))
        };
        let start: Vec<f64> = free.iter().map(inner).collect();
        if start.is_empty() {
            return;
        }
        let left = self.config.budget.saturating_sub(self.tries.len());
        let cost = |at: &[f64]| {
            let mut point = best.clone();
            for (place, x) in free.iter().zip(at) {
                if let (Some(slot), Some(knob)) = (point.get_mut(*place), knobs.get(*place)) {
                    *slot = knob.outer(*x);
                }
            }
            self.try_at(&point)
        };
        nelder_mead(cost, &start, &vec![0.25; start.len()], left);
    }

    /// Counts one by one, as long as that pays: the simplex is lost on their steps.
    fn walk(&mut self) {
        for place in (0..self.knobs.len()).filter(|place| self.knobs.get(*place).is_some_and(Knob::is_count))
        {
            for step in [-1.0, 1.0] {
                loop {
                    let mut point = self.best();
                    let before = self.try_at(&point);
                    point.iter_mut().skip(place).take(1).for_each(|slot| *slot = (*slot + step).max(1.0));
                    if self.try_at(&point) >= before {
                        break;
                    }
                }
            }
        }
    }

    fn best(&self) -> Vec<f64> {
        let best = self.tries.iter().min_by(|a, b| a.outcome.objective.total_cmp(&b.outcome.objective));
        let value = |knob: &Knob| best.and_then(|best| best.settings.get(knob.name)).copied();
        self.knobs
            .iter()
            .map(|knob| value(knob).unwrap_or_else(|| knob.given(self.policy, self.world)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
