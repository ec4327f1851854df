//! Several services under one budget, such as the prefill and decode pools of a language model: a pure function from what each wants to
//! what each gets.
//!
//! Claims come in an order: the minimum; what the load observed now needs; what runs already; and what forecasts add. A step that the budget
//! cannot pay in full is shared by the utility of what each gets of its claim. The smallest one is made as large as it can be: weighted
//! max-min fairness (Bertsekas & Gallager 1992, Data Networks, section 6.5), for pools that work together and are as fast as the worst.
//! Or the product Π share^weight is: proportional fairness, where pools spend by their weights (Kelly, Maulloo & Tan 1998, Journal of the
//! Operational Research Society 49), for pools that stand alone. Either way what forecasts add is given up first, and none gets more than it wants.

use crate::error::{Error, Result, positive, same_length};
use serde::{Deserialize, Serialize};

/// The largest number of pools.
const MOST_POOLS: usize = 10_000;

/// What is made as large as it can be, where a budget does not pay for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fairness {
    /// The smallest `share of its claim/weight` of any pool: pools that work together keep their proportion.
    #[default]
    MaxMin,
    /// The product of the shares to the power of the weights: each pool spends in proportion to its weight, and dear replicas are fewer.
    Proportional,
}

/// One service under a common budget.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pool {
    /// What one replica costs, in the unit of the limit, above 0; 1.
    pub cost: f64,
    /// How much its claims count beside those of others, above 0; 1.
    pub weight: f64,
    /// Replicas that it is never denied; 0.
    pub min_replicas: u32,
}

impl Default for Pool {
    fn default() -> Self {
        Pool { cost: 1.0, weight: 1.0, min_replicas: 0 }
    }
}

/// What one service claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The count that its own engine decided for.
    pub wanted: u32,
    /// What its load observed now needs.
    pub reactive: u32,
    /// What it runs.
    pub current: u32,
}

/// A budget that several services have in common: GPUs, watts, money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointBudget {
    /// The most that all replicas together may cost.
    pub limit: f64,
    /// The services.
    pub pools: Vec<Pool>,
    /// How what there is is shared where it is not enough; max-min.
    #[serde(default)]
    pub fairness: Fairness,
}

impl JointBudget {
    /// Refuses numbers out of range, and a limit that does not pay for the minima.
    ///
    /// # Errors
    /// [`Error::Config`] names the field.
    pub fn check(&self) -> Result<()> {
        positive("limit", self.limit)?;
        if !(1..=MOST_POOLS).contains(&self.pools.len()) {
            return Err(Error::config(
                "pools",
                format!("must be 1 to {MOST_POOLS}, got {}", self.pools.len()),
            ));
        }
        for (i, pool) in self.pools.iter().enumerate() {
            positive(&format!("pools[{i}].cost"), pool.cost)?;
            positive(&format!("pools[{i}].weight"), pool.weight)?;
        }
        let minima = self.cost(self.pools.iter().map(|pool| pool.min_replicas));
        if minima <= self.limit {
            return Ok(());
        }
        Err(Error::config(
            "limit",
            format!("of {} does not pay for the minima, which cost {minima}", self.limit),
        ))
    }

    /// The count that each service gets, at most what it wants; its minimum at least, if it wants that much. Each engine is told by
    /// [`super::Engine::limit_to_share`]. About 100 passes over the pools.
    ///
    /// # Errors
    /// As [`JointBudget::check`]; [`Error::Data`] when there are not as many claims as pools.
    pub fn share(&self, claims: &[Claim]) -> Result<Vec<u32>> {
        self.check()?;
        same_length("claims", claims.len(), "pools", self.pools.len())?;
        let mut granted = vec![0; claims.len()];
        let steps: [fn(&Pool, &Claim) -> u32; 4] = [
            |pool, _| pool.min_replicas,
            |_, claim| claim.reactive,
            |_, claim| claim.current,
            |_, _| u32::MAX,
        ];
        for step in steps {
            let asked = self.pools.iter().zip(claims).zip(&granted);
            let asked: Vec<u32> = asked
                .map(|((pool, claim), granted)| step(pool, claim).min(claim.wanted).max(*granted))
                .collect();
            if self.cost(asked.iter().copied()) > self.limit {
                return Ok(self.fair(&granted, &asked));
            }
            granted = asked;
        }
        Ok(granted)
    }

    fn cost(&self, counts: impl Iterator<Item = u32>) -> f64 {
        self.pools.iter().zip(counts).map(|(pool, count)| pool.cost * f64::from(count)).sum()
    }

    /// Between what is granted, which the budget pays, and what is asked, which it does not: the highest common level.
    fn fair(&self, granted: &[u32], asked: &[u32]) -> Vec<u32> {
        let at = |level: f64| -> Vec<u32> {
            let pools = self.pools.iter().zip(granted).zip(asked);
            // The cast saturates.
            pools
                .map(|((pool, granted), asked)| {
                    ((level * self.unit(pool, *asked)) as u32).clamp(*granted, *asked)
                })
                .collect()
        };
        let full = self.pools.iter().zip(asked).filter(|(_, asked)| **asked > 0);
        let highest = full.map(|(pool, asked)| f64::from(*asked) / self.unit(pool, *asked));
        let (mut low, mut high) = (0.0, 2.0 * highest.fold(0.0, f64::max).min(f64::MAX / 4.0));
        for _ in 0..80 {
            let middle = 0.5 * (low + high);
            if self.cost(at(middle).into_iter()) <= self.limit { low = middle } else { high = middle }
        }
        let mut shares = at(low);
        self.spend_rest(&mut shares, asked);
        shares
    }

    /// Replicas of a pool at level 1, above 0.
    fn unit(&self, pool: &Pool, asked: u32) -> f64 {
        let replicas = match self.fairness {
            Fairness::MaxMin => pool.weight * f64::from(asked),
            Fairness::Proportional => pool.weight / pool.cost,
        };
        replicas.max(f64::MIN_POSITIVE)
    }

    /// What is left pays for single replicas, of the pool at the lowest level first.
    fn spend_rest(&self, shares: &mut [u32], asked: &[u32]) {
        let mut left = self.limit - self.cost(shares.iter().copied());
        // Every pool was brought down to a whole count, so none lacks more than one replica on its own account.
        for _ in 0..shares.len() {
            let level = |share: u32, pool: &Pool, asked: u32| f64::from(share) / self.unit(pool, asked);
            let lacking = shares.iter_mut().zip(&self.pools).zip(asked);
            let lacking = lacking.filter(|((share, pool), asked)| **share < **asked && pool.cost <= left);
            let worst =
                lacking.min_by(|a, b| level(*a.0.0, a.0.1, *a.1).total_cmp(&level(*b.0.0, b.0.1, *b.1)));
            let Some(((share, pool), _)) = worst else { break };
            *share += 1;
            left -= pool.cost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn budget(limit: f64, pools: &[(f64, f64, u32)]) -> JointBudget {
        let pool = |&(cost, weight, min_replicas): &(f64, f64, u32)| Pool { cost, weight, min_replicas };
        JointBudget { limit, pools: pools.iter().map(pool).collect(), fairness: Fairness::MaxMin }
    }

    fn claims(claims: &[(u32, u32, u32)]) -> Vec<Claim> {
        claims.iter().map(|&(wanted, reactive, current)| Claim { wanted, reactive, current }).collect()
    }

    #[test]
    fn pools_shrink_in_proportion_and_forecasts_are_given_up_first() {
        let equal = budget(12.0, &[(1.0, 1.0, 1); 2]);
        let share = |list: &[(u32, u32, u32)]| equal.share(&claims(list)).unwrap();
        assert_eq!(share(&[(4, 4, 4), (8, 8, 8)]), [4, 8], "it pays for all");
        assert_eq!(share(&[(8, 8, 0), (16, 16, 0)]), [4, 8], "in proportion to the need");
        assert_eq!(share(&[(20, 4, 4), (8, 8, 8)]), [4, 8], "the need of now before the forecast");
        assert_eq!(share(&[(9, 2, 9), (9, 2, 2)]), [9, 3], "what runs before what forecasts add");
        assert_eq!(share(&[(30, 30, 30), (1, 1, 1)]), [11, 1]);
        assert_eq!(share(&[(0, 5, 9), (30, 2, 2)]), [0, 12], "none gets more than it wants");
    }

    #[test]
    fn weights_and_costs_count() {
        let weighted = budget(12.0, &[(1.0, 1.0, 0), (1.0, 2.0, 0)]);
        assert_eq!(weighted.share(&claims(&[(12, 12, 0), (12, 12, 0)])).unwrap(), [4, 8]);
        let dear = budget(13.0, &[(2.0, 1.0, 0), (1.0, 1.0, 0)]);
        assert_eq!(
            dear.share(&claims(&[(10, 10, 0), (10, 10, 0)])).unwrap(),
            [4, 5],
            "4 of each, and one more for what is left"
        );
    }

    /// Closed form: without bounds, pool i spends `limit·weight/Σ weights` (Kelly et al. 1998).
    #[test]
    fn the_product_of_utilities_is_largest_where_pools_spend_by_their_weights() {
        let proportional = |limit, pools: &[(f64, f64, u32)]| JointBudget {
            fairness: Fairness::Proportional,
            ..budget(limit, pools)
        };
        let dear = proportional(12.0, &[(1.0, 1.0, 0), (2.0, 1.0, 0)]);
        assert_eq!(dear.share(&claims(&[(90, 90, 0), (30, 30, 0)])).unwrap(), [6, 3]);
        let weighted = proportional(12.0, &[(1.0, 2.0, 0), (1.0, 1.0, 0)]);
        assert_eq!(weighted.share(&claims(&[(90, 90, 0), (30, 30, 0)])).unwrap(), [8, 4]);
        assert_eq!(
            weighted.share(&claims(&[(5, 5, 0), (30, 30, 0)])).unwrap(),
            [5, 7],
            "none gets more than it wants"
        );
    }

    #[test]
    fn budgets_out_of_range_are_refused() {
        let refused =
            |limit, pools: &[(f64, f64, u32)]| budget(limit, pools).check().unwrap_err().to_string();
        assert_eq!(refused(3.0, &[(2.0, 1.0, 2)]), "limit: of 3 does not pay for the minima, which cost 4");
        assert!(refused(f64::NAN, &[(1.0, 1.0, 0)]).starts_with("limit: "));
        assert!(refused(1.0, &[]).starts_with("pools: "));
        assert!(refused(1.0, &[(1.0, 1.0, 0), (0.0, 1.0, 0)]).starts_with("pools[1].cost: "));
        assert!(refused(1.0, &[(1.0, f64::INFINITY, 0)]).starts_with("pools[0].weight: "));
        assert!(budget(1.0, &[(1.0, 1.0, 0)]).share(&[]).unwrap_err().to_string().starts_with("claims: "));
    }

    prop_compose! {
        fn pools()(pools in prop::collection::vec((0.5..4.0f64, 0.2..5.0f64, 0u32..3, 0u32..200, 0u32..200, 0u32..200), 1..7), share in 0.0..1.5f64, is_proportional in any::<bool>())
            -> (JointBudget, Vec<Claim>)
        {
            let claim = |&(.., wanted, reactive, current): &(f64, f64, u32, u32, u32, u32)| Claim { wanted, reactive, current };
            let claims: Vec<Claim> = pools.iter().map(claim).collect();
            let mut budget = budget(1.0, &pools.iter().map(|pool| (pool.0, pool.1, pool.2)).collect::<Vec<_>>());
            let minima = budget.cost(pools.iter().map(|pool| pool.2));
            budget.limit = minima + 0.1 + share * budget.cost(claims.iter().map(|claim| claim.wanted));
            if is_proportional {
                budget.fairness = Fairness::Proportional;
            }
            (budget, claims)
        }
    }

    proptest! {
        #[test]
        fn the_budget_holds_the_minima_too_and_little_is_left((budget, claims) in pools()) {
            let shares = budget.share(&claims).unwrap();
            let cost = budget.cost(shares.iter().copied());
            prop_assert!(cost <= budget.limit);
            let mut is_short = false;
            for ((share, claim), pool) in shares.iter().zip(&claims).zip(&budget.pools) {
                prop_assert!(*share <= claim.wanted && *share >= pool.min_replicas.min(claim.wanted));
                is_short |= *share < claim.wanted;
            }
            let dearest = budget.pools.iter().map(|pool| pool.cost).fold(0.0, f64::max);
            prop_assert!(!is_short || budget.limit - cost < dearest * claims.len() as f64, "{} of {}", cost, budget.limit);
            // Nobody gets what forecasts add while another lacks what it needs now.
            let lacks = shares.iter().zip(&claims).any(|(share, claim)| *share < claim.reactive.min(claim.wanted));
            let adds = shares.iter().zip(&claims).zip(&budget.pools).any(|((share, claim), pool)| *share > claim.reactive.max(pool.min_replicas));
            prop_assert!(!(lacks && adds));
        }

        /// Against all whole allocations of two pools: the product of shares is within one replica's worth of the best there is.
        #[test]
        fn no_other_allocation_has_a_larger_product(
            wanted in prop::array::uniform2(1u32..30), costs in prop::array::uniform2(1u32..4), limit in 8u32..40,
        ) {
            let pools: Vec<Pool> = costs.iter().map(|cost| Pool { cost: f64::from(*cost), ..Pool::default() }).collect();
            let budget = JointBudget { limit: f64::from(limit), pools, fairness: Fairness::Proportional };
            let claims = wanted.map(|wanted| Claim { wanted, reactive: wanted, current: 0 });
            let shares = budget.share(&claims).unwrap();
            let product = |a: u32, b: u32| f64::from(a) * f64::from(b);
            let affordable = |a: u32, b: u32| a * costs[0] + b * costs[1] <= limit;
            let all = (0..=wanted[0]).flat_map(|a| (0..=wanted[1]).map(move |b| (a, b)));
            let best = all.filter(|(a, b)| affordable(*a, *b)).map(|(a, b)| product(a, b)).fold(0.0, f64::max);
            prop_assert!(affordable(shares[0], shares[1]));
            prop_assert!(product(shares[0] + 1, shares[1] + 1) > best, "{:?} for {}", shares, best);
        }

        #[test]
        fn more_budget_is_never_less_for_all((budget, claims) in pools(), more in 1.0..1.5f64) {
            let larger = JointBudget { limit: budget.limit * more, ..budget.clone() };
            let total = |budget: &JointBudget| budget.cost(budget.share(&claims).unwrap().into_iter());
            let dearest = budget.pools.iter().map(|pool| pool.cost).fold(0.0, f64::max);
            prop_assert!(total(&larger) >= total(&budget) - dearest * claims.len() as f64);
        }
    }
}
