//! The cheapest schedule that always has the replicas it needs, for one who knows the whole load.
//!
//! Let n(t) be the need at step t. Running R(t) ≥ n(t) costs ∫R plus, for every replica that is stopped and started again, its start-up
//! and drain time. Both are sums over levels k = 1, 2, …: whether R(t) ≥ k. So each level is decided alone: in a gap in which
//! n(t) < k it stops if the gap is longer than stopping and starting again costs, and runs on otherwise. That is exact.
//!
//! It knows the load, not the draws of the world: where start-up times vary, it counts on the time that 99 of 100 replicas keep (of the
//! slowest tier) and on the mean drain time, on warm replicas, and on no failures. There its schedule is a strong bound, not an exact one.

use super::clock::Clock;

/// Requests, one per decision, whose ready replicas cover `need` (one value per step) at the least cost, when `initial` are ready to begin with.
pub(super) fn cheapest_schedule(need: &[u32], initial: u32, clock: &Clock) -> Vec<u32> {
    let decisions = need.len().div_ceil(clock.decide_every.max(1));
    let mut change = vec![0i64; decisions + 1];
    let tallest = need.iter().copied().max().unwrap_or(0).max(initial);
    // The levels above the need, lowest last: ranges up to a level, all needed until the same step, or never yet. A wide change is one
    // range, so that the cost follows the changes of the need, not their size.
    let mut above: Vec<(u32, Option<usize>)> = vec![(tallest, None)];
    let mut level = initial;
    for (step, wanted) in need.iter().copied().enumerate() {
        if wanted < level {
            above.push((level, Some(step)));
            level = wanted;
        }
        while level < wanted
            && let Some((top, since)) = above.pop()
        {
            let reached = top.min(wanted);
            let replicas = i64::from(reached - level);
            match since {
                Some(since) => close_gap(&mut change, since, Some(step), replicas, clock),
                // Never ready before: it starts in time for its first use.
                None => start_for(&mut change, step, replicas, clock),
            }
            if reached < top {
                above.push((top, since));
            }
            level = reached;
        }
    }
    for (top, since) in above.into_iter().rev() {
        if let Some(since) = since {
            close_gap(&mut change, since, None, i64::from(top - level), clock);
        }
        level = top;
    }
    let mut running = i64::from(initial);
    let follow = |change: &i64| {
        running += change;
        u32::try_from(running.max(0)).unwrap_or(u32::MAX)
    };
    change.iter().take(decisions).map(follow).collect()
}

/// The last decision whose replicas are ready by `step`; none when even the first is too late.
fn last_start(step: usize, clock: &Clock) -> Option<usize> {
    Some(step.checked_sub(clock.start_up)? / clock.decide_every.max(1))
}

fn start_for(change: &mut [i64], step: usize, replicas: i64, clock: &Clock) {
    if let Some(place) = last_start(step, clock).and_then(|decision| change.get_mut(decision)) {
        *place += replicas;
    }
}

fn close_gap(change: &mut [i64], since: usize, until: Option<usize>, replicas: i64, clock: &Clock) {
    let stop = since.div_ceil(clock.decide_every.max(1));
    let stops_at = stop * clock.decide_every;
    if let Some(until) = until {
        let Some(start) = last_start(until, clock) else { return };
        let starts_at = start * clock.decide_every;
        // Stopped, it costs until it has drained and again from when it is created.
        if start < stop || stops_at + clock.drain >= starts_at {
            return;
        }
        if let Some(place) = change.get_mut(start) {
            *place += replicas;
        }
    }
    if let Some(place) = change.get_mut(stop) {
        *place -= replicas;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Fleet;
    use proptest::prelude::*;

    /// What must be ready before anything that is asked for can be.
    fn initial_replicas(need: &[u32], clock: &Clock) -> u32 {
        need.iter().take(clock.start_up + 1).copied().max().unwrap_or(1)
    }

    fn clock(decide_every: usize, start_up: usize, drain: usize, steps: usize) -> Clock {
        Clock { start: 0, step: 1000, decide_every, start_up, drain, per_value: 1, steps }
    }

    #[test]
    fn short_gaps_are_bridged_and_long_ones_are_not() {
        let mut need = vec![1u32; 40];
        need[10] = 3;
        need[14] = 3;
        need[30] = 2;
        let schedule = cheapest_schedule(&need, 1, &clock(1, 4, 1, 40));
        assert_eq!((schedule[5], schedule[6], schedule[14], schedule[15]), (1, 3, 3, 1));
        assert_eq!((schedule[25], schedule[26], schedule[30], schedule[31]), (1, 2, 2, 1));
    }

    #[test]
    fn a_million_replicas_up_and_down_again_and_again_take_no_longer_than_two() {
        let need: Vec<u32> = (0..100_000).map(|i| if i % 20 < 10 { 1 } else { 1_000_000 }).collect();
        let schedule = cheapest_schedule(&need, 1, &clock(1, 2, 1, need.len()));
        assert_eq!((schedule[7], schedule[8], schedule[19], schedule[20]), (1, 1_000_000, 1_000_000, 1));
    }

    /// Cost of a schedule by stepping through it, and whether it covers the need.
    fn cost(schedule: &[u32], initial: u32, need: &[u32], clock: &Clock) -> (u64, bool) {
        let mut replicas = super::super::replicas::Replicas::constant(initial, clock.start_up, clock.drain);
        let (mut cost, mut covered) = (0, true);
        for (step, wanted) in need.iter().enumerate() {
            replicas.advance(step);
            if step % clock.decide_every == 0 {
                replicas.request(schedule[step / clock.decide_every], step);
            }
            let Fleet { ready, pending, terminating, .. } = replicas.fleet();
            cost += u64::from(ready + pending + terminating);
            covered &= ready >= *wanted;
        }
        (cost, covered)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Against every schedule there is, on small cases.
        #[test]
        fn no_schedule_that_covers_the_need_costs_less(
            need in prop::collection::vec(1u32..4, 6), start_up in 0usize..3, drain in 0usize..3,
        ) {
            let clock = clock(1, start_up, drain, need.len());
            let initial = initial_replicas(&need, &clock);
            let schedule = cheapest_schedule(&need, initial, &clock);
            let (best, covered) = cost(&schedule, initial, &need, &clock);
            prop_assert!(covered, "{schedule:?} does not cover {need:?}");
            for code in 0..3u32.pow(6) {
                let other: Vec<u32> = (0..6).map(|i| 1 + code / 3u32.pow(i) % 3).collect();
                let (other_cost, other_covers) = cost(&other, initial, &need, &clock);
                prop_assert!(!other_covers || other_cost >= best, "{other:?} costs {other_cost}, {schedule:?} {best} for {need:?}");
            }
        }

        #[test]
        fn the_need_is_always_covered(need in prop::collection::vec(1u32..30, 1..200), every in 1usize..6, start_up in 0usize..20, drain in 0usize..6) {
            let clock = clock(every, start_up, drain, need.len());
            let initial = initial_replicas(&need, &clock);
            let schedule = cheapest_schedule(&need, initial, &clock);
            prop_assert!(cost(&schedule, initial, &need, &clock).1);
        }
    }
}
