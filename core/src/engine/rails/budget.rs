//! What may be spent: a cost per hour, a power. A budget binds as the maximum does, below the observed need as well.
//!
//! Growth ends at what the budget pays for. A fleet that is larger already shrinks to it no faster than the rate of scale-in
//! allows, and not at all while nothing is measured.

use crate::error::{Error, Result, not_negative, positive};
use serde::{Deserialize, Serialize};

/// Limits on what the replicas cost and draw; none by default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// The largest cost per hour, in the unit of `cost_per_replica_hour`.
    pub cost_per_hour: Option<f64>,
    /// What one replica costs per hour, above 0; 1.
    pub cost_per_replica_hour: f64,
    /// The largest power in watts.
    pub watts: Option<f64>,
    /// What one replica draws in watts, above 0; 250.
    pub watts_per_replica: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { cost_per_hour: None, cost_per_replica_hour: 1.0, watts: None, watts_per_replica: 250.0 }
    }
}

impl Budget {
    pub(super) fn check(&self, min: u32) -> Result<()> {
        positive("rails.budget.cost_per_replica_hour", self.cost_per_replica_hour)?;
        positive("rails.budget.watts_per_replica", self.watts_per_replica)?;
        let limits =
            [("cost_per_hour", self.cost_per_hour, self.by_cost()), ("watts", self.watts, self.by_power())];
        for (field, limit, most) in limits {
            let field = format!("rails.budget.{field}");
            let Some(limit) = limit else { continue };
            not_negative(&field, limit)?;
            if most.is_some_and(|most| most < min) {
                let problem = format!("of {limit} does not pay for the min_replicas of {min}");
                return Err(Error::config(field, problem));
            }
        }
        Ok(())
    }

    /// Replicas that the cost per hour pays for.
    pub(in crate::engine) fn by_cost(&self) -> Option<u32> {
        self.cost_per_hour.map(|most| whole(most / self.cost_per_replica_hour))
    }

    /// Replicas that the power feeds.
    pub(in crate::engine) fn by_power(&self) -> Option<u32> {
        self.watts.map(|most| whole(most / self.watts_per_replica))
    }
}

/// Whole replicas; one that lacks no more than the last bits of a division is whole.
fn whole(replicas: f64) -> u32 {
    let nearest = replicas.round();
    let is_whole = (replicas - nearest).abs() <= 4.0 * f64::EPSILON * nearest;
    (if is_whole { nearest } else { replicas.floor() }) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_whole_replicas() {
        let budget = Budget {
            cost_per_hour: Some(0.3),
            cost_per_replica_hour: 0.1,
            watts: Some(1499.0),
            ..Budget::default()
        };
        assert_eq!(
            (budget.by_cost(), budget.by_power()),
            (Some(3), Some(5)),
            "0.3/0.1 is 2.9999999999999996"
        );
        assert_eq!(Budget::default().by_cost(), None);
        assert_eq!(Budget { watts: Some(1e300), ..budget }.by_power(), Some(u32::MAX));
    }

    #[test]
    fn a_budget_below_the_minimum_is_refused() {
        let error = Budget { watts: Some(700.0), ..Budget::default() }.check(3).unwrap_err().to_string();
        assert_eq!(error, "rails.budget.watts: of 700 does not pay for the min_replicas of 3");
        assert!(Budget { watts: Some(750.0), ..Budget::default() }.check(3).is_ok());
        assert!(Budget { watts_per_replica: 0.0, ..Budget::default() }.check(0).is_err());
        assert!(Budget { cost_per_hour: Some(f64::NAN), ..Budget::default() }.check(0).is_err());
    }
}
