//! Whether holding resources ready pays: what they cost against the degradation that they are expected to save.
//!
//! With demand `Nᵣ(μᵣ, σᵣ)` in a window, service is degraded where any resource's demand exceeds its limit: with probability
//! `maxᵣ Φ((μᵣ − limitᵣ)/σᵣ)`, since resources that serve the same requests peak together (their joint probability lies between that and the
//! sum). Over windows of length s the benefit is `D·s·Σ (P_without − P_with)`, D being what an hour of degradation costs; the cost is price × time.

use super::resource_model::Law;
use crate::math::erfc;
use serde::{Deserialize, Serialize};

/// What holding shadows ready over the coming windows costs and is expected to save.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CostBenefit {
    /// Probability that the primary alone is overloaded in the worst window.
    pub probability: f64,
    /// Hours of overload expected without the shadows' resources.
    pub hours_without: f64,
    /// Hours of overload expected with them.
    pub hours_with: f64,
    /// What the resources cost over these windows.
    pub cost: f64,
    /// What the overload that they spare would cost.
    pub benefit: f64,
    /// Whether the benefit exceeds the cost.
    pub pays: bool,
}

/// Utilization beyond which service is degraded, without and with what is to be held ready.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits<'a> {
    pub(super) without: &'a [f64],
    pub(super) with: &'a [f64],
}

/// The test over windows of `hours` each: `price_per_hour` of what is held ready, `degradation_cost_per_hour` of an overload.
pub(super) fn cost_benefit(
    windows: &[Vec<Law>],
    limits: Limits<'_>,
    hours: f64,
    price_per_hour: f64,
    degradation_cost_per_hour: f64,
) -> CostBenefit {
    let (mut probability, mut without, mut with) = (0.0f64, 0.0, 0.0);
    for window in windows {
        let alone = overload(window, limits.without);
        probability = probability.max(alone);
        without += alone * hours;
        with += overload(window, limits.with) * hours;
    }
    let cost = price_per_hour * hours * windows.len() as f64;
    let benefit = degradation_cost_per_hour * (without - with).max(0.0);
    CostBenefit { probability, hours_without: without, hours_with: with, cost, benefit, pays: benefit > cost }
}

/// Probability that any resource exceeds its limit in one window.
fn overload(window: &[Law], limits: &[f64]) -> f64 {
    let exceeds = |(law, limit): (&Law, &f64)| {
        if law.deviation > 0.0 {
            0.5 * erfc((limit - law.mean) / (law.deviation * std::f64::consts::SQRT_2))
        } else {
            f64::from(u8::from(law.mean > *limit))
        }
    };
    window.iter().zip(limits).map(exceeds).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed forms: Φ(0) = ½, Φ(−1) = 0.158655253931457, Φ(−2) = 0.0227501319481792.
    #[test]
    fn the_test_is_price_times_time_against_probability_times_cost_times_duration() {
        let law = |mean, deviation| Law { mean, deviation };
        let windows = [vec![law(0.9, 0.1)], vec![law(0.8, 0.1)]];
        let worth = |price, damage| {
            cost_benefit(&windows, Limits { without: &[0.9], with: &[1.0] }, 0.5, price, damage)
        };
        let found = worth(3.0, 10.0);
        let (one, two) = (0.158655253931457, 0.0227501319481792);
        assert!((found.probability - 0.5).abs() < 1e-15);
        assert!((found.hours_without - 0.5 * (0.5 + one)).abs() < 1e-14);
        assert!((found.hours_with - 0.5 * (one + two)).abs() < 1e-14);
        assert!((found.cost - 3.0).abs() < 1e-15 && !found.pays);
        assert!((found.benefit - 5.0 * (0.5 - two)).abs() < 1e-13);
        // It pays from damage = cost/(hours spared) on.
        let spared = 0.5 * (0.5 - two);
        assert!(worth(3.0, 3.0 / spared * 1.0001).pays && !worth(3.0, 3.0 / spared * 0.9999).pays);
    }

    #[test]
    fn resources_peak_together_and_certainty_is_certain() {
        let law = |mean, deviation| Law { mean, deviation };
        let limits = Limits { without: &[0.9, 0.9], with: &[2.0, 2.0] };
        let found = cost_benefit(&[vec![law(0.9, 0.1), law(0.8, 0.1)]], limits, 1.0, 0.0, 1.0);
        assert_eq!(found.probability, 0.5, "the likelier of the two, not their sum");
        let found = cost_benefit(&[vec![law(0.91, 0.0), law(0.1, 0.0)]], limits, 1.0, 0.0, 1.0);
        assert_eq!((found.probability, found.hours_with, found.benefit, found.pays), (1.0, 0.0, 1.0, true));
        assert!(!cost_benefit(&[], limits, 1.0, 1.0, 1.0).pays);
    }
}
