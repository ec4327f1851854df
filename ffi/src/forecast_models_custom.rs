//! A model of the user's own, as callbacks.

use crate::error::*;
use crate::forecast_models::{forescale_forecaster, give};
use crate::guard::*;
use engine::forecast::{Custom, CustomForecast, CustomModel};
use engine::load::Series;
use engine::{Error, Result, Rows};
use std::ffi::{c_char, c_void};

/// A user's own model. What it is handed is checked before, and what it answers after.
///
/// Callbacks answer 0, or a number of their own for a failure, which the error of the call then tells; they must not unwind, nor
/// call anything on the forecaster that they belong to. They are called on the thread that calls the library (an ensemble may use
/// others). Those that take `const void *user` may be called on several threads at once, the others never while another one
/// runs. `features` has `feature_columns` numbers for each value or step, row after row, or is NULL with 0 columns.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct forescale_custom_model {
    /// What the callbacks are handed; the library does not look at it.
    pub user: *mut c_void,
    /// A name for messages; read while the model is made. NULL for "custom".
    pub name: *const c_char,
    /// Forgets everything and learns from values (NaN = missing) from `start` (Unix milliseconds) on.
    pub fit: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            values: *const f64,
            length: usize,
            start: i64,
            step_seconds: f64,
            features: *const f64,
            feature_columns: usize,
        ) -> i32,
    >,
    /// Takes in the value of the next step, NaN = missing.
    pub update: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            value: f64,
            features: *const f64,
            feature_columns: usize,
        ) -> i32,
    >,
    /// Writes mean and standard deviation (NaN where it is not known) of the next `horizon` steps.
    pub forecast: Option<
        unsafe extern "C" fn(
            user: *const c_void,
            horizon: usize,
            features: *const f64,
            feature_columns: usize,
            out_mean: *mut f64,
            out_standard_deviation: *mut f64,
        ) -> i32,
    >,
    /// Writes the state as bytes, or with `out_bytes` NULL its length alone. NULL where the model has no snapshots.
    pub snapshot: Option<
        unsafe extern "C" fn(
            user: *const c_void,
            out_bytes: *mut u8,
            capacity: usize,
            out_length: *mut usize,
        ) -> i32,
    >,
    /// Takes on a state that `snapshot` wrote. NULL where the model has no snapshots.
    pub restore: Option<unsafe extern "C" fn(user: *mut c_void, bytes: *const u8, length: usize) -> i32>,
    /// Another `user` with the same state, or NULL for a failure. NULL where the model cannot be copied.
    pub copy: Option<unsafe extern "C" fn(user: *const c_void) -> *mut c_void>,
    /// Ends `user`. NULL where there is nothing to do.
    pub destroy: Option<unsafe extern "C" fn(user: *mut c_void)>,
}

/// The callbacks of a model that owns its `user`.
#[derive(Debug)]
struct Callbacks {
    name: String,
    model: forescale_custom_model,
}

// SAFETY: whoever makes the model promises that its callbacks may be called on any thread, one at a time where `user` is not const.
unsafe impl Send for Callbacks {}
// SAFETY: as above: callbacks that are called through a shared reference take `const void *user` and may overlap.
unsafe impl Sync for Callbacks {}

impl Drop for Callbacks {
    fn drop(&mut self) {
        if let Some(destroy) = self.model.destroy {
            // SAFETY: the last use of `user`, which this owns.
            unsafe { destroy(self.model.user) };
        }
    }
}

impl Callbacks {
    /// # Safety
    /// `model` is NULL or points to a model that may be read, with a NUL-terminated name or none.
    unsafe fn new(model: *const forescale_custom_model) -> Outcome<Self> {
        // SAFETY: as the caller says.
        let Some(model) = (unsafe { optional("model", model)? }) else {
            return Err(Failure::NullArgument("model"));
        };
        for (name, missing) in [
            ("model.fit", model.fit.is_none()),
            ("model.update", model.update.is_none()),
            ("model.forecast", model.forecast.is_none()),
        ] {
            if missing {
                return Err(Failure::NullArgument(name));
            }
        }
        // SAFETY: as the caller says.
        let name = unsafe { optional_text("model.name", model.name)? }.unwrap_or("custom").to_owned();
        Ok(Callbacks { name, model })
    }

    fn ended(&self, callback: &str, answer: i32) -> Result<()> {
        match answer {
            0 => Ok(()),
            answer => Err(self.failure(callback, format!("answered {answer}"))),
        }
    }

    fn failure(&self, callback: &str, problem: impl Into<String>) -> Error {
        Error::Data { name: format!("{}.{callback}", self.name), problem: problem.into() }
    }
}

/// Pointer and columns of a table, NULL and 0 for none.
fn parts(features: Option<Rows<'_>>) -> (*const f64, usize) {
    features.map_or((std::ptr::null(), 0), |rows| (rows.values().as_ptr(), rows.columns()))
}

impl CustomModel for Callbacks {
    fn name(&self) -> &str {
        &self.name
    }

    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()> {
        let Some(fit) = self.model.fit else { return Ok(()) };
        let (values, (rows, columns)) = (series.values(), parts(features));
        let (start, step) = (series.start(), series.step_seconds());
        // SAFETY: the arrays live through the call and have these lengths; `user` is the model's own, used by no other call.
        let answer =
            unsafe { fit(self.model.user, values.as_ptr(), values.len(), start, step, rows, columns) };
        self.ended("fit", answer)
    }

    fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()> {
        let Some(update) = self.model.update else { return Ok(()) };
        let (row, columns) = features.map_or((std::ptr::null(), 0), |row| (row.as_ptr(), row.len()));
        // SAFETY: as above.
        let answer = unsafe { update(self.model.user, value, row, columns) };
        self.ended("update", answer)
    }

    fn forecast(&self, horizon: usize, features: Option<Rows<'_>>) -> Result<CustomForecast> {
        // What the callback does not write is seen: NaN is refused as a mean.
        let (mut mean, mut standard_deviation) = (vec![f64::NAN; horizon], vec![f64::NAN; horizon]);
        if let Some(forecast) = self.model.forecast {
            let (rows, columns) = parts(features);
            let (means, deviations) = (mean.as_mut_ptr(), standard_deviation.as_mut_ptr());
            // SAFETY: as above; both arrays have room for `horizon` numbers.
            let answer = unsafe { forecast(self.model.user, horizon, rows, columns, means, deviations) };
            self.ended("forecast", answer)?;
        }
        Ok(CustomForecast::Normal { mean, standard_deviation })
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        let Some(snapshot) = self.model.snapshot else {
            return Err(self.failure("snapshot", "the model has no such callback"));
        };
        let mut length = 0;
        // SAFETY: without room only the length is written.
        let answer = unsafe { snapshot(self.model.user, std::ptr::null_mut(), 0, &raw mut length) };
        self.ended("snapshot", answer)?;
        let mut bytes = vec![0; length];
        // SAFETY: there is room for `length` bytes.
        let answer = unsafe { snapshot(self.model.user, bytes.as_mut_ptr(), length, &raw mut length) };
        self.ended("snapshot", answer)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    fn copy(&self) -> Result<Box<dyn CustomModel>> {
        let Some(copy) = self.model.copy else {
            return Err(self.failure("copy", "the model has no such callback"));
        };
        // SAFETY: as above.
        let user = unsafe { copy(self.model.user) };
        if user.is_null() {
            return Err(self.failure("copy", "answered NULL"));
        }
        Ok(Box::new(Callbacks {
            name: self.name.clone(),
            model: forescale_custom_model { user, ..self.model },
        }))
    }
}

/// A forecaster that a user's own model stands behind. From here on it owns `model->user`, unless the call fails.
/// The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_custom_create(
    model: *const forescale_custom_model,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            give(out, Custom::new(Callbacks::new(model)?))
        })
    }
}

/// The forecaster that `forescale_forecaster_snapshot` wrote of a user's own model: `model->restore` is handed the model's own
/// bytes. From here on it owns `model->user`, unless the call fails.
/// The caller ends it with `forescale_forecaster_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_custom_restore(
    bytes: *const u8,
    length: usize,
    model: *const forescale_custom_model,
    out_forecaster: *mut *mut forescale_forecaster,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forecaster", out_forecaster)?;
            let bytes = slice("bytes", bytes, length)?;
            let mut callbacks = Callbacks::new(model)?;
            let destroy = callbacks.model.destroy.take();
            let restored = Custom::restore(bytes, |state| {
                let Some(restore) = callbacks.model.restore else {
                    return Err(callbacks.failure("restore", "the model has no such callback"));
                };
                let answer = restore(callbacks.model.user, state.as_ptr(), state.len());
                callbacks.ended("restore", answer)?;
                callbacks.model.destroy = destroy;
                Ok(callbacks)
            })?;
            give(out, restored)
        })
    }
}
