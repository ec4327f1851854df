//! The pre-warming queue: resources that are needed, in the order in which they are.
//!
//! A request waits until its time, less what warming takes, has come, and is gone when its window is over. There is one request for each
//! primary, window and source; a later forecast takes the place of an earlier one, the host's requests of one window are joined. The queue is
//! bounded: when it is full, what is needed last gives way.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Resources that a primary's shadows must have at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrewarmRequest {
    /// The primary's name.
    pub primary: String,
    /// Unix milliseconds at which they are needed.
    pub needed_at: i64,
    /// How much of each resource all its shadows together need, at least 0.
    pub amounts: Vec<f64>,
}

/// The primary, the window in which it is needed, and whether the host asked for it.
type Key = (usize, i64, bool);

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct PrewarmQueue {
    requests: BTreeMap<Key, Vec<f64>>,
    /// Windows, primaries and sources of all requests, in the order in which they are needed.
    order: BTreeSet<(i64, usize, bool)>,
    dropped: u64,
}

impl PrewarmQueue {
    /// What the forecasts say a primary needs in the coming windows, in place of what they said before.
    pub(super) fn refresh(&mut self, primary: usize, needs: &[(i64, Vec<f64>)], most: usize) {
        let own = self.requests.range((primary, i64::MIN, false)..=(primary, i64::MAX, true));
        let before: Vec<Key> = own.map(|(key, _)| *key).filter(|(_, _, is_hosts)| !is_hosts).collect();
        for (primary, window, source) in before {
            self.remove(window, primary, source);
        }
        for (window, need) in needs {
            self.requests.insert((primary, *window, false), need.clone());
            self.order.insert((*window, primary, false));
        }
        self.shorten(most);
    }

    /// Adds a request of the host.
    pub(super) fn add(&mut self, primary: usize, window: i64, amounts: &[f64], most: usize) {
        let joined = self.requests.entry((primary, window, true)).or_insert_with(|| vec![0.0; amounts.len()]);
        joined.iter_mut().zip(amounts).for_each(|(joined, amount)| *joined = joined.max(*amount));
        self.order.insert((window, primary, true));
        self.shorten(most);
    }

    /// Forgets the windows before `step`.
    pub(super) fn pass(&mut self, step: i64) {
        while let Some((window, primary, source)) = self.order.first().copied().filter(|first| first.0 < step)
        {
            self.remove(window, primary, source);
        }
    }

    /// Forgets all requests of a primary that is no more, and moves up those after it.
    pub(super) fn forget(&mut self, primary: usize) {
        let moved = |place: usize| if place > primary { place - 1 } else { place };
        let requests = std::mem::take(&mut self.requests).into_iter();
        let kept = requests.filter(|((place, ..), _)| *place != primary);
        self.requests = kept
            .map(|((place, window, source), amounts)| ((moved(place), window, source), amounts))
            .collect();
        self.order = self.requests.keys().map(|(place, window, source)| (*window, *place, *source)).collect();
    }

    /// What a primary must have ready until window `last`: the largest of each resource that its forecasts, or the host, asked for.
    pub(super) fn due(&self, primary: usize, last: i64, is_hosts: bool, resources: usize) -> Vec<f64> {
        let mut due = vec![0.0f64; resources];
        let until = self.requests.range((primary, i64::MIN, false)..=(primary, last, true));
        for (_, amounts) in until.filter(|((_, _, source), _)| *source == is_hosts) {
            due.iter_mut().zip(amounts).for_each(|(due, amount)| *due = due.max(*amount));
        }
        due
    }

    /// All requests, first needed first: window, primary, amounts.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (i64, usize, &Vec<f64>)> {
        self.order.iter().filter_map(|(window, primary, source)| {
            Some((*window, *primary, self.requests.get(&(*primary, *window, *source))?))
        })
    }

    pub(super) fn is_whole(&self, resources: &[usize], most: usize) -> bool {
        let whole = |((primary, window, source), amounts): (&Key, &Vec<f64>)| {
            resources.get(*primary) == Some(&amounts.len())
                && self.order.contains(&(*window, *primary, *source))
                && amounts.iter().all(|amount| amount.is_finite() && *amount >= 0.0)
        };
        self.requests.len() <= most
            && self.requests.len() == self.order.len()
            && self.requests.iter().all(whole)
    }

    fn remove(&mut self, window: i64, primary: usize, source: bool) {
        self.order.remove(&(window, primary, source));
        self.requests.remove(&(primary, window, source));
    }

    fn shorten(&mut self, most: usize) {
        while self.requests.len() > most
            && let Some((window, primary, source)) = self.order.last().copied()
        {
            self.remove(window, primary, source);
            self.dropped = self.dropped.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(queue: &PrewarmQueue) -> Vec<(i64, usize, f64)> {
        queue.waiting().map(|(window, primary, amounts)| (window, primary, amounts[0])).collect()
    }

    #[test]
    fn requests_wait_in_the_order_in_which_they_are_needed_and_no_two_are_the_same() {
        let mut queue = PrewarmQueue::default();
        queue.refresh(0, &[(7, vec![2.0]), (5, vec![1.0])], 10);
        queue.add(1, 6, &[3.0], 10);
        queue.add(1, 6, &[2.0], 10);
        assert_eq!(waiting(&queue), [(5, 0, 1.0), (6, 1, 3.0), (7, 0, 2.0)]);
        queue.refresh(0, &[(7, vec![4.0])], 10);
        assert_eq!(waiting(&queue), [(6, 1, 3.0), (7, 0, 4.0)]);
    }

    #[test]
    fn they_are_handed_out_when_lead_time_says_and_gone_when_they_are_over() {
        let mut queue = PrewarmQueue::default();
        queue.refresh(0, &[(5, vec![1.0]), (7, vec![2.0])], 10);
        assert_eq!(queue.due(0, 4, false, 1), [0.0]);
        assert_eq!(queue.due(0, 5, false, 1), [1.0]);
        assert_eq!(queue.due(0, 9, false, 1), [2.0]);
        assert_eq!(queue.due(0, 9, true, 1), [0.0]);
        queue.pass(6);
        assert_eq!(waiting(&queue), [(7, 0, 2.0)]);
    }

    #[test]
    fn what_is_needed_last_gives_way_when_there_are_too_many() {
        let mut queue = PrewarmQueue::default();
        (0..5).for_each(|window| queue.add(0, 10 - window, &[1.0], 3));
        assert_eq!(waiting(&queue).iter().map(|request| request.0).collect::<Vec<_>>(), [6, 7, 8]);
        assert_eq!(queue.dropped, 2);
        assert!(queue.is_whole(&[1], 3) && !queue.is_whole(&[2], 3));
    }
}
