//! What a model goes on to learn from each value: for each band of horizons a linear readout of the network's hidden vector,
//! added to what was trained.
//!
//! Normalised least mean squares (Nagumo & Noda 1967, "A learning method for system identification", IEEE Transactions on
//! Automatic Control 12) with a leak: w ← (1 − λ)·w + μ·e·x / (x·x), x = (1, hidden / √n), where e is what the model and the
//! readout left of a value, in units of the usual error. It is stable on any data and costs O(n); without a network it is the
//! level of the errors. Of w·x only the share is added that earlier values bear out, s = Σ c·r / (Σ c² + a prior), with c what
//! the readout said at the origin and r what then was left: it stays near 0 while the load behaves as it was learned.

use serde::{Deserialize, Serialize};

const RATE: f64 = 0.1;
const LEAK: f64 = 1e-3;
/// An error counts as no more, so that a single wild one is soon forgotten.
const LARGEST: f64 = 10.0;
/// Sums are forgotten over so many errors, and so many times the steps ahead: errors of overlapping forecasts tell the same.
const FORGOTTEN: f64 = 64.0;
const FORGOTTEN_AHEAD: f64 = 8.0;
/// Sum of squared units that is needed before a readout counts for half, times the steps ahead.
const PRIOR: f64 = 10.0;

/// A readout for each band.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Readout {
    bands: Vec<Weights>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Weights {
    weights: Vec<f64>,
    /// Discounted sums of c·r and of c².
    product: f64,
    square: f64,
}

/// The constant, and the hidden numbers, of which none counts for more than it.
fn inputs(hidden: &[f64]) -> impl Iterator<Item = f64> {
    let scale = 1.0 / (hidden.len().max(1) as f64).sqrt();
    std::iter::once(1.0).chain(hidden.iter().map(move |x| x.clamp(-1.0, 1.0) * scale))
}

impl Weights {
    fn says(&self, hidden: &[f64]) -> f64 {
        self.weights.iter().zip(inputs(hidden)).map(|(weight, x)| weight * x).sum()
    }
}

impl Readout {
    /// Nothing learned yet, for `hidden` numbers.
    pub(super) fn new(bands: usize, hidden: usize) -> Self {
        let weights = Weights { weights: vec![0.0; 1 + hidden], product: 0.0, square: 0.0 };
        Readout { bands: vec![weights; bands] }
    }

    /// What each band says of an origin, in units of the usual error.
    pub(super) fn says(&self, hidden: &[f64]) -> Vec<f64> {
        self.bands.iter().map(|band| band.says(hidden)).collect()
    }

    /// What is added in a band of what it says.
    pub(super) fn share(&self, band: usize) -> f64 {
        let prior = PRIOR * (1u64 << band.min(12)) as f64;
        self.bands.get(band).map_or(0.0, |band| (band.product / (band.square + prior)).clamp(0.0, 1.0))
    }

    /// Takes in what the trained model left of a value, `ahead` steps after an origin at which the band said `said`.
    pub(super) fn learn(&mut self, band: usize, ahead: usize, hidden: &[f64], said: f64, left: f64) {
        let Some(band) = self.bands.get_mut(band).filter(|_| !left.is_nan()) else { return };
        let kept = 1.0 - 1.0 / (FORGOTTEN + FORGOTTEN_AHEAD * ahead as f64);
        let borne_out = said + (left - said).clamp(-LARGEST, LARGEST);
        band.product = kept * band.product + said * borne_out;
        band.square = kept * band.square + said * said;
        let error = (left - band.says(hidden)).clamp(-LARGEST, LARGEST);
        let step = RATE * error / inputs(hidden).map(|x| x * x).sum::<f64>();
        let moved = band.weights.iter_mut().zip(inputs(hidden));
        moved.for_each(|(weight, x)| *weight += step * x - LEAK * *weight);
    }

    pub(super) fn is_whole(&self, bands: usize, hidden: usize) -> bool {
        self.bands.len() == bands
            && self.bands.iter().all(|band| {
                band.weights.len() == 1 + hidden
                    && band.weights.iter().all(|weight| weight.abs() <= RATE * LARGEST / LEAK)
                    && band.product.is_finite()
                    && band.square.is_finite()
                    && band.square >= 0.0
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_level_and_a_relation_are_learned_and_noise_is_not() {
        let mut random = Random::new(4);
        let (mut level, mut noise) = (Readout::new(1, 2), Readout::new(1, 2));
        for _ in 0..3000 {
            let hidden = [random.normal().clamp(-1.0, 1.0), random.normal().clamp(-1.0, 1.0)];
            let error = random.normal();
            let said = level.says(&hidden)[0];
            level.learn(0, 1, &hidden, said, 2.0 + 3.0 * hidden[1] + 0.1 * error);
            let said = noise.says(&hidden)[0];
            noise.learn(0, 1, &hidden, said, error);
        }
        let said = |hidden: [f64; 2]| level.share(0) * level.says(&hidden)[0];
        assert!((said([0.0, 0.0]) - 2.0).abs() < 0.2 && (said([0.0, 1.0]) - 5.0).abs() < 0.3, "{level:?}");
        assert!(noise.share(0) < 0.2, "{noise:?}");
    }

    #[test]
    fn whatever_comes_it_stays_within_its_bounds() {
        let mut readout = Readout::new(2, 1);
        for (i, left) in
            [1e300, -1e300, f64::NAN, f64::INFINITY, 5.0].into_iter().cycle().take(10_000).enumerate()
        {
            let hidden = [if i % 3 == 0 { 1e300 } else { -0.5 }];
            let said = readout.says(&hidden)[1];
            readout.learn(1, 8, &hidden, said, left);
            assert!(readout.is_whole(2, 1) && readout.says(&hidden)[1].is_finite(), "{readout:?}");
        }
        let before = readout.says(&[0.0])[1];
        (0..100).for_each(|_| readout.learn(1, 8, &[0.0], 0.0, 0.0));
        assert!(readout.says(&[0.0])[1].abs() < 0.01 + 0.01 * before.abs(), "wild errors are forgotten");
    }
}
