//! Is the load as it usually is? The detector for one stream, severity and response.

use crate::run::{Shared, quick, run};
use crate::time::{Moment, Seconds, seconds};
use engine::anomaly::{self, DetectorConfig};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The response to an anomaly: `base` times 1 + `severity`, a severity of at least 0.
#[pyfunction]
pub(crate) fn response(py: Python<'_>, base: f64, severity: f64) -> PyResult<f64> {
    quick(py, || anomaly::response(base, severity))
}

/// A severity in words: none (0), minor (below 1), major (below 3) or critical.
#[pyfunction]
pub(crate) fn severity(py: Python<'_>, severity: f64) -> PyResult<&'static str> {
    quick(py, || anomaly::Severity::of(severity)).map(anomaly::Severity::name)
}

/// What a detector makes of one sample.
#[pyclass(frozen, module = "forescale.anomaly")]
#[derive(Debug)]
pub(crate) struct Anomaly(anomaly::Anomaly);

#[pymethods]
impl Anomaly {
    /// Between 0 and 1: 0.5 and more where an alarm begins.
    #[getter]
    fn score(&self) -> f64 {
        self.0.score
    }

    /// How far beyond the threshold: 0 for what is ordinary, 1 for twice as surprising. Above 0 while an anomaly lasts.
    #[getter]
    fn severity(&self) -> f64 {
        self.0.severity
    }

    /// What it looks like: ordinary, spike, drop, level_shift, flat_line, drift, missing or slow_change.
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind.name()
    }

    fn __repr__(&self) -> String {
        let anomaly::Anomaly { score, severity, kind } = self.0;
        format!("Anomaly(score={score:?}, severity={severity:?}, kind='{}')", kind.name())
    }
}

/// Learns what is usual of a load stream, and tells what is not.
///
/// `alarm_rate` is the wanted share of the samples at which an alarm begins on ordinary data. `step_seconds` is the time between
/// samples, by default the median of the first intervals. `season_seconds` is the length of the season; seven are the long season.
#[pyclass(frozen, module = "forescale.anomaly")]
#[derive(Debug)]
pub(crate) struct Detector(Shared<anomaly::Detector>);

#[pymethods]
impl Detector {
    #[new]
    #[pyo3(signature = (alarm_rate=0.002, step_seconds=None, season_seconds: "float | timedelta | str"=86_400.0))]
    fn new(
        py: Python<'_>,
        alarm_rate: f64,
        step_seconds: Option<Seconds>,
        #[pyo3(from_py_with = seconds)] season_seconds: f64,
    ) -> PyResult<Self> {
        let step_seconds = step_seconds.map(|Seconds(seconds)| seconds);
        let config = DetectorConfig { alarm_rate, step_seconds, season_seconds };
        run(py, || anomaly::Detector::new(config)).map(Self::from)
    }

    /// Judges the sample `value` at `time` by what came before, then learns from it; NaN is a missing sample.
    fn observe(&self, py: Python<'_>, time: Moment, value: f64) -> PyResult<Anomaly> {
        self.0.change(py, |detector| detector.observe(time.0, value)).map(Anomaly)
    }

    /// The whole state as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, anomaly::Detector::snapshot)?))
    }

    /// The detector that a snapshot was taken of: it goes on as that one would, bit for bit.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        run(py, || anomaly::Detector::restore(bytes)).map(Self::from)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let config = self.0.read(py, |detector| Ok(detector.config().clone()))?;
        let DetectorConfig { alarm_rate, step_seconds, season_seconds } = config;
        let step_seconds = step_seconds.map_or("None".into(), |seconds| format!("{seconds:?}"));
        Ok(format!(
            "Detector(alarm_rate={alarm_rate:?}, step_seconds={step_seconds}, season_seconds={season_seconds:?})"
        ))
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}

impl From<anomaly::Detector> for Detector {
    fn from(detector: anomaly::Detector) -> Self {
        Detector(Shared::new(detector))
    }
}
