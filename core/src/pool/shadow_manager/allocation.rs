//! How many shadows of which sizes there are, and how what is wanted is shared out among them.

use super::combination::{combine, cover};
use super::fleet::{Instance, Life};
use super::group::{Group, Round, Window};
use super::primary::ShadowSize;
use super::records::{ShadowReason, ShadowRecord};
use super::sizing::Need;
use crate::error::Result;

/// Shadows to be added: sizes and what each is to have.
pub(super) type Additions = Vec<ShadowSize>;

/// The shadows that would have to be added so that all together can have `amounts`, and that there are `least`; `room` more at the most.
pub(super) fn additions(
    group: &Group,
    round: &Round<'_>,
    amounts: &[f64],
    least: u32,
    room: usize,
) -> Result<Additions> {
    let sizes = group.primary.all_sizes();
    let (mut covered, mut count) = (0.0, 0usize);
    for id in usable(group, round) {
        count += 1;
        covered += round.fleet.instances.get(&id).map_or(0.0, |instance| cover(&instance.ceiling, amounts));
    }
    let room = room.min((group.primary.max_shadows as usize).saturating_sub(count));
    // An idle shadow costs what it has; where that is nothing, fewer are better.
    let price = |size: &ShadowSize| {
        size.price_per_hour + round.config.idle_share * group.primary.price(&size.amounts) + 1e-9
    };
    let prices: Vec<f64> = sizes.iter().map(price).collect();
    let is_needed = amounts.iter().any(|amount| *amount > 0.0);
    let covers: Vec<f64> = sizes.iter().map(|size| cover(&size.amounts, amounts)).collect();
    let open = if is_needed { 1.0 - covered } else { 0.0 };
    // What rounding leaves open is none.
    let open = if open < 1e-9 { 0.0 } else { open };
    let mut counts = combine(&covers, &prices, open, room)?;
    let added: usize = counts.iter().sum();
    let missing = (least as usize).saturating_sub(count + added).min(room.saturating_sub(added));
    let cheapest = prices.iter().copied().fold(f64::INFINITY, f64::min);
    let place = prices.iter().position(|price| *price == cheapest).unwrap_or(0);
    if let Some(count) = counts.get_mut(place) {
        *count += missing;
    }
    Ok(sizes.into_iter().zip(counts).flat_map(|(size, count)| std::iter::repeat_n(size, count)).collect())
}

/// Shadows that there must be for what is predicted, whatever it needs.
pub(super) fn least_shadows(group: &Group, round: &Round<'_>, windows: &[Window]) -> u32 {
    let last = round.step.saturating_add(round.config.lead_steps());
    let until = windows.iter().take_while(|window| window.step <= last);
    let most = until.flat_map(|window| &window.laws).map(|law| law.mean).fold(0.0, f64::max);
    group.primary.least_shadows(most)
}

/// What an hour of the shadows beyond the fewest costs that there would be for these amounts, besides their resources.
pub(super) fn extra_price(
    group: &Group,
    round: &Round<'_>,
    amounts: &[f64],
    least: u32,
    room: usize,
) -> Result<f64> {
    if group.primary.sizes.iter().all(|size| size.price_per_hour == 0.0) {
        return Ok(0.0);
    }
    let added = additions(group, round, amounts, least, room)?;
    let mut existing: Vec<(f64, f64)> = usable(group, round)
        .iter()
        .filter_map(|id| round.fleet.instances.get(id))
        .map(|instance| (instance.price_per_hour, cover(&instance.ceiling, amounts)))
        .collect();
    existing.sort_by(|a, b| a.0.total_cmp(&b.0));
    // The dearest go that the others can do without.
    let is_needed = amounts.iter().any(|amount| *amount > 0.0);
    let mut open = if is_needed { 1.0 } else { 0.0 };
    let kept = existing.into_iter().enumerate().take_while(|(count, (_, cover))| {
        let is_kept = open > 1e-9 || *count < least as usize;
        open -= cover;
        is_kept
    });
    let kept: Vec<f64> = kept.map(|(_, (price, _))| price).collect();
    let prices = kept.into_iter().chain(added.iter().map(|size| size.price_per_hour));
    Ok(prices.skip(group.primary.min_shadows as usize).sum())
}

/// Creates, resizes and releases shadows until they are what is wanted, with patience.
pub(super) fn apply(
    group: &mut Group,
    place: usize,
    round: &mut Round<'_>,
    need: &Need,
    least: u32,
    room: usize,
) -> Result<()> {
    let (amounts, held_least) = held(group, round, need, least);
    let is_held = amounts.iter().zip(&need.amounts).any(|(held, need)| held > need);
    let added = additions(group, round, &amounts, held_least, room)?;
    let before = usable(group, round).len() as u32;
    let had = total(group, round);
    let mut created = Vec::new();
    for size in &added {
        created.push(size.name.clone());
        let id = order(group, place, round, size, vec![0.0; size.amounts.len()]);
        group.members.insert(id);
    }
    let released =
        if added.is_empty() { release_surplus(group, round, &amounts, held_least) } else { Vec::new() };
    let is_short = share_out(group, round, &amounts);
    let reason = if is_short {
        ShadowReason::Limit
    } else if is_held {
        ShadowReason::Patience
    } else {
        need.reason
    };
    let time = round.now;
    let primary = &group.primary.name;
    if !created.is_empty() || !released.is_empty() {
        let record =
            ShadowRecord::Count { time, primary: primary.clone(), before, created, released, reason };
        round.journal.add(record);
    }
    let has = total(group, round);
    if has != had || reason != group.reason {
        round.journal.add(ShadowRecord::Allocation {
            time,
            primary: primary.clone(),
            predicted: need.predicted.clone(),
            sized_for: need.sized_for.clone(),
            before: had,
            amounts: has,
            reason,
            worth: need.worth,
        });
    }
    (group.reason, group.worth) = (reason, Some(need.worth));
    Ok(())
}

/// Orders a shadow of a size, with the version that shadows are made of; it is given its amounts when they are shared out.
fn order(group: &Group, place: usize, round: &mut Round<'_>, size: &ShadowSize, amounts: Vec<f64>) -> u64 {
    let instance = Instance {
        primary: place,
        life: Life::Creating,
        version: group.version.clone(),
        size: size.name.clone(),
        ceiling: size.amounts.clone(),
        asked: amounts.clone(),
        amounts,
        price_per_hour: size.price_per_hour,
        order: 0,
        resizing: 0,
    };
    round.fleet.add(instance)
}

/// The most that was wanted in the last windows: nothing is released before it was not wanted for as long as patience says.
fn held(group: &mut Group, round: &Round<'_>, need: &Need, least: u32) -> (Vec<f64>, u32) {
    let first = round.step.saturating_sub(round.config.patience_steps as i64);
    group.wanted.retain(|(step, _, _)| *step > first);
    match group.wanted.back_mut() {
        Some((step, amounts, count)) if *step == round.step => {
            amounts.iter_mut().zip(&need.amounts).for_each(|(held, need)| *held = held.max(*need));
            *count = (*count).max(least);
        }
        _ => group.wanted.push_back((round.step, need.amounts.clone(), least)),
    }
    let mut held = (vec![0.0f64; need.amounts.len()], 0);
    for (_, amounts, count) in &group.wanted {
        held.0.iter_mut().zip(amounts).for_each(|(held, amount)| *held = held.max(*amount));
        held.1 = held.1.max(*count);
    }
    held
}

/// Shadows of the version that shadows are made of, which run or are being created.
fn usable(group: &Group, round: &Round<'_>) -> Vec<u64> {
    let is_current =
        |id: &u64| round.fleet.instances.get(id).is_some_and(|instance| instance.version == group.version);
    let running = group.standbys(round.fleet, Life::Running);
    running.chain(group.standbys(round.fleet, Life::Creating)).filter(is_current).collect()
}

/// What all shadows are asked to have together.
pub(super) fn total(group: &Group, round: &Round<'_>) -> Vec<f64> {
    let mut total = vec![0.0; group.primary.resources.len()];
    for instance in usable(group, round).iter().filter_map(|id| round.fleet.instances.get(id)) {
        total.iter_mut().zip(&instance.asked).for_each(|(total, asked)| *total += asked);
    }
    total
}

/// Releases shadows that serve nothing and that the others can do without: of an old version first, then the dearest, then the newest.
fn release_surplus(group: &mut Group, round: &mut Round<'_>, amounts: &[f64], least: u32) -> Vec<u64> {
    let is_needed = amounts.iter().any(|amount| *amount > 0.0);
    let ceilings = |ids: &[u64], round: &Round<'_>| -> f64 {
        let of = |id: &u64| round.fleet.instances.get(id).map(|instance| cover(&instance.ceiling, amounts));
        ids.iter().filter_map(of).sum()
    };
    let mut left = usable(group, round);
    let mut released = Vec::new();
    let runs = |id: &u64| round.fleet.is_running(*id);
    let running = left.iter().filter(|id| runs(id)).count();
    if running >= least as usize {
        let stale = group.standbys(round.fleet, Life::Running);
        released.extend(stale.filter(|id| !left.contains(id) && !group.serves(*id)));
    }
    let mut order: Vec<(f64, u64)> = left
        .iter()
        .filter(|id| !group.serves(**id) && **id != group.origin)
        .filter_map(|id| round.fleet.instances.get(id).map(|instance| (instance.price_per_hour, *id)))
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    for (_, id) in order {
        let rest: Vec<u64> = left.iter().copied().filter(|other| *other != id).collect();
        if rest.len() >= least as usize && (!is_needed || ceilings(&rest, round) >= 1.0) {
            left = rest;
            released.push(id);
        }
    }
    released.iter().for_each(|id| round.fleet.release(round.now, *id));
    released
}

/// Shares out amounts among the shadows, each by what it can cover; an idle one keeps a little. Whether they cannot have it all.
fn share_out(group: &mut Group, round: &mut Round<'_>, amounts: &[f64]) -> bool {
    let is_needed = amounts.iter().any(|amount| *amount > 0.0);
    let mut parts: Vec<(u64, f64)> = Vec::new();
    for id in usable(group, round) {
        if let Some(instance) = round.fleet.instances.get(&id) {
            parts.push((id, if is_needed { cover(&instance.ceiling, amounts) } else { 0.0 }));
        }
    }
    let covered: f64 = parts.iter().map(|(_, part)| part).sum();
    for (id, part) in parts {
        let Some(instance) = round.fleet.instances.get(&id) else { continue };
        let share = part / covered.max(1.0);
        let wanted: Vec<f64> = amounts
            .iter()
            .zip(&instance.ceiling)
            .map(|(amount, ceiling)| (share * amount).clamp(round.config.idle_share * ceiling, *ceiling))
            .collect();
        give(group, round, id, wanted);
    }
    // The active has all that it can have.
    if let Some(ceiling) = round.fleet.instances.get(&group.active).map(|instance| instance.ceiling.clone())
        && round.fleet.is_running(group.active)
    {
        give(group, round, group.active, ceiling);
    }
    is_needed && covered < 1.0 - 1e-9
}

/// Orders that an instance have these amounts, if it makes a difference; one that is not ordered yet is created with them.
fn give(group: &Group, round: &mut Round<'_>, id: u64, wanted: Vec<f64>) {
    let Some(instance) = round.fleet.instances.get_mut(&id) else { return };
    let differs = |((wanted, asked), ceiling): ((&f64, &f64), &f64)| {
        (wanted - asked).abs() > round.config.resize_tolerance * ceiling
    };
    match instance.life {
        Life::Creating if instance.order == 0 => {
            (instance.amounts, instance.asked) = (wanted.clone(), wanted);
            round.fleet.start(round.now, id, &group.primary.name);
        }
        Life::Running if wanted.iter().zip(&instance.asked).zip(&instance.ceiling).any(differs) => {
            round.fleet.resize(round.now, id, wanted);
        }
        _ => {}
    }
}
