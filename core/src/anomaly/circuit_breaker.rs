//! When to stop asking what keeps failing, and when to try again: the circuit breaker (Nygard 2007, "Release It!", ch. 5).
//!
//! Closed, calls pass; after `failures` failures in a row it opens and no call passes; after `cooldown_seconds` it is
//! half-open and lets `probes` calls through: one failure opens it again, `probes` successes close it.
//! It reads no clock: every call brings its time.

use crate::error::{Error, Result, positive};
use crate::snapshot::{self, Kind};
use serde::{Deserialize, Serialize};

/// The longest cooldown: about thirty years.
const LONGEST_COOLDOWN_SECONDS: f64 = 1e9;

/// What a circuit breaker does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Lets it pass.
    Closed,
    /// Lets none pass until the cooldown is over.
    Open,
    /// Lets a few pass, to see how they end.
    HalfOpen,
}

impl BreakerState {
    /// The state's stable number, from 1 in the order of declaration: how C sees it.
    pub fn number(self) -> i32 {
        self as i32 + 1
    }

    /// The state's name: `"closed"`, `"open"` or `"half_open"`.
    pub fn name(self) -> &'static str {
        match self {
            BreakerState::Closed => "closed",
            BreakerState::Open => "open",
            BreakerState::HalfOpen => "half_open",
        }
    }
}

/// A circuit breaker of one callee. Every call is of constant time and allocates nothing.
///
/// Times are Unix milliseconds and need not be in order: a clock that was set back starts the cooldown anew, and can not keep the breaker
/// open for longer than that.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CircuitBreaker {
    failures: u32,
    cooldown_seconds: f64,
    probes: u32,
    phase: Phase,
    openings: u64,
    rejected: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Phase {
    /// Failures in a row so far.
    Closed { failed: u32 },
    /// Since when.
    Open { since: i64 },
    /// Probes let through since a moment, and how many of them succeeded.
    HalfOpen { since: i64, sent: u32, succeeded: u32 },
}

impl CircuitBreaker {
    /// A closed breaker that opens after `failures` failures in a row, and closes after `probes` successful calls.
    ///
    /// # Errors
    /// [`Error::Config`] for counts of 0, and for a cooldown that is not above 0 and up to 10⁹ seconds.
    pub fn new(failures: u32, cooldown_seconds: f64, probes: u32) -> Result<Self> {
        for (name, count) in [("failures", failures), ("probes", probes)] {
            if count == 0 {
                return Err(Error::config(name, "must be at least 1, got 0"));
            }
        }
        positive("cooldown_seconds", cooldown_seconds)?;
        if cooldown_seconds > LONGEST_COOLDOWN_SECONDS {
            let problem = format!("must be at most {LONGEST_COOLDOWN_SECONDS:e}, got {cooldown_seconds}");
            return Err(Error::config("cooldown_seconds", problem));
        }
        let phase = Phase::Closed { failed: 0 };
        Ok(CircuitBreaker { failures, cooldown_seconds, probes, phase, openings: 0, rejected: 0 })
    }

    /// Whether a call may be made now; a call that may is expected to be [recorded](Self::record).
    ///
    /// Half-open, up to `probes` calls may. When one of them has no result within another cooldown, all of them count as
    /// lost, and as many more may be made.
    pub fn allow(&mut self, now: i64) -> bool {
        self.forget_the_future(now);
        match &mut self.phase {
            Phase::Closed { .. } => return true,
            Phase::HalfOpen { sent, .. } if *sent < self.probes => {
                *sent += 1;
                return true;
            }
            Phase::Open { since } | Phase::HalfOpen { since, .. } => {
                if now >= due(*since, self.cooldown_seconds) {
                    self.phase = Phase::HalfOpen { since: now, sent: 1, succeeded: 0 };
                    return true;
                }
            }
        }
        self.rejected = self.rejected.saturating_add(1);
        false
    }

    /// Learns how a call ended.
    ///
    /// Closed, a success ends a row of failures. Half-open, as many results count as calls were let through. Open, nothing counts:
    /// calls from before the opening may still come in.
    pub fn record(&mut self, now: i64, success: bool) {
        self.forget_the_future(now);
        match &mut self.phase {
            Phase::Closed { failed } if success => *failed = 0,
            Phase::Closed { failed } => {
                *failed += 1;
                if *failed >= self.failures {
                    self.open(now);
                }
            }
            Phase::HalfOpen { sent, succeeded, .. } if *succeeded < *sent => {
                if !success {
                    return self.open(now);
                }
                *succeeded += 1;
                if *succeeded >= self.probes {
                    self.phase = Phase::Closed { failed: 0 };
                }
            }
            Phase::Open { .. } | Phase::HalfOpen { .. } => {}
        }
    }

    /// The state at a moment: an open breaker is half-open from the end of its cooldown on.
    pub fn state(&self, now: i64) -> BreakerState {
        match self.phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { since } if now < due(since, self.cooldown_seconds) => BreakerState::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Failures in a row, while it is closed.
    pub fn failed(&self) -> u32 {
        match self.phase {
            Phase::Closed { failed } => failed,
            Phase::Open { .. } | Phase::HalfOpen { .. } => 0,
        }
    }

    /// Probes that succeeded since it is half-open.
    pub fn succeeded(&self) -> u32 {
        match self.phase {
            Phase::HalfOpen { succeeded, .. } => succeeded,
            Phase::Closed { .. } | Phase::Open { .. } => 0,
        }
    }

    /// How often it opened.
    pub fn openings(&self) -> u64 {
        self.openings
    }

    /// Calls that it did not let pass.
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Unix milliseconds from which on a call may be made that none may be made before; none while calls pass.
    pub fn retry_at(&self) -> Option<i64> {
        match self.phase {
            Phase::Open { since } => Some(due(since, self.cooldown_seconds)),
            Phase::HalfOpen { since, sent, .. } if sent >= self.probes => {
                Some(due(since, self.cooldown_seconds))
            }
            Phase::Closed { .. } | Phase::HalfOpen { .. } => None,
        }
    }

    /// Failures in a row that open it.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Seconds from its opening to the first probe.
    pub fn cooldown_seconds(&self) -> f64 {
        self.cooldown_seconds
    }

    /// Successful calls that close it.
    pub fn probes(&self) -> u32 {
        self.probes
    }

    /// Writes settings and state as bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(Kind::CircuitBreaker, self)
    }

    /// Reads a breaker back: it goes on as if it had never stopped.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of a circuit breaker.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let breaker: CircuitBreaker = snapshot::load(Kind::CircuitBreaker, bytes)?;
        if breaker.is_whole() {
            return Ok(breaker);
        }
        Err(Error::Snapshot { problem: "the circuit breaker is inconsistent".into() })
    }

    /// Whether state that was read from bytes holds together.
    pub(crate) fn is_whole(&self) -> bool {
        let possible = match self.phase {
            Phase::Closed { failed } => failed < self.failures,
            Phase::Open { .. } => self.openings > 0,
            Phase::HalfOpen { sent, succeeded, .. } => {
                self.openings > 0 && sent <= self.probes && succeeded <= sent && succeeded < self.probes
            }
        };
        possible && Self::new(self.failures, self.cooldown_seconds, self.probes).is_ok()
    }

    fn open(&mut self, now: i64) {
        self.phase = Phase::Open { since: now };
        self.openings = self.openings.saturating_add(1);
    }

    /// A phase that began later than now began by a clock that was wrong.
    fn forget_the_future(&mut self, now: i64) {
        if let Phase::Open { since } | Phase::HalfOpen { since, .. } = &mut self.phase {
            *since = now.min(*since);
        }
    }
}

fn due(since: i64, cooldown_seconds: f64) -> i64 {
    // Up to 10¹² milliseconds, so the cast keeps the value; less than one would be no cooldown.
    since.saturating_add(((cooldown_seconds * 1000.0).round() as i64).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn opened(at: i64, probes: u32) -> CircuitBreaker {
        let mut breaker = CircuitBreaker::new(2, 10.0, probes).unwrap();
        breaker.record(at, false);
        breaker.record(at, false);
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_ends_the_row() {
        let mut breaker = CircuitBreaker::new(3, 10.0, 1).unwrap();
        for (now, success) in [(0, false), (1, false), (2, true), (3, false), (4, false)] {
            breaker.record(now, success);
            assert!(breaker.allow(now), "{now}");
        }
        assert_eq!((breaker.failed(), breaker.state(4), breaker.openings()), (2, BreakerState::Closed, 0));
        breaker.record(5, false);
        assert_eq!((breaker.failed(), breaker.state(5), breaker.openings()), (0, BreakerState::Open, 1));
        assert!(!breaker.allow(5) && !breaker.allow(10_004));
        assert_eq!((breaker.rejected(), breaker.retry_at()), (2, Some(10_005)));
    }

    #[test]
    fn probes_close_it_or_open_it_again() {
        let mut breaker = opened(0, 2);
        assert_eq!(
            [9_999, 10_000].map(|now| breaker.state(now)),
            [BreakerState::Open, BreakerState::HalfOpen]
        );
        assert_eq!([1, 2, 3].map(|_| breaker.allow(10_000)), [true, true, false], "two probes and no more");
        breaker.record(10_050, true);
        assert_eq!((breaker.state(10_050), breaker.succeeded()), (BreakerState::HalfOpen, 1));
        assert!(!breaker.allow(10_060), "both were sent");
        breaker.record(10_070, false);
        assert_eq!((breaker.state(10_070), breaker.retry_at()), (BreakerState::Open, Some(20_070)));
        assert!(breaker.allow(20_070));
        breaker.record(20_080, true);
        assert!(breaker.allow(20_080));
        breaker.record(20_090, true);
        assert_eq!((breaker.state(20_090), breaker.openings()), (BreakerState::Closed, 2));
    }

    #[test]
    fn results_that_nobody_waits_for_count_for_nothing() {
        let mut breaker = opened(0, 1);
        for now in [100, 10_000] {
            breaker.record(now, true);
            assert_ne!(breaker.state(now), BreakerState::Closed, "sent before the opening");
        }
        assert!(breaker.allow(10_000));
        breaker.record(10_001, true);
        assert_eq!(breaker.state(10_001), BreakerState::Closed);
    }

    #[test]
    fn a_probe_that_never_ends_is_given_up() {
        let mut breaker = opened(0, 1);
        assert!(breaker.allow(12_000) && !breaker.allow(21_999));
        assert_eq!(breaker.retry_at(), Some(22_000));
        assert!(breaker.allow(22_000));
    }

    #[test]
    fn a_clock_that_was_wrong_does_not_hold_it_open() {
        let mut breaker = opened(1 << 60, 1);
        assert!(!breaker.allow(1_000) && !breaker.allow(10_999) && breaker.allow(11_000));
        let mut breaker = opened(i64::MAX, 1);
        assert!(!breaker.allow(i64::MAX - 1) && !breaker.allow(i64::MIN));
        assert!(breaker.allow(i64::MAX));
    }

    #[test]
    fn settings_out_of_range_are_named() {
        for (failures, cooldown, probes, message) in [
            (0, 1.0, 1, "failures: must be at least 1, got 0"),
            (1, 1.0, 0, "probes: must be at least 1, got 0"),
            (1, 0.0, 1, "cooldown_seconds: must be finite and above 0, got 0"),
            (1, f64::NAN, 1, "cooldown_seconds: must be finite and above 0, got NaN"),
            (1, 2e9, 1, "cooldown_seconds: must be at most 1e9, got 2000000000"),
        ] {
            assert_eq!(CircuitBreaker::new(failures, cooldown, probes).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn states_that_cannot_have_been_are_refused() {
        let whole = opened(0, 2);
        for phase in [
            Phase::Closed { failed: 2 },
            Phase::HalfOpen { since: 0, sent: 3, succeeded: 0 },
            Phase::HalfOpen { since: 0, sent: 1, succeeded: 2 },
            Phase::HalfOpen { since: 0, sent: 2, succeeded: 2 },
        ] {
            let bytes = CircuitBreaker { phase, ..whole }.snapshot().unwrap();
            assert!(CircuitBreaker::restore(&bytes).is_err(), "{phase:?}");
        }
        let spoiled = CircuitBreaker { cooldown_seconds: f64::NAN, ..whole };
        assert!(CircuitBreaker::restore(&spoiled.snapshot().unwrap()).is_err());
    }

    /// What a caller may do: some time passes, and it asks or tells.
    #[derive(Debug, Clone, Copy)]
    enum Event {
        Ask,
        Tell(bool),
    }

    fn events() -> impl Strategy<Value = Vec<(i64, Event)>> {
        let event = prop_oneof![Just(Event::Ask), any::<bool>().prop_map(Event::Tell)];
        prop::collection::vec((0i64..4_000, event), 0..200)
    }

    proptest! {
        #[test]
        fn it_keeps_its_promises(events in events(), failures in 1u32..4, probes in 1u32..4) {
            let mut breaker = CircuitBreaker::new(failures, 10.0, probes).unwrap();
            let (mut now, mut row, mut opened_at) = (0, 0, None::<i64>);
            for (pause, event) in events {
                now += pause;
                let (before, openings) = (breaker.state(now), breaker.openings());
                match event {
                    Event::Ask => match before {
                        BreakerState::Closed => prop_assert!(breaker.allow(now)),
                        BreakerState::Open => prop_assert!(!breaker.allow(now)),
                        BreakerState::HalfOpen => {
                            let retry = breaker.retry_at();
                            prop_assert_eq!(breaker.allow(now), retry.is_none_or(|retry| now >= retry));
                        }
                    },
                    Event::Tell(success) => {
                        breaker.record(now, success);
                        row = if success || before != BreakerState::Closed { 0 } else { row + 1 };
                        let opens = before == BreakerState::Closed && row == failures;
                        prop_assert!(!opens || breaker.state(now) == BreakerState::Open);
                        prop_assert!(before == BreakerState::Closed || !success || breaker.openings() == openings);
                    }
                }
                if breaker.openings() > openings {
                    (opened_at, row) = (Some(now), 0);
                }
                let cooling = opened_at.is_some_and(|at| now < at + 10_000);
                prop_assert!(!cooling || breaker.state(now) == BreakerState::Open, "no way back before the cooldown is over");
                prop_assert!(breaker.is_whole());
                prop_assert_eq!(CircuitBreaker::restore(&breaker.snapshot().unwrap()).unwrap(), breaker);
            }
        }

        #[test]
        fn no_order_of_times_keeps_it_open_for_ever(times in prop::collection::vec(any::<i64>(), 1..50), now in -1_000_000i64..1_000_000) {
            let mut breaker = CircuitBreaker::new(1, 10.0, 2).unwrap();
            for (i, time) in times.into_iter().enumerate() {
                breaker.allow(time);
                breaker.record(time, i % 3 == 0);
                breaker.state(time);
            }
            breaker.allow(now);
            prop_assert!(breaker.allow(now + 10_000) || breaker.allow(now + 20_000));
        }
    }
}
