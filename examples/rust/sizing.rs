//! How far the simple `latency(base, rho)` misleads, what calibration makes of wild values, and how near packing comes to its bound.
//!
//! `cargo run --release --example sizing -- [--svg latency.svg]`

use forescale::Rows;
use forescale::capacity::{
    Bins, Groups, Queue, Strategy, Target, calibrate_load, latency, pack, servers_for,
};
use std::error::Error;
use std::fmt::Write as _;

const POOLS: [u64; 4] = [1, 10, 100, 1000];

fn main() {
    if let Err(error) = run() {
        eprintln!("sizing: {error}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let svg = match arguments.as_slice() {
        [] => None,
        [flag, path] if flag == "--svg" => Some(path),
        _ => return Err("usage: sizing [--svg latency.svg]".into()),
    };
    response_times()?;
    servers()?;
    calibration()?;
    packing()?;
    if let Some(path) = svg {
        std::fs::write(path, picture()?)?;
        println!("\nwrote {path}");
    }
    Ok(())
}

/// The mean and the 95 % quantile of the response in service times, for pools of several sizes at the same utilization.
fn response_times() -> Result<(), Box<dyn Error>> {
    println!("Response in service times: latency(1, rho), then mean and 95 % quantile of M/M/c\n");
    println!("utilization  latency     c = 1         c = 10        c = 100       c = 1000");
    for rho in [0.5, 0.7, 0.8, 0.9, 0.95, 0.99] {
        let mut row = format!("{rho:<11}  {:<7.2}", latency(1.0, rho)?);
        for servers in POOLS {
            let queue = Queue::new(rho * servers as f64, 1.0, servers)?;
            let pair = format!("{:.2} {:.2}", queue.mean_response(), queue.response_quantile(0.95)?);
            write!(row, "  {pair:<12}")?;
        }
        println!("{}", row.trim_end());
    }
    Ok(())
}

/// The servers for a mean response of twice the service time, and for 95 % within four.
fn servers() -> Result<(), Box<dyn Error>> {
    println!(
        "\nServers by latency(1, rho) for a mean response of 2 service times, and by the queue for that and for 95 % within 4\n"
    );
    println!("erlang  latency  mean <= 2  95 % <= 4");
    for offered in [0.5, 5.0, 50.0, 500.0, 5000.0] {
        let simple = (offered / 0.5_f64).ceil();
        let mean = servers_for(offered, 1.0, Target::MeanWait(1.0))?;
        let quantile = servers_for(offered, 1.0, Target::ResponseQuantile(0.95, 4.0))?;
        println!("{offered:<6}  {simple:<7}  {mean:<9}  {quantile}");
    }
    Ok(())
}

/// The service rate learned from samples of which more and more are wild, beside a straight line through 1/latency.
fn calibration() -> Result<(), Box<dyn Error>> {
    println!(
        "\nCalibration from 200 pairs of a replica with service rate 100 and base 20 ms, noise 5 %, some times 1 to 50 as slow\n"
    );
    println!("wild   service rate  base ms       outliers  by a straight line: service rate, base ms");
    for share in [0.0, 0.05, 0.1, 0.2, 0.3, 0.4] {
        let mut random = Uniform(7);
        let mut pairs = Vec::new();
        for _ in 0..200 {
            let load = 90.0 * random.next();
            let noise = 1.0 + 0.1 * (random.next() - 0.5) * 3f64.sqrt();
            let wild = if random.next() < share { 1.0 + 49.0 * random.next() } else { 1.0 };
            pairs.push((load, 0.02 / (1.0 - load / 100.0) * noise * wild));
        }
        let (load, seconds): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let found = calibrate_load(&load, &seconds)?;
        let (rate, base) = straight_line(&pairs);
        println!(
            "{:<5}  {:<12}  {:<12}  {:<8}  {rate:.1} {:.1}",
            format!("{:.0} %", 100.0 * share),
            format!("{:.1} ± {:.1}", found.service_rate, found.service_rate_error),
            format!("{:.2} ± {:.2}", 1000.0 * found.base, 1000.0 * found.base_error),
            found.outliers,
            1000.0 * base,
        );
    }
    Ok(())
}

/// Service rate and base from `1/latency = 1/base − load/(base·rate)` by least squares.
fn straight_line(pairs: &[(f64, f64)]) -> (f64, f64) {
    let count = pairs.len() as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(&|pair| pair.0), mean(&|pair| 1.0 / pair.1));
    let slope = mean(&|pair| (pair.0 - x) * (1.0 / pair.1 - y)) / mean(&|pair| (pair.0 - x) * (pair.0 - x));
    let at_zero = y - slope * x;
    (-at_zero / slope, 1.0 / at_zero)
}

/// New bins that 100 000 items need with each strategy, over the lower bound.
fn packing() -> Result<(), Box<dyn Error>> {
    println!(
        "\nBins for 100 000 items, each demand uniform from 1 % to the largest of a bin: more than the bound, in percent\n"
    );
    println!("dimensions  largest  bound  first fit  best fit  dot product");
    for dimensions in [1, 2, 3] {
        for largest in [0.2, 0.6] {
            let mut random = Uniform(1);
            let items: Vec<f64> =
                (0..100_000 * dimensions).map(|_| 0.01 + (largest - 0.01) * random.next()).collect();
            let new_bin = vec![1.0; dimensions];
            let mut row = String::new();
            for strategy in [Strategy::FirstFitDecreasing, Strategy::BestFitDecreasing, Strategy::DotProduct]
            {
                let bins = Bins {
                    running: Rows::new("running", &[], dimensions)?,
                    new_bin: &new_bin,
                    most_new: usize::MAX,
                };
                let found = pack(Rows::new("items", &items, dimensions)?, bins, strategy, Groups::default())?;
                if row.is_empty() {
                    write!(
                        row,
                        "{dimensions:<10}  {:<7}  {:<5}",
                        format!("{:.0} %", 100.0 * largest),
                        found.lower_bound
                    )?;
                }
                let more = 100.0 * (found.opened as f64 / found.lower_bound as f64 - 1.0);
                write!(row, "  {more:<8.2}")?;
            }
            println!("{}", row.trim_end());
        }
    }
    Ok(())
}

/// The mean response over the utilization: one curve a pool, and the simple formula, which is that of one server.
fn picture() -> Result<String, Box<dyn Error>> {
    const WIDTH: f64 = 780.0;
    const HEIGHT: f64 = 420.0;
    const COLOURS: [&str; 4] = ["#c0392b", "#d68910", "#2471a3", "#1e8449"];
    let x = |rho: f64| 70.0 + (rho - 0.3) / 0.7 * 500.0;
    let y = |response: f64| HEIGHT - 50.0 - (response - 1.0) / 9.0 * 340.0;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13" fill="#333">
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>
<text x="70" y="18">Response time in service times: the mean (solid) and the 95 % quantile (dashed)</text>
"##
    );
    for response in 1..=10 {
        let at = y(f64::from(response));
        write!(
            svg,
            r##"<line x1="70" y1="{at}" x2="570" y2="{at}" stroke="#ddd"/><text x="62" y="{:.0}" text-anchor="end">{response}</text>"##,
            at + 4.0
        )?;
    }
    for percent in (30..=100).step_by(10) {
        let at = x(f64::from(percent) / 100.0);
        write!(
            svg,
            r##"<text x="{at:.0}" y="{:.0}" text-anchor="middle">{percent} %</text>"##,
            HEIGHT - 30.0
        )?;
    }
    writeln!(svg, r##"<text x="320" y="{:.0}" text-anchor="middle">utilization</text>"##, HEIGHT - 8.0)?;
    for (at, (servers, colour)) in POOLS.into_iter().zip(COLOURS).enumerate() {
        let curve =
            |response: &dyn Fn(Queue) -> Result<f64, forescale::Error>| -> Result<String, Box<dyn Error>> {
                let mut path = String::new();
                for step in 0..=350 {
                    let rho = 0.3 + 0.002 * f64::from(step);
                    let value = response(Queue::new(rho * servers as f64, 1.0, servers)?)?;
                    if value > 10.0 {
                        break;
                    }
                    write!(path, "{}{:.1} {:.1}", if path.is_empty() { "M" } else { "L" }, x(rho), y(value))?;
                }
                Ok(path)
            };
        let mean = curve(&|queue| Ok(queue.mean_response()))?;
        let quantile = curve(&|queue| queue.response_quantile(0.95))?;
        writeln!(svg, r##"<path d="{mean}" fill="none" stroke="{colour}" stroke-width="2"/>"##)?;
        writeln!(
            svg,
            r##"<path d="{quantile}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-dasharray="5 4"/>"##
        )?;
        let label = if servers == 1 {
            "1 server: latency(base, rho)".to_owned()
        } else {
            format!("{servers} servers")
        };
        let row = 60.0 + 24.0 * at as f64;
        writeln!(
            svg,
            r##"<line x1="580" y1="{row}" x2="600" y2="{row}" stroke="{colour}" stroke-width="3"/><text x="606" y="{:.0}" font-size="11">{label}</text>"##,
            row + 4.0
        )?;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// Numbers from 0 to 1, the same in every run (a linear congruential generator, Knuth's MMIX).
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}
