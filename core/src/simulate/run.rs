//! One policy in one world over one load.

use super::controller::Controller;
use super::latency::{Law, Stretch, promised, quantile_of};
use super::quantile::Mixture;
use super::replicas::{Replicas, Serving};
use super::report::{PolicyResult, Timeline};
use super::requests::{Played, Requests};
use super::scene::Scene;
use super::service::Service;
use super::totals::{Addends, Meter};
use crate::engine::Engine;
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
    let mut controller = Controller::new(engine, scene);
    let counts_in_flight = controller.counts_in_flight();
    let mut in_flight = InFlight::new(scene);
    let mut unreported = 0.0;
    let (share, mut shown) = (quantile_of(&scene.target), None::<(Law, f64)>);
    let nothing = (usize::MAX, Serving::of(0, 0.0), 0);
    let (mut moment, mut addends, mut still) = (service.nothing(), Addends::default(), nothing);
    let (mut until_decision, mut decision) = (0, 0);
    let (mut until_value, mut value) = (clock.per_value, 0);
    for step in 0..clock.steps {
        if step % REPORT_EVERY == REPORT_EVERY - 1 {
            progress(step as f64 / clock.steps as f64)?;
        }
        replicas.advance(step);
        let decides = until_decision == 0;
        until_decision = if decides { clock.decide_every - 1 } else { until_decision - 1 };
        if decides {
            let (now, fleet) = (clock.time(step), replicas.fleet());
            if detailed && step > 0 {
                timeline.record_totals(totals, result.totals(), meter.price());
                totals = result.totals();
            }
            if step > 0 {
                let observed = scene.observed(decision);
                let seen = if counts_in_flight { in_flight.seen() } else { f64::NAN };
                // Whoever cannot see the load cannot see the requests in the service either.
                controller.observe(now, observed, if observed.is_nan() { f64::NAN } else { seen })?;
            }
            decision += 1;
            let decided = controller.decide(now, fleet)?;
            result.cold_start_decisions += u64::from(decided.is_cold_start);
            if detailed {
                timeline.record_decision(decided);
            }
            let wanted = decided.replicas;
            if wanted != fleet.requested {
                let direction = if wanted > fleet.requested { 1 } else { -1 };
                result.scale_events += 1;
                result.flips += u64::from(last_direction == -direction);
                last_direction = direction;
                replicas.request(wanted, step);
                controller.applied(now, fleet.requested, wanted)?;
            }
        }
        if until_value == 0 {
            (until_value, value) = (clock.per_value, value + 1);
        }
        until_value -= 1;
        let (rate, serving) = (scene.rate_of(value), replicas.serving());
        // While nothing changes and nobody waits, a step is as the one before.
        let conditions = (value, serving, replicas.moving());
        if still != conditions {
            moment = service.serve(serving, rate)?;
            addends = meter.step(&mut result, scene.need_of(value), serving.ready, &replicas, &moment);
            let is_still = moment.waiting == 0.0 && scene.world.tiers.is_empty();
            still = if is_still { conditions } else { nothing };
        }
        if counts_in_flight {
            in_flight.add(service.in_queue(rate) + moment.waiting);
        }
        let added = match &mut requests {
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
                &addends.with(Played { late: if has_promise { played.late } else { moment.late }, ..played })
            }
            None => &addends,
        };
        meter.add(&mut result, added);
        if detailed {
            match stretches.last_mut() {
                Some(last) if last.delay == moment.stretch.delay && last.law == moment.stretch.law => {
                    last.requests += moment.stretch.requests;
                }
                _ => stretches.push(moment.stretch),
            }
            if decides {
                let charged = serving.ready.saturating_add(replicas.moving());
                let law = moment.stretch.law;
                // The quantile takes many times as long as the rest of a step.
                let seconds = match shown {
                    Some((same, seconds)) if same == law => seconds,
                    _ => law.quantile(share, shown.map_or(0.0, |(_, seconds)| seconds))?,
                };
                shown = Some((law, seconds));
                timeline.record_moment(serving.ready, charged, moment.stretch.delay + seconds);
            }
        }
    }
    if promised(&scene.target).is_some()
        && let Some(requests) = &requests
    {
        result.late_requests += requests.unanswered();
    }
    if detailed {
        timeline.record_totals(totals, result.totals(), meter.price());
    }
    meter.finish(&mut result, &replicas);
    if detailed {
        let mixture = Mixture::new(stretches);
        let quantile = |p| match &requests {
            Some(requests) => requests.quantile(p),
            None => mixture.quantile(p),
        };
        result.p50_seconds = quantile(0.5);
        result.p95_seconds = quantile(0.95);
        result.p99_seconds = quantile(0.99);
        result.timeline = timeline;
    }
    controller.end();
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
