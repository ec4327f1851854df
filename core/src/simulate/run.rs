//! One policy in one world over one load.

use super::latency::{self, Stretch, queue_at};
use super::replicas::Replicas;
use super::report::{PolicyResult, Timeline};
use super::world::{Clock, World};
use crate::capacity::Target;
use crate::engine::{Engine, Mode};
use crate::error::Result;
use crate::load::{Fill, Series};
use crate::policy::replicas_for;
use crate::random::Random;

/// What every run over a load shares: the true rate, what a scraper sees of it, and the replicas it needs.
pub(super) struct Scene<'a> {
    pub(super) world: &'a World,
    pub(super) target: Target,
    pub(super) clock: Clock,
    /// True load per second, one per value of the series.
    rates: Vec<f64>,
    /// Load per second as observed over the interval before each decision; NaN = missing.
    observed: Vec<f64>,
    /// Smallest count that keeps the promise, one per value of the series.
    needs: Vec<u32>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(load: &Series, world: &'a World, seed: u64) -> Result<Self> {
        let clock = Clock::new(load, world)?;
        let rates = load.fill(Fill::Linear)?.values().to_vec();
        let target = world.target();
        let needs = needs(&rates, world, target)?;
        let observed = observe(load.values(), &rates, world, &clock, seed);
        Ok(Scene { world, target, clock, rates, observed, needs })
    }

    /// The need at every step, for another promise than the world's when given.
    pub(super) fn need(&self, target: Option<Target>) -> Result<Vec<u32>> {
        let other = target.map(|target| needs(&self.rates, self.world, target)).transpose()?;
        let needs = other.as_ref().unwrap_or(&self.needs);
        Ok(needs.iter().flat_map(|need| std::iter::repeat_n(*need, self.clock.per_value)).collect())
    }

    pub(super) fn mean_rates(&self) -> Vec<f64> {
        let steps =
            |decision: usize| decision * self.clock.decide_every..(decision + 1) * self.clock.decide_every;
        let rate = |step: usize| self.rates.get(step / self.clock.per_value).copied();
        let mean = |decision| {
            let known: Vec<f64> = steps(decision).filter_map(rate).collect();
            known.iter().sum::<f64>() / known.len().max(1) as f64
        };
        (0..self.observed.len()).map(mean).collect()
    }
}

fn needs(rates: &[f64], world: &World, target: Target) -> Result<Vec<u32>> {
    let mut last = (f64::NAN, 0);
    let mut need = |rate: &f64| {
        if *rate != last.0 {
            let count = replicas_for(*rate, world.service_rate, target)?;
            last = (*rate, count.clamp(world.min_replicas.max(1), world.max_replicas));
        }
        Ok(last.1)
    };
    rates.iter().map(&mut need).collect()
}

fn observe(values: &[f64], rates: &[f64], world: &World, clock: &Clock, seed: u64) -> Vec<f64> {
    let mut random = Random::stream(seed, 0);
    let decisions = clock.steps.div_ceil(clock.decide_every.max(1));
    let interval = clock.decide_every as f64 * clock.step_seconds();
    let mut sample = |decision: usize| {
        if decision == 0 {
            return f64::NAN;
        }
        let steps = (decision - 1) * clock.decide_every..decision * clock.decide_every;
        let of =
            |from: &[f64], step: usize| from.get(step / clock.per_value.max(1)).copied().unwrap_or(f64::NAN);
        if steps.clone().any(|step| of(values, step).is_nan()) {
            return f64::NAN;
        }
        let requests: f64 = steps.map(|step| of(rates, step) * clock.step_seconds()).sum();
        if world.counting_noise { random.poisson(requests) / interval } else { requests / interval }
    };
    (0..decisions).map(&mut sample).collect()
}

/// Runs the engine through the scene. `detailed` also records what charts show.
pub(super) fn run(
    scene: &Scene<'_>,
    engine: &mut Engine,
    name: &str,
    initial: u32,
    detailed: bool,
) -> Result<PolicyResult> {
    let Scene { world, clock, target, .. } = scene;
    let step_seconds = clock.step_seconds();
    let mut replicas = Replicas::new(initial);
    let mut totals = PolicyResult::new(name);
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut timeline = Timeline::default();
    let mut backlog = 0.0;
    let mut conditions = (f64::NAN, u32::MAX);
    let mut queue = queue_at(0.0, world.service_rate, 1)?;
    let mut true_queue = queue;
    let mut last_direction = 0i8;
    let (mut step_charged, mut step_moving) = (0.0, 0.0);
    for step in 0..clock.steps {
        replicas.advance(step);
        if step % clock.decide_every.max(1) == 0 {
            let now = clock.time(step);
            let decision_number = step / clock.decide_every.max(1);
            let seen = scene.observed.get(decision_number).copied().unwrap_or(f64::NAN);
            if decision_number > 0 {
                engine.observe(now, seen)?;
            }
            let fleet = replicas.fleet();
            let decision = engine.decide(now, fleet)?;
            let wanted = decision.replicas;
            if detailed {
                timeline.record_decision(decision);
                totals.cold_start_decisions += u64::from(decision.mode == Mode::ColdStart);
            }
            if wanted != fleet.requested {
                let direction = if wanted > fleet.requested { 1 } else { -1 };
                totals.scale_events += 1;
                totals.flips += u64::from(last_direction == -direction);
                last_direction = direction;
                replicas.request(wanted, step, clock.start_up, clock.drain);
                engine.applied(now, wanted)?;
            }
            step_moving = f64::from(replicas.starting() + replicas.draining());
        } else if step_moving > 0.0 {
            step_moving = f64::from(replicas.starting() + replicas.draining());
        }
        let ready = replicas.ready();
        let value = step / clock.per_value.max(1);
        let rate = scene.rates.get(value).copied().unwrap_or(0.0);
        let need = scene.needs.get(value).copied().unwrap_or(1);
        if conditions != (rate, ready) {
            conditions = (rate, ready);
            queue = queue_at(rate, world.service_rate, ready.max(1))?;
            true_queue = crate::capacity::Queue::new(rate, world.service_rate, u64::from(ready.max(1)))?;
        }
        step_charged = f64::from(ready) + step_moving;
        let capacity = f64::from(ready) * world.service_rate;
        let arrived = rate * step_seconds;
        let before = backlog;
        let served = (backlog + arrived).min(capacity * step_seconds);
        backlog = before + arrived - served;
        // What rounding leaves of a backlog that is worked off is none.
        if backlog < 1e-9 * arrived.max(1.0) {
            backlog = 0.0;
        }
        let delay = if capacity > 0.0 { 0.5 * (before + backlog) / capacity } else { f64::INFINITY };
        let stretch = Stretch { queue, delay, requests: arrived };
        let broken = arrived > 0.0 && (ready == 0 || latency::is_broken(target, &true_queue, delay));
        totals.seconds += step_seconds;
        totals.requests += arrived;
        totals.replica_hours += step_charged * step_seconds / 3600.0;
        totals.violation_seconds += if broken { step_seconds } else { 0.0 };
        totals.late_requests += match *target {
            Target::ResponseQuantile(_, seconds) => arrived * stretch.tail(seconds),
            _ if broken => arrived,
            _ => 0.0,
        };
        totals.over_provisioned_hours += f64::from(ready.saturating_sub(need)) * step_seconds / 3600.0;
        totals.under_provisioned_hours += f64::from(need.saturating_sub(ready)) * step_seconds / 3600.0;
        let utilization = if capacity > 0.0 { served / (capacity * step_seconds) } else { 0.0 };
        let serving = world.idle_watts + (world.busy_watts - world.idle_watts) * utilization;
        totals.energy_kwh += f64::from(ready) * serving * step_seconds / 3.6e6;
        totals.transition_energy_kwh += step_moving * world.idle_watts * step_seconds / 3.6e6;
        match stretches.last_mut() {
            Some(last) if last.delay == delay && last.queue == queue => last.requests += arrived,
            _ if arrived > 0.0 => stretches.push(stretch),
            _ => {}
        }
        if detailed && step % clock.decide_every.max(1) == 0 {
            timeline.record_step(ready, step_charged, delay, &queue, target)?;
        }
    }
    let _ = step_charged;
    totals.energy_kwh += totals.transition_energy_kwh;
    totals.cost = totals.replica_hours * world.cost_per_replica_hour;
    if detailed {
        totals.p50_seconds = latency::quantile(&stretches, 0.5);
        totals.p95_seconds = latency::quantile(&stretches, 0.95);
        totals.p99_seconds = latency::quantile(&stretches, 0.99);
        totals.timeline = timeline;
    }
    Ok(totals)
}
