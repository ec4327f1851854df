//! The cheapest plan of a small allocation problem, proved by branch and bound.
//!
//! Depth first over the places (Land and Doig 1960, "An automatic method of solving discrete programming problems",
//! Econometrica 28). A branch ends where its limits cannot be met any more, or where the cost so far, the least that each
//! open place can add under its pairs with those decided, and the least that pairs of open places can add, together
//! are no less than the best plan's cost.

use super::allocation::Allocation;
use super::tell;
use crate::error::{Error, Result};

/// More places are refused: the recursion is as deep.
const MOST_PLACES: usize = 500;

/// More steps (about a minute) are refused.
const MOST_STEPS: u64 = 2_000_000_000;

/// Progress is told each time the steps pass a multiple of this: every few milliseconds.
const TELL: u64 = 1 << 18;

/// The cheapest feasible plan; `progress` is told the share of the steps allowed.
///
/// # Errors
/// [`Error::Infeasible`] when there is none, which is then proved; [`Error::Data`] for more than 500
/// places or 2·10⁹ steps; [`Error::Stopped`] when `progress` says `false`.
pub(super) fn exact(problem: &Allocation, progress: &mut dyn FnMut(f64) -> bool) -> Result<Vec<usize>> {
    if problem.places() > MOST_PLACES {
        let many = format!("has {} places: an exact answer is for at most {MOST_PLACES}", problem.places());
        return Err(Error::data("problem", many));
    }
    let most = (problem.levels() - 1) as f64;
    let sizes = (0..problem.places()).flat_map(|place| problem.usage(place)).map(|usage| usage.abs() * most);
    let mut search = Search {
        largest_usage: sizes.sum(),
        problem,
        pairs: open_pairs(problem),
        least_usage: least_usage(problem),
        units: vec![0; problem.places()],
        fields: vec![0.0; problem.places()],
        best: None,
        steps: 0,
        progress,
    };
    tell(search.progress, 0.0)?;
    search.decide(0, 0.0, &vec![0.0; problem.limits().len()])?;
    match search.best {
        Some((_, units)) => Ok(units),
        None => Err(Error::infeasible("limits", "no plan is within all of them")),
    }
}

struct Search<'a> {
    problem: &'a Allocation,
    /// For each depth the least that the pairs of places from there on can add.
    pairs: Vec<f64>,
    /// For each depth the least that places from there on can take of each resource.
    least_usage: Vec<Vec<f64>>,
    units: Vec<usize>,
    /// For each place what a unit costs through its pairs with the places decided.
    fields: Vec<f64>,
    best: Option<(f64, Vec<usize>)>,
    /// An upper bound on the size of what is summed up for any resource.
    largest_usage: f64,
    steps: u64,
    progress: &'a mut dyn FnMut(f64) -> bool,
}

impl Search<'_> {
    fn decide(&mut self, place: usize, cost: f64, used: &[f64]) -> Result<()> {
        let told = self.steps / TELL;
        self.steps += (self.problem.places() * self.problem.levels()) as u64;
        if self.steps > MOST_STEPS {
            let problem = format!("the exact answer takes more than {MOST_STEPS} steps");
            return Err(Error::data("problem", problem));
        }
        if self.steps / TELL > told {
            tell(self.progress, self.steps as f64 / MOST_STEPS as f64)?;
        }
        if place == self.problem.places() {
            let cost = self.problem.cost_of(&self.units);
            let better = self.best.as_ref().is_none_or(|(best, _)| cost < *best);
            if better && self.problem.within_limits(&self.units) {
                self.best = Some((cost, self.units.clone()));
            }
            return Ok(());
        }
        if self.out_of_reach(place, used) || self.too_dear(place, cost) {
            return Ok(());
        }
        for count in 0..self.problem.levels() {
            let own = self.problem.own_cost(place, count);
            if own.is_infinite() {
                continue;
            }
            let field = self.fields.get(place).copied().unwrap_or(0.0);
            let saved = self.fields.clone();
            for &(other, weight) in self.problem.partners(place) {
                if let Some(field) = self.fields.get_mut(other) {
                    *field += weight * count as f64;
                }
            }
            if let Some(slot) = self.units.get_mut(place) {
                *slot = count;
            }
            let taken = self.problem.usage(place).iter().map(|usage| usage * count as f64);
            let used: Vec<f64> = used.iter().zip(taken).map(|(used, taken)| used + taken).collect();
            self.decide(place + 1, cost + own + count as f64 * field, &used)?;
            self.fields = saved;
        }
        Ok(())
    }

    fn out_of_reach(&self, place: usize, used: &[f64]) -> bool {
        let Some(least) = self.least_usage.get(place) else { return false };
        // Ten times the slack of a limit: the leaf decides.
        let over = |((used, least), limit): ((&f64, &f64), &f64)| {
            used + least > limit + 1e-8 * (used.abs() + least.abs() + limit.abs() + self.largest_usage)
        };
        used.iter().zip(least).zip(self.problem.limits()).any(over)
    }

    fn too_dear(&self, place: usize, cost: f64) -> bool {
        let Some((best, _)) = &self.best else { return false };
        let least = |(open, field): (usize, &f64)| {
            let total = |(count, own): (usize, &f64)| own + count as f64 * field;
            self.problem.own_costs(open).iter().enumerate().map(total).fold(f64::INFINITY, f64::min)
        };
        let open: f64 = self.fields.iter().enumerate().skip(place).map(least).sum();
        cost + open + self.pairs.get(place).copied().unwrap_or(0.0) >= *best
    }
}

/// For each depth the least that the pairs of places from there on can add.
fn open_pairs(problem: &Allocation) -> Vec<f64> {
    let most = (problem.levels() - 1) as f64;
    let mut least = vec![0.0; problem.places() + 1];
    let mut sum = 0.0;
    for place in (0..problem.places()).rev() {
        let later = problem.partners(place).iter().filter(|(other, _)| *other > place);
        sum += later.map(|(_, weight)| weight.min(0.0) * most * most).sum::<f64>();
        if let Some(slot) = least.get_mut(place) {
            *slot = sum;
        }
    }
    least
}

/// For each depth the least that places from there on can take of each resource.
fn least_usage(problem: &Allocation) -> Vec<Vec<f64>> {
    let mut sum = vec![0.0; problem.limits().len()];
    let mut least = vec![sum.clone()];
    for place in (0..problem.places()).rev() {
        let allowed = |count: &usize| problem.own_cost(place, *count).is_finite();
        for (sum, usage) in sum.iter_mut().zip(problem.usage(place)) {
            let counts = (0..problem.levels()).filter(allowed);
            *sum += counts.map(|count| usage * count as f64).fold(f64::INFINITY, f64::min);
        }
        least.push(sum.clone());
    }
    least.reverse();
    least
}

#[cfg(test)]
mod tests {
    use super::super::allocation::tests::{plans, problems};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_exact_plan_is_that_of_enumeration(problem in problems()) {
            let feasible = plans(&problem).into_iter().filter(|plan| problem.is_feasible(plan).unwrap());
            let best = feasible.map(|plan| problem.cost_of(&plan)).fold(f64::INFINITY, f64::min);
            match exact(&problem, &mut |_| true) {
                Ok(plan) => {
                    prop_assert!(problem.is_feasible(&plan).unwrap());
                    prop_assert!(problem.cost_of(&plan) <= best + 1e-12 * best.abs().max(1.0));
                }
                Err(error) => prop_assert!(error.code() == 61 && best == f64::INFINITY, "{error}"),
            }
        }
    }
}
