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
