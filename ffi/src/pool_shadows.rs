//! Shadows: standby instances that are given resources before the load comes, and traffic before the primary is overloaded.

use crate::error::*;
use crate::guard::*;
use crate::load_history::forescale_history;
use crate::pool_clones::outcome;
use engine::config::{from_json, to_json};
use engine::pool::{
    PrewarmRequest, Primary, SeenInstance, ShadowManager, ShadowManagerConfig, ShadowSample, TrialConfig,
    TrialPair, UtilizationForecast,
};
use std::ffi::c_char;

/// Gives shadows what the coming minutes need, and traffic to shadows: it says what to do, and is told what became of it.
#[derive(Debug)]
pub struct forescale_shadow_manager;
handle!(forescale_shadow_manager, ShadowManager);

/// A manager that has no primary yet, with settings such as `{"warm_seconds": 60}`; NULL stands for the defaults.
/// The caller ends it with `forescale_shadow_manager_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_create(
    config_json: *const c_char,
    out_manager: *mut *mut forescale_shadow_manager,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_manager", out_manager)?;
            let settings: ShadowManagerConfig = config("config_json", config_json)?;
            out.write(create(ShadowManager::new(settings)?));
            Ok(())
        })
    }
}

/// Ends a manager; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_destroy(manager: *mut forescale_shadow_manager) {
    // SAFETY: as above.
    unsafe { destroy(manager) }
}

/// Adds a primary, such as `{"name": "router", "resources": [{"name": "cpu", "base": 8, "price_per_hour": 0.04}]}`, or changes its sizes, limits and
/// prices; gives the number of its active instance. It has `min_shadows` (1; 0: none but those that pay) to `max_shadows` (4; 100 at the most) shadows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_set_primary(
    manager: *mut forescale_shadow_manager,
    primary_json: *const c_char,
    out_instance: *mut u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_instance", out_instance)?;
            let primary: Primary = from_json("primary_json", text("primary_json", primary_json)?)?;
            out.write(change("manager", manager, |manager| manager.set_primary(primary))?);
            Ok(())
        })
    }
}

/// Forgets a primary: what is open about it is withdrawn, its active instance gets all of its traffic, its other instances are released. The journal
/// stays. The active instance is the host's from now on, not to be listed when reconciling.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_remove_primary(
    manager: *mut forescale_shadow_manager,
    primary: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let primary = text("primary", primary)?;
            change("manager", manager, |manager| manager.remove_primary(primary))
        })
    }
}

/// Takes in what a primary and its shadows used at `now` (Unix milliseconds), such as
/// `{"primary": "router", "used": [2.5], "tags": {"source": "europe"}}`; null: not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_observe(
    manager: *mut forescale_shadow_manager,
    now: i64,
    sample_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let sample: ShadowSample = from_json("sample_json", text("sample_json", sample_json)?)?;
            change("manager", manager, |manager| manager.observe(now, &sample))
        })
    }
}

/// Uses the host's forecast of a primary, such as `{"primary": "router", "start": 0, "mean": [[0.5]], "deviation": [[0.1]]}`: a row a
/// window, a column a resource, as shares of what the primary has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_set_forecast(
    manager: *mut forescale_shadow_manager,
    forecast_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let forecast: UtilizationForecast =
                from_json("forecast_json", text("forecast_json", forecast_json)?)?;
            change("manager", manager, |manager| manager.set_forecast(&forecast))
        })
    }
}

/// Puts a request of the host into the pre-warming queue, such as `{"primary": "router", "needed_at": 600000, "amounts": [4]}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_prewarm(
    manager: *mut forescale_shadow_manager,
    request_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let request: PrewarmRequest = from_json("request_json", text("request_json", request_json)?)?;
            change("manager", manager, |manager| manager.prewarm(&request))
        })
    }
}

/// An instance does not answer any more; the next round promotes the best shadow if it was active, or replaces it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_instance_failed(
    manager: *mut forescale_shadow_manager,
    instance: u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("manager", manager, |manager| manager.instance_failed(instance))) }
}

/// An instance that had failed answers again: it becomes standby.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_instance_recovered(
    manager: *mut forescale_shadow_manager,
    instance: u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("manager", manager, |manager| manager.instance_recovered(instance))) }
}

/// What really is there, such as `[{"instance": 1, "amounts": [8], "share": 1, "is_active": true}]`: all instances of all primaries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_reconcile(
    manager: *mut forescale_shadow_manager,
    now: i64,
    seen_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let seen: Vec<SeenInstance> = from_json("seen_json", text("seen_json", seen_json)?)?;
            change("manager", manager, |manager| manager.reconcile(now, &seen))
        })
    }
}

/// What became of instruction `id`: `confirmed` or `failed`. The same report twice changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_report(
    manager: *mut forescale_shadow_manager,
    id: u64,
    outcome: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let outcome = self::outcome(text("outcome", outcome)?)?;
            change("manager", manager, |manager| manager.report(id, outcome))
        })
    }
}

/// One round at `now` (Unix milliseconds); `forescale_shadow_manager_instructions` tells what is to be done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_plan(
    manager: *mut forescale_shadow_manager,
    now: i64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("manager", manager, |manager| manager.plan(now)).map(drop)) }
}

/// What the last round handed out, as a JSON list of instructions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_instructions(
    manager: *const forescale_shadow_manager,
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
            out.write_text(&to_json(read("manager", manager)?.instructions())?, length)
        })
    }
}

/// What is expected of a primary in the coming windows, as a JSON list with mean, deviation and upper quantile of each resource.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_forecast(
    manager: *const forescale_shadow_manager,
    primary: *const c_char,
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
            let windows = read("manager", manager)?.forecast(text("primary", primary)?)?;
            out.write_text(&to_json(&windows)?, length)
        })
    }
}

/// What is waiting in the pre-warming queue, as a JSON list; what is needed first at the front.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_queue(
    manager: *const forescale_shadow_manager,
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
            out.write_text(&to_json(&read("manager", manager)?.queue())?, length)
        })
    }
}

/// A primary as JSON: its `active` instance and its `epoch`, the `version` that shadows are made of, its `instances` (role, version, amounts, ceiling, share of
/// the traffic), the `comparison` of real with predicted utilization, and the `reason` why its shadows have what they have and its `worth`, all of the last
/// round.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_status(
    manager: *const forescale_shadow_manager,
    primary: *const c_char,
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
            let status = read("manager", manager)?.status(text("primary", primary)?)?;
            out.write_text(&to_json(&status)?, length)
        })
    }
}

/// The same in words.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_explain(
    manager: *const forescale_shadow_manager,
    primary: *const c_char,
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
            out.write_text(&read("manager", manager)?.explain(text("primary", primary)?)?, length)
        })
    }
}

/// Begins a trial of a new version on a shadow of its own, such as `{"primary": "router", "version": "2", "share": 0.05}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_start_trial(
    manager: *mut forescale_shadow_manager,
    trial_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let trial: TrialConfig = from_json("trial_json", text("trial_json", trial_json)?)?;
            change("manager", manager, |manager| manager.start_trial(trial))
        })
    }
}

/// Takes in what both versions measured over the same time, such as
/// `{"latency_seconds": 0.1, "error_share": 0.001, "new_latency_seconds": 0.09, "new_error_share": 0.001}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_observe_trial(
    manager: *mut forescale_shadow_manager,
    primary: *const c_char,
    pair_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let primary = text("primary", primary)?;
            let pair: TrialPair = from_json("pair_json", text("pair_json", pair_json)?)?;
            change("manager", manager, |manager| manager.observe_trial(primary, &pair)).map(drop)
        })
    }
}

/// What the last look of a primary's trial found, as JSON; `null` before the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_trial(
    manager: *const forescale_shadow_manager,
    primary: *const c_char,
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
            let result = read("manager", manager)?.trial(text("primary", primary)?)?;
            out.write_text(&to_json(&result)?, length)
        })
    }
}

/// Ends a trial: not 0 makes the new version active, if it was shown to be no worse; with 0 its shadow goes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_end_trial(
    manager: *mut forescale_shadow_manager,
    primary: *const c_char,
    is_promoted: i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let primary = text("primary", primary)?;
            change("manager", manager, |manager| manager.end_trial(primary, is_promoted != 0))
        })
    }
}

/// What was decided and what came of it, as JSON: the `records` since the journal was last cleared, and how many were `lost` before them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_journal(
    manager: *const forescale_shadow_manager,
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
            out.write_text(&to_json(read("manager", manager)?.journal())?, length)
        })
    }
}

/// Forgets the records of the journal.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_clear_journal(
    manager: *mut forescale_shadow_manager,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            change("manager", manager, |manager| -> engine::Result<()> {
                manager.clear_journal();
                Ok(())
            })
        })
    }
}

/// The settings as JSON text, the defaults filled in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_config(
    manager: *const forescale_shadow_manager,
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
            out.write_text(&to_json(read("manager", manager)?.config())?, length)
        })
    }
}

/// What was used of each resource: a `forescale_history` of its own, by the resources' names and the samples' tags; the primary's name is the tag
/// "primary". The caller ends it with `forescale_history_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_history(
    manager: *const forescale_shadow_manager,
    out_history: *mut *mut forescale_history,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_history", out_history)?;
            out.write(create(read("manager", manager)?.history().clone()));
            Ok(())
        })
    }
}

/// Settings and state as bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_snapshot(
    manager: *const forescale_shadow_manager,
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
            out.write_or_measure(&read("manager", manager)?.snapshot()?, length)
        })
    }
}

/// A manager from bytes of `forescale_shadow_manager_snapshot`; it goes on as if it had never stopped.
/// The caller ends it with `forescale_shadow_manager_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_shadow_manager_restore(
    bytes: *const u8,
    length: usize,
    out_manager: *mut *mut forescale_shadow_manager,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_manager", out_manager)?;
            out.write(create(ShadowManager::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
