//! The manager as bytes, and what must hold of one that is read from them.

use super::inventory::Life;
use super::{CloneManager, Program};
use crate::error::{Error, Result};
use crate::snapshot;
use std::collections::{BTreeMap, BTreeSet};

impl CloneManager {
    /// Writes settings and state as bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::CloneManager, self)
    }

    /// Reads a manager back: it goes on exactly as if it had never stopped.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of one.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let manager: CloneManager = snapshot::load(snapshot::Kind::CloneManager, bytes)?;
        if manager.is_whole() {
            return Ok(manager);
        }
        Err(Error::Snapshot { problem: "the clone manager is inconsistent".into() })
    }

    pub(super) fn is_whole(&self) -> bool {
        let places = |names: &BTreeMap<String, usize>, count: usize| {
            names.len() == count && names.values().all(|place| *place < count)
        };
        let dimensions = self.dimensions().unwrap_or(0);
        let whole = |program: &Program| {
            program.volume.is_whole(&self.config, self.coverage.step())
                && program.code.check(dimensions).is_ok()
        };
        // What waits for an instruction that is not open would wait for ever.
        let open: BTreeSet<u64> = self.orders.open().map(|open| open.id).collect();
        self.config.check().is_ok()
            && self.orders.is_whole()
            && self.journal.is_whole()
            && self.clock.is_whole()
            && self.coverage.is_whole(self.config.step_milliseconds(), self.clock.now())
            && self.shared.is_whole()
            && self.events.is_whole()
            && self.shared.steps() == self.config.season_steps()
            && places(&self.program_of, self.programs.len())
            && places(&self.machine_of, self.machines.len())
            && self.programs.iter().all(whole)
            && self.machines.iter().all(|machine| machine.check(dimensions).is_ok())
            && self.distances.iter().all(|distance| distance.check().is_ok())
            && self.clones.is_whole(self.programs.len(), self.machines.len())
            && self.clones.iter().all(|(_, clone)| clone.life == Life::Running || open.contains(&clone.order))
    }
}
