//! The cheapest scaling vector under bounds: a linear program that sorting solves exactly.
//!
//! min Σ cⱼ·Sⱼ subject to low ≤ S ≤ high and to a demand on the sum of S is the fractional knapsack (Dantzig 1957,
//! "Discrete-variable extremum problems", Operations Research 5): fill the cheapest dimension first. A demand on
//! each dimension separates into one choice a dimension. The price is the dual variable of the demand: with
//! dⱼ = cⱼ − price, an optimal S has dⱼ ≥ 0 where Sⱼ is at its lower bound, dⱼ ≤ 0 where it is at its upper one,
//! and dⱼ = 0 between, and the price is 0 where the demand does not bind.

use crate::error::{Error, Result, all_finite};
use crate::math::Sum;

/// The cheapest scaling vector that covers a demand, with the proof of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CheapestScaling {
    /// How much of each scaling dimension.
    pub scaling: Vec<f64>,
    /// The energy of each kind that it takes.
    pub energy: Vec<f64>,
    /// The sum of the energy.
    pub total: f64,
    /// For each demand the energy that its last unit takes: the dual price, 0 where the demand does not bind.
    pub price: Vec<f64>,
}

/// The scaling vector and the price of each demand, for the cost of one unit of each dimension.
pub(super) fn cheapest(
    costs: &[f64],
    demand: &[f64],
    low: &[f64],
    high: &[f64],
) -> Result<(Vec<f64>, Vec<f64>)> {
    all_finite("demand", demand)?;
    all_finite("low", low)?;
    let (low, high) = (each("low", low, costs.len())?, each("high", high, costs.len())?);
    for (j, (low, high)) in low.iter().zip(&high).enumerate() {
        if high.is_nan() || *high == f64::NEG_INFINITY || low > high {
            return Err(Error::data("high", format!("value {j} is {high}, and the lower bound is {low}")));
        }
    }
    if let Some(j) = costs.iter().position(|cost| !cost.is_finite()) {
        return Err(Error::data("matrix", format!("the sum of column {j} is beyond the largest float")));
    }
    let free = costs.iter().zip(&high).position(|(cost, high)| *cost < 0.0 && *high == f64::INFINITY);
    if let Some(j) = free {
        let cost = costs.get(j).copied().unwrap_or(f64::NAN);
        return Err(Error::infeasible(
            "high",
            format!("dimension {j} has no limit and costs {cost}: no total is least"),
        ));
    }
    match demand {
        [total] => fill(costs, *total, &low, &high),
        _ if demand.len() == costs.len() => lift(costs, demand, &low, &high),
        _ => {
            let problem = format!("has {} values: the tensor has {} dimensions", demand.len(), costs.len());
            Err(Error::data("demand", problem))
        }
    }
}

/// One bound a dimension, from one for all or one each.
fn each(name: &str, bounds: &[f64], dimensions: usize) -> Result<Vec<f64>> {
    match bounds {
        [all] => Ok(vec![*all; dimensions]),
        _ if bounds.len() == dimensions => Ok(bounds.to_vec()),
        _ => Err(Error::data(
            name,
            format!("has {} values: the tensor has {dimensions} dimensions", bounds.len()),
        )),
    }
}

/// A demand on the sum: every dimension at its cheaper bound, then the cheapest ones raised until it is met.
fn fill(costs: &[f64], demand: f64, low: &[f64], high: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
    let sum = |values: &[f64]| Sum::of(values.iter().copied());
    if sum(high) < demand {
        let problem = format!("{demand} is asked for, and the upper bounds add up to {}", sum(high));
        return Err(Error::infeasible("demand", problem));
    }
    let bounds = || costs.iter().zip(low.iter().zip(high));
    let idle: Vec<f64> = bounds().map(|(cost, (low, high))| if *cost < 0.0 { *high } else { *low }).collect();
    let mut rising: Vec<(usize, f64, f64)> = bounds()
        .enumerate()
        .filter(|(_, (cost, (low, high)))| **cost >= 0.0 && low < high)
        .map(|(j, (cost, (_, high)))| (j, *cost, *high))
        .collect();
    rising.sort_by(|(_, a, _), (_, b, _)| a.total_cmp(b));
    let raised = |count: usize| {
        let mut scaling = idle.clone();
        for &(j, _, high) in rising.iter().take(count) {
            if let Some(entry) = scaling.get_mut(j) {
                *entry = high;
            }
        }
        scaling
    };

    let counts: Vec<usize> = (0..rising.len()).collect();
    let needed = counts.partition_point(|&count| sum(&raised(count)) < demand);
    let marginal = needed.checked_sub(1).and_then(|last| Some((last, *rising.get(last)?)));
    let Some((last, (j, price, high))) = marginal else { return Ok((idle, vec![0.0])) };
    let mut scaling = raised(last);
    // The first addition may round down by more than one float; what is then missing is below one.
    for _ in 0..4 {
        let missing = demand - sum(&scaling);
        match scaling.get_mut(j) {
            Some(entry) if missing > 0.0 => *entry = (*entry + missing).max(entry.next_up()).min(high),
            _ => break,
        }
    }
    Ok((scaling, vec![price]))
}

/// A demand on each dimension: the larger of demand and lower bound, or the upper bound where more costs less.
fn lift(costs: &[f64], demand: &[f64], low: &[f64], high: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
    if let Some(j) = demand.iter().zip(high).position(|(demand, high)| demand > high) {
        let (asked, limit) = (demand.get(j).unwrap_or(&f64::NAN), high.get(j).unwrap_or(&f64::NAN));
        let problem = format!("{asked} is asked of dimension {j}, and its upper bound is {limit}");
        return Err(Error::infeasible("demand", problem));
    }
    let dimensions = costs.iter().zip(demand).zip(low.iter().zip(high));
    Ok(dimensions
        .map(|((&cost, &demand), (&low, &high))| match cost < 0.0 {
            true => (high, 0.0),
            false => (demand.max(low), if demand > low { cost } else { 0.0 }),
        })
        .unzip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rows, energy::EnergyTensor};
    use proptest::prelude::*;

    fn minimize(costs: &[f64], demand: &[f64], low: &[f64], high: &[f64]) -> Result<CheapestScaling> {
        EnergyTensor::new(Rows::new("matrix", costs, costs.len()).unwrap())
            .unwrap()
            .minimize(demand, low, high)
    }

    #[test]
    fn cheap_dimensions_are_filled_first_and_savers_wholly() {
        let plan = minimize(&[3.0, -1.0, 2.0, 0.0], &[10.0], &[1.0], &[4.0]).unwrap();
        assert_eq!((plan.scaling, plan.price), (vec![1.0, 4.0, 1.0, 4.0], vec![0.0]));
        let plan = minimize(&[3.0, -1.0, 2.0, 0.0], &[12.5], &[1.0], &[4.0]).unwrap();
        assert_eq!((plan.scaling, plan.price, plan.total), (vec![1.0, 4.0, 3.5, 4.0], vec![2.0], 6.0));
        let plan = minimize(&[3.0, -1.0, 2.0], &[5.0, 0.0, 0.5], &[1.0], &[8.0]).unwrap();
        assert_eq!((plan.scaling, plan.price), (vec![5.0, 8.0, 1.0], vec![3.0, 0.0, 0.0]));
        let plan = minimize(&[3.0, 2.0], &[1.0, 1.5], &[1.0], &[8.0]).unwrap();
        assert_eq!(plan.price, [0.0, 2.0], "a demand at the lower bound does not bind");
        let plan = minimize(&[2.0, 1.0], &[1e6], &[0.0], &[f64::INFINITY]).unwrap();
        assert_eq!((plan.scaling, plan.price), (vec![0.0, 1e6], vec![1.0]));
    }

    #[test]
    fn what_cannot_be_met_is_refused_with_the_numbers() {
        let refused = |demand: &[f64], low: &[f64], high: &[f64]| {
            let error = minimize(&[3.0, -1.0], demand, low, high).unwrap_err();
            (error.code(), error.to_string())
        };
        let message = "demand: 9 is asked for, and the upper bounds add up to 8".to_string();
        assert_eq!(refused(&[9.0], &[0.0], &[4.0]), (61, message));
        let message = "demand: 5 is asked of dimension 1, and its upper bound is 4".to_string();
        assert_eq!(refused(&[0.0, 5.0], &[0.0], &[4.0]), (61, message));
        let message = "high: dimension 1 has no limit and costs -1: no total is least".to_string();
        assert_eq!(refused(&[1.0], &[0.0], &[f64::INFINITY]), (61, message));
        let message = "high: value 1 is 1, and the lower bound is 2".to_string();
        assert_eq!(refused(&[1.0], &[2.0], &[4.0, 1.0]), (40, message));
        assert_eq!(refused(&[1.0, 2.0, 3.0], &[0.0], &[4.0]).0, 40);
        assert_eq!(refused(&[], &[0.0], &[4.0]).0, 40);
        assert_eq!(refused(&[1.0], &[0.0; 3], &[4.0]).0, 40);
        assert_eq!(refused(&[f64::NAN], &[0.0], &[4.0]).0, 40);
        assert_eq!(refused(&[1.0], &[0.0], &[f64::NAN]).0, 40);
    }

    proptest! {
        /// The Karush-Kuhn-Tucker conditions, which are sufficient in a linear program.
        #[test]
        fn the_price_proves_the_plan_optimal(
            dimensions in prop::collection::vec((-2..6i32, -5.0..5.0f64, 0.0..5.0f64, 0.0..1.0f64), 1..8),
            share in 0.0..1.1f64,
            one in any::<bool>(),
        ) {
            let costs: Vec<f64> = dimensions.iter().map(|d| f64::from(d.0)).collect();
            let low: Vec<f64> = dimensions.iter().map(|d| d.1).collect();
            let high: Vec<f64> = dimensions.iter().map(|d| d.1 + d.2).collect();
            let (least, most) = (low.iter().sum::<f64>(), high.iter().sum::<f64>());
            let each: Vec<f64> = dimensions.iter().map(|d| d.1 + (1.5 * d.3 - 0.5) * d.2).collect();
            let demand = if one { vec![least + share * (most - least)] } else { each };
            let plan = match minimize(&costs, &demand, &low, &high) {
                Ok(plan) => plan,
                Err(error) => {
                    prop_assert!(error.code() == 61 && one && demand[0] > most * (1.0 - 1e-12 * most.signum()));
                    return Ok(());
                }
            };
            let s = &plan.scaling;
            if one {
                let sum = Sum::of(s.iter().copied());
                prop_assert!(sum >= demand[0]);
                prop_assert!(plan.price[0] == 0.0 || sum - demand[0] <= 1e-13 * (1.0 + sum.abs()));
            }
            for j in 0..s.len() {
                let price = if one || s.len() == 1 { plan.price[0] } else { plan.price[j] };
                prop_assert!(low[j] <= s[j] && s[j] <= high[j] && price >= 0.0);
                prop_assert!(one || s[j] >= demand[j] && (price == 0.0 || s[j] == demand[j]));
                let reduced = costs[j] - price;
                prop_assert!(reduced >= 0.0 || s[j] == high[j]);
                prop_assert!(reduced <= 0.0 || s[j] == low[j], "{} {:?}", j, plan);
            }
        }
    }
}
