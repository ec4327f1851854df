//! Where does it run? Tiers, shadows, clones, tenants, regions.
//!
//! Everything here is decision logic: a manager says what to start, stop, resize, move and route, as [`Instruction`]s; an actuator that
//! the host supplies carries them out and reports back. What it reports may be late, wrong, or come twice.

mod clock;
mod clone_manager;
mod coverage;
mod demand;
mod journal;
mod load_balancer;
mod orders;
mod regions;
mod resource_manager;
mod shadow_manager;
mod share;
#[cfg(test)]
mod tests_pause;
mod tiers;

pub use clone_manager::{
    CloneAction, CloneManager, CloneManagerConfig, CloneReason, CloneRecord, CloneRule, DemandEvent,
    Distance, GivenForecast, Machine, ProgramCode, VolumeForecast,
};
pub use journal::Journal;
pub use load_balancer::{
    DemandPrediction, InstanceKind, LoadBalancer, LoadBalancerConfig, PredictedRange, Recommendation,
    UsageRecord,
};
pub use orders::{Instruction, Orders, Outcome, RetryConfig, Settled};
pub use regions::{
    Application, CarbonIntensity, GlobalBudget, Latency, Region, RegionAction, RegionReason, RegionRecord,
    RegionalReplicas, Regions, RegionsConfig, Route, RouteLimit, RouteShare, RunningReplicas,
};
pub use resource_manager::{
    Allocation, InventoryUnit, Lease, Refusal, RefusalReason, ResourceManager, ResourceManagerConfig,
    ResourceRequest, TierAction, TierObservation, TierReason, TierRecord, TierStatus,
};
pub use shadow_manager::{
    CostBenefit, PrewarmRequest, Primary, SeenInstance, ShadowAction, ShadowComparison, ShadowInstance,
    ShadowManager, ShadowManagerConfig, ShadowPolicy, ShadowReason, ShadowRecord, ShadowResource, ShadowRole,
    ShadowRule, ShadowSample, ShadowSize, ShadowStatus, TrialConfig, TrialDifference, TrialPair, TrialResult,
    TrialVerdict, UtilizationForecast, UtilizationWindow,
};
pub use share::{ShareConfig, SharedGroup, Sharing, share, share_with_progress};
pub use tiers::{ExpectedLoad, QosProfile, Tier, TierConfig, TierDemand, TierSize, Tiers};
