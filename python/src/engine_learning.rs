//! What the loop learns of itself, and its audit log run again.

use crate::run::{Shared, run};
use engine::engine as core;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// How long replicas take to start, in seconds from asking for one to its being ready.
#[pyclass(frozen, eq, get_all, module = "forescale.engine")]
#[derive(Debug, PartialEq)]
pub(crate) struct LeadTime {
    /// Half of the starts take no longer.
    p50: f64,
    /// Nine of ten starts take no longer.
    p90: f64,
    /// Of a hundred starts 99 take no longer.
    p99: f64,
    /// Starts that were learned from.
    count: u64,
    /// How far ahead decisions look now.
    horizon_seconds: f64,
}

impl From<core::LeadTime> for LeadTime {
    fn from(learned: core::LeadTime) -> Self {
        let core::LeadTime { p50, p90, p99, count, horizon_seconds } = learned;
        LeadTime { p50, p90, p99, count, horizon_seconds }
    }
}

#[pymethods]
impl LeadTime {
    fn __repr__(&self) -> String {
        format!("{self:?}").replace(" { ", "(").replace(": ", "=").replace(" }", ")")
    }
}

/// What three ways to size would have cost lately, in mean fleets: 1 is the mean need alone, without a broken promise.
#[pyclass(frozen, eq, get_all, module = "forescale.engine")]
#[derive(Debug, PartialEq)]
pub(crate) struct ForecastValue {
    /// Sized for the forecast.
    ours: f64,
    /// Sized for the load observed now.
    reactive: f64,
    /// Sized for the load of one season ago.
    seasonal_naive: f64,
    /// What the forecast saves against the reactive law.
    gain: f64,
    /// Standard error of `gain`; NaN before there are two batches.
    gain_error: f64,
    /// Intervals that were scored.
    intervals: u64,
    /// Whether the forecast is worth following.
    is_followed: bool,
}

impl From<core::ForecastValue> for ForecastValue {
    fn from(value: core::ForecastValue) -> Self {
        let core::ForecastValue { ours, reactive, seasonal_naive, gain, gain_error, intervals, is_followed } =
            value;
        ForecastValue { ours, reactive, seasonal_naive, gain, gain_error, intervals, is_followed }
    }
}

#[pymethods]
impl ForecastValue {
    fn __repr__(&self) -> String {
        let ForecastValue { ours, reactive, seasonal_naive, .. } = self;
        format!("ForecastValue(ours={ours}, reactive={reactive}, seasonal_naive={seasonal_naive})")
    }
}

/// The reward lately, `R = w1 * accuracy - w2 * energy`.
#[pyclass(frozen, eq, get_all, module = "forescale.engine")]
#[derive(Debug, PartialEq)]
pub(crate) struct Reward {
    /// That of the last step; NaN before there is one.
    last: f64,
    /// Its mean over a day or so.
    mean: f64,
    /// The mean accuracy of the forecast at the lead time.
    accuracy: f64,
    /// The mean energy, in units of what exactly enough replicas would draw.
    energy: f64,
    /// How much more reward it brings to follow the forecast than the load observed now.
    gain: f64,
}

impl From<core::Reward> for Reward {
    fn from(reward: core::Reward) -> Self {
        let core::Reward { last, mean, accuracy, energy, gain } = reward;
        Reward { last, mean, accuracy, energy, gain }
    }
}

#[pymethods]
impl Reward {
    fn __repr__(&self) -> String {
        let Reward { mean, accuracy, energy, .. } = self;
        format!("Reward(mean={mean}, accuracy={accuracy}, energy={energy})")
    }
}

/// How the service really did, as far as it was measured.
#[pyclass(frozen, eq, get_all, module = "forescale.engine")]
#[derive(Debug, PartialEq)]
pub(crate) struct Performance {
    /// What one replica serves, in load per second, as it is sized for now.
    service_rate: f64,
    /// The share of response times within the promise lately; NaN while none was measured.
    kept: f64,
    /// Samples that were learned from.
    samples: u64,
}

impl From<core::Performance> for Performance {
    fn from(performance: core::Performance) -> Self {
        let core::Performance { service_rate, kept, samples } = performance;
        Performance { service_rate, kept, samples }
    }
}

#[pymethods]
impl Performance {
    fn __repr__(&self) -> String {
        let Performance { service_rate, kept, samples } = self;
        format!("Performance(service_rate={service_rate}, kept={kept}, samples={samples})")
    }
}

/// Where a log and what follows from its inputs part.
#[pyclass(frozen, eq, get_all, module = "forescale.engine")]
#[derive(Debug, PartialEq)]
pub(crate) struct LogDifference {
    /// The line of the log, counted from 1.
    line: u64,
    /// The decision, counted from 1 over the engine's life.
    sequence: u64,
    /// The decision as logged, in JSON.
    logged: String,
    /// The decision that follows from the inputs.
    derived: String,
}

impl From<core::LogDifference> for LogDifference {
    fn from(difference: core::LogDifference) -> Self {
        let core::LogDifference { line, sequence, logged, derived } = difference;
        LogDifference { line, sequence, logged, derived }
    }
}

#[pymethods]
impl LogDifference {
    fn __repr__(&self) -> String {
        format!("<LogDifference at line {}, decision {}>", self.line, self.sequence)
    }
}

/// Runs an audit log again, line by line, in the memory of one engine.
#[pyclass(frozen, module = "forescale.engine")]
#[derive(Debug)]
pub(crate) struct AuditReplay(Shared<core::AuditReplay>);

#[pymethods]
impl AuditReplay {
    #[new]
    fn new() -> Self {
        AuditReplay(Shared::new(core::AuditReplay::new()))
    }

    /// Reads the next line: a header first, then decisions. After a difference nothing more is derived.
    ///
    /// A line that was cut or edited, or before which others are missing, is an error that names it.
    fn line(&self, py: Python<'_>, text: &str) -> PyResult<()> {
        self.0.change(py, |replay| replay.line(text.trim_end_matches(['\r', '\n'])))
    }

    /// Decisions that were derived again.
    #[getter]
    fn decisions(&self, py: Python<'_>) -> PyResult<u64> {
        self.0.read(py, |replay| Ok(replay.decisions()))
    }

    /// The first difference, None while all decisions are as logged.
    #[getter]
    fn difference(&self, py: Python<'_>) -> PyResult<Option<LogDifference>> {
        self.0.read(py, |replay| Ok(replay.difference().cloned().map(LogDifference::from)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.0.read(py, |replay| Ok(format!("<AuditReplay of {} decisions>", replay.decisions())))
    }
}

/// Derives every decision of an audit log again, and answers the first that differs, None when all are as logged.
///
/// `log` is a text, or its lines one after the other, such as an open file. A log that was cut or edited is an error that names the line.
#[pyfunction]
#[pyo3(signature = (log: "str | Sequence[str]"))]
pub(crate) fn replay(log: &Bound<'_, PyAny>) -> PyResult<Option<LogDifference>> {
    let py = log.py();
    if let Ok(text) = log.cast::<PyString>() {
        let text = text.to_cow()?;
        return Ok(run(py, || core::replay(&text))?.map(LogDifference::from));
    }
    let replay = AuditReplay::new();
    for line in log.try_iter()? {
        replay.line(py, &line?.cast::<PyString>()?.to_cow()?)?;
    }
    if replay.decisions(py)? == 0 && replay.difference(py)?.is_none() {
        // No line, or headers alone: as for an empty text, or one of headers.
        return Ok(None);
    }
    replay.difference(py)
}
