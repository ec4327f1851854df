//! The user's own members of an ensemble: other models, which are updated, asked and refitted beside the built-in experts.

use super::refit_bandit::RefitBandit;
use super::scale::root;
use super::{PROBABILITIES, Quantiles};
use crate::error::{Error, Result};
use crate::forecast::{Forecast, Forecaster, restore};
use crate::load::Series;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// More models than this would make each weighing slow.
pub(super) const MOST_MEMBERS: usize = 64;

/// Members, and the recent past for their refits.
#[derive(Debug, Clone, Default)]
pub(super) struct Members {
    list: Vec<Member>,
    bandit: RefitBandit,
    recent: VecDeque<f64>,
}

#[derive(Debug, Clone)]
struct Member {
    model: Box<dyn Forecaster>,
    notes: Notes,
}

/// What is known of a member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Notes {
    /// Whether it took in all that there was; one that could not sleeps until a refit succeeds.
    awake: bool,
    refits: u64,
    /// Mean cost of a refit, in the caller's unit.
    cost: f64,
    /// Its loss when it was last refitted, where that refit is not yet rewarded.
    loss_before: Option<f64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SavedMembers {
    models: Vec<Vec<u8>>,
    notes: Vec<Notes>,
    bandit: RefitBandit,
    recent: VecDeque<f64>,
}

impl Members {
    pub(super) fn new(models: Vec<Box<dyn Forecaster>>) -> Self {
        let bandit = RefitBandit::new(models.len());
        let list = models
            .into_iter()
            .map(|model| Member { model, notes: Notes { awake: true, ..Notes::default() } });
        Members { list: list.collect(), bandit, recent: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.list.iter().map(|member| member.model.name()).collect()
    }

    /// A member that cannot learn from `series` sleeps.
    pub(super) fn fit(&mut self, series: &Series) {
        for Member { model, notes } in &mut self.list {
            notes.awake = model.fit(series, None).is_ok();
        }
    }

    pub(super) fn remember(&mut self, value: f64, most: usize) {
        if !self.list.is_empty() {
            self.recent.push_back(value);
            while self.recent.len() > most {
                self.recent.pop_front();
            }
        }
    }

    pub(super) fn update(&mut self, value: f64) {
        for Member { model, notes } in self.list.iter_mut().filter(|member| member.notes.awake) {
            notes.awake = model.update(value, None).is_ok();
        }
    }

    /// What each says of the next `horizon` steps.
    pub(super) fn forecasts(&self, horizon: usize) -> Vec<Option<Vec<Quantiles>>> {
        let ask = |member: &Member| {
            if !member.notes.awake {
                return None;
            }
            laws(&member.model.forecast(horizon, &[], None).ok()?)
        };
        self.list.iter().map(ask).collect()
    }

    /// Refits members on the recent past, the most rewarding first, as long as the mean cost of a refit fits into what is left
    /// of `budget`; `clock` tells what was spent so far. Gives the indices of those refitted.
    pub(super) fn refit(
        &mut self,
        budget: f64,
        clock: &mut dyn FnMut() -> f64,
        losses: &[f64],
        past: impl Fn(Vec<f64>) -> Result<Series>,
    ) -> Result<Vec<usize>> {
        for (arm, (member, loss)) in self.list.iter_mut().zip(losses).enumerate() {
            if let Some(before) = member.notes.loss_before.take() {
                let gain = if before > 0.0 { (before - loss) / before } else { 0.0 };
                self.bandit.reward(arm, (0.5 + 0.5 * gain).clamp(0.0, 1.0));
            }
        }
        let series = past(self.recent.iter().copied().collect())?;
        let begun = clock();
        let mut done = Vec::new();
        loop {
            let spent = clock() - begun;
            if !spent.is_finite() {
                return Err(Error::data("clock", "gave a time that is not finite"));
            }
            let list = &self.list;
            let fits = |arm: usize| {
                let cost = list.get(arm).map_or(f64::INFINITY, |member| member.notes.cost);
                !done.contains(&arm) && spent + cost < budget
            };
            let Some(arm) = self.bandit.choose(fits) else { return Ok(done) };
            let Some(member) = self.list.get_mut(arm) else { return Ok(done) };
            let mut model = member.model.clone();
            let before = clock();
            if model.fit(&series, None).is_ok() {
                member.model = model;
                member.notes.awake = true;
                member.notes.loss_before = losses.get(arm).copied();
            }
            let cost = (clock() - before).max(0.0);
            member.notes.refits += 1;
            member.notes.cost += (cost - member.notes.cost) / member.notes.refits as f64;
            if !cost.is_finite() {
                return Err(Error::data("clock", "gave a time that is not finite"));
            }
            done.push(arm);
        }
    }

    pub(super) fn parameters(&self) -> Vec<serde_json::Value> {
        let describe = |member: &Member| {
            serde_json::json!({ "model": member.model.name(), "awake": member.notes.awake, "refits": member.notes.refits,
                "refit_cost": member.notes.cost, "parameters": member.model.parameters() })
        };
        self.list.iter().map(describe).collect()
    }

    pub(super) fn save(&self) -> Result<SavedMembers> {
        Ok(SavedMembers {
            models: self.list.iter().map(|member| member.model.snapshot()).collect::<Result<_>>()?,
            notes: self.list.iter().map(|member| member.notes).collect(),
            bandit: self.bandit.clone(),
            recent: self.recent.clone(),
        })
    }

    pub(super) fn load(saved: SavedMembers) -> Result<Self> {
        let SavedMembers { models, notes, bandit, recent } = saved;
        if models.len() != notes.len()
            || !bandit.is_whole(models.len())
            || recent.iter().any(|x| x.is_infinite())
        {
            return Err(Error::Snapshot { problem: "the ensemble's members are inconsistent".into() });
        }
        let list = models
            .iter()
            .zip(notes)
            .map(|(bytes, notes)| Ok(Member { model: restore(bytes)?, notes }))
            .collect::<Result<_>>()?;
        Ok(Members { list, bandit, recent })
    }
}

/// The law of each step, in transformed units; `None` where something is not finite.
fn laws(forecast: &Forecast) -> Option<Vec<Quantiles>> {
    let columns: Vec<Vec<f64>> =
        PROBABILITIES.iter().map(|p| forecast.quantile(*p)).collect::<Result<_>>().ok()?;
    let steps = (0..forecast.mean().len()).map(|step| {
        let mut law = [0.0; PROBABILITIES.len()];
        for (slot, column) in law.iter_mut().zip(&columns) {
            // A model that knows no error yet has no spread: its mean stands for all quantiles.
            let value = column
                .get(step)
                .copied()
                .filter(|value| !value.is_nan())
                .or(forecast.mean().get(step).copied())?;
            *slot = root(value);
        }
        law.iter().all(|value| value.is_finite()).then_some(law)
    });
    steps.collect()
}
