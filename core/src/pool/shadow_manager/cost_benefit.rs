//! Whether holding resources ready pays, and how much of them: what they cost against the degradation that they are expected to save.
//!
//! In a window, service is degraded where any resource's demand exceeds its limit: with probability `maxᵣ P(demandᵣ > limitᵣ)`, since
//! resources that serve the same requests peak together (their joint probability lies between that and the sum). Over windows of length s the benefit is
//! `D·s·Σ (P_without − P_with)`, D being what an hour of degradation costs; the cost is price × time. Of several amounts, from
//! what is expected to what the quantile asks for, the one is held whose benefit exceeds its cost by most, and none where none does: the last shadow must be
//! worth its own price, not only all of them theirs.

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
    /// What the resources cost over these windows beyond those that idle anyway, which the benefit takes as if they were held, too.
    pub cost: f64,
    /// What the overload that they spare would cost.
    pub benefit: f64,
    /// Whether the benefit exceeds the cost.
    pub pays: bool,
}

/// The test over windows of `hours` each, by the probabilities of an overload in each, without and with what is to be held ready: its price
/// for an hour against `degradation_cost_per_hour`.
pub(super) fn cost_benefit(
    without: &[f64],
    with: &[f64],
    hours: f64,
    price_per_hour: f64,
    degradation_cost_per_hour: f64,
) -> CostBenefit {
    let probability = without.iter().copied().fold(0.0, f64::max);
    let (hours_without, hours_with) = (without.iter().sum::<f64>() * hours, with.iter().sum::<f64>() * hours);
    let cost = price_per_hour * hours * without.len() as f64;
    let benefit = degradation_cost_per_hour * (hours_without - hours_with).max(0.0);
    CostBenefit { probability, hours_without, hours_with, cost, benefit, pays: benefit > cost }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_is_price_times_time_against_probability_times_cost_times_duration() {
        let worth = |price, damage| cost_benefit(&[0.5, 0.16], &[0.16, 0.02], 0.5, price, damage);
        let found = worth(3.0, 10.0);
        assert_eq!(found.probability, 0.5);
        assert!((found.hours_without - 0.33).abs() < 1e-15 && (found.hours_with - 0.09).abs() < 1e-15);
        assert!((found.cost - 3.0).abs() < 1e-15 && !found.pays && (found.benefit - 2.4).abs() < 1e-14);
        // It pays from damage = cost/(hours spared) on.
        assert!(worth(3.0, 3.0 / 0.24 * 1.0001).pays && !worth(3.0, 3.0 / 0.24 * 0.9999).pays);
        assert!(!cost_benefit(&[], &[], 1.0, 1.0, 1.0).pays);
    }
}
