//! Which clones there are, on which machine, and how far each has come; counted by program.

use crate::pool::orders::LARGEST_COUNT;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How far a clone has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Life {
    Creating,
    Running,
    Removing,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct PlacedClone {
    pub(super) code: usize,
    pub(super) machine: usize,
    pub(super) life: Life,
    /// The instruction that is open for it, 0 for none.
    pub(super) order: u64,
    /// Health checks that failed in a row.
    pub(super) failures: u32,
    /// Unix milliseconds since which it is known to serve nothing.
    pub(super) idle: Option<i64>,
}

impl PlacedClone {
    /// A clone that nothing is known of yet, with the instruction that is open for it.
    pub(super) fn new(code: usize, machine: usize, life: Life, order: u64) -> Self {
        PlacedClone { code, machine, life, order, failures: 0, idle: None }
    }
}

/// Clones of one program by how far they have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Count {
    pub(super) creating: u32,
    pub(super) running: u32,
    pub(super) removing: u32,
}

impl Count {
    /// Those that serve or will.
    pub(super) fn staying(&self) -> u32 {
        self.creating + self.running
    }

    pub(super) fn of(&mut self, life: Life) -> &mut u32 {
        match life {
            Life::Creating => &mut self.creating,
            Life::Running => &mut self.running,
            Life::Removing => &mut self.removing,
        }
    }
}

/// All clones by their numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Inventory {
    clones: BTreeMap<u64, PlacedClone>,
    next: u64,
    counts: Vec<Count>,
}

impl Inventory {
    pub(super) fn new() -> Self {
        Inventory { clones: BTreeMap::new(), next: 1, counts: Vec::new() }
    }

    /// A program more, the next in order.
    pub(super) fn add_code(&mut self) {
        self.counts.push(Count::default());
    }

    /// A number for a new clone.
    pub(super) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// Gives none of these numbers to a new clone: something else has them.
    pub(super) fn skip(&mut self, taken: impl Iterator<Item = u64>) {
        self.next = taken.fold(self.next, |next, id| next.max(id.saturating_add(1)));
    }

    /// Whether some clone ever had this number, or something else.
    pub(super) fn was_created(&self, id: u64) -> bool {
        (1..self.next).contains(&id)
    }

    /// Takes in a clone, under a number that was given out and is free.
    pub(super) fn insert(&mut self, id: u64, clone: PlacedClone) {
        if let Some(count) = self.counts.get_mut(clone.code) {
            *count.of(clone.life) += 1;
            self.clones.insert(id, clone);
        }
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<PlacedClone> {
        let clone = self.clones.remove(&id)?;
        if let Some(count) = self.counts.get_mut(clone.code) {
            *count.of(clone.life) -= 1;
        }
        Some(clone)
    }

    /// Changes how far a clone has come, and the instruction that is open for it.
    pub(super) fn set_life(&mut self, id: u64, life: Life, order: u64) {
        if let Some(clone) = self.clones.get_mut(&id)
            && let Some(count) = self.counts.get_mut(clone.code)
        {
            *count.of(clone.life) -= 1;
            *count.of(life) += 1;
            (clone.life, clone.order) = (life, order);
        }
    }

    /// Takes in a health check. One that is still being created cannot pass any yet.
    pub(super) fn set_health(&mut self, id: u64, is_healthy: bool) {
        if let Some(clone) = self.clones.get_mut(&id).filter(|clone| clone.life != Life::Creating) {
            clone.failures = if is_healthy { 0 } else { clone.failures.saturating_add(1) };
        }
    }

    /// Takes in what a clone has served until `now`. One that is still being created cannot serve anything yet.
    pub(super) fn set_use(&mut self, id: u64, requests: f64, now: i64) {
        if let Some(clone) = self.clones.get_mut(&id).filter(|clone| clone.life != Life::Creating) {
            clone.idle = (requests == 0.0).then(|| clone.idle.unwrap_or(now));
        }
    }

    pub(super) fn get(&self, id: u64) -> Option<&PlacedClone> {
        self.clones.get(&id)
    }

    /// All clones, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, &PlacedClone)> {
        self.clones.iter().map(|(id, clone)| (*id, clone))
    }

    pub(super) fn len(&self) -> usize {
        self.clones.len()
    }

    /// Clones of each program.
    pub(super) fn counts(&self) -> &[Count] {
        &self.counts
    }

    /// A running clone of a program, on the machine if there is one: what a new one there is best copied from.
    pub(super) fn sources(&self, codes: &BTreeSet<usize>) -> BTreeMap<(usize, Option<usize>), u64> {
        let mut sources = BTreeMap::new();
        for (id, clone) in self.iter().filter(|(_, clone)| clone.life == Life::Running && clone.failures == 0)
        {
            if codes.contains(&clone.code) {
                sources.entry((clone.code, Some(clone.machine))).or_insert(id);
                sources.entry((clone.code, None)).or_insert(id);
            }
        }
        sources
    }

    /// Checks state that was read from bytes.
    pub(super) fn is_whole(&self, codes: usize, machines: usize) -> bool {
        let mut counts = vec![Count::default(); codes];
        let counted = self.clones.iter().all(|(id, clone)| {
            let count = counts.get_mut(clone.code).map(|count| *count.of(clone.life) += 1);
            self.was_created(*id) && clone.machine < machines && count.is_some()
        });
        counted && counts == self.counts && (1..=LARGEST_COUNT).contains(&self.next)
    }
}
