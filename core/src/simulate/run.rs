//! One policy in one world over one load.

use super::latency::{self, Stretch};
use super::replicas::Replicas;
use super::report::{PolicyResult, Timeline};
use super::requests::Requests;
use super::scene::Scene;
use super::service::{Moment, Service};
use crate::capacity::Target;
use crate::engine::{Engine, Mode};
use crate::error::Result;
use crate::random::Random;

/// Steps from one report of progress to the next: some milliseconds.
const REPORT_EVERY: usize = 8192;
/// Requests that are played, likewise.
const REPORT_EVERY_REQUESTS: f64 = 1e5;

/// Runs the engine through the scene. `detailed` also records what charts and latency quantiles need; `progress` is told
/// the share that is done, and its error stops the run.
pub(super) fn run(
    scene: &Scene<'_>,
    engine: &mut Engine,
    name: &str,
    initial: u32,
    detailed: bool,
    progress: &mut dyn FnMut(f64) -> Result<()>,
) -> Result<PolicyResult> {
    let clock = &scene.clock;
    let mut replicas = Replicas::new(initial);
    let mut service = Service::new(scene)?;
    let mut result = PolicyResult::new(name);
    let mut timeline = Timeline::default();
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut last_direction = 0i8;
    let mut totals = result.totals();
    let promised_seconds = match scene.target {
        Target::ResponseQuantile(_, promised) => Some(promised),
        _ => None,
    };
    let played = |_| {
        let random = Random::stream(scene.seed, 1);
        Requests::new(scene.world.service_rate, promised_seconds.unwrap_or(f64::INFINITY), random)
    };
    let mut requests = scene.world.single_requests.then_some(()).map(played);
    let (mut in_flight, mut unreported) = (0.0, 0.0);
    for step in 0..clock.steps {
        if step % REPORT_EVERY == REPORT_EVERY - 1 {
            progress(step as f64 / clock.steps as f64)?;
        }
        replicas.advance(step);
        let decides = step % clock.decide_every == 0;
        if decides {
            let (now, fleet) = (clock.time(step), replicas.fleet());
            if detailed && step > 0 {
                timeline.record_totals(totals, result.totals(), scene.world.cost_per_replica_hour);
                totals = result.totals();
            }
            if step > 0 {
                let observed = scene.observed(step / clock.decide_every);
                engine.observe(now, observed)?;
                // Whoever cannot see the load cannot see the requests in the service either.
                let count = clock.decide_every as f64;
                engine
                    .observe_in_flight(now, if observed.is_nan() { f64::NAN } else { in_flight / count })?;
                in_flight = 0.0;
            }
            let decision = engine.decide(now, fleet)?;
            result.cold_start_decisions += u64::from(decision.mode == Mode::ColdStart);
            if detailed {
                timeline.record_decision(decision);
            }
            let wanted = decision.replicas;
            if wanted != fleet.requested {
                let direction = if wanted > fleet.requested { 1 } else { -1 };
                result.scale_events += 1;
                result.flips += u64::from(last_direction == -direction);
                last_direction = direction;
                replicas.request(wanted, step, clock.start_up, clock.drain);
                engine.applied(now, wanted)?;
            }
        }
        let moment = service.serve(&replicas, scene.rate(step))?;
        in_flight += moment.in_flight;
        result.add(scene, step, &moment);
        match &mut requests {
            Some(requests) => {
                // A step of many requests is played in pieces, so that it can be stopped.
                let (rate, seconds) = (scene.rate(step), clock.step_seconds());
                let pieces = (rate * seconds / REPORT_EVERY_REQUESTS).ceil().max(1.0) as usize;
                let at = |piece: usize| (step as f64 + piece as f64 / pieces as f64) * seconds;
                let (mut arrived, mut late) = (0.0, 0.0);
                for piece in 0..pieces {
                    let (more, later) = requests.serve(at(piece), at(piece + 1), rate, moment.ready);
                    (arrived, late) = (arrived + more, late + later);
                    unreported += more;
                    if unreported > REPORT_EVERY_REQUESTS {
                        unreported = 0.0;
                        progress(step as f64 / clock.steps as f64)?;
                    }
                }
                result.requests += arrived;
                result.late_requests +=
                    if promised_seconds.is_some() { late } else { moment.late(&scene.target) };
            }
            None => {
                result.requests += moment.stretch.requests;
                result.late_requests += moment.late(&scene.target);
            }
        }
        if detailed {
            match stretches.last_mut() {
                Some(last) if last.delay == moment.stretch.delay && last.queue == moment.stretch.queue => {
                    last.requests += moment.stretch.requests;
                }
                _ => stretches.push(moment.stretch),
            }
            if decides {
                timeline.record_moment(&moment, &scene.target)?;
            }
        }
    }
    if detailed {
        timeline.record_totals(totals, result.totals(), scene.world.cost_per_replica_hour);
    }
    result.energy_kwh += result.transition_energy_kwh;
    result.cost = result.replica_hours * scene.world.cost_per_replica_hour;
    if detailed {
        stretches.retain(|stretch| stretch.requests > 0.0);
        let quantile = |p| match &requests {
            Some(requests) => requests.quantile(p),
            None => latency::quantile(&stretches, p),
        };
        result.p50_seconds = quantile(0.5);
        result.p95_seconds = quantile(0.95);
        result.p99_seconds = quantile(0.99);
        result.timeline = timeline;
    }
    progress(1.0)?;
    Ok(result)
}

impl PolicyResult {
    fn add(&mut self, scene: &Scene<'_>, step: usize, moment: &Moment) {
        let Moment { ready, moving, utilization, broken, stretch, .. } = moment;
        let (world, seconds) = (scene.world, scene.clock.step_seconds());
        let (hours, need) = (seconds / 3600.0, scene.need(step));
        let serving_watts = world.idle_watts + (world.busy_watts - world.idle_watts) * utilization;
        self.seconds += seconds;
        self.replica_hours += (f64::from(*ready) + f64::from(*moving)) * hours;
        self.energy_kwh += f64::from(*ready) * serving_watts * hours / 1000.0;
        self.transition_energy_kwh += f64::from(*moving) * world.idle_watts * hours / 1000.0;
        self.over_provisioned_hours += f64::from(ready.saturating_sub(need)) * hours;
        self.under_provisioned_hours += f64::from(need.saturating_sub(*ready)) * hours;
        self.violation_seconds += if *broken { seconds } else { 0.0 };
        self.violation_requests += if *broken { stretch.requests } else { 0.0 };
    }
}
