//! The cheapest scaling vector under bounds: a linear program that sorting solves exactly, with the certificate of it.
//!
//! min Σ cⱼ·Sⱼ subject to low ≤ S ≤ high and to a demand on the sum of S is the fractional knapsack (Dantzig 1957,
//! "Discrete-variable extremum problems", Operations Research 5): fill the cheapest dimension first. A demand on
//! each dimension separates into one choice a dimension. Every feasible answer y ≥ 0 of the dual program,
//! max y·demand + Σ lⱼ·lowⱼ + Σ hⱼ·highⱼ with y + lⱼ + hⱼ = cⱼ, lⱼ ≥ 0 ≥ hⱼ, bounds the total from below (weak duality): one that
//! reaches the total proves it the least, and y, l and h are what a unit more of demand and bounds would cost.

use crate::error::{Error, Result, all_finite};
use crate::math::Sum;

/// The cheapest scaling vector that covers a demand, with the certificate that it is, and how the total follows demand and bounds.
///
/// The prices are derivatives of the total: one demand or bound raised by a unit, all else equal, changes it by its price. Where the
/// next unit is dearer than the last, at a corner, they hold to one side: for a demand a little less, for bounds as the demand's price
/// says.
#[derive(Debug, Clone, PartialEq)]
pub struct CheapestScaling {
    /// How much of each scaling dimension.
    pub scaling: Vec<f64>,
    /// The energy of each kind that it takes.
    pub energy: Vec<f64>,
    /// The sum of the energy.
    pub total: f64,
    /// For each demand the energy that its last unit takes: the dual price, at least 0, and 0 where the demand does not bind.
    pub price: Vec<f64>,
    /// For each dimension what a unit more of its lower bound would add: its reduced cost where that is above 0, else 0.
    pub low_price: Vec<f64>,
    /// For each dimension what a unit more of its upper bound would add, at most 0: its reduced cost where that is below 0, else 0.
    pub high_price: Vec<f64>,
    /// The value of these prices in the dual program: no scaling that covers the demand takes less. But for rounding it is the total.
    pub lower_bound: f64,
    /// The largest violation of the Karush-Kuhn-Tucker conditions, each as a share of its own terms: demand and bounds are kept, prices
    /// and the reduced cost agree, and what has a price is at its limit. 0 but for rounding.
    pub residual: f64,
}

impl CheapestScaling {
    /// The most by which the total can be above the least, in units of energy: total less lower bound; some rounding errors of either sign.
    pub fn gap(&self) -> f64 {
        self.total - self.lower_bound
    }
}

/// A scaling vector and its prices, as found: what is left to do is to prove them.
pub(super) struct Found {
    pub(super) scaling: Vec<f64>,
    pub(super) price: Vec<f64>,
}

/// A linear program of the cheapest scaling: costs a dimension, demand, and bounds a dimension.
pub(super) struct Program<'a> {
    costs: &'a [f64],
    demand: &'a [f64],
    low: Vec<f64>,
    high: Vec<f64>,
}

impl<'a> Program<'a> {
    pub(super) fn new(costs: &'a [f64], demand: &'a [f64], low: &[f64], high: &[f64]) -> Result<Self> {
        all_finite("demand", demand)?;
        all_finite("low", low)?;
        let (low, high) = (each("low", low, costs.len())?, each("high", high, costs.len())?);
        for (j, (low, high)) in low.iter().zip(&high).enumerate() {
            if high.is_nan() || *high == f64::NEG_INFINITY || low > high {
                return Err(Error::data(
                    "high",
                    format!("value {j} is {high}, and the lower bound is {low}"),
                ));
            }
        }
        if let Some(j) = costs.iter().position(|cost| !cost.is_finite()) {
            return Err(Error::data("matrix", format!("the sum of column {j} is beyond the largest float")));
        }
        if demand.len() != 1 && demand.len() != costs.len() {
            let problem = format!("has {} values: the tensor has {} dimensions", demand.len(), costs.len());
            return Err(Error::data("demand", problem));
        }
        let free = costs.iter().zip(&high).enumerate();
        if let Some((j, (cost, _))) =
            free.into_iter().find(|(_, (cost, high))| **cost < 0.0 && **high == f64::INFINITY)
        {
            let problem = format!("dimension {j} has no limit and costs {cost}: no total is least");
            return Err(Error::infeasible("high", problem));
        }
        Ok(Program { costs, demand, low, high })
    }

    /// The scaling vector and the price of each demand.
    pub(super) fn solve(&self) -> Result<Found> {
        let (scaling, price) = match self.demand {
            [total] => fill(self.costs, *total, &self.low, &self.high),
            _ => lift(self.costs, self.demand, &self.low, &self.high),
        }?;
        Ok(Found { scaling, price })
    }

    /// The proof of what was found, from the program and the answer alone.
    pub(super) fn certify(&self, found: Found, energy: Vec<f64>) -> CheapestScaling {
        let Found { scaling, price } = found;
        let total = Sum::of(energy.iter().copied());
        let one = self.demand.len() == 1;
        let of_dimension = price.iter().cycle().take(if one { scaling.len() } else { price.len() });
        let reduced: Vec<f64> =
            self.costs.iter().zip(of_dimension).map(|(cost, price)| cost - price).collect();
        let low_price: Vec<f64> = reduced.iter().map(|reduced| reduced.max(0.0)).collect();
        let high_price: Vec<f64> = reduced.iter().map(|reduced| reduced.min(0.0)).collect();
        // A bound without a price may be infinite.
        let worth = |price: &[f64], of: &[f64]| -> Vec<f64> {
            price.iter().zip(of).map(|(price, of)| if *price == 0.0 { 0.0 } else { price * of }).collect()
        };
        let parts =
            [worth(&price, self.demand), worth(&low_price, &self.low), worth(&high_price, &self.high)];
        let lower_bound = Sum::of(parts.concat());

        let covered = if one { vec![Sum::of(scaling.iter().copied())] } else { scaling.clone() };
        let size = Sum::of(scaling.iter().map(|value| value.abs()));
        let mut residual = 0.0f64;
        let mut violated =
            |by: f64, scale: f64| residual = residual.max(if by > 0.0 { by / scale } else { 0.0 });
        for ((covered, demand), price) in covered.iter().zip(self.demand).zip(&price) {
            let scale = demand.abs().max(if one { size } else { covered.abs() });
            violated(demand - covered, scale);
            violated(-price, price.abs());
            violated(if *price > 0.0 { (covered - demand).abs() } else { 0.0 }, scale);
        }
        let dimensions = scaling.iter().zip(self.low.iter().zip(&self.high)).zip(&reduced);
        for ((value, (low, high)), reduced) in dimensions {
            let scale = |bound: &f64| bound.abs().max(value.abs());
            violated(low - value, scale(low));
            violated(value - high, scale(high));
            violated(if *reduced > 0.0 { value - low } else { 0.0 }, scale(low));
            violated(if *reduced < 0.0 { high - value } else { 0.0 }, scale(high));
        }
        CheapestScaling { scaling, energy, total, price, low_price, high_price, lower_bound, residual }
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

    #[test]
    fn a_wrong_answer_has_a_gap_and_a_residual() {
        let program = Program::new(&[3.0, 2.0], &[5.0], &[0.0], &[4.0]).unwrap();
        let told = |scaling: &[f64], price: f64| {
            let found = Found { scaling: scaling.to_vec(), price: vec![price] };
            let total = 3.0 * scaling[0] + 2.0 * scaling[1];
            let plan = program.certify(found, vec![total]);
            (plan.gap(), plan.residual)
        };
        assert_eq!(told(&[1.0, 4.0], 3.0), (0.0, 0.0));
        // A unit too much of the dear one: its own cost, and a fifth of the demand and of what covers it.
        assert_eq!(told(&[4.0, 1.0], 3.0), (3.0, 0.75));
        assert_eq!(told(&[1.0, 3.0], 3.0), (-2.0, 0.25));
        assert_eq!(
            told(&[1.0, 4.0], 2.5).1,
            1.0,
            "the dear one has a reduced cost and is not at its lower bound"
        );
    }

    proptest! {
        /// The certificate itself, on numbers of any size; and prices that are derivatives.
        #[test]
        fn the_certificate_is_one(
            dimensions in prop::collection::vec((-2.0..6.0f64, -5.0..5.0f64, 0.1..5.0f64, 0.0..1.0f64), 1..8),
            share in 0.0..0.99f64,
            one in any::<bool>(),
            unit in prop::sample::select(vec![1e-200, 1.0, 1e100]),
        ) {
            let costs: Vec<f64> = dimensions.iter().map(|d| d.0).collect();
            let low: Vec<f64> = dimensions.iter().map(|d| d.1 * unit).collect();
            let high: Vec<f64> = dimensions.iter().map(|d| (d.1 + d.2) * unit).collect();
            let (least, most) = (low.iter().sum::<f64>(), high.iter().sum::<f64>());
            let each: Vec<f64> = dimensions.iter().map(|d| (d.1 + (1.5 * d.3 - 0.5) * d.2) * unit).collect();
            let demand = if one { vec![least + share * (most - least)] } else { each };
            let plan = minimize(&costs, &demand, &low, &high).unwrap();
            let size: f64 = (0..costs.len()).map(|j| (costs[j] * plan.scaling[j]).abs() + (plan.price[0] * plan.scaling[j]).abs()).sum();
            prop_assert!(plan.gap().abs() <= 1e-13 * size.max(unit), "{:?}", plan);
            prop_assert!(plan.residual <= 1e-13, "{:?}", plan);
            let step = 1e-7 * unit;
            let slope = |demand: &[f64], low: &[f64], high: &[f64]| (plan.total - minimize(&costs, demand, low, high).unwrap().total) / step;
            let less = |values: &[f64], j: usize| { let mut less = values.to_vec(); less[j] -= step; less };
            for j in 0..demand.len() {
                prop_assert!((slope(&less(&demand, j), &low, &high) - plan.price[j]).abs() < 1e-5, "{} {:?}", j, plan);
            }
            for j in 0..costs.len() {
                let at_low = slope(&demand, &less(&low, j), &high);
                prop_assert!((at_low - plan.low_price[j]).abs() < 1e-5, "{} {} {:?}", j, at_low, plan);
                if demand.len() > 1 || demand[0] < most - 1.1 * step {
                    let at_high = slope(&demand, &low, &less(&high, j));
                    prop_assert!((at_high - plan.high_price[j]).abs() < 1e-5, "{} {} {:?}", j, at_high, plan);
                }
            }
        }

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
