//! Regions as bytes, and what must hold of those that are read from them.

use super::{Regions, Service};
use crate::error::{Error, Result};
use crate::snapshot;
use std::collections::{BTreeMap, BTreeSet};

impl Regions {
    /// Writes settings and state as bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::Regions, self)
    }

    /// Reads regions back: they go on exactly as if they had never stopped.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let regions: Regions = snapshot::load(snapshot::Kind::Regions, bytes)?;
        if regions.is_whole() {
            return Ok(regions);
        }
        Err(Error::Snapshot { problem: "the regions are inconsistent".into() })
    }

    pub(super) fn is_whole(&self) -> bool {
        let indexed = |names: &BTreeMap<String, usize>, count: usize| {
            names.len() == count && names.values().all(|place| *place < count)
        };
        let count = self.places.len();
        let is_share = |share: &f64| (0.0..=1.0 + 1e-9).contains(share);
        let is_table = |rows: &[Vec<f64>]| {
            rows.len() == count && rows.iter().all(|row| row.len() == count && row.iter().all(is_share))
        };
        // What is asked for by an instruction that is not open would never be asked for again.
        let open: BTreeSet<u64> = self.orders.open().map(|open| open.id).collect();
        let whole = |service: &Service| {
            service.application.check().is_ok()
                && service.sources.len() == count
                && service.sources.iter().all(|source| source.is_whole(&self.config, self.coverage.step()))
                && service.cells.len() == count
                && service.cells.iter().all(|cell| cell.order == 0 || open.contains(&cell.order))
                && is_table(&service.aimed)
                && is_table(&service.routed)
                && service.limits.len() == count
        };
        let steps = self.config.season_steps();
        self.config.check().is_ok()
            && self.check_size(count, self.services.len()).is_ok()
            && self.orders.is_whole()
            && self.journal.is_whole()
            && self.clock.is_whole()
            && self.coverage.is_whole(self.config.step_milliseconds(), self.clock.now())
            && indexed(&self.place_of, count)
            && indexed(&self.service_of, self.services.len())
            && self.services.iter().all(whole)
            && self.places.iter().all(|place| {
                place.region.check().is_ok()
                    && place.recovered <= self.config.recovery_rounds
                    && place.shared.is_whole()
                    && place.shared.steps() == steps
                    && place.carbon.iter().all(|value| (0.0..=1e9).contains(&value.grams))
            })
            && self.latencies.iter().all(|latency| latency.check().is_ok())
    }
}
