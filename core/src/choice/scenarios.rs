//! One plan for several futures: the one that is good on average and bearable in the worst of them.
//!
//! score = (1 − aversion)·expected + aversion·CVaR_level, where the conditional value at risk is the mean cost of the worst
//! futures that together have the probability 1 − level: Rockafellar and Uryasev 2000, "Optimization of conditional
//! value-at-risk", J. Risk 2, and 2002 for discrete futures. Level 0 is the mean, level 1 the worst case. The regret of a
//! plan is how much more it costs than the best plan of that future, at worst: Savage 1951, J. American Statistical
//! Association 46.

use crate::error::{Error, Result, same_length};
use crate::math::Sum;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

/// Settings of [`scenarios`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScenarioConfig {
    /// How much the bad futures count against the average: 0 is the expected cost alone, 1 the tail alone.
    pub aversion: f64,
    /// Which futures are bad: the worst of probability 1 − level; 1 is the worst one alone.
    pub level: f64,
}

impl Default for ScenarioConfig {
    /// The average and the worst tenth, equally.
    fn default() -> Self {
        ScenarioConfig { aversion: 0.5, level: 0.9 }
    }
}

/// What each plan costs over all futures, and the plan that was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenarios {
    /// Index of the plan of the least score; the first of equals.
    pub chosen: usize,
    /// The mean cost of each plan.
    pub expected: Vec<f64>,
    /// The mean cost of each plan in its worst futures.
    pub tail: Vec<f64>,
    /// The largest cost of each plan.
    pub worst: Vec<f64>,
    /// How much more each plan costs than the best of that future, at most.
    pub regret: Vec<f64>,
}

/// The plan to go with when any of several futures may come.
///
/// `costs` has a row a plan and a column a future; `weights` has a number at least 0 for each future, its probability up to a
/// common factor; empty means equal ones. A future of weight 0 counts nowhere. Make a plan impossible by a very large
/// cost, or leave it out.
///
/// # Errors
/// [`Error::Data`] for no plans, costs that are not finite, weights that are negative, not finite or all 0, or an answer beyond
/// the largest float; [`Error::Config`] for settings outside [0, 1].
///
/// # Cost
/// O(plans · futures · log futures).
///
/// # Example
/// ```
/// use forescale::{Rows, choice::{ScenarioConfig, scenarios}};
/// // Cost of 2, 4 and 8 replicas on a calm, a busy and a wild day.
/// let costs = [2.0, 9.0, 40.0, 4.0, 4.0, 20.0, 8.0, 8.0, 8.0];
/// let days = [0.7, 0.2, 0.1];
/// let average = ScenarioConfig { aversion: 0.0, ..ScenarioConfig::default() };
/// assert_eq!(scenarios(Rows::new("costs", &costs, 3)?, &days, &average)?.chosen, 1);
/// let wary = ScenarioConfig { aversion: 1.0, level: 1.0 };
/// assert_eq!(scenarios(Rows::new("costs", &costs, 3)?, &days, &wary)?.chosen, 2);
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn scenarios(costs: Rows, weights: &[f64], config: &ScenarioConfig) -> Result<Scenarios> {
    for (name, value) in [("aversion", config.aversion), ("level", config.level)] {
        if !(0.0..=1.0).contains(&value) {
            return Err(Error::config(name, format!("must lie between 0 and 1, got {value}")));
        }
    }
    if costs.is_empty() {
        return Err(Error::data("costs", "is empty"));
    }
    costs.all_finite("costs")?;
    let weights = probabilities(weights, costs.columns())?;

    let possible = |row| futures(row, &weights);
    let least = costs.iter().fold(vec![f64::INFINITY; costs.columns()], |least: Vec<f64>, row| {
        least.iter().zip(row).map(|(least, cost)| least.min(*cost)).collect()
    });
    let worst_of = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
    let expected: Vec<f64> =
        costs.iter().map(|row| Sum::of(possible(row).map(|(cost, weight)| cost * weight))).collect();
    let tail: Vec<f64> = costs.iter().map(|row| tail(possible(row).collect(), config.level)).collect();
    let worst: Vec<f64> =
        costs.iter().map(|row| worst_of(&mut possible(row).map(|(cost, _)| cost))).collect();
    let regret: Vec<f64> = costs
        .iter()
        .map(|row| {
            let more: Vec<f64> = row.iter().zip(&least).map(|(cost, least)| cost - least).collect();
            worst_of(&mut futures(&more, &weights).map(|(more, _)| more))
        })
        .collect();
    if let Some(plan) = regret.iter().chain(&expected).chain(&tail).position(|value| !value.is_finite()) {
        let problem = format!("row {}: what follows is beyond the largest float", plan % costs.len());
        return Err(Error::data("costs", problem));
    }
    let score = |(expected, tail): (&f64, &f64)| (1.0 - config.aversion) * expected + config.aversion * tail;
    let chosen = expected.iter().zip(&tail).map(score).enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b));
    Ok(Scenarios { chosen: chosen.map_or(0, |(plan, _)| plan), expected, tail, worst, regret })
}

/// The futures that may come: cost and probability.
fn futures<'a>(costs: &'a [f64], weights: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
    costs.iter().copied().zip(weights.iter().copied()).filter(|(_, weight)| *weight > 0.0)
}

/// Weights that sum up to 1.
fn probabilities(weights: &[f64], futures: usize) -> Result<Vec<f64>> {
    if weights.is_empty() {
        return Ok(vec![1.0 / futures as f64; futures]);
    }
    same_length("weights", weights.len(), "costs by column", futures)?;
    if let Some(at) = weights.iter().position(|weight| !weight.is_finite() || *weight < 0.0) {
        let weight = weights.get(at).copied().unwrap_or(f64::NAN);
        let problem = format!("value {at} of {futures} is {weight}: a weight is at least 0 and finite");
        return Err(Error::data("weights", problem));
    }
    // Largest first to 1, so that neither huge nor tiny weights leave the floats.
    let largest = weights.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return Err(Error::data("weights", "are all 0"));
    }
    let scaled: Vec<f64> = weights.iter().map(|weight| weight / largest).collect();
    let total = Sum::of(scaled.iter().copied());
    Ok(scaled.into_iter().map(|weight| weight / total).collect())
}

/// The mean of the largest costs, of which the last counts in part, so that their probability is 1 − level.
fn tail(mut futures: Vec<(f64, f64)>, level: f64) -> f64 {
    futures.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let worst = futures.first().map_or(0.0, |(cost, _)| *cost);
    let share = 1.0 - level;
    if share <= 0.0 {
        return worst;
    }
    let (mut left, mut below) = (share, Sum::default());
    for (cost, weight) in futures {
        let part = weight.min(left);
        // Differences from the worst, so that equal costs give that cost whatever their weights.
        below.add((cost - worst) * (part / share));
        left -= part;
    }
    worst + below.value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn judged(costs: &[f64], weights: &[f64], aversion: f64, level: f64) -> Scenarios {
        let columns = if weights.is_empty() { costs.len() } else { weights.len() };
        scenarios(Rows::new("costs", costs, columns).unwrap(), weights, &ScenarioConfig { aversion, level })
            .unwrap()
    }

    #[test]
    fn tails_count_the_last_future_in_part() {
        // The worst quarter of 1, 2, …, 10 with equal weights: (10 + 9 + ½·8) / 2.5.
        let costs: Vec<f64> = (1..=10).map(f64::from).collect();
        let all = judged(&costs, &[], 1.0, 0.75);
        assert!((all.tail[0] - 9.2).abs() < 1e-14 && (all.expected[0] - 5.5).abs() < 1e-14, "{all:?}");
        assert_eq!((all.worst[0], judged(&costs, &[], 1.0, 1.0).tail[0]), (10.0, 10.0));
        let never = judged(&[5.0, 1e6, 6.0, 0.0], &[2.0, 0.0], 1.0, 1.0);
        assert_eq!((never.chosen, never.worst, never.regret), (0, vec![5.0, 6.0], vec![0.0, 1.0]));
    }

    proptest! {
        /// Rockafellar and Uryasev's other form: the least over t of t + E[(cost − t)⁺] / (1 − level), reached at one of the costs.
        #[test]
        fn tails_are_the_minimum_of_rockafellar_and_uryasev(
            futures in prop::collection::vec((-9.0..9.0f64, 0.01..1.0f64), 1..9),
            level in 0.0..0.99f64,
        ) {
            let (costs, weights): (Vec<f64>, Vec<f64>) = futures.iter().copied().unzip();
            let total: f64 = weights.iter().sum();
            let at = |t: &f64| t + futures.iter().map(|(c, w)| w / total * (c - t).max(0.0)).sum::<f64>() / (1.0 - level);
            let least = costs.iter().map(at).fold(f64::INFINITY, f64::min);
            let found = judged(&costs, &weights, 0.5, level);
            prop_assert!((found.tail[0] - least).abs() < 1e-11, "{} is not {least}", found.tail[0]);
            prop_assert!(found.expected[0] <= found.tail[0] + 1e-12 && found.tail[0] <= found.worst[0] + 1e-12);
            prop_assert!((judged(&costs, &weights, 0.0, 0.0).tail[0] - found.expected[0]).abs() < 1e-12);
        }

        #[test]
        fn the_chosen_plan_has_the_least_score_and_regret_is_that_of_the_definition(
            costs in prop::collection::vec(prop::collection::vec((0..9i32).prop_map(f64::from), 4), 1..7),
            aversion in 0.0..=1.0f64,
        ) {
            let found = judged(&costs.concat(), &[1.0, 2.0, 3.0, 4.0], aversion, 0.7);
            let score = |plan: usize| (1.0 - aversion) * found.expected[plan] + aversion * found.tail[plan];
            prop_assert!((0..costs.len()).all(|plan| score(found.chosen) <= score(plan)));
            for (plan, regret) in found.regret.iter().enumerate() {
                let more = |f: usize| costs[plan][f] - costs.iter().map(|row| row[f]).fold(f64::INFINITY, f64::min);
                prop_assert_eq!(*regret, (0..4).map(more).fold(0.0, f64::max));
            }
        }
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let refused = |costs: &[f64], weights: &[f64], aversion: f64, level: f64| {
            let costs = Rows::new("costs", costs, 2).unwrap();
            scenarios(costs, weights, &ScenarioConfig { aversion, level }).unwrap_err().to_string()
        };
        assert_eq!(refused(&[], &[], 0.5, 0.5), "costs: is empty");
        assert_eq!(refused(&[1.0, f64::INFINITY], &[], 0.5, 0.5), "costs: row 0, column 1 is inf");
        assert_eq!(
            refused(&[1.0, 2.0], &[1.0], 0.5, 0.5),
            "weights: has 1 values, but costs by column has 2"
        );
        assert_eq!(refused(&[1.0, 2.0], &[0.0, 0.0], 0.5, 0.5), "weights: are all 0");
        assert_eq!(
            refused(&[1.0, 2.0], &[1.0, -1.0], 0.5, 0.5),
            "weights: value 1 of 2 is -1: a weight is at least 0 and finite"
        );
        assert_eq!(refused(&[1.0, 2.0], &[], f64::NAN, 0.5), "aversion: must lie between 0 and 1, got NaN");
        assert_eq!(refused(&[1.0, 2.0], &[], 0.5, 1.5), "level: must lie between 0 and 1, got 1.5");
        assert!(refused(&[1e308, 0.0, -1e308, 0.0], &[], 0.5, 0.5).contains("beyond the largest float"));
    }
}
