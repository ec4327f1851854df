//! A model of the user's own: any object with the right methods.

use crate::arrays::{FloatArray, FloatTable, Numbers};
use crate::forecast_models::Forecaster;
use crate::run::{raise_later, run};
use engine::forecast::{self, CustomForecast, CustomModel};
use engine::load::Series;
use engine::{Error, Result, Rows};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple, PyType};

/// A forecaster that an object of your own stands behind, which takes part wherever a model of the library does.
///
/// The object has `fit(values, start, step_seconds, features)`, `update(value, features)` and `forecast(horizon, features)`, which
/// answers `(mean, standard_deviation)` or `(mean, {probability: quantiles, ...})`, a number for each step ahead. Missing values
/// are NaN, `features` is an array or None, `start` is in Unix milliseconds. What it raises comes out of the call.
///
/// `snapshot()`, which answers bytes, and `restore(bytes)` let it be saved; without them `snapshot` and pickling are refused. The
/// object itself is not saved: `Custom.restore(bytes, object)` needs one to hand the bytes to. An ensemble works on copies made by
/// `copy.deepcopy`. The object must not call anything on the forecaster that it belongs to: such
/// calls are refused.
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Custom {
    /// The object that was given.
    #[pyo3(get)]
    object: Py<PyAny>,
}

#[pymethods]
impl Custom {
    #[new]
    fn new(object: Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        for method in ["fit", "update", "forecast"] {
            if !object.getattr_opt(method)?.is_some_and(|found| found.is_callable()) {
                let class = object.get_type().name()?;
                return Err(PyTypeError::new_err(format!("object: a {class} has no method {method}")));
            }
        }
        let model = forecast::Custom::new(Own::of(&object)?);
        Ok(Forecaster::of(model).with_class(Custom { object: object.unbind() }))
    }

    /// The model that a snapshot holds, with `object` in the state that it had: its `restore` is called.
    #[classmethod]
    #[pyo3(signature = (bytes, object=None) -> "Custom")]
    fn restore<'py>(
        class: &Bound<'py, PyType>,
        bytes: &[u8],
        object: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let Some(object) = object else {
            return Err(PyTypeError::new_err("object: must be given, with a method restore(bytes)"));
        };
        let py = class.py();
        let own = Own::of(&object)?;
        let make = |state: &[u8]| {
            own.call("restore", |py| PyTuple::new(py, [PyBytes::new(py, state)]), |_, _| Ok(()))?;
            Ok(own)
        };
        let model = run(py, || forecast::Custom::restore(bytes, make))?;
        Bound::new(py, Forecaster::of(model).with_class(Custom { object: object.unbind() }))
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes, object]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let state = (slf.call_method0("snapshot")?, slf.get().object.clone_ref(slf.py()));
        (slf.get_type().getattr("restore")?, state).into_pyobject(slf.py())
    }
}

/// The object as the core sees it. The interpreter is held only while one of its methods runs.
#[derive(Debug)]
struct Own {
    name: String,
    object: Py<PyAny>,
}

impl Own {
    fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Own { name: object.get_type().name()?.to_string(), object: object.clone().unbind() })
    }

    /// Calls a method; `read` makes of its answer what the core wants. An exception goes on its way to the caller, and the
    /// core is told what it says.
    fn call<R>(
        &self,
        method: &str,
        arguments: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
        read: impl for<'py> FnOnce(Python<'py>, Bound<'py, PyAny>) -> PyResult<R>,
    ) -> Result<R> {
        Python::attach(|py| {
            let answer =
                arguments(py).and_then(|arguments| self.object.bind(py).call_method1(method, arguments));
            answer.and_then(|answer| read(py, answer)).map_err(|raised| self.failure(method, raised))
        })
    }

    fn failure(&self, method: &str, raised: PyErr) -> Error {
        let error = Error::Data { name: format!("{}.{method}", self.name), problem: raised.to_string() };
        raise_later(raised);
        error
    }
}

fn table<'py>(py: Python<'py>, features: Option<Rows<'_>>) -> PyResult<Bound<'py, PyAny>> {
    match features {
        Some(rows) => Ok(FloatTable(rows.values().to_vec(), rows.columns()).into_pyobject(py)?.into_any()),
        None => Ok(py.None().into_bound(py)),
    }
}

impl CustomModel for Own {
    fn name(&self) -> &str {
        &self.name
    }

    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()> {
        self.call(
            "fit",
            |py| {
                let values = FloatArray(series.values().to_vec());
                (values, series.start(), series.step_seconds(), table(py, features)?).into_pyobject(py)
            },
            |_, _| Ok(()),
        )
    }

    fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()> {
        let row = features.map(|row| row.to_vec());
        self.call("update", |py| (value, row.map(FloatArray)).into_pyobject(py), |_, _| Ok(()))
    }

    fn forecast(&self, horizon: usize, features: Option<Rows<'_>>) -> Result<CustomForecast> {
        self.call("forecast", |py| (horizon, table(py, features)?).into_pyobject(py), answer)
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        self.call("snapshot", |py| Ok(PyTuple::empty(py)), |_, answer| answer.extract())
    }

    fn copy(&self) -> Result<Box<dyn CustomModel>> {
        let copied = Python::attach(|py| {
            let object = py.import("copy")?.call_method1("deepcopy", (&self.object,))?;
            Ok(Own { name: self.name.clone(), object: object.unbind() })
        });
        copied.map(|own| Box::new(own) as Box<dyn CustomModel>).map_err(|raised| self.failure("copy", raised))
    }
}

/// Reads `(mean, standard_deviation)` or `(mean, {probability: quantiles})`.
fn answer<'py>(py: Python<'py>, answer: Bound<'py, PyAny>) -> PyResult<CustomForecast> {
    let wrong =
        || PyTypeError::new_err("must answer (mean, standard_deviation) or (mean, {probability: quantiles})");
    let (mean, law): (Numbers<'_>, Bound<'_, PyAny>) = answer.extract().map_err(|cause: PyErr| {
        let error = wrong();
        error.set_cause(py, Some(cause));
        error
    })?;
    let mean = mean.get().to_vec();
    let Ok(quantiles) = law.cast::<PyDict>() else {
        let standard_deviation = law.extract::<Numbers<'_>>()?.get().to_vec();
        return Ok(CustomForecast::Normal { mean, standard_deviation });
    };
    let mut columns = quantiles
        .iter()
        .map(|(probability, column)| {
            Ok((probability.extract::<f64>()?, column.extract::<Numbers<'_>>()?.get().to_vec()))
        })
        .collect::<PyResult<Vec<_>>>()?;
    columns.sort_by(|a, b| a.0.total_cmp(&b.0));
    if columns.iter().any(|(_, column)| column.len() != mean.len()) {
        return Err(PyTypeError::new_err("the quantiles have another length than the mean"));
    }
    let row = |step: usize| columns.iter().filter_map(move |(_, column)| column.get(step).copied());
    let values = (0..mean.len()).flat_map(row).collect();
    let probabilities = columns.iter().map(|(probability, _)| *probability).collect();
    Ok(CustomForecast::Quantiles { mean, probabilities, values })
}
