//! Instructions to an actuator that may fail, be slow, or report the same thing twice.
//!
//! An instruction is open from when it is issued until it is confirmed or withdrawn. When no report comes until it is due, or it
//! failed, it is handed out again, each time with `backoff` times as long to go (Gray & Reuter 1993, "Transaction Processing", chapter 3:
//! at least once, made idempotent by its number); after so many attempts it is withdrawn. A report about an instruction that was settled
//! before changes nothing, but for one: what is confirmed after it was withdrawn has happened all the same, and is told once.
//! A confirmation that is a lie is not found here: managers compare what was confirmed with the inventory that they are shown.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// No counter in whole state is above this: what is left will never be used up.
pub(super) const LARGEST_COUNT: u64 = u64::MAX / 2;
/// The largest number of a thing that an actuator may show, which leaves as many for those to come.
pub(super) const LARGEST_SEEN: u64 = LARGEST_COUNT / 2;
/// Withdrawn instructions that a late confirmation is still told for.
const MOST_WITHDRAWN: usize = 4096;

/// How long an actuator has, and how often it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetryConfig {
    /// Seconds until an instruction that nothing was heard of is handed out again, above 0; 300.
    pub timeout_seconds: f64,
    /// Times that it is handed out before it is withdrawn, 1 to 100; 3.
    pub attempts: u32,
    /// How many times as long each further attempt has, 1 to 10; 2.
    pub backoff: f64,
}

impl Default for RetryConfig {
    fn default() -> Self {
        RetryConfig { timeout_seconds: 300.0, attempts: 3, backoff: 2.0 }
    }
}

impl RetryConfig {
    /// Refuses settings out of range; `name` is what messages call them.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub(super) fn check(&self, name: &str) -> Result<()> {
        let RetryConfig { timeout_seconds, attempts, backoff } = *self;
        if !(0.001..=1e7).contains(&timeout_seconds) {
            let problem = format!("must be 0.001 to 10000000, got {timeout_seconds}");
            return Err(Error::config(format!("{name}.timeout_seconds"), problem));
        }
        if !(1..=100).contains(&attempts) {
            return Err(Error::config(
                format!("{name}.attempts"),
                format!("must be 1 to 100, got {attempts}"),
            ));
        }
        if !(1.0..=10.0).contains(&backoff) {
            return Err(Error::config(format!("{name}.backoff"), format!("must be 1 to 10, got {backoff}")));
        }
        Ok(())
    }
}

/// Something for the actuator to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instruction<A> {
    /// Its number, never used again: the actuator does nothing for one that it has carried out.
    pub id: u64,
    /// How often it was handed out, from 1.
    pub attempt: u32,
    /// Unix milliseconds at which it was first issued.
    pub issued: i64,
    /// Unix milliseconds until which a report is waited for.
    pub due: i64,
    /// What to do.
    pub action: A,
}

/// What the actuator reports of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was carried out.
    Confirmed,
    /// It was not and will not be.
    Failed,
}

/// What a report, or silence, makes of an instruction.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled<A> {
    /// It was carried out.
    Confirmed(A),
    /// It was carried out after it had been withdrawn.
    ConfirmedLate(A),
    /// It has failed or gone unanswered too often, and counts no longer.
    Withdrawn(A),
    /// It failed, and will be handed out again.
    Retried,
    /// It was settled before: nothing changes.
    Repeated,
}

/// The instructions of one manager, by their numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Orders<A> {
    retry: RetryConfig,
    next: u64,
    open: BTreeMap<u64, Open<A>>,
    withdrawn: BTreeMap<u64, A>,
    handed: Vec<Instruction<A>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Open<A> {
    instruction: Instruction<A>,
    /// Whether it is to be handed out.
    is_waiting: bool,
}

impl<A: Clone> Orders<A> {
    /// No instruction yet.
    pub(super) fn new(retry: RetryConfig) -> Self {
        Orders { retry, next: 1, open: BTreeMap::new(), withdrawn: BTreeMap::new(), handed: Vec::new() }
    }

    /// Issues an instruction; [`Orders::hand_out`] gives it away.
    pub(super) fn issue(&mut self, now: i64, action: A) -> u64 {
        let id = self.next;
        self.next += 1;
        let instruction = Instruction { id, attempt: 0, issued: now, due: now, action };
        self.open.insert(id, Open { instruction, is_waiting: true });
        id
    }

    /// Withdraws an open instruction before it is settled, as when it is no longer wanted; its action, if it was open.
    pub(super) fn withdraw(&mut self, id: u64) -> Option<A> {
        let open = self.open.remove(&id)?;
        self.remember(id, open.instruction.action.clone());
        Some(open.instruction.action)
    }

    /// Forgets withdrawn instructions that can no longer have been carried out late: what they would have made has gone since.
    pub(super) fn forget(&mut self, is_gone: impl Fn(&A) -> bool) {
        self.withdrawn.retain(|_, action| !is_gone(action));
    }

    /// Withdraws what went unanswered too often, in the order of the numbers.
    pub(super) fn expire(&mut self, now: i64) -> Vec<A> {
        let most = self.retry.attempts;
        let unanswered = |open: &&Open<A>| !open.is_waiting && open.instruction.due <= now;
        let expired = self.open.values().filter(unanswered).filter(|open| open.instruction.attempt >= most);
        let expired: Vec<u64> = expired.map(|open| open.instruction.id).collect();
        expired.into_iter().filter_map(|id| self.withdraw(id)).collect()
    }

    /// What the actuator is to do now: what is new, what failed, and what was not heard of until it was due.
    pub(super) fn hand_out(&mut self, now: i64) -> Vec<Instruction<A>> {
        let RetryConfig { timeout_seconds, attempts, backoff } = self.retry;
        let mut handed = Vec::new();
        for open in self.open.values_mut() {
            let Open { instruction, is_waiting } = open;
            let is_overdue = instruction.due <= now && instruction.attempt < attempts;
            if *is_waiting || is_overdue {
                let stretched: f64 = (0..instruction.attempt).map(|_| backoff).product();
                let wait = timeout_seconds * stretched;
                instruction.attempt += 1;
                instruction.due = now.saturating_add((wait.min(1e12) * 1000.0) as i64);
                *is_waiting = false;
                handed.push(instruction.clone());
            }
        }
        self.handed.clone_from(&handed);
        handed
    }

    /// What was handed out last.
    pub(super) fn handed(&self) -> &[Instruction<A>] {
        &self.handed
    }

    /// Takes in what the actuator reports of instruction `id`.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that was never issued.
    pub(super) fn report(&mut self, id: u64, outcome: Outcome) -> Result<Settled<A>> {
        if id == 0 || id >= self.next {
            return Err(Error::data("id", format!("{id} was never issued; the last is {}", self.next - 1)));
        }
        let Some(open) = self.open.get_mut(&id) else { return Ok(self.report_settled(id, outcome)) };
        match outcome {
            Outcome::Confirmed => {
                let action = open.instruction.action.clone();
                self.open.remove(&id);
                Ok(Settled::Confirmed(action))
            }
            // A failure is of the last attempt: told again before the next, it says nothing new.
            Outcome::Failed if open.is_waiting => Ok(Settled::Repeated),
            Outcome::Failed if open.instruction.attempt < self.retry.attempts => {
                open.is_waiting = true;
                Ok(Settled::Retried)
            }
            Outcome::Failed => Ok(self.withdraw(id).map_or(Settled::Repeated, Settled::Withdrawn)),
        }
    }

    /// The open instructions, by their numbers.
    pub(super) fn open(&self) -> impl Iterator<Item = &Instruction<A>> {
        self.open.values().map(|open| &open.instruction)
    }

    /// Checks state that was read from bytes.
    pub(super) fn is_whole(&self) -> bool {
        let most = self.retry.attempts;
        let possible = |(id, open): (&u64, &Open<A>)| {
            let attempt = open.instruction.attempt;
            let is_left = if open.is_waiting { attempt < most } else { attempt <= most };
            *id == open.instruction.id && (1..self.next).contains(id) && is_left
        };
        (1..=LARGEST_COUNT).contains(&self.next)
            && self.retry.check("retry").is_ok()
            && self.open.iter().all(possible)
            && self.withdrawn.len() <= MOST_WITHDRAWN
            && self.withdrawn.keys().all(|id| (1..self.next).contains(id) && !self.open.contains_key(id))
            && self.handed.iter().all(|handed| (1..self.next).contains(&handed.id))
    }

    fn report_settled(&mut self, id: u64, outcome: Outcome) -> Settled<A> {
        let is_confirmed = outcome == Outcome::Confirmed;
        let late = is_confirmed.then(|| self.withdrawn.remove(&id)).flatten();
        late.map_or(Settled::Repeated, Settled::ConfirmedLate)
    }

    fn remember(&mut self, id: u64, action: A) {
        if self.withdrawn.len() >= MOST_WITHDRAWN {
            self.withdrawn.pop_first();
        }
        self.withdrawn.insert(id, action);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn orders() -> Orders<&'static str> {
        Orders::new(RetryConfig { timeout_seconds: 10.0, attempts: 2, backoff: 3.0 })
    }

    #[test]
    fn what_is_not_answered_is_asked_for_again_and_then_withdrawn() {
        let mut orders = orders();
        let id = orders.issue(0, "start");
        let first = orders.hand_out(0);
        assert_eq!((first[0].id, first[0].attempt, first[0].due), (id, 1, 10_000));
        assert!(orders.hand_out(9_999).is_empty());
        assert_eq!((orders.hand_out(10_000)[0].attempt, orders.open().next().unwrap().due), (2, 40_000));
        assert!(orders.expire(39_999).is_empty());
        assert_eq!(orders.expire(40_000), ["start"]);
        assert_eq!(orders.report(id, Outcome::Failed).unwrap(), Settled::Repeated);
        assert_eq!(orders.report(id, Outcome::Confirmed).unwrap(), Settled::ConfirmedLate("start"));
        assert_eq!(orders.report(id, Outcome::Confirmed).unwrap(), Settled::Repeated);
    }

    #[test]
    fn what_is_forgotten_is_confirmed_no_more() {
        let mut orders = orders();
        let ids = ["start", "other"].map(|action| orders.issue(0, action));
        assert!(ids.iter().all(|id| orders.withdraw(*id).is_some()));
        orders.forget(|action| *action == "start");
        let said = ids.map(|id| orders.report(id, Outcome::Confirmed).unwrap());
        assert_eq!(said, [Settled::Repeated, Settled::ConfirmedLate("other")]);
    }

    #[test]
    fn a_failure_is_tried_again_at_once_and_counts_once() {
        let mut orders = orders();
        let id = orders.issue(0, "stop");
        orders.hand_out(0);
        assert_eq!(orders.report(id, Outcome::Failed).unwrap(), Settled::Retried);
        assert_eq!(orders.report(id, Outcome::Failed).unwrap(), Settled::Repeated, "the same report again");
        assert_eq!(orders.hand_out(1)[0].attempt, 2);
        assert_eq!(orders.report(id, Outcome::Failed).unwrap(), Settled::Withdrawn("stop"));
        assert!(orders.open().next().is_none() && orders.is_whole());
    }

    #[test]
    fn a_number_that_was_never_issued_is_refused() {
        let mut orders = orders();
        assert!(orders.report(0, Outcome::Confirmed).is_err());
        orders.issue(0, "start");
        let refused = orders.report(2, Outcome::Confirmed).unwrap_err().to_string();
        assert_eq!(refused, "id: 2 was never issued; the last is 1");
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let plain = RetryConfig::default();
        for (bad, field) in [
            (RetryConfig { timeout_seconds: f64::NAN, ..plain }, "retry.timeout_seconds"),
            (RetryConfig { attempts: 0, ..plain }, "retry.attempts"),
            (RetryConfig { backoff: 0.5, ..plain }, "retry.backoff"),
        ] {
            assert!(bad.check("retry").unwrap_err().to_string().starts_with(field));
        }
        assert!(plain.check("retry").is_ok());
    }

    #[test]
    fn counters_that_would_overflow_are_not_whole() {
        let mut orders = orders();
        orders.issue(0, "start");
        assert!(orders.is_whole());
        let spoiled = |spoil: &dyn Fn(&mut Orders<&'static str>)| {
            let mut bad = orders.clone();
            spoil(&mut bad);
            !bad.is_whole()
        };
        let attempt = |orders: &mut Orders<&'static str>, attempt: u32, is_waiting: bool| {
            let open = orders.open.get_mut(&1).unwrap();
            (open.instruction.attempt, open.is_waiting) = (attempt, is_waiting);
        };
        assert!(spoiled(&|orders| orders.next = u64::MAX));
        assert!(spoiled(&|orders| attempt(orders, 2, true)), "nothing is left to try");
        assert!(spoiled(&|orders| attempt(orders, u32::MAX, false)));
        assert!(!spoiled(&|orders| attempt(orders, 2, false)));
    }

    proptest! {
        /// Whatever an actuator does, each instruction is settled once: confirmed or withdrawn; and confirmed late at most once after that.
        #[test]
        fn every_instruction_is_settled_once(steps in prop::collection::vec((0u8..5, 0usize..12, 0i64..30_000), 1..200)) {
            let (mut orders, mut now) = (orders(), 0);
            let (mut issued, mut settled, mut late) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
            let mut actions = BTreeMap::new();
            for (what, which, pause) in steps {
                now += pause;
                match what {
                    0 => {
                        let id = orders.issue(now, "any");
                        actions.insert(id, ());
                        issued.push(id);
                    }
                    1 | 2 if !issued.is_empty() => {
                        let id = issued[which % issued.len()];
                        let outcome = if what == 1 { Outcome::Confirmed } else { Outcome::Failed };
                        match orders.report(id, outcome).unwrap() {
                            Settled::Confirmed(_) | Settled::Withdrawn(_) => prop_assert!(settled.insert(id)),
                            Settled::ConfirmedLate(_) => prop_assert!(settled.contains(&id) && late.insert(id)),
                            Settled::Retried | Settled::Repeated => {}
                        }
                    }
                    3 => {
                        let before: BTreeSet<u64> = orders.open().map(|open| open.id).collect();
                        let count = orders.expire(now).len();
                        let after: BTreeSet<u64> = orders.open().map(|open| open.id).collect();
                        let gone: Vec<u64> = before.difference(&after).copied().collect();
                        prop_assert_eq!(gone.len(), count);
                        prop_assert!(gone.into_iter().all(|id| settled.insert(id)));
                    }
                    _ => prop_assert!(orders.hand_out(now).iter().all(|handed| handed.attempt <= 2 && handed.due > now)),
                }
                prop_assert!(orders.is_whole());
                prop_assert_eq!(orders.open().count() + settled.len(), issued.len());
            }
            // Left alone, everything ends.
            for _ in 0..3 {
                orders.hand_out(now);
                now += 100_000_000;
                orders.expire(now);
            }
            prop_assert_eq!(orders.open().count(), 0);
        }
    }
}
