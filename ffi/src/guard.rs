//! The rules that every exported function keeps, written once.
//!
//! - A body runs inside [`entry`]: a failure becomes a status and a message, and a panic becomes
//!   `FORESCALE_ERROR_INTERNAL` instead of unwinding into C.
//! - Pointers are checked for NULL and alignment before they are read; NULL with length 0 is an empty array.
//! - Out-parameters are written only on success, after everything else, and may overlap inputs.
//! - A handle is a tagged box. A panic inside a changing call poisons it: half-learned state is worse than an error.

use crate::error::*;
use engine::Error;
use serde::de::DeserializeOwned;
use std::any::Any;
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why an exported function did not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    NullArgument(&'static str),
    BadHandle(&'static str),
    BufferTooSmall { name: &'static str, capacity: usize, needed: usize },
    NotUtf8(&'static str),
    Poisoned(&'static str),
    Core(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Core(error)
    }
}

impl Failure {
    fn status(&self) -> forescale_status {
        match self {
            Failure::NullArgument(_) => FORESCALE_ERROR_NULL_ARGUMENT,
            Failure::BadHandle(_) => FORESCALE_ERROR_BAD_HANDLE,
            Failure::BufferTooSmall { .. } => FORESCALE_ERROR_BUFFER_TOO_SMALL,
            Failure::NotUtf8(_) => FORESCALE_ERROR_NOT_UTF8,
            Failure::Poisoned(_) => FORESCALE_ERROR_POISONED,
            Failure::Core(error) => error.code(),
        }
    }

    fn message(&self) -> String {
        match self {
            Failure::NullArgument(name) => format!("{name}: must not be NULL"),
            Failure::BadHandle(name) => format!("{name}: is not a live handle of this type"),
            Failure::BufferTooSmall { name, capacity, needed } => {
                format!("{name}: has room for {capacity} elements, but {needed} are needed")
            }
            Failure::NotUtf8(name) => format!("{name}: is not valid UTF-8"),
            Failure::Poisoned(name) => {
                format!("{name}: an earlier call on it failed inside the library; it can only be destroyed")
            }
            Failure::Core(error) => error.to_string(),
        }
    }
}

/// What a body inside [`entry`] returns.
pub(crate) type Outcome<T = ()> = std::result::Result<T, Failure>;

/// Runs the body of an exported function and reports how it ended.
///
/// # Safety
/// `error` is NULL or points to a `forescale_error` that may be written.
pub(crate) unsafe fn entry(error: *mut forescale_error, body: impl FnOnce() -> Outcome) -> forescale_status {
    let (status, message) = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => (FORESCALE_OK, String::new()),
        Ok(Err(failure)) => (failure.status(), failure.message()),
        Err(panic) => (FORESCALE_ERROR_INTERNAL, panic_message(panic)),
    };
    if !error.is_null() && error.is_aligned() {
        // SAFETY: not NULL and aligned, and the caller says that it may be written; fields are written one
        // by one through raw places, so nothing uninitialized is read.
        unsafe {
            (&raw mut (*error).code).write(status);
            (&raw mut (*error).reserved).write(0);
            write_message((&raw mut (*error).message).cast(), size_of::<[c_char; 504]>(), &message);
        }
    }
    status
}

/// Copies as much of `message` as fits, cut between characters, and ends it with NUL.
///
/// # Safety
/// `capacity` bytes from `target` may be written, and `capacity` is at least 1.
unsafe fn write_message(target: *mut u8, capacity: usize, message: &str) {
    let mut end = message.len().min(capacity - 1);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    for (at, byte) in message.bytes().take(end).enumerate() {
        // SAFETY: `at` is below `end`, which is below `capacity`. A NUL inside would hide the rest.
        unsafe { target.add(at).write(if byte == 0 { b'?' } else { byte }) };
    }
    // SAFETY: `end` is at most `capacity - 1`.
    unsafe { target.add(end).write(0) };
}

fn panic_message(panic: Box<dyn Any + Send>) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    // A payload whose destructor panics would unwind into C.
    std::mem::forget(panic);
    Error::Internal { problem: text }.to_string()
}

/// An array that the caller lends. NULL is an empty array when `length` is 0.
///
/// # Safety
/// `length` elements from `pointer` may be read for as long as the slice is used.
pub(crate) unsafe fn slice<'a, T>(name: &'static str, pointer: *const T, length: usize) -> Outcome<&'a [T]> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(Failure::NullArgument(name));
    }
    if !pointer.is_aligned() || length > isize::MAX as usize / size_of::<T>() {
        let problem = format!("{length} elements at {pointer:p} cannot be an array in memory");
        return Err(Error::Data { name: name.into(), problem }.into());
    }
    // SAFETY: not NULL, aligned, of a possible size, and readable as the caller says.
    Ok(unsafe { std::slice::from_raw_parts(pointer, length) })
}

/// A table that the caller lends: `rows` times `columns` numbers, row after row.
///
/// # Safety
/// `rows * columns` elements from `pointer` may be read for as long as the table is used.
pub(crate) unsafe fn table<'a>(
    name: &'static str,
    pointer: *const f64,
    rows: usize,
    columns: usize,
) -> Outcome<engine::Rows<'a>> {
    let Some(length) = rows.checked_mul(columns) else {
        let problem = format!("{rows} rows of {columns} columns cannot be an array in memory");
        return Err(Error::Data { name: name.into(), problem }.into());
    };
    // SAFETY: as the caller says.
    let values = unsafe { slice(name, pointer, length)? };
    Ok(engine::Rows::new(name, values, columns)?)
}

/// A text that the caller lends.
///
/// # Safety
/// `pointer` is NULL or points to a NUL-terminated text that stays as it is while it is used.
pub(crate) unsafe fn text<'a>(name: &'static str, pointer: *const c_char) -> Outcome<&'a str> {
    if pointer.is_null() {
        return Err(Failure::NullArgument(name));
    }
    // SAFETY: not NULL, and NUL-terminated as the caller says.
    unsafe { CStr::from_ptr(pointer) }.to_str().map_err(|_| Failure::NotUtf8(name))
}

/// A text that may be left out: NULL.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn optional_text<'a>(
    name: &'static str,
    pointer: *const c_char,
) -> Outcome<Option<&'a str>> {
    // SAFETY: as the caller says.
    if pointer.is_null() { Ok(None) } else { unsafe { text(name, pointer) }.map(Some) }
}

/// Texts that the caller lends.
///
/// # Safety
/// `length` pointers from `pointer` may be read, each as for [`text`].
pub(crate) unsafe fn texts<'a>(
    name: &'static str,
    pointer: *const *const c_char,
    length: usize,
) -> Outcome<Vec<&'a str>> {
    // SAFETY: as the caller says.
    unsafe { slice(name, pointer, length)?.iter().map(|one| text(name, *one)).collect() }
}

/// A value that may be left out: NULL.
///
/// # Safety
/// `pointer` is NULL or may be read.
pub(crate) unsafe fn optional<T: Copy>(name: &'static str, pointer: *const T) -> Outcome<Option<T>> {
    // SAFETY: as the caller says.
    if pointer.is_null() { Ok(None) } else { Ok(unsafe { slice(name, pointer, 1)? }.first().copied()) }
}

/// Settings as JSON text; NULL stands for `{}`, the defaults. An error names the setting.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn config<T: DeserializeOwned>(name: &'static str, pointer: *const c_char) -> Outcome<T> {
    // SAFETY: as the caller says.
    let json = if pointer.is_null() { "{}" } else { unsafe { text(name, pointer)? } };
    Ok(engine::config::from_json(name, json)?)
}

/// An out-parameter for one value: checked when it is made, written when the work is done.
#[derive(Debug)]
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// # Safety
    /// `pointer` is NULL or points to a `T` that may be written until the call returns.
    pub(crate) unsafe fn new(name: &'static str, pointer: *mut T) -> Outcome<Self> {
        if pointer.is_null() || !pointer.is_aligned() {
            return Err(Failure::NullArgument(name));
        }
        Ok(Out(pointer))
    }

    pub(crate) fn write(self, value: T) {
        // SAFETY: checked and promised in `new`.
        unsafe { self.0.write(value) };
    }
}

/// Flags that the caller lends: not 0 is true.
///
/// # Safety
/// As for [`slice`].
pub(crate) unsafe fn flags(name: &'static str, pointer: *const i32, length: usize) -> Outcome<Vec<bool>> {
    // SAFETY: as the caller says.
    Ok(unsafe { slice(name, pointer, length)? }.iter().map(|flag| *flag != 0).collect())
}

/// An out-parameter for an array with room for `capacity` elements.
#[derive(Debug)]
pub(crate) struct OutArray<T> {
    name: &'static str,
    pointer: *mut T,
    capacity: usize,
}

impl<T: Copy> OutArray<T> {
    /// # Safety
    /// `capacity` elements from `pointer` may be written until the call returns; it may be NULL when `capacity` is 0.
    pub(crate) unsafe fn new(name: &'static str, pointer: *mut T, capacity: usize) -> Outcome<Self> {
        if capacity > 0 && (pointer.is_null() || !pointer.is_aligned()) {
            return Err(Failure::NullArgument(name));
        }
        Ok(OutArray { name, pointer, capacity })
    }

    /// Refuses values that do not fit; write several arrays only after each has been checked.
    pub(crate) fn check(&self, values: &[T]) -> Outcome {
        self.needs(values.len())
    }

    /// Refuses `needed` values when they do not fit.
    pub(crate) fn needs(&self, needed: usize) -> Outcome {
        if needed > self.capacity {
            return Err(Failure::BufferTooSmall { name: self.name, capacity: self.capacity, needed });
        }
        Ok(())
    }

    pub(crate) fn write(self, values: &[T]) -> Outcome {
        self.check(values)?;
        if !values.is_empty() {
            // SAFETY: the length fits, and the place was checked and promised in `new`.
            unsafe { std::ptr::copy(values.as_ptr(), self.pointer, values.len()) };
        }
        Ok(())
    }

    /// For an array whose length the caller cannot know: NULL with capacity 0 asks for the length alone.
    pub(crate) fn write_or_measure(self, values: &[T], out_length: Out<usize>) -> Outcome {
        if !self.pointer.is_null() {
            self.check(values)?;
            self.write(values)?;
        }
        out_length.write(values.len());
        Ok(())
    }
}

impl OutArray<c_char> {
    /// As [`OutArray::write_or_measure`], for a text: the NUL at its end needs room but is not counted.
    pub(crate) fn write_text(self, text: &str, out_length: Out<usize>) -> Outcome {
        let mut bytes: Vec<c_char> = text.bytes().map(|byte| byte as c_char).collect();
        bytes.push(0);
        if !self.pointer.is_null() {
            self.write(&bytes)?;
        }
        out_length.write(text.len());
        Ok(())
    }
}

/// A type of handle: the name that C sees, and the value behind it. Made by [`handle!`].
pub(crate) trait Opaque: Sized {
    type Value: Send + Sync;
    const NAME: &'static str;
}

/// Ties an opaque C type to the core's type behind its handles: `handle!(forescale_series, Series)`.
macro_rules! handle {
    ($name:ident, $value:ty) => {
        impl crate::guard::Opaque for $name {
            type Value = $value;
            const NAME: &'static str = stringify!($name);
        }
    };
}
pub(crate) use handle;

#[repr(C)]
struct Handle<T> {
    tag: u64,
    poisoned: bool,
    value: T,
}

/// FNV-1a of the type's name, so that a handle of one type is not taken for another.
const fn tag<H: Opaque>() -> u64 {
    let (mut hash, mut rest) = (0xcbf2_9ce4_8422_2325_u64, H::NAME.as_bytes());
    while let [byte, tail @ ..] = rest {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        rest = tail;
    }
    hash
}

/// Hands a new object to C, which destroys it with [`destroy`].
pub(crate) fn create<H: Opaque>(value: H::Value) -> *mut H {
    Box::into_raw(Box::new(Handle { tag: tag::<H>(), poisoned: false, value })).cast()
}

/// # Safety
/// `pointer` is NULL or readable as the head of a handle.
unsafe fn checked<H: Opaque>(name: &'static str, pointer: *const H) -> Outcome<*mut Handle<H::Value>> {
    let handle = pointer.cast::<Handle<H::Value>>().cast_mut();
    if handle.is_null() {
        return Err(Failure::NullArgument(name));
    }
    // SAFETY: not NULL and aligned; a handle of any type begins with its tag.
    if !handle.is_aligned() || unsafe { (&raw const (*handle).tag).read() } != tag::<H>() {
        return Err(Failure::BadHandle(name));
    }
    // SAFETY: the tag says that it is one of ours.
    if unsafe { (&raw const (*handle).poisoned).read() } {
        return Err(Failure::Poisoned(name));
    }
    Ok(handle)
}

/// The object behind a `const` handle. Such calls may overlap.
///
/// # Safety
/// `pointer` is NULL or a live handle that no changing call uses before the body ends.
pub(crate) unsafe fn read<'a, H: Opaque>(name: &'static str, pointer: *const H) -> Outcome<&'a H::Value> {
    // SAFETY: as the caller says.
    Ok(unsafe { &(*checked(name, pointer)?).value })
}

/// Changes the object behind a handle; a panic in `body` poisons it.
///
/// # Safety
/// `pointer` is NULL or a live handle that no other call uses before this one ends.
pub(crate) unsafe fn change<H: Opaque, R, E: Into<Failure>>(
    name: &'static str,
    pointer: *mut H,
    body: impl FnOnce(&mut H::Value) -> std::result::Result<R, E>,
) -> Outcome<R> {
    // SAFETY: as the caller says; the reference lives only for this call.
    let handle = unsafe { &mut *checked(name, pointer)? };
    handle.poisoned = true;
    let result = body(&mut handle.value);
    handle.poisoned = false;
    result.map_err(Into::into)
}

/// Ends an object; NULL and pointers that are no such handle are left alone.
///
/// # Safety
/// `pointer` is NULL or a live handle that no call uses any more.
pub(crate) unsafe fn destroy<H: Opaque>(pointer: *mut H) {
    // SAFETY: as the caller says.
    let handle = match unsafe { checked(H::NAME, pointer) } {
        Ok(handle) => handle,
        Err(Failure::Poisoned(_)) => pointer.cast(),
        Err(_) => return,
    };
    // SAFETY: a live handle of ours, made by `create` and given back for good. The tag is cleared, so that a
    // second destroy is likely to be noticed.
    let owned = unsafe {
        (&raw mut (*handle).tag).write(0);
        Box::from_raw(handle)
    };
    // A destructor that panics must not unwind into C, and there is nobody to tell.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(owned)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::{null, null_mut};

    struct counter;
    handle!(counter, u32);
    struct other;
    handle!(other, u32);

    fn run(body: impl FnOnce() -> Outcome) -> (forescale_status, String) {
        let mut error = forescale_error { code: -1, reserved: 7, message: [b'x' as c_char; 504] };
        // SAFETY: `error` is ours.
        let status = unsafe { entry(&raw mut error, body) };
        assert_eq!((error.code, error.reserved), (status, 0));
        // SAFETY: `entry` ends the message with NUL.
        (status, unsafe { CStr::from_ptr(error.message.as_ptr()) }.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_panic_becomes_a_status_and_poisons_the_handle() {
        let handle = create::<counter>(1);
        // SAFETY: a live handle, in every block of this test.
        let (status, message) =
            run(|| unsafe { change("counter", handle, |_| -> Outcome { panic!("a defect") }) });
        assert_eq!((status, message.as_str()), (FORESCALE_ERROR_INTERNAL, "internal error: a defect"));
        // SAFETY: as above.
        assert_eq!(run(|| unsafe { read("counter", handle).map(|_| ()) }).0, FORESCALE_ERROR_POISONED);
        // SAFETY: as above.
        unsafe { destroy(handle) };
    }

    #[test]
    fn handles_are_checked() {
        let handle = create::<counter>(1);
        // SAFETY: live handles or NULL, in every block of this test.
        unsafe {
            change("counter", handle, |count| -> Outcome {
                *count += 1;
                Ok(())
            })
            .unwrap();
            assert_eq!(*read("counter", handle).unwrap(), 2);
            assert_eq!(
                run(|| read("other", handle.cast::<other>()).map(|_| ())).0,
                FORESCALE_ERROR_BAD_HANDLE
            );
            assert_eq!(
                run(|| read("counter", null::<counter>()).map(|_| ())).0,
                FORESCALE_ERROR_NULL_ARGUMENT
            );
            destroy(handle.cast::<other>());
            destroy(null_mut::<counter>());
            destroy(handle);
        }
    }

    #[test]
    fn arrays_are_checked() {
        // SAFETY: refused before they are read, in every block of this test.
        unsafe {
            assert!(slice::<f64>("x", null(), 0).unwrap().is_empty());
            assert!(matches!(slice::<f64>("x", null(), 1), Err(Failure::NullArgument("x"))));
            let one = 1.0;
            assert!(slice::<f64>("x", &raw const one, usize::MAX / 4).is_err());
            assert!(table("x", &raw const one, usize::MAX, 2).is_err());
            let mut room = [0.0; 2];
            let (status, message) = run(|| {
                OutArray::new("out", room.as_mut_ptr(), 2).and_then(|out| out.write(&[1.0, 2.0, 3.0]))
            });
            assert_eq!(status, FORESCALE_ERROR_BUFFER_TOO_SMALL);
            assert_eq!(message, "out: has room for 2 elements, but 3 are needed");
            assert_eq!(room, [0.0; 2], "written only on success");
        }
    }

    #[test]
    fn texts_and_settings_are_checked() {
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct Config {
            trees: u32,
        }
        let message = |text: &CStr| {
            // SAFETY: a C literal.
            run(|| unsafe { config::<Config>("config_json", text.as_ptr()).map(|_| ()) })
        };
        // SAFETY: NULL stands for the defaults.
        assert_eq!(unsafe { config::<Config>("config_json", null()) }.unwrap().trees, 0);
        assert_eq!(message(c"{\"trees\": 3}").0, FORESCALE_OK);
        assert!(
            message(c"{\"trees\": \"3\"}")
                .1
                .starts_with("trees: must be a whole number from 0 to 4294967295, got string")
        );
        assert!(message(c"{\"branches\": 3}").1.contains("unknown field `branches`"));
        assert!(message(c"{} {}").1.starts_with("config_json: trailing characters"));
        assert_eq!(message(c"\xff").0, FORESCALE_ERROR_NOT_UTF8);
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let (_, message) = run(|| Err(Error::Internal { problem: "é".repeat(1000) }.into()));
        assert!(message.len() >= 502 && message.ends_with('é'), "{}", message.len());
    }
}
