//! One policy in one world over one load.

use super::latency::{self, Stretch, promised};
use super::replicas::Replicas;
use super::report::{PolicyResult, Timeline};
use super::requests::{Played, Requests};
use super::scene::Scene;
use super::service::Service;
use super::totals::Meter;
use crate::engine::{Engine, Mode};
use crate::error::Result;
use crate::random::Random;
use std::collections::VecDeque;

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
    let mut replicas = Replicas::new(initial, scene.world, clock, scene.seed);
    let mut service = Service::new(scene)?;
    let meter = Meter::new(scene)?;
    let mut result = PolicyResult::new(name);
    result.tiers = meter.tiers();
    let mut timeline = Timeline::default();
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut last_direction = 0i8;
    let mut totals = result.totals();
    let mut requests = scene.world.single_requests.then(|| {
        let random = Random::stream(scene.seed, 1);
        Requests::new(scene.world, promised(&scene.target).unwrap_or(f64::INFINITY), random)
    });
    let mut in_flight = InFlight::new(scene);
    let mut unreported = 0.0;
    for step in 0..clock.steps {
        if step % REPORT_EVERY == REPORT_EVERY - 1 {
            progress(step as f64 / clock.steps as f64)?;
        }
        replicas.advance(step);
        let decides = step % clock.decide_every == 0;
        if decides {
            let (now, fleet) = (clock.time(step), replicas.fleet());
            if detailed && step > 0 {
                timeline.record_totals(totals, result.totals(), meter.price());
                totals = result.totals();
            }
            if step > 0 {
                let observed = scene.observed(step / clock.decide_every);
                engine.observe(now, observed)?;
                // Whoever cannot see the load cannot see the requests in the service either.
                let seen = in_flight.seen();
                engine.observe_in_flight(now, if observed.is_nan() { f64::NAN } else { seen })?;
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
                replicas.request(wanted, step);
                engine.applied(now, wanted)?;
            }
        }
        let (rate, serving) = (scene.rate(step), replicas.serving());
        let moment = service.serve(serving, rate)?;
        in_flight.add(moment.in_flight);
        meter.add(&mut result, step, &replicas, &moment);
        let played = match &mut requests {
            Some(requests) => {
                // A step of many requests is played in pieces, so that it can be stopped.
                let seconds = clock.step_seconds();
                let pieces = (rate * seconds / REPORT_EVERY_REQUESTS).ceil().max(1.0) as usize;
                let at = |piece: usize| (step as f64 + piece as f64 / pieces as f64) * seconds;
                let mut played = Played::default();
                for piece in 0..pieces {
                    let more = requests.serve(at(piece), at(piece + 1), rate, serving);
                    played = played.plus(more);
                    unreported += more.arrived;
                    if unreported > REPORT_EVERY_REQUESTS {
                        unreported = 0.0;
                        progress(step as f64 / clock.steps as f64)?;
                    }
                }
                let has_promise = promised(&scene.target).is_some();
                Played { late: if has_promise { played.late } else { moment.late(&scene.target) }, ..played }
            }
            None => Played { arrived: moment.arrived, late: moment.late(&scene.target), lost: moment.lost },
        };
        result.requests += played.arrived;
        result.late_requests += played.late;
        result.dropped_requests += played.lost;
        result.violation_requests += if moment.broken { played.arrived } else { 0.0 };
        if detailed {
            match stretches.last_mut() {
                Some(last) if last.delay == moment.stretch.delay && last.law == moment.stretch.law => {
                    last.requests += moment.stretch.requests;
                }
                _ => stretches.push(moment.stretch),
            }
            if decides {
                let charged = serving.ready.saturating_add(replicas.moving());
                timeline.record_moment(serving.ready, charged, &moment.stretch, &scene.target)?;
            }
        }
    }
    if detailed {
        timeline.record_totals(totals, result.totals(), meter.price());
    }
    meter.finish(&mut result, &replicas);
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

/// The requests in the service as a policy sees them: the mean from decision to decision, as late as the load.
struct InFlight {
    sum: f64,
    decide_every: f64,
    /// What was not seen yet, the oldest first.
    late: VecDeque<f64>,
    lag: usize,
}

impl InFlight {
    fn new(scene: &Scene<'_>) -> Self {
        let lag = (scene.world.metric_lag_seconds / scene.world.interval_seconds).ceil() as usize;
        InFlight { sum: 0.0, decide_every: scene.clock.decide_every as f64, late: VecDeque::new(), lag }
    }

    fn add(&mut self, in_flight: f64) {
        self.sum += in_flight;
    }

    fn seen(&mut self) -> f64 {
        let mean = std::mem::take(&mut self.sum) / self.decide_every;
        self.late.push_back(mean);
        if self.late.len() > self.lag { self.late.pop_front().unwrap_or(mean) } else { f64::NAN }
    }
}
