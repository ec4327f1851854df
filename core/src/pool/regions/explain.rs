//! Where requests go, what runs, what is expected, and why, as it is told.

use super::{RegionalReplicas, Regions, Route, RouteLimit, RouteShare, Service, known};
use crate::error::Result;
use crate::pool::clone_manager::GivenForecast;

impl Regions {
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

    /// What is expected from a region for an application in each step until replicas asked for now have been there for a step: a mean and
    /// the quantile that is made ready for, in requests a step.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for names that are not known.
    pub fn forecast(&self, region: &str, application: &str) -> Result<Vec<GivenForecast>> {
        let (place, service) = self.pair(region, application)?;
        let source = self.services.get(service).and_then(|service| service.sources.get(place));
        let (Some(source), Some(place)) = (source, self.places.get(place)) else { return Ok(Vec::new()) };
        source.forecast(self.config.lead_steps(), &self.config, &place.shared)
    }

    /// In words: where an application runs, what the last round wanted and why, who serves whom, and what limits it.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for an application that is not known.
    pub fn explain(&self, application: &str) -> Result<String> {
        let service = self.services.get(known("application", &self.service_of, application)?);
        let mut text = match self.planned {
            Some(time) => format!("{application}, in the round at {time} ms:"),
            None => format!("{application}, no round was planned yet:"),
        };
        for (place, cell) in self.places.iter().zip(service.iter().flat_map(|service| &service.cells)) {
            text += &format!(" {} of {} replicas run in {}", cell.running, cell.wanted, place.region.name);
            text += &match cell.reason {
                Some(reason) if cell.wanted > 0 || cell.running > 0 => format!(
                    ", wanted for {:.1} requests a second since {} ms: {}.",
                    cell.rate,
                    cell.since,
                    reason.words()
                ),
                _ => ".".to_owned(),
            };
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
}
