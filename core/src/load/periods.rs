//! After how long does a load repeat itself? Several answers at once: a day, a week, a batch job every 20 minutes.
//!
//! Candidates are the lines of the spectrum that noise does not explain; harmonics are counted to the period that they belong to;
//! what remains is confirmed on the autocorrelation: the load must be more like itself one period ago than half a period
//! ago (after Vlachos, Yu & Castelli 2005, "On Periodicity Detection and Structural Periodic Similarity", SDM).

use super::period_length::{rounded, sharpened};
use super::spectral_input::bridge;
use super::spectral_lines::{self, Line, Lines};
use crate::error::{Error, Result, positive};

/// Fewer cycles are no repetition.
const LEAST_CYCLES: f64 = 2.0;
const MOST_VALUES: usize = 10_000_000;
/// A harmonic whose neighbours are below this share of it is a wave of its own...
const BESIDE: f64 = 0.15;
/// ...if it has at least this share of its base.
const OF_ITS_OWN: f64 = 0.25;
/// Up to this multiple a line is a harmonic whatever is beside it; far up, only its neighbours tell.
const LOW_MULTIPLE: f64 = 3.0;
const HIGH_MULTIPLE: f64 = 12.0;
/// A low harmonic with this many times the power of its base is a wave of its own.
const LOUD: f64 = 4.0;

/// A period of a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Period {
    /// Its length in seconds.
    pub seconds: f64,
    /// Share of the load's variance (without trend and outliers) that it explains with its harmonics, in (0, 1].
    pub strength: f64,
}

/// The periods of `values`, which are `step_seconds` (> 0) apart (NaN = missing): at most `max_periods`, the strongest first; none
/// for noise, white or autocorrelated, and for constants.
///
/// A straight trend, gaps and outliers do no harm while at least half of the values are known. A period is between 2 steps and half of
/// what was measured; slow ones need more evidence, a clear one 3 cycles. Its length is sharper than one frequency of the transform,
/// and a round one (a day, 20 minutes, whole steps) where the data cannot tell the difference. O(n log n).
///
/// # Errors
/// [`Error::Config`] for a bad step; [`Error::Data`] for an infinite value, or more than 10,000,000.
///
/// ```
/// let hours = (0..24 * 14).map(|t| 100.0 + 30.0 * (std::f64::consts::TAU * f64::from(t) / 24.0).sin());
/// let found = forescale::load::periods(&hours.collect::<Vec<_>>(), 3600.0, 3)?;
/// assert_eq!((found.len(), found[0].seconds), (1, 86_400.0));
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn periods(values: &[f64], step_seconds: f64, max_periods: usize) -> Result<Vec<Period>> {
    positive("step_seconds", step_seconds)?;
    if values.len() > MOST_VALUES {
        return Err(Error::data("values", format!("has {}, more than {MOST_VALUES}", values.len())));
    }
    if let Some(i) = values.iter().position(|value| value.is_infinite()) {
        return Err(Error::data("values", format!("value {i} of {} is infinite", values.len())));
    }
    let Lines { lines, mut prepared } = spectral_lines::find(values, LEAST_CYCLES)?;
    let n = prepared.len() as f64;
    let mut bases: Vec<Base> = bases(&lines, n);
    for base in &mut bases {
        base.frequency = sharpened(&prepared, &base.line);
    }
    bridge(&mut prepared);
    bases.retain(|base| repeats(&prepared, 1.0 / base.frequency));
    bases.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    let period = |base: &Base| Period {
        seconds: rounded(base.frequency, &base.line, n, step_seconds),
        strength: base.strength.min(1.0),
    };
    Ok(bases.iter().take(max_periods).map(period).collect())
}

/// A line with what its harmonics explain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Base {
    pub(crate) line: Line,
    pub(crate) frequency: f64,
    pub(crate) strength: f64,
}

/// The lines that are no harmonics, each with the shares of those that are, the lowest first.
pub(crate) fn bases(lines: &[Line], n: f64) -> Vec<Base> {
    let mut bases: Vec<Base> = Vec::new();
    for line in lines.iter().filter(|line| line.certain) {
        match bases.iter().position(|base| is_harmonic(line, &base.line, lines, n)) {
            Some(owner) => {
                if let Some(base) = bases.get_mut(owner) {
                    base.strength += line.share;
                }
            }
            None => bases.push(Base { line: *line, frequency: line.frequency, strength: line.share }),
        }
    }
    bases
}

/// Whether a line belongs to the wave of a lower one: at a multiple of its frequency, and not as if it were there for itself,
/// as the day is within the week, which has nothing like it at 6 and 8 times its frequency.
fn is_harmonic(line: &Line, base: &Line, lines: &[Line], n: f64) -> bool {
    let multiple = (line.frequency / base.frequency).round();
    let near = |frequency: f64, k: f64| (frequency - k * base.frequency).abs() * n < 0.35 + 0.15 * k.min(4.0);
    if multiple < 2.0 || !near(line.frequency, multiple) {
        return false;
    }
    if multiple <= LOW_MULTIPLE {
        return line.share < LOUD * base.share;
    }
    let beside = |offset: f64| {
        let k = multiple + offset;
        lines.iter().any(|other| near(other.frequency, k) && other.share > BESIDE * line.share)
    };
    let quiet = multiple <= HIGH_MULTIPLE && line.share < OF_ITS_OWN * base.share;
    quiet || [-2.0, -1.0, 1.0, 2.0].into_iter().any(beside)
}

/// Whether the load, without what is slower than a period, is more like itself one period ago than half a period ago.
fn repeats(values: &[f64], period: f64) -> bool {
    let n = values.len();
    let width = (period.round() as usize).clamp(2, n.max(2));
    let mut sums = Vec::with_capacity(n + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for value in values {
        sum += value;
        sums.push(sum);
    }
    let up_to = |at: usize| sums.get(at).copied().unwrap_or(sum);
    let quick = |(t, value): (usize, &f64)| {
        let from = t.saturating_sub(width / 2).min(n.saturating_sub(width));
        value - (up_to(from + width) - up_to(from)) / width as f64
    };
    let quick: Vec<f64> = values.iter().enumerate().map(quick).collect();
    let likeness = |lag: f64| {
        let lag = lag.round() as usize;
        let products = quick.iter().zip(quick.iter().skip(lag)).map(|(a, b)| a * b);
        products.sum::<f64>() / n.saturating_sub(lag).max(1) as f64
    };
    let whole = likeness(period);
    whole > 0.0 && whole > likeness(0.5 * period)
}
