//! Thousands of seeded scenarios of faults and hostile loads, every decision checked: `cargo run --release --example chaos`.
//!
//! `-- --count 200 --first 17 --policy hpa --threads 2` for others; `--settings '{"rails": {"flips": {"flips": 4, "period_seconds": 600}}}'` for
//! an engine set otherwise; `-- --seed 17` shows one scenario and what it brought to light.

use forescale::engine::EngineConfig;
use forescale::policy::PolicyConfig;
use forescale::simulate::chaos;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).map(String::as_str)
    };
    let number = |name: &str, usual: usize| value(name).map_or(Ok(usual), str::parse);
    let policy = PolicyConfig::from_text(value("--policy").unwrap_or("predictive"))?;
    // The scenario brings a service rate of its own.
    let settings = EngineConfig { policy, service_rate: 1.0, ..EngineConfig::default() }
        .with_changes(value("--settings").unwrap_or("{}"))?;
    if let Some(seed) = value("--seed") {
        let scenario = chaos::scenario(seed.parse()?);
        println!("{}\n{}", scenario.to_json(), chaos::run(&scenario, &settings)?.to_json());
        return Ok(());
    }
    let (first, count) = (number("--first", 0)?, number("--count", 10_000)?);
    let started = Instant::now();
    let survey = chaos::survey(first as u64, count, &settings, number("--threads", 2)?)?;
    let seconds = started.elapsed().as_secs_f64();
    print!("{}", survey.table());
    println!(
        "{} decisions checked in {seconds:.1} s, {} calls refused as documented",
        survey.decisions, survey.refusals
    );
    if survey.failed.is_empty() {
        Ok(())
    } else {
        Err(format!("{} scenarios failed", survey.failed.len()).into())
    }
}
