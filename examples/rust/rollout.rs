//! How often a rollout moves a policy on that is no better, and how soon one that is: `cargo run --release --example rollout`.
//!
//! Pairs of costs whose difference is a first-order autoregression of deviation 1, for several correlations of neighbours and means.

use forescale::simulate::{Rollout, RolloutConfig, Verdict};

/// Standard normal numbers by the sum of twelve uniform ones, from a linear congruential generator.
fn normal(state: &mut u64) -> f64 {
    let mut uniform = || {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..12).map(|_| uniform()).sum::<f64>() - 6.0
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rollouts = std::env::args().nth(1).map_or(Ok(2000), |count| count.parse())?;
    println!(
        "{:>11} {:>6} {:>9} {:>9} {:>12} {:>10}",
        "correlation", "mean", "advanced", "promoted", "rolled back", "intervals"
    );
    for correlation in [0.0, 0.5, 0.8] {
        for mean in [0.1, 0.0, -0.1, -0.3] {
            let (mut advanced, mut promoted, mut intervals, mut state) = (0, 0, 0u64, 1);
            for _ in 0..rollouts {
                let mut rollout = Rollout::new(RolloutConfig::default())?;
                let mut value = normal(&mut state);
                while rollout.ended().is_none() {
                    value =
                        correlation * value + f64::sqrt(1.0 - correlation * correlation) * normal(&mut state);
                    rollout.observe(100.0, 0.0, 100.0 + mean + value, 0.0)?;
                    intervals += 1;
                }
                let is_better = |verdict: Verdict| verdict == Verdict::Advance || verdict == Verdict::Promote;
                advanced += u32::from(rollout.looks().iter().any(|look| is_better(look.verdict)));
                promoted += u32::from(rollout.ended() == Some(Verdict::Promote));
            }
            let share = |count: u32| format!("{:.1}%", 100.0 * f64::from(count) / f64::from(rollouts));
            let mean_intervals = intervals / u64::from(rollouts);
            println!(
                "{correlation:>11} {mean:>6} {:>9} {:>9} {:>12} {mean_intervals:>10}",
                share(advanced),
                share(promoted),
                share(rollouts - promoted)
            );
        }
    }
    Ok(())
}
