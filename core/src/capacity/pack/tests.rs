use super::problem::{Home, Load, Problem};
use super::rooms::fits;
use super::{Strategy, *};
use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use serde::Deserialize;
use std::collections::BTreeSet;

const STRATEGIES: [Strategy; 3] =
    [Strategy::FirstFitDecreasing, Strategy::BestFitDecreasing, Strategy::DotProduct];

#[derive(Clone)]
struct Given {
    dimensions: usize,
    items: Vec<f64>,
    running: Vec<f64>,
    new: Vec<f64>,
    most_new: usize,
    together: Vec<i64>,
    apart: Vec<i64>,
    placed: Vec<i64>,
}

impl Given {
    fn alike(items: &[f64], room: f64) -> Self {
        Given {
            dimensions: 1,
            items: items.to_vec(),
            running: vec![],
            new: vec![room],
            most_new: usize::MAX,
            together: vec![],
            apart: vec![],
            placed: vec![],
        }
    }

    fn items(&self) -> Rows<'_> {
        Rows::new("items", &self.items, self.dimensions).unwrap()
    }

    fn bins(&self) -> Bins<'_> {
        let running = Rows::new("running", &self.running, self.dimensions).unwrap();
        Bins { running, new_bin: &self.new, most_new: self.most_new }
    }

    fn groups(&self) -> Groups<'_> {
        Groups { together: &self.together, apart: &self.apart, placed: &self.placed }
    }

    fn pack(&self, strategy: Strategy) -> Packing {
        pack(self.items(), self.bins(), strategy, self.groups()).unwrap()
    }

    /// The fewest new bins for all items that can be placed at all, by trying everything.
    fn fewest(&self) -> usize {
        let problem = Problem::new(self.items(), self.bins(), self.groups());
        let rooms: Vec<Vec<f64>> = problem.bins.running.iter().map(widened).collect();
        let mut best = usize::MAX;
        let mut held: Vec<(usize, i64)> =
            problem.held.iter().flat_map(|(bin, groups)| groups.iter().map(|group| (*bin, *group))).collect();
        try_all(&problem.loads, rooms.len(), rooms, &mut held, &widened(&self.new), &mut best);
        best
    }
}

fn try_all(
    loads: &[Load],
    running: usize,
    rooms: Vec<Vec<f64>>,
    held: &mut Vec<(usize, i64)>,
    new: &[f64],
    best: &mut usize,
) {
    if rooms.len() - running >= *best {
        return;
    }
    let Some((load, others)) = loads.split_first() else {
        *best = rooms.len() - running;
        return;
    };
    for bin in 0..=rooms.len() {
        let mut rooms = rooms.clone();
        if bin == rooms.len() {
            rooms.push(new.to_vec());
        }
        let elsewhere = load.home != Home::Anywhere && load.home != Home::Bin(bin);
        if elsewhere
            || !fits(&load.demand, &rooms[bin])
            || load.apart.iter().any(|group| held.contains(&(bin, *group)))
        {
            continue;
        }
        rooms[bin].iter_mut().zip(&load.demand).for_each(|(room, demand)| *room -= demand);
        held.extend(load.apart.iter().map(|group| (bin, *group)));
        try_all(others, running, rooms, held, new, best);
        held.truncate(held.len() - load.apart.len());
    }
}

/// The strategies by their definition, without any index.
fn slow(given: &Given, strategy: Strategy) -> Vec<Option<usize>> {
    let problem = Problem::new(given.items(), given.bins(), given.groups());
    let (loads, weights) = (&problem.loads, &problem.weights);
    let running = problem.bins.running.len();
    let mut rooms: Vec<Vec<f64>> = problem.bins.running.iter().map(widened).collect();
    let mut holds: Vec<Vec<i64>> =
        (0..running).map(|bin| problem.held.get(&bin).into_iter().flatten().copied().collect()).collect();
    let mut answer = vec![None; loads.len()];
    let may = |load: &Load, room: &Vec<f64>, holds: &Vec<i64>| {
        fits(&load.demand, room) && !load.apart.iter().any(|group| holds.contains(group))
    };
    let mut put = |at: usize, bin: usize, rooms: &mut Vec<Vec<f64>>, holds: &mut Vec<Vec<i64>>| {
        rooms[bin].iter_mut().zip(&loads[at].demand).for_each(|(room, demand)| *room -= demand);
        holds[bin].extend(&loads[at].apart);
        answer[at] = Some(bin);
    };
    for (at, load) in loads.iter().enumerate() {
        if let Home::Bin(bin) = load.home
            && may(load, &rooms[bin], &holds[bin])
        {
            put(at, bin, &mut rooms, &mut holds);
        }
    }
    let free = |at: &usize| loads[*at].home == Home::Anywhere;
    if strategy == Strategy::DotProduct {
        let mut left: Vec<usize> = (0..loads.len()).filter(free).collect();
        for bin in 0..running.saturating_add(given.most_new).min(running + loads.len()) {
            if bin >= running {
                rooms.push(widened(&given.new));
                holds.push(vec![]);
            }
            loop {
                let gain: Vec<f64> = (0..given.dimensions)
                    .map(|k| {
                        weights[k] * (rooms[bin][k] / if given.new[k] > 0.0 { given.new[k] } else { 1.0 })
                    })
                    .collect();
                let mut best: Option<(f64, usize)> = None;
                for &at in left.iter().filter(|at| may(&loads[**at], &rooms[bin], &holds[bin])) {
                    let score = gain.iter().zip(&loads[at].demand).map(|(gain, demand)| gain * demand).sum();
                    if best.is_none_or(|best| score > best.0) {
                        best = Some((score, at));
                    }
                }
                let Some((_, at)) = best else { break };
                left.retain(|other| *other != at);
                put(at, bin, &mut rooms, &mut holds);
            }
        }
    } else {
        for (at, load) in loads.iter().enumerate().filter(|(at, _)| free(at)) {
            let able = (0..rooms.len()).filter(|bin| may(load, &rooms[*bin], &holds[*bin]));
            let found = if strategy == Strategy::FirstFitDecreasing {
                able.min()
            } else {
                able.min_by(|one, other| {
                    product(&rooms[*one], weights).total_cmp(&product(&rooms[*other], weights))
                })
            };
            let new = widened(&given.new);
            let bin = match found {
                Some(bin) => bin,
                None if rooms.len() - running < given.most_new && fits(&load.demand, &new) => {
                    rooms.push(new);
                    holds.push(vec![]);
                    rooms.len() - 1
                }
                None => continue,
            };
            put(at, bin, &mut rooms, &mut holds);
        }
    }
    let stays = |item: usize| given.placed.get(item).and_then(|bin| usize::try_from(*bin).ok());
    let mut of_item: Vec<Option<usize>> = (0..given.items().len()).map(stays).collect();
    for (load, bin) in loads.iter().zip(answer) {
        load.items.iter().for_each(|item| of_item[*item] = bin);
    }
    of_item
}

/// What every packing must keep, whoever made it.
fn check_packing(given: &Given, packing: &Packing) {
    let running = given.bins().running.len();
    let mut rooms: Vec<Vec<f64>> = given.bins().running.iter().map(widened).collect();
    rooms.resize(running + packing.opened, widened(&given.new));
    let group = |groups: &[i64], item: usize| groups.get(item).copied().filter(|group| *group >= 0);
    let placed = |item: usize| given.placed.get(item).copied().filter(|bin| *bin >= 0);
    for (item, bin) in packing.bins.iter().enumerate() {
        if let Some(home) = placed(item) {
            assert_eq!(*bin, Ok(home as usize));
        }
        for (other, other_bin) in packing.bins.iter().enumerate().take(item) {
            let same = |groups: &[i64]| group(groups, item).is_some_and(|g| group(groups, other) == Some(g));
            let free = [item, other].into_iter().filter(|item| placed(*item).is_none()).count();
            let left_out = free == 1 && (bin.is_err() || other_bin.is_err());
            assert!(
                !same(&given.together) || bin == other_bin || free == 0 || left_out,
                "{item} and {other} are not together"
            );
            assert!(
                !same(&given.apart) || bin.is_err() || bin != other_bin || free == 0,
                "{item} and {other} are not apart"
            );
        }
        if let (Ok(bin), None) = (*bin, placed(item)) {
            let demand = given.items().get(item).unwrap();
            rooms[bin].iter_mut().zip(demand).for_each(|(room, demand)| *room -= demand);
        }
    }
    assert!(rooms.iter().flatten().all(|room| *room >= -1e-12), "{rooms:?}");
    let used: BTreeSet<usize> =
        packing.bins.iter().filter_map(|bin| bin.ok()).filter(|bin| *bin >= running).collect();
    assert_eq!(used.len(), packing.opened, "a new bin stays empty");
    assert!(packing.opened <= given.most_new);
}

#[derive(Deserialize)]
struct Case {
    dimensions: usize,
    items: Vec<f64>,
    running: Vec<f64>,
    new_bin: Vec<f64>,
    together: Vec<i64>,
    apart: Vec<i64>,
    placed: Vec<i64>,
    fewest: usize,
}

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
}

#[test]
fn an_exact_solver_lies_between_the_bound_and_the_answer() {
    let text = include_str!("../../../../tests/vectors/oracle/pack.json");
    let oracle: Oracle = serde_json::from_str(text).unwrap();
    let (mut fewest, mut opened, mut bound) = (0, [0; 3], 0);
    for case in oracle.cases {
        let Case { dimensions, items, running, new_bin: new, together, apart, placed, .. } = case;
        let given = Given { dimensions, items, running, new, most_new: usize::MAX, together, apart, placed };
        for (strategy, opened) in STRATEGIES.into_iter().zip(&mut opened) {
            let packing = given.pack(strategy);
            check_packing(&given, &packing);
            assert!(packing.bins.iter().all(|bin| bin.is_ok()));
            assert!(packing.lower_bound <= case.fewest && case.fewest <= packing.opened);
            *opened += packing.opened;
        }
        fewest += case.fewest;
        bound += given.pack(Strategy::DotProduct).lower_bound;
    }
    // The figures of docs/capacity.md.
    assert_eq!((bound, fewest, opened), (78, 85, [90; 3]));
}

#[test]
fn known_packings_are_found() {
    // Ten tenths fill one bin in spite of rounding; Johnson 1974: two thirds and one third pair up.
    for strategy in STRATEGIES {
        let packing = Given::alike(&[0.1; 10], 1.0).pack(strategy);
        assert_eq!((packing.opened, packing.lower_bound), (1, 1), "{strategy:?}");
        let packing = Given::alike(&[0.34, 0.66, 0.34, 0.66, 0.3], 1.0).pack(strategy);
        assert_eq!((packing.opened, packing.lower_bound), (3, 3), "{strategy:?}");
        // Each more than half: the sum alone says 4.
        let packing = Given::alike(&[0.51; 7], 1.0).pack(strategy);
        assert_eq!((packing.opened, packing.lower_bound), (7, 7), "{strategy:?}");
        let packing = Given::alike(&[], 1.0).pack(strategy);
        assert_eq!((packing.opened, packing.lower_bound, packing.bins.len()), (0, 0, 0));
    }
}

#[test]
fn what_cannot_be_placed_is_named_with_its_reason() {
    let given = Given {
        dimensions: 2,
        //           0: too large  1, 2: together and apart  3, 4: too large together  5: only where it runs  6, 7
        items: vec![9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0, 0.0, 6.0, 4.0, 4.0, 4.0, 4.0],
        running: vec![1.0, 6.0],
        new: vec![5.0, 5.0],
        most_new: 1,
        together: vec![-1, 4, 4, 5, 5, -1, -1, -1],
        apart: vec![-1, 9, 9, -1, -1, -1, -1, -1],
        placed: vec![],
    };
    for strategy in STRATEGIES {
        let packing = given.pack(strategy);
        assert_eq!(
            packing.bins,
            [
                Err(Unplaced::TooLarge),
                Err(Unplaced::Conflict),
                Err(Unplaced::Conflict),
                Err(Unplaced::TooLarge),
                Err(Unplaced::TooLarge),
                Ok(0),
                Ok(1),
                Err(Unplaced::NoRoom),
            ]
        );
        assert_eq!((packing.opened, packing.lower_bound), (1, 2));
    }
}

#[test]
fn what_runs_already_holds_its_groups() {
    let given = Given {
        dimensions: 1,
        //         0, 1: run already  2: joins 0  3: apart from 0  4: too large to join 1  5, 6: torn  7: apart of its own group's home
        items: vec![50.0, 50.0, 2.0, 1.0, 4.0, 50.0, 1.0, 1.0],
        running: vec![3.0, 3.0],
        new: vec![5.0],
        most_new: usize::MAX,
        together: vec![1, 2, 1, -1, 2, 1, 3, 1],
        apart: vec![7, 8, -1, 7, -1, -1, -1, 7],
        placed: vec![0, 1, -1, -1, -1, -1, -1, -1],
    };
    for strategy in STRATEGIES {
        let mut given = Given { items: given.items.clone(), ..given.clone() };
        let packing = given.pack(strategy);
        // 2, 5 and 7 are one load of group 1, and it holds group 7 as bin 0 does.
        let (conflict, large) = (Err(Unplaced::Conflict), Err(Unplaced::TooLarge));
        assert_eq!(packing.bins[..6], [Ok(0), Ok(1), conflict, Ok(1), large, conflict], "{strategy:?}");
        given.together[5] = -1;
        given.together[7] = -1;
        let packing = given.pack(strategy);
        assert_eq!((packing.bins[2], packing.bins[3], packing.bins[5]), (Ok(0), Ok(1), large));
        assert!(packing.bins[7] != Ok(0) && packing.bins[7] != Ok(1) && packing.opened == 1, "{packing:?}");
        // One more of the first group in the other bin: it has no place where all are.
        given.placed[6] = 1;
        given.together[6] = 1;
        assert_eq!(given.pack(strategy).bins[2], conflict);
    }
}

#[test]
fn bad_arguments_are_refused_by_name() {
    let refused = |change: &dyn Fn(&mut Given)| {
        let mut given = Given::alike(&[0.5, 0.5], 1.0);
        change(&mut given);
        pack(given.items(), given.bins(), Strategy::DotProduct, given.groups()).unwrap_err().to_string()
    };
    assert_eq!(refused(&|given| given.items[1] = -1.0), "items: row 1, column 0 is negative");
    assert_eq!(refused(&|given| given.items[1] = f64::NAN), "items: row 1, column 0 is NaN");
    assert!(refused(&|given| given.new = vec![f64::INFINITY]).starts_with("new_bin: row 0"));
    assert!(refused(&|given| given.new = vec![1.0, 1.0]).starts_with("new_bin: has 2 values"));
    assert!(refused(&|given| given.new = vec![]).starts_with("new_bin: has 0 values"));
    assert!(refused(&|given| given.apart = vec![1]).starts_with("apart: has 1 values"));
    let message = refused(&|given| given.placed = vec![-1, 0]);
    assert_eq!(message, "placed: value 1 is 0, but there are 0 running bins");
    let running = Rows::new("running", &[1.0, 1.0], 2).unwrap();
    let bins = Bins { running, new_bin: &[1.0], most_new: 1 };
    let items = Rows::new("items", &[1.0], 1).unwrap();
    let message = pack(items, bins, Strategy::DotProduct, Groups::default()).unwrap_err().to_string();
    assert_eq!(message, "running: has 2 columns, but items has 1");
}

fn given(most_items: usize, most_bins: usize) -> impl proptest::strategy::Strategy<Value = Given> {
    (1usize..4, 0..=most_items, 0..=most_bins, 0usize..3).prop_flat_map(|(dimensions, items, bins, kind)| {
        // Twelfths, so that much fits exactly and much is equal.
        let amounts = |count: usize, most: u8| {
            prop::collection::vec((0..=most).prop_map(|n| f64::from(n) / 12.0), count * dimensions)
        };
        let groups = |count: usize| prop::collection::vec(-4i64..3, if kind > 0 { count } else { 0 });
        let most_new = prop_oneof![Just(usize::MAX), 0usize..4];
        let placed = prop::collection::vec(-8..bins as i64, if kind > 1 { items } else { 0 });
        (amounts(items, 9), amounts(bins, 14), amounts(1, 14), most_new, groups(items), groups(items), placed)
            .prop_map(move |(items, running, new, most_new, together, apart, placed)| Given {
                dimensions,
                items,
                running,
                new,
                most_new,
                together,
                apart,
                placed,
            })
    })
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {:?} {:?} {:?} {} {:?} {:?} {:?}",
            self.dimensions,
            self.items,
            self.running,
            self.new,
            self.most_new,
            self.together,
            self.apart,
            self.placed
        )
    }
}

proptest! {
    #[test]
    fn the_index_changes_nothing(given in given(40, 6)) {
        for strategy in STRATEGIES {
            let packing = given.pack(strategy);
            check_packing(&given, &packing);
            let found: Vec<Option<usize>> = packing.bins.iter().map(|bin| bin.ok()).collect();
            prop_assert_eq!(found, slow(&given, strategy), "{:?}", strategy);
        }
    }

    #[test]
    fn the_bound_is_never_above_the_best(mut given in given(7, 2)) {
        // What fits only a running bin may have no packing at all, and then there is nothing to compare.
        given.most_new = usize::MAX;
        let (bound, best) = (given.pack(Strategy::DotProduct).lower_bound, given.fewest());
        prop_assert!(bound <= best, "{} above {}", bound, best);
    }

    #[test]
    fn amounts_of_any_size_are_packed(
        items in prop::collection::vec(prop::num::f64::POSITIVE | prop::num::f64::ZERO, 0..20),
        rooms in prop::collection::vec(prop::num::f64::POSITIVE | prop::num::f64::ZERO, 1..5),
    ) {
        let finite = |value: &f64| value.is_finite().then(|| value.abs());
        let mut given = Given::alike(&items.iter().filter_map(finite).collect::<Vec<_>>(), 1.0);
        given.running = rooms.iter().filter_map(finite).collect();
        for strategy in STRATEGIES {
            let packing = given.pack(strategy);
            for (item, bin) in given.items.iter().zip(&packing.bins) {
                let fits = given.running.iter().chain(&given.new).any(|room| item <= room);
                prop_assert!(!fits || *bin != Err(Unplaced::TooLarge));
            }
        }
    }
}
