//! Days off as short texts: a date, a day of every year, the n-th weekday of a month, a distance from Easter, a country.
//!
//! Easter is that of the Gregorian calendar (Meeus, "Astronomical Algorithms", 2nd edition, chapter 8). The countries are
//! those whose nationwide days follow from such rules alone, each with its law beside its rules.

use crate::error::Error;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One day off, or many: read from a text such as those in the table, in every language.
///
/// | text | days |
/// |---|---|
/// | `"2026-12-25"` | that date |
/// | `"12-25"` | December 25 of every year |
/// | `"07-04 observed"` | the same, and the Friday before when it is a Saturday, the Monday after when it is a Sunday |
/// | `"4th thursday of november"`, `"last monday of may"` | a weekday of a month, `1st` to `5th` or `last`, every year |
/// | `"easter"`, `"easter-2"`, `"easter+39"` | a count of days from Easter Sunday, every year |
/// | `"DE"`, `"FR"`, `"US"` | the nationwide days of Germany, of France, of the United States (federal, observed) |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Holiday(Rule);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Date(Date),
    Yearly { month: i8, day: i8, observed: bool },
    Weekday { nth: Nth, weekday: Weekday, month: i8 },
    Easter { offset: i32 },
    Country { code: &'static str, rules: Vec<Holiday> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nth {
    First(i8),
    Last,
}

/// Nationwide days: 9 in all German states (Einigungsvertrag article 2 for October 3, and the states' laws on days off);
/// Code du travail L3133-1; 5 U.S.C. 6103 with Executive Order 11582, as it stands since June 2021.
const COUNTRIES: [(&str, &[&str]); 3] = [
    ("DE", &["01-01", "easter-2", "easter+1", "05-01", "easter+39", "easter+50", "10-03", "12-25", "12-26"]),
    (
        "FR",
        &[
            "01-01",
            "easter+1",
            "05-01",
            "05-08",
            "easter+39",
            "easter+50",
            "07-14",
            "08-15",
            "11-01",
            "11-11",
            "12-25",
        ],
    ),
    (
        "US",
        &[
            "01-01 observed",
            "3rd monday of january",
            "3rd monday of february",
            "last monday of may",
            "06-19 observed",
            "07-04 observed",
            "1st monday of september",
            "2nd monday of october",
            "11-11 observed",
            "4th thursday of november",
            "12-25 observed",
        ],
    ),
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Names of the weekdays, from Monday on.
pub(super) const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

const ORDINALS: [&str; 5] = ["1st", "2nd", "3rd", "4th", "5th"];

impl Holiday {
    /// Whether `date` is such a day.
    pub(super) fn contains(&self, date: Date) -> bool {
        match &self.0 {
            Rule::Date(day) => *day == date,
            Rule::Yearly { month, day, observed } => {
                let is = |date: Date| date.month() == *month && date.day() == *day;
                is(date)
                    || *observed
                        && match date.weekday() {
                            Weekday::Friday => date.tomorrow().is_ok_and(is),
                            Weekday::Monday => date.yesterday().is_ok_and(is),
                            _ => false,
                        }
            }
            Rule::Weekday { nth, weekday, month } => {
                let is_nth = match nth {
                    Nth::First(nth) => (date.day() - 1) / 7 + 1 == *nth,
                    Nth::Last => date.day() + 7 > date.days_in_month(),
                };
                date.month() == *month && date.weekday() == *weekday && is_nth
            }
            Rule::Easter { offset } => {
                let sunday = date.checked_sub(jiff::Span::new().days(*offset));
                sunday.is_ok_and(|sunday| (sunday.month(), sunday.day()) == easter(sunday.year()))
            }
            Rule::Country { rules, .. } => rules.iter().any(|rule| rule.contains(date)),
        }
    }
}

/// Month and day of Easter Sunday in the Gregorian calendar, reckoned backwards before 1583.
fn easter(year: i16) -> (i8, i8) {
    let year = i32::from(year);
    let golden = year.rem_euclid(19);
    let (century, rest) = (year.div_euclid(100), year.rem_euclid(100));
    let skipped = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let epact = (19 * golden + century - century.div_euclid(4) - skipped + 15).rem_euclid(30);
    let weekday = (32 + 2 * century.rem_euclid(4) + 2 * (rest / 4) - epact - rest % 4).rem_euclid(7);
    let correction = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * correction + 114;
    ((days / 31) as i8, (days % 31 + 1) as i8)
}

impl FromStr for Holiday {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match rule(text.trim()) {
            Some(rule) => Ok(Holiday(rule)),
            None => Err(Error::config("holidays", problem(text))),
        }
    }
}

fn problem(text: &str) -> String {
    let codes: Vec<&str> = COUNTRIES.iter().map(|(code, _)| *code).collect();
    format!(
        "\"{text}\" is no day off: write \"2026-12-25\", \"12-25\", \"12-25 observed\", \"4th thursday of november\", \
         \"last monday of may\", \"easter+39\", or one of {}",
        codes.join(", ")
    )
}

fn rule(text: &str) -> Option<Rule> {
    if let Some((code, rules)) = COUNTRIES.into_iter().find(|(code, _)| *code == text) {
        let rules = rules.iter().map(|text| rule(text).map(Holiday)).collect::<Option<Vec<_>>>()?;
        return Some(Rule::Country { code, rules });
    }
    if let Some(offset) = text.strip_prefix("easter") {
        let offset = if offset.is_empty() { 0 } else { signed(offset)? };
        return (offset.abs() <= 200).then_some(Rule::Easter { offset });
    }
    if let [nth, weekday, "of", month] = text.split(' ').collect::<Vec<_>>()[..] {
        let nth = match nth {
            "last" => Nth::Last,
            nth => Nth::First(number_of(&ORDINALS, nth)?),
        };
        let weekday = Weekday::from_monday_one_offset(number_of(&WEEKDAYS, weekday)?).ok()?;
        return Some(Rule::Weekday { nth, weekday, month: number_of(&MONTHS, month)? });
    }
    let (day, observed) = match text.strip_suffix(" observed") {
        Some(day) => (day, true),
        None => (text, false),
    };
    match day.split('-').map(digits).collect::<Option<Vec<i16>>>()?[..] {
        [month, day] => {
            // A leap year: February 29 is a day of some years.
            let date = Date::new(2000, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
            Some(Rule::Yearly { month: date.month(), day: date.day(), observed })
        }
        [year, month, day] if !observed => {
            Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().map(Rule::Date)
        }
        _ => None,
    }
}

/// A number with its sign, which must stand there.
fn signed(text: &str) -> Option<i32> {
    text.starts_with(['+', '-']).then(|| text.parse().ok())?
}

fn digits(text: &str) -> Option<i16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The position of a name among others, counted from 1.
fn number_of(names: &[&str], name: &str) -> Option<i8> {
    names.iter().position(|other| *other == name).and_then(|at| i8::try_from(at + 1).ok())
}

impl fmt::Display for Holiday {
    /// The text that is read as this holiday.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |names: &[&'static str], number: i8| {
            usize::try_from(number - 1).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
        };
        match &self.0 {
            Rule::Date(date) => write!(out, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
            Rule::Yearly { month, day, observed } => {
                write!(out, "{month:02}-{day:02}{}", if *observed { " observed" } else { "" })
            }
            Rule::Weekday { nth, weekday, month } => {
                let nth = match nth {
                    Nth::First(nth) => name(&ORDINALS, *nth),
                    Nth::Last => "last",
                };
                let weekday = name(&WEEKDAYS, weekday.to_monday_one_offset());
                write!(out, "{nth} {weekday} of {}", name(&MONTHS, *month))
            }
            Rule::Easter { offset: 0 } => write!(out, "easter"),
            Rule::Easter { offset } => write!(out, "easter{offset:+}"),
            Rule::Country { code, .. } => write!(out, "{code}"),
        }
    }
}

impl TryFrom<String> for Holiday {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        rule(text.trim()).map(Holiday).ok_or_else(|| problem(&text))
    }
}

impl From<Holiday> for String {
    fn from(holiday: Holiday) -> String {
        holiday.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(holiday: &str, year: i16) -> Vec<String> {
        let holiday: Holiday = holiday.parse().unwrap();
        let first = jiff::civil::date(year, 1, 1);
        let days = first.series(jiff::Span::new().days(1)).take_while(|date| date.year() == year);
        days.filter(|date| holiday.contains(*date)).map(|date| date.to_string()).collect()
    }

    #[test]
    fn rules_give_the_days_of_the_year() {
        assert_eq!(days("4th thursday of november", 2026), ["2026-11-26"]);
        assert_eq!(days("last monday of may", 2026), ["2026-05-25"]);
        assert_eq!(days("last monday of february", 2027), ["2027-02-22"]);
        assert!(days("5th monday of february", 2027).is_empty());
        assert_eq!(days("easter-2", 2026), ["2026-04-03"]);
        assert_eq!(days("02-29", 2028), ["2028-02-29"]);
        assert!(days("02-29", 2027).is_empty());
        // New Year's Day 2028 is a Saturday: its day off lies in the year before.
        assert_eq!(days("01-01 observed", 2027), ["2027-01-01", "2027-12-31"]);
        assert_eq!(days("07-04 observed", 2027), ["2027-07-04", "2027-07-05"]);
        assert_eq!(days("2026-12-25", 2026), ["2026-12-25"]);
    }

    #[test]
    fn texts_come_back_and_others_are_refused() {
        let texts =
            ["2026-12-25", "12-25", "07-04 observed", "4th thursday of november", "last monday of may"];
        for text in texts.into_iter().chain(["easter", "easter-2", "easter+39", "DE", "FR", "US"]) {
            assert_eq!(text.parse::<Holiday>().unwrap().to_string(), text);
        }
        let wrong =
            ["", "2026-13-01", "2027-02-29", "02-30", "6th monday of may", "easter39", "easter+999", "XX"];
        for text in
            wrong.into_iter().chain(["2026-12-25 observed", "+1-2", "99999-1-1", "1-1-1-1", "easter+é"])
        {
            let error = text.parse::<Holiday>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("holidays: \"{text}\"")), "{error}");
        }
    }
}
