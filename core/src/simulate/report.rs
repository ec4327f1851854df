//! What a backtest found: totals of each policy, timelines for charts, and the frontier of cost against violations.

use super::controller::Decided;
use super::world::World;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt::Write as _;

/// One policy's run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyResult {
    /// The policy's name; a second one of the same kind has a number appended.
    pub policy: String,
    /// Length of the run in seconds.
    pub seconds: f64,
    /// Requests that arrived.
    pub requests: f64,
    /// Replica-hours from creation to the end of draining.
    pub replica_hours: f64,
    /// Cost in the user's currency.
    pub cost: f64,
    /// Energy in kWh, that of starting and draining included.
    pub energy_kwh: f64,
    /// Energy of starting and draining in kWh.
    pub transition_energy_kwh: f64,
    /// Seconds in which the promise was broken.
    pub violation_seconds: f64,
    /// Requests answered later than promised, or never.
    pub late_requests: f64,
    /// Requests that arrived while the promise was broken.
    pub violation_requests: f64,
    /// Requests that were lost: beyond the backlog's limit, or out of patience.
    pub dropped_requests: f64,
    /// Median response time in seconds.
    #[serde(deserialize_with = "unbounded")]
    pub p50_seconds: f64,
    /// 95 % of the responses came within this many seconds.
    #[serde(deserialize_with = "unbounded")]
    pub p95_seconds: f64,
    /// 99 % of the responses came within this many seconds.
    #[serde(deserialize_with = "unbounded")]
    pub p99_seconds: f64,
    /// Ready replica-hours beyond what the promise needed.
    pub over_provisioned_hours: f64,
    /// Replica-hours that the promise needed and that were not ready.
    pub under_provisioned_hours: f64,
    /// Times that the request changed.
    pub scale_events: u64,
    /// Times that it changed in the direction opposite to the change before.
    pub flips: u64,
    /// Decisions made before there was a forecast.
    pub cold_start_decisions: u64,
    /// Starts that failed, were given up, and replaced.
    pub failed_starts: u64,
    /// Ready replicas that crashed, and were replaced.
    pub crashes: u64,
    /// One result a tier, in their order; empty where all replicas are alike.
    pub tiers: Vec<TierResult>,
    /// Cost of the cheapest autoscaler setting (of the HPA's sweep) with no more violation time; none when it has none.
    pub equal_service_hpa_cost: Option<f64>,
    /// Share of the cost between that setting and the oracle that this policy saves; 1 is the oracle.
    pub gap_closed: Option<f64>,
    /// What charts show.
    #[serde(skip)]
    pub timeline: Timeline,
}

/// JSON has no infinity: it is null in it, as where more than 1 % of the requests came while nothing could serve them.
fn unbounded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
}

/// What one tier's replicas came to in a policy's run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TierResult {
    /// The tier's name.
    pub name: String,
    /// Replica-hours from creation to the end of draining.
    pub replica_hours: f64,
    /// Cost in the user's currency.
    pub cost: f64,
    /// Energy in kWh, that of starting and draining included.
    pub energy_kwh: f64,
}

/// A policy's run, one value per decision.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    /// Replicas asked for.
    pub requested: Vec<u32>,
    /// Replicas that serve.
    pub ready: Vec<u32>,
    /// Replicas that are paid for.
    pub charged: Vec<u32>,
    /// Response time in seconds, at the promise's quantile (0.95 when it has none).
    pub response_seconds: Vec<f64>,
    /// Forecast peak over the lead time: lower, expected and upper; NaN while there is none.
    pub forecast: Vec<[f64; 3]>,
    /// Cost from this decision to the next, in the user's currency.
    pub cost: Vec<f64>,
    /// Energy from this decision to the next, in kWh.
    pub energy_kwh: Vec<f64>,
    /// Seconds from this decision to the next in which the promise was broken.
    pub violation_seconds: Vec<f64>,
    /// Requests from this decision to the next that were late.
    pub late_requests: Vec<f64>,
    /// Ready replica-hours from this decision to the next beyond what the promise needed.
    pub over_provisioned_hours: Vec<f64>,
}

impl Timeline {
    pub(super) fn record_decision(&mut self, decision: Decided) {
        self.requested.push(decision.replicas);
        self.forecast
            .push(decision.forecast.map_or([f64::NAN; 3], |peak| [peak.lower, peak.expected, peak.upper]));
    }

    /// Notes what has come up between two decisions, or to the end: the totals now less those `before`.
    pub(super) fn record_totals(&mut self, before: Totals, now: Totals, price: f64) {
        self.cost.push((now.priced_hours - before.priced_hours) * price);
        self.energy_kwh.push(now.energy_kwh - before.energy_kwh);
        self.violation_seconds.push(now.violation_seconds - before.violation_seconds);
        self.late_requests.push(now.late_requests - before.late_requests);
        self.over_provisioned_hours.push(now.over_provisioned_hours - before.over_provisioned_hours);
    }

    /// Notes the replicas that serve, all that are paid for, and the response that the promise speaks of.
    pub(super) fn record_moment(&mut self, ready: u32, charged: u32, response_seconds: f64) {
        self.ready.push(ready);
        self.charged.push(charged);
        self.response_seconds.push(response_seconds);
    }
}

/// What a run has come to so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Totals {
    /// Replica-hours, or with tiers their costs.
    priced_hours: f64,
    energy_kwh: f64,
    violation_seconds: f64,
    late_requests: f64,
    over_provisioned_hours: f64,
}

impl PolicyResult {
    /// While the run goes on: energy is still apart from that of starting and draining.
    pub(super) fn totals(&self) -> Totals {
        Totals {
            priced_hours: if self.tiers.is_empty() { self.replica_hours } else { self.cost },
            energy_kwh: self.energy_kwh + self.transition_energy_kwh,
            violation_seconds: self.violation_seconds,
            late_requests: self.late_requests,
            over_provisioned_hours: self.over_provisioned_hours,
        }
    }

    pub(super) fn new(policy: &str) -> Self {
        let nan = f64::NAN;
        PolicyResult {
            policy: policy.into(),
            p50_seconds: nan,
            p95_seconds: nan,
            p99_seconds: nan,
            ..Default::default()
        }
    }

    /// Share of the time in which the promise was broken, 0 to 1.
    pub fn violation_share(&self) -> f64 {
        self.violation_seconds / self.seconds
    }

    /// Share of the requests that were answered later than promised, 0 to 1.
    pub fn late_share(&self) -> f64 {
        self.late_requests / self.requests
    }

    /// Share of the requests that arrived while the promise was broken, 0 to 1.
    pub fn violation_request_share(&self) -> f64 {
        self.violation_requests / self.requests
    }
}

/// One setting of a policy: what it costs and how often it breaks the promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrontierPoint {
    /// The policy's name.
    pub policy: String,
    /// The setting, such as `target_utilization=0.7`.
    pub setting: String,
    /// Cost in the user's currency.
    pub cost: f64,
    /// Share of the time in which the promise was broken, 0 to 1.
    pub violation_share: f64,
    /// Share of the requests that were late, 0 to 1.
    pub late_share: f64,
    /// Share of the requests that arrived while the promise was broken, 0 to 1.
    pub violation_request_share: f64,
    /// Energy in kWh, that of starting and draining included.
    pub energy_kwh: f64,
    /// Energy of starting and draining in kWh.
    pub transition_energy_kwh: f64,
    /// Ready replica-hours beyond what the promise needed.
    pub over_provisioned_hours: f64,
}

impl FrontierPoint {
    pub(super) fn new(result: &PolicyResult, setting: &str) -> Self {
        FrontierPoint {
            policy: result.policy.clone(),
            setting: setting.into(),
            cost: result.cost,
            violation_share: result.violation_share(),
            late_share: result.late_share(),
            violation_request_share: result.violation_request_share(),
            energy_kwh: result.energy_kwh,
            transition_energy_kwh: result.transition_energy_kwh,
            over_provisioned_hours: result.over_provisioned_hours,
        }
    }
}

/// What a backtest found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The world it ran in.
    pub world: World,
    /// The seed of its noise.
    pub seed: u64,
    /// Unix milliseconds at which it began.
    pub start: i64,
    /// Seconds from decision to decision.
    pub interval_seconds: f64,
    /// One result a policy, in the order they were given.
    pub policies: Vec<PolicyResult>,
    /// The settings that were tried besides; every policy over its target, unless told otherwise.
    pub frontier: Vec<FrontierPoint>,
    /// True load per second, one value per decision.
    #[serde(skip)]
    pub load: Vec<f64>,
}

impl Report {
    /// The result of a policy by its name.
    pub fn policy(&self, name: &str) -> Option<&PolicyResult> {
        self.policies.iter().find(|result| result.policy == name)
    }

    /// Totals and frontier as JSON text, without the timelines.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The totals as a text table.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{:<14} {:>9} {:>9} {:>9} {:>8} {:>8} {:>9} {:>9} {:>9} {:>8} {:>6} {:>9} {:>8}\n",
            "policy",
            "repl.-h",
            "cost",
            "kWh",
            "over tgt",
            "late",
            "p95 s",
            "p99 s",
            "over-pr.h",
            "events",
            "flips",
            "vs HPA*",
            "gap*"
        );
        let percent = |share: Option<f64>| share.map_or("-".into(), |share| format!("{:.1}%", 100.0 * share));
        for result in &self.policies {
            let against = result.equal_service_hpa_cost.map(|cost| result.cost / cost - 1.0);
            let _ = writeln!(
                text,
                "{:<14} {:>9.1} {:>9.1} {:>9.1} {:>8} {:>8} {:>9.3} {:>9.3} {:>9.1} {:>8} {:>6} {:>9} {:>8}",
                result.policy,
                result.replica_hours,
                result.cost,
                result.energy_kwh,
                percent(Some(result.violation_share())),
                percent(Some(result.late_share())),
                result.p95_seconds,
                result.p99_seconds,
                result.over_provisioned_hours,
                result.scale_events,
                result.flips,
                percent(against),
                percent(result.gap_closed),
            );
        }
        text += "* at equal service: against the cheapest HPA setting of its sweep that breaks the promise no more often; the gap is from there to the oracle.\n";
        for result in self.policies.iter().filter(|result| result.dropped_requests > 0.0) {
            let share = percent(Some(result.dropped_requests / result.requests));
            let _ = writeln!(
                text,
                "{}: {share} of the requests were lost, which are among the late ones.",
                result.policy
            );
        }
        text
    }
}
