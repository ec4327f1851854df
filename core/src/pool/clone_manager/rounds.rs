//! One round of planning: what is failing, what is too much, what is missing.

use super::inventory::{Count, Life, PlacedClone};
use super::placement::{Wish, place};
use super::volume::{Common, Need};
use super::{CloneAction, CloneManager, CloneReason, CloneRecord, Instruction, Program, ProgramCode};
use crate::error::Result;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// One of so many of a program's clones may be out for its health.
const SHARE_OUT: u32 = 4;

impl CloneManager {
    /// One round at `now` (Unix milliseconds): what the actuator is to do, new or again. Some O(programs + clones + machines), and
    /// O(n·log n) for n clones that are missing.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a `now` before the last one, or a year after it.
    pub fn plan(&mut self, now: i64) -> Result<Vec<Instruction<CloneAction>>> {
        self.clock.advance("now", now)?;
        self.orders.expire(now).iter().for_each(|action| self.withdrawn(action));
        let step = self.config.step(now);
        let mut needs = Vec::with_capacity(self.programs.len());
        for (program, count) in self.programs.iter_mut().zip(self.clones.counts()) {
            program.volume.close(step, &self.config, &mut self.shared, &self.events);
            let common = Common { config: &self.config, shared: &self.shared, events: &self.events };
            needs.push(program.volume.need(now, &program.code, count.staying(), common)?);
        }
        self.replace_failing(now, &needs);
        let before: Vec<u32> = self.clones.counts().iter().map(Count::staying).collect();
        let removed = self.remove_surplus(now, &needs, &before);
        let created = self.create_missing(now, &needs, &before)?;
        let rounds = needs.iter().zip(before).zip(removed.into_iter().zip(created));
        for (program, ((need, before), (removed, created))) in self.programs.iter_mut().zip(rounds) {
            if removed == 0 && created == 0 && before >= need.clones {
                continue;
            }
            let is_short = before - removed + created < need.clones;
            let record = CloneRecord {
                time: now,
                code: program.code.name.clone(),
                before,
                wanted: need.clones,
                created,
                removed,
                expected: need.mean,
                sized_for: need.upper,
                reason: if is_short { CloneReason::NoRoom } else { need.reason },
            };
            program.last = Some(record.clone());
            self.journal.add(record);
        }
        Ok(self.orders.hand_out(now))
    }

    /// Removes clones that fail their health checks, the oldest first: of each program as many as leave three quarters of what it needs
    /// running, and where that is none, one when none is coming or going, or none went for as long as an instruction has.
    fn replace_failing(&mut self, now: i64, needs: &[Need]) {
        let wait = (self.config.retry.timeout_seconds * 1000.0) as i64;
        let spare = |((need, count), program): ((&Need, &Count), &Program)| {
            let spare = count.running.saturating_sub(need.clones - need.clones / SHARE_OUT);
            let is_settled = count.creating == 0 && count.removing == 0;
            if is_settled || now.saturating_sub(program.replaced) >= wait { spare.max(1) } else { spare }
        };
        let counts = needs.iter().zip(self.clones.counts());
        let mut left: Vec<u32> = counts.zip(&self.programs).map(spare).collect();
        let mut gone = Vec::new();
        for (id, clone) in self.clones.iter() {
            if clone.failures >= self.config.health_failures
                && clone.life == Life::Running
                && let Some(left) = left.get_mut(clone.code).filter(|left| **left > 0)
            {
                *left -= 1;
                gone.push((id, clone.code));
            }
        }
        for (id, code) in gone {
            self.remove(now, id);
            self.programs.get_mut(code).into_iter().for_each(|program| program.replaced = now);
        }
    }

    fn remove(&mut self, now: i64, id: u64) {
        let Some(clone) = self.clones.get(id) else { return };
        if clone.life == Life::Creating {
            self.orders.withdraw(clone.order);
        }
        let order = self.orders.issue(now, CloneAction::Remove { clone: id });
        self.clones.set_life(id, Life::Removing, order);
    }

    /// Removes what is too much of each program: what is still being created first, then what fails its health checks, then what has been
    /// idle longest, then the newest.
    fn remove_surplus(&mut self, now: i64, needs: &[Need], before: &[u32]) -> Vec<u32> {
        let surplus: Vec<u32> =
            needs.iter().zip(before).map(|(need, count)| count.saturating_sub(need.clones)).collect();
        let of = |code: usize| surplus.get(code).copied().unwrap_or(0);
        let mut order: Vec<_> = self
            .clones
            .iter()
            .filter(|(_, clone)| of(clone.code) > 0 && clone.life != Life::Removing)
            .map(|(id, clone)| (use_of(clone), Reverse(id), clone.code))
            .collect();
        order.sort_unstable();
        let mut left = surplus.clone();
        for (_, Reverse(id), code) in order {
            if let Some(left) = left.get_mut(code).filter(|left| **left > 0) {
                *left -= 1;
                self.remove(now, id);
            }
        }
        surplus
    }

    fn create_missing(&mut self, now: i64, needs: &[Need], before: &[u32]) -> Result<Vec<u32>> {
        let mut created = vec![0; self.programs.len()];
        let mut wishes = Vec::new();
        for ((code, program), (need, before)) in
            self.programs.iter().enumerate().zip(needs.iter().zip(before))
        {
            let ProgramCode { zone, priority, resources, .. } = &program.code;
            let clones = need.clones.saturating_sub(*before);
            if clones > 0 {
                wishes.push(Wish { code, clones, zone, priority: *priority, volume: need.upper, resources });
            }
        }
        if wishes.is_empty() {
            return Ok(created);
        }
        let most = self.config.most_clones.saturating_sub(self.clones.len());
        let wishing: BTreeSet<usize> = wishes.iter().map(|wish| wish.code).collect();
        let placed = place(wishes, most, &self.machines, &mut self.free(), &self.distances)?;
        let sources = self.clones.sources(&wishing);
        for (code, machine) in placed {
            let names = (self.programs.get(code), self.machines.get(machine), created.get_mut(code));
            let (Some(program), Some(home), Some(created)) = names else { continue };
            let id = self.clones.number();
            let source = sources.get(&(code, Some(machine))).or_else(|| sources.get(&(code, None)));
            let action = CloneAction::Create {
                clone: id,
                code: program.code.name.clone(),
                machine: home.name.clone(),
                source: source.copied(),
            };
            let order = self.orders.issue(now, action);
            self.clones.insert(id, PlacedClone::new(code, machine, Life::Creating, order));
            *created += 1;
        }
        Ok(created)
    }

    /// The room that is left on each machine; none on one that is down.
    fn free(&self) -> Vec<Option<Vec<f64>>> {
        let room = |(place, machine): (usize, &super::Machine)| {
            (!self.down.contains(&place)).then(|| machine.room.clone())
        };
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

/// What a clone is of use for, the least first; those that are idle by the time since when.
fn use_of(clone: &PlacedClone) -> (u8, i64) {
    match (clone.life, clone.idle) {
        (Life::Creating, _) => (0, 0),
        _ if clone.failures > 0 => (1, 0),
        (_, Some(since)) => (2, since),
        (_, None) => (3, 0),
    }
}
