//! An allocation problem as data: how many units go to each of several places, at what cost and within what limits.
//!
//! cost(x) = Σᵢ costsᵢ(xᵢ) + Σ weight·xᵢ·xⱼ over the pairs, subject to Σᵢ usageᵣᵢ·xᵢ ≤ limitᵣ for each resource r,
//! with xᵢ in 0, 1, …: a separable cost, as load balancing, tiers and regions have it, and what two places cost or save
//! together. With two values a place this is the quadratic binary form of Lucas 2014, "Ising formulations of many
//! NP problems", Frontiers in Physics 2.

use crate::error::{Error, Result, all_finite, same_length};
use crate::rows::Rows;

/// More numbers in any of the tables are refused.
const MOST_NUMBERS: usize = 10_000_000;

/// Larger numbers are refused, so that no sum of products is beyond the largest float.
const LARGEST: f64 = 1e100;

/// A limit may be passed by this share of what was added up, since sums such as 0.1 + 0.2 are rounded.
const SLACK: f64 = 1e-9;

/// A problem that has been checked: least Σᵢ costsᵢ(xᵢ) + Σ weight·xᵢ·xⱼ subject to Σᵢ usageᵣᵢ·xᵢ ≤ limitᵣ, xᵢ in 0, 1, ….
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    levels: usize,
    costs: Vec<f64>,
    /// For each place the others that it shares a pair with, and the weight.
    partners: Vec<Vec<(usize, f64)>>,
    /// A row a place, a column a resource.
    usage: Vec<f64>,
    limits: Vec<f64>,
}

impl Allocation {
    /// A problem of as many places as `costs` has rows.
    ///
    /// Column k of `costs` is the cost of giving k units to a place, infinite where that is not allowed. `pairs` has
    /// rows of two places, counted from 0, and a weight, which adds weight·xᵢ·xⱼ; rows of the same two places add up.
    /// `usage` has a row a resource and a column a place: what one unit there takes, negative where it supplies;
    /// `limits` has the most of each resource. A demand "at least 5" is a usage of −1 each and a limit of −5. Sums
    /// pass a limit by more than 10⁻⁹ of their size to count as too large.
    ///
    /// # Errors
    /// [`Error::Data`] for no places, NaN, other infinities, numbers above 10¹⁰⁰, lengths that do not fit, pairs of
    /// other than two different places, or tables of more than 10⁷ numbers; [`Error::Infeasible`] for a place whose
    /// every count is forbidden.
    pub fn new(costs: Rows, pairs: Rows, usage: Rows, limits: &[f64]) -> Result<Self> {
        let places = costs.len();
        if places == 0 {
            return Err(Error::data("costs", "is empty"));
        }
        for (name, table) in [("costs", costs), ("pairs", pairs), ("usage", usage)] {
            if table.values().len() > MOST_NUMBERS {
                let problem = format!("has {} numbers: at most {MOST_NUMBERS}", table.values().len());
                return Err(Error::data(name, problem));
            }
            for (row, values) in table.iter().enumerate() {
                let bad = |value: &f64| match name {
                    "costs" if *value == f64::INFINITY => false,
                    _ => !value.is_finite() || value.abs() > LARGEST,
                };
                if let Some(column) = values.iter().position(bad) {
                    let value = values.get(column).copied().unwrap_or(f64::NAN);
                    return Err(Error::data(name, format!("row {row}, column {column} is {value:?}")));
                }
            }
        }
        if let Some(place) = costs.iter().position(|row| row.iter().all(|cost| cost.is_infinite())) {
            return Err(Error::infeasible("costs", format!("row {place} forbids every count")));
        }
        same_length("limits", limits.len(), "usage by row", usage.len())?;
        all_finite("limits", limits)?;
        if !usage.is_empty() {
            same_length("usage by column", usage.columns(), "costs by row", places)?;
        }
        let resources = limits.len();
        let by_place = (0..places).flat_map(|place| usage.values().iter().skip(place).step_by(places));
        Ok(Allocation {
            levels: costs.columns(),
            costs: costs.values().to_vec(),
            partners: partners(pairs, places)?,
            usage: if resources == 0 { Vec::new() } else { by_place.copied().collect() },
            limits: limits.to_vec(),
        })
    }

    /// Count of places.
    pub fn places(&self) -> usize {
        self.partners.len()
    }

    /// Count of the values that a place may have: 0 to one less.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// The cost of a plan: units for each place, infinite when one is not allowed.
    ///
    /// # Errors
    /// [`Error::Data`] for another length.
    pub fn cost(&self, units: &[usize]) -> Result<f64> {
        same_length("units", units.len(), "costs by row", self.places())?;
        Ok(self.cost_of(units))
    }

    /// Whether a plan is allowed and within all limits.
    ///
    /// # Errors
    /// [`Error::Data`] for another length.
    pub fn is_feasible(&self, units: &[usize]) -> Result<bool> {
        same_length("units", units.len(), "costs by row", self.places())?;
        Ok(self.cost_of(units).is_finite() && self.within_limits(units))
    }

    pub(super) fn cost_of(&self, units: &[usize]) -> f64 {
        let own: f64 = units.iter().enumerate().map(|(place, &count)| self.own_cost(place, count)).sum();
        // Every pair is known to both of its places.
        let both: f64 =
            units.iter().enumerate().map(|(place, &count)| count as f64 * self.field(place, units)).sum();
        own + 0.5 * both
    }

    pub(super) fn within_limits(&self, units: &[usize]) -> bool {
        self.limits.iter().enumerate().all(|(resource, limit)| {
            let taken = units.iter().enumerate().map(|(place, &count)| {
                count as f64 * self.usage(place).get(resource).copied().unwrap_or(0.0)
            });
            let (sum, size) = taken
                .fold((0.0, limit.abs()), |(sum, size): (f64, f64), value| (sum + value, size + value.abs()));
            sum <= limit + SLACK * size
        })
    }

    /// The cost of `count` units at a place; infinite when not allowed.
    pub(super) fn own_cost(&self, place: usize, count: usize) -> f64 {
        self.own_costs(place).get(count).copied().unwrap_or(f64::INFINITY)
    }

    pub(super) fn own_costs(&self, place: usize) -> &[f64] {
        self.costs.get(place * self.levels..(place + 1) * self.levels).unwrap_or(&[])
    }

    /// What one more unit at a place costs through its pairs.
    pub(super) fn field(&self, place: usize, units: &[usize]) -> f64 {
        let value =
            |&(other, weight): &(usize, f64)| weight * units.get(other).map_or(0.0, |&count| count as f64);
        self.partners(place).iter().map(value).sum()
    }

    pub(super) fn partners(&self, place: usize) -> &[(usize, f64)] {
        self.partners.get(place).map_or(&[], Vec::as_slice)
    }

    /// What one unit at a place takes of each resource.
    pub(super) fn usage(&self, place: usize) -> &[f64] {
        let resources = self.limits.len();
        self.usage.get(place * resources..(place + 1) * resources).unwrap_or(&[])
    }

    pub(super) fn limits(&self) -> &[f64] {
        &self.limits
    }
}

/// For each place the others with which it has a pair, in order; weights of the same two are added.
fn partners(pairs: Rows, places: usize) -> Result<Vec<Vec<(usize, f64)>>> {
    let mut partners = vec![Vec::new(); places];
    if pairs.is_empty() {
        return Ok(partners);
    }
    if pairs.columns() != 3 {
        let problem = format!("has {} columns: two places and a weight are three", pairs.columns());
        return Err(Error::data("pairs", problem));
    }
    for (row, values) in pairs.iter().enumerate() {
        let &[a, b, weight] = values else { continue };
        let place = |value: f64| {
            let whole = value >= 0.0 && value < places as f64 && value.fract() == 0.0;
            let problem = || format!("row {row}: place {value} is none of 0 to {}", places - 1);
            if whole { Ok(value as usize) } else { Err(Error::data("pairs", problem())) }
        };
        let (first, second) = (place(a)?, place(b)?);
        if first == second {
            return Err(Error::data("pairs", format!("row {row} pairs place {a} with itself")));
        }
        for (from, to) in [(first, second), (second, first)] {
            if let Some(list) = partners.get_mut(from) {
                list.push((to, weight));
            }
        }
    }
    for list in &mut partners {
        list.sort_by_key(|(other, _)| *other);
        list.dedup_by(|(later, weight), (earlier, sum)| {
            let same = later == earlier;
            if same {
                *sum += *weight;
            }
            same
        });
    }
    Ok(partners)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::choice) fn allocation(
        costs: &[Vec<f64>],
        pairs: &[f64],
        usage: &[f64],
        limits: &[f64],
    ) -> Allocation {
        let rows = |name, values, columns| Rows::new(name, values, columns).unwrap();
        let flat = costs.concat();
        let costs = rows("costs", &flat, costs[0].len());
        Allocation::new(costs, rows("pairs", pairs, 3), rows("usage", usage, costs.len()), limits).unwrap()
    }

    /// Small problems with forbidden counts, pairs and up to two limits, some of which cannot be met.
    pub(in crate::choice) fn problems() -> impl Strategy<Value = Allocation> {
        (1usize..5, 1usize..5, 0usize..3).prop_flat_map(|(places, levels, resources)| {
            let cost =
                prop_oneof![6 => -5.0..5.0f64, 3 => (0..4i32).prop_map(f64::from), 1 => Just(f64::INFINITY)];
            let costs = prop::collection::vec(prop::collection::vec(cost, levels), places);
            let pairs = prop::collection::vec((0..places, 0..places, -2.0..2.0f64), 0..5);
            let usage = prop::collection::vec(-1.0..3.0f64, resources * places);
            let limits = prop::collection::vec(-2.0..12.0f64, resources);
            (costs, pairs, usage, limits).prop_map(|(mut costs, pairs, usage, limits)| {
                costs
                    .iter_mut()
                    .filter(|row| row.iter().all(|c| c.is_infinite()))
                    .for_each(|row| row[0] = 1.0);
                let pairs: Vec<f64> = pairs
                    .into_iter()
                    .filter(|(a, b, _)| a != b)
                    .flat_map(|(a, b, w)| [a as f64, b as f64, w])
                    .collect();
                allocation(&costs, &pairs, &usage, &limits)
            })
        })
    }

    /// Every plan there is.
    pub(in crate::choice) fn plans(problem: &Allocation) -> Vec<Vec<usize>> {
        (0..problem.levels().pow(problem.places() as u32))
            .map(|code| {
                (0..problem.places())
                    .map(|i| code / problem.levels().pow(i as u32) % problem.levels())
                    .collect()
            })
            .collect()
    }

    #[test]
    fn costs_and_limits_are_those_of_the_formula() {
        let costs = vec![vec![0.0, 2.0, 5.0], vec![1.0, f64::INFINITY, 0.5], vec![0.0, 1.0, 2.0]];
        // The pair (0, 1) is given twice, once the other way round.
        let problem =
            allocation(&costs, &[0.0, 1.0, 0.25, 1.0, 0.0, 0.5, 2.0, 0.0, -1.0], &[0.1, 0.1, 0.1], &[0.3]);
        assert_eq!(problem.cost(&[2, 2, 1]).unwrap(), 5.0 + 0.5 + 1.0 + 0.75 * 4.0 - 2.0);
        assert_eq!(problem.cost(&[0, 1, 0]).unwrap(), f64::INFINITY);
        assert_eq!(problem.cost(&[0, 3, 0]).unwrap(), f64::INFINITY, "more than there is a cost for");
        assert!(problem.is_feasible(&[1, 0, 2]).unwrap(), "0.1 + 0.2 is 0.3 here");
        assert!(!problem.is_feasible(&[2, 0, 2]).unwrap() && !problem.is_feasible(&[0, 1, 0]).unwrap());
        assert!(problem.cost(&[1]).is_err());
    }

    #[test]
    fn bad_problems_are_refused_by_name() {
        let refused = |costs: &[f64], pairs: &[f64], usage: &[f64], limits: &[f64]| {
            let rows = |name, values, columns| Rows::new(name, values, columns).unwrap();
            let problem = Allocation::new(
                rows("costs", costs, 2),
                rows("pairs", pairs, 3),
                rows("usage", usage, 2),
                limits,
            );
            problem.unwrap_err().to_string()
        };
        let two = [0.0, 1.0, 0.0, 1.0];
        assert_eq!(refused(&[], &[], &[], &[]), "costs: is empty");
        assert_eq!(refused(&[0.0, f64::NAN], &[], &[], &[]), "costs: row 0, column 1 is NaN");
        assert_eq!(refused(&[f64::INFINITY; 2], &[], &[], &[]), "costs: row 0 forbids every count");
        assert_eq!(refused(&two, &[0.0, 2.0, 1.0], &[], &[]), "pairs: row 0: place 2 is none of 0 to 1");
        assert_eq!(refused(&two, &[0.0, 0.5, 1.0], &[], &[]), "pairs: row 0: place 0.5 is none of 0 to 1");
        assert_eq!(refused(&two, &[1.0, 1.0, 1.0], &[], &[]), "pairs: row 0 pairs place 1 with itself");
        assert_eq!(refused(&two, &[], &[1.0, 1e300], &[1.0]), "usage: row 0, column 1 is 1e300");
        assert_eq!(refused(&two, &[], &[1.0, 1.0], &[]), "limits: has 0 values, but usage by row has 1");
        assert_eq!(refused(&two, &[], &[1.0, 1.0], &[f64::NAN]), "limits: value 0 of 1 is NaN");
        let three = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
        assert_eq!(
            refused(&three, &[], &[1.0, 1.0], &[1.0]),
            "usage by column: has 2 values, but costs by row has 3"
        );
    }
}
