//! One round of planning: what is failing, what is too much, what is missing.

use super::inventory::{Count, Life, PlacedClone};
use super::moves::{Leaving, surplus};
use super::placement::{Wish, place};
use super::volume::{Common, Need};
use super::{CloneAction, CloneManager, CloneReason, CloneRecord, Instruction, Program, ProgramCode, Round};
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
        self.go_to(now)?;
        self.coverage.round();
        self.orders.expire(now).iter().for_each(|action| self.withdrawn(action));
        let (step, missed) = (self.coverage.step(), self.coverage.seen_before());
        let mut needs = Vec::with_capacity(self.programs.len());
        for (program, count) in self.programs.iter_mut().zip(self.clones.counts()) {
            program.volume.begin(step, missed, &self.config);
            let common = Common {
                config: &self.config,
                shared: &self.shared,
                events: &self.events,
                coverage: &self.coverage,
            };
            let standing = program.round.map_or(0, |last| last.wanted).min(count.staying());
            needs.push(program.volume.need(&program.code, count.staying(), standing, common)?);
        }
        self.replace_failing(now, &needs);
        let leaving = self.leaving();
        let before = self.clones.counts().to_vec();
        let removed = self.remove_surplus(now, &needs, &leaving);
        let missing: Vec<u32> = needs
            .iter()
            .zip(before.iter().zip(&leaving.counts))
            .map(|(need, (count, leaving))| need.clones.saturating_sub(count.staying() - leaving.staying()))
            .collect();
        let created = self.create_missing(now, &needs, &missing)?;
        let changes =
            before.iter().zip(&leaving.counts).zip(removed.into_iter().zip(missing.into_iter().zip(created)));
        for ((program, need), ((before, leaving), (removed, (missing, created)))) in
            self.programs.iter_mut().zip(&needs).zip(changes)
        {
            let before = before.staying();
            let is_short = before - removed + created < need.clones;
            let reason = match () {
                () if is_short => CloneReason::NoRoom,
                () if leaving.staying() == 0 => need.reason,
                () if created < missing => CloneReason::Overfull,
                () => CloneReason::Moved,
            };
            let last = program.round.filter(|last| last.reason == reason && last.wanted == need.clones);
            program.round = Some(Round {
                time: now,
                since: last.map_or(now, |last| last.since),
                wanted: need.clones,
                expected: need.mean,
                sized_for: need.upper,
                reason,
            });
            let is_hindered =
                matches!(reason, CloneReason::NoRoom | CloneReason::Overfull | CloneReason::HeldAfterPause);
            if removed == 0 && created == 0 && !(is_hindered && last.is_none()) {
                continue;
            }
            self.journal.add(CloneRecord {
                time: now,
                code: program.code.name.clone(),
                before,
                wanted: need.clones,
                created,
                removed,
                expected: need.mean,
                sized_for: need.upper,
                reason,
            });
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
    /// idle longest, then the newest. Those that leave a machine go as far as enough others run.
    fn remove_surplus(&mut self, now: i64, needs: &[Need], leaving: &Leaving) -> Vec<u32> {
        let counts = self.clones.counts().iter().zip(&leaving.counts);
        let mut left: Vec<(u32, u32)> =
            needs.iter().zip(counts).map(|(need, (count, leaving))| surplus(need, count, leaving)).collect();
        let removed: Vec<u32> = left.iter().map(|(stay, leave)| stay + leave).collect();
        let mut order: Vec<_> = self
            .clones
            .iter()
            .filter(|(_, clone)| {
                clone.life != Life::Removing && removed.get(clone.code).is_some_and(|some| *some > 0)
            })
            .map(|(id, clone)| (use_of(clone), Reverse(id), clone.code))
            .collect();
        order.sort_unstable();
        for (_, Reverse(id), code) in order {
            let left = left.get_mut(code);
            let left = left.map(|(stay, leave)| if leaving.clones.contains(&id) { leave } else { stay });
            if let Some(left) = left.filter(|left| **left > 0) {
                *left -= 1;
                self.remove(now, id);
            }
        }
        removed
    }

    fn create_missing(&mut self, now: i64, needs: &[Need], missing: &[u32]) -> Result<Vec<u32>> {
        let mut created = vec![0; self.programs.len()];
        let mut wishes = Vec::new();
        for ((code, program), (need, missing)) in
            self.programs.iter().enumerate().zip(needs.iter().zip(missing))
        {
            let ProgramCode { zone, priority, resources, .. } = &program.code;
            if *missing > 0 {
                let (clones, priority) = (*missing, *priority);
                wishes.push(Wish { code, clones, zone, priority, volume: need.upper, resources });
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
