//! When to begin, how fast and in which steps to move from one count of replicas to another.
//!
//! A replica costs from the step in which it is asked for, serves only after its start-up and then along its warm-up curve, and costs
//! on while it drains; the newest are let go first. So `min(n[t−j..=t])` replicas are at least `j` steps old in step `t`, and "all that
//! are old enough cover the demand" is a floor under the counts themselves: `n[s] ≥ need[t]` for every `s` from `t − age` to `t`.
//!
//! Above such a floor the least cost is found by dynamic programming over the count (Bellman 1957). The value of a count is convex in
//! it, because infimal convolution with the convex cost of a change keeps it so; hence two thresholds a step are the whole policy
//! (below the one start up to it, above the other let go down to it), and O(steps · counts) time and O(steps + counts) memory suffice.

use crate::error::{Error, Result, all_finite, not_negative, positive, same_length};
use crate::math::Sum;
use serde::{Deserialize, Serialize};

/// More work than this, in steps times counts and ages for each share of a warm-up curve, is refused.
const MOST_WORK: f64 = 2e8;
/// Attempts to let replicas start later than their warm-up curve was first taken to allow.
const ATTEMPTS: usize = 200_000;

/// What a transition is planned with: plain numbers, wherever they come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TransitionPlanConfig {
    /// Length of a step of the demand, above 0. Default 15.
    pub step_seconds: f64,
    /// From asking for a replica until it serves at all; taken up to whole steps. Default 120.
    pub start_up_seconds: f64,
    /// The shares of its full capacity that a replica has in the first, second, ... step after its start-up, never falling,
    /// from 0 to 1; then it has all of it. Default: none, so all of it at once.
    pub warm_up: Vec<f64>,
    /// How long a replica that was let go still runs, and costs, without serving. Default 0.
    pub drain_seconds: f64,
    /// Cost of a replica that starts, serves or drains, per second: its power in watts when cost is energy. Default 1.
    pub running_cost: f64,
    /// Cost of starting a replica, beside what it costs while it starts. Default 0.
    pub start_cost: f64,
    /// How many replicas may be asked for in one step, at least 1. Default: any count.
    pub max_up_per_step: Option<u64>,
    /// How many replicas may be let go in one step, at least 1. Default: any count.
    pub max_down_per_step: Option<u64>,
    /// The least count. Default 1.
    pub min_replicas: u64,
    /// The largest count, at most 1 000 000. Default 1000.
    pub max_replicas: u64,
}

impl Default for TransitionPlanConfig {
    fn default() -> Self {
        Self {
            step_seconds: 15.0,
            start_up_seconds: 120.0,
            warm_up: Vec::new(),
            drain_seconds: 0.0,
            running_cost: 1.0,
            start_cost: 0.0,
            max_up_per_step: None,
            max_down_per_step: None,
            min_replicas: 1,
            max_replicas: 1000,
        }
    }
}

/// A way from one count of replicas to another, and what it costs.
#[derive(Debug, Clone, PartialEq)]
pub struct TransitionPlan {
    /// The count to ask for at the begin of each step.
    pub replicas: Vec<u64>,
    /// What those that serve can serve in each step, in replicas with full capacity.
    pub capacity: Vec<f64>,
    /// All replicas' running, starting and draining.
    pub cost: f64,
    /// The part of the cost beyond running exactly the whole replicas that each step needs.
    pub transition_cost: f64,
    /// Demand beyond capacity, in replica-seconds: 0 in a plan.
    pub shortfall: f64,
    /// No plan that covers the demand costs less. Equal to the cost, but for rounding, where there is no warm-up curve.
    pub least_cost: f64,
}

/// The cheapest counts with which capacity never falls under demand.
///
/// `demand` is what each step needs, in replicas with full capacity; the `initial` replicas run with full capacity before the first
/// step. Without a warm-up curve the plan is optimal. With one it is the best of the plans that count a replica from one share of
/// its warm-up on, and each start is then put off as long as the whole curve allows; `least_cost` bounds what is left to gain.
/// O(steps · counts) for each of these plans.
///
/// Refuses demands that are not finite or negative, settings out of range, and more than 2·10⁸ steps times counts (times shares of the warm-up curve); says
/// `Infeasible`, with the step, where no permitted plan covers the demand.
pub fn plan_transition(
    demand: &[f64],
    initial: u64,
    config: &TransitionPlanConfig,
) -> Result<TransitionPlan> {
    let problem = Problem::new(demand, initial, config)?;
    let most = problem.most();
    let reachable = problem.capacity(&most);
    if let Some(step) = reachable.iter().zip(demand).position(|(capacity, demand)| capacity < demand) {
        let (needs, has) =
            (demand.get(step).copied().unwrap_or_default(), reachable.get(step).copied().unwrap_or_default());
        let problem = format!("step {step} needs {needs} replicas, and at most {has} can serve by then");
        return Err(Error::infeasible("demand", problem));
    }
    let mut best: Option<(f64, Vec<u64>)> = None;
    for &(age, share) in problem.ages.iter().rev().filter(|(_, share)| *share > 0.0) {
        let plan = problem.cheapest(&problem.floor(age, share, &most));
        let plan = if config.warm_up.is_empty() { plan } else { problem.put_off(plan) };
        let cost = problem.cost(&plan);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, plan));
        }
    }
    let (cost, plan) = best.ok_or_else(|| Error::internal("a transition without a plan"))?;
    let relaxed = problem.ages.iter().find(|(_, share)| *share > 0.0);
    let least = match relaxed {
        Some(&(age, share)) if share < 1.0 => {
            problem.cost(&problem.cheapest(&problem.floor(age, 1.0, &most)))
        }
        _ => cost,
    };
    Ok(problem.finish(plan, least.min(cost)))
}

/// What given counts cost in the same terms, whether or not they cover the demand or keep the limits of a plan.
///
/// `least_cost` is the cost of the whole replicas that each step needs, had they no start-up. O(steps · ages).
/// Refuses what [`plan_transition`] refuses, counts above 1 000 000, and as many counts as steps being not so.
pub fn assess_transition(
    demand: &[f64],
    initial: u64,
    replicas: &[u64],
    config: &TransitionPlanConfig,
) -> Result<TransitionPlan> {
    let problem = Problem::new(demand, initial, config)?;
    same_length("replicas", replicas.len(), "demand", demand.len())?;
    if let Some(i) = replicas.iter().position(|count| *count > MOST_REPLICAS) {
        let problem = format!("value {i} of {} is above {MOST_REPLICAS}", replicas.len());
        return Err(Error::data("replicas", problem));
    }
    let least = problem.serving();
    Ok(problem.finish(replicas.to_vec(), least))
}

const MOST_REPLICAS: u64 = 1_000_000;

struct Problem<'a> {
    demand: &'a [f64],
    initial: u64,
    config: &'a TransitionPlanConfig,
    /// The ages, in steps, at which a replica's share of its full capacity changes, and the share from there on.
    ages: Vec<(usize, f64)>,
    /// Of one replica in one step, of one start, of one drain.
    running: f64,
    draining: f64,
}

impl<'a> Problem<'a> {
    fn new(demand: &'a [f64], initial: u64, config: &'a TransitionPlanConfig) -> Result<Self> {
        all_finite("demand", demand)?;
        if demand.is_empty() {
            return Err(Error::data("demand", "has no steps"));
        }
        if let Some(i) = demand.iter().position(|demand| *demand < 0.0 || *demand > MOST_REPLICAS as f64) {
            let problem = format!("value {i} of {} is not within 0 and {MOST_REPLICAS}", demand.len());
            return Err(Error::data("demand", problem));
        }
        positive("step_seconds", config.step_seconds)?;
        not_negative("start_up_seconds", config.start_up_seconds)?;
        not_negative("drain_seconds", config.drain_seconds)?;
        not_negative("running_cost", config.running_cost)?;
        not_negative("start_cost", config.start_cost)?;
        for (name, limit) in
            [("max_up_per_step", config.max_up_per_step), ("max_down_per_step", config.max_down_per_step)]
        {
            if limit == Some(0) {
                return Err(Error::config(name, "must be at least 1, got 0"));
            }
        }
        if config.max_replicas > MOST_REPLICAS || config.max_replicas < config.min_replicas {
            let problem = format!(
                "must be from min_replicas, {}, to {MOST_REPLICAS}, got {}",
                config.min_replicas, config.max_replicas
            );
            return Err(Error::config("max_replicas", problem));
        }
        if initial > config.max_replicas {
            let problem = format!("must be at most max_replicas, {}, got {initial}", config.max_replicas);
            return Err(Error::config("initial", problem));
        }
        let mut last = 0.0;
        for &share in &config.warm_up {
            if !(last..=1.0).contains(&share) {
                let problem = format!("must rise from 0 to 1, but {share} follows {last}");
                return Err(Error::config("warm_up", problem));
            }
            last = share;
        }
        let start_up = (config.start_up_seconds / config.step_seconds).ceil();
        let counts = (config.max_replicas - config.min_replicas) as f64;
        let shares = config.warm_up.len() as f64 + 1.0;
        let work = demand.len() as f64 * (counts + start_up + shares) * shares;
        if work > MOST_WORK {
            let problem = format!("{work} steps times counts, ages and shares are more than {MOST_WORK}");
            return Err(Error::data("demand", problem));
        }
        let running = config.running_cost * config.step_seconds;
        let draining = config.running_cost * config.drain_seconds;
        let largest = (running + draining + config.start_cost) * MOST_REPLICAS as f64 * demand.len() as f64;
        if !largest.is_finite() {
            return Err(Error::config("running_cost", "the cost overflows"));
        }
        let shares = config.warm_up.iter().copied().chain([1.0]);
        let ages = shares.enumerate().map(|(i, share)| (start_up as usize + i, share)).collect();
        Ok(Self { demand, initial, config, ages, running, draining })
    }

    /// The largest count that may be asked for in each step: if these do not serve the demand, no counts do.
    fn most(&self) -> Vec<u64> {
        let up = self.config.max_up_per_step.unwrap_or(MOST_REPLICAS);
        let count = |step| self.initial.saturating_add(up.saturating_mul(step));
        (1..=self.demand.len() as u64).map(|step| count(step).min(self.config.max_replicas)).collect()
    }

    /// How many are at least `age` steps old in `step`.
    fn older(&self, replicas: &[u64], step: usize, age: usize) -> u64 {
        let from = step.saturating_sub(age);
        let least = replicas.iter().take(step + 1).skip(from).copied().min().unwrap_or_default();
        if age > step { least.min(self.initial) } else { least }
    }

    /// What serves in one step: those of each stage are as many as are old enough, less those of the next.
    fn capacity_in(&self, replicas: &[u64], step: usize) -> f64 {
        let (mut capacity, mut before, mut older, mut age) = (0.0, 0.0, u64::MAX, 0);
        for &(stage, share) in &self.ages {
            let younger = older;
            while age <= stage {
                let count = step.checked_sub(age).map_or(Some(&self.initial), |i| replicas.get(i));
                older = older.min(count.copied().unwrap_or_default());
                if age > step {
                    age = stage;
                }
                age += 1;
            }
            capacity += before * (younger - older) as f64;
            before = share;
        }
        capacity + before * older as f64
    }

    fn capacity(&self, replicas: &[u64]) -> Vec<f64> {
        (0..replicas.len()).map(|step| self.capacity_in(replicas, step)).collect()
    }

    /// A floor under the counts, such that replicas of `age`, with `share` of their capacity, cover the demand alone.
    ///
    /// Where that is out of reach: the most that can be asked for.
    fn floor(&self, age: usize, share: f64, most: &[u64]) -> Vec<u64> {
        let mut floor = vec![self.config.min_replicas; self.demand.len()];
        let oldest = self.ages.last().map_or(age, |(age, _)| *age);
        for (step, demand) in self.demand.iter().enumerate() {
            let need = (demand / share).ceil() as u64;
            let within_reach = need <= self.older(most, step, age);
            let from = step.saturating_sub(if within_reach { age } else { oldest });
            let window = floor.iter_mut().zip(most).take(step + 1).skip(from);
            window.for_each(|(floor, most)| *floor = (*floor).max(if within_reach { need } else { *most }));
        }
        floor.iter_mut().zip(most).for_each(|(floor, most)| *floor = (*floor).min(*most));
        floor
    }

    /// The cheapest counts on or above the floor.
    #[allow(
        clippy::indexing_slicing,
        reason = "counts run from low to high, and the tables have high − low + 1 places"
    )]
    fn cheapest(&self, floor: &[u64]) -> Vec<u64> {
        let low = floor.iter().copied().min().unwrap_or_default().min(self.initial);
        let high = floor.iter().copied().max().unwrap_or_default().max(self.initial);
        let places = (high - low + 1) as usize;
        let place = |count: u64| (count - low) as usize;
        let up = self.config.max_up_per_step.unwrap_or(MOST_REPLICAS).min(MOST_REPLICAS) as usize;
        let down = self.config.max_down_per_step.unwrap_or(MOST_REPLICAS).min(MOST_REPLICAS) as usize;
        let go = |from: usize, start: usize, stop: usize| {
            if from < start { start.min(from + up) } else { stop.min(from).max(from.saturating_sub(down)) }
        };
        let mut later = vec![0.0; places];
        let mut value = vec![f64::INFINITY; places];
        let mut thresholds = Vec::with_capacity(floor.len());
        for &least in floor.iter().rev() {
            let (mut start, mut stop) = ((f64::INFINITY, 0), (f64::INFINITY, 0));
            for (i, (value, later)) in value.iter_mut().zip(&later).enumerate() {
                let count = (low + i as u64) as f64;
                *value = if i < place(least) { f64::INFINITY } else { self.running * count + later };
                let with_start = *value + self.config.start_cost * count;
                let with_stop = *value - self.draining * count;
                start = if with_start < start.0 { (with_start, i) } else { start };
                stop = if with_stop < stop.0 { (with_stop, i) } else { stop };
            }
            let (start, stop) = (start.1, stop.1.max(start.1));
            for (from, later) in later.iter_mut().enumerate() {
                let to = go(from, start, stop);
                let change = if to > from {
                    self.config.start_cost * (to - from) as f64
                } else {
                    self.draining * (from - to) as f64
                };
                *later = value[to] + change;
            }
            thresholds.push((start, stop));
        }
        let mut at = place(self.initial);
        let mut step = |(start, stop)| {
            at = go(at, start, stop);
            low + at as u64
        };
        thresholds.into_iter().rev().map(&mut step).collect()
    }

    /// The same counts with single replicas taken out of single steps, as long as that pays and capacity still covers the demand.
    fn put_off(&self, mut replicas: Vec<u64>) -> Vec<u64> {
        let oldest = self.ages.last().map_or(0, |(age, _)| *age);
        let mut left = ATTEMPTS / (1 + oldest);
        let mut paid = true;
        while paid && left > 0 {
            paid = false;
            let mut step = 0;
            while step < replicas.len() && left > 0 {
                if self.may_lower(&replicas, step) {
                    left -= 1;
                    replicas.iter_mut().skip(step).take(1).for_each(|count| *count -= 1);
                    let last = (step + oldest + 1).min(replicas.len());
                    let covered = |step: usize| {
                        self.demand
                            .get(step)
                            .is_none_or(|demand| self.capacity_in(&replicas, step) >= *demand)
                    };
                    if (step..last).all(covered) {
                        paid = true;
                        continue;
                    }
                    replicas.iter_mut().skip(step).take(1).for_each(|count| *count += 1);
                }
                step += 1;
            }
        }
        replicas
    }

    /// Whether one replica less in this step costs less and keeps the limits of a plan.
    fn may_lower(&self, replicas: &[u64], step: usize) -> bool {
        let Some(&count) = replicas.get(step) else { return false };
        let before =
            step.checked_sub(1).map_or(Some(&self.initial), |i| replicas.get(i)).copied().unwrap_or(count);
        let after = replicas.get(step + 1).copied();
        let (up, down) = (self.config.max_up_per_step, self.config.max_down_per_step);
        let within = |from: u64, to: u64| {
            up.is_none_or(|up| to.saturating_sub(from) <= up)
                && down.is_none_or(|down| from.saturating_sub(to) <= down)
        };
        if count <= self.config.min_replicas
            || !within(before, count - 1)
            || after.is_some_and(|after| !within(count - 1, after))
        {
            return false;
        }
        let change = |from: u64, to: u64| {
            self.config.start_cost * to.saturating_sub(from) as f64
                + self.draining * from.saturating_sub(to) as f64
        };
        let around = |count| change(before, count) + after.map_or(0.0, |after| change(count, after));
        around(count - 1) < around(count) + self.running
    }

    /// The cost of the whole replicas that each step needs.
    fn serving(&self) -> f64 {
        self.running
            * Sum::of(self.demand.iter().map(|demand| demand.ceil().max(self.config.min_replicas as f64)))
    }

    fn cost(&self, replicas: &[u64]) -> f64 {
        let mut before = self.initial;
        Sum::of(replicas.iter().map(|&count| {
            let (started, stopped) =
                (count.saturating_sub(before) as f64, before.saturating_sub(count) as f64);
            before = count;
            self.running * count as f64 + self.config.start_cost * started + self.draining * stopped
        }))
    }

    fn finish(&self, replicas: Vec<u64>, least_cost: f64) -> TransitionPlan {
        let (cost, capacity) = (self.cost(&replicas), self.capacity(&replicas));
        let missing = capacity.iter().zip(self.demand).map(|(capacity, demand)| (demand - capacity).max(0.0));
        let shortfall = self.config.step_seconds * Sum::of(missing);
        TransitionPlan {
            replicas,
            cost,
            transition_cost: cost - self.serving(),
            shortfall,
            least_cost,
            capacity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instant() -> TransitionPlanConfig {
        TransitionPlanConfig {
            step_seconds: 1.0,
            start_up_seconds: 0.0,
            min_replicas: 0,
            max_replicas: 4,
            ..Default::default()
        }
    }

    /// The slow twin: replicas one by one with their ages, the newest let go first.
    fn simulate(replicas: &[u64], initial: u64, config: &TransitionPlanConfig) -> (Vec<f64>, f64) {
        let start_up = (config.start_up_seconds / config.step_seconds).ceil() as usize;
        let mut fleet = vec![usize::MAX; initial as usize];
        let (mut capacity, mut cost) = (Vec::new(), 0.0);
        for &count in replicas {
            while fleet.len() > count as usize {
                fleet.pop();
                cost += config.running_cost * config.drain_seconds;
            }
            while fleet.len() < count as usize {
                fleet.push(0);
                cost += config.start_cost;
            }
            let share = |age: &usize| {
                age.checked_sub(start_up)
                    .map_or(0.0, |since| config.warm_up.get(since).copied().unwrap_or(1.0))
            };
            capacity.push(fleet.iter().map(share).sum());
            cost += config.running_cost * config.step_seconds * fleet.len() as f64;
            fleet.iter_mut().for_each(|age| *age = age.saturating_add(1));
        }
        (capacity, cost)
    }

    /// The least cost of all permitted counts, tried one after the other.
    fn brute_force(demand: &[f64], initial: u64, config: &TransitionPlanConfig) -> Option<f64> {
        let choices = config.max_replicas + 1;
        let mut least: Option<f64> = None;
        for code in 0..choices.pow(demand.len() as u32) {
            let replicas: Vec<u64> =
                (0..demand.len() as u32).map(|i| code / choices.pow(i) % choices).collect();
            let mut before = initial;
            let permitted = replicas.iter().all(|&count| {
                let (up, down) = (count.saturating_sub(before), before.saturating_sub(count));
                before = count;
                count >= config.min_replicas
                    && config.max_up_per_step.is_none_or(|most| up <= most)
                    && config.max_down_per_step.is_none_or(|most| down <= most)
            });
            let (capacity, cost) = simulate(&replicas, initial, config);
            if permitted && capacity.iter().zip(demand).all(|(capacity, demand)| *capacity >= demand - 1e-12)
            {
                least = Some(least.map_or(cost, |least| least.min(cost)));
            }
        }
        least
    }

    #[test]
    fn a_rise_is_begun_one_start_up_before_and_spread_by_its_limit() {
        let mut demand = vec![2.0; 20];
        demand[12..].fill(8.0);
        let config = TransitionPlanConfig { start_up_seconds: 4.0, max_replicas: 10, ..instant() };
        let plan = plan_transition(&demand, 2, &config).unwrap();
        assert_eq!(plan.replicas, [[2; 8].as_slice(), &[8; 12]].concat());
        // Six replicas, four steps each, before they serve.
        assert_eq!((plan.transition_cost, plan.shortfall, plan.least_cost), (24.0, 0.0, plan.cost));
        let config = TransitionPlanConfig { max_up_per_step: Some(2), ..config };
        let plan = plan_transition(&demand, 2, &config).unwrap();
        assert_eq!(plan.replicas, [[2; 6].as_slice(), &[4, 6], &[8; 12]].concat());
        assert_eq!(plan.transition_cost, 24.0 + 2.0 + 4.0);
    }

    #[test]
    fn a_valley_is_bridged_exactly_as_long_as_that_is_cheaper() {
        // Ski rental with a known future: idling for `gap` steps, or a start, a drain and the running while starting.
        let config = TransitionPlanConfig {
            start_up_seconds: 2.0,
            drain_seconds: 1.0,
            start_cost: 3.5,
            max_replicas: 10,
            ..instant()
        };
        for gap in 1..15 {
            let demand = [vec![5.0; 5], vec![1.0; gap], vec![5.0; 5]].concat();
            let plan = plan_transition(&demand, 5, &config).unwrap();
            let apart = 4.0 * (3.5 + 1.0 + 2.0f64.min(gap as f64));
            assert_eq!(plan.transition_cost, apart.min(4.0 * gap as f64), "{gap}");
        }
    }

    #[test]
    fn what_cannot_be_is_named() {
        let config = TransitionPlanConfig { start_up_seconds: 3.0, ..instant() };
        let error = plan_transition(&[1.0, 2.0, 2.0], 1, &config).unwrap_err();
        assert_eq!(error.to_string(), "demand: step 1 needs 2 replicas, and at most 1 can serve by then");
        assert_eq!(error.code(), 61);
        let refused =
            |config: TransitionPlanConfig| plan_transition(&[1.0], 1, &config).unwrap_err().to_string();
        assert!(
            refused(TransitionPlanConfig { warm_up: vec![0.5, 0.4], ..instant() }).starts_with("warm_up:")
        );
        assert!(
            refused(TransitionPlanConfig { warm_up: vec![f64::NAN], ..instant() }).starts_with("warm_up:")
        );
        assert!(
            refused(TransitionPlanConfig { max_up_per_step: Some(0), ..instant() })
                .starts_with("max_up_per_step:")
        );
        assert!(
            refused(TransitionPlanConfig { max_replicas: u64::MAX, ..instant() })
                .starts_with("max_replicas:")
        );
        assert!(refused(TransitionPlanConfig { max_replicas: 0, ..instant() }).starts_with("initial:"));
        assert!(
            refused(TransitionPlanConfig { step_seconds: 0.0, ..instant() }).starts_with("step_seconds:")
        );
        assert!(
            refused(TransitionPlanConfig { start_up_seconds: 1e300, ..instant() }).starts_with("demand:")
        );
        assert!(
            refused(TransitionPlanConfig { warm_up: vec![0.5; 20_000], ..instant() }).starts_with("demand:")
        );
        assert!(
            refused(TransitionPlanConfig { running_cost: 1e308, ..instant() }).starts_with("running_cost:")
        );
        for demand in [&[][..], &[f64::NAN], &[-1.0], &[1e300]] {
            assert!(plan_transition(demand, 1, &instant()).unwrap_err().to_string().starts_with("demand:"));
        }
        assert!(
            assess_transition(&[1.0], 1, &[1, 1], &instant())
                .unwrap_err()
                .to_string()
                .starts_with("replicas:")
        );
        assert!(
            assess_transition(&[1.0], 1, &[u64::MAX], &instant())
                .unwrap_err()
                .to_string()
                .starts_with("replicas:")
        );
    }

    #[test]
    fn shares_that_are_no_binary_numbers_lose_nothing_of_a_full_replica() {
        for warm_up in [vec![0.1], vec![0.3, 0.7], vec![0.05, 0.49, 0.9]] {
            let config = TransitionPlanConfig { warm_up, ..instant() };
            let plan = plan_transition(&[4.0; 9], 4, &config).unwrap();
            assert_eq!((plan.replicas, plan.capacity), (vec![4; 9], vec![4.0; 9]));
        }
    }

    prop_compose! {
        fn small(warm: bool)(
            demand in prop::collection::vec(0f64..4.0, 1..7), initial in 0u64..5, start_up in 0u8..3, drain in 0f64..3.0,
            start_cost in 0f64..4.0, up in prop::option::of(1u64..4), down in prop::option::of(1u64..4), min_replicas in 0u64..2,
            warm_up in prop::collection::vec(0f64..1.0, 0..3),
        ) -> (Vec<f64>, u64, TransitionPlanConfig) {
            let mut warm_up = if warm { warm_up } else { Vec::new() };
            warm_up.sort_by(f64::total_cmp);
            (demand, initial, TransitionPlanConfig {
                start_up_seconds: f64::from(start_up), drain_seconds: drain, start_cost, warm_up,
                max_up_per_step: up, max_down_per_step: down, min_replicas, ..instant()
            })
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn no_other_counts_cost_less((demand, initial, config) in small(false)) {
            match (plan_transition(&demand, initial, &config), brute_force(&demand, initial, &config)) {
                (Ok(plan), Some(least)) => {
                    prop_assert!((plan.cost - least).abs() < 1e-9, "{} {least} {:?}", plan.cost, plan.replicas);
                    prop_assert!((plan.least_cost - least).abs() < 1e-9 && plan.shortfall == 0.0);
                }
                (Err(_), None) => (),
                (plan, least) => prop_assert!(false, "{plan:?} {least:?}"),
            }
        }

        #[test]
        fn with_a_warm_up_curve_the_optimum_lies_between_bound_and_plan((demand, initial, config) in small(true)) {
            match (plan_transition(&demand, initial, &config), brute_force(&demand, initial, &config)) {
                (Ok(plan), Some(least)) => {
                    let (capacity, cost) = simulate(&plan.replicas, initial, &config);
                    prop_assert!((cost - plan.cost).abs() < 1e-9 && plan.shortfall < 1e-9);
                    prop_assert!(capacity.iter().zip(&plan.capacity).all(|(a, b)| (a - b).abs() < 1e-9));
                    prop_assert!(plan.least_cost <= least + 1e-9 && least <= plan.cost + 1e-9);
                }
                (Err(_), None) => (),
                (plan, least) => prop_assert!(false, "{plan:?} {least:?}"),
            }
        }

        #[test]
        fn given_counts_cost_what_their_replicas_cost(
            (demand, initial, config) in small(true), replicas in prop::collection::vec(0u64..5, 6),
        ) {
            let replicas = &replicas[..demand.len()];
            let assessed = assess_transition(&demand, initial, replicas, &config).unwrap();
            let (capacity, cost) = simulate(replicas, initial, &config);
            prop_assert!((assessed.cost - cost).abs() < 1e-9);
            prop_assert!(capacity.iter().zip(&assessed.capacity).all(|(a, b)| (a - b).abs() < 1e-9));
        }
    }
}
