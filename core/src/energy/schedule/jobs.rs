//! Tasks in whole steps: how many each takes, between which starts, after which others, and at what cost.
#![allow(
    clippy::indexing_slicing,
    reason = "jobs are numbered 0..n, steps 0..T, and every start leaves room for its steps"
)]

use super::Task;
use crate::error::{Error, Result};
use std::collections::{BinaryHeap, HashMap};

/// Starts within this share of a step of a deadline keep it: deadlines are sums of rounded seconds.
const ROUNDING: f64 = 1e-9;

/// How good a choice of starts is, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Score {
    pub(super) lost: f64,
    pub(super) missing: usize,
    pub(super) waiting: usize,
    pub(super) cost: f64,
}

impl Score {
    /// Whether what another choice leaves out is no more.
    pub(super) fn no_more_run_than(&self, other: &Score) -> bool {
        (self.lost, self.missing) >= (other.lost, other.missing)
    }

    /// Whether this is better than another by more than rounding errors.
    pub(super) fn beats(&self, other: &Score) -> bool {
        let exact = |score: &Score| (score.lost, score.missing, score.waiting);
        let slack = 1e-12 * self.cost.abs().max(other.cost.abs());
        exact(self) < exact(other) || exact(self) == exact(other) && self.cost < other.cost - slack
    }
}

/// One task in steps.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) priority: f64,
    pub(super) urgent: bool,
    /// Not deferrable, or waited for by one that is not.
    pub(super) hasty: bool,
    pub(super) steps: usize,
    /// The first start that those before it allow.
    pub(super) first: usize,
    /// The last start that its own deadline allows; none if that is before the first.
    pub(super) due: Option<usize>,
    /// The last start that leaves time for those after it too.
    pub(super) last: usize,
    pub(super) before: Vec<usize>,
    pub(super) then: Vec<usize>,
    pub(super) energy: f64,
    /// Shares of its energy in each step but the last, and in the last.
    whole: f64,
    tail: f64,
    pub(super) rank: f64,
}

/// All tasks, the capacity and the prices.
#[derive(Debug)]
pub(super) struct Jobs {
    pub(super) jobs: Vec<Job>,
    pub(super) capacity: Vec<u32>,
    /// An order in which every job comes after those it waits for.
    pub(super) order: Vec<usize>,
    price: Vec<f64>,
    sums: Vec<f64>,
}

impl Jobs {
    pub(super) fn new(tasks: &[Task], capacity: Vec<u32>, price: &[f64], step_seconds: f64) -> Result<Self> {
        let horizon = price.len();
        let mut names = HashMap::new();
        for (i, task) in tasks.iter().enumerate() {
            check(i, task)?;
            if names.insert(task.name.as_str(), i).is_some() {
                return Err(Error::data("tasks", format!("two are named {:?}", task.name)));
            }
        }
        let dearest = price.iter().fold(0.0f64, |most, price| most.max(price.abs()));
        let energy: f64 = tasks.iter().map(|task| task.energy).sum();
        if !(energy * dearest * horizon as f64).is_finite() {
            let problem = format!("with energy of {energy} in all, the cost is beyond the largest float");
            return Err(Error::data("energy_price", problem));
        }
        let mut jobs = Vec::with_capacity(tasks.len());
        for task in tasks {
            let mut before = Vec::new();
            for name in &task.after {
                let known = names.get(name.as_str()).copied();
                before.push(known.ok_or_else(|| {
                    Error::data("tasks", format!("{:?} comes after {name:?}, which is not there", task.name))
                })?);
            }
            before.sort_unstable();
            before.dedup();
            let length = task.duration_seconds / step_seconds;
            // One step more than there are says as well that it cannot run.
            let steps = ((length - ROUNDING).ceil() as usize).clamp(1, horizon + 1);
            let whole = (step_seconds / task.duration_seconds).min(1.0);
            let end = task.deadline.unwrap_or(f64::INFINITY);
            let latest = (end - task.duration_seconds) / step_seconds + ROUNDING;
            let room = horizon.checked_sub(steps);
            jobs.push(Job {
                priority: task.priority,
                urgent: !task.deferrable,
                hasty: !task.deferrable,
                steps,
                // Saturates far beyond the last step.
                first: ((task.release_seconds / step_seconds - ROUNDING).ceil() as usize).min(horizon),
                due: if latest < 0.0 { None } else { room.map(|room| room.min(latest as usize)) },
                last: 0,
                before,
                then: Vec::new(),
                energy: task.energy,
                whole,
                tail: 1.0 - whole * (steps - 1) as f64,
                rank: if task.energy > 0.0 { task.priority / task.energy } else { f64::INFINITY },
            });
        }
        for i in 0..jobs.len() {
            for at in 0..jobs[i].before.len() {
                let before = jobs[i].before[at];
                jobs[before].then.push(i);
            }
        }
        let mut sums = vec![0.0; horizon + 1];
        for (t, price) in price.iter().enumerate() {
            sums[t + 1] = sums[t] + price;
        }
        let mut all = Jobs { jobs, capacity, order: Vec::new(), price: price.to_vec(), sums };
        all.order = all.sorted(|_| 0.0);
        if all.order.len() < tasks.len() {
            let circle = (0..tasks.len()).find(|i| !all.order.contains(i)).map(|i| tasks[i].name.as_str());
            let problem = format!("{:?} waits, through others, for itself", circle.unwrap_or_default());
            return Err(Error::data("tasks", problem));
        }
        all.bound_starts();
        Ok(all)
    }

    /// Starts between which a job can run: after those before it, and early enough for those after it.
    fn bound_starts(&mut self) {
        for i in self.order.clone() {
            let job = &self.jobs[i];
            let ready = job.before.iter().map(|&b| self.jobs[b].first + self.jobs[b].steps).max();
            let possible = job.before.iter().all(|&b| self.jobs[b].due.is_some());
            let job = &mut self.jobs[i];
            let first = job.first.max(ready.unwrap_or(0));
            job.first = first;
            job.due = job.due.filter(|&due| possible && first <= due);
        }
        for &i in self.order.iter().rev() {
            let after =
                self.jobs[i].then.iter().map(|&next| &self.jobs[next]).filter(|next| next.due.is_some());
            let (mut last, mut hasty) = (self.jobs[i].due.unwrap_or(0), self.jobs[i].hasty);
            for next in after {
                last = last.min(next.last.saturating_sub(self.jobs[i].steps));
                hasty |= next.hasty;
            }
            (self.jobs[i].last, self.jobs[i].hasty) = (last, hasty);
        }
    }

    /// An order by a key, the least first, in which every job comes after those it waits for.
    pub(super) fn sorted(&self, key: impl Fn(usize) -> f64) -> Vec<usize> {
        let mut by_key: Vec<usize> = (0..self.jobs.len()).collect();
        by_key.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
        let mut place = vec![0; by_key.len()];
        by_key.iter().enumerate().for_each(|(position, &i)| place[i] = position);
        let mut waits: Vec<usize> = self.jobs.iter().map(|job| job.before.len()).collect();
        let free = (0..by_key.len()).filter(|&i| waits[i] == 0);
        let mut ready: BinaryHeap<_> = free.map(|i| std::cmp::Reverse(place[i])).collect();
        let mut order = Vec::with_capacity(by_key.len());
        while let Some(std::cmp::Reverse(position)) = ready.pop() {
            let i = by_key[position];
            order.push(i);
            for &next in &self.jobs[i].then {
                waits[next] -= 1;
                if waits[next] == 0 {
                    ready.push(std::cmp::Reverse(place[next]));
                }
            }
        }
        order
    }

    /// The cost of a job from a start on.
    pub(super) fn cost(&self, i: usize, start: usize) -> f64 {
        let job = &self.jobs[i];
        let end = start + job.steps - 1;
        job.energy * (job.whole * (self.sums[end] - self.sums[start]) + job.tail * self.price[end])
    }

    /// Above the cost of any job, in size.
    pub(super) fn dearest(&self) -> f64 {
        let most =
            |values: &mut dyn Iterator<Item = f64>| values.fold(0.0f64, |most, value| most.max(value.abs()));
        most(&mut self.price.iter().copied()) * most(&mut self.jobs.iter().map(|job| job.energy))
    }

    /// How much the cost of a middling job differs between the cheapest step and the dearest.
    pub(super) fn spread(&self) -> f64 {
        let least = self.price.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.price.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let energy: f64 = self.jobs.iter().map(|job| job.energy).sum();
        (most - least) * energy / self.jobs.len().max(1) as f64
    }

    pub(super) fn score(&self, starts: &[Option<usize>]) -> Score {
        let mut score = Score { lost: 0.0, missing: 0, waiting: 0, cost: 0.0 };
        for &i in &self.order {
            let job = &self.jobs[i];
            match starts[i] {
                None => (score.lost, score.missing) = (score.lost + job.priority, score.missing + 1),
                Some(start) => {
                    score.cost += self.cost(i, start);
                    score.waiting += if job.urgent { start - job.first } else { 0 };
                }
            }
        }
        score
    }

    /// Why a job has no start.
    pub(super) fn reason(&self, i: usize, tasks: &[Task], starts: &[Option<usize>]) -> String {
        let (job, task) = (&self.jobs[i], &tasks[i]);
        if let Some(&before) = job.before.iter().find(|&&before| starts[before].is_none()) {
            return format!("comes after {:?}, which cannot run", tasks[before].name);
        }
        match (job.due, task.deadline) {
            (Some(due), _) => {
                format!("no slot is free for {} steps from a start of {} to {due}", job.steps, job.first)
            }
            (None, Some(deadline)) => format!(
                "takes {} s from step {} on at the earliest, and its deadline is {deadline} s",
                task.duration_seconds, job.first
            ),
            (None, None) => format!(
                "takes {} s from step {} on at the earliest, and there are {} steps",
                task.duration_seconds,
                job.first,
                self.price.len()
            ),
        }
    }
}

/// Refuses numbers out of range.
fn check(i: usize, task: &Task) -> Result<()> {
    let refused = |field: &str, value: f64, range: &str| {
        Err(Error::data(
            "tasks",
            format!("{field} of task {i}, {:?}, is {value}: must be {range}", task.name),
        ))
    };
    match task {
        _ if !(0.0..=f64::MAX).contains(&task.priority) => {
            refused("priority", task.priority, "finite, at least 0")
        }
        _ if !(0.0..=f64::MAX).contains(&task.energy) => refused("energy", task.energy, "finite, at least 0"),
        _ if !(task.duration_seconds > 0.0 && task.duration_seconds.is_finite()) => {
            refused("duration_seconds", task.duration_seconds, "finite, above 0")
        }
        _ if !(0.0..=f64::MAX).contains(&task.release_seconds) => {
            refused("release_seconds", task.release_seconds, "finite, at least 0")
        }
        _ if task.deadline.is_some_and(|deadline| !deadline.is_finite()) => {
            refused("deadline", task.deadline.unwrap_or(f64::NAN), "finite")
        }
        _ => Ok(()),
    }
}
