//! The multi-tiered resource manager: hot units that serve at once, warm ones at rest, cold ones that are made when they are needed.

use crate::pool_clones::{outcome, retry_config};
use crate::run::{Shared, quick, run, settings, to_python};
use crate::time::{Moment, seconds};
use crate::whole::whole;
use engine::pool::{
    self, InventoryUnit, Recommendation, ResourceManagerConfig, ResourceRequest, TierDemand, TierObservation,
};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Keeps as much capacity in each tier as will be needed, and says who gets it.
///
/// `tiers` is a dict of `hot`, `warm` and `cold`, each a dict of `service_rate` (requests per second that one unit serves),
/// `start_up_seconds`, `cost_per_hour` and `standby_cost_per_hour`, and where they matter `kind`, `busy_watts`, `standby_watts`, `min_units`,
/// `max_units`. `retry` is a dict of `timeout_seconds`, `attempts` and `backoff`.
///
/// `late_request_cost` is what a request that comes too late costs, `need_seconds` how long a need of capacity usually lasts,
/// `energy_price` what a kWh adds to the costs. Units may be busy for `utilization` of the time, and `response_share` of the answers must
/// be within the latency that was promised. A request of `critical_priority` or more gets what is fastest, others what costs least.
/// Capacity is kept for `hold_seconds` after it was last needed, and a forecast counts for `forecast_seconds`. Times are Unix milliseconds,
/// or a datetime with its time zone; they never go back.
///
/// What cannot be used raises `ConfigError` or `DataError`, which name the field and its value and are a `ValueError`; the manager is then as
/// it was.
#[pyclass(frozen, module = "forescale.pool")]
#[derive(Debug)]
pub(crate) struct ResourceManager(Shared<pool::ResourceManager>);

#[pymethods]
impl ResourceManager {
    #[new]
    #[pyo3(
        signature = (tiers: "dict[str, dict[str, object]]", late_request_cost=0.001, need_seconds: "float | timedelta | str"=300.0,
            energy_price=0.0,
            utilization=0.7, response_share=0.95, critical_priority: "SupportsIndex"=1, hold_seconds: "float | timedelta | str"=300.0,
            forecast_seconds: "float | timedelta | str"=3600.0,
            retry: "dict[str, object] | None"=None)
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        tiers: &Bound<'_, PyAny>,
        late_request_cost: f64,
        #[pyo3(from_py_with = seconds)] need_seconds: f64,
        energy_price: f64,
        utilization: f64,
        response_share: f64,
        #[pyo3(from_py_with = whole)] critical_priority: i32,
        #[pyo3(from_py_with = seconds)] hold_seconds: f64,
        #[pyo3(from_py_with = seconds)] forecast_seconds: f64,
        retry: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let config = ResourceManagerConfig {
            tiers: settings("tiers", tiers)?,
            late_request_cost,
            need_seconds,
            energy_price,
            utilization,
            response_share,
            critical_priority,
            hold_seconds,
            forecast_seconds,
            retry: retry_config(retry)?,
        };
        Ok(ResourceManager(Shared::new(quick(py, || pool::ResourceManager::new(config))?)))
    }

    /// Sizes the tiers by the load to come, as `LoadBalancer.tier_demand` has it: a dict of `cannot_wait`, `can_wait_for_warm` and `all`,
    /// each a dict of `mean` and `variance` in requests per second. The `load` that hot, warm and cold are to carry, and the `quantile` of
    /// it.
    #[pyo3(signature = (now, demand: "dict[str, dict[str, float]]") -> "dict[str, dict[str, float]]")]
    fn foresee<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        demand: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let demand: TierDemand = settings("demand", demand)?;
        to_python(py, &self.0.change(py, |manager| manager.foresee(now.0, &demand))?)
    }

    /// The same, by the last forecast.
    #[pyo3(signature = () -> "dict[str, dict[str, float]]")]
    fn sizes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(*manager.sizes()))?)
    }

    /// Holds as many hot and warm units as `LoadBalancer.recommendations` says, and more where these would not carry its load; of the kind
    /// that it says, where a tier names none. A kind that is not the tier's is refused.
    #[pyo3(signature = (now, recommendations: "list[dict[str, object]]"))]
    fn follow(&self, py: Python<'_>, now: Moment, recommendations: &Bound<'_, PyAny>) -> PyResult<()> {
        let recommendations: Vec<Recommendation> = settings("recommendations", recommendations)?;
        self.0.change(py, |manager| manager.follow(now.0, &recommendations))
    }

    /// Takes in what is seen of a tier: a dict of `tier`, and the `load` that really comes in (requests per second), the `latency_seconds` within
    /// which the promised share of the answers really comes, or the `utilization` of the resource of which least is left; None: what was told
    /// before, while it counts, and else not known.
    #[pyo3(signature = (now, observation: "dict[str, object]"))]
    fn observe(&self, py: Python<'_>, now: Moment, observation: &Bound<'_, PyAny>) -> PyResult<()> {
        let observation: TierObservation = settings("observation", observation)?;
        self.0.change(py, |manager| manager.observe(now.0, &observation))
    }

    /// Asks for capacity: a dict of `id`, `load` (requests per second), `user`, `application`, and `qos`, the quality of its service, a
    /// dict of `max_latency_seconds` (within which the promised share of its answers comes; None: it can wait as long as it takes),
    /// `cost_limit` (what the capacity for its load may cost an hour; None: no limit) and `priority` (0; the highest is served first, and
    /// from `critical_priority` on it gets the fastest tier instead of the cheapest). `{"granted": {...}}` (with the `tier`, whether it
    /// `is_served` already, `expected_latency_seconds`, `cost_per_hour`), or `{"refused": {...}}` with a `reason` ("latency": no tier
    /// answers in time; "cost": those that do cost more than the limit; "capacity": there is no room up to the tiers' limits). The same
    /// request again has the same lease.
    #[pyo3(signature = (now, request: "dict[str, object]") -> "dict[str, dict[str, object]]")]
    fn allocate<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        request: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let request: ResourceRequest = settings("request", request)?;
        to_python(py, &self.0.change(py, |manager| manager.allocate(now.0, &request))?)
    }

    /// What became of the last request; None before any.
    #[pyo3(signature = () -> "dict[str, dict[str, object]] | None")]
    fn allocation<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(manager.allocation().cloned()))?)
    }

    /// Gives the capacity of a lease back; whether there was one.
    #[pyo3(signature = (now, lease: "SupportsIndex"))]
    fn release(
        &self,
        py: Python<'_>,
        now: Moment,
        #[pyo3(from_py_with = whole)] lease: u64,
    ) -> PyResult<bool> {
        self.0.change(py, |manager| manager.release(now.0, lease))
    }

    /// A unit is gone, as when its machine failed; whether there was one.
    #[pyo3(signature = (now, unit: "SupportsIndex"))]
    fn unit_lost(
        &self,
        py: Python<'_>,
        now: Moment,
        #[pyo3(from_py_with = whole)] unit: u64,
    ) -> PyResult<bool> {
        self.0.change(py, |manager| manager.unit_lost(now.0, unit))
    }

    /// The units that really are there, as the actuator's own list has them: dicts of `unit`, `tier`, and for warm ones `is_awake`.
    #[pyo3(signature = (now, inventory: "list[dict[str, object]]"))]
    fn reconcile(&self, py: Python<'_>, now: Moment, inventory: &Bound<'_, PyAny>) -> PyResult<()> {
        let inventory: Vec<InventoryUnit> = settings("inventory", inventory)?;
        self.0.change(py, |manager| manager.reconcile(now.0, &inventory))
    }

    /// What became of instruction `id`: "confirmed" or "failed". The same report twice changes nothing.
    #[pyo3(signature = (id: "SupportsIndex", outcome))]
    fn report(&self, py: Python<'_>, #[pyo3(from_py_with = whole)] id: u64, outcome: &str) -> PyResult<()> {
        let outcome = self::outcome(py, outcome)?;
        self.0.change(py, |manager| manager.report(id, outcome))
    }

    /// One round: what the actuator is to do, new or again, as dicts of `id`, `attempt`, `issued`, `due` and `action`, which is
    /// `{"provision": {"unit": number, "tier": name, "kind": name}}`, or `deprovision`, `move` (`from`, `to`), `wake`, `rest` of a `unit`,
    /// or `route` of a `lease` to a `tier`.
    #[pyo3(signature = (now) -> "list[dict[str, object]]")]
    fn rebalance<'py>(&self, py: Python<'py>, now: Moment) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.change(py, |manager| manager.rebalance(now.0))?)
    }

    /// What the last round handed out.
    #[pyo3(signature = () -> "list[dict[str, object]]")]
    fn instructions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(manager.instructions().to_vec()))?)
    }

    /// The lease of a number, or None.
    #[pyo3(signature = (id: "SupportsIndex") -> "dict[str, object] | None")]
    fn lease<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = whole)] id: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(manager.lease(id).cloned()))?)
    }

    /// All leases, by their numbers.
    #[pyo3(signature = () -> "list[dict[str, object]]")]
    fn leases<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(manager.leases().cloned().collect::<Vec<_>>()))?)
    }

    /// How the tiers are now, hot first: dicts of `tier`; of units that are `serving`, `resting` (warm ones, or on their way to it),
    /// `starting` (being made, woken or moved here) and `stopping` (given back, not yet confirmed); the `load` of the leases in requests per
    /// second, how many `leases` there are and how many of them are `waiting` for capacity; `latency_seconds` within which the promised
    /// share of their answers comes if all this load comes to the units that serve (None: they are not enough); and `watts` and
    /// `cost_per_hour` of the units, those that the load needs at work, the others at standby.
    #[pyo3(signature = () -> "list[dict[str, object]]")]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, pool::ResourceManager::status)?)
    }

    /// In words: how the tiers are now, and what the last round decided for each and why.
    fn explain(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, pool::ResourceManager::explain)
    }

    /// What was decided in which round: the `records` since the journal was last cleared, and how many were `lost` before them.
    #[pyo3(signature = () -> "dict[str, object]")]
    fn journal<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(manager.journal().clone()))?)
    }

    /// Forgets the records of the journal.
    fn clear_journal(&self, py: Python<'_>) -> PyResult<()> {
        self.0.change(py, |manager| {
            manager.clear_journal();
            Ok(())
        })
    }

    /// The settings.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |manager| Ok(manager.config().clone()))?)
    }

    /// Settings and state as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, pool::ResourceManager::snapshot)?))
    }

    /// The manager that a snapshot was taken of: it goes on as if it had never stopped.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        Ok(ResourceManager(Shared::new(run(py, || pool::ResourceManager::restore(bytes))?)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, |manager| {
            let units: Vec<String> = manager
                .status()?
                .into_iter()
                .map(|status| format!("{} {}", status.serving + status.resting, status.tier.name()))
                .collect();
            Ok(format!("<ResourceManager: {} units, {} leases>", units.join(", "), manager.leases().count()))
        })
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}
