//! How long after the last fault an engine takes to ask for as many replicas as one that met no fault.
//!
//! Two bounds, each made of what the engine waits for. Of the fault itself: a breaker that has opened stays open for ten lead times and closes
//! after three good forecasts, each of which takes a lead time and half a metric window to be judged (13, and 3 for a scale-in window
//! and its end: 16 lead times and 8 windows); and what was wrong is expected again one season later. Of what was learned from it: how wide errors
//! are, what each law would have cost, how long starts take. An account of the engine's laws weighs the past by 0.9998 an interval, so that
//! after 5,000 of them e⁻¹ of it is left. The lead time is learned from the last 256 starts: as long as there were fewer since, one that a fault
//! made longer may stay. A scenario that is too short to show either is played on.

use super::findings::{Findings, Rule};
use super::scenario::Scenario;
use super::trial::{Trial, play};
use crate::engine::EngineConfig;
use crate::error::Result;

/// Lead times, and metric windows besides, that the fault itself may keep an engine busy; and one season.
const LEAD_TIMES: f64 = 16.0;
const WINDOWS: f64 = 8.0;
/// Intervals after which what was learned of a fault counts little: 1/(1 − 0.9998).
const FORGOTTEN: usize = 5000;
/// Starts by which the lead time is learned.
const STARTS: u64 = 256;

/// Agrees: within a fifth or two replicas, for a whole lead time and at least four intervals. Later differences come of what either has
/// learned since.
fn agreement(trial: &Trial, twin: &Trial, first: usize, needed: usize) -> Option<usize> {
    let mut length = 0;
    let pairs = trial.requested.iter().zip(&twin.requested).enumerate().skip(first);
    for (interval, (ours, theirs)) in pairs {
        let agrees = f64::from(ours.abs_diff(*theirs)) <= (0.2 * f64::from(*theirs)).max(2.0);
        length = if agrees { length + 1 } else { 0 };
        if length == needed {
            return Some(interval + 1 - needed - first);
        }
    }
    None
}

/// Whether the lead time is still another one at the end, with too few starts since to learn better.
fn has_other_lead(trial: &Trial, twin: &Trial, first: usize) -> bool {
    let (Some(before), Some(ours), Some(theirs)) =
        (trial.leads.get(first), trial.leads.last(), twin.leads.last())
    else {
        return false;
    };
    ours.0 != theirs.0 && ours.1.saturating_sub(before.1) < STARTS
}

/// Notes how long recovery took in the trial, and checks that it took no longer than it may.
pub(super) fn recovery(
    scenario: &Scenario,
    settings: &EngineConfig,
    (trial, twin): (&Trial, &Trial),
    findings: &mut Findings,
) -> Result<()> {
    let Some(calm) = scenario.calm_after() else { return Ok(()) };
    let intervals = |seconds: f64| (seconds / scenario.interval_seconds).ceil() as usize;
    let (first, lead) = (intervals(calm), scenario.lead_seconds());
    let needed = intervals(lead).max(4);
    if first.saturating_add(needed) > scenario.intervals {
        return Ok(());
    }
    let bound =
        intervals(LEAD_TIMES * lead + WINDOWS * scenario.metric_window_seconds + scenario.season_seconds);
    let mut took = agreement(trial, twin, first, needed);
    let mut waits_for_starts = false;
    for most in [bound, bound.saturating_add(FORGOTTEN)] {
        let end = first.saturating_add(most).saturating_add(needed);
        if took.is_none() && end > scenario.intervals {
            let longer = Scenario { intervals: end, ..scenario.clone() };
            let trial = play(&longer, settings, None, None)?;
            let calm = Scenario { faults: Vec::new(), ..longer };
            let twin = play(&calm, settings, Some(&trial.loads), None)?;
            took = agreement(&trial, &twin, first, needed);
            waits_for_starts = has_other_lead(&trial, &twin, first);
        }
    }
    let seconds = |intervals: usize| intervals as f64 * scenario.interval_seconds;
    let most = bound.saturating_add(FORGOTTEN);
    findings.recovery_seconds = Some(seconds(took.unwrap_or(most)));
    findings.had_to_forget = took.is_none_or(|took| took > bound);
    if took.is_none_or(|took| took > most) && !waits_for_starts {
        let problem = format!("not within {} s after the last fault", seconds(most));
        findings.broke(Rule::Recovery, calm + seconds(most), problem);
    }
    Ok(())
}
