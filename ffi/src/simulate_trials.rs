//! Does it work? Chaos, rollouts, tuning, and two worlds under the same load.

use crate::error::*;
use crate::guard::*;
use crate::load::forescale_series;
use crate::simulate::forescale_report;
use engine::engine::EngineConfig;
use engine::policy::PolicyConfig;
use engine::simulate::{self, DualConfig, Rollout, RolloutConfig, TuneConfig, Verdict, World, chaos};
use std::ffi::{c_char, c_void};

/// A text that took long to make.
#[derive(Debug)]
pub struct forescale_text;
handle!(forescale_text, String);

/// Ends a text; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_text_destroy(text: *mut forescale_text) {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe { destroy(text) }
}

/// The text itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_text_value(
    text: *const forescale_text,
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
            out.write_text(read("text", text)?, length)
        })
    }
}

/// The scenario of a seed as JSON text: a service, a hostile load, and one to three faults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_chaos_scenario(
    seed: u64,
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
            out.write_text(&chaos::scenario(seed).to_json(), length)
        })
    }
}

/// Plays a scenario with an engine of these settings (`{"policy": "hpa"}`, NULL for the defaults), of which the scenario fills in times, bounds
/// and the service rate; gives what it brought to light as JSON text, which the caller ends with `forescale_text_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_chaos_run(
    scenario_json: *const c_char,
    config_json: *const c_char,
    out_findings: *mut *mut forescale_text,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_findings", out_findings)?;
            text("scenario_json", scenario_json)?;
            let scenario: chaos::Scenario = config("scenario_json", scenario_json)?;
            let settings: EngineConfig = config("config_json", config_json)?;
            out.write(create(chaos::run(&scenario, &settings)?.to_json()));
            Ok(())
        })
    }
}

/// Plays the scenarios of `count` seeds from `first_seed` on (at most a million), on so many threads; gives the survey as JSON text, which the
/// caller ends with `forescale_text_destroy`. `progress` and `user` are as for `forescale_backtest`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_chaos_survey(
    first_seed: u64,
    count: usize,
    config_json: *const c_char,
    threads: usize,
    progress: Option<unsafe extern "C" fn(share: f64, user: *mut c_void) -> i32>,
    user: *mut c_void,
    out_survey: *mut *mut forescale_text,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_survey", out_survey)?;
            let settings: EngineConfig = config("config_json", config_json)?;
            let mut goes_on = |share| progress.is_none_or(|progress| progress(share, user) != 0);
            let survey = chaos::survey_with_progress(first_seed, count, &settings, threads, &mut goes_on)?;
            out.write(create(survey.to_json()));
            Ok(())
        })
    }
}

/// Tunes the settings of a policy (a name, or JSON text) on the first part of a load, and reports what they are worth on the rest:
/// `{"objective": {"price": {"violation_cost_per_hour": 100}}, "holdout_share": 0.3, "holdout_seconds": null, "budget": 60}`, NULL for
/// these. Gives JSON text, which the caller ends with `forescale_text_destroy`. The rest is as for `forescale_backtest`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_tune(
    policy: *const c_char,
    series: *const forescale_series,
    world_json: *const c_char,
    config_json: *const c_char,
    seed: u64,
    progress: Option<unsafe extern "C" fn(share: f64, user: *mut c_void) -> i32>,
    user: *mut c_void,
    out_tuned: *mut *mut forescale_text,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_tuned", out_tuned)?;
            let policy = PolicyConfig::from_text(text("policy", policy)?)?;
            let load = read("series", series)?;
            let world: World = config("world_json", world_json)?;
            let settings: TuneConfig = config("config_json", config_json)?;
            let mut goes_on = |share| progress.is_none_or(|progress| progress(share, user) != 0);
            let tuned = simulate::tune_with_progress(&policy, load, &world, &settings, seed, &mut goes_on)?;
            out.write(create(tuned.to_json()));
            Ok(())
        })
    }
}

/// Runs the same generated load through a world of fixed size, which is that of the peak, and an elastic one:
/// `{"load": {...}, "elastic": "predictive", "buffer": 0, "comparison": {...}}`, NULL for these. Gives what the two came to as JSON text, and the
/// report with both; the caller ends them. The rest is as for `forescale_backtest`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_dual(
    config_json: *const c_char,
    world_json: *const c_char,
    seed: u64,
    progress: Option<unsafe extern "C" fn(share: f64, user: *mut c_void) -> i32>,
    user: *mut c_void,
    out_dual: *mut *mut forescale_text,
    out_report: *mut *mut forescale_report,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let (out, report) = (Out::new("out_dual", out_dual)?, Out::new("out_report", out_report)?);
            let settings: DualConfig = config("config_json", config_json)?;
            let world: World = config("world_json", world_json)?;
            let mut goes_on = |share| progress.is_none_or(|progress| progress(share, user) != 0);
            let dual = simulate::dual_with_progress(&settings, &world, seed, &mut goes_on)?;
            out.write(create(dual.to_json()));
            report.write(create(dual.report));
            Ok(())
        })
    }
}

/// Stay at this share.
pub const FORESCALE_VERDICT_HOLD: i32 = 1;
/// Go on to the next share.
pub const FORESCALE_VERDICT_ADVANCE: i32 = 2;
/// Back to the old policy everywhere, for good.
pub const FORESCALE_VERDICT_ROLL_BACK: i32 = 3;
/// The new policy everywhere, for good.
pub const FORESCALE_VERDICT_PROMOTE: i32 = 4;

const _: () = assert!(Verdict::Promote as i32 + 1 == FORESCALE_VERDICT_PROMOTE);

/// A rollout under way.
#[derive(Debug)]
pub struct forescale_rollout;
handle!(forescale_rollout, Rollout);

/// A rollout at its first share: `{"stages": [0.01, 0.05, 0.25, 1], "alpha": 0.05, "look_intervals": 240, "looks": 6,
/// "violation_cost_per_hour": 100, "resamples": 2000, "seed": 0, "services": 100}`, NULL for these.
/// The caller ends it with `forescale_rollout_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_rollout_create(
    config_json: *const c_char,
    out_rollout: *mut *mut forescale_rollout,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_rollout", out_rollout)?;
            let settings: RolloutConfig = config("config_json", config_json)?;
            out.write(create(Rollout::new(settings)?));
            Ok(())
        })
    }
}

/// Ends a rollout; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_rollout_destroy(rollout: *mut forescale_rollout) {
    // SAFETY: as above.
    unsafe { destroy(rollout) }
}

/// Takes in what one interval cost, and for how many seconds the promise was broken in it, with the old policy in the control group and
/// with the new one in a group of the same size; gives one of `FORESCALE_VERDICT_...`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_rollout_observe(
    rollout: *mut forescale_rollout,
    old_cost: f64,
    old_violation_seconds: f64,
    new_cost: f64,
    new_violation_seconds: f64,
    out_verdict: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_verdict", out_verdict)?;
            let verdict = change("rollout", rollout, |rollout| {
                rollout.observe(old_cost, old_violation_seconds, new_cost, new_violation_seconds)
            })?;
            out.write(verdict.number());
            Ok(())
        })
    }
}

/// The share that is to run the new policy now, and how the rollout ended: one of `FORESCALE_VERDICT_...`, 0 while it goes on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_rollout_share(
    rollout: *const forescale_rollout,
    out_share: *mut f64,
    out_ended: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let (share, ended) = (Out::new("out_share", out_share)?, Out::new("out_ended", out_ended)?);
            let rollout = read("rollout", rollout)?;
            share.write(rollout.share());
            ended.write(rollout.ended().map_or(0, Verdict::number));
            Ok(())
        })
    }
}

/// Share, end and looks as JSON text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_rollout_to_json(
    rollout: *const forescale_rollout,
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
            out.write_text(&read("rollout", rollout)?.to_json(), length)
        })
    }
}

/// The whole state as bytes that `forescale_rollout_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_rollout_snapshot(
    rollout: *const forescale_rollout,
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
            out.write_or_measure(&read("rollout", rollout)?.snapshot()?, length)
        })
    }
}

/// The rollout that a snapshot was taken of: it goes on as if it had never stopped.
/// The caller ends it with `forescale_rollout_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_rollout_restore(
    bytes: *const u8,
    length: usize,
    out_rollout: *mut *mut forescale_rollout,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_rollout", out_rollout)?;
            out.write(create(Rollout::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}

/// Rolls a new policy out in place of an old one (names, or JSON texts) in simulation, over the load for each of the services; ends with the load
/// at the latest, and is then where it got to. The caller ends the rollout. The rest is as for `forescale_backtest`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_rollout_simulate(
    series: *const forescale_series,
    old_policy: *const c_char,
    new_policy: *const c_char,
    world_json: *const c_char,
    config_json: *const c_char,
    seed: u64,
    progress: Option<unsafe extern "C" fn(share: f64, user: *mut c_void) -> i32>,
    user: *mut c_void,
    out_rollout: *mut *mut forescale_rollout,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_rollout", out_rollout)?;
            let load = read("series", series)?;
            let old = PolicyConfig::from_text(text("old_policy", old_policy)?)?;
            let new = PolicyConfig::from_text(text("new_policy", new_policy)?)?;
            let world: World = config("world_json", world_json)?;
            let settings: RolloutConfig = config("config_json", config_json)?;
            let mut goes_on = |share| progress.is_none_or(|progress| progress(share, user) != 0);
            let rolled =
                simulate::rollout_with_progress(load, &old, &new, &world, &settings, seed, &mut goes_on)?;
            out.write(create(rolled));
            Ok(())
        })
    }
}
