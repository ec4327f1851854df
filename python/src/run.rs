//! The rules that every call into the core keeps, written once.
//!
//! - [`run`] releases the interpreter, so that other Python threads go on, and turns errors into the
//!   exceptions of `forescale.errors`. A panic, which no input should cause, becomes `InternalError`: PyO3's own
//!   `PanicException` would slip through `except Exception`.
//! - [`Shared`] is the object behind a Python object. Reading calls may overlap, changing calls wait for each other.
//!   It is locked with the interpreter released, so that two threads cannot wait for one another; a call from within a call on
//!   the same object, out of the user's own code, is refused instead of waiting for itself.
//! - [`Interruptible`] lets Ctrl-C end a long call.

use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use serde::Serialize;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::RwLock;
use std::time::{Duration, Instant};

pub(crate) use crate::settings::settings;

thread_local! {
    /// What the user's own code raised within the call of this thread.
    static RAISED: Cell<Option<PyErr>> = const { Cell::new(None) };
    /// The objects that calls of this thread are on, as addresses.
    static IN_CALL: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// A call on an object, as long as it lasts.
struct InCall;

impl InCall {
    fn on<T>(object: &RwLock<T>) -> engine::Result<Self> {
        let address = std::ptr::from_ref(object).addr();
        IN_CALL.with_borrow_mut(|objects| {
            if objects.contains(&address) {
                let problem = "is in the middle of a call, which this call comes out of".to_owned();
                return Err(engine::Error::Data { name: "object".to_owned(), problem });
            }
            objects.push(address);
            Ok(InCall)
        })
    }
}

impl Drop for InCall {
    fn drop(&mut self) {
        // Calls end in the reverse order of their beginnings.
        IN_CALL.with_borrow_mut(|objects| objects.pop());
    }
}

/// Lets the call that this thread is in fail with an exception of the user's own code, if it fails.
pub(crate) fn raise_later(raised: PyErr) {
    RAISED.set(Some(raised));
}

/// What the user's own code raised that is not yet on its way to the caller.
pub(crate) fn raised() -> Option<PyErr> {
    RAISED.take()
}

/// Calls the core with the interpreter released. Where the user's own code was interrupted (Ctrl-C), so is the call, even if the
/// core made do without an answer.
pub(crate) fn run<T: Send>(py: Python<'_>, body: impl FnOnce() -> engine::Result<T> + Send) -> PyResult<T> {
    RAISED.take();
    let outcome = py.detach(|| caught(body));
    match (outcome, RAISED.take()) {
        (Err(_), Some(raised)) => Err(raised),
        (Err(error), None) => Err(exception(py, &error)),
        (Ok(_), Some(raised)) if !raised.is_instance_of::<PyException>(py) => Err(raised),
        (Ok(value), _) => Ok(value),
    }
}

/// Calls the core for work of well under a microsecond, where releasing the interpreter would cost more than it.
pub(crate) fn quick<T>(py: Python<'_>, body: impl FnOnce() -> engine::Result<T>) -> PyResult<T> {
    caught(body).map_err(|error| exception(py, &error))
}

fn caught<T>(body: impl FnOnce() -> engine::Result<T>) -> engine::Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| Err(defect(&*panic)))
}

fn defect(panic: &(dyn Any + Send)) -> engine::Error {
    let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    engine::Error::Internal { problem: text.unwrap_or("a panic without a message").to_owned() }
}

/// The Python exception for an error of the core.
pub(crate) fn exception(py: Python<'_>, error: &engine::Error) -> PyErr {
    static CLASSES: PyOnceLock<Vec<(i32, Py<PyType>)>> = PyOnceLock::new();
    let import = || -> PyResult<Vec<(i32, Py<PyType>)>> {
        let module = py.import("forescale.errors")?;
        let class = |kind: engine::error::ErrorKind| -> PyResult<(i32, Py<PyType>)> {
            let class = module.getattr(format!("{}Error", kind.name))?;
            Ok((kind.code, class.cast_into::<PyType>()?.unbind()))
        };
        engine::Error::KINDS.into_iter().map(class).collect()
    };
    let classes = match CLASSES.get_or_try_init(py, import) {
        Ok(classes) => classes,
        Err(failure) => return failure,
    };
    match classes.iter().find(|(code, _)| *code == error.code()) {
        Some((_, class)) => PyErr::from_type(class.bind(py).clone(), error.to_string()),
        None => PyValueError::new_err(error.to_string()),
    }
}

/// An argument whose value cannot be used. Its name is put before the problem by `ConfigError.add_note`, since PyO3 knows it and an
/// extractor does not.
pub(crate) fn refused(py: Python<'_>, problem: impl Into<String>) -> PyErr {
    exception(py, &engine::Error::Config { field: String::new(), problem: problem.into() })
}

/// The same for an argument of the wrong type: also a `TypeError`.
pub(crate) fn wrong_type(py: Python<'_>, problem: impl Display) -> PyErr {
    let class = py.import("forescale.errors").and_then(|errors| errors.getattr("ArgumentTypeError"));
    match class.and_then(|class| Ok(class.cast_into::<PyType>()?)) {
        Ok(class) => PyErr::from_type(class, format!(": {problem}")),
        Err(failure) => failure,
    }
}

/// Settings or totals as Python has them: the inverse of [`settings`].
pub(crate) fn to_python<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let json = serde_json::to_string(value).map_err(|error| PyValueError::new_err(error.to_string()))?;
    py.import("json")?.call_method1("loads", (json,))
}

/// The object of the core behind a Python object.
#[derive(Debug)]
pub(crate) struct Shared<T>(RwLock<T>);

impl<T: Send + Sync> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        Shared(RwLock::new(value))
    }

    /// A call that leaves the object as it is.
    pub(crate) fn read<R: Send>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(&T) -> engine::Result<R> + Send,
    ) -> PyResult<R> {
        run(py, || {
            let _call = InCall::on(&self.0)?;
            body(&*self.0.read().map_err(|_| poisoned())?)
        })
    }

    /// A call that changes the object. After a panic in it the object refuses every call: half-learned state is
    /// worse than an error.
    pub(crate) fn change<R: Send>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(&mut T) -> engine::Result<R> + Send,
    ) -> PyResult<R> {
        run(py, || {
            let _call = InCall::on(&self.0)?;
            body(&mut *self.0.write().map_err(|_| poisoned())?)
        })
    }
}

fn poisoned() -> engine::Error {
    engine::Error::Internal { problem: "an earlier call on this object failed inside the library".into() }
}

/// For the progress callbacks of long calls: asks Python now and then whether Ctrl-C was pressed.
///
/// Hand `|share| interruptible.goes_on(None, share)` to the core; when it answers `Error::Stopped`, [`Interruptible::outcome`]
/// gives the caller the `KeyboardInterrupt` itself.
#[derive(Debug, Default)]
pub(crate) struct Interruptible {
    raised: Option<PyErr>,
    asked: Option<Instant>,
}

/// Signals are looked for no more often: each time waits for the threads that Python runs meanwhile.
const PAUSE: Duration = Duration::from_millis(20);

impl Interruptible {
    /// Whether the work may go on, of which a share is done; a callable of Python is told. To be called with the
    /// interpreter released.
    pub(crate) fn goes_on(&mut self, progress: Option<&Py<PyAny>>, share: f64) -> bool {
        if progress.is_none() && self.asked.is_some_and(|asked| asked.elapsed() < PAUSE) {
            return true;
        }
        self.asked = Some(Instant::now());
        let told = Python::attach(|py| {
            py.check_signals()?;
            progress.map_or(Ok(()), |progress| progress.call1(py, (share,)).map(drop))
        });
        self.raised = told.err();
        self.raised.is_none()
    }

    /// The exception that stopped the work, if one did, or else the work's own outcome.
    pub(crate) fn outcome<T>(self, result: PyResult<T>) -> PyResult<T> {
        match self.raised {
            Some(raised) => Err(raised),
            None => result,
        }
    }
}
