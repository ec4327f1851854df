//! A policy of the user's own: anything that implements [`Policy`], made anew for each engine and each run of a backtest.

use super::situation::{Damping, Policy, Proposal, Situation};
use crate::error::{Error, Result};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

type Make = dyn Fn() -> Result<Box<dyn Policy>> + Send + Sync;

/// How a user's own policy is made: what stands for it in [`super::PolicyConfig::Custom`].
///
/// ```
/// use forescale::engine::{Engine, EngineConfig, Fleet};
/// use forescale::policy::{CustomPolicy, Policy, PolicyConfig, Proposal, Reason, Situation};
///
/// #[derive(Debug)]
/// struct TwiceTheNeed;
///
/// impl Policy for TwiceTheNeed {
///     fn name(&self) -> &str {
///         "twice the need"
///     }
///     fn propose(&mut self, situation: &Situation) -> forescale::Result<Proposal> {
///         let replicas = 2 * situation.reactive;
///         Ok(Proposal { replicas, reason: Reason::Own { replicas } })
///     }
/// }
///
/// let policy = PolicyConfig::Custom(CustomPolicy::new("twice the need", || Ok(Box::new(TwiceTheNeed))));
/// let mut engine = Engine::new(EngineConfig { service_rate: 10.0, policy, ..EngineConfig::default() })?;
/// engine.observe(15_000, 100.0)?;
/// let decision = engine.decide(15_000, Fleet::new(1, 1))?;
/// assert_eq!(decision.replicas, 2 * decision.reactive);
/// # Ok::<(), forescale::Error>(())
/// ```
#[derive(Clone)]
pub struct CustomPolicy {
    name: String,
    make: Option<Arc<Make>>,
}

impl CustomPolicy {
    /// A policy with a name for reports, and what makes one that has seen nothing yet.
    pub fn new(
        name: impl Into<String>,
        make: impl Fn() -> Result<Box<dyn Policy>> + Send + Sync + 'static,
    ) -> Self {
        CustomPolicy { name: name.into(), make: Some(Arc::new(make)) }
    }

    /// The policy's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn check(&self) -> Result<()> {
        match self.make {
            Some(_) => Ok(()),
            None => Err(Error::config("policy.custom", "a policy of one's own cannot be written as text")),
        }
    }

    pub(super) fn build(&self) -> Result<Own> {
        self.check()?;
        let policy = self.make.as_ref().map(|make| make()).transpose()?;
        Ok(Own { custom: self.clone(), policy: policy.ok_or_else(|| Error::internal("there is no policy"))? })
    }
}

impl fmt::Debug for CustomPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomPolicy").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Two are the same when they are made by the same.
impl PartialEq for CustomPolicy {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.make, &other.make) {
            (Some(mine), Some(theirs)) => Arc::ptr_eq(mine, theirs),
            (mine, theirs) => mine.is_none() && theirs.is_none(),
        };
        same && self.name == other.name
    }
}

/// What is saved of it, and what its settings are as text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    #[serde(default)]
    name: String,
}

impl Serialize for CustomPolicy {
    fn serialize<S: Serializer>(&self, target: S) -> std::result::Result<S::Ok, S::Error> {
        Name { name: self.name.clone() }.serialize(target)
    }
}

impl<'de> Deserialize<'de> for CustomPolicy {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        Ok(CustomPolicy { name: Name::deserialize(source)?.name, make: None })
    }
}

/// A user's own policy at work.
#[derive(Debug)]
pub struct Own {
    custom: CustomPolicy,
    policy: Box<dyn Policy>,
}

impl Own {
    pub(super) fn inner(&self) -> &dyn Policy {
        &*self.policy
    }

    pub(super) fn inner_mut(&mut self) -> &mut dyn Policy {
        &mut *self.policy
    }

    pub(super) fn name(&self) -> &str {
        &self.custom.name
    }

    /// Whether it was read from a snapshot and waits to be made.
    pub(super) fn is_absent(&self) -> bool {
        self.custom.make.is_none()
    }

    /// Whether it can be saved, as it says itself.
    pub(crate) fn check_snapshot(&self) -> Result<()> {
        self.policy.snapshot().map(|_| ())
    }

    /// The policy that `custom` makes, in the state of this one.
    pub(super) fn remade(&self, custom: &CustomPolicy) -> Result<Own> {
        let mut own = custom.build()?;
        own.policy.restore(&self.policy.snapshot()?)?;
        Ok(own)
    }
}

/// A copy is made anew and takes on the state; where that fails, it says so at every call.
impl Clone for Own {
    fn clone(&self) -> Self {
        let absent = |state: Result<Vec<u8>>| Own {
            custom: self.custom.clone(),
            policy: Box::new(Absent { name: self.custom.name.clone(), state }),
        };
        if self.is_absent() {
            return absent(self.policy.snapshot());
        }
        self.remade(&self.custom).unwrap_or_else(|error| absent(Err(error)))
    }
}

impl Serialize for Own {
    fn serialize<S: Serializer>(&self, target: S) -> std::result::Result<S::Ok, S::Error> {
        let state = self.policy.snapshot().map_err(S::Error::custom)?;
        (&self.custom.name, state).serialize(target)
    }
}

impl<'de> Deserialize<'de> for Own {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        let (name, state): (String, Vec<u8>) = Deserialize::deserialize(source).map_err(D::Error::custom)?;
        let policy = Box::new(Absent { name: name.clone(), state: Ok(state) });
        Ok(Own { custom: CustomPolicy { name, make: None }, policy })
    }
}

/// What stands for a policy that could not be made, with its state or why there is none.
#[derive(Debug, Clone)]
struct Absent {
    name: String,
    state: Result<Vec<u8>>,
}

impl Policy for Absent {
    fn name(&self) -> &str {
        &self.name
    }

    fn damping(&self) -> Damping {
        Damping::Engine
    }

    fn propose(&mut self, _situation: &Situation) -> Result<Proposal> {
        let lost = Error::internal(format!("the user's own policy {} is not here", self.name));
        Err(self.state.clone().err().unwrap_or(lost))
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        self.state.clone()
    }
}
