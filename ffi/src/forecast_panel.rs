//! Many series at once, and hierarchies of which the parts sum to the whole.

use crate::error::*;
use crate::forecast::forescale_forecast;
use crate::forecast_models::{feature_rows, forescale_forecaster};
use crate::guard::*;
use crate::load::forescale_series;
use engine::forecast::{Forecast, Hierarchy, Panel, Reconciliation};
use std::ffi::c_char;

/// A model for each of several series that share a clock.
#[derive(Debug)]
pub struct forescale_panel;
handle!(forescale_panel, Panel);

/// A copy of a model for each of `length` names, which must differ; up to `threads` threads do the work of a call.
/// The caller ends the panel with `forescale_panel_destroy`; the model stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_panel_create(
    forecaster: *const forescale_forecaster,
    names: *const *const c_char,
    length: usize,
    threads: usize,
    out_panel: *mut *mut forescale_panel,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_panel", out_panel)?;
            let names = texts("names", names, length)?;
            out.write(create(Panel::new(&**read("forecaster", forecaster)?, &names, threads)?));
            Ok(())
        })
    }
}

/// Ends a panel; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_panel_destroy(panel: *mut forescale_panel) {
    // SAFETY: as above.
    unsafe { destroy(panel) }
}

/// The names of the series, in order, as a JSON array of texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_panel_names(
    panel: *const forescale_panel,
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
            let panel = read("panel", panel)?;
            out.write_text(&engine::config::to_json(panel.names())?, length)
        })
    }
}

/// How many series the panel has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_panel_length(
    panel: *const forescale_panel,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let length = Out::new("out_length", out_length)?;
            length.write(read("panel", panel)?.names().len());
            Ok(())
        })
    }
}

/// A copy of the model of one series. The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_panel_model(
    panel: *const forescale_panel,
    name: *const c_char,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            out.write(create(read("panel", panel)?.model(text("name", name)?)?.boxed_clone()));
            Ok(())
        })
    }
}

/// Forgets everything and learns from one series for each name, all on the same grid. `features` has `feature_columns` numbers
/// for each step, row after row, the same for every series.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_panel_fit(
    panel: *mut forescale_panel,
    series: *const *const forescale_series,
    length: usize,
    features: *const f64,
    feature_columns: usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let series = slice("series", series, length)?.iter().map(|one| read("series", *one));
            let series = series.collect::<Outcome<Vec<_>>>()?;
            let steps = series.first().map_or(0, |first| first.len());
            let features = feature_rows(features, steps, feature_columns)?;
            change("panel", panel, |panel| panel.fit(&series, features))
        })
    }
}

/// Takes in the next step: a value for each of `length` names, NaN = missing, and the step's `feature_columns` features.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_panel_update(
    panel: *mut forescale_panel,
    values: *const f64,
    length: usize,
    features: *const f64,
    feature_columns: usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let values = slice("values", values, length)?;
            let row = match feature_columns {
                0 => None,
                columns => Some(slice("features", features, columns)?),
            };
            change("panel", panel, |panel| panel.update(values, row))
        })
    }
}

/// Passes over `steps` steps in which nothing was measured.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_panel_skip(
    panel: *mut forescale_panel,
    steps: u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("panel", panel, |panel| panel.skip(steps))) }
}

/// Forecasts the next `horizon` steps of each series. `out_forecasts` has room for `capacity` of them, one for each name; the
/// caller ends each with `forescale_forecast_destroy`. The other arguments as for `forescale_forecaster_forecast`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_panel_forecast(
    panel: *const forescale_panel,
    horizon: usize,
    levels: *const f64,
    length: usize,
    features: *const f64,
    feature_columns: usize,
    out_forecasts: *mut *mut forescale_forecast,
    capacity: usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_forecasts", out_forecasts, capacity)?;
            let panel = read("panel", panel)?;
            out.needs(panel.names().len())?;
            let features = feature_rows(features, horizon, feature_columns)?;
            give_all(out, panel.forecast(horizon, slice("levels", levels, length)?, features)?)
        })
    }
}

/// The panel as bytes that `forescale_panel_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_panel_snapshot(
    panel: *const forescale_panel,
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
            out.write_or_measure(&read("panel", panel)?.snapshot()?, length)
        })
    }
}

/// The panel that a snapshot holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_panel_restore(
    bytes: *const u8,
    length: usize,
    out_panel: *mut *mut forescale_panel,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_panel", out_panel)?;
            out.write(create(Panel::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}

/// Loads by tag, of which the parts sum to the whole.
#[derive(Debug)]
pub struct forescale_hierarchy;
handle!(forescale_hierarchy, Hierarchy);

/// The hierarchy of loads with the tags `leaves_json`, an array of objects of texts, which must differ: the whole, then for each
/// key of `groups_json` (an array of texts; NULL = none) one sum for each value of it, then the leaves.
/// The caller ends it with `forescale_hierarchy_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hierarchy_create(
    leaves_json: *const c_char,
    groups_json: *const c_char,
    out_hierarchy: *mut *mut forescale_hierarchy,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_hierarchy", out_hierarchy)?;
            let leaves: Vec<engine::forecast::Tags> =
                engine::config::from_json("leaves_json", text("leaves_json", leaves_json)?)?;
            let groups = optional_text("groups_json", groups_json)?.unwrap_or("[]");
            let groups: Vec<String> = engine::config::from_json("groups_json", groups)?;
            let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
            out.write(create(Hierarchy::new(&leaves, &groups)?));
            Ok(())
        })
    }
}

/// Ends a hierarchy; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hierarchy_destroy(hierarchy: *mut forescale_hierarchy) {
    // SAFETY: as above.
    unsafe { destroy(hierarchy) }
}

/// The tags of each load, as a JSON array of objects: those of the whole (none), of the sums, of the leaves.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hierarchy_nodes(
    hierarchy: *const forescale_hierarchy,
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
            let hierarchy = read("hierarchy", hierarchy)?;
            out.write_text(&engine::config::to_json(hierarchy.nodes())?, length)
        })
    }
}

/// Forecasts that add up, from `length` forecasts, one for each of the nodes in their order. `method` is variance or bottom_up.
/// With `non_negative` (not 0) no leaf's mean and no quantile goes below 0. `out_forecasts` has room for `length` forecasts; the
/// caller ends each with `forescale_forecast_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hierarchy_reconcile(
    hierarchy: *const forescale_hierarchy,
    forecasts: *const *const forescale_forecast,
    length: usize,
    method: *const c_char,
    non_negative: i32,
    out_forecasts: *mut *mut forescale_forecast,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_forecasts", out_forecasts, length)?;
            let forecasts = slice("forecasts", forecasts, length)?.iter().map(|one| read("forecasts", *one));
            let forecasts = forecasts.collect::<Outcome<Vec<_>>>()?;
            let method = Reconciliation::from_name(text("method", method)?)?;
            let hierarchy = read("hierarchy", hierarchy)?;
            give_all(out, hierarchy.reconcile(&forecasts, method, non_negative != 0)?)
        })
    }
}

/// Hands new forecasts to the caller, for whom there is room.
fn give_all(out: OutArray<*mut forescale_forecast>, forecasts: Vec<Forecast>) -> Outcome {
    out.needs(forecasts.len())?;
    out.write(&forecasts.into_iter().map(create).collect::<Vec<_>>())
}
