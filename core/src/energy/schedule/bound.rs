//! A cost that no schedule can undercut: the Lagrangian dual of the capacity.
//!
//! With a toll λₜ ≥ 0 for each slot of a step every job chooses its own start, and `Σ min (cost + tolls) − Σ λₜ·capacityₜ` is
//! below every schedule's cost. Subgradient steps (Held, Wolfe and Crowder 1974) raise the tolls where too many choose.
#![allow(
    clippy::indexing_slicing,
    reason = "jobs are numbered 0..n, steps 0..T, and every start leaves room for its steps"
)]

use super::jobs::Jobs;
use crate::error::Result;
use crate::math::Sum;
use std::ops::RangeInclusive;

/// Pairs of jobs and steps that are looked at in all, and bounds on the rounds that this makes.
const WORK: usize = 400_000_000;
const ROUNDS: std::ops::RangeInclusive<usize> = 30..=1500;
/// Rounds without gain after which the steps are made shorter.
const STALLED: usize = 12;

/// Tolls, and the bound that they prove.
#[derive(Debug)]
pub(super) struct Dual {
    pub(super) bound: f64,
    tolls: Vec<f64>,
}

impl Dual {
    /// The greatest bound found on the cost of the jobs that run, those that are not deferrable where they are; from known tolls
    /// or none.
    pub(super) fn of(
        jobs: &Jobs,
        starts: &[Option<usize>],
        known: Option<&Dual>,
        tell: &mut dyn FnMut(f64) -> Result<()>,
    ) -> Result<Self> {
        let windows = windows(jobs, starts);
        let cost = Sum::of(windows.iter().filter_map(|(i, _)| Some(jobs.cost(*i, starts[*i]?))));
        let pairs: usize = windows.iter().map(|(_, window)| window.end() + 1 - window.start()).sum();
        let rounds = (WORK / (pairs + jobs.capacity.len()).max(1)).clamp(*ROUNDS.start(), *ROUNDS.end());
        let mut tolls = known.map_or_else(|| vec![0.0; jobs.capacity.len()], |known| known.tolls.clone());
        let mut best = Dual { bound: f64::NEG_INFINITY, tolls: tolls.clone() };
        let (mut pace, mut stalled) = (1.0, 0);
        for round in 0..rounds {
            tell(round as f64 / rounds as f64)?;
            let (value, excess) = relaxed(jobs, &windows, &tolls);
            if value > best.bound {
                (best, stalled) = (Dual { bound: value, tolls: tolls.clone() }, 0);
            } else {
                stalled += 1;
                if stalled == STALLED {
                    (pace, stalled) = (0.6 * pace, 0);
                    tolls.clone_from(&best.tolls);
                }
            }
            let pushes = tolls.iter().zip(&excess).filter(|(toll, excess)| **toll > 0.0 || **excess > 0.0);
            let norm: f64 = pushes.map(|(_, excess)| excess * excess).sum();
            let missing = cost - value;
            if norm == 0.0 || missing.is_nan() || missing <= 1e-12 * cost.abs() {
                break;
            }
            for (toll, excess) in tolls.iter_mut().zip(&excess) {
                *toll = (*toll + pace * missing / norm * excess).max(0.0);
            }
        }
        Ok(best)
    }

    /// The tolls summed up to each step.
    pub(super) fn sums(&self) -> Vec<f64> {
        sums(&self.tolls)
    }

    /// What the tolls of all slots come to.
    pub(super) fn of_slots(&self, jobs: &Jobs) -> f64 {
        Sum::of(self.tolls.iter().zip(&jobs.capacity).map(|(toll, capacity)| toll * f64::from(*capacity)))
    }
}

/// What all come to when each chooses for itself, and by how much each step is then over its capacity.
fn relaxed(jobs: &Jobs, windows: &[(usize, RangeInclusive<usize>)], tolls: &[f64]) -> (f64, Vec<f64>) {
    let sums = sums(tolls);
    let mut excess: Vec<f64> = jobs.capacity.iter().map(|capacity| -f64::from(*capacity)).collect();
    let mut value = Sum::default();
    for (i, window) in windows {
        let steps = jobs.jobs[*i].steps;
        let reduced = |s: usize| jobs.cost(*i, s) + (sums[s + steps] - sums[s]);
        let choice = window.clone().map(|s| (reduced(s), s)).reduce(|a, b| if b.0 < a.0 { b } else { a });
        let Some((least, start)) = choice else { continue };
        value.add(least);
        excess[start..start + steps].iter_mut().for_each(|excess| *excess += 1.0);
    }
    for (toll, capacity) in tolls.iter().zip(&jobs.capacity) {
        value.add(-toll * f64::from(*capacity));
    }
    (value.value(), excess)
}

fn sums(tolls: &[f64]) -> Vec<f64> {
    let mut total = 0.0;
    let mut sums = vec![0.0];
    sums.extend(tolls.iter().map(|toll| {
        total += toll;
        total
    }));
    sums
}

/// The starts that each job that runs has in any schedule of the same jobs with the urgent ones at the same times.
fn windows(jobs: &Jobs, starts: &[Option<usize>]) -> Vec<(usize, RangeInclusive<usize>)> {
    let mut first = vec![0usize; starts.len()];
    let mut last = vec![0usize; starts.len()];
    let running: Vec<usize> = jobs.order.iter().copied().filter(|&i| starts[i].is_some()).collect();
    for &i in &running {
        let job = &jobs.jobs[i];
        let ready = job.before.iter().map(|&b| first[b] + jobs.jobs[b].steps).max().unwrap_or(0);
        first[i] = starts[i].filter(|_| job.urgent).unwrap_or(ready.max(job.first));
    }
    for &i in running.iter().rev() {
        let job = &jobs.jobs[i];
        let next = job.then.iter().filter(|&&next| starts[next].is_some());
        let last_of = next.map(|&next| last[next].saturating_sub(job.steps)).chain(job.due).min();
        last[i] = starts[i].filter(|_| job.urgent).or(last_of).unwrap_or(first[i]);
    }
    running.into_iter().map(|i| (i, first[i]..=last[i])).collect()
}
