//! A table of what each action is expected to bring in each state, and its update.
//!
//! `Q ← Q + α·(R + γ·max Q′ − Q)` (Watkins & Dayan 1992, Machine Learning 8). A state is utilization, capacity, trend and forecast, each
//! cut into a few bins; the values lie with the action running fastest, then forecast, trend, capacity, utilization.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Scaling down, holding, scaling up.
pub(super) const ACTIONS: usize = 3;

/// Upper ends of the bins of the share of the replicas that the load needs now; the last bin has none.
pub(super) const UTILIZATIONS: [f64; 6] = [0.4, 0.55, 0.7, 0.8, 0.9, 1.0];
/// Bins of the requested count: 0 and 1, 2 and 3, 4 to 7, and so on by powers of two.
pub(super) const CAPACITIES: usize = 8;
/// Upper ends of the bins of the load's change, relative to its recent average.
pub(super) const TRENDS: [f64; 2] = [-0.05, 0.05];
/// Upper ends of the bins of the share of the replicas that the forecast load will need; a bin before them is for no forecast.
pub(super) const FORECASTS: [f64; 11] = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.1, 1.25];

const STATES: usize = (UTILIZATIONS.len() + 1) * CAPACITIES * (TRENDS.len() + 1) * (FORECASTS.len() + 2);

/// Values of actions in states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QTable {
    values: Vec<f64>,
}

/// What is seen of the world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    /// Replicas that the load needs now over those requested.
    pub(super) utilization: f64,
    /// Replicas requested.
    pub(super) requested: u32,
    /// Change of the load relative to its recent average.
    pub(super) trend: f64,
    /// Replicas that the forecast load will need over those requested; NaN without a forecast.
    pub(super) forecast: f64,
}

impl Default for QTable {
    fn default() -> Self {
        QTable { values: vec![0.0; STATES * ACTIONS] }
    }
}

impl QTable {
    /// Numbers of a table: states times actions.
    pub const LENGTH: usize = STATES * ACTIONS;

    /// Bins of utilization, capacity, trend, forecast and action, in the order of the values, the last running fastest.
    pub const SHAPE: [usize; 5] =
        [UTILIZATIONS.len() + 1, CAPACITIES, TRENDS.len() + 1, FORECASTS.len() + 2, ACTIONS];

    /// A table with these values.
    ///
    /// # Errors
    /// [`Error::Config`] for a wrong count of values or one that is not finite.
    pub fn new(values: Vec<f64>) -> Result<Self> {
        let refuse = |problem| Err(Error::config("policy.q_learning.table", problem));
        if values.len() != Self::LENGTH {
            return refuse(format!("must have {} values, got {}", Self::LENGTH, values.len()));
        }
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return refuse(format!("has the value {value}"));
        }
        Ok(QTable { values })
    }

    /// All values.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The state of these bins of utilization, capacity, trend and forecast.
    pub(super) fn state_of([utilization, capacity, trend, forecast]: [usize; 4]) -> usize {
        let state = utilization * CAPACITIES + capacity;
        (state * (TRENDS.len() + 1) + trend) * (FORECASTS.len() + 2) + forecast
    }

    /// The state that holds what is seen.
    pub(super) fn state(seen: Seen) -> usize {
        let bin = |ends: &[f64], value: f64| ends.iter().take_while(|end| value > **end).count();
        let capacity = (seen.requested.max(1).ilog2() as usize).min(CAPACITIES - 1);
        let forecast = if seen.forecast.is_nan() { 0 } else { 1 + bin(&FORECASTS, seen.forecast) };
        Self::state_of([bin(&UTILIZATIONS, seen.utilization), capacity, bin(&TRENDS, seen.trend), forecast])
    }

    /// Values of the three actions in a state.
    pub(super) fn actions(&self, state: usize) -> [f64; ACTIONS] {
        let first = state * ACTIONS;
        let values = self.values.get(first..first + ACTIONS);
        values.and_then(|values| values.try_into().ok()).unwrap_or_default()
    }

    /// The Bellman update: what the action brought, and the best that can follow. The first time is believed as it is.
    pub(super) fn learn(
        &mut self,
        state: usize,
        action: usize,
        reward: f64,
        following: f64,
        rates: (f64, f64),
    ) {
        let (rate, discount) = rates;
        if let Some(value) = self.values.get_mut(state * ACTIONS + action) {
            let rate = if *value == 0.0 { 1.0 } else { rate };
            *value += rate * (reward + discount * following - *value);
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.values.len() == Self::LENGTH && self.values.iter().all(|value| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(utilization: f64, requested: u32, trend: f64, forecast: f64) -> usize {
        QTable::state(Seen { utilization, requested, trend, forecast })
    }

    #[test]
    fn every_state_is_reached_and_none_lies_outside() {
        let mut states: Vec<usize> = Vec::new();
        for utilization in [0.1, 0.5, 0.6, 0.75, 0.85, 0.95, f64::INFINITY] {
            for power in 0..12 {
                for trend in [f64::NEG_INFINITY, 0.0, 9.0] {
                    for forecast in FORECASTS.into_iter().chain([f64::NAN, f64::INFINITY]) {
                        states.push(seen(utilization, 1 << power, trend, forecast));
                    }
                }
            }
        }
        states.sort_unstable();
        states.dedup();
        assert_eq!(states, (0..STATES).collect::<Vec<_>>());
        assert_eq!(QTable::SHAPE.iter().product::<usize>(), QTable::LENGTH);
        assert!(seen(f64::NAN, u32::MAX, f64::NAN, 1.0) < STATES);
    }

    #[test]
    fn the_update_is_the_published_one() {
        let mut table = QTable::default();
        table.learn(7, 2, -2.0, 0.0, (0.5, 0.9));
        assert_eq!(table.actions(7), [0.0, 0.0, -2.0], "the first time whole");
        table.learn(7, 2, -1.0, -10.0, (0.1, 0.9));
        assert_eq!(table.actions(7)[2], -2.0 + 0.1 * (-1.0 + 0.9 * -10.0 - -2.0));
    }

    /// Two states, in which one action pays and the other does not: the values go to the fixed point of Bellman's equation.
    #[test]
    fn repeated_updates_find_the_fixed_point() {
        let mut table = QTable::default();
        let (rate, discount) = (0.1, 0.9);
        for _ in 0..2000 {
            let best = table.actions(0).into_iter().fold(f64::NEG_INFINITY, f64::max);
            table.learn(0, 0, -3.0, best, (rate, discount));
            table.learn(0, 1, -1.0, best, (rate, discount));
            table.learn(0, 2, -2.0, best, (rate, discount));
        }
        // The best costs 1 for ever: −1/(1 − 0.9) = −10.
        for (value, exact) in table.actions(0).into_iter().zip([-12.0, -10.0, -11.0]) {
            assert!((value - exact).abs() < 1e-6, "{value} {exact}");
        }
    }

    #[test]
    fn tables_of_another_shape_are_refused() {
        assert!(QTable::new(vec![0.0; 3]).unwrap_err().to_string().starts_with("policy.q_learning.table"));
        assert!(QTable::new(vec![f64::NAN; QTable::LENGTH]).is_err());
        assert_eq!(QTable::new(vec![1.0; QTable::LENGTH]).unwrap().actions(0), [1.0; 3]);
    }
}
