//! What the loop learns of itself, and what it writes down: lead time, value, reward, performance, audit.

use crate::engine_room::forescale_engine;
use crate::error::*;
use crate::guard::*;
use engine::engine::{
    self as room, AuditReplay, Engine, ForecastValue, LeadTime, LogDifference, Performance, Reward,
};
use std::ffi::c_char;

/// Takes in that a replica that became ready at `now` (Unix milliseconds) took so many seconds from being asked for. From then on
/// nothing is inferred from the fleets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_observe_start_up(
    engine: *mut forescale_engine,
    now: i64,
    seconds: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe { entry(error, || change("engine", engine, |engine| engine.observe_start_up(now, seconds))) }
}

/// How long replicas take to start, in seconds: what half, 90 % and 99 % of the starts take at most, starts that were learned from, and how
/// far ahead decisions look.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_lead_time(
    engine: *const forescale_engine,
    out_p50: *mut f64,
    out_p90: *mut f64,
    out_p99: *mut f64,
    out_count: *mut u64,
    out_horizon_seconds: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let outs = [
                Out::new("out_p50", out_p50)?,
                Out::new("out_p90", out_p90)?,
                Out::new("out_p99", out_p99)?,
                Out::new("out_horizon_seconds", out_horizon_seconds)?,
            ];
            let learned = Out::new("out_count", out_count)?;
            let LeadTime { p50, p90, p99, count, horizon_seconds } = read("engine", engine)?.lead_time();
            outs.into_iter().zip([p50, p90, p99, horizon_seconds]).for_each(|(out, value)| out.write(value));
            learned.write(count);
            Ok(())
        })
    }
}

/// What three ways to size would have cost lately, in mean fleets, broken promises included: by the forecast, by the load observed now, by the
/// load of one season ago; what the forecast saves against the second, with its standard error; intervals that were scored; and whether the
/// forecast is worth following (1 or 0). NaN before anything is known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_forecast_value(
    engine: *const forescale_engine,
    out_ours: *mut f64,
    out_reactive: *mut f64,
    out_seasonal_naive: *mut f64,
    out_gain: *mut f64,
    out_gain_error: *mut f64,
    out_intervals: *mut u64,
    out_is_followed: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let outs = [
                Out::new("out_ours", out_ours)?,
                Out::new("out_reactive", out_reactive)?,
                Out::new("out_seasonal_naive", out_seasonal_naive)?,
                Out::new("out_gain", out_gain)?,
                Out::new("out_gain_error", out_gain_error)?,
            ];
            let scored = Out::new("out_intervals", out_intervals)?;
            let followed = Out::new("out_is_followed", out_is_followed)?;
            let ForecastValue { ours, reactive, seasonal_naive, gain, gain_error, intervals, is_followed } =
                read("engine", engine)?.forecast_value();
            let values = [ours, reactive, seasonal_naive, gain, gain_error];
            outs.into_iter().zip(values).for_each(|(out, value)| out.write(value));
            scored.write(intervals);
            followed.write(is_followed.into());
            Ok(())
        })
    }
}

/// The reward of the last step, its mean, the mean accuracy and energy, and how much more reward it brings to follow the forecast than the load
/// observed now. NaN before anything is known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_reward(
    engine: *const forescale_engine,
    out_last: *mut f64,
    out_mean: *mut f64,
    out_accuracy: *mut f64,
    out_energy: *mut f64,
    out_gain: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let outs = [
                Out::new("out_last", out_last)?,
                Out::new("out_mean", out_mean)?,
                Out::new("out_accuracy", out_accuracy)?,
                Out::new("out_energy", out_energy)?,
                Out::new("out_gain", out_gain)?,
            ];
            let Reward { last, mean, accuracy, energy, gain } = read("engine", engine)?.reward();
            outs.into_iter()
                .zip([last, mean, accuracy, energy, gain])
                .for_each(|(out, value)| out.write(value));
            Ok(())
        })
    }
}

/// Takes in how long responses took over the interval that ends at `now` (Unix milliseconds), in seconds at the share that is promised, and the
/// share of the time that the ready replicas were busy; NaN = missing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_observe_performance(
    engine: *mut forescale_engine,
    now: i64,
    response_seconds: f64,
    utilization: f64,
    error: *mut forescale_error,
) -> forescale_status {
    let observe = |engine: &mut Engine| engine.observe_performance(now, response_seconds, utilization);
    // SAFETY: as above.
    unsafe { entry(error, || change("engine", engine, observe)) }
}

/// What one replica serves as it is sized for now, in load per second; the share of response times within the promise (NaN while none was
/// measured); samples that were learned from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_performance(
    engine: *const forescale_engine,
    out_service_rate: *mut f64,
    out_kept: *mut f64,
    out_samples: *mut u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let rate = Out::new("out_service_rate", out_service_rate)?;
            let share = Out::new("out_kept", out_kept)?;
            let count = Out::new("out_samples", out_samples)?;
            let Performance { service_rate, kept, samples } = read("engine", engine)?.performance();
            rate.write(service_rate);
            share.write(kept);
            count.write(samples);
            Ok(())
        })
    }
}

/// Changes settings of a running engine, which keeps what it learned: a JSON text of those that change, such as `{"max_replicas": 20}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_reconfigure(
    engine: *mut forescale_engine,
    changes_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let changes = text("changes_json", changes_json)?;
            change("engine", engine, |engine| engine.reconfigure(engine.config().with_changes(changes)?))
        })
    }
}

/// The first line of an audit log that goes on from here. Not ready while `audit` is off in the settings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_audit_header(
    engine: *const forescale_engine,
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
            out.write_text(&read("engine", engine)?.audit_header()?, length)
        })
    }
}

/// The last decision with all that was told before it as one line of JSON text; the same bytes in every language. Not ready while `audit` is off
/// in the settings, and before the first decision.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_audit_line(
    engine: *const forescale_engine,
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
            out.write_text(&read("engine", engine)?.audit_line()?, length)
        })
    }
}

/// Derives every decision of an audit log again: `out_line` is the first line, counted from 1, whose decision is not what follows from its
/// inputs; 0 when all are as logged. A log that was cut or edited is an error that names the line.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_replay(
    log: *const c_char,
    out_line: *mut u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let line = Out::new("out_line", out_line)?;
            line.write(room::replay(text("log", log)?)?.map_or(0, |difference| difference.line));
            Ok(())
        })
    }
}

/// Runs an audit log again, line by line, in the memory of one engine.
#[derive(Debug)]
pub struct forescale_audit_replay;
handle!(forescale_audit_replay, AuditReplay);

/// A replay that has read nothing yet. The caller ends it with `forescale_audit_replay_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_audit_replay_create(
    out_replay: *mut *mut forescale_audit_replay,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            Out::new("out_replay", out_replay)?.write(create(AuditReplay::new()));
            Ok(())
        })
    }
}

/// Ends a replay; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_audit_replay_destroy(replay: *mut forescale_audit_replay) {
    // SAFETY: as above.
    unsafe { destroy(replay) }
}

/// Reads the next line: a header first, then decisions. After a difference nothing more is derived.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_audit_replay_line(
    replay: *mut forescale_audit_replay,
    line: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let line = text("line", line)?;
            change("replay", replay, |replay| replay.line(line))
        })
    }
}

/// Decisions that were derived again, and the line and the decision of the first difference, both counted from 1; 0 when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_audit_replay_difference(
    replay: *const forescale_audit_replay,
    out_decisions: *mut u64,
    out_line: *mut u64,
    out_sequence: *mut u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let decisions = Out::new("out_decisions", out_decisions)?;
            let line = Out::new("out_line", out_line)?;
            let sequence = Out::new("out_sequence", out_sequence)?;
            let replay = read("replay", replay)?;
            decisions.write(replay.decisions());
            line.write(replay.difference().map_or(0, |difference| difference.line));
            sequence.write(replay.difference().map_or(0, |difference| difference.sequence));
            Ok(())
        })
    }
}

/// The decision of the first difference as it was logged, in JSON text; empty when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_audit_replay_logged(
    replay: *const forescale_audit_replay,
    out_json: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { difference(replay, out_json, capacity, out_length, error, |difference| &difference.logged) }
}

/// The decision of the first difference as it follows from the inputs, in JSON text; empty when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_audit_replay_derived(
    replay: *const forescale_audit_replay,
    out_json: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { difference(replay, out_json, capacity, out_length, error, |difference| &difference.derived) }
}

unsafe fn difference(
    replay: *const forescale_audit_replay,
    out_json: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
    decision: impl Fn(&LogDifference) -> &str,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_json", out_json, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_text(read("replay", replay)?.difference().map_or("", decision), length)
        })
    }
}
