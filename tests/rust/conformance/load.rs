use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::load::{self, Aggregation, Calendar, Fill, History, Series};
use std::collections::BTreeMap;

pub const DISPATCH: &[Dispatch] = &[
    ("series", series),
    ("calendar", calendar),
    ("history", history),
    ("dft", dft),
    ("periodogram", periodogram),
    ("periods", periods),
    ("correlate", correlate),
    ("principal_components", principal_components),
    ("decompose", decompose),
];

fn calendar(case: &Case) -> Result<()> {
    let calendar = Calendar::new(forescale::config::from_json("config_json", case.text("config"))?)?;
    let times: Vec<i64> = case.numbers("times").iter().map(|time| *time as i64).collect();
    case.expect_array("features", calendar.features(&times)?.rows().values());
    Ok(())
}

/// Samples to a grid, to another grid, and its gaps filled.
fn series(case: &Case) -> Result<()> {
    let times: Vec<i64> = case.numbers("times").iter().map(|time| *time as i64).collect();
    let how = Aggregation::from_name(case.text("how"))?;
    let series = Series::from_samples(&times, case.numbers("values"), case.number("step_seconds"), how)?;
    let other = series.resample(case.number("other_step_seconds"), how)?;
    let period = case.has("period").then(|| case.count("period") as usize);
    let filled = series.fill(Fill::from_name(case.text("fill"), period)?)?;
    case.expect("start", series.start() as f64);
    case.expect_array("grid", series.values());
    case.expect_array("resampled", other.values());
    case.expect_array("filled", filled.values());
    Ok(())
}

/// Samples by tenant, then a query of what a snapshot brings back.
fn history(case: &Case) -> Result<()> {
    let mut history = History::new(forescale::config::from_json("config_json", case.text("config"))?)?;
    let tenants = case.numbers("tenants").iter().map(|tenant| format!("t{tenant}"));
    for ((time, load), tenant) in case.numbers("times").iter().zip(case.numbers("loads")).zip(tenants) {
        history.record(*time as i64, &[("load", *load)], &[("tenant", &tenant)])?;
    }
    let tags: BTreeMap<String, String> = match case.has("tags") {
        true => forescale::config::from_json("tags_json", case.text("tags"))?,
        false => BTreeMap::new(),
    };
    let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let across = if case.has("across") { Some(Aggregation::from_name(case.text("across"))?) } else { None };
    let (start, end) = (case.number("start") as i64, case.number("end") as i64);
    let (step, how) = (case.number("step_seconds"), Aggregation::from_name(case.text("how"))?);
    let answer =
        History::restore(&history.snapshot()?)?.query("load", start, end, step, how, &tags, across)?;
    case.expect("first", answer.start() as f64);
    case.expect_array("answer", answer.values());
    Ok(())
}

fn dft(case: &Case) -> Result<()> {
    let (real, imaginary) = load::dft(case.numbers("values"))?;
    case.expect_array("real", &real);
    case.expect_array("imaginary", &imaginary);
    Ok(())
}

/// All densities, or those of the bins with most power.
fn periodogram(case: &Case) -> Result<()> {
    let (frequencies, density) = load::periodogram(case.numbers("values"), case.number("step_seconds"))?;
    if case.has("bins") {
        let top: Vec<f64> = case.numbers("bins").iter().map(|bin| density[*bin as usize]).collect();
        case.expect_array("top", &top);
    } else {
        case.expect_array("frequencies", &frequencies);
        case.expect_array("density", &density);
    }
    Ok(())
}

fn periods(case: &Case) -> Result<()> {
    let most = case.count("max_periods") as usize;
    let found = load::periods(case.numbers("values"), case.number("step_seconds"), most)?;
    case.expect_array("seconds", &found.iter().map(|period| period.seconds).collect::<Vec<_>>());
    Ok(())
}

fn correlate(case: &Case) -> Result<()> {
    let found =
        load::correlate(case.numbers("load"), case.numbers("factor"), case.count("max_lag") as usize)?;
    case.expect("lag", found.lag as f64);
    case.expect("r", found.r);
    case.expect("p_value", found.p_value);
    Ok(())
}

fn principal_components(case: &Case) -> Result<()> {
    let found = load::principal_components(case.table("table"), case.count("count") as usize)?;
    case.expect_array("scores", &found.scores);
    case.expect_array("directions", &found.directions);
    case.expect_array("explained", &found.explained);
    Ok(())
}

fn decompose(case: &Case) -> Result<()> {
    let periods: Vec<usize> = case.numbers("periods").iter().map(|period| *period as usize).collect();
    let parts = load::decompose(case.numbers("values"), &periods, case.number("robust") != 0.0)?;
    case.expect_array("trend", &parts.trend);
    case.expect_array("seasonal", &parts.seasonal.concat());
    case.expect_array("remainder", &parts.remainder);
    Ok(())
}
