//! How far is `predictive`, untuned, from the best that hindsight could have tuned an autoscaler to? On any load of one's own.
//!
//! `cargo run --release --example scoreboard -- LOAD.csv [MORE.csv ...] [--start-up-seconds 30,120,300] [--replicas 20] [--seeds 3]
//! [--threads N] [--markdown FILE] [--svg-dir DIR]`
//!
//! A CSV has a header line, times in its first column and the load per second in its second. A replica serves the load's 95 % quantile divided by
//! `--replicas`. For each load and start-up time, and with the counting noise of each seed: `predictive` with its defaults against the cheapest HPA
//! setting, over target utilization and scale-in window, that broke the promise no more often; against the HPA and the other policies at
//! their defaults; against a static fleet; and against the oracle. `--markdown` writes the tables to a file: between its lines `<!-- tables -->` and
//! `<!-- end of tables -->` where it has them. `--svg-dir` writes the charts; the frontiers of all policies among them, at the middle start-up time, take
//! as long again as the rest.

#[path = "scoreboard/cell.rs"]
mod cell;
#[path = "scoreboard/chart.rs"]
mod chart;
#[path = "scoreboard/tables.rs"]
mod tables;

use cell::Cell;
use forescale::load::Series;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

fn main() {
    match run() {
        Ok(true) => {}
        Ok(false) => std::process::exit(2),
        Err(error) => {
            eprintln!("scoreboard: {error}");
            std::process::exit(2);
        }
    }
}

/// Whether every file could be read and run.
fn run() -> Result<bool, Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    let begun = Instant::now();
    let mut cells: Vec<Cell> = Vec::new();
    let mut all_ran = true;
    for (number, path) in options.paths.iter().enumerate() {
        if let Err(error) = measure(path, &options, &mut cells) {
            eprintln!("scoreboard: {path}: {error}");
            all_ran = false;
        }
        eprintln!("{} of {} files, {:.0} s", number + 1, options.paths.len(), begun.elapsed().as_secs_f64());
    }
    if cells.is_empty() {
        return Err("no load could be run".into());
    }
    let page = tables::page(&cells);
    print!("{page}");
    if let Some(path) = &options.markdown {
        let before = std::fs::read_to_string(path).unwrap_or_default();
        std::fs::write(path, placed(&before, &page)).map_err(|error| format!("{path}: {error}"))?;
    }
    if let Some(directory) = &options.svg_dir {
        write(directory, "gap_closed.svg", &chart::gaps(&cells))?;
    }
    Ok(all_ran)
}

/// One file at every start-up time.
fn measure(path: &str, options: &Options, cells: &mut Vec<Cell>) -> Result<(), Box<dyn Error>> {
    let load = Series::from_csv(&std::fs::read_to_string(path)?, None, None)?;
    let name = Path::new(path).file_stem().map_or(path.into(), |stem| stem.to_string_lossy());
    let drawn = options.svg_dir.as_ref().and(options.start_ups.get(options.start_ups.len() / 2));
    for &start_up_seconds in &options.start_ups {
        let is_drawn = drawn == Some(&start_up_seconds);
        let (cell, frontier) = Cell::measure(&load, &name, start_up_seconds, options, is_drawn)?;
        eprintln!("{name}, start-up {start_up_seconds} s");
        if let Some((directory, svg)) = options.svg_dir.as_ref().zip(frontier) {
            write(directory, &format!("frontier_{name}.svg"), &svg)?;
        }
        cells.push(cell);
    }
    Ok(())
}

/// The text with the tables between the lines that are there for them, or the tables alone.
fn placed(text: &str, tables: &str) -> String {
    const BEGIN: &str = "<!-- tables -->\n";
    const END: &str = "<!-- end of tables -->";
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    parts.map_or_else(|| tables.into(), |(before, after)| format!("{before}{BEGIN}{tables}{END}{after}"))
}

fn write(directory: &str, name: &str, text: &str) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(directory).map_err(|error| format!("{directory}: {error}"))?;
    let path = Path::new(directory).join(name);
    Ok(std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// What is asked for.
pub struct Options {
    paths: Vec<String>,
    start_ups: Vec<f64>,
    /// Replicas that the load's 95 % quantile would use fully.
    pub replicas: f64,
    /// Runs with different counting noise.
    pub seeds: u64,
    pub threads: usize,
    markdown: Option<String>,
    svg_dir: Option<String>,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Options {
            paths: Vec::new(),
            start_ups: vec![30.0, 120.0, 300.0],
            replicas: 20.0,
            seeds: 3,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            markdown: None,
            svg_dir: None,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--start-up-seconds" => {
                    options.start_ups =
                        value()?.split(',').map(|text| number(&argument, text)).collect::<Result<_, _>>()?;
                }
                "--replicas" => options.replicas = number(&argument, &value()?)?,
                "--seeds" => options.seeds = number(&argument, &value()?)?,
                "--threads" => options.threads = number(&argument, &value()?)?,
                "--markdown" => options.markdown = Some(value()?),
                "--svg-dir" => options.svg_dir = Some(value()?),
                unknown if unknown.starts_with('-') => return Err(format!("unknown option {unknown}").into()),
                path => options.paths.push(path.into()),
            }
        }
        if options.paths.is_empty() {
            return Err("name at least one CSV file: a header line, times, loads per second".into());
        }
        if options.seeds == 0 || options.replicas.is_nan() || options.replicas <= 0.0 {
            return Err("--seeds and --replicas must be above 0".into());
        }
        Ok(options)
    }
}

fn number<T: std::str::FromStr>(option: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{option}: \"{text}\" is not a number"))
}
