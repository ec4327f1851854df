//! What comes next, and how sure are we? Forecasting models, and intervals that adjust themselves.

use crate::error::*;
use crate::guard::*;
use engine::forecast;

/// The `p`-quantile of the standard normal law, 0 < `p` < 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_normal_quantile(
    p: f64,
    out_quantile: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_quantile", out_quantile)?;
            out.write(forecast::normal_quantile(p)?);
            Ok(())
        })
    }
}

/// The interval `mean ± z·sigma/√n` for the mean of `n` observations with standard deviation `sigma`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_confidence_interval(
    mean: f64,
    sigma: f64,
    n: u64,
    z: f64,
    out_lower: *mut f64,
    out_upper: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let (lower, upper) = (Out::new("out_lower", out_lower)?, Out::new("out_upper", out_upper)?);
            let interval = forecast::confidence_interval(mean, sigma, n, z)?;
            lower.write(interval.0);
            upper.write(interval.1);
            Ok(())
        })
    }
}

/// A forecast: for each step ahead a mean, and the law of what may come.
#[derive(Debug)]
pub struct forescale_forecast;
handle!(forescale_forecast, forecast::Forecast);

/// Ends a forecast; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecast_destroy(forecast: *mut forescale_forecast) {
    // SAFETY: as above.
    unsafe { destroy(forecast) }
}

/// Unix milliseconds at which each forecast step begins.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecast_times(
    forecast: *const forescale_forecast,
    out_times: *mut i64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_times", out_times, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(&read("forecast", forecast)?.times(), length)
        })
    }
}

/// Expected load of each step.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecast_mean(
    forecast: *const forescale_forecast,
    out_mean: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_mean", out_mean, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(read("forecast", forecast)?.mean(), length)
        })
    }
}

/// Standard deviation of each step's error; NaN where the model has not seen an error yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecast_standard_deviation(
    forecast: *const forescale_forecast,
    out_standard_deviation: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_standard_deviation", out_standard_deviation, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(read("forecast", forecast)?.standard_deviation(), length)
        })
    }
}

/// The interval levels that were asked for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecast_levels(
    forecast: *const forescale_forecast,
    out_levels: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_levels", out_levels, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(read("forecast", forecast)?.levels(), length)
        })
    }
}

/// Lower end of the central interval of each step with probability `level`, between 0 and 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecast_lower(
    forecast: *const forescale_forecast,
    level: f64,
    out_lower: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_lower", out_lower, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(&read("forecast", forecast)?.lower(level)?, length)
        })
    }
}

/// Upper end of the central interval of each step with probability `level`, between 0 and 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecast_upper(
    forecast: *const forescale_forecast,
    level: f64,
    out_upper: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_upper", out_upper, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(&read("forecast", forecast)?.upper(level)?, length)
        })
    }
}

/// The `q`-quantile of each step, `q` between 0 and 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecast_quantile(
    forecast: *const forescale_forecast,
    q: f64,
    out_quantile: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_quantile", out_quantile, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(&read("forecast", forecast)?.quantile(q)?, length)
        })
    }
}
