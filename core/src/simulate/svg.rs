//! Scales, axes and lines as SVG text.
//!
//! Written here because no plotting crate gives what one page for light and dark screens needs: colours by class, sub-pixel paths, weeks
//! drawn as the smallest and largest value of each pixel column, a calendar axis, and the same bytes on every platform.

use crate::math;
use std::fmt::Write as _;

/// Width of every chart in its own units, and where its plot begins and ends.
pub(super) const WIDTH: f64 = 1040.0;
pub(super) const LEFT: f64 = 72.0;
pub(super) const RIGHT: f64 = 1024.0;

/// Text that is safe between tags and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// A number for readers: three figures below 1,000, whole with separators from there; ∞ and – where there is none.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        return "–".into();
    }
    let size = value.abs();
    if size.is_infinite() {
        return if value > 0.0 { "∞".into() } else { "−∞".into() };
    }
    let digits = match size {
        _ if size >= 1e15 => return format!("{value:.2e}"),
        _ if size >= 100.0 || size == 0.0 => 0,
        _ if size >= 10.0 => 1,
        _ if size >= 1.0 => 2,
        _ if size >= 0.0005 => 3,
        _ => return format!("{value:.1e}"),
    };
    let text = format!("{size:.digits$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if value < 0.0 { "−" } else { "" };
    if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") }
}

/// A number for an axis: as short as it can be.
pub(super) fn tick_label(value: f64) -> String {
    let text = number(value);
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').into()
    } else {
        text
    }
}

/// Maps values to a coordinate; what lies outside is drawn at the edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
    from: f64,
    to: f64,
}

impl Scale {
    /// `low` to `high`, both finite, drawn from coordinate `from` to `to`.
    pub(super) fn linear(low: f64, high: f64, from: f64, to: f64) -> Self {
        let high = if high > low { high } else { low + low.abs().max(1.0) };
        Scale { low, high, logarithmic: false, from, to }
    }

    /// As [`Scale::linear`] with both ends above 0.
    pub(super) fn logarithmic(low: f64, high: f64, from: f64, to: f64) -> Self {
        let low = low.clamp(1e-300, 1e300);
        Scale { low, high: if high > low { high } else { 2.0 * low }, logarithmic: true, from, to }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            math::ln(value.max(self.low) / self.low) / math::ln(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// About `count` round values within the scale; of a logarithmic one no more, unless it spans so many powers of ten.
    pub(super) fn ticks(&self, count: f64) -> Vec<f64> {
        if self.logarithmic {
            let (first, last) = (decade(self.low), decade(self.high));
            let within = |steps: &[f64]| -> Vec<f64> {
                let decades =
                    std::iter::successors(Some(first), |at| Some(10.0 * at)).take_while(|at| *at <= last);
                let all = decades.flat_map(|at| steps.iter().map(move |step| at * step));
                all.filter(|at| (self.low..=self.high * (1.0 + 1e-9)).contains(at)).take(40).collect()
            };
            let choices = [within(&[1.0, 2.0, 5.0]), within(&[1.0, 3.0]), within(&[1.0])];
            let fits = |ticks: &&Vec<f64>| ticks.len() as f64 <= count;
            return choices.iter().find(fits).or(choices.last()).cloned().unwrap_or_default();
        }
        let rough = (self.high - self.low) / count.max(1.0);
        let ten = decade(rough);
        let step = [1.0, 2.0, 5.0, 10.0].iter().map(|s| s * ten).find(|step| *step >= rough).unwrap_or(rough);
        let first = (self.low / step).ceil();
        (0..40)
            .map(|i| (first + f64::from(i)) * step)
            .take_while(|at| *at <= self.high + 1e-9 * step)
            .collect()
    }
}

/// The largest power of ten that does not exceed a value above 0.
fn decade(value: f64) -> f64 {
    let mut ten = 1.0;
    if !(value > 0.0 && value.is_finite()) {
        return ten;
    }
    while ten > value {
        ten /= 10.0;
    }
    while ten * 10.0 <= value * (1.0 + 1e-12) {
        ten *= 10.0;
    }
    ten
}

/// What is drawn of the values that fall on one column of pixels.
#[derive(Debug, Clone, Copy)]
struct Column {
    low: f64,
    mean: f64,
    high: f64,
}

/// Smallest, mean and largest known value of each of `count` columns, or the values themselves when they are fewer.
fn columns(values: &[f64], count: usize) -> Vec<Option<Column>> {
    let count = count.min(values.len());
    let bounds = |i: usize| i * values.len() / count.max(1);
    (0..count)
        .map(|i| {
            let known = values.get(bounds(i)..bounds(i + 1))?.iter().copied().filter(|value| !value.is_nan());
            let (mut column, mut known_count) = (Column { low: f64::MAX, mean: 0.0, high: f64::MIN }, 0.0);
            for value in known {
                column.low = column.low.min(value);
                column.high = column.high.max(value);
                column.mean += value;
                known_count += 1.0;
            }
            column.mean /= known_count;
            (known_count > 0.0).then_some(column)
        })
        .collect()
}

/// Columns across a plot: one for each unit of its width.
const COLUMNS: usize = (RIGHT - LEFT) as usize;

/// A path that holds each value across its column: horizontal, then vertical. Neighbours at the same height are one line.
#[derive(Default)]
struct Steps {
    path: String,
    height: Option<i64>,
    reached: f64,
}

impl Steps {
    /// From where the last value ended on to `end` at `height`, both in tenths of a unit when written.
    fn hold(&mut self, begin: f64, end: f64, height: f64) {
        let tenths = (10.0 * height).round() as i64;
        let _ = match self.height {
            None => write!(self.path, "M{begin:.1} {height:.1}"),
            Some(last) if last == tenths => Ok(()),
            Some(_) => write!(self.path, "H{begin:.1}V{height:.1}"),
        };
        self.height = Some(tenths);
        self.reached = end;
    }

    /// Ends the line; the next value begins another.
    fn lift(&mut self) {
        if self.height.take().is_some() {
            let _ = write!(self.path, "H{:.1}", self.reached);
        }
    }
}

fn places(count: usize) -> impl DoubleEndedIterator<Item = (f64, f64)> + ExactSizeIterator {
    let width = (RIGHT - LEFT) / count.max(1) as f64;
    (0..count).map(move |i| (LEFT + i as f64 * width, LEFT + (i + 1) as f64 * width))
}

/// The path of a line through the values; of more values than columns, through the mean of each column.
pub(super) fn line(values: &[f64], y: &Scale) -> String {
    let columns = columns(values, COLUMNS);
    let mut steps = Steps::default();
    for ((begin, end), column) in places(columns.len()).zip(&columns) {
        match column {
            Some(column) => steps.hold(begin, end, y.at(column.mean)),
            None => steps.lift(),
        }
    }
    steps.lift();
    steps.path
}

/// The path around everything between two series: the smallest of the lower and the largest of the upper in each column.
pub(super) fn band(lower: &[f64], upper: &[f64], y: &Scale) -> String {
    let (lower, upper) = (columns(lower, COLUMNS), columns(upper, COLUMNS));
    let edges: Vec<Option<(f64, f64)>> =
        lower.iter().zip(&upper).map(|(low, high)| Some((low.as_ref()?.low, high.as_ref()?.high))).collect();
    let placed: Vec<_> = places(edges.len()).zip(&edges).collect();
    let mut path = String::new();
    for stretch in placed.chunk_by(|a, b| a.1.is_some() == b.1.is_some()) {
        let mut steps = Steps::default();
        for ((begin, end), edge) in stretch {
            edge.iter().for_each(|(_, high)| steps.hold(*begin, *end, y.at(*high)));
        }
        for ((begin, end), edge) in stretch.iter().rev() {
            edge.iter().for_each(|(low, _)| steps.hold(*end, *begin, y.at(*low)));
        }
        if steps.height.is_some() {
            steps.lift();
            path += &steps.path;
            path.push('Z');
        }
    }
    path
}

/// Whether a line through this many values needs the band that shows what its means hide.
pub(super) fn is_condensed(count: usize) -> bool {
    count > COLUMNS
}

/// Seconds from tick to tick that a reader of clocks and calendars expects.
const TIME_STEPS: [i64; 15] = [
    10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800, 604_800, 1_209_600, 2_419_200,
];

/// Times (Unix milliseconds) of the ticks between two times, at most 12, with their labels in UTC.
pub(super) fn time_ticks(start: i64, end: i64) -> Vec<(i64, String)> {
    let span = end.saturating_sub(start).max(1);
    let fits = |step: &&i64| span / (**step * 1000) <= 12;
    // Beyond a few years: as many four-week steps as it takes.
    let step = TIME_STEPS.iter().find(fits).map_or(2_419_200_000 * (span / 29_030_400_000 + 1), |s| s * 1000);
    // Weeks begin on Monday: the epoch was a Thursday.
    let monday = if step >= 604_800_000 { 4 * 86_400_000 } else { 0 };
    let first = start.saturating_sub(monday).div_euclid(step).saturating_mul(step).saturating_add(monday);
    let format =
        |time: i64| if step >= 86_400_000 || time.rem_euclid(86_400_000) == 0 { "%-d %b" } else { "%H:%M" };
    (0..15)
        .map(|i| first.saturating_add(step.saturating_mul(i)))
        .filter(|time| (start..=end).contains(time))
        .map(|time| (time, date(time, format(time))))
        .collect()
}

/// A time in UTC by `strftime`'s rules.
pub(super) fn date(time: i64, format: &str) -> String {
    let instant = jiff::Timestamp::from_millisecond(time);
    instant.map_or_else(
        |_| String::new(),
        |at| at.to_zoned(jiff::tz::TimeZone::UTC).strftime(format).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        let wanted = [
            (0.0, "0"),
            (0.1234, "0.123"),
            (1.5, "1.50"),
            (12.34, "12.3"),
            (999.6, "1,000"),
            (-11221.4, "−11,221"),
            (1_234_567.0, "1,234,567"),
            (f64::NAN, "–"),
            (f64::INFINITY, "∞"),
            (2e-5, "2.0e-5"),
            (1e300, "1.00e300"),
        ];
        wanted.iter().for_each(|(value, text)| assert_eq!(number(*value), *text));
        assert_eq!(
            (tick_label(1.5), tick_label(10.0), tick_label(100.0)),
            ("1.5".into(), "10".into(), "100".into())
        );
    }

    #[test]
    fn markup_in_a_name_is_only_text() {
        assert_eq!(escape("<script a='1'>&\n"), "&lt;script a=&#39;1&#39;&gt;&amp; ");
    }

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(Scale::linear(0.0, 43.0, 0.0, 1.0).ticks(5.0), [0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(Scale::logarithmic(0.04, 3.0, 0.0, 1.0).ticks(6.0).len(), 6);
        assert_eq!(Scale::logarithmic(0.1, 1e9, 0.0, 1.0).ticks(5.0).len(), 11);
        for (low, high) in [(0.0, 0.0), (5.0, 5.0), (0.0, f64::MAX), (-1e-300, 1e-300), (0.0, f64::NAN)] {
            let scale = Scale::linear(low, high, 0.0, 100.0);
            assert!(scale.ticks(5.0).len() <= 40 && scale.at(f64::INFINITY) == 100.0, "{low} to {high}");
        }
    }

    #[test]
    fn the_smallest_and_largest_of_each_column_are_drawn() {
        let mut values = vec![1.0; 20 * COLUMNS];
        values[5_000] = 9.0;
        let scale = Scale::linear(0.0, 10.0, 100.0, 0.0);
        assert!(band(&values, &values, &scale).contains("V10.0"), "one peak among many values is still seen");
        assert_eq!(line(&[1.0, 1.0, f64::NAN, 2.0], &scale), "M72.0 90.0H548.0M786.0 80.0H1024.0");
        assert_eq!(band(&[1.0, 1.0], &[2.0, 3.0], &scale), "M72.0 80.0H548.0V70.0H1024.0V90.0H72.0Z");
        assert_eq!((line(&[], &scale), band(&[], &[], &scale)), (String::new(), String::new()));
    }

    #[test]
    fn times_are_marked_at_whole_hours_days_and_mondays() {
        let labels =
            |start, end| time_ticks(start, end).into_iter().map(|(_, label)| label).collect::<Vec<_>>();
        assert_eq!(
            labels(893_980_800_000, 893_980_800_000 + 86_400_000)[..2],
            ["1 May", "02:00"].map(str::to_string)[..]
        );
        assert_eq!(labels(893_980_800_000, 893_980_800_000 + 30 * 86_400_000)[0], "4 May");
        assert!(time_ticks(i64::MIN / 2, i64::MAX / 2).len() <= 14);
        assert!(time_ticks(0, 0).len() <= 1);
    }
}
