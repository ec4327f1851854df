//! Which forms come into question, and which of them explains a series best: the least AICc (book, chapter 7).

use super::config::EtsConfig;
use super::estimate::{Effort, Estimate, Given, begin, improve};
use super::form::{EtsComponent, Form, Season};
use super::likelihood::Pass;
use super::start::first_season;
use super::waves::{LONGEST_FREE, Waves};
use crate::math;
use std::rc::Rc;

/// What each candidate gets, and what the best few get on top.
const SCREENING: Effort = Effort { passes: 40, gain: 0.01 };
const POLISH: Effort = Effort { passes: 300, gain: 1e-4 };
/// How many are polished, and how far behind the first: polishing gains less.
const FINALISTS: usize = 3;
const BEHIND: f64 = 10.0;

/// Logarithm of the likelihood and information criteria.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Fit {
    pub(super) log_likelihood: f64,
    pub(super) aic: f64,
    pub(super) aicc: f64,
    pub(super) bic: f64,
    /// Numbers, the variance among them.
    pub(super) estimated: usize,
}

impl Fit {
    pub(super) fn of(estimate: &Estimate, given: &Given, known: usize, unit: f64) -> Self {
        let (n, k) = (known as f64, count(estimate.form, estimate.waves.as_deref(), given) as f64);
        let constant = 0.5 * (1.0 + math::ln(2.0 * std::f64::consts::PI)) + math::ln(unit);
        let log_likelihood = -n * (estimate.cost + constant);
        let aic = 2.0 * k - 2.0 * log_likelihood;
        let rest = n - k - 1.0;
        let aicc = if rest > 0.0 { aic + 2.0 * k * (k + 1.0) / rest } else { f64::INFINITY };
        Fit { log_likelihood, aic, aicc, bic: aic - 2.0 * k + k * math::ln(n), estimated: k as usize }
    }
}

/// Numbers that a form has to estimate, the variance among them. A season's values have a fixed mean.
pub(super) fn count(form: Form, waves: Option<&Waves>, given: &Given) -> usize {
    let number = |needed: bool, given: bool| usize::from(needed && !given);
    1 + number(true, given.alpha.is_some())
        + number(form.trend, given.beta.is_some())
        + number(form.is_seasonal(), given.gamma.is_some())
        + number(form.damped, given.phi.is_some())
        + number(true, given.level.is_some())
        + number(form.trend, given.trend.is_some())
        + number(form.is_seasonal(), given.season.is_some())
            * waves.map_or(form.period - 1, Waves::parameters)
}

/// What the first season of the seasonal ones of `forms` is made of, where it is long and its shape simple.
fn waves(values: &[f64], forms: &[Form], given: &Given) -> Option<Rc<Waves>> {
    let long = forms.iter().find(|form| form.is_seasonal() && form.period > LONGEST_FREE)?;
    let shape = || first_season(values, Form { season: Season::Additive, ..*long });
    if given.season.is_some() { None } else { Waves::of(&shape()).map(Rc::new) }
}

/// All forms that the settings allow; multiplicative ones only for positive loads.
pub(super) fn candidates(config: &EtsConfig, given: &Given, positive: bool) -> Vec<Form> {
    use EtsComponent::{Additive, Auto, Multiplicative, None};
    let errors: &[bool] = match config.error {
        Multiplicative => &[true],
        Auto if positive => &[false, true],
        _ => &[false],
    };
    let has_trend = given.beta.is_some() || given.trend.is_some() || given.phi.is_some();
    let trends: &[bool] = match config.trend {
        None => &[false],
        Auto if !has_trend && config.damped != Some(true) => &[false, true],
        _ => &[true],
    };
    let dampings: &[bool] = match config.damped {
        Some(true) => &[true],
        Some(false) => &[false],
        Option::None if given.phi.is_some() => &[true],
        Option::None => &[false, true],
    };
    let has_season = given.gamma.is_some() || given.season.is_some();
    let seasons: &[Season] = match config.seasonal {
        None => &[Season::None],
        Additive => &[Season::Additive],
        Multiplicative => &[Season::Multiplicative],
        Auto if config.period < 2 => &[Season::None],
        Auto => match (has_season, positive) {
            (false, true) => &[Season::None, Season::Additive, Season::Multiplicative],
            (false, false) => &[Season::None, Season::Additive],
            (true, true) => &[Season::Additive, Season::Multiplicative],
            (true, false) => &[Season::Additive],
        },
    };
    let mut forms = Vec::new();
    for season in seasons {
        for trend in trends {
            for damped in dampings.iter().filter(|damped| *trend || !**damped) {
                for multiplicative_error in errors {
                    // Additive errors on a multiplicative season: unstable (book, chapter 15), only where asked for.
                    let odd = *season == Season::Multiplicative && !multiplicative_error;
                    if odd && !(config.error == Additive && config.seasonal == Multiplicative) {
                        continue;
                    }
                    let period = if *season == Season::None { 1 } else { config.period };
                    forms.push(Form {
                        multiplicative_error: *multiplicative_error,
                        trend: *trend,
                        damped: *damped,
                        season: *season,
                        period,
                    });
                }
            }
        }
    }
    forms
}

/// The best of `forms` on `values` of size about 1, with its criteria.
pub(super) fn choose(values: &[f64], forms: &[Form], given: &Given, unit: f64) -> Option<(Estimate, Fit)> {
    let known = values.iter().filter(|value| !value.is_nan()).count();
    let judged = |estimate: Estimate| {
        let fit = Fit::of(&estimate, given, known, unit);
        (estimate, fit)
    };
    let alone = forms.len() == 1;
    let waves = if alone { None } else { waves(values, forms, given) };
    let mut field: Vec<(Estimate, Fit)> = Vec::new();
    for form in forms {
        let waves = waves.clone().filter(|_| form.is_seasonal());
        if alone || count(*form, waves.as_deref(), given) + 1 < known {
            let start = begin(values, *form, waves, given, field.iter().map(|(estimate, _)| estimate));
            field.push(judged(if alone { start } else { improve(values, start, given, SCREENING) }));
        }
    }
    // The best of those made of waves once more, with a number for each step of its first season.
    let wavy = field.iter().filter(|(estimate, _)| estimate.waves.is_some());
    if let Some((best, _)) = wavy.min_by(|a, b| a.1.aicc.total_cmp(&b.1.aicc))
        && count(best.form, None, given) + 1 < known
    {
        let free = Estimate { waves: None, ..best.clone() };
        field.push(judged(improve(values, free, given, SCREENING)));
    }
    // Stable: of equals, the first and simplest.
    field.sort_by(|a, b| a.1.aicc.total_cmp(&b.1.aicc));
    field.truncate(FINALISTS);
    let least = field.first().map_or(f64::INFINITY, |(_, fit)| fit.aicc);
    field.retain(|(_, fit)| alone || fit.aicc <= least + BEHIND);
    let polished = field.into_iter().map(|(estimate, _)| judged(improve(values, estimate, given, POLISH)));
    let (mut best, mut fit) = polished.min_by(|a, b| a.1.aicc.total_cmp(&b.1.aicc))?;
    if given.gamma.is_none() && !best.point.smoothing.is_admissible(best.form) {
        // Within the usual region only too large a γ leaves the admissible one.
        while best.point.smoothing.gamma > 1e-6 && !best.point.smoothing.is_admissible(best.form) {
            best.point.smoothing.gamma *= 0.8;
        }
        best.cost = Pass::new(values, best.form).cost(&best.point);
        (best, fit) = judged(best);
    }
    normalise(&mut best, given);
    Some((best, fit))
}

/// Moves the mean of the season into the level, which changes no forecast.
fn normalise(estimate: &mut Estimate, given: &Given) {
    let point = &mut estimate.point;
    if given.level.is_some() || given.season.is_some() || point.season.is_empty() {
        return;
    }
    let mean = point.season.iter().sum::<f64>() / point.season.len() as f64;
    match estimate.form.season {
        Season::Additive => {
            point.level += mean;
            point.season.iter_mut().for_each(|value| *value -= mean);
        }
        Season::Multiplicative if given.trend.is_none() && mean > 0.0 => {
            point.level *= mean;
            point.trend *= mean;
            point.season.iter_mut().for_each(|value| *value /= mean);
        }
        _ => {}
    }
}
