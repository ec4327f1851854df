//! Ways from 10 to 40 replicas and back, and the energy of each beyond serving the demand:
//! `cargo run --release --example transitions [-- transitions.svg]`, the table and the picture of `docs/scaling.md`.

use forescale::Result;
use forescale::scaling::{
    Transition, TransitionPlan, TransitionPlanConfig, assess_transition, plan_transition,
};
use std::fmt::Write as _;

/// Two hours in steps of 15 seconds.
const STEPS: usize = 480;
const LOW: u64 = 10;
const HIGH: u64 = 40;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let config =
        TransitionPlanConfig { drain_seconds: 30.0, max_replicas: 200, ..TransitionPlanConfig::default() };
    println!("| demand | reactive, late | reactive, safe | one step | linear | sigmoid | plan |");
    println!("|---|---|---|---|---|---|---|");
    for (name, demand) in demands()? {
        let assess = |replicas: Vec<u64>| assess_transition(&demand, replicas[0], &replicas, &config);
        let late = assess(reactive(&demand, 0))?;
        let safe = (0..=HIGH).map(|more| assess(reactive(&demand, more))).find(covers);
        let safe = safe.expect("as many more as there can be needed")?;
        let mut cells = vec![
            format!("{:.0} (short by {:.0})", late.transition_cost / 60.0, late.shortfall / 60.0),
            format!("{:.0}", safe.transition_cost / 60.0),
        ];
        for way in ways(&demand, &config)?.map(|(_, way)| way) {
            let less = 100.0 * (1.0 - way.transition_cost / safe.transition_cost);
            cells.push(format!("{:.0} ({less:.0} %)", way.transition_cost / 60.0));
        }
        println!("| {name} | {} |", cells.join(" | "));
    }
    if let Some(path) = std::env::args().nth(1) {
        let (_, demand) = &demands()?[1];
        std::fs::write(path, picture(demand, ways(demand, &config)?)?)?;
    }
    Ok(())
}

/// What each step needs, in replicas.
fn demands() -> Result<[(&'static str, Vec<f64>); 7]> {
    let along = |share: &dyn Fn(f64) -> f64| (0..STEPS).map(|t| 10.0 + 30.0 * share(t as f64)).collect();
    let line = |minutes: f64| move |t: f64| ((t - 240.0) / (4.0 * minutes) + 0.5).clamp(0.0, 1.0);
    let sigmoid = |minutes: f64| {
        let way = Transition::over(LOW, HIGH, 240.0 - 2.0 * minutes, 4.0 * minutes)?;
        (0..STEPS).map(|t| way.value(t as f64)).collect::<Result<Vec<f64>>>()
    };
    // A bump of four replicas every four minutes.
    let rough = |t: f64| line(60.0)(t) * 26.0 / 30.0 + if t % 16.0 < 8.0 { 0.0 } else { 4.0 / 30.0 };
    Ok([
        ("a jump", along(&|t| f64::from(t >= 240.0))),
        ("a line, 10 minutes", along(&line(10.0))),
        ("a line, 60 minutes", along(&line(60.0))),
        ("a sigmoid, 10 minutes", sigmoid(10.0)?),
        ("a sigmoid, 60 minutes", sigmoid(60.0)?),
        ("a rough line, 60 minutes", along(&rough)),
        ("a line down, 60 minutes", along(&|t| 1.0 - line(60.0)(t))),
    ])
}

/// The cheapest of each kind that never falls under demand.
fn ways(demand: &[f64], config: &TransitionPlanConfig) -> Result<[(&'static str, TransitionPlan); 4]> {
    let most = |steps: &[f64]| steps.iter().fold(0.0, |most: f64, need| most.max(*need)).ceil() as u64;
    let (from, to) = (most(&demand[..40]), most(&demand[STEPS - 40..]));
    let linear = |start: usize, duration: usize| {
        let share = |t: usize| (t.saturating_sub(start) as f64 / duration as f64).min(1.0);
        let count = |t: usize| (from as f64 + (to as f64 - from as f64) * share(t)).round() as u64;
        Ok((0..STEPS).map(count).collect())
    };
    let sigmoid = |start: usize, duration: usize| {
        let way = Transition::over(from, to, start as f64, duration as f64)?;
        (0..STEPS).map(|t| way.replicas(t as f64)).collect()
    };
    let cheapest = |durations: &[usize], way: &dyn Fn(usize, usize) -> Result<Vec<u64>>| {
        let mut best: Option<TransitionPlan> = None;
        for (start, &duration) in
            (0..STEPS).step_by(2).flat_map(|start| durations.iter().map(move |d| (start, d)))
        {
            let way = assess_transition(demand, from, &way(start, duration)?, config)?;
            let cheaper = best.as_ref().is_none_or(|best| way.cost < best.cost);
            best = if way.shortfall == 0.0 && cheaper { Some(way) } else { best };
        }
        Ok(best.expect("a way that begins at once or ends last covers the demand"))
    };
    let durations: Vec<usize> = (1..STEPS / 4).map(|d| 4 * d).collect();
    Ok([
        ("one step", cheapest(&[1], &linear)?),
        ("linear", cheapest(&durations, &linear)?),
        ("sigmoid", cheapest(&durations, &sigmoid)?),
        ("plan", plan_transition(demand, from, config)?),
    ])
}

fn covers(way: &Result<TransitionPlan>) -> bool {
    way.as_ref().is_ok_and(|way| way.shortfall == 0.0)
}

/// What was needed in the last step, and so many more.
fn reactive(demand: &[f64], more: u64) -> Vec<u64> {
    let last = std::iter::once(&demand[0]).chain(demand);
    last.take(demand.len()).map(|need| need.ceil() as u64 + more).collect()
}

/// A panel for each way: what runs, what of it serves, and what is needed, from 15 minutes before the middle to 15 after it.
fn picture(
    demand: &[f64],
    ways: [(&str, TransitionPlan); 4],
) -> std::result::Result<String, std::fmt::Error> {
    let (width, height, shown) = (390.0, 190.0, 180..300);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        2.0 * width,
        2.0 * height + 24.0
    );
    for (i, (name, way)) in ways.iter().enumerate() {
        let (left, top) = ((i % 2) as f64 * width + 40.0, (i / 2) as f64 * height + 24.0);
        let (right, bottom) = (left + width - 60.0, top + height - 54.0);
        let x = |step: usize| left + (right - left) * (step - shown.start) as f64 / shown.len() as f64;
        let y = |count: f64| bottom - (bottom - top) * count / 45.0;
        let path = |values: &dyn Fn(usize) -> f64| {
            let mut path = format!("M{:.1} {:.1}", x(shown.start), y(values(shown.start)));
            for step in shown.clone() {
                let _ = write!(path, "V{:.1}H{:.1}", y(values(step)), x(step + 1));
            }
            path
        };
        let running = path(&|step| way.replicas[step] as f64);
        let serving = path(&|step| way.capacity[step]);
        let needed = path(&|step| demand[step]);
        writeln!(svg, "<path d=\"{running}V{bottom}H{left}Z\" fill=\"#f2c48d\"/>")?;
        writeln!(svg, "<path d=\"{serving}V{bottom}H{left}Z\" fill=\"#a9c8e8\"/>")?;
        writeln!(svg, "<path d=\"{needed}\" fill=\"none\" stroke=\"#222\" stroke-width=\"1.5\"/>")?;
        let beyond = way.transition_cost / 60.0;
        writeln!(
            svg,
            "<text x=\"{left}\" y=\"{}\">{name}: {beyond:.0} replica-minutes beyond the demand</text>",
            top - 6.0
        )?;
        for count in [0.0, 20.0, 40.0] {
            writeln!(
                svg,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{count}</text>",
                left - 6.0,
                y(count) + 4.0
            )?;
        }
        for (minutes, step) in [(-15, 180), (-10, 200), (-5, 220), (0, 240), (5, 260), (10, 280), (15, 300)] {
            let (x, y) = (x(step), bottom + 16.0);
            writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{minutes}</text>")?;
        }
    }
    let y = 2.0 * height + 10.0;
    for (x, color, what) in
        [(40.0, "#222", "needed"), (140.0, "#a9c8e8", "serving"), (240.0, "#f2c48d", "starting")]
    {
        writeln!(svg, "<rect x=\"{x}\" y=\"{}\" width=\"14\" height=\"10\" fill=\"{color}\"/>", y - 9.0)?;
        writeln!(svg, "<text x=\"{}\" y=\"{y}\">{what}</text>", x + 20.0)?;
    }
    writeln!(svg, "<text x=\"350\" y=\"{y}\">replicas over minutes</text>\n</svg>")?;
    Ok(svg)
}
