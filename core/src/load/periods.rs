//! After how long does a load repeat itself? Several answers at once: a day, a week, a batch job every 20 minutes.
//!
//! Candidates are the lines of the spectrum that noise does not explain; harmonics are counted to the period that they belong to;
//! what remains is confirmed on the autocorrelation: the load must be more like itself one period ago than half a period
//! ago (after Vlachos, Yu & Castelli 2005, "On Periodicity Detection and Structural Periodic Similarity", SDM).

use super::period_length::rounded;
use super::spectral_input::bridge;
use super::spectral_lines::{self, Line};
use crate::error::{Error, Result, positive};
use crate::math::sin;
use std::f64::consts::{PI, TAU};

/// Fewer cycles are no repetition.
const LEAST_CYCLES: f64 = 2.0;
const MOST_VALUES: usize = 10_000_000;
/// A line at a multiple of another is a wave of its own where its neighbours have less than this share of its power and it has more
/// than so many times what edges of the other wave leave there (whose power falls with the square of the multiple)...
const BESIDE: f64 = 0.15;
const EDGES: f64 = 6.0;
/// ...unless its multiple is as low as this.
const LOW_MULTIPLE: f64 = 3.0;
/// It is one as well where it and its own harmonics have so many times the power of the other wave's other lines: half a day
/// beside a day...
const LOUD: f64 = 4.0;
/// ...and the m-th part of a period this over m − 1 times; a short pulse has 1 there.
const PART: f64 = 1.5;
/// Lines up to this multiple of it tell: farther up, other waves begin.
const NEAR: f64 = 4.0;

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
/// and one that clocks make (a day, 20 minutes), else whole steps, where the data cannot tell the difference. O(n log n + n · lines): about
/// 1 ms for 2,000 values, 5 ms for 20,000.
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
    let (bases, n) = confirmed(values)?;
    let period = |base: &Base| Period {
        seconds: rounded(base.frequency, base.error(n), n, step_seconds),
        strength: base.strength.min(1.0),
    };
    Ok(bases.iter().take(max_periods).map(period).collect())
}

/// The periodic waves of a load, as frequencies in cycles a step, those of one wave together: its base and the harmonics that were found.
/// The strongest wave first.
pub(crate) fn waves(values: &[f64], step_seconds: f64) -> Result<Vec<Vec<f64>>> {
    let (bases, n) = confirmed(values)?;
    let wave = |base: &Base| {
        let frequency = step_seconds / rounded(base.frequency, base.error(n), n, step_seconds);
        base.lines.iter().map(|(k, _)| k * frequency).collect()
    };
    Ok(bases.iter().map(wave).collect())
}

/// The waves that the load repeats, the strongest first, and the count of steps that they were found in.
fn confirmed(values: &[f64]) -> Result<(Vec<Base>, f64)> {
    let mut found = spectral_lines::find(values, LEAST_CYCLES)?;
    let n = found.prepared.len() as f64;
    let mut bases = bases(&found.lines, n);
    let prepared = &mut found.prepared;
    bridge(prepared);
    bases.retain(|base| repeats(prepared, 1.0 / base.frequency));
    bases.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    Ok((bases, n))
}

/// A wave: a line with its harmonics.
#[derive(Debug, Clone)]
struct Base {
    /// That explains the frequencies of all its lines best.
    frequency: f64,
    strength: f64,
    /// The lines with their multiples, the lowest first.
    lines: Vec<(f64, Line)>,
}

impl Base {
    fn new(line: Line) -> Base {
        Base { frequency: line.frequency, strength: line.share, lines: vec![(1.0, line)] }
    }

    fn add(&mut self, line: Line) {
        self.lines.push(((line.frequency / self.frequency).round(), line));
        self.strength += line.share;
        // Weighted least squares: the error of a line's frequency falls with the root of its power.
        let [mut products, mut squares] = [0.0; 2];
        for (k, line) in &self.lines {
            products += line.share * k * line.frequency;
            squares += line.share * k * k;
        }
        self.frequency = products / squares;
    }

    /// Which multiple of the base a line is at, if any.
    fn multiple(&self, line: &Line, n: f64) -> Option<f64> {
        let k = (line.frequency / self.frequency).round();
        (k >= 1.0 && (line.frequency - k * self.frequency).abs() * n < 0.35 + 0.15 * k.min(4.0)).then_some(k)
    }

    /// Its relative error, at least that of Cramér and Rao for frequencies in noise.
    fn error(&self, n: f64) -> f64 {
        let evidence: f64 = self.lines.iter().map(|(k, line)| k * k * line.ratio.max(1.0)).sum();
        (6.0 / evidence).sqrt() / (TAU * n * self.frequency)
    }
}

/// The lines that are no harmonics, each with those that are, the lowest first.
fn bases(lines: &[Line], n: f64) -> Vec<Base> {
    let mut bases: Vec<Base> = Vec::new();
    for line in lines {
        match bases.iter_mut().find(|base| is_harmonic(line, base, lines, n)) {
            Some(owner) => owner.add(*line),
            None => bases.push(Base::new(*line)),
        }
    }
    bases
}

/// Whether a line belongs to the wave of a lower one: at a multiple of its frequency, and not as if it were there for itself,
/// as the day is within the week.
fn is_harmonic(line: &Line, base: &Base, lines: &[Line], n: f64) -> bool {
    let Some(multiple) = base.multiple(line, n).filter(|k| *k >= 2.0) else { return false };
    let (mut own, mut others) = (0.0, 0.0);
    let mut beside = 0.0f64;
    for other in lines {
        let Some(k) = base.multiple(other, n).filter(|k| *k <= NEAR * multiple) else { continue };
        if k % multiple == 0.0 {
            own += other.share;
        } else {
            others += other.share;
        }
        if k != multiple && (k - multiple).abs() <= 2.0 {
            beside = beside.max(other.share);
        }
    }
    let most = if multiple < 3.0 { LOUD } else { PART / (multiple - 1.0) };
    let steepness = sin(PI * base.frequency) / sin(PI * line.frequency);
    let alone = multiple > LOW_MULTIPLE
        && beside < BESIDE * line.share
        && line.share > EDGES * others * steepness * steepness;
    own < most * others && !alone
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    fn noise(random: &mut Random, n: usize, memory: f64) -> Vec<f64> {
        let mut x = 0.0;
        let mut next = || {
            x = memory * x + random.normal();
            x
        };
        (0..n).map(|_| next()).collect()
    }

    fn wave(period: f64, size: f64) -> impl Fn(usize) -> f64 {
        move |t| size * (TAU * t as f64 / period).sin()
    }

    fn lengths(values: &[f64], step_seconds: f64) -> Vec<f64> {
        periods(values, step_seconds, 3).unwrap().iter().map(|period| period.seconds).collect()
    }

    #[test]
    fn a_week_of_five_minute_data_has_a_day() {
        // Where another library answered 510 steps: a daily sine, its second harmonic, a slight trend, 2 % noise.
        let mut random = Random::new(1);
        let day = |t: usize| wave(288.0, 30.0)(t) + wave(144.0, 12.0)(t + 20);
        let load: Vec<f64> =
            (0..2016).map(|t| (100.0 + 0.005 * t as f64 + day(t)) * (1.0 + 0.02 * random.normal())).collect();
        assert_eq!(lengths(&load, 300.0), [86_400.0]);
    }

    #[test]
    fn a_day_a_week_and_a_job_every_twenty_minutes_at_once() {
        let mut random = Random::new(2);
        let waves = [wave(288.0, 10.0), wave(2016.0, 8.0), wave(4.0, 5.0)];
        let mut load: Vec<f64> = (0..10_080)
            .map(|t| waves.iter().map(|wave| wave(t)).sum::<f64>() + 3.0 * random.normal())
            .collect();
        for _ in 0..1_000 {
            load[random.below(10_080) as usize] = f64::NAN;
        }
        for _ in 0..100 {
            load[random.below(10_080) as usize] = 500.0;
        }
        assert_eq!(lengths(&load, 300.0), [86_400.0, 604_800.0, 1_200.0]);
        assert_eq!(periods(&load, 300.0, 1).unwrap().len(), 1);
        assert!(periods(&load, 300.0, 0).unwrap().is_empty());
    }

    #[test]
    fn planted_periods_are_found() {
        for (n, period, size) in
            [(500, 24.0, 1.0), (864, 288.0, 1.5), (2016, 37.3, 1.0), (2016, 600.0, 1.5), (10_080, 20.0, 1.0)]
        {
            for seed in 0..8 {
                let mut random = Random::new(seed);
                let planted = wave(period, size);
                let mut load = noise(&mut random, n, 0.0);
                load.iter_mut()
                    .enumerate()
                    .for_each(|(t, x)| *x += planted(t + seed as usize) + t as f64 * 2.0 / n as f64);
                (0..n / 10).for_each(|_| load[random.below(n as u64) as usize] = f64::NAN);
                (0..n / 100).for_each(|_| load[random.below(n as u64) as usize] = 20.0);
                let found = lengths(&load, 60.0);
                let error = found.first().map_or(1.0, |seconds| (seconds / 60.0 / period - 1.0).abs());
                assert!(error < 0.03, "{period} steps in {n}, seed {seed}: {found:?}");
            }
        }
    }

    #[test]
    fn noise_has_no_period() {
        for (memory, allowed) in [(0.0, 2), (0.5, 2), (0.9, 2), (0.99, 2), (1.0, 2)] {
            let alarms = (0..50).filter(|seed| {
                let mut random = Random::new(1000 + seed);
                !lengths(&noise(&mut random, 600, memory), 60.0).is_empty()
            });
            let alarms = alarms.count();
            assert!(alarms <= allowed, "{alarms} alarms of 50 with memory {memory}");
        }
    }

    fn pulse(period: usize, width: usize, size: f64) -> impl Fn(usize) -> f64 {
        move |t| if t % period < width { size } else { 0.0 }
    }

    #[test]
    fn pulses_are_one_period_and_pulses_of_two_periods_are_two() {
        let mut random = Random::new(11);
        let mut noisy = |n: usize, waves: &[&dyn Fn(usize) -> f64]| -> Vec<f64> {
            (0..n).map(|t| waves.iter().map(|wave| wave(t)).sum::<f64>() + random.normal()).collect()
        };
        let (short, hourly, weekly) = (pulse(20, 3, 4.0), pulse(60, 6, 4.0), pulse(168, 17, 4.0));
        assert_eq!(lengths(&noisy(2_000, &[&short]), 60.0), [1_200.0]);
        let mut both = lengths(&noisy(4_320, &[&short, &hourly]), 60.0);
        both.sort_by(f64::total_cmp);
        assert_eq!(both, [1_200.0, 3_600.0]);
        let mut both = lengths(&noisy(1_008, &[&pulse(24, 3, 4.0), &weekly]), 3_600.0);
        both.sort_by(f64::total_cmp);
        assert_eq!(both, [86_400.0, 604_800.0]);
        // Three cycles of a pulse, of which the second harmonic stands out most.
        assert_eq!(lengths(&noisy(864, &[&pulse(288, 29, 4.0)]), 300.0), [86_400.0]);
    }

    #[test]
    fn a_gap_in_noise_is_no_slow_wave() {
        let mut alarms = 0;
        for seed in 0..20 {
            let mut random = Random::new(500 + seed);
            let mut load = noise(&mut random, 2_016, 0.0);
            for block in 0..5usize {
                load[400 * block + 10..400 * block + 50].fill(f64::NAN);
            }
            alarms += usize::from(!lengths(&load, 60.0).is_empty());
            load.iter_mut().enumerate().for_each(|(t, x)| *x += wave(600.0, 1.0)(t));
            let found = lengths(&load, 60.0);
            assert!(
                matches!(found[..], [one, ..] if (one / 36_000.0 - 1.0).abs() < 0.03),
                "seed {seed}: {found:?}"
            );
        }
        assert!(alarms <= 1, "{alarms} alarms of 20");
    }

    #[test]
    fn what_has_no_answer_has_none() {
        for values in
            [vec![], vec![1.0], vec![7.25; 500], vec![0.0; 500], vec![f64::NAN; 500], vec![1e300; 100]]
        {
            assert!(periods(&values, 60.0, 3).unwrap().is_empty());
        }
        let ramp: Vec<f64> = (0..500).map(|t| 1e9 + 3.0 * f64::from(t)).collect();
        assert!(periods(&ramp, 60.0, 3).unwrap().is_empty(), "{:?}", periods(&ramp, 60.0, 3));
        assert!(periods(&[1.0], 0.0, 3).is_err());
        assert!(periods(&[1.0, f64::INFINITY], 60.0, 3).unwrap_err().to_string().contains("value 1 of 2"));
    }

    #[test]
    fn a_pure_wave_and_short_pulses() {
        let pure: Vec<f64> = (0..1000).map(wave(50.0, 1.0)).collect();
        assert_eq!(lengths(&pure, 60.0), [3_000.0]);
        let pulses: Vec<f64> = (0..2000).map(|t| if t % 20 == 3 { 100.0 } else { 5.0 }).collect();
        assert_eq!(lengths(&pulses, 60.0), [1_200.0]);
        let mut once_wild = pure;
        once_wild[500] = 1e300;
        assert_eq!(lengths(&once_wild, 60.0), [3_000.0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn any_numbers_are_answered(
            values in prop::collection::vec(prop_oneof![8 => -1e3..1e3f64, 1 => Just(f64::NAN), 1 => Just(0.0), 1 => -1e300..1e300f64], 0..200),
            step in 0.001..1e6f64,
        ) {
            for period in periods(&values, step, 8).unwrap() {
                prop_assert!(period.seconds >= step && period.seconds <= step * values.len() as f64);
                prop_assert!(period.strength > 0.0 && period.strength <= 1.0);
            }
        }
    }
}
