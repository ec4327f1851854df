//! Models of a load: a base class with what all of them do, and a class for each kind, which only has a constructor.

use crate::arrays::{Itself, Numbers, Reals, Table};
use crate::forecast::Forecast;
use crate::forecast_additive::Additive;
use crate::forecast_ensemble::Ensemble;
use crate::forecast_spectral::Spectral;
use crate::load::AnySeries;
use crate::load_history::Calendar;
use crate::run::{Interruptible, Shared, exception, run, settings, to_python};
use crate::whole::whole;
use engine::forecast;
use engine::load::CalendarConfig;
use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyType};
use serde::de::DeserializeOwned;

/// A model of a load, of whatever kind: learns from a series or value by value, and forecasts the steps that follow.
///
/// Missing values are NaN. Features are numbers known beforehand for each step; a model that learned with some must be given
/// as many at every later call.
#[pyclass(frozen, subclass, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Forecaster(pub(crate) Shared<Box<dyn forecast::Forecaster>>);

impl Forecaster {
    /// The base of a new model.
    pub(crate) fn of(model: impl forecast::Forecaster + 'static) -> Self {
        Forecaster(Shared::new(Box::new(model)))
    }

    /// The whole object, of a model's own class.
    pub(crate) fn with_class<T: PyClass<BaseType = Forecaster>>(self, own: T) -> PyClassInitializer<T> {
        PyClassInitializer::from(self).add_subclass(own)
    }
}

#[pymethods]
impl Forecaster {
    /// Forgets everything and learns from `series`; `features` has one row for each value. Gives the model itself.
    #[pyo3(signature = (series, features=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        series: AnySeries<'py>,
        features: Option<Table<'py>>,
    ) -> PyResult<Itself<'py>> {
        let learned = series.get();
        let rows = rows(slf.py(), features.as_ref())?;
        let mut interruptible = Interruptible::default();
        let mut tell = |share| interruptible.goes_on(None, share);
        let result = slf.get().0.change(slf.py(), |model| model.fit_with_progress(learned, rows, &mut tell));
        interruptible.outcome(result)?;
        Ok(Itself(slf.into_any()))
    }

    /// Takes in the value of the next step, NaN = missing, and the step's features.
    #[pyo3(signature = (value, features=None))]
    fn update(&self, py: Python<'_>, value: f64, features: Option<Numbers<'_>>) -> PyResult<()> {
        let row = features.as_ref().map(Numbers::get);
        self.0.change(py, |model| model.update(value, row))
    }

    /// Passes over `steps` steps in which nothing was measured.
    #[pyo3(signature = (steps: "SupportsIndex"))]
    fn skip(&self, py: Python<'_>, #[pyo3(from_py_with = whole)] steps: u64) -> PyResult<()> {
        self.0.change(py, |model| model.skip(steps))
    }

    /// Forecasts the next `horizon` steps; `levels` are the interval levels to show, each between 0 and 1; `features` has one
    /// row for each step ahead.
    #[pyo3(
        signature = (horizon: "SupportsIndex", levels=Reals(vec![0.5, 0.8, 0.95]), features=None),
        text_signature = "($self, horizon, levels=(0.5, 0.8, 0.95), features=None)"
    )]
    fn forecast(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] horizon: usize,
        levels: Reals,
        features: Option<Table<'_>>,
    ) -> PyResult<Forecast> {
        let rows = rows(py, features.as_ref())?;
        self.0.read(py, |model| model.forecast(horizon, &levels.0, rows)).map(Forecast)
    }

    /// The name of the model's kind.
    #[getter]
    fn name(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.0.read(py, |model| Ok(model.name()))
    }

    /// The settings, and what was learned.
    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |model| Ok(model.parameters()))?)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let settings = self.0.read(py, |model| {
            let settings = |(name, value): (&String, &serde_json::Value)| {
                (!value.is_array() && !value.is_object()).then(|| format!("{name}={value}"))
            };
            let parameters = model.parameters();
            let listed =
                parameters.as_object().into_iter().flatten().filter_map(settings).collect::<Vec<_>>();
            Ok(format!("{}({})", model.name(), listed.join(", ")))
        })?;
        Ok(settings)
    }

    /// The model as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, |model| model.snapshot())?))
    }

    /// The model that a snapshot holds; called on a model's own class, one of that class.
    #[classmethod]
    fn restore<'py>(class: &Bound<'py, PyType>, bytes: &[u8]) -> PyResult<Itself<'py>> {
        let py = class.py();
        let model = give(py, run(py, || forecast::restore(bytes))?)?;
        if model.is_instance(class)? {
            return Ok(Itself(model));
        }
        let (found, asked) = (model.get_type().name()?, class.name()?);
        let problem = format!("it holds a {found}, not a {asked}");
        Err(exception(py, &engine::Error::Snapshot { problem }))
    }

    #[pyo3(signature = () -> "tuple[object, tuple[object, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}

/// Features as the core takes them.
pub(crate) fn rows<'a>(
    py: Python<'_>,
    features: Option<&'a Table<'_>>,
) -> PyResult<Option<engine::Rows<'a>>> {
    features.map(|table| crate::run::quick(py, || table.rows("features"))).transpose()
}

/// A model of the core as an object of its own class.
pub(crate) fn give(py: Python<'_>, model: Box<dyn forecast::Forecaster>) -> PyResult<Bound<'_, PyAny>> {
    let name = model.name();
    let base = Forecaster(Shared::new(model));
    Ok(match name {
        "Additive" => Bound::new(py, base.with_class(Additive))?.into_any(),
        "Ensemble" => Bound::new(py, base.with_class(Ensemble))?.into_any(),
        "MovingAverage" => Bound::new(py, base.with_class(MovingAverage))?.into_any(),
        "Arima" => Bound::new(py, base.with_class(Arima))?.into_any(),
        "Ets" => Bound::new(py, base.with_class(Ets))?.into_any(),
        "SeasonalNaive" => Bound::new(py, base.with_class(SeasonalNaive))?.into_any(),
        "Spectral" => Bound::new(py, base.with_class(Spectral))?.into_any(),
        "GradientBoosting" => Bound::new(py, base.with_class(GradientBoosting))?.into_any(),
        "Lstm" => Bound::new(py, base.with_class(Lstm))?.into_any(),
        "Tcn" => Bound::new(py, base.with_class(Tcn))?.into_any(),
        "Hybrid" => Bound::new(py, base.with_class(Hybrid))?.into_any(),
        _ => Bound::new(py, base)?.into_any(),
    })
}

/// The mean of the last `window` steps' known values, at every horizon.
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct MovingAverage;

#[pymethods]
impl MovingAverage {
    #[new]
    #[pyo3(signature = (window: "SupportsIndex"))]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] window: usize,
    ) -> PyResult<PyClassInitializer<Self>> {
        let model = run(py, || forecast::MovingAverage::new(window))?;
        Ok(Forecaster::of(model).with_class(MovingAverage))
    }
}

/// The value of one season, `period` steps, ago.
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct SeasonalNaive;

#[pymethods]
impl SeasonalNaive {
    #[new]
    #[pyo3(signature = (period: "SupportsIndex"))]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] period: usize,
    ) -> PyResult<PyClassInitializer<Self>> {
        let model = run(py, || forecast::SeasonalNaive::new(period))?;
        Ok(Forecaster::of(model).with_class(SeasonalNaive))
    }
}

/// Exponential smoothing in state space form: each of `error`, `trend` and `seasonal` is "N" (also None), "A" or "M", or "auto"
/// for the choice with the least AICc; `damped` is True, False or "auto".
///
/// `parameters` is a dict of those of `alpha`, `beta` (the share of a change of the level that goes into the trend), `gamma` and
/// `phi` that are given instead of estimated, and `initial` one of `level`, `trend` and `seasonal` before the first value.
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Ets;

#[pymethods]
impl Ets {
    #[new]
    #[pyo3(
        signature = (
            error="auto", trend="auto", seasonal="auto", period: "SupportsIndex"=1, damped: "bool | str | None"=None,
            parameters: "dict[str, float | None] | None"=None, initial: "dict[str, object] | None"=None
        ),
        text_signature = "(error='auto', trend='auto', seasonal='auto', period=1, damped=None, parameters=None, initial=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        error: &str,
        trend: Option<&str>,
        seasonal: Option<&str>,
        #[pyo3(from_py_with = whole)] period: usize,
        damped: Option<&Bound<'_, PyAny>>,
        parameters: Option<&Bound<'_, PyDict>>,
        initial: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = forecast::EtsConfig {
            error: component(py, "error", Some(error))?,
            trend: component(py, "trend", trend)?,
            seasonal: component(py, "seasonal", seasonal)?,
            period,
            damped: damping(damped)?,
            parameters: given("parameters", parameters)?,
            initial: given("initial", initial)?,
        };
        let model = run(py, || forecast::Ets::new(config))?;
        Ok(Forecaster::of(model).with_class(Ets))
    }
}

/// Boosted trees on lags, seasons, calendar and features: at most `trees` trees with at most `leaves` leaves of at least
/// `rows_in_leaf` examples; held-out values say when fewer trees are better.
///
/// `horizon` is how many steps ahead are learned, `periods` the steps of each season (by default the day and the week), `calendar`
/// a `Calendar` or a dict of its settings.
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct GradientBoosting;

#[pymethods]
impl GradientBoosting {
    #[new]
    #[pyo3(
        signature = (
            horizon: "SupportsIndex"=64, periods: "ArrayLike | None"=None, calendar: "Calendar | dict[str, object] | None"=None,
            trees: "SupportsIndex"=200, leaves: "SupportsIndex"=16, rows_in_leaf: "SupportsIndex"=30, learning_rate=0.1,
            seed: "SupportsIndex"=0
        )
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] horizon: usize,
        #[pyo3(from_py_with = whole)] periods: Option<Vec<usize>>,
        calendar: Option<Bound<'_, PyAny>>,
        #[pyo3(from_py_with = whole)] trees: usize,
        #[pyo3(from_py_with = whole)] leaves: usize,
        #[pyo3(from_py_with = whole)] rows_in_leaf: usize,
        learning_rate: f64,
        #[pyo3(from_py_with = whole)] seed: u64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = forecast::GradientBoostingConfig {
            horizon,
            periods,
            calendar: calendar_settings(calendar)?.unwrap_or_default(),
            trees,
            leaves,
            rows_in_leaf,
            learning_rate,
            seed,
        };
        let model = run(py, || forecast::GradientBoosting::new(config))?;
        Ok(Forecaster::of(model).with_class(GradientBoosting))
    }
}

/// Long short-term memory on the sequence, the calendar and the features: `hidden` cells, trained for at most `steps` steps;
/// held-out values say when fewer are better.
///
/// `horizon` is how many steps ahead are learned, `periods` the steps of each season (by default the day and the week), `calendar`
/// a `Calendar` or a dict of its settings.
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Lstm;

#[pymethods]
impl Lstm {
    #[new]
    #[pyo3(
        signature = (
            horizon: "SupportsIndex"=64, periods: "ArrayLike | None"=None, calendar: "Calendar | dict[str, object] | None"=None,
            hidden: "SupportsIndex"=24, steps: "SupportsIndex"=1000, learning_rate=0.01, seed: "SupportsIndex"=0
        )
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] horizon: usize,
        #[pyo3(from_py_with = whole)] periods: Option<Vec<usize>>,
        calendar: Option<Bound<'_, PyAny>>,
        #[pyo3(from_py_with = whole)] hidden: usize,
        #[pyo3(from_py_with = whole)] steps: usize,
        learning_rate: f64,
        #[pyo3(from_py_with = whole)] seed: u64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = forecast::LstmConfig {
            horizon,
            periods,
            calendar: calendar_settings(calendar)?.unwrap_or_default(),
            hidden,
            steps,
            learning_rate,
            seed,
        };
        let model = run(py, || forecast::Lstm::new(config))?;
        Ok(Forecaster::of(model).with_class(Lstm))
    }
}

/// Dilated causal convolutions on the sequence, the calendar and the features: `blocks` residual blocks of `channels` channels and
/// `kernel` taps, trained for at most `steps` steps; held-out values say when fewer are better.
///
/// `horizon` is how many steps ahead are learned, `periods` the steps of each season (by default the day and the week), `calendar`
/// a `Calendar` or a dict of its settings.
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Tcn;

#[pymethods]
impl Tcn {
    #[new]
    #[pyo3(
        signature = (
            horizon: "SupportsIndex"=64, periods: "ArrayLike | None"=None, calendar: "Calendar | dict[str, object] | None"=None,
            channels: "SupportsIndex"=16, kernel: "SupportsIndex"=3, blocks: "SupportsIndex"=4, steps: "SupportsIndex"=1000,
            learning_rate=0.01, seed: "SupportsIndex"=0
        )
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] horizon: usize,
        #[pyo3(from_py_with = whole)] periods: Option<Vec<usize>>,
        calendar: Option<Bound<'_, PyAny>>,
        #[pyo3(from_py_with = whole)] channels: usize,
        #[pyo3(from_py_with = whole)] kernel: usize,
        #[pyo3(from_py_with = whole)] blocks: usize,
        #[pyo3(from_py_with = whole)] steps: usize,
        learning_rate: f64,
        #[pyo3(from_py_with = whole)] seed: u64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = forecast::TcnConfig {
            horizon,
            periods,
            calendar: calendar_settings(calendar)?.unwrap_or_default(),
            channels,
            kernel,
            blocks,
            steps,
            learning_rate,
            seed,
        };
        let model = run(py, || forecast::Tcn::new(config))?;
        Ok(Forecaster::of(model).with_class(Tcn))
    }
}

/// Long short-term memory (`hidden`, `steps`) for the sequence, gradient boosting (`trees`, `leaves`) for calendar, events and
/// features.
///
/// `horizon` is how many steps ahead are learned, `periods` the steps of each season (by default the day and the week), `calendar`
/// a `Calendar` or a dict of its settings.
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Hybrid;

#[pymethods]
impl Hybrid {
    #[new]
    #[pyo3(
        signature = (
            horizon: "SupportsIndex"=64, periods: "ArrayLike | None"=None, calendar: "Calendar | dict[str, object] | None"=None,
            hidden: "SupportsIndex"=24, steps: "SupportsIndex"=1000, trees: "SupportsIndex"=200, leaves: "SupportsIndex"=16,
            seed: "SupportsIndex"=0
        )
    )]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] horizon: usize,
        #[pyo3(from_py_with = whole)] periods: Option<Vec<usize>>,
        calendar: Option<Bound<'_, PyAny>>,
        #[pyo3(from_py_with = whole)] hidden: usize,
        #[pyo3(from_py_with = whole)] steps: usize,
        #[pyo3(from_py_with = whole)] trees: usize,
        #[pyo3(from_py_with = whole)] leaves: usize,
        #[pyo3(from_py_with = whole)] seed: u64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = forecast::HybridConfig {
            horizon,
            periods,
            calendar: calendar_settings(calendar)?.unwrap_or_default(),
            hidden,
            steps,
            trees,
            leaves,
            seed,
        };
        let model = run(py, || forecast::Hybrid::new(config))?;
        Ok(Forecaster::of(model).with_class(Hybrid))
    }
}

/// The settings of a calendar that was given as an object or as a dict of them.
pub(crate) fn calendar_settings(given: Option<Bound<'_, PyAny>>) -> PyResult<Option<CalendarConfig>> {
    let read = |given: Bound<'_, PyAny>| match given.cast::<Calendar>() {
        Ok(calendar) => Ok(calendar.get().0.config().clone()),
        Err(_) => settings("calendar", &given),
    };
    given.map(read).transpose()
}

/// A component's word as the core reads it; None is no component.
fn component(py: Python<'_>, name: &str, word: Option<&str>) -> PyResult<forecast::EtsComponent> {
    let json = serde_json::json!(word).to_string();
    engine::config::from_json(name, &json).map_err(|error| crate::run::exception(py, &error))
}

/// Whether the trend levels off; "auto", like None, leaves the choice.
fn damping(damped: Option<&Bound<'_, PyAny>>) -> PyResult<Option<bool>> {
    match damped {
        Some(word) if word.extract::<String>().is_ok_and(|word| word == "auto") => Ok(None),
        Some(flag) => flag.extract().or_else(|_| settings("damped", flag)).map(Some),
        None => Ok(None),
    }
}

/// Settings, or their defaults.
fn given<T: Default + DeserializeOwned>(name: &str, given: Option<&Bound<'_, PyDict>>) -> PyResult<T> {
    given.map_or_else(|| Ok(T::default()), |given| settings(name, given))
}

/// An autoregressive integrated moving average with the exact Gaussian likelihood, missing values included: `order` is (p, d, q) or
/// "auto", `seasonal_order` (P, D, Q, period), ("auto", period) or None.
///
/// `parameters` is a dict of `ar`, `ma`, `seasonal_ar`, `seasonal_ma`, `mean` (of the differenced series) and `sigma2` (the
/// innovations' variance; estimated unless given) that are used instead of estimates.
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Arima;

#[pymethods]
impl Arima {
    #[new]
    #[pyo3(
        signature = (
            order: "str | tuple[int, int, int] | None"=None, seasonal_order: "tuple[str, int] | tuple[int, int, int, int] | None"=None,
            parameters: "dict[str, object] | None"=None
        ),
        text_signature = "(order=None, seasonal_order=None, parameters=None)"
    )]
    fn new(
        py: Python<'_>,
        order: Option<&Bound<'_, PyAny>>,
        seasonal_order: Option<&Bound<'_, PyAny>>,
        parameters: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = forecast::ArimaConfig {
            order: order.map(|given| settings("order", given)).transpose()?.unwrap_or_default(),
            seasonal_order: seasonal_order.map(|given| settings("seasonal_order", given)).transpose()?,
            parameters: parameters.map(|given| settings("parameters", given)).transpose()?,
        };
        let model = run(py, || forecast::Arima::new(config))?;
        Ok(Forecaster::of(model).with_class(Arima))
    }
}
