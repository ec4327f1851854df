//! Items packed into bins, and what one replica serves, learned from what was observed.

use crate::arrays::{FloatArray, FloatTable, IntArray, Numbers, Table, WholeNumbers};
use crate::run::{quick, run};
use crate::whole::whole;
use engine::capacity::{self, Groups, Strategy};
use pyo3::prelude::*;

/// Where items go, see `pack`.
#[pyclass(frozen, eq, module = "forescale.capacity")]
#[derive(Debug, PartialEq)]
pub(crate) struct Packing(capacity::Packing);

#[pymethods]
impl Packing {
    /// The bin of each item, the running ones first; −1: too large, −2: a conflict of groups, −3: no room left.
    #[getter]
    fn bins(&self) -> IntArray {
        IntArray(self.0.numbers())
    }

    /// Count of new bins that were opened.
    #[getter]
    fn opened(&self) -> usize {
        self.0.opened
    }

    /// No packing of all items opens fewer new bins than this.
    #[getter]
    fn lower_bound(&self) -> usize {
        self.0.lower_bound
    }

    fn __repr__(&self) -> String {
        let (items, opened, bound) = (self.0.bins.len(), self.0.opened, self.0.lower_bound);
        format!("Packing(items={items}, opened={opened}, lower_bound={bound})")
    }
}

/// What `Bins` are made of, for pickle.
type Arguments = (FloatArray, Option<FloatTable>, Option<usize>);

/// Where items may go, see `pack`: the room of a new bin, a number a dimension; the free room of the bins that run already, a row each;
/// and how many new ones may be opened, without end where it is left out. Bins are numbered from 0, the running ones first.
#[pyclass(frozen, eq, module = "forescale.capacity")]
#[derive(Debug, PartialEq)]
pub(crate) struct Bins {
    new_bin: Vec<f64>,
    /// All rows one after the other, and the count of columns.
    running: Option<(Vec<f64>, usize)>,
    most_new: Option<usize>,
}

#[pymethods]
impl Bins {
    #[new]
    #[pyo3(signature = (new_bin, running=None, most_new: "SupportsIndex | None"=None))]
    fn new(
        py: Python<'_>,
        new_bin: Numbers<'_>,
        running: Option<Table<'_>>,
        #[pyo3(from_py_with = whole)] most_new: Option<usize>,
    ) -> PyResult<Self> {
        let running = match &running {
            Some(running) => {
                let rows = quick(py, || running.rows("running"))?;
                Some((rows.values().to_vec(), rows.columns()))
            }
            None => None,
        };
        Ok(Bins { new_bin: new_bin.get().to_vec(), running, most_new })
    }

    /// Room of a new bin.
    #[getter]
    fn new_bin(&self) -> FloatArray {
        FloatArray(self.new_bin.clone())
    }

    /// Free room of the bins that run already.
    #[getter]
    fn running(&self) -> Option<FloatTable> {
        self.running.as_ref().map(|(values, columns)| FloatTable(values.clone(), *columns))
    }

    /// At most so many new bins.
    #[getter]
    fn most_new(&self) -> Option<usize> {
        self.most_new
    }

    fn __repr__(&self) -> String {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "None".to_owned());
        let rows = self
            .running
            .as_ref()
            .map(|(values, columns)| format!("{:?}", values.chunks((*columns).max(1)).collect::<Vec<_>>()));
        let most_new = self.most_new.map(|most| most.to_string());
        format!("Bins(new_bin={:?}, running={}, most_new={})", self.new_bin, or_none(rows), or_none(most_new))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, Arguments) {
        let bins = slf.get();
        (slf.get_type().into_any(), (bins.new_bin(), bins.running(), bins.most_new))
    }
}

/// Packs items with demands in several dimensions into as few new bins as possible.
///
/// `items` has a row an item and a column a dimension. The strategy is first_fit_decreasing, best_fit_decreasing or dot_product. `together`,
/// `apart` and `placed` have a whole number for each item, of which a negative one stands for none: items of one group together share a bin, no
/// two items of one group apart do, and an item with a place is in that running bin already, what it takes being gone from the free room.
#[pyfunction]
#[pyo3(signature = (items, bins, strategy="dot_product", together=None, apart=None, placed=None))]
pub(crate) fn pack(
    py: Python<'_>,
    items: Table<'_>,
    bins: &Bins,
    strategy: &str,
    together: Option<WholeNumbers>,
    apart: Option<WholeNumbers>,
    placed: Option<WholeNumbers>,
) -> PyResult<Packing> {
    let items = quick(py, || items.rows("items"))?;
    let each = |numbers: &Option<WholeNumbers>| numbers.as_ref().map(|numbers| numbers.0.clone());
    let (together, apart, placed) = (
        each(&together).unwrap_or_default(),
        each(&apart).unwrap_or_default(),
        each(&placed).unwrap_or_default(),
    );
    let packing = run(py, || {
        let running = match &bins.running {
            Some((values, columns)) => engine::Rows::new("running", values, *columns)?,
            None => engine::Rows::new("running", &[], items.columns())?,
        };
        let most_new = bins.most_new.unwrap_or(usize::MAX);
        let bins = capacity::Bins { running, new_bin: &bins.new_bin, most_new };
        let groups = Groups { together: &together, apart: &apart, placed: &placed };
        capacity::pack(items, bins, Strategy::from_name(strategy)?, groups)
    })?;
    Ok(Packing(packing))
}

/// What `calibrate` and `calibrate_load` learn, with standard errors.
#[pyclass(frozen, eq, module = "forescale.capacity")]
#[derive(Debug, PartialEq)]
pub(crate) struct Calibration(capacity::Calibration);

#[pymethods]
impl Calibration {
    /// What one replica serves: in the unit of the load, or 1/base per second when utilizations were given.
    #[getter]
    fn service_rate(&self) -> f64 {
        self.0.service_rate
    }

    /// Standard error of the service rate.
    #[getter]
    fn service_rate_error(&self) -> f64 {
        self.0.service_rate_error
    }

    /// Latency without load, in the unit of the latencies.
    #[getter]
    fn base(&self) -> f64 {
        self.0.base
    }

    /// Standard error of the base.
    #[getter]
    fn base_error(&self) -> f64 {
        self.0.base_error
    }

    /// Robust standard deviation of the latencies around the curve, as a share of it.
    #[getter]
    fn spread(&self) -> f64 {
        self.0.spread
    }

    /// Pairs that lie so far off that they were weighted down to less than a half.
    #[getter]
    fn outliers(&self) -> usize {
        self.0.outliers
    }

    /// The latency expected under a load; infinite from the service rate on.
    fn latency(&self, py: Python<'_>, load: f64) -> PyResult<f64> {
        quick(py, || self.0.latency(load))
    }

    fn __repr__(&self) -> String {
        let found = &self.0;
        format!(
            "Calibration(service_rate={}, service_rate_error={}, base={}, base_error={}, spread={}, outliers={})",
            found.service_rate,
            found.service_rate_error,
            found.base,
            found.base_error,
            found.spread,
            found.outliers
        )
    }
}

/// Base latency and service rate of one server from pairs of utilization and latency, by `latency = base / (1 - utilization)`.
///
/// Utilizations lie in [0, 1), latencies are above 0, in seconds; the service rate is 1/base per second. Up to half of the pairs may be wild.
#[pyfunction]
pub(crate) fn calibrate(
    py: Python<'_>,
    utilization: Numbers<'_>,
    latency: Numbers<'_>,
) -> PyResult<Calibration> {
    let (utilization, latency) = (utilization.get(), latency.get());
    run(py, || capacity::calibrate(utilization, latency)).map(Calibration)
}

/// Base latency and service rate of one replica from pairs of its load, in load units per second, and its latency.
///
/// The service rate is the load at which the latency would grow without end. Refused where the latency does not rise clearly with the load.
#[pyfunction]
pub(crate) fn calibrate_load(
    py: Python<'_>,
    load: Numbers<'_>,
    latency: Numbers<'_>,
) -> PyResult<Calibration> {
    let (load, latency) = (load.get(), latency.get());
    run(py, || capacity::calibrate_load(load, latency)).map(Calibration)
}

/// How a replica's throughput grows after its start.
#[pyclass(frozen, eq, module = "forescale.capacity")]
#[derive(Debug, PartialEq)]
pub(crate) struct WarmUp(capacity::WarmUp);

#[pymethods]
impl WarmUp {
    /// From the greatest throughput that replicas reached at ages in seconds since they were ready: from 12 to 10 000 pairs.
    #[staticmethod]
    fn learn(py: Python<'_>, ages: Numbers<'_>, throughput: Numbers<'_>) -> PyResult<WarmUp> {
        let (ages, throughput) = (ages.get(), throughput.get());
        run(py, || capacity::WarmUp::learn(ages, throughput)).map(WarmUp)
    }

    /// Throughput of a warm replica, in the unit of what was observed.
    #[getter]
    fn full(&self) -> f64 {
        self.0.full
    }

    /// Standard error of the full throughput, for the given time constant.
    #[getter]
    fn full_error(&self) -> f64 {
        self.0.full_error
    }

    /// The share of it that a replica serves at once, from 0 to 1.
    #[getter]
    fn initial(&self) -> f64 {
        self.0.initial
    }

    /// The seconds in which the missing share falls to 1/e.
    #[getter]
    fn seconds(&self) -> f64 {
        self.0.seconds
    }

    /// The share of its full throughput that a replica of this age serves, from `initial` to 1. A negative age counts as 0.
    fn share(&self, py: Python<'_>, age_seconds: f64) -> PyResult<f64> {
        quick(py, || self.0.share(age_seconds))
    }

    fn __repr__(&self) -> String {
        let found = &self.0;
        format!(
            "WarmUp(full={}, full_error={}, initial={}, seconds={})",
            found.full, found.full_error, found.initial, found.seconds
        )
    }
}
