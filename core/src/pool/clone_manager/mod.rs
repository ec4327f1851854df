//! Clones of program code, made before the requests come and placed near them.
//!
//! Requests are counted per program and step; each program's volume is forecast for the next hour with intervals, learned online from
//! every step (see `demand`). A round of planning compares the clones that a program needs over the time that a new one takes with those
//! that there are: what is missing is placed on machines and created, what is too much is removed; failing clones are replaced. Every
//! instruction is open until it is confirmed, and what was confirmed is checked against the inventory when one is given.

mod config;
mod placement;
#[cfg(test)]
mod tests;
mod volume;

pub use config::{CloneManagerConfig, CloneRule, Distance, Machine, ProgramCode};
pub use volume::{CloneReason, VolumeForecast};

use super::demand::SharedSeason;
use super::journal::Journal;
use super::orders::{Instruction, Orders, Outcome, Settled};
use crate::error::{Error, Result};
use crate::snapshot;
use placement::{Wish, place};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use volume::{Need, Volume};

/// What the actuator is asked to do with a clone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloneAction {
    /// Create it, as by copy-on-write from a warm one.
    Create {
        /// Its number, never used again.
        clone: u64,
        /// The program's name.
        code: String,
        /// The machine's name.
        machine: String,
    },
    /// Remove it.
    Remove {
        /// Its number.
        clone: u64,
    },
}

/// Why a program got its clones, in one round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloneRecord {
    /// Unix milliseconds of the round.
    pub time: i64,
    /// The program's name.
    pub code: String,
    /// Clones that there were or were being created.
    pub before: u32,
    /// Clones that it needs.
    pub wanted: u32,
    /// Clones that are being created for it in this round.
    pub created: u32,
    /// Clones that are being removed.
    pub removed: u32,
    /// Requests expected in a step at the most over the lead time.
    pub expected: f64,
    /// Requests in a step that it is made ready for.
    pub sized_for: f64,
    /// What decided.
    pub reason: CloneReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Life {
    Creating,
    Running,
    Removing,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct PlacedClone {
    code: usize,
    machine: usize,
    life: Life,
    order: u64,
    failures: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Program {
    code: ProgramCode,
    volume: Volume,
}

/// Keeps as many clones of each program as its requests will need. Calls must not overlap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloneManager {
    config: CloneManagerConfig,
    programs: Vec<Program>,
    program_of: BTreeMap<String, usize>,
    machines: Vec<Machine>,
    machine_of: BTreeMap<String, usize>,
    down: BTreeSet<usize>,
    distances: Vec<Distance>,
    shared: SharedSeason,
    clones: BTreeMap<u64, PlacedClone>,
    next_clone: u64,
    orders: Orders<CloneAction>,
    journal: Journal<CloneRecord>,
    now: i64,
}

impl CloneManager {
    /// A manager that has no program and no machine yet.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: CloneManagerConfig) -> Result<Self> {
        config.check()?;
        Ok(CloneManager {
            shared: SharedSeason::new(config.season_steps()),
            orders: Orders::new(config.retry),
            config,
            programs: Vec::new(),
            program_of: BTreeMap::new(),
            machines: Vec::new(),
            machine_of: BTreeMap::new(),
            down: BTreeSet::new(),
            distances: Vec::new(),
            clones: BTreeMap::new(),
            next_clone: 1,
            journal: Journal::default(),
            now: i64::MIN,
        })
    }

    /// Adds a program, or changes what one needs from the next round on.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is out of range, or has another count of dimensions than the others.
    pub fn set_code(&mut self, code: ProgramCode) -> Result<()> {
        code.check(self.dimensions().unwrap_or(code.resources.len()))?;
        match self.program_of.get(&code.name).and_then(|place| self.programs.get_mut(*place)) {
            Some(program) => program.code = code,
            None => {
                self.program_of.insert(code.name.clone(), self.programs.len());
                let step = self.config.step(self.now.max(0));
                self.programs.push(Program { code, volume: Volume::new(step, &self.config) });
            }
        }
        Ok(())
    }

    /// Adds a machine, or changes its room; it is up.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is out of range, or has another count of dimensions than the others.
    pub fn set_machine(&mut self, machine: Machine) -> Result<()> {
        machine.check(self.dimensions().unwrap_or(machine.room.len()))?;
        let place = match self.machine_of.get(&machine.name) {
            Some(place) => *place,
            None => {
                self.machine_of.insert(machine.name.clone(), self.machines.len());
                self.machines.push(machine.clone());
                self.machines.len() - 1
            }
        };
        if let Some(known) = self.machines.get_mut(place) {
            *known = machine;
        }
        self.down.remove(&place);
        Ok(())
    }

    /// A machine is gone: so are its clones, which are created anew elsewhere.
    ///
    /// # Errors
    /// [`Error::Data`] for a machine that is not known.
    pub fn machine_lost(&mut self, name: &str) -> Result<()> {
        let place = known("machine", &self.machine_of, name)?;
        self.down.insert(place);
        let lost = self.clones.iter().filter(|(_, clone)| clone.machine == place);
        let lost: Vec<(u64, u64)> = lost.map(|(id, clone)| (*id, clone.order)).collect();
        for (id, order) in lost {
            self.orders.withdraw(order);
            self.clones.remove(&id);
        }
        Ok(())
    }

    /// Says how far zones are apart; what was said before is forgotten.
    ///
    /// # Errors
    /// [`Error::Config`] for a distance that is negative or not finite.
    pub fn set_distances(&mut self, distances: Vec<Distance>) -> Result<()> {
        distances.iter().try_for_each(Distance::check)?;
        self.distances = distances;
        Ok(())
    }

    /// Counts `requests` for a program, as they come in at `now` (Unix milliseconds); may be called as often as one likes.
    ///
    /// # Errors
    /// [`Error::Data`] for a program that is not known, a count that is negative or not finite, or a time before the last round or count.
    pub fn observe(&mut self, now: i64, code: &str, requests: f64) -> Result<()> {
        let place = known("code", &self.program_of, code)?;
        if !(requests.is_finite() && requests >= 0.0) {
            return Err(Error::data("requests", format!("must be finite and at least 0, got {requests}")));
        }
        self.go_to(now)?;
        let step = self.config.step(now);
        if let Some(program) = self.programs.get_mut(place) {
            program.volume.add(step, requests, &self.config, &mut self.shared);
        }
        Ok(())
    }

    /// What a health check said of a clone; one that fails as often in a row as the settings say is replaced. Checks of clones that are
    /// gone change nothing.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that no clone ever had.
    pub fn observe_health(&mut self, clone: u64, is_healthy: bool) -> Result<()> {
        if clone == 0 || clone >= self.next_clone {
            return Err(Error::data("clone", format!("{clone} was never created")));
        }
        if let Some(clone) = self.clones.get_mut(&clone) {
            clone.failures = if is_healthy { 0 } else { clone.failures.saturating_add(1) };
        }
        Ok(())
    }

    /// The clones that really are there, as the actuator's own list has them: what was confirmed but is not there is created anew, and
    /// what is there but should not be is removed.
    pub fn reconcile(&mut self, now: i64, running: &[u64]) -> Result<()> {
        self.go_to(now)?;
        let running: BTreeSet<u64> = running.iter().copied().collect();
        let lost = |(id, clone): (&u64, &PlacedClone)| {
            let is_lost = clone.life == Life::Running && !running.contains(id);
            is_lost.then_some(*id)
        };
        let lost: Vec<u64> = self.clones.iter().filter_map(lost).collect();
        self.clones.retain(|id, _| !lost.contains(id));
        let asked: BTreeSet<u64> = self
            .orders
            .open()
            .filter_map(|open| match open.action {
                CloneAction::Remove { clone } => Some(clone),
                CloneAction::Create { .. } => None,
            })
            .collect();
        for id in running.iter().filter(|id| !self.clones.contains_key(id) && !asked.contains(id)) {
            self.orders.issue(now, CloneAction::Remove { clone: *id });
        }
        Ok(())
    }

    /// Takes in what the actuator reports of instruction `id`; the same report twice changes nothing.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that was never issued.
    pub fn report(&mut self, id: u64, outcome: Outcome) -> Result<()> {
        match self.orders.report(id, outcome)? {
            Settled::Confirmed(action) => self.confirmed(&action, false),
            Settled::ConfirmedLate(action) => self.confirmed(&action, true),
            Settled::Withdrawn(action) => self.withdrawn(&action),
            Settled::Retried | Settled::Repeated => {}
        }
        Ok(())
    }

    /// One round at `now` (Unix milliseconds): what the actuator is to do, new or again.
    ///
    /// # Errors
    /// [`Error::Data`] for a time before the last round or count.
    pub fn plan(&mut self, now: i64) -> Result<Vec<Instruction<CloneAction>>> {
        self.go_to(now)?;
        self.orders.expire(now).iter().for_each(|action| self.withdrawn(action));
        self.replace_failing(now);
        let step = self.config.step(now);
        let mut needs = Vec::with_capacity(self.programs.len());
        for program in &mut self.programs {
            program.volume.close(step, &self.config, &mut self.shared);
            needs.push(program.volume.need(now, &program.code, &self.config, &self.shared)?);
        }
        let counts = self.counts();
        let removed = self.remove_surplus(now, &needs, &counts);
        let created = self.create_missing(now, &needs, &counts)?;
        let rounds = needs.iter().zip(&counts).zip(removed.iter().zip(&created));
        for (program, ((need, before), (removed, created))) in self.programs.iter().zip(rounds) {
            if *removed == 0 && *created == 0 && *before >= need.clones {
                continue;
            }
            let is_short = before - removed + created < need.clones;
            self.journal.add(CloneRecord {
                time: now,
                code: program.code.name.clone(),
                before: *before,
                wanted: need.clones,
                created: *created,
                removed: *removed,
                expected: need.mean,
                sized_for: need.upper,
                reason: if is_short { CloneReason::NoRoom } else { need.reason },
            });
        }
        Ok(self.orders.hand_out(now))
    }

    /// What is expected of a program in the coming steps.
    ///
    /// # Errors
    /// [`Error::Data`] for a program that is not known.
    pub fn forecast(&self, code: &str) -> Result<Vec<VolumeForecast>> {
        let place = known("code", &self.program_of, code)?;
        let program = self.programs.get(place).ok_or_else(|| Error::internal("a program is lost"))?;
        program.volume.forecast(&self.config, &self.shared)
    }

    /// Clones of a program that run.
    ///
    /// # Errors
    /// [`Error::Data`] for a program that is not known.
    pub fn running(&self, code: &str) -> Result<usize> {
        let place = known("code", &self.program_of, code)?;
        let runs = |clone: &&PlacedClone| clone.code == place && clone.life == Life::Running;
        Ok(self.clones.values().filter(runs).count())
    }

    /// Takes the records of all rounds away.
    pub fn take_journal(&mut self) -> Vec<CloneRecord> {
        self.journal.take()
    }

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

    fn dimensions(&self) -> Option<usize> {
        let of_machines = self.machines.first().map(|machine| machine.room.len());
        of_machines.or_else(|| self.programs.first().map(|program| program.code.resources.len()))
    }

    fn go_to(&mut self, now: i64) -> Result<()> {
        if now < self.now {
            return Err(Error::data("now", format!("{now} ms lies before {} ms", self.now)));
        }
        self.now = now;
        Ok(())
    }

    /// Clones of each program that run or are being created.
    fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.programs.len()];
        for clone in self.clones.values().filter(|clone| clone.life != Life::Removing) {
            if let Some(count) = counts.get_mut(clone.code) {
                *count += 1;
            }
        }
        counts
    }

    fn replace_failing(&mut self, now: i64) {
        let most = self.config.health_failures;
        let failing =
            self.clones.iter().filter(|(_, clone)| clone.failures >= most && clone.life == Life::Running);
        let failing: Vec<u64> = failing.map(|(id, _)| *id).collect();
        failing.into_iter().for_each(|id| self.remove(now, id));
    }

    fn remove(&mut self, now: i64, id: u64) {
        if let Some(clone) = self.clones.get_mut(&id) {
            if clone.life == Life::Creating {
                self.orders.withdraw(clone.order);
            }
            clone.life = Life::Removing;
            clone.order = self.orders.issue(now, CloneAction::Remove { clone: id });
        }
    }

    /// Removes what is too much of each program: what is still being created first, then the newest.
    fn remove_surplus(&mut self, now: i64, needs: &[Need], counts: &[u32]) -> Vec<u32> {
        let surplus: Vec<u32> =
            needs.iter().zip(counts).map(|(need, count)| count.saturating_sub(need.clones)).collect();
        let mut left = surplus.clone();
        let mut gone = Vec::new();
        for life in [Life::Creating, Life::Running] {
            for (id, clone) in self.clones.iter().rev().filter(|(_, clone)| clone.life == life) {
                if let Some(left) = left.get_mut(clone.code).filter(|left| **left > 0) {
                    *left -= 1;
                    gone.push(*id);
                }
            }
        }
        gone.into_iter().for_each(|id| self.remove(now, id));
        surplus
    }

    fn create_missing(&mut self, now: i64, needs: &[Need], counts: &[u32]) -> Result<Vec<u32>> {
        let mut free: Vec<Option<Vec<f64>>> =
            self.machines.iter().map(|machine| Some(machine.room.clone())).collect();
        for clone in self.clones.values() {
            let taken = self.programs.get(clone.code).map_or(&[][..], |program| &program.code.resources);
            if let Some(Some(room)) = free.get_mut(clone.machine) {
                room.iter_mut().zip(taken).for_each(|(room, taken)| *room = (*room - taken).max(0.0));
            }
        }
        for place in &self.down {
            free.get_mut(*place).into_iter().for_each(|room| *room = None);
        }
        let mut room_left = self.config.most_clones.saturating_sub(self.clones.len());
        let mut wishes = Vec::new();
        for ((place, program), (need, count)) in
            self.programs.iter().enumerate().zip(needs.iter().zip(counts))
        {
            let ProgramCode { zone, priority, resources, .. } = &program.code;
            let missing = (need.clones.saturating_sub(*count) as usize).min(room_left);
            room_left -= missing;
            let wish = Wish { code: place, zone, priority: *priority, volume: need.upper, resources };
            wishes.extend(std::iter::repeat_n(wish, missing));
        }
        let placed = place(&wishes, &self.machines, &mut free, &self.distances)?;
        let homes: Vec<(usize, usize)> =
            wishes.iter().zip(placed).filter_map(|(wish, machine)| Some((wish.code, machine?))).collect();
        let mut created = vec![0; self.programs.len()];
        for (code, machine) in homes {
            let names = (self.programs.get(code), self.machines.get(machine), created.get_mut(code));
            let (Some(program), Some(home), Some(created)) = names else { continue };
            let id = self.next_clone;
            self.next_clone += 1;
            let action = CloneAction::Create {
                clone: id,
                code: program.code.name.clone(),
                machine: home.name.clone(),
            };
            let order = self.orders.issue(now, action);
            self.clones.insert(id, PlacedClone { code, machine, life: Life::Creating, order, failures: 0 });
            *created += 1;
        }
        Ok(created)
    }

    fn confirmed(&mut self, action: &CloneAction, is_late: bool) {
        match action {
            CloneAction::Remove { clone } => drop(self.clones.remove(clone)),
            CloneAction::Create { clone: id, code, machine } => match self.clones.get_mut(id) {
                Some(clone) if clone.life == Life::Creating => clone.life = Life::Running,
                // It is to be removed: that order stands.
                Some(_) => {}
                // Given up, and yet it runs: the next round says whether it may stay.
                None if is_late => {
                    let places = (self.program_of.get(code), self.machine_of.get(machine));
                    if let (Some(code), Some(machine)) = places {
                        let clone = PlacedClone {
                            code: *code,
                            machine: *machine,
                            life: Life::Running,
                            order: 0,
                            failures: 0,
                        };
                        self.clones.insert(*id, clone);
                    }
                }
                None => {}
            },
        }
    }

    fn withdrawn(&mut self, action: &CloneAction) {
        match action {
            CloneAction::Create { clone, .. } => drop(self.clones.remove(clone)),
            CloneAction::Remove { clone } => {
                // It could not be removed: it counts again, and the next round asks anew.
                if let Some(clone) = self.clones.get_mut(clone) {
                    clone.life = Life::Running;
                }
            }
        }
    }

    fn is_whole(&self) -> bool {
        let places = |names: &BTreeMap<String, usize>, count: usize| {
            names.len() == count && names.values().all(|place| *place < count)
        };
        let whole = |program: &Program| {
            program.volume.is_whole(&self.config) && program.code.check(program.code.resources.len()).is_ok()
        };
        self.config.check().is_ok()
            && self.orders.is_whole()
            && self.journal.is_whole()
            && self.shared.is_whole()
            && self.shared.steps() == self.config.season_steps()
            && places(&self.program_of, self.programs.len())
            && places(&self.machine_of, self.machines.len())
            && self.programs.iter().all(whole)
            && self.clones.iter().all(|(id, clone)| {
                (1..self.next_clone).contains(id)
                    && clone.code < self.programs.len()
                    && clone.machine < self.machines.len()
            })
    }
}

fn known(what: &str, places: &BTreeMap<String, usize>, name: &str) -> Result<usize> {
    places.get(name).copied().ok_or_else(|| Error::data(what, format!("{name:?} is not known")))
}
