//! One round: windows that are over teach, and each primary's shadows are given what the coming ones need.

use super::group::{Group, Round, Window};
use super::prewarm::PrewarmQueue;
use super::records::{ShadowAction, ShadowReason, ShadowRecord};
use super::settle::{self, Groups};
use super::{Instruction, ShadowManager, allocation, experiment, failover, routing, sizing};
use crate::error::Result;

impl ShadowManager {
    /// One round at `now` (Unix milliseconds): what the actuator is to do, new or again.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for a time before the last round or sample, or beyond the calendar's years.
    pub fn plan(&mut self, now: i64) -> Result<Vec<Instruction<ShadowAction>>> {
        self.check_now(now)?;
        let step = self.config.step(now);
        self.advance(now)?;
        for action in self.fleet.orders.expire(now) {
            let groups = Groups { all: &mut self.groups, place: &self.group_of };
            settle::withdrawn(now, groups, &mut self.fleet, &action);
        }
        self.queue.pass(step);
        for place in 0..self.groups.len() {
            self.close(place, step)?;
            let windows = self.windows(place, step)?;
            let room = self
                .config
                .most_shadows
                .saturating_sub(self.fleet.instances.len().saturating_sub(self.groups.len()));
            let ShadowManager { config, groups, fleet, journal, queue, .. } = self;
            let Some(group) = groups.get_mut(place) else { continue };
            let mut round = Round { now, step, config, fleet, journal };
            round_of(group, place, &mut round, queue, &windows, room)?;
        }
        self.instructions = self.fleet.orders.hand_out(now);
        Ok(self.instructions.clone())
    }

    /// Ends a primary's windows before `step`, learns from them, and records what came where something was decided.
    pub(super) fn close(&mut self, place: usize, step: i64) -> Result<()> {
        let ShadowManager { config, groups, features, journal, .. } = self;
        let Some(group) = groups.get_mut(place) else { return Ok(()) };
        let ended = group.model.close(step, &mut |step| features.at(step))?;
        if let Some((window, came)) = ended
            && let Some(expected) = group.expected.remove(&window)
        {
            journal.add(ShadowRecord::Came {
                time: window.saturating_mul(config.step_milliseconds()),
                primary: group.primary.name.clone(),
                decided: expected.decided,
                predicted: expected.predicted,
                sized_for: expected.sized_for,
                came,
            });
        }
        group.expected = group.expected.split_off(&step);
        Ok(())
    }

    fn windows(&mut self, place: usize, step: i64) -> Result<Vec<Window>> {
        let ShadowManager { config, groups, features, .. } = self;
        let Some(group) = groups.get(place) else { return Ok(Vec::new()) };
        expected_windows(group, step, config.horizon_steps, &mut |step| features.at(step))
    }
}

/// A round of one primary.
fn round_of(
    group: &mut Group,
    place: usize,
    round: &mut Round<'_>,
    queue: &mut PrewarmQueue,
    windows: &[Window],
    room: usize,
) -> Result<()> {
    routing::compare(group, round, windows);
    failover::ensure_active(group, round);
    // A new active has other capacities.
    routing::compare(group, round, windows);
    let room = room.saturating_sub(experiment::tend(group, place, round, room));
    let needs = sizing::needs(group, round, windows);
    let is_needed = !needs.is_empty();
    queue.refresh(place, &needs, round.config.most_queued);
    let least = allocation::least_shadows(group, round, windows);
    let price = |amounts: &[f64]| allocation::extra_price(group, round, amounts, least, room);
    let need = sizing::wanted(group, place, round, queue, windows, &price)?;
    if is_needed || need.reason == ShadowReason::Standby {
        sizing::expect(group, round, windows);
    }
    allocation::apply(group, place, round, &need, least, room)?;
    routing::route(group, round);
    Ok(())
}

/// What is expected of a primary in the windows from `step` on.
pub(super) fn expected_windows(
    group: &Group,
    step: i64,
    count: usize,
    features: &mut dyn FnMut(i64) -> Result<Vec<f64>>,
) -> Result<Vec<Window>> {
    let mut windows = Vec::new();
    for step in step..step.saturating_add(count as i64) {
        if let Some(laws) = group.model.expect(step, &features(step)?) {
            let upper = laws.iter().enumerate().map(|(r, law)| group.model.upper(r, *law)).collect();
            windows.push(Window { step, laws, upper });
        }
    }
    Ok(windows)
}
