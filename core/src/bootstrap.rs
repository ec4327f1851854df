//! How sure a mean is when its values depend on each other: the stationary bootstrap.
//!
//! Blocks of random place and geometric length are drawn until there are as many values as there were, wrapping round the end: Politis &
//! Romano 1994, "The Stationary Bootstrap", JASA 89. Their mean length is chosen from the autocovariances: Politis & White 2004,
//! "Automatic Block-Length Selection for the Dependent Bootstrap", Econometric Reviews 23, as corrected by Patton, Politis & White 2009.
//! The interval is symmetric, `mean ± q`, q being the level's quantile of |mean* − mean| over the resamples (Hall 1988 shows that
//! its coverage is better than that of the equal-tailed one), and p is the share of resamples that lie as far from the mean as 0 does.

use crate::math::{self, Sum};
use crate::random::Random;

/// A mean with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BootstrapMean {
    pub(crate) mean: f64,
    /// Half the width of the interval.
    pub(crate) margin: f64,
    pub(crate) p_value: f64,
    /// Mean length of the blocks, in values.
    pub(crate) block_length: f64,
}

/// The mean of `values` (at least 2, all finite) and what the bootstrap says about it. `block_length` values a block, or as many as the
/// autocovariances ask for. O(resamples · values/block + values · √values).
pub(crate) fn bootstrap_mean(
    values: &[f64],
    level: f64,
    resamples: usize,
    block_length: Option<f64>,
    seed: u64,
) -> BootstrapMean {
    let count = values.len();
    let mean = Sum::of(values.iter().copied()) / count as f64;
    let deviations: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let (best_length, variance) = memory(&deviations);
    let block_length = block_length.unwrap_or(best_length).clamp(1.0, count as f64);
    let mut distances = resample(&deviations, block_length, resamples, seed);
    // Blocks cut the dependence at their ends, which makes the resamples too alike: they are stretched to the variance of the data.
    let drawn = distances.iter().map(|distance| distance * distance).sum::<f64>() / resamples as f64;
    let stretch = (variance / (count as f64 * drawn)).sqrt();
    if stretch > 1.0 && stretch.is_finite() {
        distances.iter_mut().for_each(|distance| *distance *= stretch);
    }
    distances.sort_by(f64::total_cmp);
    let at = ((level * resamples as f64).ceil() as usize).clamp(1, resamples.max(1)) - 1;
    let as_far = resamples - distances.partition_point(|distance| *distance < mean.abs());
    BootstrapMean {
        mean,
        margin: distances.get(at).copied().unwrap_or(0.0),
        p_value: (as_far + 1) as f64 / (resamples + 1) as f64,
        block_length,
    }
}

/// How far the means of `resamples` resamples lie from the mean. `deviations` have mean 0.
fn resample(deviations: &[f64], block_length: f64, resamples: usize, seed: u64) -> Vec<f64> {
    let count = deviations.len();
    // Sums from the beginning to each place: a block's sum is one difference, however long it is.
    let mut total = 0.0;
    let mut sums = vec![0.0];
    sums.extend(deviations.iter().map(|deviation| {
        total += deviation;
        total
    }));
    let until = |place: usize| sums.get(place).copied().unwrap_or(total);
    let mut random = Random::new(seed);
    (0..resamples)
        .map(|_| {
            let (mut left, mut sum) = (count, 0.0);
            while left > 0 {
                let first = random.below(count as u64) as usize;
                let length = geometric(&mut random, block_length).min(left);
                let end = first + length;
                sum += if end <= count {
                    until(end) - until(first)
                } else {
                    total - until(first) + until(end - count)
                };
                left -= length;
            }
            (sum / count as f64).abs()
        })
        .collect()
}

/// A length of 1, 2, … with the given mean.
fn geometric(random: &mut Random, mean: f64) -> usize {
    if mean <= 1.0 {
        return 1;
    }
    let stays = math::log1p(-1.0 / mean);
    // The cast saturates; the caller needs no longer blocks.
    1 + (math::ln(1.0 - random.unit()) / stays) as usize
}

/// The mean block length that makes the bootstrap's variance of a mean most exact, and the long-run variance: the sum of all
/// autocovariances by a flat-top window (Politis & Romano 1995). `deviations` have mean 0.
fn memory(deviations: &[f64]) -> (f64, f64) {
    let count = deviations.len() as f64;
    let covariance = |lag: usize| {
        let later = deviations.get(lag..).unwrap_or_default();
        deviations.iter().zip(later).map(|(a, b)| a * b).sum::<f64>() / count
    };
    let variance = covariance(0);
    if variance <= 0.0 {
        return (1.0, 0.0);
    }
    let longest = (3.0 * count.sqrt()).min(count / 3.0).max(1.0);
    // The smallest lag after which a run of autocorrelations is insignificant.
    let decades = math::ln(count) / std::f64::consts::LN_10;
    let (band, run) = (2.0 * (decades / count).sqrt(), (decades.sqrt().ceil() as usize).max(5));
    let (mut covariances, mut quiet) = (vec![variance], 0);
    while quiet < run && (covariances.len() as f64) <= longest + run as f64 {
        let next = covariance(covariances.len());
        quiet = if next.abs() < band * variance { quiet + 1 } else { 0 };
        covariances.push(next);
    }
    let last = covariances.len() - 1 - quiet;
    let window = (2 * last).max(1);
    (covariances.len()..=window).for_each(|lag| covariances.push(covariance(lag)));
    // The spectral density at 0 and its curvature, by a trapezoidal flat-top window.
    let (mut density, mut curvature) = (variance, 0.0);
    for (lag, covariance) in covariances.iter().enumerate().take(window + 1).skip(1) {
        let weight = (2.0 * (1.0 - lag as f64 / window as f64)).min(1.0);
        density += 2.0 * weight * covariance;
        curvature += 2.0 * weight * lag as f64 * covariance;
    }
    if density <= 0.0 {
        return (longest, variance);
    }
    // (2G²/D)^(1/3) · n^(1/3) with D = 2g².
    let ratio = curvature * curvature / (density * density);
    (math::cbrt(ratio * count).clamp(1.0, longest), density)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A first-order autoregression of mean 0 and innovations of variance 1.
    fn autoregression(random: &mut Random, strength: f64, count: usize) -> Vec<f64> {
        let mut value = random.normal() / (1.0 - strength * strength).sqrt();
        (0..count)
            .map(|_| {
                value = strength * value + random.normal();
                value
            })
            .collect()
    }

    #[test]
    fn the_margin_of_independent_values_is_that_of_the_normal_law() {
        let mut random = Random::new(1);
        let values: Vec<f64> = (0..2000).map(|_| 3.0 + 2.0 * random.normal()).collect();
        let found = bootstrap_mean(&values, 0.95, 4000, Some(1.0), 7);
        let deviation = (values.iter().map(|x| (x - found.mean).powi(2)).sum::<f64>() / 2000.0).sqrt();
        let exact = 1.959_964 * deviation / 2000f64.sqrt();
        assert!((found.margin / exact - 1.0).abs() < 0.05, "{} against {exact}", found.margin);
        assert!(found.p_value < 0.001);
    }

    /// The variance of the stationary bootstrap's mean has a closed form (Politis & Romano 1994, lemma 1).
    #[test]
    fn the_spread_of_resamples_is_the_closed_form() {
        let mut random = Random::new(3);
        let values = autoregression(&mut random, 0.6, 300);
        let (count, block) = (values.len(), 12.0);
        let average = values.iter().sum::<f64>() / count as f64;
        let deviations: Vec<f64> = values.iter().map(|value| value - average).collect();
        let distances = resample(&deviations, block, 20_000, 5);
        let drawn = distances.iter().map(|distance| distance * distance).sum::<f64>() / 20_000.0;
        let covariance = |lag: usize| {
            (0..count).map(|i| deviations[i] * deviations[(i + lag) % count]).sum::<f64>() / count as f64
        };
        let stays = 1.0 - 1.0 / block;
        let weights = (1..count).map(|lag| {
            let (lag, count) = (lag as f64, count as f64);
            (1.0 - lag / count) * stays.powf(lag)
        });
        // With circular covariances each lag counts once from either side.
        let variance = covariance(0)
            + 2.0 * weights.zip(1..count).map(|(weight, lag)| weight * covariance(lag)).sum::<f64>();
        let exact = variance / count as f64;
        assert!((drawn / exact - 1.0).abs() < 0.05, "{drawn} against {exact}");
    }

    /// For an autoregression of order 1 the best mean length is (2ρ/(1 − ρ²))^(2/3) · n^(1/3) (Politis & White 2004, section 3).
    #[test]
    fn block_lengths_are_near_the_best_for_an_autoregression() {
        for strength in [0.3, 0.7, 0.9] {
            let mut random = Random::new(11);
            let mut lengths: Vec<f64> =
                (0..101).map(|_| memory(&autoregression(&mut random, strength, 1000)).0).collect();
            lengths.sort_by(f64::total_cmp);
            let best = (2.0 * strength / (1.0 - strength * strength)).powf(2.0 / 3.0) * 10.0;
            assert!((lengths[50] / best - 1.0).abs() < 0.35, "{strength}: {} against {best}", lengths[50]);
        }
        assert_eq!(memory(&[0.0; 50]), (1.0, 0.0));
    }

    #[test]
    fn intervals_cover_the_mean_as_often_as_they_say() {
        for (strength, count) in [(0.0, 200), (0.5, 400), (0.8, 1000)] {
            let mut random = Random::new(17);
            let covered = (0..1000)
                .filter(|&run| {
                    let found =
                        bootstrap_mean(&autoregression(&mut random, strength, count), 0.95, 400, None, run);
                    found.mean.abs() <= found.margin
                })
                .count() as f64
                / 1000.0;
            assert!((0.92..=0.975).contains(&covered), "{strength}: {covered}");
        }
    }
}
