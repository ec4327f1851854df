//! The history of loads by name and tags, kept for long in little room.

use crate::error::*;
use crate::guard::*;
use crate::load::forescale_series;
use engine::load::{Aggregation, History};
use std::collections::BTreeMap;
use std::ffi::c_char;

/// What came in, by name and tags: fine steps for a short time, coarse steps for a long one, in bounded memory.
#[derive(Debug)]
pub struct forescale_history;
handle!(forescale_history, History);

/// An empty history. `config_json`: `retention` (pairs of seconds per step and seconds to keep, from fine to coarse),
/// `max_series`, `max_jump_seconds`; NULL = defaults. The caller ends it with `forescale_history_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_history_create(
    config_json: *const c_char,
    out_history: *mut *mut forescale_history,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_history", out_history)?;
            out.write(create(History::new(config("config_json", config_json)?)?));
            Ok(())
        })
    }
}

/// Ends a history; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_history_destroy(history: *mut forescale_history) {
    // SAFETY: as above.
    unsafe { destroy(history) }
}

/// Takes in `length` values of one moment (Unix milliseconds), each under its name; NaN = missing, and left out. Times may come
/// in any order. `tags_json` is an object of texts; NULL = no tags.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_history_record(
    history: *mut forescale_history,
    time: i64,
    names: *const *const c_char,
    values: *const f64,
    length: usize,
    tags_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let names = texts("names", names, length)?;
            let values: Vec<(&str, f64)> =
                names.into_iter().zip(slice("values", values, length)?.iter().copied()).collect();
            let tags: BTreeMap<String, String> = config("tags_json", tags_json)?;
            let tags: Vec<(&str, &str)> =
                tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            change("history", history, |history| history.record(time, &values, &tags))
        })
    }
}

/// The load under `name` from `start` up to `end` (Unix milliseconds), in steps of `step_seconds`, a multiple of the finest step
/// kept. `how` is mean, sum, max, min, last or count. Taken together are all series with the tags of `tags_json` (an object of
/// texts; NULL = all). With `across`, one of the same words, each series is first aggregated by `how`, then the series of a
/// step by `across`; with NULL all their samples count alike. The caller ends the series with `forescale_series_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_history_query(
    history: *const forescale_history,
    name: *const c_char,
    start: i64,
    end: i64,
    step_seconds: f64,
    how: *const c_char,
    tags_json: *const c_char,
    across: *const c_char,
    out_series: *mut *mut forescale_series,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_series", out_series)?;
            let (name, how) = (text("name", name)?, Aggregation::from_name(text("how", how)?)?);
            let across = optional_text("across", across)?.map(Aggregation::from_name).transpose()?;
            let tags: BTreeMap<String, String> = config("tags_json", tags_json)?;
            let tags: Vec<(&str, &str)> =
                tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let history = read("history", history)?;
            out.write(create(history.query(name, start, end, step_seconds, how, &tags, across)?));
            Ok(())
        })
    }
}

/// The names and tags of all series, as a JSON array of pairs: `["load", {"tenant": "a"}]`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_history_series(
    history: *const forescale_history,
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
            let history = read("history", history)?;
            out.write_text(&engine::config::to_json(&history.series().collect::<Vec<_>>())?, length)
        })
    }
}

/// What became of the values so far, as a JSON object: `kept`, `folded`, `no_room`, `too_late`, `too_early`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_history_counts(
    history: *const forescale_history,
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
            let history = read("history", history)?;
            out.write_text(&engine::config::to_json(&history.counts())?, length)
        })
    }
}

/// The history as bytes that `forescale_history_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_history_snapshot(
    history: *const forescale_history,
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
            out.write_or_measure(&read("history", history)?.snapshot()?, length)
        })
    }
}

/// The history that a snapshot holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_history_restore(
    bytes: *const u8,
    length: usize,
    out_history: *mut *mut forescale_history,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_history", out_history)?;
            out.write(create(History::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
