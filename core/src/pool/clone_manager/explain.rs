//! What the last round wanted, and why, as it is told.

use super::{CloneManager, known};
use crate::error::Result;

impl CloneManager {
    /// In words: the clones that a program has, what the last round wanted and why, and since when it has been so.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a program that is not known.
    pub fn explain(&self, code: &str) -> Result<String> {
        let place = known("code", &self.program_of, code)?;
        let count = self.clones.counts().get(place).copied().unwrap_or_default();
        let now = format!(
            "{code}: {} clones run, {} are being created, {} removed.",
            count.running, count.creating, count.removing
        );
        let Some(round) = self.programs.get(place).and_then(|program| program.round) else {
            return Ok(format!("{now} No round was planned for it yet."));
        };
        let since = if round.since < round.time {
            format!(", for the same reason since {} ms", round.since)
        } else {
            String::new()
        };
        Ok(format!(
            "{now} The round at {} ms wanted {} (made ready for {:.1} requests a step, {:.1} expected): {}{since}.",
            round.time,
            round.wanted,
            round.sized_for,
            round.expected,
            round.reason.words()
        ))
    }
}
