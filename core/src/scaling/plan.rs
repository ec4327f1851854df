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
const MOST_WORK: f64 = 1e8;
/// Attempts to let replicas start later than their warm-up curve was first taken to allow.
const ATTEMPTS: usize = 200_000;
/// Times that a floor is raised against rounding, of which one is nearly always enough.
const RAISES: usize = 8;

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
/// Refuses demands that are not finite or negative, settings out of range, and more than 10⁸ steps times counts, times the shares of
/// a warm-up curve; says `Infeasible`, with the step, where no permitted plan covers the demand.
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
        let floor = problem.floor(age, share, &most);
        let plan = if config.warm_up.is_empty() {
            problem.cheapest(&floor)
        } else {
            problem.put_off(problem.covering(floor, &most))
        };
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
        let counts = (config.max_replicas - config.min_replicas.min(initial) + 1) as f64;
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
    fn capacity_in(&self, replicas: impl Fn(usize) -> u64, step: usize) -> f64 {
        let (mut capacity, mut before, mut older, mut age) = (0.0, 0.0, u64::MAX, 0);
        for &(stage, share) in &self.ages {
            let younger = older;
            while age <= stage {
                older = older.min(step.checked_sub(age).map_or(self.initial, &replicas));
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
        (0..replicas.len()).map(|step| self.capacity_in(counts(replicas), step)).collect()
    }

    /// A floor under the counts, such that replicas of `age`, with `share` of their capacity, cover the demand alone.
    ///
    /// Where that is out of reach: the least level, kept from the first step that matters, with which younger ones help out.
    fn floor(&self, age: usize, share: f64, most: &[u64]) -> Vec<u64> {
        let mut floor = vec![self.config.min_replicas; self.demand.len()];
        let oldest = self.ages.last().map_or(age, |(age, _)| *age);
        for (step, demand) in self.demand.iter().enumerate() {
            let need = (demand / share).ceil() as u64;
            let (level, age) = if need <= self.older(most, step, age) {
                (need, age)
            } else {
                (self.least_level(step, *demand, most), oldest)
            };
            let window = floor.iter_mut().take(step + 1).skip(step.saturating_sub(age));
            window.for_each(|floor| *floor = (*floor).max(level));
        }
        floor.iter_mut().zip(most).for_each(|(floor, most)| *floor = (*floor).min(*most));
        floor
    }

    /// The least level that serves a demand when it is asked for as early as can be, given that `most` do.
    fn least_level(&self, step: usize, demand: f64, most: &[u64]) -> u64 {
        let (mut too_few, mut enough) = (0, self.config.max_replicas);
        while enough - too_few > 1 {
            let level = too_few.midpoint(enough);
            let most = counts(most);
            if self.capacity_in(|i| most(i).min(level), step) >= demand {
                enough = level;
            } else {
                too_few = level;
            }
        }
        enough
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

    /// The cheapest counts on or above the floor, which is raised by one where they fall short of the demand: shares are no whole
    /// numbers, so that what serves may be less by its rounding.
    fn covering(&self, mut floor: Vec<u64>, most: &[u64]) -> Vec<u64> {
        let oldest = self.ages.last().map_or(0, |(age, _)| *age);
        for _ in 0..=RAISES {
            let plan = self.cheapest(&floor);
            let (capacity, mut covers, mut raised) = (self.capacity(&plan), true, 0);
            for (step, (capacity, demand)) in capacity.iter().zip(self.demand).enumerate() {
                if capacity < demand {
                    covers = false;
                    let from = raised.max(step.saturating_sub(oldest));
                    let window = floor.iter_mut().zip(most).take(step + 1).skip(from);
                    window.for_each(|(floor, most)| *floor = (*floor + 1).min(*most));
                    raised = step + 1;
                }
            }
            if covers {
                return plan;
            }
        }
        most.to_vec()
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
                            .is_none_or(|demand| self.capacity_in(counts(&replicas), step) >= *demand)
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

fn counts(replicas: &[u64]) -> impl Fn(usize) -> u64 {
    |step| replicas.get(step).copied().unwrap_or_default()
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
