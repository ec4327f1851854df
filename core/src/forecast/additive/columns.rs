//! The columns of the regression besides the trend: Fourier pairs, the calendar's, and the user's features.

use super::config::AdditiveConfig;
use crate::error::{Error, Result};
use crate::load::Calendar;
use crate::math;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

const DAY: i64 = 86_400_000;
const WEEK: i64 = 7 * DAY;
/// The calendar's columns for the weekdays, which the week's Fourier series stands for.
const WEEKDAYS: usize = 7;
/// Most calendar events and features: an update costs the square.
const MOST_COLUMNS: usize = 500;
/// Larger numbers are cut, so that products stay finite.
const LARGEST: f64 = 1e6;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Season {
    /// Milliseconds.
    period: f64,
    pairs: usize,
}

/// Where a column begins to count, and how strong it may be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Column {
    /// Milliseconds of history that it takes.
    pub(super) after: f64,
    /// Scale of its normal prior.
    pub(super) prior: f64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Columns {
    seasons: Vec<Season>,
    columns: Vec<Column>,
    /// How many of the columns are the user's features, which come last: the mean and the scale that each is told with.
    features: Vec<(f64, f64)>,
}

impl Columns {
    /// The columns of a model with steps of `step` milliseconds and a history of `span` milliseconds.
    pub(super) fn new(
        config: &AdditiveConfig,
        calendar: Option<&Calendar>,
        step: i64,
        span: f64,
    ) -> Result<Self> {
        let mut columns = Columns::default();
        let mut season = |period: f64, pairs: usize, after: f64| {
            // A step tells apart two samples a period at most.
            let pairs = pairs.min((period / (2.0 * step as f64)).floor() as usize);
            columns.columns.extend(vec![Column { after, prior: config.seasonality_prior }; 2 * pairs]);
            columns.seasons.push(Season { period, pairs });
        };
        match (&config.seasonalities, calendar) {
            (Some(seasons), _) => {
                seasons.iter().for_each(|given| season(1000.0 * given.period_seconds, given.pairs, 0.0));
            }
            (None, calendar) => {
                let year = 365.25 * DAY as f64;
                // The twenty columns of a year would burden those that never see one.
                if span >= 730.0 * DAY as f64 {
                    season(year, 10, 0.0);
                }
                if calendar.is_none() {
                    season(WEEK as f64, 3, 2.0 * WEEK as f64);
                    season(DAY as f64, 4, 2.0 * DAY as f64);
                }
            }
        }
        if let (Some(calendar), Some(settings)) = (calendar, &config.calendar) {
            for (pairs, after) in [(settings.day_pairs, 2 * DAY), (settings.week_pairs, 2 * WEEK)] {
                columns
                    .columns
                    .extend(vec![Column { after: after as f64, prior: config.seasonality_prior }; 2 * pairs]);
            }
            let days = calendar.names().len() - 2 * (settings.day_pairs + settings.week_pairs) - WEEKDAYS;
            columns.columns.extend(vec![Column { after: 0.0, prior: config.holidays_prior }; days]);
        }
        columns.fits()
    }

    /// The same with a column for each of the user's features, told with the mean and the standard deviation that they have in
    /// `rows` (where they take more than two values), as Prophet does; with 0 and 1 where there are none yet.
    pub(super) fn with_features(
        mut self,
        config: &AdditiveConfig,
        count: usize,
        rows: Option<Rows<'_>>,
    ) -> Result<Self> {
        self.columns.extend(vec![Column { after: 0.0, prior: config.features_prior }; count]);
        self.features = (0..count).map(|j| rows.map_or((0.0, 1.0), |rows| told_with(rows, j))).collect();
        self.fits()
    }

    fn fits(self) -> Result<Self> {
        match self.columns.len() {
            0..=MOST_COLUMNS => Ok(self),
            count => {
                let problem = format!(
                    "pairs, events and features make {count} columns; at most {MOST_COLUMNS} are allowed"
                );
                Err(Error::config("calendar", problem))
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter()
    }

    /// The rows of `times` (Unix milliseconds), one after the other.
    pub(super) fn rows(
        &self,
        calendar: Option<&Calendar>,
        times: &[i64],
        features: Option<Rows<'_>>,
    ) -> Result<Vec<f64>> {
        let mut rows = Vec::with_capacity(times.len() * self.columns.len());
        let days = calendar.map(|calendar| calendar.features(times)).transpose()?;
        let mut days = days.as_ref().map(|days| days.rows().iter());
        let mut features = features.map(|rows| rows.iter());
        for time in times {
            self.seasons.iter().for_each(|season| season.waves(*time, &mut rows));
            if let (Some(calendar), Some(row)) = (calendar, days.as_mut().and_then(Iterator::next)) {
                let pairs = 2 * (calendar.config().day_pairs + calendar.config().week_pairs);
                let kept = row.iter().take(pairs).chain(row.iter().skip(pairs + WEEKDAYS));
                rows.extend(kept.map(|x| x.clamp(-LARGEST, LARGEST)));
            }
            if let Some(row) = features.as_mut().and_then(Iterator::next) {
                let told = row.iter().zip(&self.features);
                rows.extend(told.map(|(x, (mean, scale))| ((x - mean) / scale).clamp(-LARGEST, LARGEST)));
            }
        }
        Ok(rows)
    }

    pub(super) fn is_whole(&self, calendar: Option<&Calendar>, features: usize) -> bool {
        let waves =
            self.seasons.iter().map(|season| season.pairs.saturating_mul(2)).fold(0, usize::saturating_add);
        let days = calendar.map_or(0, |calendar| calendar.names().len() - WEEKDAYS);
        let counted = waves.saturating_add(days).saturating_add(features);
        self.features.len() == features
            && self.columns.len() == counted
            && counted <= MOST_COLUMNS
            && self.seasons.iter().all(|season| season.period > 0.0)
            && self.columns.iter().all(|column| column.prior > 0.0)
            && self.features.iter().all(|(mean, scale)| mean.is_finite() && *scale > 0.0)
    }
}

impl Season {
    /// sin 2πkt/period and cos 2πkt/period for k = 1, 2, …, `pairs`; t counts from the Unix epoch.
    fn waves(&self, time: i64, row: &mut Vec<f64>) {
        let phase = if self.period.fract() == 0.0 && self.period < 9e15 {
            // Whole periods are taken off exactly.
            time.rem_euclid(self.period as i64) as f64 / self.period
        } else {
            let turns = time as f64 / self.period;
            turns - turns.floor()
        };
        let angle = 2.0 * std::f64::consts::PI * phase;
        let (sine, cosine) = (math::sin(angle), math::cos(angle));
        let (mut s, mut c) = (sine, cosine);
        for _ in 0..self.pairs {
            row.extend([s, c]);
            (s, c) = (s * cosine + c * sine, c * cosine - s * sine);
        }
    }
}

/// Mean and standard deviation of a column; 0 and 1 where it takes no more than two values.
fn told_with(rows: Rows<'_>, column: usize) -> (f64, f64) {
    let values = || rows.iter().filter_map(|row| row.get(column)).copied().map(|x| x.clamp(-1e150, 1e150));
    let first = values().next().unwrap_or(0.0);
    let second = values().find(|x| *x != first).unwrap_or(first);
    if values().all(|x| x == first || x == second) && [first, second].iter().all(|x| x.abs() <= 1.0) {
        return (0.0, 1.0);
    }
    let count = rows.len() as f64;
    let mean = values().sum::<f64>() / count;
    let deviation = (values().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1.0).max(1.0)).sqrt();
    (mean, if deviation > 0.0 { deviation } else { first.abs().max(1.0) })
}
