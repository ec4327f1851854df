//! How a call fails: a status, and a message in a structure that the caller owns.

use std::ffi::{CStr, c_char};

/// What every fallible function returns: `FORESCALE_OK`, or the number of what went wrong.
/// Numbers are never reused, and the same in every language.
pub type forescale_status = i32;

/// Done.
pub const FORESCALE_OK: forescale_status = 0;
/// A pointer that must not be NULL is NULL.
pub const FORESCALE_ERROR_NULL_ARGUMENT: forescale_status = 1;
/// The pointer is not a live handle of the type that was asked for.
pub const FORESCALE_ERROR_BAD_HANDLE: forescale_status = 2;
/// The answer has more elements than the buffer has room for; the message says how many.
pub const FORESCALE_ERROR_BUFFER_TOO_SMALL: forescale_status = 3;
/// A text is not valid UTF-8.
pub const FORESCALE_ERROR_NOT_UTF8: forescale_status = 4;
/// A setting is unknown, of the wrong type, or out of its range.
pub const FORESCALE_ERROR_CONFIG: forescale_status = 20;
/// The data cannot be used: not finite, empty, of the wrong shape, or going back in time.
pub const FORESCALE_ERROR_DATA: forescale_status = 40;
/// More data or an earlier call is needed first.
pub const FORESCALE_ERROR_NOT_READY: forescale_status = 60;
/// No answer exists, whatever is spent.
pub const FORESCALE_ERROR_INFEASIBLE: forescale_status = 61;
/// The caller's progress callback asked to stop.
pub const FORESCALE_ERROR_STOPPED: forescale_status = 62;
/// The bytes are not a snapshot, damaged, of another kind, or from a newer version.
pub const FORESCALE_ERROR_SNAPSHOT: forescale_status = 80;
/// A defect of this library: please report it.
pub const FORESCALE_ERROR_INTERNAL: forescale_status = 100;
/// An earlier call on this handle ended in `FORESCALE_ERROR_INTERNAL`: it can only be destroyed.
pub const FORESCALE_ERROR_POISONED: forescale_status = 101;

/// Where a call puts the details of its failure. The caller owns it; nothing in it is to be freed.
/// After a call that succeeded, `code` is 0 and `message` is empty.
#[repr(C)]
#[derive(Debug)]
pub struct forescale_error {
    /// The status that the call returned.
    pub code: i32,
    /// Zero.
    pub reserved: u32,
    /// What went wrong, naming the argument and the value: UTF-8, NUL-terminated, cut where it is too long.
    pub message: [c_char; 504],
}

const _: () = assert!(size_of::<forescale_error>() == 512);

/// The name of a status in CamelCase (`"Ok"`, `"Config"`, ...), or NULL for a number that is none.
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn forescale_status_name(status: forescale_status) -> *const c_char {
    name(status).map_or(std::ptr::null(), CStr::as_ptr)
}

fn name(status: forescale_status) -> Option<&'static CStr> {
    Some(match status {
        FORESCALE_OK => c"Ok",
        FORESCALE_ERROR_NULL_ARGUMENT => c"NullArgument",
        FORESCALE_ERROR_BAD_HANDLE => c"BadHandle",
        FORESCALE_ERROR_BUFFER_TOO_SMALL => c"BufferTooSmall",
        FORESCALE_ERROR_NOT_UTF8 => c"NotUtf8",
        FORESCALE_ERROR_CONFIG => c"Config",
        FORESCALE_ERROR_DATA => c"Data",
        FORESCALE_ERROR_NOT_READY => c"NotReady",
        FORESCALE_ERROR_INFEASIBLE => c"Infeasible",
        FORESCALE_ERROR_STOPPED => c"Stopped",
        FORESCALE_ERROR_SNAPSHOT => c"Snapshot",
        FORESCALE_ERROR_INTERNAL => c"Internal",
        FORESCALE_ERROR_POISONED => c"Poisoned",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_core_has_its_number_here() {
        for kind in engine::Error::KINDS {
            assert_eq!(name(kind.code).unwrap().to_str().unwrap(), kind.name);
        }
        let named = (0..1000).filter(|&status| name(status).is_some()).count();
        assert_eq!(named, engine::Error::KINDS.len() + 6, "the six that only C has: 0, 1, 2, 3, 4 and 101");
    }
}
