//! Branch and bound over the starts, as long as it comes to its end soon.
#![allow(
    clippy::indexing_slicing,
    reason = "jobs are numbered 0..n, steps 0..T, and every start leaves room for its steps"
)]

use super::bound::Dual;
use super::jobs::{Jobs, Score};
use crate::error::Result;

/// Trials of a job at a start after which the search is given up.
const TRIALS: usize = 1_000_000;
/// Trials between two reports of progress; one may count the starts of a job more.
const REPORT: usize = 64;
/// More jobs are not searched: the search would not end.
const MOST_JOBS: usize = 40;

/// The best starts and true, or the best known and false when the search did not end. Tolls of any dual make its bounds tighter.
pub(super) fn search(
    jobs: &Jobs,
    found: Vec<Option<usize>>,
    dual: &Dual,
    tell: &mut dyn FnMut(f64) -> Result<()>,
) -> Result<(Vec<Option<usize>>, bool)> {
    let by_energy = jobs.sorted(|i| -jobs.jobs[i].energy);
    let running: Vec<usize> = by_energy.into_iter().filter(|&i| jobs.jobs[i].due.is_some()).collect();
    if running.len() > MOST_JOBS {
        return Ok((found, false));
    }
    let tolls = dual.sums();
    let rest = [least(jobs, &running, &vec![0.0; tolls.len()]), least(jobs, &running, &tolls)];
    let impossible = jobs.order.iter().filter(|&&i| jobs.jobs[i].due.is_none());
    let (lost, missing) =
        impossible.fold((0.0, 0), |(lost, missing), &i| (lost + jobs.jobs[i].priority, missing + 1));
    let best = (scored(jobs, &running, &found, lost, missing), found.clone());
    let starts = vec![None; found.len()];
    let (slots, free) = (dual.of_slots(jobs), jobs.capacity.clone());
    let mut search = Search { jobs, running, tolls, slots, rest, best, starts, free, trials: 0, tell };
    search.branch(0, Score { lost, missing, waiting: 0, cost: 0.0 }, 0.0)?;
    // What was found on the way is the best known even when the search did not end.
    let ended = search.trials < TRIALS;
    Ok((search.best.1, ended))
}

/// The least cost with tolls of the jobs from each on, each alone.
fn least(jobs: &Jobs, running: &[usize], tolls: &[f64]) -> Vec<f64> {
    let mut rest = vec![0.0; running.len() + 1];
    for (at, &i) in running.iter().enumerate().rev() {
        let job = &jobs.jobs[i];
        let starts = job.first..=job.due.unwrap_or(job.first);
        let costs = starts.map(|start| jobs.cost(i, start) + tolls[start + job.steps] - tolls[start]);
        rest[at] = rest[at + 1] + costs.fold(f64::INFINITY, f64::min);
    }
    rest
}

/// Whether each job runs, as early or as cheap as it could alone: then nothing is better.
pub(super) fn alone_best(jobs: &Jobs, starts: &[Option<usize>]) -> bool {
    jobs.jobs.iter().zip(starts).enumerate().all(|(i, (job, start))| match (job.due, start) {
        (None, None) => true,
        (Some(due), Some(start)) if job.urgent => *start == job.first && *start <= due,
        (Some(due), Some(start)) => {
            (job.first..=due).all(|other| jobs.cost(i, *start) <= jobs.cost(i, other))
        }
        _ => false,
    })
}

/// The score in the order that the search adds in, so that equal choices have equal scores.
fn scored(jobs: &Jobs, running: &[usize], starts: &[Option<usize>], lost: f64, missing: usize) -> Score {
    running
        .iter()
        .fold(Score { lost, missing, waiting: 0, cost: 0.0 }, |score, &i| score.with(jobs, i, starts[i]))
}

impl Score {
    fn with(self, jobs: &Jobs, i: usize, start: Option<usize>) -> Score {
        let job = &jobs.jobs[i];
        match start {
            None => Score { lost: self.lost + job.priority, missing: self.missing + 1, ..self },
            Some(start) => {
                let waited = if job.urgent { start - job.first } else { 0 };
                Score { waiting: self.waiting + waited, cost: self.cost + jobs.cost(i, start), ..self }
            }
        }
    }
}

struct Search<'a> {
    jobs: &'a Jobs,
    running: Vec<usize>,
    /// Tolls summed up to each step, and what those of all slots come to.
    tolls: Vec<f64>,
    slots: f64,
    /// The least cost of the jobs from each on, each alone, without and with tolls.
    rest: [Vec<f64>; 2],
    best: (Score, Vec<Option<usize>>),
    starts: Vec<Option<usize>>,
    free: Vec<u32>,
    trials: usize,
    tell: &'a mut dyn FnMut(f64) -> Result<()>,
}

impl Search<'_> {
    /// Tries all starts of the jobs from `at` on; those before have this score, and pay these tolls.
    fn branch(&mut self, at: usize, score: Score, paid: f64) -> Result<()> {
        self.trials += 1;
        if self.trials.is_multiple_of(REPORT) {
            (self.tell)(self.trials as f64 / TRIALS as f64)?;
        }
        // Both bound the cost if all the others run; if one does not, the score is worse than a known one of equal loss.
        let tolled = score.cost + paid + self.rest[1][at] - self.slots;
        let least = Score { cost: tolled.max(score.cost + self.rest[0][at]), ..score };
        if self.trials >= TRIALS || !least.beats(&self.best.0) {
            return Ok(());
        }
        let Some(&i) = self.running.get(at) else {
            self.best = (score, self.starts.clone());
            return Ok(());
        };
        let job = &self.jobs.jobs[i];
        let ready = job
            .before
            .iter()
            .try_fold(job.first, |ready, &b| Some(ready.max(self.starts[b]? + self.jobs.jobs[b].steps)));
        let (steps, urgent) = (job.steps, job.urgent);
        if let (Some(ready), Some(due)) = (ready, job.due) {
            let mut options: Vec<usize> = (ready..=due).collect();
            self.trials += options.len();
            let toll = |start: usize| self.tolls[start + steps] - self.tolls[start];
            if !urgent {
                let reduced = |start: usize| self.jobs.cost(i, start) + toll(start);
                options.sort_by(|&a, &b| reduced(a).total_cmp(&reduced(b)));
            }
            let options: Vec<(usize, f64)> = options.into_iter().map(|start| (start, toll(start))).collect();
            for (start, toll) in options {
                let held = start..start + steps;
                if self.free[held.clone()].contains(&0) {
                    continue;
                }
                self.free[held.clone()].iter_mut().for_each(|free| *free -= 1);
                self.starts[i] = Some(start);
                self.branch(at + 1, score.with(self.jobs, i, Some(start)), paid + toll)?;
                self.starts[i] = None;
                self.free[held].iter_mut().for_each(|free| *free += 1);
            }
        }
        self.branch(at + 1, score.with(self.jobs, i, None), paid)
    }
}
