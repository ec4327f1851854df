//! Queues in which not everyone is served: a limited line, or callers who give up.

use crate::error::*;
use crate::guard::*;
use engine::capacity;
use std::ffi::c_char;

/// A queue with a limited line (M/M/c/K), impatient customers (Erlang A), or both, in its steady state. Rates are per
/// second, times in seconds. Tails and quantiles are those of customers who are served, the mean wait is that of all who
/// enter.
#[derive(Debug)]
pub struct forescale_bounded_queue;
handle!(forescale_bounded_queue, capacity::BoundedQueue);

/// A queue of `servers` that each serve `service_rate` per second, with `arrival_rate` arriving per second. At most
/// `places` wait, the others are turned away (NULL: no limit); those who wait give up after an exponential time of mean
/// `patience_seconds` (NULL: never). One of the two must be given.
/// The caller ends it with `forescale_bounded_queue_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_bounded_queue_create(
    arrival_rate: f64,
    service_rate: f64,
    servers: u64,
    places: *const u64,
    patience_seconds: *const f64,
    out_queue: *mut *mut forescale_bounded_queue,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_queue", out_queue)?;
            let (places, patience) =
                (optional("places", places)?, optional("patience_seconds", patience_seconds)?);
            let queue = capacity::BoundedQueue::new(arrival_rate, service_rate, servers, places, patience)?;
            out.write(create(queue));
            Ok(())
        })
    }
}

/// Ends a queue; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_bounded_queue_destroy(queue: *mut forescale_bounded_queue) {
    // SAFETY: as above.
    unsafe { destroy(queue) }
}

/// The share of arrivals that is turned away since all places are taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_bounded_queue_blocking_probability(
    queue: *const forescale_bounded_queue,
    out_probability: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_probability", out_probability)?;
            out.write(read("queue", queue)?.blocking_probability());
            Ok(())
        })
    }
}

/// The share of arrivals that enters and gives up before it is served.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_bounded_queue_abandonment_probability(
    queue: *const forescale_bounded_queue,
    out_probability: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_probability", out_probability)?;
            out.write(read("queue", queue)?.abandonment_probability());
            Ok(())
        })
    }
}

/// The share of the servers' time that is spent serving.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_bounded_queue_utilization(
    queue: *const forescale_bounded_queue,
    out_utilization: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_utilization", out_utilization)?;
            out.write(read("queue", queue)?.utilization());
            Ok(())
        })
    }
}

/// Of those who enter, the share that must wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_bounded_queue_wait_probability(
    queue: *const forescale_bounded_queue,
    out_probability: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_probability", out_probability)?;
            out.write(read("queue", queue)?.wait_probability());
            Ok(())
        })
    }
}

/// The mean time in line of those who enter, whether they are served in the end or give up; 0 without arrivals.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_bounded_queue_mean_wait(
    queue: *const forescale_bounded_queue,
    out_seconds: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_seconds", out_seconds)?;
            out.write(read("queue", queue)?.mean_wait());
            Ok(())
        })
    }
}

/// Of those who are served, the share that waits longer than `seconds`; 1 for a negative time and NaN. Refused with
/// both bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_bounded_queue_wait_tail(
    queue: *const forescale_bounded_queue,
    seconds: f64,
    out_probability: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_probability", out_probability)?;
            out.write(read("queue", queue)?.wait_tail(seconds)?);
            Ok(())
        })
    }
}

/// The wait that a share `p` of those who are served stays within, 0 < p < 1. Refused with both bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_bounded_queue_wait_quantile(
    queue: *const forescale_bounded_queue,
    p: f64,
    out_seconds: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_seconds", out_seconds)?;
            out.write(read("queue", queue)?.wait_quantile(p)?);
            Ok(())
        })
    }
}

/// Of those who are served, the share whose wait and service together take longer than `seconds`. Refused with both
/// bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_bounded_queue_response_tail(
    queue: *const forescale_bounded_queue,
    seconds: f64,
    out_probability: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_probability", out_probability)?;
            out.write(read("queue", queue)?.response_tail(seconds)?);
            Ok(())
        })
    }
}

/// The response time that a share `p` of those who are served stays within, 0 < p < 1. Refused with both bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_bounded_queue_response_quantile(
    queue: *const forescale_bounded_queue,
    p: f64,
    out_seconds: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_seconds", out_seconds)?;
            out.write(read("queue", queue)?.response_quantile(p)?);
            Ok(())
        })
    }
}

/// The smallest count of servers with which a bounded queue meets the target, and loses at most the share `most_lost` of
/// the arrivals, 0 < most_lost <= 1, at the door or to impatience. A quantile is that of those who are served, `mean_wait`
/// the mean of all who enter, also of those who give up. `places` and `patience_seconds` are as for `forescale_bounded_queue_create`, the target as for `forescale_servers_for`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_servers_for_bounded(
    arrival_rate: f64,
    service_rate: f64,
    places: *const u64,
    patience_seconds: *const f64,
    target_json: *const c_char,
    most_lost: f64,
    out_servers: *mut u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_servers", out_servers)?;
            let (places, patience) =
                (optional("places", places)?, optional("patience_seconds", patience_seconds)?);
            let target = config("target_json", target_json)?;
            out.write(capacity::servers_for_bounded(
                arrival_rate,
                service_rate,
                places,
                patience,
                target,
                most_lost,
            )?);
            Ok(())
        })
    }
}
