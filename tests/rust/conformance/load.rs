use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::load::{Aggregation, Calendar, Fill, Series};

pub const DISPATCH: &[Dispatch] = &[("calendar", calendar), ("series", series)];

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
