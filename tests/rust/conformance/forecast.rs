use super::Dispatch;
use crate::vectors::Case;
use forescale::config::from_json;
use forescale::forecast::{
    AdaptiveInterval, Additive, Ets, Forecaster, MovingAverage, SeasonalNaive, confidence_interval,
    normal_quantile as quantile_of, restore,
};
use forescale::load::Series;
use forescale::{Result, Rows};

pub const DISPATCH: &[Dispatch] = &[
    ("normal_quantile", normal_quantile),
    ("confidence", confidence),
    ("forecaster", forecaster),
    ("additive", forecaster),
    ("holt_winters", forecaster),
    ("ets", forecaster),
    ("adaptive_interval", adaptive_interval),
];

fn normal_quantile(case: &Case) -> Result<()> {
    case.expect("z", quantile_of(case.number("p"))?);
    Ok(())
}

fn confidence(case: &Case) -> Result<()> {
    let (mean, sigma, n, z) = (case.number("mean"), case.number("sigma"), case.count("n"), case.number("z"));
    let (lower, upper) = confidence_interval(mean, sigma, n, z)?;
    case.expect("lower", lower);
    case.expect("upper", upper);
    Ok(())
}

/// The model that a case names, with its settings.
fn create(case: &Case) -> Result<Box<dyn Forecaster>> {
    let steps = || case.count("steps") as usize;
    Ok(match case.text("model") {
        "moving_average" => Box::new(MovingAverage::new(steps())?),
        "seasonal_naive" => Box::new(SeasonalNaive::new(steps())?),
        "additive" => Box::new(Additive::new(from_json("config", case.text("config"))?)?),
        "ets" => Box::new(Ets::new(from_json("config", case.text("config"))?)?),
        other => panic!("{}: no model {other}", case.label),
    })
}

/// Fitted to all values but the last `updates`, which come one by one; then `skip` steps without a value.
fn forecaster(case: &Case) -> Result<()> {
    let values = case.numbers("values");
    let fitted = values.len() - if case.has("updates") { case.count("updates") as usize } else { 0 };
    let table = case.has("features").then(|| case.table("features"));
    let rows = |from: usize, count: usize| {
        table.map(|table| {
            let columns = table.columns();
            Rows::new("features", &table.values()[from * columns..(from + count) * columns], columns).unwrap()
        })
    };
    let mut model = create(case)?;
    let start = if case.has("start") { case.count("start") as i64 } else { 60_000 };
    let step = if case.has("step_seconds") { case.number("step_seconds") } else { 60.0 };
    model.fit(&Series::new(values[..fitted].to_vec(), start, step)?, rows(0, fitted))?;
    for (at, value) in values.iter().enumerate().skip(fitted) {
        model.update(*value, rows(at, 1).map(|row| row.values()))?;
    }
    if case.has("skip") {
        model.skip(case.count("skip"))?;
    }
    let horizon = case.count("horizon") as usize;
    let forecast = restore(&model.snapshot()?)?.forecast(horizon, &[], rows(values.len(), horizon))?;
    let compare = |name: &str, got: &[f64]| {
        if case.has(name) {
            case.expect_array(name, got);
        }
    };
    compare("times", &forecast.times().iter().map(|time| *time as f64).collect::<Vec<_>>());
    compare("mean", forecast.mean());
    compare("standard_deviation", forecast.standard_deviation());
    compare("lower", &forecast.lower(0.8)?);
    compare("upper", &forecast.upper(0.8)?);
    compare("quantile", &forecast.quantile(0.9)?);
    Ok(())
}

/// What the interval around 0 is after each value.
fn adaptive_interval(case: &Case) -> Result<()> {
    let mut interval = AdaptiveInterval::new(case.number("level"), case.number("rate"))?;
    let mut upper = Vec::new();
    for value in case.numbers("actual") {
        interval.update(*value, 0.0)?;
        upper.push(interval.interval(0.0)?.1);
    }
    case.expect_array("upper", &upper);
    case.expect("coverage", interval.coverage());
    Ok(())
}
