//! The structure of a load: spectrum, periods, seasons, factors, and the few directions in which many metrics vary.

use crate::error::*;
use crate::guard::*;
use engine::load;

/// The discrete Fourier transform of a load. Both answers have room for `length` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_dft(
    values: *const f64,
    length: usize,
    out_real: *mut f64,
    out_imaginary: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let real = OutArray::new("out_real", out_real, length)?;
            let imaginary = OutArray::new("out_imaginary", out_imaginary, length)?;
            let answers = load::dft(slice("values", values, length)?)?;
            real.write(&answers.0)?;
            imaginary.write(&answers.1)
        })
    }
}

/// One-sided power spectral density of a load: frequencies in hertz, and at each the power per hertz; the mean is removed.
/// Both answers have room for `length / 2 + 1` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_periodogram(
    values: *const f64,
    length: usize,
    step_seconds: f64,
    out_frequencies: *mut f64,
    out_density: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let frequencies = OutArray::new("out_frequencies", out_frequencies, length / 2 + 1)?;
            let density = OutArray::new("out_density", out_density, length / 2 + 1)?;
            let answers = load::periodogram(slice("values", values, length)?, step_seconds)?;
            frequencies.write(&answers.0)?;
            density.write(&answers.1)
        })
    }
}

/// The periods of a load (NaN = missing), the strongest first: their lengths in seconds, and the share of the load's
/// variance that each explains. None for noise and constants. Both answers have room for `max_periods` values;
/// `out_length` says how many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_periods(
    values: *const f64,
    length: usize,
    step_seconds: f64,
    max_periods: usize,
    out_seconds: *mut f64,
    out_strengths: *mut f64,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let seconds = OutArray::new("out_seconds", out_seconds, max_periods)?;
            let strengths = OutArray::new("out_strengths", out_strengths, max_periods)?;
            let count = Out::new("out_length", out_length)?;
            let found = load::periods(slice("values", values, length)?, step_seconds, max_periods)?;
            seconds.write(&found.iter().map(|period| period.seconds).collect::<Vec<_>>())?;
            strengths.write(&found.iter().map(|period| period.strength).collect::<Vec<_>>())?;
            count.write(found.len());
            Ok(())
        })
    }
}

/// The lag among 0 to `max_lag` steps at which a factor, which is never later than the load, says most about it: Pearson's
/// correlation there, and the probability that chance alone explains it. NaN pairs are left out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_correlate(
    load: *const f64,
    factor: *const f64,
    length: usize,
    max_lag: usize,
    out_lag: *mut usize,
    out_r: *mut f64,
    out_p_value: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let (lag, r) = (Out::new("out_lag", out_lag)?, Out::new("out_r", out_r)?);
            let p_value = Out::new("out_p_value", out_p_value)?;
            let (load, factor) = (slice("load", load, length)?, slice("factor", factor, length)?);
            let found = load::correlate(load, factor, max_lag)?;
            lag.write(found.lag);
            r.write(found.r);
            p_value.write(found.p_value);
            Ok(())
        })
    }
}

/// The first `count` principal components of a table with a row a moment and a column a metric. `out_scores` has room for
/// `rows * count` values, `out_directions` for `count * columns`, `out_explained`, shares of the variance, for `count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_principal_components(
    table: *const f64,
    rows: usize,
    columns: usize,
    count: usize,
    out_scores: *mut f64,
    out_directions: *mut f64,
    out_explained: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let scores = OutArray::new("out_scores", out_scores, rows.saturating_mul(count))?;
            let directions = OutArray::new("out_directions", out_directions, count.saturating_mul(columns))?;
            let explained = OutArray::new("out_explained", out_explained, count)?;
            let found =
                load::principal_components(crate::guard::table("table", table, rows, columns)?, count)?;
            scores.write(&found.scores)?;
            directions.write(&found.directions)?;
            explained.write(&found.explained)
        })
    }
}

/// A load (NaN = missing) taken apart by periods in steps: trend, a season for each period, and what remains. `robust`, not 0,
/// leaves outliers in the remainder. `out_seasonal` has room for `period_count * length` values, one season after the
/// other; the others for `length`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_decompose(
    values: *const f64,
    length: usize,
    periods: *const usize,
    period_count: usize,
    robust: i32,
    out_trend: *mut f64,
    out_seasonal: *mut f64,
    out_remainder: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let trend = OutArray::new("out_trend", out_trend, length)?;
            let seasonal = OutArray::new("out_seasonal", out_seasonal, length.saturating_mul(period_count))?;
            let remainder = OutArray::new("out_remainder", out_remainder, length)?;
            let periods = slice("periods", periods, period_count)?;
            let parts = load::decompose(slice("values", values, length)?, periods, robust != 0)?;
            trend.write(&parts.trend)?;
            seasonal.write(&parts.seasonal.concat())?;
            remainder.write(&parts.remainder)
        })
    }
}
