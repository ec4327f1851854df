//! Several regions and applications under one budget: what runs where, and who serves whom.

use crate::error::*;
use crate::guard::*;
use crate::pool_clones::outcome;
use engine::config::{from_json, to_json};
use engine::pool::{
    Application, CarbonIntensity, GivenForecast, Latency, Region, Regions, RegionsConfig, RunningReplicas,
};
use std::ffi::c_char;

/// How much of each application to run in which region, and which region serves whose requests.
#[derive(Debug)]
pub struct forescale_regions;
handle!(forescale_regions, Regions);

/// No region and no application yet, with settings such as `{"budget": {"cost": 100}, "carbon_price": 0.1}`; NULL stands for the defaults.
/// The caller ends it with `forescale_regions_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_create(
    config_json: *const c_char,
    out_regions: *mut *mut forescale_regions,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_regions", out_regions)?;
            let settings: RegionsConfig = config("config_json", config_json)?;
            out.write(create(Regions::new(settings)?));
            Ok(())
        })
    }
}

/// Ends regions; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_destroy(regions: *mut forescale_regions) {
    // SAFETY: as above.
    unsafe { destroy(regions) }
}

/// Adds a region, such as `{"name": "europe", "capacity": 100, "cost": 1.2, "watts": 300}`, or changes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_set_region(
    regions: *mut forescale_regions,
    region_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let region: Region = from_json("region_json", text("region_json", region_json)?)?;
            change("regions", regions, |regions| regions.set_region(region))
        })
    }
}

/// Adds an application, such as `{"name": "shop", "service_rate": 10, "most_latency": 100, "residency": {"europe": ["europe"]}}`, or changes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_set_application(
    regions: *mut forescale_regions,
    application_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let application: Application =
                from_json("application_json", text("application_json", application_json)?)?;
            change("regions", regions, |regions| regions.set_application(application))
        })
    }
}

/// Says how far regions are apart, such as `[{"from": "europe", "to": "america", "milliseconds": 90}]`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_set_latencies(
    regions: *mut forescale_regions,
    latencies_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let latencies: Vec<Latency> =
                from_json("latencies_json", text("latencies_json", latencies_json)?)?;
            change("regions", regions, |regions| regions.set_latencies(latencies))
        })
    }
}

/// The carbon intensity of a region's power, such as `[{"time": 0, "grams": 300}, {"time": 3600000, "grams": 120}]`, each value until the next.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_set_carbon(
    regions: *mut forescale_regions,
    region: *const c_char,
    carbon_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let region = text("region", region)?;
            let carbon: Vec<CarbonIntensity> = from_json("carbon_json", text("carbon_json", carbon_json)?)?;
            change("regions", regions, |regions| regions.set_carbon(region, carbon))
        })
    }
}

/// Takes in a forecast of the host's own for the requests from a region for an application, such as
/// `[{"time": 300000, "mean": 900, "upper": 1200}]`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_set_forecast(
    regions: *mut forescale_regions,
    region: *const c_char,
    application: *const c_char,
    forecast_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let (region, application) = (text("region", region)?, text("application", application)?);
            let forecast: Vec<GivenForecast> =
                from_json("forecast_json", text("forecast_json", forecast_json)?)?;
            change("regions", regions, |regions| regions.set_forecast(region, application, &forecast))
        })
    }
}

/// A region is lost: its load is spread over the others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_region_lost(
    regions: *mut forescale_regions,
    region: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let region = text("region", region)?;
            change("regions", regions, |regions| regions.region_lost(region))
        })
    }
}

/// A region is back: it is given its load again step by step.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_region_back(
    regions: *mut forescale_regions,
    region: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let region = text("region", region)?;
            change("regions", regions, |regions| regions.region_back(region))
        })
    }
}

/// Counts requests from a region for an application, as they come in at `now` (Unix milliseconds).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_observe(
    regions: *mut forescale_regions,
    now: i64,
    region: *const c_char,
    application: *const c_char,
    requests: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let (region, application) = (text("region", region)?, text("application", application)?);
            change("regions", regions, |regions| regions.observe(now, region, application, requests))
        })
    }
}

/// What really runs, such as `[{"region": "europe", "application": "shop", "replicas": 4}]`; what is not in it does not run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_reconcile(
    regions: *mut forescale_regions,
    now: i64,
    running_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let running: Vec<RunningReplicas> =
                from_json("running_json", text("running_json", running_json)?)?;
            change("regions", regions, |regions| regions.reconcile(now, &running))
        })
    }
}

/// What became of instruction `id`: `confirmed` or `failed`. The same report twice changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_report(
    regions: *mut forescale_regions,
    id: u64,
    outcome: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let outcome = self::outcome(text("outcome", outcome)?)?;
            change("regions", regions, |regions| regions.report(id, outcome))
        })
    }
}

/// One round at `now` (Unix milliseconds); `forescale_regions_instructions` tells what is to be done, `forescale_regions_routes` who serves
/// whom.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_plan(
    regions: *mut forescale_regions,
    now: i64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { entry(error, || change("regions", regions, |regions| regions.plan(now)).map(drop)) }
}

/// What the last round handed out, as a JSON list of instructions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_instructions(
    regions: *const forescale_regions,
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
            out.write_text(&to_json(read("regions", regions)?.instructions())?, length)
        })
    }
}

/// Where the requests for each application from each region are to go, as a JSON list: shares, and what is not served and why.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_routes(
    regions: *const forescale_regions,
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
            out.write_text(&to_json(&read("regions", regions)?.routes())?, length)
        })
    }
}

/// Replicas of each application in each region, wanted and running, as a JSON list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_replicas(
    regions: *const forescale_regions,
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
            out.write_text(&to_json(&read("regions", regions)?.replicas())?, length)
        })
    }
}

/// What is expected from a region for an application in the coming steps, as a JSON list of means and upper limits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_forecast(
    regions: *const forescale_regions,
    region: *const c_char,
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
            let (region, application) = (text("region", region)?, text("application", application)?);
            out.write_text(&to_json(&read("regions", regions)?.forecast(region, application)?)?, length)
        })
    }
}

/// In words: where an application runs, what the last round wanted and why, who serves whom, and what limits it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_explain(
    regions: *const forescale_regions,
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
            out.write_text(&read("regions", regions)?.explain(text("application", application)?)?, length)
        })
    }
}

/// What changed and why, as JSON: the `records` since the journal was last cleared, and how many were `lost` before them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_journal(
    regions: *const forescale_regions,
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
            out.write_text(&to_json(read("regions", regions)?.journal())?, length)
        })
    }
}

/// Forgets the records of the journal.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_clear_journal(
    regions: *mut forescale_regions,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            change("regions", regions, |regions| -> engine::Result<()> {
                regions.clear_journal();
                Ok(())
            })
        })
    }
}

/// The settings as JSON text, the defaults filled in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_config(
    regions: *const forescale_regions,
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
            out.write_text(&to_json(read("regions", regions)?.config())?, length)
        })
    }
}

/// Settings and state as bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_snapshot(
    regions: *const forescale_regions,
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
            out.write_or_measure(&read("regions", regions)?.snapshot()?, length)
        })
    }
}

/// Regions from bytes of `forescale_regions_snapshot`; they go on as if they had never stopped.
/// The caller ends it with `forescale_regions_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_regions_restore(
    bytes: *const u8,
    length: usize,
    out_regions: *mut *mut forescale_regions,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_regions", out_regions)?;
            out.write(create(Regions::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
