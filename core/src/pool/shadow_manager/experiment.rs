//! Trials of new versions on a primary's shadows: the shadow for it, the copy of the traffic, and what follows from the result.

use super::failover::promote;
use super::fleet::{Instance, Life};
use super::group::{Group, Round};
use super::records::ShadowRecord;
use super::trial::{Trial, TrialConfig, TrialPair, TrialResult, TrialVerdict};
use crate::error::{Error, Result};

/// Begins a trial.
pub(super) fn start(group: &mut Group, config: TrialConfig) -> Result<()> {
    config.check()?;
    if config.version == group.version {
        let problem = format!("{:?} is the one that runs", config.version);
        return Err(Error::config("version", problem));
    }
    if let Some(trial) = &group.trial {
        return Err(Error::not_ready(
            "trial",
            format!("that of version {:?} must end first", trial.config.version),
        ));
    }
    group.trial = Some(Trial::new(config));
    Ok(())
}

/// Takes in a pair; a look is recorded.
pub(super) fn observe(
    group: &mut Group,
    round: &mut Round<'_>,
    pair: &TrialPair,
) -> Result<Option<TrialResult>> {
    pair.check()?;
    let trial = under_way(&mut group.trial)?;
    let found = trial.observe(pair);
    if let Some(result) = found {
        round.journal.add(ShadowRecord::Trial {
            time: round.now,
            primary: group.primary.name.clone(),
            version: trial.config.version.clone(),
            result,
        });
    }
    Ok(found)
}

/// Ends a trial: the new version takes over, which it may only when it was shown to be no worse, or goes, once it serves nothing.
pub(super) fn end(group: &mut Group, round: &mut Round<'_>, is_promoted: bool) -> Result<()> {
    let trial = under_way(&mut group.trial)?;
    let version = trial.config.version.clone();
    let instance = trial.instance.filter(|id| round.fleet.is_running(*id));
    if is_promoted {
        if !trial.result.is_some_and(|result| result.is_no_worse) {
            let problem = format!("version {version:?} is not shown to be no worse than {:?}", group.version);
            return Err(Error::not_ready("trial", problem));
        }
        if instance.is_none() {
            return Err(Error::not_ready("trial", format!("no shadow runs version {version:?}")));
        }
    }
    trial.is_rejected = !is_promoted;
    stop_mirror(group, round);
    match (is_promoted, instance) {
        (true, Some(id)) => {
            group.trial = None;
            group.version.clone_from(&version);
            promote(group, round, id);
        }
        _ => clear(group, round),
    }
    let primary = group.primary.name.clone();
    round.journal.add(ShadowRecord::TrialEnded { time: round.now, primary, version, is_promoted });
    Ok(())
}

/// Sees to the shadow of a trial: there is one until the version is rejected or found to be worse, and it gets the copy of the traffic. How
/// many more shadows there are now.
pub(super) fn tend(group: &mut Group, place: usize, round: &mut Round<'_>, room: usize) -> usize {
    let Some(trial) = &mut group.trial else { return 0 };
    let is_worse = trial.result.is_some_and(|result| result.verdict == TrialVerdict::Worse);
    let is_over = is_worse || trial.is_rejected;
    let is_copied = trial.config.share == 0.0;
    trial.instance = trial.instance.filter(|id| {
        round
            .fleet
            .instances
            .get(id)
            .is_some_and(|instance| matches!(instance.life, Life::Creating | Life::Running))
    });
    let instance = trial.instance;
    let version = trial.config.version.clone();
    if group.mirrored != instance {
        stop_mirror(group, round);
    }
    match instance {
        _ if is_over => {
            clear(group, round);
            0
        }
        Some(id) => {
            if is_copied && group.mirrored != Some(id) && round.fleet.is_running(id) {
                round.fleet.mirror(round.now, id, &group.primary.name, true);
                group.mirrored = Some(id);
            }
            0
        }
        None if room > 0 => {
            let base: Vec<f64> = group.primary.base().collect();
            let sizes = group.primary.all_sizes();
            // The one that can have most of what the primary has.
            let covers = |size: &super::primary::ShadowSize| super::combination::cover(&size.amounts, &base);
            let Some(size) = sizes.into_iter().reduce(|a, b| if covers(&b) > covers(&a) { b } else { a })
            else {
                return 0;
            };
            let id = round.fleet.add(Instance {
                primary: place,
                life: Life::Creating,
                version,
                size: size.name,
                amounts: size.amounts.clone(),
                asked: size.amounts.clone(),
                ceiling: size.amounts,
                price_per_hour: size.price_per_hour,
                order: 0,
                resizing: 0,
            });
            round.fleet.start(round.now, id, &group.primary.name);
            group.trial.iter_mut().for_each(|trial| trial.instance = Some(id));
            group.members.insert(id);
            1
        }
        None => 0,
    }
}

/// The trial, unless it was rejected already.
fn under_way(trial: &mut Option<Trial>) -> Result<&mut Trial> {
    let under_way = trial.as_mut().filter(|trial| !trial.is_rejected);
    under_way.ok_or_else(|| Error::not_ready("trial", "none was started"))
}

/// Releases the shadow of a trial that is over, unless traffic must be taken from it first; with it goes a rejected trial.
fn clear(group: &mut Group, round: &mut Round<'_>) {
    if let Some(id) = group.trial_instance() {
        if group.serves(id) {
            return;
        }
        stop_mirror(group, round);
        round.fleet.release(round.now, id);
    }
    group.trial = group.trial.take().filter(|trial| !trial.is_rejected);
    group.trial.iter_mut().for_each(|trial| trial.instance = None);
}

fn stop_mirror(group: &mut Group, round: &mut Round<'_>) {
    if let Some(instance) = group.mirrored.take() {
        round.fleet.mirror(round.now, instance, &group.primary.name, false);
    }
}
