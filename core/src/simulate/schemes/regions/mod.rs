//! Regions under one plan, against each region by itself.
//!
//! Each row of the loads is that of an application where it arises; what arises in one region for one application is one load. The manager
//! counts it, plans at each interval of the world, knows the prices and the carbon intensity of the coming minutes, and sends loads where
//! they are served best: what goes to another region is later by the latency between the two, which is that of a round trip. What
//! its routes leave unserved goes where the rest goes, or waits at home. In the simple arm the baseline's policy scales each load where
//! it arises. Both arms lose a region in the same stretches: its replicas are gone at once, and new ones take their time. The simple arm
//! sends its load to the nearest region that serves the application until as many replicas as before run at home again, as a
//! load balancer with health checks does; without such a region it waits. A global budget and the regions' capacity bind the simple
//! arm as well: each load has its share of them, by its mean in the time that is learned from, and one replica at the least.

mod config;
mod land;
mod local;
mod planned;
#[cfg(test)]
mod tests;

pub use config::{Outage, RegionsTrialConfig, RowOrigin, TrialRegion};

use super::Trial;
use super::lane::{Progress, play};
use super::reactive::ReactiveArm;
use super::report::{Grid, SchemeReport, judge};
use crate::error::{Error, Result};
use land::{Land, Origin};
use local::Local;
use planned::Planned;
use std::collections::{BTreeMap, BTreeSet};

/// Pairs of a region and an application times rounds at the most: some minutes.
const MOST_PLANNED: usize = 5_000_000;

/// Tries the regions.
pub(super) fn trial(
    trial: &Trial<'_>,
    settings: &RegionsTrialConfig,
    progress: Progress<'_>,
) -> Result<SchemeReport> {
    let (names, rows) = (settings.places(), trial.rows.len());
    if !settings.rows.is_empty() && settings.rows.len() != rows {
        let problem =
            format!("must be one for each of the {rows} rows of the loads, got {}", settings.rows.len());
        return Err(Error::config("rows", problem));
    }
    let mut applications: BTreeSet<&str> = settings.rows.iter().map(|row| row.application.as_str()).collect();
    if applications.is_empty() {
        applications.insert("all");
    }
    let manager = settings.manager(trial.config, &applications)?;
    let applications: Vec<&str> = applications.into_iter().collect();
    let mut found: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for row in 0..rows {
        let pair = match settings.rows.get(row) {
            None => (0, row % settings.regions.len()),
            Some(origin) => (
                applications.binary_search(&origin.application.as_str()).unwrap_or(0),
                names.get(origin.region.as_str()).copied().unwrap_or(0),
            ),
        };
        found.entry(pair).or_default().push(row);
    }
    let origin = |((application, region), rows)| Origin { region, application, rows };
    let origins: Vec<Origin> = found.into_iter().map(origin).collect();
    let loads: Vec<Vec<f64>> = origins.iter().map(|origin| total(trial, &origin.rows)).collect();
    let scenes = trial.scenes(&loads)?;
    let clock = &scenes.first().ok_or_else(|| Error::internal("there is no load"))?.clock;
    let rounds = clock.steps.div_ceil(clock.decide_every);
    let pairs = applications.len().saturating_mul(settings.regions.len());
    if pairs.saturating_mul(rounds) > MOST_PLANNED {
        let problem = format!(
            "need {rounds} rounds of {pairs} regions' applications; their product is {MOST_PLANNED} at the most"
        );
        return Err(Error::data("loads", problem));
    }
    let times: Vec<i64> = (0..rounds).map(|round| clock.time(round * clock.decide_every)).collect();
    let land = Land::new(trial, settings, applications, origins, &loads, &times);
    let simple = Local { trial, land: &land, scenes: &scenes, reactive: ReactiveArm::new(trial, &scenes) };
    let mut first = 0;
    let mut report = judge(trial, &simple, progress, |progress| {
        let mut planned = Planned::new(trial.config, &land, manager);
        let played =
            play("regions", planned.lanes(&scenes)?, &mut planned, trial.learned_columns(), true, progress)?;
        first = played.first_round();
        Ok(played)
    })?;
    let grid = Grid::new(trial, first);
    for (place, shown) in report.timeline.regions.iter_mut().enumerate() {
        let here = land.origins.iter().zip(&loads).filter(|(origin, _)| origin.region == place);
        let here: Vec<Vec<f64>> = here.map(|(_, load)| load.clone()).collect();
        let load = grid.columns(&here);
        shown.load = if load.is_empty() { vec![0.0; report.timeline.load.len()] } else { load };
        let grams = land.grams.get(place).and_then(|grams| grams.get(first..)).unwrap_or_default();
        shown.carbon_grams = grid.rounds(grams);
        shown.name = settings.regions.get(place).map(|region| region.name.clone()).unwrap_or_default();
    }
    Ok(report)
}

/// The sum of rows of the loads.
fn total(trial: &Trial<'_>, rows: &[usize]) -> Vec<f64> {
    let mut total = vec![0.0; trial.rows.first().map_or(0, Vec::len)];
    for row in rows.iter().filter_map(|row| trial.rows.get(*row)) {
        total.iter_mut().zip(row).for_each(|(sum, load)| *sum += load);
    }
    total
}
