use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::forecast::{
    AdaptiveInterval, Forecaster, MovingAverage, SeasonalNaive, confidence_interval,
    normal_quantile as quantile_of,
};
use forescale::load::Series;

pub const DISPATCH: &[Dispatch] = &[
    ("normal_quantile", normal_quantile),
    ("confidence", confidence),
    ("forecaster", forecaster),
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

/// Fitted to the values but the last, which is an update; then two steps are skipped.
fn forecaster(case: &Case) -> Result<()> {
    let (values, steps) = (case.numbers("values"), case.count("steps") as usize);
    let (last, fitted) = values.split_last().expect("at least one value");
    let series = Series::new(fitted.to_vec(), 60_000, 60.0)?;
    let mut model: Box<dyn Forecaster> = match case.text("model") {
        "moving_average" => Box::new(MovingAverage::new(steps)?),
        _ => Box::new(SeasonalNaive::new(steps)?),
    };
    model.fit(&series)?;
    model.update(*last)?;
    model.skip(2);
    let forecast = model.forecast(case.count("horizon") as usize, &[0.5])?;
    case.expect_array("times", &forecast.times().iter().map(|time| *time as f64).collect::<Vec<_>>());
    case.expect_array("mean", forecast.mean());
    case.expect_array("standard_deviation", forecast.standard_deviation());
    case.expect_array("lower", &forecast.lower(0.8)?);
    case.expect_array("upper", &forecast.upper(0.8)?);
    case.expect_array("quantile", &forecast.quantile(0.9)?);
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
