//! Which shadows to add: the sizes whose combination covers the need at the least cost.
//!
//! Requests take resources in fixed proportions, so a shadow of size s covers the share `cₛ = minᵣ sizeₛᵣ/needᵣ` of a need. Wanted are counts
//! n with `Σ nₛ·cₛ ≥ 1` and `Σ nₛ ≤ most`, at the least `Σ nₛ·priceₛ`: an allocation problem of a few places, solved exactly by
//! branch and bound ([`choice::anneal`]). Where nothing covers all, as much as possible is covered.

use crate::choice::{Allocation, AnnealConfig, Annealing, anneal};
use crate::error::{Error, Result};
use crate::rows::Rows;

/// The share of a need that amounts cover; at most 1.
pub(super) fn cover(amounts: &[f64], need: &[f64]) -> f64 {
    let shares =
        amounts.iter().zip(need).filter(|(_, need)| **need > 0.0).map(|(amount, need)| amount / need);
    shares.fold(1.0, f64::min).max(0.0)
}

/// Combinations that are looked through at the most.
const MOST_COMBINATIONS: f64 = 20_000.0;

/// How many of each size to add so that the share `open` of the need is covered, `most` in all. Where there are many combinations, the size that
/// covers most for its price is taken again and again, until those of the rest are few.
pub(super) fn combine(covers: &[f64], prices: &[f64], open: f64, most: usize) -> Result<Vec<usize>> {
    let worth = |(price, cover): (&f64, &f64)| if *cover > 0.0 { price / cover } else { f64::INFINITY };
    let worths: Vec<f64> = prices.iter().zip(covers).map(worth).collect();
    let least = worths.iter().copied().fold(f64::INFINITY, f64::min);
    let best = worths.iter().position(|worth| *worth == least).unwrap_or(0);
    let cover = covers.get(best).copied().unwrap_or(0.0);
    let combinations = |open: f64| -> f64 {
        covers
            .iter()
            .filter(|cover| **cover > 0.0)
            .map(|cover| (open / cover).ceil().min(most as f64) + 1.0)
            .product()
    };
    let mut taken = 0;
    let mut left = open;
    while taken < most && left > cover && cover > 0.0 && combinations(left) > MOST_COMBINATIONS {
        taken += 1;
        left -= cover;
    }
    let rest = exactly(covers, prices, left, most - taken)?;
    let covered: f64 = rest.iter().zip(covers).map(|(count, cover)| *count as f64 * cover).sum();
    if taken > 0 && covered < left * (1.0 - 1e-9) {
        return Ok(largest(covers, most));
    }
    Ok(rest
        .into_iter()
        .enumerate()
        .map(|(at, count)| if at == best { count + taken } else { count })
        .collect())
}

/// As many as there may be of the size that covers most.
fn largest(covers: &[f64], most: usize) -> Vec<usize> {
    let largest = covers.iter().copied().fold(0.0, f64::max);
    let place = covers.iter().position(|cover| *cover == largest);
    (0..covers.len()).map(|at| if Some(at) == place && largest > 0.0 { most } else { 0 }).collect()
}

/// The same, from all combinations.
fn exactly(covers: &[f64], prices: &[f64], open: f64, most: usize) -> Result<Vec<usize>> {
    if covers.is_empty() || most == 0 || open <= 0.0 {
        return Ok(vec![0; covers.len()]);
    }
    // More of a size than cover all of it, none needs.
    let enough = |cover: f64| if cover > 0.0 { ((open / cover).ceil() as usize).min(most) } else { 0 };
    let levels = 1 + covers.iter().map(|cover| enough(*cover)).max().unwrap_or(0);
    let costs: Vec<f64> = prices
        .iter()
        .zip(covers)
        .flat_map(|(price, cover)| {
            let enough = enough(*cover);
            (0..levels).map(move |count| if count <= enough { price * count as f64 } else { f64::INFINITY })
        })
        .collect();
    let usage: Vec<f64> = covers.iter().map(|cover| -cover).chain(covers.iter().map(|_| 1.0)).collect();
    let problem = Allocation::new(
        Rows::new("costs", &costs, levels)?,
        Rows::new("pairs", &[], 3)?,
        Rows::new("usage", &usage, covers.len())?,
        &[-open, most as f64],
    )?;
    let exactly = AnnealConfig { method: Annealing::Exact, ..AnnealConfig::default() };
    match anneal(&problem, 0, &exactly) {
        Ok(plan) => Ok(plan.units),
        Err(Error::Infeasible { .. }) => Ok(largest(covers, most)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mixture_is_cheaper_than_any_one_size() {
        // To cover 1.0: two halves for 6, four quarters for 8, a half and two quarters for 7; 0.7 is cheapest from a half and a quarter.
        assert_eq!(combine(&[0.5, 0.25], &[3.0, 2.0], 1.0, 8).unwrap(), [2, 0]);
        assert_eq!(combine(&[0.5, 0.25], &[3.0, 2.0], 0.7, 8).unwrap(), [1, 1]);
        assert_eq!(combine(&[0.5, 0.25], &[3.0, 2.0], 0.2, 8).unwrap(), [0, 1]);
        assert_eq!(combine(&[0.1, 0.25], &[1.0, 2.0], 1.0, 2).unwrap(), [0, 2], "as much as there may be");
        assert_eq!(combine(&[0.0, 0.0], &[1.0, 2.0], 1.0, 2).unwrap(), [0, 0]);
        assert_eq!(combine(&[0.5], &[1.0], 0.0, 2).unwrap(), [0]);
    }

    #[test]
    fn many_combinations_are_searched_near_the_best_size() {
        let covers: Vec<f64> = (1..=12).map(|i| 0.01 + 0.002 * f64::from(i)).collect();
        let prices: Vec<f64> = covers.iter().map(|cover| cover + 0.01).collect();
        let found = combine(&covers, &prices, 1.0, 100).unwrap();
        let total = |of: &[f64]| found.iter().zip(of).map(|(count, of)| *count as f64 * of).sum::<f64>();
        // The largest costs least for what it covers: 30 of it.
        assert!(total(&covers) >= 1.0 - 1e-9 && total(&prices) <= 30.0 * 0.044 + 1e-9, "{found:?}");
    }

    #[test]
    fn the_scarcest_resource_decides_what_is_covered() {
        assert_eq!(cover(&[2.0, 8.0], &[4.0, 8.0]), 0.5);
        assert_eq!(cover(&[2.0, 8.0], &[0.0, 0.0]), 1.0);
    }

    proptest! {
        /// Against all combinations.
        #[test]
        fn the_least_cost_is_found(covers in prop::collection::vec(0.05f64..0.9, 1..4), open in 0.1f64..1.5, seed in 0u8..200) {
            let prices: Vec<f64> = covers.iter().enumerate().map(|(i, cover)| cover + f64::from(seed) / (100.0 + 31.0 * i as f64)).collect();
            let most = 5;
            let found = combine(&covers, &prices, open, most).unwrap();
            let total = |counts: &[usize], of: &[f64]| counts.iter().zip(of).map(|(count, of)| *count as f64 * of).sum::<f64>();
            let mut best = f64::INFINITY;
            for code in 0..6usize.pow(covers.len() as u32) {
                let counts: Vec<usize> = (0..covers.len()).map(|i| code / 6usize.pow(i as u32) % 6).collect();
                if counts.iter().sum::<usize>() <= most && total(&counts, &covers) >= open - 1e-12 {
                    best = best.min(total(&counts, &prices));
                }
            }
            prop_assert!(found.iter().sum::<usize>() <= most);
            if best.is_finite() {
                prop_assert!((total(&found, &prices) - best).abs() < 1e-9, "{found:?}");
            }
        }
    }
}
