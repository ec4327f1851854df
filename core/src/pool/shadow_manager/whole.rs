//! A manager as bytes, and what must hold of one that is read from them.

use super::{MOST_PRIMARIES, ShadowManager};
use crate::error::{Error, Result};
use crate::pool::orders::LARGEST_COUNT;
use crate::snapshot;

impl ShadowManager {
    /// Writes settings and state as bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::ShadowManager, self)
    }

    /// Reads a manager back: it goes on exactly as if it had never stopped.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of one.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let manager: ShadowManager = snapshot::load(snapshot::Kind::ShadowManager, bytes)?;
        if manager.is_whole() {
            return Ok(manager);
        }
        Err(Error::Snapshot { problem: "the shadow manager is inconsistent".into() })
    }

    pub(super) fn is_whole(&self) -> bool {
        let resources: Vec<usize> = self.groups.iter().map(|group| group.primary.resources.len()).collect();
        let columns = self.features.columns();
        let most = self.config.most_shadows.saturating_add(2 * self.groups.len());
        self.config.check().is_ok()
            && self.features.is_of(&self.config)
            && self.fleet.is_whole(&resources, most)
            && self.queue.is_whole(&resources, self.config.most_queued)
            && self.journal.is_whole()
            && self.clock.is_whole()
            && [self.retired.0, self.retired.1].iter().all(|number| *number <= LARGEST_COUNT)
            && self.groups.len() <= MOST_PRIMARIES
            && self.group_of.len() == self.groups.len()
            && self
                .group_of
                .iter()
                .all(|(name, place)| self.groups.get(*place).is_some_and(|group| group.primary.name == *name))
            && self
                .groups
                .iter()
                .enumerate()
                .all(|(place, group)| group.is_whole(place, columns, &self.config, &self.fleet))
    }
}
