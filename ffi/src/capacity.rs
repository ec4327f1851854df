//! How much is enough? Queueing, latency targets, and the count of replicas that meets them.

use crate::error::*;
use crate::guard::*;
use engine::capacity;
use std::ffi::c_char;

/// The probability that an arrival finds all `servers` busy and is lost (M/M/c/c); `offered` is in erlang.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_erlang_b(
    servers: u64,
    offered: f64,
    out_probability: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_probability", out_probability)?;
            out.write(capacity::erlang_b(servers, offered)?);
            Ok(())
        })
    }
}

/// The probability that an arrival must wait (M/M/c); 1 as soon as `offered` reaches `servers`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_erlang_c(
    servers: u64,
    offered: f64,
    out_probability: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_probability", out_probability)?;
            out.write(capacity::erlang_c(servers, offered)?);
            Ok(())
        })
    }
}

/// A queue M/M/c in its steady state, or with other variability. Rates are per second, times in seconds.
#[derive(Debug)]
pub struct forescale_queue;
handle!(forescale_queue, capacity::Queue);

/// A queue of `servers` that each serve `service_rate` per second, with `arrival_rate` arriving per second.
/// The coefficients of variation are 1 for Poisson arrivals and exponential service.
/// The caller ends it with `forescale_queue_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_queue_create(
    arrival_rate: f64,
    service_rate: f64,
    servers: u64,
    arrival_cv: f64,
    service_cv: f64,
    out_queue: *mut *mut forescale_queue,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_queue", out_queue)?;
            let queue = capacity::Queue::new(arrival_rate, service_rate, servers)?
                .with_variability(arrival_cv, service_cv)?;
            out.write(create(queue));
            Ok(())
        })
    }
}

/// Ends a queue; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_queue_destroy(queue: *mut forescale_queue) {
    // SAFETY: as above.
    unsafe { destroy(queue) }
}

/// Arrival rate over the rate that all servers together can serve; infinite without servers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_queue_utilization(
    queue: *const forescale_queue,
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

/// The probability that an arrival must wait: Erlang C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_queue_wait_probability(
    queue: *const forescale_queue,
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

/// The mean time before service begins, over all arrivals; infinite from a utilization of 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_queue_mean_wait(
    queue: *const forescale_queue,
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

/// The mean time from arrival to the end of service; infinite from a utilization of 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_queue_mean_response(
    queue: *const forescale_queue,
    out_seconds: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_seconds", out_seconds)?;
            out.write(read("queue", queue)?.mean_response());
            Ok(())
        })
    }
}

/// The wait that a share `p` of all arrivals stays within, 0 < p < 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_queue_wait_quantile(
    queue: *const forescale_queue,
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

/// The response time that a share `p` of all arrivals stays within, 0 < p < 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_queue_response_quantile(
    queue: *const forescale_queue,
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

/// The probability that a response takes longer than `seconds`; 1 from a utilization of 1, and for a time that is
/// negative or NaN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_queue_response_tail(
    queue: *const forescale_queue,
    seconds: f64,
    out_probability: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_probability", out_probability)?;
            out.write(read("queue", queue)?.response_tail(seconds));
            Ok(())
        })
    }
}

/// The smallest count of servers that meets the target.
/// `target_json` is one of `{"utilization": 0.7}`, `{"mean_wait": s}`, `{"wait_quantile": [p, s]}`,
/// `{"response_quantile": [p, s]}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_servers_for(
    arrival_rate: f64,
    service_rate: f64,
    target_json: *const c_char,
    out_servers: *mut u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_servers", out_servers)?;
            let target = config("target_json", target_json)?;
            out.write(capacity::servers_for(arrival_rate, service_rate, target)?);
            Ok(())
        })
    }
}

/// Whether the queue meets the target (1) or not (0); the target is written as for `forescale_servers_for`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_target_is_met(
    target_json: *const c_char,
    queue: *const forescale_queue,
    out_is_met: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_is_met", out_is_met)?;
            let target: capacity::Target = config("target_json", target_json)?;
            target.check()?;
            out.write(target.is_met(read("queue", queue)?).into());
            Ok(())
        })
    }
}

/// The response time of a single server whose queue is M/M/1: `base / (1 - rho)`, infinite from `rho` = 1.
/// `base` is the response time without load, in seconds, and `rho` demand over capacity; both at least 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_latency(
    base: f64,
    rho: f64,
    out_seconds: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_seconds", out_seconds)?;
            out.write(capacity::latency(base, rho)?);
            Ok(())
        })
    }
}
