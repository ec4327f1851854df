//! The leases of a tier in the order in which they are served, the highest priority first.
//!
//! A tree whose nodes sum up what lies below them, so that who is served, who could be, and who waits too long is found without walking all.

use super::lease::{Lease, promise};
use super::summary::{FINENESS, Place, Summary};
use super::tree::{Node, Tree, insert, remove};
use crate::error::Result;
use std::cmp::Reverse;

/// Where a lease stands.
pub(super) fn place(lease: &Lease) -> Place {
    (Reverse(lease.qos.priority), lease.id)
}

/// The leases of a tier.
#[derive(Debug, Clone, Default)]
pub(super) struct Line(Tree);

impl PartialEq for Line {
    /// The same leases; how the tree came to stand is no matter.
    fn eq(&self, other: &Self) -> bool {
        self.owns() == other.owns()
    }
}

impl Line {
    pub(super) fn add(&mut self, lease: &Lease) {
        let seconds = promise(&lease.qos);
        let node = Node {
            place: place(lease),
            load: (lease.load * FINENESS) as u128,
            promise: seconds,
            dearest: lease.qos.cost_limit.map_or(f64::INFINITY, |limit| limit / lease.load),
            due: lease.granted.saturating_add((seconds * 1000.0) as i64),
            waits: !lease.is_served,
            height: 1,
            summary: Summary::NONE,
            left: None,
            right: None,
        };
        self.remove(lease);
        self.0 = Some(insert(self.0.take(), Box::new(node)));
    }

    pub(super) fn remove(&mut self, lease: &Lease) {
        self.0 = remove(self.0.take(), place(lease));
    }

    /// What all of them come to.
    pub(super) fn all(&self) -> Summary {
        self.0.as_ref().map_or(Summary::NONE, |root| root.summary)
    }

    /// Requests per second that they bring.
    pub(super) fn load(&self) -> f64 {
        self.all().load()
    }

    /// Seconds of the strictest promise; infinite without one.
    pub(super) fn strictest(&self) -> f64 {
        self.all().strictest
    }

    /// Adds leases to a sum from a place on as long as `fits` says that it may be; the first one with which it may not. `fits` must hold of
    /// any part of what it holds of.
    pub(super) fn run(
        &self,
        from: Place,
        sum: &mut Summary,
        fits: &mut dyn FnMut(&Summary) -> Result<bool>,
    ) -> Result<Option<Place>> {
        run(&self.0, Some(from), sum, fits)
    }

    /// The first lease from a place on that `may` be meant, which is asked of many together, too: it must hold of them if it holds of one.
    pub(super) fn first(
        &self,
        from: Place,
        may: &mut dyn FnMut(&Summary) -> Result<bool>,
    ) -> Result<Option<Place>> {
        first(&self.0, Some(from), may)
    }

    /// Says of all from one place to before another whether they wait; those for which that is new are added to `changed`.
    pub(super) fn mark(&mut self, from: Place, to: Option<Place>, waits: bool, changed: &mut Vec<u64>) {
        mark(&mut self.0, from, to, waits, changed);
    }

    fn owns(&self) -> Vec<(Place, Summary)> {
        let mut owns = Vec::with_capacity(self.all().count);
        collect(&self.0, &mut owns);
        owns
    }
}

/// Without a place to begin `from`: all of the tree.
fn run(
    tree: &Tree,
    from: Option<Place>,
    sum: &mut Summary,
    fits: &mut dyn FnMut(&Summary) -> Result<bool>,
) -> Result<Option<Place>> {
    let Some(node) = tree else { return Ok(None) };
    if from.is_some_and(|from| node.place < from) {
        return run(&node.right, from, sum, fits);
    }
    if from.is_none() {
        let all = sum.and(&node.summary);
        if fits(&all)? {
            *sum = all;
            return Ok(None);
        }
    }
    if let Some(stop) = run(&node.left, from, sum, fits)? {
        return Ok(Some(stop));
    }
    let with = sum.and(&node.own());
    if !fits(&with)? {
        return Ok(Some(node.place));
    }
    *sum = with;
    run(&node.right, None, sum, fits)
}

fn first(
    tree: &Tree,
    from: Option<Place>,
    may: &mut dyn FnMut(&Summary) -> Result<bool>,
) -> Result<Option<Place>> {
    let Some(node) = tree else { return Ok(None) };
    if from.is_some_and(|from| node.place < from) {
        return first(&node.right, from, may);
    }
    if !may(&node.summary)? {
        return Ok(None);
    }
    if let Some(found) = first(&node.left, from, may)? {
        return Ok(Some(found));
    }
    if may(&node.own())? { Ok(Some(node.place)) } else { first(&node.right, None, may) }
}

fn mark(tree: &mut Tree, from: Place, to: Option<Place>, waits: bool, changed: &mut Vec<u64>) {
    let Some(node) = tree else { return };
    if node.summary.waiting == if waits { node.summary.count } else { 0 } {
        return;
    }
    let (is_begun, is_over) = (node.place >= from, to.is_some_and(|to| node.place >= to));
    if is_begun {
        mark(&mut node.left, from, to, waits, changed);
    }
    if is_begun && !is_over && node.waits != waits {
        node.waits = waits;
        changed.push(node.place.1);
    }
    if !is_over {
        mark(&mut node.right, from, to, waits, changed);
    }
    node.sum_up();
}

fn collect(tree: &Tree, owns: &mut Vec<(Place, Summary)>) {
    if let Some(node) = tree {
        collect(&node.left, owns);
        owns.push((node.place, node.own()));
        collect(&node.right, owns);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::height;
    use super::*;
    use crate::pool::tiers::{QosProfile, Tier};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn lease(id: u64, priority: i32, load: f64, is_served: bool) -> Lease {
        let max_latency_seconds = (!id.is_multiple_of(3)).then_some(id as f64);
        Lease {
            id,
            user: String::new(),
            application: String::new(),
            load,
            qos: QosProfile {
                max_latency_seconds,
                cost_limit: id.is_multiple_of(2).then_some(id as f64),
                priority,
            },
            tier: Tier::Hot,
            is_served,
            expected_latency_seconds: 0.0,
            cost_per_hour: 0.0,
            granted: id as i64,
        }
    }

    fn is_balanced(tree: &Tree) -> bool {
        tree.as_ref().is_none_or(|node| {
            height(&node.left).abs_diff(height(&node.right)) < 2
                && is_balanced(&node.left)
                && is_balanced(&node.right)
        })
    }

    proptest! {
        /// What the tree says is what walking all leases says.
        #[test]
        fn all_that_is_found_is_what_a_walk_finds(
            steps in prop::collection::vec((0u64..60, -2i32..3, 0.001f64..9.0, any::<bool>()), 1..200), from in 0u64..60, room in 0.0f64..150.0,
        ) {
            let (mut line, mut plain) = (Line::default(), BTreeMap::new());
            for (id, priority, load, is_served) in steps {
                let new = lease(id, priority, load, is_served);
                if let Some(old) = plain.insert(id, new.clone()) {
                    line.remove(&old);
                }
                line.add(&new);
                if id % 7 == 0 {
                    plain.remove(&id);
                    line.remove(&new);
                }
                prop_assert!(is_balanced(&line.0));
            }
            let mut leases: Vec<&Lease> = plain.values().collect();
            leases.sort_by_key(|lease| place(lease));
            let all = line.all();
            let loads: f64 = leases.iter().map(|lease| lease.load).sum();
            prop_assert!((all.load() - loads).abs() <= 1e-12 * (1.0 + loads) && all.count == leases.len());
            prop_assert_eq!(all.waiting, leases.iter().filter(|lease| !lease.is_served).count());
            let strictest = leases.iter().map(|lease| promise(&lease.qos)).fold(f64::INFINITY, f64::min);
            prop_assert_eq!(all.strictest, strictest);
            let dearest = leases.iter().map(|lease| lease.qos.cost_limit.map_or(f64::INFINITY, |limit| limit / lease.load));
            prop_assert_eq!(all.dearest, dearest.fold(0.0, f64::max));

            let from = (Reverse(1), from);
            let (mut sum, mut load, mut stop) = (Summary::NONE, 0.0, None);
            for lease in leases.iter().filter(|lease| place(lease) >= from) {
                if load + lease.load > room {
                    stop = Some(place(lease));
                    break;
                }
                load += lease.load;
            }
            prop_assert_eq!(line.run(from, &mut sum, &mut |sum| Ok(sum.load() <= room)).unwrap(), stop);
            prop_assert!((sum.load() - load).abs() < 1e-9);
            let small = leases.iter().find(|lease| place(lease) >= from && lease.load < 0.05 * room && !lease.is_served);
            let found = line.first(from, &mut |some| Ok(some.waiting > 0 && some.least_load() < 0.05 * room)).unwrap();
            prop_assert_eq!(found, small.map(|lease| place(lease)));

            let mut changed = Vec::new();
            line.mark(from, stop, true, &mut changed);
            let within = |lease: &&&Lease| place(lease) >= from && stop.is_none_or(|stop| place(lease) < stop);
            let served: Vec<u64> = leases.iter().filter(within).filter(|lease| lease.is_served).map(|lease| lease.id).collect();
            prop_assert_eq!(&changed, &served);
            let mut other = Line::default();
            plain.values().rev().for_each(|lease| {
                other.add(&Lease { is_served: lease.is_served && !changed.contains(&lease.id), ..lease.clone() });
            });
            prop_assert_eq!(&other, &line);
        }
    }
}
