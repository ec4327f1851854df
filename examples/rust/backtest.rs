//! What a reactive autoscaler costs on a load, what forescale costs, and what a perfect one would cost.
//!
//! `cargo run --release --example backtest -- [LOAD.csv] [--service-rate R] [--start-up-seconds S] [--column C] [--html report.html] [--svg day.svg]`
//!
//! The CSV has a header line, times in its first column and the load per second in its second (or in column C). Without a file, the
//! load is generated: two weeks with a daily and a weekly cycle, noise, a flash crowd and gaps.

mod made_load;

use forescale::capacity::servers_for;
use forescale::load::Series;
use forescale::policy::{PolicyConfig, Static};
use forescale::simulate::{World, backtest};
use std::error::Error;

fn main() {
    if let Err(error) = run() {
        eprintln!("backtest: {error}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    let load = match &options.path {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            Series::from_csv(&text, options.column.as_deref(), None)?
        }
        None => made_load::two_weeks(1),
    };
    // Unless told, a replica serves a 20th of the load's 95 % quantile: about 25 replicas at the usual peak.
    let service_rate = options.service_rate.unwrap_or_else(|| quantile(&load, 0.95) / 20.0);
    let world = World { service_rate, start_up_seconds: options.start_up_seconds, ..World::default() };
    world.check()?;
    let peak = servers_for(quantile(&load, 1.0), service_rate, world.target())?;
    let policies = [
        PolicyConfig::Static(Static { replicas: peak.min(world.max_replicas.into()) as u32 }),
        PolicyConfig::from_text("hpa")?,
        PolicyConfig::from_text("seasonal_max")?,
        PolicyConfig::from_text("predictive")?,
        PolicyConfig::from_text("oracle")?,
    ];
    let report = backtest(&load, &policies, &world, 0)?;

    let source = options.path.as_deref().unwrap_or("a generated load (give a CSV file to use your own)");
    let chosen =
        if options.service_rate.is_some() { "as given" } else { "a 20th of the load's 95 % quantile" };
    println!("{source}: {} steps of {} s", load.len(), load.step_seconds());
    println!(
        "one replica serves {service_rate:.3} per second ({chosen}), start-up {} s\n",
        world.start_up_seconds
    );
    print!("{}", report.table());
    println!(
        "over tgt: share of the time in which the promise on the response time was broken; late: share of the requests."
    );
    println!("Costs compare only at equal service: the page draws what every policy costs at each.");
    std::fs::write(&options.html, report.to_html()?).map_err(|error| format!("{}: {error}", options.html))?;
    println!("wrote {}", options.html);
    if let Some(path) = &options.svg {
        std::fs::write(path, report.timeline_svg()?).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

/// The value that a share of the known ones does not exceed; NaN when none is known.
fn quantile(load: &Series, share: f64) -> f64 {
    let mut known: Vec<f64> = load.values().iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    let last = known.len().saturating_sub(1) as f64;
    known.get((share * last) as usize).copied().unwrap_or(f64::NAN)
}

struct Options {
    path: Option<String>,
    column: Option<String>,
    service_rate: Option<f64>,
    start_up_seconds: f64,
    html: String,
    svg: Option<String>,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let start_up_seconds = World::default().start_up_seconds;
        let html = "report.html".to_string();
        let mut options =
            Options { path: None, column: None, service_rate: None, start_up_seconds, html, svg: None };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--column" => options.column = Some(value()?),
                "--service-rate" => options.service_rate = Some(number(&argument, &value()?)?),
                "--start-up-seconds" => options.start_up_seconds = number(&argument, &value()?)?,
                "--html" => options.html = value()?,
                "--svg" => options.svg = Some(value()?),
                unknown if unknown.starts_with('-') => return Err(format!("unknown option {unknown}")),
                path if options.path.is_none() => options.path = Some(path.into()),
                other => return Err(format!("one file at a time, got {other} too")),
            }
        }
        Ok(options)
    }
}

fn number(option: &str, text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("{option}: \"{text}\" is not a number"))
}
