//! A schedule: replica counts by cron expressions on the wall clock of a time zone.
//!
//! Each window begins at the times of one expression and ends at those of another; it is open while its next end comes before its
//! next start. Of the open windows the largest count holds, outside of all another. Source: KEDA's cron scaler. Expressions have
//! five fields (minute, hour, day of month, month, day of week); eight in the morning stays eight in the morning
//! across a change to daylight-saving time. The zones' rules come with the library (IANA time zone database).

use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation};
use crate::error::{Error, Result};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

/// When a count holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleWindow {
    /// Cron expression of the times at which it begins, such as `0 8 * * MON-FRI`.
    pub start: String,
    /// Cron expression of the times at which it ends.
    pub end: String,
    /// IANA name of the time zone of both; UTC.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Replicas while it is open.
    pub replicas: u32,
}

fn utc() -> String {
    "UTC".into()
}

/// Settings of [`Schedule`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleConfig {
    /// The windows, 1 to 1,000.
    pub windows: Vec<ScheduleWindow>,
    /// Replicas while no window is open; 1.
    #[serde(default = "one")]
    pub otherwise: u32,
}

fn one() -> u32 {
    1
}

impl ScheduleConfig {
    pub(super) fn check(&self) -> Result<()> {
        if self.windows.is_empty() || self.windows.len() > 1000 {
            let problem = format!("must be 1 to 1000 windows, got {}", self.windows.len());
            return Err(Error::config("policy.schedule.windows", problem));
        }
        self.clocks().map(|_| ())
    }

    fn clocks(&self) -> Result<Vec<Clock>> {
        self.windows.iter().enumerate().map(|(i, window)| Clock::new(i, window)).collect()
    }
}

/// A window that knows whether it is open, and until when that holds.
#[derive(Debug, Clone)]
struct Clock {
    start: Cron,
    end: Cron,
    zone: TimeZone,
    is_open: bool,
    /// Unix milliseconds from which to which `is_open` holds, the end not included.
    from: i64,
    to: i64,
}

impl Clock {
    fn new(i: usize, window: &ScheduleWindow) -> Result<Self> {
        let refuse = |field: &str, problem: String| {
            Error::config(format!("policy.schedule.windows[{i}].{field}"), problem)
        };
        let zone = TimeZoneDatabase::bundled().get(&window.time_zone).map_err(|_| {
            let example = "an IANA name such as \"Europe/Berlin\"";
            refuse("time_zone", format!("\"{}\" is not known: write {example}", window.time_zone))
        })?;
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let read = |field: &str, text: &str| {
            let cron = parser.parse(text).map_err(|error| refuse(field, format!("\"{text}\": {error}")))?;
            match next(&cron, &zone, 0) {
                Some(_) => Ok(cron),
                None => Err(refuse(field, format!("\"{text}\" never comes"))),
            }
        };
        let (start, end) = (read("start", &window.start)?, read("end", &window.end)?);
        Ok(Clock { start, end, zone, is_open: false, from: 0, to: 0 })
    }

    fn is_open(&mut self, now: i64) -> bool {
        if !(self.from..self.to).contains(&now) {
            let starts = next(&self.start, &self.zone, now).unwrap_or(i64::MAX);
            let ends = next(&self.end, &self.zone, now).unwrap_or(i64::MAX);
            (self.is_open, self.from, self.to) = (ends < starts, now, starts.min(ends));
        }
        self.is_open
    }
}

/// The first time of an expression after `now`, in Unix milliseconds; none when it lies beyond all calendars.
fn next(cron: &Cron, zone: &TimeZone, now: i64) -> Option<i64> {
    let now = Timestamp::from_millisecond(now).ok()?.to_zoned(zone.clone());
    cron.find_next_occurrence(&now, false).ok().map(|next| next.timestamp().as_millisecond())
}

/// A schedule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Schedule {
    config: ScheduleConfig,
    /// What is read from the settings, when it is first asked for.
    #[serde(skip)]
    clocks: Vec<Clock>,
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.config == other.config
    }
}

impl Schedule {
    /// The law with these settings.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range: an expression that cannot be read or never comes, a time zone
    /// that does not exist.
    pub fn new(config: ScheduleConfig) -> Result<Self> {
        config.check()?;
        let clocks = config.clocks()?;
        Ok(Schedule { config, clocks })
    }

    pub(super) fn is_whole(&self) -> bool {
        self.config.check().is_ok()
    }
}

impl Policy for Schedule {
    fn name(&self) -> &str {
        "schedule"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        if self.clocks.is_empty() {
            self.clocks = self.config.clocks()?;
        }
        let windows = self.clocks.iter_mut().zip(&self.config.windows);
        let open =
            windows.filter_map(|(clock, window)| clock.is_open(situation.now).then_some(window.replicas));
        let replicas = open.max().unwrap_or(self.config.otherwise);
        Ok(Proposal { replicas, reason: Reason::Scheduled { replicas } })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::situation;
    use super::*;

    fn window(start: &str, end: &str, time_zone: &str, replicas: u32) -> ScheduleWindow {
        ScheduleWindow { start: start.into(), end: end.into(), time_zone: time_zone.into(), replicas }
    }

    fn at(law: &mut Schedule, time: &str) -> u32 {
        let now = time.parse::<Timestamp>().unwrap().as_second();
        law.propose(&situation(now, 1, 0.0)).unwrap().replicas
    }

    #[test]
    fn office_hours_follow_the_wall_clock_through_the_seasons() {
        let office = window("0 8 * * MON-FRI", "0 18 * * MON-FRI", "Europe/Berlin", 10);
        let mut law = Schedule::new(ScheduleConfig { windows: vec![office], otherwise: 2 }).unwrap();
        // Berlin is one hour ahead of UTC in winter and two in summer; 2026-03-27 is a Friday, the clocks change on the 29th.
        for (time, replicas) in [
            ("2026-03-27T06:59:59Z", 2),
            ("2026-03-27T07:00:00Z", 10),
            ("2026-03-27T16:59:59Z", 10),
            ("2026-03-27T17:00:00Z", 2),
            ("2026-03-28T09:00:00Z", 2),
            ("2026-03-30T05:59:59Z", 2),
            ("2026-03-30T06:00:00Z", 10),
            ("2026-03-30T16:00:00Z", 2),
            ("2026-03-27T12:00:00Z", 10),
        ] {
            assert_eq!(at(&mut law, time), replicas, "{time}");
        }
    }

    #[test]
    fn the_largest_open_window_holds_also_over_midnight() {
        let night = window("0 22 * * *", "0 6 * * *", "UTC", 4);
        let hour = window("0 23 * * *", "0 0 * * *", "UTC", 9);
        let mut law = Schedule::new(ScheduleConfig { windows: vec![night, hour], otherwise: 1 }).unwrap();
        let hours = ["21", "22", "23"].map(|hour| at(&mut law, &format!("2026-01-05T{hour}:30:00Z")));
        assert_eq!(hours, [1, 4, 9]);
        assert_eq!((at(&mut law, "2026-01-06T05:59:00Z"), at(&mut law, "2026-01-06T06:00:00Z")), (4, 1));
        let bytes = postcard::to_stdvec(&law).unwrap();
        let mut restored: Schedule = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(at(&mut restored, "2026-01-06T23:10:00Z"), 9);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let problem = |start: &str, zone: &str| {
            let windows = vec![window(start, "0 6 * * *", zone, 4)];
            Schedule::new(ScheduleConfig { windows, otherwise: 1 }).unwrap_err().to_string()
        };
        assert!(problem("61 * * * *", "UTC").starts_with("policy.schedule.windows[0].start"));
        assert!(problem("* * * * * *", "UTC").starts_with("policy.schedule.windows[0].start"));
        assert!(problem("0 0 30 2 *", "UTC").contains("never comes"));
        assert!(problem("0 0 * * *", "Mars/Olympus").starts_with("policy.schedule.windows[0].time_zone"));
        let none = ScheduleConfig { windows: vec![], otherwise: 1 };
        assert!(Schedule::new(none).unwrap_err().to_string().starts_with("policy.schedule.windows"));
    }
}
