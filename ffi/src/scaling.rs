//! How do we get there? The fractal scaling identity, planned and sigmoid transitions, hysteresis, ramps.

use crate::error::*;
use crate::guard::*;
use engine::scaling;
use std::ffi::c_char;

/// `S(t + dt) = S(t) + integral of [alpha dL/dt + beta L + gamma d2L/dt2]` at every sample of the load.
/// `out_scale` has room for `length` numbers; the first is `s0`. On a load error this is the velocity form of a PID
/// controller (alpha proportional, beta integral, gamma derivative), on a load a predictor of scale.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_scaling_identity(
    load: *const f64,
    length: usize,
    step_seconds: f64,
    alpha: f64,
    beta: f64,
    gamma: f64,
    s0: f64,
    out_scale: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_scale", out_scale, length)?;
            let load = slice("load", load, length)?;
            out.write(&scaling::scaling_identity(load, step_seconds, alpha, beta, gamma, s0)?)
        })
    }
}

/// `1 / (1 + exp(-k (t - t0)))`, from 0 to 1; `k` is in 1 over the unit of `t` and `t0`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_sigmoid(
    t: f64,
    k: f64,
    t0: f64,
    out_value: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_value", out_value)?;
            out.write(scaling::sigmoid(t, k, t0)?);
            Ok(())
        })
    }
}

/// The natural logarithm of the sigmoid, precise where the sigmoid itself has vanished.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_log_sigmoid(
    t: f64,
    k: f64,
    t0: f64,
    out_value: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_value", out_value)?;
            out.write(scaling::log_sigmoid(t, k, t0)?);
            Ok(())
        })
    }
}

/// The derivative of the sigmoid by `t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_sigmoid_slope(
    t: f64,
    k: f64,
    t0: f64,
    out_value: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_value", out_value)?;
            out.write(scaling::sigmoid_slope(t, k, t0)?);
            Ok(())
        })
    }
}

/// The cheapest counts with which capacity never falls under demand. `demand` is what each of `length` steps needs, in replicas with
/// full capacity. `config_json` has the fields `step_seconds` (15), `start_up_seconds` (120), `warm_up` ([]), `drain_seconds` (0),
/// `running_cost` (1, a replica and second), `start_cost` (0), `max_up_per_step`, `max_down_per_step` (null: any count),
/// `min_replicas` (1) and `max_replicas` (1000). `out_replicas` and `out_capacity` have room for `length` numbers: the count to ask
/// for, and what serves. `out_transition_cost` is the part of the cost beyond the whole replicas that each step needs; no plan
/// costs less than `out_least_cost`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_plan_transition(
    demand: *const f64,
    length: usize,
    initial: u64,
    config_json: *const c_char,
    out_replicas: *mut u64,
    out_capacity: *mut f64,
    out_cost: *mut f64,
    out_transition_cost: *mut f64,
    out_least_cost: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let replicas = OutArray::new("out_replicas", out_replicas, length)?;
            let capacity = OutArray::new("out_capacity", out_capacity, length)?;
            let cost = Out::new("out_cost", out_cost)?;
            let transition_cost = Out::new("out_transition_cost", out_transition_cost)?;
            let least_cost = Out::new("out_least_cost", out_least_cost)?;
            let settings: scaling::TransitionPlanConfig = config("config_json", config_json)?;
            let plan = scaling::plan_transition(slice("demand", demand, length)?, initial, &settings)?;
            replicas.write(&plan.replicas)?;
            capacity.write(&plan.capacity)?;
            cost.write(plan.cost);
            transition_cost.write(plan.transition_cost);
            least_cost.write(plan.least_cost);
            Ok(())
        })
    }
}

/// What given counts cost in the terms of `forescale_plan_transition`, whether or not they cover the demand: `out_shortfall` is
/// the demand beyond capacity, in replica-seconds, `out_least_cost` that of the whole replicas needed, had they no start-up. `demand`, `replicas` and `out_capacity` have `length` numbers each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_assess_transition(
    demand: *const f64,
    length: usize,
    initial: u64,
    replicas: *const u64,
    config_json: *const c_char,
    out_capacity: *mut f64,
    out_cost: *mut f64,
    out_transition_cost: *mut f64,
    out_shortfall: *mut f64,
    out_least_cost: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let capacity = OutArray::new("out_capacity", out_capacity, length)?;
            let cost = Out::new("out_cost", out_cost)?;
            let transition_cost = Out::new("out_transition_cost", out_transition_cost)?;
            let shortfall = Out::new("out_shortfall", out_shortfall)?;
            let least_cost = Out::new("out_least_cost", out_least_cost)?;
            let settings: scaling::TransitionPlanConfig = config("config_json", config_json)?;
            let (demand, replicas) = (slice("demand", demand, length)?, slice("replicas", replicas, length)?);
            let way = scaling::assess_transition(demand, initial, replicas, &settings)?;
            capacity.write(&way.capacity)?;
            cost.write(way.cost);
            transition_cost.write(way.transition_cost);
            shortfall.write(way.shortfall);
            least_cost.write(way.least_cost);
            Ok(())
        })
    }
}

/// A smooth way from one scale to another.
#[derive(Debug)]
pub struct forescale_transition;
handle!(forescale_transition, scaling::Transition);

/// From near `initial` long before `t0` to near `target` long after it, along a sigmoid; `k` is above 0.
/// The caller ends it with `forescale_transition_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_transition_create(
    initial: f64,
    target: f64,
    k: f64,
    t0: f64,
    out_transition: *mut *mut forescale_transition,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_transition", out_transition)?;
            out.write(create(scaling::Transition::new(initial, target, k, t0)?));
            Ok(())
        })
    }
}

/// From one count of replicas to another within `duration_seconds` from `start` (in seconds), exact at both ends.
/// The caller ends it with `forescale_transition_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_transition_over(
    initial: u64,
    target: u64,
    start: f64,
    duration_seconds: f64,
    out_transition: *mut *mut forescale_transition,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_transition", out_transition)?;
            out.write(create(scaling::Transition::over(initial, target, start, duration_seconds)?));
            Ok(())
        })
    }
}

/// Ends a transition; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_transition_destroy(transition: *mut forescale_transition) {
    // SAFETY: as above.
    unsafe { destroy(transition) }
}

/// The scale at time `t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_transition_value(
    transition: *const forescale_transition,
    t: f64,
    out_value: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_value", out_value)?;
            out.write(read("transition", transition)?.value(t)?);
            Ok(())
        })
    }
}

/// The change of the scale per unit of time at `t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_transition_slope(
    transition: *const forescale_transition,
    t: f64,
    out_slope: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_slope", out_slope)?;
            out.write(read("transition", transition)?.slope(t)?);
            Ok(())
        })
    }
}

/// The count of replicas at time `t`: the integer nearest to the scale.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_transition_replicas(
    transition: *const forescale_transition,
    t: f64,
    out_replicas: *mut u64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_replicas", out_replicas)?;
            out.write(read("transition", transition)?.replicas(t)?);
            Ok(())
        })
    }
}

/// The scale with memory: one curve while the load rises, another while it falls.
#[derive(Debug)]
pub struct forescale_hysteresis;
handle!(forescale_hysteresis, scaling::Hysteresis);

/// The pairs (load, scale) of a curve, row after row.
///
/// # Safety
/// As for [`table`].
unsafe fn points(name: &'static str, pairs: *const f64, count: usize) -> Outcome<scaling::Points> {
    // SAFETY: as the caller says.
    let pairs = unsafe { table(name, pairs, count, 2)? };
    let points: Vec<(f64, f64)> =
        pairs.values().as_chunks().0.iter().map(|&[load, scale]| (load, scale)).collect();
    Ok(scaling::Points::new(name, points)?)
}

/// A hysteresis that has seen nothing yet. `up` and `down` are curves: `up_count` and `down_count` pairs (load, scale)
/// with increasing loads, one after the other, with straight lines between them and level ends.
/// The caller ends it with `forescale_hysteresis_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hysteresis_create(
    up: *const f64,
    up_count: usize,
    down: *const f64,
    down_count: usize,
    out_hysteresis: *mut *mut forescale_hysteresis,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_hysteresis", out_hysteresis)?;
            let (up, down) = (points("up", up, up_count)?, points("down", down, down_count)?);
            out.write(create(scaling::Hysteresis::new(up, down)));
            Ok(())
        })
    }
}

/// Ends a hysteresis; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hysteresis_destroy(hysteresis: *mut forescale_hysteresis) {
    // SAFETY: as above.
    unsafe { destroy(hysteresis) }
}

/// The deadband of least cost among those that keep the steps that noise causes in a sample to `most_false_steps` (above 0, 1 is
/// no limit). `noise` is the deviation of independent noise in the load, `step_cost` that of a change of the scale, `idle_cost`
/// (above 0) that of idle capacity for one unit of load, for one sample. `out_cost` is that of a sample.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hysteresis_design(
    noise: f64,
    step_cost: f64,
    idle_cost: f64,
    most_false_steps: f64,
    out_deadband: *mut f64,
    out_false_steps: *mut f64,
    out_cost: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let outs = (
                Out::new("out_deadband", out_deadband)?,
                Out::new("out_false_steps", out_false_steps)?,
                Out::new("out_cost", out_cost)?,
            );
            let design = scaling::Hysteresis::design(noise, step_cost, idle_cost, most_false_steps)?;
            outs.0.write(design.deadband);
            outs.1.write(design.false_steps);
            outs.2.write(design.cost);
            Ok(())
        })
    }
}

/// Holds the scale from now on until the load is further than `deadband`, in units of load, from where the scale was set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hysteresis_set_deadband(
    hysteresis: *mut forescale_hysteresis,
    deadband: f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || change("hysteresis", hysteresis, |hysteresis| hysteresis.set_deadband(deadband)))
    }
}

/// The deadband, in units of load; 0 unless it was set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hysteresis_deadband(
    hysteresis: *const forescale_hysteresis,
    out_deadband: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_deadband", out_deadband)?;
            out.write(read("hysteresis", hysteresis)?.deadband());
            Ok(())
        })
    }
}

/// Takes the next load and gives the scale.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hysteresis_update(
    hysteresis: *mut forescale_hysteresis,
    load: f64,
    out_scale: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_scale", out_scale)?;
            out.write(change("hysteresis", hysteresis, |hysteresis| hysteresis.update(load))?);
            Ok(())
        })
    }
}

/// The memory and the deadband as bytes, without the curves.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hysteresis_snapshot(
    hysteresis: *const forescale_hysteresis,
    out_bytes: *mut u8,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let bytes = OutArray::new("out_bytes", out_bytes, capacity)?;
            let length = Out::new("out_length", out_length)?;
            bytes.write_or_measure(&read("hysteresis", hysteresis)?.snapshot()?, length)
        })
    }
}

/// A hysteresis that goes on exactly as the one that was saved, given the same curves.
/// The caller ends it with `forescale_hysteresis_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hysteresis_restore(
    up: *const f64,
    up_count: usize,
    down: *const f64,
    down_count: usize,
    bytes: *const u8,
    length: usize,
    out_hysteresis: *mut *mut forescale_hysteresis,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_hysteresis", out_hysteresis)?;
            let (up, down) = (points("up", up, up_count)?, points("down", down, down_count)?);
            let bytes = slice("bytes", bytes, length)?;
            out.write(create(scaling::Hysteresis::restore(up, down, bytes)?));
            Ok(())
        })
    }
}

/// `r0 + k (L - L0)` at every sample of the predicted load: the integral of `dR/dt = k dL/dt`.
/// `out_resource` has room for `length` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_ramp(
    predicted_load: *const f64,
    length: usize,
    step_seconds: f64,
    k: f64,
    r0: f64,
    out_resource: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_resource", out_resource, length)?;
            let load = slice("predicted_load", predicted_load, length)?;
            out.write(&scaling::ramp(load, step_seconds, k, r0)?)
        })
    }
}
