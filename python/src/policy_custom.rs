//! A policy of the user's own: any object that can be called, or has the right methods.

use crate::engine_room::{Fleet, Peak};
use crate::policy::Policy;
use crate::run::raise_later;
use engine::policy::{self, Damping, PolicyConfig, Proposal, Reason};
use engine::{Error, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use std::sync::Arc;

/// Everything that a policy may look at, at one moment.
#[pyclass(frozen, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct Situation(policy::Situation);

#[pymethods]
impl Situation {
    /// Unix milliseconds.
    #[getter]
    fn now(&self) -> i64 {
        self.0.now
    }

    /// The replicas.
    #[getter]
    fn fleet(&self) -> Fleet {
        Fleet(self.0.fleet)
    }

    /// Load per second over the metric window that ends now; NaN when nothing was measured in it.
    #[getter]
    fn load(&self) -> f64 {
        self.0.load
    }

    /// Requests in the service, being served and waiting; NaN when not measured.
    #[getter]
    fn in_flight(&self) -> f64 {
        self.0.in_flight
    }

    /// What the target asks for the load observed now.
    #[getter]
    fn reactive(&self) -> u32 {
        self.0.reactive
    }

    /// Forecast of the largest load over the lead time, while there is one.
    #[getter]
    fn peak(&self) -> Option<Peak> {
        self.0.peak.map(Peak)
    }

    /// Seconds until what is asked for at the next decision will be ready.
    #[getter]
    fn lead_seconds(&self) -> f64 {
        self.0.lead_seconds
    }

    /// Load per second that one replica serves.
    #[getter]
    fn service_rate(&self) -> f64 {
        self.0.service_rate
    }

    /// Smallest count allowed.
    #[getter]
    fn min_replicas(&self) -> u32 {
        self.0.min_replicas
    }

    /// Largest count allowed.
    #[getter]
    fn max_replicas(&self) -> u32 {
        self.0.max_replicas
    }

    fn __repr__(&self) -> String {
        let policy::Situation { now, load, reactive, .. } = self.0;
        format!("<Situation at {now}: load {load}, which needs {reactive}>")
    }
}

/// A policy of your own: `object(situation)`, or `object.propose(situation)`, answers how many replicas to run.
///
/// The engine's rails apply to the answer; with `own_rails` it is only kept within the smallest and the largest count. If there are
/// methods `observe(now, load)` and `applied(now, before, after)`, they are told the load of each interval and each change. Each engine and
/// each run of a backtest works on a copy made by `copy.deepcopy`. `snapshot()`, which answers bytes, and `restore(bytes)` let an engine be saved:
/// `Engine.restore(bytes, policy)`. What the object raises comes out of the call. It must not call anything on the engine that asks it.
#[pyclass(frozen, extends = Policy, module = "forescale.policy")]
#[derive(Debug)]
pub(crate) struct CustomPolicy {
    /// The object that was given.
    #[pyo3(get)]
    object: Py<PyAny>,
    own_rails: bool,
    pub(crate) policy: policy::CustomPolicy,
}

#[pymethods]
impl CustomPolicy {
    #[new]
    #[pyo3(signature = (object, own_rails=false))]
    fn new(py: Python<'_>, object: Bound<'_, PyAny>, own_rails: bool) -> PyResult<PyClassInitializer<Self>> {
        let has_propose = object.getattr_opt("propose")?.is_some_and(|found| found.is_callable());
        let class = object.get_type().name()?.to_string();
        if !has_propose && !object.is_callable() {
            return Err(PyTypeError::new_err(format!(
                "object: a {class} has no method propose and cannot be called"
            )));
        }
        let name = match object.getattr_opt("__name__")? {
            Some(name) => name.extract().unwrap_or(class),
            None => class,
        };
        let prototype =
            Arc::new(Own { name: name.clone(), object: object.clone().unbind(), has_propose, own_rails });
        let make = move || prototype.copy().map(|own| Box::new(own) as Box<dyn policy::Policy>);
        let policy = policy::CustomPolicy::new(name, make);
        let own = CustomPolicy { object: object.unbind(), own_rails, policy: policy.clone() };
        Policy::made(py, PolicyConfig::Custom(policy), own)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let object = slf.get().object.bind(slf.py()).repr()?;
        Ok(format!(
            "CustomPolicy({object}, own_rails={})",
            if slf.get().own_rails { "True" } else { "False" }
        ))
    }

    #[pyo3(signature = () -> "tuple[type[CustomPolicy], tuple[object, bool]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (Py<PyAny>, bool)) {
        let CustomPolicy { object, own_rails, .. } = slf.get();
        (slf.get_type().into_any(), (object.clone_ref(slf.py()), *own_rails))
    }
}

/// The object as the core sees it. The interpreter is held only while one of its methods runs.
#[derive(Debug)]
struct Own {
    name: String,
    object: Py<PyAny>,
    has_propose: bool,
    own_rails: bool,
}

impl Own {
    fn copy(&self) -> Result<Own> {
        let copied =
            Python::attach(|py| Ok(py.import("copy")?.call_method1("deepcopy", (&self.object,))?.unbind()));
        let object = copied.map_err(|raised| self.failure("copy", raised))?;
        Ok(Own { name: self.name.clone(), object, ..*self })
    }

    /// Calls a method, if there is one; an exception goes on its way to the caller, and the core is told what it says.
    fn tell(
        &self,
        method: &str,
        arguments: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
    ) -> Result<()> {
        let told = Python::attach(|py| match self.object.bind(py).getattr_opt(method)? {
            Some(found) => found.call1(arguments(py)?).map(drop),
            None => Ok(()),
        });
        told.map_err(|raised: PyErr| self.failure(method, raised))
    }

    fn failure(&self, method: &str, raised: PyErr) -> Error {
        let error = self.problem(method, raised.to_string());
        raise_later(raised);
        error
    }

    fn absent(&self, method: &str) -> Error {
        let problem =
            "the object has no such method; an engine is saved and copied by its snapshot and restore";
        self.problem(method, problem.to_owned())
    }

    fn problem(&self, method: &str, problem: String) -> Error {
        Error::Data { name: format!("{}.{method}", self.name), problem }
    }
}

impl policy::Policy for Own {
    fn name(&self) -> &str {
        &self.name
    }

    fn damping(&self) -> Damping {
        if self.own_rails { Damping::Own } else { Damping::Engine }
    }

    fn observe(&mut self, time: i64, load: f64) -> Result<()> {
        self.tell("observe", |py| (time, load).into_pyobject(py))
    }

    fn propose(&mut self, situation: &policy::Situation) -> Result<Proposal> {
        let answer = Python::attach(|py| {
            let object = self.object.bind(py);
            let arguments = (Situation(*situation),);
            let answer = if self.has_propose {
                object.call_method1("propose", arguments)
            } else {
                object.call1(arguments)
            };
            // What is no such number is told by its own text, or by its class where it has none.
            answer.map(|answer| {
                answer.extract::<u32>().map_err(|_| {
                    answer.repr().map_or_else(|_| answer.get_type().to_string(), |text| text.to_string())
                })
            })
        });
        let replicas = answer.map_err(|raised| self.failure("propose", raised))?.map_err(|got| {
            let most = u32::MAX;
            self.problem(
                "propose",
                format!("must return a whole number of replicas from 0 to {most}, got {got}"),
            )
        })?;
        Ok(Proposal { replicas, reason: Reason::Own { replicas } })
    }

    fn applied(&mut self, now: i64, before: u32, after: u32) -> Result<()> {
        self.tell("applied", |py| (now, before, after).into_pyobject(py))
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        let bytes = Python::attach(|py| {
            let method = self.object.bind(py).getattr_opt("snapshot")?;
            method.map(|snapshot| snapshot.call0()?.extract()).transpose()
        });
        let bytes: Option<Vec<u8>> = bytes.map_err(|raised: PyErr| self.failure("snapshot", raised))?;
        bytes.ok_or_else(|| self.absent("snapshot"))
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        let restored = Python::attach(|py| {
            let method = self.object.bind(py).getattr_opt("restore")?;
            method.map(|restore| restore.call1((PyBytes::new(py, bytes),)).map(drop)).transpose()
        });
        let restored = restored.map_err(|raised: PyErr| self.failure("restore", raised))?;
        restored.ok_or_else(|| self.absent("restore"))
    }
}
