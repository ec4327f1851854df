//! Who decides? Policies are named in settings, such as `"hpa"` or `{"hpa": {"target_utilization": 0.6}}`.

use crate::error::*;
use crate::guard::*;
use engine::policy::PolicyConfig;
use std::ffi::c_char;

/// Refuses a policy that is unknown or has settings out of range.
/// `policy_json` is a bare name (static, hpa, seasonal_max, predictive, oracle) or a name with settings as JSON text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_policy_check(
    policy_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe { entry(error, || Ok(PolicyConfig::from_text(text("policy_json", policy_json)?)?.check()?)) }
}
