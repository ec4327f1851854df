//! Crane's digital signal processing: is there a period of a day or a week, and what does the next one look like?
//!
//! A period is a peak of the spectrum above what shuffled loads reach (by the law of the largest of m exponentials instead of 100
//! shuffles), with the highest circular autocorrelation, on a crest of it. Two estimators keep the strong waves and everything
//! slower than an hour: one at least 3 waves, one at least 50; each with a margin of 0, 1, 10, 15 or 20 %. The one that forecast the
//! last period best, with shortage weighed more than surplus, forecasts the next. The filter works on both halves of the spectrum,
//! as documented; Crane's code halves the weak slow waves.

use crate::error::Result;
use crate::load::dft_half as transform;
use crate::math;

/// Amplitudes in units of the metric below which a wave is weak, and how many waves are kept even so.
const ESTIMATORS: [(f64, usize); 2] = [(1.0, 3), (0.05, 50)];
const MARGINS: [f64; 5] = [0.0, 0.01, 0.1, 0.15, 0.2];
/// Waves beyond this many by amplitude are weak in any case.
const MOST_STRONG: usize = 100;
/// Bits that count where numbers are compared.
const BITS: i32 = 30;
/// A shortage by the share x weighs −ln(1 − x)/ln 1.25.
const SHORTAGE_BASE: f64 = 1.25;

/// `value` as a multiple of 2⁻³⁰ of the power of two above `scale`. The last bits of a transform differ between processors; what is a
/// tie by its nature (a wave and its double, a night without load, two perfect forecasts) then is one on each of them.
fn rounded(value: f64, scale: f64) -> f64 {
    let (_, exponent) = math::frexp(scale);
    let step = math::scalbn(1.0, exponent - BITS);
    if step > 0.0 && scale != 0.0 { (value / step).round() * step } else { value }
}

/// All of them on the scale of the largest.
fn all_rounded(values: Vec<f64>) -> Vec<f64> {
    let scale = values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    values.into_iter().map(|value| rounded(value, scale)).collect()
}

/// The next period of a cleaned load with `hour` steps an hour; empty when there is no period of a day or a week, or too little load.
pub(super) fn forecast(values: &[f64], hour: usize) -> Result<Vec<f64>> {
    let (day, week) = (24 * hour, 168 * hour);
    let whole = if values.len() >= 2 * week {
        values.len() - values.len() % week
    } else if values.len() >= 2 * day {
        values.len() - values.len() % day
    } else {
        return Ok(Vec::new());
    };
    let values = values.get(values.len() - whole..).unwrap_or_default();
    let period = period(values, hour)?;
    if (period != day && period != week) || values.len() < 2 * period {
        return Ok(Vec::new());
    }
    let (known, held_out) = values.split_at(values.len() - period);
    let mut best: Option<(f64, (f64, usize), f64)> = None;
    for estimator in ESTIMATORS {
        let wave = last_period(known, period, hour, estimator)?;
        for margin in MARGINS {
            let error = error_of(&wave, held_out, margin);
            if best.is_none_or(|(least, ..)| error < least) {
                best = Some((error, estimator, margin));
            }
        }
    }
    let Some((_, estimator, margin)) = best else { return Ok(Vec::new()) };
    let wave = last_period(values, period, hour, estimator)?;
    Ok(wave.into_iter().map(|load| load * (1.0 + margin)).collect())
}

/// The period in steps; 0 when there is none.
fn period(values: &[f64], hour: usize) -> Result<usize> {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let power = all_rounded(transform(centred)?.iter().map(|x| x.re * x.re + x.im * x.im).collect());
    let total = math::Sum::of(power.iter().skip(1).copied());
    let waves = power.len().saturating_sub(2).max(1) as f64;
    // The largest of m exponentials stays below −ln(1 − 0.99^(1/m)) means with a probability of 99 %.
    let threshold = total / waves * -math::ln(-math::expm1(math::ln(0.99) / waves));
    // The transform of the power is the circular autocorrelation times n.
    let mirrored: Vec<f64> = (0..n).map(|k| power.get(k.min(n - k)).copied().unwrap_or(0.0)).collect();
    let correlation = all_rounded(transform(mirrored)?.iter().map(|x| x.re).collect());
    let at = |lag: usize| correlation.get(lag.min(n - lag.min(n))).copied().unwrap_or(f64::NAN);
    let hints = (2..power.len().saturating_sub(1)).filter(|k| power.get(*k).is_some_and(|p| *p > threshold));
    let periods = hints.map(|k| (n + k / 2) / k).filter(|period| is_crest(&at, *period, hour));
    Ok(periods.max_by(|a, b| at(*a).total_cmp(&at(*b)).then(b.cmp(a))).unwrap_or(0))
}

/// Whether the autocorrelation rises before the lag and falls after it.
fn is_crest(at: &impl Fn(usize) -> f64, period: usize, hour: usize) -> bool {
    let half = (4 * hour).min(period / 2);
    let slope = |from: usize| {
        let middle = half as f64 / 2.0;
        (0..=half).map(|i| (i as f64 - middle) * at(from + i)).sum::<f64>()
    };
    half > 0 && slope(period - half) > 0.0 && slope(period) < 0.0
}

/// The last period of the load without its weak fast waves.
fn last_period(values: &[f64], period: usize, hour: usize, estimator: (f64, usize)) -> Result<Vec<f64>> {
    let (least, kept) = estimator;
    let n = values.len();
    let spectrum = transform(values.to_vec())?;
    let amplitude = |re: f64, im: f64| {
        let amplitude = (re * re + im * im).sqrt() / n as f64;
        rounded(amplitude, amplitude)
    };
    let inner = spectrum.iter().skip(1).take((n / 2).saturating_sub(1));
    let mut amplitudes: Vec<f64> = inner.map(|x| amplitude(x.re, x.im)).collect();
    amplitudes.sort_by(|a, b| b.total_cmp(a));
    let ranked = |rank: usize| amplitudes.get(rank - 1).or(amplitudes.last()).copied().unwrap_or(0.0);
    let limit = ranked(MOST_STRONG).max(least).min(ranked(kept));
    // Waves slower than an hour: fewer than n/hour in the whole load.
    let slow = n / hour.max(1);
    let mut hartley = vec![0.0; n];
    for (k, x) in spectrum.iter().enumerate() {
        if k > slow && amplitude(x.re, x.im) < limit {
            continue;
        }
        // Back by the same transform: x_t = Σ (Re X_k cos − Im X_k sin)/n, whose even and odd parts fit into one real input.
        for (place, value) in [(k, x.re + x.im), ((n - k) % n.max(1), x.re - x.im)] {
            if let Some(slot) = hartley.get_mut(place) {
                *slot = value;
            }
        }
    }
    if let Some(first) = hartley.first_mut() {
        *first = spectrum.first().map_or(0.0, |x| x.re);
    }
    let mean = spectrum.first().map_or(0.0, |x| x.re) / n as f64;
    let back = transform(hartley)?;
    let value = |t: usize| {
        let x = back.get(t.min(n - t)).map_or(0.0, |x| if t <= n / 2 { x.re + x.im } else { x.re - x.im });
        let load = x / n as f64;
        if rounded(load, mean) > 0.0 { load } else { 0.01 }
    };
    Ok((n - period..n).map(value).collect())
}

/// Mean error of a forecast with a margin; a plain mean absolute error where something that came is next to nothing.
fn error_of(wave: &[f64], came: &[f64], margin: f64) -> f64 {
    let is_small = came.iter().any(|value| *value < 1e-3);
    let errors = wave.iter().zip(came).map(|(load, came)| {
        let load = load * (1.0 + margin);
        if is_small {
            (load - came).abs()
        } else if load >= *came {
            (load - came) / came
        } else {
            -math::ln((load / came).max(f64::MIN_POSITIVE)) / math::ln(SHORTAGE_BASE)
        }
    });
    let scale = if is_small { came.iter().copied().fold(0.0, f64::max) } else { 1.0 };
    rounded(errors.sum::<f64>() / came.len().max(1) as f64, scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// A wave of so many steps and such an amplitude each, around 100.
    fn waves(n: usize, parts: &[(f64, f64)]) -> Vec<f64> {
        let at = |t: usize| parts.iter().map(|(steps, a)| a * math::cos(TAU * t as f64 / steps)).sum::<f64>();
        (0..n).map(|t| 100.0 + at(t)).collect()
    }

    #[test]
    fn a_day_and_a_week_are_found_and_nothing_else() {
        let found = |parts: &[(f64, f64)]| period(&waves(4 * 168 * 4, parts), 4).unwrap();
        assert_eq!(found(&[(96.0, 10.0)]), 96);
        assert_eq!(found(&[(96.0, 10.0), (672.0, 20.0)]), 672);
        assert_eq!(found(&[(28.0, 10.0)]), 28);
        assert!(forecast(&waves(4 * 168 * 4, &[(28.0, 10.0)]), 4).unwrap().is_empty());
        assert!(forecast(&waves(95, &[(48.0, 10.0)]), 2).unwrap().is_empty(), "less than two days");
    }

    #[test]
    fn strong_waves_come_back_and_weak_fast_ones_do_not() {
        // A step is a quarter of an hour: 2.5 steps are fast. An amplitude of 0.02 in each half of the spectrum is weak.
        let slow = [(96.0, 10.0), (48.0, 8.0), (32.0, 6.0)];
        let values = waves(960, &[&slow[..], &[(2.5, 0.04)]].concat());
        let smooth = waves(960, &slow);
        let found = last_period(&values, 96, 4, (1.0, 3)).unwrap();
        assert!(found.iter().zip(&smooth).all(|(a, b)| (a - b).abs() < 1e-9));
        let strong = waves(960, &[&slow[..], &[(2.5, 4.0)]].concat());
        let found = last_period(&strong, 96, 4, (1.0, 3)).unwrap();
        assert!(found.iter().zip(strong.iter().skip(864)).all(|(a, b)| (a - b).abs() < 1e-9));
    }

    #[test]
    fn the_last_bits_decide_nothing() {
        assert_eq!(rounded(1.0 + 1e-12, 1.0), 1.0);
        assert_eq!(rounded(-1e-14, 3.0), 0.0);
        assert_eq!(rounded(1.0 + 2.0 * f64::from(f32::EPSILON), 1.0), 1.0 + 2.0 * f64::from(f32::EPSILON));
        assert_eq!((rounded(0.1, 0.0), rounded(0.0, 1.0)), (0.1, 0.0));
        assert_eq!(period(&vec![0.1; 960], 4).unwrap(), 0, "what is left of a constant is no wave");
        // Nights without load: what comes back around 0 is nothing, whatever its sign.
        let nights: Vec<f64> = (0..960).map(|t| if t % 96 < 48 { 0.0 } else { 100.0 }).collect();
        let found = last_period(&nights, 96, 4, (0.0, 480)).unwrap();
        assert!(found.iter().take(48).all(|load| *load == 0.01), "{found:?}");
    }

    #[test]
    fn a_shortage_weighs_more_than_a_surplus() {
        let error = |load: f64| error_of(&[load], &[100.0], 0.0);
        assert!((error(90.0) - 0.4721).abs() < 1e-3 && (error(50.0) - 3.1063).abs() < 1e-3);
        assert!((error(110.0) - 0.1).abs() < 1e-8);
        assert_eq!(error_of(&[1.0], &[0.0], 0.0), 1.0);
    }
}
