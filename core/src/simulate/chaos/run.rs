//! A scenario run: with the engine under test, without its faults, and with the reactive law in the policy's place; and what comes of comparing them.

use super::findings::{Findings, Rule};
use super::recovery::recovery;
use super::rules::Watcher;
use super::scenario::{FaultKind, Scenario};
use super::trial::{Trial, play};
use crate::engine::EngineConfig;
use crate::error::Result;
use crate::policy::{CustomPolicy, Damping, Policy, PolicyConfig, Proposal, Reason, Situation};

/// What the load observed now needs, and nothing else: the engine without its policy.
#[derive(Debug)]
struct Reactive;

impl Policy for Reactive {
    fn name(&self) -> &'static str {
        "reactive"
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let replicas = situation.reactive;
        Ok(Proposal { replicas, reason: Reason::Own { replicas } })
    }
}

/// Plays a scenario with an engine of these settings, of which the scenario fills in times, bounds and the service rate.
///
/// Three runs of as many decisions as the scenario has intervals: the engine under test, the same without the faults, and the reactive
/// law with them; the first two for longer where they do not agree again by the end. The rules of the rails are checked for policies that
/// rely on them; for complete control laws such as `hpa`, the bounds, budgets, errors and recovery.
///
/// # Errors
/// [`crate::Error::Config`] for a scenario or settings out of range. What an engine does wrong is no error: it is among the findings.
pub fn run(scenario: &Scenario, settings: &EngineConfig) -> Result<Findings> {
    scenario.check()?;
    let settings = scenario.engine_config(settings);
    settings.check()?;
    let has_rails = settings.policy.build(settings.interval_seconds)?.damping() == Damping::Engine;
    let mut watcher = Watcher::new(scenario, &settings, has_rails);
    let trial = play(scenario, &settings, None, Some(&mut watcher))?;
    let calm = Scenario { faults: Vec::new(), ..scenario.clone() };
    let twin = play(&calm, &settings, Some(&trial.loads), None)?;
    if has_rails {
        let policy = PolicyConfig::Custom(CustomPolicy::new("reactive", || Ok(Box::new(Reactive))));
        let plain = EngineConfig { policy, ..settings.clone() };
        let reactive = play(scenario, &plain, Some(&trial.loads), None)?;
        let is_limited = settings.rails.rate.up.is_some() || settings.anomaly.rate.is_some();
        below_reactive(scenario, &trial, &reactive, is_limited, &mut watcher.findings);
    }
    flips(scenario, &trial, &mut watcher, has_rails);
    recovery(scenario, &settings, (&trial, &twin), &mut watcher.findings)?;
    Ok(watcher.findings)
}

/// How long the engine asked for less than the load needed, and the reactive law in its place did not.
fn below_reactive(
    scenario: &Scenario,
    trial: &Trial,
    reactive: &Trial,
    is_limited: bool,
    findings: &mut Findings,
) {
    let (mut length, mut longest) = (0usize, (0, 0));
    let asked = trial.requested.iter().zip(&trial.reactive).zip(&reactive.requested);
    for (interval, ((ours, need), law)) in asked.enumerate() {
        // Whether the last replica may sleep is another rule; a budget of flips may hold that of the reactive law.
        let sleeps = *ours == 0 && *need <= 1;
        length = if ours < law && ours < need && !sleeps { length + 1 } else { 0 };
        longest = longest.max((length, interval));
    }
    let lasted = longest.0 as f64 * scenario.interval_seconds;
    findings.longest_below_reactive_seconds = lasted;
    if lasted > scenario.lead_seconds() && !is_limited {
        let ends = (longest.1 + 1) as f64 * scenario.interval_seconds;
        findings.broke(Rule::Prediction, ends, format!("below the reactive law for {lasted} s"));
    }
}

/// How often the request changed its direction, and how often within one scale-in window.
fn flips(scenario: &Scenario, trial: &Trial, watcher: &mut Watcher<'_>, has_rails: bool) {
    let (mut last, mut flips) = (0i8, Vec::new());
    for (interval, (before, after)) in trial.requested.iter().zip(trial.requested.iter().skip(1)).enumerate()
    {
        let direction = match after.cmp(before) {
            std::cmp::Ordering::Greater => 1,
            std::cmp::Ordering::Less => -1,
            std::cmp::Ordering::Equal => continue,
        };
        if last == -direction {
            flips.push((interval + 2) as f64 * scenario.interval_seconds);
        }
        last = direction;
    }
    let window = watcher.scale_in_window();
    let within = |from: &f64| flips.iter().filter(|at| (*from..*from + window).contains(*at)).count() as u64;
    let worst = flips.iter().map(|from| (within(from), *from)).max_by_key(|(count, _)| *count);
    let (most, at) = worst.unwrap_or((0, 0.0));
    watcher.findings.flips = flips.len() as u64;
    watcher.findings.most_flips_in_window = most;
    // Whoever is told of another fleet cannot know which way is out and which is in; a clock that is off moves the window.
    let lied_to = scenario.has(|kind| {
        matches!(kind, FaultKind::LyingFleet { .. } | FaultKind::StaleFleet {} | FaultKind::WrongClock { .. })
    });
    if has_rails && !lied_to && most > 2 {
        watcher.findings.broke(Rule::Flips, at, format!("{most} changes of direction within {window} s"));
    }
}
