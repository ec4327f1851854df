//! The lines of a load's spectrum: frequencies at which it has more power than noise explains.
//!
//! The load is made robust (a straight line through medians taken off, outliers drawn in, gaps bridged), and lines are removed
//! one after the other, the strongest first, as CLEAN does (Roberts, Lehár & Dreher 1987, Astron. J. 93), because a strong line
//! leaks into its neighbourhood and hides the background there. A line is real when its power exceeds the background of what
//! is left by more than chance allows at any frequency (Fisher 1929, "Tests of Significance in Harmonic Analysis").
//!
//! The fast transform only proposes: frequencies, powers and fits come from sums in a fixed order.

use super::dft::transform;
use super::spectral_background::Background;
use super::spectral_input::{bridge, prepare, straighten};
use crate::error::Result;
use crate::math::{Sum, cos, ln, sin};
use std::f64::consts::{PI, TAU};

/// Probability that noise shows a line anywhere in the spectrum.
const FALSE_ALARM: f64 = 0.004;
/// A line explains at least this share of the variance: what is smaller may be rounding.
const LEAST_SHARE: f64 = 1e-6;
const ROUNDS: usize = 12;
const LINES_A_ROUND: usize = 12;
/// Neighbours in one round keep this distance, in frequencies that n values can tell apart.
const APART: f64 = 4.0;
/// Harmonics that may hide a line from itself.
const MOST_HARMONICS: f64 = 8.0;
/// A frequency whose harmonics are lines is one itself from this ratio on (probability 1 % in noise).
const BASE_RATIO: f64 = 4.6;
/// A line this much weaker than one at the distance of one frequency is what an imperfect removal leaves of it; the square of
/// the distance counts against that.
const SHADOW: f64 = 0.02;
const MOST_BASES: usize = 4;
/// A slow line needs this much more: there the background is least certain. At 3 cycles twice as much, at 30 a tenth more.
const FEW_CYCLES: f64 = 3.0;

/// A line of the spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    /// Cycles a step.
    pub(crate) frequency: f64,
    /// Share of the variance of the prepared load.
    pub(crate) share: f64,
    /// Power over the background's.
    pub(crate) ratio: f64,
    /// Whether it is more than chance; the others were looked at beside it.
    pub(crate) certain: bool,
}

/// The lines of a load and the load that they were found in.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// By frequency, the lowest first.
    pub(crate) lines: Vec<Line>,
    /// Without trend and outliers, on a scale of its own; NaN = missing.
    pub(crate) prepared: Vec<f64>,
    /// What the removal of all lines left of it.
    pub(crate) rest: Vec<f64>,
    /// All waves that were removed: frequency, cosine, sine.
    pub(crate) removed: Vec<[f64; 3]>,
}

/// The lines of `values` (NaN = missing, not infinite) with at least `least_cycles` cycles.
pub(crate) fn find(values: &[f64], least_cycles: f64) -> Result<Lines> {
    let Some(prepared) = prepare(values) else { return Ok(Lines::default()) };
    let n = prepared.len() as f64;
    let length = padded(2 * prepared.len());
    let padding = length as f64 / n;
    let total = Sum::of(prepared.iter().filter(|x| !x.is_nan()).map(|x| x * x));
    let threshold = ln(0.75 * n / FALSE_ALARM);
    let lowest = (least_cycles * padding - 0.5).ceil().max(1.0) as usize;
    let mut rest = prepared.clone();
    let mut waves: Vec<[f64; 3]> = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    let mut spectrum = power(&rest, length)?;
    let mut background = Background::fit(&spectrum, length, padding);
    for _ in 0..ROUNDS {
        let chosen = candidates(&spectrum, &background, lowest, padding, threshold);
        if chosen.is_empty() {
            break;
        }
        let mut removed = Vec::new();
        for position in chosen {
            let frequency = refine(&rest, position / length as f64);
            let share = remove(&mut rest, frequency, &mut waves) / total;
            removed.push(Line { frequency, share, ratio: 0.0, certain: false });
        }
        straighten(&mut rest);
        spectrum = power(&rest, length)?;
        background = Background::fit(&spectrum, length, padding);
        let certain = lines.iter().filter(|line| line.certain).count();
        let shadow = |line: &Line, other: &Line| {
            let distance = (other.frequency - line.frequency) * n;
            line.share < SHADOW * other.share / (distance * distance)
        };
        for mut line in removed {
            let close = |other: &Line| (other.frequency - line.frequency).abs() * n < 1.0;
            match lines.iter_mut().find(|other| close(other)) {
                Some(same) => same.share += line.share,
                None => {
                    let cycles = line.frequency * n;
                    line.ratio = line.share * total / (2.0 * background.at(line.frequency * length as f64));
                    line.certain = line.ratio > threshold * (1.0 + FEW_CYCLES / cycles)
                        && line.share > LEAST_SHARE
                        && cycles > 0.97 * least_cycles
                        && !lines.iter().any(|other| shadow(&line, other));
                    lines.push(line);
                }
            }
        }
        if lines.iter().filter(|line| line.certain).count() == certain {
            break;
        }
    }
    for _ in 0..MOST_BASES {
        let Some(base) = missing_base(&lines, n, least_cycles) else { break };
        let known = lines.iter().position(|line| (line.frequency - base).abs() * n < 1.0);
        let at = known.unwrap_or_else(|| {
            let frequency = refine(&rest, base);
            let share = remove(&mut rest, frequency, &mut waves) / total;
            let ratio = share * total / (2.0 * background.at(frequency * length as f64));
            lines.push(Line { frequency, share, ratio, certain: false });
            lines.len() - 1
        });
        match lines.get_mut(at) {
            Some(line) if line.ratio > BASE_RATIO && !line.certain => line.certain = true,
            _ => break,
        }
    }
    lines.sort_by(|a, b| a.frequency.total_cmp(&b.frequency));
    Ok(Lines { lines, prepared, rest, removed: waves })
}

/// The frequency of which several lines are harmonics while it is no line itself, as with short pulses: of the fractions of
/// the strongest lines' frequencies, the one with most harmonics among the lines (the highest of equals).
fn missing_base(lines: &[Line], n: f64, least_cycles: f64) -> Option<f64> {
    let near = |frequency: f64, other: f64| (frequency - other).abs() * n < 0.5;
    let mut lines: Vec<&Line> = lines.iter().filter(|line| line.certain).collect();
    lines.sort_by(|a, b| b.share.total_cmp(&a.share));
    let count = |base: f64| {
        let multiples = lines.iter().map(|line| (line.frequency, (line.frequency / base).round()));
        let mut found: Vec<u32> =
            multiples.filter(|(f, k)| *k <= 12.0 && near(*f, k * base)).map(|(_, k)| k as u32).collect();
        found.sort_unstable();
        found.dedup();
        let common = found.iter().copied().fold(0, greatest_common_divisor);
        if common == 1 { found.len() } else { 0 }
    };
    let mut best: Option<(usize, f64)> = None;
    for line in lines.iter().take(6) {
        for k in 2..=8u32 {
            let base = line.frequency / f64::from(k);
            // Frequencies so low that everything is near a multiple of them prove nothing.
            if base * n < least_cycles.max(3.0) || lines.iter().any(|line| near(line.frequency, base)) {
                continue;
            }
            let harmonics = count(base);
            if harmonics >= 2
                && best.is_none_or(|(most, at)| harmonics > most || (harmonics == most && base > at))
            {
                best = Some((harmonics, base));
            }
        }
    }
    best.map(|(_, base)| base)
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Peaks that stand out from the background, the strongest first, as positions in the spectrum. Where none does, those that
/// may themselves be what lifts the background: the strongest of all with its harmonics, and the one that comes nearest.
fn candidates(
    power: &[f64],
    background: &Background,
    lowest: usize,
    padding: f64,
    threshold: f64,
) -> Vec<f64> {
    let peaks =
        power.windows(3).zip(1usize..).skip(lowest.saturating_sub(1)).filter_map(|(three, at)| match three {
            [left, middle, right] if middle > left && middle >= right => {
                let shift = 0.5 * (left - right) / (left - 2.0 * middle + right);
                // In whole 32nds: what is computed from here on no longer depends on the last bits of the transform.
                let position = (32.0 * (at as f64 + shift)).round() / 32.0;
                Some(Peak { power: *middle, position, ratio: middle / background.at(at as f64) })
            }
            _ => None,
        });
    let mut peaks: Vec<Peak> = peaks.collect();
    // Half the sample rate has a neighbour on one side only.
    let end = power.len().saturating_sub(1);
    if let [.., before, last] = power
        && last > before
    {
        peaks.push(Peak { power: *last, position: end as f64, ratio: last / background.at(end as f64) });
    }
    peaks.sort_by(|a, b| b.power.total_cmp(&a.power));
    let mut chosen: Vec<Peak> = Vec::new();
    for peak in peaks.iter().filter(|peak| peak.ratio >= threshold) {
        let distance = |other: &Peak| (other.position - peak.position).abs() / padding;
        let leak = |other: &Peak| other.power / (PI * distance(other)) / (PI * distance(other));
        if chosen.iter().all(|other| distance(other) >= APART)
            && peak.power > 4.0 * chosen.iter().map(leak).sum::<f64>()
        {
            chosen.push(*peak);
        }
        if chosen.len() >= LINES_A_ROUND {
            break;
        }
    }
    if !chosen.is_empty() {
        return chosen.iter().map(|peak| peak.position).collect();
    }
    let nearest = peaks.iter().fold(None, |best: Option<&Peak>, peak| match best {
        Some(best) if best.ratio >= peak.ratio => Some(best),
        _ => Some(peak),
    });
    let (Some(strongest), Some(nearest)) = (peaks.first(), nearest) else { return Vec::new() };
    let highest = (power.len() as f64 / strongest.position).min(MOST_HARMONICS) as u32;
    let mut tried: Vec<f64> = (1..=highest).map(|k| strongest.position * f64::from(k)).collect();
    if tried.iter().all(|position| (position - nearest.position).abs() > APART * padding) {
        tried.push(nearest.position);
    }
    tried
}

#[derive(Debug, Clone, Copy)]
struct Peak {
    power: f64,
    position: f64,
    ratio: f64,
}

/// The smallest length of at least `n` that the fast transform likes: 2^a·3^b·5^c, even.
fn padded(n: usize) -> usize {
    let rough = |mut n: usize| {
        for prime in [2, 3, 5] {
            while n.is_multiple_of(prime) {
                n /= prime;
            }
        }
        n == 1
    };
    (n.max(2)..).find(|n| n % 2 == 0 && rough(*n)).unwrap_or(n)
}

/// |X|²/n of the values padded with zeros.
fn power(values: &[f64], length: usize) -> Result<Vec<f64>> {
    let mut padded = values.to_vec();
    bridge(&mut padded);
    padded.resize(length, 0.0);
    let n = values.len() as f64;
    Ok(transform(padded)?.iter().map(|x| (x.re * x.re + x.im * x.im) / n).collect())
}

/// Calls `each(t, value, cos 2πft, sin 2πft)`; turns from a fresh sine every 128 steps, so that rounding does not grow.
fn with_wave(values: &[f64], frequency: f64, mut each: impl FnMut(usize, f64, f64, f64)) {
    let (turn_cos, turn_sin) = (cos(TAU * frequency), sin(TAU * frequency));
    for (block, chunk) in values.chunks(128).enumerate() {
        let angle = TAU * ((128 * block) as f64 * frequency).fract();
        let (mut c, mut s) = (cos(angle), sin(angle));
        for (k, value) in chunk.iter().enumerate() {
            each(128 * block + k, *value, c, s);
            (c, s) = (c * turn_cos - s * turn_sin, s * turn_cos + c * turn_sin);
        }
    }
}

impl Lines {
    /// The load without all lines but those near the lowest `harmonics` multiples of a frequency.
    pub(crate) fn alone(&self, frequency: f64, harmonics: usize) -> Vec<f64> {
        let n = self.rest.len() as f64;
        let own = |wave: &&[f64; 3]| {
            let k = (wave[0] / frequency).round();
            k >= 1.0 && k <= harmonics as f64 && (wave[0] - k * frequency).abs() * n < 1.0
        };
        let mut values = self.rest.clone();
        for [frequency, cosine, sine] in self.removed.iter().filter(own) {
            let mut each = values.iter_mut();
            with_wave(&self.rest, *frequency, |_, _, c, s| {
                if let Some(value) = each.next() {
                    *value += cosine * c + sine * s;
                }
            });
        }
        values
    }
}

/// The frequency near `frequency` at which the values' power is largest: Newton's method on |X(f)|².
fn refine(values: &[f64], frequency: f64) -> f64 {
    let n = values.len() as f64;
    let mut best = frequency;
    for _ in 0..3 {
        let middle = 0.5 * (n - 1.0);
        let [mut c0, mut s0, mut c1, mut s1, mut c2, mut s2] = [0.0; 6];
        with_wave(values, best, |t, x, c, s| {
            if x.is_nan() {
                return;
            }
            let t = t as f64 - middle;
            let (a, b) = (x * c, x * s);
            c0 += a;
            s0 += b;
            c1 += t * a;
            s1 += t * b;
            c2 += t * t * a;
            s2 += t * t * b;
        });
        // d/df of c0² + s0², where c0' = −2π·s1 and s0' = 2π·c1.
        let slope = 2.0 * TAU * (s0 * c1 - c0 * s1);
        let bend = 2.0 * TAU * TAU * (c1 * c1 + s1 * s1 - c0 * c2 - s0 * s2);
        if bend >= 0.0 {
            break;
        }
        let step = -slope / bend;
        best = (best + step.clamp(-0.3 / n, 0.3 / n))
            .clamp((frequency - 0.7 / n).max(0.1 / n), (frequency + 0.7 / n).min(0.5));
        if step.abs() < 1e-4 / n {
            break;
        }
    }
    best
}

/// Takes the least-squares wave of a frequency off and notes it; answers how much smaller the sum of squares became.
fn remove(values: &mut [f64], frequency: f64, waves: &mut Vec<[f64; 3]>) -> f64 {
    let [mut cc, mut cs, mut ss, mut xc, mut xs] = [0.0; 5];
    with_wave(values, frequency, |_, x, c, s| {
        if x.is_nan() {
            return;
        }
        cc += c * c;
        cs += c * s;
        ss += s * s;
        xc += x * c;
        xs += x * s;
    });
    let determinant = cc * ss - cs * cs;
    let n = values.len() as f64;
    // At half the sample rate the sine is zero everywhere.
    let (a, b) = if determinant > 1e-9 * n * n {
        ((xc * ss - xs * cs) / determinant, (xs * cc - xc * cs) / determinant)
    } else {
        (xc / cc, 0.0)
    };
    waves.push([frequency, a, b]);
    let copy = values.to_vec();
    let mut left = values.iter_mut();
    with_wave(&copy, frequency, |_, _, c, s| {
        if let Some(value) = left.next() {
            *value -= a * c + b * s;
        }
    });
    (a * xc + b * xs).max(0.0)
}
