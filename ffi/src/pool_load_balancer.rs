//! The predictive load balancer: what each user of each application will ask for, and what to have ready for it.

use crate::error::*;
use crate::guard::*;
use engine::config::{from_json, to_json};
use engine::pool::{GivenForecast, LoadBalancer, LoadBalancerConfig, QosProfile, UsageRecord};
use std::ffi::c_char;

/// Foresees demand per user and application, and says what to hold ready.
#[derive(Debug)]
pub struct forescale_load_balancer;
handle!(forescale_load_balancer, LoadBalancer);

/// A balancer that has seen nothing yet, with settings such as `{"step_seconds": 900}`; NULL stands for the defaults.
/// The caller ends it with `forescale_load_balancer_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_create(
    config_json: *const c_char,
    out_balancer: *mut *mut forescale_load_balancer,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_balancer", out_balancer)?;
            let settings: LoadBalancerConfig = config("config_json", config_json)?;
            out.write(create(LoadBalancer::new(settings)?));
            Ok(())
        })
    }
}

/// Ends a balancer; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_destroy(balancer: *mut forescale_load_balancer) {
    // SAFETY: as above.
    unsafe { destroy(balancer) }
}

/// Says what is promised to the users of an application, such as `{"max_latency_seconds": 0.5, "priority": 1}`; with a `user` that is
/// not NULL, to that one alone. To be said before their requests are counted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_set_profile(
    balancer: *mut forescale_load_balancer,
    user: *const c_char,
    application: *const c_char,
    profile_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let user = optional_text("user", user)?;
            let application = text("application", application)?;
            let profile: QosProfile = from_json("profile_json", text("profile_json", profile_json)?)?;
            change("balancer", balancer, |balancer| balancer.set_profile(user, application, profile))
        })
    }
}

/// What is promised to a user of an application, as JSON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_profile(
    balancer: *const forescale_load_balancer,
    user: *const c_char,
    application: *const c_char,
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
            let profile =
                read("balancer", balancer)?.profile(text("user", user)?, text("application", application)?);
            out.write_text(&to_json(&profile)?, length)
        })
    }
}

/// Takes in a forecast of the host's own for one user of an application, such as `[{"time": 300000, "mean": 900, "upper": 1200}]` in
/// requests of a whole step, where `upper` is the quantile (1 + confidence)/2: it counts in place of the balancer's in the steps that
/// it tells.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_set_forecast(
    balancer: *mut forescale_load_balancer,
    user: *const c_char,
    application: *const c_char,
    forecast_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let (user, application) = (text("user", user)?, text("application", application)?);
            let forecast: Vec<GivenForecast> =
                from_json("forecast_json", text("forecast_json", forecast_json)?)?;
            change("balancer", balancer, |balancer| balancer.set_forecast(user, application, &forecast))
        })
    }
}

/// Learns from a history in any order: a JSON list of records as in `forescale_load_balancer_observe`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_train(
    balancer: *mut forescale_load_balancer,
    history_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let history: Vec<UsageRecord> = from_json("history_json", text("history_json", history_json)?)?;
            change("balancer", balancer, |balancer| balancer.train(&history))
        })
    }
}

/// Counts one record as it comes in, such as `{"time": 0, "user": "ann", "application": "search", "requests": 60, "cpu": 2, "memory": 8,
/// "network": 1}`, where CPU, memory and network are what they kept in use on average over the step.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_observe(
    balancer: *mut forescale_load_balancer,
    record_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let record: UsageRecord = from_json("record_json", text("record_json", record_json)?)?;
            change("balancer", balancer, |balancer| balancer.observe(&record))
        })
    }
}

/// What a user of an application will ask for in the step of `time` (Unix milliseconds), and what that takes, as JSON with intervals.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_predict(
    balancer: *const forescale_load_balancer,
    user: *const c_char,
    application: *const c_char,
    time: i64,
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
            let (user, application) = (text("user", user)?, text("application", application)?);
            let prediction = read("balancer", balancer)?.predict(user, application, time)?;
            out.write_text(&to_json(&prediction)?, length)
        })
    }
}

/// All load to come as JSON, by how long it can wait: what `forescale_resource_manager_foresee` takes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_tier_demand(
    balancer: *const forescale_load_balancer,
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
            out.write_text(&to_json(&read("balancer", balancer)?.tier_demand()?)?, length)
        })
    }
}

/// How many instances of which kind each tier is to hold, hot first, as a JSON list with intervals.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_recommendations(
    balancer: *const forescale_load_balancer,
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
            out.write_text(&to_json(&read("balancer", balancer)?.recommendations()?)?, length)
        })
    }
}

/// Keys (users of applications) that are kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_keys(
    balancer: *const forescale_load_balancer,
    out_keys: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_keys", out_keys)?;
            out.write(read("balancer", balancer)?.keys());
            Ok(())
        })
    }
}

/// Keys that were dropped because others were used more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_dropped(
    balancer: *const forescale_load_balancer,
    out_dropped: *mut u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_dropped", out_dropped)?;
            out.write(read("balancer", balancer)?.dropped());
            Ok(())
        })
    }
}

/// In words: how a user of an application is forecast.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_explain(
    balancer: *const forescale_load_balancer,
    user: *const c_char,
    application: *const c_char,
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
            let (user, application) = (text("user", user)?, text("application", application)?);
            out.write_text(&read("balancer", balancer)?.explain(user, application), length)
        })
    }
}

/// The settings as JSON text, the defaults filled in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_config(
    balancer: *const forescale_load_balancer,
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
            out.write_text(&to_json(read("balancer", balancer)?.config())?, length)
        })
    }
}

/// Settings and state as bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_snapshot(
    balancer: *const forescale_load_balancer,
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
            out.write_or_measure(&read("balancer", balancer)?.snapshot()?, length)
        })
    }
}

/// A balancer from bytes of `forescale_load_balancer_snapshot`; it goes on as if it had never stopped.
/// The caller ends it with `forescale_load_balancer_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_load_balancer_restore(
    bytes: *const u8,
    length: usize,
    out_balancer: *mut *mut forescale_load_balancer,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_balancer", out_balancer)?;
            out.write(create(LoadBalancer::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
