//! The world that policies are tried in: how fast replicas serve, start and stop, and what they cost.

use super::response_curve::check_curve;
use super::tier::{Tier, check_crashes, check_start_up, check_tiers};
use super::two_moments::LEAST_VARIATION;
use crate::capacity::{MAX_SERVERS, Target};
use crate::config::from_json;
use crate::engine::EngineConfig;
use crate::error::{Error, Result, not_negative, positive};
use crate::policy::PolicyConfig;
use serde::{Deserialize, Serialize};

/// More replicas than this do not get a fate of their own each.
const MOST_DRAWN: u32 = 100_000;

/// A simulated service.
///
/// Replicas are charged from the moment they are created to the end of draining. They serve in first-come order as an M/M/c queue; load
/// beyond the capacity waits as backlog until it is served. Policies see counts, as a scraper would; violations are judged on the true rate.
/// All that goes wrong in practice is off by default: varying start-up times, failures, late metrics, lost requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct World {
    /// Load per second that one replica serves, above 0. Must be given.
    pub service_rate: f64,
    /// What the service promises; by default 95 % of the responses within 4 mean service times.
    pub target: Option<Target>,
    /// Median seconds from creating a replica to its being ready; 120.
    pub start_up_seconds: f64,
    /// Standard deviation of the start-up time over its mean (log-normal, one draw a replica), 0 to 10; 0, always the same.
    pub start_up_variation: f64,
    /// Median seconds that a stopped replica still takes to finish its work; 30.
    pub drain_seconds: f64,
    /// Standard deviation of the drain time over its mean, as of the start-up; 0.
    pub drain_variation: f64,
    /// Seconds in which the throughput that a fresh replica lacks falls to 1/e; 0, warm at once.
    pub warm_up_seconds: f64,
    /// Share of its throughput that a fresh replica has at once, 0 to 1, when it warms up; 1.
    pub warm_up_initial_share: f64,
    /// Share of the starts that fail, 0 to 1; 0. They are given up after `start_failure_seconds` and replaced.
    pub start_failure_share: f64,
    /// Seconds after which a failed start is given up; 600, as the progress deadline of Kubernetes.
    pub start_failure_seconds: f64,
    /// Crashes per hour of a ready replica, 0 to 3,600; 0. What crashes is replaced at once.
    pub crashes_per_replica_hour: f64,
    /// Seconds from sample to sample and from decision to decision; 15.
    pub interval_seconds: f64,
    /// Smallest count; 1.
    pub min_replicas: u32,
    /// Largest count; 1,000.
    pub max_replicas: u32,
    /// Whether samples are Poisson counts around the true rate (which is then in requests per second); true. A load that is
    /// finer than the interval is made of counts already, and gets no further noise.
    pub counting_noise: bool,
    /// Seconds by which what a policy sees of the load is late; 0.
    pub metric_lag_seconds: f64,
    /// Seconds from scrape to scrape, each the load since the one before; none: the interval. Between scrapes the last one is seen again.
    pub scrape_interval_seconds: Option<f64>,
    /// Share of the scrapes that are lost, 0 to 1; 0.
    pub lost_sample_share: f64,
    /// Kinds of machines, the cheapest first: a count is filled in this order, and emptied in the other. None: all are alike.
    pub tiers: Vec<Tier>,
    /// Coefficient of variation of the times between arrivals; 1. Other than 1 the queue is G/G/c by Allen and Cunneen.
    pub arrival_cv: f64,
    /// Coefficient of variation of the service times, likewise; 1.
    pub service_cv: f64,
    /// A measured law instead of a queue's: points (utilization, response time in seconds at the promise's quantile), both rising. Between
    /// points straight, responses exponential around their quantile; the promise must be on responses or utilization.
    pub response_curve: Option<Vec<[f64; 2]>>,
    /// Most requests that wait; those beyond are lost. None: no limit.
    pub backlog_limit: Option<u64>,
    /// Mean of the exponential time after which who waits gives up and is lost (Erlang A). None: never.
    pub patience_seconds: Option<f64>,
    /// Cost of a replica per hour, in the user's currency; 1.
    pub cost_per_replica_hour: f64,
    /// Power of a replica that starts, idles or drains, in watts; 100.
    pub idle_watts: f64,
    /// Power of a replica that is fully used, in watts; 200.
    pub busy_watts: f64,
    /// Length of the load's season in seconds; one day.
    pub season_seconds: f64,
    /// Whether requests are played one by one: response times and late requests are then those of simulated requests instead of
    /// the queue's law; false. Takes some 50 ns a request.
    pub single_requests: bool,
}

impl Default for World {
    fn default() -> Self {
        let engine = EngineConfig::default();
        World {
            service_rate: f64::NAN,
            target: None,
            start_up_seconds: engine.start_up_seconds,
            start_up_variation: 0.0,
            drain_seconds: 30.0,
            drain_variation: 0.0,
            warm_up_seconds: 0.0,
            warm_up_initial_share: 1.0,
            start_failure_share: 0.0,
            start_failure_seconds: 600.0,
            crashes_per_replica_hour: 0.0,
            interval_seconds: engine.interval_seconds,
            min_replicas: engine.min_replicas,
            max_replicas: engine.max_replicas,
            counting_noise: true,
            metric_lag_seconds: 0.0,
            scrape_interval_seconds: None,
            lost_sample_share: 0.0,
            tiers: Vec::new(),
            arrival_cv: 1.0,
            service_cv: 1.0,
            response_curve: None,
            backlog_limit: None,
            patience_seconds: None,
            cost_per_replica_hour: 1.0,
            idle_watts: 100.0,
            busy_watts: 200.0,
            season_seconds: engine.season_seconds,
            single_requests: false,
        }
    }
}

impl World {
    /// Reads a world from JSON text, such as `{"service_rate": 10}`.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let world: World = from_json("config", text)?;
        world.check()?;
        Ok(world)
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value; [`Error::Infeasible`] when no count can meet the target.
    pub fn check(&self) -> Result<()> {
        not_negative("season_seconds", self.season_seconds)?;
        self.engine_config(PolicyConfig::default()).check()?;
        check_start_up("start_up_seconds", self.start_up_seconds)?;
        for (field, value, most) in [
            ("start_up_variation", self.start_up_variation, 10.0),
            ("drain_seconds", self.drain_seconds, 86_400.0),
            ("drain_variation", self.drain_variation, 10.0),
            ("warm_up_seconds", self.warm_up_seconds, 86_400.0),
            ("warm_up_initial_share", self.warm_up_initial_share, 1.0),
            ("start_failure_share", self.start_failure_share, 1.0),
            ("start_failure_seconds", self.start_failure_seconds, 86_400.0),
            ("metric_lag_seconds", self.metric_lag_seconds, 86_400.0),
            ("lost_sample_share", self.lost_sample_share, 1.0),
            ("arrival_cv", self.arrival_cv, 100.0),
            ("service_cv", self.service_cv, 100.0),
        ] {
            if !(0.0..=most).contains(&value) {
                return Err(Error::config(field, format!("must be 0 to {most}, got {value}")));
            }
        }
        for (field, variation) in [("arrival_cv", self.arrival_cv), ("service_cv", self.service_cv)] {
            if self.single_requests && variation > 0.0 && variation < LEAST_VARIATION {
                let problem =
                    format!("must be 0 or at least {LEAST_VARIATION} with single_requests, got {variation}");
                return Err(Error::config(field, problem));
            }
        }
        check_crashes("crashes_per_replica_hour", self.crashes_per_replica_hour)?;
        check_tiers(&self.tiers, self.max_replicas)?;
        self.check_draws()?;
        if let Some(seconds) =
            self.scrape_interval_seconds.filter(|seconds| !(0.001..=86_400.0).contains(seconds))
        {
            return Err(Error::config(
                "scrape_interval_seconds",
                format!("must be 0.001 to 86400, got {seconds}"),
            ));
        }
        if let Some(limit) = self.backlog_limit.filter(|limit| *limit > MAX_SERVERS) {
            return Err(Error::config(
                "backlog_limit",
                format!("must be at most {MAX_SERVERS}, got {limit}"),
            ));
        }
        positive("patience_seconds", self.patience_seconds.unwrap_or(1.0))?;
        check_curve(self.response_curve.as_deref(), self.target())?;
        not_negative("cost_per_replica_hour", self.cost_per_replica_hour)?;
        not_negative("idle_watts", self.idle_watts)?;
        not_negative("busy_watts", self.busy_watts).map(|_| ())
    }

    /// The median start-up time of the slowest tier.
    fn slowest_start_up(&self) -> f64 {
        let of = |tier: &Tier| tier.start_up_seconds.unwrap_or(self.start_up_seconds);
        self.tiers.iter().map(of).reduce(f64::max).unwrap_or(self.start_up_seconds)
    }

    /// Whether samples come at once, one an interval, and none is lost.
    pub(super) fn sees_at_once(&self) -> bool {
        let scrapes_with_decisions =
            self.scrape_interval_seconds.is_none_or(|seconds| seconds == self.interval_seconds);
        scrapes_with_decisions && self.metric_lag_seconds == 0.0 && self.lost_sample_share == 0.0
    }

    /// Refuses more replicas than can be drawn one by one.
    fn check_draws(&self) -> Result<()> {
        let crashes = |tier: &Tier| tier.crashes_per_replica_hour.is_some_and(|rate| rate > 0.0);
        let is_random = self.start_up_variation > 0.0
            || self.drain_variation > 0.0
            || self.start_failure_share > 0.0
            || self.crashes_per_replica_hour > 0.0
            || self.tiers.iter().any(crashes);
        if is_random && self.max_replicas > MOST_DRAWN {
            let problem = format!(
                "must be at most {MOST_DRAWN} where start-up or drain times vary or replicas fail, got {}",
                self.max_replicas
            );
            return Err(Error::config("max_replicas", problem));
        }
        Ok(())
    }

    /// The promise, with its default filled in.
    pub fn target(&self) -> Target {
        self.engine_config(PolicyConfig::default()).target()
    }

    /// The engine that runs a policy in this world; with tiers it is told the start-up time of the slowest.
    pub fn engine_config(&self, policy: PolicyConfig) -> EngineConfig {
        EngineConfig {
            service_rate: self.service_rate,
            target: self.target,
            min_replicas: self.min_replicas,
            max_replicas: self.max_replicas,
            start_up_seconds: self.slowest_start_up(),
            interval_seconds: self.interval_seconds,
            metric_window_seconds: self.interval_seconds.max(60.0).min(1000.0 * self.interval_seconds),
            season_seconds: self.season_seconds.max(2.0 * self.interval_seconds),
            late_seconds: 0.0,
            policy,
            ..EngineConfig::default()
        }
    }
}
