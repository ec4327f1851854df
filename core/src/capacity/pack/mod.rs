//! Vector bin packing: items with demands in several dimensions (CPU, memory, GPU, …) into as few bins as possible.
//!
//! Decreasing size is the sum of an item's demands, each as a share of the bin and weighted by the mean demand in that
//! dimension; the dot product fills one bin after the other with the item that lies best along its free room. Source: Panigrahy,
//! Talwar, Uyeda & Wieder 2011, "Heuristics for vector bin packing", Microsoft Research. An index over the bins or
//! the items (`rooms`, `demands`) makes 100 000 items a matter of a second; `bound` says how far from the best the answer may be.

mod bound;
mod demands;
mod rooms;
#[cfg(test)]
mod tests;

use crate::error::{Error, Result, same_length};
use crate::rows::Rows;
use demands::Demands;
use rooms::{Rooms, fits};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The share of its room by which a bin may be overfilled, so that rounding never keeps ten tenths out of one.
const TOLERANCE: f64 = 1e-9;

/// In which order, and into which bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The largest item first, into the first bin that has room.
    FirstFitDecreasing,
    /// The largest item first, into the bin that it leaves the least room in.
    BestFitDecreasing,
    /// Bin by bin: the item next whose demand has the largest dot product with the room that is left.
    #[default]
    DotProduct,
}

/// Where items may go. Bins are numbered from 0: those that run, then the new ones in the order that they are opened.
#[derive(Debug, Clone, Copy)]
pub struct Bins<'a> {
    /// Free room of the bins that run already, one row each; may be empty.
    pub running: Rows<'a>,
    /// Room of a new bin, at least 0 in every dimension.
    pub new: &'a [f64],
    /// At most so many new bins.
    pub most_new: usize,
}

/// Which items belong together and which apart: a group for each item, or an empty slice where there are no groups.
/// A negative number is no group.
#[derive(Debug, Clone, Copy, Default)]
pub struct Groups<'a> {
    /// Affinity: the items of one group share a bin.
    pub together: &'a [i64],
    /// Anti-affinity: no two items of one group share a bin.
    pub apart: &'a [i64],
}

/// Why an item was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unplaced {
    /// It fits no bin, or what must share a bin with it does not; nor would it were all others away.
    TooLarge,
    /// Of those that must share a bin, two must not.
    Conflict,
    /// No new bin may be opened any more; with more of them, or another strategy, it may find room.
    NoRoom,
}

/// The answer of [`pack`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Packing {
    /// The bin of each item, or why it has none.
    pub bins: Vec<std::result::Result<usize, Unplaced>>,
    /// Count of new bins that were opened.
    pub opened: usize,
    /// No packing of all items that fit at all opens fewer new bins than this, however many may be opened.
    pub lower_bound: usize,
}

/// Packs items of shape (items, dimensions) into bins of the same dimensions.
///
/// Every amount is finite and at least 0, in any unit of its dimension. A bin may be overfilled by a 10⁻⁹th of its room. An item that
/// cannot be placed is no error: the answer says which and why. The same input gives the same answer, and of equal items and
/// equal bins the first comes first. Some O(n·log n) for `n` items and bins; at worst, when the
/// free room is very uneven between dimensions or nearly all items must be apart, O(n²).
///
/// # Errors
/// [`Error::Data`] for an amount that is negative or not finite, and for rows or groups of another length.
pub fn pack(items: Rows<'_>, bins: Bins<'_>, strategy: Strategy, groups: Groups<'_>) -> Result<Packing> {
    check("items", items, items.columns())?;
    check("bins.running", bins.running, items.columns())?;
    check("bins.new", Rows::new("bins.new", bins.new, items.columns())?, items.columns())?;
    same_length("bins.new", bins.new.len(), "a row of items", items.columns())?;
    for (name, groups) in [("groups.together", groups.together), ("groups.apart", groups.apart)] {
        if !groups.is_empty() {
            same_length(name, groups.len(), "items", items.len())?;
        }
    }
    let problem = Problem::new(items, bins, groups);
    let mut state = State::new(&problem);
    match strategy {
        Strategy::FirstFitDecreasing => state.first_fit(),
        Strategy::BestFitDecreasing => state.best_fit(),
        Strategy::DotProduct => state.dot_product(),
    }
    let mut answer = vec![Err(Unplaced::NoRoom); items.len()];
    let placed =
        problem.loads.iter().zip(state.bin_of).map(|(load, bin)| (load, bin.ok_or(Unplaced::NoRoom)));
    for (load, bin) in placed.chain(problem.refused.iter().map(|(load, why)| (load, Err(*why)))) {
        for item in &load.items {
            if let Some(slot) = answer.get_mut(*item) {
                *slot = bin;
            }
        }
    }
    Ok(Packing { bins: answer, opened: state.opened, lower_bound: problem.lower_bound() })
}

fn check(name: &str, rows: Rows<'_>, columns: usize) -> Result<()> {
    if rows.columns() != columns {
        return Err(Error::data(name, format!("has {} columns, but items has {columns}", rows.columns())));
    }
    rows.all_finite(name)?;
    match rows.values().iter().position(|amount| *amount < 0.0) {
        None => Ok(()),
        Some(at) => {
            let (row, column) = (at / columns, at % columns);
            Err(Error::data(name, format!("row {row}, column {column} is negative")))
        }
    }
}

/// What goes into a bin as one: an item, or all items of a group that belongs together.
struct Load {
    demand: Vec<f64>,
    items: Vec<usize>,
    /// The groups that it must be apart from, in ascending order.
    apart: Vec<i64>,
}

struct Problem<'a> {
    bins: Bins<'a>,
    /// The loads that fit some bin, the largest first.
    loads: Vec<Load>,
    refused: Vec<(Load, Unplaced)>,
    /// For each dimension: the weight of one unit of it.
    weights: Vec<f64>,
}

impl<'a> Problem<'a> {
    fn new(items: Rows<'_>, bins: Bins<'a>, groups: Groups<'_>) -> Self {
        // All kinds of bins: what the largest of them has in each dimension, and whether one of them fits.
        let new = Some(bins.new).filter(|_| bins.most_new > 0);
        let mut largest = vec![0.0_f64; items.columns()];
        let mut kinds = Rooms::new(bins.running.len() + 1, &largest);
        for (bin, room) in new.into_iter().chain(bins.running.iter()).enumerate() {
            largest.iter_mut().zip(room).for_each(|(largest, room)| *largest = largest.max(*room));
            kinds.set(bin, &widened(room));
        }
        let mut loads = Vec::new();
        let mut refused = Vec::new();
        for load in merge(items, groups) {
            let twice = load.apart.windows(2).any(|pair| matches!(pair, [one, other] if one == other));
            if twice {
                refused.push((load, Unplaced::Conflict));
            } else if kinds.first(&load.demand, 0).is_none() {
                refused.push((load, Unplaced::TooLarge));
            } else {
                loads.push(load);
            }
        }
        // The mean share of each dimension, per unit of it: share over size of a bin.
        let weights: Vec<f64> = largest
            .iter()
            .enumerate()
            .map(|(k, size)| {
                let share = |load: &Load| load.demand.get(k).map_or(0.0, |demand| demand / size);
                let mean = loads.iter().map(share).sum::<f64>() / loads.len() as f64;
                let weight = mean / size;
                if weight.is_finite() { weight } else { 0.0 }
            })
            .collect();
        let mut sized: Vec<(f64, Load)> =
            loads.into_iter().map(|load| (product(&load.demand, &weights), load)).collect();
        // Stable, so that of equal loads the first comes first.
        sized.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        Problem { bins, loads: sized.into_iter().map(|(_, load)| load).collect(), refused, weights }
    }

    fn lower_bound(&self) -> usize {
        let dimensions = self.weights.len();
        let mut least = vec![f64::INFINITY; dimensions];
        for load in &self.loads {
            least.iter_mut().zip(&load.demand).for_each(|(least, demand)| *least = least.min(*demand));
        }
        // A bin that not even the least of all demands fits has no room that counts.
        let usable: Vec<&[f64]> =
            self.bins.running.iter().filter(|room| fits(&least, &widened(room))).collect();
        let column = |k: usize, row: &[f64]| row.get(k).copied().unwrap_or(0.0);
        let by_room = self.bins.new.iter().enumerate().map(|(k, room)| {
            let demands: Vec<f64> = self.loads.iter().map(|load| column(k, &load.demand)).collect();
            let free: Vec<f64> = usable.iter().map(|row| column(k, row)).collect();
            bound::new_bins(&demands, &free, *room)
        });
        let mut sizes: BTreeMap<i64, usize> = BTreeMap::new();
        self.loads
            .iter()
            .flat_map(|load| &load.apart)
            .for_each(|group| *sizes.entry(*group).or_default() += 1);
        let by_groups = sizes.values().map(|size| size.saturating_sub(usable.len()));
        by_room.chain(by_groups).max().unwrap_or(0).min(self.loads.len())
    }
}

/// The loads, in the order of their first items.
fn merge(items: Rows<'_>, groups: Groups<'_>) -> Vec<Load> {
    let mut of_group: BTreeMap<i64, usize> = BTreeMap::new();
    let mut loads: Vec<Load> = Vec::new();
    for (item, demand) in items.iter().enumerate() {
        let group = groups.together.get(item).copied().filter(|group| *group >= 0);
        let next = loads.len();
        let at = group.map_or(next, |group| *of_group.entry(group).or_insert(next));
        if at == next {
            loads.push(Load { demand: vec![0.0; demand.len()], items: Vec::new(), apart: Vec::new() });
        }
        let Some(load) = loads.get_mut(at) else { continue };
        load.demand.iter_mut().zip(demand).for_each(|(sum, demand)| *sum += demand);
        load.items.push(item);
        load.apart.extend(groups.apart.get(item).copied().filter(|group| *group >= 0));
    }
    loads.iter_mut().for_each(|load| load.apart.sort_unstable());
    loads
}

/// A room with the tolerance.
fn widened(room: &[f64]) -> Vec<f64> {
    room.iter().map(|room| room * (1.0 + TOLERANCE)).collect()
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// A packing that is being made.
struct State<'a> {
    problem: &'a Problem<'a>,
    rooms: Rooms,
    /// For each group and bin that holds it: the next bin that may not.
    holders: BTreeMap<i64, BTreeMap<usize, usize>>,
    bin_of: Vec<Option<usize>>,
    opened: usize,
    /// The most new bins that may be needed.
    most_new: usize,
}

impl<'a> State<'a> {
    fn new(problem: &'a Problem<'a>) -> Self {
        let running = problem.bins.running.len();
        let most_new = problem.bins.most_new.min(problem.loads.len());
        let mut rooms = Rooms::new(running + most_new, &problem.weights);
        for (bin, room) in problem.bins.running.iter().enumerate() {
            rooms.set(bin, &widened(room));
        }
        let bin_of = vec![None; problem.loads.len()];
        State { problem, rooms, holders: BTreeMap::new(), bin_of, opened: 0, most_new }
    }

    fn first_fit(&mut self) {
        self.one_by_one(|state, load| {
            let mut from = 0;
            loop {
                let bin = state.rooms.first(&load.demand, from)?;
                match load.apart.iter().filter_map(|group| state.past(*group, bin)).max() {
                    Some(next) => from = next,
                    None => return Some(bin),
                }
            }
        });
    }

    fn best_fit(&mut self) {
        self.one_by_one(|state, load| {
            state.rooms.tightest(&load.demand, |bin| !load.apart.iter().any(|group| state.holds(*group, bin)))
        });
    }

    /// Every load in its order, into the bin that `find` names or else into a new one.
    fn one_by_one(&mut self, find: impl Fn(&mut Self, &Load) -> Option<usize>) {
        let problem = self.problem;
        // The least demand of each load and all after it: a bin with less room has no more use.
        let mut least = vec![f64::INFINITY; problem.weights.len()];
        let mut after: Vec<Vec<f64>> = problem
            .loads
            .iter()
            .rev()
            .map(|load| {
                let later = least.clone();
                least.iter_mut().zip(&load.demand).for_each(|(least, demand)| *least = least.min(*demand));
                later
            })
            .collect();
        for (at, load) in problem.loads.iter().enumerate() {
            let later = after.pop().unwrap_or_default();
            let Some(bin) = find(self, load).or_else(|| self.open_for(load)) else { continue };
            self.place(at, load, bin);
            if !fits(&later, self.rooms.get(bin)) {
                self.rooms.close(bin);
            }
        }
    }

    fn dot_product(&mut self) {
        let problem = self.problem;
        let dimensions = problem.weights.len();
        let values: Vec<f64> = problem.loads.iter().flat_map(|load| load.demand.iter().copied()).collect();
        // Groups by their place among all groups; a load of several groups counts as one of none here.
        let groups: Vec<usize> = problem
            .loads
            .iter()
            .map(|load| match load.apart.as_slice() {
                [group] => usize::try_from(*group).unwrap_or(usize::MAX),
                _ => usize::MAX,
            })
            .collect();
        let mut left = Demands::new(&values, dimensions, &groups);
        let running = problem.bins.running.len();
        for bin in 0..running + self.most_new {
            if bin >= running {
                self.rooms.set(bin, &widened(problem.bins.new));
            }
            let mut held = BTreeSet::new();
            let mut empty = true;
            loop {
                let room = self.rooms.get(bin);
                let gain: Vec<f64> = room
                    .iter()
                    .zip(&problem.weights)
                    .zip(problem.bins.new)
                    .map(|((room, weight), size)| weight * (room / if *size > 0.0 { *size } else { 1.0 }))
                    .collect();
                let found = left.best(
                    room,
                    &gain,
                    |group| i64::try_from(group).is_ok_and(|group| held.contains(&group)),
                    |at| {
                        problem.loads.get(at).is_some_and(|load| !load.apart.iter().any(|g| held.contains(g)))
                    },
                );
                let Some((at, load)) = found.and_then(|at| Some((at, problem.loads.get(at)?))) else { break };
                left.remove(at);
                held.extend(load.apart.iter().copied());
                self.place(at, load, bin);
                empty = false;
            }
            if bin >= running {
                if empty {
                    break;
                }
                self.opened += 1;
            }
        }
    }

    /// A new bin, if the load fits one and one may be opened.
    fn open_for(&mut self, load: &Load) -> Option<usize> {
        let room = widened(self.problem.bins.new);
        if self.opened == self.most_new || !fits(&load.demand, &room) {
            return None;
        }
        let bin = self.problem.bins.running.len() + self.opened;
        self.opened += 1;
        self.rooms.set(bin, &room);
        Some(bin)
    }

    fn place(&mut self, at: usize, load: &Load, bin: usize) {
        let room: Vec<f64> =
            self.rooms.get(bin).iter().zip(&load.demand).map(|(room, demand)| room - demand).collect();
        self.rooms.set(bin, &room);
        for group in &load.apart {
            self.holders.entry(*group).or_default().insert(bin, bin + 1);
        }
        if let Some(slot) = self.bin_of.get_mut(at) {
            *slot = Some(bin);
        }
    }

    fn holds(&self, group: i64, bin: usize) -> bool {
        self.holders.get(&group).is_some_and(|bins| bins.contains_key(&bin))
    }

    /// The first bin after `bin` that does not hold the group, if `bin` does; remembers it, so that runs are skipped at once.
    fn past(&mut self, group: i64, bin: usize) -> Option<usize> {
        let bins = self.holders.get_mut(&group)?;
        let mut next = *bins.get(&bin)?;
        let mut on_the_way = vec![bin];
        while let Some(further) = bins.get(&next) {
            on_the_way.push(next);
            next = *further;
        }
        bins.extend(on_the_way.into_iter().map(|bin| (bin, next)));
        Some(next)
    }
}
