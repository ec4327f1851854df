//! A fixed count of replicas: what people run who do not autoscale, and the floor of every comparison.

use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Always the same count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Static {
    /// The count, at least 1.
    pub replicas: u32,
}

impl Static {
    pub(super) fn check(&self) -> Result<()> {
        if self.replicas == 0 {
            return Err(Error::config("policy.static.replicas", "must be at least 1, got 0"));
        }
        Ok(())
    }
}

impl Policy for Static {
    fn name(&self) -> &str {
        "static"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn propose(&mut self, _situation: &Situation) -> Result<Proposal> {
        Ok(Proposal { replicas: self.replicas, reason: Reason::Constant { replicas: self.replicas } })
    }
}
