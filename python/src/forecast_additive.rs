//! Prophet's model: trend, seasons, holidays and features, added up or multiplied.

use crate::forecast_models::{Forecaster, calendar_settings};
use crate::run::{run, settings};
use crate::whole::whole;
use engine::forecast::{self, AdditiveConfig};
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Prophet's model: a trend that bends at few points, seasons, holidays, events and features, added up or multiplied.
///
/// `growth` is "linear", "logistic" (towards `cap`) or "flat", `mode` "additive" or "multiplicative". `seasonalities` is a list of
/// dicts with `period_seconds` and `pairs`; by default a day, a week and a year, each once two of them have passed. `calendar`,
/// a `Calendar` or a dict of its settings, gives holidays, events and the time zone. With `autoregressive` the latest error is
/// carried on, fading, which Prophet does not do.
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Additive;

#[pymethods]
impl Additive {
    #[new]
    #[pyo3(signature = (
        *,
        growth="linear",
        cap=None,
        changepoints: "SupportsIndex"=25,
        changepoint_range=0.8,
        changepoint_prior=0.05,
        seasonalities: "list[dict[str, float]] | None" = None,
        mode="additive",
        seasonality_prior=10.0,
        calendar: "Calendar | dict[str, object] | None" = None,
        holidays_prior=10.0,
        features_prior=10.0,
        autoregressive=true
    ))]
    #[expect(clippy::too_many_arguments, reason = "one for each setting")]
    fn new(
        py: Python<'_>,
        growth: &str,
        cap: Option<f64>,
        #[pyo3(from_py_with = whole)] changepoints: usize,
        changepoint_range: f64,
        changepoint_prior: f64,
        seasonalities: Option<Bound<'_, PyAny>>,
        mode: &str,
        seasonality_prior: f64,
        calendar: Option<Bound<'_, PyAny>>,
        holidays_prior: f64,
        features_prior: f64,
        autoregressive: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = AdditiveConfig {
            growth: settings("growth", PyString::new(py, growth).as_any())?,
            cap,
            changepoints,
            changepoint_range,
            changepoint_prior,
            seasonalities: seasonalities.map(|given| settings("seasonalities", &given)).transpose()?,
            mode: settings("mode", PyString::new(py, mode).as_any())?,
            seasonality_prior,
            calendar: calendar_settings(calendar)?,
            holidays_prior,
            features_prior,
            autoregressive,
        };
        let model = run(py, || forecast::Additive::new(config))?;
        Ok(Forecaster::of(model).with_class(Additive))
    }
}
