//! Which library this is: its version, and the version of its binary interface.

use std::ffi::c_char;

/// The version of the binary interface that this header describes; it grows when a program compiled against an
/// older header would not work any more. Compare it with `forescale_abi_version()`.
pub const FORESCALE_ABI_VERSION: u32 = 1;

/// The version of the binary interface of the library that was loaded.
#[unsafe(no_mangle)]
pub extern "C" fn forescale_abi_version() -> u32 {
    FORESCALE_ABI_VERSION
}

/// The version of the library that was loaded, as `"0.1.0"`. The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn forescale_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
