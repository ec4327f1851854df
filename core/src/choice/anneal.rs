//! A good plan of an allocation problem by annealing: thermal, or the path integral of quantum annealing.
//!
//! Quantum: P replicas of the plan in a ring, the slices of imaginary time, at the temperature P·T each. A place is a
//! particle on the line 0, 1, 2, … that hops with amplitude Γ; neighbouring slices that differ by m there weigh
//! I_m(2Γ/PT), the modified Bessel function, which is the hopping's exact propagator on an unbounded line. Γ falls to
//! almost nothing, which draws the slices together: Martoňák, Santoro and Tosatti 2002, "Quantum annealing by the
//! path-integral Monte Carlo method", Physical Review B 66, 094203, with their moves of one slice and of all at once.
//! Thermal: Kirkpatrick, Gelatt and Vecchi 1983, "Optimization by simulated annealing", Science 220.
//!
//! Limits enter as penalties that rise while a limit is broken and fall while it is kept, so that the search stays
//! near their border (Glover 1989, "Tabu search I", ORSA J. Computing 1, strategic oscillation).
#![allow(
    clippy::indexing_slicing,
    reason = "places, replicas and resources are drawn below the lengths of the arrays that they index; counts are below the levels"
)]

use super::allocation::Allocation;
use super::exact::exact;
use super::tell;
use crate::error::{Error, Result};
use crate::math;
use crate::random::Random;
use serde::{Deserialize, Serialize};

/// More steps (a minute or so) are refused: each looks at a resource or a pair.
const MOST_STEPS: u64 = 1_000_000_000;

/// What a proposal takes besides, in steps.
const PROPOSAL: usize = 8;

/// Progress is told after so many proposals.
const PROPOSALS_UNTOLD: u64 = 4096;

/// More counts in all replicas are refused, for their memory.
const MOST_COUNTS: usize = 10_000_000;

/// The first and the last Γ, in units of P·T.
const HOPPING: (f64, f64) = (2.0, 1e-3);

/// The temperature P·T of a slice, in units of the typical cost of a unit.
const SLICE_TEMPERATURE: f64 = 0.2;

/// The first and the last temperature of thermal annealing, in the same units.
const TEMPERATURE: (f64, f64) = (2.0, 1e-3);

/// How a plan is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Annealing {
    /// Path-integral quantum annealing.
    #[default]
    Quantum,
    /// Thermal annealing, with as many proposals as quantum annealing.
    Thermal,
    /// Branch and bound: the proven best of a small problem, whatever the seed.
    Exact,
}

/// Settings of [`anneal`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnnealConfig {
    /// How to search.
    pub method: Annealing,
    /// Sweeps over all places and replicas, at least 1; more find better plans.
    pub sweeps: usize,
    /// Slices of imaginary time, at least 2.
    pub replicas: usize,
}

impl Default for AnnealConfig {
    /// Quantum, 500 sweeps of 16 replicas.
    fn default() -> Self {
        AnnealConfig { method: Annealing::Quantum, sweeps: 500, replicas: 16 }
    }
}

/// Units for each place, and what they cost.
#[derive(Debug, Clone, PartialEq)]
pub struct AllocationPlan {
    /// One count a place.
    pub units: Vec<usize>,
    /// The cost of the counts, pairs included.
    pub cost: f64,
}

/// The cheapest plan within the limits that is found; the same for the same problem, seed and settings.
///
/// # Errors
/// [`Error::Config`] for no sweeps, fewer than two replicas, or more than 10⁹ steps; [`Error::Infeasible`] when no plan
/// within the limits is found, which only [`Annealing::Exact`] proves; [`Error::Data`] when that one takes too long.
///
/// # Cost
/// 2·sweeps·replicas·places proposals, and those of sweeps/10, at least 20, sweeps more; each O(resources + pairs of the place).
///
/// # Example
/// ```
/// use forescale::{Rows, choice::{Allocation, AnnealConfig, anneal}};
/// // Two places, up to two units each at rising cost; at least three units in all.
/// let costs = [0.0, 1.0, 4.0, 0.0, 2.0, 5.0];
/// let problem = Allocation::new(
///     Rows::new("costs", &costs, 3)?,
///     Rows::new("pairs", &[], 3)?,
///     Rows::new("usage", &[-1.0, -1.0], 2)?,
///     &[-3.0],
/// )?;
/// let plan = anneal(&problem, 7, &AnnealConfig::default())?;
/// assert_eq!((plan.units.iter().sum::<usize>(), plan.cost), (3, 6.0));
/// # Ok::<(), forescale::Error>(())
/// ```
pub fn anneal(problem: &Allocation, seed: u64, config: &AnnealConfig) -> Result<AllocationPlan> {
    anneal_with_progress(problem, seed, config, &mut |_| true)
}

/// As [`anneal`], telling `progress` the share of the work done, 0 to 1, now and then ([`Annealing::Exact`]: the share of the
/// steps allowed); when that answers `false`, it stops.
///
/// # Errors
/// As [`anneal`]; [`Error::Stopped`] when asked to stop.
pub fn anneal_with_progress(
    problem: &Allocation,
    seed: u64,
    config: &AnnealConfig,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<AllocationPlan> {
    if config.sweeps == 0 {
        return Err(Error::config("sweeps", "must be at least 1, got 0"));
    }
    if config.replicas < 2 {
        return Err(Error::config("replicas", format!("must be at least 2, got {}", config.replicas)));
    }
    let units = match config.method {
        Annealing::Exact => exact(problem, progress)?,
        _ => Search::new(problem, seed, config, progress)?.run(config)?,
    };
    Ok(AllocationPlan { cost: problem.cost_of(&units), units })
}

/// One plan on its way, with its sums kept up to date.
#[derive(Debug, Clone)]
struct Walker {
    units: Vec<usize>,
    used: Vec<f64>,
    cost: f64,
    /// If it was the best plan in this sweep: the places that were changed since, and their counts before.
    since_best: Option<Vec<(usize, usize)>>,
}

/// A change of the count at one place, or at two of them.
#[derive(Debug, Clone, Copy)]
struct Move {
    first: (usize, i64),
    second: Option<(usize, i64)>,
}

impl Move {
    fn steps(self) -> impl Iterator<Item = (usize, i64)> {
        std::iter::once(self.first).chain(self.second)
    }
}

struct Search<'a> {
    problem: &'a Allocation,
    random: Random,
    /// What one unit more or less costs, typically.
    unit: f64,
    /// What a unit of each resource beyond its limit costs; it is at most a billion times `least_rates`.
    rates: Vec<f64>,
    least_rates: Vec<f64>,
    best: Option<(f64, Vec<usize>)>,
    /// The cost of the best plan, including one that is still to be copied from its walker.
    least: f64,
    progress: &'a mut dyn FnMut(f64) -> bool,
    /// Proposals: made, made when progress is to be told next, and made at the end.
    done: u64,
    next: u64,
    total: u64,
}

impl<'a> Search<'a> {
    fn new(
        problem: &'a Allocation,
        seed: u64,
        config: &AnnealConfig,
        progress: &'a mut dyn FnMut(f64) -> bool,
    ) -> Result<Self> {
        let (places, resources) = (problem.places(), problem.limits().len());
        let counts = config.replicas.saturating_mul(places);
        if counts > MOST_COUNTS {
            let problem =
                format!("{} for {places} places are more than {MOST_COUNTS} counts", config.replicas);
            return Err(Error::config("replicas", problem));
        }
        let pairs: usize = (0..places).map(|place| problem.partners(place).len()).sum();
        let proposals = places * (PROPOSAL + resources) + pairs;
        let sums_and_copy = places * (1 + resources) + pairs;
        let sweeps = (2 * config.replicas as u64)
            .saturating_mul(config.sweeps as u64)
            .saturating_add(downhill_sweeps(config) as u64);
        let propagators = (config.replicas * problem.levels()) as u64;
        let steps = sweeps
            .saturating_mul((proposals + sums_and_copy) as u64)
            .saturating_add(propagators.saturating_mul(config.sweeps as u64));
        if steps > MOST_STEPS {
            let problem = format!("{} take {steps} steps, more than {MOST_STEPS} steps", config.sweeps);
            return Err(Error::config("sweeps", problem));
        }
        let unit = typical_cost(problem);
        let least_rates: Vec<f64> = (0..problem.limits().len())
            .map(|resource| {
                let usage = (0..problem.places()).map(|place| problem.usage(place)[resource].abs());
                let mean = usage.sum::<f64>() / problem.places() as f64;
                if mean > 0.0 { (1e-3 * unit / mean).min(1e140) } else { 0.0 }
            })
            .collect();
        let rates = least_rates.iter().map(|rate| 1e3 * rate).collect();
        Ok(Search {
            problem,
            random: Random::new(seed),
            unit,
            rates,
            least_rates,
            best: None,
            least: f64::INFINITY,
            progress,
            done: 0,
            next: 0,
            total: sweeps * places as u64,
        })
    }

    fn run(mut self, config: &AnnealConfig) -> Result<Vec<usize>> {
        self.tell_of(0)?;
        let last = match config.method {
            Annealing::Quantum => self.quantum(config)?,
            _ => self.thermal(config)?,
        };
        // Downhill from the best: no limit may be broken any more.
        let start = self.best.as_ref().map_or(last, |(_, units)| units.clone());
        let mut walker = self.walker(start);
        self.rates = self.least_rates.iter().map(|rate| 1e9 * rate).collect();
        for _ in 0..downhill_sweeps(config) {
            self.sweep(&mut walker, 0.0)?;
        }
        match self.best {
            Some((_, units)) => Ok(units),
            None => Err(Error::infeasible("limits", "no plan within all of them was found; it may exist")),
        }
    }

    fn thermal(&mut self, config: &AnnealConfig) -> Result<Vec<usize>> {
        let mut walker = self.walker(self.cheapest());
        let sweeps = 2 * config.sweeps * config.replicas;
        let cooling = math::exp(math::ln(TEMPERATURE.1 / TEMPERATURE.0) / sweeps as f64);
        let mut temperature = TEMPERATURE.0 * self.unit;
        for _ in 0..sweeps {
            self.sweep(&mut walker, temperature)?;
            self.adapt(std::slice::from_ref(&walker));
            temperature *= cooling;
        }
        Ok(walker.units)
    }

    fn quantum(&mut self, config: &AnnealConfig) -> Result<Vec<usize>> {
        let mut slices = vec![self.walker(self.cheapest()); config.replicas];
        let temperature = SLICE_TEMPERATURE * self.unit;
        for sweep in 0..config.sweeps {
            let left = 1.0 - (sweep + 1) as f64 / config.sweeps as f64;
            let action =
                propagator(2.0 * (HOPPING.1 + (HOPPING.0 - HOPPING.1) * left), self.problem.levels());
            for at in 0..slices.len() {
                self.sweep_slice(&mut slices, at, temperature, &action)?;
            }
            self.sweep_all(&mut slices, temperature)?;
            for slice in &mut slices {
                *slice = self.walker(std::mem::take(&mut slice.units));
            }
            self.adapt(&slices);
        }
        Ok(slices.swap_remove(0).units)
    }

    /// As many proposals as there are places, each accepted by the rule of Metropolis.
    fn sweep(&mut self, walker: &mut Walker, temperature: f64) -> Result<()> {
        for _ in 0..self.problem.places() {
            self.tell_of(1)?;
            let Some(change) = self.propose(&walker.units) else { continue };
            let Some(rise) = self.rise(walker, change) else { continue };
            if rise <= 0.0 || (temperature > 0.0 && self.accepts(rise / temperature)) {
                self.apply(walker, change);
            }
        }
        self.settle(walker);
        *walker = self.walker(std::mem::take(&mut walker.units));
        Ok(())
    }

    /// The same in one slice, where the bonds to its two neighbours count.
    fn sweep_slice(
        &mut self,
        slices: &mut [Walker],
        at: usize,
        temperature: f64,
        action: &[f64],
    ) -> Result<()> {
        let neighbours = [(at + slices.len() - 1) % slices.len(), (at + 1) % slices.len()];
        for _ in 0..self.problem.places() {
            self.tell_of(1)?;
            let Some(change) = self.propose(&slices[at].units) else { continue };
            let Some(rise) = self.rise(&slices[at], change) else { continue };
            let mut total = rise / temperature;
            for (place, by) in change.steps() {
                let from = slices[at].units[place];
                for neighbour in neighbours {
                    let other = slices[neighbour].units[place];
                    total += action[shifted(from, by).abs_diff(other)] - action[from.abs_diff(other)];
                }
            }
            if self.accepts(total) {
                self.apply(&mut slices[at], change);
            }
        }
        self.settle(&mut slices[at]);
        Ok(())
    }

    /// Moves of all slices at once, which leave the bonds as they are.
    fn sweep_all(&mut self, slices: &mut [Walker], temperature: f64) -> Result<()> {
        for _ in 0..self.problem.places() {
            self.tell_of(slices.len() as u64)?;
            let model = self.random.below(slices.len() as u64) as usize;
            let Some(change) = self.propose(&slices[model].units) else { continue };
            let rises: Option<Vec<f64>> = slices.iter().map(|slice| self.rise(slice, change)).collect();
            let Some(rises) = rises else { continue };
            if self.accepts(rises.iter().sum::<f64>() / temperature) {
                for slice in slices.iter_mut() {
                    self.apply(slice, change);
                }
            }
        }
        slices.iter_mut().for_each(|slice| self.settle(slice));
        Ok(())
    }

    /// Counts proposals, and tells progress now and then.
    fn tell_of(&mut self, proposals: u64) -> Result<()> {
        if self.done >= self.next {
            self.next = self.done + PROPOSALS_UNTOLD;
            tell(self.progress, self.done as f64 / self.total as f64)?;
        }
        self.done += proposals;
        Ok(())
    }

    /// One unit up or down, another count altogether, or a unit from one place to another.
    fn propose(&mut self, units: &[usize]) -> Option<Move> {
        let (places, levels) = (self.problem.places() as u64, self.problem.levels() as u64);
        let place = self.random.below(places) as usize;
        let up = if self.random.below(2) == 0 { 1 } else { -1 };
        match self.random.below(4) {
            0 => {
                let by = self.random.below(levels) as i64 - units[place] as i64;
                (by != 0).then_some(Move { first: (place, by), second: None })
            }
            1 => {
                let other = self.random.below(places) as usize;
                (other != place).then_some(Move { first: (place, up), second: Some((other, -up)) })
            }
            _ => Some(Move { first: (place, up), second: None }),
        }
    }

    /// How much the cost and the penalties rise, if the counts are allowed.
    fn rise(&self, walker: &Walker, change: Move) -> Option<f64> {
        let mut rise = 0.0;
        for (place, by) in change.steps() {
            let from = walker.units[place];
            let to = usize::try_from(from as i64 + by).ok()?;
            let own = self.problem.own_cost(place, to);
            if own.is_infinite() {
                return None;
            }
            rise += own - self.problem.own_cost(place, from)
                + by as f64 * self.problem.field(place, &walker.units);
        }
        if let Some((other, by)) = change.second {
            let pair = self.problem.partners(change.first.0).iter().find(|(partner, _)| *partner == other);
            rise += pair.map_or(0.0, |(_, weight)| weight * (change.first.1 * by) as f64);
        }
        for (resource, limit) in self.problem.limits().iter().enumerate() {
            let before = walker.used[resource];
            let taken: f64 =
                change.steps().map(|(place, by)| self.problem.usage(place)[resource] * by as f64).sum();
            let over = |used: f64| (used - limit).max(0.0);
            rise += self.rates[resource] * (over(before + taken) - over(before));
        }
        Some(rise)
    }

    fn accepts(&mut self, exponent: f64) -> bool {
        exponent <= 0.0 || self.random.unit() < math::exp(-exponent)
    }

    fn apply(&mut self, walker: &mut Walker, change: Move) {
        for (place, by) in change.steps() {
            let (from, to) = (walker.units[place], shifted(walker.units[place], by));
            walker.cost += self.problem.own_cost(place, to) - self.problem.own_cost(place, from);
            walker.cost += by as f64 * self.problem.field(place, &walker.units);
            walker.units[place] = to;
            if let Some(changes) = &mut walker.since_best {
                changes.push((place, from));
            }
            for (used, usage) in walker.used.iter_mut().zip(self.problem.usage(place)) {
                *used += usage * by as f64;
            }
        }
        // To copy each best plan at once would take a sweep's time for every one of them.
        if walker.cost < self.least && !self.broken(walker).any(|broken| broken) {
            self.least = walker.cost;
            walker.since_best.get_or_insert_with(Vec::new).clear();
        }
    }

    /// Goes back, in a copy, to where the walker was the best plan in this sweep.
    fn settle(&mut self, walker: &mut Walker) {
        self.least = self.best.as_ref().map_or(f64::INFINITY, |(cost, _)| *cost);
        if let Some(changes) = walker.since_best.take() {
            let mut units = walker.units.clone();
            for (place, count) in changes.into_iter().rev() {
                units[place] = count;
            }
            // The running sum has rounding errors of its own.
            self.remember(self.problem.cost_of(&units), &units);
        }
    }

    fn remember(&mut self, cost: f64, units: &[usize]) {
        if cost < self.least && self.problem.within_limits(units) {
            self.least = cost;
            self.best = Some((cost, units.to_vec()));
        }
    }

    /// Which limits are passed by more than rounding.
    fn broken(&self, walker: &Walker) -> impl Iterator<Item = bool> {
        let limits = self.problem.limits().iter();
        limits.zip(&walker.used).map(|(limit, used)| used - limit > 1e-9 * (limit.abs() + used.abs()))
    }

    /// Dearer where most break a limit, cheaper where they keep it.
    fn adapt(&mut self, walkers: &[Walker]) {
        let broken: Vec<Vec<bool>> = walkers.iter().map(|walker| self.broken(walker).collect()).collect();
        for (resource, (rate, least)) in self.rates.iter_mut().zip(&self.least_rates).enumerate() {
            let most = 2 * broken.iter().filter(|walker| walker[resource]).count() > walkers.len();
            let next = if most { *rate * 1.1 } else { *rate / 1.1 };
            *rate = next.clamp(*least, 1e6 * least);
        }
    }

    fn walker(&mut self, units: Vec<usize>) -> Walker {
        let mut used = vec![0.0; self.problem.limits().len()];
        for (place, &count) in units.iter().enumerate() {
            for (used, usage) in used.iter_mut().zip(self.problem.usage(place)) {
                *used += usage * count as f64;
            }
        }
        let walker = Walker { cost: self.problem.cost_of(&units), units, used, since_best: None };
        if !self.broken(&walker).any(|broken| broken) {
            self.remember(walker.cost, &walker.units);
        }
        walker
    }

    /// The cheapest count of each place, without limits and pairs.
    fn cheapest(&self) -> Vec<usize> {
        let least = |place| {
            let costs = self.problem.own_costs(place).iter().enumerate();
            costs.min_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(0, |(count, _)| count)
        };
        (0..self.problem.places()).map(least).collect()
    }
}

/// Sweeps at no temperature after those that were asked for.
fn downhill_sweeps(config: &AnnealConfig) -> usize {
    config.sweeps.div_ceil(10).max(20)
}

fn shifted(count: usize, by: i64) -> usize {
    count.saturating_add_signed(by as isize)
}

/// The mean over the places of the largest change of cost there, a unit.
fn typical_cost(problem: &Allocation) -> f64 {
    let most = (problem.levels() - 1).max(1) as f64;
    let change = |place| {
        let allowed = problem.own_costs(place).iter().filter(|cost| cost.is_finite());
        let (low, high) = allowed
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), cost| (low.min(*cost), high.max(*cost)));
        (high - low) / most + problem.partners(place).iter().map(|(_, weight)| weight.abs()).sum::<f64>()
    };
    let mean = (0..problem.places()).map(change).sum::<f64>() / problem.places() as f64;
    if mean > 0.0 { mean } else { 1.0 }
}

/// −ln I_m(z) for m = 0, 1, …, `levels` − 1, by the power series, whose terms are all positive.
fn propagator(z: f64, levels: usize) -> Vec<f64> {
    let action = |m: usize| {
        let (mut term, mut series, mut k) = (1.0, 1.0, 1.0);
        while term > 1e-17 * series {
            term *= 0.25 * z * z / (k * (k + m as f64));
            series += term;
            k += 1.0;
        }
        math::lgamma(m as f64 + 1.0) - m as f64 * math::ln(0.5 * z) - math::ln(series)
    };
    (0..levels).map(action).collect()
}

#[cfg(test)]
#[path = "anneal_tests.rs"]
mod tests;
