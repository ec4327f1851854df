//! What the clock on the wall and the calendar beside it say about a moment, as numbers that a model can learn from.
//!
//! Columns: Fourier pairs `sin(2πk·f)`, `cos(2πk·f)` of the local time of day and of the local time of the week, one column
//! for each weekday, one for holidays, one for each name of an event. Local means the wall clock of the time zone: eight in
//! the morning stays eight in the morning across a change to daylight-saving time. The rules of the zones come with the
//! library (IANA time zone database), so that every machine gives the same answer.

use super::calendar_holidays::{Holiday, WEEKDAYS};
use crate::error::{Error, Result};
use crate::{Table, math, snapshot};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

const DAY: i64 = 86_400_000;
const WEEK: i64 = 7 * DAY;
const MAX_PAIRS: usize = 100;
const MAX_ENTRIES: usize = 10_000;
/// No table is made larger than this, 1 GiB.
const MAX_NUMBERS: usize = 1 << 27;

/// Something that happens from one moment to another and may change the load: a sale, a release, a batch job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The name of its column; events of one name share a column, so that a model learns from the earlier what the next will do.
    pub name: String,
    /// Unix milliseconds at which it begins.
    pub start: i64,
    /// Unix milliseconds at which it is over, later than `start`.
    pub end: i64,
    /// The value of its column while it lasts, finite: how strong it is compared with others of its name. Default 1.
    #[serde(default = "one")]
    pub weight: f64,
}

fn one() -> f64 {
    1.0
}

/// Settings of a [`Calendar`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalendarConfig {
    /// IANA name of the time zone whose clock the users of the service live by. Default "UTC".
    pub time_zone: String,
    /// Days off. Default none.
    pub holidays: Vec<Holiday>,
    /// What happens besides. Default none.
    pub events: Vec<Event>,
    /// Fourier pairs for the time of day, 0 to 100. Default 4: shapes of three hours and longer.
    pub day_pairs: usize,
    /// Fourier pairs for the time of the week, 0 to 100. Default 3.
    pub week_pairs: usize,
}

impl Default for CalendarConfig {
    fn default() -> Self {
        CalendarConfig {
            time_zone: "UTC".into(),
            holidays: Vec::new(),
            events: Vec::new(),
            day_pairs: 4,
            week_pairs: 3,
        }
    }
}

/// Turns moments into features.
#[derive(Debug, Clone)]
pub struct Calendar {
    config: CalendarConfig,
    zone: TimeZone,
    names: Vec<String>,
    /// For each event the column of its name.
    event_columns: Vec<usize>,
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.config == other.config
    }
}

impl Calendar {
    /// A calendar with these settings.
    ///
    /// # Errors
    /// [`Error::Config`] for a time zone that does not exist, an event that ends before it begins, whose weight is not finite
    /// or whose name is empty or that of another column, too many entries, or too many pairs.
    pub fn new(config: CalendarConfig) -> Result<Self> {
        let zone = TimeZoneDatabase::bundled().get(&config.time_zone);
        let zone = zone.map_err(|_| {
            let example = "an IANA name such as \"Europe/Berlin\"";
            Error::config("time_zone", format!("\"{}\" is not known: write {example}", config.time_zone))
        })?;
        for (field, pairs) in [("day_pairs", config.day_pairs), ("week_pairs", config.week_pairs)] {
            if pairs > MAX_PAIRS {
                return Err(Error::config(field, format!("must be at most {MAX_PAIRS}, got {pairs}")));
            }
        }
        for (field, count) in [("holidays", config.holidays.len()), ("events", config.events.len())] {
            if count > MAX_ENTRIES {
                return Err(Error::config(field, format!("at most {MAX_ENTRIES} are allowed, got {count}")));
            }
        }
        let mut names = wave_names("day", config.day_pairs);
        names.extend(wave_names("week", config.week_pairs));
        names.extend(WEEKDAYS.map(String::from));
        names.push("holiday".into());
        let own = names.len();
        let mut columns = std::collections::BTreeMap::new();
        let mut event_columns = Vec::new();
        for (i, event) in config.events.iter().enumerate() {
            check_event(i, event, names.get(..own).unwrap_or_default())?;
            let column = *columns.entry(event.name.as_str()).or_insert_with(|| {
                names.push(event.name.clone());
                names.len() - 1
            });
            event_columns.push(column);
        }
        Ok(Calendar { config, zone, names, event_columns })
    }

    /// The settings.
    pub fn config(&self) -> &CalendarConfig {
        &self.config
    }

    /// Names of the columns of [`Calendar::features`]: `day_sin_1`, `day_cos_1`, …, `week_sin_1`, `week_cos_1`, …, `monday` to
    /// `sunday`, `holiday`, then the events in the order in which their names first appear.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The features of moments in Unix milliseconds, in any order.
    ///
    /// Pairs lie in [−1, 1]; weekdays and `holiday` are 0 or 1, by the local date; an event's column holds the sum of the
    /// weights of the events of its name that last at that moment, their start included and their end not.
    ///
    /// # Errors
    /// [`Error::Data`] for a moment outside of the years −9999 to 9999, or for more moments than fit a table of 1 GiB.
    pub fn features(&self, times: &[i64]) -> Result<Table> {
        let columns = self.names.len();
        if times.len() > MAX_NUMBERS / columns {
            let most = MAX_NUMBERS / columns;
            return Err(Error::data(
                "times",
                format!("{} moments of {columns} features each; at most {most} are allowed", times.len()),
            ));
        }
        let mut values = vec![0.0; times.len() * columns];
        let mut known_day = None;
        for (i, (time, row)) in times.iter().zip(values.chunks_exact_mut(columns)).enumerate() {
            let local = jiff::Timestamp::from_millisecond(*time).map_err(|_| {
                let span = "the years -9999 to 9999";
                Error::data("times", format!("value {i} of {} is {time}, outside of {span}", times.len()))
            })?;
            let local = self.zone.to_datetime(local);
            let (date, clock) = (local.date(), local.time());
            let weekday = i64::from(date.weekday().to_monday_zero_offset());
            let seconds =
                i64::from(clock.hour()) * 3600 + i64::from(clock.minute()) * 60 + i64::from(clock.second());
            let of_day = seconds * 1000 + i64::from(clock.millisecond());
            let holiday = match known_day {
                Some((day, holiday)) if day == date => holiday,
                _ => self.config.holidays.iter().any(|holiday| holiday.contains(date)),
            };
            known_day = Some((date, holiday));
            let waves = waves(of_day, DAY, self.config.day_pairs).chain(waves(
                weekday * DAY + of_day,
                WEEK,
                self.config.week_pairs,
            ));
            let weekdays = (0..7).map(|day| f64::from(u8::from(day == weekday)));
            let features = waves.chain(weekdays).chain([f64::from(u8::from(holiday))]);
            row.iter_mut().zip(features).for_each(|(cell, feature)| *cell = feature);
        }
        self.mark_events(times, &mut values);
        Ok(Table::whole(self.names.clone(), values))
    }

    fn mark_events(&self, times: &[i64], values: &mut [f64]) {
        let in_order = times.is_sorted();
        for (event, column) in self.config.events.iter().zip(&self.event_columns) {
            let (first, end) = match in_order {
                true => (
                    times.partition_point(|time| *time < event.start),
                    times.partition_point(|time| *time < event.end),
                ),
                false => (0, times.len()),
            };
            let rows = values.chunks_exact_mut(self.names.len()).zip(times);
            for (row, time) in rows.take(end).skip(first) {
                if (event.start..event.end).contains(time)
                    && let Some(cell) = row.get_mut(*column)
                {
                    *cell += event.weight;
                }
            }
        }
    }

    /// Writes the calendar as a snapshot.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::Calendar, &self.config)
    }

    /// Reads a snapshot of a calendar.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of a calendar.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        Calendar::new(snapshot::load(snapshot::Kind::Calendar, bytes)?)
            .map_err(|error| Error::Snapshot { problem: error.to_string() })
    }
}

fn check_event(i: usize, event: &Event, taken: &[String]) -> Result<()> {
    let refuse = |field: &str, problem: String| Err(Error::config(format!("events[{i}].{field}"), problem));
    if event.name.is_empty() {
        return refuse("name", "is empty".into());
    }
    if taken.contains(&event.name) {
        return refuse("name", format!("\"{}\" is the name of another column", event.name));
    }
    if event.end <= event.start {
        return refuse("end", format!("must be later than start {}, got {}", event.start, event.end));
    }
    if !event.weight.is_finite() {
        return refuse("weight", format!("must be finite, got {}", event.weight));
    }
    Ok(())
}

fn wave_names(period: &str, pairs: usize) -> Vec<String> {
    (1..=pairs).flat_map(|k| [format!("{period}_sin_{k}"), format!("{period}_cos_{k}")]).collect()
}

/// Sines and cosines of the first harmonics at `at` of `period` milliseconds. Whole periods are taken off before the
/// division, so that the same time of another day gives the same bits.
fn waves(at: i64, period: i64, pairs: usize) -> impl Iterator<Item = f64> {
    (1..=pairs as i64).flat_map(move |k| {
        let angle = TAU * ((k * at).rem_euclid(period) as f64 / period as f64);
        [math::sin(angle), math::cos(angle)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn berlin() -> CalendarConfig {
        CalendarConfig { time_zone: "Europe/Berlin".into(), ..CalendarConfig::default() }
    }

    fn column(calendar: &Calendar, name: &str, times: &[i64]) -> Vec<f64> {
        calendar.features(times).unwrap().column(name).unwrap()
    }

    fn event(name: &str, start: i64, end: i64, weight: f64) -> Event {
        Event { name: name.into(), start, end, weight }
    }

    #[test]
    fn the_wall_clock_keeps_its_phase_across_daylight_saving() {
        // 08:00 in Berlin on Saturday 2026-03-28 (07:00 UTC) and on Sunday the 29th (06:00 UTC), when clocks went forward.
        let calendar = Calendar::new(berlin()).unwrap();
        let times = [1_774_681_200_000, 1_774_764_000_000];
        let features = calendar.features(&times).unwrap();
        let (saturday, sunday) = (features.rows().get(0).unwrap(), features.rows().get(1).unwrap());
        assert_eq!(saturday[..8], sunday[..8]);
        assert_eq!(column(&calendar, "saturday", &times), [1.0, 0.0]);
        assert_eq!(column(&calendar, "sunday", &times), [0.0, 1.0]);
        let third: f64 = TAU / 3.0;
        assert!((saturday[0] - third.sin()).abs() < 1e-15 && (saturday[1] - third.cos()).abs() < 1e-15);
    }

    #[test]
    fn a_holiday_lasts_from_midnight_to_midnight_there() {
        let calendar =
            Calendar::new(CalendarConfig { holidays: vec!["12-25".parse().unwrap()], ..berlin() }).unwrap();
        let midnight = 1_798_153_200_000; // 2026-12-25 00:00 in Berlin
        let times = [midnight - 1, midnight, midnight + DAY - 1, midnight + DAY];
        assert_eq!(column(&calendar, "holiday", &times), [0.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn events_of_one_name_share_a_column_in_any_order_of_times() {
        let events =
            vec![event("sale", 10, 20, 2.0), event("release", 0, 100, 1.0), event("sale", 15, 30, 0.5)];
        let calendar = Calendar::new(CalendarConfig { events, ..CalendarConfig::default() }).unwrap();
        assert_eq!(calendar.names().len(), 24, "8 of the day, 6 of the week, 7 weekdays, holiday, 2 names");
        assert_eq!(
            column(&calendar, "sale", &[9, 10, 15, 19, 20, 29, 30]),
            [0.0, 2.0, 2.5, 2.5, 0.5, 0.5, 0.0]
        );
        assert_eq!(column(&calendar, "sale", &[30, 15, 9, 20, 10]), [0.0, 2.5, 0.0, 0.5, 2.0]);
        assert_eq!(column(&calendar, "release", &[-1, 0, 99, 100]), [0.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn bad_settings_and_moments_are_refused_by_name() {
        let refused = |config: CalendarConfig| Calendar::new(config).unwrap_err().to_string();
        let plain = CalendarConfig::default;
        let zone = refused(CalendarConfig { time_zone: "Mars/Olympus".into(), ..plain() });
        assert!(zone.starts_with("time_zone: \"Mars/Olympus\" is not known"), "{zone}");
        assert!(refused(CalendarConfig { time_zone: String::new(), ..plain() }).starts_with("time_zone: "));
        assert!(refused(CalendarConfig { day_pairs: 101, ..plain() }).starts_with("day_pairs: "));
        assert!(refused(CalendarConfig { week_pairs: usize::MAX, ..plain() }).starts_with("week_pairs: "));
        let of = |event: Event| refused(CalendarConfig { events: vec![event], ..plain() });
        assert!(of(event("", 0, 1, 1.0)).starts_with("events[0].name: "));
        assert!(of(event("holiday", 0, 1, 1.0)).starts_with("events[0].name: "));
        assert!(of(event("sale", 1, 1, 1.0)).starts_with("events[0].end: "));
        assert!(of(event("sale", 0, 1, f64::NAN)).starts_with("events[0].weight: "));
        let many = vec!["12-25".parse().unwrap(); 10_001];
        assert!(refused(CalendarConfig { holidays: many, ..plain() }).starts_with("holidays: "));
        let far = Calendar::new(plain()).unwrap().features(&[0, i64::MAX]).unwrap_err().to_string();
        assert!(far.starts_with("times: value 1 of 2 is 9223372036854775807"), "{far}");
        assert!(Calendar::new(plain()).unwrap().features(&[]).unwrap().rows().is_empty());
    }

    #[test]
    fn settings_are_read_from_json() {
        let text = r#"{"time_zone": "America/New_York", "holidays": ["US", "2026-12-24"], "events": [{"name": "sale", "start": 0, "end": 1}]}"#;
        let config: CalendarConfig = crate::config::from_json("config_json", text).unwrap();
        assert_eq!((config.holidays.len(), config.events[0].weight, config.day_pairs), (2, 1.0, 4));
        let wrong =
            crate::config::from_json::<CalendarConfig>("config_json", r#"{"holidays": ["DE", "someday"]}"#);
        assert!(wrong.unwrap_err().to_string().starts_with("holidays[1]: \"someday\""));
    }

    proptest! {
        #[test]
        fn any_moment_of_any_zone_has_a_row(time in -377_000_000_000_000i64..253_000_000_000_000, zone in 0..6usize) {
            let zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];
            let config = CalendarConfig { time_zone: zones[zone].into(), holidays: vec!["US".parse().unwrap(), "easter".parse().unwrap()], ..CalendarConfig::default() };
            let calendar = Calendar::new(config).unwrap();
            let features = calendar.features(&[time]).unwrap();
            let row = features.rows().get(0).unwrap();
            prop_assert!(row.iter().all(|value| (-1.0..=1.0).contains(value)));
            prop_assert_eq!(row[14..21].iter().sum::<f64>(), 1.0);
            prop_assert_eq!(Calendar::restore(&calendar.snapshot().unwrap()).unwrap(), calendar);
        }
    }
}
