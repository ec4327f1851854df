//! Who decides? Policies are named in settings, such as `"hpa"` or `{"hpa": {"target_utilization": 0.6}}`; a policy of the user's own
//! is a structure of callbacks.

use crate::error::*;
use crate::guard::*;
use crate::simulate::FORESCALE_Q_TABLE_LENGTH;
use engine::policy::{CustomPolicy, Damping, Policy, PolicyConfig, Proposal, QTable, Reason, Situation};
use engine::{Error, Result};
use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Refuses a policy that is unknown or has settings out of range.
/// `policy_json` is a bare name (static, hpa, seasonal_max, predictive, oracle, target_tracking, kpa, schedule, aws_predictive, crane,
/// aibrix_apa, ray_serve, dynamo, q_learning) or a name with settings as JSON text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_policy_check(
    policy_json: *const c_char,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe { entry(error, || Ok(PolicyConfig::from_text(text("policy_json", policy_json)?)?.check()?)) }
}

/// Draws a table of the policy `q_learning` as an SVG document: the best action of each state over utilization and capacity, for every
/// trend and three forecasts. `values` are those of `forescale_train` or `forescale_engine_q_table`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_q_table_to_svg(
    values: *const f64,
    length: usize,
    out_svg: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_svg", out_svg, capacity)?;
            let out_length = Out::new("out_length", out_length)?;
            let table = QTable::new(slice("values", values, length)?.to_vec())?;
            out.write_text(&table.to_svg(), out_length)
        })
    }
}

/// A user's own policy. The engine's rails apply to what it proposes.
///
/// Callbacks answer 0, or a number of their own for a failure, which the error of the call then tells; they must not unwind, nor call
/// anything on the engine that asks them. They are called on the thread that calls the library, never two at once for one `user`, but for
/// those that are handed it as const: `snapshot` may be called by several threads at once where the host saves one engine on several threads,
/// and `copy` where it gives one policy to several calls. Where `copy` is NULL, all that is made with one `user` must be used by one thread at a time.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
#[allow(clippy::type_complexity, reason = "the C header shows the callbacks as they stand")]
pub struct forescale_custom_policy {
    /// What the callbacks are handed; the library does not look at it.
    pub user: *mut c_void,
    /// A name for reports and messages; read while the policy is made. NULL for "custom".
    pub name: *const c_char,
    /// Not 0 where the policy has rails of its own: its proposals are then only kept within the smallest and the largest count.
    pub own_rails: i32,
    /// Writes how many replicas to run at `now` (Unix milliseconds), given the replicas last asked for, serving, starting and on their way out,
    /// the load per second (NaN when nothing was measured), the requests in the service (NaN when not measured), what the target asks for
    /// the load now, and the largest load forecast over the lead time (NaN without a forecast).
    pub propose: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            now: i64,
            requested: u32,
            ready: u32,
            pending: u32,
            terminating: u32,
            load: f64,
            in_flight: f64,
            reactive: u32,
            peak: f64,
            out_replicas: *mut u32,
        ) -> i32,
    >,
    /// Takes in the load of the interval that ended at `now`, NaN = missing. NULL where that is of no use.
    pub observe: Option<unsafe extern "C" fn(user: *mut c_void, now: i64, load: f64) -> i32>,
    /// Learns that the request was changed. NULL where that is of no use.
    pub applied: Option<unsafe extern "C" fn(user: *mut c_void, now: i64, before: u32, after: u32) -> i32>,
    /// Writes the state as bytes, of which there is room for `capacity`, and its length, at most 1 GiB; with `out_bytes` NULL the length alone.
    /// A length beyond `capacity` says that the state has grown since, and fails. NULL where the policy has no snapshots.
    pub snapshot: Option<
        unsafe extern "C" fn(
            user: *const c_void,
            out_bytes: *mut u8,
            capacity: usize,
            out_length: *mut usize,
        ) -> i32,
    >,
    /// Takes on a state that `snapshot` wrote. NULL where the policy has no snapshots.
    pub restore: Option<unsafe extern "C" fn(user: *mut c_void, bytes: *const u8, length: usize) -> i32>,
    /// Another `user` with the same state, or NULL for a failure: each engine and each run of a backtest works on one. NULL where all
    /// share `user`: a decision for a time that the engine does not believe is then seen by the policy all the same.
    pub copy: Option<unsafe extern "C" fn(user: *const c_void) -> *mut c_void>,
    /// Ends `user`. NULL where there is nothing to do.
    pub destroy: Option<unsafe extern "C" fn(user: *mut c_void)>,
}

/// The callbacks, and whether their `user` is ours to end.
#[derive(Debug)]
pub(crate) struct Callbacks {
    name: String,
    policy: forescale_custom_policy,
    owns_user: AtomicBool,
}

// SAFETY: whoever makes the policy promises that its callbacks may be called on any thread.
unsafe impl Send for Callbacks {}
// SAFETY: with `copy`, each policy at work has a `user` of its own, and callbacks that change it are called through an exclusive reference
// to that policy; `snapshot` and `copy`, which are handed it as const, may be called by several threads at once, and the header says so.
// Without `copy`, several policies share a `user`, and the header asks that they be used by one thread at a time.
unsafe impl Sync for Callbacks {}

/// The longest state that a policy of the user's own may have, in bytes.
const LONGEST_STATE: usize = 1 << 30;

const _: () = assert!(FORESCALE_Q_TABLE_LENGTH == QTable::LENGTH, "C's tables are as long as the core's");

impl Drop for Callbacks {
    fn drop(&mut self) {
        if let Some(destroy) = self.policy.destroy.filter(|_| self.owns_user.load(Ordering::Relaxed)) {
            // SAFETY: the last use of `user`, which this owns.
            unsafe { destroy(self.policy.user) };
        }
    }
}

impl Callbacks {
    /// Reads the user's structure; from [`Callbacks::own`] on, `user` is ours.
    ///
    /// # Safety
    /// `policy` is NULL or points to a policy that may be read, with a NUL-terminated name or none.
    pub(crate) unsafe fn new(policy: *const forescale_custom_policy) -> Outcome<Arc<Self>> {
        // SAFETY: as the caller says.
        let Some(policy) = (unsafe { optional("policy", policy)? }) else {
            return Err(Failure::NullArgument("policy"));
        };
        if policy.propose.is_none() {
            return Err(Failure::NullArgument("policy.propose"));
        }
        // SAFETY: as the caller says.
        let name = unsafe { optional_text("policy.name", policy.name)? }.unwrap_or("custom").to_owned();
        Ok(Arc::new(Callbacks { name, policy, owns_user: AtomicBool::new(false) }))
    }

    pub(crate) fn own(&self) {
        self.owns_user.store(true, Ordering::Relaxed);
    }

    /// What stands for the policy in settings: each that is made works on a copy of `user`, where there are copies.
    pub(crate) fn policy(self: &Arc<Self>) -> CustomPolicy {
        let prototype = Arc::clone(self);
        CustomPolicy::new(self.name.clone(), move || Ok(Box::new(Own(prototype.copy()?))))
    }

    fn copy(self: &Arc<Self>) -> Result<Arc<Self>> {
        let Some(copy) = self.policy.copy else { return Ok(Arc::clone(self)) };
        // SAFETY: `user` is the policy's own and lives as long as this.
        let user = unsafe { copy(self.policy.user) };
        if user.is_null() {
            return Err(self.failure("copy", "answered NULL"));
        }
        let policy = forescale_custom_policy { user, ..self.policy };
        Ok(Arc::new(Callbacks { name: self.name.clone(), policy, owns_user: AtomicBool::new(true) }))
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

/// A policy at work.
#[derive(Debug)]
struct Own(Arc<Callbacks>);

impl Policy for Own {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn damping(&self) -> Damping {
        if self.0.policy.own_rails == 0 { Damping::Engine } else { Damping::Own }
    }

    fn observe(&mut self, time: i64, load: f64) -> Result<()> {
        let Some(observe) = self.0.policy.observe else { return Ok(()) };
        // SAFETY: `user` is used by no other call.
        let answer = unsafe { observe(self.0.policy.user, time, load) };
        self.0.ended("observe", answer)
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let Situation { now, fleet, load, in_flight, reactive, peak, .. } = *situation;
        let peak = peak.map_or(f64::NAN, |peak| peak.upper);
        // What the callback does not write keeps the replicas.
        let mut replicas = fleet.requested;
        if let Some(propose) = self.0.policy.propose {
            // SAFETY: as above; there is room for the answer.
            let answer = unsafe {
                propose(
                    self.0.policy.user,
                    now,
                    fleet.requested,
                    fleet.ready,
                    fleet.pending,
                    fleet.terminating,
                    load,
                    in_flight,
                    reactive,
                    peak,
                    &raw mut replicas,
                )
            };
            self.0.ended("propose", answer)?;
        }
        Ok(Proposal { replicas, reason: Reason::Own { replicas } })
    }

    fn applied(&mut self, now: i64, before: u32, after: u32) -> Result<()> {
        let Some(applied) = self.0.policy.applied else { return Ok(()) };
        // SAFETY: as above.
        let answer = unsafe { applied(self.0.policy.user, now, before, after) };
        self.0.ended("applied", answer)
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        let Some(snapshot) = self.0.policy.snapshot else {
            return Err(self.0.failure("snapshot", "the policy has no such callback"));
        };
        let mut length = 0;
        // SAFETY: without room only the length is written.
        let answer = unsafe { snapshot(self.0.policy.user, std::ptr::null_mut(), 0, &raw mut length) };
        self.0.ended("snapshot", answer)?;
        if length > LONGEST_STATE {
            let problem = format!("the state must be at most {LONGEST_STATE} bytes, got {length}");
            return Err(self.0.failure("snapshot", problem));
        }
        let room = length;
        let mut bytes = Vec::new();
        if bytes.try_reserve_exact(room).is_err() {
            return Err(self
                .0
                .failure("snapshot", format!("there is no memory for a state of {room} bytes")));
        }
        bytes.resize(room, 0);
        // SAFETY: there is room for that many bytes.
        let answer = unsafe { snapshot(self.0.policy.user, bytes.as_mut_ptr(), room, &raw mut length) };
        self.0.ended("snapshot", answer)?;
        if length > room {
            let problem = format!("the state grew from {room} to {length} bytes while it was saved");
            return Err(self.0.failure("snapshot", problem));
        }
        bytes.truncate(length);
        Ok(bytes)
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(restore) = self.0.policy.restore else {
            return Err(self.0.failure("restore", "the policy has no such callback"));
        };
        // SAFETY: the bytes live through the call.
        let answer = unsafe { restore(self.0.policy.user, bytes.as_ptr(), bytes.len()) };
        self.0.ended("restore", answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::too_many_arguments, reason = "the callback as it stands")]
    unsafe extern "C" fn propose(
        _user: *mut c_void,
        _now: i64,
        _requested: u32,
        _ready: u32,
        _pending: u32,
        _terminating: u32,
        _load: f64,
        _in_flight: f64,
        _reactive: u32,
        _peak: f64,
        _out_replicas: *mut u32,
    ) -> i32 {
        0
    }

    /// Tells two lengths, that without room and that with it, and writes nothing.
    unsafe extern "C" fn snapshot(
        user: *const c_void,
        out_bytes: *mut u8,
        _capacity: usize,
        out_length: *mut usize,
    ) -> i32 {
        // SAFETY: `user` is the two lengths of the test below.
        let [alone, with_room] = unsafe { *user.cast::<[usize; 2]>() };
        // SAFETY: the library asks for the length.
        unsafe { out_length.write(if out_bytes.is_null() { alone } else { with_room }) };
        0
    }

    #[test]
    fn the_length_of_a_state_is_not_trusted() {
        let saved = |lengths: [usize; 2]| {
            let policy = forescale_custom_policy {
                user: (&raw const lengths).cast_mut().cast(),
                name: c"mine".as_ptr(),
                own_rails: 0,
                propose: Some(propose),
                observe: None,
                applied: None,
                snapshot: Some(snapshot),
                restore: None,
                copy: None,
                destroy: None,
            };
            // SAFETY: the policy is there, and so is its name.
            let callbacks = unsafe { Callbacks::new(&raw const policy) }.unwrap();
            Own(callbacks).snapshot()
        };
        assert_eq!(saved([3, 2]).unwrap(), [0, 0]);
        assert_eq!(saved([0, 0]).unwrap(), [0; 0]);
        let problem = |lengths| saved(lengths).unwrap_err().to_string();
        assert!(problem([usize::MAX, 0]).starts_with("mine.snapshot: the state must be at most 1073741824"));
        assert!(problem([3, 4]).starts_with("mine.snapshot: the state grew from 3 to 4 bytes"));
    }
}
