//! One round: what is wanted, what is asked for now, and who serves whom until then.

use super::aim::Aim;
use super::transport::Transport;
use super::{Instruction, RegionAction, RegionReason, RegionRecord, Regions, RouteLimit};
use crate::error::Result;
use std::collections::BTreeSet;

impl Regions {
    /// One round at `now` (Unix milliseconds): what the actuator is to do, new or again. Replicas go only when those that take over
    /// their load run, unless capacity or the budget has no room for both.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a `now` before the last one, or a year after it.
    pub fn plan(&mut self, now: i64) -> Result<Vec<Instruction<RegionAction>>> {
        self.go_to(now)?;
        self.coverage.round();
        self.orders.expire(now).iter().for_each(|action| self.settled(action, false, false));
        let is_recovering = self.places.iter().any(|place| place.recovered < self.config.recovery_rounds);
        for place in self.places.iter_mut().filter(|place| place.is_up) {
            place.recovered = place.recovered.saturating_add(1).min(self.config.recovery_rounds);
        }
        let (step, missed) = (self.coverage.step(), self.coverage.seen_before());
        for source in self.services.iter_mut().flat_map(|service| &mut service.sources) {
            source.begin(step, missed, &self.config);
        }
        let problem = self.problem(now)?;
        let mut aim = problem.solve()?;
        let mut spare = Spare::new(self, &aim);
        let held = if self.coverage.is_unsure(self.config.lead_steps()) {
            self.hold(&mut aim, &mut spare)
        } else {
            BTreeSet::new()
        };
        self.record(now, &aim, &held, &problem.transport, is_recovering);
        self.ask(now, &mut spare);
        self.route(&aim, &problem.transport)?;
        self.planned = Some(now);
        Ok(self.orders.hand_out(now))
    }

    /// Keeps what runs after a pause in which nothing was seen, as far as capacity and the budget have room for it; where that is more
    /// than the plan wants, application and region.
    fn hold(&self, aim: &mut Aim, spare: &mut Spare) -> BTreeSet<(usize, usize)> {
        let mut held = BTreeSet::new();
        for (number, (service, wanted)) in self.services.iter().zip(&mut aim.replicas).enumerate() {
            for (place, (cell, wanted)) in service.cells.iter().zip(wanted).enumerate() {
                let surplus = cell.running.min(cell.wanted).saturating_sub(*wanted);
                let kept = spare.keep(place, f64::from(surplus)).floor();
                if kept > 0.0 {
                    spare.take(place, kept);
                    *wanted += kept as u32;
                    held.insert((number, place));
                }
            }
        }
        held
    }

    /// Takes the plan over, and writes down what changes.
    fn record(
        &mut self,
        now: i64,
        aim: &Aim,
        held: &BTreeSet<(usize, usize)>,
        transport: &Transport,
        is_recovering: bool,
    ) {
        let regions = self.places.len();
        let sources = aim.flows.chunks(regions.max(1)).zip(transport.supplies.chunks(regions.max(1)));
        for ((service_number, service), (wanted, (flows, supplies))) in
            self.services.iter_mut().enumerate().zip(aim.replicas.iter().zip(sources))
        {
            let is_short = flows
                .iter()
                .zip(supplies)
                .any(|(row, supply)| row.last().is_some_and(|unserved| *unserved > 1e-9 * supply));
            let aimed: Vec<Vec<f64>> = flows
                .iter()
                .zip(supplies)
                .zip(&service.aimed)
                .map(|((row, supply), before)| shares(row, *supply, before))
                .collect();
            for (number, ((place, cell), wanted)) in
                self.places.iter().zip(&mut service.cells).zip(wanted).enumerate()
            {
                let before = std::mem::replace(&mut cell.wanted, *wanted);
                let column = |rows: &[Vec<f64>]| -> f64 {
                    rows.iter()
                        .zip(supplies)
                        .filter_map(|(row, supply)| Some(row.get(number)? * supply))
                        .sum()
                };
                let is_shifted = || {
                    let shifted = column(&aimed) - column(&service.aimed);
                    let change = f64::from(*wanted) - f64::from(before);
                    service.aimed.iter().flatten().any(|share| *share > 0.0) && shifted / change > 0.5
                };
                let reason = match () {
                    () if held.contains(&(service_number, number)) => RegionReason::HeldAfterPause,
                    () if is_recovering => RegionReason::RegionLost,
                    () if is_short && aim.is_budget_used => RegionReason::Budget,
                    () if is_short => RegionReason::Capacity,
                    () if before == *wanted && cell.reason == Some(RegionReason::Shifted) => {
                        RegionReason::Shifted
                    }
                    () if before != *wanted && is_shifted() => RegionReason::Shifted,
                    () => RegionReason::Forecast,
                };
                let load: f64 = flows.iter().filter_map(|row| row.get(number)).sum();
                cell.rate = load * service.application.service_rate;
                let is_other = cell.reason.replace(reason) != Some(reason);
                if before != *wanted || is_other {
                    cell.since = now;
                }
                if before == *wanted && !(is_other && reason == RegionReason::HeldAfterPause) {
                    continue;
                }
                self.journal.add(RegionRecord {
                    time: now,
                    region: place.region.name.clone(),
                    application: service.application.name.clone(),
                    before,
                    wanted: *wanted,
                    rate: cell.rate,
                    reason,
                });
            }
            service.aimed = aimed;
        }
    }

    /// Asks for what is wanted: more at once, less when what takes over runs.
    fn ask(&mut self, now: i64, spare: &mut Spare) {
        for service in &mut self.services {
            let is_growing = service.cells.iter().any(|cell| cell.wanted > cell.running);
            let cells = service.cells.iter_mut().zip(&self.places).enumerate();
            for (number, (cell, place)) in cells.filter(|(_, (_, place))| place.is_up) {
                let surplus = f64::from(cell.running.saturating_sub(cell.wanted));
                let stays = is_growing && surplus > 0.0 && spare.keep(number, surplus) >= surplus;
                let asked = if stays { cell.running } else { cell.wanted };
                if stays {
                    spare.take(number, surplus);
                }
                if cell.order > 0 && cell.asked != asked {
                    self.orders.withdraw(cell.order);
                    cell.order = 0;
                }
                if cell.order == 0 && cell.running != asked {
                    let action = RegionAction::Scale {
                        region: place.region.name.clone(),
                        application: service.application.name.clone(),
                        replicas: asked,
                    };
                    cell.order = self.orders.issue(now, action);
                    cell.asked = asked;
                }
            }
        }
    }

    /// Routes what is expected in the running step over what runs.
    fn route(&mut self, aim: &Aim, transport: &Transport) -> Result<()> {
        let regions = self.places.len();
        let supplies = self.supplies(1)?;
        for (number, service) in self.services.iter_mut().enumerate() {
            let own = number * regions..(number + 1) * regions;
            let (Some(supplies), Some(ahead), Some(costs)) =
                (supplies.get(own.clone()), transport.supplies.get(own.clone()), transport.costs.get(own))
            else {
                continue;
            };
            let running: Vec<f64> = service.cells.iter().map(|cell| f64::from(cell.running)).collect();
            let spare = standby(&running, costs);
            let own =
                Transport { supplies: supplies.to_vec(), costs: costs.to_vec(), capacities: running.clone() };
            let flows = own.solve(None)?;
            let sources = flows.iter().zip(supplies).zip(ahead.iter().zip(costs));
            for (source, ((row, supply), (ahead, costs))) in sources.enumerate() {
                let (Some(routed), Some(limit), Some(aimed)) = (
                    service.routed.get_mut(source),
                    service.limits.get_mut(source),
                    service.aimed.get(source),
                ) else {
                    continue;
                };
                *routed = shares(row, *supply, aimed);
                if *supply <= 0.0 {
                    // Nobody asks: the first who does goes where it is best.
                    routed.fill(0.0);
                    let home = spare.get(source).copied().flatten().and_then(|place| routed.get_mut(place));
                    home.into_iter().for_each(|share| *share = 1.0);
                }
                let is_served = routed.iter().sum::<f64>() >= 1.0 - 1e-9;
                let aim = aim.limit(number * regions + source, *ahead, costs);
                *limit = if is_served { None } else { aim.or(Some(RouteLimit::Starting)) };
            }
        }
        Ok(())
    }
}

/// What capacity and the budget have left beyond the plan.
struct Spare {
    room: Vec<f64>,
    usage: Vec<f64>,
    left: f64,
}

impl Spare {
    fn new(regions: &Regions, aim: &Aim) -> Self {
        let Regions { config, places, .. } = regions;
        let mut spare = Spare {
            room: places.iter().map(|place| f64::from(place.capacity(config.recovery_rounds))).collect(),
            usage: places
                .iter()
                .map(|place| config.budget.map_or(0.0, |budget| budget.of(&place.region)))
                .collect(),
            left: config.budget.map_or(f64::INFINITY, |budget| budget.limit()),
        };
        for row in &aim.replicas {
            row.iter().enumerate().for_each(|(place, wanted)| spare.take(place, f64::from(*wanted)));
        }
        spare
    }

    /// Of so many replicas more in a region those that there is room for.
    fn keep(&self, place: usize, replicas: f64) -> f64 {
        let room = self.room.get(place).copied().unwrap_or(0.0);
        let usage = self.usage.get(place).copied().unwrap_or(0.0);
        let paid = if usage > 0.0 { self.left / usage } else { f64::INFINITY };
        replicas.min(room).min(paid).max(0.0)
    }

    fn take(&mut self, place: usize, replicas: f64) {
        self.left -= replicas * self.usage.get(place).copied().unwrap_or(0.0);
        self.room.get_mut(place).into_iter().for_each(|room| *room -= replicas);
    }
}

/// For each source the cheapest region that has replicas running.
fn standby(running: &[f64], costs: &[Vec<f64>]) -> Vec<Option<usize>> {
    let best = |row: &Vec<f64>| {
        let able = row.iter().zip(running).enumerate();
        let able = able.filter(|(_, (cost, running))| cost.is_finite() && **running > 0.0);
        able.min_by(|a, b| a.1.0.total_cmp(b.1.0)).map(|(place, _)| place)
    };
    costs.iter().map(best).collect()
}

/// A row of flows as shares of the supply, what is not served left out; a source without requests keeps its shares.
fn shares(row: &[f64], supply: f64, before: &[f64]) -> Vec<f64> {
    if supply <= 0.0 {
        return before.to_vec();
    }
    let regions = row.len().saturating_sub(1);
    let share = |flow: &f64| if *flow > 1e-12 * supply { (flow / supply).min(1.0) } else { 0.0 };
    row.iter().take(regions).map(share).collect()
}
