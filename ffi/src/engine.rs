//! The loop: observe, decide, learn; rails, explanations, snapshots.

use crate::error::*;
use crate::guard::*;
use crate::policy::{Callbacks, forescale_custom_policy};
use engine::Error;
use engine::engine::{Decision, Engine, EngineConfig, Fleet};
use engine::policy::PolicyConfig;
use std::ffi::c_char;

/// How a decision was made: with the policy's full knowledge.
pub const FORESCALE_MODE_NORMAL: i32 = 1;
/// Without a forecast yet: too little was observed.
pub const FORESCALE_MODE_COLD_START: i32 = 2;
/// Nothing was measured lately: the replicas are kept.
pub const FORESCALE_MODE_HOLD: i32 = 3;
/// The load is not as usual: more caution, and no scale-in.
pub const FORESCALE_MODE_ANOMALOUS: i32 = 4;
/// The forecasts failed lately: by the load observed now alone.
pub const FORESCALE_MODE_FALLBACK: i32 = 5;
/// The forecasts buy nothing lately, or are too poor or too old: by the load observed now alone.
pub const FORESCALE_MODE_REACTIVE_ONLY: i32 = 6;
/// Nothing is to be changed: the count that would be asked for is told beside it.
pub const FORESCALE_MODE_ADVISORY: i32 = 7;
/// Scaling is paused, in one direction or in both.
pub const FORESCALE_MODE_PAUSED: i32 = 8;

/// The rail that changed the count last: none.
pub const FORESCALE_RAIL_NONE: i32 = 0;
/// Changes within the tolerance are let pass.
pub const FORESCALE_RAIL_TOLERANCE: i32 = 1;
/// Never below what the observed load needs now.
pub const FORESCALE_RAIL_REACTIVE: i32 = 2;
/// Missing data never scales in.
pub const FORESCALE_RAIL_MISSING_DATA: i32 = 3;
/// The most cautious recent proposal holds.
pub const FORESCALE_RAIL_STABILIZATION: i32 = 4;
/// Changes are no faster than allowed.
pub const FORESCALE_RAIL_RATE: i32 = 5;
/// Replicas on their way count as ordered.
pub const FORESCALE_RAIL_PENDING: i32 = 6;
/// The smallest count.
pub const FORESCALE_RAIL_MIN: i32 = 7;
/// The largest count.
pub const FORESCALE_RAIL_MAX: i32 = 8;
/// Forecasts that failed are not followed.
pub const FORESCALE_RAIL_BREAKER: i32 = 9;
/// An anomalous load gets more than it needs, and nothing is taken away.
pub const FORESCALE_RAIL_ANOMALY: i32 = 10;
/// A forecast that is too old is not followed.
pub const FORESCALE_RAIL_FORECAST_EXPIRY: i32 = 11;
/// Forecasts whose errors are too large are not followed.
pub const FORESCALE_RAIL_FORECAST_QUALITY: i32 = 12;
/// Forecasts that buy nothing are not followed.
pub const FORESCALE_RAIL_FORECAST_VALUE: i32 = 13;
/// While nothing is measured: held for a while, then what was known last, then a fixed count.
pub const FORESCALE_RAIL_BLIND: i32 = 14;
/// No replica is removed when those that stay could not carry its share.
pub const FORESCALE_RAIL_CONSOLIDATION: i32 = 15;
/// No more changes of direction than the budget has.
pub const FORESCALE_RAIL_FLIP_BUDGET: i32 = 16;
/// No more than the budget pays for.
pub const FORESCALE_RAIL_COST_BUDGET: i32 = 17;
/// No more than the budget of power feeds.
pub const FORESCALE_RAIL_POWER_BUDGET: i32 = 18;
/// Scaling in, out, or both is paused.
pub const FORESCALE_RAIL_PAUSE: i32 = 19;
/// The last replica goes only after a time without load, and comes back with the first.
pub const FORESCALE_RAIL_ACTIVATION: i32 = 20;
/// The share of a budget that several engines have in common.
pub const FORESCALE_RAIL_SHARED_BUDGET: i32 = 21;

/// Decides how many replicas to run, from a stream of load samples. One engine serves one service.
#[derive(Debug)]
pub struct forescale_engine;
handle!(forescale_engine, Engine);

/// An engine with these settings that has seen nothing yet, such as `{"service_rate": 10, "policy": "hpa"}`.
/// The caller ends it with `forescale_engine_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_create(
    config_json: *const c_char,
    out_engine: *mut *mut forescale_engine,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_engine", out_engine)?;
            let settings: EngineConfig = config("config_json", config_json)?;
            out.write(create(Engine::new(settings)?));
            Ok(())
        })
    }
}

/// An engine with a policy of the user's own, whatever policy the settings name. From here on it owns `policy->user`, unless the call fails.
/// The caller ends it with `forescale_engine_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_create_custom(
    config_json: *const c_char,
    policy: *const forescale_custom_policy,
    out_engine: *mut *mut forescale_engine,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_engine", out_engine)?;
            let mut settings: EngineConfig = config("config_json", config_json)?;
            let callbacks = Callbacks::new(policy)?;
            settings.policy = PolicyConfig::Custom(callbacks.policy());
            out.write(create(Engine::new(settings)?));
            callbacks.own();
            Ok(())
        })
    }
}

/// Ends an engine; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_destroy(engine: *mut forescale_engine) {
    // SAFETY: as above.
    unsafe { destroy(engine) }
}

/// The settings as JSON text, the defaults filled in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_config(
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
            let json = serde_json::to_string(read("engine", engine)?.config());
            out.write_text(&json.map_err(|error| Error::Internal { problem: error.to_string() })?, length)
        })
    }
}

/// Takes in the mean load per second over the interval that ends at `now` (Unix milliseconds); NaN = missing.
/// Of two samples with the same time the later call counts; samples may come late within the configured bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_observe(
    engine: *mut forescale_engine,
    now: i64,
    load: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("engine", engine, |engine| engine.observe(now, load))) }
}

/// Takes in `length` samples: all of them, or none when one is refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_observe_batch(
    engine: *mut forescale_engine,
    times: *const i64,
    loads: *const f64,
    length: usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let (times, loads) = (slice("times", times, length)?, slice("loads", loads, length)?);
            change("engine", engine, |engine| engine.observe_batch(times, loads))
        })
    }
}

/// Takes in the requests in the service at `now` (Unix milliseconds), being served and waiting, as a mean over the interval that ends then;
/// NaN = missing. Only policies that scale by concurrency look at it; without, they estimate it from the load.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_observe_in_flight(
    engine: *mut forescale_engine,
    now: i64,
    in_flight: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("engine", engine, |engine| engine.observe_in_flight(now, in_flight))) }
}

/// Decides how many replicas to ask for at `now` (Unix milliseconds), given the fleet: replicas last asked for, serving,
/// created but not ready yet, and on their way out. `forescale_engine_last_decision` tells the rest of the decision.
/// Does not allocate memory once the engine has been used for a while.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_decide(
    engine: *mut forescale_engine,
    now: i64,
    requested: u32,
    ready: u32,
    pending: u32,
    terminating: u32,
    out_replicas: *mut u32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_replicas", out_replicas)?;
            let fleet = Fleet { requested, ready, pending, terminating };
            let decide = |engine: &mut Engine| engine.decide(now, fleet).map(|decision| decision.replicas);
            out.write(change("engine", engine, decide)?);
            Ok(())
        })
    }
}

/// Learns that the request was changed at `now` (Unix milliseconds) to `replicas`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_applied(
    engine: *mut forescale_engine,
    now: i64,
    replicas: u32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("engine", engine, |engine| engine.applied(now, replicas))) }
}

/// The last decision in words; says so when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_explain(
    engine: *const forescale_engine,
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
            out.write_text(&read("engine", engine)?.explain(), length)
        })
    }
}

pub(crate) fn last(engine: &Engine) -> Outcome<&Decision> {
    let what = "the engine has no last decision".into();
    let none = || Error::NotReady { what, problem: "none was asked for yet".into() };
    Ok(engine.last_decision().ok_or_else(none)?)
}

/// The last decision: when it was made, the count, what the load observed then needs without any forecast, what the policy
/// proposed before any rail, one of `FORESCALE_MODE_...`, one of `FORESCALE_RAIL_...`, and until when (Unix milliseconds) it
/// may be used when no newer one can be had. Not ready before the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_last_decision(
    engine: *const forescale_engine,
    out_now: *mut i64,
    out_replicas: *mut u32,
    out_reactive: *mut u32,
    out_predicted: *mut u32,
    out_mode: *mut i32,
    out_limited_by: *mut i32,
    out_valid_until: *mut i64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let now = Out::new("out_now", out_now)?;
            let replicas = Out::new("out_replicas", out_replicas)?;
            let reactive = Out::new("out_reactive", out_reactive)?;
            let predicted = Out::new("out_predicted", out_predicted)?;
            let mode = Out::new("out_mode", out_mode)?;
            let limited_by = Out::new("out_limited_by", out_limited_by)?;
            let valid_until = Out::new("out_valid_until", out_valid_until)?;
            let decision = last(read("engine", engine)?)?;
            now.write(decision.now);
            replicas.write(decision.replicas);
            reactive.write(decision.reactive);
            predicted.write(decision.predicted);
            mode.write(decision.mode.number());
            limited_by.write(decision.limited_by.map_or(FORESCALE_RAIL_NONE, |rail| rail.number()));
            valid_until.write(decision.valid_until);
            Ok(())
        })
    }
}

/// The last decision's forecast of the largest load over the lead time, in load per second; NaN where it had none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_last_decision_forecast(
    engine: *const forescale_engine,
    out_lower: *mut f64,
    out_expected: *mut f64,
    out_upper: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let lower = Out::new("out_lower", out_lower)?;
            let expected = Out::new("out_expected", out_expected)?;
            let upper = Out::new("out_upper", out_upper)?;
            let forecast = last(read("engine", engine)?)?.forecast;
            lower.write(forecast.map_or(f64::NAN, |peak| peak.lower));
            expected.write(forecast.map_or(f64::NAN, |peak| peak.expected));
            upper.write(forecast.map_or(f64::NAN, |peak| peak.upper));
            Ok(())
        })
    }
}

/// The last decision as one line of JSON text, with every reason and its numbers; the same bytes in every language.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_last_decision_json(
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
            out.write_text(&last(read("engine", engine)?)?.to_json(), length)
        })
    }
}

/// What the policy `q_learning` has learned so far, in the shape (utilization, capacity, trend, forecast, action) with the last running
/// fastest; nothing with another policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_q_table(
    engine: *const forescale_engine,
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
            let table = read("engine", engine)?.q_table();
            out.write_or_measure(table.map_or(&[], |table| table.values()), length)
        })
    }
}

/// Settings and state as bytes that `forescale_engine_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_snapshot(
    engine: *const forescale_engine,
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
            out.write_or_measure(&read("engine", engine)?.snapshot()?, length)
        })
    }
}

/// An engine that goes on exactly as the one that was saved. The caller ends it with `forescale_engine_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_restore(
    bytes: *const u8,
    length: usize,
    out_engine: *mut *mut forescale_engine,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_engine", out_engine)?;
            out.write(create(Engine::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}

/// An engine that was saved with a policy of the user's own: `policy->restore` is handed the policy's state. From here on it owns
/// `policy->user`, unless the call fails. The caller ends it with `forescale_engine_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_restore_custom(
    bytes: *const u8,
    length: usize,
    policy: *const forescale_custom_policy,
    out_engine: *mut *mut forescale_engine,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_engine", out_engine)?;
            let bytes = slice("bytes", bytes, length)?;
            let callbacks = Callbacks::new(policy)?;
            out.write(create(Engine::restore_with(bytes, &callbacks.policy())?));
            callbacks.own();
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::engine::{Mode, Rail};

    #[test]
    fn the_numbers_are_those_of_the_core() {
        let modes = [Mode::Normal, Mode::ColdStart, Mode::Paused].map(Mode::number);
        assert_eq!(modes, [FORESCALE_MODE_NORMAL, FORESCALE_MODE_COLD_START, FORESCALE_MODE_PAUSED]);
        let rails = [
            (Rail::Tolerance, FORESCALE_RAIL_TOLERANCE),
            (Rail::Reactive, FORESCALE_RAIL_REACTIVE),
            (Rail::MissingData, FORESCALE_RAIL_MISSING_DATA),
            (Rail::Stabilization, FORESCALE_RAIL_STABILIZATION),
            (Rail::Rate, FORESCALE_RAIL_RATE),
            (Rail::Pending, FORESCALE_RAIL_PENDING),
            (Rail::Min, FORESCALE_RAIL_MIN),
            (Rail::Max, FORESCALE_RAIL_MAX),
            (Rail::Anomaly, FORESCALE_RAIL_ANOMALY),
            (Rail::FlipBudget, FORESCALE_RAIL_FLIP_BUDGET),
            (Rail::SharedBudget, FORESCALE_RAIL_SHARED_BUDGET),
        ];
        assert!(rails.iter().all(|(rail, number)| rail.number() == *number));
    }
}
