//! Ways from 10 to 40 replicas that never fall under demand, and what each costs beyond serving it:
//! `cargo run --example transitions`, the table of `docs/scaling.md`.

use forescale::Result;
use forescale::scaling::{Transition, TransitionPlanConfig, assess_transition, plan_transition};

const STEPS: usize = 480;
const FROM: u64 = 10;
const TO: u64 = 40;

fn main() -> Result<()> {
    println!(
        "Replica-minutes beyond the demand, 2 hours in steps of 15 s, start-up 120 s (less than the reactive steps, in %):\n"
    );
    println!("| demand | reactive | one step | linear | sigmoid | plan |\n|---|---|---|---|---|---|");
    let config = TransitionPlanConfig { max_replicas: 200, ..TransitionPlanConfig::default() };
    for (name, demand) in demands() {
        let cost = |replicas: &[u64]| -> Result<Option<f64>> {
            let way = assess_transition(&demand, FROM, replicas, &config)?;
            Ok((way.shortfall == 0.0).then_some(way.transition_cost / 60.0))
        };
        let reactive = reactive(&demand, &cost)?;
        let costs = [
            reactive,
            cheapest(
                (0..STEPS).map(|start| (0..STEPS).map(|t| if t < start { FROM } else { TO }).collect()),
                &cost,
            )?,
            cheapest(durations().map(|(start, duration)| linear(start, duration)), &cost)?,
            cheapest(durations().filter_map(|(start, duration)| sigmoid(start, duration).ok()), &cost)?,
            Some(plan_transition(&demand, FROM, &config)?.transition_cost / 60.0),
        ];
        let cell = |cost: Option<f64>| match (cost, reactive) {
            (Some(cost), Some(reactive)) => format!("{cost:.0} ({:.0} %)", 100.0 * (1.0 - cost / reactive)),
            (Some(cost), None) => format!("{cost:.0}"),
            (None, _) => "never safe".to_string(),
        };
        println!("| {name} | {} |", costs.map(cell).join(" | "));
    }
    Ok(())
}

/// Demands from 10 to 40 replicas; the last comes back.
fn demands() -> [(&'static str, Vec<f64>); 6] {
    let way = |share: &dyn Fn(f64) -> f64| (0..STEPS).map(|t| 10.0 + 30.0 * share(t as f64)).collect();
    let logistic = |minutes: f64| move |t: f64| 1.0 / (1.0 + (-(t - 240.0) * 3.0 / minutes).exp());
    [
        ("a jump", way(&|t| f64::from(t >= 240.0))),
        ("a line, 10 minutes", way(&|t| ((t - 220.0) / 40.0).clamp(0.0, 1.0))),
        ("a line, 60 minutes", way(&|t| ((t - 120.0) / 240.0).clamp(0.0, 1.0))),
        ("a sigmoid, 10 minutes", way(&logistic(10.0))),
        ("a sigmoid, 60 minutes", way(&logistic(60.0))),
        ("up and down, 2 hours", way(&|t| 0.5 - 0.5 * (t / STEPS as f64 * std::f64::consts::TAU).cos())),
    ]
}

/// What was needed in the last step, times the least headroom that is always enough.
fn reactive(demand: &[f64], cost: &impl Fn(&[u64]) -> Result<Option<f64>>) -> Result<Option<f64>> {
    for percent in 100..=400 {
        let mut last = demand.first().copied().unwrap_or_default();
        let count = |now: &f64| {
            let count = (last * f64::from(percent) / 100.0).ceil() as u64;
            last = *now;
            count
        };
        if let Some(cost) = cost(&demand.iter().map(count).collect::<Vec<u64>>())? {
            return Ok(Some(cost));
        }
    }
    Ok(None)
}

fn durations() -> impl Iterator<Item = (usize, usize)> {
    (0..STEPS).step_by(4).flat_map(|start| (4..STEPS).step_by(8).map(move |duration| (start, duration)))
}

fn linear(start: usize, duration: usize) -> Vec<u64> {
    let share = |t: usize| (t.saturating_sub(start) as f64 / duration as f64).min(1.0);
    (0..STEPS).map(|t| (FROM as f64 + (TO - FROM) as f64 * share(t)).round() as u64).collect()
}

fn sigmoid(start: usize, duration: usize) -> Result<Vec<u64>> {
    let way = Transition::over(FROM, TO, start as f64, duration as f64)?;
    (0..STEPS).map(|t| way.replicas(t as f64)).collect()
}

fn cheapest(
    ways: impl Iterator<Item = Vec<u64>>,
    cost: &impl Fn(&[u64]) -> Result<Option<f64>>,
) -> Result<Option<f64>> {
    let mut least: Option<f64> = None;
    for way in ways {
        if let Some(cost) = cost(&way)? {
            least = Some(least.map_or(cost, |least| least.min(cost)));
        }
    }
    Ok(least)
}
