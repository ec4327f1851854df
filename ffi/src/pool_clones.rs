//! Clones of program code, made before the requests come and placed near them.

use crate::error::*;
use crate::guard::*;
use engine::Error;
use engine::config::{from_json, to_json};
use engine::pool::{
    CloneManager, CloneManagerConfig, DemandEvent, Distance, GivenForecast, Machine, Outcome, ProgramCode,
};
use std::ffi::c_char;

/// Keeps as many clones of each program as its requests will need: it says what to create and remove, and is told what became of it.
#[derive(Debug)]
pub struct forescale_clone_manager;
handle!(forescale_clone_manager, CloneManager);

/// What an actuator reports of an instruction, `confirmed` or `failed`, as it stands in JSON.
pub(crate) fn outcome(name: &str) -> engine::Result<Outcome> {
    match name {
        "confirmed" => Ok(Outcome::Confirmed),
        "failed" => Ok(Outcome::Failed),
        _ => {
            let problem = format!("must be confirmed or failed, got {name:?}");
            Err(Error::Config { field: "outcome".into(), problem })
        }
    }
}

/// A manager that has no program and no machine yet, with settings such as `{"start_up_seconds": 60}`; NULL stands for the defaults.
/// The caller ends it with `forescale_clone_manager_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_create(
    config_json: *const c_char,
    out_manager: *mut *mut forescale_clone_manager,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_manager", out_manager)?;
            let settings: CloneManagerConfig = config("config_json", config_json)?;
            out.write(create(CloneManager::new(settings)?));
            Ok(())
        })
    }
}

/// Ends a manager; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_destroy(manager: *mut forescale_clone_manager) {
    // SAFETY: as above.
    unsafe { destroy(manager) }
}

/// Adds a program, such as `{"name": "a", "service_rate": 2, "resources": [1, 4], "zone": "europe"}`, or changes what one needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_set_code(
    manager: *mut forescale_clone_manager,
    code_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let code: ProgramCode = from_json("code_json", text("code_json", code_json)?)?;
            change("manager", manager, |manager| manager.set_code(code))
        })
    }
}

/// Adds a machine, such as `{"name": "m", "zone": "europe", "room": [8, 32]}`, or changes its room; it is up.
/// Where clones have no room any more, the newest are made elsewhere, and go when those run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_set_machine(
    manager: *mut forescale_clone_manager,
    machine_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let machine: Machine = from_json("machine_json", text("machine_json", machine_json)?)?;
            change("manager", manager, |manager| manager.set_machine(machine))
        })
    }
}

/// A machine is gone, and with it its clones, which are created anew elsewhere.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_machine_lost(
    manager: *mut forescale_clone_manager,
    name: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let name = text("name", name)?;
            change("manager", manager, |manager| manager.machine_lost(name))
        })
    }
}

/// Says how far zones are apart, such as `[{"from": "europe", "to": "america", "distance": 90}]`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_set_distances(
    manager: *mut forescale_clone_manager,
    distances_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let distances: Vec<Distance> =
                from_json("distances_json", text("distances_json", distances_json)?)?;
            change("manager", manager, |manager| manager.set_distances(distances))
        })
    }
}

/// Announces that more, or less, will be asked for than usual, such as `{"code": "a", "start": 0, "end": 3600000, "factor": 3}`;
/// without a code, of every program.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_announce(
    manager: *mut forescale_clone_manager,
    event_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let event: DemandEvent = from_json("event_json", text("event_json", event_json)?)?;
            change("manager", manager, |manager| manager.announce(&event))
        })
    }
}

/// Takes in a forecast of the host's own for a program, such as `[{"time": 300000, "mean": 900, "upper": 1200}]`: it counts in place of
/// the manager's in the steps that it tells.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_set_forecast(
    manager: *mut forescale_clone_manager,
    code: *const c_char,
    forecast_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let code = text("code", code)?;
            let forecast: Vec<GivenForecast> =
                from_json("forecast_json", text("forecast_json", forecast_json)?)?;
            change("manager", manager, |manager| manager.set_forecast(code, &forecast))
        })
    }
}

/// Counts `requests` for a program, as they come in at `now` (Unix milliseconds).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_observe(
    manager: *mut forescale_clone_manager,
    now: i64,
    code: *const c_char,
    requests: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let code = text("code", code)?;
            change("manager", manager, |manager| manager.observe(now, code, requests))
        })
    }
}

/// What a health check said of a clone: not 0 is healthy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_observe_health(
    manager: *mut forescale_clone_manager,
    clone: u64,
    is_healthy: i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || change("manager", manager, |manager| manager.observe_health(clone, is_healthy != 0)))
    }
}

/// What a clone has served since this was last said of it: of clones that are too much, those go first that have been idle longest.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_observe_use(
    manager: *mut forescale_clone_manager,
    clone: u64,
    requests: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("manager", manager, |manager| manager.observe_use(clone, requests))) }
}

/// The numbers of the clones that really run, as the actuator's own list has them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_reconcile(
    manager: *mut forescale_clone_manager,
    now: i64,
    running: *const u64,
    length: usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let running = slice("running", running, length)?;
            change("manager", manager, |manager| manager.reconcile(now, running))
        })
    }
}

/// What became of instruction `id`: `confirmed` or `failed`. The same report twice changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_report(
    manager: *mut forescale_clone_manager,
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

/// One round at `now` (Unix milliseconds); `forescale_clone_manager_instructions` tells what is to be done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_plan(
    manager: *mut forescale_clone_manager,
    now: i64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("manager", manager, |manager| manager.plan(now)).map(drop)) }
}

/// What the last round handed out, as a JSON list of instructions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_instructions(
    manager: *const forescale_clone_manager,
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

/// What is expected of a program in the coming steps, as a JSON list with a mean, an interval, the clones for it and what they take.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_forecast(
    manager: *const forescale_clone_manager,
    code: *const c_char,
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
            let forecast = read("manager", manager)?.forecast(text("code", code)?)?;
            out.write_text(&to_json(&forecast)?, length)
        })
    }
}

/// Clones of a program that run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_running(
    manager: *const forescale_clone_manager,
    code: *const c_char,
    out_clones: *mut u32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_clones", out_clones)?;
            out.write(read("manager", manager)?.running(text("code", code)?)?);
            Ok(())
        })
    }
}

/// In words: the clones that a program has, what the last round wanted and why, and since when it has been so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_explain(
    manager: *const forescale_clone_manager,
    code: *const c_char,
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
            out.write_text(&read("manager", manager)?.explain(text("code", code)?)?, length)
        })
    }
}

/// Why programs got their clones, as JSON: the `records` since the journal was last cleared, and how many were `lost` before them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_journal(
    manager: *const forescale_clone_manager,
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
pub unsafe extern "C" fn forescale_clone_manager_clear_journal(
    manager: *mut forescale_clone_manager,
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
pub unsafe extern "C" fn forescale_clone_manager_config(
    manager: *const forescale_clone_manager,
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

/// Settings and state as bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_snapshot(
    manager: *const forescale_clone_manager,
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

/// A manager from bytes of `forescale_clone_manager_snapshot`; it goes on as if it had never stopped.
/// The caller ends it with `forescale_clone_manager_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_clone_manager_restore(
    bytes: *const u8,
    length: usize,
    out_manager: *mut *mut forescale_clone_manager,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_manager", out_manager)?;
            out.write(create(CloneManager::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
