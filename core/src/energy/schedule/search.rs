//! Good starts for many jobs: several orders of placing them one after another, then ruin and recreate.
//!
//! Ruin and recreate (Schrimpf, Schneider, Stamm-Wilbrandt and Dueck 2000, "Record breaking optimization results using the ruin and
//! recreate principle", Journal of Computational Physics 159): a job is wished to a cheaper start, a few of those that hold it are taken
//! out, and all are put back one after another, each where it is cheapest; what is no worse is kept, and at first, by Metropolis' rule,
//! what is a little worse (Kirkpatrick, Gelatt and Vecchi 1983, "Optimization by simulated annealing", Science 220).
#![allow(
    clippy::indexing_slicing,
    reason = "jobs are numbered 0..n, steps 0..T, and every start leaves room for its steps"
)]

use super::bound::Dual;
use super::jobs::Jobs;
use crate::error::Result;
use crate::math;
use crate::random::Random;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

pub(super) type Starts = Vec<Option<usize>>;

/// Steps and jobs that ruin and recreate looks at in all; and its rounds, a job: without gain in what runs, and in all.
const WORK: usize = 400_000_000;
const PATIENCE: usize = 100;
const ROUNDS_OF_JOB: usize = 3000;
const CYCLES: usize = 6;
/// The heat at first, as a share of what a middling job may save, and the most pairs of jobs and steps that are heated.
const HEAT: f64 = 0.08;
const MOST_HEATED: usize = 200_000;
/// Rounds between two reports of progress.
const REPORT: usize = 1024;
/// The most jobs that are taken out of another's way.
const MOST_TAKEN: usize = 8;
/// From fewer steps before the wished start, and after its end, are some of them.
const AROUND: u64 = 4;

/// The best starts of all orders, and the tolls that a dual bound found for them.
pub(super) fn construct(jobs: &Jobs, tell: &mut dyn FnMut(f64) -> Result<()>) -> Result<(Starts, Dual)> {
    let none = vec![0.0; jobs.capacity.len() + 1];
    let hasty = |i: usize| if jobs.jobs[i].hasty { 1e9 } else { 0.0 };
    let orders = [
        jobs.sorted(|i| -jobs.jobs[i].rank),
        jobs.sorted(|i| jobs.jobs[i].last as f64 - hasty(i)),
        jobs.sorted(|i| -jobs.jobs[i].energy),
    ];
    let mut best = sweep(jobs);
    let keep = |best: &mut Starts, starts: Starts| {
        if jobs.score(&starts).beats(&jobs.score(best)) {
            *best = starts;
        }
    };
    for order in &orders {
        keep(&mut best, in_order(jobs, order, &none));
    }
    let dual = Dual::of(jobs, &best, None, tell)?;
    for order in &orders {
        keep(&mut best, in_order(jobs, order, &dual.sums()));
    }
    Ok((best, dual))
}

/// The jobs placed in an order, each where its cost and the tolls (sums up to each step) are least.
fn in_order(jobs: &Jobs, order: &[usize], tolls: &[f64]) -> Starts {
    let mut free = jobs.capacity.clone();
    let mut starts = vec![None; jobs.jobs.len()];
    let urgent = order.iter().filter(|&&i| jobs.jobs[i].hasty);
    for &i in urgent.chain(order.iter().filter(|&&i| !jobs.jobs[i].hasty)) {
        let job = &jobs.jobs[i];
        let (Some(due), Some(ready)) = (job.due, ready(jobs, &starts, i)) else { continue };
        let in_time = pick(jobs, &free, i, ready..=job.last, tolls);
        starts[i] = in_time.or_else(|| pick(jobs, &free, i, ready..=due, tolls));
        hold(jobs, &mut free, i, starts[i]);
    }
    starts
}

/// Step by step the ready job with the least time left first: for jobs of one step no other way keeps more deadlines.
fn sweep(jobs: &Jobs) -> Starts {
    let mut free = jobs.capacity.clone();
    let mut starts: Starts = vec![None; jobs.jobs.len()];
    let mut waits: Vec<usize> = jobs.jobs.iter().map(|job| job.before.len()).collect();
    let mut at: Vec<Vec<usize>> = vec![Vec::new(); free.len() + 1];
    (0..waits.len()).filter(|&i| waits[i] == 0).for_each(|i| at[jobs.jobs[i].first.min(free.len())].push(i));
    let mut ready: Vec<usize> = Vec::new();
    let mut full: BTreeSet<usize> = (0..free.len()).filter(|&t| free[t] == 0).collect();
    for t in 0..free.len() {
        if !at[t].is_empty() {
            ready.append(&mut at[t]);
            ready.sort_by_key(|&i| (jobs.jobs[i].last, i));
        }
        let mut end = full.range(t..).next().copied().unwrap_or(free.len());
        if end == t {
            continue;
        }
        ready.retain(|&i| {
            let job = &jobs.jobs[i];
            if job.due.is_none_or(|due| due < t) {
                return false;
            }
            if t + job.steps > end {
                return true;
            }
            starts[i] = Some(t);
            hold(jobs, &mut free, i, Some(t));
            full.extend((t..t + job.steps).filter(|&step| free[step] == 0));
            end = full.range(t..).next().copied().unwrap_or(free.len());
            for &next in &job.then {
                waits[next] -= 1;
                if waits[next] == 0 {
                    let ends = jobs.jobs[next].before.iter();
                    let end = ends.filter_map(|&b| Some(starts[b]? + jobs.jobs[b].steps)).max();
                    let first = jobs.jobs[next].first.max(end.unwrap_or(t + job.steps));
                    at[first.min(jobs.capacity.len())].push(next);
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

/// The starts that the jobs before and after this one leave it; none if there are none.
fn window(jobs: &Jobs, starts: &[Option<usize>], i: usize) -> Option<RangeInclusive<usize>> {
    let job = &jobs.jobs[i];
    let next = job.then.iter().filter_map(|&next| starts[next]);
    let last = next.map(|start| start.checked_sub(job.steps)).chain([job.due]).min().flatten()?;
    ready(jobs, starts, i).filter(|ready| *ready <= last).map(|ready| ready..=last)
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

fn hold(jobs: &Jobs, free: &mut [u32], i: usize, start: Option<usize>) {
    if let Some(start) = start {
        free[start..start + jobs.jobs[i].steps].iter_mut().for_each(|free| *free -= 1);
    }
}

fn release(jobs: &Jobs, free: &mut [u32], i: usize, start: Option<usize>) {
    if let Some(start) = start {
        free[start..start + jobs.jobs[i].steps].iter_mut().for_each(|free| *free += 1);
    }
}

/// Starts that are no worse: ruin and recreate until it gains nothing more, or enough was tried.
pub(super) fn improve(
    jobs: &Jobs,
    starts: Starts,
    tell: &mut dyn FnMut(f64) -> Result<()>,
) -> Result<Starts> {
    let movable: Vec<usize> = (0..starts.len()).filter(|&i| jobs.jobs[i].due.is_some()).collect();
    let patience = PATIENCE * movable.len();
    // Too many jobs have no time to cool down: they only ever take what is no worse.
    let heat = if movable.len() * jobs.capacity.len() > MOST_HEATED { 0.0 } else { HEAT * jobs.spread() };
    let mut search = Search::new(jobs, starts.clone());
    let (mut rounds, mut stalled) = (0usize, 0);
    // While some are left out, whatever it costs: room is made by pushing the others to either end of their windows.
    while stalled < patience && search.work < WORK / 4 {
        let missing: Vec<usize> = movable.iter().copied().filter(|&i| search.starts[i].is_none()).collect();
        let Some(missing) = search.draw(&missing) else { break };
        let Some(any) = search.draw(&movable) else { break };
        search.work += movable.len();
        search.mode = if search.random.below(2) == 0 { Mode::Early } else { Mode::Late };
        let i = if search.random.below(2) == 0 { missing } else { any };
        stalled = if search.round(i, MOST_TAKEN) == Gain::Runs { 0 } else { stalled + 1 };
        rounds += 1;
        if rounds.is_multiple_of(REPORT) {
            tell(search.work as f64 / WORK as f64)?;
        }
    }
    if jobs.score(&search.starts).no_more_run_than(&jobs.score(&starts)) {
        search = Search { work: search.work, ..Search::new(jobs, starts) };
    }
    search.mode = Mode::Cheap;
    let mut best = search.starts.clone();
    let (planned, begun) = (ROUNDS_OF_JOB * movable.len(), search.work);
    // Few jobs are heated again and again, from the best so far.
    for cycle in 0..if heat > 0.0 { CYCLES } else { 1 } {
        let limit = begun + (WORK - begun.min(WORK)) / CYCLES * (cycle + 1);
        let limit = if heat > 0.0 { limit } else { WORK };
        for round in 0..planned {
            let share = (round as f64 / planned as f64).max(search.work as f64 / limit as f64);
            if share >= 1.0 {
                break;
            }
            // The first round of all jobs only moves each to where it is cheapest; then the search cools down.
            search.heat = if round < movable.len() { 0.0 } else { heat * (0.7 - share).max(0.0) };
            match movable.get(round) {
                Some(i) => search.round(*i, 0),
                None => {
                    let Some(i) = search.draw(&movable) else { break };
                    let most = 1 + search.random.below(MOST_TAKEN as u64) as usize;
                    search.round(i, most)
                }
            };
            if round.is_multiple_of(REPORT) {
                tell(search.work as f64 / WORK as f64)?;
            }
        }
        if jobs.score(&search.starts).beats(&jobs.score(&best)) {
            best.clone_from(&search.starts);
        }
        search = Search {
            work: search.work,
            random: search.random.clone(),
            mode: Mode::Cheap,
            ..Search::new(jobs, best.clone())
        };
    }
    Ok(best)
}

/// Where a job is put back: where it is cheapest, or at either end of its window.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Cheap,
    Early,
    Late,
}

/// What a round brought: nothing, less cost, or more (or more urgent) jobs that run.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Gain {
    None,
    Cost,
    Runs,
}

struct Search<'a> {
    jobs: &'a Jobs,
    starts: Starts,
    free: Vec<u32>,
    /// Tolls of each mode, summed up to each step.
    tolls: [Vec<f64>; 3],
    mode: Mode,
    /// What a round may cost, on average, where it is kept nonetheless.
    heat: f64,
    random: Random,
    work: usize,
}

impl<'a> Search<'a> {
    fn new(jobs: &'a Jobs, starts: Starts) -> Self {
        let mut free = jobs.capacity.clone();
        (0..starts.len()).for_each(|i| hold(jobs, &mut free, i, starts[i]));
        // Tolls that grow with time outweigh any cost: the earliest start, or the latest, is the cheapest.
        let steep = 4.0 * jobs.dearest();
        let ramp = |slope: f64| (0..=free.len()).map(|t| slope * (t as f64) * (t as f64)).collect();
        let tolls = [ramp(0.0), ramp(steep), ramp(-steep)];
        Search { jobs, starts, free, tolls, mode: Mode::Cheap, heat: 0.0, random: Random::new(0), work: 0 }
    }

    fn draw(&mut self, among: &[usize]) -> Option<usize> {
        among.get(self.random.below(among.len() as u64) as usize).copied()
    }

    /// Wishes a job to another start, with at most so many others out of its way, and keeps that if it is no worse.
    fn round(&mut self, i: usize, most: usize) -> Gain {
        self.work += 10 + self.jobs.jobs[i].before.len() + self.jobs.jobs[i].then.len();
        let Some(window) = window(self.jobs, &self.starts, i) else { return Gain::None };
        let Some(wish) = self.wish(i, window) else { return Gain::None };
        let mut taken = vec![(i, self.starts[i])];
        // At times from around the start too: packed tightly, jobs leave room only together.
        let around = self.random.below(AROUND) as usize;
        let end = wish + self.jobs.jobs[i].steps + around;
        self.take_from(wish.saturating_sub(around)..end, most, &mut taken);
        for &(j, start) in &taken {
            release(self.jobs, &mut self.free, j, start);
            self.starts[j] = None;
        }
        if self.mode == Mode::Cheap && self.random.below(2) == 0 {
            taken[1..]
                .sort_by(|(a, _), (b, _)| self.jobs.jobs[*b].energy.total_cmp(&self.jobs.jobs[*a].energy));
        } else {
            let at = self.random.below(taken.len() as u64) as usize;
            taken.rotate_left(at);
        }
        for (j, _) in &taken {
            self.put_back(*j);
        }
        let mut worth = [0.0; 2];
        let mut count = [0i64; 2];
        let mut waiting = [0i64; 2];
        let mut cost = [0.0; 2];
        let mut sound = true;
        for &(j, old) in &taken {
            let job = &self.jobs.jobs[j];
            for (at, start) in [old, self.starts[j]].into_iter().enumerate() {
                match start {
                    None => (worth[at], count[at]) = (worth[at] + job.priority, count[at] + 1),
                    Some(start) => {
                        cost[at] += self.jobs.cost(j, start);
                        waiting[at] += if job.urgent { (start - job.first) as i64 } else { 0 };
                    }
                }
            }
            // Nothing may run whose predecessor no longer does.
            sound &= self.starts[j].is_some() || job.then.iter().all(|&next| self.starts[next].is_none());
        }
        let ([old, new], slack) = (cost, 1e-12 * cost[0].abs().max(cost[1].abs()));
        let order =
            worth[1].total_cmp(&worth[0]).then(count[1].cmp(&count[0])).then(waiting[1].cmp(&waiting[0]));
        if sound && order.is_lt() {
            return Gain::Runs;
        }
        if sound && order.is_eq() && (self.mode != Mode::Cheap || self.accepts(new - old)) {
            return if new < old - slack { Gain::Cost } else { Gain::None };
        }
        for &(j, _) in &taken {
            release(self.jobs, &mut self.free, j, self.starts[j]);
        }
        for &(j, old) in &taken {
            self.starts[j] = old;
            hold(self.jobs, &mut self.free, j, old);
        }
        Gain::None
    }

    /// Metropolis' rule.
    fn accepts(&mut self, cost: f64) -> bool {
        cost <= 0.0 || self.heat > 0.0 && cost < -self.heat * math::ln(1.0 - self.random.unit())
    }

    /// A start that would be better for a job alone: the cheapest of a few, or the earliest of one that must not wait.
    fn wish(&mut self, i: usize, window: RangeInclusive<usize>) -> Option<usize> {
        let (first, count) = (*window.start(), (window.end() - window.start() + 1) as u64);
        let mut draw = || first + self.random.below(count) as usize;
        let wishes = [draw(), draw(), draw()];
        let cost = |start: usize| self.jobs.cost(i, start);
        match self.starts[i] {
            Some(old) if self.jobs.jobs[i].hasty => wishes.into_iter().find(|wish| *wish < old),
            Some(_) if self.mode != Mode::Cheap => wishes.into_iter().next(),
            Some(old) => wishes
                .into_iter()
                .filter(|wish| cost(*wish) < cost(old))
                .min_by(|a, b| cost(*a).total_cmp(&cost(*b))),
            None => wishes.into_iter().next(),
        }
    }

    /// Adds some of the jobs that hold any of these steps, and may be moved.
    fn take_from(
        &mut self,
        wished: std::ops::Range<usize>,
        most: usize,
        taken: &mut Vec<(usize, Option<usize>)>,
    ) {
        let n = self.starts.len();
        let begin = self.random.below(n as u64) as usize;
        let own = taken.len();
        let holds = |start: usize, steps: usize| start < wished.end && start + steps > wished.start;
        for j in (begin..n).chain(0..begin) {
            if taken.len() >= own + most {
                break;
            }
            self.work += 1;
            let job = &self.jobs.jobs[j];
            let held = self.starts[j].is_some_and(|start| holds(start, job.steps));
            if held && !job.hasty && taken.iter().all(|(i, _)| *i != j) {
                taken.push((j, self.starts[j]));
            }
        }
    }

    fn put_back(&mut self, j: usize) {
        self.work += self.jobs.jobs[j].before.len() + self.jobs.jobs[j].then.len();
        let Some(window) = window(self.jobs, &self.starts, j) else { return };
        self.work += window.end() - window.start() + self.jobs.jobs[j].steps;
        self.starts[j] = pick(self.jobs, &self.free, j, window, &self.tolls[self.mode as usize]);
        hold(self.jobs, &mut self.free, j, self.starts[j]);
    }
}
