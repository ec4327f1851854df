//! Weights of experts, learned from their losses, that follow whichever is best at the time.
//!
//! Fixed share (Herbster & Warmuth 1998, "Tracking the Best Expert", Machine Learning 32): wᵢ ← wᵢ·exp(−η·lossᵢ), normalised,
//! then wᵢ ← (1 − α)·wᵢ + α·vᵢ, with v the weights begun with. For losses in [0, 1], any sequence of n rounds, and any rival
//! that follows experts i₀, …, i_m in turn (m changes), the weighted loss is above the rival's by no more than
//! (Σ ln 1/v_i + m·ln 1/α + (n − m − 1)·ln 1/(1 − α))/η + η·n/8 (Cesa-Bianchi & Lugosi 2006, Theorem 5.2).

use crate::error::{Error, Result, positive, same_length};
use serde::{Deserialize, Serialize};

/// Weights by the fixed-share rule. An update costs one exponential an expert and does not allocate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FixedShare {
    weights: Vec<f64>,
    prior: Vec<f64>,
    rate: f64,
    share: f64,
}

impl FixedShare {
    /// Weights that begin in proportion to `prior` (positive numbers, one an expert), with learning rate η `rate` (positive)
    /// and switching share α `share`, 0 to 1.
    ///
    /// # Errors
    /// [`Error::Config`] for numbers outside of their range.
    pub fn new(prior: &[f64], rate: f64, share: f64) -> Result<Self> {
        positive("rate", rate)?;
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::config("share", format!("must be 0 to 1, got {share}")));
        }
        prior.iter().try_for_each(|weight| positive("prior", *weight).map(|_| ()))?;
        if prior.is_empty() || !prior.iter().sum::<f64>().is_finite() {
            return Err(Error::config("prior", format!("must be some numbers of finite sum, got {}", prior.len())));
        }
        Ok(Self::of(prior, rate, share))
    }

    /// As [`FixedShare::new`], with numbers that are known to be right.
    pub(super) fn of(prior: &[f64], rate: f64, share: f64) -> Self {
        let total: f64 = prior.iter().sum();
        let prior: Vec<f64> = prior.iter().map(|weight| weight / total).collect();
        FixedShare { weights: prior.clone(), prior, rate, share }
    }

    /// One an expert; they sum to 1.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Takes in each expert's loss of one round, in [0, 1]. A NaN is an expert that slept: it counts as having lost what the
    /// awake ones lost on average.
    ///
    /// # Errors
    /// [`Error::Data`] for a wrong count, or a loss outside of [0, 1]. The weights are then as before.
    pub fn update(&mut self, losses: &[f64]) -> Result<()> {
        same_length("losses", losses.len(), "weights", self.weights.len())?;
        if let Some(loss) = losses.iter().find(|loss| !loss.is_nan() && !(0.0..=1.0).contains(*loss)) {
            return Err(Error::data("losses", format!("must be 0 to 1, got {loss}")));
        }
        self.learn(losses);
        Ok(())
    }

    /// As [`FixedShare::update`], with losses that are known to be right.
    pub(super) fn learn(&mut self, losses: &[f64]) {
        let awake = || self.weights.iter().zip(losses).filter(|(_, loss)| !loss.is_nan());
        let mass: f64 = awake().map(|(weight, _)| weight).sum();
        let lost: f64 = awake().map(|(weight, loss)| weight * loss).sum();
        if !(mass > 0.0) {
            return;
        }
        let average = lost / mass;
        let mut total = 0.0;
        for (weight, loss) in self.weights.iter_mut().zip(losses) {
            if !loss.is_nan() {
                *weight *= crate::math::exp(-self.rate * (loss - average));
            }
            total += *weight;
        }
        for (weight, prior) in self.weights.iter_mut().zip(&self.prior) {
            *weight = (1.0 - self.share) * *weight / total + self.share * prior;
        }
    }

    pub(super) fn is_whole(&self, experts: usize) -> bool {
        self.weights.len() == experts
            && self.prior.len() == experts
            && self.weights.iter().chain(&self.prior).all(|weight| (0.0..=1.0).contains(weight))
            && self.rate > 0.0
            && self.rate.is_finite()
            && (0.0..=1.0).contains(&self.share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The least loss of a rival with at most `changes` changes of expert, by dynamic programming, for each count of them.
    fn best_rivals(losses: &[Vec<f64>], changes: usize) -> Vec<f64> {
        let experts = losses[0].len();
        let mut best = vec![vec![f64::INFINITY; experts]; changes + 1];
        best[0] = vec![0.0; experts];
        for round in losses {
            let before = best.clone();
            for m in 0..=changes {
                for i in 0..experts {
                    let switched = if m > 0 { before[m - 1].iter().copied().fold(f64::INFINITY, f64::min) } else { f64::INFINITY };
                    best[m][i] = before[m][i].min(switched) + round[i];
                }
            }
        }
        best.iter().map(|row| row.iter().copied().fold(f64::INFINITY, f64::min)).collect()
    }

    proptest! {
        #[test]
        fn regret_is_within_the_bound(
            losses in prop::collection::vec(prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0..1.0f64], 4), 2..200),
            rate in 0.05..3.0f64, share in 0.001..0.3f64,
        ) {
            let mut rule = FixedShare::new(&[1.0; 4], rate, share).unwrap();
            let mut own = 0.0;
            for round in &losses {
                own += rule.weights().iter().zip(round).map(|(w, l)| w * l).sum::<f64>();
                rule.update(round).unwrap();
                prop_assert!((rule.weights().iter().sum::<f64>() - 1.0).abs() < 1e-9);
            }
            let n = losses.len() as f64;
            for (m, rival) in best_rivals(&losses, 5).iter().enumerate().take(losses.len()) {
                let m = m as f64;
                let bound = ((m + 1.0) * 4f64.ln() + m * (1.0 / share).ln() + (n - m - 1.0) * (1.0 / (1.0 - share)).ln()) / rate + rate * n / 8.0;
                prop_assert!(own - rival <= bound + 1e-9, "{own} {rival} {bound}");
            }
        }
    }

    #[test]
    fn bad_losses_are_refused_and_sleepers_keep_their_weight() {
        let mut rule = FixedShare::new(&[1.0, 2.0, 1.0], 1.0, 0.0).unwrap();
        assert!(rule.update(&[0.0, 2.0, 0.0]).is_err());
        assert!(rule.update(&[0.0]).is_err());
        assert_eq!(rule.weights(), [0.25, 0.5, 0.25]);
        rule.update(&[0.5, f64::NAN, 0.5]).unwrap();
        assert!((rule.weights()[1] - 0.5).abs() < 1e-12);
        assert!(FixedShare::new(&[], 1.0, 0.1).is_err());
        assert!(FixedShare::new(&[1.0], 1.0, 1.1).is_err());
    }
}
