"""How do we get there? The fractal scaling identity, sigmoid transitions, hysteresis, ramps."""

from ._forescale import (
    Hysteresis,
    ScalingLaw,
    Transition,
    TransitionPlan,
    assess_transition,
    log_sigmoid,
    multiscale_scaling,
    plan_transition,
    ramp,
    scaling_identity,
    sigmoid,
    sigmoid_slope,
    slope_noise,
    stability_margins,
    stretch_gains,
)

__all__ = [
    "Hysteresis",
    "ScalingLaw",
    "Transition",
    "TransitionPlan",
    "assess_transition",
    "log_sigmoid",
    "multiscale_scaling",
    "plan_transition",
    "ramp",
    "scaling_identity",
    "sigmoid",
    "sigmoid_slope",
    "slope_noise",
    "stability_margins",
    "stretch_gains",
]
