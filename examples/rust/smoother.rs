//! How much of the gap between the best HPA in hindsight and the oracle could be closed by a forecast that sees the future, but not the noise?
//!
//! `cargo run --release --example smoother -- LOAD.csv [MORE.csv ...] [--start-up-seconds 30,120,300]`
//!
//! The forecast of a value is the mean of its neighbours on both sides, without the value itself; its errors, over their local scale, are one
//! distribution for all times; and at each value the count is chosen that is best at one price of a broken promise. The price is the one at which
//! the promise is broken as often as by `predictive`, the window the cheapest of four; replicas start in no time. No real forecast knows the
//! later neighbours, nor its errors beforehand, so what even this leaves of the gap is noise from value to value. A benchmark of one family of smoothers, no
//! proof: a forecast that knows what the noise is made of could do better. The rows are those of a Markdown table.

use forescale::capacity::{Target, servers_for};
use forescale::load::{Aggregation, Fill, Series};
use forescale::policy::PolicyConfig;
use forescale::simulate::{BacktestConfig, Sweep, World, backtest_many};
use std::error::Error;

/// Values that a mean is over, its own left out.
const WINDOWS: [usize; 4] = [5, 15, 31, 61];
/// 95 % of the responses within 4 mean service times, of one second here.
const TARGET: Target = Target::ResponseQuantile(0.95, 4.0);
/// Counts beyond this are not tried.
const MOST: usize = 400;

fn main() {
    if let Err(error) = run() {
        eprintln!("smoother: {error}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut start_ups = vec![30.0, 120.0, 300.0];
    let mut paths = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--start-up-seconds" {
            let value = arguments.next().ok_or("--start-up-seconds needs a value")?;
            start_ups = value.split(',').map(str::parse).collect::<Result<_, _>>()?;
        } else {
            paths.push(argument);
        }
    }
    if paths.is_empty() {
        return Err("name at least one CSV file: a header line, times, loads per second".into());
    }
    let largest = largest_loads()?;
    println!(
        "| load | start-up | promise broken | HPA | predictive | smoother | oracle | gap closed by predictive | by the smoother |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for path in &paths {
        let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".csv");
        for &start_up_seconds in &start_ups {
            let row = row(path, start_up_seconds, &largest).map_err(|error| format!("{path}: {error}"))?;
            println!("| {name} | {start_up_seconds} s | {row} |");
        }
    }
    Ok(())
}

/// What one load costs at one start-up time, in units of the mean need, at the violations of `predictive`.
fn row(path: &str, start_up_seconds: f64, largest: &[f64]) -> Result<String, Box<dyn Error>> {
    let load = Series::from_csv(&std::fs::read_to_string(path)?, None, None)?;
    let mut sorted: Vec<f64> = load.values().iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let usual = sorted.get((0.95 * sorted.len().saturating_sub(1) as f64) as usize).copied().unwrap_or(0.0);
    if usual <= 0.0 {
        return Err("the load's 95 % quantile must be above 0".into());
    }
    let world = World { service_rate: usual / 20.0, start_up_seconds, ..World::default() };
    let policies = [PolicyConfig::default(), PolicyConfig::from_text("oracle")?];
    let config = BacktestConfig { sweep: Sweep::Hpa, ..BacktestConfig::default() };
    let report = backtest_many(&[&load], &policies, &world, &config)?.remove(0);
    let predictive = report.policy("predictive").ok_or("no predictive")?;
    let oracle = report.policy("oracle").ok_or("no oracle")?.cost;
    let share = predictive.violation_share();
    let settings =
        report.frontier.iter().filter(|point| point.policy == "hpa" && point.violation_share <= share);
    let hpa = settings.map(|point| point.cost).fold(f64::INFINITY, f64::min);
    // The promise is kept or broken by the interval; what is coarser is one load for all of a value's time.
    let fine = load.step_seconds() < world.interval_seconds;
    let load = if fine { load.resample(world.interval_seconds, Aggregation::Mean)? } else { load };
    let load = load.fill(Fill::Linear)?;
    let erlangs: Vec<f64> = load.values().iter().map(|value| value / world.service_rate).collect();
    let need: f64 = erlangs.iter().map(|value| count_for(*value, largest) as f64).sum();
    let hours = load.step_seconds() / 3600.0;
    let costs = WINDOWS.map(|window| cost(&erlangs, window, share, largest));
    let smoother = hours * costs.into_iter().fold(f64::INFINITY, f64::min);
    let closed = |cost: f64| {
        if hpa.is_finite() && hpa > oracle {
            format!("{:.2}", (hpa - cost) / (hpa - oracle))
        } else {
            "–".into()
        }
    };
    let units = |cost: f64| format!("{:.2}", cost / (hours * need));
    let costs = [hpa, predictive.cost, smoother, oracle].map(units).join(" | ");
    Ok(format!("{:.2} % | {costs} | {} | {}", 100.0 * share, closed(predictive.cost), closed(smoother)))
}

/// The least count that keeps the promise.
fn count_for(value: f64, largest: &[f64]) -> usize {
    largest.partition_point(|limit| *limit < value).clamp(1, MOST)
}

/// The largest load with which each count keeps the promise; 0 for none.
fn largest_loads() -> Result<Vec<f64>, Box<dyn Error>> {
    let mut loads = vec![0.0];
    for count in 1..=MOST {
        let (mut low, mut high) = (0.0, count as f64);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if servers_for(middle, 1.0, TARGET)? <= count as u64 { low = middle } else { high = middle }
        }
        loads.push(low);
    }
    Ok(loads)
}

/// The sum of counts at the least price, of those tried, at which the promise is broken at no more than `share` of the values.
fn cost(load: &[f64], window: usize, share: f64, largest: &[f64]) -> f64 {
    // The root makes the noise of counts alike at all levels.
    let roots: Vec<f64> = load.iter().map(|value| value.sqrt()).collect();
    let means = neighbours(&roots, window);
    let errors: Vec<f64> = roots.iter().zip(&means).map(|(root, mean)| root - mean).collect();
    let squares: Vec<f64> = errors.iter().map(|error| error * error).collect();
    let scales: Vec<f64> = neighbours(&squares, window).iter().map(|square| square.sqrt()).collect();
    let least = 0.3 * scales.iter().sum::<f64>() / scales.len() as f64;
    let scales: Vec<f64> = scales.iter().map(|scale| scale.max(least).max(1e-9)).collect();
    let mut standard: Vec<f64> = errors.iter().zip(&scales).map(|(error, scale)| error / scale).collect();
    standard.sort_by(f64::total_cmp);
    let kept = |limit: f64| standard.partition_point(|error| *error <= limit) as f64 / standard.len() as f64;
    let at_price = |price: f64| {
        let (mut counts, mut broken) = (0.0, 0.0);
        for ((value, mean), scale) in load.iter().zip(&means).zip(&scales) {
            let low = (mean - 2.0 * scale).max(0.0);
            let (mut best, mut most) = (1, f64::NEG_INFINITY);
            for (count, limit) in largest.iter().enumerate().skip(count_for(low * low, largest)) {
                let gain = price * kept((limit.sqrt() - mean) / scale) - count as f64;
                if gain > most {
                    (best, most) = (count, gain);
                }
                if price - count as f64 <= most {
                    break;
                }
            }
            counts += best as f64;
            broken += f64::from(u8::from(*value > largest[best]));
        }
        (broken / load.len() as f64, counts)
    };
    let (mut low, mut high) = (1.0f64, 20_000.0f64);
    for _ in 0..12 {
        let middle = (low * high).sqrt();
        if at_price(middle).0 > share { low = middle } else { high = middle }
    }
    at_price(high).1
}

/// The mean of each value's neighbours within a window around it, without the value itself; fewer at the ends.
fn neighbours(values: &[f64], window: usize) -> Vec<f64> {
    let half = window / 2;
    let mut sums = vec![0.0];
    sums.extend(values.iter().scan(0.0, |sum, value| {
        *sum += value;
        Some(*sum)
    }));
    let mean = |(place, value): (usize, &f64)| {
        let (first, end) = (place.saturating_sub(half), (place + half + 1).min(values.len()));
        ((sums[end] - sums[first] - value) / (end - first - 1).max(1) as f64).max(0.0)
    };
    values.iter().enumerate().map(mean).collect()
}
