//! How far a load is from its waves just now, and how that fades: rₜ₊ₕ ≈ ρʰ·sₜ, with sₜ = ρ·sₜ₋₁ + α·(rₜ − ρ·sₜ₋₁).
//!
//! This is an autoregressive moving average of order (1, 1): with ρ = 1 exponential smoothing of a level that wanders, with ρ < 1
//! a disturbance that dies out. ρ and α are those with the smallest errors one step ahead, outliers cut. The spread at longer
//! horizons is measured rather than derived, because a load's noise is seldom the one that a formula assumes.

use super::waves::centre_and_spread;
use crate::math::{exp, ln};
use serde::{Deserialize, Serialize};

const RHO: [f64; 11] = [0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0];
const ALPHA: [f64; 8] = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0];
/// The newest residuals that choose ρ and α.
const JUDGED: usize = 4_096;
/// Errors beyond so many standard deviations are cut there, unless several of one sign follow each other.
const OUTLIER: f64 = 5.0;
const WILD: f64 = 100.0;
const NO_ACCIDENT: i8 = 3;
/// The spread follows the last few hundred errors.
const MEMORY: f64 = 300.0;
/// Below so many residuals nothing is chosen.
const FEWEST: usize = 16;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Deviation {
    pub(super) rho: f64,
    pub(super) alpha: f64,
    state: f64,
    variance: f64,
    errors: f64,
    /// Errors beyond the outlier limit in a row, with their sign.
    streak: i8,
    /// Spread at 1, 2, 4, … steps ahead over that at 1, never falling.
    growth: Vec<f64>,
}

impl Default for Deviation {
    fn default() -> Self {
        Deviation { rho: 1.0, alpha: 0.5, state: 0.0, variance: 0.0, errors: 0.0, streak: 0, growth: vec![] }
    }
}

impl Deviation {
    /// Learns from residuals (NaN = missing).
    pub(super) fn fit(residuals: &[f64]) -> Deviation {
        let recent = residuals.get(residuals.len().saturating_sub(JUDGED)..).unwrap_or_default();
        let known: Vec<f64> = recent.iter().copied().filter(|x| !x.is_nan()).collect();
        let mut best = (Deviation::default(), f64::INFINITY);
        if known.len() >= FEWEST
            && let Some((_, spread)) = centre_and_spread(&known)
        {
            let limit = OUTLIER * OUTLIER * spread * spread;
            for rho in RHO {
                for alpha in ALPHA {
                    let (mut state, mut cost) = (0.0, 0.0);
                    for x in recent {
                        state *= rho;
                        if !x.is_nan() {
                            let error = x - state;
                            cost += (error * error).min(limit);
                            state += alpha * error.clamp(-OUTLIER * spread, OUTLIER * spread);
                        }
                    }
                    if cost < best.1 {
                        best = (Deviation { rho, alpha, ..Deviation::default() }, cost);
                    }
                }
            }
        }
        let mut chosen = best.0;
        // What is wild teaches nothing about the rest.
        let most = WILD * centre_and_spread(&known).map_or(0.0, |(_, spread)| spread);
        let tamed: Vec<f64> = residuals.iter().map(|x| x.clamp(-most, most)).collect();
        let residuals = &tamed;
        let states: Vec<f64> = residuals
            .iter()
            .map(|x| {
                chosen.take(*x);
                chosen.state
            })
            .collect();
        chosen.growth = chosen.growth_of(residuals, &states);
        chosen
    }

    /// The next residual, NaN = missing.
    pub(super) fn take(&mut self, residual: f64) {
        let expected = self.rho * self.state;
        self.state = expected;
        if residual.is_nan() {
            return;
        }
        let mut error = residual - expected;
        let limit = OUTLIER * self.variance.sqrt();
        if self.errors >= MEMORY / 20.0 && error.abs() > limit {
            let sign = if error > 0.0 { 1 } else { -1 };
            self.streak = if self.streak * sign > 0 {
                (self.streak + sign).clamp(-NO_ACCIDENT, NO_ACCIDENT)
            } else {
                sign
            };
            if self.streak.abs() < NO_ACCIDENT {
                error = error.clamp(-limit, limit);
            }
        } else {
            self.streak = 0;
        }
        let square = error * error;
        if square.is_finite() {
            self.errors = (self.errors + 1.0).min(MEMORY);
            self.variance += (square - self.variance) / self.errors;
        }
        self.state = (self.state + self.alpha * error).clamp(-f64::MAX, f64::MAX);
    }

    /// Expected deviation so many steps ahead, for each of `ahead` steps, added to `sums`.
    pub(super) fn add_to(&self, sums: &mut [f64]) {
        let mut expected = self.state;
        for sum in sums {
            expected *= self.rho;
            *sum += expected;
        }
    }

    /// Standard deviation of the error so many steps ahead; NaN before the first error.
    pub(super) fn spread(&self, ahead: usize) -> f64 {
        if self.errors < 1.0 {
            return f64::NAN;
        }
        let one = self.variance.sqrt();
        if self.growth.is_empty() {
            return one * (1.0 + self.alpha * self.alpha * ahead.saturating_sub(1) as f64).sqrt();
        }
        let doublings = ln(ahead.max(1) as f64) / std::f64::consts::LN_2;
        let before = doublings as usize;
        let last = self.growth.last().copied().unwrap_or(1.0);
        let at = |i: usize| self.growth.get(i).copied().unwrap_or(last);
        one * (at(before) + (doublings - before as f64) * (at(before + 1) - at(before)))
    }

    /// Root mean squares of the errors 1, 2, 4, … steps ahead, up to a quarter of the residuals, over the first; outliers cut.
    fn growth_of(&self, residuals: &[f64], states: &[f64]) -> Vec<f64> {
        let mut growth: Vec<f64> = Vec::new();
        let mut first = 0.0;
        let mut ahead = 1;
        while 4 * ahead <= residuals.len() && ahead <= 1 << 20 {
            let fade = if self.rho > 0.0 { exp(ahead as f64 * ln(self.rho)) } else { 0.0 };
            let errors: Vec<f64> = residuals
                .iter()
                .skip(ahead)
                .zip(states)
                .map(|(x, state)| x - fade * state)
                .filter(|error| !error.is_nan())
                .collect();
            let Some((_, scale)) = centre_and_spread(&errors) else { break };
            let most = OUTLIER * scale;
            let squares = errors.iter().map(|error| error.clamp(-most, most)).map(|error| error * error);
            let size = (squares.sum::<f64>() / errors.len() as f64).sqrt();
            if ahead == 1 {
                first = size;
            }
            let ratio = if first > 0.0 && size.is_finite() { size / first } else { 1.0 };
            growth.push(ratio.max(growth.last().copied().unwrap_or(1.0)));
            ahead *= 2;
        }
        growth
    }

    pub(super) fn is_whole(&self) -> bool {
        (0.0..=1.0).contains(&self.rho)
            && (0.0..=1.0).contains(&self.alpha)
            && self.state.is_finite()
            && self.variance >= 0.0
            && self.variance.is_finite()
            && (0.0..=MEMORY).contains(&self.errors)
            && (-NO_ACCIDENT..=NO_ACCIDENT).contains(&self.streak)
            && self.growth.iter().all(|ratio| (1.0..f64::MAX).contains(ratio))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn noise(memory: f64, n: usize) -> Vec<f64> {
        let mut random = Random::new(11);
        let mut x = 0.0;
        (0..n)
            .map(|_| {
                x = memory * x + random.normal();
                x
            })
            .collect()
    }

    #[test]
    fn the_kind_of_noise_is_found_and_its_spread_grows_as_it_should() {
        // White noise: nothing to learn. Memory 0.9: spread at h is √((1 − 0.81ʰ)/(1 − 0.81)). A random walk: √h.
        let white = Deviation::fit(&noise(0.0, 4000));
        assert!(white.rho * white.alpha < 0.03 && (white.spread(64) - 1.0).abs() < 0.12, "{white:?}");
        let fading = Deviation::fit(&noise(0.9, 4000));
        assert!((fading.rho * fading.alpha - 0.9).abs() < 0.08, "{fading:?}");
        assert!((fading.spread(100) - 2.294).abs() < 0.4, "{}", fading.spread(100));
        let walk = Deviation::fit(&noise(1.0, 4000));
        assert!(walk.rho >= 0.999 && walk.alpha >= 0.7 && (walk.spread(64) - 8.0).abs() < 2.0, "{walk:?}");
    }

    #[test]
    fn one_wild_value_passes_and_a_new_level_is_believed() {
        let mut deviation = Deviation::fit(&noise(0.9, 500));
        let before = deviation.spread(1);
        deviation.take(1e300);
        assert!(deviation.state.abs() < 12.0 && deviation.spread(1) < 2.0 * before, "{deviation:?}");
        (0..60).for_each(|_| deviation.take(100.0));
        assert!((deviation.state - 100.0).abs() < 15.0, "{deviation:?}");
    }
}
