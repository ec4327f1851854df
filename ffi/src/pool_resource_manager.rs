//! The multi-tiered resource manager: hot units that serve at once, warm ones at rest, cold ones that are made when they are needed.

use crate::error::*;
use crate::guard::*;
use crate::pool_clones::outcome;
use engine::config::{from_json, to_json};
use engine::pool::{
    InventoryUnit, Lease, Recommendation, ResourceManager, ResourceManagerConfig, ResourceRequest,
    TierDemand, TierObservation,
};
use std::ffi::c_char;

/// Keeps as much capacity in each tier as will be needed, and says who gets it.
#[derive(Debug)]
pub struct forescale_resource_manager;
handle!(forescale_resource_manager, ResourceManager);

/// A manager that has no unit yet, with settings such as `{"tiers": {"hot": {"service_rate": 10, "start_up_seconds": 0, "cost_per_hour": 1,
/// "standby_cost_per_hour": 1}, "warm": {...}, "cold": {...}}}`; the tiers must be given.
/// The caller ends it with `forescale_resource_manager_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_create(
    config_json: *const c_char,
    out_manager: *mut *mut forescale_resource_manager,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_manager", out_manager)?;
            let settings: ResourceManagerConfig = config("config_json", config_json)?;
            out.write(create(ResourceManager::new(settings)?));
            Ok(())
        })
    }
}

/// Ends a manager; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_destroy(manager: *mut forescale_resource_manager) {
    // SAFETY: as above.
    unsafe { destroy(manager) }
}

/// Sizes the tiers by the load to come, as `forescale_load_balancer_tier_demand` has it; `forescale_resource_manager_sizes` tells how.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_foresee(
    manager: *mut forescale_resource_manager,
    now: i64,
    demand_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let demand: TierDemand = from_json("demand_json", text("demand_json", demand_json)?)?;
            change("manager", manager, |manager| manager.foresee(now, &demand)).map(drop)
        })
    }
}

/// The loads that hot, warm and cold are to carry by the last forecast, and the quantiles of it, as JSON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_sizes(
    manager: *const forescale_resource_manager,
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
            out.write_text(&to_json(read("manager", manager)?.sizes())?, length)
        })
    }
}

/// Holds as many hot and warm units as a JSON list of `forescale_load_balancer_recommendations` says, and more where these would not
/// carry its load; of the kind that it says, where a tier names none. A kind that is not the tier's is refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_follow(
    manager: *mut forescale_resource_manager,
    now: i64,
    recommendations_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let recommendations: Vec<Recommendation> =
                from_json("recommendations_json", text("recommendations_json", recommendations_json)?)?;
            change("manager", manager, |manager| manager.follow(now, &recommendations))
        })
    }
}

/// Takes in what is seen of a tier, such as `{"tier": "warm", "load": 80, "latency_seconds": 0.4, "utilization": 0.9}`; the
/// utilization is that of the resource of which least is left. A value that is missing is what was told before, while that counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_observe(
    manager: *mut forescale_resource_manager,
    now: i64,
    observation_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let observation: TierObservation =
                from_json("observation_json", text("observation_json", observation_json)?)?;
            change("manager", manager, |manager| manager.observe(now, &observation))
        })
    }
}

/// Asks for capacity, such as `{"id": 1, "user": "ann", "application": "search", "load": 20, "qos": {"max_latency_seconds": 0.5,
/// "cost_limit": 4, "priority": 1}}`; `forescale_resource_manager_allocation` tells what became of it. The same request again has the
/// same lease. Of the quality of service `max_latency_seconds` is that within which the promised share of its answers comes (left out: it
/// can wait as long as it takes), `cost_limit` what the capacity for its load may cost an hour (left out: no limit), and `priority` (0) says
/// who is served first; from `critical_priority` on it gets the fastest tier instead of the cheapest.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_allocate(
    manager: *mut forescale_resource_manager,
    now: i64,
    request_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let request: ResourceRequest = from_json("request_json", text("request_json", request_json)?)?;
            change("manager", manager, |manager| manager.allocate(now, &request)).map(drop)
        })
    }
}

/// What became of the last request, as JSON: `{"granted": lease}`, `{"refused": {"reason": ..., "problem": ...}}`, or `null` before any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_allocation(
    manager: *const forescale_resource_manager,
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
            out.write_text(&to_json(&read("manager", manager)?.allocation())?, length)
        })
    }
}

/// Gives the capacity of a lease back; whether there was one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_release(
    manager: *mut forescale_resource_manager,
    now: i64,
    lease: u64,
    out_was_held: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_was_held", out_was_held)?;
            let was_held = change("manager", manager, |manager| manager.release(now, lease))?;
            out.write(i32::from(was_held));
            Ok(())
        })
    }
}

/// A unit is gone, as when its machine failed; whether there was one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_unit_lost(
    manager: *mut forescale_resource_manager,
    now: i64,
    unit: u64,
    out_was_known: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_was_known", out_was_known)?;
            let was_known = change("manager", manager, |manager| manager.unit_lost(now, unit))?;
            out.write(i32::from(was_known));
            Ok(())
        })
    }
}

/// The units that really are there, as the actuator's own list has them: `[{"unit": 1, "tier": "warm", "is_awake": false}]`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_reconcile(
    manager: *mut forescale_resource_manager,
    now: i64,
    inventory_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let inventory: Vec<InventoryUnit> =
                from_json("inventory_json", text("inventory_json", inventory_json)?)?;
            change("manager", manager, |manager| manager.reconcile(now, &inventory))
        })
    }
}

/// What became of instruction `id`: `confirmed` or `failed`. The same report twice changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_report(
    manager: *mut forescale_resource_manager,
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

/// One round at `now` (Unix milliseconds); `forescale_resource_manager_instructions` tells what is to be done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_rebalance(
    manager: *mut forescale_resource_manager,
    now: i64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("manager", manager, |manager| manager.rebalance(now)).map(drop)) }
}

/// What the last round handed out, as a JSON list of instructions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_instructions(
    manager: *const forescale_resource_manager,
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

/// The lease of a number as JSON, or `null`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_lease(
    manager: *const forescale_resource_manager,
    id: u64,
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
            out.write_text(&to_json(&read("manager", manager)?.lease(id))?, length)
        })
    }
}

/// All leases as a JSON list, by their numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_leases(
    manager: *const forescale_resource_manager,
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
            let leases: Vec<&Lease> = read("manager", manager)?.leases().collect();
            out.write_text(&to_json(&leases)?, length)
        })
    }
}

/// How the tiers are now, hot first, as a JSON list: `tier`; units that are `serving`, `resting` (warm ones), `starting` (being made, woken
/// or moved here) and `stopping`; the `load` of the `leases` in requests per second, and how many of them are `waiting` for capacity;
/// `latency_seconds` within which the promised share of the answers comes if all this load comes to the units that serve (`null`: they are not
/// enough); `watts` and `cost_per_hour` of the units, those that the load needs at work, the others at standby.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_status(
    manager: *const forescale_resource_manager,
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
            out.write_text(&to_json(&read("manager", manager)?.status()?)?, length)
        })
    }
}

/// In words: how the tiers are now, and what the last round decided for each and why.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_explain(
    manager: *const forescale_resource_manager,
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
            out.write_text(&read("manager", manager)?.explain()?, length)
        })
    }
}

/// What was decided in which round, as JSON: the `records` since the journal was last cleared, and how many were `lost` before them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_journal(
    manager: *const forescale_resource_manager,
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
pub unsafe extern "C" fn forescale_resource_manager_clear_journal(
    manager: *mut forescale_resource_manager,
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
pub unsafe extern "C" fn forescale_resource_manager_config(
    manager: *const forescale_resource_manager,
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
pub unsafe extern "C" fn forescale_resource_manager_snapshot(
    manager: *const forescale_resource_manager,
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

/// A manager from bytes of `forescale_resource_manager_snapshot`; it goes on as if it had never stopped.
/// The caller ends it with `forescale_resource_manager_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_resource_manager_restore(
    bytes: *const u8,
    length: usize,
    out_manager: *mut *mut forescale_resource_manager,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_manager", out_manager)?;
            out.write(create(ResourceManager::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
