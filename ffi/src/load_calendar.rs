//! Calendars: local time, weekdays, holidays and events as features.

use crate::error::*;
use crate::guard::*;
use engine::load::Calendar;
use std::ffi::c_char;

/// What the clock on the wall and the calendar beside it say about a moment, as features.
#[derive(Debug)]
pub struct forescale_calendar;
handle!(forescale_calendar, Calendar);

/// A calendar. `config_json`: `time_zone` (an IANA name, "UTC" unless given), `holidays` (texts such as "2026-12-25", "12-25",
/// "07-04 observed", "4th thursday of november", "easter+39", "US"), `events` (objects with `name`, `start` and `end` in Unix
/// milliseconds, `weight`), `day_pairs`, `week_pairs`; NULL = defaults.
/// The caller ends it with `forescale_calendar_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_calendar_create(
    config_json: *const c_char,
    out_calendar: *mut *mut forescale_calendar,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_calendar", out_calendar)?;
            out.write(create(Calendar::new(config("config_json", config_json)?)?));
            Ok(())
        })
    }
}

/// Ends a calendar; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_calendar_destroy(calendar: *mut forescale_calendar) {
    // SAFETY: as above.
    unsafe { destroy(calendar) }
}

/// The names of the features, as a JSON array of texts: as many as each moment has features.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_calendar_names(
    calendar: *const forescale_calendar,
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
            let calendar = read("calendar", calendar)?;
            out.write_text(&engine::config::to_json(calendar.names())?, length)
        })
    }
}

/// The features of `length` moments (Unix milliseconds), row after row: one number for each name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_calendar_features(
    calendar: *const forescale_calendar,
    times: *const i64,
    length: usize,
    out_features: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_features", out_features, capacity)?;
            let out_length = Out::new("out_length", out_length)?;
            let features = read("calendar", calendar)?.features(slice("times", times, length)?)?;
            out.write_or_measure(features.rows().values(), out_length)
        })
    }
}

/// The calendar as bytes that `forescale_calendar_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_calendar_snapshot(
    calendar: *const forescale_calendar,
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
            out.write_or_measure(&read("calendar", calendar)?.snapshot()?, length)
        })
    }
}

/// The calendar that a snapshot holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_calendar_restore(
    bytes: *const u8,
    length: usize,
    out_calendar: *mut *mut forescale_calendar,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_calendar", out_calendar)?;
            out.write(create(Calendar::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
