//! The time that a manager has come to: never back, and never so far ahead that it must be a mistake.
//!
//! One wrong stamp that were believed, such as microseconds for milliseconds, would have every right one after it refused as too early.
//! The first is believed within the years 1 to 9999.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The longest pause between two times, in milliseconds: a leap year.
const LONGEST_PAUSE: i64 = 366 * 86_400_000;
/// Unix milliseconds of the first and the last moment of the years 1 to 9999.
const FIRST: i64 = -62_135_596_800_000;
const LAST: i64 = 253_402_300_799_999;

/// The last time that was told, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Clock(Option<i64>);

impl Clock {
    /// The last time, in Unix milliseconds; none before the first.
    pub(super) fn now(self) -> Option<i64> {
        self.0
    }

    /// Goes to `now`; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`Clock::check`], and the clock stays where it is.
    pub(super) fn advance(&mut self, name: &str, now: i64) -> Result<()> {
        self.check(name, now)?;
        self.0 = Some(now);
        Ok(())
    }

    /// Refuses a time that [`Clock::advance`] would not go to.
    ///
    /// # Errors
    /// [`Error::Data`] for a time before the last one, and as [`Clock::check_ahead`].
    pub(super) fn check(self, name: &str, now: i64) -> Result<()> {
        match self.0 {
            Some(last) if now < last => Err(Error::data(name, format!("{now} ms lies before {last} ms"))),
            _ => self.check_ahead(name, now),
        }
    }

    /// Refuses a time that is too late; one before the last may be meant.
    ///
    /// # Errors
    /// [`Error::Data`] for a time more than 366 days after the last one, or outside of the years 1 to 9999.
    pub(super) fn check_ahead(self, name: &str, time: i64) -> Result<()> {
        if !(FIRST..=LAST).contains(&time) {
            let problem =
                format!("{time} ms lies outside of the years 1 to 9999, {FIRST} to {LAST} Unix milliseconds");
            return Err(Error::data(name, problem));
        }
        match self.0 {
            Some(last) if time.saturating_sub(last) > LONGEST_PAUSE => {
                let problem = format!("{time} ms lies more than 366 days after {last} ms, the time before");
                Err(Error::data(name, problem))
            }
            _ => Ok(()),
        }
    }

    /// Checks state that was read from bytes.
    pub(super) fn is_whole(self) -> bool {
        self.0.is_none_or(|last| (FIRST..=LAST).contains(&last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_time_is_refused_and_changes_nothing() {
        let now = 1_760_000_000_000;
        let mut clock = Clock::default();
        let said = |clock: &mut Clock, time: i64| {
            let before = *clock;
            let error = clock.advance("now", time).unwrap_err().to_string();
            assert_eq!(*clock, before);
            error
        };
        let range =
            "lies outside of the years 1 to 9999, -62135596800000 to 253402300799999 Unix milliseconds";
        for time in [now * 1000, i64::MAX, i64::MIN, LAST + 1, FIRST - 1] {
            assert_eq!(said(&mut clock, time), format!("now: {time} ms {range}"));
        }
        clock.advance("now", now).unwrap();
        clock.advance("now", now).unwrap();
        assert_eq!(said(&mut clock, now - 1), "now: 1759999999999 ms lies before 1760000000000 ms");
        let late = now + LONGEST_PAUSE + 1;
        let too_late = format!("now: {late} ms lies more than 366 days after {now} ms, the time before");
        assert_eq!(said(&mut clock, late), too_late);
        assert_eq!(said(&mut clock, now * 1000), format!("now: {} ms {range}", now * 1000));
        assert_eq!(said(&mut clock, i64::MIN), format!("now: {} ms lies before {now} ms", i64::MIN));
        clock.advance("now", late - 1).unwrap();
        assert_eq!(clock.now(), Some(late - 1));
    }

    #[test]
    fn a_time_before_the_last_may_be_looked_at() {
        let mut clock = Clock::default();
        clock.advance("time", 1000).unwrap();
        assert!(clock.check_ahead("time", 0).is_ok() && clock.check("time", 0).is_err());
        assert!(clock.check_ahead("time", FIRST - 1).is_err());
    }

    #[test]
    fn the_ends_of_the_calendar_are_allowed_and_nothing_beyond_is_whole() {
        for (end, beyond) in [(FIRST, FIRST - 1), (LAST, LAST + 1)] {
            let mut clock = Clock::default();
            clock.advance("now", end).unwrap();
            assert!(clock.is_whole() && !Clock(Some(beyond)).is_whole());
        }
        assert!(Clock::default().is_whole());
    }
}
