//! A scenario played: the service, its metrics and its fleet around an engine, and the same again without faults and with the reactive law.

use super::findings::{Findings, Rule};
use super::fleet::Replicas;
use super::metrics::{Metrics, clock_error, end_of};
use super::recovery::recovery;
use super::rules::Watcher;
use super::scenario::{FaultKind, Scenario};
use crate::engine::{Engine, EngineConfig};
use crate::error::Result;
use crate::policy::{CustomPolicy, Damping, Policy, PolicyConfig, Proposal, Reason, Situation, replicas_for};
use crate::random::Random;

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

/// What became of one run, a value for each interval.
pub(super) struct Trial {
    pub(super) requested: Vec<u32>,
    /// What the load observed then needed.
    reactive: Vec<u32>,
    /// Load per second as the service counted it.
    pub(super) loads: Vec<f64>,
    /// How far ahead decisions looked, in seconds, and of how many starts that was learned.
    pub(super) leads: Vec<(f64, u64)>,
}

/// Plays a scenario with an engine of these settings, of which the scenario fills in times, bounds and the service rate.
///
/// Three runs of as many decisions as the scenario has intervals: the engine under test, the same without the faults, and the reactive
/// law with them; the first two for longer where they do not agree again by the end. The rules of the rails are checked for policies that rely on them; for complete control laws such as `hpa`,
/// the bounds, errors and recovery.
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

/// Plays a scenario with an engine of these settings, on `given` loads or its own, while a watcher looks on.
pub(super) fn play(
    scenario: &Scenario,
    settings: &EngineConfig,
    given: Option<&[f64]>,
    mut watcher: Option<&mut Watcher<'_>>,
) -> Result<Trial> {
    let mut engine = Engine::new(settings.clone())?;
    let mut need =
        replicas_for(scenario.base, scenario.service_rate, settings.target(), scenario.max_replicas)?;
    let mut replicas = Replicas::new(scenario, need.clamp(scenario.min_replicas, scenario.max_replicas));
    let mut metrics = Metrics::new(scenario);
    let mut random = Random::stream(scenario.seed, 1);
    let mut trial =
        Trial { requested: Vec::new(), reactive: Vec::new(), loads: Vec::new(), leads: Vec::new() };
    let mut scaled_in = f64::NEG_INFINITY;
    for interval in 1..=scenario.intervals {
        let seconds = interval as f64 * scenario.interval_seconds;
        let before = seconds - scenario.interval_seconds;
        let on: Vec<FaultKind> = scenario.faults_at(seconds).copied().collect();
        let was_on =
            |fault: &&super::scenario::Fault| fault.start_seconds > before && fault.start_seconds <= seconds;
        let began: Vec<FaultKind> = scenario.faults.iter().filter(was_on).map(|fault| fault.kind).collect();
        replicas.advance(interval, on.iter(), began.iter());
        let load = match given.and_then(|loads| loads.get(interval - 1)) {
            Some(load) => *load,
            None => {
                let factor = scenario.load.factor(before, scenario.season_seconds, before - scaled_in);
                random.poisson(scenario.base * factor * scenario.interval_seconds) / scenario.interval_seconds
            }
        };
        trial.loads.push(load);
        let now = end_of(scenario, interval).saturating_add(clock_error(on.iter()));
        for sample in metrics.send(interval, load, on.iter()) {
            let taken = engine.observe(sample.0, sample.1);
            if let Some(watcher) = &mut watcher {
                watcher.sampled(seconds, now, sample, &taken);
            }
        }
        let fleet = replicas.report(on.iter());
        let wanted = match engine.decide(now, fleet) {
            Ok(decision) => {
                if let Some(watcher) = &mut watcher {
                    watcher.decided(seconds, decision, fleet)?;
                }
                need = decision.reactive.min(settings.max_replicas);
                decision.replicas
            }
            Err(error) => {
                if let Some(watcher) = &mut watcher {
                    let is_documented = watcher.goes_back(now);
                    watcher.refused(seconds, is_documented, "decide", &error);
                }
                replicas.requested()
            }
        };
        let asked = replicas.requested();
        if wanted != asked {
            if wanted < asked {
                scaled_in = seconds;
            }
            replicas.request(wanted, interval, on.iter());
            let told = engine.applied(now, wanted);
            if let Some(watcher) = &mut watcher {
                watcher.applied(seconds, now, fleet.requested, wanted);
                if let Err(error) = told {
                    watcher.refused(seconds, false, "applied", &error);
                }
            }
        }
        trial.requested.push(wanted);
        trial.reactive.push(need);
        let lead = engine.lead_time();
        trial.leads.push((lead.horizon_seconds, lead.count));
    }
    Ok(trial)
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
        length = if ours < law && ours < need { length + 1 } else { 0 };
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
