//! What is to be packed: items that belong together made one, sizes, what cannot be placed at all, and the lower bound.

use super::rooms::{Rooms, fits};
use super::{Bins, Groups, Unplaced, bound, product, widened};
use crate::rows::Rows;
use std::collections::{BTreeMap, BTreeSet};

/// What goes into a bin as one: an item, or all items of a group that belongs together.
#[derive(Default)]
pub(super) struct Load {
    pub(super) demand: Vec<f64>,
    pub(super) items: Vec<usize>,
    /// The groups that it must be apart from, in ascending order.
    pub(super) apart: Vec<i64>,
    /// Where others of its group are already; it must join them.
    pub(super) home: Home,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    #[default]
    Anywhere,
    Bin(usize),
    /// In several bins: nowhere else can all be together.
    Torn,
}

pub(super) struct Problem<'a> {
    pub(super) bins: Bins<'a>,
    /// The loads that fit some bin, the largest first.
    pub(super) loads: Vec<Load>,
    pub(super) refused: Vec<(Load, Unplaced)>,
    /// The anti-affinity groups of what is in each running bin already.
    pub(super) held: BTreeMap<usize, BTreeSet<i64>>,
    /// For each dimension: the weight of one unit of it.
    pub(super) weights: Vec<f64>,
}

impl<'a> Problem<'a> {
    pub(super) fn new(items: Rows<'_>, bins: Bins<'a>, groups: Groups<'_>) -> Self {
        // All kinds of bins: what the largest of them has in each dimension, and whether one of them fits.
        let new = Some(bins.new_bin).filter(|_| bins.most_new > 0);
        let mut largest = vec![0.0_f64; items.columns()];
        let mut kinds = Rooms::new(bins.running.len() + 1, &largest);
        for (bin, room) in new.into_iter().chain(bins.running.iter()).enumerate() {
            largest.iter_mut().zip(room).for_each(|(largest, room)| *largest = largest.max(*room));
            kinds.set(bin, &widened(room));
        }
        let mut loads = Vec::new();
        let mut refused = Vec::new();
        let held = held(groups);
        for load in merge(items, groups) {
            let twice = load.apart.windows(2).any(|pair| matches!(pair, [one, other] if one == other));
            let (fits, conflict) = match load.home {
                Home::Anywhere => (kinds.first(&load.demand, 0).is_some(), twice),
                Home::Torn => (true, true),
                Home::Bin(bin) => {
                    let room = bins.running.get(bin).map(widened).unwrap_or_default();
                    let not = held.get(&bin).is_some_and(|held| load.apart.iter().any(|g| held.contains(g)));
                    (fits(&load.demand, &room), twice || not)
                }
            };
            if conflict {
                refused.push((load, Unplaced::Conflict));
            } else if !fits {
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
        Problem { bins, loads: sized.into_iter().map(|(_, load)| load).collect(), refused, held, weights }
    }

    pub(super) fn lower_bound(&self) -> usize {
        let dimensions = self.weights.len();
        let mut least = vec![f64::INFINITY; dimensions];
        for load in &self.loads {
            least.iter_mut().zip(&load.demand).for_each(|(least, demand)| *least = least.min(*demand));
        }
        // A bin that not even the least of all demands fits has no room that counts.
        let usable: Vec<(usize, &[f64])> =
            self.bins.running.iter().enumerate().filter(|(_, room)| fits(&least, &widened(room))).collect();
        let column = |k: usize, row: &[f64]| row.get(k).copied().unwrap_or(0.0);
        let by_room = self.bins.new_bin.iter().enumerate().map(|(k, room)| {
            let demands: Vec<f64> = self.loads.iter().map(|load| column(k, &load.demand)).collect();
            let free: Vec<f64> = usable.iter().map(|(_, row)| column(k, row)).collect();
            bound::new_bins(&demands, &free, *room)
        });
        let mut sizes: BTreeMap<i64, usize> = BTreeMap::new();
        self.loads
            .iter()
            .flat_map(|load| &load.apart)
            .for_each(|group| *sizes.entry(*group).or_default() += 1);
        let mut closed: BTreeMap<i64, usize> = BTreeMap::new();
        usable
            .iter()
            .filter_map(|(bin, _)| self.held.get(bin))
            .flatten()
            .for_each(|group| *closed.entry(*group).or_default() += 1);
        let by_groups = sizes
            .iter()
            .map(|(group, size)| size.saturating_sub(usable.len() - closed.get(group).copied().unwrap_or(0)));
        by_room.chain(by_groups).max().unwrap_or(0).min(self.loads.len())
    }
}

/// What is in the running bins already.
fn held(groups: Groups<'_>) -> BTreeMap<usize, BTreeSet<i64>> {
    let mut held: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
    for (bin, group) in groups.placed.iter().zip(groups.apart).filter(|(_, group)| **group >= 0) {
        if let Ok(bin) = usize::try_from(*bin) {
            held.entry(bin).or_default().insert(*group);
        }
    }
    held
}

/// Where the groups that belong together are already.
fn homes(groups: Groups<'_>) -> BTreeMap<i64, Home> {
    let mut homes: BTreeMap<i64, Home> = BTreeMap::new();
    for (bin, group) in groups.placed.iter().zip(groups.together) {
        if let Ok(bin) = usize::try_from(*bin) {
            let home = homes.entry(*group).or_insert(Home::Bin(bin));
            *home = if *home == Home::Bin(bin) { *home } else { Home::Torn };
        }
    }
    homes
}

/// The loads, in the order of their first items.
fn merge(items: Rows<'_>, groups: Groups<'_>) -> Vec<Load> {
    let homes = homes(groups);
    let mut of_group: BTreeMap<i64, usize> = BTreeMap::new();
    let mut loads: Vec<Load> = Vec::new();
    for (item, demand) in items.iter().enumerate() {
        if groups.placed.get(item).is_some_and(|bin| *bin >= 0) {
            continue;
        }
        let group = groups.together.get(item).copied().filter(|group| *group >= 0);
        let next = loads.len();
        let at = group.map_or(next, |group| *of_group.entry(group).or_insert(next));
        if at == next {
            let home = group.and_then(|group| homes.get(&group)).copied().unwrap_or_default();
            loads.push(Load { demand: vec![0.0; demand.len()], home, ..Load::default() });
        }
        let Some(load) = loads.get_mut(at) else { continue };
        load.demand.iter_mut().zip(demand).for_each(|(sum, demand)| *sum += demand);
        load.items.push(item);
        load.apart.extend(groups.apart.get(item).copied().filter(|group| *group >= 0));
    }
    loads.iter_mut().for_each(|load| load.apart.sort_unstable());
    loads
}
