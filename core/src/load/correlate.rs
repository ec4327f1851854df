//! Does a factor go before the load? Pearson's correlation at the lag where it says most, and whether chance alone explains it.
//!
//! Load and factors are autocorrelated, so n samples carry less than n samples' evidence: the count is corrected by
//! `1/N* = 1/N + (2/N)·Σ_j (N−j)/N·ρ_load(j)·ρ_factor(j)`, j up to N/5 (Bartlett 1935; Pyper & Peterman 1998, "Comparison of
//! methods to account for autocorrelation in correlation analyses of fish data", Can. J. Fish. Aquat. Sci. 55, eqs. 1 and 7).

use super::dft::transform;
use crate::error::{Error, Result, same_length};
use crate::math::{Sum, exp, expm1, lgamma, ln, log1p};

/// More visits to a pair of values (about a minute) are refused.
const MOST_VISITS: u64 = 10_000_000_000;
/// Fewer pairs than this say nothing: a correlation of two points is always ±1.
const FEWEST_PAIRS: usize = 3;

/// How a factor goes with a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// Steps by which the factor is ahead of the load: `load[t]` goes with `factor[t − lag]`.
    pub lag: usize,
    /// Pearson's correlation at that lag, in [−1, 1].
    pub r: f64,
    /// Probability that two series as autocorrelated as these, but unrelated, show so strong a correlation at any of the lags that were tried.
    pub p_value: f64,
}

/// The lag among 0, 1, …, `max_lag` at which `factor` says most about `load`, where `factor` is never later than the load it explains, so
/// that what is found can be used to forecast. Both have the same grid; pairs with a missing value (NaN) are left out.
///
/// The lag is the one with the largest t statistic `|r|·√((N−2)/(1−r²))`, the smallest of equals. The p-value is two-sided, from
/// Student's t with N*−2 degrees of freedom, and corrected for the choice among L lags: `1 − (1 − p)^L`. Where either is constant
/// there is nothing to explain: r = 0, p = 1. O(n · max_lag + n log n).
///
/// # Errors
/// [`Error::Data`] for unequal lengths, an infinite value or fewer than 3 pairs; [`Error::Config`] for a `max_lag` that leaves fewer
/// than 3 pairs, or takes more than 10¹⁰ steps.
pub fn correlate(load: &[f64], factor: &[f64], max_lag: usize) -> Result<Correlation> {
    same_length("factor", factor.len(), "load", load.len())?;
    for (name, values) in [("load", load), ("factor", factor)] {
        if let Some(i) = values.iter().position(|value| value.is_infinite()) {
            return Err(Error::data(name, format!("value {i} of {} is infinite", values.len())));
        }
    }
    let n = load.len();
    if n < FEWEST_PAIRS {
        return Err(Error::data("load", format!("needs at least {FEWEST_PAIRS} values, has {n}")));
    }
    if max_lag > n - FEWEST_PAIRS || (n as u64).saturating_mul(max_lag as u64) > MOST_VISITS {
        return Err(Error::config("max_lag", format!("{max_lag} is too long for {n} values")));
    }
    let (load, factor) = (scaled(load), scaled(factor));
    let at = |lag: usize| Paired::new(load.get(lag..).unwrap_or_default(), &factor, lag);
    let mut best: Option<Paired> = None;
    for found in (0..=max_lag).map(at).filter(|paired| paired.pairs >= FEWEST_PAIRS) {
        if best.is_none_or(|best| found.strength() > best.strength()) {
            best = Some(found);
        }
    }
    let Some(best) = best else {
        return Err(Error::data(
            "factor",
            format!("fewer than {FEWEST_PAIRS} moments are known together with the load"),
        ));
    };
    let aligned = load.get(best.lag..).unwrap_or_default().iter().copied().zip(factor.iter().copied());
    let (load, factor): (Vec<f64>, Vec<f64>) =
        aligned.map(|(a, b)| if a.is_nan() || b.is_nan() { (f64::NAN, f64::NAN) } else { (a, b) }).unzip();
    let once = two_sided(best.r, effective_count(&load, &factor, best.pairs)?);
    let p_value = -expm1((max_lag + 1) as f64 * log1p(-once));
    Ok(Correlation { lag: best.lag, r: best.r, p_value: if once >= 1.0 { 1.0 } else { p_value } })
}

/// The values divided by the largest absolute one, so that no square overflows.
fn scaled(values: &[f64]) -> Vec<f64> {
    let largest = values.iter().filter(|x| !x.is_nan()).fold(0.0, |most: f64, x| most.max(x.abs()));
    values.iter().map(|x| if largest > 0.0 { x / largest } else { *x }).collect()
}

#[derive(Debug, Clone, Copy)]
struct Paired {
    lag: usize,
    r: f64,
    pairs: usize,
}

impl Paired {
    fn new(load: &[f64], factor: &[f64], lag: usize) -> Self {
        let known = || load.iter().zip(factor).filter(|(a, b)| !a.is_nan() && !b.is_nan());
        let (mut sum_a, mut sum_b, mut pairs) = (Sum::default(), Sum::default(), 0usize);
        for (a, b) in known() {
            sum_a.add(*a);
            sum_b.add(*b);
            pairs += 1;
        }
        let (mean_a, mean_b) = (sum_a.value() / pairs as f64, sum_b.value() / pairs as f64);
        let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
        for (a, b) in known() {
            let (a, b) = (a - mean_a, b - mean_b);
            aa += a * a;
            bb += b * b;
            ab += a * b;
        }
        // What is left of a constant after its mean is taken off is rounding.
        let level = |mean: f64| (f64::EPSILON * mean) * (f64::EPSILON * mean) * pairs as f64 * 4.0;
        let varies = aa > level(mean_a) && bb > level(mean_b);
        let r = if varies { (ab / (aa.sqrt() * bb.sqrt())).clamp(-1.0, 1.0) } else { 0.0 };
        Paired { lag, r, pairs }
    }

    /// The square of the t statistic.
    fn strength(&self) -> f64 {
        (self.pairs as f64 - 2.0) * self.r * self.r / (1.0 - self.r * self.r)
    }
}

/// N*, between 3 and the count of pairs; NaN marks the moments that are left out.
fn effective_count(a: &[f64], b: &[f64], pairs: usize) -> Result<f64> {
    let (a, b) = (autocorrelation(a)?, autocorrelation(b)?);
    let n = pairs as f64;
    let longest = pairs / 5;
    let taper = |lag: usize| (n - lag as f64) / n;
    let terms = a.iter().zip(&b).enumerate().skip(1).take(longest).map(|(lag, (a, b))| taper(lag) * a * b);
    Ok((n / (1.0 + 2.0 * Sum::of(terms).max(0.0))).max(3.0))
}

/// Autocorrelation at the lags 0, 1, … up to a fifth of the length, by the Fourier transform of the power; missing values count as
/// the mean, and each lag is divided by the count of its pairs.
fn autocorrelation(values: &[f64]) -> Result<Vec<f64>> {
    let lags = values.len() / 5 + 1;
    let known = values.iter().filter(|value| !value.is_nan());
    let count = known.clone().count() as f64;
    let mean = Sum::of(known.copied()) / count;
    let length = (values.len() + lags).next_power_of_two();
    let sums = |values: Vec<f64>| -> Result<Vec<f64>> {
        let mut padded = values;
        padded.resize(length, 0.0);
        let power = transform(padded)?.iter().map(|x| x.re * x.re + x.im * x.im).collect::<Vec<_>>();
        let whole = power.iter().chain(power.iter().rev().skip(1).take(length - power.len())).copied();
        Ok(transform(whole.collect())?.iter().take(lags).map(|x| x.re / length as f64).collect())
    };
    let products = sums(values.iter().map(|x| if x.is_nan() { 0.0 } else { x - mean }).collect())?;
    let pairs = sums(values.iter().map(|x| if x.is_nan() { 0.0 } else { 1.0 }).collect())?;
    let zero = products.first().copied().unwrap_or(0.0) / count;
    let at = |(product, pairs): (&f64, &f64)| {
        if zero > 0.0 && *pairs > 0.5 { product / pairs / zero } else { 0.0 }
    };
    Ok(products.iter().zip(&pairs).map(at).map(|rho| rho.clamp(-1.0, 1.0)).collect())
}

/// P(|R| ≥ |r|) of uncorrelated normal pairs, `count` of them: `I_x(ν/2, 1/2)` with ν = count − 2 and x = 1 − r².
fn two_sided(r: f64, count: f64) -> f64 {
    incomplete_beta(0.5 * (count - 2.0), 0.5, (1.0 - r) * (1.0 + r)).clamp(0.0, 1.0)
}

/// The regularised incomplete beta function, by the continued fraction of DLMF 8.17.22 in Lentz's form.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x >= 1.0 { 1.0 } else { 0.0 };
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front = exp(a * ln(x) + b * ln(1.0 - x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a;
    let small = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut c, mut d) = (1.0, 1.0 / small(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / small(1.0 + term * d);
            c = small(1.0 + term / c);
            fraction *= c * d;
        }
        if (fraction - before).abs() <= 1e-16 * fraction.abs() {
            break;
        }
    }
    front * fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    fn noise(seed: u64, n: usize, memory: f64) -> Vec<f64> {
        let mut random = Random::new(seed);
        let mut x = 0.0;
        (0..n + 200)
            .map(|_| {
                x = memory * x + random.normal();
                x
            })
            .skip(200)
            .collect()
    }

    #[test]
    fn students_law_in_closed_form() {
        // With 1, 2 and 4 degrees of freedom the law is elementary: r = sin θ gives 1 − 2θ/π, 1 − r, and 1 − r(3 − r²)/2.
        for r in [0.0, 0.1, 0.5, 0.9, 0.999_999, 1.0f64] {
            for (degrees, wanted) in [
                (1.0, 1.0 - 2.0 * r.asin() / std::f64::consts::PI),
                (2.0, 1.0 - r),
                (4.0, 1.0 - r * (3.0 - r * r) / 2.0),
            ] {
                let found = two_sided(-r, degrees + 2.0);
                assert!((found - wanted).abs() < 1e-13, "{r} {degrees}: {found} {wanted}");
            }
        }
    }

    #[test]
    fn a_factor_that_leads_is_found_at_its_lag() {
        let factor = noise(3, 600, 0.7);
        let own = noise(4, 600, 0.7);
        let mut load: Vec<f64> =
            (0..600).map(|t| if t < 5 { f64::NAN } else { 2.0 * factor[t - 5] + own[t] }).collect();
        load[100] = f64::NAN;
        let found = correlate(&load, &factor, 12).unwrap();
        assert!(found.lag == 5 && found.r > 0.8 && found.p_value < 1e-12, "{found:?}");
        let opposite: Vec<f64> = factor.iter().map(|x| -x).collect();
        assert_eq!(correlate(&load, &opposite, 12).unwrap().r, -found.r);
    }

    #[test]
    fn autocorrelated_noise_is_no_evidence() {
        let significant = |memory: f64, max_lag| {
            (0..200)
                .filter(|seed| {
                    let (a, b) = (noise(2 * seed, 300, memory), noise(2 * seed + 1, 300, memory));
                    correlate(&a, &b, max_lag).unwrap().p_value < 0.05
                })
                .count()
        };
        // Of 200 at level 0.05, 10 are due; without the correction more than 90 would be found with memory 0.9.
        for (memory, max_lag) in [(0.0, 0), (0.9, 0), (0.0, 20), (0.9, 20)] {
            let found = significant(memory, max_lag);
            assert!(found <= 24, "{found} of 200 with memory {memory} and {max_lag} lags");
        }
    }

    #[test]
    fn what_cannot_be_judged() {
        let ramp: Vec<f64> = (0..20).map(f64::from).collect();
        let still = Correlation { lag: 0, r: 0.0, p_value: 1.0 };
        assert_eq!(correlate(&ramp, &[0.1; 20], 3).unwrap(), still);
        assert_eq!(correlate(&[0.0; 20], &ramp, 0).unwrap(), still);
        let giant: Vec<f64> = ramp.iter().map(|x| x * 1e300).collect();
        assert!((correlate(&giant, &ramp, 0).unwrap().r - 1.0).abs() < 1e-12);
        let text = |a: &[f64], b: &[f64], lag| correlate(a, b, lag).unwrap_err().to_string();
        assert_eq!(text(&ramp, &[1.0], 0), "factor: has 1 values, but load has 20");
        assert!(
            text(&ramp, &ramp, 18).starts_with("max_lag: ")
                && text(&[1.0, 2.0], &[1.0, 2.0], 0).starts_with("load: ")
        );
        assert!(text(&ramp, &[f64::NAN; 20], 2).starts_with("factor: "));
        assert!(text(&ramp, &[f64::INFINITY; 20], 2).contains("value 0 of 20 is infinite"));
    }

    proptest! {
        #[test]
        fn scale_and_level_do_not_matter(
            pairs in prop::collection::vec((-10.0..10.0f64, -10.0..10.0f64), 10..60), scale in 0.001..1e6f64, level in -100.0..100.0f64,
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let moved: Vec<f64> = b.iter().map(|x| level * scale + scale * x).collect();
            let (one, other) = (correlate(&a, &b, 4).unwrap(), correlate(&a, &moved, 4).unwrap());
            prop_assert!((one.r - other.r).abs() < 1e-9 || one.lag != other.lag);
            prop_assert!((0.0..=1.0).contains(&one.p_value) && (-1.0..=1.0).contains(&one.r));
        }
    }
}
