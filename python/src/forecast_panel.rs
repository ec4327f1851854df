//! How good forecasts were; many series at once; hierarchies of which the parts sum to the whole.

use crate::arrays::{FloatArray, FloatColumns, Itself, Numbers, Reals, Table};
use crate::forecast::Forecast;
use crate::forecast_models::{Forecaster, give, rows};
use crate::load::AnySeries;
use crate::run::{Interruptible, Shared, quick, run};
use crate::whole::whole;
use engine::forecast::{self, EvaluationConfig, Reconciliation, Tags};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

/// For each point `1 - |actual - predicted| / |actual|`; NaN where the load is 0 or a value is missing (`undefined` counts them).
#[pyfunction]
pub(crate) fn accuracy(py: Python<'_>, actual: Numbers<'_>, predicted: Numbers<'_>) -> PyResult<FloatArray> {
    let (actual, predicted) = (actual.get(), predicted.get());
    run(py, || forecast::accuracy(actual, predicted)).map(FloatArray)
}

/// How many points have no relative error: a load of 0, or a value that is missing.
#[pyfunction]
pub(crate) fn undefined(py: Python<'_>, actual: Numbers<'_>, predicted: Numbers<'_>) -> PyResult<usize> {
    let (actual, predicted) = (actual.get(), predicted.get());
    run(py, || forecast::undefined(actual, predicted))
}

/// Mean absolute error, in the unit of the load. Missing points (NaN) are left out; NaN where nothing is left.
#[pyfunction]
pub(crate) fn mae(py: Python<'_>, actual: Numbers<'_>, predicted: Numbers<'_>) -> PyResult<f64> {
    let (actual, predicted) = (actual.get(), predicted.get());
    run(py, || forecast::mae(actual, predicted))
}

/// Mean absolute percentage error, as a share (0.1 is 10 %), over the points with a load other than 0.
#[pyfunction]
pub(crate) fn mape(py: Python<'_>, actual: Numbers<'_>, predicted: Numbers<'_>) -> PyResult<f64> {
    let (actual, predicted) = (actual.get(), predicted.get());
    run(py, || forecast::mape(actual, predicted))
}

/// Symmetric mean absolute percentage error `2 |actual - predicted| / (|actual| + |predicted|)`, between 0 and 2.
#[pyfunction]
pub(crate) fn smape(py: Python<'_>, actual: Numbers<'_>, predicted: Numbers<'_>) -> PyResult<f64> {
    let (actual, predicted) = (actual.get(), predicted.get());
    run(py, || forecast::smape(actual, predicted))
}

/// Mean absolute error over that of "as `period` steps before" within `history`, the values before the forecast.
#[pyfunction]
#[pyo3(signature = (actual, predicted, history, period: "SupportsIndex"=1))]
pub(crate) fn mase(
    py: Python<'_>,
    actual: Numbers<'_>,
    predicted: Numbers<'_>,
    history: Numbers<'_>,
    #[pyo3(from_py_with = whole)] period: usize,
) -> PyResult<f64> {
    let (actual, predicted, history) = (actual.get(), predicted.get(), history.get());
    run(py, || forecast::mase(actual, predicted, history, period))
}

/// Weighted absolute percentage error, as a share: the sum of absolute errors over the sum of absolute loads.
#[pyfunction]
pub(crate) fn wape(py: Python<'_>, actual: Numbers<'_>, predicted: Numbers<'_>) -> PyResult<f64> {
    let (actual, predicted) = (actual.get(), predicted.get());
    run(py, || forecast::wape(actual, predicted))
}

/// Share of the points predicted within `tolerance` of the load (0.15 is ±15 %), among those with a load other than 0.
#[pyfunction]
#[pyo3(signature = (actual, predicted, tolerance=0.15))]
pub(crate) fn within(
    py: Python<'_>,
    actual: Numbers<'_>,
    predicted: Numbers<'_>,
    tolerance: f64,
) -> PyResult<f64> {
    let (actual, predicted) = (actual.get(), predicted.get());
    run(py, || forecast::within(actual, predicted, tolerance))
}

/// Mean pinball loss of predicted `q`-quantiles, 0 < `q` < 1, in the unit of the load.
#[pyfunction]
pub(crate) fn pinball(py: Python<'_>, actual: Numbers<'_>, predicted: Numbers<'_>, q: f64) -> PyResult<f64> {
    let (actual, predicted) = (actual.get(), predicted.get());
    run(py, || forecast::pinball(actual, predicted, q))
}

/// Mean continuous ranked probability score of laws given by quantiles: a row for each point, a column for each probability.
#[pyfunction]
pub(crate) fn crps(
    py: Python<'_>,
    actual: Numbers<'_>,
    quantiles: Table<'_>,
    probabilities: Numbers<'_>,
) -> PyResult<f64> {
    let (actual, probabilities) = (actual.get(), probabilities.get());
    let quantiles = quick(py, || quantiles.rows("quantiles"))?;
    run(py, || forecast::crps(actual, quantiles, probabilities))
}

/// Mean continuous ranked probability score of normal laws.
#[pyfunction]
pub(crate) fn crps_normal(
    py: Python<'_>,
    actual: Numbers<'_>,
    mean: Numbers<'_>,
    standard_deviation: Numbers<'_>,
) -> PyResult<f64> {
    let (actual, mean, sigma) = (actual.get(), mean.get(), standard_deviation.get());
    run(py, || forecast::crps_normal(actual, mean, sigma))
}

/// Share of the points that lie within their interval, ends included.
#[pyfunction]
pub(crate) fn coverage(
    py: Python<'_>,
    actual: Numbers<'_>,
    lower: Numbers<'_>,
    upper: Numbers<'_>,
) -> PyResult<f64> {
    let (actual, lower, upper) = (actual.get(), lower.get(), upper.get());
    run(py, || forecast::coverage(actual, lower, upper))
}

/// How good a model would have been; `evaluate` makes it.
#[pyclass(frozen, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Evaluation(forecast::Evaluation);

#[pymethods]
impl Evaluation {
    /// Arrays by name: step (0 is over all steps ahead), points, undefined, mae, mape, smape, mase, wape, within, crps, and
    /// coverage_0.8, ... for each level.
    #[getter]
    fn scores(&self, py: Python<'_>) -> PyResult<FloatColumns> {
        columns(py, self.0.scores())
    }

    /// Arrays by name, for each origin and step ahead: origin and time (Unix milliseconds), step, actual, mean, and lower_0.8,
    /// upper_0.8, ... for each level.
    #[getter]
    fn forecasts(&self, py: Python<'_>) -> PyResult<FloatColumns> {
        columns(py, self.0.forecasts())
    }

    /// The scores as a pandas DataFrame, a row for each step ahead (0 is over all).
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let frame = py.import("pandas")?.call_method1("DataFrame", (self.scores(py)?,))?;
        frame.call_method1("set_index", ("step",))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let first = |name| {
            quick(py, || self.0.scores().column(name))
                .map(|column| column.first().copied().unwrap_or(f64::NAN))
        };
        Ok(format!("Evaluation({} points, mae={}, crps={})", first("points")?, first("mae")?, first("crps")?))
    }
}

fn columns(py: Python<'_>, table: &engine::Table) -> PyResult<FloatColumns> {
    let column = |name: &String| Ok((name.clone(), table.column(name)?));
    quick(py, || table.names().iter().map(column).collect()).map(FloatColumns)
}

/// Forecasts from `origins` points within `series`, `stride` steps apart, the last `horizon` steps before its end, and compares with
/// what came.
///
/// The model stays as it is; copies of it see the series up to each origin and nothing else. They are fitted anew at every
/// `refit_every`-th origin (0: at the first alone) and updated in between. `period` is the season of the naive rule that MASE
/// compares with. `features` has a row for each value of the series.
#[pyfunction]
#[pyo3(
    signature = (model, series, horizon: "SupportsIndex", origins: "SupportsIndex", refit_every: "SupportsIndex"=0,
        stride: "SupportsIndex"=1, period: "SupportsIndex"=1, levels=Reals(vec![0.8, 0.95]), features=None),
    text_signature = "(model, series, horizon, origins, refit_every=0, stride=1, period=1, levels=(0.8, 0.95), features=None)"
)]
#[allow(clippy::too_many_arguments, reason = "settings are keyword arguments")]
pub(crate) fn evaluate(
    py: Python<'_>,
    model: Bound<'_, Forecaster>,
    series: AnySeries<'_>,
    #[pyo3(from_py_with = whole)] horizon: usize,
    #[pyo3(from_py_with = whole)] origins: usize,
    #[pyo3(from_py_with = whole)] refit_every: usize,
    #[pyo3(from_py_with = whole)] stride: usize,
    #[pyo3(from_py_with = whole)] period: usize,
    levels: Reals,
    features: Option<Table<'_>>,
) -> PyResult<Evaluation> {
    let config = EvaluationConfig { horizon, origins, refit_every, stride, period, levels: levels.0 };
    let (series, features) = (series.get(), rows(py, features.as_ref())?);
    let mut interruptible = Interruptible::default();
    let mut tell = |share| interruptible.goes_on(None, share);
    let copy = model.get().0.read(py, |model| Ok(model.boxed_clone()))?;
    let result = run(py, || forecast::evaluate_with_progress(&*copy, series, features, &config, &mut tell));
    interruptible.outcome(result).map(Evaluation)
}

/// A model for each of several series that share a clock: CPU, memory, network, tokens. `threads` do the work of a call.
#[pyclass(frozen, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Panel(Shared<forecast::Panel>);

impl Panel {
    /// One item for each name, from a mapping (a dict, a pandas DataFrame) or from a sequence in the order of the names.
    fn items<'py>(&self, py: Python<'py>, given: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let names = self.names(py)?;
        if !given.hasattr("keys")? {
            return given.try_iter()?.collect();
        }
        if let Ok(length) = given.call_method0("keys")?.len()
            && length != names.len()
        {
            return Err(PyTypeError::new_err(format!(
                "has {length} names, but the panel has {}",
                names.len()
            )));
        }
        names.into_iter().map(|name| given.get_item(name)).collect()
    }
}

#[pymethods]
impl Panel {
    #[new]
    #[pyo3(signature = (model, names, threads: "SupportsIndex"=1))]
    fn new(
        py: Python<'_>,
        model: Bound<'_, Forecaster>,
        names: Vec<String>,
        #[pyo3(from_py_with = whole)] threads: usize,
    ) -> PyResult<Self> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let panel = model.get().0.read(py, |model| forecast::Panel::new(&**model, &names, threads))?;
        Ok(Panel(Shared::new(panel)))
    }

    /// The names of the series.
    #[getter]
    fn names(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.0.read(py, |panel| Ok(panel.names().to_vec()))
    }

    /// A copy of the model of one series.
    #[pyo3(signature = (name) -> "Forecaster")]
    fn model<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        give(py, self.0.read(py, |panel| Ok(panel.model(name)?.boxed_clone()))?)
    }

    /// Forgets everything and learns from one series for each name: a mapping (also a pandas DataFrame) or a sequence. All lie on
    /// the same grid; `features` has a row for each step, the same for every series. Gives the panel itself.
    #[pyo3(signature = (series, features=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        series: Bound<'py, PyAny>,
        features: Option<Table<'py>>,
    ) -> PyResult<Itself<'py>> {
        let py = slf.py();
        let items = slf.get().items(py, &series)?;
        let all = items.iter().map(|item| item.extract::<AnySeries<'_>>()).collect::<PyResult<Vec<_>>>()?;
        let all: Vec<_> = all.iter().map(AnySeries::get).collect();
        let rows = rows(py, features.as_ref())?;
        let mut interruptible = Interruptible::default();
        let mut tell = |share| interruptible.goes_on(None, share);
        let result = slf.get().0.change(py, |panel| panel.fit_with_progress(&all, rows, &mut tell));
        interruptible.outcome(result)?;
        Ok(Itself(slf.into_any()))
    }

    /// Takes in the next step: a value for each name, by mapping or sequence, NaN = missing, and the step's features.
    #[pyo3(signature = (values, features=None))]
    fn update(
        &self,
        py: Python<'_>,
        values: Bound<'_, PyAny>,
        features: Option<Numbers<'_>>,
    ) -> PyResult<()> {
        let items = self.items(py, &values)?;
        let values = PyList::new(py, items)?.extract::<Reals>()?.0;
        let row = features.as_ref().map(Numbers::get);
        self.0.change(py, |panel| panel.update(&values, row))
    }

    /// Passes over `steps` steps in which nothing was measured.
    #[pyo3(signature = (steps: "SupportsIndex"))]
    fn skip(&self, py: Python<'_>, #[pyo3(from_py_with = whole)] steps: u64) -> PyResult<()> {
        self.0.change(py, |panel| panel.skip(steps))
    }

    /// Forecasts the next `horizon` steps of each series, by name; the rest as for a single model.
    #[pyo3(
        signature = (horizon: "SupportsIndex", levels=Reals(vec![0.5, 0.8, 0.95]), features=None) -> "dict[str, Forecast]",
        text_signature = "($self, horizon, levels=(0.5, 0.8, 0.95), features=None)"
    )]
    fn forecast<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = whole)] horizon: usize,
        levels: Reals,
        features: Option<Table<'_>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let rows = rows(py, features.as_ref())?;
        let (names, all) = self
            .0
            .read(py, |panel| Ok((panel.names().to_vec(), panel.forecast(horizon, &levels.0, rows)?)))?;
        let by_name = PyDict::new(py);
        for (name, forecast) in names.into_iter().zip(all) {
            by_name.set_item(name, Bound::new(py, Forecast(forecast))?)?;
        }
        Ok(by_name)
    }

    /// The panel as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, forecast::Panel::snapshot)?))
    }

    /// The panel that a snapshot holds.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        run(py, || forecast::Panel::restore(bytes)).map(|panel| Panel(Shared::new(panel)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Panel({})", self.names(py)?.join(", ")))
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}

/// Loads by tag, of which the parts sum to the whole: the whole, a sum for each value of each key of `groups`, then the `leaves`.
#[pyclass(frozen, eq, module = "forescale.forecast")]
#[derive(Debug, PartialEq)]
pub(crate) struct Hierarchy(forecast::Hierarchy);

#[pymethods]
impl Hierarchy {
    #[new]
    #[pyo3(signature = (leaves, groups=Vec::new()), text_signature = "(leaves, groups=())")]
    fn new(py: Python<'_>, leaves: Vec<Tags>, groups: Vec<String>) -> PyResult<Self> {
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        run(py, || forecast::Hierarchy::new(&leaves, &groups)).map(Hierarchy)
    }

    /// The tags of each load: those of the whole (none), of the sums, of the leaves. A load is the sum of the leaves that have
    /// all of its tags.
    #[getter]
    fn nodes(&self) -> Vec<Tags> {
        self.0.nodes().to_vec()
    }

    /// Forecasts that add up, from one for each of `nodes`. `method`: "variance" (each gives way in proportion to its variance)
    /// or "bottom_up". With `non_negative` no leaf's mean and no quantile goes below 0.
    #[pyo3(signature = (forecasts, method="variance", non_negative=true))]
    fn reconcile(
        &self,
        py: Python<'_>,
        forecasts: Vec<Bound<'_, Forecast>>,
        method: &str,
        non_negative: bool,
    ) -> PyResult<Vec<Forecast>> {
        let forecasts: Vec<_> = forecasts.iter().map(|forecast| &forecast.get().0).collect();
        let all = run(py, || self.0.reconcile(&forecasts, Reconciliation::from_name(method)?, non_negative))?;
        Ok(all.into_iter().map(Forecast).collect())
    }

    fn __repr__(&self) -> String {
        format!("Hierarchy({} loads)", self.0.nodes().len())
    }
}
