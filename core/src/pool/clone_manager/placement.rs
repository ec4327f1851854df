//! Which machine a clone goes to: near the source of its requests, where there is room.
//!
//! Programs of a higher priority come first; of the same priority, in four parts, those with the largest volume to be ready for, which
//! is high where much is expected and where little is sure. For each zone that requests come from, machines are filled zone by zone from
//! the nearest on, by [`pack`].

use super::config::{Distance, Machine};
use crate::capacity::{Bins, Groups, Strategy, pack};
use crate::error::Result;
use crate::rows::Rows;
use std::collections::BTreeMap;

/// Parts of a priority class that are placed one after the other.
const PARTS: usize = 4;

/// Clones of one program that want machines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wish<'a> {
    pub(super) code: usize,
    pub(super) clones: u32,
    pub(super) zone: &'a str,
    pub(super) priority: i32,
    /// Volume that its program is to be ready for.
    pub(super) volume: f64,
    pub(super) resources: &'a [f64],
}

/// Programs and the machines of their clones, at the most `most` of them; takes what is placed from `free`, one row of room for each
/// machine (none for one that is down).
pub(super) fn place(
    mut wishes: Vec<Wish<'_>>,
    most: usize,
    machines: &[Machine],
    free: &mut [Option<Vec<f64>>],
    distances: &[Distance],
) -> Result<Vec<(usize, usize)>> {
    wishes.sort_by(|a, b| {
        b.priority.cmp(&a.priority).then(b.volume.total_cmp(&a.volume)).then(a.code.cmp(&b.code))
    });
    let each = wishes
        .into_iter()
        .flat_map(|wish| std::iter::repeat_n(Wish { clones: 1, ..wish }, wish.clones as usize));
    let clones: Vec<Wish<'_>> = each.take(most).collect();
    let zones = Zones::new(machines, distances);
    let mut placed = Vec::new();
    for class in clones.chunk_by(|a, b| a.priority == b.priority) {
        for part in class.chunks(class.len().div_ceil(PARTS).max(1)) {
            let mut sources: BTreeMap<&str, Vec<Wish<'_>>> = BTreeMap::new();
            // Clones of one program are one behind the other.
            for wish in part {
                let wishes = sources.entry(wish.zone).or_default();
                match wishes.last_mut().filter(|last| last.code == wish.code) {
                    Some(last) => last.clones += 1,
                    None => wishes.push(*wish),
                }
            }
            for (source, mut left) in sources {
                for zone in zones.from(source) {
                    left = fill(left, zone, free, &mut placed)?;
                    if left.is_empty() {
                        break;
                    }
                }
            }
        }
    }
    Ok(placed)
}

/// Places what it can on the machines of one zone; what is left.
fn fill<'a>(
    mut left: Vec<Wish<'a>>,
    machines: &[usize],
    free: &mut [Option<Vec<f64>>],
    placed: &mut Vec<(usize, usize)>,
) -> Result<Vec<Wish<'a>>> {
    let up: Vec<usize> =
        machines.iter().copied().filter(|machine| matches!(free.get(*machine), Some(Some(_)))).collect();
    let dimensions = left.first().map_or(0, |wish| wish.resources.len());
    if up.is_empty() || dimensions == 0 {
        return Ok(left);
    }
    let room: Vec<f64> =
        up.iter().filter_map(|machine| free.get(*machine)?.as_ref()).flatten().copied().collect();
    // Where room is short, more than the empty machines would hold of a program need not be tried.
    let tried: Vec<u32> =
        left.iter().map(|wish| wish.clones.min(most_that_fit(wish.resources, &room))).collect();
    let items = left
        .iter()
        .zip(&tried)
        .flat_map(|(wish, tried)| std::iter::repeat_n(wish.resources, *tried as usize));
    let items: Vec<f64> = items.flatten().copied().collect();
    if items.is_empty() {
        return Ok(left);
    }
    let nothing = vec![0.0; dimensions];
    let bins = Bins { running: Rows::new("free room", &room, dimensions)?, new_bin: &nothing, most_new: 0 };
    let packing =
        pack(Rows::new("clones", &items, dimensions)?, bins, Strategy::BestFitDecreasing, Groups::default())?;
    let mut bins = packing.bins.into_iter();
    for (wish, tried) in left.iter_mut().zip(tried) {
        for bin in bins.by_ref().take(tried as usize) {
            let Some(machine) = bin.ok().and_then(|bin| up.get(bin)).copied() else { continue };
            wish.clones -= 1;
            placed.push((wish.code, machine));
            if let Some(Some(room)) = free.get_mut(machine) {
                // A bin may be overfilled by a rounding error; room is never negative.
                room.iter_mut()
                    .zip(wish.resources)
                    .for_each(|(room, taken)| *room = (*room - taken).max(0.0));
            }
        }
    }
    left.retain(|wish| wish.clones > 0);
    Ok(left)
}

/// Clones that machines with these rows of `room` could hold if they held nothing else, or more.
fn most_that_fit(resources: &[f64], room: &[f64]) -> u32 {
    let of = |(room, taken): (&f64, &f64)| {
        // What a rounding error keeps out may fit after all.
        if *taken > 0.0 { (room / taken * (1.0 + 1e-6)).floor() } else { f64::INFINITY }
    };
    let machines = room.chunks(resources.len().max(1));
    let each = machines.map(|room| room.iter().zip(resources).map(of).fold(f64::INFINITY, f64::min));
    each.sum::<f64>() as u32
}

/// The machines of each zone, and which zones are near which.
struct Zones<'a> {
    machines: BTreeMap<&'a str, Vec<usize>>,
    distances: BTreeMap<(&'a str, &'a str), f64>,
}

impl<'a> Zones<'a> {
    fn new(machines: &'a [Machine], distances: &'a [Distance]) -> Self {
        let mut zones: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, machine) in machines.iter().enumerate() {
            zones.entry(&machine.zone).or_default().push(place);
        }
        let both = |way: &'a Distance| {
            let (from, to) = (way.from.as_str(), way.to.as_str());
            [((from, to), way.distance), ((to, from), way.distance)]
        };
        Zones { machines: zones, distances: distances.iter().flat_map(both).collect() }
    }

    /// The machines zone by zone, the nearest to `source` first; of zones that are as far, by name.
    fn from(&self, source: &str) -> Vec<&Vec<usize>> {
        let far = |zone: &str| match self.distances.get(&(source, zone)) {
            _ if zone == source => 0.0,
            Some(distance) => *distance,
            None => f64::INFINITY,
        };
        let mut zones: Vec<(&&str, &Vec<usize>)> = self.machines.iter().collect();
        zones.sort_by(|a, b| far(a.0).total_cmp(&far(b.0)).then(a.0.cmp(b.0)));
        zones.into_iter().map(|(_, machines)| machines).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn machine(name: &str, zone: &str, room: &[f64]) -> Machine {
        Machine { name: name.into(), zone: zone.into(), room: room.to_vec() }
    }

    fn wish<'a>(code: usize, zone: &'static str, priority: i32, resources: &'a [f64]) -> Wish<'a> {
        Wish { code, clones: 1, zone, priority, volume: 1.0, resources }
    }

    #[test]
    fn clones_go_near_the_source_of_their_requests_and_further_off_when_there_is_no_room() {
        let machines = [
            machine("far", "asia", &[9.0]),
            machine("home", "europe", &[2.0]),
            machine("near", "america", &[1.0]),
        ];
        let distance = |to: &str, distance| Distance { from: "europe".into(), to: to.into(), distance };
        let mut free: Vec<_> = machines.iter().map(|machine| Some(machine.room.clone())).collect();
        let one = [1.0];
        let wishes = vec![Wish { clones: 4, ..wish(0, "europe", 0, &one) }];
        let distances = [distance("asia", 200.0), distance("america", 90.0)];
        let placed = place(wishes, 9, &machines, &mut free, &distances);
        assert_eq!(placed.unwrap(), [(0, 1), (0, 1), (0, 2), (0, 0)]);
        assert_eq!(free, [Some(vec![8.0]), Some(vec![0.0]), Some(vec![0.0])]);
    }

    #[test]
    fn a_higher_priority_comes_first_and_a_machine_that_is_down_gets_nothing() {
        let machines = [machine("down", "", &[9.0]), machine("up", "", &[1.0])];
        let (one, mut free) = ([1.0], vec![None, Some(vec![1.0])]);
        let wishes = vec![wish(0, "", 0, &one), wish(1, "", 5, &one)];
        assert_eq!(place(wishes, 9, &machines, &mut free, &[]).unwrap(), [(1, 1)]);
    }

    #[test]
    fn where_only_so_many_may_be_made_those_of_a_large_volume_come_first() {
        let (one, mut free) = ([1.0], vec![Some(vec![9.0])]);
        let wishes = vec![wish(0, "", 0, &one), Wish { volume: 2.0, clones: 2, ..wish(1, "", 0, &one) }];
        let placed = place(wishes, 2, &[machine("m", "", &[9.0])], &mut free, &[]);
        assert_eq!(placed.unwrap(), [(1, 0), (1, 0)]);
    }

    /// A thousand zones are not each asked for all that are left.
    #[test]
    fn a_million_clones_that_find_no_room_are_soon_left_out() {
        let machines: Vec<Machine> =
            (0..1000).map(|i| machine(&i.to_string(), &format!("zone {i}"), &[10.0])).collect();
        let mut free: Vec<_> = machines.iter().map(|machine| Some(machine.room.clone())).collect();
        let one = [1.0];
        let wishes = vec![Wish { clones: 1_000_000, ..wish(0, "zone 0", 0, &one) }];
        let placed = place(wishes, 1_000_000, &machines, &mut free, &[]).unwrap();
        assert_eq!(placed.len(), 10_000);
        assert!(free.iter().flatten().all(|room| room == &[0.0]));
    }

    proptest! {
        #[test]
        fn no_machine_is_overfilled_and_what_is_left_out_fits_nowhere(
            rooms in prop::collection::vec((0.0f64..8.0, 0.0f64..8.0), 1..8),
            sizes in prop::collection::vec((0.1f64..4.0, 0.1f64..4.0, -1i32..2), 0..40),
        ) {
            let machines: Vec<Machine> = rooms.iter().enumerate()
                .map(|(i, (a, b))| machine(&i.to_string(), if i % 2 == 0 { "x" } else { "y" }, &[*a, *b])).collect();
            let resources: Vec<[f64; 2]> = sizes.iter().map(|(a, b, _)| [*a, *b]).collect();
            let wishes: Vec<Wish<'_>> = sizes.iter().zip(&resources).enumerate()
                .map(|(i, ((.., priority), resources))| wish(i, if i % 3 == 0 { "y" } else { "x" }, *priority, resources)).collect();
            let mut free: Vec<_> = machines.iter().map(|machine| Some(machine.room.clone())).collect();
            let placed = place(wishes, 1000, &machines, &mut free, &[]).unwrap();
            let mut used = vec![[0.0; 2]; machines.len()];
            let mut is_placed = vec![false; sizes.len()];
            for (code, machine) in placed {
                (0..2).for_each(|i| used[machine][i] += resources[code][i]);
                prop_assert!(!std::mem::replace(&mut is_placed[code], true), "none is placed twice");
            }
            for ((used, machine), free) in used.iter().zip(&machines).zip(&free) {
                let free = free.as_ref().unwrap();
                for i in 0..2 {
                    prop_assert!(used[i] <= machine.room[i] * (1.0 + 1e-8) && free[i] >= 0.0);
                    prop_assert!((machine.room[i] - used[i] - free[i]).abs() < 1e-6);
                }
            }
            for (is_placed, size) in is_placed.iter().zip(&resources) {
                prop_assert!(*is_placed || free.iter().flatten().all(|free| (0..2).any(|i| size[i] > free[i])));
            }
        }
    }
}
