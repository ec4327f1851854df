//! What a reactive autoscaler costs on a load, what forescale costs, and what a perfect one would cost.
//!
//! `cargo run --release --example backtest -- [LOAD.csv [SERVICE_RATE]]`
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap();
    let text = std::fs::read_to_string(path)?;
    let load = forescale::load::Series::from_csv(&text, None, None)?;
    let mut sorted: Vec<f64> = load.values().iter().copied().filter(|v| !v.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let rate: f64 = match arguments.next() {
        Some(r) => r.parse()?,
        None => sorted[sorted.len() * 95 / 100] / 20.0,
    };
    let startup: f64 = arguments.next().map_or(Ok(120.0), |s| s.parse())?;
    let world =
        forescale::simulate::World { service_rate: rate, start_up_seconds: startup, ..Default::default() };
    let policies: Vec<_> = ["hpa", "seasonal_max", "predictive", "oracle"]
        .iter()
        .map(|n| forescale::policy::PolicyConfig::from_text(n))
        .collect::<Result<_, _>>()?;
    let begun = std::time::Instant::now();
    let report = forescale::simulate::backtest(&load, &policies, &world, 0)?;
    println!("rate {rate} {:?}", begun.elapsed());
    println!("{}", report.table());
    for p in &report.frontier {
        if p.policy == "hpa" || p.policy == "predictive" {
            println!(
                "{} {} cost {:.1} viol {:.4} late {:.4}",
                p.policy, p.setting, p.cost, p.violation_share, p.late_share
            );
        }
    }
    Ok(())
}
