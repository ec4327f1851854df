//! Items packed into bins, and what one replica serves, learned from what was observed.

use crate::error::*;
use crate::guard::*;
use engine::capacity::{self, Bins, Calibration, Groups, Strategy, WarmUp};
use std::ffi::c_char;

/// Packs `rows` items with demands in `columns` dimensions into as few bins as possible. `running` has the free room of
/// the bins that run already, `running_rows` rows; `new_bin` the room of a new one, `columns` numbers; at most
/// `most_new` are opened (NULL: no limit). The strategy is `first_fit_decreasing`, `best_fit_decreasing` or
/// `dot_product` (NULL: the last). `together`, `apart` and `placed` have a number for each item, or are NULL; a negative
/// number stands for none: items of one group together share a bin, no two items of one group apart do, and an item with
/// a place is in that running bin already.
///
/// `out_bins` has room for `rows` numbers: the bin of each item, the running ones first; or -1 for too large, -2 for a
/// conflict of groups, -3 for no room left. No packing of all items opens fewer than `out_lower_bound` new bins.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_pack(
    items: *const f64,
    rows: usize,
    columns: usize,
    running: *const f64,
    running_rows: usize,
    new_bin: *const f64,
    most_new: *const u64,
    strategy: *const c_char,
    together: *const i64,
    apart: *const i64,
    placed: *const i64,
    out_bins: *mut i64,
    out_opened: *mut usize,
    out_lower_bound: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_bins", out_bins, rows)?;
            let opened = Out::new("out_opened", out_opened)?;
            let lower_bound = Out::new("out_lower_bound", out_lower_bound)?;
            let bins = Bins {
                running: table("running", running, running_rows, columns)?,
                new_bin: slice("new_bin", new_bin, columns)?,
                most_new: optional("most_new", most_new)?
                    .map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX)),
            };
            let strategy =
                optional_text("strategy", strategy)?.map_or(Ok(Strategy::default()), Strategy::from_name)?;
            let each = |name, numbers: *const i64| {
                if numbers.is_null() { Ok::<&[i64], _>(&[]) } else { slice(name, numbers, rows) }
            };
            let groups = Groups {
                together: each("together", together)?,
                apart: each("apart", apart)?,
                placed: each("placed", placed)?,
            };
            let packing = capacity::pack(table("items", items, rows, columns)?, bins, strategy, groups)?;
            out.write(&packing.numbers())?;
            opened.write(packing.opened);
            lower_bound.write(packing.lower_bound);
            Ok(())
        })
    }
}

type Calibrate = fn(&[f64], &[f64]) -> engine::Result<Calibration>;

/// The body of the two calibrations.
///
/// # Safety
/// As of the functions that call it.
#[allow(clippy::too_many_arguments, reason = "what both functions have")]
unsafe fn calibrated(
    learn: Calibrate,
    name: &'static str,
    load: *const f64,
    latency: *const f64,
    length: usize,
    outs: [(&'static str, *mut f64); 5],
    out_outliers: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as the caller says.
    unsafe {
        entry(error, || {
            let mut numbers = Vec::with_capacity(outs.len());
            for (name, pointer) in outs {
                numbers.push(Out::new(name, pointer)?);
            }
            let outliers = Out::new("out_outliers", out_outliers)?;
            let found = learn(slice(name, load, length)?, slice("latency", latency, length)?)?;
            let values =
                [found.service_rate, found.service_rate_error, found.base, found.base_error, found.spread];
            numbers.into_iter().zip(values).for_each(|(out, value)| out.write(value));
            outliers.write(found.outliers);
            Ok(())
        })
    }
}

/// Base latency and service rate of one server from pairs of utilization (in [0, 1)) and latency (above 0, in seconds), by
/// `latency = base / (1 - utilization)`, with standard errors, the robust spread around the curve as a share of it, and
/// the count of outliers. The service rate is `1 / base` per second.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_calibrate(
    utilization: *const f64,
    latency: *const f64,
    length: usize,
    out_service_rate: *mut f64,
    out_service_rate_error: *mut f64,
    out_base: *mut f64,
    out_base_error: *mut f64,
    out_spread: *mut f64,
    out_outliers: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    let outs = [
        ("out_service_rate", out_service_rate),
        ("out_service_rate_error", out_service_rate_error),
        ("out_base", out_base),
        ("out_base_error", out_base_error),
        ("out_spread", out_spread),
    ];
    // SAFETY: as above.
    unsafe {
        calibrated(
            capacity::calibrate,
            "utilization",
            utilization,
            latency,
            length,
            outs,
            out_outliers,
            error,
        )
    }
}

/// Base latency and service rate of one replica from pairs of its load, in load units per second, and its latency. The
/// service rate is the load at which the latency would grow without end; refused where the latency does not rise clearly
/// with the load. Answers as of `forescale_calibrate`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_calibrate_load(
    load: *const f64,
    latency: *const f64,
    length: usize,
    out_service_rate: *mut f64,
    out_service_rate_error: *mut f64,
    out_base: *mut f64,
    out_base_error: *mut f64,
    out_spread: *mut f64,
    out_outliers: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    let outs = [
        ("out_service_rate", out_service_rate),
        ("out_service_rate_error", out_service_rate_error),
        ("out_base", out_base),
        ("out_base_error", out_base_error),
        ("out_spread", out_spread),
    ];
    // SAFETY: as above.
    unsafe { calibrated(capacity::calibrate_load, "load", load, latency, length, outs, out_outliers, error) }
}

/// How a replica's throughput grows after its start, from the greatest throughput that replicas reached at ages in seconds:
/// the full throughput and its standard error, the share of it that is served at once, and the seconds in which the missing
/// share falls to 1/e. From 12 to 10 000 pairs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_warm_up_learn(
    ages: *const f64,
    throughput: *const f64,
    length: usize,
    out_full: *mut f64,
    out_full_error: *mut f64,
    out_initial: *mut f64,
    out_seconds: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let full = Out::new("out_full", out_full)?;
            let full_error = Out::new("out_full_error", out_full_error)?;
            let initial = Out::new("out_initial", out_initial)?;
            let seconds = Out::new("out_seconds", out_seconds)?;
            let found =
                WarmUp::learn(slice("ages", ages, length)?, slice("throughput", throughput, length)?)?;
            full.write(found.full);
            full_error.write(found.full_error);
            initial.write(found.initial);
            seconds.write(found.seconds);
            Ok(())
        })
    }
}

/// The share of its full throughput that a replica of this age serves, from `initial` to 1; a negative age counts as 0.
/// `initial` and `seconds` are as learned by `forescale_warm_up_learn`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_warm_up_share(
    initial: f64,
    seconds: f64,
    age_seconds: f64,
    out_share: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_share", out_share)?;
            let warm_up = WarmUp { full: 1.0, full_error: 0.0, initial, seconds };
            out.write(warm_up.share(age_seconds)?);
            Ok(())
        })
    }
}
