//! Exponential smoothing: a level, a trend and a season that each follow the errors of the forecast by a fixed share.
//!
//! The state space family with one source of error of Hyndman, Koehler, Ord & Snyder 2008, "Forecasting with Exponential
//! Smoothing: The State Space Approach" (the book, in this folder's comments), and Hyndman, Koehler, Snyder & Grose 2002,
//! "A state space framework for automatic forecasting using exponential smoothing methods", Int. J. Forecasting 18.

mod config;
mod estimate;
mod form;
mod likelihood;
mod model;
mod select;
mod start;
#[cfg(test)]
mod tests;
mod waves;

pub use config::{EtsConfig, EtsInitial, EtsParameters};
pub use form::EtsComponent;

use super::feature_regression::FeatureRegression;
use super::progress::Progress;
use super::{Forecast, Forecaster};
use crate::error::{Error, Result};
use crate::load::Series;
use crate::rows::Rows;
use crate::{math, snapshot};
use estimate::{Estimate, Given, smoothing};
use form::{Form, Season};
use likelihood::Pass;
use model::{MEMORY, Model, WILD};
use select::{Fit, candidates, choose};
use serde::{Deserialize, Serialize};

/// Exponential smoothing in state space form: given, estimated, or chosen automatically by the least AICc.
///
/// A fit estimates what is not given by maximum likelihood, initial states included; an update then costs O(1). A model that was
/// only ever updated smooths with the given parameters, or customary ones. Missing values leave the states as they were foretold,
/// and widen the intervals. Values more than a thousand times as large as any other are taken as missing, one at a time.
///
/// Multiplicative components need a load above 0: the automatic choice leaves them out otherwise. It never takes additive errors
/// with a multiplicative season, which is unstable. Memory: one number for each step of the season.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ets {
    config: EtsConfig,
    model: Option<Model>,
    fit: Option<Fit>,
    features: FeatureRegression,
    progress: Progress,
}

impl Ets {
    /// A model that has learned nothing yet.
    ///
    /// # Errors
    /// [`Error::Config`] names a setting that is out of range or contradicts another.
    pub fn new(config: EtsConfig) -> Result<Self> {
        config.check()?;
        Ok(Ets {
            config,
            model: None,
            fit: None,
            features: FeatureRegression::default(),
            progress: Progress::default(),
        })
    }

    /// Reads a snapshot of the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let model: Ets = snapshot::load(snapshot::Kind::Ets, bytes)?;
        if !model.is_whole() {
            return Err(Error::Snapshot {
                problem: "the exponential smoothing model is inconsistent".into(),
            });
        }
        Ok(model)
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.config.check().is_ok()
            && self.model.as_ref().is_none_or(Model::is_whole)
            && self.progress.is_whole()
            && self.features.is_whole(self.progress.columns())
    }

    /// Takes in a value without the features' effect.
    fn learn(&mut self, value: f64) {
        match &mut self.model {
            Some(model) => model.update(value),
            None => self.model = customary(&self.config, value),
        }
    }
}

impl Forecaster for Ets {
    fn name(&self) -> &'static str {
        "Ets"
    }

    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()> {
        let mut progress = Progress::fit(self.name(), series, features, 1)?;
        let (regression, plain) = FeatureRegression::fit(series, features)?;
        let mut fitted = Ets { features: regression, ..Ets::new(self.config.clone())? };
        match learn(&self.config, plain.values())? {
            Some((model, fit)) => (fitted.model, fitted.fit) = (Some(model), Some(fit)),
            None => plain.values().iter().for_each(|value| fitted.learn(*value)),
        }
        series.values().iter().for_each(|value| progress.advance(*value, None));
        *self = Ets { progress, ..fitted };
        Ok(())
    }

    fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()> {
        self.progress.check_update(value, features)?;
        let without = self.features.update(value, features)?;
        self.learn(without);
        self.progress.advance(value, features);
        Ok(())
    }

    fn forecast(&self, horizon: usize, levels: &[f64], features: Option<Rows<'_>>) -> Result<Forecast> {
        self.progress.check_forecast(self.name(), 1, horizon, levels, features)?;
        let model = self.model.as_ref().ok_or_else(|| Error::internal("a known value left no model"))?;
        let (mut mean, deviation) = model.forecast(horizon);
        self.features.add_to(&mut mean, features);
        Ok(self.progress.normal(levels, mean, deviation))
    }

    fn parameters(&self) -> serde_json::Value {
        let mut shown =
            serde_json::json!({ "config": self.config, "features": self.features.coefficients() });
        if let (Some(model), Some(object)) = (&self.model, shown.as_object_mut()) {
            object.insert("model".into(), model.form.name().into());
            object.insert("learned".into(), model.shown());
            // Log-likelihood and criteria stand beside them.
            if let Ok(serde_json::Value::Object(fit)) = serde_json::to_value(self.fit) {
                object.extend(fit);
            }
        }
        shown
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::Ets, self)
    }

    fn boxed_clone(&self) -> Box<dyn Forecaster> {
        Box::new(self.clone())
    }
}

/// The power of two next below a load's size, by which all is divided: exact, and nothing overflows.
fn unit_of(size: f64) -> f64 {
    if size > 0.0 { math::scalbn(1.0, (math::frexp(size).1 - 1).clamp(-1000, 1000)) } else { 1.0 }
}

/// The best model of a series with at least one known value; none where there are too few for any estimate.
fn learn(config: &EtsConfig, values: &[f64]) -> Result<Option<(Model, Fit)>> {
    let mut sizes: Vec<f64> = values.iter().map(|value| value.abs()).filter(|size| *size > 0.0).collect();
    let most = sizes.len().saturating_sub(1) * 9 / 10;
    let typical = if sizes.is_empty() { 0.0 } else { *sizes.select_nth_unstable_by(most, f64::total_cmp).1 };
    let unit = unit_of(typical);
    let tame = |value: &f64| {
        let value = value / unit;
        if value.abs() > WILD * (typical / unit) { f64::NAN } else { value }
    };
    let values: Vec<f64> = values.iter().map(tame).collect();
    let known = || values.iter().filter(|value| !value.is_nan());
    let given = config.given(unit);
    let forms = forms(config, &given, &values)?;
    let Some((estimate, fit)) = choose(&values, &forms, &given, unit) else { return Ok(None) };
    let Estimate { form, mut point, cost, .. } = estimate;
    if !point.smoothing.is_admissible(form) {
        let problem = format!("leave {} unstable: {:?}", form.name(), config.parameters);
        return Err(Error::config("parameters", problem));
    }
    if cost.is_infinite() {
        // Outside of the domain of its likelihood, a model still runs, within bounds.
        let states = (point.level, point.trend, std::mem::take(&mut point.season));
        let mut model = Model::new(form, point.smoothing, unit, states);
        values.iter().for_each(|value| model.update(value * unit));
        return Ok(Some((model, fit)));
    }
    let mut pass = Pass::new(&values, form);
    let outcome = pass.forwards(&point);
    let weight = (known().count() as f64 - (fit.estimated as f64 - 1.0)).max(1.0);
    let errors = (outcome.squares / weight, weight.min(MEMORY.max(2.0 * form.period as f64)));
    let largest = known().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let most = pass.largest_relative_error();
    let model =
        Model::new(form, point.smoothing, unit, (outcome.level, outcome.trend, pass.last_season().to_vec()));
    Ok(Some((model.after(values.len(), errors, largest, most), fit)))
}

/// The forms in question for a series; refuses what the settings ask for and the series cannot give.
fn forms(config: &EtsConfig, given: &Given, values: &[f64]) -> Result<Vec<Form>> {
    let positive = values.iter().all(|value| value.is_nan() || *value > 0.0);
    let demanded = [config.error, config.seasonal].contains(&EtsComponent::Multiplicative);
    if demanded && !positive {
        return Err(Error::data(
            "series",
            "has values that are not above 0, which a multiplicative model needs",
        ));
    }
    let seasons_needed = if given.season.is_some() { 0 } else { 2 };
    let enough = values.len() / config.period >= seasons_needed;
    if !enough && matches!(config.seasonal, EtsComponent::Additive | EtsComponent::Multiplicative) {
        let needed = config.period * seasons_needed;
        let problem = format!("needs at least {needed} steps, two seasons, the series has {}", values.len());
        return Err(Error::not_ready("Ets", problem));
    }
    let mut forms = candidates(config, given, positive);
    forms.retain(|form| enough || !form.is_seasonal());
    Ok(forms)
}

/// A model to begin with when nothing can be estimated: the simplest form that the settings allow, with given or customary
/// parameters. None before the first known value, unless a level is given.
fn customary(config: &EtsConfig, value: f64) -> Option<Model> {
    let unit = unit_of(value.abs());
    let given = config.given(unit);
    if value.is_nan() && given.level.is_none() {
        return None;
    }
    let form = *candidates(config, &given, value > 0.0).first()?;
    let neutral = if form.season == Season::Multiplicative { 1.0 } else { 0.0 };
    let length = if form.is_seasonal() { form.period } else { 0 };
    let season = given.season.clone().unwrap_or_else(|| vec![neutral; length]);
    let trend = given.trend.unwrap_or(0.0);
    let parameters = smoothing(form, &given, 0.3, 0.1);
    let model = |level| Model::new(form, parameters, unit, (level, trend, season));
    Some(match given.level {
        Some(level) => {
            let mut model = model(level);
            model.update(value);
            model
        }
        None => model(value / unit).after(1, (0.0, 0.0), value.abs() / unit, 1.0),
    })
}
