//! What a learned model asks of the past: for each origin t and each number of steps ahead h, one row of numbers.
//!
//! Everything is on the scale of [`Scale`]. The columns: recent values and their means; for each period the load one season before
//! the target and before the origin, smoothed over neighbours and averaged over seasons (always the latest season that is
//! known at the origin, so that every h is answered directly); the features at the target and one season before; the
//! calendar at the target. These are read by the linear model and by networks; trees read some more.

use super::scale::Scale;
use crate::error::{Error, Result};
use crate::load::{Calendar, CalendarConfig};
use crate::math;
use serde::{Deserialize, Serialize};

/// Values back that the recent columns look at.
pub(super) const RECENT: usize = 32;
const LAGS: usize = 4;
const TREE_LAGS: usize = 8;
const DAY: i64 = 86_400_000;
const WEEK: i64 = 7 * DAY;
const MOST_PERIODS: usize = 4;
const LONGEST_PERIOD: usize = 1_000_000;
const LONGEST_HORIZON: usize = 4096;
/// Columns of calendar and features in a row, which has the features twice: a fit costs their square.
const MOST_TOLD: usize = 448;
/// Numbers that the calendar and the features of a series may be, 256 MiB.
const LARGEST_TABLE: usize = 1 << 25;

/// Settings that all learned models share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Outline {
    pub(super) horizon: usize,
    pub(super) periods: Option<Vec<usize>>,
    pub(super) calendar: CalendarConfig,
    pub(super) seed: u64,
}

impl Outline {
    pub(super) fn check(&self) -> Result<()> {
        if !(1..=LONGEST_HORIZON).contains(&self.horizon) {
            let problem = format!("must be 1 to {LONGEST_HORIZON} steps, got {}", self.horizon);
            return Err(Error::config("horizon", problem));
        }
        let Some(periods) = &self.periods else { return Ok(()) };
        if periods.len() > MOST_PERIODS {
            let problem = format!("at most {MOST_PERIODS} are allowed, got {}", periods.len());
            return Err(Error::config("periods", problem));
        }
        match periods.iter().find(|period| !(2..=LONGEST_PERIOD).contains(*period)) {
            Some(period) => {
                Err(Error::config("periods", format!("must be 2 to {LONGEST_PERIOD} steps, got {period}")))
            }
            None => Ok(()),
        }
    }
}

/// One season: its length, how far its neighbours are averaged, and over how many seasons.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Season {
    pub(super) period: usize,
    reach: usize,
    count: usize,
}

impl Season {
    /// The lag of the latest season whose neighbourhood of the step `ahead` is known at the origin.
    fn lag(&self, ahead: usize) -> usize {
        (ahead + self.reach).div_ceil(self.period).max(1) * self.period
    }

    fn memory(&self) -> usize {
        (self.count + 1) * self.period + self.reach + 1
    }

    /// Smoothed load `ahead` steps after the origin, which is the last of `past`: one season before, and averaged over seasons.
    fn levels(&self, past: &[f64], ahead: usize) -> (f64, f64) {
        let first = self.lag(ahead);
        let level = |season: usize| {
            let end = (past.len() + ahead + self.reach).checked_sub(first + season * self.period)?;
            let near = past.get(end.checked_sub(2 * self.reach + 1)?..end)?;
            Some(near.iter().sum::<f64>() / near.len() as f64)
        };
        let last = past.last().copied().unwrap_or(0.0);
        let latest = level(0).unwrap_or(last);
        let (sum, count) = (1..self.count)
            .filter_map(level)
            .fold((latest, 1.0), |(sum, count), level| (sum + level, count + 1.0));
        (latest, sum / count)
    }
}

/// What is known at the origin: values on the scale, gaps filled, the origin last; and the features of the same steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Past {
    pub(super) z: Vec<f64>,
    pub(super) features: Vec<f64>,
}

/// The target of a row: how far ahead, and what is known of it beforehand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) ahead: usize,
    pub(super) time: i64,
    /// Standardised.
    pub(super) features: &'a [f64],
    /// All columns of the calendar.
    pub(super) calendar: &'a [f64],
}

/// A pair of an origin (a step of the series) and steps ahead, with its target on the scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    pub(super) origin: usize,
    pub(super) ahead: usize,
    pub(super) target: f64,
}

/// The columns, and how the data is scaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Design {
    pub(super) scale: Scale,
    pub(super) step: i64,
    pub(super) horizon: usize,
    pub(super) seasons: Vec<Season>,
    /// Mean and standard deviation of each feature.
    features: Vec<(f64, f64)>,
    /// Columns of the calendar that the data is long enough to learn.
    calendar: Vec<usize>,
}

impl Design {
    /// Refuses a series that is too long, or has too many features, to learn from.
    pub(super) fn check_size(length: usize, calendar: &Calendar, features: usize) -> Result<()> {
        let told = calendar.names().len() + 2 * features;
        if told > MOST_TOLD {
            let days = calendar.names().len();
            let problem = format!(
                "{features} of them, each counted twice, and {days} columns of the calendar are more than {MOST_TOLD}"
            );
            return Err(Error::data("features", problem));
        }
        if length.saturating_mul(told) > LARGEST_TABLE {
            let most = LARGEST_TABLE / told;
            let problem =
                format!("has {length} values, too many to learn from at once: fit the most recent {most}");
            return Err(Error::data("series", problem));
        }
        Ok(())
    }

    pub(super) fn new(
        outline: &Outline,
        calendar: &Calendar,
        scale: Scale,
        length: usize,
        step: i64,
        features: Option<crate::Rows<'_>>,
    ) -> Self {
        let lasts =
            |periods: usize, period: i64| length as i64 >= periods as i64 * (period / step.max(1)).max(1);
        let steps = |span: i64| ((span + step / 2) / step) as usize;
        let of_clock = || [DAY, WEEK].map(steps).into_iter().filter(|period| *period >= 4).collect();
        let mut periods: Vec<usize> = outline.periods.clone().unwrap_or_else(of_clock);
        periods.sort_unstable();
        periods.dedup();
        periods.retain(|period| length >= 2 * period + RECENT);
        let season = |period: &usize| Season {
            period: *period,
            reach: (period / 96).min(15),
            count: (length / (2 * period)).clamp(1, if *period > 2000 { 2 } else { 3 }),
        };
        let pairs = 2 * outline.calendar.day_pairs;
        let week_end = pairs + 2 * outline.calendar.week_pairs + 7;
        let learnable = |column: &usize| match *column {
            column if column < pairs => lasts(2, DAY) && step < DAY / 2,
            column if column < week_end => lasts(2, WEEK) && step < WEEK / 2,
            _ => true,
        };
        let columns = features.map_or(0, |rows| rows.columns());
        let moments = (0..columns).map(|column| {
            let of = || features.into_iter().flat_map(|rows| rows.iter()).filter_map(|row| row.get(column));
            let count = of().count().max(1) as f64;
            let mean = of().map(|x| x / count).sum::<f64>();
            let deviation =
                of().map(|x| x / count.sqrt() - mean / count.sqrt()).map(|d| d * d).sum::<f64>().sqrt();
            (mean, if deviation.is_finite() && deviation > 1e-12 * mean.abs() { deviation } else { 0.0 })
        });
        Design {
            scale,
            step,
            horizon: outline.horizon.min((length / 4).max(1)),
            seasons: periods.iter().map(season).collect(),
            features: moments.collect(),
            calendar: (0..calendar.names().len()).filter(learnable).collect(),
        }
    }

    /// Whether what came from bytes fits the calendar and `features` features a step.
    pub(super) fn is_whole(&self, calendar: &Calendar, features: usize) -> bool {
        self.scale.is_whole()
            && self.step > 0
            && (1..=LONGEST_HORIZON).contains(&self.horizon)
            && self.seasons.len() <= MOST_PERIODS
            && self.seasons.iter().all(|season| {
                (2..=LONGEST_PERIOD).contains(&season.period)
                    && season.reach < season.period
                    && (1..=3).contains(&season.count)
            })
            && self.features.len() == features
            && self.features.iter().all(|(mean, deviation)| mean.is_finite() && deviation.is_finite())
            && self.calendar.iter().all(|column| *column < calendar.names().len())
    }

    /// Steps of the past that the columns look at.
    pub(super) fn memory(&self) -> usize {
        self.seasons.iter().map(Season::memory).max().unwrap_or(0).max(RECENT) + self.horizon
    }

    /// The first origin whose columns are all known.
    pub(super) fn first_origin(&self) -> usize {
        let seasonal = self.seasons.iter().map(|season| season.count * season.period + season.reach);
        seasonal.max().unwrap_or(0).max(TREE_LAGS)
    }

    /// Features on their scale; huge ones count as ten standard deviations.
    pub(super) fn standardised(&self, features: &[f64]) -> Vec<f64> {
        let standard = |(x, (mean, deviation)): (&f64, &(f64, f64))| match *deviation {
            0.0 => 0.0,
            deviation => ((x - mean) / deviation).clamp(-10.0, 10.0),
        };
        features.iter().zip(&self.features).map(standard).collect()
    }

    pub(super) fn features(&self) -> usize {
        self.features.len()
    }

    /// Columns that tell of the sequence alone.
    pub(super) fn sequence_columns(&self) -> usize {
        LAGS + 2 + 5 * self.seasons.len()
    }

    /// Columns that tell of the sequence and the features.
    pub(super) fn network_columns(&self) -> usize {
        self.sequence_columns() + self.features.len() * if self.seasons.is_empty() { 1 } else { 2 }
    }

    /// Columns for linear models: the calendar's as well.
    pub(super) fn linear_columns(&self) -> usize {
        self.network_columns() + self.calendar.len()
    }

    /// All columns, those for trees included.
    pub(super) fn columns(&self) -> usize {
        self.linear_columns()
            + (TREE_LAGS - LAGS)
            + 2
            + self.seasons.len()
            + 2
            + usize::from(!self.seasons.is_empty())
    }

    /// The names of all columns.
    pub(super) fn names(&self, calendar: &Calendar) -> Vec<String> {
        let mut names: Vec<String> = (0..LAGS).map(|lag| format!("lag_{lag}")).collect();
        names.extend(["mean_8".into(), "mean_32".into()]);
        for Season { period, .. } in &self.seasons {
            names.push(format!("season_{period}_raw"));
            names.extend(["latest", "average"].map(|what| format!("season_{period}_{what}")));
            names.extend(["latest", "average"].map(|what| format!("season_{period}_{what}_at_origin")));
        }
        names.extend((0..self.features.len()).map(|feature| format!("feature_{feature}")));
        if !self.seasons.is_empty() {
            names.extend((0..self.features.len()).map(|feature| format!("feature_{feature}_season_before")));
        }
        names.extend(self.calendar.iter().filter_map(|column| calendar.names().get(*column).cloned()));
        names.extend((LAGS..TREE_LAGS).map(|lag| format!("lag_{lag}")));
        names.extend(["deviation_16".into(), "highest_32".into()]);
        names.extend(self.seasons.iter().map(|season| format!("phase_{}", season.period)));
        names.extend(["linear".into(), "steps_ahead".into()]);
        if !self.seasons.is_empty() {
            names.push("above_season".into());
        }
        names
    }

    /// Appends the row of a target to `out`; the place of the linear model's forecast is left at 0.
    pub(super) fn row(&self, z: &[f64], features: &[f64], target: Target<'_>, out: &mut Vec<f64>) {
        let last = z.last().copied().unwrap_or(0.0);
        let lag = |lag: usize| z.len().checked_sub(lag + 1).and_then(|at| z.get(at)).copied().unwrap_or(last);
        let recent = |count: usize| z.get(z.len().saturating_sub(count)..).unwrap_or_default();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        out.extend((0..LAGS).map(lag));
        out.extend([mean(recent(8)), mean(recent(32))]);
        let mut above = None;
        for season in &self.seasons {
            let (latest, average) = season.levels(z, target.ahead);
            let (latest_then, average_then) = season.levels(z, 0);
            let raw = (z.len() + target.ahead).checked_sub(1 + season.lag(target.ahead));
            let raw = raw.and_then(|at| z.get(at)).copied().unwrap_or(latest);
            out.extend([raw, latest, average, latest_then, average_then]);
            above = above.or(Some(mean(recent(4)) - average_then));
        }
        out.extend_from_slice(target.features);
        if let Some(season) = self.seasons.first() {
            let columns = self.features.len();
            let steps = features.len() / columns.max(1);
            let at = (steps + target.ahead).checked_sub(1 + season.lag(target.ahead));
            let before = at.and_then(|at| features.get(at * columns..(at + 1) * columns));
            out.extend_from_slice(before.unwrap_or(target.features));
        }
        out.extend(self.calendar.iter().map(|column| target.calendar.get(*column).copied().unwrap_or(0.0)));
        out.extend((LAGS..TREE_LAGS).map(lag));
        let (near, middle) = (recent(16), mean(recent(16)));
        let variance = mean(&near.iter().map(|z| (z - middle) * (z - middle)).collect::<Vec<_>>());
        out.extend([variance.sqrt(), recent(32).iter().fold(f64::MIN, |high, z| high.max(*z))]);
        out.extend(self.seasons.iter().map(|season| self.phase(target.time, season.period)));
        out.extend([0.0, math::log2(target.ahead as f64)]);
        out.extend(above);
    }

    /// Puts the linear forecast into a row, and makes all levels relative to it: what corrects it need not know how large the
    /// load is, and goes on to hold when the load has grown.
    pub(super) fn relate(&self, row: &mut [f64], linear: f64) {
        let (first, lags) = (self.sequence_columns(), self.linear_columns());
        let (of_sequence, rest) = row.split_at_mut(first.min(row.len()));
        let others = rest.iter_mut().skip(lags - first).take(TREE_LAGS - LAGS);
        of_sequence.iter_mut().chain(others).for_each(|level| *level -= linear);
        let highest = lags + TREE_LAGS - LAGS + 1;
        for (at, value) in [(highest, -linear), (self.place_of_linear(), linear)] {
            if let Some(cell) = row.get_mut(at) {
                *cell += value;
            }
        }
    }

    /// Where in a row the season's averages stand: that of the target, that of the origin.
    pub(super) fn averages(&self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.seasons.len()).map(|season| LAGS + 2 + 5 * season).map(|at| (at + 2, at + 4))
    }

    /// Where in a table's row the linear model's forecast stands.
    pub(super) fn place_of_linear(&self) -> usize {
        self.columns() - 2 - usize::from(!self.seasons.is_empty())
    }

    fn phase(&self, time: i64, period: usize) -> f64 {
        time.div_euclid(self.step).rem_euclid(period as i64) as f64 / period as f64
    }

    /// What a network reads at a step: how far the value lies above the recent ones, whether it was known, how far above the
    /// season it lies, the first waves of the
    /// calendar, and the step's features where it shall see them.
    pub(super) fn input_of(
        &self,
        z: &[f64],
        known: bool,
        calendar: &[f64],
        features: &[f64],
        out: &mut Vec<f64>,
    ) {
        let last = z.last().copied().unwrap_or(0.0);
        let recent = z.get(z.len().saturating_sub(RECENT)..).unwrap_or_default();
        let usual = recent.iter().sum::<f64>() / recent.len().max(1) as f64;
        let above = self.seasons.first().map_or(0.0, |season| last - season.levels(z, 0).1);
        // Relative to what is usual: a load that has grown must look like what was learned from.
        out.extend([(last - usual).clamp(-8.0, 8.0), f64::from(u8::from(known)), above.clamp(-8.0, 8.0)]);
        out.extend(self.waves().map(|column| calendar.get(column).copied().unwrap_or(0.0)));
        out.extend_from_slice(features);
    }

    /// Count of a network's inputs without the features.
    pub(super) fn inputs(&self) -> usize {
        3 + self.waves().count()
    }

    fn waves(&self) -> impl Iterator<Item = usize> {
        self.calendar.iter().copied().take(2)
    }
}

/// The band of a horizon: 1, 2, 3–4, 5–8, …: steps ahead that share what is learned.
pub(super) fn band(ahead: usize, bands: usize) -> usize {
    let band = usize::BITS - (ahead.max(1) - 1).leading_zeros();
    (band as usize).min(bands.saturating_sub(1))
}

/// The first and the last step ahead of a band, within `horizon`.
pub(super) fn steps_of(band: usize, horizon: usize) -> (usize, usize) {
    match band {
        0 => (1, 1),
        band => ((1 << (band - 1)) + 1, (1 << band).min(horizon)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_cover_every_step_once() {
        let bands = band(100, 99) + 1;
        assert_eq!(bands, 8);
        let all: Vec<usize> = (0..bands)
            .flat_map(|band| {
                let (a, b) = steps_of(band, 100);
                a..=b
            })
            .collect();
        assert_eq!(all, (1..=100).collect::<Vec<_>>());
        assert!((1..=100).all(|ahead| {
            let (a, b) = steps_of(band(ahead, bands), 100);
            a <= ahead && ahead <= b
        }));
        assert_eq!(band(1_000_000, bands), bands - 1);
    }

    #[test]
    fn seasons_are_read_where_they_are_known() {
        let season = Season { period: 10, reach: 1, count: 2 };
        let past: Vec<f64> = (0..40).map(|i| f64::from(i % 10)).collect();
        // The origin is step 39, phase 9; 3 ahead is phase 2; 10 ahead needs the season before the last.
        assert_eq!(season.levels(&past, 3), (2.0, 2.0));
        assert_eq!(season.lag(9), 10);
        assert_eq!(season.lag(10), 20);
        let ramp: Vec<f64> = (0..40).map(f64::from).collect();
        assert_eq!(season.levels(&ramp, 3), (32.0, 27.0));
        assert_eq!(season.levels(&ramp, 10), (29.0, 24.0));
    }
}
