//! Calendars as features, and the history of loads by name and tags.

use crate::arrays::FloatTable;
use crate::load::Series;
use crate::run::{Shared, run};
use crate::time::{Moment, Seconds, Times, seconds};
use crate::whole::whole;
use engine::load::{self, Aggregation, CalendarConfig, HistoryConfig, HistoryCounts, Holiday};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3::{type_hint_identifier, type_hint_union};
use std::collections::BTreeMap;

/// Something that happens from `start` up to `end` and may change the load. Events of one name share a feature; `weight` is how
/// strong this one is among them.
#[pyclass(frozen, eq, from_py_object, module = "forescale.load")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event(load::Event);

#[pymethods]
impl Event {
    #[new]
    #[pyo3(signature = (name, start, end, weight=1.0))]
    fn new(name: String, start: Moment, end: Moment, weight: f64) -> Self {
        Event(load::Event { name, start: start.0, end: end.0, weight })
    }

    /// The name of its feature.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// Unix milliseconds at which it begins.
    #[getter]
    fn start(&self) -> i64 {
        self.0.start
    }

    /// Unix milliseconds at which it is over.
    #[getter]
    fn end(&self) -> i64 {
        self.0.end
    }

    /// How strong it is.
    #[getter]
    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn __repr__(&self) -> String {
        let load::Event { name, start, end, weight } = &self.0;
        format!("Event({name:?}, {start}, {end}, {weight})")
    }

    fn __getnewargs__(&self) -> (&str, i64, i64, f64) {
        (&self.0.name, self.0.start, self.0.end, self.0.weight)
    }
}

/// A day off: its text, or a date.
#[derive(Debug)]
pub(crate) struct AnyHoliday(String);

impl<'a, 'py> FromPyObject<'a, 'py> for AnyHoliday {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr =
        type_hint_union!(type_hint_identifier!("builtins", "str"), type_hint_identifier!("datetime", "date"));

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match object.hasattr("isoformat")? && !object.hasattr("hour")? {
            true => object.call_method0("isoformat")?.extract().map(AnyHoliday),
            false => object.extract().map(AnyHoliday),
        }
    }
}

/// What the clock on the wall and the calendar beside it say about a moment, as features: Fourier pairs of the local time of day
/// and of the week, weekdays, holidays, events.
///
/// `time_zone` is an IANA name. Holidays are dates or texts: "2026-12-25", "12-25" (every year), "07-04 observed",
/// "4th thursday of november", "last monday of may", "easter-2", or the nationwide days of "DE", "FR" or "US".
#[pyclass(frozen, eq, module = "forescale.load")]
#[derive(Debug, PartialEq)]
pub(crate) struct Calendar(pub(crate) load::Calendar);

#[pymethods]
impl Calendar {
    #[new]
    #[pyo3(
        signature = (time_zone="UTC", holidays=Vec::new(), events=Vec::new(), day_pairs: "SupportsIndex"=4,
            week_pairs: "SupportsIndex"=3),
        text_signature = "(time_zone='UTC', holidays=(), events=(), day_pairs=4, week_pairs=3)"
    )]
    fn new(
        py: Python<'_>,
        time_zone: &str,
        holidays: Vec<AnyHoliday>,
        events: Vec<Event>,
        #[pyo3(from_py_with = whole)] day_pairs: usize,
        #[pyo3(from_py_with = whole)] week_pairs: usize,
    ) -> PyResult<Self> {
        let events = events.into_iter().map(|event| event.0).collect();
        let made = run(py, || {
            let holidays =
                holidays.iter().map(|text| text.0.parse::<Holiday>()).collect::<engine::Result<_>>()?;
            load::Calendar::new(CalendarConfig {
                time_zone: time_zone.to_owned(),
                holidays,
                events,
                day_pairs,
                week_pairs,
            })
        });
        made.map(Calendar)
    }

    /// The names of the features, in the order of their columns.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.0.names().to_vec()
    }

    /// The features of moments: a row for each, a column for each name.
    fn features(&self, py: Python<'_>, times: Times) -> PyResult<FloatTable> {
        let table = run(py, || self.0.features(&times.0))?;
        Ok(FloatTable(table.rows().values().to_vec(), table.names().len()))
    }

    /// The calendar as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &run(py, || self.0.snapshot())?))
    }

    /// The calendar that a snapshot holds.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        run(py, || load::Calendar::restore(bytes)).map(Calendar)
    }

    fn __repr__(&self) -> String {
        let config = self.0.config();
        let (holidays, events) = (config.holidays.len(), config.events.len());
        format!("Calendar({:?}, {holidays} holidays, {events} events)", config.time_zone)
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}

/// The load of the past by name and tags, in bounded memory: fine steps for a short time, coarse steps for a long one.
///
/// `retention` has pairs (step, how long to keep it) from fine to coarse; the default keeps minutes for 2 days, 5 minutes for
/// 14 days, hours for 400 days. Beyond `max_series` combinations of a name and tags, samples go to one with the value
/// "other" for every tag. A sample further than `max_jump_seconds` ahead of all others waits until others agree.
#[pyclass(frozen, module = "forescale.load")]
#[derive(Debug)]
pub(crate) struct History(pub(crate) Shared<load::History>);

#[pymethods]
impl History {
    #[new]
    #[pyo3(signature = (retention=None, max_series: "SupportsIndex"=256, max_jump_seconds: "float | timedelta | str"=3600.0))]
    fn new(
        py: Python<'_>,
        retention: Option<Vec<[Seconds; 2]>>,
        #[pyo3(from_py_with = whole)] max_series: usize,
        #[pyo3(from_py_with = seconds)] max_jump_seconds: f64,
    ) -> PyResult<Self> {
        let retention = match retention {
            Some(levels) => levels.into_iter().map(|[step, keep]| (step.0, keep.0)).collect(),
            None => HistoryConfig::default().retention,
        };
        let config = HistoryConfig { retention, max_series, max_jump_seconds };
        run(py, || load::History::new(config)).map(|history| History(Shared::new(history)))
    }

    /// Takes in values of one moment, each under its name, NaN = missing; `tags` say whose they are. Times may come in any order.
    #[pyo3(signature = (time, values, tags=BTreeMap::new()), text_signature = "($self, time, values, tags={})")]
    fn record(
        &self,
        py: Python<'_>,
        time: Moment,
        values: BTreeMap<String, f64>,
        tags: BTreeMap<String, String>,
    ) -> PyResult<()> {
        let values: Vec<(&str, f64)> = values.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let tags = pairs(&tags);
        self.0.change(py, |history| history.record(time.0, &values, &tags))
    }

    /// The load under `name` from `start` up to `end`, of all series with `tags`, whatever their other tags.
    ///
    /// `how` is one of mean, sum, max, min, last, count. With `across`, one of the same, each series is first aggregated by `how`,
    /// then the series of a step by `across`: mean and sum give the total of rates. The step is a multiple of the finest.
    #[pyo3(
        signature = (name, start, end, step_seconds, how="mean", tags=BTreeMap::new(), across=None),
        text_signature = "($self, name, start, end, step_seconds, how='mean', tags={}, across=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "the same arguments in the same order in every language")]
    fn query(
        &self,
        py: Python<'_>,
        name: &str,
        start: Moment,
        end: Moment,
        step_seconds: Seconds,
        how: &str,
        tags: BTreeMap<String, String>,
        across: Option<&str>,
    ) -> PyResult<Series> {
        let tags = pairs(&tags);
        let answer = self.0.read(py, |history| {
            let (how, across) =
                (Aggregation::from_name(how)?, across.map(Aggregation::from_name).transpose()?);
            history.query(name, start.0, end.0, step_seconds.0, how, &tags, across)
        });
        answer.map(Series)
    }

    /// The names and tags of all series.
    #[getter]
    fn series(&self, py: Python<'_>) -> PyResult<Vec<(String, BTreeMap<String, String>)>> {
        self.0.read(py, |history| {
            Ok(history.series().map(|(name, tags)| (name.to_owned(), tags.clone())).collect())
        })
    }

    /// What became of the values so far: kept, folded, no_room, too_late, too_early.
    #[getter]
    fn counts(&self, py: Python<'_>) -> PyResult<BTreeMap<&'static str, u64>> {
        let HistoryCounts { kept, folded, no_room, too_late, too_early } =
            self.0.read(py, |history| Ok(history.counts()))?;
        let names = ["kept", "folded", "no_room", "too_late", "too_early"];
        Ok(names.into_iter().zip([kept, folded, no_room, too_late, too_early]).collect())
    }

    /// The history as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, load::History::snapshot)?))
    }

    /// The history that a snapshot holds.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        run(py, || load::History::restore(bytes)).map(|history| History(Shared::new(history)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (count, levels) =
            self.0.read(py, |history| Ok((history.series().count(), history.config().retention.len())))?;
        Ok(format!("History({count} series, {levels} levels)"))
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}

fn pairs(tags: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}
