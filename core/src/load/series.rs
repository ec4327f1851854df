//! A load measured on a regular grid: one value per step, NaN where nothing was measured.
//!
//! Value `i` stands for the step `[start + i·step, start + (i+1)·step)`. Grids made from samples or by
//! resampling begin at a multiple of the step counted from the Unix epoch, so that daily steps begin at midnight UTC.

use crate::error::{Error, Result, same_length};
use crate::snapshot;
use serde::{Deserialize, Serialize};

/// No grid is made longer than this, a year of seconds: a single wild time stamp must not exhaust the memory.
pub(super) const MAX_STEPS: i64 = 366 * 86_400;

/// How several samples become the one value of a step. Missing samples are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// The arithmetic mean.
    #[default]
    Mean,
    /// The sum.
    Sum,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// The one with the latest time.
    Last,
    /// How many there are; 0 for an empty step.
    Count,
}

impl Aggregation {
    /// Reads `mean`, `sum`, `max`, `min`, `last` or `count`.
    ///
    /// # Errors
    /// [`Error::Config`] for any other name.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "mean" => Ok(Aggregation::Mean),
            "sum" => Ok(Aggregation::Sum),
            "max" => Ok(Aggregation::Max),
            "min" => Ok(Aggregation::Min),
            "last" => Ok(Aggregation::Last),
            "count" => Ok(Aggregation::Count),
            other => {
                Err(Error::config("how", format!("\"{other}\" is none of mean, sum, max, min, last, count")))
            }
        }
    }
}

/// How missing values are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// On the straight line between the known neighbours; beyond the outermost known value, that value.
    Linear,
    /// The last known value; before the first known value, that value.
    Hold,
    /// The nearest known value a whole number of periods away, the earlier one of two; linear where there is none.
    Seasonal {
        /// Length of the season, in steps.
        period: usize,
    },
}

impl Fill {
    /// Reads `linear`, `hold` or `seasonal`; only the last takes a period (in steps).
    ///
    /// # Errors
    /// [`Error::Config`] for any other name, a missing period, or one that is not wanted.
    pub fn from_name(name: &str, period: Option<usize>) -> Result<Self> {
        match (name, period) {
            ("linear", None) => Ok(Fill::Linear),
            ("hold", None) => Ok(Fill::Hold),
            ("seasonal", Some(period)) => Ok(Fill::Seasonal { period }),
            ("seasonal", None) => Err(Error::config("period", "must be given for the seasonal fill")),
            ("linear" | "hold", Some(period)) => {
                Err(Error::config("period", format!("{period} was given, but the {name} fill has none")))
            }
            (other, _) => Err(Error::config("how", format!("\"{other}\" is none of linear, hold, seasonal"))),
        }
    }
}

/// A regular series of load.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Series {
    values: Vec<f64>,
    start: i64,
    step_milliseconds: i64,
}

impl PartialEq for Series {
    /// Equal grids and equal values, where missing equals missing.
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
        self.start == other.start
            && self.step_milliseconds == other.step_milliseconds
            && self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(same)
    }
}

impl Series {
    /// A series from values that already lie on a grid.
    ///
    /// `values` in the user's unit per second, NaN = missing; `start` in Unix milliseconds; `step_seconds` > 0, a
    /// whole number of milliseconds.
    ///
    /// # Errors
    /// [`Error::Data`] for an infinite value, [`Error::Config`] for a bad step or a grid that ends outside of `i64`.
    pub fn new(values: Vec<f64>, start: i64, step_seconds: f64) -> Result<Self> {
        let step_milliseconds = whole_milliseconds(step_seconds)?;
        if let Some(i) = values.iter().position(|value| value.is_infinite()) {
            return Err(Error::data("values", format!("value {i} of {} is infinite", values.len())));
        }
        let span = i64::try_from(values.len()).ok().and_then(|count| count.checked_mul(step_milliseconds));
        if span.and_then(|span| start.checked_add(span)).is_none() {
            return Err(Error::config(
                "start",
                format!("{start} and {} steps end beyond all time", values.len()),
            ));
        }
        Ok(Series { values, start, step_milliseconds })
    }

    /// A series from samples at any times: unsorted samples are sorted, those of one step are aggregated, steps
    /// without a sample are missing (or 0 when counting). `times` in Unix milliseconds.
    ///
    /// # Errors
    /// [`Error::Data`] for unequal lengths, no samples, an infinite value, or times that span too many steps;
    /// [`Error::Config`] for a bad step.
    pub fn from_samples(times: &[i64], values: &[f64], step_seconds: f64, how: Aggregation) -> Result<Self> {
        let step = whole_milliseconds(step_seconds)?;
        same_length("values", values.len(), "times", times.len())?;
        if let Some(i) = values.iter().position(|value| value.is_infinite()) {
            return Err(Error::data("values", format!("value {i} of {} is infinite", values.len())));
        }
        let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else {
            return Err(Error::data("times", "is empty"));
        };
        let slot = |time: i64| time.div_euclid(step);
        let count = slot(*last).saturating_sub(slot(*first)).saturating_add(1);
        if count > MAX_STEPS {
            return Err(Error::data(
                "times",
                format!(
                    "{first} to {last} span {count} steps of {step_seconds} s; at most {MAX_STEPS} are allowed"
                ),
            ));
        }
        let mut samples: Vec<(i64, f64)> = times.iter().copied().zip(values.iter().copied()).collect();
        samples.sort_by_key(|(time, _)| *time);
        let empty = if how == Aggregation::Count { 0.0 } else { f64::NAN };
        let mut grid = vec![empty; usize::try_from(count).unwrap_or(0)];
        for step_samples in samples.chunk_by(|a, b| slot(a.0) == slot(b.0)) {
            let Some((time, _)) = step_samples.first() else { continue };
            let index = usize::try_from(slot(*time) - slot(*first)).unwrap_or(usize::MAX);
            if let Some(value) = grid.get_mut(index) {
                *value = aggregate(step_samples.iter().map(|(_, value)| *value), how);
            }
        }
        Series::new(grid, slot(*first).saturating_mul(step), step_seconds)
    }

    /// A series from samples taken regularly, in any order: the step is the smallest distance of two times, the first step begins
    /// at the first time, steps without a sample are missing, samples of the same time are averaged. `times` in Unix
    /// milliseconds.
    ///
    /// # Errors
    /// [`Error::Data`] for times of which the distances are not multiples of the smallest (aggregate such samples by
    /// [`Series::from_samples`]), infinite values or unequal lengths; [`Error::NotReady`] for fewer than two different times.
    pub fn from_regular(times: &[i64], values: &[f64]) -> Result<Self> {
        same_length("values", values.len(), "times", times.len())?;
        let step_seconds = smallest_step(times)?;
        let step = whole_milliseconds(step_seconds)?;
        let first = times.iter().copied().min().unwrap_or(0);
        // From the smallest to the largest of i64 is more than i64 holds.
        let since_first = |time: &i64| time.checked_sub(first).unwrap_or(i64::MAX);
        if let Some(i) = times.iter().position(|time| since_first(time) % step != 0) {
            let time = times.get(i).copied().unwrap_or(0);
            let problem = format!(
                "are not regular: value {i} of {}, {time}, is no multiple of the smallest distance, {step_seconds} s, after \
                 the first, {first}; aggregate them with from_samples",
                times.len()
            );
            return Err(Error::data("times", problem));
        }
        let since_first: Vec<i64> = times.iter().map(since_first).collect();
        let grid = Series::from_samples(&since_first, values, step_seconds, Aggregation::Mean)?;
        Series::new(grid.values, first, step_seconds)
    }

    /// A series from CSV text with a header line: the first column holds RFC 3339 times (UTC when no offset is
    /// given) or Unix times (seconds, or milliseconds from 10¹¹ on), `column` the load (the second column when not
    /// named). An empty field is a missing value. The step is the smallest distance of two times unless given.
    /// Samples of one step are averaged.
    ///
    /// # Errors
    /// [`Error::Data`] names the line that cannot be read; [`Error::Config`] for an unknown column.
    pub fn from_csv(text: &str, column: Option<&str>, step_seconds: Option<f64>) -> Result<Self> {
        let (times, values) = super::csv_text::read(text, column)?;
        let step_seconds = match step_seconds {
            Some(step_seconds) => step_seconds,
            None => smallest_step(&times)?,
        };
        Series::from_samples(&times, &values, step_seconds, Aggregation::Mean)
    }

    /// The values, NaN = missing.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Unix milliseconds at which the first step begins.
    pub fn start(&self) -> i64 {
        self.start
    }

    /// Seconds per step.
    pub fn step_seconds(&self) -> f64 {
        self.step_milliseconds as f64 / 1000.0
    }

    /// Milliseconds per step.
    pub fn step_milliseconds(&self) -> i64 {
        self.step_milliseconds
    }

    /// Count of steps.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Unix milliseconds at which each step begins.
    pub fn times(&self) -> impl Iterator<Item = i64> {
        (self.start..).step_by(usize::try_from(self.step_milliseconds).unwrap_or(1)).take(self.values.len())
    }

    /// The same load on a coarser grid (steps aggregated by `how`, each belonging to where it begins) or on a finer
    /// one (a whole fraction of this step: values repeated; sums and counts split evenly).
    ///
    /// # Errors
    /// [`Error::Config`] for a bad step, or a finer one that is not a whole fraction; [`Error::Data`] for an empty series.
    pub fn resample(&self, step_seconds: f64, how: Aggregation) -> Result<Self> {
        let step = whole_milliseconds(step_seconds)?;
        if step >= self.step_milliseconds {
            let times: Vec<i64> = self.times().collect();
            return Series::from_samples(&times, &self.values, step_seconds, how);
        }
        if self.step_milliseconds % step != 0 {
            return Err(Error::config(
                "step_seconds",
                format!("{step_seconds} is not a whole fraction of {}", self.step_seconds()),
            ));
        }
        let parts = self.step_milliseconds / step;
        if (self.values.len() as i64).saturating_mul(parts) > MAX_STEPS {
            return Err(Error::config(
                "step_seconds",
                format!("{step_seconds} gives more than {MAX_STEPS} steps"),
            ));
        }
        let share = match how {
            Aggregation::Sum | Aggregation::Count => 1.0 / parts as f64,
            _ => 1.0,
        };
        let parts = usize::try_from(parts).unwrap_or(1);
        let values = self.values.iter().flat_map(|value| std::iter::repeat_n(value * share, parts)).collect();
        Series::new(values, self.start, step_seconds)
    }

    /// The same series with its missing values replaced.
    ///
    /// # Errors
    /// [`Error::NotReady`] when no value is known; [`Error::Config`] for a period of 0.
    pub fn fill(&self, how: Fill) -> Result<Self> {
        if !self.values.is_empty() && self.values.iter().all(|value| value.is_nan()) {
            return Err(Error::not_ready("values", format!("all {} are missing", self.values.len())));
        }
        let values = match how {
            Fill::Linear => linear(&self.values),
            Fill::Hold => hold(&self.values),
            Fill::Seasonal { period: 0 } => {
                return Err(Error::config("period", "must be at least 1 step, got 0"));
            }
            Fill::Seasonal { period } => linear(&seasonal(&self.values, period)),
        };
        Ok(Series { values, ..*self })
    }

    /// Writes the series as a snapshot.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::Series, self)
    }

    /// Reads a snapshot of a series.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of a series.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let read: Series = snapshot::load(snapshot::Kind::Series, bytes)?;
        let step_seconds = read.step_seconds();
        Series::new(read.values, read.start, step_seconds)
            .map_err(|error| Error::Snapshot { problem: error.to_string() })
    }
}

/// The step in milliseconds, refused unless it is a whole number above 0.
pub(crate) fn whole_milliseconds(step_seconds: f64) -> Result<i64> {
    let milliseconds = crate::error::positive("step_seconds", step_seconds)? * 1000.0;
    let whole = milliseconds.round();
    if !(1.0..=1e15).contains(&whole) || (milliseconds - whole).abs() > 1e-6 * whole {
        return Err(Error::config(
            "step_seconds",
            format!("must be a whole number of milliseconds up to 10^12 s, got {step_seconds} s"),
        ));
    }
    Ok(whole as i64)
}

fn aggregate(values: impl Iterator<Item = f64>, how: Aggregation) -> f64 {
    let mut known = values.filter(|value| !value.is_nan());
    if how == Aggregation::Count {
        return known.count() as f64;
    }
    let Some(first) = known.next() else { return f64::NAN };
    match how {
        Aggregation::Max => known.fold(first, f64::max),
        Aggregation::Min => known.fold(first, f64::min),
        Aggregation::Last => known.last().unwrap_or(first),
        Aggregation::Sum => known.fold(first, |sum, value| sum + value),
        Aggregation::Mean | Aggregation::Count => {
            let (sum, count) = known.fold((first, 1.0), |(sum, count), value| (sum + value, count + 1.0));
            sum / count
        }
    }
}

/// The smallest distance of two different times (Unix milliseconds, in any order), in seconds: the step of samples taken regularly.
///
/// # Errors
/// [`Error::NotReady`] for fewer than two different times.
pub fn smallest_step(times: &[i64]) -> Result<f64> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let distance = sorted.windows(2).filter_map(|pair| pair.last()?.checked_sub(*pair.first()?)).min();
    match distance {
        Some(milliseconds) => Ok(milliseconds as f64 / 1000.0),
        None => Err(Error::not_ready(
            "step_seconds",
            "cannot be read off fewer than two different times; give it",
        )),
    }
}

fn hold(values: &[f64]) -> Vec<f64> {
    let mut known = values.iter().copied().find(|value| !value.is_nan()).unwrap_or(f64::NAN);
    let keep = |value: &f64| {
        if !value.is_nan() {
            known = *value;
        }
        known
    };
    values.iter().map(keep).collect()
}

fn linear(values: &[f64]) -> Vec<f64> {
    let mut filled = hold(values);
    let mut known: Option<(usize, f64)> = None;
    for (i, right) in values.iter().copied().enumerate().filter(|(_, value)| !value.is_nan()) {
        if let Some((at, left)) = known {
            let steps = (i - at) as f64;
            let gap = filled.get_mut(at + 1..i).unwrap_or_default();
            gap.iter_mut()
                .enumerate()
                .for_each(|(k, value)| *value = left + (right - left) * (k + 1) as f64 / steps);
        }
        known = Some((i, right));
    }
    filled
}

fn seasonal(values: &[f64], period: usize) -> Vec<f64> {
    let earlier = same_phase(values.iter(), period);
    let mut later = same_phase(values.iter().rev(), period);
    later.reverse();
    let nearest =
        earlier.iter().zip(&later).map(|(a, b)| if a.periods <= b.periods { a.value } else { b.value });
    values.iter().zip(nearest).map(|(value, nearest)| if value.is_nan() { nearest } else { *value }).collect()
}

/// A known value and how many periods away it lies.
#[derive(Clone, Copy)]
struct Known {
    periods: usize,
    value: f64,
}

/// For each value the nearest known one of its phase, itself or a whole number of periods back.
fn same_phase<'a>(values: impl Iterator<Item = &'a f64>, period: usize) -> Vec<Known> {
    let mut nearest: Vec<Known> = Vec::new();
    for (i, value) in values.enumerate() {
        let back = i.checked_sub(period).and_then(|j| nearest.get(j)).copied();
        let back = back.unwrap_or(Known { periods: usize::MAX, value: f64::NAN });
        nearest.push(match value.is_nan() {
            true => Known { periods: back.periods.saturating_add(1), ..back },
            false => Known { periods: 0, value: *value },
        });
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAN: f64 = f64::NAN;

    fn series(values: &[f64]) -> Series {
        Series::new(values.to_vec(), 0, 60.0).unwrap()
    }

    #[test]
    fn samples_land_in_their_steps() {
        let times = [125_000, 1_000, 59_999, 61_000, 125_000];
        let values = [5.0, 1.0, 3.0, NAN, 7.0];
        let of = |how| Series::from_samples(&times, &values, 60.0, how).unwrap().values().to_vec();
        assert_eq!(of(Aggregation::Sum)[0], 4.0);
        assert_eq!(of(Aggregation::Mean)[2], 6.0);
        assert!(of(Aggregation::Mean)[1].is_nan());
        assert_eq!(of(Aggregation::Count), [2.0, 0.0, 2.0]);
        assert_eq!(of(Aggregation::Last)[2], 7.0);
        assert_eq!((of(Aggregation::Max)[0], of(Aggregation::Min)[0]), (3.0, 1.0));
    }

    #[test]
    fn grids_begin_at_multiples_of_the_step_also_before_1970() {
        let series = Series::from_samples(&[-1, 0], &[1.0, 2.0], 60.0, Aggregation::Mean).unwrap();
        assert_eq!((series.start(), series.values()), (-60_000, &[1.0, 2.0][..]));
    }

    #[test]
    fn regular_samples_keep_their_phase_and_others_are_refused() {
        let series = Series::from_regular(&[210_000, 30_000, 90_000, 90_000], &[4.0, 1.0, 2.0, 3.0]).unwrap();
        assert_eq!((series.start(), series.step_seconds(), series.len()), (30_000, 60.0, 4));
        assert!(
            series.values()[..2] == [1.0, 2.5] && series.values()[2].is_nan() && series.values()[3] == 4.0
        );
        let refused =
            |times: &[i64]| Series::from_regular(times, &vec![1.0; times.len()]).unwrap_err().to_string();
        assert!(
            refused(&[0, 60_000, 125_000])
                .starts_with("times: are not regular: value 2 of 3, 125000, is no multiple")
        );
        assert!(refused(&[5, 5]).starts_with("step_seconds: "));
        assert!(refused(&[i64::MIN, 0, 1, i64::MAX]).starts_with("times: "));
        assert!(Series::from_regular(&[0, 1], &[1.0]).unwrap_err().to_string().starts_with("values: "));
    }

    #[test]
    fn gaps_are_filled_three_ways() {
        let gaps = series(&[NAN, 1.0, NAN, NAN, 4.0, NAN]);
        assert_eq!(gaps.fill(Fill::Linear).unwrap().values(), [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]);
        assert_eq!(gaps.fill(Fill::Hold).unwrap().values(), [1.0, 1.0, 1.0, 1.0, 4.0, 4.0]);
        assert_eq!(gaps.fill(Fill::Seasonal { period: 3 }).unwrap().values(), [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]);
        let daily = series(&[10.0, 20.0, NAN, 20.0, 10.0, NAN]);
        assert_eq!(daily.fill(Fill::Seasonal { period: 2 }).unwrap().values()[2], 10.0);
        assert!(series(&[NAN, NAN]).fill(Fill::Hold).is_err());
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let refused = |result: Result<Series>| result.unwrap_err().to_string();
        assert_eq!(
            refused(Series::new(vec![1.0, f64::INFINITY], 0, 60.0)),
            "values: value 1 of 2 is infinite"
        );
        for step in [0.0, -1.0, NAN, f64::INFINITY, 1e-4, 0.00151, 1e300] {
            assert!(refused(Series::new(vec![], 0, step)).starts_with("step_seconds: "), "{step}");
        }
        assert!(refused(Series::new(vec![1.0], i64::MAX, 60.0)).starts_with("start: "));
        assert!(refused(Series::from_samples(&[1], &[], 60.0, Aggregation::Mean)).starts_with("values: "));
        assert!(refused(Series::from_samples(&[], &[], 60.0, Aggregation::Mean)).starts_with("times: "));
        let wild = Series::from_samples(&[i64::MIN, i64::MAX], &[1.0, 1.0], 1.0, Aggregation::Mean);
        assert!(refused(wild).starts_with("times: "));
        assert!(refused(series(&[1.0]).resample(7.0, Aggregation::Mean)).contains("whole fraction"));
    }

    proptest! {
        #[test]
        fn coarser_and_finer_grids_keep_the_total(values in prop::collection::vec(0.0..1e6f64, 1..200), parts in 1i64..8) {
            let fine = series(&values);
            let total: f64 = values.iter().sum();
            let coarse = fine.resample(60.0 * parts as f64, Aggregation::Sum).unwrap();
            prop_assert!((coarse.values().iter().sum::<f64>() - total).abs() <= 1e-9 * total.max(1.0));
            let finer = fine.resample(60.0 / 4.0, Aggregation::Sum).unwrap();
            prop_assert!((finer.values().iter().sum::<f64>() - total).abs() <= 1e-9 * total.max(1.0));
            prop_assert_eq!(finer.len(), 4 * values.len());
        }

        #[test]
        fn shuffled_samples_give_the_same_series(values in prop::collection::vec(0.0..1e6f64, 2..100)) {
            let times: Vec<i64> = (0..values.len() as i64).map(|i| i * 7_919).collect();
            let backwards: (Vec<i64>, Vec<f64>) = times.iter().rev().zip(values.iter().rev()).unzip();
            let forwards = Series::from_samples(&times, &values, 30.0, Aggregation::Mean).unwrap();
            prop_assert_eq!(Series::from_samples(&backwards.0, &backwards.1, 30.0, Aggregation::Mean).unwrap(), forwards);
        }

        #[test]
        fn snapshots_bring_back_the_series(values in prop::collection::vec(prop_oneof![-1e9..1e9f64, Just(NAN)], 0..50), start in -1_000_000_000i64..1_000_000_000) {
            let series = Series::new(values, start, 0.25).unwrap();
            prop_assert_eq!(Series::restore(&series.snapshot().unwrap()).unwrap(), series);
        }
    }
}
