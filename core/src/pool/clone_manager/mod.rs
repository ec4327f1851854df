//! Clones of program code, made before the requests come and placed near them.
//!
//! Requests are counted per program and step; each program's volume is forecast for the next hour with intervals, learned online from
//! every step (see `demand`), with what the host announces ([`DemandEvent`]) and, where it has a better model for a program, with that
//! model's forecasts in place of these ([`CloneManager::set_forecast`]). A round of planning compares the clones that a program needs
//! over the time that a new one takes with those that there are: what is missing is placed on machines and created, what is too much is
//! removed; failing clones are replaced. Every instruction is open until it is confirmed, and what was confirmed is checked against the
//! inventory when one is given.
//!
//! ```
//! use forescale::pool::{CloneAction, CloneManager, CloneManagerConfig, Machine, Outcome, ProgramCode};
//!
//! let mut manager = CloneManager::new(CloneManagerConfig::default())?;
//! manager.set_machine(Machine { name: "m1".into(), zone: "europe".into(), room: vec![8.0, 32.0] })?;
//! manager.set_code(ProgramCode { zone: "europe".into(), ..ProgramCode::new("thumbnails", 2.0, vec![1.0, 4.0]) })?;
//! manager.observe(10_000, "thumbnails", 1200.0)?;
//! for order in manager.plan(300_000)? {
//!     // Here the host creates or removes the clone, and then says how it went.
//!     assert!(matches!(&order.action, CloneAction::Create { machine, .. } if machine == "m1"));
//!     manager.report(order.id, Outcome::Confirmed)?;
//! }
//! assert_eq!(manager.running("thumbnails")?, 3);
//! # Ok::<(), forescale::Error>(())
//! ```

mod config;
mod events;
mod explain;
mod inventory;
mod moves;
mod placement;
mod rounds;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_mission;
mod volume;
mod whole;

pub use config::{CloneManagerConfig, CloneRule, Distance, Machine, ProgramCode};
pub use events::DemandEvent;
pub use volume::{CloneReason, GivenForecast, VolumeForecast};

use super::clock::Clock;
use super::coverage::Coverage;
use super::demand::SharedSeason;
use super::journal::Journal;
use super::orders::{Instruction, LARGEST_SEEN, Orders, Outcome, Settled};
use crate::error::{Error, Result};
use events::Events;
use inventory::{Inventory, Life, PlacedClone};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use volume::{Common, Volume};

/// Requests in one count at the most.
const MOST_REQUESTS: f64 = 1e12;

/// What the actuator is asked to do with a clone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloneAction {
    /// Create it.
    Create {
        /// Its number, never used again.
        clone: u64,
        /// The program's name.
        code: String,
        /// The machine's name.
        machine: String,
        /// A clone of the program that runs, on that machine if there is one: the cheapest to make it of, as by copy-on-write.
        source: Option<u64>,
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
    /// Clones that are being removed, those that were replaced not counted.
    pub removed: u32,
    /// Requests expected in a step at the most over the lead time.
    pub expected: f64,
    /// Requests in a step that it is made ready for.
    pub sized_for: f64,
    /// What decided.
    pub reason: CloneReason,
}

/// What the last round wanted for a program.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Round {
    time: i64,
    /// The first round that wanted as many for the same reason, in all rounds since.
    since: i64,
    wanted: u32,
    expected: f64,
    sized_for: f64,
    reason: CloneReason,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Program {
    code: ProgramCode,
    volume: Volume,
    round: Option<Round>,
    /// When a clone was last removed for its health.
    replaced: i64,
}

/// Keeps as many clones of each program as its requests will need. Calls must not overlap. Memory: 4 bytes for each program and
/// step of the season, and some 100 for each clone.
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
    events: Events,
    clones: Inventory,
    orders: Orders<CloneAction>,
    journal: Journal<CloneRecord>,
    clock: Clock,
    coverage: Coverage,
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
            events: Events::default(),
            clones: Inventory::new(),
            journal: Journal::default(),
            clock: Clock::default(),
            coverage: Coverage::new(config.step_milliseconds()),
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
                self.programs.push(Program {
                    code,
                    volume: Volume::new(&self.config),
                    round: None,
                    replaced: i64::MIN,
                });
                self.clones.add_code();
            }
        }
        Ok(())
    }

    /// Adds a machine, or changes its room; it is up. Where clones have no room any more, the newest are made elsewhere, and go when those
    /// run.
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

    /// A machine is gone: so are its clones, which are created anew elsewhere. It comes back with [`CloneManager::set_machine`].
    ///
    /// # Errors
    /// [`Error::Data`] for a machine that is not known.
    pub fn machine_lost(&mut self, name: &str) -> Result<()> {
        let place = known("machine", &self.machine_of, name)?;
        self.down.insert(place);
        let lost: Vec<u64> =
            self.clones.iter().filter(|(_, clone)| clone.machine == place).map(|(id, _)| id).collect();
        for id in lost {
            if let Some(clone) = self.clones.remove(id) {
                self.orders.withdraw(clone.order);
            }
        }
        // Who still says that a clone was created there tells of a time before.
        self.orders.forget(|made| matches!(made, CloneAction::Create { machine, .. } if machine == name));
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

    /// Announces that more, or less, will be asked for than usual: forecasts are multiplied for as long as it lasts, and what comes then
    /// teaches nothing about other days.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is out of range; [`Error::Data`] for a program that is not known, or more than 1,000 events
    /// that are not over yet, for one program or for all.
    pub fn announce(&mut self, event: &DemandEvent) -> Result<()> {
        event.check()?;
        let now = self.clock.now().unwrap_or(i64::MIN);
        if event.code.is_empty() {
            return self.events.add(event, now);
        }
        let place = known("code", &self.program_of, &event.code)?;
        let program = self.programs.get_mut(place);
        program.map_or(Ok(()), |program| program.volume.events().add(event, now))
    }

    /// Takes in the forecast of a model of the host's own for a program, such as one that is fitted to it alone: it counts in place of
    /// the manager's in the steps that it tells, announced events aside. An empty one leaves the program to the manager again.
    ///
    /// # Errors
    /// [`Error::Data`] for a program that is not known, a volume that is negative or not finite, or more than 2,016 steps.
    pub fn set_forecast(&mut self, code: &str, forecast: &[GivenForecast]) -> Result<()> {
        let place = known("code", &self.program_of, code)?;
        let program = self.programs.get_mut(place);
        program.map_or(Ok(()), |program| program.volume.give(forecast, &self.config))
    }

    /// Counts `requests` for a program, as they come in at `now` (Unix milliseconds); may be called as often as one likes.
    /// Time in which nothing is called is unknown, and not time without requests: a round is to be planned once a step at the least.
    ///
    /// # Errors
    /// [`Error::Data`] for a program that is not known, a count that is not 0 to 10¹², or a `now` before the last one, or a year after it.
    pub fn observe(&mut self, now: i64, code: &str, requests: f64) -> Result<()> {
        let place = known("code", &self.program_of, code)?;
        check_requests(requests)?;
        self.go_to(now)?;
        if let Some(program) = self.programs.get_mut(place) {
            program.volume.begin(self.coverage.step(), self.coverage.seen_before(), &self.config);
            program.volume.add(requests);
        }
        self.coverage.count();
        Ok(())
    }

    /// What a health check said of a clone; one that fails as often in a row as the settings say is replaced. Checks of clones that are
    /// gone change nothing.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that no clone ever had.
    pub fn observe_health(&mut self, clone: u64, is_healthy: bool) -> Result<()> {
        if !self.clones.was_created(clone) {
            return Err(Error::data("clone", format!("{clone} was never created")));
        }
        self.clones.set_health(clone, is_healthy);
        Ok(())
    }

    /// What a clone has served since this was last said of it. One that serves nothing is idle from then on until it does: of clones that
    /// are too much, those go first that have been idle longest. Clones that nothing is said of, or that are gone, are none the worse.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that no clone ever had, or a count that is not 0 to 10¹².
    pub fn observe_use(&mut self, clone: u64, requests: f64) -> Result<()> {
        if !self.clones.was_created(clone) {
            return Err(Error::data("clone", format!("{clone} was never created")));
        }
        check_requests(requests)?;
        self.clones.set_use(clone, requests, self.clock.now().unwrap_or(i64::MIN));
        Ok(())
    }

    /// The clones that really are there, as the actuator's own list has them: what was confirmed but is not there is created anew, what
    /// is there but should not be is removed, its number given to no other, and what was created or removed without a word of it counts as such.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that is 0 or above 2⁶² − 1, or a time before the last round or count; nothing is changed then.
    pub fn reconcile(&mut self, now: i64, running: &[u64]) -> Result<()> {
        if let Some(id) = running.iter().find(|id| !(1..=LARGEST_SEEN).contains(*id)) {
            return Err(Error::data("clone", format!("must be 1 to {LARGEST_SEEN}, got {id}")));
        }
        self.go_to(now)?;
        // A new clone under the number of one that is to go would go with it.
        self.clones.skip(running.iter().copied());
        let running: BTreeSet<u64> = running.iter().copied().collect();
        let differing = |(id, clone): (u64, &PlacedClone)| {
            let differs = match clone.life {
                Life::Creating => running.contains(&id),
                Life::Running | Life::Removing => !running.contains(&id),
            };
            differs.then_some((id, *clone))
        };
        let differing: Vec<(u64, PlacedClone)> = self.clones.iter().filter_map(differing).collect();
        for (id, clone) in differing {
            if clone.life == Life::Running {
                self.clones.remove(id);
            } else {
                self.report(clone.order, Outcome::Confirmed)?;
            }
        }
        let asked: BTreeSet<u64> = self
            .orders
            .open()
            .filter_map(|open| match open.action {
                CloneAction::Remove { clone } => Some(clone),
                CloneAction::Create { .. } => None,
            })
            .collect();
        for id in running.iter().filter(|id| self.clones.get(**id).is_none() && !asked.contains(id)) {
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

    /// What the last round handed out.
    pub fn instructions(&self) -> &[Instruction<CloneAction>] {
        self.orders.handed()
    }

    /// What is expected of a program in the coming steps.
    ///
    /// # Errors
    /// [`Error::Data`] for a program that is not known.
    pub fn forecast(&self, code: &str) -> Result<Vec<VolumeForecast>> {
        let program = self.program(code)?;
        program.volume.forecast(&program.code, self.common())
    }

    /// Clones of a program that run, those that are being removed not counted.
    ///
    /// # Errors
    /// [`Error::Data`] for a program that is not known.
    pub fn running(&self, code: &str) -> Result<u32> {
        let place = known("code", &self.program_of, code)?;
        Ok(self.clones.counts().get(place).map_or(0, |count| count.running))
    }

    /// Why programs got their clones, in the rounds since the journal was last cleared: at the most the last 10,000 changes.
    pub fn journal(&self) -> &Journal<CloneRecord> {
        &self.journal
    }

    /// Forgets the records of the journal, as when they were written down elsewhere.
    pub fn clear_journal(&mut self) {
        drop(self.take_journal());
    }

    /// Takes the records of the journal away.
    pub fn take_journal(&mut self) -> Vec<CloneRecord> {
        self.journal.take()
    }

    /// The settings.
    pub fn config(&self) -> &CloneManagerConfig {
        &self.config
    }

    fn dimensions(&self) -> Option<usize> {
        let of_machines = self.machines.first().map(|machine| machine.room.len());
        of_machines.or_else(|| self.programs.first().map(|program| program.code.resources.len()))
    }

    fn program(&self, code: &str) -> Result<&Program> {
        let place = known("code", &self.program_of, code)?;
        self.programs.get(place).ok_or_else(|| Error::internal("a program is lost"))
    }

    fn common(&self) -> Common<'_> {
        Common { config: &self.config, shared: &self.shared, events: &self.events, coverage: &self.coverage }
    }

    /// Goes to `now`; where a step ends, all programs learn from it.
    fn go_to(&mut self, now: i64) -> Result<()> {
        self.clock.advance("now", now)?;
        if let Some(turn) = self.coverage.call(now) {
            for program in &mut self.programs {
                program.volume.turn(&turn, &self.config, &mut self.shared, &self.events)?;
            }
        }
        Ok(())
    }

    fn confirmed(&mut self, action: &CloneAction, is_late: bool) {
        match action {
            CloneAction::Remove { clone: gone } => {
                self.clones.remove(*gone);
                // Who still says that it was created tells of a time before.
                self.orders.forget(|made| matches!(made, CloneAction::Create { clone, .. } if clone == gone));
            }
            CloneAction::Create { clone: id, code, machine, .. } => match self.clones.get(*id) {
                Some(clone) if clone.life == Life::Creating => self.clones.set_life(*id, Life::Running, 0),
                // It is to be removed: that order stands.
                Some(_) => {}
                // Given up, and yet it runs: the next round says whether it may stay.
                None if is_late => {
                    let places = (self.program_of.get(code), self.machine_of.get(machine));
                    if let (Some(code), Some(machine)) = places
                        && !self.down.contains(machine)
                    {
                        let (code, machine) = (*code, *machine);
                        self.clones.insert(*id, PlacedClone::new(code, machine, Life::Running, 0));
                    }
                }
                None => {}
            },
        }
    }

    fn withdrawn(&mut self, action: &CloneAction) {
        match action {
            CloneAction::Create { clone, .. } => drop(self.clones.remove(*clone)),
            // It could not be removed: it counts again, and the next round asks anew.
            CloneAction::Remove { clone } => self.clones.set_life(*clone, Life::Running, 0),
        }
    }
}

fn check_requests(requests: f64) -> Result<()> {
    if (0.0..=MOST_REQUESTS).contains(&requests) {
        return Ok(());
    }
    Err(Error::data("requests", format!("must be 0 to {MOST_REQUESTS:e}, got {requests}")))
}

fn known(what: &str, places: &BTreeMap<String, usize>, name: &str) -> Result<usize> {
    places.get(name).copied().ok_or_else(|| Error::data(what, format!("{name:?} is not known")))
}
