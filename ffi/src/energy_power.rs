//! What does it burn? Power curves, kinds of hardware, and the energy of going from one count of machines to another.

use crate::error::*;
use crate::guard::*;
use engine::energy::{HardwareProfile, PowerCurve, transition_energy};
use std::ffi::c_char;

/// The power of a machine at every utilization from 0 to 1, in watts.
#[derive(Debug)]
pub struct forescale_power_curve;
handle!(forescale_power_curve, PowerCurve);

/// The curve through watts at utilizations of equal distances, the first at 0 and the last at 1: two numbers are idle and busy, eleven a
/// SPECpower table. The caller ends it with `forescale_power_curve_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_power_curve_create(
    watts_at_utilization: *const f64,
    length: usize,
    out_curve: *mut *mut forescale_power_curve,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_curve", out_curve)?;
            out.write(create(PowerCurve::new(slice("watts_at_utilization", watts_at_utilization, length)?)?));
            Ok(())
        })
    }
}

/// Ends a curve; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_power_curve_destroy(curve: *mut forescale_power_curve) {
    // SAFETY: as above.
    unsafe { destroy(curve) }
}

/// The power at a utilization, in watts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_power_curve_watts(
    curve: *const forescale_power_curve,
    utilization: f64,
    out_watts: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_watts", out_watts)?;
            out.write(read("curve", curve)?.watts(utilization)?);
            Ok(())
        })
    }
}

/// The watts that it goes through, at utilizations of equal distances: the first is idle, the last busy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_power_curve_points(
    curve: *const forescale_power_curve,
    out_points: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_points", out_points, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(read("curve", curve)?.points(), length)
        })
    }
}

/// The curve of `count` such machines side by side, equally used; `count` need not be whole.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_power_curve_times(
    curve: *const forescale_power_curve,
    count: f64,
    out_curve: *mut *mut forescale_power_curve,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_curve", out_curve)?;
            out.write(create(read("curve", curve)?.times(count)?));
            Ok(())
        })
    }
}

/// A kind of machine: what it draws in service, while it starts, and while it drains.
#[derive(Debug)]
pub struct forescale_hardware_profile;
handle!(forescale_hardware_profile, HardwareProfile);

/// A kind of one's own. `starting_watts` is what it draws from creation until it is ready, `draining_watts` from the end of service until
/// it is gone; NULL is the idle power. `source` says where the numbers come from; NULL is "given".
/// The caller ends it with `forescale_hardware_profile_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hardware_profile_create(
    name: *const c_char,
    power: *const forescale_power_curve,
    starting_watts: *const f64,
    draining_watts: *const f64,
    source: *const c_char,
    out_profile: *mut *mut forescale_hardware_profile,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_profile", out_profile)?;
            let (name, power) = (text("name", name)?, read("power", power)?.clone());
            let starting = optional("starting_watts", starting_watts)?;
            let draining = optional("draining_watts", draining_watts)?;
            let source = optional_text("source", source)?;
            out.write(create(HardwareProfile::new(name, power, starting, draining, source)?));
            Ok(())
        })
    }
}

/// Ends a profile; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hardware_profile_destroy(profile: *mut forescale_hardware_profile) {
    // SAFETY: as above.
    unsafe { destroy(profile) }
}

/// A kind that ships with the library: a hardware thread of a CPU generation, a GPU, or a whole cloud instance type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hardware_profile_named(
    name: *const c_char,
    out_profile: *mut *mut forescale_hardware_profile,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_profile", out_profile)?;
            out.write(create(HardwareProfile::named(text("name", name)?)?));
            Ok(())
        })
    }
}

/// The names that `forescale_hardware_profile_named` knows, as a JSON array of texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hardware_profile_names(
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
            out.write_text(&engine::config::to_json(&HardwareProfile::names())?, length)
        })
    }
}

/// What users call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hardware_profile_name(
    profile: *const forescale_hardware_profile,
    out_name: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_name", out_name, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_text(&read("profile", profile)?.name, length)
        })
    }
}

/// Where the numbers come from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hardware_profile_source(
    profile: *const forescale_hardware_profile,
    out_source: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_source", out_source, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_text(&read("profile", profile)?.source, length)
        })
    }
}

/// Power in service against utilization; the caller ends the curve with `forescale_power_curve_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hardware_profile_power(
    profile: *const forescale_hardware_profile,
    out_curve: *mut *mut forescale_power_curve,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_curve", out_curve)?;
            out.write(create(read("profile", profile)?.power.clone()));
            Ok(())
        })
    }
}

/// Power while it starts and while it drains, in watts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_hardware_profile_transition_watts(
    profile: *const forescale_hardware_profile,
    out_starting_watts: *mut f64,
    out_draining_watts: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let starting = Out::new("out_starting_watts", out_starting_watts)?;
            let draining = Out::new("out_draining_watts", out_draining_watts)?;
            let profile = read("profile", profile)?;
            starting.write(profile.starting_watts);
            draining.write(profile.draining_watts);
            Ok(())
        })
    }
}

/// The energy of changing counts along `path`, in joules: starts times starting power times `boot_seconds`, and stops times draining power
/// times `drain_seconds`. `path` is the count of machines step by step, its first the count before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_transition_energy(
    path: *const u32,
    length: usize,
    profile: *const forescale_hardware_profile,
    boot_seconds: f64,
    drain_seconds: f64,
    out_joules: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_joules", out_joules)?;
            let (path, profile) = (slice("path", path, length)?, read("profile", profile)?);
            out.write(transition_energy(path, profile, boot_seconds, drain_seconds)?);
            Ok(())
        })
    }
}
