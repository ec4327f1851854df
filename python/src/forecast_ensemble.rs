//! The ensemble: the default forecaster, with members of the user's own.

use crate::arrays::{FloatArray, Numbers, Reals};
use crate::forecast_models::Forecaster;
use crate::load::AnySeries;
use crate::run::run;
use crate::whole::whole;
use engine::forecast::{self, EnsembleConfig};
use pyo3::prelude::*;
use std::any::Any;

/// The default forecaster: small built-in experts and, beside them, `members`, copies of models of any kind, weighed online by
/// their own recent errors; intervals adapt until they cover as often as they promise.
///
/// `seasons_seconds` are the lengths of the seasons by the clock (none given: the day, the week, and short ones that `fit` finds), `history_steps` how many steps are kept for refits of members.
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Ensemble;

#[pymethods]
impl Ensemble {
    #[new]
    #[pyo3(
        signature = (members: "list[Forecaster] | None"=None, seasons_seconds: "list[float] | tuple[float, ...] | None"=None,
            history_steps: "SupportsIndex"=20_160)
    )]
    fn new(
        py: Python<'_>,
        members: Option<Vec<PyRef<'_, Forecaster>>>,
        seasons_seconds: Option<Reals>,
        #[pyo3(from_py_with = whole)] history_steps: usize,
    ) -> PyResult<PyClassInitializer<Self>> {
        let members = members.unwrap_or_default();
        let copies = members.iter().map(|member| member.0.read(py, |model| Ok(model.boxed_clone())));
        let copies = copies.collect::<PyResult<Vec<_>>>()?;
        let model = run(py, || {
            forecast::Ensemble::new(
                EnsembleConfig { seasons_seconds: seasons_seconds.map(|seasons| seasons.0), history_steps },
                copies,
            )
        })?;
        Ok(Forecaster::of(model).with_class(Ensemble))
    }

    /// Begins with a seasonal shape learned elsewhere, as `pooled_shape` gives it.
    fn warm_start(slf: &Bound<'_, Self>, shape: Numbers<'_>, period_seconds: f64) -> PyResult<()> {
        let shape = shape.get();
        slf.as_super().get().0.change(slf.py(), |model| ensemble(model)?.warm_start(shape, period_seconds))
    }

    /// The members whose refit is due: their losses have risen beside those of the built-in experts (a false alarm has
    /// probability 1 % between two refits), or the time between refits has passed, which is longer after each that does not pay.
    fn refits_due(slf: &Bound<'_, Self>) -> PyResult<Vec<usize>> {
        slf.as_super().get().0.change(slf.py(), |model| Ok(ensemble(model)?.refits_due()))
    }

    /// Refits members on the recent past while `budget` lasts, measured by `clock` (by default seconds): first those that are
    /// due, among them those whose refits helped most. A copy that was refitted takes a member's place if it is no worse on the
    /// last part of the past. Gives the indices of the members that were tried. Other threads may use the model meanwhile.
    #[pyo3(signature = (budget, clock: "object | None"=None))]
    fn refit(slf: &Bound<'_, Self>, budget: f64, clock: Option<Py<PyAny>>) -> PyResult<Vec<usize>> {
        let py = slf.py();
        let clock = match clock {
            Some(clock) => clock,
            None => py.import("time")?.getattr("perf_counter")?.unbind(),
        };
        let shared = &slf.as_super().get().0;
        let mut copy = shared.read(py, |model| Ok(model.boxed_clone()))?;
        let mut raised = None;
        let tried = run(py, || {
            let mut time = || {
                Python::attach(|py| {
                    clock.call0(py).and_then(|time| time.extract::<f64>(py)).unwrap_or_else(|error| {
                        raised = Some(error);
                        f64::NAN
                    })
                })
            };
            ensemble(&mut copy)?.refit(budget, &mut time)
        });
        if let Some(error) = raised {
            return Err(error);
        }
        let tried = tried?;
        shared.change(py, |model| {
            let refitted = std::mem::take(ensemble(&mut copy)?);
            ensemble(model)?.adopt(refitted)
        })?;
        Ok(tried)
    }
}

/// The shape of one season that several series have in common: values that average 1, one for each equal part of a season of
/// `period_seconds`, at most 1,440 of them.
#[pyfunction]
#[pyo3(signature = (series: "list[Series]", period_seconds))]
pub(crate) fn pooled_shape(
    py: Python<'_>,
    series: Vec<AnySeries<'_>>,
    period_seconds: f64,
) -> PyResult<FloatArray> {
    let series: Vec<_> = series.iter().map(AnySeries::get).collect();
    run(py, || forecast::pooled_shape(&series, period_seconds)).map(FloatArray)
}

/// The ensemble that a model is; the class says so.
fn ensemble(model: &mut Box<dyn forecast::Forecaster>) -> engine::Result<&mut forecast::Ensemble> {
    let any: &mut dyn Any = &mut **model;
    any.downcast_mut().ok_or_else(|| engine::Error::Internal { problem: "the model is no ensemble".into() })
}
