//! Groups of tenants that run on common capacity because their peaks do not coincide.
//!
//! A group of tenants G needs `C(G)`, the `quantile` over time of the sum of their loads; alone they need `Σ C({i})`. The difference is
//! what statistical multiplexing saves (Meng et al. 2010, "Efficient Resource Provisioning in Compute Clouds via VM Multiplexing",
//! ICAC). The partition with the least `Σ C(G)`, under limits on the size of a group, is sought by merging the two groups that save most,
//! again and again, and then moving and swapping single tenants while that saves anything. Capacity is read off the first part of the
//! history, and its risk off the rest, which had no say in the grouping.

use crate::error::{Error, Result};
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

/// Tenants are compared in pairs: more of them are refused.
const MOST_TENANTS: usize = 1000;
/// No load is larger: sums of all tenants are far from where numbers end.
const LARGEST_LOAD: f64 = 1e12;
/// Rounds of moves and swaps at the most; each saves something.
const MOST_ROUNDS: usize = 100;

/// How tenants are put together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShareConfig {
    /// Share of the time for which the capacity is enough, above 0, at most 1; 0.999.
    pub quantile: f64,
    /// Tenants in a group at the most, at least 1; 8.
    pub most_tenants: usize,
    /// Capacity of a group at the most, in the unit of the loads, as one machine or one cluster has it; none.
    pub most_capacity: Option<f64>,
    /// Share of the history, at its end, that the risk is judged on, at least 0 and below 1; 0.25. With 0 it is judged on all of it.
    pub holdout: f64,
}

impl Default for ShareConfig {
    fn default() -> Self {
        ShareConfig { quantile: 0.999, most_tenants: 8, most_capacity: None, holdout: 0.25 }
    }
}

impl ShareConfig {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        let ShareConfig { quantile, most_tenants, most_capacity, holdout } = *self;
        if !(quantile > 0.0 && quantile <= 1.0) {
            return Err(Error::config("quantile", format!("must be above 0 and at most 1, got {quantile}")));
        }
        if most_tenants == 0 {
            return Err(Error::config("most_tenants", "must be at least 1, got 0"));
        }
        if let Some(most) = most_capacity {
            crate::error::positive("most_capacity", most)?;
        }
        if !(0.0..1.0).contains(&holdout) {
            return Err(Error::config("holdout", format!("must be at least 0 and below 1, got {holdout}")));
        }
        Ok(())
    }
}

/// Tenants on common capacity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedGroup {
    /// Their places in the input, rising.
    pub tenants: Vec<usize>,
    /// What they need together.
    pub capacity: f64,
    /// What they need each alone, in all.
    pub isolated_capacity: f64,
    /// Share of the judged time in which their load exceeds the common capacity.
    pub risk: f64,
    /// Share of the judged time in which at least one of them would exceed its own capacity alone.
    pub isolated_risk: f64,
}

/// Who shares with whom, and what that saves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sharing {
    /// The groups, in the order of their first tenants.
    pub groups: Vec<SharedGroup>,
    /// What all groups need.
    pub capacity: f64,
    /// What all tenants need each alone.
    pub isolated_capacity: f64,
    /// Share of the isolated capacity that is saved, 0 to 1.
    pub saved: f64,
}

/// Groups tenants, one row of `loads` each, one column a step; loads are 0 to 1e12, and a missing one (NaN) counts as none. Of a tenant of whom
/// nothing at all is known nobody can say what it needs or risks: it is refused.
/// O(tenants² · steps) for merging, and at the most 100 times as much for moves and swaps, of which a few rounds are usual.
///
/// # Errors
/// [`Error::Data`] for no tenant, more than 1,000, a load that is negative or above 1e12, or a tenant of NaN only in what is learned from; [`Error::Config`] for bad settings;
/// [`Error::Infeasible`] when one tenant alone needs more than a group may have.
pub fn share(loads: Rows<'_>, config: &ShareConfig) -> Result<Sharing> {
    share_with_progress(loads, config, &mut |_| true)
}

/// As [`share`], calling `progress` with the share of the work done, 0 to 1, now and then; the work ends when it answers `false`.
///
/// # Errors
/// As [`share`]; [`Error::Stopped`] when asked to stop.
pub fn share_with_progress(
    loads: Rows<'_>,
    config: &ShareConfig,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Sharing> {
    config.check()?;
    let (tenants, steps) = (loads.len(), loads.columns());
    if tenants == 0 || tenants > MOST_TENANTS {
        return Err(Error::data("loads", format!("must have 1 to {MOST_TENANTS} tenants, has {tenants}")));
    }
    let held = (config.holdout * steps as f64) as usize;
    let learned = (steps - held).max(1);
    for (tenant, row) in loads.iter().enumerate() {
        let is_load = |load: &f64| load.is_nan() || (0.0..=LARGEST_LOAD).contains(load);
        if let Some((step, load)) = row.iter().enumerate().find(|(_, load)| !is_load(load)) {
            let problem = format!("tenant {tenant}, step {step}: must be 0 to {LARGEST_LOAD:e}, got {load}");
            return Err(Error::data("loads", problem));
        }
        if row.iter().take(learned).all(|load| load.is_nan()) {
            let problem = format!("tenant {tenant}: all {learned} values are NaN, nothing is known of it");
            return Err(Error::data("loads", problem));
        }
    }
    let known = |row: &[f64]| row.iter().map(|load| if load.is_nan() { 0.0 } else { *load }).collect();
    let rows: Vec<Vec<f64>> = loads.iter().map(known).collect();
    let past = Past { rows: &rows, steps: learned, quantile: config.quantile };
    let alone: Vec<f64> = (0..tenants).map(|tenant| past.capacity(&[tenant])).collect();
    let most = config.most_capacity.unwrap_or(f64::INFINITY);
    if let Some((tenant, need)) = alone.iter().enumerate().find(|(_, need)| **need > most) {
        let problem = format!("tenant {tenant} alone needs {need}, but a group may have {most} at the most");
        return Err(Error::infeasible("most_capacity", problem));
    }
    let limits = Limits { most_tenants: config.most_tenants, most_capacity: most };
    // Merging is counted as the first half of the work, improving as the second.
    let mut goes_on = |share: f64| match progress(share) {
        true => Ok(()),
        false => Err(Error::Stopped { percent: (100.0 * share) as u8 }),
    };
    let mut groups = merged(&past, &alone, limits, &mut |share| goes_on(0.5 * share))?;
    improve(&past, &mut groups, limits, &mut |share| goes_on(0.5 + 0.5 * share))?;
    groups.retain(|group| !group.tenants.is_empty());
    groups.iter_mut().for_each(|group| group.tenants.sort_unstable());
    groups.sort_by_key(|group| group.tenants.first().copied());
    let judged = if held == 0 { 0..steps } else { steps - held..steps };
    let groups: Vec<SharedGroup> =
        groups.into_iter().map(|group| judge(group, &rows, &alone, judged.clone())).collect();
    let capacity = groups.iter().map(|group| group.capacity).sum();
    let isolated_capacity: f64 = alone.iter().sum();
    let saved = if isolated_capacity > 0.0 { 1.0 - capacity / isolated_capacity } else { 0.0 };
    Ok(Sharing { groups, capacity, isolated_capacity, saved })
}

#[derive(Clone, Copy)]
struct Limits {
    most_tenants: usize,
    most_capacity: f64,
}

impl Limits {
    fn allow(&self, tenants: usize, capacity: f64) -> bool {
        tenants <= self.most_tenants && capacity <= self.most_capacity
    }
}

/// The part of the history that capacity is read off.
struct Past<'a> {
    rows: &'a [Vec<f64>],
    steps: usize,
    quantile: f64,
}

impl Past<'_> {
    fn total(&self, tenants: &[usize]) -> Vec<f64> {
        let mut total = vec![0.0; self.steps];
        for row in tenants.iter().filter_map(|tenant| self.rows.get(*tenant)) {
            total.iter_mut().zip(row).for_each(|(total, load)| *total += load);
        }
        total
    }

    fn capacity(&self, tenants: &[usize]) -> f64 {
        self.quantile_of(self.total(tenants))
    }

    /// The smallest value that a share `quantile` of all does not exceed.
    fn quantile_of(&self, mut total: Vec<f64>) -> f64 {
        let place = ((self.quantile * total.len() as f64).ceil() as usize).clamp(1, total.len().max(1)) - 1;
        if place >= total.len() {
            return 0.0;
        }
        *total.select_nth_unstable_by(place, f64::total_cmp).1
    }
}

#[derive(Default)]
struct Group {
    tenants: Vec<usize>,
    capacity: f64,
    /// Their load in each step of the past.
    total: Vec<f64>,
}

/// Begins with each tenant alone and merges the two groups that save most.
fn merged(
    past: &Past<'_>,
    alone: &[f64],
    limits: Limits,
    goes_on: &mut dyn FnMut(f64) -> Result<()>,
) -> Result<Vec<Group>> {
    let single = |(tenant, capacity): (usize, &f64)| Group {
        tenants: vec![tenant],
        capacity: *capacity,
        total: past.total(&[tenant]),
    };
    let mut groups: Vec<Group> = alone.iter().enumerate().map(single).collect();
    let together =
        |a: &Group, b: &Group| past.quantile_of(a.total.iter().zip(&b.total).map(|(a, b)| a + b).collect());
    // What each pair of groups needs together.
    let mut pairs: Vec<(usize, usize, f64)> = Vec::new();
    let count = alone.len() as f64;
    for (later, b) in groups.iter().enumerate() {
        // All pairs are half the work of merging.
        goes_on(0.5 * (later as f64 / count) * (later as f64 / count))?;
        let earlier = groups.iter().take(later).enumerate();
        pairs.extend(earlier.map(|(earlier, a)| (earlier, later, together(a, b))));
    }
    for round in 0.. {
        goes_on(0.5 + 0.5 * (f64::from(round) / count).min(1.0))?;
        let saving = |(i, j, capacity): &(usize, usize, f64)| {
            let (a, b) = (groups.get(*i)?, groups.get(*j)?);
            let saved = a.capacity + b.capacity - capacity;
            let allowed = limits.allow(a.tenants.len() + b.tenants.len(), *capacity);
            (saved > 0.0 && allowed).then_some((saved, *i, *j, *capacity))
        };
        let best = pairs.iter().filter_map(saving).max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, into, from, capacity)) = best else { break };
        let moved = groups.get_mut(from).map(std::mem::take).unwrap_or_default();
        if let Some(group) = groups.get_mut(into) {
            group.tenants.extend(moved.tenants);
            group.capacity = capacity;
            group.total.iter_mut().zip(moved.total).for_each(|(total, load)| *total += load);
        }
        pairs.retain(|(i, j, _)| ![*i, *j].iter().any(|place| *place == into || *place == from));
        let Some(merged) = groups.get(into) else { break };
        let others =
            groups.iter().enumerate().filter(|(other, group)| *other != into && !group.tenants.is_empty());
        pairs.extend(others.map(|(other, group)| (other, into, together(group, merged))));
    }
    Ok(groups)
}

/// Moves and swaps single tenants while that saves anything.
fn improve(
    past: &Past<'_>,
    groups: &mut [Group],
    limits: Limits,
    goes_on: &mut dyn FnMut(f64) -> Result<()>,
) -> Result<()> {
    for round in 0..MOST_ROUNDS {
        let mut is_better = false;
        let mut goes_on = || goes_on(round as f64 / MOST_ROUNDS as f64);
        for from in 0..groups.len() {
            for into in 0..groups.len() {
                if let Some((a, b)) = first_exchange(past, groups, (from, into), limits, &mut goes_on)?
                    && let Some(group) = groups.get_mut(from)
                {
                    *group = a;
                    if let Some(group) = groups.get_mut(into) {
                        *group = b;
                    }
                    is_better = true;
                }
            }
        }
        if !is_better {
            break;
        }
    }
    Ok(())
}

/// The first move of a tenant from one group into another, or swap of two, that saves anything. O(steps) for each that is tried.
fn first_exchange(
    past: &Past<'_>,
    groups: &[Group],
    (from, into): (usize, usize),
    limits: Limits,
    goes_on: &mut dyn FnMut() -> Result<()>,
) -> Result<Option<(Group, Group)>> {
    let (Some(a), Some(b)) = (groups.get(from), groups.get(into)) else { return Ok(None) };
    if from == into || a.tenants.is_empty() || b.tenants.is_empty() {
        return Ok(None);
    }
    let before = a.capacity + b.capacity;
    let nothing = vec![0.0; past.steps];
    let row = |tenant: Option<usize>| tenant.and_then(|tenant| past.rows.get(tenant)).unwrap_or(&nothing);
    let capacity = |total: &[f64], less: &[f64], more: &[f64]| {
        let changed = total.iter().zip(less).zip(more).map(|((total, less), more)| total - less + more);
        past.quantile_of(changed.collect())
    };
    let saves = |left: f64, right: f64| {
        // Rounding of sums in another order is no saving.
        left.max(right) <= limits.most_capacity * (1.0 + 1e-12) && left + right < before * (1.0 - 1e-12)
    };
    let exchanged = |tenants: &[usize], less: Option<usize>, more: Option<usize>| {
        let stay = tenants.iter().copied().filter(|tenant| Some(*tenant) != less);
        let tenants: Vec<usize> = stay.chain(more).collect();
        let total = past.total(&tenants);
        Group { capacity: past.quantile_of(total.clone()), tenants, total }
    };
    let swaps = b.tenants.iter().map(|tenant| Some(*tenant)).chain([None]);
    for back in swaps {
        goes_on()?;
        if back.is_none() && b.tenants.len() >= limits.most_tenants {
            continue;
        }
        for tenant in a.tenants.iter().map(|tenant| Some(*tenant)) {
            let left = capacity(&a.total, row(tenant), row(back));
            if left >= before || !saves(left, capacity(&b.total, row(back), row(tenant))) {
                continue;
            }
            // Differences of sums are off by their rounding errors: what counts is added up anew.
            let (left, right) = (exchanged(&a.tenants, tenant, back), exchanged(&b.tenants, back, tenant));
            if left.capacity.max(right.capacity) <= limits.most_capacity
                && saves(left.capacity, right.capacity)
            {
                return Ok(Some((left, right)));
            }
        }
    }
    Ok(None)
}

fn judge(group: Group, rows: &[Vec<f64>], alone: &[f64], judged: std::ops::Range<usize>) -> SharedGroup {
    let members =
        || group.tenants.iter().filter_map(|tenant| Some((rows.get(*tenant)?, alone.get(*tenant)?)));
    let (mut risk, mut isolated_risk) = (0u64, 0u64);
    let count = judged.len() as f64;
    for step in judged {
        let loads = || members().map(|(row, alone)| (row.get(step).copied().unwrap_or(0.0), *alone));
        risk += u64::from(loads().map(|(load, _)| load).sum::<f64>() > group.capacity * (1.0 + 1e-12));
        isolated_risk += u64::from(loads().any(|(load, alone)| load > alone));
    }
    SharedGroup {
        capacity: group.capacity,
        isolated_capacity: members().map(|(_, alone)| alone).sum(),
        risk: risk as f64 / count,
        isolated_risk: isolated_risk as f64 / count,
        tenants: group.tenants,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(values: &[f64], steps: usize) -> Rows<'_> {
        Rows::new("loads", values, steps).unwrap()
    }

    fn all(quantile: f64, most_tenants: usize) -> ShareConfig {
        ShareConfig { quantile, most_tenants, holdout: 0.0, ..ShareConfig::default() }
    }

    #[test]
    fn those_who_work_by_day_share_with_those_who_work_by_night() {
        let loads = [9.0, 1.0, 9.0, 1.0, 1.0, 9.0, 1.0, 9.0, 8.0, 2.0, 8.0, 2.0, 2.0, 8.0, 2.0, 8.0];
        let sharing = share(rows(&loads, 4), &all(1.0, 2)).unwrap();
        let groups: Vec<&[usize]> = sharing.groups.iter().map(|group| group.tenants.as_slice()).collect();
        assert_eq!(groups, [[0, 1], [2, 3]]);
        assert_eq!((sharing.capacity, sharing.isolated_capacity), (20.0, 34.0));
        assert!((sharing.saved - 14.0 / 34.0).abs() < 1e-15);
        assert!(sharing.groups.iter().all(|group| group.risk == 0.0 && group.isolated_risk == 0.0));
    }

    #[test]
    fn those_whose_peaks_coincide_save_nothing() {
        let loads = [1.0, 5.0, 2.0, 2.0, 10.0, 4.0];
        let sharing = share(rows(&loads, 3), &all(1.0, 8)).unwrap();
        assert_eq!((sharing.groups.len(), sharing.saved), (2, 0.0));
    }

    #[test]
    fn the_risk_is_that_of_the_part_that_was_held_out() {
        // In the last quarter both rise at once.
        let loads = [4.0, 0.0, 4.0, 0.0, 4.0, 0.0, 4.0, 4.0, 0.0, 4.0, 0.0, 4.0, 0.0, 4.0, 4.0, 0.0];
        let config = ShareConfig { quantile: 1.0, ..ShareConfig::default() };
        let sharing = share(rows(&loads, 8), &config).unwrap();
        assert_eq!(
            (sharing.capacity, sharing.groups[0].risk, sharing.groups[0].isolated_risk),
            (4.0, 0.5, 0.0)
        );
    }

    #[test]
    fn what_cannot_be_grouped_is_refused_by_name() {
        let config = ShareConfig { most_capacity: Some(3.0), ..ShareConfig::default() };
        let refused =
            |loads: &[f64], config: &ShareConfig| share(rows(loads, 2), config).unwrap_err().to_string();
        assert!(refused(&[1.0, 2.0, 4.0, 4.0], &config).starts_with("most_capacity: tenant 1 alone needs 4"));
        assert!(refused(&[1.0, -2.0], &config).contains("tenant 0, step 1: must be 0 to 1e12, got -2"));
        assert!(
            refused(&[1.0, f64::INFINITY], &config).contains("tenant 0, step 1: must be 0 to 1e12, got inf")
        );
        assert!(refused(&[1.0, 2.0, 3.0, 1e13], &config).contains("tenant 1, step 1: must be 0 to 1e12"));
        assert!(refused(&[1.0, 2.0], &ShareConfig { quantile: f64::NAN, ..config }).starts_with("quantile"));
        assert!(refused(&[1.0, 2.0], &ShareConfig { holdout: 1.0, ..config }).starts_with("holdout"));
    }

    /// A tenant of whom nothing is known has no risk that could be told; one of whom something is missing has none in the steps that are.
    #[test]
    fn of_a_tenant_something_must_be_known() {
        let nan = f64::NAN;
        let unknown = share(rows(&[1.0, 2.0, nan, nan], 2), &ShareConfig::default()).unwrap_err().to_string();
        assert!(unknown.starts_with("loads: tenant 1: all 2 values are NaN"), "{unknown}");
        let partly = share(rows(&[1.0, 2.0, nan, 5.0], 2), &all(1.0, 2)).unwrap();
        let none = share(rows(&[1.0, 2.0, 0.0, 5.0], 2), &all(1.0, 2)).unwrap();
        assert_eq!(partly, none);
    }

    /// The largest loads there may be, of as many tenants as there may be, add up to a number.
    #[test]
    fn the_largest_loads_add_up() {
        let found = share(rows(&vec![LARGEST_LOAD; 2 * 40], 2), &all(1.0, 8)).unwrap();
        assert!(found.capacity.is_finite() && found.isolated_capacity == 40.0 * LARGEST_LOAD);
    }

    /// Where groups are large, a single pair of them takes long.
    #[test]
    fn two_large_groups_that_are_compared_can_be_stopped() {
        let loads = vec![vec![1.0; 4]; 40];
        let past = Past { rows: &loads, steps: 4, quantile: 1.0 };
        let group = |tenants: std::ops::Range<usize>| {
            let tenants: Vec<usize> = tenants.collect();
            Group { capacity: past.capacity(&tenants), total: past.total(&tenants), tenants }
        };
        let limits = Limits { most_tenants: 20, most_capacity: f64::INFINITY };
        let mut groups = [group(0..20), group(20..40)];
        let mut asked = 0;
        let mut goes_on = |_: f64| {
            asked += 1;
            if asked < 10 { Ok(()) } else { Err(Error::Stopped { percent: 1 }) }
        };
        let stopped = improve(&past, &mut groups, limits, &mut goes_on);
        assert!(matches!(stopped, Err(Error::Stopped { .. })));
        assert_eq!(asked, 10, "within the first pair");
    }

    /// The least capacity of every partition there is.
    fn exact(past: &Past<'_>, tenants: usize, limits: Limits) -> f64 {
        fn place(
            past: &Past<'_>,
            next: usize,
            groups: &mut Vec<Vec<usize>>,
            all: usize,
            limits: Limits,
        ) -> f64 {
            if next == all {
                let needs: Vec<f64> = groups.iter().map(|group| past.capacity(group)).collect();
                let allowed = groups.iter().zip(&needs).all(|(group, need)| limits.allow(group.len(), *need));
                return if allowed { needs.iter().sum() } else { f64::INFINITY };
            }
            let mut best = f64::INFINITY;
            for place_in in 0..=groups.len() {
                if place_in == groups.len() {
                    groups.push(vec![]);
                }
                groups[place_in].push(next);
                best = best.min(place(past, next + 1, groups, all, limits));
                groups[place_in].pop();
                groups.retain(|group| !group.is_empty());
            }
            best
        }
        place(past, 0, &mut Vec::new(), tenants, limits)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Against every partition, on small cases: never better than the best, and close to it.
        #[test]
        fn grouping_is_close_to_the_best_there_is(
            values in prop::collection::vec(0.0f64..10.0, 6 * 8), most_tenants in 1usize..5, most in 12.0f64..40.0,
        ) {
            let loads: Vec<Vec<f64>> = values.chunks(8).map(<[f64]>::to_vec).collect();
            let past = Past { rows: &loads, steps: 8, quantile: 1.0 };
            let best = exact(&past, 6, Limits { most_tenants, most_capacity: most });
            let config = ShareConfig { most_capacity: Some(most), ..all(1.0, most_tenants) };
            let sharing = share(rows(&values, 8), &config).unwrap();
            prop_assert!(sharing.capacity >= best - 1e-9, "{} < {best}", sharing.capacity);
            prop_assert!(sharing.capacity <= 1.15 * best, "{} against {best}", sharing.capacity);
            let mut members: Vec<usize> = sharing.groups.iter().flat_map(|group| group.tenants.clone()).collect();
            members.sort_unstable();
            prop_assert_eq!(members, (0..6).collect::<Vec<_>>(), "everybody in one group");
            for group in &sharing.groups {
                prop_assert!(group.tenants.len() <= most_tenants && group.capacity <= most);
                prop_assert!(group.capacity <= group.isolated_capacity + 1e-9, "sharing never needs more");
            }
        }
    }
}
