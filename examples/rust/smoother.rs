//! What sizing would cost with a forecast that sees the load before and after each value, but not the value itself.
//!
//! `cargo run --release --example smoother -- LOAD.csv [MORE.csv ...]`
//!
//! The forecast of a value is the mean of its neighbours on both sides; its errors, over their local scale, are one distribution for all times; and at
//! each value the count is chosen that is best at one price of a broken promise. No real forecast knows the later neighbours, so this says how much of
//! the cost is noise from value to value that no forecast of a level removes. A benchmark of one family of smoothers, no bound. Costs are in units of the mean
//! need, in which there is no start-up.

use forescale::capacity::{Target, servers_for};
use forescale::load::{Fill, Series};
use std::error::Error;

/// Values that a mean is over, its own left out.
const WINDOWS: [usize; 4] = [5, 15, 31, 61];
/// Shares of the values at which the promise may be broken.
const BROKEN: [f64; 2] = [0.003, 0.01];
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
    let paths: Vec<String> = std::env::args().skip(1).collect();
    if paths.is_empty() {
        return Err("name at least one CSV file: a header line, times, loads per second".into());
    }
    let largest = largest_loads()?;
    println!("{:<32} {:>7} {:>12} {:>12}", "load", "values", "0.3 % broken", "1 % broken");
    for path in &paths {
        let of = |error: Box<dyn Error>| format!("{path}: {error}");
        let load = erlangs(path).map_err(of)?;
        for window in WINDOWS {
            let costs = BROKEN.map(|share| cost(&load, window, share, &largest));
            let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".csv");
            println!("{name:<32} {window:>7} {:>12.2} {:>12.2}", costs[0], costs[1]);
        }
    }
    Ok(())
}

/// The load in replicas' worth: a 20th of its 95 % quantile each.
fn erlangs(path: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let load = Series::from_csv(&std::fs::read_to_string(path)?, None, None)?.fill(Fill::Linear)?;
    let mut sorted = load.values().to_vec();
    sorted.sort_by(f64::total_cmp);
    let rate =
        sorted.get((0.95 * sorted.len().saturating_sub(1) as f64) as usize).copied().unwrap_or(0.0) / 20.0;
    if rate.is_nan() || rate <= 0.0 {
        return Err("the load's 95 % quantile must be above 0".into());
    }
    Ok(load.values().iter().map(|value| value / rate).collect())
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

/// Mean count over mean need at the price at which the promise is broken at about `share` of the values; the cheapest price that is tried.
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
    let count_for = |value: f64| largest.partition_point(|limit| *limit < value).clamp(1, MOST);
    let at_price = |price: f64| {
        let (mut counts, mut broken) = (0.0, 0.0);
        for ((value, mean), scale) in load.iter().zip(&means).zip(&scales) {
            let middle = count_for(mean * mean);
            let gain = |count: usize| price * kept((largest[count].sqrt() - mean) / scale) - count as f64;
            let tried = middle.saturating_sub(3).max(1)..=(middle + 27).min(MOST);
            let best = tried.max_by(|a, b| gain(*a).total_cmp(&gain(*b))).unwrap_or(middle);
            counts += best as f64;
            broken += f64::from(u8::from(*value > largest[best]));
        }
        (broken / load.len() as f64, counts)
    };
    let (mut low, mut high) = (1.0f64, 5000.0f64);
    for _ in 0..12 {
        let middle = (low * high).sqrt();
        if at_price(middle).0 > share { low = middle } else { high = middle }
    }
    let need: f64 = load.iter().map(|value| count_for(*value) as f64).sum();
    at_price(high).1 / need
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
