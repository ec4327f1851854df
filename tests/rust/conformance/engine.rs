use super::Dispatch;
use crate::vectors::Case;
use crate::yard::{root, updates};
use forescale::Result;
use forescale::engine::{
    Claim, Engine, EngineConfig, Fleet, ForecastValue, JointBudget, LeadTime, PauseDirection, Performance,
    Reward, replay as derive_again,
};
use std::ops::Range;

pub const DISPATCH: &[Dispatch] = &[
    ("audit_log", audit_log),
    ("decision_log", decision_log),
    ("engine_by_hand", engine_by_hand),
    ("engine_snapshot", engine_snapshot),
    ("joint_budget", joint_budget),
];

const START: i64 = 1_767_225_600_000;
const INTERVAL: i64 = 15_000;

fn decision_log(case: &Case) -> Result<()> {
    // The second time the engine is saved and restored on the way: nothing may show it.
    for cut in [u64::MAX, case.count("cut")] {
        let engine = Engine::new(EngineConfig::from_json(case.text("config"))?)?;
        replay(case, engine, cut)?;
    }
    Ok(())
}

fn engine_snapshot(case: &Case) -> Result<()> {
    let path = root().join("tests/vectors/snapshots").join(case.text("file"));
    if updates() && !path.exists() {
        let mut engine = Engine::new(EngineConfig::from_json(case.text("config"))?)?;
        run(&mut engine, case.count("requested") as u32, 0..case.count("from"), u64::MAX)?;
        std::fs::write(&path, engine.snapshot()?).unwrap();
    }
    replay(case, Engine::restore(&std::fs::read(path).unwrap())?, u64::MAX)
}

/// Paused, resumed, and limited by hand, with a resource that grows; every number that a decision tells beside its count.
fn engine_by_hand(case: &Case) -> Result<()> {
    let mut engine = Engine::new(EngineConfig::from_json(case.text("config"))?)?;
    let mut requested = 10;
    let [mut replicas, mut advised, mut forecast, mut hpa, mut tiers, mut without] =
        [const { Vec::new() }; 6];
    for step in 0..case.count("steps") {
        let (now, load) = (START + step as i64 * INTERVAL, load(4 * step));
        engine.observe(now, load)?;
        engine.observe_resource(now, "memory", if step == 55 { f64::NAN } else { 2.0 * step as f64 })?;
        match step {
            20 => engine.pause(PauseDirection::Both),
            30 => engine.pause(PauseDirection::In),
            45 => engine.resume(),
            70 => engine.pause(PauseDirection::Out),
            80 => engine.resume(),
            _ => {}
        }
        engine.decide(now, Fleet::new(requested, requested))?;
        let decision = engine.limit_to_share(if step == 65 { 30 } else { 1000 })?;
        replicas.push(decision.replicas);
        advised.push(decision.advised);
        forecast.push(decision.counterfactuals.without_forecast);
        hpa.push(decision.desired_for_hpa(requested, 0.1)?);
        tiers.extend(&decision.tiers);
        without.extend(decision.counterfactuals.without_rail.iter().map(|without| without.replicas));
        if decision.replicas != requested {
            requested = decision.replicas;
            engine.applied(now, requested)?;
        }
    }
    for (name, counts) in [
        ("replicas", replicas),
        ("advised", advised),
        ("without_forecast", forecast),
        ("desired_for_hpa", hpa),
        ("tiers", tiers),
        ("counterfactuals", without),
    ] {
        case.expect_array(name, &counts.into_iter().map(f64::from).collect::<Vec<_>>());
    }
    Ok(())
}

fn joint_budget(case: &Case) -> Result<()> {
    let counts = |name: &str| case.numbers(name).iter().map(|count| *count as u32).collect::<Vec<_>>();
    let (wanted, reactive, current) = (counts("wanted"), counts("reactive"), counts("current"));
    let claims: Vec<Claim> = wanted
        .into_iter()
        .zip(reactive)
        .zip(current)
        .map(|((wanted, reactive), current)| Claim { wanted, reactive, current })
        .collect();
    let budget: JointBudget = forescale::config::from_json("budget", case.text("budget"))?;
    let share = budget.share(&claims)?;
    case.expect_array("share", &share.into_iter().map(f64::from).collect::<Vec<_>>());
    Ok(())
}

/// Runs the engine through the steps of the case, and compares the hashes of its decisions and of its last snapshot.
fn replay(case: &Case, mut engine: Engine, cut: u64) -> Result<()> {
    let steps = case.count("from")..case.count("to");
    let log = run(&mut engine, case.count("requested") as u32, steps, cut)?;
    case.expect_array("log", &halves(fnv1a(log.as_bytes())));
    case.expect_array("snapshot", &halves(fnv1a(&engine.snapshot()?)));
    Ok(())
}

/// The log of the decisions; after the step `cut` the engine is saved and restored.
fn run(engine: &mut Engine, mut requested: u32, steps: Range<u64>, cut: u64) -> Result<String> {
    let mut latest = [requested; 8];
    let mut lines = Vec::new();
    for step in steps {
        let (now, load) = (START + step as i64 * INTERVAL, load(step));
        if !(700..712).contains(&step) {
            engine.observe(now, if step == 400 { f64::NAN } else { load })?;
        }
        if step == 300 {
            engine.observe(now - 2 * INTERVAL, load + 7.0)?;
        }
        if step == 320 {
            engine.observe(now, load + 11.0)?;
        }
        // Replicas are ready eight steps after they were asked for, and gone at once.
        let ready = latest.iter().copied().fold(requested, u32::min);
        let decision =
            engine.decide(now, Fleet { requested, ready, pending: requested - ready, terminating: 0 })?;
        lines.push(decision.to_json());
        latest[step as usize % 8] = requested;
        if decision.replicas != requested {
            requested = decision.replicas;
            engine.applied(now, requested)?;
        }
        if step == cut {
            *engine = Engine::restore(&engine.snapshot()?)?;
        }
    }
    Ok(lines.join("\n"))
}

/// An audit log with all that an engine can be told, derived again; and what the engine learned of itself meanwhile.
fn audit_log(case: &Case) -> Result<()> {
    let mut engine = Engine::new(EngineConfig::from_json(case.text("config"))?)?;
    let (mut requested, mut lines) = (case.count("requested") as u32, vec![engine.audit_header()?]);
    for step in 1..=case.count("to") {
        let now = START + step as i64 * INTERVAL;
        engine.observe(now, load(step))?;
        if step % 9 == 0 {
            engine.observe_start_up(now, 90.0 + (step % 64) as f64)?;
        }
        if step % 11 == 0 {
            engine.observe_performance(now, 0.25 + (step % 8) as f64 / 64.0, f64::NAN)?;
        }
        if step == case.count("change_at") {
            engine.reconfigure(engine.config().with_changes(case.text("changes"))?)?;
        }
        let wanted = engine.decide(now, Fleet::new(requested, requested))?.replicas;
        lines.push(engine.audit_line()?);
        if wanted != requested {
            requested = wanted;
            engine.applied(now, requested)?;
        }
    }
    if case.count("headless") == 1 {
        lines.remove(0);
    }
    let log = lines.join("\n");
    case.expect("difference", derive_again(&log)?.map_or(0.0, |difference| difference.line as f64));
    case.expect_array("log", &halves(fnv1a(log.as_bytes())));
    let LeadTime { p50, p90, p99, count, horizon_seconds } = engine.lead_time();
    case.expect_array("lead_time", &[p50, p90, p99, count as f64, horizon_seconds]);
    let ForecastValue { ours, reactive, seasonal_naive, gain, gain_error, intervals, is_followed } =
        engine.forecast_value();
    let followed = f64::from(u8::from(is_followed));
    let value = [ours, reactive, seasonal_naive, gain, gain_error, intervals as f64, followed];
    case.expect_array("forecast_value", &value);
    let Reward { last, mean, accuracy, energy, gain } = engine.reward();
    case.expect_array("reward", &[last, mean, accuracy, energy, gain]);
    let Performance { service_rate, kept, samples } = engine.performance();
    case.expect_array("performance", &[service_rate, kept, samples as f64]);
    Ok(())
}

/// A triangle wave with noise and a step, of whole numbers.
fn load(step: u64) -> f64 {
    let phase = step % 240;
    let mut noise = (step as u32).wrapping_mul(2_654_435_761);
    noise ^= noise >> 15;
    noise = noise.wrapping_mul(2_246_822_519) >> 27;
    let more = if (500..560).contains(&step) { 400 } else { 0 };
    (200 + 5 * phase.min(240 - phase) + u64::from(noise) + more) as f64
}

/// The 64-bit hash of Fowler, Noll and Vo.
fn fnv1a(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

/// A hash as two numbers that a double holds.
fn halves(hash: u64) -> [f64; 2] {
    [(hash >> 32) as f64, (hash as u32).into()]
}
