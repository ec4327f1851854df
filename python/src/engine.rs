//! The loop: observe, decide, learn; rails, explanations, snapshots.

use crate::arrays::{FloatArray, Numbers};
use crate::engine_learning::{ForecastValue, LeadTime, Performance, Reward};
use crate::policy::AnyPolicy;
use crate::policy_custom::CustomPolicy;
use crate::run::{Shared, quick, run, settings, to_python};
use crate::time::{Moment, Times, seconds};
use crate::whole::whole;
use engine::engine::{self as core, EngineConfig};
use engine::policy;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::collections::BTreeMap;

/// The replicas of a service at one moment: last asked for, serving, created but not ready yet, on their way out.
#[pyclass(frozen, eq, module = "forescale.engine")]
#[derive(Debug, PartialEq)]
pub(crate) struct Fleet(pub(crate) core::Fleet);

#[pymethods]
impl Fleet {
    #[new]
    #[pyo3(signature = (requested: "SupportsIndex", ready: "SupportsIndex", pending: "SupportsIndex"=0, terminating: "SupportsIndex"=0))]
    fn new(
        #[pyo3(from_py_with = whole)] requested: u32,
        #[pyo3(from_py_with = whole)] ready: u32,
        #[pyo3(from_py_with = whole)] pending: u32,
        #[pyo3(from_py_with = whole)] terminating: u32,
    ) -> Self {
        Fleet(core::Fleet { requested, ready, pending, terminating })
    }

    /// Replicas last asked for.
    #[getter]
    fn requested(&self) -> u32 {
        self.0.requested
    }

    /// Replicas that serve.
    #[getter]
    fn ready(&self) -> u32 {
        self.0.ready
    }

    /// Replicas created, not yet ready.
    #[getter]
    fn pending(&self) -> u32 {
        self.0.pending
    }

    /// Replicas that finish their work and will be gone.
    #[getter]
    fn terminating(&self) -> u32 {
        self.0.terminating
    }

    fn __repr__(&self) -> String {
        let core::Fleet { requested, ready, pending, terminating } = self.0;
        format!("Fleet(requested={requested}, ready={ready}, pending={pending}, terminating={terminating})")
    }

    #[pyo3(signature = () -> "tuple[type[Fleet], tuple[int, int, int, int]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (u32, u32, u32, u32)) {
        let core::Fleet { requested, ready, pending, terminating } = slf.get().0;
        (slf.get_type().into_any(), (requested, ready, pending, terminating))
    }
}

/// The forecast of the largest load over the lead time, in load per second; `upper` is what is sized for.
#[pyclass(frozen, eq, module = "forescale.engine")]
#[derive(Debug, PartialEq)]
pub(crate) struct Peak(pub(crate) policy::Peak);

#[pymethods]
impl Peak {
    #[new]
    fn new(lower: f64, expected: f64, upper: f64) -> Self {
        Peak(policy::Peak { lower, expected, upper })
    }

    /// What the peak exceeds as surely as it stays below `upper`.
    #[getter]
    fn lower(&self) -> f64 {
        self.0.lower
    }

    /// The peak expected.
    #[getter]
    fn expected(&self) -> f64 {
        self.0.expected
    }

    /// What the peak stays below with the probability that the cost ratio implies.
    #[getter]
    fn upper(&self) -> f64 {
        self.0.upper
    }

    fn __repr__(&self) -> String {
        let policy::Peak { lower, expected, upper } = self.0;
        format!("Peak(lower={lower}, expected={expected}, upper={upper})")
    }

    #[pyo3(signature = () -> "tuple[type[Peak], tuple[float, float, float]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (f64, f64, f64)) {
        let policy::Peak { lower, expected, upper } = slf.get().0;
        (slf.get_type().into_any(), (lower, expected, upper))
    }
}

/// A number of a reason: a count of replicas, or a load or ratio; or the name of a resource.
#[derive(Debug, IntoPyObject)]
pub(crate) enum Number {
    Count(u64),
    Value(f64),
    Name(String),
}

/// What an engine answers: a count, and everything that led to it.
#[pyclass(frozen, eq, module = "forescale.engine")]
#[derive(Debug, PartialEq)]
pub(crate) struct Decision(core::Decision);

#[pymethods]
impl Decision {
    /// Unix milliseconds at which it was made.
    #[getter]
    fn now(&self) -> i64 {
        self.0.now
    }

    /// Replicas to ask for.
    #[getter]
    fn replicas(&self) -> u32 {
        self.0.replicas
    }

    /// What the same target asks for the load observed now, without any forecast.
    #[getter]
    fn reactive(&self) -> u32 {
        self.0.reactive
    }

    /// What the policy proposed, before any rail.
    #[getter]
    fn predicted(&self) -> u32 {
        self.0.predicted
    }

    /// How it was made: Normal, ColdStart (too little was observed for a forecast), Hold (nothing was measured lately),
    /// Anomalous (the load is not as usual), Fallback (the forecasts failed lately), ReactiveOnly (the forecasts are not followed),
    /// Advisory (nothing is to be changed) or Paused.
    #[getter]
    fn mode(&self) -> String {
        format!("{:?}", self.0.mode)
    }

    /// The last rail that changed the count, if any: Tolerance, Reactive, MissingData, Stabilization, Rate, Pending, Min, Max,
    /// Breaker, Anomaly, ForecastExpiry, ForecastQuality, ForecastValue, Blind, Consolidation, FlipBudget, CostBudget, PowerBudget, Pause,
    /// Activation, SharedBudget.
    #[getter]
    fn limited_by(&self) -> Option<String> {
        self.0.limited_by.map(|rail| format!("{rail:?}"))
    }

    /// Why: the policy's reason first, then every rail that bound; each a code and its numbers, as in `to_json`.
    #[getter]
    fn reasons(&self) -> Vec<(String, BTreeMap<String, Number>)> {
        let number = |value: &serde_json::Value| match (value.as_u64(), value.as_str()) {
            (Some(count), _) => Number::Count(count),
            (_, Some(name)) => Number::Name(name.to_owned()),
            _ => Number::Value(value.as_f64().unwrap_or(f64::NAN)),
        };
        let mut reasons = Vec::new();
        for reason in &self.0.reasons {
            let Ok(serde_json::Value::Object(named)) = serde_json::to_value(reason) else { continue };
            for (code, numbers) in &named {
                let numbers = numbers.as_object().into_iter().flatten();
                reasons.push((
                    code.clone(),
                    numbers.map(|(name, value)| (name.clone(), number(value))).collect(),
                ));
            }
        }
        reasons
    }

    /// Unix milliseconds until which it may be used when no newer one can be had.
    #[getter]
    fn valid_until(&self) -> i64 {
        self.0.valid_until
    }

    /// Forecast of the largest load over the lead time, while there is one.
    #[getter]
    fn forecast(&self) -> Option<Peak> {
        self.0.forecast.map(Peak)
    }

    /// Whether any replica is wanted at all.
    #[getter]
    fn active(&self) -> bool {
        self.0.active
    }

    /// What would be asked for, were the engine not advisory; else the same as `replicas`.
    #[getter]
    fn advised(&self) -> u32 {
        self.0.advised
    }

    /// How the count advised is spread over the tiers of the settings, in their order; empty where there are none.
    #[getter]
    fn tiers(&self) -> Vec<u32> {
        self.0.tiers.clone()
    }

    /// What would have been advised, given the same fleet, had there been no forecast. Known for `predictive`; of another policy its own.
    #[getter]
    fn without_forecast(&self) -> u32 {
        self.0.counterfactuals.without_forecast
    }

    /// What would have been advised, given the same fleet, without each rail that bound.
    #[getter]
    fn without_rail(&self) -> Vec<(String, u32)> {
        let without = self.0.counterfactuals.without_rail.iter();
        without.map(|without| (format!("{:?}", without.rail), without.replicas)).collect()
    }

    /// The count to feed to a horizontal pod autoscaler that passes over changes within its `tolerance`, when `current` replicas are there.
    ///
    /// Growth is rounded up to the smallest count that it acts on; a shrink that it would pass over is told as `current`.
    #[pyo3(signature = (current: "SupportsIndex", tolerance=0.1))]
    fn desired_for_hpa(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] current: u32,
        tolerance: f64,
    ) -> PyResult<u32> {
        quick(py, || self.0.desired_for_hpa(current, tolerance))
    }

    /// The decision as one line of JSON, the same bytes in every language.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// The decision in words, one line for the count and one for each reason.
    fn explain(&self) -> String {
        self.0.explain()
    }

    #[staticmethod]
    #[pyo3(signature = (value: "dict[str, object]"))]
    fn _from_dict(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        settings("decision", value).map(Decision)
    }

    fn __repr__(&self) -> String {
        let core::Decision { replicas, reactive, predicted, mode, .. } = &self.0;
        format!("Decision(replicas={replicas}, reactive={reactive}, predicted={predicted}, mode='{mode:?}')")
    }

    #[pyo3(signature = () -> "tuple[object, tuple[dict[str, object]]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        Ok((slf.get_type().getattr("_from_dict")?, (to_python(slf.py(), &slf.get().0)?,)))
    }
}

/// Decides how many replicas to run, from a stream of load samples. One engine serves one service.
///
/// `service_rate` is the load per second that one replica serves; `target` what the service promises (by default 95 % of the
/// responses within 4 mean service times); `start_up_seconds` (120) the lead time until it is learned; `interval_seconds` (15) the time from sample
/// to sample; `metric_window_seconds` (60) what the observed load is averaged over; `season_seconds` (86400) the load's season;
/// `cost_ratio` what it costs to break the promise for a while when the mean fleet costs 1 for as long; `late_seconds` (60) how late a sample may come.
/// `rails` is a dict with any of `tolerance` {up, down}, `stabilization` {up_seconds, down_seconds}, `rate` {up, down}, each
/// {replicas, percent, period_seconds}, `blind` {hold_seconds, last_known_seconds, replicas}, `forecast` {expiry_seconds, most_error},
/// `flips` {flips, period_seconds}, `budget` {cost_per_hour, cost_per_replica_hour, watts, watts_per_replica}, `consolidation` and
/// `activation` {idle_seconds, threshold}. `mode` is "active", "advisory" (keeps what is requested and tells what it would be) or "shadow" (as if
/// it were in charge). `resources` are {name, capacity, target_utilization, excludes_start_up}, `tiers` {name, most, cost, start_up_seconds}. `breaker` is a dict with any of `failures` (5), `cooldown_seconds` (ten lead times) and `probes` (3):
/// when forecasts that failed are no longer followed. `anomaly` is one with any of `alarm_rate` (0.0005), `cost_ratio` (99), `most_severity` (1)
/// and `rate`: what is different while the load is not as usual. `lead_time` is one with `learn` (True) and `quantile` (0.9): whether the lead time
/// is learned from the starts that fleets show, and the share of them that decisions allow for. `reward` is one with any of `accuracy_weight` (1),
/// `energy_weight` (1), `idle_watts` (100) and `busy_watts` (200). `audit` keeps what was told between two decisions for `audit_line`.
#[pyclass(frozen, module = "forescale.engine")]
#[derive(Debug)]
pub(crate) struct Engine(Shared<core::Engine>);

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(
        signature = (
            service_rate, target: "dict[str, float | list[float]] | None"=None, min_replicas: "SupportsIndex"=1, max_replicas: "SupportsIndex"=1000,
            start_up_seconds: "float | timedelta | str"=120.0, interval_seconds: "float | timedelta | str"=15.0,
            policy=AnyPolicy(policy::PolicyConfig::default()), metric_window_seconds: "float | timedelta | str"=60.0,
            season_seconds: "float | timedelta | str"=86_400.0, cost_ratio=19.0, late_seconds: "float | timedelta | str"=60.0,
            rails: "dict[str, object] | None"=None, breaker: "dict[str, float | None] | None"=None,
            anomaly: "dict[str, object] | None"=None, lead_time: "dict[str, float | bool] | None"=None,
            reward: "dict[str, float] | None"=None, audit=false, mode="active",
            resources: "list[dict[str, object]] | None"=None, tiers: "list[dict[str, object]] | None"=None
        ),
        text_signature = "(service_rate, target=None, min_replicas=1, max_replicas=1000, start_up_seconds=120.0, \
            interval_seconds=15.0, policy='predictive', metric_window_seconds=60.0, season_seconds=86400.0, \
            cost_ratio=19.0, late_seconds=60.0, rails=None, breaker=None, anomaly=None, lead_time=None, reward=None, \
            audit=False, mode='active', resources=None, tiers=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        service_rate: f64,
        target: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = whole)] min_replicas: u32,
        #[pyo3(from_py_with = whole)] max_replicas: u32,
        #[pyo3(from_py_with = seconds)] start_up_seconds: f64,
        #[pyo3(from_py_with = seconds)] interval_seconds: f64,
        policy: AnyPolicy,
        #[pyo3(from_py_with = seconds)] metric_window_seconds: f64,
        #[pyo3(from_py_with = seconds)] season_seconds: f64,
        cost_ratio: f64,
        #[pyo3(from_py_with = seconds)] late_seconds: f64,
        rails: Option<&Bound<'_, PyAny>>,
        breaker: Option<&Bound<'_, PyAny>>,
        anomaly: Option<&Bound<'_, PyAny>>,
        lead_time: Option<&Bound<'_, PyAny>>,
        reward: Option<&Bound<'_, PyAny>>,
        audit: bool,
        mode: &str,
        resources: Option<&Bound<'_, PyAny>>,
        tiers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mode = pyo3::types::PyString::new(py, mode);
        let config = EngineConfig {
            service_rate,
            target: target.map(|target| settings("target", target)).transpose()?,
            min_replicas,
            max_replicas,
            start_up_seconds,
            interval_seconds,
            metric_window_seconds,
            season_seconds,
            cost_ratio,
            late_seconds,
            mode: settings("mode", mode.as_any())?,
            resources: resources.map(|all| settings("resources", all)).transpose()?.unwrap_or_default(),
            tiers: tiers.map(|all| settings("tiers", all)).transpose()?.unwrap_or_default(),
            policy: policy.0,
            rails: rails.map(|rails| settings("rails", rails)).transpose()?.unwrap_or_default(),
            anomaly: anomaly.map(|anomaly| settings("anomaly", anomaly)).transpose()?.unwrap_or_default(),
            breaker: breaker.map(|breaker| settings("breaker", breaker)).transpose()?.unwrap_or_default(),
            lead_time: lead_time.map(|dict| settings("lead_time", dict)).transpose()?.unwrap_or_default(),
            reward: reward.map(|dict| settings("reward", dict)).transpose()?.unwrap_or_default(),
            audit,
        };
        run(py, || core::Engine::new(config)).map(|engine| Engine(Shared::new(engine)))
    }

    /// The settings, as C takes them, the defaults filled in.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |engine| Ok(engine.config().clone()))?)
    }

    /// Takes in the mean load per second over the interval that ends at `now`; NaN = missing.
    ///
    /// Of two samples with the same time the later call counts; samples may come late within the configured bound.
    fn observe(&self, py: Python<'_>, now: Moment, load: f64) -> PyResult<()> {
        self.0.change(py, |engine| engine.observe(now.0, load))
    }

    /// Takes in many samples: all of them, or none when one is refused.
    fn observe_batch(&self, py: Python<'_>, times: Times, loads: Numbers<'_>) -> PyResult<()> {
        let loads = loads.get();
        self.0.change(py, |engine| engine.observe_batch(&times.0, loads))
    }

    /// Takes in the requests in the service at `now`, being served and waiting, as a mean over the interval that ends then; NaN = missing.
    ///
    /// Only policies that scale by concurrency look at it; without, they estimate it from the load.
    fn observe_in_flight(&self, py: Python<'_>, now: Moment, in_flight: f64) -> PyResult<()> {
        self.0.change(py, |engine| engine.observe_in_flight(now.0, in_flight))
    }

    /// Takes in how much of a resource of the settings all replicas together use at `now`; NaN = missing.
    fn observe_resource(&self, py: Python<'_>, now: Moment, name: &str, value: f64) -> PyResult<()> {
        self.0.change(py, |engine| engine.observe_resource(now.0, name, value))
    }

    /// Pauses scaling "in", "out", or "both", until `resume`; saved with the state. The smallest and the largest count still hold.
    fn pause(&self, py: Python<'_>, direction: &str) -> PyResult<()> {
        self.0.change(py, |engine| {
            engine.pause(core::PauseDirection::from_text(direction)?);
            Ok(())
        })
    }

    /// Ends a pause.
    fn resume(&self, py: Python<'_>) -> PyResult<()> {
        self.0.change(py, |engine| {
            engine.resume();
            Ok(())
        })
    }

    /// The direction in which scaling is paused, if it is.
    #[getter]
    fn paused(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        self.0.read(py, |engine| Ok(engine.paused().map(core::PauseDirection::word)))
    }

    /// Lowers the last decision to its share of a budget that several engines have in common (see `JointBudget`).
    ///
    /// A share that is no smaller changes nothing; in advisory and shadow mode it lowers what is advised.
    #[pyo3(signature = (share: "SupportsIndex"))]
    fn limit_to_share(&self, py: Python<'_>, #[pyo3(from_py_with = whole)] share: u32) -> PyResult<Decision> {
        self.0.change(py, |engine| engine.limit_to_share(share).cloned()).map(Decision)
    }

    /// Decides how many replicas to ask for at `now`, given the fleet as it is.
    ///
    /// Asked again with the same moment and fleet, it gives the same decision and learns nothing new.
    fn decide(&self, py: Python<'_>, now: Moment, fleet: &Fleet) -> PyResult<Decision> {
        self.0.change(py, |engine| engine.decide(now.0, fleet.0).cloned()).map(Decision)
    }

    /// Learns that the request was changed at `now` to `replicas`.
    #[pyo3(signature = (now, replicas: "SupportsIndex"))]
    fn applied(
        &self,
        py: Python<'_>,
        now: Moment,
        #[pyo3(from_py_with = whole)] replicas: u32,
    ) -> PyResult<()> {
        self.0.change(py, |engine| engine.applied(now.0, replicas))
    }

    /// Takes in that a replica that became ready at `now` took so many seconds from being asked for; from then on nothing is inferred
    /// from the fleets.
    fn observe_start_up(&self, py: Python<'_>, now: Moment, seconds: f64) -> PyResult<()> {
        self.0.change(py, |engine| engine.observe_start_up(now.0, seconds))
    }

    /// Takes in how long responses took over the interval that ends at `now`, in seconds at the share that is promised, and the share of the time
    /// that the ready replicas were busy; None or NaN = missing.
    #[pyo3(signature = (now, response_seconds=None, utilization=None))]
    fn observe_performance(
        &self,
        py: Python<'_>,
        now: Moment,
        response_seconds: Option<f64>,
        utilization: Option<f64>,
    ) -> PyResult<()> {
        let known = |value: Option<f64>| value.unwrap_or(f64::NAN);
        self.0.change(py, |engine| {
            engine.observe_performance(now.0, known(response_seconds), known(utilization))
        })
    }

    /// How long replicas take to start, as far as it was learned, and how far ahead decisions look.
    #[getter]
    fn lead_time(&self, py: Python<'_>) -> PyResult<LeadTime> {
        self.0.read(py, |engine| Ok(engine.lead_time().into()))
    }

    /// What the forecast bought lately against the reactive law and the load of one season ago.
    #[getter]
    fn forecast_value(&self, py: Python<'_>) -> PyResult<ForecastValue> {
        self.0.read(py, |engine| Ok(engine.forecast_value().into()))
    }

    /// The reward of the last steps.
    #[getter]
    fn reward(&self, py: Python<'_>) -> PyResult<Reward> {
        self.0.read(py, |engine| Ok(engine.reward().into()))
    }

    /// How the service really did, as far as it was told.
    #[getter]
    fn performance(&self, py: Python<'_>) -> PyResult<Performance> {
        self.0.read(py, |engine| Ok(engine.performance().into()))
    }

    /// Changes settings of the running engine, which keeps what it learned: a dict of those that change, as `config` has them.
    #[pyo3(signature = (changes: "dict[str, object]"))]
    fn reconfigure(&self, py: Python<'_>, changes: &Bound<'_, PyAny>) -> PyResult<()> {
        let changes: serde_json::Value = settings("changes", changes)?;
        self.0.change(py, |engine| engine.reconfigure(engine.config().with_changes(&changes.to_string())?))
    }

    /// The first line of an audit log that goes on from here: the settings, and the state unless the engine is new.
    fn audit_header(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, core::Engine::audit_header)
    }

    /// The last decision with all that was told before it as one line of JSON, from which `replay` derives it again.
    fn audit_line(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, core::Engine::audit_line)
    }

    /// The last decision in words; says so when there is none.
    fn explain(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, |engine| Ok(engine.explain()))
    }

    /// The last decision, None before the first.
    #[getter]
    fn last_decision(&self, py: Python<'_>) -> PyResult<Option<Decision>> {
        self.0.read(py, |engine| Ok(engine.last_decision().cloned().map(Decision)))
    }

    /// What the policy `q_learning` has learned so far, in the shape (utilization, capacity, trend, forecast, action) with the last running
    /// fastest; None with another policy.
    #[getter]
    fn q_table(&self, py: Python<'_>) -> PyResult<Option<FloatArray>> {
        self.0.read(py, |engine| Ok(engine.q_table().map(|table| FloatArray(table.values().to_vec()))))
    }

    /// Settings and state as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, core::Engine::snapshot)?))
    }

    /// An engine that goes on exactly as the one that was saved; `policy` is needed when that is one of your own.
    #[staticmethod]
    #[pyo3(signature = (bytes, policy=None))]
    fn restore(py: Python<'_>, bytes: &[u8], policy: Option<&Bound<'_, CustomPolicy>>) -> PyResult<Self> {
        let policy = policy.map(|policy| &policy.get().policy);
        let engine = run(py, || match policy {
            Some(policy) => core::Engine::restore_with(bytes, policy),
            None => core::Engine::restore(bytes),
        });
        engine.map(|engine| Engine(Shared::new(engine)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, |engine| {
            let EngineConfig { service_rate, policy, .. } = engine.config();
            let last = engine.last_decision().map_or("nothing decided yet".into(), |last| {
                format!("last decision: {} replicas at {}", last.replicas, last.now)
            });
            Ok(format!("<Engine of service_rate={service_rate}, policy='{}', {last}>", policy.name()))
        })
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}
