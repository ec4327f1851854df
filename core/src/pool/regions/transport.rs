//! Who is served where at the least cost: the transportation problem with few places to serve in.
//!
//! `min Σ c_ij x_ij` with `Σ_j x_ij = s_i` and `Σ_i x_ij ≤ C_j`, and within a budget over all places, `Σ b_j x_ij ≤ B` (found in `simplex`).
//! A last place without a limit takes what is not served, at a price.

/// Supplies `s`, a row of costs each (infinite where it may not go), capacities of the places; the last column of costs is that of not
/// serving, which is finite.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    pub(super) supplies: Vec<f64>,
    pub(super) costs: Vec<Vec<f64>>,
    pub(super) capacities: Vec<f64>,
}

/// What goes where: a row each supply, the last column what is not served.
pub(super) type Flows = Vec<Vec<f64>>;

#[cfg(test)]
impl Transport {
    fn cost(&self, flows: &Flows) -> f64 {
        let cells = flows.iter().flatten().zip(self.costs.iter().flatten());
        cells.filter(|(flow, cost)| **flow > 0.0 && cost.is_finite()).map(|(flow, cost)| flow * cost).sum()
    }
}

/// What a plan takes of a budget.
pub(super) fn used(flows: &Flows, usage: &[f64]) -> f64 {
    flows.iter().flat_map(|row| row.iter().zip(usage)).map(|(flow, usage)| flow * usage).sum()
}

/// The place that most of a supply goes to, the last where it is not served.
pub(super) fn mostly(flows: Option<&Flows>, supply: usize) -> Option<usize> {
    let row = flows?.get(supply)?;
    row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(place, _)| place)
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
            let flows = transport.solve_within(&case.usage, limit, None).unwrap();
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
            let flows = transport.solve(None).unwrap();
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
