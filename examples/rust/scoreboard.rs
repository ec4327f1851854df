//! How far is `predictive`, untuned, from the best that hindsight could have tuned an HPA to?
//!
//! `cargo run --release --example scoreboard -- LOAD.csv [MORE.csv ...] [--start-up-seconds 30,120,300] [--replicas 20]`
//!
//! For each load and start-up time: the cost of the cheapest HPA setting, over target utilization and scale-in window, with no more
//! violation time than `predictive` has with its defaults; the oracle's cost; and the share of the way between the two that
//! `predictive` goes. A replica serves the load's 95 % quantile divided by `--replicas`. Costs are in units of the oracle's.

use forescale::load::Series;
use forescale::policy::{HpaConfig, PolicyConfig};
use forescale::simulate::{FrontierPoint, World, backtest};
use std::error::Error;

/// Scale-in windows that the HPA is tuned over, in seconds.
const WINDOWS: [f64; 8] = [0.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0];

fn main() {
    if let Err(error) = run() {
        eprintln!("scoreboard: {error}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    println!(
        "{:<32} {:>8} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>8}",
        "load", "start-up", "cost", "tuned", "70 %", "over", "late", "best", "gap"
    );
    let mut gaps = Vec::new();
    for path in &options.paths {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let load = Series::from_csv(&text, None, None)?;
        let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".csv");
        for start_up_seconds in &options.start_ups {
            let row = Row::measure(&load, *start_up_seconds, options.replicas)?;
            println!("{name:<32} {start_up_seconds:>6} s {row}");
            gaps.extend(row.gap());
        }
    }
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let least = gaps.iter().copied().fold(f64::INFINITY, f64::min);
    let behind = gaps.iter().filter(|gap| **gap < -0.02).count();
    println!(
        "\ngap closed: {:.1} % on average, {:.1} % at the least, {behind} of {} behind the best HPA",
        100.0 * mean,
        100.0 * least,
        gaps.len()
    );
    println!(
        "cost: predictive; tuned: the cheapest HPA with no more violations; 70 %: the HPA at its default (all relative to the oracle);"
    );
    println!(
        "over, late: share of the time over the target, and of the requests later than promised; best: least share of time over the target of any HPA."
    );
    Ok(())
}

/// What one load in one world showed.
struct Row {
    cost: f64,
    tuned: Option<f64>,
    default_cost: f64,
    oracle: f64,
    violations: f64,
    late: f64,
    least_violations: f64,
}

impl Row {
    fn measure(load: &Series, start_up_seconds: f64, replicas: f64) -> Result<Self, Box<dyn Error>> {
        let world =
            World { service_rate: quantile(load, 0.95) / replicas, start_up_seconds, ..World::default() };
        let hpa = |downscale_stabilization_seconds| {
            PolicyConfig::Hpa(HpaConfig { downscale_stabilization_seconds, ..HpaConfig::default() })
        };
        let ours =
            backtest(load, &[PolicyConfig::default(), PolicyConfig::Oracle {}, hpa(300.0)], &world, 0)?;
        let mut points: Vec<FrontierPoint> = Vec::new();
        for window in WINDOWS {
            let swept = backtest(load, &[hpa(window)], &world, 0)?.frontier;
            points.extend(swept.into_iter().filter(|point| point.policy == "hpa"));
        }
        let result = |name| ours.policy(name).ok_or(format!("no {name}"));
        let predictive = result("predictive")?;
        let no_worse = |point: &&FrontierPoint| point.violation_share <= predictive.violation_share();
        Ok(Row {
            cost: predictive.cost,
            tuned: points.iter().filter(no_worse).map(|point| point.cost).min_by(f64::total_cmp),
            default_cost: result("hpa")?.cost,
            oracle: result("oracle")?.cost,
            violations: predictive.violation_share(),
            late: predictive.late_share(),
            least_violations: points.iter().map(|point| point.violation_share).fold(1.0, f64::min),
        })
    }

    /// The share of the gap that is closed; none when no HPA has so few violations, or the one that has costs less than the oracle.
    fn gap(&self) -> Option<f64> {
        let tuned = self.tuned.filter(|cost| *cost > self.oracle)?;
        Some((tuned - self.cost) / (tuned - self.oracle))
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let or_dash = |value: Option<f64>| value.map_or("–".to_string(), |value| format!("{value:.3}"));
        let share = |value: f64| format!("{:.2}%", 100.0 * value);
        write!(
            f,
            "{:>7.3} {:>7} {:>7.3} {:>7} {:>7} {:>7} {:>8}",
            self.cost / self.oracle,
            or_dash(self.tuned.map(|cost| cost / self.oracle)),
            self.default_cost / self.oracle,
            share(self.violations),
            share(self.late),
            share(self.least_violations),
            or_dash(self.gap())
        )
    }
}

/// The value that a share of the known ones does not exceed; NaN when none is known.
fn quantile(load: &Series, share: f64) -> f64 {
    let mut known: Vec<f64> = load.values().iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    let last = known.len().saturating_sub(1) as f64;
    known.get((share * last) as usize).copied().unwrap_or(f64::NAN)
}

struct Options {
    paths: Vec<String>,
    start_ups: Vec<f64>,
    replicas: f64,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Options { paths: Vec::new(), start_ups: vec![30.0, 120.0, 300.0], replicas: 20.0 };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--start-up-seconds" => {
                    options.start_ups = value()?.split(',').map(str::parse).collect::<Result<_, _>>()?;
                }
                "--replicas" => options.replicas = value()?.parse()?,
                unknown if unknown.starts_with('-') => return Err(format!("unknown option {unknown}").into()),
                path => options.paths.push(path.into()),
            }
        }
        if options.paths.is_empty() {
            return Err("name at least one CSV file: a header line, times, loads per second".into());
        }
        Ok(options)
    }
}
