//! What a run adds up: replica-hours, cost, energy and broken promises, in all and tier by tier.

use super::replicas::Replicas;
use super::report::{PolicyResult, TierResult};
use super::requests::Played;
use super::scene::Scene;
use super::service::Moment;
use crate::energy::PowerCurve;
use crate::error::Result;

/// Adds up a run.
pub(super) struct Meter<'a> {
    scene: &'a Scene<'a>,
    /// Price of a replica-hour and power of each tier; empty where all replicas are alike.
    tiers: Vec<(f64, PowerCurve)>,
    /// Length of a step.
    seconds: f64,
    hours: f64,
}

/// What a step adds to the totals.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Addends {
    replica_hours: f64,
    energy_kwh: f64,
    transition_energy_kwh: f64,
    over_provisioned_hours: f64,
    under_provisioned_hours: f64,
    violation_seconds: f64,
    violation_requests: f64,
    played: Played,
}

impl Addends {
    /// Replica-hours from creation to the end of draining.
    pub(super) fn replica_hours(&self) -> f64 {
        self.replica_hours
    }

    /// Energy, that of starting and draining included.
    pub(super) fn energy_kwh(&self) -> f64 {
        self.energy_kwh + self.transition_energy_kwh
    }

    /// With requests that were played one by one in place of those of the queue's law.
    pub(super) fn with(self, played: Played) -> Self {
        let violation_requests = if self.violation_seconds > 0.0 { played.arrived } else { 0.0 };
        Addends { violation_requests, played, ..self }
    }
}

impl<'a> Meter<'a> {
    pub(super) fn new(scene: &'a Scene<'a>) -> Result<Self> {
        let world = scene.world;
        let tiers: Result<_> = world
            .tiers
            .iter()
            .map(|tier| {
                let usual = (world.idle_watts, world.busy_watts);
                Ok((tier.price(world.cost_per_replica_hour), tier.power(usual)?))
            })
            .collect();
        let seconds = scene.clock.step_seconds();
        Ok(Meter { scene, tiers: tiers?, seconds, hours: seconds / 3600.0 })
    }

    /// What the totals' priced hours are to be multiplied by.
    pub(super) fn price(&self) -> f64 {
        if self.tiers.is_empty() { self.scene.world.cost_per_replica_hour } else { 1.0 }
    }

    /// The tiers' results to begin with.
    pub(super) fn tiers(&self) -> Vec<TierResult> {
        let names = self.scene.world.tiers.iter().map(|tier| tier.name.clone());
        names.map(|name| TierResult { name, ..TierResult::default() }).collect()
    }

    /// What a step adds; the tiers' part of it is added to `result` at once.
    #[inline(never)]
    pub(super) fn step(
        &self,
        result: &mut PolicyResult,
        need: u32,
        ready: u32,
        replicas: &Replicas,
        moment: &Moment,
    ) -> Addends {
        let (world, hours) = (self.scene.world, self.hours);
        let moving = replicas.moving();
        let mut addends = Addends {
            replica_hours: (f64::from(ready) + f64::from(moving)) * hours,
            over_provisioned_hours: f64::from(ready.saturating_sub(need)) * hours,
            under_provisioned_hours: f64::from(need.saturating_sub(ready)) * hours,
            violation_seconds: if moment.broken { self.seconds } else { 0.0 },
            violation_requests: if moment.broken { moment.arrived } else { 0.0 },
            played: Played { arrived: moment.arrived, late: moment.late, lost: moment.lost },
            ..Addends::default()
        };
        if self.tiers.is_empty() {
            let serving_watts = world.idle_watts + (world.busy_watts - world.idle_watts) * moment.utilization;
            addends.energy_kwh = f64::from(ready) * serving_watts * hours / 1000.0;
            addends.transition_energy_kwh = f64::from(moving) * world.idle_watts * hours / 1000.0;
        } else {
            self.add_tiers(result, hours, replicas, moment);
        }
        addends
    }

    /// Adds a step.
    #[inline]
    pub(super) fn add(&self, result: &mut PolicyResult, addends: &Addends) {
        result.seconds += self.seconds;
        result.replica_hours += addends.replica_hours;
        result.energy_kwh += addends.energy_kwh;
        result.transition_energy_kwh += addends.transition_energy_kwh;
        result.over_provisioned_hours += addends.over_provisioned_hours;
        result.under_provisioned_hours += addends.under_provisioned_hours;
        result.violation_seconds += addends.violation_seconds;
        result.violation_requests += addends.violation_requests;
        result.requests += addends.played.arrived;
        result.late_requests += addends.played.late;
        result.dropped_requests += addends.played.lost;
    }

    /// All tiers are used alike: work is dealt out by capacity.
    fn add_tiers(&self, result: &mut PolicyResult, hours: f64, replicas: &Replicas, moment: &Moment) {
        let each = self.tiers.iter().zip(replicas.pools()).zip(&mut result.tiers);
        for (((price, power), pool), tier) in each {
            let moving = f64::from(pool.starting_total) + f64::from(pool.draining_total);
            let watts = power.watts(moment.utilization).unwrap_or(power.busy());
            let serving = f64::from(pool.ready) * watts * hours / 1000.0;
            let transition = moving * power.idle() * hours / 1000.0;
            let replica_hours = (f64::from(pool.ready) + moving) * hours;
            tier.replica_hours += replica_hours;
            tier.cost += replica_hours * price;
            tier.energy_kwh += serving + transition;
            result.cost += replica_hours * price;
            result.energy_kwh += serving;
            result.transition_energy_kwh += transition;
        }
    }

    /// The totals at the end.
    pub(super) fn finish(&self, result: &mut PolicyResult, replicas: &Replicas) {
        result.energy_kwh += result.transition_energy_kwh;
        if self.tiers.is_empty() {
            result.cost = result.replica_hours * self.scene.world.cost_per_replica_hour;
        }
        let counts = replicas.counts();
        result.failed_starts = counts.failed_starts;
        result.crashes = counts.crashed;
    }
}
