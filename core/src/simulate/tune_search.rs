//! The search of [`super::tune`]: a grid over all settings, the simplex method over the continuous ones, and a walk over counts.
//!
//! Nelder & Mead 1965, "A Simplex Method for Function Minimization", The Computer Journal 7, with shares on the logit scale and ratios
//! on the log scale. Points that were tried already cost nothing.

use super::single::run_single;
use super::tune_config::{Outcome, TuneConfig};
use super::tune_knobs::Knob;
use super::world::World;
use crate::error::{Error, Result};
use crate::load::Series;
use crate::optimise::nelder_mead;
use crate::policy::PolicyConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One try of the search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Try {
    /// The values that were tried.
    pub settings: BTreeMap<String, f64>,
    /// What they came to on the training part.
    pub outcome: Outcome,
}

/// The tries over the training part, and what they need.
pub(super) struct Search<'a> {
    pub(super) policy: &'a PolicyConfig,
    pub(super) knobs: &'a [Knob],
    pub(super) part: &'a Series,
    pub(super) world: &'a World,
    pub(super) config: &'a TuneConfig,
    pub(super) seed: u64,
    pub(super) progress: &'a mut dyn FnMut(f64) -> bool,
    pub(super) tries: Vec<Try>,
    pub(super) failed: Option<Error>,
}

impl Search<'_> {
    /// The objective on the training part; infinite once the budget is used or a run failed.
    pub(super) fn try_at(&mut self, values: &[f64]) -> f64 {
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
    pub(super) fn grid(&mut self) {
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
    pub(super) fn simplex(&mut self) {
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
    pub(super) fn walk(&mut self) {
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

/// The policy, and the engine's cost ratio where that is tuned, with other values.
pub(super) fn with(
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
