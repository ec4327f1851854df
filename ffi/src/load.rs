//! What came in? Regular series of load with gaps, and their derivatives.

use crate::error::*;
use crate::guard::*;
use engine::load;
use std::ffi::c_char;

/// Slope and curvature of a load at each sample, per second and per second squared, from the past alone.
/// NaN is a missing value. Both answers have room for `length` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_derivatives(
    values: *const f64,
    length: usize,
    step_seconds: f64,
    window: usize,
    out_first: *mut f64,
    out_second: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let first = OutArray::new("out_first", out_first, length)?;
            let second = OutArray::new("out_second", out_second, length)?;
            let answers = load::derivatives(slice("values", values, length)?, step_seconds, window)?;
            first.write(&answers.0)?;
            second.write(&answers.1)
        })
    }
}

/// A load on a regular grid: one value a step, NaN where nothing was measured.
#[derive(Debug)]
pub struct forescale_series;
handle!(forescale_series, load::Series);

/// A series from values that already lie on a grid: `start` in Unix milliseconds, a step above 0.
/// The caller ends it with `forescale_series_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_create(
    values: *const f64,
    length: usize,
    start: i64,
    step_seconds: f64,
    out_series: *mut *mut forescale_series,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_series", out_series)?;
            let values = slice("values", values, length)?.to_vec();
            out.write(create(load::Series::new(values, start, step_seconds)?));
            Ok(())
        })
    }
}

/// A series from samples at any times (Unix milliseconds): sorted, and aggregated within a step.
/// `how` is one of mean, sum, max, min, last, count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_from_samples(
    times: *const i64,
    values: *const f64,
    length: usize,
    step_seconds: f64,
    how: *const c_char,
    out_series: *mut *mut forescale_series,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_series", out_series)?;
            let (times, values) = (slice("times", times, length)?, slice("values", values, length)?);
            let how = load::Aggregation::from_name(text("how", how)?)?;
            out.write(create(load::Series::from_samples(times, values, step_seconds, how)?));
            Ok(())
        })
    }
}

/// A series from `length` samples taken regularly, in any order: the step is the smallest distance of two times (Unix
/// milliseconds), of which all distances must be multiples; the first step begins at the first time, steps without a sample
/// are missing, samples of the same time are averaged. The caller ends it with `forescale_series_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_from_regular(
    times: *const i64,
    values: *const f64,
    length: usize,
    out_series: *mut *mut forescale_series,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_series", out_series)?;
            let (times, values) = (slice("times", times, length)?, slice("values", values, length)?);
            out.write(create(load::Series::from_regular(times, values)?));
            Ok(())
        })
    }
}

/// A series from CSV text with a header line: times (RFC 3339 or Unix) in the first column, the load in the column
/// of the given name, or in the second where `column` is NULL. `step_seconds` may be NULL: the smallest distance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_from_csv(
    csv: *const c_char,
    column: *const c_char,
    step_seconds: *const f64,
    out_series: *mut *mut forescale_series,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_series", out_series)?;
            let column = optional_text("column", column)?;
            let step_seconds = optional("step_seconds", step_seconds)?;
            out.write(create(load::Series::from_csv(text("csv", csv)?, column, step_seconds)?));
            Ok(())
        })
    }
}

/// Ends a series; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_destroy(series: *mut forescale_series) {
    // SAFETY: as above.
    unsafe { destroy(series) }
}

/// The values, NaN where missing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_values(
    series: *const forescale_series,
    out_values: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_values", out_values, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(read("series", series)?.values(), length)
        })
    }
}

/// Unix milliseconds at which the first step begins.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_start(
    series: *const forescale_series,
    out_start: *mut i64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_start", out_start)?;
            out.write(read("series", series)?.start());
            Ok(())
        })
    }
}

/// Seconds a step.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_step_seconds(
    series: *const forescale_series,
    out_step_seconds: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_step_seconds", out_step_seconds)?;
            out.write(read("series", series)?.step_seconds());
            Ok(())
        })
    }
}

/// The same load on a coarser or a finer grid; `how` as for `forescale_series_from_samples`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_resample(
    series: *const forescale_series,
    step_seconds: f64,
    how: *const c_char,
    out_series: *mut *mut forescale_series,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_series", out_series)?;
            let how = load::Aggregation::from_name(text("how", how)?)?;
            out.write(create(read("series", series)?.resample(step_seconds, how)?));
            Ok(())
        })
    }
}

/// The same series with its missing values replaced: `how` is linear, hold or seasonal, and only the last
/// takes a period (in steps); otherwise it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_fill(
    series: *const forescale_series,
    how: *const c_char,
    period: *const usize,
    out_series: *mut *mut forescale_series,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_series", out_series)?;
            let how = load::Fill::from_name(text("how", how)?, optional("period", period)?)?;
            out.write(create(read("series", series)?.fill(how)?));
            Ok(())
        })
    }
}

/// The series as bytes that `forescale_series_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_snapshot(
    series: *const forescale_series,
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
            out.write_or_measure(&read("series", series)?.snapshot()?, length)
        })
    }
}

/// The series that a snapshot holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_series_restore(
    bytes: *const u8,
    length: usize,
    out_series: *mut *mut forescale_series,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_series", out_series)?;
            out.write(create(load::Series::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
