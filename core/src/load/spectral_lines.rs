//! The lines of a load's spectrum: frequencies at which it has more power than noise explains.
//!
//! The load is made robust (a straight line through medians taken off, outliers drawn in, gaps bridged), and waves are taken off
//! one after the other, the strongest first, as CLEAN does (Roberts, Lehár & Dreher 1987, Astron. J. 93), because a strong line
//! leaks into its neighbourhood and hides the background there; all are fitted anew as each one comes in. A line is real when its power
//! exceeds the background of what is left by more than chance allows at any frequency (Fisher 1929, "Tests of Significance in
//! Harmonic Analysis").
//!
//! The fast transform only proposes: frequencies, powers and fits come from sums in a fixed order.

use super::dft::transform;
use super::spectral_background::Background;
use super::spectral_input::{bridge, prepare, straighten};
use super::spectral_wave::Wave;
use crate::error::Result;
use crate::math::{Sum, ln};
use std::f64::consts::PI;

/// Probability that noise shows a line anywhere in the spectrum.
const FALSE_ALARM: f64 = 0.003;
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
/// With fewer cycles than this a line needs more evidence, 1.8 times as much with 2: so slow a wave leaves the background no room.
const FEW_CYCLES: f64 = 2.8;
/// With fewer cycles than this, the evidence against the least favourable background is this much below that against the true one.
const SLOW_CYCLES: f64 = 16.0;
const SLOW_GRACE: f64 = 1.2;
/// Times that all waves are fitted anew while the others are off.
const SETTLINGS: usize = 2;

/// A line of the spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    /// Cycles a step.
    pub(super) frequency: f64,
    /// Share of the variance of the prepared load.
    pub(super) share: f64,
    /// Power over the background's.
    pub(super) ratio: f64,
}

/// The lines of a load and the load that they were found in.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// By frequency, the lowest first.
    pub(super) lines: Vec<Line>,
    /// Without trend and outliers, on a scale of its own; NaN = missing.
    pub(super) prepared: Vec<f64>,
}

/// The lines of `values` (NaN = missing, not infinite) with at least `least_cycles` cycles.
pub(super) fn find(values: &[f64], least_cycles: f64) -> Result<Lines> {
    let Some(prepared) = prepare(values) else { return Ok(Lines::default()) };
    let mut search = Search::new(&prepared, least_cycles)?;
    let threshold = ln(0.75 * search.n / FALSE_ALARM);
    let enough = |cycles: f64, evidence: f64, _: f64| {
        let least = if cycles < SLOW_CYCLES { threshold - SLOW_GRACE } else { threshold };
        evidence > least * (1.0 + (FEW_CYCLES - cycles).max(0.0))
    };
    for _ in 0..ROUNDS {
        let clear = search.clear(threshold);
        if !clear.is_empty() {
            search.keep(&clear, enough)?;
        } else if !search.keep(&search.hidden(), enough)? {
            break;
        }
    }
    for _ in 0..MOST_BASES {
        let base = search.missing_base();
        if !search.keep(&Vec::from_iter(base), |_, _, ratio| ratio > BASE_RATIO)? {
            break;
        }
    }
    let mut lines: Vec<Line> = search.found.iter().map(|found| found.line).collect();
    lines.sort_by(|a, b| a.frequency.total_cmp(&b.frequency));
    Ok(Lines { lines, prepared })
}

/// The lines found so far, and what they leave.
struct Search {
    n: f64,
    least_cycles: f64,
    /// Of the padded spectrum; and what it has for one frequency that n values can tell apart.
    length: usize,
    padding: f64,
    /// Sum of the squares of the prepared load.
    total: f64,
    found: Vec<Found>,
    /// Frequencies that stood out but were no lines.
    refused: Vec<f64>,
    rest: Vec<f64>,
    power: Vec<f64>,
    background: Background,
}

#[derive(Debug, Clone, Copy)]
struct Found {
    line: Line,
    wave: Wave,
    certain: bool,
}

/// A local maximum of the spectrum.
#[derive(Debug, Clone, Copy)]
struct Peak {
    position: f64,
    power: f64,
    /// Over the background's.
    ratio: f64,
}

impl Search {
    fn new(prepared: &[f64], least_cycles: f64) -> Result<Search> {
        let length = padded(2 * prepared.len());
        let padding = length as f64 / prepared.len() as f64;
        let power = power(prepared, length)?;
        Ok(Search {
            n: prepared.len() as f64,
            least_cycles,
            length,
            padding,
            total: Sum::of(prepared.iter().filter(|x| !x.is_nan()).map(|x| x * x)),
            found: Vec::new(),
            refused: Vec::new(),
            rest: prepared.to_vec(),
            background: Background::fit(&power, length, padding, &[]),
            power,
        })
    }

    /// Takes waves near these frequencies off and keeps those with enough (cycles, evidence, ratio to the background) for a line;
    /// answers whether there was one.
    fn keep(&mut self, frequencies: &[f64], enough: impl Fn(f64, f64, f64) -> bool) -> Result<bool> {
        let known = self.found.len();
        for near in frequencies {
            if self.found.iter().all(|other| (other.line.frequency - near).abs() * self.n >= 1.0) {
                let (wave, explained) = Wave::take(&mut self.rest, *near);
                let line = Line { frequency: wave.frequency, share: explained / self.total, ratio: 0.0 };
                self.found.push(Found { line, wave, certain: false });
            }
        }
        if self.found.len() > known {
            self.settle();
            self.look()?;
            self.judge(enough);
            let (kept, dropped): (Vec<Found>, Vec<Found>) =
                self.found.iter().partition(|found| found.certain);
            self.found = kept;
            if !dropped.is_empty() {
                dropped.iter().for_each(|found| found.wave.add_to(&mut self.rest));
                self.look()?;
            }
        }
        let lost =
            |near: &f64| self.found.iter().all(|found| (found.line.frequency - near).abs() * self.n >= 1.0);
        self.refused.extend(frequencies.iter().filter(|near| lost(near)));
        Ok(self.found.len() > known)
    }

    /// Fits each wave anew while the others are off: they and the trend pull at each other.
    fn settle(&mut self) {
        for _ in 0..SETTLINGS {
            straighten(&mut self.rest);
            for found in &mut self.found {
                found.wave.add_to(&mut self.rest);
                let (wave, explained) = Wave::take(&mut self.rest, found.line.frequency);
                found.wave = wave;
                found.line.frequency = wave.frequency;
                found.line.share = explained / self.total;
            }
        }
        straighten(&mut self.rest);
    }

    fn look(&mut self) -> Result<()> {
        self.power = power(&self.rest, self.length)?;
        let holes: Vec<f64> = self.found.iter().map(|found| self.position(found.line.frequency)).collect();
        self.background = Background::fit(&self.power, self.length, self.padding, &holes);
        Ok(())
    }

    fn judge(&mut self, enough: impl Fn(f64, f64, f64) -> bool) {
        let stronger = |line: &Line, other: &Line| {
            let distance = (other.frequency - line.frequency).abs() * self.n;
            other.share > line.share
                && (distance < 1.0 || line.share * distance * distance < SHADOW * other.share)
        };
        let judged = |found: &Found| {
            let line = &found.line;
            let position = self.position(line.frequency);
            let power = 0.5 * line.share * self.total;
            let ratio = power / self.background.at(position);
            let cycles = line.frequency * self.n;
            let certain = enough(cycles, self.background.evidence(position, power), ratio)
                && line.share > LEAST_SHARE
                && cycles > 0.97 * self.least_cycles
                && !self.found.iter().any(|other| stronger(line, &other.line));
            Found { line: Line { ratio, ..*line }, certain: found.certain || certain, ..*found }
        };
        self.found = self.found.iter().map(judged).collect();
    }

    fn position(&self, frequency: f64) -> f64 {
        frequency * self.length as f64
    }

    /// The peaks of the spectrum, the strongest first.
    fn peaks(&self) -> Vec<Peak> {
        let lowest = (self.least_cycles * self.padding - 0.5).ceil().max(1.0) as usize;
        let highest = |(three, at): (&[f64], usize)| match three {
            [left, middle, right] if middle > left && middle >= right => {
                let shift = 0.5 * (left - right) / (left - 2.0 * middle + right);
                // In whole 32nds: what is computed from here on no longer depends on the last bits of the transform.
                let position = (32.0 * (at as f64 + shift)).round() / 32.0;
                Some(Peak { position, power: *middle, ratio: middle / self.background.at(at as f64) })
            }
            _ => None,
        };
        let mut peaks: Vec<Peak> =
            self.power.windows(3).zip(1usize..).skip(lowest - 1).filter_map(highest).collect();
        // Half the sample rate has a neighbour on one side only, and all its power in the cosine.
        let end = self.power.len().saturating_sub(1) as f64;
        if let [.., before, last] = self.power.as_slice()
            && last > before
        {
            peaks.push(Peak { position: end, power: *last, ratio: 0.5 * last / self.background.at(end) });
        }
        peaks.sort_by(|a, b| b.power.total_cmp(&a.power));
        peaks
    }

    /// Frequencies of peaks that stand out from the background and are not what a stronger one leaks.
    fn clear(&self, threshold: f64) -> Vec<f64> {
        let mut chosen: Vec<Peak> = Vec::new();
        for peak in self.peaks().iter().filter(|peak| peak.ratio >= threshold) {
            let frequency = peak.position / self.length as f64;
            let distance = |other: &Peak| (other.position - peak.position).abs() / self.padding;
            let leak = |other: &Peak| other.power / (PI * distance(other)) / (PI * distance(other));
            if chosen.iter().all(|other| distance(other) >= APART)
                && peak.power > 4.0 * chosen.iter().map(leak).sum::<f64>()
                && self.refused.iter().all(|other| (other - frequency).abs() * self.n >= 0.5)
            {
                chosen.push(*peak);
            }
            if chosen.len() >= LINES_A_ROUND {
                break;
            }
        }
        chosen.iter().map(|peak| peak.position / self.length as f64).collect()
    }

    /// Where nothing stands out: frequencies that may themselves be what lifts the background. The strongest of all with the wave that it
    /// belongs to, and the one that comes nearest.
    fn hidden(&self) -> Vec<f64> {
        let peaks = self.peaks();
        let nearest = peaks.iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio));
        let (Some(strongest), Some(nearest)) = (peaks.first(), nearest) else { return Vec::new() };
        let end = self.power.len() as f64;
        let multiples = |base: f64| {
            let highest = (end / base).min(MOST_HARMONICS) as u32;
            (1..=highest).map(move |k| base * f64::from(k))
        };
        // A short pulse may have its strongest line at a harmonic: its base is the fraction whose multiples stand out most.
        let standing_out = |base: f64| {
            let around =
                |at: f64| self.power.get((at - 1.0) as usize..=(at + 1.0) as usize).unwrap_or_default();
            let ratio = |at: f64| around(at).iter().copied().fold(1e-300, f64::max) / self.background.at(at);
            multiples(base).map(|at| ln(ratio(at))).sum::<f64>() / multiples(base).count() as f64
        };
        let fractions = [1.0, 2.0, 3.0, 4.0].map(|k| strongest.position / k);
        let long_enough = fractions.into_iter().filter(|base| *base > self.least_cycles * self.padding - 0.5);
        let base = long_enough.max_by(|a, b| standing_out(*a).total_cmp(&standing_out(*b)));
        let mut tried: Vec<f64> = multiples(base.unwrap_or(strongest.position)).collect();
        if tried.iter().all(|position| (position - nearest.position).abs() > APART * self.padding) {
            tried.push(nearest.position);
        }
        tried.iter().map(|position| position / self.length as f64).collect()
    }

    /// The frequency of which several lines are harmonics while it is no line itself, as with short pulses: of the fractions of
    /// the strongest lines' frequencies, the one with most harmonics among the lines (the highest of equals).
    fn missing_base(&self) -> Option<f64> {
        let near = |frequency: f64, other: f64| (frequency - other).abs() * self.n < 0.5;
        let mut lines: Vec<&Line> = self.found.iter().map(|found| &found.line).collect();
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
                if base * self.n < self.least_cycles.max(3.0)
                    || lines.iter().any(|line| near(line.frequency, base))
                {
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
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
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
