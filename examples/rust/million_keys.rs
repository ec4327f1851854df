//! A load balancer with a million users: memory and time.
//!
//! `/usr/bin/time -v cargo run --release --example million_keys -- [keys] [steps of a day] [steps to count]`; the last line is what it took.

use forescale::pool::{LoadBalancer, LoadBalancerConfig, UsageRecord};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<usize>());
    let mut next = |default: usize| numbers.next().unwrap_or(Ok(default));
    let (keys, day, steps) = (next(1_000_000)?, next(288)?, next(6)?);
    let config = LoadBalancerConfig {
        step_seconds: 86_400.0 / day as f64,
        most_keys: keys,
        ..LoadBalancerConfig::default()
    };
    let step_milliseconds = (config.step_seconds * 1000.0) as i64;
    let mut balancer = LoadBalancer::new(config)?;
    let begin = Instant::now();
    for step in 0..steps {
        for key in 0..keys {
            balancer.observe(&UsageRecord {
                time: step as i64 * step_milliseconds,
                user: format!("user {key}"),
                application: format!("application {}", key % 1000),
                requests: 1.0 + (key % 10) as f64,
                cpu: 0.5,
                memory: 2.0,
                network: 0.1,
            })?;
        }
    }
    let observed = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let ahead = (steps as i64 + 1) * step_milliseconds;
    let mut total = 0.0;
    for key in 0..keys {
        total += balancer
            .predict(&format!("user {key}"), &format!("application {}", key % 1000), ahead)?
            .requests
            .mean;
    }
    let predicted = begin.elapsed().as_secs_f64();
    println!("{total:.1} requests per second are expected, {:.1} in all", balancer.tier_demand()?.all.mean);
    let each = |seconds: f64, count: usize| 1e9 * seconds / count as f64;
    println!(
        "{} keys of {day} steps: {:.0} ns to count a record, {:.0} ns to predict one",
        balancer.keys(),
        each(observed, keys * steps),
        each(predicted, keys),
    );
    Ok(())
}
