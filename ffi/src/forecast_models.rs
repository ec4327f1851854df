//! Models of a load: one type of object for all of them, and a function that makes each kind.

use crate::error::*;
use crate::forecast::forescale_forecast;
use crate::guard::*;
use crate::load::forescale_series;
use engine::Rows;
use engine::forecast::{self, Forecaster};
use std::ffi::c_char;

/// A model of a load, of whatever kind: learns from a series or value by value, and forecasts the steps that follow.
///
/// Features are numbers known beforehand for each step; a model that learned with some must be given as many at every
/// later call. `feature_columns` is their count, 0 (and NULL) for none.
#[derive(Debug)]
pub struct forescale_forecaster;
handle!(forescale_forecaster, Box<dyn Forecaster>);

/// Ends a model; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecaster_destroy(forecaster: *mut forescale_forecaster) {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe { destroy(forecaster) }
}

/// Forgets everything and learns from `series`. `features` has `feature_columns` numbers for each value of the series,
/// row after row. The clock of the forecasts is that of the series.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecaster_fit(
    forecaster: *mut forescale_forecaster,
    series: *const forescale_series,
    features: *const f64,
    feature_columns: usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let series = read("series", series)?;
            let features = feature_rows(features, series.len(), feature_columns)?;
            change("forecaster", forecaster, |model| model.fit(series, features))
        })
    }
}

/// Takes in the value of the next step, NaN = missing, and its `feature_columns` features.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecaster_update(
    forecaster: *mut forescale_forecaster,
    value: f64,
    features: *const f64,
    feature_columns: usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let row = match feature_columns {
                0 => None,
                columns => Some(slice("features", features, columns)?),
            };
            change("forecaster", forecaster, |model| model.update(value, row))
        })
    }
}

/// Passes over `steps` steps in which nothing was measured.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecaster_skip(
    forecaster: *mut forescale_forecaster,
    steps: u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("forecaster", forecaster, |model| model.skip(steps))) }
}

/// Forecasts the next `horizon` steps (at least 1). `levels` are the interval levels to show, each between 0 and 1;
/// `features` has `feature_columns` numbers for each step ahead, row after row.
/// The caller ends the forecast with `forescale_forecast_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecaster_forecast(
    forecaster: *const forescale_forecaster,
    horizon: usize,
    levels: *const f64,
    length: usize,
    features: *const f64,
    feature_columns: usize,
    out_forecast: *mut *mut forescale_forecast,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecast", out_forecast)?;
            let levels = slice("levels", levels, length)?;
            let features = feature_rows(features, horizon, feature_columns)?;
            out.write(create(read("forecaster", forecaster)?.forecast(horizon, levels, features)?));
            Ok(())
        })
    }
}

/// The name of the model's kind, such as `SeasonalNaive`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecaster_name(
    forecaster: *const forescale_forecaster,
    out_text: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_text", out_text, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_text(read("forecaster", forecaster)?.name(), length)
        })
    }
}

/// The settings, and what was learned, as JSON text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecaster_parameters(
    forecaster: *const forescale_forecaster,
    out_json: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_json", out_json, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_text(&read("forecaster", forecaster)?.parameters().to_string(), length)
        })
    }
}

/// The model as bytes that `forescale_forecaster_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecaster_snapshot(
    forecaster: *const forescale_forecaster,
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
            out.write_or_measure(&read("forecaster", forecaster)?.snapshot()?, length)
        })
    }
}

/// The model that a snapshot holds, of whatever kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_forecaster_restore(
    bytes: *const u8,
    length: usize,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            out.write(create(forecast::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}

/// Features as a table, or none.
///
/// # Safety
/// As for [`table`].
pub(crate) unsafe fn feature_rows<'a>(
    features: *const f64,
    rows: usize,
    columns: usize,
) -> Outcome<Option<Rows<'a>>> {
    match columns {
        0 => Ok(None),
        // SAFETY: as the caller says.
        columns => Ok(Some(unsafe { table("features", features, rows, columns)? })),
    }
}

/// Hands a new model to the caller.
pub(crate) fn give(
    out_forecaster: Out<*mut forescale_forecaster>,
    model: impl Forecaster + 'static,
) -> Outcome {
    let model: Box<dyn Forecaster> = Box::new(model);
    out_forecaster.write(create(model));
    Ok(())
}

/// A moving average: the mean of the last `window` steps' known values, 1 to 10,000,000, at every horizon.
/// The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_moving_average_create(
    window: usize,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, forecast::MovingAverage::new(window)?)
        })
    }
}

/// A seasonal naive model: the value of one season, `period` steps, ago; 1 to 10,000,000.
/// The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_seasonal_naive_create(
    period: usize,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, forecast::SeasonalNaive::new(period)?)
        })
    }
}

/// Exponential smoothing in state space form. `config_json` holds the settings: `error`, `trend`, `seasonal` (each `"auto"`,
/// `"N"`, `"A"` or `"M"`), `period`, `damped` (`true`, `false` or `"auto"`), `parameters` (`alpha`, `beta`, `gamma`, `phi`) and
/// `initial` (`level`, `trend`, `seasonal`); NULL for the defaults: all automatic, without a season.
/// The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_ets_create(
    config_json: *const c_char,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, forecast::Ets::new(config("config_json", config_json)?)?)
        })
    }
}

/// An ARIMA model with the exact Gaussian likelihood. `config_json` holds the settings: `order` (`"auto"` or `[p, d, q]`),
/// `seasonal_order` (null, `["auto", period]` or `[P, D, Q, period]`) and `parameters` (null, or `ar`, `ma`, `seasonal_ar`,
/// `seasonal_ma`, `mean` and `sigma2` that are given instead of estimated); NULL for the defaults: an automatic order without a
/// season. The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_arima_create(
    config_json: *const c_char,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, forecast::Arima::new(config("config_json", config_json)?)?)
        })
    }
}

/// An additive model: a trend that bends at few points, seasons, holidays, events and features.
///
/// `config_json` may hold `growth` (`"linear"`, `"logistic"`, `"flat"`), `cap`, `changepoints`, `changepoint_range`,
/// `changepoint_prior`, `seasonalities` (`[{"period_seconds": 86400, "pairs": 4}]`), `mode` (`"additive"`, `"multiplicative"`),
/// `seasonality_prior`, `calendar` (the settings of a calendar), `holidays_prior`, `features_prior` and `autoregressive`.
/// The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_additive_create(
    config_json: *const c_char,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, forecast::Additive::new(config("config_json", config_json)?)?)
        })
    }
}

/// A model that extrapolates the spectrum; its settings as JSON text, NULL for the defaults:
/// `{"window": 10080, "frequencies": 24, "refit_every": 0}`. The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_spectral_create(
    config_json: *const c_char,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, forecast::Spectral::new(config("config_json", config_json)?)?)
        })
    }
}
