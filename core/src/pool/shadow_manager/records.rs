//! What a shadow manager asks of the actuator, and what it decided and why: with what was predicted and, later, what came.

use super::cost_benefit::CostBenefit;
use super::handover::ShadowComparison;
use super::trial::TrialResult;
use serde::{Deserialize, Serialize};

/// What the actuator is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShadowAction {
    /// Create a shadow of a primary, which serves nothing yet.
    Create {
        /// Its number, never used again.
        instance: u64,
        /// The primary's name.
        primary: String,
        /// The name of its size.
        size: String,
        /// The version that it runs.
        version: String,
        /// What it is given of each resource.
        amounts: Vec<f64>,
    },
    /// Give an instance so much of each resource.
    Resize {
        /// Its number.
        instance: u64,
        /// What it is to have of each resource.
        amounts: Vec<f64>,
    },
    /// Send the traffic of a primary so: the whole table, which takes the place of the one before. One of a lower version is not followed.
    Route {
        /// The primary's name.
        primary: String,
        /// Rises with each table.
        version: u64,
        /// Instances and the shares of the traffic that they serve, which add up to 1.
        shares: Vec<(u64, f64)>,
    },
    /// Copy the traffic of a primary to an instance whose answers go nowhere.
    Mirror {
        /// Its number.
        instance: u64,
        /// The primary's name.
        primary: String,
        /// Whether to begin or to end it.
        is_on: bool,
    },
    /// Make it the active instance. Whoever holds an older epoch is none.
    Promote {
        /// Its number.
        instance: u64,
        /// The primary's name.
        primary: String,
        /// Rises with each promotion.
        epoch: u64,
    },
    /// Make it a standby, if it believes that it is active in an older epoch.
    Demote {
        /// Its number.
        instance: u64,
        /// The primary's name.
        primary: String,
        /// The epoch that is valid.
        epoch: u64,
    },
    /// Remove it, and give its resources back to the pool.
    Release {
        /// Its number.
        instance: u64,
    },
}

/// Why shadows have what they have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShadowReason {
    /// The forecasts ask for it.
    Forecast,
    /// The host asked for it.
    Requested,
    /// Shadows carry so much already.
    Carrying,
    /// Less is wanted, but not for long enough yet.
    Patience,
    /// It is held ready for the failure of the active.
    Standby,
    /// To hold ready more than they carry would cost more than it is expected to save.
    DoesNotPay,
    /// Nothing is needed.
    Idle,
    /// Nothing is known yet.
    NoData,
    /// There may be no more, or no larger, shadows.
    Limit,
}

/// What was decided, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShadowRecord {
    /// What all shadows of a primary are to have together.
    Allocation {
        /// Unix milliseconds.
        time: i64,
        /// The primary's name.
        primary: String,
        /// Largest utilization predicted of each resource until what is ordered now is there.
        predicted: Vec<f64>,
        /// Utilization that it is made ready for.
        sized_for: Vec<f64>,
        /// What they had.
        before: Vec<f64>,
        /// What they are to have.
        amounts: Vec<f64>,
        /// What decided.
        reason: ShadowReason,
        /// What it costs and is expected to save.
        worth: CostBenefit,
    },
    /// What came in a window that resources were allocated for.
    Came {
        /// Unix milliseconds at which the window began.
        time: i64,
        /// The primary's name.
        primary: String,
        /// Unix milliseconds of the decision.
        decided: i64,
        /// Utilization that was predicted then.
        predicted: Vec<f64>,
        /// Utilization that it was made ready for.
        sized_for: Vec<f64>,
        /// Utilization that came.
        came: Vec<f64>,
    },
    /// How many shadows a primary has.
    Count {
        /// Unix milliseconds.
        time: i64,
        /// The primary's name.
        primary: String,
        /// Shadows that there were or were being created.
        before: u32,
        /// Shadows that are being created, by their sizes' names.
        created: Vec<String>,
        /// Shadows that are being released, by their numbers.
        released: Vec<u64>,
        /// What decided.
        reason: ShadowReason,
    },
    /// Traffic is handed over or taken back.
    Handover {
        /// Unix milliseconds.
        time: i64,
        /// The primary's name.
        primary: String,
        /// Real and predicted utilization.
        comparison: ShadowComparison,
        /// The table that is asked for.
        shares: Vec<(u64, f64)>,
    },
    /// An instance became active.
    Failover {
        /// Unix milliseconds.
        time: i64,
        /// The primary's name.
        primary: String,
        /// The instance that was active.
        from: u64,
        /// The instance that is.
        to: u64,
        /// The epoch.
        epoch: u64,
    },
    /// A look at a new version.
    Trial {
        /// Unix milliseconds.
        time: i64,
        /// The primary's name.
        primary: String,
        /// The version that is tried.
        version: String,
        /// What was found.
        result: TrialResult,
    },
    /// The end of a trial.
    TrialEnded {
        /// Unix milliseconds.
        time: i64,
        /// The primary's name.
        primary: String,
        /// The version that was tried.
        version: String,
        /// Whether it was promoted.
        is_promoted: bool,
    },
}

/// Where an instance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShadowRole {
    /// The one that is responsible for the primary's traffic.
    Active,
    /// Ready to take over.
    Standby,
    /// It tries a new version.
    Trial,
    /// It is being created.
    Creating,
    /// It has failed.
    Failed,
    /// It was gone, and is told that it is standby now.
    Rejoining,
    /// It is being released.
    Releasing,
}

/// One instance of a primary, as the manager knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShadowInstance {
    /// Its number.
    pub instance: u64,
    /// Where it stands.
    pub role: ShadowRole,
    /// The version that it runs.
    pub version: String,
    /// What it has of each resource, as was confirmed.
    pub amounts: Vec<f64>,
    /// What it can have at the most.
    pub ceiling: Vec<f64>,
    /// Share of the traffic that it serves, as was confirmed.
    pub share: f64,
}

/// A primary and its shadows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShadowStatus {
    /// The primary's name.
    pub primary: String,
    /// The number of the active instance.
    pub active: u64,
    /// The epoch of its promotion.
    pub epoch: u64,
    /// The version that shadows are made of.
    pub version: String,
    /// All its instances, by their numbers.
    pub instances: Vec<ShadowInstance>,
    /// Real and predicted utilization, as of the last round.
    pub comparison: Option<ShadowComparison>,
    /// Why its shadows have what they have, as of the last round.
    pub reason: ShadowReason,
    /// What that costs and is expected to save.
    pub worth: Option<CostBenefit>,
}

/// An instance as the actuator's own list has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenInstance {
    /// Its number, 1 to 2⁶² − 1.
    pub instance: u64,
    /// What it has of each resource.
    pub amounts: Vec<f64>,
    /// Share of its primary's traffic that it serves, 0 to 1.
    pub share: f64,
    /// Whether it believes that it is active.
    pub is_active: bool,
}
