use super::Dispatch;
use crate::vectors::Case;
use crate::yard::{root, updates};
use forescale::config::from_json;
use forescale::forecast::{
    AdaptiveInterval, Additive, Arima, Ensemble, Ets, Forecast, Forecaster, GradientBoosting, Hybrid, Lstm,
    MovingAverage, SeasonalNaive, Spectral, Tcn, confidence_interval, normal_quantile as quantile_of,
    restore,
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
    ("arima", forecaster),
    ("spectral", forecaster),
    ("learned", forecaster),
    ("ensemble", ensemble),
    ("model_snapshot", model_snapshot),
    ("adaptive_interval", adaptive_interval),
    ("accuracy", accuracy),
    ("evaluation", evaluation),
    ("panel", panel),
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
        "arima" => Box::new(Arima::new(from_json("config", case.text("config"))?)?),
        "ets" => Box::new(Ets::new(from_json("config", case.text("config"))?)?),
        "ensemble" => Box::new(Ensemble::default()),
        "spectral" => Box::new(Spectral::new(from_json(
            "config",
            if case.has("config") { case.text("config") } else { "{}" },
        )?)?),
        "gradient_boosting" => Box::new(GradientBoosting::new(from_json("config", case.text("config"))?)?),
        "lstm" => Box::new(Lstm::new(from_json("config", case.text("config"))?)?),
        "tcn" => Box::new(Tcn::new(from_json("config", case.text("config"))?)?),
        "hybrid" => Box::new(Hybrid::new(from_json("config", case.text("config"))?)?),
        other => panic!("{}: no model {other}", case.label),
    })
}

fn forecaster(case: &Case) -> Result<()> {
    let mut model = create(case)?;
    train(case, model.as_mut())?;
    compare_forecast(case, model.as_ref())
}

/// With a moving average and a seasonal naive model as members where there are `steps`; a shape to begin with, and a refit with
/// a clock that counts its calls.
fn ensemble(case: &Case) -> Result<()> {
    let steps = || case.count("steps") as usize;
    let members: Vec<Box<dyn Forecaster>> = if case.has("steps") {
        vec![Box::new(MovingAverage::new(steps())?), Box::new(SeasonalNaive::new(steps())?)]
    } else {
        Vec::new()
    };
    let config = if case.has("config") { case.text("config") } else { "{}" };
    let mut model = Ensemble::new(from_json("config", config)?, members)?;
    if case.has("shape") {
        model.warm_start(case.numbers("shape"), case.number("period_seconds"))?;
    }
    train(case, &mut model)?;
    if case.has("budget") {
        let indices = |members: Vec<usize>| members.iter().map(|i| *i as f64).collect::<Vec<_>>();
        case.expect_array("due", &indices(model.refits_due()));
        let mut calls = 0.0;
        let refitted = model.refit(case.number("budget"), &mut || {
            calls += 1.0;
            calls
        })?;
        case.expect_array("refitted", &indices(refitted));
    }
    compare_forecast(case, &model)
}

/// Rows of the case's features.
fn rows<'a>(case: &'a Case, from: usize, count: usize) -> Option<Rows<'a>> {
    case.has("features").then(|| {
        let table = case.table("features");
        let columns = table.columns();
        Rows::new("features", &table.values()[from * columns..(from + count) * columns], columns).unwrap()
    })
}

/// Fitted to all values but the last `updates`, which come one by one; then `skip` steps without a value.
fn train(case: &Case, model: &mut dyn Forecaster) -> Result<()> {
    let values = case.numbers("values");
    let fitted = values.len() - if case.has("updates") { case.count("updates") as usize } else { 0 };
    let start = if case.has("start") { case.count("start") as i64 } else { 60_000 };
    let step = if case.has("step_seconds") { case.number("step_seconds") } else { 60.0 };
    model.fit(&Series::new(values[..fitted].to_vec(), start, step)?, rows(case, 0, fitted))?;
    for (at, value) in values.iter().enumerate().skip(fitted) {
        model.update(*value, rows(case, at, 1).map(|row| row.values()))?;
    }
    if case.has("skip") {
        model.skip(case.count("skip"))?;
    }
    Ok(())
}

/// What a model restored from its snapshot forecasts.
fn compare_forecast(case: &Case, model: &dyn Forecaster) -> Result<()> {
    let horizon = case.count("horizon") as usize;
    check(
        case,
        &restore(&model.snapshot()?)?.forecast(
            horizon,
            &[],
            rows(case, case.numbers("values").len(), horizon),
        )?,
    )
}

/// Restored from a file that is kept for ever, then updated. A file that is missing is made where files may be written.
fn model_snapshot(case: &Case) -> Result<()> {
    let path = root().join("tests/vectors/snapshots").join(case.text("file"));
    if updates() && !path.exists() {
        let mut model = create(case)?;
        model.fit(&Series::new(case.numbers("values").to_vec(), 60_000, 60.0)?, None)?;
        std::fs::write(&path, model.snapshot()?).unwrap();
    }
    let mut model = restore(&std::fs::read(path).unwrap())?;
    case.numbers("updates").iter().try_for_each(|value| model.update(*value, None))?;
    check(case, &model.forecast(case.count("horizon") as usize, &[], None)?)
}

/// Compares what the case expects of a forecast.
fn check(case: &Case, forecast: &Forecast) -> Result<()> {
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

/// Every measure that the case expects.
fn accuracy(case: &Case) -> Result<()> {
    use forescale::forecast::*;
    let (actual, predicted) = (case.numbers("actual"), case.numbers("predicted"));
    let points = accuracy(actual, predicted)?;
    if case.has("accuracy") {
        case.expect_array("accuracy", &points);
    }
    let expect = |name: &str, value: &dyn Fn() -> Result<f64>| {
        if case.has(name) {
            case.expect(name, value()?);
        }
        Ok(())
    };
    expect("undefined", &|| Ok(undefined(actual, predicted)? as f64))?;
    expect("mae", &|| mae(actual, predicted))?;
    expect("mape", &|| mape(actual, predicted))?;
    expect("smape", &|| smape(actual, predicted))?;
    expect("mase", &|| mase(actual, predicted, case.numbers("history"), case.count("period") as usize))?;
    expect("wape", &|| wape(actual, predicted))?;
    expect("within", &|| within(actual, predicted, 0.15))?;
    expect("pinball", &|| pinball(actual, predicted, case.number("q")))?;
    expect("crps", &|| crps(actual, case.table("quantiles"), case.numbers("probabilities")))?;
    expect("crps_normal", &|| crps_normal(actual, predicted, case.numbers("standard_deviation")))?;
    expect("coverage", &|| coverage(actual, case.numbers("lower"), case.numbers("upper")))
}

const SCORES: [&str; 10] =
    ["points", "undefined", "mae", "mape", "smape", "mase", "wape", "within", "crps", "coverage_0.8"];

fn evaluation(case: &Case) -> Result<()> {
    let model = SeasonalNaive::new(case.count("steps") as usize)?;
    let series = Series::new(case.numbers("values").to_vec(), 60_000, 60.0)?;
    let features = case.has("features").then(|| case.table("features"));
    let config = forescale::config::from_json("config_json", case.text("config"))?;
    let result = forescale::forecast::evaluate(&model, &series, features, &config)?;
    for name in SCORES {
        case.expect_array(name, &result.scores().column(name)?);
    }
    for name in ["time", "mean", "lower_0.95"] {
        case.expect_array(name, &result.forecasts().column(name)?);
    }
    Ok(())
}

/// A panel over the columns of a table, fitted and updated; its forecasts, and these reconciled.
fn panel(case: &Case) -> Result<()> {
    use forescale::forecast::{Forecast, Hierarchy, Panel, Reconciliation, Tags};
    let table = case.table("values");
    let fitted = table.len() - case.count("updates") as usize;
    let names: Vec<String> = (0..table.columns()).map(|column| format!("s{column}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let model = SeasonalNaive::new(case.count("steps") as usize)?;
    let mut panel = Panel::new(&model, &names, case.count("threads") as usize)?;
    let column = |at: usize| Series::new(table.iter().take(fitted).map(|row| row[at]).collect(), 0, 60.0);
    let series = (0..table.columns()).map(column).collect::<Result<Vec<Series>>>()?;
    panel.fit(&series.iter().collect::<Vec<_>>(), None)?;
    table.iter().skip(fitted).try_for_each(|row| panel.update(row, None))?;
    let leaves: Vec<Tags> = forescale::config::from_json("leaves_json", case.text("leaves"))?;
    let groups: Vec<String> = forescale::config::from_json("groups_json", case.text("groups"))?;
    let hierarchy = Hierarchy::new(&leaves, &groups.iter().map(String::as_str).collect::<Vec<_>>())?;
    let horizon = case.count("horizon") as usize;
    let forecasts = Panel::restore(&panel.snapshot()?)?.forecast(horizon, &[], None)?;
    let method = Reconciliation::from_name(case.text("method"))?;
    let given: Vec<&Forecast> = forecasts.iter().collect();
    let reconciled = hierarchy.reconcile(&given, method, case.number("non_negative") != 0.0)?;
    for (mean, upper, all) in [("mean", "upper", &forecasts), ("reconciled", "reconciled_upper", &reconciled)]
    {
        case.expect_array(mean, &all.iter().flat_map(|one| one.mean().to_vec()).collect::<Vec<_>>());
        let uppers = all.iter().map(|one| one.upper(0.8)).collect::<Result<Vec<_>>>()?;
        case.expect_array(upper, &uppers.concat());
    }
    Ok(())
}
