//! The regions of a trial, as both arms have them: how far apart, what each costs and emits, when each is lost.

use super::config::{RegionsTrialConfig, TrialRegion, watts};
use crate::pool::GlobalBudget;
use crate::simulate::scene::Scene;
use crate::simulate::schemes::Trial;
use crate::simulate::schemes::lane::{Inflow, Site};

/// What arises in one region for one application.
pub(super) struct Origin {
    pub(super) region: usize,
    pub(super) application: usize,
    pub(super) rows: Vec<usize>,
}

/// The regions of a trial, as both arms have them.
pub(super) struct Land<'a> {
    pub(super) settings: &'a RegionsTrialConfig,
    pub(super) applications: Vec<&'a str>,
    /// One a scene.
    pub(super) origins: Vec<Origin>,
    /// Seconds from each region to each and back; infinite where one does not serve the other.
    pub(super) seconds: Vec<Vec<f64>>,
    /// Grams of CO₂ for a kilowatt-hour in each region, round by round; empty: not known.
    pub(super) grams: Vec<Vec<f64>>,
    pub(super) surcharges: Vec<f64>,
    pub(super) outages: Vec<Vec<(i64, i64)>>,
    /// Replicas that each origin's load has at the most where it is by itself.
    pub(super) quotas: Vec<u32>,
}

impl<'a> Land<'a> {
    /// For `times` at which rounds begin, and the load of each origin.
    pub(super) fn new(
        trial: &Trial<'_>,
        settings: &'a RegionsTrialConfig,
        applications: Vec<&'a str>,
        origins: Vec<Origin>,
        loads: &[Vec<f64>],
        times: &[i64],
    ) -> Self {
        let usual = trial.config.world.cost_per_replica_hour;
        let regions = settings.regions.iter();
        Land {
            settings,
            seconds: distances(settings),
            grams: regions.clone().map(|region| intensities(region, times)).collect(),
            surcharges: regions.clone().map(|region| settings.cost(region, trial.config) - usual).collect(),
            outages: regions.map(|region| outages(settings, &region.name)).collect(),
            quotas: quotas(trial, settings, &origins, loads),
            origins,
            applications,
        }
    }

    pub(super) fn is_lost(&self, region: usize, now: i64) -> bool {
        let lost = |(from, until): &(i64, i64)| *from <= now && now < *until;
        self.outages.get(region).is_some_and(|outages| outages.iter().any(lost))
    }

    pub(super) fn seconds(&self, from: usize, to: usize) -> f64 {
        self.seconds.get(from).and_then(|row| row.get(to)).copied().unwrap_or(f64::INFINITY)
    }

    pub(super) fn site<'b>(&'b self, region: usize, sources: &'b [Scene<'b>]) -> Site<'b> {
        Site {
            number: region,
            surcharge: self.surcharges.get(region).copied().unwrap_or(0.0),
            grams: self.grams.get(region).map_or(&[], Vec::as_slice),
            sources,
        }
    }

    /// A share of an origin's load, as it comes to a region.
    pub(super) fn inflow(&self, source: usize, share: f64, region: usize) -> Option<Inflow> {
        let origin = self.origins.get(source)?;
        Some(Inflow {
            source,
            rows: origin.rows.len() as f64,
            share,
            seconds: self.seconds(origin.region, region),
        })
    }
}

fn distances(settings: &RegionsTrialConfig) -> Vec<Vec<f64>> {
    let (names, count) = (settings.places(), settings.regions.len());
    let mut seconds = vec![vec![f64::INFINITY; count]; count];
    let most = settings.most_latency.unwrap_or(f64::INFINITY);
    for latency in settings.distances().iter().filter(|latency| latency.milliseconds <= most) {
        let ends = (names.get(latency.from.as_str()), names.get(latency.to.as_str()));
        if let (Some(from), Some(to)) = ends {
            for (from, to) in [(*from, *to), (*to, *from)] {
                let cell = seconds.get_mut(from).and_then(|row| row.get_mut(to));
                cell.into_iter().for_each(|cell| *cell = latency.milliseconds / 1000.0);
            }
        }
    }
    for (place, row) in seconds.iter_mut().enumerate() {
        row.get_mut(place).into_iter().for_each(|cell| *cell = 0.0);
    }
    seconds
}

/// The carbon intensity of a region's power at each time.
fn intensities(region: &TrialRegion, times: &[i64]) -> Vec<f64> {
    if region.carbon.is_empty() {
        return Vec::new();
    }
    let at = |time: &i64| {
        let since = region.carbon.partition_point(|value| value.time <= *time);
        region.carbon.get(since.saturating_sub(1)).map_or(0.0, |value| value.grams)
    };
    times.iter().map(at).collect()
}

fn outages(settings: &RegionsTrialConfig, region: &str) -> Vec<(i64, i64)> {
    let own = settings.outages.iter().filter(|outage| outage.region == region);
    own.map(|outage| (outage.from, outage.until)).collect()
}

/// Replicas that each origin has at the most by itself: its share of its region's capacity and of the budget.
fn quotas(
    trial: &Trial<'_>,
    settings: &RegionsTrialConfig,
    origins: &[Origin],
    loads: &[Vec<f64>],
) -> Vec<u32> {
    let (learned, world) = (trial.learned_columns(), &trial.config.world);
    let mean = |load: &Vec<f64>| load.iter().take(learned).sum::<f64>();
    let mut means: Vec<f64> = loads.iter().map(mean).collect();
    if means.iter().sum::<f64>() <= 0.0 {
        means.fill(1.0);
    }
    let sum = |counts: &dyn Fn(&Origin) -> bool| -> f64 {
        origins.iter().zip(&means).filter(|(origin, _)| counts(origin)).map(|(_, mean)| mean).sum()
    };
    let in_all = sum(&|_| true);
    let quota = |(origin, mean): (&Origin, &f64)| {
        let Some(region) = settings.regions.get(origin.region) else { return world.max_replicas };
        let here = sum(&|other| other.region == origin.region);
        let capacity = f64::from(region.capacity.unwrap_or(world.max_replicas));
        let most = if here > 0.0 { capacity * mean / here } else { 0.0 };
        let budget = match settings.manager.budget {
            None => f64::INFINITY,
            Some(GlobalBudget::Replicas(limit)) => limit,
            Some(GlobalBudget::Cost(limit)) => limit / settings.cost(region, trial.config),
            Some(GlobalBudget::Watts(limit)) => limit / watts(trial.config),
        };
        let share = budget * mean / in_all;
        let most = if share.is_nan() { most } else { most.min(share) };
        (most as u32).clamp(1, world.max_replicas.max(1))
    };
    origins.iter().zip(&means).map(quota).collect()
}
