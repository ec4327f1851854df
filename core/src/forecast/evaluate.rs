//! How good a model would have been: forecasts from many origins within a series, each made from what lay before it.
//!
//! Rolling-origin evaluation (Tashman 2000, "Out-of-sample tests of forecasting accuracy", Int. J. Forecasting 16). A model
//! cannot look ahead because it is only ever handed the series up to its origin, and the features of the steps to forecast.

use super::accuracy::{coverage, crps_points, mae, mape, mean, naive_error, smape, undefined, wape, within};
use super::distribution::check_levels;
use super::{Forecast, Forecaster};
use crate::error::{Error, Result};
use crate::load::Series;
use crate::rows::{Rows, Table};
use serde::{Deserialize, Serialize};

/// No more forecast steps than this are kept, about 1 GiB.
const MOST_POINTS: usize = 1 << 24;
/// What counts as close: ±15 % of the load.
const CLOSE: f64 = 0.15;
/// Quantiles from which the CRPS is taken, at the middles of as many equal parts of (0, 1).
const QUANTILES: usize = 20;

/// Settings of [`evaluate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvaluationConfig {
    /// Steps ahead that each forecast reaches, at least 1. Default 1.
    pub horizon: usize,
    /// How many forecasts to make, at least 1. The last one ends with the series. Default 100.
    pub origins: usize,
    /// The model is fitted anew at every so many origins and updated in between; 0 = fitted once, at the first. Default 0.
    pub refit_every: usize,
    /// Steps from one origin to the next, at least 1. Default 1.
    pub stride: usize,
    /// Season, in steps, of the naive rule that MASE compares with, at least 1. Default 1.
    pub period: usize,
    /// Levels of the intervals whose coverage is counted, each in (0, 1). Default 0.8 and 0.95.
    pub levels: Vec<f64>,
}

impl Default for EvaluationConfig {
    fn default() -> Self {
        EvaluationConfig {
            horizon: 1,
            origins: 100,
            refit_every: 0,
            stride: 1,
            period: 1,
            levels: vec![0.8, 0.95],
        }
    }
}

/// What [`evaluate`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    scores: Table,
    forecasts: Table,
}

impl Evaluation {
    /// The first row is over all steps ahead (`step` 0), then follows one row for each (`step` 1, 2, …).
    ///
    /// Columns: `step`, `points` (known loads), `undefined` (points without a relative error), `mae`, `mape`, `smape`, `mase`,
    /// `wape`, `within` (share within ±15 %), `crps`, and for each level `coverage_0.8`, …. Shares are fractions; NaN where
    /// nothing is defined. MASE is scaled by the series before the first origin.
    pub fn scores(&self) -> &Table {
        &self.scores
    }

    /// The forecasts themselves, a row for each origin and step ahead.
    ///
    /// Columns: `origin` and `time` (Unix milliseconds at which the first step ahead and this one begin), `step`, `actual`,
    /// `mean`, and for each level `lower_0.8`, `upper_0.8`, ….
    pub fn forecasts(&self) -> &Table {
        &self.forecasts
    }
}

/// Forecasts from `origins` points within `series`, and compares with what came. The model itself stays as it is; copies of it
/// see the series up to each origin and nothing else. `features` has one row for each value of the series.
///
/// # Errors
/// [`Error::Config`] for a bad setting, or more origins than the series has room for; what the model answers.
pub fn evaluate(
    model: &dyn Forecaster,
    series: &Series,
    features: Option<Rows<'_>>,
    config: &EvaluationConfig,
) -> Result<Evaluation> {
    evaluate_with_progress(model, series, features, config, &mut |_| true)
}

/// As [`evaluate`], telling `progress` the share of the work done, 0 to 1, after each origin; when that answers `false` the
/// work stops.
///
/// # Errors
/// As [`evaluate`]; [`Error::Stopped`] when `progress` says so.
pub fn evaluate_with_progress(
    model: &dyn Forecaster,
    series: &Series,
    features: Option<Rows<'_>>,
    config: &EvaluationConfig,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Evaluation> {
    let first = first_origin(config, series.len())?;
    if let Some(rows) = features {
        crate::error::same_length("features", rows.len(), "series", series.len())?;
    }
    let mut copy = model.boxed_clone();
    let mut points = Points::default();
    for at in 0..config.origins {
        let origin = first + at * config.stride;
        let refits = at == 0 || (config.refit_every > 0 && at % config.refit_every == 0);
        if refits {
            let known = series.values().get(..origin).unwrap_or_default().to_vec();
            let known = Series::new(known, series.start(), series.step_seconds())?;
            copy.fit(&known, features.map(|rows| slice(rows, 0, origin)))?;
        } else {
            for step in origin - config.stride..origin {
                let value = series.values().get(step).copied().unwrap_or(f64::NAN);
                copy.update(value, features.and_then(|rows| rows.get(step)))?;
            }
        }
        let ahead = features.map(|rows| slice(rows, origin, config.horizon));
        let forecast = copy.forecast(config.horizon, &config.levels, ahead)?;
        let actual = series.values().get(origin..origin + config.horizon).unwrap_or_default();
        points.add(actual, &forecast, &config.levels)?;
        let share = (at + 1) as f64 / config.origins as f64;
        if !progress(share) {
            return Err(Error::Stopped { percent: (100.0 * share) as u8 });
        }
    }
    let history = series.values().get(..first).unwrap_or_default();
    let scale = naive_error(history, config.period)?;
    Ok(Evaluation {
        scores: points.scores(config, scale)?,
        forecasts: points.forecasts(series, first, config),
    })
}

fn first_origin(config: &EvaluationConfig, length: usize) -> Result<usize> {
    let counts = [
        ("horizon", config.horizon),
        ("origins", config.origins),
        ("stride", config.stride),
        ("period", config.period),
    ];
    for (field, count) in counts {
        if count == 0 {
            return Err(Error::config(field, "must be at least 1, got 0"));
        }
    }
    check_levels(&config.levels)?;
    let span =
        (config.origins - 1).checked_mul(config.stride).and_then(|span| span.checked_add(config.horizon));
    let first = span.and_then(|span| length.checked_sub(span)).unwrap_or(0);
    if first == 0 {
        let (origins, stride, horizon) = (config.origins, config.stride, config.horizon);
        let asked = format!("{origins} of them, {stride} apart, with {horizon} steps ahead");
        return Err(Error::config("origins", format!("{asked}, need a longer series than {length} values")));
    }
    match config.origins.checked_mul(config.horizon) {
        Some(points) if points <= MOST_POINTS => Ok(first),
        _ => {
            let problem =
                format!("{} origins of {} steps are more than {MOST_POINTS}", config.origins, config.horizon);
            Err(Error::config("origins", problem))
        }
    }
}

fn slice(rows: Rows<'_>, first: usize, count: usize) -> Rows<'_> {
    let columns = rows.columns();
    Rows::whole(rows.values().get(first * columns..(first + count) * columns).unwrap_or_default(), columns)
}

/// Everything that was forecast, origin after origin.
#[derive(Debug, Default)]
struct Points {
    actual: Vec<f64>,
    mean: Vec<f64>,
    crps: Vec<f64>,
    /// For each level, lower and upper ends.
    intervals: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Points {
    fn add(&mut self, actual: &[f64], forecast: &Forecast, levels: &[f64]) -> Result<()> {
        crate::error::same_length("forecast", forecast.mean().len(), "horizon", actual.len())?;
        let probabilities: Vec<f64> = (0..QUANTILES).map(|k| (k as f64 + 0.5) / QUANTILES as f64).collect();
        let columns = probabilities.iter().map(|p| forecast.quantile(*p)).collect::<Result<Vec<_>>>()?;
        let table: Vec<f64> = (0..actual.len())
            .flat_map(|step| columns.iter().map(move |column| column.get(step).copied().unwrap_or(f64::NAN)))
            .collect();
        self.crps.extend(crps_points(actual, Rows::whole(&table, QUANTILES), &probabilities)?);
        self.actual.extend(actual);
        self.mean.extend(forecast.mean());
        self.intervals.resize_with(levels.len(), Default::default);
        for ((lower, upper), level) in self.intervals.iter_mut().zip(levels) {
            lower.extend(forecast.lower(*level)?);
            upper.extend(forecast.upper(*level)?);
        }
        Ok(())
    }

    fn scores(&self, config: &EvaluationConfig, scale: f64) -> Result<Table> {
        let plain = ["step", "points", "undefined", "mae", "mape", "smape", "mase", "wape", "within", "crps"];
        let mut names: Vec<String> = plain.map(String::from).to_vec();
        names.extend(config.levels.iter().map(|level| format!("coverage_{level}")));
        let mut values = Vec::new();
        for step in 0..=config.horizon {
            let (skip, by) = if step == 0 { (0, 1) } else { (step - 1, config.horizon) };
            let of = |all: &[f64]| all.iter().skip(skip).step_by(by).copied().collect::<Vec<f64>>();
            let (actual, predicted) = (of(&self.actual), of(&self.mean));
            let absolute = mae(&actual, &predicted)?;
            let known = actual.iter().filter(|value| !value.is_nan()).count();
            values.extend([step as f64, known as f64, undefined(&actual, &predicted)? as f64]);
            values.extend([
                absolute,
                mape(&actual, &predicted)?,
                smape(&actual, &predicted)?,
                absolute / scale,
            ]);
            values.extend([wape(&actual, &predicted)?, within(&actual, &predicted, CLOSE)?]);
            values.push(mean(of(&self.crps).into_iter()));
            for (lower, upper) in &self.intervals {
                values.push(coverage(&actual, &of(lower), &of(upper))?);
            }
        }
        Ok(Table::whole(names, values))
    }

    fn forecasts(&self, series: &Series, first: usize, config: &EvaluationConfig) -> Table {
        let mut names: Vec<String> = ["origin", "time", "step", "actual", "mean"].map(String::from).to_vec();
        names.extend(
            config.levels.iter().flat_map(|level| [format!("lower_{level}"), format!("upper_{level}")]),
        );
        let time = |step: usize| series.start() as f64 + step as f64 * series.step_milliseconds() as f64;
        let mut values = Vec::with_capacity(names.len() * self.actual.len());
        for (i, (actual, mean)) in self.actual.iter().zip(&self.mean).enumerate() {
            let (origin, ahead) = (first + i / config.horizon * config.stride, i % config.horizon);
            values.extend([time(origin), time(origin + ahead), (ahead + 1) as f64, *actual, *mean]);
            let end = |ends: &Vec<f64>| ends.get(i).copied().unwrap_or(f64::NAN);
            values.extend(self.intervals.iter().flat_map(|(lower, upper)| [end(lower), end(upper)]));
        }
        Table::whole(names, values)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MovingAverage, SeasonalNaive};
    use super::*;
    use std::sync::{Arc, Mutex};

    /// A model that writes down whatever it is given, and forecasts the last value.
    #[derive(Debug, Clone)]
    struct Spy {
        seen: Vec<f64>,
        rows: Vec<f64>,
        log: Arc<Mutex<Vec<Look>>>,
    }

    /// What the spy had been handed when it had to forecast.
    #[derive(Debug, Clone, PartialEq)]
    struct Look {
        seen: Vec<f64>,
        rows: Vec<f64>,
        ahead: Vec<f64>,
    }

    impl Forecaster for Spy {
        fn name(&self) -> &'static str {
            "Spy"
        }
        fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()> {
            self.seen = series.values().to_vec();
            self.rows = features.map(|rows| rows.values().to_vec()).unwrap_or_default();
            Ok(())
        }
        fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()> {
            self.seen.push(value);
            self.rows.extend(features.unwrap_or_default());
            Ok(())
        }
        fn forecast(&self, horizon: usize, levels: &[f64], features: Option<Rows<'_>>) -> Result<Forecast> {
            let ahead = features.map(|rows| rows.values().to_vec()).unwrap_or_default();
            self.log.lock().unwrap().push(Look { seen: self.seen.clone(), rows: self.rows.clone(), ahead });
            let last = *self.seen.last().unwrap();
            Forecast::normal(0, 60.0, levels, vec![last; horizon], vec![1.0; horizon])
        }
        fn parameters(&self) -> serde_json::Value {
            serde_json::Value::Null
        }
        fn snapshot(&self) -> Result<Vec<u8>> {
            Ok(Vec::new())
        }
        fn boxed_clone(&self) -> Box<dyn Forecaster> {
            Box::new(self.clone())
        }
    }

    fn spy() -> Spy {
        Spy { seen: Vec::new(), rows: Vec::new(), log: Arc::default() }
    }

    fn config(horizon: usize, origins: usize, refit_every: usize, stride: usize) -> EvaluationConfig {
        EvaluationConfig { horizon, origins, refit_every, stride, ..EvaluationConfig::default() }
    }

    #[test]
    fn a_model_that_tries_sees_nothing_from_its_origin_on() {
        let values: Vec<f64> = (0..50).map(f64::from).collect();
        let rows: Vec<f64> = (0..100).map(f64::from).collect();
        let series = Series::new(values.clone(), 0, 60.0).unwrap();
        let features = Rows::new("features", &rows, 2).unwrap();
        for refit_every in [0, 1, 2, 3] {
            for stride in [1, 4] {
                let spy = spy();
                evaluate(&spy, &series, Some(features), &config(3, 6, refit_every, stride)).unwrap();
                let looks = spy.log.lock().unwrap().clone();
                let want: Vec<Look> = (0..6)
                    .map(|at| 50 - 3 - (5 - at) * stride)
                    .map(|origin| Look {
                        seen: values[..origin].to_vec(),
                        rows: rows[..2 * origin].to_vec(),
                        ahead: rows[2 * origin..2 * (origin + 3)].to_vec(),
                    })
                    .collect();
                assert_eq!(looks, want, "refit every {refit_every}, stride {stride}");
                assert!(spy.seen.is_empty(), "the model itself learns nothing");
            }
        }
    }

    #[test]
    fn scores_are_those_of_the_forecasts() {
        // The last value one step ahead of a load that grows by 10: errors of 10, 20.
        let values: Vec<f64> = (1..=20).map(|i| 10.0 * f64::from(i)).collect();
        let series = Series::new(values, 600_000, 60.0).unwrap();
        let result = evaluate(&spy(), &series, None, &config(2, 4, 0, 1)).unwrap();
        let score = |name: &str| result.scores().column(name).unwrap();
        assert_eq!(score("step"), [0.0, 1.0, 2.0]);
        assert_eq!(score("points"), [8.0, 4.0, 4.0]);
        assert_eq!(score("mae"), [15.0, 10.0, 20.0]);
        assert_eq!(score("mase"), [1.5, 1.0, 2.0]);
        assert_eq!(score("coverage_0.95"), [0.0; 3]);
        assert_eq!(score("within"), [1.0; 3]);
        let point = |name: &str| result.forecasts().column(name).unwrap();
        assert_eq!(point("origin")[..3], [1_500_000.0, 1_500_000.0, 1_560_000.0]);
        assert_eq!(point("time")[..3], [1_500_000.0, 1_560_000.0, 1_560_000.0]);
        assert_eq!(point("actual")[..3], [160.0, 170.0, 170.0]);
        assert_eq!(point("mean")[..3], [150.0, 150.0, 160.0]);
        assert!(point("lower_0.8")[0] < 150.0 && point("upper_0.8")[0] > 150.0);
        assert!(result.scores().column("colour").unwrap_err().to_string().starts_with("name: \"colour\""));
    }

    #[test]
    fn missing_loads_are_left_out_and_certain_forecasts_score_their_error() {
        let mut values: Vec<f64> = (0..96).map(|i| f64::from(i % 24) + 1.0).collect();
        values[90] = f64::NAN;
        values[95] += 5.0;
        let series = Series::new(values, 0, 3600.0).unwrap();
        let result = evaluate(&SeasonalNaive::new(24).unwrap(), &series, None, &config(1, 24, 0, 1)).unwrap();
        let score = |name: &str| result.scores().column(name).unwrap()[0];
        assert_eq!((score("points"), score("undefined")), (23.0, 1.0));
        assert_eq!(score("mae"), 5.0 / 23.0);
        assert!((score("crps") - 5.0 / 23.0).abs() < 1e-15, "{}", score("crps"));
        assert_eq!(score("coverage_0.8"), 22.0 / 23.0);
    }

    #[test]
    fn bad_settings_are_refused_by_name_and_the_work_can_be_stopped() {
        let series = Series::new(vec![1.0; 20], 0, 60.0).unwrap();
        let model = MovingAverage::new(3).unwrap();
        let refused =
            |config: EvaluationConfig| evaluate(&model, &series, None, &config).unwrap_err().to_string();
        assert!(refused(config(0, 1, 0, 1)).starts_with("horizon: "));
        assert!(refused(config(1, 0, 0, 1)).starts_with("origins: "));
        assert!(refused(config(1, 1, 0, 0)).starts_with("stride: "));
        assert!(refused(EvaluationConfig { period: 0, ..config(1, 1, 0, 1) }).starts_with("period: "));
        assert!(
            refused(EvaluationConfig { levels: vec![1.0], ..config(1, 1, 0, 1) }).starts_with("levels: ")
        );
        assert!(refused(config(10, 11, 0, 1)).starts_with("origins: 11 of them"));
        assert!(refused(config(1, usize::MAX, 0, usize::MAX)).starts_with("origins: "));
        assert!(evaluate(&model, &series, None, &config(10, 10, 0, 1)).is_ok());
        let rows = [0.0; 3];
        let short = evaluate(&model, &series, Some(Rows::whole(&rows, 1)), &config(1, 1, 0, 1));
        assert!(short.unwrap_err().to_string().starts_with("features: has 3 values"));
        let stopped =
            evaluate_with_progress(&model, &series, None, &config(1, 10, 0, 1), &mut |share| share < 0.45);
        assert_eq!(stopped.unwrap_err(), Error::Stopped { percent: 50 });
    }
}
