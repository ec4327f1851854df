//! How do we get there? The fractal scaling identity, sigmoid transitions, hysteresis, ramps.

mod hysteresis;
mod identity;
mod law;
mod plan;
mod ramp;
mod sigmoid;
mod transition;
mod tune;

pub use hysteresis::{Curve, Hysteresis, Points};
pub use identity::scaling_identity;
pub use law::{ScalingLaw, ScalingLawConfig};
pub use plan::{TransitionPlan, TransitionPlanConfig, assess_transition, plan_transition};
pub use ramp::ramp;
pub use sigmoid::{log_sigmoid, sigmoid, sigmoid_slope};
pub use transition::Transition;
