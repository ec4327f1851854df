//! A packing that is being made, and the strategies that make it.

use super::demands::Demands;
use super::problem::{Home, Load, Problem};
use super::rooms::{Rooms, fits};
use super::widened;
use std::collections::{BTreeMap, BTreeSet};

/// A packing that is being made.
pub(super) struct State<'a> {
    problem: &'a Problem<'a>,
    rooms: Rooms,
    /// The groups that each running bin held before the strategy began.
    held: BTreeMap<usize, BTreeSet<i64>>,
    /// For each group and bin that holds it: the next bin that may not.
    holders: BTreeMap<i64, BTreeMap<usize, usize>>,
    pub(super) bin_of: Vec<Option<usize>>,
    pub(super) opened: usize,
    /// The most new bins that may be needed.
    most_new: usize,
}

impl<'a> State<'a> {
    pub(super) fn new(problem: &'a Problem<'a>) -> Self {
        let running = problem.bins.running.len();
        let most_new = problem.bins.most_new.min(problem.loads.len());
        let mut rooms = Rooms::new(running + most_new, &problem.weights);
        for (bin, room) in problem.bins.running.iter().enumerate() {
            rooms.set(bin, &widened(room));
        }
        let mut holders: BTreeMap<i64, BTreeMap<usize, usize>> = BTreeMap::new();
        for (bin, groups) in &problem.held {
            for group in groups {
                holders.entry(*group).or_default().insert(*bin, bin + 1);
            }
        }
        let bin_of = vec![None; problem.loads.len()];
        State { problem, rooms, held: problem.held.clone(), holders, bin_of, opened: 0, most_new }
    }

    /// First of all, what must join others of its group.
    pub(super) fn join(&mut self) {
        let problem = self.problem;
        for (at, load) in problem.loads.iter().enumerate() {
            if let Home::Bin(bin) = load.home
                && fits(&load.demand, self.rooms.get(bin))
                && !load.apart.iter().any(|group| self.holds(*group, bin))
            {
                self.place(at, load, bin);
                self.held.entry(bin).or_default().extend(load.apart.iter().copied());
            }
        }
    }

    pub(super) fn first_fit(&mut self) {
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

    pub(super) fn best_fit(&mut self) {
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
            if load.home != Home::Anywhere {
                continue;
            }
            let Some(bin) = find(self, load).or_else(|| self.open_for(load)) else { continue };
            self.place(at, load, bin);
            if !fits(&later, self.rooms.get(bin)) {
                self.rooms.close(bin);
            }
        }
    }

    pub(super) fn dot_product(&mut self) {
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
        let joined = problem.loads.iter().enumerate().filter(|(_, load)| load.home != Home::Anywhere);
        joined.for_each(|(at, _)| left.remove(at));
        let running = problem.bins.running.len();
        for bin in 0..running + self.most_new {
            if bin >= running {
                self.rooms.set(bin, &widened(problem.bins.new_bin));
            }
            let mut held = self.held.remove(&bin).unwrap_or_default();
            let mut empty = true;
            loop {
                let room = self.rooms.get(bin);
                let gain: Vec<f64> = room
                    .iter()
                    .zip(&problem.weights)
                    .zip(problem.bins.new_bin)
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
        let room = widened(self.problem.bins.new_bin);
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
