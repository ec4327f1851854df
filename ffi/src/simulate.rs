//! Does it work? Worlds, backtests and reports.

use crate::error::*;
use crate::guard::*;
use crate::load::forescale_series;
use crate::policy::{Callbacks, forescale_custom_policy};
use engine::Error;
use engine::policy::{PolicyConfig, QLearningConfig};
use engine::simulate::{self, BacktestConfig, ComparisonConfig, Report, World, synthetic};
use std::ffi::{c_char, c_void};

/// What a backtest found.
#[derive(Debug)]
pub struct forescale_report;
handle!(forescale_report, Report);

/// Runs every policy in a world over a load (load per second), with the noise of `seed`.
///
/// `policies_json` is a list such as `["hpa", {"static": {"replicas": 9}}, "predictive"]`; `world_json` must at least give the
/// load per second that one replica serves: `{"service_rate": 10}`. `progress`, unless NULL, is told the share of the work
/// done (0 to 1) and `user`; when it answers 0, the backtest stops with `FORESCALE_ERROR_STOPPED`. It must not unwind.
/// The caller ends the report with `forescale_report_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_backtest(
    series: *const forescale_series,
    policies_json: *const c_char,
    world_json: *const c_char,
    seed: u64,
    progress: Option<unsafe extern "C" fn(share: f64, user: *mut c_void) -> i32>,
    user: *mut c_void,
    out_report: *mut *mut forescale_report,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_report", out_report)?;
            let load = read("series", series)?;
            text("policies_json", policies_json)?;
            let policies: Vec<PolicyConfig> = config("policies_json", policies_json)?;
            let world: World = config("world_json", world_json)?;
            let mut goes_on = |share| progress.is_none_or(|progress| progress(share, user) != 0);
            let report = simulate::backtest_with_progress(load, &policies, &world, seed, &mut goes_on)?;
            out.write(create(report));
            Ok(())
        })
    }
}

/// `forescale_backtest` over `count` loads at once: writes a report for each, in their order, to `out_reports`, all or none.
///
/// `config_json` (NULL = defaults) such as `{"seed": 0, "sweep": "full", "threads": 2}`: the seed of the noise; which settings are tried besides the
/// policies as given ("none", "hpa" over target and scale-in window, "targets" of every policy, or "full": both); and how many threads share the
/// runs, which does not change the reports. `progress` is told on the calling thread. The caller ends each report with `forescale_report_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_backtest_many(
    loads: *const *const forescale_series,
    count: usize,
    policies_json: *const c_char,
    world_json: *const c_char,
    config_json: *const c_char,
    progress: Option<unsafe extern "C" fn(share: f64, user: *mut c_void) -> i32>,
    user: *mut c_void,
    out_reports: *mut *mut forescale_report,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_reports", out_reports, count)?;
            let loads = slice("loads", loads, count)?;
            let loads = loads.iter().map(|load| read("loads", *load)).collect::<Outcome<Vec<_>>>()?;
            text("policies_json", policies_json)?;
            let policies: Vec<PolicyConfig> = config("policies_json", policies_json)?;
            let world: World = config("world_json", world_json)?;
            let settings: BacktestConfig = config("config_json", config_json)?;
            let mut goes_on = |share| progress.is_none_or(|progress| progress(share, user) != 0);
            let reports =
                simulate::backtest_many_with_progress(&loads, &policies, &world, &settings, &mut goes_on)?;
            out.needs(reports.len())?;
            out.write(&reports.into_iter().map(create).collect::<Vec<_>>())
        })
    }
}

/// As `forescale_backtest`, with a policy of the user's own after the others; `policy->user` stays the caller's.
/// The caller ends the report with `forescale_report_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_backtest_custom(
    series: *const forescale_series,
    policies_json: *const c_char,
    policy: *const forescale_custom_policy,
    world_json: *const c_char,
    seed: u64,
    progress: Option<unsafe extern "C" fn(share: f64, user: *mut c_void) -> i32>,
    user: *mut c_void,
    out_report: *mut *mut forescale_report,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_report", out_report)?;
            let load = read("series", series)?;
            text("policies_json", policies_json)?;
            let mut policies: Vec<PolicyConfig> = config("policies_json", policies_json)?;
            policies.push(PolicyConfig::Custom(Callbacks::new(policy)?.policy()));
            let world: World = config("world_json", world_json)?;
            let mut goes_on = |share| progress.is_none_or(|progress| progress(share, user) != 0);
            let report = simulate::backtest_with_progress(load, &policies, &world, seed, &mut goes_on)?;
            out.write(create(report));
            Ok(())
        })
    }
}

/// Numbers of a table of the policy `q_learning`.
pub const FORESCALE_Q_TABLE_LENGTH: usize = 6552;

/// Trains the policy `q_learning` for `episodes` over a load, with its settings as JSON text (`{"exploration": 0.3}`, NULL for the defaults), and
/// writes the `FORESCALE_Q_TABLE_LENGTH` values of its table, which `{"q_learning": {"table": [...]}}` takes. The rest is as for `forescale_backtest`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_train(
    series: *const forescale_series,
    config_json: *const c_char,
    world_json: *const c_char,
    episodes: usize,
    seed: u64,
    progress: Option<unsafe extern "C" fn(share: f64, user: *mut c_void) -> i32>,
    user: *mut c_void,
    out_values: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_values", out_values, FORESCALE_Q_TABLE_LENGTH)?;
            let load = read("series", series)?;
            let policy: QLearningConfig = config("config_json", config_json)?;
            let world: World = config("world_json", world_json)?;
            let mut goes_on = |share| progress.is_none_or(|progress| progress(share, user) != 0);
            let table = simulate::train_with_progress(load, &policy, &world, episodes, seed, &mut goes_on)?;
            out.write(table.values())
        })
    }
}

/// Ends a report; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_destroy(report: *mut forescale_report) {
    // SAFETY: as above.
    unsafe { destroy(report) }
}

/// Totals and frontier as JSON text, without the timelines.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_to_json(
    report: *const forescale_report,
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
            out.write_text(&read("report", report)?.to_json(), length)
        })
    }
}

/// The totals as a text table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_table(
    report: *const forescale_report,
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
            out.write_text(&read("report", report)?.table(), length)
        })
    }
}

fn result<'a>(report: &'a Report, policy: &str) -> Outcome<&'a simulate::PolicyResult> {
    let problem = || Error::Data { name: "policy".into(), problem: format!("{policy} is not in the report") };
    Ok(report.policy(policy).ok_or_else(problem)?)
}

/// The totals of one policy as JSON text; `policy` is its name in the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_policy(
    report: *const forescale_report,
    policy: *const c_char,
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
            let json = serde_json::to_string(result(read("report", report)?, text("policy", policy)?)?);
            out.write_text(&json.map_err(|error| Error::Internal { problem: error.to_string() })?, length)
        })
    }
}

/// A policy's run, one value a decision. `column` is one of requested, ready, charged (replicas), response_seconds,
/// forecast_lower, forecast_expected and forecast_upper (the peak load over the lead time, NaN while there is no forecast), and from this
/// decision to the next: cost, energy_kwh, violation_seconds, late_requests, over_provisioned_hours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_timeline(
    report: *const forescale_report,
    policy: *const c_char,
    column: *const c_char,
    out_values: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_values", out_values, capacity)?;
            let length = Out::new("out_length", out_length)?;
            let result = result(read("report", report)?, text("policy", policy)?)?;
            out.write_or_measure(&values(&result.timeline, text("column", column)?)?, length)
        })
    }
}

fn values(timeline: &simulate::Timeline, column: &str) -> Outcome<Vec<f64>> {
    let simulate::Timeline {
        requested,
        ready,
        charged,
        response_seconds,
        forecast,
        cost,
        energy_kwh,
        violation_seconds,
        late_requests,
        over_provisioned_hours,
    } = timeline;
    let counts = |counts: &[u32]| counts.iter().map(|count| f64::from(*count)).collect();
    Ok(match column {
        "requested" => counts(requested),
        "ready" => counts(ready),
        "charged" => counts(charged),
        "response_seconds" => response_seconds.clone(),
        "forecast_lower" => forecast.iter().map(|[lower, _, _]| *lower).collect(),
        "forecast_expected" => forecast.iter().map(|[_, expected, _]| *expected).collect(),
        "forecast_upper" => forecast.iter().map(|[_, _, upper]| *upper).collect(),
        "cost" => cost.clone(),
        "energy_kwh" => energy_kwh.clone(),
        "violation_seconds" => violation_seconds.clone(),
        "late_requests" => late_requests.clone(),
        "over_provisioned_hours" => over_provisioned_hours.clone(),
        _ => {
            let problem = format!("{column} is none of a timeline's columns");
            return Err(Error::Data { name: "column".into(), problem }.into());
        }
    })
}

/// Each policy's days (UTC) as a JSON list: policy, start (Unix milliseconds), seconds, cost, energy_kwh, violation_seconds, late_requests,
/// over_provisioned_hours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_per_day(
    report: *const forescale_report,
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
            out.write_text(&engine::config::to_json(&read("report", report)?.per_day())?, length)
        })
    }
}

/// Each policy's days as a text table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_per_day_table(
    report: *const forescale_report,
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
            out.write_text(&read("report", report)?.per_day_table(), length)
        })
    }
}

/// Each policy's mean day with its interval by block bootstrap over days, as a JSON list. `config_json` such as `{"level": 0.9}`, as for
/// `forescale_compare`; NULL = defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_daily_means(
    report: *const forescale_report,
    config_json: *const c_char,
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
            let settings: ComparisonConfig = config("config_json", config_json)?;
            let means = read("report", report)?.daily_means(&settings)?;
            out.write_text(&engine::config::to_json(&means)?, length)
        })
    }
}

/// The true load per second, one value a decision.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_load(
    report: *const forescale_report,
    out_load: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_load", out_load, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(&read("report", report)?.load, length)
        })
    }
}

/// The report as one HTML page without anything external: the finding, the world, the table and the charts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_to_html(
    report: *const forescale_report,
    out_html: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_html", out_html, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_text(&read("report", report)?.to_html()?, length)
        })
    }
}

/// The chart of cost against broken promises as an SVG file: every policy over its settings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_frontier_svg(
    report: *const forescale_report,
    out_svg: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_svg", out_svg, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_text(&read("report", report)?.frontier_svg()?, length)
        })
    }
}

/// The busiest day (of a short run: hour, or all of it) as an SVG file: load, replicas and response times.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_report_timeline_svg(
    report: *const forescale_report,
    out_svg: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_svg", out_svg, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_text(&read("report", report)?.timeline_svg()?, length)
        })
    }
}

/// Compares policy `a` of a report with `b`, by their names in it: differences of cost, energy, time over the promise and late requests, each
/// with its interval by block bootstrap and p-value, as JSON text. `config_json` such as `{"level": 0.9}`; NULL = defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_compare(
    report: *const forescale_report,
    a: *const c_char,
    b: *const c_char,
    config_json: *const c_char,
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
            let report = read("report", report)?;
            let (a, b) = (text("a", a)?, text("b", b)?);
            let settings: ComparisonConfig = config("config_json", config_json)?;
            out.write_text(&simulate::compare(report, a, b, &settings)?.to_json(), length)
        })
    }
}

/// A generated load: `config_json` such as `{"base": 200, "parts": [{"cycle": {"amplitude": 0.5}}, {"bursts": {}}]}`, NULL = a
/// constant with counting noise. The caller ends the series with `forescale_series_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_synthetic_generate(
    config_json: *const c_char,
    seed: u64,
    out_series: *mut *mut forescale_series,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_series", out_series)?;
            let settings: synthetic::LoadConfig = config("config_json", config_json)?;
            out.write(create(synthetic::generate(&settings, seed)?));
            Ok(())
        })
    }
}
