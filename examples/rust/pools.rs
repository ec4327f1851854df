//! Does a scheme of the pool pay on your tenants? Each against the best simple thing in its place.
//!
//! `cargo run --release --example pools -- [LOADS.csv] [--service-rate R] [--start-up-seconds S] [--learn-share L]
//! [--baseline POLICY] [--carbon GRAMS.csv] [--latency MILLISECONDS] [--only SCHEME] [--svg-dir FOLDER]`
//!
//! The CSV has a header line, times in its first column, and the load per second of one tenant in each other. Without a file, six tenants
//! are generated: five days each, whose peaks lie four hours apart, with bursts. The carbon file has times likewise, and in each other column
//! the grams of CO₂ for a kilowatt-hour in a region, to which the tenants are dealt out in turn; without one there are three regions, each
//! with a solar dip eight hours after the one before. With a folder, a picture of each scheme's busiest day is
//! written to it. The last line is that of the same example in C, C++ and Python.

use forescale::Rows;
use forescale::load::Series;
use forescale::policy::PolicyConfig;
use forescale::pool::{CarbonIntensity, CloneManagerConfig, Latency, RegionsConfig};
use forescale::simulate::World;
use forescale::simulate::schemes::{
    RegionsTrialConfig, Scheme, SchemeConfig, ShadowsConfig, SharingConfig, TiersConfig, TrialRegion,
    picture, run,
};
use forescale::simulate::synthetic::{LoadConfig, generate};
use std::error::Error;

/// What is tried, and what its picture is called.
fn schemes(regions: RegionsTrialConfig) -> Vec<(&'static str, Scheme)> {
    let sharing = |elastic| Scheme::Sharing(SharingConfig { elastic, ..SharingConfig::default() });
    // Every second tenant can wait for five minutes.
    let patient = TiersConfig { can_wait_seconds: vec![0.0, 300.0], ..TiersConfig::default() };
    vec![
        ("tiers", Scheme::Tiers(TiersConfig::default())),
        ("tiers_patient", Scheme::Tiers(patient)),
        ("shadows", Scheme::Shadows(ShadowsConfig::default())),
        ("clones", Scheme::Clones(CloneManagerConfig::default())),
        ("sharing", sharing(false)),
        ("sharing_elastic", sharing(true)),
        ("regions", Scheme::Regions(regions)),
    ]
}

/// Regions with the carbon intensities of a file, or of generated days, whose load follows the cleanest power: a kilogram of CO₂ is worth
/// ten replica-hours, and a way so little that it only decides between equals.
fn regions(options: &Options, loads: &Series) -> Result<RegionsTrialConfig, Box<dyn Error>> {
    let grids: Vec<(String, Vec<CarbonIntensity>)> = match &options.carbon {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            let names = text.lines().next().ok_or("the file is empty")?.split(',').skip(1);
            let names: Vec<String> = names.map(|name| name.trim().trim_matches('"').into()).collect();
            names.into_iter().zip(read(&text)?.iter().map(|grid| on_the_days_of(loads, grid))).collect()
        }
        None => ["west", "middle", "east"]
            .into_iter()
            .zip(0..)
            .map(|(name, place)| (name.into(), solar(loads, place)))
            .collect(),
    };
    let names = || grids.iter().map(|(name, _)| name.clone());
    let latency = |(from, to)| Latency { from, to, milliseconds: options.latency };
    let pairs =
        names().enumerate().flat_map(|(place, from)| names().take(place).map(move |to| (from.clone(), to)));
    Ok(RegionsTrialConfig {
        manager: RegionsConfig { carbon_price: 10.0, latency_price: 0.0001, ..RegionsConfig::default() },
        latencies: pairs.map(latency).collect(),
        regions: grids
            .into_iter()
            .map(|(name, carbon)| TrialRegion { carbon, ..TrialRegion::new(name) })
            .collect(),
        ..RegionsTrialConfig::default()
    })
}

/// A grid's hours, moved by whole days to the time of the loads where they are of other years.
fn on_the_days_of(loads: &Series, grid: &Series) -> Vec<CarbonIntensity> {
    const DAY: i64 = 86_400_000;
    let end =
        |series: &Series| series.start() + (1000.0 * series.step_seconds() * series.len() as f64) as i64;
    let covers = grid.start() <= loads.start() && end(loads) <= end(grid);
    let moved = if covers { 0 } else { (loads.start() - grid.start()).div_euclid(DAY) * DAY };
    let step = (1000.0 * grid.step_seconds()) as i64;
    let at = |(place, grams): (i64, &f64)| CarbonIntensity {
        time: grid.start() + moved + place * step,
        grams: *grams,
    };
    (0..).zip(grid.values()).filter(|(_, grams)| grams.is_finite()).map(at).take(10_000).collect()
}

/// Hours of a grid that the sun feeds by day, eight hours after that of the place before.
fn solar(loads: &Series, place: i64) -> Vec<CarbonIntensity> {
    const HOUR: i64 = 3_600_000;
    let hours = (loads.step_seconds() * loads.len() as f64 / 3600.0).ceil() as i64;
    let at = |hour: i64| {
        let time = loads.start() + hour * HOUR;
        let angle = ((time / HOUR + 8 * place) % 24 - 12) as f64 * std::f64::consts::PI / 12.0;
        CarbonIntensity { time, grams: 450.0 - 350.0 * angle.cos().max(0.0) }
    };
    (0..hours.min(10_000)).map(at).collect()
}

fn main() {
    if let Err(error) = try_all() {
        eprintln!("pools: {error}");
        std::process::exit(2);
    }
}

fn try_all() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    let tenants = match &options.path {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            read(&text)?
        }
        None => generated()?,
    };
    let first = tenants.first().ok_or("there is no tenant")?;
    let (start, step_seconds, columns) = (first.start(), first.step_seconds(), first.len());
    let loads: Vec<f64> = tenants.iter().flat_map(|tenant| tenant.values()).copied().collect();
    // Unless told, a replica serves a 60th of the mean load of all tenants; of those that are generated, 2 a second.
    let known: Vec<f64> = loads.iter().copied().filter(|load| !load.is_nan()).collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64 * tenants.len() as f64;
    let usual = if options.path.is_some() { mean / 60.0 } else { 2.0 };
    let service_rate = options.service_rate.unwrap_or(usual);
    let world = World {
        service_rate,
        start_up_seconds: options.start_up_seconds,
        interval_seconds: 60f64.min(step_seconds),
        ..World::default()
    };
    println!(
        "{} tenants, {columns} steps of {step_seconds} s, {mean:.1} per second in the mean",
        tenants.len()
    );
    println!("one replica serves {service_rate:.3} per second, start-up {} s", world.start_up_seconds);
    println!("the first {:.0}% of the time is learned from and does not count", 100.0 * options.learn_share);
    let (mut last, rows) = (String::new(), Rows::new("loads", &loads, columns)?);
    for (name, scheme) in schemes(regions(&options, first)?) {
        if options.only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let config = SchemeConfig {
            scheme,
            world: world.clone(),
            start,
            step_seconds,
            learn_share: options.learn_share,
            baseline: options.baseline.clone(),
            ..SchemeConfig::default()
        };
        let report = run(rows, &config, 1)?;
        println!("\n{name}\n{}", report.table());
        if let Some(folder) = &options.svg_dir {
            std::fs::create_dir_all(folder)?;
            std::fs::write(format!("{folder}/pool_{name}.svg"), picture(&report))?;
        }
        if name == "sharing" {
            let (with, without) = (&report.scheme, &report.baseline);
            let late = [with, without].map(|arm| 100.0 * arm.late_share());
            last = format!(
                "sharing costs {:.2} against {:.2}, late {:.3}% against {:.3}%",
                with.cost, without.cost, late[0], late[1]
            );
        }
    }
    if !last.is_empty() {
        println!("{last}");
    }
    Ok(())
}

/// Every column but the first, on the grid of the first of them.
fn read(text: &str) -> Result<Vec<Series>, Box<dyn Error>> {
    let header = text.lines().next().ok_or("the file is empty")?;
    let names = header.split(',').skip(1).map(|name| name.trim().trim_matches('"'));
    Ok(names.map(|name| Series::from_csv(text, Some(name), None)).collect::<Result<_, _>>()?)
}

/// Six tenants whose peaks lie four hours apart.
fn generated() -> forescale::Result<Vec<Series>> {
    let tenant = |tenant: u64| {
        let config = format!(
            r#"{{"base": {}, "steps": 720, "step_seconds": 600, "counting_noise": false, "parts": [
                {{"cycle": {{"amplitude": 0.8, "peak_seconds": {}}}}},
                {{"bursts": {{"factor": 1.5, "high_seconds": 1800, "low_seconds": 14400}}}}]}}"#,
            5 * (tenant + 1),
            14_400 * tenant
        );
        generate(&LoadConfig::from_json(&config)?, tenant)
    };
    (0..6).map(tenant).collect()
}

struct Options {
    path: Option<String>,
    service_rate: Option<f64>,
    start_up_seconds: f64,
    learn_share: f64,
    baseline: PolicyConfig,
    only: Option<String>,
    carbon: Option<String>,
    latency: f64,
    svg_dir: Option<String>,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let start_up_seconds = World::default().start_up_seconds;
        let baseline = SchemeConfig::default().baseline;
        let mut options = Options {
            path: None,
            service_rate: None,
            start_up_seconds,
            learn_share: 0.5,
            baseline,
            carbon: None,
            latency: 80.0,
            only: None,
            svg_dir: None,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--service-rate" => options.service_rate = Some(number(&argument, &value()?)?),
                "--start-up-seconds" => options.start_up_seconds = number(&argument, &value()?)?,
                "--learn-share" => options.learn_share = number(&argument, &value()?)?,
                "--baseline" => {
                    options.baseline =
                        PolicyConfig::from_text(&value()?).map_err(|error| error.to_string())?;
                }
                "--only" => options.only = Some(value()?),
                "--carbon" => options.carbon = Some(value()?),
                "--latency" => options.latency = number(&argument, &value()?)?,
                "--svg-dir" => options.svg_dir = Some(value()?),
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
