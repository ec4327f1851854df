//! What a round decides on: the windows that an instruction can help in, the shadows that there are, and how likely more is needed than there is.

use super::fleet::Life;
use super::group::{Group, Round, Window};

/// The windows that what is ordered now can help in: until it is there, what is there already must do.
pub(super) fn helped<'a>(round: &Round<'_>, windows: &'a [Window]) -> impl Iterator<Item = &'a Window> {
    let first = round.step.saturating_add(round.config.warm_steps());
    windows.iter().filter(move |window| window.step >= first)
}

/// Those of them that what is ordered in the next round would come too late for.
pub(super) fn decided<'a>(round: &Round<'_>, windows: &'a [Window]) -> impl Iterator<Item = &'a Window> {
    let last = round.step.saturating_add(round.config.lead_steps());
    helped(round, windows).take_while(move |window| window.step <= last)
}

/// Shadows of the version that shadows are made of, which run or are being created.
pub(super) fn usable(group: &Group, round: &Round<'_>) -> Vec<u64> {
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

/// What the shadows that run have together when they are idle.
pub(super) fn idle(group: &Group, round: &Round<'_>) -> Vec<f64> {
    let mut idle = vec![0.0; group.primary.resources.len()];
    for id in group.standbys(round.fleet, Life::Running) {
        let ceiling = round.fleet.instances.get(&id).map(|instance| &instance.ceiling);
        let has = ceiling.into_iter().flatten().map(|ceiling| round.config.idle_share * ceiling);
        idle.iter_mut().zip(has).for_each(|(idle, has)| *idle += has);
    }
    idle
}

/// The probabilities that any resource's utilization exceeds its limit, in each window that what is ordered now decides on.
pub(super) fn probabilities(
    group: &Group,
    round: &Round<'_>,
    windows: &[Window],
    limits: &[f64],
) -> Vec<f64> {
    let exceeds = |window: &Window| {
        let each = window.laws.iter().zip(limits).enumerate();
        each.map(|(r, (law, limit))| group.model.exceeds(r, *law, *limit)).fold(0.0, f64::max)
    };
    decided(round, windows).map(exceeds).collect()
}
