"""How do we get there? The fractal scaling identity, sigmoid transitions, hysteresis, ramps."""

from ._forescale import (
    Hysteresis,
    ScalingLaw,
    Transition,
    log_sigmoid,
    ramp,
    scaling_identity,
    sigmoid,
    sigmoid_slope,
)

__all__ = [
    "Hysteresis",
    "ScalingLaw",
    "Transition",
    "log_sigmoid",
    "ramp",
    "scaling_identity",
    "sigmoid",
    "sigmoid_slope",
]
