//! Rails by hand and what they tell: pauses, resources, counterfactuals, tiers, and budgets that engines have in common.

use crate::engine_room::{forescale_engine, last};
use crate::error::*;
use crate::guard::*;
use engine::engine::{Claim, Engine, JointBudget, PauseDirection};
use std::ffi::c_char;

/// Pauses scaling `in`, `out`, or `both`, until `forescale_engine_resume`; saved with the state. The smallest and the largest count still
/// hold. What was paused before is replaced.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_pause(
    engine: *mut forescale_engine,
    direction: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let direction = PauseDirection::from_text(text("direction", direction)?)?;
            let pause = |engine: &mut Engine| -> Outcome {
                engine.pause(direction);
                Ok(())
            };
            change("engine", engine, pause)
        })
    }
}

/// Ends a pause.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_resume(
    engine: *mut forescale_engine,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let resume = |engine: &mut Engine| -> Outcome {
                engine.resume();
                Ok(())
            };
            change("engine", engine, resume)
        })
    }
}

/// The direction in which scaling is paused: `in`, `out`, `both`, or nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_paused(
    engine: *const forescale_engine,
    out_direction: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_direction", out_direction, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_text(read("engine", engine)?.paused().map_or("", |direction| direction.word()), length)
        })
    }
}

/// Takes in how much of a resource of the settings all replicas together use at `now` (Unix milliseconds); NaN = missing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_observe_resource(
    engine: *mut forescale_engine,
    now: i64,
    name: *const c_char,
    value: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let name = text("name", name)?;
            change("engine", engine, |engine| engine.observe_resource(now, name, value))
        })
    }
}

/// Lowers the last decision to its share of a budget that several engines have in common, as `forescale_joint_budget_share` tells it, and
/// gives the count then. A share that is no smaller changes nothing; in advisory and shadow mode it lowers what is advised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_limit_to_share(
    engine: *mut forescale_engine,
    share: u32,
    out_replicas: *mut u32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_replicas", out_replicas)?;
            let limit = |engine: &mut Engine| engine.limit_to_share(share).map(|decision| decision.replicas);
            out.write(change("engine", engine, limit)?);
            Ok(())
        })
    }
}

/// What the last decision would ask for, were the engine not advisory; else its count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_last_decision_advised(
    engine: *const forescale_engine,
    out_replicas: *mut u32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_replicas", out_replicas)?;
            out.write(last(read("engine", engine)?)?.advised);
            Ok(())
        })
    }
}

/// The last decision's count to feed to a horizontal pod autoscaler that passes over changes within its `tolerance` (0.1 unless told
/// otherwise), when `current` replicas are there: growth is rounded up to the smallest count that it acts on, and a shrink that it would
/// pass over is told as `current`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_last_decision_desired_for_hpa(
    engine: *const forescale_engine,
    current: u32,
    tolerance: f64,
    out_replicas: *mut u32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_replicas", out_replicas)?;
            out.write(last(read("engine", engine)?)?.desired_for_hpa(current, tolerance)?);
            Ok(())
        })
    }
}

/// What the last decision would have advised without the forecast, and without each rail that bound: the rails (`FORESCALE_RAIL_...`) and the
/// count without each, two arrays of the same capacity and length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_last_decision_counterfactuals(
    engine: *const forescale_engine,
    out_without_forecast: *mut u32,
    out_rails: *mut i32,
    out_replicas: *mut u32,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let forecast = Out::new("out_without_forecast", out_without_forecast)?;
            let rails = OutArray::new("out_rails", out_rails, capacity)?;
            let replicas = OutArray::new("out_replicas", out_replicas, capacity)?;
            let length = Out::new("out_length", out_length)?;
            let told = &last(read("engine", engine)?)?.counterfactuals;
            let (mut numbers, mut counts) = ([0; 32], [0; 32]);
            for ((number, count), without) in numbers.iter_mut().zip(&mut counts).zip(&told.without_rail) {
                (*number, *count) = (without.rail.number(), without.replicas);
            }
            let many = told.without_rail.len().min(32);
            forecast.write(told.without_forecast);
            rails.write_or_measure(numbers.get(..many).unwrap_or_default(), length)?;
            let length = Out::new("out_length", out_length)?;
            replicas.write_or_measure(counts.get(..many).unwrap_or_default(), length)
        })
    }
}

/// How the count that the last decision advises is spread over the tiers of the settings, in their order; nothing where there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_engine_last_decision_tiers(
    engine: *const forescale_engine,
    out_replicas: *mut u32,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_replicas", out_replicas, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(&last(read("engine", engine)?)?.tiers, length)
        })
    }
}

/// The count that each of several services gets under one budget, such as
/// `{"limit": 16, "pools": [{"cost": 2, "weight": 1, "min_replicas": 1}, {}]}`, from the counts that their engines decided for, what their
/// loads observed now need, and what they run: one of each a pool. `forescale_engine_limit_to_share` tells each engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_joint_budget_share(
    budget_json: *const c_char,
    wanted: *const u32,
    reactive: *const u32,
    current: *const u32,
    pools: usize,
    out_replicas: *mut u32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_replicas", out_replicas, pools)?;
            let budget: JointBudget =
                engine::config::from_json("budget_json", text("budget_json", budget_json)?)?;
            let wanted = slice("wanted", wanted, pools)?.iter().zip(slice("reactive", reactive, pools)?);
            let claims: Vec<Claim> = wanted
                .zip(slice("current", current, pools)?)
                .map(|((wanted, reactive), current)| Claim {
                    wanted: *wanted,
                    reactive: *reactive,
                    current: *current,
                })
                .collect();
            out.write(&budget.share(&claims)?)
        })
    }
}
