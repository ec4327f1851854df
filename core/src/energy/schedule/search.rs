//! Good starts for many jobs: several orders of placing them one after another, then moving one, or one out of another's way.
#![allow(
    clippy::indexing_slicing,
    reason = "jobs are numbered 0..n, steps 0..T, and every start leaves room for its steps"
)]

use super::bound;
use super::jobs::Jobs;
use std::ops::RangeInclusive;

type Starts = Vec<Option<usize>>;

/// How many trials of moving one job out of the way of another: each scans both windows.
const STEPS_OF_EJECTION: usize = 200_000_000;
/// Cheaper starts of a job that are tried with another moved away.
const EJECTIONS: usize = 6;

/// The best of all orders, improved.
pub(super) fn best(jobs: &Jobs) -> Starts {
    let free = vec![0.0; jobs.capacity.len() + 1];
    let by_rank = jobs.sorted(|i| -jobs.jobs[i].rank);
    let by_time = jobs.sorted(|i| (jobs.jobs[i].last as f64) - if jobs.jobs[i].hasty { 1e9 } else { 0.0 });
    let by_energy = jobs.sorted(|i| -jobs.jobs[i].energy);
    let mut best = improved(jobs, construct(jobs, &by_rank, &free));
    let mut keep = |starts: Starts| {
        if jobs.score(&starts).beats(&jobs.score(&best)) {
            best = improved(jobs, starts);
        }
        jobs.score(&best).cost
    };
    keep(construct(jobs, &by_time, &free));
    keep(construct(jobs, &by_energy, &free));
    let cost = keep(improved(jobs, sweep(jobs)));
    let tolls = bound::tolls(jobs, &best, cost);
    let mut keep = |starts: Starts| {
        if jobs.score(&starts).beats(&jobs.score(&best)) {
            best = starts;
        }
    };
    for order in [&by_rank, &by_time, &by_energy] {
        keep(improved(jobs, construct(jobs, order, &tolls)));
    }
    best
}

/// The jobs placed in an order, each where its cost and the tolls (sums up to each step) are least.
fn construct(jobs: &Jobs, order: &[usize], tolls: &[f64]) -> Starts {
    let mut free = jobs.capacity.clone();
    let mut starts = vec![None; jobs.jobs.len()];
    let urgent = order.iter().filter(|&&i| jobs.jobs[i].hasty);
    for &i in urgent.chain(order.iter().filter(|&&i| !jobs.jobs[i].hasty)) {
        let job = &jobs.jobs[i];
        let (Some(due), Some(ready)) = (job.due, ready(jobs, &starts, i)) else { continue };
        let in_time = pick(jobs, &free, i, ready..=job.last, tolls);
        starts[i] = in_time.or_else(|| pick(jobs, &free, i, ready..=due, tolls));
        take(jobs, &mut free, i, starts[i]);
    }
    starts
}

/// Step by step the ready job with the least time left first: for jobs of one step no other way keeps more deadlines.
fn sweep(jobs: &Jobs) -> Starts {
    let mut free = jobs.capacity.clone();
    let mut starts: Starts = vec![None; jobs.jobs.len()];
    let mut waits: Vec<usize> = jobs.jobs.iter().map(|job| job.before.len()).collect();
    let mut at: Vec<Vec<usize>> = vec![Vec::new(); free.len() + 1];
    (0..waits.len()).filter(|&i| waits[i] == 0).for_each(|i| at[0].push(i));
    let mut ready: Vec<usize> = Vec::new();
    for t in 0..free.len() {
        if !at[t].is_empty() {
            ready.append(&mut at[t]);
            ready.sort_by_key(|&i| (jobs.jobs[i].last, i));
        }
        if free[t] == 0 {
            continue;
        }
        ready.retain(|&i| {
            let job = &jobs.jobs[i];
            let Some(due) = job.due.filter(|due| *due >= t) else { return false };
            if due < t || !free[t..t + job.steps].iter().all(|free| *free > 0) {
                return true;
            }
            starts[i] = Some(t);
            take(jobs, &mut free, i, Some(t));
            for &next in &job.then {
                waits[next] -= 1;
                if waits[next] == 0 {
                    let end = jobs.jobs[next]
                        .before
                        .iter()
                        .filter_map(|&b| Some(starts[b]? + jobs.jobs[b].steps))
                        .max();
                    at[end.unwrap_or(t + job.steps)].push(next);
                }
            }
            false
        });
    }
    starts
}

/// The end of all jobs before this one; none if one of them does not run.
fn ready(jobs: &Jobs, starts: &[Option<usize>], i: usize) -> Option<usize> {
    let job = &jobs.jobs[i];
    job.before.iter().try_fold(job.first, |ready, &b| Some(ready.max(starts[b]? + jobs.jobs[b].steps)))
}

/// The starts that the jobs before and after this one leave it.
fn window(jobs: &Jobs, starts: &[Option<usize>], i: usize) -> Option<RangeInclusive<usize>> {
    let job = &jobs.jobs[i];
    let next = job.then.iter().filter_map(|&next| starts[next]);
    let last = next.map(|start| start.saturating_sub(job.steps)).chain(job.due).min();
    Some(ready(jobs, starts, i)?..=last.filter(|_| job.due.is_some())?)
}

/// The start of least cost and toll in a window, or the first of a job that must not wait.
fn pick(jobs: &Jobs, free: &[u32], i: usize, window: RangeInclusive<usize>, tolls: &[f64]) -> Option<usize> {
    let job = &jobs.jobs[i];
    let (mut run, mut best) = (0, None::<(f64, usize)>);
    for t in *window.start()..(*window.end() + job.steps).min(free.len()) {
        run = if free[t] > 0 { run + 1 } else { 0 };
        if run < job.steps {
            continue;
        }
        let start = t + 1 - job.steps;
        if job.hasty {
            return Some(start);
        }
        let cost = jobs.cost(i, start) + (tolls[t + 1] - tolls[start]);
        if best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, start));
        }
    }
    best.map(|(_, start)| start)
}

fn take(jobs: &Jobs, free: &mut [u32], i: usize, start: Option<usize>) {
    if let Some(start) = start {
        free[start..start + jobs.jobs[i].steps].iter_mut().for_each(|free| *free -= 1);
    }
}

fn give(jobs: &Jobs, free: &mut [u32], i: usize, start: Option<usize>) {
    if let Some(start) = start {
        free[start..start + jobs.jobs[i].steps].iter_mut().for_each(|free| *free += 1);
    }
}

/// Moves as long as one helps: a job to its cheapest free start, or to a taken one whose holder moves away.
fn improved(jobs: &Jobs, mut starts: Starts) -> Starts {
    let mut free = jobs.capacity.clone();
    (0..starts.len()).for_each(|i| take(jobs, &mut free, i, starts[i]));
    let none = vec![0.0; free.len() + 1];
    let mut work = 0;
    let mut moved = true;
    while moved && work < STEPS_OF_EJECTION {
        moved = false;
        for &i in &jobs.order {
            let Some(own) = window(jobs, &starts, i) else { continue };
            work += own.end().saturating_sub(*own.start()) + 1;
            give(jobs, &mut free, i, starts[i]);
            let found = pick(jobs, &free, i, own, &none);
            let better = match (starts[i], found) {
                (Some(old), Some(new)) if jobs.jobs[i].hasty => new < old,
                (Some(old), Some(new)) => cheaper(jobs.cost(i, new), jobs.cost(i, old)),
                (None, Some(_)) => true,
                _ => false,
            };
            if better {
                (starts[i], moved) = (found, true);
            }
            take(jobs, &mut free, i, starts[i]);
        }
        if !moved {
            for &i in &jobs.order {
                moved |= work < STEPS_OF_EJECTION && eject(jobs, &mut starts, &mut free, i, &mut work);
            }
        }
    }
    starts
}

fn cheaper(new: f64, old: f64) -> bool {
    new < old - 1e-12 * old.abs().max(new.abs())
}

/// Moves a job to one of its cheapest starts and whoever holds it to the best place left, if that is cheaper in all.
fn eject(jobs: &Jobs, starts: &mut [Option<usize>], free: &mut [u32], i: usize, work: &mut usize) -> bool {
    let (job, Some(old)) = (&jobs.jobs[i], starts[i]) else { return false };
    let Some(own) = window(jobs, starts, i).filter(|_| !job.hasty) else { return false };
    let mut wished: Vec<(f64, usize)> =
        own.map(|s| (jobs.cost(i, s), s)).filter(|(cost, _)| cheaper(*cost, jobs.cost(i, old))).collect();
    *work += wished.len() + starts.len();
    wished.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let none = vec![0.0; free.len() + 1];
    give(jobs, free, i, Some(old));
    for &(cost, start) in wished.iter().take(EJECTIONS) {
        let end = start + job.steps;
        for j in 0..starts.len() {
            let Some(held) = starts[j]
                .filter(|&s| j != i && !jobs.jobs[j].hasty && s < end && s + jobs.jobs[j].steps > start)
            else {
                continue;
            };
            give(jobs, free, j, Some(held));
            if free[start..end].iter().all(|free| *free > 0) {
                starts[i] = Some(start);
                take(jobs, free, i, Some(start));
                let space = window(jobs, starts, j);
                *work += space.as_ref().map_or(0, |space| space.end().saturating_sub(*space.start()) + 1);
                let other = space.and_then(|space| pick(jobs, free, j, space, &none));
                if other
                    .is_some_and(|s| cheaper(cost + jobs.cost(j, s), jobs.cost(i, old) + jobs.cost(j, held)))
                {
                    starts[j] = other;
                    take(jobs, free, j, other);
                    return true;
                }
                give(jobs, free, i, Some(start));
                starts[i] = Some(old);
            }
            take(jobs, free, j, Some(held));
        }
    }
    take(jobs, free, i, Some(old));
    false
}
