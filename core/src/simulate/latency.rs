//! Response times over a whole run: a mixture of M/M/c laws, one for each stretch of constant load and replicas.
//!
//! Within a stretch the queue is taken as stationary (the pointwise stationary approximation, Green & Kolesar 1991, Management Science
//! 37) behind a fluid backlog that delays everyone alike. Near saturation, where a stationary queue would need hours to build up, its
//! utilization is held at [`SATURATION`], and the backlog carries what exceeds the capacity.

use crate::capacity::{Queue, Target};
use crate::error::Result;

/// Utilization beyond which the queue is described by its backlog.
pub(super) const SATURATION: f64 = 0.99;

/// A stretch of constant conditions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// The queue, at no more than the saturation.
    pub(super) queue: Queue,
    /// Seconds that the backlog adds to each response.
    pub(super) delay: f64,
    /// Requests that arrived.
    pub(super) requests: f64,
}

impl Stretch {
    pub(super) fn tail(&self, seconds: f64) -> f64 {
        if seconds < self.delay { 1.0 } else { self.queue.response_tail(seconds - self.delay) }
    }
}

/// The queue of `ready` replicas, as it is at most at saturation.
pub(super) fn queue_at(load: f64, service_rate: f64, ready: u32) -> Result<Queue> {
    let most = SATURATION * service_rate * f64::from(ready);
    Queue::new(load.min(most), service_rate, u64::from(ready))
}

/// Whether the promise is broken for requests that wait `delay` seconds before they join `queue`.
pub(super) fn is_broken(target: &Target, queue: &Queue, delay: f64) -> bool {
    if delay <= 0.0 {
        return !target.is_met(queue);
    }
    match *target {
        Target::Utilization(_) => true,
        Target::MeanWait(seconds) => queue.mean_wait() + delay > seconds,
        Target::WaitQuantile(p, seconds) => queue.wait_quantile(p).is_ok_and(|wait| wait + delay > seconds),
        Target::ResponseQuantile(p, seconds) => {
            delay > seconds || queue.response_tail(seconds - delay) > 1.0 - p
        }
    }
}

/// The `p`-quantile of the response time over all requests, by bisection on the mixture's tail to 0.1 %.
pub(super) fn quantile(stretches: &[Stretch], p: f64) -> f64 {
    let requests: f64 = stretches.iter().map(|stretch| stretch.requests).sum();
    if requests.is_nan() || requests <= 0.0 {
        return f64::NAN;
    }
    let exceeds = |seconds: f64| {
        let late: f64 = stretches.iter().map(|stretch| stretch.requests * stretch.tail(seconds)).sum();
        late > (1.0 - p) * requests
    };
    let mean_service =
        stretches.iter().map(|stretch| stretch.queue.mean_response()).fold(f64::INFINITY, f64::min);
    let mut high = mean_service.max(1e-9);
    while exceeds(high) {
        if high > 1e12 {
            return f64::INFINITY;
        }
        high *= 2.0;
    }
    let mut low = 0.0;
    while high - low > 1e-3 * high {
        let middle = 0.5 * (low + high);
        if exceeds(middle) { low = middle } else { high = middle }
    }
    high
}
