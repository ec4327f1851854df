//! Who is served where at the least cost: the transportation problem with few places to serve in.
//!
//! `min Σ c_ij x_ij` with `Σ_j x_ij = s_i` and `Σ_i x_ij ≤ C_j`, by successive shortest paths (Ahuja, Magnanti & Orlin 1993, "Network
//! Flows", chapter 9.7). Paths are sought among the places alone: from a full one to another lies the cheapest move of what it serves now.
//! A last place without a limit takes what is not served, at a price. A budget over all places, `Σ b_j x_ij ≤ B`, gets a price λ of its own
//! (Everett 1963, Operations Research 11): λ is where the dual lines of a plan within the budget and of one beyond it cross, until no
//! plan is cheaper there (Kelley 1960, Journal of the SIAM 8), and the two plans, mixed so that the budget is just used up, are
//! the optimum.

use crate::error::{Error, Result};

/// Crossings looked at, at the most: some ten are usual.
const CROSSINGS: usize = 100;
/// A budget is never worth more: the highest price of not serving, for the least that a unit may take.
const MOST_PRICE: f64 = 1e32;
/// What is less than this share of everything is nothing.
const NOTHING: f64 = 1e-12;

/// Supplies `s`, a row of costs each (infinite where it may not go), capacities of the places; the last column of costs is that of not
/// serving, infinite for what must be served and can be.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    pub(super) supplies: Vec<f64>,
    pub(super) costs: Vec<Vec<f64>>,
    pub(super) capacities: Vec<f64>,
}

/// What goes where: a row each supply, the last column what is not served.
pub(super) type Flows = Vec<Vec<f64>>;

/// A plan as it grows.
struct Plan {
    flows: Flows,
    /// Room left in each place; one that is full stays so.
    free: Vec<f64>,
    /// The cheapest move from each full place to each other one, and who makes it.
    moves: Vec<Vec<(f64, usize)>>,
    /// Places that serve others than when their moves were found.
    is_stale: Vec<bool>,
    /// Less than this is nothing.
    nothing: f64,
}

impl Transport {
    /// The cheapest plan: exact up to rounding. O(supplies · (supplies + places³)) where each supply takes a path or two.
    #[allow(
        clippy::indexing_slicing,
        reason = "rows are as many as supplies, columns as many as places; checked at the top"
    )]
    pub(super) fn solve(&self) -> Result<Flows> {
        let places = self.capacities.len() + 1;
        if self.costs.len() != self.supplies.len() || self.costs.iter().any(|row| row.len() != places) {
            return Err(Error::internal("a transportation problem is not whole"));
        }
        let total: f64 = self.supplies.iter().sum();
        let mut plan = Plan {
            flows: vec![vec![0.0; places]; self.supplies.len()],
            free: self.capacities.iter().copied().chain([f64::INFINITY]).collect(),
            moves: vec![vec![(f64::INFINITY, usize::MAX); places]; places],
            is_stale: vec![true; places],
            nothing: NOTHING * total.max(f64::MIN_POSITIVE),
        };
        // No more augmentations than this have ever been near; what is left then is not served.
        let mut augmentations = 100 * (self.supplies.len() + 1) * places;
        for (source, supply) in self.supplies.iter().enumerate() {
            let mut left = *supply;
            while left > plan.nothing {
                augmentations = augmentations.saturating_sub(1);
                let path = if augmentations > 0 { self.path(source, &mut plan) } else { Vec::new() };
                let Some((last, _)) = path.last() else {
                    plan.flows[source][places - 1] += left;
                    break;
                };
                let moved =
                    path.iter().filter_map(|(place, mover)| mover.map(|(who, from)| (who, from, *place)));
                let moved: Vec<(usize, usize, usize)> = moved.collect();
                let mut amount = left.min(plan.free[*last]);
                for (who, from, _) in &moved {
                    amount = amount.min(plan.flows[*who][*from]);
                }
                for (who, from, into) in moved {
                    let row = &mut plan.flows[who];
                    row[from] -= amount;
                    row[into] += amount;
                    if row[from] <= plan.nothing {
                        row[into] += row[from];
                        row[from] = 0.0;
                    }
                }
                path.iter().for_each(|(place, _)| plan.is_stale[*place] = true);
                plan.flows[source][path[0].0] += amount;
                plan.free[*last] -= amount;
                left -= amount;
            }
        }
        Ok(plan.flows)
    }

    /// The cheapest way for more of a supply: places from the first on, each but the first with who moves there from where; none where
    /// it can go nowhere.
    #[allow(clippy::indexing_slicing, reason = "as in `solve`; the loops run over supplies and places")]
    fn path(&self, source: usize, plan: &mut Plan) -> Vec<(usize, Option<(usize, usize)>)> {
        let Plan { flows, free, moves, is_stale, nothing } = plan;
        let (places, nothing) = (free.len(), *nothing);
        let mut distance = self.costs[source].clone();
        let nearest = cheapest(&distance, |_| true);
        if free[nearest] > nothing && distance[nearest].is_finite() {
            return vec![(nearest, None)];
        }
        for from in (0..places).filter(|from| free[*from] <= nothing) {
            if !std::mem::take(&mut is_stale[from]) {
                continue;
            }
            moves[from].fill((f64::INFINITY, usize::MAX));
            for (who, costs) in self.costs.iter().enumerate().filter(|(who, _)| flows[*who][from] > nothing) {
                for into in (0..places).filter(|into| *into != from) {
                    let change = costs[into] - costs[from];
                    if change < moves[from][into].0 {
                        moves[from][into] = (change, who);
                    }
                }
            }
        }
        let mut before: Vec<Option<(usize, usize)>> = vec![None; places];
        // Only from where it became nearer can it become nearer elsewhere.
        let mut is_nearer = vec![true; places];
        for _ in 0..places {
            let mut is_better = false;
            for from in (0..places).filter(|from| free[*from] <= nothing) {
                if !std::mem::take(&mut is_nearer[from]) {
                    continue;
                }
                for into in 0..places {
                    let (change, who) = moves[from][into];
                    let through = distance[from] + change;
                    // Rounding is no improvement: it would close a circle.
                    if through < distance[into] - 1e-12 * (1.0 + distance[from].abs() + change.abs()) {
                        distance[into] = through;
                        before[into] = Some((who, from));
                        is_nearer[into] = true;
                        is_better = true;
                    }
                }
            }
            if !is_better {
                break;
            }
        }
        let mut place = cheapest(&distance, |place| free[place] > nothing);
        if !distance[place].is_finite() {
            return Vec::new();
        }
        let mut path = vec![(place, before[place])];
        while let Some((_, from)) = before[place] {
            if path.len() > places {
                return Vec::new();
            }
            place = from;
            path.push((place, before[place]));
        }
        path.reverse();
        path
    }

    /// The cheapest plan of which no more than `limit` of a budget is used; `usage` is what a unit in each place takes, at least 0, and
    /// `below` some plan that keeps to it.
    pub(super) fn solve_within(&self, usage: &[f64], limit: f64, mut below: Flows) -> Result<Flows> {
        let mut above = self.solve()?;
        if used(&above, usage) <= limit {
            return Ok(above);
        }
        for _ in 0..CROSSINGS {
            let (less, more) = (used(&below, usage), used(&above, usage));
            let price = (self.cost(&below) - self.cost(&above)) / (more - less);
            let price = price.clamp(0.0, MOST_PRICE);
            let with = |row: &Vec<f64>| {
                let usage = usage.iter().copied().chain([0.0]);
                row.iter().zip(usage).map(|(cost, usage)| cost + price * usage).collect()
            };
            let priced = Transport {
                supplies: self.supplies.clone(),
                costs: self.costs.iter().map(with).collect(),
                capacities: self.capacities.clone(),
            };
            let plan = priced.solve()?;
            let (known, found) = (priced.cost(&above), priced.cost(&plan));
            let is_within = used(&plan, usage) <= limit;
            let is_cheaper = found < known - NOTHING * known.abs();
            if is_cheaper {
                *(if is_within { &mut below } else { &mut above }) = plan;
            } else {
                break;
            }
        }
        let (less, more) = (used(&below, usage), used(&above, usage));
        let share = if more > less { ((limit - less) / (more - less)).clamp(0.0, 1.0) } else { 0.0 };
        for (row, above) in below.iter_mut().zip(&above) {
            row.iter_mut().zip(above).for_each(|(flow, above)| *flow += share * (above - *flow));
        }
        Ok(below)
    }

    fn cost(&self, flows: &Flows) -> f64 {
        let cells = flows.iter().flatten().zip(self.costs.iter().flatten());
        cells.filter(|(flow, cost)| **flow > 0.0 && cost.is_finite()).map(|(flow, cost)| flow * cost).sum()
    }
}

/// What a plan takes of a budget.
pub(super) fn used(flows: &Flows, usage: &[f64]) -> f64 {
    flows.iter().flat_map(|row| row.iter().zip(usage)).map(|(flow, usage)| flow * usage).sum()
}

/// The place of the least distance among those that count; the first of several.
fn cheapest(distance: &[f64], counts: impl Fn(usize) -> bool) -> usize {
    let counting = distance.iter().enumerate().filter(|(place, _)| counts(*place));
    counting.min_by(|a, b| a.1.total_cmp(b.1)).map_or(distance.len().saturating_sub(1), |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct File {
        cases: Vec<Solved>,
    }

    #[derive(Deserialize)]
    struct Solved {
        supplies: Vec<f64>,
        costs: Vec<Vec<Option<f64>>>,
        capacities: Vec<f64>,
        usage: Vec<f64>,
        limit: Option<f64>,
        cost: f64,
    }

    /// The plan that serves nobody.
    fn nobody(transport: &Transport) -> Flows {
        let none = vec![0.0; transport.capacities.len()];
        transport.supplies.iter().map(|supply| [none.as_slice(), &[*supply]].concat()).collect()
    }

    /// Each supply goes somewhere and only where it may, and no place gets more than it holds.
    fn check(transport: &Transport, flows: &Flows) {
        for (row, (supply, costs)) in flows.iter().zip(transport.supplies.iter().zip(&transport.costs)) {
            assert!((row.iter().sum::<f64>() - supply).abs() <= 1e-9 * (1.0 + supply));
            assert!(
                row.iter().zip(costs).all(|(flow, cost)| *flow >= 0.0 && (*flow == 0.0 || cost.is_finite()))
            );
        }
        for (place, capacity) in transport.capacities.iter().enumerate() {
            assert!(flows.iter().map(|row| row[place]).sum::<f64>() <= capacity + 1e-9 * (1.0 + capacity));
        }
    }

    /// The optima that HiGHS finds.
    #[test]
    fn plans_cost_what_the_solver_of_another_program_needs() {
        let file: File =
            serde_json::from_str(include_str!("../../../../tests/vectors/oracle/transport.json")).unwrap();
        for (number, case) in file.cases.into_iter().enumerate() {
            let allowed = |row: Vec<Option<f64>>| row.into_iter().map(|cost| cost.unwrap_or(f64::INFINITY));
            let transport = Transport {
                supplies: case.supplies,
                costs: case.costs.into_iter().map(|row| allowed(row).collect()).collect(),
                capacities: case.capacities,
            };
            let limit = case.limit.unwrap_or(f64::INFINITY);
            let flows = transport.solve_within(&case.usage, limit, nobody(&transport)).unwrap();
            check(&transport, &flows);
            let cost = transport.cost(&flows);
            assert!(
                (cost - case.cost).abs() <= 1e-7 * (1.0 + case.cost.abs()),
                "{number}: {cost} for {}",
                case.cost
            );
            let used = used(&flows, &case.usage);
            assert!(used <= limit * (1.0 + 1e-9), "{number}: {used} of {limit}");
        }
    }

    proptest! {
        #[test]
        fn every_plan_is_possible_and_no_swap_of_two_is_cheaper(
            supplies in prop::collection::vec(0.0f64..9.0, 1..8), seed in prop::collection::vec(0.0f64..9.0, 8 * 5),
            capacities in prop::collection::vec(0.0f64..12.0, 4),
        ) {
            let cost = |place: usize| if seed[place] > 7.5 { f64::INFINITY } else { seed[place] };
            let row = |source: usize| (0..4).map(|place| cost(5 * source + place)).chain([100.0]).collect();
            let costs: Vec<Vec<f64>> = (0..supplies.len()).map(row).collect();
            let transport = Transport { supplies, costs, capacities };
            let flows = transport.solve().unwrap();
            check(&transport, &flows);
            for (a, first) in flows.iter().enumerate() {
                for (b, second) in flows.iter().enumerate() {
                    for i in (0..5).filter(|i| first[*i] > 1e-9) {
                        for j in (0..5).filter(|j| second[*j] > 1e-9) {
                            let (c, d) = (&transport.costs[a], &transport.costs[b]);
                            prop_assert!(c[i] + d[j] <= c[j] + d[i] + 1e-9, "{a} {b} {i} {j}");
                        }
                    }
                }
            }
        }
    }
}
