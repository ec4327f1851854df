//! Is this normal? Clusters, circuit breakers, and where the load behind an open one goes.

use crate::error::*;
use crate::guard::*;
use engine::anomaly::{self, BreakerState, CircuitBreaker};

/// The cluster of each of `rows` points, counted from 0; -1 for noise (DBSCAN). Two points are neighbours when their
/// Euclidean distance is at most `eps`; a point with at least `min_points` neighbours, itself included, is a core
/// point. Clusters are numbered by their first core point; a border point of several belongs to the first of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_dbscan(
    points: *const f64,
    rows: usize,
    columns: usize,
    eps: f64,
    min_points: usize,
    out_labels: *mut i64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_labels", out_labels, rows)?;
            out.write(&anomaly::dbscan(table("points", points, rows, columns)?, eps, min_points)?)
        })
    }
}

/// Calls pass.
pub const FORESCALE_BREAKER_CLOSED: i32 = 1;
/// No call passes until the cooldown is over.
pub const FORESCALE_BREAKER_OPEN: i32 = 2;
/// A few calls pass, to see how they end.
pub const FORESCALE_BREAKER_HALF_OPEN: i32 = 3;

const _: () = assert!(BreakerState::HalfOpen as i32 + 1 == FORESCALE_BREAKER_HALF_OPEN);

/// A circuit breaker of one callee.
#[derive(Debug)]
pub struct forescale_circuit_breaker;
handle!(forescale_circuit_breaker, CircuitBreaker);

/// A closed breaker: it opens after `failures` failures in a row, is half-open after `cooldown_seconds`, and closes
/// after `probes` successful calls. The caller ends it with `forescale_circuit_breaker_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_circuit_breaker_create(
    failures: u32,
    cooldown_seconds: f64,
    probes: u32,
    out_breaker: *mut *mut forescale_circuit_breaker,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_breaker", out_breaker)?;
            out.write(create(CircuitBreaker::new(failures, cooldown_seconds, probes)?));
            Ok(())
        })
    }
}

/// Ends a breaker; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_circuit_breaker_destroy(breaker: *mut forescale_circuit_breaker) {
    // SAFETY: as above.
    unsafe { destroy(breaker) }
}

/// Whether a call may be made at `now` (Unix milliseconds): 1 or 0. One that may is expected to be recorded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_circuit_breaker_allow(
    breaker: *mut forescale_circuit_breaker,
    now: i64,
    out_allowed: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_allowed", out_allowed)?;
            let allowed = change("breaker", breaker, |breaker| Ok::<_, Failure>(breaker.allow(now)))?;
            out.write(i32::from(allowed));
            Ok(())
        })
    }
}

/// Learns how a call ended: not 0 is a success.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_circuit_breaker_record(
    breaker: *mut forescale_circuit_breaker,
    now: i64,
    success: i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            change("breaker", breaker, |breaker| {
                breaker.record(now, success != 0);
                Ok::<_, Failure>(())
            })
        })
    }
}

/// The state at a moment, one of `FORESCALE_BREAKER_...`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_circuit_breaker_state(
    breaker: *const forescale_circuit_breaker,
    now: i64,
    out_state: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_state", out_state)?;
            out.write(read("breaker", breaker)?.state(now).number());
            Ok(())
        })
    }
}

/// What it counted: failures in a row while closed, probes that succeeded while half-open, how often it opened, calls
/// that it did not let pass; and the time (Unix milliseconds) before which no call may be made, INT64_MIN while calls pass.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_circuit_breaker_counts(
    breaker: *const forescale_circuit_breaker,
    out_failed: *mut u32,
    out_succeeded: *mut u32,
    out_openings: *mut u64,
    out_rejected: *mut u64,
    out_retry_at: *mut i64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let failed = Out::new("out_failed", out_failed)?;
            let succeeded = Out::new("out_succeeded", out_succeeded)?;
            let openings = Out::new("out_openings", out_openings)?;
            let rejected = Out::new("out_rejected", out_rejected)?;
            let retry_at = Out::new("out_retry_at", out_retry_at)?;
            let breaker = read("breaker", breaker)?;
            failed.write(breaker.failed());
            succeeded.write(breaker.succeeded());
            openings.write(breaker.openings());
            rejected.write(breaker.rejected());
            retry_at.write(breaker.retry_at().unwrap_or(i64::MIN));
            Ok(())
        })
    }
}

/// The whole state as versioned, checksummed bytes. With NULL and a capacity of 0 it only tells how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_circuit_breaker_snapshot(
    breaker: *const forescale_circuit_breaker,
    out_bytes: *mut u8,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_bytes", out_bytes, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(&read("breaker", breaker)?.snapshot()?, length)
        })
    }
}

/// The breaker that a snapshot was taken of: it goes on as if it had never stopped.
/// The caller ends it with `forescale_circuit_breaker_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_circuit_breaker_restore(
    bytes: *const u8,
    length: usize,
    out_breaker: *mut *mut forescale_circuit_breaker,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_breaker", out_breaker)?;
            out.write(create(CircuitBreaker::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}

/// Splits the load of a service whose breaker opened over its neighbours, none beyond its capacity and the least
/// utilized first. `capacities` and `loads` are what each neighbour can serve and serves already; `available` has a flag
/// for each that may be given more, or length 0: all may. `out_taken` has room for `capacities_length` numbers, what
/// each takes on top; `out_shed` is what none can take.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_spillover(
    load: f64,
    capacities: *const f64,
    capacities_length: usize,
    loads: *const f64,
    loads_length: usize,
    available: *const i32,
    available_length: usize,
    out_taken: *mut f64,
    out_shed: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let taken = OutArray::new("out_taken", out_taken, capacities_length)?;
            let shed = Out::new("out_shed", out_shed)?;
            let capacities = slice("capacities", capacities, capacities_length)?;
            let loads = slice("loads", loads, loads_length)?;
            let available = flags("available", available, available_length)?;
            let spilled = anomaly::spillover(load, capacities, loads, &available)?;
            taken.write(&spilled.taken)?;
            shed.write(spilled.shed);
            Ok(())
        })
    }
}
