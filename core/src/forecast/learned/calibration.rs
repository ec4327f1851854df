//! How wide the law around a forecast is: quantiles of the errors that the held-out samples showed.
//!
//! Split conformal prediction with locally scaled errors (Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, "Distribution-Free
//! Predictive Inference for Regression", JASA 113, sections 2.2 and 5.2; Romano, Patterson & Candès 2019, "Conformalized
//! Quantile Regression", NeurIPS): an error is divided by the side of the law that the model gave, and the conformal
//! quantiles of these scores, ⌈p·(n + 1)⌉ of n, hold for each band of horizons. Later errors widen a band while the model is
//! surprised more than it was on the held-out samples.

use super::design::band;
use super::lesson::Correction;
use crate::error::Result;
use crate::forecast::normal_quantile;
use serde::{Deserialize, Serialize};

/// Fewer scores than this are pooled with all others.
const FEWEST: usize = 60;
const PROBABILITIES: [f64; 17] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.995];
/// Weight of the latest error in the running surprise. Errors of overlapping forecasts tell much the same: further ahead all
/// of those that overlap have no more than the second weight.
const RATE: f64 = 0.03;
const OVERLAPPING_RATE: f64 = 0.2;
/// A single wild error must not widen everything for long.
const LARGEST_SCORE: f64 = 30.0;

/// The scores' quantiles, and how large scores were then and are now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Calibration {
    /// Φ⁻¹ of the probabilities.
    normal: Vec<f64>,
    /// For each band a quantile for each probability.
    bands: Vec<Vec<f64>>,
    /// For each band the mean absolute score of the held-out samples, and that of late.
    surprise: Vec<(f64, f64)>,
}

fn score(correction: Correction, residual: f64) -> f64 {
    let error = residual - correction.shift;
    error / if error < 0.0 { correction.below } else { correction.above }
}

impl Calibration {
    /// From the steps ahead, corrections and residuals of held-out samples.
    pub(super) fn fit(samples: impl Iterator<Item = (usize, Correction, f64)>, bands: usize) -> Result<Self> {
        let mut of_band = vec![Vec::new(); bands];
        let mut all = Vec::new();
        for (ahead, correction, residual) in samples {
            let score = score(correction, residual);
            all.push(score);
            if let Some(scores) = of_band.get_mut(band(ahead, bands)) {
                scores.push(score);
            }
        }
        all.sort_unstable_by(f64::total_cmp);
        let fewest = of_band.iter().map(Vec::len).filter(|count| *count >= FEWEST).min().unwrap_or(all.len());
        // What so few scores cannot tell is left to the normal law beyond the outermost.
        let told = |p: &f64| p.min(1.0 - p) * (fewest + 1) as f64 >= 1.0 || (0.2..=0.8).contains(p);
        let probabilities: Vec<f64> = PROBABILITIES.into_iter().filter(told).collect();
        let quantiles = |scores: &[f64]| -> Vec<f64> {
            let at = |p: f64| {
                let rank = (p * (scores.len() + 1) as f64 - 1.0).clamp(0.0, scores.len().max(1) as f64 - 1.0);
                let near = |rank: f64| scores.get(rank as usize).copied().unwrap_or(0.0);
                near(rank.floor()) + (rank - rank.floor()) * (near(rank.ceil()) - near(rank.floor()))
            };
            probabilities.iter().map(|p| at(*p)).collect()
        };
        let mean = |scores: &[f64]| {
            let sizes = scores.iter().map(|score| score.abs().min(LARGEST_SCORE));
            (sizes.sum::<f64>() / scores.len().max(1) as f64).max(1e-3)
        };
        of_band.iter_mut().for_each(|scores| scores.sort_unstable_by(f64::total_cmp));
        let enough = of_band.iter().map(|scores| if scores.len() >= FEWEST { scores } else { &all });
        let surprise = enough.clone().map(|scores| (mean(scores), mean(scores))).collect();
        let bands = enough.map(|scores| quantiles(scores)).collect();
        let normal = probabilities.iter().map(|p| normal_quantile(*p)).collect::<Result<_>>()?;
        Ok(Calibration { normal, bands, surprise })
    }

    /// Φ⁻¹ of the probabilities of [`Calibration::quantiles`].
    pub(super) fn normal(&self) -> &[f64] {
        &self.normal
    }

    /// Quantiles around the linear model's forecast, in units of its usual error; they never cross.
    pub(super) fn quantiles(&self, ahead: usize, correction: Correction) -> impl Iterator<Item = f64> {
        let band = band(ahead, self.bands.len());
        let wider = self.surprise.get(band).map_or(1.0, |(usual, now)| (now / usual).clamp(0.7, 20.0));
        let table = self.bands.get(band).map(Vec::as_slice).unwrap_or_default();
        table.iter().map(move |score| {
            correction.shift + wider * score * if *score < 0.0 { correction.below } else { correction.above }
        })
    }

    /// Takes in how a forecast of so many steps ahead turned out.
    pub(super) fn learn(&mut self, ahead: usize, correction: Correction, residual: f64) {
        let score = score(correction, residual).abs().min(LARGEST_SCORE);
        let rate = RATE.min(OVERLAPPING_RATE / ahead as f64);
        let band = band(ahead, self.bands.len());
        if let Some((_, now)) = self.surprise.get_mut(band).filter(|_| !score.is_nan()) {
            *now += rate * (score - *now);
        }
    }

    pub(super) fn is_whole(&self, bands: usize) -> bool {
        self.normal.len() >= 2
            && self.normal.is_sorted_by(|a, b| a < b)
            && self.bands.len() == bands
            && self.bands.iter().all(|table| {
                table.len() == self.normal.len()
                    && table.is_sorted()
                    && table.iter().all(|score| score.is_finite())
            })
            && self.surprise.len() == bands
            && self
                .surprise
                .iter()
                .all(|(usual, now)| *usual > 0.0 && usual.is_finite() && *now >= 0.0 && now.is_finite())
    }
}
