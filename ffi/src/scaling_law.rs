//! How do we get there? The scaling law, its tuning and margins, and its gains on many time scales.

use crate::error::*;
use crate::guard::*;
use engine::scaling;
use std::ffi::c_char;

/// The scaling identity, incremental: clamped to limits, without wind-up of its integral.
#[derive(Debug)]
pub struct forescale_scaling_law;
handle!(forescale_scaling_law, scaling::ScalingLaw);

/// A law that has seen nothing yet. `config_json` has the fields `alpha` (1), `beta` (0), `gamma` (0), `filter_seconds` (0:
/// the gamma term passes no filter), `low` (1), `high` (1000) and `s0` (0), with their defaults. The caller ends it with `forescale_scaling_law_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_scaling_law_create(
    config_json: *const c_char,
    out_law: *mut *mut forescale_scaling_law,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_law", out_law)?;
            out.write(create(scaling::ScalingLaw::new(config("config_json", config_json)?)?));
            Ok(())
        })
    }
}

/// Ends a scaling law; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_scaling_law_destroy(law: *mut forescale_scaling_law) {
    // SAFETY: as above.
    unsafe { destroy(law) }
}

/// Takes one sample, `step_seconds` after the one before, and gives the new scale.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_scaling_law_update(
    law: *mut forescale_scaling_law,
    load: f64,
    step_seconds: f64,
    out_scale: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_scale", out_scale)?;
            out.write(change("law", law, |law| law.update(load, step_seconds))?);
            Ok(())
        })
    }
}

/// Takes the gains with which the identity comes closest to a recorded `scale`, by least squares, and begins anew.
/// `load` and `scale` have `length` samples each, at least 4, `step_seconds` apart. The error is the root mean square of
/// what the gains leave unexplained. A gain of which the record says nothing becomes 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_scaling_law_tune(
    law: *mut forescale_scaling_law,
    load: *const f64,
    scale: *const f64,
    length: usize,
    step_seconds: f64,
    out_error: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_error", out_error)?;
            let (load, scale) = (slice("load", load, length)?, slice("scale", scale, length)?);
            out.write(change("law", law, |law| law.tune(load, scale, step_seconds))?);
            Ok(())
        })
    }
}

/// Takes the gains that would have been cheapest on this demand, by simulation with replicas that serve one start-up later, and begins anew.
/// `config_json` has the fields `step_seconds` (15), `start_up_seconds` (120), `missing_cost` (10), `idle_cost` (1), `change_cost` (1)
/// and `gain_margin` (2). The cost is the mean of a step.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_scaling_law_tune_simulated(
    law: *mut forescale_scaling_law,
    demand: *const f64,
    length: usize,
    config_json: *const c_char,
    out_cost: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_cost", out_cost)?;
            let demand = slice("demand", demand, length)?;
            let settings: scaling::SimulatedTuningConfig = config("config_json", config_json)?;
            out.write(change("law", law, |law| law.tune_simulated(demand, &settings))?);
            Ok(())
        })
    }
}

/// The gains: what the settings say, or what tuning found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_scaling_law_gains(
    law: *const forescale_scaling_law,
    out_alpha: *mut f64,
    out_beta: *mut f64,
    out_gamma: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let outs = (
                Out::new("out_alpha", out_alpha)?,
                Out::new("out_beta", out_beta)?,
                Out::new("out_gamma", out_gamma)?,
            );
            let (alpha, beta, gamma) = read("law", law)?.gains();
            outs.0.write(alpha);
            outs.1.write(beta);
            outs.2.write(gamma);
            Ok(())
        })
    }
}

/// The scale after the last sample.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_scaling_law_scale(
    law: *const forescale_scaling_law,
    out_scale: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_scale", out_scale)?;
            out.write(read("law", law)?.scale());
            Ok(())
        })
    }
}

/// The whole state as bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_scaling_law_snapshot(
    law: *const forescale_scaling_law,
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
            bytes.write_or_measure(&read("law", law)?.snapshot()?, length)
        })
    }
}

/// A law that goes on exactly as the one that was saved. The caller ends it with `forescale_scaling_law_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_scaling_law_restore(
    bytes: *const u8,
    length: usize,
    out_law: *mut *mut forescale_scaling_law,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_law", out_law)?;
            out.write(create(scaling::ScalingLaw::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}

/// How much more gain (a factor), phase lag (radians) or delay a scaling law on the error bears, when what it asks for serves
/// `start_up_seconds` later; all 0 if the loop is unstable already. `filter_seconds` is that of the law, 0 for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_stability_margins(
    alpha: f64,
    beta: f64,
    gamma: f64,
    step_seconds: f64,
    start_up_seconds: f64,
    filter_seconds: f64,
    out_gain: *mut f64,
    out_phase: *mut f64,
    out_delay_seconds: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let outs = (
                Out::new("out_gain", out_gain)?,
                Out::new("out_phase", out_phase)?,
                Out::new("out_delay_seconds", out_delay_seconds)?,
            );
            let margins = scaling::stability_margins(
                alpha,
                beta,
                gamma,
                step_seconds,
                start_up_seconds,
                filter_seconds,
            )?;
            outs.0.write(margins.gain);
            outs.1.write(margins.phase);
            outs.2.write(margins.delay_seconds);
            Ok(())
        })
    }
}

/// The gains that do on a load `by` times as slow what the given ones do: alpha, beta / by, gamma * by.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_stretch_gains(
    alpha: f64,
    beta: f64,
    gamma: f64,
    by: f64,
    out_alpha: *mut f64,
    out_beta: *mut f64,
    out_gamma: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let outs = (
                Out::new("out_alpha", out_alpha)?,
                Out::new("out_beta", out_beta)?,
                Out::new("out_gamma", out_gamma)?,
            );
            let (alpha, beta, gamma) = scaling::stretch_gains(alpha, beta, gamma, by)?;
            outs.0.write(alpha);
            outs.1.write(beta);
            outs.2.write(gamma);
            Ok(())
        })
    }
}

/// Deviation of a slope over `window` samples (at least 3) per deviation of independent noise in the load.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_slope_noise(
    window: usize,
    step_seconds: f64,
    out_noise: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_noise", out_noise)?;
            out.write(scaling::slope_noise(window, step_seconds)?);
            Ok(())
        })
    }
}

/// The change of scale over the last 1, 2, 4, ... steps at every sample, with the gains stretched to each: `scales` rows of
/// `length` numbers, row after row, so `out_changes` has room for `scales * length`. `window` (at least 3) is that of the slope.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_multiscale_scaling(
    load: *const f64,
    length: usize,
    step_seconds: f64,
    alpha: f64,
    beta: f64,
    gamma: f64,
    scales: usize,
    window: usize,
    out_changes: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_changes", out_changes, length.saturating_mul(scales))?;
            let load = slice("load", load, length)?;
            let rows = scaling::multiscale_scaling(load, step_seconds, alpha, beta, gamma, scales, window)?;
            out.write(&rows.concat())
        })
    }
}
