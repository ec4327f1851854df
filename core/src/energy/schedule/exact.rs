//! Branch and bound over the starts, as long as it comes to its end soon.
#![allow(
    clippy::indexing_slicing,
    reason = "jobs are numbered 0..n, steps 0..T, and every start leaves room for its steps"
)]

use super::jobs::{Jobs, Score};

/// Trials of a job at a start after which the search is given up.
const TRIALS: usize = 1_000_000;
/// More jobs are not searched: the search would not end.
const MOST_JOBS: usize = 40;

/// The best starts and true, or those given and false when the search did not end.
pub(super) fn search(jobs: &Jobs, found: Vec<Option<usize>>) -> (Vec<Option<usize>>, bool) {
    let running: Vec<usize> = jobs.order.iter().copied().filter(|&i| jobs.jobs[i].due.is_some()).collect();
    if alone_best(jobs, &found) {
        return (found, true);
    }
    if running.len() > MOST_JOBS {
        return (found, false);
    }
    let mut rest = vec![0.0; running.len() + 1];
    for (at, &i) in running.iter().enumerate().rev() {
        let job = &jobs.jobs[i];
        let costs = (job.first..=job.due.unwrap_or(job.first)).map(|start| jobs.cost(i, start));
        rest[at] = rest[at + 1] + costs.fold(f64::INFINITY, f64::min);
    }
    let impossible = jobs.order.iter().filter(|&&i| jobs.jobs[i].due.is_none());
    let (lost, missing) =
        impossible.fold((0.0, 0), |(lost, missing), &i| (lost + jobs.jobs[i].priority, missing + 1));
    let best = (scored(jobs, &running, &found, lost, missing), found.clone());
    let starts = vec![None; found.len()];
    let mut search = Search { jobs, running, rest, best, starts, free: jobs.capacity.clone(), trials: 0 };
    search.branch(0, Score { lost, missing, waiting: 0, cost: 0.0 });
    match search.trials < TRIALS {
        true => (search.best.1, true),
        // What was found on the way is still the best known.
        false => (search.best.1, false),
    }
}

/// Whether each job runs, as early or as cheap as it could alone: then nothing is better.
fn alone_best(jobs: &Jobs, starts: &[Option<usize>]) -> bool {
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
    /// The least cost of the jobs from each on, each alone.
    rest: Vec<f64>,
    best: (Score, Vec<Option<usize>>),
    starts: Vec<Option<usize>>,
    free: Vec<u32>,
    trials: usize,
}

impl Search<'_> {
    fn branch(&mut self, at: usize, score: Score) {
        self.trials += 1;
        let least = Score { cost: score.cost + self.rest[at], ..score };
        if self.trials >= TRIALS || !least.beats(&self.best.0) {
            return;
        }
        let Some(&i) = self.running.get(at) else {
            self.best = (score, self.starts.clone());
            return;
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
            if !urgent {
                options.sort_by(|&a, &b| self.jobs.cost(i, a).total_cmp(&self.jobs.cost(i, b)));
            }
            for start in options {
                let held = start..start + steps;
                if self.free[held.clone()].contains(&0) {
                    continue;
                }
                self.free[held.clone()].iter_mut().for_each(|free| *free -= 1);
                self.starts[i] = Some(start);
                self.branch(at + 1, score.with(self.jobs, i, Some(start)));
                self.starts[i] = None;
                self.free[held].iter_mut().for_each(|free| *free += 1);
            }
        }
        self.branch(at + 1, score.with(self.jobs, i, None));
    }
}
