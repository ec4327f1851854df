//! Queues in which not everyone is served: a limited line, or callers who give up.

use crate::run::{run, settings};
use crate::whole::whole;
use engine::capacity;
use pyo3::prelude::*;

/// A queue with a limited line (M/M/c/K), impatient customers (Erlang A), or both, in its steady state.
///
/// At most `places` wait, the others are turned away; those who wait give up after an exponential time of mean `patience_seconds`. One of the two must
/// be given. Rates are per second, times in seconds. Tails and quantiles are those of customers who
/// are served, the mean wait is that of all who enter.
#[pyclass(frozen, module = "forescale.capacity")]
#[derive(Debug)]
pub(crate) struct BoundedQueue {
    queue: capacity::BoundedQueue,
    arguments: Arguments,
}

type Arguments = (f64, f64, u64, Option<u64>, Option<f64>);

#[pymethods]
impl BoundedQueue {
    #[new]
    #[pyo3(signature = (arrival_rate, service_rate, servers: "SupportsIndex", places: "SupportsIndex | None"=None, patience_seconds=None))]
    fn new(
        py: Python<'_>,
        arrival_rate: f64,
        service_rate: f64,
        #[pyo3(from_py_with = whole)] servers: u64,
        #[pyo3(from_py_with = whole)] places: Option<u64>,
        patience_seconds: Option<f64>,
    ) -> PyResult<Self> {
        let queue = run(py, || {
            capacity::BoundedQueue::new(arrival_rate, service_rate, servers, places, patience_seconds)
        })?;
        Ok(BoundedQueue { queue, arguments: (arrival_rate, service_rate, servers, places, patience_seconds) })
    }

    /// The share of arrivals that is turned away since all places are taken.
    #[getter]
    fn blocking_probability(&self) -> f64 {
        self.queue.blocking_probability()
    }

    /// The share of arrivals that enters and gives up before it is served.
    #[getter]
    fn abandonment_probability(&self) -> f64 {
        self.queue.abandonment_probability()
    }

    /// The share of the servers' time that is spent serving.
    #[getter]
    fn utilization(&self) -> f64 {
        self.queue.utilization()
    }

    /// Of those who enter, the share that must wait.
    #[getter]
    fn wait_probability(&self) -> f64 {
        self.queue.wait_probability()
    }

    /// The mean time in line of those who enter, whether they are served in the end or give up; 0 without arrivals.
    #[getter]
    fn mean_wait(&self) -> f64 {
        self.queue.mean_wait()
    }

    /// Of those who are served, the share that waits longer than `seconds`. Refused with both bounds.
    fn wait_tail(&self, py: Python<'_>, seconds: f64) -> PyResult<f64> {
        run(py, || self.queue.wait_tail(seconds))
    }

    /// The wait that a share `p` of those who are served stays within, 0 < p < 1. Refused with both bounds.
    fn wait_quantile(&self, py: Python<'_>, p: f64) -> PyResult<f64> {
        run(py, || self.queue.wait_quantile(p))
    }

    /// Of those who are served, the share whose wait and service together take longer than `seconds`. Refused with both bounds.
    fn response_tail(&self, py: Python<'_>, seconds: f64) -> PyResult<f64> {
        run(py, || self.queue.response_tail(seconds))
    }

    /// The response time that a share `p` of those who are served stays within, 0 < p < 1. Refused with both bounds.
    fn response_quantile(&self, py: Python<'_>, p: f64) -> PyResult<f64> {
        run(py, || self.queue.response_quantile(p))
    }

    fn __repr__(&self) -> String {
        let (arrival_rate, service_rate, servers, places, patience) = self.arguments;
        let places = places.map_or("None".to_owned(), |places| places.to_string());
        let patience = patience.map_or("None".to_owned(), |patience| patience.to_string());
        format!(
            "BoundedQueue(arrival_rate={arrival_rate}, service_rate={service_rate}, servers={servers}, \
             places={places}, patience_seconds={patience})"
        )
    }

    #[pyo3(
        signature = () -> "tuple[type[BoundedQueue], tuple[float, float, int, int | None, float | None]]"
    )]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, Arguments) {
        (slf.get_type().into_any(), slf.get().arguments)
    }
}

/// The smallest count of servers with which a `BoundedQueue` meets the target.
///
/// A quantile is that of those who are served, `MeanWait` the mean of all who enter, also of those who give up.
/// At most the share `most_lost` of the arrivals, 0 < most_lost ≤ 1, is lost at the door or to impatience.
#[pyfunction]
#[pyo3(signature = (arrival_rate, service_rate, places: "SupportsIndex | None", patience_seconds,
    target: "dict[str, float | list[float]]", most_lost))]
pub(crate) fn servers_for_bounded(
    py: Python<'_>,
    arrival_rate: f64,
    service_rate: f64,
    #[pyo3(from_py_with = whole)] places: Option<u64>,
    patience_seconds: Option<f64>,
    target: &Bound<'_, PyAny>,
    most_lost: f64,
) -> PyResult<u64> {
    let target = settings("target", target)?;
    run(py, || {
        capacity::servers_for_bounded(arrival_rate, service_rate, places, patience_seconds, target, most_lost)
    })
}
