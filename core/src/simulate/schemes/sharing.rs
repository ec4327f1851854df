//! Tenants on common capacity, against each on its own.
//!
//! The groups are those of [`share`] on the time that is learned from; the rest judges them. Fixed capacity is what the promise needs at the
//! quantile of the group's load, in both arms; elastic capacity follows the load by the same policy, in both arms.

use super::lane::{Lane, Played, Progress, play, starting};
use super::reactive::{Fixed, Reactive, ReactiveArm};
use super::report::{SchemeReport, SimpleArm, judge};
use super::{Trial, lane::Arm};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::policy::replicas_for;
use crate::pool::{ShareConfig, share};
use crate::rows::Rows;
use crate::simulate::scene::Scene;
use crate::simulate::sweep::Candidate;
use serde::{Deserialize, Serialize};

/// Shares of its capacity that a tenant alone is tried with.
const FACTORS: [f64; 19] =
    [0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.05, 1.1, 1.2, 1.3, 1.5, 1.75, 2.0, 3.0, 5.0];

/// How tenants share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SharingConfig {
    /// Share of the time for which a capacity is enough, above 0, at most 1; 0.999.
    pub quantile: f64,
    /// Tenants in a group at the most, at least 1; 8.
    pub most_tenants: usize,
    /// Whether the capacity of groups and tenants alike follows their loads by the baseline's policy; false: it is fixed.
    pub elastic: bool,
}

impl Default for SharingConfig {
    fn default() -> Self {
        let ShareConfig { quantile, most_tenants, .. } = ShareConfig::default();
        SharingConfig { quantile, most_tenants, elastic: false }
    }
}

impl SharingConfig {
    pub(super) fn check(&self) -> Result<()> {
        self.shares(self.most_tenants).check()
    }

    /// The trial judges by itself: nothing is held out.
    fn shares(&self, most_tenants: usize) -> ShareConfig {
        ShareConfig { quantile: self.quantile, most_tenants, holdout: 0.0, ..ShareConfig::default() }
    }
}

/// Tries the tenants of all rows.
pub(super) fn trial(
    trial: &Trial<'_>,
    settings: &SharingConfig,
    progress: Progress<'_>,
) -> Result<SchemeReport> {
    let learned = trial.learned_columns();
    if learned == 0 {
        return Err(Error::config("learn_share", "leaves nothing that the groups could be learned from"));
    }
    let past: Vec<f64> = trial.rows.iter().flat_map(|row| row.iter().take(learned).copied()).collect();
    let sharing = |most| share(Rows::whole(&past, learned), &settings.shares(most));
    let (groups, alone) = (sharing(settings.most_tenants)?.groups, sharing(1)?.groups);
    let total = |tenants: &[usize]| -> Vec<f64> {
        let columns = trial.rows.first().map_or(0, Vec::len);
        let mut total = vec![0.0; columns];
        for row in tenants.iter().filter_map(|tenant| trial.rows.get(*tenant)) {
            total.iter_mut().zip(row).for_each(|(sum, load)| *sum += load);
        }
        total
    };
    let loads: Vec<Vec<f64>> = groups.iter().map(|group| total(&group.tenants)).collect();
    let (shared, isolated) = (trial.scenes(&loads)?, trial.scenes(trial.rows)?);
    let users: Vec<usize> = groups.iter().map(|group| group.tenants.len()).collect();
    if settings.elastic {
        let simple = ReactiveArm::new(trial, &isolated);
        return judge(trial, &simple, progress, |progress| {
            let given = Candidate::of(&trial.config.baseline);
            let engines: Result<Vec<Engine>> = shared.iter().map(|scene| given.engine(scene)).collect();
            let mut engines = engines?;
            let mut arm = Reactive::new(&mut engines, &shared);
            let mut lanes = starting(&shared)?;
            lanes.iter_mut().zip(&users).for_each(|(lane, users)| lane.serves(*users));
            play("shared", lanes, &mut arm, learned, true, progress)
        });
    }
    let simple =
        Isolated { scenes: &isolated, capacities: alone.iter().map(|one| one.capacity).collect(), trial };
    judge(trial, &simple, progress, |progress| {
        let capacities: Vec<f64> = groups.iter().map(|group| group.capacity).collect();
        let mut lanes = fixed(trial, &shared, &capacities, 1.0)?;
        lanes.iter_mut().zip(&users).for_each(|(lane, users)| lane.serves(*users));
        play("shared", lanes, &mut Fixed as &mut dyn Arm, learned, true, progress)
    })
}

/// Lanes with what the promise needs at so many times their capacities.
fn fixed<'a>(
    trial: &Trial<'_>,
    scenes: &'a [Scene<'a>],
    capacities: &[f64],
    factor: f64,
) -> Result<Vec<Lane<'a>>> {
    let world = &trial.config.world;
    let lane = |(scene, capacity): (&'a Scene<'a>, &f64)| {
        let count = replicas_for(factor * capacity, world.service_rate, world.target(), world.max_replicas)?;
        Lane::new(scene, count.clamp(world.min_replicas.max(1), world.max_replicas))
    };
    scenes.iter().zip(capacities).map(lane).collect()
}

/// Each tenant alone, with a fixed capacity.
struct Isolated<'a> {
    trial: &'a Trial<'a>,
    scenes: &'a [Scene<'a>],
    capacities: Vec<f64>,
}

impl SimpleArm for Isolated<'_> {
    fn settings(&self) -> Vec<String> {
        let others = if self.trial.config.sweep { &FACTORS[..] } else { &[] };
        let named = others.iter().map(|factor| format!("capacity={factor}"));
        std::iter::once(String::new()).chain(named).collect()
    }

    fn play(&self, setting: usize, detailed: bool, progress: Progress<'_>) -> Result<Played> {
        let factor = setting.checked_sub(1).and_then(|place| FACTORS.get(place)).copied().unwrap_or(1.0);
        let lanes = fixed(self.trial, self.scenes, &self.capacities, factor)?;
        play("isolated", lanes, &mut Fixed, self.trial.learned_columns(), detailed, progress)
    }
}
