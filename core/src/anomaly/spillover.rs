//! Where the load of a failing service goes, so that its neighbours do not fail next: the guard against cascades.
//!
//! When a circuit breaker opens, the load behind it looks for another place, and the next service breaks under it
//! (Nygard 2007, "Release It!", ch. 4: cascading failures). Here neighbours take no more than their free capacity: load is
//! poured in as water into connected vessels, so that the least utilized take first and the largest utilization stays as
//! small as it can be (water-filling: Boyd & Vandenberghe 2004, example 5.2); what finds no room is shed, and named.

use crate::error::{Error, Result, same_length};
use std::iter::repeat_n;

/// The largest load or capacity, so that no sum of them overflows.
const LARGEST: f64 = 1e100;

/// The share of a load that rounding may lose.
const ROUNDING: f64 = 1e-12;

/// Where a diverted load goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Spillover {
    /// What each neighbour takes on top of its own load, in their order.
    pub taken: Vec<f64>,
    /// What none can take: to be shed.
    pub shed: f64,
}

/// Splits the load of a service whose breaker opened over its neighbours.
///
/// `capacities` are what each neighbour can serve, with whatever reserve it wants to keep taken off, and `loads` what it
/// serves already, all in load per second; `available` tells which of them may be given more, those whose own breaker is
/// closed; when it is empty, all may. Neighbours that are not available, or beyond their capacity already, take nothing. The shares do not depend on the order
/// of the neighbours, to the last bit; taken and shed add up to the load but for rounding. Cost: n log n.
///
/// # Errors
/// [`Error::Data`] for a load or capacity that is negative, not finite or above 10¹⁰⁰, and for unequal lengths.
pub fn spillover(load: f64, capacities: &[f64], loads: &[f64], available: &[bool]) -> Result<Spillover> {
    same_length("loads", loads.len(), "capacities", capacities.len())?;
    if !available.is_empty() {
        same_length("available", available.len(), "capacities", capacities.len())?;
    }
    check("load", &[load])?;
    check("capacities", capacities)?;
    check("loads", loads)?;

    let mut vessels: Vec<Vessel> = capacities
        .iter()
        .zip(loads)
        .zip(available.iter().chain(repeat_n(&true, capacities.len())))
        .enumerate()
        .filter(|(_, ((capacity, load), available))| **available && load < capacity)
        .map(|(at, ((&capacity, &load), _))| Vessel { at, capacity, load, level: load / capacity })
        .collect();
    // Equal vessels may follow in any order: they change no sum.
    vessels.sort_unstable_by(|a, b| {
        a.level.total_cmp(&b.level).then(a.capacity.total_cmp(&b.capacity)).then(a.load.total_cmp(&b.load))
    });

    // The rise of the level from the bottom of each vessel to that of the next, until nothing is left to pour. Rises are
    // kept rather than levels: of a small load into large vessels, a difference of levels would keep few digits.
    let mut rises = Vec::with_capacity(vessels.len());
    let (mut left, mut capacity) = (load, 0.0);
    for (at, vessel) in vessels.iter().enumerate() {
        capacity += vessel.capacity;
        let rise = vessels.get(at + 1).map_or(1.0, |next| next.level) - vessel.level;
        rises.push(rise.min(left / capacity));
        left -= rise * capacity;
        if left <= 0.0 {
            break;
        }
    }

    let (mut taken, mut rest, mut risen) = (vec![0.0; capacities.len()], load, 0.0);
    for (vessel, rise) in vessels.iter().zip(&rises).rev() {
        risen += rise;
        let free = vessel.capacity - vessel.load;
        let share = if left > 0.0 { free } else { (vessel.capacity * risen).min(free) };
        let share = if vessel.load + share > vessel.capacity { share.next_down() } else { share };
        if let Some(taken) = taken.get_mut(vessel.at) {
            *taken = share;
        }
        rest -= share;
    }
    // What is left of a load that has room is rounding.
    let is_rounding = left <= 0.0 && rest <= ROUNDING * load;
    Ok(Spillover { taken, shed: if is_rounding { 0.0 } else { rest.max(0.0) } })
}

/// A neighbour that has room.
struct Vessel {
    at: usize,
    capacity: f64,
    load: f64,
    /// Utilization.
    level: f64,
}

fn check(name: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|value| !(0.0..=LARGEST).contains(value)) {
        None => Ok(()),
        Some(at) => {
            let value = values.get(at).copied().unwrap_or(f64::NAN);
            let which =
                if values.len() == 1 { String::new() } else { format!("value {at} of {} ", values.len()) };
            Err(Error::data(name, format!("{which}must lie between 0 and {LARGEST:e}, got {value:e}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::{BreakerState, CircuitBreaker};
    use proptest::prelude::*;

    #[test]
    fn the_least_utilized_take_first_and_what_finds_no_room_is_shed() {
        let spill = |load| {
            spillover(load, &[10.0, 20.0, 10.0, 10.0], &[5.0, 5.0, 12.0, 0.0], &[true, true, true, false])
                .unwrap()
        };
        assert_eq!(spill(4.0), Spillover { taken: vec![0.0, 4.0, 0.0, 0.0], shed: 0.0 });
        assert_eq!(spill(11.0), Spillover { taken: vec![2.0, 9.0, 0.0, 0.0], shed: 0.0 });
        assert_eq!(spill(50.0), Spillover { taken: vec![5.0, 15.0, 0.0, 0.0], shed: 30.0 });
        assert_eq!(spill(0.0), Spillover { taken: vec![0.0; 4], shed: 0.0 });
        assert_eq!(spillover(3.0, &[], &[], &[]).unwrap(), Spillover { taken: vec![], shed: 3.0 });
    }

    #[test]
    fn bad_input_is_named() {
        let refused = |load, capacities: &[f64], loads: &[f64]| {
            spillover(load, capacities, loads, &vec![true; capacities.len()]).unwrap_err().to_string()
        };
        assert_eq!(refused(-1.0, &[1.0], &[0.0]), "load: must lie between 0 and 1e100, got -1e0");
        assert_eq!(
            refused(1.0, &[1.0, f64::NAN], &[0.0, 0.0]),
            "capacities: value 1 of 2 must lie between 0 and 1e100, got NaN"
        );
        assert_eq!(
            refused(1.0, &[1.0, 2.0], &[0.0, f64::INFINITY]),
            "loads: value 1 of 2 must lie between 0 and 1e100, got inf"
        );
        assert_eq!(refused(1.0, &[1.0], &[]), "loads: has 0 values, but capacities has 1");
        assert!(
            spillover(1.0, &[1.0], &[0.0], &[true; 2]).unwrap_err().to_string().starts_with("available: ")
        );
        assert_eq!(spillover(1.0, &[1.0], &[0.0], &[]).unwrap().taken, [1.0], "empty: all may be given more");
    }

    /// Amounts of very different size, some of them 0.
    fn amount() -> impl Strategy<Value = f64> {
        prop_oneof![0.0..100.0, Just(0.0), (-20i32..21).prop_map(|power| 10f64.powi(power)), Just(1e100)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn no_neighbour_is_filled_beyond_its_capacity_and_no_load_is_lost(
            load in amount(), neighbours in prop::collection::vec((amount(), amount(), any::<bool>()), 0..12),
        ) {
            let (capacities, rest): (Vec<_>, Vec<_>) = neighbours.iter().map(|n| (n.0, (n.1, n.2))).unzip();
            let (loads, available): (Vec<_>, Vec<_>) = rest.into_iter().unzip();
            let Spillover { taken, shed } = spillover(load, &capacities, &loads, &available).unwrap();
            for ((taken, available), (capacity, load)) in taken.iter().zip(&available).zip(capacities.iter().zip(&loads)) {
                prop_assert!(*taken >= 0.0 && (*taken == 0.0 || *available && load + taken <= *capacity));
            }
            let sum: f64 = taken.iter().sum::<f64>() + shed;
            prop_assert!((sum - load).abs() <= 1e-12 * load, "{sum} of {load}");
            let room = capacities.iter().zip(&loads).zip(&available).filter(|(_, available)| **available);
            let room: f64 = room.map(|((capacity, load), _)| (capacity - load).max(0.0)).sum();
            prop_assert!(shed >= 0.0 && (shed - (load - room).max(0.0)).abs() <= 1e-12 * load.max(room));
        }

        #[test]
        fn the_order_of_the_neighbours_does_not_show(
            load in amount(), neighbours in prop::collection::vec((amount(), amount(), any::<bool>()), 0..12), by in 0usize..12,
        ) {
            let spill = |neighbours: &[(f64, f64, bool)]| {
                let capacities: Vec<f64> = neighbours.iter().map(|n| n.0).collect();
                let loads: Vec<f64> = neighbours.iter().map(|n| n.1).collect();
                let available: Vec<bool> = neighbours.iter().map(|n| n.2).collect();
                spillover(load, &capacities, &loads, &available).unwrap()
            };
            let mut spilled = spill(&neighbours);
            let mut turned = neighbours.clone();
            let by = by.min(turned.len());
            turned.rotate_left(by);
            spilled.taken.rotate_left(by);
            let other = spill(&turned);
            prop_assert_eq!(spilled, other);
        }

        #[test]
        fn no_failure_takes_a_second_service_with_it(
            services in prop::collection::vec((1.0..100.0, 0.0..1.0), 2..8), failing in prop::collection::vec(0usize..8, 1..8),
        ) {
            // Each service serves the share of its capacity; a breaker opens at the first call beyond it.
            let capacities: Vec<f64> = services.iter().map(|s| s.0).collect();
            let mut loads: Vec<f64> = services.iter().map(|s| s.0 * s.1).collect();
            let mut breakers = vec![CircuitBreaker::new(1, 60.0, 1).unwrap(); services.len()];
            for (now, failing) in failing.into_iter().map(|at| at % services.len()).enumerate() {
                let now = now as i64;
                breakers[failing].record(now, false);
                let load = std::mem::take(&mut loads[failing]);
                let closed: Vec<bool> = breakers.iter().map(|b| b.state(now) == BreakerState::Closed).collect();
                let spilled = spillover(load, &capacities, &loads, &closed).unwrap();
                for (at, breaker) in breakers.iter_mut().enumerate() {
                    loads[at] += spilled.taken[at];
                    if loads[at] > capacities[at] {
                        breaker.record(now, false);
                    }
                }
                let opened = breakers.iter().map(CircuitBreaker::openings).sum::<u64>();
                let failed = closed.iter().filter(|closed| !**closed).count() as u64;
                prop_assert_eq!(opened, failed, "only those that failed by themselves are open");
            }
        }
    }
}
