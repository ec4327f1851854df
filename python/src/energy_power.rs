//! What does it burn? Power curves, kinds of hardware, and the energy of going from one count of machines to another.

use crate::arrays::{FloatArray, Numbers};
use crate::run::{quick, run};
use crate::time::{Seconds, seconds};
use crate::whole::whole;
use engine::energy;
use pyo3::prelude::*;

/// The power of a machine at every utilization from 0 to 1, in watts: straight lines between points at equal distances.
///
/// Two numbers are idle and busy, eleven a SPECpower table.
#[pyclass(frozen, eq, module = "forescale.energy")]
#[derive(Debug, PartialEq)]
pub(crate) struct PowerCurve(energy::PowerCurve);

#[pymethods]
impl PowerCurve {
    #[new]
    fn new(py: Python<'_>, watts_at_utilization: Numbers<'_>) -> PyResult<Self> {
        let watts = watts_at_utilization.get();
        run(py, || energy::PowerCurve::new(watts)).map(PowerCurve)
    }

    /// The power at a utilization, in watts.
    fn watts(&self, py: Python<'_>, utilization: f64) -> PyResult<f64> {
        quick(py, || self.0.watts(utilization))
    }

    /// The power at no utilization, in watts.
    #[getter]
    fn idle(&self) -> f64 {
        self.0.idle()
    }

    /// The power at full utilization, in watts.
    #[getter]
    fn busy(&self) -> f64 {
        self.0.busy()
    }

    /// The watts that it goes through, at utilizations of equal distances.
    #[getter]
    fn points(&self) -> FloatArray {
        FloatArray(self.0.points().to_vec())
    }

    /// The curve of `count` such machines side by side, equally used; `count` need not be whole.
    fn times(&self, py: Python<'_>, count: f64) -> PyResult<Self> {
        run(py, || self.0.times(count)).map(PowerCurve)
    }

    fn __repr__(&self) -> String {
        format!("PowerCurve({:?})", self.0.points())
    }

    #[pyo3(signature = () -> "tuple[type[PowerCurve], tuple[object]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (FloatArray,)) {
        (slf.get_type().into_any(), (slf.get().points(),))
    }
}

/// What a profile is made of.
type Fields = (String, PowerCurve, f64, f64, String);

/// A kind of machine: what it draws in service, while it starts, and while it drains.
///
/// What it draws while it starts and drains is its idle power where it is not given.
#[pyclass(frozen, eq, module = "forescale.energy")]
#[derive(Debug, PartialEq)]
pub(crate) struct HardwareProfile(energy::HardwareProfile);

#[pymethods]
impl HardwareProfile {
    #[new]
    #[pyo3(signature = (name, power, starting_watts=None, draining_watts=None, source=None))]
    fn new(
        py: Python<'_>,
        name: &str,
        power: &PowerCurve,
        starting_watts: Option<f64>,
        draining_watts: Option<f64>,
        source: Option<&str>,
    ) -> PyResult<Self> {
        let power = power.0.clone();
        run(py, || energy::HardwareProfile::new(name, power, starting_watts, draining_watts, source))
            .map(HardwareProfile)
    }

    /// A kind that ships with the library: a hardware thread of a CPU generation, a GPU, or a whole cloud instance type.
    #[staticmethod]
    fn named(py: Python<'_>, name: &str) -> PyResult<Self> {
        run(py, || energy::HardwareProfile::named(name)).map(HardwareProfile)
    }

    /// The names that `named` knows.
    #[staticmethod]
    fn names() -> Vec<&'static str> {
        energy::HardwareProfile::names()
    }

    /// What users call it.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// Power in service against utilization.
    #[getter]
    fn power(&self) -> PowerCurve {
        PowerCurve(self.0.power.clone())
    }

    /// Power from creation until it is ready, in watts.
    #[getter]
    fn starting_watts(&self) -> f64 {
        self.0.starting_watts
    }

    /// Power from the end of service until it is gone, in watts.
    #[getter]
    fn draining_watts(&self) -> f64 {
        self.0.draining_watts
    }

    /// Where the numbers come from.
    #[getter]
    fn source(&self) -> &str {
        &self.0.source
    }

    fn __repr__(&self) -> String {
        let energy::HardwareProfile { name, power, starting_watts, draining_watts, source } = &self.0;
        let points = power.points();
        format!(
            "HardwareProfile(name={name:?}, power=PowerCurve({points:?}), starting_watts={starting_watts:?}, \
             draining_watts={draining_watts:?}, source={source:?})"
        )
    }

    #[pyo3(signature = () -> "tuple[type[HardwareProfile], tuple[object, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, Fields) {
        let profile = &slf.get().0;
        let (name, power, source) = (profile.name.clone(), slf.get().power(), profile.source.clone());
        (slf.get_type().into_any(), (name, power, profile.starting_watts, profile.draining_watts, source))
    }
}

/// The energy of changing counts along `path`, in joules: what starting and draining take.
///
/// `path` is the count of machines step by step, its first the count before.
#[pyfunction]
#[pyo3(signature = (path: "ArrayLike", profile, boot_seconds, drain_seconds: "float | timedelta | str"=0.0))]
pub(crate) fn transition_energy(
    py: Python<'_>,
    #[pyo3(from_py_with = whole)] path: Vec<u32>,
    profile: &HardwareProfile,
    boot_seconds: Seconds,
    #[pyo3(from_py_with = seconds)] drain_seconds: f64,
) -> PyResult<f64> {
    run(py, || energy::transition_energy(&path, &profile.0, boot_seconds.0, drain_seconds))
}
