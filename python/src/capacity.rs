//! How much is enough? Queueing, latency targets, and the count of replicas that meets them.

use crate::run::{quick, run, settings};
use crate::whole::whole;
use engine::capacity::{self, Target};
use pyo3::prelude::*;

/// The probability that an arrival finds all `servers` busy and is lost (M/M/c/c); `offered` is in erlang.
#[pyfunction]
#[pyo3(signature = (servers: "SupportsIndex", offered))]
pub(crate) fn erlang_b(
    py: Python<'_>,
    #[pyo3(from_py_with = whole)] servers: u64,
    offered: f64,
) -> PyResult<f64> {
    run(py, || capacity::erlang_b(servers, offered))
}

/// The probability that an arrival must wait (M/M/c); 1 as soon as `offered` reaches `servers`.
#[pyfunction]
#[pyo3(signature = (servers: "SupportsIndex", offered))]
pub(crate) fn erlang_c(
    py: Python<'_>,
    #[pyo3(from_py_with = whole)] servers: u64,
    offered: f64,
) -> PyResult<f64> {
    run(py, || capacity::erlang_c(servers, offered))
}

/// The smallest count of servers that meets the target, such as `ResponseQuantile(0.95, 0.4)`.
#[pyfunction]
#[pyo3(signature = (arrival_rate, service_rate, target: "dict[str, float | list[float]]"))]
pub(crate) fn servers_for(
    py: Python<'_>,
    arrival_rate: f64,
    service_rate: f64,
    target: &Bound<'_, PyAny>,
) -> PyResult<u64> {
    let target = settings("target", target)?;
    run(py, || capacity::servers_for(arrival_rate, service_rate, target))
}

/// Whether the queue meets the target.
#[pyfunction]
#[pyo3(signature = (target: "dict[str, float | list[float]]", queue))]
pub(crate) fn target_is_met(py: Python<'_>, target: &Bound<'_, PyAny>, queue: &Queue) -> PyResult<bool> {
    let target: Target = settings("target", target)?;
    quick(py, || target.check().map(|()| target.is_met(&queue.queue)))
}

/// The response time of a single server whose queue is M/M/1: `base / (1 - rho)`, infinite from `rho` = 1.
#[pyfunction]
pub(crate) fn latency(py: Python<'_>, base: f64, rho: f64) -> PyResult<f64> {
    quick(py, || capacity::latency(base, rho))
}

/// A queue M/M/c in its steady state, or with other variability. Rates are per second, times in seconds.
#[pyclass(frozen, module = "forescale.capacity")]
#[derive(Debug)]
pub(crate) struct Queue {
    queue: capacity::Queue,
    arguments: (f64, f64, u64, f64, f64),
}

#[pymethods]
impl Queue {
    #[new]
    #[pyo3(signature = (arrival_rate, service_rate, servers: "SupportsIndex", arrival_cv=1.0, service_cv=1.0))]
    fn new(
        py: Python<'_>,
        arrival_rate: f64,
        service_rate: f64,
        #[pyo3(from_py_with = whole)] servers: u64,
        arrival_cv: f64,
        service_cv: f64,
    ) -> PyResult<Self> {
        let queue = run(py, || {
            capacity::Queue::new(arrival_rate, service_rate, servers)?
                .with_variability(arrival_cv, service_cv)
        })?;
        Ok(Queue { queue, arguments: (arrival_rate, service_rate, servers, arrival_cv, service_cv) })
    }

    /// Arrival rate over the rate that all servers together can serve; infinite without servers.
    #[getter]
    fn utilization(&self) -> f64 {
        self.queue.utilization()
    }

    /// The probability that an arrival must wait: Erlang C.
    #[getter]
    fn wait_probability(&self) -> f64 {
        self.queue.wait_probability()
    }

    /// The mean time before service begins, over all arrivals; infinite from a utilization of 1.
    #[getter]
    fn mean_wait(&self) -> f64 {
        self.queue.mean_wait()
    }

    /// The mean time from arrival to the end of service; infinite from a utilization of 1.
    #[getter]
    fn mean_response(&self) -> f64 {
        self.queue.mean_response()
    }

    /// The wait that a share `p` of all arrivals stays within, 0 < p < 1.
    fn wait_quantile(&self, py: Python<'_>, p: f64) -> PyResult<f64> {
        quick(py, || self.queue.wait_quantile(p))
    }

    /// The response time that a share `p` of all arrivals stays within, 0 < p < 1.
    fn response_quantile(&self, py: Python<'_>, p: f64) -> PyResult<f64> {
        quick(py, || self.queue.response_quantile(p))
    }

    /// The probability that a response takes longer than `seconds`; 1 from a utilization of 1.
    fn response_tail(&self, seconds: f64) -> f64 {
        self.queue.response_tail(seconds)
    }

    fn __repr__(&self) -> String {
        let (arrival_rate, service_rate, servers, arrival_cv, service_cv) = self.arguments;
        format!(
            "Queue(arrival_rate={arrival_rate}, service_rate={service_rate}, servers={servers}, \
             arrival_cv={arrival_cv}, service_cv={service_cv})"
        )
    }

    #[pyo3(signature = () -> "tuple[type[Queue], tuple[float, float, int, float, float]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (f64, f64, u64, f64, f64)) {
        (slf.get_type().into_any(), slf.get().arguments)
    }
}
