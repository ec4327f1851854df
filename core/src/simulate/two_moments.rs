//! Random times of mean 1 with a given coefficient of variation.
//!
//! 1 is exponential. Below, a mixture of two Erlang laws with neighbouring counts of phases; above, a hyperexponential law with balanced
//! means; 0 is a constant (Tijms 1994, "Stochastic Models: An Algorithmic Approach", appendix B).

use crate::math;
use crate::random::Random;

/// The law of a time with mean 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TwoMoments {
    Constant,
    Exponential,
    /// With this probability one phase less than `phases`; the rate of each phase.
    Erlang {
        fewer: f64,
        phases: u32,
        rate: f64,
    },
    /// With this probability the first rate, else the second.
    Hyperexponential {
        first: f64,
        rates: [f64; 2],
    },
}

/// The least variation but 0: a time of 100 phases.
pub(super) const LEAST_VARIATION: f64 = 0.1;

impl TwoMoments {
    /// `variation` is 0 or at least [`LEAST_VARIATION`].
    pub(super) fn new(variation: f64) -> Self {
        let square = variation * variation;
        if variation < LEAST_VARIATION {
            TwoMoments::Constant
        } else if variation == 1.0 {
            TwoMoments::Exponential
        } else if variation < 1.0 {
            let phases = (1.0 / square).ceil();
            let root = (phases * (1.0 + square) - phases * phases * square).max(0.0).sqrt();
            let fewer = (phases * square - root) / (1.0 + square);
            TwoMoments::Erlang { fewer, phases: phases as u32, rate: phases - fewer }
        } else {
            let first = 0.5 * (1.0 + ((square - 1.0) / (square + 1.0)).sqrt());
            TwoMoments::Hyperexponential { first, rates: [2.0 * first, 2.0 * (1.0 - first)] }
        }
    }

    pub(super) fn draw(&self, random: &mut Random) -> f64 {
        match *self {
            TwoMoments::Constant => 1.0,
            TwoMoments::Exponential => random.exponential(),
            TwoMoments::Erlang { fewer, phases, rate } => {
                let phases = if random.unit() < fewer { phases - 1 } else { phases };
                // A sum of exponentials is the logarithm of a product; a hundred factors do not underflow.
                let product: f64 = (0..phases).map(|_| 1.0 - random.unit()).product();
                -math::ln(product) / rate
            }
            TwoMoments::Hyperexponential { first, rates: [one, other] } => {
                let rate = if random.unit() < first { one } else { other };
                random.exponential() / rate
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_their_mean_and_variation() {
        let mut random = Random::new(4);
        let n = 400_000;
        for variation in [0.0, 0.1, 0.3, 0.5, 0.8, 1.0, 1.5, 3.0] {
            let law = TwoMoments::new(variation);
            let draws: Vec<f64> = (0..n).map(|_| law.draw(&mut random)).collect();
            let mean = draws.iter().sum::<f64>() / f64::from(n);
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
            assert!(
                (mean - 1.0).abs() < 5.0 * variation / f64::from(n).sqrt() + 1e-12,
                "{variation}: {mean}"
            );
            assert!(
                (variance.sqrt() - variation).abs() <= 0.03 * variation,
                "{variation}: {}",
                variance.sqrt()
            );
        }
    }
}
