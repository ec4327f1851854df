//! The model that extrapolates the spectrum.

use crate::error::*;
use crate::forecast_models::{forescale_forecaster, give};
use crate::guard::*;
use engine::forecast;
use std::ffi::c_char;

/// A model that extrapolates the spectrum; its settings as JSON text, NULL for the defaults:
/// `{"window": 10080, "frequencies": 24, "refit_every": 0}`. The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_spectral_create(
    config_json: *const c_char,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, forecast::Spectral::new(config("config_json", config_json)?)?)
        })
    }
}
