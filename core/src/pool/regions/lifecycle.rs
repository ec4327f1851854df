//! What becomes of replicas: regions that are lost and come back, what was carried out, and what really runs.

use super::{RegionAction, Regions, RouteLimit, RunningReplicas, known};
use crate::error::{Error, Result};
use crate::pool::orders::{Outcome, Settled};
use std::collections::BTreeMap;

impl Regions {
    /// A region is lost: nothing runs there any more, and its load is spread over the others. Its requests still come.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a region that is not known.
    pub fn region_lost(&mut self, region: &str) -> Result<()> {
        let place = known("region", &self.place_of, region)?;
        if let Some(place) = self.places.get_mut(place) {
            (place.is_up, place.recovered) = (false, 0);
        }
        for service in &mut self.services {
            if let Some(cell) = service.cells.get_mut(place) {
                if cell.order > 0 {
                    self.orders.withdraw(cell.order);
                }
                (cell.running, cell.order, cell.asked) = (0, 0, 0);
            }
            // Nothing is sent there from this moment on; the next round says who takes over.
            for (row, limit) in service.routed.iter_mut().zip(&mut service.limits) {
                let lost = row.get_mut(place).map_or(0.0, std::mem::take);
                if lost > 1e-9 && limit.is_none() {
                    *limit = Some(RouteLimit::Starting);
                }
            }
        }
        // Who still says that replicas were made there tells of a time before.
        self.orders.forget(|RegionAction::Scale { region: scaled, .. }| scaled == region);
        Ok(())
    }

    /// A region is back: it is given its load again step by step, over the rounds of the settings.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a region that is not known.
    pub fn region_back(&mut self, region: &str) -> Result<()> {
        let place = known("region", &self.place_of, region)?;
        if let Some(place) = self.places.get_mut(place) {
            place.is_up = true;
        }
        Ok(())
    }

    /// What really runs, as the actuator's own list has it; what is not in it does not run.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for names that are not known, a pair of them twice, or a `now` before the last one, or a year after it.
    pub fn reconcile(&mut self, now: i64, running: &[RunningReplicas]) -> Result<()> {
        let mut counts = BTreeMap::new();
        for found in running {
            let pair = self.pair(&found.region, &found.application)?;
            if counts.insert(pair, found.replicas).is_some() {
                let problem = format!("has {} in {} twice", found.application, found.region);
                return Err(Error::data("running", problem));
            }
        }
        self.go_to(now)?;
        for (number, service) in self.services.iter_mut().enumerate() {
            for (place, cell) in service.cells.iter_mut().enumerate() {
                cell.running = counts.get(&(place, number)).copied().unwrap_or(0);
            }
        }
        Ok(())
    }

    /// Takes in what the actuator reports of instruction `id`; the same report twice changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a number that was never issued.
    pub fn report(&mut self, id: u64, outcome: Outcome) -> Result<()> {
        match self.orders.report(id, outcome)? {
            Settled::Confirmed(action) => self.settled(&action, true, false),
            Settled::ConfirmedLate(action) => self.settled(&action, true, true),
            Settled::Withdrawn(action) => self.settled(&action, false, false),
            Settled::Retried | Settled::Repeated => {}
        }
        Ok(())
    }

    /// An instruction was carried out, or given up: the next round asks anew.
    pub(super) fn settled(&mut self, action: &RegionAction, is_done: bool, is_late: bool) {
        let RegionAction::Scale { region, application, replicas } = action;
        let Ok((place, service)) = self.pair(region, application) else { return };
        let is_up = self.places.get(place).is_some_and(|place| place.is_up);
        let cell = self.services.get_mut(service).and_then(|service| service.cells.get_mut(place));
        let Some(cell) = cell else { return };
        if !is_late {
            cell.order = 0;
        }
        // What was carried out after all says nothing where something else has been asked for since.
        if is_done && is_up && cell.order == 0 {
            cell.running = *replicas;
        }
    }
}
