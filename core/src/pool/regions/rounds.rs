//! One round: what is wanted, what is asked for now, and who serves whom until then.

use super::aim::Aim;
use super::transport::Transport;
use super::{Instruction, RegionAction, RegionReason, RegionRecord, Regions, RouteLimit};
use crate::error::Result;

impl Regions {
    /// One round at `now` (Unix milliseconds): what the actuator is to do, new or again. Replicas go only when those that take over
    /// their load run, unless capacity or the budget has no room for both.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a time before the last round or count.
    pub fn plan(&mut self, now: i64) -> Result<Vec<Instruction<RegionAction>>> {
        self.go_to(now)?;
        self.orders.expire(now).iter().for_each(|action| self.settled(action, false, false));
        let step = self.config.step(now);
        let is_recovering = self.places.iter().any(|place| place.recovered < self.config.recovery_rounds);
        for place in self.places.iter_mut().filter(|place| place.is_up) {
            place.recovered = place.recovered.saturating_add(1).min(self.config.recovery_rounds);
        }
        for service in &mut self.services {
            for (source, place) in service.sources.iter_mut().zip(&mut self.places) {
                source.close(step, &self.config, &mut place.shared);
            }
        }
        let problem = self.problem(now)?;
        let aim = problem.solve()?;
        self.record(now, &aim, &problem.transport, is_recovering);
        self.ask(now, &aim);
        self.route(&aim, &problem.transport)?;
        Ok(self.orders.hand_out(now))
    }

    /// Takes the plan over, and writes down what changes.
    fn record(&mut self, now: i64, aim: &Aim, transport: &Transport, is_recovering: bool) {
        let regions = self.places.len();
        let sources = aim.flows.chunks(regions.max(1)).zip(transport.supplies.chunks(regions.max(1)));
        for ((service, wanted), (flows, supplies)) in self.services.iter_mut().zip(&aim.replicas).zip(sources)
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
                if before == *wanted {
                    continue;
                }
                let column = |rows: &[Vec<f64>]| -> f64 {
                    rows.iter()
                        .zip(supplies)
                        .filter_map(|(row, supply)| Some(row.get(number)? * supply))
                        .sum()
                };
                let shifted = column(&aimed) - column(&service.aimed);
                let change = f64::from(*wanted) - f64::from(before);
                let reason = match () {
                    () if is_recovering => RegionReason::RegionLost,
                    () if is_short && aim.is_budget_used => RegionReason::Budget,
                    () if is_short => RegionReason::Capacity,
                    () if service.aimed.iter().flatten().any(|share| *share > 0.0)
                        && shifted / change > 0.5 =>
                    {
                        RegionReason::Shifted
                    }
                    () => RegionReason::Forecast,
                };
                let load: f64 = flows.iter().filter_map(|row| row.get(number)).sum();
                self.journal.add(RegionRecord {
                    time: now,
                    region: place.region.name.clone(),
                    application: service.application.name.clone(),
                    before,
                    wanted: *wanted,
                    rate: load * service.application.service_rate,
                    reason,
                });
            }
            service.aimed = aimed;
        }
    }

    /// Asks for what is wanted: more at once, less when what takes over runs.
    fn ask(&mut self, now: i64, aim: &Aim) {
        let mut room: Vec<f64> =
            self.places.iter().map(|place| f64::from(place.capacity(self.config.recovery_rounds))).collect();
        let usage: Vec<f64> = self
            .places
            .iter()
            .map(|place| self.config.budget.map_or(0.0, |budget| budget.of(&place.region)))
            .collect();
        let mut left = self.config.budget.map_or(f64::INFINITY, |budget| budget.limit());
        for row in &aim.replicas {
            for (place, (room, usage)) in room.iter_mut().zip(&usage).enumerate() {
                let wanted = row.get(place).copied().map_or(0.0, f64::from);
                *room -= wanted;
                left -= wanted * usage;
            }
        }
        for service in &mut self.services {
            let is_growing = service.cells.iter().any(|cell| cell.wanted > cell.running);
            let cells = service.cells.iter_mut().zip(&self.places).zip(room.iter_mut().zip(&usage));
            for ((cell, place), (room, usage)) in cells.filter(|((_, place), _)| place.is_up) {
                let surplus = f64::from(cell.running.saturating_sub(cell.wanted));
                let stays = is_growing && surplus > 0.0 && surplus <= *room && surplus * usage <= left;
                let asked = if stays { cell.running } else { cell.wanted };
                if stays {
                    *room -= surplus;
                    left -= surplus * usage;
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
