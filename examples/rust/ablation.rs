//! What does each stage of `predictive` buy? Its cost without the stage, at equal violations.
//!
//! `cargo run --release --example ablation -- LOAD.csv [MORE.csv ...] [--start-up-seconds 30,120,300] [--replicas 20] [--seeds 1]`
//!
//! Each variant, and `predictive` itself, is run at several cost ratios; the cost at the violations that `predictive` has with its defaults
//! is read off between them (straight in the logarithm of the violations). The table has the variant's relative to that of `predictive`: +5.0 %
//! is what the stage saves. A dash: the variant never has so few violations, or never so many. A replica serves the load's 95 % quantile
//! divided by `--replicas`; figures are means over `--seeds` runs with different counting noise.

use forescale::load::Series;
use forescale::policy::{OperatingPoint, PolicyConfig, PredictiveConfig, QuantileRule, Sizing};
use forescale::simulate::{FrontierPoint, Report, World, backtest};
use std::error::Error;

fn main() {
    if let Err(error) = run() {
        eprintln!("ablation: {error}");
        std::process::exit(2);
    }
}

/// Each stage switched off, or one that is off switched on.
fn variants() -> Vec<(&'static str, PredictiveConfig)> {
    let usual = PredictiveConfig::default();
    vec![
        ("no forecast", PredictiveConfig { forecast: false, ..usual }),
        ("utilization 0.7", PredictiveConfig { sizing: Sizing::Utilization(0.7), ..usual }),
        ("newsvendor", PredictiveConfig { quantile: QuantileRule::Newsvendor, ..usual }),
        ("no point", PredictiveConfig { operating_point: OperatingPoint::Off, ..usual }),
        ("product", PredictiveConfig { operating_point: OperatingPoint::Product, ..usual }),
        ("feedback 0.1", PredictiveConfig { feedback: 0.1, ..usual }),
        ("transition 1 min", PredictiveConfig { transition_seconds: 60.0, ..usual }),
        ("no rails", PredictiveConfig { rails: false, ..usual }),
    ]
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    print!("{:<28} {:>8} {:>10}", "load", "start-up", "violations");
    variants().iter().for_each(|(name, _)| print!(" {name:>16}"));
    println!();
    let mut sums = vec![(0.0, 0); variants().len()];
    for path in &options.paths {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let load = Series::from_csv(&text, None, None)?;
        let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".csv");
        for start_up_seconds in &options.start_ups {
            let service_rate = quantile(&load, 0.95) / options.replicas;
            let world = World { service_rate, start_up_seconds: *start_up_seconds, ..World::default() };
            let Measured { violations, savings } = measure(&load, &world, options.seeds)?;
            print!("{name:<28} {start_up_seconds:>6} s {:>9.2}%", 100.0 * violations);
            for (saving, (sum, count)) in savings.into_iter().zip(&mut sums) {
                match saving {
                    Some(saving) => {
                        print!(" {:>15.1}%", 100.0 * saving);
                        *sum += 100.0 * saving;
                        *count += 1;
                    }
                    None => print!(" {:>16}", "–"),
                }
            }
            println!();
        }
    }
    print!("{:<48}", "mean");
    sums.iter().for_each(|(sum, count)| print!(" {:>15.1}%", sum / f64::from(*count)));
    println!();
    Ok(())
}

/// The violations with the defaults, and what each stage saves at as many; none where a seed has no such point.
struct Measured {
    violations: f64,
    savings: Vec<Option<f64>>,
}

fn measure(load: &Series, world: &World, seeds: u64) -> Result<Measured, Box<dyn Error>> {
    let swept = |policy: PredictiveConfig, seed: u64| -> Result<Report, Box<dyn Error>> {
        Ok(backtest(load, &[PolicyConfig::Predictive(policy)], world, seed)?)
    };
    let mut measured = Measured { violations: 0.0, savings: vec![Some(0.0); variants().len()] };
    for seed in 0..seeds {
        let usual = swept(PredictiveConfig::default(), seed)?;
        let violations = usual.policy("predictive").ok_or("no predictive")?.violation_share();
        measured.violations += violations / seeds as f64;
        let cost = cost_at(usual.frontier, violations);
        for ((_, variant), saving) in variants().into_iter().zip(&mut measured.savings) {
            let at = cost_at(swept(variant, seed)?.frontier, violations);
            let saved = at.zip(cost).map(|(at, cost)| (at / cost - 1.0) / seeds as f64);
            *saving = saving.zip(saved).map(|(sum, saved)| sum + saved);
        }
    }
    Ok(measured)
}

/// The least cost at so many violations, between two of the points.
fn cost_at(frontier: Vec<FrontierPoint>, violations: f64) -> Option<f64> {
    let points = frontier.iter().map(|point| (point.violation_share, point.cost));
    let mut points: Vec<(f64, f64)> = points.collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut front: Vec<(f64, f64)> = Vec::new();
    for (share, cost) in points {
        if front.last().is_none_or(|(_, last)| cost < *last) {
            front.push((share, cost));
        }
    }
    if let Some((_, cost)) = front.iter().find(|(share, _)| *share == violations) {
        return Some(*cost);
    }
    let log = |share: f64| share.max(1e-5).ln();
    front.windows(2).find_map(|pair| match pair {
        [(fewer, dear), (more, cheap)] if (*fewer..*more).contains(&violations) => {
            let way = (log(violations) - log(*fewer)) / (log(*more) - log(*fewer));
            Some(dear + way * (cheap - dear))
        }
        _ => None,
    })
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
    seeds: u64,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options =
            Options { paths: Vec::new(), start_ups: vec![30.0, 120.0, 300.0], replicas: 20.0, seeds: 1 };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--start-up-seconds" => {
                    options.start_ups = value()?.split(',').map(str::parse).collect::<Result<_, _>>()?;
                }
                "--replicas" => options.replicas = value()?.parse()?,
                "--seeds" => options.seeds = value()?.parse::<u64>()?.max(1),
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
