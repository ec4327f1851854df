//! How do we get there? The fractal scaling identity, sigmoid transitions, hysteresis, ramps.

mod hysteresis;
mod hysteresis_design;
mod identity;
mod law;
mod margins;
mod multiscale;
mod plan;
mod ramp;
mod sigmoid;
mod transition;
mod tune;
mod tune_simulated;

pub use hysteresis::{Curve, Hysteresis, Points};
pub use hysteresis_design::HysteresisDesign;
pub use identity::scaling_identity;
pub use law::{ScalingLaw, ScalingLawConfig};
pub use margins::{StabilityMargins, stability_margins};
pub use multiscale::{multiscale_scaling, slope_noise, stretch_gains};
pub use plan::{TransitionPlan, TransitionPlanConfig, assess_transition, plan_transition};
pub use ramp::ramp;
pub use sigmoid::{log_sigmoid, sigmoid, sigmoid_slope};
pub use transition::Transition;
pub use tune_simulated::SimulatedTuningConfig;
