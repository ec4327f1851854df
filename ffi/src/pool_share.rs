//! Groups of tenants that run on common capacity because their peaks do not coincide.

use crate::error::*;
use crate::guard::*;
use engine::config::to_json;
use engine::pool::{ShareConfig, share};
use std::ffi::c_char;

/// Groups tenants by their loads, a row each and a column a step; NaN = missing. `config_json` such as `{"quantile": 0.99}`. The answer
/// is JSON: the groups with their capacity and risk, and the share of the isolated capacity that is saved.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_share(
    loads: *const f64,
    tenants: usize,
    steps: usize,
    config_json: *const c_char,
    out_json: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_json", out_json, capacity)?;
            let length = Out::new("out_length", out_length)?;
            let settings: ShareConfig = config("config_json", config_json)?;
            let sharing = share(table("loads", loads, tenants, steps)?, &settings)?;
            out.write_text(&to_json(&sharing)?, length)
        })
    }
}
