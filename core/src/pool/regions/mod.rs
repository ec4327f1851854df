//! Several regions and applications under one budget: how much of each application to run where, and which region serves whose requests.
//!
//! The load of each application from each region is forecast for as long as new replicas take. Who serves it is a transportation problem
//! (see `transport`): a replica in a region costs its price, its carbon and the latency that its requests pay, within what latency,
//! residency, capacity and the budget allow. As the day's peak moves round the earth, so do the replicas (follow the sun), and as power
//! becomes cleaner elsewhere, what may be served from afar goes there (follow the carbon); a price of moving keeps routes from
//! flapping. A region that is lost has no capacity: its load is spread over the others, and it comes back step by step. Requests are
//! routed only to replicas that run.
//!
//! ```
//! use forescale::pool::{Application, Latency, Outcome, Region, Regions, RegionsConfig};
//!
//! let mut regions = Regions::new(RegionsConfig::default())?;
//! for (name, cost) in [("europe", 1.0), ("america", 3.0)] {
//!     regions.set_region(Region { name: name.into(), capacity: 100, cost, watts: 200.0 })?;
//! }
//! regions.set_latencies(vec![Latency { from: "europe".into(), to: "america".into(), milliseconds: 90.0 }])?;
//! regions.set_application(Application::new("shop", 10.0))?;
//! regions.observe(10_000, "america", "shop", 3000.0)?;
//! for order in regions.plan(300_000)? {
//!     regions.report(order.id, Outcome::Confirmed)?;
//! }
//! regions.plan(300_000)?;
//! // A replica in Europe is cheaper by more than the latency is worth.
//! let route = regions.routes().into_iter().find(|route| route.source == "america").unwrap();
//! assert_eq!((route.shares[0].region.as_str(), route.shares[0].share, route.unserved), ("europe", 1.0, 0.0));
//! # Ok::<(), forescale::Error>(())
//! ```

mod aim;
mod config;
mod explain;
mod lifecycle;
mod records;
mod rounds;
mod simplex;
mod source;
#[cfg(test)]
mod tests;
mod transport;
mod whole;

pub use config::{Application, CarbonIntensity, GlobalBudget, Latency, Region, RegionsConfig};
pub use records::{
    RegionAction, RegionReason, RegionRecord, RegionalReplicas, Route, RouteLimit, RouteShare,
    RunningReplicas,
};

use super::clock::Clock;
use super::clone_manager::GivenForecast;
use super::coverage::Coverage;
use super::demand::SharedSeason;
use super::journal::Journal;
use super::orders::{Instruction, Orders};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use source::Source;
use std::collections::BTreeMap;

/// Regions, and sources of requests (regions times applications), at the most: a round is seconds then, where the budget is short.
const MOST_REGIONS: usize = 64;
const MOST_SOURCES: usize = 2000;
/// Requests in one count at the most.
const MOST_REQUESTS: f64 = 1e12;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Place {
    region: Region,
    is_up: bool,
    /// Rounds since it came back.
    recovered: u32,
    carbon: Vec<CarbonIntensity>,
    /// How the load of this region runs through the day, whatever the application: the sun is at its own hour in each.
    shared: SharedSeason,
}

/// Replicas of an application in a region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Cell {
    wanted: u32,
    running: u32,
    /// The instruction that is open, and the replicas that it asks for; 0 for none.
    order: u64,
    asked: u32,
    /// Requests per second that the last round wants them for, why, and since which round it has wanted as many for the same reason.
    rate: f64,
    reason: Option<RegionReason>,
    since: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Service {
    application: Application,
    sources: Vec<Source>,
    cells: Vec<Cell>,
    /// Shares of each source's requests by region, as planned and as routed; what is missing to 1 is not served.
    aimed: Vec<Vec<f64>>,
    routed: Vec<Vec<f64>>,
    limits: Vec<Option<RouteLimit>>,
}

/// How much of each application to run in which region, and who serves whom. Calls must not overlap. At the most 64 regions and 2,000
/// pairs of a region and an application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regions {
    config: RegionsConfig,
    places: Vec<Place>,
    place_of: BTreeMap<String, usize>,
    services: Vec<Service>,
    service_of: BTreeMap<String, usize>,
    latencies: Vec<Latency>,
    orders: Orders<RegionAction>,
    journal: Journal<RegionRecord>,
    clock: Clock,
    coverage: Coverage,
    /// When the last round was.
    planned: Option<i64>,
}

impl Regions {
    /// No region and no application yet.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: RegionsConfig) -> Result<Self> {
        config.check()?;
        Ok(Regions {
            orders: Orders::new(config.retry),
            config,
            places: Vec::new(),
            place_of: BTreeMap::new(),
            services: Vec::new(),
            service_of: BTreeMap::new(),
            latencies: Vec::new(),
            journal: Journal::default(),
            clock: Clock::default(),
            coverage: Coverage::new(config.step_milliseconds()),
            planned: None,
        })
    }

    /// Adds a region, or changes one's capacity, cost and power from the next round on.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is out of range; [`Error::Data`] for more than 64 regions, or 2,000 pairs.
    pub fn set_region(&mut self, region: Region) -> Result<()> {
        region.check()?;
        if let Some(place) = self.place_of.get(&region.name).and_then(|place| self.places.get_mut(*place)) {
            place.region = region;
            return Ok(());
        }
        self.check_size(self.places.len() + 1, self.services.len())?;
        for service in &mut self.services {
            service.add_region(&self.config);
        }
        self.place_of.insert(region.name.clone(), self.places.len());
        let recovered = self.config.recovery_rounds;
        let shared = SharedSeason::new(self.config.season_steps());
        self.places.push(Place { region, is_up: true, recovered, carbon: Vec::new(), shared });
        Ok(())
    }

    /// Adds an application, or changes what one needs from the next round on.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is out of range; [`Error::Data`] for more than 2,000 pairs of a region and an application.
    pub fn set_application(&mut self, application: Application) -> Result<()> {
        application.check()?;
        let name = &application.name;
        if let Some(service) = self.service_of.get(name).and_then(|place| self.services.get_mut(*place)) {
            service.application = application;
            return Ok(());
        }
        self.check_size(self.places.len(), self.services.len() + 1)?;
        self.service_of.insert(name.clone(), self.services.len());
        let mut service = Service {
            application,
            sources: Vec::new(),
            cells: Vec::new(),
            aimed: Vec::new(),
            routed: Vec::new(),
            limits: Vec::new(),
        };
        for _ in &self.places {
            service.add_region(&self.config);
        }
        self.services.push(service);
        Ok(())
    }

    /// Says how far regions are apart; what was said before is forgotten.
    ///
    /// # Errors
    /// [`Error::Config`] for a latency that is not 0 to 10⁹ ms.
    pub fn set_latencies(&mut self, latencies: Vec<Latency>) -> Result<()> {
        latencies.iter().try_for_each(Latency::check)?;
        self.latencies = latencies;
        Ok(())
    }

    /// The carbon intensity of a region's power, past and expected, each value until the next; in place of what was said before.
    ///
    /// # Errors
    /// [`Error::Data`] for a region that is not known, an intensity that is negative or not finite, times that do not rise, or more than
    /// 10,000 values.
    pub fn set_carbon(&mut self, region: &str, carbon: Vec<CarbonIntensity>) -> Result<()> {
        let place = known("region", &self.place_of, region)?;
        if carbon.len() > 10_000 {
            return Err(Error::data("carbon", format!("has {} values, 10000 at the most", carbon.len())));
        }
        if let Some(at) = carbon.iter().position(|value| !(0.0..=1e9).contains(&value.grams)) {
            return Err(Error::data("carbon", format!("value {at} must be 0 to 1e9 grams")));
        }
        if !carbon.is_sorted_by(|a, b| a.time < b.time) {
            return Err(Error::data("carbon", "times must rise"));
        }
        if let Some(place) = self.places.get_mut(place) {
            place.carbon = carbon;
        }
        Ok(())
    }

    /// Takes in a forecast of the host's own for the requests from a region for an application: it counts in place of the learned one in
    /// the steps that it tells. An empty one leaves them to the learned one again.
    ///
    /// # Errors
    /// [`Error::Data`] for names that are not known, a volume that is negative or not finite, or more than 2,016 steps.
    pub fn set_forecast(
        &mut self,
        region: &str,
        application: &str,
        forecast: &[GivenForecast],
    ) -> Result<()> {
        let (place, service) = self.pair(region, application)?;
        let source = self.services.get_mut(service).and_then(|service| service.sources.get_mut(place));
        source.map_or(Ok(()), |source| source.give(forecast, &self.config))
    }

    /// Counts requests from a region for an application, as they come in at `now` (Unix milliseconds). Time in which nothing is called
    /// is unknown, and not time without requests: a round is to be planned once a step at the least.
    ///
    /// # Errors
    /// [`Error::Data`] for names that are not known, a count that is not 0 to 10¹², or a `now` before the last one, or a year after it.
    pub fn observe(&mut self, now: i64, region: &str, application: &str, requests: f64) -> Result<()> {
        let (place, service) = self.pair(region, application)?;
        if !(0.0..=MOST_REQUESTS).contains(&requests) {
            return Err(Error::data("requests", format!("must be 0 to {MOST_REQUESTS:e}, got {requests}")));
        }
        self.go_to(now)?;
        let source = self.services.get_mut(service).and_then(|service| service.sources.get_mut(place));
        if let Some(source) = source {
            source.begin(self.coverage.step(), self.coverage.seen_before(), &self.config);
            source.add(requests);
        }
        self.coverage.count();
        Ok(())
    }

    /// What the last round handed out.
    pub fn instructions(&self) -> &[Instruction<RegionAction>] {
        self.orders.handed()
    }

    /// What changed and why, in the rounds since the journal was last cleared: at the most the last 10,000 changes.
    pub fn journal(&self) -> &Journal<RegionRecord> {
        &self.journal
    }

    /// Forgets the records of the journal, as when they were written down elsewhere.
    pub fn clear_journal(&mut self) {
        drop(self.journal.take());
    }

    /// The settings.
    pub fn config(&self) -> &RegionsConfig {
        &self.config
    }

    fn check_size(&self, regions: usize, applications: usize) -> Result<()> {
        if regions > MOST_REGIONS || regions.saturating_mul(applications) > MOST_SOURCES {
            let problem = format!(
                "{regions} regions of {applications} applications are too many: {MOST_REGIONS}, and {MOST_SOURCES} pairs, at the most"
            );
            return Err(Error::data("regions", problem));
        }
        Ok(())
    }

    fn pair(&self, region: &str, application: &str) -> Result<(usize, usize)> {
        let place = known("region", &self.place_of, region)?;
        Ok((place, known("application", &self.service_of, application)?))
    }

    /// Goes to `now`; where a step ends, all sources learn from it.
    fn go_to(&mut self, now: i64) -> Result<()> {
        self.clock.advance("now", now)?;
        if let Some(turn) = self.coverage.call(now) {
            for service in &mut self.services {
                for (source, place) in service.sources.iter_mut().zip(&mut self.places) {
                    source.turn(&turn, &mut place.shared);
                }
            }
        }
        Ok(())
    }
}

impl Service {
    fn add_region(&mut self, config: &RegionsConfig) {
        self.sources.push(Source::new(config));
        self.cells.push(Cell::default());
        self.limits.push(Some(RouteLimit::Starting));
        let count = self.cells.len();
        for rows in [&mut self.aimed, &mut self.routed] {
            rows.push(vec![0.0; count]);
            rows.iter_mut().for_each(|row| row.resize(count, 0.0));
        }
    }
}

fn known(what: &str, places: &BTreeMap<String, usize>, name: &str) -> Result<usize> {
    places.get(name).copied().ok_or_else(|| Error::data(what, format!("{name:?} is not known")))
}
