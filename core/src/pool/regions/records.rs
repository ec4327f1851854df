//! What regions are asked to do, who serves whom, and why replicas change.

use serde::{Deserialize, Serialize};

/// What the actuator is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionAction {
    /// Run so many replicas of an application in a region.
    Scale {
        /// The region's name.
        region: String,
        /// The application's name.
        application: String,
        /// Replicas that are to run.
        replicas: u32,
    },
}

/// What keeps requests from being served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteLimit {
    /// No region is near enough, allowed by residency, and up.
    NoRegion,
    /// The regions that may serve them are full.
    Capacity,
    /// The budget does not pay for more.
    Budget,
    /// The replicas for them do not run yet.
    Starting,
}

/// The share of a source's requests that a region serves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteShare {
    /// The region that serves them.
    pub region: String,
    /// Share of the requests, above 0, at most 1.
    pub share: f64,
}

/// Where the requests for an application from one region go: the shares and what is not served are 1 together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// The application's name.
    pub application: String,
    /// The region that the requests come from.
    pub source: String,
    /// The regions that serve them, by their order.
    pub shares: Vec<RouteShare>,
    /// Share that is not served.
    pub unserved: f64,
    /// Why it is not.
    pub limited_by: Option<RouteLimit>,
}

/// Replicas of an application in a region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionalReplicas {
    /// The region's name.
    pub region: String,
    /// The application's name.
    pub application: String,
    /// Replicas that the last round wants.
    pub wanted: u32,
    /// Replicas that run, as far as was reported.
    pub running: u32,
}

/// What really runs, for [`super::Regions::reconcile`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunningReplicas {
    /// The region's name.
    pub region: String,
    /// The application's name.
    pub application: String,
    /// Replicas that run.
    pub replicas: u32,
}

/// Why the replicas of an application in a region change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionReason {
    /// The forecast of the load asks for it.
    Forecast,
    /// Other regions' load comes here, or goes elsewhere, because that is better.
    Shifted,
    /// A region is lost or on its way back.
    RegionLost,
    /// Regions are full, and not all can be served.
    Capacity,
    /// The budget does not pay for all.
    Budget,
    /// Fewer are wanted, but nobody called the manager for a while, and less than a whole lead time was seen since.
    HeldAfterPause,
}

/// A change of what is wanted, in one round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionRecord {
    /// Unix milliseconds of the round.
    pub time: i64,
    /// The region's name.
    pub region: String,
    /// The application's name.
    pub application: String,
    /// Replicas wanted before.
    pub before: u32,
    /// Replicas wanted now.
    pub wanted: u32,
    /// Requests per second that they are to serve.
    pub rate: f64,
    /// What decided.
    pub reason: RegionReason,
}

impl RouteLimit {
    /// The limit as the end of a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            RouteLimit::NoRegion => "no region is near enough, allowed and up",
            RouteLimit::Capacity => "the regions that may serve them are full",
            RouteLimit::Budget => "the budget does not pay for more",
            RouteLimit::Starting => "their replicas do not run yet",
        }
    }
}

impl RegionReason {
    /// The reason as the end of a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            RegionReason::Forecast => "the forecast of the load asks for it",
            RegionReason::Shifted => "it is better to serve the load there",
            RegionReason::RegionLost => "a region is lost or on its way back",
            RegionReason::Capacity => "regions are full, and not all can be served",
            RegionReason::Budget => "the budget does not pay for all",
            RegionReason::HeldAfterPause => {
                "fewer are wanted, but not for a whole lead time after a pause in which nothing was seen"
            }
        }
    }
}
