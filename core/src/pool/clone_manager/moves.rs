//! Machines that hold more than they have room for, as when their room shrinks: who leaves them, and when.

use super::inventory::{Count, Life};
use super::volume::Need;
use super::{CloneManager, Machine};
use std::collections::BTreeSet;

/// A machine holds too much from this share beyond its room on: less is a rounding error of its placement.
const SLACK: f64 = 1e-6;

/// The clones that leave their machines, and their counts by program.
pub(super) struct Leaving {
    pub(super) clones: BTreeSet<u64>,
    pub(super) counts: Vec<Count>,
}

impl CloneManager {
    /// The newest clones of each machine that holds too much, as many as leave it with what it has room for.
    pub(super) fn leaving(&self) -> Leaving {
        let mut leaving =
            Leaving { clones: BTreeSet::new(), counts: vec![Count::default(); self.programs.len()] };
        let mut free: Vec<Vec<f64>> = self
            .machines
            .iter()
            .map(|machine| machine.room.iter().map(|room| room * (1.0 + SLACK)).collect())
            .collect();
        let taken = |code: usize| self.programs.get(code).map_or(&[][..], |program| &program.code.resources);
        let staying = || self.clones.iter().rev().filter(|(_, clone)| clone.life != Life::Removing);
        for (_, clone) in staying() {
            let room = free.get_mut(clone.machine).into_iter().flatten();
            room.zip(taken(clone.code)).for_each(|(room, taken)| *room -= taken);
        }
        let is_over = |room: &Vec<f64>| room.iter().any(|room| *room < 0.0);
        if !free.iter().any(is_over) {
            return leaving;
        }
        for (id, clone) in staying() {
            let Some(room) = free.get_mut(clone.machine) else { continue };
            if room.iter().zip(taken(clone.code)).any(|(room, taken)| *room < 0.0 && *taken > 0.0) {
                room.iter_mut().zip(taken(clone.code)).for_each(|(room, taken)| *room += taken);
                leaving.clones.insert(id);
                leaving.counts.get_mut(clone.code).into_iter().for_each(|count| *count.of(clone.life) += 1);
            }
        }
        leaving
    }

    /// The room that is left on each machine; none on one that is down.
    pub(super) fn free(&self) -> Vec<Option<Vec<f64>>> {
        let room =
            |(place, machine): (usize, &Machine)| (!self.down.contains(&place)).then(|| machine.room.clone());
        let mut free: Vec<Option<Vec<f64>>> = self.machines.iter().enumerate().map(room).collect();
        for (_, clone) in self.clones.iter() {
            let taken = self.programs.get(clone.code).map_or(&[][..], |program| &program.code.resources);
            if let Some(Some(room)) = free.get_mut(clone.machine) {
                room.iter_mut().zip(taken).for_each(|(room, taken)| *room = (*room - taken).max(0.0));
            }
        }
        free
    }
}

/// Clones of a program that are too much, of those that stay on their machines and of those that leave them: these only as far as what it
/// needs runs without them.
pub(super) fn surplus(need: &Need, count: &Count, leaving: &Count) -> (u32, u32) {
    let (creating, running) = (count.creating - leaving.creating, count.running - leaving.running);
    let stay = (creating + running).saturating_sub(need.clones);
    let running = count.running - stay.saturating_sub(creating);
    (stay, leaving.creating + leaving.running.min(running.saturating_sub(need.clones)))
}
