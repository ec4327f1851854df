//! The discrete Fourier transform of a load, and its power by frequency.
//!
//! `X_k = Σ_t x_t·e^(−2πikt/n)`, by the fast transform of realfft and rustfft, any length in O(n log n). They choose the
//! instructions of the processor at run time, so the last bits differ between machines: compare with a tolerance.
//!
//! A thread keeps the plans of the last few lengths, because making one costs several times what using it costs. A plan
//! is a pure function of the length, so that this memory can change the speed of an answer but never the answer.

use crate::error::{Error, Result, all_finite, positive};
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::cell::RefCell;
use std::sync::Arc;

/// Plans that a thread keeps, and the longest that it keeps: at most some 100 MB, and far less in practice.
const KEPT_PLANS: usize = 4;
const LONGEST_KEPT: usize = 1 << 20;

type Plan = Arc<dyn RealToComplex<f64>>;

thread_local! {
    static PLANS: RefCell<Vec<(usize, Plan)>> = const { RefCell::new(Vec::new()) };
}

/// The discrete Fourier transform of `values`: real and imaginary parts, as many of each as there are values.
///
/// # Errors
/// [`Error::Data`] for no values, one that is not finite, or values so large that the transform overflows.
///
/// ```
/// let (real, imaginary) = forescale::load::dft(&[1.0, 0.0, -1.0, 0.0])?;
/// assert_eq!((real, imaginary), (vec![0.0, 2.0, 0.0, 2.0], vec![0.0; 4]));
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn dft(values: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
    all_finite("values", values)?;
    let half = transform(values.to_vec())?;
    // A real load has a spectrum that repeats itself, mirrored and conjugated, above half the sample rate.
    let mirrored = half.iter().skip(1).take(values.len().saturating_sub(half.len())).rev();
    let real = half.iter().chain(mirrored.clone()).map(|x| x.re).collect();
    let imaginary = half.iter().map(|x| x.im).chain(mirrored.map(|x| 0.0 - x.im)).collect();
    Ok((real, imaginary))
}

/// One-sided power spectral density of `values`, which are `step_seconds` (> 0) apart: frequencies in hertz from 0 to half
/// the sample rate, and at each the power per hertz. The mean is removed, no window is applied.
///
/// `density_k = 2·Δt·|X_k|²/n`, without the 2 at frequency 0 and at half the sample rate, so that the densities times
/// `1/(n·Δt)` sum to the variance.
///
/// # Errors
/// [`Error::Data`] for no values, one that is not finite, or values so large that their power overflows (missing values
/// must be filled first: [`super::Series::fill`]); [`Error::Config`] for a bad step.
pub fn periodogram(values: &[f64], step_seconds: f64) -> Result<(Vec<f64>, Vec<f64>)> {
    positive("step_seconds", step_seconds)?;
    if !finite(values.iter().copied()) {
        all_finite("values", values)?;
    }
    let n = values.len();
    let mean = mean(values);
    let half = transform(values.iter().map(|value| value - mean).collect())?;
    let once = step_seconds / n as f64;
    let mut power: Vec<f64> = half.iter().map(|x| 2.0 * once * (x.re * x.re + x.im * x.im)).collect();
    // Frequency 0, and half the sample rate of an even length, have no mirror image whose power would be added.
    if let Some(first) = power.first_mut() {
        *first *= 0.5;
    }
    if n.is_multiple_of(2)
        && let Some(last) = power.last_mut()
    {
        *last *= 0.5;
    }
    if !finite(power.iter().copied()) {
        return Err(overflow());
    }
    let resolution = 1.0 / (n as f64 * step_seconds);
    Ok(((0..power.len()).map(|k| k as f64 * resolution).collect(), power))
}

/// The lower half of the spectrum, frequencies 0 to n/2, of at least one value.
pub(crate) fn transform(mut values: Vec<f64>) -> Result<Vec<Complex<f64>>> {
    if values.is_empty() {
        return Err(Error::data("values", "is empty"));
    }
    let plan = plan(values.len());
    let mut spectrum = plan.make_output_vec();
    plan.process(&mut values, &mut spectrum).map_err(|error| Error::internal(error.to_string()))?;
    if !finite(spectrum.iter().map(|x| 0.0 * x.re + 0.0 * x.im)) {
        return Err(overflow());
    }
    Ok(spectrum)
}

/// Counts rather than stops at the first, so that the compiler may take several at once.
fn finite(values: impl Iterator<Item = f64>) -> bool {
    values.map(|value| u64::from(!value.is_finite())).sum::<u64>() == 0
}

/// In eight sums side by side: one after the other, the additions would take as long as the transform.
fn mean(values: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (blocks, rest) = values.as_chunks::<8>();
    for block in blocks {
        sums.iter_mut().zip(block).for_each(|(sum, value)| *sum += value);
    }
    sums.iter_mut().zip(rest).for_each(|(sum, value)| *sum += value);
    sums.iter().sum::<f64>() / values.len() as f64
}

fn overflow() -> Error {
    Error::data("values", "are so large that their transform overflows")
}

fn plan(length: usize) -> Plan {
    let make = || RealFftPlanner::new().plan_fft_forward(length);
    if length > LONGEST_KEPT {
        return make();
    }
    PLANS.with_borrow_mut(|plans| {
        let found = plans.iter().position(|(kept, _)| *kept == length);
        let kept = found.map_or_else(|| (length, make()), |at| plans.remove(at));
        plans.truncate(KEPT_PLANS - 1);
        plans.insert(0, kept.clone());
        kept.1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Sum;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    fn by_definition(values: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let n = values.len();
        let sum = |k: usize, part: fn(f64) -> f64| {
            Sum::of(values.iter().enumerate().map(|(t, x)| x * part(TAU * ((k * t) % n) as f64 / n as f64)))
        };
        (0..n).map(|k| (sum(k, f64::cos), -sum(k, f64::sin))).unzip()
    }

    #[test]
    fn bad_input_is_refused() {
        let text = |values: &[f64], step| periodogram(values, step).unwrap_err().to_string();
        assert_eq!(text(&[], 1.0), "values: is empty");
        assert_eq!(text(&[1.0, f64::NAN], 1.0), "values: value 1 of 2 is NaN");
        assert!(text(&[1.0], 0.0).starts_with("step_seconds: "));
        assert!(text(&[1e300, -1e300], 1.0).contains("overflow"));
        assert!(dft(&[1e308; 8]).unwrap_err().to_string().contains("overflow"));
        assert!(dft(&[]).is_err() && dft(&[f64::INFINITY]).is_err());
    }

    #[test]
    fn a_constant_has_no_power() {
        for n in [1, 2, 3, 8, 97] {
            let (frequencies, power) = periodogram(&vec![5.25; n], 60.0).unwrap();
            assert_eq!((frequencies.len(), power), (n / 2 + 1, vec![0.0; n / 2 + 1]));
        }
    }

    proptest! {
        #[test]
        fn it_is_the_definition_at_any_length(values in prop::collection::vec(-1e3..1e3f64, 1..140)) {
            let (real, imaginary) = dft(&values).unwrap();
            let wanted = by_definition(&values);
            let scale = values.iter().map(|x| x.abs()).sum::<f64>() + 1e-9;
            let far = |a: &[f64], b: &[f64]| a.iter().zip(b).any(|(a, b)| (a - b).abs() > 1e-12 * scale);
            prop_assert_eq!(real.len(), values.len());
            prop_assert!(!far(&real, &wanted.0) && !far(&imaginary, &wanted.1));
        }

        #[test]
        fn densities_sum_to_the_variance(values in prop::collection::vec(-1e3..1e3f64, 1..300), step in 0.01..1e4f64) {
            let (frequencies, power) = periodogram(&values, step).unwrap();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
            let total = power.iter().sum::<f64>() / (n * step);
            prop_assert!((total - variance).abs() <= 1e-10 * variance + 1e-15, "{} {}", total, variance);
            prop_assert!(frequencies.iter().zip(1..).all(|(f, k)| (f * n * step - f64::from(k - 1)).abs() < 1e-9));
        }
    }
}
