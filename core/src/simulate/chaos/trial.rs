//! A scenario played: the service, its metrics and its fleet around an engine.

use super::fleet::Replicas;
use super::metrics::{Metrics, clock_error, end_of};
use super::rules::Watcher;
use super::scenario::{FaultKind, Scenario};
use crate::engine::{Engine, EngineConfig};
use crate::error::Result;
use crate::policy::replicas_for;
use crate::random::Random;

/// What became of one run, a value for each interval.
pub(super) struct Trial {
    pub(super) requested: Vec<u32>,
    /// What the load observed then needed.
    pub(super) reactive: Vec<u32>,
    /// Load per second as the service counted it.
    pub(super) loads: Vec<f64>,
    /// How far ahead decisions looked, in seconds, and of how many starts that was learned.
    pub(super) leads: Vec<(f64, u64)>,
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
