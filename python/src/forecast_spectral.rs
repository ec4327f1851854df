//! The model that extrapolates the spectrum.

use crate::forecast_models::Forecaster;
use crate::run::run;
use crate::whole::whole;
use engine::forecast::{self, SpectralConfig};
use pyo3::prelude::*;

/// Extrapolates the spectrum: the waves of a load go on, around a level whose trend dies out.
///
/// `window` is how many steps it remembers, `frequencies` how many it uses at most, `refit_every` the steps between two fits
/// (0: an eighth of the window).
#[pyclass(frozen, extends = Forecaster, module = "forescale.forecast")]
#[derive(Debug)]
pub(crate) struct Spectral;

#[pymethods]
impl Spectral {
    #[new]
    #[pyo3(signature = (window: "SupportsIndex"=10_080, frequencies: "SupportsIndex"=24, refit_every: "SupportsIndex"=0))]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] window: usize,
        #[pyo3(from_py_with = whole)] frequencies: usize,
        #[pyo3(from_py_with = whole)] refit_every: usize,
    ) -> PyResult<PyClassInitializer<Self>> {
        let config = SpectralConfig { window, frequencies, refit_every };
        let model = run(py, || forecast::Spectral::new(config))?;
        Ok(Forecaster::of(model).with_class(Spectral))
    }
}
