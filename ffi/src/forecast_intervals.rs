//! How sure are we? Quantiles and intervals that adjust themselves.

use crate::error::*;
use crate::guard::*;
use engine::forecast;

/// The running upper quantile of a stream of scores, self-adjusting.
#[derive(Debug)]
pub struct forescale_adaptive_quantile;
handle!(forescale_adaptive_quantile, forecast::AdaptiveQuantile);

/// A quantile that a share `level` of the scores shall not exceed; `rate` is how fast the asked level moves after a miss.
/// Both between 0 and 1. The caller ends it with `forescale_adaptive_quantile_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_quantile_create(
    level: f64,
    rate: f64,
    out_adaptive_quantile: *mut *mut forescale_adaptive_quantile,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_adaptive_quantile", out_adaptive_quantile)?;
            out.write(create(forecast::AdaptiveQuantile::new(level, rate)?));
            Ok(())
        })
    }
}

/// Ends a quantile; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_quantile_destroy(
    adaptive_quantile: *mut forescale_adaptive_quantile,
) {
    // SAFETY: as above.
    unsafe { destroy(adaptive_quantile) }
}

/// The current quantile; infinite when misses ask for more than was ever seen, NaN before the first score.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_quantile_value(
    adaptive_quantile: *const forescale_adaptive_quantile,
    out_value: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let value = Out::new("out_value", out_value)?;
            value.write(read("adaptive_quantile", adaptive_quantile)?.value());
            Ok(())
        })
    }
}

/// The plain `p`-quantile of the scores in memory; NaN before the first score.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_quantile_of_memory(
    adaptive_quantile: *const forescale_adaptive_quantile,
    p: f64,
    out_value: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let value = Out::new("out_value", out_value)?;
            value.write(read("adaptive_quantile", adaptive_quantile)?.of_memory(p));
            Ok(())
        })
    }
}

/// How many scores are in memory, 1,024 at the most.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_quantile_length(
    adaptive_quantile: *const forescale_adaptive_quantile,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let length = Out::new("out_length", out_length)?;
            length.write(read("adaptive_quantile", adaptive_quantile)?.len());
            Ok(())
        })
    }
}

/// Takes in the next score; NaN is left out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_quantile_update(
    adaptive_quantile: *mut forescale_adaptive_quantile,
    score: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || change("adaptive_quantile", adaptive_quantile, |quantile| quantile.update(score)))
    }
}

/// The quantile as bytes that `forescale_adaptive_quantile_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_quantile_snapshot(
    adaptive_quantile: *const forescale_adaptive_quantile,
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
            out.write_or_measure(&read("adaptive_quantile", adaptive_quantile)?.snapshot()?, length)
        })
    }
}

/// The quantile that a snapshot holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_quantile_restore(
    bytes: *const u8,
    length: usize,
    out_adaptive_quantile: *mut *mut forescale_adaptive_quantile,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_adaptive_quantile", out_adaptive_quantile)?;
            out.write(create(forecast::AdaptiveQuantile::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}

/// An interval around any forecast that covers the truth with long-run frequency `level`.
#[derive(Debug)]
pub struct forescale_adaptive_interval;
handle!(forescale_adaptive_interval, forecast::AdaptiveInterval);

/// An interval with coverage `level`, adjusting at `rate`, both between 0 and 1.
/// The caller ends it with `forescale_adaptive_interval_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_interval_create(
    level: f64,
    rate: f64,
    out_adaptive_interval: *mut *mut forescale_adaptive_interval,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_adaptive_interval", out_adaptive_interval)?;
            out.write(create(forecast::AdaptiveInterval::new(level, rate)?));
            Ok(())
        })
    }
}

/// Ends an interval; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_interval_destroy(
    adaptive_interval: *mut forescale_adaptive_interval,
) {
    // SAFETY: as above.
    unsafe { destroy(adaptive_interval) }
}

/// The interval around `predicted`; infinitely wide before the first update.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_interval_interval(
    adaptive_interval: *const forescale_adaptive_interval,
    predicted: f64,
    out_lower: *mut f64,
    out_upper: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let lower = Out::new("out_lower", out_lower)?;
            let upper = Out::new("out_upper", out_upper)?;
            let interval = read("adaptive_interval", adaptive_interval)?.interval(predicted)?;
            lower.write(interval.0);
            upper.write(interval.1);
            Ok(())
        })
    }
}

/// Learns from what really came; a missing (NaN) `actual` is left out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_interval_update(
    adaptive_interval: *mut forescale_adaptive_interval,
    actual: f64,
    predicted: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            change("adaptive_interval", adaptive_interval, |interval| interval.update(actual, predicted))
        })
    }
}

/// Share of the updates so far whose actual value lay in the interval; NaN before the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_interval_coverage(
    adaptive_interval: *const forescale_adaptive_interval,
    out_coverage: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let coverage = Out::new("out_coverage", out_coverage)?;
            coverage.write(read("adaptive_interval", adaptive_interval)?.coverage());
            Ok(())
        })
    }
}

/// The interval as bytes that `forescale_adaptive_interval_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_interval_snapshot(
    adaptive_interval: *const forescale_adaptive_interval,
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
            out.write_or_measure(&read("adaptive_interval", adaptive_interval)?.snapshot()?, length)
        })
    }
}

/// The interval that a snapshot holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_adaptive_interval_restore(
    bytes: *const u8,
    length: usize,
    out_adaptive_interval: *mut *mut forescale_adaptive_interval,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_adaptive_interval", out_adaptive_interval)?;
            out.write(create(forecast::AdaptiveInterval::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
