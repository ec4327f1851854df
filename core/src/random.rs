//! The one source of random numbers: a seeded PCG-64 generator whose draws are the same on every platform.
//!
//! O'Neill 2014, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random
//! Number Generation". The state is a value: it goes into snapshots and continues where it stopped.

use crate::math;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// A seeded generator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Random(rand_pcg::Pcg64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(rand_pcg::Pcg64::seed_from_u64(seed))
    }

    /// The generator number `stream` of a seed: independent of the others, whatever the order they are used in.
    pub(crate) fn stream(seed: u64, stream: u64) -> Self {
        // SplitMix64's finalizer: neighbouring (seed, stream) pairs land far apart.
        let mut mixed = seed ^ stream.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Random::new(mixed ^ (mixed >> 31))
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform on [0, 1), with 53 random bits.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform on {0, 1, …, n − 1}; 0 when n is 0. Lemire 2019, "Fast Random Integer Generation in an Interval".
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        loop {
            let product = u128::from(self.next_u64()) * u128::from(n);
            let low = product as u64;
            if low >= n || low >= n.wrapping_neg() % n.max(1) {
                return (product >> 64) as u64;
            }
        }
    }

    /// Standard normal, by Marsaglia's polar method.
    pub(crate) fn normal(&mut self) -> f64 {
        loop {
            let u = 2.0 * self.unit() - 1.0;
            let v = 2.0 * self.unit() - 1.0;
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                return u * (-2.0 * math::ln(s) / s).sqrt();
            }
        }
    }

    /// Exponential with mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -math::ln(1.0 - self.unit())
    }

    /// Poisson with the given mean: multiplication of uniforms below 30, above it Hörmann's transformed
    /// rejection (1993, "The transformed rejection method for generating Poisson random variables", PTRS).
    pub(crate) fn poisson(&mut self, mean: f64) -> f64 {
        if mean.is_nan() || mean <= 0.0 {
            return 0.0;
        }
        if mean < 30.0 {
            let limit = math::exp(-mean);
            let mut product = self.unit();
            let mut count = 0.0;
            while product > limit {
                product *= self.unit();
                count += 1.0;
            }
            return count;
        }
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let v_r = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = self.unit() - 0.5;
            let v = self.unit();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= v_r {
                return k;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            let left = math::ln(v) + math::ln(inverse_alpha) - math::ln(a / (us * us) + b);
            if left <= k * math::ln(mean) - mean - math::lgamma(k + 1.0) {
                return k;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_repeatable_and_streams_differ() {
        let draw = |mut random: Random| (0..4).map(|_| random.next_u64()).collect::<Vec<_>>();
        assert_eq!(draw(Random::new(7)), draw(Random::new(7)));
        assert_ne!(draw(Random::stream(7, 0)), draw(Random::stream(7, 1)));
        assert_ne!(draw(Random::stream(7, 0)), draw(Random::stream(8, 0)));
    }

    #[test]
    fn samples_have_the_moments_of_their_law() {
        let mut random = Random::new(1);
        let n = 200_000;
        for mean in [0.5, 5.0, 29.0, 31.0, 400.0] {
            let draws: Vec<f64> = (0..n).map(|_| random.poisson(mean)).collect();
            let average = draws.iter().sum::<f64>() / f64::from(n);
            let variance = draws.iter().map(|x| (x - average).powi(2)).sum::<f64>() / f64::from(n);
            let standard_error = (mean / f64::from(n)).sqrt();
            assert!((average - mean).abs() < 5.0 * standard_error, "mean {average} of Poisson({mean})");
            assert!((variance / mean - 1.0).abs() < 0.03, "variance {variance} of Poisson({mean})");
        }
        let normals: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let average = normals.iter().sum::<f64>() / f64::from(n);
        let variance = normals.iter().map(|x| x * x).sum::<f64>() / f64::from(n);
        assert!(average.abs() < 0.012 && (variance - 1.0).abs() < 0.02, "{average} {variance}");
        let mut counts = [0u32; 7];
        (0..70_000).for_each(|_| counts[random.below(7) as usize] += 1);
        assert!(counts.iter().all(|&count| (9_500..10_500).contains(&count)), "{counts:?}");
    }
}
