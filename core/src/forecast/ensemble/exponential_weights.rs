//! Weights of experts, learned from their losses, that follow whichever was best lately.
//!
//! Exponential weights over discounted losses: wᵢ ∝ vᵢ·exp(−η·Lᵢ), with v the weights begun with and L ← β·(L + loss) each
//! round. For losses in [0, 1], any sequence and any expert i, the discounted regret Σ βⁿ⁻ᵗ·(weighted loss − loss of i) over
//! rounds t ≤ n is at most ln(1/vᵢ)/η + η/(8·(1 − β)): by induction with Hoeffding's lemma and Jensen's inequality for x ↦ xᵝ
//! (the discounted regret of Cesa-Bianchi & Lugosi 2006, "Prediction, Learning, and Games", section 2.11).

use crate::error::{Error, Result, positive, same_length, strictly_between};
use serde::{Deserialize, Serialize};

/// Weights by discounted losses. An update costs one exponential an expert and does not allocate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExponentialWeights {
    weights: Vec<f64>,
    prior: Vec<f64>,
    losses: Vec<f64>,
    rate: f64,
    discount: f64,
}

impl ExponentialWeights {
    /// Weights that begin in proportion to `prior` (positive numbers, one an expert), with learning rate η `rate` (positive)
    /// and discount β `discount`, between 0 and 1: about 1/(1 − β) rounds are remembered.
    ///
    /// # Errors
    /// [`Error::Config`] for numbers outside of their range.
    pub fn new(prior: &[f64], rate: f64, discount: f64) -> Result<Self> {
        positive("rate", rate)?;
        strictly_between("discount", discount, 0.0, 1.0)?;
        prior.iter().try_for_each(|weight| positive("prior", *weight).map(|_| ()))?;
        if prior.is_empty() || !prior.iter().sum::<f64>().is_finite() {
            let problem = format!("must be some numbers with a finite sum, got {}", prior.len());
            return Err(Error::config("prior", problem));
        }
        Ok(Self::of(prior, rate, discount))
    }

    /// As [`ExponentialWeights::new`], with numbers that are known to be right.
    pub(super) fn of(prior: &[f64], rate: f64, discount: f64) -> Self {
        let total: f64 = prior.iter().sum();
        let prior: Vec<f64> = prior.iter().map(|weight| weight / total).collect();
        ExponentialWeights { weights: prior.clone(), losses: vec![0.0; prior.len()], prior, rate, discount }
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

    /// As [`ExponentialWeights::update`], with losses that are known to be right.
    pub(super) fn learn(&mut self, losses: &[f64]) {
        let awake = || self.weights.iter().zip(losses).filter(|(_, loss)| !loss.is_nan());
        let mass: f64 = awake().map(|(weight, _)| weight).sum();
        let lost: f64 = awake().map(|(weight, loss)| weight * loss).sum();
        if mass.is_nan() || mass <= 0.0 {
            return;
        }
        let average = lost / mass;
        for (sum, loss) in self.losses.iter_mut().zip(losses) {
            *sum = self.discount * (*sum + if loss.is_nan() { average } else { *loss });
        }
        let least = self.losses.iter().copied().fold(f64::INFINITY, f64::min);
        for ((weight, prior), sum) in self.weights.iter_mut().zip(&self.prior).zip(&self.losses) {
            *weight = prior * crate::math::exp_of_negative(self.rate * (least - sum));
        }
        let total: f64 = self.weights.iter().sum();
        self.weights.iter_mut().for_each(|weight| *weight /= total);
    }

    pub(crate) fn is_whole(&self, experts: usize) -> bool {
        [&self.weights, &self.prior]
            .iter()
            .all(|shares| shares.len() == experts && shares.iter().all(|share| (0.0..=1.0).contains(share)))
            && self.losses.len() == experts
            && self.losses.iter().all(|loss| loss.is_finite() && *loss >= 0.0)
            && self.rate > 0.0
            && self.rate.is_finite()
            && (0.0..1.0).contains(&self.discount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn discounted_regret_is_within_the_bound(
            rounds in prop::collection::vec(prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0..1.0f64], 4), 1..300),
            rate in 0.01..5.0f64, discount in 0.5..0.999f64,
        ) {
            let mut rule = ExponentialWeights::new(&[1.0, 2.0, 3.0, 4.0], rate, discount).unwrap();
            let (mut own, mut experts, mut weight_of_rounds) = (0.0, [0.0; 4], 0.0);
            for losses in &rounds {
                let mixed: f64 = rule.weights().iter().zip(losses).map(|(w, l)| w * l).sum();
                own = discount * own + mixed;
                experts.iter_mut().zip(losses).for_each(|(sum, loss)| *sum = discount * *sum + loss);
                weight_of_rounds = discount * weight_of_rounds + 1.0;
                rule.update(losses).unwrap();
                prop_assert!((rule.weights().iter().sum::<f64>() - 1.0).abs() < 1e-9);
            }
            for (i, expert) in experts.iter().enumerate() {
                let bound = (10.0 / (i as f64 + 1.0)).ln() / rate + rate / 8.0 * weight_of_rounds;
                prop_assert!(own - expert <= bound + 1e-9, "{own} {expert} {bound}");
            }
        }
    }

    #[test]
    fn bad_losses_are_refused_and_sleepers_are_neutral() {
        let mut rule = ExponentialWeights::new(&[1.0, 2.0, 1.0], 1.0, 0.9).unwrap();
        assert!(rule.update(&[0.0, 2.0, 0.0]).is_err());
        assert!(rule.update(&[0.0]).is_err());
        assert_eq!(rule.weights(), [0.25, 0.5, 0.25]);
        rule.update(&[0.5, f64::NAN, 0.5]).unwrap();
        assert!((rule.weights()[1] - 0.5).abs() < 1e-12);
        assert!(ExponentialWeights::new(&[], 1.0, 0.1).is_err());
        assert!(ExponentialWeights::new(&[1.0], 1.0, 1.0).is_err());
    }
}
