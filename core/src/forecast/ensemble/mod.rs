//! The default forecaster: many small experts, weighed online by their own recent errors.
//!
//! All work on signed square roots, where the noise of counts is even. For each horizon of a geometric grid direct regressions,
//! levels and the season are weighed by [`ExponentialWeights`] and surrounded by the law of their own errors (`horizon.rs`); other
//! models may take part as members. An update costs a few µs without members, whatever the past; a fit does the same value by
//! value, after it has looked for seasons other than the day and the week (`cycle.rs`).

mod config;
mod cycle;
mod drift;
mod errors;
mod experts;
mod exponential_weights;
mod horizon;
mod levels;
mod members;
mod past;
mod profile;
mod recent;
mod refit_bandit;
mod ridge;
mod scale;
mod season_level;
mod shape;
#[cfg(test)]
mod tests;

use super::feature_regression::FeatureRegression;
use super::progress::Progress;
use super::{Forecast, Forecaster};
use crate::error::{Error, Result, all_finite, not_negative};
use crate::load::{Series, whole_milliseconds};
use crate::rows::Rows;
use crate::snapshot;
pub use config::EnsembleConfig;
use experts::{Experts, cycles_in};
pub use exponential_weights::ExponentialWeights;
use horizon::MOST_MEMBERS;
use members::{Members, SavedMembers};
use scale::root;
use serde::{Deserialize, Serialize};
pub use shape::pooled_shape;

/// The largest size of values: their roots are kept in single precision.
const LARGEST_SIZE: f64 = 1e60;
/// The probabilities of the quantiles that a law is held by.
const PROBABILITIES: [f64; 19] = [
    0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99,
];
/// Their normal scores.
const SCORES: [f64; 19] = [
    -2.326_347_874_040_840_8,
    -1.959_963_984_540_054,
    -1.644_853_626_951_472_2,
    -1.281_551_565_544_600_4,
    -1.036_433_389_493_789_8,
    -0.841_621_233_572_914_2,
    -0.674_489_750_196_081_7,
    -0.524_400_512_708_041,
    -0.253_347_103_135_799_7,
    0.0,
    0.253_347_103_135_799_7,
    0.524_400_512_708_041,
    0.674_489_750_196_081_7,
    0.841_621_233_572_914_2,
    1.036_433_389_493_789_8,
    1.281_551_565_544_600_4,
    1.644_853_626_951_472_2,
    1.959_963_984_540_054,
    2.326_347_874_040_840_8,
];
/// A law: its quantiles.
type Quantiles = [f64; PROBABILITIES.len()];

/// The default forecaster. Its state with a day and a week of one-minute steps: at most 48 KiB, and six bytes for each part of a shape that
/// [`Ensemble::warm_start`] gave it.
#[derive(Debug, Clone)]
pub struct Ensemble {
    config: EnsembleConfig,
    experts: Experts,
    members: Members,
    features: FeatureRegression,
    progress: Progress,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    config: EnsembleConfig,
    experts: Experts,
    members: SavedMembers,
    features: FeatureRegression,
    progress: Progress,
}

impl Default for Ensemble {
    fn default() -> Self {
        Self::blank(EnsembleConfig::default(), Members::default(), Progress::default())
    }
}

impl Ensemble {
    /// An ensemble of the built-in experts and of `members`, at most 64 models of any kind. Members see what the ensemble
    /// sees, the load and its features; the built-in experts see the load without the features' linear effect. A member that
    /// refuses what it is given sleeps until a refit succeeds.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of its range, or too many members.
    pub fn new(config: EnsembleConfig, members: Vec<Box<dyn Forecaster>>) -> Result<Self> {
        config.check()?;
        if members.len() > MOST_MEMBERS {
            return Err(Error::config(
                "members",
                format!("must be at most {MOST_MEMBERS}, got {}", members.len()),
            ));
        }
        Ok(Self::blank(config, Members::new(members), Progress::default()))
    }

    fn blank(config: EnsembleConfig, members: Members, progress: Progress) -> Self {
        let experts = Experts::new(progress.clock().1, &config.periods(), members.len());
        Ensemble { config, experts, members, features: FeatureRegression::default(), progress }
    }

    /// Begins with a seasonal shape learned elsewhere, as [`pooled_shape`] gives it: `shape` averages 1, one value for each
    /// equal part of a season of `period_seconds`, at least 2 and at most 10,080. It is scaled to the load from its first
    /// values on, and gives way to what the load shows itself after its first season.
    ///
    /// # Errors
    /// [`Error::Config`] for a bad period, [`Error::Data`] for a bad shape.
    pub fn warm_start(&mut self, shape: &[f64], period_seconds: f64) -> Result<()> {
        let period = whole_milliseconds(period_seconds).map_err(|_| {
            Error::config(
                "period_seconds",
                format!("must be whole milliseconds above 0, got {period_seconds}"),
            )
        })?;
        if !(2..=10_080).contains(&shape.len()) {
            return Err(Error::data("shape", format!("must have 2 to 10080 values, has {}", shape.len())));
        }
        all_finite("shape", shape)?;
        shape.iter().try_for_each(|value| not_negative("shape", *value).map(|_| ()))?;
        self.experts.borrow_shape(period, self.progress.clock().1, shape);
        Ok(())
    }

    /// The members whose refit is due: their losses have risen beside those of the built-in experts, of which a false alarm has
    /// probability 1 % between two refits, or the time between refits has passed, which is longer after each refit
    /// that does not pay and shorter after each that does (128 to 131,072 steps, at first 1,024).
    pub fn refits_due(&self) -> Vec<usize> {
        self.members.refits_due()
    }

    /// Refits members on the recent past while `budget` lasts, measured by `clock` (seconds, or whatever the caller counts):
    /// first those that are due, among them those whose refits helped most, chosen by a bandit. A copy that was refitted takes a
    /// member's place if it is no worse on the last part of the past. Gives the indices of the members that were tried.
    ///
    /// # Errors
    /// [`Error::Config`] for a negative budget, [`Error::Data`] for a clock that is not finite, [`Error::NotReady`] before the
    /// first value.
    pub fn refit(&mut self, budget: f64, clock: &mut dyn FnMut() -> f64) -> Result<Vec<usize>> {
        not_negative("budget", budget)?;
        if self.progress.known() == 0 {
            return Err(Error::not_ready("Ensemble", "needs at least 1 known value"));
        }
        let (next, step) = self.progress.clock();
        // A clock that fails half-way leaves the ensemble as it was.
        let mut members = self.members.clone();
        let tried = members.refit(budget, clock, next, step)?;
        self.members = members;
        Ok(tried)
    }

    /// Takes over from `copy`, a copy of this ensemble, the members that were refitted there, after what came since: so that a
    /// refit needs no lock.
    ///
    /// # Errors
    /// [`Error::Data`] for another ensemble, or one from longer ago than the steps that are kept.
    pub fn adopt(&mut self, copy: Ensemble) -> Result<()> {
        let since = self.experts.steps().checked_sub(copy.experts.steps());
        match since.and_then(|since| usize::try_from(since).ok()) {
            Some(since) if self.is_later(&copy, since) && self.members.follow(&copy.members, since) => {
                self.members.adopt(copy.members, since);
                Ok(())
            }
            _ => Err(Error::data("copy", "is no copy of this ensemble within the steps that are kept")),
        }
    }

    /// Whether its clock is that of `copy` so many steps later.
    fn is_later(&self, copy: &Ensemble, since: usize) -> bool {
        let mut clock = copy.progress;
        clock.pass(since as u64);
        clock.clock() == self.progress.clock()
    }

    /// Takes in a value, which is `plain` without the features' effect; members only where they have not learned from it yet.
    fn learn(&mut self, value: f64, plain: f64, row: Option<&[f64]>, members_learn: bool) {
        let (time, step) = self.progress.clock();
        if self.members.is_empty() {
            self.experts.learn(plain, time, step, Vec::new(), |_| Vec::new());
            return;
        }
        // How many features there are is decided at the first known value.
        let row = row.filter(|_| !value.is_nan() || self.members.have_features());
        self.members.remember(value, row, self.config.history_steps);
        let count = self.members.len();
        if !members_learn {
            self.experts.learn(plain, time, step, Vec::new(), |_| vec![None; count]);
            return;
        }
        let now = self.experts.steps();
        let late = self.members.said_earlier(now);
        if let Some((_, said)) = late.iter().find(|(steps, _)| *steps == 1) {
            self.members.note(said.iter().copied());
        }
        self.members.update(value, row);
        let ahead = if self.members.have_features() {
            Vec::new()
        } else {
            self.members.forecasts(self.experts.farthest_speaking(), None)
        };
        let effect = if value.is_nan() { 0.0 } else { value - plain };
        let late: Vec<_> = late
            .into_iter()
            .map(|(steps, said)| (steps, said.iter().map(|law| transformed(law.as_ref(), effect)).collect()))
            .collect();
        let own = self.experts.learn(plain, time, step, late, |steps| at(&ahead, count, steps, 0.0));
        self.members.judge(value, own);
        if self.members.have_features() {
            self.experts.speaking_at(now).for_each(|steps| self.members.keep(now, steps));
        } else {
            self.members.note(ahead.iter().map(|laws| laws.as_ref()?.first().copied()));
        }
    }

    /// Reads a snapshot of the ensemble with its members.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let Saved { config, experts, members, features, progress }: Saved =
            snapshot::load(snapshot::Kind::Ensemble, bytes)?;
        let members = Members::load(members)?;
        if config.check().is_err()
            || !experts.is_whole()
            || experts.members() != members.len()
            || !features.is_whole(progress.columns())
            || !progress.is_whole()
        {
            return Err(Error::Snapshot { problem: "the ensemble is inconsistent".into() });
        }
        Ok(Ensemble { config, experts, members, features, progress })
    }
}

/// What each member says of the step so many ahead, in transformed units and without the features' effect there.
fn at(laws: &[Option<Vec<Quantiles>>], count: usize, ahead: usize, effect: f64) -> Vec<Option<Quantiles>> {
    let law = |i: usize| transformed(laws.get(i)?.as_ref()?.get(ahead.max(1) - 1), effect);
    (0..count).map(law).collect()
}

fn transformed(law: Option<&Quantiles>, effect: f64) -> Option<Quantiles> {
    let law = law?.map(|quantile| root((quantile - effect).clamp(f64::MIN, f64::MAX)));
    Some(law)
}

/// What each quantile weighs in the mean, by the trapezoidal rule over the probabilities.
#[allow(clippy::indexing_slicing, reason = "computed by the compiler, which refuses an index out of range")]
const SHARES: [f64; PROBABILITIES.len()] = {
    let mut shares = [0.0; PROBABILITIES.len()];
    let (mut i, mut below) = (0, 0.0);
    while i < PROBABILITIES.len() {
        let above =
            if i + 1 < PROBABILITIES.len() { 0.5 * (PROBABILITIES[i] + PROBABILITIES[i + 1]) } else { 1.0 };
        shares[i] = above - below;
        below = above;
        i += 1;
    }
    shares
};

fn mean(law: &[f64]) -> f64 {
    law.iter().zip(SHARES).map(|(quantile, share)| share * quantile).sum()
}

impl Forecaster for Ensemble {
    fn name(&self) -> &'static str {
        "Ensemble"
    }

    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()> {
        let progress = Progress::fit(self.name(), series, features, 1)?;
        Progress::check_size(self.name(), series, LARGEST_SIZE)?;
        let (regression, plain) = FeatureRegression::fit(series, features)?;
        let mut fitted = Self::blank(self.config.clone(), self.members.clone(), progress);
        fitted.features = regression;
        fitted.experts.lend_shape(&self.experts, series.step_milliseconds());
        fitted.members.forget();
        if self.config.seasons_seconds.is_none() {
            let step = series.step_milliseconds();
            fitted.experts.set_cycles(&cycles_in(plain.values(), step, &self.config.periods()));
        }
        // Members learn from the first half and are judged on the second, then learn from all.
        let half = if fitted.members.is_empty() { series.len() } else { series.len() / 2 };
        for (i, (value, without)) in series.values().iter().zip(plain.values()).enumerate() {
            if i == half {
                let values = series.values().get(..half).unwrap_or_default().to_vec();
                let rows = features.map(|rows| {
                    let head = rows.values().get(..half * rows.columns()).unwrap_or_default();
                    Rows::whole(head, rows.columns())
                });
                fitted.members.fit(&Series::new(values, series.start(), series.step_seconds())?, rows);
            }
            let row = features.and_then(|rows| rows.get(i));
            fitted.learn(*value, *without, row, i >= half);
            fitted.progress.advance(*value, None);
        }
        fitted.members.fit(series, features);
        *self = fitted;
        Ok(())
    }

    fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()> {
        self.progress.check_update(value, features)?;
        let without = self.features.update(value, features)?;
        self.learn(value, without.clamp(f64::MIN, f64::MAX), features, true);
        self.progress.advance(value, features);
        Ok(())
    }

    fn skip(&mut self, steps: u64) -> Result<()> {
        if !self.members.is_empty() {
            if steps > 10_000_000 {
                return Err(Error::config(
                    "steps",
                    format!("must be 0 to 10000000 with members, got {steps}"),
                ));
            }
            self.members.skip(steps, self.config.history_steps);
        }
        self.experts.skip(steps);
        self.features.skip();
        self.progress.pass(steps);
        Ok(())
    }

    fn forecast(&self, horizon: usize, levels: &[f64], features: Option<Rows<'_>>) -> Result<Forecast> {
        self.progress.check_forecast(self.name(), 1, horizon, levels, features)?;
        Progress::check_one_size(self.name(), self.experts.last_size(), LARGEST_SIZE)?;
        let (time, step) = self.progress.clock();
        let mut effects = vec![0.0; if features.is_some() { horizon } else { 0 }];
        self.features.add_to(&mut effects, features);
        let laws = self.members.forecasts(horizon, features);
        let law = |ahead: usize| {
            let effect = effects.get(ahead - 1).copied().unwrap_or(0.0);
            at(&laws, laws.len(), ahead, effect)
        };
        let (mut rows, mut beyond) = self.experts.forecast(horizon, time, step, law);
        let lowest = self.progress.floor().max(f64::MIN);
        let finish = |rows: &mut [f64], first: usize| {
            for (row, ahead) in rows.chunks_exact_mut(PROBABILITIES.len()).zip(first..) {
                let effect = effects.get(ahead).copied().unwrap_or(0.0);
                row.iter_mut().for_each(|quantile| *quantile = (*quantile + effect).clamp(lowest, f64::MAX));
            }
        };
        let near = rows.len() - beyond.len();
        finish(&mut rows, 0);
        finish(&mut beyond, near / PROBABILITIES.len());
        let judged = rows.get(..near).unwrap_or_default().chunks_exact(PROBABILITIES.len());
        let means = judged.chain(beyond.chunks_exact(PROBABILITIES.len()));
        let means = means.map(|row| mean(row).clamp(f64::MIN, f64::MAX)).collect();
        Ok(self.progress.quantiles(levels, means, SCORES.to_vec(), rows))
    }

    fn parameters(&self) -> serde_json::Value {
        let horizons = self.experts.horizons().iter().map(|horizon| {
            serde_json::json!({ "steps": horizon.steps, "judged": horizon.judged,
                "experts": horizon.expert_weights(), "laws": horizon.law_weights() })
        });
        let own = ["errors", "recent 192", "recent 3072"];
        let step = self.progress.clock().1 as f64 / 1000.0;
        let laws: Vec<&str> = own.into_iter().chain(self.members.names()).collect();
        serde_json::json!({
            "config": self.config,
            "experts": ["regression", "seasonal regression", "level 1", "level 16", "level 256", "level 4096", "season", "growing season"],
            "laws": laws,
            "found_seasons_seconds": self.experts.cycles().map(|steps| steps as f64 * step).collect::<Vec<_>>(),
            "horizons": horizons.collect::<Vec<_>>(),
            "members": self.members.parameters(),
            "features": self.features.coefficients(),
        })
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        let (config, experts) = (self.config.clone(), self.experts.clone());
        let (features, progress) = (self.features.clone(), self.progress);
        let saved = Saved { config, experts, members: self.members.save()?, features, progress };
        snapshot::save(snapshot::Kind::Ensemble, &saved)
    }

    fn boxed_clone(&self) -> Box<dyn Forecaster> {
        Box::new(self.clone())
    }
}
