//! Learned models: boosted trees, recurrent and convolutional networks, and both together.

use crate::error::*;
use crate::forecast_models::{forescale_forecaster, give};
use crate::guard::*;
use engine::forecast;
use std::ffi::c_char;

/// Boosted trees on lags, seasons, calendar and features. `config_json` holds the settings: `horizon` (steps ahead that are
/// learned), `periods` (steps of each season; by default the day and the week), `calendar` (the settings of a calendar), `trees`,
/// `leaves`, `rows_in_leaf`, `learning_rate` and `seed`;
/// NULL for the defaults. The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_gradient_boosting_create(
    config_json: *const c_char,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, forecast::GradientBoosting::new(config("config_json", config_json)?)?)
        })
    }
}

/// Long short-term memory on the sequence, the calendar and the features. `config_json` holds the settings: `horizon`, `periods`
/// and `calendar` as for `forescale_gradient_boosting_create`, `hidden` (cells), `steps` (of training), `learning_rate` and `seed`;
/// NULL for the defaults. The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_lstm_create(
    config_json: *const c_char,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, forecast::Lstm::new(config("config_json", config_json)?)?)
        })
    }
}

/// Dilated causal convolutions on the sequence, the calendar and the features. `config_json` holds the settings: `horizon`,
/// `periods` and `calendar` as for `forescale_gradient_boosting_create`, `channels`, `kernel`, `blocks`, `steps` (of training),
/// `learning_rate` and `seed`;
/// NULL for the defaults. The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_tcn_create(
    config_json: *const c_char,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, forecast::Tcn::new(config("config_json", config_json)?)?)
        })
    }
}

/// Long short-term memory for the sequence, gradient boosting for calendar, events and features. `config_json` holds the
/// settings: `horizon`, `periods` and `calendar` as for `forescale_gradient_boosting_create`, `hidden`, `steps`, `trees`, `leaves`
/// and `seed`;
/// NULL for the defaults. The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hybrid_create(
    config_json: *const c_char,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, forecast::Hybrid::new(config("config_json", config_json)?)?)
        })
    }
}
