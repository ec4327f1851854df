//! The user's own members of an ensemble: other models, which are updated, asked, judged and refitted beside the built-in experts.
//!
//! A member sees the load and its features. What it says of the next step is held against the built-in experts by the pinball
//! loss: l/(l + theirs) is its relative loss, in [0, 1]. A refit is due when that has risen ([`Drift`]), or when the member's interval
//! has passed: half as long after a refit that paid, twice as long after one that did not. At a refit challengers, fitted to the
//! whole past and to that since the rise, go through its last part one step at a time; the best of them takes the member's place
//! if it lost no more there than the member did (champion and challenger).

use super::drift::Drift;
use super::horizon::{SCORED, pinball_of};
use super::past::{Past, Stretch};
use super::refit_bandit::RefitBandit;
use super::{PROBABILITIES, Quantiles};
use crate::error::{Error, Result};
use crate::forecast::{Forecast, Forecaster, restore};
use crate::load::Series;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The most steps that challengers are tried on.
const TRIAL: usize = 256;
/// Steps between two refits: at first, and the bounds.
const FIRST_INTERVAL: u64 = 1024;
const INTERVALS: (u64, u64) = (128, 131_072);
/// A refit pays if it takes away this share of the loss.
const PAYS: f64 = 0.05;

/// Members, and the recent past for their refits.
#[derive(Debug, Clone, Default)]
pub(super) struct Members {
    list: Vec<Member>,
    bandit: RefitBandit,
    past: Past,
    earlier: Vec<Earlier>,
}

#[derive(Debug, Clone)]
struct Member {
    model: Box<dyn Forecaster>,
    notes: Notes,
}

/// What is known of a member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Notes {
    /// Whether it took in all that there was; one that could not sleeps until a refit succeeds.
    awake: bool,
    refits: u64,
    /// How many of them put another in its place.
    replaced: u64,
    /// Mean cost of a refit, in the caller's unit.
    cost: f64,
    /// Steps since the last refit, and how many there shall be.
    since: u64,
    interval: u64,
    drift: Drift,
    /// What it said of the next step.
    said: Option<Quantiles>,
    /// Its losses in the last steps, NaN where there is none.
    losses: VecDeque<f64>,
}

/// Copies of members as they were some `steps` ago: what they say of the step that is `due` is asked when the features until
/// then are known.
#[derive(Debug, Clone)]
struct Earlier {
    due: u64,
    steps: usize,
    models: Vec<Option<Box<dyn Forecaster>>>,
}

/// [`Earlier`]: when it is due, after how many steps, and the models.
type SavedEarlier = (u64, usize, Vec<Option<Vec<u8>>>);

#[derive(Serialize, Deserialize)]
pub(super) struct SavedMembers {
    models: Vec<Vec<u8>>,
    notes: Vec<Notes>,
    bandit: RefitBandit,
    past: Past,
    earlier: Vec<SavedEarlier>,
}

impl Default for Notes {
    fn default() -> Self {
        Notes {
            awake: true,
            refits: 0,
            replaced: 0,
            cost: 0.0,
            since: 0,
            interval: FIRST_INTERVAL,
            drift: Drift::default(),
            said: None,
            losses: VecDeque::new(),
        }
    }
}

impl Notes {
    /// A member that sleeps is tried again soon.
    fn refit_is_due(&self) -> bool {
        let interval = if self.awake { self.interval } else { INTERVALS.0 };
        self.drift.since().is_some() || self.since >= interval
    }

    /// The mean loss of the last `steps`; none is infinite.
    fn loss(&self, steps: usize) -> f64 {
        let recent = self.losses.iter().rev().take(steps).filter(|loss| !loss.is_nan());
        let (sum, count) = recent.fold((0.0, 0.0), |(sum, count), loss| (sum + loss, count + 1.0));
        if self.awake && count > 0.0 { sum / count } else { f64::INFINITY }
    }

    fn refitted(&mut self, gain: f64) {
        let (shortest, longest) = INTERVALS;
        self.interval = if gain > PAYS { self.interval / 2 } else { self.interval.saturating_mul(2) };
        self.interval = self.interval.clamp(shortest, longest);
        self.since = 0;
        self.drift = Drift::default();
    }
}

impl Members {
    pub(super) fn new(models: Vec<Box<dyn Forecaster>>) -> Self {
        let bandit = RefitBandit::new(models.len());
        let list = models.into_iter().map(|model| Member { model, notes: Notes::default() });
        Members { list: list.collect(), bandit, ..Members::default() }
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

    /// Whether members see features, so that what they said far ahead can only be asked in hindsight.
    pub(super) fn have_features(&self) -> bool {
        self.past.has_features()
    }

    /// Forgets all but the models, which are to be fitted.
    pub(super) fn forget(&mut self) {
        self.past.clear();
        self.earlier.clear();
        self.bandit = RefitBandit::new(self.list.len());
        self.list.iter_mut().for_each(|member| member.notes = Notes::default());
    }

    /// A member that cannot learn from `series` sleeps.
    pub(super) fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) {
        for Member { model, notes } in &mut self.list {
            (notes.since, notes.drift) = (0, Drift::default());
            notes.awake = model.fit(series, features).is_ok();
        }
    }

    pub(super) fn remember(&mut self, value: f64, row: Option<&[f64]>, most: usize) {
        self.past.push(value, row, most);
    }

    /// Whether these are the members of `copy` so many steps later, as far as the past is remembered.
    pub(super) fn follow(&self, copy: &Members, since: usize) -> bool {
        let Some(shared) = self.past.len().checked_sub(since) else { return false };
        let (mine, theirs) = (self.past.stretch(0..shared).values, copy.past.last(shared).values);
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits();
        self.len() == copy.len() && mine.len() == theirs.len() && mine.iter().zip(&theirs).all(same)
    }

    pub(super) fn update(&mut self, value: f64, row: Option<&[f64]>) {
        for Member { model, notes } in &mut self.list {
            notes.since = notes.since.saturating_add(1);
            if notes.awake {
                notes.awake = model.update(value, row).is_ok();
            }
        }
    }

    /// Passes over steps in which nothing was measured, of which `most` are kept.
    pub(super) fn skip(&mut self, steps: u64, most: usize) {
        (0..steps).for_each(|_| self.update(f64::NAN, None));
        for _ in 0..steps.min(most as u64) {
            self.past.push(f64::NAN, None, most);
            self.list.iter_mut().for_each(|member| member.notes.push(f64::NAN));
        }
        self.earlier.clear();
        self.list.iter_mut().for_each(|member| member.notes.said = None);
    }

    /// What each says of the next `horizon` steps.
    pub(super) fn forecasts(
        &self,
        horizon: usize,
        features: Option<Rows<'_>>,
    ) -> Vec<Option<Vec<Quantiles>>> {
        let ask = |member: &Member| member.notes.awake.then(|| laws(&*member.model, horizon, features))?;
        self.list.iter().map(ask).collect()
    }

    /// Keeps copies until what they say of the step so many `steps` after `now` is asked.
    pub(super) fn keep(&mut self, now: u64, steps: usize) {
        if !self.earlier.iter().any(|earlier| earlier.steps == steps) {
            let copy = |member: &Member| member.notes.awake.then(|| member.model.clone());
            let models = self.list.iter().map(copy).collect();
            self.earlier.push(Earlier { due: now.saturating_add(steps as u64), steps, models });
        }
    }

    /// What copies said of step `now`, whose features are the last remembered, and how many steps ahead.
    pub(super) fn said_earlier(&mut self, now: u64) -> Vec<(usize, Vec<Option<Quantiles>>)> {
        let mut said = Vec::new();
        for Earlier { steps, models, .. } in self.earlier.extract_if(.., |earlier| earlier.due <= now) {
            let since = self.past.last(steps);
            let known = since.values.len() == steps;
            let ask = |model: &Option<Box<dyn Forecaster>>| {
                model.as_ref().filter(|_| known).and_then(|model| laws(&**model, steps, since.rows())?.pop())
            };
            said.push((steps, models.iter().map(ask).collect()));
        }
        said
    }

    /// Notes what members say, or said, of the step to be judged next.
    pub(super) fn note(&mut self, said: impl IntoIterator<Item = Option<Quantiles>>) {
        self.list.iter_mut().zip(said).for_each(|(member, said)| member.notes.said = said);
    }

    /// Judges what was said of a step; `own` is the loss of the built-in experts, where they know the load by now.
    pub(super) fn judge(&mut self, value: f64, own: Option<f64>) {
        for Member { notes, .. } in &mut self.list {
            let loss = notes.said.take().map_or(f64::NAN, |said| pinball(value, &said));
            notes.push(loss);
            if let Some(own) = own.filter(|own| (own + loss).is_finite()) {
                notes.drift.add(if own + loss > 0.0 { loss / (own + loss) } else { 0.5 });
            }
        }
    }

    /// Which members' refits are due.
    pub(super) fn refits_due(&self) -> Vec<usize> {
        let due = self.list.iter().enumerate().filter(|(_, member)| member.notes.refit_is_due());
        due.map(|(arm, _)| arm).collect()
    }

    /// Refits members, those that are due first and among them the most rewarding, as long as the mean cost of a refit fits into
    /// what is left of `budget`; `clock` tells what was spent so far, the past ends at `end`. Gives the indices of those tried.
    pub(super) fn refit(
        &mut self,
        budget: f64,
        clock: &mut dyn FnMut() -> f64,
        end: i64,
        step: i64,
    ) -> Result<Vec<usize>> {
        let begun = clock();
        let mut done = Vec::new();
        loop {
            let before = clock();
            let spent = before - begun;
            if !spent.is_finite() {
                return Err(Error::data("clock", "gave a time that is not finite"));
            }
            let (list, tried) = (&self.list, &done);
            let fits = |arm: usize, due: bool| {
                list.get(arm).is_some_and(|Member { notes, .. }| {
                    !tried.contains(&arm) && spent + notes.cost < budget && notes.refit_is_due() >= due
                })
            };
            let choice = self.bandit.choose(|arm| fits(arm, true));
            let Some(arm) = choice.or_else(|| self.bandit.choose(|arm| fits(arm, false))) else {
                return Ok(done);
            };
            let Some(member) = self.list.get_mut(arm) else { return Ok(done) };
            let gain = member.refit(&self.past, end, step);
            let cost = (clock() - before).max(0.0);
            if !cost.is_finite() {
                return Err(Error::data("clock", "gave a time that is not finite"));
            }
            member.notes.refits += 1;
            member.notes.cost += (cost - member.notes.cost) / member.notes.refits as f64;
            self.bandit.reward(arm, gain);
            done.push(arm);
        }
    }

    /// Takes over what a copy refitted, after the steps that came `since`.
    pub(super) fn adopt(&mut self, refitted: Members, since: usize) {
        let missed = self.past.last(since);
        for (mine, theirs) in self.list.iter_mut().zip(refitted.list) {
            if theirs.notes.refits == mine.notes.refits {
                continue;
            }
            if theirs.notes.replaced > mine.notes.replaced {
                mine.model = theirs.model;
                let mut took = |(i, value): (usize, &f64)| mine.model.update(*value, missed.row(i)).is_ok();
                mine.notes.awake = theirs.notes.awake && missed.values.iter().enumerate().all(&mut took);
            }
            let Notes { refits, replaced, cost, since, interval, drift, .. } = theirs.notes;
            mine.notes = Notes {
                refits,
                replaced,
                cost,
                since,
                interval,
                drift,
                awake: mine.notes.awake,
                said: mine.notes.said.take(),
                losses: std::mem::take(&mut mine.notes.losses),
            };
        }
        self.bandit = refitted.bandit;
    }

    pub(super) fn parameters(&self) -> Vec<serde_json::Value> {
        let describe = |Member { model, notes }: &Member| {
            serde_json::json!({ "model": model.name(), "awake": notes.awake, "refits": notes.refits, "replaced": notes.replaced, "loss": notes.loss(TRIAL),
                "refit_cost": notes.cost, "refit_interval": notes.interval, "refit_due": notes.refit_is_due(),
                "parameters": model.parameters() })
        };
        self.list.iter().map(describe).collect()
    }

    pub(super) fn save(&self) -> Result<SavedMembers> {
        let copies = |earlier: &Earlier| {
            let models =
                earlier.models.iter().map(|model| model.as_ref().map(|model| model.snapshot()).transpose());
            Ok((earlier.due, earlier.steps, models.collect::<Result<_>>()?))
        };
        Ok(SavedMembers {
            models: self.list.iter().map(|member| member.model.snapshot()).collect::<Result<_>>()?,
            notes: self.list.iter().map(|member| member.notes.clone()).collect(),
            bandit: self.bandit.clone(),
            past: self.past.clone(),
            earlier: self.earlier.iter().map(copies).collect::<Result<_>>()?,
        })
    }

    pub(super) fn load(saved: SavedMembers) -> Result<Self> {
        let SavedMembers { models, notes, bandit, past, earlier } = saved;
        if models.len() != notes.len()
            || !bandit.is_whole(models.len())
            || !past.is_whole()
            || !notes.iter().all(|notes| notes.drift.is_whole())
            || earlier.iter().any(|(_, steps, copies)| *steps == 0 || copies.len() != models.len())
        {
            return Err(Error::Snapshot { problem: "the ensemble's members are inconsistent".into() });
        }
        let list =
            models.iter().zip(notes).map(|(bytes, notes)| Ok(Member { model: restore(bytes)?, notes }));
        let earlier = earlier.into_iter().map(|(due, steps, copies)| {
            let models = copies.iter().map(|bytes| bytes.as_ref().map(|bytes| restore(bytes)).transpose());
            Ok(Earlier { due, steps, models: models.collect::<Result<_>>()? })
        });
        Ok(Members {
            list: list.collect::<Result<_>>()?,
            bandit,
            past,
            earlier: earlier.collect::<Result<_>>()?,
        })
    }
}

impl Notes {
    fn push(&mut self, loss: f64) {
        self.losses.push_back(loss);
        if self.losses.len() > TRIAL {
            self.losses.pop_front();
        }
    }
}

impl Member {
    /// Tries challengers; gives the share of the loss that the best of them takes away, 0 where none is as good.
    fn refit(&mut self, past: &Past, end: i64, step: i64) -> f64 {
        let length = past.len();
        let rise = self.notes.drift.since().map_or(length, |since| since as usize).min(length);
        let held = TRIAL.min(length / 4).min(rise / 2);
        let champion = self.notes.loss(held);
        let mut best = (f64::INFINITY, None);
        let mut windows = vec![length];
        windows.extend((rise < length).then_some(rise));
        for window in windows {
            if let Some((loss, model)) = self.challenger(&past.last(window), held, end, step)
                && loss < best.0
            {
                best = (loss, Some(model));
            }
        }
        let (loss, challenger) = best;
        let mut gain = 0.0;
        if let Some(model) = challenger.filter(|_| loss <= champion) {
            self.model = model;
            self.notes.awake = true;
            self.notes.replaced += 1;
            gain = if champion.is_finite() && champion > 0.0 { (champion - loss) / champion } else { 1.0 };
        }
        self.notes.refitted(gain);
        gain
    }

    /// A copy that was fitted to all but the last `held` steps of `window` and has gone through those, and its mean loss there;
    /// with nothing to hold back, 0.
    fn challenger(
        &self,
        window: &Stretch,
        held: usize,
        end: i64,
        step: i64,
    ) -> Option<(f64, Box<dyn Forecaster>)> {
        let mut model = self.model.clone();
        let fitted = window.values.len() - held.min(window.values.len());
        let head = window.first(fitted);
        let begun = end.saturating_sub(step.saturating_mul(held as i64));
        model.fit(&head.series(begun, step).ok()?, head.rows()).ok()?;
        let (mut sum, mut count) = (0.0, 0.0);
        for (i, value) in window.values.iter().enumerate().skip(fitted) {
            let row = window.row(i);
            let features = row.map(|row| Rows::whole(row, row.len()));
            if !value.is_nan() {
                sum += pinball(*value, laws(&*model, 1, features)?.first()?);
                count += 1.0;
            }
            model.update(*value, row).ok()?;
        }
        match count {
            0.0 if held == 0 => Some((0.0, model)),
            0.0 => None,
            _ => Some((sum / count, model)),
        }
    }
}

fn pinball(truth: f64, law: &Quantiles) -> f64 {
    pinball_of(truth, &SCORED.map(|i| law.get(i).copied().unwrap_or(f64::NAN)))
}

/// What a model says of each of the next steps; `None` where it says nothing, or something that is not finite.
fn laws(model: &dyn Forecaster, horizon: usize, features: Option<Rows<'_>>) -> Option<Vec<Quantiles>> {
    let forecast: Forecast = model.forecast(horizon, &[], features).ok()?;
    let columns: Vec<Vec<f64>> =
        PROBABILITIES.iter().map(|p| forecast.quantile(*p)).collect::<Result<_>>().ok()?;
    let steps = (0..forecast.mean().len()).map(|step| {
        let mut law = [0.0; PROBABILITIES.len()];
        for (slot, column) in law.iter_mut().zip(&columns) {
            // A model that knows no error yet has no spread: its mean stands for all quantiles.
            let value = column.get(step).copied().filter(|value| !value.is_nan());
            *slot = value.or(forecast.mean().get(step).copied())?;
        }
        law.iter().all(|value| value.is_finite()).then_some(law)
    });
    steps.collect()
}
