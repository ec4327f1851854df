//! Prophet's model: trend, seasons, holidays and features, added up or multiplied.

use crate::error::*;
use crate::forecast_models::{forescale_forecaster, give};
use crate::guard::*;
use engine::forecast::Additive;
use std::ffi::c_char;

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
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, Additive::new(config("config_json", config_json)?)?)
        })
    }
}
