//! The ensemble: the default forecaster, with members of the user's own.

use crate::error::*;
use crate::forecast_models::{forescale_forecaster, give};
use crate::guard::*;
use crate::load::forescale_series;
use engine::forecast::{Ensemble, EnsembleConfig, Forecaster, pooled_shape};
use std::any::Any;
use std::ffi::{c_char, c_void};

/// The default forecaster: built-in experts and, beside them, copies of `member_count` models of any kind, which stay the
/// caller's. `config_json` holds the settings: `seasons_seconds` (null: the day, the week, and what a fit finds) and `history_steps` (20160); NULL for the
/// defaults. The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_ensemble_create(
    config_json: *const c_char,
    members: *const *const forescale_forecaster,
    member_count: usize,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            let config: EnsembleConfig = config("config_json", config_json)?;
            let members = slice("members", members, member_count)?.iter();
            let members = members.map(|member| Ok(read("members", *member)?.boxed_clone()));
            give(out, Ensemble::new(config, members.collect::<Outcome<Vec<Box<dyn Forecaster>>>>()?)?)
        })
    }
}

/// Begins with a seasonal shape learned elsewhere, as `forescale_pooled_shape` gives it. Refuses a model that is not an
/// ensemble.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_ensemble_warm_start(
    forecaster: *mut forescale_forecaster,
    shape: *const f64,
    length: usize,
    period_seconds: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let shape = slice("shape", shape, length)?;
            change("forecaster", forecaster, |model| ensemble(model)?.warm_start(shape, period_seconds))
        })
    }
}

/// The members whose refit is due: their losses have risen beside those of the built-in experts (a false alarm has probability
/// 1 % between two refits), or the time between refits has passed, which is longer after each refit that does not pay. Writes
/// their indices; with `out_members` of NULL, only how many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_ensemble_refits_due(
    forecaster: *const forescale_forecaster,
    out_members: *mut usize,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_members", out_members, capacity)?;
            let length = Out::new("out_length", out_length)?;
            let model = read("forecaster", forecaster)?;
            let any: &dyn Any = &**model;
            let ensemble: &Ensemble = any.downcast_ref().ok_or_else(|| no_ensemble(model.name()))?;
            out.write_or_measure(&ensemble.refits_due(), length)
        })
    }
}

/// Refits members on the recent past while `budget` lasts, measured by `clock(user)` (seconds, or whatever is counted): first those
/// that are due, among them those whose refits helped most. A copy that was refitted takes a member's place if it is no worse on
/// the last part of the past. Writes the indices of the members that were tried, for which `out_members` needs room for as many as
/// there are members; with NULL, only how many were tried.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_ensemble_refit(
    forecaster: *mut forescale_forecaster,
    budget: f64,
    clock: Option<unsafe extern "C" fn(user: *mut c_void) -> f64>,
    user: *mut c_void,
    out_members: *mut usize,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let clock = clock.ok_or(Failure::NullArgument("clock"))?;
            let out = OutArray::new("out_members", out_members, capacity)?;
            let length = Out::new("out_length", out_length)?;
            // Room for all members, so that nothing is lost after the work.
            let mut refitted = Vec::new();
            change("forecaster", forecaster, |model| {
                refitted = ensemble(model)?.refit(budget, &mut || clock(user))?;
                engine::Result::Ok(())
            })?;
            out.write_or_measure(&refitted, length)
        })
    }
}

/// The shape of one season that several series have in common: values that average 1, one for each equal part of a season of
/// `period_seconds`, at most 1,440 of them. With `out_shape` of NULL, only how many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_pooled_shape(
    series: *const *const forescale_series,
    series_count: usize,
    period_seconds: f64,
    out_shape: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_shape", out_shape, capacity)?;
            let length = Out::new("out_length", out_length)?;
            let series = slice("series", series, series_count)?.iter().map(|one| read("series", *one));
            let series = series.collect::<Outcome<Vec<_>>>()?;
            out.write_or_measure(&pooled_shape(&series, period_seconds)?, length)
        })
    }
}

/// The ensemble that a model is.
fn ensemble(model: &mut Box<dyn Forecaster>) -> engine::Result<&mut Ensemble> {
    let name = model.name();
    let any: &mut dyn Any = &mut **model;
    any.downcast_mut().ok_or_else(|| no_ensemble(name))
}

fn no_ensemble(name: &str) -> engine::Error {
    engine::Error::Config { field: "forecaster".into(), problem: format!("must be an Ensemble, is a {name}") }
}
