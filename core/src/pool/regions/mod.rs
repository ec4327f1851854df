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
mod answers;
mod config;
mod rounds;
mod source;
#[cfg(test)]
mod tests;
mod transport;

pub use answers::{
    RegionAction, RegionReason, RegionRecord, RegionalReplicas, Route, RouteLimit, RouteShare,
    RunningReplicas,
};
pub use config::{Application, CarbonIntensity, GlobalBudget, Latency, Region, RegionsConfig};

use super::clone_manager::GivenForecast;
use super::demand::SharedSeason;
use super::journal::Journal;
use super::orders::{Instruction, Orders, Outcome, Settled};
use crate::error::{Error, Result};
use crate::snapshot;
use serde::{Deserialize, Serialize};
use source::Source;
use std::collections::BTreeMap;

/// Regions, and sources of requests (regions times applications), at the most.
const MOST_REGIONS: usize = 64;
const MOST_SOURCES: usize = 20_000;
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

/// How much of each application to run in which region, and who serves whom. Calls must not overlap. At the most 64 regions and 20,000
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
    now: i64,
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
            now: i64::MIN,
        })
    }

    /// Adds a region, or changes one's capacity, cost and power from the next round on.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is out of range; [`Error::Data`] for more than 64 regions, or 20,000 pairs.
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
    /// [`Error::Config`] names the field that is out of range; [`Error::Data`] for more than 20,000 pairs of a region and an application.
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
    /// [`Error::Config`] for a latency that is negative or not finite.
    pub fn set_latencies(&mut self, latencies: Vec<Latency>) -> Result<()> {
        for latency in &latencies {
            let name = format!("latency from {} to {}", latency.from, latency.to);
            crate::error::not_negative(&name, latency.milliseconds)?;
        }
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

    /// A region is lost: nothing runs there any more, and its load is spread over the others. Its requests still come.
    ///
    /// # Errors
    /// [`Error::Data`] for a region that is not known.
    pub fn region_lost(&mut self, region: &str) -> Result<()> {
        let place = known("region", &self.place_of, region)?;
        if let Some(place) = self.places.get_mut(place) {
            (place.is_up, place.recovered) = (false, 0);
        }
        for cell in self.services.iter_mut().filter_map(|service| service.cells.get_mut(place)) {
            if cell.order > 0 {
                self.orders.withdraw(cell.order);
            }
            *cell = Cell { wanted: cell.wanted, ..Cell::default() };
        }
        Ok(())
    }

    /// A region is back: it is given its load again step by step, over the rounds of the settings.
    ///
    /// # Errors
    /// [`Error::Data`] for a region that is not known.
    pub fn region_back(&mut self, region: &str) -> Result<()> {
        let place = known("region", &self.place_of, region)?;
        if let Some(place) = self.places.get_mut(place) {
            place.is_up = true;
        }
        Ok(())
    }

    /// Counts requests from a region for an application, as they come in at `now` (Unix milliseconds).
    ///
    /// # Errors
    /// [`Error::Data`] for names that are not known, a count that is not 0 to 10¹², or a time before the last round or count.
    pub fn observe(&mut self, now: i64, region: &str, application: &str, requests: f64) -> Result<()> {
        let (place, service) = self.pair(region, application)?;
        if !(0.0..=MOST_REQUESTS).contains(&requests) {
            return Err(Error::data("requests", format!("must be 0 to {MOST_REQUESTS:e}, got {requests}")));
        }
        self.go_to(now)?;
        let step = self.config.step(now);
        let source = self.services.get_mut(service).and_then(|service| service.sources.get_mut(place));
        if let (Some(source), Some(place)) = (source, self.places.get_mut(place)) {
            source.add(step, requests, &self.config, &mut place.shared);
        }
        Ok(())
    }

    /// What really runs, as the actuator's own list has it; what is not in it does not run.
    ///
    /// # Errors
    /// [`Error::Data`] for names that are not known, or a time before the last round or count.
    pub fn reconcile(&mut self, now: i64, running: &[RunningReplicas]) -> Result<()> {
        let mut counts = BTreeMap::new();
        for found in running {
            counts.insert(self.pair(&found.region, &found.application)?, found.replicas);
        }
        self.go_to(now)?;
        for (number, service) in self.services.iter_mut().enumerate() {
            for (place, cell) in service.cells.iter_mut().enumerate() {
                cell.running = counts.get(&(place, number)).copied().unwrap_or(0);
            }
        }
        Ok(())
    }

    /// Takes in what the actuator reports of instruction `id`; the same report twice changes nothing.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that was never issued.
    pub fn report(&mut self, id: u64, outcome: Outcome) -> Result<()> {
        match self.orders.report(id, outcome)? {
            Settled::Confirmed(action) => self.settled(&action, true, false),
            Settled::ConfirmedLate(action) => self.settled(&action, true, true),
            Settled::Withdrawn(action) => self.settled(&action, false, false),
            Settled::Retried | Settled::Repeated => {}
        }
        Ok(())
    }

    /// What the last round handed out.
    pub fn instructions(&self) -> &[Instruction<RegionAction>] {
        self.orders.handed()
    }

    /// Where the requests for each application from each region are to go, by what runs there.
    pub fn routes(&self) -> Vec<Route> {
        let names = || self.places.iter().map(|place| place.region.name.as_str());
        let of = |service: &Service| -> Vec<Route> {
            let rows = names().zip(&service.routed).zip(&service.limits);
            let route = |((source, row), limit): ((&str, &Vec<f64>), &Option<RouteLimit>)| {
                let shares = names().zip(row).filter(|(_, share)| **share > 0.0);
                let share =
                    |(region, share): (&str, &f64)| RouteShare { region: region.into(), share: *share };
                let unserved = (1.0 - row.iter().sum::<f64>()).clamp(0.0, 1.0);
                Route {
                    application: service.application.name.clone(),
                    source: source.into(),
                    shares: shares.map(share).collect(),
                    unserved: if unserved > 1e-9 { unserved } else { 0.0 },
                    limited_by: *limit,
                }
            };
            rows.map(route).collect()
        };
        self.services.iter().flat_map(of).collect()
    }

    /// Replicas of each application in each region.
    pub fn replicas(&self) -> Vec<RegionalReplicas> {
        let of = |service: &Service| -> Vec<RegionalReplicas> {
            let cells = self.places.iter().zip(&service.cells);
            let made = cells.map(|(place, cell)| RegionalReplicas {
                region: place.region.name.clone(),
                application: service.application.name.clone(),
                wanted: cell.wanted,
                running: cell.running,
            });
            made.collect()
        };
        self.services.iter().flat_map(of).collect()
    }

    /// What is expected from a region for an application in the coming day: a mean and the quantile that is made ready for, in requests
    /// a step.
    ///
    /// # Errors
    /// [`Error::Data`] for names that are not known.
    pub fn forecast(&self, region: &str, application: &str) -> Result<Vec<GivenForecast>> {
        let (place, service) = self.pair(region, application)?;
        let source = self.services.get(service).and_then(|service| service.sources.get(place));
        let (Some(source), Some(place)) = (source, self.places.get(place)) else { return Ok(Vec::new()) };
        source.forecast(self.config.lead_steps(), &self.config, &place.shared)
    }

    /// In words: where an application runs, who serves whom, and what limits it.
    ///
    /// # Errors
    /// [`Error::Data`] for an application that is not known.
    pub fn explain(&self, application: &str) -> Result<String> {
        known("application", &self.service_of, application)?;
        let mut text = format!("{application}:");
        for cell in self.replicas().iter().filter(|cell| cell.application == application) {
            text += &format!(" {} of {} replicas run in {}.", cell.running, cell.wanted, cell.region);
        }
        for route in self.routes().iter().filter(|route| route.application == application) {
            let shares = route.shares.iter().map(|to| format!("{} {:.1} %", to.region, 100.0 * to.share));
            let shares: Vec<String> = shares.collect();
            let served = if shares.is_empty() { "nobody".to_owned() } else { shares.join(", ") };
            text += &format!(" Requests from {} are served by {served}", route.source);
            text += &match route.limited_by {
                Some(limit) => format!("; {:.1} % are not: {}.", 100.0 * route.unserved, limit.words()),
                None => ".".to_owned(),
            };
        }
        let lost: Vec<&str> =
            self.places.iter().filter(|place| !place.is_up).map(|place| place.region.name.as_str()).collect();
        if !lost.is_empty() {
            text += &format!(" Lost: {}.", lost.join(", "));
        }
        Ok(text)
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

    /// Writes settings and state as bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::Regions, self)
    }

    /// Reads regions back: they go on exactly as if they had never stopped.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let regions: Regions = snapshot::load(snapshot::Kind::Regions, bytes)?;
        if regions.is_whole() {
            return Ok(regions);
        }
        Err(Error::Snapshot { problem: "the regions are inconsistent".into() })
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

    fn go_to(&mut self, now: i64) -> Result<()> {
        if now < self.now {
            return Err(Error::data("now", format!("{now} ms lies before {} ms", self.now)));
        }
        self.now = now;
        Ok(())
    }

    /// An instruction was carried out, or given up: the next round asks anew.
    fn settled(&mut self, action: &RegionAction, is_done: bool, is_late: bool) {
        let RegionAction::Scale { region, application, replicas } = action;
        let Ok((place, service)) = self.pair(region, application) else { return };
        let is_up = self.places.get(place).is_some_and(|place| place.is_up);
        let cell = self.services.get_mut(service).and_then(|service| service.cells.get_mut(place));
        let Some(cell) = cell else { return };
        if !is_late {
            cell.order = 0;
        }
        // What was carried out after all says nothing where something else has been asked for since.
        if is_done && is_up && cell.order == 0 {
            cell.running = *replicas;
        }
    }

    fn is_whole(&self) -> bool {
        let indexed = |names: &BTreeMap<String, usize>, count: usize| {
            names.len() == count && names.values().all(|place| *place < count)
        };
        let count = self.places.len();
        let is_share = |share: &f64| (0.0..=1.0 + 1e-9).contains(share);
        let is_table = |rows: &[Vec<f64>]| {
            rows.len() == count && rows.iter().all(|row| row.len() == count && row.iter().all(is_share))
        };
        let whole = |service: &Service| {
            service.application.check().is_ok()
                && service.sources.len() == count
                && service.sources.iter().all(|source| source.is_whole(&self.config))
                && service.cells.len() == count
                && is_table(&service.aimed)
                && is_table(&service.routed)
                && service.limits.len() == count
        };
        let steps = self.config.season_steps();
        self.config.check().is_ok()
            && self.check_size(count, self.services.len()).is_ok()
            && self.orders.is_whole()
            && self.journal.is_whole()
            && indexed(&self.place_of, count)
            && indexed(&self.service_of, self.services.len())
            && self.services.iter().all(whole)
            && self.places.iter().all(|place| {
                place.region.check().is_ok()
                    && place.shared.is_whole()
                    && place.shared.steps() == steps
                    && place.carbon.iter().all(|value| (0.0..=1e9).contains(&value.grams))
            })
            && self
                .latencies
                .iter()
                .all(|latency| latency.milliseconds.is_finite() && latency.milliseconds >= 0.0)
    }
}

impl Application {
    /// An application that may be served from anywhere, of priority 0.
    pub fn new(name: impl Into<String>, service_rate: f64) -> Self {
        let residency = BTreeMap::new();
        Application { name: name.into(), service_rate, most_latency: None, residency, priority: 0 }
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
