//! What a learned table is worth: trained on made loads, tried frozen on others of the same kind, beside a fixed count at no more
//! violations and the other policies.
//!
//! `cargo run --release --example q_learning -- [LOAD.csv ...] [--days D] [--episodes E] [--start-up-seconds S] [--column C] [--svg q_table.svg]`
//!
//! Without files, three kinds of load are made by formula, two for training and two held out each. Of a file (times, then the load per
//! second, in column C or the second), the first half is for training and the second held out.

use forescale::capacity::servers_for;
use forescale::load::Series;
use forescale::policy::{PolicyConfig, QLearningConfig, QTable, Static};
use forescale::simulate::synthetic::{LoadConfig, Part, generate};
use forescale::simulate::{PolicyResult, World, backtest, train};
use std::error::Error;

/// Who else is tried.
const OTHERS: [&str; 10] = [
    "hpa",
    "target_tracking",
    "kpa",
    "aws_predictive",
    "crane",
    "aibrix_apa",
    "ray_serve",
    "dynamo",
    "predictive",
    "oracle",
];

fn main() {
    if let Err(error) = run() {
        eprintln!("q_learning: {error}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    let mut kinds = Vec::new();
    for path in &options.paths {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let load = Series::from_csv(&text, options.column.as_deref(), None)?;
        let (first, second) = load.values().split_at(load.len() / 2);
        let half = |values: &[f64]| Series::new(values.to_vec(), load.start(), load.step_seconds());
        kinds.push((path.clone(), vec![half(first)?], vec![half(second)?]));
    }
    if kinds.is_empty() {
        for (name, parts) in made() {
            let config = LoadConfig {
                parts,
                steps: 1440 * options.days,
                counting_noise: false,
                ..LoadConfig::default()
            };
            let of = |seeds: [u64; 2]| {
                seeds.iter().map(|seed| generate(&config, *seed)).collect::<Result<Vec<_>, _>>()
            };
            kinds.push((name.to_string(), of([1, 2])?, of([11, 12])?));
        }
    }
    let mut first = None;
    for (name, training, held_out) in &kinds {
        let table = compare(name, training, held_out, &options)?;
        first.get_or_insert(table);
    }
    if let (Some(path), Some(table)) = (&options.svg, first) {
        std::fs::write(path, table.to_svg()).map_err(|error| format!("{path}: {error}"))?;
        println!("wrote {path}: the table of the first load");
    }
    Ok(())
}

/// Offices by day, a mild wave, and bursts that nobody can foresee.
fn made() -> [(&'static str, Vec<Part>); 3] {
    let cycle = |amplitude| Part::Cycle { period_seconds: 86_400.0, amplitude, peak_seconds: 50_400.0 };
    let noise = |variation, correlation_seconds| Part::Noise { variation, correlation_seconds };
    let crowds = Part::FlashCrowds { per_day: 0.5, factor: 1.5, rise_seconds: 600.0, decay_seconds: 1800.0 };
    let bursts = Part::Bursts { factor: 1.5, high_seconds: 600.0, low_seconds: 3600.0 };
    [
        ("office", vec![cycle(0.8), Part::Weekend { factor: 0.5 }, noise(0.05, 600.0), crowds]),
        ("mild", vec![cycle(0.5), noise(0.05, 300.0)]),
        ("bursty", vec![cycle(0.6), noise(0.1, 1800.0), bursts]),
    ]
}

/// Trains on the first loads, and prints what every policy costs on the others.
fn compare(
    name: &str,
    training: &[Series],
    held_out: &[Series],
    options: &Options,
) -> Result<QTable, Box<dyn Error>> {
    let mut known: Vec<f64> =
        training.iter().flat_map(|load| load.values()).copied().filter(|value| !value.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    let high = known.get(known.len() * 19 / 20).copied().ok_or("a load without values")?;
    let world =
        World { service_rate: high / 20.0, start_up_seconds: options.start_up_seconds, ..World::default() };
    let mut config = QLearningConfig { exploration: 0.3, ..QLearningConfig::default() };
    for (seed, load) in (100..).step_by(1000).zip(training) {
        config.table = Some(train(load, &config, &world, options.episodes, seed)?.values().to_vec());
    }
    let frozen = QLearningConfig { learning: false, ..config.clone() };
    let table = QTable::new(config.table.unwrap_or_default())?;
    let tried = table.values().iter().filter(|value| **value != 0.0).count();

    let mut policies = vec![PolicyConfig::QLearning(frozen)];
    for other in OTHERS {
        policies.push(PolicyConfig::from_text(other)?);
    }
    let mut totals: Vec<PolicyResult> = Vec::new();
    for load in held_out {
        let report = backtest(load, &policies, &world, 3)?;
        let learned = report.policy("q_learning").ok_or("no result")?.clone();
        for result in &report.policies {
            add(&mut totals, &result.policy, result);
        }
        add(&mut totals, "static", &fixed(load, &world, learned.violation_seconds)?);
    }
    let fixed_cost =
        totals.iter().find(|total| total.policy == "static").map_or(f64::NAN, |total| total.cost);
    println!(
        "{name}: {} for training, {} held out, {} steps of {} s; one replica serves {:.3} per second; {tried} of {} actions tried\n",
        training.len(),
        held_out.len(),
        held_out.iter().map(Series::len).sum::<usize>(),
        held_out.first().map_or(0.0, Series::step_seconds),
        world.service_rate,
        QTable::LENGTH,
    );
    println!(
        "{:<16}{:>9}{:>12}{:>10}{:>8}{:>9}{:>8}",
        "policy", "cost", "to static", "over tgt", "late", "over-h", "flips"
    );
    totals.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    for total in &totals {
        println!(
            "{:<16}{:>9.0}{:>+10.1} %{:>8.2} %{:>6.2} %{:>9.0}{:>8}",
            total.policy,
            total.cost,
            100.0 * (total.cost / fixed_cost - 1.0),
            100.0 * total.violation_share(),
            100.0 * total.late_share(),
            total.over_provisioned_hours,
            total.flips,
        );
    }
    println!();
    Ok(table)
}

fn add(totals: &mut Vec<PolicyResult>, name: &str, result: &PolicyResult) {
    match totals.iter_mut().find(|total| total.policy == name) {
        Some(total) => {
            total.cost += result.cost;
            total.seconds += result.seconds;
            total.requests += result.requests;
            total.late_requests += result.late_requests;
            total.violation_seconds += result.violation_seconds;
            total.over_provisioned_hours += result.over_provisioned_hours;
            total.flips += result.flips;
        }
        None => totals.push(PolicyResult { policy: name.into(), ..result.clone() }),
    }
}

/// The smallest fixed count whose promise is broken for no longer than so many seconds.
fn fixed(load: &Series, world: &World, violation_seconds: f64) -> Result<PolicyResult, Box<dyn Error>> {
    let interval = world.interval_seconds.max(load.step_seconds());
    let averaged = load.resample(interval, forescale::load::Aggregation::Mean)?;
    let mut needs = Vec::new();
    for rate in averaged.values().iter().filter(|rate| !rate.is_nan()) {
        needs.push(servers_for(*rate, world.service_rate, world.target())? as u32);
    }
    needs.sort_unstable();
    let spared = (violation_seconds / interval) as usize;
    // A backlog takes its time: the count that the loads alone ask for may still be too small.
    let first = needs.get(needs.len().saturating_sub(spared + 1)).copied().unwrap_or(1);
    let most = needs.last().copied().unwrap_or(1);
    let counts: Vec<PolicyConfig> =
        (first..=most.max(first)).map(|replicas| PolicyConfig::Static(Static { replicas })).collect();
    let report = backtest(load, &counts, world, 3)?;
    let enough = report.policies.into_iter().find(|result| result.violation_seconds <= violation_seconds);
    enough.ok_or_else(|| "no fixed count is enough".into())
}

struct Options {
    paths: Vec<String>,
    days: usize,
    episodes: usize,
    start_up_seconds: f64,
    column: Option<String>,
    svg: Option<String>,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let start_up_seconds = World::default().start_up_seconds;
        let mut options =
            Options { paths: Vec::new(), days: 14, episodes: 6, start_up_seconds, column: None, svg: None };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--days" => options.days = number(&argument, &value()?)? as usize,
                "--episodes" => options.episodes = number(&argument, &value()?)? as usize,
                "--start-up-seconds" => options.start_up_seconds = number(&argument, &value()?)?,
                "--column" => options.column = Some(value()?),
                "--svg" => options.svg = Some(value()?),
                unknown if unknown.starts_with('-') => return Err(format!("unknown option {unknown}")),
                path => options.paths.push(path.into()),
            }
        }
        Ok(options)
    }
}

fn number(option: &str, text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("{option}: \"{text}\" is not a number"))
}
