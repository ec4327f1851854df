//! What comes next, and how sure are we? Forecasting models, and intervals that adjust themselves.

use crate::error::*;
use crate::guard::*;
use crate::load::forescale_series;
use engine::forecast::{self, Forecaster};

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

/// A forecast: for each step ahead a normal law around the mean.
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

/// The mean of the last `window` known values, at every horizon.
#[derive(Debug)]
pub struct forescale_moving_average;
handle!(forescale_moving_average, forecast::MovingAverage);

/// A moving average over the last `window` steps, 1 to 10,000,000.
/// The caller ends it with `forescale_moving_average_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_moving_average_create(
    window: usize,
    out_moving_average: *mut *mut forescale_moving_average,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_moving_average", out_moving_average)?;
            out.write(create(forecast::MovingAverage::new(window)?));
            Ok(())
        })
    }
}

/// Ends a model; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_moving_average_destroy(moving_average: *mut forescale_moving_average) {
    // SAFETY: as above.
    unsafe { destroy(moving_average) }
}

/// Steps that the average covers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_moving_average_window(
    moving_average: *const forescale_moving_average,
    out_window: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let window = Out::new("out_window", out_window)?;
            window.write(read("moving_average", moving_average)?.window());
            Ok(())
        })
    }
}

/// Forgets everything and learns from `series`. The clock of the forecasts is that of the series.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_moving_average_fit(
    moving_average: *mut forescale_moving_average,
    series: *const forescale_series,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let series = read("series", series)?;
            change("moving_average", moving_average, |model| model.fit(series))
        })
    }
}

/// Takes in the value of the next step, NaN = missing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_moving_average_update(
    moving_average: *mut forescale_moving_average,
    value: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("moving_average", moving_average, |model| model.update(value))) }
}

/// Passes over `steps` steps in which nothing was measured.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_moving_average_skip(
    moving_average: *mut forescale_moving_average,
    steps: u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            change("moving_average", moving_average, |model| {
                model.skip(steps);
                engine::Result::Ok(())
            })
        })
    }
}

/// Forecasts the next `horizon` steps (at least 1). `levels` are the interval levels to show, each between 0 and 1.
/// The caller ends the forecast with `forescale_forecast_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_moving_average_forecast(
    moving_average: *const forescale_moving_average,
    horizon: usize,
    levels: *const f64,
    length: usize,
    out_forecast: *mut *mut forescale_forecast,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecast", out_forecast)?;
            let levels = slice("levels", levels, length)?;
            out.write(create(read("moving_average", moving_average)?.forecast(horizon, levels)?));
            Ok(())
        })
    }
}

/// The model as bytes that `forescale_moving_average_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_moving_average_snapshot(
    moving_average: *const forescale_moving_average,
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
            out.write_or_measure(&read("moving_average", moving_average)?.snapshot()?, length)
        })
    }
}

/// The model that a snapshot holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_moving_average_restore(
    bytes: *const u8,
    length: usize,
    out_moving_average: *mut *mut forescale_moving_average,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_moving_average", out_moving_average)?;
            out.write(create(forecast::MovingAverage::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}

/// The value of one season ago.
#[derive(Debug)]
pub struct forescale_seasonal_naive;
handle!(forescale_seasonal_naive, forecast::SeasonalNaive);

/// A seasonal naive model with a season of `period` steps, 1 to 10,000,000.
/// The caller ends it with `forescale_seasonal_naive_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_seasonal_naive_create(
    period: usize,
    out_seasonal_naive: *mut *mut forescale_seasonal_naive,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_seasonal_naive", out_seasonal_naive)?;
            out.write(create(forecast::SeasonalNaive::new(period)?));
            Ok(())
        })
    }
}

/// Ends a model; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_seasonal_naive_destroy(seasonal_naive: *mut forescale_seasonal_naive) {
    // SAFETY: as above.
    unsafe { destroy(seasonal_naive) }
}

/// Steps a season.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_seasonal_naive_period(
    seasonal_naive: *const forescale_seasonal_naive,
    out_period: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let period = Out::new("out_period", out_period)?;
            period.write(read("seasonal_naive", seasonal_naive)?.period());
            Ok(())
        })
    }
}

/// Forgets everything and learns from `series`. The clock of the forecasts is that of the series.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_seasonal_naive_fit(
    seasonal_naive: *mut forescale_seasonal_naive,
    series: *const forescale_series,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let series = read("series", series)?;
            change("seasonal_naive", seasonal_naive, |model| model.fit(series))
        })
    }
}

/// Takes in the value of the next step, NaN = missing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_seasonal_naive_update(
    seasonal_naive: *mut forescale_seasonal_naive,
    value: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("seasonal_naive", seasonal_naive, |model| model.update(value))) }
}

/// Passes over `steps` steps in which nothing was measured.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_seasonal_naive_skip(
    seasonal_naive: *mut forescale_seasonal_naive,
    steps: u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            change("seasonal_naive", seasonal_naive, |model| {
                model.skip(steps);
                engine::Result::Ok(())
            })
        })
    }
}

/// Forecasts the next `horizon` steps (at least 1). `levels` are the interval levels to show, each between 0 and 1.
/// The caller ends the forecast with `forescale_forecast_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_seasonal_naive_forecast(
    seasonal_naive: *const forescale_seasonal_naive,
    horizon: usize,
    levels: *const f64,
    length: usize,
    out_forecast: *mut *mut forescale_forecast,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecast", out_forecast)?;
            let levels = slice("levels", levels, length)?;
            out.write(create(read("seasonal_naive", seasonal_naive)?.forecast(horizon, levels)?));
            Ok(())
        })
    }
}

/// The model as bytes that `forescale_seasonal_naive_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_seasonal_naive_snapshot(
    seasonal_naive: *const forescale_seasonal_naive,
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
            out.write_or_measure(&read("seasonal_naive", seasonal_naive)?.snapshot()?, length)
        })
    }
}

/// The model that a snapshot holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_seasonal_naive_restore(
    bytes: *const u8,
    length: usize,
    out_seasonal_naive: *mut *mut forescale_seasonal_naive,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_seasonal_naive", out_seasonal_naive)?;
            out.write(create(forecast::SeasonalNaive::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
