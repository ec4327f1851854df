//! Our own law: enough replicas for the latency target at the load that is worth serving when they are ready.
//!
//! `replicas = min { c : the M/M/c response quantile with c servers meets the target at load L }`, where `L` is the
//! largest load at the lead time that is worth its replicas (see [`super::Peak`]). Queueing, not a fixed utilization:
//! a small fleet needs more headroom than a large one for the same promise. While there is no forecast, `L` is the
//! load observed now. The engine's rails make scale-in wait until the whole window allows it.

use super::reason::Reason;
use super::situation::{Policy, Proposal, Situation, replicas_for};
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// Sizing by queueing at a forecast quantile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predictive {}

impl Policy for Predictive {
    fn name(&self) -> &'static str {
        "predictive"
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let Situation { service_rate, target, max_replicas, .. } = *situation;
        let sized = |load| replicas_for(load, service_rate, target, max_replicas);
        if let Some(peak) = situation.peak {
            let replicas = sized(peak.upper)?;
            return Ok(Proposal { replicas, reason: Reason::ForecastPeak { load: peak.upper, replicas } });
        }
        if situation.load.is_nan() {
            let replicas = situation.fleet.ordered();
            return Ok(Proposal { replicas, reason: Reason::NoData { replicas } });
        }
        let replicas = sized(situation.load)?;
        Ok(Proposal { replicas, reason: Reason::ObservedLoad { load: situation.load, replicas } })
    }
}
