//! After how long does a load repeat itself? Several answers at once: a day, a week, a batch job every 20 minutes.
use super::spectral_lines::{self, Line};
use crate::error::{Error, Result, positive};

const LEAST_CYCLES: f64 = 2.0;

/// A period of a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Period {
    /// Its length in seconds.
    pub seconds: f64,
    /// Share of the load's variance (without trend and outliers) that it explains, with its harmonics, in (0, 1].
    pub strength: f64,
}

/// doc
pub fn periods(values: &[f64], step_seconds: f64, max_periods: usize) -> Result<Vec<Period>> {
    positive("step_seconds", step_seconds)?;
    if let Some(i) = values.iter().position(|value| value.is_infinite()) {
        return Err(Error::data("values", format!("value {i} of {} is infinite", values.len())));
    }
    let found = spectral_lines::find(values, LEAST_CYCLES)?;
    let n = found.prepared.len() as f64;
    let mut by_frequency = found.lines;
    by_frequency.sort_by(|a, b| a.frequency.total_cmp(&b.frequency));
    let mut bases: Vec<(Line, f64)> = Vec::new();
    for line in &by_frequency {
        let owner = bases.iter().position(|(base, _)| is_harmonic(line, base, &by_frequency, n));
        match owner.and_then(|at| bases.get_mut(at)) {
            Some((_, strength)) => *strength += line.share,
            None => bases.push((*line, line.share)),
        }
    }
    let confirmed = |(base, _): &(Line, f64)| repeats(&found.prepared, 1.0 / base.frequency);
    let mut answers: Vec<Period> = bases.iter().filter(|base| confirmed(base))
        .map(|(base, strength)| Period { seconds: snapped(base, n, step_seconds), strength: strength.min(1.0) })
        .collect();
    answers.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    answers.truncate(max_periods);
    Ok(answers)
}

fn is_harmonic(line: &Line, base: &Line, lines: &[Line], n: f64) -> bool {
    let multiple = (line.frequency / base.frequency).round();
    let near = |frequency: f64, k: f64| (frequency - k * base.frequency).abs() * n < 0.35 + 0.15 * k.min(4.0);
    if multiple < 2.0 || !near(line.frequency, multiple) {
        return false;
    }
    if multiple < 3.5 {
        return line.share < 4.0 * base.share;
    }
    let beside = |offset: f64| {
        let k = multiple + offset;
        k >= 1.0 && lines.iter().any(|other| near(other.frequency, k) && other.share > 0.15 * line.share)
    };
    [-2.0, -1.0, 1.0, 2.0].into_iter().any(beside)
}

/// Whether the load, without what is slower than a period, is more like itself a period ago than half a period ago.
fn repeats(values: &[f64], period: f64) -> bool {
    let n = values.len();
    let width = (period.round() as usize).max(2);
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    for x in values { sum += x; sums.push(sum); }
    let at = |i: usize| sums.get(i).copied().unwrap_or(sum);
    let quick: Vec<f64> = values.iter().enumerate().map(|(t, x)| {
        let from = t.saturating_sub(width / 2).min(n.saturating_sub(width));
        let to = (from + width).min(n);
        x - (at(to) - at(from)) / (to - from) as f64
    }).collect();
    let like = |lag: f64| {
        let lag = lag.round() as usize;
        let pairs = n.saturating_sub(lag);
        quick.iter().zip(quick.iter().skip(lag)).map(|(a, b)| a * b).sum::<f64>() / pairs.max(1) as f64
    };
    let whole = like(period);
    if std::env::var_os("DBG").is_some() { eprintln!("repeats {period} {whole} {}", like(0.5*period)); }
    whole > 0.0 && whole > like(0.5 * period)
}

/// The period in seconds: a round one where the estimate cannot tell it from a round one.
fn snapped(line: &Line, n: f64, step_seconds: f64) -> f64 {
    let period = step_seconds / line.frequency;
    // The bound of Cramér and Rao for a frequency in noise.
    let relative = 2.0 * (6.0 / line.ratio).sqrt() / (std::f64::consts::TAU * n * line.frequency);
    let tolerance = period * relative.min(0.01);
    let units = [604_800.0, 86_400.0, 3_600.0, 600.0, 300.0, 60.0, 10.0, 1.0, step_seconds];
    let round = units.iter().map(|unit| (period / unit).round() * unit);
    round.filter(|round| *round > 0.0 && (round - period).abs() <= tolerance).next().unwrap_or(period)
}
