//! Does it work? Trials of the pool's schemes.

use crate::error::*;
use crate::guard::*;
use crate::simulate_trials::forescale_text;
use engine::simulate::schemes::{self, SchemeConfig, SchemeReport};
use std::ffi::{c_char, c_void};

/// Tries a scheme of the pool and the simple thing in its place over `rows` loads of `columns` steps each, row after row, NaN = missing:
/// `{"scheme": {"clones": {...}}, "world": {"service_rate": 10}, "step_seconds": 60}`. Gives both arms and their differences as JSON text,
/// which the caller ends with `forescale_text_destroy`. `progress` and `user` are as for `forescale_backtest`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_schemes_run(
    loads: *const f64,
    rows: usize,
    columns: usize,
    config_json: *const c_char,
    seed: u64,
    progress: Option<unsafe extern "C" fn(share: f64, user: *mut c_void) -> i32>,
    user: *mut c_void,
    out_report: *mut *mut forescale_text,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_report", out_report)?;
            let loads = table("loads", loads, rows, columns)?;
            let settings: SchemeConfig = config("config_json", config_json)?;
            let mut goes_on = |share| progress.is_none_or(|progress| progress(share, user) != 0);
            let report = schemes::run_with_progress(loads, &settings, seed, &mut goes_on)?;
            out.write(create(report.to_json()));
            Ok(())
        })
    }
}

/// Draws the busiest day of a report that `forescale_schemes_run` gave, as an SVG file's text, which the caller ends with
/// `forescale_text_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_schemes_picture(
    report_json: *const c_char,
    out_svg: *mut *mut forescale_text,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_svg", out_svg)?;
            let given = text("report_json", report_json)?;
            let report: SchemeReport = engine::config::from_json("report_json", given)?;
            out.write(create(schemes::picture(&report)));
            Ok(())
        })
    }
}
